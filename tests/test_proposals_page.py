"""Proposals in the page: ranked, looked at, tried without, and read off a chart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page
from test_html import faults
from test_whatif import assessment, compared, opened, plan
from towns import category

from lifecircle import assess, suggest
from lifecircle.model import Assessment

pytestmark = pytest.mark.browser


@cache
def proposed() -> Assessment:
    """One more clinic for the 60 beds in the east, then one for the 40 in the north; 100 of 200 are covered today."""
    site = assessment().site
    site = replace(site, standard=replace(site.standard, categories=(category("clinic", 615),)))
    return assess(site, scenario=suggest(site, ["clinic"], budget=2))


@pytest.fixture
def page(context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    yield from opened(context, tmp_path, proposed())


def test_each_is_ranked_shown_and_tried_without(page: Page) -> None:
    """Nothing is known of the other functions: the index is 0 to 100 times the cube root of the covered share."""
    rows = page.locator(".proposals li").all_inner_texts()
    assert "+60 beds" in rows[0] and rows[0].endswith("60 so far, index 0.0–92.8")
    assert "+40 beds" in rows[1] and rows[1].endswith("100 so far, index 0.0–100.0")
    assert "With 2 of 2: 100 beds more within the norm" in page.locator("#plan").inner_text()
    page.get_by_role("checkbox", name="Take in proposal 1").uncheck()
    assert compared(page, "clinic") == ["50%", "70%", "+40 beds"]
    assert "With 1 of 2: 40 beds more within the norm" in page.locator("#plan").inner_text()
    page.get_by_role("checkbox", name="Take in proposal 1").press("Space")
    assert compared(page, "clinic") == ["50%", "100%", "+100 beds"]
    assert "not drawn" not in page.locator(".legend").inner_text(), "it is again what Python computed"
    far = "map_lifecircle.getCenter().distanceTo([%s])"
    at = page.evaluate("JSON.parse(byId('lifecircle-data').textContent).proposals.steps[1].lonlat.reverse().join()")
    page.emulate_media(reduced_motion="reduce")
    page.locator(".proposals [data-act=show-2]").press("Enter")
    assert page.evaluate(far % at) < 2


def test_the_chart_tells_people_and_index_step_by_step(page: Page) -> None:
    chart = page.get_by_role("img", name="1: 60 so far")
    heights = chart.locator("rect.sure").evaluate_all("bars => bars.map((bar) => Number(bar.getAttribute('height')))")
    assert heights[0] == 0 and heights[1] / heights[2] == pytest.approx(0.6)
    labels = ["60", "100", "0.0–79.4", "0.0–92.8", "0.0–100.0", "today", "1", "2"]
    assert chart.locator("text.mid").all_text_contents() == labels
    assert faults(page) == []
    page.get_by_role("button", name="中文").click()
    assert page.get_by_role("img", name="1：至此累计 60").locator("text", has_text="现状").count() == 1
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("section.plan svg.steps").is_visible()


def test_a_link_knows_what_was_proposed(page: Page) -> None:
    page.get_by_role("checkbox", name="Take in proposal 2").uncheck()
    page.get_by_role("button", name="Share link").click()
    url = page.url
    page.goto("about:blank")
    page.goto(url)
    plan(page)
    boxes = page.locator(".proposals input")
    assert [box.is_checked() for box in boxes.all()] == [True, False]
