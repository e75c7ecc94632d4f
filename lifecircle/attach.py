"""Places join the network at the nearest point on a walkable edge, at their gates, or where paths meet them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from lifecircle.model import FAR_MM, Attachment, Bools, Floats, Geometries, Ints, Joined, Site, WalkNetwork
from lifecircle.yards import DOOR_M, inside_mm

ON_OUTLINE_M = DOOR_M
"""A gate or entrance this near to an outline belongs to it."""
TOUCH_M = 0.5
"""A wall this near to a place or a street does not stand between them: a house in the wall has its door in it."""

BESIDE_M = 0.01
"""A walk along a wall keeps to its side within this, whatever rounding says."""


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
class Surroundings:
    """What stands between places and streets, and where it opens."""

    doors: Geometries
    enclosures: Geometries
    """Those that can be left at all."""
    walls: Geometries
    barriers: Geometries
    """The walls less what doors open, and the outlines of the enclosures."""
    pieces: Floats
    """Shape (k, 2, 2): the barriers from vertex to vertex."""
    free: Bools
    """Shape (k, 2): ends of pieces where a barrier ends."""
    barrier: Ints
    """Shape (k,): which barrier a piece is of."""
    tree: shapely.STRtree
    """Of the pieces."""

    def in_whole_mm(self) -> Surroundings:
        """The same with its pieces at whole millimetres."""
        pieces = np.round(self.pieces, 3)
        return replace(self, pieces=pieces, tree=_tree(pieces))

    def bar(self, connectors: Floats, from_doors: bool) -> Bools:
        """Connectors, of shape (r, 2, 2), that cross a barrier; those from doors may cross the one they begin at."""
        out = np.zeros(len(connectors), dtype=bool)
        if len(self.pieces) and len(connectors):
            inner = _without_ends(connectors)
            row, piece = self.tree.query(shapely.linestrings(inner))
            crossed = _cross(inner[row], self.pieces[piece], self.free[piece])
            row, barrier = row[crossed], self.barrier[piece[crossed]]
            if from_doors:
                start = shapely.points(connectors[row, 0])
                row = row[~shapely.dwithin(start, self.barriers[barrier], ON_OUTLINE_M)]
            out[row] = True
        return out


def joined(site: Site) -> tuple[Joined, Joined]:
    """Facilities and places of demand joined to a site's network, in this order."""
    if site.joined is not None:
        return site.joined
    facilities, places = site.facilities.geometry.to_numpy(), site.demand.geometry.to_numpy()
    supply = join(site.network, facilities, site.connector_mm, areas=True, **_around(site, inside=False))
    demand = join(site.network, places, site.connector_mm, **_around(site, inside=True))
    return _by_gate(site, supply, inside=False), _by_gate(site, demand, inside=True)


def join(
    network: WalkNetwork,
    places: Geometries,
    limit_mm: int,
    *,
    doors: Geometries | None = None,
    shut: Geometries | None = None,
    entrances: Geometries | None = None,
    walls: Geometries | None = None,
    fences: Geometries | None = None,
    enclosures: Geometries | None = None,
    yards: Geometries | None = None,
    areas: bool = False,
) -> Joined:
    """Join places (points, lines or polygons in metres) to a network.

    A polygon with doors (gates) on its outline is reached at each of them; with ``areas`` one without
    doors where edges meet its outline; one with ``entrances`` on its outline, which may be those of a
    building that only stands at it, at these; anything else at the nearest point on an edge, by the shortest
    straight connector of at most ``limit_mm`` that crosses no wall but at a door; a door's own connector may
    leave through the wall the door stands in. A place inside an enclosure joins an edge inside it, else goes
    to each gate (a door on the enclosure's outline) and on from there. Doors ``shut`` to these places keep
    an enclosure closed and let nobody through.

    ``fences`` and ``yards`` are walls and enclosures with gates that perhaps nobody told: they give way where a
    place would join nothing. ``Attachment.door`` numbers the rows of ``doors``.
    """
    doors, shut, entrances, walls, fences, enclosures, yards = (
        _none() if given is None else given for given in (doors, shut, entrances, walls, fences, enclosures, yards)
    )
    every, *firm = _tried(doors, shut, walls, fences, enclosures, yards)
    trusted, islands = (streetside(network, edges) for edges in (network.trusted, ~network.trusted))
    rows = [_at_doors(trusted, places, _left(places, []), doors, limit_mm, every)]
    if areas:
        rows.append(_at_outline(trusted, places, _left(places, rows)))
    entered = _at_doors(trusted, places, _left(places, rows), entrances, limit_mm, every)
    rows.append(replace(entered, door=np.full(len(entered.door), -1)))
    rows.append(_nearest(trusted, places, _left(places, rows), limit_mm, every))
    rows.append(through_gates(trusted, places, _left(places, rows), limit_mm, every))
    free = len(rows)
    for around in firm:
        rows.append(_nearest(trusted, places, _left(places, rows), limit_mm, around))
        rows.append(through_gates(trusted, places, _left(places, rows), limit_mm, around))
    sure = len(rows)
    rows.append(_nearest(islands, places, _left(places, rows), limit_mm, every))
    for around in firm:
        rows.append(_nearest(islands, places, _left(places, rows), limit_mm, around))
    attachment = stack(rows)
    return Joined(
        attachment,
        off_network=~_among(len(places), [attachment]),
        island=_among(len(places), rows[sure:]),
        fenced=_among(len(places), rows[free:sure]),
    )


