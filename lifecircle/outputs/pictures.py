"""Pictures of a site for a report, drawn from the page's data: one of the whole, one a category, each a sheet in SVG.

A sheet is 12,000 by 8,485 units, the shape of A4 and A3 on their side: the map on the left, what it says on the right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import log2
from typing import Any

import numpy as np
import shapely

from lifecircle.messages import Message, msg
from lifecircle.model import MINUTES, PEOPLE, Bools
from lifecircle.outputs import layers
from lifecircle.outputs.drawings import OVERVIEW, picture_ids
from lifecircle.outputs.layers import View, group, label, marks, of_features, path, rect
from lifecircle.outputs.looks import (
    AREA,
    AREAS,
    CLASS_ENDS,
    DATA,
    FACILITY,
    FINE,
    FUNCTIONS,
    HOLLOW,
    INK,
    KINDS,
    LAND,
    LINES,
    PAPER,
    PATTERNS,
    PLACE,
    PLACES,
    QUIET,
    RULE,
    SIGNS,
    STANDINGS,
    STATES,
    SYNTHETIC,
    street_look,
)
from lifecircle.outputs.shapes import Strings, decoded, unpacked, unrun

WIDTH, HEIGHT = 12_000, 8_485
MAP = (300, 1_000, 8_700, 6_900)
"""Left, top, width and height of the map; the text stands right of it."""
LEFT, RIGHT = 9_250, 11_700
SMALL, NORMAL, LARGE, TITLE = 125, 150, 190, 320
"""Sizes of letters: on A4 about 9, 10.5, 13 and 22 points."""
RANKED = 5
"""So many gap areas are numbered and told."""


def picture(page: Mapping[str, Any], id: str, lang: str) -> str:
    """One picture of a site as SVG, from what its page shows. Raises ValueError where there is no such picture."""
    if id not in picture_ids(page):
        raise ValueError(id)
    sheet = Sheet(page, lang, layers.fitted(page["bounds"], *MAP))
    if id == OVERVIEW:
        return sheet.overview()
    return sheet.category(picture_ids(page).index(id) - 1)


@dataclass(frozen=True)
class Column:
    """The text beside the map, written from the top down."""

    say: Callable[[Message], str]
    parts: list[str]
    y: float = MAP[1] + NORMAL

    def line(self, text: str, size: float = SMALL, *, after: float = 0, **look: Any) -> Column:
        """A line, or several where the text is long."""
        lines = layers.wrapped(text, size, RIGHT - LEFT)
        for row, each in enumerate(lines):
            self.parts.append(label(LEFT, self.y + row * size * 1.4, each, size, **look))
        return replace(self, y=self.y + len(lines) * size * 1.4 + after)

    def head(self, text: str) -> Column:
        """A heading with a rule above it."""
        rule = f'<path d="M{LEFT} {self.y:g}H{RIGHT}" stroke="{RULE}" stroke-width="8"/>'
        self.parts.append(rule)
        return replace(self, y=self.y + 230).line(text, NORMAL, after=50, font_weight=600)

    def entry(self, sample: str, text: str) -> Column:
        """A line of the legend: ``sample`` is drawn around (0, 0)."""
        self.parts.append(f'<g transform="translate({LEFT + 150} {self.y - 45:g})">{sample}</g>')
        self.parts.append(label(LEFT + 400, self.y, layers.shortened(text, SMALL, RIGHT - LEFT - 400), SMALL))
        return replace(self, y=self.y + 205)

    def bar(self, shares: Sequence[float], x: float, width: float, height: float) -> None:
        """Covered, gap and unknown as parts of a bar, on the line."""
        self.parts.append(stack(shares, x, self.y - height, width, height))

    def below(self, space: float) -> Column:
        """Further down."""
        return replace(self, y=self.y + space)


@dataclass(frozen=True)
class Sheet:
    """A site, a language and a view: what every picture of it shares."""

    page: Mapping[str, Any]
    lang: str
    view: View

    def say(self, message: Message) -> str:
        """A sentence in the sheet's language."""
        return message.render(self.lang)

    def named(self, thing: Mapping[str, Any]) -> str:
        """The name of a thing that has one in both languages."""
        return str(thing[self.lang] or thing["zh"] or thing["en"])

    def count(self, amount: float | None) -> str:
        """A number of people or places; a dash where nobody knows."""
        return "–" if amount is None else f"{amount:,.0f}"

    # The two kinds of sheets

    def overview(self) -> str:
        """The site as it is: ground, places with people, facilities by function; coverage of every category beside."""
        function = {category["id"]: category["function"] for category in self.page["categories"]}
        points = decoded(self.page["facilities"]["point"])
        of = np.array([function.get(id, "") for id in self.page["facilities"]["category"]], dtype=object)
        size = 34 if len(of) > 300 else 50
        signs = [
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
        homes = {"fill": "#c9c2b2", "stroke": "#6d675d", "stroke_width": 10}
        everywhere = np.ones(len(self.page["demand"]["name"]), dtype=bool)
        drawn = [self.ground(), self.places(everywhere, homes), *signs, self.veil()]
        column = self.facts(Column(self.say, []))
        column = column.head(self.say(msg("Legend"))).below(90)
        column = column.entry(rect(-90, -60, 180, 120, **homes), self.say(PLACES))
        for name, (shape, colour) in SIGNS.items():
            sample = f'<path d="{layers.sign(shape, 0, 0, 60)}" fill="{colour}"/>'
            column = column.entry(sample, self.say(msg("facilities: {function}", function=FUNCTIONS[name])))
        column = self.table(column.below(-60))
        facts = self.say(
            msg(
                "{area} ha; {standard}; {profile}, {speed:g} m a minute",
                area=self.page["site"]["area_ha"],
                standard=self.named(self.page["site"]["standard"]),
                profile=self.named(self.page["site"]["profile"]),
                speed=self.page["site"]["profile"]["speed"],
            )
        )
        return self.whole(self.say(msg("Overview")), facts, drawn, column)

    def category(self, k: int) -> str:
        """Who can walk to one category: streets by minutes, places by state, gap areas, facilities."""
        category = self.page["categories"][k]
        states = np.array(list(category["states"]), dtype=object)
        areas = decoded(category["gaps"]["shape"])
        ranked = self.ranked(category)
        drawn = [
            self.ground(),
            path(self.view, areas, closed=True, **AREA),
            *self.streets(k),
            *(self.places(states == digit, look) for digit, look in PLACE.items()),
            *self.facilities(category["id"]),
            *(self.number(areas, area, rank) for rank, area in enumerate(ranked, 1)),
        ]
        column = self.shares(Column(self.say, []), category)
        column = self.legend(column)
        column = self.gap_areas(column, category, ranked)
        return self.whole(self.named(category), self.norm(category), drawn, column)

    def whole(self, title: str, facts: str, drawn: Sequence[str], column: Column) -> str:
        """Title, map with scale, north and outline, column and credits."""
        site = self.page["site"]
        name = layers.shortened(site["name"], LARGE, WIDTH - 1_000 - layers.width_of(title, TITLE))
        heading = label(300, 520, layers.shortened(title, TITLE, 6_000), TITLE, font_weight=600, fill=INK)
        after = 300 + layers.width_of(layers.shortened(title, TITLE, 6_000), TITLE) + 250
        told = [*site["attribution"], self.say(SYNTHETIC) if site["synthetic"] else ""]
        credit = " · ".join(each for each in told if each)
        version = f"lifecircle {site['version']} · {site['standard']['hash']}"
        return layers.document(
            WIDTH,
            HEIGHT,
            f"{title} · {site['name']}",
            PATTERNS,
            heading,
            label(after, 520, name, LARGE, fill=QUIET),
            label(300, 800, layers.shortened(facts, NORMAL, WIDTH - 600), NORMAL, fill=QUIET),
            rect(*MAP, fill=LAND),
            layers.inside(self.view, *drawn, self.scale(), self.north()),
            rect(*MAP, fill="none", stroke=RULE, stroke_width=8),
            group(*column.parts, fill=INK),
            label(300, 8_160, layers.shortened(credit, SMALL, 8_700), SMALL, fill=QUIET),
            label(RIGHT, 8_160, version, SMALL, fill=QUIET, text_anchor="end"),
        )

    # What is drawn on the map

    def ground(self) -> str:
        """The base, quiet, and paler beyond the boundary."""
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
        return "".join([*drawn, self.veil(), path(self.view, decoded(self.page["boundary"]), closed=True, **outline)])

    def gates(self) -> str:
        """Squares of about 4 m."""
        points = decoded(self.page["gates"]["point"]).xy
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
        return layers.outside(self.view, decoded(self.page["boundary"]), fill="#f7f5f0", fill_opacity=0.55)

    @property
    def weight(self) -> float:
        """How wide a street is drawn, in tens of units: wider as one comes closer, as on the page."""
        zoom = log2(156_543 * np.cos(np.radians(self.view.lat)) / (10 * self.view.metres))
        return float(np.clip(1.6 + (zoom - 13.5) * 0.6, 0.7, 3.4))

    def streets(self, k: int) -> list[str]:
        """Streets by the class of minutes to the nearest facility of a category."""
        streets = self.page["streets"]
        group = np.searchsorted(CLASS_ENDS, unrun(unpacked(streets["minutes"][k])))
        pieces = layers.by_class(decoded(streets["lines"]), group, len(CLASS_ENDS) + 1)
        looks = [street_look(each, self.weight) for each in range(len(pieces))]
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

    def facilities(self, id: str) -> list[str]:
        """Facilities of a category, the planned ones hollow, with the outlines of areas."""
        drawn = []
        for places, look in ((self.page["planned"], HOLLOW), (self.page["facilities"], FACILITY)):
            own = np.array([category == id for category in places["category"]], dtype=bool)
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
            round(x), round(y) + 52, str(rank), NORMAL, text_anchor="middle", font_weight=600, fill=INK
        )

    def scale(self) -> str:
        """A bar of round length, a fifth of the map at most."""
        longest = 0.2 * MAP[2] * self.view.metres
        metres = max(m for e in range(6) for m in (10**e, 2 * 10**e, 5 * 10**e) if m <= max(longest, 1))
        long = metres / self.view.metres
        x, y = MAP[0] + 180, MAP[1] + MAP[3] - 200
        back = rect(x - 80, y - 210, long + 160, 310, fill=PAPER, fill_opacity=0.85)
        ticks = f"M{x} {y - 60}v60h{long:.0f}v-60M{x + long / 2:.0f} {y}v-40"
        bar = f'<path d="{ticks}" fill="none" stroke="{INK}" stroke-width="14"/>'
        text = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres} m"
        return back + bar + label(round(x + long / 2), y - 80, text, SMALL, text_anchor="middle", fill=INK)

    def north(self) -> str:
        """Where north is: the map is drawn with it above."""
        x, y = MAP[0] + MAP[2] - 250, MAP[1] + 200
        back = f'<circle cx="{x}" cy="{y + 110}" r="240" fill="{PAPER}" fill-opacity=".85"/>'
        arrow = f'<path d="M{x} {y - 60}l90 230l-90 -60l-90 60z" fill="{INK}"/>'
        return back + arrow + label(x, y + 290, self.say(msg("N")), SMALL, text_anchor="middle", fill=INK)

    # What is told beside it

    def norm(self, category: Mapping[str, Any]) -> str:
        """What a category is held to, how far that is known, and how whole the data are."""
        metres, minutes = category["norm"]["m"], category["norm"]["min"]
        norm = (
            msg("norm: {m:g} m on foot", m=metres) if metres is not None else msg("norm: {m:g} min on foot", m=minutes)
        )
        profile = self.page["site"]["profile"]
        walked = msg("{profile}, {speed:g} m a minute", profile=self.named(profile), speed=profile["speed"])
        parts = [
            norm,
            STANDINGS.get(category["standing"], msg("{x}", x=category["standing"])),
            DATA[category["data"]],
            walked,
        ]
        return " · ".join([self.say(part) for part in parts] + [self.named(self.page["site"]["standard"])])

    def shares(self, column: Column, category: Mapping[str, Any]) -> Column:
        """Covered, gap and unknown of those that a category is judged by."""
        rows = at_norm(category)
        parts = shares(rows)
        if parts is None:
            return column.line(self.say(msg("serves nobody here")), NORMAL, after=100)
        told = " + ".join(self.say(KINDS[row["by"]]) for row in rows)
        column = column.line(self.say(msg("Of {kinds}", kinds=told)), NORMAL, after=130, font_weight=600)
        column.bar(parts, LEFT, RIGHT - LEFT, 170)
        column = column.below(190)
        about = "≈ " if any(row["estimated"] for row in rows) else ""
        for (digit, state), key, share in zip(STATES, ("covered", "gap", "unknown"), parts, strict=True):
            amount = sum(row[key] or 0 for row in rows)
            sample = rect(-90, -60, 180, 120, **PLACE[digit])
            column = column.entry(sample, f"{self.say(state)}  {about}{self.count(amount)}  ({share:.0%})")
        return column.below(-60)

    def legend(self, column: Column) -> Column:
        """What the streets and signs of a category's map mean."""
        site = self.page["site"]
        bounds = [0, *MINUTES, round(site["limit_m"] / site["profile"]["speed"])]
        spans = pairwise(bounds)
        texts = [self.say(msg("{a} to {b} min", a=a, b=b)) for a, b in spans]
        texts += [self.say(msg("none within {m} m", m=site["limit_m"])), self.say(msg("unknown"))]
        column = column.head(self.say(msg("Walk from the streets to the nearest"))).below(90)
        for each, text in enumerate(texts):
            column = column.entry(f'<path d="M-110 0h220"{layers.attributes(street_look(each, 3.4))}/>', text)
        column = column.entry(rect(-90, -60, 180, 120, **AREA), self.say(msg("gap area")))
        for look, what in ((FACILITY, msg("facility")), (HOLLOW, msg("planned: not counted"))):
            sample = f'<path d="{layers.sign("diamond", 0, 0, 72)}"{layers.attributes(look)}/>'
            column = column.entry(sample, self.say(what))
        return column.below(-60)

    def ranked(self, category: Mapping[str, Any]) -> list[int]:
        """The gap areas with the most people, then the largest."""
        gaps = category["gaps"]
        kinds = [kind for kind in category["main"] if kind in PEOPLE]

        def weight(area: int) -> tuple[float, float]:
            return sum(gaps[kind][area] or 0 for kind in kinds), gaps["area_ha"][area] or 0

        return sorted(range(len(gaps["area_ha"])), key=weight, reverse=True)[:RANKED]

    def gap_areas(self, column: Column, category: Mapping[str, Any], ranked: Sequence[int]) -> Column:
        """The numbered gap areas: people, ground, how far beyond the norm."""
        if not ranked:
            return column
        gaps = category["gaps"]
        column = column.head(self.say(msg("Largest gap areas")))
        for rank, area in enumerate(ranked, 1):
            people = [
                f"{self.count(gaps[kind][area])} {self.say(KINDS[kind])}"
                for kind in category["main"]
                if kind in PEOPLE and gaps[kind][area]
            ]
            beyond, limit = gaps["shortfall_m"][area], self.page["site"]["limit_m"]
            far = (
                msg("none within {m} m", m=limit) if beyond is None else msg("{m} m beyond the norm", m=f"{beyond:.0f}")
            )
            sure = [self.say(msg("low confidence"))] if gaps["confidence"][area] == "low" else []
            ground = self.say(msg("{area} ha", area=gaps["area_ha"][area]))
            column = column.line(" · ".join([f"{rank}. {ground}", *people]), SMALL)
            column = column.line(" · ".join([self.say(far), *sure]), SMALL, after=60, fill=QUIET)
        return column

    def facts(self, column: Column) -> Column:
        """Whom the numbers are about, and the index."""
        site, index = self.page["site"], self.page["index"]
        heads = [f"{self.count(number)} {self.say(KINDS[kind])}" for kind, number in site["people"].items() if number]
        column = column.line(" · ".join(heads) or self.say(msg("no head counts")), NORMAL, after=60)
        low, high, _ = index["value"]
        told = f"{low:.0f}" if round(low) == round(high) else f"{low:.0f}–{high:.0f}"
        text = self.say(msg("Three-life index {value} of 100", value=told))
        return column.line(text, NORMAL, after=100, font_weight=600)

    def table(self, column: Column) -> Column:
        """Coverage of every category by function."""
        column = column.head(self.say(msg("Covered, gap, unknown")))
        rows = len(self.page["categories"]) + 3
        step = min(200.0, (MAP[1] + MAP[3] - column.y) / rows)
        size = min(SMALL, step * 0.68)
        for name, title in FUNCTIONS.items():
            own = [category for category in self.page["categories"] if category["function"] == name]
            if own:
                column.parts.append(label(LEFT, column.y, self.say(title), size, fill=QUIET))
                column = column.below(step)
            for category in own:
                told = shares(at_norm(category))
                column.parts.append(label(LEFT, column.y, layers.shortened(self.named(category), size, 1_150), size))
                if told is not None:
                    column.bar(told, LEFT + 1_200, 800, step * 0.55)
                    column.parts.append(label(RIGHT, column.y, percent(told), size, text_anchor="end"))
                column = column.below(step)
        return column


def at_norm(category: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Coverage rows of those that a category is judged by."""
    return [row for row in category["rows"] if row["at"] == "norm" and row["by"] in category["main"]]


def shares(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float, float] | None:
    """Covered, gap and unknown as shares of the total; None where there is nobody."""
    total = sum(row["total"] or 0 for row in rows)
    if not total:
        return None
    covered, gap, unknown = (sum(row[key] or 0 for row in rows) / total for key in ("covered", "gap", "unknown"))
    return covered, gap, unknown


def percent(told: tuple[float, float, float]) -> str:
    """What is covered at least, and at most."""
    low, high = f"{100 * told[0]:.0f}", f"{100 * (told[0] + told[2]):.0f}"
    return f"{low}%" if low == high else f"{low}–{high}%"


def stack(parts: Sequence[float], x: float, y: float, width: float, height: float) -> str:
    """Covered, gap and unknown as one bar."""
    drawn = []
    for (digit, _), share in zip(STATES, parts, strict=True):
        if share > 0:
            look = {"fill": PLACE[digit]["fill"], "stroke": PLACE[digit]["stroke"], "stroke_width": 6}
            drawn.append(rect(x, y, share * width, height, **look))
        x += share * width
    return "".join(drawn)
