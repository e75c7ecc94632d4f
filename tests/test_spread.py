"""Heads of areas spread over buildings and cells: by hand, and that none is ever lost or made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from towns import CRS, ROUND, SQUARE, WIDE, degrees, demand, write_osm, write_town

from lifecircle.errors import InputError
from lifecircle.load import load_site
from lifecircle.model import HEADS, Site
from lifecircle.site import BuildingFile, PopulationRaster
from lifecircle.sources.buildings import Buildings, Use, from_file, read_own
from lifecircle.sources.population import from_raster
from lifecircle.sources.spread import Ground, Where, spread

BLOCK = shapely.box(0, 0, 100, 100)
HOUSE, SHED, FAR = shapely.box(10, 10, 20, 20), shapely.box(30, 10, 40, 40), shapely.box(110, 10, 120, 20)
"""100, 300 and 100 m2."""


def built(*rows: tuple[shapely.Geometry, Use] | tuple[shapely.Geometry, Use, float]) -> Buildings:
    """Buildings: outline, use and floors."""
    full = [(*row, np.nan)[:3] for row in rows]
    outline = np.array([row[0] for row in full], dtype=object)
    use = np.array([row[1] for row in full], dtype=np.uint8)
    return Buildings(outline, use, np.array([row[2] for row in full], dtype=float))


def spread_over(
    places: dict[str, Any], buildings: Buildings, mapped: shapely.Geometry = WIDE, **how: Any
) -> tuple[gpd.GeoDataFrame, list[Where]]:
    frame = demand(places)
    pieces, found = spread(frame, np.ones(len(frame), dtype=bool), Ground(buildings, mapped, WIDE), **how)
    return pieces, [Where(where) for where in found["where"]]


def people_in(buildings: Buildings, people: float, **how: Any) -> tuple[list[float], set[Where]]:
    """How the people of the block come to lie, from west to east."""
    pieces, where = spread_over({"b": (BLOCK, {"people": people})}, buildings, **how)
    return pieces["people"].tolist(), set(where)


# By hand -----------------------------------------------------------------------------------------


def test_floors_weigh_and_homes_go_before_what_is_not_known() -> None:
    # 300 m2 of floor in the house, half of all that may be lived in is enough
    assert people_in(built((HOUSE, Use.HOME, 3), (SHED, Use.UNKNOWN)), 80) == ([80], {Where.KNOWN})
    # 200 against 300 m2: too little is known to trust it; shared 2 to 3
    found, where = people_in(built((HOUSE, Use.HOME, 2), (SHED, Use.UNKNOWN)), 100)
    assert found == pytest.approx([40, 60], rel=1e-12) and where == {Where.KNOWN, Where.NOT_OTHER}


@pytest.mark.parametrize("use", [Use.HOME, Use.HOME_AROUND])
def test_workplaces_hold_no_people_and_homes_no_jobs(use: Use) -> None:
    both = built((HOUSE, use), (SHED, Use.WORK))
    assert people_in(both, 80) == ([80], {Where.KNOWN})
    pieces, where = spread_over({"b": (BLOCK, {"jobs": 80})}, both, jobs=True)
    assert pieces["jobs"].tolist() == [80] and where == [Where.KNOWN]
    assert pieces.geometry.iloc[0].equals(SHED)


def test_what_only_the_land_use_speaks_against_is_used_where_nothing_else_is() -> None:
    assert people_in(built((HOUSE, Use.WORK_AROUND)), 80) == ([80], {Where.OTHER_AROUND})
    assert people_in(built((HOUSE, Use.WORK_AROUND), (SHED, Use.UNKNOWN)), 80) == ([80], {Where.NOT_OTHER})


@pytest.mark.parametrize("buildings", [built((HOUSE, Use.WORK)), built((FAR, Use.HOME)), built()])
def test_without_a_building_for_them_people_stay_in_cells(buildings: Buildings) -> None:
    assert people_in(buildings, 80) == ([20, 20, 20, 20], {Where.CELL})


def test_buildings_that_cannot_hold_the_people_are_not_all_there_are() -> None:
    # 2 heads a m2 of floor at most
    assert people_in(built((HOUSE, Use.HOME)), 200) == ([200], {Where.KNOWN})
    assert people_in(built((HOUSE, Use.HOME)), 204) == ([51] * 4, {Where.CELL})
    assert people_in(built((HOUSE, Use.HOME, 2)), 204) == ([204], {Where.KNOWN})


def test_the_part_of_an_area_beyond_the_map_stays_there() -> None:
    # half of the block is mapped, with a house in it; 40 people are in two cells of the other half
    found, where = people_in(built((HOUSE, Use.HOME)), 80, mapped=shapely.box(-50, -50, 50, 150))
    assert found == pytest.approx([40, 20, 20], rel=1e-12) and where == {Where.KNOWN, Where.UNMAPPED}


def test_what_lies_far_away_stays_in_one_piece() -> None:
    wide = shapely.box(-10_000, 0, 30_000, 50)
    pieces, where = spread_over({"d": (wide, {"people": 4_000})}, built((HOUSE, Use.HOME)), shapely.box(0, 0, 50, 50))
    assert where.count(Where.BEYOND) == 1 and set(where) == {Where.KNOWN, Where.UNMAPPED, Where.BEYOND}
    assert pieces["people"][np.array(where) == Where.BEYOND].tolist() == pytest.approx([2_000])


def test_of_nested_areas_the_smaller_one_has_the_building() -> None:
    inner = shapely.box(0, 0, 50, 50)
    places = {"inner": (inner, {"people": 30}), "outer": (BLOCK, {"people": 90})}
    pieces, _ = spread_over(places, built((HOUSE, Use.HOME), (shapely.box(60, 60, 70, 70), Use.HOME)))
    assert pieces[["id", "area_id", "people"]].to_numpy().tolist() == [
        ["inner#1", "inner", 30], ["outer#1", "outer", 90],
    ]  # fmt: skip


def test_shifts_and_unknown_counts_are_shared_like_the_others() -> None:
    counts = {"jobs": 40, "jobs_day": 30, "jobs_night": 10}
    pieces, _ = spread_over({"b": (BLOCK, counts)}, built((HOUSE, Use.WORK), (SHED, Use.WORK)), jobs=True)
    np.testing.assert_allclose(pieces[["jobs", "jobs_day", "jobs_night"]], [[10, 7.5, 2.5], [30, 22.5, 7.5]])
    assert pieces[["people", "beds", "jobs_evening"]].isna().all(axis=None)


def test_an_area_of_nobody_stays_whole() -> None:
    places = {"nobody": (BLOCK, {"people": 0}), "unknown": (shapely.box(200, 0, 300, 100), {})}
    pieces, where = spread_over(places, built())
    assert pieces["area_id"].tolist() == ["nobody"] + ["unknown"] * 4 and set(where) == {Where.CELL}
    assert pieces["people"].tolist()[0] == 0 and pieces["people"].isna().sum() == 4


# Always ------------------------------------------------------------------------------------------

side = st.integers(5, 300)
corner = st.integers(-400, 400)
boxes = st.builds(lambda x, y, w, h: shapely.box(x, y, x + w, y + h), corner, corner, side, side)
houses = st.lists(st.tuples(boxes, st.sampled_from(list(Use)), st.sampled_from([np.nan, 1.0, 6.0])), max_size=8)
heads = st.none() | st.integers(0, 5_000) | st.floats(0.001, 1e6)
regions = st.lists(st.tuples(boxes, heads, heads), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None)
@given(regions, houses, boxes, st.booleans(), st.randoms(use_true_random=False))
def test_no_head_is_lost_or_made_and_no_order_matters(
    regions: Sequence[Any], houses: list[Any], mapped: shapely.Geometry, jobs: bool, random: Any
) -> None:
    given = {
        f"a{i}": (shape, {kind: n for kind, n in (("people", p), ("jobs", j), ("jobs_night", j)) if n is not None})
        for i, (shape, p, j) in enumerate(regions)
    }
    frame = demand(given)
    pieces, _ = spread_over(given, built(*houses), mapped, jobs=jobs)
    sums = pieces.groupby("area_id")[list(HEADS)].sum(min_count=1).reindex(frame["id"])
    np.testing.assert_allclose(sums.to_numpy(dtype=float), frame[list(HEADS)].to_numpy(dtype=float), rtol=1e-9)
    assert pieces["id"].is_unique
    random.shuffle(houses)
    again, _ = spread_over(given, built(*houses), mapped, jobs=jobs)
    assert pieces.drop(columns=["floors"]).to_wkt().equals(again.drop(columns=["floors"]).to_wkt())


# As files ----------------------------------------------------------------------------------------


def town_with(folder: Path, *houses: tuple[shapely.Geometry, dict[str, str]], **more: Any) -> Site:
    """The town with buildings (and land use) in the map, and a grid of people."""
    nodes, ways = dict(SQUARE), {id: (refs, {"highway": "residential"}) for id, refs in ROUND.items()}
    path = write_town(folder, **more)
    for i, (shape, tags) in enumerate(houses):
        ring = shapely.get_coordinates(shape)[:-1]
        first = 100 + 10 * i
        nodes |= {first + k: (float(x), float(y)) for k, (x, y) in enumerate(ring)}
        ways[50 + i] = (" ".join(map(str, [*range(first, first + len(ring)), first])), tags)
    write_osm(folder / "town.osm", nodes, ways, bounds=WIDE)
    return load_site(path)


def grid(folder: Path, *cells: tuple[shapely.Geometry, float]) -> dict[str, str]:
    shapes = [degrees(shape) for shape, _ in cells]
    frame = gpd.GeoDataFrame({"n": [n for _, n in cells], "id": list(range(len(cells)))}, geometry=shapes, crs=4326)
    frame.to_file(folder / "grid.geojson")
    return {"file": "grid.geojson", "kind": "housing", "people": "n", "id": "id"}


def test_a_grid_goes_to_the_homes_that_the_map_tells_by_tag_and_land_use(tmp_path: Path) -> None:
    # 100 m2 of 6 floors against 100 m2 without: 6 to 1; the school and the works are no homes
    source = grid(tmp_path, (shapely.box(0, 0, 300, 300), 700))
    site = town_with(
        tmp_path,
        (HOUSE, {"building": "apartments", "building:levels": "6"}),
        (shapely.box(210, 210, 220, 220), {"building": "yes"}),
        (shapely.box(200, 200, 250, 250), {"landuse": "residential"}),
        (SHED, {"building": "yes", "amenity": "school"}),
        (FAR, {"building": "industrial"}),
        demand=[source],
    )
    homes = site.demand[site.demand["kind"] == "housing"]
    assert homes["people"].tolist() == pytest.approx([600, 100], rel=1e-3)
    assert homes["floors"].tolist() == pytest.approx([6, np.nan], nan_ok=True)
    texts = [str(note.text) for note in site.notes]
    assert [text for text in texts if "700 people in buildings known to be for them" in text]
    # the land use is no place of its own beside the user's housing, nor the buildings that nobody counts
    assert [text for text in texts if "OpenStreetMap (Housing) left out" in text and text.startswith("2 ")]


def test_of_an_area_on_the_boundary_what_is_inside_counts_and_the_rest_is_told(tmp_path: Path) -> None:
    # the boundary ends at x = 500: three quarters of the floor stand inside
    inside, outside = shapely.box(450, 10, 480, 20), shapely.box(520, 10, 530, 20)
    source = grid(tmp_path, (shapely.box(400, 0, 600, 100), 80))
    site = town_with(tmp_path, (inside, {"building": "house"}), (outside, {"building": "house"}), demand=[source])
    assert site.demand["people"].tolist() == pytest.approx([60], rel=2e-3)
    [text] = [str(note.text) for note in site.notes if "outside the boundary" in str(note.text)]
    assert "grid.geojson" in text and "20 people" in text


def test_one_file_gives_people_to_homes_and_jobs_to_workplaces(tmp_path: Path) -> None:
    source = grid(tmp_path, (shapely.box(0, 0, 300, 300), 50))
    both = [source, {"file": "grid.geojson", "kind": "workplace", "jobs": "id", "id": "id"}]
    site = town_with(tmp_path, (HOUSE, {"building": "house"}), (SHED, {"building": "office"}), demand=both)
    assert site.demand[["kind", "people", "jobs"]].fillna(-1).to_numpy().tolist() == [
        ["housing", 50, -1], ["workplace", -1, 0],
    ]  # fmt: skip
    assert site.demand["id"].is_unique


def test_cells_where_they_are_asked_for(tmp_path: Path) -> None:
    source = {**grid(tmp_path, (shapely.box(0, 0, 300, 300), 900)), "spread": "cells"}
    site = town_with(tmp_path, (HOUSE, {"building": "house"}), demand=[source])
    assert len(site.demand) >= 36 and site.demand["people"].sum() == pytest.approx(900, rel=1e-12)


def test_footprints_of_ones_own_with_floors_and_uses_go_before_those_of_the_map(tmp_path: Path) -> None:
    # 144 m2 of 8 floors and 100 m2 of 1 floor share 900; the works hold nobody, whatever the map calls them
    lone, works = shapely.box(200, 200, 210, 210), shapely.box(30, 10, 40, 40)
    shapes = [degrees(shapely.box(9, 9, 21, 21)), degrees(works)]
    frame = gpd.GeoDataFrame({"层数": ["8", ""], "用途": ["职工宿舍", "厂房"]}, geometry=shapes, crs=4326)
    frame.to_file(tmp_path / "own.geojson")
    site = town_with(
        tmp_path,
        (HOUSE, {"building": "yes", "building:levels": "2"}),
        (SHED, {"building": "apartments"}),
        (lone, {"building": "house"}),
        demand=[grid(tmp_path, (shapely.box(0, 0, 300, 300), 900))],
        buildings={"file": "own.geojson", "floors": "层数", "use": "用途"},
    )
    assert site.demand["people"].tolist() == pytest.approx(
        [900 * 144 * 8 / (144 * 8 + 100), 900 * 100 / 1252], rel=1e-3
    )
    assert len(site.buildings) == 3


def test_footprints_that_are_none_are_refused_all_together(tmp_path: Path) -> None:
    shapes = [degrees(shapely.Point(5, 5)), degrees(HOUSE)]
    gpd.GeoDataFrame({"层数": ["3", "many"]}, geometry=shapes, crs=4326).to_file(tmp_path / "own.geojson")
    with pytest.raises(InputError) as caught:
        town_with(tmp_path, buildings={"file": "own.geojson", "floors": "层数"})
    lines = [str(fault) for fault in caught.value.faults]
    assert len(lines) == 2 and "row 1" in lines[0] and "row 2" in lines[1] and "'many'" in lines[1]


def test_hexagons_come_from_their_ids(tmp_path: Path) -> None:
    # centres from the table of cells that the first lines of a published grid of Porto Alegre give beside the ids
    from lifecircle.site import DemandFile
    from lifecircle.sources.tables import read_table

    path = tmp_path / "cells.csv"
    path.write_text("cell,n\n89a901291abffff,3\n89A9012A3CFFFFF,4\n", encoding="utf-8")
    source = DemandFile(file=path, kind="housing", people="n", h3="cell")
    cells = read_table(source).frame
    centres = shapely.get_coordinates(shapely.centroid(cells.geometry.to_numpy()))
    np.testing.assert_allclose(centres, [(-51.158246, -30.053846), (-51.211867, -30.100576)], atol=1e-5)
    np.testing.assert_allclose(shapely.area(cells.to_crs(31982).geometry.to_numpy()), 89_840, rtol=0.01)
    path.write_text("cell,n\n89a901291abffff,3\n89a901291abfff,4\n,5\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_table(source)
    lines = [str(fault) for fault in caught.value.faults]
    assert len(lines) == 2 and "row 3" in lines[0] and "'89a901291abfff'" in lines[0] and "row 4" in lines[1]


# Rasters -----------------------------------------------------------------------------------------


def raster(folder: Path, values: Any, dtype: str = "float32", **more: Any) -> PopulationRaster:
    """Cells of 100 m from (0, 300) on, in the site's own CRS."""
    data = np.array(values, dtype=dtype)
    with rasterio.open(
        folder / "people.tif", "w", driver="GTiff", width=data.shape[1], height=data.shape[0], count=1, dtype=dtype,
        crs=CRS.to_wkt(), transform=from_origin(0, 300, 100, 100), **more,
    ) as target:  # fmt: skip
        target.write(data, 1)
    return PopulationRaster(raster=folder / "people.tif")


