"""Workbooks: one way to write a table, for every writer of XLSX."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError

LONGEST = 32_767
"""Characters that a cell can hold."""
FONT = "Microsoft YaHei"
A3, A4 = 8, 9
LINE = 15
"""Height of a line of text, in points."""
NEVER = datetime(2000, 1, 1)
"""Creation date of every workbook, so that the same result gives the same bytes."""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: str
    width: float
    form: str = "plain"
    """Name of a cell format."""


@dataclass(frozen=True)
class Formed:
    """A number that is shown otherwise than the rest of its column."""

    value: float | None
    form: str


@dataclass(frozen=True)
class Book:
    """A workbook being written, row by row."""

    workbook: xlsxwriter.Workbook
    formats: dict[str, Any]

    def sheet(self, name: str, columns: Sequence[Column], *, paper: int = A3) -> Sheet:
        """Add a sheet that prints as wide as the paper, landscape."""
        sheet = self.workbook.add_worksheet(name)
        for i, column in enumerate(columns):
            sheet.set_column(i, i, column.width)
        sheet.set_paper(paper)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer("&L&A&R&P / &N")
        return Sheet(self, sheet, tuple(columns))


class Sheet:
    """One sheet: rows are written downwards and never touched again, so that memory stays bounded."""

    def __init__(self, book: Book, sheet: Any, columns: tuple[Column, ...]) -> None:
        self._book, self._sheet, self._columns = book, sheet, columns
        self._row = 0

    def heading(self, text: str) -> None:
        """A line in bold."""
        self._sheet.set_row(self._row, 22)
        self._put(0, text, "heading")
        self._row += 1

    def header(self) -> None:
        """The titles of the columns; what stands above stays in view and on every printed page."""
        lines = max(_lines(replace(column, form="wrap"), column.title) for column in self._columns)
        self._sheet.set_row(self._row, LINE * lines)
        for i, column in enumerate(self._columns):
            self._put(i, column.title, "header")
        self._row += 1
        self._sheet.freeze_panes(self._row, 0)
        self._sheet.repeat_rows(self._row - 1)

    def rows(self, rows: Iterable[Sequence[Any]]) -> None:
        """Rows of values, one a column; the header's columns get a filter."""
        first = self._row - 1
        for values in rows:
            self._line(self._columns, values)
        if self._row > first + 1:
            self._sheet.autofilter(first, 0, self._row - 1, len(self._columns) - 1)

    def table(self, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
        """A small table below what is there, on the sheet's own columns."""
        self._sheet.set_row(self._row, 2 * LINE)
        for i, column in enumerate(columns):
            self._put(i, column.title, "header")
        self._row += 1
        own = [replace(column, width=mine.width) for column, mine in zip(columns, self._columns, strict=False)]
        for values in rows:
            self._line(own, values)

    def _line(self, columns: Sequence[Column], values: Sequence[Any]) -> None:
        height = 1
        for i, (column, value) in enumerate(zip(columns, values, strict=True)):
            if isinstance(value, Formed):
                self._put(i, value.value, value.form)
            else:
                height = max(height, _lines(column, value))
                self._put(i, value, column.form)
        self._sheet.set_row(self._row, LINE * height)
        self._row += 1

    def paragraph(self, text: str, form: str = "paragraph") -> None:
        """A text over the whole width, in as many lines as it needs."""
        last = len(self._columns) - 1
        width = sum(column.width for column in self._columns)
        self._sheet.set_row(self._row, LINE * _lines(Column("", width, "wrap"), text))
        self._sheet.merge_range(self._row, 0, self._row, last, "", self._book.formats[form])
        self._put(0, text, form)
        self._row += 1

    def offer(self, title: str, options: list[str] | str, rows: int) -> None:
        """A list to choose from in the cells of a column below its title: texts, or a formula for their cells."""
        column = [each.title for each in self._columns].index(title)
        rule = {"validate": "list", "source": options, "error_type": "warning"}
        if rows:
            self._sheet.data_validation(1, column, rows, column, rule)

    def gap(self) -> None:
        """An empty row."""
        self._row += 1

    def _put(self, column: int, value: Any, form: str) -> None:
        style = self._book.formats[form]
        if isinstance(value, str):
            self._sheet.write_string(self._row, column, value[:LONGEST], style)
        elif value is None or not math.isfinite(value):
            self._sheet.write_blank(self._row, column, None, style)
        else:
            self._sheet.write_number(self._row, column, value, style)


@contextmanager
def workbook(path: Path, title: str) -> Iterator[Book]:
    """A workbook whose strings are never formulas or links. Raises OSError."""
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": title[:255], "created": NEVER})
    yield Book(book, {name: book.add_format({**_BASE, **style}) for name, style in _FORMATS.items()})
    try:
        book.close()
    except XlsxFileError as error:
        raise OSError(str(error)) from error


def _lines(column: Column, value: Any) -> int:
    """Lines that a wrapped text needs; a Chinese character, of three bytes, is as wide as two letters."""
    if column.form != "wrap" or not isinstance(value, str):
        return 1
    shown = value[:LONGEST]
    letters = (len(shown) + len(shown.encode("utf-8", "replace"))) / 2
    return math.ceil(letters / (column.width - 2)) or 1


_BASE = {"font_name": FONT, "font_size": 10, "valign": "top"}
_FORMATS: dict[str, dict[str, Any]] = {
    "plain": {"align": "left", "indent": 1},
    "wrap": {"text_wrap": True, "align": "left", "indent": 1},
    "whole": {"num_format": "#,##0"},
    "tenth": {"num_format": "#,##0.0"},
    "hundredth": {"num_format": "#,##0.00"},
    "thousandth": {"num_format": "#,##0.000"},
    "degrees": {"num_format": "0.000000"},
    "share": {"num_format": "0.0%"},
    "paragraph": {"text_wrap": True, "align": "left"},
    "quiet": {"text_wrap": True, "align": "left", "font_color": "#66737B"},
    "heading": {"bold": True, "font_size": 13, "font_color": "#23606E"},
    "header": {"bold": True, "indent": 1, "text_wrap": True, "valign": "vcenter", "bg_color": "#E8EFF0", "bottom": 1},
}
