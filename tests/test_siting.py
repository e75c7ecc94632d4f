"""Best sites, held against every choice there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from lifecircle.model import FAR_MM, Floats, Ints
from lifecircle.programme import Options
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
            norm_mm=rng.integers(5, 19, places) * 100,
            walks=Walks(place, site, self.mm[place, site]),
            options=_options(rng, int(sites), seed),
        )
        self.budget = float(rng.integers(0, 5))

    def choices(self, *, within: bool = True) -> Iterator[Ints]:
        options = self.problem.options
        for count in range(len(options.cost) + 1):
            for each in combinations(range(len(options.cost)), count):
                chosen = np.array(each, dtype=np.int64)
                taken = [
                    options.area_m2[chosen[options.site[chosen] == site]].sum()
                    for site in range(len(options.site_cost))
                ]
                if (taken <= options.site_area_m2).all() and (not within or self.cost(chosen) <= self.budget):
                    yield chosen

    def cost(self, chosen: Ints) -> float:
        sites = {int(site) for site in self.problem.options.site[chosen]}
        return float(self.problem.options.cost[chosen].sum()) + sum(
            self.problem.options.site_cost[site] for site in sites
        )

    def walks(self, chosen: Ints) -> Ints:
        """Shape (p,): the nearest of what is there and what is chosen, at most the limit."""
        there = np.minimum(self.problem.walk_mm, LIMIT_MM)
        return np.column_stack([there, self.mm[:, chosen]]).min(axis=1)

    def gain(self, chosen: Ints) -> float:
        far = self.problem.walk_mm > self.problem.norm_mm
        return float(self.problem.heads[far & (self.walks(chosen) <= self.problem.norm_mm)].sum())


def _options(rng: np.random.Generator, count: int, seed: int) -> Options:
    """One a site at one price, at several prices, or several at a site that has a price and little room."""
    if seed % 3 == 0:
        return Options.alone(np.ones(count))
    cost = rng.integers(1, 4, count).astype(float)
    if seed % 3 == 1:
        return Options.alone(cost)
    sites = rng.integers(1, count + 1)
    area = rng.integers(1, 5, count) * 100.0
    return Options(
        rng.integers(0, sites, count), cost, area, rng.integers(0, 3, sites) * 1.0, rng.integers(2, 9, sites) * 100.0
    )


def best(choice: Choice, expected: float) -> bool:
    return choice.proven and choice.value == pytest.approx(expected) and choice.bound == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(CASES))
def test_no_choice_is_better(seed: int) -> None:
    case = Case(seed)
    problem, heads, budget = case.problem, case.problem.heads, case.budget
    assert best(most_covered(problem, budget), max(map(case.gain, case.choices())))
    who = heads > 0
    most = case.walks(np.arange(len(problem.options.cost)))[who] <= problem.norm_mm[who]
    serving = [
        chosen
        for chosen in case.choices(within=False)
        if (case.walks(chosen)[who] <= problem.norm_mm[who]).tolist() == most.tolist()
    ]
    whole = min(map(case.cost, serving), default=np.inf)
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
    problem = Problem(
        np.ones(400),
        np.full(400, FAR_MM),
        np.full(400, 400_000),
        Walks(place, site, mm[place, site]),
        Options.alone(np.ones(200)),
    )
    found = most_covered(problem, 20, seconds=0.0)
    assert found.value <= found.bound
    assert not found.proven
    assert most_covered(replace(problem, heads=np.zeros(400)), 20).proven
