"""What can be reached on foot from points: one bounded search each, and the ground beside the streets reached.

Searches run on small parts of the network: the points are sorted into squares, and a search from a square
sees only the streets that a walk from there can touch. Polygons claim the ground within ``WALKED_M`` of a
reached street and no other, so none that nobody can walk to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from contourpy import FillType, contour_generator
from scipy import sparse
from scipy.ndimage import distance_transform_edt
from scipy.sparse import csgraph

from lifecircle.model import FAR_MM, Attachment, Bools, Floats, Geometries, Ints, WalkGraph, WalkNetwork
from lifecircle.network import points_on_edges
from lifecircle.reach import Router, cut, router

WALKED_M = 25.0
"""Ground this near to a reached street counts as reached."""
CELL_M = 8.0
SAMPLE_M = 4.0
"""Streets are looked at in points this far apart."""
_MARGIN = WALKED_M + 2 * CELL_M
_NUDGE = 0.001
"""Metres that a grid point stays away from the outline."""
MOST_ORIGINS = 128
"""Searches whose distances are held at once."""


@dataclass(frozen=True)
class Isochrones:
    """Ground reached, one row an origin and limit, sorted by both; in the network's CRS."""

    origin: Ints
    """Shape (i,): index of the place."""
    metres: Floats
    """Shape (i,): walking distance it is the ground of."""
    street_m: Floats
    """Shape (i,): length of street within that distance."""
    geometry: Geometries
    """Shape (i,): valid MultiPolygons; empty where nothing is reached."""


@dataclass(frozen=True)
class Walks:
    """Distances from some origins over the part of the network that they can touch."""

    origin: Ints
    """Shape (b,): index of the place."""
    node: Ints
    """Shape (k,): nodes of the graph."""
    mm: Ints
    """Shape (b, k): ``FAR_MM`` beyond the limit."""


@dataclass(frozen=True)
class Origins:
    """A network cut at the doors of the places that walks begin at; ``n`` nodes, ``r`` doors."""

    graph: WalkGraph
    router: Router
    node_xy: Floats
    """Shape (n, 2)."""
    place: Ints
    """Shape (r,): place of each door."""
    door: Ints
    """Shape (r,): node that a door stands on."""


@dataclass(frozen=True)
class Samples:
    """Points every few metres along the streets, each in the middle of its stretch."""

    piece: Ints
    """Shape (s,): sorted."""
    from_first_mm: Ints
    """Shape (s,): walk from the piece's first node."""
    from_last_mm: Ints
    """Shape (s,): walk from its last node."""
    xy: Floats
    """Shape (s, 2)."""
    length_m: Floats
    """Shape (s,): length of street that a point stands for."""


def isochrones(
    network: WalkNetwork, attachment: Attachment, metres: Sequence[float], *, in_time: bool = False
) -> Isochrones:
    """The ground that each place reaches within each of some walking distances, the connector counted.

    ``attachment`` is that of ``attach.join``; ``metres`` are the distances. A place without a row is left out.
    ``in_time``: what is reached in the time that the distances take on the flat, by the network's pace if it has one.
    """
    origins = prepare(network, attachment, in_time=in_time)
    samples = _samples(network, origins.graph)
    limits = sorted(metres)
    rows = []
    for walks in search(origins, max(limits, default=0.0)):
        for origin, limit, near in _within(origins.graph, samples, walks, limits):
            rows.append((origin, limit, float(samples.length_m[near].sum()), ground(samples.xy[near])))
    rows.sort(key=lambda row: row[:2])
    return Isochrones(
        origin=np.array([row[0] for row in rows], dtype=np.int64),
        metres=np.array([row[1] for row in rows], dtype=np.float64),
        street_m=np.array([row[2] for row in rows], dtype=np.float64),
        geometry=np.array([row[3] for row in rows], dtype=object),
    )


def prepare(network: WalkNetwork, attachment: Attachment, *, in_time: bool = False, outward: bool = True) -> Origins:
    """Cut a network at the doors of its origins; done once for all searches, ``outward`` or of walks to them."""
    graph, door = cut(network, attachment)
    graph = replace(graph, pace=network.pace if in_time else None)
    node_xy = np.full((graph.nodes, 2), np.inf)
    for node, along in ((graph.piece_u, 0), (graph.piece_v, graph.piece_mm)):
        node_xy[node] = points_on_edges(network, graph.piece_edge, graph.piece_from_mm + along)
    places = int(attachment.place.max(initial=-1)) + 1
    searched = router(network, graph, attachment, door, places, outward=outward)
    return Origins(graph, searched, node_xy, attachment.place, door)


