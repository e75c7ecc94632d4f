"""Walkable streets from elsewhere than an OSM extract: graphs of osmnx (GraphML), and line layers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from scipy import sparse
from scipy.sparse import csgraph
from scipy.spatial import cKDTree

from lifecircle.errors import Fault, InputError, row_of
from lifecircle.messages import msg
from lifecircle.model import Bools, Floats, Geometries, Ints, Note, Streets, Texts
from lifecircle.site import NetworkFile
from lifecircle.sources.osm import Values, off_the_ground, walkable
from lifecircle.sources.tables import read_table, shape_is

if TYPE_CHECKING:
    import networkx as nx

JOIN_M = 0.05
"""Lines of a layer that come this near to each other at a vertex or an end meet there (our own proposal)."""
DETOUR = 1.01
"""A stored length beyond this multiple of the straight line (our own proposal) tells that a course is missing:
the great circle that osmnx measures on and our projection differ by less than 0.6 %."""
UNSAID = {"", "f", "false", "0", "none", "nan", "<na>"}
EDGE_KEYS = {"osmid", "length", "geometry", "attachable", "access", "area", "bridge", "foot", "highway", "layer"}
EDGE_KEYS |= {"service", "tunnel", "sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right"}
NUMBER = r"-?\d+(\.0)?"
SAVE = msg("save it by osmnx.save_graphml")


def read_streets(source: NetworkFile, crs: pyproj.CRS) -> Streets:
    """Walkable ways of a GraphML file or a line layer, in metres of ``crs``. Raises InputError."""
    where = str(source.file)
    if source.file.suffix.lower() == ".graphml":
        return from_osmnx(_load_graphml(source.file), crs, where)
    table = read_table(source)
    streets = from_lines(table.frame, crs, where)
    return replace(streets, notes=(*table.notes, *streets.notes))


def _load_graphml(path: Path) -> nx.MultiDiGraph[Any]:
    import networkx as nx
    import osmnx as ox

    try:
        return ox.load_graphml(path)
    except (ParseError, nx.NetworkXException, AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        detail = " ".join(str(error).split())[:120] or type(error).__name__
        what = msg("not a GraphML of osmnx ({detail})", detail=detail)
        raise InputError(Fault(str(path), what, SAVE)) from None
    except shapely.errors.ShapelyError:
        raise InputError(Fault(str(path), msg("an edge's geometry is not WKT"), SAVE)) from None


# Graphs ------------------------------------------------------------------------------------------


def from_osmnx(graph: nx.MultiDiGraph[Any], crs: pyproj.CRS, where: str = "the graph") -> Streets:
    """Walkable ways of a graph of osmnx, simplified or not, projected or not, in metres of ``crs``.

    Node ids are kept; both directions of a street become one. An edge runs along its ``geometry``, else
    straight; its stored ``length`` counts only where it shows that the geometry is missing, and a note
    says so. What is walked and what is private follows ``sources.osm.walkable`` as far as the graph keeps
    the tags; where it keeps no ``foot`` it is taken at its word about cycleways. Raises InputError.
    """
    nodes, crs_of_graph = _graph_nodes(graph, where)
    edges = _graph_edges(graph)
    if not len(edges):
        raise InputError(Fault(where, msg("holds no edges"), msg("save a street network")))
    values = _texts(edges)
    walked, private = walkable(values)
    to_metres = pyproj.Transformer.from_crs(crs_of_graph, crs, always_xy=True)
    node_xy = np.column_stack(to_metres.transform(nodes["x"].to_numpy(), nodes["y"].to_numpy()))
    u, v = (nodes.index.get_indexer(pd.Index(edges[end])) for end in ("from node", "to node"))
    line, drawn = _courses(edges, node_xy, u, v, to_metres)
    way, several = _way_ids(edges)
    frame = pd.DataFrame(
        {
            "u": u,
            "v": v,
            "way": way,
            "several": several,
            "highway": values("highway"),
            "private": private,
            "attachable": ~(off_the_ground(values) | (values("attachable") == "False")),
            "length_m": np.where(drawn, np.nan, _stored(edges)),
            "wkb": shapely.to_wkb(line),
        }
    )[walked]
    frame = frame.sort_values(list(frame.columns), kind="stable").drop_duplicates(["u", "v", "way", "wkb"])
    return _graph_streets(frame, nodes.index.to_numpy(np.int64), node_xy)


def _graph_nodes(graph: nx.MultiDiGraph[Any], where: str) -> tuple[pd.DataFrame, pyproj.CRS]:
    """Coordinates of the nodes by id, sorted, and their CRS."""
    try:
        crs = pyproj.CRS.from_user_input(graph.graph["crs"])
    except (KeyError, pyproj.exceptions.CRSError):
        raise InputError(Fault(where, msg("does not say its coordinate system"), SAVE)) from None
    nodes = pd.DataFrame.from_dict(dict(graph.nodes(data=True)), orient="index")
    if not {"x", "y"} <= set(nodes.columns):
        raise InputError(Fault(where, msg("its nodes have no x and y"), SAVE))
    nodes = nodes[["x", "y"]].apply(pd.to_numeric, errors="coerce")
    bad = ~np.isfinite(nodes.to_numpy(dtype=float)).all(axis=1)
    what, mend = msg("x or y is not a number"), msg("repair the node")
    faults = [Fault(msg("{file}: node {id}", file=where, id=id), what, mend) for id in nodes.index[bad]]
    if not pd.api.types.is_integer_dtype(nodes.index):
        mend = msg("relabel the nodes with OSM's ids")
        faults.append(Fault(where, msg("its node ids are not whole numbers"), mend))
    if faults:
        raise InputError(faults)
    return nodes.sort_index(), crs


def _graph_edges(graph: nx.MultiDiGraph[Any]) -> pd.DataFrame:
    """Every edge with its ends and those of its attributes that are used here, '' where it has none."""
    rows = list(graph.edges(data=True))
    known = {key for *_, data in rows for key in data} & EDGE_KEYS
    ends = {"from node": [u for u, *_ in rows], "to node": [v for _, v, _ in rows]}
    columns = {key: [data.get(key, "") for *_, data in rows] for key in sorted(known)}
    return pd.DataFrame({**ends, **{key: pd.Series(column, dtype=object) for key, column in columns.items()}})


def _texts(frame: pd.DataFrame) -> Values:
    """Values of a column as text by its name, '' where there are none; lists (of merged edges) joined by ``;``.

    A street without a class is a path; without any column ``foot`` cycleways are open to those on foot.
    """

    def text(value: Any) -> str:
        if isinstance(value, list | set | tuple):
            return ";".join(sorted({text(item) for item in value}))
        return "" if value is None or value is pd.NA or value != value else str(value).strip()

    def values(key: str) -> Texts:
        if key not in frame.columns:
            found = np.full(len(frame), "yes" if key == "foot" else "", dtype=object)
        else:
            found = np.array([v if type(v) is str else text(v) for v in frame[key].tolist()], dtype=object)
        return np.where(found == "", "path", found).astype(object) if key == "highway" else found

    return values


def _courses(
    edges: pd.DataFrame, node_xy: Floats, u: Ints, v: Ints, to_metres: pyproj.Transformer
) -> tuple[Geometries, Bools]:
    """Each edge's line from its smaller node to its larger one, and whether the graph draws it.

    ``u`` and ``v`` are put in that order in place; a ring runs the way that is smaller by coordinates.
    """
    ends = np.stack([node_xy[u], node_xy[v]], axis=1)
    lines = np.asarray(shapely.linestrings(ends))
    given = np.full(len(edges), None, dtype=object)
    if "geometry" in edges:
        here = np.flatnonzero(shapely.is_geometry(edges["geometry"].to_numpy(dtype=object)))
        given[here] = edges["geometry"].to_numpy(dtype=object)[here]
    drawn = np.asarray(shapely.get_num_points(given) >= 2)
    projected = shapely.transform(
        shapely.force_2d(given[drawn]), lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1]))
    )
    lines[drawn] = _between(projected, ends[drawn])
    second, last_but_one = shapely.get_point(lines, 1), shapely.get_point(lines, -2)
    ring_back = (u == v) & (_keys(last_but_one) < _keys(second))
    back = (u > v) | ring_back
    lines[back] = shapely.reverse(lines[back])
    u[back], v[back] = v[back], u[back].copy()
    return lines, drawn


def _keys(points: Geometries) -> npt.NDArray[np.complex128]:
    """Points as numbers that sort by x, then y."""
    keys: npt.NDArray[np.complex128] = shapely.get_x(points) + 1j * shapely.get_y(points)
    return keys


def _between(lines: Geometries, ends: Floats) -> Geometries:
    """The lines turned to run from the first of their ends to the second, and beginning and stopping there."""
    first = np.column_stack([shapely.get_x(shapely.get_point(lines, 0)), shapely.get_y(shapely.get_point(lines, 0))])
    turned = np.hypot(*(first - ends[:, 0]).T) > np.hypot(*(first - ends[:, 1]).T)
    lines[turned] = shapely.reverse(lines[turned])
    xy, row = shapely.get_coordinates(lines, return_index=True)
    starts = np.flatnonzero(np.diff(row, prepend=-1))
    stops = np.append(starts[1:], len(row)) - 1
    xy[starts[: len(lines)]], xy[stops[: len(lines)]] = ends[:, 0], ends[:, 1]
    return np.asarray(shapely.linestrings(xy, indices=row)) if len(row) else lines


def _way_ids(edges: pd.DataFrame) -> tuple[Ints, Bools]:
    """The smallest OSM id of each edge (0 where it has none), and whether it was merged from several ways."""
    if "osmid" not in edges:
        return np.zeros(len(edges), dtype=np.int64), np.zeros(len(edges), dtype=bool)
    lists = edges["osmid"].map(lambda value: value if isinstance(value, list) else [value])
    ids = pd.to_numeric(lists.explode(), errors="coerce").fillna(0).groupby(level=0).min()
    return ids.to_numpy(np.int64), (lists.map(len) > 1).to_numpy(bool)


def _stored(edges: pd.DataFrame) -> Floats:
    if "length" not in edges:
        return np.full(len(edges), np.nan)
    return pd.to_numeric(edges["length"], errors="coerce").to_numpy(np.float64)


def _graph_streets(frame: pd.DataFrame, node_id: Ints, node_xy: Floats) -> Streets:
    """Ways of one edge each; vertices between nodes get ids above the graph's own."""
    lines = shapely.from_wkb(frame["wkb"].to_numpy(dtype=object))
    xy, row = shapely.get_coordinates(lines, return_index=True)
    start = np.searchsorted(row, np.arange(len(lines) + 1))
    node = np.full(len(row), -1, dtype=np.int64)
    node[start[:-1]], node[start[1:] - 1] = frame["u"], frame["v"]
    inner = np.flatnonzero(node < 0)
    node[inner] = len(node_id) + np.arange(len(inner))
    above = int(node_id.max(initial=0)) + 1
    straight = shapely.length(lines)
    stored = frame["length_m"].to_numpy()
    stored = np.where((straight > 0) & (stored > straight * DETOUR), stored, np.nan)
    return Streets(
        node_id=np.concatenate([node_id, above + np.arange(len(inner))]),
        node_xy=np.concatenate([node_xy, xy[inner]]),
        way_id=frame["way"].to_numpy(np.int64),
        way_start=start.astype(np.int64),
        way_node=node,
        highway=frame["highway"].to_numpy(dtype=object),
        private=frame["private"].to_numpy(bool),
        attachable=frame["attachable"].to_numpy(bool),
        length_m=stored,
        notes=_graph_notes(stored, (frame["several"] & ~frame["attachable"]).to_numpy(bool)),
    )


