"""Paths and gates that could be made: those of a file, or wherever streets are near each other and the walk is long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from lifecircle import gateways
from lifecircle.attach import Surroundings, joined, stack
from lifecircle.errors import Fault, Faults, InputError, row_of
from lifecircle.feet import Segments, feet, length_mm, rows_at, segments_near, whole_mm
from lifecircle.gateways import SNAP_MM, Ground, Openings
from lifecircle.messages import Message, msg
from lifecircle.model import Attachment, Bools, Change, Floats, Geometries, Ints, Joins, Owners, Shared, Site
from lifecircle.network import only_private_ways
from lifecircle.pairs import by_streets, least
from lifecircle.reach import cut, street_points
from lifecircle.scenario import NEAR_STREET_MM
from lifecircle.site import TableFile
from lifecircle.sources.scenarios import DECIMALS
from lifecircle.sources.tables import read_places, shape_is
from lifecircle.walkways import WalkNetwork

NEAR_M = 150.0
"""Paths are proposed between streets at most so far apart (our own proposal)."""
DETOUR = 3.0
"""They are where the walk is more than so many times the straight line."""
STEP_M = 25.0
"""Points on streets that they lead between stand so far apart."""
MOST_POINTS = 8_000
"""Where there are more of them, as in a city, only some are taken."""
NONE = np.empty(0, dtype=np.int64)
NOWHERE = Attachment(NONE, NONE, NONE, NONE, NONE)


@dataclass(frozen=True)
class Near:
    """Walks between places, or facilities, and points where links meet streets: ``r`` of them."""

    row: Ints
    """Shape (r,)."""
    point: Ints
    mm: Ints

    def take(self, rows: Bools) -> Near:
        """Some of them."""
        return Near(self.row[rows], self.point[rows], self.mm[rows])

    def beside(self, other: Near) -> Near:
        """These and others."""
        return Near(*(np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("row", "point", "mm")))


@dataclass(frozen=True)
class Links:
    """Paths and gates that could be made, ``l`` in all, and their ``e`` ends at ``s`` points of streets."""

    changes: tuple[Change, ...]
    """What makes each."""
    shapes: Geometries
    """Shape (l,): lines in metres, or the points of gates."""
    link: Ints
    """Shape (e,): whose end it is; a path may meet streets between its ends too."""
    at_mm: Ints
    """Shape (e,): how far along the link."""
    point: Ints
    """Shape (e,)."""
    points: Attachment
    """How the points join the streets, with the walk from the link; ``place`` is the point."""
    places: Near
    """Walks from points to places of demand that need no street: of those inside by a gate, of doors to a path."""
    facilities: Near
    """The same of facilities."""

    def take(self, chosen: Bools) -> Links:
        """Some of them, and the points that they need."""
        ends = chosen[self.link]
        used = np.unique(self.point[ends])
        number = np.full(self.count, -1)
        number[used] = np.arange(len(used))
        inside = [near.take(number[near.point] >= 0) for near in (self.places, self.facilities)]
        places, facilities = (replace(near, point=number[near.point]) for near in inside)
        points = self.points.take(number[self.points.place] >= 0)
        return Links(
            changes=tuple(self.changes[i] for i in np.flatnonzero(chosen).tolist()),
            shapes=self.shapes[chosen],
            link=(np.cumsum(chosen) - 1)[self.link[ends]],
            at_mm=self.at_mm[ends],
            point=number[self.point[ends]],
            points=replace(points, place=number[points.place]),
            places=places,
            facilities=facilities,
        )

    @property
    def count(self) -> int:
        """``s``."""
        return int(max(self.point.max(initial=-1), self.points.place.max(initial=-1))) + 1

    def beside(self, other: Links) -> Links:
        """These and others."""
        points, links = self.count, len(self.changes)
        moved = replace(other.points, place=other.points.place + points)
        inside = [replace(near, point=near.point + points) for near in (other.places, other.facilities)]
        return Links(
            changes=(*self.changes, *other.changes),
            shapes=np.concatenate([self.shapes, other.shapes]),
            link=np.concatenate([self.link, other.link + links]),
            at_mm=np.concatenate([self.at_mm, other.at_mm]),
            point=np.concatenate([self.point, other.point + points]),
            points=stack([self.points, moved]),
            places=self.places.beside(inside[0]),
            facilities=self.facilities.beside(inside[1]),
        )


# Proposed ----------------------------------------------------------------------------------------


def proposed(site: Site) -> Links:
    """Paths between public streets in and around a site that are near each other and far to walk; gates in its walls.

    A path crosses no building and no wall, fence or enclosure, as far as they are known: these are for gates.
    """
    found = gateways.candidates(site)
    where = [msg("gate at lon {lon:.7f}, lat {lat:.7f}", lon=lon, lat=lat) for lon, lat in found.lonlat.tolist()]
    gates = _gates(found.lonlat, where, [""] * len(where), found.openings)
    paths = _paths(site)
    return paths.take(np.ones(len(paths.changes), dtype=bool)).beside(gates)  # without points that none needs


def _paths(site: Site) -> Links:
    ground = Ground(site)
    points, xy = _along_streets(site)
    pairs = _far_to_walk(site.network, points, xy)
    lines = shapely.linestrings(xy[pairs]) if len(pairs) else np.empty(0, dtype=object)
    barred = np.zeros(len(lines), dtype=bool)
    for bars in (site.buildings, ground.barriers):
        barred[np.unique(shapely.STRtree(bars).query(lines, predicate="intersects")[0])] = True
    pairs, lines = pairs[~barred], lines[~barred]
    lonlat = [(lon, lat) for lon, lat in ground.degrees(xy).tolist()]
    count = len(pairs)
    return Links(
        changes=tuple(
            Change(msg("path {number}", number=i), "path", "add", (lonlat[a], lonlat[b]))
            for i, (a, b) in enumerate(pairs.tolist(), start=1)
        ),
        shapes=lines,
        link=np.repeat(np.arange(count), 2),
        at_mm=np.column_stack([np.zeros(count, dtype=np.int64), whole_mm(shapely.length(lines))]).ravel(),
        point=pairs.ravel(),
        points=points,
        places=Near(NONE, NONE, NONE),
        facilities=Near(NONE, NONE, NONE),
    )


def _along_streets(site: Site) -> tuple[Attachment, Floats]:
    """Points on public streets in and around a site, and where they are."""
    network, ground = site.network, shapely.buffer(site.boundary, NEAR_M)
    open_to_all = network.attachable & network.trusted & ~network.private
    graph, _ = cut(network, NOWHERE)
    points = street_points(network, graph, ground, STEP_M)
    edge = graph.piece_edge[points.piece]
    rows = np.flatnonzero(open_to_all[edge])
    rows = rows[:: len(rows) // MOST_POINTS + 1]
    number = np.arange(len(rows))
    return Attachment(number, edge[rows], points.offset_mm[rows], 0 * number, 0 * number - 1), points.xy[rows]


def _far_to_walk(network: WalkNetwork, points: Attachment, xy: Floats) -> Ints:
    """Shape (k, 2): pairs of points whose walk is more than ``DETOUR`` times the straight line."""
    if not len(xy):
        return np.empty((0, 2), dtype=np.int64)
    pairs = np.sort(cKDTree(xy).query_pairs(NEAR_M, output_type="ndarray").astype(np.int64).reshape(-1, 2), axis=1)
    pairs = pairs[np.lexsort(pairs.T[::-1])]
    most_mm = DETOUR * 1000 * np.hypot(*(xy[pairs[:, 1]] - xy[pairs[:, 0]]).T)
    near = walks(network, points, points, round(DETOUR * NEAR_M * 1000))
    walked, wanted = near.row * len(xy) + near.point, pairs[:, 0] * len(xy) + pairs[:, 1]
    order = np.argsort(walked)
    at = np.minimum(np.searchsorted(walked, wanted, sorter=order), len(walked) - 1)
    short = (walked[order[at]] == wanted) & (near.mm[order[at]] <= most_mm)
    return pairs[~short]


def _gates(lonlat: Floats, where: Sequence[Message], names: Sequence[str], opened: Openings) -> Links:
    """Gates with what each opens; every end has a point of its own."""
    links = opened.links
    ends = pd.DataFrame(
        {"gate": links.place, "edge": links.edge, "offset": links.offset_mm, "link": links.connector_mm}
    )
    ends["point"] = np.arange(len(ends))

    def inside(rows: Attachment) -> Near:
        held = pd.DataFrame({"gate": rows.door, "edge": rows.edge, "offset": rows.offset_mm})
        held = held.assign(row=rows.place, whole=rows.connector_mm).merge(ends, on=["gate", "edge", "offset"])
        return Near(held["row"].to_numpy(), held["point"].to_numpy(), (held["whole"] - held["link"]).to_numpy())

    return Links(
        changes=tuple(
            Change(place, "gate", "add", ((lon, lat),), name=name)
            for place, name, (lon, lat) in zip(where, names, lonlat.tolist(), strict=True)
        ),
        shapes=np.array(shapely.points(opened.xy_mm / 1000)).reshape(-1),
        link=links.place,
        at_mm=np.zeros(len(ends), dtype=np.int64),
        point=np.arange(len(ends)),
        points=replace(links, place=np.arange(len(ends))),
        places=inside(opened.places),
        facilities=inside(opened.facilities),
    )


# Of a file ---------------------------------------------------------------------------------------


def named(site: Site, candidates: TableFile | str | Path) -> Links:
    """The lines of a file as paths, its points as gates. Raises InputError for those that would join nothing."""
    source = candidates if isinstance(candidates, TableFile) else TableFile(file=Path(candidates))
    frame = read_places(source)[0].explode()
    file, kind = str(source.file), shapely.get_type_id(frame.geometry.to_numpy())
    if not len(frame):
        raise InputError(Fault(file, msg("holds no rows"), msg("draw at least one path or gate")))
    faults = Faults()
    mend = msg("draw a path as a line, a gate as a point")
    faults.found += [
        Fault(row_of(file, row), shape_is(shape), mend)
        for row, shape in frame[~np.isin(kind, (0, 1))].geom_type.items()
    ]
    ground = Ground(site)
    names = frame["name"].fillna("").astype(str) if "name" in frame else pd.Series("", index=frame.index)
    frame = frame.assign(called=names)
    with faults.gathered():
        lines = _named_paths(ground, frame[kind == 1], file)
    with faults.gathered():
        gates = _named_gates(ground, frame[kind == 0], file)
    faults.raise_any()
    return lines.beside(gates)


def _named_paths(ground: Ground, frame: gpd.GeoDataFrame, file: str) -> Links:
    """Paths as a scenario joins them: at every vertex that is near a street."""
    degrees, of = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    degrees = np.round(degrees, DECIMALS)
    xy = whole_mm(ground.spots(degrees))
    network = ground.site.network
    streets = segments_near(network, network.attachable, xy, NEAR_STREET_MM)
    found = feet(xy, streets, NEAR_STREET_MM).first
    points, link = rows_at(network, streets, found), of[found.point]
    loose = np.bincount(link, minlength=len(frame)) < 2
    if loose.any():
        what = msg("joins fewer than two streets within {metres:g} m of its points", metres=NEAR_STREET_MM / 1000)
        mend = msg("draw it from one street to another")
        raise InputError([Fault(row_of(file, row), what, mend) for row in frame.index[loose]])
    vertices = np.split(degrees, np.flatnonzero(np.diff(of)) + 1)
    lines = shapely.linestrings(xy / 1000, indices=of) if len(frame) else np.empty(0, dtype=object)
    return Links(
        changes=tuple(
            Change(row_of(file, row), "path", "add", tuple((lon, lat) for lon, lat in line.tolist()), name=name)
            for row, name, line in zip(frame.index, frame["called"], vertices, strict=False)
        ),
        shapes=lines,
        link=link,
        at_mm=_along(xy, of)[found.point],
        point=np.arange(len(link)),
        points=replace(points, place=np.arange(len(link))),
        places=Near(NONE, NONE, NONE),
        facilities=Near(NONE, NONE, NONE),
    )


def _named_gates(ground: Ground, frame: gpd.GeoDataFrame, file: str) -> Links:
    lonlat = np.round(shapely.get_coordinates(frame.geometry.to_numpy()), DECIMALS)
    snapped = gateways.snap(ground, whole_mm(ground.spots(lonlat)))
    loose = np.setdiff1d(np.arange(len(frame)), snapped.point)
    if len(loose):
        what = msg("no wall, fence or outline of an enclosure within {metres:g} m", metres=SNAP_MM / 1000)
        raise InputError([Fault(row_of(file, row), what, msg("put the gate on one")) for row in frame.index[loose]])
    where = [row_of(file, row) for row in frame.index]
    return _gates(lonlat, where, frame["called"].tolist(), gateways.openings(ground, snapped))


def _along(xy: Ints, line: Ints) -> Ints:
    """Shape (v,): how far vertices, in millimetres, are along the lines that they are of, which stand in order."""
    along = np.cumsum(np.append(0, np.where(line[1:] == line[:-1], length_mm(xy[:-1], xy[1:]), 0)))[: len(line)]
    return along - along[np.searchsorted(line, line)]


# Doors -------------------------------------------------------------------------------------------


def with_doors(site: Site, links: Links, places: Bools, facilities: Bools) -> Links:
    """The links with the doors of some places of demand and facilities that paths are nearer to than any street.

    Doors join them as they do after a scenario; each is an end at a point of its own.
    """
    ground, (supply, demand) = Ground(site), joined(site)
    for name, chosen in (("places", places), ("facilities", facilities)):
        frame, held, around = (
            (site.demand, demand, ground.inside[0])
            if name == "places"
            else (site.facilities, supply, ground.outside[0])
        )
        spots = whole_mm(shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())))
        nearer = np.full(len(spots), site.connector_mm + 1)
        np.minimum.at(nearer, held.attachment.place, held.attachment.connector_mm)
        link, at_mm, near = _doors(links, spots, np.where(chosen, nearer, 0), around)
        near = replace(near, point=near.point + links.count)
        links = replace(
            links,
            link=np.concatenate([links.link, link]),
            at_mm=np.concatenate([links.at_mm, at_mm]),
            point=np.concatenate([links.point, near.point]),
            **{name: getattr(links, name).beside(near)},
        )
    return links


def _doors(links: Links, spots: Ints, within_mm: Ints, around: Surroundings) -> tuple[Ints, Ints, Near]:
    """Link, place along it and walk of each door: the spots that a path is nearer to than ``within_mm``."""
    degrees, of = shapely.get_coordinates(links.shapes, return_index=True)
    xy = whole_mm(degrees)
    first = np.flatnonzero(of[:-1] == of[1:])
    segments = Segments(xy[first], xy[first + 1], np.zeros(len(first), dtype=np.int64), first)
    rows = np.flatnonzero(within_mm > 0)
    found = feet(spots[rows], segments, int(within_mm.max(initial=0)))
    found = found.take(found.mm < within_mm[rows[found.point]])
    nearest = np.unique(found.point * len(links.changes) + of[first[found.segment]], return_index=True)[1]
    found = found.take(nearest)
    row, vertex = rows[found.point], first[found.segment]
    free = ~around.bar(np.stack([spots[row], found.xy], axis=1) / 1000, from_doors=False)
    at_mm = _along(xy, of)[vertex] + length_mm(xy[vertex], found.xy)
    return of[vertex][free], at_mm[free], Near(row[free], np.arange(free.sum()), found.mm[free])


# Walks -------------------------------------------------------------------------------------------


def walks(network: WalkNetwork, rows: Attachment, points: Attachment, limit_mm: int) -> Near:
    """All walks between rows and points within a distance; ``rows`` are of places or of facilities."""
    count = int(points.place.max(initial=-1)) + 1
    if not count or not len(rows.place):
        return Near(NONE, NONE, NONE)
    joins = Joins(rows, points, Owners(NONE, NONE), Shared(NONE, NONE, NONE))
    key, mm = least(*by_streets(network, joins, np.arange(count), count, limit_mm, in_time=False), limit_mm)
    return Near(*np.divmod(key, count), mm)


def passing(network: WalkNetwork, rows: Attachment, points: Attachment, limit_mm: int) -> Near:
    """The walks that may go on over a link: one that ends on a private way may not, unless it is on private ways all
    along, since they carry nobody through."""
    private = network.private[points.edge]
    alone, number = only_private_ways(network), np.cumsum(network.private) - 1
    ends = points.take(private)
    theirs = rows.take(network.private[rows.edge])
    within = walks(alone, replace(theirs, edge=number[theirs.edge]), replace(ends, edge=number[ends.edge]), limit_mm)
    return walks(network, rows, points.take(~private), limit_mm).beside(within)
