"""Whether coordinates are in the system they are taken for, by how they lie on the map."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely

from lifecircle.drafting.coords import Situated
from lifecircle.messages import msg
from lifecircle.sources import osm, shift
from lifecircle.sources.boundary import local_crs, moved
from lifecircle.sources.coordinates import FROM_WGS84, TO_WGS84
from lifecircle.sources.doubts import evidence_of

AROUND_M = 3_000.0
EDGES = ("barrier", "landuse", "natural", "leisure", "waterway", "railway")

Weighed = Callable[[Situated], Situated]


def weigher(extract: osm.Extract, outline: shapely.Geometry) -> Weighed:
    """What holds the system of coordinates in degrees against the map around an outline in WGS 84.

    A system that fits better than the one assumed takes its place; where nothing tells, nothing changes.
    """
    crs = local_crs(outline)
    around = shapely.buffer(moved(crs, outline), AROUND_M)
    xy = osm.projected(extract, crs)
    objects = osm.objects(extract, xy, ["building", *EDGES], around)
    building = (objects.values("building") != "") & np.isfinite(objects.area_m2)
    lines = shift.segments(osm.streets(extract, xy))
    ground = shift.ground(objects.geometry[building], lines, objects.geometry[~building], around, around)

    def weighed(situated: Situated) -> Situated:
        if situated.coords not in TO_WGS84 or not len(situated.shapes):
            return situated
        shapes = gpd.GeoSeries(situated.shapes, crs=4326)
        found = shift.find(ground, shapes.to_crs(crs).to_numpy(), crs, situated.coords, map_may_err=False)
        if found is None:
            return situated
        system = found.reading.source
        own = shapely.transform(situated.shapes, FROM_WGS84[situated.coords])
        why = msg("it fits the map so: {evidence}", evidence=evidence_of(found))
        return Situated(np.asarray(shapely.transform(own, TO_WGS84[system])), system, why)

    return weighed
