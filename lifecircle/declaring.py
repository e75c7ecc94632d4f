"""What a site declares: goals of a plan and how it was built, with evidence, and what its words for uses mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg
from lifecircle.model import Built, Declaration, Standard
from lifecircle.refusals import Refused

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
NO_EVIDENCE = msg("is declared without evidence: say what that is known from")
Words = Annotated[tuple[str, ...], Field(description="values of the column `use`")]


class Uses(BaseModel):
    """What the values of a column of uses mean; a value in none of the three functions is of none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    production: Words = ()
    living: Words = ()
    ecology: Words = ()
    support: Words = Field((), description="values that are support: offices and living services, whatever function")
    homes: Words = Field((), description="values that are land of homes")
    vacant: Words = Field((), description="values that are land to build on, or buildings that stand empty")
    green: Words = Field((), description="values that are green, of the ecology; without it nobody knows how much is")

    @model_validator(mode="after")
    def _one_function(self) -> Uses:
        times = Counter((*self.production, *self.living, *self.ecology))
        for value, n in times.items():
            if n > 1:
                raise Refused(msg("{value!r} stands {n} times in production, living and ecology", value=value, n=n))
        if not times and not self.vacant:
            raise Refused(msg("gives no value of production, living, ecology or vacant"))
        return self


class GoalFile(BaseModel):
    """What a site says of a goal of the standard; nothing is believed without evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    declared: bool | None = Field(None, strict=True, description="whether it is so")
    value: float | None = Field(None, strict=True, ge=0, description="or how much, in `unit`")
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    evidence: Text = Field("", description="what that is known from, in words")
    zh: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        "", description="name of a row of your own"
    )
    en: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""

    @model_validator(mode="after")
    def _with_evidence(self) -> GoalFile:
        if (self.declared is None) == (self.value is None):
            raise Refused(msg("needs one of declared and value"))
        if not self.evidence:
            raise Refused(NO_EVIDENCE)
        return self


class BuiltFile(BaseModel):
    """How a site was built; nothing is believed without evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["upgraded", "town", "new"] = Field(
        description="upgraded (from within), town (a specialised one) or new (a new-built cluster)"
    )
    evidence: Text = Field("", description="what that is known from, in words")

    @model_validator(mode="after")
    def _with_evidence(self) -> BuiltFile:
        if not self.evidence:
            raise Refused(NO_EVIDENCE)
        return self

    @property
    def declared(self) -> Built:
        """The same as frozen data."""
        return Built(self.mode, self.evidence)


def declarations(goals_said: Mapping[str, GoalFile], standard: Standard) -> tuple[Declaration, ...]:
    """What a site says of goals of its standard. Raises InputError for goals that it lacks or only measures."""
    goals = {goal.id: goal for goal in standard.goals}
    faults = []
    for id, said in goals_said.items():
        where = f"goals.{id}"
        if id not in goals:
            mend = msg("{standard} has: {ids}", standard=standard.id, ids=tuple(goals))
            faults.append(Fault(where, msg("no such goal: {id!r}", id=id), mend))
        elif goals[id].how == "measured":
            faults.append(Fault(where, msg("is measured, not declared"), msg("remove it")))
        elif goals[id].own and not (said.zh or said.en):
            faults.append(Fault(where, msg("has no name"), msg("name your own goal: `zh:`, `en:`")))
    if faults:
        raise InputError(faults)
    return tuple(Declaration(goal=id, **said.model_dump()) for id, said in goals_said.items())
