"""Everything lifecircle raises on purpose; the command line prints these as one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOSPC
from typing import Any

from lifecircle.messages import Message, msg


class LifecircleError(Exception):
    """Base of every error a person can mend."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))

    def render(self, lang: str) -> str:
        """The error in a language, one line a fault."""
        return _line(self.message.render(lang))

    def __reduce__(self) -> tuple[Any, ...]:
        """Made again from its message in another process."""
        return (type(self), (self.message,))


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where it is, what stands there and how to mend it."""

    where: Message | str
    """File, and the row or key inside it."""
    what: Message
    """What is wrong, with the value that is."""
    mend: Message | None
    """What to change; None where nobody can say."""

    def render(self, lang: str) -> str:
        """One line, whatever the names and messages in it hold."""
        if self.mend is None:
            return _line(msg("{where}: {what}", where=self.where, what=self.what).render(lang))
        whole = msg("{where}: {what}; {mend}", where=self.where, what=self.what, mend=self.mend)
        return _line(whole.render(lang))

    def __str__(self) -> str:
        return self.render("en")


def row_of(file: str, row: object) -> Message:
    """Where a row of a file is, for a fault."""
    return msg("{file}: row {row}", file=file, row=row)


class InputError(LifecircleError, ValueError):
    """Input that cannot be used. Holds every fault found, not only the first."""

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        ValueError.__init__(self, "\n".join(str(fault) for fault in self.faults))

    def render(self, lang: str) -> str:
        """The faults in a language, a line each."""
        return "\n".join(fault.render(lang) for fault in self.faults)

    def __reduce__(self) -> tuple[Any, ...]:
        """Made again from its faults in another process."""
        return (type(self), (self.faults,))


class Faults:
    """Faults of several inputs, to be raised together."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keeps the faults of an InputError raised inside; what follows the block goes on."""
        try:
            yield
        except InputError as error:
            self.found += [fault for fault in error.faults if fault not in self.found]

    def raise_any(self) -> None:
        """Raises InputError where there is a fault."""
        if self.found:
            raise InputError(self.found)


class SourceUnreachable(LifecircleError, OSError):
    """A service on the network (Overpass) did not answer."""


class OutputError(LifecircleError, OSError):
    """A result could not be written; what stood there before is untouched."""


def reason(error: OSError) -> Message:
    """Why the system refused, in words of ours where it is one of the usual reasons."""
    for kind, told in (
        (FileNotFoundError, msg("no such file or folder")),
        (PermissionError, msg("not allowed, or open in another program")),
        (IsADirectoryError, msg("is a folder")),
    ):
        if isinstance(error, kind):
            return told
    if error.errno == ENOSPC:
        return msg("the disk is full")
    return msg("{error}", error=error.strerror or error)


def _line(text: str) -> str:
    return " ".join(text.split())
