"""The findings as a text for Word: headings, sentences, tables and one picture of the map.

Everything hangs on styles (Title, Heading 1 and 2, List Bullet, Caption, Table Grid, and one for the text of tables),
so that restyling the document is restyling these.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from docx import Document
from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from lifecircle.messages import msg
from lifecircle.model import Assessment
from lifecircle.outputs.drawings import OVERVIEW
from lifecircle.outputs.png import has_letters, rendered
from lifecircle.outputs.report import Chapter, Report, Table, report, said
from lifecircle.outputs.sheets import NEVER
from lifecircle.outputs.svg import drawn

PIXELS = 1200
"""Width of the picture: 17 cm at 180 to the inch."""
WIDTH = Cm(17)
"""Of the text: A4 with margins of 2 cm."""
INK, GREY, HEADER = RGBColor(0x23, 0x60, 0x6E), RGBColor(0x5B, 0x67, 0x6E), "E8EFF0"
RULE = "B8C2C6"
"""Lines of tables."""
CELL = "Table Text"
"""Style of the text of tables."""
SIZES = {"Normal": 10.5, "Title": 22, "Heading 1": 15, "Heading 2": 12, "Caption": 9, CELL: 8}
"""Of styles, in points."""
SERIF, SANS = ("Times New Roman", "宋体"), ("Arial", "黑体")
"""The font of letters and that of Chinese characters."""
HEADINGS = ("Title", "Heading 1", "Heading 2")
SHORT = 12
"""Rows of a table that stays on one page."""


def write(assessment: Assessment, path: Path, *, lang: Literal["zh", "en"] = "zh") -> None:
    """Write the report of one site as DOCX. Raises OSError.

    The same fonts give the same bytes; without a font for the picture's letters, it is left out.
    """
    word = _styled(Document())
    found = report(assessment)
    _properties(word, found, lang)
    word.add_heading(said(found.name, lang), 0)
    for chapter in found.chapters:
        _chapter(word, chapter, lang)
        if chapter.id == "whom":
            _picture(word, assessment, found, lang)
    _page_numbers(word)
    buffer = BytesIO()
    word.save(buffer)
    _timeless(buffer, path)


def _styled(word: Word) -> Word:
    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2)
    cell = word.styles.add_style(CELL, WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style = word.styles["Normal"]
    cell.paragraph_format.space_after = Pt(0)
    cell.paragraph_format.line_spacing = 1
    for name, size in SIZES.items():
        font = word.styles[name].font
        font.size = Pt(size)
        if name in HEADINGS:
            font.color.rgb = INK
        _fonts(word.styles[name], *(SANS if name in HEADINGS else SERIF))
    caption = word.styles["Caption"]
    caption.font.bold, caption.font.color.rgb = False, GREY
    caption.paragraph_format.space_before = Pt(4)
    for line in word.styles["Table Grid"].element.find(f".//{qn('w:tblBorders')}"):
        line.set(qn("w:color"), RULE)
    return word


def _fonts(style: Any, latin: str, chinese: str) -> None:
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()  # themes would win over fonts
    for part, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{part}"), font)


def _properties(word: Word, found: Report, lang: str) -> None:
    known = word.core_properties
    known.title, known.author, known.comments = said(found.name, lang)[:255], "lifecircle", ""
    known.created = known.modified = NEVER
    known.language = "zh-CN" if lang == "zh" else "en-GB"


def _chapter(word: Word, chapter: Chapter, lang: str) -> None:
    word.add_heading(said(chapter.title, lang), 1)
    for sentence in chapter.sentences:
        word.add_paragraph(said(sentence, lang), "List Bullet")
    for table in chapter.tables:
        _table(word, table, lang)


def _picture(word: Word, assessment: Assessment, found: Report, lang: str) -> None:
    if not has_letters("中" if lang == "zh" else "a"):
        return
    word.add_picture(BytesIO(rendered(drawn(assessment, OVERVIEW, lang), PIXELS)), WIDTH)
    credits = msg("The site as it is walked. {credits}", credits=found.credits)
    word.add_paragraph(said(credits, lang), "Caption")


def _table(word: Word, table: Table, lang: str) -> None:
    """A table with its heading above and its notes below; its first row stands on every page."""
    word.add_heading(said(table.title, lang), 2)
    header, body = table.header(lang), table.body(lang)
    made = word.add_table(0, len(header), "Table Grid")
    made.autofit = False
    for column, width in zip(made.columns, table.widths, strict=True):
        column.width = int(WIDTH * width / sum(table.widths))
    style = word.styles[CELL].style_id
    _row(made, header, table, style, heads=True)
    for i, row in enumerate(body):
        _row(made, row, table, style, together=i + 1 < len(body) <= SHORT)
    for note in table.notes(lang):
        word.add_paragraph(note, "Caption")


def _row(
    made: Any, texts: Iterable[str], table: Table, style: str, *, heads: bool = False, together: bool = True
) -> None:
    """One row; ``together`` keeps it on the page of the next."""
    row = made.add_row()
    kept = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", *(["w:tblHeader"] if heads else [])):
        kept.append(OxmlElement(name))
    for cell, text, numeric in zip(row.cells, texts, table.numeric, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph._p.style = style  # by its id: looking it up takes longer than all the rest
        paragraph.add_run(text).bold = heads or None
        if together:
            paragraph.paragraph_format.keep_with_next = True
        if numeric:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if heads:
            _shade(cell)


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", HEADER)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _page_numbers(word: Word) -> None:
    """Page and number of pages in the middle of the footer, as fields."""
    paragraph = word.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for i, field in enumerate(("PAGE", "NUMPAGES")):
        if i:
            paragraph.add_run(" / ")
        simple = OxmlElement("w:fldSimple")
        simple.set(qn("w:instr"), field)
        paragraph._p.append(simple)


def _timeless(buffer: BytesIO, path: Path) -> None:
    """Write a zip again with one date for all its members, so that the same result gives the same bytes."""
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for member in made.infolist():
            info = zipfile.ZipInfo(member.filename, NEVER.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(info, made.read(member))
