"""Bounds of weighted statistics: exact where all is known, and never past what may be true where it is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecircle.model import Bools, Floats
from lifecircle.weighted import Bounds, gini, mean, mean_of_some, quantile

Statistic = Callable[[Floats, Floats, Floats, Bools], Bounds]
CLOSE = 1e-9


def known(statistic: Statistic, values: list[float], weight: list[float]) -> float:
    """The statistic where all is known: both bounds are it."""
    low, high = statistic(np.array(values), np.array(values), np.array(weight), np.zeros(len(values), dtype=bool))
    assert low == high or (np.isnan(low) and np.isnan(high))
    return low


def by_definition(values: Floats, weight: Floats) -> float:
    """sum sum P_i P_k |A_i - A_k| / (2 P^2 A_mean)."""
    apart = (weight[:, None] * weight * np.abs(values[:, None] - values)).sum()
    total = weight.sum()
    return float(apart / (2 * total**2 * (weight * values).sum() / total))


def test_by_hand() -> None:
    # (2 x 100 + 5 x 300) / 400; half of 400 heads is reached in the second place, nine tenths too
    assert known(mean, [2, 5], [100, 300]) == 4.25
    assert known(partial(quantile, share=0.5), [5, 2, 9], [100, 300, 40]) == 2
    assert known(partial(quantile, share=0.9), [5, 2, 9], [100, 300, 40]) == 5
    # half of the weight exactly: the lower of the two
    assert known(partial(quantile, share=0.5), [1, 3], [10, 10]) == 1
    # (1 x 50 + 3 x 100) / 150: the one without any is left out
    assert known(mean_of_some, [0, 1, 3], [400, 50, 100]) == pytest.approx(350 / 150)
    # one of two equals has all: 2 x 1 x 1 x 10 / (2 x 4 x 5) = 0.5
    assert known(gini, [0, 10], [1, 1]) == pytest.approx(0.5)
    assert known(gini, [7, 7, 7], [1, 2, 3]) == 0


def test_nothing_to_tell() -> None:
    for statistic in (mean, partial(quantile, share=0.5), mean_of_some, gini):
        assert np.isnan(known(statistic, [], []))
        assert np.isnan(known(statistic, [3, 4], [0, 0]))
    assert np.isnan(known(gini, [0, 0], [2, 3]))
    assert np.isnan(known(mean_of_some, [0, 0], [2, 3]))


def test_one_place_alone_is_equal_whatever_it_has() -> None:
    assert gini(np.array([0.0]), np.array([np.inf]), np.array([5.0]), np.array([False])) == (0, 0)


def test_inequality_where_sizes_are_unknown() -> None:
    # the first has nothing for sure, the others anything: at best the same, so a quarter of the heads has nothing;
    # at worst the smallest of all has everything: 1 - 1 / 8
    low, high, heads = np.array([0.0, 0, 0]), np.array([0.0, np.inf, np.inf]), np.array([2.0, 5, 1])
    assert gini(low, high, heads, np.zeros(3, dtype=bool)) == pytest.approx((0.25, 0.875))


places = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 9), st.booleans()), min_size=1, max_size=7
)


@settings(max_examples=25, deadline=None)
@given(places, st.integers(0, 2**32 - 1))
@pytest.mark.parametrize(
    "statistic", [mean, partial(quantile, share=0.5), partial(quantile, share=0.9), mean_of_some, gini]
)
def test_whatever_is_true_lies_within(statistic: Statistic, rows: list[tuple[int, int, int, bool]], seed: int) -> None:
    """Values drawn from their bounds, heads drawn for those that nobody counted; whole numbers for counts."""
    ends = np.array([row[:2] for row in rows], dtype=float)
    low, high = ends.min(axis=1), ends.max(axis=1)
    uncounted = np.array([row[3] for row in rows])
    weight = np.where(uncounted, 0.0, [row[2] for row in rows])
    least, most = statistic(low, high, weight, uncounted)
    rng = np.random.default_rng(seed)
    for _ in range(10):
        values = rng.integers(low.astype(int), high.astype(int) + 1).astype(float)
        heads = np.where(uncounted, rng.choice([0, 1, 5, 1000], len(rows)), weight).astype(float)
        truth = known(statistic, list(values), list(heads))
        assert np.isnan(truth) or least - CLOSE <= truth <= most + CLOSE


@settings(max_examples=25, deadline=None)
@given(places)
def test_inequality_is_that_of_its_definition_and_least_at_a_common_level(
    rows: list[tuple[int, int, int, bool]],
) -> None:
    ends = np.array([row[:2] for row in rows], dtype=float)
    weight = np.array([row[2] for row in rows], dtype=float) + 1
    low, high = ends.min(axis=1), ends.max(axis=1)
    if low.any():
        assert known(gini, list(low), list(weight)) == pytest.approx(by_definition(low, weight), abs=CLOSE)
    if high.any() and not (low == high).all():
        levels = np.linspace(0, 6, 601)
        drawn = [np.clip(level, low, high) for level in levels if np.clip(level, low, high).any()]
        least = min(by_definition(values, weight) for values in drawn)
        found = gini(low, high, weight, np.zeros(len(weight), dtype=bool))[0]
        assert found <= least + CLOSE and found == pytest.approx(least, abs=0.01)


@settings(max_examples=25, deadline=None)
@given(places)
@pytest.mark.parametrize("statistic", [mean, partial(quantile, share=0.9), mean_of_some, gini])
def test_neither_order_nor_units_matter(statistic: Statistic, rows: list[tuple[int, int, int, bool]]) -> None:
    """In any order, and in thousands of heads; the Gini index in any unit of what is had."""
    ends = np.array([row[:2] for row in rows], dtype=float)
    weight, uncounted = np.array([row[2] for row in rows], dtype=float), np.array([row[3] for row in rows])
    weight[uncounted] = 0
    low, high = ends.min(axis=1), ends.max(axis=1)
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    unit = 10.0 if statistic is gini else 1.0
    before = statistic(low, high, weight, uncounted)
    after = statistic(low[order] * unit, high[order] * unit, weight[order] / 1000, uncounted[order])
    assert after == pytest.approx(before, nan_ok=True)
