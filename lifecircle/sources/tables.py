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

from lifecircle.errors import Fault, InputError, reason, row_of
from lifecircle.messages import Message, msg
from lifecircle.model import Bools, Floats, Geometries, Note
from lifecircle.site import BoundaryFile, NetworkFile, TableFile
from lifecircle.sources import coordinates

LONGITUDE = ("lon", "lng", "longitude", "x", "经度")
LATITUDE = ("lat", "latitude", "y", "纬度")
SHAPES = {
    "Point": msg("Point"),
    "MultiPoint": msg("MultiPoint"),
    "LineString": msg("LineString"),
    "MultiLineString": msg("MultiLineString"),
    "LinearRing": msg("LinearRing"),
    "Polygon": msg("Polygon"),
    "MultiPolygon": msg("MultiPolygon"),
    "GeometryCollection": msg("GeometryCollection"),
}
"""Kinds of shapes as they are told."""
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
            raise InputError(Fault(str(source.file), msg("a table cannot be used here"), msg("give a vector file")))
        return _read_points(source, suffix)
    return _read_vector(source)


def read_places(source: TableFile) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """The same for places: every row has a shape, valid; and what was repaired. Raises InputError."""
    frame = read_table(source)
    shapes = frame.geometry.to_numpy()
    faults = [
        Fault(row_of(str(source.file), row), msg("has no place"), msg("draw it or delete the row"))
        for row in frame.index[_shapeless(shapes)]
    ]
    if faults:
        raise InputError(faults)
    broken = ~shapely.is_valid(shapes)
    if not broken.any():
        return frame, ()
    text = msg("{file}: {n} shapes crossed or touched themselves; repaired", file=source.file.name, n=int(broken.sum()))
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
    mend = msg("give a GeoJSON, GPKG, shapefile, CSV or XLSX that opens elsewhere")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = gpd.read_file(source.file, layer=source.layer or _only_layer(source.file))
    except InputError:
        raise
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, UnicodeDecodeError, ValueError) as error:
        what = msg("cannot be read ({reason})", reason=str(error).split(";")[0])
        raise InputError(Fault(where, what, mend)) from None
    except shapely.errors.ShapelyError as error:
        what = msg("has a shape that is none ({reason})", reason=str(error))
        raise InputError(Fault(where, what, msg("repair the geometry"))) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        mend = msg("give a layer with points, lines or polygons")
        raise InputError(Fault(where, msg("holds no geometry"), mend))
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return _to_wgs84(frame, source, where)


def _only_layer(path: Path) -> str | None:
    """The layer of a file that holds one with shapes; None where none has. Raises InputError where several have."""
    layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if len(layers) > 1:
        what = msg("holds several layers ({layers})", layers=tuple(layers))
        raise InputError(Fault(str(path), what, msg("name one as `layer:`")))
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
        mend = msg("add `coords:` (wgs84, gcj02, bd09 or EPSG:...) to this file in the site file")
        raise InputError(Fault(where, msg("does not say its coordinate system"), mend))
    if not (crs.is_geographic or crs.is_projected):
        what = msg("its coordinate system is no place on the Earth ({name})", name=crs.name)
        raise InputError(Fault(where, what, msg("say the system on the Earth in `coords:` (EPSG:...)")))
    found = frame.set_crs(crs, allow_override=True).set_geometry(gpd.GeoSeries(flat, frame.index, crs=crs)).to_crs(4326)
    _check_finite(found, where, crs)
    return found


def _check_finite(frame: gpd.GeoDataFrame, where: str, crs: pyproj.CRS) -> None:
    shapes = frame.geometry.to_numpy()
    xy, row = shapely.get_coordinates(shapes, return_index=True)
    lost = frame.index[np.unique(row[~np.isfinite(xy).all(axis=1)])]
    what = msg("its coordinates are no place in {system}", system=crs.name)
    mend = msg("check them and `coords:` (an easting above 10,000,000 begins with its zone: EPSG:4513 to 4533)")
    if len(lost):
        raise InputError([Fault(row_of(where, n), what, mend) for n in lost])


