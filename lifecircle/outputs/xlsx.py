"""The indicator table as a workbook: summary, coverage, indicators, gaps. Names are text, never formulas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from lifecircle.messages import LANGUAGES, Message, msg, tell
from lifecircle.model import MINUTES, PEOPLE, Assessment, Category, Completeness, Source
from lifecircle.outputs.plain import (
    AMOUNTS,
    BY,
    MARKS,
    about,
    documents,
    index,
    judged,
    nearest_text,
    number,
    sources,
    text,
)
from lifecircle.outputs.sheets import A4, Book, Column, Sheet, workbook
from lifecircle.outputs.tracing import TITLES as TRACED
from lifecircle.outputs.tracing import lines

MOST_ROWS = 50_000
"""Rows of gap places a workbook holds, shared out among the categories; the GeoJSON holds them all."""

FUNCTIONS_ZH = {"production": "生产 Production", "living": "生活 Living", "ecology": "生态 Ecology"}
NOTES = {"repaired": "已修正 repaired", "assumed": "假设 assumed", "doubt": "存疑 doubt", "info": "说明 info"}
UNITS = {
    "beds": "床 beds", "jobs": "岗 jobs", "people": "人 people", "families": "户 families",
    "jobs/bed": "岗/床 jobs/bed", "share": "比例 share", "ratio": "比值 ratio",
}  # fmt: skip
"""Of indicators, as shown."""
DATA = {
    Completeness.COMPLETE: "complete 完整",
    Completeness.PARTIAL: "partial 不完整",
    Completeness.ABSENT: "absent 缺失",
}

SUMMARY = (
    Column("", 34), Column("", 22, "hundredth"), Column("", 22, "hundredth"),
    Column("", 24, "hundredth"), Column("", 26, "share"),
)  # fmt: skip
FIGURES = (
    Column("合计 Total", 11, "whole"),
    Column("达标 Covered", 11, "whole"),
    Column("缺口 Gap", 11, "whole"),
    Column("未知 Unknown", 11, "whole"),
    Column("缺口中可信度低 Gap, low confidence", 13, "whole"),
    Column("直线半径覆盖 Covered by straight line", 13, "whole"),
    Column("其中估算 Of which estimated", 11, "whole"),
)
SHARES = (Column("覆盖率下限 Share, low", 10, "share"), Column("覆盖率上限 Share, high", 10, "share"))
MINUTES_WALKED = (
    Column("功能 Function", 16), Column("类别", 16, "wrap"), Column("Category", 22, "wrap"),
    Column("口径 Limit", 12), Column("步行距离 Walk (m)", 10, "whole"), Column("判定对象 Judged by", 18, "wrap"),
    *FIGURES, *SHARES, Column("数据 Data", 14), Column("设施数 Facilities", 10, "whole"),
)  # fmt: skip
COVERAGE = (
    *MINUTES_WALKED,
    Column("依据 Standing", 22, "wrap"),
    Column("来源", 50, "wrap"),
    Column("Source", 50, "wrap"),
)
BEFORE = (
    Column("方案前达标 Covered before", 11, "whole"), Column("方案前缺口 Gap before", 11, "whole"),
    Column("方案前未知 Unknown before", 11, "whole"), Column("方案前覆盖率下限 Share before, low", 11, "share"),
    Column("方案前覆盖率上限 Share before, high", 11, "share"),
)  # fmt: skip
SCENARIO = (
    Column("序号 No.", 8, "whole"), Column("对象 What", 16), Column("改动 Change", 14), Column("类别", 18, "wrap"),
    Column("Category", 24, "wrap"), Column("编号 Id", 30), Column("新编号 New id", 14), Column("名称 Name", 26, "wrap"),
    Column("规模 Capacity", 11, "hundredth"), Column("经度 Longitude", 14, "degrees"),
    Column("纬度 Latitude", 14, "degrees"), Column("点数 Points", 9, "whole"),
)  # fmt: skip
SAID_BY = {
    "site file": "见于站点文件 site file",
    "file header": "见于文件头 file header",
    "newest node": "最近一次节点编辑 newest edit of a node",
}
"""Who says when data are of."""
WHAT = {"facility": "设施 facility", "path": "步行道 path", "gate": "大门 gate"}
CHANGE = {"add": "新增 add", "move": "迁移 move", "close": "关闭 close"}
MEASURES = (
    Column("类别", 16), Column("Category", 26), Column("口径 Limit", 11), Column("步行距离 Walk (m)", 10, "whole"),
    Column("计量 Counted by", 36), *FIGURES, *SHARES,
)  # fmt: skip
INDICATORS = (
    Column("指标", 18, "wrap"), Column("Indicator", 28, "wrap"), Column("单位 Unit", 12),
    Column("数值 Value", 14, "hundredth"), Column("下限 Low", 14, "hundredth"), Column("上限 High", 14, "hundredth"),
    Column("参考", 44, "wrap"), Column("Reference", 44, "wrap"),
)  # fmt: skip
TRUST = (
    Column("类别", 16, "wrap"), Column("Category", 24, "wrap"), Column("数据 Data", 16),
    Column("说明", 60, "wrap"), Column("In words", 76, "wrap"),
)  # fmt: skip
HEADS = (
    Column("床位 Beds", 9, "whole"), Column("岗位 Jobs", 9, "whole"),
    Column("人口 People", 9, "whole"), Column("家庭 Families", 9, "whole"),
)  # fmt: skip
ESTIMATED = Column("含估算 Estimated", 14, "wrap")
NEAREST = (
    Column("最近设施 Nearest facility", 32, "wrap"), Column("步行距离 Walk", 12),
    Column("距离 Distance (m)", 11, "tenth"), Column("超出标准 Beyond norm (m)", 12, "tenth"),
    Column("可信度 Confidence", 11),
)  # fmt: skip
GAP = (Column("编号 Id", 30), Column("类别", 16, "wrap"), Column("Category", 24, "wrap"))
AREAS = (
    *GAP, Column("面积 Area (ha)", 10, "hundredth"), Column("地点数 Places", 9, "whole"), *HEADS, ESTIMATED, *NEAREST,
)  # fmt: skip
PLACES = (*GAP, Column("地点 Place", 24), Column("名称 Name", 32, "wrap"), *HEADS, ESTIMATED, *NEAREST)

ROWS = tuple(
    Column(title, width, "wrap")
    for title, width in zip(TRACED, (18, 7, 28, 30, 12, 14, 20, 18, 30, 30, 36), strict=True)
)


def write(assessment: Assessment, path: Path) -> None:
    """Write the workbook of one site. Raises OSError.

    Shares are fractions shown as per cent, lengths metres, areas hectares; an empty cell is unknown.
    """
    with workbook(path, text(assessment.site.name)) as book:
        _summary(book, assessment)
        if assessment.site.scenario is not None:
            _table(book, "方案 Scenario", SCENARIO, _changes(assessment), text(assessment.site.scenario.name))
        columns = (*COVERAGE, *BEFORE) if assessment.before else COVERAGE
        _table(book, "覆盖 Coverage", columns, _at_norm(assessment))
        _table(book, "步行分钟 Minutes", MINUTES_WALKED, _coverage(assessment, [f"{m} min" for m in MINUTES]))
        _table(book, "全部口径 All measures", MEASURES, _measures(assessment))
        _table(book, "指标 Indicators", INDICATORS, _indicators(assessment))
        _table(book, "可信度 Trust", TRUST, _trust(assessment))
        _table(book, "缺口 Gaps", AREAS, _gaps(assessment, assessment.gaps.areas, _area))
        places, remark = _shown(assessment.gaps.places)
        _table(book, "缺口地点 Gap places", PLACES, _gaps(assessment, places, _place), remark)
        _table(book, "设施来源 Facility rows", ROWS, islice(lines(assessment.site), MOST_ROWS), _more_rows(assessment))


def _table(book: Book, name: str, columns: Sequence[Column], rows: Iterator[Sequence[Any]], remark: str = "") -> None:
    sheet = book.sheet(name, columns)
    if remark:
        sheet.heading(remark)
    sheet.header()
    sheet.rows(rows)


def _more_rows(assessment: Assessment) -> str:
    rows = len(assessment.site.trace)
    if rows <= MOST_ROWS:
        return ""
    return f"前 {MOST_ROWS:,} 行,全部 {rows:,} 行见 CSV · the first {MOST_ROWS:,} rows; the CSV holds all {rows:,}"


def _shown(places: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """The gap places a workbook can hold, and a remark where they are not all."""
    if len(places) <= MOST_ROWS:
        return places, ""
    most = max(1, MOST_ROWS // places["category"].nunique())
    remark = (
        f"每类最多 {most:,} 行,全部见 GeoJSON · at most {most:,} rows a category; the GeoJSON holds all {len(places):,}"
    )
    return places.groupby("category").head(most), remark


def _trust(assessment: Assessment) -> Iterator[Sequence[Any]]:
    categories = {category.id: category for category in assessment.site.standard.categories}
    for data in assessment.trust:
        category = categories[data.category]
        for sentence in data.sentences:
            words = (text(tell(sentence, lang)) for lang in LANGUAGES)
            yield (category.zh, category.en, DATA[data.completeness], *words)


# Summary


def _summary(book: Book, assessment: Assessment) -> None:
    facts = about(assessment)
    sheet = book.sheet("概要 Summary", SUMMARY, paper=A4)
    sheet.heading(facts["site"]["name"])
    if facts["site"]["synthetic"]:
        sheet.heading("合成数据,非真实地点 · synthetic data, no real place")
    standard, profile = facts["standard"], facts["profile"]
    sheet.lines(
        [
            *_both("统计对象 Counted", facts["headline"]),
            ("面积 Area (km2)", facts["site"]["area_km2"]),
            *([("人口口径 People are", facts["people_are"])] if facts["people_are"] else []),
            *_heads(facts),
            ("标准 Standard", f"{standard['zh']} / {standard['en']}, {standard['id']} {standard['version']}"),
            ("标准指纹 Hash of the standard", standard["hash"]),
            *_both("标准的范围 Scope of the standard", standard["partial"]),
            (
                "步行 Walker",
                f"{profile['zh']} {profile['en']}, {profile['metres_per_minute']:g} m/min; "
                f"{MARKS.get(profile['standing'], profile['standing'])}",
            ),
        ]
    )
    sheet.gap()
    _index(sheet, facts["index"])
    sheet.gap()
    if assessment.before is not None:
        sheet.heading("方案前 Before the scenario")
        _index(sheet, index(assessment.before.index))
        sheet.gap()
    sheet.heading("说明 Notes")
    for note in facts["notes"]:
        sheet.lines(_both(NOTES[note["kind"]], note))
    sheet.gap()
    sheet.heading("出处 Provenance")
    sheet.lines([("lifecircle", facts["version"])])
    sheet.lines(((name, str(value)) for name, value in facts["parameters"].items()))
    sheet.lines(((text(name), f"SHA-256 {digest}") for name, digest in facts["inputs"].items()))
    sheet.lines((f"数据日期 Date of data: {row['file']}", _dated(row)) for row in facts["dates"])
    sheet.lines(("数据版权 Credit", credit) for credit in facts["attribution"])


def _dated(row: dict[str, str | None]) -> str:
    """When a source is of, and who says so."""
    return f"{row['date']} ({SAID_BY[row['by']]})" if row["by"] else "未知 unknown"


def _heads(facts: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The heads of each kind, and how many of them are estimated."""
    for kind, count in facts["heads"].items():
        guessed = facts["estimated"].get(kind)
        if count is not None:
            yield (BY[kind], count, *(("其中估算 of which estimated", guessed) if guessed else ()))


