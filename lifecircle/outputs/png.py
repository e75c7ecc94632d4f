"""One picture of a site as PNG, for a report without a browser; drawn with the fonts of the machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import typst

from lifecircle.errors import OutputError
from lifecircle.messages import msg
from lifecircle.model import Assessment
from lifecircle.outputs.drawings import OVERVIEW, Drawing
from lifecircle.outputs.layers import FONT
from lifecircle.outputs.svg import drawn

PIXELS = 2400
"""Usual width: an A4 page at 200 to the inch."""
NOBODYS = "\U000f0000"
"""A letter that no font has."""


def write(
    result: Assessment | Drawing,
    path: Path,
    *,
    show: str = OVERVIEW,
    lang: Literal["zh", "en"] = "zh",
    pixels: int = PIXELS,
) -> None:
    """Write one picture, so many pixels wide; ``show`` is ``overview`` or the id of a category.

    The same fonts give the same bytes. Raises InputError where there is no such picture, OutputError where this
    machine has no font for its letters, OSError where the file cannot be written.
    """
    svg = drawn(result, show, lang)
    if not has_letters("中" if lang == "zh" else "a"):
        raise OutputError(
            msg(
                "{path}: not drawn: no font here has the letters; install one, such as Noto Sans CJK SC", path=path.name
            )
        )
    path.write_bytes(rendered(svg, pixels))


def rendered(svg: str, pixels: int) -> bytes:
    """An SVG text as PNG."""
    return typst.compile(SHEET, font_paths=_fonts(), sys_inputs={"svg": svg}, format="png", ppi=72 * pixels / SHEET_PT)


@cache
def has_letters(letter: str) -> bool:
    """Whether this machine has a font with a letter: it is drawn otherwise than one that no font has."""
    look = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><text y="30" font-size="30" font-family="{}">{}'
    found, nothing, blank = (rendered(f"{look.format(FONT, each)}</text></svg>", 40) for each in (letter, NOBODYS, " "))
    return found not in (nothing, blank)


@cache
def _fonts() -> typst.Fonts:
    """Of the machine, looked for once."""
    return typst.Fonts(include_embedded_fonts=False)


SHEET_PT = 1_200.0
"""Width of a page that holds a picture alone, in points."""
SHEET = b"""
#set page(width: 1200pt, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", width: 100%)
"""
