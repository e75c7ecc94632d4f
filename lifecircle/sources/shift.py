"""The coordinates that a source says it holds, against those it holds: WGS 84, GCJ-02 or BD-09.

A source is laid over the buildings and streets of the map as each system would have it. In the right one places stand
in buildings, outlines lie on outlines and lines follow streets, and some dozens of metres to any side they do so no
longer. A system is named only where it fits that sharply and the declared one does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from rasterio.features import rasterize
from rasterio.transform import from_origin
from scipy.ndimage import maximum_filter

from lifecircle.model import Floats, Geometries, Streets
from lifecircle.sources.coordinates import FROM_WGS84, TO_WGS84, in_china

Rows = TypeVar("Rows", Floats, Geometries)
Drawn = npt.NDArray[np.uint8]

CELL_M = 2.5
LARGEST_M = 6_000.0
"""Side of the square around a site that is looked at, at most."""
LINE_M = 5.0
"""A place this near to a street stands on it."""
BESIDE_M = 3.0
"""How far inside and outside a polygon its outline is felt for."""
BUILDING_M2 = 20_000.0
"""A larger polygon is ground rather than a building."""
STEP_M = 15.0
"""Between the samples along a line."""
MOST = 2_000
"""Shapes and samples of a source, and ten times the outlines of buildings, that are looked at."""
RING_M = (60.0, 300.0, 40.0)
"""Nearest and farthest of the places aside that a fit is held against, and how far they stand apart."""
LEAST_KNOWN = 0.2
"""Part of a source that must lie where the map has data."""
LEAST_ASIDE = 30
"""Places aside that must."""
SAME = 0.5
"""Two outlines with this part of their ground in common are one building's."""
SURE = 3.5
"""Spreads above chance from which a system is named."""
APART = 2.5
"""Spreads that it must stand above the declared system and above any other."""


@dataclass(frozen=True)
class Reading:
    """One way to take a source: the systems of its own coordinates and of the map's."""

    source: str
    map: str = "wgs84"


@dataclass(frozen=True)
class Ground:
    """What is known of a site's surroundings, in cells of ``CELL_M``, row 0 in the north."""

    west: float
    north: float
    outlines: Geometries
    """The buildings."""
    buildings: Drawn
    """Shape (rows, columns): 1 inside a building."""
    streets: Drawn
    """Shape (rows, columns): 1 on a street."""
    edges: Drawn
    """Shape (rows, columns): 1 on a street, a wall or the outline of an area."""
    known: Drawn
    """Shape (rows, columns): 1 where the map has data."""

    def at(self, layer: Drawn, xy: Floats) -> Drawn:
        """A layer's values at points (..., 2) in metres; 0 outside."""
        column = np.floor((xy[..., 0] - self.west) / CELL_M).astype(np.int64)
        row = np.floor((self.north - xy[..., 1]) / CELL_M).astype(np.int64)
        inside = (row >= 0) & (row < layer.shape[0]) & (column >= 0) & (column < layer.shape[1])
        return np.where(inside, layer[np.where(inside, row, 0), np.where(inside, column, 0)], 0).astype(np.uint8)


@dataclass(frozen=True)
class Sample:
    """Points of a source that one kind of evidence is told by."""

    xy: Floats
    weight: Floats
    """Shape (n,): above 0 where a point should hit, below 0 where it should not."""
    pieces: int
    """How many pieces of evidence they are, independent of each other."""


@dataclass(frozen=True)
class Fit:
    """How well one reading fits by one kind of evidence."""

    share: float
    """Of the points that should hit those that do, less those that should not and do, where the map has data."""
    chance: float
    """The same some dozens of metres aside."""
    known: float
    """Part of the points that lie where the map has data."""
    spreads: float
    """How far the share stands above chance; 0 where any place aside fits as well."""


@dataclass(frozen=True)
class Finding:
    """A source whose coordinates are not what they are declared to be."""

    reading: Reading
    kind: str
    """What tells: in buildings, on streets, on outlines, along streets, along edges or through buildings."""
    found: float
    """Share of its points or length (of its outlines: those that cover a building of the map) taken so."""
    declared: float
    """The same as declared."""
    chance: float
    """The same some dozens of metres aside."""
    outlines: int
    """Number of its polygons, where they tell."""


def segments(streets: Streets) -> Geometries:
    """Shape (s,): the pieces of ways between two nodes, as lines in metres."""
    way = np.repeat(np.arange(len(streets.way_id)), np.diff(streets.way_start))
    one, other = streets.way_node[:-1], streets.way_node[1:]
    real = (way[:-1] == way[1:]) & (one >= 0) & (other >= 0)
    ends = np.stack([streets.node_xy[one[real]], streets.node_xy[other[real]]], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object)


