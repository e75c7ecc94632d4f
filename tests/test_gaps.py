"""Gap places and gap areas, worked out on paper."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
import shapely
from towns import CRS, category, point, town

from lifecircle.assessment import walk
from lifecircle.cells import cells_over
from lifecircle.coverage import cover
from lifecircle.gaps import find_gaps, gap_id
from lifecircle.model import Gaps, Site

CLINIC = "clinic"


def gaps(site: Site) -> Gaps:
    reach, streets = walk(site)
    return find_gaps(site, reach, cover(site, reach, streets), streets, cells_over(site.boundary, streets))


# One street of 1000 m, the boundary 0..1000 x -100..100, the clinic at its west end, norm 300 m.
STREET: dict[str, Any] = {
    "nodes": {1: (0, 0), 2: (1000, 0)},
    "ways": {10: "1 2"},
    "found": [("west", CLINIC, point(0, 0))],
    "boundary": shapely.box(0, -100, 1000, 100),
}


def test_an_id_is_the_category_and_a_hash_of_the_smallest_source() -> None:
    assert gap_id("clinic", ["b/2", "a/1"]) == "clinic-" + hashlib.sha256(b"a/1").hexdigest()[:10]


def test_gap_places() -> None:
    # a 200 m covered, b 520 + 15 m, c 900 m
    places = {
        "a": (point(200, 0), {"beds": 10}),
        "b": (point(520, 15), {"beds": 20}),
        "c": (point(900, 0), {"beds": 30, "jobs": 5}),
    }
    found = gaps(town(**STREET, places=places, complete=[CLINIC])).places.set_index("place")
    assert sorted(found.index) == ["b", "c"]
    assert found.loc["b", ["category", "confidence", "nearest", "nearest_m", "at_least", "shortfall_m"]].tolist() == [
        CLINIC, "high", "west", 535, False, 235,
    ]  # fmt: skip
    assert found.loc["c", ["beds", "jobs", "places", "place_ids"]].tolist() == [30, 5, 1, ["c"]]
    assert np.isnan(found.loc["b", "jobs"])


def test_a_partial_layer_makes_gaps_of_low_confidence() -> None:
    found = gaps(town(**STREET, places={"c": point(900, 0)}))
    assert set(found.places["confidence"]) == set(found.areas["confidence"]) == {"low"}


def test_what_is_unknown_is_no_gap() -> None:
    nothing = {**STREET, "found": []}
    found = gaps(town(**nothing, places={"c": point(900, 0)}))
    assert found.places.empty and found.areas.empty
    assert found.places.crs == CRS and "nearest_m" in found.places and "area_ha" in found.areas


def test_an_empty_complete_layer_is_a_gap_everywhere() -> None:
    found = gaps(town(**{**STREET, "found": []}, places={"c": point(900, 0)}, complete=[CLINIC]))
    assert found.places[["nearest", "nearest_m"]].to_numpy().tolist() == [["", np.inf]]
    # 25 m on both sides of 1000 m: cells of 10 m whose centres (5, 15 m) are within 25 m: 4 rows of 100 cells
    assert found.areas["area_ha"].tolist() == pytest.approx([4.0])


def test_gap_areas() -> None:
    # beyond x = 300: 700 m by 4 rows of 10 m = 2.8 ha in one piece, holding b and c
    places = {
        "a": (point(200, 0), {"beds": 10}),
        "b": (point(520, 15), {"beds": 20}),
        "c": (point(900, 0), {"beds": 30, "jobs": 5}),
    }
    [area] = gaps(town(**STREET, places=places, complete=[CLINIC])).areas.to_dict("records")
    assert area["geometry"].bounds == (300, -20, 1000, 20)
    assert area["area_ha"] == pytest.approx(2.8)
    assert (area["beds"], area["jobs"], area["places"], area["place_ids"]) == (50, 5, 2, ["b", "c"])
    assert np.isnan(area["people"])
    # its nearest place is b
    assert (area["nearest"], area["nearest_m"], area["shortfall_m"], area["at_least"]) == ("west", 535, 235, False)
    assert area["id"] == gap_id(CLINIC, ["b"])


def test_a_gap_area_without_places_says_how_far_its_streets_are() -> None:
    # its nearest street point is at x = 305
    [area] = gaps(town(**STREET, places={}, complete=[CLINIC])).areas.to_dict("records")
    assert (area["places"], area["place_ids"], area["nearest"]) == (0, [], "")
    assert (area["nearest_m"], area["shortfall_m"]) == (305, 5)
    assert area["id"].startswith("clinic-")


def test_a_small_area_counts_only_with_a_place_in_it() -> None:
    # streets of 310 m: the 10 m in gap are 4 cells = 0.04 ha; with a place at (308, 0) it counts
    ends = shapely.box(0, -100, 310, 100)
    short = {**STREET, "nodes": {1: (0, 0), 2: (310, 0)}, "boundary": ends, "complete": [CLINIC]}
    assert gaps(town(**short, places={})).areas.empty
    [area] = gaps(town(**short, places={"a": point(308, 0)})).areas.to_dict("records")
    assert area["places"] == 1


def test_ground_that_no_street_is_near_is_no_gap_area() -> None:
    found = gaps(town(**STREET, places={}, complete=[CLINIC])).areas
    assert found.geometry.union_all().within(shapely.box(0, -30, 1000, 30))


def test_ids_stay_whatever_the_order_of_the_places() -> None:
    places = {f"p{i}": point(400 + 50 * i, 0) for i in range(5)}
    one = gaps(town(**STREET, places=places, complete=[CLINIC]))
    other = gaps(town(**STREET, places=dict(reversed(places.items())), complete=[CLINIC]))
    assert one.places.equals(other.places) and one.areas.equals(other.areas)
    assert one.places["id"].is_unique


def test_two_areas_with_a_covered_stretch_between() -> None:
    # clinics at 500; norm 300: gaps 0..200 and 800..1000, 0.8 ha each
    found = gaps(
        town(**{**STREET, "found": [("mid", CLINIC, point(500, 0))]}, places={"a": point(10, 0)}, complete=[CLINIC])
    ).areas
    assert found["area_ha"].tolist() == pytest.approx([0.8, 0.8])
    assert sorted(found["places"]) == [0, 1] and found["id"].is_unique


def test_a_distance_behind_the_edge_of_the_data_is_at_least() -> None:
    # data end at x = 1300: b (900, 0) is 400 m from the edge and 900 m from the clinic
    site = town(**STREET, places={"b": point(900, 0)}, extent=shapely.box(-9e3, -9e3, 1300, 9e3))
    [place] = gaps(site).places.to_dict("records")
    assert (place["nearest_m"], place["at_least"], place["shortfall_m"]) == (400, True, 100)


def test_categories_are_kept_apart() -> None:
    site = town(
        **{**STREET, "found": [("west", CLINIC, point(0, 0)), ("east", "bank", point(1000, 0))]},
        places={"a": point(100, 0)},
        categories=[category("bank", 500), category(CLINIC, 300)],
        complete=["bank", CLINIC],
    )
    found = gaps(site)
    assert found.places["category"].tolist() == ["bank"]
    assert found.areas["category"].tolist() == ["bank", "clinic"]
    assert found.areas["area_ha"].tolist() == pytest.approx([2.0, 2.8])
