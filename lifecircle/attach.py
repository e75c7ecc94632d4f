"""Places join the network at the nearest point on a walkable edge, at their gates, or where paths meet them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from lifecircle.model import FAR_MM, Attachment, Bools, Floats, Geometries, Ints, WalkNetwork
from lifecircle.yards import DOOR_M, inside_mm

ON_OUTLINE_M = DOOR_M
"""A gate or entrance this near to an outline belongs to it."""


@dataclass(frozen=True)
class Streetside:
    """The network's segments (vertex to vertex) with the index that finds the nearest one."""

    network: WalkNetwork
    segment: Ints
    """Vertex at which each segment begins."""
    edge: Ints
    lines: Geometries
    tree: shapely.STRtree


@dataclass(frozen=True)
class Joined:
    """Places joined to a network."""

    attachment: Attachment
    off_network: Bools
    """Shape (p,): nothing walkable within the longest connector."""
    island: Bools
    """Shape (p,): only an island too small to trust within it."""


def join(
    network: WalkNetwork,
    places: Geometries,
    limit_mm: int,
    *,
    doors: Geometries | None = None,
    entrances: Geometries | None = None,
    walls: Geometries | None = None,
    enclosures: Geometries | None = None,
    areas: bool = False,
) -> Joined:
    """Join places (points, lines or polygons in metres) to a network.

    A polygon with doors (gates) on its outline is reached at each of them; with ``areas`` one without
    doors where edges meet its outline; one with ``entrances`` on its outline, which may be those of a
    building that only stands at it, at these; anything else at the nearest point on an edge, by the shortest
    straight connector of at most ``limit_mm`` that crosses no wall; a door's own connector may leave
    through the wall the door stands in. A place inside an enclosure joins an edge inside it, else goes
    to each gate (a door on the enclosure's outline) and on from there.
    """
    doors = _none() if doors is None else doors
    entrances = _none() if entrances is None else entrances
    walls = _none() if walls is None else walls
    closed = _with_doors(_none() if enclosures is None else enclosures, doors)
    inner = walls
    walls = np.concatenate([walls, shapely.boundary(closed)])
    shapely.prepare(walls)
    sides = [_streetside(network, network.trusted), _streetside(network, ~network.trusted)]
    rows = [_at_doors(sides[0], places, _left(places, []), doors, limit_mm, walls)]
    if areas:
        rows.append(_at_outline(sides[0], places, _left(places, rows)))
    rows.append(_at_doors(sides[0], places, _left(places, rows), entrances, limit_mm, walls))
    rows.append(_nearest(sides[0], places, _left(places, rows), limit_mm, walls))
    rows.append(_through_gates(sides[0], places, _left(places, rows), closed, doors, limit_mm, walls, inner))
    outside = _left(places, rows)
    rows.append(_nearest(sides[1], places, outside, limit_mm, walls))
    island = np.zeros(len(places), dtype=bool)
    island[rows[-1].place] = True
    attachment = _stack(rows)
    off = np.ones(len(places), dtype=bool)
    off[attachment.place] = False
    return Joined(attachment, off, island)


def _none() -> Geometries:
    return np.empty(0, dtype=object)


def _left(places: Geometries, rows: list[Attachment]) -> Ints:
    """Places that are not joined yet."""
    joined = np.zeros(len(places), dtype=bool)
    for row in rows:
        joined[row.place] = True
    return np.flatnonzero(~joined & ~shapely.is_missing(places) & ~shapely.is_empty(places))


def _streetside(network: WalkNetwork, edges: Bools) -> Streetside:
    counts = np.diff(network.vertex_start)
    edge = np.repeat(np.arange(len(counts)), counts)
    first = np.flatnonzero((edge[:-1] == edge[1:]) & (edges & network.attachable)[edge[:-1]])
    ends = np.stack([network.vertex_xy[first], network.vertex_xy[first + 1]], axis=1)
    lines = shapely.linestrings(ends) if len(first) else _none()
    return Streetside(network, first, edge[first], lines, shapely.STRtree(lines))


def _stack(rows: list[Attachment]) -> Attachment:
    """One attachment of many, sorted by place, edge and offset."""
    place, edge, offset, connector = (
        np.concatenate([getattr(row, name) for row in rows]).astype(np.int64)
        for name in ("place", "edge", "offset_mm", "connector_mm")
    )
    order = np.lexsort((connector, offset, edge, place))
    return Attachment(place[order], edge[order], offset[order], connector[order])


def _empty() -> Attachment:
    nothing = np.empty(0, dtype=np.int64)
    return Attachment(nothing, nothing, nothing, nothing)


def _on_segments(side: Streetside, place: Ints, hit: Ints, xy: Floats, connector_m: Floats) -> Attachment:
    """Rows for points that lie on segments."""
    vertex = side.segment[hit]
    return Attachment(
        place,
        side.edge[hit],
        _offset_mm(side.network, vertex, xy),
        np.rint(connector_m * 1000).astype(np.int64),
    )


def _offset_mm(network: WalkNetwork, vertex: Ints, xy: Floats) -> Ints:
    """Distance of points along their edges, measured from the same end of the segment whichever way it runs."""
    a, b = network.vertex_xy[vertex], network.vertex_xy[vertex + 1]
    length = network.vertex_mm[vertex + 1] - network.vertex_mm[vertex]
    backwards = (a[:, 0] > b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] > b[:, 1]))
    origin = np.where(backwards[:, None], b, a)
    along = np.minimum(np.rint(np.hypot(*(xy - origin).T) * 1000).astype(np.int64), length)
    return network.vertex_mm[vertex] + np.where(backwards, length - along, along)


