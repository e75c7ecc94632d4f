"""Walking distance to the nearest facility of each category: one bounded many-source search each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from lifecircle.model import (
    FAR_MM,
    Attachment,
    Bools,
    Floats,
    Geometries,
    Ints,
    Joined,
    Owners,
    Reach,
    Shared,
    StreetPoints,
    WalkGraph,
    WalkNetwork,
)
from lifecircle.network import points_on_edges
from lifecircle.yards import inside_mm


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
    private = network.private[edge]
    whole = n + len(cuts)
    portal = np.intersect1d(np.union1d(first[private], last[private]), np.union1d(first[~private], last[~private]))
    side = np.arange(whole)
    side[portal] = whole + np.arange(len(portal))
    graph = WalkGraph(
        piece_u=np.where(private, side[first], first),
        piece_v=np.where(private, side[last], last),
        piece_mm=stop - begin,
        piece_edge=edge,
        piece_from_mm=begin,
        nodes=whole + len(portal),
        portal_public=portal,
        portal_private=side[portal],
    )
    return graph, np.where(network.private[doors.edge], side[node], node)


def locate(graph: WalkGraph, edge: Ints, offset_mm: Ints) -> tuple[Ints, Ints]:
    """The piece that holds a point on an edge, and the point's distance from the piece's first node."""
    stride = int((graph.piece_from_mm + graph.piece_mm).max(initial=0)) + 1
    key = graph.piece_edge * stride + graph.piece_from_mm
    piece = np.searchsorted(key, edge * stride + offset_mm, side="right") - 1
    return piece, offset_mm - graph.piece_from_mm[piece]


@dataclass(frozen=True)
class Router:
    """The graph as a sparse matrix that a search runs on.

    Private ways may begin or end a walk but not carry one through: a node of theirs stands twice, once
    among those that lead out (as itself) and once among those that lead in; one passes from the first to
    the public side of a portal, and from there to the second.
    Behind them stands one node a facility, with a one-way connector to each of its doors. A connector
    has a fraction of a millimetre that grows with the facility's row, so that ties go to the lower row.
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
            limit=limit_mm + 1,
            min_only=True,
        )
        found = far < limit_mm + 1
        mm = np.full(len(far), FAR_MM)
        mm[found] = np.floor(far[found]).astype(np.int64)
        nearest = np.where(found, source - offset, -1)
        return self._fold(mm, nearest)

    def search_from(self, node: Ints, mm: Ints, limit_mm: int) -> Ints:
        """Distance of every node of the graph from the nearest of some starts, ``mm`` away from ``node``.

        Returns shape (n,); ``FAR_MM`` beyond the limit. A start may stand several times.
        """
        size = self.matrix.shape[0]
        first = _shortest_arcs(np.full(len(node), size), node, mm, size + 1)
        grown = sparse.csr_array(
            (
                np.concatenate([self.matrix.data, first.data]),
                np.concatenate([self.matrix.indices, first.indices]),
                np.append(self.matrix.indptr, self.matrix.nnz + first.nnz),
            ),
            shape=(size + 1, size + 1),
        )
        far = csgraph.dijkstra(grown, directed=True, indices=[size], limit=limit_mm)[0]
        found = np.isfinite(far)
        out = np.full(len(far), FAR_MM)
        out[found] = far[found].astype(np.int64)
        return self._fold(out, np.full(len(far), -1))[0]

    def _fold(self, mm: Ints, nearest: Ints) -> tuple[Ints, Ints]:
        out_mm, out_nearest = mm[: self.nodes].copy(), nearest[: self.nodes].copy()
        twice = np.flatnonzero(self.lead_in >= 0)
        copy = self.lead_in[twice]
        nearer = _nearer(mm[copy], nearest[copy], out_mm[twice], out_nearest[twice])
        out_mm[twice[nearer]] = mm[copy[nearer]]
        out_nearest[twice[nearer]] = nearest[copy[nearer]]
        return out_mm, out_nearest


