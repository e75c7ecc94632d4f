"""Walking times over slopes, stairs and signals, worked out on paper from Tobler's formula and by networkx."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin
from test_properties import by_hand, judged, towns
from towns import CRS, PLANNING, WIDE, category, network, point, town, write_osm, write_points, write_town

from lifecircle.assessment import assess, walk
from lifecircle.attach import join
from lifecircle.coverage import cover
from lifecircle.errors import InputError
from lifecircle.isochrones import isochrones
from lifecircle.load import load_site
from lifecircle.model import FAR_MM, Norm, Reason, Site, State, WalkNetwork
from lifecircle.pace import NO_WAY, with_pace
from lifecircle.site import Walking

Ground = Callable[[Any, Any], Any]
BOX = (-1_000.0, -1_000.0, 1_000.0, 1_000.0)

LINE = {i: (5.0 + 100 * (i - 1), 5.0) for i in range(1, 6)}
"""Five nodes 100 m apart, in the middle of cells of 10 m."""
ALONG = {10: "1 2", 11: "2 3", 12: "3 4", 13: "4 5"}


def hills(x: Any, y: Any) -> Any:
    """Flat for 100 m, up 10 m, down 5 m, flat."""
    return np.interp(x, [5, 105, 205, 305, 405], [50, 50, 60, 55, 55]) + 0 * y


def write_dem(path: Path, ground: Ground, cell: float = 10, dtype: str = "float32", **more: Any) -> Path:
    """A GeoTIFF of heights at the middles of cells over ``BOX``, in the towns' CRS."""
    west, south, east, north = BOX
    x, y = np.meshgrid(np.arange(west + cell / 2, east, cell), np.arange(north - cell / 2, south, -cell))
    values = np.asarray(ground(x, y) + 0 * x).astype(dtype)
    shape = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": dtype}
    form = {"crs": CRS, "transform": from_origin(west, north, cell, cell)} | more
    with rasterio.open(path, "w", driver="GTiff", **shape, **form) as raster:
        raster.write(values, 1)
    return path


def paced(site: Site, **walking: Any) -> Site:
    """The site with what counts in its walking times."""
    found, notes = with_pace(site.network, Walking(**walking), site.profile, CRS)
    return replace(site, network=found, notes=notes)


def seconds(site: Site) -> float | None:
    """Walking time of the only place to the only facility; 1 m takes 1 s on the flat."""
    reach = walk(site)[0].in_time
    [[mm]] = reach.place_mm.tolist()
    return None if mm >= FAR_MM else float(mm / 1000)


def row(here: float = 5, there: float = 405, **more: Any) -> Site:
    """A walk along the five nodes."""
    return town(
        **{"nodes": LINE, "ways": ALONG, **more}, places={"a": point(here, 5)}, found=[("c", "clinic", point(there, 5))]
    )


# Slopes ------------------------------------------------------------------------------------------


