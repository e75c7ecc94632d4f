"""Streets through other doors: graphs of osmnx, line layers, and the same answer from every source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
import shapely
import yaml
from made_town import BOUNDS, PARK, convert, write_town
from overpass_server import serving

from lifecircle import assess
from lifecircle.errors import InputError
from lifecircle.model import Streets, WalkNetwork
from lifecircle.network import build_network, from_osmnx, to_osmnx
from lifecircle.site import NetworkFile
from lifecircle.sources import osm
from lifecircle.sources.boundary import local_crs
from lifecircle.sources.overpass import fetch_site
from lifecircle.sources.streets import from_lines, read_streets

CRS = local_crs(PARK)
WIDE = shapely.box(-1e6, -1e6, 1e6, 1e6)
TAGS = ["access", "area", "bridge", "foot", "highway", "layer", "service", "tunnel"]
TAGS += [f"sidewalk{side}" for side in ("", ":both", ":left", ":right")]


def differences(one: WalkNetwork, other: WalkNetwork) -> list[str]:
    """Fields in which two networks are not equal bit by bit; a graph of osmnx does not tell of signals."""
    told = [f.name for f in fields(one) if f.name != "signals"]
    return [name for name in told if not np.array_equal(getattr(one, name), getattr(other, name))]


def built(streets: Streets) -> WalkNetwork:
    return build_network(streets, WIDE, WIDE)


def edges(network: WalkNetwork) -> list[tuple[int, int, int]]:
    """Every edge as (smaller node id, larger node id, millimetres), sorted."""
    ends = np.sort(np.column_stack([network.node_id[network.edge_u], network.node_id[network.edge_v]]), axis=1)
    return sorted((int(u), int(v), int(mm)) for (u, v), mm in zip(ends, network.edge_mm, strict=True))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("town") / "town.osm")


@pytest.fixture(scope="module")
def expected(town: Path) -> WalkNetwork:
    extract = osm.read_osm(town)
    return built(osm.streets(extract, osm.projected(extract, CRS)))


def asked(path: Path, bounds: tuple[float, float, float, float], **options: Any) -> nx.MultiDiGraph:
    """A graph of every highway that osmnx makes from an extract."""
    with pytest.MonkeyPatch.context() as patch, serving(path) as server:
        patch.setattr(ox.settings, "overpass_url", server.url)
        patch.setattr(ox.settings, "overpass_rate_limit", False)
        patch.setattr(ox.settings, "use_cache", False)
        patch.setattr(ox.settings, "useful_tags_way", TAGS)
        area = shapely.buffer(shapely.box(*bounds), 0.05)
        return ox.graph_from_polygon(
            area, network_type="walk", custom_filter='["highway"]', retain_all=True, **({"simplify": False} | options)
        )


@pytest.fixture(scope="module")
def graph(town: Path) -> nx.MultiDiGraph:
    return asked(town, BOUNDS)


def through_file(graph: nx.MultiDiGraph, folder: Path) -> Streets:
    path = folder / "streets.graphml"
    ox.save_graphml(graph, path)
    return read_streets(NetworkFile(file=path), CRS)


# Graphs of osmnx ---------------------------------------------------------------------------------


def test_graphml_of_the_same_ways_gives_the_same_network(
    graph: nx.MultiDiGraph, expected: WalkNetwork, tmp_path: Path
) -> None:
    assert differences(built(through_file(graph, tmp_path)), expected) == []


def test_a_projected_graph_gives_the_same_lengths(
    graph: nx.MultiDiGraph, expected: WalkNetwork, tmp_path: Path
) -> None:
    network = built(through_file(ox.project_graph(graph), tmp_path))
    assert network.edge_mm.tolist() == expected.edge_mm.tolist()
    assert network.node_id.tolist() == expected.node_id.tolist()
    assert np.abs(network.vertex_xy - expected.vertex_xy).max() < 1e-6


def test_a_simplified_graph_gives_the_same_distances(town: Path, expected: WalkNetwork, tmp_path: Path) -> None:
    # simplification merges ways; a street then may carry the tags of several, so compare a graph of one kind
    plain = asked(town, BOUNDS)
    plain.remove_edges_from([(u, v, k) for u, v, k, d in plain.edges(keys=True, data=True) if d["osmid"] >= 900])
    plain.remove_nodes_from(list(nx.isolates(plain)))
    whole = through_file(plain, tmp_path)
    network = built(through_file(ox.simplify_graph(plain), tmp_path))
    assert network.edge_mm.sum() == built(whole).edge_mm.sum()
    start = int(network.node_id[0])
    distances = [
        nx.single_source_dijkstra_path_length(to_osmnx(n, CRS), start, weight="length") for n in (network, built(whole))
    ]
    common = distances[0].keys() & distances[1].keys()
    assert len(common) > 50
    assert {node: distances[0][node] for node in common} == pytest.approx({n: distances[1][n] for n in common})


def test_to_osmnx_and_back(expected: WalkNetwork, tmp_path: Path) -> None:
    graph = to_osmnx(expected, CRS)
    assert differences(built(from_osmnx(graph, CRS)), expected) == []
    written = built(through_file(graph, tmp_path))
    assert set(differences(written, expected)) <= {"vertex_xy"}
    assert np.abs(written.vertex_xy - expected.vertex_xy).max() < 1e-9  # WKT has 16 digits
    assert len(graph.edges) == 2 * len(expected.edge_mm)


def test_osmnx_can_use_our_graph(expected: WalkNetwork) -> None:
    graph = to_osmnx(expected, CRS)
    nodes, lines = ox.graph_to_gdfs(graph)
    assert len(nodes) == len(expected.node_id)
    assert lines.length.sum() / 2 == pytest.approx(expected.edge_mm.sum() / 1000, abs=1)


def small(**edge: Any) -> nx.MultiDiGraph:
    """Two nodes 300 m apart on the x axis of the site's CRS, joined both ways by one street."""
    graph = nx.MultiDiGraph(crs=CRS)
    graph.add_node(1, x=0.0, y=0.0)
    graph.add_node(2, x=300.0, y=0.0)
    for u, v in ((1, 2), (2, 1)):
        graph.add_edge(u, v, **({"osmid": 10, "highway": "residential", "length": 300.0} | edge))
    return graph


