"""Extracts: every format the same arrays, damaged files said to be so, and streets held against osmnx and networkx."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmium
import osmnx as ox
import pyproj
import pytest
import shapely
from made_town import (
    BRIDGE,
    CAR_PARK,
    CYCLE,
    CYCLE_FOOT,
    LONE_RING,
    MOTORWAY,
    NO_FOOT,
    PARK,
    PLAZA,
    PRIVATE,
    RING,
    convert,
    town_xml,
    write_town,
)
from overpass_server import serving

from lifecircle.errors import InputError
from lifecircle.model import Attachment, Streets, WalkNetwork
from lifecircle.network import build_network
from lifecircle.reach import cut, locate, router
from lifecircle.sources import osm
from lifecircle.sources.boundary import local_crs

CRS = local_crs(PARK)
WIDE = shapely.box(-1e6, -1e6, 1e6, 1e6)
FORMATS = (".osm", ".osm.gz", ".osm.bz2", ".osm.pbf")
FORMS = ("pbf,pbf_compression=none", "pbf,pbf_compression=lz4", "pbf,pbf_dense_nodes=false")
CHECKED = (".osm.gz", ".osm.bz2", ".osm.pbf")
"""Formats that carry a checksum of their content."""
REAL = {"beijing_768": "beijing_768.osm", "las_palmas": "las_palmas.osm.pbf"}


def everything(path: Path) -> tuple[Streets, osm.Objects]:
    """All that a site takes from an extract."""
    extract = osm.read_osm(path)
    xy = osm.projected(extract, CRS)
    return osm.streets(extract, xy), osm.objects(extract, xy, ["building", "amenity", "shop", "leisure"], WIDE)


def same(one: Any, other: Any) -> bool:
    """Whether two frozen collections of arrays are equal, bit by bit."""
    pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


# Formats -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("town") / "town.osm")


@pytest.mark.parametrize("form", [*FORMATS[1:], *FORMS])
def test_every_format_gives_the_same(town: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / (f"town{form}" if form in FORMATS else "town.osm.pbf")
    convert(town, path, "" if form in FORMATS else form)
    streets, objects = everything(path)
    expected_streets, expected = everything(town)
    assert same(streets, expected_streets)
    assert objects.id.tolist() == expected.id.tolist()
    assert shapely.equals_exact(objects.geometry, expected.geometry, 0).all()
    for key in ("building", "name", "amenity"):
        assert objects.values(key).tolist() == expected.values(key).tolist()


@pytest.mark.parametrize("form", FORMATS)
def test_header_bounds_survive(town: Path, tmp_path: Path, form: str) -> None:
    path = town if form == ".osm" else convert(town, tmp_path / f"town{form}")
    assert osm.read_osm(path).elements.bounds == (120.62, 31.39, 120.7, 31.47)


def dated(path: Path) -> tuple[str, str]:
    """The day in the header, and that of the newest node."""
    elements = osm.read_osm(path).elements
    return elements.as_of, elements.newest


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("as_of", ["2023-02-21T03:31:14Z", ""])
def test_an_extract_says_when_it_is_of(tmp_path: Path, form: str, as_of: str) -> None:
    path = tmp_path / "town.osm.pbf"
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", as_of)
    edits = ["2019-04-21T10:00:00Z", "2020-08-12T23:59:59Z", "2008-01-01T00:00:00Z"]
    with osmium.SimpleWriter(osmium.io.File(path, form), header=header) as writer:
        for id, edit in enumerate(edits):
            writer.add_node(osmium.osm.mutable.Node(id=id + 1, location=(1, 1 + id), timestamp=edit, version=1))
    assert dated(path) == (("2023-02-21", "") if as_of else ("", "2020-08-12"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('<meta osm_base="2024-05-02T01:00:00Z"/>', ("2024-05-02", "")),
        ('<meta areas="x" osm_base="2024-99-02T01:00:00Z"/>', ("", "2020-08-12")),
        ("", ("", "2020-08-12")),
    ],
)
def test_an_xml_file_says_when_it_is_of(tmp_path: Path, said: str, expected: tuple[str, str]) -> None:
    node = '<node id="1" version="1" timestamp="2020-08-12T23:59:59Z" lat="1" lon="1"/>'
    path = tmp_path / "town.osm"
    path.write_text(f'<osm version="0.6">{said}{node}</osm>', encoding="utf-8")
    assert dated(path) == expected


def test_the_town_is_read_as_it_was_made(town: Path) -> None:
    streets, objects = everything(town)
    assert len(objects.id) == 60 + 12 + 1  # buildings, places with amenity or shop, the park
    park = objects.geometry[objects.id.tolist().index("relation/3000")]
    assert len(park.interiors) == 1
    names = set(objects.values("name")) - {""}
    assert "厂房 7 <&>" in names
    ways = set(streets.way_id.tolist())
    assert {PRIVATE, BRIDGE, CYCLE_FOOT, PLAZA, RING, LONE_RING} <= ways
    assert not {CYCLE, CAR_PARK, MOTORWAY, NO_FOOT} & ways
    assert streets.way_id[streets.private].tolist() == [PRIVATE]
    assert streets.way_id[~streets.attachable].tolist() == [BRIDGE]


def test_a_pedestrian_area_is_walked_along_its_outline(town: Path) -> None:
    network = build_network(everything(town)[0], WIDE, WIDE)
    plaza = network.lines[network.way_id == PLAZA]
    assert len(plaza) == 1
    assert plaza[0].is_ring


# Tags --------------------------------------------------------------------------------------------

TAGS: list[tuple[dict[str, str], bool, bool]] = [
    ({"highway": "residential"}, True, False),
    ({"highway": "steps"}, True, False),
    ({"highway": "motorway"}, False, False),
    ({"highway": "motorway_link"}, False, False),
    ({"highway": "construction"}, False, False),
    ({"highway": "proposed"}, False, False),
    ({"highway": "footway", "foot": "no"}, False, False),
    ({"highway": "cycleway"}, False, False),
    ({"highway": "cycleway", "foot": "designated"}, True, False),
    ({"highway": "cycleway", "foot": "yes"}, True, False),
    ({"highway": "cycleway", "foot": "use_sidepath"}, False, False),
    ({"highway": "primary", "sidewalk": "separate"}, False, False),
    ({"highway": "primary", "sidewalk:left": "separate"}, False, False),
    ({"highway": "pedestrian", "area": "yes"}, True, False),
    ({"highway": "footway", "area": "yes"}, True, False),
    ({"highway": "service", "area": "yes"}, False, False),
    ({"highway": "service", "access": "private"}, True, True),
    ({"highway": "service", "service": "private"}, True, True),
    ({"highway": "motorway", "access": "private"}, False, False),
    ({"highway": "residential", "access": "destination"}, True, False),
    ({"building": "yes"}, False, False),
]


@pytest.mark.parametrize(("tags", "walked", "private"), TAGS)
def test_what_is_walked(tags: dict[str, str], walked: bool, private: bool) -> None:
    found = osm.walkable(lambda key: np.array([tags.get(key, "")], dtype=object))
    assert [bool(column[0]) for column in found] == [walked, private]


@pytest.mark.parametrize(
    ("tags", "above"),
    [
        ({}, False),
        ({"bridge": "no"}, False),
        ({"bridge": "viaduct"}, True),
        ({"tunnel": "building_passage"}, True),
        ({"layer": "0"}, False),
        ({"layer": "-1"}, True),
    ],
)
def test_what_is_off_the_ground(tags: dict[str, str], above: bool) -> None:
    assert osm.off_the_ground(lambda key: np.array([tags.get(key, "")], dtype=object)).tolist() == [above]


# Topology ----------------------------------------------------------------------------------------


def write_xml(path: Path, nodes: dict[int, tuple[float, float]], ways: dict[int, list[int]]) -> Path:
    lines = [f'<node id="{id}" lat="{lat}" lon="{lon}"/>' for id, (lon, lat) in nodes.items()]
    for id, refs in ways.items():
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        lines.append(f'<way id="{id}">{inner}<tag k="highway" v="path"/></way>')
    path.write_text('<osm version="0.6">' + "".join(lines) + "</osm>", encoding="utf-8")
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_a_missing_node_splits_a_way(tmp_path: Path, form: str) -> None:
    nodes = {1: (0.0, 0.0), 2: (0.001, 0.0), 4: (0.003, 0.0), 5: (0.004, 0.0)}
    path = convert(write_xml(tmp_path / "cut.osm", nodes, {10: [1, 2, 3, 4, 5]}), tmp_path / f"other{form}")
    extract = osm.read_osm(path)
    network = build_network(osm.streets(extract, osm.projected(extract, local_crs(shapely.Point(0, 0)))), WIDE, WIDE)
    assert extract.missing == 1
    ends = np.sort(np.column_stack([network.node_id[network.edge_u], network.node_id[network.edge_v]]), axis=1)
    assert sorted(ends.tolist()) == [[1, 2], [4, 5]]
    # 0.001 degrees of longitude at the equator: 6378137 m * pi / 180000 = 111.3195 m
    assert network.edge_mm.tolist() == [111_319, 111_319]


def test_nodes_at_one_place_stay_apart(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.0), 2: (0.001, 0.0), 3: (0.002, 0.0), 4: (0.001, -0.001), 5: (0.001, 0.0), 6: (0.001, 0.001)}
    path = write_xml(tmp_path / "cross.osm", nodes, {10: [1, 2, 3], 11: [4, 5, 6]})
    extract = osm.read_osm(path)
    network = build_network(osm.streets(extract, osm.projected(extract, local_crs(shapely.Point(0, 0)))), WIDE, WIDE)
    assert sorted(network.node_id.tolist()) == [1, 3, 4, 6]


# Damage ------------------------------------------------------------------------------------------


def outcome(path: Path) -> str:
    """``read`` or ``refused``; any other exception goes on."""
    try:
        streets, _ = everything(path)
        build_network(streets, WIDE, WIDE)
    except InputError as error:
        assert len(error.faults) == 1
        assert "\n" not in str(error)
        return "refused"
    return "read"


@pytest.mark.parametrize("form", FORMATS)
def test_files_cut_short_are_refused(tmp_path: Path, form: str) -> None:
    data = write_town(tmp_path / f"town{form}").read_bytes()
    path = tmp_path / f"damaged{form}"
    rng = random.Random(1)
    for _ in range(200):
        path.write_bytes(data[: rng.randrange(len(data))])
        assert outcome(path) == "refused"


@pytest.mark.parametrize("form", [*FORMATS, *FORMS])
def test_flipped_bits_are_refused_or_harmless(town: Path, tmp_path: Path, form: str) -> None:
    suffix = form if form in FORMATS else ".osm.pbf"
    data = convert(town, tmp_path / f"town{suffix}", "" if form in FORMATS else form).read_bytes()
    path = tmp_path / f"damaged{suffix}"
    rng = random.Random(2)
    whole, _ = everything(town)
    for _ in range(100):
        damaged = bytearray(data)
        damaged[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        if outcome(path) == "read" and form in CHECKED:
            assert same(everything(path)[0], whole)


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + ']><osm version="0.6"><node id="1" lat="0" lon="0"><tag k="name" v="&j;"/></node></osm>'
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.osm", ""),
        ("empty.osm.pbf", ""),
        ("bomb.osm", BOMB),
        ("other.osm", "<html><body>not a map</body></html>"),
        ("table.osm.pbf", "lon,lat\n1,2\n"),
        ("town.osm.pbf", town_xml()),
        ("town.shp", town_xml()),
        ("void.osm", '<osm version="0.6"></osm>'),
        ("globe.osm", '<osm version="0.6"><node id="1" lat="95" lon="0"/></osm>'),
    ],
)
def test_what_is_no_extract_is_refused(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert outcome(path) == "refused"


def test_a_pbf_named_as_text_is_refused(tmp_path: Path) -> None:
    path = write_town(tmp_path / "town.osm.pbf").rename(tmp_path / "town.osm")
    assert outcome(path) == "refused"


# Against osmnx and networkx ----------------------------------------------------------------------


def osmnx_filter() -> Callable[[dict[str, str]], bool]:
    """osmnx's own walk filter as a test of a way's tags."""
    text = ox._overpass._get_network_filter("walk")
    clauses = re.findall(r'\["([^"]+)"(?:!~"([^"]+)")?\]', text)
    assert len(clauses) == text.count("[")
    return lambda tags: all(
        (key in tags) if not pattern else not re.search(pattern, tags.get(key, "")) for key, pattern in clauses
    )


def reason_beside_osmnx(tags: dict[str, str]) -> str:
    """Why a way that osmnx leaves out is walked here all the same."""
    if tags.get("access") == "private" or tags.get("service") == "private":
        return "private"
    if tags["highway"] == "cycleway":
        return f"cycleway, foot={tags['foot']}"
    return f"{tags['highway']} area" if tags.get("area") == "yes" else "none"


def raw_ways(path: Path) -> Iterator[tuple[int, list[int], dict[str, str]]]:
    for way in osmium.FileProcessor(str(path), osmium.osm.WAY):
        yield way.id, [node.ref for node in way.nodes], {tag.k: tag.v for tag in way.tags}


def raw_nodes(path: Path) -> dict[int, tuple[float, float]]:
    return {
        node.id: (node.location.lon, node.location.lat) for node in osmium.FileProcessor(str(path), osmium.osm.NODE)
    }


@pytest.fixture(scope="module", params=list(REAL))
def real(request: pytest.FixtureRequest, shared_data: Path) -> Path:
    return shared_data / request.param / REAL[request.param]


@pytest.fixture(scope="module")
def walked_only(real: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ways of osmnx's walk network alone, cut at missing nodes (each part with an id of its own)."""
    passes = osmnx_filter()
    nodes = raw_nodes(real)
    parts: list[tuple[list[int], dict[str, str]]] = []
    for _, refs, tags in raw_ways(real):
        if passes(tags):
            holes = "".join("x" if ref in nodes else " " for ref in refs)
            parts += [(refs[run.start() : run.end()], tags) for run in re.finditer("xx+", holes)]
    used = sorted({ref for refs, _ in parts for ref in refs})
    path = tmp_path_factory.mktemp("walked") / "walked.osm"
    with osmium.SimpleWriter(str(path)) as writer:
        for ref in used:
            writer.add_node(osmium.osm.mutable.Node(id=ref, version=1, location=nodes[ref]))
        for id, (refs, tags) in enumerate(parts, start=1):
            writer.add_way(osmium.osm.mutable.Way(id=id, version=1, nodes=refs, tags=tags))
    return path


