"""The words of the project as frozen data. No computation beyond what the data say of themselves.

Lengths are integer millimetres (``*_mm``) or float metres (``*_m``); coordinates are metres in the
site's own CRS, a transverse Mercator centred on the site with scale 1 (``Site.crs``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from lifecircle.changes import Change as Change
from lifecircle.changes import Scenario as Scenario
from lifecircle.findings import AMOUNTS as AMOUNTS
from lifecircle.findings import GOALS as GOALS
from lifecircle.findings import MOMENTS as MOMENTS
from lifecircle.findings import UNKNOWN as UNKNOWN
from lifecircle.findings import Coverage as Coverage
from lifecircle.findings import Gaps as Gaps
from lifecircle.findings import Index as Index
from lifecircle.findings import Interval as Interval
from lifecircle.hours import Moment as Moment
from lifecircle.hours import Opening as Opening
from lifecircle.messages import Message, msg, tell
from lifecircle.norms import FUNCTIONS as FUNCTIONS
from lifecircle.norms import Adjustment as Adjustment
from lifecircle.norms import AmapRule as AmapRule
from lifecircle.norms import Built as Built
from lifecircle.norms import Capacity as Capacity
from lifecircle.norms import Category as Category
from lifecircle.norms import Declaration as Declaration
from lifecircle.norms import DemandKind as DemandKind
from lifecircle.norms import Factors as Factors
from lifecircle.norms import Function as Function
from lifecircle.norms import Goal as Goal
from lifecircle.norms import Measure as Measure
from lifecircle.norms import Measured as Measured
from lifecircle.norms import Norm as Norm
from lifecircle.norms import OsmRule as OsmRule
from lifecircle.norms import PolicyCheck as PolicyCheck
from lifecircle.norms import Profile as Profile
from lifecircle.norms import Scene as Scene
from lifecircle.norms import Source as Source
from lifecircle.norms import Standard as Standard
from lifecircle.norms import Tailored as Tailored
from lifecircle.norms import TailoringRule as TailoringRule
from lifecircle.walkways import Attachment as Attachment
from lifecircle.walkways import Bools as Bools
from lifecircle.walkways import Floats as Floats
from lifecircle.walkways import Geometries as Geometries
from lifecircle.walkways import Ints as Ints
from lifecircle.walkways import Joined as Joined
from lifecircle.walkways import Joins as Joins
from lifecircle.walkways import Owners as Owners
from lifecircle.walkways import Pace as Pace
from lifecircle.walkways import Shared as Shared
from lifecircle.walkways import StreetPoints as StreetPoints
from lifecircle.walkways import Texts as Texts
from lifecircle.walkways import WalkGraph as WalkGraph
from lifecircle.walkways import WalkNetwork as WalkNetwork

WGS84 = pyproj.CRS.from_epsg(4326)

FAR_MM = np.int64(2**62)
"""A distance beyond the search limit, or to nothing at all."""

PEOPLE = ("beds", "jobs", "people", "families")
"""The kinds of head counts; a count nobody gave is NaN."""

UNITS = {"beds": msg("beds"), "jobs": msg("jobs"), "people": msg("people"), "families": msg("families")}
"""What they count, as it is told."""

SHIFTS = ("jobs_day", "jobs_evening", "jobs_night")
"""Jobs by shift (早班 or 白班, 中班, 夜班); NaN where nobody said."""

HEADS = (*PEOPLE, *SHIFTS)
"""Every column of a place that counts heads."""


def told_heads(places: pd.DataFrame) -> tuple[Message, ...]:
    """The heads of places by kind, as they are told; nothing of kinds without any."""
    return tuple(_told_heads(places, kind) for kind in PEOPLE if float(places[kind].sum()) > 0)


def _told_heads(places: pd.DataFrame, kind: str) -> Message:
    total, guessed = float(places[kind].sum()), float(places.loc[estimated(places, kind), kind].sum())
    if not guessed:
        return msg("{n:,.0f} {unit}", n=total, unit=UNITS[kind])
    return msg("{n:,.0f} {unit} ({guessed:,.0f} of them estimated)", n=total, unit=UNITS[kind], guessed=guessed)


def estimated(places: pd.DataFrame, kind: str) -> Bools:
    """Places, or gaps, whose heads of a kind hold what the site file's own factors made."""
    marks = [mark for mark in places["estimated"].unique() if kind in mark.split("+")]
    return places["estimated"].isin(marks).to_numpy(dtype=bool)


