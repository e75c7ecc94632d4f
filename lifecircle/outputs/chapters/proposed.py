"""What a search proposes to build: each step with what it brings, and how good the whole is."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lifecircle.messages import Message, Named, msg
from lifecircle.model import UNITS, Assessment, Standard
from lifecircle.outputs.plain import text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Span, Table
from lifecircle.proposals import Proposals, Step

AIMS = {
    "most-covered": Named("范围内人数最多", "most people within the norm"),
    "all-covered": Named("以最少费用覆盖所有人", "everyone within the norm at the least cost"),
    "shortest-mean": Named("平均步行距离最短", "the shortest mean walk"),
    "shortest-longest": Named("最远者步行距离最短", "the shortest longest walk"),
}


def proposed(assessment: Assessment) -> Chapter:
    """Nothing where no search found the scenario."""
    title = msg("What to build, and in which order")
    scenario = assessment.site.scenario
    found = scenario.proposals if scenario else None
    if found is None:
        return Chapter("proposals", title)
    standard = assessment.site.standard
    tables = [_table("proposals", msg("The best choice, step by step"), found.steps, found, standard)]
    tables[0] = _named(tables[0], Named("建议", "Proposals"))
    if found.greedy:
        other = _table("greedy", msg("The next best at each step"), found.greedy, found, standard)
        tables.append(_named(other, Named("逐步最优", "Step by step")))
    return Chapter("proposals", title, told(found, standard), tuple(tables))


def told(found: Proposals, standard: Standard) -> tuple[Message, ...]:
    """What was asked and found, in sentences."""
    return (_asked(found, standard), *_found(found), _proof(found), *_rival(found))


def step_told(number: int, step: Step, found: Proposals, standard: Standard) -> Message:
    """A step in a line."""
    return msg(
        "{number}. {site} (lon {lon:.6f}, lat {lat:.6f}): {what}; {gain:,.0f} {unit} more within the norm, "
        "{sure:,.0f} of them surely in gap; index {low:.1f} to {high:.1f}{robust}",
        number=number,
        site=text(step.site),
        lon=step.lonlat[0],
        lat=step.lonlat[1],
        what=tuple(Named(one.zh, one.en) for one in map(standard.category, step.categories)),
        gain=step.gain,
        unit=_unit(found),
        sure=step.sure_gain,
        low=step.index_low,
        high=step.index_high,
        robust=msg("; among the best whatever is unknown") if step.robust else "",
    )


def _asked(found: Proposals, standard: Standard) -> Message:
    names = tuple(Named(one.zh, one.en) for one in map(standard.category, found.categories))
    asked = msg("Asked for: {categories}; aim: {aim}.", categories=names, aim=AIMS[found.aim])
    if math.isnan(found.budget):
        return asked
    return msg(
        "Asked for: {categories}; aim: {aim}; budget {budget:g}, of which {spent:g} is spent.",
        categories=names,
        aim=AIMS[found.aim],
        budget=found.budget,
        spent=found.spent,
    )


def _found(found: Proposals) -> Iterator[Message]:
    gain = sum(step.gain for step in found.steps)
    yield msg(
        "The {n} {n:step|steps} bring {gain:,.0f} {unit} within the norm; {left:,.0f} still lack, or may lack it.",
        n=len(found.steps),
        gain=gain,
        unit=_unit(found),
        left=found.left,
    )
    if found.beyond > 0:
        yield msg("{beyond:,.0f} of those who lack it are out of reach of every site tried.", beyond=found.beyond)
    if found.seats:
        yield msg("Nobody is counted beyond what a facility can serve; one whose size nobody knows serves nobody.")
    if found.aim in ("shortest-mean", "shortest-longest"):
        what = AIMS[found.aim]
        yield msg("{what}: from {start:,.0f} m to {value:,.0f} m.", what=what, start=found.start, value=found.value)


def _proof(found: Proposals) -> Message:
    """How good it is, and among what."""
    among = {"sites": found.sites, "bound": found.bound, "unit": _measure(found)}
    if not found.apart_m and found.proven:
        return msg("No choice among the {sites:,} {sites:site|sites} does better: proven.", **among)
    if found.aim == "all-covered":
        return msg("To serve as many, at least {bound:g} must be spent.", **among)
    if not found.apart_m:
        return msg(
            "Chosen among {sites:,} {sites:site|sites}; no choice does better than {bound:,.0f} {unit}.", **among
        )
    return msg(
        "Chosen among {sites:,} points along the streets; no places on any public street do better than "
        "{bound:,.0f} {unit}.",
        **among,
    )


def _rival(found: Proposals) -> Iterator[Message]:
    if found.rival:
        yield msg(
            "Against it {name}: {gain:,.0f} {unit}, {sure:,.0f} of them surely in gap; "
            "index {low:.1f} to {high:.1f} with all that this plan changes.",
            name=text(found.rival.name),
            gain=found.rival.gain,
            unit=_unit(found),
            sure=found.rival.sure_gain,
            low=found.rival.index_low,
            high=found.rival.index_high,
        )


def _unit(found: Proposals) -> Message:
    """What is counted: heads, or a head once for each category."""
    if len(found.categories) > 1:
        return msg("needs (a head and a category each)")
    units = tuple(UNITS.get(kind, msg("places")) for kind in found.by[0].split("+"))
    return units[0] if len(units) == 1 else msg("heads ({units})", units=units)


def _measure(found: Proposals) -> Message:
    if found.aim == "all-covered":
        return msg("of cost")
    return _unit(found) if found.counts_heads else msg("metres")


def _table(id: str, title: Message, steps: tuple[Step, ...], found: Proposals, standard: Standard) -> Table:
    columns = (
        Column(Named("序号", "No."), "whole", 7),
        Column(Named("位置", "Site"), width=24),
        Column(Named("建什么", "What"), "both", 26),
        Column(Named("费用", "Cost"), "hundredth", 9),
        Column(Named("新增覆盖", "Gain"), "whole", 11),
        Column(Named("其中确为缺口", "Surely in gap"), "whole", 13),
        Column(Named("累计", "In all"), "whole", 11),
        Column(Named("三生指数", "Index"), "tenth", 15, span=True),
        Column(Named("未知不改变结论", "Robust"), "mark", 13),
        Column(Named("经度", "Longitude"), "degrees", 14, brief=False),
        Column(Named("纬度", "Latitude"), "degrees", 14, brief=False),
    )
    so_far, rows = 0.0, []
    for number, step in enumerate(steps, start=1):
        so_far += step.gain
        rows.append(_row(number, step, so_far, standard))
    start = (0, Named("现状", "as it is"), None, None, None, None, 0, Span(found.index_low, found.index_high), None)
    return Table(id, title, columns, [(*start, None, None), *rows])


def _row(number: int, step: Step, so_far: float, standard: Standard) -> tuple[Cell, ...]:
    names = [standard.category(id) for id in step.categories]
    return (
        number,
        text(step.site),
        Named("、".join(one.zh for one in names), ", ".join(one.en for one in names)),
        step.cost,
        step.gain,
        step.sure_gain,
        so_far,
        Span(step.index_low, step.index_high),
        Named("是", "yes") if step.robust else Named("否", "no"),
        *step.lonlat,
    )


def _named(table: Table, short: Named) -> Table:
    return Table(table.id, table.title, table.columns, table.rows, short)
