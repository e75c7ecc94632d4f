"""The nearest points on streets in whole millimetres, so that the page's own arithmetic finds the same ones.

Only operations that every machine rounds alike: sums, products, quotients and square roots of whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from lifecircle.model import Attachment, Bools, Floats, Geometries, Ints, WalkNetwork

NOWHERE = 2**40
"""Millimetres away from everything."""


@dataclass(frozen=True)
class Segments:
    """Straight pieces from ``a`` to ``b``, both of shape (k, 2), in millimetres; the lower rank is preferred."""

    a: Ints
    b: Ints
    rank: Ints
    """Shape (k,)."""
    vertex: Ints
    """Shape (k,): vertex of the network that each begins at, or whatever they are numbered by."""


@dataclass(frozen=True)
class Feet:
    """Nearest points on segments, the best of each point first; all of shape (r,)."""

    point: Ints
    segment: Ints
    xy: Ints
    """Shape (r, 2), millimetres."""
    mm: Ints
    """How far the point is from it."""

    def take(self, rows: Ints | Bools) -> Feet:
        """Some of them."""
        return Feet(self.point[rows], self.segment[rows], self.xy[rows], self.mm[rows])

    @property
    def first(self) -> Feet:
        """The best of each point."""
        return self.take(np.unique(self.point, return_index=True)[1])


def whole_mm(metres: Floats) -> Ints:
    """Coordinates in metres as whole millimetres."""
    return np.rint(metres * 1000).astype(np.int64)


def length_mm(one: Ints, other: Ints) -> Ints:
    """Shape (r,): distances between points of shape (r, 2), rounded."""
    step = (other - one).astype(np.float64)
    return _rounded(np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1]))


def _rounded(values: Floats) -> Ints:
    return np.floor(values + 0.5).astype(np.int64)


def lengths_of(lines: Geometries) -> Segments:
    """The straight pieces of lines in metres."""
    xy, of = shapely.get_coordinates(shapely.get_parts(lines), return_index=True)
    first = np.flatnonzero(of[:-1] == of[1:])
    whole = whole_mm(xy)
    return Segments(whole[first], whole[first + 1], np.zeros(len(first), dtype=np.int64), first)


def segments_of(network: WalkNetwork, edges: Bools) -> Segments:
    """The straight pieces of some edges; public before private."""
    counts = np.diff(network.vertex_start)
    edge = np.repeat(np.arange(len(counts)), counts)
    vertex = np.flatnonzero((edge[:-1] == edge[1:]) & edges[edge[:-1]])
    a, b = (whole_mm(network.vertex_xy[vertex + step]) for step in (0, 1))
    return Segments(a, b, network.private[edge[vertex]].astype(np.int64), vertex)


def segments_near(network: WalkNetwork, edges: Bools, points: Ints, limit_mm: int) -> Segments:
    """The same of edges whose bounds come near any of some points."""
    low, high = points.min(axis=0, initial=NOWHERE) / 1000, points.max(axis=0, initial=-NOWHERE) / 1000
    margin = limit_mm / 1000 + 1
    start = network.vertex_start[:-1]
    near = edges & (np.maximum.reduceat(network.vertex_xy, start) >= low - margin).all(axis=1)
    near &= (np.minimum.reduceat(network.vertex_xy, start) <= high + margin).all(axis=1)
    return segments_of(network, near)


def feet(points: Ints, segments: Segments, limit_mm: int) -> Feet:
    """The nearest point of every segment within a distance of each of some points (shape (n, 2), millimetres).

    Sorted by point; then the nearer, the lower rank, the western, the southern, the earlier segment.
    """
    lines = _lines(segments)
    near = shapely.STRtree(lines).query(shapely.points(points / 1000), "dwithin", (limit_mm + 2) / 1000)
    point, segment = near.astype(np.int64)
    p, a, b = points[point], segments.a[segment], segments.b[segment]
    along, away = (b - a).astype(np.float64), (p - a).astype(np.float64)
    whole = along[:, 0] * along[:, 0] + along[:, 1] * along[:, 1]
    share = (away[:, 0] * along[:, 0] + away[:, 1] * along[:, 1]) / np.maximum(whole, 1)
    share = np.minimum(1.0, np.maximum(0.0, share))
    xy = _rounded(a + share[:, None] * along)
    mm = length_mm(p, xy)
    found = Feet(point, segment, xy, mm).take(mm <= limit_mm)
    keys = (found.segment, found.xy[:, 1], found.xy[:, 0], segments.rank[found.segment], found.mm, found.point)
    return found.take(np.lexsort(keys))


def _lines(segments: Segments) -> Geometries:
    ends = np.stack([segments.a, segments.b], axis=1) / 1000
    return shapely.linestrings(ends) if len(ends) else np.empty(0, dtype=object)


def rows_at(network: WalkNetwork, segments: Segments, found: Feet) -> Attachment:
    """Points joined at their feet on a network's segments."""
    vertex = segments.vertex[found.segment]
    a, b = segments.a[found.segment], segments.b[found.segment]
    length = network.vertex_mm[vertex + 1] - network.vertex_mm[vertex]
    backwards = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    along = np.minimum(length_mm(found.xy, np.where(backwards[:, None], b, a)), length)
    return Attachment(
        found.point,
        np.searchsorted(network.vertex_start, vertex, side="right") - 1,
        network.vertex_mm[vertex] + np.where(backwards, length - along, along),
        found.mm,
        np.full(len(found.point), -1),
    )
