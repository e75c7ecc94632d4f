"""The HTML map, opened in a browser with the network off."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from lifecircle.messages import msg
from lifecircle.model import (
    FAR_MM,
    PEOPLE,
    Assessment,
    Category,
    Cells,
    Completeness,
    Coverage,
    Gaps,
    Index,
    Interval,
    Norm,
    Note,
    Profile,
    Reach,
    Reason,
    Site,
    Source,
    Standard,
    State,
    StreetPoints,
    WalkGraph,
    WalkNetwork,
)
from lifecircle.outputs.html import write
from lifecircle.outputs.pagedata import page_data
from lifecircle.outputs.shapes import ALPHABET, Encoder, packed, runs

HOSTILE = "<script>alert(1)</script>\"'`&amp; \u202eabc\u202c \U0001f600 {{7*7}}"
CRS = pyproj.CRS("+proj=tmerc +lat_0=31.42 +lon_0=120.65 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m")


# A hand-made assessment: a cross of four streets of 400 m around (0, 0), three places, two categories.
#
#   "clinic": one at the west end; the place near it covered, the one in the east a gap, the far one unknown.
#   "park": no data; everything unknown.


def network() -> WalkNetwork:
    xy = np.array([[0, 0], [-400, 0], [400, 0], [0, 400], [0, -400]], dtype=float)
    ends = np.array([1, 2, 3, 4])
    mm = np.full(4, 400_000)
    return WalkNetwork(
        node_id=np.arange(5),
        node_xy=xy,
        edge_u=np.zeros(4, np.int64),
        edge_v=ends,
        edge_mm=mm,
        vertex_start=np.arange(0, 9, 2),
        vertex_xy=np.concatenate([[xy[0], xy[end]] for end in ends]),
        vertex_mm=np.tile([0, 400_000], 4),
        way_id=np.arange(4),
        highway=np.array(["primary", "residential", "footway", "service"], dtype=object),
        private=np.zeros(4, bool),
        attachable=np.ones(4, bool),
        trusted=np.ones(4, bool),
    )


def category(id: str, zh: str, en: str, function: str, norm: Norm) -> Category:
    return Category(id, zh, en, function, 5, norm, ("beds",), 1.0, ("doc",), "recalled")  # type: ignore[arg-type]


def frame(columns: dict[str, list[object]], geometry: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)


def facilities(rows: list[tuple[str, str, str, str, shapely.Geometry]]) -> gpd.GeoDataFrame:
    names = ["id", "name", "category", "status"]
    columns: dict[str, list[object]] = {key: [row[i] for row in rows] for i, key in enumerate(names)}
    opens: list[object] = [2028.0 if row[3] == "planned" else np.nan for row in rows]
    blank: dict[str, list[object]] = {
        "source": ["hand"] * len(rows),
        "opens": opens,
        "capacity": [np.nan] * len(rows),
        "hours": [""] * len(rows),
        "area_m2": [np.nan] * len(rows),
        "also": [()] * len(rows),
        "primary": [True] * len(rows),
    }
    return frame({**columns, **blank}, [row[4] for row in rows])


def site() -> Site:
    demand = frame(
        {
            "id": ["a", "b", "c"],
            "name": [HOSTILE, "东舍", ""],
            "kind": ["dormitory"] * 3,
            "source": ["hand"] * 3,
            "beds": [100.0, 300.0, 50.0],
            "jobs": [np.nan] * 3,
            "people": [np.nan] * 3,
            "families": [np.nan] * 3,
            "footprint_m2": [400.0, 1600.0, np.nan],
            "area_id": [None] * 3,
            "estimated": ["", "beds", ""],
        },
        [shapely.box(-330, 20, -310, 40), shapely.box(300, 20, 340, 60), shapely.Point(0, 420)],
    )
    standard = Standard(
        "hand",
        "手工标准",
        "Hand-made standard",
        "1",
        "Only two categories.",
        (
            category("clinic", "卫生站", "Clinic", "living", Norm(distance_m=300)),
            category("park", "公园", "Park", "ecology", Norm(minutes=5)),
        ),
        (),
        (Profile("planning", "规划", "planning", 60, "proposed"),),
        (Source("doc", "A document", "recalled"),),
        hash="0123456789abcdef",
    )
    return Site(
        name=HOSTILE,
        slug="hostile",
        crs=CRS,
        boundary=shapely.box(-450, -450, 450, 450),
        study_area=shapely.box(-2450, -2450, 2450, 2450),
        data_extent=shapely.box(-2450, -2450, 2450, 2450),
        extent_origin="site file",
        profile=standard.profiles[0],
        standard=standard,
        demand=demand,
        facilities=facilities([("f", HOSTILE, "clinic", "existing", shapely.Point(-390, 15))]),
        planned=facilities([("g", "新站", "clinic", "planned", shapely.Point(390, -15))]),
        completeness={"clinic": Completeness.PARTIAL, "park": Completeness.ABSENT},
        doors=frame({"id": [], "kind": [], "own": [], "access": [], "hours": [], "name": []}, []),
        walls=frame({"id": [], "kind": [], "own": []}, []),
        enclosures=frame({"id": [], "own": []}, []),
        network=network(),
        buildings=np.array([shapely.box(-330, 20, -310, 40), shapely.box(300, 20, 340, 60)]),
        background=frame(
            {"kind": ["water", "green", "railway"]},
            [
                shapely.box(50, -300, 200, -100).difference(shapely.box(100, -250, 150, -200)),
                shapely.box(-300, -300, -100, -100),
                shapely.LineString([(-450, 200), (450, 210)]),
            ],
        ),
        connector_mm=100_000,
        limit_mm=1_800_000,
        private_ways="ends",
        synthetic=True,
        attribution=("© OpenStreetMap contributors, ODbL 1.0", HOSTILE),
        notes=(),
    )


def reach() -> Reach:
    graph = WalkGraph(
        piece_u=np.zeros(4, np.int64),
        piece_v=np.array([1, 2, 3, 4]),
        piece_mm=np.full(4, 400_000),
        piece_edge=np.arange(4),
        piece_from_mm=np.zeros(4, np.int64),
        nodes=5,
        portal_public=np.zeros(0, np.int64),
        portal_private=np.zeros(0, np.int64),
    )
    node_mm = np.array([[400_000, 0, 800_000, 800_000, 800_000], [-1] * 5], dtype=np.int32)
    return Reach(
        graph,
        node_mm,
        np.array([[100_000, 760_000, 840_000], [FAR_MM] * 3]),
        np.array([[0, 0, 0], [-1] * 3]),
        np.array([[70_000, 710_000, 560_000], [FAR_MM] * 3]),
        np.zeros(3, bool),
        np.zeros(3, bool),
    )


def street_points() -> StreetPoints:
    """Every 20 m, each for 20 m."""
    offsets = np.arange(10_000, 400_000, 20_000)
    piece = np.repeat(np.arange(4), len(offsets))
    offset = np.tile(offsets, 4)
    ends = network().node_xy[1:]
    return StreetPoints(ends[piece] * (offset / 400_000)[:, None], piece, offset, np.full(len(piece), 20.0))


def coverage() -> Coverage:
    rows = [
        ("clinic", "beds", "norm", 300, 450, 100, 300, 50, 300, 450),
        ("clinic", "beds", "5 min", 300, 450, 100, 300, 50, 300, 450),
        ("clinic", "places", "norm", 300, 3, 1, 1, 1, 1, 3),
        ("park", "beds", "norm", 300, 450, 0, 0, 450, 0, 0),
    ]
    columns = ["category", "by", "at", "norm_m", "total", "covered", "gap", "unknown", "low_confidence", "radius"]
    states = [[State.COVERED, State.GAP, State.UNKNOWN], [State.UNKNOWN] * 3]
    reasons = [[Reason.WITHIN_NORM, Reason.LAYER_PARTIAL, Reason.EDGE_OF_DATA], [Reason.LAYER_ABSENT] * 3]
    streets = np.zeros((2, 80), np.uint8)
    streets[0] = State.COVERED
    return Coverage(
        place_state=np.array(states, np.uint8),
        place_reason=np.array(reasons, np.uint8),
        street_state=streets,
        edge_of_data_m=np.array([2000.0, 2000.0, 250.0]),
        street_edge_of_data_m=np.full(80, 2000.0),
        table=pd.DataFrame(rows, columns=columns).assign(estimated=[300.0, 300.0, 0.0, 300.0]),
    )


def gaps() -> Gaps:
    columns = {
        "id": ["clinic-1"],
        "category": ["clinic"],
        "confidence": ["low"],
        "area_ha": [2.5],
        "places": [1],
        "beds": [300.0],
        "jobs": [np.nan],
        "people": [np.nan],
        "families": [np.nan],
        "estimated": ["beds"],
        "nearest": [HOSTILE],
        "nearest_m": [760.0],
        "at_least": [False],
        "shortfall_m": [460.0],
    }
    areas = frame(columns, [shapely.box(150, -60, 420, 90)])
    places = frame({**columns, "place": ["b"], "name": ["东舍"]}, [shapely.box(300, 20, 340, 60)])
    return Gaps(areas, places)


def assessment() -> Assessment:
    half = Interval(0.2, 0.3)
    index = Index(
        value=Interval(10.0, 40.0),
        functions={"living": half, "ecology": Interval(0, 1)},
        categories={"clinic": half, "park": Interval(0, 1)},
        judged_by={"clinic": "beds", "park": "beds"},
        known_weight={"living": 1.0, "ecology": 0.0},
        supply_unknown_weight={"living": 1.0, "ecology": 1.0},
        coordination=Interval(0.3, 0.6),
        grade=("轻度失调", "初级协调"),
        weakest="living",
        zero=(),
    )
    return Assessment(
        site=site(),
        streets=street_points(),
        cells=Cells(0, 0, 10, np.full((1, 1), -1, np.int32), np.full((1, 1), np.nan, np.float32)),
        reach=reach(),
        coverage=coverage(),
        gaps=gaps(),
        indicators=pd.DataFrame(),
        index=index,
        headline=msg("450 beds"),
        trust=(),
        notes=(Note("doubt", msg("{text}", text=HOSTILE)), Note("info", msg("the disk is full"))),
        provenance={
            "dates": [
                {"file": "a.osm.pbf", "date": "2023-02-21", "by": "newest node"},
                {"file": HOSTILE, "date": "2024", "by": "site file"},
                {"file": "b.csv", "date": None, "by": None},
            ]
        },
    )


# Without a browser


def unpacked(text: str) -> list[int]:
    """What ``packed`` coded, by its definition: 5 bits a character, the lowest first, the lowest bit the sign."""
    digits = [ALPHABET.tobytes().index(ord(character)) for character in text]
    ends = [i + 1 for i, digit in enumerate(digits) if digit < 32]
    parts = [digits[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    folded = [sum((digit & 31) << (5 * place) for place, digit in enumerate(part)) for part in parts]
    return [~(value >> 1) if value & 1 else value >> 1 for value in folded]


def test_numbers_come_back_as_they_were() -> None:
    """-1 is folded to 1, 16 to 32: no fives left over and a one above."""
    values = [0, -1, 15, 16, -16, -17, 123456789, -(2**31), 2**31 - 1]
    assert packed(np.array([0, -1, 16])) == "ABgB"
    assert unpacked(packed(np.array(values))) == values
    assert packed(np.array([], dtype=np.int64)) == ""


def test_shapes_come_back_as_they_were() -> None:
    """The code of a known polygon with a hole, a line and a point, decoded by hand from its definition."""
    wgs84 = pyproj.CRS("EPSG:4326")
    ring, hole = (
        [(10.0, 50.0), (10.003, 50.0), (10.003, 50.003), (10.0, 50.0)],
        [(10.002, 50.001), (10.001, 50.0005), (10.0025, 50.0005), (10.002, 50.001)],
    )
    geometries = np.array(
        [shapely.Polygon(ring, [hole]), shapely.LineString([(10, 50), (10.00001, 50.00002)]), shapely.Point(-1.5, 2.25)]
    )
    code = Encoder(wgs84).geometries(geometries, 5)
    assert unpacked(code["strings"]) == [2, 1, 1]
    assert unpacked(code["vertices"]) == [4, 4, 2, 1]
    vertices = np.cumsum(np.array(unpacked(code["xy"])).reshape(-1, 2), axis=0)
    assert vertices[8:].tolist() == [[1000000, 5000000], [1000001, 5000002], [-150000, 225000]]
    assert shapely.Polygon(vertices[:4] / 1e5, [vertices[4:8] / 1e5]).area == pytest.approx(
        geometries[0].area, rel=0.01
    )


def test_vertices_on_one_grid_point_are_merged_and_empty_features_kept() -> None:
    geometries = np.array([shapely.LineString([(1, 1), (1.000001, 1), (1.1, 1)]), shapely.Polygon()])
    code = Encoder(pyproj.CRS("EPSG:4326")).geometries(geometries, 3)
    arrays = [unpacked(code[key]) for key in ("strings", "vertices", "xy")]
    assert arrays == [[1, 0], [2], [1000, 1000, 100, 0]]


def test_what_falls_flat_is_left_out_only_where_it_is_a_hole() -> None:
    """A cell of 10 m is flat within 8 m: its corners are 7.07 m off the diagonal. As a hole it goes, alone it stays."""
    yard = shapely.Polygon(shapely.box(0, 0, 100, 100).exterior, [shapely.box(40, 40, 50, 50).exterior])
    code = Encoder(CRS).geometries(np.array([yard, shapely.box(200, 0, 210, 10)]), 6, simplify_m=8)
    assert unpacked(code["strings"]) == [1, 1]
    assert unpacked(code["vertices"]) == [5, 5]


def test_runs() -> None:
    assert runs(np.array([5, 5, 0, 1, 1, 1])).tolist() == [2, 5, 1, 0, 3, 1]
    assert runs(np.array([], dtype=np.int64)).tolist() == []


def test_streets_have_their_minutes() -> None:
    """At 60 m/min, begun minutes counted: the west street is 0 to 400 m from the clinic, the others 400 to 800 m."""
    streets = page_data(assessment())["streets"]
    assert unpacked(streets["lines"]["vertices"]) == [22, 22, 22, 22]
    minutes = np.repeat(unpacked(streets["minutes"][0])[1::2], unpacked(streets["minutes"][0])[::2]).reshape(4, 22)
    walk = {0: 400 - np.arange(10, 400, 20), 1: 400 + np.arange(10, 400, 20)}
    for street, metres in enumerate([walk[0], walk[1], walk[1], walk[1]]):
        assert minutes[street, 1:-1].tolist() == [-(-m // 60) for m in metres]
    assert unpacked(streets["minutes"][1]) == [88, 33]


def test_two_writes_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.html", "two.html"):
        write(assessment(), tmp_path / name)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_only_leaflet_is_inside(tmp_path: Path) -> None:
    write(assessment(), tmp_path / "map.html")
    html = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in html
    assert "Leaflet 1.9.4" in html and "BSD 2-Clause License" in html
    assert not re.search(r"jquery|bootstrap|fontawesome|awesome-markers", html, re.IGNORECASE)
    assert not re.search(r"<link|<img[^>]+src=.http|<script src|url\((?!#)|@import|sourceMappingURL", html)
    assert "<script>alert" not in html


def test_a_large_site_drops_detail_and_says_so() -> None:
    small = assessment()
    many = 200_000
    points = StreetPoints(np.zeros((many, 2)), np.zeros(many, np.int64), np.arange(many) * 2, np.full(many, 2.0))
    grown = replace(small, streets=points, coverage=replace(small.coverage, street_state=np.zeros((2, many), np.uint8)))
    data = page_data(grown)
    assert data["dropped"] == ["streets", "buildings"]
    assert "building" not in data["base"]
    assert sum(unpacked(data["streets"]["lines"]["vertices"])) < 80_000


# In a browser


@dataclass
class Opened:
    """A page with all it asked for and complained about."""

    page: Page
    requests: list[str]
    complaints: list[str]


Open = Callable[..., Opened]


@pytest.fixture
def opened(context: BrowserContext, tmp_path: Path) -> Iterator[Open]:
    """Opens the map of an assessment; at the end nothing may have been asked for or complained about."""
    pages: list[Opened] = []

    def show(lang: str = "zh") -> Opened:
        write(assessment(), tmp_path / "map.html", lang=lang)  # type: ignore[arg-type]
        result = Opened(context.new_page(), [], [])
        result.page.on("request", lambda request: result.requests.append(request.url))
        result.page.on("console", lambda message: result.complaints.append(message.text))
        result.page.on("pageerror", lambda error: result.complaints.append(str(error)))
        result.page.goto((tmp_path / "map.html").as_uri())
        result.page.wait_for_selector(".leaflet-pane canvas")
        pages.append(result)
        return result

    yield show
    for result in pages:
        assert [url for url in result.requests if not url.startswith("data:")] == [(tmp_path / "map.html").as_uri()]
        assert result.complaints == []


def ink(page: Page, pane: str) -> dict[str, int]:
    """How many pixels of a pane's canvas are of each colour (opaque ones only)."""
    return page.evaluate(
        """(name) => {
            const canvas = document.querySelector(`.leaflet-${name}-pane canvas`);
            const { width, height } = canvas;
            const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, width, height);
            const count = {};
            for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] < 240) continue;
                const hex = (value) => value.toString(16).padStart(2, "0");
                const key = `#${hex(data[i])}${hex(data[i + 1])}${hex(data[i + 2])}`;
                count[key] = (count[key] || 0) + 1;
            }
            return count;
        }""",
        pane,
    )


