"""What holds for every town: tried on small towns that hypothesis draws."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from towns import WIDE, category, facilities, layer, point, streets, town

from lifecircle.assessment import walk
from lifecircle.attach import join
from lifecircle.cells import cells_over
from lifecircle.coverage import cover
from lifecircle.cuts import cut_streets
from lifecircle.gaps import find_gaps
from lifecircle.index import three_life_index
from lifecircle.model import FAR_MM, Attachment, Capacity, Completeness, Coverage, Gaps, Index, Site, State, WalkNetwork
from lifecircle.network import build_network

bounded = settings(
    deadline=None,
    derandomize=True,
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

CATEGORIES = (
    category("bank", 200, "production", ["jobs"]),
    category("clinic", 300, "living", ["beds"], weight=2),
    category("shop", 150, "living", ["beds", "jobs"]),
    category("park", 400, "ecology", ["beds"], capacity=Capacity("m2", per_head=1.0)),
)
IDS = [c.id for c in CATEGORIES]

spots = st.builds(point, st.integers(-50, 550), st.integers(-50, 450))
sizes = st.one_of(st.just(np.nan), st.integers(0, 60))
heads = st.fixed_dictionaries({}, optional={"beds": st.integers(0, 50), "jobs": st.integers(0, 50)})


@st.composite
def towns(draw: st.DrawFn) -> dict[str, Any]:
    """What ``town`` is called with: up to 20 corners of crooked blocks of some 100 m, ways, places, facilities."""
    nodes = {
        10 * i + j + 1: (100 * i + draw(st.integers(0, 40)), 100 * j + draw(st.integers(0, 40)))
        for i in range(5)
        for j in range(4)
    }
    neighbours = [(n, n + step) for n in nodes for step in (1, 10, 11) if n + step in nodes]
    links = draw(st.lists(st.sampled_from(neighbours), min_size=8, max_size=30, unique=True))
    ways = {100 + i: f"{a} {b}" for i, (a, b) in enumerate(links)}
    places = draw(st.lists(st.tuples(spots, heads), min_size=1, max_size=6))
    found = draw(st.lists(st.tuples(st.sampled_from(IDS), spots, sizes), max_size=8))
    west, north = draw(st.integers(-2000, 0)), draw(st.integers(400, 2000))
    return {
        "nodes": nodes,
        "ways": ways,
        "private": draw(st.sets(st.sampled_from(list(ways)), max_size=8)),
        "above": draw(st.sets(st.sampled_from(list(ways)), max_size=3)),
        "places": {f"p{i}": place for i, place in enumerate(places)},
        "found": [(f"f{i}", *row) for i, row in enumerate(found)],
        "categories": CATEGORIES,
        "complete": draw(st.sets(st.sampled_from(IDS))),
        "extent": shapely.box(west, -2000, 2000, north),
        "limit_m": draw(st.sampled_from([400, 2000])),
        "boundary": shapely.box(-60, -60, 560, 460),
    }


def judged(site: Site) -> tuple[Coverage, Index]:
    reach, streets = walk(site)
    coverage = cover(site, reach, streets)
    return coverage, three_life_index(site, reach, coverage)


def everything(site: Site) -> tuple[Coverage, Index, Gaps]:
    reach, streets = walk(site)
    coverage = cover(site, reach, streets)
    cells = cells_over(site.boundary, streets, 20)
    return coverage, three_life_index(site, reach, coverage), find_gaps(site, reach, coverage, streets, cells)


# Distances ---------------------------------------------------------------------------------------


def by_hand(site: Site, places: gpd.GeoDataFrame, found: gpd.GeoDataFrame, in_time: bool = False) -> list[list[float]]:
    """Millimetres from every place to every facility, by networkx, one pair after the other.

    A walk goes up three floors: 0 the private ways it begins on, 1 public ways, 2 the private ways it ends on.
    ``in_time``: by the network's pace, each way.
    """
    net = site.network

    def between(e: int, at: int, to: int) -> tuple[int, int]:
        """There and back along an edge."""
        if not in_time:
            return to - at, to - at
        here = net.pace.edge == e
        forth, back = (
            np.rint(np.interp([at, to], net.pace.at_mm[here], mm[here])) for mm in (net.pace.forth_mm, net.pace.back_mm)
        )
        return int(forth[1] - forth[0]), int(back[1] - back[0])

    here, there = (join(net, f.geometry.to_numpy(), site.connector_mm).attachment for f in (places, found))
    graph = nx.MultiDiGraph()
    for e in range(len(net.edge_mm)):
        stops = {0: int(net.edge_u[e]), int(net.edge_mm[e]): int(net.edge_v[e])}
        offsets = np.concatenate([a.offset_mm[a.edge == e] for a in (here, there)]).tolist()
        stops = {offset: (e, offset) for offset in offsets} | stops
        for (at, one), (to, other) in pairwise(sorted(stops.items())):
            for floor in [0, 2] if net.private[e] else [1]:
                forth, back = between(e, at, to)
                graph.add_edge((one, floor), (other, floor), mm=forth)
                graph.add_edge((other, floor), (one, floor), mm=back)
    for name in {name for name, _ in graph}:
        graph.add_edge((name, 0), (name, 1), mm=0)
        graph.add_edge((name, 1), (name, 2), mm=0)
    return [
        [shortest(graph, doors(net, here, p, 0), doors(net, there, f, 2)) for f in range(len(found))]
        for p in range(len(places))
    ]


def doors(net: WalkNetwork, a: Attachment, place: int, private: int) -> list[tuple[Any, int]]:
    """Where a place joins, on the floor that a private way has or else the public one, and its connectors."""
    found = []
    for r in np.flatnonzero(a.place == place):
        e, offset = int(a.edge[r]), int(a.offset_mm[r])
        ends = {0: int(net.edge_u[e]), int(net.edge_mm[e]): int(net.edge_v[e])}
        found.append(((ends.get(offset, (e, offset)), private if net.private[e] else 1), int(a.connector_mm[r])))
    return found


def shortest(graph: nx.MultiDiGraph, here: list[tuple[Any, int]], there: list[tuple[Any, int]]) -> float:
    return min(
        (
            first + last + nx.shortest_path_length(graph, a, b, weight="mm")
            for a, first in here
            for b, last in there
            if nx.has_path(graph, a, b)
        ),
        default=float("inf"),
    )


@settings(bounded, max_examples=60)
@given(towns())
def test_distances_are_those_of_networkx(made: dict[str, Any]) -> None:
    site = town(**made)
    reach, _ = walk(site)
    pairs = np.array(by_hand(site, site.demand, site.facilities)).reshape(len(site.demand), len(site.facilities))
    pairs[pairs > site.limit_mm] = FAR_MM
    here, there = site.demand.geometry.to_numpy(), site.facilities.geometry.to_numpy()
    pairs[shapely.equals(here[:, None], there[None, :])] = 0  # at one spot nobody walks
    for c, k in enumerate(CATEGORIES):
        columns = pairs[:, (site.facilities["category"] == k.id).to_numpy()]
        np.testing.assert_array_equal(reach.place_mm[c], columns.min(axis=1, initial=FAR_MM))
    np.testing.assert_array_equal(reach.facility_mm, pairs.min(axis=0, initial=FAR_MM))


@bounded
@given(towns())
def test_the_way_back_is_as_long(made: dict[str, Any]) -> None:
    one = {**made, "places": {"p": made["places"]["p0"][0]}, "found": [("f", "clinic", point(200, 200))]}
    other = {**made, "places": {"p": point(200, 200)}, "found": [("f", "clinic", made["places"]["p0"][0])]}
    clinic = IDS.index("clinic")
    assert walk(town(**one))[0].place_mm[clinic].tolist() == walk(town(**other))[0].place_mm[clinic].tolist()


# Shares and the index ----------------------------------------------------------------------------


@bounded
@given(towns())
def test_shares_sum_to_the_whole_and_intervals_are_in_order(made: dict[str, Any]) -> None:
    coverage, index = judged(town(**made))
    table = coverage.table
    np.testing.assert_allclose(table[["covered", "gap", "unknown"]].sum(axis=1), table["total"])
    assert (table[["covered", "gap", "unknown", "low_confidence"]] >= 0).all(axis=None)
    assert (table["low_confidence"] <= table["gap"] + 1e-9).all()
    scores = [*index.categories.values(), *index.functions.values(), index.coordination]
    for score, top in [*((score, 1) for score in scores), (index.value, 100)]:
        assert 0 <= score.low <= score.high <= top * (1 + 1e-12)
        assert score.mid is None or score.low <= score.mid <= score.high


@bounded
@given(towns(), st.sampled_from(IDS), spots, sizes)
def test_a_new_facility_lowers_nothing(made: dict[str, Any], kind: str, at: shapely.Point, size: float) -> None:
    before, score = judged(town(**made))
    after, better = judged(town(**{**made, "found": [*made["found"], ("new", kind, at, size)]}))
    assert ((before.place_state != State.COVERED) | (after.place_state == State.COVERED)).all()
    assert (after.table["covered"] >= before.table["covered"] - 1e-6).all()
    # read the other way round: hiding a facility raises no score
    assert better.value.low >= score.value.low - 1e-9
    for id in IDS:
        assert better.categories[id].low >= score.categories[id].low - 1e-9


def holds(wide: Index, narrow: Index) -> bool:
    """Whether every interval of the one contains that of the other."""
    pairs = [(wide.value, narrow.value), *((wide.categories[id], narrow.categories[id]) for id in IDS)]
    return all(a.low <= b.low + 1e-9 and a.high >= b.high - 1e-9 for a, b in pairs)


@bounded
@given(towns(), st.sampled_from(IDS))
def test_hiding_a_layer_only_widens_the_interval(made: dict[str, Any], hidden: str) -> None:
    site = town(**made)
    kept = [row for row in made["found"] if row[1] != hidden]
    less = replace(site, facilities=facilities(kept), completeness={**site.completeness, hidden: Completeness.ABSENT})
    assert holds(judged(less)[1], judged(site)[1])


@bounded
@given(towns(), st.sampled_from(IDS))
def test_taking_back_a_declaration_only_widens_the_interval(made: dict[str, Any], doubted: str) -> None:
    sure = town(**{**made, "complete": {*made["complete"], doubted}})
    unsure = town(**{**made, "complete": {*made["complete"]} - {doubted}})
    assert holds(judged(unsure)[1], judged(sure)[1])


@bounded
@given(towns(), st.integers(0, 600))
def test_data_that_end_nearer_only_widen_the_interval(made: dict[str, Any], east: int) -> None:
    west, south, _, north = made["extent"].bounds
    nearer = {**made, "extent": shapely.box(west, south, east, north)}
    assert holds(judged(town(**nearer))[1], judged(town(**made))[1])


@bounded
@given(towns(), st.floats(1, 3))
def test_a_larger_norm_covers_no_less(made: dict[str, Any], factor: float) -> None:
    larger = tuple(replace(k, norm=replace(k.norm, distance_m=k.norm.distance_m * factor)) for k in CATEGORIES)
    before = judged(town(**made))[0]
    after = judged(town(**{**made, "categories": larger}))[0]
    assert ((before.place_state != State.COVERED) | (after.place_state == State.COVERED)).all()
    at = lambda coverage: coverage.table.loc[coverage.table["at"] == "norm", "covered"].to_numpy()  # noqa: E731
    assert (at(after) >= at(before) - 1e-6).all()


@bounded
@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(made: dict[str, Any], random: Any) -> None:
    def shuffled(value: Any) -> Any:
        items = list(value.items()) if isinstance(value, dict) else list(value)
        random.shuffle(items)
        return dict(items) if isinstance(value, dict) else items

    other = {**made, **{key: shuffled(made[key]) for key in ("nodes", "ways", "places", "found")}}
    one, two = town(**made), town(**other)
    (coverage, index, first), (again, same, second) = everything(one), everything(two)
    pd.testing.assert_frame_equal(coverage.table, again.table)
    assert index == same
    pd.testing.assert_frame_equal(first.places, second.places)
    pd.testing.assert_frame_equal(first.areas, second.areas)


# Walls and gates ---------------------------------------------------------------------------------


@st.composite
def walled(draw: st.DrawFn) -> dict[str, Any]:
    """A town without private ways, its places and facilities on streets, two walls and two gates on streets."""
    made = draw(towns())
    links = [tuple(map(int, way.split())) for way in made["ways"].values()]

    def on_street() -> shapely.Point:
        a, b = (np.array(made["nodes"][node]) for node in draw(st.sampled_from(links)))
        return point(*(a + draw(st.sampled_from([0.25, 0.4, 0.55, 0.7])) * (b - a)))

    ends = st.tuples(st.integers(-50, 550), st.integers(-50, 450))
    walls = draw(st.lists(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1]), min_size=2, max_size=2))
    lines = [shapely.LineString(pair) for pair in walls]
    roads = shapely.multilinestrings([[made["nodes"][node] for node in link] for link in links])
    crossings = shapely.get_coordinates(shapely.intersection(shapely.union_all(lines), roads))
    rows = st.integers(0, max(len(crossings) - 1, 0))
    return {
        "town": {
            **made,
            "private": (),
            "places": {id: on_street() for id in made["places"]},
            "found": [(id, kind, on_street(), size) for id, kind, _, size in made["found"]],
            "connector_m": 1,
        },
        "walls": lines,
        "gates": [point(*crossings[row]) for row in draw(st.lists(rows, max_size=2))] if len(crossings) else [],
    }


def shut(made: dict[str, Any], walls: int, gates: int) -> Site:
    """The town with some of its walls and gates."""
    town_made, lines = made["town"], np.array(made["walls"][:walls], dtype=object)
    opened = made["gates"][:gates]
    doors = layer(opened, access=["public"] * len(opened), own=[True] * len(opened))
    nobody = layer([], node=np.empty(0, dtype=np.int64), access=[])
    ways = streets(town_made["nodes"], town_made["ways"], above=town_made["above"])
    site = town(**town_made, walls=list(lines), gates=opened)
    return replace(site, network=build_network(cut_streets(ways, doors, lines, nobody), WIDE, site.boundary))


@bounded
@given(walled())
def test_walls_lengthen_walks_and_gates_shorten_them(made: dict[str, Any]) -> None:
    mm = {key: walk(shut(made, *key))[0].place_mm for key in ((0, 0), (1, 0), (2, 0), (2, 1), (2, 2))}
    rounding = 20  # mm, over the pieces that a walk is cut into
    assert (mm[1, 0] >= mm[0, 0] - rounding).all()
    assert (mm[2, 0] >= mm[1, 0] - rounding).all()
    assert (mm[2, 1] <= mm[2, 0] + rounding).all()
    assert (mm[2, 2] <= mm[2, 1] + rounding).all()
    covered = {key: judged(shut(made, *key))[0].place_state == State.COVERED for key in ((0, 0), (2, 0), (2, 2))}
    assert (covered[0, 0] | ~covered[2, 0]).all()
    assert (covered[2, 2] | ~covered[2, 0]).all()


@bounded
@given(walled(), st.lists(spots, min_size=1, max_size=5))
def test_no_connector_gets_shorter_by_a_wall_or_longer_by_a_gate(made: dict[str, Any], places: list[Any]) -> None:
    site, shapes = town(**{**made["town"], "connector_m": 100}), np.array(places, dtype=object)
    walls, gates = np.array(made["walls"], dtype=object), np.array(made["gates"], dtype=object)
    metres = []
    for around in ({}, {"walls": walls[:1]}, {"walls": walls}, {"walls": walls, "doors": gates}):
        found = join(site.network, shapes, 100_000, **around)
        one = np.full(len(shapes), FAR_MM)
        one[found.attachment.place] = found.attachment.connector_mm
        metres.append(np.where(found.island, FAR_MM, one))
    assert (metres[0] <= metres[1]).all() and (metres[1] <= metres[2]).all() and (metres[2] >= metres[3]).all()
