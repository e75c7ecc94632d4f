"""What to doubt in the coordinates of a site's sources, in words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyproj
import shapely

from lifecircle.messages import Message, msg
from lifecircle.model import Note
from lifecircle.site import BoundaryFile, NetworkFile, SiteFile, TableFile
from lifecircle.sources.coordinates import TO_WGS84
from lifecircle.sources.shift import Finding, Ground, find
from lifecircle.sources.tables import read_table

NAMES = {"wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09"}
Source = BoundaryFile | NetworkFile | TableFile


def doubts(file: SiteFile, here: Ground, crs: pyproj.CRS, boundary: shapely.Geometry) -> Iterator[Note]:
    """A note for each source whose coordinates are in another system than declared: the evidence and the mend.

    Raises InputError.
    """
    map_may_err = file.osm is not None and file.osm.coords is None
    for source in _sources(file):
        shapes, system = boundary, source.coords
        if source is not file.boundary:
            table = read_table(source)
            shapes, system = table.frame.to_crs(crs).geometry.to_numpy(), table.system
        if source is file.boundary or source is file.enclosures:
            shapes = shapely.boundary(shapes)
        declared = system if system in TO_WGS84 else "wgs84"
        found = find(here, np.atleast_1d(shapes), crs, declared, map_may_err=map_may_err)
        if found is not None:
            yield Note("doubt", _told(source, declared, found))


def _sources(file: SiteFile) -> list[Source]:
    """Those that hold shapes of their own, each once. A graph of osmnx is the map's, and so are the only streets."""
    own = [source for source in file.demand if isinstance(source, TableFile)]
    one = [file.buildings, file.gates, file.walls, file.enclosures]
    lines = [file.network] if file.osm and file.network and file.network.file.suffix.lower() != ".graphml" else []
    given: list[Source] = [file.boundary, *file.facilities, *own, *(source for source in one if source), *lines]
    return list({(source.file, source.layer, source.coords): source for source in given}.values())


def _told(source: Source, declared: str, found: Finding) -> Message:
    name, evidence = source.file.name, evidence_of(found)
    if found.reading.map != "wgs84":
        return msg(
            "the map seems to be in {system}: taken so, of {file} {evidence}; write `coords: {coords}` under `osm:`",
            system=NAMES[found.reading.map],
            file=name,
            evidence=evidence,
            coords=found.reading.map,
        )
    system = NAMES[found.reading.source]
    if (source.coords or "").startswith("EPSG"):
        return msg(
            "{file} seems to hold {system} under its {declared}: taken so, {evidence}; convert it from {system}",
            file=name,
            system=system,
            declared=source.coords,
            evidence=evidence,
        )
    return msg(
        "{file} seems to be in {system}, not in {declared}: taken so, {evidence}; write `coords: {coords}`",
        file=name,
        system=system,
        declared=NAMES[declared],
        evidence=evidence,
        coords=found.reading.source,
    )


def evidence_of(found: Finding) -> Message:
    """The numbers that tell, as a part of a sentence."""
    if found.kind == "on outlines":
        return msg(
            "{same} of {total} outlines cover a building of the map instead of {before}",
            same=round(found.found * found.outlines),
            total=found.outlines,
            before=round(found.declared * found.outlines),
        )
    return msg(
        "{found:.0%} of {what} instead of {declared:.0%} ({chance:.0%} by chance)",
        found=found.found,
        what=_what(found.kind),
        declared=found.declared,
        chance=found.chance,
    )


def _what(kind: str) -> Message:
    if kind == "in buildings":
        return msg("the points stand in buildings")
    if kind == "on streets":
        return msg("the points stand on streets")
    if kind == "along streets":
        return msg("the length follows streets")
    if kind == "along edges":
        return msg("the length follows streets, walls and outlines of the map")
    return msg("the length runs through buildings")
