"""The words of a report: chapters of sentences and tables, in no language until they are told in one.

Workbook, atlas and text documents all render the same ``Report``, so that no number differs between them: a number is
a number until ``shown`` writes it, in one way for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Literal

from lifecircle.messages import LANGUAGES, Message, Named, msg
from lifecircle.outputs.plain import text

Form = Literal["text", "both", "mark", "whole", "tenth", "hundredth", "thousandth", "share", "degrees"]
"""How the cells of a column are shown:

text                                  from the data, the same in every language
both                                  in two languages; a workbook has a column for each
mark                                  the same, but short enough for both in one cell
whole, tenth, hundredth, thousandth   a number with so many decimals
share                                 from 0 to 1, shown in per cent with one decimal
degrees                               with six decimals
"""
DECIMALS = {"whole": 0, "tenth": 1, "hundredth": 2, "thousandth": 3, "share": 1, "degrees": 6}
TEXTS = ("text", "both", "mark")
UNKNOWN = Named("未知", "unknown")


@dataclass(frozen=True)
class Span:
    """A number known to lie between two bounds; one number where they are equal.

    NaN at both ends is unknown; an infinite end is open: at least ``low``, at most ``high``.
    """

    low: float
    high: float
    form: Form | None = None
    """Where it is shown otherwise than the rest of its column."""


Cell = None | str | Message | Named | int | float | Span
"""None: nothing to say here; NaN: unknown; texts from data as they are, the program's own as messages or names."""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    title: Named
    form: Form = "text"
    width: float = 10
    """In letters; documents on paper share their width out in proportion."""
    brief: bool = True
    """Whether it stands in documents of text too, where any row fills it, or in the workbook only."""
    span: bool = False
    """Whether its cells are spans; a workbook has a column for each bound."""


@dataclass(frozen=True)
class Table:
    """Rows of cells, one a column, the most important first where the order is free."""

    id: str
    title: Message
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    short: Named | None = None
    """Its name on a tab of the workbook; without one it stands on the workbook's first sheet."""
    most: int | None = None
    """Rows that documents of text show; the workbook holds them all."""
    note: Message | None = None
    """What a reader has to know of its numbers."""

    def header(self, lang: str) -> list[str]:
        """Titles of the columns that documents of text show."""
        return [said(self.columns[i].title, lang) for i in self._brief]

    def body(self, lang: str) -> list[list[str]]:
        """The rows that documents of text show, as texts."""
        return [[shown(row[i], self.columns[i].form, lang) for i in self._brief] for row in self.rows[: self.most]]

    def notes(self, lang: str) -> list[str]:
        """What a reader of a document of text has to know of the table, and how many rows it leaves out."""
        kept = [] if self.note is None else [said(self.note, lang)]
        left = 0 if self.most is None else len(self.rows) - self.most
        told = msg("{left:,} further {left:row stands|rows stand} in the workbook.", left=left)
        return [*kept, *([said(told, lang)] if left > 0 else [])]

    @property
    def numeric(self) -> list[bool]:
        """Of each column of ``header``, whether it holds numbers (set to the right)."""
        return [self.columns[i].form not in TEXTS for i in self._brief]

    @property
    def widths(self) -> list[float]:
        """Of each column of ``header``, in letters."""
        return [self.columns[i].width for i in self._brief]

    @cached_property
    def _brief(self) -> list[int]:
        """The brief columns of which any row has something to say."""
        return [
            i
            for i, column in enumerate(self.columns)
            if column.brief and any(row[i] not in (None, "") for row in self.rows)
        ]


@dataclass(frozen=True)
class Chapter:
    """Sentences, then tables."""

    id: str
    title: Message
    sentences: tuple[Message, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Report:
    """What was found for one site, ready to be told in any language."""

    name: str
    headline: Message
    standard: Message | Named
    synthetic: bool
    credits: tuple[str, ...]
    version: str
    chapters: tuple[Chapter, ...]

    def chapter(self, id: str) -> Chapter:
        """The chapter of that id (KeyError when there is none)."""
        for chapter in self.chapters:
            if chapter.id == id:
                return chapter
        raise KeyError(id)

    def table(self, id: str) -> Table | None:
        """The table of that id; None where it would have no rows."""
        return next((table for chapter in self.chapters for table in chapter.tables if table.id == id), None)


def said(words: Message | Named | str, lang: str) -> str:
    """Words in a language, as text that every document can hold."""
    return text(words if isinstance(words, str) else words.render(lang))


def both(words: Message | Named | str) -> str:
    """Words in both languages, once where they are the same."""
    return " ".join(dict.fromkeys(said(words, lang) for lang in LANGUAGES))


def shown(cell: Cell, form: Form = "text", lang: str = "en") -> str:
    """A cell as every document of text shows it; half a unit of the last decimal is rounded up, as in workbooks.

    >>> shown(0.12345, "share"), shown(1234.5, "whole"), shown(Span(0.25, 0.5), "share")
    ('12.3%', '1,235', '25.0–50.0%')
    >>> shown(Span(2000, float("inf")), "whole"), shown(float("nan"), "whole", "zh"), shown(None, "whole")
    ('≥ 2,000', '未知', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, str | Message | Named):
        return said(cell, lang)
    if not isinstance(cell, Span):
        return _number(cell, form, lang)
    form = cell.form or form
    if math.isinf(cell.low):
        return f"≤ {_number(cell.high, form, lang)}"
    if math.isinf(cell.high):
        return f"≥ {_number(cell.low, form, lang)}"
    low, high = _number(cell.low, form, lang), _number(cell.high, form, lang)
    return high if low == high else f"{low.removesuffix('%')}–{high}"


def _number(value: float, form: Form, lang: str) -> str:
    if math.isnan(value):
        return said(UNKNOWN, lang)
    share = form == "share"
    exact = Decimal(repr(float(value))) * (100 if share else 1)
    rounded = exact.quantize(Decimal(1).scaleb(-DECIMALS[form]), ROUND_HALF_UP)
    return f"{rounded + 0:,}{'%' * share}"
