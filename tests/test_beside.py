"""What the page says beside the index: checks, goals, moments, other choices, the widest unknowns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from handmade import SCRIPT, assessment
from playwright.sync_api import BrowserContext

from lifecircle.model import CHECKS, GOALS, MOMENTS, SENSITIVITY, WIDEST, Assessment
from lifecircle.outputs import write

NAN = float("nan")


def judged() -> Assessment:
    check = ("a", "绿地", SCRIPT, "", "", "home_land", "share", 0.9, NAN, 0.5, 0.75, "missed", "", "", "verified")
    other = ("b", "别处", "Elsewhere", "杭州", "Hangzhou", "beds", "beds", 1, NAN, 1, 1, "not applicable", "", "", "")
    goals = [
        ("s", "g", "看病", "Care", "", "", "measured", 0.5, 0.5, "share", "", "measured", "一半", "half"),
        ("s", "o", "自定", "Own", "", "", "own", NAN, NAN, "share", "", "nothing", "无", "none"),
    ]
    choices = [("measure", id, id, id, low, 40, *[0, 1] * 3) for id, low in (("walk", 10), ("radius", 30))]
    night = ("park", "周一 02:00", "Mo 02:00", "beds", 8, 2, 1, 5, 0.25, 0.875, 1, 0, 2, "", "")
    return replace(
        assessment(),
        checks=pd.DataFrame([check, other], columns=list(CHECKS)),
        goals=pd.DataFrame(goals, columns=list(GOALS)),
        sensitivity=pd.DataFrame(choices, columns=list(SENSITIVITY)),
        moments=pd.DataFrame([night], columns=list(MOMENTS)),
        widest=pd.DataFrame([("park", 12.34, "", "")], columns=list(WIDEST)),
    )


@pytest.mark.browser
def test_the_page_tells_them_in_both_languages(tmp_path: Path, context: BrowserContext) -> None:
    write(judged(), tmp_path / "page.html")
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    page.locator("button[data-lang=en]").click()
    for part in page.locator("#beside summary").all():
        part.click()
    rows = [row.split("\t") for row in page.locator("#beside tr").all_inner_texts()]
    assert [[cell for cell in row if cell] for row in rows] == [
        [SCRIPT, "50–75% (≥ 90%)", "missed"],
        ["Care", "half"],
        ["Park, Mo 02:00", "25–88%"],
        ["radius", "30–40"],
        ["Park", "12.3 points"],
    ]
    page.locator("button[data-lang=zh]").click()
    assert "不符合" in page.locator("#beside").inner_text(), "what was open stays open"


@pytest.mark.browser
def test_nothing_to_tell_takes_no_room(tmp_path: Path, context: BrowserContext) -> None:
    write(assessment(), tmp_path / "page.html")
    page = context.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    assert page.locator("#beside-title").is_hidden()
