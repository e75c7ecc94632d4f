"""The written outputs but the map: what stands in them, that it is text, and that a failed write harms nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyproj
import pytest
import rasterio
import shapely
from handmade import CRS, FORMULA, PATH, SCRIPT, assessment

from lifecircle import outputs
from lifecircle.errors import OutputError
from lifecircle.model import Assessment
from lifecircle.outputs import write
from lifecircle.outputs.geojson import rounded
from lifecircle.outputs.plain import nearest_text, number, text

SUFFIXES = [".json", ".geojson", ".xlsx", ".tif", ".docx", ".md"]


@pytest.fixture(scope="module")
def result() -> Assessment:
    return assessment()


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_two_writes_are_the_same_bytes(result: Assessment, tmp_path: Path, suffix: str) -> None:
    one, two = (write(result, tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"one{suffix}", f"two{suffix}"]


def test_plain_values() -> None:
    assert [number(v) for v in (None, np.nan, np.inf, 2.0, 0.12345)] == [None, None, None, 2, 0.123]
    assert text("\ud800西") == "?西"
    assert nearest_text(812.2, False, 2000) == "812 m"
    assert nearest_text(812.2, True, 2000) == ">= 812 m"
    assert nearest_text(np.inf, False, 2000) == "> 2000 m"


# JSON


def test_json_holds_what_compare_needs(result: Assessment, tmp_path: Path) -> None:
    data = read_json(write(result, tmp_path / "a.json"))
    assert (data["format"], data["standard"]["hash"], data["standard"]["tailored"]) == (2, "cafe", False)
    assert (data["site"]["name"], data["site"]["area_km2"]) == (SCRIPT, 0.008)
    assert data["heads"] == {"beds": 450, "jobs": 50, "people": None, "families": None}
    assert data["index"]["value"] == {"low": 10, "high": 40, "mid": None}
    assert data["gaps"] == {"areas": 1, "places": 2}
    assert data["notes"] == [{"kind": "doubt", "zh": FORMULA, "en": FORMULA}]
    assert set(data["headline"]) == {"zh", "en"}
    assert data["inputs"] == {PATH: "00ff"}
    assert [row["date"] for row in data["dates"]] == ["2024-05", None]


def test_json_adds_up_the_heads_a_category_is_judged_by(result: Assessment, tmp_path: Path) -> None:
    clinic, park = read_json(write(result, tmp_path / "a.json"))["categories"]
    sums = {
        "total": 500,
        "covered": 110,
        "gap": 340,
        "unknown": 50,
        "low_confidence": 340,
        "radius": 110,
        "estimated": 0,
    }
    assert clinic["at_norm"] == {**sums, "estimated": 0, "c_low": 0.22, "c_high": 0.32}
    assert (park["judged_by"], park["at_norm"]["total"], park["score"]) == ("nobody", None, None)
    assert clinic["sources"] == [
        {"zh": "A document", "en": "A document", "standing": "recalled", "url": "https://example.org"}
    ]


# GeoJSON


def test_geojson_follows_the_standard(result: Assessment, tmp_path: Path) -> None:
    data = read_json(write(result, tmp_path / "a.geojson"))
    assert "crs" not in data and data["type"] == "FeatureCollection"
    assert data["lifecircle"]["standard"]["id"] == "hand"
    assert data["lifecircle"]["attribution"] == [FORMULA, "© 手工"]
    clinic = data["lifecircle"]["norms"]["clinic"]
    assert (clinic["norm"], clinic["standing"]) == ({"distance_m": 150, "minutes": None}, "recalled")
    assert [source["en"] for source in clinic["sources"]] == ["A document"]
    geometries = [shapely.geometry.shape(feature["geometry"]) for feature in data["features"]]
    assert all(shapely.is_valid(geometries))
    assert [g.geom_type for g in geometries] == ["Polygon", "Point", "Point"]
    assert geometries[0].exterior.is_ccw
    assert data["bbox"] == shapely.total_bounds(geometries).tolist()
    assert np.array_equal(np.round(shapely.get_coordinates(geometries), 6), shapely.get_coordinates(geometries))
    area, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(geometries[0])
    assert area == pytest.approx(250 * 20, rel=0.01)
    west, south = shapely.get_coordinates(geometries[2])[0]
    assert (west, south) == pytest.approx((120.65 + 390 / 95_070, 31.42 + 8 / 110_870), abs=1e-5)


def test_geojson_says_where_and_for_whom(result: Assessment, tmp_path: Path) -> None:
    area, near, far = (f["properties"] for f in read_json(write(result, tmp_path / "a.geojson"))["features"])
    assert [p["kind"] for p in (area, near, far)] == ["gap_area", "gap_place", "gap_place"]
    assert (area["id"], area["area_ha"], area["place_ids"]) == ("clinic-b", 0.5, ["b"])
    assert (near["beds"], near["jobs"], near["norm_m"], near["standing"]) == (300, None, 150, "recalled")
    assert (near["nearest_m"], near["nearest_text"], near["shortfall_m"]) == (270, ">= 270 m", 120)
    assert (far["nearest_m"], far["nearest_text"], far["shortfall_m"]) == (None, "> 300 m", None)
    assert (near["name"], far["name"], near["nearest"], far["nearest"]) == (SCRIPT, FORMULA, FORMULA, None)


def test_geojson_opens_in_geopandas(result: Assessment, tmp_path: Path) -> None:
    frame = gpd.read_file(write(result, tmp_path / "a.geojson"))
    assert frame.crs.to_epsg() == 4326
    assert frame["nearest_text"].tolist() == [">= 270 m", ">= 270 m", "> 300 m"]


def test_ground_in_each_state(result: Assessment, tmp_path: Path) -> None:
    """15 of 40 columns of two cells covered; of the 25 in gap one cell is no ground; each cell is 0.01 ha."""
    data = read_json(write(result, tmp_path / "a.geojson", layer="states"))
    found = [tuple(f["properties"][key] for key in ("category", "state", "area_ha")) for f in data["features"]]
    assert found == [("clinic", "covered", 0.3), ("clinic", "gap", 0.49), ("park", "unknown", 0.79)]
    assert all(shapely.is_valid([shapely.geometry.shape(f["geometry"]) for f in data["features"]]))


def test_rounding_keeps_polygons_valid() -> None:
    """A notch 3 cm deep from one side touches the other once rounded to 0.1 m; a 4 cm dot becomes a point."""
    notch = shapely.Polygon([(0, 0), (100, 0), (100, 0.06), (50, 0.02), (0, 0.06)])
    dot = shapely.box(0, 0, 0.04, 0.04)
    naive = shapely.transform(notch, lambda xy: np.round(xy / 95_000, 6))
    assert not naive.is_valid
    shapes = rounded(np.array([notch, dot]), CRS)
    assert shapely.is_valid(shapes).all()
    assert shapes[1].geom_type == "Point"


def test_no_gaps_is_a_collection_of_nothing(result: Assessment, tmp_path: Path) -> None:
    none = replace(result, gaps=replace(result.gaps, areas=result.gaps.areas[:0], places=result.gaps.places[:0]))
    data = read_json(write(none, tmp_path / "a.geojson"))
    assert data["features"] == [] and len(data["bbox"]) == 4


# GeoTIFF


def test_raster_tells_minutes(result: Assessment, tmp_path: Path) -> None:
    """Column i: 5 + 10 i metres of street and 5 m to it at 60 m/min; up to the limit of 300 m, so i = 0 ... 29."""
    with rasterio.open(write(result, tmp_path / "a.tif")) as raster:
        clinic, park = raster.read()
        assert raster.descriptions == ("clinic 卫生站 Clinic", "park 公园 Park")
        assert (raster.bounds, raster.res) == ((0, -10, 400, 10), (10, 10))
        crs = raster.crs.to_dict()
        assert (crs["proj"], crs["lat_0"], crs["lon_0"], crs["k"]) == ("tmerc", 31.42, 120.65, 1)
        assert (raster.dtypes[0], np.isnan(raster.nodata)) == ("float32", True)
        tags = raster.tags()
    assert (tags["attribution"], tags["synthetic"]) == (f"{FORMULA}; © 手工", "yes")
    expected = np.append((10 + 10 * np.arange(30)) / 60, np.full(10, np.nan))
    np.testing.assert_allclose(clinic, [expected, expected], atol=1 / 512)
    assert np.isnan(park[0, 39]) and (np.delete(park.ravel(), 39) == -1).all()


def test_raster_of_many_strips(result: Assessment, tmp_path: Path) -> None:
    """The same two rows 300 times over: more than one strip, and every one holds the same minutes."""
    street, connector = (np.tile(array, (300, 1)) for array in (result.cells.street, result.cells.connector_m))
    tall = replace(result, cells=replace(result.cells, street=street, connector_m=connector))
    with rasterio.open(write(tall, tmp_path / "a.tif")) as raster:
        rows = raster.read(1)
    assert rows.shape == (600, 40)
    np.testing.assert_array_equal(rows, np.tile(rows[:2], (300, 1)))


# XLSX


def sheet(path: Path, name: str) -> pd.DataFrame:
    """A sheet by its English name, with the header's English words as columns."""
    book = pd.read_excel(path, sheet_name=None)
    return next(frame for title, frame in book.items() if title.endswith(name))


