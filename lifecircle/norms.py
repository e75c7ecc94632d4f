"""The words of a standard as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lifecircle.hours import Moment
from lifecircle.messages import Message, Named

Function = Literal["production", "living", "ecology"]
FUNCTIONS: tuple[Function, ...] = ("production", "living", "ecology")


@dataclass(frozen=True)
class Source:
    """A document that numbers come from."""

    id: str
    document: str
    standing: str
    url: str = ""
    document_zh: str = ""

    @property
    def title(self) -> Named:
        """The document's name."""
        return Named(self.document_zh or self.document, self.document)


@dataclass(frozen=True)
class Norm:
    """What a category is held to: exactly one of a walking distance and a walking time."""

    distance_m: float | None = None
    minutes: float | None = None

    def metres(self, metres_per_minute: float) -> float:
        """The norm as a walking distance on a profile, in metres."""
        if self.distance_m is not None:
            return self.distance_m
        assert self.minutes is not None
        return self.minutes * metres_per_minute


@dataclass(frozen=True)
class Capacity:
    """Supply a category owes: a least size of one facility and an amount per head."""

    unit: str
    min: float | None = None
    per_head: float | None = None
    source: tuple[str, ...] = ()
    """Ids of the sources of the numbers."""
    standing: str = ""
    """That of the weakest source; empty where there is no number."""


@dataclass(frozen=True)
class OsmRule:
    """An OSM object matches when it has the tag (``key=value``, several joined by ``+``) and the rest."""

    tag: str
    name_any: tuple[str, ...] = ()
    area_min: float | None = None
    """Least area in m2; an object without an area matches only with ``area_min`` absent."""
    area_max: float | None = None
    """Area in m2 that the object must stay below."""
    closed: bool | None = None
    """True: areas only; False: points and open lines only."""


@dataclass(frozen=True)
class AmapRule:
    """An Amap POI matches when its typecode falls under ``code`` and its name holds a word of ``name_any``."""

    code: str | None = None
    """Six digits; ``...00`` stands for its children, ``..0000`` for its whole class; None: any code."""
    name_any: tuple[str, ...] = ()


@dataclass(frozen=True)
class Category:
    """A kind of facility and what is asked of it."""

    id: str
    zh: str
    en: str
    function: Function
    circle: int
    """Life circle in minutes: 5, 10 or 15."""
    norm: Norm
    serves: tuple[str, ...]
    """Whom it is judged by, of ``PEOPLE``."""
    weight: float
    """Weight within its function."""
    source: tuple[str, ...]
    """Ids of the sources of the norm."""
    standing: str
    """verified, recalled, proposed or source-document."""
    osm: tuple[OsmRule, ...] = ()
    amap: tuple[AmapRule, ...] = ()
    priority: int = 0
    """The higher wins where one object matches several categories."""
    also_satisfies: tuple[str, ...] = ()
    always_open: bool = False
    """Without doors to shut: opening hours do not matter."""
    capacity: Capacity | None = None
    duty: str = ""
    """应配建 or 宜配建, where the source says."""
    duty_source: str = ""
    note: str = ""
    moments: tuple[Moment, ...] = ()
    """When it is asked for as well: beside what is asked at whatever hour, and no part of the index."""


@dataclass(frozen=True)
class DemandKind:
    """A kind of place with people, found in OSM or Amap data by its rules."""

    id: str
    zh: str
    en: str
    unit: str
    """Of ``PEOPLE``."""
    osm: tuple[OsmRule, ...] = ()
    amap: tuple[AmapRule, ...] = ()


@dataclass(frozen=True)
class Profile:
    """A walker."""

    id: str
    zh: str
    en: str
    metres_per_minute: float
    standing: str
    source: str = ""
    stairs: Literal["open", "closed"] = "open"
    """Closed: no walk goes over stairs, nor over ways said to be none for wheelchairs."""


Measured = Literal[
    "area", "beds", "jobs", "people", "families", "jobs_per_bed", "jobs_per_resident", "jobs_day", "jobs_evening",
    "jobs_night", "street_length", "street_density", "road_density", "completeness", "least_complete", "nine_in_ten",
    "supplied", "detour", "land_mix", "floor_mix", "floor_area_ratio", "green_per_resident", "green_per_job",
    "production_floor", "support_floor", "support_land", "beds_near_jobs_5", "beds_near_jobs_15", "jobs_near_beds_5",
    "jobs_near_beds_15", "coverage", "coverage_15", "area_per_head", "home_land", "facilities",
]  # fmt: skip
"""What can be measured: ids of the indicators, and, of some categories each, ``coverage`` (mean share of those they
serve within the norm), ``coverage_15`` (within a walk of 15 minutes), ``area_per_head`` (m2 within a distance),
``home_land`` (share of the land of homes within a straight distance) and ``facilities`` (number within the norm)."""


