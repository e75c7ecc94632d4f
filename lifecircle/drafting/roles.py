"""What a layer could be for a site, by its shapes, its columns, its values and its name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from lifecircle.drafting.coords import VENDORS, Situated
from lifecircle.drafting.folder import Form, Layer
from lifecircle.messages import Message, msg
from lifecircle.model import PEOPLE, Standard
from lifecircle.sources.barriers import WHO
from lifecircle.sources.facilities import STATUSES

WORDS: Mapping[str, tuple[str, ...]] = {
    "boundary": ("边界", "红线", "范围", "用地界", "boundary", "outline", "limit", "estate", "municipality"),
    "walls": ("围墙", "围栏", "围挡", "栅栏", "院墙", "墙", "wall", "fence", "barrier"),
    "gates": ("大门", "门岗", "门卫", "出入口", "gate", "entrance"),
    "enclosures": ("围合", "院落", "大院", "封闭", "院区", "enclosure", "compound", "yard"),
    "buildings": ("建筑", "房屋", "楼栋", "building", "footprint"),
    "network": ("道路", "路网", "街道", "步道", "road", "street", "network"),
    "talent_flat": ("人才公寓", "人才房", "talent"),
    "dormitory": ("宿舍", "公寓", "工棚", "板房", "dorm"),
    "workplace": (
        "企业", "工厂", "厂", "用人单位", "岗位", "职工", "就业",
        "plant", "factor", "firm", "compan", "workplace", "employ",
    ),
    "housing": ("小区", "住宅", "居民", "居住", "人口", "housing", "resident", "population"),
}  # fmt: skip
"""Words in the names of files and layers by what they say."""
POSSIBLE: Mapping[Form, tuple[str, ...]] = {
    "lines": ("boundary", "walls", "enclosures", "network"),
    "polygons": ("boundary", "walls", "enclosures", "buildings", "talent_flat", "dormitory", "workplace", "housing"),
    "points": ("gates", "talent_flat", "dormitory", "workplace", "housing"),
    "rows": (),
}
"""What the name can say of a layer of that form."""
IN_NAMES = {
    "gates": re.compile(r"(?:门|门岗|出入口|gate|entrance)(?:\d|[（(].*)?$", re.IGNORECASE),
    "dormitory": re.compile(r"宿舍|公寓|工棚|板房|dormitor", re.IGNORECASE),
}
"""What the names of places themselves say."""
KIND_OF = {"beds": "dormitory", "jobs": "workplace", "families": "housing", "people": "housing"}
"""The kind of demand that a count speaks of, the plainest first."""
USE = re.compile(r"用地(?:性质|类|分类|代码|名称|用途)|地类|土地(?:用途|利用)|land_?use", re.IGNORECASE)
"""Titles of columns of land use."""
CODE = re.compile(r"0?\d{5}(\.0)?([|;]0?\d{5})*")
OUTLINES = ("boundary", "walls", "enclosures", "buildings")
SHIFTS = ("day", "evening", "night")
WORDS_OF = {"status": set(STATUSES), "access": set(WHO)}
"""All that a column of that key may hold."""
NUMBERS = {"opens": r"(19|20|21)\d\d", "capacity": r"\d+(\.\d+)?", "floors": r"\d{1,3}"}
"""What every cell of that key looks like."""
ABOUT = ("capacity", "status", "opens", "hours")
"""Roles of columns that say more of a facility."""
MOST = 0.5
"""Part of the rows that must agree."""
FEW = 3
"""Polygons that may be sites; of land use there are more."""
LARGE_M2 = 50_000.0
"""A polygon without a better meaning this large may be a site."""
SURE, LIKELY, WEAK = 3, 2, 1


@dataclass(frozen=True)
class Choice:
    """A line that the planner may turn on."""

    keys: Mapping[str, Any]
    why: Message


@dataclass(frozen=True)
class Part:
    """One block of a site file: its key, what stands in it, and why."""

    key: str
    values: Mapping[str, Any]
    why: tuple[Message, ...]
    beside: Mapping[str, Message] = field(default_factory=dict)
    """What stands behind single values."""
    choices: tuple[Choice, ...] = ()
    weight: int = LIKELY
    """How plain the evidence is."""
    size: float = 0
    """Rows, or square metres of polygons: the larger of two as plain goes first."""
    situated: Situated | None = None
    """Where its shapes lie; None for what has none."""

    @property
    def file(self) -> Path:
        """What it is read from."""
        return Path(next(self.values[key] for key in ("file", "raster", "dem") if key in self.values))

    @property
    def counted(self) -> bool:
        """Whether it has counts of people."""
        return "raster" in self.values or any(kind in self.values for kind in PEOPLE)


def vendor_of(layer: Layer) -> str | None:
    """The map that a table was exported from: amap, baidu, tencent, or None."""
    titles = {str(title).strip().lower() for title in layer.frame.columns}
    codes = layer.texts("typecode")
    if len(codes) and codes.str.fullmatch(CODE).mean() >= MOST:
        return "amap"
    if titles & {"detail_info.tag", "detail_info.type", "street_id"} or {"uid", "tag"} <= titles:
        return "baidu"
    if {"title", "category"} <= titles and layer.texts("type").str.contains("[:：]").mean() >= MOST:
        return "tencent"
    types = layer.texts("type")
    return "amap" if len(types) and types.str.contains(";").mean() >= MOST else None


def said(layer: Layer) -> str | None:
    """What the name of a layer, or else that of its file, says it is, of ``WORDS``."""
    names = [name.lower() for name in (layer.layer, layer.path.stem) if name]
    roles = POSSIBLE[layer.form]
    return next((role for name in names for role in roles if any(word in name for word in WORDS[role])), None)


def use_of_land(layer: Layer) -> str | None:
    """The column of land use of many polygons, by its title; None where there is none, or they are something else."""
    if layer.form != "polygons" or len(layer.drawn) <= FEW or said(layer) is not None or _counts(layer):
        return None
    return next((title for title in map(str, layer.frame.columns) if USE.search(title)), None)


def meanings_of(layer: Layer, situated: Situated, standard: Standard) -> Iterator[Part]:
    """What a layer could be, the likeliest first; nothing where nothing tells."""
    word = said(layer)
    named = msg("the name says so")
    size = len(layer.drawn)
    if layer.form == "lines":
        if word in ("boundary", "enclosures") and layer.closed:
            yield Part(word, {}, (named,), weight=SURE, size=_area_m2(situated))
        elif word in ("walls", "network"):
            yield Part(word, {}, (named,), weight=SURE, size=size)
        return
    if layer.form == "polygons" and word in OUTLINES and not _counts(layer):
        values = _columns(layer, "floors") if word == "buildings" else {}
        yield Part(word, values, (named,), weight=SURE, size=_area_m2(situated) if word == "boundary" else size)
    yield from _places(layer, word, standard)
    if layer.form == "points" and word == "gates":
        yield Part("gates", _columns(layer, "access", "hours", "name"), (named,), weight=SURE, size=size)
    yield from _one_kind(layer, word, standard)
    if layer.form == "polygons" and _area_m2(situated) >= LARGE_M2 and size <= FEW:
        yield Part("boundary", {}, (msg("few and large polygons"),), weight=WEAK, size=_area_m2(situated))


def _places(layer: Layer, word: str | None, standard: Standard) -> Iterator[Part]:
    """Rows that say themselves what they are: by type or by counts of people."""
    counts = _counts(layer)
    size = len(layer.drawn)
    vendor = vendor_of(layer)
    values: dict[str, Any]
    if vendor is not None:
        told = msg("an export of {vendor}, by its columns and values", vendor=VENDORS[vendor])
        yield Part(
            "facilities",
            {"poi": vendor} | _place_columns(layer, "status", "opens", "hours"),
            (told,),
            weight=SURE,
            size=size,
        )
    elif counts:
        kinds = {kind.id for kind in standard.demand}
        kind = word if word in kinds else KIND_OF[next(iter(counts))]
        told = msg("columns of people: {titles}", titles=tuple(counts.values()))
        values = {"kind": kind} | _place_columns(layer, "floors") | counts | _shifts(layer, counts)
        yield Part("demand", values, (told,), weight=SURE, size=size)
    elif _all_in(layer.texts("type"), _category_names(standard)):
        told = msg("{title} holds names of categories", title=layer.roles["type"])
        values = {"category_column": layer.roles["type"]} | _place_columns(
            layer, "capacity", "status", "opens", "hours"
        )
        yield Part("facilities", values, (told,), weight=SURE, size=size)


def _one_kind(layer: Layer, word: str | None, standard: Standard) -> Iterator[Part]:
    """Rows that are all of one kind, by the name of the file or by their own names."""
    size = len(layer.drawn)
    kinds = {kind.id for kind in standard.demand}
    category = _category_in(layer.title, standard)
    named = msg("the name says so")
    if category is not None and (word not in kinds or len(category[0]) > 2):
        values = {"category": category[1]} | _place_columns(layer, *ABOUT)
        yield Part("facilities", values, (named,), size=size)
    if word in kinds:
        told = msg("the name says so; no column of people was recognised, so that nobody is counted")
        yield Part("demand", {"kind": word} | _place_columns(layer), (told,), size=size)
    names = layer.texts("name")
    if len(names) and layer.form == "points" and names.str.contains(IN_NAMES["gates"]).mean() >= MOST:
        told = msg("most names end as those of gates do")
        yield Part("gates", _columns(layer, "access", "hours", "name"), (told,), size=size)
    if len(names) and names.str.contains(IN_NAMES["dormitory"]).mean() >= MOST:
        told = msg("most names are those of dormitories; no column of beds was recognised")
        yield Part("demand", {"kind": "dormitory"} | _place_columns(layer), (told,), size=size)


def _counts(layer: Layer) -> dict[str, str]:
    """The columns that hold heads, the plainest kind first."""
    found = {}
    for kind in sorted(PEOPLE, key=list(KIND_OF).index):
        cells = layer.texts(kind)
        if len(cells) and cells.str.contains(r"^\D{0,3}\d").mean() >= MOST:
            found[kind] = layer.roles[kind]
    return found


def _shifts(layer: Layer, counts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The columns of the jobs on each shift."""
    shifts = {name: layer.roles[f"shift_{name}"] for name in SHIFTS if len(layer.texts(f"shift_{name}"))}
    return {"shifts": shifts} if shifts and "jobs" in counts else {}


