"""Every row of every source of facilities: the category it got and why, or why it is left out."""

from __future__ import annotations

import csv
from pathlib import Path

from lifecircle.model import Assessment
from lifecircle.outputs.plain import guarded
from lifecircle.outputs.tracing import TITLES, lines


def write(assessment: Assessment, path: Path) -> None:
    """Write ``Site.trace``, one line a row of a source. Raises OSError.

    UTF-8 with a byte order mark, so that Excel reads Chinese; text that begins like a formula gets an apostrophe
    before it.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(TITLES)
        writer.writerows(map(guarded, line) for line in lines(assessment.site))
