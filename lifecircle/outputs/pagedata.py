"""What the HTML page knows: an Assessment as plain lists and numbers, ready for JSON."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from lifecircle.model import (
    FAR_MM,
    PEOPLE,
    Assessment,
    Bools,
    Category,
    Floats,
    Geometries,
    Interval,
    Ints,
    Reach,
    State,
    WalkNetwork,
    estimated,
)
from lifecircle.outputs.plain import dates, joined, sources, standard_name, text, told
from lifecircle.outputs.scenarios import page_changes
from lifecircle.outputs.shapes import COARSE, FINE, Encoder, packed, runs
from lifecircle.outputs.walkdata import walk_data

STREET_M = 15.0
"""Points of coloured streets stand about this far apart."""
BUILDINGS_M = 300.0
"""Buildings, walls and gates are drawn this far beyond the boundary."""
OUTSIDE_M = 10.0
"""Gates of a site's own wall stand no farther outside its boundary, however that is drawn."""
NAMED_M = 3.0
"""Names run along streets that are smoothed so much."""
LONGEST_NAME = 40
LONGEST_HOURS = 200
STAIRS_M = 7.5
"""Gap areas are made of cells of 10 m: this much smoothing turns their stairs (7.07 m) into slopes."""
MOST_STREET_POINTS = 150_000
MOST_BUILDINGS = 40_000
MOST_ANSWERS = 300_000
"""Places times categories: above, the page does not name the nearest facility of each place."""

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
MOST_MINUTES = 30
"""Streets are coloured by whole minutes, as far as the page's slider goes."""
FARTHER, NONE, UNKNOWN = MOST_MINUTES + 1, MOST_MINUTES + 2, MOST_MINUTES + 3
"""What stands instead of minutes: a walk within the limit, none within it, unknown."""

STREETS = {
    "motorway": ("motorway", "trunk"),
    "major": ("primary", "secondary"),
    "medium": ("tertiary",),
    "minor": ("residential", "unclassified", "living_street", "service", "road", "busway", "pedestrian"),
}
"""Classes of streets on the base; others are paths."""


@dataclass(frozen=True)
class Detail:
    """How much of a large site is drawn."""

    street_step: int
    """Every how many-eth street point is kept."""
    simplify_m: float
    buildings: bool
    nearest: bool

    @property
    def full(self) -> bool:
        """Whether nothing was dropped."""
        return self.buildings and self.nearest and self.simplify_m <= 1


def page_data(assessment: Assessment) -> dict[str, Any]:
    """Everything the page shows, as JSON takes it, lists of integers as arrays; geometries coded by ``Encoder``.

    With a scenario it is the page of the site as it is, and what to change on it.
    """
    if assessment.before is not None:
        page = page_data(assessment.before)
        changes = {**page_changes(assessment), "gaps": _gaps_after(assessment, page["categories"])}
        found = {"proposals": changes.pop("proposals")} if "proposals" in changes else {}
        return {**page, "scenario": changes, **found}
    return {**picture_data(assessment), "walk": walk_data(assessment)}


def picture_data(assessment: Assessment) -> dict[str, Any]:
    """What pictures show: the page, without what only the page walks on and without what was before a scenario."""
    site = assessment.site
    encoder = Encoder(site.crs)
    detail = detail_of(assessment)
    return {
        "site": _site(assessment),
        "bounds": encoder.bounds(site.boundary),
        "boundary": encoder.geometries(_array([site.boundary]), FINE),
        "base": _base(assessment, encoder, detail),
        "labels": _names(site.labels, encoder),
        "streets": _streets(assessment, encoder, detail),
        "categories": [_category(assessment, k, encoder, detail) for k in range(len(site.standard.categories))],
        "demand": _demand(assessment, encoder, detail),
        "gates": _gates(assessment, encoder),
        "facilities": _places(site.facilities, encoder) | _open(assessment),
        "planned": _places(site.planned, encoder),
        "index": _index(assessment),
        "beside": _beside(assessment),
        "notes": [{"kind": note.kind, **told(note.text)} for note in assessment.notes],
        "dropped": [] if detail.full else _dropped(detail),
    }


WIDEST = 3
"""Unknowns that the page names."""
BASE_ROWS = (("weights", "standard"), ("measure", "walk"))
"""Choices that the index itself is of."""


