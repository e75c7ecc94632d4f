"""The report that workbook, atlas and text documents tell: its numbers, and how they are written."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from handmade import assessment

from lifecircle.messages import Named, msg
from lifecircle.model import SUPPLY
from lifecircle.outputs.report import Cell, Column, Report, Span, Table, report, shown

NAN, INF = float("nan"), float("inf")


@pytest.fixture(scope="module")
def result() -> Report:
    return report(assessment())


@pytest.mark.parametrize(
    ("cell", "form", "said"),
    [
        (0.125, "hundredth", "0.13"),  # Python's own rounding gives 0.12, a workbook 0.13
        (1234.5, "whole", "1,235"),
        (-0.0004, "thousandth", "0.000"),
        (0.4567, "share", "45.7%"),
        (3, "tenth", "3.0"),
        (NAN, "whole", "unknown"),
        (None, "whole", ""),
        ("a", "text", "a"),
        (Named("甲", "A"), "both", "A"),
        (Span(0.25, 0.5), "share", "25.0–50.0%"),
        (Span(0.5, 0.5), "share", "50.0%"),
        (Span(0.1, 0.2, "tenth"), "share", "0.1–0.2"),
        (Span(2000, INF), "whole", "≥ 2,000"),
        (Span(-INF, 0.3), "share", "≤ 30.0%"),
        (Span(NAN, NAN), "whole", "unknown"),
    ],
)
def test_a_cell_is_written_in_one_way(cell: Cell, form: str, said: str) -> None:
    assert shown(cell, form) == said  # type: ignore[arg-type]


def test_chapters(result: Report) -> None:
    ids = [chapter.id for chapter in result.chapters]
    assert ids == ["whom", "index", "reached", "gaps", "unknown", "indicators", "data", "methods", "provenance"]
    assert [table.id for table in result.chapter("reached").tables] == ["coverage"]


def test_findings_are_sentences_of_the_numbers(result: Report) -> None:
    """340 of 500 beds and jobs lack the clinic: 68 %. Its index lies between 10 and 40."""
    said = [str(sentence) for chapter in result.chapters for sentence in chapter.sentences]
    assert "The three-life index is 10.0–40.0 of 100." in said
    assert "Within reach of less than half: Clinic." in said
    assert (
        "Clinic: 340 beds, jobs (68.0%) have none within 150 m; the walk to the nearest is at least 270 m to more "
        "than 300 m. Low confidence: nobody declared the data complete."
    ) in said
    told = result.chapter("gaps").sentences[0].render("zh")
    assert told.startswith("卫生站：340 床位、岗位（68.0%）在 150 米内没有，步行到最近一处为 270 米以上至 300 米以上")


def test_tables_hold_numbers(result: Report) -> None:
    (coverage,) = result.chapter("reached").tables
    clinic, park = coverage.rows
    assert [cell for cell in clinic if isinstance(cell, Span)] == [Span(0.22, 0.32)]
    assert coverage.body("en")[0] == ["Clinic", "150 m", "beds, jobs", "500", "110", "340", "50", "22.0–32.0%"]
    assert coverage.body("zh")[0][:3] == ["卫生站", "150 米", "床位、岗位"]
    assert Span(0.22, 0.32) not in park
    for chapter in result.chapters:
        for table in chapter.tables:
            assert all(len(row) == len(table.columns) for row in table.rows), table.id
            assert len(table.header("zh")) == len(table.numeric) == len(table.widths)


def test_columns_that_no_row_fills_stand_in_no_text() -> None:
    """The second is for the workbook only, the third empty; an unknown number is something to say."""
    columns = [Column(Named(name, name), "whole", brief=name != "b") for name in "abcd"]
    table = Table("t", msg("t"), tuple(columns), [(1, 2, None, NAN), (3, 4, "", NAN)])
    assert (table.header("en"), table.body("en")) == (["a", "d"], [["1", "unknown"], ["3", "unknown"]])


def test_a_synthetic_site_says_so(result: Report) -> None:
    assert result.synthetic and "made-up" in str(result.chapter("whom").sentences[0])


def test_frames_become_sentences_and_tables() -> None:
    """A check missed by a quarter; an unknown of five points; supply without an upper end."""
    result = assessment()
    check = {
        "id": "green",
        "zh": "绿地",
        "en": "Green",
        "city_zh": "",
        "city_en": "",
        "indicator": "x",
        "unit": "share",
    }
    bounds = {"least": 0.35, "most": NAN, "low": 0.1, "high": 0.2, "result": "missed"}
    checks = pd.DataFrame([check | bounds | {"source_zh": "文件", "source_en": "A rule", "standing": "verified"}])
    widest = pd.DataFrame([{"category": "park", "points": 5.04, "reason_zh": "无", "reason_en": "nobody looked"}])
    supply = dict.fromkeys(SUPPLY, NAN) | {"category": "clinic", "by": "beds", "unit": "m2", "owed": 120.0}
    supply |= {"amount_low": 80.0, "amount_high": INF, "median_least_m": INF, "median_m": INF, "undersized": 0}
    told = report(replace(result, checks=checks, widest=widest, supply=pd.DataFrame([supply])))
    assert str(told.chapter("checks").sentences[1]) == "Missed: Green; asked ≥ 35.0%, found 10.0–20.0% (A rule)."
    assert "narrow the index by 5.0 points: nobody looked" in str(told.chapter("unknown").sentences[1])
    assert str(told.chapter("supply").sentences[0]) == (
        "Clinic: ≥ 80 m2 within reach, and the norm per head asks for 120."
    )
    table = told.table("supply")
    assert table and dict(zip(table.header("en"), table.body("en")[0], strict=True))["Median walk (m)"] == "≥ 300"
    assert told.table("places") is None


def test_a_goal_nobody_declared_has_no_value() -> None:
    """A goal without a declaration is no unknown number; one measured is an interval."""
    goal = {"scene": "s", "scene_zh": "服务", "scene_en": "Services", "how": "both", "unit": "share", "evidence": ""}
    goal |= {"zh": "甲", "en": "A", "told_zh": "", "told_en": ""}
    known = {"id": "a", "low": 0.25, "high": 0.5, "state": "measured"}
    none = {"id": "b", "low": NAN, "high": NAN, "state": "nothing"}
    told = report(replace(assessment(), goals=pd.DataFrame([goal | known, goal | none])))
    table = told.table("goals")
    assert table and [row[2:4] for row in table.body("en")] == [["25.0–50.0%", "measured"], ["", "nobody declared it"]]
    assert "Goals: 2, of which measured 1" in str(told.chapter("scorecard").sentences[0])
