"""Walks to the nearest facility, worked out on paper. The default town is a block of 400 m by 400 m."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
import shapely
from towns import CRS, ROUND, SQUARE, category, demand, facilities, metres, moved_to, nearest, network, point, town

from lifecircle.assessment import walk
from lifecircle.attach import join
from lifecircle.model import FAR_MM
from lifecircle.reach import cut, locate

CLINIC = "clinic"


def walked(**made: Any) -> float | None:
    """The walk of the only place to the only category."""
    [value] = metres(town(**made)).values()
    return value


def test_along_one_edge() -> None:
    # down 30, along from x = 100 to 250, up 40
    assert walked(places={"a": point(100, 30)}, found=[("c", CLINIC, point(250, 40))]) == 30 + 150 + 40


def test_two_places_on_one_edge_walk_directly_not_by_its_ends() -> None:
    # both on the street from 1 to 2: 20 m apart
    assert walked(places={"a": point(100, 0)}, found=[("c", CLINIC, point(120, 0))]) == 20


def test_the_shorter_way_round() -> None:
    # from (100, 0) to (300, 400): west 100 + 400 + 300 = 800, east 300 + 400 + 100 = 800; at (299, 400) west is 799
    assert walked(places={"a": point(100, 0)}, found=[("c", CLINIC, point(299, 400))]) == 799
    assert walked(places={"a": point(100, 0)}, found=[("c", CLINIC, point(301, 400))]) == 799


def test_at_one_spot() -> None:
    assert walked(places={"a": point(100, 0)}, found=[("c", CLINIC, point(100, 0))]) == 0


def test_a_facility_on_a_node_and_one_at_the_very_end_of_an_edge() -> None:
    assert walked(places={"a": point(100, 0)}, found=[("c", CLINIC, point(0, 0))]) == 100
    assert walked(places={"a": point(100, 0)}, found=[("c", CLINIC, point(400, 0))]) == 300


def test_facilities_between_a_place_and_another_facility_do_not_stop_the_walk() -> None:
    found = [("b", "bank", point(150, 0)), ("c", CLINIC, point(200, 0)), ("d", "bank", point(150, 0))]
    site = town(places={"a": point(100, 0)}, found=found, categories=[category("bank"), category(CLINIC)])
    assert metres(site) == {("a", "bank"): 50, ("a", CLINIC): 100}


def test_parallel_edges_take_the_shorter() -> None:
    # 1 to 2 straight 100 m, and by (0, 50), (100, 50) 200 m; on to (150, 0)
    nodes = {1: (0, 0), 2: (100, 0), 3: (0, 50), 4: (100, 50), 5: (-50, 0), 6: (150, 0)}
    ways = {10: "1 2", 11: "1 3 4 2", 12: "5 1", 13: "2 6"}
    assert walked(nodes=nodes, ways=ways, places={"a": point(-50, 0)}, found=[("c", CLINIC, point(150, 0))]) == 200


def test_a_loop_is_walked_either_way() -> None:
    # a stick from (-100, 0) to (0, 0), then a loop of 60 + 80 + 100; the clinic 100 m into it, and 140 from its end
    nodes = {1: (-100, 0), 2: (0, 0), 3: (60, 0), 4: (60, 80)}
    ways = {10: "1 2", 11: "2 3 4 2"}
    assert walked(nodes=nodes, ways=ways, places={"a": point(-100, 0)}, found=[("c", CLINIC, point(60, 40))]) == 200
    # 20 m short of the corner (60, 80): 120 m in, 20 + 100 back; 50 m from the node on the hypotenuse: (30, 40)
    two = {"places": {"a": point(30, 40)}, "found": [("c", CLINIC, point(60, 60))]}
    assert walked(nodes=nodes, ways=ways, **two) == 50 + 20


def test_an_edge_of_no_length_is_walked_over() -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (100, 0), 4: (200, 0)}
    ways = {10: "1 2", 11: "2 3", 12: "3 4"}
    assert walked(nodes=nodes, ways=ways, places={"a": point(0, 0)}, found=[("c", CLINIC, point(200, 0))]) == 200


def test_streets_that_cross_on_two_levels_are_not_joined() -> None:
    # the bridge's node has the coordinates of the street's, but is another
    nodes = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (100, -300), 5: (100, 0), 6: (100, 300), 7: (-100, -300)}
    ways = {10: "1 2 3", 11: "4 5 6", 12: "4 7 1"}
    # from (100, -100): 200 back to 4, 200 west, hypot(100, 300) = 316.228 up to 1, 50 east
    far = walked(nodes=nodes, ways=ways, places={"a": point(100, -100)}, found=[("c", CLINIC, point(50, 0))])
    assert far == pytest.approx(200 + 200 + 316.228 + 50)


def test_a_bridge_is_walked_but_not_joined() -> None:
    # 2 - 3 is a bridge of 200 m; the place stands beside its middle and has 102 m to either end
    nodes = {1: (0, 0), 2: (100, 0), 3: (300, 0), 4: (400, 0)}
    ways = {10: "1 2", 11: "2 3", 12: "3 4"}
    found = [("c", CLINIC, point(400, 0))]
    over = {"nodes": nodes, "ways": ways, "above": [11], "found": found}
    assert walked(places={"a": point(50, 0)}, **over) == 350
    assert walked(places={"a": point(180, 60)}, **over, connector_m=99) is None
    assert walked(places={"a": point(180, 60)}, **over) == 100 + 200 + 100


# Private ways: 1 -- 2 -- 3 -- 4 along the axis, 100 m each; 2 - 3 is private; a public way round by (100, 200)
# and (200, 200) of 500 m.
PRIVATE: dict[str, Any] = {
    "nodes": {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (300, 0), 5: (100, 200), 6: (200, 200)},
    "ways": {10: "1 2", 11: "2 3", 12: "3 4", 13: "2 5 6 3"},
    "private": [11],
}


@pytest.mark.parametrize(("private_ways", "walk_m"), [("ends", 700), ("through", 300), ("closed", 700)])
def test_a_private_way_carries_no_walk_through(private_ways: str, walk_m: float) -> None:
    ends = {"places": {"a": point(0, 0)}, "found": [("c", CLINIC, point(300, 0))]}
    assert walked(**PRIVATE, **ends, private_ways=private_ways) == walk_m


@pytest.mark.parametrize("private_ways", ["ends", "through"])
def test_a_walk_may_begin_and_end_on_a_private_way(private_ways: str) -> None:
    # from its middle to either end and on; and the other way about
    assert (
        walked(**PRIVATE, places={"a": point(150, 0)}, found=[("c", CLINIC, point(300, 0))], private_ways=private_ways)
        == 150
    )
    assert (
        walked(**PRIVATE, places={"a": point(0, 0)}, found=[("c", CLINIC, point(150, 0))], private_ways=private_ways)
        == 150
    )


def test_a_closed_private_way_is_not_there() -> None:
    # from (130, 0) the nearest street left is (100, 0), 30 m away
    assert (
        walked(**PRIVATE, places={"a": point(130, 0)}, found=[("c", CLINIC, point(0, 0))], private_ways="closed") == 130
    )


def test_two_places_on_one_private_way_walk_along_it() -> None:
    assert walked(**PRIVATE, places={"a": point(120, 0)}, found=[("c", CLINIC, point(180, 0))]) == 60


# A private yard: public 1 -- 2 -- 3 along the axis; inside, private 2 -- 4 -- 5 and 4 -- 6 (node 4 at (100, 100) is
# inside the yard); 5 at (100, 200), 6 at (200, 100); another public street 5 -- 7 -- 8 beyond, both long enough to
# be no islands.
YARD: dict[str, Any] = {
    "nodes": {
        1: (0, 0),
        2: (100, 0),
        3: (3000, 0),
        4: (100, 100),
        5: (100, 200),
        6: (200, 100),
        7: (0, 200),
        8: (-3000, 200),
    },
    "ways": {10: "1 2 3", 11: "2 4", 12: "4 5", 13: "4 6", 14: "5 7 8"},
    "private": [11, 12, 13],
}


def test_a_walk_goes_deep_into_a_yard_but_not_out_on_the_other_side() -> None:
    inside = walked(**YARD, places={"a": point(0, 0)}, found=[("c", CLINIC, point(200, 100))])
    assert inside == 100 + 100 + 100
    assert walked(**YARD, places={"a": point(0, 0)}, found=[("c", CLINIC, point(0, 200))]) is None


def test_a_walk_leaves_a_yard_on_either_side_and_moves_about_in_it() -> None:
    for clinic, walk_m in [(point(0, 0), 300), (point(0, 200), 300), (point(100, 150), 150)]:
        assert walked(**YARD, places={"a": point(200, 100)}, found=[("c", CLINIC, clinic)]) == walk_m


def test_from_one_yard_through_public_streets_into_another() -> None:
    nodes = {1: (0, 0), 2: (100, 0), 3: (0, 50), 4: (100, 50), 5: (0, 80), 6: (100, 80)}
    ways = {10: "1 2", 11: "1 3", 12: "3 5", 13: "2 4", 14: "4 6"}
    both = {"private": [11, 12, 13, 14], "places": {"a": point(0, 80)}, "found": [("c", CLINIC, point(100, 80))]}
    assert walked(nodes=nodes, ways=ways, **both) == 80 + 100 + 80


# Areas, gates, enclosures ------------------------------------------------------------------------


def test_a_park_is_reached_where_a_path_meets_its_outline() -> None:
    # way 14 runs from (200, 0) north through the park 150..250 x 100..300: 100 m in, at (200, 100)
    nodes = {**SQUARE, 5: (200, 0), 6: (200, 400)}
    ways = {**ROUND, 10: "1 5 2", 12: "3 6 4", 14: "5 6"}
    park = ("p", CLINIC, shapely.box(150, 100, 250, 300))
    assert walked(nodes=nodes, ways=ways, places={"a": point(100, 0)}, found=[park]) == 100 + 100


def test_a_park_with_gates_is_reached_at_the_nearest_of_them() -> None:
    # gates (200, 60) and (60, 200), each 60 m from a street; from (0, 100): 100 up to (0, 200) and 60 in
    park = ("p", CLINIC, shapely.box(60, 60, 340, 340))
    gates = [point(200, 60), point(60, 200)]
    assert walked(places={"a": point(0, 100)}, found=[park], gates=gates) == 160
    assert walked(places={"a": point(150, 0)}, found=[park], gates=gates) == 110


def test_a_place_inside_a_facilitys_area_is_there() -> None:
    assert walked(places={"a": point(200, 200)}, found=[("p", CLINIC, shapely.box(150, 100, 250, 300))]) == 0


def test_one_enclosure_is_crossed_directly() -> None:
    # a yard 50..350 x 50..350 with its only gate in the south: 30-40-50 across it
    yard = shapely.box(50, 50, 350, 350)
    inside = {"places": {"a": point(200, 200)}, "found": [("c", CLINIC, point(230, 240))]}
    assert walked(**inside, enclosures=[yard], gates=[point(200, 50)]) == 50


def test_a_canal_in_an_enclosure_is_not_crossed() -> None:
    # 20 m apart on either side: 140 m to a gate, 50 m to the street, 800 m round, 50 m and 140 m in again
    yard, canal = shapely.box(50, 50, 350, 350), shapely.LineString([(50, 200), (350, 200)])
    inside = {"places": {"a": point(200, 190)}, "found": [("c", CLINIC, point(200, 210))]}
    gates = [point(200, 50), point(200, 350)]
    assert walked(**inside, enclosures=[yard], gates=gates) == 20
    assert walked(**inside, enclosures=[yard], gates=gates, walls=[canal]) == pytest.approx(1180, abs=0.1)


def test_from_an_enclosure_by_its_gate() -> None:
    # 150 m to the gate (200, 50), 50 m to the street, 100 m along it
    yard = shapely.box(50, 50, 350, 350)
    outside = {"places": {"a": point(200, 200)}, "found": [("c", CLINIC, point(300, 0))]}
    assert walked(**outside, enclosures=[yard], gates=[point(200, 50)]) == 150 + 50 + 100
    assert walked(**outside, enclosures=[yard], gates=[point(200, 50), point(350, 200)]) == 300
    # a second gate in the east, 150 + 50 m, leads to (400, 200): to the clinic at (400, 100) 100 m more
    east = {**outside, "found": [("c", CLINIC, point(400, 100))]}
    assert walked(**east, enclosures=[yard], gates=[point(200, 50), point(350, 200)]) == 150 + 50 + 100


def test_into_an_enclosure_by_its_gate() -> None:
    yard = shapely.box(50, 50, 350, 350)
    site = {"places": {"a": point(300, 0)}, "found": [("c", CLINIC, point(200, 200))]}
    assert walked(**site, enclosures=[yard], gates=[point(200, 50)]) == 100 + 50 + 150


# Limit -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit_m", "walk_m"), [(300, 300), (299.999, None), (2000, 300)])
def test_the_limit_is_still_reached_and_nothing_beyond_it_is(limit_m: float, walk_m: float | None) -> None:
    # 20 + 250 + 30; the node search itself stays below the limit, the connectors tip it over
    made = {"places": {"a": point(50, 20)}, "found": [("c", CLINIC, point(300, 30))]}
    assert walked(**made, limit_m=limit_m) == walk_m


def test_beyond_the_limit_no_facility_is_named_and_nodes_say_minus_one() -> None:
    site = town(places={"a": point(50, 20)}, found=[("c", CLINIC, point(300, 30))], limit_m=200)
    reach, _ = walk(site)
    assert nearest(site, reach) == {("a", CLINIC): None}
    # from the clinic: 30 + 100 to node 2 is within, 30 + 300 to node 1 is not
    at = dict(zip(site.network.node_id.tolist(), reach.node_mm[0].tolist(), strict=False))
    assert at == {1: -1, 2: 130_000, 3: -1, 4: -1}
    assert reach.crow_mm.tolist() == [[round(np.hypot(250, 10) * 1000)]]


def test_no_facility_at_all() -> None:
    reach, _ = walk(town(places={"a": point(50, 20)}))
    assert reach.place_mm.tolist() == [[FAR_MM]] and reach.crow_mm.tolist() == [[FAR_MM]]
    assert (reach.node_mm == -1).all()


def test_no_places_at_all() -> None:
    reach, _ = walk(town(places={}, found=[("c", CLINIC, point(0, 0))]))
    assert reach.place_mm.shape == (1, 0) and reach.facility_mm.tolist() == [FAR_MM]


# Ties and order ----------------------------------------------------------------------------------


def test_a_tie_goes_to_the_smaller_id_whatever_the_order() -> None:
    # b, c and d are 100 m from the place: west, east, and at the same spot as c
    rows = [("b", CLINIC, point(100, 0)), ("c", CLINIC, point(300, 0)), ("d", CLINIC, point(300, 0))]
    for order in permutations(rows):
        site = town(places={"a": point(200, 0)}, found=order)
        assert nearest(site, walk(site)[0]) == {("a", CLINIC): "b"}
    for order in permutations(rows[1:]):
        site = town(places={"a": point(200, 0)}, found=order)
        assert nearest(site, walk(site)[0]) == {("a", CLINIC): "c"}


def test_a_tie_at_a_junction_goes_to_the_smaller_id() -> None:
    # three arms of 100 m with a clinic at the end of each; the place stands 30 m down the fourth
    nodes = {1: (0, 0), 2: (100, 0), 3: (0, 100), 4: (-100, 0), 5: (0, -100)}
    ways = {10: "1 2", 11: "1 3", 12: "1 4", 13: "1 5"}
    ends = [point(100, 0), point(0, 100), point(-100, 0)]
    for order in permutations(["b", "c", "d"]):
        found = [(id, CLINIC, at) for id, at in zip(order, ends, strict=True)]
        site = town(nodes=nodes, ways=ways, places={"a": point(0, -30)}, found=found)
        assert nearest(site, walk(site)[0]) == {("a", CLINIC): "b"}


# A place never serves itself ---------------------------------------------------------------------


def plants(count: int) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    """Plants every 10 m along the street, each a place and a workplace."""
    at = {f"p{i}": point(10 * i * i, 0) for i in range(count)}
    return {id: (xy, {"kind": "workplace"}) for id, xy in at.items()}, [(id, "work", xy) for id, xy in at.items()]


def test_a_place_that_is_the_only_facility_has_none() -> None:
    places, found = plants(1)
    site = town(places=places, found=found, categories=[category("work")])
    reach, _ = walk(site)
    assert nearest(site, reach) == {("p0", "work"): None}
    assert reach.crow_mm.tolist() == [[FAR_MM]]


def test_a_place_goes_to_the_nearest_other() -> None:
    # at 0, 10, 40, 90, 160 m: the nearest other is the left neighbour, but for the first
    places, found = plants(5)
    site = town(places=places, found=found, categories=[category("work")])
    reach, _ = walk(site)
    assert nearest(site, reach) == {
        ("p0", "work"): "p1", ("p1", "work"): "p0", ("p2", "work"): "p1", ("p3", "work"): "p2", ("p4", "work"): "p3",
    }  # fmt: skip
    assert reach.place_mm.tolist() == [[10_000, 10_000, 30_000, 50_000, 70_000]]
    assert reach.crow_mm.tolist() == [[10_000, 10_000, 30_000, 50_000, 70_000]]


def test_others_at_the_same_spot_still_serve() -> None:
    places, found = plants(2)
    site = town(places=places, found=[*found, ("q", "work", point(0, 0))], categories=[category("work")])
    reach, _ = walk(site)
    assert nearest(site, reach)["p0", "work"] == "q"
    assert reach.place_mm.tolist() == [[0, 10_000]] and reach.crow_mm.tolist() == [[0, 10_000]]


def test_a_part_of_an_area_is_not_served_by_the_area_nor_by_another_part() -> None:
    # a plant split in two cells that the user's file makes a facility each, and a plant beyond, 200 m on
    parts = {f"plant#{i}": (point(10 * i, 0), {"area_id": "plant"}) for i in (1, 2)}
    split = [("plant#1", "work", point(10, 0)), ("plant#2", "work", point(20, 0)), ("z", "work", point(220, 0))]
    assert metres(town(places=parts, found=split, categories=[category("work")])) == {
        ("plant#1", "work"): 210,
        ("plant#2", "work"): 200,
    }
    # the same as one area that is a facility itself
    area = [("plant", "work", shapely.box(0, -5, 30, 5)), ("z", "work", point(220, 0))]
    assert metres(town(places=parts, found=area, categories=[category("work")])) == {
        ("plant#1", "work"): 210,
        ("plant#2", "work"): 200,
    }


# The way back ------------------------------------------------------------------------------------


def test_each_facility_knows_its_nearest_place() -> None:
    # c is 30 + 150 + 40 from a; d stands in the yard of YARD's inner node; e is where nobody can walk
    places = {"a": point(100, 30), "b": point(390, 0)}
    found = [("c", CLINIC, point(250, 40)), ("d", CLINIC, point(250, 200)), ("e", CLINIC, point(2000, 0))]
    site = town(places=places, found=found)
    # c to b: 40 + 140 = 180; d is more than 100 m from any street
    assert walk(site)[0].facility_mm.tolist() == [180_000, FAR_MM, FAR_MM]


def test_a_facility_deep_in_a_yard_knows_its_nearest_place() -> None:
    site = town(**YARD, places={"a": point(0, 0), "b": point(0, 200)}, found=[("c", CLINIC, point(200, 100))])
    assert walk(site)[0].facility_mm.tolist() == [300_000]
    inside = town(**YARD, places={"a": point(100, 150)}, found=[("c", CLINIC, point(0, 0))])
    assert walk(inside)[0].facility_mm.tolist() == [250_000]


# The cut graph -----------------------------------------------------------------------------------


def test_an_edge_is_cut_at_every_door_once() -> None:
    # doors at 100 (twice), 300, and at both ends: three pieces of 100, 200 and 100 m
    net = network({1: (0, 0), 2: (400, 0)}, {10: "1 2"})
    at = np.array([point(x, 0) for x in (300, 100, 100, 0, 400)], dtype=object)
    doors = join(net, at, 100_000).attachment
    graph, node = cut(net, doors)
    assert sorted(graph.piece_mm.tolist()) == [100_000, 100_000, 200_000] and graph.nodes == 4
    assert node[1] == node[2] and len(set(node.tolist())) == 4


def test_points_are_found_on_their_pieces() -> None:
    net = network({1: (0, 0), 2: (400, 0), 3: (400, 900)}, {10: "1 2", 11: "2 3"})
    doors = join(net, np.array([point(100, 0), point(300, 0)], dtype=object), 100_000).attachment
    graph, _ = cut(net, doors)
    edge = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    offset = np.array([0, 99_999, 100_000, 250_000, 300_000, 400_000, 0, 900_000])
    piece, rest = locate(graph, edge, offset)
    assert (graph.piece_edge[piece] == edge).all()
    assert (graph.piece_from_mm[piece] + rest == offset).all()
    assert (rest <= graph.piece_mm[piece]).all() and (rest >= 0).all()


def test_along_a_piece_the_walk_leaves_by_either_end() -> None:
    # clinics at 100 and 300: 90 m is 10 from the first, 180 is 80, 210 is 90 from the second
    found = [("c", CLINIC, point(100, 0)), ("d", CLINIC, point(300, 0))]
    site = town(nodes={1: (0, 0), 2: (400, 0)}, ways={10: "1 2"}, places={"a": point(0, 0)}, found=found)
    reach, streets = walk(site)
    walk_mm = reach.along_mm(0, streets.piece, streets.offset_mm)
    expected = np.minimum(np.abs(streets.xy[:, 0] - 100), np.abs(streets.xy[:, 0] - 300)) * 1000
    np.testing.assert_allclose(walk_mm, expected, atol=1)
    assert streets.length_m.sum() == pytest.approx(400)


def test_street_points_stand_for_the_length_inside_the_boundary() -> None:
    # the boundary cuts the street at x = 200
    inside = shapely.box(0, -50, 200, 50)
    site = town(nodes={1: (0, 0), 2: (400, 0)}, ways={10: "1 2"}, places={}, boundary=inside)
    assert walk(site)[1].length_m.sum() == pytest.approx(200)


def test_planned_facilities_do_not_count() -> None:
    site = town(places={"a": point(100, 0)}, found=[("c", CLINIC, point(300, 0))])
    planned = facilities([("new", CLINIC, point(110, 0))])
    assert metres(moved_to(site, planned=planned)) == {("a", CLINIC): 200}


def test_towns_say_what_they_hold() -> None:
    frame = demand({"a": (point(0, 0), {"beds": 3})})
    assert frame.crs == CRS and frame["beds"].tolist() == [3] and np.isnan(frame["jobs"]).all()


def test_a_public_path_beside_a_private_way_does_not_stop_the_walk_on_it() -> None:
    """A clinic deep on a private drive reaches the street though a public path meets the drive on the way.

    Drive 4 - 5 - 2 of 100 m a piece joins the street at 2; at 5 a public path of 50 m begins. Clinic at 4, place at 1
    on the street 100 m from 2: 100 + 100 + 100. On the public path the walk ends 50 m from 5: 100 + 50.
    """
    yard = {
        "nodes": {1: (0, 0), 2: (100, 0), 3: (1000, 0), 4: (100, 200), 5: (100, 100), 6: (150, 100)},
        "ways": {10: "1 2 3", 11: "4 5 2", 12: "5 6"},
        "private": [11],
    }
    assert walked(**yard, places={"a": point(0, 0)}, found=[("c", CLINIC, point(100, 200))]) == 300
    assert walked(**yard, places={"a": point(150, 100)}, found=[("c", CLINIC, point(100, 200))]) == 150
