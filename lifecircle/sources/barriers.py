"""What nobody walks across and where it opens: walls, waters, railways, gates, entrances, enclosures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.errors import Fault, Faults, InputError, row_of
from lifecircle.messages import Message, msg
from lifecircle.model import Geometries, Note, Texts
from lifecircle.site import GateFile, SiteFile, TableFile
from lifecircle.sources.boundary import joined
from lifecircle.sources.osm import Objects, Values, isin, off_the_ground
from lifecircle.sources.tables import check_columns, read_places, shape_is, texts
from lifecircle.sources.vectors import closed_as_areas

WALLS = ("wall", "fence", "city_wall", "retaining_wall", "hedge", "guard_rail", "cable_barrier", "jersey_barrier")
GATES = ("gate", "lift_gate", "swing_gate", "kissing_gate", "sliding_gate", "entrance", "turnstile")
KINDS = ("wall", "water", "railway")
RAILWAYS = ("rail", "light_rail", "narrow_gauge", "subway")
RIVERS = ("river", "canal")
WATERS = ("riverbank", "dock")
NOT_ENTRANCES = ("", "no", "emergency", "exit", "garage")
WATER_M = 50.0
"""One walks round a water that is shorter (half its outline; our own proposal): pools and tanks."""
SAME_GATE_M = 10.0
"""A user's gate is the one that OpenStreetMap knows this near to it (our own proposal)."""
SHOWN = 5
"""Opening hours told in a note."""
ON_OUTLINE_M = 2.0
"""A gate or entrance this near to an outline belongs to it."""

ACCESS = {
    "public": ("", "public", "yes", "permissive", "designated", "customers", "公共", "公众", "开放"),
    "staff": ("staff", "employees", "职工", "员工"),
    "residents": ("residents", "private", "permit", "居民", "住户", "业主"),
    "closed": ("closed", "no", "locked", "关闭", "封闭"),
}
"""Who may pass a gate, by the words that say so."""
WHO = {word: who for who, words in ACCESS.items() for word in words}
POINTS, LINES, POLYGONS = msg("points"), msg("lines or polygons"), msg("polygons")
TYPES = {POINTS: (0,), LINES: (1, 2, 3), POLYGONS: (3,)}
"""Numbers of the types of shape (as shapely counts them) by what a layer should hold."""


@dataclass(frozen=True)
class Barriers:
    """Everything that stands in a walk's way, in metres; frames as in ``Site``."""

    doors: gpd.GeoDataFrame
    walls: gpd.GeoDataFrame
    enclosures: gpd.GeoDataFrame
    barred: gpd.GeoDataFrame
    """Nodes of OpenStreetMap that not everybody passes: columns node (id), access, geometry."""
    notes: tuple[Note, ...]

    @property
    def closing(self) -> Geometries:
        """The user's own walls, and the outlines of the enclosures that have a gate: streets do not cross them."""
        walls = self.walls.geometry.to_numpy()[self.walls["own"].to_numpy(dtype=bool)]
        gates = self.doors.geometry.to_numpy()[(self.doors["kind"] == "gate").to_numpy(dtype=bool)]
        own = self.enclosures["own"].to_numpy(dtype=bool)
        outlines = shapely.boundary(self.enclosures.geometry.to_numpy()[own])
        known, _ = shapely.STRtree(gates).query(outlines, predicate="dwithin", distance=ON_OUTLINE_M)
        return np.concatenate([walls, outlines[np.unique(known)]])

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind: own walls, those of the map, gates by who may pass, enclosures."""
        own = self.walls["own"].astype(bool)
        gates = self.doors.loc[self.doors["kind"] == "gate", "access"]
        return {
            "own_walls": int(own.sum()),
            **{f"mapped_{kind}": int((~own & (self.walls["kind"] == kind)).sum()) for kind in KINDS},
            **{f"gates_{access}": int((gates == access).sum()) for access in ACCESS},
            "own_enclosures": int(self.enclosures["own"].sum()),
            "mapped_enclosures": int((~self.enclosures["own"].astype(bool)).sum()),
        }


def read_barriers(file: SiteFile, crs: pyproj.CRS, objects: Objects | None) -> Barriers:
    """The user's walls, gates and enclosures, and what OpenStreetMap knows of them as far as the site file asks.

    A user's gate stands for OpenStreetMap's at the same spot. Raises InputError with the faults of all files.
    """
    faults = Faults()
    with faults.gathered():
        gates, gate_notes = _gates(file.gates, crs)
    with faults.gathered():
        walls, wall_notes = _layer(file.walls, crs, LINES)
    with faults.gathered():
        enclosures, enclosure_notes = _layer(file.enclosures, crs, POLYGONS)
    faults.raise_any()
    walls = _lines(walls["id"].to_numpy(), "wall", True, walls.geometry.to_numpy(), crs)
    barred = gpd.GeoDataFrame({"node": [], "access": []}, geometry=[], crs=crs)
    if objects is not None:
        barred = _barred(objects, crs) if "gate" in file.barriers else barred
        walls = joined([walls, _mapped(objects, file.barriers, crs)], crs)
        gates = joined([gates, _others(_mapped_doors(objects, crs), gates)], crs)
    enclosures = enclosures[["id", "geometry"]].assign(own=True)
    yards, of_yards = _yards(walls, gates, crs)
    notes = (*gate_notes, *wall_notes, *enclosure_notes, *of_yards, *_told(gates))
    return Barriers(gates, walls, joined([enclosures, yards], crs), barred, notes)


def _lines(id: Texts, kind: Texts | str, own: bool, geometry: Geometries, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Walls as in ``Site``: lines, and the outlines of areas."""
    area = np.isin(shapely.get_type_id(geometry), (3, 6))
    lines = np.where(area, shapely.boundary(geometry), geometry)
    return gpd.GeoDataFrame({"id": id, "kind": kind, "own": own}, geometry=lines, crs=crs)


