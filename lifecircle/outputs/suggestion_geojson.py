"""A suggestion as a scenario: what the map, `assess --scenario` and `compare` read, with what each place brings."""

from __future__ import annotations

import json
from pathlib import Path

from lifecircle.answers import Suggestion
from lifecircle.outputs.plain import number, text


def write(suggestion: Suggestion, path: Path) -> None:
    """Write a GeoJSON FeatureCollection (WGS 84), a point a place, the greatest gain first. Raises OSError."""
    scenario = suggestion.after.site.scenario
    assert scenario is not None
    features = [
        {
            "type": "Feature",
            "properties": {
                "what": change.what,
                "change": change.change,
                "category": change.category,
                "name": text(change.name),
                "rank": rank,
                "site": text(place.name),
                "gain": number(place.gain),
                "sure_gain": number(place.sure_gain),
                "robust": bool(place.robust),
            },
            "geometry": {"type": "Point", "coordinates": list(change.lonlat[0])},
        }
        for rank, (change, place) in enumerate(zip(scenario.changes, suggestion.places.itertuples(), strict=True), 1)
    ]
    about = {
        "kind": "scenario",
        "format": 1,
        "name": text(scenario.name),
        "category": suggestion.category,
        "counted": suggestion.by,
        "gain": number(suggestion.value),
        "bound": number(suggestion.bound),
        "proven": suggestion.proven,
        "sites": suggestion.sites,
        "apart_m": number(suggestion.apart_m),
        "attribution": [text(credit) for credit in suggestion.site.attribution],
    }
    document = {"type": "FeatureCollection", "lifecircle": about, "features": features}
    whole = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    path.write_text(whole + "\n", encoding="utf-8", newline="\n")
