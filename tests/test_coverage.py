"""The three states, row by row of their table, and the shares made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from towns import PLANNING, category, point, town

from lifecircle.assessment import walk
from lifecircle.coverage import at_least, cover, distance_to_edge, judge
from lifecircle.model import FAR_MM, PEOPLE, Completeness, Coverage, Norm, Reason, Site, State

COVERED, GAP, UNKNOWN = State.COVERED, State.GAP, State.UNKNOWN
COMPLETE, PARTIAL, ABSENT = Completeness.COMPLETE, Completeness.PARTIAL, Completeness.ABSENT
CLINIC = "clinic"


def coverage(site: Site) -> Coverage:
    return cover(site, *walk(site))


def state_of(site: Site) -> tuple[State, Reason]:
    """State and reason of the only place for the only category."""
    found = coverage(site)
    return State(found.place_state[0, 0]), Reason(found.place_reason[0, 0])


# The rules: norm 300 m. (walk in m, edge of data in m, off network, island, completeness, any found) -> state, reason
NOWHERE = FAR_MM / 1000
RULES: list[tuple[float, float, bool, bool, Completeness, bool, State, Reason]] = [
    # d <= D: covered, whatever else is true
    (300, 5000, False, False, COMPLETE, True, COVERED, Reason.WITHIN_NORM),
    (300, 5000, False, False, PARTIAL, True, COVERED, Reason.WITHIN_NORM),
    (300, 0, False, False, PARTIAL, True, COVERED, Reason.WITHIN_NORM),
    (300, 5000, False, True, PARTIAL, True, COVERED, Reason.WITHIN_NORM),
    (0, 0, True, True, ABSENT, False, COVERED, Reason.WITHIN_NORM),
    # near the edge of the data: unknown, whatever the layer says
    (300.001, 299.999, False, False, COMPLETE, True, UNKNOWN, Reason.EDGE_OF_DATA),
    (NOWHERE, 0, False, False, COMPLETE, False, UNKNOWN, Reason.EDGE_OF_DATA),
    (NOWHERE, 0, True, False, PARTIAL, False, UNKNOWN, Reason.EDGE_OF_DATA),
    (NOWHERE, 299, False, False, ABSENT, False, UNKNOWN, Reason.EDGE_OF_DATA),
    # exactly at the norm from the edge: nothing beyond it can be within the norm
    (300.001, 300, False, False, COMPLETE, True, GAP, Reason.LAYER_COMPLETE),
    # off the network, or on an island
    (NOWHERE, 300, True, False, COMPLETE, True, UNKNOWN, Reason.OFF_NETWORK),
    (NOWHERE, 300, True, False, PARTIAL, True, UNKNOWN, Reason.OFF_NETWORK),
    (NOWHERE, 300, False, True, COMPLETE, False, UNKNOWN, Reason.ISLAND),
    (900, 300, False, True, PARTIAL, True, UNKNOWN, Reason.ISLAND),
    # by the state of the layer
    (900, 300, False, False, COMPLETE, True, GAP, Reason.LAYER_COMPLETE),
    (NOWHERE, 300, False, False, COMPLETE, True, GAP, Reason.LAYER_COMPLETE),
    (NOWHERE, 300, False, False, COMPLETE, False, GAP, Reason.LAYER_EMPTY_COMPLETE),
    (900, 300, False, False, PARTIAL, True, GAP, Reason.LAYER_PARTIAL),
    (NOWHERE, 300, False, False, PARTIAL, True, GAP, Reason.LAYER_PARTIAL),
    (NOWHERE, 300, False, False, PARTIAL, False, UNKNOWN, Reason.LAYER_PARTIAL_EMPTY),
    (NOWHERE, 300, False, False, ABSENT, False, UNKNOWN, Reason.LAYER_ABSENT),
]


@pytest.mark.parametrize(("walk_m", "edge_m", "off", "island", "layer", "found", "state", "reason"), RULES)
def test_the_first_rule_that_holds_decides(
    walk_m: float,
    edge_m: float,
    off: bool,
    island: bool,
    layer: Completeness,
    found: bool,
    state: State,
    reason: Reason,
) -> None:
    walk_mm = np.array([FAR_MM if walk_m == NOWHERE else round(walk_m * 1000)])
    states, reasons = judge(walk_mm, 300, np.array([edge_m]), np.array([off]), np.array([island]), layer, found)
    assert (State(states[0]), Reason(reasons[0])) == (state, reason)


# The same rows on a town: the place (100, 0), norm 300 m ------------------------------------------

NEAR = [("c", CLINIC, point(400, 0))]
"""300 m from (100, 0)."""
FAR = [("c", CLINIC, point(400, 1))]
"""On the corner's other street: 301 m."""
HERE: dict[str, Any] = {"places": {"a": point(100, 0)}}
EAST_100 = shapely.box(-10_000, -10_000, 200, 10_000)
"""Data that end 100 m east of the place."""


