"""How much there is within reach, for which groups, and what every single place lacks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from lifecircle.messages import Message, Named, msg
from lifecircle.model import PEOPLE, Assessment
from lifecircle.outputs.chapters.telling import (
    CATEGORY,
    FIGURES,
    JUDGED_BY,
    amount,
    called,
    counted,
    head_columns,
    judged_by,
    kinds_of,
    listed,
    rounded,
    share,
    span,
    unit_of,
)
from lifecircle.outputs.plain import judged, number, text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Form, Span, Table, shown

MOST_GROUPS, MOST_PLACES, MOST_RELIED = 40, 40, 15
"""Rows that documents of text show."""
WORST = 3
"""Categories, or places, that are told in sentences."""
COUNTS = {
    "due": Named("应有类别", "Due"),
    "covered": Named("覆盖", "Covered"),
    "gap": Named("缺口", "Gap"),
    "unknown": Named("未知", "Unknown"),
}
"""Categories of a place."""
GROUPS = {"shift": Named("班次", "shift"), "kind": Named("需求类型", "kind of place")}


def supply(assessment: Assessment) -> Chapter:
    """What the facilities within reach supply, and how far the walks are."""
    tables = (_supply(assessment), _reliance(assessment))
    return Chapter("supply", msg("Supply within reach"), (*_supplied(assessment), *_relying(assessment)), tables)


def _supplied(assessment: Assessment) -> Iterator[Message]:
    for row in assessment.supply.to_dict("records"):
        category = called(assessment.site.standard.category(row["category"]))
        unit = unit_of(row["unit"])
        if row["owed"] > 0:
            yield msg(
                "{category}: {amount} {unit} within reach, and the norm per head asks for {owed}.",
                category=category,
                amount=shown(span(row["amount_low"], row["amount_high"]), "whole"),
                unit=unit,
                owed=shown(rounded(row["owed"]), "whole"),
            )
        if row["undersized"] > 0:
            yield msg(
                "{category}: {n} {n:facility is|facilities are} smaller than the least size of one.",
                category=category,
                n=int(row["undersized"]),
            )


def _supply(assessment: Assessment) -> Table:
    known = assessment.supply[["per_1000_low", "gini_low"]].notna().any()
    columns = (
        CATEGORY,
        Column(JUDGED_BY.title, "mark", 16, brief=False),
        Column(Named("单位", "Unit"), "mark", 10),
        Column(Named("设施数", "Facilities"), "whole", 11),
        Column(Named("规模不足", "Undersized"), "whole", 12, brief=False),
        Column(Named("供给量", "Supply"), "whole", 12, span=True),
        Column(Named("应有量", "Owed"), "whole", 9),
        Column(Named("每千人", "Per 1,000"), "hundredth", 12, brief=bool(known["per_1000_low"]), span=True),
        Column(Named("人均 2SFCA", "2SFCA a head"), "thousandth", 14, brief=False, span=True),
        Column(Named("基尼系数", "Gini"), "hundredth", 12, brief=bool(known["gini_low"]), span=True),
        Column(Named("重叠度", "Overlap"), "tenth", 12, brief=False, span=True),
        Column(Named("可选设施数", "Choice"), "tenth", 12, span=True),
        Column(Named("平均步行 (m)", "Mean walk (m)"), "whole", 14, brief=False, span=True),
        Column(Named("步行中位数 (m)", "Median walk (m)"), "whole", 14, span=True),
        Column(Named("步行 P90 (m)", "P90 walk (m)"), "whole", 14, span=True),
        Column(Named("超出搜索范围", "Beyond the search"), "share", 12, brief=False),
    )
    rows = [_amounts(assessment, row) for row in assessment.supply.to_dict("records") if row["by"] != "nobody"]
    note = msg(
        "Facilities are those within the norm of any place; supply counts them all. Per 1,000 is of those inside the "
        "boundary. Gini is 0 where everybody has the same and 1 where one has all. Choice is how many facilities are "
        "within the norm, on average. What has no upper end says at least."
    )
    return Table("supply", msg("Supply of every category"), columns, rows, Named("供给", "Supply"), note=note)


def _amounts(assessment: Assessment, row: dict[Any, Any]) -> tuple[Cell, ...]:
    limit_m = assessment.site.limit_mm / 1000

    def both(name: str) -> Span:
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        return span(low, high) if low > 0 or math.isfinite(high) else span(math.nan, math.nan)

    def walk(name: str) -> Span:
        least, most = row[f"{name}_least_m"], row[f"{name}_m"]
        return span(limit_m if math.isinf(least) else least, most)

    return (
        called(assessment.site.standard.category(row["category"])),
        counted(row["by"]),
        unit_of(row["unit"]),
        number(row["facilities"]),
        number(row["undersized"]),
        both("amount"),
        number(row["owed"], 6),
        both("per_1000"),
        both("access"),
        both("gini"),
        both("overlap"),
        both("opportunities"),
        walk("mean"),
        walk("median"),
        walk("p90"),
        number(row["censored"], 6),
    )


def _relying(assessment: Assessment) -> Iterator[Message]:
    """The categories of which most have one facility only."""
    covered = judged(assessment)["covered"]
    alone = assessment.reliance.groupby("category")["alone"].sum()
    for id in alone.sort_values(ascending=False, kind="stable").index[:WORST]:
        if alone[id] > 0:
            yield msg(
                "{category}: of {covered} within the norm, {alone} have one facility only.",
                category=called(assessment.site.standard.category(id)),
                covered=amount(covered[id], judged_by(assessment, id)),
                alone=shown(rounded(alone[id]), "whole"),
            )


def _reliance(assessment: Assessment) -> Table:
    columns = (
        CATEGORY,
        Column(Named("编号", "Id"), "text", 24, brief=False),
        Column(Named("名称", "Name"), "text", 26),
        JUDGED_BY,
        Column(Named("服务", "Within the norm"), "whole", 12),
        Column(Named("只靠它", "Rely on it alone"), "whole", 12),
        Column(Named("关闭后成缺口", "In gap without it"), "whole", 12),
        Column(Named("关闭后未知", "Unknown without it"), "whole", 12),
    )
    relied = assessment.reliance[assessment.reliance["within"] > 0]
    relied = relied.sort_values(["alone", "within"], ascending=False, kind="stable")
    rows: list[tuple[Cell, ...]] = [
        (
            called(assessment.site.standard.category(row["category"])),
            text(row["id"]),
            _name(row),
            counted(judged_by(assessment, row["category"])),
            *(number(row[name], 6) for name in ("within", "alone", "to_gap", "to_unknown")),
        )
        for row in relied.to_dict("records")
    ]
    note = msg("Who relies on a facility alone is within the norm of it and of no other that is surely open.")
    title = msg("Facilities most relied on")
    return Table("reliance", title, columns, rows, Named("依赖", "Reliance"), MOST_RELIED, note)


def groups(assessment: Assessment) -> Chapter:
    """Coverage of the people on each shift, and of each kind of place; nothing where all are one group."""
    title = msg("By group")
    if len(assessment.groups[["group", "id"]].drop_duplicates()) < 2:
        return Chapter("groups", title)
    return Chapter("groups", title, tuple(_least(assessment)), (_groups(assessment),))


def _least(assessment: Assessment) -> Iterator[Message]:
    """What fewest of each group have within reach."""
    for _, rows in assessment.groups.groupby(["group", "id"], sort=False):
        due = rows[rows["total"] > 0]
        if due.empty:
            continue
        most = (due["covered"] + due["unknown"]) / due["total"]
        least = due.loc[most.sort_values(kind="stable").index[:WORST], "category"]
        yield msg(
            "{group}: least within reach are {names}.",
            group=_group(due.iloc[0]),
            names=listed(assessment.site.standard.category(id) for id in least),
        )


def _group(row: Any) -> Named:
    return Named(text(row["zh"]), text(row["en"]))


def _groups(assessment: Assessment) -> Table:
    columns = (
        Column(Named("分组", "Group"), "mark", 14, brief=False),
        Column(Named("人群", "Of whom"), "both", 18),
        CATEGORY,
        JUDGED_BY,
        *FIGURES[:4],
        FIGURES[-1],
        Column(Named("未计数的地点", "Places without a count"), "whole", 12, brief=False),
    )
    rows = [_of_group(assessment, row) for row in assessment.groups.to_dict("records")]
    title = msg("Coverage by group")
    return Table("groups", title, columns, rows, Named("分组", "Groups"), MOST_GROUPS)


def _of_group(assessment: Assessment, row: dict[Any, Any]) -> tuple[Cell, ...]:
    return (
        GROUPS[row["group"]],
        _group(row),
        called(assessment.site.standard.category(row["category"])),
        counted(row["by"]),
        *(number(row[name], 6) for name in ("total", "covered", "gap", "unknown")),
        share(row),
        number(row["uncounted"], 6),
    )


def places(assessment: Assessment) -> Chapter:
    """What each dormitory, workplace or house has and lacks."""
    frame = _by_lack(assessment.places)
    worst = frame[(frame["gap"] > 0) & (frame["name"] != "")].head(WORST)
    sentences = tuple(_lacking(assessment, row) for row in worst.to_dict("records"))
    return Chapter("places", msg("Place by place"), sentences, (_places(assessment, frame),))


def _by_lack(places: pd.DataFrame) -> pd.DataFrame:
    """The places that lack most first; of those that lack as much, the one with more heads."""
    heads = places[list(PEOPLE)].sum(axis=1)
    order = places.assign(heads=heads).sort_values(["gap", "heads"], ascending=False, kind="stable").index
    return places.loc[order]


def _lacking(assessment: Assessment, row: dict[Any, Any]) -> Message:
    return msg(
        "{place} lacks {gap} of {due} categories; the farthest over the norm: {names}.",
        place=_name(row),
        gap=shown(rounded(row["gap"]), "whole"),
        due=shown(rounded(row["due"]), "whole"),
        names=_named(assessment, row["lacking"], WORST),
    )


def _name(row: dict[Any, Any]) -> str:
    return text(row["name"]) or text(row["id"])


def _named(assessment: Assessment, ids: str, most: int | None = None) -> Named:
    return listed(assessment.site.standard.category(id) for id in ids.split(";")[:most] if id)


def _places(assessment: Assessment, frame: pd.DataFrame) -> Table:
    counts = frame[list(COUNTS)].to_numpy(dtype=float)
    form: Form = "whole" if (counts == counts.round()).all() else "tenth"  # parts of an area count by their heads
    columns = (
        Column(Named("编号", "Id"), "text", 24, brief=False),
        Column(Named("名称", "Name"), "text", 26),
        Column(Named("类型", "Kind"), "mark", 14),
        *head_columns(assessment),
        *(Column(name, form, 9) for name in COUNTS.values()),
        Column(Named("达标率", "Within the norm"), "share", 14, span=True),
        Column(Named("缺少的类别", "Lacking"), "both", 50, brief=False),
        Column(Named("存疑的类别", "In doubt"), "both", 40, brief=False),
    )
    kinds = kinds_of(assessment)
    rows: list[tuple[Cell, ...]] = [
        (
            text(row["id"]),
            _name(row),
            kinds.get(row["kind"], text(row["kind"])),
            *(number(row[kind], 6) for kind in PEOPLE),
            *(number(row[name], 6) for name in COUNTS),
            span(row["complete_low"], row["complete_high"]) if row["due"] > 0 else None,
            _named(assessment, row["lacking"]),
            _named(assessment, row["in_doubt"]),
        )
        for row in frame.to_dict("records")
    ]
    note = msg("Categories that each place is due, and how many of them it has within the norm.")
    return Table("places", msg("Every place"), columns, rows, Named("逐处", "Places"), MOST_PLACES, note)