def _graph_notes(stored: Floats, above: Bools) -> tuple[Note, ...]:
    notes = []
    known = np.isfinite(stored)
    if known.any():
        text = msg(
            "{n} {n:street|streets} of the graph without a course; the stored lengths ({metres:,.0f} m) count",
            n=int(known.sum()),
            metres=float(np.nansum(stored)),
        )
        notes.append(Note("assumed", text))
    if above.any():
        text = msg(
            "{n} {n:street|streets} merged from several ways with a bridge or tunnel among them: nothing joins there",
            n=int(above.sum()),
        )
        notes.append(Note("assumed", text))
    return tuple(notes)


# Lines -------------------------------------------------------------------------------------------


def from_lines(frame: gpd.GeoDataFrame, crs: pyproj.CRS, where: str = "the lines") -> Streets:
    """Walkable ways of a layer of lines, in metres of ``crs``.

    Lines meet where they share a vertex, or where one ends on another, within ``JOIN_M``. Lines that
    cross without a shared vertex do not meet (one may be a bridge); a note counts them. Columns named
    as OSM's keys (``fclass`` stands for ``highway``) say what is walked, private, a bridge or a tunnel;
    without them every line is walked. Order and direction of the lines change nothing. Raises InputError.
    """
    rows = _walked_lines(frame.to_crs(crs), where)
    lines = rows.geometry.to_numpy()
    xy, way = shapely.get_coordinates(lines, return_index=True)
    node, node_xy = _meeting(xy, way)
    node, way = _with_ends_on_lines(node, node_xy, way, lines)
    return Streets(
        node_id=np.arange(len(node_xy)),
        node_xy=node_xy,
        way_id=np.arange(len(lines)),
        way_start=np.searchsorted(way, np.arange(len(lines) + 1)).astype(np.int64),
        way_node=node,
        highway=rows["highway"].to_numpy(dtype=object),
        private=rows["private"].to_numpy(bool),
        attachable=rows["attachable"].to_numpy(bool),
        notes=_line_notes(lines, node_xy),
    )