@pytest.mark.browser
def test_opens_without_a_request_or_a_complaint(opened: Open) -> None:
    page = opened().page
    assert page.title().endswith("生活圈覆盖")
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("#synthetic").is_visible()
    credit = page.locator(".credit").inner_text()
    assert "© OpenStreetMap contributors, ODbL 1.0" in credit
    assert page.locator(".leaflet-control-scale").is_visible()
    dates = f"数据日期：a.osm.pbf 最近编辑于 2023-02-21 · {HOSTILE} 2024 · 不明（b.csv）"
    assert page.locator("#dates").inner_text() == dates


@pytest.mark.browser
def test_the_table_says_what_was_found(opened: Open) -> None:
    """100 of 450 beds covered, 300 (estimated) in a gap, 50 unknown: 22 % to 33 %."""
    page = opened("en").page
    row = page.locator("tr.row", has_text="Clinic")
    assert row.locator(".share").inner_text() == "≈ 22–33%"
    assert row.locator("small").inner_text() == "Gap (unsure) ≈ 300 · Unknown ≈ 50 beds"
    assert page.locator("tr.row", has_text="Park").locator(".share").inner_text() == "≈ 0–100%"
    assert page.locator("#index-value").inner_text().startswith("10–40")


@pytest.mark.browser
def test_what_is_not_known_is_said_above_and_in_full_below(opened: Open) -> None:
    """Parks have no data; clinics are in partial data; no norm is verified."""
    page = opened("en").page
    above = page.locator("#unknowns")
    assert above.inner_text() == "Not known: 1 kind unknown · gaps of 1 kind unsure · read more"
    above.click()
    assert page.locator("#notes").evaluate("node => node.getBoundingClientRect().top < innerHeight")
    assert page.locator("#unknown p").all_inner_texts() == [
        "1 kind unknown: Park",
        "1 kind with gaps of low confidence, as the data are partial: Clinic",
        "The norms of 2 of 2 kinds are not verified: each says so",
    ]


