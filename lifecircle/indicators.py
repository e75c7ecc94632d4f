"""Numbers of a site beside its coverage: one pure function an indicator, each with title, unit and reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from lifecircle import mix
from lifecircle.coverage import without_count
from lifecircle.messages import LANGUAGES, Message, msg
from lifecircle.model import (
    FAR_MM,
    PEOPLE,
    UNKNOWN,
    Bools,
    Coverage,
    Interval,
    Moment,
    Reach,
    Site,
    StreetPoints,
    estimated,
    told_heads,
)
from lifecircle.moments import AtMoment
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
    near_beds: Coverage | None = None
    """Of the jobs by the site's own places with beds; None where there are no jobs or no beds."""
    moments: Mapping[Moment, AtMoment] = field(default_factory=dict)
    """How the site is at the moments that its standard asks about."""


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


WORKPLACE, BEDS = "workplace", "beds"
"""The category whose facilities hold jobs, and that of the site's own beds."""
WIDE_ROADS = ("motorway", "trunk", "primary", "secondary")
"""Classes of roads that may have two carriageways."""
NARROW_ROADS = ("tertiary", "unclassified", "residential", "living_street", "road")


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


def road_density(facts: Facts) -> Interval:
    """Roads inside the boundary per area, in km/km2: no footways, no service ways; NaN where their classes are unknown.

    A map draws a road of two carriageways twice: of the classes that have them, between half and all of it counts.
    """
    site, network = facts.site, facts.site.network
    kind = network.highway[facts.reach.graph.piece_edge[facts.streets.piece]]
    if not np.isin(network.highway, (*WIDE_ROADS, *NARROW_ROADS)).any():
        return UNKNOWN
    motorways = site.background.geometry[site.background["kind"] == "motorway"].to_numpy()
    wide = float(facts.streets.length_m[np.isin(kind, WIDE_ROADS)].sum())
    wide += float(shapely.length(shapely.intersection(site.boundary, motorways)).sum())
    narrow = float(facts.streets.length_m[np.isin(kind, NARROW_ROADS)].sum())
    return _per(Interval((narrow + wide / 2) / 1000, (narrow + wide) / 1000), area(facts).low)


def _per(amount: Interval, of: float) -> Interval:
    return Interval(amount.low / of, amount.high / of)


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


def jobs_per_resident(facts: Facts) -> Interval:
    """Jobs per employed resident: who sleeps in a bed works, of other people between none and all do.

    NaN without beds or jobs, or where the heads of places that should have some were not counted.
    """
    site = facts.site
    beds, jobs, people = (float(site.demand[kind].sum()) for kind in ("beds", "jobs", "people"))
    if not (beds and jobs) or uncounted(site, ("beds", "jobs", "people")).any():
        return UNKNOWN
    return Interval(jobs / (beds + people), jobs / beds)


def green_per(kinds: Sequence[str]) -> Callable[[Facts], Interval]:
    """Green ground inside the boundary per head of some kinds, in m2; NaN where nobody counted any of them, or knows
    what any ground is used for. Heads that nobody counted may be any number."""

    def per_head(facts: Facts) -> Interval:
        total = float(facts.site.demand[list(kinds)].sum().sum())
        if not total or not len(facts.site.land):
            return UNKNOWN
        found = _per(mix.green_area(facts.site), total)
        return Interval(0.0, found.high) if uncounted(facts.site, kinds).any() else found

    return per_head


def near_jobs(minutes: int) -> Callable[[Facts], Interval]:
    """Share of the beds with a workplace within a walk of some minutes; NaN where the standard has no workplaces."""
    return lambda facts: _within(facts.site, facts.coverage, WORKPLACE, "beds", minutes)


def near_beds(minutes: int) -> Callable[[Facts], Interval]:
    """Share of the jobs with a bed of the site within a walk of some minutes; NaN where no bed or no job is known.

    Beds beyond the boundary may be nearer: nobody counted them, so that jobs nearer to it than the walk are unknown.
    """
    return lambda facts: _within(facts.site, facts.near_beds, BEDS, "jobs", minutes) if facts.near_beds else UNKNOWN


def _within(site: Site, coverage: Coverage, category: str, by: str, minutes: int) -> Interval:
    """Share of some heads that a category covers within a walk of some minutes."""
    table = coverage.table
    row = table[(table["category"] == category) & (table["by"] == by) & (table["at"] == f"{minutes} min")]
    total = float(row["total"].sum())
    if not total:
        return UNKNOWN
    low, unknown = float(row["covered"].sum()) / total, float(row["unknown"].sum()) / total
    return Interval(0.0, 1.0) if uncounted(site, (by,)).any() else Interval(low, min(1.0, low + unknown))


