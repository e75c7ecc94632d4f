"""YAML files as plain data: a key stands once, an alias nowhere, and every fault names its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from lifecircle.errors import Fault, InputError

Steps = tuple[str | int, ...]
"""The way to a value in a file: keys and positions."""


DEEPEST = 50
"""Blocks within blocks."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_node(path: Traversable) -> yaml.Node | None:
    """The root of a YAML file; None where it is empty. Raises InputError."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "no such file"
        raise InputError(Fault(str(path), what, "give the path of a YAML file"))
    try:
        text = path.read_text(encoding="utf-8-sig")
        _check_size(text)
        return yaml.compose(text, _Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Fault(str(path), f"cannot be read ({error})", "save it as UTF-8 text")) from None
    except yaml.YAMLError as error:
        raise _refused(path, error) from None


def _check_size(text: str) -> None:
    """Raises YAMLError for what could fill the machine: aliases, which can stand for billions, and deep nesting."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
            what = "nested too deeply" if depth > DEEPEST else "aliases are not read: write the value out"
            raise yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)  # type: ignore[arg-type]


def plain(root: yaml.Node | None, path: Traversable) -> Any:
    """What a node says, as dicts, lists, texts, numbers. Raises InputError."""
    if root is None:
        return None
    try:
        return _Loader("").construct_document(root)
    except (yaml.YAMLError, ValueError) as error:
        raise _refused(path, error) from None


def repeated_keys(node: yaml.Node | None, steps: Steps = ()) -> Iterator[tuple[Steps, int]]:
    """The way to every key that stands more than once in its block, and how often."""
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from repeated_keys(item, (*steps, position))
    elif isinstance(node, yaml.MappingNode):
        times = Counter(str(key.value) for key, _ in node.value)
        yield from (((*steps, key), count) for key, count in times.items() if count > 1)
        for key, value in node.value:
            yield from repeated_keys(value, (*steps, str(key.value)))


def _refused(path: Traversable, error: Exception) -> InputError:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark else str(path)
    problem = getattr(error, "problem", None) or str(error)
    return InputError(Fault(where, f"YAML fault: {problem}", "check indentation, colons and quotes"))
