"""What stands on the pages of the atlas, as plain data that the template typesets; every text is text, never markup.

A page has a ``kind``: ``cover``, ``summary``, ``plate`` (a map with a column of blocks beside it), ``pair`` (two maps
with a table below) or ``text`` (chapters of sentences and tables).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely

from lifecircle.messages import Message, Named, msg
from lifecircle.model import PEOPLE, Assessment, Category, Scenario
from lifecircle.outputs.atlas.blocks import Block, Fact, Told, cut, titled, walker
from lifecircle.outputs.atlas.plates import COVER, HALF, WHOLE, Plates
from lifecircle.outputs.chapters.telling import amount, called, interval, judged_by, norm_of, rounded, span
from lifecircle.outputs.drawings import shown_of
from lifecircle.outputs.looks import FUNCTIONS, SYNTHETIC
from lifecircle.outputs.report import report
from lifecircle.outputs.reporting import Chapter, Report, Table

MOST_CATEGORIES = 12
"""Categories that have a page of their own."""
MOST_CHANGES = 9
"""Changes of a scenario that are listed."""
MOST_GAPS = 12
"""Places numbered on the page of all gaps."""
SUMMED_UP = ("whom", "index", "gaps")
"""Chapters whose sentences stand in the summary."""


def main_categories(told: Told) -> list[int]:
    """Rows of the categories that have a page: those whose weight times share of people in gap or unknown is most.

    Of equals the one with the larger share, then the larger weight, then the first. A category that nobody is due, one
    that everybody reaches, and one of which nothing is known and no facility drawn, has none.
    """
    table = told.judged
    drawn = set(told.assessment.site.facilities["category"])
    shows = (table["unknown"] < table["total"]) | table.index.isin(drawn)
    lacking = ((table["gap"] + table["unknown"]) / table["total"]).where(shows).fillna(0.0).to_numpy()
    weights = np.array([category.weight for category in told.categories])
    order = np.lexsort((-weights, -lacking, -weights * lacking))
    return sorted(int(row) for row in order[lacking[order] > 0][:MOST_CATEGORIES])


def worst_places(places: pd.DataFrame) -> pd.DataFrame:
    """The places with a gap, those first where heads times categories missing are most.

    Where nobody gave a head count, by the categories alone.
    """
    heads = places[list(PEOPLE)].sum(axis=1)
    weight = places["gap"] * (heads if heads.any() else 1)
    order = np.lexsort((-places["gap"], -weight))
    return places.iloc[order[places["gap"].to_numpy()[order] > 0][:MOST_GAPS]]


@dataclass(frozen=True)
class Atlas:
    """The pages of one site."""

    told: Told
    plates: Plates

    @cached_property
    def report(self) -> Report:
        """The chapters that every document tells."""
        return report(self.told.assessment)

    def whole(self) -> dict[str, Any]:
        """Everything that the template needs."""
        site, found, say = self.told.assessment.site, self.report, self.told.say
        name = cut(found.name)
        return {
            "lang": self.told.lang,
            "title": say(msg("{site}: atlas of what is within a walk", site=name)),
            "name": name,
            "author": f"lifecircle {found.version}",
            "cover": COVER,
            "map": WHOLE,
            "half": HALF,
            "credit": " · ".join(dict.fromkeys(cut(credit, 160) for credit in found.credits)),
            "synthetic": say(SYNTHETIC) if site.synthetic else "",
            "stamp": " · ".join([say(found.standard), site.standard.hash[:12], f"lifecircle {found.version}"]),
            "pages": self.pages(),
        }

    def pages(self) -> list[dict[str, Any]]:
        """The pages in order, each with its marks in the outline: level and title."""
        before, scenario = self.told.assessment.before, self.told.assessment.site.scenario
        proposals = [self.proposal(before, scenario)] if before is not None and scenario is not None else []
        gaps = [self.gaps()] if (self.told.assessment.places["gap"] > 0).any() else []
        parts: tuple[tuple[Message | None, list[dict[str, Any]]], ...] = (
            (None, [self.cover(), self.summary()]),
            (msg("The site"), [self.location(), self.overview()]),
            (msg("The three lives"), [self.function(name) for name in self.functions]),
            (msg("Category by category"), [self.category(row) for row in main_categories(self.told)]),
            (msg("Gaps"), gaps),
            (msg("Proposals"), proposals),
            (None, [self.texts()]),
        )
        return [
            page | {"marks": self.marks(part if i == 0 else None, page, 1 if part is None else 2)}
            for part, own in parts
            for i, page in enumerate(own)
        ]

    def marks(self, part: Message | None, page: dict[str, Any], level: int) -> list[tuple[int, str]]:
        """Where a page stands in the outline; the cover does not."""
        own = [(level, page["title"])] if "title" in page else []
        return [*([(1, self.told.say(part))] if part else []), *own]

    @property
    def functions(self) -> list[str]:
        """The functions that the standard asks something of."""
        return [name for name in FUNCTIONS if self.told.of(name)]

    # Cover and summary

    def cover(self) -> dict[str, Any]:
        """Name, index, map."""
        assessment, say, number = self.told.assessment, self.told.say, self.told.number
        found = assessment.index
        dates = [line for chapter in self.report.chapters if chapter.id == "data" for line in chapter.sentences]
        return {
            "kind": "cover",
            "over": say(msg("Atlas of the industrial community")),
            "under": say(msg("Who can walk to what, who cannot, and how sure we are")),
            "index": [say(msg("three-life index")), number(interval(found.value), "tenth")],
            "functions": [
                [say(FUNCTIONS[name]), number(interval(found.functions[name]), "share")] for name in self.functions
            ],
            "lines": [say(assessment.headline), say(self.report.standard), say(walker(assessment))]
            + [cut(say(line), 160) for line in dates],
            "svg": replace(self.plates, size=COVER).cover(),
        }

    def summary(self) -> dict[str, Any]:
        """Contents, findings, and every category as a bar."""
        told, chapters = self.told, {chapter.id: chapter for chapter in self.report.chapters}
        return {
            "kind": "summary",
            "title": told.say(msg("Summary")),
            "contents": told.say(msg("Contents")),
            "findings": [
                {"title": told.say(chapters[id].title), "lines": [told.say(line) for line in chapters[id].sentences]}
                for id in SUMMED_UP
                if id in chapters and chapters[id].sentences
            ],
            "column": [block for name in self.functions for block in (told.head(FUNCTIONS[name]), told.bars(name))],
            "legend": told.legend(told.states()),
        }

    # Plates

    def plate(
        self, part: Message, title: Message | Named, finding: Message, plate: str, column: Sequence[Block]
    ) -> dict[str, Any]:
        """A page with one map."""
        say = self.told.say
        texts = {"part": titled(say(part)), "title": titled(say(title)), "finding": say(finding)}
        return {"kind": "plate", **texts, "svg": plate, "column": list(column)}

    def location(self) -> dict[str, Any]:
        """The site in its surroundings."""
        told, site = self.told, self.told.assessment.site
        finding = msg(
            "{area} ha. Walks are followed for {m} m, in and around the site, as far as the data go.",
            area=told.number(shapely.area(site.boundary) / 1e4, "tenth"),
            m=told.number(site.limit_mm / 1000),
        )
        column = [
            told.head(msg("The site")),
            told.facts(self.people()),
            told.facts(told.site()),
            told.head(msg("Legend")),
            told.legend(told.edges()),
        ]
        return self.plate(msg("The site"), msg("Location"), finding, self.plates.location(), column)

    def people(self) -> Iterator[Fact]:
        """Heads of each kind; what nobody counted is unknown."""
        table = self.report.table("heads")
        for row in table.body(self.told.lang) if table else ():
            yield row[0], row[1]

    def overview(self) -> dict[str, Any]:
        """Places with people and facilities by function."""
        told, site = self.told, self.told.assessment.site
        inside = int(shapely.intersects(site.boundary, site.facilities.geometry.to_numpy()).sum())
        finding = msg(
            "{places} places with people; {facilities} facilities in the study area, {inside} of them in the boundary.",
            places=told.number(len(site.demand)),
            facilities=told.number(len(site.facilities)),
            inside=told.number(inside),
        )
        column = [
            told.head(msg("Legend")),
            told.legend(told.signs()),
            told.head(msg("Facilities by category")),
            told.facts(told.counts(), small=True),
        ]
        return self.plate(msg("The site"), msg("People and facilities"), finding, self.plates.overview(), column)

    def function(self, name: str) -> dict[str, Any]:
        """One of the three lives."""
        told = self.told
        rows = told.judged.loc[[category.id for category in told.of(name)]]
        finding = msg(
            "{score} of what people are due is within reach; {lacking} of {n} {n:category|categories} "
            "{lacking:leaves|leave} somebody in a gap.",
            score=told.number(interval(told.assessment.index.functions[name]), "share"),
            lacking=int((rows["gap"] > 0).sum()),
            n=len(rows),
        )
        column = [
            told.head(msg("Covered, gap, unknown")),
            told.bars(name, numbered=True),
            told.legend(told.states()),
            told.head(msg("Share of these categories within reach of a street")),
            told.legend(told.share_classes()),
        ]
        return self.plate(msg("The three lives"), FUNCTIONS[name], finding, self.plates.function(name), column)

    def category(self, row: int) -> dict[str, Any]:
        """One category."""
        told, category = self.told, self.told.categories[row]
        ranked = told.ranked(row)
        areas = {"kind": "ranked", "rows": [told.gap_area(row, area) for area in ranked]}
        column = [
            *told.shares(category),
            told.facts(told.norm(category)),
            told.head(msg("Walk from the streets to the nearest")),
            told.legend(told.minutes()),
            *([told.head(msg("Largest gap areas")), areas] if ranked else []),
        ]
        plate = self.plates.category(row, ranked)
        return self.plate(FUNCTIONS[category.function], called(category), self.finding(category), plate, column)

    def finding(self, category: Category) -> Message:
        """One sentence on a category, with its numbers."""
        told = self.told
        row, by = told.row(category), judged_by(told.assessment, category.id)
        values = {
            "gap": amount(row["gap"], by),
            "share": told.number(rounded(row["gap"] / row["total"]), "share"),
            "norm": norm_of(category),
            "unknown": told.number(rounded(row["unknown"] / row["total"]), "share"),
        }
        if row["unknown"] >= row["total"]:
            values["all"] = amount(row["total"], by)
            return msg("For {all} nobody knows whether there is one within {norm}.", **values)
        if row["unknown"] <= 0:
            return msg("{gap} ({share}) have none within {norm}.", **values)
        if row["gap"] <= 0:
            return msg("Of {unknown} nobody knows whether they have one within {norm}.", **values)
        return msg("{gap} ({share}) have none within {norm}; of another {unknown} nobody knows.", **values)

    def gaps(self) -> dict[str, Any]:
        """How many categories are missing where, and the places that miss most."""
        told = self.told
        worst = worst_places(told.assessment.places)
        values = {"n": int((told.judged["gap"] > 0).sum()), "all": len(told.categories), "places": len(worst)}
        people = bool(worst[list(PEOPLE)].notna().any(axis=None))
        finding = (
            msg(
                "{n} of {all} categories leave somebody in a gap; the {places} places where most people lack most are "
                "numbered.",
                **values,
            )
            if people
            else msg("{n} of {all} categories have gaps; the {places} places that lack most are numbered.", **values)
        )
        column = [
            told.head(msg("Categories missing along the streets")),
            told.legend(told.lack_classes()),
            told.head(msg("Where most people lack most") if people else msg("Places that lack most")),
            {"kind": "ranked", "rows": [told.lacking(row) for row in worst.to_dict("records")]},
        ]
        plate = self.plates.gaps(worst["id"].tolist())
        return self.plate(msg("Gaps"), msg("What is missing where"), finding, plate, column)

    # What a scenario changes

    def proposal(self, before: Assessment, scenario: Scenario) -> dict[str, Any]:
        """Before and after: two maps of the category that gains most, the changes, every category they reach."""
        told, say, number = self.told, self.told.say, self.told.number
        was = Told(before, shown_of(before), told.lang)
        gains = (told.judged["covered"] - was.judged["covered"]).fillna(0.0).to_numpy()
        row = int(np.argmax(np.abs(gains)))
        category, changes = told.categories[row], scenario.changes
        values = {
            "n": len(changes),
            "moved": amount(abs(gains[row]), judged_by(told.assessment, category.id)),
            "category": called(category),
            "before": number(interval(before.index.value), "tenth"),
            "after": number(interval(told.assessment.index.value), "tenth"),
        }
        finding = (
            msg(
                "{n} {n:change|changes}: {moved} more are within reach of {category}; the three-life index goes from "
                "{before} to {after}.",
                **values,
            )
            if gains[row] >= 0
            else msg(
                "{n} {n:change|changes}: {moved} fewer are within reach of {category}; the three-life index goes from "
                "{before} to {after}.",
                **values,
            )
        )
        plates = [Plates(each.assessment, each.page, told.lang, self.plates.font, HALF) for each in (was, told)]
        return {
            "kind": "pair",
            "part": say(msg("Proposals")),
            "title": cut(scenario.name) or say(msg("Scenario")),
            "finding": say(finding),
            "maps": [
                {"title": say(msg("{category}: as it is", category=called(category))), "svg": plates[0].pair(row)},
                {
                    "title": say(msg("{category}: with the changes", category=called(category))),
                    "svg": plates[1].pair(row, changes),
                },
            ],
            "columns": [
                [
                    told.head(msg("Changes")),
                    {"kind": "ranked", "rows": self.changes()},
                ],
                [told.head(msg("Within reach, before and after")), told.facts(self.moved(was), small=True)],
                [
                    told.head(msg("Legend")),
                    told.legend(told.minutes(), columns=2),
                    told.legend(told.states(), columns=2),
                ],
            ],
        }

    def changes(self) -> list[list[str]]:
        """The changes as the report's table tells them, without their numbers."""
        table = self.report.table("scenario")
        rows = table.body(self.told.lang)[:MOST_CHANGES] if table else []
        return [[" · ".join(cut(cell) for cell in row[1:] if cell), ""] for row in rows]

    def moved(self, was: Told) -> Iterator[Fact]:
        """Categories whose coverage changes, with their shares before and after."""
        states = ["covered", "gap", "unknown"]
        before, after = was.judged[states].fillna(0.0), self.told.judged[states].fillna(0.0)
        for category in self.told.categories:
            if np.any(before.loc[category.id] != after.loc[category.id]):
                rows = (was.row(category), self.told.row(category))
                low, high = (self.told.number(span(row["c_low"], row["c_high"]), "share") for row in rows)
                yield called(category), f"{low} → {high}"

    # Text

    def texts(self) -> dict[str, Any]:
        """The chapters with their tables."""
        return {
            "kind": "text",
            "title": self.told.say(msg("Tables, methods, sources")),
            "chapters": [self.chapter(chapter) for chapter in self.report.chapters],
        }

    def chapter(self, chapter: Chapter) -> dict[str, Any]:
        """A chapter as texts."""
        return {
            "title": self.told.say(chapter.title),
            "sentences": [self.told.say(sentence) for sentence in chapter.sentences],
            "tables": [self.table(table) for table in chapter.tables],
        }

    def table(self, table: Table) -> dict[str, Any]:
        """A table as texts."""
        body = [[cut(cell, 300) for cell in row] for row in table.body(self.told.lang)]
        return {
            "title": self.told.say(table.title),
            "header": table.header(self.told.lang),
            "numeric": table.numeric,
            "widths": table.widths,
            "rows": body,
            "notes": table.notes(self.told.lang),
        }
