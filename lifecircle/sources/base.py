"""What a map shows beneath the analysis, out of an OpenStreetMap extract: grounds, roads nobody walks, sea, names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.model import LABELS, Bools, Floats, Geometries, Ints, Texts
from lifecircle.sources.osm import Extract, Objects, Values, isin, off_the_ground, pieces, walkable

GROUNDS: dict[str, dict[str, tuple[str, ...]]] = {
    "water": {"natural": ("water",), "waterway": ("riverbank", "river", "canal", "stream", "dock")},
    "pitch": {"leisure": ("pitch", "track", "playground"), "landuse": ("recreation_ground",)},
    "green": {
        "leisure": ("park", "garden", "golf_course", "nature_reserve"),
        "landuse": ("grass", "forest", "meadow", "village_green", "cemetery", "allotments", "flowerbed"),
        "natural": ("wood", "scrub", "grassland", "heath"),
        "amenity": ("grave_yard",),
    },
    "sand": {"natural": ("beach", "sand", "shingle")},
    "industrial": {"landuse": ("industrial", "port", "depot", "railway")},
    "residential": {"landuse": ("residential",)},
    "commercial": {"landuse": ("commercial", "retail")},
    "campus": {
        "amenity": ("school", "university", "college", "hospital", "kindergarten"),
        "landuse": ("education", "institutional"),
    },
    "farmland": {"landuse": ("farmland", "orchard", "farmyard", "greenhouse_horticulture", "vineyard")},
    "bare": {"landuse": ("construction", "brownfield", "greenfield", "quarry", "landfill")},
    "parking": {"amenity": ("parking",)},
    "pier": {"man_made": ("pier", "breakwater", "groyne")},
    "railway": {"railway": ("rail", "light_rail", "subway", "tram")},
}
"""What a map's base shows, by OSM tag; the first kind that matches counts."""
LINES = {"water": "river", "pier": "jetty", "railway": "railway"}
"""Kinds that may be lines, and what these are called."""

MOTORWAYS = ("motorway", "motorway_link", "trunk", "trunk_link")
ROADS = {
    "motorway": MOTORWAYS,
    "major": ("primary", "secondary", "primary_link", "secondary_link"),
    "medium": ("tertiary", "tertiary_link"),
    "minor": ("residential", "unclassified", "living_street", "pedestrian", "road"),
}
"""Classes of streets whose names are shown, the widest first."""
SETTLEMENTS = {
    "town": ("city", "town"),
    "suburb": ("suburb", "borough", "village"),
    "quarter": ("quarter", "neighbourhood", "hamlet", "locality"),
}
STATIONS = ("station", "halt")
NAMED_GROUNDS = {
    "water": ("water",),
    "park": ("green", "sand"),
    "estate": ("industrial", "commercial", "residential", "campus"),
}
"""Kinds of labels of areas, by the kinds of ground that they name."""
LEAST_M2 = 2_000.0
"""A smaller area is not named."""
SEA_M = 5_000.0
"""The sea is drawn so far beyond the study area."""
CLIPPED_M = 1_000.0
"""The coast of a clipped extract ends at most so far from where the data do."""
ASIDE_M = 0.05


@dataclass(frozen=True)
class Base:
    """Frames as in ``Site``."""

    background: gpd.GeoDataFrame
    labels: gpd.GeoDataFrame


def no_base(crs: pyproj.CRS) -> Base:
    """Where there is no extract."""
    nothing = gpd.GeoDataFrame({"kind": []}, geometry=[], crs=crs)
    return Base(nothing, gpd.GeoDataFrame(columns=list(LABELS), geometry="geometry", crs=crs))


def grounds(objects: Objects) -> gpd.GeoDataFrame:
    """Areas of land use, waters, piers and railways: columns kind and geometry."""
    kind = _ground_kinds(objects)
    rows = np.flatnonzero(kind != "")
    return gpd.GeoDataFrame({"kind": kind[rows]}, geometry=objects.geometry[rows])


def read_base(
    extract: Extract,
    xy: Floats,
    objects: Objects,
    study_area: shapely.Geometry,
    extent: shapely.Geometry,
    crs: pyproj.CRS,
) -> Base:
    """The base of a site's map. ``xy`` are the extract's nodes, in metres like the rest."""
    roads, sea = _motorways(extract, xy, study_area, crs), _sea(extract, xy, study_area, extent, crs)
    drawn = [grounds(objects).set_crs(crs), roads, sea]
    named = [_street_names(extract, xy, study_area, crs), _object_names(objects, crs)]
    return Base(_joined(drawn, crs), _joined(named, crs))


def _ground_kinds(objects: Objects) -> Texts:
    """Shape (rows,): kind of ground of each object, '' for none."""
    kind = np.full(len(objects.id), "", dtype=object)
    for name, tags in GROUNDS.items():
        for key, values in tags.items():
            kind[isin(objects.values(key), values) & (kind == "")] = name
    line = shapely.get_dimensions(objects.geometry) == 1
    kind[line] = [LINES.get(name, "") for name in kind[line]]
    buried = (kind == "railway") & off_the_ground(objects.values)
    kind[buried | (~line & np.isnan(objects.area_m2)) | shapely.is_empty(objects.geometry)] = ""
    return kind