def uncounted(site: Site, kinds: Sequence[str]) -> Bools:
    """Shape (p,): places that should have heads of some kinds, and nobody counted them."""
    missing = without_count(site)
    return np.asarray(np.any([missing[kind] for kind in kinds], axis=0), dtype=bool)


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


OF_WORK = msg("from bed to work on foot: the five-minute circle of the source documents")
OF_BEDS = msg("to beds of the site itself; beyond its boundary nobody counted them")
MIX = msg("-sum p ln p / ln 3 of production, living and ecology (Chen & Liu 2001)")
GREEN = msg("green ground inside the boundary over heads; ground of no known use may be green")
OF_FLOORS = msg("by the floors and uses that `buildings:` gives; a map does not know all buildings")
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
    Indicator(
        "jobs_per_resident", "职住比", "jobs per employed resident", "jobs/resident",
        msg("who sleeps in a bed works, of other people between none and all do"), jobs_per_resident,
        ("beds", "jobs", "people"),
    ),
    Indicator("beds_near_jobs_5", "步行 5 分钟内有岗位的床位占比", "beds with work within 5 minutes", "share",
              OF_WORK, near_jobs(5), ("beds",)),
    Indicator("beds_near_jobs_15", "步行 15 分钟内有岗位的床位占比", "beds with work within 15 minutes", "share",
              OF_WORK, near_jobs(15), ("beds",)),
    Indicator("jobs_near_beds_5", "步行 5 分钟内有床位的岗位占比", "jobs with beds within 5 minutes", "share",
              OF_BEDS, near_beds(5), ("jobs",)),
    Indicator("jobs_near_beds_15", "步行 15 分钟内有床位的岗位占比", "jobs with beds within 15 minutes", "share",
              OF_BEDS, near_beds(15), ("jobs",)),
    Indicator("jobs_day", "白班岗位占比", "jobs by day", "share", OF_SHIFTS, shift_share("jobs_day")),
    Indicator("jobs_evening", "中班岗位占比", "jobs in the evening", "share", OF_SHIFTS, shift_share("jobs_evening")),
    Indicator("jobs_night", "夜班岗位占比", "jobs by night", "share", OF_SHIFTS, shift_share("jobs_night")),
    Indicator("land_mix", "用地混合度", "mix of land", "0-1", MIX, lambda facts: mix.land_mix(facts.site)),
    Indicator("floor_mix", "建筑功能混合度", "mix of floors", "0-1", MIX, lambda facts: mix.floor_mix(facts.site)),
    Indicator(
        "production_floor", "生产建筑面积占比", "production in the floor area", "share", OF_FLOORS,
        lambda facts: mix.production_floor(facts.site),
    ),
    Indicator(
        "support_floor", "配套建筑面积占比", "support in the floor area", "share", OF_FLOORS,
        lambda facts: mix.support_floor(facts.site),
    ),
    Indicator(
        "support_land", "配套用地占比", "support in the land", "share", msg("by the uses that `landuse:` gives"),
        lambda facts: mix.support_land(facts.site),
    ),
    Indicator(
        "floor_area_ratio", "容积率", "floor-area ratio", "ratio",
        msg("floor area over site area; of a building whose floors nobody counted one at least; a map does not know "
            "all buildings"),
        lambda facts: mix.floor_area_ratio(facts.site),
    ),
    Indicator("green_per_resident", "人均绿地（床位与居住人口）", "green per bed and resident", "m2/head", GREEN,
              green_per(("beds", "people")), ("beds", "people")),
    Indicator("green_per_job", "岗均绿地", "green per job", "m2/head", GREEN, green_per(("jobs",)), ("jobs",)),
    Indicator("street_length", "可步行道路长度", "walkable streets", "km", NONE, street_length),
    Indicator(
        "street_density", "可步行路网密度", "walkable street density", "km/km2",
        msg("roads >= 8 km/km2: GB 50180-2018 cl. 6.0.2 (verified in a secondary copy)"), street_density,
    ),
    Indicator(
        "road_density", "道路网密度", "road density", "km/km2",
        msg("classes of roads of the map; where there may be two carriageways, half to all of them"), road_density,
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


def indicators(facts: Facts) -> pd.DataFrame:
    """One row an indicator; ``value`` is NaN where only bounds are known, all three where nothing is."""
    rows = []
    for item in INDICATORS:
        found = item.compute(facts)
        value = found.low if found.low == found.high else float("nan")
        told = [_reference(item, facts.site).render(lang) for lang in LANGUAGES]
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
    """Whom the numbers are about, at what moment, and how many places have no head count."""
    told = _counts(site)
    if site.people_are:
        told = msg("{counts}; counted: {people_are}", counts=told, people_are=site.people_are)
    return told if site.at is None else msg("at {moment}: {counts}", moment=site.at.name, counts=told)


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
