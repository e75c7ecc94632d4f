"""Which category an OSM object or an Amap POI belongs to, by the match rules of a standard.

One object counts in one category: of the rules it meets the one of the highest priority, then the
one that asks more, then the one that stands first. What a category also satisfies is added beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
import pandas as pd

from lifecircle.model import AmapRule, Bools, Category, DemandKind, Floats, Ints, OsmRule, Texts

Owners = Sequence[Category | DemandKind]

NAME_KEYS = ("name", "name:zh", "name:en", "alt_name")
"""The OSM tags whose text is looked through for the words of a rule."""

USABLE_SHARE = 0.01
"""A word's script is in use where more than this share of the names is written in it."""

BETWEEN_CODES = r"[^\d.]+"
"""What parts the codes in a cell."""

_HAN = "[\u3400-\u9fff\uf900-\ufaff]"


def classify_osm(owners: Owners, values: Callable[[str], Texts], area_m2: Floats) -> pd.DataFrame:
    """Category of OSM objects by their tags.

    ``values(key)`` gives, shape (n,), every object's value of a tag, "" where it has none; a value
    may be a list (``cafe;bar``), of which each item counts. ``area_m2``, shape (n,), is NaN for
    points and open lines. Words are looked for in ``NAME_KEYS``, whatever their case and width.

    Returns one row an object and category, columns row (0 to n - 1), id (of the category or demand
    kind), primary (False: only what the object's own category also satisfies) and rule (the rule
    that decided, as in the standard), sorted by row, the primary one first. Objects of no category
    have no row.
    """
    tags = _Tags(values, len(area_m2))
    ranked = sorted(
        ((owner, place, rule) for place, owner in enumerate(owners) for rule in owner.osm),
        key=lambda item: (-_priority(item[0]), *_osm_rank(item[2]), item[1]),
    )
    winner = _first_matches(len(area_m2), (_osm_rows(rule, tags, area_m2) for *_, rule in ranked))
    return _table([(owner, osm_text(rule)) for owner, _, rule in ranked], winner)


def classify_amap(owners: Owners, typecode: Texts, name: Texts) -> pd.DataFrame:
    """Category of Amap POIs by typecode and name.

    ``typecode``, shape (n,), may hold numbers, codes that lost their leading zero, and several codes
    in a cell. A rule with code and word comes before one with a code alone, that
    before one with a word alone; among them the longer code goes first.

    Returns the same table as ``classify_osm``.
    """
    codes = _codes(typecode)
    names = _plain(pd.Series(name, dtype=object).fillna(""))
    ranked = sorted(
        ((owner, place, rule) for place, owner in enumerate(owners) for rule in owner.amap),
        key=lambda item: (-_priority(item[0]), *_amap_rank(item[2]), item[1]),
    )
    winner = _first_matches(len(names), (_amap_rows(rule, codes, names) for *_, rule in ranked))
    return _table([(owner, amap_text(rule)) for owner, _, rule in ranked], winner)


def may_match(rule: AmapRule, codes: Collection[str] | None) -> bool:
    """Whether a place of one of the typecodes, or of any where None are given, may meet a rule."""
    return rule.code is None or codes is None or any(code.startswith(_prefix(rule.code)) for code in codes)


def keyword_only(category: Category) -> bool:
    """Whether every OSM rule of the category needs a word in the name."""
    return bool(category.osm) and all(rule.name_any for rule in category.osm)


def has_usable_osm_rule(category: Category, names: Texts) -> bool:
    """Whether a rule of the category could find anything among data with these names, shape (n,).

    False where it has no rule, or where all its rules need words in a script (Chinese characters or
    others) that no more than ``USABLE_SHARE`` of the names that are not empty is written in.
    """
    if category.osm and not keyword_only(category):
        return True
    words = pd.Series([word for rule in category.osm for word in rule.name_any], dtype=object)
    given = pd.Series(names, dtype=object).fillna("")
    given = given[given != ""]
    if words.empty or given.empty:
        return False
    han_names = float(given.str.contains(_HAN).mean())
    share = words.str.contains(_HAN).map({True: han_names, False: 1 - han_names})
    return bool((share > USABLE_SHARE).any())


def _priority(owner: Category | DemandKind) -> int:
    return owner.priority if isinstance(owner, Category) else 0


def _first_matches(count: int, matches: Iterable[Ints]) -> Ints:
    """Shape (count,): for each object the number of the first rule that matches; -1 for none."""
    winner = np.full(count, -1, dtype=np.int64)
    for number, rows in enumerate(matches):
        winner[rows[winner[rows] < 0]] = number
    return winner


def _table(ranked: Sequence[tuple[Category | DemandKind, str]], winner: Ints) -> pd.DataFrame:
    """One row an object and category, from the number of the rule that each object met."""
    ids = np.array([owner.id for owner, _ in ranked], dtype=object)
    rules = np.array([rule for _, rule in ranked], dtype=object)
    rows = np.flatnonzero(winner >= 0)
    own = pd.DataFrame({"row": rows, "id": ids[winner[rows]], "primary": True, "rule": rules[winner[rows]]})
    return with_also(own, [owner for owner, _ in ranked if isinstance(owner, Category)])


