"""The map inside an assessment's JSON, to be drawn again without computing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg
from lifecircle.outputs import drawings
from lifecircle.outputs.drawings import Drawing

AGAIN = msg("write it again with `lifecircle assess`")


class Part(BaseModel):
    """The member ``drawing``."""

    model_config = ConfigDict(frozen=True)

    format: Literal[2]
    packed: str


def read_drawing(path: str | Path) -> Drawing:
    """The drawing of an assessment written as JSON. Raises InputError where there is none that can be drawn."""
    data = read_document(Path(path))
    held = data.get("drawing") if isinstance(data, dict) else None
    if held is None:
        raise InputError(Fault(str(path), msg("holds no drawing: no assessment, or an old one"), AGAIN))
    try:
        drawing = Drawing(Part.model_validate(held).packed)
        drawing.page  # noqa: B018  opened to see that it is whole
    except ValidationError:
        what = msg("holds no drawing of format {format}", format=drawings.FORMAT)
        raise InputError(Fault(str(path), what, AGAIN)) from None
    except ValueError as error:
        raise InputError(Fault(str(path), msg("its drawing is damaged ({reason})", reason=str(error)), AGAIN)) from None
    return drawing


def read_document(path: Path) -> Any:
    """A JSON file as plain data. Raises InputError."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
        json.dumps(data, ensure_ascii=False).encode()  # escapes can hold halves of characters, which are no text
    except (OSError, ValueError, RecursionError) as error:
        fault = Fault(str(path), msg("cannot be read as JSON ({reason})", reason=str(error)), AGAIN)
        raise InputError(fault) from None
    return data
