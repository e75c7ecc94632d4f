"""From the cells of a sheet, as people fill it in, to a table: titles, rows, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from lifecircle.errors import Fault, InputError, row_of
from lifecircle.messages import msg
from lifecircle.model import Bools, Note
from lifecircle.sources.columns import recognise
from lifecircle.sources.encodings import shortened

TOP = 20
"""Titles stand within so many rows from the top."""
TOTALS = re.compile(r"(本页|全部|以上)?(合计|总计|小计|共计|累计|汇总|总和)|(grand |sub)?totals?\b|sum$", re.IGNORECASE)
REMARKS = re.compile(
    r"(注(?=[:\d]|$)|备注|附注|说明(?=:|$)|(数据)?来源(?=:|$)|填表|制表|填报|审核|统计时间|单位:)|(notes?|source)\s*:",
    re.IGNORECASE,
)
UNITS = "人|张|个|床|户|家|名|间|套|层|座|位|辆|年|岁|米|m|㎡|m2|平方米|平米|亩|公顷|ha|°|度|persons?|people|beds"
NUMBER = re.compile(rf"([+-]?(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?) ?(万)?(?:{UNITS})?")
EMPTY = {"-", "--", "—", "——", "–", "/", "\\", "不详", "未知", "待定", "待查", "暂无数据"}
"""What people write into a cell when they do not know."""
AS_TEXT = ("id", "name", "typecode", "type", "address", "location", "wkt", "hours", "shifts", "status", "access")
"""Roles whose columns are left as they are written."""


@dataclass(frozen=True)
class Cells:
    """A sheet: every cell as text, NaN where a line ends before it; row 1 is index 1."""

    frame: pd.DataFrame
    spans: tuple[tuple[int, int, int], ...] = ()
    """Numbers that stand in one cell merged over several rows: first row, last row, column."""
    headings: frozenset[int] = frozenset()
    """Rows whose only cell is merged over several columns."""


def cells_of(rows: Iterable[Sequence[str]]) -> pd.DataFrame:
    """Rows of any length as a frame of cells."""
    frame = pd.DataFrame(rows, dtype=object)
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1))


def titled(cells: Cells, where: str, file: str, asked: Sequence[str] = ()) -> tuple[pd.DataFrame, list[Note]]:
    """The rows below the titles, by them; the index counts rows from the top as a person does. And what was done.

    ``asked`` are titles that the site file names, which helps to find their row. Raises InputError.
    """
    frame = cells.frame
    if not len(frame):
        raise InputError(Fault(where, msg("holds no rows"), msg("give a table with a row of titles")))
    start = _title_row(frame, asked)
    titles = frame.loc[start].fillna("").astype(str).str.strip()
    _check_titles(frame, titles, start, where)
    body = frame.loc[start + 1 :].fillna("")
    notes = []
    if start > frame.index[0]:
        notes.append(Note("info", msg("{file}: the titles stand in row {row}", file=file, row=start)))
    body, left = _without_remarks(body, titles, cells.headings, file)
    named = (titles != "").to_numpy()
    body = body.loc[(body != "").any(axis=1).to_numpy(), named].set_axis(titles[named].to_numpy(), axis=1)
    body, filled = _spread(body, cells.spans, titles, file)
    body, numbers = plain_numbers(body, file)
    return body, [*notes, *left, *filled, *numbers]


def _title_row(frame: pd.DataFrame, asked: Sequence[str]) -> int:
    """The first row of those whose cells say most: titles asked for or known, and no numbers; else the first that is
    about as wide as the table."""
    width = frame.notna().where(frame != "", False).sum(axis=1).max()
    best, start, wide = 0, 0, 0
    for row in frame.index[:TOP]:
        given = [str(cell).strip() for cell in frame.loc[row].dropna() if str(cell).strip()]
        if any(_is_number(cell) for cell in given):
            continue
        said = len(recognise(given)) + len(set(given) & set(asked))
        if said > best:
            best, start = said, row
        if not wide and len(given) >= max(2, width / 2):
            wide = row
    return int(start or wide or frame.index[0])


def _is_number(cell: str) -> bool:
    """Whether a cell holds numbers and no words; a year may be a title."""
    if re.fullmatch(r"(19|20|21)\d\d", cell):
        return False
    return bool(re.fullmatch(r"[\d\s.,，;；+\-°]*\d[\d\s.,，;；+\-°]*", cell) or re.match(r"[A-Z]+ ?Z? ?\(", cell))


def _check_titles(frame: pd.DataFrame, titles: pd.Series[str], start: int, where: str) -> None:
    twice = titles[titles.duplicated() & (titles != "")].unique()
    faults = [
        Fault(where, msg("two columns are named {title!r}", title=title), msg("give each its own name"))
        for title in twice
    ]
    cells = frame.loc[start].notna().to_numpy(dtype=bool)
    beyond = (frame.loc[start + 1 :, ~cells].fillna("") != "").any(axis=1)
    faults += [
        Fault(
            row_of(where, row),
            msg("has more cells than there are titles ({count})", count=int(cells.sum())),
            msg("put texts with commas in quotes"),
        )
        for row in beyond.index[beyond]
    ]
    if faults:
        raise InputError(faults)


def _without_remarks(
    body: pd.DataFrame, titles: pd.Series[str], headings: frozenset[int], file: str
) -> tuple[pd.DataFrame, list[Note]]:
    """A body without totals, remarks, headings over several columns and titles told again."""
    first = body.where(body != "").bfill(axis=1).iloc[:, 0].fillna("").astype(str)
    first = first.str.normalize("NFKC").str.replace(r"\s+", "", regex=True)
    total = first.str.match(TOTALS.pattern, flags=TOTALS.flags)
    again = ((body.to_numpy() == titles.to_numpy()) | (titles == "").to_numpy()).all(axis=1)
    other = again | first.str.match(REMARKS.pattern, flags=REMARKS.flags) | body.index.isin(list(headings))
    notes = []
    if total.any():
        rows = shortened(body.index[total].tolist())
        notes.append(Note("repaired", msg("{file}: totals left out (row {rows})", file=file, rows=rows)))
    if (other & ~total).any():
        rows = shortened(body.index[other & ~total].tolist())
        notes.append(Note("repaired", msg("{file}: remarks and headings left out (row {rows})", file=file, rows=rows)))
    return body[~(total | other)], notes


def _spread(
    body: pd.DataFrame, spans: Sequence[tuple[int, int, int]], titles: pd.Series[str], file: str
) -> tuple[pd.DataFrame, list[Note]]:
    """A coordinate or id merged over several rows holds for each; any other number stays in the first, and is said."""
    roles = recognise(titles)
    whole = {roles.get(role) for role in ("longitude", "latitude", *AS_TEXT)}
    body, notes = body.copy(), []
    for first, last, column in spans:
        title = titles.iloc[column]
        if first not in body.index or title not in body.columns:
            continue
        if title in whole:
            body[title] = body[title].mask((body.index >= first) & (body.index <= last), str(body.loc[first, title]))
        else:
            told = msg(
                "{file}: {title} in row {first} is one cell merged down to row {last}: it counts once, in the first",
                file=file, title=title, first=first, last=last,
            )  # fmt: skip
            notes.append(Note("doubt", told))
    return body, notes


def plain_numbers(frame: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Note]]:
    """Columns of numbers without what people write around them: full-width digits, thousands separators, units, and
    marks for "not known", which become empty. Columns of names, ids, types and the like are left alone."""
    roles = {title: role for role, title in recognise(map(str, frame.columns)).items()}
    out: dict[str, pd.Series[str]] = {}
    notes: list[Note] = []
    for title in frame.columns:
        if roles.get(title) in AS_TEXT or not pd.api.types.is_string_dtype(frame[title]):
            continue
        text = frame[title].fillna("").astype(str)
        plain = text.str.normalize("NFKC").str.strip()
        parts = plain.str.extract(f"^{NUMBER.pattern}$", flags=NUMBER.flags)
        number, unknown = parts[0].notna(), plain.isin(EMPTY)
        if (number | unknown | (plain == "")).mean() < 0.5 or not number.any():
            continue
        value = parts[0].str.replace(",", "").where(parts[1].isna(), _ten_thousands(parts[0]))
        written = text.mask(number & ~_is_plain(text), value).mask(unknown, "")
        out[str(title)] = written
        notes += _numbers_told(text, written, str(title), file)
    return frame.assign(**out), notes


def _ten_thousands(number: pd.Series[str]) -> pd.Series[str]:
    heads = pd.to_numeric(number.str.replace(",", ""), errors="coerce") * 10_000
    return heads.map("{:.12g}".format)


def _is_plain(text: pd.Series[str]) -> Bools:
    return text.str.fullmatch(r"[+-]?\d+(\.\d+)?", flags=re.ASCII).to_numpy(dtype=bool)


def _numbers_told(text: pd.Series[str], written: pd.Series[str], title: str, file: str) -> Iterator[Note]:
    changed = (text != written) & (text.str.strip() != written)
    emptied, read = changed & (written == ""), changed & (written != "")
    if read.any():
        before, after = text[read].iloc[0], written[read].iloc[0]
        told = msg(
            "{file}: {title}: {count} {count:cell|cells} read as {count:a number|numbers}, such as {before} as {after}",
            file=file, title=title, count=int(read.sum()), before=before, after=after,
        )  # fmt: skip
        yield Note("repaired", told)
    if emptied.any():
        told = msg(
            "{file}: {title}: {count} {count:cell holds|cells hold} {mark}, which is read as not known",
            file=file, title=title, count=int(emptied.sum()), mark=text[emptied].iloc[0],
        )  # fmt: skip
        yield Note("assumed", told)
