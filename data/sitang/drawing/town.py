"""The town as it grows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely import Polygon, box
from shapely.geometry.base import BaseGeometry

from drawing.osm import Osm
from drawing.plots import Plot
from drawing.shapes import XY
from drawing.streets import CLEAR, Street, Water


@dataclass
class Town:
    """Everything drawn so far: the OSM data and the rows of the tables."""

    plan: dict[str, Any]
    osm: Osm
    water: Water
    streets: list[Street]
    random: np.random.Generator
    reserved: list[Polygon] = field(default_factory=list)
    plants: list[dict[str, Any]] = field(default_factory=list)
    beds: list[dict[str, Any]] = field(default_factory=list)
    walled: list[tuple[str, Plot]] = field(default_factory=list)
    residents: list[tuple[XY, float]] = field(default_factory=list)
    estates: list[tuple[str, Polygon]] = field(default_factory=list)
    villages: int = 0

    def street(self, name: str) -> Street:
        return next(street for street in self.streets if street.name == name)

    def chance(self) -> float:
        return float(self.random.random())

    def block(self, column: int, row: int) -> tuple[list[Street], Polygon]:
        """The four streets round a block (counted from the park's south-west one) and the ground between."""
        ns, ew = self.grid
        west, east = ns[column + 4], ns[column + 5]
        south, north = ew[row + 5], ew[row + 6]
        low = west.at + CLEAR[west.kind], south.at + CLEAR[south.kind]
        high = east.at - CLEAR[east.kind], north.at - CLEAR[north.kind]
        return [south, north, west, east], box(*low, *high)

    @property
    def grid(self) -> tuple[list[Street], list[Street]]:
        """The streets of the plan: four columns of blocks lie west of the park, five rows south of it."""
        named = [street for street in self.streets if street.name]
        return [s for s in named if s.axis == "y"], [s for s in named if s.axis == "x"]

    def free(self, ground: BaseGeometry) -> BaseGeometry:
        """What water, its banks and plots laid out by hand leave of some ground."""
        return ground.difference(shapely.union_all([self.water.all.buffer(14), *(s.buffer(8) for s in self.reserved)]))
