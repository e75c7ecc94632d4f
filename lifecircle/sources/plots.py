"""Where something may be built: vacant land, and buildings, vacant or not."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from lifecircle.model import PLOTS, Bools, Geometries, PlotKind, Texts
from lifecircle.sources.buildings import Own, outlined
from lifecircle.sources.osm import Objects, isin
from lifecircle.sources.tables import names_in, row_ids

VACANT_LAND = ("brownfield", "greenfield", "vacant")
"""Values of OSM's ``landuse`` of land that waits to be built on; a construction site does not."""
DISUSED = ("disused", "abandoned", "vacant")
"""Keys of OSM that say with ``yes`` that nobody uses something, and values of ``building`` that say it too."""


def no_plots(crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Where nobody knows any."""
    return gpd.GeoDataFrame(columns=list(PLOTS), geometry="geometry", crs=crs)


def vacant_land(objects: Objects, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Land of the map that nobody uses, columns ``PLOTS``."""
    landuse = objects.values("landuse")
    vacant = isin(landuse, VACANT_LAND) | ((landuse != "") & _disused(objects))
    rows = vacant & np.isfinite(objects.area_m2) & ~outlined(objects)
    return _plots("vacant-land", objects.id[rows], objects.values("name")[rows], objects.geometry[rows], crs)


def buildings_of_map(objects: Objects, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """The buildings of the map, columns ``PLOTS``; one is vacant where its tags say so."""
    vacant = _disused(objects) | isin(objects.values("building"), DISUSED)
    vacant |= (objects.values("shop") == "vacant") | (objects.values("office") == "vacant")
    rows = outlined(objects)
    kind = _kinds_of_buildings(vacant[rows])
    return _plots(kind, objects.id[rows], objects.values("name")[rows], objects.geometry[rows], crs)


def buildings_of(own: Own, vacant: Bools, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """A user's own buildings, columns ``PLOTS``."""
    return _plots(_kinds_of_buildings(vacant), own.id, own.name, own.outline, crs)


def land_of(table: gpd.GeoDataFrame, vacant: Bools, file: str, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """The vacant areas of a user's own land use, columns ``PLOTS``."""
    rows = table[vacant]
    return _plots("vacant-land", row_ids(rows, file), names_in(rows), rows.geometry.to_numpy(), crs)


def _disused(objects: Objects) -> Bools:
    return np.any([objects.values(key) == "yes" for key in DISUSED], axis=0)


def _kinds_of_buildings(vacant: Bools) -> Texts:
    return np.where(vacant, "vacant-building", "building").astype(object)


def _plots(kind: PlotKind | Texts, id: Texts, name: Texts, shapes: Geometries, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame({"kind": kind, "id": id, "name": name}, geometry=shapes, crs=crs)
    return frame[shapely.area(shapes) > 0].reset_index(drop=True)