MINUTES = (5, 10, 15)
"""Walking times that coverage is told at; minutes on the profile, not the distances of a standard's circles."""


class State(IntEnum):
    """Three states of a place for a category."""

    UNKNOWN = 0
    COVERED = 1
    GAP = 2


class Reason(IntEnum):
    """Why a place has its state (``coverage.judge`` has the rules in their order)."""

    WITHIN_NORM = 0
    EDGE_OF_DATA = 1
    OFF_NETWORK = 2
    ISLAND = 3
    LAYER_COMPLETE = 4
    LAYER_EMPTY_COMPLETE = 5
    LAYER_PARTIAL = 6
    LAYER_PARTIAL_EMPTY = 7
    LAYER_ABSENT = 8
    FACILITY_OFF_NETWORK = 9
    SLOPE_UNKNOWN = 10
    HOURS_UNKNOWN = 11


class Completeness(StrEnum):
    """How far the data of a category can be trusted; only a person declares ``complete``."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    ABSENT = "absent"


class Outcome(StrEnum):
    """What became of a row of a source of facilities."""

    COUNTED = "counted"
    NO_RULE = "no rule"
    PEOPLE = "people"
    DUPLICATE = "duplicate"
    CLOSED = "closed"
    NOT_OPEN = "not open"
    BEYOND = "beyond"
    REPLACED = "replaced"
    GROUND = "ground"
    RESERVE = "reserve"


TRACE = ("source", "row", "id", "name", "given", "code", "category", "also", "rule", "outcome", "by")
"""Columns of ``Site.trace``."""

LAND = ("function", "homes", "support", "green", "geometry")
"""Columns of ``Site.land``."""
FLOORS = ("function", "support", "floors", "footprint_m2")
"""Columns of ``Site.floors``."""
PlotKind = Literal["vacant-land", "vacant-building", "building"]
PLOTS = ("kind", "id", "name", "geometry")
"""Columns of ``Site.plots``."""

LABELS = ("kind", "name", "zh", "en", "size_m", "geometry")
"""Columns of ``Site.labels``."""


@dataclass(frozen=True)
class Note:
    """Something the reader of a result should know: a repair, an assumption, a doubt."""

    kind: Literal["repaired", "assumed", "doubt", "info"]
    text: Message


@dataclass(frozen=True)
class Site:
    """One park, read and checked: every frame in ``crs``, valid, with known columns."""

    name: str
    slug: str
    crs: pyproj.CRS
    boundary: shapely.Geometry
    study_area: shapely.Geometry
    data_extent: shapely.Geometry
    extent_origin: Literal["site file", "file header", "hull of roads"]
    profile: Profile
    standard: Standard
    demand: gpd.GeoDataFrame
    """Columns id, name, kind, source, beds, jobs, people, families, jobs_day, jobs_evening, jobs_night,
    footprint_m2, floors, area_id, estimated, geometry; sorted by id. ``floors`` is NaN where unknown and weighs
    footprints only: nobody's stairs are counted. ``estimated`` holds the kinds of heads that the site file's own
    factors made, joined by ``+``."""
    facilities: gpd.GeoDataFrame
    """Columns id, name, category, source, status, opens, capacity, hours, area_m2, also, primary, geometry;
    one row a facility and category, sorted by category and id; only those that count. ``hours`` is text in
    OpenStreetMap's syntax, empty where nobody knows."""
    planned: gpd.GeoDataFrame
    """The same columns: facilities that do not count (building, planned, closed)."""
    completeness: dict[str, Completeness]
    doors: gpd.GeoDataFrame
    """Points where walls and outlines open: columns id, kind (gate or entrance), own (the user's), access (who may
    pass: public, staff, residents or closed), hours (text), name, geometry."""
    walls: gpd.GeoDataFrame
    """Lines that a connector must not cross: columns id, kind (wall, water or railway), own (the user's, not
    OpenStreetMap's), geometry."""
    enclosures: gpd.GeoDataFrame
    """Polygons whose inside reaches the network at gates only: columns id, own (the user's), geometry."""
    network: WalkNetwork
    buildings: Geometries
    """Polygons for the base of maps."""
    background: gpd.GeoDataFrame
    """Base of maps: columns kind (of ``sources.base.GROUNDS``, sea or motorway), geometry."""
    connector_mm: int
    limit_mm: int
    private_ways: Literal["ends", "through", "closed"]
    synthetic: bool
    attribution: tuple[str, ...]
    declarations: tuple[Declaration, ...] = ()
    """What the site file says of goals of the standard."""
    built: Built | None = None
    """How it was built, as the site file says."""
    city: str = ""
    """Where the site is, in the words of the site file: some checks hold in some cities only."""
    people_are: str = ""
    """Whom the head counts are about, in the words of the site file."""
    notes: tuple[Note, ...] = ()
    surveyed: frozenset[str] = frozenset()
    """Categories looked for everywhere within their norm of the places, beyond the edge of the data too."""
    provenance: dict[str, Any] = field(default_factory=dict)
    labels: gpd.GeoDataFrame = field(
        default_factory=lambda: gpd.GeoDataFrame(columns=list(LABELS), geometry="geometry")
    )
    """Names on maps, at points or along lines: columns kind, name, zh and en (empty where they are no other), size_m
    (square root of the area that is named, 0 where it has none), geometry."""
    trace: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(TRACE)))
    """What became of every row of every source of facilities, once each, in the order of the sources; of the map's
    objects only those that a category's rules match. All columns hold text:

    source    file name, or OpenStreetMap
    row       number of the row as a person counts it; empty for the map's objects
    id, name  of the facility, as in ``facilities``
    given     what the source says of its kind: type, typecode or category
    code      typecodes it was classified by
    category  id of its category; empty where it has none
    also      ids of further categories it counts in, joined by ``;``
    rule      what decided the category: a rule of the standard, ``category=`` or ``complex``
    outcome   of ``Outcome``
    by        what the outcome is owed to: the id of the row that stands for it, a file, a status, a kind of demand
    """

    boundary_crs: pyproj.CRS = WGS84
    """That the boundary's file is in, for outputs that go back beside it; WGS 84 for the shifted systems of maps."""
    factors: Factors = field(default_factory=Factors)
    """What the site declares itself to be."""
    evidence: tuple[tuple[str, str], ...] = ()
    """What each factor is known from."""
    tailoring: tuple[Tailored, ...] = ()
    """What the factors changed in the standard."""
    untailored: Standard | None = None
    """The standard before that; None where it is ``standard`` itself."""
    beside: tuple[tuple[Profile, WalkNetwork], ...] = ()
    """Further walkers that tailoring asks for, each with the streets it walks on."""
    land: gpd.GeoDataFrame = field(default_factory=lambda: gpd.GeoDataFrame(columns=list(LAND), geometry="geometry"))
    """What the ground inside the boundary is used for, no ground twice; what lies in none, nobody knows. Columns
    function ('' none of the three), homes (land of homes), support (offices and living services) and green (1 it is, 0
    not, NaN nobody said), geometry."""
    floors: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(FLOORS)))
    """Buildings inside the boundary, the user's own or else the map's, no ground in two of them: columns function (None
    unknown), support (as of the land), floors (NaN unknown), footprint_m2."""
    all_floors: bool = True
    """Whether those are all buildings, as the user's own are; the map's are not."""
    plots: gpd.GeoDataFrame = field(default_factory=lambda: gpd.GeoDataFrame(columns=list(PLOTS), geometry="geometry"))
    """Where something may be built, in the study area: columns kind (of ``PlotKind``), id, name, geometry."""
    at: Moment | None = None
    """The moment that is asked about; None: at whatever hour."""
    before: Site | None = None
    """The site as it is, where this is what a scenario makes of it."""
    scenario: Scenario | None = None
    joined: tuple[Joined, Joined] | None = None
    """Facilities and places of demand joined to the network, in this order, where a scenario settled that."""

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """The kinds of heads, of ``PEOPLE``, that somebody counted here."""
        return tuple(kind for kind in PEOPLE if float(self.demand[kind].sum()) > 0)

    @property
    def as_it_is(self) -> Site:
        """The site without its scenario: what is known of its data."""
        return self.before or self

    def __repr__(self) -> str:
        edges = len(self.network.edge_mm)
        return f"<Site {self.name!r}: {len(self.demand)} places, {len(self.facilities)} facilities, {edges} edges>"


