"""Names on a printed map: at points, or along straight stretches of streets and rivers; none touches another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import atan2, cos, degrees, hypot, radians, sin
from typing import Any

import numpy as np

from lifecircle.model import Floats
from lifecircle.outputs import layers
from lifecircle.outputs.maps import Map
from lifecircle.outputs.shapes import decoded


@dataclass(frozen=True)
class Style:
    """How names of a kind are set."""

    size: float
    """Of the letters, in units."""
    colour: str
    weight: int = 400
    slanted: bool = False
    along: bool = False
    """Whether they run along a line."""
    room: float = 0.0
    """Units that the named area is at least wide."""
    finest: float = np.inf
    """Metres of a unit, above which they are left out."""


STYLES = {
    "town": Style(135, "#3c4a52", 600),
    "station": Style(95, "#4d5a66", 600, finest=1.2),
    "suburb": Style(115, "#56626a"),
    "estate": Style(95, "#5f5870", room=420),
    "water": Style(95, "#3f7088", slanted=True, room=480),
    "park": Style(92, "#47693f", room=380),
    "river": Style(95, "#3f7088", slanted=True, along=True, finest=2.0),
    "motorway": Style(92, "#5d5546", along=True, finest=2.5),
    "major": Style(92, "#4e4a42", along=True, finest=1.6),
    "medium": Style(88, "#57534b", along=True, finest=0.8),
    "minor": Style(84, "#625e56", along=True, finest=0.45),
    "quarter": Style(92, "#6a757c", finest=1.0),
}
"""By kind of label, the first served first; as on the page, with letters for paper."""
HALO: dict[str, Any] = {
    "paint_order": "stroke",
    "stroke": "#fcfbf8",
    "stroke_width": 26,
    "stroke_opacity": 0.9,
    "stroke_linejoin": "round",
    "text_anchor": "middle",
}
APART = 3_000
"""Units between two places where one street is named."""
STRAY = 30
"""Units that a line may stray from the straight name along it."""
MOST = 400

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass
class Room:
    """What of a map is taken by letters and signs."""

    edge: Box
    taken: list[Box] = field(default_factory=list)

    def take(self, boxes: Sequence[Box]) -> bool:
        """Whether boxes lie inside the edge and touch nothing; then they are taken."""
        left, top, right, bottom = self.edge
        for a, b, c, d in boxes:
            if a < left or b < top or c > right or d > bottom:
                return False
            if any(a < u and c > s and b < v and d > t for s, t, u, v in self.taken):
                return False
        self.taken.extend(boxes)
        return True


def names(plan: Map, taken: Sequence[Box] = ()) -> str:
    """The names of a map as SVG text; nothing stands on the boxes that are taken already."""
    view, margin = plan.view, 40
    edge = (view.x + margin, view.y + margin, view.x + view.width - margin, view.y + view.height - margin)
    room, drawn = Room(edge, list(taken)), []
    courses: dict[int, list[Floats]] = {}
    for feature, course in _courses(plan):
        courses.setdefault(feature, []).append(course)
    for row, style in _served(plan):
        name = _name(plan, row)
        placed: list[tuple[float, float]] = []
        for course in courses.get(row, []):
            found = _along(name, course, style, room, placed) if style.along else _at(name, course[0], style, room)
            drawn += found
        if len(drawn) >= MOST:
            break
    return layers.group(*drawn, **HALO) if drawn else ""


def _courses(plan: Map) -> Iterator[tuple[int, Floats]]:
    """What is named, in units of the map, as far as it touches the view; with the row of its label."""
    strings = decoded(plan.page["labels"]["shape"])
    xy = plan.view.points(strings.xy)
    rows = np.flatnonzero(layers.seen(plan.view, xy, strings.start)).tolist()
    for row in rows:
        yield int(strings.feature[row]), xy[strings.start[row] : strings.start[row + 1]]


def _served(plan: Map) -> Iterator[tuple[int, Style]]:
    """Labels that this scale has room for, the most important first."""
    labels, metres = plan.page["labels"], plan.view.metres
    ranks = {kind: rank for rank, kind in enumerate(STYLES)}
    kinds = [labels["kinds"][kind] for kind in labels["kind"]]
    rows = sorted(range(len(kinds)), key=lambda row: (ranks.get(kinds[row], len(ranks)), -labels["size_m"][row], row))
    for row in rows:
        style = STYLES.get(kinds[row])
        if style and metres <= style.finest and labels["size_m"][row] >= style.room * metres and _name(plan, row):
            yield row, style


def _name(plan: Map, row: int) -> str:
    labels = plan.page["labels"]
    own = labels[plan.lang]
    return str(own.get(row) or own.get(str(row)) or labels["name"][row])


def _at(name: str, point: Floats, style: Style, room: Room) -> list[str]:
    """A name around a point, in rows."""
    rows = layers.wrapped(name, style.size, style.size * 9, most=3)
    x, y = float(point[0]), float(point[1])
    top = y - style.size * 0.6 * (len(rows) - 1)
    half = max(layers.width_of(row, style.size) for row in rows) / 2 + 15
    if not room.take([(x - half, top - style.size * 0.7, x + half, top + style.size * (1.2 * len(rows) - 0.5))]):
        return []
    return [_text(x, top + style.size * (1.2 * i + 0.35), row, style) for i, row in enumerate(rows)]


def _along(name: str, course: Floats, style: Style, room: Room, placed: list[tuple[float, float]]) -> list[str]:
    """A name along the straight stretches of a line, one in so many units."""
    at = np.r_[0.0, np.cumsum(np.hypot(*np.diff(course, axis=0).T))]
    width = layers.width_of(name, style.size)
    if at[-1] <= width:
        return []
    times = max(1, round(at[-1] / (2 * APART)))
    drawn = []
    for middle in (np.arange(times)[:, None] + np.array([0.5, 0.3, 0.7])).ravel() / times * at[-1]:
        if middle - width / 2 < 0 or middle + width / 2 > at[-1]:
            continue
        inside = np.linspace(middle - width / 2, middle + width / 2, 9)
        stretch = np.column_stack([np.interp(inside, at, course[:, i]) for i in (0, 1)])
        (x, y), (left, right) = stretch[4], stretch[[0, -1]]
        if any(hypot(x - u, y - v) < APART for u, v in placed) or _stray(stretch) > STRAY:
            continue
        turn = atan2(right[1] - left[1], right[0] - left[0])
        found = _down(name, x, y, turn, style, room) if _steep(name, turn) else _turned(name, x, y, turn, style, room)
        if found:
            placed.append((x, y))
            drawn += found
    return drawn


def _stray(stretch: Floats) -> float:
    """How far points lie from the straight between the first and the last."""
    along = stretch[-1] - stretch[0]
    off = stretch - stretch[0]
    return float(np.abs(along[0] * off[:, 1] - along[1] * off[:, 0]).max() / max(hypot(*along), 1.0))


def _steep(name: str, turn: float) -> bool:
    """Whether a name of Chinese letters is set from the top down."""
    return abs(sin(turn)) > 0.8 and layers.width_of(name, 1.0) == len(name)


def _down(name: str, x: float, y: float, turn: float, style: Style, room: Room) -> list[str]:
    """Upright letters, one below the other."""
    step = style.size * 1.08 * (1 if sin(turn) > 0 else -1)
    half, across = style.size * 0.6, (len(name) - 1) / 2
    spots = [(x + (i - across) * step * cos(turn), y + (i - across) * step * sin(turn)) for i in range(len(name))]
    if not room.take([(u - half, v - half, u + half, v + half) for u, v in spots]):
        return []
    return [_text(u, v + style.size * 0.35, letter, style) for letter, (u, v) in zip(name, spots, strict=True)]


def _turned(name: str, x: float, y: float, turn: float, style: Style, room: Room) -> list[str]:
    """A name in one row, turned as the line runs, its letters never on their heads."""
    if cos(turn) < 0:
        turn -= radians(180)
    width, half = layers.width_of(name, style.size), style.size * 0.65
    steps = [(i + 0.5) / 8 * width - width / 2 for i in range(8)]
    spots = [(x + off * cos(turn), y + off * sin(turn)) for off in steps]
    if not room.take([(u - half, v - half, u + half, v + half) for u, v in spots]):
        return []
    return [
        _text(0, style.size * 0.35, name, style, transform=f"translate({x:.0f} {y:.0f}) rotate({degrees(turn):.1f})")
    ]


def _text(x: float, y: float, text: str, style: Style, **look: Any) -> str:
    slant = "italic" if style.slanted else None
    weight = style.weight if style.weight != 400 else None
    return layers.label(
        round(x), round(y), text, style.size, fill=style.colour, font_style=slant, font_weight=weight, **look
    )
