"""Where to build so that most people gain: the best choice, proven, in the order in which it gains soonest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyproj

from lifecircle.asking import Request, checked
from lifecircle.assessment import judged, walk
from lifecircle.attach import joined
from lifecircle.candidates import FEW_SITES, MOST_SITES, sites_of
from lifecircle.changes import Change, Scenario
from lifecircle.choosing import Needs
from lifecircle.coverage import cover
from lifecircle.errors import Fault, InputError
from lifecircle.index import three_life_index
from lifecircle.load import load_site
from lifecircle.messages import Named, Progress, msg, silent
from lifecircle.model import Floats, Index, Reach, Site, State
from lifecircle.opening import at_moment
from lifecircle.planning import Plan
from lifecircle.proposals import Aim, Plots, Proposals, Rival, Step
from lifecircle.scenario import changed
from lifecircle.site import SiteFile, TableFile
from lifecircle.sources.scenarios import DECIMALS


def suggest(
    site: Site | SiteFile | str | Path,
    category: str | Sequence[str],
    *,
    budget: float | None = None,
    aim: Aim = "most-covered",
    candidates: Plots | TableFile | str | Path | None = None,
    cost: Mapping[str, float] | None = None,
    site_cost: float = 0.0,
    area_m2: Mapping[str, float] | None = None,
    together: bool = False,
    capacity: Mapping[str, float] | None = None,
    per_head: Mapping[str, float] | None = None,
    against: Site | Scenario | str | Path | None = None,
    progress: Progress = silent,
) -> Scenario:
    """The best places for new facilities of one or several categories (ids, or names of the standard), as a scenario
    with its ``proposals``.

    Heads are those that each category is judged by, else places; with several categories a head counts once for each.
    Places whose state is unknown count as gaps; what is among the best also where they count as covered is robust.

    ``budget`` is what may be spent; a facility costs 1, or its category's ``cost``, and each site once ``site_cost``
    and what its row says. ``aim`` is one of ``proposals.AIMS``; "all-covered" needs no budget. ``candidates`` are the
    sites that may be chosen: points or areas in a file, or ``Plots`` of the site's own; without them, points along all
    public streets. With ``together`` every site chosen holds all the categories. ``capacity`` is the size of a new
    facility in its category's unit, and ``per_head`` what a head takes of it (else the standard's): nobody is then
    served beyond what there is. ``area_m2`` is the floor area that a facility takes of its site. ``against`` is a plan
    to hold against the best: a scenario, or the site with it, as in a later year. Raises InputError.
    """
    if not isinstance(site, Site):
        progress(msg("reading"))
        site = load_site(site)
    site = at_moment(site, site.at)
    ids = (category,) if isinstance(category, str) else tuple(category)
    asked = checked(
        Request(
            ids, aim, budget, dict(cost or {}), site_cost, dict(area_m2 or {}), together,
            dict(capacity or {}), dict(per_head or {}),
        ).by_id(site),
        site,
    )  # fmt: skip
    if against is not None and asked.capacity:
        what = msg("does not go with --capacity")
        raise InputError(Fault("--against", what, msg("ask for one of them")))
    site = replace(site, joined=joined(site))
    reach, streets = walk(site)
    coverage = cover(site, reach, streets)
    needs = Needs.of(site, reach, coverage, asked)
    most = FEW_SITES if aim == "shortest-mean" else MOST_SITES
    sites = sites_of(site, reach.graph, streets, candidates, most)
    progress(msg("choosing among {n:,} {n:site|sites}", n=len(sites.names)))
    plan = Plan(needs, sites)
    _refuse_nothing(plan, candidates)
    built = plan.order(plan.best.options)
    if not built:
        what = msg(
            "no choice within the budget makes it shorter; a walk over {metres:,} m counts as so long",
            metres=site.limit_mm // 1000,
        )
        raise InputError(Fault("--aim", what, msg("give more, or ask for another aim")))
    author = Author(plan, reach, three_life_index(site, reach, coverage), progress)
    scenario = author.scenario(built)
    proposals = author.proposals(built, _rival(plan, against))
    return replace(scenario, proposals=proposals.signed(site.provenance, scenario.signature))


def _refuse_nothing(plan: Plan, candidates: Plots | TableFile | str | Path | None) -> None:
    """Raises InputError where there is nothing to build, or nothing that helps."""
    needs, asked = plan.needs, plan.needs.request
    option, names = "--category", tuple(Named(one.zh, one.en) for one in needs.categories)
    if not needs.heads.any():
        what = msg("nobody was counted whom {categories} serves", categories=names)
        raise InputError(Fault(option, what, msg("say in the site file who is there, or choose another category")))
    if not needs.lacking.any():
        what = msg("everyone whom {categories} serves is within the norm", categories=names)
        raise InputError(Fault(option, what, msg("choose a category with a gap; `assess` lists them")))
    if candidates is not None:
        option = "--on" if isinstance(candidates, Plots) else "--candidates"
    if not asked.walks_count and not plan.can_serve.any():
        what = msg(
            "none of the {n:,} sites is near anybody who lacks {categories}", n=len(plan.sites.names), categories=names
        )
        raise InputError(Fault(option, what, msg("draw sites nearer to who lacks it; the map shows them")))
    if plan.best.value == np.inf:
        what = msg("the sites have no room to serve everyone near them")
        raise InputError(Fault(option, what, msg("draw larger sites, or ask for --aim most-covered")))
    budget = asked.budget
    if asked.aim == "all-covered" and budget is not None and plan.best.value > budget:
        what = msg("is {budget:g}, and to serve everyone costs {cost:g}", budget=budget, cost=plan.best.value)
        raise InputError(Fault("--budget", what, msg("give more, or ask for --aim most-covered")))


@dataclass(frozen=True)
class Author:
    """Writes down what was chosen."""

    plan: Plan
    as_it_is: Reach
    start: Index
    progress: Progress

    @property
    def site(self) -> Site:
        """As it is."""
        return self.plan.needs.site

    def scenario(self, built: Sequence[int]) -> Scenario:
        """Some options as a scenario."""
        changes = [each for number, option in enumerate(built, start=1) for each in self._changes(option, number)]
        changes = [replace(each, becomes=f"scenario/{i}") for i, each in enumerate(changes, start=1)]
        known = [self.site.standard.category(id) for id in self.plan.needs.request.categories]
        name = f"{known[0].zh} {known[0].en}" if len(known) == 1 else f"{len(known)} 类设施 categories"
        return Scenario(f"{name} +{len(built)}", tuple(changes))

    def _changes(self, option: int, number: int) -> Iterator[Change]:
        where = msg("suggestion: place {number}", number=number)
        name = f"{number}: {self._name(option)}"
        lonlat = (self._lonlat(option),)
        for id in self._categories(option):
            size = self.plan.needs.request.capacity.get(id, np.nan)
            yield Change(where, "facility", "add", lonlat, id, name=name, capacity=size, hours=self._hours)

    @property
    def _hours(self) -> str:
        """Where a moment is asked about, what is built is open then, or it would help nobody."""
        return "24/7" if self.site.at else ""

    def _name(self, option: int) -> str:
        return self.plan.sites.names[self.plan.problem.options.site[option]]

    def _lonlat(self, option: int) -> tuple[float, float]:
        lon, lat = self._degrees[self.plan.problem.options.site[option]].tolist()
        return lon, lat

    @cached_property
    def _degrees(self) -> Floats:
        """Shape (s, 2): where the sites are."""
        to_degrees = pyproj.Transformer.from_crs(self.site.crs, 4326, always_xy=True)
        return np.column_stack(to_degrees.transform(*self.plan.sites.xy.T)).round(DECIMALS)

    def _categories(self, option: int) -> tuple[str, ...]:
        return self.plan.needs.built(option, self.plan.sites)

    def proposals(self, built: list[int], rival: Rival | None) -> Proposals:
        """What there is to tell of a choice."""
        plan = self.plan
        asked = plan.needs.request
        greedy = plan.greedy
        return Proposals(
            aim=asked.aim,
            categories=asked.categories,
            by=plan.needs.by,
            budget=np.nan if asked.budget is None else asked.budget,
            spent=plan.problem.options.spent(np.array(built, dtype=np.int64)),
            start=plan.value([]),
            value=plan.value(built),
            bound=plan.bound,
            sites=len(plan.sites.names),
            apart_m=plan.sites.apart_mm / 1000,
            left=plan.left(built),
            beyond=float(plan.needs.lacking[~plan.can_serve].sum()),
            index_low=self.start.value.low,
            index_high=self.start.value.high,
            steps=tuple(self._steps(built)),
            greedy=() if greedy == built else tuple(self._steps(greedy)),
            rival=rival,
            seats=bool(asked.capacity),
            credits=tuple(self.site.attribution),
        )

    def _steps(self, built: Sequence[int]) -> Iterator[Step]:
        """Each thing built, with what it brings after those before it."""
        plan = self.plan
        for count, option in enumerate(built, start=1):
            self.progress(msg("weighing step {n} of {all}", n=count, all=len(built)))
            before, now = list(built[: count - 1]), list(built[:count])
            index = judged(changed(self.site, self.scenario(now)), self.as_it_is)[2].value
            spent = [plan.problem.options.spent(np.array(each, dtype=np.int64)) for each in (before, now)]
            yield Step(
                site=self._name(option),
                lonlat=self._lonlat(option),
                categories=self._categories(option),
                changes=len(self._categories(option)),
                cost=spent[1] - spent[0],
                gain=plan.gain(now) - plan.gain(before),
                sure_gain=plan.gain(now, sure=True) - plan.gain(before, sure=True),
                robust=bool(np.isin(option, plan.robust)),
                value=plan.value(now),
                index_low=index.low,
                index_high=index.high,
            )


def _rival(plan: Plan, against: Site | Scenario | str | Path | None) -> Rival | None:
    """What a plan that somebody has brings to the needs, as the assessment tells it."""
    if against is None:
        return None
    needs = plan.needs
    theirs = against if isinstance(against, Site) else changed(needs.site, against)
    _, coverage, index = judged(theirs, needs.reach)
    met = Needs.of(theirs, needs.reach, coverage, needs.request).state == State.COVERED
    gained = met & (needs.state != State.COVERED)
    name = theirs.scenario.name if theirs.scenario else theirs.name
    return Rival(
        name=name,
        gain=float(needs.heads[gained].sum()),
        sure_gain=float(needs.heads[gained & needs.sure].sum()),
        index_low=index.value.low,
        index_high=index.value.high,
    )