def router(
    network: WalkNetwork, graph: WalkGraph, doors: Attachment, node: Ints, facilities: int, *, outward: bool = False
) -> Router:
    """Build the matrix from a graph and the doors of its facilities (``doors.place`` is the facility).

    The search goes from the facilities, the walks to them, unless they are told to go ``outward`` too.
    """
    private = network.private[graph.piece_edge]
    u, v = graph.piece_u, graph.piece_v
    along, against = (graph.forth_mm, graph.back_mm) if outward else (graph.back_mm, graph.forth_mm)
    inner = np.union1d(u[private], v[private])
    lead_in = np.full(graph.nodes, -1, dtype=np.int64)
    lead_in[inner] = graph.nodes + np.arange(len(inner))
    first = graph.nodes + len(inner)
    at_once = np.zeros(len(graph.portal_public), dtype=np.int64)
    tails = [u, v, lead_in[u[private]], lead_in[v[private]], graph.portal_private, graph.portal_public]
    heads = [v, u, lead_in[v[private]], lead_in[u[private]], graph.portal_public, lead_in[graph.portal_private]]
    connector = doors.connector_mm + doors.place * np.exp2(-np.ceil(np.log2(facilities + 1)))
    lengths = np.concatenate([along, against, along[private], against[private], at_once, at_once, connector])
    tail = np.concatenate([*tails, first + doors.place])
    matrix = _shortest_arcs(tail, np.concatenate([*heads, node]), lengths, first + facilities)
    return Router(matrix, graph.nodes, lead_in, facilities)


def _nearer(mm: Ints, facility: Ints, than_mm: Ints, than_facility: Ints) -> Bools:
    """Where a walk is shorter than another, or as short and to a lower facility."""
    return np.asarray((mm < than_mm) | ((mm == than_mm) & (facility < than_facility)))