def _beside(assessment: Assessment) -> dict[str, Any]:
    """What stands beside the index: checks that apply, goals, moments, other choices, the widest unknowns."""
    names = {category.id: {"zh": category.zh, "en": category.en} for category in assessment.site.standard.categories}
    applying = assessment.checks[assessment.checks["result"] != "not applicable"]
    return {
        "checks": [
            _words(row)
            | {name: _number(row[name], 3) for name in ("low", "high", "least", "most")}
            | {"unit": row["unit"], "result": row["result"]}
            for row in applying.to_dict("records")
        ],
        "goals": [
            _words(row) | {"told": {"zh": text(row["told_zh"]), "en": text(row["told_en"])}}
            for row in assessment.goals.to_dict("records")
            if row["how"] != "own" or row["state"] == "declared"
        ],
        "moments": [
            {lang: f"{names[row['category']][lang]}, {row[lang]}" for lang in ("zh", "en")}
            | {"low": _number(row["c_low"], 3), "high": _number(row["c_high"], 3)}
            for row in assessment.moments.dropna(subset="c_low").to_dict("records")
        ],
        "choices": [
            _words(row) | {"low": _number(row["index_low"], 1), "high": _number(row["index_high"], 1)}
            for row in assessment.sensitivity.to_dict("records")
            if (row["what"], row["id"]) not in BASE_ROWS
        ],
        "widest": [
            names[row["category"]] | {"points": _number(row["points"], 1)}
            for row in assessment.widest.head(WIDEST).to_dict("records")
        ],
    }


