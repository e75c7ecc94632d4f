"""What a scenario makes of a site: places and facilities keep their joins, and changes add rows to them or drop some.

Nothing is joined again that a change does not touch. So what is added never makes a walk longer, and what is closed
never a shorter one. The page's engine follows the same rules (``outputs/page/engine.js``): what is found here on
streets is found in whole millimetres (``feet.py``), so that both give the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.attach import Surroundings, joined, stack, streetside, surroundings, through_gates
from lifecircle.errors import Fault, Faults, InputError
from lifecircle.feet import Feet, feet, rows_at, segments_near, whole_mm
from lifecircle.load import slugged
from lifecircle.messages import Message, msg
from lifecircle.model import Attachment, Bools, Change, Ints, Joined, Note, Scenario, Site, WalkNetwork
from lifecircle.sources.scenarios import gathered


def changed(site: Site, scenario: Scenario | str | Path) -> Site:
    """The site after a scenario, or after the one in a file; ``before`` is the site as it was.

    Raises InputError with all faults of the file, and of the changes that cannot be made here.
    """
    faults = Faults()
    if not isinstance(scenario, Scenario):
        scenario, faults.found = gathered(scenario)
    supply, demand = joined(site)
    town = Town(site, Ground(site), site.network, site.facilities, supply, demand)
    made = []
    for change in scenario.changes:
        with faults.gathered():
            town, done = CHANGES[change.what, change.change](town, change)
            made.append(done)
    faults.raise_any()
    return _told(town, replace(scenario, changes=tuple(made)))


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
class Ground:
    """What stands around places and streets: a scenario leaves it as it is."""

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
    def transformer(self) -> pyproj.Transformer:
        """From WGS 84 to the site's metres."""
        return pyproj.Transformer.from_crs(4326, self.site.crs, always_xy=True)


@dataclass(frozen=True)
class Town:
    """A site on its way through a scenario."""

    site: Site
    """As it is."""
    ground: Ground
    network: WalkNetwork
    facilities: gpd.GeoDataFrame
    supply: Joined
    demand: Joined
    notes: tuple[Note, ...] = ()

    def point_mm(self, change: Change) -> Ints:
        """Shape (v, 2): where a change is, in whole millimetres. Raises InputError beyond the study area."""
        xy = np.column_stack(self.ground.transformer.transform(*np.array(change.lonlat).T))
        if not (np.isfinite(xy).all() and shapely.intersects_xy(self.site.study_area, xy[:, 0], xy[:, 1]).all()):
            lon, lat = change.lonlat[0]
            what = msg("lon {lon:.7f}, lat {lat:.7f} is not in the study area", lon=lon, lat=lat)
            raise InputError(
                Fault(change.where, what, msg("stay around the site, and write longitude before latitude"))
            )
        return whole_mm(xy)

    def noted(self, text: Message) -> Town:
        """With a doubt about what a change does."""
        return replace(self, notes=(*self.notes, Note("doubt", text)))


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
        "area_m2": [np.nan],
        "also": [""],
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
    rows = (town.facilities["id"] == change.id).to_numpy()
    if not rows.any() or change.id not in set(town.site.facilities["id"]):
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
    return replace(town, facilities=town.facilities[keep].reset_index(drop=True), supply=supply)


def _placed(town: Town, change: Change, added: pd.DataFrame) -> tuple[Town, Change]:
    """The town with facilities at one new spot, behind those it has."""
    (spot,) = town.point_mm(change)
    rows = _joined(town, spot)
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
    done = replace(town, facilities=facilities, supply=supply)
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
    return np.concatenate([column.to_numpy(), added.to_numpy().astype(column.to_numpy().dtype)])


def _joined(town: Town, spot: Ints) -> Attachment:
    """The rows of a facility at a point: the nearest street that nothing bars, else the gates of the yard around it."""
    network, limit_mm = town.network, town.site.connector_mm
    segments = segments_near(network, network.trusted & network.attachable, spot[None], limit_mm)
    found = feet(spot[None], segments, limit_mm)
    for around in town.ground.outside:
        best = _unbarred(found, spot[None], around).first
        if len(best.point):
            return rows_at(network, segments, best)
        rows = _through_gates(town, spot, around)
        if len(rows.place):
            return rows
    return rows_at(network, segments, found.take(np.zeros(0, dtype=np.int64)))


def _unbarred(found: Feet, points: Ints, around: Surroundings, *, from_doors: bool = False) -> Feet:
    """Feet that no barrier stands before."""
    connectors = np.stack([points[found.point], found.xy], axis=1) / 1000
    return found.take(~around.bar(connectors, from_doors))


def _through_gates(town: Town, spot: Ints, around: Surroundings) -> Attachment:
    """The rows of a facility in an enclosure; searched for on all streets only where it stands in one."""
    place = np.array([shapely.Point(spot / 1000)], dtype=object)
    shut_in = len(around.enclosures) and shapely.within(place[0], around.enclosures).any()
    nearby = town.network.trusted & bool(shut_in)
    rows = through_gates(streetside(town.network, nearby), place, np.arange(1), town.site.connector_mm, around)
    gates = np.flatnonzero((town.site.doors["kind"] == "gate").to_numpy() & town.site.doors["access"].eq("public"))
    return replace(rows, door=gates[rows.door])


CHANGES: dict[tuple[str, str], Callable[[Town, Change], tuple[Town, Change]]] = {
    ("facility", "add"): _add_facility,
    ("facility", "move"): _move_facility,
    ("facility", "close"): _close_facility,
}
