"""A comparison as one HTML page: sortable tables with the intervals drawn, small maps, no request, names as text."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, StrictUndefined, Template

from lifecircle.model import FUNCTIONS, Comparison
from lifecircle.outputs.drawings import Drawing
from lifecircle.outputs.html import embedded
from lifecircle.outputs.looks import INK, MINUTE_COLOURS, UNKNOWN
from lifecircle.outputs.plain import number, text
from lifecircle.outputs.smallmaps import small_map

FUNCTION_WORDS = {
    "production": ("生产", "Production"),
    "living": ("生活", "Living"),
    "ecology": ("生态", "Ecology"),
}


def write(comparison: Comparison, path: Path, *, lang: Literal["zh", "en"] = "zh") -> None:
    """Write the page of a comparison; ``lang`` is the language it opens in, it holds both. Raises OSError."""
    script = _text("comparison.js")
    groups = _groups(comparison)
    maps = _maps(comparison)
    page = _template().render(
        lang=lang,
        tag={"zh": "zh-CN", "en": "en"}[lang],
        style=_text("comparison.css"),
        script=script,
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src '{_digest(script)}'; base-uri 'none'",
        standard=comparison.standard,
        sites=[_site(row) for row in comparison.sites.to_dict("records")],
        functions=[(name, *FUNCTION_WORDS[name]) for name in FUNCTIONS],
        groups=groups,
        shown=_telling(groups),
        maps=maps,
        data=embedded({"maps": maps, "colours": [*MINUTE_COLOURS, UNKNOWN], "ink": INK}),
        colours=MINUTE_COLOURS,
        attribution=[text(credit) for credit in comparison.attribution],
        percent=percent,
    )
    path.write_text(page, encoding="utf-8", newline="\n")


def _maps(comparison: Comparison) -> dict[str, Any]:
    """The small map of every site that has one."""
    maps = {}
    for slug, drawing in comparison.drawings.items():
        with suppress(ValueError):  # damaged: the figures stand all the same
            maps[slug] = small_map(Drawing(drawing).shown)
    return maps


def _telling(groups: list[dict[str, Any]]) -> str:
    """The category in which the sites lie farthest apart: its small maps are shown first."""

    def spread(row: dict[str, Any]) -> float:
        low = [cell["low"] for cell in row["cells"] if cell["low"] is not None]
        return max(low) - min(low) if low else -1

    return str(max((row for group in groups for row in group["rows"]), key=spread)["id"])


def percent(low: float | None, high: float | None) -> str:
    """A share as per cent, as one number where its bounds print alike.

    >>> percent(0.22, 0.324), percent(0.5, 0.5), percent(None, None)
    ('22–32 %', '50 %', '–')
    """
    if low is None or high is None:
        return "–"
    one, other = f"{100 * low:.0f}", f"{100 * high:.0f}"
    return f"{one} %" if one == other else f"{one}–{other} %"


def _site(row: dict[Any, Any]) -> dict[str, Any]:
    numbers = {key: number(value, 6) for key, value in row.items() if value is None or isinstance(value, float)}
    words = {key: text(value) for key, value in row.items() if isinstance(value, str)}
    rest = {"synthetic": bool(row["synthetic"]), "rank": int(row["rank"])}
    lists = {key: [text(item) for item in row[key]] for key in ("ties", "notes_zh", "notes_en")}
    return {**numbers, **words, **rest, **lists}


def _groups(comparison: Comparison) -> list[dict[str, Any]]:
    """Functions with their categories, each with one cell a site in the order of the sites."""
    slugs = comparison.sites["slug"].tolist()
    cells = {(row["category"], row["slug"]): _cell(row) for row in comparison.categories.to_dict("records")}
    kinds = comparison.categories.drop_duplicates("category")
    return [
        {
            "words": FUNCTION_WORDS[name],
            "rows": [
                {
                    "id": text(row["category"]),
                    "zh": text(row["zh"]),
                    "en": text(row["en"]),
                    "cells": [cells.get((row["category"], slug), _cell({"slug": slug})) for slug in slugs],
                }
                for row in kinds[kinds["function"] == name].to_dict("records")
            ],
        }
        for name in FUNCTIONS
        if (kinds["function"] == name).any()
    ]


def _cell(row: dict[Any, Any]) -> dict[str, Any]:
    low, high = number(row.get("c_low"), 6), number(row.get("c_high"), 6)
    return {"slug": row.get("slug", ""), "low": low, "high": high, "standing": row.get("standing", "")}


def _digest(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_text("comparison.html"))


@cache
def _text(name: str) -> str:
    return (resources.files("lifecircle.outputs") / "comparison" / name).read_text(encoding="utf-8")
