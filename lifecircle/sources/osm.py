"""OpenStreetMap extracts: streets to walk on, and objects with their tags and shapes."""

from __future__ import annotations

import bz2
import gzip
import re
import shutil
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
import pandas as pd
import pyproj
import shapely

from lifecircle.errors import Fault, InputError, OutputError, reason
from lifecircle.messages import Message, msg
from lifecircle.model import Bools, Floats, Geometries, Ints, Streets, Texts
from lifecircle.sources import pbf
from lifecircle.sources.coordinates import TO_WGS84
from lifecircle.sources.elements import Elements, Tags, each_once, take_lists

Values = Callable[[str], Texts]

FORMATS = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2", ".xml")

OSM_BASE = re.compile(rb"""<meta\s[^>]*osm_base=["']([^"']+)""")
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
HEAD = 4096
"""Bytes of an XML file that may say when its data are of."""
UNPACKED = 8
"""Times that a compressed text grows at most as a PBF, as a rule."""

NOT_WALKED = "abandoned|bus_guideway|construction|no|planned|platform|proposed|raceway|razed|rest_area|services"
"""Classes of highway that osmnx's walk network leaves out too, apart from cycleway and motor*."""
FOOT = ("yes", "designated", "permissive", "official")
AREA_TAGS = ("building", "landuse", "leisure", "amenity", "natural", "place", "shop", "office", "tourism")


@dataclass(frozen=True)
class Extract:
    """A file's elements with the position of every way's nodes among them."""

    path: Path
    elements: Elements
    way_node: Ints
    """Index of each way reference among the nodes; -1 where the file lacks the node."""
    repeated: int
    """Elements that stood again under an id, as in extracts joined end to end: the first counts."""

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of the header, in degrees; None where it says none that hold anything."""
        found = self.elements.bounds
        return found if found and found[0] < found[2] and found[1] < found[3] else None

    @property
    def missing(self) -> int:
        """References to nodes that the file lacks (a clipped extract)."""
        return int((self.way_node < 0).sum())


def read_osm(path: Path, coords: str = "wgs84") -> Extract:
    """Read .osm.pbf, .osm, .osm.gz or .osm.bz2, its nodes in wgs84, gcj02 or bd09.

    Raises InputError for anything else or a damaged file.
    """
    if not path.name.lower().endswith(FORMATS):
        what, mend = msg("not an OpenStreetMap file by its name"), msg("use {suffixes}", suffixes=FORMATS)
        raise InputError(Fault(str(path), what, mend))
    elements = _elements(path)
    if not len(elements.node_id):
        mend = msg("check that the extract covers the site")
        raise InputError(Fault(str(path), msg("holds no nodes"), mend))
    if (np.abs(elements.node_lonlat) > (180, 90)).any():
        raise _damaged(path, msg("nodes off the globe"))
    elements, repeated = each_once(elements)
    return Extract(path, _in_wgs84(elements, coords), _positions(elements.node_id, elements.way_ref), repeated)


def _in_wgs84(elements: Elements, coords: str) -> Elements:
    if coords == "wgs84":
        return elements
    to_wgs84 = TO_WGS84[coords]
    corners = None if elements.bounds is None else to_wgs84(np.reshape(elements.bounds, (2, 2))).ravel().tolist()
    return replace(
        elements,
        node_lonlat=to_wgs84(elements.node_lonlat),
        bounds=None if corners is None else (corners[0], corners[1], corners[2], corners[3]),
    )


def _elements(path: Path) -> Elements:
    try:
        if path.name.lower().endswith(".pbf"):
            return pbf.read_elements(path)
    except OSError as error:
        what = msg("cannot be read ({reason})", reason=reason(error))
        raise InputError(Fault(str(path), what, msg("give a file that opens"))) from None
    except pbf.Damaged as error:
        raise _damaged(path, error.detail) from None
    except pbf.Unreadable:
        pass  # libosmium knows more kinds of PBF than we decode
    with tempfile.TemporaryDirectory() as folder:
        return pbf.read_elements(_rewritten(path, Path(folder)))


def _rewritten(path: Path, folder: Path) -> Path:
    """The same data as the one kind of PBF that is decoded here, written by libosmium."""
    target = folder / "data.osm.pbf"
    check_room(folder, path.stat().st_size * (1 if path.suffix.lower() in (".osm", ".xml") else UNPACKED))
    try:
        reader = osmium.io.Reader(path)  # a path, no text: libosmium takes text as UTF-8, which Windows does not
        form = osmium.io.File(target, "pbf,pbf_compression=none,add_metadata=timestamp")
        with osmium.SimpleWriter(form, header=_header(reader.header(), path)) as writer:
            osmium.apply(reader, writer)
    except (RuntimeError, OSError, ValueError, osmium.InvalidLocationError) as error:
        raise _damaged(path, str(error)) from None
    return target


def _header(given: osmium.io.Header, path: Path) -> osmium.io.Header:
    """Date and bounds of a header where they can be written; libosmium ends the process over bounds that cannot."""
    header = osmium.io.Header()
    box = given.box()
    if box.valid() and box.bottom_left.valid() and box.top_right.valid():
        header.add_box(box)
    if as_of := given.get("osmosis_replication_timestamp") or _osm_base(path):
        header.set("osmosis_replication_timestamp", as_of)
    return header


def _osm_base(path: Path) -> str:
    """When the data of an XML file are of, as an Overpass server says in its first lines; empty where none does."""
    opened: Any = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix.lower(), open)
    try:
        with opened(path, "rb") as file:
            found = OSM_BASE.search(file.read(HEAD))
        return f"{datetime.strptime(found[1].decode(), MOMENT):{MOMENT}}" if found else ""
    except (ValueError, OSError, EOFError, zlib.error):
        return ""


def check_room(folder: Path, size: int) -> None:
    """Raises OutputError where a disk is too full: libosmium ends the process when it cannot go on writing."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise OutputError(
            msg(
                "{folder}: has no room to write {size:,.1f} MB ({free:,.1f} MB are free); "
                "make room, or set TMPDIR to another disk",
                folder=folder.parent,
                size=size / 1e6,
                free=free / 1e6,
            )
        )


