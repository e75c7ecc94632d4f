"""Where to build: the best of some sites, proven, for what people walk.

A problem is ``p`` places of demand and ``s`` sites; a choice opens some sites at a cost within a budget. Solved as
mixed integer programmes by HiGHS (``scipy.optimize.milp``); where time ends first, the best choice found has a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from lifecircle.model import Bools, Floats, Ints

SECONDS = 60.0
"""Time for one programme."""
TIMED_OUT = 1
"""Status of an answer that had no time to be settled."""
GAP = 1e-9
"""Relative gap between a choice and its bound below which it is proven best."""


@dataclass(frozen=True)
class Walks:
    """Walks between places and sites that are near enough to matter; ``r`` rows, each pair once."""

    place: Ints
    """Shape (r,)."""
    site: Ints
    mm: Ints

    def take(self, rows: Bools) -> Walks:
        """Some of the rows."""
        return Walks(self.place[rows], self.site[rows], self.mm[rows])


@dataclass(frozen=True)
class Problem:
    """What a choice is made for."""

    heads: Floats
    """Shape (p,): weight of each place."""
    walk_mm: Ints
    """Shape (p,): walk to the nearest facility that is there; ``FAR_MM`` where none is."""
    walks: Walks
    cost: Floats
    """Shape (s,): of opening each site."""
    norm_mm: int

    @property
    def within(self) -> Walks:
        """The walks within the norm of places that nothing serves yet."""
        return self.walks.take((self.walks.mm <= self.norm_mm) & (self.walk_mm[self.walks.place] > self.norm_mm))


@dataclass(frozen=True)
class Choice:
    """Sites to open."""

    sites: Ints
    """Sorted numbers."""
    value: float
    """What the aim counts, for these sites."""
    bound: float
    """No choice has a better value."""

    @property
    def proven(self) -> bool:
        """Whether none is better."""
        return abs(self.value - self.bound) <= GAP * max(1.0, abs(self.bound))


def most_covered(problem: Problem, budget: float, *, seconds: float = SECONDS) -> Choice:
    """The sites that bring most heads within the norm (maximal covering location, Church & ReVelle 1974).

    ``value`` is the heads that they add to those covered now.
    """
    found = _merged(problem.within, problem.heads)
    places, sites = found.covers.shape
    if not places or not sites:
        return Choice(np.empty(0, dtype=np.int64), 0.0, 0.0)
    cost = problem.cost[found.site]
    gain = np.concatenate([np.zeros(sites), found.heads])
    reached = sparse.hstack([found.covers, -sparse.identity(places)], format="csr")
    spent = sparse.csr_array(np.concatenate([cost, np.zeros(places)])[None])
    answer = _solved(
        -gain,
        [LinearConstraint(reached, lb=0.0), LinearConstraint(spent, ub=budget)],
        whole=_whole(sites, places),
        seconds=seconds,
    )
    chosen = _opened(answer, found.site)
    return Choice(chosen, covered(problem, chosen), -_bound(answer, -float(gain.sum())))


def all_covered(problem: Problem, *, seconds: float = SECONDS) -> Choice:
    """The cheapest sites that serve every place which any site can (location set covering, Toregas et al. 1971).

    ``value`` is their cost.
    """
    found = _merged(problem.within, np.ones(len(problem.heads)))
    places, sites = found.covers.shape
    if not places:
        return Choice(np.empty(0, dtype=np.int64), 0.0, 0.0)
    cost = problem.cost[found.site]
    answer = _solved(cost, [LinearConstraint(found.covers, lb=1.0)], whole=_whole(sites), seconds=seconds)
    chosen = _opened(answer, found.site)
    return Choice(chosen, float(problem.cost[chosen].sum()), _bound(answer, 0.0))


def shortest_mean(problem: Problem, budget: float, limit_mm: int, *, seconds: float = SECONDS) -> Choice:
    """The sites that make the mean walk of all heads shortest (p-median, Hakimi 1964).

    ``value`` is that mean, in metres; a walk beyond the limit counts as the limit. The programme tells for each place
    and each distance whether nothing is so near (Elloumi 2010, doi 10.1007/s10878-008-9185-0): as many rows as walks.
    """
    base = np.minimum(problem.walk_mm, limit_mm)
    walks = problem.walks.take(problem.walks.mm < base[problem.walks.place])
    heads = problem.heads[walks.place]
    walks = walks.take(heads > 0)
    total = float(problem.heads.sum())
    if not len(walks.place) or not total > 0:
        mean = _mean_m(problem, base)
        return Choice(np.empty(0, dtype=np.int64), mean, mean)
    rings = _rings(walks, base)
    sites = len(problem.cost)
    steps = rings.heads_of(problem.heads) * rings.longer_mm / total / 1000
    near = sparse.csr_array(
        (np.ones(len(walks.place)), (rings.of_walk, walks.site[rings.order])), shape=(len(steps), sites)
    )
    rows = np.arange(len(steps))
    before = rings.inner >= 0
    held = sparse.csr_array(
        (-np.ones(before.sum()), (rows[before], rings.inner[before])), shape=(len(steps), len(steps))
    )
    apart = sparse.hstack([near, sparse.identity(len(steps)) + held], format="csr")
    spent = sparse.csr_array(np.concatenate([problem.cost, np.zeros(len(steps))])[None])
    answer = _solved(
        np.concatenate([np.zeros(sites), steps]),
        [LinearConstraint(apart, lb=np.where(before, 0.0, 1.0)), LinearConstraint(spent, ub=budget)],
        whole=_whole(sites, len(steps)),
        seconds=seconds,
    )
    chosen = _opened(answer, np.arange(sites))
    nearest = np.bincount(rings.place[~before], rings.nearest_mm[~before] * problem.heads[rings.place[~before]])
    untouched = np.setdiff1d(np.arange(len(base)), walks.place)
    fixed = (nearest.sum() + (base * problem.heads)[untouched].sum()) / total / 1000
    return Choice(chosen, _mean_m(problem, walked(problem, chosen, limit_mm)), fixed + _bound(answer, 0.0))


def shortest_longest(problem: Problem, budget: float, limit_mm: int, *, seconds: float = SECONDS) -> Choice:
    """The sites that make the longest walk of any head shortest (p-center, Hakimi 1964).

    ``value`` is that walk, in metres; beyond the limit it counts as the limit. Found by halving the distances that
    occur: the budget serves all within one, or it does not (Minieka 1970); each is given its share of the seconds.
    """
    people = problem.heads > 0
    base = np.where(people, np.minimum(problem.walk_mm, limit_mm), 0)
    walks = problem.walks.take(people[problem.walks.place] & (problem.walks.mm < limit_mm))
    radii = np.unique(np.concatenate([walks.mm, base]))
    sites, low, high, bound = np.empty(0, dtype=np.int64), 0, len(radii) - 1, 0
    held = replace(problem, walk_mm=base, walks=walks)
    each = seconds / max(1, len(radii).bit_length())
    while low < high:
        middle = (low + high) // 2
        found, sure = _serving(replace(held, norm_mm=int(radii[middle])), budget, each)
        if found is not None:
            sites, high = found, middle
        else:
            low, bound = middle + 1, middle + 1 if sure else bound
    value = float(walked(held, sites, limit_mm)[people].max(initial=0)) / 1000
    return Choice(sites, value, min(value, float(radii[bound]) / 1000) if len(radii) else value)


def _serving(problem: Problem, budget: float, seconds: float) -> tuple[Ints | None, bool]:
    """Sites within a budget that serve all, and whether that is settled: None where there are none, or time ended."""
    far = np.flatnonzero(problem.walk_mm > problem.norm_mm)
    found = _merged(problem.within, np.ones(len(problem.heads)))
    if not np.isin(far, problem.within.place).all():
        return None, True
    places, sites = found.covers.shape
    if not places:
        return np.empty(0, dtype=np.int64), True
    spent = sparse.csr_array(problem.cost[found.site][None])
    rows = [LinearConstraint(found.covers, lb=1.0), LinearConstraint(spent, ub=budget)]
    answer = _solved(np.zeros(sites), rows, whole=_whole(sites), seconds=seconds)
    return (None if answer.x is None else _opened(answer, found.site)), answer.status != TIMED_OUT


def covered(problem: Problem, sites: Ints) -> float:
    """Heads that some sites bring within the norm, beside those covered now."""
    rows = np.isin(problem.within.site, sites)
    return float(problem.heads[np.unique(problem.within.place[rows])].sum())


def walked(problem: Problem, sites: Ints, limit_mm: int) -> Ints:
    """Shape (p,): the walk to the nearest facility with some sites open, at most the limit."""
    mm = np.minimum(problem.walk_mm, limit_mm)
    rows = np.isin(problem.walks.site, sites)
    np.minimum.at(mm, problem.walks.place[rows], problem.walks.mm[rows])
    return mm


def _mean_m(problem: Problem, mm: Ints) -> float:
    total = problem.heads.sum()
    return float((problem.heads * mm).sum() / total / 1000) if total > 0 else 0.0


# Programmes ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Covers:
    """Which sites serve which groups of places."""

    covers: sparse.csr_array
    """Shape (groups, sites)."""
    heads: Floats
    """Shape (groups,)."""
    site: Ints
    """Number of each site in the problem."""


def _merged(walks: Walks, heads: Floats) -> _Covers:
    """Places that the same sites serve are one; those without heads, and sites that serve nobody, are left out."""
    walks = walks.take(heads[walks.place] > 0)
    place, row = np.unique(walks.place, return_inverse=True)
    site, column = np.unique(walks.site, return_inverse=True)
    covers = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(place), len(site)))
    covers.sort_indices()
    parts = np.split(covers.indices, covers.indptr[1:-1]) if len(place) else []
    _, first, group = np.unique(
        np.array([part.tobytes() for part in parts], dtype=object), return_index=True, return_inverse=True
    )
    return _Covers(covers[first], np.bincount(group, heads[place], len(first)).astype(float), site)


@dataclass(frozen=True)
class _Rings:
    """Distances at which sites stand around each place, the nearest first: ring by ring, ``k`` in all."""

    place: Ints
    """Shape (k,)."""
    nearest_mm: Ints
    """Shape (k,): distance of the place's first ring."""
    longer_mm: Ints
    """Shape (k,): to the next ring, or to the walk that the place has now."""
    inner: Ints
    """Shape (k,): the ring before it; -1 for a place's first."""
    of_walk: Ints
    """Shape (r,): ring of each walk, in the order of ``order``."""
    order: Ints

    def heads_of(self, heads: Floats) -> Floats:
        """Shape (k,): heads of each ring's place."""
        return heads[self.place]


