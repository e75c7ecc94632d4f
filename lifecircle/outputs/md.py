"""The findings as text with tables, in Markdown (CommonMark with the tables of GitHub), without pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from lifecircle.model import Assessment
from lifecircle.outputs.report import Report, Table, report, said

MARKUP = re.compile(r"([\\`*_\[\]<&#|~$])")
BEGINNINGS = re.compile(r"^(\d*)([>+=-]|[.)](?=\s|$))")
"""What makes a list, a quotation or a heading of the line that it begins."""


def write(assessment: Assessment, path: Path, *, lang: Literal["zh", "en"] = "zh") -> None:
    """Write the report of one site as Markdown (UTF-8). Raises OSError."""
    path.write_text("\n".join(_lines(report(assessment), lang)) + "\n", encoding="utf-8", newline="\n")


def _lines(found: Report, lang: str) -> Iterator[str]:
    yield f"# {escaped(found.name)}"
    for chapter in found.chapters:
        yield from ("", f"## {said(chapter.title, lang)}", "")
        yield from (f"- {escaped(said(sentence, lang))}" for sentence in chapter.sentences)
        for table in chapter.tables:
            yield from _table(table, lang)


def _table(table: Table, lang: str) -> Iterator[str]:
    yield from ("", f"### {said(table.title, lang)}", "")
    yield _row(table.header(lang))
    yield _row("---:" if numeric else "---" for numeric in table.numeric)
    yield from (_row(_inline(cell) for cell in row) for row in table.body(lang))
    for note in table.notes(lang):
        yield from ("", escaped(note))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """A text that no reader of Markdown takes for markup.

    >>> escaped("<b>*a*|b"), escaped("- a"), escaped("1. a"), escaped("1.5")
    ('\\\\<b>\\\\*a\\\\*\\\\|b', '\\\\- a', '1\\\\. a', '1.5')
    """
    return BEGINNINGS.sub(r"\1\\\2", _inline(text))


def _inline(text: str) -> str:
    """The same behind something else in its line."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))
