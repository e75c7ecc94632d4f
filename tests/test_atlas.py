"""The atlas: what stands on its pages as a reader of PDF finds it, that names are text, and that no letter is a box."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import shapely
from handmade import NAN, SCRIPT, assessment
from pypdf import PdfReader
from test_scenario import drawn, five

from lifecircle import write
from lifecircle.assessment import assess
from lifecircle.errors import OutputError
from lifecircle.model import PLACES, Scenario
from lifecircle.outputs.atlas import fonts, lettering
from lifecircle.outputs.atlas.blocks import Told
from lifecircle.outputs.atlas.fonts import Letters
from lifecircle.outputs.atlas.pages import main_categories, worst_places
from lifecircle.outputs.atlas.plates import RANK, UNIT_MM, free, scaled

MARKUP = '#eval("1") *x* $y$ _z_ `a` <b> @c //d \\ #{'
TURNED = "\u202eabc\u200fdef\u2066ghi"
LACKING = "中\U000f0000\u0e01"
"""A letter that is in a font, one that is in none, and one that may be in one."""


def places(**columns: list[object]) -> pd.DataFrame:
    """Rows of ``Assessment.places``; what is not told is unknown, texts are empty."""
    return pd.DataFrame(columns, columns=list(PLACES)).fillna({"name": "", "kind": "", "lacking": "", "in_doubt": ""})


@pytest.fixture(scope="module")
def letters() -> Letters:
    """The fonts of the machine."""
    try:
        return Letters.found("zh", None)
    except OutputError:
        pytest.skip("no font with Chinese letters: install fonts-noto-cjk")


@pytest.fixture(scope="module")
def atlas(letters: Letters, tmp_path_factory: pytest.TempPathFactory) -> PdfReader:
    """The atlas of the site made by hand, in English."""
    lacking = places(id=["b"], name=[SCRIPT], kind=["dormitory"], beds=[300.0], due=[2], gap=[1], lacking=["clinic"])
    result = replace(assessment(MARKUP), places=lacking)
    return PdfReader(io.BytesIO(write(result, tmp_path_factory.mktemp("atlas") / "a.pdf", lang="en").read_bytes()))


def text_of(pdf: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in pdf.pages)


def test_it_tells_who_made_it_and_opens_with_an_outline(atlas: PdfReader) -> None:
    assert atlas.metadata is not None
    assert atlas.metadata.title == f"{MARKUP}: atlas of what is within a walk"
    assert (atlas.metadata.author or "").startswith("lifecircle ")
    assert atlas.trailer["/Root"]["/Lang"] == "en-GB"
    marks = [mark.title for mark in atlas.outline if not isinstance(mark, list)]
    assert marks == [
        "Summary",
        "The site",
        "The three lives",
        "Category by category",
        "Gaps",
        "Tables, methods, sources",
    ]


def test_it_is_of_a3_pages_for_the_archive(atlas: PdfReader) -> None:
    """A3 is 420 by 297 mm; PDF/A-2u says of itself that every letter is in it, and can be searched."""
    for page in atlas.pages:
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx((1190.55, 841.89), abs=0.01)
    told = atlas.trailer["/Root"]["/XMPMetadata" if "/XMPMetadata" in atlas.trailer["/Root"] else "/Metadata"]
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>" in told.get_data()


def test_the_numbers_are_those_that_were_judged(atlas: PdfReader) -> None:
    """Of 500 beds and jobs 110 are covered, 340 in a gap, 50 unknown (68 and 10 per cent)."""
    told = " ".join(text_of(atlas).split())
    assert "(68.0%) have none within 150 m; of another 10.0% nobody knows." in told
    assert "22.0–32.0%" in told and "10.0–40.0" in told
    assert "recalled, unverified" in told and "unknown" in told


def test_names_are_text(atlas: PdfReader) -> None:
    told = " ".join(text_of(atlas).split())
    assert MARKUP in told and f"{SCRIPT} · 300 beds lacks 1 of 2, above all Clinic" in told


def test_the_same_input_gives_the_same_bytes(letters: Letters, tmp_path: Path) -> None:
    first, second = (write(assessment(), tmp_path / name, lang="zh").read_bytes() for name in ("a.pdf", "b.pdf"))
    assert first == second and b"1970" in first  # no clock


def test_long_and_turned_names_and_strange_letters_are_typeset(letters: Letters, tmp_path: Path) -> None:
    named = assessment(f"{TURNED} {LACKING} {'长' * 5_000} {'w' * 5_000}")
    told = text_of(PdfReader(write(named, tmp_path / "a.pdf", lang="zh")))
    assert "abcdefghi 中?" in told and "长…" in told


def test_letters_that_no_font_has_stand_as_a_question_mark(letters: Letters) -> None:
    assert letters.printable("a中\U000f0000\u202e\u00e9") == "a中?\u00e9"


def test_a_machine_without_the_letters_is_told_the_mend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts, "CHINESE", ("No Such Font",))
    with pytest.raises(OutputError, match="install one of No Such Font, or name a folder"):
        write(assessment(), tmp_path / "a.pdf")
    with pytest.raises(OutputError, match=r"nowhere is no folder"):
        write(assessment(), tmp_path / "a.pdf", fonts=tmp_path / "nowhere")
    assert not list(tmp_path.iterdir())


# What has a page, and where things stand on a map


def test_a_category_has_a_page_by_weight_and_by_who_lacks_it() -> None:
    """All lack the first of weight 1, a quarter the second of weight 3, nobody is due the third, nobody lacks the
    fourth; half lack each of the next, of which the last has less weight; of the last nothing is known or drawn."""
    result = assessment()
    clinic = result.site.standard.categories[0]
    weights = [1.0, 3.0, 9.0, 9.0, *([0.5] * 10), 0.1, 9.0]
    categories = tuple(replace(clinic, id=f"c{i}", weight=weight) for i, weight in enumerate(weights))
    site = replace(result.site, standard=replace(result.site.standard, categories=categories))
    told = Told(replace(result, site=site), {}, "en")
    shares = [(1.0, 0.0), (0.0, 0.25), (float("nan"), float("nan")), (0.0, 0.0), *([(0.25, 0.25)] * 11), (0.0, 1.0)]
    frame = pd.DataFrame(shares, columns=["gap", "unknown"], index=[each.id for each in categories]).assign(total=1.0)
    told.__dict__["judged"] = frame  # what `cached_property` would hold
    assert main_categories(told) == [0, 1, *range(4, 14)]


def test_places_are_ranked_by_heads_times_what_they_lack() -> None:
    """300 x 2, 100 x 5 and nobody x 9; without head counts by what they lack."""
    frame = places(id=list("abcd"), beds=[100.0, 300.0, NAN, 900.0], gap=[5, 2, 9, 0])
    assert worst_places(frame)["id"].tolist() == ["b", "a", "c"]
    assert worst_places(frame.assign(beds=NAN))["id"].tolist() == ["c", "a", "b"]


def test_maps_are_at_round_scales_that_show_the_whole_site() -> None:
    """A site of 1,000 by 500 m in a box of 100 by 100 mm, margins of 5 mm: 1 to 12,500 shows 1,125 m between them."""
    north, east = 500 / 110_850, 1_000 / 95_000
    view = scaled([[31.4, 120.6], [31.4 + north, 120.6 + east]], (100.0, 100.0))
    assert view.metres / UNIT_MM * 1_000 == pytest.approx(12_500)


def test_numbers_on_a_map_do_not_cover_each_other() -> None:
    spots = free([(0, 0), (10, 10), (500, 0), (0, 5)])
    assert spots[0] == (0, 0) and spots[2] == (500, 0) and spots[1] != (10, 10)
    discs = [shapely.box(x - RANK, y - RANK, x + RANK, y + RANK) for x, y in spots]
    assert all(a.intersection(b).area == 0 for i, a in enumerate(discs) for b in discs[:i])


def test_names_on_a_map_touch_neither_each_other_nor_the_edge() -> None:
    room = lettering.Room((0, 0, 100, 100))
    assert room.take([(10, 10, 40, 20)])
    assert not room.take([(30, 15, 60, 25)]) and not room.take([(80, 10, 101, 20)])
    assert room.take([(40, 10, 60, 20)])


def test_a_scenario_has_a_page_with_before_and_after(letters: Letters, tmp_path: Path) -> None:
    """Nobody had a clinic within 300 m; the new one is 230 m from the 50 beds in the east."""
    plan = (
        drawn("facility", "add", (600, 40), category="clinic", name=MARKUP, becomes="scenario/1"),
        drawn("path", "add", (100, 0), (100, 200)),
    )
    result = assess(five(), scenario=Scenario("Plan 1", plan))
    pages = PdfReader(write(result, tmp_path / "a.pdf", lang="en")).pages
    page = next(told for page in pages[::-1] if "Proposals" in (told := " ".join(page.extract_text().split())))
    assert "2 changes: 50 beds more are within reach of" in page
    assert f"clinic · {MARKUP}" in page and "0.0% → " in page
