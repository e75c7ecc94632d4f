"""Moments of the week that a standard asks about, beside what it asks at whatever hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import pandas as pd

from lifecircle.completeness import reasons
from lifecircle.coverage import judged_by
from lifecircle.messages import LANGUAGES, Message, msg
from lifecircle.model import MOMENTS, Coverage, Measure, Moment, Opening, Reach, Site, Standard

STATES = {"open": Opening.OPEN, "closed": Opening.CLOSED, "hours_unknown": Opening.UNKNOWN}
"""What facilities are counted by."""


@dataclass(frozen=True)
class AtMoment:
    """How a site is at a moment, as far as that is asked about."""

    site: Site
    """At the moment, held to the categories asked about alone, with their facilities."""
    reach: Reach
    coverage: Coverage
    """Of places alone."""


def asked_about(standard: Standard) -> dict[Moment, set[str]]:
    """The categories that a standard asks about at each moment, for themselves or for what is measured of them."""
    asked: dict[Moment, set[str]] = {}
    for category in standard.categories:
        for moment in category.moments:
            asked.setdefault(moment, set()).add(category.id)
    for measure in _measures(standard):
        if measure.at is not None:
            asked.setdefault(measure.at, set()).update(measure.categories)
    return asked


def _measures(standard: Standard) -> Iterator[Measure]:
    yield from (check.measure for check in standard.checks)
    yield from (measure for goal in standard.goals for measure in goal.measures)
    yield from (measure for scene in standard.scenes for measure in scene.measures)


def asked_for(standard: Standard, found: Mapping[Moment, AtMoment]) -> pd.DataFrame:
    """One row a category and moment that it is asked for, columns ``MOMENTS``, in the standard's order."""
    rows = [
        {"category": category.id, "zh": moment.name.zh, "en": moment.name.en} | _row(found[moment], category.id)
        for category in standard.categories
        for moment in category.moments
    ]
    return pd.DataFrame(rows, columns=list(MOMENTS))


def _row(then: AtMoment, id: str) -> dict[Any, Any]:
    """How a category is at a moment, and why."""
    site = then.site
    c = next(c for c, category in enumerate(site.standard.categories) if category.id == id)
    by = judged_by(site.standard.categories[c], site)
    opening = then.reach.opening[(site.facilities["category"] == id).to_numpy()]
    count = {name: int((opening == state).sum()) for name, state in STATES.items()}
    parts = [*_hours(len(opening), count), *reasons(site, then.coverage, c)]
    told = reduce(lambda first, then: msg("{first}; {then}", first=first, then=then), parts) if parts else Message("")
    shares = then.coverage.judged({id: by}).loc[id, ["total", "covered", "gap", "unknown", "c_low", "c_high"]]
    words = {f"told_{lang}": told.render(lang) for lang in LANGUAGES}
    return {"by": by, **shares.to_dict(), **count, **words}


def _hours(facilities: int, count: dict[str, int]) -> Iterator[Message]:
    if facilities:
        yield msg(
            "of {n} in the study area {open} {open:is|are} open then, {closed} {closed:is|are} closed, and the hours "
            "of {hours_unknown} are not known",
            n=facilities,
            **count,
        )