@pytest.mark.browser
def test_a_category_is_chosen_under_the_map_and_found_by_name(opened: Open) -> None:
    page = opened("en").page
    page.locator("#minutes select").select_option("Park")
    assert page.locator("#categories input:checked").get_attribute("value") == "park"
    page.get_by_role("tab", name="Places").click()
    page.get_by_label("Find by name").fill("clin")
    page.locator(".finder").get_by_role("button", name="Clinic").click()
    assert page.locator("tr.row.on").inner_text().startswith("Clinic")
    assert page.locator("#minutes select").input_value() == "0"


@pytest.mark.browser
def test_another_category_shows_other_things(opened: Open) -> None:
    """The clinic colours streets by minutes; of parks nothing is known, so no street has a class."""
    page = opened("en").page
    assert page.locator("#categories input:checked").get_attribute("value") == "clinic"
    assert ink(page, "streets").get("#21908c", 0) > 100
    page.locator("input[value=park]").check()
    page.wait_for_timeout(200)
    assert page.locator("tr.row.on").inner_text().startswith("Park")
    assert ink(page, "streets").get("#21908c", 0) == 0
    assert "no data" in page.locator("#chosen").inner_text()
    assert "Park" in page.locator("#live").inner_text()


@pytest.mark.browser
def test_the_slider_recolours_streets_and_tells_who_is_within(opened: Open) -> None:
    """The clinic is 100 m from 100 beds and 760 m from 300: 2 and 13 minutes. Behind the 250 m from 50 beds to the
    edge of the data, farther than a walk of 4 minutes, may lie another."""
    page = opened("en").page
    slider, told = page.locator("#minutes-slider"), page.locator("#minutes .told")
    texts = {
        1: "0 beds (0%)",
        2: "100 beds (22%)",
        12: "100–150 beds (22–33%)",
        13: "400–450 beds (89–100%)",
    }
    rest = {
        1: "Not within: ≈ 450 beds",
        2: "Not within: ≈ 350 beds",
        12: "Not within: ≈ 300 beds; Unknown: ≈ 50 beds",
        13: "Unknown: ≈ 50 beds",
    }
    teal = []
    for minutes, text in texts.items():
        slider.fill(str(minutes))
        page.wait_for_timeout(100)
        assert told.inner_text() == f"Within {minutes} min: ≈ {text}"
        assert page.locator("#minutes .rest").inner_text() == rest[minutes]
        assert slider.get_attribute("aria-valuetext") == told.inner_text()
        teal.append(ink(page, "streets").get("#21908c", 0))
    assert teal[0] == teal[1] == 0 < teal[2] < teal[3]
    slider.press("ArrowLeft")
    assert told.inner_text().startswith("Within 12 min")
    page.get_by_role("button", name="Classes").click()
    page.wait_for_timeout(100)
    assert page.locator("#minutes select").input_value() == "0"
    assert ink(page, "streets")["#21908c"] > teal[3]


