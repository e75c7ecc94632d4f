"""A town made up in code, with every kind of way that the readers must tell apart."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from xml.sax.saxutils import quoteattr

import osmium
import shapely

WEST, SOUTH = 120.65, 31.42
BOUNDS = (120.62, 31.39, 120.7, 31.47)
BLOCKS = 8
STEP = 0.002
"""Degrees between streets: about 190 m by 220 m."""
PARK = shapely.box(WEST + 0.003, SOUTH + 0.003, WEST + 0.009, SOUTH + 0.009)
"""The boundary of the site."""

RING = 900
"""A closed way that meets a street at one node, not its first."""
LONE_RING = 901
"""A closed way that meets nothing."""
PRIVATE, BRIDGE, CYCLE, CYCLE_FOOT, PLAZA, CAR_PARK, MOTORWAY, NO_FOOT = range(910, 918)
"""Ways of one kind each; a plaza is a pedestrian area, a car park another area."""

Tags = dict[str, str]


class _Town:
    """Nodes with coordinates of seven digits, ways and relations."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[float, float, Tags]] = {}
        self.ways: dict[int, tuple[list[int], Tags]] = {}
        self.relations: dict[int, tuple[list[tuple[int, str]], Tags]] = {}

    def node(self, lon: float, lat: float, **tags: str) -> int:
        id = len(self.nodes) + 1
        self.nodes[id] = (round(lon, 7), round(lat, 7), tags)
        return id

    def ring(self, id: int, lon: float, lat: float, size: float, **tags: str) -> None:
        corners = [(0, 0), (size, 0), (size, size), (0, size)]
        refs = [self.node(lon + dx, lat + dy) for dx, dy in corners][::-1]
        self.ways[id] = ([*refs, refs[0]], tags)

    def xml(self) -> str:
        west, south, east, north = BOUNDS
        lines = [
            "<?xml version='1.0' encoding='UTF-8'?>",
            '<osm version="0.6" generator="test">',
            f'<bounds minlat="{south}" minlon="{west}" maxlat="{north}" maxlon="{east}"/>',
        ]
        for id, (lon, lat, tags) in self.nodes.items():
            lines.append(f'<node id="{id}" version="1" lat="{lat:.7f}" lon="{lon:.7f}">{_tags(tags)}</node>')
        for id, (refs, tags) in sorted(self.ways.items()):
            inner = "".join(f'<nd ref="{ref}"/>' for ref in refs)
            lines.append(f'<way id="{id}" version="1">{inner}{_tags(tags)}</way>')
        for id, (members, tags) in self.relations.items():
            inner = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for ref, role in members)
            lines.append(f'<relation id="{id}" version="1">{inner}{_tags(tags)}</relation>')
        return "\n".join([*lines, "</osm>", ""])


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def town_xml() -> str:
    """The town as OSM XML: always the same."""
    town = _Town()
    rng = random.Random(42)
    grid = _streets(town, rng)
    _kinds_of_ways(town, grid)
    for i in range(60):
        lon, lat = WEST + rng.random() * STEP * BLOCKS, SOUTH + rng.random() * STEP * BLOCKS
        use = ("dormitory", "industrial", "residential", "yes")[i % 4]
        town.ring(1000 + i, lon, lat, 0.0002, building=use, name=f"厂房 {i} <&>")
    for i, (key, value) in enumerate(
        [("amenity", "clinic"), ("amenity", "pharmacy"), ("shop", "supermarket"), ("highway", "bus_stop")] * 4
    ):
        lon, lat = WEST + rng.random() * STEP * BLOCKS, SOUTH + rng.random() * STEP * BLOCKS
        town.node(lon, lat, **{key: value, "name": f"点 {i}"})
    town.ring(2000, WEST + 0.0062, SOUTH + 0.0062, 0.0011)
    town.ring(2001, WEST + 0.0066, SOUTH + 0.0066, 0.0003)
    town.relations[3000] = ([(2000, "outer"), (2001, "inner")], {"type": "multipolygon", "leisure": "park"})
    return town.xml()


def _streets(town: _Town, rng: random.Random) -> list[list[int]]:
    """A grid with a bend in every street between two crossings; one way a street."""

    def wobble() -> float:
        return (rng.random() - 0.5) * STEP / 4

    grid = [
        [town.node(WEST + x * STEP + wobble(), SOUTH + y * STEP + wobble()) for x in range(BLOCKS + 1)]
        for y in range(BLOCKS + 1)
    ]
    for i in range(BLOCKS + 1):
        for way, line in ((100 + i, grid[i]), (200 + i, [row[i] for row in grid])):
            refs = [line[0]]
            for a, b in itertools.pairwise(line):
                (ax, ay, _), (bx, by, _) = town.nodes[a], town.nodes[b]
                refs += [town.node((ax + bx) / 2 + wobble() / 2, (ay + by) / 2 + wobble() / 2), b]
            town.ways[way] = (refs if i % 2 else refs[::-1], {"highway": "residential", "name": f"路 {way}"})
    return grid


def _kinds_of_ways(town: _Town, grid: list[list[int]]) -> None:
    crossing = grid[2][2]
    lon, lat, _ = town.nodes[crossing]
    ring = [town.node(lon + dx, lat + dy) for dx, dy in ((0.0003, 0.0002), (0.0005, 0.0005), (0.0002, 0.0004))]
    town.ways[RING] = ([ring[0], ring[1], ring[2], crossing, ring[0]], {"highway": "service"})
    town.ring(LONE_RING, WEST + 0.0045, SOUTH + 0.0045, 0.0004, highway="footway")
    for i, (way, tags) in enumerate(
        {
            PRIVATE: {"highway": "service", "access": "private"},
            BRIDGE: {"highway": "footway", "bridge": "yes", "layer": "1"},
            CYCLE: {"highway": "cycleway"},
            CYCLE_FOOT: {"highway": "cycleway", "foot": "designated"},
            MOTORWAY: {"highway": "motorway"},
            NO_FOOT: {"highway": "path", "foot": "no"},
        }.items()
    ):
        middle = town.node(WEST + (i + 0.5) * STEP, SOUTH + (i + 0.6) * STEP)
        town.ways[way] = ([grid[i][i], middle, grid[i + 1][i + 1]], tags)
    town.ring(PLAZA, WEST + 0.0081, SOUTH + 0.0041, 0.0006, highway="pedestrian", area="yes")
    town.ring(CAR_PARK, WEST + 0.0081, SOUTH + 0.0061, 0.0006, highway="service", area="yes")


def write_town(path: Path) -> Path:
    """The town as a file; the suffix tells how: .osm, .osm.gz, .osm.bz2 or .osm.pbf."""
    xml = path.with_name("town-as-text.osm")
    xml.write_text(town_xml(), encoding="utf-8")
    if path.suffix == ".osm":
        return xml.rename(path)
    written = convert(xml, path)
    xml.unlink()
    return written


def convert(source: Path, target: Path, form: str = "") -> Path:
    """The same data in another format, written by libosmium (``form`` as it calls formats)."""
    reader = osmium.io.Reader(str(source))
    with osmium.SimpleWriter(osmium.io.File(str(target), form), header=reader.header(), overwrite=True) as writer:
        osmium.apply(reader, writer)
    reader.close()
    return target