def _columns(layer: Layer, *roles: str) -> dict[str, str]:
    """Columns by the keys of a site file, where every cell says what the key can take."""
    return {role: layer.roles[role] for role in roles if _fits(layer.texts(role), role)}


def _place_columns(layer: Layer, *roles: str) -> dict[str, str]:
    """The same with name, and with an id where each row has its own."""
    ids = layer.texts("id")
    own = {"id": layer.roles["id"]} if len(ids) == len(layer.frame) and ids.is_unique else {}
    return own | _columns(layer, "name", *roles)


def _fits(cells: pd.Series, role: str) -> bool:
    if role in WORDS_OF:
        return _all_in(cells, WORDS_OF[role])
    return len(cells) > 0 and (role not in NUMBERS or bool(cells.str.fullmatch(NUMBERS[role]).all()))


def _category_names(standard: Standard) -> set[str]:
    return {name for category in standard.categories for name in (category.id, category.zh, category.en)}


def _all_in(values: pd.Series, known: set[str]) -> bool:
    return len(values) > 0 and bool(values.isin(list(known)).all())


def _category_in(title: str, standard: Standard) -> tuple[str, str] | None:
    """The longest word for a category in a name, and the category's id."""
    lower = title.lower()
    words = [
        (word.lower(), category.id)
        for category in standard.categories
        for word in (
            category.id,
            category.en,
            *re.split("[、，]", category.zh),
            *(w for rule in category.amap for w in rule.name_any),
        )
        if len(word) >= 2
    ]
    return max((pair for pair in words if pair[0] in lower), key=lambda pair: len(pair[0]), default=None)


def _area_m2(situated: Situated) -> float:
    """The area that polygons or closed lines enclose, roughly."""
    if not len(situated.shapes):
        return 0.0
    rings = shapely.get_parts(situated.shapes)
    lines = shapely.get_type_id(rings) == 1
    rings = np.where(lines, shapely.convex_hull(rings), rings)
    at = np.radians(shapely.get_coordinates(rings)[:, 1].mean())
    return float(shapely.area(rings).sum() * 111_320**2 * np.cos(at))
