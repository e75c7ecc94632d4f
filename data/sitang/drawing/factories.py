"""What fills the park's blocks: plots with walled factories, and open ground."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import shapely
from shapely import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from drawing.plots import Plot, entrance, lay_out, put_plot
from drawing.shapes import XY, dense, grid, inset, largest, middle, polygons, share, tidy
from drawing.streets import CLEAR, Street
from drawing.town import Town

BEDS = 5200
"""Beds of today; what compounds and sheds leave of them is in factory dormitories."""


def put_blocks(town: Town) -> None:
    for key, item in town.plan["blocks"].items():
        streets, ground = town.block("abcdef".index(key[0]), int(key[1]) - 1)
        if item["use"] == "open":
            put_open(town, ground)
        else:
            put_industry(town, streets, ground, item)


def put_open(town: Town, ground: BaseGeometry) -> None:
    for part in polygons(town.free(ground)):
        if part.area > 3000:
            use = "farmland" if town.chance() < 0.75 else "greenfield"
            town.osm.area(dense(part.simplify(1), 150), landuse=use)


def service_roads(town: Town, streets: list[Street], ground: Polygon, side: str) -> list[Street]:
    """The public service road inside a block, cut where water lies in its way and kept where it meets a street."""
    _, _, west, east = streets
    _, south, _, north = ground.bounds
    at = round((south + north) / 2 + 50 * (town.chance() - 0.5), 2)
    reach = {"ew": (west.at, east.at), "west": (west.at, 0.25 * west.at + 0.75 * east.at)}
    low, high = reach.get(side, (0.75 * west.at + 0.25 * east.at, east.at))
    dry = LineString([(low, at), (high, at)]).difference(town.water.all.buffer(16))
    roads = []
    for part in shapely.get_parts(dry):
        ends = sorted(xy[0] for xy in part.coords)
        meets = [s for s in (west, east) if s.at in ends and s.open(at)]
        clear = not any(part.distance(shape) < 8 for shape in town.reserved)
        if part.length > 90 and meets and clear:
            road = Street("", "service", "x", at, ends[0], ends[1])
            road.stops.update(s.at for s in meets)
            for street in meets:
                street.stops.add(at)
            roads.append(trimmed(road, [s.at for s in meets]))
    town.streets.extend(roads)
    return roads


def trimmed(road: Street, meets: list[float]) -> Street:
    """A dead end stops short of the water or the street it does not reach."""
    road.low += 0 if road.low in meets else 20
    road.high -= 0 if road.high in meets else 20
    return road


def put_industry(town: Town, streets: list[Street], ground: Polygon, item: dict[str, Any]) -> None:
    """Cut a block into plots; most become walled factories, the rest stays empty."""
    roads = [] if item["road"] == "none" else service_roads(town, streets, ground, item["road"])
    west, south, east, north = ground.bounds
    between = roads[0].at if roads else (south + north) / 2
    gap = CLEAR["service"] if roads else 3
    order = roads + sorted(streets, key=lambda s: s.kind, reverse=True)
    for low, high in ((south, between - gap), (between + gap, north)):
        for left, right in cut(town, west, east):
            shape = largest(town.free(box(left + 3, low, right - 3, high)))
            compact = shape.area > 0.72 * box(*shape.bounds).area if shape.area > 6000 else False
            if compact and not inset(shape, 26).is_empty:
                put_factory_or_field(town, tidy(shape), order, item["built"])


def cut(town: Town, west: float, east: float) -> list[XY]:
    """Cut a side into plots about 120 to 260 m wide."""
    parts = max(1, round((east - west) / (150 + 90 * town.chance())))
    inner = [(k + 0.35 * (town.chance() - 0.5)) / parts for k in range(1, parts)]
    edges = [west + p * (east - west) for p in (0, *inner, 1)]
    return list(itertools.pairwise(edges))


def put_factory_or_field(town: Town, shape: Polygon, streets: list[Street], built: float) -> None:
    blocked = shapely.union_all([town.water.all, *town.reserved])
    plot = None
    if town.chance() < built:
        plot = lay_out(shape, streets, blocked, town.chance(), 2 if town.chance() < 0.4 else 1)
    if plot is None:
        town.osm.area(dense(shape), landuse="greenfield" if town.chance() < 0.6 else "grass")
        return
    put_factory(town, plot)


def put_factory(town: Town, plot: Plot) -> None:
    kinds = town.plan["industries"]
    number = len(town.plants) + 1
    industry = kinds[int(town.chance() * len(kinds))]
    name = f"泗塘{industry}{number}厂"
    known = {"name": name} if town.chance() < 0.6 else {}
    way = {"highway": "service", "access": "private"}
    put_plot(town.osm, plot, way, wall=True, landuse="industrial", **known)
    halls = factory_halls(town, inset(plot.shape, 20))
    for hall in halls:
        town.osm.area(hall, building="industrial")
    area = sum(hall.area for hall in halls)
    front = plot.fronts[0]
    at = entrance(min(halls, key=lambda hall: hall.distance(front.end)), front)
    weight = area / 10_000 * (0.5 + 1.5 * town.chance())
    town.plants.append({"name": name, "at": at, "weight": weight, "industry": industry, "plot": plot, "halls": halls})


def factory_halls(town: Town, inner: Polygon) -> list[Polygon]:
    """Halls of one size in a plot, a few with a corner cut out; the odd place stays free."""
    cell = (70 + 70 * town.chance(), 55 + 45 * town.chance())
    west, south, east, north = inner.bounds
    cell = (min(cell[0], east - west), min(cell[1], north - south))
    cells = [math.floor((east - west) / cell[0]), math.floor((north - south) / cell[1])]
    size = ((east - west) / cells[0] - 12, (north - south) / cells[1] - 12)
    halls = grid(inner, cell, size) or [largest(inset(inner, 4).simplify(1))]
    kept = [hall for k, hall in enumerate(halls) if k == 0 or town.chance() < 0.88]
    return [notched(hall) if town.chance() < 0.3 else hall for hall in kept]


def notched(hall: Polygon) -> Polygon:
    west, south, east, north = hall.bounds
    corner = box(east - 0.35 * (east - west), north - 0.4 * (north - south), east, north)
    return largest(hall.difference(corner))


def put_factory_dormitories(town: Town) -> None:
    """The largest factories that have room for one keep a dormitory between their halls."""
    owners = sorted((p for p in town.plants if "plot" in p), key=lambda p: -p["weight"])
    left = BEDS - sum(row["beds"] for row in town.beds)
    found: list[tuple[dict[str, Any], Polygon]] = []
    for owner in owners:
        gaps = inset(owner["plot"].shape, 15).difference(shapely.union_all(owner["halls"]).buffer(4))
        house = next(iter(fit(gaps, (38, 11)) + fit(gaps, (11, 38))), None)
        if house is not None and len(found) < 11:
            found.append((owner, house))
    for (owner, house), beds in zip(found, share(left, [owner["weight"] + 1 for owner, _ in found]), strict=True):
        town.osm.area(house, building="dormitory")
        town.beds.append({"name": f"{owner['name']}宿舍", "at": middle(house), "beds": beds})


def fit(room: BaseGeometry, size: XY) -> list[Polygon]:
    """Where a rectangle of a size fits in some room, tried every 6 m."""
    if room.is_empty:
        return []
    west, south, east, north = room.bounds
    corners = [(x, y) for y in np.arange(south, north - size[1], 6) for x in np.arange(west, east - size[0], 6)]
    boxes = [box(x, y, x + size[0], y + size[1]) for x, y in corners]
    return [item for item in boxes if room.contains(item)]