def _both(label: str, sentence: dict[str, str] | None) -> list[tuple[str, str]]:
    """A sentence in both languages, a row each; nothing for none."""
    return [(label, sentence["zh"]), ("", sentence["en"])] if sentence else []


def _index(sheet: Sheet, found: dict[str, Any]) -> None:
    """Three bounds a row: the mid only where enough is known."""
    sheet.heading("三生融合指数(自拟) Three-life index (own proposal)")
    sheet.lines([("", "下限 Low", "上限 High", "中值 Mid", "已知权重 Known weight")], "right")

    def bounds(score: dict[str, Any]) -> tuple[Any, Any, Any]:
        return score["low"], score["high"], "未知过多 too little known" if score["mid"] is None else score["mid"]

    sheet.lines([("指数 Index, 0-100", *bounds(found["value"]), None)], "right")
    functions = found["functions"].items()
    sheet.lines(((FUNCTIONS_ZH[name], *bounds(score), score["known_weight"]) for name, score in functions), "right")
    sheet.lines([("耦合协调度 Coordination D", *bounds(found["coordination"]), " – ".join(found["grade"]))], "right")
    if found["weakest"]:
        sheet.lines([("最弱功能 Weakest function", FUNCTIONS_ZH[found["weakest"]])])
    if found["zero"]:
        zero = ", ".join(FUNCTIONS_ZH[name] for name in found["zero"])
        sheet.lines([("指数为 0 的原因 Index is 0 because of", zero)])


