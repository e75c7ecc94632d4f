"""Reach held against the standard: covered, gap or unknown, with the reason, and the shares of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from lifecircle.model import (
    HEADS,
    MINUTES,
    PEOPLE,
    Bools,
    Category,
    Completeness,
    Coverage,
    Floats,
    Geometries,
    Ints,
    Reach,
    Reason,
    Site,
    State,
    StreetPoints,
    estimated,
)

States = npt.NDArray[np.uint8]

BLOCK = 100_000
"""Points handled at once."""

NOWHERE = StreetPoints(np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
"""No streets: for coverage of places alone."""


def judge(
    walk_mm: Ints,
    norm_m: float,
    edge_of_data_m: Floats,
    off_network: Bools,
    island: Bools,
    completeness: Completeness,
    any_facility: bool,
    stray_m: Floats | float = np.inf,
    at_best_mm: Ints | None = None,
    hoped_mm: Ints | None = None,
) -> tuple[States, States]:
    """State and reason of each place for one category. All arrays have shape (p,).

    ``stray_m`` is the straight-line distance to the nearest facility that joins no street; ``at_best_mm`` the walk
    where slopes that nobody knows are the ones walked fastest; ``hoped_mm`` where facilities whose hours nobody knows
    are open too.
    The rules stand in the order in which they apply: the first that holds decides.
    """
    empty = not any_facility
    rules: list[tuple[Bools | bool, State, Reason]] = [
        (walk_mm <= norm_m * 1000, State.COVERED, Reason.WITHIN_NORM),
        (hoped_mm is not None and hoped_mm <= norm_m * 1000, State.UNKNOWN, Reason.HOURS_UNKNOWN),
        (edge_of_data_m < norm_m, State.UNKNOWN, Reason.EDGE_OF_DATA),
        ((walk_mm if at_best_mm is None else at_best_mm) <= norm_m * 1000, State.UNKNOWN, Reason.SLOPE_UNKNOWN),
        (off_network, State.UNKNOWN, Reason.OFF_NETWORK),
        (island, State.UNKNOWN, Reason.ISLAND),
        (np.asarray(stray_m) <= norm_m, State.UNKNOWN, Reason.FACILITY_OFF_NETWORK),
        (completeness == Completeness.ABSENT, State.UNKNOWN, Reason.LAYER_ABSENT),
        (completeness == Completeness.COMPLETE and empty, State.GAP, Reason.LAYER_EMPTY_COMPLETE),
        (completeness == Completeness.COMPLETE, State.GAP, Reason.LAYER_COMPLETE),
        (empty, State.UNKNOWN, Reason.LAYER_PARTIAL_EMPTY),
        (True, State.GAP, Reason.LAYER_PARTIAL),
    ]
    conditions = [np.broadcast_to(condition, walk_mm.shape) for condition, _, _ in rules]
    state = np.select(conditions, [np.uint8(state) for _, state, _ in rules])
    reason = np.select(conditions, [np.uint8(reason) for _, _, reason in rules])
    return state.astype(np.uint8), reason.astype(np.uint8)


def distance_to_edge(extent: shapely.Geometry, places: Geometries) -> Floats:
    """Shape (p,): straight-line metres from each place to the edge of the data; 0 outside it."""
    outline = shapely.boundary(extent)
    shapely.prepare([extent, outline])
    return np.where(shapely.intersects(extent, places), shapely.distance(outline, places), 0.0)


def points_to_edge(extent: shapely.Geometry, xy: Floats) -> Floats:
    """The same for points of shape (s, 2)."""
    return _at_points(partial(distance_to_edge, extent), xy)


def _at_points(measure: Callable[[Geometries], Floats], xy: Floats) -> Floats:
    """A measure of points of shape (s, 2), block by block: a million point objects take 200 MB."""
    blocks = range(0, len(xy), BLOCK)
    return np.concatenate([np.empty(0), *(measure(shapely.points(xy[begin : begin + BLOCK])) for begin in blocks)])


def cover(
    site: Site,
    reach: Reach,
    streets: StreetPoints,
    as_it_is: Reach | None = None,
    minutes_told: tuple[int, ...] = MINUTES,
) -> Coverage:
    """Hold a site's reach against its standard; ``as_it_is`` is the reach of the site without its scenario.

    How well a layer is known, a scenario does not change: that is judged by the site as it is.
    """
    places = site.demand.geometry.to_numpy()
    place_edge = distance_to_edge(site.data_extent, places)
    street_edge = points_to_edge(site.data_extent, streets.xy)
    street_island = ~site.network.trusted[reach.graph.piece_edge[streets.piece]]
    here = np.zeros(len(street_edge), dtype=bool)
    measures = list(_measures(site))
    of_category = site.facilities["category"].to_numpy()
    shapes = site.facilities.geometry.to_numpy()
    found = set(site.as_it_is.facilities["category"])
    speed = site.profile.metres_per_minute
    rows: list[dict[str, object]] = []
    place_states, place_reasons, street_states = [], [], []
    for c, category in enumerate(site.standard.categories):
        known = (site.completeness[category.id], category.id in found)
        metres = _walks(reach, c, streets)
        minutes = metres if reach.timed is None else _walks(reach.timed, c, streets)
        stray = shapely.union_all(shapes[reach.stray & (of_category == category.id)])
        place_stray, street_stray = _metres_to(stray, places), _at_points(partial(_metres_to, stray), streets.xy)
        norm = (category.norm.metres(speed), metres if category.norm.minutes is None else minutes)
        limits = {"norm": norm} | {f"{m} min": (m * speed, minutes) for m in minutes_told}
        none_near = (as_it_is or reach).none_near(c, category.norm, speed) & (category.id in site.surveyed)
        looked_m = norm[0] * norm[1].fastest
        for at, (norm_m, walk) in limits.items():
            # looked for and none near: there is none, beyond the edge of the data neither
            known_to = np.where(none_near & (norm_m * walk.fastest <= looked_m), np.inf, place_edge)
            edge, stray_m, best = known_to / walk.fastest, place_stray / walk.fastest, walk.place_best_mm
            state, reason = judge(
                walk.place_mm, norm_m, edge, reach.off_network, reach.island, *known, stray_m, best, walk.place_hoped_mm
            )
            edge, stray_m, best = street_edge / walk.fastest, street_stray / walk.fastest, walk.street_best_mm
            street, _ = judge(
                walk.street_mm, norm_m, edge, here, street_island, *known, stray_m, best, walk.street_hoped_mm
            )
            if at == "norm":
                place_states.append(state)
                place_reasons.append(reason)
                street_states.append(street)
            low = (state == State.GAP) & (reason == Reason.LAYER_PARTIAL)
            radius = reach.crow_mm[c] <= norm_m * 1000
            for by, weight, guessed in measures:
                rows.append(
                    {"category": category.id, "by": by, "at": at, "norm_m": norm_m}
                    | _shares(state, weight, low, radius)
                    | {"estimated": float(weight[guessed].sum())}
                )
            low_street = (street == State.GAP) & (known[0] == Completeness.PARTIAL)
            rows.append(
                {"category": category.id, "by": "street_m", "at": at, "norm_m": norm_m}
                | _shares(street, streets.length_m, low_street, None)
                | {"estimated": 0.0}
            )
    return Coverage(
        place_state=_stacked(place_states, len(places)),
        place_reason=_stacked(place_reasons, len(places)),
        street_state=_stacked(street_states, len(street_edge)),
        edge_of_data_m=place_edge,
        street_edge_of_data_m=street_edge,
        table=pd.DataFrame(rows),
    )


@dataclass(frozen=True)
class _Walks:
    """Walks of one category, in metres or in time, from places of shape (p,) and street points of shape (s,)."""

    place_mm: Ints
    street_mm: Ints
    place_best_mm: Ints | None
    street_best_mm: Ints | None
    """Where slopes that nobody knows are the ones walked fastest; None where all are known."""
    place_hoped_mm: Ints | None
    street_hoped_mm: Ints | None
    """The same where facilities whose hours nobody knows are open; None where there are none."""
    fastest: float
    """Metres one gets on at most in the time of a metre: a facility that far off may still be within reach."""


def _walks(reach: Reach, c: int, streets: StreetPoints) -> _Walks:
    def of(reach: Reach) -> tuple[Ints, Ints]:
        return reach.place_mm[c], reach.along_mm(c, streets.piece, streets.offset_mm)

    place_mm, street_mm = of(reach)
    place_best, street_best = (None, None) if reach.at_best is None else of(reach.at_best)
    place_hoped, street_hoped = (None, None) if reach.hoped is None else of(reach.hoped.at_best or reach.hoped)
    return _Walks(place_mm, street_mm, place_best, street_best, place_hoped, street_hoped, reach.fastest)


def _metres_to(shape: shapely.Geometry, places: Geometries) -> Floats:
    """Shape (p,): straight-line distance of places to a shape; infinite to an empty one."""
    if shapely.is_empty(shape):
        return np.full(len(places), np.inf)
    return np.asarray(shapely.distance(shape, places), dtype=float)


def _stacked(rows: list[States], width: int) -> States:
    return np.stack(rows) if rows else np.empty((0, width), dtype=np.uint8)


def _measures(site: Site) -> Iterator[tuple[str, Floats, Bools]]:
    """What coverage is counted by, with the weight of each place and whether it is estimated.

    A head count nobody gave is left out.
    """
    none = np.zeros(len(site.demand), dtype=bool)
    for kind in HEADS:
        heads = site.demand[kind].to_numpy(dtype=float)
        if np.isfinite(heads).any():
            yield kind, np.nan_to_num(heads), estimated(site.demand, kind)
    yield "places", np.ones(len(site.demand)), none
    footprint = site.demand["footprint_m2"].to_numpy(dtype=float)
    if np.isfinite(footprint).any():
        yield "footprint_m2", np.nan_to_num(footprint), none


def _shares(state: States, weight: Floats, low: Bools, radius: Bools | None) -> dict[str, float]:
    return {
        "total": float(weight.sum()),
        "covered": float(weight[state == State.COVERED].sum()),
        "gap": float(weight[state == State.GAP].sum()),
        "unknown": float(weight[state == State.UNKNOWN].sum()),
        "low_confidence": float(weight[low].sum()),
        "radius": float("nan") if radius is None else float(weight[radius].sum()),
    }


def judged_by(category: Category, site: Site) -> str:
    """What a category is judged by: the head counts of those it serves, joined by ``+``.

    ``places`` where none of them was counted; ``nobody`` where it serves families only, which nobody counted
    among heads that were: a dormitory community owes no kindergarten.
    """
    served = [kind for kind in category.serves if kind in site.counted]
    if served:
        return "+".join(served)
    return "nobody" if site.counted and category.serves == ("families",) else "places"


def weights(site: Site, by: str) -> Floats:
    """Shape (p,): what each place counts where a category is judged so: heads (0 where nobody counted any), or one."""
    if by in ("places", "nobody"):
        return np.full(len(site.demand), float(by == "places"))
    return np.asarray(np.nan_to_num(site.demand[by.split("+")].to_numpy(dtype=float)).sum(axis=1))


def without_count(site: Site) -> dict[str, Bools]:
    """Shape (p,) for each kind of heads: places that should have some, and nobody counted them."""
    unit = site.demand["kind"].map({kind.id: kind.unit for kind in site.standard.demand})
    return {kind: ((unit == kind) & site.demand[kind].isna()).to_numpy() for kind in PEOPLE}


def at_least(walk_mm: Ints, edge_of_data_m: Floats, limit_m: float) -> tuple[Floats, Bools]:
    """Distances in metres fit to print, and which of them are lower bounds only.

    A facility beyond the edge of the data may be nearer than the nearest one found, but not nearer than
    the edge itself; infinite where nothing was found within the limit and the edge is no nearer than that.
    """
    walk_m = np.where(walk_mm > limit_m * 1000, np.inf, walk_mm / 1000)
    bound = edge_of_data_m < np.minimum(walk_m, limit_m)
    return np.where(bound, edge_of_data_m, walk_m), bound
