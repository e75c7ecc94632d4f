"""Map layers as SVG text: what pictures are made of.

Pictures have units fine enough that whole ones suffice for every vertex, which keeps paths short.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, radians, sin

import numpy as np
import shapely

from lifecircle.model import Bools, Floats, Ints
from lifecircle.outputs.plain import text as plain_text
from lifecircle.outputs.shapes import Strings

A, EE = 6_378_137.0, 0.00669438
"""Radius of WGS 84's equator in metres; its eccentricity squared."""
FONT = "'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', SimHei, sans-serif"


@dataclass(frozen=True)
class View:
    """A window of the map: what part of the earth, at which scale, in which box of the picture."""

    lon: float
    lat: float
    """Degrees, in the middle of the box."""
    metres: float
    """On the ground, of one unit."""
    x: float
    y: float
    width: float
    height: float
    """The box, in units of the picture."""
    grain: float = 0.0
    """Units that a line may stray; ground that is smaller is left out."""

    def points(self, lonlat: Floats) -> Floats:
        """Degrees to units of the picture, shape (n, 2)."""
        across, up = degrees(self.lat)
        east = (lonlat[:, 0] - self.lon) * across / self.metres
        north = (lonlat[:, 1] - self.lat) * up / self.metres
        return np.column_stack([self.x + self.width / 2 + east, self.y + self.height / 2 - north])


def fitted(bounds: Sequence[Sequence[float]], x: float, y: float, width: float, height: float) -> View:
    """The view of a box that shows [[south, west], [north, east]] whole, with a margin of 5 % on each side."""
    (south, west), (north, east) = bounds
    lat = (south + north) / 2
    across, up = degrees(lat)
    metres = max((east - west) * across / (0.9 * width), (north - south) * up / (0.9 * height), 0.02)
    return View((west + east) / 2, lat, metres, x, y, width, height)


def degrees(lat: float) -> tuple[float, float]:
    """Metres of a degree of longitude, and of latitude, on WGS 84 there."""
    bulge = 1 - EE * sin(radians(lat)) ** 2
    return radians(1) * A * cos(radians(lat)) / bulge**0.5, radians(1) * A * (1 - EE) / bulge**1.5


def path(view: View, strings: Strings, *, closed: bool = False, **look: object) -> str:
    """All strings that touch the view as one path: lines, or polygons where ``closed``; nothing where none does."""
    drawn = Strings(view.points(strings.xy), strings.start, strings.feature)
    drawn = chosen(drawn, np.flatnonzero(seen(view, drawn.xy, drawn.start, view.grain if closed else 0)))
    if view.grain:
        drawn = _simplified(drawn, view.grain)
    if not len(drawn.xy):
        return ""
    grid = np.rint(drawn.xy).astype(np.int64)
    steps = np.diff(grid, axis=0, prepend=0)
    ends = "z" if closed else ""
    spans = zip(drawn.start[:-1].tolist(), drawn.start[1:].tolist(), strict=True)
    told = "".join(_string(grid[a], steps[a + 1 : b]) + ends for a, b in spans)
    return f'<path d="{told}"{attributes(look)}/>'


def _simplified(strings: Strings, tolerance: float) -> Strings:
    """Strings with fewer vertices, none of which strays farther."""
    strings = chosen(strings, np.flatnonzero(np.diff(strings.start) > 1))
    row = np.repeat(np.arange(len(strings.feature)), np.diff(strings.start))
    lines = shapely.simplify(shapely.linestrings(strings.xy, indices=row), tolerance, preserve_topology=False)
    xy, row = shapely.get_coordinates(lines, return_index=True)
    return Strings(xy, np.searchsorted(row, np.arange(len(strings.feature) + 1)), strings.feature)


def _string(first: Ints, steps: Ints) -> str:
    moved = steps[np.any(steps != 0, axis=1)].ravel().tolist()
    return f"M{first[0]} {first[1]}l{' '.join(map(str, moved)) or '0 0'}"


def seen(view: View, xy: Floats, start: Ints, least: float = 0.0) -> Bools:
    """Shape (s,): strings whose box touches the view's, and is as wide or high as ``least`` units."""
    found = np.zeros(len(start) - 1, dtype=bool)
    some = np.flatnonzero(np.diff(start) > 0)
    if len(some):
        low, high = (bound.reduceat(xy, start[some]) for bound in (np.minimum, np.maximum))
        low_end, high_end = np.array([view.x, view.y]), np.array([view.x + view.width, view.y + view.height])
        large = (high - low).max(axis=1) >= least
        found[some] = large & np.all((low <= high_end) & (high >= low_end), axis=1)
    return found


def of_features(strings: Strings, features: Bools) -> Strings:
    """The strings of some features."""
    return chosen(strings, np.flatnonzero(features[strings.feature]))


def chosen(strings: Strings, rows: Ints) -> Strings:
    """Some strings, in order."""
    length = np.diff(strings.start)[rows]
    start = np.r_[0, np.cumsum(length)]
    vertex = np.arange(start[-1]) - np.repeat(start[:-1] - strings.start[rows], length)
    return Strings(strings.xy[vertex], start, strings.feature[rows])


