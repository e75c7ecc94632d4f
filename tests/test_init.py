"""A folder as a planner holds it becomes a site file that runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import yaml
from hypothesis import given
from hypothesis import strategies as st
from planner import SAMPLE, planner_folder
from rasterio import Affine
from test_cli import run
from towns import degrees, point, write_points, write_town

from lifecircle import init
from lifecircle.assessment import walk
from lifecircle.coverage import cover
from lifecircle.drafting.decide import Draft
from lifecircle.drafting.roles import Part
from lifecircle.drafting.text import written
from lifecircle.errors import InputError, OutputError
from lifecircle.load import load_site
from lifecircle.site import DemandFile, SiteFile, read_site_file
from lifecircle.sources.boundary import local_crs
from lifecircle.sources.coordinates import FROM_WGS84
from lifecircle.sources.osm import objects, projected, read_osm


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Streets and an outline, to which a test adds files."""
    folder = tmp_path / "资料"
    folder.mkdir()
    write_town(folder).unlink()
    return folder


def drawn_up(folder: Path) -> SiteFile:
    """The site that is made of a folder."""
    init(folder)
    return read_site_file(folder / "site.yaml")


def test_a_planners_folder_gives_the_same_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three commands, no edits. What stays open is whether the list of facilities is complete: nobody can see that."""
    folder, out = planner_folder(tmp_path / "泗塘 资料"), tmp_path / "结果"
    for command in (["init", folder], ["check", folder / "site.yaml"], ["assess", folder / "site.yaml", "-o", out]):
        code, _, complaints = run(*command, capsys=capsys)
        assert (code, complaints) == (0, [])
    found = json.loads(next(out.glob("*.json")).read_text(encoding="utf-8"))
    assert found["site"]["name"] == "泗塘产业社区（合成示例）"
    assert found["heads"] | {"people": None} == {"beds": 5200, "jobs": 8000, "people": None, "families": None}

    clean = shutil.copytree(SAMPLE, tmp_path / "clean", ignore=shutil.ignore_patterns("*.py", "drawing"))
    text = (clean / "site.yaml").read_text(encoding="utf-8")
    text = text.replace("complete: true", "complete: false").replace("complete: [park, pocket_park]", "complete: []")
    (clean / "site.yaml").write_text(text, encoding="utf-8")
    site = load_site(clean / "site.yaml")
    table = cover(site, *walk(site)).table
    assert len(table) == 600 and set(table["by"]) >= {"beds", "jobs", "people", "places"}
    told = pd.DataFrame(found["coverage"])
    pd.testing.assert_frame_equal(told, table[list(told)], check_dtype=False, rtol=0, atol=0.0005)


def test_what_a_table_is_stands_in_its_columns(folder: Path) -> None:
    here = {"at": (0, 10)}
    write_points(folder / "a.csv", [{"名称": "一号楼", "床位": 80, **here}])
    write_points(folder / "b.csv", [{"企业名称": "甲厂", "职工人数": 300, **here}])
    write_points(folder / "c.csv", [{"名称": "甲", "类型": "食堂", **here}, {"名称": "乙", "类型": "药店", **here}])
    write_points(folder / "d.csv", [{"name": "甲", "typecode": "090601", **here}])
    write_points(folder / "药店.csv", [{"name": "甲", **here}])
    write_points(folder / "e.csv", [{"name": "东门", **here}, {"name": "2号门", "at": (0, 20)}])
    write_points(folder / "f.csv", [{"name": "甲", **here}])
    site = drawn_up(folder)
    demand = {(source.file.name, source.kind, source.beds, source.jobs, source.name) for source in site.demand}
    assert demand == {
        ("a.csv", "dormitory", "床位", None, "名称"),
        ("b.csv", "workplace", None, "职工人数", "企业名称"),
    }
    ways = {source.file.name: (source.category, source.category_column, source.poi) for source in site.facilities}
    assert ways == {
        "c.csv": (None, "类型", None), "d.csv": (None, None, "amap"), "药店.csv": ("pharmacy", None, None),
    }  # fmt: skip
    assert {source.file.name: source.coords for source in site.facilities}["d.csv"] == "gcj02"
    assert site.gates is not None and site.gates.file.name == "e.csv"
    assert "\n# - f.csv：" in (folder / "site.yaml").read_text(encoding="utf-8")


def test_columns_are_taken_where_every_cell_fits(folder: Path) -> None:
    """What the reader would refuse is left to the planner."""
    here = {"at": (0, 10)}
    write_points(folder / "药店.csv", [{"name": "甲", "状态": "在建", "开业年份": 2027, "座位": "很多", **here}])
    write_points(folder / "食堂.csv", [{"name": "甲", "状态": "1", "开业年份": "明年", "座位": 60, **here}])
    write_points(folder / "大门.csv", [{"name": "东门", "通行对象": "员工", "开放时间": "6:00-22:00", **here}])
    plants = [{"企业": "甲厂", "职工": 30, "白班": 20, "夜班": 10, "层数": 3, **here}]
    write_points(folder / "企业.csv", plants)
    site = drawn_up(folder)
    found = {source.category: (source.status, source.opens, source.capacity) for source in site.facilities}
    assert found == {"pharmacy": ("状态", "开业年份", None), "canteen": (None, None, "座位")}
    assert site.gates is not None and (site.gates.access, site.gates.hours) == ("通行对象", "开放时间")
    [plant] = site.demand
    assert isinstance(plant, DemandFile) and plant.shifts is not None
    assert (plant.floors, plant.shifts.day, plant.shifts.night) == ("层数", "白班", "夜班")


@pytest.mark.parametrize(
    ("epsg", "written"), [(4528, "EPSG:4528"), (4549, "EPSG:4549"), (4499, "EPSG:4499"), (4326, "wgs84")]
)
@pytest.mark.parametrize("north_first", [False, True])
def test_coordinates_by_where_they_fall(folder: Path, epsg: int, written: str, north_first: bool) -> None:
    """X is the easting in a GIS and the northing to a surveyor."""
    at = gpd.GeoSeries([degrees(point(0, 10)), degrees(point(50, 10))], crs=4326).to_crs(epsg)
    frame = pd.DataFrame({"名称": ["甲", "乙"], "床位": [1, 2], "X坐标": at.y if north_first else at.x})
    frame["Y坐标"] = at.x if north_first else at.y
    frame.to_csv(folder / "宿舍.csv", index=False)
    [source] = drawn_up(folder).demand
    assert source.coords == written


@pytest.mark.real
@pytest.mark.parametrize("system", ["wgs84", "gcj02", "bd09"])
def test_coordinates_of_which_nothing_is_said_are_held_against_the_map(
    tmp_path: Path, shared_data: Path, system: str
) -> None:
    """The named shops and services of a real extract, as a table without a word about its system."""
    extract = read_osm(Path(shutil.copy(shared_data / "beijing_768" / "beijing_768.osm", tmp_path)))
    crs = local_crs(shapely.Point(116.352, 40.003))
    found = objects(extract, projected(extract, crs), ["amenity", "shop", "building"], shapely.Point(0, 0).buffer(5000))
    frame = gpd.GeoDataFrame({"id": found.id, "名称": found.values("name")}, geometry=found.geometry, crs=crs)
    frame = frame.to_crs(4326)
    frame[frame["id"] == "way/682589371"].to_file(tmp_path / "边界.geojson")
    places = frame[(frame["名称"] != "") & (frame.geom_type == "Point")]
    lon, lat = FROM_WGS84[system](shapely.get_coordinates(places.geometry.to_numpy())).T
    pd.DataFrame({"名称": places["名称"], "经度": lon, "纬度": lat}).to_csv(tmp_path / "餐饮.csv", index=False)
    [source] = drawn_up(tmp_path).facilities
    assert source.coords == system


def test_what_cannot_be_decided_stands_as_a_choice(folder: Path) -> None:
    lines = gpd.GeoDataFrame(geometry=[degrees(shapely.LineString([(0, 0), (0, 90)]))], crs=4326)
    lines.to_file(folder / "线.geojson")
    init(folder, lang="en")
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    choices = [line.removeprefix("#   ") for line in text.splitlines() if line.startswith("#   walls: ")]
    assert [yaml.safe_load(line) for line in choices] == [{"walls": {"file": "线.geojson"}}]
    assert "nothing tells what they are" in text
    assert read_site_file(folder / "site.yaml").walls is None


def test_land_use_is_told_with_its_words(folder: Path) -> None:
    """What its words mean only the planner knows; an outline may say of itself what it is used for."""
    areas = [degrees(shapely.box(x, 0, x + 90, 90)) for x in range(0, 400, 100)]
    land = gpd.GeoDataFrame({"用地性质": ["工业", "绿地", "工业", None]}, geometry=areas, crs=4326)
    land.to_file(folder / "xianzhuang.geojson")
    outline = gpd.read_file(folder / "park.geojson").assign(用地性质="工业")
    outline.to_file(folder / "park.geojson")
    assert drawn_up(folder).boundary.file.name == "park.geojson"
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    assert "用地性质 mean: 工业, 绿地" in text or "用地性质 列各取值的含义：工业、绿地" in text
    [line] = [line for line in text.splitlines() if "landuse:" in line]
    block = yaml.safe_load(line.lstrip("# "))["landuse"]
    assert (block["file"], block["use"], set(block["uses"]["production"])) == ("xianzhuang.geojson", "用地性质", set())


def test_every_kind_of_file_that_is_read_is_looked_at(folder: Path) -> None:
    dorms = gpd.GeoDataFrame({"name": ["A"], "beds": [80]}, geometry=[degrees(point(0, 10))], crs=4326)
    dorms.to_file(folder / "宿舍.mif", driver="MapInfo File")
    [source] = drawn_up(folder).demand
    assert isinstance(source, DemandFile) and (source.file.name, source.beds) == ("宿舍.mif", "beds")
    assert "宿舍.mid" not in (folder / "site.yaml").read_text(encoding="utf-8")


def test_a_raster_without_a_place_on_the_earth_is_said(folder: Path) -> None:
    profile = {"driver": "GTiff", "height": 4, "width": 4, "count": 1, "dtype": "uint8"}
    with rasterio.open(
        folder / "人口.tif", "w", **profile, crs='LOCAL_CS["Plan",UNIT["metre",1]]', transform=Affine(1, 0, 0, 0, -1, 4)
    ) as raster:
        raster.write(np.ones((1, 4, 4), dtype=np.uint8))
    init(folder, lang="en")
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    assert "# - 人口.tif: its coordinate system is no place on the Earth" in text


def test_no_extract_is_fetched_later(folder: Path) -> None:
    (folder / "town.osm").unlink()
    init(folder, lang="en")
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    assert "lifecircle fetch" in text
    assert read_site_file(folder / "site.yaml", absent=["osm.file"]).osm is not None


def test_an_existing_file_is_left_alone(folder: Path) -> None:
    (folder / "site.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="--force"):
        init(folder)
    assert (folder / "site.yaml").read_text(encoding="utf-8") == "mine"
    init(folder, force=True)
    assert read_site_file(folder / "site.yaml").name == "资料"


def test_nothing_usable(tmp_path: Path) -> None:
    (tmp_path / "报告.docx").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"holds no file that can be used") as caught:
        init(tmp_path)
    assert len(caught.value.faults) == 1
    with pytest.raises(InputError, match="is not a folder"):
        init(tmp_path / "nowhere")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["报告.docx"]


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_any_name_is_text(name: str, file: str) -> None:
    path = Path("data") / file.replace("/", "").replace("\0", "")
    part = Part("demand", {"file": path, "kind": "dormitory", "beds": name}, ())
    [source] = yaml.safe_load(written(Draft(name, (part,), ()), Path("data"), "en"))["demand"]
    assert source["beds"] == name
