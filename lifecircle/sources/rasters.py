"""GeoTIFFs, opened only where they say where on the earth their cells lie."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyproj
import rasterio

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg


@contextmanager
def opened(path: Path) -> Iterator[rasterio.DatasetReader]:
    """A raster with a coordinate system on the earth and cells of some size. Raises InputError."""
    try:
        with rasterio.open(path) as raster:
            faults = list(_faults(raster, str(path)))
            if faults:
                raise InputError(faults)
            yield raster
    except (rasterio.errors.RasterioError, rasterio.errors.CRSError, UnicodeDecodeError) as error:
        what = msg("cannot be read ({reason})", reason=" ".join(str(error).split()))
        raise InputError(Fault(str(path), what, msg("give a GeoTIFF"))) from None


def _faults(raster: rasterio.DatasetReader, where: str) -> Iterator[Fault]:
    grid, mend = raster.transform, msg("set its georeference again")
    if raster.crs is None:
        yield Fault(where, msg("does not say its coordinate system"), msg("set its coordinate system (CRS)"))
    elif not _on_the_earth(raster.crs):
        yield Fault(
            where, msg("its coordinate system is no place on the Earth"), msg("set its coordinate system (CRS)")
        )
    area = grid.a * grid.e - grid.b * grid.d
    if not np.isfinite(tuple(grid)).all() or area == 0:
        yield Fault(where, msg("its cells have no size"), mend)
    elif raster.crs is not None and raster.crs.is_geographic:
        left, bottom, right, top = raster.bounds
        if max(abs(left), abs(right)) > 361 or max(abs(bottom), abs(top)) > 91:
            yield Fault(where, msg("its cells lie off the globe"), mend)


def _on_the_earth(crs: rasterio.crs.CRS) -> bool:
    try:
        pyproj.Transformer.from_crs(4326, crs)
    except pyproj.exceptions.ProjError:
        return False
    return bool(crs.is_geographic or crs.is_projected)
