"""Boundary, gaps and walking times as a drawing for CAD, in metres of a projected CRS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ezdxf
import geopandas as gpd
import shapely
from ezdxf.enums import TextEntityAlignment
from ezdxf.layouts import Modelspace

from lifecircle.model import Assessment
from lifecircle.outputs.gis import Language, isochrones, planar
from lifecircle.outputs.plain import text

FORBIDDEN = re.compile(r'[<>/\\":;?*|=`,]')
"""Letters that a layer's name must not hold."""
WORDS = {
    "zh": {
        "boundary": "边界", "gap": "缺口", "walk": "等时圈", "minutes": "分钟", "facility": "设施", "note": "说明",
    },
    "en": {
        "boundary": "Boundary", "gap": "Gap", "walk": "Walk", "minutes": "min", "facility": "Facility", "note": "Note",
    },
}  # fmt: skip
COLOURS = {"boundary": 7, "gap": 1, "facility": 5, "note": 8, 5: 3, 10: 2, 15: 30}
"""Numbers of the AutoCAD colour index."""
TEXT_M = 12.0
STYLE, FONT = "lifecircle", "simsun.ttc"


def write(assessment: Assessment, path: Path, *, lang: Language = "zh") -> None:
    """Write outlines as closed polylines: a layer for the boundary, and for each category one for its gap areas, its
    facilities and each walking time (these switched off). Raises OSError.

    The CRS is that of ``gis.planar``; a text in the drawing names it.
    """
    with _dated():
        drawing = ezdxf.new("R2010", units=6)
        drawing.styles.add(STYLE, font=FONT)
        _Sheet(drawing, assessment, lang).draw()
        drawing.saveas(path)


class _Sheet:
    """One drawing being drawn."""

    def __init__(self, drawing: Any, assessment: Assessment, lang: Language) -> None:
        self._drawing, self._space = drawing, drawing.modelspace()
        self._assessment, self._lang = assessment, lang
        self._words, self._crs = WORDS[lang], planar(assessment)

    def draw(self) -> None:
        site, words = self._assessment.site, self._words
        [boundary] = self._moved(gpd.GeoDataFrame(geometry=[site.boundary], crs=site.crs)).geometry
        _outlines(self._space, boundary, self._layer(words["boundary"], COLOURS["boundary"]))
        areas = self._moved(self._assessment.gaps.areas.set_crs(site.crs, allow_override=True))
        times = self._moved(isochrones(self._assessment))
        facilities = self._moved(site.facilities.set_geometry(shapely.point_on_surface(site.facilities.geometry)))
        for category in site.standard.categories:
            name = category.zh if self._lang == "zh" else category.en
            for row in times[times["category"] == category.id].itertuples():
                walked = f"{words['walk']}_{name}_{row.minutes}{words['minutes']}"
                _outlines(self._space, row.geometry, self._layer(walked, COLOURS[row.minutes], off=True))
            for shape in areas.geometry[areas["category"] == category.id]:
                _outlines(self._space, shape, self._layer(f"{words['gap']}_{name}", COLOURS["gap"]))
            for row in facilities[facilities["category"] == category.id].itertuples():
                layer = self._layer(f"{words['facility']}_{name}", COLOURS["facility"])
                self._space.add_point((row.geometry.x, row.geometry.y), dxfattribs={"layer": layer})
                self._write(text(row.name), row.geometry.x, row.geometry.y, layer)
        self._note(boundary)

    def _note(self, boundary: shapely.Geometry) -> None:
        """What the drawing is, below the boundary."""
        site = self._assessment.site
        layer = self._layer(self._words["note"], COLOURS["note"])
        west, south, _, _ = shapely.bounds(boundary)
        credit = "; ".join(text(each) for each in site.attribution)
        lines = (text(site.name), f"{self._crs.name} ({self._crs.to_string()})", credit)
        for i, line in enumerate(lines, start=1):
            self._write(line, west, south - 2 * TEXT_M * i, layer)

    def _write(self, words: str, x: float, y: float, layer: str) -> None:
        if words:
            told = self._space.add_text(
                " ".join(words.split()), height=TEXT_M, dxfattribs={"layer": layer, "style": STYLE}
            )
            told.set_placement((x, y), align=TextEntityAlignment.LEFT)

    def _layer(self, name: str, colour: int, *, off: bool = False) -> str:
        plain = FORBIDDEN.sub("_", name)
        if plain not in self._drawing.layers:
            layer = self._drawing.layers.add(plain, color=colour)
            if off:
                layer.off()
        return plain

    def _moved(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.to_crs(self._crs)


def _outlines(space: Modelspace, shape: shapely.Geometry, layer: str) -> None:
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        space.add_lwpolyline(shapely.get_coordinates(ring)[:-1], close=True, dxfattribs={"layer": layer})


@contextmanager
def _dated() -> Iterator[None]:
    """The drawing without dates and random ids, so that the same result gives the same bytes."""
    before = ezdxf.options.write_fixed_meta_data_for_testing
    ezdxf.options.write_fixed_meta_data_for_testing = True
    try:
        yield
    finally:
        ezdxf.options.write_fixed_meta_data_for_testing = before
