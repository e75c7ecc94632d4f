"""The report as a workbook, in both languages: findings first, then a sheet a table. Names are text, never formulas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lifecircle.messages import LANGUAGES, Message, Named, msg
from lifecircle.model import Assessment
from lifecircle.outputs.chapters import workbook as further
from lifecircle.outputs.looks import SYNTHETIC
from lifecircle.outputs.report import Cell, Column, Report, Span, Table, both, report, said
from lifecircle.outputs.reporting import UNKNOWN
from lifecircle.outputs.sheets import A3, A4, Book, Formed, Sheet, workbook
from lifecircle.outputs.sheets import Column as SheetColumn

FINDINGS = (SheetColumn("", 44), *(SheetColumn("", width) for width in (22, 22, 22, 22)))
WIDEST_A4 = 140
"""Letters of a table that is still read on A4."""


def write(assessment: Assessment, path: Path) -> None:
    """Write the workbook of one site. Raises OSError.

    Shares are fractions shown as per cent, lengths metres, areas hectares; an empty cell is unknown.
    """
    found = report(assessment)
    tables = [table for chapter in found.chapters for table in chapter.tables if table.short]
    tables += [make(assessment) for make in further.TABLES]
    with workbook(path, found.name) as book:
        _findings(book, found, tables)
        for table in tables:
            _sheet(book, table)


def _findings(book: Book, found: Report, tables: list[Table]) -> None:
    """The sentences of every chapter, the tables that have no sheet of their own, and what to know of those that do."""
    sheet = book.sheet("概要 Summary", FINDINGS, paper=A4)
    sheet.heading(found.name)
    if found.synthetic:
        sheet.heading(both(SYNTHETIC))
    for chapter in found.chapters:
        own = [table for table in chapter.tables if table.short is None]
        if chapter.sentences or own:
            sheet.gap()
            sheet.heading(both(chapter.title))
        for sentence in chapter.sentences:
            _paragraph(sheet, sentence)
        for table in own:
            sheet.table(_columns(table), _known(_rows(table)))
    sheet.gap()
    sheet.heading(both(msg("Sheets of this workbook")))
    _paragraph(sheet, msg("In an empty cell there is nothing to say, or nobody knows."))
    for table in tables:
        words = msg("{table}: {note}", table=table.title, note=table.note) if table.note else table.title
        _paragraph(sheet, words)


def _paragraph(sheet: Sheet, sentence: Message) -> None:
    zh, en = (said(sentence, lang) for lang in LANGUAGES)
    sheet.paragraph(zh)
    if en != zh:
        sheet.paragraph(en, "quiet")


def _sheet(book: Book, table: Table) -> None:
    columns = _columns(table)
    width = sum(column.width for column in columns)
    sheet = book.sheet(both(table.short or table.title), columns, paper=A3 if width > WIDEST_A4 else A4)
    sheet.header()
    sheet.rows(_rows(table))


def _columns(table: Table) -> list[SheetColumn]:
    return [SheetColumn(*column) for each in table.columns for column in _of(each)]


def _of(column: Column) -> Iterator[tuple[str, float, str]]:
    """Title, width and format of the columns that one of the report becomes."""
    zh, en = (said(column.title, lang) for lang in LANGUAGES)
    if column.form == "both":
        yield from ((title, column.width, "wrap") for title in (zh, en))
    elif column.form in ("text", "mark"):
        yield both(column.title), column.width, "wrap"
    elif column.span:
        yield from ((f"{zh}{end}", column.width, column.form) for end in (f"下限 {en}, low", f"上限 {en}, high"))
    else:
        yield both(column.title), column.width, column.form


def _rows(table: Table) -> Iterator[list[Any]]:
    for row in table.rows:
        yield [value for column, cell in zip(table.columns, row, strict=True) for value in _values(column, cell)]


def _known(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """Rows with a word in place of each number that nobody knows."""
    for row in rows:
        yield [both(UNKNOWN) if isinstance(value, float) and math.isnan(value) else value for value in row]


def _values(column: Column, cell: Cell) -> Iterator[Any]:
    """What a cell of the report becomes, one value for each of its columns."""
    if column.form == "both":
        words = "" if cell is None else cell
        assert isinstance(words, Message | Named | str)
        yield from (said(words, lang) for lang in LANGUAGES)
    elif isinstance(cell, Message | Named | str):
        yield from (both(cell), *([""] if column.span else []))
    elif isinstance(cell, Span):
        ends = (cell.low, cell.high) if column.span else (cell.low,)
        yield from (Formed(end, cell.form) if cell.form else end for end in ends)
    else:
        yield from [cell] * (1 + column.span)
