"""Chinese map coordinates: GCJ-02 (Amap, Tencent) and BD-09 (Baidu) to WGS 84.

The shifts are published approximations, GCJ-02's on the Krasovsky 1940 ellipsoid; they have no exact inverse, so
the inverse is iterated until it no longer moves.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lifecircle.model import Floats

A = 6378245.0
EE = 0.00669342162296594323
BD = np.pi * 3000 / 180
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north of where the shift is applied."""


def gcj02_to_wgs84(lonlat: Floats) -> Floats:
    """Degrees, shape (n, 2). Points outside China are left alone."""
    return _inverse(wgs84_to_gcj02, lonlat)


def _inverse(shift: Callable[[Floats], Floats], lonlat: Floats) -> Floats:
    """The points that a shift takes to some places."""
    before = lonlat.copy()
    for _ in range(10):
        step = lonlat - shift(before)
        before = before + step
        if not len(step) or np.abs(step).max() < 1e-12:
            break
    return before


def wgs84_to_gcj02(lonlat: Floats) -> Floats:
    """Degrees, shape (n, 2). Points outside China are left alone."""
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - 105.0, lat - 35.0
    waves = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + waves * 2 / 3
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)) * 2 / 3
    north += (160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + waves * 2 / 3
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)) * 2 / 3
    east += (150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)) * 2 / 3
    phi = np.radians(lat)
    magic = 1 - EE * np.sin(phi) ** 2
    north = np.degrees(north * magic**1.5 / (A * (1 - EE)))
    east = np.degrees(east * np.sqrt(magic) / (A * np.cos(phi)))
    shift = np.column_stack([east, north])
    return np.asarray(lonlat + np.where(in_china(lonlat)[:, None], shift, 0.0))


def gcj02_to_bd09(lonlat: Floats) -> Floats:
    """Degrees, shape (n, 2)."""
    x, y = lonlat[:, 0], lonlat[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * BD)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * BD)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])


def bd09_to_gcj02(lonlat: Floats) -> Floats:
    """Degrees, shape (n, 2)."""
    return _inverse(gcj02_to_bd09, lonlat)


def bd09_to_wgs84(lonlat: Floats) -> Floats:
    """Degrees, shape (n, 2)."""
    return gcj02_to_wgs84(bd09_to_gcj02(lonlat))


def in_china(lonlat: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Shape (n,): inside the rectangle that the shift is applied in."""
    west, south, east, north = CHINA
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    return np.asarray((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))


def wgs84_to_bd09(lonlat: Floats) -> Floats:
    """Degrees, shape (n, 2)."""
    return gcj02_to_bd09(wgs84_to_gcj02(lonlat))


def _same(lonlat: Floats) -> Floats:
    return lonlat


TO_WGS84 = {"wgs84": _same, "gcj02": gcj02_to_wgs84, "bd09": bd09_to_wgs84}
FROM_WGS84 = {"wgs84": _same, "gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}
