"""The outline of a park."""

from __future__ import annotations

import geopandas as gpd
import shapely

from lifecircle.errors import Fault, InputError
from lifecircle.model import Note
from lifecircle.site import BoundaryFile
from lifecircle.sources.tables import read_table


def read_features(source: BoundaryFile) -> gpd.GeoDataFrame:
    """The features of a boundary file, picked by ``where``, in WGS 84. Raises InputError."""
    frame = read_table(source)
    where = str(source.file)
    if source.where is not None:
        field, _, value = source.where.partition("=")
        if field not in frame.columns:
            have = ", ".join(str(c) for c in frame.columns if c != "geometry")
            raise InputError(Fault(where, f"no field {field!r} (`where:`)", f"it has: {have}"))
        frame = frame[frame[field].astype(str) == value]
        if not len(frame):
            raise InputError(Fault(where, f"no feature with {source.where}", "check the value"))
    return frame


def outline(frame: gpd.GeoDataFrame, where: str) -> tuple[shapely.Geometry, tuple[Note, ...]]:
    """One valid polygon (WGS 84) of the features, and what was repaired. Raises InputError."""
    shapes = frame.geometry.to_numpy()
    shapes = shapes[~shapely.is_missing(shapes)]
    if not len(shapes) or shapely.is_empty(shapes).all():
        raise InputError(Fault(where, "the boundary is empty", "draw at least one polygon"))
    notes = []
    if not shapely.is_valid(shapes).all():
        reason = shapely.is_valid_reason(shapes[~shapely.is_valid(shapes)][0])
        shapes = shapely.make_valid(shapes)
        notes.append(Note("repaired", f"boundary crossed or touched itself ({reason}); repaired"))
    parts = shapely.get_parts(shapely.get_parts(shapes))
    parts = parts[shapely.get_type_id(parts) == 3]
    if not len(parts):
        raise InputError(Fault(where, "the boundary holds no polygon", "close the outline as a polygon"))
    return shapely.union_all(parts), tuple(notes)
