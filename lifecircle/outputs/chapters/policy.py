"""What policies ask, each held against what is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from lifecircle.messages import Message, Named, msg
from lifecircle.model import Assessment
from lifecircle.outputs.chapters.telling import form_of, span, unit_of
from lifecircle.outputs.looks import STANDINGS
from lifecircle.outputs.plain import text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Span, Table, shown

RESULTS = {
    "met": Named("达到", "met"),
    "missed": Named("未达到", "missed"),
    "unknown": Named("未知", "unknown"),
    "not applicable": Named("不适用", "not applicable"),
}


def checks(assessment: Assessment) -> Chapter:
    """Every policy check of the standard; nothing where it has none."""
    return Chapter("checks", msg("Policy checks"), tuple(_results(assessment)), (_checks(assessment),))


def _results(assessment: Assessment) -> Iterator[Message]:
    frame = assessment.checks
    if frame.empty:
        return
    count = {result: int((frame["result"] == result).sum()) for result in RESULTS}
    yield msg(
        "Policy checks: {n}, of which met {met}, missed {missed}, unknown {unknown}, not applicable here {apart}.",
        n=len(frame),
        met=count["met"],
        missed=count["missed"],
        unknown=count["unknown"],
        apart=count["not applicable"],
    )
    for row in frame[frame["result"] == "missed"].to_dict("records"):
        form = form_of(row["unit"])
        yield msg(
            "Missed: {check}; asked {asked}, found {found} ({source}).",
            check=_name(row),
            asked=shown(_asked(row), form),
            found=shown(_found(row), form),
            source=_source(row),
        )


def _name(row: dict[Any, Any]) -> Named:
    return Named(text(row["zh"]), text(row["en"]))


def _source(row: dict[Any, Any]) -> Named:
    return Named(text(row["source_zh"]), text(row["source_en"]))


def _asked(row: dict[Any, Any]) -> Span:
    """The bounds asked for, open where there is none."""
    least, most = row["least"], row["most"]
    low, high = (-math.inf if math.isnan(least) else least), (math.inf if math.isnan(most) else most)
    return span(low, high, form_of(row["unit"]))


def _found(row: dict[Any, Any]) -> Span:
    return span(row["low"], row["high"], form_of(row["unit"]))


def _checks(assessment: Assessment) -> Table:
    columns = (
        Column(Named("要求", "Check"), "both", 34),
        Column(Named("适用城市", "Where"), "both", 12, brief=False),
        Column(Named("单位", "Unit"), "mark", 10),
        Column(Named("要求值", "Asked"), "hundredth", 12, span=True),
        Column(Named("实际值", "Found"), "hundredth", 14, span=True),
        Column(Named("结果", "Result"), "mark", 12),
        Column(Named("来源", "Source"), "both", 34),
        Column(Named("依据", "Standing"), "mark", 24, brief=False),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            _name(row),
            Named(text(row["city_zh"]), text(row["city_en"])),
            unit_of(row["unit"]),
            _asked(row),
            _found(row),
            RESULTS[row["result"]],
            _source(row),
            STANDINGS.get(row["standing"], text(row["standing"])),
        )
        for row in assessment.checks.to_dict("records")
    ]
    return Table("checks", msg("Every policy check"), columns, rows, Named("政策检查", "Policy checks"))
