"""The map as one HTML file: opens by double click, asks the network for nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import folium
from branca.element import Element, Figure
from folium.template import Template

from lifecircle.model import Assessment
from lifecircle.outputs import drawings
from lifecircle.outputs.drawings import Drawing
from lifecircle.outputs.tiles import TileSystem, sources, tile_layers

SCRIPTS = (
    "words.js",
    "store.js",
    "tiles.js",
    "draw.js",
    "shapes.js",
    "names.js",
    "ground.js",
    "texts.js",
    "results.js",
    "surface.js",
    "places.js",
    "gates.js",
    "reach.js",
    "focus.js",
    "legend.js",
    "slider.js",
    "tabs.js",
    "panel.js",
    "beside.js",
    "inspect.js",
    "finder.js",
    "edits.js",
    "whatif.js",
    "files.js",
    "plan.js",
    "proposals.js",
    "voice.js",
    "sheet.js",
    "page.js",
)
"""In the order they need each other."""
ENGINE = (
    "projection.js",
    "walkdata.js",
    "search.js",
    "judge.js",
    "streets.js",
    "routes.js",
    "changes.js",
    "share.js",
    "engine.js",
)
"""What computes; its names are its own, but for ``createEngine``."""

ANSWERS = ("states", "reasons", "metres", "nearest")
"""What a page that walks computes of each category itself."""

LANGUAGE_TAGS = {"zh": "zh-CN", "en": "en"}


def write(
    result: Assessment | Drawing,
    path: Path,
    *,
    lang: Literal["zh", "en"] = "zh",
    tiles: str | Sequence[str] | None = None,
    system: TileSystem | None = None,
) -> None:
    """Write the interactive map of one site.

    ``lang`` is the language the page opens in; it holds both. ``tiles`` is the URL template of a tile
    server (``https://.../{z}/{x}/{y}.png``), or several, the lowest first; without it the page draws its own base and
    makes no request. ``system`` says in which coordinates the tiles lie, where their host does not tell.
    Raises InputError where ``tiles`` is no such template, OSError where the file cannot be written.
    """
    html = html_map(result, lang=lang, tiles=tiles, system=system).get_root().render()
    html = html.replace("<html>", f'<html lang="{LANGUAGE_TAGS[lang]}">', 1)
    path.write_text(html, encoding="utf-8", errors="replace", newline="\n")


def html_map(
    result: Assessment | Drawing,
    *,
    lang: Literal["zh", "en"] = "zh",
    tiles: str | Sequence[str] | None = None,
    system: TileSystem | None = None,
) -> folium.Map:
    """The same page as a folium map, to add layers to before it is rendered."""
    layers = tile_layers(tiles, system)
    data = {**_unanswered(drawings.page_of(result)), "lang": lang, "tiles": layers}
    page = folium.Map(tiles=None, prefer_canvas=True, attribution_control=False, zoom_snap=0.25, zoom_start=12)
    page.default_js, page.default_css = [], []
    page._id = "lifecircle"
    figure = _figure(page)
    at = data["site"].get("at")
    figure.title = escape(" · ".join([data["site"]["name"], *([at[lang]] if at else [])]))
    for name, markup in head(layers).items():
        figure.header.add_child(Verbatim(markup), name=name)
    page.add_child(Page(data), name="page")
    return page


def _unanswered(data: dict[str, Any]) -> dict[str, Any]:
    """What a page needs to hold: where it walks, not who reaches what, nor how many at other limits than the norm."""
    if data["walk"] is None:
        return data

    def needed(category: dict[str, Any]) -> dict[str, Any]:
        rows = [row for row in category["rows"] if row["at"] == "norm"]
        return {name: value for name, value in category.items() if name not in ANSWERS} | {"rows": rows}

    return {**data, "categories": [needed(category) for category in data["categories"]]}


def head(tiles: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What stands in the page's head, under the name of each part."""
    return {
        "policy": f'<meta http-equiv="Content-Security-Policy" content="{policy(tiles)}">',
        "leaflet": f"<style>{leaflet()['css']}</style>\n<script>\n{leaflet()['js']}\n</script>",
        "style": f"<style>{text('page/style.css')}</style>",
    }


class Verbatim(Element):
    """Markup that is no template: folium would run ``{{ ... }}`` in a name if it stood in one."""

    _template = Template("{{ this.markup }}")

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.markup = markup


class Page(Element):
    """The panel, the data and the scripts, beside the map they are added to."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()
        self._name = "Page"
        self._data = data

    def render(self, **kwargs: Any) -> str:
        """Put the parts where the figure wants them; the map has put its own there before."""
        assert self._parent is not None
        figure, name = _figure(self), self._parent.get_name()
        scripts = "\n".join([engine(), *(text(f"page/{script}") for script in SCRIPTS)])
        data = f'<script type="application/json" id="lifecircle-data">{embedded(self._data)}</script>'
        figure.html.add_child(Verbatim(text("page/page.html") + data), name="page")
        figure.script.add_child(Verbatim(f"{scripts}\nlifecircle({name});"), name="page")
        return ""


def _figure(element: Element) -> Figure:
    figure = element.get_root()
    assert isinstance(figure, Figure)
    return figure


def embedded(data: dict[str, Any]) -> str:
    """JSON that cannot end the script element it stands in."""
    return drawings.plain(data).replace("<", "\\u003c")


def policy(tiles: Sequence[dict[str, Any]] = ()) -> str:
    """What the page may do: run and style itself, draw data images, and nothing else but ask named tile servers."""
    return (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
        f"img-src {' '.join(['data:', *sources(tiles)])}; base-uri 'none'; form-action 'none'"
    )


def engine() -> str:
    """The script of ``createEngine``."""
    parts = "\n".join(text(f"engine/{script}") for script in ENGINE)
    return f"const createEngine = (() => {{\n{parts}\nreturn createEngine;\n}})();"


@cache
def leaflet() -> dict[str, str]:
    """Leaflet's code under its licence, without what would ask for further files."""
    css = re.sub(r"url\([^)]*\)", "none", text("vendor/leaflet.css"))
    js = re.sub(r"//# sourceMappingURL=.*", "", text("vendor/leaflet.js"))
    return {"css": css, "js": f"/*\n{text('vendor/LICENSE')}*/\n{js}"}


@cache
def text(path: str) -> str:
    """A file beside this module."""
    here: Traversable = resources.files("lifecircle.outputs")
    return here.joinpath(path).read_text(encoding="utf-8")