def test_both_directions_are_one_street() -> None:
    assert edges(built(from_osmnx(small(), CRS))) == [(1, 2, 300_000)]


def test_a_geometry_is_followed_and_the_length_ignored() -> None:
    graph = small()
    for u, v, data in graph.edges(data=True):
        bend = [(0, 0), (150, 200), (300, 0)]  # two sides of 250 m
        data["geometry"] = shapely.LineString(bend if u < v else bend[::-1])
        data["length"] = 999.0
    streets = from_osmnx(graph, CRS)
    assert edges(built(streets)) == [(1, 2, 500_000)]
    assert streets.notes == ()


def test_a_stored_length_counts_where_the_geometry_is_missing_and_that_is_said() -> None:
    streets = from_osmnx(small(length=450.0), CRS)
    assert edges(built(streets)) == [(1, 2, 450_000)]
    assert [note.kind for note in streets.notes] == ["assumed"]
    assert "stored lengths (450 m)" in str(streets.notes[0].text)


@pytest.mark.parametrize("length", [299.0, 301.0, 10.0])
def test_a_stored_length_of_a_straight_street_does_not_count(length: float) -> None:
    # 301 m on 300 m is what a sphere makes of it, and no walk is shorter than the straight line
    streets = from_osmnx(small(length=length), CRS)
    assert edges(built(streets)) == [(1, 2, 300_000)]
    assert streets.notes == ()


@pytest.mark.parametrize(
    ("tags", "private", "attachable"),
    [
        ({}, False, True),
        ({"access": "private"}, True, True),
        ({"service": ["private", "driveway"]}, True, True),
        ({"bridge": "yes"}, False, False),
        ({"tunnel": ["yes", "no"], "osmid": [10, 11]}, False, False),
    ],
)
def test_flags_of_a_graph(tags: dict[str, Any], private: bool, attachable: bool) -> None:
    streets = from_osmnx(small(**tags), CRS)
    assert streets.private.tolist() == [private]
    assert streets.attachable.tolist() == [attachable]
    assert bool(streets.notes) == (not attachable and isinstance(tags.get("osmid"), list))


