"""From walkable ways to a network of edges, as arrays; to and from osmnx graphs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from lifecircle.model import Bools, Floats, Ints, Streets, WalkNetwork
from lifecircle.sources.streets import from_osmnx as from_osmnx

if TYPE_CHECKING:
    import networkx as nx

ISLAND_M = 2_000
"""A part of the network cut off from the rest is trusted from this street length on (our own proposal)."""
STAIRS = "steps"
"""OSM's class of them."""


YARD_SHARE = 0.1
"""Streets that only private ways lead to are a yard's up to this share of the longest part (our own proposal)."""


def build_network(
    streets: Streets,
    study_area: shapely.Geometry,
    boundary: shapely.Geometry,
    private_ways: Literal["ends", "through", "closed"] = "ends",
    stairs: Literal["open", "closed"] = "open",
) -> WalkNetwork:
    """Cut ways into edges where they meet, and keep those that touch the study area.

    Private ways stay only where they touch the boundary; outside they are left out, as osmnx does. Small
    parts that only private ways lead to are private too.
    The result depends on the streets alone: not on the order or direction of the ways, nor on how many
    pieces of one id and kind a street came in. All coordinates are metres in one CRS.
    """
    ways, street = _numbered(streets)
    if private_ways == "closed":
        ways = ways[~streets.private[ways]]
    if stairs == "closed":
        ways = ways[~_not_for_wheels(streets)[ways]]
    segments, first = _segments(streets, ways)
    network = _assemble(streets, *_edges(streets, segments, first, street[segments.way]))
    shapely.prepare([study_area, boundary])
    network = _subset(network, _touching(study_area, network))
    if network.private.any():
        network = _subset(network, ~network.private | _touching(boundary, network))
    private = _with_yards(network) if private_ways == "ends" else np.zeros_like(network.private)
    network = replace(network, private=private)
    return replace(network, trusted=_trusted(network))


def is_stairs(highway: npt.NDArray[np.object_]) -> Bools:
    """Classes of street that are stairs; those of a graph's merged edges name several."""
    code, kinds = pd.factorize(highway)
    return np.array([STAIRS in kind.split(";") for kind in kinds], dtype=bool)[code]


def _with_yards(network: WalkNetwork) -> Bools:
    """Private edges, and those of small public parts that only private ones join to the longest."""
    public = ~network.private
    if public.all() or not public.any():
        return network.private
    part, whole = _parts(network, public), _parts(network, np.ones_like(public))
    length = np.bincount(part[network.edge_u[public]], weights=network.edge_mm[public], minlength=part.max() + 1)
    longest = length.argmax()
    yard = length < max(ISLAND_M * 1000, YARD_SHARE * length[longest])
    yard[longest] = False
    joined = np.zeros(len(length), dtype=bool)
    joined[part[network.edge_u[~public]]] = joined[part[network.edge_v[~public]]] = True
    inside = (yard & joined)[part] & (whole == whole[np.argmax(part == longest)])
    return ~public | inside[network.edge_u]


def _not_for_wheels(streets: Streets) -> Bools:
    stairs = is_stairs(streets.highway)
    return stairs if streets.no_wheels is None else stairs | streets.no_wheels


def _touching(area: shapely.Geometry, network: WalkNetwork) -> Bools:
    """Edges with a vertex in an area, and those whose line meets it all the same."""
    touching = np.zeros(len(network.edge_mm), dtype=bool)
    inside = shapely.intersects_xy(area, *network.vertex_xy.T)
    touching[np.repeat(np.arange(len(touching)), np.diff(network.vertex_start))[inside]] = True
    touching[~touching] = shapely.intersects(area, _subset(network, ~touching).lines)
    return touching


@dataclass(frozen=True)
class _Segments:
    """Pairs of neighbouring nodes and the way each is from; all of shape (s,)."""

    a: Ints
    b: Ints
    way: Ints

    def take(self, rows: Ints, backwards: Bools) -> _Segments:
        a, b = self.a[rows], self.b[rows]
        return _Segments(np.where(backwards, b, a), np.where(backwards, a, b), self.way[rows])


def _numbered(streets: Streets) -> tuple[Ints, Ints]:
    """The ways in order, and of each the number of its street: ways of one id and one kind are one street."""
    highway = pd.factorize(streets.highway, sort=True)[0]
    keys = (streets.attachable, streets.private, highway, streets.way_id)
    order = np.lexsort(keys)
    changes = np.zeros(len(order), dtype=bool)
    for key in keys:
        changes[1:] |= key[order][1:] != key[order][:-1]
    street = np.empty(len(order), dtype=np.int64)
    street[order] = np.cumsum(changes)
    return order, street


