"""Walking distance to the nearest facility of each category: one bounded many-source search each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from lifecircle.attach import Joined, inside_mm
from lifecircle.model import (
    FAR_MM,
    Attachment,
    Bools,
    Floats,
    Geometries,
    Ints,
    Reach,
    StreetPoints,
    WalkGraph,
    WalkNetwork,
)


def cut(network: WalkNetwork, doors: Attachment) -> tuple[WalkGraph, Ints]:
    """Cut the network at points on its edges, so that each is a node.

    Returns the graph and, of shape (r,), the node of each row of ``doors``.
    """
    n, m = len(network.node_id), len(network.edge_mm)
    inner = (doors.offset_mm > 0) & (doors.offset_mm < network.edge_mm[doors.edge])
    keys = np.column_stack([doors.edge[inner], doors.offset_mm[inner]])
    cuts, which = np.unique(keys, axis=0, return_inverse=True)
    node = np.where(doors.offset_mm == 0, network.edge_u[doors.edge], network.edge_v[doors.edge])
    node[inner] = n + which.ravel()
    edge = np.concatenate([np.arange(m), cuts[:, 0]])
    begin = np.concatenate([np.zeros(m, dtype=np.int64), cuts[:, 1]])
    first = np.concatenate([network.edge_u, n + np.arange(len(cuts))])
    order = np.lexsort((begin, edge))
    edge, begin, first = edge[order], begin[order], first[order]
    ends = np.flatnonzero(np.diff(edge, append=-1))
    last, stop = np.roll(first, -1), np.roll(begin, -1)
    last[ends], stop[ends] = network.edge_v[edge[ends]], network.edge_mm[edge[ends]]
    return WalkGraph(first, last, stop - begin, edge, begin, n + len(cuts)), node


def locate(graph: WalkGraph, edge: Ints, offset_mm: Ints) -> tuple[Ints, Ints]:
    """The piece that holds a point on an edge, and the point's distance from the piece's first node."""
    starts = np.searchsorted(graph.piece_edge, edge)
    stride = int(graph.piece_from_mm.max(initial=0)) + 1
    key = graph.piece_edge * stride + graph.piece_from_mm
    piece = np.searchsorted(key, edge * stride + np.minimum(offset_mm, stride - 1), side="right") - 1
    piece = np.maximum(piece, starts)
    return piece, offset_mm - graph.piece_from_mm[piece]


@dataclass(frozen=True)
class Router:
    """The graph as a sparse matrix that a search runs on.

    Private ways may begin or end a walk but not carry one through: a node that only private ways
    touch stands twice, once among those that lead out (as itself) and once among those that lead in.
    Behind them stands one node a facility, with a one-way connector to each of its doors.
    """

    matrix: sparse.csr_array
    nodes: int
    lead_in: Ints
    """Shape (n,): the second copy of a node, -1 where it has none."""
    facilities: int

    def search(self, facilities: Ints, limit_mm: int) -> tuple[Ints, Ints]:
        """Distance of every node of the graph to the nearest of some facilities, and which one it is.

        Returns two arrays of shape (n,): millimetres (``FAR_MM`` beyond the limit) and facility (-1).
        """
        if not len(facilities):
            return np.full(self.nodes, FAR_MM), np.full(self.nodes, -1, dtype=np.int64)
        offset = self.matrix.shape[0] - self.facilities
        far, _, source = csgraph.dijkstra(
            self.matrix,
            directed=True,
            indices=offset + facilities,
            return_predecessors=True,
            limit=limit_mm,
            min_only=True,
        )
        found = np.isfinite(far)
        mm = np.full(len(far), FAR_MM)
        mm[found] = far[found].astype(np.int64)
        nearest = np.where(found, source - offset, -1)
        return self._fold(mm, nearest)

    def _fold(self, mm: Ints, nearest: Ints) -> tuple[Ints, Ints]:
        out_mm, out_nearest = mm[: self.nodes].copy(), nearest[: self.nodes].copy()
        twice = np.flatnonzero(self.lead_in >= 0)
        copy = self.lead_in[twice]
        nearer = mm[copy] < out_mm[twice]
        out_mm[twice[nearer]] = mm[copy[nearer]]
        out_nearest[twice[nearer]] = nearest[copy[nearer]]
        return out_mm, out_nearest


def router(network: WalkNetwork, graph: WalkGraph, doors: Attachment, node: Ints, facilities: int) -> Router:
    """Build the matrix from a graph and the doors of its facilities (``doors.place`` is the facility)."""
    private = network.private[graph.piece_edge]
    u, v, mm = graph.piece_u, graph.piece_v, graph.piece_mm
    public = np.zeros(graph.nodes, dtype=bool)
    public[u[~private]] = public[v[~private]] = True
    touched = np.zeros(graph.nodes, dtype=bool)
    touched[u] = touched[v] = True
    inner = touched & ~public
    lead_in = np.full(graph.nodes, -1, dtype=np.int64)
    lead_in[inner] = graph.nodes + np.arange(inner.sum())
    first = graph.nodes + int(inner.sum())
    tails, heads, lengths = [], [], []
    for a, b in ((u, v), (v, u)):
        for keep, tail, head in (
            (~private, a, b),
            (private & inner[a], a, b),
            (private & inner[b], np.where(inner[a], lead_in[a], a), lead_in[b]),
        ):
            tails.append(tail[keep])
            heads.append(head[keep])
            lengths.append(mm[keep])
    tails.append(first + doors.place)
    heads.append(node)
    lengths.append(doors.connector_mm)
    matrix = _shortest_arcs(np.concatenate(tails), np.concatenate(heads), np.concatenate(lengths), first + facilities)
    return Router(matrix, graph.nodes, lead_in, facilities)


def _shortest_arcs(tail: Ints, head: Ints, mm: Ints, size: int) -> sparse.csr_array:
    """A matrix of the shortest of parallel arcs; an arc of no length stays an arc."""
    order = np.lexsort((mm, head, tail))
    tail, head, mm = tail[order], head[order], mm[order]
    keep = np.ones(len(tail), dtype=bool)
    keep[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    keep &= tail != head
    start = np.searchsorted(tail[keep], np.arange(size + 1))
    return sparse.csr_array((mm[keep].astype(np.float64), head[keep], start), shape=(size, size))


def measure(
    network: WalkNetwork,
    graph: WalkGraph,
    router: Router,
    places: Geometries,
    joined: Joined,
    facilities: Geometries,
    members: Sequence[Ints],
    limit_mm: int,
    *,
    same_place: Ints,
    shared_mm: Shared,
) -> Reach:
    """Reach of every place.

    ``members`` lists, category by category, the rows of its facilities; ``same_place`` of shape
    (f,) is the place that a facility is itself, -1 for none: a place never serves itself.
    """
    rows = [
        _category(graph, router, places, joined.attachment, facilities, group, limit_mm, same_place, shared_mm)
        for group in members
    ]
    stacked = [np.stack(column) for column in zip(*rows, strict=True)]
    return Reach(
        graph=graph,
        node_mm=stacked[0],
        place_mm=stacked[1],
        place_facility=stacked[2],
        crow_mm=stacked[3],
        off_network=joined.off_network,
        island=joined.island,
    )


@dataclass(frozen=True)
class Shared:
    """Walks that need no street: pairs of a place and a facility in one enclosure, or one inside the other."""

    place: Ints
    facility: Ints
    mm: Ints


def shared(places: Geometries, facilities: Geometries, enclosures: Geometries) -> Shared:
    """Pairs of a place and a facility in one enclosure, and places inside a facility's area (at no distance)."""
    place, facility = shapely.STRtree(facilities).query(shapely.point_on_surface(places), predicate="within")
    pairs = [(p, f, 0) for p, f in zip(place, facility, strict=True)]
    if len(enclosures):
        yards = shapely.STRtree(enclosures)
        p, yard_p = yards.query(shapely.point_on_surface(places), predicate="within")
        f, yard_f = yards.query(shapely.point_on_surface(facilities), predicate="within")
        both = pd.DataFrame({"p": p, "yard": yard_p}).merge(pd.DataFrame({"f": f, "yard": yard_f}), on="yard")
        pairs += [
            (i, j, inside_mm(enclosures[yard], places[i], facilities[j])) for i, yard, j in both.itertuples(index=False)
        ]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 3)
    return Shared(table[:, 0], table[:, 1], table[:, 2])


