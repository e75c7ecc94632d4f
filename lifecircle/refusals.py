"""What pydantic refuses, in words of ours that can be told in any language."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from lifecircle.messages import Message, msg

IS_TEXT = msg("is not text")
IS_NUMBER = msg("is not a number")
IS_WHOLE = msg("is not a whole number")
IS_YES_OR_NO = msg("is neither true nor false")
IS_BLOCK = msg("is not a block of keys")
IS_LIST = msg("is not a list")
WHAT = {
    "missing": msg("is missing"),
    "extra_forbidden": msg("is not a known key"),
    "string_type": IS_TEXT,
    "path_type": msg("is not the path of a file"),
    "float_type": IS_NUMBER,
    "float_parsing": IS_NUMBER,
    "finite_number": msg("is not a finite number"),
    "int_type": IS_WHOLE,
    "int_parsing": IS_WHOLE,
    "int_from_float": IS_WHOLE,
    "bool_type": IS_YES_OR_NO,
    "bool_parsing": IS_YES_OR_NO,
    "model_type": IS_BLOCK,
    "model_attributes_type": IS_BLOCK,
    "dict_type": IS_BLOCK,
    "list_type": IS_LIST,
    "tuple_type": IS_LIST,
    "string_pattern_mismatch": msg("is not written as it should be"),
}
"""By pydantic's types of errors; those that name a limit stand in ``_limit``."""


class Refused(ValueError):
    """What a validator of ours finds wrong."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


def refusals(error: ValidationError) -> list[Any]:
    """Every error of a validation, as pydantic's dictionaries."""
    return error.errors(include_url=False)


def refusal(item: Any) -> Message:
    """What one of pydantic's errors says, with the value; in its own English where it is new to us."""
    said, value = _said(item), item["input"]
    bare = item["type"] == "missing" or not (value is None or isinstance(value, str | int | float | bool))
    return said if bare else msg("{what} (is {value!r})", what=said, value=value)


def _said(item: Any) -> Message:
    context = item.get("ctx", {})
    if isinstance(context.get("error"), Refused):
        return context["error"].message
    known = WHAT.get(item["type"]) or _limit(item["type"], context)
    return known or msg("{said}", said=item["msg"].removeprefix("Value error, "))


def _limit(kind: str, context: Any) -> Message | None:
    match kind:
        case "greater_than":
            return msg("is not above {limit:g}", limit=context["gt"])
        case "greater_than_equal":
            return msg("is below {limit:g}", limit=context["ge"])
        case "less_than":
            return msg("is not below {limit:g}", limit=context["lt"])
        case "less_than_equal":
            return msg("is above {limit:g}", limit=context["le"])
        case "string_too_short" | "too_short":
            return (
                msg("is empty")
                if context["min_length"] == 1
                else msg("has fewer than {n} {n:part|parts}", n=context["min_length"])
            )
        case "string_too_long":
            return msg("has more than {n} {n:character|characters}", n=context["max_length"])
        case "too_long":
            return msg("has more than {n} {n:part|parts}", n=context["max_length"])
        case "literal_error":
            return msg("is none of {known}", known=tuple(context["expected"].replace(" or ", ", ").split(", ")))
    return None