@dataclass(frozen=True)
class Streets:
    """Walkable ways as they came from a source, before they are cut into edges.

    ``n`` nodes, ``w`` ways. A way's nodes stand in ``way_node[way_start[w]:way_start[w + 1]]`` as
    indices of nodes, -1 for a node the source lacks: the way is split there, never bridged.
    """

    node_id: Ints
    node_xy: Floats
    """Shape (n, 2), metres in the site's CRS."""
    way_id: Ints
    way_start: Ints
    way_node: Ints
    highway: npt.NDArray[np.object_]
    private: Bools
    attachable: Bools
    length_m: Floats | None = None
    """Shape (w,): length that a source states for a way of two nodes whose course it lacks; else NaN."""
    signals: Bools | None = None
    """Shape (n,): nodes where one waits for a signal; None where the source does not know."""
    no_wheels: Bools | None = None
    """Shape (w,): ways said to be none for wheelchairs; None where the source does not know."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Reach:
    """Walking distance from every place and street node to the nearest facility of each category.

    ``c`` categories in the standard's order, ``p`` places of demand, ``n`` nodes of ``graph``.
    """

    graph: WalkGraph
    node_mm: npt.NDArray[np.int32]
    """Shape (c, n): -1 beyond the limit."""
    place_mm: Ints
    """Shape (c, p); ``FAR_MM`` beyond the limit."""
    place_facility: Ints
    """Shape (c, p): row of the nearest facility in ``Site.facilities``; -1 for none."""
    crow_mm: Ints
    """Shape (c, p): straight-line distance to the nearest facility; ``FAR_MM`` where there is none."""
    off_network: Bools
    """Shape (p,): no walkable edge within the longest connector."""
    island: Bools
    """Shape (p,): joined to an island too small to trust."""
    facility_mm: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Shape (f,): walking distance from the nearest place to each facility; ``FAR_MM`` beyond the limit."""
    fenced: Bools = field(default_factory=lambda: np.empty(0, dtype=bool))
    """Shape (p,): places behind a mapped fence with no gate mapped, joined across it."""
    stray: Bools = field(default_factory=lambda: np.empty(0, dtype=bool))
    """Shape (f,): facilities that join no street, or an island too small to trust: nobody knows who reaches them."""
    opening: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Shape (f,) of ``Opening``: whether each facility is open at the moment asked about."""
    joins: Joins | None = None
    """What it was measured from."""
    timed: Reach | None = None
    """The same measured in time, as flat walks that take as long, where slopes, stairs or signals count."""
    at_best: Reach | None = None
    """Of walks in time: the same where every slope that nobody knows is the one walked fastest."""
    hoped: Reach | None = None
    """The same where every facility whose hours nobody knows is open; None where there is none."""

    @property
    def in_time(self) -> Reach:
        """What to hold against walking times: ``timed``, or itself where all streets are walked at one speed."""
        return self.timed or self

    def held_to(self, norm: Norm) -> Reach:
        """What to hold against a norm: distances, or times."""
        return self if norm.minutes is None else self.in_time

    @property
    def fastest(self) -> float:
        """Metres that a walk gets on at most while one on the flat gets on one."""
        return 1.0 if self.graph.pace is None else self.graph.pace.fastest

    def of(self, categories: Sequence[int]) -> Reach:
        """The reach of some of the categories, by their numbers."""
        chosen = list(categories)
        return replace(
            self,
            node_mm=self.node_mm[chosen],
            place_mm=self.place_mm[chosen],
            place_facility=self.place_facility[chosen],
            crow_mm=self.crow_mm[chosen],
            timed=self.timed and self.timed.of(chosen),
            at_best=self.at_best and self.at_best.of(chosen),
            hoped=self.hoped and self.hoped.of(chosen),
        )

    def none_near(self, c: int, norm: Norm, metres_per_minute: float) -> Bools:
        """Shape (p,): places to which no facility of a category, by its number, lies so near by the straight line
        that a walk within the norm could lead there; downhill it leads farther. One that may be open is near."""
        return np.asarray(
            (self.hoped or self).crow_mm[c] > norm.metres(metres_per_minute) * 1000 * self.held_to(norm).fastest
        )

    def doubtful(self, category: int, piece: Ints, offset_mm: Ints) -> Bools:
        """Points on pieces from where the walk hangs on slopes or opening hours that nobody knows."""
        mm = self.along_mm(category, piece, offset_mm)
        others = [other.along_mm(category, piece, offset_mm) for other in (self.at_best, self.hoped) if other]
        return np.logical_or.reduce([other != mm for other in others], initial=False) | np.zeros(len(mm), dtype=bool)

    def along_mm(self, category: int, piece: Ints, offset_mm: Ints) -> Ints:
        """Distance to the nearest facility from points on pieces (``FAR_MM`` beyond the limit).

        Exact, since no facility joins the network inside a piece: the walk leaves by either end.
        """
        to_u, to_v = self.graph.to_ends(piece, offset_mm)
        from_u = self._end_mm(category, self.graph.piece_u[piece]) + to_u
        from_v = self._end_mm(category, self.graph.piece_v[piece]) + to_v
        return np.minimum(np.minimum(from_u, from_v), FAR_MM)

    def _end_mm(self, category: int, node: Ints) -> Ints:
        mm = self.node_mm[category, node].astype(np.int64)
        return np.where(mm < 0, FAR_MM, mm)


@dataclass(frozen=True)
class Cells:
    """Square cells over the boundary's bounds, row 0 in the north, each with the street point nearest to it."""

    west: float
    """Metres, a multiple of ``size_m``."""
    north: float
    size_m: float
    street: npt.NDArray[np.int32]
    """Shape (rows, columns): index of the nearest street point; -1 outside the boundary or where no
    street is near enough for the cell to be ground that people walk on."""
    connector_m: npt.NDArray[np.float32]
    """Shape (rows, columns): straight-line distance to that point; NaN where there is none."""

    def outlines(self, values: npt.NDArray[np.int32 | np.uint8], mask: Bools) -> tuple[Ints, Geometries]:
        """Cells of one value that share sides, as polygons in metres: their values, sorted, and the polygons.

        ``values`` and ``mask`` (cells that count) have the shape of the cells.
        """
        from rasterio.features import shapes
        from rasterio.transform import from_origin

        regions = shapes(values, mask, 4, from_origin(self.west, self.north, self.size_m, self.size_m))
        found = [(int(value), [np.array(ring) for ring in outline["coordinates"]]) for outline, value in regions]
        if not found:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.object_)
        found.sort(key=lambda pair: pair[0])
        rings = [ring for _, outline in found for ring in outline]
        of_vertex = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
        of_ring = np.repeat(np.arange(len(found)), [len(outline) for _, outline in found])
        polygons = shapely.polygons(shapely.linearrings(np.concatenate(rings), indices=of_vertex), indices=of_ring)
        return np.array([value for value, _ in found]), polygons


