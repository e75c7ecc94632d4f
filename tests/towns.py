"""Small towns made by hand: streets, places and facilities in metres, and the same as files.

A town's streets are given as nodes ``{id: (x, y)}`` and ways ``{id: "1 2 3"}``; a node that a way
names and the town lacks is a node cut off by the edge of an extract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
import yaml

from lifecircle.assessment import walk
from lifecircle.model import (
    FAR_MM,
    HEADS,
    Capacity,
    Category,
    Completeness,
    Norm,
    Profile,
    Reach,
    Site,
    Source,
    Standard,
    Streets,
    WalkNetwork,
)
from lifecircle.network import build_network

Nodes = Mapping[int, tuple[float, float]]
Ways = Mapping[int, str]

CRS = pyproj.CRS("+proj=tmerc +lat_0=31.42000 +lon_0=120.65000 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs")
WIDE = shapely.box(-10_000, -10_000, 10_000, 10_000)
PLANNING = Profile("planning", "规划口径", "Planning", 60, "proposed")

SQUARE: Nodes = {1: (0, 0), 2: (400, 0), 3: (400, 400), 4: (0, 400)}
"""A block of 400 m."""
ROUND: Ways = {10: "1 2", 11: "2 3", 12: "3 4", 13: "4 1"}
"""The four streets around it."""


def streets(nodes: Nodes, ways: Ways, private: Iterable[int] = (), above: Iterable[int] = ()) -> Streets:
    """Ways as a source would give them; ``private`` and ``above`` (bridges, tunnels) are ids of ways."""
    row = {id: i for i, id in enumerate(nodes)}
    refs = [[row.get(int(ref), -1) for ref in way.split()] for way in ways.values()]
    ids = np.array(list(ways), dtype=np.int64)
    return Streets(
        node_id=np.array(list(nodes), dtype=np.int64),
        node_xy=np.array(list(nodes.values()), dtype=float).reshape(-1, 2),
        way_id=ids,
        way_start=np.concatenate([[0], np.cumsum([len(way) for way in refs])]).astype(np.int64),
        way_node=np.array([ref for way in refs for ref in way], dtype=np.int64),
        highway=np.full(len(ids), "residential", dtype=object),
        private=np.isin(ids, list(private)),
        attachable=~np.isin(ids, list(above)),
    )


def network(
    nodes: Nodes,
    ways: Ways,
    *,
    private: Iterable[int] = (),
    above: Iterable[int] = (),
    private_ways: Literal["ends", "through", "closed"] = "ends",
    study_area: shapely.Geometry = WIDE,
    boundary: shapely.Geometry = WIDE,
) -> WalkNetwork:
    """The network of a town."""
    return build_network(streets(nodes, ways, private, above), study_area, boundary, private_ways)


def edges(network: WalkNetwork) -> list[tuple[int, int, int]]:
    """Every edge as (smaller node id, larger node id, millimetres), sorted."""
    ends = np.sort(np.column_stack([network.node_id[network.edge_u], network.node_id[network.edge_v]]), axis=1)
    return sorted((int(u), int(v), int(mm)) for (u, v), mm in zip(ends, network.edge_mm, strict=True))


def category(
    id: str,
    norm_m: float = 300,
    function: Literal["production", "living", "ecology"] = "living",
    serves: Sequence[str] = ("beds", "people"),
    weight: float = 1,
    capacity: Capacity | None = None,
    **more: Any,
) -> Category:
    """A category held to a distance."""
    return Category(
        id, id, id, function, 5, Norm(norm_m), tuple(serves), weight, ("doc",), "proposed", capacity=capacity, **more
    )


def standard(*categories: Category, function_weights: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)) -> Standard:
    """A standard of some categories."""
    return Standard(
        id="hand", zh="手工", en="By hand", version="1", partial="", categories=categories, demand=(),
        profiles=(PLANNING,), sources=(Source("doc", "by hand", "proposed"),), function_weights=function_weights,
    )  # fmt: skip


def point(x: float, y: float) -> shapely.Point:
    """A point in metres."""
    return shapely.Point(x, y)


def demand(places: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Places with people: ``{id: geometry}`` or ``{id: (geometry, {"beds": 3, ...})}``."""
    rows = [(id, *(value if isinstance(value, tuple) else (value, {}))) for id, value in sorted(places.items())]
    frame = pd.DataFrame(
        {
            "id": [id for id, _, _ in rows],
            "name": [id for id, _, _ in rows],
            "kind": [more.get("kind", "dormitory") for _, _, more in rows],
            "source": ["hand"] * len(rows),
            **{kind: [float(more.get(kind, np.nan)) for _, _, more in rows] for kind in HEADS},
            "footprint_m2": [shape.area if shape.area else np.nan for _, shape, _ in rows],
            "floors": np.nan,
            "area_id": [more.get("area_id", "") for _, _, more in rows],
            "estimated": [more.get("estimated", "") for _, _, more in rows],
        }
    )
    return gpd.GeoDataFrame(frame, geometry=[shape for _, shape, _ in rows], crs=CRS)


