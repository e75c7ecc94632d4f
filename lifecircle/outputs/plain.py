"""Results as plain values: what JSON can hold, rounded, with null for what is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import pandas as pd
import shapely

from lifecircle.messages import LANGUAGES, Message, Named, msg
from lifecircle.model import PEOPLE, Assessment, Category, Index, Interval, Source, estimated

BY = {
    "beds": "beds 床位",
    "jobs": "jobs 岗位",
    "people": "people 人口",
    "families": "families 家庭户",
    "jobs_day": "jobs by day 白班岗位",
    "jobs_evening": "jobs in the evening 中班岗位",
    "jobs_night": "jobs by night 夜班岗位",
    "places": "places 地点",
    "footprint_m2": "building footprint m2 建筑基底面积",
    "street_m": "street length m 道路长度",
    "nobody": "nobody 无对象",
}
"""What coverage is counted by, as shown."""


DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Beginnings that a spreadsheet takes for a formula."""
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Control characters, halves of characters and noncharacters: XML or UTF-8 has no place for them."""


def number(value: Any, digits: int = 3) -> float | int | None:
    """A finite number, rounded, whole ones as int; None for what is missing or infinite."""
    if value is None or pd.isna(value) or not math.isfinite(value):
        return None
    rounded = round(float(value), digits)
    return int(rounded) if rounded.is_integer() else rounded


def text(value: Any) -> str:
    """A name from data as text that every form can hold; empty for what is missing.

    >>> text("a\\x00b")
    'a?b'
    """
    return "" if value is None or pd.isna(value) else UNWRITABLE.sub("?", str(value))


def guarded(value: Any) -> str:
    """Text that no spreadsheet takes for a formula.

    >>> guarded("=1+1"), guarded("一号园")
    ("'=1+1", '一号园')
    """
    shown = text(value)
    return f"'{shown}" if shown.startswith(DANGEROUS) else shown


def records(frame: pd.DataFrame, digits: int = 6) -> list[dict[str, Any]]:
    """The rows of a frame of texts and numbers."""
    return [{str(name): _plain(value, digits) for name, value in row.items()} for row in frame.to_dict("records")]


def columns(frame: pd.DataFrame, digits: int = 6) -> dict[str, list[Any]]:
    """The same as a list a column."""
    return {str(name): [_plain(value, digits) for value in frame[name]] for name in frame}


def _plain(value: Any, digits: int) -> Any:
    return text(value) if isinstance(value, str) else number(value, digits)


def told(message: Message | Named) -> dict[str, str]:
    """A sentence or a name in each language."""
    return {lang: text(message.render(lang)) for lang in LANGUAGES}


def joined(found: Sequence[Message | Named]) -> dict[str, str]:
    """Texts that may hold commas as one, in each language."""
    return {lang: separator.join(told(one)[lang] for one in found) for lang, separator in (("zh", "；"), ("en", "; "))}


def interval(value: Interval, digits: int = 6) -> dict[str, float | int | None]:
    """Low, high and mid; mid is None where too little is known to say one."""
    return {"low": number(value.low, digits), "high": number(value.high, digits), "mid": number(value.mid, digits)}


def nearest_text(metres: float, at_least: bool, limit_m: float) -> str:
    """A walking distance as it is said: ``812 m``, ``>= 812 m``, ``> 2000 m`` beyond the search limit.

    >>> nearest_text(812.4, True, 2000)
    '>= 812 m'
    """
    if not math.isfinite(metres) or metres > limit_m:
        return f"> {limit_m:.0f} m"
    return f">= {metres:.0f} m" if at_least else f"{metres:.0f} m"


def judged(assessment: Assessment, at: str = "norm") -> pd.DataFrame:
    """Coverage of each category by those it is judged by, at one limit; as ``Coverage.judged``."""
    found = assessment.coverage.judged(assessment.index.judged_by, at)
    return found.reindex([category.id for category in assessment.site.standard.categories])


def heads(assessment: Assessment) -> dict[str, float | int | None]:
    """Heads of each kind on the site; None where nobody gave a count."""
    return {kind: number(assessment.site.demand[kind].sum(min_count=1)) for kind in PEOPLE}


def guessed(assessment: Assessment) -> dict[str, float | int | None]:
    """Heads of each kind that the site file's own factors made; kinds without any have no entry."""
    demand = assessment.site.demand
    found = {kind: float(demand.loc[estimated(demand, kind), kind].sum()) for kind in PEOPLE}
    return {kind: number(count) for kind, count in found.items() if count > 0}