@dataclass(frozen=True)
class Trust:
    """How far the data of a category can be trusted, and why."""

    category: str
    completeness: Completeness
    sentences: tuple[Message, ...]


WALKERS = (
    "profile", "zh", "en", "category", "by", "at", "total", "covered", "gap", "unknown", "index_low", "index_high",
)  # fmt: skip
"""Columns of ``Assessment.walkers``."""
SENSITIVITY = (
    "what", "id", "zh", "en", "index_low", "index_high", "production_low", "production_high", "living_low",
    "living_high", "ecology_low", "ecology_high",
)  # fmt: skip
"""Columns of ``Assessment.sensitivity``."""
CHECKS = (
    "id", "zh", "en", "city_zh", "city_en", "indicator", "unit", "least", "most", "low", "high", "result",
    "source_zh", "source_en", "standing",
)  # fmt: skip
"""Columns of ``Assessment.checks``."""
SCENES = ("view", "scene", "zh", "en", "low", "high", "known")
"""Columns of ``Assessment.scenes``."""
TYPOLOGY = ("what", "id", "zh", "en", "state", "evidence_zh", "evidence_en")
"""Columns of ``Assessment.typology``."""
WIDEST = ("category", "points", "reason_zh", "reason_en")
"""Columns of ``Assessment.widest``."""
SUPPLY = (
    "category", "by", "unit", "heads", "uncounted", "facilities", "undersized", "amount_low", "amount_high", "owed",
    "per_1000_low", "per_1000_high", "access_low", "access_high", "gini_low", "gini_high", "overlap_low",
    "overlap_high", "opportunities_low", "opportunities_high", "mean_m", "mean_least_m", "median_m", "median_least_m",
    "p90_m", "p90_least_m", "censored",
)  # fmt: skip
"""Columns of ``Assessment.supply``."""
RELIANCE = ("category", "id", "name", "within", "alone", "to_gap", "to_unknown")
"""Columns of ``Assessment.reliance``."""
GROUPS = ("group", "id", "zh", "en", "category", "by", "total", "covered", "gap", "unknown", "uncounted")
"""Columns of ``Assessment.groups``."""
PLACES = (
    "id", "name", "kind", *PEOPLE, "uncounted", "due", "covered", "gap", "unknown", "complete_low",
    "complete_high", "lacking", "in_doubt",
)  # fmt: skip
"""Columns of ``Assessment.places``."""


