"""Standards: YAML files, shipped or a user's own, read, checked and made into frozen data.

A shipped standard is found by lying in ``lifecircle/standards``; its id is its file's name. A file that is
based on another (``inheritance``) says only what differs; what the two come to is checked as a whole.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from lifecircle.errors import Fault, InputError
from lifecircle.factors import FactorsBlock
from lifecircle.inheritance import Found, blocks, change_faults, ids_in, items, whole
from lifecircle.messages import Message, Named, msg
from lifecircle.model import (
    FUNCTIONS,
    Adjustment,
    AmapRule,
    Capacity,
    Category,
    DemandKind,
    Factors,
    Goal,
    Measure,
    Norm,
    OsmRule,
    PolicyCheck,
    Profile,
    Scene,
    Source,
    Standard,
    TailoringRule,
)
from lifecircle.refusals import IS_TEXT, refusal, refusals
from lifecircle.standard_file import (
    LISTS,
    STANDINGS,
    AdjustmentBlock,
    AmapRuleBlock,
    CapacityBlock,
    CategoryBlock,
    CityBlock,
    DemandBlock,
    GoalBlock,
    MeasureBlock,
    NormBlock,
    OsmRuleBlock,
    PolicyCheckBlock,
    ProfileBlock,
    SceneBlock,
    SourceBlock,
    StandardFile,
    TailoringBlock,
    whole_schema,
)
from lifecircle.yaml_text import Steps, plain, read_node, repeated_keys

_FROZEN: dict[type[BaseModel], Any] = {
    SourceBlock: Source,
    NormBlock: Norm,
    CapacityBlock: Capacity,
    OsmRuleBlock: OsmRule,
    AmapRuleBlock: AmapRule,
    CategoryBlock: Category,
    DemandBlock: DemandKind,
    ProfileBlock: Profile,
    FactorsBlock: Factors,
    AdjustmentBlock: Adjustment,
    TailoringBlock: TailoringRule,
    GoalBlock: Goal,
    SceneBlock: Scene,
    MeasureBlock: Measure,
    CityBlock: Named,
    PolicyCheckBlock: PolicyCheck,
}
_TAILORED = ("categories", "profiles")
"""The lists that a rule of tailoring speaks of."""
_ORIGIN = {"based_on", "drop"}
"""How a file came to be what it is: no part of the standard, nor of its hash."""


def load_standard(name_or_path: str | Path) -> Standard:
    """A shipped standard by its id, or a user's own by the path of its YAML file.

    Raises InputError with every fault of the file at once.
    """
    path = _find(str(name_or_path), Path(), "standard")
    standard = _standard(_checked(path)[0])
    shipped = _shipped()
    if standard.id in shipped and str(name_or_path) not in shipped and standard != load_standard(standard.id):
        what = msg("{id!r} is a shipped standard's, and this one differs", id=standard.id)
        mend = msg("give it an id and names of its own, or remove the changes")
        raise InputError(Fault(_where(path, {}, ("id",)), what, mend))
    return standard


def base_of(name_or_path: str | Path) -> Standard | None:
    """The standard that another says it is based on; None where it is based on none. Raises InputError."""
    path = _find(str(name_or_path), Path(), "standard")
    data, _ = _read(path)
    return _standard(_checked(_base(path, data))[0]) if data.get("based_on") else None


def profile_of(standard: Standard, id: str) -> Profile:
    """A walking profile of a standard by its id. Raises InputError."""
    try:
        return standard.profile(id)
    except KeyError:
        known = tuple(profile.id for profile in standard.profiles)
        mend = msg("{standard} has: {ids}", standard=standard.id, ids=known)
        raise InputError(Fault("profile", msg("unknown walking profile {id!r}", id=id), mend)) from None


def list_standards() -> list[Standard]:
    """The shipped standards, sorted by id."""
    return [load_standard(id) for id in _shipped()]


def _shipped() -> dict[str, Traversable]:
    found = files("lifecircle").joinpath("standards").iterdir()
    return {file.name.removesuffix(".yaml"): file for file in sorted(found, key=str) if file.name.endswith(".yaml")}


def _find(name: str, folder: Path, where: Message | str) -> Traversable:
    """The file of a shipped standard by its id, or of any by its path from a folder. Raises InputError."""
    shipped = _shipped()
    path: Traversable = shipped.get(name, folder / name)
    try:
        there = path.is_file()
    except OSError:  # a name that no file can have
        there = False
    if not there:
        mend = msg("use {ids} or the path of a YAML file", ids=tuple(shipped))
        if name.lower().endswith((".yaml", ".yml")):
            raise InputError(Fault(where, msg("no such file: {file}", file=str(folder / name)), mend))
        raise InputError(Fault(where, msg("no such standard: {id!r}", id=name), mend))
    return path


def _checked(path: Traversable, above: tuple[Path, ...] = ()) -> tuple[StandardFile, dict[str, Any]]:
    """A file, and the one it is based on with it, checked as a whole; the same as plain data. Raises InputError."""
    data, faults = _read(path)
    if data.get("based_on"):
        try:
            on = _checked(_base(path, data, above), (*above, _place(path)))[1]
        except InputError as error:
            raise InputError([*faults, *error.faults]) from None
        faults += [Fault(_where(path, data, steps), what, mend) for steps, what, mend in change_faults(on, data)]
        data = whole(on, data)
    try:
        file = StandardFile.model_validate(data)
    except ValidationError as error:
        faults += [_fault(path, data, item) for item in _real_errors(error)]
    faults += [Fault(_where(path, data, steps), what, mend) for steps, what, mend in _cross_faults(data)]
    if faults:
        raise InputError(faults)
    return file, data


def _base(path: Traversable, data: dict[str, Any], above: tuple[Path, ...] = ()) -> Traversable:
    """The file that another is based on, which is none of those ``above``. Raises InputError."""
    where, named = _where(path, data, ("based_on",)), data["based_on"]
    if not isinstance(named, str):
        raise InputError(Fault(where, IS_TEXT, msg("write a shipped standard's id or a path")))
    base = _find(named, Path(str(path)).parent, where)
    if _place(base) in (*above, _place(path)):
        what, mend = msg("leads back to {file}", file=str(base)), msg("base one of them on another standard")
        raise InputError(Fault(where, what, mend))
    return base


def _place(path: Traversable) -> Path:
    """Where a file lies, by whatever way it was named."""
    return Path(str(path)).resolve()


def _standard(file: StandardFile) -> Standard:
    weights = file.function_weights
    given = [getattr(weights, function) for function in FUNCTIONS] if weights else _equal_weights(file)
    contents = file.model_dump(mode="json", exclude_defaults=True, exclude=_ORIGIN)
    text = json.dumps(contents, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    counted, spare = (tuple(one for one in file.categories if one.enabled is is_on) for is_on in (True, False))
    data = dict(file) | {"function_weights": tuple(given), "categories": counted, "reserve": spare}
    frozen = {key: _freeze(value) for key, value in data.items() if key not in _ORIGIN}
    return Standard(**frozen, hash=hashlib.sha256(text.encode()).hexdigest())


def _equal_weights(file: StandardFile) -> list[float]:
    counted = {category.function for category in file.categories if category.enabled}
    present = [function in counted for function in FUNCTIONS]
    return [one / sum(present) for one in present]


def _freeze(value: Any) -> Any:
    """The same data as the frozen dataclasses of ``model``."""
    if isinstance(value, tuple):
        return tuple(_freeze(item) for item in value)
    if isinstance(value, BaseModel):
        return _FROZEN[type(value)](**{key: _freeze(item) for key, item in value if key != "enabled"})
    return value


# Reading -----------------------------------------------------------------------------------------


def _read(path: Traversable) -> tuple[dict[str, Any], list[Fault]]:
    """The file's data, and the faults that only it shows: codes without quotes, keys and ids given twice."""
    root = read_node(path)
    found = [(steps, msg("stands {times} times", times=times), msg("keep one")) for steps, times in repeated_keys(root)]
    found += _bare_codes(root, ())
    data = plain(root, path)
    if not isinstance(data, dict):
        raise InputError(Fault(str(path), msg("holds no keys"), msg("start with `id:`, `zh:` and `en:`")))
    found += _repeated_ids(data)
    return data, [Fault(_where(path, data, steps), what, mend) for steps, what, mend in found]


