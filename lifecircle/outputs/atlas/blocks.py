"""Blocks of the column beside a map: legends, bars, facts, ranked gaps, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import pandas as pd

from lifecircle.messages import Message, Named, msg, tell
from lifecircle.model import MINUTES, PEOPLE, Assessment, Category
from lifecircle.outputs.atlas.plates import (
    EXTENT,
    LACKS,
    OUTLINE,
    SHARES,
    STUDY,
    badge_swatch,
    box_swatch,
    lack_ends,
    line_swatch,
    swatch,
)
from lifecircle.outputs.chapters.telling import called, counted, judged_by, kinds_of, listed, norm_of, rounded, span
from lifecircle.outputs.layers import attributes, sign
from lifecircle.outputs.looks import (
    AREA,
    AREAS,
    DATA,
    FACILITY,
    FUNCTIONS,
    HOLLOW,
    KINDS,
    PATTERNS,
    PLACE,
    PLACES,
    SIGNS,
    STANDINGS,
    STATES,
    street_look,
)
from lifecircle.outputs.maps import HOMES
from lifecircle.outputs.pictures import stack
from lifecircle.outputs.plain import joined, judged, sources, standard_name, text
from lifecircle.outputs.reporting import Form, shown

RANKED = 5
"""Gap areas numbered on the page of a category."""
NAMED = 3
"""Categories that are named of those a place lacks."""
LONGEST = 60
"""Letters of a name from data, in a line of its own."""
GROUNDS = {
    "industrial": msg("industry"),
    "residential": msg("homes"),
    "commercial": msg("shops and offices"),
    "green": msg("green"),
    "farmland": msg("farmland"),
    "water": msg("water"),
    "building": msg("buildings near the site"),
}
"""Grounds that the location map explains."""
ORIGINS = {
    "site file": msg("edge of the data, as the site file says"),
    "file header": msg("edge of the data, as their file says"),
    "hull of roads": msg("edge of the data: around all their roads"),
}
UNKNOWN_LINE = line_swatch(**street_look(len(MINUTES) + 2, 3.4))

Block = dict[str, Any]
Fact = tuple[Message | Named | str, Message | Named | str]


@dataclass(frozen=True)
class Told:
    """What is told of one site in one language."""

    assessment: Assessment
    page: Mapping[str, Any]
    """What the map shows."""
    lang: str

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Coverage of each category at its norm."""
        return judged(self.assessment)

    def row(self, category: Category) -> Any:
        """That of one category."""
        return self.judged.loc[category.id]

    @property
    def categories(self) -> Sequence[Category]:
        """Of the standard, in its order."""
        return self.assessment.site.standard.categories

    def of(self, function: str) -> list[Category]:
        """The categories of a function."""
        return [category for category in self.categories if category.function == function]

    def say(self, told: Message | Named | str) -> str:
        """A text in the language."""
        return told.render(self.lang) if isinstance(told, Named) else tell(told, self.lang)

    def number(self, cell: Any, form: Form = "whole") -> str:
        """A number as every document shows it."""
        return shown(cell, form, self.lang)

    # Blocks

    def head(self, title: Message) -> Block:
        """A heading."""
        return {"kind": "head", "text": titled(self.say(title))}

    def facts(self, rows: Iterator[Fact], *, small: bool = False) -> Block:
        """Pairs of what and how."""
        return {"kind": "facts", "small": small, "rows": [[self.say(each) for each in row] for row in rows]}

    def legend(self, entries: Iterator[tuple[str, Message]], *, columns: int = 1) -> Block:
        """Samples with what they mean."""
        return {
            "kind": "legend",
            "columns": columns,
            "entries": [{"svg": svg, "text": self.say(told)} for svg, told in entries],
        }

    def bars(self, function: str, *, numbered: bool = False) -> Block:
        """Every category of a function as a bar, with what is covered at least and at most."""
        rows = []
        for number, category in enumerate(self.of(function), 1):
            row = self.row(category)
            some = bool(row["total"] > 0)
            covered = self.number(span(row["c_low"], row["c_high"]), "share") if some else self.say(msg("nobody"))
            rows.append(
                {
                    "svg": badge_swatch(number) if numbered else "",
                    "name": self.say(called(category)),
                    "bar": bar(parts_of(row) if some else (), 620 if numbered else 960, 90),
                    "text": covered,
                }
            )
        return {"kind": "bars", "rows": rows}

    def shares(self, category: Category) -> list[Block]:
        """Covered, gap and unknown of those that a category is judged by."""
        row, parts = self.row(category), parts_of(self.row(category))
        entries = [
            {
                "svg": box_swatch(**PLACE[digit]),
                "text": self.say(state),
                "value": self.number(rounded(row[key], 3)),
                "share": self.number(rounded(share), "share"),
            }
            for (digit, state), key, share in zip(STATES, ("covered", "gap", "unknown"), parts, strict=True)
        ]
        return [
            self.head(msg("Of {kinds}", kinds=counted(judged_by(self.assessment, category.id)))),
            {"kind": "bar", "svg": bar(parts, 3_200, 190)},
            {"kind": "shares", "entries": entries},
        ]

    def ranked(self, row: int) -> list[int]:
        """The gap areas of a category with the most people, then the largest."""
        gaps = self.page["categories"][row]["gaps"]
        kinds = [kind for kind in self.page["categories"][row]["main"] if kind in gaps]

        def weight(area: int) -> tuple[float, float]:
            return sum(gaps[kind][area] or 0 for kind in kinds), gaps["area_ha"][area] or 0

        return sorted(range(len(gaps["area_ha"])), key=weight, reverse=True)[:RANKED]

    def gap_area(self, row: int, area: int) -> list[str]:
        """Ground and people of a gap area of a category; how far beyond the norm."""
        gaps = self.page["categories"][row]["gaps"]
        kinds = [kind for kind in self.page["categories"][row]["main"] if kind in gaps]
        people = [f"{self.number(gaps[kind][area])} {self.say(KINDS[kind])}" for kind in kinds if gaps[kind][area]]
        beyond, limit = gaps["shortfall_m"][area], self.page["site"]["limit_m"]
        far = (
            msg("none within {m:,g} m", m=limit)
            if beyond is None
            else msg("at least {m:,.0f} m beyond the norm", m=beyond)
        )
        sure = [self.say(msg("low confidence"))] if gaps["confidence"][area] == "low" else []
        ground = self.say(msg("{area} ha", area=self.number(gaps["area_ha"][area], "hundredth")))
        return [" · ".join([ground, *people]), " · ".join([self.say(far), *sure])]

    def lacking(self, place: Mapping[Any, Any]) -> list[str]:
        """A place with its people, and what it lacks, the farthest below the norm first."""
        kinds = kinds_of(self.assessment)
        name = cut(place["name"], 40) or f"{self.say(kinds.get(place['kind'], place['kind']))} {cut(place['id'], 40)}"
        people = [f"{self.number(place[kind])} {self.say(KINDS[kind])}" for kind in PEOPLE if place[kind] > 0]
        lacks = listed(self.assessment.site.standard.category(id) for id in place["lacking"].split(";")[:NAMED])
        told = msg("lacks {gap} of {due}, above all {names}", gap=int(place["gap"]), due=int(place["due"]), names=lacks)
        return [" · ".join([name, *people]), self.say(told)]

    # Facts

    def norm(self, category: Category) -> Iterator[Fact]:
        """What a category is held to, whence that comes, and how whole the data are."""
        site = self.assessment.site
        yield msg("norm"), norm_of(category)
        yield msg("standing"), STANDINGS.get(category.standing, category.standing)
        titles = joined([source.title for source in sources(self.assessment, category)])
        yield msg("source"), cut(titles[self.lang], 120)
        yield msg("data"), DATA[site.completeness[category.id]]
        yield msg("facilities counted"), self.number(int((site.facilities["category"] == category.id).sum()))

    def site(self) -> Iterator[Fact]:
        """What the site is held to."""
        site = self.assessment.site
        yield msg("standard"), standard_name(self.assessment)
        yield msg("walking speed"), walker(self.assessment)
        yield msg("places with people"), self.number(len(site.demand))
        yield msg("facilities counted"), self.number(len(site.facilities))

    def counts(self) -> Iterator[Fact]:
        """Facilities of each category."""
        counts = self.assessment.site.facilities["category"].value_counts()
        for category in self.categories:
            yield called(category), self.number(int(counts.get(category.id, 0)))

    # Legends

    def states(self) -> Iterator[tuple[str, Message]]:
        """The three states."""
        for digit, state in STATES:
            yield box_swatch(**PLACE[digit]), state

    def edges(self) -> Iterator[tuple[str, Message]]:
        """Of the location map."""
        yield line_swatch(**OUTLINE), msg("boundary of the site")
        yield line_swatch(**STUDY), msg("study area: facilities count up to here")
        yield line_swatch(**EXTENT), ORIGINS[self.assessment.site.extent_origin]
        for name, told in GROUNDS.items():
            if name in self.page["base"]:
                yield box_swatch(fill=AREAS[name], stroke="#cfc8ba", stroke_width=5), told

    def signs(self) -> Iterator[tuple[str, Message]]:
        """Places with people and facilities by function."""
        yield box_swatch(**HOMES), PLACES
        for name, (shape, colour) in SIGNS.items():
            drawn = swatch(f'<path d="{sign(shape, 0, 0, 55)}" fill="{colour}"/>')
            yield drawn, msg("facilities: {function}", function=FUNCTIONS[name])

    def share_classes(self) -> Iterator[tuple[str, Message]]:
        """Of a function's map."""
        told = [msg("none"), *(msg("up to {share}", share=f"{25 * i}%") for i in range(1, 4)), msg("more than 75%")]
        for (colour, width), what in zip(SHARES, told, strict=True):
            yield line_swatch(stroke=colour, stroke_width=width), what
        yield UNKNOWN_LINE, msg("unknown")
        yield badge_swatch(1), msg("facility, by its number in the list")
        yield box_swatch(**HOMES), PLACES

    def lack_classes(self) -> Iterator[tuple[str, Message]]:
        """Of the map of all gaps."""
        ends = lack_ends(len(self.categories))
        told = [msg("none")]
        told += [msg("{a} to {b}", a=low + 1, b=high) for low, high in pairwise([*ends, len(self.categories)])]
        for (colour, width), what in zip(LACKS, told, strict=True):
            yield line_swatch(stroke=colour, stroke_width=width), what
        yield UNKNOWN_LINE, msg("unknown")
        yield box_swatch(**HOMES), PLACES

    def minutes(self) -> Iterator[tuple[str, Message]]:
        """What the streets and signs of a category's map mean."""
        site = self.page["site"]
        bounds = [0, *MINUTES, round(site["limit_m"] / site["profile"]["speed"])]
        told = [msg("{a} to {b} min", a=a, b=b) for a, b in pairwise(bounds)]
        told += [msg("none within {m:,g} m", m=site["limit_m"]), msg("unknown")]
        for each, what in enumerate(told):
            yield line_swatch(**street_look(each, 3.4)), what
        yield box_swatch(**AREA), msg("gap area")
        for look, what in ((FACILITY, msg("facility")), (HOLLOW, msg("planned: not counted"))):
            yield swatch(f'<path d="{sign("diamond", 0, 0, 55)}"{attributes(look)}/>'), what


def walker(assessment: Assessment) -> Message:
    """Who walks, and how fast."""
    profile = assessment.site.profile
    name = Named(profile.zh, profile.en)
    return msg("{profile}, {speed:g} m a minute", profile=name, speed=profile.metres_per_minute)


def parts_of(row: Any) -> tuple[float, ...]:
    """Covered, gap and unknown of a row of ``judged`` as shares of the total."""
    return tuple(row[state] / row["total"] for state in ("covered", "gap", "unknown"))


def bar(parts: Sequence[float], width: float, height: float) -> str:
    """Covered, gap and unknown as one bar."""
    drawn = stack(parts, 0, 0, width, height) if parts else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {width + 8:g} {height + 8:g}" '
        f'width="{width + 8:g}" height="{height + 8:g}">{PATTERNS}{drawn}</svg>'
    )


def cut(name: Any, most: int = LONGEST) -> str:
    """A text from data in one line that is not too long."""
    told = " ".join(text(name).split())
    return told if len(told) <= most else told[: most - 1] + "…"


def titled(text: str) -> str:
    """With a capital letter in front."""
    return text[:1].upper() + text[1:]
