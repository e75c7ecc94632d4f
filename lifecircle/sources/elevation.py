"""Heights of the ground: a DEM as a GeoTIFF in any CRS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import Affine, rowcol, xy
from rasterio.windows import Window
from scipy import ndimage

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg
from lifecircle.model import Bools, Floats, Note
from lifecircle.sources.rasters import opened

LEAST_CELL_M = 10.0
"""Finer cells are averaged to about this size: what is smaller is kerbs and cars, not slope (our own proposal)."""
MARGIN_M = 2 * LEAST_CELL_M
MOST_CELLS = 25_000_000
LOWEST_M, HIGHEST_M = -500.0, 9_000.0
"""No ground is lower or higher."""
CLIFF_M = 10.0
"""A patch of the lowest or highest number a cell can hold is a hole when the cells around it lie, in the median,
this far away: water lies level with its shores (our own proposal)."""
AROUND = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class Heights:
    """A grid of heights, in metres."""

    grid: Floats
    """Shape (rows, columns), row 0 first as in the file; NaN where the height is unknown."""
    transform: Affine
    """From columns and rows to coordinates in the file's CRS."""
    from_site: pyproj.Transformer
    cell_m: float
    """About the side of a cell."""
    notes: tuple[Note, ...] = ()

    def at(self, xy: Floats) -> Floats:
        """Shape (r,): heights of points of shape (r, 2) in metres of the site's CRS.

        Bilinear between the middles of the four cells around, of those that are known; NaN where none is.
        """
        where = _cells(self.transform, *self.from_site.transform(xy[:, 0], xy[:, 1])) - 0.5
        known = np.isfinite(self.grid)
        total, weight = (
            ndimage.map_coordinates(values, where, output=np.float64, order=1, mode="grid-constant", cval=0.0)
            for values in (np.where(known, self.grid, 0.0), known.astype(np.float64))
        )
        return np.divide(total, weight, out=np.full(len(xy), np.nan), where=weight > 0)


def read_heights(path: Path, crs: pyproj.CRS, bounds: Floats) -> Heights:
    """The heights within ``bounds`` (west, south, east, north in metres of ``crs``). Raises InputError."""
    with opened(path) as raster:
        return _read(raster, path, crs, bounds)


def _read(raster: rasterio.DatasetReader, path: Path, crs: pyproj.CRS, bounds: Floats) -> Heights:
    if raster.count != 1:
        what = msg("has {bands} bands", bands=raster.count)
        raise InputError(Fault(str(path), what, msg("give a GeoTIFF of one band, of heights")))
    if (unit := (raster.units[0] or "").lower()) in ("ft", "foot", "feet", "us survey foot"):
        raise InputError(Fault(str(path), msg("its heights are in {unit}", unit=unit), msg("convert them to metres")))
    from_site = pyproj.Transformer.from_crs(crs, raster.crs, always_xy=True)
    window = _window(raster, from_site.transform_bounds(*(bounds + np.repeat([-MARGIN_M, MARGIN_M], 2))))
    if window is None:
        raise InputError(Fault(str(path), msg("does not meet the study area"), msg("use data of the same place")))
    cell_m = _cell_m(raster, window, from_site)
    if not (np.isfinite(cell_m) and cell_m > 0):
        raise InputError(Fault(str(path), msg("its cells have no size"), msg("set its georeference again")))
    shrink = max(1.0, LEAST_CELL_M / cell_m, np.sqrt(window.width * window.height / MOST_CELLS))
    shape = (max(round(window.height / shrink), 1), max(round(window.width / shrink), 1))
    read = raster.read(1, window=window, out_shape=shape, masked=True, resampling=Resampling.average)
    grid = read.astype(np.float64).filled(np.nan) * raster.scales[0] + raster.offsets[0]
    notes = [*_without_the_impossible(grid, path.name)]
    if not np.isfinite(grid).any():
        raise InputError(Fault(str(path), msg("knows no height in the study area"), msg("use data of the same place")))
    if raster.nodatavals[0] is None and np.issubdtype(read.dtype, np.unsignedinteger):
        extremes = np.iinfo(read.dtype)
        suspects = np.isin(read.filled(extremes.max), (extremes.min, extremes.max))
        notes += _without_holes(grid, suspects, path.name)
    wide, high = window.width / shape[1], window.height / shape[0]
    t = raster.window_transform(window)
    transform = Affine(t.a * wide, t.b * high, t.c, t.d * wide, t.e * high, t.f)
    return Heights(grid, transform, from_site, cell_m * shrink, tuple(notes))


def _cells(transform: Affine, x: Floats, y: Floats) -> Floats:
    """Shape (2, r): rows and columns of points, with fractions, from the outer corner of the first cell."""
    return np.array(rowcol(transform, x, y, op=np.asarray), dtype=np.float64)


def _window(raster: rasterio.DatasetReader, bounds: tuple[float, float, float, float]) -> Window | None:
    """The cells that the bounds meet, with one more around; None for none."""
    west, south, east, north = bounds
    corners = _cells(raster.transform, np.array([west, east, west, east]), np.array([south, south, north, north]))
    top, left = np.maximum(np.floor(corners.min(axis=1)) - 1, 0).astype(int).tolist()
    bottom, right = np.minimum(np.ceil(corners.max(axis=1)) + 1, raster.shape).astype(int).tolist()
    return Window(left, top, right - left, bottom - top) if right > left and bottom > top else None


def _cell_m(raster: rasterio.DatasetReader, window: Window, from_site: pyproj.Transformer) -> float:
    """Side of a square as large as the cell in the middle of a window."""
    row, column = window.row_off + window.height // 2, window.col_off + window.width // 2
    corners = xy(raster.transform, [row, row, row + 1], [column, column + 1, column], offset="ul")
    x, y = from_site.transform(corners[0], corners[1], direction="INVERSE")
    return float(np.sqrt(abs((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0]))))


def _without_the_impossible(grid: Floats, name: str) -> Iterator[Note]:
    """Blank what is no height of any ground, in place."""
    wrong = ((grid < LOWEST_M) | (grid > HIGHEST_M)) & np.isfinite(grid)
    if wrong.any():
        grid[wrong] = np.nan
        cells = int(wrong.sum())
        text = msg(
            "{file}: {cells:,} {cells:cell|cells} of a height that no ground has, taken as missing",
            file=name,
            cells=cells,
        )
        yield Note("repaired", text)


def _without_holes(grid: Floats, suspects: Bools, name: str) -> Iterator[Note]:
    """Blank patches of a number that often stands for "missing" where they lie far below or above what is around."""
    patch, count = ndimage.label(suspects, structure=AROUND)
    if not count:
        return
    ring = np.where(suspects, 0, ndimage.grey_dilation(patch, footprint=AROUND))
    numbers = np.arange(count + 1)
    level, around = (ndimage.median(grid, labels, numbers) for labels in (patch, ring))
    hole = (np.abs(level - around) > CLIFF_M)[patch] & suspects
    grid[hole] = np.nan
    if cells := int(hole.sum()):
        text = msg(
            "{file} says no value for missing heights: {cells:,} {cells:cell|cells} of the lowest or highest "
            "value, far from those around, taken as missing",
            file=name,
            cells=cells,
        )
        yield Note("doubt", text)
    if cells := int((suspects & ~hole).sum()):
        text = msg(
            "{file} says no value for missing heights: {cells:,} {cells:cell|cells} of the lowest or highest "
            "value, level with those around, taken as heights",
            file=name,
            cells=cells,
        )
        yield Note("doubt", text)
