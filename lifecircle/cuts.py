"""Streets cut where one cannot pass: at gates not open to all, and where a user's walls cross them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from lifecircle.messages import msg
from lifecircle.model import Bools, Floats, Geometries, Ints, Note, Streets

GATE_M = 10.0
"""A gate opens a wall for the street that crosses it this near (our own proposal): gates are drawn beside streets."""
DOOR_M = 2.0
"""A gate stands on the street that is this near."""
GAP_M = 1.0
"""A street ends this far before the place where it is cut."""
SNAP_M = 0.01
"""A street crosses a wall at its end or vertex within this."""
NO_GATE = "no gate"


@dataclass(frozen=True)
class Cuts:
    """Places on ways that not everybody passes, each once and in order; all of shape (c,).

    ``at`` counts vertices of all ways: 7.25 is a quarter of the way from vertex 7 to vertex 8.
    """

    at: Floats
    access: npt.NDArray[np.object_]
    """Who may pass: staff, residents, closed, or ``NO_GATE`` where a wall has none."""

    @property
    def private(self) -> Bools:
        """Shape (c,): some may pass, so that a walk may begin or end behind it."""
        return np.isin(self.access, ("staff", "residents"))


def cut_streets(streets: Streets, gates: gpd.GeoDataFrame, walls: Geometries, barred: gpd.GeoDataFrame) -> Streets:
    """The streets, ending at gates that are closed and wherever ``walls`` cross them with no gate near.

    ``gates``: points with columns access (public, staff, residents or closed) and own; the user's own close a
    street they stand on, wall or no wall. ``barred``: nodes of the streets that not everybody passes, with columns
    node and access; a user's gate near one stands for it. A gate for staff or residents becomes a stretch of
    private way. Bridges and tunnels lead across walls; a way whose course is not known is not cut. What was cut
    is told in ``notes``. All coordinates are metres in one CRS.
    """
    cuts = _cuts(streets, gates, walls, barred)
    return replace(_severed(streets, cuts), notes=(*streets.notes, *_told(cuts))) if len(cuts.at) else streets


def _told(cuts: Cuts) -> Iterator[Note]:
    walled, closed = (int((cuts.access == access).sum()) for access in (NO_GATE, "closed"))
    if walled:
        text = msg(
            "your walls cut streets at {cuts} {cuts:place|places} with no gate within {metres:g} m; "
            "give `gates` to open it",
            cuts=walled,
            metres=GATE_M,
        )
        yield Note("assumed", text)
    if walled < len(cuts.at):
        text = msg(
            "gates cut streets at {cuts} {cuts:place|places}: {closed} closed, {private} for those inside only",
            cuts=len(cuts.at) - walled,
            closed=closed,
            private=int(cuts.private.sum()),
        )
        yield Note("info", text)


# Where -------------------------------------------------------------------------------------------


def _cuts(streets: Streets, gates: gpd.GeoDataFrame, walls: Geometries, barred: gpd.GeoDataFrame) -> Cuts:
    points, who = gates.geometry.to_numpy(), gates["access"].to_numpy(dtype=object)
    own = gates["own"].to_numpy(dtype=bool)
    crossing, gate = _crossings(streets, points, walls)
    closing = np.setdiff1d(np.flatnonzero(own & (who != "public")), gate)
    standing, which = _standing_on(streets, points[closing])
    node, node_who = _at_nodes(streets, barred, points[own])
    at = np.concatenate([crossing, standing, node])
    access = np.concatenate([np.append(who, NO_GATE)[gate], who[closing[which]], node_who])
    at, first = np.unique(at, return_index=True)
    shut = access[first] != "public"
    return Cuts(at[shut], access[first][shut])


def _cuttable(streets: Streets) -> Ints:
    """Positions of the vertices that a piece of street on the ground, of known course, begins at."""
    way = np.repeat(np.arange(len(streets.way_id)), np.diff(streets.way_start))
    known = streets.attachable.copy()
    if streets.length_m is not None:
        known &= ~np.isfinite(streets.length_m)
    node = streets.way_node
    return np.flatnonzero((way[:-1] == way[1:]) & (node[:-1] >= 0) & (node[1:] >= 0) & known[way[:-1]])


def _segments(streets: Streets, near: Geometries, margin: float) -> tuple[Ints, Geometries]:
    """Pieces of street between vertices whose bounds come near shapes: the position of each and its line."""
    position = _cuttable(streets)
    west, south, east, north = shapely.total_bounds(near)
    a, b = (streets.node_xy[streets.way_node[position + step]] for step in (0, 1))
    low, high = np.minimum(a, b) - margin, np.maximum(a, b) + margin
    here = (low <= (east, north)).all(axis=1) & (high >= (west, south)).all(axis=1)
    return position[here], np.asarray(shapely.linestrings(np.stack([a[here], b[here]], axis=1)))


def _crossings(streets: Streets, gates: Geometries, walls: Geometries) -> tuple[Floats, Ints]:
    """Where streets cross walls, and the row of the gate near each; the number of gates where there is none."""
    if not len(walls):
        return np.empty(0), np.empty(0, dtype=np.int64)
    position, lines = _segments(streets, walls, SNAP_M)
    row, wall = shapely.STRtree(walls).query(_lengthened(lines), predicate="crosses")
    met, of = shapely.get_coordinates(shapely.intersection(_lengthened(lines[row]), walls[wall]), return_index=True)
    points = shapely.points(met)
    gate = np.full(len(points), len(gates), dtype=np.int64)
    if len(gates):
        found, nearest = shapely.STRtree(gates).query_nearest(points, max_distance=GATE_M, all_matches=False)
        gate[found] = nearest
    return _place(position, lines, row[of], points), gate


def _place(position: Ints, lines: Geometries, row: Ints, points: Geometries) -> Floats:
    """Points on pieces of street as places on the ways; those within ``SNAP_M`` of a vertex at the vertex."""
    along, length = shapely.line_locate_point(lines[row], points), shapely.length(lines[row])
    share = np.where(along <= SNAP_M, 0, np.where(along >= length - SNAP_M, 1, along / np.maximum(length, SNAP_M)))
    return np.asarray(position[row] + share)


def _lengthened(lines: Geometries) -> Geometries:
    """The lines longer by ``SNAP_M`` at either end."""
    ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    length = np.maximum(shapely.length(lines), SNAP_M)[:, None, None]
    return np.asarray(shapely.linestrings(ends + (ends - ends[:, ::-1]) * (SNAP_M / length)))


def _standing_on(streets: Streets, points: Geometries) -> tuple[Floats, Ints]:
    """Where gates stand on streets, and the row of each."""
    if not len(points):
        return np.empty(0), np.empty(0, dtype=np.int64)
    position, lines = _segments(streets, points, DOOR_M)
    row, hit = shapely.STRtree(lines).query_nearest(points, max_distance=DOOR_M, all_matches=True)
    return _place(position, lines, hit, points[row]), row


def _at_nodes(streets: Streets, barred: gpd.GeoDataFrame, gates: Geometries) -> tuple[Floats, npt.NDArray[np.object_]]:
    """Where ways pass a barred node, and who may pass it; not where a user's gate stands for it."""
    if len(gates) and len(barred):
        near, _ = shapely.STRtree(gates).query(barred.geometry.to_numpy(), predicate="dwithin", distance=GATE_M)
        barred = barred.drop(index=barred.index[np.unique(near)])
    access = barred.set_index("node")["access"]
    here = np.flatnonzero(np.isin(streets.node_id, access.index.to_numpy(dtype=np.int64)))
    at = np.flatnonzero(np.isin(streets.way_node, here))
    return at.astype(float), access.loc[streets.node_id[streets.way_node[at]]].to_numpy(dtype=object)


