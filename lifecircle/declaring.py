"""What a site declares of the goals of a plan, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg
from lifecircle.model import Declaration, Standard
from lifecircle.refusals import Refused


class GoalFile(BaseModel):
    """What a site says of a goal of the standard; nothing is believed without evidence."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    declared: bool | None = Field(None, strict=True, description="whether it is so")
    value: float | None = Field(None, strict=True, ge=0, description="or how much, in `unit`")
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)] = ""
    evidence: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = Field(
        "", description="what that is known from, in words"
    )
    zh: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = Field(
        "", description="name of a row of your own"
    )
    en: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""

    @model_validator(mode="after")
    def _with_evidence(self) -> GoalFile:
        if (self.declared is None) == (self.value is None):
            raise Refused(msg("needs one of declared and value"))
        if not self.evidence:
            raise Refused(msg("is declared without evidence: say what that is known from"))
        return self


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
