"""From ways to edges: where they meet, where they are cut, what is left out."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest
import shapely
from towns import ROUND, SQUARE, edges, network, streets

from lifecircle.model import Streets
from lifecircle.network import build_network


def test_ways_are_cut_where_they_meet() -> None:
    #   3           way 10: 1-2-4 along the axis, 100 + 150 m
    #   |           way 11: 2-3, 70 m up; they meet at node 2
    # 1-2-4
    net = network({1: (0, 0), 2: (100, 0), 3: (100, 70), 4: (250, 0)}, {10: "1 2 4", 11: "2 3"})
    assert edges(net) == [(1, 2, 100_000), (2, 3, 70_000), (2, 4, 150_000)]


def test_a_bend_is_no_node() -> None:
    # 30 m east and 40 m north: 70 m along, not the 50 m of the straight line
    net = network({1: (0, 0), 2: (30, 0), 3: (30, 40)}, {10: "1 2 3"})
    assert edges(net) == [(1, 3, 70_000)]
    assert net.vertex_mm.tolist() == [0, 30_000, 70_000]


def test_a_segment_is_rounded_to_the_millimetre_and_the_edge_is_their_sum() -> None:
    # each segment is sqrt(2) m = 1.41421 m -> 1414 mm; three of them 4242 mm (4242.6 unrounded)
    net = network({1: (0, 0), 2: (1, 1), 3: (2, 2), 4: (3, 3)}, {10: "1 2 3 4"})
    assert edges(net) == [(1, 4, 3 * round(math.sqrt(2) * 1000))] == [(1, 4, 4242)]


def test_a_missing_node_splits_the_way() -> None:
    # 1 - 2 - (9 is outside the extract) - 3 - 4: two edges, nothing from 2 to 3
    nodes = {1: (0, 0), 2: (100, 0), 3: (300, 0), 4: (400, 0)}
    assert edges(network(nodes, {10: "1 2 9 3 4"})) == [(1, 2, 100_000), (3, 4, 100_000)]


def test_a_missing_node_at_either_end_is_dropped() -> None:
    assert edges(network({1: (0, 0), 2: (100, 0)}, {10: "8 1 2 9"})) == [(1, 2, 100_000)]


def test_nodes_at_one_place_stay_apart_where_their_ways_do_not_meet() -> None:
    # way 10 passes under way 11 at (100, 0): nodes 2 and 5 have the same coordinates, no street joins them
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (100, -50), 5: (100, 0), 6: (100, 50)}
    assert edges(network(nodes, {10: "1 2 3", 11: "4 5 6"})) == [(1, 3, 200_000), (4, 6, 100_000)]


def test_parallel_edges_stay_two() -> None:
    # straight 100 m, and a detour of 50 + 100 + 50
    nodes = {1: (0, 0), 2: (100, 0), 3: (0, 50), 4: (100, 50)}
    assert edges(network(nodes, {10: "1 2", 11: "1 3 4 2"})) == [(1, 2, 100_000), (1, 2, 200_000)]


def test_a_loop_begins_and_ends_at_its_node() -> None:
    # a triangle 3-4-5 on a stick: 60 + 80 + 100
    nodes = {1: (-100, 0), 2: (0, 0), 3: (60, 0), 4: (60, 80)}
    assert edges(network(nodes, {10: "1 2", 11: "2 3 4 2"})) == [(1, 2, 100_000), (2, 2, 240_000)]


def test_a_way_that_crosses_itself_is_cut_there() -> None:
    # an alpha: 1-2-3-4-2-5 passes node 2 twice
    nodes = {1: (-100, 0), 2: (0, 0), 3: (100, 0), 4: (0, 100), 5: (0, -100)}
    assert edges(network(nodes, {10: "1 2 3 4 2 5"})) == [(1, 2, 100_000), (2, 2, 341_421), (2, 5, 100_000)]


def test_an_edge_of_no_length_joins_two_nodes_at_one_place() -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 0), 4: (200, 0)}
    assert edges(network(nodes, {10: "1 2", 11: "2 3", 12: "3 4"})) == [(1, 2, 100_000), (2, 3, 0), (3, 4, 100_000)]


def test_a_node_named_twice_in_a_row_is_one() -> None:
    assert edges(network({1: (0, 0), 2: (100, 0)}, {10: "1 1 2 2"})) == [(1, 2, 100_000)]


def test_a_way_of_one_node_is_nothing() -> None:
    assert edges(network({1: (0, 0), 2: (100, 0)}, {10: "1", 11: "1 2"})) == [(1, 2, 100_000)]


def test_no_ways_make_an_empty_network() -> None:
    net = network({1: (0, 0)}, {})
    assert edges(net) == [] and len(net.node_id) == 0


def test_edges_that_do_not_touch_the_study_area_are_left_out() -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (900, 0), 5: (950, 0)}
    net = network(nodes, {10: "1 2 3", 11: "3 4", 12: "4 5"}, study_area=shapely.box(-50, -50, 250, 50))
    assert edges(net) == [(1, 3, 200_000), (3, 4, 700_000)]
    assert net.node_id.tolist() == [1, 3, 4]


@pytest.mark.parametrize(
    ("private_ways", "kept", "marked"),
    [("ends", [10, 11], [11]), ("through", [10, 11], []), ("closed", [10], [])],
)
def test_private_ways_stay_inside_the_boundary_as_the_site_asks(
    private_ways: str, kept: list[int], marked: list[int]
) -> None:
    # 11 is private inside the boundary (x < 300), 12 private outside: always left out
    nodes = {1: (0, 0), 2: (200, 0), 3: (200, 90), 4: (500, 0), 5: (500, 90)}
    net = network(
        nodes,
        {10: "1 2 4", 11: "2 3", 12: "4 5"},
        private=[11, 12],
        private_ways=private_ways,  # type: ignore[arg-type]
        boundary=shapely.box(-100, -100, 300, 100),
    )
    assert sorted(set(net.way_id.tolist())) == kept
    assert sorted(set(net.way_id[net.private].tolist())) == marked


def test_the_longest_part_and_parts_of_two_kilometres_are_trusted() -> None:
    # 3000 m, 2000 m (just long enough) and 1999 m, all apart
    nodes = {1: (0, 0), 2: (3000, 0), 3: (0, 500), 4: (2000, 500), 5: (0, 900), 6: (1999, 900)}
    net = network(nodes, {10: "1 2", 11: "3 4", 12: "5 6"})
    assert dict(zip(net.way_id.tolist(), net.trusted.tolist(), strict=True)) == {10: True, 11: True, 12: False}


def test_the_longest_part_is_trusted_however_short() -> None:
    net = network({1: (0, 0), 2: (90, 0), 3: (0, 50), 4: (30, 50)}, {10: "1 2", 11: "3 4"})
    assert dict(zip(net.way_id.tolist(), net.trusted.tolist(), strict=True)) == {10: True, 11: False}


def test_the_order_of_ways_and_nodes_changes_nothing() -> None:
    nodes = {**SQUARE, 5: (200, 0), 6: (200, 400)}
    ways = {**ROUND, 10: "1 5 2", 12: "3 6 4", 14: "5 6"}
    one = build_network(streets(nodes, ways, private=[14]), shapely.box(-9, -9, 999, 999), shapely.box(0, 0, 9, 9))
    back = lambda table: dict(reversed(list(table.items())))  # noqa: E731
    other = build_network(
        streets(back(nodes), back(ways), private=[14]), shapely.box(-9, -9, 999, 999), shapely.box(0, 0, 9, 9)
    )
    for field in fields(one):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))


def test_streets_of_a_town_say_which_nodes_are_missing() -> None:
    made: Streets = streets({1: (0, 0)}, {10: "1 2"})
    assert made.way_node.tolist() == [0, -1]
