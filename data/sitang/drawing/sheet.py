"""The flat sheet the plan is drawn on, and how it comes to lie on the Earth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
from shapely import Polygon

SHIFT_A = 6378245.0
SHIFT_EE = 0.00669342162296594323


class Sheet:
    """Flat metres to degrees: a bend that keeps right angles, a slight wave, a turn, then the Earth."""

    def __init__(self, plan: dict[str, Any]) -> None:
        bend = plan["bend"]
        self.turn = np.exp(1j * math.radians(bend["turn_degrees"]))
        self.c2, self.c3 = complex(*bend["c2"]), complex(*bend["c3"])
        self.wave = bend["wave"]
        lon, lat = plan["centre"]
        local = f"+proj=tmerc +lat_0={lat} +lon_0={lon} +k=1 +ellps=WGS84 +units=m"
        self.earth = pyproj.Transformer.from_crs(local, "EPSG:4326", always_xy=True)

    def metres(self, xy: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Metres on the bent sheet, shape (n, 2)."""
        x, y = np.asarray(xy, dtype=float).reshape(-1, 2).T
        z = (x + self.wave * np.sin(y / 560 + 0.7) + 1j * (y + self.wave * np.sin(x / 640 + 2))) / 4000
        w = self.turn * (z + self.c2 * z**2 + self.c3 * z**3) * 4000
        bent: npt.NDArray[np.float64] = np.column_stack([w.real, w.imag])
        return bent

    def degrees(self, xy: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Longitude and latitude in WGS 84 to 7 decimals, shape (n, 2)."""
        return np.round(np.column_stack(self.earth.transform(*self.metres(xy).T)), 7)


def gcj02(lonlat: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """WGS 84 to GCJ-02 (degrees, shape (n, 2)), by the published polynomial on the Krasovsky ellipsoid."""
    lon, lat = lonlat.T
    x, y = lon - 105, lat - 35
    root = np.sqrt(np.abs(x))
    common = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3

    def waves(t: npt.NDArray[np.float64], *terms: tuple[float, float]) -> npt.NDArray[np.float64]:
        return sum((a * np.sin(t / b * np.pi) for a, b in terms), np.zeros_like(t)) * 2 / 3

    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * root
    north += common + waves(y, (20, 1), (40, 3), (160, 12), (320, 30))
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * root
    east += common + waves(x, (20, 1), (40, 3), (150, 12), (300, 30))
    phi = np.radians(lat)
    curve = 1 - SHIFT_EE * np.sin(phi) ** 2
    dlat = np.degrees(north * curve**1.5 / (SHIFT_A * (1 - SHIFT_EE)))
    dlon = np.degrees(east * np.sqrt(curve) / (SHIFT_A * np.cos(phi)))
    return np.column_stack([lon + dlon, lat + dlat])


def degree_bounds(sheet: Sheet, bounds: Polygon) -> tuple[float, float, float, float]:
    """West, south, east, north of the largest lon/lat box that lies inside bounds in metres."""
    lon, lat = (np.sort(v[:4]) for v in sheet.earth.transform(*np.asarray(bounds.exterior.coords).T))
    low, high = (np.ceil([lon[1] * 1e4, lat[1] * 1e4]) / 1e4), (np.floor([lon[2] * 1e4, lat[2] * 1e4]) / 1e4)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
