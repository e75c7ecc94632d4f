"""A standard that says only how it differs from another: the whole that the two come to, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lifecircle.messages import Message, msg
from lifecircle.standard_file import LISTS
from lifecircle.yaml_text import Steps

Found = tuple[Steps, Message, Message]
"""The way to a fault, what it is and how to mend it."""

OWN = ("id", "zh", "en", "version", "based_on", "drop")
"""What a standard never takes from another."""

OTHERS = "others"
"""Among what is dropped: every block of the lists in ``DROPPED`` that is not named."""
DROPPED = ("categories", "checks", "goals", "scenes")
"""The lists that blocks are dropped from."""

TOGETHER = {
    "zh": ("en",),
    "en": ("zh",),
    "partial": ("partial_zh",),
    "weight": ("weights_source",),
    "function_weights": ("weights_source",),
    "norm": ("source", "standing", "note", "enabled"),
    "duty": ("duty_source",),
    "metres_per_minute": ("source", "standing"),
    "document": ("document_zh", "standing", "url"),
    "measure": ("least", "most", "source", "standing", "note"),
    "measures": ("source", "standing"),
    "declare": ("declare_zh",),
    "least": ("source", "standing", "note"),
    "most": ("source", "standing", "note"),
}
"""What belongs to a value: beside a new one the old is not kept, so that no number keeps the source of another."""


def whole(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A derived standard in full; what is wrong with ``changes`` stays in it, or is among ``change_faults``.

    A block whose id is known changes the keys that it gives; a new one goes behind the others.
    """
    weighed = {"weight"} if any("weight" in block for block in blocks(changes, "categories")) else set()
    taken = {key: value for key, value in base.items() if key not in OWN}
    taken |= {key: _kept(base, changes, key) for key in DROPPED}
    gone = set(items(changes, "drop"))
    checks = taken["checks"]
    taken["checks"] = [one | {"measure": left} for one in checks if (left := _left(one["measure"], gone))]
    for key in ("goals", "scenes"):
        taken[key] = [_without(block, gone) for block in taken[key]]
    if "tailoring" in base:
        taken["tailoring"] = list(_still_of_use(base, changes, {block["id"] for block in taken["categories"]}))
    result = _changed(taken, changes, weighed | set(changes))
    for key in LISTS:
        if isinstance(changes.get(key), list):
            result[key] = _merged(
                blocks(taken, key), [new for new in blocks(changes, key) if not _strange(new, base, key)]
            )
    if isinstance(result["sources"], list):
        used = _references(result) | {block["id"] for block in blocks(changes, "sources")}
        result["sources"] = [block for block in result["sources"] if block["id"] in used]
    return result


def change_faults(base: dict[str, Any], changes: dict[str, Any]) -> Iterator[Found]:
    """What is wrong with a derived file that the whole does not show."""
    for key in LISTS:
        for position, block in enumerate(items(changes, key)):
            if not _is_named(block):
                yield (key, position), msg("has no id"), msg("name the block to change, or a new one, by `id:`")
        ids = tuple(block["id"] for block in blocks(base, key))
        for position, block in enumerate(items(changes, key)):
            if _is_named(block) and _strange(block, base, key):
                what = msg("{standard} has no {id!r} to change", standard=base["id"], id=block["id"])
                yield (key, position, "id"), what, msg("use one of {ids}; a new one gives all its keys", ids=ids)
    known = tuple(block["id"] for key in DROPPED for block in blocks(base, key))
    named = {block["id"] for key in DROPPED for block in blocks(changes, key)}
    for id in items(changes, "drop"):
        if id not in (*known, OTHERS):
            mend = msg("{standard} has: {ids}", standard=base["id"], ids=known)
            yield ("drop",), msg("no such category or check: {id!r}", id=id), mend
        elif id in named:
            yield ("drop",), msg("{id!r} is both dropped and changed", id=id), msg("keep one of the two")


def blocks(data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The blocks of a list that have an id."""
    return [block for block in items(data, key) if _is_named(block)]


def ids_in(value: Any) -> list[str]:
    """The ids in a value that should be one id or a list of them."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one]


def items(data: dict[str, Any], key: str) -> list[Any]:
    """The items of what should be a list."""
    found = data.get(key)
    return found if isinstance(found, list) else []


def _is_named(block: Any) -> bool:
    return isinstance(block, dict) and isinstance(block.get("id"), str)


def _strange(block: dict[str, Any], base: dict[str, Any], key: str) -> bool:
    """Whether a block changes what the base does not have: a new one would say what it is called."""
    told = {"zh", "en", "document"} & set(block)
    return not told and block["id"] not in {other["id"] for other in blocks(base, key)}


def _kept(base: dict[str, Any], changes: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The blocks of a list that are not dropped."""
    named, dropped = {block["id"] for block in blocks(changes, key)}, items(changes, "drop")
    return [
        block
        for block in blocks(base, key)
        if block["id"] in named or (OTHERS not in dropped and block["id"] not in dropped)
    ]


def _still_of_use(base: dict[str, Any], changes: dict[str, Any], categories: set[str]) -> Iterator[dict[str, Any]]:
    """The rules of tailoring, less what they say of categories that are dropped; none where all others are."""
    for rule in [] if OTHERS in items(changes, "drop") else blocks(base, "tailoring"):
        left = [change for change in items(rule, "changes") if change["category"] in categories]
        if left or items(rule, "beside"):
            yield rule | {"changes": left}


def _without(block: dict[str, Any], dropped: set[Any]) -> dict[str, Any]:
    """A goal or a scene without what is dropped of its measures and goals."""
    lists = {
        "measures": [left for measure in items(block, "measures") if (left := _left(measure, dropped))],
        "goals": [id for id in items(block, "goals") if id not in dropped],
    }
    return block | {key: value for key, value in lists.items() if key in block}


def _left(measure: Any, dropped: set[Any]) -> Any:
    """A measure without categories that are dropped; None where none of its own is left."""
    measured = ids_in(measure.get("categories")) if isinstance(measure, dict) else []
    left = [id for id in measured if id not in dropped]
    if left == measured:
        return measure
    return {**measure, "categories": left} if left else None


def _merged(old: list[dict[str, Any]], changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_id = {block["id"]: block for block in old}
    for change in changes:
        by_id[change["id"]] = _changed(by_id.get(change["id"], {}), change, set(change))
    return list(by_id.values())


def _changed(old: dict[str, Any], change: dict[str, Any], given: set[str]) -> dict[str, Any]:
    """A block with the keys that a change gives, without what belonged to the old values."""
    stale = {other for key in given for other in TOGETHER.get(key, ())}
    return {key: value for key, value in old.items() if key not in stale} | change


def _references(data: dict[str, Any]) -> set[str]:
    """The ids of the sources that something refers to."""
    named = [block for key in ("profiles", "categories", "checks", "goals", "tailoring") for block in blocks(data, key)]
    parts = [data, *named, *(block["capacity"] for block in named if isinstance(block.get("capacity"), dict))]
    return {id for part in parts for key in ("source", "duty_source", "weights_source") for id in ids_in(part.get(key))}
