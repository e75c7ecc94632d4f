"""Places with people: counts, areas split, rasters, estimates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from towns import CRS, ROUND, SQUARE, WIDE, degrees, write_osm, write_points, write_town

from lifecircle.assessment import assess
from lifecircle.errors import InputError
from lifecircle.indicators import headline
from lifecircle.load import load_site
from lifecircle.model import Site
from lifecircle.site import PopulationRaster
from lifecircle.sources.buildings import no_buildings
from lifecircle.sources.population import from_raster
from lifecircle.sources.spread import Ground, cells_of

BARE = Ground(no_buildings(), WIDE, WIDE)
DORMS = {"file": "dorms.csv", "kind": "dormitory", "id": "id", "name": "name", "beds": "beds"}


def dorms(folder: Path, *rows: tuple[Any, ...], name: str = "dorms.csv") -> Path:
    """A table of places: (x, y, beds)."""
    return write_points(
        folder / name, [{"id": f"d{i}", "name": f"D{i}", "at": row[:2], "beds": row[2]} for i, row in enumerate(rows)]
    )


def loaded(folder: Path, **more: Any) -> Site:
    return load_site(write_town(folder, **more))


def refusal(made: Callable[[], Any]) -> list[str]:
    with pytest.raises(InputError) as caught:
        made()
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.faults)
    return lines


def areas(folder: Path, file: str, shapes: list[shapely.Geometry], **columns: list[Any]) -> Path:
    """A GeoJSON of polygons given in metres."""
    path = folder / file
    gpd.GeoDataFrame(columns, geometry=[degrees(shape) for shape in shapes], crs=4326).to_file(path)
    return path


# Counts ------------------------------------------------------------------------------------------


def test_an_empty_cell_is_unknown_not_nothing(tmp_path: Path) -> None:
    dorms(tmp_path, (0, 0, 120), (100, 0, ""), (200, 0, 0))
    people = loaded(tmp_path, demand=[DORMS]).demand
    assert people["id"].tolist() == ["dorms/d0", "dorms/d1", "dorms/d2"]
    np.testing.assert_array_equal(people["beds"], [120, np.nan, 0])
    assert people["jobs"].isna().all()


def test_a_column_nobody_names_is_not_read(tmp_path: Path) -> None:
    dorms(tmp_path, (0, 0, 120))
    used = {key: value for key, value in DORMS.items() if key != "beds"}
    assert loaded(tmp_path, demand=[used]).demand["beds"].isna().all()


def test_counts_that_are_none_are_refused_all_together(tmp_path: Path) -> None:
    dorms(tmp_path, (0, 0, -5), (9, 0, 12), (0, 9, "about 30"), (9, 9, "inf"), (5, 5, ""))
    lines = refusal(lambda: loaded(tmp_path, demand=[DORMS]))
    assert len(lines) == 3
    for line, row, value in zip(lines, (2, 4, 5), ("'-5'", "'about 30'", "'inf'"), strict=True):
        assert f"dorms.csv: row {row}" in line and value in line and "beds" in line and "at least 0" in line


def test_coordinates_that_are_none_are_refused_all_together(tmp_path: Path) -> None:
    (tmp_path / "dorms.csv").write_text("id,name,lon,lat,beds\na,A,120.65,x,1\nb,B,,31.42,2\nc,C,120.65,31.42,3\n")
    lines = refusal(lambda: loaded(tmp_path, demand=[DORMS]))
    assert len(lines) == 2 and "row 2" in lines[0] and "lat" in lines[0] and "row 3" in lines[1] and "lon" in lines[1]


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = "id,name,lon,lat,beds\na,A,120.65,31.42,1\na,B,120.651,31.42,2\n"
    (tmp_path / "dorms.csv").write_text(text, encoding="utf-8")
    lines = refusal(lambda: loaded(tmp_path, demand=[DORMS]))
    assert len(lines) == 2 and "row 2" in lines[0] and "'a'" in lines[0] and "row 3" in lines[1]


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    dorms(tmp_path, (0, 0, 1))
    [line] = refusal(lambda: loaded(tmp_path, demand=[{**DORMS, "kind": "hotel"}]))
    assert "dorms.csv" in line and "'hotel'" in line and "dormitory" in line


def test_places_outside_the_boundary_are_not_counted_and_said(tmp_path: Path) -> None:
    # the boundary ends at x = 500
    dorms(tmp_path, (0, 0, 120), (600, 0, 70), (700, 0, ""))
    site = loaded(tmp_path, demand=[DORMS])
    assert site.demand["beds"].tolist() == [120]
    [text] = [str(note.text) for note in site.notes if "outside the boundary" in str(note.text)]
    assert "2 places" in text and "70 beds" in text and "dorms.csv" in text


def test_an_area_that_has_no_metres_is_left_out_with_its_heads(tmp_path: Path) -> None:
    """A quarter of the globe from the site's meridian the projection is infinite."""
    away = shapely.box(-149.4, -1, -149.2, 1)
    frame = gpd.GeoDataFrame({"beds": [70, 120]}, geometry=[away, degrees(shapely.box(0, 0, 40, 40))], crs=4326)
    frame.to_file(tmp_path / "yards.geojson")
    site = loaded(tmp_path, demand=[{"file": "yards.geojson", "kind": "dormitory", "beds": "beds"}])
    assert site.demand["beds"].sum() == pytest.approx(120)
    [text] = [str(note.text) for note in site.notes if "outside the boundary" in str(note.text)]
    assert "70 beds" in text


