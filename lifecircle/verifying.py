"""Whether a result can be had again: from the same inputs, with the same bytes."""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from lifecircle.answers import Verification
from lifecircle.assessment import assess, assess_each, assess_standards
from lifecircle.drawing import AGAIN, read_document
from lifecircle.errors import Fault, InputError, LifecircleError
from lifecircle.messages import LANGUAGES, Message, Progress, msg, silent
from lifecircle.model import Assessment
from lifecircle.outputs import write, writer_of
from lifecircle.outputs.json import KIND, document
from lifecircle.site import SiteFile

MOST = 10
"""Differences that are told."""
LAYERS = {".ground.geojson": {"layer": "states"}}
"""Options that the ending of a name stands for."""
NOTHING = object()


def verify(
    result: str | Path,
    site: SiteFile | str | Path,
    *,
    scenario: str | Path | None = None,
    each: str | None = None,
    standards: Sequence[str] = (),
    progress: Progress = silent,
) -> Verification:
    """Assess a site again and hold what comes out against an assessment's JSON and the files beside it of its name.

    ``scenario``, ``each`` and ``standards`` are those that the result was made with. Files that hold one language are
    written in both: either will do. Raises InputError.
    """
    path = Path(result)
    held = read_document(path)
    if not isinstance(held, dict) or held.get("kind") != KIND:
        raise InputError(Fault(str(path), msg("is no assessment"), AGAIN))
    if "scenario" in held and scenario is None:
        mend = msg("name its file: --scenario FILE")
        raise InputError(Fault(str(path), msg("tells a scenario"), mend))
    again = _again(held, site, scenario, each, standards, progress)
    files = {file.name: _same(again, file, progress) for file in _beside(path)}
    differences = () if files[path.name] else tuple(_differences(held, document(again)))
    return Verification(files, tuple(_changed(held, again)), differences)


def _again(
    held: dict[str, Any],
    site: SiteFile | str | Path,
    scenario: str | Path | None,
    each: str | None,
    standards: Sequence[str],
    progress: Progress,
) -> Assessment:
    said = held.get("at")
    at = str(said.get("en")) if isinstance(said, dict) else None
    if each is None and not standards:
        return assess(site, scenario=scenario, at=at, progress=progress)
    name, slug = (held.get("site", {}).get(key) for key in ("name", "slug"))
    if each is None:
        for found in assess_standards(site, standards, at=at, progress=progress):
            if found.site.slug == slug:
                return found
        mend = msg("name the standards that it was made with, all of them")
        raise InputError(Fault("--standard", msg("none gives {slug}", slug=slug), mend))
    for feature, result in assess_each(site, each, at=at, progress=progress):
        if feature == name:
            if isinstance(result, LifecircleError):
                raise result
            return result
    raise InputError(Fault("--each", msg("no feature is called {name}", name=name), msg("name the field of the names")))


def _beside(path: Path) -> list[Path]:
    """The result and the files that were written with it."""
    others = (file for file in path.parent.iterdir() if file.name.startswith(f"{path.stem}.") and file.is_file())
    return sorted({path, *(file for file in others if writer_of(Assessment, file) is not None)})


def _same(again: Assessment, file: Path, progress: Progress) -> bool:
    """Whether a file is written again byte by byte."""
    writer = writer_of(Assessment, file)
    assert writer is not None
    options = next((given for ending, given in LAYERS.items() if file.name.endswith(ending)), {})
    told = "lang" in inspect.signature(writer.write).parameters
    whole = file.read_bytes()
    progress(msg("writing {file}", file=file.name))
    with tempfile.TemporaryDirectory() as folder:
        return any(
            write(again, Path(folder) / file.name, **options, **language).read_bytes() == whole
            for language in ([{"lang": lang} for lang in LANGUAGES] if told else [{}])
        )


def _changed(held: dict[str, Any], again: Assessment) -> Iterator[Message]:
    """What of the inputs, the standard and the tool is no longer what it was."""
    now = version("lifecircle")
    if held.get("version") != now:
        yield msg("written by lifecircle {old}; this is {new}", old=held.get("version", "?"), new=now)
    old, new = held.get("inputs", {}), again.provenance.get("inputs", {})
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield msg("{file} is no input any more", file=name)
        elif name not in old:
            yield msg("{file} was no input", file=name)
        elif old[name] != new[name]:
            yield msg("{file} has changed", file=name)
    standard = again.site.standard
    if held.get("standard", {}).get("hash") != standard.hash:
        yield msg("the standard {standard} has changed", standard=standard.id)


def _differences(old: Any, new: Any) -> Iterator[Message]:
    """The first members that differ, with what they were and are."""
    for name, was, now in islice(_members("", old, new), MOST):
        yield msg("{member}: was {was}, is {now}", member=name, was=_shown(was), now=_shown(now))


def _members(name: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _members(f"{name}.{key}" if name else key, old.get(key, NOTHING), new.get(key, NOTHING))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (was, now) in enumerate(zip(old, new, strict=True), start=1):
            yield from _members(f"{name}[{i}]", was, now)
    elif old != new:
        yield name, old, new


def _shown(value: Any) -> Message | str:
    if value is NOTHING:
        return msg("nothing")
    told = str(value)
    return told if len(told) <= 60 else f"{told[:60]}…"
