"""Geometries as small arrays of integers: WGS 84, rounded to a grid of degrees, each vertex as a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from lifecircle.model import Bools, Floats, Geometries, Ints

FINE, COARSE = 6, 5
"""Decimals of a degree: about 0.1 m and 1 m."""

RING, POLYGON = 2, 3

ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8)


class Encoder:
    """Codes geometries of one CRS.

    A code holds ``digits`` (decimals of a degree), ``strings`` (point strings of each feature: a
    point, a line or a ring), ``vertices`` (of each string) and ``xy``: longitude and latitude in
    units of the last decimal, alternating, each as the step from the vertex before, the first from 0. The
    last three are texts of ``packed``: half the size of lists, and read at once.
    """

    def __init__(self, crs: pyproj.CRS) -> None:
        self._to_degrees = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def geometries(self, geometries: Geometries, digits: int, *, simplify_m: float = 0.0) -> dict[str, Any]:
        """Code of shape (n,) geometries, of any kinds; vertices that fall on one grid point are merged."""
        strings, feature = _strings(geometries)
        if simplify_m:
            strings, feature = _simplified(strings, feature, simplify_m)
        xy, string = shapely.get_coordinates(strings, return_index=True)
        grid = self._grid(xy, digits)
        keep = _first(string) | np.any(np.diff(grid, axis=0, prepend=grid[:1]) != 0, axis=1)
        per_feature = np.bincount(feature, minlength=len(geometries))
        return _code(grid[keep], np.bincount(string[keep], minlength=len(strings)), per_feature, digits)

    def chains(self, xy: Floats, chain: Ints, digits: int) -> dict[str, Any]:
        """Code of lines given by vertices of shape (k, 2) and the line each is on; every vertex is kept."""
        vertices = np.bincount(chain) if len(chain) else np.zeros(0, np.int64)
        return _code(self._grid(xy, digits), vertices, np.ones_like(vertices), digits)

    def bounds(self, geometry: shapely.Geometry) -> list[list[float]]:
        """[[south, west], [north, east]] in degrees."""
        west, south, east, north = self._to_degrees.transform_bounds(*shapely.bounds(geometry))
        return [[round(south, 6), round(west, 6)], [round(north, 6), round(east, 6)]]

    def _grid(self, xy: Floats, digits: int) -> Ints:
        lon, lat = self._to_degrees.transform(xy[:, 0], xy[:, 1])
        grid: Ints = np.rint(np.column_stack([lon, lat]) * 10**digits).astype(np.int64)
        return grid


def runs(values: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int32]:
    """Runs of equal values as [how many, value, how many, value, ...]."""
    if not len(values):
        return np.empty(0, np.int32)
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    lengths = np.diff(np.r_[starts, len(values)])
    return np.column_stack([lengths, values[starts]]).astype(np.int32).ravel()


def packed(values: Ints) -> str:
    """Integers as text, 5 bits a character, the lowest first: below 32 stands for 'the last of this number'.

    A number's sign is its lowest bit.
    """
    folded = np.where(values < 0, ~values * 2 + 1, values * 2)
    digits = np.maximum(1, -(-np.frexp(folded.astype(np.float64))[1] // 5))
    number = np.repeat(np.arange(len(folded)), digits)
    place = np.arange(len(number)) - np.repeat(np.cumsum(digits) - digits, digits)
    more = place + 1 < digits[number]
    return ALPHABET[((folded[number] >> (5 * place)) & 31) + 32 * more].tobytes().decode("ascii")


def unpacked(text: str) -> Ints:
    """The integers that ``packed`` coded."""
    letters = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    value = np.zeros(128, dtype=np.int64)
    value[ALPHABET] = np.arange(64)
    digits = value[letters]
    first = np.flatnonzero(np.r_[True, digits[:-1] < 32][: len(digits)])
    length = np.diff(np.r_[first, len(digits)])
    place = np.arange(len(digits)) - np.repeat(first, length)
    folded = np.add.reduceat((digits & 31) << (5 * place), first) if len(first) else digits
    unfolded: Ints = (folded >> 1) ^ -(folded & 1)
    return unfolded


def _strings(geometries: Geometries) -> tuple[Geometries, Ints]:
    """The points, lines and rings that geometries are made of, and the row each is of."""
    parts, feature = shapely.get_parts(shapely.orient_polygons(geometries), return_index=True)
    polygon = shapely.get_type_id(parts) == POLYGON
    rings, part = shapely.get_rings(parts[polygon], return_index=True)
    strings = np.concatenate([rings, parts[~polygon]])
    owner = np.concatenate([feature[polygon][part], feature[~polygon]])
    order = np.argsort(owner, kind="stable")
    return strings[order], owner[order]


def _simplified(strings: Geometries, feature: Ints, tolerance_m: float) -> tuple[Geometries, Ints]:
    """Strings with fewer vertices: a hole that falls flat is left out, another ring that does stays as it was.

    String by string, for drawing only: to keep the topology of a city's gap areas takes half a minute.
    """
    simple = shapely.simplify(strings, tolerance_m, preserve_topology=False)
    flat = (shapely.get_type_id(strings) == RING) & (shapely.get_num_coordinates(simple) < 4)
    simple[flat] = strings[flat]
    keep = ~flat | shapely.is_ccw(strings)
    return simple[keep], feature[keep]


def _first(index: Ints) -> Bools:
    first: Bools = np.diff(index, prepend=-1) != 0
    return first


def _code(grid: Ints, vertices: Ints, strings: Ints, digits: int) -> dict[str, Any]:
    steps = np.diff(grid, axis=0, prepend=0).ravel()
    arrays = {"strings": strings, "vertices": vertices, "xy": steps}
    return {"digits": digits, **{name: packed(array.astype(np.int64)) for name, array in arrays.items()}}


@dataclass(frozen=True)
class Strings:
    """Point strings: points, lines or rings, a feature's one after the other."""

    xy: Floats
    """Shape (v, 2)."""
    start: Ints
    """Shape (s + 1,): where each string begins among the vertices."""
    feature: Ints
    """Shape (s,): the feature that each string is of, ascending."""


def decoded(code: Mapping[str, Any]) -> Strings:
    """What ``Encoder`` coded, in degrees."""
    strings, vertices, xy = (unpacked(code[name]) for name in ("strings", "vertices", "xy"))
    return Strings(
        xy=np.cumsum(xy.reshape(-1, 2), axis=0) / 10 ** code["digits"],
        start=np.r_[0, np.cumsum(vertices)],
        feature=np.repeat(np.arange(len(strings)), strings),
    )


def unrun(coded: npt.NDArray[np.integer[Any]]) -> Ints:
    """The values that ``runs`` coded."""
    pairs = coded.astype(np.int64).reshape(-1, 2)
    return np.repeat(pairs[:, 1], pairs[:, 0])
