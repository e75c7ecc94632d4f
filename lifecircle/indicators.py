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
    Interval,
    Reach,
    Site,
    StreetPoints,
    estimated,
    told_heads,
)
from lifecircle.weighted import mean


@dataclass(frozen=True)
class Facts:
    """What an indicator is computed from."""

    site: Site
    reach: Reach
    coverage: Coverage
    streets: StreetPoints
    supply: pd.DataFrame
    """As ``Assessment.supply``."""
    places: pd.DataFrame
    """As ``Assessment.places``."""


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
    """Mean over heads (over places, where nobody counted any) of the share of categories within the norm among those
    due to their place (达标率)."""
    found = facts.places[facts.places["due"] > 0]
    low, high, missing = (found[name].to_numpy(dtype=float) for name in ("complete_low", "complete_high", "uncounted"))
    heads = found[list(PEOPLE)].sum(axis=1).to_numpy(dtype=float)
    weight, uncounted = (heads, missing > 0) if heads.sum() > 0 else (np.ones(len(found)), np.zeros(len(found), bool))
    return Interval(*mean(low, high, weight, uncounted & (weight == 0)))


def least_complete(facts: Facts) -> Interval:
    """The share of categories within the norm, of the place where it is least."""
    found = facts.places[["complete_low", "complete_high"]].min()
    return Interval(float(found["complete_low"]), float(found["complete_high"]))


def nine_in_ten(facts: Facts) -> Interval:
    """Share of the categories due whose P90 walk is within the norm: nine in ten have one."""
    due = facts.supply[facts.supply["by"] != "nobody"]
    norm_m = due["category"].map(
        {k.id: k.norm.metres(facts.site.profile.metres_per_minute) for k in facts.site.standard.categories}
    )
    return _share(due["p90_m"] <= norm_m, ~(due["p90_least_m"] > norm_m))


def supplied(facts: Facts) -> Interval:
    """Share of the categories with a norm per head whose facilities in reach supply what the heads are owed."""
    ids = [k.id for k in facts.site.standard.categories if k.capacity and k.capacity.per_head is not None]
    due = facts.supply[facts.supply["category"].isin(ids) & (facts.supply["by"] != "nobody")]
    return _share(due["amount_low"] >= due["owed"], ~(due["amount_high"] < due["owed"]))


def _share(surely: pd.Series, perhaps: pd.Series) -> Interval:
    """Shares of rows; NaN of none."""
    return Interval(float(surely.mean()), float(perhaps.mean()))


def detour(facts: Facts) -> Interval:
    """Median over places and categories of walking distance over straight-line distance, to what is in reach."""
    walk, crow = facts.reach.place_mm, facts.reach.crow_mm
    some = (walk < FAR_MM) & (crow > 0) & (crow < FAR_MM)
    return _exact(float(np.median(walk[some] / crow[some])) if some.any() else float("nan"))


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
    Indicator("least_complete", "最差地点达标率", "least of any place", "share", msg("own proposal"), least_complete),
    Indicator(
        "nine_in_ten", "九成人在标准内的类别", "nine in ten within norm", "share", msg("P90 of the walk"),
        nine_in_ten, PEOPLE,
    ),
    Indicator(
        "supplied", "供给达标的类别", "categories supplied", "share",
        msg("capacity against the norm per head"), supplied, PEOPLE,
    ),
    Indicator("detour", "绕行系数", "median detour", "ratio", msg("walking over straight-line distance"), detour),
)  # fmt: skip


def indicators(
    site: Site, reach: Reach, coverage: Coverage, streets: StreetPoints, supply: pd.DataFrame, places: pd.DataFrame
) -> pd.DataFrame:
    """One row an indicator; ``value`` is NaN where only bounds are known, all three where nothing is."""
    facts = Facts(site, reach, coverage, streets, supply, places)
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
