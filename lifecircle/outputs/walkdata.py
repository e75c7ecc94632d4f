"""What the page walks on: network, joins and weights, so that it computes what Python computed, to the millimetre."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lifecircle.attach import surroundings
from lifecircle.gateways import Ground, Openings, candidates, standing
from lifecircle.model import (
    HEADS,
    PEOPLE,
    Assessment,
    Attachment,
    Bools,
    Category,
    Floats,
    Geometries,
    Ints,
    Joins,
    Site,
    WalkNetwork,
)
from lifecircle.outputs.shapes import packed

LONGEST_MIN = 30
"""The page tells coverage for up to so many minutes."""
MM2 = 1e6
"""Square millimetres of a square metre."""


def walk_data(assessment: Assessment) -> dict[str, Any] | None:
    """The ``walk`` of the page's data; None where time goes by slopes, stairs or signals, or a moment of the week is
    asked about: the page knows neither.

    Texts are lists of integers as ``packed`` codes them, ``*_steps`` each as the step from the one before;
    lengths are millimetres, coordinates those of the site's CRS.
    """
    site, joins = assessment.site, assessment.reach.joins
    if joins is None or site.network.pace is not None or site.at is not None:
        return None
    speed = site.profile.metres_per_minute
    longest_m = max([LONGEST_MIN * speed, *(category.norm.metres(speed) for category in site.standard.categories)])
    return {
        "centre": _centre(site),
        "limit_mm": site.limit_mm,
        "connector_mm": site.connector_mm,
        "network": _network(site.network),
        "places": _rows(joins.places),
        "doors": _rows(joins.facilities),
        "owners": _owners(joins),
        "shared": [packed(column) for column in (joins.shared.place, joins.shared.facility, joins.shared.mm)],
        "off_network": _where(assessment.reach.off_network),
        "island": _where(assessment.reach.island),
        "edge_mm_steps": _steps(_whole_mm(np.floor(1000 * np.minimum(assessment.coverage.edge_of_data_m, longest_m)))),
        "stray": _stray(assessment, longest_m),
        "weights": _weights(site),
        "uncounted": _uncounted(site),
        "function_weights": list(site.standard.function_weights),
        "categories": [_category(assessment, k) for k in range(len(site.standard.categories))],
        "ids": site.facilities["id"].tolist(),
        "centres": {"places": _centres(site.demand), "facilities": _centres(site.facilities)},
        "boundary": _outlines(np.array([site.boundary], dtype=object)),
        "study": _outlines(np.array([site.study_area], dtype=object)),
        **_barriers(site),
        "gates": _gates(site) if site.before is None else None,
    }


def _centre(site: Site) -> list[float]:
    """Latitude and longitude of the middle of the site's transverse Mercator."""
    assert site.crs.coordinate_operation is not None
    values = {each.name: float(each.value) for each in site.crs.coordinate_operation.params}
    return [round(values[f"{axis} of natural origin"], 9) for axis in ("Latitude", "Longitude")]


def _network(network: WalkNetwork) -> dict[str, Any]:
    """Edges by their nodes, each a polyline; ``extra`` is what a segment is longer than from vertex to vertex."""
    xy = np.rint(network.vertex_xy * 1000).astype(np.int64)
    inner = np.ones(len(xy), dtype=bool)
    inner[network.vertex_start[:-1]] = False
    straight = np.rint(np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)).astype(np.int64)
    extra = np.diff(network.vertex_mm, prepend=0) - straight
    flags = network.private + 2 * network.attachable + 4 * network.trusted
    return {
        "nodes": len(network.node_id),
        "u_steps": _steps(network.edge_u),
        "v_less_u": packed(network.edge_v - network.edge_u),
        "flags": "".join(map(str, flags.tolist())),
        "vertices": packed(np.diff(network.vertex_start)),
        "x_steps": _steps(xy[:, 0]),
        "y_steps": _steps(xy[:, 1]),
        "extra": packed(extra[inner]),
    }


def _rows(rows: Attachment) -> dict[str, str]:
    return {
        "of_steps": _steps(rows.place),
        "edge_steps": _steps(rows.edge),
        "offset_mm": packed(rows.offset_mm),
        "connector_mm": packed(rows.connector_mm),
        "gate": packed(rows.door),
    }


def _owners(joins: Joins) -> dict[str, str]:
    """Each owner by the first place that is theirs; facilities of owners without a place are nobody's."""
    owner, first, number = np.unique(joins.owners.place, return_index=True, return_inverse=True)
    facility = np.flatnonzero(np.isin(joins.owners.facility, owner))
    theirs = first[np.searchsorted(owner, joins.owners.facility[facility])]
    return {
        "place_steps": _steps(first[number]),
        "facility_steps": _steps(facility),
        "of_facility": packed(theirs),
    }


def _stray(assessment: Assessment, longest_m: float) -> list[list[Any]]:
    """Facilities that join no street, with the places near them and how far these are, in whole millimetres."""
    places = shapely.STRtree(assessment.site.demand.geometry.to_numpy())
    found = []
    for facility in np.flatnonzero(assessment.reach.stray).tolist():
        shape = assessment.site.facilities.geometry.iloc[facility]
        near = np.sort(places.query(shape, predicate="dwithin", distance=longest_m))
        mm = np.ceil(1000 * shapely.distance(shape, places.geometries[near]))
        found.append([facility, _steps(near), packed(_whole_mm(mm))])
    return found