def _category(
    graph: WalkGraph,
    router: Router,
    places: Geometries,
    attachment: Attachment,
    facilities: Geometries,
    group: Ints,
    limit_mm: int,
    same_place: Ints,
    shared_mm: Shared,
) -> tuple[npt.NDArray[np.int32], Ints, Ints, Ints]:
    node_mm, node_facility = router.search(group, limit_mm)
    mm, nearest = _at_places(graph, attachment, node_mm, node_facility, len(places))
    own = np.full(len(places), -1, dtype=np.int64)
    itself = group[same_place[group] >= 0]
    own[same_place[itself]] = itself
    _without_itself(graph, router, attachment, group, own, limit_mm, mm, nearest)
    _walk_inside(shared_mm, group, own, mm, nearest)
    beyond = mm > limit_mm
    mm[beyond], nearest[beyond] = FAR_MM, -1
    crow = _crow(places, facilities[group], own >= 0)
    return np.where(node_mm > limit_mm, -1, node_mm).astype(np.int32), mm, nearest, crow


def _at_places(
    graph: WalkGraph, attachment: Attachment, node_mm: Ints, node_facility: Ints, places: int
) -> tuple[Ints, Ints]:
    """The nearest facility over all rows of a place; ties go to the lower facility."""
    piece, offset = locate(graph, attachment.edge, attachment.offset_mm)
    ends = [
        (graph.piece_u[piece], offset),
        (graph.piece_v[piece], graph.piece_mm[piece] - offset),
    ]
    mm = np.concatenate([node_mm[node] + rest + attachment.connector_mm for node, rest in ends])
    facility = np.concatenate([node_facility[node] for node, _ in ends])
    place = np.concatenate([attachment.place, attachment.place])
    order = np.lexsort((facility, mm, place))
    found, first = np.unique(place[order], return_index=True)
    out_mm = np.full(places, FAR_MM)
    out_facility = np.full(places, -1, dtype=np.int64)
    out_mm[found] = np.minimum(mm[order][first], FAR_MM)
    out_facility[found] = np.where(out_mm[found] < FAR_MM, facility[order][first], -1)
    return out_mm, out_facility


