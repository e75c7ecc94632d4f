"""The goals of a plan as a scorecard, its scenes, and what kind of unit the site is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lifecircle.messages import Message, Named, msg
from lifecircle.model import Assessment
from lifecircle.outputs.chapters.telling import form_of, rounded, span, unit_of
from lifecircle.outputs.plain import text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Table

HOW = {
    "measured": Named("测算", "measured"),
    "declared": Named("申报", "declared"),
    "both": Named("测算或申报", "measured or declared"),
    "own": Named("自定", "own"),
}
STATES = {
    "measured": Named("已测算", "measured"),
    "declared": Named("已申报", "declared"),
    "unknown": Named("未知", "unknown"),
    "nothing": Named("未申报", "nobody declared it"),
}
VIEWS = {
    "chengdu": Named("成都七场景", "seven scenes of Chengdu"),
    "dongguan": Named("东莞六场景", "six scenes of Dongguan"),
}
WHAT = {"kind": Named("单元类型", "kind of unit"), "mode": Named("建设方式", "mode of building")}
FITS = {
    "fits": Named("符合", "fits"),
    "declared": Named("已申报", "declared"),
    "does not fit": Named("不符合", "does not fit"),
    "unknown": Named("未知", "unknown"),
}


def scorecard(assessment: Assessment) -> Chapter:
    """Scenes and goals, measured or declared; nothing where the standard has none."""
    tables = (_scenes(assessment), _goals(assessment), _typology(assessment))
    return Chapter("scorecard", msg("Scenes and goals"), tuple(_sentences(assessment)), tables)


def _sentences(assessment: Assessment) -> Iterator[Message]:
    frame = assessment.goals
    if frame.empty:
        return
    count = {state: int((frame["state"] == state).sum()) for state in STATES}
    yield msg(
        "Goals: {n}, of which measured {measured}, declared {declared}, unknown {unknown}, declared by nobody "
        "{nothing}.",
        n=len(frame),
        **count,
    )
    for row in assessment.typology[assessment.typology["state"].isin(["fits", "declared"])].to_dict("records"):
        yield msg(
            "{what}: {name} ({evidence}).",
            what=WHAT[row["what"]],
            name=_name(row),
            evidence=Named(text(row["evidence_zh"]), text(row["evidence_en"])),
        )


def _name(row: dict[Any, Any], part: str = "") -> Named:
    return Named(text(row[f"{part}zh"]), text(row[f"{part}en"]))


def _scenes(assessment: Assessment) -> Table:
    columns = (
        Column(Named("视角", "View"), "mark", 24),
        Column(Named("场景", "Scene"), "both", 20),
        Column(Named("得分", "Score"), "share", 14, span=True),
        Column(Named("已知比例", "Known"), "share", 12),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            VIEWS.get(row["view"], text(row["view"])),
            _name(row),
            span(row["low"], row["high"]),
            rounded(row["known"]),
        )
        for row in assessment.scenes.to_dict("records")
    ]
    return Table("scenes", msg("Scenes"), columns, rows, Named("场景", "Scenes"))


def _goals(assessment: Assessment) -> Table:
    counts = bool((assessment.goals["unit"] != "share").any())
    columns = (
        Column(Named("场景", "Scene"), "both", 16),
        Column(Named("目标", "Goal"), "both", 26),
        Column(Named("方式", "How"), "mark", 14, brief=False),
        Column(Named("数值", "Value"), "hundredth", 14, span=True),
        Column(Named("单位", "Unit"), "mark", 10, brief=counts),
        Column(Named("状态", "State"), "mark", 12),
        Column(Named("说明", "In words"), "both", 50, brief=False),
        Column(Named("依据", "Evidence"), "text", 36),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            _name(row, "scene_"),
            _name(row),
            HOW[row["how"]],
            None if row["state"] == "nothing" else span(row["low"], row["high"], form_of(row["unit"])),
            unit_of(row["unit"]),
            STATES[row["state"]],
            _name(row, "told_"),
            text(row["evidence"]),
        )
        for row in assessment.goals.to_dict("records")
    ]
    return Table("goals", msg("Scorecard of the goals"), columns, rows, Named("目标评分", "Scorecard"))


def _typology(assessment: Assessment) -> Table:
    columns = (
        Column(Named("项目", "What"), "mark", 18),
        Column(Named("名称", "Name"), "both", 20),
        Column(Named("判断", "Result"), "mark", 14),
        Column(Named("依据", "Evidence"), "both", 50),
    )
    rows: list[tuple[Cell, ...]] = [
        (WHAT[row["what"]], _name(row), FITS[row["state"]], _name(row, "evidence_"))
        for row in assessment.typology.to_dict("records")
    ]
    return Table("typology", msg("What kind of unit it is"), columns, rows, Named("类型", "Typology"))
