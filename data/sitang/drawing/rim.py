"""The town round the park, drawn coarsely."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from drawing.factories import put_open
from drawing.plots import lay_out, put_plot
from drawing.shapes import dense, grid, inset, largest, middle, smooth, tidy
from drawing.streets import Street
from drawing.town import Town

ESTATES = (((92.0, 62.0), (62.0, 14.0)), ((78.0, 74.0), (27.0, 23.0)), ((72.0, 64.0), (46.0, 13.0)))
"""Cells and houses of housing estates, by turns, in metres."""


def put_rim(town: Town) -> None:
    rim = town.plan["rim"]
    park = {(column, row) for column in range(6) for row in range(5)} - {(5, 4)}
    homes, works = ({tuple(pair) for pair in rim[key]} for key in ("residential", "industrial"))
    for column in range(-4, 10):
        for row in range(-5, 9):
            streets, ground = town.block(column, row)
            if (column, row) in homes:
                put_estate(town, streets, ground, rim["names"])
            elif (column, row) in works:
                put_yard(town, streets, ground)
            elif (column, row) not in park:
                put_open(town, ground.difference(put_village(town, streets, ground)))


def put_village(town: Town, streets: list[Street], ground: Polygon) -> BaseGeometry:
    """Perhaps a lane with houses on both sides; the ground they take."""
    shape = largest(town.free(ground))
    plot = lay_out(shape, streets, town.water.all, town.chance(), 1) if town.chance() < 0.25 else None
    names = town.plan["rim"]["villages"]
    if plot is None:
        return Polygon()
    front = plot.fronts[0]
    start = np.array(front.start)
    ahead = np.array([front.gate.x, front.gate.y]) - start
    ahead = ahead / np.hypot(*ahead)
    length = 120 + 140 * town.chance()
    entry = LineString([front.start, (front.gate.x, front.gate.y)]).buffer(1)
    room = LineString([start, start + length * ahead]).intersection(shape.union(entry))
    length = min(shapely.get_parts(room)[0].length - 12, length)
    lane = LineString([start, start + length * ahead])
    land = lane.buffer(32, cap_style="flat").intersection(shape)
    town.osm.line(list(dense(lane, 60).coords), highway="residential")
    town.osm.area(land, landuse="residential", name=names[town.villages % len(names)])
    town.villages += 1
    for along in np.arange(40, length, 21):
        for side in (-17, 17):
            x, y = start + along * ahead + side * ahead[::-1]
            house = box(x - 6, y - 5, x + 6, y + 5)
            if land.contains(house) and town.chance() < 0.8:
                town.osm.area(house, building="house")
                town.residents.append(((float(x), float(y)), 3.6))
    return land


def put_estate(town: Town, streets: list[Street], ground: Polygon, names: list[str]) -> None:
    """Housing: slabs round a residential street."""
    turn = len(town.estates)
    name = names[turn % len(names)] + ("" if turn < len(names) else "二期")
    shape = tidy(largest(town.free(ground)))
    plot = lay_out(shape, streets, town.water.all, town.chance())
    if plot is None:
        return put_open(town, ground)
    town.estates.append((name, shape))
    put_plot(town.osm, plot, {"highway": "residential"}, wall=False, landuse="residential", name=name)
    crowd = 30 + 60 * town.chance()
    cell, size = ESTATES[turn % len(ESTATES)]
    for slab in grid(inset(shape, 22), cell, size):
        town.osm.area(slab, building="apartments")
        town.residents.append((middle(slab), crowd * (0.7 + 0.6 * town.chance())))
    return None


def put_yard(town: Town, streets: list[Street], ground: Polygon) -> None:
    """Industry outside the park, drawn coarsely."""
    shape = tidy(largest(town.free(ground)))
    plot = lay_out(shape, streets, town.water.all, town.chance(), 1)
    if plot is None:
        return put_open(town, ground)
    put_plot(town.osm, plot, {"highway": "service"}, wall=False, landuse="industrial")
    for hall in grid(inset(shape, 24), (125, 95), (92, 60)):
        if town.chance() < 0.7:
            town.osm.area(hall, building="industrial")
    return None


def put_through_lines(town: Town) -> None:
    """The motorway and the railway, both on viaducts; nothing is built beneath them afterwards."""
    for key, tags in (("motorway", {"highway": "motorway"}), ("railway", {"railway": "rail"})):
        item = town.plan[key]
        line = dense(LineString(smooth(item["line"])), 150)
        town.osm.line(list(line.coords), name=item["name"], bridge="viaduct", layer="2", **tags)
        town.reserved.append(line.buffer(26))
