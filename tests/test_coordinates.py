"""Chinese map coordinates against published vectors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest

from lifecircle.sources.coordinates import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    in_china,
    wgs84_to_gcj02,
)

WGS84 = np.array([[121.5272106, 31.1774276], [113.912316, 22.543847], [116.377817, 39.911954]])
GCJ02 = np.array(
    [
        [121.531541859215, 31.17530398364597],
        [113.9171764808363, 22.540796131694766],
        [116.38404722455657, 39.91334545536069],
    ]
)


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Metres on the ellipsoid."""
    return np.asarray(pyproj.Geod(ellps="WGS84").inv(*one.T, *other.T)[2])


def test_three_published_vectors() -> None:
    np.testing.assert_allclose(wgs84_to_gcj02(WGS84), GCJ02, rtol=0, atol=1e-9)
    np.testing.assert_allclose(gcj02_to_wgs84(GCJ02), WGS84, rtol=0, atol=1e-9)


def test_the_shift_is_hundreds_of_metres() -> None:
    assert (apart(WGS84, GCJ02) > 300).all()


def test_the_inverses_are_inverses_over_the_country() -> None:
    lon, lat = np.meshgrid(np.linspace(73, 135.5, 200), np.linspace(3.5, 54, 200))
    points = np.column_stack([lon.ravel(), lat.ravel()])
    assert apart(gcj02_to_wgs84(wgs84_to_gcj02(points)), points).max() < 1e-4
    assert apart(bd09_to_wgs84(gcj02_to_bd09(wgs84_to_gcj02(points))), points).max() < 1e-4


def test_places_outside_the_country_stay() -> None:
    las_palmas = np.array([[-15.42, 28.13]])
    assert not in_china(las_palmas).any()
    np.testing.assert_array_equal(wgs84_to_gcj02(las_palmas), las_palmas)
    np.testing.assert_array_equal(gcj02_to_wgs84(las_palmas), las_palmas)


def test_no_points() -> None:
    assert gcj02_to_wgs84(np.empty((0, 2))).shape == (0, 2)


def test_the_input_is_left_alone() -> None:
    given = GCJ02.copy()
    gcj02_to_wgs84(given)
    np.testing.assert_array_equal(given, GCJ02)


@pytest.mark.real
def test_six_hundred_cities(shared_data: Path) -> None:
    # the table's own GCJ-02 is 0.67 m off, its BD-09 to GCJ-02 right to centimetres
    text = (shared_data / "gcj02" / "china_cities.json").read_text(encoding="utf-8")
    table = [row["coords"] for row in json.loads(text)]
    wgs, gcj, bd = (np.array([row[key] for row in table]) for key in ("WGS84", "GCJ02", "BD09"))
    assert len(table) == 664
    assert apart(gcj02_to_bd09(gcj), bd).max() < 0.02
    assert apart(bd09_to_gcj02(bd), gcj).max() < 0.02
    assert apart(wgs84_to_gcj02(wgs), gcj).max() < 1
    assert apart(gcj02_to_wgs84(gcj), wgs).max() < 1
    assert apart(bd09_to_wgs84(bd), wgs).max() < 1