def _motorways(extract: Extract, xy: Floats, study_area: shapely.Geometry, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Motorways and trunk roads that nobody walks along, which a network of walks lacks."""
    tags = extract.elements.way_tags
    ways = np.flatnonzero(isin(tags.values("highway"), MOTORWAYS) & ~walkable(tags.values)[0])
    lines, _ = pieces(extract, xy, ways)
    lines = lines[shapely.intersects(study_area, lines)]
    return gpd.GeoDataFrame({"kind": ["motorway"] * len(lines)}, geometry=lines, crs=crs)


def _sea(
    extract: Extract, xy: Floats, study_area: shapely.Geometry, extent: shapely.Geometry, crs: pyproj.CRS
) -> gpd.GeoDataFrame:
    """Where the sea is, in a square around the study area, or in the area itself where the coast parts no square."""
    ways = np.flatnonzero(isin(extract.elements.way_tags.values("natural"), ("coastline",)))
    coast = pieces(extract, xy, ways)[0]
    around = shapely.buffer(study_area, SEA_M, cap_style="square", join_style="mitre")
    shapes = _right_of(coast, shapely.intersection(extent, around))
    if not len(shapes):
        shapes = _right_of(coast, shapely.intersection(extent, study_area))
    return gpd.GeoDataFrame({"kind": ["sea"] * len(shapes)}, geometry=shapes, crs=crs)


def _right_of(coast: Geometries, frame: shapely.Geometry) -> Geometries:
    """The parts of a frame that have a coast on their right; none where it ends far from the frame's edge."""
    edge = shapely.boundary(frame)
    ends = shapely.get_parts(shapely.boundary(shapely.multilinestrings(coast)))
    ends = ends[shapely.contains_properly(frame, ends)]
    if (shapely.distance(ends, edge) > CLIPPED_M).any():
        return ends[:0]
    lines = shapely.union_all([*coast, edge, *shapely.shortest_line(ends, edge)])
    parts = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    parts = parts[shapely.contains_properly(frame, shapely.point_on_surface(parts))]
    sea = parts[_votes(parts, coast, ASIDE_M) < _votes(parts, coast, -ASIDE_M)]
    return np.array([shapely.union_all(sea)] if len(sea) else [], dtype=object)


def _votes(parts: Geometries, coast: Geometries, aside_m: float) -> Floats:
    """Shape (parts,): metres of coast that have each part at so many metres to their left."""
    ends = shapely.get_coordinates(coast)
    line = shapely.get_coordinates(coast, return_index=True)[1]
    same = line[1:] == line[:-1]
    step = np.diff(ends, axis=0)[same]
    metres = np.hypot(*step.T)
    middle = ends[:-1][same] + step / 2 + aside_m * np.column_stack([-step[:, 1], step[:, 0]]) / metres[:, None]
    point, part = shapely.STRtree(parts).query(shapely.points(middle), predicate="within")
    return np.asarray(np.bincount(part, weights=metres[point], minlength=len(parts)), dtype=np.float64)


def _street_names(extract: Extract, xy: Floats, study_area: shapely.Geometry, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Streets by name, the pieces of each joined to lines; of those of one name the widest class."""
    tags = extract.elements.way_tags
    rank = _first(tags.values("highway"), ROADS)
    ways = np.flatnonzero((rank < len(ROADS)) & _named(tags.values))
    lines, way = pieces(extract, xy, ways)
    near = shapely.intersects(study_area, lines)
    names = _names(tags.take(ways).values).assign(rank=rank[ways]).iloc[way[near]].assign(line=lines[near])
    by_name = names.groupby("name", sort=True)
    found = by_name.first()
    kind = np.array(list(ROADS), dtype=object)[by_name["rank"].min()]
    joined = by_name["line"].agg(lambda parts: shapely.line_merge(shapely.multilinestrings(parts.to_numpy())))
    columns = {"kind": kind, "name": found.index, "zh": found["zh"].array, "en": found["en"].array, "size_m": 0.0}
    return gpd.GeoDataFrame(columns, geometry=joined.to_numpy(), crs=crs)


def _object_names(objects: Objects, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Grounds, settlements and stations at a point inside each, rivers along their lines."""
    ground, area, dimensions = _ground_kinds(objects), objects.area_m2, shapely.get_dimensions(objects.geometry)
    kinds = {name: isin(ground, values) & (area >= LEAST_M2) for name, values in NAMED_GROUNDS.items()}
    kinds["river"] = ground == "river"
    place = objects.values("place")
    kinds |= {name: isin(place, values) & (dimensions == 0) for name, values in SETTLEMENTS.items()}
    kinds["station"] = isin(objects.values("railway"), STATIONS)
    kind = np.select(list(kinds.values()), list(kinds), default="")
    rows = np.flatnonzero((kind != "") & _named(objects.values))
    names = _names(objects.values).iloc[rows].reset_index(drop=True)
    shapes = objects.geometry[rows]
    at = np.where(kind[rows] == "river", shapes, shapely.point_on_surface(shapes))
    columns = {"kind": kind[rows], **names, "size_m": np.sqrt(np.nan_to_num(area[rows]))}
    return gpd.GeoDataFrame(columns, geometry=at, crs=crs)


def _named(values: Values) -> Bools:
    named: Bools = (values("name") != "") | (values("name:zh") != "")
    return named


def _names(values: Values) -> pd.DataFrame:
    """Columns name, and zh and en where they differ from it."""
    name, zh, en = values("name"), values("name:zh"), values("name:en")
    name = np.where(name == "", zh, name)
    return pd.DataFrame({"name": name, "zh": np.where(zh == name, "", zh), "en": np.where(en == name, "", en)})


def _first(values: Texts, classes: Mapping[str, Sequence[str]]) -> Ints:
    """Shape (rows,): position of the first class that lists each value, as many as there are for none."""
    found = [isin(values, options) for options in classes.values()]
    return np.select(found, range(len(classes)), default=len(classes))


def _joined(frames: list[gpd.GeoDataFrame], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=crs)