@pytest.mark.parametrize(
    ("made", "state", "reason"),
    [
        ({"found": NEAR}, COVERED, Reason.WITHIN_NORM),
        ({"found": NEAR, "extent": EAST_100}, COVERED, Reason.WITHIN_NORM),
        ({"found": FAR}, GAP, Reason.LAYER_PARTIAL),
        ({"found": FAR, "complete": [CLINIC]}, GAP, Reason.LAYER_COMPLETE),
        ({"complete": [CLINIC]}, GAP, Reason.LAYER_EMPTY_COMPLETE),
        ({}, UNKNOWN, Reason.LAYER_PARTIAL_EMPTY),
        ({"absent": [CLINIC]}, UNKNOWN, Reason.LAYER_ABSENT),
        ({"found": FAR, "complete": [CLINIC], "extent": EAST_100}, UNKNOWN, Reason.EDGE_OF_DATA),
        ({"complete": [CLINIC], "extent": shapely.box(150, -9, 900, 9)}, UNKNOWN, Reason.EDGE_OF_DATA),
        # the place stands in the middle of the block, 200 m from every street
        ({"found": FAR, "complete": [CLINIC], "places": {"a": point(200, 200)}}, UNKNOWN, Reason.OFF_NETWORK),
        # behind a wall
        (
            {"found": FAR, "complete": [CLINIC], "places": {"a": point(200, 50)},
             "walls": [shapely.box(150, 20, 250, 80).boundary]},
            UNKNOWN, Reason.OFF_NETWORK,
        ),
    ],
)  # fmt: skip
def test_states_in_a_town(made: dict[str, Any], state: State, reason: Reason) -> None:
    assert state_of(town(**{**HERE, **made})) == (state, reason)


# the street at the axis, 400 m, and an island of 100 m at y = 300 with its own clinic 60 m from the place on it
ISLAND: dict[str, Any] = {
    "nodes": {1: (0, 0), 2: (400, 0), 3: (0, 300), 4: (100, 300)},
    "ways": {10: "1 2", 11: "3 4"},
    "places": {"a": point(20, 300)},
    "complete": [CLINIC],
}


def test_on_an_island_only_what_is_there_counts() -> None:
    assert state_of(town(**ISLAND, found=[("c", CLINIC, point(80, 300))])) == (COVERED, Reason.WITHIN_NORM)
    assert state_of(town(**ISLAND, found=[("c", CLINIC, point(80, 0))])) == (UNKNOWN, Reason.ISLAND)


def test_a_norm_in_minutes_is_held_against_the_profile() -> None:
    # 5 minutes at 60 m/min are 300 m
    assert PLANNING.metres_per_minute == 60
    timed = category(CLINIC)
    timed = timed.__class__(**{**vars(timed), "norm": Norm(minutes=5)})
    assert state_of(town(**HERE, found=NEAR, categories=[timed])) == (COVERED, Reason.WITHIN_NORM)
    assert state_of(town(**HERE, found=FAR, categories=[timed])) == (GAP, Reason.LAYER_PARTIAL)


# Shares ------------------------------------------------------------------------------------------

# Five places; norm 300 m; the clinic at (0, 0), its layer partial. Data end at x = 500.
#   a (100, 0)  100 m            covered   beds 100  jobs  -
#   b (0, 300)  300 m            covered   beds  50  jobs 20
#   c (0, 310)  310 m, edge 500  gap (low) beds  30  jobs  -
#   d (390, 0)  390 m, edge 110  unknown   beds   -  jobs 10
#   e (200, 200) off the network; edge 300 -> not < 300, so off the network: unknown   beds 7  jobs 1
#   Straight lines: a 100, b 300, c 310, d 390, e 282.8 m: a, b and e within 300.
FIVE: dict[str, Any] = {
    "places": {
        "a": (point(100, 0), {"beds": 100}),
        "b": (point(0, 300), {"beds": 50, "jobs": 20}),
        "c": (point(0, 310), {"beds": 30}),
        "d": (point(390, 0), {"jobs": 10}),
        "e": (point(200, 200), {"beds": 7, "jobs": 1}),
    },
    "found": [("f", CLINIC, point(0, 0))],
    "extent": shapely.box(-10_000, -10_000, 500, 10_000),
}


def table(site: Site) -> pd.DataFrame:
    return coverage(site).table.set_index(["category", "by", "at"])