@pytest.mark.browser
def test_the_tabs_of_the_panel_are_worked_by_keys(opened: Open) -> None:
    page = opened("en").page
    page.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Places").get_attribute("aria-selected") == "true"
    assert page.locator("#places").is_visible() and page.locator("#overview").is_hidden()


@pytest.mark.browser
def test_who_lacks_most_is_listed_and_found_by_name(opened: Open) -> None:
    page = opened("en").page
    page.get_by_role("tab", name="Places").click()
    assert page.locator("#card li").all_inner_texts() == ["东舍\n1 of 2 kinds lacking by the norm · ≈ 300 beds"]
    page.get_by_label("Find by name").fill("script")
    assert page.locator(".finder li").count() == 2
    page.locator(".finder li button").first.press("Enter")
    assert "100 beds" in page.locator("#card").inner_text()
    page.keyboard.press("Escape")
    assert page.locator("#card .title").count() == 0


@pytest.mark.browser
def test_the_language_switches_everything(opened: Open) -> None:
    page = opened("en").page
    assert page.locator("#categories").inner_text().find("Clinic") >= 0
    page.locator("button[data-lang=zh]").click()
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    for place, word in (("#categories", "卫生站"), (".legend", "缺口区域"), ("#panel", "三生融合指数")):
        assert word in page.locator(place).inner_text()
    assert "Clinic" not in page.locator("#panel").inner_text()
    assert "磁盘已满" in (notes := page.locator("#notes").evaluate("node => node.textContent")) and "disk" not in notes


