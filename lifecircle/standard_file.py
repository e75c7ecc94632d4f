"""What the YAML file of a standard holds: its blocks, and its published JSON Schema."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from lifecircle.factors import FactorsBlock
from lifecircle.hours import WrittenMoment
from lifecircle.messages import msg
from lifecircle.model import Function, Measured
from lifecircle.refusals import Refused

STANDINGS = ("proposed", "recalled", "source-document", "verified")
"""How far a number can be trusted, the weakest first."""

OF_CATEGORIES = ("coverage", "coverage_15", "area_per_head", "home_land", "facilities")
"""What is measured of some categories."""
OF_DISTANCE = ("area_per_head", "home_land")
"""What is measured within a distance."""
OF_MOMENTS = ("coverage", "coverage_15")
"""What can be measured of a moment of the week."""

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
Moments = Annotated[
    tuple[WrittenMoment, ...],
    Field(description="a list of moments of the week that it is asked for as well, like `[Mo 02:00]`"),
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
    enabled: bool = Field(True, strict=True, description="true, or false: it counts only where tailoring enables it")
    source: SourceIds = Field(min_length=1)
    standing: Standing
    osm: tuple[OsmRuleBlock, ...] = Field((), description="a list of rules like {tag: amenity=clinic}")
    amap: tuple[AmapRuleBlock, ...] = Field((), description='a list of rules like {code: "090601"}')
    priority: int = Field(0, strict=True, description="a whole number; the higher wins an object")
    also_satisfies: tuple[Slug, ...] = Field((), description="a list of ids of other categories")
    always_open: bool = Field(
        False, strict=True, description="true: has no doors to shut, so that opening hours do not matter"
    )
    moments: Moments = ()
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


class AdjustmentBlock(_Strict):
    """give weight_times, enable, norm or moments"""

    category: Slug
    weight_times: Amount = Field(1.0, description="what its weight is multiplied by, a number above 0")
    enable: bool = Field(False, strict=True, description="true: it counts, though `enabled: false` stands at it")
    norm: NormBlock | None = None
    moments: Moments = ()

    @model_validator(mode="after")
    def _says_something(self) -> AdjustmentBlock:
        if self.weight_times == 1 and not self.enable and self.norm is None and not self.moments:
            raise Refused(msg("changes nothing"))
        return self


class TailoringBlock(_Strict):
    """What is another where a site's factors say so."""

    id: Slug
    zh: str = Field(min_length=1, description="why, as a sentence in Chinese")
    en: str = Field(min_length=1, description="why, as a sentence in English")
    when: FactorsBlock
    source: SourceIds = Field(min_length=1)
    standing: Standing
    changes: tuple[AdjustmentBlock, ...] = Field((), description="a list like {category: ID, weight_times: 1.5}")
    beside: tuple[Slug, ...] = Field((), description="a list of ids of `profiles` that the site is told on as well")

    @model_validator(mode="after")
    def _says_something(self) -> TailoringBlock:
        if self.when == FactorsBlock():
            raise Refused(msg("names no factor in `when`"))
        if not self.changes and not self.beside:
            raise Refused(msg("changes nothing"))
        return self


class MeasureBlock(_Strict):
    """what is measured: an indicator, of some categories where it is one of categories"""

    indicator: Measured = Field(description="an indicator, one that docs/standard-file.md lists")
    categories: tuple[Slug, ...] = Field((), description="a list of ids of categories")
    distance_m: Amount | None = None
    at: WrittenMoment | None = None

    @model_validator(mode="after")
    def _of_categories(self) -> MeasureBlock:
        if (self.indicator in OF_CATEGORIES) != bool(self.categories):
            told = {"indicator": self.indicator}
            raise Refused(
                msg("{indicator} is of categories: name them", **told)
                if self.indicator in OF_CATEGORIES
                else msg("{indicator} is of no categories", **told)
            )
        if (self.indicator in OF_DISTANCE) != (self.distance_m is not None):
            told = {"indicator": self.indicator}
            raise Refused(
                msg("{indicator} needs a distance_m", **told)
                if self.indicator in OF_DISTANCE
                else msg("{indicator} has no distance_m", **told)
            )
        if self.at is not None and self.indicator not in OF_MOMENTS:
            raise Refused(msg("{indicator} is not measured at a moment", indicator=self.indicator))
        return self


