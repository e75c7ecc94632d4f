"""Workbooks (XLSX, XLSM) as cells: merged ones filled, formulas by their stored results, dates as text."""

from __future__ import annotations

import datetime
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg
from lifecircle.model import Note
from lifecircle.sources.sheets import NUMBER, Cells, cells_of

LARGEST_BYTES = 1_000_000_000
"""Unpacked; a bomb otherwise."""
BROKEN = (
    ValueError,
    KeyError,
    OSError,
    TypeError,
    SyntaxError,
    AttributeError,
    IndexError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What openpyxl raises for files that are no workbooks."""


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook that holds anything."""

    name: str
    visible: bool
    cells: Cells
    notes: tuple[Note, ...] = ()


def read_sheets(path: Path) -> list[Sheet]:
    """The sheets of a workbook that hold anything. Raises InputError, also for formulas without a stored result."""
    where = str(path)
    written = _opened(path, results=False)
    sheets = [sheet for sheet in written.worksheets if sheet.max_row > 1 or sheet.max_column > 1]
    formulas = {sheet.title: _formulas(sheet) for sheet in sheets}
    found = _opened(path, results=True) if any(formulas.values()) else written
    faults = [
        Fault(
            msg("{file}: sheet {sheet}, cell {cell}", file=where, sheet=name, cell=cell),
            msg("is a formula without a stored result"),
            msg("open the file in Excel or WPS and save it"),
        )
        for name, cells in formulas.items()
        for cell in cells
        if found[name][cell].value is None and found[name][cell].data_type != "str"  # "str": the result is no text
    ]
    if faults:
        raise InputError(faults)
    return [_sheet(found[sheet.title], path.name) for sheet in sheets]


def _opened(path: Path, *, results: bool) -> openpyxl.Workbook:
    where = str(path)
    mend = msg("open it in Excel or WPS and save it as XLSX")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > LARGEST_BYTES:
            raise InputError(Fault(where, msg("unpacks to {size} MB", size=size // 1_000_000), mend))
        return openpyxl.load_workbook(path, data_only=results)
    except InputError:
        raise
    except BROKEN as error:
        raise InputError(
            Fault(where, msg("not a workbook that can be read ({reason})", reason=str(error)), mend)
        ) from None


def _formulas(sheet: Worksheet) -> list[str]:
    """Addresses of the cells that hold formulas."""
    return [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def _sheet(sheet: Worksheet, file: str) -> Sheet:
    frame = cells_of([[_text(value) for value in row] for row in sheet.values])
    spans = []
    headings = set()
    for area in sheet.merged_cells.ranges:
        west, north, east, south = (edge - 1 for edge in area.bounds)
        value = _text(sheet.cell(area.min_row, area.min_col).value)
        if area.max_row > area.min_row and value and not NUMBER.fullmatch(unicodedata.normalize("NFKC", value).strip()):
            frame.iloc[north : south + 1, west] = value
        elif area.max_row > area.min_row and value:
            spans.append((area.min_row, area.max_row, west))
        if east > west and int((frame.iloc[north] != "").sum()) == 1:
            headings.add(area.min_row)
    cells = Cells(frame, tuple(sorted(spans)), frozenset(headings))
    return Sheet(sheet.title, sheet.sheet_state == "visible", cells, tuple(_hidden_rows(sheet, file)))


def _hidden_rows(sheet: Worksheet, file: str) -> Iterator[Note]:
    hidden = sum(1 for size in sheet.row_dimensions.values() if size.hidden)
    if hidden:
        yield Note("info", msg("{file}: {count} hidden {count:row is|rows are} read too", file=file, count=hidden))


def _text(value: object) -> str:
    """A cell as text: whole numbers without a point, days without a time."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
    return str(value)
