"""The map beside stock folium: the same shapes, the size of the page and the time until it is drawn.

Stock folium loads its scripts from other hosts and stays blank without a network: here Leaflet is put inside its page
and what it does not draw with (jQuery, Bootstrap, icons) is left out, which is in its favour.
"""

from __future__ import annotations

import re
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import folium
import geopandas as gpd
import numpy as np
import pyproj
import shapely
from playwright.sync_api import Browser, sync_playwright

from benchmarks.cases import Case
from benchmarks.measure import Row
from lifecircle import assess
from lifecircle.model import Geometries, Site
from lifecircle.outputs import html
from lifecircle.outputs.drawings import plain
from lifecircle.outputs.shapes import FINE, Encoder

SIZES = (10_000, 50_000)
AGAINST = "folium GeoJson, Leaflet inside"
SECONDS = 600
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))"
PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8">{leaflet}
<style>html, body, #map {{ margin: 0; height: 100% }}</style></head><body><div id="map"></div><script>
{scripts}
const [data, map] = [{data}, L.map("map", {{ attributionControl: false }})];
const origin = originOf(data);
const shapes = new Shapes(data.shape, origin);
map.fitBounds(data.bounds);
new Sheet((ctx, min, max) => {{
  const path = shapes.path(viewOf(map, origin, min, max));
  ctx.fillStyle = "#a8c8dc";
  ctx.fill(path, "nonzero");
  stroke(ctx, path, "#4a7c9c", 1);
}}, {{ pane: "overlayPane" }}).addTo(map);
const count = shapes.count;
</script></body></html>"""
COUNT = """() => typeof count === "number" ? count : Object.values(window)
  .filter((it) => it instanceof L.GeoJSON).reduce((sum, layer) => sum + layer.getLayers().length, 0)"""


def run(case: Case, folder: Path, repeats: int, sizes: tuple[int, ...] = SIZES) -> list[Row]:
    """One layer of made polygons; ``case`` gives the place only."""
    crs = case.site(folder).crs
    rows = []
    with _browser() as browser:
        for n in sizes:
            shapes = footprints(n)
            ours, peer = folder / "ours.html", folder / "folium.html"
            ours.write_text(_ours(shapes, crs), encoding="utf-8")
            peer.write_text(_stock([gpd.GeoSeries(shapes, crs=crs)]), encoding="utf-8")
            ready, theirs, counts = _by_turns(browser, ours, peer, repeats)
            assert counts == (n, n), counts
            rows += _rows(f"{n:,} polygons", "made", ours, peer, ready, theirs, f"same {n:,} polygons")
    return rows


def run_pages(case: Case, folder: Path, repeats: int) -> list[Row]:
    """A site's whole page beside folium's with its base and its places alone."""
    assessment = assess(case.site_file(folder))
    ours, peer = folder / "ours.html", folder / "folium.html"
    html.write(assessment, ours)
    layers = [layer.to_crs(4326) for layer in _layers(assessment.site)]
    peer.write_text(_stock(layers), encoding="utf-8")
    with _browser() as browser:
        ready, theirs, _ = _by_turns(browser, ours, peer, repeats)
    answers = f"folium: {sum(map(len, layers)):,} shapes of base and places; ours also minutes, gaps and what-if"
    return [replace(row, aim=None) for row in _rows("whole page", case.name, ours, peer, ready, theirs, answers)]


def footprints(n: int) -> Geometries:
    """Shape (n,): buildings with a corner cut out, in rows, turned and sized by a fixed seed; metres."""
    random = np.random.default_rng(1)
    corners = np.array([(0, 0), (1, 0), (1, 0.6), (0.5, 0.6), (0.5, 1), (0, 1), (0, 0)]) - 0.5
    size, turn = random.uniform(8, 22, (n, 1, 1)), random.uniform(0, np.pi / 2, n)
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]).transpose(2, 0, 1)
    side = int(np.ceil(np.sqrt(n)))
    middle = 30.0 * (np.column_stack(np.divmod(np.arange(n), side)) - side / 2)
    rings = (corners * size) @ spin + middle[:, None]
    return np.asarray(shapely.polygons(rings))


def _ours(shapes: Geometries, crs: pyproj.CRS) -> str:
    encoder = Encoder(crs)
    bounds = encoder.bounds(shapely.box(*shapely.total_bounds(shapes)))
    data = plain({"bounds": bounds, "shape": encoder.geometries(shapes, FINE)})
    scripts = "\n".join([html.engine(), *(html.text(f"page/{name}") for name in ("draw.js", "shapes.js"))])
    return PAGE.format(leaflet=html.head([])["leaflet"], scripts=scripts, data=data)


def _stock(layers: list[gpd.GeoSeries]) -> str:
    page = folium.Map()
    for layer in layers:
        folium.GeoJson(layer.to_crs(4326).to_json()).add_to(page)
    page.fit_bounds(page.get_bounds())
    markup = re.sub(r'<script src="[^"]*"></script>|<link rel="stylesheet"[^>]*>', "", page.get_root().render())
    return markup.replace("<head>", f"<head>{html.head([])['leaflet']}", 1)


def _layers(site: Site) -> list[gpd.GeoSeries]:
    near = shapely.box(*shapely.bounds(shapely.buffer(site.boundary, 300)))
    buildings = site.buildings[shapely.intersects(near, site.buildings)]
    drawn = (site.background.geometry, buildings, site.network.lines, site.demand.geometry)
    return [gpd.GeoSeries(shapes, crs=site.crs) for shapes in drawn if len(shapes)]


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def _by_turns(browser: Browser, ours: Path, peer: Path, repeats: int) -> tuple[float, float, tuple[int, int]]:
    """Median seconds from opening each page, with the network off, until it is drawn; how many shapes each drew."""
    times: tuple[list[float], list[float]] = ([], [])
    counts = [0, 0]
    for _ in range(repeats):
        for side, path in enumerate((ours, peer)):
            seconds, counts[side] = _open(browser, path)
            times[side].append(seconds)
    return statistics.median(times[0]), statistics.median(times[1]), (counts[0], counts[1])


def _open(browser: Browser, path: Path) -> tuple[float, int]:
    with browser.new_context(offline=True, viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.goto(path.as_uri())
        return page.evaluate(DRAWN) / 1000, page.evaluate(COUNT)


def _rows(what: str, case: str, ours: Path, peer: Path, ready: float, theirs: float, answers: str) -> list[Row]:
    sizes = [path.stat().st_size / 1e6 for path in (ours, peer)]
    return [
        Row(f"{what}: ready", case, ready, theirs, theirs / ready, ("at least", 1), AGAINST, answers),
        Row(f"{what}: size", case, *sizes, sizes[1] / sizes[0], ("at least", 1), AGAINST, answers, unit="MB"),
    ]
