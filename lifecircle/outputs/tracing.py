"""What became of every row of every source of facilities, as lines of a table in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from lifecircle.errors import row_of
from lifecircle.messages import Message, msg
from lifecircle.model import Outcome, Site
from lifecircle.outputs.plain import number, text, told

TITLES = (
    "来源 Source", "行 Row", "名称 Name", "原类型 Given type", "类型编码 Typecode", "类别", "Category",
    "兼作 Also counts as", "归类依据 Decided by", "规模 Capacity", "开放时间 Hours", "结果", "Result",
)  # fmt: skip


def lines(site: Site) -> Iterator[list[str]]:
    """One line a row of ``Site.trace``, a text for each of ``TITLES``."""
    zh = {category.id: category.zh for category in site.standard.known}
    en = {category.id: category.en for category in site.standard.known}
    results = _results(site)
    trace = site.trace
    known = pd.concat([site.facilities, site.planned])[["id", "capacity", "hours"]].sort_values("capacity")
    sizes, hours = (known.drop_duplicates("id").set_index("id")[column].to_dict() for column in ("capacity", "hours"))
    for row in zip(*(trace[column] for column in trace.columns), strict=True):
        own = dict(zip(trace.columns, row, strict=True))
        result = results[own["outcome"], own["by"]]
        given = (own[column] for column in ("source", "row", "name", "given", "code"))
        also = "; ".join(zh[id] for id in own["also"].split(";") if id)
        size = number(sizes.get(own["id"]))
        about = ("" if size is None else f"{size:g}", hours.get(own["id"], ""))
        category = (zh.get(own["category"], ""), en.get(own["category"], ""), also, own["rule"])
        yield [*(text(value) for value in (*given, *category, *about)), result["zh"], result["en"]]


def _results(site: Site) -> dict[tuple[Outcome, str], dict[str, str]]:
    """The words for every outcome and what it is owed to."""
    trace = site.trace
    counted = trace[trace["outcome"] == Outcome.COUNTED].drop_duplicates("id")
    place = {
        id: (source, row) for id, source, row in zip(counted["id"], counted["source"], counted["row"], strict=True)
    }
    pairs = trace[["outcome", "by"]].drop_duplicates()
    return {
        (outcome, by): told(_result(outcome, by, _row(by, place)))
        for outcome, by in zip(pairs["outcome"], pairs["by"], strict=True)
    }


def _row(id: str, place: dict[str, tuple[str, str]]) -> Message | str:
    """The row of a file that an id stands for; the id itself for what is no row of a file."""
    source, row = place.get(id, ("", ""))
    return row_of(source, row) if row else f"{source} {id}".strip()


def _result(outcome: Outcome, by: str, row: Message | str) -> Message:
    return {
        Outcome.COUNTED: msg("counts"),
        Outcome.NO_RULE: msg("of no category: it meets no rule of the standard"),
        Outcome.PEOPLE: msg("a place with people and no facility: list it under `demand:`"),
        Outcome.DUPLICATE: msg("the same place as {row}", row=row),
        Outcome.CLOSED: msg("closed, as {row} says", row=row),
        Outcome.NOT_OPEN: msg("does not count: {status}", status=STATUSES.get(by, by)),
        Outcome.BEYOND: msg("beyond the study area"),
        Outcome.REPLACED: msg("replaced by {source}", source=by),
        Outcome.GROUND: msg("ground that holds a building of its category"),
        Outcome.RESERVE: msg("of a category that counts only where the site's factors say so"),
    }[outcome]


STATUSES = {
    "building": msg("being built"),
    "planned": msg("planned"),
    "closed": msg("closed"),
}
