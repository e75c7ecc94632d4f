"""Make the synthetic sample site out of ``plan.yaml``: ``python data/sitang/make.py [FOLDER]``.

The plan is drawn on a flat sheet in metres, where streets are straight and everything can be laid out
exactly; a smooth bend then turns the sheet into the town and sets it on the Earth. One seed, no clock:
the same plan gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import yaml
from drawing.by_hand import put_camps, put_compounds, put_greenway, put_offices, put_small
from drawing.facilities import write_facilities
from drawing.factories import put_blocks, put_factory_dormitories
from drawing.osm import Osm
from drawing.rim import put_rim, put_through_lines
from drawing.shapes import dense
from drawing.sheet import Sheet
from drawing.streets import draw_streets, draw_water, put_streets, put_water
from drawing.tables import write_barriers, write_demand, write_geojson, write_population, write_walled
from drawing.town import Town
from shapely import Polygon, box

SEED = 20260501


def draw(plan: dict[str, Any]) -> tuple[Town, Polygon]:
    """The whole town and the park's outline on the sheet."""
    sheet = Sheet(plan)
    park = dense(Polygon(plan["boundary"]))
    west, south, east, north = shapely.transform(park, sheet.metres).bounds
    margin = plan["margin"]
    osm = Osm(sheet, box(west - margin, south - margin, east + margin, north + margin))
    water = draw_water(plan)
    town = Town(plan, osm, water, draw_streets(plan, water), np.random.default_rng(SEED))
    kinds = ("compounds", "camps", "offices", "shops", "parks")
    town.reserved.extend(box(*item["rect"]) for kind in kinds for item in plan[kind])
    put_water(osm, plan, water, town.streets)
    for step in (put_compounds, put_camps, put_offices, put_small, put_greenway, put_blocks):
        step(town)
    put_factory_dormitories(town)
    put_through_lines(town)
    put_rim(town)
    put_streets(osm, town.streets)
    return town, park


def main(folder: Path) -> None:
    plan = yaml.safe_load((Path(__file__).parent / "plan.yaml").read_text(encoding="utf-8"))
    town, park = draw(plan)
    write_geojson(folder / "boundary.geojson", [(park, {"name": "泗塘产业社区（合成示例）"})], town.osm.sheet)
    write_facilities(town, folder / "facilities.csv")
    write_demand(town, folder)
    write_walled(town, folder)
    write_barriers(town, folder / "walls.geojson")
    write_population(town, folder / "population.tif")
    town.osm.write(folder / "sitang.osm")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
