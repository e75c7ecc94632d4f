"""The map of a site in SVG, layer by layer, drawn from the page's data: what pictures and the atlas are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log2
from typing import Any

import numpy as np
import shapely

from lifecircle.messages import msg
from lifecircle.model import PEOPLE, Bools, Ints
from lifecircle.outputs import layers
from lifecircle.outputs.layers import View, label, marks, of_features, path, rect
from lifecircle.outputs.looks import (
    AREAS,
    CLASS_ENDS,
    FACILITY,
    FINE,
    HOLLOW,
    INK,
    LINES,
    PAPER,
    SIGNS,
    street_look,
)
from lifecircle.outputs.shapes import Strings, decoded, unpacked, unrun

LETTERS = 125, 150
"""Sizes of the letters on a map, in units: of the scale bar, of numbers."""
OPEN = "1"
"""Of the page's digits that say whether a facility is open."""
HOMES: dict[str, Any] = {"fill": "#c9c2b2", "stroke": "#6d675d", "stroke_width": 10}
"""Places with people, where nothing is said of their state."""


@dataclass(frozen=True)
class Map:
    """A site's map in a view; each method draws a layer of it as SVG elements."""

    page: Mapping[str, Any]
    """What the page shows (``pagedata``)."""
    lang: str
    view: View

    @cached_property
    def boundary(self) -> Strings:
        """The site's outline, in degrees."""
        return decoded(self.page["boundary"])

    @cached_property
    def lines(self) -> Strings:
        """The coloured streets, in degrees."""
        return decoded(self.page["streets"]["lines"])

    def ground(self, *, veiled: bool = True) -> str:
        """The base, quiet, and paler beyond the boundary where ``veiled``."""
        base = {name: decoded(code) for name, code in self.page["base"].items() if self.shown(name)}
        drawn = [path(self.view, base[name], closed=True, fill=AREAS[name]) for name in AREAS if name in base]
        lines = {name: look for name, look in LINES.items() if name in base}
        for name, (_, edge, metres, least, most) in lines.items():
            if edge is not None:
                drawn.append(self.line(base[name], edge, float(np.clip(metres / self.view.metres, least, most)) + 10))
        for name, (colour, _, metres, least, most) in lines.items():
            drawn.append(self.line(base[name], colour, float(np.clip(metres / self.view.metres, least, most))))
        drawn.append(self.gates())
        outline = {"fill": "none", "stroke": INK, "stroke_width": 20, "stroke_dasharray": "90 50"}
        return "".join([*drawn, self.veil() if veiled else "", path(self.view, self.boundary, closed=True, **outline)])

    def gates(self) -> str:
        """Squares of about 4 m."""
        points = decoded(self.page["gates"]["point"]).xy if self.shown("gate") else np.empty((0, 2))
        sizes = [2 / self.view.metres] * len(points)
        return marks(self.view, points, "square", sizes, fill="#ffffff", stroke="#6d675d", stroke_width=10)

    def shown(self, name: str) -> bool:
        """Whether a layer of the base can be told apart at this scale."""
        return 10 * self.view.metres <= FINE.get(name, np.inf)

    def line(self, lines: Strings, colour: str, width: float) -> str:
        """Lines of the base."""
        return path(self.view, lines, fill="none", stroke=colour, stroke_width=round(width), stroke_linejoin="round")

    def veil(self) -> str:
        """What makes the ground beyond the boundary paler."""
        return layers.outside(self.view, self.boundary, fill="#f7f5f0", fill_opacity=0.55)

    @property
    def weight(self) -> float:
        """How wide a street is drawn, in tens of units: wider as one comes closer, as on the page."""
        zoom = log2(156_543 * np.cos(np.radians(self.view.lat)) / (10 * self.view.metres))
        return float(np.clip(1.6 + (zoom - 13.5) * 0.6, 0.7, 3.4))

    def streets(self, k: int) -> list[str]:
        """Streets by the class of minutes to the nearest facility of a category."""
        minutes = unrun(unpacked(self.page["streets"]["minutes"][k]))
        looks = [street_look(each, self.weight) for each in range(len(CLASS_ENDS) + 1)]
        return self.classed(np.searchsorted(CLASS_ENDS, minutes), looks)

    def classed(self, group: Ints, looks: Sequence[Mapping[str, Any]]) -> list[str]:
        """Streets by the class of each of their vertices, an index of ``looks``."""
        pieces = layers.by_class(self.lines, group, len(looks))
        return [path(self.view, piece, **look) for piece, look in zip(pieces, looks, strict=True)]

    def places(self, rows: Bools, look: dict[str, Any]) -> str:
        """Some places of demand: areas as they are, points as discs that grow with the people."""
        demand = self.page["demand"]
        shape = decoded(demand["shape"])
        lone = np.bincount(shape.feature, minlength=len(rows)) == 1
        lone[shape.feature[np.diff(shape.start) > 1]] = False
        heads = np.array([demand[kind] for kind in PEOPLE if kind in demand] or [[0] * len(rows)], dtype=float)
        sizes = 40 + np.minimum(70, np.sqrt(np.nan_to_num(heads).sum(axis=0)) * 1.25)
        chosen = rows & lone
        look = look | {"stroke_width": round(look["stroke_width"] * min(1.0, self.weight / 2.4), 1)}
        return path(self.view, of_features(shape, rows & ~lone), closed=True, **look) + marks(
            self.view, of_features(shape, chosen).xy, "disc", sizes[chosen].tolist(), **look
        )

    def functions(self) -> list[str]:
        """Every facility by the sign of its function."""
        function = {category["id"]: category["function"] for category in self.page["categories"]}
        points = decoded(self.page["facilities"]["point"])
        of = np.array([function.get(id, "") for id in self.page["facilities"]["category"]], dtype=object)
        size = 34 if len(of) > 300 else 50
        return [
            marks(
                self.view,
                layers.chosen(points, np.flatnonzero(of == name)).xy,
                shape,
                [size] * int((of == name).sum()),
                fill=colour,
                stroke="#ffffff",
                stroke_width=9,
            )
            for name, (shape, colour) in SIGNS.items()
        ]

    def facilities(self, id: str) -> list[str]:
        """Facilities of a category, those that do not count hollow, with the outlines of areas."""
        drawn = []
        planned, facilities = self.page["planned"], self.page["facilities"]
        opening = np.array(list(facilities.get("opening", OPEN * len(facilities["category"]))), dtype=object)
        every = np.ones(len(planned["category"]), dtype=bool)
        for places, those, look in (
            (planned, every, HOLLOW),
            (facilities, opening != OPEN, HOLLOW),
            (facilities, opening == OPEN, FACILITY),
        ):
            own = those & np.array([category == id for category in places["category"]], dtype=bool)
            outline = np.array([own[row] for row in places["outline_of"]], dtype=bool)
            edge = {"fill": "none", "stroke": INK, "stroke_width": 12}
            drawn.append(path(self.view, of_features(decoded(places["outline"]), outline), closed=True, **edge))
            points = of_features(decoded(places["point"]), own).xy
            drawn.append(marks(self.view, points, "diamond", [72 if own.sum() <= 60 else 46] * len(points), **look))
        return drawn

    def number(self, areas: Strings, area: int, rank: int) -> str:
        """The rank of a gap area, on it."""
        rings = [areas.xy[areas.start[row] : areas.start[row + 1]] for row in np.flatnonzero(areas.feature == area)]
        shape = max((shapely.Polygon(ring) for ring in rings), key=shapely.area)
        x, y = self.view.points(shapely.get_coordinates(shapely.point_on_surface(shape)))[0]
        circle = f'<circle cx="{x:.0f}" cy="{y:.0f}" r="105" fill="#ffffff" stroke="#8f3410" stroke-width="14"/>'
        return circle + label(
            round(x), round(y) + 52, str(rank), LETTERS[1], text_anchor="middle", font_weight=600, fill=INK
        )

    def scale(self, number: str = "") -> str:
        """A bar of round length, a fifth of the map at most; ``number`` is the scale as it is written."""
        longest = 0.2 * self.view.width * self.view.metres
        metres = max(m for e in range(6) for m in (10**e, 2 * 10**e, 5 * 10**e) if m <= max(longest, 1))
        long = metres / self.view.metres
        x, y = round(self.view.x) + 180, round(self.view.y + self.view.height) - 200
        beside = layers.width_of(number, LETTERS[0]) + 100 if number else 0
        back = rect(x - 80, y - 210, long + 160 + beside, 310, fill=PAPER, fill_opacity=0.85)
        ticks = f"M{x} {y - 60}v60h{long:.0f}v-60M{x + long / 2:.0f} {y}v-40"
        bar = f'<path d="{ticks}" fill="none" stroke="{INK}" stroke-width="14"/>'
        text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres} m"
        written = label(round(x + long) + 120, y, number, LETTERS[0], fill=INK) if number else ""
        return (
            back + bar + written + label(round(x + long / 2), y - 80, text, LETTERS[0], text_anchor="middle", fill=INK)
        )

    def north(self) -> str:
        """Where north is: the map is drawn with it above."""
        x, y = round(self.view.x + self.view.width) - 250, round(self.view.y) + 200
        back = f'<circle cx="{x}" cy="{y + 110}" r="240" fill="{PAPER}" fill-opacity=".85"/>'
        arrow = f'<path d="M{x} {y - 60}l90 230l-90 -60l-90 60z" fill="{INK}"/>'
        return back + arrow + label(x, y + 290, msg("N").render(self.lang), LETTERS[0], text_anchor="middle", fill=INK)
