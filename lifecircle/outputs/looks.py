"""How pictures look, and what their signs are called. Everything can be told apart without colour."""

from __future__ import annotations

from typing import Any

from lifecircle.messages import msg
from lifecircle.model import MINUTES
from lifecircle.outputs.pagedata import FARTHER, NONE

INK, QUIET, RULE, PAPER, LAND, ACCENT = "#22313a", "#5b676e", "#d8d3c8", "#fcfbf8", "#f4f2ed", "#23606e"
MINUTE_COLOURS = ("#bddf26", "#4fc36b", "#21908c", "#365d8d", "#440154")
UNKNOWN = "#7d858b"
CLASS_ENDS = (*MINUTES, FARTHER, NONE)
"""Last minute of each class; what is unknown lies beyond the last."""
WATER, CASING = "#c6dce6", "#cfc8ba"
AREAS = {
    "sea": WATER,
    "farmland": "#f0f0df",
    "residential": "#f0ebe1",
    "commercial": "#f3eae3",
    "industrial": "#eae7ec",
    "campus": "#f0ecdb",
    "bare": "#ece7da",
    "sand": "#f3ead2",
    "green": "#dbe7d0",
    "pitch": "#d0e1c6",
    "parking": "#eae8e4",
    "water": WATER,
    "pier": LAND,
    "building": "#dfd8cb",
}
"""Ground that fills, from the ground up, as on the page."""
LINES = {
    "river": (WATER, None, 5, 8, 100),
    "jetty": (LAND, None, 5, 8, 100),
    "railway": ("#a8a39a", None, 3, 10, 16),
    "path": ("#fbfaf6", CASING, 1.6, 6, 40),
    "minor": ("#ffffff", CASING, 6, 8, 120),
    "medium": ("#ffffff", CASING, 9, 14, 150),
    "major": ("#fffdf6", CASING, 12, 20, 180),
    "motorway": ("#f8ecd2", CASING, 13, 22, 200),
    "wall": ("#9b9284", None, 1, 7, 9),
}
"""Colour, colour of the edges, metres wide, but at least and at most so many units."""
FINE = {"path": 10.0, "wall": 10.0, "gate": 10.0, "building": 30.0, "parking": 15.0}
"""Layers that are left out where ten units are more metres."""
PLACE: dict[str, dict[str, Any]] = {
    "0": {"fill": "url(#dots)", "stroke": "#5b6268", "stroke_width": 13, "stroke_dasharray": "22 26"},
    "1": {"fill": "#8fb6cf", "stroke": "#3f708f", "stroke_width": 10},
    "2": {"fill": "url(#stripes)", "stroke": "#8f3410", "stroke_width": 14},
}
"""By the digit of the state: unknown, covered, gap. They differ without colour."""
AREA: dict[str, Any] = {"fill": "url(#hatch)", "stroke": "#c8501e", "stroke_width": 5, "stroke_opacity": 0.7}
FACILITY: dict[str, Any] = {"fill": INK, "stroke": "#ffffff", "stroke_width": 16}
HOLLOW: dict[str, Any] = {"fill": "#ffffff", "stroke": INK, "stroke_width": 18}
SIGNS = {"production": ("square", "#7a4b9a"), "living": ("disc", "#b3541e"), "ecology": ("triangle", "#2f7d4f")}
PATTERNS = (
    '<defs><pattern id="hatch" width="58" height="58" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="9" height="58" fill="#c8501e" fill-opacity=".75"/></pattern>'
    '<pattern id="stripes" width="38" height="38" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="38" height="38" fill="#eda07d"/><rect width="15" height="38" fill="#8f3410"/></pattern>'
    '<pattern id="dots" width="44" height="44" patternUnits="userSpaceOnUse"><rect width="44" height="44" '
    'fill="#ffffff"/><circle cx="12" cy="12" r="8" fill="#6d747a"/></pattern></defs>'
)
FUNCTIONS = {"production": msg("production"), "living": msg("living"), "ecology": msg("ecology")}
STATES = (("1", msg("covered")), ("2", msg("gap")), ("0", msg("unknown")))
KINDS = {
    "beds": msg("beds"),
    "jobs": msg("jobs"),
    "people": msg("people"),
    "families": msg("families"),
    "jobs_day": msg("jobs by day"),
    "jobs_evening": msg("jobs in the evening"),
    "jobs_night": msg("jobs by night"),
    "places": msg("places"),
    "footprint_m2": msg("m2 of buildings"),
    "street_m": msg("m of streets"),
}
PLACES = msg("places with people")
SYNTHETIC = msg("Synthetic data: a made-up example, not a survey")
STANDINGS = {
    "verified": msg("verified"),
    "source-document": msg("from a source document of this project"),
    "recalled": msg("recalled, unverified"),
    "proposed": msg("proposed, in no norm"),
}
DATA = {
    "complete": msg("data declared complete"),
    "partial": msg("data partial: gaps of low confidence"),
    "absent": msg("no data"),
}


def street_look(each: int, weight: float) -> dict[str, Any]:
    """How streets of a class are drawn."""
    if each < len(MINUTE_COLOURS):
        return {
            "fill": "none",
            "stroke": MINUTE_COLOURS[each],
            "stroke_width": round(10 * weight),
            "stroke_linejoin": "round",
        }
    return {"fill": "none", "stroke": UNKNOWN, "stroke_width": round(8 * weight), "stroke_dasharray": "14 42"}
