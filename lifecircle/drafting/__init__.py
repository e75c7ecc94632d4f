"""A site file drawn up from a folder as a planner holds it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lifecircle.drafting.decide import Draft, decide
from lifecircle.drafting.folder import look
from lifecircle.drafting.text import written
from lifecircle.errors import Fault, InputError, OutputError
from lifecircle.messages import msg
from lifecircle.standard import load_standard

SITE_FILE = "site.yaml"
STANDARD = "industrial-community"


def init(folder: str | Path, path: str | Path | None = None, *, lang: str = "zh", force: bool = False) -> Draft:
    """Look at the files of a folder and write a site file that says what each is, and why.

    ``path``: where to write, ``site.yaml`` in the folder by itself; an existing file is replaced with ``force`` only.
    ``lang``: language of the comments. Returns what was decided. Raises InputError where nothing is the outline of
    a site, OutputError where the file cannot be written.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(Fault(str(folder), msg("is not a folder"), msg("give the folder that holds the data")))
    target = folder / SITE_FILE if path is None else Path(path)
    if target.exists() and not force:
        raise OutputError(msg("{file}: exists already; name another file, or replace it with --force", file=target))
    draft = decide(look(folder), load_standard(STANDARD))
    _write(target, written(draft, target.parent, lang))
    return draft


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
            whole = Path(folder) / path.name
            whole.write_text(text, encoding="utf-8")
            whole.replace(path)
    except OSError as error:
        raise OutputError(msg("{file}: not written ({error})", file=path, error=error.strerror or error)) from error
