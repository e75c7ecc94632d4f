"""What is asked of a search for places, held against what a site has, before anything is computed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg
from lifecircle.model import Category, Floats, Site
from lifecircle.proposals import AIMS, Aim


@dataclass(frozen=True)
class Request:
    """What is to be built, with what means."""

    categories: tuple[str, ...]
    aim: Aim = "most-covered"
    budget: float | None = None
    cost: Mapping[str, float] = field(default_factory=dict)
    """Of a facility of each category; 1 where nothing is said."""
    site_cost: float = 0.0
    """Of a site, once."""
    area_m2: Mapping[str, float] = field(default_factory=dict)
    """Floor area that a facility of each category takes."""
    together: bool = False
    """All categories at one site, as one centre."""
    capacity: Mapping[str, float] = field(default_factory=dict)
    """Of a new facility of each category, in the category's unit; then what a facility can serve is respected."""
    per_head: Mapping[str, float] = field(default_factory=dict)
    """Of that unit, what a head takes; that of the standard where nothing is said."""

    @property
    def walks_count(self) -> bool:
        """Whether the aim is about how far people walk, not about the norm."""
        return self.aim in ("shortest-mean", "shortest-longest")

    def by_id(self, site: Site) -> Request:
        """The same with ids for the names that people read."""
        ids = {name: one.id for one in site.standard.categories for name in (one.zh, one.en, one.id)}

        def named(given: Mapping[str, float]) -> dict[str, float]:
            return {ids.get(name, name): value for name, value in given.items()}

        return replace(
            self,
            categories=tuple(ids.get(name, name) for name in self.categories),
            cost=named(self.cost),
            area_m2=named(self.area_m2),
            capacity=named(self.capacity),
            per_head=named(self.per_head),
        )

    def of(self, given: Mapping[str, float], otherwise: float) -> Floats:
        """Shape (categories,): what was said of each."""
        return np.array([given.get(id, otherwise) for id in self.categories], dtype=float)


def checked(request: Request, site: Site) -> Request:
    """The request, if a site can be asked it. Raises InputError with all that is wrong."""
    faults = [*_of_categories(request, site), *_of_money(request), *_of_seats(request, site)]
    if faults:
        raise InputError(faults)
    return request


def _of_categories(request: Request, site: Site) -> Iterator[Fault]:
    known = tuple(category.id for category in site.standard.categories)
    if not request.categories:
        yield Fault("--category", msg("none is given"), msg("write one of {values}", values=known))
    for id, times in Counter(request.categories).items():
        if id not in known:
            yield _unknown(id, known)
        elif times > 1:
            yield Fault("--category", msg("{id!r} is given twice", id=id), msg("give each once"))
    for option, given in (
        ("--cost", request.cost),
        ("--area", request.area_m2),
        ("--capacity", request.capacity),
        ("--per-head", request.per_head),
    ):
        for id, value in given.items():
            if id not in request.categories:
                what = msg("{id!r} is not among the categories to build", id=id)
                yield Fault(option, what, msg("write one of {values}", values=request.categories))
            if not 0 < value < math.inf:
                yield Fault(option, msg("{id} is {value}", id=id, value=value), msg("write a number above 0"))


def _unknown(id: str, known: tuple[str, ...]) -> Fault:
    what = msg("no category {id!r} in the standard", id=id)
    return Fault("--category", what, msg("write one of {values}", values=known))


def _of_money(request: Request) -> Iterator[Fault]:
    if request.aim not in AIMS:
        what = msg("is {value!r}", value=request.aim)
        yield Fault("--aim", what, msg("write one of {values}", values=AIMS))
    if not 0 <= request.site_cost < math.inf:
        yield Fault("--site-cost", msg("is {value}", value=request.site_cost), msg("write a number from 0 on"))
    if request.budget is None:
        if request.aim != "all-covered":
            yield Fault("--budget", msg("is not given"), msg("say what may be spent; a facility costs 1"))
        return
    if not 0 < request.budget < math.inf:
        yield Fault("--budget", msg("is {value:g}", value=request.budget), msg("write a number above 0"))
        return
    costs = request.of(request.cost, 1.0)
    cheapest = request.site_cost + float(costs.sum() if request.together else costs.min(initial=math.inf))
    if request.categories and cheapest > request.budget:
        what = msg("is {budget:g}, and the cheapest costs {cost:g}", budget=request.budget, cost=cheapest)
        yield Fault("--budget", what, msg("give at least {cost:g}, or build what costs less", cost=cheapest))


def _of_seats(request: Request, site: Site) -> Iterator[Fault]:
    if not request.capacity:
        for id in request.per_head:
            what = msg("says what a head takes of {id!r}, and nothing says what a facility has", id=id)
            yield Fault("--per-head", what, msg("give --capacity too"))
        return
    if request.walks_count:
        what = msg("goes with the aims that count who is served")
        yield Fault("--capacity", what, msg("write one of {values}", values=AIMS[:2]))
    if request.together:
        yield Fault("--capacity", msg("does not go with --together"), msg("ask for one of them"))
    known = {category.id: category for category in site.standard.categories}
    for id in request.capacity:
        if id in known and math.isnan(per_head(request, known[id])):
            what = msg("the standard does not say what a head takes of {id!r}", id=id)
            yield Fault("--capacity", what, msg("give --per-head {id}=AMOUNT", id=id))


def per_head(request: Request, category: Category) -> float:
    """What a head takes of a category's capacity; NaN where nobody says."""
    norm = category.capacity.per_head if category.capacity else None
    return request.per_head.get(category.id, np.nan if norm is None else norm)


def amounts(given: Mapping[str, Sequence[str] | None]) -> dict[str, dict[str, float]]:
    """What stands behind options as ``ID=AMOUNT``, by option. Raises InputError."""
    faults: list[Fault] = []
    read: dict[str, dict[str, float]] = {}
    for option, texts in given.items():
        read[option] = {}
        for text in texts or ():
            id, _, amount = text.partition("=")
            try:
                read[option][id.strip()] = float(amount)
            except ValueError:
                faults.append(Fault(option, msg("is {value!r}", value=text), msg("write ID=AMOUNT, like canteen=2")))
    if faults:
        raise InputError(faults)
    return read
