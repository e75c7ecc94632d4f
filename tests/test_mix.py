"""Shares and mix of land and floors, by hand and by scipy."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy as by_scipy
from test_properties import bounded
from towns import CRS, degrees, town, write_town

from lifecircle.errors import InputError
from lifecircle.load import load_site
from lifecircle.mix import (
    entropy,
    floor_area_ratio,
    floor_mix,
    green_area,
    land_mix,
    production_floor,
    shares,
    support_floor,
    support_land,
)
from lifecircle.model import Interval, Site

amounts = st.lists(st.floats(0, 1000), min_size=3, max_size=3).filter(lambda parts: sum(parts) > 1)
PARK = shapely.box(0, 0, 100, 100)


def exact(*values: float) -> list[Interval]:
    return [Interval(value, value) for value in values]


def bounds(found: Interval) -> tuple[float, float]:
    return found.low, found.high


def flat(found: list[Interval]) -> list[float]:
    return [bound for one in found for bound in bounds(one)]


# The formulas ------------------------------------------------------------------------------------


def test_shares_with_something_left_open() -> None:
    # 30 and 10 known, 60 may be of either: 30 to 90, and 10 to 70, of 100
    assert flat(shares(exact(30, 10), 60)) == pytest.approx([0.3, 0.9, 0.1, 0.7])
    # nobody knows how much of the second there is: 20 at least
    assert flat(shares([Interval(30, 30), Interval(20, math.inf)], 0)) == pytest.approx([0, 0.6, 0.4, 1])
    assert all(math.isnan(one.low) for one in shares(exact(0, 0), 0))


def test_entropy_by_hand() -> None:
    assert bounds(entropy(exact(1, 0, 0))) == (0, 0)
    assert bounds(entropy(exact(1 / 3, 1 / 3, 1 / 3))) == pytest.approx((1, 1))
    # -(0.5 ln 0.5 + 2 x 0.25 ln 0.25) / ln 3 = 1.039721 / 1.098612 = 0.946395
    assert bounds(entropy(exact(0.5, 0.25, 0.25))) == pytest.approx((0.946395,) * 2, abs=1e-6)
    # nothing known at all
    assert bounds(entropy([Interval(0, 1)] * 3)) == pytest.approx((0, 1))


@bounded
@given(amounts)
def test_entropy_is_that_of_scipy(parts: list[float]) -> None:
    found = entropy(shares(exact(*parts), 0))
    assert bounds(found) == pytest.approx((by_scipy(parts) / np.log(3),) * 2, abs=1e-9)
    assert bounds(entropy(shares(exact(*parts[::-1]), 0))) == pytest.approx(bounds(found), abs=1e-12)
    assert bounds(entropy(shares(exact(*(7 * part for part in parts)), 0))) == pytest.approx(bounds(found), abs=1e-9)


@bounded
@given(amounts, st.floats(0, 1000), st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_whatever_the_open_ground_is_lies_within(parts: list[float], free: float, of: list[float]) -> None:
    found = entropy(shares(exact(*parts), free))
    assert -1e-12 <= found.low <= found.high <= 1 + 1e-12
    spread = [part + free * share / max(sum(of), 1) for part, share in zip(parts, of, strict=True)]
    assert found.low - 1e-9 <= by_scipy(spread) / np.log(3) <= found.high + 1e-9
    narrower = entropy(shares(exact(*parts), free / 2))
    assert found.low <= narrower.low + 1e-9 and narrower.high <= found.high + 1e-9, "less unknown widens nothing"


# Land and floors ---------------------------------------------------------------------------------


def land(*rows: tuple[str, float, float, float]) -> Site:
    """A site of 100 x 100 m with strips: function, support, from and to."""
    frame = pd.DataFrame({
        "function": [row[0] for row in rows], "homes": [False] * len(rows), "support": [row[1] for row in rows],
        "green": [math.nan if row[0] == "ecology" else 0 for row in rows],
    })  # fmt: skip
    strips = [shapely.box(begin, 0, end, 100) for _, _, begin, end in rows]
    site = town(places={"a": shapely.Point(0, 0)}, boundary=PARK)
    return replace(site, land=gpd.GeoDataFrame(frame, geometry=strips, crs=CRS))


def test_land_of_a_site() -> None:
    whole = land(("production", 0, 0, 50), ("living", 1, 50, 75), ("ecology", 0, 75, 100))
    assert bounds(land_mix(whole)) == pytest.approx((0.946395,) * 2, abs=1e-6)
    assert bounds(support_land(whole)) == pytest.approx((0.25, 0.25))
    # ground of none of the three is known, but no part of the mix; unknown ground may be anything
    paved = land(("production", 0, 0, 40), ("living", 1, 40, 60), ("ecology", 0, 60, 80), ("", 0, 80, 100))
    assert bounds(land_mix(paved)) == pytest.approx((0.946395,) * 2, abs=1e-6)
    part = land(("production", 0, 0, 40), ("living", 1, 40, 60))
    assert bounds(support_land(part)) == pytest.approx((0.2, 0.6))
    # all of the rest production: 80 and 20 %; a third each at best
    assert bounds(land_mix(part))[0] == pytest.approx(by_scipy([0.8, 0.2, 0]) / np.log(3))
    assert bounds(land_mix(part))[1] == pytest.approx(by_scipy([0.4, 0.3, 0.3]) / np.log(3))


def test_what_nobody_said_is_unknown() -> None:
    nothing = town(places={"a": shapely.Point(0, 0)})
    for measure in (land_mix, support_land, floor_mix, production_floor, support_floor, floor_area_ratio, green_area):
        assert all(math.isnan(bound) for bound in bounds(measure(nothing)))
    assert math.isnan(support_land(land(("production", math.nan, 0, 50))).low), "the map tells no support"


def test_green_that_nobody_told_from_water() -> None:
    # 20 of 100 m are ecology, 10 m nobody knows: no green, or 3,000 m2 of it
    site = land(("production", 0, 0, 70), ("ecology", 0, 70, 90))
    assert bounds(green_area(site)) == pytest.approx((0, 3000))
    told = replace(site, land=site.land.assign(green=[0, 1]))
    assert bounds(green_area(told)) == pytest.approx((2000, 3000))


def floors(*rows: tuple[str | None, float, float, float]) -> Site:
    """A site with buildings: function, support, floors, footprint."""
    site = town(places={"a": shapely.Point(0, 0)})
    return replace(site, floors=pd.DataFrame(rows, columns=["function", "support", "floors", "footprint_m2"]))


def test_floors_of_a_site() -> None:
    # 3 x 1000 of production, 5 x 200 of support, 1000 of neither
    known = floors(("production", 0, 3, 1000), ("living", 1, 5, 200), ("", 0, 1, 1000))
    assert bounds(production_floor(known)) == pytest.approx((0.6, 0.6))
    assert bounds(support_floor(known)) == pytest.approx((0.2, 0.2))
    assert bounds(floor_mix(known)) == pytest.approx((by_scipy([3, 1, 0]) / np.log(3),) * 2)


def test_floors_that_nobody_counted() -> None:
    # the dormitory may have any number: production at most 3000 of 3200, and nobody knows how little
    site = floors(("production", 0, 3, 1000), ("living", 1, math.nan, 200))
    assert bounds(production_floor(site)) == pytest.approx((0, 3000 / 3200))
    assert bounds(support_floor(site)) == pytest.approx((200 / 3200, 1))


def test_floor_area_over_the_site() -> None:
    # 3 x 1000 and 5 x 200 m2 on a square kilometre
    known = replace(floors(("production", 0, 3, 1000), (None, math.nan, 5, 200)), boundary=shapely.box(0, 0, 1e3, 1e3))
    assert bounds(floor_area_ratio(known)) == pytest.approx((0.004, 0.004))
    assert bounds(floor_area_ratio(replace(known, all_floors=False))) == (pytest.approx(0.004), math.inf)
    uncounted = replace(known, floors=known.floors.assign(floors=[3, math.nan]))
    assert bounds(floor_area_ratio(uncounted)) == (pytest.approx(0.0032), math.inf)


def test_a_building_of_no_known_use_may_be_anything() -> None:
    site = floors(("production", 0, 1, 600), ("living", 1, 1, 200), (None, math.nan, 1, 200))
    assert bounds(production_floor(site)) == pytest.approx((0.6, 0.8))
    assert bounds(support_floor(site)) == pytest.approx((0.2, 0.4))


# Out of files ------------------------------------------------------------------------------------

USES = {"production": ["工业"], "living": ["居住", "商业"], "ecology": ["绿地"], "support": ["商业"], "homes": ["居住"]}


def texts(site: Site) -> list[str]:
    return [str(note.text) for note in site.notes]


def write_areas(path: Path, shapes: list[shapely.Geometry], **columns: list[Any]) -> None:
    gpd.GeoDataFrame(columns, geometry=[degrees(shape) for shape in shapes], crs=4326).to_file(path)


def test_land_use_of_a_file(tmp_path: Path) -> None:
    # the boundary is 1 km2 around the origin; the green lies on the industry, and counts there
    shapes = [shapely.box(-600, -500, 0, 500), shapely.box(-100, -100, 0, 0), shapely.box(0, -500, 250, 500)]
    shapes += [shapely.box(250, -500, 350, 500), shapely.box(350, -500, 450, 500)]
    write_areas(tmp_path / "land.geojson", shapes, 性质=["工业", "绿地", "居住", "道路", None])
    block = {"file": "land.geojson", "use": "性质", "uses": {**USES, "living": ["居住"], "support": []}}
    site = load_site(write_town(tmp_path, landuse=block))
    ha = site.land.assign(ha=site.land.area / 1e4).groupby("function")["ha"].sum()
    assert ha.to_dict() == pytest.approx({"": 10, "ecology": 1, "living": 25, "production": 49}, rel=1e-3)
    assert site.land.loc[site.land["homes"], "function"].unique().tolist() == ["living"]
    assert site.land["support"].isna().all()
    assert site.land["green"].isna().tolist() == (site.land["function"] == "ecology").tolist()
    said = [told for told in texts(site) if "land.geojson" in told]
    assert said == [
        "land.geojson: 10,000 m2 lie in several areas; the smaller one counts there",
        "land.geojson: of none of the three functions by `uses:` are 道路",
        "land.geojson: of 15.0% of the ground inside the boundary nobody says what it is used for",
    ]


def test_green_of_a_file_and_what_is_no_ground(tmp_path: Path) -> None:
    # a bow tie of two triangles of 50 x 100 / 2, a polygon without area, and an area outside
    bow = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    flat = shapely.Polygon([(0, 0), (100, 100), (0, 0)])
    shapes = [bow, flat, shapely.box(-100, 0, 0, 100), shapely.box(900, 0, 950, 50)]
    write_areas(tmp_path / "land.geojson", shapes, 性质=["绿地", "绿地", "水", "绿地"])
    block = {"file": "land.geojson", "use": "性质", "uses": {"ecology": ["绿地", "水"], "green": ["绿地"]}}
    site = load_site(write_town(tmp_path, landuse=block))
    m2 = site.land.assign(m2=site.land.area).groupby("green")["m2"].sum()
    assert m2.to_dict() == pytest.approx({0: 10_000, 1: 5_000}, rel=1e-3)
    said = texts(site)
    assert "land.geojson: 1 polygon without area left out" in said
    assert "land.geojson: 2 of 3 areas inside the boundary; what lies outside is left out" in said


def test_floors_of_a_file(tmp_path: Path) -> None:
    shapes = [shapely.box(x, 0, x + 20, 10) for x in (0, 100, 200, 2000)]
    write_areas(tmp_path / "b.geojson", shapes, 用途=["工业", " 商业", None, "工业"], 层=[3, None, 2, 9])
    block = {"file": "b.geojson", "use": "用途", "floors": "层", "uses": {"production": ["工业"], "support": ["商业"]}}
    site = load_site(write_town(tmp_path, buildings=block))
    assert site.all_floors
    found = site.floors
    assert found["function"].tolist()[:2] == ["production", ""] and pd.isna(found["function"][2])
    assert found["support"].tolist()[:2] == [0, 1] and math.isnan(found["support"][2])
    assert found["floors"].tolist()[::2] == [3, 2] and math.isnan(found["floors"][1])
    assert found["footprint_m2"].tolist() == pytest.approx([200] * 3, rel=1e-3)
    assert [told for told in texts(site) if "b.geojson" in told] == [
        "b.geojson: 3 of 4 buildings inside the boundary",
        "b.geojson: nobody counted the floors of 1 of 3 buildings: their floor area has no upper bound",
        "b.geojson: of none of the three functions by `uses:` are 商业",
    ]


@pytest.mark.parametrize(
    ("said", "floors"),
    [("6", 6), ("6层", 6), ("６Ｆ", 6), ("砼6", 6), ("地上 12 层", 12), ("3.5", 3.5), ("0", None), ("", None)],
)
def test_floors_in_words(tmp_path: Path, said: str, floors: float | None) -> None:
    write_areas(tmp_path / "b.geojson", [shapely.box(0, 0, 20, 10)], 层=[said])
    found = load_site(write_town(tmp_path, buildings={"file": "b.geojson", "floors": "层"})).floors["floors"][0]
    assert math.isnan(found) if floors is None else found == floors


@pytest.mark.parametrize("said", ["地下1", "B1", "-1", "6+1", "3-5", "many"])
def test_floors_that_are_no_number(tmp_path: Path, said: str) -> None:
    write_areas(tmp_path / "b.geojson", [shapely.box(0, 0, 20, 10)], 层=[said])
    with pytest.raises(InputError, match=re.escape(f"row 1: 层 is {said!r}; write a number")):
        load_site(write_town(tmp_path, buildings={"file": "b.geojson", "floors": "层"}))


def test_buildings_on_each_other(tmp_path: Path) -> None:
    # a tower of 20 floors on a podium of 3, drawn twice, once without its floors: 100 x 20 and 300 x 3
    podium, tower = shapely.box(0, 0, 20, 20), shapely.box(0, 0, 10, 10)
    write_areas(tmp_path / "b.geojson", [podium, tower, tower], 层=[3, None, 20])
    site = load_site(write_town(tmp_path, buildings={"file": "b.geojson", "floors": "层"}))
    assert site.floors["footprint_m2"].tolist() == pytest.approx([300, 100], rel=1e-3)
    assert site.floors["floors"].tolist() == [3, 20]
    assert "b.geojson: 200 m2 lie in several buildings; the smaller one counts there" in texts(site)


@pytest.mark.parametrize("key", ["landuse", "buildings"])
def test_areas_elsewhere(tmp_path: Path, key: str) -> None:
    write_areas(tmp_path / "a.geojson", [shapely.box(5e5, 0, 5e5 + 20, 10)], 用途=["工业"])
    block = {"file": "a.geojson", "use": "用途", "uses": {"production": ["工业"]}}
    with pytest.raises(InputError, match="no place lies near the streets"):
        load_site(write_town(tmp_path, **{key: block}))


@pytest.mark.parametrize(
    ("key", "block", "said"),
    [
        ("landuse", {"use": "性质", "uses": {"living": ["居住"], "production": ["居住"]}},
         "landuse.uses: '居住' stands 2 times in production, living and ecology"),
        ("landuse", {"use": "性质", "uses": {"support": ["居住"]}},
         "gives no value of production, living, ecology or vacant"),
        ("landuse", {"use": "性质", "uses": {"living": ["R2"]}}, "no 性质 is 'R2' (`uses: living`); it holds: 居住"),
        ("landuse", {"use": "用途", "uses": {"living": ["居住"]}}, "no column '用途' (`use:`)"),
        ("landuse", {"use": "性质", "uses": {"living": ["居住"], "livign": []}}, "known keys: ecology, green, homes"),
        ("landuse", {"use": "性质"}, "landuse.uses"),
        ("buildings", {"uses": {"living": ["居住"]}}, "uses needs `use`: the column that holds them"),
    ],
)  # fmt: skip
def test_uses_that_are_none(tmp_path: Path, key: str, block: dict[str, Any], said: str) -> None:
    write_areas(tmp_path / "land.geojson", [shapely.box(0, 0, 100, 100)], 性质=["居住"])
    with pytest.raises(InputError) as refused:
        load_site(write_town(tmp_path, **{key: {"file": "land.geojson", **block}}))
    assert any(said in str(fault) for fault in refused.value.faults), [str(f) for f in refused.value.faults]