def ground(
    buildings: Geometries,
    streets: Geometries,
    edges: Geometries,
    extent: shapely.Geometry,
    around: shapely.Geometry,
) -> Ground:
    """The map drawn in the middle of ``around``: buildings, streets, other lines and areas whose outlines show on
    the ground, and where it has data (``extent``). All in metres."""
    west, south, east, north = shapely.bounds(around)
    width, height = min(east - west, LARGEST_M), min(north - south, LARGEST_M)
    west, north = (west + east - width) / 2, (south + north + height) / 2
    window = shapely.box(west, north - height, west + width, north)
    shape = (int(np.ceil(height / CELL_M)), int(np.ceil(width / CELL_M)))

    def filled(shapes: Geometries) -> Drawn:
        near = shapes[shapely.intersects(window, shapes)]
        if not len(near):
            return np.zeros(shape, dtype=np.uint8)
        return np.asarray(rasterize(near, shape, transform=from_origin(west, north, CELL_M, CELL_M), dtype="uint8"))

    def traced(lines: Geometries) -> Drawn:
        near = lines[(shapely.length(lines) > 0) & shapely.intersects(window, lines)]
        xy = shapely.get_coordinates(shapely.segmentize(near, CELL_M))
        row, column = ((north - xy[:, 1]) // CELL_M).astype(int), ((xy[:, 0] - west) // CELL_M).astype(int)
        inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
        out = np.zeros(shape, dtype=np.uint8)
        out[row[inside], column[inside]] = 1
        return np.asarray(maximum_filter(out, 1 + 2 * int(LINE_M // CELL_M)))

    drawn = traced(streets)
    outlines = np.where(shapely.get_dimensions(edges) == 2, shapely.boundary(edges), edges)
    return Ground(
        west, north, buildings, filled(buildings), drawn, drawn | traced(outlines), filled(np.array([extent]))
    )


def find(
    here: Ground, shapes: Geometries, crs: pyproj.CRS, declared: str, *, map_may_err: bool = True
) -> Finding | None:
    """What a source's coordinates are where they are not ``declared``, else None; None too where nothing tells.

    ``shapes`` stand in metres of ``crs`` as the declared system (wgs84, gcj02 or bd09) puts them.
    """
    shapes = shapes[np.isfinite(shapely.bounds(shapes)).all(axis=1)]  # half a globe away a shape has no metres
    shapes = _thinned(_sorted(shapes), MOST)
    lonlat = gpd.GeoSeries(shapes, crs=crs).to_crs(4326).to_numpy()
    if not in_china(shapely.get_coordinates(lonlat)).any():
        return None
    readings = _readings(declared, map_may_err)
    placed = {reading: _placed(lonlat, crs, declared, reading) for reading in readings}
    fits = fits_of(here, placed)
    if not fits:
        return None
    best, kind = _best(fits, readings)
    if best is None:
        return None
    told, now = fits[kind][best], fits[kind][readings[0]]
    if kind != "on outlines":
        return Finding(best, kind, abs(told.share), abs(now.share * now.known), abs(told.chance), 0)
    taken, before = (_overlap(here, placed[reading]) > SAME for reading in (best, readings[0]))
    return Finding(best, kind, float(taken.mean()), float(before.mean()), 0.0, len(taken))


def _readings(declared: str, map_may_err: bool) -> list[Reading]:
    """The declared reading first. A map in the declared system is as if source and map both were in WGS 84."""
    others = [system for system in TO_WGS84 if system != declared]
    maps = [Reading(declared, system) for system in others if system != "wgs84"] if map_may_err else []
    return [Reading(declared), *(Reading(system) for system in others), *maps]


def _placed(lonlat: Geometries, crs: pyproj.CRS, declared: str, reading: Reading) -> Geometries:
    def moved(xy: Floats) -> Floats:
        given = FROM_WGS84[declared](xy)
        return FROM_WGS84[reading.map](TO_WGS84[reading.source](given))

    shapes = lonlat if reading == Reading(declared) else shapely.transform(lonlat, moved)
    return np.asarray(gpd.GeoSeries(shapes, crs=4326).to_crs(crs).to_numpy())


def fits_of(here: Ground, placed: Mapping[Reading, Geometries]) -> dict[str, dict[Reading, Fit]]:
    """For each kind of evidence that a source has, how its readings fit."""
    taken = {reading: _samples(shapes) for reading, shapes in placed.items()}
    kinds = sorted(set.intersection(*(set(samples) for samples in taken.values())))
    return {kind: {reading: _fit(here, kind, samples[kind]) for reading, samples in taken.items()} for kind in kinds}


def _best(fits: dict[str, dict[Reading, Fit]], readings: list[Reading]) -> tuple[Reading | None, str]:
    """The reading that stands out, and the evidence it does so by; None where none but the declared one may."""
    strength = {reading: max((fit[reading].spreads, kind) for kind, fit in fits.items()) for reading in readings}
    ranked = sorted(readings[1:], key=lambda reading: -strength[reading][0])
    spreads, kind = strength[ranked[0]]
    rivals = max(strength[reading][0] for reading in (readings[0], *ranked[1:]))
    return (ranked[0] if spreads >= SURE and spreads - rivals >= APART else None), kind


def _fit(here: Ground, kind: str, sample: Sample) -> Fit:
    xy = sample.xy + np.vstack([np.zeros((1, 2)), _aside()])[:, None]
    layer = {"on streets": here.streets, "along streets": here.streets, "along edges": here.edges}.get(
        kind, here.buildings
    )
    known = here.at(here.known, xy)
    should = np.where(sample.weight > 0, sample.weight, 0) if (sample.weight > 0).any() else -sample.weight
    of = known @ should
    share = (known * here.at(layer, xy)) @ sample.weight / np.maximum(of, 1e-9)
    part = of[0] / should.sum()
    aside = share[1:][of[1:] >= of[0] / 2]
    if part < LEAST_KNOWN or len(aside) < LEAST_ASIDE:
        return Fit(float(share[0]), float("nan"), float(part), 0.0)
    spread = max(float(aside.std()), 0.5 / np.sqrt(sample.pieces * part))
    above = (share[0] - aside.mean()) / spread if share[0] > aside.max() else 0.0
    return Fit(float(share[0]), float(aside.mean()), float(part), float(above))


def _aside() -> Floats:
    near, far, step = RING_M
    x, y = np.meshgrid(*[np.arange(-far, far + step / 2, step)] * 2)
    length = np.hypot(x, y).ravel()
    return np.column_stack([x.ravel(), y.ravel()])[(length >= near) & (length <= far)]


def _samples(shapes: Geometries) -> dict[str, Sample]:
    """The kinds of evidence that shapes give: points, outlines of buildings, courses of lines and large outlines."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    kind = shapely.get_type_id(parts)
    small = (kind == 3) & (shapely.area(parts) <= BUILDING_M2)
    points = np.unique(np.round(shapely.get_coordinates(parts[kind == 0])), axis=0)
    courses = np.concatenate([parts[kind == 1], shapely.boundary(parts[(kind == 3) & ~small])])
    out: dict[str, Sample] = {}
    if len(points):
        one = np.ones(len(_thinned(points, MOST)))
        out |= {name: Sample(_thinned(points, MOST), one, len(one)) for name in ("in buildings", "on streets")}
    if small.any():
        out["on outlines"] = _outlines(_thinned(_sorted(parts[small]), MOST // 10))
    if len(courses):
        along = _along(_sorted(courses), MOST)
        pieces = 1 + int(shapely.length(courses).sum() / 100)
        out |= {name: Sample(along, np.ones(len(along)), pieces) for name in ("along streets", "along edges")}
        out["through buildings"] = Sample(along, -np.ones(len(along)), pieces)
    return out


def _sorted(shapes: Geometries) -> Geometries:
    return shapes[np.lexsort(shapely.bounds(shapes).T)]


def _along(lines: Geometries, most: int) -> Floats:
    """Points along lines, ``STEP_M`` apart or a little less."""
    return _thinned(shapely.get_coordinates(shapely.segmentize(lines, STEP_M)), most)


def _thinned(rows: Rows, most: int) -> Rows:
    return rows[:: max(1, -(-len(rows) // most))]


def _outlines(polygons: Geometries) -> Sample:
    """Points just inside the polygons, which should be in buildings, and just outside, which should not."""
    sides = [shapely.buffer(polygons, side, join_style="mitre") for side in (-BESIDE_M, BESIDE_M)]
    inner, outer = (_along(shapely.boundary(side), MOST // 2) for side in sides)
    weight = np.concatenate([np.full(len(inner), 1 / max(len(inner), 1)), np.full(len(outer), -1 / len(outer))])
    return Sample(np.vstack([inner, outer]), weight, 4 * len(polygons))


def _overlap(here: Ground, shapes: Geometries) -> Floats:
    """Shape (n,): of each polygon and the building that it covers best, the common ground over the ground of both."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    areas = shapely.make_valid(parts[shapely.get_type_id(parts) == 3])
    out = np.zeros(len(areas))
    if len(here.outlines):
        row, hit = shapely.STRtree(here.outlines).query(areas, predicate="intersects")
        common = shapely.area(shapely.intersection(areas[row], here.outlines[hit]))
        both = shapely.area(areas[row]) + shapely.area(here.outlines[hit]) - common
        np.maximum.at(out, row, common / np.maximum(both, 1e-9))
    return out
