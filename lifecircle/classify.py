"""Which category an OSM object or an Amap POI belongs to, by the match rules of a standard.

One object counts in one category: of the rules it meets the one of the highest priority, then the
one that asks more, then the one that stands first. What a category also satisfies is added beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecircle.model import AmapRule, Bools, Category, DemandKind, Floats, Ints, OsmRule

Texts = npt.NDArray[np.object_]
Owners = Sequence[Category | DemandKind]

NAME_KEYS = ("name", "name:zh", "name:en", "alt_name")
"""The OSM tags whose text is looked through for the words of a rule."""

USABLE_SHARE = 0.01
"""A word's script is in use where more than this share of the names is written in it."""

_HAN = "[\u3400-\u9fff\uf900-\ufaff]"


def classify_osm(owners: Owners, values: Callable[[str], Texts], area_m2: Floats) -> pd.DataFrame:
    """Category of OSM objects by their tags.

    ``values(key)`` gives, shape (n,), every object's value of a tag, "" where it has none; a value
    may be a list (``cafe;bar``), of which each item counts. ``area_m2``, shape (n,), is NaN for
    points and open lines. Words are looked for in ``NAME_KEYS``, whatever their case and width.

    Returns one row an object and category, columns row (0 to n - 1), id (of the category or demand
    kind) and primary (False: only what the object's own category also satisfies), sorted by row,
    the primary one first. Objects of no category have no row.
    """
    tags = _Tags(values, len(area_m2))
    ranked = sorted(
        ((owner, place, rule) for place, owner in enumerate(owners) for rule in owner.osm),
        key=lambda item: (-_priority(item[0]), *_osm_rank(item[2]), item[1]),
    )
    winner = _first_matches(len(area_m2), ((place, _osm_rows(rule, tags, area_m2)) for _, place, rule in ranked))
    return _table(owners, winner)


def classify_amap(owners: Owners, typecode: Texts, name: Texts) -> pd.DataFrame:
    """Category of Amap POIs by typecode and name.

    ``typecode``, shape (n,), may hold numbers, codes that lost their leading zero, and several codes
    joined by ``|`` or ``;``. A rule with code and word comes before one with a code alone, that
    before one with a word alone; among them the longer code goes first.

    Returns the same table as ``classify_osm``.
    """
    codes = _codes(typecode)
    names = _plain(pd.Series(name, dtype=object).fillna(""))
    ranked = sorted(
        ((owner, place, rule) for place, owner in enumerate(owners) for rule in owner.amap),
        key=lambda item: (-_priority(item[0]), *_amap_rank(item[2]), item[1]),
    )
    winner = _first_matches(len(names), ((place, _amap_rows(rule, codes, names)) for _, place, rule in ranked))
    return _table(owners, winner)


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


def _first_matches(count: int, matches: Iterable[tuple[int, Ints]]) -> Ints:
    """Shape (count,): for each object the place of the first owner that matches; -1 for none."""
    winner = np.full(count, -1, dtype=np.int64)
    for place, rows in matches:
        winner[rows[winner[rows] < 0]] = place
    return winner


def _table(owners: Owners, winner: Ints) -> pd.DataFrame:
    ids = np.array([owner.id for owner in owners], dtype=object)
    rows = np.flatnonzero(winner >= 0)
    own = pd.DataFrame({"row": rows, "id": ids[winner[rows]], "primary": True})
    more = {owner.id: list(owner.also_satisfies) for owner in owners if isinstance(owner, Category)}
    also = own.assign(id=own["id"].map(more), primary=False).explode("id").dropna(subset="id")
    both = pd.concat([own, also]).sort_values(["row", "primary"], ascending=[True, False], kind="stable")
    return both.astype({"row": np.int64, "id": object, "primary": bool}).reset_index(drop=True)


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
    text = pd.Series(typecode, dtype=object).fillna("").astype(str).str.split(r"[|;]", regex=True).explode()
    digits = text.str.strip().str.removesuffix(".0")
    return digits[digits.str.fullmatch(r"\d{5,6}")].str.zfill(6)


def _prefix(code: str) -> str:
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


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


def _plain(text: pd.Series) -> pd.Series:
    """Text without differences of case and of full and half width."""
    return text.astype(str).str.normalize("NFKC").str.casefold()


def _has_word(plain: pd.Series, words: Sequence[str]) -> Bools:
    hits = np.zeros(len(plain), dtype=bool)
    for word in _plain(pd.Series(words, dtype=object)):
        hits |= plain.str.contains(word, regex=False).to_numpy(dtype=bool)
    return hits