def _segments(streets: Streets, ways: Ints) -> tuple[_Segments, Bools]:
    """Segments way by way, and whether each begins a run (a way, or what follows a hole)."""
    start, position = rearranged(streets.way_start, ways)
    node = streets.way_node[position]
    way = np.repeat(ways, np.diff(start))
    a, b = node[:-1], node[1:]
    real = (way[:-1] == way[1:]) & (a >= 0) & (b >= 0) & (a != b)
    rows = np.flatnonzero(real)
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (way[:-1][rows[1:]] != way[:-1][rows[:-1]]) | (b[rows[:-1]] != a[rows[1:]])
    return _Segments(a[rows], b[rows], way[:-1][rows]), begins


def rearranged(start: Ints, order: Ints, backwards: Bools | None = None) -> tuple[Ints, Ints]:
    """Lists in CSR form in another order, some of them backwards: their new starts, and where each item stood."""
    counts = np.diff(start)[order]
    new_start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    within = np.arange(new_start[-1]) - np.repeat(new_start[:-1], counts)
    if backwards is None:
        return new_start, np.repeat(start[:-1][order], counts) + within
    begin = np.where(backwards, start[1:][order] - 1, start[:-1][order])
    return new_start, np.repeat(begin, counts) + np.repeat(np.where(backwards, -1, 1), counts) * within


def _edges(streets: Streets, segments: _Segments, first: Bools, street: Ints) -> tuple[_Segments, Ints, Bools]:
    """The segments edge by edge, where each edge's begin, and which nodes are junctions."""
    junction = _junctions(segments, street, len(streets.node_id))
    start = _starts(first | junction[segments.a])
    ring, *_ = _chains(segments, start, junction)
    if (ring >= 0).any():
        junction[_smallest(segments, np.repeat(ring, np.diff(start)), streets.node_id)] = True
        start = _starts(first | junction[segments.a])
    _, chain, place, backwards = _chains(segments, start, junction)
    order = np.lexsort((place, chain))
    new_start, position = rearranged(start, order, backwards[order])
    turned = np.repeat(backwards[order], np.diff(new_start))
    joins = np.flatnonzero(np.diff(chain[order], prepend=-1))
    return segments.take(position, turned), np.append(new_start[joins], len(segments.a)), junction


def _smallest(segments: _Segments, ring: Ints, node_id: Ints) -> Ints:
    """The node with the smallest id on each ring; ``ring`` numbers the ring of each segment, -1 for none."""
    rows = np.flatnonzero(ring >= 0)
    node, of = np.concatenate([segments.a[rows], segments.b[rows]]), np.tile(ring[rows], 2)
    order = np.lexsort((node_id[node], of))
    return node[order][np.flatnonzero(np.diff(of[order], prepend=-1))]


def _starts(begins: Bools) -> Ints:
    return np.append(np.flatnonzero(begins), len(begins)).astype(np.int64)


def _junctions(segments: _Segments, street: Ints, nodes: int) -> Bools:
    """Nodes where a street ends, where streets meet or where one changes its id or kind."""
    junction: Bools = np.bincount(np.concatenate([segments.a, segments.b]), minlength=nodes) != 2
    some = np.empty(nodes, dtype=np.int64)
    some[segments.a] = street
    some[segments.b] = street
    for end in (segments.a, segments.b):
        junction[end[some[end] != street]] = True
    return junction


def _chains(segments: _Segments, start: Ints, junction: Bools) -> tuple[Ints, Ints, Ints, Bools]:
    """Runs of segments joined at nodes that are no junctions, by pointer doubling.

    Returns for each run the number of its ring (-1 unless it is on a ring without a junction), its chain,
    its place along the chain and whether it runs backwards there. All of shape (runs,).
    """
    p, q = segments.a[start[:-1]], segments.b[start[1:] - 1]
    ring, chain = np.full(len(p), -1), np.arange(len(p))
    place, backwards = np.zeros(len(p), dtype=np.int64), np.zeros(len(p), dtype=bool)
    rows = np.flatnonzero(~(junction[p] & junction[q]))
    runs = len(rows)
    half = np.arange(2 * runs)  # each run forth, then each run back
    tail, head = np.concatenate([p[rows], q[rows]]), np.concatenate([q[rows], p[rows]])
    leaving = np.bincount(tail, weights=half, minlength=len(junction)).astype(np.int64)
    onward = np.where(junction[head], half, leaving[head] - np.roll(half, runs))
    steps = (onward != half).astype(np.int64)
    lowest = np.minimum(half, np.roll(half, runs))
    for _ in range(runs.bit_length() + 1):
        steps = steps + steps[onward]
        lowest = np.minimum(lowest, lowest[onward])
        onward = onward[onward]
    endless = ~junction[head[onward[:runs]]]
    forth, back = onward[:runs], onward[runs:]
    ring[rows] = np.where(endless, lowest[:runs], -1)
    chain[rows] = len(p) + np.minimum(forth, back)
    backwards[rows] = back < forth
    place[rows] = -np.where(backwards[rows], steps[runs:], steps[:runs])
    return ring, chain, place, backwards


