"""A site's map as one short text inside its JSON: what the page shows, as JSON, deflated, in base64.

Plain, a city's page is ten megabytes of integers, which every reader of the JSON would pay for; packed it is a
string, opened only by who draws. ``json.loads(zlib.decompress(base64.b64decode(packed)))`` is the page's data again.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lifecircle.model import Assessment
from lifecircle.outputs.pagedata import page_data, picture_data

FORMAT = 2
"""Of what a page's data hold: changed whenever an older page's data could not be drawn any more."""


AFTER = "after"
"""Beside a page of a scenario, which is that of the site as it is: the site as it would be, as pictures show it."""
OVERVIEW = "overview"
"""Id of the picture of the whole; the others have their category's."""


@dataclass(frozen=True)
class Drawing:
    """What the map of a site shows, apart from its assessment: enough to draw it again."""

    packed: str
    """As the JSON holds it."""

    @property
    def page(self) -> dict[str, Any]:
        """What the page shows, arrays as lists. Raises ValueError where the drawing is damaged."""
        return {name: part for name, part in self._whole.items() if name != AFTER}

    @property
    def shown(self) -> dict[str, Any]:
        """What pictures show, as a page's data. Raises ValueError where the drawing is damaged."""
        after: dict[str, Any] = self._whole.get(AFTER, self._whole)
        return after

    @cached_property
    def _whole(self) -> dict[str, Any]:
        return unpacked(self.packed)

    @property
    def pictures(self) -> list[str]:
        """Ids of the pictures that can be drawn of it, in order."""
        return picture_ids(self.page)

    def __repr__(self) -> str:
        return f"<Drawing of {len(self.packed)} characters>"


def drawing(assessment: Assessment) -> Drawing:
    """The map of a site, apart from its assessment."""
    whole = page_data(assessment)
    if assessment.before is not None:
        whole[AFTER] = picture_data(assessment)
    return Drawing(base64.b64encode(zlib.compress(plain(whole).encode("ascii"))).decode("ascii"))


def shown_of(result: Assessment | Drawing) -> dict[str, Any]:
    """What pictures show. Raises ValueError where a drawing is damaged."""
    return picture_data(result) if isinstance(result, Assessment) else result.shown


def page_of(result: Assessment | Drawing) -> dict[str, Any]:
    """What the page shows. Raises ValueError where a drawing is damaged."""
    return page_data(result) if isinstance(result, Assessment) else result.page


def picture_ids(page: Mapping[str, Any]) -> list[str]:
    """Ids of a site's pictures, in order."""
    return [OVERVIEW, *(category["id"] for category in page["categories"])]


def unpacked(packed: str) -> dict[str, Any]:
    """The page's data, arrays as lists. Raises ValueError where they are damaged."""
    try:
        page: Any = json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not isinstance(page, dict) or "site" not in page:
        raise ValueError("no page")
    return page


def plain(data: dict[str, Any]) -> str:
    """Compact JSON, arrays as lists; ASCII, which takes half the memory."""
    return json.dumps(data, allow_nan=False, separators=(",", ":"), default=np.ndarray.tolist)
