"""What to find out on the spot: every unknown that a visit can settle, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lifecircle.coverage import judged_by
from lifecircle.index import narrowing, three_life_index
from lifecircle.messages import Message, Named, msg
from lifecircle.model import (
    PEOPLE,
    QUESTION,
    Assessment,
    Bools,
    Category,
    Coverage,
    Reason,
    Site,
    State,
    Survey,
    places_of,
)

NAMES = {State.COVERED: "covered", State.GAP: "gap"}
"""Columns of the coverage table."""
ASKED = {
    "beds": msg("how many beds?"),
    "jobs": msg("how many jobs?"),
    "people": msg("how many people?"),
    "families": msg("how many families?"),
    "": msg("who is here, and how many?"),
}
GRID_M = 50.0
"""Places nearer to each other than this are looked around at once."""
LAYER = (Reason.LAYER_ABSENT, Reason.LAYER_PARTIAL_EMPTY, Reason.LAYER_PARTIAL)
"""Why a place is unknown, or a gap with low confidence, that a look at the whole category settles."""


def survey(assessment: Assessment) -> Survey:
    """The questions of a site, ranked by the index points that hang on them, then by people, places and ground.

    The points of a question are how much the interval of the index narrows when it is answered: the mean of the
    answer that covers every place it is about and of the one that covers none. Points of questions that can only
    be answered together are shared out, by ground for head counts, evenly for gates.
    """
    site = assessment.site
    parts = [_layers(assessment), _counts(assessment), _lost_places(assessment), *_lost_facilities(assessment)]
    found = gpd.GeoDataFrame(pd.concat([part for part in parts if len(part)] or parts[:1]), crs=site.crs)
    weights = ["points", "people", "places", "ground_m2"]
    found = found.sort_values([*weights, "id"], ascending=[*[False] * len(weights), True])
    return Survey(site, found.drop_duplicates("id").reset_index(drop=True))


def _frame(site: Site, kind: str, about: Iterable[str], geometry: Iterable[Any], **columns: Any) -> gpd.GeoDataFrame:
    ids = pd.Series(list(about), dtype=object)
    plain = {"places": 1, "people": np.nan, "points": 0.0, "ground_m2": np.nan, "unit": ""}
    frame = pd.DataFrame({"id": f"{kind}/" + ids, "kind": kind, "about": ids, **plain})
    return gpd.GeoDataFrame(frame.assign(**columns)[list(QUESTION)], geometry=list(geometry), crs=site.crs)


def _layers(assessment: Assessment) -> gpd.GeoDataFrame:
    """Categories that nobody declared complete, where it matters: is there one, and where?"""
    site, reason = assessment.site, assessment.coverage.place_reason
    reach, speed, norms_of = (
        assessment.reach,
        site.profile.metres_per_minute,
        [c.norm for c in site.standard.categories],
    )
    every = [norm.metres(speed) * reach.held_to(norm).fastest for norm in norms_of]
    none_near = [reach.none_near(c, norm, speed) for c, norm in enumerate(norms_of)]
    beyond = (reason == Reason.EDGE_OF_DATA) & np.reshape(none_near, reason.shape)
    doubted = np.isin(reason, LAYER) | beyond
    open_ones = np.flatnonzero(doubted.any(axis=1)).tolist()
    categories, norms = [site.standard.categories[c] for c in open_ones], [every[c] for c in open_ones]
    found = site.facilities["category"].value_counts()
    known = [int(found.get(category.id, 0)) for category in categories]
    return _frame(
        site,
        "layer",
        [category.id for category in categories],
        [_around(site, doubted[c], norm) for c, norm in zip(open_ones, norms, strict=True)],
        name=[Named(category.zh, category.en) for category in categories],
        ask=[_ask(n, norm) for n, norm in zip(known, norms, strict=True)],
        places=[int(doubted[c].sum()) for c in open_ones],
        people=[_heads(site, site.standard.categories[c], doubted[c]) for c in open_ones],
        points=[_points_of(assessment, {c: doubted[c]}) for c in open_ones],
    )


def _around(site: Site, rows: Bools, norm: float) -> shapely.Geometry:
    """Where a facility would have to be to serve any of some places, to within ``GRID_M``."""
    points = shapely.get_coordinates(shapely.point_on_surface(site.demand.geometry.to_numpy()[rows]))
    middles = shapely.points(np.unique(np.round(points / GRID_M), axis=0) * GRID_M)
    return shapely.intersection(shapely.union_all(shapely.buffer(middles, norm + GRID_M, quad_segs=4)), site.study_area)


def _ask(found: int, norm: float) -> Message:
    if found:
        return msg(
            "{found} {found:is|are} known: are there more within {norm:.0f} m of these places?", found=found, norm=norm
        )
    return msg("is there one within {norm:.0f} m of these places, and where?", norm=norm)


def _heads(site: Site, category: Category, rows: Bools) -> float:
    """Heads at some places that a category is judged by; NaN where nobody counted them."""
    by = [kind for kind in judged_by(category, site).split("+") if kind in PEOPLE]
    return float(site.demand.loc[rows, by].sum(min_count=1).sum(min_count=1))


def _points_of(assessment: Assessment, unknown: dict[int, Bools]) -> float:
    """Index points that hang on unknown states: places of shape (p,) by the number of the category."""
    site, now = assessment.site, assessment.index.value
    if not any((assessment.coverage.place_state[c, rows] == State.UNKNOWN).any() for c, rows in unknown.items()):
        return 0.0
    answers = [_answered(site, assessment.coverage, unknown, to) for to in (State.COVERED, State.GAP)]
    return narrowing(now, [three_life_index(site, assessment.reach, answer).value for answer in answers])


def _answered(site: Site, coverage: Coverage, unknown: dict[int, Bools], to: State) -> Coverage:
    """The coverage of places as it would be with unknown states known."""
    state, table = coverage.place_state.copy(), coverage.table.copy()
    heads = np.nan_to_num(site.demand[list(PEOPLE)].to_numpy(dtype=float))
    weights = dict(zip(PEOPLE, heads.T, strict=True)) | {"places": np.ones(len(site.demand))}
    for c, rows in unknown.items():
        settled = rows & (state[c] == State.UNKNOWN)
        state[c, settled] = to
        here = (table["category"] == site.standard.categories[c].id) & (table["at"] == "norm")
        moved = table["by"].map({by: weight[settled].sum() for by, weight in weights.items()}).where(here, 0).fillna(0)
        table = table.assign(unknown=table["unknown"] - moved, **{NAMES[to]: table[NAMES[to]] + moved})
    return replace(coverage, place_state=state, table=table)


def _counts(assessment: Assessment) -> gpd.GeoDataFrame:
    """Places whose people nobody counted; the parts of an area are one place."""
    site = assessment.site
    missing = site.demand[site.demand[list(PEOPLE)].isna().all(axis=1)]
    grouped = missing.assign(footprint_m2=missing["footprint_m2"].fillna(0.0)).groupby(places_of(missing), sort=True)
    first = grouped[["name", "kind", "geometry"]].first()
    ground, unit = (
        grouped["footprint_m2"].sum(),
        first["kind"].map({kind.id: kind.unit for kind in site.standard.demand}),
    )
    share = ground / ground.sum() if ground.sum() > 0 else ground * 0 + 1 / max(len(ground), 1)
    return _frame(
        site,
        "count",
        first.index.to_series(),
        first["geometry"],
        name=first["name"].where(first["name"] != "", first.index.to_series()).to_list(),
        ask=[ASKED[kind] for kind in unit.fillna("")],
        unit=unit.fillna("").to_list(),
        places=grouped.size().to_list(),
        points=(share * _points_of_counts(assessment)).to_list(),
        ground_m2=ground.to_list(),
    )


def _points_of_counts(assessment: Assessment) -> float:
    """How much the index narrows when every place of a counted kind is counted, as if those not counted were empty."""
    site, now = assessment.site, assessment.index.value
    owed = site.demand["kind"].map({kind.id: kind.unit for kind in site.standard.demand})
    filled = {
        unit: site.demand[unit].where((owed != unit) | site.demand[unit].notna(), 0.0)
        for unit in PEOPLE
        if site.demand[unit].notna().any()
    }
    counted = replace(site, demand=site.demand.assign(**filled))
    return narrowing(now, [three_life_index(counted, assessment.reach, assessment.coverage).value])


def _lost_places(assessment: Assessment) -> gpd.GeoDataFrame:
    """Places that join no street."""
    site, coverage = assessment.site, assessment.coverage
    lost = site.demand[assessment.reach.off_network]
    unknown = {c: row == Reason.OFF_NETWORK for c, row in enumerate(coverage.place_reason)}
    heads = lost[list(PEOPLE)].sum(axis=1, min_count=1)
    return _gates(site, lost, people=heads.to_list(), points=_points_of(assessment, unknown) / max(len(lost), 1))


def _lost_facilities(assessment: Assessment) -> Iterator[gpd.GeoDataFrame]:
    """Facilities that join no street, by category."""
    site, coverage = assessment.site, assessment.coverage
    lost = site.facilities[assessment.reach.stray]
    for c, category in enumerate(site.standard.categories):
        own = lost[lost["category"] == category.id]
        if len(own):
            rows = (coverage.place_state[c] == State.UNKNOWN) & (
                coverage.place_reason[c] == Reason.FACILITY_OFF_NETWORK
            )
            points = _points_of(assessment, {c: rows}) / len(own)
            yield _gates(site, own, places=int(rows.sum()), people=_heads(site, category, rows), points=points)


def _gates(site: Site, lost: gpd.GeoDataFrame, **columns: Any) -> gpd.GeoDataFrame:
    names = lost["name"].where(lost["name"] != "", lost["id"]).to_list()
    asked = [msg("it joins no street: where does one go in?")] * len(lost)
    return _frame(site, "gate", lost["id"], lost.geometry, name=names, ask=asked, **columns)
