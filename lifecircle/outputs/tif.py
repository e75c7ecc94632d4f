"""Minutes on foot to the nearest facility, as a GeoTIFF with one band a category."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.transform import from_origin
from rasterio.windows import Window

from lifecircle.errors import OutputError
from lifecircle.messages import msg
from lifecircle.model import Assessment, State
from lifecircle.outputs.plain import text

UNKNOWN = -1.0
TILE = 256
"""Cells along the side of a tile; so many rows are in memory at once."""
CACHE_MB = 64
STEPS = 256
"""Steps a minute is told in: a quarter of a second, and a third of the file that all bits would take."""

Minutes = npt.NDArray[np.float32]


def write(assessment: Assessment, path: Path) -> None:
    """Write minutes from each cell in the boundary to the nearest facility. Raises OSError.

    Float32, in the site's metric CRS (``Site.crs``), cells as in ``Cells``; the walk is the straight line to
    the nearest street point and the way along the streets, at the speed of the site's profile. NaN: beyond
    the search limit, or no ground that people walk on; -1: unknown. A band's description is the id and the
    names of its category.
    """
    with rasterio.Env(GDAL_CACHEMAX=CACHE_MB):
        sums = _write(assessment, path)
        if sums != list(_sums(path)):
            raise OutputError(msg("{path}: the file is not whole; is the disk full?", path=path.name))


def _write(assessment: Assessment, path: Path) -> list[int]:
    """Write the file; returns the checksum of every strip."""
    cells, categories = assessment.cells, assessment.site.standard.categories
    height, width = cells.street.shape
    sums = []
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=height,
        width=width,
        count=len(categories),
        dtype="float32",
        crs=assessment.site.crs,
        transform=from_origin(cells.west, cells.north, cells.size_m, cells.size_m),
        nodata=np.nan,
        tiled=True,
        blockxsize=TILE,
        blockysize=TILE,
        interleave="band",
        compress="deflate",
        zlevel=1,
        predictor=3,
        bigtiff="if_safer",
    ) as raster:
        raster.update_tags(**_tags(assessment), unit="minutes", unknown=f"{UNKNOWN:g}")
        for band, category in enumerate(categories, start=1):
            raster.set_band_description(band, f"{category.id} {category.zh} {category.en}")
            for top, minutes in _strips(assessment, band - 1):
                raster.write(minutes, band, window=Window(0, top, width, len(minutes)))
                sums.append(crc32(minutes.tobytes()))
    return sums


def _tags(assessment: Assessment) -> dict[str, str]:
    """What the raster is of, and whom it is to credit."""
    site = assessment.site
    return {
        "site": text(site.name),
        "synthetic": "yes" if site.synthetic else "no",
        "standard": f"{site.standard.id} {site.standard.version} {site.standard.hash}",
        "profile": f"{site.profile.id} {site.profile.metres_per_minute:g} m/min",
        "attribution": "; ".join(text(credit) for credit in site.attribution),
    }


def _sums(path: Path) -> Iterator[int]:
    """Checksums of what stands in the file: GDAL writes much of it on closing, and says nothing when it cannot."""
    with rasterio.open(path) as raster:
        for band in raster.indexes:
            for top in range(0, raster.height, TILE):
                rows = min(TILE, raster.height - top)
                yield crc32(raster.read(band, window=Window(0, top, raster.width, rows)).tobytes())


def _strips(assessment: Assessment, c: int) -> Iterator[tuple[int, Minutes]]:
    """Rows of cells from the north, each strip with its first row."""
    cells, speed = assessment.cells, np.float32(assessment.site.profile.metres_per_minute)
    at_street = np.append(_at_streets(assessment, c), np.float32(np.nan))
    longest = np.float32(assessment.site.limit_mm / 1000) / speed
    for top in range(0, len(cells.street), TILE):
        rows = slice(top, top + TILE)
        along = at_street[cells.street[rows]]
        minutes = np.rint((along + cells.connector_m[rows] / speed) * STEPS) / STEPS
        minutes[minutes > longest] = np.nan
        minutes[along == UNKNOWN] = UNKNOWN
        yield top, minutes


def _at_streets(assessment: Assessment, c: int) -> Minutes:
    """Shape (s,): minutes from each street point; NaN beyond the limit, -1 unknown."""
    streets, site, reach = assessment.streets, assessment.site, assessment.reach.in_time
    mm = reach.along_mm(c, streets.piece, streets.offset_mm)
    minutes = np.where(mm > site.limit_mm, np.nan, mm / 1000 / site.profile.metres_per_minute)
    unknown = assessment.coverage.street_state[c] == State.UNKNOWN
    unknown |= reach.doubtful(c, streets.piece, streets.offset_mm)
    return np.where(unknown, UNKNOWN, minutes).astype(np.float32)
