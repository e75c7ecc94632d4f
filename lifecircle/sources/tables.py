"""Every file with rows as a frame in WGS 84, with what was found and done, and all its faults reported together."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice, repeat
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.errors import Fault, Faults, InputError, reason, row_of
from lifecircle.messages import Message, msg
from lifecircle.model import WGS84, Bools, Floats, Geometries, Note, Texts
from lifecircle.site import (
    VENDOR_COORDS,
    BoundaryFile,
    BuildingFile,
    DemandFile,
    FacilityFile,
    LandFile,
    NetworkFile,
    TableFile,
)
from lifecircle.sources import systems
from lifecircle.sources.columns import recognise, system_of
from lifecircle.sources.coordinates import in_china
from lifecircle.sources.encodings import decoded, encoding_notes, guess, ungarbled
from lifecircle.sources.hexagons import hexagons
from lifecircle.sources.sheets import TOP, Cells, plain_numbers, titled
from lifecircle.sources.vectors import closed_as_areas, layer_names, read_vector
from lifecircle.sources.workbooks import Sheet, read_sheets

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
WORKBOOKS = (".xlsx", ".xlsm")
TABLES = (".csv", ".tsv", ".txt", *WORKBOOKS, ".xls")
OF_AREAS = (BoundaryFile, BuildingFile, DemandFile, FacilityFile, LandFile)
"""Files whose closed lines mean the ground inside."""
LABELS = r"(?i)['\"]?\b(?:lng|lon|longitude|lat|latitude|x|y)\b['\"]?\s*[:=]\s*"
"""What names the parts of a cell of coordinates."""
MOST_HEADS = 100_000_000
"""More than any place holds: beyond it a count is a slip."""
WKT = r"\s*(SRID=\d+;)?\s*(POINT|LINESTRING|POLYGON|MULTI|GEOMETRYCOLLECTION)"
WKB = r"\s*[0-9A-Fa-f]{20,}\s*"
DEGREES = re.compile(
    r"[EWNS东西北南经纬]*\s*(\d{1,3})\s*[°度]\s*(\d{1,2})\s*['′分]\s*(?:(\d{1,2}(?:\.\d+)?)\s*(?:[\"秒]|''|′′)?)?\s*[EWNS]?"
)


@dataclass(frozen=True)
class Table:
    """The rows of a file or layer, and what was found out about it."""

    frame: gpd.GeoDataFrame
    """In WGS 84 (longitude, latitude); the index is the row's number as a person counts it: the line of a CSV or
    sheet, the feature's number from 1 elsewhere."""
    encoding: str = ""
    """Of its texts; empty where the format settles it."""
    layer: str = ""
    """Layer or sheet that was read, where there is a choice."""
    system: str = ""
    """Coordinates it came in."""
    crs: pyproj.CRS = WGS84
    """The same to compute with; WGS 84 for the shifted systems of maps, which are no CRS."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Read:
    """A frame in the coordinates it came in, and the system that is declared or that its titles name."""

    frame: gpd.GeoDataFrame
    encoding: str
    layer: str
    notes: tuple[Note, ...]
    coords: str | None


def read_raw(source: TableFile | BoundaryFile | NetworkFile) -> Read:
    """Every row of a file in its own coordinates. Raises InputError."""
    if source.file.suffix.lower() not in TABLES:
        return _read_shapes(source)
    if not isinstance(source, TableFile):
        raise InputError(Fault(str(source.file), msg("a table cannot be used here"), msg("give a vector file")))
    return _read_points(source)


def layers_in(path: Path) -> list[str]:
    """The visible sheets, or the layers, that one can ask a file for; none of a plain table. Raises InputError."""
    if path.suffix.lower() in WORKBOOKS:
        return [sheet.name for sheet in read_sheets(path) if sheet.visible]
    return [] if path.suffix.lower() in TABLES else layer_names(path)


def read_table(source: TableFile | BoundaryFile | NetworkFile) -> Table:
    """Every row of a file. Raises InputError."""
    where, file = str(source.file), source.file.name
    found = read_raw(source)
    placed = systems.to_wgs84(found.frame, found.coords, where, file)
    notes = (*found.notes, *placed.notes, *_undeclared(source, found, placed))
    return Table(placed.frame, found.encoding, found.layer, placed.system, placed.crs, notes)


def _undeclared(source: TableFile | BoundaryFile | NetworkFile, found: Read, placed: systems.Placed) -> Iterator[Note]:
    """A doubt about a table in China that nobody said the coordinates of."""
    centres = shapely.get_coordinates(shapely.centroid(placed.frame.geometry.to_numpy()))
    if source.coords is None and found.coords == "wgs84" and len(centres) and in_china(centres).all():
        told = msg(
            "{file} does not say its coordinates and is taken as WGS 84: "
            "points from Amap or Tencent are gcj02, about 500 m away",
            file=source.file.name,
        )
        yield Note("doubt", told)


def read_places(source: TableFile) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """The same for places: every row has a shape, valid; and what was found and repaired. Raises InputError."""
    return _repaired(read_table(source), source.file)


def read_areas(source: TableFile, crs: pyproj.CRS, faults: Faults) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """The same for areas, in metres of ``crs``; polygons without area are left out, and rows that are none are faults.

    Raises InputError.
    """
    table = read_table(source)
    drawn = table.frame.geometry
    frame, notes = _repaired(table, source.file)
    others = frame.index[shapely.get_dimensions(drawn.to_numpy()) != 2]
    mend = msg("give {shapes}", shapes=msg("polygons"))
    faults.found += [Fault(row_of(str(source.file), row), shape_is(drawn[row].geom_type), mend) for row in others]
    shapes = valid(frame.geometry.to_crs(crs).to_numpy())  # hair-thin in degrees may be none in metres
    flat = shapely.get_dimensions(shapes) != 2
    if flat.any():
        text = msg("{file}: {n} {n:polygon|polygons} without area left out", file=source.file.name, n=int(flat.sum()))
        notes = (*notes, Note("repaired", text))
    return frame.set_geometry(gpd.GeoSeries(shapes, frame.index, crs=crs))[~flat], notes


def _repaired(table: Table, file: Path) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    frame = table.frame
    shapes = frame.geometry.to_numpy()
    faults = [
        Fault(row_of(str(file), row), msg("has no place"), msg("draw it or delete the row"))
        for row in frame.index[_shapeless(shapes)]
    ]
    if faults:
        raise InputError(faults)
    broken = ~shapely.is_valid(shapes)
    if not broken.any():
        return frame, table.notes
    text = msg(
        "{file}: {n} {n:shape|shapes} crossed or touched {n:itself|themselves}; repaired",
        file=file.name,
        n=int(broken.sum()),
    )
    repaired = frame.set_geometry(gpd.GeoSeries(valid(shapes), frame.index, crs=frame.crs))
    return repaired, (*table.notes, Note("repaired", text))


def valid(shapes: Geometries) -> Geometries:
    """The shapes, broken ones repaired: a polygon stays one, or becomes a line where it has no area.

    One half a globe away, which has no metres, stays as it is.
    """
    broken = ~shapely.is_valid(shapes) & np.isfinite(shapely.bounds(shapes)).all(axis=1)
    out = shapes.copy()
    areas = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    flat = shapely.is_empty(areas)
    lines = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=True)
    out[broken] = np.where(flat, lines, areas)
    return out


def _shapeless(shapes: Geometries) -> Bools:
    return np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _read_shapes(source: TableFile | BoundaryFile | NetworkFile) -> Read:
    file = source.file.name
    vector = read_vector(source.file, source.layer)
    whole, garbled = ungarbled(vector.frame, file)
    plain, numbers = plain_numbers(whole, file)
    frame: gpd.GeoDataFrame = plain
    if isinstance(source, OF_AREAS):
        frame = frame.set_geometry(
            gpd.GeoSeries(closed_as_areas(frame.geometry.to_numpy()), frame.index, crs=frame.crs)
        )
    notes = (*vector.notes, *garbled, *numbers)
    return Read(frame, vector.encoding, vector.layer, notes, source.coords)


# Points in tables --------------------------------------------------------------------------------


def _read_points(source: TableFile) -> Read:
    where = str(source.file)
    encoding, layer = "", ""
    _check_kind(source.file)
    if source.file.suffix.lower() in WORKBOOKS:
        frame, layer, notes = _read_workbook(source)
    else:
        cells, encoding, found = _read_csv(source)
        frame, done = _titled(cells, source)
        notes = (*found, *done)
    shapes, titles = _shapes(frame, source, where)
    coords, assumed = _coords(source, titles)
    return Read(gpd.GeoDataFrame(frame, geometry=shapes), encoding, layer, (*notes, *assumed), coords)


def _check_kind(path: Path) -> None:
    if path.suffix.lower() == ".xls":
        raise InputError(Fault(str(path), msg("is a workbook of the old kind"), msg("save it as XLSX")))


def _asked(source: TableFile) -> list[str]:
    """Titles that the site file names."""
    named = source.model_dump(exclude={"file", "layer", "coords", "kind", "category", "mode", "spread", "shift"})
    return [value for value in [*named.values(), *(named.get("shifts") or {}).values()] if isinstance(value, str)]


def _coords(source: TableFile, titles: Sequence[str]) -> tuple[str, tuple[Note, ...]]:
    """The system of a table's coordinates: as declared, else as the titles say, else its map's own or WGS 84."""
    of_its_map = isinstance(source, FacilityFile) and source.coords == VENDOR_COORDS.get(str(source.poi))
    if source.coords is not None and not of_its_map:
        return source.coords, ()
    named = next((system for title in titles if (system := system_of(title))), None)
    if named is None or named == source.coords:
        return source.coords or "wgs84", ()
    told = msg(
        "{file}: taken as {coords}, as its title {title} says", file=source.file.name, coords=named, title=titles[0]
    )
    return named, (Note("assumed", told),)


def _shapes(frame: pd.DataFrame, source: TableFile, where: str) -> tuple[Geometries, list[str]]:
    """The shapes of the rows and the titles of the columns they stand in. Raises InputError."""
    if isinstance(source, DemandFile) and source.h3 is not None:
        return hexagons(frame[check_columns(frame, {"h3": source.h3}, where)["h3"]], where), [source.h3]
    roles = recognise(frame.columns)
    if source.x is None and source.y is None:
        drawn = roles.get("wkt")
        if drawn is not None and (_holds(frame[drawn], f"{WKT}|{WKB}") or not {"longitude", "latitude"} <= set(roles)):
            return _drawn(frame[drawn], where), [drawn]
        both = roles.get("location")
        if both is not None and not {"longitude", "latitude"} <= set(roles):
            return _points(_parted(frame, both), where), [both]
    x = _column(frame, source.x or roles.get("longitude"), where, "x")
    y = _column(frame, source.y or roles.get("latitude"), where, "y")
    return _points(frame[[x, y]], where), [x, y]


def _holds(cells: pd.Series[str], pattern: str) -> bool:
    """Whether the first filled cell matches."""
    return bool(cells[cells.str.strip() != ""].head(1).str.match(pattern, flags=re.IGNORECASE).any())


def _drawn(cells: pd.Series[str], where: str) -> Geometries:
    """Shapes of WKT, or WKB in hexadecimal digits. Raises InputError."""
    if _holds(cells, WKB):
        shapes = shapely.from_wkb(cells.to_numpy(dtype=object), on_invalid="ignore")
    else:
        text = cells.str.replace(r"^\s*SRID=\d+;", "", regex=True)
        shapes = shapely.from_wkt(text.to_numpy(dtype=object), on_invalid="ignore")
    what, mend = msg("{column} is not a geometry", column=cells.name), msg("write WKT")
    faults = [Fault(row_of(where, row), what, mend) for row in cells.index[shapely.is_missing(shapes)]]
    if faults:
        raise InputError(faults)
    return np.asarray(shapes)


def _parted(frame: pd.DataFrame, title: str) -> pd.DataFrame:
    """Two columns of a cell like "120.65,31.42" or "{'lng': 120.65, 'lat': 31.42}", named as it."""
    plain = frame[title].str.normalize("NFKC").str.replace(LABELS, "", regex=True).str.strip(" ()[]{}")
    parts = plain.str.extract(r"^([^,;\s]+)\s*[,;\s]\s*([^,;\s]+)$")
    return parts.fillna("").mask(parts.isna(), frame[title], axis=0).set_axis([title, title], axis=1)


def _points(frame: pd.DataFrame, where: str) -> Geometries:
    """Raises InputError for cells that are no numbers."""
    values = pd.concat([_numbers(frame.iloc[:, i]) for i in range(2)], axis=1)
    bad = ~np.isfinite(values.to_numpy(dtype=float))
    faults = [
        Fault(
            row_of(where, frame.index[r]),
            msg("{column} is {value!r}", column=frame.columns[c], value=frame.iloc[r, c]),
            msg("write a number"),
        )
        for r, c in zip(*(found.tolist() for found in np.nonzero(bad)), strict=True)
    ]
    if faults:
        raise InputError(list(dict.fromkeys(faults)))
    return shapely.points(values.to_numpy(dtype=float)) if len(values) else np.empty(0, dtype=object)


def _numbers(cells: pd.Series[str]) -> pd.Series[float]:
    """Numbers, also of degrees, minutes and seconds; NaN for what is none."""
    values = pd.to_numeric(cells, errors="coerce").astype(float)
    if not values.isna().any():
        return values
    text = cells.astype(str).str.normalize("NFKC").str.strip()
    parts = text.str.extract(f"^{DEGREES.pattern}$")
    degree, minute, second = (pd.to_numeric(parts[i], errors="coerce") for i in range(3))
    sign = np.where(text.str.contains("[WS西南]"), -1.0, 1.0)
    return values.fillna((degree + minute / 60 + second.fillna(0) / 3600) * sign)


# Files -------------------------------------------------------------------------------------------


def _read_csv(source: TableFile) -> tuple[Cells, str, tuple[Note, ...]]:
    """Every line's cells, parted by what parts most of the first lines: comma, semicolon or tab. Raises InputError."""
    where = str(source.file)
    try:
        data = source.file.read_bytes()
    except OSError as error:
        what = msg("cannot be read ({reason})", reason=reason(error))
        raise InputError(Fault(where, what, msg("give a file that opens"))) from None
    found = guess([data])
    if found is None:
        raise InputError(Fault(where, msg("is not text in UTF-8, UTF-16, GB18030 or Big5"), msg("save it as UTF-8")))
    text = decoded(data, found.codec)
    if not text.strip():
        raise InputError(Fault(where, msg("holds no rows"), msg("give a table with a row of titles")))
    lines = text.splitlines()[:TOP]
    separator = max(
        ",;\t", key=lambda mark: (sum(mark in line for line in lines), sum(map(str.count, lines, repeat(mark))))
    )
    mend = msg("save it as CSV with a header row")
    try:
        with _long_cells(len(text)):
            top = [len(row) for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), TOP)]
        frame = pd.read_csv(
            io.StringIO(text), sep=separator, names=range(max(top, default=0)), dtype=str, keep_default_na=False,
            skip_blank_lines=False,
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, ValueError) as error:
        raise InputError(Fault(where, msg("not a table ({reason})", reason=str(error)), mend)) from None
    beyond = np.arange(frame.shape[1]) >= np.array(top)[:, None]
    frame.iloc[: len(top)] = frame.iloc[: len(top)].mask(beyond)
    return Cells(frame.set_axis(range(1, len(frame) + 1))), found.name, encoding_notes(found, source.file.name)