def test_a_file_of_another_country_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dorms.csv").write_text("id,name,lon,lat,beds\na,A,-15.43,28.13,1\n", encoding="utf-8")
    [line] = refusal(lambda: loaded(tmp_path, demand=[DORMS]))
    assert "dorms.csv" in line and "lon -15.43" in line


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_tables(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "dorms.csv").write_text("编号,名称,经度,纬度,床位\n甲,东舍,120.65,31.42,88\n", encoding=encoding)
    used = {"file": "dorms.csv", "kind": "dormitory", "id": "编号", "name": "名称", "beds": "床位"}
    people = loaded(tmp_path, demand=[used]).demand
    assert people[["id", "name", "beds"]].to_numpy().tolist() == [["dorms/甲", "东舍", 88]]


def test_a_workbook_says_the_same(tmp_path: Path) -> None:
    import pandas as pd

    dorms(tmp_path, (0, 0, 120), (100, 0, ""))
    pd.read_csv(tmp_path / "dorms.csv").to_excel(tmp_path / "dorms.xlsx", index=False)
    one = loaded(tmp_path, demand=[DORMS]).demand
    other = loaded(tmp_path, demand=[{**DORMS, "file": "dorms.xlsx"}]).demand
    np.testing.assert_array_equal(one["beds"], other["beds"])
    assert one["id"].tolist() == other["id"].tolist()


def test_gcj02_is_undone(tmp_path: Path) -> None:
    # the first published vector, as a boundary-less check of the column: Shanghai, 31.1774276, 121.5272106
    from lifecircle.site import DemandFile
    from lifecircle.sources.tables import read_table

    (tmp_path / "dorms.csv").write_text("id,lon,lat\na,121.531541859215,31.17530398364597\n", encoding="utf-8")
    frame = read_table(DemandFile(file=tmp_path / "dorms.csv", kind="dormitory", coords="gcj02")).frame
    assert (frame.geometry.x.iloc[0], frame.geometry.y.iloc[0]) == pytest.approx((121.5272106, 31.1774276), abs=1e-8)


# Areas -------------------------------------------------------------------------------------------


def with_buildings(folder: Path, *boxes: tuple[float, float, float, float]) -> None:
    """The town's map with buildings."""
    nodes, ways = dict(SQUARE), {id: (refs, {"highway": "residential"}) for id, refs in ROUND.items()}
    for i, (west, south, east, north) in enumerate(boxes):
        at = 100 + 10 * i
        nodes |= {at: (west, south), at + 1: (east, south), at + 2: (east, north), at + 3: (west, north)}
        ways[50 + i] = (f"{at} {at + 1} {at + 2} {at + 3} {at}", {"building": "yes"})
    write_osm(folder / "town.osm", nodes, ways, bounds=WIDE)


