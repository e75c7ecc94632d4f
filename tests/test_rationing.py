"""Sites for facilities that serve only so many, held against every choice there is and the flows of networkx."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from lifecircle.model import FAR_MM, Ints
from lifecircle.programme import Options
from lifecircle.rationing import Seats, all_served, most_served
from lifecircle.siting import Problem, Walks


class Case:
    """A random problem small enough to try everything."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        needs, options, there = rng.integers(1, 7), rng.integers(1, 6), rng.integers(0, 3)
        self.near = rng.random((needs, options)) < 0.5
        self.nearby = rng.random((needs, there)) < 0.4
        need, option = np.nonzero(self.near)
        whose, facility = np.nonzero(self.nearby)
        self.problem = Problem(
            heads=rng.integers(0, 6, needs).astype(float),
            walk_mm=np.full(needs, FAR_MM),
            norm_mm=np.full(needs, 500),
            walks=Walks(need, option, np.full(len(need), 400)),
            options=Options.alone(rng.integers(1, 4, options).astype(float)),
        )
        self.seats = Seats(
            Walks(whose, facility, np.full(len(whose), 400)),
            there=rng.choice([0.0, 2.0, 5.0, np.inf], there),
            new=rng.choice([1.0, 3.0, 6.0, np.inf], options),
        )
        self.budget = float(rng.integers(0, 6))

    def choices(self) -> list[Ints]:
        options = range(len(self.problem.options.cost))
        return [np.array(each, dtype=np.int64) for n in range(len(options) + 1) for each in combinations(options, n)]

    def cost(self, chosen: Ints) -> float:
        return float(self.problem.options.cost[chosen].sum())

    def served(self, chosen: Ints) -> float:
        """The largest flow from needs through facilities."""
        graph = nx.DiGraph()
        graph.add_nodes_from(("from", "to"))
        for need, heads in enumerate(self.problem.heads):
            graph.add_edge("from", ("need", need), capacity=heads)
            for kind, near, ends in (("new", self.near, self.seats.new), ("old", self.nearby, self.seats.there)):
                for at in np.flatnonzero(near[need]):
                    if kind == "old" or at in chosen:
                        graph.add_edge(("need", need), (kind, at), capacity=heads)
                        graph.add_edge((kind, at), "to", capacity=min(ends[at], 1e6))
        return float(nx.maximum_flow_value(graph, "from", "to"))


@pytest.mark.parametrize("seed", [*range(40), 1076, 1101])
def test_no_choice_serves_more(seed: int) -> None:
    case = Case(seed)
    now, *_ = served = [case.served(chosen) for chosen in case.choices()]
    best = max(heads for heads, chosen in zip(served, case.choices(), strict=True) if case.cost(chosen) <= case.budget)
    found = most_served(case.problem, case.seats, case.budget)
    assert (found.value, found.bound) == (pytest.approx(best - now), pytest.approx(best - now))
    assert case.served(found.options) - now == pytest.approx(found.value)
    whole = min(case.cost(chosen) for heads, chosen in zip(served, case.choices(), strict=True) if heads == max(served))
    found = all_served(case.problem, case.seats)
    assert (found.value, found.bound) == (pytest.approx(whole), pytest.approx(whole))


def test_a_street_of_ten_nodes() -> None:
    """By hand: nodes 0 to 9 stand 100 m apart, 10 heads at each; near is 300 m. A canteen at node 1 seats 10, and the
    50 heads of nodes 0 to 4 are near it. New ones seat 45 and may stand at node 4 (near 1 to 7), 5 (2 to 8) or 8 (5 to
    9).

    One: each of the three has more than 45 near: 45 more. Two at 4 and 8: node 0 fills the seats at node 1; nodes 1 to
    4 and half of 5 sit at 4, the other half and 6 to 9 at 8: everybody, 90 more. At 5 and 8 nodes 0 and 1 (20) have
    only the 10 seats at node 1, at 4 and 5 nobody is near node 9: 80 more.
    """
    at = np.arange(10)
    sites = np.array([4, 5, 8])
    away = np.abs(at[:, None] - sites[None]) * 100_000
    need, option = np.nonzero(away <= 300_000)
    problem = Problem(
        np.full(10, 10.0), np.full(10, FAR_MM), np.full(10, 300_000), Walks(need, option, away[need, option]),
        Options.alone(np.ones(3)),
    )  # fmt: skip
    first = np.arange(5)
    seats = Seats(
        Walks(first, np.zeros(5, dtype=np.int64), np.abs(first - 1) * 100_000), np.array([10.0]), np.full(3, 45.0)
    )
    one = most_served(problem, seats, 1)
    assert (one.value, one.proven) == (45, True)
    two = most_served(problem, seats, 2)
    assert (two.value, two.options.tolist(), two.proven) == (90, [0, 2], True)
    assert all_served(problem, seats).options.tolist() == [0, 2]