@pytest.mark.parametrize(
    ("by", "at", "total", "covered", "gap", "unknown", "low", "radius"),
    [
        ("beds", "norm", 187, 150, 30, 7, 30, 157),
        ("jobs", "norm", 31, 20, 0, 11, 0, 21),
        ("places", "norm", 5, 2, 1, 2, 1, 3),
        # 5 min = 300 m on the profile: as the norm
        ("beds", "5 min", 187, 150, 30, 7, 30, 157),
        # 10 min = 600 m: all but e covered; e is 300 m from the edge, so unknown; all within the radius
        ("beds", "10 min", 187, 180, 0, 7, 0, 187),
        ("places", "15 min", 5, 4, 0, 1, 0, 5),
    ],
)
def test_shares(
    by: str, at: str, total: float, covered: float, gap: float, unknown: float, low: float, radius: float
) -> None:
    row = table(town(**FIVE)).loc[(CLINIC, by, at)]
    columns = ["total", "covered", "gap", "unknown", "low_confidence", "radius"]
    assert row[columns].tolist() == [total, covered, gap, unknown, low, radius]


def test_a_declared_layer_is_not_low_in_confidence() -> None:
    row = table(town(**FIVE, complete=[CLINIC])).loc[(CLINIC, "beds", "norm")]
    assert (row["gap"], row["low_confidence"]) == (30, 0)


def test_streets_are_shared_by_length() -> None:
    # one street of 1000 m, the clinic at its west end, norm 300: 300 m covered, 700 m in gap (to the point's 10 m)
    made: dict[str, Any] = {
        "nodes": {1: (0, 0), 2: (1000, 0)}, "ways": {10: "1 2"},
        "places": {}, "found": [("f", CLINIC, point(0, 0))],
    }  # fmt: skip
    row = table(town(**made)).loc[(CLINIC, "street_m", "norm")]
    assert row[["total", "covered", "gap", "unknown"]].tolist() == pytest.approx([1000, 300, 700, 0])
    # data that end at x = 1150: what is nearer than 300 m to it (x > 850) and not covered is unknown
    row = table(town(**made, extent=shapely.box(-9e3, -9e3, 1150, 9e3))).loc[(CLINIC, "street_m", "norm")]
    assert row[["total", "covered", "gap", "unknown"]].tolist() == pytest.approx([1000, 300, 550, 150])


def test_nobody_counted_leaves_places_streets_and_footprints() -> None:
    places = {"a": shapely.box(90, 10, 110, 30), "b": shapely.box(0, 390, 10, 399)}
    found = table(town(places=places, found=[("f", CLINIC, point(0, 0))]))
    assert set(found.index.get_level_values("by")) == {"places", "footprint_m2", "street_m"}
    # a is 10 + 90 m away, b stands on the corner (0, 390..399) of the west street: at least 390 m
    row = found.loc[(CLINIC, "footprint_m2", "norm")]
    assert row[["total", "covered", "gap"]].tolist() == [490, 400, 90]


def test_a_kind_of_heads_nobody_gave_is_not_in_the_table() -> None:
    found = table(town(**FIVE))
    assert set(found.index.get_level_values("by")) & set(PEOPLE) == {"beds", "jobs"}


# Edges and bounds --------------------------------------------------------------------------------


def test_distance_to_the_edge_is_nothing_outside_and_to_the_nearest_side_inside() -> None:
    extent = shapely.box(0, 0, 1000, 1000)
    places = np.array([point(100, 500), point(-50, 500), point(0, 0), shapely.box(30, 40, 60, 70)], dtype=object)
    assert distance_to_edge(extent, places).tolist() == [100, 0, 0, 30]


@pytest.mark.parametrize(
    ("walk_m", "edge_m", "printed", "bound"),
    [
        (400, 900, 400, False),  # nothing beyond the edge can be nearer
        (400, 400, 400, False),
        (900, 400, 400, True),  # something beyond the edge might be 400 m away
        (None, 700, 700, True),  # nothing within the limit of 2000 m
        (None, 5000, np.inf, False),  # more than the limit, though less than the way to the edge for all we know
    ],
)
def test_a_distance_is_at_least_what_the_edge_allows(
    walk_m: float | None, edge_m: float, printed: float, bound: bool
) -> None:
    walk_mm = np.array([FAR_MM if walk_m is None else round(walk_m * 1000)])
    metres, lower = at_least(walk_mm, np.array([float(edge_m)]), 2000)
    assert (metres[0], lower[0]) == (printed, bound)


def test_no_places_and_no_categories() -> None:
    empty = coverage(town(places={}, found=[("f", CLINIC, point(0, 0))]))
    assert empty.place_state.shape == (1, 0) and (empty.table["covered"] >= 0).all()


def test_a_clinic_near_by_that_joins_no_street_leaves_it_unknown() -> None:
    # the street ends at x = 400; the clinic stands 110 m south of it, beyond the 100 m connector; the place on it
    far = {"places": {"a": point(200, 0)}, "complete": ["clinic"], "categories": [category("clinic", 150)]}
    assert state_of(town(**far, found=[("c", CLINIC, point(200, -110))])) == (UNKNOWN, Reason.FACILITY_OFF_NETWORK)
    assert state_of(town(**far, found=[("c", CLINIC, point(200, -160))])) == (GAP, Reason.LAYER_COMPLETE)
