"""Which system coordinates are in, and from there to WGS 84; what is declared is held against the numbers.

Chinese grids (CGCS2000, Xian 1980, Beijing 1954) come with and without the zone before the easting and with either
axis first; a declaration that misses only that is followed in its sense, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from lifecircle.errors import Fault, InputError, row_of
from lifecircle.messages import Message, msg
from lifecircle.model import Bools, Floats, Note
from lifecircle.sources import coordinates

Kind = Literal["degrees", "zoned", "grid", "local", "other"]
SHIFTS: dict[str, Callable[[Floats], Floats]] = {
    "gcj02": coordinates.gcj02_to_wgs84,
    "bd09": coordinates.bd09_to_wgs84,
}
CGCS2000 = 4490
LOCAL_M = 20_000
"""No grid of a country begins so near to its zero; a surveyor's own does."""
OFF_DEGREES = 4.0
"""How far from its central meridian a zone is believed; a grid of a whole country as far as that reaches."""
SPARE_DEGREES = 5.0
"""How far beyond its area of use any other system is."""
ROUGH = {"Krassowsky 1940": "Beijing 1954", "IAG 1975": "Xian 1980"}
"""Ellipsoids of systems that have no published exact way to WGS 84."""


@dataclass(frozen=True)
class Look:
    """What coordinates look like by their numbers alone."""

    kind: Kind
    swapped: bool = False
    """Latitude before longitude, or northing before easting."""
    zone: int = 0
    """Before the easting: 25 to 45 of 3 degrees, 16 to 23 of 6 (below that it may be Web Mercator); 0 for none."""

    @property
    def coords(self) -> str | None:
        """The system they are in if they are of CGCS2000, as a site file writes it; None where that is open."""
        if self.kind != "zoned":
            return None
        return f"EPSG:{4488 + self.zone if self.zone >= 25 else 4478 + self.zone}"


def look(xy: Floats) -> Look:
    """What coordinates, shape (n, 2), look like; ``other`` where they do not agree."""
    xy = xy[np.isfinite(xy).all(axis=1)]
    if not len(xy):
        return Look("other")
    for swapped in (False, True):
        x, y = np.abs(xy[:, ::-1] if swapped else xy).T
        if (x <= 180).all() and (y <= 90).all():
            return Look("degrees", swapped)
    if (np.abs(xy) < LOCAL_M).all():
        return Look("local")
    for swapped in (False, True):
        x, y = (xy[:, ::-1] if swapped else xy).T
        north = ((y > 1.5e6) & (y < 6.5e6)).all()
        zone = np.unique(np.floor(x / 1e6))
        if north and ((x % 1e6 > 1e5) & (x % 1e6 < 9e5)).all() and len(zone) == 1:
            if zone[0] == 0:
                return Look("grid", swapped)
            if 16 <= zone[0] <= 23 or 25 <= zone[0] <= 45:
                return Look("zoned", swapped, int(zone[0]))
    return Look("other")


def advice(seen: Look) -> Message:
    """What to write as ``coords:`` for coordinates that look so."""
    if seen.kind == "degrees":
        return msg("write `coords:` in the site file: wgs84, gcj02 (Amap, Tencent), bd09 (Baidu) or EPSG:4490")
    if seen.kind == "zoned":
        return msg("write `coords: {coords}` if it is CGCS2000, zone {zone}", coords=seen.coords, zone=seen.zone)
    if seen.kind == "grid":
        return msg(
            "write `coords:` by the central meridian, for CGCS2000 EPSG:4534 (75° E) to 4554 (135° E), 3° a step"
        )
    if seen.kind == "local":
        return msg("these are a surveyor's own coordinates: have them brought to CGCS2000, then say that in `coords:`")
    return msg("say the system in `coords:` (wgs84, gcj02, bd09 or EPSG:...)")


@dataclass(frozen=True)
class Placed:
    """A frame in WGS 84, the name of the system it came in, and what was done about it."""

    frame: gpd.GeoDataFrame
    system: str
    crs: pyproj.CRS
    """The same to compute with; WGS 84 for the shifted systems of maps, which are no CRS."""
    notes: tuple[Note, ...] = ()