def _without_itself(
    graph: WalkGraph,
    router: Router,
    attachment: Attachment,
    group: Ints,
    own: Ints,
    limit_mm: int,
    mm: Ints,
    nearest: Ints,
) -> None:
    """Replace, for places that are facilities of the group themselves, the nearest by the nearest other one.

    Two facilities differ in at least one binary digit of their position in the group; so the nearest of
    all that differ in the first digit, the second, and so on, is the nearest other one.
    """
    places = np.flatnonzero(own >= 0)
    if not len(places):
        return
    mm[places], nearest[places] = FAR_MM, -1
    position = np.searchsorted(group, own[places])
    for digit in range(max(1, int(len(group) - 1).bit_length())):
        for value in (0, 1):
            others = group[(np.arange(len(group)) >> digit) & 1 == value]
            theirs = places[(position >> digit) & 1 != value]
            far, which = _at_places(graph, attachment, *router.search(others, limit_mm), len(own))
            nearer = theirs[far[theirs] < mm[theirs]]
            mm[nearer], nearest[nearer] = far[nearer], which[nearer]


def _walk_inside(shared_mm: Shared, group: Ints, own: Ints, mm: Ints, nearest: Ints) -> None:
    rows = np.isin(shared_mm.facility, group) & (own[shared_mm.place] != shared_mm.facility)
    place, facility, walk = shared_mm.place[rows], shared_mm.facility[rows], shared_mm.mm[rows]
    order = np.lexsort((facility, walk, place))
    found, first = np.unique(place[order], return_index=True)
    best = order[first]
    shorter = walk[best] < mm[found]
    mm[found[shorter]], nearest[found[shorter]] = walk[best][shorter], facility[best][shorter]


def _crow(places: Geometries, facilities: Geometries, itself: Bools) -> Ints:
    out = np.full(len(places), FAR_MM)
    if len(facilities):
        tree = shapely.STRtree(facilities)
        for some, exclusive in ((~itself, False), (itself, True)):
            rows = np.flatnonzero(some)
            (row, _), metres = tree.query_nearest(
                places[rows], exclusive=exclusive, all_matches=False, return_distance=True
            )
            out[rows[row]] = np.rint(metres * 1000).astype(np.int64)
    return out


def street_points(
    network: WalkNetwork, graph: WalkGraph, boundary: shapely.Geometry, step_m: float = 10
) -> StreetPoints:
    """Points at most ``step_m`` apart on the walkable edges inside the boundary, each in the middle of its stretch."""
    lines = network.lines
    shapely.prepare(boundary)
    piece = np.flatnonzero(shapely.intersects(boundary, lines)[graph.piece_edge] & (graph.piece_mm > 0))
    counts = np.ceil(graph.piece_mm[piece] / (step_m * 1000)).astype(np.int64)
    rows = np.repeat(np.arange(len(piece)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    stretch = graph.piece_mm[piece] / counts
    offset = np.rint((within + 0.5) * stretch[rows]).astype(np.int64)
    xy = points_on_edges(network, graph.piece_edge[piece[rows]], graph.piece_from_mm[piece[rows]] + offset)
    inside = shapely.contains_xy(boundary, xy[:, 0], xy[:, 1])
    return StreetPoints(xy[inside], piece[rows][inside], offset[inside], (stretch / 1000)[rows][inside])


def points_on_edges(network: WalkNetwork, edge: Ints, offset_mm: Ints) -> Floats:
    """Shape (r, 2): coordinates of points given as distances along edges."""
    base = np.concatenate([[0], np.cumsum(network.edge_mm + 1)])
    counts = np.diff(network.vertex_start)
    along = (network.vertex_mm + np.repeat(base[:-1], counts)).astype(np.float64)
    at = (base[edge] + offset_mm).astype(np.float64)
    return np.column_stack([np.interp(at, along, network.vertex_xy[:, axis]) for axis in (0, 1)])
