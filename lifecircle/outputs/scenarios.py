"""What a scenario changes, and how things stood before it, as plain values."""

from __future__ import annotations

from typing import Any

import numpy as np

from lifecircle.model import AMOUNTS, FAR_MM, Assessment, Change, State
from lifecircle.outputs.plain import index, interval, judged, number, text


def before_and_after(assessment: Assessment) -> dict[str, Any]:
    """The scenario of an assessment and the figures of the site as it is; nothing where it has none."""
    before, scenario = assessment.before, assessment.site.scenario
    if before is None or scenario is None:
        return {}
    found = {"proposals": scenario.proposals.plain()} if scenario.proposals else {}
    changes = [plain_change(change) for change in scenario.changes]
    return {
        "scenario": {"name": text(scenario.name), "changes": changes, **found},
        "before": {"index": index(before.index), "categories": _figures(before)},
    }


def plain_change(change: Change) -> dict[str, Any]:
    """What a person would have to write to get the change; ``becomes`` is the id of what it adds."""
    said = {
        "category": change.category,
        "id": text(change.id),
        "name": text(change.name),
        "capacity": number(change.capacity),
        "hours": change.hours,
        "becomes": change.becomes,
        "lonlat": [list(vertex) for vertex in change.lonlat],
    }
    kept = {key: value for key, value in said.items() if value not in ("", None, [])}
    return {"what": change.what, "change": change.change, **kept}


def _figures(before: Assessment) -> dict[str, dict[str, Any]]:
    """Of each category, what it was judged by and its score."""
    scores = before.index.categories
    return {
        str(id): {name: number(row[name]) for name in AMOUNTS}
        | {name: number(row[name], 6) for name in ("c_low", "c_high")}
        | {"score": interval(scores[str(id)]) if id in scores else None}
        for id, row in judged(before).iterrows()
    }


def place_before(assessment: Assessment, category: int, place: int) -> dict[str, Any]:
    """State of a place before the scenario, and its walk in metres; nothing where there is no scenario."""
    before = assessment.before
    if before is None:
        return {}
    mm = before.reach.place_mm[category, place]
    return {
        "before_state": State(int(before.coverage.place_state[category, place])).name.lower(),
        "before_m": number(mm / 1000, 1) if mm < FAR_MM else None,
    }


def page_changes(assessment: Assessment) -> dict[str, Any]:
    """The changes as the page's engine takes them, with the rows by which a facility joins the streets."""
    scenario = assessment.site.scenario
    assert scenario is not None
    found = {"proposals": scenario.proposals.plain()} if scenario.proposals else {}
    return {"name": text(scenario.name), "changes": [_for_page(change) for change in scenario.changes], **found}


def _for_page(change: Change) -> dict[str, Any]:
    latlng = np.round(np.array(change.lonlat).reshape(-1, 2)[:, ::-1], 7).tolist()
    where = {"line": latlng} if len(latlng) > 1 else {"at": latlng[0]} if latlng else {}
    rows = {"rows": [list(row) for row in change.rows]} if change.becomes else {}
    said = {key: value for key, value in plain_change(change).items() if key != "lonlat"}
    return said | where | rows