# Tables


def _coverage(assessment: Assessment, limits: Sequence[str]) -> Iterator[list[Any]]:
    """One row a category and limit, counted by those the category is judged by."""
    found = {at: judged(assessment, at) for at in limits}
    for category in assessment.site.standard.categories:
        for at, table in found.items():
            row = table.loc[category.id]
            by = assessment.index.judged_by.get(category.id, "nobody")
            yield [
                *_named(category),
                _limit(at),
                number(_walk_m(assessment, category, at), 1),
                " + ".join(BY.get(kind, kind) for kind in by.split("+")),
                *(number(row[name]) for name in AMOUNTS),
                number(row["c_low"], 6),
                number(row["c_high"], 6),
                DATA[assessment.site.completeness[category.id]],
                int((assessment.site.facilities["category"] == category.id).sum()),
            ]


def _at_norm(assessment: Assessment) -> Iterator[list[Any]]:
    """Coverage at each category's norm, with where the norm comes from, and as it was before a scenario."""
    before = judged(assessment.before) if assessment.before else None
    for category, row in zip(assessment.site.standard.categories, _coverage(assessment, ["norm"]), strict=True):
        named = documents([_document(one) for one in sources(assessment, category)])
        standing = MARKS.get(category.standing, category.standing)
        yield [*row, standing, named["zh"], named["en"], *_before(before, category)]