def by_class(lines: Strings, group: Ints, groups: int) -> list[Strings]:
    """Lines cut where the class of their vertices changes: a vertex's class holds up to the next vertex."""
    if not len(lines.xy):
        return [lines] * groups
    last = np.zeros(len(lines.xy), dtype=bool)
    last[lines.start[1:] - 1] = True
    first = np.flatnonzero(~last & np.r_[True, last[:-1] | (group[1:] != group[:-1])])
    stops = np.flatnonzero(np.r_[group[1:] != group[:-1], True] | np.r_[last[1:], True])
    until = stops[np.searchsorted(stops, first)] + 1
    pieces = []
    for each in range(groups):
        own = group[first] == each
        a, b = first[own], until[own] + 1
        start = np.r_[0, np.cumsum(b - a)]
        vertex = np.arange(start[-1]) - np.repeat(start[:-1] - a, b - a)
        pieces.append(Strings(lines.xy[vertex], start, np.arange(len(a))))
    return pieces


def marks(view: View, lonlat: Floats, shape: str, sizes: Sequence[float], **look: object) -> str:
    """A sign on each point inside the view: ``disc``, ``diamond``, ``square`` or ``triangle``, of a half width."""
    xy = view.points(lonlat) if len(lonlat) else np.empty((0, 2))
    inside = (xy[:, 0] >= view.x) & (xy[:, 0] <= view.x + view.width)
    inside &= (xy[:, 1] >= view.y) & (xy[:, 1] <= view.y + view.height)
    drawn = "".join(
        sign(shape, x, y, size)
        for (x, y), size, seen in zip(np.rint(xy).astype(np.int64).tolist(), sizes, inside.tolist(), strict=True)
        if seen
    )
    return f'<path d="{drawn}"{attributes(look)}/>' if drawn else ""


def sign(shape: str, x: float, y: float, size: float) -> str:
    """Path data of one sign."""
    s = round(size)
    return {
        "disc": f"M{x - s} {y}a{s} {s} 0 1 0 {2 * s} 0a{s} {s} 0 1 0 {-2 * s} 0z",
        "diamond": f"M{x:g} {y - s}l{s} {s}l{-s} {s}l{-s} {-s}z",
        "square": f"M{x - s} {y - s}h{2 * s}v{2 * s}h{-2 * s}z",
        "triangle": f"M{x:g} {y - s}l{s} {round(1.8 * s)}h{-2 * s}z",
    }[shape]


def rect(x: float, y: float, width: float, height: float, **look: object) -> str:
    """A box."""
    return f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}"{attributes(look)}/>'


def outside(view: View, outline: Strings, **look: object) -> str:
    """The ground of the view beyond an outline."""
    x, y, right, below = (round(v) for v in (view.x, view.y, view.x + view.width, view.y + view.height))
    inner = path(view, outline, closed=True, fill_rule="evenodd", **look)
    frame = f"M{x} {y}H{right}V{below}H{x}z"
    return inner.replace(' d="', f' d="{frame}', 1) if inner else ""


# Text


def width_of(text: str, size: float) -> float:
    """About how wide a text is: a Chinese letter is as wide as high, others half."""
    return size * sum(1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.53 for letter in text)


def shortened(text: str, size: float, width: float) -> str:
    """A text that fits a width, with an ellipsis where it was cut."""
    shown = " ".join(plain_text(text).split())
    if width_of(shown, size) <= width:
        return shown
    kept = shown[: int(width / size * 2)]
    while kept and width_of(kept + "…", size) > width:
        kept = kept[:-1]
    return kept + "…"


def wrapped(text: str, size: float, width: float, most: int = 4) -> list[str]:
    """A text in lines that fit a width, ``most`` at most; parted at blanks, or between Chinese letters."""
    lines, line = [], ""
    for word in _words(" ".join(plain_text(text).split())[:1000]):
        if line and width_of((line + word).rstrip(), size) > width:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line += word
    lines.append(line.rstrip())
    if len(lines) > most:
        lines[most - 1] = lines[most - 1] + "…"
    return [shortened(each, size, width) for each in lines[:most]]


def _words(text: str) -> Iterator[str]:
    word = ""
    for letter in text:
        wide = unicodedata.east_asian_width(letter) in "WF"
        if (
            word
            and (wide or word[-1] == " " or unicodedata.east_asian_width(word[-1]) in "WF")
            and letter not in CLOSING
        ):
            yield word
            word = ""
        word += letter
    yield word


CLOSING = "，。；：、）》」！？,.;:)% "
"""Letters that begin no line."""


def label(x: float, y: float, text: str, size: float, **look: object) -> str:
    """Text on a base line; ``text`` is text, never markup."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}"{attributes(look)}>{escape(plain_text(text))}</text>'


# The whole


def attributes(look: dict[str, object]) -> str:
    """Attributes of an element; an underscore in a name is a hyphen, None is left out."""
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in look.items() if value is not None)


def group(*parts: str, **look: object) -> str:
    """Elements under common attributes."""
    return f"<g{attributes(look)}>{''.join(parts)}</g>"


def inside(view: View, *parts: str) -> str:
    """Elements, cut at the view's edge."""
    clip = f'<clipPath id="view">{rect(view.x, view.y, view.width, view.height)}</clipPath>'
    return f'{clip}<g clip-path="url(#view)">{"".join(parts)}</g>'


def document(width: float, height: float, title: str, *parts: str) -> str:
    """A whole SVG document, white below."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="{FONT}"><title>{escape(plain_text(title))}</title>'
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )
