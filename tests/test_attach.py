"""Where places join the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely
from towns import ROUND, SQUARE, network, point

from lifecircle.attach import join
from lifecircle.model import Joined, WalkNetwork

Row = tuple[int, int, float, float]

LONG = network({1: (0, 0), 2: (400, 0)}, {10: "1 2"})
"""One street of 400 m along the axis."""


def array(shapes: Sequence[shapely.Geometry]) -> np.ndarray[Any, Any]:
    out = np.empty(len(shapes), dtype=object)
    out[:] = list(shapes)
    return out


def joined(net: WalkNetwork, *places: shapely.Geometry, limit_m: float = 100, **around: Any) -> Joined:
    given = {key: array(value) if isinstance(value, list) else value for key, value in around.items()}
    return join(net, array(places), round(limit_m * 1000), **given)


def rows(net: WalkNetwork, *places: shapely.Geometry, limit_m: float = 100, **around: Any) -> list[Row]:
    """(place, id of the way, metres from the edge's end of the smaller id, metres of connector) of every joint."""
    a = joined(net, *places, limit_m=limit_m, **around).attachment
    backwards = net.edge_u[a.edge] > net.edge_v[a.edge]
    along = np.where(backwards, net.edge_mm[a.edge] - a.offset_mm, a.offset_mm)
    columns = (a.place, net.way_id[a.edge], along / 1000, a.connector_mm / 1000)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def test_a_place_joins_the_nearest_point_of_an_edge_not_its_nodes() -> None:
    assert rows(LONG, point(130, 40)) == [(0, 10, 130, 40)]


def test_a_place_beyond_the_end_joins_the_end() -> None:
    # 30 m past the end and 40 m aside: sqrt(30^2 + 40^2) = 50
    assert rows(LONG, point(430, 40)) == [(0, 10, 400, 50)]


def test_a_place_on_a_street_needs_no_connector() -> None:
    assert rows(LONG, point(130, 0)) == [(0, 10, 130, 0)]


def test_the_offset_counts_along_the_bends() -> None:
    # 100 m east, then north; the place lies 60 m up: 160 m along
    bent = network({1: (0, 0), 2: (100, 0), 3: (100, 200)}, {10: "1 2 3"})
    assert rows(bent, point(120, 60)) == [(0, 10, 160, 20)]


@pytest.mark.parametrize(("away", "off"), [(99.9, False), (100, False), (100.1, True)])
def test_the_longest_connector_is_still_a_connector(away: float, off: bool) -> None:
    found = joined(LONG, point(200, away))
    assert found.off_network.tolist() == [off]
    assert len(found.attachment.place) == (0 if off else 1)


def test_a_building_joins_from_its_nearest_wall() -> None:
    # the outline begins 20 m from the street
    assert rows(LONG, shapely.box(100, 20, 110, 60))[0][3] == 20


def test_the_two_parts_of_an_edge_sum_to_it() -> None:
    # hypot(100, 33) = 105.304; the place's foot lies (41 * 100 + 20 * 33) / 105.304 = 45.202 along
    [(_, _, there, _)] = rows(network({1: (0, 0), 2: (100, 33)}, {10: "1 2"}), point(41, 20))
    [(_, _, back, _)] = rows(network({1: (100, 33), 2: (0, 0)}, {10: "1 2"}), point(41, 20))
    assert (there, back) == (45.202, 60.102)


def test_nothing_attaches_to_a_bridge() -> None:
    # the bridge (way 11) passes 10 m from the place, the street 60 m
    net = network({1: (0, 0), 2: (400, 0), 3: (0, 70), 4: (400, 70)}, {10: "1 2", 11: "3 4", 12: "1 3"}, above=[11])
    assert rows(net, point(200, 60)) == [(0, 10, 200, 60)]


def test_an_island_does_not_swallow_a_place_near_the_network() -> None:
    # way 11, 100 m long, is cut off from the rest and nearer
    net = network({1: (0, 0), 2: (400, 0), 3: (150, 70), 4: (250, 70)}, {10: "1 2", 11: "3 4"})
    found = joined(net, point(200, 60))
    assert rows(net, point(200, 60)) == [(0, 10, 200, 60)]
    assert not found.island.any() and not found.off_network.any()


def test_a_place_with_nothing_but_an_island_joins_it_and_says_so() -> None:
    net = network({1: (0, 0), 2: (400, 0), 3: (150, 170), 4: (250, 170)}, {10: "1 2", 11: "3 4"})
    assert rows(net, point(200, 160)) == [(0, 11, 50, 10)]
    assert joined(net, point(200, 160)).island.tolist() == [True]


def test_a_wall_sends_a_place_to_another_street() -> None:
    # a wall 10 m north of the street from x = 100 to 300 hides it from the place; way 11 runs 90 m north of it
    net = network({1: (0, 0), 2: (400, 0), 3: (0, 120), 4: (400, 120)}, {10: "1 2", 11: "3 4", 12: "1 3"})
    wall = shapely.LineString([(100, 10), (300, 10)])
    assert rows(net, point(200, 30)) == [(0, 10, 200, 30)]
    assert rows(net, point(200, 30), walls=[wall]) == [(0, 11, 200, 90)]


def test_a_wall_leaves_the_shortest_free_connector_to_a_segment() -> None:
    # two segments: the wall hides the left one's nearest point, the right one begins at (200, 0)
    net = network({1: (0, 0), 2: (200, 0), 3: (400, 0)}, {10: "1 2 3"})
    wall = shapely.LineString([(140, 5), (160, 5)])
    assert rows(net, point(150, 20), walls=[wall]) == [(0, 10, 200, round(np.hypot(50, 20), 3))]


def test_a_place_walled_in_is_off_the_network() -> None:
    yard = shapely.box(150, 10, 250, 60).boundary
    found = joined(LONG, point(200, 30), walls=[yard])
    assert found.off_network.tolist() == [True]


def test_a_connector_may_touch_the_end_of_a_wall() -> None:
    wall = shapely.LineString([(200, 10), (300, 10)])
    assert rows(LONG, point(200, 30), walls=[wall]) == [(0, 10, 200, 30)]


def test_an_enclosure_is_left_at_its_gates() -> None:
    # yard 100..300 x 20..80, gates at its west (100, 50) and east (300, 50); the place stands at (150, 50):
    # 50 m to the west gate, 150 m to the east one, and 50 m from each to the street
    yard = shapely.box(100, 20, 300, 80)
    gates = [point(100, 50), point(300, 50)]
    assert rows(LONG, point(150, 50), enclosures=[yard], doors=gates) == [(0, 10, 100, 100), (0, 10, 300, 200)]


def test_an_enclosure_with_a_street_inside_is_left_by_it() -> None:
    # way 11 leads from the street through the gate (200, 20) to (200, 60)
    net = network({1: (0, 0), 2: (200, 0), 3: (400, 0), 4: (200, 60)}, {10: "1 2 3", 11: "2 4"})
    yard = shapely.box(100, 20, 300, 80)
    assert rows(net, point(230, 50), enclosures=[yard], doors=[point(200, 20)]) == [(0, 11, 50, 30)]


def test_an_enclosure_without_a_gate_is_not_believed() -> None:
    assert rows(LONG, point(200, 50), enclosures=[shapely.box(100, 20, 300, 80)]) == [(0, 10, 200, 50)]


def test_a_gate_a_metre_from_the_outline_belongs_to_it() -> None:
    yard = shapely.box(100, 20, 300, 80)
    assert rows(LONG, point(200, 50), enclosures=[yard], doors=[point(200, 21)]) == [(0, 10, 200, 50)]


def test_a_wall_between_gate_and_street_is_not_crossed() -> None:
    # a canal along y = 10 from x = 0 to 300; from the gate (200, 20) its east end is passed at (300, 10),
    # and the nearest free point of the second segment is its beginning (320, 0): hypot(120, 20) > 100, too far
    net = network({1: (0, 0), 2: (320, 0), 3: (400, 0)}, {10: "1 2 3"})
    canal = shapely.LineString([(-50, 10), (300, 10)])
    yard = shapely.box(100, 20, 300, 80)
    found = joined(net, point(200, 50), enclosures=[yard], doors=[point(200, 20)], walls=[canal])
    assert found.off_network.tolist() == [True]


def test_an_area_of_a_facility_is_reached_where_paths_meet_its_outline() -> None:
    # the square block; way 14 leads from (200, 0) into the park 150..250 x 100..300 and out to (200, 400)
    nodes = {**SQUARE, 5: (200, 0), 6: (200, 400)}
    net = network(nodes, {**ROUND, 10: "1 5 2", 12: "3 6 4", 14: "5 6"})
    park = shapely.box(150, 100, 250, 300)
    assert rows(net, park, areas=True) == [(0, 14, 100, 0), (0, 14, 300, 0)]


def test_an_area_of_a_facility_that_no_path_meets_is_reached_from_the_street() -> None:
    net = network(SQUARE, ROUND)
    [(_, way, _, connector)] = rows(net, shapely.box(150, 30, 250, 300), areas=True)
    assert (way, connector) == (10, 30)


def test_an_area_with_gates_is_reached_at_each_of_them_and_not_elsewhere() -> None:
    # gates in the south (200, 100) and west (150, 200): 100 m down to the street, 150 m west; limit 150
    nodes = {**SQUARE, 5: (200, 0), 6: (200, 400)}
    net = network(nodes, {**ROUND, 10: "1 5 2", 12: "3 6 4"})
    park = shapely.box(150, 100, 250, 300)
    found = rows(net, park, areas=True, doors=[point(200, 100), point(150, 200)], limit_m=150)
    assert sorted((way, connector) for _, way, _, connector in found) == [(10, 100), (13, 150)]


def test_a_gate_of_another_area_is_no_gate() -> None:
    assert rows(LONG, shapely.box(100, 20, 140, 60), doors=[point(160, 20)])[0][3] == 20


def test_a_building_with_an_entrance_is_left_there() -> None:
    # 40 x 40 m, 20 m from the street, its entrance at the back (120, 60)
    assert rows(LONG, shapely.box(100, 20, 140, 60), doors=[point(120, 60)]) == [(0, 10, 120, 60)]


def test_an_entrance_inside_a_yard_does_not_lead_through_its_wall() -> None:
    # the entrance (200, 40) is 40 m from the street behind the wall; the gate is at (300, 50):
    # from the building's outline (210, 50) 90 m to the gate, 50 m on to the street
    yard = shapely.box(100, 20, 300, 80)
    house = shapely.box(190, 40, 210, 60)
    found = rows(LONG, house, enclosures=[yard], doors=[point(200, 40), point(300, 50)])
    assert found == [(0, 10, 300, 140)]


def test_an_empty_or_missing_shape_is_off_the_network() -> None:
    found = joined(LONG, shapely.Polygon(), point(200, 10))
    assert found.off_network.tolist() == [True, False]
    assert found.attachment.place.tolist() == [1]


def test_no_streets_leave_every_place_off_the_network() -> None:
    assert joined(network({1: (0, 0)}, {}), point(0, 0)).off_network.tolist() == [True]


def test_no_places_make_no_rows() -> None:
    assert rows(LONG) == []


def test_a_neighbours_entrance_does_not_shut_a_park() -> None:
    """The park from (100, -50) to (300, 50) lies across the street of LONG, which meets its outline at 100 and 300; the
    entrance of a house stands at its corner. A gate there would be the only way in."""
    park, corner = shapely.box(100, -50, 300, 50), point(100, 50)
    assert [row[2:] for row in rows(LONG, park, areas=True, entrances=[corner])] == [(100, 0), (300, 0)]
    assert [row[2:] for row in rows(LONG, park, areas=True, doors=[corner])] == [(100, 50)]
    assert [row[2:] for row in rows(LONG, shapely.box(100, 20, 300, 50), areas=True, entrances=[corner])] == [(100, 50)]
