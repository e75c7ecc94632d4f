"""Small tools for shapes on the sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

XY = tuple[float, float]


def polygons(shape: BaseGeometry) -> Iterator[Polygon]:
    """The polygons of a shape, without slivers and holes."""
    for part in shapely.get_parts(shape):
        if isinstance(part, Polygon) and part.area > 1:
            yield Polygon(part.exterior)


def largest(shape: BaseGeometry) -> Polygon:
    return max(polygons(shape), key=lambda part: part.area, default=Polygon())


def middle(shape: BaseGeometry) -> XY:
    return shape.centroid.x, shape.centroid.y


def corners(line: LineString) -> list[XY]:
    return [(xy[0], xy[1]) for xy in line.coords]


def tidy(shape: Polygon, metres: float = 0.5) -> Polygon:
    """The polygon without points that hardly bend it."""
    return largest(shape.simplify(metres))


def inset(shape: BaseGeometry, metres: float) -> Polygon:
    return largest(shape.buffer(-metres, join_style="mitre"))


def smooth(points: Sequence[Sequence[float]], closed: bool = False) -> list[XY]:
    """Round the corners of a polyline off (Chaikin, twice)."""
    line = np.asarray(points, dtype=float)
    for _ in range(2):
        after = np.roll(line, -1, axis=0) if closed else line[1:]
        before = line if closed else line[:-1]
        cut = np.stack([0.75 * before + 0.25 * after, 0.25 * before + 0.75 * after], axis=1).reshape(-1, 2)
        line = cut if closed else np.vstack([line[:1], cut, line[-1:]])
    return [(float(x), float(y)) for x, y in line]


def with_points(line: LineString, points: Iterable[Point]) -> list[XY]:
    """The coordinates of a line with further points of it put in where they belong."""
    items = [(line.project(Point(xy)), xy) for xy in corners(line)[:-1]]
    items += [(line.project(point), (point.x, point.y)) for point in points]
    return [xy for _, xy in sorted(items)] + [min(items)[1] if line.is_ring else corners(line)[-1]]


def dense(shape: BaseGeometry, step: float = 90) -> Any:
    return shapely.segmentize(shape, step)


def grid(inner: Polygon, cell: XY, size: XY) -> list[Polygon]:
    """Rectangles of a size in the middle of the cells that fill a shape, as far as they fit."""
    if inner.is_empty:
        return []
    west, south, east, north = inner.bounds
    columns, rows = (max(1, int(room / side)) for room, side in zip((east - west, north - south), cell, strict=True))
    xs = west + (np.arange(columns) + 0.5) * (east - west) / columns
    ys = south + (np.arange(rows) + 0.5) * (north - south) / rows
    boxes = [box(x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2) for y in ys for x in xs]
    return [item for item in boxes if inner.buffer(0.1).contains(item)]


def share(total: int, weights: npt.ArrayLike) -> list[int]:
    """Whole numbers in proportion to weights that sum to the total."""
    exact = np.asarray(weights, dtype=float)
    ends = np.round(np.cumsum(exact) / exact.sum() * total).astype(int)
    return [int(n) for n in np.diff(ends, prepend=0)]