@pytest.mark.real
def test_same_ways_as_osmnx(real: Path) -> None:
    passes = osmnx_filter()
    raw = {id: tags for id, _, tags in raw_ways(real)}
    extract = osm.read_osm(real)
    ours = set(osm.streets(extract, extract.elements.node_lonlat).way_id.tolist())
    theirs = {id for id, tags in raw.items() if passes(tags)}
    assert theirs <= ours
    assert "none" not in {reason_beside_osmnx(raw[id]) for id in ours - theirs}


def in_degrees(path: Path) -> WalkNetwork:
    """The network with its vertices left in degrees, for formulas on the sphere."""
    extract = osm.read_osm(path)
    return build_network(osm.streets(extract, extract.elements.node_lonlat), WIDE, WIDE)


def hold_against(graph: nx.MultiDiGraph, path: Path) -> None:
    """Same ways, same number of edges before simplification, same length by osmnx's own formula."""
    network = in_degrees(path)
    inner = np.ones(len(network.vertex_mm), dtype=bool)
    inner[network.vertex_start[:-1]] = False
    end = np.flatnonzero(inner)
    lon, lat = network.vertex_xy.T
    metres = ox.distance.great_circle(lat[end - 1], lon[end - 1], lat[end], lon[end])
    theirs = list(graph.edges(data=True))
    assert set(network.way_id.tolist()) == {data["osmid"] for *_, data in theirs}
    assert 2 * len(end) == len(theirs)
    assert 2 * metres.sum() == pytest.approx(sum(data["length"] for *_, data in theirs), rel=1e-9)