@pytest.mark.browser
def test_both_languages_have_the_same_words(opened: Open) -> None:
    words = opened().page.evaluate(
        "[Object.keys(WORDS.zh), Object.keys(WORDS.en), WORDS.zh.reasons.length, WORDS.en.reasons.length]"
    )
    assert words[0] == words[1]
    assert words[2] == words[3] == len(Reason)


@pytest.mark.browser
def test_hostile_names_are_text(opened: Open) -> None:
    page = opened("en").page
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    assert page.locator("h1").evaluate("node => node.textContent") == HOSTILE
    assert HOSTILE in page.title()
    assert HOSTILE in page.locator(".credit").evaluate("node => node.textContent")
    assert HOSTILE in page.locator("#notes").evaluate("node => node.textContent")
    for x, y, what in ((-320, 30, "100 beds"), (-390, 15, "existing"), (200, 50, "Confidence: low")):
        click(page, x, y)
        card = page.locator("#card")
        assert HOSTILE in card.evaluate("node => node.textContent")
        assert what in card.inner_text()
        assert card.locator("script").count() == 0
    assert dialogs == []


@pytest.mark.browser
def test_a_distance_behind_the_edge_of_the_data_is_at_least(opened: Open) -> None:
    """840 m to the nearest known clinic, but the data end 250 m away."""
    page = opened("en").page
    click(page, 0, 420)
    card = page.locator("#card")
    assert "≥ 250 m" in card.inner_text()
    assert (
        card.locator("tr.on").get_by_role("img", name="Unknown").count() == 1
        and "too near the edge" in card.inner_text()
    )
    assert "norm 300 m · recalled, unverified" in card.inner_text()