# How ---------------------------------------------------------------------------------------------


def _severed(streets: Streets, cuts: Cuts) -> Streets:
    """The ways in parts that end ``GAP_M`` before each cut; where it is private, a private way leads across.

    Parts are numbered along all ways: the even ones are what is left of them, the odd ones lead across cuts.
    """
    way = np.repeat(np.arange(len(streets.way_id)), np.diff(streets.way_start))
    vertex = np.arange(len(way))
    cut = np.arange(len(cuts.at))
    before, after = (_end(streets, way, cuts.at, side) for side in (-1, 1))
    old = pd.DataFrame({"at": vertex, "node": streets.way_node, "cut": np.searchsorted(cuts.at, vertex)})
    barred = old["at"].isin(cuts.at)
    new = pd.DataFrame({"at": np.concatenate([before, cuts.at, after]), "cut": np.tile(cut, 3)})
    new["part"] = 2 * new["cut"] + np.repeat([0, 1, 2], len(cut))
    new = new[np.isfinite(new["at"]) & ((new["part"] % 2 == 0) | cuts.private[new["cut"]])]
    new["node"], node_id, node_xy = _made(streets, way, new["at"].to_numpy())
    old["part"] = 2 * old["cut"]
    lead = new[cuts.private[new["cut"]]].assign(part=lambda rows: 2 * rows["cut"] + 1)
    rows = pd.concat([old[~barred], new[new["part"] % 2 == 0], lead])
    rows = rows.sort_values(["part", "at"], kind="stable")
    of, part = way[np.floor(rows["at"]).astype(np.int64)], rows["part"].to_numpy()
    begin = np.flatnonzero(np.append(True, (of[1:] != of[:-1]) | (part[1:] != part[:-1])))
    chosen = of[begin]
    return replace(
        streets,
        node_id=np.concatenate([streets.node_id, node_id]),
        node_xy=np.concatenate([streets.node_xy, node_xy]),
        way_id=streets.way_id[chosen],
        way_start=np.append(begin, len(rows)).astype(np.int64),
        way_node=rows["node"].to_numpy(np.int64),
        highway=streets.highway[chosen],
        private=streets.private[chosen] | (part[begin] % 2 == 1),
        attachable=streets.attachable[chosen],
        length_m=None if streets.length_m is None else streets.length_m[chosen],
        signals=None if streets.signals is None else np.append(streets.signals, np.zeros(len(node_id), dtype=bool)),
        no_wheels=None if streets.no_wheels is None else streets.no_wheels[chosen],
    )