def test_workbook_holds_numbers_as_numbers(result: Assessment, tmp_path: Path) -> None:
    table = sheet(write(result, tmp_path / "a.xlsx"), "Coverage")
    clinic = table.iloc[0]
    assert clinic["Category"] == "Clinic" and clinic["类别"] == "卫生站"
    assert clinic["合计 Total":"直线半径覆盖 Covered by straight line"].tolist() == [500, 110, 340, 50, 340, 110]
    assert clinic["覆盖率下限 Share, low":"覆盖率上限 Share, high"].tolist() == [0.22, 0.32]
    assert table["依据 Standing"].tolist() == [
        "未核（凭记忆） recalled, unverified",
        "提议，非标准规定 proposed, in no norm",
    ]
    assert pd.isna(table.iloc[1]["合计 Total"])


def test_workbook_has_minutes_and_gaps(result: Assessment, tmp_path: Path) -> None:
    path = write(result, tmp_path / "a.xlsx")
    five = sheet(path, "Minutes").iloc[0]
    assert (five["口径 Limit"], five["步行距离 (m) Walk (m)"], five["覆盖 Covered"]) == ("5 分钟 5 minutes", 300, 460)
    places = sheet(path, "Gap places")
    assert places["步行距离 (m)下限 Walk (m), low"].tolist() == [270, 300]
    assert places["步行距离 (m)上限 Walk (m), high"].isna().all()
    assert sheet(path, "Gaps")["面积 (ha) Area (ha)"].tolist() == [0.5]


