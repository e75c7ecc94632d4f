"""What policies ask, and what it is measured by, calculated by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, get_args

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from test_properties import bounded, towns
from towns import CRS, category, point, town

from lifecircle.assessment import assess, walk
from lifecircle.checks import checks, result
from lifecircle.coverage import cover
from lifecircle.groups import places
from lifecircle.indicators import INDICATORS, Facts
from lifecircle.measures import BY_CATEGORIES, measured
from lifecircle.messages import Named
from lifecircle.model import CHECKS, DemandKind, Interval, Measure, Measured, PolicyCheck, Site
from lifecircle.outputs.json import document
from lifecircle.supply import cases_of, supply

KINDS = (
    DemandKind("dormitory", "宿舍", "Dormitory", "beds"),
    DemandKind("plant", "厂房", "Plant", "jobs"),
    DemandKind("housing", "住宅", "Housing", "people"),
)


def facts(site: Site) -> Facts:
    site = replace(site, standard=replace(site.standard, demand=KINDS))
    reach, streets = walk(site)
    coverage = cover(site, reach, streets)
    within_reach = supply(site, reach, coverage, cases_of(site, reach, coverage))
    return Facts(site, reach, coverage, streets, within_reach, places(site, reach, coverage))


def bounds(site: Site, indicator: Measured, *categories: str, distance_m: float | None = None) -> tuple[float, float]:
    found = measured(facts(site), Measure(indicator, categories, distance_m))
    return found.low, found.high


def indicator(site: Site, id: str) -> tuple[float, float]:
    site = replace(site, standard=replace(site.standard, demand=KINDS))
    row = assess(site).indicators.set_index("id").loc[id]
    return row["low"], row["high"]


# Results -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "least", "most", "told"),
    [
        (0.6, 0.7, 0.6, None, "met"), (0.59, 0.7, 0.6, None, "unknown"), (0.1, 0.59, 0.6, None, "missed"),
        (0.1, 0.3, None, 0.3, "met"), (0.1, 0.31, None, 0.3, "unknown"), (0.31, 0.4, None, 0.3, "missed"),
        (0.8, 1.25, 0.8, 1.25, "met"), (0.5, 2, 0.8, 1.25, "unknown"), (2, 3, 0.8, 1.25, "missed"),
        (0.1 + 0.2, 0.1 + 0.2, None, 0.3, "met"), (math.nan, math.nan, 0.5, None, "unknown"),
        (2, math.inf, 1, None, "met"), (0.5, math.inf, 1, None, "unknown"), (2, math.inf, None, 1, "missed"),
    ],
)  # fmt: skip
def test_an_interval_held_against_bounds(
    low: float, high: float, least: float | None, most: float | None, told: str
) -> None:
    assert result(Interval(low, high), least, most) == told


@bounded
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_knowing_more_never_turns_met_into_missed(a: float, b: float, c: float, least: float) -> None:
    low, middle, high = sorted((a, b, c))
    wide = result(Interval(low, high), least, None)
    for narrow in (Interval(low, middle), Interval(middle, high), Interval(middle, middle)):
        assert wide in ("unknown", result(narrow, least, None))


CHECK = PolicyCheck("beds_check", "床位", "Beds", Measure("beds"), ("doc",), "proposed", least=100)


def held(city: str, check: PolicyCheck = CHECK) -> str:
    site = town(places={"a": (point(0, 0), {"beds": 100})})
    site = replace(site, city=city, standard=replace(site.standard, checks=(check,)))
    frame = checks(facts(site))
    assert list(frame.columns) == list(CHECKS)
    return str(frame["result"][0])


def test_a_check_of_some_cities_holds_there_only() -> None:
    some = replace(CHECK, cities=(Named("杭州", "Hangzhou"), Named("广州", "Guangzhou")))
    assert [held(city, some) for city in ("杭州", "杭州市", "hangzhou", " Guangzhou City ")] == ["met"] * 4
    assert [held(city, some) for city in ("", "上海", "州")] == ["not applicable"] * 3
    assert held("") == "met", "everywhere"


def test_a_check_carries_its_document() -> None:
    site = town(places={"a": (point(0, 0), {"beds": 99})})
    site = replace(site, standard=replace(site.standard, checks=(CHECK,)))
    row = checks(facts(site)).to_dict("records")[0]
    assert row["result"] == "missed" and row["source_en"] == "by hand" and row["unit"] == "beds"
    assert (row["least"], row["low"], row["high"]) == (100, 99, 99) and math.isnan(row["most"])
    plain = document(assess(site))["checks"][0]
    assert plain["most"] is None and plain["result"] == "missed"


# Measures ----------------------------------------------------------------------------------------


def test_every_measure_can_be_measured_and_asked_for() -> None:
    assert sorted(get_args(Measured)) == sorted([*(item.id for item in INDICATORS), *BY_CATEGORIES])
    site = town(places={"a": point(0, 0)})
    for indicator in get_args(Measured):
        of = ("clinic",) if indicator in BY_CATEGORIES else ()
        found = measured(facts(site), Measure(indicator, of, 500))
        assert math.isnan(found.low) == math.isnan(found.high) and not found.low > found.high


PLACES = {"a": (point(0, 0), {"beds": 80}), "b": (point(400, 0), {"beds": 20})}
TWO = (category("clinic", serves=["beds"]), category("shop", serves=["beds"]))


def test_coverage_is_the_mean_over_the_categories() -> None:
    # the clinic covers a, 0.8; the shop both, from (200, 0)
    found = [("c", "clinic", point(0, 0)), ("s", "shop", point(200, 0))]
    site = town(places=PLACES, found=found, categories=TWO, complete=["clinic", "shop"])
    assert bounds(site, "coverage", "clinic", "shop") == pytest.approx((0.9, 0.9))
    # b is 400 m from the clinic: within 15 minutes
    assert bounds(site, "coverage_15", "clinic", "shop") == pytest.approx((1, 1))
    assert bounds(site, "coverage", "clinic", "elsewhere") == pytest.approx((0.8, 0.8)), "of what the standard has"
    assert all(math.isnan(bound) for bound in bounds(site, "coverage", "elsewhere"))
    partial = town(places=PLACES, found=found[:1], categories=TWO, complete=["clinic"])
    assert bounds(partial, "coverage", "clinic", "shop") == pytest.approx((0.4, 0.9))


GREEN = (category("park", function="ecology", serves=["beds"]), category("pocket", function="ecology", serves=["beds"]))


def test_area_a_head() -> None:
    # 60 m2 at a, 140 m2 300 m on, 900 m2 beyond 500 m of both; for 100 beds
    found = [("p", "park", point(0, 0), 60), ("q", "park", point(400, 300), 140), ("r", "park", point(0, 1200), 900)]
    far = {"nodes": {1: (0, 0), 2: (400, 0), 3: (400, 400), 4: (0, 400), 5: (0, 1200)},
           "ways": {1: "1 2", 2: "2 3", 3: "3 4", 4: "4 1", 5: "4 5"}}  # fmt: skip
    known = {"places": PLACES, "categories": GREEN, "complete": ["park", "pocket"], **far}
    site = town(found=found, **known)
    assert bounds(site, "area_per_head", "park", distance_m=500) == pytest.approx((2, 2))
    assert bounds(site, "area_per_head", "park", distance_m=1500) == pytest.approx((11, 11))
    twice = town(found=[*found, ("p", "pocket", point(0, 0), 60)], **known)
    assert bounds(twice, "area_per_head", "park", "pocket", distance_m=500) == pytest.approx((2, 2))
    unknown = town(found=[*found[:1], ("q", "park", point(400, 300))], **known)
    assert bounds(unknown, "area_per_head", "park", distance_m=500) == (pytest.approx(0.6), math.inf)
    partial = town(found=found, **{**known, "complete": []})
    assert bounds(partial, "area_per_head", "park", distance_m=500) == (pytest.approx(2), math.inf)
    nobody = town(found=found, **{**known, "places": {"a": point(0, 0)}})
    assert all(math.isnan(bound) for bound in bounds(nobody, "area_per_head", "park", distance_m=500))


def test_land_of_homes_within_a_radius() -> None:
    # homes from x = 0 to 400, a park at its west end: within 100 m of the line x = 0 a quarter of them
    site = town(places=PLACES, found=[("p", "park", shapely.box(-50, 0, 0, 100))], categories=GREEN[:1])
    homes = gpd.GeoDataFrame(
        {"function": ["living", "production"], "homes": [True, False], "support": [np.nan] * 2},
        geometry=[shapely.box(0, 0, 400, 100), shapely.box(400, 0, 500, 100)], crs=CRS,
    )  # fmt: skip
    site = replace(site, land=homes)
    assert bounds(site, "home_land", "park", distance_m=100) == pytest.approx((0.25, 0.25), rel=1e-3)
    # data that end at x = 300: what is nearer than 100 m to that edge may be served from beyond
    edge = replace(site, data_extent=shapely.box(-5000, -5000, 300, 5000))
    assert bounds(edge, "home_land", "park", distance_m=100) == pytest.approx((0.25, 0.75), rel=1e-3)
    none = replace(site, facilities=site.facilities[:0])
    assert bounds(none, "home_land", "park", distance_m=100) == (0, 1)
    assert math.isnan(bounds(replace(site, land=homes[1:]), "home_land", "park", distance_m=100)[0])


def test_green_per_head_where_some_were_not_counted() -> None:
    # 8,000 m2 of green and 2,000 m2 of no known use, 40 beds; then one dormitory more whose beds nobody counted
    land = gpd.GeoDataFrame(
        {"function": ["ecology"], "homes": [False], "support": [np.nan], "green": [1.0]},
        geometry=[shapely.box(0, 0, 80, 100)], crs=CRS,
    )  # fmt: skip
    known = {"places": {"a": (point(0, 0), {"beds": 40})}, "boundary": shapely.box(0, 0, 100, 100)}
    assert indicator(replace(town(**known), land=land), "green_per_resident") == pytest.approx((200, 250))
    more = {**known, "places": {**known["places"], "b": point(50, 50)}}
    assert indicator(replace(town(**more), land=land), "green_per_resident") == (0, pytest.approx(250))
    assert math.isnan(indicator(town(**known), "green_per_resident")[0])
    assert math.isnan(indicator(replace(town(**known), land=land), "green_per_job")[0])


def test_a_number_of_facilities() -> None:
    found = [("c", "clinic", point(0, 0)), ("s", "shop", point(200, 0)), ("t", "shop", point(0, 2000))]
    site = town(places=PLACES, found=found, categories=TWO, complete=["clinic", "shop"])
    assert bounds(site, "facilities", "clinic", "shop") == (2, 2)
    assert bounds(town(places=PLACES, found=found, categories=TWO), "facilities", "shop") == (1, math.inf)


# Indicators --------------------------------------------------------------------------------------

MIXED = {
    "d": (point(0, 0), {"beds": 100, "kind": "dormitory"}),
    "w": (point(200, 0), {"jobs": 30, "kind": "plant"}),
    "v": (point(400, 400), {"jobs": 90, "kind": "plant"}),
}


def test_jobs_with_beds_near() -> None:
    # 200 m and 800 m from the dormitory: 5 minutes are 300 m, 15 are 900
    site = town(places=MIXED)
    assert indicator(site, "jobs_near_beds_5") == pytest.approx((0.25, 0.25))
    assert indicator(site, "jobs_near_beds_15") == pytest.approx((1, 1))


def test_beds_beyond_the_boundary_are_not_known() -> None:
    # the boundary is 250 m from v, nearer than a walk of 5 minutes: somebody may live there
    site = town(places=MIXED, boundary=shapely.box(-1000, -1000, 650, 2000))
    assert indicator(site, "jobs_near_beds_5") == pytest.approx((0.25, 1))


def test_a_place_is_not_its_own_way_to_work() -> None:
    both = {"m": (point(0, 0), {"beds": 10, "jobs": 10, "kind": "plant"})}
    assert indicator(town(places=both), "jobs_near_beds_15") == (0, 0)


def test_beds_with_work_near() -> None:
    work = category("workplace", 1000, "production", ["beds"])
    site = town(places=MIXED, found=[("x", "workplace", point(350, 0))], categories=(work,), complete=["workplace"])
    assert indicator(site, "beds_near_jobs_5") == (0, 0)
    assert indicator(site, "beds_near_jobs_15") == (1, 1)


def test_jobs_for_those_who_live_there() -> None:
    people = {**MIXED, "h": (point(0, 400), {"people": 50, "kind": "housing"})}
    # 120 jobs for 100 beds, and between none and all of 50 people
    assert indicator(town(places=people), "jobs_per_resident") == pytest.approx((120 / 150, 120 / 100))
    hidden = {**people, "w": (point(200, 0), {"kind": "plant"})}
    assert math.isnan(indicator(town(places=hidden), "jobs_per_resident")[0])


def test_roads_and_their_carriageways() -> None:
    # 400 m each: primary, secondary, residential, footway; 0.4 km2
    site = town(places={"a": point(0, 0)}, boundary=shapely.box(-100, -100, 900, 300 + 0))
    network = replace(site.network, highway=np.array(["primary", "residential", "footway", "footway"], dtype=object))
    inside = replace(site, network=network, boundary=shapely.box(-50, -50, 450, 750))
    # the order of the edges is that of the ways: 1-2 primary, 2-3 residential
    assert indicator(inside, "road_density") == pytest.approx((0.6 / 0.4, 0.8 / 0.4))
    unknown = replace(inside, network=replace(network, highway=np.full(4, "", dtype=object)))
    assert math.isnan(indicator(unknown, "road_density")[0])


@bounded
@given(towns())
def test_hiding_a_count_widens_what_is_measured(made: dict[str, Any]) -> None:
    """Shares of beds or jobs with one count less: never outside what they were, while they are judged by the same."""
    site = town(**made)
    site = replace(site, standard=replace(site.standard, demand=KINDS))
    hidden = site.demand.copy()
    hidden.loc[0, "beds"] = np.nan
    assume(replace(site, demand=hidden).counted == site.counted)
    for indicator, of in (("coverage", ("clinic",)), ("coverage_15", ("clinic", "park")), ("area_per_head", ("park",))):
        wide, narrow = (
            measured(facts(one), Measure(indicator, of, 300 if indicator == "area_per_head" else None))  # type: ignore[arg-type]
            for one in (replace(site, demand=hidden), site)
        )
        if not math.isnan(narrow.low) and not math.isnan(wide.low):
            assert wide.low <= narrow.low + 1e-9 and wide.high >= narrow.high - 1e-9
