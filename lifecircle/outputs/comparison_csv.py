"""A comparison as one table, one row a site, for spreadsheets and scripts."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lifecircle.model import Comparison
from lifecircle.outputs.plain import guarded, number, text


def write(comparison: Comparison, path: Path) -> None:
    """Write one row a site, by rank, with its share of each category's coverage as ``<category>_low`` and ``_high``.

    UTF-8 with a byte order mark, so that Excel reads Chinese; text that begins like a formula gets an
    apostrophe before it; an empty cell is unknown. Raises OSError.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(_rows(comparison))


def _rows(comparison: Comparison) -> Iterator[list[Any]]:
    sites, categories = comparison.sites, comparison.categories
    ids = list(dict.fromkeys(categories["category"]))
    columns = ["rank", *(name for name in sites.columns if name != "rank")]
    yield [*columns, *(guarded(f"{id}_{end}") for id in ids for end in ("low", "high"))]
    shares = categories.set_index(["slug", "category"])[["c_low", "c_high"]]
    for site in sites[columns].to_dict("records"):
        own = shares.loc[site["slug"]].reindex(ids).to_numpy().ravel()
        yield [*(_cell(value) for value in site.values()), *(number(value, 6) for value in own)]


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return guarded("; ".join(text(part) for part in value))
    if isinstance(value, bool | str):
        return guarded(value)
    return number(value, 6)
