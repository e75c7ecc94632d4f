"""What the data of a site are, as plain text."""

from __future__ import annotations

from pathlib import Path

from lifecircle.model import Check


def write(check: Check, path: Path, *, lang: str = "zh") -> None:
    """Write the report in a language; UTF-8 with a mark, so that Windows' editor shows it. Raises OSError."""
    path.write_text(check.render(lang), encoding="utf-8-sig", newline="\r\n")