def empty(columns: Sequence[str]) -> Callable[[], pd.DataFrame]:
    """What makes frames of some columns and no rows."""
    return lambda: pd.DataFrame(columns=list(columns))


@dataclass(frozen=True)
class Assessment:
    """Everything found for one site; what the outputs write."""

    site: Site
    streets: StreetPoints
    cells: Cells
    reach: Reach
    coverage: Coverage
    gaps: Gaps
    indicators: pd.DataFrame
    """Columns id, title_zh, title_en, unit, value, low, high, reference_zh, reference_en."""
    index: Index
    headline: Message
    """Whom the numbers are about: "no head counts" where none were given."""
    trust: tuple[Trust, ...]
    """In the standard's order."""
    notes: tuple[Note, ...]
    provenance: dict[str, Any]
    before: Assessment | None = None
    """That of the site as it is, where this is what a scenario makes of it."""
    checks: pd.DataFrame = field(default_factory=empty(CHECKS))
    """What policies ask, in the standard's order: id, names, cities where it holds (empty: everywhere), what is
    measured, its unit, the bounds asked for (NaN where none) and found, result (met, missed, unknown or not
    applicable), titles of its documents, standing."""
    goals: pd.DataFrame = field(default_factory=empty(GOALS))
    """The scorecard of a plan's goals, in the order of the scenes: scene, id and names, how they are known (measured,
    declared, both or own), bounds (shares, or the value declared in ``unit``; NaN where nothing is known), the evidence
    declared, state (measured, declared, unknown, or nothing: nobody declared it), and the same in a sentence."""
    scenes: pd.DataFrame = field(default_factory=empty(SCENES))
    """By view (chengdu, dongguan) and scene: mean bounds of its goals and measures (NaN where nothing is scored), and
    the share of them of which something is known."""
    typology: pd.DataFrame = field(default_factory=empty(TYPOLOGY))
    """What kind of unit it is (what: kind) and how it was built (what: mode), as far as data or the site file say: id
    and names, state (fits, declared, does not fit, unknown) and the evidence."""
    sensitivity: pd.DataFrame = field(default_factory=empty(SENSITIVITY))
    """How the index moves with what was chosen, one row a choice: what (weights, speed or measure), id, names, bounds
    of the index (0 to 100) and of each function."""
    widest: pd.DataFrame = field(default_factory=empty(WIDEST))
    """The categories whose score is not sure, with the index points that knowing it would narrow the index by, the
    most first, and why."""
    supply: pd.DataFrame = field(default_factory=empty(SUPPLY))
    """How much is within reach, one row a category in the standard's order; every amount by a least and a most
    (``_low``, ``_high``; infinite where there is no end, NaN where nobody knows or there is nothing to tell it of):

    category, by      as ``Index.judged_by``
    unit              of the amounts: of the category's capacity, else count
    heads             that it is judged by, as far as counted; NaN where it is judged by places or nobody
    uncounted         places that should have such heads, and nobody counted them
    facilities        surely within the norm of any place of demand
    undersized        of them, surely smaller than the least size of one
    amount            what those within the norm of any place supply
    owed              what the norm per head asks for; NaN without one
    per_1000          what those inside the boundary supply, per thousand heads
    access            2SFCA, mean over heads: amount per head
    gini              of access over heads
    overlap           facilities within the norm, mean over those who have any
    opportunities     facilities within the norm, mean over all
    mean_m, median_m, p90_m  the most, and mean_least_m ... the least, of the walk to the nearest; infinite beyond the
                      limit of the search
    censored          share of the heads (or places) for whom the search found none
    """
    reliance: pd.DataFrame = field(default_factory=empty(RELIANCE))
    """Who would lose what if a facility closed, one row a facility, category by category:
    category, id, name, within (heads that the category is judged by, surely within its norm of this facility), alone
    (of these, within the norm of no other that is surely open), to_gap and to_unknown (what these would be then)."""
    groups: pd.DataFrame = field(default_factory=empty(GROUPS))
    """Coverage by group, one row a group and category: columns group (shift or kind), id, zh, en, category, by, total,
    covered, gap, unknown, uncounted (places of the group without a count, no part of the total)."""
    places: pd.DataFrame = field(default_factory=empty(PLACES))
    """One row a place of demand as a person counts them (``places_of``), sorted by id: columns id, name, kind, beds,
    jobs, people, families, uncounted (1 where it should have heads that nobody counted), due, covered, gap, unknown
    (numbers of categories; parts of an area count by their heads), complete_low, complete_high (shares of those due),
    lacking (ids of categories in gap joined by ``;``, the farthest over the norm first), in_doubt (ids of the unknown
    ones)."""

    untailored: Index | None = None
    """The index by the standard before tailoring, which comparisons use; None where ``index`` is it."""
    untailored_coverage: Coverage | None = None
    """The coverage that it comes from, of places alone."""
    walkers: pd.DataFrame = field(default_factory=empty(WALKERS))
    """Further walkers that tailoring asks for: two rows a walker and category, ``at`` its norm and the minutes of its
    circle, with the coverage by those that the category is judged by, and the index (0 to 100) on every row."""

    moments: pd.DataFrame = field(default_factory=empty(MOMENTS))
    """What the standard asks of categories at moments of the week as well, one row a category and moment: the moment
    (zh, en), the coverage then by those that the category is judged by and its shares (NaN where by nobody), facilities
    of the study area by their hours (open, closed, hours_unknown), and why in words. No part of the index."""

    @property
    def tailoring(self) -> tuple[Tailored, ...]:
        """What the factors of the site changed in the standard, and why."""
        return self.site.tailoring

    def __repr__(self) -> str:
        low, high = self.index.value.low, self.index.value.high
        return f"<Assessment {self.site.name!r}: {self.headline}; index {low:.1f} to {high:.1f}>"


