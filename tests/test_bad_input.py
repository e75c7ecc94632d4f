"""A planner's worst day: what was found by giving the tool everything that can be wrong, kept as tests.

Refused in one line a fault with nothing left behind, or repaired and said; never a traceback, never a
number that nobody meant.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from towns import CRS, degrees, point, town, write_osm, write_points, write_town

from lifecircle import assess, cli, compare, write
from lifecircle.errors import Fault, InputError, OutputError
from lifecircle.load import distinct, load_each, load_site, slugged
from lifecircle.messages import msg
from lifecircle.model import Assessment, Site
from lifecircle.outputs import write_all
from lifecircle.site import TableFile, read_site_file
from lifecircle.sources import osm
from lifecircle.sources.boundary import outline
from lifecircle.sources.tables import read_places
from lifecircle.standard import load_standard

HEADER = "id,name,lon,lat,beds\n"
DORMS = {"file": "dorms.csv", "kind": "dormitory", "id": "id", "name": "name", "beds": "beds"}
FACILITIES = {"file": "shops.geojson", "category": "pharmacy", "id": "id", "name": "name"}
STREETS = {10: ("1 2", {"highway": "residential"})}
NODES = {1: (0.0, 0.0), 2: (400.0, 0.0)}
ALL = (".html", ".geojson", ".xlsx", ".tif", ".json", ".csv")
HOSTILE = (
    "<script>alert(1)</script>", '=HYPERLINK("http://x","y")', "../../x", "{{7*7}}", "x" * 5000, "a\u202eb\u200f",
    "🏭😀", "nul\0", "bell\x07\x1b[31m", "half\ud800", "@SUM(1)", "-1+1", "+1", "\t=1", "]]>", "</script>", "\ufffe",
    "_x0041_",
)  # fmt: skip
"""Names that would do something if they were not text."""


def refusal(made: Callable[[], Any]) -> list[str]:
    """The lines of a refusal: one a fault, each with a mend, none of which breaks or rules a terminal."""
    with pytest.raises(InputError) as caught:
        made()
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.faults)
    assert all(fault.where and fault.mend for fault in caught.value.faults)
    return lines


def dorms(folder: Path, text: str | bytes, name: str = "dorms.csv", **more: Any) -> Path:
    """A town whose dormitories are a table of this text."""
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return write_town(folder, demand=[{**DORMS, "file": name}], **more)


def beds(folder: Path, text: str | bytes, name: str = "dorms.csv") -> list[float]:
    """Beds of the dormitories that such a table gives."""
    return [float(number) for number in load_site(dorms(folder, text, name)).demand["beds"]]


def row(x: float = 0, y: float = 0) -> str:
    """Longitude and latitude of a point in metres, as a table has them."""
    at = degrees(point(x, y))
    return f"{at.x:.7f},{at.y:.7f}"


def shapes(folder: Path, file: str, *geometries: shapely.Geometry | None, **columns: list[Any]) -> Path:
    """A GeoJSON of shapes given in metres."""
    moved = [None if shape is None else degrees(shape) for shape in geometries]
    frame = gpd.GeoDataFrame({"id": [str(i) for i in range(len(moved))], **columns}, geometry=moved, crs=4326)
    frame.to_file(folder / file)
    return folder / file


BOW_TIE = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])


def test_faults_of_all_files_are_told_together(tmp_path: Path) -> None:
    shapes(tmp_path, "gates.geojson", BOW_TIE)
    shapes(tmp_path, "shops.geojson", None)
    (tmp_path / "shops.csv").write_text("id,lon\n1,120\n")
    files = [{**FACILITIES, "file": name} for name in ("shops.geojson", "shops.csv")]
    site = dorms(tmp_path, HEADER + f"A,A,{row()},many\n", facilities=files, gates="gates.geojson")
    lines = refusal(lambda: load_site(site))
    assert [re.search(r"(\w+\.\w+):", line)[1] for line in lines] == [  # type: ignore[index]
        "dorms.csv", "shops.geojson", "shops.csv", "gates.geojson",
    ]  # fmt: skip


# The site file -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: A\nname: B\nboundary: park.geojson\nosm: town.osm\n", "name: stands 2 times; keep one"),
        ("name: A\nboundary: {file: park.geojson, file: park.geojson}\nosm: town.osm\n", "boundary.file: stands 2"),
        ("a: &a [x]\nfacilities: [*a, *a]\n", r":2: YAML fault: aliases"),
        ("name: " + "[" * 9000 + "]" * 9000, "nested too deeply"),
        ("name: 2024-13-45\n", "month must be in 1..12"),
        ("name: A\n---\nname: B\n", "another document"),
        ("name: !!python/object/apply:os.system [x]\n", "constructor"),
        ("name: 768\nboundary: park.geojson\nosm: town.osm\n", "name: .*768.*put it in quotes"),
        ("name: '  '\nboundary: park.geojson\nosm: town.osm\n", "name: .*is empty"),
        ("name: A\nboundary: park.geojson\nosm: town.osm\nfacilities: shops.csv\n", "facilities: .*begins with `- `"),
    ],
)
def test_faults_of_a_site_file(tmp_path: Path, text: str, said: str) -> None:
    path = write_town(tmp_path)
    path.write_text(text, encoding="utf-8")
    [line] = refusal(lambda: read_site_file(path))
    assert re.search(said, line), line


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("connector_m", 0), ("connector_m", 1e-9), ("connector_m", float("nan")), ("connector_m", "100"),
        ("connector_m", True), ("year", 1800), ("year", 2027.5), ("name", "x" * 201), ("boundary", "x" * 5000),
        ("boundary", "a\0b"), ("boundary", "~/park.geojson"), ("profile", 5),
        ("osm", {"file": "town.osm", "extent": [31.3, 120.6, 31.5, 120.7]}),
        ("osm", {"file": "town.osm", "extent": [120.7, 31.5, 120.6, 31.3]}),
        ("osm", {"file": "town.osm", "extent": [120.6, 31.4, 120.6, 31.4]}),
        ("estimate", [{"kind": "dormitory", "count": "beds", "per_m2": float("inf")}]),
    ],
)  # fmt: skip
def test_values_that_are_none(tmp_path: Path, key: str, value: Any) -> None:
    [line] = refusal(lambda: read_site_file(write_town(tmp_path, **{key: value})))
    assert f"site.yaml: {key}" in line


@pytest.mark.parametrize(
    ("key", "column"),
    [(key, "id") for key in ("walls", "gates", "enclosures", "buildings")]
    + [(key, "name") for key in ("walls", "enclosures", "buildings")],
)
def test_a_column_that_nothing_would_show_is_refused(tmp_path: Path, key: str, column: str) -> None:
    [line] = refusal(lambda: read_site_file(write_town(tmp_path, **{key: {"file": "park.geojson", column: "a"}})))
    assert f"site.yaml: {key}.{column}: " in line and "known keys: " in line


def test_a_standard_cannot_blow_up(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)), "id: *a11"]
    (tmp_path / "own.yaml").write_text("\n".join(lines), encoding="utf-8")
    [line] = refusal(lambda: load_standard(tmp_path / "own.yaml"))
    assert "own.yaml:2: YAML fault: aliases" in line


def test_a_fault_is_one_line() -> None:
    assert str(Fault("a\nb.csv", msg("holds\r\nlines"), msg("mend\x0bit"))) == "a b.csv: holds lines; mend it"


# Boundaries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (shapely.box(73, 18, 135, 53), "larger than 200 km"),
        (shapely.box(120.65, 31.42, 120.65 + 1e-9, 31.42 + 1e-9), "less than 1 m2"),
        (shapely.box(179.99, 31.42, 180.01, 31.43), "not degrees"),
        (shapely.box(-59.36, -31.43, -59.34, -31.41), "lies 20,0"),
        (shapely.LineString([(120.65, 31.42), (120.66, 31.42)]), "no polygon"),
    ],
)
def test_boundaries_that_are_none(tmp_path: Path, shape: shapely.Geometry, said: str) -> None:
    path = write_town(tmp_path)
    (tmp_path / "park.geojson").write_text(shapely.to_geojson(shape), encoding="utf-8")
    [line] = refusal(lambda: load_site(path))
    assert "park.geojson" in line and said in line


@pytest.mark.filterwarnings("error")
def test_a_ring_of_two_points(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    (tmp_path / "park.geojson").write_text('{"type":"Polygon","coordinates":[[[120.65,31.42],[120.66,31.42]]]}')
    [line] = refusal(lambda: load_site(path))
    assert "shape that cannot be read" in line


def test_a_boundary_with_heights_holes_and_points_beside_it(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    block = shapely.box(-500, -500, 500, 500).difference(shapely.box(-50, -50, 50, 50))
    shapes(tmp_path, "park.geojson", shapely.GeometryCollection([shapely.force_3d(block, 7), point(0, 0)]), None)
    site = load_site(path)
    assert shapely.area(site.boundary) == pytest.approx(1e6 - 1e4, rel=1e-3) and not shapely.has_z(site.boundary)


def test_a_file_of_several_layers_names_them(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[degrees(shapely.box(-500, -500, 500, 500))], crs=4326)
    for layer in ("old", "new"):
        frame.to_file(tmp_path / "park.gpkg", layer=layer)
    [line] = refusal(lambda: load_site(write_town(tmp_path, boundary="park.gpkg")))
    assert "old, new" in line and "`layer:`" in line
    assert load_site(write_town(tmp_path, boundary={"file": "park.gpkg", "layer": "new"}))


def test_a_plan_without_a_place_on_the_earth(tmp_path: Path) -> None:
    local = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(0, 0, 900, 900)], crs='LOCAL_CS["Plan",UNIT["metre",1]]')
    local.to_file(tmp_path / "park.gpkg")
    [line] = refusal(lambda: load_site(write_town(tmp_path, boundary="park.gpkg")))
    assert "(Plan) is not tied to the Earth" in line and "`coords: EPSG" in line


@pytest.mark.parametrize(
    ("where", "said"), [("nom=A", "it has: id"), ("id=x", "there are: 0"), ("id", "write id=VALUE")]
)
def test_a_feature_that_is_not_there(tmp_path: Path, where: str, said: str) -> None:
    path = write_town(tmp_path, boundary={"file": "park.geojson", "where": where})
    shapes(tmp_path, "park.geojson", shapely.box(-500, -500, 500, 500))
    [line] = refusal(lambda: load_site(path))
    assert said in line


# Tables ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["-5", "many", "50%", "1e300", "inf", "1_000", "0x10", "N/A"])
def test_counts_that_are_none(tmp_path: Path, value: str) -> None:
    [line] = refusal(lambda: beds(tmp_path, f"{HEADER}a,A,{row()},{value}\n"))
    assert "dorms.csv: row 2: beds is" in line and value.strip('"') in line


@pytest.mark.parametrize("rows", [f"a,A,{row()},1,200\n", f"a,A,{row()},1,200\nb,B,{row(9)},1,300\n"])
def test_more_cells_than_titles_never_shift_the_columns(tmp_path: Path, rows: str) -> None:
    line = refusal(lambda: beds(tmp_path, HEADER + rows))[0]
    assert "row 2: has more cells than there are titles (5)" in line


@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_spreadsheets_write(tmp_path: Path, separator: str, encoding: str) -> None:
    text = f" id , name ,lon,lat,beds\r\na,宿舍,{row()},100\r\n".replace(",", separator)
    assert beds(tmp_path, text.encode(encoding)) == [100]


def test_rows_count_as_a_sheet_shows_them(tmp_path: Path) -> None:
    text = f'{HEADER}\na,"A\nsecond line",{row()},1\n,,,,\nb,B,{row()},-1\n'
    [line] = refusal(lambda: beds(tmp_path, text))
    assert "row 5: beds is '-1'" in line
    frame = pd.DataFrame([["id", "name", "lon", "lat", "beds"], [""] * 5, ["a", "A", *row().split(","), "many"]])
    frame.to_excel(tmp_path / "dorms.xlsx", header=False, index=False)
    [line] = refusal(lambda: load_site(write_town(tmp_path, demand=[{**DORMS, "file": "dorms.xlsx"}])))
    assert "row 3: beds is 'many'" in line


def test_a_title_that_stands_twice(tmp_path: Path) -> None:
    [line] = refusal(lambda: beds(tmp_path, f"id,name,lon,lat,beds,beds\na,A,{row()},1,2\n"))
    assert "two columns are named 'beds'" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "holds no rows"),
        (b"\xff\xfe\x00\x00" * 20, "is not text in UTF-8, UTF-16, GB18030 or Big5"),
        (b'id,name\na,"A\n', "not a table"),
        (b"name\nA\n", "no column of coordinates"),
    ],
)
def test_what_is_no_table(tmp_path: Path, text: bytes, said: str) -> None:
    [line] = refusal(lambda: beds(tmp_path, text))
    assert said in line


def test_coordinates_outside_their_system_name_their_row(tmp_path: Path) -> None:
    (tmp_path / "dorms.csv").write_text("id,name,x,y,beds\na,A,561652,3477558,1\nb,B,40561652,3477558,1\n")
    [line] = refusal(lambda: load_site(write_town(tmp_path, demand=[{**DORMS, "coords": "EPSG:4549"}])))
    assert "row 3: x = 40561652, y = 3477558 lies outside CGCS2000" in line and "`coords: EPSG:4528`" in line


def test_a_workbook_that_is_none(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["a"]}).to_excel(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "dorms.xlsx", "w") as cut:
        for name in whole.namelist():
            cut.writestr(name, whole.read(name)[: 300 if "sheet1" in name else None])
    [line] = refusal(lambda: load_site(write_town(tmp_path, demand=[{**DORMS, "file": "dorms.xlsx"}])))
    assert "dorms.xlsx: not a workbook" in line


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    for name in ("dorms.csv", "town.osm.pbf"):
        (tmp_path / name).mkdir()
    for more in ({"demand": [DORMS]}, {"osm": "town.osm.pbf"}):
        [line] = refusal(lambda more=more: load_site(write_town(tmp_path, **more)))  # type: ignore[misc]
        assert "cannot be read (is a folder)" in line


# Places ------------------------------------------------------------------------------------------


def test_a_file_listed_twice_does_not_count_twice(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    path = dorms(tmp_path, f"{HEADER}a,A,{row()},100\n")
    (tmp_path / "site.yaml").write_text(
        path.read_text().replace("demand:", "demand:\n- {file: sub/../dorms.csv, kind: workplace, jobs: beds}")
    )
    [line] = refusal(lambda: load_site(path))
    assert "dorms.csv: its beds stand twice" in line


def test_layers_of_one_file_do_not_swallow_each_other(tmp_path: Path) -> None:
    for layer, x in (("north", 0), ("south", 90)):
        frame = gpd.GeoDataFrame({"id": ["1"], "name": ["S"]}, geometry=[degrees(point(x, 0))], crs=4326)
        frame.to_file(tmp_path / "shops.gpkg", layer=layer)
    used = [{**FACILITIES, "file": "shops.gpkg", "layer": layer} for layer in ("north", "south")]
    found = load_site(write_town(tmp_path, facilities=used)).facilities
    assert len(found) == 2 and found["id"].is_unique


@pytest.mark.parametrize("key", ["facilities", "demand", "walls"])
def test_a_row_without_a_place(tmp_path: Path, key: str) -> None:
    shapes(tmp_path, "shops.geojson", point(0, 0), None, name=["A", "B"])
    blocks = {
        "facilities": [FACILITIES],
        "demand": [{"file": "shops.geojson", "kind": "dormitory"}],
        "walls": "shops.geojson",
    }
    [line] = refusal(lambda: load_site(write_town(tmp_path, **{key: blocks[key]})))
    assert "row 2: has no place" in line


def test_places_that_cross_themselves_are_repaired_and_said(tmp_path: Path) -> None:
    shapes(tmp_path, "dorms.geojson", BOW_TIE, shapely.Polygon([(0, 0), (9, 9), (0, 0)]), beds=[100, 20])
    site = load_site(write_town(tmp_path, demand=[{"file": "dorms.geojson", "kind": "dormitory", "beds": "beds"}]))
    assert site.demand["beds"].sum() == pytest.approx(120)
    assert [str(note.text) for note in site.notes if note.kind == "repaired"] == [
        "dorms.geojson: 2 shapes crossed or touched themselves; repaired"
    ]


def test_an_area_of_people_as_large_as_a_country(tmp_path: Path) -> None:
    shapes(tmp_path, "dorms.geojson", shapely.box(-200_000, -200_000, 200_000, 200_000))
    [line] = refusal(lambda: load_site(write_town(tmp_path, demand=[{"file": "dorms.geojson", "kind": "dormitory"}])))
    assert "row 1: is larger than a city" in line


@pytest.mark.parametrize(
    ("key", "shape"), [("gates", BOW_TIE), ("enclosures", shapely.LineString([(0, 0), (9, 9)])), ("walls", point(0, 0))]
)
def test_layers_hold_the_shapes_they_should(tmp_path: Path, key: str, shape: shapely.Geometry) -> None:
    shapes(tmp_path, "layer.geojson", shape)
    [line] = refusal(lambda: load_site(write_town(tmp_path, **{key: "layer.geojson"})))
    assert "layer.geojson: row 1: is a" in line and "give " in line


@pytest.mark.parametrize("value", [3.4e38, np.inf])
def test_a_raster_that_does_not_say_where_it_has_no_data(tmp_path: Path, value: float) -> None:
    values = np.full((20, 20), 5, dtype="float32")
    values[0, 0] = value
    grid = {
        "width": 20,
        "height": 20,
        "count": 1,
        "dtype": "float32",
        "crs": CRS,
        "transform": from_origin(-500, 500, 50, 50),
    }
    with rasterio.open(tmp_path / "people.tif", "w", driver="GTiff", **grid) as raster:
        raster.write(values, 1)
    [line] = refusal(lambda: load_site(write_town(tmp_path, demand=[{"raster": "people.tif"}])))
    assert "people.tif: has a cell of" in line and "nodata" in line


@pytest.mark.parametrize("year", ["27", "soon", "2027-05-01"])
def test_a_year_that_is_none(tmp_path: Path, year: str) -> None:
    write_points(tmp_path / "shops.csv", [{"id": "a", "name": "A", "at": (0, 0), "is": "planned", "from": year}])
    used = {**FACILITIES, "file": "shops.csv", "status": "is", "opens": "from"}
    [line] = refusal(lambda: load_site(write_town(tmp_path, facilities=[used])))
    assert "row 2: from is" in line and "1900" in line


def test_an_unknown_category_of_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "shops.csv").write_text("id,name,lon,lat\n")
    used = {**FACILITIES, "file": "shops.csv", "category": "farmacy", "complete": True}
    [line] = refusal(lambda: load_site(write_town(tmp_path, facilities=[used])))
    assert "'farmacy'" in line


def test_empty_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "shops.csv").write_text("id,name,lon,lat,kind\n")
    used = {"file": "shops.csv", "category_column": "kind", "complete": True}
    site = load_site(dorms(tmp_path, HEADER, facilities=[used]))
    told = [str(note.text) for note in site.notes if note.kind == "doubt"]
    assert "dorms.csv holds no places" in told
    assert "shops.csv is declared complete but names no category" in told


# Map extracts ------------------------------------------------------------------------------------


def header(folder: Path, west: float, south: float, east: float, north: float) -> Path:
    """The town with such bounds in the header of its extract."""
    path = write_town(folder)
    text = (folder / "town.osm").read_text()
    bounds = f'<bounds minlat="{south}" minlon="{west}" maxlat="{north}" maxlon="{east}"/>'
    (folder / "town.osm").write_text(re.sub("<bounds [^>]*/>", bounds, text))
    return path


@pytest.mark.parametrize("bounds", [(-180, -90, 180, 90), (73, 18, 135, 53)])
def test_bounds_of_a_country_or_the_globe(tmp_path: Path, bounds: tuple[float, ...]) -> None:
    site = load_site(header(tmp_path, *bounds))
    assert site.extent_origin == "file header" and shapely.covers(site.data_extent, site.study_area)


@pytest.mark.parametrize("bounds", [(0, 0, 0, 0), (120.65, 31.42, 120.65, 31.42), (31.3, 120.6, 31.5, 120.7)])
def test_bounds_that_hold_nothing_are_not_believed(tmp_path: Path, bounds: tuple[float, ...]) -> None:
    assert load_site(header(tmp_path, *bounds)).extent_origin == "hull of roads"


@pytest.mark.parametrize(
    "ways", [{}, {10: ("7 8", {"highway": "residential"})}, {10: ("1 2", {"highway": "motorway"})}]
)
def test_no_street_at_all(tmp_path: Path, ways: dict[int, Any]) -> None:
    path = write_town(tmp_path)
    write_osm(tmp_path / "town.osm", NODES, ways)
    [line] = refusal(lambda: load_site(path))
    assert "town.osm: no walkable street in the study area" in line


def test_entities_are_not_followed(tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 50}">' for i in range(1, 9))
    text = f'<!DOCTYPE osm [<!ENTITY e0 "{"x" * 999}">{bomb}]><osm version="0.6"><note>&e8;</note></osm>'
    (tmp_path / "town.osm").write_text(text)
    [line] = refusal(lambda: osm.read_osm(tmp_path / "town.osm"))
    assert "entities" in line


def test_no_room_to_unpack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_osm(tmp_path / "town.osm", NODES, STREETS)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(OutputError, match="no room"):
        osm.read_osm(tmp_path / "town.osm")


# Names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("../../x", "x"), ("CON", "con-site"), ("nul.", "nul-site"), ("!!!", "site"), ("🏭", "site"), ("泗塘", "泗塘"),
        ("x" * 300, "x" * 60), ("a\0b\x1b", "a-b"), ("", "site"),
    ],
)  # fmt: skip
def test_names_become_file_names(name: str, slug: str) -> None:
    assert slugged(name) == slug


def test_the_longest_file_name_fits() -> None:
    assert len(f"{slugged(chr(0x20000) * 300)}.coverage.geojson".encode()) <= 255


def test_names_that_differ_in_case_only_are_told_apart() -> None:
    assert distinct([slugged(name) for name in ("A", "a", "Ａ", "a-2")]) == ["a", "a-3", "a-4", "a-2"]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    """A town in which everything that has a name has a hostile one."""
    folder = tmp_path_factory.mktemp("hostile")
    readable = [name for name in HOSTILE if "\ud800" not in name]
    places = [point(9 * i, 5) for i in range(len(readable))]
    for file in ("shops.geojson", "dorms.geojson"):
        shapes(folder, file, *places, name=readable, beds=[5] * len(places))
    used = {"file": "dorms.geojson", "kind": "dormitory", "id": "name", "name": "name", "beds": "beds"}
    path = write_town(
        folder, name=HOSTILE[0] + "\x07", facilities=[FACILITIES], demand=[used], attribution=list(readable)
    )
    return assess(path)


def texts_of(path: Path) -> str:
    """All the text that a file holds, as its readers see it; fails where they would."""
    data = path.read_bytes()
    if path.suffix in (".json", ".geojson"):
        return str(json.loads(data))
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as parts:
            for part in parts.namelist():
                ElementTree.fromstring(parts.read(part))
        book = openpyxl.load_workbook(path)
        cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
        return str([cell.value for cell in cells])
    if path.suffix == ".tif":
        with rasterio.open(path) as raster:
            return str((raster.tags(), raster.descriptions))
    return data.decode()


@pytest.mark.parametrize("suffix", ALL)
def test_names_are_text_in_every_output(hostile: Assessment, tmp_path: Path, suffix: str) -> None:
    text = texts_of(write(hostile, tmp_path / f"town{suffix}"))
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe]", text)
    assert "alert(1)" in text
    if suffix == ".html":
        assert "<script>alert" not in text and text.count("</script>") == text.count("<script")


def test_names_are_text_in_every_comparison(hostile: Assessment, tmp_path: Path) -> None:
    write(hostile, tmp_path / "one.json")
    whole = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    readable = [name for name in HOSTILE if "\ud800" not in name]
    for i, name in enumerate(readable):
        other = whole | {"site": whole["site"] | {"name": name, "slug": f"s{i}"}}
        (tmp_path / f"{i}.json").write_text(json.dumps(other, indent=1), encoding="utf-8")
    found = compare([tmp_path / f"{i}.json" for i in range(len(readable))])
    for suffix in (".csv", ".xlsx", ".html"):
        text = texts_of(write(found, tmp_path / f"table{suffix}"))
        assert "alert(1)" in text and "\0" not in text and "\x1b" not in text
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for line in csv.reader(file) for cell in line]
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "@")) or re.match(r"-\D", cell)]


def test_halves_of_characters_are_no_assessment(hostile: Assessment, tmp_path: Path) -> None:
    write(hostile, tmp_path / "one.json")
    text = (tmp_path / "one.json").read_text(encoding="utf-8").replace("alert", "\\ud800", 1)
    (tmp_path / "one.json").write_text(text, encoding="utf-8")
    [line] = refusal(lambda: compare([tmp_path / "one.json"]))
    assert "one.json: cannot be read as JSON" in line


# Outputs -----------------------------------------------------------------------------------------


def left(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_all_outputs_or_none(hostile: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text("old")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lifecircle.outputs.tif.write", full)
    with pytest.raises(OutputError, match=r"a\.tif: not written \(the disk is full\)"):
        write_all(hostile, {tmp_path / f"a{suffix}": {} for suffix in (".json", ".geojson", ".tif")})
    assert left(tmp_path) == {"a.json": b"old"} and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["a.doc", "a", "folder.json", "x" * 400 + ".json"])
def test_where_nothing_can_be_written(hostile: Assessment, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(OutputError, match=re.escape(name)):
        write_all(hostile, {tmp_path / "a.json": {}, tmp_path / name: {}})
    assert not left(tmp_path)


def test_a_file_of_the_site_is_never_overwritten(tmp_path: Path) -> None:
    path = write_town(tmp_path, name="Park")
    result = assess(path)
    before = left(tmp_path)
    with pytest.raises(OutputError, match="it is a file of the site"):
        write(result, tmp_path / "park.geojson")
    assert left(tmp_path) == before
    assert write(result, tmp_path / "out" / "park.geojson").exists()


# The command line --------------------------------------------------------------------------------


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    """Exit code and the lines of complaint."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setattr(sys, "argv", ["lifecircle", *map(str, arguments)])
        cli.main()
    return int(stop.value.code or 0), capsys.readouterr().err.splitlines()