def _words(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    return {"zh": text(row["zh"]), "en": text(row["en"])}


def detail_of(assessment: Assessment) -> Detail:
    """What can be drawn without making the page too heavy."""
    points = len(assessment.streets.length_m)
    large = points > MOST_STREET_POINTS
    spacing = float(np.median(assessment.streets.length_m)) if points else STREET_M
    step = max(1, round(STREET_M / max(spacing, 0.1)))
    if large:
        step = max(step, -(-points // (MOST_STREET_POINTS // 2)))
    answers = len(assessment.site.demand) * len(assessment.site.standard.categories)
    return Detail(
        street_step=step,
        simplify_m=5.0 if large else 1.0,
        buildings=not large and int(_near(assessment).sum()) <= MOST_BUILDINGS,
        nearest=answers <= MOST_ANSWERS,
    )


def _dropped(detail: Detail) -> list[str]:
    """Keys of the page's words for what was left out."""
    left_out = {"streets": detail.simplify_m <= 1, "buildings": detail.buildings, "nearest": detail.nearest}
    return [key for key, kept in left_out.items() if not kept]


def _site(assessment: Assessment) -> dict[str, Any]:
    site = assessment.site
    profile, standard = site.profile, site.standard
    return {
        "name": text(site.name),
        "synthetic": site.synthetic,
        "attribution": [text(credit) for credit in site.attribution],
        "area_ha": _number(shapely.area(site.boundary) / 10_000, 1),
        "limit_m": site.limit_mm // 1000,
        "profile": {"zh": profile.zh, "en": profile.en, "speed": profile.metres_per_minute},
        "standard": {
            **told(standard_name(assessment)),
            "hash": standard.hash[:12],
            "partial": told(standard.scope) if standard.scope else None,
        },
        "version": version("lifecircle"),
        "people": {kind: _number(site.demand[kind].sum(min_count=1)) for kind in PEOPLE},
        "people_are": text(site.people_are),
        "dates": dates(assessment),
        "estimated": [kind for kind in PEOPLE if estimated(site.demand, kind).any()],
        **({"timed": True} if site.network.pace is not None else {}),
        **({"at": told(site.at.name)} if site.at is not None else {}),
    }


def _index(assessment: Assessment) -> dict[str, Any]:
    index = assessment.index
    return {
        "value": _interval(index.value, 1),
        "functions": {name: _interval(value, 4) for name, value in index.functions.items()},
        "known": {name: _number(share, 3) for name, share in index.known_weight.items()},
        "coordination": _interval(index.coordination, 3),
        "grade": list(index.grade),
        "weakest": index.weakest,
        "zero": list(index.zero),
    }


# The base


def _base(assessment: Assessment, encoder: Encoder, detail: Detail) -> dict[str, Any]:
    site = assessment.site
    shapes = {str(kind): rows.geometry.to_numpy() for kind, rows in site.background.groupby("kind", sort=True)}
    for name, lines in _street_classes(site.network).items():
        shapes[name] = np.concatenate([shapes.get(name, lines[:0]), lines])
    base = {name: encoder.geometries(each, COARSE, simplify_m=detail.simplify_m) for name, each in shapes.items()}
    if detail.buildings:
        buildings = site.buildings[_near(assessment)]
        base["building"] = encoder.geometries(buildings, COARSE, simplify_m=detail.simplify_m / 2)
        base |= {name: encoder.geometries(lines, COARSE) for name, lines in _walls(assessment).items()}
    return base


def _street_classes(network: WalkNetwork) -> dict[str, Geometries]:
    """Lines of the network by class, edges that follow each other as one."""
    highway = pd.Series(network.highway, dtype=object).str.removesuffix("_link")
    rows = {name: highway.isin(values).to_numpy(dtype=bool) for name, values in STREETS.items()}
    rows["path"] = ~np.logical_or.reduce(list(rows.values()))
    merged = {name: shapely.line_merge(shapely.multilinestrings(network.lines[own])) for name, own in rows.items()}
    return {name: shapely.get_parts(lines) for name, lines in merged.items() if not shapely.is_empty(lines)}


def _names(labels: gpd.GeoDataFrame, encoder: Encoder) -> dict[str, Any]:
    """What the map names; ``zh`` and ``en`` by row, where they are no other than the name itself."""
    kind, kinds = pd.factorize(labels["kind"], sort=True)
    tongues = {
        tongue: {
            int(row): text(labels[tongue].iloc[row])[:LONGEST_NAME] for row in np.flatnonzero(labels[tongue] != "")
        }
        for tongue in ("zh", "en")
    }
    return {
        "shape": encoder.geometries(labels.geometry.to_numpy(), COARSE, simplify_m=NAMED_M),
        "kind": kind.tolist(),
        "kinds": kinds.tolist(),
        "name": [text(name)[:LONGEST_NAME] for name in labels["name"]],
        "size_m": [_number(size) for size in labels["size_m"]],
        **tongues,
    }


def _walls(assessment: Assessment) -> dict[str, Geometries]:
    """Walls near the site; nothing where there are none."""
    walls = assessment.site.walls
    lines = walls[walls["kind"] == "wall"].geometry.to_numpy()
    near = lines[shapely.intersects(lines, _around(assessment))]
    return {"wall": near} if len(near) else {}


def _near(assessment: Assessment) -> Bools:
    near: Bools = np.asarray(shapely.intersects(assessment.site.buildings, _around(assessment)), dtype=bool)
    return near


def _around(assessment: Assessment) -> shapely.Polygon:
    return shapely.box(*shapely.bounds(shapely.buffer(assessment.site.boundary, BUILDINGS_M)))


# Streets coloured by minutes


def _streets(assessment: Assessment, encoder: Encoder, detail: Detail) -> dict[str, Any]:
    xy, chain, source = street_chains(assessment, detail.street_step)
    minutes = _street_minutes(assessment, source)
    return {
        "lines": encoder.chains(xy, chain, FINE),
        "minutes": [packed(runs(row).astype(np.int64)) for row in minutes],
    }


def street_chains(assessment: Assessment, step: int) -> tuple[Floats, Ints, Ints]:
    """Street points in the order of a walk: vertices, the chain of each, and the point it takes its class from.

    A chain runs along one edge; it is drawn out to the edge's ends where its points reach them.
    """
    streets, graph, network = assessment.streets, assessment.reach.graph, assessment.site.network
    edge = graph.piece_edge[streets.piece]
    along = graph.piece_from_mm[streets.piece] + streets.offset_mm
    order = np.lexsort((along, edge))
    edge, along, span = edge[order], along[order], streets.length_m[order] * 1000
    parted = np.diff(edge, prepend=-1) != 0
    parted[1:] |= np.diff(along) > 1.5 * (span[1:] + span[:-1])
    chain = np.cumsum(parted) - 1
    first = np.flatnonzero(parted)
    last = np.r_[first[1:], len(edge)][: len(first)] - 1
    kept = (np.arange(len(edge)) - first[chain]) % step == 0 if len(edge) else np.zeros(0, bool)
    kept[last] = True
    rows = np.flatnonzero(kept)
    head = first[along[first] <= span[first]]
    tail = last[network.edge_mm[edge[last]] - along[last] <= span[last]]
    xy = np.concatenate(
        [
            streets.xy[order[rows]],
            network.node_xy[network.edge_u[edge[head]]],
            network.node_xy[network.edge_v[edge[tail]]],
        ]
    )
    row = np.concatenate([rows, head, tail])
    side = np.concatenate([np.zeros(len(rows)), np.full(len(head), -1), np.ones(len(tail))])
    walk = np.lexsort((side, row))
    return xy[walk], chain[row[walk]], order[row[walk]]


def _street_minutes(assessment: Assessment, point: Ints) -> npt.NDArray[np.uint8]:
    """Shape (c, r): minutes from street points to the nearest facility, begun ones counted; or what stands instead."""
    site, streets, reach = assessment.site, assessment.streets, assessment.reach.in_time
    a_minute = site.profile.metres_per_minute * 1000
    bounds = [*(np.arange(1, MOST_MINUTES + 1) * a_minute), max(site.limit_mm, MOST_MINUTES * a_minute)]
    piece, offset_mm = streets.piece[point], streets.offset_mm[point]
    known = np.empty((len(assessment.coverage.street_state), len(point)), dtype=np.uint8)
    for k, state in enumerate(assessment.coverage.street_state):
        mm = reach.along_mm(k, piece, offset_mm)
        minutes = 1 + np.searchsorted(np.asarray(bounds, dtype=np.float64), mm.astype(np.float64), side="left")
        unknown = (state[point] == State.UNKNOWN) | reach.doubtful(k, piece, offset_mm)
        known[k] = np.where(unknown, UNKNOWN, minutes)
    return known


# Categories


def _category(assessment: Assessment, k: int, encoder: Encoder, detail: Detail) -> dict[str, Any]:
    site, coverage, reach = assessment.site, assessment.coverage, assessment.reach
    category = site.standard.categories[k]
    table = coverage.table[coverage.table["category"] == category.id]
    score = assessment.index.categories.get(category.id)
    answer = {
        "id": category.id,
        "zh": category.zh,
        "en": category.en,
        "function": category.function,
        "norm": {"m": category.norm.distance_m, "min": category.norm.minutes},
        "norm_m": _number(category.norm.metres(site.profile.metres_per_minute)),
        **({"always_open": True} if category.always_open else {}),
        "standing": category.standing,
        "source": joined([source.title for source in sources(assessment, category)]),
        "data": str(site.completeness.get(category.id, "absent")),
        "score": _interval(score, 4) if score else None,
        "main": assessment.index.judged_by.get(category.id, "places").split("+"),
        "rows": [_coverage_row(row) for row in table.to_dict("records")],
        "states": _digits(coverage.place_state[k]),
        "reasons": _digits(coverage.place_reason[k]),
        "metres": packed(_metres(reach.place_mm[k])),
        "gaps": _gap_areas(assessment, category, encoder, detail),
    }
    if reach.hoped is not None:
        answer["hoped"] = packed(_metres(reach.hoped.place_mm[k]))
    if reach.timed is not None:
        answer["minutes"] = _minutes(reach.timed, k, site.profile.metres_per_minute)
    return {**answer, "nearest": packed(reach.place_facility[k])} if detail.nearest else answer


def _coverage_row(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    amounts = ("total", "covered", "gap", "unknown", "low_confidence", "radius", "estimated")
    return {"by": str(row["by"]), "at": str(row["at"]), **{key: _number(row[key], 1) for key in amounts}}


def _gaps_after(assessment: Assessment, before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
    """Gap areas of each category after a scenario; None where they are those before."""
    encoder, detail = Encoder(assessment.site.crs), detail_of(assessment)
    after = [_gap_areas(assessment, category, encoder, detail) for category in assessment.site.standard.categories]
    return [None if gaps == page["gaps"] else gaps for gaps, page in zip(after, before, strict=True)]


def _gap_areas(assessment: Assessment, category: Category, encoder: Encoder, detail: Detail) -> dict[str, Any]:
    areas = assessment.gaps.areas
    rows = areas[areas["category"] == category.id]
    columns = ("area_ha", "places", "nearest_m", "shortfall_m", *PEOPLE)
    return {
        "shape": encoder.geometries(rows.geometry.to_numpy(), COARSE, simplify_m=max(STAIRS_M, 3 * detail.simplify_m)),
        "confidence": rows["confidence"].astype(str).tolist(),
        "nearest": [text(name) for name in rows["nearest"]],
        **_guesses(rows),
        "at_least": rows["at_least"].astype(bool).tolist(),
        **{column: [_number(value, 2) for value in rows[column]] for column in columns},
    }


# Places


def _demand(assessment: Assessment, encoder: Encoder, detail: Detail) -> dict[str, Any]:
    demand = assessment.site.demand
    kinds = {kind.id: {"zh": kind.zh, "en": kind.en} for kind in assessment.site.standard.demand}
    return {
        "shape": encoder.geometries(demand.geometry.to_numpy(), FINE, simplify_m=detail.simplify_m / 2),
        "name": [text(name) for name in demand["name"]],
        "kind": [kinds.get(kind, {"zh": str(kind), "en": str(kind)}) for kind in sorted(set(demand["kind"]))],
        "kind_of": pd.factorize(demand["kind"], sort=True)[0].tolist(),
        **_guesses(demand),
        "edge_m": [_number(value) for value in assessment.coverage.edge_of_data_m],
        **{kind: [_number(value, 1) for value in demand[kind]] for kind in PEOPLE if demand[kind].notna().any()},
    }


def _gates(assessment: Assessment, encoder: Encoder) -> dict[str, Any]:
    """Gates near the site that somebody may pass; of each column by row what is not the usual."""
    doors = assessment.site.doors
    gates = doors[(doors["kind"] == "gate") & (doors["access"] != "closed")]
    gates = gates[shapely.intersects(gates.geometry.to_numpy(), _around(assessment))]
    usual = {"name": "", "access": "public", "hours": ""}
    outside_m = pd.Series(shapely.distance(gates.geometry.to_numpy(), assessment.site.boundary))
    return {
        "point": encoder.geometries(gates.geometry.to_numpy(), FINE),
        "own": _digits(gates["own"].to_numpy(dtype=np.int64)),
        "outside_m": _by_row(outside_m.where(outside_m > OUTSIDE_M), _number),
        **{
            column: {row: text(value) for row, value in enumerate(gates[column]) if value != said}
            for column, said in usual.items()
        },
    }


def _guesses(frame: gpd.GeoDataFrame) -> dict[str, list[str]]:
    """The kinds of heads of each row that hold estimates; nothing where none does."""
    return {"estimated": frame["estimated"].tolist()} if (frame["estimated"] != "").any() else {}


def _places(frame: gpd.GeoDataFrame, encoder: Encoder) -> dict[str, Any]:
    """Facilities as points, and the outlines of those that are areas; ``status`` of those that are not existing."""
    geometries = frame.geometry.to_numpy()
    area = np.flatnonzero(shapely.get_dimensions(geometries) == 2)
    return {
        "point": encoder.geometries(shapely.point_on_surface(geometries), FINE),
        "outline": encoder.geometries(geometries[area], FINE, simplify_m=1.0),
        "outline_of": area.tolist(),
        "name": [text(name) for name in frame["name"]],
        "category": frame["category"].astype(str).tolist(),
        "status": _by_row(frame["status"].where(frame["status"] != "existing").astype(object)),
        "opens": _by_row(frame["opens"], _number),
        "capacity": _by_row(frame["capacity"], lambda value: _number(value, 1)),
        "hours": _by_row(frame["hours"].where(frame["hours"] != ""), lambda hours: text(hours)[:LONGEST_HOURS]),
    }


def _open(assessment: Assessment) -> dict[str, str]:
    """Whether each facility is open, as ``Opening``; nothing where no moment is asked about."""
    return {} if assessment.site.at is None else {"opening": _digits(assessment.reach.opening)}


def _by_row(column: pd.Series, told: Callable[[Any], Any] = str) -> dict[int, Any]:
    """What is known, by row: few rows have something."""
    return {int(row): told(column.iloc[row]) for row in np.flatnonzero(column.notna())}


# Plain values


def _array(geometries: Sequence[shapely.Geometry]) -> Geometries:
    array: Geometries = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    return array


def _number(value: Any, digits: int = 0) -> float | int | None:
    """A finite number, rounded; whole ones as int; None for what is missing."""
    if pd.isna(value) or not np.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded == int(rounded) else rounded


def _interval(interval: Interval, digits: int) -> list[float | int | None]:
    """[low, high, mid]."""
    return [
        _number(value, digits)
        for value in (interval.low, interval.high, np.nan if interval.mid is None else interval.mid)
    ]


def _digits(values: Any) -> str:
    """Small numbers as one digit each, to the base 36."""
    return "".join(DIGITS[value] for value in values.tolist())


def _minutes(timed: Reach, k: int, speed: float) -> list[float | int | None]:
    """Minutes from each place; None beyond the limit, and where they hang on slopes or hours that nobody knows."""
    mm = timed.place_mm[k]
    others = [other.place_mm[k] for other in (timed.at_best, timed.hoped) if other is not None]
    known = np.logical_and.reduce([mm < FAR_MM, *(mm == other for other in others)])
    return [_number(value, 1) for value in np.where(known, mm / 1000 / speed, np.nan)]


def _metres(mm: Ints) -> Ints:
    """Whole metres; -1 beyond the limit."""
    metres: Ints = np.where(mm >= FAR_MM, -1, np.rint(mm / 1000)).astype(np.int64)
    return metres
