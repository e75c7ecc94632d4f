"""A draft as the text of a site file: what was found, why, and what the planner may choose otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lifecircle.drafting.decide import MANY, ORDER, Draft
from lifecircle.drafting.roles import Part
from lifecircle.messages import Message, msg, tell

INDENT = "  "


def written(draft: Draft, folder: Path, lang: str) -> str:
    """The site file, with comments in a language; paths are written as seen from ``folder``."""
    return "\n".join([*_lines(draft, folder, lang), ""])


def _lines(draft: Draft, folder: Path, lang: str) -> Iterator[str]:
    yield _comment(msg("Drawn up by `lifecircle init`. Each part says why; change what is wrong."), lang=lang)
    yield _comment(
        msg("Then: `lifecircle check` tells what the data are, `lifecircle assess` makes the map."), lang=lang
    )
    yield from _pairs({"name": draft.name}, folder)
    for key in ORDER:
        parts = [part for part in draft.parts if part.key == key]
        if not parts:
            continue
        yield ""
        if key in MANY:
            yield f"{key}:"
        for part in parts:
            yield from _part(part, folder, lang)
    yield ""
    yield _comment(msg('Categories whose data you declare complete: only there is "none found" a sure gap.'), lang=lang)
    yield "# complete: []"
    if draft.undecided:
        yield ""
        yield _comment(msg("Not used:"), lang=lang)
    for each in draft.undecided:
        yield _comment(msg("- {file}: {why}", file=_path(each.file, folder), why=each.why), lang=lang)
        if each.parts:
            yield _comment(msg("  it could be:"), lang=lang)
        for part in each.parts:
            values = dict(part.values)
            yield from (f"#   {line}" for line in _pairs({part.key: [values] if part.key in MANY else values}, folder))


def _part(part: Part, folder: Path, lang: str) -> Iterator[str]:
    """A block of its own, or an item of a list."""
    several = part.key in MANY
    yield (INDENT if several else "") + _comment(*part.why, lang=lang)
    if not several:
        yield f"{part.key}:"
    lead = f"{INDENT}- " if several else INDENT
    for key, value in part.values.items():
        [line] = _pairs({key: value}, folder)
        beside = f"  {_comment(part.beside[key], lang=lang)}" if key in part.beside else ""
        yield f"{lead}{line}{beside}"
        lead = INDENT * (2 if several else 1)
    for choice in part.choices:
        for line in _pairs(choice.keys, folder):
            yield f"{lead}# {line}  {_comment(choice.why, lang=lang)}"


def _pairs(values: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Keys and values as YAML, one line each."""
    for key, value in values.items():
        text = _dumped(_plain(value, folder), as_is=True)
        yield f"{key}: {text if text.isprintable() else _dumped(_plain(value, folder), as_is=False)}"


def _dumped(value: Any, *, as_is: bool) -> str:
    text = yaml.safe_dump(value, allow_unicode=as_is, sort_keys=False, width=10**6, default_flow_style=True)
    return text.removesuffix("\n").removesuffix("\n...")


def _plain(value: Any, folder: Path) -> Any:
    if isinstance(value, Path):
        return _path(value, folder)
    if isinstance(value, Mapping):
        return {key: _plain(item, folder) for key, item in value.items()}
    return [_plain(item, folder) for item in value] if isinstance(value, list) else value


def _path(path: Path, folder: Path) -> str:
    """A path as seen from a folder; whole where that is on another drive."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _comment(*parts: Message, lang: str) -> str:
    """Sentences behind a hash on one line, whatever the names in them hold."""
    text = "; ".join(tell(part, lang) for part in parts)
    return "# " + " ".join("".join(letter if letter.isprintable() else " " for letter in text).split(" "))
