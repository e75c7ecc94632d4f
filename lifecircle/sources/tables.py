"""Vector files, CSV and XLSX as frames in WGS 84, with every fault of a file reported together."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from lifecircle.errors import Fault, InputError
from lifecircle.model import Bools, Floats, Geometries, Note
from lifecircle.site import BoundaryFile, NetworkFile, TableFile
from lifecircle.sources import coordinates

LONGITUDE = ("lon", "lng", "longitude", "x", "经度")
LATITUDE = ("lat", "latitude", "y", "纬度")
TABLES = (".csv", ".tsv", ".txt", ".xlsx")
MOST_HEADS = 100_000_000
"""More than any place holds: beyond it a count is a slip."""


def read_table(source: TableFile | BoundaryFile | NetworkFile) -> gpd.GeoDataFrame:
    """Every row of a file with its geometry in WGS 84 (longitude, latitude).

    The index is the row's number as a person counts it: the line of a CSV or sheet, the feature's
    number from 1 elsewhere. Raises InputError.
    """
    suffix = source.file.suffix.lower()
    if suffix in TABLES:
        if not isinstance(source, TableFile):
            raise InputError(Fault(str(source.file), "a table cannot be used here", "give a vector file"))
        return _read_points(source, suffix)
    return _read_vector(source)


def read_places(source: TableFile) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """The same for places: every row has a shape, valid; and what was repaired. Raises InputError."""
    frame = read_table(source)
    shapes = frame.geometry.to_numpy()
    faults = [
        Fault(f"{source.file}: row {row}", "has no place", "draw it or delete the row")
        for row in frame.index[_shapeless(shapes)]
    ]
    if faults:
        raise InputError(faults)
    broken = ~shapely.is_valid(shapes)
    if not broken.any():
        return frame, ()
    text = f"{source.file.name}: {int(broken.sum())} shapes crossed or touched themselves; repaired"
    return frame.set_geometry(gpd.GeoSeries(_valid(shapes), frame.index, crs=frame.crs)), (Note("repaired", text),)


def _valid(shapes: Geometries) -> Geometries:
    """Valid shapes; a polygon stays one, or becomes a line where it has no area."""
    areas = shapely.make_valid(shapes, method="structure", keep_collapsed=False)
    flat = shapely.is_empty(areas)
    return np.where(flat, shapely.make_valid(shapes, method="structure", keep_collapsed=True), areas)


def _shapeless(shapes: Geometries) -> Bools:
    return np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _read_vector(source: TableFile | BoundaryFile | NetworkFile) -> gpd.GeoDataFrame:
    where = str(source.file)
    mend = "give a GeoJSON, GPKG, shapefile, CSV or XLSX that opens elsewhere"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = gpd.read_file(source.file, layer=source.layer or _only_layer(source.file))
    except InputError:
        raise
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError, ValueError) as error:
        raise InputError(Fault(where, f"cannot be read ({str(error).split(';')[0]})", mend)) from None
    except shapely.errors.ShapelyError as error:
        raise InputError(Fault(where, f"has a shape that is none ({error})", "repair the geometry")) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(Fault(where, "holds no geometry", "give a layer with points, lines or polygons"))
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return _to_wgs84(frame, source, where)


def _only_layer(path: Path) -> str | None:
    """The layer of a file that holds one with shapes; None where none has. Raises InputError where several have."""
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if len(layers) > 1:
        raise InputError(Fault(str(path), f"holds several layers ({', '.join(layers)})", "name one as `layer:`"))
    return layers[0] if layers else None


def _to_wgs84(frame: gpd.GeoDataFrame, source: TableFile | BoundaryFile | NetworkFile, where: str) -> gpd.GeoDataFrame:
    flat = shapely.force_2d(frame.geometry.to_numpy())
    if source.coords in ("gcj02", "bd09"):
        shift = coordinates.gcj02_to_wgs84 if source.coords == "gcj02" else coordinates.bd09_to_wgs84
        return frame.set_geometry(gpd.GeoSeries(shapely.transform(flat, shift), frame.index)).set_crs(
            4326, allow_override=True
        )
    crs = frame.crs if source.coords is None else _crs(source.coords, where)
    if crs is None:
        mend = "add `coords:` (wgs84, gcj02, bd09 or EPSG:...) to this file in the site file"
        raise InputError(Fault(where, "does not say its coordinate system", mend))
    if not (crs.is_geographic or crs.is_projected):
        mend = "say the system on the Earth in `coords:` (EPSG:...)"
        raise InputError(Fault(where, f"its coordinate system is no place on the Earth ({crs.name})", mend))
    found = frame.set_crs(crs, allow_override=True).set_geometry(gpd.GeoSeries(flat, frame.index, crs=crs)).to_crs(4326)
    _check_finite(found, where, crs)
    return found


def _check_finite(frame: gpd.GeoDataFrame, where: str, crs: pyproj.CRS) -> None:
    shapes = frame.geometry.to_numpy()
    xy, row = shapely.get_coordinates(shapes, return_index=True)
    lost = frame.index[np.unique(row[~np.isfinite(xy).all(axis=1)])]
    what = f"its coordinates are no place in {crs.name}"
    mend = "check them and `coords:` (an easting above 10,000,000 begins with its zone: EPSG:4513 to 4533)"
    if len(lost):
        raise InputError([Fault(f"{where}: row {n}", what, mend) for n in lost])


def _crs(coords: str, where: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(4326 if coords == "wgs84" else coords)
    except pyproj.exceptions.CRSError:
        raise InputError(Fault(where, f"coords {coords} is unknown", "give an EPSG code that exists")) from None


def _read_points(source: TableFile, suffix: str) -> gpd.GeoDataFrame:
    where = str(source.file)
    frame = _titled(_read_workbook(source) if suffix == ".xlsx" else _read_csv(source.file), where)
    if "wkt" in frame.columns and source.x is None:
        geometry = shapely.from_wkt(frame["wkt"].to_numpy(dtype=object), on_invalid="ignore")
        bad = frame.index[shapely.is_missing(geometry)]
        faults = [Fault(f"{where}: row {row}", "wkt is not a geometry", "write WKT") for row in bad]
        if faults:
            raise InputError(faults)
        located = gpd.GeoDataFrame(frame, geometry=geometry)
    else:
        x = _column(frame, source.x, LONGITUDE, where, "x")
        y = _column(frame, source.y, LATITUDE, where, "y")
        xy = _numbers(frame, [x, y], where)
        located = gpd.GeoDataFrame(frame, geometry=shapely.points(xy) if len(xy) else [])
    coords = source.coords or "wgs84"
    if coords in ("wgs84", "gcj02", "bd09"):
        _check_degrees(located, where)
    return _to_wgs84(located, source.model_copy(update={"coords": coords}), where)


def _read_csv(path: Path) -> pd.DataFrame:
    """Every line's cells as text, parted by what parts the first line: comma, semicolon or tab."""
    text = _decoded(path)
    separator = max(",;\t", key=text.partition("\n")[0].count)
    try:
        return pd.read_csv(
            io.StringIO(text), sep=separator, header=None, dtype=str, keep_default_na=False, skip_blank_lines=False
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise InputError(Fault(str(path), f"not a table ({error})", "save it as CSV with a header row")) from None


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(Fault(str(path), f"cannot be read ({error.strerror})", "give a file that opens")) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(Fault(str(path), "neither UTF-8 nor GB18030 text", "save it as UTF-8"))


def _read_workbook(source: TableFile) -> pd.DataFrame:
    try:
        return pd.read_excel(
            source.file, sheet_name=source.layer or 0, header=None, dtype=str, keep_default_na=False, engine="openpyxl"
        )
    except (ValueError, KeyError, OSError, TypeError, SyntaxError, zipfile.BadZipFile) as error:
        raise InputError(
            Fault(str(source.file), f"not a workbook that can be read ({error})", "save it as XLSX")
        ) from None


def _titled(cells: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows below the first, by the titles in it; the index counts from the top of the file, blank rows too."""
    cells = cells.fillna("")
    titles = cells.iloc[0].astype(str).str.strip() if len(cells) else pd.Series(dtype=str)
    twice = titles[titles.duplicated() & (titles != "")].unique()
    if len(twice):
        raise InputError(
            [Fault(where, f"two columns are named {title!r}", "give each its own name") for title in twice]
        )
    body = cells.iloc[1:].set_axis(titles.to_numpy(), axis=1)
    body.index = pd.RangeIndex(2, len(body) + 2)
    return body.loc[(body != "").any(axis=1).to_numpy(), (titles != "").to_numpy()]


def _column(frame: pd.DataFrame, asked: str | None, usual: tuple[str, ...], where: str, key: str) -> str:
    if asked is not None:
        return check_columns(frame, {key: asked}, where)[key]
    lower = {str(column).strip().lower(): str(column) for column in frame.columns}
    for name in usual:
        if name in lower:
            return lower[name]
    raise InputError(
        Fault(where, f"no column of coordinates ({', '.join(map(str, frame.columns))})", f"name it as `{key}:`")
    )


def check_columns(frame: pd.DataFrame, asked: dict[str, str | None], where: str) -> dict[str, str]:
    """The columns asked for, by their key in the site file. Raises InputError for all that are missing."""
    given = {key: column for key, column in asked.items() if column is not None}
    there = [str(column) for column in frame.columns if column != "geometry"]
    faults = [
        Fault(where, f"no column {column!r} (`{key}:`)", f"it has: {', '.join(there)}")
        for key, column in given.items()
        if column not in there
    ]
    if faults:
        raise InputError(faults)
    return given


def _numbers(frame: pd.DataFrame, columns: list[str], where: str) -> Floats:
    values = frame[columns].apply(pd.to_numeric, errors="coerce")
    bad = values.isna() | ~np.isfinite(values.astype(float))
    if bad.any(axis=None):
        rows, cols = np.nonzero(bad.to_numpy())
        raise InputError(
            [
                Fault(
                    f"{where}: row {frame.index[r]}", f"{columns[c]} is {frame[columns[c]].iloc[r]!r}", "write a number"
                )
                for r, c in zip(rows.tolist(), cols.tolist(), strict=True)
            ]
        )
    return values.to_numpy(dtype=float)


def counts(
    frame: pd.DataFrame, column: str | None, where: str, *, least: float = 0, most: float = MOST_HEADS
) -> Floats:
    """Shape (n,): a column of head counts, capacities or years; NaN where the cell is empty.

    Raises InputError naming every row whose cell is neither empty nor a number from ``least`` to ``most``.
    """
    if column is None:
        return np.full(len(frame), np.nan)
    text = frame[column].astype(str).str.strip()
    empty = frame[column].isna() | text.isin(["", "nan", "None", "<NA>"])
    values = pd.to_numeric(text.where(~empty), errors="coerce").to_numpy(dtype=float)
    bad = ~empty.to_numpy() & ~((values >= least) & (values <= most))
    mend = f"write a number of at least {least:g} and at most {most:.0f}, or nothing"
    if bad.any():
        rows = np.flatnonzero(bad).tolist()
        raise InputError([Fault(f"{where}: row {frame.index[r]}", f"{column} is {text.iloc[r]!r}", mend) for r in rows])
    return values


def _check_degrees(frame: gpd.GeoDataFrame, where: str) -> None:
    bounds = frame.bounds.to_numpy()
    bad = (np.abs(bounds[:, [0, 2]]) > 180).any(axis=1) | (np.abs(bounds[:, [1, 3]]) > 90).any(axis=1)
    if bad.any():
        row = frame.index[np.flatnonzero(bad)[0]]
        mend = "swap the columns of longitude and latitude, or name the system in `coords:`"
        raise InputError(Fault(f"{where}: row {row}", f"not degrees in {int(bad.sum())} rows", mend))


def texts(frame: pd.DataFrame, column: str | None) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Shape (n,): a column as text; '' where it is empty or not there."""
    if column is None:
        return np.full(len(frame), "", dtype=object)
    values = frame[column]
    return np.where(values.isna(), "", values.astype(str).str.strip()).astype(object)
