"""Where to build so that most people gain: the best places for a category, proven, and what they change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj

from lifecircle.answers import Suggestion
from lifecircle.assessment import assess_scenarios, walk
from lifecircle.candidates import Sites, along_streets, named
from lifecircle.coverage import States, cover, judged_by
from lifecircle.errors import Fault, InputError
from lifecircle.load import load_site
from lifecircle.messages import Progress, msg, silent
from lifecircle.model import (
    FAR_MM,
    Change,
    Floats,
    Norm,
    Reach,
    Scenario,
    Site,
    State,
    StreetPoints,
)
from lifecircle.pairs import by_streets, least
from lifecircle.site import SiteFile, TableFile
from lifecircle.siting import Choice, Problem, Walks, covered, most_covered


def suggest(
    site: Site | SiteFile | str | Path,
    category: str,
    *,
    budget: int = 1,
    candidates: TableFile | str | Path | None = None,
    progress: Progress = silent,
) -> Suggestion:
    """The places where so many new facilities of a category bring most heads within its norm.

    Heads are those that the category is judged by, else places. ``candidates`` are the sites that may be chosen, points
    or areas in a file; without them, points along all public streets of the site. Places whose state is unknown count
    as gaps; each place chosen that is also among the best where they count as covered is robust. Raises InputError.
    """
    if not isinstance(site, Site):
        progress(msg("reading"))
        site = load_site(site)
    number = _number(site, category, budget)
    before = _before(site, number)
    if candidates is not None:
        sites = named(site, category, candidates)
    else:
        sites = along_streets(site, before.reach.graph, before.streets)
    progress(msg("choosing among {n:,} {n:site|sites}", n=len(sites.names)))
    problem = _problem(before, sites)
    choice = most_covered(problem, budget)
    known = replace(problem, heads=np.where(before.state == State.UNKNOWN, 0.0, before.heads))
    sure = most_covered(known, budget)
    steps = _steps(problem, choice)
    scenario = _scenario(site, category, sites, steps)
    after = assess_scenarios(site, [scenario], progress=progress)[-1]
    return Suggestion(
        category=category,
        by=before.by,
        places=_told(sites, steps, known, sure),
        value=choice.value,
        bound=_bound(before, sites, choice, budget),
        proven=choice.proven,
        sites=len(sites.names),
        apart_m=sites.apart_mm / 1000,
        after=after,
    )


def _number(site: Site, category: str, budget: int) -> int:
    ids = tuple(each.id for each in site.standard.categories)
    if category not in ids:
        what = msg("no category {id!r} in the standard", id=category)
        raise InputError(Fault("--category", what, msg("write one of {values}", values=ids)))
    if budget < 1:
        raise InputError(Fault("--budget", msg("is {n}", n=budget), msg("write a whole number from 1 on")))
    return ids.index(category)


@dataclass(frozen=True)
class Before:
    """A category as it stands."""

    site: Site
    reach: Reach
    streets: StreetPoints
    norm: Norm
    by: str
    heads: Floats
    """Shape (p,): those it is judged by, else one a place."""
    state: States
    """Shape (p,)."""


def _before(site: Site, number: int) -> Before:
    reach, streets = walk(site)
    category = site.standard.categories[number]
    by = judged_by(category, site)
    heads = np.ones(len(site.demand))
    if by not in ("places", "nobody"):
        heads = np.nan_to_num(site.demand[by.split("+")].to_numpy(dtype=float)).sum(axis=1)
    state = cover(site, reach, streets).place_state[number]
    return Before(site, reach, streets, category.norm, by, heads, state)


# Choice -------------------------------------------------------------------------------------------


def _problem(before: Before, sites: Sites, longer_mm: int = 0) -> Problem:
    """What is to be covered, with a norm that may be longer by what thinned sites may be off."""
    site, norm, joins = before.site, before.norm, before.reach.joins
    assert joins is not None
    norm_mm = int(norm.metres(site.profile.metres_per_minute) * 1000) + longer_mm
    count = len(sites.names)
    key, mm = by_streets(
        site.network,
        replace(joins, facilities=sites.rows),
        np.arange(count),
        count,
        norm_mm,
        norm.minutes is not None,
    )
    key, mm = least(key, mm, norm_mm)
    place, at = np.divmod(key, count)
    # who is not covered is not, however long the norm
    walk_mm = np.where(before.state == State.COVERED, 0, FAR_MM)
    return Problem(before.heads, walk_mm, Walks(place, at, mm), np.ones(count), norm_mm)


def _bound(before: Before, sites: Sites, choice: Choice, budget: int) -> float:
    """No place on any street does better: thinned sites serve what others do, with walks longer by their distance."""
    if not sites.apart_mm:
        return choice.bound
    return most_covered(_problem(before, sites, sites.apart_mm), budget).bound


def _steps(problem: Problem, choice: Choice) -> list[tuple[int, float]]:
    """The chosen sites in the order that gains most at each step, with the heads that each brings; none that brings
    nobody."""
    left, so_far = list(choice.sites.tolist()), 0.0
    steps: list[tuple[int, float]] = []
    while left:
        gains = [covered(problem, np.array([*(site for site, _ in steps), site])) - so_far for site in left]
        best = int(np.argmax(gains))
        if not gains[best] > 0:
            break
        steps.append((left.pop(best), gains[best]))
        so_far += gains[best]
    return steps


def _scenario(site: Site, category: str, sites: Sites, steps: list[tuple[int, float]]) -> Scenario:
    to_degrees = pyproj.Transformer.from_crs(site.crs, 4326, always_xy=True)
    changes = []
    for i, (number, _) in enumerate(steps, start=1):
        lon, lat = (round(value, 7) for value in to_degrees.transform(*sites.xy[number]))
        where = msg("suggestion: place {number}", number=i)
        name = f"{i}: {sites.names[number]}" if not sites.apart_mm else str(i)
        changes.append(Change(where, "facility", "add", ((lon, lat),), category, name=name, becomes=f"scenario/{i}"))
    known = site.standard.category(category)
    return Scenario(f"{known.zh} {known.en} +{len(changes)}", tuple(changes))


def _told(sites: Sites, steps: list[tuple[int, float]], known: Problem, sure: Choice) -> pd.DataFrame:
    """One row a place chosen, with the columns of ``Suggestion.places``."""
    rows, before = [], np.empty(0, dtype=np.int64)
    for number, gain in steps:
        now = np.append(before, number)
        least_gain = covered(known, now) - covered(known, before)
        rows.append((sites.names[number], *sites.xy[number], gain, least_gain, bool(np.isin(number, sure.sites))))
        before = now
    return pd.DataFrame(rows, columns=["name", "x", "y", "gain", "sure_gain", "robust"])
