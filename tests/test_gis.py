"""Layers for a GIS and for CAD: what stands in them, where, and that names are text."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import ezdxf
import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import shapely
from handmade import CRS, FORMULA, SCRIPT, assessment

from lifecircle.model import Assessment
from lifecircle.outputs import write
from lifecircle.outputs.gis import planar

GAUSS = pyproj.CRS.from_epsg(4549)
"""CGCS2000, 3-degree zone of 120 E: a planner's own."""
LAYERS = [
    "边界", "需求地点", "设施", "缺口区", "缺口地点", "等时圈", "步行道路", "出入口", "围墙", "围合区", "说明",
]  # fmt: skip


@pytest.fixture(scope="module")
def result() -> Assessment:
    """The site by hand, its boundary drawn in CGCS2000."""
    made = assessment()
    return replace(made, site=replace(made.site, boundary_crs=GAUSS))


@pytest.fixture(scope="module")
def package(result: Assessment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(result, tmp_path_factory.mktemp("gis") / "a.gpkg")


@pytest.mark.parametrize("suffix", [".gpkg", ".dxf", ".shp.zip"])
def test_two_writes_are_the_same_bytes(result: Assessment, tmp_path: Path, suffix: str) -> None:
    one, two = (write(result, tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"one{suffix}", f"two{suffix}"]


def test_package_has_every_layer_where_the_boundary_was_drawn(package: Path) -> None:
    assert [name for name, _ in pyogrio.list_layers(package)] == LAYERS
    boundary = gpd.read_file(package, layer="边界")
    assert boundary.crs == GAUSS
    [drawn] = gpd.GeoSeries(boundary.geometry).to_crs(CRS)
    assert shapely.hausdorff_distance(drawn, shapely.box(0, -10, 400, 10)) < 1e-3
    assert boundary.loc[0, ["name", "index_low", "index_high", "beds"]].tolist() == [SCRIPT, 10, 40, 450]


def test_package_tells_what_the_drawing_says(package: Path) -> None:
    places = gpd.read_file(package, layer="需求地点").set_index("id")
    assert places["clinic_state"].to_dict() == {"a": "covered", "b": "gap", "c": "gap", "d": "unknown"}
    assert places["clinic_m"].round(1).fillna(-1).tolist() == [105, 270, -1, 205]
    gaps = gpd.read_file(package, layer="缺口地点").set_index("place")
    assert gaps["shortfall_m"].fillna(-1).tolist() == [120, -1]
    assert gaps["nearest_text"].tolist() == [">= 270 m", "> 300 m"]
    [area] = gpd.read_file(package, layer="缺口区").itertuples()
    assert (area.area_ha, area.place_ids, area.category_zh) == (0.5, "b", "卫生站")


def test_ground_within_so_many_minutes(package: Path) -> None:
    """60 m a minute, cells 5 m beside the street: 30 columns of two cells of 100 m2 lie within 300 m, which is also
    where the search ends."""
    ground = gpd.read_file(package, layer="等时圈")
    assert ground[["category", "minutes", "area_ha"]].to_numpy().tolist() == [
        ["clinic", minutes, 0.6] for minutes in (5, 10, 15)
    ]
    [first, *_] = ground.geometry.to_crs(CRS)
    assert shapely.bounds(first) == pytest.approx([0, -10, 300, 10], abs=0.01)


def test_columns_have_titles(package: Path) -> None:
    with closing(sqlite3.connect(package)) as base:
        rows = base.execute("SELECT name FROM gpkg_data_columns WHERE table_name='缺口区' AND column_name='beds'")
        assert rows.fetchall() == [("床位",)]
        known = {name for (name,) in base.execute("SELECT table_name FROM gpkg_contents")}
        told = base.execute("SELECT table_name, column_name FROM gpkg_data_columns").fetchall()
        columns = {(name, row[1]) for name in known for row in base.execute(f'PRAGMA table_info("{name}")')}
    assert {name for name, _ in told} == set(LAYERS) == known
    assert set(told) <= columns
    assert {column for name, column in columns - set(told)} <= {"fid", "geom"}


def test_package_in_english(result: Assessment, tmp_path: Path) -> None:
    path = write(result, tmp_path / "a.gpkg", lang="en")
    assert [name for name, _ in pyogrio.list_layers(path)][:3] == ["Boundary", "Places", "Facilities"]


def test_shapefiles_keep_their_limits(result: Assessment, tmp_path: Path) -> None:
    path = write(result, tmp_path / "a.shp.zip")
    with zipfile.ZipFile(path) as held:
        names = held.namelist()
        fields = pd.read_csv(io.BytesIO(held.read("fields.csv")))
        assert {held.read(name) for name in names if name.endswith(".cpg")} == {b"UTF-8"}
    gaps = gpd.read_file(f"zip://{path}!缺口区.shp")
    assert gaps.crs.equals(GAUSS, ignore_axis_order=True)
    assert max(map(len, gaps.columns)) <= 10
    assert gaps.loc[0, ["cat_zh", "nearest", "short_m"]].tolist() == ["卫生站", FORMULA, 120]
    told = fields[fields["layer"] == "缺口区"].set_index("field")
    assert told.loc["short_m", ["column", "zh"]].tolist() == ["shortfall_m", "超出标准 m"]


def test_a_long_text_says_that_it_is_cut(result: Assessment, tmp_path: Path) -> None:
    named = replace(result, site=replace(result.site, name="产业社区" * 100))
    path = write(named, tmp_path / "a.shp.zip")
    [name] = gpd.read_file(f"zip://{path}!边界.shp")["name"]
    assert name == ("产业社区" * 100)[:83] + "…"


def test_drawing_for_cad(result: Assessment, tmp_path: Path) -> None:
    drawing = ezdxf.readfile(write(result, tmp_path / "a.dxf"))
    layers = {layer.dxf.name: layer for layer in drawing.layers}
    assert {"边界", "缺口_卫生站", "设施_卫生站", "等时圈_卫生站_5分钟"} <= set(layers)
    assert layers["缺口_卫生站"].is_on()
    assert not layers["等时圈_卫生站_5分钟"].is_on()
    [gap] = drawing.modelspace().query('LWPOLYLINE[layer=="缺口_卫生站"]')
    corners = np.array([point[:2] for point in gap.get_points()])
    assert shapely.area(shapely.Polygon(corners)) == pytest.approx(5000, rel=1e-3)
    texts = [each.dxf.text for each in drawing.modelspace().query("TEXT")]
    assert texts[0] == FORMULA
    assert "CGCS2000 / 3-degree Gauss-Kruger CM 120E (EPSG:4549)" in texts


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [(120.65, 31.42, 4549), (104.06, 30.67, 4544), (121.4, 31.2, 4549), (121.6, 31.2, 4550), (-15.41, 28.15, 32628)],
)
def test_plane_of_a_boundary_in_degrees(lon: float, lat: float, code: int) -> None:
    """Sitang (120 E), Chengdu (105 E), Shanghai on both sides of 121.5 E, Las Palmas (zone 28 north)."""
    made = assessment()
    here = pyproj.CRS(f"+proj=tmerc +lat_0={lat} +lon_0={lon} +k=1 +datum=WGS84 +units=m")
    assert planar(replace(made, site=replace(made.site, crs=here))).to_epsg() == code
