"""Walkable streets from elsewhere than an OSM extract: GraphML of osmnx, or a line layer."""

from __future__ import annotations

import pyproj

from lifecircle.errors import Fault, InputError
from lifecircle.model import Streets
from lifecircle.site import NetworkFile


def read_streets(source: NetworkFile, crs: pyproj.CRS) -> Streets:
    """Walkable ways in metres. Raises InputError."""
    raise InputError(Fault(str(source.file), "networks of this kind are not read yet", "use `osm:`"))
