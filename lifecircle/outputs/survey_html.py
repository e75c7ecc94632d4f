"""The map to the field sheet: where to look for what. Opens by double click, asks the network for nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from jinja2 import Environment, StrictUndefined

from lifecircle.messages import msg
from lifecircle.model import Geometries, Survey
from lifecircle.outputs.html import LANGUAGE_TAGS, embedded, leaflet, policy
from lifecircle.outputs.html import text as file_text
from lifecircle.outputs.plain import number, text
from lifecircle.outputs.survey_xlsx import in_words

AROUND_M = 1_200.0
"""Streets and buildings are drawn this far beyond the boundary."""
WORDS = {
    "title": msg("Field map"),
    "points": msg("index points"),
    "people": msg("people concerned"),
    "places": msg("places concerned"),
    "all": msg("everything"),
    "layer": msg("facilities to look for"),
    "count": msg("people to count"),
    "gate": msg("gates to find"),
}


def write(survey: Survey, path: Path, *, lang: Literal["zh", "en"] = "zh") -> None:
    """Write the page in a language. Raises OSError."""
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(file_text("survey/survey.html"))
    words = {name: word.render(lang) for name, word in WORDS.items()}
    page = template.render(
        lang=LANGUAGE_TAGS[lang],
        words=words,
        name=text(survey.site.name),
        policy=policy(),
        leaflet=leaflet(),
        style=file_text("survey/survey.css"),
        script=file_text("survey/survey.js"),
        data=embedded(_data(survey, lang, words)),
        credit=" · ".join(text(credit) for credit in survey.site.attribution),
    )
    path.write_text(page, encoding="utf-8", errors="replace", newline="\n")


def _data(survey: Survey, lang: str, words: dict[str, str]) -> dict[str, Any]:
    site = survey.site
    near = shapely.buffer(site.boundary, AROUND_M)
    lines = site.network.lines
    shapes = {
        "boundary": np.array([site.boundary]),
        "streets": lines[shapely.intersects(near, lines)],
        "buildings": site.buildings[shapely.intersects(near, site.buildings)],
        "where": survey.questions.geometry.to_numpy(),
    }
    drawn = {name: _geojson(survey, given) for name, given in shapes.items()}
    return {"words": words, "questions": _questions(survey, lang), **drawn}


def _questions(survey: Survey, lang: str) -> list[dict[str, Any]]:
    centre = _degrees(survey, shapely.point_on_surface(survey.questions.geometry.to_numpy()))
    at = shapely.get_coordinates(centre).round(6).tolist()
    rows = zip(survey.questions.itertuples(), at, strict=True)
    return [
        {
            "rank": rank,
            "id": row.id,
            "kind": row.kind,
            "name": in_words(row.name, lang),
            "ask": in_words(row.ask, lang),
            "points": number(row.points, 2),
            "people": number(row.people, 0),
            "places": row.places,
            "at": place,
        }
        for rank, (row, place) in enumerate(rows, start=1)
    ]


def _degrees(survey: Survey, shapes: Geometries) -> Geometries:
    return np.asarray(gpd.GeoSeries(shapes, crs=survey.site.crs).to_crs(4326).to_numpy())


def _geojson(survey: Survey, shapes: Geometries) -> list[Any]:
    """Shapes in degrees of six decimals."""
    plain = shapely.transform(_degrees(survey, shapely.simplify(shapes, 0.5)), lambda xy: np.round(xy, 6))
    return [json.loads(shape) for shape in shapely.to_geojson(plain)]
