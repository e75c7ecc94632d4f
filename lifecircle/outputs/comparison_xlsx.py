"""A comparison as a workbook: the sites by rank, every category, and the notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lifecircle.model import FUNCTIONS, PEOPLE, Comparison
from lifecircle.outputs.plain import BY, number, text
from lifecircle.outputs.sheets import Column, workbook

FUNCTIONS_ZH = {"production": "生产 Production", "living": "生活 Living", "ecology": "生态 Ecology"}
HEADS = (
    Column("床位 Beds", 9, "whole"), Column("岗位 Jobs", 9, "whole"),
    Column("人口 People", 9, "whole"), Column("家庭 Families", 9, "whole"),
)  # fmt: skip
SITES = (
    Column("名次 Rank", 8, "whole"), Column("园区 Site", 30, "wrap"), Column("编号 Slug", 24, "wrap"),
    Column("指数下限 Index, low", 10, "tenth"), Column("指数上限 Index, high", 10, "tenth"),
    Column("中值 Mid", 9, "tenth"), Column("并列(区间重叠) Tied with", 30, "wrap"),
    *(Column(f"{FUNCTIONS_ZH[name]}, {end}", 12, "hundredth") for name in FUNCTIONS for end in ("low", "high")),
    Column("最弱 Weakest", 16), Column("协调等级 Grade", 20, "wrap"), Column("面积 Area (km2)", 10, "hundredth"),
    *HEADS, Column("统计对象 Counted", 30, "wrap"), Column("标准 Standard", 20), Column("步行 Walker", 12),
    Column("数据 Data", 16),
)  # fmt: skip
CATEGORIES = (
    Column("功能 Function", 16), Column("类别", 18, "wrap"), Column("Category", 26, "wrap"),
    Column("园区 Site", 30, "wrap"), Column("编号 Slug", 24, "wrap"),
    Column("覆盖率下限 Share, low", 10, "share"), Column("覆盖率上限 Share, high", 10, "share"),
    Column("比较 Standing", 18), Column("判定对象 Judged by", 24, "wrap"),
    Column("合计 Total", 11, "whole"), Column("覆盖 Covered", 11, "whole"),
    Column("缺口 Gap", 11, "whole"), Column("未知 Unknown", 11, "whole"),
)  # fmt: skip
NOTES = (Column("园区 Site", 30, "wrap"), Column("说明", 70, "wrap"), Column("Note", 90, "wrap"))
STANDING = {
    "best": "最好 best",
    "tied best": "并列最好 tied best",
    "worst": "最差 worst",
    "tied worst": "并列最差 tied worst",
    "": "",
}


def write(comparison: Comparison, path: Path) -> None:
    """Write the workbook of a comparison; names are text, an empty cell is unknown. Raises OSError."""
    with workbook(path, "lifecircle") as book:
        for name, columns, rows in (
            ("园区 Sites", SITES, _sites(comparison)),
            ("类别 Categories", CATEGORIES, _categories(comparison)),
            ("说明 Notes", NOTES, _notes(comparison)),
        ):
            sheet = book.sheet(name, columns)
            sheet.header()
            sheet.rows(rows)


def _sites(comparison: Comparison) -> Iterator[list[Any]]:
    for site in comparison.sites.to_dict("records"):
        yield [
            int(site["rank"]),
            text(site["name"]),
            text(site["slug"]),
            *(number(site[f"index_{end}"]) for end in ("low", "high", "mid")),
            ", ".join(text(slug) for slug in site["ties"]),
            *(number(site[f"{name}_{end}"], 6) for name in FUNCTIONS for end in ("low", "high")),
            FUNCTIONS_ZH.get(site["weakest"], ""),
            text(site["grade"]),
            number(site["area_km2"]),
            *(number(site[kind]) for kind in PEOPLE),
            _both(site["headline_zh"], site["headline_en"]),
            text(site["standard"]),
            text(site["profile"]),
            "合成 synthetic" if site["synthetic"] else "",
        ]


def _both(zh: str, en: str) -> str:
    return f"{text(zh)} · {text(en)}"


def _categories(comparison: Comparison) -> Iterator[list[Any]]:
    """Category by category, the sites by rank within each."""
    names = comparison.sites.set_index("slug")["name"]
    place = {slug: i for i, slug in enumerate(names.index)}
    order = {id: i for i, id in enumerate(dict.fromkeys(comparison.categories["category"]))}
    rows = comparison.categories.to_dict("records")
    for row in sorted(rows, key=lambda row: (order[row["category"]], place[row["slug"]])):
        yield [
            FUNCTIONS_ZH.get(row["function"], text(row["function"])),
            text(row["zh"]),
            text(row["en"]),
            text(names[row["slug"]]),
            text(row["slug"]),
            number(row["c_low"], 6),
            number(row["c_high"], 6),
            STANDING[row["standing"]],
            " + ".join(BY.get(kind, kind) for kind in row["by"].split("+")),
            *(number(row[name]) for name in ("total", "covered", "gap", "unknown")),
        ]


def _notes(comparison: Comparison) -> Iterator[list[Any]]:
    for site in comparison.sites.to_dict("records"):
        notes = zip(site["notes_zh"], site["notes_en"], strict=True)
        yield from ([text(site["name"]), text(zh), text(en)] for zh, en in notes)
    yield from (["数据版权 Credit", "", text(credit)] for credit in comparison.attribution)
