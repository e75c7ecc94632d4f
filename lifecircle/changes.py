"""Changes to a site, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from lifecircle.messages import Message
from lifecircle.proposals import Proposals


@dataclass(frozen=True)
class Change:
    """One change to a site, as a person wrote it; after it was made, with what became of it."""

    where: Message
    """File and feature, for faults and notes."""
    what: Literal["facility", "path", "gate"]
    change: Literal["add", "move", "close"]
    lonlat: tuple[tuple[float, float], ...]
    """WGS 84 degrees to seven decimals: a point or a line's vertices; empty where an id says enough."""
    category: str = ""
    """Of a facility added."""
    id: str = ""
    """Of a facility moved or closed."""
    name: str = ""
    capacity: float = float("nan")
    hours: str = ""
    """Opening hours in OpenStreetMap's syntax."""
    becomes: str = ""
    """Id of the facility that it added."""
    rows: tuple[tuple[int, int, int], ...] = ()
    """Where that one joins the streets that earlier changes left: edge, offset and connector in mm."""


@dataclass(frozen=True)
class Scenario:
    """Changes to a site, in their order."""

    name: str
    changes: tuple[Change, ...]
    file: str = ""
    sha256: str = ""
    proposals: Proposals | None = None
    """What a search told of it, where one found it."""

    @property
    def signature(self) -> list[tuple[Any, ...]]:
        """What it changes, for fingerprints."""
        return [(each.what, each.change, each.lonlat, each.category, each.id) for each in self.changes]
