"""Numbers of a site beside its coverage: one pure function an indicator, each with title, unit and reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from lifecircle.messages import LANGUAGES, Message, msg
from lifecircle.model import (
    FAR_MM,
    PEOPLE,
    Coverage,
    Floats,
    Interval,
    Reach,
    Site,
    State,
    StreetPoints,
    estimated,
    told_heads,
)


@dataclass(frozen=True)
class Facts:
    """What an indicator is computed from."""

    site: Site
    reach: Reach
    coverage: Coverage
    streets: StreetPoints


@dataclass(frozen=True)
class Indicator:
    """A number with its meaning. ``compute`` gives NaN for what is unknown."""

    id: str
    zh: str
    en: str
    unit: str
    reference: Message
    """Where the formula or the value to hold it against comes from."""
    compute: Callable[[Facts], Interval]
    counts: tuple[str, ...] = ()
    """The kinds of heads, of ``PEOPLE``, that it is made of."""


def _exact(value: float) -> Interval:
    return Interval(value, value, value)


def area(facts: Facts) -> Interval:
    """Area inside the boundary, in km2."""
    return _exact(float(shapely.area(facts.site.boundary)) / 1e6)


def heads(kind: str) -> Callable[[Facts], Interval]:
    """Head count of one kind on the site; NaN where nobody gave one."""
    return lambda facts: _exact(float(facts.site.demand[kind].sum(min_count=1)))


def street_length(facts: Facts) -> Interval:
    """Walkable streets inside the boundary, in km."""
    return _exact(float(facts.streets.length_m.sum()) / 1000)


def street_density(facts: Facts) -> Interval:
    """Walkable streets inside the boundary per area, in km/km2."""
    return _exact(street_length(facts).low / area(facts).low)


def shift_share(shift: str) -> Callable[[Facts], Interval]:
    """Share of the jobs on a shift, among places whose jobs by that shift are known; NaN where none are."""

    def share(facts: Facts) -> Interval:
        known = facts.site.demand[[shift, "jobs"]].dropna()
        jobs = float(known["jobs"].sum())
        return _exact(float(known[shift].sum()) / jobs if jobs else float("nan"))

    return share


def jobs_per_bed(facts: Facts) -> Interval:
    """Jobs per dormitory bed; NaN where either is unknown."""
    beds, jobs = heads("beds")(facts).low, heads("jobs")(facts).low
    return _exact(jobs / beds if beds else float("nan"))


def completeness(facts: Facts) -> Interval:
    """Mean over places of the share of categories within their norm (达标率)."""
    states = facts.coverage.place_state
    if not states.size:
        return _exact(float("nan"))
    weight = _weights(facts)
    low = np.average((states == State.COVERED).mean(axis=0), weights=weight)
    high = np.average((states != State.GAP).mean(axis=0), weights=weight)
    return Interval(float(low), float(high))


def detour(facts: Facts) -> Interval:
    """Median over places and categories of walking distance over straight-line distance, to what is in reach."""
    walk, crow = facts.reach.place_mm, facts.reach.crow_mm
    some = (walk < FAR_MM) & (crow > 0) & (crow < FAR_MM)
    return _exact(float(np.median(walk[some] / crow[some])) if some.any() else float("nan"))


def _weights(facts: Facts) -> Floats:
    """Heads of all kinds where any were given, else one a place."""
    people = facts.site.demand[list(PEOPLE)].sum(axis=1).to_numpy(dtype=float)
    return people if people.sum() > 0 else np.ones(len(people))


OF_SHIFTS = msg("of the jobs whose shifts are known")
COLUMNS = ["id", "title_zh", "title_en", "unit", "value", "low", "high", "reference_zh", "reference_en"]
NONE = Message("")
INDICATORS = (
    Indicator("area", "用地面积", "site area", "km2", NONE, area),
    Indicator("beds", "床位", "beds", "beds", NONE, heads("beds"), ("beds",)),
    Indicator("jobs", "岗位", "jobs", "jobs", NONE, heads("jobs"), ("jobs",)),
    Indicator("people", "居住人口", "people", "people", NONE, heads("people"), ("people",)),
    Indicator("families", "家庭户", "families", "families", NONE, heads("families"), ("families",)),
    Indicator(
        "jobs_per_bed", "岗床比", "jobs per bed", "jobs/bed", msg("reported, not scored (Cervero 1996)"), jobs_per_bed,
        ("beds", "jobs"),
    ),
    Indicator("jobs_day", "白班岗位占比", "jobs by day", "share", OF_SHIFTS, shift_share("jobs_day")),
    Indicator("jobs_evening", "中班岗位占比", "jobs in the evening", "share", OF_SHIFTS, shift_share("jobs_evening")),
    Indicator("jobs_night", "夜班岗位占比", "jobs by night", "share", OF_SHIFTS, shift_share("jobs_night")),
    Indicator("street_length", "可步行道路长度", "walkable streets", "km", NONE, street_length),
    Indicator(
        "street_density", "可步行路网密度", "walkable street density", "km/km2",
        msg("roads >= 8 km/km2: GB 50180-2018 cl. 6.0.2 (verified in a secondary copy)"), street_density,
    ),
    Indicator("completeness", "达标率", "categories within norm", "share", msg("own proposal"), completeness, PEOPLE),
    Indicator("detour", "绕行系数", "median detour", "ratio", msg("walking over straight-line distance"), detour),
)  # fmt: skip


def indicators(site: Site, reach: Reach, coverage: Coverage, streets: StreetPoints) -> pd.DataFrame:
    """One row an indicator; ``value`` is NaN where only bounds are known, all three where nothing is."""
    facts = Facts(site, reach, coverage, streets)
    rows = []
    for item in INDICATORS:
        found = item.compute(facts)
        value = found.low if found.low == found.high else float("nan")
        told = [_reference(item, site).render(lang) for lang in LANGUAGES]
        rows.append((item.id, item.zh, item.en, item.unit, value, found.low, found.high, *told))
    return pd.DataFrame(rows, columns=COLUMNS)


def _reference(item: Indicator, site: Site) -> Message:
    """The reference of a number, marked where it holds heads that the site file's own factors made."""
    if not any(estimated(site.demand, kind).any() for kind in item.counts):
        return item.reference
    if item.reference == NONE:
        return msg("holds estimates by your own factors")
    return msg("holds estimates by your own factors; {reference}", reference=item.reference)


def headline(site: Site) -> Message:
    """Whom the numbers are about, and how many places have no head count."""
    counts = _counts(site)
    if not site.people_are:
        return counts
    return msg("{counts}; counted: {people_are}", counts=counts, people_are=site.people_are)


def _counts(site: Site) -> Message:
    heads = told_heads(site.demand)
    counted = int(site.demand[list(PEOPLE)].notna().any(axis=1).sum())
    others = len(site.demand) - counted
    if not heads:
        return msg("no head counts; {n:,} {n:place|places}", n=len(site.demand))
    if not others:
        return msg("{heads} in {n:,} {n:place|places}", heads=heads, n=counted)
    return msg(
        "{heads} in {n:,} {n:place|places}; {others:,} {others:place|places} without a head count",
        heads=heads,
        n=counted,
        others=others,
    )
