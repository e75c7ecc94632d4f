"""Numbers beside coverage, and how the index moves with what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lifecircle.messages import Message, Named, msg
from lifecircle.model import Assessment
from lifecircle.outputs.chapters.telling import form_of, span, unit_of
from lifecircle.outputs.plain import text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Form, Table, shown

CHOICES = {"weights": msg("weights"), "speed": msg("speed"), "measure": msg("measure")}


def indicators(assessment: Assessment) -> Chapter:
    """Every indicator with its formula or source."""
    columns = (
        Column(Named("指标", "Indicator"), "both", 26),
        Column(Named("单位", "Unit"), "mark", 12),
        Column(Named("数值", "Value"), "hundredth", 14, span=True),
        Column(Named("公式与来源", "Formula and source"), "both", 44),
    )
    rows = [_indicator(row) for row in assessment.indicators.to_dict("records")]
    table = Table("indicators", msg("Every indicator"), columns, rows, Named("指标", "Indicators"))
    return Chapter("indicators", msg("Indicators"), (), (table,))


def _indicator(row: dict[Any, Any]) -> tuple[Cell, ...]:
    return (
        Named(text(row["title_zh"]), text(row["title_en"])),
        unit_of(row["unit"]),
        span(row["low"], row["high"], form_of(row["unit"])),
        Named(text(row["reference_zh"]), text(row["reference_en"])),
    )


def sensitivity(assessment: Assessment) -> Chapter:
    """How the index moves with weights, speed, and walking distance against the straight line."""
    spans: tuple[tuple[str, Named, Form], ...] = (
        ("index", Named("指数", "Index"), "tenth"),
        ("production", Named("生产", "Production"), "share"),
        ("living", Named("生活", "Living"), "share"),
        ("ecology", Named("生态", "Ecology"), "share"),
    )
    columns = (
        Column(Named("改变", "What is changed"), "mark", 16),
        Column(Named("取值", "To"), "both", 30),
        *(Column(name, form, 16, span=True) for _, name, form in spans),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            CHOICES[row["what"]],
            Named(row["zh"], row["en"]),
            *(span(row[f"{part}_low"], row[f"{part}_high"]) for part, _, _ in spans),
        )
        for row in assessment.sensitivity.to_dict("records")
    ]
    title = msg("How the index moves with what was chosen")
    table = Table("sensitivity", title, columns, rows, Named("敏感性", "Sensitivity"))
    return Chapter("sensitivity", msg("Sensitivity"), tuple(_sensitive(assessment)), (table,))


def _sensitive(assessment: Assessment) -> Iterator[Message]:
    """Each choice in a sentence: the lowest and highest bounds over its values."""
    for what, rows in assessment.sensitivity.groupby("what", sort=False):
        low, high = float(rows["index_low"].min()), float(rows["index_high"].max())
        yield msg(
            "By choice of {what}, the index lies within {range}.",
            what=CHOICES[str(what)],
            range=shown(span(low, high), "tenth"),
        )