def _assemble(streets: Streets, segments: _Segments, start: Ints, junction: Bools) -> WalkNetwork:
    """Edges of segments, each from its end that comes first by coordinates, ordered by way and place."""
    edge_way = segments.way[start[:-1]]
    xy = streets.node_xy
    begin, stop = segments.a[start[:-1]], segments.b[start[1:] - 1]
    second, last_but_one = segments.b[start[:-1]], segments.a[start[1:] - 1]
    ring = begin == stop
    backwards = _before(xy, np.where(ring, last_but_one, stop), np.where(ring, second, begin))
    begin, second = np.where(backwards, stop, begin), np.where(backwards, last_but_one, second)
    order = np.lexsort((xy[second, 1], xy[second, 0], xy[begin, 1], xy[begin, 0], streets.way_id[edge_way]))
    start, position = rearranged(start, order, backwards[order])
    segments = segments.take(position, np.repeat(backwards[order], np.diff(start)))
    vertex_start = start + np.arange(len(start))
    inner = np.ones(vertex_start[-1], dtype=bool)
    inner[vertex_start[:-1]] = False
    vertex = np.empty(len(inner), dtype=np.int64)
    vertex[vertex_start[:-1]], vertex[inner] = segments.a[start[:-1]], segments.b
    step = np.zeros(len(inner), dtype=np.int64)
    step[inner] = _segment_mm(streets, segments)
    running = np.cumsum(step)
    vertex_mm = running - np.repeat(running[vertex_start[:-1]], np.diff(vertex_start))
    ids = _used(len(xy), vertex[vertex_start[:-1]], vertex[vertex_start[1:] - 1])
    ids = ids[np.argsort(streets.node_id[ids], kind="stable")]
    place = np.full(len(junction), -1, dtype=np.int64)
    place[ids] = np.arange(len(ids))
    edge_way = edge_way[order]
    return WalkNetwork(
        node_id=streets.node_id[ids],
        node_xy=xy[ids],
        edge_u=place[vertex[vertex_start[:-1]]],
        edge_v=place[vertex[vertex_start[1:] - 1]],
        edge_mm=vertex_mm[vertex_start[1:] - 1],
        vertex_start=vertex_start,
        vertex_xy=xy[vertex],
        vertex_mm=vertex_mm,
        way_id=streets.way_id[edge_way],
        highway=streets.highway[edge_way],
        private=streets.private[edge_way],
        attachable=streets.attachable[edge_way],
        trusted=np.ones(len(edge_way), dtype=bool),
        signals=None if streets.signals is None else streets.signals[vertex],
    )


def _used(size: int, *indices: Ints) -> Ints:
    """The numbers below ``size`` that occur, in order."""
    occurs = np.zeros(size, dtype=bool)
    for index in indices:
        occurs[index] = True
    return np.flatnonzero(occurs)


def _before(xy: Floats, first: Ints, second: Ints) -> Bools:
    """Which nodes come before others by x, then y."""
    a, b = xy[first], xy[second]
    before: Bools = (a[:, 0] < b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] < b[:, 1]))
    return before


def _segment_mm(streets: Streets, segments: _Segments) -> Ints:
    """Length of each segment, rounded to a millimetre; the stored one of a way whose course is not known."""
    step = streets.node_xy[segments.b] - streets.node_xy[segments.a]
    metres = np.hypot(step[:, 0], step[:, 1])
    if streets.length_m is not None:
        stored = streets.length_m[segments.way]
        metres = np.where(np.isfinite(stored), stored, metres)
    mm: Ints = np.rint(metres * 1000).astype(np.int64)
    return mm


