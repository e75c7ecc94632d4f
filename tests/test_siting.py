"""Best sites, held against every choice there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from lifecircle.model import FAR_MM, Floats, Ints
from lifecircle.siting import Choice, Problem, Walks, all_covered, most_covered, shortest_longest, shortest_mean

LIMIT_MM = 2_000
CASES = 60


class Case:
    """A random problem small enough to try everything."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        places, sites = rng.integers(1, 9), rng.integers(1, 7)
        self.mm = np.where(rng.random((places, sites)) < 0.7, rng.integers(1, 40, (places, sites)) * 100, FAR_MM)
        place, site = np.nonzero(self.mm < FAR_MM)
        self.problem = Problem(
            heads=rng.integers(0, 6, places).astype(float),
            walk_mm=np.where(rng.random(places) < 0.5, rng.integers(1, 40, places) * 100, FAR_MM),
            walks=Walks(place, site, self.mm[place, site]),
            cost=rng.integers(1, 4, sites).astype(float) if seed % 2 else np.ones(sites),
            norm_mm=int(rng.integers(5, 19) * 100),
        )
        self.budget = float(rng.integers(0, 5))

    def choices(self, *, within: bool = True) -> Iterator[Ints]:
        sites = range(len(self.problem.cost))
        for count in range(len(sites) + 1):
            for chosen in combinations(sites, count):
                if not within or self.problem.cost[list(chosen)].sum() <= self.budget:
                    yield np.array(chosen, dtype=np.int64)

    def walks(self, chosen: Ints) -> Ints:
        """Shape (p,): the nearest of what is there and what is chosen, at most the limit."""
        there = np.minimum(self.problem.walk_mm, LIMIT_MM)
        return np.column_stack([there, self.mm[:, chosen]]).min(axis=1)

    def gain(self, chosen: Ints) -> float:
        far = self.problem.walk_mm > self.problem.norm_mm
        return float(self.problem.heads[far & (self.walks(chosen) <= self.problem.norm_mm)].sum())


def best(choice: Choice, expected: float) -> bool:
    return choice.proven and choice.value == pytest.approx(expected) and choice.bound == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(CASES))
def test_no_choice_is_better(seed: int) -> None:
    case = Case(seed)
    problem, heads, budget = case.problem, case.problem.heads, case.budget
    assert best(most_covered(problem, budget), max(map(case.gain, case.choices())))
    every = [case.walks(chosen) <= problem.norm_mm for chosen in case.choices(within=False)]
    cost = [float(problem.cost[chosen].sum()) for chosen in case.choices(within=False)]
    whole = min(spent for spent, served in zip(cost, every, strict=True) if (served == every[-1]).all())
    assert best(all_covered(problem), whole)
    if heads.any():
        means = [float((heads * case.walks(chosen)).sum() / heads.sum() / 1000) for chosen in case.choices()]
        assert best(shortest_mean(problem, budget, LIMIT_MM), min(means))
    longest = [float(case.walks(chosen)[heads > 0].max(initial=0)) / 1000 for chosen in case.choices()]
    assert best(shortest_longest(problem, budget, LIMIT_MM), min(longest))


@pytest.mark.parametrize("seed", range(20))
def test_a_larger_budget_never_brings_less(seed: int) -> None:
    case = Case(seed)
    gains = [most_covered(case.problem, budget).value for budget in range(5)]
    assert gains == sorted(gains)


def test_time_that_ends_leaves_a_bound() -> None:
    """Where no time is given, what is found is no better than the bound, and nobody calls it proven."""
    rng = np.random.default_rng(1)
    at: Floats = rng.random((400, 2)) * 4_000
    sites: Floats = rng.random((200, 2)) * 4_000
    mm = (np.abs(at[:, None] - sites[None]).sum(axis=2) * 1000).astype(np.int64)
    place, site = np.nonzero(mm < 2_000_000)
    problem = Problem(np.ones(400), np.full(400, FAR_MM), Walks(place, site, mm[place, site]), np.ones(200), 400_000)
    found = most_covered(problem, 20, seconds=0.0)
    assert found.value <= found.bound
    assert not found.proven
    assert most_covered(replace(problem, heads=np.zeros(400)), 20).proven