def _end(streets: Streets, way: Ints, at: Floats, side: Literal[-1, 1]) -> Floats:
    """Where a way ends on one side of each cut: before the next cut or vertex; NaN where it has no such side."""
    first = (np.ceil(at) - 1 if side < 0 else np.floor(at)).astype(np.int64)
    other = np.append(at[1:], np.inf) if side > 0 else np.append(-np.inf, at[:-1])
    room = np.minimum(np.abs(other - at), np.abs(first + (side > 0) - at))
    there = (first >= 0) & (first + 1 < len(way))
    a, b = (np.where(there, first + step, 0) for step in (0, 1))
    there &= (way[a] == way[b]) & (streets.way_node[a] >= 0) & (streets.way_node[b] >= 0)
    metres = np.hypot(*(streets.node_xy[streets.way_node[b]] - streets.node_xy[streets.way_node[a]]).T)
    step = np.minimum(GAP_M / np.maximum(metres, GAP_M / 2), room / 2)
    return np.where(there, at + side * step, np.nan)


def _made(streets: Streets, way: Ints, at: Floats) -> tuple[Ints, Ints, Floats]:
    """The node at each place on the ways: a vertex, or a new one; ids and coordinates of the new ones.

    Ids go on from the highest one, in the order of the coordinates.
    """
    first = np.floor(at).astype(np.int64)
    node = streets.way_node[first]
    new = np.flatnonzero(at > first)
    a, b = (streets.node_xy[streets.way_node[first[new] + step]] for step in (0, 1))
    xy = a + (at[new] - first[new])[:, None] * (b - a)
    order = np.lexsort((streets.way_id[way[first[new]]], xy[:, 1], xy[:, 0]))
    node[new[order]] = len(streets.node_id) + np.arange(len(new))
    highest = int(streets.node_id.max(initial=0))
    return node, highest + 1 + np.arange(len(new)), xy[order]
