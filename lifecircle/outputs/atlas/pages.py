"""What stands on the pages of the atlas, as plain data that the template typesets; every text is text, never markup.

A page has a ``kind``: ``cover``, ``summary``, ``plate`` (a map with a column of blocks beside it), ``pair`` (two maps)
or ``text`` (chapters of sentences and tables). A block of a column is ``head``, ``line``, ``bar``, ``facts``,
``legend``, ``shares`` or ``ranked``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import pandas as pd
import shapely

from lifecircle.messages import Message, Named, msg, tell
from lifecircle.model import MINUTES, Assessment, Category
from lifecircle.outputs.atlas.plates import (
    EXTENT,
    LACK_ENDS,
    LACKS,
    OUTLINE,
    SHARES,
    STUDY,
    WHOLE,
    Plate,
    Plates,
    badge,
    box_swatch,
    line_swatch,
    swatch,
)
from lifecircle.outputs.chapters.telling import amount, called, counted, interval, judged_by, norm_of, rounded, span
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
    SYNTHETIC,
    street_look,
)
from lifecircle.outputs.maps import HOMES
from lifecircle.outputs.pictures import stack
from lifecircle.outputs.plain import documents, judged, sources, text
from lifecircle.outputs.report import report
from lifecircle.outputs.reporting import Chapter, Form, Report, Table, shown

MOST_CATEGORIES = 12
"""Categories that have a page of their own."""
RANKED = 5
"""Gap areas numbered on the page of a category."""
MOST_GAPS = 12
"""Gap areas numbered on the page of all gaps."""
LONGEST = 60
"""Letters of a name from data, in a line of its own."""

Block = dict[str, Any]


def pages(assessment: Assessment, page: Mapping[str, Any], lang: str, font: str) -> dict[str, Any]:
    """The whole atlas: what every page shares, and the pages in order."""
    return Atlas(assessment, page, lang, Plates(assessment, page, lang, font)).whole()


def main_categories(assessment: Assessment) -> list[int]:
    """Rows of the categories that have a page: those whose weight times share of people in gap or unknown is most.

    Of equals the one with the larger share, then the larger weight, then the first. A category that nobody is due, and
    one that everybody reaches, has none.
    """
    table = judged(assessment)
    lacking = ((table["gap"] + table["unknown"]) / table["total"]).fillna(0.0).to_numpy()
    weights = [category.weight for category in assessment.site.standard.categories]
    rows = [row for row in range(len(weights)) if lacking[row] > 0]
    rows.sort(key=lambda row: (-weights[row] * lacking[row], -lacking[row], -weights[row], row))
    return sorted(rows[:MOST_CATEGORIES])


@dataclass(frozen=True)
class Atlas:
    """One site in one language."""

    assessment: Assessment
    page: Mapping[str, Any]
    """What the map shows."""
    lang: str
    plates: Plates

    @cached_property
    def report(self) -> Report:
        """The chapters that every document tells."""
        return report(self.assessment)

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Coverage of each category at its norm."""
        return judged(self.assessment)

    @property
    def categories(self) -> Sequence[Category]:
        """Of the standard, in its order."""
        return self.assessment.site.standard.categories

    def say(self, told: Message | Named | str) -> str:
        """A text in the atlas's language."""
        return told.render(self.lang) if isinstance(told, Named) else tell(told, self.lang)

    def number(self, cell: Any, form: Form = "whole") -> str:
        """A number as every document shows it."""
        return shown(cell, form, self.lang)

    def whole(self) -> dict[str, Any]:
        """Everything that the template needs."""
        site, found = self.assessment.site, self.report
        name = cut(found.name)
        stamp = [self.say(found.standard), self.assessment.site.standard.hash[:12], f"lifecircle {found.version}"]
        return {
            "lang": self.lang,
            "title": self.say(msg("{site}: atlas of what is within a walk", site=name)),
            "name": name,
            "author": f"lifecircle {found.version}",
            "map": {"width": WHOLE[0], "height": WHOLE[1]},
            "credit": " · ".join(dict.fromkeys(cut(credit, 160) for credit in found.credits)),
            "synthetic": self.say(SYNTHETIC) if site.synthetic else "",
            "stamp": " · ".join(stamp),
            "pages": list(self.pages()),
        }

    def pages(self) -> Iterator[dict[str, Any]]:
        """The pages in order."""
        yield self.cover()
        yield self.summary()
        yield self.location()
        yield self.overview()
        for name in FUNCTIONS:
            if any(category.function == name for category in self.categories):
                yield self.function(name)
        for row in main_categories(self.assessment):
            yield self.category(row)
        if len(self.assessment.gaps.areas):
            yield self.gaps()
        yield self.texts()

    # Cover and summary

    def cover(self) -> dict[str, Any]:
        """Name, index, map."""
        site, found = self.assessment.site, self.assessment.index
        return {
            "kind": "cover",
            "over": self.say(msg("Atlas of the industrial community")),
            "under": self.say(msg("Who can walk to what, who cannot, and how sure we are")),
            "facts": [
                [self.say(msg("three-life index")), self.number(interval(found.value), "tenth"), "/ 100"],
                *(
                    [self.say(FUNCTIONS[name]), self.number(interval(value), "share"), ""]
                    for name, value in found.functions.items()
                ),
            ],
            "lines": [
                self.say(self.assessment.headline),
                self.say(Named(site.standard.zh, site.standard.en)),
                self.say(walker(self.assessment)),
            ],
            "svg": self.plates.cover().svg,
        }

    def summary(self) -> dict[str, Any]:
        """Contents, findings, and every category as a bar."""
        chapters = {chapter.id: chapter for chapter in self.report.chapters}
        return {
            "kind": "summary",
            "title": self.say(msg("Summary")),
            "contents": self.say(msg("Contents")),
            "findings": [
                {"title": self.say(chapters[id].title), "lines": [self.say(line) for line in chapters[id].sentences]}
                for id in ("whom", "index", "gaps")
                if id in chapters and chapters[id].sentences
            ],
            "columns": [
                [{"kind": "head", "text": self.say(FUNCTIONS[name])}, self.bars(name)]
                for name in FUNCTIONS
                if any(category.function == name for category in self.categories)
            ],
            "legend": self.states(),
            "head": self.say(msg("Covered, gap, unknown")),
        }

    # Plates

    def plate(
        self, part: Message | Named, title: str, finding: str, plate: Plate, column: list[Block]
    ) -> dict[str, Any]:
        """A page with one map."""
        return {
            "kind": "plate",
            "part": self.say(part),
            "title": title,
            "finding": finding,
            "svg": plate.svg,
            "scale": f"1:{plate.scale:,.0f}",
            "column": column,
        }

    def location(self) -> dict[str, Any]:
        """The site in its surroundings."""
        site = self.assessment.site
        finding = msg(
            "{site} covers {area} ha; everything within {m} m around it counts, as far as the data go.",
            site=cut(text(site.name)),
            area=self.number(shapely.area(site.boundary) / 1e4, "tenth"),
            m=self.number(round(shapely.hausdorff_distance(site.study_area.exterior, site.boundary.exterior), -1))
            if False
            else self.number(site.limit_mm / 1000),
        )
        origins = {
            "site file": msg("edge of the data, as the site file says"),
            "file header": msg("edge of the data, as its file says"),
            "hull of roads": msg("edge of the data: the hull of its roads"),
        }
        legend = [
            {"svg": line_swatch(**OUTLINE), "text": self.say(msg("boundary of the site"))},
            {"svg": line_swatch(**STUDY), "text": self.say(msg("study area: facilities count up to here"))},
            {"svg": line_swatch(**EXTENT), "text": self.say(origins[site.extent_origin])},
            *(
                {"svg": box_swatch(fill=AREAS[name]), "text": self.say(told)}
                for name, told in GROUNDS.items()
                if name in self.page["base"]
            ),
        ]
        column = [
            {"kind": "head", "text": self.say(msg("The site"))},
            {"kind": "facts", "rows": [[self.say(key), self.say(value)] for key, value in self.site_facts()]},
            {"kind": "head", "text": self.say(msg("Legend"))},
            {"kind": "legend", "entries": legend},
        ]
        return self.plate(msg("The site"), self.say(msg("Location")), self.say(finding), self.plates.location(), column)

    def site_facts(self) -> Iterator[tuple[Message, Message | Named | str]]:
        """What is known of the site, in pairs."""
        site = self.assessment.site
        for row in self.report.chapter("whom").tables[0].rows:
            yield row[0], self.number(row[1])  # type: ignore[misc]
        yield msg("places with people"), self.number(len(site.demand))
        yield msg("facilities counted"), self.number(len(site.facilities))
        yield msg("standard"), Named(site.standard.zh, site.standard.en)
        yield msg("walking speed"), walker(self.assessment)

    def overview(self) -> dict[str, Any]:
        """Places with people and facilities by function."""
        inside = int(shapely.intersects(self.assessment.site.boundary, self.assessment.site.facilities.geometry).sum())
        finding = msg(
            "{places} places with people; {facilities} facilities in the study area, {inside} of them inside the boundary.",
            places=self.number(len(self.assessment.site.demand)),
            facilities=self.number(len(self.assessment.site.facilities)),
            inside=self.number(inside),
        )
        entries = [{"svg": box_swatch(**HOMES), "text": self.say(PLACES)}]
        for name, (shape, colour) in SIGNS.items():
            drawn = swatch(f'<path d="{sign(shape, 0, 0, 55)}" fill="{colour}"/>')
            entries.append({"svg": drawn, "text": self.say(msg("facilities: {function}", function=FUNCTIONS[name]))})
        column = [
            {"kind": "head", "text": self.say(msg("Legend"))},
            {"kind": "legend", "entries": entries},
            {"kind": "head", "text": self.say(msg("Facilities by category"))},
            {"kind": "facts", "rows": list(self.counts()), "small": True},
        ]
        title = self.say(msg("People and facilities"))
        return self.plate(msg("The site"), title, self.say(finding), self.plates.overview(), column)

    def counts(self) -> Iterator[list[str]]:
        """Facilities of each category."""
        counts = self.assessment.site.facilities["category"].value_counts()
        for category in self.categories:
            yield [self.say(called(category)), self.number(int(counts.get(category.id, 0)))]

    def function(self, name: str) -> dict[str, Any]:
        """One of the three lives."""
        found = self.assessment.index.functions[name]
        rows = self.judged.loc[[category.id for category in self.categories if category.function == name]]
        finding = msg(
            "{function}: {score} of what people are due is within reach; {lacking} of {n} {n:category|categories} "
            "{lacking:leaves|leave} somebody in a gap.",
            function=FUNCTIONS[name],
            score=self.number(interval(found), "share"),
            lacking=int((rows["gap"] > 0).sum()),
            n=len(rows),
        )
        bounds = [msg("none"), *(msg("up to {share}", share=f"{25 * i}%") for i in range(1, 4)), msg("more than 75%")]
        entries = [
            {"svg": line_swatch(stroke=colour, stroke_width=34), "text": self.say(told)}
            for colour, told in zip(SHARES, bounds, strict=True)
        ]
        entries.append({"svg": line_swatch(**street_look(5 + 1, 3.4)), "text": self.say(msg("unknown"))})
        entries.append({"svg": swatch(badge(0, 0, 1)), "text": self.say(msg("facility, by its number in the list"))})
        entries.append({"svg": box_swatch(**HOMES), "text": self.say(PLACES)})
        column = [
            {"kind": "head", "text": self.say(msg("Covered, gap, unknown"))},
            self.bars(name, numbered=True),
            {"kind": "legend", "entries": self.states()},
            {"kind": "head", "text": self.say(msg("Share of these categories within reach of a street"))},
            {"kind": "legend", "entries": entries},
        ]
        part = msg("Three lives")
        return self.plate(part, self.say(FUNCTIONS[name]), self.say(finding), self.plates.function(name), column)

    def category(self, row: int) -> dict[str, Any]:
        """One category."""
        category, shown_ = self.categories[row], self.page["categories"][row]
        ranked = self.ranked(row)
        column = [
            *self.share_blocks(category),
            {"kind": "facts", "rows": [[self.say(key), self.say(value)] for key, value in self.norm_facts(category)]},
            {"kind": "head", "text": self.say(msg("Walk from the streets to the nearest"))},
            {"kind": "legend", "entries": list(self.minutes())},
        ]
        if ranked:
            column += [
                {"kind": "head", "text": self.say(msg("Largest gap areas"))},
                {"kind": "ranked", "rows": [self.gap_area(shown_["gaps"], area, category) for area in ranked]},
            ]
        title, part = self.say(called(category)), FUNCTIONS[category.function]
        return self.plate(part, title, self.finding(category), self.plates.category(row, ranked), column)

    def finding(self, category: Category) -> str:
        """One sentence on a category, with its numbers."""
        row, by = self.judged.loc[category.id], judged_by(self.assessment, category.id)
        values = {
            "gap": amount(row["gap"], by),
            "share": self.number(rounded(row["gap"] / row["total"]), "share"),
            "norm": norm_of(category),
            "unknown": self.number(rounded(row["unknown"] / row["total"]), "share"),
        }
        if row["unknown"] <= 0:
            return self.say(msg("{gap} ({share}) have none within {norm}.", **values))
        if row["gap"] <= 0:
            return self.say(msg("Of {unknown} nobody knows whether there is one within {norm}.", **values))
        told = msg("{gap} ({share}) have none within {norm}; of another {unknown} nobody knows.", **values)
        return self.say(told)

    def share_blocks(self, category: Category) -> list[Block]:
        """Covered, gap and unknown of those that a category is judged by."""
        row, by = self.judged.loc[category.id], judged_by(self.assessment, category.id)
        parts = [row[state] / row["total"] for state in ("covered", "gap", "unknown")]
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
            {"kind": "head", "text": self.say(msg("Of {kinds}", kinds=counted(by)))},
            {"kind": "bar", "svg": bar(parts, 3_200, 190)},
            {"kind": "shares", "entries": entries},
        ]

    def norm_facts(self, category: Category) -> Iterator[tuple[Message, Message | Named | str]]:
        """What a category is held to, whence that comes, and how whole the data are."""
        site = self.assessment.site
        yield msg("norm"), norm_of(category)
        yield msg("standing"), STANDINGS.get(category.standing, category.standing)
        titles = documents([source.title for source in sources(self.assessment, category)])
        yield msg("source"), cut(titles[self.lang], 120)
        yield msg("data"), DATA[site.completeness[category.id]]
        yield msg("facilities counted"), self.number(int((site.facilities["category"] == category.id).sum()))

    def minutes(self) -> Iterator[Block]:
        """What the streets and signs of a category's map mean."""
        site = self.page["site"]
        bounds = [0, *MINUTES, round(site["limit_m"] / site["profile"]["speed"])]
        told = [msg("{a} to {b} min", a=a, b=b) for a, b in pairwise(bounds)]
        told += [msg("none within {m} m", m=site["limit_m"]), msg("unknown")]
        for each, what in enumerate(told):
            yield {"svg": line_swatch(**street_look(each, 3.4)), "text": self.say(what)}
        yield {"svg": box_swatch(**AREA), "text": self.say(msg("gap area"))}
        for look, what in ((FACILITY, msg("facility")), (HOLLOW, msg("planned: not counted"))):
            drawn = swatch(f'<path d="{sign("diamond", 0, 0, 55)}"{attributes(look)}/>')
            yield {"svg": drawn, "text": self.say(what)}

    def ranked(self, row: int) -> list[int]:
        """The gap areas of a category with the most people, then the largest."""
        gaps = self.page["categories"][row]["gaps"]
        kinds = [kind for kind in self.page["categories"][row]["main"] if kind in gaps]

        def weight(area: int) -> tuple[float, float]:
            return sum(gaps[kind][area] or 0 for kind in kinds), gaps["area_ha"][area] or 0

        return sorted(range(len(gaps["area_ha"])), key=weight, reverse=True)[:RANKED]

    def gap_area(self, gaps: Mapping[str, Any], area: int, category: Category) -> list[str]:
        """Ground and people of a gap area; how far beyond the norm."""
        kinds = [kind for kind in judged_by(self.assessment, category.id).split("+") if gaps.get(kind, {})]
        people = [f"{self.number(gaps[kind][area])} {self.say(KINDS[kind])}" for kind in kinds if gaps[kind][area]]
        beyond, limit = gaps["shortfall_m"][area], self.page["site"]["limit_m"]
        far = msg("none within {m} m", m=limit) if beyond is None else msg("{m} m beyond the norm", m=f"{beyond:.0f}")
        sure = [self.say(msg("low confidence"))] if gaps["confidence"][area] == "low" else []
        ground = self.say(msg("{area} ha", area=self.number(gaps["area_ha"][area], "hundredth")))
        return [" · ".join([ground, *people]), " · ".join([self.say(far), *sure])]

    # All gaps

    def gaps(self) -> dict[str, Any]:
        """How many categories are missing where, and the ranked gap areas."""
        table = next(each for each in self.report.chapter("gaps").tables if each.id == "gap_areas")
        ids = [str(row[0]) for row in table.rows[:MOST_GAPS]]
        areas = self.assessment.gaps.areas
        worst = int((self.judged["gap"] > 0).sum())
        finding = msg(
            "{n} of {all} categories leave somebody in a gap; {areas} gap {areas:area|areas} in all, the largest numbered.",
            n=worst,
            all=len(self.categories),
            areas=len(areas),
        )
        ends = [*LACK_ENDS, None]
        told = [msg("none missing")]
        for low, high in pairwise(ends):
            told.append(msg("more than {n}", n=low) if high is None else msg("{a} to {b}", a=low + 1, b=high))
        entries = [
            {"svg": line_swatch(stroke=colour, stroke_width=width), "text": self.say(what)}
            for (colour, width), what in zip(LACKS, told, strict=True)
        ]
        entries.append({"svg": line_swatch(**street_look(6, 3.4)), "text": self.say(msg("unknown"))})
        entries.append({"svg": box_swatch(**HOMES), "text": self.say(PLACES)})
        column = [
            {"kind": "head", "text": self.say(msg("Categories missing along the streets"))},
            {"kind": "legend", "entries": entries},
            {"kind": "head", "text": self.say(msg("Gap areas with the most people"))},
            {"kind": "ranked", "rows": [self.ranked_row(table, row) for row in range(len(ids))]},
        ]
        return self.plate(
            msg("Gaps"), self.say(msg("What is missing where")), self.say(finding), self.plates.gaps(ids), column
        )

    def ranked_row(self, table: Table, row: int) -> list[str]:
        """A gap area of any category, as the report's table holds it."""
        cells = dict(zip([column.title.en for column in table.columns], table.rows[row], strict=True))
        forms = {column.title.en: column.form for column in table.columns}
        people = [
            f"{self.number(cells[name.en])} {self.say(KINDS[kind])}" for kind, name in HEADS.items() if cells[name.en]
        ]
        ground = self.say(msg("{area} ha", area=self.number(cells["Area (ha)"], forms["Area (ha)"])))
        return [f"{self.say(cells['Category'])} · {cells['Walk']}", " · ".join([ground, *people])]

    # Text

    def texts(self) -> dict[str, Any]:
        """The chapters with their tables."""
        return {
            "kind": "text",
            "title": self.say(msg("Tables, methods, sources")),
            "chapters": [self.chapter(chapter) for chapter in self.report.chapters],
        }

    def chapter(self, chapter: Chapter) -> dict[str, Any]:
        """A chapter as texts."""
        return {
            "title": self.say(chapter.title),
            "sentences": [self.say(sentence) for sentence in chapter.sentences],
            "tables": [self.table(table) for table in chapter.tables if table.rows],
        }

    def table(self, table: Table) -> dict[str, Any]:
        """A table as texts."""
        body = [[cut(cell, 300) for cell in row] for row in table.body(self.lang)]
        hidden = len(table.rows) - len(body)
        more = msg("and {n} more {n:row|rows} in the workbook", n=hidden)
        return {
            "title": self.say(table.title),
            "header": table.header(self.lang),
            "numeric": table.numeric,
            "widths": table.widths,
            "rows": body,
            "notes": [self.say(each) for each in (table.note, more if hidden else None) if each],
        }

    # Parts

    def bars(self, function: str, *, numbered: bool = False) -> Block:
        """Every category of a function as a bar with what is covered at least and at most."""
        rows = []
        own = [category for category in self.categories if category.function == function]
        for number, category in enumerate(own, 1):
            row = self.judged.loc[category.id]
            some = bool(row["total"] > 0)
            parts = [row[state] / row["total"] for state in ("covered", "gap", "unknown")] if some else []
            low_high = self.number(span(row["c_low"], row["c_high"]), "share") if some else self.say(msg("nobody"))
            label = {"svg": swatch(badge(0, 0, number))} if numbered else {}
            rows.append(label | {"name": self.say(called(category)), "bar": bar(parts, 800, 90), "text": low_high})
        return {"kind": "bars", "rows": rows}

    def states(self) -> list[Block]:
        """The three states."""
        return [{"svg": box_swatch(**PLACE[digit]), "text": self.say(state)} for digit, state in STATES]


