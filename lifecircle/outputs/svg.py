"""One picture of a site as SVG."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg
from lifecircle.model import Assessment
from lifecircle.outputs.drawings import OVERVIEW, Drawing, picture_ids, shown_of
from lifecircle.outputs.pictures import picture


def write(result: Assessment | Drawing, path: Path, *, show: str = OVERVIEW, lang: Literal["zh", "en"] = "zh") -> None:
    """Write one picture; ``show`` is ``overview`` or the id of a category.

    Raises InputError where there is no such picture, OSError where the file cannot be written.
    """
    path.write_text(drawn(result, show, lang), encoding="utf-8", newline="\n")


def drawn(result: Assessment | Drawing, show: str, lang: str) -> str:
    """One picture as SVG. Raises InputError where there is no such picture."""
    page = shown_of(result)
    if show not in picture_ids(page):
        known = msg("it has: {ids}", ids=tuple(picture_ids(page)))
        raise InputError(Fault("show", msg("no picture {id!r}", id=show), known))
    return picture(page, show, lang)
