"""Whole processes: a site beside the imports alone, and a metropolis beside four of it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.cases import Case, copies
from benchmarks.measure import Row, Spent, run_python

IMPORTS = ("-c", "import geopandas, osmnx, folium, rasterio")
HELP = ("-m", "lifecircle", "--help")
COPIES = 4
PEAK_MB = 1500


def run(case: Case, folder: Path, repeats: int) -> list[Row]:
    """``assess`` of a small site with all outputs, and ``--help``, beside importing what the work needs."""
    site = case.site_file(folder)
    out = folder / "out"
    assess = ("-m", "lifecircle", "assess", str(site), "-o", str(out))
    spent = _in_turn([assess, IMPORTS, HELP], folder, repeats)
    whole, imports, help_ = (statistics.median(process.seconds for process in runs) for runs in spent)
    against = "importing geopandas, osmnx, folium and rasterio"
    return [
        Row("assess, all outputs", case.name, whole, imports, whole / imports, ("at most", 4), against, _written(out)),
        Row("--help", case.name, help_, imports, help_ / imports, ("at most", 1 / 3), against, ""),
    ]


def _in_turn(commands: Sequence[Sequence[str]], folder: Path, repeats: int) -> list[list[Spent]]:
    """Each command once, not counted, to warm the files up; then all of them by turns."""
    for command in commands:
        run_python(command, folder)
    rounds = [[run_python(command, folder) for command in commands] for _ in range(repeats)]
    return [list(runs) for runs in zip(*rounds, strict=True)]


def run_copies(case: Case, folder: Path, repeats: int = 1, count: int = COPIES) -> list[Row]:
    """One copy of an extract and several as one site, all outputs.

    One run each: ``repeats`` is not heeded.
    """
    name = f"{count} copies of {case.name}"
    spent, streets = [], []
    for n in (1, count):
        place = copies(case.osm, n, folder)
        out = folder / f"out-{n}"
        spent.append(run_python(("-m", "lifecircle", "assess", str(place.site_file(folder)), "-o", str(out)), folder))
        streets.append(_street_m(out))
    one, many = spent
    grown = streets[1] / streets[0]
    answers = f"{grown:.4f} times the street length; {_written(folder / f'out-{count}')}"
    return [
        Row(
            "time, all outputs",
            name,
            many.seconds,
            one.seconds,
            many.seconds / one.seconds,
            ("at most", 1.15 * count),
            f"one copy, processor {one.cpu:.3g} s against {many.cpu:.3g} s",
            answers,
        ),
        Row(
            "peak memory",
            name,
            many.peak_mb,
            one.peak_mb,
            many.peak_mb / PEAK_MB,
            ("at most", 1),
            f"one copy; the ratio is to {PEAK_MB:,} MB",
            answers,
            unit="MB",
        ),
    ]


def _street_m(out: Path) -> float:
    """Walkable street length that coverage is told of, from the JSON assessment."""
    (path,) = out.glob("*.json")
    rows = json.loads(path.read_text(encoding="utf-8"))["coverage"]
    return float(next(row["total"] for row in rows if row["by"] == "street_m"))


def _written(out: Path) -> str:
    return ", ".join(f"{path.suffix[1:]} {path.stat().st_size / 1e6:.1f} MB" for path in sorted(out.iterdir()))