def _bare_codes(node: yaml.Node | None, steps: Steps) -> Iterator[Found]:
    """Codes without quotes; mended on the way, so that each is named once."""
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _bare_codes(item, (*steps, position))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "code" and _is_bare_number(value):
                what = msg("stands without quotes (is {value})", value=value.value)
                yield (*steps, "code"), what, msg('quote it: "{value}"', value=value.value)
                value.tag = "tag:yaml.org,2002:str"
            yield from _bare_codes(value, (*steps, str(key.value)))


def _repeated_ids(data: dict[str, Any]) -> Iterator[Found]:
    for key in LISTS:
        for id, times in Counter(block["id"] for block in blocks(data, key)).items():
            if times > 1:
                yield (key, id, "id"), msg("the id {id!r} stands twice", id=id), msg("give each its own")


def _is_bare_number(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style not in ("'", '"') and bool(re.match(r"\d", node.value))


# Faults ------------------------------------------------------------------------------------------


def _where(path: Traversable, data: Any, steps: Steps) -> Message | str:
    """File and key; items of a list are named by their id, else by their position from 1."""
    names = []
    for step in steps:
        data = _item(data, step)
        id = data.get("id") if isinstance(step, int) and isinstance(data, dict) else None
        names.append(str(id) if id else str(step + 1) if isinstance(step, int) else step)
    return msg("{file}: {key}", file=str(path), key=".".join(names)) if names else str(path)


def _item(data: Any, step: str | int) -> Any:
    try:
        return data[step]
    except (KeyError, IndexError, TypeError):
        return None


def _real_errors(error: ValidationError) -> list[Any]:
    """The errors without those that call a list empty only because its items are faulty."""
    return [item for item in refusals(error) if item["type"] != "too_short" or not item["input"]]


def _fault(path: Traversable, data: Any, item: Any) -> Fault:
    steps = item["loc"]
    return Fault(_where(path, data, steps), refusal(item), _mend(item["type"], steps))


def _mend(kind: str, steps: Steps) -> Message:
    """Also what the schema says of a key."""
    if kind == "extra_forbidden":
        return msg("known keys: {keys}", keys=tuple(sorted(_schema_at(steps[:-1])["properties"])))
    description = _schema_at(steps).get("description")
    help = Message(description) if description else msg("see the schema of a standard")
    return msg("add the key: {help}", help=help) if kind == "missing" else help


def _schema_at(steps: Steps) -> dict[str, Any]:
    """The part of the JSON Schema that rules the value at the end of ``steps``."""
    root = whole_schema()
    part = root
    for step in steps:
        inside = part.get("items", {}) if isinstance(step, int) else part.get("properties", {}).get(step, {})
        option = inside.get("anyOf", [inside])[0]
        part = {**option, **inside, **root["$defs"].get(option.get("$ref", "").rpartition("/")[2], {})}
    return part


def _cross_faults(data: dict[str, Any]) -> Iterator[Found]:
    """Faults between parts of a file whose parts may themselves be faulty."""
    if data.get("drop") and not data.get("based_on"):
        yield ("drop",), msg("there is no standard to drop from"), msg("add `based_on:`, or remove it")
    yield from _unknown(data, (), data, "weights_source")
    for position, block in _placed(data, "profiles"):
        yield from _source_faults(data, ("profiles", position), block)
    for position, block in _placed(data, "categories"):
        steps = ("categories", position)
        yield from _source_faults(data, steps, block)
        yield from _source_faults(data, (*steps, "capacity"), block.get("capacity"))
        yield from _unknown(data, steps, block, "duty_source")
        if block.get("duty") and not block.get("duty_source"):
            yield (*steps, "duty"), msg("{duty} has no source", duty=block["duty"]), msg("add duty_source")
        yield from _also_faults(data, steps, block)
    yield from _tailoring_faults(data)
    for key in ("checks", "goals", "scenes"):
        for position, block in _placed(data, key):
            yield from _source_faults(data, (key, position), block)
            yield from _measure_faults(data, (key, position, "measure"), block.get("measure"))
            for number, measure in enumerate(items(block, "measures")):
                yield from _measure_faults(data, (key, position, "measures", number), measure)
    yield from _goal_faults(data)
    yield from _rule_faults(data)
    yield from _moment_faults(data)
    yield from _weight_faults(data)


def _placed(data: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    """The blocks of what should be a list, with their positions."""
    return [(position, block) for position, block in enumerate(items(data, key)) if isinstance(block, dict)]


def _unknown(data: dict[str, Any], steps: Steps, block: dict[str, Any], key: str) -> Iterator[Found]:
    known = [str(source.get("id")) for _, source in _placed(data, "sources")]
    for id in ids_in(block.get(key)):
        if id not in known:
            mend = msg("add it to `sources` or use {ids}", ids=tuple(known))
            yield (*steps, key), msg("no such source: {id!r}", id=id), mend


def _source_faults(data: dict[str, Any], steps: Steps, block: Any) -> Iterator[Found]:
    """Unknown sources, and a standing better than that of the weakest source."""
    if not isinstance(block, dict):
        return
    yield from _unknown(data, steps, block, "source")
    standing = {str(source.get("id")): source.get("standing") for _, source in _placed(data, "sources")}
    stated = block.get("standing")
    given = [standing.get(id) for id in ids_in(block.get("source"))]
    weakest = next((one for one in STANDINGS if one in given), None)
    if weakest and stated in STANDINGS and STANDINGS.index(stated) > STANDINGS.index(weakest):
        what = msg("better than its weakest source (is {standing!r})", standing=stated)
        yield (*steps, "standing"), what, msg("write {standing}", standing=weakest)


def _also_faults(data: dict[str, Any], steps: Steps, block: dict[str, Any]) -> Iterator[Found]:
    """Categories that are none, and a higher circle in which a facility of a lower one would count again."""
    circles = {str(other.get("id")): other.get("circle") for _, other in _placed(data, "categories")}
    key = (*steps, "also_satisfies")
    for id in ids_in(block.get("also_satisfies")):
        if id not in circles or id == block.get("id"):
            yield key, msg("no such other category: {id!r}", id=id), msg("use the id of another category")
        elif _is_lower(block.get("circle"), circles[id]):
            what = msg("{id!r} is of a higher circle, and a lower circle's facilities do not count again there", id=id)
            yield key, what, msg("remove it, or let the higher one also satisfy this one")


def _measure_faults(data: dict[str, Any], steps: Steps, block: Any) -> Iterator[Found]:
    """Categories that the standard lacks."""
    known = tuple(str(category.get("id")) for _, category in _placed(data, "categories"))
    for id in ids_in(block.get("categories")) if isinstance(block, dict) else ():
        if id not in known:
            mend = msg("{standard} has: {ids}", standard=str(data.get("id")), ids=known)
            yield (*steps, "categories"), msg("no such category: {id!r}", id=id), mend


def _goal_faults(data: dict[str, Any]) -> Iterator[Found]:
    """Goals that a scene names and the standard lacks."""
    known = tuple(str(goal.get("id")) for _, goal in _placed(data, "goals"))
    for position, block in _placed(data, "scenes"):
        for id in ids_in(block.get("goals")):
            if id not in known:
                mend = msg("{standard} has: {ids}", standard=str(data.get("id")), ids=known)
                yield ("scenes", position, "goals"), msg("no such goal: {id!r}", id=id), mend
    views = [block.get("view") for _, block in _placed(data, "scenes")]
    first = [block for _, block in _placed(data, "scenes") if block.get("view") == views[0]]
    held = [id for block in first for id in ids_in(block.get("goals"))]
    for position, block in _placed(data, "goals"):
        if (times := held.count(str(block.get("id")))) != 1:
            what = msg("stands in {n} {n:scene|scenes} of the first view", n=times)
            yield ("goals", position), what, msg("name it in one")


def _is_lower(circle: Any, other: Any) -> bool:
    return isinstance(circle, int) and isinstance(other, int) and circle < other


def _tailoring_faults(data: dict[str, Any]) -> Iterator[Found]:
    """Rules of tailoring that speak of categories, walkers or sources that are not there."""
    categories, walkers = (tuple(str(block.get("id")) for _, block in _placed(data, key)) for key in _TAILORED)
    for position, block in _placed(data, "tailoring"):
        steps = ("tailoring", position)
        yield from _source_faults(data, steps, block)
        for number, (_, change) in enumerate(_placed(block, "changes")):
            if change.get("category") not in categories:
                what = msg("no such category: {id!r}", id=change.get("category"))
                yield (*steps, "changes", number, "category"), what, msg("use {ids}", ids=categories)
        for id in ids_in(block.get("beside")):
            if id not in walkers:
                yield (*steps, "beside"), msg("unknown walking profile {id!r}", id=id), msg("use {ids}", ids=walkers)


def _moment_faults(data: dict[str, Any]) -> Iterator[Found]:
    """Moments asked about of what is open at all of them."""
    categories, rules = _placed(data, "categories"), _placed(data, "tailoring")
    always = {block.get("id") for _, block in categories if block.get("always_open") is True}
    asked: list[tuple[Steps, Any, Any]]
    asked = [(("categories", position), block.get("id"), block) for position, block in categories]
    asked += [
        (("tailoring", position, "changes", number), change.get("category"), change)
        for position, rule in rules
        for number, change in _placed(rule, "changes")
    ]
    for steps, id, block in asked:
        if block.get("moments") and id in always:
            mend = msg("remove it, or the category's `always_open`")
            yield (*steps, "moments"), msg("{id!r} is open at all hours", id=id), mend


def _rule_faults(data: dict[str, Any]) -> Iterator[Found]:
    """Rules of two categories: an object counts in one, so that the second would never find any."""
    owners: dict[str, str] = {}
    for position, block in _placed(data, "categories"):
        for kind in ("osm", "amap"):
            for number, rule in enumerate(items(block, kind)):
                owner = owners.setdefault(json.dumps([kind, rule], sort_keys=True, default=str), str(block.get("id")))
                if owner != str(block.get("id")):
                    what = msg("stands in {owner!r} too, and a facility counts in one category only", owner=owner)
                    mend = msg("keep it in one; `also_satisfies` lets a higher circle's facility serve in a lower one")
                    yield ("categories", position, kind, number), what, mend


def _weight_faults(data: dict[str, Any]) -> Iterator[Found]:
    """Functions that count but have nothing to count."""
    shares = data.get("function_weights")
    for function in FUNCTIONS:
        counted = [block for _, block in _placed(data, "categories") if block.get("enabled") is not False]
        weights = [block.get("weight") for block in counted if block.get("function") == function]
        counts = bool(weights) if not isinstance(shares, dict) else shares.get(function) not in (0, None)
        if counts and all(weight == 0 for weight in weights):
            what = msg("{function} counts but no category of it has a weight above 0", function=function)
            yield ("function_weights",), what, msg("give a category a weight or the function the weight 0")
