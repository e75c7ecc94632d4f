"""Mixed integer programmes about what is built where, settled by HiGHS (``scipy.optimize.milp``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from lifecircle.model import Bools, Floats, Ints

SECONDS = 60.0
"""Time for one programme."""
TIMED_OUT = 1
"""Status of an answer that had no time to be settled."""


@dataclass(frozen=True)
class Options:
    """What may be built: ``o`` options at ``s`` sites."""

    site: Ints
    """Shape (o,): where each would stand."""
    cost: Floats
    """Shape (o,): of building it."""
    area_m2: Floats
    """Shape (o,): that it takes."""
    site_cost: Floats
    """Shape (s,): of a site, once, if anything is built there."""
    site_area_m2: Floats
    """Shape (s,): that what is built there may take; inf where nothing limits it."""

    @classmethod
    def alone(cls, cost: Floats) -> Options:
        """One option a site, with these costs."""
        none = np.zeros(len(cost))
        return cls(np.arange(len(cost)), cost, none, none, np.full(len(cost), np.inf))

    @property
    def tied(self) -> Bools:
        """Shape (s,): sites at which what is built depends on what else is."""
        crowded = np.bincount(self.site, self.area_m2, len(self.site_cost)) > self.site_area_m2
        return (self.site_cost > 0) | crowded

    def spent(self, options: Ints) -> float:
        """The cost of some options and their sites."""
        return float(self.cost[options].sum() + self.site_cost[np.unique(self.site[options])].sum())


@dataclass(frozen=True)
class Rows:
    """Linear rows that hold between two ends."""

    matrix: sparse.csr_array
    low: Floats | float = -np.inf
    high: Floats | float = np.inf


@dataclass(frozen=True)
class Building:
    """The variables that say what is built: one an option kept, then one a site that ties options; each 0 or 1."""

    options: Options
    kept: Ints
    """Numbers of the options that are asked about."""

    @cached_property
    def sites(self) -> Ints:
        """Numbers of the sites that are asked about."""
        theirs = np.unique(self.options.site[self.kept])
        return theirs[self.options.tied[theirs]]

    @property
    def columns(self) -> int:
        """How many variables."""
        return len(self.kept) + len(self.sites)

    @property
    def cost(self) -> Floats:
        """Shape (columns,)."""
        return np.append(self.options.cost[self.kept], self.options.site_cost[self.sites])

    def wide(self, matrix: sparse.csr_array) -> sparse.csr_array:
        """A matrix over the options kept, as one over all variables."""
        return beside(matrix, nothing(matrix.shape[0], len(self.sites)))

    def rows(self, budget: float = np.inf, others: int = 0) -> list[Rows]:
        """That no more is spent, and nothing built at a site that is not opened or has no room; ``others`` are the
        variables that follow."""
        made = [Rows(sparse.csr_array(self.cost[None]), high=budget)] if np.isfinite(budget) else []
        site = self.options.site[self.kept]
        at, column = np.flatnonzero(np.isin(site, self.sites)), np.searchsorted(self.sites, site)
        if len(at):
            shape = (len(at), len(self.kept))
            each = sparse.csr_array((np.ones(len(at)), (np.arange(len(at)), at)), shape=shape)
            opened = sparse.csr_array((np.ones(len(at)), (np.arange(len(at)), column[at])), (len(at), len(self.sites)))
            made.append(Rows(beside(each, -opened), high=0.0))
            area = self.options.area_m2[self.kept[at]]
            taken = sparse.csr_array((area, (column[at], at)), shape=(len(self.sites), len(self.kept)))
            made.append(Rows(self.wide(taken), high=self.options.site_area_m2[self.sites]))
        return [Rows(beside(each.matrix, nothing(each.matrix.shape[0], others)), each.low, each.high) for each in made]

    def built(self, x: Floats | None) -> Ints:
        """The options that an answer builds, sorted; none where time ended before any was found."""
        if x is None:
            return np.empty(0, dtype=np.int64)
        return np.sort(self.kept[np.flatnonzero(x[: len(self.kept)] > 0.5)])


def beside(*matrices: sparse.csr_array) -> sparse.csr_array:
    """Matrices of as many rows side by side."""
    return sparse.csr_array(sparse.hstack(matrices))


def nothing(rows: int, columns: int) -> sparse.csr_array:
    """A matrix of zeros."""
    none = np.empty(0, dtype=np.int64)
    return sparse.csr_array((np.empty(0), (none, none)), shape=(rows, columns))


@dataclass(frozen=True)
class Answer:
    """What came of a programme."""

    x: Floats | None
    """Shape (variables,); None where nothing was found."""
    dual: float | None
    """Below which no answer is; None where time ended before anything was known."""
    settled: bool
    """False where time ended first."""

    def bound(self, least: float) -> float:
        """Below which no answer is; ``least`` where nothing is known."""
        return least if self.dual is None else self.dual


def solved(
    cost: Floats, rows: Sequence[Rows], *, whole: int, high: Floats | float = 1.0, seconds: float = SECONDS
) -> Answer:
    """The variables from 0 to ``high`` that cost least; the first ``whole`` of them are whole numbers."""
    if not len(cost):
        return Answer(cost, 0.0, True)
    found = milp(
        cost,
        constraints=[LinearConstraint(row.matrix, row.low, row.high) for row in rows],
        integrality=(np.arange(len(cost)) < whole).astype(np.int64),
        bounds=Bounds(0.0, high),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    # a programme without whole numbers has no bound beside its optimum
    dual = found.fun if found.mip_dual_bound is None else found.mip_dual_bound
    return Answer(found.x, None if dual is None else float(dual), found.status != TIMED_OUT)