def _weights(site: Site) -> dict[str, Any]:
    """What coverage is counted by beside places: whole numbers as text (of square millimetres), others as a list."""
    heads = {kind: site.demand[kind].to_numpy(dtype=float) for kind in HEADS}
    told = {kind: np.nan_to_num(each) for kind, each in heads.items() if np.isfinite(each).any()}
    coded = {kind: packed(each.astype(np.int64)) if (each % 1 == 0).all() else each for kind, each in told.items()}
    footprint = site.demand["footprint_m2"].to_numpy(dtype=float)
    if np.isfinite(footprint).any():
        coded["footprint_m2"] = packed(np.rint(np.nan_to_num(footprint) * MM2).astype(np.int64))
    return coded


def _uncounted(site: Site) -> dict[str, str]:
    """For each kind of heads the places that should have some, and nobody counted them."""
    unit = site.demand["kind"].map({kind.id: kind.unit for kind in site.standard.demand})
    rows = {kind: ((unit == kind) & site.demand[kind].isna()).to_numpy() for kind in PEOPLE}
    return {kind: _where(each) for kind, each in rows.items() if each.any()}


def _category(assessment: Assessment, k: int) -> dict[str, Any]:
    site = assessment.site
    category = site.standard.categories[k]
    norm_m = category.norm.metres(site.profile.metres_per_minute)
    found = site.facilities[site.facilities["category"] == category.id]
    none_near = assessment.reach.none_near(k, category.norm, site.profile.metres_per_minute)
    nowhere = none_near & (category.id in site.surveyed)
    return {
        "norm_m": norm_m,
        "weight": category.weight,
        "any": len(found) > 0,
        **({"looked": _where(nowhere)} if nowhere.any() else {}),
        **_supply(site, category, found),
    }


def _supply(site: Site, category: Category, found: pd.DataFrame) -> dict[str, Any]:
    """What is owed and what each facility has, by facility; null where nobody knows."""
    if category.capacity is None or category.capacity.per_head is None:
        return {}
    size = found["capacity"]
    if category.capacity.unit == "m2":
        size = size.fillna(found["area_m2"])
    elif category.capacity.unit == "count":
        size = size.fillna(1.0)
    heads = float(site.demand[list(category.serves)].sum().sum())
    sizes = dict(zip(found.index.tolist(), size.astype(object).where(size.notna(), None), strict=True))
    return {"heads": heads, "per_head": category.capacity.per_head, "unit": category.capacity.unit, "sizes": sizes}


def _centres(frame: gpd.GeoDataFrame) -> list[str]:
    """A point inside each shape."""
    return _points(shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())))


def _points(xy: Floats) -> list[str]:
    return [_steps(_whole_mm(np.rint(column * 1000))) for column in xy.T]


def _outlines(polygons: Geometries) -> dict[str, Any]:
    """Rings of polygons, one after the other: how many of each polygon, and how many points of each."""
    parts, polygon = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    return {
        "rings": packed(np.bincount(polygon[part], minlength=len(polygons))),
        "points": packed(shapely.get_num_coordinates(rings)),
        "xy": _points(shapely.get_coordinates(rings)),
    }


def _barriers(site: Site) -> dict[str, Any]:
    """What a connector must not cross, from vertex to vertex, and the enclosures with gates.

    ``sets`` has a digit to the base 32 a piece: 1 it stands before facilities, 2 surely so, 4 before places, and 8
    and 16 where a barrier ends at its first and its second end. ``yards_sets`` has the first two.
    """
    outside, inside = surroundings(site, inside=False), surroundings(site, inside=True)
    sides = [outside[0], outside[-1], inside[0]]
    told: dict[tuple[int, ...], int] = {}
    for bit, around in enumerate(sides):
        ends = np.rint(around.pieces.reshape(-1, 4) * 1000).astype(np.int64)
        for piece in np.column_stack([ends, around.free]).tolist():
            told[tuple(piece)] = told.get(tuple(piece), 0) | 1 << bit
    pieces = np.array(list(told), dtype=np.int64).reshape(-1, 6)
    last = np.roll(pieces[:, 2:4], 1, axis=0)
    last[:1] = 0
    sets = np.array(list(told.values()), dtype=np.int64) + 8 * pieces[:, 4] + 16 * pieces[:, 5]
    return {
        "firm": len(outside) > 1,
        "barriers": {
            "from_last": [packed(pieces[:, axis] - last[:, axis]) for axis in (0, 1)],
            "along": [packed(pieces[:, axis + 2] - pieces[:, axis]) for axis in (0, 1)],
            "sets": packed(sets),
        },
        "yards": _outlines(outside[0].enclosures),
        "yards_sets": packed(
            1 + 2 * np.isin(shapely.to_wkb(outside[0].enclosures), shapely.to_wkb(outside[-1].enclosures))
        ),
    }


def _gates(site: Site) -> dict[str, Any]:
    """Where a gate could be put, as Python takes it, and the gates that are there."""
    could, ground = candidates(site), Ground(site)
    return {
        "candidates": [_steps(np.rint(column * 1e7).astype(np.int64)) for column in could.lonlat.T],
        "open": _openings(could.openings),
        "rows": ground.gates.tolist(),
        "hold": _openings(standing(ground, ground.gates)),
    }


def _openings(openings: Openings) -> dict[str, Any]:
    return {
        "xy": [_steps(column) for column in openings.xy_mm.T],
        "links": _rows(openings.links),
        "link_xy": [_steps(column) for column in openings.link_xy_mm.T],
        "places": _rows(openings.places),
        "facilities": _rows(openings.facilities),
    }


def _where(rows: Bools) -> str:
    return _steps(np.flatnonzero(rows))


def _steps(values: Ints) -> str:
    return packed(np.diff(values, prepend=0))


def _whole_mm(mm: Floats) -> Ints:
    whole: Ints = mm.astype(np.int64)
    return whole
