"""Gaps, and the ground in each of the three states, as GeoJSON (RFC 7946).

WGS 84, longitude before latitude, six decimals, outer rings counterclockwise. The member ``lifecircle``
beside ``features`` says what the file is of and what it stands on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.model import PEOPLE, Assessment, Category, Change, Floats, Geometries, Ints, State
from lifecircle.outputs.plain import about, nearest_text, norm, number, text
from lifecircle.outputs.scenarios import before_and_after, place_before

DECIMALS = 6
ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True)
class Layer:
    """Features that may share a geometry."""

    geometry: Geometries
    """Shape (g,), in metres."""
    features: Iterable[tuple[str, dict[str, Any], int]]
    """Id, properties and the row of its geometry."""


def write(assessment: Assessment, path: Path, *, layer: Literal["gaps", "states"] = "gaps") -> None:
    """Write one site's gaps or states as a FeatureCollection. Raises OSError.

    ``gaps``: gap areas, gap places and the changes of a scenario, told apart by ``kind``; distances in metres to 0.1,
    null beyond the search limit or where nothing was found, with ``nearest_text`` to print. The member ``norms`` says
    where each category's norm comes from, ``standing`` how far it can be trusted. ``states``: for each category the
    ground people walk on that is covered, a gap or unknown, with its area.
    """
    layers = _gaps(assessment) if layer == "gaps" else _states(assessment)
    bounds = []
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"type":"FeatureCollection",\n')
        norms = {category.id: norm(assessment, category) for category in assessment.site.standard.categories}
        head_of_all = {**about(assessment), **before_and_after(assessment), "norms": norms}
        file.write(f'"lifecircle":{ENCODER.encode(head_of_all)},\n"features":[')
        between = "\n"
        for part in layers:
            degrees = rounded(part.geometry, assessment.site.crs)
            bounds += [shapely.total_bounds(degrees)] if len(degrees) else []
            shown = shapely.to_geojson(degrees)
            for id, properties, row in part.features:
                head = f'"type":"Feature","id":{ENCODER.encode(id)},"properties":{ENCODER.encode(properties)}'
                file.write(f'{between}{{{head},"geometry":{shown[row]}}}')
                between = ",\n"
        box = _around(bounds, assessment)
        file.write(f'\n],\n"bbox":{ENCODER.encode(box)}}}\n')


def _around(bounds: list[Floats], assessment: Assessment) -> list[float]:
    """West, south, east and north of all that was written, else of the site."""
    site = assessment.site
    known = np.array(bounds) if bounds else shapely.bounds(rounded(np.array([site.boundary]), site.crs))
    box: list[float] = np.concatenate([known[:, :2].min(axis=0), known[:, 2:].max(axis=0)]).tolist()
    return box


def rounded(geometries: Geometries, crs: pyproj.CRS) -> Geometries:
    """Shape (n,): geometries in degrees on a grid of ``DECIMALS``, valid, outer rings counterclockwise.

    One smaller than the grid becomes a point.
    """
    to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    degrees = shapely.transform(geometries, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])))
    clean = _round(degrees)
    broken = ~shapely.is_valid(clean)
    clean[broken] = _snapped(degrees[broken])
    turned: Geometries = shapely.orient_polygons(clean)
    return turned


def _round(degrees: Geometries) -> Geometries:
    rounded: Geometries = shapely.transform(degrees, lambda xy: np.round(xy, DECIMALS) + 0.0)
    return rounded


def _snapped(degrees: Geometries) -> Geometries:
    """For shapes that rounding alone breaks; it takes many times as long."""
    snapped = shapely.set_precision(degrees, 10.0**-DECIMALS)
    tiny = shapely.is_empty(snapped) & ~shapely.is_empty(degrees)
    snapped[tiny] = shapely.centroid(degrees[tiny])
    return _round(snapped)


# Gaps


def _gaps(assessment: Assessment) -> Iterator[Layer]:
    """Areas as polygons, a category at a time, then places as points, each sorted by category and id."""
    areas, places = assessment.gaps.areas, assessment.gaps.places
    for _, held in areas.groupby("category", sort=True):
        yield Layer(held.geometry.to_numpy(), _area_features(assessment, held))
    row_of, ids = pd.factorize(places["place"])
    first = np.unique(row_of, return_index=True)[1] if len(ids) else np.empty(0, dtype=np.int64)
    yield Layer(shapely.point_on_surface(places.geometry.to_numpy()[first]), _place_features(assessment, row_of))
    yield _changes(assessment)


def _changes(assessment: Assessment) -> Layer:
    """What a scenario adds, moves and closes, in its order; nothing where there is none."""
    site = assessment.site
    changes = site.scenario.changes if site.scenario else ()
    stood = dict(zip(site.as_it_is.facilities["id"], site.as_it_is.facilities.geometry, strict=True))
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", site.crs, always_xy=True)

    def shape(change: Change) -> shapely.Geometry:
        if not change.lonlat:
            return shapely.point_on_surface(stood[change.id])
        xy = np.column_stack(to_metres.transform(*np.array(change.lonlat).T))
        return shapely.LineString(xy) if len(xy) > 1 else shapely.Point(xy[0])

    plain = before_and_after(assessment).get("scenario", {"changes": []})["changes"]
    features = [
        (f"scenario/{i + 1}", {"kind": "scenario", **{key: value for key, value in each.items() if key != "lonlat"}}, i)
        for i, each in enumerate(plain)
    ]
    return Layer(np.array([shape(change) for change in changes], dtype=object), features)


def _area_features(assessment: Assessment, areas: gpd.GeoDataFrame) -> Iterator[tuple[str, dict[str, Any], int]]:
    for i, row in enumerate(_rows(areas)):
        held = {"places": int(row["places"]), "place_ids": [text(id) for id in row["place_ids"]]}
        properties = gap_properties(assessment, "gap_area", row) | held | {"area_ha": number(row["area_ha"], 2)}
        yield f"gap_area/{row['id']}", properties, i


def _place_features(assessment: Assessment, shape: Ints) -> Iterator[tuple[str, dict[str, Any], int]]:
    row_of = {id: row for row, id in enumerate(assessment.site.demand["id"])}
    number_of = {category.id: k for k, category in enumerate(assessment.site.standard.categories)}
    for point, row in zip(shape.tolist(), _rows(assessment.gaps.places), strict=True):
        properties = gap_properties(assessment, "gap_place", row) | {
            "place": text(row["place"]),
            "name": text(row["name"]),
        }
        properties |= place_before(assessment, number_of[row["category"]], row_of[row["place"]])
        yield f"gap_place/{row['id']}", properties, point


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    columns = [column for column in frame.columns if column != "geometry"]
    lists = (frame[column].tolist() for column in columns)
    return (dict(zip(columns, values, strict=True)) for values in zip(*lists, strict=True))


def gap_properties(assessment: Assessment, kind: str, row: dict[str, Any]) -> dict[str, Any]:
    site = assessment.site
    category = site.standard.category(row["category"])
    return {
        "kind": kind,
        "id": row["id"],
        **_named(category),
        "norm_m": number(category.norm.metres(site.profile.metres_per_minute), 1),
        "standing": category.standing,
        "confidence": row["confidence"],
        "nearest": text(row["nearest"]) or None,
        "nearest_m": number(row["nearest_m"], 1),
        "nearest_text": nearest_text(row["nearest_m"], row["at_least"], site.limit_mm / 1000),
        "at_least": bool(row["at_least"]),
        "shortfall_m": number(row["shortfall_m"], 1),
        **{kind_of_head: number(row[kind_of_head]) for kind_of_head in PEOPLE},
        "estimated": [kind_of_head for kind_of_head in PEOPLE if kind_of_head in row["estimated"].split("+")],
    }


def _named(category: Category) -> dict[str, str]:
    return {
        "category": category.id,
        "category_zh": category.zh,
        "category_en": category.en,
        "function": category.function,
    }


# The ground in each state


def _states(assessment: Assessment) -> Iterator[Layer]:
    """A category at a time: one feature a state that occurs."""
    for c, category in enumerate(assessment.site.standard.categories):
        ground = _ground(assessment, c)
        features = [
            (
                f"{category.id}/{state.name.lower()}",
                {**_named(category), "state": state.name.lower(), "area_ha": number(shapely.area(shape) / 10_000, 2)},
                row,
            )
            for row, (state, shape) in enumerate(ground.items())
        ]
        yield Layer(np.array(list(ground.values()), dtype=object), features)


def _ground(assessment: Assessment, c: int) -> dict[State, shapely.MultiPolygon]:
    """The cells in each state that occurs, in metres."""
    cells = assessment.cells
    state = np.append(assessment.coverage.street_state[c], np.uint8(0))[cells.street]
    value, polygons = cells.outlines(state, cells.street >= 0)
    return {State(v): shapely.multipolygons(polygons[value == v]) for v in np.unique(value).tolist()}
