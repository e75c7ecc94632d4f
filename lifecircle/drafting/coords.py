"""Which system coordinates are in, told by where they fall when read in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely

from lifecircle.drafting.folder import Layer
from lifecircle.messages import Message, msg
from lifecircle.model import Floats, Geometries
from lifecircle.sources.columns import system_of
from lifecircle.sources.coordinates import bd09_to_wgs84, gcj02_to_wgs84

NEAR_DEGREES = 0.2
"""Data this far from the streets are of another place."""
PREFIX = 1_000_000.0
"""An easting holds its zone's number in millions."""
NORTHINGS = (1_500_000.0, 6_500_000.0)
"""Of China, in metres; no easting is one, with its zone or without."""
VENDORS = {"amap": msg("Amap"), "baidu": msg("Baidu"), "tencent": msg("Tencent")}
SHIFTED = {"gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}


@dataclass(frozen=True)
class Situated:
    """A layer's coordinates."""

    coords: str | None
    """What to write as `coords:`; None where the file itself says it."""
    why: Message | None
    shapes: Geometries
    """Shape (n,): the shapes that there are, in WGS 84 degrees; empty where no system fits."""


def situate(layer: Layer, place: Floats | None, vendor: str | None = None) -> Situated:
    """The system that takes a layer to a place.

    ``place``: bounds in degrees of where the data should lie; None where nobody knows, and then a system is taken
    that needs none. ``vendor``: the map that a table was exported from.
    """
    for coords, why in _options(layer, place, vendor):
        shapes = _degrees(layer, coords)
        if is_near(shapes, place):
            return Situated(coords, why, shapes)
    return Situated(None, None, np.empty(0, dtype=object))


def _options(layer: Layer, place: Floats | None, vendor: str | None) -> Iterator[tuple[str | None, Message | None]]:
    """Systems that the coordinates could be in, the likeliest first, each with its reason."""
    if layer.crs is not None:
        yield None, None
        return
    xy = shapely.get_coordinates(layer.drawn)
    if not len(xy):
        return
    if (np.abs(np.median(xy, axis=0)) <= 180).all():
        yield _degree_system(layer, vendor)
        return
    middle = np.median(xy, axis=0)
    zone = int(middle[1 if _in_northings(layer.drawn) else 0] // PREFIX)
    if 25 <= zone <= 45:
        yield (
            f"EPSG:{4513 + zone - 25}",
            msg("eastings begin with the zone {zone}: CGCS2000, 3 degrees wide", zone=zone),
        )
    if 13 <= zone <= 23:
        yield (
            f"EPSG:{4491 + zone - 13}",
            msg("eastings begin with the zone {zone}: CGCS2000, 6 degrees wide", zone=zone),
        )
    if place is not None and zone == 0:
        meridian = int(np.clip(round((place[0] + place[2]) / 6) * 3, 75, 135))
        why = msg("eastings without a zone: CGCS2000 on the meridian {degrees} fits the streets", degrees=meridian)
        yield f"EPSG:{4534 + (meridian - 75) // 3}", why


def _degree_system(layer: Layer, vendor: str | None) -> tuple[str, Message]:
    if vendor is not None:
        system = "bd09" if vendor == "baidu" else "gcj02"
        return system, msg("exports of {vendor} are in it", vendor=VENDORS[vendor])
    titles = [layer.roles[role] for role in ("location", "longitude", "latitude") if role in layer.roles]
    named = [found for title in titles if (found := system_of(title))]
    if named:
        return named[0], msg("the title {title} says so", title=titles[0])
    return "wgs84", msg("nothing in the file says so; points picked on Amap or Tencent are gcj02, on Baidu bd09")


def _degrees(layer: Layer, coords: str | None) -> Geometries:
    """The shapes in WGS 84; eastings and northings may stand in either order."""
    shapes = layer.drawn
    if coords in SHIFTED:
        return np.asarray(shapely.transform(shapes, SHIFTED[coords]))
    if coords is not None and _in_northings(shapes):
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    crs = layer.crs if coords is None else pyproj.CRS("EPSG:4326" if coords == "wgs84" else coords)
    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    return np.asarray(shapely.transform(shapes, lambda xy: np.column_stack(to_degrees.transform(*xy.T))))


def _in_northings(shapes: Geometries) -> bool:
    """Whether the first of two coordinates is the northing, as official tables have it."""
    first = np.median(shapely.get_coordinates(shapes)[:, 0])
    return bool(NORTHINGS[0] < first < NORTHINGS[1])


def is_near(shapes: Geometries, place: Floats | None) -> bool:
    """Whether any shape lies about bounds in degrees; True where nobody knows them."""
    if not len(shapes):
        return False
    if place is None:
        return True
    west, south, east, north = place
    around = shapely.box(west, south, east, north).buffer(NEAR_DEGREES)
    return bool(shapely.intersects(around, shapes).any())
