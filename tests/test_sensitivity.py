"""How the index moves with what was chosen and with what is not known, calculated by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from test_properties import bounded, towns
from towns import category, point, town

from lifecircle.assessment import walk
from lifecircle.coverage import cover
from lifecircle.index import three_life_index
from lifecircle.model import Capacity, Index, Norm, Site
from lifecircle.sensitivity import sensitivity, widest


def judged(site: Site) -> tuple[pd.DataFrame, pd.DataFrame, Index]:
    reach, streets = walk(site)
    coverage = cover(site, reach, streets)
    index = three_life_index(site, reach, coverage)
    return sensitivity(site, reach, index), widest(site, coverage, index), index


def values(frame: pd.DataFrame, what: str) -> dict[str, tuple[float, float]]:
    rows = frame[frame["what"] == what]
    return {row["id"]: (row["index_low"], row["index_high"]) for row in rows.to_dict("records")}


# On the block of 400 m: a (0, 0) with 80 beds and b (400, 0) with 20. All declared complete, circles of 5 minutes.
#   bank   production, at (400, 0):    b covered, a 400 m off          0.2
#   shop   living, at (0, 0):          a covered, b 400 m off          0.8
#   park   ecology, at (400, 300):     b 300 m off, a 700 (500 m as the crow flies)   0.2
PLACES = {"a": (point(0, 0), {"beds": 80}), "b": (point(400, 0), {"beds": 20})}
BANK, SHOP, PARK = (
    category(id, function=function, serves=["beds"])  # type: ignore[arg-type]
    for id, function in (("bank", "production"), ("shop", "living"), ("park", "ecology"))
)
FOUND = [("k", "bank", point(400, 0)), ("s", "shop", point(0, 0)), ("p", "park", point(400, 300))]
ALL = ("bank", "shop", "park")


def example(**more: Any) -> Site:
    return town(**{"places": PLACES, "found": FOUND, "categories": (BANK, SHOP, PARK), "complete": ALL} | more)


def cubic(a: float, b: float, c: float) -> float:
    return float(100 * (a * b * c) ** (1 / 3))


def test_the_weights_of_the_functions() -> None:
    found = values(judged(example(function_weights=(0.2, 0.6, 0.2)))[0], "weights")
    assert found["standard"][0] == pytest.approx(100 * 0.2**0.2 * 0.8**0.6 * 0.2**0.2)
    assert found["equal"][0] == pytest.approx(cubic(0.2, 0.8, 0.2))
    assert found["production_led"][0] == pytest.approx(100 * 0.2**0.4 * 0.8**0.4 * 0.2**0.2)


def test_functions_without_categories_have_no_weight() -> None:
    found = values(judged(example(categories=(SHOP, PARK), complete=("shop", "park"), found=FOUND[1:]))[0], "weights")
    assert found["equal"] == pytest.approx((100 * (0.8 * 0.2) ** 0.5,) * 2)
    assert found["production_led"] == pytest.approx((100 * 0.8 ** (2 / 3) * 0.2 ** (1 / 3),) * 2)


def test_circles_in_minutes() -> None:
    # 5 minutes: 250, 300 and 375 m; at 50 m/min the park is too far for b
    found = values(judged(example())[0], "speed")
    assert found["50"] == (0, 0)
    assert found["60"] == found["75"] == pytest.approx((cubic(0.2, 0.8, 0.2),) * 2)


def test_a_norm_in_minutes_keeps_its_own() -> None:
    # 7 minutes to the bank, 350 m at 50 m/min and 525 m at 75: a is 400 m off
    slow = replace(BANK, norm=Norm(minutes=7))
    found = judged(example(categories=(slow, SHOP, PARK)))[0].set_index(["what", "id"])["production_low"]
    assert found["speed", "50"] == pytest.approx(0.2) and found["speed", "75"] == pytest.approx(1)


def test_a_distance_told_in_minutes_is_not_the_circle() -> None:
    """The walk is held to 300 m whatever the circle is; circles of 15 minutes reach all."""
    wide = tuple(replace(k, circle=15) for k in (BANK, SHOP, PARK))
    found = judged(example(categories=wide))[0]
    assert values(found, "measure")["walk"] == pytest.approx((cubic(0.2, 0.8, 0.2),) * 2)
    assert values(found, "speed")["50"] == pytest.approx((100, 100))


def test_the_straight_line() -> None:
    # a wider norm for the park: 500 m covers a by the radius only
    far = category("park", 500, function="ecology", serves=["beds"])
    found = values(judged(example(categories=(BANK, SHOP, far)))[0], "measure")
    assert found["walk"] == pytest.approx((cubic(0.2, 0.8, 0.2),) * 2)
    assert found["radius"] == pytest.approx((cubic(0.2, 0.8, 1),) * 2)


def test_the_radius_supplies_what_it_reaches() -> None:
    # 50 m2 at 500 m as the crow flies from a, 300 m from b: for 100 beds at 1 m2
    green = category("park", 500, function="ecology", serves=["beds"], capacity=Capacity("m2", per_head=1))
    site = example(categories=(BANK, SHOP, green), found=[*FOUND[:2], ("p", "park", point(400, 300), 50)])
    found = judged(site)[0].set_index("id")
    assert found.loc["radius", "ecology_low"] == pytest.approx(0.5)
    assert found.loc["walk", "ecology_low"] == pytest.approx(0.2)


def test_an_unknown_is_worth_what_both_answers_narrow() -> None:
    # the shop may be there or not: living 0 to 1, the index 0 to 100 cbrt(0.2 x 1 x 0.2); known, it is one of the two
    found = judged(example(found=[FOUND[0], FOUND[2]], complete=("bank", "park")))[1]
    assert list(found["category"]) == ["shop"]
    assert found["points"][0] == pytest.approx(cubic(0.2, 1, 0.2))
    assert found["reason_en"][0] == "none was found, and nobody declared the data complete"
    assert found["reason_zh"][0] == "未找到任何一处，且无人声明数据完整"


def test_the_widest_stands_first() -> None:
    # living: shop weight 1 and gym weight 3 unknown; ecology sure
    gym = category("gym", serves=["beds"], weight=3)
    site = example(categories=(BANK, SHOP, gym, PARK), found=[FOUND[0], FOUND[2]], complete=("bank", "park"))
    found = judged(site)[1]
    assert list(found["category"]) == ["gym", "shop"]
    # without the gym 0.25 of living stays open: from 0 to cbrt(.25), or from cbrt(.75) to 1
    top = cubic(0.2, 1, 0.2)
    open_still = [0.25 ** (1 / 3), 1 - 0.75 ** (1 / 3)]
    assert found["points"][0] == pytest.approx(top * (1 - sum(open_still) / 2))


def test_unknown_sizes_are_named() -> None:
    green = category("park", function="ecology", serves=["beds"], capacity=Capacity("m2", per_head=1))
    found = judged(example(categories=(BANK, SHOP, green)))[1]
    assert list(found["category"]) == ["park"] and "how large" in found["reason_en"][0]


def test_what_is_sure_widens_nothing() -> None:
    assert judged(example())[1].empty


@bounded
@given(towns())
def test_every_choice_keeps_the_bounds(made: dict[str, Any]) -> None:
    found, open_ones, index = judged(town(**made))
    for name in ("index", "production", "living", "ecology"):
        low, high, top = found[f"{name}_low"], found[f"{name}_high"], 100 if name == "index" else 1
        assert (low >= 0).all() and (low <= high + 1e-9).all() and (high <= top + 1e-9).all()
    speeds = found[found["what"] == "speed"]
    assert speeds["index_low"].is_monotonic_increasing, "who walks faster reaches no less"
    radius = found.set_index("id").loc["radius"]
    walked = found.set_index("id").loc["walk"]
    assert radius["index_low"] >= walked["index_low"] - 1e-9, "no walk is shorter than the straight line"
    assert (open_ones["points"] <= index.value.high - index.value.low + 1e-9).all()
    assert (open_ones["points"] >= 0).all() and open_ones["points"].is_monotonic_decreasing