@dataclass(frozen=True)
class Comparison:
    """Several assessments side by side."""

    standard: str
    """Id of the standard they are held to; several, joined by commas, where they were mixed on purpose."""
    sites: pd.DataFrame
    """One row a site: slug, name, headline_zh, headline_en, synthetic, heads by kind, area_km2, index_low, index_high,
    index_mid, one low and high a function, weakest, grade, standard, standard_hash, profile, notes_zh, notes_en
    (tuples of texts), rank (from 1), ties (slugs whose intervals overlap); sorted by rank."""
    categories: pd.DataFrame
    """One row a site and category: slug, category, zh, en, function, by, total, covered, gap, unknown, c_low, c_high,
    standing (best, tied best, worst, tied worst or nothing)."""
    attribution: tuple[str, ...]
    drawings: dict[str, str]
    """The packed drawing of each slug; none of a site whose assessment holds none that can be drawn."""

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.sites)} sites held to {self.standard}>"


@dataclass(frozen=True)
class Section:
    """A part of a report in words."""

    title: Message
    lines: tuple[Message | str, ...]


@dataclass(frozen=True)
class FileRows:
    """A file of a site."""

    part: str
    """Its key in the site file."""
    file: str
    layer: str
    rows: int | None
    """None for what has none: an extract, a raster."""
    coords: str
    """The system it came in; empty for what has no rows."""
    encoding: str = ""
    """Of its texts; empty where the format settles it."""


