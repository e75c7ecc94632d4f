"""Gates: what one opens that is put in a wall or an outline, and what hangs on one that is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.attach import ON_OUTLINE_M, Surroundings, joined, stack, surroundings
from lifecircle.feet import Feet, Segments, feet, length_mm, lengths_of, rows_at, segments_near, whole_mm
from lifecircle.model import FAR_MM, Attachment, Bools, Floats, Geometries, Ints, Site
from lifecircle.sources.scenarios import DECIMALS
from lifecircle.splits import Splits
from lifecircle.yards import inside_mm

SNAP_MM = 15_000
"""A new gate is put in the barrier that is this near."""
FOUND_MM = 10_000
"""A gate closed is the one that is this near."""
ON_STREET_MM = 2_000
"""A gate stands on the street that is this near."""
STEP_M = 20.0
"""Candidates stand this far apart along a barrier, or farther where they would be too many."""
MOST = 1_200
"""Candidates of a site, about."""
AROUND_M = 100.0
"""Candidates stand this far beyond the boundary."""


@dataclass(frozen=True)
class Ground:
    """What stands around the places and streets of a site; a scenario leaves it as it is."""

    site: Site

    @cached_property
    def outside(self) -> list[Surroundings]:
        """For facilities, by turns: all of it, then only what surely stands there."""
        return [around.in_whole_mm() for around in surroundings(self.site, inside=False)]

    @cached_property
    def inside(self) -> list[Surroundings]:
        """The same for places of demand."""
        return [around.in_whole_mm() for around in surroundings(self.site, inside=True)]

    @cached_property
    def barriers(self) -> Geometries:
        """Walls, fences and the outlines of enclosures; doors open nothing here."""
        walls = self.site.walls.geometry.to_numpy()[(self.site.walls["kind"] == "wall").to_numpy()]
        return np.concatenate([walls, self.outlines])

    @cached_property
    def pieces(self) -> Segments:
        """The barriers from vertex to vertex."""
        return lengths_of(self.barriers)

    @cached_property
    def yards(self) -> Geometries:
        """The enclosures, with gates or without."""
        yards: Geometries = self.site.enclosures.geometry.to_numpy()
        return yards

    @cached_property
    def outlines(self) -> Geometries:
        """Theirs."""
        outlines: Geometries = shapely.boundary(self.yards)
        return outlines

    @cached_property
    def gates(self) -> Ints:
        """Rows of the doors that somebody may pass and that are gates."""
        doors = self.site.doors
        return np.flatnonzero((doors["kind"] == "gate").to_numpy() & doors["access"].ne("closed").to_numpy())

    def spots(self, lonlat: Floats) -> Floats:
        """Shape (n, 2): degrees in the site's metres."""
        return np.column_stack(self._projection.transform(lonlat[:, 0], lonlat[:, 1]))

    def degrees(self, xy: Floats) -> Floats:
        """Metres in degrees, rounded as a scenario's are."""
        lonlat = self._projection.transform(xy[:, 0], xy[:, 1], direction="INVERSE")
        return np.round(np.column_stack(lonlat), DECIMALS)

    @cached_property
    def _projection(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs(4326, self.site.crs, always_xy=True)


@dataclass(frozen=True)
class Openings:
    """What gates open, or hold open, on the streets of a site."""

    xy_mm: Ints
    """Shape (g, 2): where they stand."""
    links: Attachment
    """Street points on either side of new gates, or those that old ones stand on; ``place`` is the gate."""
    link_xy_mm: Ints
    """Shape (l, 2): where these are."""
    places: Attachment
    """Rows of the places of demand inside, through the gate ``door``."""
    facilities: Attachment
    """The same of facilities."""

    def take(self, gates: Bools) -> Openings:
        """Those of some gates."""
        number = np.cumsum(gates) - 1
        linked = gates[self.links.place]
        links = self.links.take(linked)
        places, facilities = (rows.take(gates[rows.door]) for rows in (self.places, self.facilities))
        return Openings(
            self.xy_mm[gates],
            replace(links, place=number[links.place]),
            self.link_xy_mm[linked],
            replace(places, door=number[places.door]),
            replace(facilities, door=number[facilities.door]),
        )

    def carried(self, splits: Splits) -> Openings:
        """The same on streets that were split."""
        links, places, facilities = map(splits.carried, (self.links, self.places, self.facilities))
        return replace(self, links=links, places=places, facilities=facilities)


@dataclass(frozen=True)
class Candidates:
    """Places where a gate would open something, every few metres along the barriers of a site."""

    lonlat: Floats
    """Shape (g, 2), degrees."""
    openings: Openings


def candidates(site: Site) -> Candidates:
    """Where gates could be put in and around a site, and what they would open."""
    ground = Ground(site)
    near = shapely.buffer(site.boundary, AROUND_M)
    lines = shapely.get_parts(ground.barriers)
    lines = lines[shapely.intersects(near, lines)]
    lengths = shapely.length(lines)
    counts = np.maximum(np.round(lengths / max(STEP_M, lengths.sum() / MOST)), 1).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), counts)
    step = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    points = shapely.line_interpolate_point(lines[line], (step + 0.5) / counts[line], normalized=True)
    points = points[shapely.intersects(near, points)]
    lonlat = np.unique(ground.degrees(shapely.get_coordinates(points)), axis=0)
    snapped = snap(ground, whole_mm(ground.spots(lonlat)))
    opened = openings(ground, snapped)
    sides = np.bincount(opened.links.place, minlength=len(snapped.point))
    held = np.isin(np.arange(len(snapped.point)), np.concatenate([opened.places.door, opened.facilities.door]))
    useful = held | ((sides == 2) & _apart(opened.links, len(snapped.point)))
    return Candidates(lonlat[snapped.point[useful]], opened.take(useful))