@pytest.mark.parametrize(
    ("tags", "walked"),
    [
        ({"highway": "motorway"}, 0),
        ({"highway": "cycleway"}, 1),
        ({"highway": "cycleway", "foot": "no"}, 0),
        ({"foot": "no"}, 0),
        ({"highway": ["footway", "steps"]}, 1),
    ],
)
def test_what_of_a_graph_is_walked(tags: dict[str, Any], walked: int) -> None:
    assert len(from_osmnx(small(**tags), CRS).way_id) == walked


def test_parallel_streets_stay_two() -> None:
    graph = small()
    graph.add_edge(1, 2, osmid=11, geometry=shapely.LineString([(0, 0), (0, 400), (300, 0)]))
    graph.add_edge(2, 1, osmid=11, geometry=shapely.LineString([(300, 0), (0, 400), (0, 0)]))
    assert edges(built(from_osmnx(graph, CRS))) == [(1, 2, 300_000), (1, 2, 900_000)]


def test_two_nodes_at_one_place_stay_apart_in_a_graph() -> None:
    graph = small()
    graph.add_node(3, x=300.0, y=0.0)
    graph.add_node(4, x=300.0, y=90.0)
    graph.add_edge(3, 4, osmid=12)
    assert edges(built(from_osmnx(graph, CRS))) == [(1, 2, 300_000), (3, 4, 90_000)]


GRAPHML = """<?xml version="1.0"?>{doctype}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="c" for="graph" attr.name="crs" attr.type="string"/><key id="x" for="node" attr.name="x" attr.type="string"/>
<key id="y" for="node" attr.name="y" attr.type="string"/><graph edgedefault="directed">{body}</graph></graphml>"""
NODES = '<node id="1"><data key="x">0</data><data key="y">0</data></node><node id="2"><data key="x">{x}</data></node>'
BOMB = '<!DOCTYPE g [<!ENTITY a "{}">{}]>'.format(
    "a" * 10, "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not a graph",
        "<html/>",
        GRAPHML.format(doctype="", body=""),
        GRAPHML.format(doctype="", body='<data key="c">epsg:4326</data>'),
        GRAPHML.format(doctype="", body='<data key="c">epsg:4326</data><node id="1"/><edge source="1" target="1"/>'),
        GRAPHML.format(doctype="", body='<data key="c">mars</data><node id="1"/><edge source="1" target="1"/>'),
        GRAPHML.format(doctype="", body='<data key="c">epsg:4326</data><node id="a"/>'),
        GRAPHML.format(doctype="", body=f'<data key="c">epsg:4326</data>{NODES}<edge source="1" target="2"/>'),
        GRAPHML.format(doctype=BOMB, body='<data key="c">&j;</data>'),
    ],
)
def test_what_is_no_graph_of_osmnx_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "streets.graphml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_streets(NetworkFile(file=path), CRS)
    assert "\n" not in str(caught.value)