def _damaged(path: Path, detail: Message | str) -> InputError:
    what = msg("damaged or cut short ({detail})", detail=detail)
    return InputError(Fault(str(path), what, msg("fetch or copy the file again")))


def _positions(ids: Ints, refs: Ints) -> Ints:
    order = np.argsort(ids, kind="stable")
    ranked = ids[order]
    place = np.minimum(np.searchsorted(ranked, refs), len(ids) - 1)
    return np.where(ranked[place] == refs, order[place], -1)


def projected(extract: Extract, crs: pyproj.CRS) -> Floats:
    """Shape (n, 2): the nodes in metres."""
    to_metres = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    lonlat = extract.elements.node_lonlat
    return np.column_stack(to_metres.transform(lonlat[:, 0], lonlat[:, 1]))


def streets(extract: Extract, xy: Floats) -> Streets:
    """The ways one can walk, as osmnx's ``walk`` means it, with the differences of ``walkable``."""
    e = extract.elements
    walked, private = walkable(e.way_tags.values)
    ways = np.flatnonzero(walked)
    start, node = take_lists(e.way_start, extract.way_node, ways)
    tags = e.way_tags.take(ways)
    needed = np.zeros(len(e.node_id), dtype=bool)
    needed[node[node >= 0]] = True
    used = np.flatnonzero(needed)
    place = np.full(len(e.node_id) + 1, -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    return Streets(
        node_id=e.node_id[used],
        node_xy=xy[used],
        way_id=e.way_id[ways],
        way_start=start,
        way_node=place[node],
        highway=tags.values("highway"),
        private=private[ways],
        attachable=~off_the_ground(tags.values),
        signals=_signals(e.node_tags)[used],
        no_wheels=tags.values("wheelchair") == "no",
    )


def _signals(tags: Tags) -> Bools:
    """Nodes where those on foot wait: signals on the street, and crossings that have one. Shape (rows,)."""
    rows = np.flatnonzero(tags.having("highway"))
    values = tags.take(rows).values
    kind = values("highway")
    guarded = isin(values("crossing"), ("traffic_signals",)) | isin(values("crossing:signals"), ("yes",))
    signals = np.zeros(tags.rows, dtype=bool)
    signals[rows] = isin(kind, ("traffic_signals",)) | (isin(kind, ("crossing",)) & guarded)
    return signals


def walkable(values: Values) -> tuple[Bools, Bools]:
    """Which ways are walked, and which of them are private. Two arrays of shape (rows,).

    ``values`` gives the value of a key for each way, '' where it has none. The rule is
    osmnx's walk filter (``osmnx._overpass._get_network_filter``, version 2.1), except that private ways
    stay and are told apart, cycleways stay where foot traffic is marked as allowed, and pedestrian
    areas stay to be walked along their outline.
    """
    highway = values("highway")
    foot = values("foot")
    street = (highway != "") & ~_matches(highway, NOT_WALKED) & ~_matches(highway, "motor")
    street &= ~_matches(highway, "cycleway") | isin(foot, FOOT)
    street &= ~_matches(foot, "no")
    street &= ~_matches(values("area"), "yes") | isin(highway, ("pedestrian", "footway"))
    for side in ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right"):
        street &= ~_matches(values(side), "separate")
    private = _matches(values("access"), "private") | _matches(values("service"), "private")
    return street, street & private


def _matches(values: npt.NDArray[np.object_], words: str) -> Bools:
    """Where a value holds one of the words ``a|b|c`` anywhere, as Overpass matches them."""
    hits = [value for value in set(values) if any(word in value for word in words.split("|"))]
    return isin(values, hits)


def isin(values: Texts, options: Sequence[str]) -> Bools:
    """Shape (rows,): which values are among the options."""
    return np.asarray(pd.Series(values, dtype=object).isin(set(options)))


def off_the_ground(values: Values) -> Bools:
    """Bridges, tunnels and other layers: nothing joins the network there. Shape (rows,)."""
    spans = [~isin(values(key), ("", "no")) for key in ("bridge", "tunnel")]
    return spans[0] | spans[1] | ~isin(values("layer"), ("", "0"))


def pieces(extract: Extract, xy: Floats, ways: Ints) -> tuple[Geometries, Ints]:
    """The lines of some ways, each split where the file lacks a node, and the position in ``ways`` of each line's."""
    start, node = take_lists(extract.elements.way_start, extract.way_node, ways)
    way = np.repeat(np.arange(len(ways)), np.diff(start))
    split = np.zeros(len(node), dtype=bool)
    split[start[:-1][np.diff(start) > 0]] = True
    line = np.cumsum(split | (node < 0))
    known = node >= 0
    line, first, counts = np.unique(line[known], return_index=True, return_counts=True)
    long = counts >= 2
    vertices = node[known][np.repeat(long, counts)]
    lines = shapely.linestrings(xy[vertices], indices=np.repeat(np.arange(int(long.sum())), counts[long]))
    return np.asarray(lines), way[known][first[long]]


@dataclass(frozen=True)
class Objects:
    """Tagged objects with their shapes in metres: points, lines and areas, in that order of sources."""

    id: npt.NDArray[np.object_]
    """``node/1``, ``way/1``, ``relation/1``."""
    geometry: Geometries
    tags: tuple[Tags, ...]

    def values(self, key: str) -> npt.NDArray[np.object_]:
        """Shape (rows,): the value of a key for each object, '' where it has none."""
        return np.concatenate([np.empty(0, dtype=object), *(tags.values(key) for tags in self.tags)])

    @cached_property
    def area_m2(self) -> Floats:
        """Shape (rows,): NaN for points and lines."""
        polygonal = np.isin(shapely.get_type_id(self.geometry), (3, 6))
        return np.where(polygonal, shapely.area(self.geometry), np.nan)


def objects(extract: Extract, xy: Floats, keys: Sequence[str], within: shapely.Geometry) -> Objects:
    """Every node, way and relation that carries one of the keys and meets ``within`` (metres)."""
    e = extract.elements
    shapely.prepare(within)
    parts: list[tuple[str, Ints, Ints, Geometries, Tags]] = []
    nodes = np.flatnonzero(e.node_tags.having(*keys))
    parts.append(("node", nodes, e.node_id[nodes], np.asarray(shapely.points(xy[nodes])), e.node_tags))
    ways = np.flatnonzero(e.way_tags.having(*keys))
    parts.append(("way", ways, e.way_id[ways], _way_shapes(extract, xy, ways), e.way_tags))
    relations = np.flatnonzero(e.relation_tags.having(*keys))
    shapes = _relation_shapes(extract, xy, relations)
    parts.append(("relation", relations, e.relation_id[relations], shapes, e.relation_tags))
    ids, geometries, tags = [], [], []
    for kind, rows, osm_id, geometry, kind_tags in parts:
        keep = np.flatnonzero(shapely.intersects(within, geometry))
        ids.append(np.array([f"{kind}/{i}" for i in osm_id[keep]], dtype=object))
        geometries.append(geometry[keep])
        tags.append(kind_tags.take(rows[keep]))
    return Objects(np.concatenate(ids), np.concatenate(geometries), tuple(tags))


def _way_shapes(extract: Extract, xy: Floats, ways: Ints) -> Geometries:
    """Closed ways with an area's tags as polygons, the others as lines; None where nothing is left."""
    e = extract.elements
    start, node = take_lists(e.way_start, extract.way_node, ways)
    counts = np.diff(start)
    shapes = np.full(len(ways), None, dtype=object)
    whole = np.ones(len(ways), dtype=bool)
    whole[np.repeat(np.arange(len(ways)), counts)[node < 0]] = False
    first, last = node[np.minimum(start[:-1], len(node) - 1)], node[np.maximum(start[1:] - 1, 0)]
    area = whole & (counts >= 4) & (first == last) & _is_area(e.way_tags.take(ways))
    _fill(shapes, area, start, node, xy, closed=True)
    _fill(shapes, ~area & (counts >= 2), start, node, xy, closed=False)
    return shapes


def _is_area(tags: Tags) -> Bools:
    linear = tags.having("highway", "barrier", "railway", "waterway") & ~tags.having(*AREA_TAGS)
    return (~linear | (tags.values("area") == "yes")) & (tags.values("area") != "no")


def _fill(shapes: Geometries, chosen: Bools, start: Ints, node: Ints, xy: Floats, closed: bool) -> None:
    rows = np.flatnonzero(chosen)
    if not len(rows):
        return
    taken, nodes = take_lists(start, node, rows)
    index = np.repeat(np.arange(len(rows)), np.diff(taken))[nodes >= 0]
    points = xy[nodes[nodes >= 0]]
    enough = np.bincount(index, minlength=len(rows)) >= (4 if closed else 2)
    keep = enough[index]
    places = np.flatnonzero(enough)
    renumbered = np.searchsorted(places, index[keep])
    if closed:
        rings = shapely.linearrings(points[keep], indices=renumbered)
        shapes[rows[places]] = _polygonal(np.asarray(shapely.polygons(rings)))
    else:
        shapes[rows[places]] = shapely.linestrings(points[keep], indices=renumbered)


def _polygonal(shapes: Geometries) -> Geometries:
    """Valid polygons; what a self-crossing outline encloses is kept, stray lines are not."""
    broken = ~shapely.is_valid(shapes)
    if broken.any():
        shapes = shapes.copy()
        shapes[broken] = [
            shapely.union_all([part for part in shapely.get_parts(shapely.make_valid(shape)) if part.area > 0])
            for shape in shapes[broken]
        ]
    return shapes


def _relation_shapes(extract: Extract, xy: Floats, relations: Ints) -> Geometries:
    """Multipolygons from their member ways, routes as lines; None where members are missing."""
    e = extract.elements
    start, ref = take_lists(e.member_start, e.member_ref, relations)
    _, kind = take_lists(e.member_start, e.member_type, relations)
    relation = np.repeat(np.arange(len(relations)), np.diff(start))
    of_ways = kind == 1
    way = _positions(e.way_id, ref[of_ways]) if len(e.way_id) else np.full(int(of_ways.sum()), -1)
    relation = relation[of_ways]
    known = way >= 0
    lines = np.full(len(way), None, dtype=object)
    lines[known] = _lines(extract, xy, way[known])
    shapes = np.full(len(relations), None, dtype=object)
    kinds = e.relation_tags.take(relations).values("type")
    ends = np.searchsorted(relation, np.arange(len(relations) + 1))
    for i in np.flatnonzero(ends[1:] > ends[:-1]):
        members = [line for line in lines[ends[i] : ends[i + 1]] if line is not None]
        if not members:
            continue
        if kinds[i] in ("multipolygon", "boundary"):
            shape = shapely.build_area(shapely.GeometryCollection(members))
            shapes[i] = None if shape is None or shape.is_empty else shape
        else:
            shapes[i] = shapely.multilinestrings(members)
    return shapes


def _lines(extract: Extract, xy: Floats, ways: Ints) -> Geometries:
    unique, back = np.unique(ways, return_inverse=True)
    start, node = take_lists(extract.elements.way_start, extract.way_node, unique)
    shapes = np.full(len(unique), None, dtype=object)
    _fill(shapes, np.diff(start) >= 2, start, node, xy, closed=False)
    return shapes[back]