def test_names_do_not_rule_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_town(tmp_path)
    shapes(tmp_path, "park.geojson", shapely.box(9e4, 9e4, 9.1e4, 9.1e4), title=["far\x1b[2J\naway"])
    code, lines = run("assess", path, "--each", "title", "-o", tmp_path / "out", capsys=capsys)
    assert code == 1 and len(lines) == 1
    assert "away" in lines[0] and "\x1b" not in lines[0]


@pytest.mark.parametrize(("field", "said"), [("geometry", "it has: id"), ("", "it has: id")])
def test_each_by_what_is_no_field(tmp_path: Path, field: str, said: str) -> None:
    path = write_town(tmp_path)
    shapes(tmp_path, "park.geojson", shapely.box(-500, -500, 500, 500))
    [line] = refusal(lambda: list(load_each(path, field)))
    assert said in line


def test_each_of_nothing(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    (tmp_path / "park.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    [line] = refusal(lambda: list(load_each(path, "name")))
    assert "the boundary is empty" in line


def test_features_without_a_name_have_the_sites(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    block = shapely.box(-500, -500, 500, 500)
    shapes(tmp_path, "park.geojson", block, block, block, title=[None, "  ", "A"])
    features = list(load_each(path, "title"))
    sites: list[Site] = [feature.load() for feature in features]
    assert [(site.name, site.slug) for site in sites] == [("Town", "town"), ("Town", "town-2"), ("A", "a")]


def test_a_workbook_with_a_damaged_part_is_refused(tmp_path: Path) -> None:
    """A zip whose sheet no longer inflates, as a broken copy leaves it."""
    path = tmp_path / "dorms.xlsx"
    pd.DataFrame({"lon": [120.65], "lat": [31.42], "beds": [10]}).to_excel(path, index=False)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as box:
        sheet = next(entry for entry in box.infolist() if "sheet1" in entry.filename)
    at = sheet.header_offset + 30 + len(sheet.filename)
    data[at : at + 8] = b"\xff" * 8
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"dorms\.xlsx: not a workbook"):
        read_places(TableFile(file=path))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("b.geojson", json.dumps({"type": "FeatureCollection"}).encode("utf-16")),
        ("b.zip", b"PK\x05\x06" + bytes(18)),
    ],
)
def test_a_vector_file_without_layers_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=re.escape(name)):
        read_places(TableFile(file=tmp_path / name))


def test_a_sliver_left_by_a_repair_is_no_part_of_the_boundary() -> None:
    """Two sides that cross a hundredth of a millimetre from their corner leave a triangle with no inside in metres."""
    corners = [(0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01), (1e-10, -1e-10), (0, 0)]
    shape, notes = outline(gpd.GeoDataFrame(geometry=[shapely.Polygon(corners)], crs=4326), "b.geojson")
    assert shape.geom_type == "Polygon" and shape.area == pytest.approx(1e-4)
    assert [note.kind for note in notes] == ["repaired"]


def test_private_ways_of_a_site_where_nobody_is_say_no_number() -> None:
    site = town(places={"p": point(200, 10)}, private={10})
    notes = assess(replace(site, demand=site.demand.iloc[:0])).notes
    assert not any("nan" in str(note.text) for note in notes)
