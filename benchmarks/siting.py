"""The best sites for 3,000 places among 1,000, on the streets of a city, beside PySAL spopt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.cases import Case
from benchmarks.measure import Row, faster, paired
from benchmarks.searches import origins
from lifecircle.model import FAR_MM, Joins, Owners, Shared, WalkNetwork
from lifecircle.pairs import by_streets, least
from lifecircle.programme import Options
from lifecircle.siting import Problem, Walks, most_covered

PLACES, SITES = 3_000, 1_000
NORM_MM = 500_000
SEED = 1974


def run(case: Case, folder: Path, repeats: int, places: int = PLACES, sites: int = SITES) -> list[Row]:
    """Most heads within 500 m for 5 and 20 sites; the peer builds its programme and solves it by CBC."""
    problem = _problem(case.site(folder).network, places, sites)
    return [_row(case, problem, budget, min(repeats, 2)) for budget in (5, 20)]


def _row(case: Case, problem: Problem, budget: int, repeats: int) -> Row:
    ours, peer, found, theirs = paired(
        lambda: most_covered(problem, budget), lambda: _by_spopt(problem, budget), repeats
    )
    if not found.proven or abs(found.value - theirs) > 1e-6 * theirs:
        raise ValueError(f"{found.value} of at most {found.bound} heads, and {theirs} by spopt")
    size = f"{len(problem.heads):,} places, {len(problem.options.cost):,} sites, best {budget}"
    return faster(
        size, case.name, ours, peer, at_least=1, against="spopt MCLP by CBC",
        answers=f"same {found.value:,.0f} heads, proven",
    )  # fmt: skip


def _by_spopt(problem: Problem, budget: int) -> float:
    from pulp import PULP_CBC_CMD
    from spopt.locate import MCLP

    cost = np.full((len(problem.heads), len(problem.options.cost)), 2.0 * NORM_MM)
    cost[problem.walks.need, problem.walks.option] = problem.walks.mm
    model = MCLP.from_cost_matrix(cost, problem.heads, NORM_MM, budget)
    return float(model.solve(PULP_CBC_CMD(msg=False)).problem.objective.value())


def _problem(network: WalkNetwork, places: int, sites: int) -> Problem:
    """Places and sites drawn along the streets, 1 to 300 heads each place, nothing there yet."""
    drawn = origins(network, places + sites)
    shuffled = np.random.default_rng(SEED).permutation(places + sites)
    at = [np.isin(drawn.place, shuffled[:places]), np.isin(drawn.place, shuffled[places:])]
    demand, supply = (replace(drawn.take(rows), place=np.arange(rows.sum())) for rows in at)
    none = np.empty(0, dtype=np.int64)
    joins = Joins(demand, supply, Owners(none, none), Shared(none, none, none))
    key, mm = by_streets(network, joins, np.arange(sites), sites, NORM_MM, False)
    key, mm = least(key, mm, NORM_MM)
    heads = np.random.default_rng(SEED).integers(1, 301, places).astype(float)
    walks = Walks(*np.divmod(key, sites), mm)
    return Problem(heads, np.full(places, FAR_MM), np.full(places, NORM_MM), walks, Options.alone(np.ones(sites)))
