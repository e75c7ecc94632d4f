"""What is answered beyond an assessment: which link to make, and whether a result can be had again."""

from __future__ import annotations

from dataclasses import dataclass

from lifecircle.changes import Change, Scenario
from lifecircle.messages import Message, msg
from lifecircle.proposals import Proposals


@dataclass(frozen=True)
class Link:
    """A path or gate that was tried, and what it changes."""

    change: Change
    metres: float
    """From the first street it meets to the last; NaN where it meets only one."""
    walk_m: float
    """The walk between them without it; infinite beyond the limit of the search."""
    gain: tuple[float, ...]
    """Of each category, heads that it brings within the norm, the unknown counted as gaps."""
    sure_gain: tuple[float, ...]
    """Of these, heads in gap."""
    estimated: float
    """What was estimated of all categories together, before it was made."""
    robust: bool
    """Nothing tried gains more where the unknown counts as covered."""


@dataclass(frozen=True)
class LinkSuggestion:
    """Which one path or gate to make."""

    scenario: Scenario
    """The best, with its ``proposals``, which name the categories."""
    links: tuple[Link, ...]
    """Those that were made and judged, the best first."""

    @property
    def proposals(self) -> Proposals:
        """What is told of the best."""
        assert self.scenario.proposals is not None
        return self.scenario.proposals


@dataclass(frozen=True)
class Verification:
    """What came of writing a result again."""

    files: dict[str, bool]
    """Whether each file was written again byte by byte."""
    changed: tuple[Message, ...]
    """What of inputs, standard and tool is no longer what it was."""
    differences: tuple[Message, ...]
    """The first figures of the result that differ."""

    @property
    def agrees(self) -> bool:
        """Whether all files do."""
        return all(self.files.values())

    def told(self) -> tuple[Message, ...]:
        """All of it in words."""
        files = (
            msg("{file}: the same bytes", file=file) if same else msg("{file}: differs", file=file)
            for file, same in self.files.items()
        )
        return (*files, *self.changed, *self.differences)
