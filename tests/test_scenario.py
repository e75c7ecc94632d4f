"""Scenarios: facilities, paths and gates added, moved and closed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from towns import category, degrees, metres, point, town

from lifecircle.assessment import assess
from lifecircle.errors import InputError
from lifecircle.messages import msg
from lifecircle.model import Change, Scenario, Site
from lifecircle.scenario import changed
from lifecircle.sources.scenarios import read_scenario

NODES = {1: (0, 0), 2: (400, 0), 3: (400, 400), 4: (0, 400), 5: (800, 0)}
WAYS = {10: "1 2", 11: "2 3", 12: "3 4", 13: "4 1", 14: "2 5"}
"""A block of 400 m, and a street of 400 m that leads away from it to the east."""
PLACES = {"dorm": (point(100, 20), {"beds": 100}), "far": (point(780, -10), {"beds": 50})}
CLINIC = ("clinic", "clinic", point(410, 300))


def five(**more: Any) -> Site:
    """The five nodes with a dormitory at either end and a clinic up the middle street."""
    given = {"places": PLACES, "found": [CLINIC], "categories": [category("clinic"), category("shop")], **more}
    return town(NODES, WAYS, **given)


def drawn(what: str, change: str, *at: tuple[float, float], **more: Any) -> Change:
    """A change at points in metres."""
    lonlat = tuple((spot.x, spot.y) for spot in (degrees(point(*xy)) for xy in at))
    return Change(msg("here"), what, change, lonlat, **more)  # type: ignore[arg-type]


def after(site: Site, *changes: Change) -> Site:
    return changed(site, Scenario("try", changes))


def test_walks_before() -> None:
    # 20 to the street, 300 to node 2, 300 up, 10 to the door; 10 + 380 + 300 + 10
    assert metres(five()) == {
        ("dorm", "clinic"): 630.0,
        ("far", "clinic"): 700.0,
        ("dorm", "shop"): None,
        ("far", "shop"): None,
    }


def test_a_facility_added() -> None:
    clinic = drawn("facility", "add", (600, 40), category="clinic", becomes="scenario/1")
    site = after(five(), clinic)
    # the dormitory keeps its clinic (20 + 300 + 200 + 40 = 560 is nearer); the far one: 10 + 180 + 40
    assert metres(site)["dorm", "clinic"] == 560.0
    assert metres(site)["far", "clinic"] == 230.0
    assert site.facilities["id"].tolist() == ["clinic", "scenario/1"]
    assert site.scenario is not None
    edge, offset, connector = site.scenario.changes[0].rows[0]
    assert sorted(site.network.node_id[[site.network.edge_u[edge], site.network.edge_v[edge]]]) == [2, 5]
    assert (offset, connector) == (200_000, 40_000)


def test_ties_go_to_what_is_there() -> None:
    twin = drawn("facility", "add", (410, 300), category="clinic", becomes="scenario/1")
    result = assess(after(five(), twin))
    assert result.reach.place_facility[0].tolist() == [0, 0]


def test_a_facility_closed_and_one_moved() -> None:
    closed = after(five(), drawn("facility", "close", id="clinic"))
    assert metres(closed)["dorm", "clinic"] is None
    moved = after(five(), drawn("facility", "move", (0, 100), id="clinic", becomes="scenario/1"))
    # 20 + 100 to node 1, 100 up
    assert metres(moved)["dorm", "clinic"] == 220.0
    assert metres(moved)["far", "clinic"] == 10 + 380 + 400 + 100
    assert moved.facilities[["id", "name", "category"]].to_numpy().tolist() == [["scenario/1", "clinic", "clinic"]]


def test_a_move_takes_all_categories_of_a_complex() -> None:
    site = five(found=[CLINIC, ("clinic", "shop", point(410, 300), 25.0), ("kiosk", "shop", point(0, 390))])
    moved = after(site, drawn("facility", "move", (600, 40), id="clinic", becomes="scenario/1"))
    assert moved.facilities[["id", "category"]].to_numpy().tolist() == [
        ["kiosk", "shop"],
        ["scenario/1", "clinic"],
        ["scenario/1", "shop"],
    ]
    assert moved.facilities["capacity"].tolist()[2] == 25.0
    assert metres(moved)["far", "clinic"] == metres(moved)["far", "shop"] == 230.0
    assert metres(moved)["dorm", "shop"] == 20 + 100 + 390  # the kiosk, by node 1


def test_what_joins_nothing_is_noted_and_leaves_those_near_it_unknown() -> None:
    site = five(found=[CLINIC, ("kiosk", "shop", point(0, 390))])
    lost = after(site, drawn("facility", "add", (150, 150), category="shop", becomes="scenario/1"))
    assert metres(lost) == metres(site)
    assert [note.kind for note in lost.notes] == ["doubt"]
    assert "100 m" in str(lost.notes[0].text)
    result = assess(lost)
    assert result.reach.stray.tolist() == [False, False, True]


def test_a_wall_bars_a_new_facility_as_any_other() -> None:
    wall = shapely.LineString([(500, 20), (700, 20)])
    site = five(walls=[wall])
    lost = after(site, drawn("facility", "add", (600, 40), category="shop", becomes="scenario/1"))
    assert metres(lost)["far", "shop"] is None
    fence = five(fences=[wall])  # perhaps its gate is not mapped
    held = after(fence, drawn("facility", "add", (600, 40), category="shop", becomes="scenario/1"))
    assert metres(held)["far", "shop"] == 230.0


def test_a_new_facility_in_a_yard_goes_through_its_gate() -> None:
    yard = shapely.box(500, 10, 700, 110)
    site = five(enclosures=[yard], gates=[point(500, 60)])
    held = after(site, drawn("facility", "add", (600, 60), category="shop", becomes="scenario/1"))
    # 100 inside to the gate, 60 to the street at 500, 280 along it and 10 to the far place
    assert metres(held)["far", "shop"] == 100 + 60 + 280 + 10
    assert held.joined is not None
    assert held.joined[0].attachment.door.tolist() == [-1, 0]


# Judging -----------------------------------------------------------------------------------------


def test_a_candidate_tells_nothing_of_the_data() -> None:
    result = assess(five(), scenario=Scenario("try", (drawn("facility", "add", (600, 0), category="shop"),)))
    shop = result.coverage.table.query("category == 'shop' and by == 'beds' and at == 'norm'").iloc[0]
    # no shop was found, and nobody says that there is none: who is not near the new one stays unknown
    assert (shop["covered"], shop["gap"], shop["unknown"]) == (50, 0, 100)


def test_closing_the_only_one_leaves_a_gap() -> None:
    result = assess(five(), scenario=Scenario("try", (drawn("facility", "close", id="clinic"),)))
    clinic = result.coverage.table.query("category == 'clinic' and by == 'beds' and at == 'norm'").iloc[0]
    assert (clinic["covered"], clinic["gap"], clinic["unknown"]) == (0, 150, 0)


def test_nothing_changed_is_as_before() -> None:
    result = assess(five(), scenario=Scenario("nothing", ()))
    assert result.before is not None
    assert result.coverage.table.equals(result.before.coverage.table)
    assert result.index == result.before.index
    np.testing.assert_array_equal(result.reach.node_mm, result.before.reach.node_mm)


def test_closed_and_added_at_its_spot_is_as_before() -> None:
    again = [
        drawn("facility", "close", id="clinic"),
        drawn("facility", "add", (410, 300), category="clinic", becomes="scenario/1"),
    ]
    result = assess(five(), scenario=Scenario("again", tuple(again)))
    assert result.before is not None
    assert result.coverage.table.equals(result.before.coverage.table)
    assert result.index == result.before.index


# Files -------------------------------------------------------------------------------------------


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def at(x: float, y: float) -> dict[str, Any]:
    spot = degrees(point(x, y))
    return {"type": "Point", "coordinates": [spot.x, spot.y]}


def written(path: Path, *features: Any, **more: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path / "方案一.geojson",
        feature(at(600, 40), what="facility", change="add", category="clinic", name="新卫生站", capacity=12),
        feature(None, what="facility", change="close", id="clinic"),
        feature(at(0, 0), what="facility", change="add", category="shop"),
    )
    scenario = read_scenario(path)
    assert scenario.name == "方案一"
    assert [change.becomes for change in scenario.changes] == ["scenario/1", "", "scenario/2"]
    assert scenario.changes[0].name == "新卫生站"
    assert scenario.changes[0].capacity == 12
    result = assess(five(), scenario=path)
    assert result.site.facilities["id"].tolist() == ["scenario/1", "scenario/2"]
    # degrees to seven decimals are true to a centimetre
    assert metres(result.site)["far", "clinic"] == pytest.approx(230.0, abs=0.03)
    assert "方案一.geojson" in result.provenance["inputs"]


def test_its_own_name_goes_before_that_of_the_file(tmp_path: Path) -> None:
    about = {"kind": "scenario", "format": 1, "name": "Plan  B"}
    assert read_scenario(written(tmp_path / "x.geojson", lifecircle=about)).name == "Plan B"


BROKEN: list[tuple[Any, str]] = [
    (feature(at(0, 0), what="house", change="add"), '“what” is "house"; write one of facility, path, gate'),
    (feature(at(0, 0), what=["facility"], change="add"), '“what” is ["facility"]'),
    (feature(at(0, 0), change="add"), "no “what”"),
    (feature(at(0, 0), what="path", change="move"), '“change” is "move"; write one of add, close'),
    (feature(at(0, 0), what="facility", change="add"), "no “category”"),
    (feature(at(0, 0), what="facility", change="add", category="zoo"), "no category 'zoo'"),
    (feature(at(0, 0), what="facility", change="add", category=["shop"]), '“category” is ["shop"]'),
    (feature(at(0, 0), what="facility", change="add", category="shop", name=True), "“name” is true"),
    (feature(at(0, 0), what="facility", change="add", category="shop", capacity=-1), "“capacity” is -1"),
    (feature(at(0, 0), what="facility", change="add", category="shop", capacity=float("nan")), "“capacity” is NaN"),
    (feature(at(90_000, 0), what="facility", change="add", category="shop"), "is not in the study area"),
    (feature(None, what="facility", change="add", category="shop"), "no “geometry”; draw a Point"),
    (feature({"type": "Point", "coordinates": [1]}, what="gate", change="add"), "“coordinates” is [1]"),
    (feature({"type": "Point", "coordinates": [200, 0]}, what="gate", change="add"), "“coordinates” is [200, 0]"),
    (feature({"type": "Point", "coordinates": [10**400, 0]}, what="gate", change="add"), "“coordinates” is [1000"),
    (feature({"type": "Point", "coordinates": [True, 0]}, what="gate", change="add"), "“coordinates” is [true, 0]"),
    (feature(at(0, 0), what="path", change="add"), '“geometry” is "Point"; draw a LineString'),
    (
        feature({"type": "LineString", "coordinates": [[1, 2], [1, 2]]}, what="path", change="add"),
        "a path of fewer than two points",
    ),
    (feature(None, what="facility", change="close", id="nobody"), "no facility 'nobody'"),
    (feature(None, what="facility", change="close"), "no “id”"),
    ("feature", "no “what”"),
    ({"type": "Feature"}, "no “what”"),
]


@pytest.mark.parametrize(("broken", "told"), BROKEN, ids=str)
def test_a_broken_feature_is_told_in_a_line(tmp_path: Path, broken: Any, told: str) -> None:
    with pytest.raises(InputError) as caught:
        changed(five(), written(tmp_path / "plan.geojson", broken))
    (fault,) = caught.value.faults
    line = fault.render("en")
    assert line.startswith("plan.geojson: feature 1: ")
    assert told in line
    assert fault.mend is not None
    assert fault.render("zh") != line


def test_all_faults_are_told_together(tmp_path: Path) -> None:
    path = written(tmp_path / "plan.geojson", *(broken for broken, _ in BROKEN))
    with pytest.raises(InputError) as caught:
        changed(five(), path)
    assert len(caught.value.faults) == len(BROKEN)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "cannot be read as JSON"),
        (b"\xff\xfe", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b'{"type": "Feature"}', "no GeoJSON FeatureCollection"),
        (b'{"type": "FeatureCollection"}', "no GeoJSON FeatureCollection"),
        (
            b'{"type": "FeatureCollection", "features": [], "lifecircle": {"kind": "site"}}',
            '“lifecircle.kind” is "site"',
        ),
        (
            b'{"type": "FeatureCollection", "features": [], "lifecircle": {"format": 2}}',
            "“lifecircle.format” is 2; write 1",
        ),
        (
            b'{"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": "EPSG:4490"}}}',
            "write longitude and latitude in WGS 84",
        ),
    ],
)
def test_a_file_that_is_no_scenario(tmp_path: Path, raw: bytes, told: str) -> None:
    path = tmp_path / "plan.geojson"
    path.write_bytes(raw)
    with pytest.raises(InputError, match=r"plan\.geojson") as caught:
        read_scenario(path)
    assert told in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        read_scenario(tmp_path / "plan.geojson")


def test_a_facility_changes_once(tmp_path: Path) -> None:
    close = feature(None, what="facility", change="close", id="clinic")
    move = feature(at(0, 0), what="facility", change="move", id="clinic")
    with pytest.raises(InputError, match="feature 2: the facility 'clinic' is closed or moved before"):
        changed(five(), written(tmp_path / "plan.geojson", close, move))
