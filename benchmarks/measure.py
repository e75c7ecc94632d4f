"""Timing in pairs, child processes, and the table."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Row:
    """One line of the table: two figures of one run and how they compare."""

    what: str
    case: str
    ours: float
    peer: float
    ratio: float
    """By how much we are better, or what share of the peer's figure ours is: see ``aim``."""
    aim: tuple[Literal["at least", "at most"], float] | None
    """What the ratio is held to; None for a figure that stands beside."""
    against: str
    answers: str
    """How the two answers were found equal."""
    unit: str = "s"

    @property
    def met(self) -> str:
        """Whether the aim is met, in a word."""
        if self.aim is None:
            return ""
        kind, bound = self.aim
        return "met" if (self.ratio >= bound if kind == "at least" else self.ratio <= bound) else "missed"


def paired(ours: Callable[[], A], peer: Callable[[], B], repeats: int) -> tuple[float, float, A, B]:
    """Medians in seconds of two functions called in turn (A B A B ...), and their last results."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        begin = time.perf_counter()
        a = ours()
        middle = time.perf_counter()
        b = peer()
        times[0].append(middle - begin)
        times[1].append(time.perf_counter() - middle)
    return statistics.median(times[0]), statistics.median(times[1]), a, b


def faster(
    what: str, case: str, ours: float, peer: float, *, against: str, answers: str, at_least: float | None = None
) -> Row:
    """A row of two times where the ratio says how many times faster we are."""
    aim: tuple[Literal["at least"], float] | None = None if at_least is None else ("at least", at_least)
    return Row(what, case, ours, peer, peer / ours, aim, against, answers)


@dataclass(frozen=True)
class Spent:
    """What a finished process took."""

    seconds: float
    """By the clock on the wall."""
    cpu: float
    """Of the processor, in seconds."""
    peak_mb: float
    """Most resident memory, in MB of 10^6 bytes."""


def run_python(arguments: Sequence[str], folder: Path) -> Spent:
    """Run this interpreter as a process of its own. Raises RuntimeError with what it said where it fails."""
    begin = time.perf_counter()
    root = Path(__file__).resolve().parent.parent
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = {**os.environ, "PYTHONPATH": path}
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            [sys.executable, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=said, env=environment
        )
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{said.read().decode(errors='replace')}")
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return Spent(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * kilobyte / 1e6)


HEAD = "| what | case | ours | peer | ratio | aim | | peer is | answers |\n|---|---|--:|--:|--:|---|---|---|---|"


def table(rows: Iterable[Row]) -> str:
    """The rows in Markdown."""
    return "\n".join([HEAD, *map(_line, rows)])


def _line(row: Row) -> str:
    aim = "" if row.aim is None else f"{row.aim[0]} {row.aim[1]:g}"
    figures = f"{row.ours:.3g} {row.unit} | {row.peer:.3g} {row.unit} | {row.ratio:.3g}"
    return f"| {row.what} | {row.case} | {figures} | {aim} | {row.met} | {row.against} | {row.answers} |"
