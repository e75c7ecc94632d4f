"""What is within reach, and where and for whom it is not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from lifecircle.messages import Message, Named, msg
from lifecircle.model import PEOPLE, Assessment, Category
from lifecircle.outputs.chapters.telling import (
    CATEGORY,
    FIGURES,
    FUNCTION,
    HEADS,
    JUDGED_BY,
    WALK,
    amount,
    called,
    counted,
    figures,
    head_columns,
    judged_by,
    listed,
    norm_of,
    rounded,
    share,
    span,
    walked,
)
from lifecircle.outputs.looks import DATA, FUNCTIONS, STANDINGS
from lifecircle.outputs.plain import joined, judged, number, sources, text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Span, Table, shown

WORST = 3
"""Gaps of each function that are told in sentences."""
MOST_AREAS = 20
"""Gap areas that documents of text list."""
HIGH, LOW = msg("high"), msg("low")


BEFORE = (
    Column(Named("方案前覆盖", "Covered before"), "whole", 11, brief=False),
    Column(Named("方案前缺口", "Gap before"), "whole", 11, brief=False),
    Column(Named("方案前未知", "Unknown before"), "whole", 11, brief=False),
    Column(Named("方案前覆盖率", "Share before"), "share", 12, span=True),
)
"""Of a row of coverage, where there is a scenario."""


def reached(assessment: Assessment) -> Chapter:
    """Coverage of every category at its norm, and of some at moments of the week as well."""
    tables = (_coverage(assessment), _at_moments(assessment))
    return Chapter("reached", msg("What is reached"), tuple(_reached(assessment)), tables)


def _reached(assessment: Assessment) -> Iterator[Message]:
    table = judged(assessment)
    low, high = table["c_low"], table["c_high"]
    groups = (
        (low == 1, msg("Within reach of everybody: {names}.")),
        ((low >= 0.5) & (low < 1), msg("Within reach of half or more: {names}.")),
        (high < 0.5, msg("Within reach of less than half: {names}.")),
        ((low < 0.5) & (high >= 0.5), msg("Not known whether within reach of half: {names}.")),
        (low.isna(), msg("Nobody here is due: {names}.")),
    )
    for rows, sentence in groups:
        if rows.any():
            names = listed(assessment.site.standard.category(id) for id in table.index[rows])
            yield Message(sentence.text, (("names", names),))


def _coverage(assessment: Assessment) -> Table:
    columns = (
        FUNCTION,
        CATEGORY,
        Column(Named("标准", "Norm"), "mark", 14),
        WALK,
        JUDGED_BY,
        *FIGURES,
        Column(Named("数据", "Data"), "mark", 26, brief=False),
        Column(Named("设施数", "Facilities"), "whole", 10, brief=False),
        Column(Named("依据", "Standing"), "mark", 24, brief=False),
        Column(Named("来源", "Source"), "both", 40, brief=False),
        *(BEFORE if assessment.before else ()),
    )
    table, before = judged(assessment), judged(assessment.before) if assessment.before else None
    rows = [
        (
            *_covered(assessment, category, table.loc[category.id]),
            *(() if before is None else _before(before.loc[category.id])),
        )
        for category in assessment.site.standard.categories
    ]
    note = msg("Shares run from what is sure to what is possible: the unknown may be covered or not.")
    return Table("coverage", msg("Coverage at the norm"), columns, rows, Named("覆盖", "Coverage"), note=note)


def _covered(assessment: Assessment, category: Category, row: Any) -> tuple[Cell, ...]:
    site = assessment.site
    return (
        FUNCTIONS[category.function],
        called(category),
        norm_of(category),
        number(category.norm.metres(site.profile.metres_per_minute), 1),
        counted(judged_by(assessment, category.id)),
        *figures(row),
        DATA[site.completeness[category.id]],
        int((site.facilities["category"] == category.id).sum()),
        STANDINGS.get(category.standing, category.standing),
        Named(**joined([source.title for source in sources(assessment, category)])),
    )


def _before(row: Any) -> tuple[Cell, ...]:
    """Of a category before a scenario, for the columns ``BEFORE``."""
    return *(number(row[name]) for name in ("covered", "gap", "unknown")), figures(row)[-1]


def _at_moments(assessment: Assessment) -> Table:
    columns = (
        CATEGORY,
        Column(Named("时刻", "At"), "both", 16),
        JUDGED_BY,
        *FIGURES[:4],
        FIGURES[-1],
        Column(Named("指数所计覆盖率", "Share in the index"), "share", 12, span=True),
        Column(Named("说明", "In words"), "both", 60),
    )
    usual = judged(assessment)
    rows: list[tuple[Cell, ...]] = [
        (
            called(assessment.site.standard.category(row["category"])),
            Named(row["zh"], row["en"]),
            counted(row["by"]),
            *(number(row[name]) for name in ("total", "covered", "gap", "unknown")),
            share(row),
            share(usual.loc[row["category"]]),
            Named(text(row["told_zh"]), text(row["told_en"])),
        )
        for row in assessment.moments.to_dict("records")
    ]
    title = msg("Asked for at a moment of the week as well")
    note = msg("What is open then counts; it is no part of the index.")
    return Table("moments", title, columns, rows, Named("时刻", "Moments"), note=note)


def gaps(assessment: Assessment) -> Chapter:
    """The worst gaps in words, and the gap areas."""
    return Chapter("gaps", msg("The worst gaps"), tuple(_worst(assessment)), (_areas(assessment),))


def _worst(assessment: Assessment) -> Iterator[Message]:
    table = judged(assessment)
    lacking = table[table["gap"] > 0].sort_values("gap", ascending=False, kind="stable")
    if lacking.empty:
        yield msg("Nobody is known to be beyond a norm.")
    categories = [assessment.site.standard.category(str(id)) for id in lacking.index]
    for function in FUNCTIONS:
        for category in [each for each in categories if each.function == function][:WORST]:
            yield _gap(assessment, category, lacking.loc[category.id])


def _gap(assessment: Assessment, category: Category, row: Any) -> Message:
    held = assessment.gaps.places
    held = held[held["category"] == category.id]
    values = {
        "category": called(category),
        "gap": amount(row["gap"], judged_by(assessment, category.id)),
        "share": shown(rounded(row["gap"] / row["total"]), "share"),
        "norm": norm_of(category),
        "nearest": _walks(assessment, held),
    }
    if row["low_confidence"] > 0:
        return msg(
            "{category}: {gap} ({share}) have none within {norm}; the walk to the nearest is {nearest}. Low "
            "confidence: nobody declared the data complete.",
            **values,
        )
    return msg("{category}: {gap} ({share}) have none within {norm}; the walk to the nearest is {nearest}.", **values)


def _walks(assessment: Assessment, held: pd.DataFrame) -> Message:
    """From the shortest to the longest walk of some gap places."""
    limit_m = assessment.site.limit_mm / 1000
    metres = held["nearest_m"].to_numpy(dtype=float)
    ends = [int(np.argmin(metres)), int(np.argmax(metres))]
    near, far = (walked(metres[i], bool(held["at_least"].iloc[i]), limit_m) for i in ends)
    return far if near == far else msg("{near} to {far}", near=near, far=far)


def _areas(assessment: Assessment) -> Table:
    own = (Column(Named("面积 (ha)", "Area (ha)"), "hundredth"), Column(Named("地点数", "Places"), "whole", 8))
    areas = assessment.gaps.areas
    sizes = areas[["places", "area_ha"]].assign(heads=areas[list(PEOPLE)].sum(axis=1))
    order = sizes.sort_values(["heads", "places", "area_ha"], ascending=False, kind="stable").index
    note = msg(
        "Ground in the boundary from where no facility of the category is within the norm, joined; with the shortest "
        "walk from it."
    )
    rows = [
        gap_row(assessment, row, (number(row["area_ha"], 2), int(row["places"])))
        for row in areas.drop(columns="geometry").loc[order].to_dict("records")
    ]
    return Table(
        "gap_areas", msg("Gap areas"), gap_columns(assessment, own), rows, Named("缺口", "Gaps"), MOST_AREAS, note
    )


def gap_columns(assessment: Assessment, own: tuple[Column, ...]) -> tuple[Column, ...]:
    """Of a gap, with ``own`` those that only this kind of gap has."""
    return (
        Column(Named("编号", "Id"), "text", 30, brief=False),
        CATEGORY,
        *own,
        *head_columns(assessment),
        Column(Named("含估算", "Estimated"), "mark", 14, brief=False),
        Column(Named("最近设施", "Nearest facility"), "text", 26),
        Column(Named("步行距离 (m)", "Walk (m)"), "whole", 12, span=True),
        Column(Named("超出标准 (m)", "Beyond norm (m)"), "tenth", 12, brief=False),
        Column(Named("可信度", "Confidence"), "mark", 12),
    )


def gap_row(assessment: Assessment, row: dict[Any, Any], own: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """A gap as a row of ``gap_columns``."""
    return (
        row["id"],
        called(assessment.site.standard.category(row["category"])),
        *own,
        *(number(row[kind]) for kind in PEOPLE),
        _estimated(row["estimated"]),
        _nearest(row),
        _walk(row, assessment.site.limit_mm / 1000),
        number(row["shortfall_m"], 1),
        HIGH if row["confidence"] == "high" else LOW,
    )


def _nearest(row: dict[Any, Any]) -> Cell:
    """The nearest facility by its name; nothing where none was found."""
    return text(row["nearest"]) or (msg("unnamed") if math.isfinite(row["nearest_m"]) else None)


def _walk(row: dict[Any, Any], limit_m: float) -> Span:
    """The walk to the nearest, open where it may be longer."""
    metres = row["nearest_m"]
    if not metres <= limit_m:
        return Span(limit_m, math.inf)
    return span(metres, math.inf if row["at_least"] else metres, digits=1)


def _estimated(kinds: str) -> Message | None:
    """The kinds of heads that hold estimates."""
    return msg("{kinds}", kinds=tuple(HEADS[kind] for kind in kinds.split("+"))) if kinds else None
