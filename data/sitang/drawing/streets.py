"""Streets and water: the frame of the town."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from drawing.osm import Osm
from drawing.shapes import XY, dense, polygons, smooth

CLEAR = {"primary": 22.0, "secondary": 18.0, "tertiary": 14.0, "service": 9.0}
"""From the middle of a street to the plots beside it, in metres."""


@dataclass
class Street:
    """A straight street on the sheet: along x at a given y (axis "x"), or along y at a given x."""

    name: str
    kind: str
    axis: Literal["x", "y"]
    at: float
    low: float
    high: float
    bus: bool = False
    gaps: list[XY] = field(default_factory=list)
    bridges: list[XY] = field(default_factory=list)
    stops: set[float] = field(default_factory=set)

    def point(self, s: float, beside: float = 0) -> XY:
        return (s, self.at + beside) if self.axis == "x" else (self.at + beside, s)

    def open(self, s: float) -> bool:
        """Whether something can join the street there."""
        closed = any(low < s < high for low, high in [*self.gaps, *self.bridges])
        return self.low <= s <= self.high and not closed

    def join(self, s: float) -> XY:
        self.stops.add(round(s, 2))
        return self.point(round(s, 2))

    def pieces(self) -> Iterator[tuple[list[XY], bool]]:
        """The street cut at gaps and bridges: points and whether it is a bridge."""
        cuts = sorted({self.low, self.high, *(s for pair in [*self.gaps, *self.bridges] for s in pair)})
        for low, high in itertools.pairwise(cuts):
            middle = (low + high) / 2
            if any(a <= middle <= b for a, b in self.gaps):
                continue
            steps = np.linspace(low, high, max(2, math.ceil((high - low) / 80) + 1))
            fill = [s for s in steps[1:-1] if min((abs(s - t) for t in self.stops), default=99) > 25]
            marks = sorted({low, high, *fill, *(t for t in self.stops if low < t < high)})
            yield [self.point(float(s)) for s in marks], any(a <= middle <= b for a, b in self.bridges)

    def line(self) -> LineString:
        return LineString([self.point(self.low), self.point(self.high)])


@dataclass(frozen=True)
class Water:
    names: tuple[str, ...]
    lines: tuple[LineString, ...]
    shapes: tuple[Polygon, ...]
    """Canals in the order of the names, then the lake."""

    @property
    def all(self) -> BaseGeometry:
        return shapely.union_all(self.shapes)


def draw_water(plan: dict[str, Any]) -> Water:
    canals = plan["canals"]
    lines = tuple(LineString(smooth(canal["line"])) for canal in canals)
    shapes = [line.buffer(canal["width"] / 2, cap_style="flat") for line, canal in zip(lines, canals, strict=True)]
    lake = Polygon(smooth(plan["lake"]["line"], closed=True))
    return Water(tuple(canal["name"] for canal in canals), lines, (*shapes, lake))


def draw_streets(plan: dict[str, Any], water: Water) -> list[Street]:
    wide, high = plan["sheet"]
    streets = [Street(name, kind, "y", at, -high, high, bus) for at, name, kind, bus in plan["north_south"]]
    streets += [Street(name, kind, "x", at, -wide, wide, bus) for at, name, kind, bus in plan["east_west"]]
    for street in streets:
        street.gaps += [(low, top) for name, low, top in plan["unbuilt"] if name == street.name]
        cross_water(street, water, plan["extra_bridges"])
    for street in streets:
        for other in streets:
            if other.axis != street.axis and street.open(other.at) and other.open(street.at):
                street.stops.add(other.at)
    return streets


def cross_water(street: Street, water: Water, extra: list[list[str]]) -> None:
    """Bridge the canals a street crosses, or leave a gap; nothing bridges the lake."""
    names = (*water.names, "lake")
    for name, shape in zip(names, water.shapes, strict=True):
        for part in shapely.get_parts(street.line().intersection(shape)):
            if part.is_empty:
                continue
            ends = [xy[0 if street.axis == "x" else 1] for xy in part.coords]
            span = (round(min(ends) - 9, 2), round(max(ends) + 9, 2))
            bridged = street.kind in ("primary", "secondary") or [street.name, name] in extra
            (street.bridges if bridged and name != "lake" else street.gaps).append(span)


def put_streets(osm: Osm, streets: list[Street]) -> None:
    for street in streets:
        tags = {"highway": street.kind} | ({"name": street.name} if street.name else {})
        for points, bridge in street.pieces():
            osm.line(points, **tags, **({"bridge": "yes", "layer": "1"} if bridge else {}))
    major = [s for s in streets if s.kind in ("primary", "secondary")]
    for street in (s for s in major if s.axis == "y"):
        for other in (s for s in major if s.axis == "x" and s.at in street.stops):
            osm.place(street.point(other.at), highway="traffic_signals")


def put_water(osm: Osm, plan: dict[str, Any], water: Water, streets: list[Street]) -> None:
    taken: BaseGeometry = Polygon()
    for name, line in zip(water.names, water.lines, strict=True):
        osm.line(list(dense(line).coords), waterway="canal", name=name)
    for name, shape in zip((*water.names, plan["lake"]["name"]), water.shapes, strict=True):
        kind = "canal" if name in water.names else "lake"
        osm.area(dense(shape.difference(taken)), natural="water", water=kind, name=name)
        taken = taken.union(shape)
    roads = shapely.union_all([s.line().buffer(CLEAR[s.kind]) for s in streets])
    reach = shapely.union_all([s.buffer(13, cap_style="flat") for s in water.shapes])
    for belt in polygons(reach.difference(taken).difference(roads)):
        if belt.area > 600:
            osm.area(dense(belt.simplify(2), 150), landuse="grass")