class GoalBlock(_Strict):
    """give measures, what a site may declare, or `own: true` for a row that a site names itself"""

    id: Slug
    zh: Title
    en: Title
    source: SourceIds = Field(min_length=1)
    standing: Standing
    measures: tuple[MeasureBlock, ...] = Field((), description="a list of measures that are shares from 0 to 1")
    declare: str = Field("", description="what a site may declare, as text")
    declare_zh: str = Field("", description="the same in Chinese, as text")
    own: bool = Field(False, strict=True, description="true: a row that a site names itself")

    @model_validator(mode="after")
    def _known_somehow(self) -> GoalBlock:
        if not (self.measures or self.declare or self.own):
            raise Refused(msg("can be neither measured nor declared"))
        return self


class SceneBlock(_Strict):
    """name goals, measures or both"""

    id: Slug
    zh: Title
    en: Title
    view: Slug
    goals: tuple[Slug, ...] = Field((), description="a list of ids of goals")
    measures: tuple[MeasureBlock, ...] = Field((), description="a list of measures that are shares from 0 to 1")


class CityBlock(_Strict):
    """a city by its names, like {zh: 杭州, en: Hangzhou}"""

    zh: Title
    en: Title


class PolicyCheckBlock(_Strict):
    """give a least value, a most value or both, the least below the most"""

    id: Slug
    zh: Title
    en: Title
    measure: MeasureBlock
    least: Share | None = Field(None, description="the least that is allowed, a number")
    most: Share | None = Field(None, description="the most that is allowed, a number")
    cities: tuple[CityBlock, ...] = Field((), description="where it holds; everywhere without it")
    source: SourceIds = Field(min_length=1)
    standing: Standing
    note: str = Field("", description="text")

    @model_validator(mode="after")
    def _asks(self) -> PolicyCheckBlock:
        if self.least is None and self.most is None:
            raise Refused(msg("asks for nothing: it has neither least nor most"))
        if self.least is not None and self.most is not None and self.least > self.most:
            raise Refused(msg("least {least:g} is above most {most:g}", least=self.least, most=self.most))
        return self


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
    based_on: str = Field(
        "", description="a shipped standard's id or a YAML file: what this file does not say is taken from it"
    )
    drop: tuple[Slug, ...] = Field(
        (), description="a list of categories of `based_on` to leave out; `[others]`: all that are not named here"
    )
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
    checks: tuple[PolicyCheckBlock, ...] = Field((), description="a list of blocks with an id")
    goals: tuple[GoalBlock, ...] = Field((), description="a list of blocks with an id")
    scenes: tuple[SceneBlock, ...] = Field((), description="a list of blocks with an id")
    tailoring: tuple[TailoringBlock, ...] = Field((), description="a list of blocks with an id")


LISTS: dict[str, type[BaseModel]] = {
    "sources": SourceBlock,
    "profiles": ProfileBlock,
    "demand": DemandBlock,
    "categories": CategoryBlock,
    "checks": PolicyCheckBlock,
    "goals": GoalBlock,
    "scenes": SceneBlock,
    "tailoring": TailoringBlock,
}
"""The lists of a standard, whose blocks have an id."""


def standard_schema() -> dict[str, Any]:
    """JSON Schema of a standard's YAML file: a whole one, or one that is based on another and says what differs.

    What a derived file comes to is held to the schema of a whole one, which only ``load_standard`` can do.
    """
    whole = whole_schema()
    blocks = whole.pop("$defs")
    changes = {f"{block.__name__}Change": _change(blocks[block.__name__]) for block in LISTS.values()}
    lists = {
        key: {"type": "array", "items": {"$ref": f"#/$defs/{block.__name__}Change"}} for key, block in LISTS.items()
    }
    derived = whole | {
        "title": "DerivedStandardFile",
        "properties": whole["properties"] | lists,
        "required": ["id", "zh", "en", "version", "based_on"],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": blocks | changes | {"StandardFile": whole, "DerivedStandardFile": derived},
        "if": {"properties": {"based_on": {"minLength": 1}}, "required": ["based_on"]},
        "then": {"$ref": "#/$defs/DerivedStandardFile"},
        "else": {"$ref": "#/$defs/StandardFile"},
    }


def whole_schema() -> dict[str, Any]:
    """JSON Schema of a standard's YAML file that is based on no other."""
    return StandardFile.model_json_schema()


def _change(block: dict[str, Any]) -> dict[str, Any]:
    """The schema of a block that may say only some of its keys."""
    return block | {"title": f"{block['title']}Change", "required": ["id"]}