def facilities(rows: Iterable[tuple[Any, ...]]) -> gpd.GeoDataFrame:
    """Facilities: ``(id, category, geometry)`` with an optional capacity behind, sorted by category and id."""
    full = sorted(((*row, np.nan)[:4] for row in rows), key=lambda row: (row[1], row[0]))
    frame = pd.DataFrame(
        {
            "id": [row[0] for row in full],
            "name": [row[0] for row in full],
            "category": [row[1] for row in full],
            "source": ["hand"] * len(full),
            "status": ["existing"] * len(full),
            "opens": np.full(len(full), np.nan),
            "capacity": [float(row[3]) for row in full],
            "hours": [""] * len(full),
            "area_m2": [row[2].area if row[2].area else np.nan for row in full],
            "primary": [True] * len(full),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=[row[2] for row in full], crs=CRS)


def layer(shapes: Sequence[shapely.Geometry], **columns: Any) -> gpd.GeoDataFrame:
    """Doors or enclosures."""
    ids = [f"shape/{i}" for i in range(len(shapes))]
    return gpd.GeoDataFrame({"id": ids, **columns}, geometry=list(shapes), crs=CRS)


def barriers(lines: Sequence[shapely.Geometry], own: bool = True) -> gpd.GeoDataFrame:
    """Walls: the user's own, or those of a map."""
    return layer(lines, kind=["wall"] * len(lines), own=[own] * len(lines))


def town(
    nodes: Nodes = SQUARE,
    ways: Ways = ROUND,
    *,
    places: Mapping[str, Any],
    found: Iterable[tuple[Any, ...]] = (),
    categories: Sequence[Category] = (category("clinic"),),
    complete: Iterable[str] = (),
    absent: Iterable[str] = (),
    private: Iterable[int] = (),
    above: Iterable[int] = (),
    private_ways: Literal["ends", "through", "closed"] = "ends",
    gates: Sequence[shapely.Geometry] = (),
    access: Sequence[str] | None = None,
    walls: Sequence[shapely.Geometry] = (),
    fences: Sequence[shapely.Geometry] = (),
    enclosures: Sequence[shapely.Geometry] = (),
    yards: Sequence[shapely.Geometry] = (),
    boundary: shapely.Geometry = WIDE,
    extent: shapely.Geometry = WIDE,
    connector_m: float = 100,
    limit_m: float = 2_000,
    function_weights: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3),
) -> Site:
    """A whole site; every category's layer is partial unless it is said to be complete or absent."""
    nothing = np.empty(0, dtype=object)
    open_to = ["public"] * len(gates) if access is None else list(access)
    states = {c.id: Completeness.PARTIAL for c in categories}
    states |= dict.fromkeys(complete, Completeness.COMPLETE) | dict.fromkeys(absent, Completeness.ABSENT)
    return Site(
        name="Town",
        slug="town",
        crs=CRS,
        boundary=boundary,
        study_area=WIDE,
        data_extent=extent,
        extent_origin="site file",
        profile=PLANNING,
        standard=standard(*categories, function_weights=function_weights),
        demand=demand(places),
        facilities=facilities(found),
        planned=facilities([]),
        completeness=states,
        doors=layer(
            gates,
            kind=["gate"] * len(gates),
            own=[True] * len(gates),
            access=open_to,
            hours=[""] * len(gates),
            name=[""] * len(gates),
        ),
        walls=pd.concat([barriers(walls, own=True), barriers(fences, own=False)]) if fences else barriers(walls),
        enclosures=layer([*enclosures, *yards], own=[True] * len(enclosures) + [False] * len(yards)),
        network=network(nodes, ways, private=private, above=above, private_ways=private_ways, boundary=boundary),
        buildings=nothing,
        background=gpd.GeoDataFrame({"kind": []}, geometry=[], crs=CRS),
        connector_mm=round(connector_m * 1000),
        limit_mm=round(limit_m * 1000),
        private_ways=private_ways,
        synthetic=True,
        attribution=(),
    )