@dataclass(frozen=True)
class KindCount:
    """Places of demand of one kind inside the boundary."""

    kind: str
    unit: str
    places: int
    counted: int
    """Places with a count of ``unit``."""
    heads: float
    off_network: int
    island: int


@dataclass(frozen=True)
class CategoryCount:
    """Facilities of one category."""

    category: str
    completeness: Completeness
    found: int
    """In the study area."""
    inside: int
    """Inside the boundary."""
    planned: int
    """Of the study area, but building, planned or closed."""
    off_network: int
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """What the data of a site are, told before anything is judged by them."""

    site: Site
    files: tuple[FileRows, ...]
    places: tuple[KindCount, ...]
    categories: tuple[CategoryCount, ...]
    rows: dict[str, dict[Outcome, int]]
    """What became of the rows of each source of facilities, by its name."""
    sections: tuple[Section, ...]
    """The same in words, with the doubts and repairs."""

    def render(self, lang: str) -> str:
        """The report as plain text in a language."""
        parts = [[tell(part.title, lang), *(f"  {tell(line, lang)}" for line in part.lines)] for part in self.sections]
        return "\n\n".join("\n".join(part) for part in parts if len(part) > 1) + "\n"

    def __repr__(self) -> str:
        return f"<Check of {self.site.name!r}: {len(self.files)} files>"


