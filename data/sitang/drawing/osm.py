"""An OpenStreetMap file, built up by flat coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import numpy.typing as npt
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from drawing.shapes import XY, corners, polygons
from drawing.sheet import Sheet, degree_bounds


class Osm:
    """Nodes and ways by flat coordinates: equal coordinates (to 1 cm) are one node."""

    def __init__(self, sheet: Sheet, bounds: Polygon) -> None:
        self.sheet = sheet
        self.bounds = bounds
        shapely.prepare(self.bounds)
        self.ids: dict[XY, int] = {}
        self.tags: dict[int, dict[str, str]] = {}
        self.ways: list[tuple[list[int], dict[str, str]]] = []

    def inside(self, points: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        return np.asarray(shapely.contains_xy(self.bounds, self.sheet.metres(points)))

    def node(self, point: XY, **tags: str) -> int:
        key = (round(point[0], 2) + 0.0, round(point[1], 2) + 0.0)
        number = self.ids.setdefault(key, len(self.ids) + 1)
        if tags:
            self.tags.setdefault(number, {}).update(tags)
        return number

    def place(self, point: XY, **tags: str) -> None:
        """A node of its own, where it is inside."""
        if self.inside([point])[0]:
            self.node(point, **tags)

    def line(self, points: Sequence[XY], **tags: str) -> None:
        """A way, cut to what is inside."""
        within = self.inside(points)
        run: list[int] = []
        for point, keep in zip([*points, points[-1]], [*within, False], strict=True):
            if keep:
                run.append(self.node(point))
            else:
                self._way(run, tags)
                run = []

    def area(self, shape: BaseGeometry, **tags: str) -> None:
        """Closed ways of the outlines of polygons whose middle is inside."""
        for part in polygons(shape):
            if self.inside(part.representative_point().coords[0])[0]:
                self._way([self.node(xy) for xy in corners(part.exterior)], tags)

    def _way(self, refs: list[int], tags: dict[str, str]) -> None:
        refs = [ref for i, ref in enumerate(refs) if i == 0 or ref != refs[i - 1]]
        if len(refs) > 1:
            self.ways.append((refs, dict(tags)))

    def write(self, path: Path) -> None:
        degrees = self.sheet.degrees(list(self.ids))
        west, south, east, north = degree_bounds(self.sheet, self.bounds)
        first = len(self.ids) + 1
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="make.py">\n')
            file.write("<note>Synthetic data made for lifecircle, CC0; not from OpenStreetMap.</note>\n")
            file.write(f'<bounds minlat="{south}" minlon="{west}" maxlat="{north}" maxlon="{east}"/>\n')
            for number, (lon, lat) in enumerate(degrees, start=1):
                head = f'<node id="{number}" version="1" lat="{lat:.7f}" lon="{lon:.7f}"'
                tags = self.tags.get(number)
                file.write(f"{head}>{_tags(tags)}</node>\n" if tags else f"{head}/>\n")
            for number, (refs, tags) in enumerate(self.ways, start=first):
                nds = "".join(f'<nd ref="{ref}"/>' for ref in refs)
                file.write(f'<way id="{number}" version="1">{nds}{_tags(tags)}</way>\n')
            file.write("</osm>\n")


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in sorted(tags.items()))
