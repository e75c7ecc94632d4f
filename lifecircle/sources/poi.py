"""Exports of map vendors (Amap, Baidu, Tencent): which columns hold what, and what the names of their types mean."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
import pandas as pd

from lifecircle.model import Texts
from lifecircle.sources.columns import recognise
from lifecircle.yaml_text import plain, read_node

Vendor = Literal["amap", "baidu", "tencent"]

OWN_TITLES: Mapping[Vendor, str] = {"amap": "type", "baidu": "tag", "tencent": "category"}
"""The title of the column of types in a vendor's own answers, alone or at the end of a path (``detail_info.tag``)."""
LEVELS = ("type_1", "type_2", "type_3")
ALTERNATIVES = "|"
"""What parts several types of one place."""


@dataclass(frozen=True)
class Columns:
    """The columns of an export; empty where it has none."""

    id: str = ""
    name: str = ""
    typecode: str = ""
    types: tuple[str, ...] = ()
    """One column, or several levels from coarse to fine."""


def columns_of(vendor: Vendor, titles: Sequence[str], asked: Mapping[str, str | None]) -> Columns:
    """The columns of an export by their titles; ``asked`` (id, name, typecode, type) goes before what is found.

    Only Amap gives typecodes that the match rules know; a code of another vendor is not read.
    """
    given = {role: title for role, title in asked.items() if title is not None}
    found = recognise(title for title in titles if title not in given.values()) | given
    own = [title for title in titles if title.rpartition(".")[2].strip().lower() == OWN_TITLES[vendor]]
    plain_type = given.get("type") or (own or [""])[0]
    levels = tuple(found[level] for level in LEVELS if level in found) or tuple(filter(None, [found.get("type", "")]))
    typecode = found.get("typecode", "") if vendor == "amap" or "typecode" in given else ""
    types = (plain_type,) if plain_type else levels
    return Columns(found.get("id", ""), found.get("name", ""), typecode, types)


def codes_of(vendor: Vendor, types: Texts) -> Texts:
    """Amap codes that stand for a vendor's types, shape (n,): six digits, several joined by ``|``, "" for none.

    ``types``, shape (n,), holds levels from coarse to fine parted by ``;`` or ``:`` and several types parted by
    ``|``. The longest beginning that is known counts; a level standing alone counts where it means one code only.
    """
    number, unique = pd.factorize(np.asarray(types, dtype=object))
    found = np.array([ALTERNATIVES.join(_codes(vendor, str(text))) for text in unique], dtype=object)
    return found[number] if len(found) else np.full(len(number), "", dtype=object)


def known_codes(vendor: Vendor) -> frozenset[str]:
    """Every Amap code that a type of a vendor may stand for."""
    return frozenset(_table(vendor)[0].values())


def _codes(vendor: Vendor, text: str) -> Iterator[str]:
    paths, levels = _table(vendor)
    for alternative in _folded(text).split(ALTERNATIVES):
        path = tuple(level for level in _levels(alternative) if level)
        known = [paths[path[:end]] for end in range(len(path), 0, -1) if path[:end] in paths]
        if known:
            yield known[0]
        elif len(path) == 1 and len(levels.get(path[0], ())) == 1:
            yield from levels[path[0]]


def _folded(text: str) -> str:
    """Text without differences of case and of full and half width."""
    return unicodedata.normalize("NFKC", text).casefold()


def _levels(path: str) -> Iterable[str]:
    return (level.strip() for level in path.replace(":", ";").split(";"))


@cache
def _table(vendor: Vendor) -> tuple[dict[tuple[str, ...], str], dict[str, set[str]]]:
    """The codes by the whole path of a type, and by its finest level."""
    path = files("lifecircle").joinpath("sources", "poi_types.yaml")
    table: dict[str, str] = plain(read_node(path), path)[vendor]
    paths = {tuple(_levels(_folded(text))): code for text, code in table.items()}
    levels: dict[str, set[str]] = {}
    for steps, code in paths.items():
        levels.setdefault(steps[-1], set()).add(code)
    return paths, levels
