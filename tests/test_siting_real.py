"""Best sites on a real place, against PySAL spopt: the same problem as a matrix of all walks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from test_real import site as site_file

from lifecircle.asking import Request
from lifecircle.assessment import walk
from lifecircle.attach import joined
from lifecircle.candidates import along_streets
from lifecircle.choosing import Needs
from lifecircle.coverage import NOWHERE, cover
from lifecircle.load import load_site
from lifecircle.model import FAR_MM
from lifecircle.programme import Options
from lifecircle.rationing import Seats, all_served
from lifecircle.siting import Problem, Walks, all_covered, most_covered, shortest_longest, shortest_mean

pytestmark = pytest.mark.real
SITES = 25


def test_best_sites_of_las_palmas_are_those_of_spopt(shared_data: Path, tmp_path: Path) -> None:
    """An estate of some 300 buildings, nothing there yet, health stations at 25 points along its streets."""
    locate = pytest.importorskip("spopt.locate")
    pulp = pytest.importorskip("pulp")
    bounds = (-15.4235, 28.1525, -15.4095, 28.1625)
    site = load_site(site_file(tmp_path, bounds, shared_data / "las_palmas" / "las_palmas.osm.pbf"))
    site = replace(site, joined=joined(site))
    reach, streets = walk(site)
    request = Request(("health_station",), "shortest-mean", 3.0)
    needs = Needs.of(site, reach, cover(site, reach, NOWHERE), request)
    problem, cost = _some_sites(needs.problem(along_streets(site, reach.graph, streets)), site.limit_mm)
    norm_mm, heads, solver = problem.norm_mm[0], problem.heads, pulp.PULP_CBC_CMD(msg=False)
    assert len(heads) > 100

    def optimum(model: object) -> float:
        return float(model.solve(solver).problem.objective.value())  # type: ignore[attr-defined]

    theirs = optimum(locate.MCLP.from_cost_matrix(cost, heads, norm_mm, 3))
    assert most_covered(problem, 3).value == pytest.approx(theirs)
    near = (cost <= norm_mm).any(axis=1)
    theirs = optimum(locate.LSCP.from_cost_matrix(cost[near], norm_mm))
    assert all_covered(problem).value == pytest.approx(theirs)
    theirs = optimum(locate.PMedian.from_cost_matrix(cost / 1000, heads, 3)) / heads.sum()
    assert shortest_mean(problem, 3, site.limit_mm).value == pytest.approx(theirs)
    theirs = optimum(locate.PCenter.from_cost_matrix(cost / 1000, 6))
    assert shortest_longest(problem, 6, site.limit_mm).value == pytest.approx(theirs)

    ends = np.full(SITES, np.ceil(near.sum() / 4))
    seats = Seats(Walks(*np.empty((3, 0), dtype=np.int64)), np.empty(0), ends)
    whole = locate.LSCP.from_cost_matrix(
        cost[near], norm_mm, facility_capacity_arr=ends, demand_quantity_arr=heads[near]
    )
    assert all_served(problem, seats).value == pytest.approx(optimum(whole))


def _some_sites(whole: Problem, limit_mm: int) -> tuple[Problem, np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """The problem with a few of its sites and nothing there yet, and its matrix of walks."""
    kept = np.linspace(0, len(whole.options.cost) - 1, SITES).astype(np.int64)
    number = np.full(len(whole.options.cost), -1)
    number[kept] = np.arange(SITES)
    walks = whole.walks.take((number[whole.walks.option] >= 0) & (whole.walks.mm < limit_mm))
    walks = replace(walks, option=number[walks.option])
    cost = np.full((len(whole.heads), SITES), float(limit_mm))
    cost[walks.need, walks.option] = walks.mm
    far = np.full(len(whole.heads), FAR_MM)
    return replace(whole, walk_mm=far, walks=walks, options=Options.alone(np.ones(SITES))), cost
