"""Walls, waters, railways and gates: what is read of them, and whom they let through."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import shapely
from towns import ROUND, SQUARE, WIDE, metres, point, town, write_osm, write_points, write_town

from lifecircle.assessment import assess
from lifecircle.errors import InputError
from lifecircle.load import load_site
from lifecircle.model import Site

Tags = Mapping[str, str]
Drawn = Mapping[int, tuple[list[tuple[float, float]], Mapping[str, str]]]

LINE = [(-50.0, 100.0), (450.0, 100.0)]
POOL = [(100.0, 100.0), (120.0, 100.0), (120.0, 110.0), (100.0, 110.0), (100.0, 100.0)]
POND = [(x * 4, y * 4) for x, y in POOL]


def mapped(
    folder: Path, drawn: Drawn, points: Mapping[tuple[float, float], Mapping[str, str]] = {}, **more: Any
) -> Site:
    """The square block with lines and points of a map beside it."""
    path = write_town(folder, **more)
    nodes: dict[int, tuple[float, float]] = dict(SQUARE)
    ways: dict[int, tuple[str, Tags]] = {id: (r, {"highway": "footway"}) for id, r in ROUND.items()}
    for id, (line, tags) in drawn.items():
        numbers = {xy: 1000 * id + i for i, xy in enumerate(dict.fromkeys(line))}
        nodes |= {number: xy for xy, number in numbers.items()}
        ways[id] = (" ".join(str(numbers[xy]) for xy in line), tags)
    points = points or {}
    tagged = {500 + i: tags for i, tags in enumerate(points.values())}
    nodes |= {500 + i: xy for i, xy in enumerate(points)}
    write_osm(folder / "town.osm", nodes, ways, tags=tagged, bounds=WIDE)
    return load_site(path)


BARRIERS: tuple[tuple[list[tuple[float, float]], Tags, str | None], ...] = (
    (LINE, {"barrier": "fence"}, "wall"),
    (LINE, {"barrier": "kerb"}, None),
    (LINE, {"barrier": "retaining_wall", "layer": "-1"}, None),
    (POND, {"barrier": "wall", "landuse": "industrial"}, "wall"),
    (LINE, {"waterway": "canal"}, "water"),
    (LINE, {"waterway": "stream"}, None),
    (LINE, {"waterway": "river", "tunnel": "culvert"}, None),
    (LINE, {"natural": "coastline"}, "water"),
    (POND, {"natural": "water"}, "water"),  # 80 m by 40 m
    (POOL, {"natural": "water"}, None),  # 20 m by 10 m: half its outline is 30 m
    (LINE, {"railway": "rail"}, "railway"),
    (LINE, {"railway": "rail", "bridge": "viaduct"}, None),
    (LINE, {"railway": "tram"}, None),
    (LINE, {"railway": "abandoned"}, None),
)


def test_what_of_a_map_nobody_walks_across(tmp_path: Path) -> None:
    drawn = {20 + i: (line, tags) for i, (line, tags, _) in enumerate(BARRIERS)}
    walls = mapped(tmp_path, drawn).walls
    expected = [(f"way/{20 + i}", kind) for i, (*_, kind) in enumerate(BARRIERS) if kind]
    assert list(zip(walls["id"], walls["kind"], strict=True)) == expected
    assert not walls["own"].any()
    assert (shapely.get_dimensions(walls.geometry.to_numpy()) == 1).all()
    assert set(mapped(tmp_path, drawn, barriers=["railway"]).walls["kind"]) == {"railway"}
    assert len(mapped(tmp_path, drawn, barriers=[]).walls) == 0


PASSING: tuple[tuple[Tags, str], ...] = (
    ({}, "public"),
    ({"access": "yes"}, "public"),
    ({"access": "private"}, "residents"),
    ({"access": "private", "foot": "yes"}, "public"),
    ({"foot": "no"}, "closed"),
    ({"access": "destination"}, "public"),
    ({"locked": "yes"}, "closed"),
    ({"access": "employees"}, "staff"),
)


def test_who_may_pass_a_gate_of_a_map(tmp_path: Path) -> None:
    points = {(20.0 * i, 50.0): {"barrier": "gate", **tags} for i, (tags, _) in enumerate(PASSING)}
    doors = mapped(tmp_path, {}, points).doors
    assert list(doors["access"]) == [access for _, access in PASSING]
    assert set(doors["kind"]) == {"gate"}


def gates(folder: Path, *rows: tuple[tuple[float, float], str, str]) -> str:
    columns = ("at", "access", "hours")
    return write_points(folder / "gates.csv", [dict(zip(columns, row, strict=True)) for row in rows]).name


def test_a_users_gate_stands_for_that_of_the_map(tmp_path: Path) -> None:
    own = gates(tmp_path, ((200, 52), "职工", "06:00-22:00"))
    points = {(200, 50): {"barrier": "gate"}, (300, 50): {"barrier": "gate", "opening_hours": "24/7"}}
    site = mapped(tmp_path, {}, points, gates=own)
    told = site.doors[["id", "access", "hours"]].to_numpy().tolist()
    assert told == [["gates/1", "staff", "06:00-22:00"], ["node/501", "public", "24/7"]]
    [note] = [str(note.text) for note in site.notes if "opening hours" in str(note.text)]
    assert note.startswith("2 gates and entrances have opening hours (06:00-22:00, 24/7)")


def test_words_that_say_nothing_of_who_may_pass(tmp_path: Path) -> None:
    own = gates(tmp_path, ((200, 50), "public", ""), ((200, 60), "sometimes", ""), ((200, 70), "maybe", ""))
    with pytest.raises(InputError) as refused:
        mapped(tmp_path, {}, gates=own)
    lines = str(refused.value).splitlines()
    assert len(lines) == 2
    assert "row 3: access is 'sometimes'; write one of public, staff, residents, closed" in lines[0]


def test_a_column_of_gates_that_is_not_there(tmp_path: Path) -> None:
    gates(tmp_path, ((200, 50), "public", ""))
    with pytest.raises(InputError, match=r"no column 'wer' \(`access:`\)"):
        mapped(tmp_path, {}, gates={"file": "gates.csv", "access": "wer"})


# Whom they let through ---------------------------------------------------------------------------

RING = shapely.box(150, 20, 250, 80).boundary
CLINIC = [("clinic", "clinic", point(0, 0))]


def walked(**more: Any) -> float | None:
    """From a place 50 m above the southern street of the block to the clinic at its corner (0, 0)."""
    return metres(town(places={"home": point(200, 50)}, found=CLINIC, **more))["home", "clinic"]


def test_a_wall_of_the_user_shuts_in_and_a_fence_of_the_map_gives_way() -> None:
    assert walked() == 250
    assert walked(walls=[RING]) is None
    assert walked(fences=[RING]) == 250


def test_a_fence_that_one_can_walk_round_does_not_give_way() -> None:
    # the fence bars the way south; 90 m north another street leads round the block
    nodes = {**SQUARE, 5: (0, 140), 6: (400, 140)}
    ways = {**ROUND, 11: "2 6 3", 13: "4 5 1", 14: "5 6"}
    fence = shapely.LineString([(50, 25), (350, 25)])
    assert walked(nodes=nodes, ways=ways) == 250
    assert walked(nodes=nodes, ways=ways, fences=[fence]) == 90 + 200 + 140


def test_a_gate_opens_a_wall_to_those_in_front_of_it() -> None:
    assert walked(walls=[RING], gates=[point(200, 20)]) == 250
    assert walked(walls=[RING], gates=[point(200, 20)], access=["closed"]) is None


def test_a_wall_that_a_house_stands_in_is_not_in_its_way() -> None:
    house = shapely.box(190, 20, 210, 60)
    site = town(places={"home": house}, found=CLINIC, walls=[RING])
    assert metres(site)["home", "clinic"] == pytest.approx(220, abs=11)  # 20 m south of a point of its southern side


def test_staff_gates_serve_those_inside_and_not_those_outside() -> None:
    yard = shapely.box(100, 20, 300, 80)
    both = {"enclosures": [yard], "gates": [point(110, 20), point(290, 20)]}
    inside = {"places": {"home": point(110, 50)}, "found": [("clinic", "clinic", point(0, 0))]}
    outside = {"places": {"home": point(0, 0)}, "found": [("clinic", "clinic", point(110, 50))]}
    # by the near gate 30 + 20 + 110, by the far one hypot(180, 30) + 20 + 290
    for access, out, back in (
        (["public", "public"], 160, 160),
        (["staff", "public"], 160, 492.483),
        (["closed", "public"], 492.483, 492.483),
    ):
        assert metres(town(**inside, **both, access=access))["home", "clinic"] == pytest.approx(out, abs=0.001)
        assert metres(town(**outside, **both, access=access))["home", "clinic"] == pytest.approx(back, abs=0.001)


def test_places_behind_fences_without_a_gate_are_counted(tmp_path: Path) -> None:
    ring = [(180.0, 380.0), (220.0, 380.0), (220.0, 340.0), (180.0, 340.0), (180.0, 380.0)]
    house = [(190.0, 370.0), (210.0, 370.0), (210.0, 350.0), (190.0, 350.0), (190.0, 370.0)]
    drawn = {20: (ring, {"barrier": "wall"}), 21: (house, {"building": "dormitory"})}
    found = assess(mapped(tmp_path, drawn))
    assert [note for note in found.notes if str(note.text).startswith("1 place stands behind walls")]
    assert found.provenance["parameters"]["barriers"]["mapped_wall"] == 1
    assert not found.reach.off_network.any()


def test_rings_of_mapped_walls_with_a_gate_are_enclosures(tmp_path: Path) -> None:
    # two yards side by side, of three walls; only the western one has a gate, in its southern side
    corners = [(20, 20), (50, 20), (100, 20), (180, 20), (180, 120), (100, 120), (20, 120), (20, 20)]
    around = [(float(x), float(y)) for x, y in corners]
    drawn = {20: (around, {"barrier": "wall"}), 21: ([(100.0, 20.0), (100.0, 120.0)], {"barrier": "fence"})}
    site = mapped(tmp_path, drawn, {(50.0, 20.0): {"barrier": "gate"}})
    [yard] = site.enclosures.geometry
    assert shapely.area(yard) == pytest.approx(80 * 100, rel=1e-3)
    assert [str(note.text) for note in site.notes if "enclosure among" in str(note.text)] == [
        "1 enclosure among OpenStreetMap's walls has a gate and is left there; 1 without one stays open"
    ]


def test_a_mapped_enclosure_is_left_at_its_gate_unless_that_leads_nowhere() -> None:
    yard = shapely.box(150, 20, 250, 80)
    around = {"yards": [yard], "fences": [yard.boundary]}
    assert walked(**around, gates=[point(160, 20)]) == pytest.approx(50 + 20 + 160, abs=0.001)  # 40-30-50 inside
    assert walked(**around, gates=[point(160, 80)], connector_m=60) == 250