@pytest.mark.browser
def test_no_distance_is_told_of_a_place_that_joins_no_street(opened: Open) -> None:
    page = opened("en").page
    told = "(reason, metres) => lost({ reasons: [[reason]], mm: [[metres]] }, 0, 0)"
    cases = [(Reason.OFF_NETWORK, -1), (Reason.ISLAND, -1), (Reason.ISLAND, 400), (Reason.LAYER_COMPLETE, -1)]
    assert [page.evaluate(f"([a, b]) => ({told})(a, b)", [int(a), b]) for a, b in cases] == [True, True, False, False]


@pytest.mark.browser
def test_minutes_are_those_of_the_slopes_where_slopes_count(opened: Open) -> None:
    page = opened("en").page
    told = "([timed, ...rest]) => distanceText({ site: { timed, limit_m: 2000, profile: { speed: 60 } } }, ...rest)"
    cases = ([False, 300], [True, 300, None, 7.4], [True, 300, None, None], [True, -1, None, None])
    texts = [page.evaluate(told, case) for case in cases]
    assert texts == ["300 m on foot, about 5 min", "300 m on foot, about 7 min", "300 m on foot", "more than 2,000 m"]
    words = page.evaluate("Object.values(WORDS).map((words) => words.reasons.length)")
    assert words == [len(Reason)] * 2


