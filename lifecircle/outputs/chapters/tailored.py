"""What the factors of the site changed in the standard, and how further walkers fare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lifecircle.messages import Message, Named, msg
from lifecircle.model import Assessment, Index
from lifecircle.outputs.chapters.telling import (
    CATEGORY,
    FIGURES,
    JUDGED_BY,
    called,
    counted,
    interval,
    limit_of,
    share,
    span,
)
from lifecircle.outputs.plain import number, text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Table, shown

FACTORS = {
    "industry": Named("产业类型", "industry"),
    "environment": Named("环境状况", "state of the environment"),
    "population": Named("人口结构", "population"),
    "governance": Named("自治基础", "base of self-governance"),
}
MOST = 40
"""Rows of walkers that documents of text show."""


def tailoring(assessment: Assessment) -> Chapter:
    """What was changed and why, the index without that, and further walkers; nothing where nothing was tailored."""
    title = msg("Tailored to the site")
    if assessment.untailored is None:
        return Chapter("tailoring", title)
    tables = (_changes(assessment), _evidence(assessment), _walkers(assessment))
    return Chapter("tailoring", title, tuple(_sentences(assessment, assessment.untailored)), tables)


def _sentences(assessment: Assessment, untailored: Index) -> Iterator[Message]:
    yield msg(
        "The factors that the site declares change the standard in {n} {n:point|points}. Untailored, the index is "
        "{before}; tailored, {after}. Comparisons use the untailored one.",
        n=len(assessment.tailoring),
        before=shown(interval(untailored.value), "tenth"),
        after=shown(interval(assessment.index.value), "tenth"),
    )
    for row in assessment.walkers.drop_duplicates("profile").to_dict("records"):
        yield msg(
            "For {walker}, the index is {value}.",
            walker=Named(row["zh"], row["en"]),
            value=shown(span(row["index_low"], row["index_high"]), "tenth"),
        )


def _changes(assessment: Assessment) -> Table:
    columns = (
        CATEGORY,
        Column(Named("改动", "What"), "both", 20),
        Column(Named("改前", "Before"), "both", 16),
        Column(Named("改后", "After"), "both", 16),
        Column(Named("原因", "Why"), "both", 40),
    )
    names = {category.id: called(category) for category in assessment.site.standard.known}
    rows: list[tuple[Cell, ...]] = [
        (names.get(one.category), one.what, one.before, one.after, one.why) for one in assessment.tailoring
    ]
    return Table("tailoring", msg("What was tailored, and why"), columns, rows, Named("因地调整", "Tailoring"))


def _evidence(assessment: Assessment) -> Table:
    columns = (Column(Named("因素", "Factor"), "mark", 24), Column(Named("依据", "Known from"), "text", 80))
    rows: list[tuple[Cell, ...]] = [(FACTORS[name], text(found)) for name, found in assessment.site.evidence]
    return Table("evidence", msg("What the factors are known from"), columns, rows)


def _walkers(assessment: Assessment) -> Table:
    columns = (
        Column(Named("步行者", "Walker"), "mark", 18),
        CATEGORY,
        Column(Named("口径", "Limit"), "mark", 12),
        JUDGED_BY,
        *FIGURES[:4],
        FIGURES[-1],
    )
    rows = [_walker(assessment, row) for row in assessment.walkers.to_dict("records")]
    return Table("walkers", msg("Further walkers"), columns, rows, Named("其他步行者", "Walkers"), MOST)


def _walker(assessment: Assessment, row: dict[Any, Any]) -> tuple[Cell, ...]:
    category = assessment.site.standard.category(row["category"])
    return (
        Named(row["zh"], row["en"]),
        called(category),
        limit_of(category, row["at"]),
        counted(row["by"]),
        *(number(row[name], 6) for name in ("total", "covered", "gap", "unknown")),
        share(row),
    )