def to_wgs84(frame: gpd.GeoDataFrame, coords: str | None, where: str, file: str) -> Placed:
    """A frame, its index the rows as a person counts them, in WGS 84 (longitude, latitude).

    ``coords`` is what the site file declares, else the file's own system counts; ``where`` and ``file`` are what faults
    and notes name. Raises InputError.
    """
    flat = shapely.force_2d(frame.geometry.to_numpy())
    raw = frame.set_geometry(gpd.GeoSeries(flat, frame.index)).set_crs(None, allow_override=True)
    if coords in SHIFTS:
        return _unshifted(raw, coords, where, file)
    crs = frame.crs if coords is None else _crs(coords, where)
    seen = look(shapely.get_coordinates(flat))
    if crs is None:
        raise InputError(Fault(where, msg("does not say its coordinate system"), advice(seen)))
    loose = Fault(
        where,
        msg("its coordinate system ({name}) is not tied to the Earth", name=crs.name),
        msg("say the system as `coords: EPSG:...`"),
    )
    if not (crs.is_geographic or crs.is_projected):
        raise InputError(loose)
    try:
        placed = _from_degrees(raw, crs, where, file) if crs.is_geographic else _from_metres(raw, crs, where, file)
    except pyproj.exceptions.ProjError:
        raise InputError(loose) from None
    return replace(placed, notes=(*placed.notes, *_rough(crs, file)))


def _crs(coords: str, where: str) -> pyproj.CRS:
    try:
        return pyproj.CRS.from_user_input(4326 if coords == "wgs84" else coords)
    except pyproj.exceptions.CRSError:
        mend = msg("give an EPSG code that exists")
        raise InputError(Fault(where, msg("coords {coords} is unknown", coords=coords), mend)) from None


def _moved(frame: gpd.GeoDataFrame, change: Callable[[Floats], Floats]) -> gpd.GeoDataFrame:
    return frame.set_geometry(gpd.GeoSeries(shapely.transform(frame.geometry.to_numpy(), change), frame.index))


def _swapped(xy: Floats) -> Floats:
    return xy[:, ::-1]


