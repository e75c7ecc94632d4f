"""What is answered beyond an assessment: whether a result can be had again."""

from __future__ import annotations

from dataclasses import dataclass

from lifecircle.messages import Message, msg


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