def surroundings(site: Site, *, inside: bool) -> list[Surroundings]:
    """What stands around the places of a site, by turns: all of it, then only what surely does.

    Doors are open to those ``inside``, else to everybody.
    """
    around = _around(site, inside=inside)
    del around["entrances"]
    return _tried(**around)


def _tried(
    doors: Geometries,
    shut: Geometries,
    walls: Geometries,
    fences: Geometries,
    enclosures: Geometries,
    yards: Geometries,
) -> list[Surroundings]:
    gates = np.concatenate([doors, shut])
    closed, fenced = _with_doors(enclosures, gates), _with_doors(yards, gates)
    every = _surroundings(doors, np.concatenate([closed, fenced]), np.concatenate([walls, fences]))
    return [every, _surroundings(doors, closed, walls)] if len(fences) else [every]


def _around(site: Site, *, inside: bool) -> dict[str, Any]:
    """What stands around places, and the doors that open to those ``inside``, else to everybody."""
    doors, door = site.doors, site.doors.geometry.to_numpy()
    walls, wall = site.walls, site.walls.geometry.to_numpy()
    yard, own = site.enclosures.geometry.to_numpy(), site.enclosures["own"].to_numpy(dtype=bool)
    opens = _opens(site, inside)
    gate = (doors["kind"] == "gate").to_numpy()
    fence = ~walls["own"].astype(bool) & (walls["kind"] == "wall")
    return {
        "doors": door[gate & opens],
        "shut": door[gate & ~opens],
        "entrances": door[~gate & opens],
        "walls": wall[~fence],
        "fences": wall[fence],
        "enclosures": yard[own],
        "yards": yard[~own],
    }


def _opens(site: Site, inside: bool) -> Bools:
    """Doors that open to those inside, else to everybody."""
    access = site.doors["access"]
    return (access.ne("closed") if inside else access.eq("public")).to_numpy()


def _by_gate(site: Site, joined: Joined, *, inside: bool) -> Joined:
    """The rows by gate of the site, not of those that open."""
    gates = np.flatnonzero((site.doors["kind"] == "gate").to_numpy() & _opens(site, inside))
    rows = joined.attachment
    return replace(joined, attachment=replace(rows, door=np.append(gates, -1)[rows.door]))


def _none() -> Geometries:
    return np.empty(0, dtype=object)


def _surroundings(doors: Geometries, enclosures: Geometries, walls: Geometries) -> Surroundings:
    barriers = np.concatenate([_opened(walls, doors), shapely.boundary(enclosures)])
    lines, of = shapely.get_parts(barriers, return_index=True)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(line[:-1] == line[1:])
    pieces = np.stack([xy[first], xy[first + 1]], axis=1)
    begins = np.diff(line[first], prepend=-1) > 0
    free = (
        np.column_stack([begins, np.append(begins[1:], True)[: len(first)]])
        & ~shapely.is_ring(lines)[line[first], None]
    )
    return Surroundings(doors, enclosures, walls, barriers, pieces, free, of[line[first]], _tree(pieces))


