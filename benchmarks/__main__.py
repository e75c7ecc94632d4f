"""Run the benchmarks and write their table."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module, metadata
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.measure import Row, table

HERE = Path(__file__).resolve().parent
PEERS = ("osmium", "osmnx", "scipy", "pandana", "networkx", "shapely", "geopandas", "folium", "rasterio")


def las_palmas(data: Path) -> Case:
    """A city with its municipal boundary."""
    folder = data / "las_palmas"
    return Case("las_palmas", folder / "las_palmas.osm.pbf", folder / "municipality.geojson")


def el_sebadal(data: Path) -> Case:
    """An industrial estate in it."""
    folder = data / "las_palmas"
    return Case(
        "el_sebadal", folder / "las_palmas.osm.pbf", folder / "industrial_estates.geojson", "osm_id=way/69221918"
    )


def porto(data: Path) -> Case:
    """A metropolis; it has no boundary of its own."""
    return Case("porto", data / "porto" / "porto.osm.pbf", data / "porto" / "none.geojson")


def sample(data: Path) -> Case:
    """The bundled site."""
    site = HERE.parent / "data" / "sitang" / "site.yaml"
    return Case("sample", site, site, given=site)


BENCHES: dict[str, tuple[str, str, list[Callable[[Path], Case]]]] = {
    "extract": ("extract", "run", [las_palmas, porto]),
    "nearest": ("nearest", "run", [las_palmas]),
    "searches": ("searches", "run", [las_palmas]),
    "process": ("whole", "run", [el_sebadal]),
    "map": ("maps", "run", [el_sebadal]),
    "pages": ("maps", "run_pages", [sample, el_sebadal, las_palmas]),
    "copies": ("whole", "run_copies", [porto]),
    "siting": ("siting", "run", [las_palmas]),
}
"""Module and function of each benchmark (loaded only where it runs), and its cases."""


def main(arguments: list[str] | None = None) -> int:
    """Print the table and write it; exit code 1 where the data are missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=BENCHES, help="run this one only; may be repeated")
    parser.add_argument("--data", type=Path, default=HERE.parents[1] / "shared" / "data", help="folder of the extracts")
    parser.add_argument("--repeats", type=int, default=5, help="timings of each pair (default 5)")
    parser.add_argument("-o", "--output", type=Path, help="Markdown file (default benchmarks/results.md, if all ran)")
    given = parser.parse_args(arguments)
    if not given.data.is_dir():
        print(f"{given.data}: no such folder; give the extracts with --data", file=sys.stderr)
        return 1
    rows = []
    for name in given.only or BENCHES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        found = _rows(name, given.data, given.repeats)
        print(table(found), file=sys.stderr, flush=True)
        rows += found
    text = "\n".join(_page(rows, given.repeats))
    print(text)
    output = given.output or (None if given.only else HERE / "results.md")
    if output is not None:
        output.write_text(text, encoding="utf-8")
    return 0


def _rows(name: str, data: Path, repeats: int) -> list[Row]:
    module, function, cases = BENCHES[name]
    bench = getattr(import_module(f"benchmarks.{module}"), function)
    rows = []
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            rows += bench(case(data), Path(folder), repeats)
    return rows


def _page(rows: list[Row], repeats: int) -> Iterator[str]:
    yield "# Results"
    yield ""
    yield f"One run of `python -m benchmarks`, medians of up to {repeats} pairs. Ratios matter, not seconds."
    yield ""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PEERS)
    yield f"Python {platform.python_version()} on {os.cpu_count()} cores; {versions}."
    yield ""
    yield table(rows)
    yield ""


if __name__ == "__main__":
    sys.exit(main())