def _nearest(
    side: Streetside, places: Geometries, todo: Ints, limit_mm: int, walls: Geometries, *, doors: bool = False
) -> Attachment:
    if not len(todo) or not len(side.lines):
        return _empty()
    limit = limit_mm / 1000
    row, hit = side.tree.query_nearest(places[todo], max_distance=limit, all_matches=True)
    found = _shortest(side, places, todo[row], hit, walls, doors)
    blocked = np.setdiff1d(todo[row], found.place)
    if not len(blocked):
        return found
    row, hit = side.tree.query(places[blocked], predicate="dwithin", distance=limit)
    return _stack([found, _shortest(side, places, blocked[row], hit, walls, doors)])


def _shortest(
    side: Streetside, places: Geometries, place: Ints, hit: Ints, walls: Geometries, doors: bool
) -> Attachment:
    """Of candidate segments, the one with the shortest connector that crosses no wall.

    Of two as near a public one, then the western, then the southern.
    """
    connector = shapely.shortest_line(places[place], side.lines[hit])
    ends = shapely.get_point(connector, -1)
    xy = np.column_stack([shapely.get_x(ends), shapely.get_y(ends)])
    length = shapely.length(connector)
    free = ~_crosses(connector, walls, doors)
    private = side.network.private[side.edge[hit]]
    order = np.lexsort((xy[:, 1], xy[:, 0], private, np.rint(length * 1000), place))
    order = order[free[order]]
    _, first = np.unique(place[order], return_index=True)
    best = order[first]
    return _on_segments(side, place[best], hit[best], xy[best], length[best])


def _crosses(lines: Geometries, walls: Geometries, doors: bool) -> Bools:
    """Lines that cross a wall; those from doors may cross the wall they begin at."""
    out = np.zeros(len(lines), dtype=bool)
    if len(walls):
        row, wall = shapely.STRtree(walls).query(lines, predicate="crosses")
        if doors:
            shut = ~shapely.dwithin(shapely.get_point(lines[row], 0), walls[wall], ON_OUTLINE_M)
            row = row[shut]
        out[row] = True
    return out


def _at_doors(
    side: Streetside, places: Geometries, todo: Ints, doors: Geometries, limit_mm: int, walls: Geometries
) -> Attachment:
    """Polygons joined at each door on their outline."""
    polygons = todo[np.isin(shapely.get_type_id(places[todo]), (3, 6))]
    if not len(polygons) or not len(doors):
        return _empty()
    outline = shapely.boundary(places[polygons])
    row, door = shapely.STRtree(doors).query(outline, predicate="dwithin", distance=ON_OUTLINE_M)
    joined = _nearest(side, doors, np.unique(door), limit_mm, walls, doors=True)
    return _relayed(polygons[row], door, np.zeros(len(row), dtype=np.int64), joined)


def _relayed(place: Ints, door: Ints, walk_mm: Ints, doors: Attachment) -> Attachment:
    """Rows of places that go to doors first: each door has one row in ``doors``, or none."""
    at = np.searchsorted(doors.place, door)
    known = (at < len(doors.place)) & (
        doors.place[np.minimum(at, len(doors.place) - 1)] == door if len(doors.place) else False
    )
    at = at[known]
    return Attachment(place[known], doors.edge[at], doors.offset_mm[at], doors.connector_mm[at] + walk_mm[known])


def _at_outline(side: Streetside, places: Geometries, todo: Ints) -> Attachment:
    """Areas joined wherever an edge meets their outline."""
    areas = todo[np.isin(shapely.get_type_id(places[todo]), (3, 6))]
    if not len(areas) or not len(side.lines):
        return _empty()
    outline = shapely.boundary(places[areas])
    row, hit = side.tree.query(outline, predicate="intersects")
    shared = shapely.intersection(outline[row], side.lines[hit])
    points, of = shapely.get_coordinates(shared, return_index=True)
    return _on_segments(side, areas[row[of]], hit[of], points, np.zeros(len(of)))


def _with_doors(enclosures: Geometries, doors: Geometries) -> Geometries:
    """Enclosures that can be left at all."""
    if not len(enclosures) or not len(doors):
        return _none()
    row, _ = shapely.STRtree(doors).query(shapely.boundary(enclosures), predicate="dwithin", distance=ON_OUTLINE_M)
    return enclosures[np.unique(row)]


def _through_gates(
    side: Streetside,
    places: Geometries,
    todo: Ints,
    enclosures: Geometries,
    doors: Geometries,
    limit_mm: int,
    walls: Geometries,
    inner: Geometries,
) -> Attachment:
    """Places inside an enclosure joined at each of its gates, by the walk inside it that crosses no ``inner`` wall."""
    if not len(enclosures) or not len(todo):
        return _empty()
    centre = shapely.point_on_surface(places[todo])
    place, inside = shapely.STRtree(enclosures).query(centre, predicate="within")
    gate_of, gate = shapely.STRtree(doors).query(
        shapely.boundary(enclosures), predicate="dwithin", distance=ON_OUTLINE_M
    )
    held, gates = pd.DataFrame({"yard": inside, "place": todo[place]}), pd.DataFrame({"yard": gate_of, "door": gate})
    yard, row, door = held.merge(gates, on="yard").to_numpy(dtype=np.int64).T
    walk = inside_mm(enclosures, yard, places[row], doors[door], inner, doors)
    row, door, walk = (column[walk < FAR_MM] for column in (row, door, walk))
    joined = _nearest(side, doors, np.unique(door), limit_mm, walls, doors=True)
    return _relayed(row, door, walk, joined)
