"""The assessment as JSON: what ``compare`` reads, and all the figures of the other outputs as plain data.

Members: ``format`` (2) and ``kind`` say what the file is; ``site``, ``standard``, ``profile``,
``parameters``, ``inputs`` (SHA-256 of every file read), ``dates`` (when each source is of, by whom) and ``version``
where it comes from;
``headline``, ``heads``, ``index``, ``categories`` (each with its norm, sources, state of the data, score
and coverage by those it is judged by), ``coverage`` (every measure at every limit), ``indicators`` and
``gaps`` (counts) what was found; ``checks`` what policies ask of it, ``goals``, ``scenes`` and ``typology`` the
scorecard of a plan and what kind of unit it is; ``tailoring`` what the site's factors changed in the standard,
``untailored`` the figures without that, ``walkers`` and ``moments`` what is asked beside; ``sensitivity`` and
``widest`` how far the index hangs on choices and on what is unknown; ``supply`` what is within reach for how many,
``groups`` coverage by shift and kind of place, ``reliance`` (a list a column) who would lose what if a facility
closed, of those that serve anybody, ``places`` (a list a column) what each place has and lacks; ``drawing`` what
``lifecircle map`` draws again (``outputs.drawings``).
After a scenario, ``scenario`` holds its changes and ``before`` the figures of the site as it is.
Sentences stand in both languages, as ``zh`` and ``en``. Shares run from 0 to 1, the index from 0 to 100;
null is unknown, and an amount or distance without an end.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lifecircle.model import AMOUNTS, Assessment, Category
from lifecircle.outputs import drawings
from lifecircle.outputs.plain import about, columns, index, interval, judged, norm, number, records, text, told
from lifecircle.outputs.scenarios import before_and_after

FORMAT = 2
KIND = "lifecircle assessment"


def write(assessment: Assessment, path: Path) -> None:
    """Write an assessment as JSON (UTF-8, sorted keys). Raises OSError."""
    whole = json.dumps(document(assessment), ensure_ascii=False, allow_nan=False, sort_keys=True, indent=1)
    path.write_text(whole + "\n", encoding="utf-8", newline="\n")


def document(assessment: Assessment) -> dict[str, Any]:
    """The same as plain lists and dicts."""
    return {
        "format": FORMAT,
        "kind": KIND,
        **about(assessment),
        **before_and_after(assessment),
        "categories": _categories(assessment),
        "coverage": _coverage(assessment),
        "indicators": _indicators(assessment),
        **_tailoring(assessment),
        "checks": records(assessment.checks),
        "goals": records(assessment.goals),
        "scenes": records(assessment.scenes),
        "typology": records(assessment.typology),
        "sensitivity": records(assessment.sensitivity),
        "widest": records(assessment.widest),
        "supply": records(assessment.supply),
        "groups": records(assessment.groups),
        "reliance": columns(assessment.reliance[assessment.reliance["within"] > 0]),
        "places": columns(assessment.places),
        "gaps": {"areas": len(assessment.gaps.areas), "places": len(assessment.gaps.places)},
        "drawing": {"format": drawings.FORMAT, "packed": drawings.drawing(assessment).packed},
    }


def _tailoring(assessment: Assessment) -> dict[str, Any]:
    """What the site's factors changed in the standard and why, the figures without that, and what stands beside."""
    changes = [
        {"category": one.category, **{key: told(getattr(one, key)) for key in ("what", "before", "after", "why")}}
        for one in assessment.tailoring
    ]
    beside = {"walkers": records(assessment.walkers), "moments": records(assessment.moments)}
    return {"tailoring": changes, "untailored": _untailored(assessment), **beside}


def _untailored(assessment: Assessment) -> dict[str, Any] | None:
    """What ``compare`` reads instead of the tailored figures: members of the names they have here."""
    standard, found, coverage = assessment.site.untailored, assessment.untailored, assessment.untailored_coverage
    if standard is None or found is None or coverage is None:
        return None
    shares = coverage.judged(found.judged_by)
    categories = [
        {"id": one.id, "zh": one.zh, "en": one.en, "function": one.function, "judged_by": found.judged_by[one.id]}
        | {"at_norm": _at_norm(shares.loc[one.id])}
        for one in standard.categories
    ]
    named = {"id": standard.id, "version": standard.version, "hash": standard.hash}
    return {"standard": named, "index": index(found), "categories": categories}


def _at_norm(row: Any) -> dict[str, Any]:
    """Coverage by those that a category is judged by."""
    return {name: number(row[name]) for name in AMOUNTS} | {name: number(row[name], 6) for name in ("c_low", "c_high")}


def _categories(assessment: Assessment) -> list[dict[str, Any]]:
    at_norm = judged(assessment)
    return [
        _category(assessment, category, at_norm.loc[category.id]) for category in assessment.site.standard.categories
    ]


def _category(assessment: Assessment, category: Category, row: Any) -> dict[str, Any]:
    site, gaps = assessment.site, assessment.gaps
    score = assessment.index.categories.get(category.id)
    return {
        "id": category.id,
        "zh": category.zh,
        "en": category.en,
        "function": category.function,
        "circle": category.circle,
        "serves": list(category.serves),
        "weight": number(category.weight, 6),
        "duty": category.duty,
        **norm(assessment, category),
        "completeness": str(site.completeness[category.id]),
        "facilities": int((site.facilities["category"] == category.id).sum()),
        "judged_by": assessment.index.judged_by.get(category.id, "nobody"),
        "score": interval(score) if score else None,
        "at_norm": _at_norm(row),
        "gap_areas": int((gaps.areas["category"] == category.id).sum()),
        "gap_places": int((gaps.places["category"] == category.id).sum()),
    }


def _coverage(assessment: Assessment) -> list[dict[str, Any]]:
    rows = assessment.coverage.table.to_dict("records")
    return [
        {"category": row["category"], "by": row["by"], "at": row["at"], "norm_m": number(row["norm_m"])}
        | {name: number(row[name]) for name in AMOUNTS}
        for row in rows
    ]


def _indicators(assessment: Assessment) -> list[dict[str, Any]]:
    rows = assessment.indicators.to_dict("records")
    words, numbers = ("id", "title_zh", "title_en", "unit", "reference_zh", "reference_en"), ("value", "low", "high")
    return [
        {name: text(row[name]) for name in words} | {name: number(row[name], 6) for name in numbers} for row in rows
    ]
