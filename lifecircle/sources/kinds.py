"""What the rows of a file of facilities are: of one category, of a column's, or by type and name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import pandas as pd

from lifecircle.classify import classify_amap, has_code, may_match, with_also
from lifecircle.errors import Fault, InputError, row_of
from lifecircle.messages import msg
from lifecircle.model import Ints, Note, Standard, Texts
from lifecircle.site import FacilityFile
from lifecircle.sources import poi
from lifecircle.sources.tables import texts

CLASS = 2
"""Digits of a typecode that tell its class."""
SHOWN = 3
"""Types named in a note."""


@dataclass(frozen=True)
class Kinds:
    """What the rows of a file are; all arrays have shape (n,)."""

    id_column: str
    """Empty where the row numbers count."""
    name: Texts
    given: Texts
    """What the file says of the kind of each row."""
    code: Texts
    """The typecodes it was classified by."""
    found: pd.DataFrame
    """Columns row, id (of the category), primary, rule, as of ``classify_amap``."""
    people: Ints
    """Rows that are places with people by the standard's rules for demand."""
    notes: tuple[Note, ...] = ()


def kinds_of(source: FacilityFile, table: pd.DataFrame, standard: Standard, where: str) -> Kinds:
    """What the rows of a table are. Raises InputError with the faults of the columns that say so."""
    typed = source.poi is not None or source.typecode_column is not None
    kinds = _typed(source, table, standard, where) if typed else _named(source, table, standard, where)
    if source.complex is None:
        return kinds
    return replace(kinds, found=_with_complexes(texts(table, source.complex), table.index, standard, where, kinds))


# Categories given by the user -------------------------------------------------------------------


def _named(source: FacilityFile, table: pd.DataFrame, standard: Standard, where: str) -> Kinds:
    """Rows of one category, or of those that a column names."""
    if source.category is not None:
        written = np.full(len(table), source.category, dtype=object)
    else:
        written = texts(table, source.category_column)
    given = _category_ids(written, standard)
    _check_categories(given, table.index, standard, where)
    own = pd.DataFrame({"row": np.arange(len(table)), "id": given, "primary": True})
    own["rule"] = "category=" + pd.Series(written, dtype=str)
    return Kinds(
        id_column=source.id or "",
        name=texts(table, source.name),
        given=written,
        code=_none(len(table)),
        found=with_also(own, standard.known),
        people=np.empty(0, dtype=np.int64),
    )


def _none(count: int) -> Texts:
    return np.full(count, "", dtype=object)


def _category_ids(written: Texts, standard: Standard) -> Texts:
    """Ids for the names of categories, in Chinese or English; what is no name stays."""
    names = {name: category.id for category in standard.known for name in (category.zh, category.en, category.id)}
    return np.array([names.get(str(name), name) for name in written], dtype=object)


def _check_categories(given: Texts, index: pd.Index, standard: Standard, where: str) -> None:
    """Raises InputError for ids that are no category, each once."""
    known = [category.id for category in standard.known]
    wrong = pd.Series(given, index=index)[lambda values: ~values.isin(known)].drop_duplicates().sort_values()
    if len(wrong):
        mend = msg("the categories of {standard}: {ids}", standard=standard.id, ids=tuple(known))
        said = [(row_of(where, row), msg("unknown category {id!r}", id=id)) for row, id in wrong.items()]
        raise InputError([Fault(at, what, mend) for at, what in said])


def _with_complexes(marked: Texts, index: pd.Index, standard: Standard, where: str, kinds: Kinds) -> pd.DataFrame:
    """The categories with those that a column adds to a place. Raises InputError."""
    parts = pd.Series(marked, dtype=object).str.normalize("NFKC").str.split(r"[;,、|]", regex=True).explode()
    parts = parts.str.strip()
    parts = parts[parts.fillna("") != ""]
    given = _category_ids(parts.to_numpy(dtype=object), standard)
    _check_categories(given, index[parts.index], standard, where)
    has_own = kinds.found.loc[kinds.found["primary"], "row"]
    first = ~parts.index.isin(has_own) & ~parts.index.duplicated()
    added = pd.DataFrame({"row": parts.index, "id": given, "primary": first, "rule": "complex"})
    whole = pd.concat([kinds.found, added], ignore_index=True).drop_duplicates(["row", "id"])
    return whole.sort_values(["row", "primary"], ascending=[True, False], kind="stable", ignore_index=True)


