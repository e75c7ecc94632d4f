"""Where to build if a facility serves only so many: heads are shared out among what they can walk to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from lifecircle.model import Floats, Ints
from lifecircle.programme import SECONDS, Building, Rows, beside, nothing, solved
from lifecircle.siting import NOTHING, Choice, Problem, Walks, same_rows


@dataclass(frozen=True)
class Seats:
    """How many heads each facility and option serves at most; inf where there is no end."""

    walks: Walks
    """Between needs and the ``f`` facilities that are there (``option``), within the norm."""
    there: Floats
    """Shape (f,)."""
    new: Floats
    """Shape (o,)."""


def most_served(problem: Problem, seats: Seats, budget: float, *, seconds: float = SECONDS) -> Choice:
    """The options with which most heads are served (capacitated maximal covering, Current & Storbeck 1988).

    Heads may be shared out among several facilities within the norm. ``value`` is those served beyond today's.
    """
    shares = _shares(problem, seats)
    now, building = served(problem, seats, NOTHING), _building(problem, shares)
    cost = np.concatenate([np.zeros(building.columns), -np.ones(len(shares.group))])
    rows = [*building.rows(budget, len(shares.group)), *_sharing(building, shares)]
    answer = solved(cost, rows, whole=building.columns, high=_ends(building, shares), seconds=seconds)
    chosen = building.built(answer.x)
    return Choice(chosen, served(problem, seats, chosen) - now, -answer.bound(-float(shares.heads.sum())) - now)


def all_served(problem: Problem, seats: Seats, *, seconds: float = SECONDS) -> Choice:
    """The cheapest options with which as many heads are served as with all of them.

    ``value`` is their cost; inf where time ended before any were found.
    """
    shares = _shares(problem, seats)
    building = _building(problem, shares)
    most = most_served(problem, seats, np.inf, seconds=seconds)
    whole = most.value + served(problem, seats, NOTHING)
    enough = Rows(sparse.csr_array(np.append(np.zeros(building.columns), np.ones(len(shares.group)))[None]), low=whole)
    cost = np.append(building.cost, np.zeros(len(shares.group)))
    rows = [*building.rows(others=len(shares.group)), *_sharing(building, shares), enough]
    answer = solved(cost, rows, whole=building.columns, high=_ends(building, shares), seconds=seconds)
    if answer.x is None:
        return Choice(NOTHING, np.inf, answer.bound(0.0))
    chosen = building.built(answer.x)
    return Choice(chosen, problem.options.spent(chosen), answer.bound(0.0))


def served(problem: Problem, seats: Seats, options: Ints) -> float:
    """Heads that are served with some options built."""
    shares = _shares(problem, seats, options)
    if not len(shares.group):
        return 0.0
    building = Building(problem.options, NOTHING)
    rows = [_of_groups(building, shares), _of_facilities(building, shares)]
    answer = solved(-np.ones(len(shares.group)), rows, whole=0, high=shares.heads[shares.group])
    assert answer.x is not None
    return float(answer.x.sum())


@dataclass(frozen=True)
class _Shares:
    """Heads of a group of needs that something serves; ``r`` of them."""

    group: Ints
    """Shape (r,)."""
    by: Ints
    """Shape (r,): the facility, or, from ``facilities`` on, the option."""
    heads: Floats
    """Shape (groups,)."""
    ends: Floats
    """Shape (facilities + options,): how many each serves at most."""
    facilities: int


def _shares(problem: Problem, seats: Seats, options: Ints | None = None) -> _Shares:
    """Who may be served by what: with all options, or with some; needs that the same serve are one."""
    near = problem.walks.take(problem.walks.mm <= problem.norm_mm[problem.walks.need])
    if options is not None:
        near = near.take(np.isin(near.option, options))
    there = len(seats.there)
    need, by = np.append(seats.walks.need, near.need), np.append(seats.walks.option, near.option + there)
    some = problem.heads[need] > 0
    need, row = np.unique(need[some], return_inverse=True)
    size = there + len(seats.new)
    serving = sparse.csr_array((np.ones(len(row)), (row, by[some])), shape=(len(need), size))
    first, alike = same_rows(serving)
    group, by = (at.astype(np.int64) for at in sparse.csr_array(serving[first]).nonzero())
    heads = np.bincount(alike, problem.heads[need], len(first)).astype(float)
    ends = np.append(seats.there, seats.new)
    return _Shares(group, by, heads, np.minimum(ends, heads.sum()), there)


def _building(problem: Problem, shares: _Shares) -> Building:
    return Building(problem.options, np.unique(shares.by[shares.by >= shares.facilities]) - shares.facilities)


def _ends(building: Building, shares: _Shares) -> Floats:
    return np.append(np.ones(building.columns), shares.heads[shares.group])


def _sharing(building: Building, shares: _Shares) -> list[Rows]:
    """That nobody is served twice, no facility serves too many, and what is not built serves nobody."""
    return [_of_groups(building, shares), _of_facilities(building, shares), *_of_options(building, shares)]


def _of_groups(building: Building, shares: _Shares) -> Rows:
    return Rows(_sums(building, shares.group, len(shares.heads)), high=shares.heads)


def _of_facilities(building: Building, shares: _Shares) -> Rows:
    return Rows(_sums(building, shares.by, len(shares.ends)), high=shares.ends)


def _sums(building: Building, row: Ints, count: int) -> sparse.csr_array:
    """Sums of the shares of each row."""
    size = len(row)
    sums = sparse.csr_array((np.ones(size), (row, np.arange(size))), shape=(count, size))
    return beside(nothing(count, building.columns), sums)


def _of_options(building: Building, shares: _Shares) -> list[Rows]:
    """What an option serves, in all and of each group, is nothing where it is not built."""
    option = shares.by - shares.facilities
    at = np.flatnonzero(option >= 0)
    column = np.searchsorted(building.kept, option[at])
    size, count = len(at), len(building.kept)
    end = sparse.csr_array(sparse.diags_array(shares.ends[shares.facilities + building.kept]))
    sums = sparse.csr_array((np.ones(size), (column, at)), shape=(count, len(option)))
    whole = beside(building.wide(-end), sums)
    heads = shares.heads[shares.group[at]]
    most = sparse.csr_array((heads, (np.arange(size), column)), shape=(size, count))
    each = sparse.csr_array((np.ones(size), (np.arange(size), at)), shape=(size, len(option)))
    return [Rows(whole, high=0.0), Rows(beside(building.wide(-most), each), high=0.0)]
