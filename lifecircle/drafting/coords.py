"""Which system coordinates are in, told by where they fall when read in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from lifecircle.drafting.folder import Layer
from lifecircle.errors import InputError
from lifecircle.messages import Message, msg
from lifecircle.model import Floats, Geometries
from lifecircle.site import VENDOR_COORDS
from lifecircle.sources.columns import system_of
from lifecircle.sources.systems import advice, look, to_wgs84

NEAR_DEGREES = 0.2
"""Data this far from the streets are of another place."""
MERIDIANS = (75, 135)
"""The first and last central meridian of China's zones of 3 degrees."""
VENDORS = {"amap": msg("Amap"), "baidu": msg("Baidu"), "tencent": msg("Tencent")}
OF_FILE = msg("the file says so")
ELSEWHERE = msg("does not lie where the streets are")


@dataclass(frozen=True)
class Situated:
    """A layer's coordinates."""

    shapes: Geometries
    """Shape (n,): the shapes that there are, in WGS 84 degrees; empty where no system fits."""
    coords: str | None
    """What to write as `coords:`; None where the file itself says it."""
    why: Message
    """What tells the system, or why none fits."""


def situate(layer: Layer, place: Floats | None, vendor: str | None = None) -> Situated:
    """The system that takes a layer to a place.

    ``place``: bounds in degrees of where the data should lie; None where nobody knows, and then a system is taken
    that needs none. ``vendor``: the map that a table was exported from.
    """
    reason = advice(look(shapely.get_coordinates(layer.drawn)))
    for coords, why in _options(layer, place, vendor):
        frame = gpd.GeoDataFrame(geometry=layer.drawn, crs=layer.crs)
        try:
            shapes = to_wgs84(frame, coords, str(layer.path), layer.path.name).frame.geometry.to_numpy()
        except InputError as error:
            reason = error.faults[0].what
            continue
        if is_near(shapes, place):
            return Situated(shapes, coords, why)
        reason = ELSEWHERE
    return Situated(np.empty(0, dtype=object), None, reason)


def _options(layer: Layer, place: Floats | None, vendor: str | None) -> Iterator[tuple[str | None, Message]]:
    """Systems that the coordinates could be in, the likeliest first, each with its reason."""
    seen = look(shapely.get_coordinates(layer.drawn))
    if layer.crs is not None:
        yield None, OF_FILE
    elif seen.kind == "degrees":
        yield _degree_system(layer, vendor)
    elif seen.coords is not None:
        yield seen.coords, msg("eastings begin with the zone {zone}; taken as CGCS2000", zone=seen.zone)
    elif seen.kind == "grid" and place is not None:
        meridian = int(np.clip(round((place[0] + place[2]) / 6) * 3, *MERIDIANS))
        why = msg("eastings without a zone; CGCS2000 on the meridian {degrees} fits the streets", degrees=meridian)
        yield f"EPSG:{4534 + (meridian - MERIDIANS[0]) // 3}", why


def _degree_system(layer: Layer, vendor: str | None) -> tuple[str, Message]:
    if vendor is not None:
        return VENDOR_COORDS[vendor], msg("exports of {vendor} are in it", vendor=VENDORS[vendor])
    titles = [layer.roles[role] for role in ("location", "longitude", "latitude") if role in layer.roles]
    named = [found for title in titles if (found := system_of(title))]
    if named:
        return named[0], msg("the title {title} says so", title=titles[0])
    return "wgs84", msg("nothing in the file says so; points picked on Amap or Tencent are gcj02, on Baidu bd09")


def is_near(shapes: Geometries, place: Floats | None) -> bool:
    """Whether any shape lies about bounds in degrees; True where nobody knows them."""
    if place is None:
        return True
    around = shapely.box(*place).buffer(NEAR_DEGREES)
    return bool(shapely.intersects(around, shapes).any())
