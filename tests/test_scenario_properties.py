"""What holds for every scenario: tried on small towns that hypothesis draws, and against networkx."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import CATEGORIES, IDS, bounded, spots, towns
from test_scenario import drawn
from towns import town

from lifecircle.assessment import _reach as reached
from lifecircle.attach import joined
from lifecircle.coverage import NOWHERE, cover
from lifecircle.errors import InputError
from lifecircle.index import three_life_index
from lifecircle.model import FAR_MM, Attachment, Change, Coverage, Index, Reach, Scenario, Site, State, WalkNetwork
from lifecircle.scenario import changed

corners = st.tuples(st.integers(-50, 550), st.integers(-50, 450))
facilities = st.builds(
    lambda at, kind: drawn("facility", "add", at, category=kind, becomes="scenario/1"), corners, st.sampled_from(IDS)
)
paths = st.builds(lambda line: drawn("path", "add", *line), st.lists(corners, min_size=2, max_size=4, unique=True))
gates = st.builds(lambda at: drawn("gate", "add", at), corners)
closed_paths = st.builds(lambda at: drawn("path", "close", at), corners)
closed_gates = st.builds(lambda at: drawn("gate", "close", at), corners)


@st.composite
def sites(draw: st.DrawFn) -> Site:
    """A town with a wall, a fence, an enclosure and gates here and there."""
    made = draw(towns())
    lines = [shapely.LineString(draw(st.lists(corners, min_size=2, max_size=3, unique=True))) for _ in range(2)]
    west, south = draw(corners)
    yard = shapely.box(west, south, west + 90, south + 70)
    doors = [shapely.Point(west, south + 30), *draw(st.lists(spots, max_size=2))]
    kind = draw(st.sampled_from(["enclosures", "yards"]))
    return town(**made, walls=lines[:1], fences=lines[1:], gates=doors, **{kind: [yard]})


@dataclass(frozen=True)
class Judged:
    """What of an assessment the properties are about."""

    reach: Reach
    coverage: Coverage
    index: Index


def judged(site: Site, before: Reach | None = None) -> Judged:
    reach = reached(site)
    coverage = cover(site, reach, NOWHERE, before)
    return Judged(reach, coverage, three_life_index(site, reach, coverage))


def tried(site: Site, change: Change) -> tuple[Judged, Judged] | None:
    """Before and after a scenario; None where it cannot be made there."""
    site = replace(site, joined=joined(site))
    try:
        after = changed(site, Scenario("try", (change,)))
    except InputError:
        return None
    before = judged(site)
    return before, judged(after, before.reach)


@settings(bounded, max_examples=60)
@given(sites(), st.one_of(facilities, paths, gates))
def test_what_is_added_makes_no_walk_longer(site: Site, change: Change) -> None:
    result = tried(site, change)
    if result is None:
        return
    before, after = result
    assert (after.reach.place_mm <= before.reach.place_mm).all()
    was = before.coverage.place_state == State.COVERED
    assert (after.coverage.place_state[was] == State.COVERED).all()
    assert after.index.value.low >= before.index.value.low - 1e-9


@settings(bounded, max_examples=40)
@given(sites(), st.one_of(closed_paths, closed_gates, st.integers(0, 7)))
def test_what_is_closed_makes_no_walk_shorter(site: Site, change: Change | int) -> None:
    if isinstance(change, int):
        if change >= len(site.facilities):
            return
        change = drawn("facility", "close", id=site.facilities["id"][change])
    result = tried(site, change)
    if result is None:
        return
    before, after = result
    assert (after.reach.place_mm >= before.reach.place_mm).all()
    was = before.coverage.place_state == State.COVERED
    assert was[after.coverage.place_state == State.COVERED].all()


@settings(bounded, max_examples=60)
@given(sites(), st.lists(st.one_of(facilities, paths, gates, closed_paths, closed_gates), max_size=5))
def test_walks_after_a_scenario_are_those_of_networkx(site: Site, changes: list[Change]) -> None:
    try:
        after = changed(site, Scenario("try", tuple(changes)))
    except InputError:
        return
    reach = reached(after)
    assert after.joined is not None
    supply, demand = after.joined
    pairs = by_networkx(after.network, demand.attachment, supply.attachment, len(site.demand), len(after.facilities))
    pairs = np.where(pairs > site.limit_mm, FAR_MM, pairs)
    joins = reach.joins
    assert joins is not None
    for place, facility, mm in zip(joins.shared.place, joins.shared.facility, joins.shared.mm, strict=True):
        pairs[place, facility] = min(pairs[place, facility], mm if mm <= site.limit_mm else FAR_MM)
    for c, category in enumerate(CATEGORIES):
        columns = pairs[:, (after.facilities["category"] == category.id).to_numpy()]
        np.testing.assert_array_equal(reach.place_mm[c], columns.min(axis=1, initial=FAR_MM))


def by_networkx(
    network: WalkNetwork, here: Attachment, there: Attachment, places: int, facilities: int
) -> np.ndarray[Any, Any]:
    """Millimetres from every place to every facility: floors 0 private, 1 public, 2 private again."""
    graph = nx.MultiDiGraph()
    for e in range(len(network.edge_mm)):
        length = int(network.edge_mm[e])
        offsets = {int(offset) for rows in (here, there) for offset in rows.offset_mm[rows.edge == e]}
        inner = [(offset, (e, offset)) for offset in sorted(offsets) if 0 < offset < length]
        chain: list[tuple[int, Any]] = [(0, int(network.edge_u[e])), *inner, (length, int(network.edge_v[e]))]
        for (at, one), (to, other) in pairwise(chain):
            for floor in (0, 2) if network.private[e] else (1,):
                graph.add_edge((one, floor), (other, floor), mm=to - at)
                graph.add_edge((other, floor), (one, floor), mm=to - at)
    for name in {name for name, _ in graph}:
        graph.add_edge((name, 0), (name, 1), mm=0)
        graph.add_edge((name, 1), (name, 2), mm=0)
    for kind, rows, floor in (("p", here, 0), ("f", there, 2)):
        for place, e, offset, mm in zip(rows.place, rows.edge, rows.offset_mm, rows.connector_mm, strict=True):
            ends_of = {int(network.edge_mm[e]): int(network.edge_v[e]), 0: int(network.edge_u[e])}
            door = (ends_of.get(int(offset), (int(e), int(offset))), floor if network.private[e] else 1)
            one, other = ((kind, int(place)), door) if kind == "p" else (door, (kind, int(place)))
            graph.add_edge(one, other, mm=int(mm))
    out = np.full((places, facilities), FAR_MM)
    for place in range(places):
        if ("p", place) in graph:
            far = nx.single_source_dijkstra_path_length(graph, ("p", place), weight="mm")
            for facility in range(facilities):
                out[place, facility] = far.get(("f", facility), FAR_MM)
    return out
