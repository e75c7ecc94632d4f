"""The atlas of a site as PDF: A3 pages with vector maps, typeset by typst from the template ``atlas/atlas.typ``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import typst

from lifecircle.errors import OutputError
from lifecircle.messages import msg
from lifecircle.model import Assessment
from lifecircle.outputs.atlas.fonts import Letters
from lifecircle.outputs.atlas.pages import pages
from lifecircle.outputs.drawings import shown_of

TEMPLATE = Path(__file__).parent / "atlas" / "atlas.typ"
ARCHIVED = "a-2u"
"""PDF/A-2u: every letter is in the file, and none is drawn as the box that stands for no letter."""


def write(
    assessment: Assessment, path: Path, *, lang: Literal["zh", "en"] = "zh", fonts: str | Path | None = None
) -> None:
    """Write the atlas; ``fonts`` is a folder of fonts beside those of the machine.

    The same fonts give the same bytes. Raises OutputError where no font has the letters, OSError where the file cannot
    be written.
    """
    letters = Letters.found(lang, fonts)
    told = pages(assessment, shown_of(assessment), lang, letters.family)
    data = letters.printable(json.dumps(told | {"fonts": letters.families}, ensure_ascii=False, allow_nan=False))
    try:
        pdf = typst.compile(
            TEMPLATE.read_bytes(),
            font_paths=letters.fonts,
            sys_inputs={"atlas": data},
            pdf_standards=ARCHIVED,
            timestamp=0,
        )
    except typst.TypstError as error:
        raise OutputError(msg("{path}: not typeset: {reason}", path=path.name, reason=str(error.message))) from error
    path.write_bytes(pdf)
