"""How much there is within reach, for how many: by hand, and as bounds that hold whatever is true."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from test_properties import IDS, bounded, sizes, spots, towns
from towns import category, facilities, point, town

from lifecircle.assessment import _reach as reached
from lifecircle.coverage import NOWHERE, cover
from lifecircle.model import Capacity, Completeness, DemandKind, Site
from lifecircle.supply import cases_of, supply

DORMITORY = DemandKind("dormitory", "宿舍", "Dormitory", "beds")
PARK = category("park", serves=["beds"], capacity=Capacity("m2", min=50, per_head=1))


def measured(site: Site) -> pd.DataFrame:
    """Supply by category."""
    reach = reached(site)
    coverage = cover(site, reach, NOWHERE)
    return supply(site, reach, coverage, cases_of(site, reach, coverage)).set_index("category")


def park(places: dict[str, Any], *found: tuple[Any, ...], complete: bool = True, **more: Any) -> pd.Series:
    """Supply of parks in m2, held to 300 m, for beds on the block of 400 m."""
    site = town(places=places, found=found, categories=[PARK], complete=["park"] if complete else [], **more)
    return measured(replace(site, standard=replace(site.standard, demand=(DORMITORY,)))).loc["park"]


def bounds(row: pd.Series, name: str) -> tuple[float, float]:
    return float(row[f"{name}_low"]), float(row[f"{name}_high"])


# Places at (0, 0), (200, 0) and (400, 0) with 10, 30 and 60 beds; parks of 100 m2 at (0, 0) and of 40 m2 at (300, 0).
# Within 300 m: a has both, b has both, c has the second only (100 m off).
PLACES = {id: (point(x, 0), {"beds": beds}) for id, x, beds in (("a", 0, 10), ("b", 200, 30), ("c", 400, 60))}
PARKS = (("p", "park", point(0, 0), 100), ("q", "park", point(300, 0), 40))


def test_every_measure_by_hand() -> None:
    found = park(PLACES, *PARKS)
    assert (found["by"], found["unit"], found["heads"], found["facilities"], found["undersized"]) == (
        "beds", "m2", 100, 2, 1,
    )  # fmt: skip
    assert bounds(found, "amount") == (140, 140) and found["owed"] == 100
    assert bounds(found, "per_1000") == (1400, 1400)
    # p is shared by 40 beds (2.5 each), q by 100 (0.4): a and b have 2.9, c has 0.4; (40 x 2.9 + 60 x 0.4) / 100
    assert bounds(found, "access") == pytest.approx((1.4, 1.4))
    # 2 x 40 x 60 x 2.5 / (2 x 100^2 x 1.4)
    assert bounds(found, "gini") == pytest.approx((12000 / 28000, 12000 / 28000))
    # (2 x 40 + 1 x 60) / 100, all have one
    assert bounds(found, "overlap") == bounds(found, "opportunities") == (1.4, 1.4)
    # a 0 m, b 100 m, c 100 m: mean 90, median 100
    assert [found[name] for name in ("mean_m", "median_m", "p90_m", "censored")] == [90, 100, 100, 0]
    assert [found[name] for name in ("mean_least_m", "median_least_m", "p90_least_m")] == [90, 100, 100]


def test_a_size_that_nobody_gave() -> None:
    found = park(PLACES, PARKS[0], ("q", "park", point(300, 0)))
    assert bounds(found, "amount") == (100, np.inf) and bounds(found, "access") == (1, np.inf)
    assert bounds(found, "per_1000") == (1000, np.inf) and found["undersized"] == 0
    low, high = bounds(found, "gini")
    assert low <= 12000 / 28000 <= high < 1
    assert bounds(found, "overlap") == (1.4, 1.4)


def test_heads_that_nobody_counted() -> None:
    known = park(PLACES, *PARKS)
    found = park(PLACES | {"c": point(400, 0)}, *PARKS)
    assert found["uncounted"] == 1 and np.isnan(found["owed"])
    # of 40 beds, or of any number
    assert bounds(found, "access") == (0, 3.5) and bounds(found, "per_1000") == (0, 3500)
    assert bounds(found, "opportunities") == (1, 2) and bounds(found, "gini") == (0, 1)
    assert found["mean_least_m"] <= known["mean_m"] <= found["mean_m"]


def test_beyond_the_edge_of_the_data() -> None:
    # the data end 50 m beyond c and 250 m beyond b, within the norm: there may be further parks for both
    extent = point(0, 0).buffer(450)
    found = park(PLACES, *PARKS, extent=extent)
    for name, value in (("amount", 140), ("access", 1.4), ("opportunities", 1.4)):
        assert bounds(found, name) == pytest.approx((value, np.inf))
    # c may have one at 50 m: (10 x 0 + 30 x 100 + 60 x 50) / 100
    assert found["mean_least_m"] == pytest.approx(60, abs=0.5)
    assert found["mean_least_m"] < found["mean_m"] == 90


def test_a_place_that_joins_no_street() -> None:
    # d stands 150 m off the street: 180 m by the straight line from p, and 335 m from q
    places = PLACES | {"d": (point(-150, 100), {"beds": 100})}
    found = park(places, *PARKS)
    # p may be shared by 140 beds; d may have it
    assert bounds(found, "opportunities") == pytest.approx((140 / 200, 240 / 200))
    assert bounds(found, "access") == pytest.approx((0.7, 0.7))
    low, high = bounds(found, "gini")
    assert low < high


def test_a_facility_that_joins_no_street() -> None:
    # r, 150 m off the street, is near a only: 180 m by the straight line; b is 364 m off
    found = park(PLACES, *PARKS, ("r", "park", point(-150, 100), 60))
    assert bounds(found, "amount") == (140, 200) and bounds(found, "access") == pytest.approx((1.4, 2.0))
    assert bounds(found, "opportunities") == pytest.approx((1.4, 1.5))


@pytest.mark.parametrize("complete", [True, False])
def test_no_facility_at_all(complete: bool) -> None:
    found = park(PLACES, complete=complete)
    if complete:
        assert bounds(found, "amount") == bounds(found, "access") == bounds(found, "opportunities") == (0, 0)
        assert np.isnan(bounds(found, "gini")).all() and np.isnan(bounds(found, "overlap")).all()
        assert found["censored"] == 1 and found["p90_m"] == np.inf
    else:
        assert bounds(found, "amount") == bounds(found, "access") == (0, np.inf)
        assert np.isnan(found["p90_m"]) and np.isnan(found["censored"])


@pytest.mark.parametrize("places", [{}, {"a": point(0, 0)}, {"a": (point(0, 0), {"beds": 0})}])
def test_no_places_or_no_heads(places: dict[str, Any]) -> None:
    found = park(places, *PARKS)
    for name in ("access", "per_1000", "gini"):
        low, high = bounds(found, name)
        assert np.isnan(low) and np.isnan(high)
    assert np.isnan(found["owed"]) and np.isnan(found["heads"])
    assert found["facilities"] == (2 if places else 0)


# Whatever the town ------------------------------------------------------------------------------

MEASURES = ("amount", "per_1000", "access", "gini", "overlap", "opportunities")
WALKS = ("mean", "median", "p90")


def ends(site: Site) -> dict[tuple[str, str], tuple[float, float]]:
    """Least and most of every measure of every category; the kind of every place is one of those counted by beds."""
    found = measured(replace(site, standard=replace(site.standard, demand=(DORMITORY,))))
    out = {(id, name): bounds(found.loc[id], name) for id in IDS for name in MEASURES}
    return out | {
        (id, name): (float(found.loc[id, f"{name}_least_m"]), float(found.loc[id, f"{name}_m"]))
        for id in IDS
        for name in WALKS
    }


def beds_counted(made: dict[str, Any]) -> dict[str, Any]:
    """The town with beds at every place, so that all categories stay judged by the same heads."""
    places = {id: (at, {"beds": heads.get("beds", 7), "jobs": 3}) for id, (at, heads) in made["places"].items()}
    return {**made, "places": places}


@bounded
@given(towns())
def test_the_least_is_no_more_than_the_most(made: dict[str, Any]) -> None:
    for (_, name), (low, high) in ends(town(**made)).items():
        assert np.isnan(low) == np.isnan(high)
        if not np.isnan(low):
            assert 0 <= low <= high and (name != "gini" or high <= 1) and (name != "overlap" or low >= 1)


def hide(made: dict[str, Any], what: str, id: str, draw: int) -> Site:
    """The town with something more unknown."""
    site = town(**made)
    if what == "size":
        known = site.facilities.assign(
            capacity=site.facilities["capacity"].where(np.arange(len(site.facilities)) != draw)
        )
        return replace(site, facilities=known)
    if what == "heads":
        rows = np.arange(len(site.demand)) != draw
        return replace(site, demand=site.demand.assign(beds=site.demand["beds"].where(rows)))
    if what == "layer":
        kept = facilities([row for row in made["found"] if row[1] != id])
        return replace(site, facilities=kept, completeness={**site.completeness, id: Completeness.ABSENT})
    if what == "declaration":
        return town(**{**made, "complete": {*made["complete"]} - {id}})
    west, south, _, north = made["extent"].bounds
    return town(**{**made, "extent": shapely.box(west, south, 100 * draw, north)})


@bounded
@given(
    towns(),
    st.sampled_from(["size", "heads", "layer", "declaration", "extent"]),
    st.sampled_from(IDS),
    st.integers(0, 6),
)
def test_what_is_hidden_widens_and_moves_nothing_out(made: dict[str, Any], what: str, id: str, draw: int) -> None:
    """A bound that nobody knows (NaN) holds anything; so does one that had nothing to tell of."""
    made = beds_counted(made)
    before, after = ends(town(**made)), ends(hide(made, what, id, draw))
    for key, (low, high) in before.items():
        least, most = after[key]
        if not np.isnan([low, least]).any():
            assert least <= low + 1e-9 and most >= high - 1e-9, key


@bounded
@given(towns(), st.sampled_from(IDS), spots, sizes)
def test_a_new_facility_takes_nothing_away(made: dict[str, Any], id: str, at: shapely.Point, size: float) -> None:
    made = {**beds_counted(made), "complete": IDS}
    before = ends(town(**made))
    after = ends(town(**{**made, "found": [*made["found"], ("new", id, at, size)]}))
    for name in ("amount", "per_1000", "access", "opportunities"):
        for end in (0, 1):
            assert after[id, name][end] >= before[id, name][end] - 1e-9
    for name in WALKS:
        for end in (0, 1):
            assert after[id, name][end] <= before[id, name][end] + 1e-9


@bounded
@given(towns(), st.randoms(use_true_random=False))
def test_neither_the_order_nor_the_unit_of_the_input_matters(made: dict[str, Any], random: Any) -> None:
    """Heads in thousands: what is per head grows a thousandfold, the rest stays."""
    made = beds_counted(made)
    found, places = list(made["found"]), list(made["places"].items())
    random.shuffle(found)
    random.shuffle(places)
    fewer = {id: (at, {kind: n / 1000 for kind, n in heads.items()}) for id, (at, heads) in places}
    before, after = ends(town(**made)), ends(town(**{**made, "found": found, "places": fewer}))
    for (id, name), both in before.items():
        times = 1000 if name in ("per_1000", "access") else 1
        assert after[id, name] == pytest.approx([times * end for end in both], nan_ok=True), (id, name)
