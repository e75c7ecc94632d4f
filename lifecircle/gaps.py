"""Where and for whom a category is missing: single places, and areas of streets."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import ndimage
from scipy.spatial import KDTree

from lifecircle.coverage import at_least, judged_by
from lifecircle.model import (
    PEOPLE,
    Category,
    Cells,
    Completeness,
    Coverage,
    Floats,
    Gaps,
    Geometries,
    Ints,
    Reach,
    Site,
    State,
    StreetPoints,
)

LEAST_HA = 0.1
"""A gap area without a place counts from this size on."""
COLUMNS = [
    "id", "category", "confidence", "place_ids", *PEOPLE, "estimated", "places",
    "nearest", "nearest_m", "at_least", "shortfall_m",
]  # fmt: skip


def find_gaps(site: Site, reach: Reach, coverage: Coverage, streets: StreetPoints, cells: Cells) -> Gaps:
    """Gap places and gap areas of every category that serves anybody here, sorted by category and id."""
    places, areas = [], []
    around = _around(site.demand.geometry.to_numpy(), streets, site.connector_mm / 1000)
    for c, category in enumerate(site.standard.categories):
        if judged_by(category, site) == "nobody":
            continue
        missing = _places(site, reach, coverage, c, category)
        places.append(missing)
        areas.append(_areas(site, reach, coverage, streets, cells, around, c, category, missing))
    return Gaps(areas=_joined(areas, site, ["area_ha"]), places=_joined(places, site, ["place", "name"]))


def _joined(frames: list[gpd.GeoDataFrame], site: Site, extra: list[str]) -> gpd.GeoDataFrame:
    columns = [*COLUMNS, *extra, "geometry"]
    filled = [frame[columns] for frame in frames if len(frame)]
    if not filled:
        return gpd.GeoDataFrame({column: [] for column in columns[:-1]}, geometry=[], crs=site.crs)
    joined = pd.concat(filled, ignore_index=True).sort_values(["category", "id"], kind="stable", ignore_index=True)
    return gpd.GeoDataFrame(joined, crs=site.crs)


def _confidence(site: Site, category: Category) -> str:
    return "high" if site.completeness[category.id] == Completeness.COMPLETE else "low"


def gap_id(category: str, source_ids: pd.Series | list[str]) -> str:
    """Category and a hash of the smallest source id: the same from run to run while the place stays."""
    return f"{category}-{_hashed(min(source_ids))}"


@cache
def _hashed(source_id: str) -> str:
    return hashlib.sha256(source_id.encode()).hexdigest()[:10]


def _places(site: Site, reach: Reach, coverage: Coverage, c: int, category: Category) -> gpd.GeoDataFrame:
    rows = np.flatnonzero(coverage.place_state[c] == State.GAP)
    demand = site.demand.iloc[rows]
    reach = reach.held_to(category.norm)
    edge_m = coverage.edge_of_data_m[rows] / reach.fastest
    if reach.hoped is not None:
        edge_m = np.minimum(edge_m, reach.hoped.place_mm[c, rows] / 1000)
    metres, bound = at_least(reach.place_mm[c, rows], edge_m, site.limit_mm / 1000)
    norm_m = category.norm.metres(site.profile.metres_per_minute)
    nearest = reach.place_facility[c, rows]
    names = np.append(site.facilities["name"].to_numpy(dtype=object), "")
    frame = pd.DataFrame(
        {
            "id": [gap_id(category.id, [id]) for id in demand["id"]],
            "category": category.id,
            "confidence": _confidence(site, category),
            "place_ids": [[id] for id in demand["id"]],
            **{kind: demand[kind].to_numpy() for kind in PEOPLE},
            "estimated": demand["estimated"].to_numpy(),
            "places": 1,
            "nearest": names[nearest],
            "nearest_m": metres,
            "at_least": bound,
            "shortfall_m": metres - norm_m,
            "place": demand["id"].to_numpy(),
            "name": demand["name"].to_numpy(),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=demand.geometry.to_numpy(), crs=site.crs)


def _areas(
    site: Site,
    reach: Reach,
    coverage: Coverage,
    streets: StreetPoints,
    cells: Cells,
    around: _Around,
    c: int,
    category: Category,
    missing: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    in_gap = np.append(coverage.street_state[c] == State.GAP, False)
    label = np.empty(cells.street.shape, dtype=np.int32)
    count = ndimage.label(in_gap[cells.street], output=label)
    if not count:
        return gpd.GeoDataFrame(geometry=[], crs=site.crs)
    _, polygons = cells.outlines(label, label > 0)
    area = np.where(in_gap[:-1], _label_at(label, cells, streets.xy) - 1, -1)
    rows = np.flatnonzero(coverage.place_state[c] == State.GAP)
    frame = _summed(site, category, missing, _assigned(around, rows, area), count)
    point = np.flatnonzero(area >= 0)
    along = _from_streets(reach, coverage, streets, site, c, point, area[point], count)
    bare = frame["places"] == 0
    frame["nearest_m"] = frame["nearest_m"].where(~bare, along["nearest_m"])
    frame["at_least"] = frame["at_least"].where(~bare, along["at_least"]).fillna(False).astype(bool)
    frame["shortfall_m"] = frame["nearest_m"] - category.norm.metres(site.profile.metres_per_minute)
    frame["area_ha"] = shapely.area(polygons) / 10_000
    corner = np.floor(shapely.bounds(polygons)[:, :2])
    frame["id"] = [
        gap_id(category.id, ids or [f"street/{way}/{x:.0f}/{y:.0f}"])
        for ids, way, (x, y) in zip(frame["place_ids"], along["way"], corner, strict=True)
    ]
    keep = ((frame["places"] > 0) | (frame["area_ha"] >= LEAST_HA)).to_numpy()
    return gpd.GeoDataFrame(frame[keep], geometry=polygons[keep], crs=site.crs)


def _label_at(label: npt.NDArray[np.int32], cells: Cells, xy: Floats) -> Ints:
    """The label of the cell that holds each point."""
    row = np.floor((cells.north - xy[:, 1]) / cells.size_m).astype(np.int64)
    column = np.floor((xy[:, 0] - cells.west) / cells.size_m).astype(np.int64)
    return label[np.clip(row, 0, label.shape[0] - 1), np.clip(column, 0, label.shape[1] - 1)].astype(np.int64)


@dataclass(frozen=True)
class _Around:
    """Places of demand, the ``k`` street points near any of them, and which point is nearest to each place."""

    places: Geometries
    limit_m: float
    """The longest connector."""
    street: Ints
    """Shape (k,): the point among all street points."""
    points: Geometries
    """Shape (k,)."""
    place: Ints
    """Shape (r,): places with a point within the limit; several rows where points are equally near."""
    nearest: Ints
    """Shape (r,): the nearest of ``points``."""


def _around(places: Geometries, streets: StreetPoints, limit_m: float) -> _Around:
    street = _near(places, streets.xy, limit_m)
    points = shapely.points(streets.xy[street])
    place, nearest = shapely.STRtree(points).query_nearest(places, max_distance=limit_m, all_matches=True)
    return _Around(places, limit_m, street, points, place, nearest)


def _near(places: Geometries, xy: Floats, limit_m: float) -> Ints:
    """The points that can lie within a distance of a place; a few of them lie farther."""
    if not len(places):
        return np.empty(0, dtype=np.int64)
    bounds = shapely.bounds(places)
    radius = np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]).max() / 2
    centres = KDTree((bounds[:, :2] + bounds[:, 2:]) / 2)
    distance, _ = centres.query(xy, distance_upper_bound=limit_m + radius + 1)
    return np.flatnonzero(np.isfinite(distance))


def _assigned(around: _Around, rows: Ints, area: Ints) -> Ints:
    """The area of the nearest street in gap of some places; -1 where none is within the longest connector.

    ``area`` of shape (s,) is that of each street point, -1 where it is not in gap. Of streets equally near
    that with the lower area counts.
    """
    area = area[around.street]
    out = np.full(len(around.places), -1, dtype=np.int64)
    _keep_lowest(out, around.place, area[around.nearest])
    left = rows[out[rows] < 0]
    in_gap = np.flatnonzero(area >= 0)
    tree = shapely.STRtree(around.points[in_gap])
    row, hit = tree.query_nearest(around.places[left], max_distance=around.limit_m, all_matches=True)
    _keep_lowest(out, left[row], area[in_gap[hit]])
    return out[rows]


def _keep_lowest(out: Ints, place: Ints, area: Ints) -> None:
    """Write the lowest of each place's areas; -1 is none."""
    order = np.argsort(-area, kind="stable")
    order = order[area[order] >= 0]
    out[place[order]] = area[order]


