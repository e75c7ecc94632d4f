"""The sample site in data/sitang: made again to the same bytes, true to the published facts, sound as data."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from lifecircle.site import read_site_file

SITANG = Path(__file__).parent.parent / "data" / "sitang"
MADE = (
    "boundary.geojson",
    "dormitories.csv",
    "enclosures.geojson",
    "facilities.csv",
    "gates.geojson",
    "plants.csv",
    "population.tif",
    "sitang.osm",
    "walls.geojson",
)
UTM = "EPSG:32651"


@dataclass(frozen=True)
class Way:
    refs: tuple[str, ...]
    tags: dict[str, str]
    line: shapely.LineString


@dataclass(frozen=True)
class Map:
    nodes: dict[str, tuple[float, float]]
    node_tags: dict[str, dict[str, str]]
    ways: tuple[Way, ...]
    bounds: tuple[float, float, float, float]

    def having(self, key: str, *values: str) -> list[Way]:
        return [way for way in self.ways if key in way.tags and (not values or way.tags[key] in values)]

    @property
    def streets(self) -> list[Way]:
        return [way for way in self.having("highway") if way.tags["highway"] != "motorway"]


def tags_of(element: ET.Element) -> dict[str, str]:
    return {tag.get("k", ""): tag.get("v", "") for tag in element.iter("tag")}


@pytest.fixture(scope="module")
def osm() -> Map:
    """The OSM file read plainly, coordinates in UTM metres."""
    root = ET.parse(SITANG / "sitang.osm").getroot()
    items = list(root.iter("node"))
    xy = metric([(float(n.get("lon", "")), float(n.get("lat", ""))) for n in items])
    nodes = {n.get("id", ""): (float(x), float(y)) for n, (x, y) in zip(items, xy, strict=True)}
    ways = []
    for item in root.iter("way"):
        refs = tuple(nd.get("ref", "") for nd in item.iter("nd"))
        ways.append(Way(refs, tags_of(item), shapely.LineString([nodes[ref] for ref in refs])))
    box = root.find("bounds")
    assert box is not None
    west, south, east, north = (float(box.get(key, "")) for key in ("minlon", "minlat", "maxlon", "maxlat"))
    return Map(nodes, {n.get("id", ""): tags_of(n) for n in items}, tuple(ways), (west, south, east, north))


def metric(lonlat: list[tuple[float, float]]) -> np.ndarray:
    points = gpd.GeoSeries(shapely.points(np.asarray(lonlat)), crs="EPSG:4326").to_crs(UTM)
    return shapely.get_coordinates(points)


@pytest.fixture(scope="module")
def boundary() -> shapely.Polygon:
    return gpd.read_file(SITANG / "boundary.geojson").to_crs(UTM).geometry.iloc[0]


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(SITANG / name, dtype={"typecode": str, "id": str})


def test_made_again_it_is_the_same(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SITANG / "make.py"), str(tmp_path)], check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == list(MADE)
    for name in MADE:
        if name != "population.tif":  # another GDAL may pack the same cells into other bytes
            assert (tmp_path / name).read_bytes() == (SITANG / name).read_bytes(), name
    with rasterio.open(tmp_path / "population.tif") as new, rasterio.open(SITANG / "population.tif") as old:
        assert (new.read(1) == old.read(1)).all()
        assert (new.transform, new.crs, new.nodata) == (old.transform, old.crs, old.nodata)


def test_it_is_small() -> None:
    assert (SITANG / "sitang.osm").stat().st_size < 2_000_000
    assert sum((SITANG / name).stat().st_size for name in MADE) < 3_000_000


def test_published_facts(boundary: shapely.Polygon) -> None:
    """About 8 km2 near 31.42 N 120.65 E; 8,000 workers."""
    assert 7.5 <= boundary.area / 1e6 <= 8.5
    centre = gpd.read_file(SITANG / "boundary.geojson").geometry.iloc[0].centroid
    assert centre.distance(shapely.Point(120.65, 31.42)) < 0.005
    assert table("plants.csv")["jobs"].sum() == 8000


def test_beds_of_today_are_the_readmes() -> None:
    dormitories = table("dormitories.csv")
    sheds = dormitories["name"].str.contains("板房")
    factories = dormitories["name"].str.endswith("厂宿舍")
    beds = dormitories["beds"]
    assert factories.sum() == 11
    assert [beds[sheds].sum(), beds[factories].sum(), beds[~sheds & ~factories].sum()] == [1308, 952, 2940]
    assert beds.sum() == 5200
    assert not dormitories["name"].str.contains("中心宿舍").any()


def test_data_reach_beyond_the_study_area(osm: Map, boundary: shapely.Polygon) -> None:
    extent = gpd.GeoSeries([shapely.box(*osm.bounds)], crs="EPSG:4326").to_crs(UTM).iloc[0]
    assert extent.contains(boundary.buffer(2200))
    streets = shapely.union_all([way.line for way in osm.streets])
    west, south, east, north = boundary.buffer(2150).bounds
    assert shapely.box(*streets.bounds).contains(shapely.box(west, south, east, north))


def test_streets_hang_together(osm: Map) -> None:
    graph = nx.Graph()
    for way in osm.streets:
        for a, b in zip(way.refs, way.refs[1:], strict=False):
            graph.add_edge(a, b, metres=shapely.Point(osm.nodes[a]).distance(shapely.Point(osm.nodes[b])))
    metres = [graph.subgraph(part).size("metres") for part in nx.connected_components(graph)]
    assert max(metres) > 0.97 * sum(metres)


def test_streets_cross_only_where_they_share_a_node(osm: Map) -> None:
    ground = [way for way in osm.streets if "layer" not in way.tags]
    lines = np.array([way.line for way in ground])
    first, second = shapely.STRtree(lines).query(lines, predicate="crosses")
    points = shapely.intersection(lines[first], lines[second])
    shared = [set(ground[a].refs) & set(ground[b].refs) for a, b in zip(first, second, strict=True)]
    far = [
        point
        for point, refs in zip(points, shared, strict=True)
        for spot in shapely.get_parts(point)
        if min((spot.distance(shapely.Point(osm.nodes[ref])) for ref in refs), default=99) > 0.5
    ]
    assert not far


def test_bridges_and_water(osm: Map) -> None:
    water = shapely.union_all([shapely.Polygon(way.line) for way in osm.having("natural", "water")])
    bridges = osm.having("bridge", "yes")
    assert len(bridges) > 10
    assert all(way.line.crosses(water) for way in bridges)
    assert not any(way.line.intersects(water) for way in osm.streets if "bridge" not in way.tags)


def test_few_bridges_in_the_park(osm: Map, boundary: shapely.Polygon) -> None:
    """Superblocks: fewer than half of the streets that come to a canal inside the park get across."""
    inside = [way for way in osm.having("bridge", "yes") if boundary.buffer(-30).contains(way.line)]
    assert 8 <= len(inside) <= 16


def test_gates_stand_in_the_wall_and_on_the_way(osm: Map) -> None:
    gates = {ref for ref, tags in osm.node_tags.items() if tags.get("barrier") == "gate"}
    assert len(gates) > 60
    for ways in (osm.having("barrier", "wall"), osm.streets):
        assert gates <= {ref for way in ways for ref in way.refs}


def test_factory_ways_are_private(osm: Map) -> None:
    walls = osm.having("barrier", "wall")
    factories = shapely.union_all([shapely.Polygon(w.line) for w in walls if w.tags.get("landuse") == "industrial"])
    inside = [way for way in osm.streets if factories.buffer(-1).contains(way.line)]
    assert inside
    assert all(way.tags["access"] == "private" for way in inside)


def test_buildings_stand_on_dry_ground_beside_each_other(osm: Map) -> None:
    houses = np.array([shapely.Polygon(way.line) for way in osm.having("building")])
    assert len(houses) > 500
    assert shapely.is_valid(houses).all()
    a, b = shapely.STRtree(houses).query(houses, predicate="intersects")
    assert (a == b).all()
    water = shapely.union_all([shapely.Polygon(way.line) for way in osm.having("natural", "water")])
    ways = shapely.union_all([way.line for way in osm.streets])
    assert not shapely.intersects(houses, water).any()
    assert not shapely.intersects(houses, ways).any()


@pytest.mark.parametrize("name", ["dormitories.csv", "plants.csv"])
def test_people_have_a_way_near(osm: Map, boundary: shapely.Polygon, name: str) -> None:
    rows = table(name)
    places = shapely.points(metric(list(zip(rows["lon"], rows["lat"], strict=True))))
    assert rows["id"].is_unique
    assert boundary.contains(shapely.multipoints(places))
    assert shapely.distance(places, shapely.union_all([way.line for way in osm.streets])).max() < 95


def test_gates_lie_on_enclosures() -> None:
    areas = gpd.read_file(SITANG / "enclosures.geojson").to_crs(UTM).set_index("id").geometry
    gates = gpd.read_file(SITANG / "gates.geojson").to_crs(UTM)
    outline = areas.loc[gates["enclosure"]].boundary
    assert gates.geometry.distance(outline, align=False).max() < 0.05
    assert set(gates["enclosure"]) == set(areas.index)


def test_facilities_are_an_amap_table() -> None:
    rows = table("facilities.csv")
    assert rows["id"].is_unique
    assert rows["typecode"].str.fullmatch(r"\d{6}").all()
    spot = rows["location"].str.split(",", expand=True).astype(float)
    assert (spot[0] == rows["lon"]).all()
    assert (spot[1] == rows["lat"]).all()
    assert set(rows["status"]) == {"existing", "building", "planned"}
    assert (rows["opens"].notna() == (rows["status"] != "existing")).all()
    assert rows.loc[rows["name"].str.contains("产业社区服务中心(?!工地)"), "status"].eq("building").all()


def test_gcj02_against_published_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pairs of WGS 84 and GCJ-02 (latitude, longitude) that other converters publish."""
    monkeypatch.syspath_prepend(str(SITANG))
    from drawing.sheet import gcj02

    wgs = np.array([[31.1774276, 121.5272106], [22.543847, 113.912316], [39.911954, 116.377817]])
    gcj = np.array(
        [
            [31.17530398364597, 121.531541859215],
            [22.540796131694766, 113.9171764808363],
            [39.91334545536069, 116.38404722455657],
        ]
    )
    assert np.abs(gcj02(wgs[:, ::-1]) - gcj[:, ::-1]).max() < 1e-8


def test_hardly_anyone_is_registered_inside(boundary: shapely.Polygon) -> None:
    with rasterio.open(SITANG / "population.tif") as file:
        people = file.read(1, masked=True)
        west, north = file.transform.c, file.transform.f
        assert (file.crs.to_epsg(), file.nodata, file.res) == (32651, -1, (100, 100))
    rows, columns = np.mgrid[: people.shape[0], : people.shape[1]]
    inside = shapely.contains_xy(boundary, west + (columns + 0.5) * 100, north - (rows + 0.5) * 100)
    assert people[inside].sum() < 100
    assert 20_000 < people.sum() < 100_000
    assert people.mask.any()


def test_site_file_reads() -> None:
    site = read_site_file(SITANG / "site.yaml")
    assert site.synthetic
    assert "合成" in site.name