@contextmanager
def _long_cells(letters: int) -> Iterator[None]:
    """The standard library's reader takes cells of that length inside; by itself 131,072, and outlines are longer."""
    before = csv.field_size_limit(min(letters + 1, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _read_workbook(source: TableFile) -> tuple[pd.DataFrame, str, tuple[Note, ...]]:
    """The sheet that is named, else the only one with coordinates. Raises InputError."""
    where = str(source.file)
    sheets = {sheet.name: sheet for sheet in read_sheets(source.file)}
    if source.layer:
        missing = [name for name in source.layer if name not in sheets]
        if missing or len(source.layer) > 1:
            what = msg("no sheet {name!r}", name=", ".join(missing or source.layer))
            raise InputError(Fault(where, what, msg("it has: {columns}", columns=tuple(sheets))))
        sheet = sheets[source.layer[0]]
        frame, notes = _titled(sheet.cells, source)
        return frame, sheet.name, (*sheet.notes, *notes)
    return _only_sheet(source, list(sheets.values()))


def _titled(cells: Cells, source: TableFile) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """The rows of a sheet by their titles, which is what can be done before anything is known of them."""
    whole, garbled = ungarbled(cells.frame, source.file.name)
    frame, notes = titled(replace(cells, frame=whole), str(source.file), source.file.name, _asked(source))
    return frame, (*garbled, *notes)


def _only_sheet(source: TableFile, sheets: list[Sheet]) -> tuple[pd.DataFrame, str, tuple[Note, ...]]:
    where, file = str(source.file), source.file.name
    shown = [sheet for sheet in sheets if sheet.visible] or sheets
    if not shown:
        raise InputError(Fault(where, msg("holds no rows"), msg("give a table with a row of titles")))
    usable = [sheet for sheet in shown if _is_located(sheet, source)]
    if len(usable) > 1:
        what = msg("holds several sheets with places ({layers})", layers=tuple(sheet.name for sheet in usable))
        raise InputError(Fault(where, what, msg("name one as `layer:`")))
    sheet = (usable or shown)[0]
    frame, notes = _titled(sheet.cells, source)
    others = tuple(other.name for other in sheets if other is not sheet)
    if others:
        told = msg("{file}: the sheet {sheet} is read, not {others}", file=file, sheet=sheet.name, others=others)
        return frame, sheet.name, (*sheet.notes, Note("info", told), *notes)
    return frame, sheet.name, (*sheet.notes, *notes)


def _is_located(sheet: Sheet, source: TableFile) -> bool:
    """Whether a sheet has columns of coordinates."""
    try:
        frame, _ = _titled(sheet.cells, source)
    except InputError:
        return False
    roles = recognise(frame.columns)
    x, y = source.x or roles.get("longitude"), source.y or roles.get("latitude")
    return {x, y} <= set(frame.columns) or "wkt" in roles or "location" in roles


# Columns -----------------------------------------------------------------------------------------


def _column(frame: pd.DataFrame, asked: str | None, where: str, key: str) -> str:
    if asked is not None:
        return check_columns(frame, {key: asked}, where)[key]
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


def shape_is(kind: str) -> Message:
    """What a shape is, by its name among geometries."""
    return msg("is a {kind}", kind=SHAPES.get(kind, kind))


def texts(frame: pd.DataFrame, column: str | None) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Shape (n,): a column as text; '' where it is empty or not there."""
    if column is None:
        return np.full(len(frame), "", dtype=object)
    values = frame[column]
    return np.where(values.isna(), "", values.astype(str).str.strip()).astype(object)


def row_ids(table: pd.DataFrame, file: str) -> Texts:
    """Shape (rows,): what the rows of a file are told apart by."""
    return np.array([f"{file}/{row}" for row in table.index], dtype=object)


def names_in(table: pd.DataFrame) -> Texts:
    """Shape (rows,): what a column of names calls the rows; '' where there is none."""
    return texts(table, recognise(str(title) for title in table.columns).get("name"))