def moved_to(site: Site, **changes: Any) -> Site:
    """The site with other fields."""
    return replace(site, **changes)


def metres(site: Site) -> dict[tuple[str, str], float | None]:
    """Walk from each place to the nearest facility of each category, in metres; None beyond the limit."""
    reach, _ = walk(site)
    return {
        (place, c.id): None if mm >= FAR_MM else mm / 1000
        for c, row in zip(site.standard.categories, reach.place_mm.tolist(), strict=True)
        for place, mm in zip(site.demand["id"], row, strict=True)
    }


def nearest(site: Site, reach: Reach) -> dict[tuple[str, str], str | None]:
    """The id of the nearest facility of each place and category."""
    return {
        (place, c.id): None if row < 0 else site.facilities["id"][row]
        for c, rows in zip(site.standard.categories, reach.place_facility.tolist(), strict=True)
        for place, row in zip(site.demand["id"], rows, strict=True)
    }


# As files ----------------------------------------------------------------------------------------


def degrees(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape in metres as longitude and latitude, around 120.65 E 31.42 N."""
    back = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)
    return shapely.transform(shape, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1])))


def write_boundary(path: Path, shape: shapely.Geometry) -> Path:
    """A GeoJSON of one polygon given in metres."""
    path.write_text(shapely.to_geojson(degrees(shape)), encoding="utf-8")
    return path


def write_osm(
    path: Path,
    nodes: Nodes,
    ways: Mapping[int, tuple[str, Mapping[str, str]]],
    *,
    tags: Mapping[int, Mapping[str, str]] | None = None,
    bounds: shapely.Geometry | None = None,
) -> Path:
    """OSM XML: nodes in metres, ways as ``{id: ("1 2 3", {"highway": ...})}``, ``tags`` those of nodes."""
    lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6">']
    if bounds is not None:
        west, south, east, north = shapely.bounds(degrees(bounds))
        lines.append(f'<bounds minlat="{south}" minlon="{west}" maxlat="{north}" maxlon="{east}"/>')
    for id, xy in nodes.items():
        at = degrees(point(*xy))
        lines.append(f'<node id="{id}" lat="{at.y:.9f}" lon="{at.x:.9f}">{_tags((tags or {}).get(id, {}))}</node>')
    for id, (refs, given) in ways.items():
        inner = "".join(f'<nd ref="{ref}"/>' for ref in refs.split())
        lines.append(f'<way id="{id}">{inner}{_tags(given)}</way>')
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def write_points(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """A CSV: each row's ``at`` in metres becomes the columns lon and lat."""
    frame = pd.DataFrame([{**row, "at": degrees(point(*row["at"]))} for row in rows])
    frame = frame.assign(lon=[at.x for at in frame["at"]], lat=[at.y for at in frame["at"]]).drop(columns="at")
    frame.to_csv(path, index=False)
    return path


def write_town(folder: Path, **more: Any) -> Path:
    """A site file with the square block, a boundary of 1 km around it and what ``more`` adds."""
    write_boundary(folder / "park.geojson", shapely.box(-500, -500, 500, 500))
    street = {"highway": "residential"}
    write_osm(folder / "town.osm", SQUARE, {id: (refs, street) for id, refs in ROUND.items()}, bounds=WIDE)
    site = {"name": "Town", "boundary": "park.geojson", "osm": "town.osm", **more}
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
