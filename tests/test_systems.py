"""Coordinates held against what is declared of them; expected places from pyproj, forward."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecircle.errors import InputError
from lifecircle.sources.systems import Look, Placed, look, to_wgs84

HERE = (120.65, 31.42)
ESRI = (
    'PROJCS["CGCS2000_3_Degree_GK_{name}",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",'
    'SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",{easting}],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",120.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],'
    'UNIT["Meter",1.0]]'
)


def grid(code: int, lon: float = HERE[0], lat: float = HERE[1]) -> tuple[float, float]:
    """Easting and northing."""
    x, y = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    return float(x), float(y)


def placed(*xy: tuple[float, float], coords: str | None = None, crs: Any = None) -> Placed:
    frame = gpd.GeoDataFrame(geometry=list(shapely.points(np.array(xy))), crs=crs)
    return to_wgs84(frame.set_axis(range(1, len(xy) + 1)), coords, "/data/a.csv", "a.csv")


def refusal(*xy: tuple[float, float], **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        placed(*xy, **more)
    [fault] = caught.value.faults
    return str(fault)


def place(found: Placed) -> list[float]:
    return [float(value) for value in shapely.get_coordinates(found.frame.geometry)[0]]


LONG, SHORT = grid(4528), grid(4549)
ADDED = "its eastings lack the zone 40"
TAKEN = "its eastings begin with the zone 40"
TURNED = "northing stands before easting"


@pytest.mark.parametrize(
    ("declared", "xy", "said"),
    [
        ("EPSG:4528", LONG, []), ("EPSG:4549", SHORT, []), ("EPSG:4528", SHORT, [ADDED]), ("EPSG:4549", LONG, [TAKEN]),
        ("EPSG:4528", LONG[::-1], [TURNED]), ("EPSG:4549", SHORT[::-1], [TURNED]),
        ("EPSG:4528", SHORT[::-1], [TURNED, ADDED]), ("EPSG:4549", LONG[::-1], [TURNED, TAKEN]),
        ("EPSG:4490", LONG, ["metres of CGCS2000"]), ("EPSG:4490", HERE, []),
        ("EPSG:4490", HERE[::-1], ["latitude stands before longitude"]), ("wgs84", HERE, []),
        ("wgs84", HERE[::-1], ["latitude stands before longitude"]), ("EPSG:3857", grid(3857), []),
        ("EPSG:32651", grid(32651), []), ("EPSG:4499", grid(4499, 121, 31), []),
    ],
)  # fmt: skip
def test_a_declaration_is_followed_in_its_sense(declared: str, xy: tuple[float, float], said: list[str]) -> None:
    found = placed(xy, coords=declared)
    where = (121, 31) if declared == "EPSG:4499" else HERE
    assert place(found) == pytest.approx(where, abs=1e-8)
    assert len(found.notes) == len(said)
    assert all(words in str(note.text) for words, note in zip(said, found.notes, strict=True))


@pytest.mark.parametrize(
    ("code", "lon", "lat"),
    [(2193, 178.3, -38.0), (3067, 19.6, 60.2), (3006, 24.15, 65.8), (3460, 177.5, -17.7), (3460, -179.9, -16.8)],
)
def test_a_grid_of_a_whole_country_is_believed_to_its_ends(code: int, lon: float, lat: float) -> None:
    """New Zealand's east cape, Aland, Haparanda, and Fiji on both sides of the date line."""
    found = placed(grid(code, lon, lat), coords=f"EPSG:{code}")
    assert place(found) == pytest.approx((lon, lat), abs=1e-7) and found.notes == ()


@settings(deadline=None, max_examples=15)
@given(st.integers(25, 45), st.floats(-1.4, 1.4), st.floats(41, 45.5), st.booleans(), st.booleans(), st.booleans())
def test_every_zone_with_and_without_its_number_in_either_order(
    zone: int, off: float, lat: float, declared_long: bool, given_long: bool, swapped: bool
) -> None:
    lon = 3 * zone + off
    xy = grid(4488 + zone if given_long else 4509 + zone, lon, lat)
    declared = 4488 + zone if declared_long else 4509 + zone
    found = placed(xy[::-1] if swapped else xy, coords=f"EPSG:{declared}")
    assert place(found) == pytest.approx((lon, lat), abs=1e-7)
    assert len(found.notes) == (declared_long != given_long) + swapped


