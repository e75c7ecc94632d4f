"""YAML files as plain data: a key stands once, an alias nowhere, and every fault names its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from lifecircle.errors import Fault, InputError, reason
from lifecircle.messages import msg

Steps = tuple[str | int, ...]
"""The way to a value in a file: keys and positions."""


DEEPEST = 50
"""Blocks within blocks."""

NESTED = msg("nested too deeply")
ALIAS = msg("aliases are not read: write the value out")
PROBLEMS = {
    told.text: told
    for told in (
        NESTED,
        ALIAS,
        msg("mapping values are not allowed in this context"),
        msg("did not find expected key"),
        msg("did not find expected '-' indicator"),
        msg("did not find expected ',' or ']'"),
        msg("did not find expected ',' or '}'"),
        msg("did not find expected <document start>"),
        msg("could not find expected ':'"),
        msg("found character that cannot start any token"),
        msg("found unexpected end of stream"),
        msg("found unknown escape character"),
        msg("control characters are not allowed"),
    )
}
"""What libyaml says, and we; anything else stands as it is said."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_node(path: Traversable) -> yaml.Node | None:
    """The root of a YAML file; None where it is empty. Raises InputError."""
    if not path.is_file():
        what = msg("is a folder") if path.is_dir() else msg("no such file")
        raise InputError(Fault(str(path), what, msg("give the path of a YAML file")))
    try:
        text = path.read_text(encoding="utf-8-sig")
        _check_size(text)
        return yaml.compose(text, _Loader)
    except OSError as error:
        what = msg("cannot be read ({reason})", reason=reason(error))
        raise InputError(Fault(str(path), what, msg("give a file that opens"))) from None
    except UnicodeDecodeError:
        raise InputError(Fault(str(path), msg("is not UTF-8 text"), msg("save it as UTF-8 text"))) from None
    except yaml.YAMLError as error:
        raise _refused(path, error) from None


def _check_size(text: str) -> None:
    """Raises YAMLError for what could fill the machine: aliases, which can stand for billions, and deep nesting."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > DEEPEST:
            what = NESTED if depth > DEEPEST else ALIAS
            raise yaml.MarkedYAMLError(problem=what.text, problem_mark=event.start_mark)  # type: ignore[arg-type]


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
    what = msg("YAML fault: {problem}", problem=PROBLEMS.get(problem, problem))
    return InputError(Fault(where, what, msg("check indentation, colons and quotes")))
