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
MOST_CELLS = 25_000_000
"""A site whose bounds hold more cells gets cells of twice the size, and so on: 2,500 km2 at 10 m."""
BLOCK = 1_000_000
"""Cells handled at once."""


def cell_size(boundary: shapely.Geometry) -> float:
    """Side of the cells of a site, metres: ``CELL_M``, doubled until there are at most ``MOST_CELLS``."""
    west, south, east, north = shapely.bounds(boundary)
    size = CELL_M
    while (east - west) * (north - south) > MOST_CELLS * size**2:
        size *= 2
    return size


def cells_over(boundary: shapely.Geometry, streets: StreetPoints, size_m: float | None = None) -> Cells:
    """Cells whose centre lies inside the boundary, snapped to multiples of their size.

    Their size is that of ``cell_size`` where none is given.
    """
    size_m = cell_size(boundary) if size_m is None else size_m
    bounds = np.array(shapely.bounds(boundary)) / size_m
    west, south = np.floor(bounds[:2]) * size_m
    east, north = np.ceil(bounds[2:]) * size_m
    shape = (round((north - south) / size_m), round((east - west) / size_m))
    street = np.full(shape, -1, dtype=np.int32)
    connector = np.full(shape, np.nan, dtype=np.float32)
    tree = KDTree(streets.xy)
    height = max(BLOCK // max(shape[1], 1), 1)
    for top in range(0, shape[0], height):
        strip = slice(top, min(top + height, shape[0]))
        corner = from_origin(west, north - top * size_m, size_m, size_m)
        inside = rasterize([boundary], (strip.stop - top, shape[1]), transform=corner, dtype="uint8")
        rows, columns = np.nonzero(inside)
        centres = np.column_stack([west + (columns + 0.5) * size_m, north - (top + rows + 0.5) * size_m])
        distance, nearest = (np.asarray(found) for found in tree.query(centres, distance_upper_bound=WALKED_M))
        near = np.isfinite(distance)
        street[strip][rows[near], columns[near]] = nearest[near]
        connector[strip][rows[near], columns[near]] = distance[near]
    return Cells(float(west), float(north), size_m, street, connector)