def _shortest_arcs(tail: Ints, head: Ints, mm: Ints | Floats, size: int) -> sparse.csr_array:
    """A matrix of the shortest of parallel arcs; an arc of no length stays an arc."""
    order = np.lexsort((mm, head, tail))
    tail, head, mm = tail[order], head[order], mm[order]
    keep = np.ones(len(tail), dtype=bool)
    keep[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    keep &= tail != head
    start = np.searchsorted(tail[keep], np.arange(size + 1))
    return sparse.csr_array((mm[keep].astype(np.float64), head[keep], start), shape=(size, size))


def measure(
    graph: WalkGraph,
    router: Router,
    places: Geometries,
    joined: Joined,
    facilities: Geometries,
    doors: Attachment,
    door_node: Ints,
    members: Sequence[Ints],
    limit_mm: int,
    *,
    owners: Owners,
    shared_mm: Shared,
    outward: Router | None = None,
) -> Reach:
    """Reach of every place.

    ``members`` lists, category by category, the rows of its facilities; ``doors`` and ``door_node``
    are those that the graph was cut at. ``outward`` is the router of walks the other way, where they differ.
    """
    ends = ends_of(graph, joined.attachment)
    rows = [_category(router, places, ends, facilities, group, limit_mm, owners, shared_mm) for group in members]
    stacked = [np.stack(column) for column in zip(*rows, strict=True)]
    return Reach(
        graph=graph,
        node_mm=stacked[0],
        place_mm=stacked[1],
        place_facility=stacked[2],
        crow_mm=stacked[3],
        off_network=joined.off_network,
        island=joined.island,
        facility_mm=_to_facilities(outward or router, ends, doors, door_node, len(facilities), limit_mm, shared_mm),
    )


def _to_facilities(
    router: Router,
    ends: Ends,
    doors: Attachment,
    door_node: Ints,
    facilities: int,
    limit_mm: int,
    shared_mm: Shared,
) -> Ints:
    """Shape (f,): distance of each facility from the nearest place of demand; ``FAR_MM`` beyond the limit."""
    node_mm = router.search_from(ends.node, ends.rest_mm, limit_mm)
    mm = np.full(facilities, FAR_MM)
    np.minimum.at(mm, doors.place, np.minimum(node_mm[door_node] + doors.connector_mm, FAR_MM))
    np.minimum.at(mm, shared_mm.facility, shared_mm.mm)
    return np.where(mm > limit_mm, FAR_MM, mm)


def shared(
    places: Geometries, facilities: Geometries, enclosures: Geometries, walls: Geometries, doors: Geometries
) -> Shared:
    """Pairs of a place and a facility in one enclosure, and places inside a facility's area (at no distance).

    Inside an enclosure one walks across ``walls`` at ``doors`` only.
    """
    centre = shapely.point_on_surface(places)
    within, area = shapely.STRtree(facilities).query(centre, predicate="within")
    yards = shapely.STRtree(enclosures)
    place, yard_of_place = yards.query(centre, predicate="within")
    facility, yard_of_facility = yards.query(shapely.point_on_surface(facilities), predicate="within")
    held, supply = (
        pd.DataFrame({"yard": yard_of_place, "p": place}),
        pd.DataFrame({"yard": yard_of_facility, "f": facility}),
    )
    yard, p, f = held.merge(supply, on="yard").to_numpy(dtype=np.int64).T
    walk = inside_mm(enclosures, yard, places[p], facilities[f], walls, doors)
    mm = np.concatenate([np.zeros(len(area), dtype=np.int64), walk])
    return Shared(np.concatenate([within, p]), np.concatenate([area, f]), mm)


def _category(
    router: Router,
    places: Geometries,
    ends: Ends,
    facilities: Geometries,
    group: Ints,
    limit_mm: int,
    owners: Owners,
    shared_mm: Shared,
) -> tuple[npt.NDArray[np.int32], Ints, Ints, Ints]:
    node_mm, node_facility = router.search(group, limit_mm)
    mm, nearest = _at_places(ends, node_mm, node_facility, len(places))
    crow = crow_mm(places, facilities[group])
    owning = np.isin(owners.place, owners.facility[group])
    mm[owning], nearest[owning], crow[owning] = FAR_MM, -1, FAR_MM
    for theirs, others in _without_themselves(group, owners):
        far, which = _at_places(ends, *router.search(others, limit_mm), len(places))
        nearer = theirs[_nearer(far, which, mm, nearest)[theirs]]
        mm[nearer], nearest[nearer] = far[nearer], which[nearer]
        crow[theirs] = np.minimum(crow[theirs], crow_mm(places[theirs], facilities[others]))
    _walk_inside(shared_mm, group, owners, mm, nearest)
    beyond = mm > limit_mm
    mm[beyond], nearest[beyond] = FAR_MM, -1
    return np.where(node_mm > limit_mm, -1, node_mm).astype(np.int32), mm, nearest, crow


@dataclass(frozen=True)
class Ends:
    """The nodes that places walk to first: two for each row of their attachment."""

    node: Ints
    rest_mm: Ints
    """How far they walk to it."""
    place: Ints


def ends_of(graph: WalkGraph, attachment: Attachment) -> Ends:
    piece, offset = locate(graph, attachment.edge, attachment.offset_mm)
    node = np.concatenate([graph.piece_u[piece], graph.piece_v[piece]])
    along = np.concatenate(graph.to_ends(piece, offset))
    return Ends(node, along + np.tile(attachment.connector_mm, 2), np.tile(attachment.place, 2))


def _at_places(ends: Ends, node_mm: Ints, node_facility: Ints, places: int) -> tuple[Ints, Ints]:
    """The nearest facility over all rows of a place; ties go to the lower facility."""
    mm, facility = node_mm[ends.node] + ends.rest_mm, node_facility[ends.node]
    order = np.lexsort((facility, mm, ends.place))
    found, first = np.unique(ends.place[order], return_index=True)
    out_mm = np.full(places, FAR_MM)
    out_facility = np.full(places, -1, dtype=np.int64)
    out_mm[found] = np.minimum(mm[order][first], FAR_MM)
    out_facility[found] = np.where(out_mm[found] < FAR_MM, facility[order][first], -1)
    return out_mm, out_facility


def _without_themselves(group: Ints, owners: Owners) -> Iterator[tuple[Ints, Ints]]:
    """Places that own facilities of the group, and facilities of others: by turns, so that no other is left out.

    Two owners differ in at least one binary digit of their numbers; so the nearest of all that differ
    in the first digit, the second, and so on, is the nearest of another owner.
    """
    number, owner = np.unique(owners.facility[group], return_inverse=True)
    places = np.flatnonzero(np.isin(owners.place, number))
    theirs = np.searchsorted(number, owners.place[places])
    for digit in range(int(len(number) - 1).bit_length() if len(places) else 0):
        for value in (0, 1):
            yield places[(theirs >> digit) & 1 != value], group[(owner >> digit) & 1 == value]


def _walk_inside(shared_mm: Shared, group: Ints, owners: Owners, mm: Ints, nearest: Ints) -> None:
    rows = np.isin(shared_mm.facility, group)
    rows &= owners.place[shared_mm.place] != owners.facility[shared_mm.facility]
    place, facility, walk = shared_mm.place[rows], shared_mm.facility[rows], shared_mm.mm[rows]
    order = np.lexsort((facility, walk, place))
    found, first = np.unique(place[order], return_index=True)
    best = order[first]
    shorter = _nearer(walk[best], facility[best], mm[found], nearest[found])
    mm[found[shorter]], nearest[found[shorter]] = walk[best][shorter], facility[best][shorter]


def crow_mm(places: Geometries, facilities: Geometries) -> Ints:
    out = np.full(len(places), FAR_MM)
    if len(facilities) and len(places):
        (row, _), metres = shapely.STRtree(facilities).query_nearest(places, all_matches=False, return_distance=True)
        out[row] = np.rint(metres * 1000).astype(np.int64)
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