def test_workbook_says_when_it_does_not_hold_every_gap_place(
    result: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lifecircle.outputs.chapters.workbook.MOST_ROWS", 1)
    book = openpyxl.load_workbook(write(result, tmp_path / "a.xlsx"))
    told = [str(row[0]) for row in book.worksheets[0].iter_rows(values_only=True)]
    assert any("At most 1 rows a category; the GeoJSON holds all 2" in text for text in told)
    rows = list(book["缺口地点 Gap places"].iter_rows(values_only=True))
    assert [row[0] for row in rows] == ["编号 Id", "clinic-b"]


def test_workbook_is_ready_to_print_and_scroll(result: Assessment, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(result, tmp_path / "a.xlsx"))
    assert [name.split(" ", 1)[1] for name in book.sheetnames] == [
        "Summary", "Coverage", "Gaps", "Trust", "Indicators", "Data quality", "Norms", "Provenance", "Minutes",
        "All measures", "Gap places", "Facility rows",
    ]  # fmt: skip
    for table in book.worksheets[1:]:
        assert table.freeze_panes == "A2"
        assert table.print_title_rows == "$1:$1"
        assert table.page_setup.orientation == "landscape" and table.sheet_properties.pageSetUpPr.fitToPage


def test_workbook_says_what_the_site_is(result: Assessment, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(result, tmp_path / "a.xlsx"))
    first, last = (
        {cell for row in book[name].iter_rows(values_only=True) for cell in row}
        for name in ("概要 Summary", "出处 Provenance")
    )
    assert {SCRIPT, f"{SCRIPT}: 450 beds, 50 jobs in 4 places.", 10, 40} <= first
    assert any("Synthetic" in str(cell) for cell in first)
    assert {FORMULA, PATH, "SHA-256 00ff", "hand 1, SHA-256 cafe"} <= last
    assert any("2024-05" in str(cell) and "site file" in str(cell) for cell in first)
    assert any("b.csv" in str(cell) for cell in first)


def test_names_are_no_formulas_in_a_workbook(result: Assessment, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(result, tmp_path / "a.xlsx"))
    cells = [cell for table in book for row in table.iter_rows() for cell in row]
    assert FORMULA in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)


# Failing


def test_names_are_no_paths(result: Assessment, tmp_path: Path) -> None:
    named = replace(result, site=replace(result.site, name=PATH))
    for suffix in SUFFIXES:
        write(named, tmp_path / "inside" / f"a{suffix}")
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    assert len(list((tmp_path / "inside").iterdir())) == len(SUFFIXES)


def test_unknown_suffix_names_the_known_ones(result: Assessment, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"\.geojson, \.xlsx, \.tif, \.json"):
        write(result, tmp_path / "a.odt")


def test_a_writer_that_fails_leaves_the_old_file(
    result: Assessment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    path.write_text("old")

    def half(result: Assessment, path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lifecircle.outputs.json.write", half)
    with pytest.raises(OutputError, match="the disk is full"):
        outputs.write(result, path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


FULL = """
import resource, signal, sys
from pathlib import Path
from handmade import assessment
from lifecircle.errors import OutputError
from lifecircle.outputs import write
folder, result, failed = Path(sys.argv[1]), assessment(), []
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for suffix in sys.argv[2:]:
    size = write(result, folder / f"a{suffix}").stat().st_size
    for room in (size - 1, size // 2, 10):
        (folder / f"a{suffix}").write_text("old")
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        try:
            write(result, folder / f"a{suffix}")
        except OutputError:
            failed.append((folder / f"a{suffix}").read_text() == "old")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert failed == [True] * 3 * len(sys.argv[2:]), failed
assert len(list(folder.iterdir())) == len(sys.argv[2:])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of file size")
def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path: Path) -> None:
    """Files may not grow beyond a few bytes, then half of, then all but one byte of what they need."""
    command = [sys.executable, "-c", FULL, str(tmp_path), *SUFFIXES]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False)
    assert done.returncode == 0, done.stderr
