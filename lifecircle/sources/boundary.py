"""The outline of a park."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.errors import Fault, InputError
from lifecircle.messages import Message, msg
from lifecircle.model import Bools, Geometries, Note, Profile
from lifecircle.site import BoundaryFile
from lifecircle.sources.tables import Table, check_columns, read_table

SLIVER_DEGREES = 1e-9
"""What is thinner (0.1 mm) is left behind by a repair and would be no polygon in metres."""
STUDY_MINUTES = 30
STUDY_LEAST_M = 2_000.0


def read_features(source: BoundaryFile) -> Table:
    """The features of a boundary file, picked by ``where``. Raises InputError."""
    table = read_table(source)
    frame = table.frame
    where = str(source.file)
    if source.where is not None:
        field, _, value = source.where.partition("=")
        check_columns(frame, {"where": field}, where)
        values = frame[field].astype(str)
        if not (values == value).any():
            there = tuple(sorted(set(values))[:10])
            mend = msg("write {field}=VALUE; there are: {values}", field=field, values=there)
            raise InputError(Fault(where, msg("no feature with {condition}", condition=source.where), mend))
        frame = frame[values == value]
    return replace(table, frame=frame)


def outline(frame: gpd.GeoDataFrame, where: Message | str) -> tuple[shapely.Geometry, tuple[Note, ...]]:
    """One valid polygon (WGS 84) of the features, and what was repaired. Raises InputError."""
    shapes = frame.geometry.to_numpy()
    shapes = shapes[~shapely.is_missing(shapes)]
    if not len(shapes) or shapely.is_empty(shapes).all():
        raise InputError(Fault(where, msg("the boundary is empty"), msg("draw at least one polygon")))
    notes = []
    if not shapely.is_valid(shapes).all():
        reason = shapely.is_valid_reason(shapes[~shapely.is_valid(shapes)][0])
        shapes = shapely.set_precision(shapely.make_valid(shapes), SLIVER_DEGREES)
        notes.append(Note("repaired", msg("boundary crossed or touched itself ({reason}); repaired", reason=reason)))
    found = shapely.get_parts(shapely.get_parts(shapes))
    parts = found[shapely.get_type_id(found) == 3]
    if not len(parts):
        parts = shapely.get_parts(shapely.polygonize(found[shapely.get_type_id(found) == 1]))
        notes += [Note("repaired", msg("boundary drawn in several lines; joined to an area"))] if len(parts) else []
    if not len(parts):
        what = msg("the boundary holds no polygon")
        raise InputError(Fault(where, what, msg("close the outline as a polygon")))
    return shapely.union_all(parts), tuple(notes)


def local_crs(outline_wgs84: shapely.Geometry) -> pyproj.CRS:
    """A transverse Mercator with scale 1 centred on a site, in metres."""
    centre = shapely.centroid(outline_wgs84)
    return pyproj.CRS.from_proj4(
        f"+proj=tmerc +lat_0={centre.y:.5f} +lon_0={centre.x:.5f} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
    )


def moved(target: pyproj.CRS | int, shape: shapely.Geometry, source: pyproj.CRS | int = 4326) -> shapely.Geometry:
    """A shape in another CRS, longitude before latitude."""
    transformer = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))


def in_degrees(west: float, south: float, east: float, north: float) -> Message:
    """Bounds as they are told."""
    return msg(
        "lon {west:.3f} to {east:.3f}, lat {south:.3f} to {north:.3f}",
        west=float(west),
        south=float(south),
        east=float(east),
        north=float(north),
    )


def reach_m(profile: Profile) -> float:
    """How far around a site its study area goes, which is also how far its walks are followed, in metres."""
    return max(STUDY_LEAST_M, STUDY_MINUTES * profile.metres_per_minute)


def study_bounds(outline_wgs84: shapely.Geometry, profile: Profile) -> tuple[float, float, float, float]:
    """West, south, east, north of a site's study area in degrees."""
    crs = local_crs(outline_wgs84)
    area = shapely.buffer(moved(crs, outline_wgs84), reach_m(profile))
    west, south, east, north = shapely.bounds(moved(4326, area, crs)).tolist()
    return (west, south, east, north)


def joined(frames: Sequence[gpd.GeoDataFrame], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Frames one below the other, empty ones left out, so that they change no column's type."""
    filled = [frame for frame in frames if len(frame)] or list(frames[:1])
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=crs)


def within(frame: gpd.GeoDataFrame, boundary: shapely.Geometry) -> Bools:
    """Shape (n,): rows with a point of their own inside a boundary, both in metres."""
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    shapely.prepare(boundary)
    return np.asarray(shapely.intersects(boundary, points), dtype=bool)


def check_here(shapes: Geometries, around: shapely.Geometry, file: Path, crs: pyproj.CRS) -> None:
    """Raises InputError for shapes of a file, in metres of ``crs``, of which none lies anywhere near the streets."""
    if not len(shapes) or shapely.intersects(around, shapes).any():
        return
    west, south, east, north = gpd.GeoSeries(shapes, crs=crs).to_crs(4326).total_bounds.tolist()
    swapped = shapely.intersects(moved(4326, around, crs), shapely.box(south, west, north, east))
    what = msg("no place lies near the streets ({bounds})", bounds=in_degrees(west, south, east, north))
    if swapped:
        mend = msg("swap latitude and longitude")
    else:
        mend = msg("use data of the same place, or say the system in `coords:`")
    raise InputError(Fault(str(file), what, mend))
