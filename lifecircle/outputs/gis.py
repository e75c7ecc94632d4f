"""What a GIS or CAD gets of an assessment: layers in metres, with names and titles in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from lifecircle.model import FAR_MM, MINUTES, PEOPLE, Assessment, Category, Geometries, State
from lifecircle.outputs.geojson import gap_properties
from lifecircle.outputs.plain import about, number, text

Language = Literal["zh", "en"]
PREFIX = {"zh": ("状态", "距离"), "en": ("state", "metres")}
STATES = {State.COVERED: "covered", State.GAP: "gap", State.UNKNOWN: "unknown"}


@dataclass(frozen=True)
class Field:
    """A column of a layer."""

    id: str
    short: str
    """At most ten plain letters: all that a shapefile holds."""
    zh: str
    en: str


@dataclass(frozen=True)
class Layer:
    """Features of one kind; ``frame`` has the columns of ``fields`` and, but for tables, a geometry in metres."""

    id: str
    zh: str
    en: str
    fields: tuple[Field, ...]
    frame: gpd.GeoDataFrame | pd.DataFrame

    def name(self, lang: Language) -> str:
        """How it is called."""
        return self.zh if lang == "zh" else self.en


HEADS = (
    Field("beds", "beds", "床位", "Beds"),
    Field("jobs", "jobs", "岗位", "Jobs"),
    Field("people", "people", "人口", "People"),
    Field("families", "families", "家庭户", "Families"),
)
CATEGORY = (
    Field("category", "category", "类别编号", "Category id"),
    Field("category_zh", "cat_zh", "类别", "Category (zh)"),
    Field("category_en", "cat_en", "类别英文", "Category"),
)
ID, NAME, KIND = (
    Field("id", "id", "编号", "Id"),
    Field("name", "name", "名称", "Name"),
    Field("kind", "kind", "种类", "Kind"),
)
BOUNDARY = (
    NAME, Field("area_km2", "area_km2", "面积 km2", "Area km2"),
    Field("index_low", "index_low", "三生融合指数下限", "Three-life index, low"),
    Field("index_high", "index_high", "三生融合指数上限", "Three-life index, high"),
    *HEADS,
)  # fmt: skip
FACILITIES = (
    ID, NAME, *CATEGORY, Field("status", "status", "状态", "Status"), Field("opens", "opens", "启用年份", "Opens"),
    Field("counts", "counts", "计入", "Counts"), Field("capacity", "capacity", "规模", "Capacity"),
    Field("hours", "hours", "开放时间", "Opening hours"),
    Field("area_m2", "area_m2", "面积 m2", "Area m2"), Field("source", "source", "来源", "Source"),
)  # fmt: skip
GAP = (
    ID, *CATEGORY, Field("function", "function", "功能", "Function"), Field("norm_m", "norm_m", "标准 m", "Norm m"),
    Field("standing", "standing", "依据状态", "Standing of the norm"),
    Field("confidence", "confid", "可信度", "Confidence"), *HEADS,
    Field("estimated", "estimated", "含估算", "Estimated"),
    Field("nearest", "nearest", "最近设施", "Nearest facility"),
    Field("nearest_m", "nearest_m", "步行距离 m", "Walk m"),
    Field("nearest_text", "nearest_t", "步行距离", "Walk"),
    Field("at_least", "at_least", "至少", "At least"),
    Field("shortfall_m", "short_m", "超出标准 m", "Beyond norm m"),
)  # fmt: skip
AREAS = (
    *GAP, Field("places", "places", "地点数", "Places"), Field("place_ids", "place_ids", "地点编号", "Ids of places"),
    Field("area_ha", "area_ha", "面积 ha", "Area ha"),
)  # fmt: skip
PLACES = (*GAP, Field("place", "place", "地点编号", "Id of the place"), NAME)
WALKS = (
    *CATEGORY, Field("minutes", "minutes", "分钟", "Minutes"), Field("area_ha", "area_ha", "面积 ha", "Area ha"),
)  # fmt: skip
STREETS = (
    Field("way_id", "way_id", "道路编号", "Way"), Field("highway", "highway", "道路类型", "Class"),
    Field("length_m", "length_m", "长度 m", "Length m"), Field("private", "private", "内部道路", "Private"),
    Field("trusted", "trusted", "可信", "Trusted"),
)  # fmt: skip
DOORS = (
    ID, KIND, Field("access", "access", "通行", "Access"), Field("hours", "hours", "开放时间", "Hours"),
    Field("own", "own", "自有数据", "Own data"),
)  # fmt: skip
WALLS = (ID, KIND, Field("own", "own", "自有数据", "Own data"))
YARDS = (ID, Field("own", "own", "自有数据", "Own data"))
ABOUT = (Field("item", "item", "项目", "Item"), Field("value", "value", "内容", "Value"))


def layers(assessment: Assessment) -> Iterator[Layer]:
    """Every layer, those without a feature too: the schema is the same for all sites.

    Numbers are those of the GeoJSON; what is unknown is empty.
    """
    site = assessment.site
    yield Layer("boundary", "边界", "Boundary", BOUNDARY, _boundary(assessment))
    yield _demand(assessment)
    yield Layer("facilities", "设施", "Facilities", FACILITIES, _facilities(assessment))
    yield Layer("gap_areas", "缺口区", "Gap areas", AREAS, _gaps(assessment, "gap_area"))
    yield Layer("gap_places", "缺口地点", "Gap places", PLACES, _gaps(assessment, "gap_place"))
    yield Layer("isochrones", "等时圈", "Walking times", WALKS, isochrones(assessment))
    yield Layer("streets", "步行道路", "Walkable streets", STREETS, _streets(assessment))
    for id, zh, en, fields, frame in (
        ("gates", "出入口", "Gates", DOORS, site.doors),
        ("walls", "围墙", "Walls", WALLS, site.walls),
        ("enclosures", "围合区", "Enclosures", YARDS, site.enclosures),
    ):
        yield Layer(id, zh, en, fields, _plain(frame, fields))
    yield Layer("about", "说明", "About", ABOUT, _about(assessment))


def planar(assessment: Assessment) -> pyproj.CRS:
    """A projected CRS that others use there: the boundary's own; else, in China, the 3-degree zone of CGCS2000 without
    its number before the easting; else the zone of UTM."""
    site = assessment.site
    if site.boundary_crs.is_projected:
        return site.boundary_crs
    area = pyproj.CRS.from_epsg(4490).area_of_use
    centre = gpd.GeoSeries([shapely.centroid(site.boundary)], crs=site.crs).to_crs(4326)
    [lon], [lat] = centre.x, centre.y
    if area is not None and area.west <= lon <= area.east and area.south <= lat <= area.north:
        return pyproj.CRS.from_epsg(4534 + round((lon - 75) / 3))
    return centre.estimate_utm_crs()


def _frame(columns: dict[str, Any], fields: Sequence[Field], shapes: Geometries, assessment: Assessment) -> Any:
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=assessment.site.crs)
    return frame[[*(field.id for field in fields), "geometry"]]


def _plain(frame: gpd.GeoDataFrame, fields: Sequence[Field]) -> gpd.GeoDataFrame:
    """Columns of a frame, texts without what no file can hold."""
    held = frame[[*(field.id for field in fields), "geometry"]].copy()
    for field in fields:
        if held[field.id].dtype == object:
            held[field.id] = [text(value) for value in held[field.id]]
    return held


def _boundary(assessment: Assessment) -> gpd.GeoDataFrame:
    site, index = assessment.site, assessment.index.value
    heads = {kind: [number(site.demand[kind].sum(min_count=1))] for kind in PEOPLE}
    columns = {
        "name": [text(site.name)],
        "area_km2": [number(shapely.area(site.boundary) / 1e6, 6)],
        "index_low": [number(index.low, 6)],
        "index_high": [number(index.high, 6)],
        **heads,
    }
    return _frame(columns, BOUNDARY, np.array([site.boundary], dtype=object), assessment)


def _demand(assessment: Assessment) -> Layer:
    """Places of demand with their state and walk for every category."""
    site, reach, coverage = assessment.site, assessment.reach, assessment.coverage
    fields = [ID, NAME, KIND, *HEADS]
    columns: dict[str, Any] = {name: [text(value) for value in site.demand[name]] for name in ("id", "name", "kind")}
    columns |= {kind: site.demand[kind].to_numpy() for kind in PEOPLE}
    for c, category in enumerate(site.standard.categories):
        mm = reach.place_mm[c]
        columns[f"{category.id}_state"] = [STATES[State(state)] for state in coverage.place_state[c].tolist()]
        columns[f"{category.id}_m"] = np.where(mm < FAR_MM, np.round(mm / 1000, 1), np.nan)
        zh, en = PREFIX["zh"], PREFIX["en"]
        fields += [
            Field(f"{category.id}_state", f"s{c + 1:02d}", f"{category.zh}_{zh[0]}", f"{category.en}, {en[0]}"),
            Field(f"{category.id}_m", f"m{c + 1:02d}", f"{category.zh}_{zh[1]}", f"{category.en}, {en[1]}"),
        ]
    shapes = site.demand.geometry.to_numpy()
    return Layer("demand", "需求地点", "Places", tuple(fields), _frame(columns, fields, shapes, assessment))


def _facilities(assessment: Assessment) -> gpd.GeoDataFrame:
    """Those that count, then those planned, being built or closed."""
    site = assessment.site
    both = pd.concat(
        [frame.assign(counts=counts) for frame, counts in ((site.facilities, 1), (site.planned, 0)) if len(frame)]
        or [site.facilities.assign(counts=1)],
        ignore_index=True,
    )
    named = {category.id: category for category in site.standard.categories}
    both["category_zh"] = [named[id].zh for id in both["category"]]
    both["category_en"] = [named[id].en for id in both["category"]]
    return _plain(gpd.GeoDataFrame(both, geometry="geometry", crs=site.crs), FACILITIES)


def _gaps(assessment: Assessment, kind: Literal["gap_area", "gap_place"]) -> gpd.GeoDataFrame:
    """Gaps with the properties that the GeoJSON gives them, lists as texts."""
    frame, fields = (assessment.gaps.areas, AREAS) if kind == "gap_area" else (assessment.gaps.places, PLACES)
    rows = [_gap(assessment, kind, row) for row in frame.drop(columns="geometry").to_dict("records")]
    columns = {field.id: [row[field.id] for row in rows] for field in fields}
    return _frame(columns, fields, frame.geometry.to_numpy(), assessment)


def _gap(assessment: Assessment, kind: Literal["gap_area", "gap_place"], row: dict[str, Any]) -> dict[str, Any]:
    told = gap_properties(assessment, kind, row)
    told |= {"nearest": told["nearest"] or "", "estimated": "+".join(told["estimated"])}
    if kind == "gap_place":
        return told | {name: text(row[name]) for name in ("place", "name")}
    ids = ";".join(text(id) for id in row["place_ids"])
    return told | {"places": row["places"], "place_ids": ids, "area_ha": number(row["area_ha"], 2)}


def isochrones(assessment: Assessment) -> gpd.GeoDataFrame:
    """The ground within so many minutes' walk of a facility, a row for each category and limit of ``MINUTES``.

    Cells and walks as in the raster; where a facility beyond the edge of the data may be nearer, those to the nearest
    one known.
    """
    site, cells = assessment.site, assessment.cells
    limits_m = np.array(MINUTES) * site.profile.metres_per_minute
    rows: list[tuple[Category, int, shapely.Geometry]] = []
    for c, category in enumerate(site.standard.categories):
        walk_m = _along_m(assessment, c)[cells.street] + cells.connector_m
        for minutes, limit_m in zip(MINUTES, limits_m, strict=True):
            here = walk_m <= limit_m
            _, shapes = cells.outlines(here.astype(np.uint8), here)
            if len(shapes):
                rows.append((category, minutes, shapely.multipolygons(shapes)))
    columns = {
        "category": [category.id for category, _, _ in rows],
        "category_zh": [category.zh for category, _, _ in rows],
        "category_en": [category.en for category, _, _ in rows],
        "minutes": [minutes for _, minutes, _ in rows],
        "area_ha": [number(shapely.area(shape) / 10_000, 2) for _, _, shape in rows],
    }
    return _frame(columns, WALKS, np.array([shape for _, _, shape in rows], dtype=object), assessment)


def _along_m(assessment: Assessment, c: int) -> npt.NDArray[np.float32]:
    """Shape (s + 1,): walk from each street point in metres, as long on the flat; infinite beyond the limit, and last
    for cells without a street."""
    streets, reach = assessment.streets, assessment.reach.in_time
    mm = reach.along_mm(c, streets.piece, streets.offset_mm)
    return np.append(np.where(mm > assessment.site.limit_mm, np.inf, mm / 1000), np.inf).astype(np.float32)


def _streets(assessment: Assessment) -> gpd.GeoDataFrame:
    network = assessment.site.network
    columns = {
        "way_id": network.way_id,
        "highway": [text(value) for value in network.highway],
        "length_m": network.edge_mm / 1000,
        "private": network.private.astype(int),
        "trusted": network.trusted.astype(int),
    }
    return _frame(columns, STREETS, network.lines, assessment)


def _about(assessment: Assessment) -> pd.DataFrame:
    """What the layers stand on, an item a row, as in the JSON."""
    rows = list(_items("", about(assessment)))
    return pd.DataFrame(rows, columns=[field.id for field in ABOUT])


def _items(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, held in value.items():
            yield from _items(f"{name}.{key}" if name else key, held)
    elif isinstance(value, list | tuple):
        for i, held in enumerate(value, start=1):
            yield from _items(f"{name}.{i}", held)
    elif value is not None:
        yield name, text(value)
