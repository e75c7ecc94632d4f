"""Pictures of a site for a report, drawn from the page's data: one of the whole, one a category, each a sheet in SVG.

A sheet is 12,000 by 8,485 units, the shape of A4 and A3 on their side: the map on the left, what it says on the right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from lifecircle.messages import Message, msg
from lifecircle.model import MINUTES, PEOPLE
from lifecircle.outputs import layers
from lifecircle.outputs.drawings import OVERVIEW, picture_ids
from lifecircle.outputs.layers import group, label, path, rect
from lifecircle.outputs.looks import (
    AREA,
    DATA,
    FACILITY,
    FUNCTIONS,
    HOLLOW,
    INK,
    KINDS,
    LAND,
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
from lifecircle.outputs.maps import HOMES, Map
from lifecircle.outputs.shapes import decoded

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
    sheet = Sheet(Map(page, lang, layers.fitted(page["bounds"], *MAP)))
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
    """A site's map with what it says beside it."""

    map: Map

    @property
    def page(self) -> Mapping[str, Any]:
        """What the page shows."""
        return self.map.page

    @property
    def lang(self) -> str:
        """Language of the sheet."""
        return self.map.lang

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
        everywhere = np.ones(len(self.page["demand"]["name"]), dtype=bool)
        drawn = [self.map.ground(), self.map.places(everywhere, HOMES), *self.map.functions(), self.map.veil()]
        column = self.facts(Column(self.say, []))
        column = column.head(self.say(msg("Legend"))).below(90)
        column = column.entry(rect(-90, -60, 180, 120, **HOMES), self.say(PLACES))
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
            self.map.ground(),
            path(self.map.view, areas, closed=True, **AREA),
            *self.map.streets(k),
            *(self.map.places(states == digit, look) for digit, look in PLACE.items()),
            *self.map.facilities(category["id"]),
            *(self.map.number(areas, area, rank) for rank, area in enumerate(ranked, 1)),
        ]
        column = self.shares(Column(self.say, []), category)
        column = self.legend(column)
        column = self.gap_areas(column, category, ranked)
        return self.whole(self.named(category), self.norm(category), drawn, column)

    def whole(self, title: str, facts: str, drawn: Sequence[str], column: Column) -> str:
        """Title, map with scale, north and outline, column and credits."""
        site = self.page["site"]
        full = " · ".join([site["name"], *([self.named(site["at"])] if "at" in site else [])])
        name = layers.shortened(full, LARGE, WIDTH - 1_000 - layers.width_of(title, TITLE))
        heading = label(300, 520, layers.shortened(title, TITLE, 6_000), TITLE, font_weight=600, fill=INK)
        after = 300 + layers.width_of(layers.shortened(title, TITLE, 6_000), TITLE) + 250
        told = [*site["attribution"], self.say(SYNTHETIC) if site["synthetic"] else ""]
        credit = " · ".join(each for each in told if each)
        version = f"lifecircle {site['version']} · {site['standard']['hash']}"
        return layers.document(
            WIDTH,
            HEIGHT,
            f"{title} · {full}",
            PATTERNS,
            heading,
            label(after, 520, name, LARGE, fill=QUIET),
            label(300, 800, layers.shortened(facts, NORMAL, WIDTH - 600), NORMAL, fill=QUIET),
            rect(*MAP, fill=LAND),
            layers.inside(self.map.view, *drawn, self.map.scale(), self.map.north()),
            rect(*MAP, fill="none", stroke=RULE, stroke_width=8),
            group(*column.parts, fill=INK),
            label(300, 8_160, layers.shortened(credit, SMALL, 8_700), SMALL, fill=QUIET),
            label(RIGHT, 8_160, version, SMALL, fill=QUIET, text_anchor="end"),
        )

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
        texts += [self.say(msg("none within {m:,g} m", m=site["limit_m"])), self.say(msg("unknown"))]
        column = column.head(self.say(msg("Walk from the streets to the nearest"))).below(90)
        for each, text in enumerate(texts):
            column = column.entry(f'<path d="M-110 0h220"{layers.attributes(street_look(each, 3.4))}/>', text)
        column = column.entry(rect(-90, -60, 180, 120, **AREA), self.say(msg("gap area")))
        hollow = msg("planned, shut or of unknown hours") if "at" in site else msg("planned: not counted")
        for look, what in ((FACILITY, msg("facility")), (HOLLOW, hollow)):
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
                msg("none within {m:,g} m", m=limit)
                if beyond is None
                else msg("at least {m:,.0f} m beyond the norm", m=beyond)
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
