"""The map drawn again from the JSON, and the tile servers below it."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from handmade import assessment
from playwright.sync_api import BrowserContext, Route

from lifecircle import read_drawing, write
from lifecircle.errors import InputError
from lifecircle.outputs.html import policy
from lifecircle.outputs.tiles import tile_layers
from lifecircle.sources.coordinates import gcj02_to_wgs84, wgs84_to_gcj02

TIANDITU = "https://t{s}.tianditu.gov.cn/vec_w/wmts?LAYER=vec&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=KEY"
DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
AMAP = "https://webrd0{s}.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}"


@pytest.mark.parametrize(
    "options", [{}, {"lang": "en"}, {"tiles": [TIANDITU, AMAP]}, {"tiles": AMAP, "system": "wgs84"}]
)
def test_the_page_drawn_again_is_the_same_bytes(tmp_path: Path, options: dict[str, Any]) -> None:
    result = assessment()
    first = write(result, tmp_path / "a.html", **options).read_bytes()
    again = read_drawing(write(result, tmp_path / "a.json"))
    assert write(again, tmp_path / "again.html", **options).read_bytes() == first


def held(tmp_path: Path, **members: Any) -> Path:
    """An assessment's JSON with some members replaced, None for left out."""
    path = write(assessment(), tmp_path / "a.json")
    data = json.loads(path.read_text(encoding="utf-8")) | members
    path.write_text(json.dumps({key: value for key, value in data.items() if value is not None}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("drawing", "told"),
    [
        (None, "holds no drawing"),
        ({"format": 0, "packed": ""}, "no drawing of format 2"),
        ({"format": 2}, "no drawing of format 2"),
        ("", "no drawing of format 2"),
        ({"format": 2, "packed": "#"}, "damaged"),
        ({"format": 2, "packed": "AAAA"}, "damaged"),
        ({"format": 2, "packed": "eJyrrgUAAXUA"}, "damaged"),
        ({"format": 2, "packed": "eJyrrgUAAXUA+Q=="}, "damaged"),
    ],
)
def test_what_holds_no_drawing_is_refused_in_a_line(tmp_path: Path, drawing: Any, told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        read_drawing(held(tmp_path, drawing=drawing))
    assert len(error.value.faults) == 1 and "lifecircle assess" in error.value.render("en")


@pytest.mark.parametrize("content", ["", "[1, 2]", '{"kind": "other"}', "\ud800"])
def test_what_is_no_assessment_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(InputError, match=r"a\.json"):
        read_drawing(path)


# Tile servers


def test_what_is_known_of_a_server_follows_its_host() -> None:
    layers = tile_layers([TIANDITU, AMAP, "http://10.0.0.8:8080/{z}/{x}/{-y}.png"])
    assert [(layer["subdomains"], layer["system"]) for layer in layers] == [
        ("01234567", "wgs84"),
        ("1234", "gcj02"),
        ("abc", "wgs84"),
    ]
    assert ["天地图" in layers[0]["zh"], "高德" in layers[1]["zh"], layers[2]["zh"]] == [True, True, "10.0.0.8"]
    assert tile_layers("https://notautonavi.com/{z}/{x}/{y}")[0]["system"] == "wgs84"
    assert tile_layers("https://{s}.x.example/{z}/{x}/{y}", "gcj02")[0] | {"url": ""} == {
        "url": "",
        "subdomains": "abc",
        "system": "gcj02",
        "zh": "x.example",
        "en": "x.example",
    }


def test_the_policy_lets_the_page_ask_the_named_servers_only() -> None:
    assert "img-src data:;" in policy()
    allowed = "img-src data: http://10.0.0.8:8080 https://*.is.autonavi.com https://*.tianditu.gov.cn;"
    assert allowed in policy(tile_layers([AMAP, TIANDITU, "http://10.0.0.8:8080/{z}/{x}/{-y}.png"]))


@pytest.mark.parametrize(
    "wrong",
    [
        "https://x; script-src *",
        "file:///{z}/{x}/{y}",
        "https://tiles.example/map.png",
        "https://a.{s}.example/{z}/{x}/{y}",
        "https://{x}.example/{z}/{x}/{y}",
        "https://a b/{z}/{x}/{y}",
        "",
    ],
)
def test_what_is_no_tile_server_is_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="not a tile server"):
        tile_layers([wrong, AMAP])


TILES = """() => [...document.querySelectorAll(".leaflet-tile")].map((tile) => {
    const inside = document.querySelector(".leaflet-container").getBoundingClientRect();
    const { left, top } = tile.getBoundingClientRect();
    return [tile.src, left - inside.left, top - inside.top];
})"""


def corner(x: int, y: int, z: int) -> tuple[float, float]:
    """Longitude and latitude of a tile's north-west corner, in the tiles' own system."""
    n = 2.0**z
    return x / n * 360 - 180, float(np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * y / n)))))


@pytest.mark.browser
@pytest.mark.parametrize("system", ["gcj02", "wgs84"])
def test_tiles_lie_where_their_system_says(context: BrowserContext, tmp_path: Path, system: str) -> None:
    """Every tile's corner stands at its place on the ground within 2 pixels, also after the map was moved."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=DOT, content_type="image/gif")

    context.route("https://*.tiles.example/**", answer)
    tiles = "https://{s}.tiles.example/{z}/{x}/{y}.png"
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(write(assessment(), tmp_path / "a.html", tiles=tiles, system=system).as_uri())
    page.evaluate("map_lifecircle.setView([31.42, 120.65], 16, { animate: false })")
    for _ in range(2):
        page.wait_for_selector(".leaflet-tile-loaded")
        rows = [row for row in page.evaluate(TILES) if "/16/" in row[0]]
        assert len(rows) > 8
        for url, left, top in rows:
            z, x, y = map(int, re.findall(r"/(\d+)/(\d+)/(\d+)\.png", url)[0])
            place = np.array([corner(x, y, z)])
            lon, lat = (gcj02_to_wgs84(place) if system == "gcj02" else place)[0]
            at = page.evaluate("([lat, lon]) => map_lifecircle.latLngToContainerPoint([lat, lon])", [lat, lon])
            assert (left, top) == pytest.approx((at["x"], at["y"]), abs=2)
        page.evaluate("map_lifecircle.panBy([3000, 2000], { animate: false })")
    assert asked and complaints == []
    assert "tiles.example" in page.locator(".credit").inner_text()


@pytest.mark.browser
def test_the_page_shifts_as_python_does(context: BrowserContext, tmp_path: Path) -> None:
    page = context.new_page()
    page.goto(write(assessment(), tmp_path / "a.html").as_uri())
    points = np.array([[120.65, 31.42], [116.49, 39.98], [-15.4, 28.1], [87.6, 43.8], [104.99, 34.99]])
    shifted = page.evaluate(
        "(points) => points.map(([lng, lat]) => gcj02({ lat, lng })).map((p) => [p.lng, p.lat])", points.tolist()
    )
    assert np.allclose(shifted, wgs84_to_gcj02(points), rtol=0, atol=1e-12)