def read(source: PopulationRaster, boundary: shapely.Geometry = WIDE, *houses: Any) -> tuple[Any, list[str]]:
    frame, notes = from_raster(source, CRS, boundary, Ground(built(*houses), WIDE, WIDE), "people")
    return frame, [str(note.text) for note in notes]


def test_a_raster_keeps_the_sum_that_exactextract_finds_and_goes_to_buildings(tmp_path: Path) -> None:
    from exactextract import exact_extract

    source = raster(tmp_path, np.arange(1, 10).reshape(3, 3) * 10)
    boundary = shapely.Polygon([(20, 10), (280, 60), (230, 290), (90, 240)])
    zone = gpd.GeoDataFrame(geometry=[boundary], crs=CRS)
    with rasterio.open(tmp_path / "people.tif") as file:
        expected = exact_extract(file, zone, ["sum"])[0]["properties"]["sum"]
    for houses in ((), ((shapely.box(120, 120, 130, 130), Use.HOME), (shapely.box(220, 120, 230, 130), Use.UNKNOWN))):
        frame, _ = read(source, boundary, *houses)
        assert frame["people"].sum() == pytest.approx(expected, rel=1e-9)
        assert shapely.covers(shapely.buffer(boundary, 1e-6), frame.geometry.to_numpy()).all()
        assert int(frame["footprint_m2"].notna().sum()) == len(houses)
    # the cell in the middle, wholly inside, holds 50; beside it 60.4 % are inside (the edge crosses at x = 260.4)
    assert frame.loc[frame["footprint_m2"].notna(), "people"].tolist() == pytest.approx([50, 60 * 0.604], rel=0.001)


