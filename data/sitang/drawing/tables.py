"""Tables, GeoJSON and the population raster."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import rasterio
import shapely
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from drawing.shapes import dense, share, with_points
from drawing.sheet import Sheet
from drawing.town import Town

CELL = 100
"""Side of the population cells in metres."""


def write_demand(town: Town, folder: Path) -> None:
    fixed = sum(p.get("jobs", 0) for p in town.plants)
    open_ended = [p for p in town.plants if "jobs" not in p]
    counts = iter(share(town.plan["jobs"] - fixed, [p["weight"] for p in open_ended]))
    jobs = [p["jobs"] if "jobs" in p else next(counts) for p in town.plants]
    write_csv(
        folder / "plants.csv", places(town, "P", town.plants, jobs=jobs, industry=[p["industry"] for p in town.plants])
    )
    write_csv(folder / "dormitories.csv", places(town, "D", town.beds, beds=[row["beds"] for row in town.beds]))


def places(town: Town, letter: str, rows: list[dict[str, Any]], **columns: list[Any]) -> list[dict[str, Any]]:
    degrees = town.osm.sheet.degrees([row["at"] for row in rows])
    table = []
    for k, (row, (lon, lat)) in enumerate(zip(rows, degrees, strict=True)):
        start = {"id": f"{letter}{k + 1:03}", "name": row["name"], "lon": f"{lon:.7f}", "lat": f"{lat:.7f}"}
        table.append(start | {key: values[k] for key, values in columns.items()})
    return table


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_geojson(path: Path, features: Sequence[tuple[BaseGeometry, dict[str, str]]], sheet: Sheet) -> None:
    """Features of flat geometries in WGS 84, one a line."""
    lines = []
    for shape, properties in features:
        bent = shapely.orient_polygons(shapely.transform(shape, sheet.degrees))
        item = {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(bent))}
        lines.append(json.dumps(item, ensure_ascii=False))
    text = '{"type": "FeatureCollection", "features": [\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def write_walled(town: Town, folder: Path) -> None:
    areas, gates = [], []
    for number, (name, plot) in enumerate(town.walled, start=1):
        key = f"E{number:02}"
        outline = with_points(LineString(plot.shape.exterior), [f.gate for f in plot.fronts])
        areas.append((Polygon(outline), {"id": key, "name": name}))
        for letter, front in zip("ABC", plot.fronts, strict=False):
            gates.append((front.gate, {"id": key + letter, "name": f"{name}{letter}门", "enclosure": key}))
    write_geojson(folder / "enclosures.geojson", areas, town.osm.sheet)
    write_geojson(folder / "gates.geojson", gates, town.osm.sheet)


def write_barriers(town: Town, path: Path) -> None:
    """Walls of factories and canals, as lines that nobody walks across."""
    plots = [p for p in town.plants if "plot" in p]
    walls = [(dense(p["plot"].shape.exterior), {"kind": "wall", "name": p["name"]}) for p in plots]
    canals = zip(town.water.names, town.water.lines, strict=True)
    write_geojson(
        path, walls + [(dense(line), {"kind": "canal", "name": name}) for name, line in canals], town.osm.sheet
    )


def write_population(town: Town, path: Path) -> None:
    """Registered residents in cells of 100 m in UTM 51N; -1 (no data) beyond the edge of the data."""
    sheet = town.osm.sheet
    to_utm = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32651", always_xy=True)
    frame = sheet.earth.transform(*np.asarray(town.osm.bounds.exterior.coords).T)
    edge = Polygon(np.column_stack(to_utm.transform(*frame)))
    west, south, east, north = (math.floor(v / CELL) * CELL for v in edge.bounds)
    shape = ((north - south) // CELL + 1, (east - west) // CELL + 1)
    top = north + CELL
    x, y = to_utm.transform(*sheet.degrees([at for at, _ in town.residents]).T)
    people = np.zeros(shape)
    row, column = ((top - y) // CELL).astype(int), ((x - west) // CELL).astype(int)
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    np.add.at(people, (row[inside], column[inside]), np.array([n for _, n in town.residents])[inside])
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    known = shapely.contains_xy(edge, west + (columns + 0.5) * CELL, top - (rows + 0.5) * CELL)
    cells = np.where(known, np.round(people), -1).astype("int16")
    transform = rasterio.transform.from_origin(west, top, CELL, CELL)
    profile = {"driver": "GTiff", "dtype": "int16", "count": 1, "height": shape[0], "width": shape[1]}
    with rasterio.open(
        path, "w", crs="EPSG:32651", transform=transform, nodata=-1, compress="deflate", **profile
    ) as file:
        file.write(cells, 1)