def _apart(links: Attachment, gates: int) -> Bools:
    """Shape (g,): gates whose two links are two street points."""
    pairs = np.unique(np.column_stack([links.place, links.edge, links.offset_mm]), axis=0)
    return np.bincount(pairs[:, 0], minlength=gates) > 1


def snap(ground: Ground, points: Ints) -> Feet:
    """The nearest point of a barrier to each point (shape (n, 2), millimetres) that has one within ``SNAP_MM``."""
    return feet(points, ground.pieces, SNAP_MM).first


def openings(ground: Ground, snapped: Feet) -> Openings:
    """What gates would open that stand on barriers: gate ``g`` is the ``g``-th of them."""
    links, xy = _links(ground, snapped)
    held = _held(ground, snapped.xy)
    places, facilities = (
        _through(ground, held, snapped.xy, links, frame.geometry.to_numpy(), around)
        for frame, around in (
            (ground.site.demand, ground.inside[0]),
            (ground.site.facilities, ground.outside[0]),
        )
    )
    return Openings(snapped.xy, links, xy, places, facilities)


def _links(ground: Ground, snapped: Feet) -> tuple[Attachment, Ints]:
    """The nearest street on either side of the barrier that nothing else bars, and where it is reached."""
    network, limit_mm = ground.site.network, ground.site.connector_mm
    streets = segments_near(network, network.trusted & network.attachable, snapped.xy, limit_mm)
    found = feet(snapped.xy, streets, limit_mm)
    connectors = np.stack([snapped.xy[found.point], found.xy], axis=1) / 1000
    found = found.take(~ground.outside[0].bar(connectors, from_doors=True))
    along = (ground.pieces.b - ground.pieces.a)[snapped.segment[found.point]]
    away = found.xy - snapped.xy[found.point]
    side = along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0]
    either = [found.take(here).first for here in (side >= 0, side <= 0)]
    both = Feet(*(np.concatenate([getattr(one, name) for one in either]) for name in ("point", "segment", "xy", "mm")))
    both = both.take(np.argsort(both.point, kind="stable"))
    return rows_at(network, streets, both), both.xy


def _held(ground: Ground, spots: Ints) -> pd.DataFrame:
    """Gates and the enclosures on whose outline they stand: columns gate and yard."""
    points = shapely.points(spots / 1000)
    gate, yard = shapely.STRtree(ground.outlines).query(points, predicate="dwithin", distance=ON_OUTLINE_M)
    return pd.DataFrame({"gate": gate, "yard": yard})


def _through(
    ground: Ground, held: pd.DataFrame, spots: Ints, links: Attachment, shapes: Geometries, around: Surroundings
) -> Attachment:
    """Rows of what is inside an enclosure by a gate on its outline to each of the gate's links."""
    place, yard = shapely.STRtree(ground.yards).query(shapely.point_on_surface(shapes), predicate="within")
    pairs = held.merge(pd.DataFrame({"place": place, "yard": yard}), on="yard")
    gates = np.array(shapely.points(spots / 1000)).reshape(-1)
    gate, yard, place = (pairs[name].to_numpy(dtype=np.int64) for name in ("gate", "yard", "place"))
    walk = inside_mm(ground.yards, yard, shapes[place], gates[gate], around.walls, around.doors)
    inside = pd.DataFrame({"gate": gate, "place": place, "walk": walk})[walk < FAR_MM]
    inside = inside.merge(pd.DataFrame({"gate": links.place, "link": np.arange(len(links.place))}), on="gate")
    gate, place, walk, link = (inside[name].to_numpy(dtype=np.int64) for name in ("gate", "place", "walk", "link"))
    return stack([Attachment(place, links.edge[link], links.offset_mm[link], links.connector_mm[link] + walk, gate)])


def gate_at(ground: Ground, point: Ints) -> int | None:
    """The row of the gate within ``FOUND_MM`` of a point, shape (2,), in millimetres; None for none."""
    spots = whole_mm(shapely.get_coordinates(ground.site.doors.geometry.to_numpy()[ground.gates]))
    mm = length_mm(spots, point)
    near = np.flatnonzero(mm <= FOUND_MM)
    return int(ground.gates[near[np.argmin(mm[near])]]) if len(near) else None


def standing(ground: Ground, gates: Ints) -> Openings:
    """What hangs on gates that are there: the streets they stand on, and the rows that go through them.

    ``gates`` are rows of the doors; gate ``g`` is the ``g``-th of them.
    """
    site, network = ground.site, ground.site.network
    spots = whole_mm(shapely.get_coordinates(site.doors.geometry.to_numpy()[gates]))
    streets = segments_near(network, network.attachable, spots, ON_STREET_MM)
    found = feet(spots, streets, ON_STREET_MM)
    nearest = np.full(len(gates), FAR_MM)
    np.minimum.at(nearest, found.point, found.mm)
    found = found.take(found.mm == nearest[found.point])
    cuts = rows_at(network, streets, found)
    _, once = np.unique(np.column_stack([cuts.place, cuts.edge]), axis=0, return_index=True)
    facilities, places = (one.attachment for one in joined(site))
    number = np.full(len(site.doors) + 1, -1)
    number[gates] = np.arange(len(gates))
    held = [rows.take(number[rows.door] >= 0) for rows in (places, facilities)]
    return Openings(spots, cuts.take(once), found.xy[once], *(replace(rows, door=number[rows.door]) for rows in held))