def _tree(pieces: Floats) -> shapely.STRtree:
    return shapely.STRtree(shapely.linestrings(pieces) if len(pieces) else _none())


def _opened(walls: Geometries, doors: Geometries) -> Geometries:
    """The walls less what is within ``DOOR_M`` of a door."""
    wall, door = shapely.STRtree(doors).query(walls, predicate="dwithin", distance=DOOR_M)
    near, number = np.unique(wall, return_inverse=True)
    out = walls.copy()
    if len(near):
        opening = shapely.buffer(shapely.multipoints(doors[door], indices=number), DOOR_M)
        out[near] = shapely.difference(walls[near], opening)
    return out


def _without_ends(connectors: Floats) -> Floats:
    """The connectors less ``TOUCH_M`` at either end; those no longer than that shrink to their middle."""
    length = np.hypot(*(connectors[:, 1] - connectors[:, 0]).T)
    share = TOUCH_M / np.maximum(length, 2 * TOUCH_M)
    return connectors + share[:, None, None] * (connectors[:, ::-1] - connectors)


def _cross(connectors: Floats, pieces: Floats, free: Bools) -> Bools:
    """Shape (r,): whether connectors lead from one side of pieces of barrier to the other, not by a free end."""
    one, other = _sides(pieces, connectors)
    ends = np.column_stack(_sides(connectors, pieces))
    apart = (np.minimum(one, other) < -BESIDE_M) & (np.maximum(one, other) > BESIDE_M)
    past = (free & (np.abs(ends) <= BESIDE_M)).any(axis=1)
    return apart & ~past & (ends.min(axis=1) <= 0) & (ends.max(axis=1) >= 0)


def _sides(lines: Floats, others: Floats) -> tuple[Floats, Floats]:
    """How far the ends of other lines lie to the left of lines; all of shape (r, 2, 2)."""
    along = lines[:, 1] - lines[:, 0]
    along = along / np.maximum(np.hypot(*along.T), BESIDE_M)[:, None]
    away = others - lines[:, :1]
    left = along[:, :1] * away[:, :, 1] - along[:, 1:] * away[:, :, 0]
    return left[:, 0], left[:, 1]


def _among(count: int, rows: list[Attachment]) -> Bools:
    """Shape (count,): places with a row."""
    out = np.zeros(count, dtype=bool)
    for row in rows:
        out[row.place] = True
    return out


def _left(places: Geometries, rows: list[Attachment]) -> Ints:
    """Places that are not joined yet."""
    joined = _among(len(places), rows)
    return np.flatnonzero(~joined & ~shapely.is_missing(places) & ~shapely.is_empty(places))


def streetside(network: WalkNetwork, edges: Bools) -> Streetside:
    counts = np.diff(network.vertex_start)
    edge = np.repeat(np.arange(len(counts)), counts)
    first = np.flatnonzero((edge[:-1] == edge[1:]) & (edges & network.attachable)[edge[:-1]])
    ends = np.stack([network.vertex_xy[first], network.vertex_xy[first + 1]], axis=1)
    lines = shapely.linestrings(ends) if len(first) else _none()
    return Streetside(network, first, edge[first], lines, shapely.STRtree(lines))


def stack(rows: list[Attachment]) -> Attachment:
    """One attachment of many, sorted by place, edge and offset."""
    columns = ([getattr(row, column.name) for row in rows] for column in fields(Attachment))
    whole = Attachment(*(np.concatenate(column).astype(np.int64) for column in columns))
    return whole.take(np.lexsort((whole.door, whole.connector_mm, whole.offset_mm, whole.edge, whole.place)))


def _empty() -> Attachment:
    nothing = np.empty(0, dtype=np.int64)
    return Attachment(nothing, nothing, nothing, nothing, nothing)


