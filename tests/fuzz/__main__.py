"""Break files, load their sites, and print what went wrong: ``python -m tests.fuzz --count 20000 --seed 1``."""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import yaml

from tests.fuzz.mutate import Bundle, raw
from tests.fuzz.targets import Target, targets

SECONDS = 30
"""Longer than this is a hang; such an input is read in well under one."""


def main() -> int:
    """Run; the exit code tells whether anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="inputs in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="a word in the names of the targets")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="folder for the inputs of the finds")
    given = parser.parse_args()
    names = [t.name for t in targets() if not given.only or given.only in t.name]
    each = -(-given.count // len(names))
    jobs = [(name, given.seed * 1_000_000 + i) for i in range(each) for name in names]
    told: Counter[tuple[str, str]] = Counter()
    finds: dict[str, tuple[str, int, str]] = {}
    for name, seed, outcome, detail in spread(jobs, given.processes):
        told[(name, outcome)] += 1
        if outcome not in ("loaded", "refused"):
            where = detail.strip().splitlines()[-1][:160] if detail.strip() else outcome
            place = [line.strip() for line in detail.splitlines() if "lifecircle/" in line]
            key = f"{outcome}: {where} @ {place[-1] if place else ''}"
            if key not in finds:
                finds[key] = (name, seed, detail)
                print(f"{name} seed {seed}\n{detail}", flush=True)
                if given.keep:
                    _write(next(t for t in targets() if t.name == name), seed, given.keep / f"{name}-{seed}")
    for (name, outcome), times in sorted(told.items()):
        print(f"{name:28} {outcome:10} {times:7,}")
    print(f"{sum(told.values()):,} inputs, {len(finds)} kinds of finds")
    return int(bool(finds))


def spread(jobs: list[tuple[str, int]], processes: int) -> Iterator[tuple[str, int, str, str]]:
    """Outcomes of all jobs, from processes that may die or hang."""
    parts = [jobs[i::processes] for i in range(processes)]
    answers: Any = multiprocessing.get_context("fork").Queue()
    workers = [_Worker(part, answers) for part in parts]
    while any(worker.left for worker in workers):
        try:
            number, kind, *rest = answers.get(timeout=1)
        except queue.Empty:
            for worker in workers:
                lost = worker.lost()
                if lost is not None:
                    yield (*lost, "died or hung", "")
            continue
        worker = next((w for w in workers if w.number == number), None)
        if worker is None:
            continue
        worker.heard(kind)
        if kind == "done":
            yield tuple(rest)
    for worker in workers:
        worker.process.join(5)


class _Worker:
    """A process with its list of jobs, started again behind the one it died of."""

    numbers = iter(range(10**9))

    def __init__(self, jobs: list[tuple[str, int]], answers: Any) -> None:
        self.left, self.answers = jobs, answers
        self._start()

    def _start(self) -> None:
        self.number = next(self.numbers)
        context = multiprocessing.get_context("fork")
        self.process = context.Process(target=_work, args=(self.number, self.left, self.answers), daemon=True)
        self.process.start()
        self.last = time.monotonic()

    def heard(self, kind: str) -> None:
        self.last = time.monotonic()
        if kind == "done":
            self.left = self.left[1:]

    def lost(self) -> tuple[str, int] | None:
        """The job that the process died of or hangs in."""
        if not self.left or (self.process.is_alive() and time.monotonic() - self.last < 3 * SECONDS):
            return None
        self.process.kill()
        job, self.left = self.left[0], self.left[1:]
        if self.left:
            self._start()
        return job


def _work(number: int, jobs: list[tuple[str, int]], answers: Any) -> None:
    signal.signal(signal.SIGALRM, _too_long)
    warnings.simplefilter("ignore")
    known = {target.name: target for target in targets()}
    for name, seed in jobs:
        answers.put((number, "begin"))
        outcome, detail = one(known[name], seed)
        answers.put((number, "done", name, seed, outcome, detail))


def _too_long(*_: Any) -> None:
    raise TimeoutError("too long")


def one(target: Target, seed: int) -> tuple[str, str]:
    """Break a target and load its site: ``loaded``, ``refused``, or what went wrong with the details."""
    from lifecircle.errors import LifecircleError
    from lifecircle.load import load_site

    with tempfile.TemporaryDirectory() as folder:
        site = _write(target, seed, Path(folder))
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            wrong = doubtful(load_site(site))
            return ("garbage", wrong) if wrong else ("loaded", "")
        except LifecircleError as error:
            return ("unclear", str(error)) if _unclear(error) else ("refused", "")
        except TimeoutError:
            return "hang", traceback.format_exc()
        except BaseException:
            return "traceback", traceback.format_exc()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _write(target: Target, seed: int, folder: Path) -> Path:
    """The broken file, what stands beside it and the site file, whose path is returned."""
    folder.mkdir(parents=True, exist_ok=True)
    broken = _broken(target, random.Random(f"{target.name}/{seed}"))
    site = folder / "site.yaml"
    if target.site:
        site.write_text(yaml.safe_dump(dict(target.site), allow_unicode=True), encoding="utf-8")
    for name, data in {**target.beside, **broken}.items():
        (folder / name).write_bytes(data)
    return site


def _broken(target: Target, chance: random.Random) -> Bundle:
    """The files as their own mutator breaks them, or any bytes of them where it cannot write what it made."""
    try:
        return target.mutate(target.files, chance)
    except Exception:
        return raw(target.files, chance)


def _unclear(error: Exception) -> bool:
    """Whether a line of an error is none a person can use: empty, without a mend, or a page long."""
    lines = str(error).splitlines()
    return not lines or any(not line.strip() or len(line) > 3_000 or "Traceback" in line for line in lines)


def doubtful(site: Any) -> str:
    """What a loaded site holds that no site can, in words; empty where nothing."""
    wrong = []
    for name, frame in (("demand", site.demand), ("facilities", site.facilities)):
        shapes = frame.geometry.to_numpy()
        xy = shapely.get_coordinates(shapes)
        if not np.isfinite(xy).all() or (len(xy) and np.abs(xy).max() > 1e6):
            wrong.append(f"{name}: coordinates {xy[~np.isfinite(xy).all(axis=1)][:2]}")
        if not shapely.is_valid(shapes).all() or shapely.is_empty(shapes).any() or shapely.is_missing(shapes).any():
            wrong.append(f"{name}: shapes that are none")
        if frame["id"].eq("").any() or (name == "demand" and frame["id"].duplicated().any()):
            wrong.append(f"{name}: ids empty or twice")
        text = "".join(frame["name"].astype(str))
        if "锟斤拷" in text and not any(note.kind != "info" for note in site.notes):
            wrong.append(f"{name}: garbled names without a word")
    heads = site.demand[["beds", "jobs", "people", "families"]].to_numpy(dtype=float)
    if np.isinf(heads).any() or (heads < 0).any():
        wrong.append("heads that are no number of people")
    if (site.network.edge_mm < 0).any() or not np.isfinite(site.network.node_xy).all():
        wrong.append("streets without length or place")
    if not shapely.is_valid(site.boundary) or shapely.area(site.boundary) <= 0:
        wrong.append("a boundary that is none")
    return "; ".join(wrong)


if __name__ == "__main__":
    sys.exit(main())