def _rings(walks: Walks, base: Ints) -> _Rings:
    order = np.lexsort((walks.site, walks.mm, walks.place))
    place, mm = walks.place[order], walks.mm[order]
    new = np.append(True, (place[1:] != place[:-1]) | (mm[1:] != mm[:-1]))
    ring_place, ring_mm = place[new], mm[new]
    first = np.append(True, ring_place[1:] != ring_place[:-1])
    last = np.append(ring_place[1:] != ring_place[:-1], True)
    following = np.where(last, base[ring_place], np.append(ring_mm[1:], 0))
    inner = np.where(first, -1, np.arange(len(ring_mm)) - 1)
    start = np.flatnonzero(first)
    nearest = np.repeat(ring_mm[start], np.diff(np.append(start, len(ring_mm))))
    return _Rings(ring_place, nearest, following - ring_mm, inner, np.cumsum(new) - 1, order)


def _solved(cost: Floats, rows: list[LinearConstraint], *, whole: Ints, seconds: float) -> OptimizeResult:
    return milp(
        cost,
        constraints=rows,
        integrality=whole,
        bounds=Bounds(0.0, 1.0),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )


def _bound(answer: OptimizeResult, least: float) -> float:
    """Below which no answer is; ``least`` where time ended before anything was known."""
    return least if answer.mip_dual_bound is None else float(answer.mip_dual_bound)


def _whole(sites: int, others: int = 0) -> Ints:
    """Sites are open or not; the others may be fractions."""
    return np.repeat(np.array([1, 0]), (sites, others))


def _opened(answer: OptimizeResult, site: Ints) -> Ints:
    """The sites of an answer; none where time ended before any was found."""
    if answer.x is None:
        return np.empty(0, dtype=np.int64)
    return np.sort(site[np.flatnonzero(answer.x[: len(site)] > 0.5)])
