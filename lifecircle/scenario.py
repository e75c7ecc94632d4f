"""What a scenario makes of a site: places and facilities keep their joins, and changes add rows to them or drop some.

Nothing is joined again that a change does not touch. So what is added never makes a walk longer, and what is closed
never a shorter one. The page's engine follows the same rules (``outputs/engine/``): what is found here on
streets is found in whole millimetres (``feet.py``), so that both give the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lifecircle.attach import Surroundings, joined, stack, streetside, through_gates
from lifecircle.errors import Fault, Faults, InputError
from lifecircle.feet import Feet, feet, rows_at, segments_near, segments_of, whole_mm
from lifecircle.gateways import FOUND_MM, SNAP_MM, Ground, Openings, gate_at, openings, snap, standing
from lifecircle.load import slugged
from lifecircle.messages import Message, msg
from lifecircle.model import Attachment, Bools, Change, Ints, Joined, Note, Scenario, Site, WalkNetwork
from lifecircle.sources.scenarios import gathered
from lifecircle.splits import Footway, Splits, split, with_footways

NEAR_STREET_MM = 2_000
"""A vertex of a path this near to a street joins it there."""
FAR_M = 1e9
"""Metres away from everything: where a projection has no answer."""
CLOSED_MM = 25_000
"""The street closed is the one that is this near."""


def changed(site: Site, scenario: Scenario | str | Path) -> Site:
    """The site after a scenario, or after the one in a file; ``before`` is the site as it was.

    Raises InputError with all faults of the file, and of the changes that cannot be made here.
    """
    faults = Faults()
    if not isinstance(scenario, Scenario):
        scenario, faults.found = gathered(scenario)
    supply, demand = joined(site)
    origin = np.arange(len(site.facilities))
    town = Town(site, Ground(site), site.network, site.facilities, origin, supply, demand)
    made = []
    for change in scenario.changes:
        with faults.gathered():
            town, done = CHANGES[change.what, change.change](town, change)
            made.append(done)
    faults.raise_any()
    scenario, notes = _believed(site, scenario)
    return _told(replace(town, notes=(*town.notes, *notes)), replace(scenario, changes=tuple(made)))


def _believed(site: Site, scenario: Scenario) -> tuple[Scenario, tuple[Note, ...]]:
    """The scenario without what a search told of it, where that was about other data or other changes."""
    told = scenario.proposals
    if told is None or told.fits(site.provenance, scenario.signature):
        return scenario, ()
    text = msg(
        "{file}: what the search told of its places was about other data or other changes; it is left out, "
        "ask `suggest` again",
        file=scenario.file or scenario.name,
    )
    return replace(scenario, proposals=None), (Note("doubt", text),)


def _told(town: Town, scenario: Scenario) -> Site:
    site = town.site
    inputs = {**site.provenance.get("inputs", {}), **({scenario.file: scenario.sha256} if scenario.file else {})}
    return replace(
        site,
        name=f"{site.name} · {scenario.name}",
        slug=f"{site.slug}-{slugged(scenario.name)}",
        network=town.network,
        facilities=town.facilities,
        notes=(*site.notes, *town.notes),
        provenance={**site.provenance, "inputs": inputs},
        before=site,
        scenario=scenario,
        joined=(town.supply, town.demand),
    )


@dataclass(frozen=True)
class Town:
    """A site on its way through a scenario."""

    site: Site
    """As it is."""
    ground: Ground
    network: WalkNetwork
    facilities: gpd.GeoDataFrame
    origin: Ints
    """Shape (f,): row of each facility on the site as it is; -1 for those added."""
    supply: Joined
    demand: Joined
    splits: tuple[Splits, ...] = ()
    """How its streets were split so far."""
    notes: tuple[Note, ...] = ()

    def noted(self, text: Message) -> Town:
        """With a doubt about what a change does."""
        return replace(self, notes=(*self.notes, Note("doubt", text)))

    def split(self, rows: Attachment, xy_mm: Ints, *, apart: bool) -> tuple[Town, Ints]:
        """With its streets split, or cut, at points on them, and the node of each point."""
        network, splits, node = split(self.network, rows.edge, rows.offset_mm, xy_mm, apart=apart)
        supply, demand = (replace(one, attachment=splits.carried(one.attachment)) for one in (self.supply, self.demand))
        done = replace(self, network=network, supply=supply, demand=demand, splits=(*self.splits, splits))
        return done, node

    def carried(self, opened: Openings) -> Openings:
        """What gates open on the site as it is, on its streets as they have become."""
        for splits in self.splits:
            opened = opened.carried(splits)
        return opened

    def joining(self, facilities: Attachment, places: Attachment) -> Town:
        """With more rows; who joins trusted streets now is neither off the network nor on an island."""
        supply, demand = (
            _joining(self.network, one, more) for one, more in ((self.supply, facilities), (self.demand, places))
        )
        return replace(self, supply=supply, demand=demand)


def _joining(network: WalkNetwork, one: Joined, more: Attachment) -> Joined:
    rows = stack([one.attachment, more])
    sure = np.zeros(len(one.island), dtype=bool)
    sure[rows.place[network.trusted[rows.edge]]] = True
    return replace(one, attachment=rows, off_network=one.off_network & ~sure, island=one.island & ~sure)


def _spots(ground: Ground, change: Change) -> Ints:
    """Shape (v, 2): where a change is, in whole millimetres. Raises InputError beyond the study area."""
    xy = ground.spots(np.array(change.lonlat))
    inside = shapely.intersects_xy(ground.site.study_area, *np.nan_to_num(xy, posinf=FAR_M).T)
    if not inside.all():
        lon, lat = change.lonlat[int(np.argmin(inside))]
        what = msg("lon {lon:.7f}, lat {lat:.7f} is not in the study area", lon=lon, lat=lat)
        mend = msg("stay around the site, and write longitude before latitude")
        raise InputError(Fault(change.where, what, mend))
    return whole_mm(xy)


# Facilities --------------------------------------------------------------------------------------


def _add_facility(town: Town, change: Change) -> tuple[Town, Change]:
    known = [category.id for category in town.site.standard.categories]
    if change.category not in known:
        what = msg("no category {id!r} in the standard", id=change.category)
        raise InputError(Fault(change.where, what, msg("write one of {values}", values=tuple(known))))
    row = {
        "name": [change.name],
        "category": [change.category],
        "status": ["existing"],
        "opens": [np.nan],
        "capacity": [change.capacity],
        "hours": [change.hours],
        "area_m2": [np.nan],
        "primary": [True],
    }
    return _placed(town, change, pd.DataFrame(row))


def _move_facility(town: Town, change: Change) -> tuple[Town, Change]:
    theirs = _rows(town, change)
    kept = town.facilities[theirs].drop(columns="geometry")
    return _placed(_without(town, theirs), change, pd.DataFrame(kept))


def _close_facility(town: Town, change: Change) -> tuple[Town, Change]:
    return _without(town, _rows(town, change)), change


def _rows(town: Town, change: Change) -> Bools:
    """The rows of the facility that a change names."""
    rows = (town.facilities["id"] == change.id).to_numpy() & (town.origin >= 0)
    if change.id in set(town.site.facilities["id"]) and not rows.any():
        what = msg("the facility {id!r} is closed or moved before", id=change.id)
        raise InputError(Fault(change.where, what, msg("change a facility once")))
    if not rows.any():
        what = msg("no facility {id!r} that counts in the study area", id=change.id)
        raise InputError(Fault(change.where, what, msg("write an id of the facilities table")))
    return rows


def _without(town: Town, closed: Bools) -> Town:
    """The town without some of its facilities."""
    keep = ~closed
    number = np.cumsum(keep) - 1
    rows = town.supply.attachment.take(keep[town.supply.attachment.place])
    supply = Joined(
        replace(rows, place=number[rows.place]),
        town.supply.off_network[keep],
        town.supply.island[keep],
        town.supply.fenced[keep],
    )
    kept = town.facilities[keep].reset_index(drop=True)
    return replace(town, facilities=kept, origin=town.origin[keep], supply=supply)


def _placed(town: Town, change: Change, added: pd.DataFrame) -> tuple[Town, Change]:
    """The town with facilities at one new spot, behind those it has."""
    (spot,) = _spots(town.ground, change)
    rows = joined_spots(town.ground, town.network, spot[None])
    added = added.assign(id=change.becomes, source="scenario")
    shapes = gpd.GeoSeries([shapely.Point(spot / 1000)] * len(added), crs=town.site.crs)
    frame = gpd.GeoDataFrame(added, geometry=shapes.to_numpy(), crs=town.site.crs)
    facilities = gpd.GeoDataFrame(
        {column: _behind(town.facilities[column], frame[column]) for column in town.facilities.columns},
        crs=town.site.crs,
    )
    count, so_far = len(added), len(town.facilities)
    repeated = np.repeat(np.arange(count), len(rows.place))
    again = rows.take(np.tile(np.arange(len(rows.place)), count))
    again = replace(again, place=so_far + repeated)
    stray = np.full(count, not len(rows.place))
    supply = Joined(
        stack([town.supply.attachment, again]),
        np.append(town.supply.off_network, stray),
        np.append(town.supply.island, np.zeros(count, dtype=bool)),
        np.append(town.supply.fenced, np.zeros(count, dtype=bool)),
    )
    origin = np.append(town.origin, np.full(count, -1))
    done = replace(town, facilities=facilities, origin=origin, supply=supply)
    if stray.any():
        text = msg(
            "{where}: joins no street within {metres:g} m; who reaches it is unknown",
            where=change.where,
            metres=town.site.connector_mm / 1000,
        )
        done = done.noted(text)
    compiled = zip(*(column.tolist() for column in (rows.edge, rows.offset_mm, rows.connector_mm)), strict=True)
    return done, replace(change, rows=tuple(compiled))


def _behind(column: pd.Series, added: pd.Series) -> Any:
    """A column with values behind its own."""
    return pd.concat([column, added.astype(column.dtype)], ignore_index=True) if len(column) else added


def joined_spots(ground: Ground, network: WalkNetwork, spots: Ints) -> Attachment:
    """The rows of facilities at points (shape (n, 2), millimetres): at the nearest street that nothing bars, else
    through the gates of the yard around; none where neither is near."""
    limit_mm = ground.site.connector_mm
    segments = segments_near(network, network.trusted & network.attachable, spots, limit_mm)
    found = feet(spots, segments, limit_mm)
    rows, left = [], np.ones(len(spots), dtype=bool)
    for around in ground.outside:
        best = _unbarred(found.take(left[found.point]), spots, around).first
        rows.append(rows_at(network, segments, best))
        left[best.point] = False
        rows.append(_through_gates(ground.site, network, spots, np.flatnonzero(left), around))
        left[rows[-1].place] = False
    return stack(rows)


def _unbarred(found: Feet, points: Ints, around: Surroundings, *, from_doors: bool = False) -> Feet:
    """Feet that no barrier stands before."""
    connectors = np.stack([points[found.point], found.xy], axis=1) / 1000
    return found.take(~around.bar(connectors, from_doors))


def _through_gates(site: Site, network: WalkNetwork, spots: Ints, todo: Ints, around: Surroundings) -> Attachment:
    """The rows of some points in enclosures; searched for on all streets only where one stands in one."""
    places = shapely.points(spots / 1000)
    shut_in = len(shapely.STRtree(around.enclosures).query(places[todo], "within")[0]) > 0
    rows = through_gates(streetside(network, network.trusted & shut_in), places, todo, site.connector_mm, around)
    gates = np.flatnonzero((site.doors["kind"] == "gate").to_numpy() & site.doors["access"].eq("public"))
    return replace(rows, door=gates[rows.door])


# Paths -------------------------------------------------------------------------------------------


def _add_path(town: Town, change: Change) -> tuple[Town, Change]:
    _refuse_pace(town, change)
    line = _spots(town.ground, change)
    line = line[_moves(line)]
    streets = segments_near(town.network, town.network.attachable, line, NEAR_STREET_MM)
    found = feet(line, streets, NEAR_STREET_MM).first
    joints = rows_at(town.network, streets, found)
    trusted = bool(town.network.trusted[joints.edge].any())
    done, node = town.split(joints, found.xy, apart=False)
    ways = list(_footways(line, found, node))
    edges = len(done.network.edge_mm)
    done = replace(done, network=with_footways(done.network, ways, attachable=True, trusted=trusted))
    new = np.arange(len(done.network.edge_mm)) >= edges
    facilities = _nearer(done.network, new, done.facilities, done.supply, town.site.connector_mm, town.ground.outside)
    places = _nearer(done.network, new, town.site.demand, done.demand, town.site.connector_mm, town.ground.inside)
    done = done.joining(facilities, places)
    if not len(joints.edge):
        metres = NEAR_STREET_MM / 1000
        text = msg(
            "{where}: the path meets no street within {metres:g} m of its points", where=change.where, metres=metres
        )
        done = done.noted(text)
    return done, change


def _footways(line: Ints, joints: Feet, node: Ints) -> Iterator[Footway]:
    """The edges of a path: from joint to joint, each reached by its link, and from a free end to the first."""
    last = len(line) - 1
    at, foot, ends = joints.point.tolist(), list(joints.xy), node.tolist()
    if 0 not in at:
        at, foot, ends = [0, *at], [line[0], *foot], [-1, *ends]
    if last not in at:
        at, foot, ends = [*at, last], [*foot, line[last]], [*ends, -1]
    for i, j in pairwise(range(len(at))):
        vertices = np.array([foot[i], *line[at[i] : at[j] + 1], foot[j]])
        yield Footway(vertices[_moves(vertices)], ends[i], ends[j])


def _moves(line: Ints) -> Bools:
    """Vertices that are not where the one before them is."""
    return np.append(True, (np.diff(line, axis=0) != 0).any(axis=1))


def _nearer(
    network: WalkNetwork,
    edges: Bools,
    frame: gpd.GeoDataFrame,
    joined: Joined,
    limit_mm: int,
    around: list[Surroundings],
) -> Attachment:
    """Rows of those to whom some edges are nearer than what they join now."""
    middle = whole_mm(shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())))
    segments = segments_of(network, edges)
    shortest = np.full(len(middle), limit_mm + 1)
    np.minimum.at(shortest, joined.attachment.place, joined.attachment.connector_mm)
    found = feet(middle, segments, limit_mm).first
    found = found.take(found.mm < shortest[found.point])
    return rows_at(network, segments, _unbarred(found, middle, around[0]))


def _close_path(town: Town, change: Change) -> tuple[Town, Change]:
    _refuse_pace(town, change)
    spot = _spots(town.ground, change)
    every = np.ones(len(town.network.edge_mm), dtype=bool)
    streets = segments_near(town.network, every, spot, CLOSED_MM)
    found = feet(spot, streets, CLOSED_MM).first
    if not len(found.point):
        what = msg("no street within {metres:g} m", metres=CLOSED_MM / 1000)
        raise InputError(Fault(change.where, what, msg("put the point on the street")))
    done, _ = town.split(rows_at(town.network, streets, found), found.xy, apart=True)
    return done, change


def _refuse_pace(town: Town, change: Change) -> None:
    if town.site.network.pace is not None:
        what = msg("paths and gates cannot change where slopes, stairs or signals count")
        raise InputError(Fault(change.where, what, msg("leave out `walking` in the site file")))


# Gates -------------------------------------------------------------------------------------------


def _add_gate(town: Town, change: Change) -> tuple[Town, Change]:
    _refuse_pace(town, change)
    (spot,) = _spots(town.ground, change)
    snapped = snap(town.ground, spot[None])
    if not len(snapped.point):
        what = msg("no wall, fence or outline of an enclosure within {metres:g} m", metres=SNAP_MM / 1000)
        raise InputError(Fault(change.where, what, msg("put the gate on one")))
    found = openings(town.ground, snapped)
    done, node = town.split(town.carried(found).links, found.link_xy_mm, apart=False)
    opened = done.carried(found)
    through = len(node) == 2 and node[0] != node[1]
    if through:
        line = np.array([opened.link_xy_mm[0], opened.xy_mm[0], opened.link_xy_mm[1]])
        way = Footway(line, *node.tolist())
        done = replace(done, network=with_footways(done.network, [way], attachable=False, trusted=True))
    held = opened.facilities
    number = np.full(len(town.site.facilities), -1)
    number[done.origin[done.origin >= 0]] = np.flatnonzero(done.origin >= 0)
    facilities = replace(held, place=number[held.place], door=np.full(len(held.door), -1))
    facilities = facilities.take(facilities.place >= 0)
    places = replace(opened.places, door=np.full(len(opened.places.door), -1))
    done = done.joining(facilities, places)
    if not through and not len(places.place) and not len(facilities.place):
        text = msg("{where}: the gate opens nothing: no street on either side, and nobody inside", where=change.where)
        done = done.noted(text)
    return done, change


def _close_gate(town: Town, change: Change) -> tuple[Town, Change]:
    _refuse_pace(town, change)
    (spot,) = _spots(town.ground, change)
    gate = gate_at(town.ground, spot)
    if gate is None:
        what = msg("no gate that anybody may pass within {metres:g} m", metres=FOUND_MM / 1000)
        raise InputError(Fault(change.where, what, msg("put the point on the gate")))
    opened = standing(town.ground, np.array([gate]))
    done, _ = town.split(town.carried(opened).links, opened.link_xy_mm, apart=True)
    supply, demand = (
        replace(one, attachment=one.attachment.take(one.attachment.door != gate)) for one in (done.supply, done.demand)
    )
    return replace(done, supply=supply, demand=demand), change


CHANGES: dict[tuple[str, str], Callable[[Town, Change], tuple[Town, Change]]] = {
    ("facility", "add"): _add_facility,
    ("facility", "move"): _move_facility,
    ("facility", "close"): _close_facility,
    ("path", "add"): _add_path,
    ("path", "close"): _close_path,
    ("gate", "add"): _add_gate,
    ("gate", "close"): _close_gate,
}