@pytest.mark.real
def test_same_streets_as_osmnx_from_xml(walked_only: Path) -> None:
    hold_against(ox.graph_from_xml(walked_only, bidirectional=True, simplify=False, retain_all=True), walked_only)


@pytest.mark.real
def test_same_streets_as_osmnx_from_overpass(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shared_data / "beijing_768" / REAL["beijing_768"]
    assert osm.read_osm(path).missing == 0
    monkeypatch.setattr(ox.settings, "use_cache", False)
    monkeypatch.setattr(ox.settings, "overpass_rate_limit", False)
    with serving(path) as server:
        monkeypatch.setattr(ox.settings, "overpass_url", server.url)
        area = shapely.box(*osm.read_osm(path).elements.bounds).buffer(0.05)
        graph = ox.graph_from_polygon(area, network_type="walk", simplify=False, retain_all=True)
    passes = osmnx_filter()
    public = tmp_path / "public.osm"
    with osmium.SimpleWriter(str(public)) as writer:
        for entity in osmium.FileProcessor(str(path)):
            if entity.is_node() or (entity.is_way() and passes({tag.k: tag.v for tag in entity.tags})):
                writer.add(entity)
    hold_against(graph, public)


def uncontracted(path: Path, crs: pyproj.CRS) -> tuple[nx.Graph, dict[tuple[int, float, float], int]]:
    """Every segment of every way as an edge of millimetres, and each way's nodes by their place."""
    nodes = raw_nodes(path)
    to_metres = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    x, y = to_metres.transform(*np.array(list(nodes.values())).T)
    xy = dict(zip(nodes, zip(x.tolist(), y.tolist(), strict=True), strict=True))
    graph = nx.Graph()
    places = {}
    for id, refs, _ in raw_ways(path):
        places |= {(id, *xy[ref]): ref for ref in refs}
        for a, b in itertools.pairwise(refs):
            mm = int(np.rint(np.hypot(xy[a][0] - xy[b][0], xy[a][1] - xy[b][1]) * 1000))
            graph.add_edge(a, b, mm=min(mm, graph.get_edge_data(a, b, {"mm": mm})["mm"]))
    return graph, places


@pytest.mark.real
def test_distances_equal_brute_force(walked_only: Path) -> None:
    extract = osm.read_osm(walked_only)
    crs = local_crs(shapely.multipoints(extract.elements.node_lonlat))
    network = build_network(osm.streets(extract, osm.projected(extract, crs)), WIDE, WIDE)
    graph, places = uncontracted(walked_only, crs)
    rng = np.random.default_rng(3)
    edge_of = np.repeat(np.arange(len(network.edge_mm)), np.diff(network.vertex_start))

    def node(vertex: int) -> int:
        return places[(int(network.way_id[edge_of[vertex]]), *network.vertex_xy[vertex].tolist())]

    checked = 0
    for start in rng.choice(len(edge_of), 12, replace=False).tolist():
        at = np.array([0])
        door = Attachment(at, edge_of[[start]], network.vertex_mm[[start]], at, at - 1)
        pieces, door_node = cut(network, door)
        search = router(network, pieces, door, door_node, 1)
        mm, _ = search.search(at, 10**9)
        far = nx.single_source_dijkstra_path_length(graph, node(start), weight="mm")
        for vertex in rng.choice(len(edge_of), 60, replace=False).tolist():
            piece, offset = locate(pieces, edge_of[[vertex]], network.vertex_mm[[vertex]])
            ends = (mm[pieces.piece_u[piece]] + offset, mm[pieces.piece_v[piece]] + pieces.piece_mm[piece] - offset)
            ours = int(np.minimum(*ends)[0])
            assert (far.get(node(vertex)) is None and ours >= 2**61) or ours == far[node(vertex)]
            checked += node(vertex) in far
    assert checked >= 500


def test_an_element_that_stands_twice_counts_once_and_is_told(tmp_path: Path) -> None:
    """Two extracts joined end to end: what is in both stands twice."""
    text = town_xml()
    body = text[text.index("<node") : text.rindex("</osm>")]
    twice = tmp_path / "twice.osm"
    twice.write_text(text.replace("</osm>", f"{body}</osm>"), encoding="utf-8")
    once = osm.read_osm(write_town(tmp_path / "town.osm"))
    found = osm.read_osm(twice)
    elements = sum(text.count(f"<{kind} id=") for kind in ("node", "way", "relation"))
    assert (once.repeated, found.repeated) == (0, elements)
    for field in ("node_id", "way_id", "way_ref", "way_start", "relation_id", "member_ref"):
        assert np.array_equal(getattr(found.elements, field), getattr(once.elements, field)), field
    assert list(found.elements.way_tags.values("highway")) == list(once.elements.way_tags.values("highway"))