QUESTION = ("id", "kind", "about", "name", "ask", "unit", "places", "people", "points", "ground_m2")
"""Columns of ``Survey.questions``."""

LAYERS, FACILITIES, COUNTS, GATES = "类别 layers", "设施 facilities", "人数 counts", "出入口 gates"
"""Sheets of the workbook that a survey is written to and read back from, known by their last word."""


@dataclass(frozen=True)
class Survey:
    """What a visit can settle of what is unknown."""

    site: Site
    questions: gpd.GeoDataFrame
    """The weightiest first, columns ``QUESTION`` and geometry in metres:

    id         kind and about, joined by ``/``: the same in every run
    kind       layer (is there one, and where?), count (how many people?) or gate (where does one go in?)
    about      id of the category, of the place of demand (of the area that its parts make), or of the facility
    name       a text, or a name in both languages
    ask        Message
    unit       of ``PEOPLE``, what a place is counted in; empty where nobody knows
    places     of demand that hang on the answer
    people     heads at these places that the category is judged by; NaN where nobody counted them
    points     index points that the answer narrows the index by
    ground_m2  footprint of the place; NaN for other kinds
    geometry   where to look: around the places, or the place or facility itself
    """

    def __repr__(self) -> str:
        return f"<Survey of {self.site.name!r}: {len(self.questions)} questions>"


def places_of(demand: pd.DataFrame) -> pd.Series:
    """The id of the place that each row of the demand is, or is a part of."""
    part = [id.startswith(f"{area}#") for id, area in zip(demand["id"], demand["area_id"], strict=True)]
    return demand["area_id"].where(pd.Series(part, index=demand.index, dtype=bool), demand["id"])
