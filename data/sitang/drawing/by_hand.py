"""What the plan lays out by hand inside the park."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import shapely
from shapely import LineString, Point, box

from drawing.plots import Front, Plot, entrance, first, lay_out, put_plot
from drawing.shapes import dense, grid, inset, largest, middle, with_points
from drawing.town import Town


def by_hand(town: Town, item: dict[str, Any]) -> Plot:
    shape = largest(box(*item["rect"]).difference(town.water.all.buffer(14)))
    plot = lay_out(shape, [town.street(name) for name in item["gates"]], town.water.all, item.get("wish", 0.4))
    if plot is None:
        raise SystemExit(f"plan.yaml: {item['name']} has no street to open on")
    return plot


def put_compounds(town: Town) -> None:
    """Dormitory compounds: walled, with gates, slabs inside."""
    for item in town.plan["compounds"]:
        plot = by_hand(town, item)
        put_plot(town.osm, plot, {"highway": "service"}, wall=True, landuse="residential", name=item["name"])
        town.walled.append((item["name"], plot))
        for number, slab in enumerate(grid(inset(plot.shape, 20), (65, 34), (56, 14))[: item["slabs"]], start=1):
            name = f"{item['name']}{number}号楼"
            town.osm.area(slab, building="dormitory", name=name, **{"building:levels": "6"})
            town.beds.append({"name": name, "at": middle(slab), "beds": item["beds"]})


def put_camps(town: Town) -> None:
    """Building sites: hoardings with gates, sheds for the workers, shells of buildings."""
    for item in town.plan["camps"]:
        plot = by_hand(town, item)
        way = {"highway": "service", "access": "private"}
        put_plot(town.osm, plot, way, wall=True, landuse="construction", name=f"{item['name']}（在建）")
        town.walled.append((f"{item['name']}工地", plot))
        inner = inset(plot.shape, 17)
        west, south, _, _ = inner.bounds
        corner = box(west, south, west + 62, south + 15 * math.ceil(item["sheds"] / 2))
        for number, shed in enumerate(grid(corner, (31, 15), (26, 7))[: item["sheds"]], start=1):
            name = f"{item['name']}工地板房{number}号"
            town.osm.area(shed, building="hut")
            town.beds.append({"name": name, "at": middle(shed), "beds": item["beds"]})
        rest = largest(inner.difference(corner.buffer(12, join_style="mitre")))
        shells = [s for s in grid(inner, (72, 52), (50, 34)) if rest.contains(s)]
        future = "dormitory" if item.get("centre") else "industrial"
        for number, shell in enumerate(shells):
            kind = future if number % 3 else "commercial"
            town.osm.area(shell, building="construction", construction=kind)
        front = plot.fronts[0]
        at = entrance(min(shells, key=lambda shell: shell.distance(front.end)), front)
        town.plants.append({"name": f"{item['name']}工地", "at": at, "jobs": item["jobs"], "industry": "建筑施工"})


def put_offices(town: Town) -> None:
    for item in town.plan["offices"]:
        plot = by_hand(town, item)
        put_plot(town.osm, plot, {"highway": "service"}, wall=False, landuse="commercial", name=item["name"])
        towers = grid(inset(plot.shape, 20), (85, 70), (52, 26))
        for number, tower in enumerate(towers, start=1):
            town.osm.area(tower, building="office", name=f"{item['name']}{number}号楼")
        at = middle(towers[len(towers) // 2])
        town.plants.append({"name": item["name"], "at": at, "weight": 2.4, "industry": "研发办公"})


def put_small(town: Town) -> None:
    """Shops, parks, squares, pitches."""
    for item in town.plan["shops"]:
        west, south, east, north = item["rect"]
        edges = np.linspace(west, east, item["units"] + 1)
        for low, high in itertools.pairwise(edges):
            town.osm.area(box(low + 2, south + 12, high - 2, north - 18), building="retail")
        town.osm.area(box(*item["rect"]), landuse="retail", name=item["name"])
    for item in town.plan["parks"]:
        put_park(town, item)
    for item in town.plan["squares"]:
        town.osm.area(box(*item["rect"]), place="square", name=item["name"])
    for item in town.plan["pitches"]:
        town.osm.area(box(*item["rect"]), leisure="pitch", sport="basketball", name=item["name"])


def put_park(town: Town, item: dict[str, Any]) -> None:
    shape = box(*item["rect"])
    drive = inset(shape, min(shape.length / 24, 25))
    fronts = []
    for name, s in item["entrances"]:
        street = town.street(name)
        start = street.join(s)
        inward = shape.centroid.y - street.at if street.axis == "x" else shape.centroid.x - street.at
        ray = LineString([start, street.point(s, inward)])
        gate, end = first(ray, shape.exterior), first(ray, drive.exterior)
        assert gate is not None and end is not None, item["name"]
        fronts.append(Front(start, gate, end))
    plot = Plot(shape, tuple(fronts), drive)
    put_plot(town.osm, plot, {"highway": "footway"}, wall=False, leisure="park", name=item["name"])


def put_greenway(town: Town) -> None:
    """A footway along a canal, joined to every street it meets, over the mouth of one other canal."""
    item = town.plan["greenway"]
    canal = town.water.lines[town.water.names.index(item["canal"])]
    side = canal.offset_curve(-item["offset"]).intersection(box(-1e4, item["from"], 1e4, item["to"]))
    line = max(shapely.get_parts(side), key=lambda part: part.length)
    joins = []
    for street in (s for s in town.streets if s.axis == "x"):
        hit = first(line, street.line())
        if hit is not None and street.open(hit.x):
            joins.append(Point(street.join(hit.x)))
    line = LineString(with_points(dense(line, 60), joins))
    bridge = town.water.shapes[town.water.names.index(item["footbridge"])].buffer(6)
    others = shapely.union_all(list(town.water.shapes)).buffer(6)
    for piece in shapely.get_parts(line.difference(others)):
        if piece.length > 40:
            town.osm.line(list(piece.coords), highway="footway", name=item["name"])
    for piece in shapely.get_parts(line.intersection(bridge)):
        town.osm.line(list(piece.coords), highway="footway", name=item["name"], bridge="yes", layer="1")
