"""People from a raster: cells whose heads are spread over the buildings in them, else stay where they are."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg
from lifecircle.model import UNITS, Bools, Floats, Geometries, Note
from lifecircle.site import PopulationRaster
from lifecircle.sources.demand import places_of
from lifecircle.sources.rasters import opened
from lifecircle.sources.spread import CELL_M, Ground, spread, told
from lifecircle.sources.tables import MOST_HEADS

WHOLE_M2 = 1.05 * (2 * CELL_M) ** 2
"""Raster cells up to this size are one place each where no building is mapped."""
CELLS = ("values", "coverage", "center_x", "center_y")
"""What is asked of exactextract for each cell."""
FULL = (65_535, 2**31 - 1, 2**32 - 1)
"""Values that stand for nothing in many rasters that do not say so."""


def from_raster(
    source: PopulationRaster,
    crs: pyproj.CRS,
    boundary: shapely.Geometry,
    ground: Ground,
    label: str,
    *,
    jobs: bool = False,
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """The heads of a raster's cells inside the boundary (metres), and what was assumed.

    A cell on the boundary counts with the share of its area inside, as exactextract sums it. Its heads are spread
    over the buildings inside (``spread``) if ``source.spread`` is ``buildings``, else stay in the part of the cell
    inside. Cells without data are unknown and no place; so are, and a note says so, those of one negative value,
    and of the largest value of a whole-number raster that does not name its own for them.
    Raises InputError for what cannot be read, lies elsewhere or has several negative values.
    """
    found, notes = _cells(source, crs, boundary)
    heads = found["heads"].to_numpy()
    frame = places_of(
        crs,
        id=np.array([f"{label}/{i + 1}" for i in range(len(found))], dtype=object),
        kind=np.full(len(found), source.kind, dtype=object),
        source=np.full(len(found), source.raster.name, dtype=object),
        geometry=_inside(found["geometry"].to_numpy(), boundary),
        **{source.count: heads},
    )
    areas = np.asarray(shapely.area(frame.geometry.to_numpy()) > 0)
    over = source.spread == "buildings"
    pieces, where = spread(frame, areas, ground if over else None, jobs=jobs, whole_m2=WHOLE_M2)
    return pieces, (*notes, *(told(where, source.raster.name) if over and len(ground.buildings.outline) else ()))


def _inside(cells: Geometries, boundary: shapely.Geometry) -> Geometries:
    """The parts of cells inside the boundary; the nearest point of it for one that touches it by a hair."""
    shapely.prepare(boundary)
    parts = np.where(shapely.covers(boundary, cells), cells, shapely.intersection(cells, boundary))
    hair = shapely.area(parts) == 0
    parts[hair] = shapely.get_point(shapely.shortest_line(boundary, cells[hair]), 0)
    return parts


def _cells(
    source: PopulationRaster, crs: pyproj.CRS, boundary: shapely.Geometry
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Cells with heads, columns heads and geometry (metres in ``crs``), from the north-west on; and notes."""
    from exactextract import exact_extract

    where = str(source.raster)
    with opened(source.raster) as raster:
        _check(raster, where)
        zone = gpd.GeoDataFrame(geometry=[boundary], crs=crs).to_crs(raster.crs)
        if not zone.intersects(shapely.box(*raster.bounds)).any():
            raise InputError(Fault(where, msg("does not meet the boundary"), msg("use data of the same place")))
        cells = exact_extract(raster, zone, list(CELLS))[0]["properties"]
        dtype, silent = np.dtype(raster.dtypes[0]), raster.nodata is None
        (width, height), system = np.abs(raster.res), raster.crs
    values, coverage, x, y = (np.asarray(cells[key], dtype=float) for key in CELLS)
    known, notes = _known(source, values, dtype, silent)
    rows = np.flatnonzero(known & (values * coverage > 0))
    x, y = x[rows], y[rows]
    squares = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    geometry = gpd.GeoSeries(squares, crs=system).to_crs(crs).to_numpy()
    if not np.isfinite(shapely.bounds(geometry)).all():
        what = msg("its cells reach beyond where its coordinate system holds")
        raise InputError(Fault(where, what, msg("set its georeference again")))
    return pd.DataFrame({"heads": (values * coverage)[rows], "geometry": geometry}), notes


def _check(raster: Any, where: str) -> None:
    faults = []
    if raster.count != 1:
        mend = msg("save the one with the counts by itself")
        faults.append(Fault(where, msg("holds {n} bands", n=raster.count), mend))
    if raster.transform.b or raster.transform.d:
        faults.append(Fault(where, msg("is turned against the axes of its system"), msg("warp it, north up")))
    if faults:
        raise InputError(faults)


def _known(
    source: PopulationRaster, values: Floats, dtype: np.dtype[Any], silent: bool
) -> tuple[Bools, tuple[Note, ...]]:
    """Shape (cells,): cells that hold a count, and what was assumed of the others. Raises InputError."""
    where, unit = str(source.raster), UNITS[source.count]
    missing = np.zeros(len(values), dtype=bool) if source.nodata is None else values == source.nodata
    guessed = []
    negative = np.unique(values[(values < 0) & ~missing])
    if len(negative) > 1:
        what = msg(
            "has cells of {least:g} to {most:g} {unit}", least=float(negative[0]), most=float(negative[-1]), unit=unit
        )
        raise InputError(Fault(where, what, msg("no count is negative: repair it, or set its nodata value")))
    if len(negative):
        guessed.append(float(negative[0]))
    if silent and source.nodata is None:
        full = (*FULL, np.iinfo(dtype).max) if dtype.kind in "iu" else FULL
        guessed += [float(value) for value in sorted(set(full)) if (values == value).any()]
    notes = tuple(_guess(source, value, int((values == value).sum())) for value in guessed)
    missing |= np.isin(values, guessed)
    most = values[~missing].max(initial=0)
    if most > MOST_HEADS:
        what = msg("has a cell of {most:g} {unit}", most=float(most), unit=unit)
        raise InputError(Fault(where, what, msg("set its nodata value")))
    return ~missing, notes


def _guess(source: PopulationRaster, value: float, cells: int) -> Note:
    text = msg(
        "{file}: {n} {n:cell|cells} of {value:g} taken as without data; if that is wrong, write the true `nodata:`",
        file=source.raster.name,
        n=cells,
        value=value,
    )
    return Note("doubt", text)
