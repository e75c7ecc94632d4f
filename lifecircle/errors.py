"""Everything lifecircle raises on purpose; the command line prints these as one line each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class LifecircleError(Exception):
    """Base of every error a person can mend."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input: where it is, what stands there and how to mend it."""

    where: str
    """File, and the row or key inside it."""
    what: str
    """What is wrong, with the value that is."""
    mend: str
    """What to change."""

    def __str__(self) -> str:
        """One line, whatever the names and messages in it hold."""
        text = f"{self.where}: {self.what}; {self.mend}" if self.mend else f"{self.where}: {self.what}"
        return " ".join(text.split())


class InputError(LifecircleError, ValueError):
    """Input that cannot be used. Holds every fault found, not only the first."""

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Fault, ...]]]:
        """Made again from its faults in another process."""
        return (type(self), (self.faults,))


class SourceUnreachable(LifecircleError, OSError):
    """A service on the network (Overpass) did not answer."""


class OutputError(LifecircleError, OSError):
    """A result could not be written; what stood there before is untouched."""
