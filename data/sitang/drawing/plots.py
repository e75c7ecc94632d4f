"""Plots of land that open on a street."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import shapely
import shapely.ops
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from drawing.osm import Osm
from drawing.shapes import XY, inset, with_points
from drawing.streets import Street


@dataclass(frozen=True)
class Front:
    """The way into a plot: from a street through its edge to the drive inside."""

    start: XY
    gate: Point
    end: Point


@dataclass(frozen=True)
class Plot:
    shape: Polygon
    fronts: tuple[Front, ...]
    drive: Polygon


def fronts_on(street: Street, shape: Polygon, drive: Polygon, blocked: BaseGeometry, wish: float) -> Iterator[Front]:
    """Ways into a plot from a street beside it, the wished part of its side first."""
    west, south, east, north = shape.bounds
    low, high, near, far = (west, east, south, north) if street.axis == "x" else (south, north, west, east)
    if not (0 < near - street.at < 60 or 0 < street.at - far < 60):
        return
    across = (far if near > street.at else near) - street.at
    for part in sorted((0.12, 0.3, 0.5, 0.7, 0.88), key=lambda p: abs(p - wish)):
        s = round(low + part * (high - low), 2)
        ray = LineString([street.point(s), street.point(s, across)])
        gate, end = first(ray, shape.exterior), first(ray, drive.exterior)
        if not street.open(s) or gate is None or end is None:
            continue
        stub = LineString([street.point(s), (gate.x, gate.y)])
        if stub.length < 70 and end.distance(gate) < 40 and not stub.crosses(blocked):
            yield Front(street.point(s), gate, end)


def first(ray: LineString, ring: LineString) -> Point | None:
    """Where a ray meets a ring first."""
    hits = [part for part in shapely.get_parts(ray.intersection(ring)) if isinstance(part, Point)]
    return min(hits, key=ray.project, default=None)


def lay_out(
    shape: Polygon, streets: Iterable[Street], blocked: BaseGeometry, wish: float, most: int = 4
) -> Plot | None:
    """Open a plot to the first streets that allow it, at most so many; None where none does."""
    drive = inset(shape, 11)
    if drive.is_empty:
        return None
    fronts = []
    for street in streets:
        front = next(fronts_on(street, shape, drive, blocked, wish), None)
        if front is not None:
            street.stops.add(front.start[0 if street.axis == "x" else 1])
            fronts.append(front)
            if len(fronts) == most:
                break
    return Plot(shape, tuple(fronts), drive) if fronts else None


def entrance(house: Polygon, front: Front) -> XY:
    """The point just inside a house that is nearest to a way in."""
    door = shapely.ops.nearest_points(inset(house, 3), front.end)[0]
    return door.x, door.y


def put_plot(osm: Osm, plot: Plot, way: dict[str, str], wall: bool, **tags: str) -> None:
    """Draw a plot: its area, its drive and ways in, and its wall with gates if it has one."""
    outline = Polygon(with_points(LineString(plot.shape.exterior), [f.gate for f in plot.fronts]))
    osm.area(outline, **tags, **({"barrier": "wall"} if wall else {}))
    osm.line(with_points(LineString(plot.drive.exterior), [f.end for f in plot.fronts]), **way)
    for front in plot.fronts:
        points = [front.start, (front.gate.x, front.gate.y), (front.end.x, front.end.y)]
        osm.line(points, **way)
        if wall:
            osm.place(points[1], barrier="gate")
