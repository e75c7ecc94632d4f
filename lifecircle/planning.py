"""The best choice for an aim: what to build, how good it is, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lifecircle.candidates import Sites
from lifecircle.choosing import Needs
from lifecircle.model import Bools, Ints
from lifecircle.rationing import Seats, all_served, most_served, served
from lifecircle.siting import (
    NOTHING,
    Choice,
    Problem,
    all_covered,
    covered,
    longest_m,
    mean_m,
    most_covered,
    next_best,
    shortest_longest,
    shortest_mean,
    walked,
)


@dataclass(frozen=True)
class Plan:
    """What is needed, and the sites that may serve it."""

    needs: Needs
    sites: Sites

    @cached_property
    def problem(self) -> Problem:
        """By the norm."""
        return self.needs.problem(self.sites)

    @cached_property
    def walks(self) -> Problem:
        """By what people walk today, without those whom nothing reaches; only where walks are the aim."""
        return self._by_walks(self.problem)

    def _by_walks(self, problem: Problem) -> Problem:
        by_walks = self.needs.by_walks(problem)
        reached = self.can_serve | (by_walks.walk_mm < self.needs.site.limit_mm)
        return replace(by_walks, heads=np.where(reached, problem.heads, 0.0))

    @cached_property
    def seats(self) -> Seats | None:
        """What each serves at most, the unknown nobody."""
        return self.needs.seats(self.sites, at_best=False)

    @property
    def budget(self) -> float:
        """What may be spent; inf where nothing is said."""
        given = self.needs.request.budget
        return np.inf if given is None else given

    @cached_property
    def best(self) -> Choice:
        """The best choice for the aim, the unknown counted as gaps."""
        return self._chosen(self.problem, self.seats)

    @cached_property
    def bound(self) -> float:
        """No choice does better, not on any street either: thinned sites serve what others do, with walks that are
        longer by their distance."""
        if not self.sites.apart_mm:
            return self.best.bound
        nearer = self.needs.problem(self.sites, self.sites.apart_mm)
        if self.needs.request.aim == "all-covered":
            # as few as can serve those whom these sites can serve
            nearer = replace(nearer, heads=np.where(self.can_serve, nearer.heads, 0.0))
        return self._chosen(nearer, self.seats).bound

    @cached_property
    def can_serve(self) -> Bools:
        """Shape (n,): needs that some site can serve; where walks count, those that some site can reach."""
        walks = self.problem.walks if self.needs.request.walks_count else self.problem.within
        can = np.zeros(len(self.problem.heads), dtype=bool)
        can[walks.need] = True
        return can

    @cached_property
    def robust(self) -> Ints:
        """Options that are among the best too where the unknown count as covered."""
        needs = self.needs
        if needs.sure.all() and needs.request.capacity == {}:
            return self.best.options
        known = replace(self.problem, heads=np.where(needs.sure, self.problem.heads, 0.0))
        return self._chosen(known, needs.seats(self.sites, at_best=True)).options

    def _chosen(self, problem: Problem, seats: Seats | None) -> Choice:
        aim, limit_mm = self.needs.request.aim, self.needs.site.limit_mm
        if aim == "all-covered":
            return all_covered(problem) if seats is None else all_served(problem, seats)
        if aim == "most-covered":
            return most_covered(problem, self.budget) if seats is None else most_served(problem, seats, self.budget)
        by_walks = self._by_walks(problem)
        solve = shortest_mean if aim == "shortest-mean" else shortest_longest
        return solve(by_walks, self.budget, limit_mm)

    def value(self, options: Sequence[int]) -> float:
        """What the aim counts with some options built: heads gained, what is spent, or metres."""
        aim, chosen = self.needs.request.aim, np.array(options, dtype=np.int64)
        if aim == "all-covered":
            return self.problem.options.spent(chosen)
        if aim == "most-covered":
            return self.gain(options)
        mm = walked(self.walks, chosen, self.needs.site.limit_mm)
        return (mean_m if aim == "shortest-mean" else longest_m)(self.walks, mm)

    def gain(self, options: Sequence[int], *, sure: bool = False) -> float:
        """Heads that some options bring within the norm, or serve; with ``sure`` of those that are surely in gap."""
        chosen = np.array(options, dtype=np.int64)
        heads = np.where(self.needs.sure, self.problem.heads, 0.0) if sure else self.problem.heads
        problem = replace(self.problem, heads=heads)
        if self.seats is None:
            return covered(problem, chosen)
        return served(problem, self.seats, chosen) - served(problem, self.seats, NOTHING)

    def left(self, options: Sequence[int]) -> float:
        """Heads that lack with some options built, or may."""
        if self.seats is None:
            return float(self.needs.lacking.sum()) - self.gain(options)
        return float(self.problem.heads.sum()) - served(self.problem, self.seats, np.array(options, dtype=np.int64))

    def order(self, options: Ints) -> list[int]:
        """Options in the order in which they gain soonest, without those that gain nothing."""
        left, built = options.tolist(), list[int]()
        while left:
            best = min(left, key=lambda option: self._worth([*built, option]))
            if not self._worth([*built, best]) < self._worth(built):
                break
            left.remove(best)
            built.append(best)
        return built

    def _worth(self, options: list[int]) -> tuple[float, ...]:
        """The less, the better."""
        if not self.needs.request.walks_count:
            return (-self.gain(options),)
        mm = walked(self.walks, np.array(options, dtype=np.int64), self.needs.site.limit_mm)
        mean = mean_m(self.walks, mm)
        return (mean,) if self.needs.request.aim == "shortest-mean" else (longest_m(self.walks, mm), mean)

    @cached_property
    def greedy(self) -> list[int]:
        """The next best each time; nothing where the aim or seats leave no simple next."""
        if self.seats is not None or self.needs.request.aim == "shortest-longest":
            return []
        by_walks = self.needs.request.aim == "shortest-mean"
        limit_mm = self.needs.site.limit_mm if by_walks else None
        return next_best(self.walks if by_walks else self.problem, self.budget, limit_mm).tolist()