def _crs(coords: str, where: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(4326 if coords == "wgs84" else coords)
    except pyproj.exceptions.CRSError:
        what = msg("coords {coords} is unknown", coords=coords)
        raise InputError(Fault(where, what, msg("give an EPSG code that exists"))) from None


def _read_points(source: TableFile, suffix: str) -> gpd.GeoDataFrame:
    where = str(source.file)
    frame = _titled(_read_workbook(source) if suffix == ".xlsx" else _read_csv(source.file), where)
    if "wkt" in frame.columns and source.x is None:
        geometry = shapely.from_wkt(frame["wkt"].to_numpy(dtype=object), on_invalid="ignore")
        bad = frame.index[shapely.is_missing(geometry)]
        faults = [Fault(row_of(where, row), msg("wkt is not a geometry"), msg("write WKT")) for row in bad]
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
        what = msg("not a table ({reason})", reason=str(error))
        raise InputError(Fault(str(path), what, msg("save it as CSV with a header row"))) from None


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        what = msg("cannot be read ({reason})", reason=reason(error))
        raise InputError(Fault(str(path), what, msg("give a file that opens"))) from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(Fault(str(path), msg("neither UTF-8 nor GB18030 text"), msg("save it as UTF-8")))


def _read_workbook(source: TableFile) -> pd.DataFrame:
    try:
        return pd.read_excel(
            source.file, sheet_name=source.layer or 0, header=None, dtype=str, keep_default_na=False, engine="openpyxl"
        )
    except (ValueError, KeyError, OSError, TypeError, SyntaxError, zipfile.BadZipFile) as error:
        what = msg("not a workbook that can be read ({reason})", reason=str(error))
        raise InputError(Fault(str(source.file), what, msg("save it as XLSX"))) from None


def _titled(cells: pd.DataFrame, where: str) -> pd.DataFrame:
    """The rows below the first, by the titles in it; the index counts from the top of the file, blank rows too."""
    cells = cells.fillna("")
    titles = cells.iloc[0].astype(str).str.strip() if len(cells) else pd.Series(dtype=str)
    twice = titles[titles.duplicated() & (titles != "")].unique()
    if len(twice):
        mend = msg("give each its own name")
        raise InputError([Fault(where, msg("two columns are named {title!r}", title=title), mend) for title in twice])
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
    what = msg("no column of coordinates ({columns})", columns=tuple(map(str, frame.columns)))
    raise InputError(Fault(where, what, msg("name it as `{key}:`", key=key)))


def check_columns(frame: pd.DataFrame, asked: dict[str, str | None], where: str) -> dict[str, str]:
    """The columns asked for, by their key in the site file. Raises InputError for all that are missing."""
    given = {key: column for key, column in asked.items() if column is not None}
    there = tuple(str(column) for column in frame.columns if column != "geometry")
    faults = [
        Fault(
            where,
            msg("no column {column!r} (`{key}:`)", column=column, key=key),
            msg("it has: {columns}", columns=there),
        )
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
                    row_of(where, frame.index[r]),
                    msg("{column} is {value!r}", column=columns[c], value=frame[columns[c]].iloc[r]),
                    msg("write a number"),
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
    mend = msg("write a number of at least {least:g} and at most {most:.0f}, or nothing", least=least, most=most)
    if bad.any():
        raise InputError(
            [
                Fault(
                    row_of(where, frame.index[r]), msg("{column} is {value!r}", column=column, value=text.iloc[r]), mend
                )
                for r in np.flatnonzero(bad).tolist()
            ]
        )
    return values


def _check_degrees(frame: gpd.GeoDataFrame, where: str) -> None:
    bounds = frame.bounds.to_numpy()
    bad = (np.abs(bounds[:, [0, 2]]) > 180).any(axis=1) | (np.abs(bounds[:, [1, 3]]) > 90).any(axis=1)
    if bad.any():
        row = frame.index[np.flatnonzero(bad)[0]]
        mend = msg("swap the columns of longitude and latitude, or name the system in `coords:`")
        raise InputError(Fault(row_of(where, row), msg("not degrees in {n} rows", n=int(bad.sum())), mend))


def shape_is(kind: str) -> Message:
    """What a shape is, by its name among geometries."""
    return msg("is a {kind}", kind=SHAPES.get(kind, kind))


def texts(frame: pd.DataFrame, column: str | None) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Shape (n,): a column as text; '' where it is empty or not there."""
    if column is None:
        return np.full(len(frame), "", dtype=object)
    values = frame[column]
    return np.where(values.isna(), "", values.astype(str).str.strip()).astype(object)
