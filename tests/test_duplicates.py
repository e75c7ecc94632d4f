"""One place that several rows speak of: names, distances, and what may never be joined."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecircle.sources.duplicates import name_parts, same_as

Row = tuple[str, float, str]
"""Name, metres to the east, source."""
MAP = "OpenStreetMap"


def table(rows: list[Row], **columns: list[object]) -> gpd.GeoDataFrame:
    names, east, sources = zip(*rows, strict=True)
    blank = {"category": "c", "status": "existing", "opens": np.nan, "capacity": np.nan, "hours": "", "area_m2": np.nan}
    frame = {"id": [f"i{i}" for i in range(len(rows))], "name": names, "source": sources} | blank | columns
    return gpd.GeoDataFrame(frame, geometry=shapely.points([(x, 0.0) for x in east]))


def leads(frame: gpd.GeoDataFrame, metres: float = 50) -> list[int]:
    return same_as(frame, (frame["source"] == MAP).to_numpy(), metres).tolist()


PAIRS = [
    ("罗森便利店", "罗森便利店", 49, True),
    ("罗森便利店", "罗森便利店", 51, False),
    ("罗森便利店", "罗森 便利店", 10, True),
    ("Lawson罗森", "LAWSON罗森", 10, True),
    ("罗森便利店(斜土路店)", "罗森便利店（斜土路店）", 10, True),
    ("罗森便利店(斜土路店)", "罗森便利店", 10, True),
    ("罗森便利店(斜土路店)", "罗森便利店(肇嘉浜路店)", 10, False),
    ("罗森便利店(斜土路店)", "罗森便利店(肇嘉浜路店)", 0, False),
    ("塘北路口(公交站)", "塘北路口[公交站]", 30, True),
    ("塘北路口(公交站)", "塘北路口", 30, True),
    ("塘北路口【公交站】", "塘北路口〔公交站〕", 30, True),
    ("塘北医院(东院区)", "塘北医院(西院区)", 40, False),
    ("Ｃａｆé・Ａ", "café A", 5, True),
    ("阿强-理发", "阿强理发", 5, True),
    ("阿强理发", "阿强理发店", 5, False),
    ("(北门)", "（北门）", 5, True),
    ("(北门)", "(南门)", 5, False),
    ("", "", 0, False),
    ("—", "-", 0, False),
    ("塘北小馆", "塘南小馆", 0, False),
]


@pytest.mark.parametrize(("one", "other", "metres", "same"), PAIRS)
@pytest.mark.parametrize("source", ["b.csv", MAP])
def test_pairs(one: str, other: str, metres: float, same: bool, source: str) -> None:
    frame = table([(one, 0, "a.csv"), (other, metres, source)])
    assert (len(set(leads(frame))) == 1) == same
    assert (len(set(leads(frame.iloc[::-1].reset_index(drop=True)))) == 1) == same


@pytest.mark.parametrize("column", ["category", "status", "opens"])
def test_what_differs_is_not_one_place(column: str) -> None:
    values = [2026.0, 2027.0] if column == "opens" else ["closed", "planned"]
    assert leads(table([("A", 0, "a"), ("A", 1, "b")], **{column: values})) == [0, 1]


def test_a_chain_joins_no_more_than_its_leader_reaches() -> None:
    # 0, 40, 80, 120 m: the first leads 40, 80 is too far from it and leads 120
    assert leads(table([("A", x, "a.csv") for x in (0, 40, 80, 120)])) == [0, 0, 2, 2]


def test_branches_at_the_farthest_that_may_be_asked() -> None:
    branches = [("A(一店)", 0, "a"), ("A(二店)", 300, "a"), ("A", 150, "b"), ("A", 310, "b")]
    found = leads(table(branches), 200)
    assert found[0] != found[1] and found[3] == 1


def test_a_name_without_branch_stands_for_one_branch_only() -> None:
    assert leads(table([("A", 0, "a"), ("A(甲店)", 20, "a"), ("A(乙店)", -30, "b")])) == [1, 1, 2]


def test_the_map_stands_for_the_file_each_object_for_one_row() -> None:
    # a stop of two platforms on the map, one row in the file; then two rows of the file
    platforms = [("站", 0, MAP), ("站", 30, MAP)]
    assert leads(table([*platforms, ("站(公交站)", 12, "a.csv")])) == [0, 1, 0]
    assert leads(table([*platforms, ("站(甲)", 12, "a.csv"), ("站(乙)", 20, "a.csv")])) == [0, 1, 0, 1]
    assert leads(table([("站", 0, MAP), ("站(甲)", 12, "a.csv"), ("站(乙)", 20, "a.csv")])) == [0, 0, 2]


def test_what_says_most_leads() -> None:
    rows: list[Row] = [("A", 0, "a"), ("A", 10, "b"), ("A", 20, "c")]
    assert leads(table(rows, capacity=[np.nan, 5, np.nan])) == [1, 1, 1]
    assert leads(table(rows, area_m2=[np.nan, np.nan, 900])) == [2, 2, 2]


def test_areas_are_as_far_as_their_edges() -> None:
    frame = table([("公园", 0, MAP), ("公园", 500, "a.csv")])
    park = shapely.box(-1000, -10, 460, 10)
    assert leads(frame.set_geometry(np.array([park, frame.geometry[1]], dtype=object))) == [0, 0]


NAMES = st.sampled_from(["A", "A(一店)", "A（二店）", "ａ", "B", "B [x]", ""])
ROWS = st.lists(
    st.tuples(NAMES, st.integers(0, 400).map(float), st.sampled_from(["a", "b", "c", MAP])), min_size=1, max_size=14
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.randoms(use_true_random=False), st.sampled_from([0, 20, 50, 200]))
def test_what_always_holds(rows: list[Row], random: object, metres: float) -> None:
    frame = table(rows)
    lead = leads(frame, metres)
    order = list(range(len(rows)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = leads(frame.iloc[order].reset_index(drop=True), metres)
    assert {(order[i], order[to]) for i, to in enumerate(shuffled)} == set(enumerate(lead)), "the order decides"
    base, branch = name_parts(frame["name"].to_numpy())
    on_map = frame["source"] == MAP
    for row, to in enumerate(lead):
        assert lead[to] == to, "a row stands for itself or for nothing"
        assert row == to or not on_map[row], "objects of the map are kept"
        assert row == to or base[row] == base[to] != ""
        assert abs(rows[row][1] - rows[to][1]) <= (2 * metres if on_map[to] else metres)
    for to in set(lead):
        members = [row for row in range(len(rows)) if lead[row] == to]
        assert sum(on_map[row] for row in members) <= 1
        assert len({branch[row] for row in members} - {""}) <= 1, "two branches are one place"
