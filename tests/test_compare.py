"""Sites side by side: ranks and ties worked out by hand, what is refused, and the three forms it is written in."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from handmade import FORMULA, PATH, SCRIPT, assessment
from playwright.sync_api import BrowserContext, Page

from lifecircle import compare, write
from lifecircle.errors import InputError
from lifecircle.model import Comparison
from lifecircle.outputs.pagedata import page_data
from lifecircle.outputs.shapes import Strings, unpacked, unrun
from lifecircle.outputs.smallmaps import small_map, thinned

SUFFIXES = [".html", ".xlsx", ".csv"]


@pytest.fixture(scope="module")
def three() -> Comparison:
    """A and B overlap between 30 and 40, B and C at 20 alone, A and C nowhere."""
    bounds = {"A": (30, 50), "B": (20, 40), "C": (10, 20)}
    return compare([assessment(name, low=low, high=high) for name, (low, high) in bounds.items()])


def hostile() -> Comparison:
    return compare([assessment(name, low=low) for low, name in enumerate([SCRIPT, FORMULA, PATH, "@x", "-x"])])


# Ranks


def test_rank_is_by_lower_bound_and_overlaps_are_ties(three: Comparison) -> None:
    sites = three.sites.set_index("name")
    assert sites["rank"].to_dict() == {"A": 1, "B": 2, "C": 3}
    slug = sites["slug"]
    ties = {name: set(row) for name, row in sites["ties"].items()}
    assert ties == {"A": {slug["B"]}, "B": {slug["A"], slug["C"]}, "C": {slug["B"]}}


def test_equal_intervals_share_a_rank() -> None:
    sites = compare([assessment("A"), assessment("B"), assessment("C", low=5)]).sites
    assert sites["rank"].tolist() == [1, 1, 3]


def test_equal_names_are_told_apart() -> None:
    sites = compare([assessment("A"), assessment("A", low=20)]).sites
    assert sites["name"].tolist() == ["A", "A"]
    assert sorted(sites["slug"]) == ["hand", "hand-2"]


def test_order_of_items_changes_nothing(tmp_path: Path) -> None:
    items = [assessment(name, low=low) for name, low in [("A", 1), ("B", 2), ("B", 3), ("C", 3)]]
    written = []
    for seed in range(3):
        random.Random(seed).shuffle(items)
        written.append(write(compare(items), tmp_path / f"{seed}.csv").read_bytes())
    assert len(set(written)) == 1


def standings(shares: dict[str, tuple[float, float]], tmp_path: Path) -> dict[str, str]:
    """Standing of each site in a category with these shares."""
    for name, (low, high) in shares.items():
        data = json.loads(write(assessment(name), tmp_path / f"{name}.json").read_text(encoding="utf-8"))
        data["categories"][0]["at_norm"] |= {"c_low": low, "c_high": high}
        data["site"]["slug"] = name
        (tmp_path / f"{name}.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    rows = compare([tmp_path]).categories
    return rows[rows["category"] == "clinic"].set_index("slug")["standing"].to_dict()


def test_best_and_worst_of_a_category(tmp_path: Path) -> None:
    assert standings({"a": (0.8, 0.9), "b": (0.3, 0.5), "c": (0.1, 0.2)}, tmp_path) == {
        "a": "best",
        "b": "",
        "c": "worst",
    }


def test_overlapping_shares_are_ties_and_who_may_be_anything_is_neither(tmp_path: Path) -> None:
    assert standings({"a": (0.8, 0.9), "b": (0.5, 0.8), "c": (0.1, 0.1), "d": (0.0, 1.0)}, tmp_path) == {
        "a": "tied best",
        "b": "tied best",
        "c": "tied worst",
        "d": "",
    }


def test_a_category_nobody_is_judged_by_has_no_standing(three: Comparison) -> None:
    rows = three.categories[three.categories["category"] == "park"]
    assert set(rows["standing"]) == {""} and rows["c_low"].isna().all()


# Items


def test_memory_file_and_folder_give_the_same(tmp_path: Path) -> None:
    one, two = assessment("A", low=1), assessment("B", low=2)
    write(one, tmp_path / "in" / "a" / "a.json")
    write(two, tmp_path / "in" / "b.json")
    (tmp_path / "in" / "other.json").write_text("[1, 2]")
    forms = {
        "memory": [one, two],
        "files": [tmp_path / "in" / "a" / "a.json", str(tmp_path / "in" / "b.json")],
        "folder": [tmp_path / "in"],
        "twice": [tmp_path / "in", tmp_path / "in" / "b.json"],
    }
    written = {write(compare(items), tmp_path / f"{name}.csv").read_bytes() for name, items in forms.items()}
    assert len(written) == 1


def test_different_standards_are_refused_unless_mixed() -> None:
    items = [assessment("A", hash="aaaa"), assessment("B", hash="bbbb")]
    with pytest.raises(InputError) as error:
        compare(items)
    assert [str(fault.where) for fault in error.value.faults] == ["A", "B"]
    assert "aaaa" in str(error.value) and "mixed" in str(error.value)
    assert len(compare(items, mixed=True).sites) == 2


def test_all_faults_together(tmp_path: Path) -> None:
    whole = write(assessment("A"), tmp_path / "whole.json")
    half, old, site = tmp_path / "half.json", tmp_path / "old.json", tmp_path / "site.yaml"
    half.write_bytes(whole.read_bytes()[:500])
    old.write_text(json.dumps(json.loads(whole.read_text(encoding="utf-8")) | {"format": 0}), encoding="utf-8")
    site.write_text("name: x\nboundary: nowhere.geojson\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "table.xlsx").write_text("")
    items = [whole, half, old, site, tmp_path / "empty", tmp_path / "table.xlsx", tmp_path / "none.json"]
    with pytest.raises(InputError) as error:
        compare(items)
    wheres = {Path(str(fault.where).split(":")[0]).name for fault in error.value.faults}
    assert wheres == {"half.json", "old.json", "site.yaml", "empty", "table.xlsx", "none.json"}


def test_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        compare([])


@pytest.mark.parametrize("value", ["NaN", '"many"', "null"])
def test_figures_that_are_none_are_refused(tmp_path: Path, value: str) -> None:
    path = write(assessment("A"), tmp_path / "a.json")
    path.write_text(path.read_text(encoding="utf-8").replace('"area_km2": 0.008', f'"area_km2": {value}'))
    with pytest.raises(InputError, match="area_km2"):
        compare([path])


@pytest.mark.real
def test_site_files_are_assessed_on_an_executor(shared_data: Path, tmp_path: Path) -> None:
    estates = shared_data / "las_palmas" / "industrial_estates.geojson"
    for way in ("way/68579837", "way/260222331"):
        lines = [
            f"name: {way}",
            f'boundary: {{file: {estates}, where: "osm_id={way}"}}',
            f"osm: {shared_data / 'las_palmas' / 'las_palmas.osm.pbf'}",
        ]
        (tmp_path / f"{way[4:]}.yaml").write_text("\n".join(lines), encoding="utf-8")
    with ThreadPoolExecutor(2) as executor:
        found = compare([tmp_path], executor=executor)
    assert sorted(found.sites["name"]) == ["way/260222331", "way/68579837"]
    assert found.attribution == ("© OpenStreetMap contributors, ODbL 1.0",)


# What is written


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_two_writes_are_the_same_bytes(three: Comparison, tmp_path: Path, suffix: str) -> None:
    one, two = (write(three, tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two


def test_csv_has_a_row_a_site(three: Comparison, tmp_path: Path) -> None:
    path = write(three, tmp_path / "a.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrank,slug,name")
    rows = list(csv.DictReader(path.open(encoding="utf-8-sig", newline="")))
    assert [row["name"] for row in rows] == ["A", "B", "C"]
    first = rows[0]
    assert (first["index_low"], first["index_high"], first["index_mid"]) == ("30", "50", "")
    assert (first["beds"], first["people"], first["living_low"]) == ("450", "", "0.22")
    assert (first["clinic_low"], first["clinic_high"], first["park_low"]) == ("0.22", "0.32", "")
    assert first["grade"] == "轻度失调 – 勉强协调"


def test_csv_has_no_formulas(tmp_path: Path) -> None:
    rows = list(csv.DictReader(write(hostile(), tmp_path / "a.csv").open(encoding="utf-8-sig", newline="")))
    assert {row["name"] for row in rows} == {SCRIPT, "'" + FORMULA, PATH, "'@x", "'-x"}
    assert {row["notes_en"] for row in rows} == {"'" + FORMULA}


def test_workbook_has_no_formulas(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(hostile(), tmp_path / "a.xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {SCRIPT, FORMULA, PATH, "@x", "-x"} <= {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_workbook_lists_every_category_of_every_site(three: Comparison, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(three, tmp_path / "a.xlsx"))
    sites, categories, _ = (list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book)
    assert [(row[0], row[1], row[3], row[4]) for row in sites] == [(1, "A", 30, 50), (2, "B", 20, 40), (3, "C", 10, 20)]
    assert [(row[1], row[3], row[5]) for row in categories[:3]] == [("卫生站", name, 0.22) for name in "ABC"]
    assert len(categories) == 6


def test_page_shows_names_as_text(tmp_path: Path) -> None:
    html = write(hostile(), tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<script>alert" not in html and "&lt;script&gt;alert(1)" in html
    assert not re.search(r"https?://|<link|src=|url\(|@import", html)


def test_a_small_map_is_in_metres() -> None:
    """The hand-made street runs 400 m from west to east, 10 m above the corner; its clinic stands at its west end.

    Within 300 m of the clinic (5 minutes) the class is 0; of parks nothing is known: class 5.
    """
    small = small_map(page_data(assessment()))
    assert small["size"] == pytest.approx([400, 20], abs=1)
    xy = np.cumsum(unpacked(small["streets"]["xy"]).reshape(-1, 2), axis=0)
    assert xy[:, 1] == pytest.approx(10, abs=1)
    assert (xy[:, 0].min(), xy[:, 0].max()) == pytest.approx((0, 400), abs=1)
    classes = unrun(unpacked(small["classes"]["clinic"]))
    assert set(classes[xy[:, 0] < 290]) == {0} and set(classes[xy[:, 0] > 310].tolist()) & {0} == set()
    assert set(unrun(unpacked(small["classes"]["park"]))) == {5}
    assert unpacked(small["facilities"]["clinic"]).tolist() == pytest.approx([0, 10], abs=1)
    assert small["facilities"]["park"] == ""


def test_thinned_lines_keep_their_ends_and_classes() -> None:
    many = 6_000
    xy = np.column_stack([np.arange(many), np.zeros(many)])
    thin, rows = thinned(Strings(xy, np.array([0, 5, many]), np.array([0, 1])))
    assert len(rows) < 2_600
    ends = [thin.xy[[a, b - 1], 0].tolist() for a, b in zip(thin.start, thin.start[1:], strict=False)]
    assert ends == [[0, 4], [5, many - 1]] and np.array_equal(thin.xy, xy[rows])


def test_a_site_without_a_drawing_is_compared_all_the_same(tmp_path: Path) -> None:
    paths = [write(assessment(name, low=low), tmp_path / f"{name}.json") for name, low in (("A", 2), ("B", 1))]
    for path, drawing in zip(paths, (None, {"format": 2, "packed": "AAAA"}), strict=True):
        data = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(data | {"drawing": drawing}, indent=1), encoding="utf-8")
    html = write(compare(paths), tmp_path / "a.html").read_text(encoding="utf-8")
    assert html.count("no drawing in its assessment") == 2 and "<canvas" not in html


@pytest.fixture
def opened(three: Comparison, context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    """The page of three sites; at the end nothing may have been asked for or complained about."""
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(write(three, tmp_path / "a.html").as_uri())
    yield page
    assert (asked, complaints) == ([(tmp_path / "a.html").as_uri()], [])


def names(page: Page, where: str) -> list[str]:
    return page.locator(f"{where} bdi").all_inner_texts()


@pytest.mark.browser
def test_page_sorts_and_speaks_both_languages(opened: Page) -> None:
    assert names(opened, "#sites tbody th") == names(opened, "#maps") == ["A", "B", "C"]
    assert opened.locator("h1").inner_text() == "园区比较"
    assert opened.locator("#shown option:checked").inner_text() == "卫生站"
    opened.click("#sites thead th:nth-child(3) button")
    opened.click("#sites thead th:nth-child(3) button")
    assert names(opened, "#sites tbody th") == names(opened, "#maps") == ["C", "B", "A"]
    assert opened.locator("#sites thead th:nth-child(3)").get_attribute("aria-sort") == "ascending"
    opened.click("[data-to=en]")
    assert opened.locator("h1").inner_text() == "Sites side by side"
    assert opened.locator("html").get_attribute("lang") == "en"
    assert opened.locator("#shown option:checked").inner_text() == "Clinic"
    assert opened.locator("optgroup").first.get_attribute("label") == "Living"


@pytest.mark.browser
def test_values_become_differences_from_a_site(opened: Page) -> None:
    """A is 30 to 50, B 20 to 40, C 10 to 20: from B, A lies -10 to 30 above (a tie), C 30 to 0 below."""
    cells = opened.locator("td[data-of=index] b")
    before = cells.all_inner_texts()
    opened.select_option("#reference", label="B")
    assert cells.all_inner_texts() == ["≈ −10 ~ +30", "=", "≈ −30 ~ 0"]
    opened.select_option("#reference", label="A")
    assert cells.all_inner_texts() == ["=", "≈ −30 ~ +10", "−40 ~ −10"]
    assert opened.locator(".differences").is_visible()
    opened.select_option("#reference", "")
    assert cells.all_inner_texts() == before == ["30.0–50.0", "20.0–40.0", "10.0–20.0"]


@pytest.mark.browser
def test_small_maps_follow_the_category_by_keyboard(opened: Page) -> None:
    def green() -> int:
        return opened.evaluate(
            """() => { const canvas = document.querySelector("#maps canvas");
                const copy = new OffscreenCanvas(canvas.width, canvas.height)
                    .getContext("2d", { willReadFrequently: true });
                copy.drawImage(canvas, 0, 0);
                const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
                let count = 0;
                for (let i = 0; i < data.length; i += 4) count += data[i] === 0xbd && data[i + 1] === 0xdf;
                return count; }"""
        )

    assert green() > 50
    assert "卫生站 22–32 %" in (opened.locator("#maps canvas").first.get_attribute("aria-label") or "")
    opened.locator("[data-show=park]").focus()
    opened.keyboard.press("Enter")
    assert green() == 0
    assert opened.locator("#shown").input_value() == "park"
    assert opened.locator("[data-show=park]").get_attribute("aria-pressed") == "true"


@pytest.mark.browser
@pytest.mark.parametrize("sites", [2, 50])
def test_page_fits_a_telephone(context: BrowserContext, tmp_path: Path, sites: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    many = compare([assessment(f"{SCRIPT} {i}", low=i / 10) for i in range(sites)])
    page.goto(write(many, tmp_path / "a.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#maps canvas").count() == sites
