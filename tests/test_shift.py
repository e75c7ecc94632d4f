"""Sources in GCJ-02 and BD-09 among maps in WGS 84: which are found, and that nothing is said where nothing tells."""

from __future__ import annotations

import json
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
import yaml

from lifecircle.load import load_site
from lifecircle.model import Floats, Geometries
from lifecircle.sources import osm
from lifecircle.sources.boundary import local_crs
from lifecircle.sources.coordinates import FROM_WGS84, TO_WGS84
from lifecircle.sources.shift import Ground, Reading, find, ground, segments

SYSTEMS = ("wgs84", "gcj02", "bd09")
NOTHING: Geometries = np.empty(0, dtype=object)
CRS = local_crs(shapely.Point(120.65, 31.42))


class Town:
    """Halls of many sizes at random among streets, 2.4 km across, in metres."""

    def __init__(self, crs: pyproj.CRS = CRS) -> None:
        self.crs = crs
        rng = np.random.default_rng(7)
        x, y = (grid.ravel() for grid in np.meshgrid(np.arange(-1160, 1200, 80.0), np.arange(-1160, 1200, 80.0)))
        x, y = x + rng.uniform(-15, 15, len(x)), y + rng.uniform(-15, 15, len(y))
        width, height = rng.uniform(10, 30, len(x)), rng.uniform(10, 30, len(x))
        self.buildings: Geometries = shapely.box(x - width, y - height, x + width, y + height)[rng.random(len(x)) < 0.7]
        at = np.cumsum(rng.uniform(60, 180, 18)) - 1150
        self.streets: Geometries = np.array(
            [shapely.LineString([(-1200, v), (1200, v + 30)]) for v in at]
            + [shapely.LineString([(v, -1200), (v - 30, 1200)]) for v in at]
        )
        self.square = shapely.box(-1200, -1200, 1200, 1200)

    @cached_property
    def ground(self) -> Ground:
        return ground(self.buildings, self.streets, NOTHING, self.square, shapely.buffer(self.square, 2000))

    def found(self, shapes: Geometries, holds: str, declared: str) -> Reading | None:
        """What is found for shapes at their right place that a file ``holds`` in one system and declares another."""
        lonlat = gpd.GeoSeries(shapes, crs=self.crs).to_crs(4326).to_numpy()
        given = shapely.transform(lonlat, lambda xy: TO_WGS84[declared](FROM_WGS84[holds](xy)))
        placed = gpd.GeoSeries(given, crs=4326).to_crs(self.crs).to_numpy()
        finding = find(self.ground, placed, self.crs, declared)
        return None if finding is None else finding.reading


@cache
def made() -> Town:
    return Town()


def told(town: Town, shapes: Geometries) -> None:
    """Every pair of a system held and one declared."""
    for holds in SYSTEMS:
        for declared in SYSTEMS:
            expected = None if holds == declared else Reading(holds)
            assert town.found(shapes, holds, declared) == expected, (holds, declared)


def some(shapes: Geometries, number: int) -> Geometries:
    return shapes[np.random.default_rng(3).permutation(len(shapes))[:number]]


def test_buildings_are_told_by_three_outlines() -> None:
    town = made()
    told(town, some(town.buildings, 3))


def test_points_in_buildings_are_told_by_twenty() -> None:
    town = made()
    told(town, shapely.centroid(some(town.buildings, 20)))


def test_lines_are_told_by_streets() -> None:
    town = made()
    told(town, some(town.streets, 6))


def test_a_map_in_gcj02_is_told_by_what_does_not_fit_it() -> None:
    """Data in WGS 84 that fit the map only where GCJ-02 would put them."""
    town = made()
    shapes = some(town.buildings, 10)
    lonlat = gpd.GeoSeries(shapes, crs=town.crs).to_crs(4326).to_numpy()
    true = gpd.GeoSeries(shapely.transform(lonlat, TO_WGS84["gcj02"]), crs=4326).to_crs(town.crs).to_numpy()
    finding = find(town.ground, true, town.crs, "wgs84")
    assert finding is not None and finding.reading == Reading("wgs84", map="gcj02")


@pytest.mark.parametrize("declared", SYSTEMS)
@pytest.mark.parametrize(
    "shapes",
    [
        pytest.param(shapely.points(np.random.default_rng(1).uniform(-800, 800, (300, 2))), id="anywhere"),
        pytest.param(shapely.centroid(Town().buildings[:4]), id="four points"),
        pytest.param(np.repeat(shapely.centroid(Town().buildings[:1]), 500), id="one point many times"),
        pytest.param(np.array([shapely.box(-700, -600, 650, 700)]), id="a rectangle"),
        pytest.param(NOTHING, id="nothing"),
    ],
)
def test_nothing_is_said_where_nothing_tells(shapes: Geometries, declared: str) -> None:
    town = made()
    assert all(town.found(shapes, holds, declared) is None for holds in SYSTEMS)


def test_places_beside_buildings_are_no_alarm() -> None:
    """Right points that all stand outside buildings: a shift may bring a third of them into some."""
    town = made()
    xy = np.random.default_rng(5).uniform(-1000, 1000, (2000, 2))
    outside = xy[~shapely.intersects_xy(shapely.union_all(shapely.buffer(town.buildings, 4)), xy)]
    for start in range(0, 1000, 50):
        assert town.found(shapely.points(outside[start : start + 50]), "wgs84", "wgs84") is None


