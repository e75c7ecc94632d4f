"""Scenarios that change the streets: paths and gates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from test_scenario import CLINIC, after, drawn, five
from towns import category, metres, point, town

from lifecircle.assessment import assess
from lifecircle.attach import joined
from lifecircle.errors import InputError
from lifecircle.gateways import candidates
from lifecircle.model import Pace, Scenario


def test_a_path_from_street_to_street() -> None:
    # from the dormitory's street at 100 to the northern one at 100, and from there to the clinic's
    site = after(five(), drawn("path", "add", (100, 0), (100, 200), (400, 300)))
    assert site.network.edge_mm.max() == 516_228  # 200 + rint(1000 sqrt(300^2 + 100^2)) = 200 + 316.228
    # the path passes by the dormitory: 180 + 316.228 to the street of the clinic at 300, and 10 to the clinic
    assert metres(site)["dorm", "clinic"] == 496.228 + 10
    # the far one walks as before
    assert metres(site)["far", "clinic"] == 700.0


def test_a_vertex_near_a_street_is_linked_to_it() -> None:
    site = after(five(), drawn("path", "add", (100, 1.5), (100, 200), (398.1, 300)))
    # 1.5 to the first vertex, 198.5 up, sqrt(298.1^2 + 100^2) = 314.426 across, 1.9 to the street of the clinic
    assert site.network.edge_mm.max() == 1_500 + 198_500 + 314_426 + 1_900


def test_a_vertex_farther_than_two_metres_is_a_dead_end() -> None:
    site = after(five(), drawn("path", "add", (100, 0), (100, 200), (397.9, 300)))
    assert metres(site)["dorm", "clinic"] == 630.0
    assert not site.notes


def test_who_is_near_a_path_joins_it() -> None:
    # (60, 90) is 60 m from the western street; the path passes 10 m east of it
    near = {"dorm": (point(60, 90), {"beds": 100}), "far": (point(780, -10), {"beds": 50})}
    site = five(places=near)
    # 60 to the street at 90, 90 + 400 + 300 along it, 10
    assert metres(site)["dorm", "clinic"] == 60 + 90 + 400 + 300 + 10
    walked = after(site, drawn("path", "add", (70, 0), (70, 200)))
    # 10 to the path at 90, 90 down it, 330 + 300, 10
    assert metres(walked)["dorm", "clinic"] == 10 + 90 + 330 + 300 + 10


def test_who_stands_behind_a_wall_does_not() -> None:
    near = {"dorm": (point(60, 90), {"beds": 100})}
    site = five(places=near, walls=[shapely.LineString([(65, 0.5), (65, 150)])])
    walked = after(site, drawn("path", "add", (70, 0), (70, 200)))
    assert metres(walked)["dorm", "clinic"] == metres(site)["dorm", "clinic"]


def test_a_place_off_the_network_is_known_once_a_path_reaches_it() -> None:
    lost = {"dorm": (point(200, 200), {"beds": 100})}
    plan = Scenario("try", (drawn("path", "add", (200, 0), (200, 150)),))
    result = assess(five(places=lost), scenario=plan)
    assert result.before is not None
    assert result.before.reach.off_network.tolist() == [True]
    assert result.reach.off_network.tolist() == [False]
    # 50 to the path's end, 150 + 200 + 300 + 10
    assert result.reach.place_mm[0].tolist() == [710_000]


def test_a_path_to_nowhere_is_noted() -> None:
    site = after(five(), drawn("path", "add", (200, 100), (200, 150)))
    assert "meets no street within 2 m" in str(site.notes[0].text)
    assert not site.network.trusted[-1]


def test_a_second_path_makes_the_first_trusted() -> None:
    lost = {"dorm": (point(200, 160), {"beds": 100})}
    first = drawn("path", "add", (200, 100), (200, 150))
    site = after(five(places=lost), first, drawn("path", "add", (200, 0), (200, 100)))
    assert site.network.trusted.all()
    assert site.joined is not None
    assert site.joined[1].off_network.tolist() == [False]
    assert metres(site)["dorm", "clinic"] == 10 + 150 + 200 + 300 + 10


def test_a_street_closed() -> None:
    site = after(five(), drawn("path", "close", (400, 100)))
    # 20 + 100 + 400 + 400 + 100 round by the north, 10
    assert metres(site)["dorm", "clinic"] == 1030.0
    assert metres(site)["far", "clinic"] == 10 + 380 + 400 + 400 + 400 + 100 + 10


def test_a_street_closed_at_a_crossing_is_let_loose_there() -> None:
    site = after(five(), drawn("path", "close", (403, 0)))  # the nearest street is the one that leads away
    assert metres(site)["dorm", "clinic"] == 630.0
    assert metres(site)["far", "clinic"] is None


def test_who_joins_at_the_cut_stays_with_the_first_part() -> None:
    site = after(five(), drawn("path", "close", (780, 0)))
    assert metres(site)["far", "clinic"] == 700.0


def test_a_path_closed_again_is_as_before() -> None:
    plan = [drawn("path", "add", (100, 0), (100, 200), (400, 300)), drawn("path", "close", (100, 190))]
    assert metres(after(five(), *plan)) == metres(five())


def test_no_street_to_close() -> None:
    with pytest.raises(InputError, match="here: no street within 25 m; put the point on the street"):
        after(five(), drawn("path", "close", (200, 200)))


# Gates -------------------------------------------------------------------------------------------

YARD = shapely.box(50, 30, 350, 130)
"""An enclosure above the first street; 30 m from it."""
INSIDE = {"dorm": (point(100, 80), {"beds": 100}), "far": (point(780, -10), {"beds": 50})}


def test_a_gate_lets_a_yard_out() -> None:
    gates = [point(50, 80)]  # to the west: 50 to the street there
    site = five(places=INSIDE, enclosures=[YARD], gates=gates)
    assert metres(site)["dorm", "clinic"] == 50 + 50 + 80 + 400 + 300 + 10
    opened = after(site, drawn("gate", "add", (100, 25)))
    # 50 down to the new gate, 30 to the street at 100, 300 + 300 + 10
    assert metres(opened)["dorm", "clinic"] == 50 + 30 + 300 + 300 + 10
    assert metres(opened)["far", "clinic"] == 700.0


def test_a_gate_does_not_join_paths_of_the_scenario() -> None:
    """Gates work on the streets as they are, so that the page's candidates hold whatever was drawn before."""
    site = five(walls=[shapely.LineString([(200, 50), (350, 50)])])
    plan = [drawn("path", "add", (250, 400), (250, 60)), drawn("gate", "add", (250, 51))]
    opened = after(site, *plan)
    assert opened.network.attachable.all()
    assert "opens nothing" in str(opened.notes[0].text)


