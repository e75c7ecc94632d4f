"""Small maps: so much of a site's drawing as a picture of a thumb's width shows, in metres, for many side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lifecircle.model import Floats, Ints
from lifecircle.outputs.layers import degrees
from lifecircle.outputs.looks import CLASS_ENDS
from lifecircle.outputs.shapes import Strings, decoded, packed, runs, unpacked, unrun

MOST_VERTICES = 2_500
"""Of a site's streets, but for the ends of edges."""


def small_map(page: Mapping[str, Any]) -> dict[str, Any]:
    """A site as a small map, from what its page shows.

    ``size`` is the width and height of the ground in metres. ``outline`` and ``streets`` are strings in metres east
    and north of its south-west corner: ``vertices`` of each string and ``xy``, each vertex as the step from the one
    before, as ``packed`` codes them. By category: ``classes``, runs of the class of minutes of each street vertex, and
    ``facilities``, steps from one to the next.
    """
    ground = Ground(page["bounds"])
    lines, rows = thinned(decoded(page["streets"]["lines"]))
    points = decoded(page["facilities"]["point"])
    of = np.array(page["facilities"]["category"], dtype=object)
    ids = [category["id"] for category in page["categories"]]
    classes = [np.searchsorted(CLASS_ENDS, unrun(unpacked(row)))[rows] for row in page["streets"]["minutes"]]
    return {
        "size": ground.size.tolist(),
        "outline": ground.coded(decoded(page["boundary"])),
        "streets": ground.coded(lines),
        "classes": {id: packed(runs(row).astype(np.int64)) for id, row in zip(ids, classes, strict=True)},
        "facilities": {id: ground.steps(ground.within(points.xy[of == id])) for id in ids},
    }


class Ground:
    """Metres east and north of the south-west corner of [[south, west], [north, east]]."""

    def __init__(self, bounds: list[list[float]]) -> None:
        self._corner, other = np.array(bounds)[:, ::-1]
        self._metres = np.array(degrees(float(self._corner[1] + other[1]) / 2))
        self.size = np.rint((other - self._corner) * self._metres).astype(np.int64)

    def metres(self, lonlat: Floats) -> Ints:
        """Degrees to whole metres, shape (n, 2)."""
        whole: Ints = np.rint((lonlat - self._corner) * self._metres).astype(np.int64)
        return whole

    def within(self, lonlat: Floats) -> Floats:
        """The points that lie on the ground."""
        at = self.metres(lonlat)
        return lonlat[np.all((at >= 0) & (at <= self.size), axis=1)]

    def steps(self, lonlat: Floats) -> str:
        """Vertices as steps from one to the next."""
        return packed(np.diff(self.metres(lonlat), axis=0, prepend=0).ravel())

    def coded(self, strings: Strings) -> dict[str, str]:
        """Strings as the page reads them."""
        return {"vertices": packed(np.diff(strings.start)), "xy": self.steps(strings.xy)}


def thinned(lines: Strings) -> tuple[Strings, Ints]:
    """Lines with at most so many vertices, and the rows kept: every few vertices, and both ends of every line."""
    vertices = len(lines.xy)
    step = max(1, -(-vertices // MOST_VERTICES))
    length = np.diff(lines.start)
    place = np.arange(vertices) - np.repeat(lines.start[:-1], length)
    rows = np.flatnonzero((place % step == 0) | (place == np.repeat(length, length) - 1))
    start = np.searchsorted(rows, lines.start)
    return Strings(lines.xy[rows], start, lines.feature), rows
