"""The three-life index, calculated by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from towns import category, point, town

from lifecircle.assessment import walk
from lifecircle.coverage import cover
from lifecircle.index import coupling_coordination, grade, three_life_index
from lifecircle.model import Capacity, Category, DemandKind, Index, Interval, Site


def index(site: Site) -> Index:
    reach, streets = walk(site)
    return three_life_index(site, reach, cover(site, reach, streets))


def bounds(value: Interval) -> tuple[float, float]:
    return value.low, value.high


# A worked example. Norms 300 m, on the block of 400 m; data end nowhere near.
#   a (0, 0)      80 beds, 20 jobs
#   b (400, 0)    20 beds, 80 jobs
#   bank     production, by jobs,         at (400, 0):   b covered, a 400 m off. Declared: 80 of 100 jobs -> 0.8
#   canteen  living, weight 3, by beds,   at (0, 0):     a covered. Declared: 80 of 100 beds -> 0.8
#   gym      living, weight 1, by beds,   none found, partial:                     unknown -> 0 to 1
#   park     ecology, by beds,            at (400, 100): b covered, a 500 m off. Declared: 20 of 100 beds -> 0.2
PLACES = {"a": (point(0, 0), {"beds": 80, "jobs": 20}), "b": (point(400, 0), {"beds": 20, "jobs": 80})}
BANK = category("bank", function="production", serves=["jobs"])
CANTEEN = category("canteen", serves=["beds"], weight=3)
GYM = category("gym", serves=["beds"], weight=1)
PARK = category("park", function="ecology", serves=["beds"])
FOUND = [
    ("bank", "bank", point(400, 0)),
    ("canteen", "canteen", point(0, 0)),
    ("park", "park", point(400, 100)),
]


def example(
    categories: Sequence[Category] = (BANK, CANTEEN, GYM, PARK),
    found: Sequence[tuple[Any, ...]] = FOUND,
    complete: Sequence[str] = ("bank", "canteen", "park"),
    **more: Any,
) -> Index:
    known = {c.id for c in categories}
    return index(
        town(
            places=more.pop("places", PLACES),
            found=[row for row in found if row[1] in known],
            categories=categories,
            complete=[id for id in complete if id in known],
            **more,
        )
    )


def test_categories_and_functions() -> None:
    found = example()
    assert {id: bounds(score) for id, score in found.categories.items()} == {
        "bank": (0.8, 0.8), "canteen": (0.8, 0.8), "gym": (0, 1), "park": (0.2, 0.2),
    }  # fmt: skip
    # living: (3 x 0.8 + 1 x 0) / 4 = 0.6 to (3 x 0.8 + 1) / 4 = 0.85, three quarters of the weight known
    assert bounds(found.functions["production"]) == pytest.approx((0.8, 0.8))
    assert bounds(found.functions["living"]) == pytest.approx((0.6, 0.85))
    assert bounds(found.functions["ecology"]) == pytest.approx((0.2, 0.2))
    assert found.known_weight == pytest.approx({"production": 1, "living": 0.75, "ecology": 1})
    assert found.functions["living"].mid == pytest.approx(0.725)


def test_the_index_is_the_geometric_mean() -> None:
    # 100 (0.8 x 0.6 x 0.2)^(1/3) = 100 x 0.096^(1/3) = 45.788
    # 100 (0.8 x 0.85 x 0.2)^(1/3) = 100 x 0.136^(1/3) = 51.426
    found = example()
    assert bounds(found.value) == pytest.approx((45.788, 51.426), abs=1e-3)
    assert found.value.mid == pytest.approx((45.788 + 51.426) / 2, abs=1e-3)
    assert found.weakest == "ecology" and found.zero == ()


def test_the_coordination_beside_it() -> None:
    # low: C = 3 x 0.45789 / 1.6 = 0.85853, T = 1.6 / 3: D = sqrt(C T) = sqrt(0.45789) = 0.67667
    # high: D = sqrt(0.51426) = 0.71712
    found = example()
    assert bounds(found.coordination) == pytest.approx((0.67667, 0.71712), abs=1e-4)
    assert found.grade == ("初级协调", "中级协调")


def test_weights_of_the_functions() -> None:
    # 100 x 0.8^0.4 x 0.6^0.4 x 0.2^0.2 = 100 x 0.914610 x 0.815193 x 0.724780 = 54.039
    assert example(function_weights=(0.4, 0.4, 0.2)).value.low == pytest.approx(54.039, abs=1e-3)


def test_a_function_at_nothing_makes_the_index_nothing_and_is_named() -> None:
    # no park at all, declared: ecology 0
    found = example(found=FOUND[:2])
    assert bounds(found.value) == (0, 0) and found.zero == ("ecology",) and found.weakest == "ecology"
    assert found.grade == ("极度失调", "极度失调")


def test_a_function_that_may_be_nothing_is_not_said_to_be() -> None:
    found = example(found=FOUND[:2], complete=["bank", "canteen"])
    assert found.value.low == 0 and found.value.high > 0 and found.zero == ()


def test_a_function_without_weight_does_not_make_the_index_nothing() -> None:
    found = example(found=FOUND[:2], function_weights=(0.5, 0.5, 0))
    assert found.value.low == pytest.approx(100 * math.sqrt(0.8 * 0.6)) and found.zero == ()


def test_less_than_half_known_gives_no_midpoint() -> None:
    # the gym weighs 3 of 4 now
    light, heavy = category("canteen", serves=["beds"], weight=1), category("gym", serves=["beds"], weight=3)
    found = example([BANK, light, heavy, PARK])
    assert found.known_weight["living"] == pytest.approx(0.25)
    assert found.functions["living"].mid is None and found.value.mid is None and found.coordination.mid is None
    assert found.functions["ecology"].mid is not None


def test_just_half_known_gives_a_midpoint() -> None:
    found = example([BANK, category("canteen", serves=["beds"]), GYM, PARK])
    assert found.known_weight["living"] == 0.5 and found.value.mid is not None


def test_a_function_that_the_standard_leaves_out_does_not_hide_the_midpoint() -> None:
    # sqrt(0.6 x 0.2) to sqrt(0.85 x 0.2)
    found = example([CANTEEN, GYM, PARK], function_weights=(0, 0.5, 0.5))
    low, high = 100 * math.sqrt(0.12), 100 * math.sqrt(0.17)
    assert bounds(found.value) == pytest.approx((low, high))
    assert found.value.mid == pytest.approx((low + high) / 2)


# Supply ------------------------------------------------------------------------------------------


def green(per_head: float = 1, unit: str = "m2") -> Category:
    return category("park", function="ecology", serves=["beds"], capacity=Capacity(unit, per_head=per_head))


def park(places: dict[str, Any], *found: tuple[Any, ...], state: str = "complete", unit: str = "m2") -> Index:
    given = {state: ["park"]} if state != "partial" else {}
    return index(town(places=places, found=found, categories=[green(unit=unit)], **given))


def test_supply_per_head() -> None:
    # 100 beds, both places within 300 m of 60 m2 at (0, 0) (b is 300 m east): C = 1, Q = 60 / 100
    places = {"a": (point(0, 0), {"beds": 80}), "b": (point(300, 0), {"beds": 20})}
    found = park(places, ("p", "park", point(0, 0), 60))
    assert bounds(found.categories["park"]) == pytest.approx((0.6, 0.6))
    assert found.supply_unknown_weight["ecology"] == 0


def test_more_supply_than_owed_is_no_more_than_enough() -> None:
    found = park({"a": (point(0, 0), {"beds": 80})}, ("p", "park", point(0, 0), 900))
    assert bounds(found.categories["park"]) == (1, 1)


def test_coverage_caps_what_supply_gives() -> None:
    # 80 of 100 beds within reach of plenty
    found = park(PLACES, ("p", "park", point(0, 0), 900))
    assert bounds(found.categories["park"]) == pytest.approx((0.8, 0.8))


def test_every_facility_within_the_norm_supplies_not_only_the_nearest() -> None:
    # 10 m2 next door and 50 m2 at 200 m, for 80 beds; 70 m2 at (0, 400) are too far
    near = [("p", "park", point(10, 0), 10), ("q", "park", point(200, 0), 50), ("r", "park", point(0, 400), 70)]
    found = park({"a": (point(0, 0), {"beds": 80})}, *near)
    assert bounds(found.categories["park"]) == pytest.approx((60 / 80, 60 / 80))


def test_a_further_facility_lowers_no_score() -> None:
    # 30 m2 for a's 50 beds: C = 0.5 of 100 beds, supply 30 of 100
    # a second park of nothing covers b too: C = 1, Q as before
    places = {"a": (point(0, 0), {"beds": 50}), "b": (point(400, 0), {"beds": 50})}
    one = park(places, ("p", "park", point(0, 0), 30))
    two = park(places, ("p", "park", point(0, 0), 30), ("q", "park", point(400, 0), 0))
    assert bounds(one.categories["park"]) == bounds(two.categories["park"]) == pytest.approx((0.3, 0.3))


def test_unknown_supply_is_an_interval() -> None:
    # 20 m2 known, another park of unknown size: 0.25 to 1
    beds = {"a": (point(0, 0), {"beds": 80})}
    found = park(beds, ("p", "park", point(10, 0), 20), ("q", "park", point(20, 0)))
    assert bounds(found.categories["park"]) == pytest.approx((0.25, 1))
    assert found.supply_unknown_weight["ecology"] == 1


def test_an_outline_says_how_large_a_park_is() -> None:
    # 10 x 4 m for 80 beds
    found = park({"a": (point(0, 0), {"beds": 80})}, ("p", "park", shapely.box(100, -2, 110, 2)))
    assert bounds(found.categories["park"]) == pytest.approx((0.5, 0.5))


def test_a_facility_counts_one_where_facilities_are_counted() -> None:
    found = park({"a": (point(0, 0), {"beds": 4})}, ("p", "park", point(10, 0)), unit="count")
    assert bounds(found.categories["park"]) == pytest.approx((0.25, 0.25))


def test_supply_for_heads_nobody_counted_is_unknown() -> None:
    found = park({"a": point(0, 0)}, ("p", "park", point(10, 0), 20))
    assert bounds(found.categories["park"]) == (0, 1)


def test_a_least_size_lowers_nothing() -> None:
    least = category("park", function="ecology", serves=["beds"], capacity=Capacity("m2", min=5000))
    found = index(town(places=PLACES, found=[("p", "park", point(200, 0), 10)], categories=[least]))
    assert bounds(found.categories["park"]) == (1, 1)


# Whom it is about --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("serves", "known", "judged"),
    [
        (["jobs"], ["beds", "jobs"], "jobs"),
        (["beds", "people"], ["beds", "jobs", "people"], "beds+people"),
        (["beds", "people"], ["people"], "people"),
        (["beds", "people"], ["jobs"], "places"),
        (["jobs"], ["beds"], "places"),
        (["families"], ["beds", "jobs"], "nobody"),
        (["families"], ["families"], "families"),
        (["beds", "people"], [], "places"),
        (["families"], [], "places"),
    ],
)
def test_whom_a_category_is_judged_by(serves: list[str], known: list[str], judged: str) -> None:
    places = {"a": (point(0, 0), dict.fromkeys(known, 10))}
    found = index(town(places=places, categories=[category("k", serves=serves)]))
    assert found.judged_by == {"k": judged}


def test_what_serves_nobody_there_weighs_nothing() -> None:
    # a kindergarten where no family lives, beside a canteen that covers 0.8
    school = category("school", serves=["families"], weight=9)
    found = example([BANK, CANTEEN, school, PARK])
    assert "school" not in found.categories
    assert bounds(found.functions["living"]) == pytest.approx((0.8, 0.8))


def test_beds_and_people_count_together() -> None:
    # 60 beds covered of 60 beds and 40 people
    places = {"a": (point(0, 0), {"beds": 60}), "b": (point(400, 0), {"people": 40})}
    found = index(town(places=places, found=[("c", "k", point(0, 0))], categories=[category("k")], complete=["k"]))
    assert bounds(found.categories["k"]) == pytest.approx((0.6, 0.6))


# Grades ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coordination", "name"),
    [
        (0, "极度失调"), (0.1, "极度失调"), (0.1001, "严重失调"), (0.2, "严重失调"), (0.3, "中度失调"),
        (0.4, "轻度失调"), (0.5, "濒临失调"), (0.5001, "勉强协调"), (0.6, "勉强协调"), (0.7, "初级协调"),
        (0.8, "中级协调"), (0.9, "良好协调"), (0.9001, "优质协调"), (1, "优质协调"), (0.1 + 0.2, "中度失调"),
    ],
)  # fmt: skip
def test_grades_are_open_below_and_closed_above(coordination: float, name: str) -> None:
    assert grade(coordination) == name


def test_equal_scores_are_fully_coupled() -> None:
    # all 0.25: C = 1, T = 0.25, D = 0.5; with equal weights D = sqrt(I / 100)
    assert coupling_coordination([0.25, 0.25, 0.25]) == pytest.approx(0.5)
    assert coupling_coordination([0, 0, 0]) == 0
    assert coupling_coordination([1, 1, 0]) == 0
    # 0.9, 0.4, 0.1: cube root of 0.036 = 0.330193, D = sqrt(0.330193) = 0.574624
    assert coupling_coordination([0.9, 0.4, 0.1]) == pytest.approx(0.574624, abs=1e-6)


def test_no_places_know_nothing() -> None:
    found = index(town(places={}, found=[("c", "k", point(0, 0))], categories=[category("k")]))
    assert bounds(found.categories["k"]) == (0, 1)
    assert found.value.mid is None and isinstance(found.judged_by, dict)


def test_scores_are_plain_numbers() -> None:
    found = example()
    assert all(type(score.low) is float and type(score.high) is float for score in found.categories.values())
    assert not isinstance(found.value.low, np.generic | pd.Series)


# Heads that nobody counted among others that were ------------------------------------------------


@pytest.mark.parametrize(("beds", "share"), [((100, 100), (0.5, 0.5)), ((100, None), (0, 1)), ((None, 100), (0, 1))])
def test_a_count_taken_away_widens_and_never_raises(beds: tuple[int | None, ...], share: tuple[float, float]) -> None:
    """Two dormitories, one at the clinic, one in a sure gap. Without the count of the second the first is all there is
    of the known beds (1.0), but the second may hold any number: the share is anything from 0. Without the count of the
    first nothing known is covered, but the first may hold any number."""
    heads = [{} if count is None else {"beds": count} for count in beds]
    places = {"a": (point(0, 0), heads[0]), "b": (point(400, 400), heads[1])}
    site = town(places=places, found=[("c", "clinic", point(0, 0))], complete=["clinic"])
    dormitory = DemandKind("dormitory", "宿舍", "Dormitory", "beds")
    found = index(replace(site, standard=replace(site.standard, demand=(dormitory,))))
    assert bounds(found.categories["clinic"]) == share