def test_a_gate_between_two_streets() -> None:
    site = town(
        {1: (0, 0), 2: (800, 0), 3: (800, 60), 4: (0, 60)},
        {10: "1 2", 11: "2 3", 12: "3 4"},
        places={"dorm": (point(100, -10), {"beds": 1})},
        found=[("clinic", "clinic", point(100, 70))],
        categories=[category("clinic")],
        walls=[shapely.LineString([(-50, 30), (700, 30)])],
    )
    assert metres(site)["dorm", "clinic"] == 10 + 700 + 60 + 700 + 10
    opened = after(site, drawn("gate", "add", (200, 33)))
    # 10 + 100 to 200, 30 + 30 through the gate, 100 + 10
    assert metres(opened)["dorm", "clinic"] == 10 + 100 + 60 + 100 + 10
    assert opened.network.attachable.sum() == len(opened.network.attachable) - 1


def test_a_gate_far_from_any_wall() -> None:
    with pytest.raises(InputError, match="no wall, fence or outline of an enclosure within 15 m"):
        after(five(), drawn("gate", "add", (200, 200)))


def test_a_gate_that_opens_nothing_is_noted() -> None:
    site = five(walls=[shapely.LineString([(180, 200), (220, 200)])])
    assert "opens nothing" in str(after(site, drawn("gate", "add", (200, 200))).notes[0].text)


def test_a_gate_closed_shuts_in_who_lives_there() -> None:
    site = five(places=INSIDE, enclosures=[YARD], gates=[point(50, 80)], complete=["clinic"])
    result = assess(site, scenario=Scenario("try", (drawn("gate", "close", (47, 80)),)))
    assert result.reach.off_network.tolist() == [False, False]
    clinic = result.coverage.table.query("category == 'clinic' and by == 'beds' and at == 'norm'").iloc[0]
    assert clinic["gap"] == 150  # shut in is not unknown


def test_of_two_gates_one_closed_leaves_the_other() -> None:
    gates = [point(50, 80), point(100, 30)]
    site = five(places=INSIDE, enclosures=[YARD], gates=gates)
    assert metres(site)["dorm", "clinic"] == 50 + 30 + 300 + 300 + 10
    assert metres(after(site, drawn("gate", "close", (100, 30))))["dorm", "clinic"] == 50 + 50 + 80 + 400 + 300 + 10


def test_a_gate_on_a_street_closed_cuts_it() -> None:
    site = five(gates=[point(400, 100)])
    assert metres(after(site, drawn("gate", "close", (400, 101))))["dorm", "clinic"] == 1030.0


def test_no_gate_to_close() -> None:
    site = five(gates=[point(400, 100)], access=["closed"])
    with pytest.raises(InputError, match="no gate that anybody may pass within 10 m"):
        after(site, drawn("gate", "close", (400, 101)))


def test_candidates_do_what_the_file_would() -> None:
    site = five(places=INSIDE, enclosures=[YARD], gates=[point(50, 80)])
    found = candidates(site)
    assert 25 <= len(found.lonlat) < 40  # every 20 m of 800, less those farther than 100 m from every street
    before = joined(site)[1].attachment.connector_mm.tolist()
    for number in range(0, len(found.lonlat), 5):
        plan = replace(drawn("gate", "add"), lonlat=(tuple(found.lonlat[number].tolist()),))
        opened = after(site, plan)
        told = found.openings.places.take(found.openings.places.door == number).connector_mm.tolist()
        assert told
        assert opened.joined is not None
        assert sorted(opened.joined[1].attachment.connector_mm.tolist()) == sorted([*before, *told])


def test_paths_wait_for_walks_on_the_flat() -> None:
    site = five()
    pace = Pace(*(np.zeros(0, dtype=np.int64) for _ in range(4)), fastest=1.0)
    paced = replace(site, network=replace(site.network, pace=pace))
    with pytest.raises(InputError, match="cannot change where slopes, stairs or signals count"):
        after(paced, drawn("path", "add", (100, 0), (100, 200)))
    assert after(paced, drawn("facility", "close", id=CLINIC[0])).facilities.empty
