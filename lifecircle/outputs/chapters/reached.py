"""What is within reach, and where and for whom it is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from lifecircle.messages import Message, Named, msg
from lifecircle.model import PEOPLE, Assessment, Category
from lifecircle.outputs.chapters.telling import (
    CATEGORY,
    HEADS,
    amount,
    called,
    counted,
    judged_by,
    listed,
    norm_of,
    rounded,
    span,
)
from lifecircle.outputs.looks import DATA, FUNCTIONS, STANDINGS
from lifecircle.outputs.plain import documents, judged, nearest_text, number, sources, text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Table, shown

WORST = 3
"""Gaps of each function that are told in sentences."""
MOST_AREAS = 20
"""Gap areas that documents of text list."""


def reached(assessment: Assessment) -> Chapter:
    """Coverage of every category at its norm."""
    return Chapter("reached", msg("What is reached"), tuple(_reached(assessment)), (_coverage(assessment),))


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
        Column(Named("功能", "Function"), "mark", 16, brief=False),
        CATEGORY,
        Column(Named("标准", "Norm"), "mark", 10),
        Column(Named("步行距离 (m)", "Walk (m)"), "tenth", 10, brief=False),
        Column(Named("判定对象", "Judged by"), "mark", 16),
        Column(Named("合计", "Total"), "whole"),
        Column(Named("达标", "Covered"), "whole"),
        Column(Named("缺口", "Gap"), "whole"),
        Column(Named("未知", "Unknown"), "whole"),
        Column(Named("缺口中可信度低", "Gap, low confidence"), "whole", 13, brief=False),
        Column(Named("直线半径覆盖", "Covered by straight line"), "whole", 13, brief=False),
        Column(Named("其中估算", "Of which estimated"), "whole", 11, brief=False),
        Column(Named("覆盖率", "Share"), "share", 12, span=True),
        Column(Named("数据", "Data"), "mark", 18, brief=False),
        Column(Named("设施数", "Facilities"), "whole", 10, brief=False),
        Column(Named("依据", "Standing"), "mark", 18, brief=False),
        Column(Named("来源", "Source"), "both", 40, brief=False),
    )
    table = judged(assessment)
    rows = [_covered(assessment, category, table.loc[category.id]) for category in assessment.site.standard.categories]
    note = msg("Shares run from what is sure to what is possible: the unknown may be covered or not.")
    return Table("coverage", msg("Coverage at the norm"), columns, rows, note=note)


def _covered(assessment: Assessment, category: Category, row: Any) -> tuple[Cell, ...]:
    site = assessment.site
    amounts = (number(row[name]) for name in ("total", "covered", "gap", "unknown"))
    further = (number(row[name]) for name in ("low_confidence", "radius", "estimated"))
    return (
        FUNCTIONS[category.function],
        called(category),
        norm_of(category),
        number(category.norm.metres(site.profile.metres_per_minute), 1),
        counted(judged_by(assessment, category.id)),
        *amounts,
        *further,
        None if pd.isna(row["c_low"]) else span(row["c_low"], row["c_high"]),
        DATA[site.completeness[category.id]],
        int((site.facilities["category"] == category.id).sum()),
        STANDINGS.get(category.standing, category.standing),
        Named(**documents([source.title for source in sources(assessment, category)])),
    )


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
    near, far = (nearest_text(metres[i], bool(held["at_least"].iloc[i]), limit_m) for i in ends)
    return msg("{far}", far=far) if near == far else msg("{low} to {high}", low=near, high=far)


def _areas(assessment: Assessment) -> Table:
    columns = (
        Column(Named("编号", "Id"), "text", 30, brief=False),
        CATEGORY,
        Column(Named("面积 (ha)", "Area (ha)"), "hundredth"),
        Column(Named("地点数", "Places"), "whole", 8),
        *(Column(name, "whole", 9) for name in HEADS.values()),
        Column(Named("含估算", "Estimated"), "mark", 14, brief=False),
        Column(Named("最近设施", "Nearest facility"), "text", 26),
        Column(Named("步行距离", "Walk"), "text", 12),
        Column(Named("距离 (m)", "Distance (m)"), "tenth", 11, brief=False),
        Column(Named("超出标准 (m)", "Beyond norm (m)"), "tenth", 12, brief=False),
        Column(Named("可信度", "Confidence"), "mark", 11),
    )
    areas = assessment.gaps.areas
    order = areas[list(PEOPLE)].sum(axis=1).sort_values(ascending=False, kind="stable").index
    frame = areas.drop(columns="geometry").loc[order]
    rows = [_area(assessment, row) for row in frame.to_dict("records")]
    title = msg("Gap areas")
    note = msg("Ground in the boundary from where no facility of the category is within the norm, joined.")
    return Table("gap_areas", title, columns, rows, MOST_AREAS, note)


def _area(assessment: Assessment, row: dict[Any, Any]) -> tuple[Cell, ...]:
    return (
        row["id"],
        called(assessment.site.standard.category(row["category"])),
        number(row["area_ha"], 2),
        int(row["places"]),
        *(number(row[kind]) for kind in PEOPLE),
        msg("{kinds}", kinds=tuple(HEADS[kind] for kind in PEOPLE if kind in row["estimated"].split("+"))),
        text(row["nearest"]),
        nearest_text(row["nearest_m"], row["at_least"], assessment.site.limit_mm / 1000),
        number(row["nearest_m"], 1),
        number(row["shortfall_m"], 1),
        msg("high") if row["confidence"] == "high" else msg("low"),
    )