def _before(before: pd.DataFrame | None, category: Category) -> Iterator[Any]:
    if before is not None:
        row = before.loc[category.id]
        yield from (number(row[name]) for name in ("covered", "gap", "unknown"))
        yield from (number(row[name], 6) for name in ("c_low", "c_high"))


def _changes(assessment: Assessment) -> Iterator[list[Any]]:
    """One row a change of the scenario; a line by its first point."""
    assert assessment.site.scenario is not None
    known = {category.id: category for category in assessment.site.standard.categories}
    for i, change in enumerate(assessment.site.scenario.changes):
        category = known.get(change.category)
        yield [
            i + 1,
            WHAT[change.what],
            CHANGE[change.change],
            category.zh if category else "",
            category.en if category else "",
            text(change.id),
            change.becomes,
            text(change.name),
            number(change.capacity),
            *(change.lonlat[0] if change.lonlat else (None, None)),
            len(change.lonlat),
        ]


def _named(category: Category) -> tuple[str, str, str]:
    return FUNCTIONS_ZH[category.function], category.zh, category.en


def _limit(at: str) -> str:
    return "标准 norm" if at == "norm" else at.replace(" min", " 分钟 min")


def _walk_m(assessment: Assessment, category: Category, at: str) -> float:
    speed = assessment.site.profile.metres_per_minute
    return category.norm.metres(speed) if at == "norm" else int(at.split()[0]) * speed


def _document(source: Source) -> Message:
    mark = MARKS.get(source.standing, source.standing)
    return msg("{document} [{mark}]", document=source.title, mark=mark)


def _measures(assessment: Assessment) -> Iterator[list[Any]]:
    known = {category.id: category for category in assessment.site.standard.categories}
    for row in assessment.coverage.table.to_dict("records"):
        category = known[row["category"]]
        names = [category.zh, category.en, _limit(row["at"]), number(row["norm_m"], 1), BY.get(row["by"], row["by"])]
        total = row["total"] or float("nan")
        shares = (row["covered"] / total, (row["covered"] + row["unknown"]) / total)
        yield [*names, *(number(row[name]) for name in AMOUNTS), *(number(share, 6) for share in shares)]


def _indicators(assessment: Assessment) -> Iterator[list[Any]]:
    for row in assessment.indicators.to_dict("records"):
        words = [text(row["title_zh"]), text(row["title_en"]), UNITS.get(row["unit"], text(row["unit"]))]
        figures = [number(row[name], 6) for name in ("value", "low", "high")]
        yield [*words, *figures, text(row["reference_zh"]), text(row["reference_en"])]


def _gaps(assessment: Assessment, frame: pd.DataFrame, own: Any) -> Iterator[list[Any]]:
    """One row a gap; ``own`` gives what only this kind of gap has."""
    site = assessment.site
    for row in frame.drop(columns="geometry").to_dict("records"):
        category = site.standard.category(row["category"])
        yield [
            row["id"],
            category.zh,
            category.en,
            *own(row),
            *(number(row[kind]) for kind in PEOPLE),
            ", ".join(BY[kind] for kind in PEOPLE if kind in row["estimated"].split("+")),
            text(row["nearest"]),
            nearest_text(row["nearest_m"], row["at_least"], site.limit_mm / 1000),
            number(row["nearest_m"], 1),
            number(row["shortfall_m"], 1),
            "高 high" if row["confidence"] == "high" else "低 low",
        ]


def _area(row: dict[str, Any]) -> list[Any]:
    return [number(row["area_ha"], 2), int(row["places"])]


def _place(row: dict[str, Any]) -> list[Any]:
    return [text(row["place"]), text(row["name"])]