def test_an_area_is_split_into_its_buildings_which_share_its_count_by_area(tmp_path: Path) -> None:
    # buildings of 20 x 10 and 20 x 30 m in the area share 800 beds as 1 : 3; the third lies outside
    path = write_town(tmp_path, demand=[{**DORMS, "file": "yard.geojson"}])
    areas(tmp_path, "yard.geojson", [shapely.box(0, 0, 100, 100)], id=["y"], name=["Yard"], beds=[800])
    with_buildings(tmp_path, (10, 10, 30, 20), (10, 40, 30, 70), (200, 200, 220, 220))
    people = load_site(path).demand
    people = people[people["kind"] == "dormitory"]
    assert people["beds"].tolist() == pytest.approx([200, 600], rel=2e-3)
    assert people["footprint_m2"].tolist() == pytest.approx([200, 600], rel=2e-3)
    assert people["area_id"].tolist() == ["yard/y", "yard/y"] and people["id"].tolist() == ["yard/y#1", "yard/y#2"]


def test_an_area_without_buildings_is_split_into_cells_that_share_its_count(tmp_path: Path) -> None:
    path = write_town(tmp_path, demand=[{**DORMS, "file": "yard.geojson"}])
    areas(tmp_path, "yard.geojson", [shapely.box(0, 0, 100, 75)], id=["y"], name=["Yard"], beds=[600])
    people = load_site(path).demand
    # 7500 m2; whole cells of 2500 m2 hold 200 beds; the outline may lie a hair beside the grid
    assert people["beds"].sum() == pytest.approx(600)
    large = people[people["beds"] > 1]
    assert sorted(large["beds"]) == pytest.approx([100, 100, 200, 200], abs=1)
    assert people["footprint_m2"].isna().all() and (people.geom_type == "Point").all()


def test_cells_cover_an_area_exactly() -> None:
    area = shapely.Polygon([(3, 3), (120, 40), (60, 130)])
    of, cells = cells_of(np.array([area]))
    assert not of.any()
    assert shapely.area(cells).sum() == pytest.approx(area.area)
    assert (shapely.area(cells) <= 2500 + 1e-9).all()


def test_a_polygon_that_is_a_building_stays_whole(tmp_path: Path) -> None:
    path = write_town(tmp_path, demand=[{**DORMS, "file": "house.geojson"}])
    areas(tmp_path, "house.geojson", [shapely.box(10, 10, 30, 20)], id=["h"], name=["House"], beds=[80])
    with_buildings(tmp_path, (10, 10, 30, 20))
    people = load_site(path).demand
    assert people[["id", "beds"]].to_numpy().tolist() == [["house/h", 80]]


def test_the_order_of_buildings_in_the_map_changes_no_id(tmp_path: Path) -> None:
    boxes = [(10, 10, 30, 20), (10, 40, 30, 70), (50, 50, 70, 60)]
    path = write_town(tmp_path, demand=[{**DORMS, "file": "yard.geojson"}])
    areas(tmp_path, "yard.geojson", [shapely.box(0, 0, 100, 100)], id=["y"], name=["Yard"], beds=[800])
    found = []
    for order in (boxes, boxes[::-1]):
        with_buildings(tmp_path, *order)
        found.append(load_site(path).demand[["id", "beds", "geometry"]].to_wkt(rounding_precision=3))
    assert found[0].equals(found[1])


# OSM ---------------------------------------------------------------------------------------------


