"""Walks inside an enclosure, where there are no streets: straight, or round its corners and the ends of walls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from scipy.sparse import csgraph

from lifecircle.model import FAR_MM, Floats, Geometries, Ints

THIN_M = 0.02
"""A wall keeps walks this far off; a line of sight may come half as near, so that rounding shuts nobody in."""
DOOR_M = 2.0
"""A door opens the wall within this distance of it."""


def inside_mm(
    yards: Geometries, yard: Ints, ones: Geometries, others: Geometries, walls: Geometries, doors: Geometries
) -> Ints:
    """Shape (r,): the shortest walks between two geometries each that stay inside an enclosure.

    ``yard``, shape (r,), is the enclosure of each pair among ``yards``. Walks cross ``walls`` at ``doors``
    only. ``FAR_MM`` where none stays inside. All coordinates are metres in one CRS.
    """
    out = np.full(len(yard), FAR_MM)
    tree = shapely.STRtree(walls)
    order = np.argsort(yard, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(yard[order])) + 1) if len(yard) else ():
        metres = _walks(_yard(yards[yard[rows[0]]], tree, doors), ones[rows], others[rows])
        found = np.isfinite(metres)
        out[rows[found]] = np.rint(metres[found] * 1000).astype(np.int64)
    return out


@dataclass(frozen=True)
class _Yard:
    """Where one can stand, what a line of sight must stay in, and the corners one goes round."""

    floor: shapely.Geometry
    sight: shapely.Geometry
    corners: Floats
    """Shape (k, 2)."""

    @cached_property
    def between(self) -> Floats:
        """Shape (k, k): metres from corner to corner, infinite where no walk stays inside."""
        i, j = np.triu_indices(len(self.corners), 1)
        seen = np.zeros((len(self.corners), len(self.corners)))
        metres = _sight_m(self.sight, self.corners[i], self.corners[j])
        seen[i, j] = np.where(np.isfinite(metres), metres, 0)
        return np.asarray(csgraph.shortest_path(seen, directed=False))


def _yard(outline: shapely.Geometry, walls: shapely.STRtree, doors: Geometries) -> _Yard:
    """An enclosure with the walls inside it; those along its outline change nothing."""
    within = shapely.buffer(outline, -THIN_M, join_style="mitre")
    wall = shapely.union_all(walls.geometries[walls.query(within, predicate="intersects")])
    opening = shapely.buffer(shapely.union_all(doors[shapely.dwithin(wall, doors, DOOR_M)]), DOOR_M)
    thick, thin = (
        shapely.difference(shapely.buffer(wall, metres, join_style="mitre", cap_style="square"), opening)
        for metres in (THIN_M, THIN_M / 2)
    )
    floor = shapely.difference(outline, thick)
    sight = shapely.difference(shapely.buffer(outline, THIN_M / 2, join_style="mitre"), thin)
    shapely.prepare([floor, sight])
    return _Yard(floor, sight, _corners(floor))


def _corners(floor: shapely.Geometry) -> Floats:
    """The vertices that a shortest walk may bend at: those where the floor turns inwards."""
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(floor)))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    last = np.append(ring[:-1] != ring[1:], True)
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    after = np.arange(len(xy)) + 1
    after[last] = first + 1
    before = np.arange(len(xy)) - 1
    before[first] = np.flatnonzero(last) - 1
    one, other = xy - xy[before], xy[after % len(xy)] - xy
    turn = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return np.unique(xy[(turn < 0) & ~last], axis=0)


def _seen(sight: shapely.Geometry, ones: Floats, others: Floats) -> Floats:
    """Shape (n, k): straight distances between points; infinite where something is in the way."""
    i, j = (index.ravel() for index in np.indices((len(ones), len(others))))
    return _sight_m(sight, ones[i], others[j]).reshape(len(ones), len(others))


def _sight_m(sight: shapely.Geometry, ones: Floats, others: Floats) -> Floats:
    """Shape (r,): straight distances of pairs of points; infinite where something is in the way."""
    lines = shapely.linestrings(np.stack([ones, others], axis=1))
    return np.where(shapely.covers(sight, lines), shapely.length(lines), np.inf)


def _walks(yard: _Yard, ones: Geometries, others: Geometries) -> Floats:
    """Shape (r,): metres; infinite where no walk stays inside. What stands outside steps in first."""
    one, step = _stepped_in(yard.floor, ones)
    other, last_step = _stepped_in(yard.floor, others)
    straight = shapely.shortest_line(one, other)
    metres = np.where(shapely.covers(yard.sight, straight), shapely.length(straight), np.inf)
    blocked = np.flatnonzero(np.isinf(metres))
    if len(blocked) and len(yard.corners):
        ends = (shapely.get_coordinates(shapely.get_point(straight[blocked], place)) for place in (0, -1))
        metres[blocked] = _round_corners(yard, *ends)
    return metres + step + last_step


def _stepped_in(floor: shapely.Geometry, shapes: Geometries) -> tuple[Geometries, Floats]:
    """The parts of shapes on the floor, else the nearest point of it, and the step there."""
    inside = shapely.intersection(shapes, floor)
    outside = shapely.is_empty(inside)
    inside[outside] = shapely.get_point(shapely.shortest_line(floor, shapes[outside]), 0)
    return inside, np.where(outside, shapely.distance(floor, shapes), 0.0)


def _round_corners(yard: _Yard, ones: Floats, others: Floats) -> Floats:
    """Shape (r,): metres between points by way of corners."""
    starts, start = np.unique(ones, axis=0, return_inverse=True)
    stops, stop = np.unique(others, axis=0, return_inverse=True)
    to_corner, from_corner = _seen(yard.sight, starts, yard.corners), _seen(yard.sight, stops, yard.corners)
    metres = np.full(len(ones), np.inf)
    for corner in range(len(yard.corners)):
        along = (to_corner + yard.between[:, corner]).min(axis=1)
        np.minimum(metres, along[start.ravel()] + from_corner[stop.ravel(), corner], out=metres)
    return metres
