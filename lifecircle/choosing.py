"""Who lacks what on a site, and what could be built where, as a problem of choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lifecircle.asking import Request, per_head
from lifecircle.candidates import Sites
from lifecircle.coverage import States, judged_by, weights
from lifecircle.model import FAR_MM, Bools, Category, Coverage, Floats, Ints, Reach, Site, State
from lifecircle.pairs import by_streets, least, pairs
from lifecircle.programme import Options
from lifecircle.rationing import Seats
from lifecircle.siting import Problem, Walks


@dataclass(frozen=True)
class Needs:
    """The places of a site (``p``) once a category asked for (``c``): ``n = c * p`` needs, category by category."""

    site: Site
    reach: Reach
    request: Request
    heads: Floats
    """Shape (n,): those that the category is judged by, else one a place."""
    state: States
    """Shape (n,)."""

    @classmethod
    def of(cls, site: Site, reach: Reach, coverage: Coverage, request: Request) -> Needs:
        """Those of a site."""
        number = {category.id: c for c, category in enumerate(site.standard.categories)}
        rows = [number[id] for id in request.categories]
        heads = [weights(site, judged_by(site.standard.categories[row], site)) for row in rows]
        return cls(site, reach, request, np.concatenate(heads), coverage.place_state[rows].ravel())

    @property
    def places(self) -> int:
        """How many places."""
        return len(self.site.demand)

    @cached_property
    def categories(self) -> tuple[Category, ...]:
        """Those asked for."""
        return tuple(self.site.standard.category(id) for id in self.request.categories)

    @cached_property
    def by(self) -> tuple[str, ...]:
        """Whom each is judged by."""
        return tuple(judged_by(category, self.site) for category in self.categories)

    @property
    def lacking(self) -> Floats:
        """Shape (n,): heads that are in gap, or may be."""
        return np.where(self.state == State.COVERED, 0.0, self.heads)

    @property
    def sure(self) -> Bools:
        """Shape (n,): needs of which somebody knows whether they are met."""
        return self.state != State.UNKNOWN

    def norms_mm(self) -> Ints:
        """Shape (c,)."""
        speed = self.site.profile.metres_per_minute
        return np.array([int(category.norm.metres(speed) * 1000) for category in self.categories], dtype=np.int64)

    def problem(self, sites: Sites, off_mm: int = 0) -> Problem:
        """Where to build for them; every walk from a new site may be shorter by what thinned sites may be off.

        By the norm, who is covered walks nowhere and who is not has all the way to go: how sure that is, distances
        alone do not tell.
        """
        norms = self.norms_mm()
        walks = self._walks(sites, off_mm)
        walk_mm = np.where(self.state == State.COVERED, 0, FAR_MM)
        return Problem(self.heads, walk_mm, np.repeat(norms, self.places), walks, self._options(sites))

    def by_walks(self, problem: Problem) -> Problem:
        """The same, with what people walk today."""
        number = {category.id: c for c, category in enumerate(self.site.standard.categories)}
        mm = [self.reach.held_to(category.norm).place_mm[number[category.id]] for category in self.categories]
        return replace(problem, walk_mm=np.concatenate(mm))

    def _walks(self, sites: Sites, off_mm: int) -> Walks:
        """From every site, once for norms in metres and once for those in minutes."""
        norms = self.norms_mm()
        limits = np.full(len(norms), self.site.limit_mm) if self.request.walks_count else norms
        in_time = np.array([category.norm.minutes is not None for category in self.categories])
        found: list[Walks] = []
        for timed in np.unique(in_time):
            members = np.flatnonzero(in_time == timed)
            place, site, mm = self._pairs(sites, int(limits[members].max()) + off_mm, bool(timed))
            for c in members.tolist():
                near = mm <= limits[c] + off_mm
                shorter = np.maximum(mm[near] - off_mm, 0)
                found.append(Walks(place[near] + c * self.places, self._option(c, site[near], sites), shorter))
        return Walks(*(np.concatenate([getattr(each, name) for each in found]) for name in ("need", "option", "mm")))

    def _pairs(self, sites: Sites, limit_mm: int, in_time: bool) -> tuple[Ints, Ints, Ints]:
        joins, count = self.reach.joins, len(sites.names)
        assert joins is not None
        held = replace(joins, facilities=sites.rows)
        key, mm = by_streets(self.site.network, held, np.arange(count), count, limit_mm, in_time)
        key, mm = least(key, mm, limit_mm)
        return (*np.divmod(key, count), mm)

    def _option(self, c: int, site: Ints, sites: Sites) -> Ints:
        """What is built at some sites for a category: an option of its own, or the centre of all."""
        return site if self.request.together else site + c * len(sites.names)

    def built(self, option: int, sites: Sites) -> tuple[str, ...]:
        """Ids of the categories that an option is of: the inverse of ``_option``."""
        asked = self.request
        return asked.categories if asked.together else (asked.categories[option // len(sites.names)],)

    def _options(self, sites: Sites) -> Options:
        count, asked = len(sites.names), self.request
        cost, area = asked.of(asked.cost, 1.0), asked.of(asked.area_m2, 0.0)
        site_cost = np.nan_to_num(sites.cost) + asked.site_cost
        room = np.where(np.isnan(sites.area_m2), np.inf, sites.area_m2)
        if asked.together:
            every = np.ones(count)
            return Options(np.arange(count), every * cost.sum(), every * area.sum(), site_cost, room)
        site = np.tile(np.arange(count), len(cost))
        return Options(site, np.repeat(cost, count), np.repeat(area, count), site_cost, room)

    def seats(self, sites: Sites, *, at_best: bool) -> Seats | None:
        """How many heads facilities serve at most; None where nobody asks.

        One whose size nobody knows serves nobody, or without end; so does one of a category of which nobody asks.
        """
        asked = self.request
        if not asked.capacity:
            return None
        site = self.site
        theirs = dict(pairs(site, self.reach))
        number = {category.id: c for c, category in enumerate(site.standard.categories)}
        need, facility = [], []
        ends = np.full(len(site.facilities), np.inf)
        size = site.facilities["capacity"].to_numpy(dtype=float)
        for c, category in enumerate(self.categories):
            found = theirs[number[category.id]]
            near = found.take(found.sure)
            need.append(near.place + c * self.places)
            facility.append(near.facility)
            if category.id in asked.capacity:
                own = (site.facilities["category"] == category.id).to_numpy()
                unknown = np.inf if at_best else 0.0
                ends[own] = np.where(np.isnan(size[own]), unknown, size[own] / per_head(asked, category))
        count = len(sites.names)
        new = [asked.capacity[x.id] / per_head(asked, x) if x.id in asked.capacity else np.inf for x in self.categories]
        walks = Walks(np.concatenate(need), np.concatenate(facility), np.zeros(sum(map(len, need)), dtype=np.int64))
        return Seats(walks, ends, np.repeat(np.array(new), count))
