"""Documents of text: what stands in them, in which styles, and that names stay text."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from handmade import FORMULA, SCRIPT, assessment

from lifecircle.model import Assessment
from lifecircle.outputs import write
from lifecircle.outputs.md import escaped
from lifecircle.outputs.report import report, said


@pytest.fixture(scope="module")
def result() -> Assessment:
    return assessment()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_word_holds_every_chapter_in_styles(result: Assessment, tmp_path: Path, lang: str) -> None:
    word = docx.Document(str(write(result, tmp_path / "a.docx", lang=lang)))
    chapters = report(result).chapters
    headings = [p.text for p in word.paragraphs if p.style and p.style.name == "Heading 1"]
    assert headings == [said(chapter.title, lang) for chapter in chapters]
    bullets = [p.text for p in word.paragraphs if p.style and p.style.name == "List Bullet"]
    assert bullets == [said(sentence, lang) for chapter in chapters for sentence in chapter.sentences]
    tables = [table for chapter in chapters for table in chapter.tables]
    assert [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables] == [
        [table.header(lang), *table.body(lang)] for table in tables
    ]
    assert all(run.font.size is None for p in word.paragraphs for run in p.runs), "sizes belong to styles"
    assert len(word.inline_shapes) <= 1


def test_word_shows_chinese_in_chinese_fonts(result: Assessment, tmp_path: Path) -> None:
    word = docx.Document(str(write(result, tmp_path / "a.docx")))
    fonts = {name: word.styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) for name in ("Normal", "Heading 1")}
    assert fonts == {"Normal": "宋体", "Heading 1": "黑体"}
    fields = [each.get(qn("w:instr")) for each in word.sections[0].footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]
    assert word.core_properties.title == SCRIPT and word.core_properties.language == "zh-CN"


def test_header_rows_stand_on_every_page(result: Assessment, tmp_path: Path) -> None:
    word = docx.Document(str(write(result, tmp_path / "a.docx")))
    assert all(table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for table in word.tables)


def test_markdown_holds_the_same_tables(result: Assessment, tmp_path: Path) -> None:
    lines = write(result, tmp_path / "a.md", lang="en").read_text(encoding="utf-8").splitlines()
    assert lines[0] == r"# \<script>alert(1)\</script>"
    assert "| Clinic | 150 m | beds, jobs | 500 | 110 | 340 | 50 | 22.0–32.0% |" in lines
    widths = {line.count(" | ") for line in lines if line.startswith("| Clinic")}
    assert widths and all(f"<{tag}" not in re.sub(r"\\<", "", line) for line in lines for tag in ("script", "/script"))
    assert f"- {FORMULA}" not in lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# a", r"\# a"),
        ("1. a", r"1\. a"),
        ("1.5 km", "1.5 km"),
        ("- a", r"\- a"),
        ("a|b\nc", r"a\|b c"),
        ("[a](b)", r"\[a\](b)"),
        ("&lt;", r"\&lt;"),
    ],
)
def test_no_name_is_markup(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_documents_are_asked_for(tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lifecircle import cli

    def run(*arguments: object) -> int:
        with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
            patch.setattr(sys, "argv", ["lifecircle", *map(str, arguments)])
            cli.main()
        return int(stop.value.code or 0)

    site = root / "tests" / "none.yaml"
    assert run("assess", site, "-o", tmp_path, "--also", "nope") == 2
    assert "--also .nope" in capsys.readouterr().err
    assert run("assess", site, "-o", tmp_path, "--also", "md", "--documents") == 1  # no such site file
