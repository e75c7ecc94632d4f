"""A scenario as a file: what the map, `assess --scenario` and `compare` read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lifecircle.changes import Change, Scenario
from lifecircle.outputs.plain import number, text
from lifecircle.outputs.scenarios import plain_change
from lifecircle.proposals import Proposals


def write(scenario: Scenario, path: Path) -> None:
    """Write a GeoJSON FeatureCollection (WGS 84), a feature a change, in their order. Raises OSError.

    Where a search found it, each feature has the rank and the gain of its step, and ``lifecircle.proposals`` the rest.
    """
    found = scenario.proposals
    ranks = _ranks(found) if found else [{}] * len(scenario.changes)
    features = [_feature(change, rank) for change, rank in zip(scenario.changes, ranks, strict=True)]
    about = {"kind": "scenario", "format": 1, "name": text(scenario.name)}
    if found:
        about |= {"attribution": [text(credit) for credit in found.credits], "proposals": found.plain()}
    document = {"type": "FeatureCollection", "lifecircle": about, "features": features}
    whole = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    path.write_text(whole + "\n", encoding="utf-8", newline="\n")


def _ranks(found: Proposals) -> list[dict[str, Any]]:
    """Of each change, what its step brings."""
    return [
        {
            "rank": rank,
            "site": text(step.site),
            "gain": number(step.gain),
            "sure_gain": number(step.sure_gain),
            "robust": step.robust,
        }
        for rank, step in enumerate(found.steps, start=1)
        for _ in range(step.changes)
    ]


def _feature(change: Change, rank: dict[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in plain_change(change).items() if key not in ("becomes", "lonlat")}
    return {
        "type": "Feature",
        "properties": said | rank,
        "geometry": geometry([list(vertex) for vertex in change.lonlat]),
    }


def geometry(vertices: list[list[float]]) -> dict[str, Any] | None:
    """A point or a line, by its vertices in degrees; None for none."""
    if not vertices:
        return None
    if len(vertices) == 1:
        return {"type": "Point", "coordinates": vertices[0]}
    return {"type": "LineString", "coordinates": vertices}
