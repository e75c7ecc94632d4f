"""Standards: YAML files, shipped or a user's own, read, checked and made into frozen data.

A shipped standard is found by lying in ``lifecircle/standards``; its id is its file's name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from lifecircle.errors import Fault, InputError
from lifecircle.messages import Message, msg
from lifecircle.model import (
    FUNCTIONS,
    AmapRule,
    Capacity,
    Category,
    DemandKind,
    Function,
    Norm,
    OsmRule,
    Profile,
    Source,
    Standard,
)
from lifecircle.refusals import Refused, refusal, refusals
from lifecircle.yaml_text import Steps, plain, read_node, repeated_keys

_Found = tuple[Steps, Message, Message]
"""The way to a fault, what it is and how to mend it."""

STANDINGS = ("proposed", "recalled", "source-document", "verified")
"""How far a number can be trusted, the weakest first."""

Slug = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$",
        description="an id: small letters and digits, parted by `-`, `_` or `.`, a letter first",
    ),
]
Title = Annotated[
    str, Field(min_length=1, max_length=200, description="a short name; put it in quotes if YAML takes it for else")
]
Word = Annotated[
    str, StringConstraints(min_length=1, strip_whitespace=True), Field(description="a word to look for in names")
]
Amount = Annotated[float, Field(strict=True, gt=0, description="a number above 0")]
Share = Annotated[float, Field(strict=True, ge=0, description="a number, 0 or more")]
Standing = Annotated[
    Literal["proposed", "recalled", "source-document", "verified"],
    Field(description="one of proposed, recalled, source-document, verified"),
]
Head = Annotated[
    Literal["beds", "jobs", "people", "families"], Field(description="one of beds, jobs, people, families")
]
SourceIds = Annotated[tuple[Slug, ...], Field(description="a list of ids of `sources`")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SourceBlock(_Strict):
    """A document that numbers come from."""

    id: Slug
    document: Title
    document_zh: str = Field("", description="the same in Chinese, as text")
    standing: Standing
    url: str = Field("", description="where it can be read, as text")


class NormBlock(_Strict):
    """give exactly one of distance_m (metres on foot) and minutes (time on the walking profile)"""

    distance_m: Amount | None = None
    minutes: Amount | None = None

    @model_validator(mode="after")
    def _one(self) -> NormBlock:
        if self.distance_m is not None and self.minutes is not None:
            both = {"distance": self.distance_m, "minutes": self.minutes}
            raise Refused(msg("gives both distance_m {distance:g} and minutes {minutes:g}", **both))
        if self.distance_m is None and self.minutes is None:
            raise Refused(msg("gives neither distance_m nor minutes"))
        return self


class CapacityBlock(_Strict):
    """name the source and the standing of min and per_head"""

    unit: Title
    min: Amount | None = Field(None, description="least size of one facility, a number above 0")
    per_head: Amount | None = Field(None, description="supply owed to each head, a number above 0")
    source: SourceIds = ()
    standing: Literal["", "proposed", "recalled", "source-document", "verified"] = Field(
        "", description="one of proposed, recalled, source-document, verified"
    )

    @model_validator(mode="after")
    def _sourced(self) -> CapacityBlock:
        numbers = self.min is not None or self.per_head is not None
        if numbers and not (self.source and self.standing):
            raise Refused(msg("has a number without source and standing"))
        return self


class OsmRuleBlock(_Strict):
    """a rule that can match: area_min below area_max, and no area asked of `closed: false`"""

    tag: str = Field(
        pattern=r"^[^=+*\s]+=[^=+*;]+(\+[^=+*\s]+=[^=+*;]+)*$",
        description="write key=value, several joined by `+`; no wildcards",
    )
    name_any: tuple[Word, ...] = Field((), description="a list of words; the name holds at least one")
    area_min: Amount | None = Field(None, description="least area in m2, a number above 0")
    area_max: Amount | None = Field(None, description="area in m2 to stay below, a number above 0")
    closed: bool | None = Field(None, description="true: areas only; false: points and open lines only")

    @model_validator(mode="after")
    def _can_match(self) -> OsmRuleBlock:
        if self.area_min is not None and self.area_max is not None and self.area_min >= self.area_max:
            areas = {"least": self.area_min, "most": self.area_max}
            raise Refused(msg("area_min {least:g} is not below area_max {most:g}", **areas))
        if self.closed is False and (self.area_min is not None or self.area_max is not None):
            raise Refused(msg("asks for an area of an object without one (`closed: false`)"))
        return self


class AmapRuleBlock(_Strict):
    """give a code, words (name_any) or both"""

    code: str | None = Field(None, pattern=r"^\d{6}$", description='quote it: six digits, like "090601"')
    name_any: tuple[Word, ...] = Field((), description="a list of words; the name holds at least one")

    @model_validator(mode="after")
    def _says_something(self) -> AmapRuleBlock:
        if self.code is None and not self.name_any:
            raise Refused(msg("would match every place"))
        return self


class CategoryBlock(_Strict):
    """A kind of facility and what is asked of it."""

    id: Slug
    zh: Title
    en: Title
    function: Function = Field(description="one of production, living, ecology")
    circle: Literal[5, 10, 15] = Field(description="one of 5, 10, 15 (minutes)")
    norm: NormBlock
    serves: tuple[Head, ...] = Field(min_length=1, description="a list of beds, jobs, people, families")
    weight: Share
    source: SourceIds = Field(min_length=1)
    standing: Standing
    osm: tuple[OsmRuleBlock, ...] = Field((), description="a list of rules like {tag: amenity=clinic}")
    amap: tuple[AmapRuleBlock, ...] = Field((), description='a list of rules like {code: "090601"}')
    priority: int = Field(0, strict=True, description="a whole number; the higher wins an object")
    also_satisfies: tuple[Slug, ...] = Field((), description="a list of ids of other categories")
    capacity: CapacityBlock | None = None
    duty: Literal["", "应配建", "宜配建"] = Field("", description="应配建 or 宜配建")
    duty_source: str = Field("", description="an id of `sources`")
    note: str = Field("", description="text")


class DemandBlock(_Strict):
    """A kind of place with people."""

    id: Slug
    zh: Title
    en: Title
    unit: Head
    osm: tuple[OsmRuleBlock, ...] = Field((), description="a list of rules like {tag: building=dormitory}")
    amap: tuple[AmapRuleBlock, ...] = Field((), description='a list of rules like {code: "120303"}')


class ProfileBlock(_Strict):
    """A walker."""

    id: Slug
    zh: Title
    en: Title
    metres_per_minute: Amount
    standing: Standing
    source: Slug
    stairs: Literal["open", "closed"] = Field("open", description="open, or closed: stairs are no way for this walker")


class FunctionWeights(_Strict):
    """three numbers that sum to 1"""

    production: Share
    living: Share
    ecology: Share

    @model_validator(mode="after")
    def _whole(self) -> FunctionWeights:
        total = self.production + self.living + self.ecology
        if abs(total - 1) > 1e-3:
            raise Refused(msg("sums to {total:g}", total=total))
        return self


class StandardFile(_Strict):
    """A standard: categories of facilities, kinds of demand, walking profiles and where each number comes from."""

    id: Slug
    zh: Title
    en: Title
    version: Title
    partial: str = Field("", description="a sentence on what of its documents it does not hold; empty when whole")
    partial_zh: str = Field("", description="the same in Chinese, as text")
    weights_source: Slug = Field(description="id of the source of all weights")
    function_weights: FunctionWeights | None = Field(
        None, description="exponents of the index; without them the functions that have categories count alike"
    )
    sources: tuple[SourceBlock, ...] = Field(min_length=1, description="a list of blocks with an id")
    profiles: tuple[ProfileBlock, ...] = Field(min_length=1, description="a list of blocks with an id")
    demand: tuple[DemandBlock, ...] = Field((), description="a list of blocks with an id")
    categories: tuple[CategoryBlock, ...] = Field(min_length=1, description="a list of blocks with an id")


_FROZEN: dict[type[BaseModel], Any] = {
    SourceBlock: Source,
    NormBlock: Norm,
    CapacityBlock: Capacity,
    OsmRuleBlock: OsmRule,
    AmapRuleBlock: AmapRule,
    CategoryBlock: Category,
    DemandBlock: DemandKind,
    ProfileBlock: Profile,
    StandardFile: Standard,
}


def load_standard(name_or_path: str | Path) -> Standard:
    """A shipped standard by its id, or a user's own by the path of its YAML file.

    Raises InputError with every fault of the file at once.
    """
    shipped = _shipped()
    path: Traversable = shipped.get(str(name_or_path), Path(name_or_path))
    if not path.is_file():
        mend = msg("use {ids} or the path of a YAML file", ids=tuple(shipped))
        raise InputError(Fault("standard", msg("no such standard: {id!r}", id=str(name_or_path)), mend))
    data, faults = _read(path)
    try:
        file = StandardFile.model_validate(data)
    except ValidationError as error:
        faults += [_fault(path, data, item) for item in _real_errors(error)]
    faults += [Fault(_where(path, data, steps), what, mend) for steps, what, mend in _cross_faults(data)]
    if faults:
        raise InputError(faults)
    standard = _standard(file)
    if standard.id in shipped and str(name_or_path) not in shipped and standard != load_standard(standard.id):
        what = msg("{id!r} is a shipped standard's, and this one differs", id=standard.id)
        mend = msg("give it an id and names of its own, or remove the changes")
        raise InputError(Fault(_where(path, data, ("id",)), what, mend))
    return standard


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


def standard_schema() -> dict[str, Any]:
    """JSON Schema of a standard's YAML file."""
    return StandardFile.model_json_schema()