def with_also(own: pd.DataFrame, categories: Iterable[Category]) -> pd.DataFrame:
    """The rows of a table of categories (row, id, primary, ...) and, behind each, what its category also satisfies."""
    more = {category.id: list(category.also_satisfies) for category in categories}
    also = own.assign(id=own["id"].map(more), primary=False).explode("id").dropna(subset="id")
    both = pd.concat([own, also]).sort_values(["row", "primary"], ascending=[True, False], kind="stable")
    types = {"row": np.int64, "id": object, "primary": bool, "rule": object}
    return both.astype(types).reset_index(drop=True)


# OSM ---------------------------------------------------------------------------------------------


class _Tags:
    """Tags of ``count`` objects, each key looked at once."""

    def __init__(self, values: Callable[[str], Texts], count: int) -> None:
        self._values = values
        self._count = count
        self._seen: dict[str, tuple[Ints, pd.Series]] = {}

    def have(self, key: str, value: str) -> Bools:
        """Shape (count,): objects whose tag is the value, or a list that holds it."""
        if key not in self._seen:
            codes, uniques = pd.factorize(np.asarray(self._values(key), dtype=object))
            items = pd.Series(uniques, dtype=object).astype(str).str.split(";").explode().str.strip()
            self._seen[key] = codes, items
        codes, items = self._seen[key]
        return np.isin(codes, items.index[items == value])

    def names(self, rows: Ints) -> pd.Series:
        """All the names of some of the objects, a line each."""
        text = pd.Series("", index=range(len(rows)), dtype=object)
        for key in NAME_KEYS:
            text = text + "\n" + pd.Series(np.asarray(self._values(key), dtype=object)[rows], dtype=object).fillna("")
        return _plain(text)


def _osm_rank(rule: OsmRule) -> tuple[int, int, int]:
    """Sorts rules, those that ask more first: more tags, then words, then bounds of the area."""
    bounds = sum(bound is not None for bound in (rule.area_min, rule.area_max, rule.closed))
    return -(rule.tag.count("+") + 1), -bool(rule.name_any), -bounds


def osm_text(rule: OsmRule) -> str:
    """An OSM rule in a line."""
    least = [] if rule.area_min is None else [f"≥ {rule.area_min:g} m2"]
    most = [] if rule.area_max is None else [f"< {rule.area_max:g} m2"]
    return " ".join([rule.tag, *_words_text(rule.name_any), *least, *most])


def _osm_rows(rule: OsmRule, tags: _Tags, area_m2: Floats) -> Ints:
    match = _area_fits(rule, area_m2)
    for tag in rule.tag.split("+"):
        key, _, value = tag.partition("=")
        match &= tags.have(key, value)
    rows = np.flatnonzero(match)
    return rows[_has_word(tags.names(rows), rule.name_any)] if rule.name_any and len(rows) else rows


def _area_fits(rule: OsmRule, area_m2: Floats) -> Bools:
    closed = ~np.isnan(area_m2)
    fits = np.ones(len(area_m2), dtype=bool) if rule.closed is None else closed == rule.closed
    if rule.area_min is not None:
        fits &= area_m2 >= rule.area_min
    if rule.area_max is not None:
        fits &= area_m2 < rule.area_max
    return fits


# Amap --------------------------------------------------------------------------------------------


def _codes(typecode: Texts) -> pd.Series:
    """The six-digit codes of the POIs, indexed by row; a row may stand several times or not at all."""
    text = pd.Series(typecode, dtype=object).fillna("").astype(str).str.normalize("NFKC")
    parts = text.str.split(BETWEEN_CODES, regex=True).explode().str.replace(r"\.0*$", "", regex=True)
    return parts[parts.str.fullmatch(r"\d{5,6}")].str.zfill(6)


def has_code(typecode: Texts) -> Bools:
    """Shape (n,): cells that hold an Amap typecode, as ``classify_amap`` reads them."""
    return np.isin(np.arange(len(typecode)), _codes(typecode).index)


def _prefix(code: str) -> str:
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


def amap_text(rule: AmapRule) -> str:
    """An Amap rule in a line."""
    return " ".join(([] if rule.code is None else [f"typecode={rule.code}"]) + _words_text(rule.name_any))


def _amap_rank(rule: AmapRule) -> tuple[int, int]:
    """Sorts rules: code and word, code alone, word alone; longer codes first."""
    kind = 2 if rule.code is None else 0 if rule.name_any else 1
    return kind, -len(_prefix(rule.code or "0000"))


def _amap_rows(rule: AmapRule, codes: pd.Series, names: pd.Series) -> Ints:
    if rule.code is None:
        return np.flatnonzero(_has_word(names, rule.name_any))
    rows = np.unique(codes.index[codes.str.startswith(_prefix(rule.code))].to_numpy(dtype=np.int64))
    return rows[_has_word(names.iloc[rows], rule.name_any)] if rule.name_any else rows


# Words -------------------------------------------------------------------------------------------


def _words_text(words: Sequence[str]) -> list[str]:
    return [f"name={'|'.join(words)}"] if words else []


def _plain(text: pd.Series) -> pd.Series:
    """Text without differences of case and of full and half width."""
    return text.astype(str).str.normalize("NFKC").str.casefold()


def _has_word(plain: pd.Series, words: Sequence[str]) -> Bools:
    hits = np.zeros(len(plain), dtype=bool)
    for word in _plain(pd.Series(words, dtype=object)):
        hits |= plain.str.contains(word, regex=False).to_numpy(dtype=bool)
    return hits