def test_osm_knows_no_heads_and_every_building_is_a_place(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    with_buildings(tmp_path, (10, 10, 30, 20), (40, 40, 60, 60))
    people = load_site(path).demand
    assert people["kind"].tolist() == ["building"] * 2
    assert people[["beds", "jobs", "people", "families"]].isna().all(axis=None)
    assert people["footprint_m2"].tolist() == pytest.approx([200, 400], rel=2e-3)


# Estimates ---------------------------------------------------------------------------------------


def test_an_estimate_fills_what_nobody_gave_and_says_so(tmp_path: Path) -> None:
    # 200 and 400 m2 at 0.05 beds a m2: 10 and 20; where 7 are given they stay
    boxes = [(10, 10, 30, 20), (40, 40, 60, 60), (100, 100, 110, 110)]
    factor = {"kind": "dormitory", "count": "beds", "per_m2": 0.05}
    path = write_town(tmp_path, demand=[{**DORMS, "file": "houses.geojson"}], estimate=[factor])
    houses = [shapely.box(*box) for box in boxes]
    areas(tmp_path, "houses.geojson", houses, id=["a", "b", "c"], name=["", "", ""], beds=[None, None, 7.0])
    with_buildings(tmp_path, *boxes)
    site = load_site(path)
    assert site.demand["beds"].tolist() == pytest.approx([10, 20, 7], rel=2e-3)
    [note] = [note for note in site.notes if note.kind == "assumed"]
    text = str(note.text)
    assert "Dormitory: beds of 2 places" in text and "0.05 per m2" in text and "30" in text
    assert site.provenance["parameters"]["estimate"] == [factor]
    assert site.demand["estimated"].tolist() == ["beds", "beds", ""]
    assert str(headline(site)) == "37 beds (30 of them estimated) in 3 places"
    result = assess(site)
    marked = result.indicators.set_index("id")["reference_en"].str.startswith("holds estimates")
    assert sorted(marked.index[marked]) == [
        "beds", "beds_near_jobs_15", "beds_near_jobs_5", "completeness", "green_per_resident", "jobs_per_bed",
        "jobs_per_resident", "nine_in_ten", "supplied",
    ]  # fmt: skip
    table = result.coverage.table
    beds = table[table["by"] == "beds"]
    assert beds["estimated"].to_numpy() == pytest.approx(30, rel=2e-3) and len(beds)
    assert (table.loc[table["by"] != "beds", "estimated"] == 0).all()


def test_nothing_is_estimated_unasked(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    with_buildings(tmp_path, (10, 10, 30, 20))
    assert load_site(path).demand["jobs"].isna().all()


# Rasters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("epsg", [4326, 32651, 4549])
def test_a_raster_keeps_its_sum(tmp_path: Path, epsg: int) -> None:
    # a field of 0.01 people a m2 around the site, in cells of about 100 m; 0.25 km2 inside hold 2,500 people
    boundary = shapely.box(-250, -250, 250, 250)
    write_field(tmp_path / "people.tif", epsg, per_m2=0.01)
    source = PopulationRaster(raster=tmp_path / "people.tif")
    found, _ = from_raster(source, CRS, boundary, BARE, "people")
    assert found["people"].sum() == pytest.approx(2_500, rel=1e-3)
    assert found["id"].is_unique and found["id"].iloc[0].startswith("people/")
    assert shapely.dwithin(boundary, found.geometry.to_numpy(), 120).all()


def write_field(path: Path, epsg: int, per_m2: float) -> None:
    """A raster of people spread evenly over the ground, in cells of about 100 m in some CRS."""
    to = pyproj.Transformer.from_crs(CRS, epsg, always_xy=True)
    x, y = to.transform(-1500, 1500)
    step = 100 / 111_320 if epsg == 4326 else 100
    transform = from_origin(x, y, step, step)
    back = pyproj.Transformer.from_crs(epsg, CRS, always_xy=True)
    size = 34 if epsg == 4326 else 30
    col, row = np.meshgrid(np.arange(size + 1), np.arange(size + 1))
    east, north = back.transform(x + col * step, y - row * step)
    corners = [(0, 0), (0, 1), (1, 1), (1, 0)]
    rings = np.stack([np.stack([a[i : i + size, j : j + size] for a in (east, north)], -1) for i, j in corners], axis=2)
    people = shapely.area(shapely.polygons(rings.reshape(-1, 4, 2))).reshape(size, size) * per_m2
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="float64", crs=f"EPSG:{epsg}",
        transform=transform, nodata=-1,
    ) as target:  # fmt: skip
        target.write(people, 1)


def test_cells_without_people_or_data_are_no_places(tmp_path: Path) -> None:
    write_field(tmp_path / "people.tif", 32651, per_m2=0.01)
    with rasterio.open(tmp_path / "people.tif", "r+") as raster:
        values = raster.read(1)
        values[:, :15], values[:15, 15:] = -1, 0
        raster.write(values, 1)
    boundary = shapely.box(-250, -250, 250, 250)
    found, _ = from_raster(PopulationRaster(raster=tmp_path / "people.tif"), CRS, boundary, BARE, "people")
    assert (found["people"] > 0).all() and 0 < found["people"].sum() < 1_000


def test_what_is_no_raster_is_refused(tmp_path: Path) -> None:
    (tmp_path / "people.tif").write_text("no raster", encoding="utf-8")
    [line] = refusal(lambda: loaded(tmp_path, demand=[{"raster": "people.tif"}]))
    assert "people.tif" in line and "GeoTIFF" in line


def test_a_raster_of_another_country_is_refused(tmp_path: Path) -> None:
    with rasterio.open(
        tmp_path / "people.tif", "w", driver="GTiff", width=2, height=2, count=1, dtype="float32", crs="EPSG:4326",
        transform=from_origin(-15.5, 28.2, 0.01, 0.01),
    ) as target:  # fmt: skip
        target.write(np.ones((2, 2), dtype="float32"), 1)
    [line] = refusal(lambda: loaded(tmp_path, demand=[{"raster": "people.tif"}]))
    assert "people.tif" in line


# Shifts ------------------------------------------------------------------------------------------

WORKS = {"file": "works.csv", "kind": "workplace", "id": "id", "jobs": "岗位"}
SHIFTS = {"day": "早班", "evening": "中班", "night": "夜班"}


def works(folder: Path, *rows: str) -> None:
    lines = [f"w{i},{120.65 + i / 1000},31.42,{row}" for i, row in enumerate(rows)]
    text = "\n".join(["id,经度,纬度,岗位,早班,中班,夜班", *lines])
    (folder / "works.csv").write_text(text + "\n", encoding="utf-8")


def test_jobs_by_shift_sum_to_the_jobs(tmp_path: Path) -> None:
    works(tmp_path, "60,30,20,10", ",5,0,5", "40,,,10", ",,,7")
    people = loaded(tmp_path, demand=[{**WORKS, "shifts": SHIFTS}]).demand
    np.testing.assert_array_equal(people["jobs"], [60, 10, 40, np.nan])
    np.testing.assert_array_equal(people["jobs_night"], [10, 5, 10, 7])
    np.testing.assert_array_equal(people["jobs_evening"], [20, 0, np.nan, np.nan])


def test_shifts_that_miss_the_jobs_are_refused_row_by_row(tmp_path: Path) -> None:
    works(tmp_path, "60,30,20,11", "40,20,20,0", "9,,10,", "9,1,1,1", "x,1,1,1")
    lines = refusal(lambda: loaded(tmp_path, demand=[{**WORKS, "shifts": SHIFTS}]))
    assert len(lines) == 1 and "row 6" in lines[0]
    works(tmp_path, "60,30,20,11", "40,20,20,0", "9,,10,", "9,1,1,1")
    lines = refusal(lambda: loaded(tmp_path, demand=[{**WORKS, "shifts": SHIFTS}]))
    assert [line.split(":")[1] for line in lines] == [" row 2", " row 4", " row 5"]
    assert "61 jobs" in lines[0] and "岗位 is 60" in lines[0]


def test_a_whole_file_on_one_shift_and_its_coverage(tmp_path: Path) -> None:
    works(tmp_path, "60,,,", "40,,,")
    result = assess(write_town(tmp_path, demand=[{**WORKS, "shift": "night"}], people_are="登记职工"))
    table = result.coverage.table
    night = table[(table["by"] == "jobs_night") & (table["at"] == "norm")]
    assert len(night) == len(result.site.standard.categories) and (night["total"] == 100).all()
    shares = result.indicators.set_index("id")["value"]
    assert shares[["jobs_day", "jobs_evening", "jobs_night"]].tolist() == [0, 0, 1]
    assert str(result.headline) == "100 jobs in 2 places; counted: 登记职工"


def test_shifts_without_jobs_are_refused_in_the_site_file(tmp_path: Path) -> None:
    works(tmp_path, "60,,,")
    for wrong in ({"shift": "night", "jobs": None}, {"shift": "night", "shifts": SHIFTS}, {"shift": "early"}):
        [line] = refusal(lambda wrong=wrong: loaded(tmp_path, demand=[{**WORKS, **wrong}]))
        assert "demand" in line and "shift" in line
