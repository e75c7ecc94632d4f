"""The field sheet (实地核查表): what to find out, the weightiest first, and where to write it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from lifecircle.messages import LANGUAGES, Message, Named, msg
from lifecircle.model import COUNTS, FACILITIES, GATES, LAYERS, PEOPLE, Survey
from lifecircle.outputs.plain import number, text
from lifecircle.outputs.sheets import A4, Book, Column, workbook

CATEGORIES = "类别表 categories"
BLANK_ROWS = 500
"""Rows for new facilities that offer the categories."""
ID, REMARKS = Column("编号 id", 26), Column("备注 remarks", 30, "wrap")
RANK = (Column("次序 rank", 7, "whole"), Column("指数分 points", 9, "hundredth"))
ASKED = (Column("要查的", 30, "wrap"), Column("To find out", 34, "wrap"))
PLACE = (Column("经度 lon", 12, "degrees"), Column("纬度 lat", 12, "degrees"))
COLUMNS = {
    LAYERS: (
        ID, *RANK, Column("类别", 16), Column("Category", 22), *ASKED, Column("相关地点 places", 9, "whole"),
        Column("相关人数 people", 10, "whole"), Column("答复 answer", 14), REMARKS,
    ),
    FACILITIES: (
        Column("类别 category", 18), Column("名称 name", 30), *PLACE, Column("规模 capacity", 10, "whole"),
        Column("营业时间 hours", 20), REMARKS,
    ),
    COUNTS: (
        ID, *RANK, Column("名称 name", 28), *ASKED, Column("基底面积 m2", 10, "whole"), *PLACE,
        Column("床位 beds", 9, "whole"), Column("岗位 jobs", 9, "whole"), Column("人口 people", 9, "whole"),
        Column("家庭 families", 9, "whole"), REMARKS,
    ),
    GATES: (
        ID, *RANK, Column("名称 name", 28), *ASKED, *PLACE, Column("出入口经度 gate_lon", 13, "degrees"),
        Column("出入口纬度 gate_lat", 13, "degrees"), REMARKS,
    ),
}  # fmt: skip
GUIDE = (
    msg("One row a question, the weightiest first; leave open what you did not look at. Keep the ids."),
    msg(
        "Sheet {sheet}: none = looked everywhere, there is none; all = every one that there is stands in sheet "
        "{facilities} or is known already; some = there may be more.",
        sheet=LAYERS, facilities=FACILITIES,
    ),
    msg("Sheet {sheet}: one row each that was found: category, longitude and latitude at least.", sheet=FACILITIES),
    msg("Sheet {sheet}: how many beds, jobs, people or families there are; 0 where nobody is.", sheet=COUNTS),
    msg("Sheet {sheet}: longitude and latitude of the gate where one goes in.", sheet=GATES),
    msg("Longitude and latitude are WGS 84. With those of another map, say so: `survey: ...` with `coords: gcj02`."),
    msg("Filled in, it is read back by `survey: FILE.xlsx` in the site file."),
)  # fmt: skip


def write(survey: Survey, path: Path) -> None:
    """Write the workbook. Raises OSError."""
    with workbook(path, text(survey.site.name)) as book:
        guide = book.sheet("说明 guide", (Column("", 120, "wrap"),), paper=A4)
        guide.heading(f"实地核查表 Field sheet: {text(survey.site.name)}")
        guide.rows([(line.render(lang),) for lang in LANGUAGES for line in GUIDE])
        rows = {LAYERS: _layers, COUNTS: _counts, GATES: _gates}
        categories = survey.site.standard.categories
        for name, columns in COLUMNS.items():
            sheet = book.sheet(name, columns)
            sheet.header()
            sheet.rows(rows[name](survey) if name in rows else ())
            if name == LAYERS:
                sheet.offer("答复 answer", ["none 没有", "all 全部", "some 部分"], len(survey.questions))
            if name == FACILITIES:
                sheet.offer("类别 category", f"='{CATEGORIES}'!$A$2:$A${1 + len(categories)}", BLANK_ROWS)
        _categories(book, survey)


def in_words(what: Message | Named | str, lang: str) -> str:
    """A question, or the name of what it is about, in a language."""
    return text(what if isinstance(what, str) else what.render(lang))


def _categories(book: Book, survey: Survey) -> None:
    sheet = book.sheet(CATEGORIES, (Column("类别", 20), Column("Category", 30), Column("id", 24)))
    sheet.header()
    sheet.rows((text(each.zh), text(each.en), each.id) for each in survey.site.standard.categories)


def _of(survey: Survey, kind: str) -> gpd.GeoDataFrame:
    """Questions of a kind, with their rank among all."""
    questions = survey.questions.assign(rank=range(1, len(survey.questions) + 1))
    return questions[questions["kind"] == kind]


def _where(found: gpd.GeoDataFrame) -> list[tuple[float, float]]:
    points = gpd.GeoSeries(shapely.point_on_surface(found.geometry.to_numpy()), crs=found.crs).to_crs(4326)
    return [(round(x, 6), round(y, 6)) for x, y in zip(points.x, points.y, strict=True)]


def _layers(survey: Survey) -> Iterator[Sequence[Any]]:
    for row in _of(survey, "layer").itertuples():
        names, asked = ([in_words(told, lang) for lang in LANGUAGES] for told in (row.name, row.ask))
        yield (row.id, row.rank, number(row.points), *names, *asked, row.places, number(row.people), "", "")


def _counts(survey: Survey) -> Iterator[Sequence[Any]]:
    found = _of(survey, "count")
    for row, at in zip(found.itertuples(), _where(found), strict=True):
        asked = [in_words(row.ask, lang) for lang in LANGUAGES]
        blank = [None] * len(PEOPLE)
        yield (
            row.id,
            row.rank,
            number(row.points),
            in_words(row.name, "zh"),
            *asked,
            number(row.ground_m2),
            *at,
            *blank,
            "",
        )


def _gates(survey: Survey) -> Iterator[Sequence[Any]]:
    found = _of(survey, "gate")
    for row, at in zip(found.itertuples(), _where(found), strict=True):
        asked = [in_words(row.ask, lang) for lang in LANGUAGES]
        yield (row.id, row.rank, number(row.points), in_words(row.name, "zh"), *asked, *at, None, None, "")