def test_a_graphml_cut_short_is_refused(graph: nx.MultiDiGraph, tmp_path: Path) -> None:
    through_file(graph, tmp_path)
    path = tmp_path / "streets.graphml"
    data = path.read_bytes()
    for part in range(20):
        path.write_bytes(data[: len(data) * part // 20])
        with pytest.raises(InputError):
            read_streets(NetworkFile(file=path), CRS)


# Lines -------------------------------------------------------------------------------------------


def lines(*shapes: list[tuple[float, float]], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[shapely.LineString(shape) for shape in shapes], crs=CRS)


def lengths(frame: gpd.GeoDataFrame) -> list[int]:
    return sorted(built(from_lines(frame, CRS)).edge_mm.tolist())


def test_lines_meet_where_they_share_a_vertex() -> None:
    assert lengths(lines([(0, 0), (100, 0), (250, 0)], [(100, 0), (100, 70)])) == [70_000, 100_000, 150_000]


def test_lines_meet_where_one_ends_on_another() -> None:
    assert lengths(lines([(0, 0), (250, 0)], [(100, 0), (100, 70)])) == [70_000, 100_000, 150_000]


@pytest.mark.parametrize(("gap", "pieces"), [(0.04, 3), (0.06, 2)])
def test_a_small_gap_is_closed(gap: float, pieces: int) -> None:
    assert len(lengths(lines([(0, 0), (250, 0)], [(100, gap), (100, 70)]))) == pieces
    assert len(lengths(lines([(0, 0), (100, 0), (250, 0)], [(100, gap), (100, 70)]))) == pieces


def test_three_lines_that_end_at_one_point_of_a_fourth() -> None:
    ends = [[(100, 0), (100 + dx, 70)] for dx in (-10, 0, 10)]
    assert len(lengths(lines([(0, 0), (250, 0)], *ends))) == 5


def test_lines_that_only_cross_do_not_meet_and_that_is_said() -> None:
    streets = from_lines(lines([(0, 0), (200, 0)], [(100, -50), (100, 50)]), CRS)
    assert sorted(built(streets).edge_mm.tolist()) == [100_000, 200_000]
    assert [str(note.text) for note in streets.notes] == [
        "1 crossing of lines that share no vertex taken as a bridge, not as a junction"
    ]


def test_dense_vertices_of_a_curve_stay_apart() -> None:
    dense = [(x / 100, 0.0) for x in range(1001)]  # a vertex a centimetre, 10 m in all
    assert lengths(lines(dense)) == [10_000]


def test_a_street_drawn_twice_is_one() -> None:
    assert lengths(lines([(0, 0), (90, 0), (90, 40)], [(90, 40), (90, 0), (0, 0)])) == [130_000]


def test_order_and_direction_change_nothing() -> None:
    frame = lines(
        [(0, 0), (100, 0)], [(100, 0), (200, 0)], [(100, 0), (100, 90)], [(50, 0), (50, -40)],
        [(200, 0), (200, 90), (100, 90)], [(0, 200), (50, 200), (50, 250), (0, 250), (0, 200)],
        highway=["residential", "footway", "path", "path", "service", "footway"],
    )  # fmt: skip
    expected = built(from_lines(frame, CRS))
    for seed in range(10):
        shuffled = frame.sample(frac=1, random_state=seed)
        turned = shapely.reverse(shuffled.geometry.to_numpy()) if seed % 2 else shuffled.geometry
        assert differences(built(from_lines(shuffled.set_geometry(turned, crs=CRS), CRS)), expected) == []


def test_columns_of_a_layer_say_what_is_walked() -> None:
    frame = lines(
        *([(0, y), (100, y)] for y in range(0, 80, 10)),
        fclass=["footway", "motorway", "service", "path", "path", "path", None, "cycleway"],
        access=[None, None, "private", None, None, None, None, None],
        bridge=["F", "F", "F", "T", "F", "no", None, ""],
        layer=["roads", "0", "0", "0", "1", "CAD lines", None, ""],
    )
    streets = from_lines(frame, CRS)
    north = streets.node_xy[streets.way_node[streets.way_start[:-1]], 1]
    assert sorted(north) == [0, 20, 30, 40, 50, 60, 70]
    assert north[streets.private].tolist() == [20]
    assert sorted(north[~streets.attachable]) == [30, 40]


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp"])
def test_line_layers_are_read(tmp_path: Path, suffix: str) -> None:
    frame = lines([(0, 0), (250, 0)], [(100, 0), (100, 70)], highway=["path", "path"])
    path = tmp_path / f"streets{suffix}"
    (frame.to_crs(4326) if suffix == ".geojson" else frame).to_file(path)
    assert sorted(built(read_streets(NetworkFile(file=path), CRS)).edge_mm.tolist()) == [70_000, 100_000, 150_000]


def test_shapes_that_are_no_lines_are_all_named(tmp_path: Path) -> None:
    shapes = [shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)]), shapely.box(0, 0, 1, 1)]
    path = tmp_path / "mixed.geojson"
    gpd.GeoDataFrame(geometry=shapes, crs=4326).to_file(path)
    with pytest.raises(InputError) as caught:
        read_streets(NetworkFile(file=path), CRS)
    assert re.findall(r"row (\d): is a (\w+)", str(caught.value)) == [("1", "Point"), ("3", "Polygon")]