HEADS = {
    "beds": Named("床位", "Beds"),
    "jobs": Named("岗位", "Jobs"),
    "people": Named("人口", "People"),
    "families": Named("家庭", "Families"),
}
GROUNDS = {
    "industrial": msg("industry"),
    "residential": msg("homes"),
    "commercial": msg("shops and offices"),
    "green": msg("green"),
    "farmland": msg("farmland"),
    "water": msg("water"),
    "building": msg("buildings (near the site)"),
}
"""Grounds that the location map explains."""


def walker(assessment: Assessment) -> Message:
    """Who walks, and how fast."""
    profile = assessment.site.profile
    name = Named(profile.zh, profile.en)
    return msg("{profile}, {speed:g} m a minute", profile=name, speed=profile.metres_per_minute)


def bar(parts: Sequence[float], width: float, height: float) -> str:
    """Covered, gap and unknown as one bar."""
    drawn = stack(parts, 0, 0, width, height) if parts else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 {width + 8:g} {height + 8:g}" '
        f'width="{width + 8:g}" height="{height + 8:g}">{PATTERNS}{drawn}</svg>'
    )


def cut(name: str, most: int = LONGEST) -> str:
    """A text from data in one line that is not too long."""
    told = " ".join(name.split())
    return told if len(told) <= most else told[: most - 1] + "…"