def about(assessment: Assessment) -> dict[str, Any]:
    """What a result is of and what it stands on: site, standard, parameters, inputs, index, credits, notes."""
    site, standard = assessment.site, assessment.site.standard
    return {
        "version": version("lifecircle"),
        "site": {
            "name": text(site.name),
            "slug": site.slug,
            "synthetic": site.synthetic,
            "area_km2": number(shapely.area(site.boundary) / 1e6, 6),
            "crs": site.crs.to_string(),
            "extent_origin": site.extent_origin,
        },
        "standard": {
            "id": standard.id,
            "version": standard.version,
            "hash": standard.hash,
            "tailored": assessment.untailored is not None,
            "zh": standard.zh,
            "en": standard.en,
            "partial": told(standard.scope) if standard.scope else None,
        },
        "profile": {
            "id": site.profile.id,
            "zh": site.profile.zh,
            "en": site.profile.en,
            "metres_per_minute": number(site.profile.metres_per_minute),
            "standing": site.profile.standing,
        },
        "parameters": {
            "connector_m": number(site.connector_mm / 1000),
            "limit_m": number(site.limit_mm / 1000),
            "private_ways": site.private_ways,
            **assessment.provenance.get("parameters", {}),
        },
        "inputs": assessment.provenance.get("inputs", {}),
        "dates": dates(assessment),
        "headline": told(assessment.headline),
        "at": told(site.at.name) if site.at else None,
        "people_are": text(site.people_are),
        "heads": heads(assessment),
        "estimated": guessed(assessment),
        "index": index(assessment.index),
        "attribution": [text(credit) for credit in site.attribution],
        "notes": [{"kind": note.kind, **told(note.text)} for note in assessment.notes],
    }


def dates(assessment: Assessment) -> list[dict[str, str | None]]:
    """When each source is of: file, date and by whom it is said (site file, file header, newest node), None where
    nobody says it."""
    return [{**row, "file": text(row["file"])} for row in assessment.provenance.get("dates", [])]


def standard_name(assessment: Assessment) -> Message | Named:
    """What the site is held to, and whether that was tailored to it."""
    standard = assessment.site.standard
    name = Named(standard.zh, standard.en)
    return name if assessment.untailored is None else msg("{standard}, tailored to the site", standard=name)


def index(found: Index) -> dict[str, Any]:
    """The three-life index: its value from 0 to 100, functions and coordination from 0 to 1."""
    return {
        "value": interval(found.value),
        "functions": {
            name: {
                **interval(score),
                "known_weight": number(found.known_weight.get(name), 6),
                "supply_unknown_weight": number(found.supply_unknown_weight.get(name), 6),
            }
            for name, score in found.functions.items()
        },
        "coordination": interval(found.coordination),
        "grade": list(found.grade),
        "weakest": found.weakest,
        "zero": list(found.zero),
    }


def norm(assessment: Assessment, category: Category) -> dict[str, Any]:
    """What a category is held to, where that comes from and how far it can be trusted."""
    return {
        "norm": {"distance_m": category.norm.distance_m, "minutes": category.norm.minutes},
        "norm_m": number(category.norm.metres(assessment.site.profile.metres_per_minute)),
        "standing": category.standing,
        "sources": [
            {**told(source.title), "standing": source.standing, "url": source.url}
            for source in sources(assessment, category)
        ],
    }


def sources(assessment: Assessment, category: Category) -> list[Source]:
    """The documents that a category's norm comes from."""
    known = {source.id: source for source in assessment.site.standard.sources}
    return [known.get(id, Source(id, id, category.standing)) for id in category.source]
