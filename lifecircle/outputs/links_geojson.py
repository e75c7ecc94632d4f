"""Links that were tried as GeoJSON: the best, each with the walk it saves and what it brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lifecircle.answers import Link, LinkSuggestion
from lifecircle.outputs.plain import number, text
from lifecircle.outputs.scenario_geojson import geometry


def write(suggestion: LinkSuggestion, path: Path) -> None:
    """Write a FeatureCollection (WGS 84) of paths as lines and gates as points, the greatest gain first. Raises
    OSError."""
    told = suggestion.proposals
    features = [_feature(link, rank, told.categories) for rank, link in enumerate(suggestion.links, start=1)]
    about = {
        "kind": "links",
        "format": 1,
        "counted": dict(zip(told.categories, told.by, strict=True)),
        "tried": told.sites,
        "attribution": [text(credit) for credit in told.credits],
    }
    document = {"type": "FeatureCollection", "lifecircle": about, "features": features}
    whole = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    path.write_text(whole + "\n", encoding="utf-8", newline="\n")


def _feature(link: Link, rank: int, categories: tuple[str, ...]) -> dict[str, Any]:
    gains = zip(categories, link.gain, link.sure_gain, strict=True)
    return {
        "type": "Feature",
        "properties": {
            "what": link.change.what,
            "change": link.change.change,
            "name": text(link.change.name),
            "rank": rank,
            "metres": number(link.metres, 1),
            "walk_m": number(link.walk_m, 1),
            "gain": number(sum(link.gain)),
            "sure_gain": number(sum(link.sure_gain)),
            "estimated": number(link.estimated),
            "robust": link.robust,
            "gains": {id: {"gain": number(gain), "sure_gain": number(sure)} for id, gain, sure in gains if gain > 0},
        },
        "geometry": geometry([list(vertex) for vertex in link.change.lonlat]),
    }