def _walked_lines(frame: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    """Single lines with the columns highway, private and attachable, each street once, sorted by place."""
    shape = frame.geometry.to_numpy()
    filled = ~(shapely.is_missing(shape) | shapely.is_empty(shape))
    foreign = filled & ~np.isin(shapely.get_type_id(shape), (1, 2, 5))
    if foreign.any():
        kinds = frame.geometry.geom_type[foreign]
        mend = msg("give lines")
        raise InputError([Fault(row_of(where, row), shape_is(kind), mend) for row, kind in kinds.items()])
    columns = frame.drop(columns=frame.geometry.name).rename(columns=lambda name: str(name).lower())
    if "highway" not in columns and "fclass" in columns:
        columns = columns.rename(columns={"fclass": "highway"})
    values = _layer_texts(columns.loc[:, ~columns.columns.duplicated()])
    walked, private = walkable(values)
    kinds = {"highway": values("highway"), "private": private, "attachable": ~off_the_ground(values)}
    rows = gpd.GeoDataFrame(kinds, geometry=shape, crs=frame.crs)[filled & walked]
    rows = rows.explode(ignore_index=True)
    rows = rows[rows.length > 0]
    if not len(rows):
        raise InputError(Fault(where, msg("holds no line to walk on"), msg("give a layer of streets")))
    rows = rows.set_geometry(gpd.GeoSeries(shapely.normalize(rows.geometry.to_numpy()), rows.index, crs=frame.crs))
    keys = pd.DataFrame({"wkb": rows.to_wkb()[rows.geometry.name], **{kind: rows[kind] for kind in kinds}})
    return rows.loc[keys.sort_values(list(keys.columns)).drop_duplicates().index]


def _layer_texts(columns: pd.DataFrame) -> Values:
    """OSM's keys among the columns of a layer; yes and no as shapefiles write them, ``layer`` only as a number."""
    plain = _texts(columns)

    def values(key: str) -> Texts:
        text = pd.Series(plain(key), dtype=object)
        unsaid = text.str.lower().isin(UNSAID)
        if key == "layer":
            unsaid |= ~text.str.fullmatch(NUMBER)
        return text.mask(unsaid, "").to_numpy(dtype=object)

    return values


def _meeting(xy: Floats, way: Ints) -> tuple[Ints, Floats]:
    """The node of each vertex, and the nodes' coordinates, sorted by x and y.

    Vertices of different lines, or the two ends of one, are one node within ``JOIN_M``; neighbours along a
    line stay apart however near they are.
    """
    end = np.ones(len(way), dtype=bool)
    end[1:-1] = (way[1:-1] != way[:-2]) | (way[1:-1] != way[2:])
    i, j = cKDTree(xy).query_pairs(JOIN_M, output_type="ndarray").T
    meet = (way[i] != way[j]) | (end[i] & end[j]) | (xy[i] == xy[j]).all(axis=1)
    links = sparse.coo_array((np.ones(int(meet.sum())), (i[meet], j[meet])), shape=(len(xy), len(xy)))
    _, label = csgraph.connected_components(links, directed=False)
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    _, first = np.unique(label[order], return_index=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[label], xy[order[np.sort(first)]]


def _with_ends_on_lines(node: Ints, node_xy: Floats, way: Ints, lines: Geometries) -> tuple[Ints, Ints]:
    """The nodes of each line with those of other lines that end on it between two of its vertices."""
    inner = np.zeros(len(way), dtype=bool)
    inner[1:-1] = (way[1:-1] == way[:-2]) & (way[1:-1] == way[2:])
    ends = np.setdiff1d(node, node[inner])
    begin = np.flatnonzero(way[:-1] == way[1:])
    segments = np.asarray(shapely.linestrings(np.stack([node_xy[node[begin]], node_xy[node[begin + 1]]], axis=1)))
    points = shapely.points(node_xy[ends])
    hit, segment = shapely.STRtree(segments).query(points, predicate="dwithin", distance=JOIN_M)
    own = pd.MultiIndex.from_arrays([node, way])
    found = pd.DataFrame({"node": ends[hit], "way": way[begin[segment]], "segment": segment})
    found = found[~pd.MultiIndex.from_frame(found[["node", "way"]]).isin(own)]
    found = found.sort_values(["node", "way", "segment"]).drop_duplicates(["node", "way"])
    along = shapely.line_locate_point(
        segments[found["segment"]], shapely.points(node_xy[found["node"]]), normalized=True
    )
    place = np.concatenate([np.arange(len(node)), begin[found["segment"]] + np.clip(along, 1e-9, 1 - 1e-9)])
    order = np.argsort(place, kind="stable")
    return np.concatenate([node, found["node"]])[order], np.concatenate([way, found["way"]])[order]


def _line_notes(lines: Geometries, node_xy: Floats) -> tuple[Note, ...]:
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    pairs = one < other
    met = shapely.get_coordinates(shapely.intersection(lines[one[pairs]], lines[other[pairs]]))
    apart = int(np.sum(cKDTree(node_xy).query(met)[0] > JOIN_M)) if len(met) else 0
    if not apart:
        return ()
    text = msg(
        "{n} {n:crossing|crossings} of lines that share no vertex taken as "
        "{n:a bridge, not as a junction|bridges, not as junctions}",
        n=apart,
    )
    return (Note("assumed", text),)
