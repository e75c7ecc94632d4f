"""Why what is said of a category can be trusted, or not, in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from lifecircle.coverage import judged_by
from lifecircle.messages import Message, msg
from lifecircle.model import (
    PEOPLE,
    UNITS,
    Bools,
    Category,
    Completeness,
    Coverage,
    Reason,
    Site,
    State,
    Trust,
)

WHY = {
    Reason.HOURS_UNKNOWN: msg("nobody knows the opening hours of those near enough"),
    Reason.EDGE_OF_DATA: msg("the data end nearer than the norm, and a facility beyond may serve them"),
    Reason.OFF_NETWORK: msg("no street is near enough to begin a walk"),
    Reason.ISLAND: msg("their streets are cut off from the rest"),
    Reason.SLOPE_UNKNOWN: msg("the way there is steep or flat, and nobody knows"),
    Reason.FACILITY_OFF_NETWORK: msg("the facility near them joins no street, so nobody knows who reaches it"),
    Reason.LAYER_ABSENT: msg("there are no data of this category"),
    Reason.LAYER_PARTIAL_EMPTY: msg("none was found, and nobody declared the data complete"),
}
"""Why a place is unknown, the most particular first."""


def trust(site: Site, coverage: Coverage | None = None) -> tuple[Trust, ...]:
    """For each category of the standard, how far its data can be trusted, as sentences.

    Without ``coverage`` nothing is said of single places: that takes walking.
    """
    return tuple(
        Trust(
            category=category.id,
            completeness=site.completeness[category.id],
            sentences=(_origin(site, category), *(reasons(site, coverage, c) if coverage else ())),
        )
        for c, category in enumerate(site.standard.categories)
    )


def _origin(site: Site, category: Category) -> Message:
    """What the data are, where they come from and what they hold."""
    known = site.as_it_is.facilities
    found = known[known["category"] == category.id]
    inside = int(shapely.intersects(site.boundary, found.geometry.to_numpy()).sum())
    values = {"n": len(found), "inside": inside, "sources": tuple(sorted(set(found["source"])))}
    state = site.completeness[category.id]
    if state is Completeness.ABSENT:
        return msg("no data: no file was given, and the map is not looked through for it")
    if state is Completeness.COMPLETE and len(found):
        return msg("declared complete: {n} in the study area, {inside} inside the boundary, from {sources}", **values)
    if state is Completeness.COMPLETE:
        return msg("declared complete, and there is none in the study area")
    if len(found):
        return msg(
            "not known to be complete: {n} in the study area, {inside} inside the boundary, from {sources}; there may "
            "be more",
            **values,
        )
    return msg("not known to be complete, and none was found in the study area")


def reasons(site: Site, coverage: Coverage, c: int) -> Iterator[Message]:
    """Why places are unknown, and which gaps are less than sure."""
    state, reason = coverage.place_state[c], coverage.place_reason[c]
    for cause, why in WHY.items():
        rows = (state == State.UNKNOWN) & (reason == cause)
        if rows.any():
            yield msg("unknown for {places}: {why}", places=_who(site, c, rows), why=why)
    doubtful = (state == State.GAP) & (reason == Reason.LAYER_PARTIAL)
    if doubtful.any():
        yield msg(
            "a gap for {places}, with low confidence: nobody declared the data complete",
            places=_who(site, c, doubtful),
        )


def _who(site: Site, c: int, rows: Bools) -> Message:
    """Places, and the heads there that the category is judged by."""
    by = [kind for kind in judged_by(site.standard.categories[c], site).split("+") if kind in PEOPLE]
    count = int(rows.sum())
    if not by:
        return msg("{n} of {all} {all:place|places}", n=count, all=len(rows))
    heads = [float(np.nansum(site.demand[kind].to_numpy(dtype=float)[rows])) for kind in by]
    told = tuple(msg("{n:,.0f} {unit}", n=n, unit=UNITS[kind]) for n, kind in zip(heads, by, strict=True))
    return msg("{n} of {all} {all:place|places} ({heads})", n=count, all=len(rows), heads=told)