def _on_segments(side: Streetside, place: Ints, hit: Ints, xy: Floats, connector_m: Floats) -> Attachment:
    """Rows for points that lie on segments."""
    vertex = side.segment[hit]
    return Attachment(
        place,
        side.edge[hit],
        _offset_mm(side.network, vertex, xy),
        np.rint(connector_m * 1000).astype(np.int64),
        np.full(len(place), -1),
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
    side: Streetside, places: Geometries, todo: Ints, limit_mm: int, around: Surroundings, *, doors: bool = False
) -> Attachment:
    """Places at the nearest point of an edge that nothing bars, looked for in ever wider circles."""
    if not len(todo) or not len(side.lines):
        return _empty()
    limit = limit_mm / 1000
    row, hit = side.tree.query_nearest(places[todo], max_distance=limit, all_matches=True)
    found = [_shortest(side, places, todo[row], hit, around, doors)]
    within = np.unique(todo[row])
    for radius in (limit / 4, limit / 2, limit):
        barred = within[~_among(len(places), found)[within]]
        row, hit = side.tree.query(places[barred], predicate="dwithin", distance=radius)
        found.append(_shortest(side, places, barred[row], hit, around, doors))
    return stack(found)


def _shortest(
    side: Streetside, places: Geometries, place: Ints, hit: Ints, around: Surroundings, doors: bool
) -> Attachment:
    """Of candidate segments, the one with the shortest connector that nothing bars.

    Of two as near a public one, then the western, then the southern.
    """
    connector = shapely.get_coordinates(shapely.shortest_line(places[place], side.lines[hit])).reshape(-1, 2, 2)
    xy = connector[:, 1]
    length = np.hypot(*(xy - connector[:, 0]).T)
    private = side.network.private[side.edge[hit]]
    order = np.lexsort((xy[:, 1], xy[:, 0], private, np.rint(length * 1000), place))
    order = order[~around.bar(connector, doors)[order]]
    _, first = np.unique(place[order], return_index=True)
    best = order[first]
    return _on_segments(side, place[best], hit[best], xy[best], length[best])


def _at_doors(
    side: Streetside, places: Geometries, todo: Ints, doors: Geometries, limit_mm: int, around: Surroundings
) -> Attachment:
    """Polygons joined at each door on their outline."""
    polygons = todo[np.isin(shapely.get_type_id(places[todo]), (3, 6))]
    if not len(polygons) or not len(doors):
        return _empty()
    outline = shapely.boundary(places[polygons])
    row, door = shapely.STRtree(doors).query(outline, predicate="dwithin", distance=ON_OUTLINE_M)
    joined = _nearest(side, doors, np.unique(door), limit_mm, around, doors=True)
    return _relayed(polygons[row], door, np.zeros(len(row), dtype=np.int64), joined)


def _relayed(place: Ints, door: Ints, walk_mm: Ints, doors: Attachment) -> Attachment:
    """Rows of places that go to doors first: each door has one row in ``doors``, or none."""
    known = np.isin(door, doors.place)
    at = np.searchsorted(doors.place, door[known])
    return Attachment(
        place[known], doors.edge[at], doors.offset_mm[at], doors.connector_mm[at] + walk_mm[known], door[known]
    )


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


def through_gates(side: Streetside, places: Geometries, todo: Ints, limit_mm: int, around: Surroundings) -> Attachment:
    """Places inside an enclosure joined at each of its gates, by the walk inside it that crosses no wall."""
    if not len(around.enclosures) or not len(todo):
        return _empty()
    centre = shapely.point_on_surface(places[todo])
    place, inside = shapely.STRtree(around.enclosures).query(centre, predicate="within")
    outlines = shapely.boundary(around.enclosures)
    gate_of, gate = shapely.STRtree(around.doors).query(outlines, predicate="dwithin", distance=ON_OUTLINE_M)
    held, gates = pd.DataFrame({"yard": inside, "place": todo[place]}), pd.DataFrame({"yard": gate_of, "door": gate})
    yard, row, door = held.merge(gates, on="yard").to_numpy(dtype=np.int64).T
    walk = inside_mm(around.enclosures, yard, places[row], around.doors[door], around.walls, around.doors)
    row, door, walk = (column[walk < FAR_MM] for column in (row, door, walk))
    joined = _nearest(side, around.doors, np.unique(door), limit_mm, around, doors=True)
    return _relayed(row, door, walk, joined)
