"""Where to build: the best of what may be built, proven, for what people walk.

A problem has ``n`` needs, each a place of demand and a category, and ``o`` options, each something that may be built at
one of ``s`` sites; a choice builds some options within a budget. Solved as mixed integer programmes (``programme.py``);
where time ends first, the best choice found has a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from lifecircle.model import Bools, Floats, Ints
from lifecircle.programme import SECONDS, Building, Options, Rows, beside, solved

GAP = 1e-9
"""Relative gap between a choice and its bound below which it is proven best."""


@dataclass(frozen=True)
class Walks:
    """Walks between needs and options that are near enough to matter; ``r`` rows, each pair once."""

    need: Ints
    """Shape (r,)."""
    option: Ints
    mm: Ints

    def take(self, rows: Bools) -> Walks:
        """Some of the rows."""
        return Walks(self.need[rows], self.option[rows], self.mm[rows])


@dataclass(frozen=True)
class Problem:
    """What a choice is made for."""

    heads: Floats
    """Shape (n,): weight of each need."""
    walk_mm: Ints
    """Shape (n,): walk to the nearest facility that is there; ``FAR_MM`` where none is."""
    norm_mm: Ints
    """Shape (n,): within which a facility serves."""
    walks: Walks
    options: Options

    @property
    def within(self) -> Walks:
        """The walks within the norm of needs that nothing serves yet."""
        lacking = self.walk_mm > self.norm_mm
        return self.walks.take((self.walks.mm <= self.norm_mm[self.walks.need]) & lacking[self.walks.need])


@dataclass(frozen=True)
class Choice:
    """Options to build."""

    options: Ints
    """Sorted numbers."""
    value: float
    """What the aim counts, for these options."""
    bound: float
    """No choice has a better value."""

    @property
    def proven(self) -> bool:
        """Whether none is better."""
        return self.value == self.bound or abs(self.value - self.bound) <= GAP * max(1.0, abs(self.bound))


TINY = 1e-9
"""A cost that is none."""
NOTHING = np.empty(0, dtype=np.int64)
"""No options."""


def most_covered(problem: Problem, budget: float, *, seconds: float = SECONDS) -> Choice:
    """The options that bring most heads within the norm (maximal covering location, Church & ReVelle 1974).

    ``value`` is the heads that they add to those covered now.
    """
    found = _merged(problem, problem.heads)
    groups = len(found.heads)
    if not groups:
        return Choice(NOTHING, 0.0, 0.0)
    building = Building(problem.options, found.options)
    reached = Rows(beside(building.wide(found.covers), -sparse.eye_array(groups, format="csr")), low=0.0)
    gain = np.append(np.zeros(building.columns), found.heads)
    answer = solved(-gain, [*building.rows(budget, groups), reached], whole=building.columns, seconds=seconds)
    choices = building.built(answer.x), np.sort(next_best(problem, budget))
    best = max(choices[: 1 if answer.settled else 2], key=lambda chosen: covered(problem, chosen))
    return Choice(best, covered(problem, best), -answer.bound(-float(gain.sum())))


def all_covered(problem: Problem, *, seconds: float = SECONDS) -> Choice:
    """The cheapest options that serve every need with heads which any can (location set covering, Toregas et al. 1971).

    ``value`` is their cost; inf where the sites have no room for them all.
    """
    building, reached = _serving_all(problem)
    if building is None:
        return Choice(NOTHING, 0.0, 0.0)
    answer = solved(building.cost, [*building.rows(), reached], whole=building.columns, seconds=seconds)
    if answer.x is None:
        return Choice(NOTHING, np.inf, np.inf if answer.settled else answer.bound(0.0))
    chosen = building.built(answer.x)
    return Choice(chosen, problem.options.spent(chosen), answer.bound(0.0))


def shortest_mean(problem: Problem, budget: float, limit_mm: int, *, seconds: float = SECONDS) -> Choice:
    """The options that make the mean walk of all heads shortest (p-median, Hakimi 1964).

    ``value`` is that mean, in metres; a walk beyond the limit counts as the limit. The programme tells for each need
    and each distance whether nothing is so near (Elloumi 2010, doi 10.1007/s10878-008-9185-0): as many rows as walks.
    """
    base = np.minimum(problem.walk_mm, limit_mm)
    walks = problem.walks.take(problem.walks.mm < base[problem.walks.need])
    walks = walks.take(problem.heads[walks.need] > 0)
    total = float(problem.heads.sum())
    if not len(walks.need) or not total > 0:
        mean = mean_m(problem, base)
        return Choice(NOTHING, mean, mean)
    rings = _rings(walks, base)
    building = Building(problem.options, np.arange(len(problem.options.cost)))
    steps = problem.heads[rings.need] * rings.longer_mm / total / 1000
    size = len(steps)
    near = sparse.csr_array(
        (np.ones(len(walks.need)), (rings.of_walk, walks.option[rings.order])), shape=(size, len(building.kept))
    )
    rows = np.arange(size)
    before = rings.inner >= 0
    held = sparse.csr_array((-np.ones(before.sum()), (rows[before], rings.inner[before])), shape=(size, size))
    apart = beside(building.wide(near), sparse.csr_array(sparse.eye_array(size) + held))
    answer = solved(
        np.append(np.zeros(building.columns), steps),
        [*building.rows(budget, size), Rows(apart, low=np.where(before, 0.0, 1.0))],
        whole=building.columns,
        seconds=seconds,
    )
    choices = building.built(answer.x), np.sort(next_best(problem, budget, limit_mm))
    chosen = min(
        choices[: 1 if answer.settled else 2], key=lambda each: mean_m(problem, walked(problem, each, limit_mm))
    )
    nearest = np.bincount(rings.need[~before], rings.nearest_mm[~before] * problem.heads[rings.need[~before]])
    untouched = np.setdiff1d(np.arange(len(base)), walks.need)
    fixed = (nearest.sum() + (base * problem.heads)[untouched].sum()) / total / 1000
    return Choice(chosen, mean_m(problem, walked(problem, chosen, limit_mm)), fixed + answer.bound(0.0))


def shortest_longest(problem: Problem, budget: float, limit_mm: int, *, seconds: float = SECONDS) -> Choice:
    """The options that make the longest walk of any head shortest (p-center, Hakimi 1964).

    ``value`` is that walk, in metres; beyond the limit it counts as the limit. Found by halving the distances that
    occur: the budget serves all within one, or it does not (Minieka 1970); each is given its share of the seconds.
    """
    people = problem.heads > 0
    base = np.where(people, np.minimum(problem.walk_mm, limit_mm), 0)
    walks = problem.walks.take(people[problem.walks.need] & (problem.walks.mm < limit_mm))
    radii = np.unique(np.concatenate([walks.mm, base]))
    options, low, high, bound = NOTHING, 0, len(radii) - 1, 0
    held = replace(problem, walk_mm=base, walks=walks)
    each = seconds / max(1, len(radii).bit_length())
    while low < high:
        middle = (low + high) // 2
        radius = np.full(len(base), radii[middle])
        found, sure = _serving(replace(held, norm_mm=radius), budget, each)
        if found is not None:
            options, high = found, middle
        else:
            low, bound = middle + 1, middle + 1 if sure else bound
    value = longest_m(problem, walked(held, options, limit_mm))
    return Choice(options, value, min(value, float(radii[bound]) / 1000) if len(radii) else value)


def _serving(problem: Problem, budget: float, seconds: float) -> tuple[Ints | None, bool]:
    """Options within a budget that serve all, and whether that is settled: None where there are none, or time ended."""
    far = np.flatnonzero((problem.walk_mm > problem.norm_mm) & (problem.heads > 0))
    if not np.isin(far, problem.within.need).all():
        return None, True
    building, reached = _serving_all(problem)
    if building is None:
        return NOTHING, True
    answer = solved(
        np.zeros(building.columns), [*building.rows(budget), reached], whole=building.columns, seconds=seconds
    )
    return (None if answer.x is None else building.built(answer.x)), answer.settled


def _serving_all(problem: Problem) -> tuple[Building | None, Rows]:
    """What serves every need that any option can; None where there is no such need."""
    found = _merged(problem, (problem.heads > 0).astype(float))
    if not len(found.heads):
        return None, Rows(found.covers)
    building = Building(problem.options, found.options)
    return building, Rows(building.wide(found.covers), low=1.0)


def next_best(problem: Problem, budget: float = np.inf, limit_mm: int | None = None) -> Ints:
    """Options in the order of a builder who always takes what gains most for its cost, while the budget lasts.

    What counts are heads within the norm; with a limit, as of ``shortest_mean``, the walks of all heads. Those that
    gain nothing are not built.
    """
    options, chosen = problem.options, list[int]()
    left, room = budget, options.site_area_m2.copy()
    opened = np.zeros(len(room), dtype=bool)
    walks = problem.within if limit_mm is None else problem.walks
    served = np.zeros(len(problem.heads), dtype=bool)
    mm = problem.walk_mm if limit_mm is None else np.minimum(problem.walk_mm, limit_mm)
    while True:
        spared = ~served[walks.need] if limit_mm is None else np.maximum(mm[walks.need] - walks.mm, 0)
        gain = np.bincount(walks.option, problem.heads[walks.need] * spared, len(options.cost))
        price = options.cost + np.where(opened[options.site], 0.0, options.site_cost[options.site])
        can = (price <= left) & (options.area_m2 <= room[options.site]) & (gain > 0)
        if not can.any():
            return np.array(chosen, dtype=np.int64)
        best = int(np.argmax(np.where(can, gain / np.maximum(price, TINY), -1.0)))
        chosen.append(best)
        left -= price[best]
        room[options.site[best]] -= options.area_m2[best]
        opened[options.site[best]] = True
        theirs = walks.option == best
        served[walks.need[theirs]] = True
        mm = mm.copy()
        np.minimum.at(mm, walks.need[theirs], walks.mm[theirs])


def covered(problem: Problem, options: Ints) -> float:
    """Heads that some options bring within the norm, beside those covered now."""
    within = problem.within
    return float(problem.heads[np.unique(within.need[np.isin(within.option, options)])].sum())


def walked(problem: Problem, options: Ints, limit_mm: int) -> Ints:
    """Shape (n,): the walk to the nearest facility with some options built, at most the limit."""
    mm = np.minimum(problem.walk_mm, limit_mm)
    rows = np.isin(problem.walks.option, options)
    np.minimum.at(mm, problem.walks.need[rows], problem.walks.mm[rows])
    return mm


def mean_m(problem: Problem, mm: Ints) -> float:
    """The mean of some walks over heads, in metres."""
    total = problem.heads.sum()
    return float((problem.heads * mm).sum() / total / 1000) if total > 0 else 0.0


def longest_m(problem: Problem, mm: Ints) -> float:
    """The longest of some walks that any head has, in metres."""
    return float(mm[problem.heads > 0].max(initial=0)) / 1000


# Smaller programmes that have the same answer ------------------------------------------------------


@dataclass(frozen=True)
class _Covers:
    """Which options serve which groups of needs."""

    covers: sparse.csr_array
    """Shape (groups, options)."""
    heads: Floats
    """Shape (groups,)."""
    options: Ints
    """Number of each option in the problem."""


def _merged(problem: Problem, heads: Floats) -> _Covers:
    """Needs that the same options serve are one; without needs that have no heads, options that serve nobody, and
    options that another can stand for."""
    walks = problem.within
    walks = walks.take(heads[walks.need] > 0)
    need, row = np.unique(walks.need, return_inverse=True)
    option, column = np.unique(walks.option, return_inverse=True)
    covers = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(need), len(option)))
    kept = _best_of_their_kind(covers, problem.options, option)
    covers = sparse.csr_array(covers[:, kept])
    first, group = same_rows(covers)
    return _Covers(covers[first], np.bincount(group, heads[need], len(first)).astype(float), option[kept])


def same_rows(matrix: sparse.csr_array) -> tuple[Ints, Ints]:
    """The first row of each set of entries that occurs, and for every row which of these it has."""
    matrix.sort_indices()
    parts = np.split(matrix.indices, matrix.indptr[1:-1]) if matrix.shape[0] else []
    sets = np.array([part.tobytes() for part in parts], dtype=object)
    _, first, group = np.unique(sets, return_index=True, return_inverse=True)
    return first, group


def _best_of_their_kind(covers: sparse.csr_array, options: Options, number: Ints) -> Ints:
    """Columns without those for which another serves the same and more at no greater cost."""
    if options.tied.any():
        return np.arange(len(number))
    both = sparse.coo_array(covers.T @ covers)
    size, cost = covers.sum(axis=0), options.cost[number]
    lesser, other = both.coords
    inside = (both.data == size[lesser]) & (cost[other] <= cost[lesser])
    same = (size[other] == size[lesser]) & (cost[other] == cost[lesser])
    worse = lesser[inside & ~(same & (other >= lesser))]
    return np.setdiff1d(np.arange(len(number)), worse)


@dataclass(frozen=True)
class _Rings:
    """Distances at which options stand around each need, the nearest first: ring by ring, ``k`` in all."""

    need: Ints
    """Shape (k,)."""
    nearest_mm: Ints
    """Shape (k,): distance of the need's first ring."""
    longer_mm: Ints
    """Shape (k,): to the next ring, or to the walk that the need has now."""
    inner: Ints
    """Shape (k,): the ring before it; -1 for a need's first."""
    of_walk: Ints
    """Shape (r,): ring of each walk, in the order of ``order``."""
    order: Ints


def _rings(walks: Walks, base: Ints) -> _Rings:
    order = np.lexsort((walks.option, walks.mm, walks.need))
    need, mm = walks.need[order], walks.mm[order]
    new = np.append(True, (need[1:] != need[:-1]) | (mm[1:] != mm[:-1]))
    ring_need, ring_mm = need[new], mm[new]
    first = np.append(True, ring_need[1:] != ring_need[:-1])
    last = np.append(ring_need[1:] != ring_need[:-1], True)
    following = np.where(last, base[ring_need], np.append(ring_mm[1:], 0))
    inner = np.where(first, -1, np.arange(len(ring_mm)) - 1)
    start = np.flatnonzero(first)
    nearest = np.repeat(ring_mm[start], np.diff(np.append(start, len(ring_mm))))
    return _Rings(ring_need, nearest, following - ring_mm, inner, np.cumsum(new) - 1, order)