def _subset(network: WalkNetwork, keep: Bools) -> WalkNetwork:
    """The network of some edges and the nodes they use."""
    edges = np.flatnonzero(keep)
    used = _used(len(network.node_id), network.edge_u[edges], network.edge_v[edges])
    place = np.full(len(network.node_id), -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    of_vertex = np.repeat(keep, np.diff(network.vertex_start))
    sizes = np.diff(network.vertex_start)[edges]
    return WalkNetwork(
        node_id=network.node_id[used],
        node_xy=network.node_xy[used],
        edge_u=place[network.edge_u[edges]],
        edge_v=place[network.edge_v[edges]],
        edge_mm=network.edge_mm[edges],
        vertex_start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        vertex_xy=network.vertex_xy[of_vertex],
        vertex_mm=network.vertex_mm[of_vertex],
        way_id=network.way_id[edges],
        highway=network.highway[edges],
        private=network.private[edges],
        attachable=network.attachable[edges],
        trusted=network.trusted[edges],
        signals=None if network.signals is None else network.signals[of_vertex],
        pace=None if network.pace is None else network.pace.take(edges),
    )


def points_on_edges(network: WalkNetwork, edge: Ints, offset_mm: Ints) -> Floats:
    """Shape (r, 2): coordinates of points given as distances along edges."""
    base = np.concatenate([[0], np.cumsum(network.edge_mm + 1)])
    counts = np.diff(network.vertex_start)
    along = (network.vertex_mm + np.repeat(base[:-1], counts)).astype(np.float64)
    at = (base[edge] + offset_mm).astype(np.float64)
    return np.column_stack([np.interp(at, along, network.vertex_xy[:, axis]) for axis in (0, 1)])


def without_private_ways(network: WalkNetwork) -> WalkNetwork:
    """The network as if private ways were closed."""
    public = _subset(network, ~network.private)
    return replace(public, trusted=_trusted(public))


def only_private_ways(network: WalkNetwork) -> WalkNetwork:
    """The private ways alone, in their order."""
    return _subset(network, network.private)


def _trusted(network: WalkNetwork) -> Bools:
    """Edges of the longest connected part, of every other of at least ``ISLAND_M``, and of private ways that meet them.

    Parts that only a private way joins are parts of their own, since no walk passes through it.
    """
    public = ~network.private | network.private.all()
    if not len(public):
        return public
    part = _parts(network, public)
    length = np.bincount(part[network.edge_u[public]], weights=network.edge_mm[public], minlength=1)
    large = (length >= ISLAND_M * 1000) | (length == length.max())
    trusted: Bools = public.copy()
    trusted[public] = large[part[network.edge_u[public]]]
    trusted[~public] = _meeting(network, ~public, trusted)
    return trusted


def spread_trust(network: WalkNetwork) -> WalkNetwork:
    """The network where what public edges join to trusted ones is trusted too, and private edges that meet those."""
    public = ~network.private
    part = _parts(network, public)
    held = np.zeros(len(network.node_id), dtype=bool)
    held[part[network.edge_u[public & network.trusted]]] = True
    trusted: Bools = network.trusted | (public & held[part[network.edge_u]])
    trusted[~public] |= _meeting(network, ~public, trusted & public)
    return replace(network, trusted=trusted)


def _meeting(network: WalkNetwork, private: Bools, trusted: Bools) -> Bools:
    """Private edges of parts, joined by private edges only, that meet trusted edges."""
    met = np.zeros(len(network.node_id), dtype=bool)
    met[network.edge_u[trusted]] = met[network.edge_v[trusted]] = True
    part = _parts(network, private)
    meets = np.zeros(len(network.node_id), dtype=bool)
    meets[part[met]] = True
    return meets[part[network.edge_u[private]]]


def _parts(network: WalkNetwork, edges: Bools) -> Ints:
    """Shape (n,): the part that each node belongs to when only some edges join them."""
    n = len(network.node_id)
    ends = (network.edge_u[edges], network.edge_v[edges])
    graph = sparse.coo_array((np.ones(len(ends[0])), ends), shape=(n, n))
    part: Ints = csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
    return part


def to_osmnx(network: WalkNetwork, crs: pyproj.CRS) -> nx.MultiDiGraph[Any]:
    """The network as a simplified graph of osmnx in ``crs``, every edge in both directions.

    Lengths are metres, geometries in ``crs``; private edges carry ``access=private``, and ``attachable``
    tells bridges and tunnels. ``from_osmnx`` gives the same network back.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs=crs, simplified=True)
    xy = network.node_xy
    graph.add_nodes_from(
        (id, {"x": x, "y": y}) for id, x, y in zip(network.node_id.tolist(), *xy.T.tolist(), strict=True)
    )
    edges = pd.DataFrame(
        {
            "osmid": network.way_id,
            "highway": network.highway,
            "length": network.edge_mm / 1000,
            "attachable": network.attachable,
            "oneway": False,
        }
    )
    edges["access"] = np.where(network.private, "private", "yes")
    ends = network.node_id[np.column_stack([network.edge_u, network.edge_v])]
    for backwards, lines in ((False, network.lines), (True, shapely.reverse(network.lines))):
        rows: Any = edges.assign(reversed=backwards, geometry=lines).to_dict("records")
        pairs = ends[:, ::-1] if backwards else ends
        graph.add_edges_from((u, v, data) for (u, v), data in zip(pairs.tolist(), rows, strict=True))
    return graph