def _shipped() -> dict[str, Traversable]:
    found = files("lifecircle").joinpath("standards").iterdir()
    return {file.name.removesuffix(".yaml"): file for file in sorted(found, key=str) if file.name.endswith(".yaml")}


def _standard(file: StandardFile) -> Standard:
    weights = file.function_weights
    given = [getattr(weights, function) for function in FUNCTIONS] if weights else _equal_weights(file)
    contents = json.dumps(
        file.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    plain = file.model_copy(update={"function_weights": tuple(given)})
    return Standard(**{key: _freeze(value) for key, value in plain}, hash=hashlib.sha256(contents.encode()).hexdigest())


def _equal_weights(file: StandardFile) -> list[float]:
    present = [any(category.function == function for category in file.categories) for function in FUNCTIONS]
    return [one / sum(present) for one in present]


def _freeze(value: Any) -> Any:
    """The same data as the frozen dataclasses of ``model``."""
    if isinstance(value, tuple):
        return tuple(_freeze(item) for item in value)
    if isinstance(value, BaseModel):
        return _FROZEN[type(value)](**{key: _freeze(item) for key, item in value})
    return value


# Reading -----------------------------------------------------------------------------------------


def _read(path: Traversable) -> tuple[dict[str, Any], list[Fault]]:
    """The file's data, and the faults that only its text shows: codes without quotes, keys given twice."""
    root = read_node(path)
    found = [(steps, msg("stands {times} times", times=times), msg("keep one")) for steps, times in repeated_keys(root)]
    found += _bare_codes(root, ())
    data = plain(root, path)
    if not isinstance(data, dict):
        raise InputError(Fault(str(path), msg("holds no keys"), msg("start with `id:`, `zh:` and `en:`")))
    return data, [Fault(_where(path, data, steps), what, mend) for steps, what, mend in found]


def _bare_codes(node: yaml.Node | None, steps: Steps) -> Iterator[_Found]:
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
    items = refusals(error)
    return [item for item in items if item["type"] != "too_short" or not item["input"]]


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
    root = standard_schema()
    part = root
    for step in steps:
        inside = part.get("items", {}) if isinstance(step, int) else part.get("properties", {}).get(step, {})
        option = inside.get("anyOf", [inside])[0]
        part = {**option, **inside, **root["$defs"].get(option.get("$ref", "").rpartition("/")[2], {})}
    return part


def _cross_faults(data: dict[str, Any]) -> Iterator[_Found]:
    """Faults between parts of a file whose parts may themselves be faulty."""
    for key in ("sources", "profiles", "demand", "categories"):
        ids: set[str] = set()
        for position, block in _blocks(data, key):
            id = str(block.get("id"))
            if id in ids:
                yield (key, position, "id"), msg("the id {id!r} stands twice", id=id), msg("give each its own")
            ids.add(id)
    yield from _unknown(data, (), data, "weights_source")
    for position, block in _blocks(data, "profiles"):
        yield from _source_faults(data, ("profiles", position), block)
    for position, block in _blocks(data, "categories"):
        steps = ("categories", position)
        yield from _source_faults(data, steps, block)
        yield from _source_faults(data, (*steps, "capacity"), block.get("capacity"))
        yield from _unknown(data, steps, block, "duty_source")
        if block.get("duty") and not block.get("duty_source"):
            yield (*steps, "duty"), msg("{duty} has no source", duty=block["duty"]), msg("add duty_source")
        yield from _also_faults(data, steps, block)
    yield from _weight_faults(data)


def _blocks(data: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    items = data.get(key)
    return [(i, one) for i, one in enumerate(items) if isinstance(one, dict)] if isinstance(items, list) else []


def _ids(value: Any) -> list[str]:
    """The ids in a value that should be one id or a list of them."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one]


def _unknown(data: dict[str, Any], steps: Steps, block: dict[str, Any], key: str) -> Iterator[_Found]:
    known = [str(source.get("id")) for _, source in _blocks(data, "sources")]
    for id in _ids(block.get(key)):
        if id not in known:
            mend = msg("add it to `sources` or use {ids}", ids=tuple(known))
            yield (*steps, key), msg("no such source: {id!r}", id=id), mend


def _source_faults(data: dict[str, Any], steps: Steps, block: Any) -> Iterator[_Found]:
    """Unknown sources, and a standing better than that of the weakest source."""
    if not isinstance(block, dict):
        return
    yield from _unknown(data, steps, block, "source")
    standing = {str(source.get("id")): source.get("standing") for _, source in _blocks(data, "sources")}
    stated = block.get("standing")
    given = [standing.get(id) for id in _ids(block.get("source"))]
    weakest = next((one for one in STANDINGS if one in given), None)
    if weakest and stated in STANDINGS and STANDINGS.index(stated) > STANDINGS.index(weakest):
        what = msg("better than its weakest source (is {standing!r})", standing=stated)
        yield (*steps, "standing"), what, msg("write {standing}", standing=weakest)


def _also_faults(data: dict[str, Any], steps: Steps, block: dict[str, Any]) -> Iterator[_Found]:
    known = [str(other.get("id")) for _, other in _blocks(data, "categories")]
    for id in _ids(block.get("also_satisfies")):
        if id not in known or id == block.get("id"):
            what = msg("no such other category: {id!r}", id=id)
            yield (*steps, "also_satisfies"), what, msg("use the id of another category")


def _weight_faults(data: dict[str, Any]) -> Iterator[_Found]:
    """Functions that count but have nothing to count."""
    shares = data.get("function_weights")
    for function in FUNCTIONS:
        weights = [block.get("weight") for _, block in _blocks(data, "categories") if block.get("function") == function]
        counts = bool(weights) if not isinstance(shares, dict) else shares.get(function) not in (0, None)
        if counts and all(weight == 0 for weight in weights):
            what = msg("{function} counts but no category of it has a weight above 0", function=function)
            yield ("function_weights",), what, msg("give a category a weight or the function the weight 0")