@pytest.mark.parametrize(
    ("dtype", "odd"), [("uint8", 255), ("uint16", 65535), ("int16", -9999), ("float32", -9999), ("float64", 65535)]
)
def test_a_raster_that_hides_its_nodata_is_handled_and_said(tmp_path: Path, dtype: str, odd: float) -> None:
    source = raster(tmp_path, [[odd, 3, 4], [odd, 5, 6]], dtype)
    frame, [text] = read(source)
    assert frame["people"].sum() == pytest.approx(18) and "people.tif: 2 cells of" in text and f"{odd:g}" in text
    _, notes = read(source.model_copy(update={"nodata": odd}))
    assert notes == []


def test_whoever_names_another_nodata_means_255_people(tmp_path: Path) -> None:
    source = raster(tmp_path, [[255, 3], [0, 9]], "uint8")
    frame, notes = read(source.model_copy(update={"nodata": 9}))
    assert sorted(frame["people"]) == [3, 255] and notes == []
    frame, notes = read(raster(tmp_path, [[255, 3]], "uint8", nodata=0))
    assert sorted(frame["people"]) == [3, 255] and notes == []


def test_several_negative_counts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cells of -3 to -1 people; no count is negative"):
        read(raster(tmp_path, [[-3, -1, 4]]))


def test_rasters_that_cannot_be_taken_as_they_are_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.tif"
    turned = rasterio.Affine(80, 60, 0, -60, 80, 300)
    with rasterio.open(
        path, "w", driver="GTiff", width=2, height=2, count=2, dtype="uint8", crs="EPSG:32651", transform=turned
    ) as target:
        target.write(np.ones((2, 2, 2), dtype="uint8"))
    with pytest.raises(InputError) as caught:
        read(PopulationRaster(raster=path))
    lines = [str(fault) for fault in caught.value.faults]
    assert len(lines) == 2 and "2 bands" in lines[0] and "turned" in lines[1]


@pytest.mark.parametrize(
    ("use", "known"),
    [
        ("House", Use.HOME), ("dormitory block", Use.HOME), ("职工宿舍", Use.HOME), ("Residential", Use.HOME),
        ("Warehouse", Use.WORK), ("greenhouse", Use.WORK), ("non-residential", Use.WORK), ("非居住", Use.WORK),
        ("厂房", Use.WORK), ("", Use.UNKNOWN),
    ],
)  # fmt: skip
def test_uses_in_words(tmp_path: Path, use: str, known: Use) -> None:
    path = tmp_path / "own.geojson"
    gpd.GeoDataFrame({"use": [use]}, geometry=[degrees(HOUSE)], crs=4326).to_file(path)
    assert from_file(read_own(BuildingFile(file=path, use="use"), CRS)).use.tolist() == [known]
