"""The four factors of fine governance that a site declares, and their words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from lifecircle.errors import Fault, InputError
from lifecircle.messages import Message, Named, msg
from lifecircle.model import Factors
from lifecircle.refusals import Refused, refusal, refusals
from lifecircle.yaml_text import plain, read_node

Industry = Literal["agriculture", "manufacturing", "construction", "logistics", "research", "services"]
Environment = Literal["fields", "building-site", "divided", "remote", "mixed", "rail"]
Population = Literal["families", "landowners", "floating", "shifts", "disabled", "professionals", "elderly"]
Governance = Literal["none", "staffed", "committee", "collective"]

FACTORS = {
    "industry": msg("industry"),
    "environment": msg("state of the environment"),
    "population": msg("population"),
    "governance": msg("base of self-governance"),
}
"""How each factor is told."""
VALUES = {
    "industry": {
        "agriculture": Named("农业、种业", "farming and seeds"),
        "manufacturing": Named("制造", "manufacturing"),
        "construction": Named("建设施工", "construction"),
        "logistics": Named("物流", "logistics"),
        "research": Named("研发", "research and development"),
        "services": Named("商务服务", "business services"),
    },
    "environment": {
        "fields": Named("田园", "fields"),
        "building-site": Named("在建", "being built"),
        "divided": Named("被江河、铁路或快速路分隔", "divided by water, railways or fast roads"),
        "remote": Named("远离城区", "far from the town"),
        "mixed": Named("产居商混合", "work, homes and shops mixed"),
        "rail": Named("有轨道交通", "has rail"),
    },
    "population": {
        "families": Named("家庭", "families"),
        "landowners": Named("土地业主", "landowners"),
        "floating": Named("流动务工人员", "floating workers"),
        "shifts": Named("轮班职工", "shift workers"),
        "disabled": Named("残障职工", "disabled workers"),
        "professionals": Named("白领、人才", "professionals"),
        "elderly": Named("老年人", "elderly people"),
    },
    "governance": {
        "none": Named("无自治组织", "no body of their own"),
        "staffed": Named("少量专职人员", "a few staff"),
        "committee": Named("居委会或村委会", "a residents' or villagers' committee"),
        "collective": Named("集体经济", "collective income"),
    },
}
"""The values of each factor, by their ids in the files."""


def told_factors(factors: Factors) -> Iterator[tuple[str, Message]]:
    """The factors that somebody declares, by their keys, each told with its values."""
    for name, factor in FACTORS.items():
        values = tuple(VALUES[name][value] for value in getattr(factors, name))
        if values:
            yield name, msg("{factor}: {values}", factor=factor, values=values)


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _one_or_several(values: Any) -> BeforeValidator:
    """A value may stand alone, without a list."""
    return BeforeValidator(_listed, json_schema_input_type=values | tuple[values, ...])


class FactorsBlock(BaseModel):
    """values of the four factors: of each one, or a list"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    industry: Annotated[tuple[Industry, ...], _one_or_several(Industry)] = Field((), description="what it makes")
    environment: Annotated[tuple[Environment, ...], _one_or_several(Environment)] = Field(
        (), description="the ground it stands on, and what is around"
    )
    population: Annotated[tuple[Population, ...], _one_or_several(Population)] = Field(
        (), description="who lives and works there"
    )
    governance: Annotated[tuple[Governance, ...], _one_or_several(Governance)] = Field(
        (), description="who looks after it"
    )

    @property
    def declared(self) -> Factors:
        """The values alone."""
        return Factors(self.industry, self.environment, self.population, self.governance)


class Evidence(BaseModel):
    """texts: what each factor is known from"""

    model_config = ConfigDict(extra="forbid", frozen=True)

    industry: str = ""
    environment: str = ""
    population: str = ""
    governance: str = ""

    @property
    def given(self) -> tuple[tuple[str, str], ...]:
        """The factors with a text, each with it."""
        return tuple((factor, text) for factor, text in self if text)


class SiteFactors(FactorsBlock):
    """The four factors of a site with the evidence for them, here or in a file of their own."""

    file: Path | None = Field(None, description="a YAML file that holds these keys")
    evidence: Evidence = Evidence()

    @model_validator(mode="after")
    def _in_one_place(self) -> SiteFactors:
        if self.file is not None and self.model_fields_set - {"file"}:
            raise Refused(msg("names a file and values beside it"))
        return self


def read_factors(given: SiteFactors) -> SiteFactors:
    """The factors of a site, read from their file where they stand in one. Raises InputError."""
    if given.file is None:
        return given
    data = plain(read_node(given.file), given.file)
    try:
        found = SiteFactors.model_validate(data)
    except ValidationError as error:
        raise InputError([_fault(str(given.file), item) for item in refusals(error)]) from None
    if found.file is not None:
        what = msg("names another file")
        raise InputError(Fault(str(given.file), what, msg("write the factors here")))
    return found


def _fault(file: str, item: Any) -> Fault:
    where = msg("{file}: {key}", file=file, key=".".join(str(step) for step in item["loc"]) or msg("the file"))
    extra = item["type"] == "extra_forbidden"
    block = Evidence if len(item["loc"]) > 1 else SiteFactors
    mend = (
        msg("known keys: {keys}", keys=tuple(sorted(block.model_fields)))
        if extra
        else msg("see the site file's schema")
    )
    return Fault(where, refusal(item), mend)