def _summed(site: Site, category: Category, missing: gpd.GeoDataFrame, of_place: Ints, count: int) -> pd.DataFrame:
    """One row an area: the heads and the nearest facility of the places it holds."""
    held = pd.DataFrame(missing.drop(columns="geometry")).assign(area=of_place)[of_place >= 0]
    groups = held.groupby("area")
    every = pd.RangeIndex(count)
    nearest = held.sort_values(["area", "nearest_m", "place"], kind="stable").groupby("area").first()
    ids = groups["place"].agg(sorted).reindex(every)
    return pd.DataFrame(
        {
            "category": category.id,
            "confidence": _confidence(site, category),
            "place_ids": [ids_ if isinstance(ids_, list) else [] for ids_ in ids],
            **{kind: groups[kind].sum(min_count=1).reindex(every) for kind in PEOPLE},
            "estimated": groups["estimated"].agg(_either).astype(object).reindex(every).fillna(""),
            "places": groups.size().reindex(every, fill_value=0),
            "nearest": nearest["nearest"].reindex(every).fillna(""),
            "nearest_m": nearest["nearest_m"].reindex(every),
            "at_least": nearest["at_least"].reindex(every),
        },
        index=every,
    )


def _either(estimated: pd.Series) -> str:
    """The kinds of heads that any of some places has estimated."""
    return "+".join(sorted({kind for kinds in set(estimated) for kind in kinds.split("+") if kind}))


def _from_streets(
    reach: Reach,
    coverage: Coverage,
    streets: StreetPoints,
    site: Site,
    c: int,
    point: Ints,
    area: Ints,
    count: int,
) -> pd.DataFrame:
    """One row an area: the shortest walk from its streets, and the smallest id of their ways."""
    reach = reach.held_to(site.standard.categories[c].norm)
    walk_mm = reach.along_mm(c, streets.piece[point], streets.offset_mm[point])
    edge_m = coverage.street_edge_of_data_m[point] / reach.fastest
    if reach.hoped is not None:
        edge_m = np.minimum(edge_m, reach.hoped.along_mm(c, streets.piece[point], streets.offset_mm[point]) / 1000)
    metres, bound = at_least(walk_mm, edge_m, site.limit_mm / 1000)
    shortest = np.full(count, np.inf)
    np.minimum.at(shortest, area, metres)
    only_bound = np.ones(count, dtype=bool)
    nearest = metres == shortest[area]
    np.logical_and.at(only_bound, area[nearest], bound[nearest])
    way = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(way, area, site.network.way_id[reach.graph.piece_edge[streets.piece[point]]])
    walked = np.bincount(area, minlength=count) > 0
    return pd.DataFrame({"nearest_m": np.where(walked, shortest, np.nan), "at_least": only_bound & walked, "way": way})