@pytest.mark.parametrize("shapes", [[], [shapely.LineString()], [shapely.LineString([(1, 1), (1, 1)])]])
def test_a_layer_without_lines_is_refused(shapes: list[shapely.Geometry]) -> None:
    with pytest.raises(InputError, match="no line"):
        from_lines(gpd.GeoDataFrame(geometry=shapes, crs=CRS), CRS)


# The network depends on the streets alone --------------------------------------------------------


def test_pieces_of_a_street_are_one_street(expected: WalkNetwork, town: Path) -> None:
    extract = osm.read_osm(town)
    streets = osm.streets(extract, osm.projected(extract, CRS))
    rng = np.random.default_rng(5)
    pairs = [
        (way, a, b)
        for way, start, stop in zip(streets.way_id, streets.way_start, streets.way_start[1:], strict=False)
        for a, b in zip(streets.way_node[start : stop - 1], streets.way_node[start + 1 : stop], strict=True)
    ]
    rows = np.searchsorted(streets.way_id, [way for way, _, _ in pairs])
    order = rng.permutation(len(pairs))
    turned = np.array([(a, b) if rng.random() < 0.5 else (b, a) for _, a, b in pairs])
    pieces = replace(
        streets,
        way_id=streets.way_id[rows[order]],
        way_start=np.arange(0, 2 * len(pairs) + 1, 2),
        way_node=turned[order].ravel(),
        highway=streets.highway[rows[order]],
        private=streets.private[rows[order]],
        attachable=streets.attachable[rows[order]],
    )
    assert differences(built(pieces), expected) == []


# One answer from every source --------------------------------------------------------------------

Coverage = Callable[..., pd.DataFrame]


@pytest.fixture
def coverage(tmp_path: Path) -> Iterator[Coverage]:
    """The coverage table of a site whose boundary is given, with other keys of its site file."""

    def table(boundary: shapely.Geometry, **keys: Any) -> pd.DataFrame:
        (tmp_path / "park.geojson").write_text(shapely.to_geojson(boundary), encoding="utf-8")
        site = tmp_path / "site.yaml"
        site.write_text(yaml.safe_dump({"name": "Park", "boundary": "park.geojson", **keys}), encoding="utf-8")
        return assess(site).coverage.table

    yield table


def hold_together(extract: Path, boundary: shapely.Geometry, coverage: Coverage, folder: Path) -> pd.DataFrame:
    """The coverage that every source of the same data gives."""
    bounds = osm.read_osm(extract).elements.bounds
    assert bounds is not None
    extent = list(bounds)
    expected = coverage(boundary, osm={"file": str(extract), "extent": extent})
    for suffix in (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf"):
        path = convert(extract, folder / f"same{suffix}")
        assert coverage(boundary, osm={"file": str(path), "extent": extent}).equals(expected), suffix
    with serving(extract) as server:
        site = folder / "fetch.yaml"
        keys = {"name": "Park", "boundary": "park.geojson", "osm": "fetched.osm.pbf"}
        site.write_text(yaml.safe_dump(keys), encoding="utf-8")
        fetched = fetch_site(site, overpass_url=server.url)
    assert coverage(boundary, osm={"file": str(fetched), "extent": extent}).equals(expected), "Overpass"
    ox.save_graphml(asked(extract, bounds), folder / "streets.graphml")
    keys = {"osm": {"file": str(extract), "extent": extent}, "network": "streets.graphml"}
    assert coverage(boundary, **keys).equals(expected), "GraphML"
    return expected


def test_every_source_gives_the_same_coverage(town: Path, coverage: Coverage, tmp_path: Path) -> None:
    table = hold_together(town, PARK, coverage, tmp_path)
    assert (table["covered"] > 0).any()
    assert (table["gap"] > 0).any()


@pytest.mark.real
def test_every_source_gives_the_same_coverage_of_a_real_place(
    shared_data: Path, coverage: Coverage, tmp_path: Path
) -> None:
    extract = shared_data / "beijing_768" / "beijing_768.osm"
    bounds = osm.read_osm(extract).elements.bounds
    assert bounds is not None
    west, south, east, north = bounds
    inner = shapely.box(west + 0.0035, south + 0.0027, east - 0.0035, north - 0.0027)  # 300 m less
    table = hold_together(extract, inner, coverage, tmp_path)
    assert (table["covered"] > 0).any()
