"""What a check or a goal measures: an indicator, or a share or an amount of some categories, as bounds."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import shapely

from lifecircle.index import coverage_shares
from lifecircle.indicators import INDICATORS, Facts, uncounted
from lifecircle.model import UNKNOWN, Bools, Category, Completeness, Interval, Measure, State


def measured(facts: Facts, measure: Measure) -> Interval:
    """The bounds of a measure; NaN both where nobody knows, an infinite upper one where nobody knows how much."""
    if measure.indicator in BY_CATEGORIES:
        return BY_CATEGORIES[measure.indicator][1](facts, measure)
    return PLAIN[measure.indicator].compute(facts)


def unit_of(measure: Measure) -> str:
    """The unit that a measure is told in."""
    by_categories = BY_CATEGORIES.get(measure.indicator)
    return by_categories[0] if by_categories else PLAIN[measure.indicator].unit


def coverage_at(at: str) -> Callable[[Facts, Measure], Interval]:
    """Mean over the categories of the share of those they serve that is covered, at the norm or at a time."""

    def share(facts: Facts, measure: Measure) -> Interval:
        held = facts.moments[measure.at] if measure.at else facts
        shares = coverage_shares(held.site, held.coverage, at)
        due = [shares[id] for id in measure.categories if id in shares]
        return Interval(*(float(np.mean(bounds)) for bounds in zip(*due, strict=True))) if due else UNKNOWN

    return share


def area_per_head(facts: Facts, measure: Measure) -> Interval:
    """Area of the facilities that somebody reaches within a distance, in m2 a head of all whom they serve.

    A facility counts once, and whole. Without an upper bound where a size is unknown or more may be there than is
    known; NaN where no heads are known.
    """
    site, due = facts.site, _due(facts, measure)
    served = sorted({kind for category in due for kind in category.serves})
    heads = float(site.demand[served].sum().sum()) if served else 0.0
    if not heads:
        return UNKNOWN
    near = site.facilities[_reached(facts, due, measure.distance_m)].drop_duplicates("id")
    size = near["area_m2"].fillna(near["capacity"])
    low = float(size.sum()) / heads
    all_known = not size.isna().any() and not _more(facts, due)
    counted = not uncounted(site, served).any()
    return Interval(low if counted else 0.0, low if all_known else math.inf)


def home_land(facts: Facts, measure: Measure) -> Interval:
    """Share of the land of homes within a straight distance of a facility, as planners draw service radii.

    What is not within is a gap only where the data are as good as a gap asks for (``coverage.judge``); NaN where no
    land of homes is known.
    """
    site, due = facts.site, _due(facts, measure)
    assert measure.distance_m is not None
    homes = shapely.union_all(site.land.geometry.to_numpy()[site.land["homes"].to_numpy(dtype=bool)])
    if not shapely.area(homes) or not due:
        return UNKNOWN
    found = site.facilities[site.facilities["category"].isin([category.id for category in due])]
    served = shapely.buffer(shapely.union_all(found.geometry.to_numpy()), measure.distance_m)
    open_ground = shapely.difference(homes, served)
    there = set(found["category"])
    state = site.completeness
    if all(
        state[k.id] == Completeness.COMPLETE or (state[k.id] == Completeness.PARTIAL and k.id in there) for k in due
    ):
        open_ground = shapely.difference(open_ground, shapely.buffer(site.data_extent, -measure.distance_m))
    m2 = float(shapely.area(homes))
    low = float(shapely.area(shapely.intersection(homes, served))) / m2
    return Interval(low, min(1.0, low + float(shapely.area(open_ground)) / m2))


def facilities(facts: Facts, measure: Measure) -> Interval:
    """Number of facilities that somebody reaches within their norm, each once."""
    due = _due(facts, measure)
    found = facts.site.facilities.loc[_reached(facts, due, None), "id"].nunique()
    return Interval(float(found), math.inf if _more(facts, due) or not due else float(found))


def _due(facts: Facts, measure: Measure) -> list[Category]:
    return [category for category in facts.site.standard.categories if category.id in measure.categories]


def _reached(facts: Facts, due: list[Category], distance_m: float | None) -> Bools:
    """Shape (f,): facilities of some categories within a distance, or their norm, of a place."""
    site, reach = facts.site, facts.reach
    of = site.facilities["category"].to_numpy()
    speed = site.profile.metres_per_minute
    held = [
        (of == category.id)
        & (
            reach.facility_mm <= distance_m * 1000
            if distance_m is not None
            else reach.held_to(category.norm).facility_mm <= category.norm.metres(speed) * 1000
        )
        for category in due
    ]
    return np.asarray(np.any(held, axis=0)) if held else np.zeros(len(of), dtype=bool)


def _more(facts: Facts, due: list[Category]) -> bool:
    """Whether there may be more facilities of some categories than is known."""
    ids = [category.id for category in facts.site.standard.categories]
    unknown = [(facts.coverage.place_state[ids.index(category.id)] == State.UNKNOWN).any() for category in due]
    return any(unknown) or any(facts.site.completeness[k.id] != Completeness.COMPLETE for k in due)


PLAIN = {item.id: item for item in INDICATORS}
BY_CATEGORIES: dict[str, tuple[str, Callable[[Facts, Measure], Interval]]] = {
    "coverage": ("share", coverage_at("norm")),
    "coverage_15": ("share", coverage_at("15 min")),
    "area_per_head": ("m2/head", area_per_head),
    "home_land": ("share", home_land),
    "facilities": ("count", facilities),
}
"""Unit and computation of what is measured of some categories."""