def test_no_system_is_looked_for_outside_china() -> None:
    town = Town(local_crs(shapely.Point(-15.43, 28.13)))
    assert (
        find(town.ground, shapely.transform(town.buildings, lambda xy: xy + np.array([430, -210])), town.crs, "wgs84")
        is None
    )


def test_a_shape_half_a_globe_away_changes_nothing() -> None:
    town = made()
    away = gpd.GeoSeries([shapely.box(-151, -0.1, -149, 0.1)], crs=4326).to_crs(town.crs).to_numpy()
    assert not np.isfinite(shapely.bounds(away)).all()
    shifted = shapely.transform(town.buildings, lambda xy: xy + np.array([430, -210]))
    finding = find(town.ground, shifted, town.crs, "wgs84")
    assert find(town.ground, np.append(shifted, away), town.crs, "wgs84") == finding


def test_segments_do_not_bridge_a_missing_node() -> None:
    streets = osm.Streets(
        node_id=np.arange(3),
        node_xy=np.array([[0.0, 0], [10, 0], [20, 0]]),
        way_id=np.array([7, 8]),
        way_start=np.array([0, 4, 6]),
        way_node=np.array([0, 1, -1, 2, 2, 0]),
        highway=np.array(["path", "path"], dtype=object),
        private=np.zeros(2, dtype=bool),
        attachable=np.ones(2, dtype=bool),
    )
    assert [shape.wkt for shape in segments(streets)] == ["LINESTRING (0 0, 10 0)", "LINESTRING (20 0, 0 0)"]


def doubts(folder: Path, bounds: tuple[float, float, float, float], extract: Path, **keys: Any) -> list[str]:
    """What a site says of coordinates."""
    gpd.GeoDataFrame(geometry=[shapely.box(*bounds)], crs=4326).to_file(folder / "boundary.geojson", driver="GeoJSON")
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump({"name": "x", "boundary": "boundary.geojson", "osm": str(extract), **keys}))
    return [str(note.text) for note in load_site(path).notes if "seems to" in str(note.text)]


def layer(path: Path, shapes: Geometries) -> str:
    gpd.GeoDataFrame(geometry=shapes, crs=4326).to_file(path, driver="GeoJSON")
    return path.name


def moved(shapes: Geometries, shift: Any) -> Geometries:
    return np.asarray(shapely.transform(shapes, lambda xy: shift(xy)))


@pytest.mark.real
def test_nantong_buildings_are_known_for_gcj02(shared_data: Path, tmp_path: Path) -> None:
    """87 buildings and 30 roads that somebody else converted to GCJ-02."""
    folder = shared_data / "nantong_dieshiqiao"
    given = json.loads((folder / "buildings_gcj02.json").read_text())
    shapes = np.array([shapely.Polygon(ring) for ring in given["buildings"]])
    halls = {"kind": "workplace", "file": layer(tmp_path / "halls.geojson", shapes)}
    right = {"kind": "workplace", "file": layer(tmp_path / "right.geojson", moved(shapes, TO_WGS84["gcj02"]))}
    bounds, extract = (121.0680, 31.9621, 121.0834, 31.9655), folder / "nantong.osm"
    [told] = doubts(tmp_path, bounds, extract, demand=[halls])
    assert told.startswith("halls.geojson seems to be in GCJ-02, not in WGS 84") and "87 of 87 outlines" in told
    assert "`coords: gcj02`" in told
    assert doubts(tmp_path, bounds, extract, demand=[{**halls, "coords": "gcj02"}]) == []
    assert doubts(tmp_path, bounds, extract, demand=[right]) == []
    [told] = doubts(tmp_path, bounds, extract, demand=[{**right, "coords": "gcj02"}])
    assert told.startswith("right.geojson seems to be in WGS 84, not in GCJ-02")


@pytest.mark.real
def test_beijing_facilities_shifted_on_purpose_are_found(shared_data: Path, tmp_path: Path) -> None:
    extract = shared_data / "beijing_768" / "beijing_768.osm"
    read = osm.read_osm(extract)
    tags, lonlat = read.elements.node_tags, read.elements.node_lonlat
    shops: Floats = lonlat[(tags.values("shop") != "") | (tags.values("amenity") == "restaurant")]
    bounds = (116.3455, 39.9995, 116.3585, 40.0075)
    for holds in ("gcj02", "bd09"):
        file = layer(tmp_path / f"{holds}.geojson", shapely.points(FROM_WGS84[holds](shops)))
        for declared in ("wgs84", holds):
            source = {"file": file, "category": "convenience", "coords": declared}
            found = doubts(tmp_path, bounds, extract, facilities=[source])
            assert len(found) == (holds != declared), (holds, declared, found)
            assert all(f"write `coords: {holds}`" in text for text in found)
    file = layer(tmp_path / "right.geojson", shapely.points(shops))
    [told] = doubts(
        tmp_path, bounds, extract, facilities=[{"file": file, "category": "convenience", "coords": "gcj02"}]
    )
    assert "`coords: wgs84`" in told


@pytest.mark.real
def test_a_map_in_gcj02_can_be_said(shared_data: Path) -> None:
    extract = shared_data / "beijing_768" / "beijing_768.osm"
    true, read = osm.read_osm(extract), osm.read_osm(extract, "gcj02")
    back = FROM_WGS84["gcj02"](read.elements.node_lonlat)
    assert np.abs(back - true.elements.node_lonlat).max() < 1e-9
    assert read.bounds is not None and true.bounds is not None
    assert read.bounds[0] < true.bounds[0]
