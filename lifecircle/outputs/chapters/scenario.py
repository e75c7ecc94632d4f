"""What a scenario changes, and how things stood before it."""

from __future__ import annotations

from collections.abc import Iterator

from lifecircle.messages import Message, Named, msg
from lifecircle.model import Assessment, Change, Scenario
from lifecircle.outputs.chapters.telling import CATEGORY, called, interval
from lifecircle.outputs.looks import FUNCTIONS
from lifecircle.outputs.plain import number, text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Table, shown

WHAT = {"facility": Named("设施", "facility"), "path": Named("步行道", "path"), "gate": Named("大门", "gate")}
CHANGE = {"add": Named("新增", "add"), "move": Named("迁移", "move"), "close": Named("关闭", "close")}


def scenario(assessment: Assessment) -> Chapter:
    """Before and after; nothing where the site has no scenario."""
    title = msg("Before and after the scenario")
    plan, before = assessment.site.scenario, assessment.before
    if plan is None or before is None:
        return Chapter("scenario", title)
    return Chapter("scenario", title, tuple(_sentences(assessment, before)), (_changes(assessment, plan),))


def _sentences(assessment: Assessment, before: Assessment) -> Iterator[Message]:
    was, now = (shown(interval(each.index.value), "tenth") for each in (before, assessment))
    yield msg("The three-life index goes from {before} to {after}.", before=was, after=now)
    for function, name in FUNCTIONS.items():
        was, now = (shown(interval(each.index.functions[function]), "share") for each in (before, assessment))
        if was != now:
            yield msg("{function} goes from {before} to {after}.", function=name, before=was, after=now)


def _changes(assessment: Assessment, plan: Scenario) -> Table:
    """One row a change; a line by its first point."""
    columns = (
        Column(Named("序号", "No."), "whole", 8),
        Column(Named("对象", "What"), "mark", 14),
        Column(Named("改动", "Change"), "mark", 12),
        CATEGORY,
        Column(Named("编号", "Id"), width=30, brief=False),
        Column(Named("新编号", "New id"), width=14, brief=False),
        Column(Named("名称", "Name"), width=26),
        Column(Named("规模", "Capacity"), "hundredth", 11, brief=False),
        Column(Named("经度", "Longitude"), "degrees", 14, brief=False),
        Column(Named("纬度", "Latitude"), "degrees", 14, brief=False),
        Column(Named("点数", "Points"), "whole", 9, brief=False),
    )
    rows = [(i + 1, *_change(assessment, change)) for i, change in enumerate(plan.changes)]
    return Table("scenario", msg("Changes of {name}", name=text(plan.name)), columns, rows, Named("方案", "Scenario"))


def _change(assessment: Assessment, change: Change) -> tuple[Cell, ...]:
    standard = assessment.site.standard
    return (
        WHAT[change.what],
        CHANGE[change.change],
        called(standard.category(change.category)) if change.category else None,
        text(change.id),
        change.becomes,
        text(change.name),
        number(change.capacity),
        *(change.lonlat[0] if change.lonlat else (None, None)),
        len(change.lonlat),
    )