def _told(doors: gpd.GeoDataFrame) -> Iterator[Note]:
    hours = sorted(set(doors["hours"]) - {""})
    if hours:
        told = (*hours[:SHOWN], *(["…"] if len(hours) > SHOWN else []))
        gates = int((doors["hours"] != "").sum())
        text = msg(
            "{gates} {gates:gate or entrance has|gates and entrances have} opening hours ({told}); taken as "
            "open at all hours",
            gates=gates,
            told=told,
        )
        yield Note("assumed", text)


# The user's own ----------------------------------------------------------------------------------


def _gates(source: GateFile | None, crs: pyproj.CRS) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Gates of a file as doors in metres. Raises InputError."""
    rows, notes = _layer(source, crs, POINTS)
    column = {
        key: (source and getattr(source, key)) or (key if key in rows else None) for key in ("access", "hours", "name")
    }
    if source is not None:
        check_columns(rows, column, str(source.file))
    doors = {"id": rows["id"], "kind": "gate", "own": True, "access": _who(rows, column["access"], source)}
    doors |= {key: texts(rows, column[key]) for key in ("hours", "name")}
    return gpd.GeoDataFrame(doors, geometry=rows.geometry, crs=crs), notes


def _who(rows: gpd.GeoDataFrame, column: str | None, source: GateFile | None) -> Texts:
    """Who may pass each gate, of ``ACCESS``. Raises InputError for words that do not say it."""
    given = pd.Series(texts(rows, column), rows.index)
    who = given.str.lower().map(WHO)
    faults = [
        Fault(
            row_of(str(source.file) if source else "", row),
            msg("{column} is {value!r}", column=column, value=value),
            msg("write one of {words}, or nothing for public", words=tuple(ACCESS)),
        )
        for row, value in given[who.isna()].items()
    ]
    if faults:
        raise InputError(faults)
    return who.to_numpy(dtype=object)


def _layer(source: TableFile | None, crs: pyproj.CRS, kind: Message) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Rows of a file in metres, sorted by place, with ids of their own, and what was repaired.

    Raises InputError for shapes that are not of the ``kind``.
    """
    if source is None:
        return gpd.GeoDataFrame({"id": []}, geometry=[], crs=crs), ()
    found, notes = read_places(source)
    if kind is POLYGONS:
        found = found.set_geometry(
            gpd.GeoSeries(closed_as_areas(found.geometry.to_numpy()), found.index, crs=found.crs)
        )
    parts = found.explode()
    foreign = parts[~np.isin(shapely.get_type_id(parts.geometry.to_numpy()), TYPES[kind])]
    if len(foreign):
        kinds = foreign[~foreign.index.duplicated()].geom_type.items()
        mend = msg("give {shapes}", shapes=kind)
        raise InputError([Fault(row_of(str(source.file), row), shape_is(name), mend) for row, name in kinds])
    shapes = parts.geometry.to_crs(crs)
    order = np.lexsort(shapely.bounds(shapes.to_numpy()).T)
    ids = [f"{source.file.stem}/{i + 1}" for i in range(len(shapes))]
    rows = pd.DataFrame(parts.drop(columns=parts.geometry.name)).iloc[order].assign(id=ids)
    return gpd.GeoDataFrame(rows, geometry=shapes.iloc[order], crs=crs), notes


# OpenStreetMap's ---------------------------------------------------------------------------------