@dataclass(frozen=True)
class Measure:
    """Something measured: an indicator, of some categories where it is one of categories."""

    indicator: Measured
    categories: tuple[str, ...] = ()
    distance_m: float | None = None
    at: Moment | None = None
    """By what is open then; at whatever hour where it names none."""


@dataclass(frozen=True)
class PolicyCheck:
    """What a policy asks of a measure: to lie between two bounds, both of them allowed."""

    id: str
    zh: str
    en: str
    measure: Measure
    source: tuple[str, ...]
    standing: str
    """Of the bounds: that of the weakest source."""
    least: float | None = None
    most: float | None = None
    cities: tuple[Named, ...] = ()
    """Where it holds; everywhere where it names none."""
    note: str = ""


@dataclass(frozen=True)
class Goal:
    """A goal of a plan: measured by the mean of its measures, declared by a site with evidence, or both."""

    id: str
    zh: str
    en: str
    source: tuple[str, ...] = ()
    standing: str = ""
    measures: tuple[Measure, ...] = ()
    """Shares from 0 to 1 only."""
    declare: str = ""
    """What a site may declare; empty where nothing."""
    declare_zh: str = ""
    own: bool = False
    """A row that the source lost: a site names it."""

    @property
    def how(self) -> str:
        """own, both, measured or declared."""
        if self.own:
            return "own"
        return ("both" if self.declare else "measured") if self.measures else "declared"


@dataclass(frozen=True)
class Scene:
    """A view's group of goals and measures."""

    id: str
    zh: str
    en: str
    view: str
    goals: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """What a site says of a goal, and what that is known from."""

    goal: str
    evidence: str
    declared: bool | None = None
    value: float | None = None
    unit: str = ""
    zh: str = ""
    en: str = ""
    """Name of a row of the site's own."""


@dataclass(frozen=True)
class Built:
    """How a site says that it was built, and what that is known from."""

    mode: str
    """upgraded, town or new."""
    evidence: str


@dataclass(frozen=True)
class Factors:
    """The four factors that say what a community needs first: values of each, none where nobody said."""

    industry: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    population: tuple[str, ...] = ()
    governance: tuple[str, ...] = ()


@dataclass(frozen=True)
class Adjustment:
    """What a rule of tailoring does to a category."""

    category: str
    weight_times: float = 1.0
    enable: bool = False
    """It counts though it is one of the reserve."""
    norm: Norm | None = None
    moments: tuple[Moment, ...] = ()
    """When it is asked for as well."""


@dataclass(frozen=True)
class TailoringRule:
    """What of a standard is another where a site's factors say so."""

    id: str
    zh: str
    en: str
    """Why, in a sentence."""
    when: Factors
    """It holds where the site has, of every factor that is named here, at least one of the values."""
    source: tuple[str, ...]
    standing: str
    changes: tuple[Adjustment, ...] = ()
    beside: tuple[str, ...] = ()
    """Ids of walking profiles that the site is told on as well."""


@dataclass(frozen=True)
class Tailored:
    """Something that tailoring changed in a standard."""

    category: str
    """Its id; empty for what is of no category."""
    what: Message
    before: Message
    after: Message
    why: Message


@dataclass(frozen=True)
class Standard:
    """A set of categories with the walking profiles they are measured on."""

    id: str
    zh: str
    en: str
    version: str
    partial: str
    """What of its documents it does not hold, in a sentence; empty when whole."""
    categories: tuple[Category, ...]
    demand: tuple[DemandKind, ...]
    profiles: tuple[Profile, ...]
    sources: tuple[Source, ...]
    function_weights: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)
    weights_source: str = ""
    """Id of the source of all weights."""
    partial_zh: str = ""
    reserve: tuple[Category, ...] = ()
    """Categories that are told apart but count only where tailoring says so; those it enables are among
    ``categories`` too."""
    tailoring: tuple[TailoringRule, ...] = ()
    checks: tuple[PolicyCheck, ...] = ()
    goals: tuple[Goal, ...] = ()
    scenes: tuple[Scene, ...] = ()
    hash: str = ""
    """SHA-256 of its contents, so that two results can be told to be held to the same one."""

    @property
    def known(self) -> tuple[Category, ...]:
        """Every kind of facility that is told apart, whether or not it counts: the same however it is tailored."""
        spare = {category.id for category in self.reserve}
        return (*(category for category in self.categories if category.id not in spare), *self.reserve)

    @property
    def scope(self) -> Named | None:
        """What it does not hold; None where it is whole."""
        return Named(self.partial_zh or self.partial, self.partial) if self.partial else None

    def category(self, id: str) -> Category:
        """The category of that id (KeyError when there is none)."""
        for category in self.categories:
            if category.id == id:
                return category
        raise KeyError(id)

    def profile(self, id: str) -> Profile:
        """The profile of that id (KeyError when there is none)."""
        for profile in self.profiles:
            if profile.id == id:
                return profile
        raise KeyError(id)