@pytest.mark.parametrize(
    ("xy", "declared", "said"),
    [
        (LONG, "wgs84", "`coords: EPSG:4528`"), (LONG, None, "`coords: EPSG:4528`"),
        (SHORT, "wgs84", "central meridian"), (SHORT, None, "central meridian"), (HERE, None, "gcj02"),
        (LONG, "EPSG:4548", "`coords: EPSG:4528`"), (LONG, "EPSG:32651", "`coords: EPSG:4528`"),
        (LONG, "gcj02", "`coords: EPSG:4528`"), ((1234.5, 678.9), None, "surveyor"),
        ((1234.5, 678.9), "wgs84", "surveyor"), ((1234.5, 678.9), "EPSG:4549", "surveyor"),
        ((1234.5, 678.9), "EPSG:32651", "surveyor"), ((1234.5, 678.9), "gcj02", "surveyor"),
        ((5e8, 5e8), "EPSG:4549", "say the system"), (HERE, "EPSG:4549", "write `coords:` in the site file"),
        (HERE, "EPSG:999999", "is unknown"), ((-15.4, 28.1), "gcj02", "no place of it is in China"),
        ((-15.4, 28.1), "bd09", "no place of it is in China"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused_with_the_mend(
    xy: tuple[float, float], declared: str | None, said: str
) -> None:
    assert said in refusal(xy, coords=declared)


def test_rows_that_do_not_agree_are_refused() -> None:
    assert "row 2: " in refusal(SHORT, LONG, coords="EPSG:4549")
    assert "row 2: " in refusal(HERE, HERE[::-1], coords="wgs84")


@pytest.mark.parametrize(("name", "easting"), [("Zone_40", 40_500_000), ("CM_120E", 500_000)])
@pytest.mark.parametrize("xy", [LONG, SHORT])
def test_systems_as_other_programs_write_them(name: str, easting: float, xy: tuple[float, float]) -> None:
    found = placed(xy, crs=pyproj.CRS.from_wkt(ESRI.format(name=name, easting=easting)))
    assert place(found) == pytest.approx(HERE, abs=1e-8)
    assert found.system.startswith(f"EPSG:{4528 if easting > 1e6 else 4549} ")


def test_a_system_of_before_2000_is_doubted() -> None:
    found = placed(LONG, coords="EPSG:2364")
    assert place(found) == pytest.approx(HERE, abs=2e-3)
    assert [note.kind for note in found.notes] == ["doubt"] and "Xian 1980" in str(found.notes[0].text)


def test_places_abroad_among_those_in_china_are_left_and_said() -> None:
    found = placed((-15.4, 28.1), HERE, coords="gcj02")
    assert place(found) == pytest.approx((-15.4, 28.1))
    assert "1 place outside China" in str(found.notes[0].text)


@pytest.mark.parametrize(
    ("xy", "expected"),
    [
        ([HERE], Look("degrees")), ([HERE[::-1]], Look("degrees", True)), ([LONG], Look("zoned", False, 40)),
        ([LONG[::-1]], Look("zoned", True, 40)), ([SHORT], Look("grid")), ([SHORT[::-1]], Look("grid", True)),
        ([(300, 4000)], Look("local")), ([grid(3857)], Look("other")), ([LONG, SHORT], Look("other")),
        ([(np.nan, np.nan)], Look("other")),
    ],
)  # fmt: skip
def test_looks(xy: list[tuple[float, float]], expected: Look) -> None:
    assert look(np.array(xy, dtype=float)) == expected


def test_no_rows() -> None:
    empty = gpd.GeoDataFrame(geometry=[], crs=None)
    for coords in ("wgs84", "gcj02", "EPSG:4549"):
        assert len(to_wgs84(empty, coords, "a", "a").frame) == 0