def _in_degrees(frame: gpd.GeoDataFrame, where: str, file: str) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Longitude before latitude. Raises InputError for what are no degrees."""
    xy, row = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    bad = ~((np.abs(xy[:, 0]) <= 180) & (np.abs(xy[:, 1]) <= 90))
    if not bad.any():
        return frame, ()
    if look(xy) == Look("degrees", swapped=True):
        return _moved(frame, _swapped), (
            Note("repaired", msg("{file}: latitude stands before longitude; read the other way round", file=file)),
        )
    rows = frame.index[np.unique(row[bad])]
    seen = look(xy[bad])
    what = msg("not degrees in {n} {n:row|rows}", n=len(rows))
    mend = msg("swap the columns of longitude and latitude there") if seen.kind == "degrees" else advice(seen)
    raise InputError(Fault(row_of(where, rows[0]), what, mend))


def _unshifted(frame: gpd.GeoDataFrame, coords: str, where: str, file: str) -> Placed:
    frame, notes = _in_degrees(frame, where, file)
    xy, row = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    abroad = ~coordinates.in_china(xy)
    if len(xy) and abroad.all():
        what = msg("is declared {coords}, but no place of it is in China", coords=coords)
        raise InputError(Fault(where, what, msg("write `coords: wgs84`, or what it is in")))
    if abroad.any():
        count = len(np.unique(row[abroad]))
        told = msg(
            "{file}: {count} {count:place outside China is left as it is|places outside China are left as they are}",
            file=file,
            count=count,
        )
        notes = (*notes, Note("doubt", told))
    return Placed(_moved(frame, SHIFTS[coords]).set_crs(4326), coords, pyproj.CRS(4326), notes)


def _from_degrees(frame: gpd.GeoDataFrame, crs: pyproj.CRS, where: str, file: str) -> Placed:
    seen = look(shapely.get_coordinates(frame.geometry.to_numpy()))
    if crs.to_epsg() == CGCS2000 and seen.coords is not None:
        grid = pyproj.CRS.from_user_input(seen.coords)
        placed = _from_metres(frame, grid, where, file)
        told = msg("{file}: its numbers are metres of {crs}; read so", file=file, crs=grid.name)
        return replace(placed, notes=(Note("repaired", told), *placed.notes))
    frame, notes = _in_degrees(frame, where, file)
    return Placed(frame.set_crs(crs).to_crs(4326), _named(crs), crs, notes)


def _from_metres(frame: gpd.GeoDataFrame, crs: pyproj.CRS, where: str, file: str) -> Placed:
    xy, row = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    if _fits(xy, crs).all():
        return Placed(frame.set_crs(crs).to_crs(4326), _named(crs), crs)
    readings = [
        (swap, prefix)
        for swap, prefix in product((False, True), _prefixes(crs))
        if _fits(_read(xy, swap, prefix), crs).all()
    ]
    if len(readings) != 1:
        _refuse(xy, row, frame, crs, where)
    [(swap, prefix)] = readings
    found = _moved(frame, lambda numbers: _read(numbers, swap, prefix)).set_crs(crs).to_crs(4326)
    return Placed(found, _named(crs), crs, tuple(_told(swap, prefix, crs, file)))


def _read(xy: Floats, swap: bool, prefix: float) -> Floats:
    """Coordinates with the easting first and a zone added before it or taken away."""
    return (xy[:, ::-1] if swap else xy) + (prefix, 0.0)


def _told(swap: bool, prefix: float, crs: pyproj.CRS, file: str) -> Iterator[Note]:
    if swap:
        yield Note("repaired", msg("{file}: northing stands before easting; read the other way round", file=file))
    if prefix:
        zone = round(abs(prefix) / 1e6)
        without = msg("{file}: its eastings lack the zone {zone} of {crs}; added", file=file, zone=zone, crs=crs.name)
        added = msg(
            "{file}: its eastings begin with the zone {zone}; read in {crs}", file=file, zone=zone, crs=crs.name
        )
        yield Note("repaired", without if prefix > 0 else added)


def _refuse(xy: Floats, row: np.ndarray, frame: gpd.GeoDataFrame, crs: pyproj.CRS, where: str) -> None:
    """Raises InputError for every row that has no place in a system."""
    bad = ~_fits(xy, crs)
    seen = look(xy[bad])
    rows = frame.index[np.unique(row[bad])]
    first = xy[bad][0].tolist()
    what = msg("x = {x:.10g}, y = {y:.10g} lies outside {crs}", x=first[0], y=first[1], crs=crs.name)
    more = msg("{what} (so in {count} rows)", what=what, count=len(rows))
    place = row_of(where, rows[0])
    raise InputError(Fault(place, more if len(rows) > 1 else what, advice(seen)))


def _fits(xy: Floats, crs: pyproj.CRS) -> Bools:
    """Shape (n,): whether coordinates are near where a projected system is used."""
    way = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    lon, lat = way.transform(*xy.T)
    back = np.column_stack(way.transform(lon, lat, direction="INVERSE"))
    west, south, east, north = _area(crs)
    with np.errstate(invalid="ignore"):  # infinite ones lie nowhere
        near = ((lon - west) % 360 <= east - west) & (lat >= south) & (lat <= north)
    return np.asarray(near & (np.abs(back - xy) < 1).all(axis=1))


def _area(crs: pyproj.CRS) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of where a projected system is used, generously; the east is more than 180
    beyond the date line."""
    code, meridian = crs.to_epsg(), _meridian(crs)
    known = pyproj.CRS.from_epsg(code).area_of_use if code else crs.area_of_use
    anywhere = (-180.0, -90.0, 180.0, 90.0) if meridian is None else (meridian, -90.0, meridian, 90.0)
    west, south, east, north = known.bounds if known else anywhere
    if east < west:
        east += 360
    south, north = south - SPARE_DEGREES, north + SPARE_DEGREES
    if meridian is None:
        return west - SPARE_DEGREES, south, east + SPARE_DEGREES, north
    return min(west, meridian - OFF_DEGREES), south, max(east, meridian + OFF_DEGREES), north


def _meridian(crs: pyproj.CRS) -> float | None:
    """The central meridian of a transverse Mercator; None for others."""
    operation = crs.coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return None
    return _parameter(crs, "Longitude of natural origin")


def _parameter(crs: pyproj.CRS, name: str) -> float:
    parameters = crs.coordinate_operation.params if crs.coordinate_operation else []
    found = [item.value for item in parameters if item.name == name]
    return float(found[0]) if found else 0.0


def _prefixes(crs: pyproj.CRS) -> list[float]:
    """What the easting of a grid may have too much or too little of in front: nothing, or the zone in millions."""
    meridian = _meridian(crs)
    if meridian is None:
        return []
    easting = _parameter(crs, "False easting")
    if easting % 1e6 != 500_000:
        return [0.0]
    if easting > 1e6:
        return [0.0, easting - 500_000]
    zones = {meridian / 3, (meridian + 3) / 6}
    return [0.0, *sorted(-zone * 1e6 for zone in zones if zone.is_integer())]


def _named(crs: pyproj.CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code} ({crs.name})" if code else crs.name


def _rough(crs: pyproj.CRS, file: str) -> Iterator[Note]:
    name = ROUGH.get(crs.ellipsoid.name if crs.ellipsoid else "")
    if name:
        told = msg(
            "{file}: {name} is brought to WGS 84 to about 100 m only; ask for the data in CGCS2000",
            file=file,
            name=name,
        )
        yield Note("doubt", told)
