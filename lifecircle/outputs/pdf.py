"""The atlas of a site as PDF: A3 pages with vector maps, typeset by typst from the template ``atlas/atlas.typ``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import typst

from lifecircle.errors import OutputError
from lifecircle.messages import msg
from lifecircle.model import Assessment
from lifecircle.outputs.atlas.blocks import Told
from lifecircle.outputs.atlas.fonts import Letters
from lifecircle.outputs.atlas.pages import Atlas
from lifecircle.outputs.atlas.plates import Plates
from lifecircle.outputs.drawings import shown_of

TEMPLATE = Path(__file__).parent / "atlas" / "atlas.typ"


def write(
    assessment: Assessment, path: Path, *, lang: Literal["zh", "en"] = "zh", fonts: str | Path | None = None
) -> None:
    """Write the atlas; ``fonts`` is a folder of fonts beside those of the machine.

    The same fonts give the same bytes. Raises OutputError where no font has the letters, OSError where the file cannot
    be written.
    """
    letters = Letters.found(lang, fonts)
    page = shown_of(assessment)
    atlas = Atlas(Told(assessment, page, lang), Plates(assessment, page, lang, letters.family)).whole()
    data = letters.printable(json.dumps(atlas | {"font": letters.family}, ensure_ascii=False, allow_nan=False))
    try:
        pdf = letters.compile(TEMPLATE.read_bytes(), {"atlas": data})
    except typst.TypstError as error:
        raise OutputError(msg("{path}: not typeset: {reason}", path=path.name, reason=str(error.message))) from error
    path.write_bytes(pdf)
