"""Results to files: the suffix picks the writer, and a file is whole or not there.

A writer is a module here with ``write(result, path, **options)``; it writes to the path it is given.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from lifecircle.answers import LinkSuggestion
from lifecircle.changes import Scenario
from lifecircle.errors import OutputError, reason
from lifecircle.messages import Progress, msg, silent
from lifecircle.model import Assessment, Check, Comparison, Survey
from lifecircle.outputs.drawings import Drawing

WRITERS = {
    Assessment: {
        ".html": "html",
        ".geojson": "geojson",
        ".xlsx": "xlsx",
        ".tif": "tif",
        ".json": "json",
        ".csv": "facilities_csv",
        ".png": "png",
        ".svg": "svg",
        ".gpkg": "gpkg",
        ".dxf": "dxf",
        ".zip": "shp",
        ".docx": "docx",
        ".md": "md",
        ".pdf": "pdf",
    },
    Drawing: {
        ".html": "html",
        ".png": "png",
        ".svg": "svg",
    },
    Comparison: {
        ".html": "comparison_html",
        ".xlsx": "comparison_xlsx",
        ".csv": "comparison_csv",
    },
    Check: {
        ".txt": "check_txt",
        ".json": "check_json",
    },
    Scenario: {
        ".geojson": "scenario_geojson",
    },
    LinkSuggestion: {
        ".geojson": "links_geojson",
    },
    Survey: {
        ".html": "survey_html",
        ".xlsx": "survey_xlsx",
    },
}
"""Module of each kind of result and suffix."""

DOCUMENTS = (".pdf", ".docx", ".gpkg")
"""What is handed in, beside what every assessment gives."""
ONE_LANGUAGE = (".pdf", ".docx", ".md", ".png", ".svg", ".gpkg", ".dxf", ".zip")
"""Suffixes whose writers take the language they write in, as ``lang``."""

Result = Assessment | Check | Comparison | Drawing | LinkSuggestion | Scenario | Survey


def write(result: Result, path: str | Path, **options: Any) -> Path:
    """Write a result; the suffix of ``path`` picks the form. Returns the path.

    What stood at ``path`` is replaced only by a whole file. Raises OutputError.
    """
    return write_all(result, {path: options})[0]


def write_all(
    result: Result,
    forms: Mapping[Any, Mapping[str, Any]],
    *,
    progress: Progress = silent,
) -> list[Path]:
    """Write a result to several paths, all of them or none; ``forms`` holds each path's options.

    Returns the paths. Raises OutputError.
    """
    options = {Path(path): given for path, given in forms.items()}
    with ExitStack() as stack:
        drafts = {}
        writers = {}
        for path in options:
            with _told(path):
                writers[path] = _writer(result, path)
        for path, writer in writers.items():
            progress(msg("writing {file}", file=path.name))
            with _told(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent))
                drafts[path] = Path(folder) / path.name
                writer.write(result, drafts[path], **options[path])
        for path, draft in drafts.items():
            with _told(path):
                draft.replace(path)
    return list(drafts)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """The machine's errors as ours, with the path they are about."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        told = msg("{path}: not written ({reason}); what stood there is untouched", path=path, reason=reason(error))
        raise OutputError(told) from error


def writer_of(kind: type, path: Path) -> Any:
    """The module that writes a kind of result to a path; None where there is none."""
    name = WRITERS[kind].get(path.suffix.lower())
    return None if name is None else import_module(f"lifecircle.outputs.{name}")


def _writer(result: Result, path: Path) -> Any:
    """The writer for a path that may be written. Raises OutputError."""
    writers = WRITERS[type(result)]
    if path.suffix.lower() not in writers:
        suffix = path.suffix or msg("a name without suffix")
        told = msg("{path}: no writer for {suffix}; use {suffixes}", path=path, suffix=suffix, suffixes=tuple(writers))
        raise OutputError(told)
    if path.is_dir():
        raise OutputError(msg("{path}: not written (is a folder); name a file", path=path))
    if not isinstance(result, Comparison | Drawing | LinkSuggestion | Scenario) and _is_input(result, path):
        raise OutputError(msg("{path}: not written (it is a file of the site); choose another folder", path=path))
    return writer_of(type(result), path)


def _is_input(result: Assessment | Check | Survey, path: Path) -> bool:
    """Whether what stands at a path is one of the files that the site was read from."""
    inputs = result.site.provenance.get("inputs", {})
    digests = [digest for name, digest in inputs.items() if name.rpartition("/")[2] == path.name]
    return bool(digests) and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() in digests
