"""Who the site is about, and how far the three lives are within reach together."""

from __future__ import annotations

from collections.abc import Iterator

import shapely

from lifecircle.messages import Message, Named, msg
from lifecircle.model import Assessment, Interval
from lifecircle.outputs.chapters.telling import HEADS, interval, mid, rounded
from lifecircle.outputs.looks import FUNCTIONS, SYNTHETIC
from lifecircle.outputs.plain import guessed, heads, standard_name, text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Form, Table, shown

GRADES = {
    "极度失调": "extreme imbalance",
    "严重失调": "severe imbalance",
    "中度失调": "moderate imbalance",
    "轻度失调": "slight imbalance",
    "濒临失调": "on the verge of imbalance",
    "勉强协调": "barely coordinated",
    "初级协调": "primary coordination",
    "中级协调": "intermediate coordination",
    "良好协调": "good coordination",
    "优质协调": "high-quality coordination",
}
"""Of the coupling coordination model, in English."""


def whom(assessment: Assessment) -> Chapter:
    """Whom the numbers are about."""
    return Chapter("whom", msg("Whom it is about"), tuple(_whom(assessment)), (_heads(assessment),))


def _whom(assessment: Assessment) -> Iterator[Message]:
    site, standard = assessment.site, assessment.site.standard
    if site.synthetic:
        yield SYNTHETIC
    yield msg("{site}: {headline}.", site=text(site.name), headline=assessment.headline)
    yield msg(
        "The site is {area} km2; it is held to {standard}, version {version}, by a walker who does {pace:g} m a minute "
        "({profile}).",
        area=shown(rounded(float(shapely.area(site.boundary)) / 1e6), "hundredth"),
        standard=standard_name(assessment),
        version=standard.version,
        pace=site.profile.metres_per_minute,
        profile=Named(site.profile.zh, site.profile.en),
    )
    if standard.scope:
        yield msg("The standard is partial: {scope}", scope=standard.scope)
    if site.scenario is not None:
        changes = len(site.scenario.changes)
        yield msg(
            "These are the figures after the scenario {name}, which makes {n} {n:change|changes}.",
            name=text(site.scenario.name),
            n=changes,
        )


def _heads(assessment: Assessment) -> Table:
    """Heads of each kind; an unknown count stays unknown."""
    guesses = guessed(assessment)
    rows: list[tuple[Cell, ...]] = [
        (HEADS[kind], float("nan") if count is None else count, guesses.get(kind))
        for kind, count in heads(assessment).items()
    ]
    columns = (
        Column(Named("统计对象", "Counted"), "mark", 24),
        Column(Named("数量", "Number"), "whole", 14),
        Column(Named("其中估算", "Of which estimated"), "whole", 14),
    )
    return Table("heads", msg("People on the site"), columns, rows)


def index(assessment: Assessment) -> Chapter:
    """The three-life index with its weakest function."""
    return Chapter("index", msg("Three-life index"), tuple(_index(assessment)), (_functions(assessment),))


def _index(assessment: Assessment) -> Iterator[Message]:
    found = assessment.index
    yield msg("The three-life index is {value} of 100.", value=shown(interval(found.value), "tenth"))
    if found.value.low < found.value.high:
        yield msg("The lower end takes all that is unknown for missing, the upper end for there.")
    if found.value.mid is None:
        yield msg("Too little is known to say one number.")
    if found.weakest:
        share = shown(interval(found.functions[found.weakest]), "share")
        yield msg("The weakest function is {function}, at {share}.", function=FUNCTIONS[found.weakest], share=share)
    if found.zero:
        yield msg("It is 0 because of {functions}.", functions=tuple(FUNCTIONS[name] for name in found.zero))
    low, high = found.grade
    yield msg(
        "The three functions are coordinated to a degree D of {value}: {grade}.",
        value=shown(interval(found.coordination), "hundredth"),
        grade=_grade(low) if low == high else msg("{low} to {high}", low=_grade(low), high=_grade(high)),
    )


def _grade(zh: str) -> Named:
    return Named(zh, GRADES[zh])


def _functions(assessment: Assessment) -> Table:
    found = assessment.index
    functions = found.functions.items()
    columns = (
        Column(Named("项目", "What"), "mark", 30),
        Column(Named("数值", "Value"), "share", 18, span=True),
        Column(Named("中值", "Mid"), "share", 18),
        Column(Named("已知权重", "Known weight"), "share", 18),
    )

    def row(name: Message, value: Interval, form: Form, known: float | None = None) -> tuple[Cell, ...]:
        return name, interval(value, form), mid(value, form), known

    rows = [
        row(msg("Three-life index"), found.value, "tenth"),
        *(row(FUNCTIONS[name], value, "share", rounded(found.known_weight[name])) for name, value in functions),
        row(msg("Coordination D"), found.coordination, "hundredth"),
    ]
    return Table("index", msg("The index and its functions"), columns, rows)