def _samples(network: WalkNetwork, graph: WalkGraph) -> Samples:
    counts = np.maximum(np.ceil(graph.piece_mm / (SAMPLE_M * 1000)).astype(np.int64), 1)
    piece = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(piece)) - np.repeat(np.cumsum(counts) - counts, counts)
    stretch = (graph.piece_mm / counts)[piece]
    offset = np.rint((within + 0.5) * stretch).astype(np.int64)
    xy = points_on_edges(network, graph.piece_edge[piece], graph.piece_from_mm[piece] + offset)
    return Samples(piece, *graph.from_ends(piece, offset), xy, stretch / 1000)


# Searches


def search(origins: Origins, limit_m: float) -> Iterator[Walks]:
    """Search from every place, from those in one square at once; places come in no particular order."""
    limit_mm = round(limit_m * 1000)
    far_m = limit_m * (1.0 if origins.graph.pace is None else origins.graph.pace.fastest) + 1
    x, y = np.ascontiguousarray(origins.node_xy.T)
    for rows in _squares(origins, limit_m):
        xy = origins.node_xy[origins.door[rows]]
        west, south = xy.min(axis=0) - far_m
        east, north = xy.max(axis=0) + far_m
        near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
        places = np.unique(origins.place[rows])
        for begin in range(0, len(places), MOST_ORIGINS):
            yield _search(origins.router, near, places[begin : begin + MOST_ORIGINS], limit_mm)


def _squares(origins: Origins, side_m: float) -> Iterator[Ints]:
    """Rows of doors by the square that the first door of their place is in."""
    place, first, of_row = np.unique(origins.place, return_index=True, return_inverse=True)
    if not len(place):
        return
    square = np.floor(origins.node_xy[origins.door[first]] / max(side_m, 1.0))
    _, number = np.unique(square, axis=0, return_inverse=True)
    row_square = number.ravel()[of_row]
    order = np.argsort(row_square, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(row_square[order])) + 1)


def _search(router: Router, node: Ints, origin: Ints, limit_mm: int) -> Walks:
    """Bounded searches over some nodes; a node that stands twice gets the nearer distance."""
    second = router.lead_in[node]
    twice = np.flatnonzero(second >= 0)
    start = router.matrix.shape[0] - router.facilities + origin
    keep = np.concatenate([node, second[twice], start])
    part = _part(router.matrix, keep)
    first_start = len(node) + len(twice)
    far = csgraph.dijkstra(part, indices=first_start + np.arange(len(start)), limit=limit_mm + 1)
    mm = np.where(far < limit_mm + 1, np.floor(far), FAR_MM).astype(np.int64)
    nearest = mm[:, : len(node)]
    nearest[:, twice] = np.minimum(nearest[:, twice], mm[:, len(node) : first_start])
    touched = (nearest < FAR_MM).any(axis=0)
    return Walks(origin, node[touched], nearest[:, touched])


def _part(matrix: sparse.csr_array, keep: Ints) -> sparse.csr_array:
    """``matrix[keep][:, keep]``, several times faster on small parts."""
    counts = matrix.indptr[keep + 1] - matrix.indptr[keep]
    start = np.concatenate([[0], np.cumsum(counts)])
    entry = np.arange(start[-1]) + np.repeat(matrix.indptr[keep] - start[:-1], counts)
    place = np.full(matrix.shape[1], -1, dtype=np.int32)
    place[keep] = np.arange(len(keep))
    head = place[matrix.indices[entry]]
    inside = head >= 0
    ends = np.concatenate([[0], np.cumsum(inside)])[start]
    return sparse.csr_array((matrix.data[entry[inside]], head[inside], ends), shape=(len(keep), len(keep)))


