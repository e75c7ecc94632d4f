"""From walkable ways to a network of edges, as arrays; to and from osmnx graphs."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from lifecircle.model import Bools, Floats, Ints, Streets, WalkNetwork

ISLAND_M = 2_000
"""A part of the network cut off from the rest is trusted from this street length on (our own proposal)."""


def build_network(
    streets: Streets,
    study_area: shapely.Geometry,
    boundary: shapely.Geometry,
    private_ways: Literal["ends", "through", "closed"] = "ends",
) -> WalkNetwork:
    """Cut ways into edges where they meet, and keep those that touch the study area.

    Private ways stay only where they touch the boundary; outside they are left out, as osmnx does.
    The result does not depend on the order of the ways. All coordinates are metres in one CRS.
    """
    ways = np.argsort(streets.way_id, kind="stable")
    if private_ways == "closed":
        ways = ways[~streets.private[ways]]
    a, b, way, first = _segments(streets, ways)
    edge, junction = _edges(a, b, first, len(streets.node_id))
    network = _assemble(streets, a, b, way, edge, junction)
    lines = network.lines
    shapely.prepare([study_area, boundary])
    keep = shapely.intersects(study_area, lines)
    keep[network.private] &= shapely.intersects(boundary, lines[network.private])
    network = _subset(network, keep)
    private = network.private & (private_ways == "ends")
    return replace(network, private=private, trusted=_trusted(network))


def _segments(streets: Streets, ways: Ints) -> tuple[Ints, Ints, Ints, Bools]:
    """Pairs of neighbouring nodes of each way, and whether a pair begins a run (a way, or what follows a hole)."""
    counts = streets.way_start[ways + 1] - streets.way_start[ways]
    ends = np.cumsum(counts)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    node = streets.way_node[np.repeat(streets.way_start[ways], counts) + within]
    way = np.repeat(ways, counts)
    a, b = node[:-1], node[1:]
    real = (way[:-1] == way[1:]) & (a >= 0) & (b >= 0) & (a != b)
    rows = np.flatnonzero(real)
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (way[:-1][rows[1:]] != way[:-1][rows[:-1]]) | (b[rows[:-1]] != a[rows[1:]])
    return a[rows], b[rows], way[:-1][rows], begins


def _edges(a: Ints, b: Ints, first: Bools, nodes: int) -> tuple[Ints, Bools]:
    """Number of the edge of each segment, and which nodes are junctions: ends of runs, and where runs meet."""
    junction = np.bincount(np.concatenate([a, b]), minlength=nodes) > 2
    junction[a[first]] = True
    last = np.concatenate([first[1:], np.ones(min(1, len(first)), dtype=bool)])
    junction[b[last]] = True
    return np.cumsum(first | junction[a]) - 1, junction


def _assemble(streets: Streets, a: Ints, b: Ints, way: Ints, edge: Ints, junction: Bools) -> WalkNetwork:
    begins = np.flatnonzero(np.diff(edge, prepend=-1))
    count = len(begins)
    sizes = np.diff(np.append(begins, len(edge))) + 1
    vertex_start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    vertex = np.empty(vertex_start[-1], dtype=np.int64)
    vertex[vertex_start[:-1]] = a[begins]
    inner = np.ones(len(vertex), dtype=bool)
    inner[vertex_start[:-1]] = False
    vertex[inner] = b
    xy = streets.node_xy[vertex]
    ids = np.flatnonzero(junction)
    ids = ids[np.argsort(streets.node_id[ids], kind="stable")]
    place = np.full(len(junction), -1, dtype=np.int64)
    place[ids] = np.arange(len(ids))
    edge_way = way[begins]
    vertex_mm = _running_mm(xy, vertex_start)
    return WalkNetwork(
        node_id=streets.node_id[ids],
        node_xy=streets.node_xy[ids],
        edge_u=place[vertex[vertex_start[:-1]]],
        edge_v=place[vertex[vertex_start[1:] - 1]],
        edge_mm=vertex_mm[vertex_start[1:] - 1],
        vertex_start=vertex_start,
        vertex_xy=xy,
        vertex_mm=vertex_mm,
        way_id=streets.way_id[edge_way],
        highway=streets.highway[edge_way],
        private=streets.private[edge_way],
        attachable=streets.attachable[edge_way],
        trusted=np.ones(count, dtype=bool),
    )


def _running_mm(xy: Floats, start: Ints) -> Ints:
    """Distance of each vertex from the first of its edge: the sum of segments, each rounded to a millimetre."""
    step = np.zeros(len(xy), dtype=np.int64)
    step[1:] = np.rint(np.hypot(*(xy[1:] - xy[:-1]).T) * 1000).astype(np.int64)
    step[start[:-1]] = 0
    running = np.cumsum(step)
    return running - np.repeat(running[start[:-1]], np.diff(start))


def _subset(network: WalkNetwork, keep: Bools) -> WalkNetwork:
    """The network of some edges and the nodes they use."""
    edges = np.flatnonzero(keep)
    used = np.unique(np.concatenate([network.edge_u[edges], network.edge_v[edges]]))
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
    )


def _trusted(network: WalkNetwork) -> Bools:
    """Edges of the longest connected part, and of every other of at least ``ISLAND_M``."""
    n = len(network.node_id)
    if not len(network.edge_mm):
        return np.ones(0, dtype=bool)
    graph = sparse.coo_array((np.ones(len(network.edge_u)), (network.edge_u, network.edge_v)), shape=(n, n))
    _, part = csgraph.connected_components(graph, directed=False)
    length = np.bincount(part[network.edge_u], weights=network.edge_mm)
    large = (length >= ISLAND_M * 1000) | (length == length.max())
    return large[part[network.edge_u]]
