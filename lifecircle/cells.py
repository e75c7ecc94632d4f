"""The ground of a site as small cells, each bound to the street point nearest to it."""

from __future__ import annotations

import numpy as np
import shapely
from rasterio.features import rasterize
from rasterio.transform import from_origin
from scipy.spatial import KDTree

from lifecircle.model import Cells, StreetPoints

CELL_M = 10.0
WALKED_M = 25.0
"""Ground this near to a walkable edge counts as ground that people walk on."""
BLOCK = 1_000_000
"""Cells handled at once."""


def cells_over(boundary: shapely.Geometry, streets: StreetPoints, size_m: float = CELL_M) -> Cells:
    """Cells whose centre lies inside the boundary, snapped to multiples of their size."""
    bounds = np.array(shapely.bounds(boundary)) / size_m
    west, south = np.floor(bounds[:2]) * size_m
    east, north = np.ceil(bounds[2:]) * size_m
    shape = (round((north - south) / size_m), round((east - west) / size_m))
    inside = rasterize([boundary], out_shape=shape, transform=from_origin(west, north, size_m, size_m), dtype="uint8")
    street = np.full(shape, -1, dtype=np.int32)
    connector = np.full(shape, np.nan, dtype=np.float32)
    rows, columns = np.nonzero(inside)
    tree = KDTree(streets.xy) if len(streets.xy) else None
    for begin in range(0, len(rows) if tree is not None else 0, BLOCK):
        r, c = rows[begin : begin + BLOCK], columns[begin : begin + BLOCK]
        centres = np.column_stack([west + (c + 0.5) * size_m, north - (r + 0.5) * size_m])
        assert tree is not None
        distance, nearest = (np.asarray(found) for found in tree.query(centres, distance_upper_bound=WALKED_M))
        near = np.isfinite(distance)
        street[r[near], c[near]] = nearest[near]
        connector[r[near], c[near]] = distance[near]
    return Cells(float(west), float(north), size_m, street, connector)
