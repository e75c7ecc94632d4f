"""Streets cut at gates and walls: what is left of them, and what a walk makes of it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from towns import WIDE, layer, point, streets

from lifecircle.cuts import cut_streets
from lifecircle.model import Streets
from lifecircle.network import build_network

LONG = {1: (0.0, 0.0), 2: (200.0, 0.0), 3: (400.0, 0.0)}
WALL = shapely.LineString([(100, -50), (100, 50)])
AT_VERTEX = shapely.LineString([(200, -50), (200, 50)])

Edge = tuple[float, float, float, bool]


def gates(*rows: tuple[float, float, str, bool]) -> gpd.GeoDataFrame:
    """Gates: x, y, access, own."""
    points = [point(x, y) for x, y, *_ in rows]
    return layer(points, access=[row[2] for row in rows], own=[row[3] for row in rows])


def barred(**nodes: str) -> gpd.GeoDataFrame:
    """Nodes of LONG by their id: ``n2="closed"``."""
    ids = [int(name[1:]) for name in nodes]
    return layer([point(*LONG[id]) for id in ids], node=np.array(ids, dtype=np.int64), access=list(nodes.values()))


def edges(town: Streets) -> list[Edge]:
    """Every edge as (x of its western end, x of its eastern end, metres, private)."""
    net = build_network(town, WIDE, WIDE)
    x = np.sort(np.column_stack([net.node_xy[net.edge_u, 0], net.node_xy[net.edge_v, 0]]), axis=1)
    return sorted(
        (*pair, mm / 1000, p) for pair, mm, p in zip(x.tolist(), net.edge_mm, net.private.tolist(), strict=True)
    )


def cut(
    *rows: tuple[float, float, str, bool],
    walls: tuple[shapely.Geometry, ...] = (),
    ways: dict[int, str] | None = None,
    above: tuple[int, ...] = (),
    **nodes: str,
) -> list[Edge]:
    """The edges of a street of 400 m after gates, walls and barred nodes."""
    town = streets(LONG, ways or {10: "1 2 3"}, above=above)
    lines = np.array(walls, dtype=object)
    return edges(cut_streets(town, gates(*rows), lines, barred(**nodes)))


WHOLE = [(0, 400, 400, False)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (cut(), WHOLE),
        (cut(walls=(WALL,)), [(0, 99, 99, False), (101, 400, 299, False)]),
        (cut(walls=(AT_VERTEX,)), [(0, 199, 199, False), (201, 400, 199, False)]),
        # a street of two ways that meet in the wall; one that only ends at it; one that does not reach it
        (cut(walls=(AT_VERTEX,), ways={10: "1 2", 11: "2 3"}), [(0, 199, 199, False), (201, 400, 199, False)]),
        (cut(walls=(shapely.LineString([(100, 1), (100, 50)]),)), WHOLE),
        (cut(walls=(shapely.LineString([(50, 0), (150, 0)]),)), WHOLE),
        (cut(walls=(WALL,), above=(10,)), WHOLE),
        # a gate 8 m beside the street opens the wall, one 12 m away does not; the map's is as good as the user's
        (cut((100, 8, "public", True), walls=(WALL,)), WHOLE),
        (cut((100, 8, "public", False), walls=(WALL,)), WHOLE),
        (cut((100, 12, "public", True), walls=(WALL,)), [(0, 99, 99, False), (101, 400, 299, False)]),
        (cut((100, 8, "closed", True), walls=(WALL,)), [(0, 99, 99, False), (101, 400, 299, False)]),
        # a gate that some may pass is a private way; the shorter street, which nothing else leads to, is private too
        (cut((100, 0, "staff", True), walls=(WALL,)), [(0, 99, 99, True), (99, 101, 2, True), (101, 400, 299, False)]),
        # a user's closed gate on the street closes it with no wall; the map's does so by its node only
        (cut((100, 1, "closed", True)), [(0, 99, 99, False), (101, 400, 299, False)]),
        (cut((100, 0, "closed", False)), WHOLE),
        (cut(n2="closed"), [(0, 199, 199, False), (201, 400, 199, False)]),
        (cut(n2="closed", ways={10: "1 2", 11: "3 2"}), [(0, 199, 199, False), (201, 400, 199, False)]),
        (cut((205, 5, "public", True), n2="closed"), WHOLE),
    ],
)
def test_what_is_left_of_a_street(found: list[Edge], expected: list[Edge]) -> None:
    assert [edge[3] for edge in found] == [edge[3] for edge in expected]
    np.testing.assert_allclose([edge[:3] for edge in found], [edge[:3] for edge in expected], atol=0.002)


def test_a_private_gate_leads_in_and_out_but_not_through() -> None:
    # a yard between two streets, with a gate for residents to each: its lane begins and ends walks only
    nodes = {1: (0.0, 0.0), 2: (400.0, 0.0), 3: (0.0, 300.0), 4: (400.0, 300.0), 5: (200.0, 0.0), 6: (200.0, 300.0)}
    town = streets(nodes, {10: "1 5 2", 11: "3 6 4", 12: "5 6", 13: "1 3"})
    walls = np.array([shapely.box(100, 50, 300, 250).boundary], dtype=object)
    both = gates((200, 50, "residents", True), (200, 250, "residents", True))
    net = build_network(cut_streets(town, both, walls, barred()), WIDE, WIDE)
    assert net.edge_mm[net.private].sum() == 202_000  # 51 m to 249 m, and 2 m across each gate
    assert net.trusted.all()


def test_what_was_cut_is_told() -> None:
    town = streets(LONG, {10: "1 2 3"})
    walls = np.array([WALL, shapely.box(150, -50, 250, 50).boundary], dtype=object)
    found = cut_streets(town, gates((150, 0, "closed", True)), walls, barred(n3="residents"))
    assert [str(note.text) for note in found.notes] == [
        "your walls cut streets at 2 places with no gate within 10 m; give `gates` to open it",
        "gates cut streets at 2 places: 1 closed, 1 for those inside only",
    ]
