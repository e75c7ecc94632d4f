"""The worked example of the documentation: what it calculates by hand is what the tool gives, to the last digit."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from towns import category, point, town

from lifecircle.assessment import assess
from lifecircle.model import SUPPLY, Assessment, Capacity, DemandKind
from lifecircle.outputs.plain import number

DOCUMENTS = ("worked-example.md", "worked-example.zh.md")
NODES = {1: (0, 0), 2: (300, 0), 3: (600, 0), 4: (300, 400), 5: (600, 400)}
STREETS = {10: "1 2", 11: "2 3", 12: "2 4", 13: "3 5", 14: "4 5"}
DORMITORIES = {"A": (1, 200), "B": (3, 300), "C": (5, 500)}
PLANT = {"kind": "workplace", "jobs": 400, "jobs_day": 250, "jobs_evening": 50, "jobs_night": 100}
KINDS = (DemandKind("dormitory", "宿舍", "Dormitory", "beds"), DemandKind("workplace", "就业地", "Workplace", "jobs"))
LAND = gpd.GeoDataFrame(
    {
        "function": ["production", "living", "ecology"],
        "homes": [False, True, False],
        "support": [0.0, 1.0, 0.0],
        "green": [0.0, 0.0, 1.0],
    },
    geometry=[shapely.box(west, -50, east, 450) for west, east in ((-100, 220), (220, 380), (380, 700))],
)
FLOORS = pd.DataFrame(
    {
        "function": ["production", "living", "living"],
        "support": [0.0, 0.0, 1.0],
        "floors": [1.0, 6.0, 5.0],
        "footprint_m2": [3000.0, 500.0, 400.0],
    }
)
FACILITIES = (("canteen 1", "canteen", 2, 350), ("canteen 2", "canteen", 3, 150), ("plant", "workplace", 3, math.nan),
              ("park", "park", 4, 400))  # fmt: skip
CATEGORIES = (
    category("canteen", 300, "living", ["beds"], weight=3, capacity=Capacity("seats", per_head=0.5)),
    category("clinic", 300, "living", ["beds"], weight=1),
    category("workplace", 500, "production", ["beds"]),
    category("park", 500, "ecology", ["beds"], capacity=Capacity("m2", min=500, per_head=1)),
)
Table = dict[tuple[str, str, str], str]


@pytest.fixture(scope="module")
def example() -> Assessment:
    """The site of the document, in metres."""
    made = town(
        NODES,
        STREETS,
        places={id: (point(*NODES[node]), {"beds": beds}) for id, (node, beds) in DORMITORIES.items()}
        | {"P": (point(*NODES[3]), PLANT)},
        found=[(id, kind, point(*NODES[node]), size) for id, kind, node, size in FACILITIES],
        categories=CATEGORIES,
        complete=["canteen", "workplace", "park"],
        boundary=shapely.box(-100, -50, 700, 450),
    )
    return assess(replace(made, standard=replace(made.standard, demand=KINDS), land=LAND, floors=FLOORS))


def told(low: float, high: float | None = None) -> str:
    """A number of at most six decimals, or both ends of an interval; ∞ without end, ? where nobody knows."""
    if math.isnan(low):
        return "?"
    ends = ["∞" if math.isinf(value) else f"{number(value, 6)}" for value in (low, low if high is None else high)]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]}–{ends[1]}"


def by_the_tool(found: Assessment) -> Table:
    """Every figure of an assessment that the document tells."""
    out: Table = {}
    ids = [category.id for category in found.site.standard.categories]
    for c, id in enumerate(ids):
        for p, place in enumerate(found.site.demand["id"]):
            mm = int(found.reach.place_mm[c, p])
            out["walk", place, id] = told(mm / 1000 if mm < 2**62 else math.inf)
    table = found.coverage.table.query("at == 'norm' and by == 'beds'").set_index("category")
    for id in ids:
        for name in ("covered", "gap", "unknown"):
            out["coverage", name, id] = told(table.loc[id, name])
    supply = found.supply.set_index("category")
    for name in SUPPLY[SUPPLY.index("facilities") :]:
        if name.endswith(("_high", "_least_m")):
            continue
        for id in ids:
            row = supply.loc[id]
            low, high = (
                (f"{name[:-2]}_least_m", name)
                if f"{name[:-2]}_least_m" in row
                else (name, name.replace("_low", "_high"))
            )
            out["supply", name.removesuffix("_low"), id] = told(float(row[low]), float(row[high]))
    for row in found.places.to_dict("records"):
        for name in ("beds", "jobs", "due", "covered", "gap", "unknown"):
            out["places", row["id"], name] = told(float(row[name]))
        out["places", row["id"], "complete"] = told(row["complete_low"], row["complete_high"])
        out["places", row["id"], "lacking"] = row["lacking"] or "-"
        out["places", row["id"], "in_doubt"] = row["in_doubt"] or "-"
    scores = {f"S {id}": found.index.categories[id] for id in ids}
    scores |= {f"U {name}": score for name, score in found.index.functions.items()}
    for name, score in (scores | {"I": found.index.value, "D": found.index.coordination}).items():
        out["index", name, "value"] = told(score.low, score.high)
    out["index", "grade", "value"] = "–".join(dict.fromkeys(found.index.grade))
    groups = found.groups[found.groups["group"] == "shift"]
    for row in groups.to_dict("records"):
        out["groups", row["id"], row["category"]] = "/".join(told(row[name]) for name in ("covered", "gap", "unknown"))
    for row in found.indicators.to_dict("records"):
        out["indicators", row["id"], "value"] = told(row["low"], row["high"])
    return out


def by_the_document(path: Path) -> Table:
    """Figures of tables whose first header names them; columns without a name in `` are the calculations."""
    out: Table = {}
    header: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            header = []
        elif not header:
            header = cells
        elif re.fullmatch(r"`.+`", cells[0]) and header[0].startswith("`"):
            for name, value in zip(header[1:], cells[1:], strict=True):
                if name.startswith("`"):
                    out[header[0].strip("`"), cells[0].strip("`"), name.strip("`")] = value
    return out


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_document_calculates_what_the_tool_gives(name: str, example: Assessment, root: Path) -> None:
    assert by_the_document(root / "docs" / name) == by_the_tool(example)
