"""What the data of a site are, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from lifecircle.messages import LANGUAGES, tell
from lifecircle.model import Check, Section


def write(check: Check, path: Path) -> None:
    """Write the counts, and the words in every language. Raises OSError."""
    told = {
        "site": check.site.name,
        "files": [asdict(file) for file in check.files],
        "places": [asdict(kind) for kind in check.places],
        "categories": [asdict(category) for category in check.categories],
        "rows": check.rows,
        "sections": [_section(section) for section in check.sections],
    }
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _section(section: Section) -> dict[str, object]:
    return {
        "title": {lang: tell(section.title, lang) for lang in LANGUAGES},
        "lines": [{lang: tell(line, lang) for lang in LANGUAGES} for line in section.lines],
    }
