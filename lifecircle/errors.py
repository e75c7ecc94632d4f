"""Everything lifecircle raises on purpose; the command line prints these as one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lifecircle.messages import Message, msg, tell


class LifecircleError(Exception):
    """Base of every error a person can mend."""

    def __init__(self, message: Message | str) -> None:
        self.message = message
        super().__init__(str(message))

    def render(self, lang: str) -> str:
        """The error in a language, one line a fault."""
        return tell(self.message, lang)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where it is, what stands there and how to mend it."""

    where: Message | str
    """File, and the row or key inside it."""
    what: Message | str
    """What is wrong, with the value that is."""
    mend: Message | str
    """What to change."""

    def render(self, lang: str) -> str:
        """One line, whatever the names and messages in it hold."""
        where, what, mend = (tell(part, lang) for part in (self.where, self.what, self.mend))
        text = f"{where}: {what}; {mend}" if mend else f"{where}: {what}"
        return " ".join(text.split())

    def __str__(self) -> str:
        return self.render("en")


def row_of(file: str, row: object) -> Message:
    """Where a row of a file is, for a fault."""
    return msg("{file}: row {row}", file=file, row=row)


class InputError(LifecircleError, ValueError):
    """Input that cannot be used. Holds every fault found, not only the first."""

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def render(self, lang: str) -> str:
        """The faults in a language, a line each."""
        return "\n".join(fault.render(lang) for fault in self.faults)

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
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
