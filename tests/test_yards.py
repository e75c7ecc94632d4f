"""Walks inside an enclosure, worked out on paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import shapely
from shapely import LineString as Line
from shapely import Point, Polygon, box

from lifecircle.model import FAR_MM
from lifecircle.yards import inside_mm

SQUARE = box(0, 0, 100, 100)
ELL = Polygon([(0, 0), (100, 0), (100, 30), (30, 30), (30, 100), (0, 100)])
"""Two arms, the inner corner at (30, 30)."""


def array(shapes: Sequence[shapely.Geometry]) -> np.ndarray:
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


def walked(
    yard: shapely.Geometry,
    one: shapely.Geometry,
    other: shapely.Geometry,
    walls: Sequence[shapely.Geometry] = (),
    doors: Sequence[shapely.Geometry] = (),
) -> int:
    pair = (array([one]), array([other]))
    return int(inside_mm(array([yard]), np.zeros(1, np.int64), *pair, array(walls), array(doors))[0])


def test_straight_where_it_stays_inside() -> None:
    assert walked(SQUARE, Point(10, 10), Point(40, 50)) == 50_000


def test_round_a_corner() -> None:
    # from (10, 90) in the one arm to (90, 10) in the other: hypot(20, 60) = 63.2456, twice
    assert walked(ELL, Point(10, 90), Point(90, 10)) == pytest.approx(126_491, abs=25)


def test_a_house_is_left_where_it_is_nearest() -> None:
    assert walked(SQUARE, box(10, 10, 20, 20), Point(80, 20)) == 60_000


def test_round_the_end_of_a_wall() -> None:
    # a wall from the west side to x = 70; from (40, 20) to (40, 80) round (70, 50): hypot(30, 30) = 42.4264, twice
    assert walked(SQUARE, Point(40, 20), Point(40, 80), [Line([(0, 50), (70, 50)])]) == pytest.approx(84_853, abs=60)


def test_no_walk_across_a_canal() -> None:
    assert walked(SQUARE, Point(50, 20), Point(50, 80), [Line([(0, 50), (100, 50)])]) == FAR_MM


def test_across_a_canal_at_a_door() -> None:
    # 5 m to the side, so that the door is 2 m wide either way and the way through it bends: at x = 52 at least
    walls, doors = [Line([(-10, 50), (110, 50)])], [Point(50, 50)]
    assert walked(SQUARE, Point(50, 20), Point(50, 80), walls, doors) == 60_000
    bent = 2 * np.hypot(80 - 52, 30)
    assert walked(SQUARE, Point(80, 20), Point(80, 80), walls, doors) == pytest.approx(1000 * bent, abs=60)


def test_walls_along_the_outline_shut_nobody_in() -> None:
    walls = [SQUARE.exterior]
    assert walked(SQUARE, Point(50, 40), Point(50, 0), walls, [Point(50, 0)]) == pytest.approx(40_000, abs=40)
    assert walked(SQUARE, Point(50, 40), Point(50, 0), walls) == pytest.approx(40_000, abs=40)


def test_a_gate_a_step_outside() -> None:
    assert walked(SQUARE, Point(50, 40), Point(50, -1.5)) == 41_500


def test_round_a_court_nobody_enters() -> None:
    # a square hole from 30 to 70; past its corners (30, 30) and (70, 30): hypot(20, 20) + 40 + hypot(20, 20)
    yard = Polygon(SQUARE.exterior, [box(30, 30, 70, 70).exterior])
    expected = 1000 * (2 * np.hypot(20, 20) + 40)
    assert walked(yard, Point(10, 50), Point(90, 50)) == pytest.approx(expected, abs=60)


def test_every_pair_in_its_own_yard() -> None:
    yards = array([SQUARE, shapely.transform(ELL, lambda xy: xy + 1000)])
    ones = array([Point(1010, 1090), Point(0, 0), Point(1010, 1010)])
    others = array([Point(1090, 1010), Point(30, 40), Point(1010, 1090)])
    found = inside_mm(yards, np.array([1, 0, 1]), ones, others, array([]), array([]))
    assert found.tolist() == pytest.approx([126_491, 50_000, 80_000], abs=25)