def test_five_nodes_over_a_hill(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", hills)
    up, down, gentle, steady = exp(0.35), exp(0.0), exp(-0.175), exp(0.175)  # at 10, -10, -5 and 5 %
    assert seconds(paced(row(), dem=dem)) == pytest.approx(100 + 100 * up + 100 * gentle + 100, abs=0.02)
    back = row(405, 5)
    assert seconds(paced(back, dem=dem)) == pytest.approx(100 + 100 * steady + 100 * down + 100, abs=0.02)
    # from and to the middles of edges, and only along one
    assert seconds(paced(row(155, 255), dem=dem)) == pytest.approx(50 * up + 50 * gentle, abs=0.02)
    assert seconds(paced(row(125, 165), dem=dem)) == pytest.approx(40 * up, abs=0.02)
    assert seconds(paced(row(165, 125), dem=dem)) == pytest.approx(40, abs=0.02)


def test_slopes_change_no_distance(tmp_path: Path) -> None:
    site = paced(row(), dem=write_dem(tmp_path / "dem.tif", hills))
    assert walk(site)[0].place_mm.tolist() == [[400_000]]


def test_the_way_to_the_facility_counts_whichever_is_asked(tmp_path: Path) -> None:
    reach = walk(paced(row(5, 205), dem=write_dem(tmp_path / "dem.tif", hills)))[0].in_time
    assert reach.facility_mm[0] == reach.place_mm[0, 0] == pytest.approx(1000 * (100 + 100 * exp(0.35)), abs=20)


def test_a_bridge_runs_straight_over_the_valley(tmp_path: Path) -> None:
    dem = write_dem(tmp_path / "dem.tif", lambda x, y: np.interp(x, [105, 205, 305], [60, 0, 50]))
    flat = seconds(row())
    deep, over = (seconds(paced(row(above=above), dem=dem)) for above in ([], [11, 12]))
    assert flat == 400 and deep is not None and over is not None
    # 200 m with a fall of 10 m in two parts
    assert over == pytest.approx(100 + 200 * exp(-0.175) + 100, abs=0.02)
    assert deep > 500


def test_heights_in_degrees_and_between_cells(tmp_path: Path) -> None:
    # 1 degree of longitude is 95,066 m here (WGS 84, 31.42 N): a slope of 4.8 % to the east
    west, north, cell = 120.6, 31.46, 0.0005
    columns = west + cell * (np.arange(200) + 0.5)
    values = np.tile((columns - 120.65) * 95_066 * 0.048 + 500, (160, 1)).astype("float32")
    form = {"count": 1, "dtype": "float32", "crs": 4326, "transform": from_origin(west, north, cell, cell)}
    with rasterio.open(tmp_path / "dem.tif", "w", driver="GTiff", height=160, width=200, **form) as raster:
        raster.write(values, 1)
    assert seconds(paced(row(), dem=tmp_path / "dem.tif")) == pytest.approx(400 * exp(3.5 * 0.048), rel=1e-3)


def test_small_cells_are_averaged(tmp_path: Path) -> None:
    # kerbs of 20 cm every 2 m on a plain
    dem = write_dem(tmp_path / "dem.tif", lambda x, y: np.where(x // 2 % 2 == 0, 0.0, 0.2), cell=1)
    assert seconds(paced(row(), dem=dem)) == pytest.approx(400, rel=0.01)


bounded = settings(
    deadline=None, derandomize=True, max_examples=6, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@bounded
@given(made=towns())
def test_on_a_plain_nothing_changes(made: dict[str, Any], tmp_path_factory: Any) -> None:
    dem = write_dem(tmp_path_factory.mktemp("dem") / "dem.tif", lambda x, y: 12.5, cell=50)
    site = town(**made)
    (reach, streets), (again, _) = walk(site), walk(paced(site, dem=dem))
    assert again.timed is not None
    for one in (again, again.timed):
        np.testing.assert_array_equal(one.place_mm, reach.place_mm)
        np.testing.assert_array_equal(one.place_facility, reach.place_facility)
        np.testing.assert_array_equal(one.node_mm, reach.node_mm)
        np.testing.assert_array_equal(one.facility_mm, reach.facility_mm)
    assert cover(paced(site, dem=dem), again, streets).table.equals(cover(site, reach, streets).table)


@bounded
@given(made=towns(), rise=st.floats(-0.3, 0.3), seed=st.integers(0, 99))
def test_there_and_back_is_never_faster_than_on_the_flat(
    made: dict[str, Any], rise: float, seed: int, tmp_path_factory: Any
) -> None:
    dem = write_dem(
        tmp_path_factory.mktemp("dem") / "dem.tif", lambda x, y: rise * x + 5 * np.sin(y / 40 + seed), cell=50
    )
    pace = paced(town(**made), dem=dem).network.pace
    assert pace is not None
    stretch = np.flatnonzero(pace.edge[1:] == pace.edge[:-1])
    there_and_back = np.diff(pace.forth_mm + pace.back_mm)[stretch]
    assert (there_and_back >= 2 * np.diff(pace.at_mm)[stretch] - 1).all()


# Stairs and signals ------------------------------------------------------------------------------


def with_kinds(
    net: WalkNetwork, stairs: Iterable[int] = (), signals: Iterable[tuple[float, float]] = ()
) -> WalkNetwork:
    """Some ways made stairs, and signals at some points."""
    highway = np.where(np.isin(net.way_id, list(stairs)), "steps", net.highway).astype(object)
    at = np.array([tuple(xy) in set(signals) for xy in net.vertex_xy.tolist()])
    return replace(net, highway=highway, signals=at)


def test_stairs_take_seconds_a_metre(tmp_path: Path) -> None:
    site = row()
    site = replace(site, network=with_kinds(site.network, [11]))
    assert seconds(paced(site, stairs_s_per_m=1.5)) == 400 + 150
    assert seconds(paced(replace(row(155, 405), network=site.network), stairs_s_per_m=1.5)) == 250 + 75


@pytest.mark.parametrize(("profile", "metres"), [("planning", 300), ("wheelchair", 700)])
def test_stairs_and_ways_not_for_wheels_are_closed_to_wheelchairs(tmp_path: Path, profile: str, metres: float) -> None:
    # from the south-west to the north-west: stairs and a way without wheels are short, the rest of the block is long
    nodes = {1: (0, 0), 2: (200, 0), 3: (200, 300), 4: (0, 300), 5: (0, 150)}
    street, stairs, rough = {"highway": "residential"}, {"highway": "steps"}, {"highway": "path", "wheelchair": "no"}
    ways = {10: ("1 2 3 4", street), 11: ("1 5", stairs), 12: ("5 4", rough)}
    write_points(tmp_path / "clinics.csv", [{"id": "c", "at": (0, 300)}])
    write_points(tmp_path / "homes.csv", [{"id": "h", "at": (0, 0), "beds": 10}])
    path = write_town(
        tmp_path,
        profile=profile,
        facilities=[{"file": "clinics.csv", "category": "health_station", "id": "id"}],
        demand=[{"file": "homes.csv", "kind": "dormitory", "beds": "beds", "id": "id"}],
    )
    write_osm(tmp_path / "town.osm", nodes, ways, bounds=WIDE)
    site = load_site(path)
    row = [category.id for category in site.standard.categories].index("health_station")
    assert walk(site)[0].place_mm[row, 0] == pytest.approx(metres * 1000, abs=20)
    assert any("wheelchairs are closed" in str(note.text) for note in site.notes) == (profile == "wheelchair")


def test_a_signal_is_waited_at_once_whichever_way_one_passes() -> None:
    # at node 2, where two edges meet, and at the bend (5, 105) inside the edge from 1 to 2
    nodes = {1: (5, 5), 2: (105, 105), 3: (105, 205), 9: (5, 105)}
    net = with_kinds(network(nodes, {10: "1 9 2", 11: "2 3"}), signals=[(105, 105), (5, 105)])
    for here, there, more in [
        (point(5, 5), point(105, 205), 60), (point(105, 205), point(5, 5), 60), (point(5, 55), point(55, 105), 30),
        (point(5, 55), point(5, 65), 0), (point(55, 105), point(105, 155), 30),
    ]:  # fmt: skip
        site = replace(
            town(nodes=nodes, ways={10: "1 9 2", 11: "2 3"}, places={"a": here}, found=[("c", "clinic", there)])
        )
        flat = seconds(site)
        assert flat is not None
        assert seconds(paced(replace(site, network=net), crossing_s=30.0)) == flat + more


def test_a_source_that_knows_no_signals_says_so() -> None:
    assert "do not say where signals are" in str(paced(row(), crossing_s=30.0).notes[-1].text)


@bounded
@given(
    made=towns(),
    stairs=st.sets(st.integers(100, 130), max_size=8),
    per_m=st.sampled_from([0.0, 0.5, 3.0]),
    wait=st.sampled_from([0.0, 10.0, 45.0]),
)
def test_stairs_and_signals_never_cover_more(made: dict[str, Any], stairs: set[int], per_m: float, wait: float) -> None:
    site = town(**made)
    known = replace(site, network=with_kinds(site.network, stairs, map(tuple, site.network.node_xy[::3].tolist())))
    before = judged(site)[0].table
    after = judged(paced(known, stairs_s_per_m=per_m, crossing_s=wait))[0].table
    in_metres = before["at"] == "norm"
    assert after[in_metres].equals(before[in_metres])
    assert (after["covered"] <= before["covered"] + 1e-9).all()


# The search --------------------------------------------------------------------------------------


def test_times_are_those_of_networkx(tmp_path: Path) -> None:
    """500 pairs of 25 places and 20 facilities in a hilly town with stairs, signals, bridges and private ways."""
    random = np.random.default_rng(7)
    nodes = {10 * i + j + 1: (100 * i + float(random.integers(40)), 100 * j + float(random.integers(40)))
             for i in range(7) for j in range(7)}  # fmt: skip
    pairs = [(n, n + step) for n in nodes for step in (1, 10, 11) if n + step in nodes]
    ways = {100 + i: f"{a} {b}" for i, (a, b) in enumerate(pairs) if random.random() < 0.8}
    chosen = list(random.permutation(list(ways)))
    spots = [point(*random.uniform(-20, 680, 2)) for _ in range(45)]
    site = town(
        nodes=nodes, ways=ways, private=chosen[:20], above=chosen[20:26],
        places={f"p{i:02}": spot for i, spot in enumerate(spots[:25])},
        found=[(f"f{i:02}", f"k{i:02}", spot) for i, spot in enumerate(spots[25:])],
        categories=[category(f"k{i:02}") for i in range(20)], limit_m=1_500,
    )  # fmt: skip
    net = with_kinds(site.network, chosen[26:36], map(tuple, site.network.node_xy[::4].tolist()))
    dem = write_dem(tmp_path / "dem.tif", lambda x, y: 30 * np.sin(x / 90) * np.cos(y / 70) + 100)
    site = paced(replace(site, network=net), dem=dem, stairs_s_per_m=2.0, crossing_s=20.0)
    timed = walk(site)[0].timed
    assert timed is not None
    expected = np.array(by_hand(site, site.demand, site.facilities, in_time=True))
    expected[expected > site.limit_mm] = FAR_MM
    np.testing.assert_array_equal(timed.place_mm, expected.T)
    np.testing.assert_array_equal(timed.facility_mm, expected.min(axis=0))
    assert (expected < FAR_MM).sum() > 200 and (timed.place_mm != walk(site)[0].place_mm).mean() > 0.3


def test_isochrones_in_time_reach_farther_down_than_up(tmp_path: Path) -> None:
    # a long street on a slope of 5 %: in the time of 200 m one gets 200 / exp(0.175) m up and 200 exp(0.175) m down
    net = network({1: (-505, 5), 2: (505, 5)}, {10: "1 2"})
    net, _ = with_pace(net, Walking(dem=write_dem(tmp_path / "dem.tif", lambda x, y: 0.05 * x)), PLANNING, CRS)
    start = join(net, np.array([point(5, 5)]), 10_000).attachment
    [in_time], [in_metres] = (isochrones(net, start, [200], in_time=way).street_m for way in (True, False))
    assert in_metres == pytest.approx(400, abs=8)
    assert in_time == pytest.approx(200 / exp(0.175) + 200 * exp(0.175), abs=8)


# Heights nobody knows ----------------------------------------------------------------------------


def test_what_hangs_on_an_unknown_slope_is_unknown(tmp_path: Path) -> None:
    # no heights from x = 200 to x = 220: 300 s there at 0.84 times the flat at best, 358 m on the flat
    dem = write_dem(tmp_path / "dem.tif", lambda x, y: np.where((x > 180) & (x < 240), -9999, 50), nodata=-9999)
    minutes = [replace(category("clinic"), norm=Norm(minutes=m)) for m in (5.0, 6.0, 6.9)]
    found = []
    for kind in minutes:
        site = paced(row(here=5, there=405, categories=[kind], complete=["clinic"]), dem=dem)
        reach, streets = walk(site)
        result = cover(site, reach, streets)
        found.append((State(result.place_state[0, 0]), Reason(result.place_reason[0, 0])))
    unknown = (State.UNKNOWN, Reason.SLOPE_UNKNOWN)
    assert found == [(State.GAP, Reason.LAYER_COMPLETE), (State.GAP, Reason.LAYER_COMPLETE), unknown]
    assert any("knows no height" in str(note.text) for note in site.notes)
    assert seconds(site) is None and NO_WAY > 1_000


@pytest.mark.parametrize(("there", "reason"), [(325, Reason.EDGE_OF_DATA), (405, Reason.LAYER_COMPLETE)])
def test_downhill_a_place_is_near_that_is_beyond_the_norm(tmp_path: Path, there: float, reason: Reason) -> None:
    """It was looked for; 5 minutes are 300 m on the flat and 357 m (exp(0.175) times as many) on a gentle descent."""
    dem = write_dem(tmp_path / "dem.tif", hills)
    kind = replace(category("clinic"), norm=Norm(minutes=5))
    extent = shapely.box(-95, -1_000, 1_000, 1_000)  # ends 100 m from the place
    site = paced(row(there=there, categories=[kind], complete=["clinic"], extent=extent), dem=dem)
    site = replace(site, surveyed=frozenset({"clinic"}))
    assert Reason(cover(site, *walk(site)).place_reason[0, 0]) == reason


def test_a_known_way_round_is_known(tmp_path: Path) -> None:
    nodes = {**LINE, 6: (105.0, 105.0), 7: (305.0, 105.0)}
    dem = write_dem(
        tmp_path / "dem.tif", lambda x, y: np.where((x > 180) & (x < 240) & (y < 60), np.nan, 50), nodata=np.nan
    )
    site = paced(row(nodes=nodes, ways={**ALONG, 14: "2 6 7 4"}), dem=dem)
    assert seconds(site) == 600


@pytest.mark.parametrize(("around", "taken"), [(3, "taken as heights"), (90, "taken as missing")])
def test_bytes_without_a_nodata_value(tmp_path: Path, around: int, taken: str) -> None:
    # a patch of zeros: a lake beside a shore of 3 m, a hole in a hill of 90 m
    lake = lambda x, y: np.where((np.hypot(x - 200, y) < 60), 0, around)  # noqa: E731
    site = paced(row(), dem=write_dem(tmp_path / "dem.tif", lake, dtype="uint8"))
    [told] = [str(note.text) for note in site.notes if "says no value for missing heights" in str(note.text)]
    assert taken in told
    assert (seconds(site) is None) == (around == 90)


def test_heights_that_no_ground_has_are_missing(tmp_path: Path) -> None:
    holed = lambda x, y: np.where(np.hypot(x - 200, y) < 60, -32768, 40)  # noqa: E731
    site = paced(row(), dem=write_dem(tmp_path / "dem.tif", holed, dtype="int16"))
    assert any("of a height that no ground has" in str(note.text) for note in site.notes) and seconds(site) is None


# The files ---------------------------------------------------------------------------------------


def test_a_site_file_with_slopes(tmp_path: Path) -> None:
    write_dem(tmp_path / "dem.tif", lambda x, y: 0.08 * x + 200)
    write_points(tmp_path / "clinics.csv", [{"id": "c", "at": (400, 0)}])
    write_points(tmp_path / "homes.csv", [{"id": "h", "at": (110, 0), "beds": 10}])
    sources = {
        "facilities": [{"file": "clinics.csv", "category": "health_station", "id": "id"}],
        "demand": [{"file": "homes.csv", "kind": "dormitory", "beds": "beds", "id": "id"}],
    }
    flat, steep = (
        assess(write_town(tmp_path, **sources, **more))
        for more in ({}, {"walking": {"dem": "dem.tif", "crossing_s": 0}})
    )
    assert "walking" not in flat.provenance["parameters"] and "dem.tif" not in flat.provenance["inputs"]
    assert steep.provenance["parameters"]["walking"] == {"dem": "dem.tif", "stairs_s_per_m": 0, "crossing_s": 0}
    assert "dem.tif" in steep.provenance["inputs"]

    def covered(result: Any) -> dict[str, float]:
        rows = result.coverage.table.query("category == 'health_station' and by == 'beds'")
        return dict(zip(rows["at"], rows["covered"], strict=True))

    # 290 m at 8 % take 290 exp(0.28) = 384 s: more than 5 minutes, but still within 300 m
    assert covered(flat) == {"norm": 10, "5 min": 10, "10 min": 10, "15 min": 10}
    assert covered(steep) == {"norm": 10, "5 min": 0, "10 min": 10, "15 min": 10}


def test_heights_that_cannot_be_used(tmp_path: Path) -> None:
    def fault(path: Path) -> str:
        with pytest.raises(InputError) as error:
            paced(row(), dem=path)
        [line] = str(error.value).splitlines()
        return line

    text = tmp_path / "text.tif"
    text.write_text("no raster")
    assert "cannot be read" in fault(text)
    assert "coordinate system" in fault(write_dem(tmp_path / "bare.tif", hills, crs=None))
    far = from_origin(50_000, 50_000, 10, 10)
    assert "does not meet the study area" in fault(write_dem(tmp_path / "far.tif", hills, transform=far))
    feet = write_dem(tmp_path / "feet.tif", hills)
    with rasterio.open(feet, "r+") as raster:
        raster.units = ["ft"]
    assert "heights are in ft" in fault(feet)
    assert "knows no height" in fault(write_dem(tmp_path / "blank.tif", lambda x, y: -9999, nodata=-9999))
    with rasterio.open(feet) as raster:
        form = raster.profile | {"count": 3}
    with rasterio.open(tmp_path / "picture.tif", "w", **form) as raster:
        raster.write(np.zeros((3, raster.height, raster.width), dtype="float32"))
    assert "has 3 bands" in fault(tmp_path / "picture.tif")


def test_a_town_of_private_ways_alone(tmp_path: Path) -> None:
    """Without them there is no street left to take a time on."""
    site = paced(row(private=list(ALONG)), dem=write_dem(tmp_path / "dem.tif", hills))
    result = assess(site)
    assert result.reach.timed is not None and any("private ways" in str(note.text) for note in result.notes)
