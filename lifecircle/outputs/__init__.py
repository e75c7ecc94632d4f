"""Results to files: the suffix picks the writer, and a file is whole or not there.

A writer is a module here with ``write(result, path, **options)``; it writes to the path it is given.
"""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from lifecircle.errors import OutputError
from lifecircle.model import Assessment, Comparison

WRITERS = {
    Assessment: {
        ".html": "html",
        ".geojson": "geojson",
        ".xlsx": "xlsx",
        ".tif": "tif",
        ".json": "json",
    },
    Comparison: {
        ".html": "comparison_html",
        ".xlsx": "comparison_xlsx",
        ".csv": "comparison_csv",
    },
}
"""Module of each kind of result and suffix."""


def write(result: Assessment | Comparison, path: str | Path, **options: Any) -> Path:
    """Write a result; the suffix of ``path`` picks the form. Returns the path.

    What stood at ``path`` is replaced only by a whole file. Raises OutputError.
    """
    path = Path(path)
    writers = WRITERS[type(result)]
    if path.suffix.lower() not in writers:
        known = ", ".join(writers)
        raise OutputError(f"{path}: no writer for {path.suffix or 'a name without suffix'!r}; use {known}")
    writer = import_module(f"lifecircle.outputs.{writers[path.suffix.lower()]}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
            draft = Path(folder) / path.name
            writer.write(result, draft, **options)
            draft.replace(path)
    except OSError as error:
        raise OutputError(f"{path}: not written ({error.strerror or error}); what stood there is untouched") from error
    return path
