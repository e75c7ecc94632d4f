"""What several chapters say in the same way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from lifecircle.messages import Message, Named, msg
from lifecircle.model import AMOUNTS, Assessment, Category, Interval
from lifecircle.outputs.looks import KINDS
from lifecircle.outputs.plain import number, text
from lifecircle.outputs.reporting import Cell, Column, Form, Span, shown

CATEGORY = Column(Named("类别", "Category"), "both", 18)
HEADS = {
    "beds": Named("床位", "Beds"),
    "jobs": Named("岗位", "Jobs"),
    "people": Named("人口", "People"),
    "families": Named("家庭", "Families"),
}
"""Of ``PEOPLE``."""


def head_columns(assessment: Assessment) -> tuple[Column, ...]:
    """A column for each of ``PEOPLE``; texts leave out what nobody counted anywhere."""
    counted = assessment.site.demand
    return tuple(Column(name, "whole", 9, brief=bool(counted[kind].notna().any())) for kind, name in HEADS.items())


JUDGED_BY = Column(Named("判定对象", "Judged by"), "mark", 16)
FUNCTION = Column(Named("功能", "Function"), "mark", 16, brief=False)
WALK = Column(Named("步行距离 (m)", "Walk (m)"), "tenth", 10, brief=False)
FIGURES = (
    Column(Named("合计", "Total"), "whole"),
    Column(Named("覆盖", "Covered"), "whole"),
    Column(Named("缺口", "Gap"), "whole"),
    Column(Named("未知", "Unknown"), "whole"),
    Column(Named("缺口中可信度低", "Gap, low confidence"), "whole", 13, brief=False),
    Column(Named("直线半径覆盖", "Covered by straight line"), "whole", 13, brief=False),
    Column(Named("其中估算", "Of which estimated"), "whole", 11, brief=False),
    Column(Named("覆盖率", "Share"), "share", 12, span=True),
)
"""Of a row of coverage, as ``figures`` gives them."""


FORMS: dict[str, Form] = {
    "beds": "whole", "jobs": "whole", "people": "whole", "families": "whole", "facilities": "whole", "share": "share",
}  # fmt: skip
"""How measures are shown, by their unit; the others with two decimals."""
UNITS = {
    "beds": Named("床", "beds"),
    "jobs": Named("岗", "jobs"),
    "people": Named("人", "people"),
    "families": Named("户", "families"),
    "facilities": Named("处", "facilities"),
    "jobs/bed": Named("岗/床", "jobs/bed"),
    "jobs/resident": Named("岗/人", "jobs/resident"),
    "m2": Named("平方米", "m2"),
    "m2/head": Named("平方米/人", "m2/head"),
    "km": Named("公里", "km"),
    "km2": Named("平方公里", "km2"),
    "km/km2": Named("公里/平方公里", "km/km2"),
    "count": Named("处", "facilities"),
    "seats": Named("座", "seats"),
    "share": Named("比例", "share"),
    "ratio": Named("比值", "ratio"),
}
"""Of measures, as they are shown; the others as they are."""


def unit_of(unit: str) -> Named | str:
    """A unit as it is shown."""
    return UNITS.get(unit, text(unit))


def form_of(unit: str) -> Form:
    """How a measure of a unit is shown."""
    return FORMS.get(unit, "hundredth")


def figures(row: Any) -> tuple[Cell, ...]:
    """The amounts of a row of coverage and the share covered; nothing where it is judged by nobody."""
    return *(number(row[name]) for name in AMOUNTS), share(row)


def share(row: Any) -> Cell:
    """The share covered of a row of coverage; nothing where there is nobody to cover."""
    total = row["total"]
    return span(row["covered"] / total, (row["covered"] + row["unknown"]) / total) if total > 0 else None


def limit_of(category: Category, at: str) -> Message:
    """A limit of coverage as it is said: the norm's, or minutes."""
    return norm_of(category) if at == "norm" else msg("{n:g} minutes", n=int(at.removesuffix(" min")))


def called(category: Category) -> Named:
    """A category's name."""
    return Named(category.zh, category.en)


def kinds_of(assessment: Assessment) -> dict[str, Named]:
    """What each kind of place on the site is called."""
    kinds = assessment.groups[assessment.groups["group"] == "kind"].drop_duplicates("id")
    return {row["id"]: Named(text(row["zh"]), text(row["en"])) for row in kinds.to_dict("records")}


def listed(categories: Iterable[Category]) -> Named:
    """Names of categories, which may hold commas."""
    names = [(category.zh, category.en) for category in categories]
    return Named("；".join(zh for zh, _ in names), "; ".join(en for _, en in names))


def norm_of(category: Category) -> Message:
    """The norm as it is said: a distance or a time, never one for the other."""
    if category.norm.distance_m is not None:
        return msg("{n:,g} m", n=category.norm.distance_m)
    return msg("{n:g} minutes", n=category.norm.minutes)


def walked(metres: float, at_least: bool, limit_m: float) -> Message:
    """A walking distance as a sentence says it."""
    if not metres <= limit_m:
        return msg("more than {m:,.0f} m", m=limit_m)
    return msg("at least {m:,.0f} m", m=metres) if at_least else msg("{m:,.0f} m", m=metres)


def judged_by(assessment: Assessment, category: str) -> str:
    """What a category is judged by: kinds joined by ``+``, or ``nobody``."""
    return assessment.index.judged_by.get(category, "nobody")


def counted(by: str) -> Message:
    """What a category is counted by, as it is said."""
    if by == "nobody":
        return msg("nobody")
    return msg("{kinds}", kinds=tuple(KINDS[kind] for kind in by.split("+")))


def amount(value: float, by: str) -> Message:
    """So many heads, or places, or metres."""
    if by == "places":
        return msg("{n:,} {n:place|places}", n=round(value))
    return msg("{n} {unit}", n=shown(rounded(value, 3), "whole"), unit=counted(by))


def rounded(value: float, digits: int = 6) -> float:
    """A number as every output holds it; NaN where it is missing, infinity as it is."""
    known = number(value, digits)
    return (math.nan if math.isnan(value) else value) if known is None else known


def span(low: float, high: float, form: Form | None = None, digits: int = 6) -> Span:
    """Two bounds as every output holds them."""
    return Span(rounded(low, digits), rounded(high, digits), form)


def interval(found: Interval, form: Form | None = None) -> Span:
    """Two bounds as every output holds them."""
    return span(found.low, found.high, form)


def mid(found: Interval, form: Form) -> Cell:
    """The middle, or that too little is known to say one."""
    return msg("too little known") if found.mid is None else span(found.mid, found.mid, form)
