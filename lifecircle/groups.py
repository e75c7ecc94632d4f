"""Coverage by group, and place by place: for whom a category is missing, and what a place is missing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecircle.coverage import judged_by, without_count
from lifecircle.model import (
    FAR_MM,
    GROUPS,
    PEOPLE,
    PLACES,
    SHIFTS,
    Bools,
    Coverage,
    Floats,
    Ints,
    Reach,
    Site,
    State,
    places_of,
)

NAMES = {"jobs_day": ("白班", "Day"), "jobs_evening": ("中班", "Evening"), "jobs_night": ("夜班", "Night")}
NO_KIND = {"building": ("用途未知的建筑", "Building of unknown use")}
"""Names of kinds of places that no standard names."""

DIGITS = 9
"""Decimals to which shares of parts sum."""


def groups(site: Site, coverage: Coverage) -> pd.DataFrame:
    """One row a group and category that serves anybody here: shifts first, then kinds of places.

    Counted by the jobs of a shift, and by the heads of a kind of place (beds of dormitories), or by places where nobody
    counted any. ``uncounted`` is the number of places of the group whose heads nobody counted: no part of the total.
    """
    due = _due(site)
    rows: list[dict[str, object]] = []
    for group, id, (zh, en), by, heads in _groups(site):
        weight, uncounted = np.nan_to_num(heads), int(np.isnan(heads).sum())
        for c in due:
            state = coverage.place_state[c]
            amounts = {each.name.lower(): float(weight[state == each].sum()) for each in State}
            rows.append(
                {"group": group, "id": id, "zh": zh, "en": en, "category": site.standard.categories[c].id, "by": by}
                | {"total": float(weight.sum()), "uncounted": uncounted, **amounts}
            )
    return pd.DataFrame(rows, columns=list(GROUPS))


def _due(site: Site) -> list[int]:
    """Numbers of the categories that serve anybody here."""
    return [c for c, category in enumerate(site.standard.categories) if judged_by(category, site) != "nobody"]


def _groups(site: Site) -> Iterator[tuple[str, str, tuple[str, str], str, Floats]]:
    """Group, id and names, what it is counted by, and its heads, of shape (p,): NaN where nobody counted them."""
    demand = site.demand
    works = (demand["jobs"] > 0).to_numpy() | without_count(site)["jobs"]
    for shift in SHIFTS:
        heads = demand[shift].to_numpy(dtype=float)
        if np.isfinite(heads[works]).any():
            yield "shift", shift.removeprefix("jobs_"), NAMES[shift], shift, np.where(works, heads, 0.0)
    kinds = {kind.id: kind for kind in site.standard.demand}
    found = set(demand["kind"])
    for id in (*(id for id in kinds if id in found), *sorted(found - set(kinds))):
        kind, here = kinds.get(id), (demand["kind"] == id).to_numpy()
        name = (kind.zh, kind.en) if kind else NO_KIND.get(id, (id, id))
        heads = demand[kind.unit].to_numpy(dtype=float) if kind else np.full(len(here), np.nan)
        if kind and np.isfinite(heads[here]).any():
            yield "kind", id, name, kind.unit, np.where(here, heads, 0.0)
        else:
            yield "kind", id, name, "places", here.astype(float)


def places(site: Site, reach: Reach, coverage: Coverage) -> pd.DataFrame:
    """One row a place of demand as a person counts them, sorted by id, with the columns of ``Assessment.places``.

    Due to a place is every category whose coverage counts it: by heads that it has or should have, or by places. Of an
    area that was split each part counts by its share of the heads, or of the parts where there are none: so the numbers
    of categories may be fractions, and always sum to those due.
    """
    whole, first = np.unique(places_of(site.demand).to_numpy(dtype=str), return_index=True)
    of_row = np.searchsorted(whole, places_of(site.demand).to_numpy(dtype=str))
    share = _shares(site, of_row, len(whole))
    due = _due_to(site)
    state = np.where(due, coverage.place_state, 255)
    amounts = {each.name.lower(): _over_parts((state == each).sum(axis=0), share, of_row, len(whole)) for each in State}
    total = _over_parts(due.sum(axis=0), share, of_row, len(whole))
    demand = site.demand.iloc[first].reset_index(drop=True)
    heads = site.demand.groupby(of_row)[list(PEOPLE)].sum(min_count=1).reset_index(drop=True)
    lacking = _farthest(site, reach, state == State.GAP, of_row, len(whole))
    missing = np.logical_or.reduce([*without_count(site).values()]).astype(float)
    doubtful = _any(state == State.UNKNOWN, of_row, len(whole)) & np.isnan(lacking)
    with np.errstate(invalid="ignore"):
        complete = {
            "complete_low": amounts["covered"] / total,
            "complete_high": (amounts["covered"] + amounts["unknown"]) / total,
        }
    columns = {
        "id": whole.astype(object),
        "name": demand["name"],
        "kind": demand["kind"],
        **{kind: heads[kind] for kind in PEOPLE},
        "uncounted": (_summed(missing, of_row, len(whole)) > 0).astype(int),
        "due": total,
        **amounts,
        **complete,
        "lacking": _listed(site, lacking),
        "in_doubt": _listed(site, np.where(doubtful, 0.0, np.nan)),
    }
    return pd.DataFrame(columns, columns=list(PLACES))


def _due_to(site: Site) -> Bools:
    """Shape (c, p): categories whose coverage counts a place, or would if its heads were counted."""
    missing, every = without_count(site), np.ones(len(site.demand), dtype=bool)
    has = {kind: (site.demand[kind] > 0).to_numpy() | missing[kind] for kind in PEOPLE}
    has |= {"places": every, "nobody": ~every}
    judged = [judged_by(category, site).split("+") for category in site.standard.categories]
    return np.array([np.logical_or.reduce([has[by] for by in kinds]) for kinds in judged]).reshape(
        len(judged), len(every)
    )


def _shares(site: Site, of_row: Ints, count: int) -> Floats:
    """Shape (p,): the share that each row is of its place."""
    heads = site.demand[list(PEOPLE)].sum(axis=1).to_numpy(dtype=float)
    weight = np.where(_summed(heads, of_row, count)[of_row] > 0, heads, 1.0)
    return weight / _summed(weight, of_row, count)[of_row]


def _summed(values: Floats, of_row: Ints, count: int) -> Floats:
    """Shape (count,): sums over the parts of each place."""
    return np.bincount(of_row, values, count).astype(float)


def _over_parts(number: Ints, share: Floats, of_row: Ints, count: int) -> Floats:
    """Shape (count,): numbers of categories, whole where all parts of a place have the same."""
    return _summed(share * number, of_row, count).round(DIGITS)


def _any(rows: Bools, of_row: Ints, count: int) -> Bools:
    """Shape (c, count): places of which any row is marked."""
    out = np.zeros((len(rows), count), dtype=bool)
    c, row = np.nonzero(rows)
    out[c, of_row[row]] = True
    return out


def _farthest(site: Site, reach: Reach, in_gap: Bools, of_row: Ints, count: int) -> Floats:
    """Shape (c, count): the walk over the norm, of the part that walks farthest; NaN where no part is in gap."""
    out = np.full((len(in_gap), count), np.nan)
    for c, category in enumerate(site.standard.categories):
        rows = np.flatnonzero(in_gap[c])
        mm = reach.held_to(category.norm).place_mm[c, rows]
        times = np.where(mm >= FAR_MM, np.inf, mm / (1000 * category.norm.metres(site.profile.metres_per_minute)))
        np.fmax.at(out[c], of_row[rows], times)
    return out


def _listed(site: Site, value: Floats) -> npt.NDArray[np.object_]:
    """Shape (count,): ids of the categories with a value, joined by ``;``, the greatest first, then as they stand."""
    ids = np.array([category.id for category in site.standard.categories], dtype=object)
    order = np.argsort(-value, axis=0, kind="stable")
    out = np.full(value.shape[1], "", dtype=object)
    for rank, row in enumerate(order):
        listed = np.flatnonzero(~np.isnan(value[row, np.arange(value.shape[1])]))
        out[listed] = out[listed] + (";" if rank else "") + ids[row[listed]]
    return out
