"""Which one path or gate gains most: by hand, against every candidate made and judged, from a file; what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import bounded
from test_scenario_properties import sites
from towns import CRS, category, degrees, point, town, write_points, write_town
from typer.testing import CliRunner

from lifecircle import assess, suggest_links, write
from lifecircle.attach import joined
from lifecircle.cli import app
from lifecircle.errors import InputError
from lifecircle.linking import Asked, estimated, held, judged
from lifecircle.links import Links, proposed
from lifecircle.model import Floats, Pace, Site, State

NODES = {1: (0, 0), 2: (400, 0), 3: (400, 100), 4: (0, 100), 5: (0, 300)}
BANKS = {10: "1 2", 11: "2 3", 12: "3 4", 13: "4 5"}
"""Two banks of 400 m, 100 m apart, with a bridge in the east only; a street leads on from the northern one."""


def banks(**more: Any) -> Site:
    """Beds at 20 and 200 m of the southern bank; a clinic at 20 m of the northern one, 860 and 680 m to walk."""
    places = {"near": (point(20, 0), {"beds": 100}), "far": (point(200, 0), {"beds": 10})}
    given: dict[str, Any] = {"places": places, "found": [("clinic", "clinic", point(20, 100))]}
    return town(NODES, BANKS, **{**given, "boundary": shapely.box(-50, -50, 450, 350), **more})


def test_a_bridge_by_hand() -> None:
    found = suggest_links(banks())
    assert (found.proposals.categories, found.proposals.by) == (("clinic",), ("beds",))
    best = found.links[0]
    # over a bridge at x, who is farther walks 200 - x + 100 + |x - 20|: within 300 m both are if x is 10 at least
    assert (best.change.what, best.gain, best.sure_gain, best.estimated, best.robust) == (
        "path", (110,), (110,), 110, True,
    )  # fmt: skip
    south, north = sorted(metres(best.change.lonlat).coords, key=lambda xy: xy[1])
    assert best.metres == pytest.approx(np.hypot(south[0] - north[0], 100), abs=0.02)
    assert best.walk_m == pytest.approx((400 - south[0]) + 100 + (400 - north[0]), abs=0.05)
    assert best.walk_m > 3 * best.metres and best.metres <= 150
    after = assess(banks(), scenario=found.scenario)
    assert after.coverage.table.set_index(["by", "at"]).loc[("beds", "norm"), "covered"] == 110
    told, index = found.proposals, after.index.value
    assert (told.value, told.bound, told.left, told.steps[0].index_low) == (110, 110, 0, index.low)
    # of those told no two lie together: an end of one is 75 m from an end of the other
    ends = np.array([sorted(metres(link.change.lonlat).coords, key=lambda xy: xy[1]) for link in found.links])
    apart = np.hypot(*np.moveaxis(ends[:, None] - ends[None], -1, 0)).max(axis=-1)
    assert len(ends) > 3 and (apart[~np.eye(len(ends), dtype=bool)] >= 74.9).all()


def metres(lonlat: tuple[tuple[float, float], ...]) -> shapely.LineString:
    """A line in metres."""
    there = pyproj.Transformer.from_crs(4326, CRS, always_xy=True)
    return shapely.LineString([there.transform(*vertex) for vertex in lonlat])


def test_no_path_through_a_building_or_a_wall() -> None:
    row = shapely.box(-50, 40, 380, 60)
    assert not len(proposed(replace(banks(), buildings=np.array([row]))).changes)
    assert {change.what for change in proposed(banks(walls=[shapely.LineString([(-50, 50), (390, 50)])])).changes} == {
        "gate"
    }


def test_what_is_unknown_counts_as_gap_and_is_not_sure() -> None:
    """The edge of the data is near the place that is far: nobody knows what serves it."""
    found = suggest_links(banks(extent=shapely.box(-1000, -1000, 450, 1000)))
    best = found.links[0]
    assert (best.gain, best.sure_gain) == ((110,), (100,))


# Against every candidate made and judged ---------------------------------------------------------


def by_hand(asked: Asked, links: Links) -> Floats:
    """Shape (l, c): what each brings, made and judged; none makes worse what is covered."""
    states = [judged(asked, change) for change in links.changes]
    was = asked.state == State.COVERED
    assert all((state[was] == State.COVERED).all() for state in states)
    return np.array([asked.gain(state) for state in states])


def some(links: Links, most: int) -> Links:
    """Some of the links, evenly."""
    chosen = np.zeros(len(links.changes), dtype=bool)
    chosen[np.linspace(0, len(chosen) - 1, min(most, len(chosen))).astype(int)] = True
    return links.take(chosen)


def ready(site: Site) -> Asked:
    return held(replace(site, joined=joined(site)), [each.id for each in site.standard.categories])


@settings(bounded, max_examples=6)
@given(sites())
def test_what_a_link_brings_is_within_what_is_estimated(site: Site) -> None:
    asked = ready(site)
    links = some(proposed(asked.site), 8)
    if links.changes:
        least, _, most = estimated(asked, links)
        made = by_hand(asked, links)
        assert (least <= made).all() and (made <= most).all()


spots = st.tuples(st.integers(0, 400), st.integers(-10, 110))
"""On a bank, or beside it, or between them, where a path may be nearer than a street."""


@settings(bounded, max_examples=5)
@given(st.lists(spots, min_size=3, max_size=6, unique=True), st.lists(spots, min_size=1, max_size=2, unique=True))
def test_estimates_are_what_making_it_gives(homes: list[tuple[int, int]], clinics: list[tuple[int, int]]) -> None:
    site = banks(
        places={f"p{i}": (point(*at), {"beds": 1 + 10 * i}) for i, at in enumerate(homes)},
        found=[(f"f{i}", "clinic", point(*at)) for i, at in enumerate(clinics)],
        categories=[category("clinic", 233.3)],
    )
    asked = ready(site)
    links = some(proposed(asked.site), 8)
    for estimate in estimated(asked, links)[::2]:
        np.testing.assert_array_equal(by_hand(asked, links), estimate)


# From a file -------------------------------------------------------------------------------------


def drawn(path: Path, *shapes: shapely.Geometry) -> Path:
    """Candidates in metres as a file, named by their number."""
    features = [
        {"type": "Feature", "properties": {"name": f"link {i}"}, "geometry": shapely.geometry.mapping(degrees(shape))}
        for i, shape in enumerate(shapes, start=1)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_candidates_of_a_file(tmp_path: Path) -> None:
    """A wall along the canal: a bridge over it in the middle with a bend, and a gate in it near the clinic."""
    wall = shapely.LineString([(-50, 50), (390, 50)])
    bridge = shapely.LineString([(200, 0), (210, 50), (200, 100)])
    plan = drawn(tmp_path / "plan.geojson", bridge, point(60, 50))
    found = suggest_links(banks(walls=[wall]), ["clinic"], candidates=plan)
    # by the gate: 40 + 100 + 40, 140 + 100 + 40; by the bridge: 180 + 102 + 180, 0 + 102 + 180
    assert [(link.change.name, link.gain) for link in found.links] == [("link 2", (110,)), ("link 1", (10,))]
    assert found.links[1].metres == pytest.approx(2 * np.hypot(10, 50), abs=0.01)
    (path,) = suggest_links(banks(walls=[wall]), ["clinic"], candidates=plan, only="path").links
    assert (path.change.name, path.gain) == ("link 1", (10,))
    again = assess(banks(walls=[wall]), scenario=write(found.scenario, tmp_path / "best.geojson"))
    assert again.index.value.low == found.proposals.steps[0].index_low
    assert again.site.scenario is not None and again.site.scenario.proposals is not None
    assert again.site.scenario.proposals.plain() == found.proposals.plain()


BRIDGE = shapely.LineString([(200, 0), (200, 100)])


def refused(tmp_path: Path, *shapes: shapely.Geometry, **more: Any) -> str:
    with pytest.raises(InputError) as error:
        suggest_links(banks(**more), candidates=drawn(tmp_path / "plan.geojson", *shapes))
    return str(error.value)


def test_candidates_that_are_none(tmp_path: Path) -> None:
    assert "holds no rows" in refused(tmp_path)
    assert "row 1: is a Polygon" in refused(tmp_path, shapely.box(0, 0, 10, 10))
    loose = shapely.LineString([(200, 0), (200, 80)])
    assert "row 1: joins fewer than two streets within 2 m of its points" in refused(tmp_path, loose)
    assert "row 2: no wall, fence or outline" in refused(tmp_path, BRIDGE, point(60, 50))
    useless = refused(tmp_path, shapely.LineString([(390, 0), (390, 100)]))
    assert "none of 1 link brings anybody within the norm" in useless


END, CLINIC = {"end": (point(400, 0), {"beds": 1})}, ("clinic", "clinic", point(0, 0))


def test_what_cannot_be_asked() -> None:
    with pytest.raises(InputError, match="--category: no category 'zoo' in the standard"):
        suggest_links(banks(), ["zoo"])
    with pytest.raises(InputError, match="no category has a gap"):
        suggest_links(banks(places={"home": (point(30, 100), {"beds": 1})}))
    with pytest.raises(InputError, match="none of 0 links that could be tried"):
        suggest_links(town({1: (0, 0), 2: (400, 0)}, {10: "1 2"}, places=END, found=[CLINIC]))
    site = banks()
    none = np.empty(0, dtype=np.int64)
    slopes = replace(site, network=replace(site.network, pace=Pace(none, none, none, none, 1.0)))
    with pytest.raises(InputError, match="cannot change where slopes"):
        suggest_links(slopes)


def test_the_command(tmp_path: Path) -> None:
    write_points(tmp_path / "homes.csv", [{"id": "home", "at": (200, 0), "beds": 30}])
    write_points(tmp_path / "clinics.csv", [{"id": "clinic", "at": (200, 400)}])
    given = {"x": "lon", "y": "lat"}
    site = write_town(
        tmp_path,
        facilities=[{"file": "clinics.csv", "category": "pharmacy", "complete": True, **given}],
        demand=[{"file": "homes.csv", "kind": "dormitory", "beds": "beds", **given}],
    )
    plan = drawn(tmp_path / "plan.geojson", shapely.LineString([(200, 0), (200, 400)]))
    asked = ["--lang", "en", "suggest-link", str(site), "--category", "pharmacy", "-o", str(tmp_path / "out")]
    ran = CliRunner().invoke(app, [*asked, "--candidates", str(plan)])
    assert ran.exit_code == 0, ran.output
    first, last = ran.stdout.splitlines()[-2:]
    assert first.startswith("1. link 1 (path) (lon 120.652") and ", 400 m instead of a walk of 800 m: 30 more" in first
    assert last.startswith("the best 1 of 1 link tried")
    [links] = (tmp_path / "out").glob("*.links.geojson")
    told = json.loads(links.read_text(encoding="utf-8"))["features"][0]["properties"]
    assert (told["metres"], told["walk_m"], told["gains"]) == (
        pytest.approx(400, abs=0.1), pytest.approx(800, abs=0.1), {"pharmacy": {"gain": 30, "sure_gain": 30}},
    )  # fmt: skip