def walk_mm(graph: WalkGraph, walks: Walks, piece: Ints, offset_mm: Ints) -> tuple[Ints, Ints]:
    """Distances to points along pieces, such as the vertices of streets (``reach.locate`` finds their pieces).

    Returns the rows of the points on pieces that the walks may touch, of shape (t,), and the distances from
    every origin to them, of shape (b, t): ``FAR_MM`` and more beyond the limit.
    """
    column, touched = _columns(graph, walks)
    rows = np.flatnonzero(touched[piece])
    mm = _with_beyond(walks)
    piece = piece[rows]
    first, last = graph.from_ends(piece, offset_mm[rows])
    from_u = mm[:, column[graph.piece_u[piece]]] + first
    from_v = mm[:, column[graph.piece_v[piece]]] + last
    return rows, np.minimum(from_u, from_v)


def _columns(graph: WalkGraph, walks: Walks) -> tuple[Ints, Bools]:
    """Column of each node in the walks, behind the last one for those they cannot touch, of shape (n,); and the
    pieces with a node among them, of shape (q,)."""
    beyond = len(walks.node)
    column = np.full(graph.nodes, beyond, dtype=np.int64)
    column[walks.node] = np.arange(beyond)
    known = column < beyond
    return column, known[graph.piece_u] | known[graph.piece_v]


def _with_beyond(walks: Walks) -> Ints:
    """The distances with a column behind the last one, of what cannot be touched."""
    return np.hstack([walks.mm, np.full((len(walks.origin), 1), FAR_MM)])


def _within(
    graph: WalkGraph, samples: Samples, walks: Walks, limits: Sequence[float]
) -> Iterator[tuple[int, float, Ints]]:
    """Origin, limit, and the samples that are reached."""
    column, touchable = _columns(graph, walks)
    here = np.flatnonzero(touchable)
    u, v = column[graph.piece_u[here]], column[graph.piece_v[here]]
    begin, end = (np.searchsorted(samples.piece, here, side=side) for side in ("left", "right"))
    for origin, mm in zip(walks.origin.tolist(), _with_beyond(walks), strict=True):
        from_u, from_v = mm[u], mm[v]
        touched = np.flatnonzero(np.minimum(from_u, from_v) < FAR_MM)
        counts = end[touched] - begin[touched]
        shift = np.cumsum(counts) - counts - begin[touched]
        point = np.arange(counts.sum()) - np.repeat(shift, counts)
        by_first = np.repeat(from_u[touched], counts) + samples.from_first_mm[point]
        by_last = np.repeat(from_v[touched], counts) + samples.from_last_mm[point]
        walk = np.minimum(by_first, by_last)
        for limit in limits:
            yield origin, limit, point[walk <= limit * 1000]


# Polygons


def ground(xy: Floats) -> shapely.MultiPolygon:
    """The ground within ``WALKED_M`` of points on streets, of shape (r, 2).

    The outline runs where the distance to the nearest point, known at grid points ``CELL_M`` apart, crosses
    that value. No grid point lies on it, so that no two rings touch and the polygons are valid.
    """
    if not len(xy):
        return shapely.MultiPolygon()
    corner = np.floor((xy.min(axis=0) - _MARGIN) / CELL_M) * CELL_M
    columns, rows = np.ceil((xy.max(axis=0) + _MARGIN - corner) / CELL_M).astype(int) + 1
    distance = _distance((xy - corner) / CELL_M, rows, columns) * CELL_M
    distance[np.abs(distance - WALKED_M) < _NUDGE] = WALKED_M + _NUDGE
    generator = contour_generator(z=distance, fill_type=FillType.ChunkCombinedOffsetOffset)
    outline: Any = generator.filled(-np.inf, WALKED_M)
    points, rings, polygons = (part[0] for part in outline)
    offsets = (rings.astype(np.int64), polygons.astype(np.int64), np.array([0, len(polygons) - 1]))
    whole: shapely.MultiPolygon = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, corner + CELL_M * points, offsets
    )[0]
    return whole


def _distance(at: Floats, rows: int, columns: int) -> Floats:
    """Shape (rows, columns), in cells: distance of each grid point to a point in the nearest cell that holds one.

    Far from all points it is only known to be far.
    """
    column, row = np.rint(at).astype(np.int64).T
    held = np.full((rows, columns), -1, dtype=np.int32)
    held[row, column] = np.arange(len(at))
    far, (nearest_row, nearest_column) = distance_transform_edt(held < 0, return_indices=True)
    close = np.nonzero(far <= _MARGIN / CELL_M)
    point = held[nearest_row[close], nearest_column[close]]
    far[close] = np.hypot(at[point, 0] - close[1], at[point, 1] - close[0])
    distance: Floats = far
    return distance