# Types of map vendors ---------------------------------------------------------------------------


def _typed(source: FacilityFile, table: pd.DataFrame, standard: Standard, where: str) -> Kinds:
    """Rows classified by typecode, or by the name of a type, and by the words in their names."""
    columns = _columns(source, table)
    typecode = texts(table, columns.typecode or None)
    type_ = _joined(table, columns.types)
    named = poi.codes_of(source.poi, type_) if source.poi else _none(len(table))
    code = np.where(has_code(typecode), typecode, named).astype(object)
    if len(table) and not has_code(code).any():
        raise InputError(_no_type(source, columns, table, where))
    name = texts(table, columns.name or None)
    return Kinds(
        id_column=columns.id,
        name=name,
        given=np.where(type_ != "", type_, typecode).astype(object),
        code=code,
        found=classify_amap(standard.known, code, name),
        people=classify_amap(standard.demand, code, name)["row"].to_numpy(dtype=np.int64),
        notes=tuple(_unknown_types(source, type_[~has_code(code)])),
    )


def told_by_types(source: FacilityFile, standard: Standard, code: Texts) -> set[str]:
    """The categories that a list of places by type can tell, from its typecodes of shape (n,).

    Those with a rule that a type of its map may meet, of a class (the first two digits) that the list holds any place
    of: what was exported without a class of places says nothing of them.
    """
    codes = None if source.poi in (None, "amap") else poi.known_codes(source.poi)
    held = {one[:CLASS] for several in pd.unique(code) for one in several.split(poi.ALTERNATIVES)}
    return {
        category.id
        for category in standard.known
        if any(rule.code and rule.code[:CLASS] in held and may_match(rule, codes) for rule in category.amap)
    }


def _columns(source: FacilityFile, table: pd.DataFrame) -> poi.Columns:
    if source.poi is None:
        return poi.Columns(source.id or "", source.name or "", source.typecode_column or "")
    titles = [str(column) for column in table.columns if column != "geometry"]
    asked = {"id": source.id, "name": source.name, "typecode": source.typecode_column, "type": source.type_column}
    return poi.columns_of(source.poi, titles, asked)


def _joined(table: pd.DataFrame, levels: tuple[str, ...]) -> Texts:
    """Shape (n,): the levels of a type, coarse to fine, as one text."""
    return reduce(lambda path, level: path + ";" + level, [texts(table, level) for level in levels or (None,)])


def _no_type(source: FacilityFile, columns: poi.Columns, table: pd.DataFrame, where: str) -> Fault:
    """The fault of a table in which nothing is a typecode or a known type."""
    read = [column for column in (columns.typecode, *columns.types) if column]
    if not read:
        what = msg("no column of types ({columns})", columns=tuple(map(str, table.columns.drop("geometry"))))
        return Fault(where, what, msg("name it as `type_column:` or `typecode_column:`"))
    at = row_of(where, table.index[0])
    value = texts(table, read[-1])[0]
    if source.poi is None:
        what = msg("{column} holds no typecode ({value!r})", column=read[0], value=value)
        return Fault(at, what, msg("typecodes have six digits; use `category_column:` for names of categories"))
    what = msg("{column} holds no type of {vendor} ({value!r})", column=read[-1], vendor=source.poi, value=value)
    return Fault(at, what, msg("check `poi:` and `type_column:`"))


def _unknown_types(source: FacilityFile, types: Texts) -> Iterator[Note]:
    """What a map's types are that nothing is known of."""
    unknown = pd.Series(types[types != ""], dtype=object).value_counts()
    if len(unknown):
        most = sorted(unknown.items(), key=lambda item: (-item[1], str(item[0])))[:SHOWN]
        text = msg(
            "{file}: {n} {n:row is|rows are} of {types} {types:type|types} that nothing is known of: the names "
            "alone count ({most})",
            file=source.file.name,
            n=int(unknown.sum()),
            types=len(unknown),
            most=tuple(f"{type_} {n}" for type_, n in most),
        )
        yield Note("doubt", text)
