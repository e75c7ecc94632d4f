"""What a search for places found, as frozen data that a scenario carries: what to build when, and how good it is.

Figures hold for one site and one list of changes. A fingerprint of both goes with them, so that they are shown only
where they still hold.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

Aim = Literal["most-covered", "all-covered", "shortest-mean", "shortest-longest"]
AIMS: tuple[Aim, ...] = ("most-covered", "all-covered", "shortest-mean", "shortest-longest")
"""Most heads within the norm; everyone within it at the least cost; the shortest mean walk; the shortest longest."""
On = Literal["vacant", "vacant-land", "vacant-buildings", "buildings"]
DIGITS = 6
"""Figures are kept to so many."""


@dataclass(frozen=True)
class Plots:
    """What of a site's own land and buildings may be chosen."""

    on: On
    around_m: float = 0
    """How far beyond the boundary at most."""
    least_m2: float = 0


@dataclass(frozen=True)
class Step:
    """One thing built."""

    site: str
    """Its name among the sites tried."""
    lonlat: tuple[float, float]
    """WGS 84 degrees; of a line its middle."""
    categories: tuple[str, ...]
    """Ids of what is built there; of a link, of what it brings nearer."""
    changes: int
    """How many changes of the scenario, in their order, it is made of."""
    cost: float
    gain: float
    """Heads that it brings within the norm after the steps before it; the unknown count as gaps."""
    sure_gain: float
    """Of these, heads that are surely in gap today."""
    robust: bool
    """Among the best too where the unknown count as covered."""
    value: float
    """What the aim counts, after it: heads, or metres."""
    index_low: float
    """Three-life index after it; both ends NaN where nobody knows."""
    index_high: float


@dataclass(frozen=True)
class Rival:
    """A plan that somebody has, by the same measure."""

    name: str
    gain: float
    sure_gain: float
    index_low: float
    index_high: float


@dataclass(frozen=True)
class Proposals:
    """What to build, and what each step brings."""

    aim: Aim
    categories: tuple[str, ...]
    by: tuple[str, ...]
    """Whom each of them is judged by, as ``Index.judged_by``."""
    budget: float
    """NaN where there is none."""
    spent: float
    start: float
    """What the aim counts, before the first step."""
    value: float
    """After the last: heads gained, cost, or metres."""
    bound: float
    """No choice does better."""
    sites: int
    """How many were tried."""
    apart_m: float
    """How far a street point may be from the nearest of them; 0 where they were named."""
    left: float
    """Heads that lack after it, or may."""
    index_low: float
    """Three-life index before the first step."""
    index_high: float
    steps: tuple[Step, ...]
    """Of the best choice, in the order in which it gains soonest: the changes of the scenario."""
    greedy: tuple[Step, ...] = ()
    """The next best each time; empty where that is the same, or is not asked."""
    rival: Rival | None = None
    beyond: float = 0.0
    """Of all who lack it, or may, those whom none of the sites can serve; about walks, whom none can reach."""
    seats: bool = False
    """Whether what a facility can serve at most was respected."""
    credits: tuple[str, ...] = ()
    """To be named with what comes from the data."""
    key: str = ""
    """Fingerprint of all this, the site and the changes."""

    @property
    def proven(self) -> bool:
        """Whether no choice among the sites tried does better."""
        return math.isclose(self.value, self.bound, rel_tol=1e-9, abs_tol=1e-6)

    @property
    def counts_heads(self) -> bool:
        """Whether what the aim counts are heads."""
        return self.aim == "most-covered"

    def plain(self) -> dict[str, Any]:
        """Everything as JSON holds it."""
        return _plain(asdict(self))

    def signed(self, site: Mapping[str, Any], changes: Iterable[tuple[Any, ...]]) -> Proposals:
        """With the fingerprint for a site, by its provenance, and for changes."""
        return replace(self, key=self._fingerprint(site, changes))

    def fits(self, site: Mapping[str, Any], changes: Iterable[tuple[Any, ...]]) -> bool:
        """Whether it was made for them, and nobody wrote into it since."""
        return self.key == self._fingerprint(site, changes)

    def _fingerprint(self, site: Mapping[str, Any], changes: Iterable[tuple[Any, ...]]) -> str:
        held = sorted(site.get("inputs", {}).values()), site.get("standard"), site.get("parameters")
        whole = json.dumps([held, list(changes), replace(self, key="").plain()], sort_keys=True, default=str)
        return hashlib.sha256(whole.encode()).hexdigest()


def read(held: Any) -> Proposals | None:
    """The inverse of ``Proposals.plain``; None for anything else."""
    try:
        steps, greedy = (tuple(_step(each) for each in held[name]) for name in ("steps", "greedy"))
        rival = held["rival"] and _with_numbers(Rival, held["rival"])
        texts = {name: tuple(held[name]) for name in ("categories", "by", "credits")}
        known: Proposals = _with_numbers(Proposals, {**held, **texts, "steps": steps, "greedy": greedy, "rival": rival})
        return known
    except (TypeError, KeyError, AttributeError):
        return None


def _step(held: Mapping[str, Any]) -> Step:
    known: Step = _with_numbers(Step, held)
    lon, lat = known.lonlat
    return replace(known, lonlat=(lon, lat), categories=tuple(known.categories))


def _with_numbers(kind: type, held: Mapping[str, Any]) -> Any:
    numbers = {field.name for field in fields(kind) if field.type in (float, "float")}
    return kind(**{name: math.nan if value is None and name in numbers else value for name, value in held.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return _number(value)
    return value


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    rounded = round(value, DIGITS)
    return int(rounded) if rounded.is_integer() else rounded
