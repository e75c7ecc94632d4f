"""Every row of every source of facilities is accounted for once, with what became of it and why."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import ROUND, SQUARE, WIDE, write_boundary, write_osm, write_points, write_town

from lifecircle import assess
from lifecircle.load import load_site
from lifecircle.model import TRACE, Outcome, Site
from lifecircle.outputs import write
from lifecircle.site import read_site_file
from lifecircle.sources import facilities, osm
from lifecircle.sources.coordinates import gcj02_to_bd09, wgs84_to_gcj02
from lifecircle.sources.facilities import Rows
from lifecircle.sources.places import keys_of
from lifecircle.sources.supply import FileRows, Supply, supply


def mapped(folder: Path, rows: list[dict[str, Any]], **more: Any) -> Site:
    """A town whose map knows two pharmacies, a park and a works; rows of a file beside it."""
    write_points(folder / "own.csv", rows)
    path = write_town(
        folder, facilities=[{"file": "own.csv", "name": "name", "id": "id", **more.pop("file", {})}], **more
    )
    nodes = {**SQUARE, 20: (200, 0), 22: (0, 300), 31: (100, 100), 32: (200, 100), 33: (200, 200), 34: (100, 200)}
    nodes |= {41: (110, 110), 42: (120, 110), 43: (120, 120), 44: (110, 120)}
    tags = {20: {"amenity": "pharmacy", "name": "百姓药房"}, 22: {"amenity": "pharmacy", "name": "康宁药房"}}
    ways = {id: (refs, {"highway": "residential"}) for id, refs in ROUND.items()}
    ways[40] = ("31 32 33 34 31", {"landuse": "industrial", "name": "一厂"})
    ways[41] = ("41 42 43 44 41", {"building": "industrial"})
    write_boundary(folder / "park.geojson", shapely.box(-500, -500, 500, 500))
    write_osm(folder / "town.osm", nodes, ways, tags=tags, bounds=WIDE)
    return load_site(path)


def row(id: str, name: str, x: float, y: float = 0, **more: Any) -> dict[str, Any]:
    return {"id": id, "name": name, "at": (x, y), **more}


BY_TYPE = {"file": {"typecode_column": "code", "status": "status", "complex": "also", "capacity": "beds"}}
ROWS = [
    row("a", "百姓药房(塘北店)", 210, code="090601", status="", also="", beds="7"),
    row("b", "康宁药房", 10, 300, code="090601", status="关闭", also="", beds=""),
    row("c", "新药房", -200, code="90601", status="规划", also="", beds=""),
    row("d", "远药房", 9000, code="090601", status="", also="", beds=""),
    row("e", "旅馆", 0, code="100100", status="", also="", beds=""),
    row("f", "蓝领宿舍", 0, code="120303", status="", also="", beds=""),
    row("g", "邻里中心", -300, code="060200", status="", also="食堂", beds=""),
    row("h", "邻里中心", -290, code="060200", status="", also="bank", beds=""),
]
BECAME = {
    "own/a": (Outcome.DUPLICATE, "node/20", "pharmacy", "typecode=090601"),
    "own/b": (Outcome.NOT_OPEN, "closed", "pharmacy", "typecode=090601"),
    "own/c": (Outcome.NOT_OPEN, "planned", "pharmacy", "typecode=090601"),
    "own/d": (Outcome.BEYOND, "", "pharmacy", "typecode=090601"),
    "own/e": (Outcome.NO_RULE, "", "", ""),
    "own/f": (Outcome.PEOPLE, "", "", ""),
    "own/g": (Outcome.COUNTED, "", "convenience", "typecode=060200"),
    "own/h": (Outcome.DUPLICATE, "own/g", "convenience", "typecode=060200"),
    "node/20": (Outcome.COUNTED, "", "pharmacy", "amenity=pharmacy"),
    "node/22": (Outcome.CLOSED, "own/b", "pharmacy", "amenity=pharmacy"),
    "way/40": (Outcome.GROUND, "", "workplace", "landuse=industrial"),
    "way/41": (Outcome.COUNTED, "", "workplace", "building=industrial"),
}


def test_what_became_of_every_row(tmp_path: Path) -> None:
    site = mapped(tmp_path, ROWS, **BY_TYPE)
    trace = site.trace.set_index("id")
    assert tuple(site.trace.columns) == TRACE and trace.index.is_unique
    found = {id: tuple(line) for id, line in trace[["outcome", "by", "category", "rule"]].iterrows()}
    assert found == BECAME
    assert trace.loc["own/g", "also"] == "bank;canteen", "the categories of both rows"
    assert sorted(site.facilities.loc[site.facilities["id"] == "own/g", "category"]) == [
        "bank",
        "canteen",
        "convenience",
    ]
    kept = site.facilities.set_index("id").loc["node/20"]
    assert kept["capacity"] == 7 and kept["source"] == "OpenStreetMap", "what the file knows of the map's object"


def check_accounts(site: Site | Supply) -> None:
    """Every row once; what counts is what the site has."""
    trace = site.trace
    counted = trace.loc[trace["outcome"] == Outcome.COUNTED, "id"]
    assert sorted(counted) == sorted(site.facilities.loc[site.facilities["primary"], "id"])
    planned = trace.loc[trace["outcome"] == Outcome.NOT_OPEN, "id"]
    assert sorted(planned) == sorted(site.planned.loc[site.planned["primary"], "id"])
    assert (trace.loc[trace["category"] == "", "outcome"].isin([Outcome.NO_RULE, Outcome.PEOPLE])).all()
    standing = set(site.facilities["id"]) | set(site.planned["id"])
    assert set(trace.loc[trace["outcome"] == Outcome.DUPLICATE, "by"]) <= standing


def test_replaced_objects_name_the_file(tmp_path: Path) -> None:
    own = [row("a", "甲", 0)]
    site = mapped(tmp_path, own, file={"category": "pharmacy", "mode": "replace"})
    gone = site.trace[site.trace["outcome"] == Outcome.REPLACED]
    assert dict(zip(gone["id"], gone["by"], strict=True)) == {"node/20": "own.csv", "node/22": "own.csv"}
    check_accounts(site)


def test_names_say_that_a_place_is_not_open(tmp_path: Path) -> None:
    names = ["甲药房", "乙药房(暂停营业)", "丙药房（建设中）", "丁药房(塘北店)"]
    rows = [row(str(i), name, 30 * i, typecode="090601") for i, name in enumerate(names)]
    site = mapped(tmp_path, rows, file={"poi": "amap", "coords": "wgs84"})
    own = site.trace[site.trace["source"] == "own.csv"]
    assert own["by"].tolist() == ["", "closed", "building", ""]
    assert any("2 places are not open" in str(note.text) for note in site.notes)
    check_accounts(site)


@pytest.mark.parametrize(("metres", "kept"), [(0, 2), (50, 2), (61, 1)])
def test_how_near_is_one_place_can_be_said(tmp_path: Path, metres: float, kept: int) -> None:
    rows = [row("a", "甲", 0), row("b", "甲", 60)]
    site = mapped(tmp_path, rows, file={"category": "bank"}, same_place_m=metres)
    assert (site.facilities["category"] == "bank").sum() == kept


# In any order ------------------------------------------------------------------------------------

LINE = st.tuples(
    st.sampled_from(["百姓药房", "百姓药房(塘北店)", "甲", "乙", ""]),
    st.sampled_from(["090601", "60200", "050100|060200", "100100", "120303"]),
    st.integers(-400, 400),
    st.sampled_from(["", "关闭", "规划"]),
)


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Site, Rows]:
    """A folder, the town read, and what its map knows."""
    folder = tmp_path_factory.mktemp("town")
    site = mapped(folder, ROWS, **BY_TYPE)
    extract = osm.read_osm(folder / "town.osm")
    xy = osm.projected(extract, site.crs)
    objects = osm.objects(extract, xy, keys_of(site.standard), site.study_area)
    return folder, site, facilities.from_osm(objects, site.standard, site.crs)


def supplied(around: tuple[Path, Site, Rows], rows: list[dict[str, Any]]) -> Supply:
    folder, site, known = around
    file = read_site_file(
        write_town(folder, facilities=[{"file": "own.csv", "name": "name", "id": "id", **BY_TYPE["file"]}])
    )
    write_points(folder / "own.csv", rows)
    source = file.facilities[0]
    files = [FileRows(source, facilities.from_file(source, site.standard, site.crs, "own"))]
    nobody = site.demand.iloc[:0]
    return supply(file, site.standard, site.boundary, site.study_area, files, known, nobody)


@settings(max_examples=6, deadline=None)
@given(lines=st.lists(LINE, min_size=1, max_size=12), random=st.randoms(use_true_random=False))
def test_every_row_is_accounted_for_in_any_order(around: Any, lines: list[Any], random: Any) -> None:
    rows = [
        row(f"r{i}", name, x, code=code, status=status, also="", beds="")
        for i, (name, code, x, status) in enumerate(lines)
    ]
    one = supplied(around, rows)
    check_accounts(one)
    assert (one.trace["source"] == "own.csv").sum() == len(rows)
    random.shuffle(rows)
    other = supplied(around, rows)
    assert one.facilities.to_wkt().equals(other.facilities.to_wkt())
    assert one.planned.to_wkt().equals(other.planned.to_wkt())
    told = [found.trace.drop(columns="row").sort_values("id").to_numpy().tolist() for found in (one, other)]
    assert told[0] == told[1]


# The file ----------------------------------------------------------------------------------------


def test_the_csv_tells_every_row(tmp_path: Path) -> None:
    rows = [*ROWS, row("i", "=1+1", -100, code="090601", status="", also="", beds="")]
    site = mapped(tmp_path, rows, **BY_TYPE)
    path = write(assess(site), tmp_path / "out" / "facilities.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(site.trace) and list(lines[0])[:3] == ["来源 Source", "行 Row", "名称 Name"]
    told = {line["行 Row"]: line for line in lines if line["来源 Source"] == "own.csv"}
    assert told["2"]["结果"] == "与 OpenStreetMap node/20 为同一处" and told["2"]["类别"] == "药店"
    assert told["9"]["Result"] == "the same place as own.csv: row 8"
    assert told["8"]["兼作 Also counts as"] == "银行网点; 食堂"
    assert told["6"]["Result"].startswith("of no category") and told["7"]["Result"].startswith("a place with people")
    assert told["10"]["名称 Name"] == "'=1+1"
    assert {line["Result"] for line in lines if line["来源 Source"] == "OpenStreetMap"} == {
        "counts", "closed, as own/b says", "ground that holds a building of its category",
    }  # fmt: skip


# A real place ------------------------------------------------------------------------------------


@pytest.fixture
def beijing(tmp_path: Path) -> Any:
    extract = Path(__file__).resolve().parents[2] / "shared" / "data" / "beijing_768" / "beijing_768.osm"
    if not extract.exists():
        pytest.skip("no ../shared/data")
    boundary = gpd.GeoDataFrame(geometry=[shapely.box(116.3492, 40.0014, 116.3545, 40.0051)], crs=4326)
    boundary.to_file(tmp_path / "site.geojson")

    def load(**more: Any) -> Site:
        text = f"name: '768'\nboundary: site.geojson\nosm: {extract}\n"
        lines = [f"  - {{{', '.join(f'{key}: {value}' for key, value in more.items())}}}"] if more else []
        (tmp_path / "site.yaml").write_text(
            "\n".join([text, *(["facilities:"] if lines else []), *lines]), encoding="utf-8"
        )
        return load_site(tmp_path / "site.yaml")

    return load


@pytest.mark.real
def test_the_maps_own_places_come_back_from_an_export_as_what_they_are(beijing: Any, tmp_path: Path) -> None:
    base = beijing()
    codes = {c.id: next((r.code for r in c.amap if r.code and not r.name_any), "") for c in base.standard.categories}
    own = base.facilities[base.facilities["primary"] & (base.facilities["name"] != "")]
    own = own[own["category"].map(codes) != ""]
    assert len(own) > 60
    lonlat = shapely.get_coordinates(gpd.GeoSeries(own.geometry.centroid, crs=base.crs).to_crs(4326))
    for poi, degrees in (("amap", wgs84_to_gcj02(lonlat)),):
        table = {"id": own["id"], "name": own["name"], "typecode": own["category"].map(codes)}
        table |= {"lon": degrees[:, 0].round(6), "lat": degrees[:, 1].round(6)}
        pd.DataFrame(table).to_csv(tmp_path / "pois.csv", index=False, encoding="gb18030")
        site = beijing(file="pois.csv", poi=poi, typecode_column="typecode")
        check_accounts(site)
        rows = site.trace[site.trace["source"] == "pois.csv"]
        assert len(rows) == len(own) and (rows["outcome"] == Outcome.DUPLICATE).all()
        assert sorted(site.facilities["id"]) == sorted(base.facilities["id"]), "nothing is counted twice"
    shifted = gcj02_to_bd09(wgs84_to_gcj02(lonlat))
    table |= {"lon": shifted[:, 0].round(6), "lat": shifted[:, 1].round(6)}
    pd.DataFrame(table).to_csv(tmp_path / "pois.csv", index=False, encoding="gb18030")
    alone = beijing(file="pois.csv", poi="baidu", typecode_column="typecode", mode="replace")
    check_accounts(alone)
    names = alone.trace.loc[alone.trace["source"] == "pois.csv"].groupby("category").size()
    assert names.sum() == len(own)
    near = alone.facilities[alone.facilities["source"] == "pois.csv"].merge(own, on=["name", "category"])
    metres = shapely.distance(near["geometry_x"].to_numpy(), shapely.centroid(near["geometry_y"].to_numpy()))
    assert np.quantile(metres, 0.5) < 0.2, "shifted back to where they were"