def _mapped(objects: Objects, kinds: Sequence[str], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Walls, waters and railways on the ground, as far as they are among ``kinds``."""
    drawn = ~off_the_ground(objects.values) & ~isin(objects.values("covered"), ("yes",))
    drawn &= shapely.get_type_id(objects.geometry) != 0
    area = np.isfinite(objects.area_m2)
    long = ~area | (shapely.length(objects.geometry) / 2 >= WATER_M)
    found = {
        "wall": isin(objects.values("barrier"), WALLS),
        "water": np.where(
            area,
            isin(objects.values("natural"), ("water",)) | isin(objects.values("waterway"), WATERS),
            isin(objects.values("waterway"), RIVERS) | isin(objects.values("natural"), ("coastline",)),
        )
        & long,
        "railway": ~area & isin(objects.values("railway"), RAILWAYS),
    }
    kind = np.select([rows & drawn & (name in kinds) for name, rows in found.items()], list(found), default="")
    rows = np.flatnonzero(kind != "")
    rows = rows[np.argsort(objects.id[rows])]
    return _lines(objects.id[rows], kind[rows], False, objects.geometry[rows], crs)


def _yards(
    walls: gpd.GeoDataFrame, doors: gpd.GeoDataFrame, crs: pyproj.CRS
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Ground that mapped walls close off, where a gate is mapped in them: enclosures as in ``Site``."""
    lines = walls.geometry.to_numpy()[(~walls["own"].astype(bool) & (walls["kind"] == "wall")).to_numpy()]
    rings = shapely.normalize(shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(lines)))))
    gates = doors.geometry.to_numpy()[((doors["kind"] == "gate") & (doors["access"] != "closed")).to_numpy()]
    ring, _ = shapely.STRtree(gates).query(shapely.boundary(rings), predicate="dwithin", distance=ON_OUTLINE_M)
    found = rings[np.unique(ring)]
    found = found[np.lexsort(shapely.bounds(found).T)]
    ids = [f"yard/{i + 1}" for i in range(len(found))]
    note = msg(
        "{yards} {yards:enclosure|enclosures} among OpenStreetMap's walls "
        "{yards:has a gate and is|have a gate and are} left there; {rings} without one {rings:stays|stay} open",
        yards=len(found),
        rings=len(rings) - len(found),
    )
    notes = (Note("info", note),) if len(rings) else ()
    return gpd.GeoDataFrame({"id": ids, "own": False}, geometry=found, crs=crs), notes


def _mapped_doors(objects: Objects, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Gates (those drawn as lines in their middle) and entrances."""
    kind = shapely.get_type_id(objects.geometry)
    gate = isin(objects.values("barrier"), GATES) & np.isin(kind, (0, 1))
    entrance = (kind == 0) & ~isin(objects.values("entrance"), NOT_ENTRANCES)
    rows = np.flatnonzero(gate | entrance)
    middle = objects.geometry[rows]
    drawn = shapely.get_type_id(middle) == 1
    middle[drawn] = shapely.line_interpolate_point(middle[drawn], 0.5, normalized=True)
    columns = {
        "id": objects.id[rows],
        "kind": np.where(gate[rows], "gate", "entrance"),
        "own": False,
        "access": who_may_pass(objects.values)[rows],
        "hours": objects.values("opening_hours")[rows],
        "name": objects.values("name")[rows],
    }
    return gpd.GeoDataFrame(columns, geometry=middle, crs=crs)


def _barred(objects: Objects, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Gates that are not open to all, and walls drawn as a node of the street that they bar."""
    point = shapely.get_type_id(objects.geometry) == 0
    who = who_may_pass(objects.values)
    said = (objects.values("foot") != "") | (objects.values("access") != "")
    wall = isin(objects.values("barrier"), WALLS)
    who[wall & ~said] = "closed"
    rows = np.flatnonzero(point & (wall | isin(objects.values("barrier"), GATES)) & (who != "public"))
    node = [int(id.removeprefix("node/")) for id in objects.id[rows]]
    columns = {"node": np.array(node, dtype=np.int64), "access": who[rows]}
    return gpd.GeoDataFrame(columns, geometry=objects.geometry[rows], crs=crs)


def who_may_pass(values: Values) -> Texts:
    """Of each gate, one of ``ACCESS``: what is said of those on foot before what is said of all; else public."""
    said = np.where(values("foot") != "", values("foot"), values("access"))
    who = pd.Series(said, dtype=object).map(WHO).fillna("public").to_numpy(dtype=object)
    return np.where((values("locked") == "yes") & (values("foot") == ""), "closed", who).astype(object)


def _others(doors: gpd.GeoDataFrame, gates: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The doors without the gates that the user's own ``gates`` stand for."""
    (row, _) = shapely.STRtree(gates.geometry.to_numpy()).query(
        doors.geometry.to_numpy(), predicate="dwithin", distance=SAME_GATE_M
    )
    same = np.isin(np.arange(len(doors)), row) & (doors["kind"] == "gate")
    return doors[~same]