@pytest.mark.browser
def test_fits_a_telephone(opened: Open) -> None:
    page = opened().page
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".folium-map").bounding_box()["height"] > 300  # type: ignore[index]
    assert page.locator("#categories").is_visible()


@pytest.mark.browser
def test_prints_as_one_sheet(opened: Open, tmp_path: Path) -> None:
    """A3 landscape, 420 x 297 mm, is 1190.6 x 841.9 points; the map is in it as a picture, and back after it."""
    page = opened("en").page
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None and [round(float(side)) for side in box.groups()] == [1191, 842]
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for hidden in ("#tabs", "#minutes-slider", ".leaflet-control-zoom", "#order"):
        assert page.locator(hidden).is_hidden()
    for shown in ("h1", "#index-value", "#categories", "#notes", ".legend", "canvas.picture"):
        assert page.locator(shown).is_visible()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#tabs").is_visible() and page.locator("canvas.picture").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_accessibility_checker_finds_no_fault(opened: Open, lang: str) -> None:
    """axe-core, its script put into the page by the browser, not by the page."""
    page = opened(lang).page
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert faults(page) == []
    click(page, -320, 30)
    assert faults(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert faults(page) == []


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{fault['impact']}: {fault['id']}: {fault['nodes'][0]['html']}" for fault in found]


def click(page: Page, x: float, y: float) -> None:
    """Click the map at metres of the site's CRS."""
    lon, lat = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(x, y)
    page.keyboard.press("Escape")
    point = page.evaluate(
        "([lat, lon]) => { map_lifecircle.setView([lat, lon], 16, {animate: false});"
        " const p = map_lifecircle.latLngToContainerPoint([lat, lon]);"
        " const box = map_lifecircle.getContainer().getBoundingClientRect();"
        " return [box.left + p.x, box.top + p.y]; }",
        [lat, lon],
    )
    page.wait_for_timeout(100)
    page.mouse.click(*point)
    page.wait_for_selector("#card .title")


def test_the_data_cannot_end_its_element(tmp_path: Path) -> None:
    write(assessment(), tmp_path / "map.html")
    html = (tmp_path / "map.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="lifecircle-data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    assert data["site"]["name"] == HOSTILE
    assert data["demand"]["name"] == [HOSTILE, "东舍", ""]
    assert set(data["demand"]) & set(PEOPLE) == {"beds"}
