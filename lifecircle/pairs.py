"""Every place of demand and facility within walking distance of each other, not only the nearest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely

from lifecircle.isochrones import Walks, prepare, search
from lifecircle.model import FAR_MM, Bools, Ints, Joins, Opening, Reach, Site, WalkNetwork
from lifecircle.reach import Ends, ends_of


@dataclass(frozen=True)
class Pairs:
    """Places of demand and facilities of one category that are, or may be, within its norm; ``r`` pairs, each once.

    None is with a facility that is closed. A place and the facility that it is, or that its area is, are no pair.
    """

    place: Ints
    """Shape (r,): row of ``Site.demand``."""
    facility: Ints
    """Shape (r,): row of ``Site.facilities``."""
    mm: Ints
    """Shape (r,): the walk; ``FAR_MM`` where it is not sure."""
    sure: Bools
    """Shape (r,): the walk is within the norm. Else nobody knows: one of the two joins no street, or an island, and
    the straight line is short enough; or the way leads over slopes, or to opening hours, that nobody knows."""

    def take(self, rows: Ints | Bools) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.place[rows], self.facility[rows], self.mm[rows], self.sure[rows])


def pairs(site: Site, reach: Reach) -> Iterator[tuple[int, Pairs]]:
    """The pairs of every category, by its number in the standard; categories of one norm are searched at once."""
    number = {category.id: c for c, category in enumerate(site.standard.categories)}
    of_facility = site.facilities["category"].map(number).to_numpy(dtype=np.int64)
    norms: dict[tuple[int, bool], list[int]] = {}
    for c, category in enumerate(site.standard.categories):
        limit_mm = min(int(category.norm.metres(site.profile.metres_per_minute) * 1000), site.limit_mm)
        norms.setdefault((limit_mm, category.norm.minutes is not None), []).append(c)
    for (limit_mm, in_time), members in norms.items():
        held = reach.in_time if in_time else reach
        found = _within(site, held, np.flatnonzero(np.isin(of_facility, members)), limit_mm, in_time)
        category_of = of_facility[found.facility]
        for c in members:
            yield c, found.take(category_of == c)


def _within(site: Site, reach: Reach, facilities: Ints, limit_mm: int, in_time: bool) -> Pairs:
    """The pairs with some facilities, of the walks that ``reach`` measured."""
    joins, size = reach.joins, len(site.facilities)
    assert joins is not None
    walked = by_streets(site.network, joins, facilities, size, limit_mm, in_time)
    inside = _inside(joins, facilities, size, limit_mm)
    sure, mm = least(np.concatenate([walked[0], inside[0]]), np.concatenate([walked[1], inside[1]]), limit_mm)
    maybe = [*_by_straight_line(site, reach, facilities, limit_mm / 1000 * reach.fastest)]
    if reach.at_best is not None and site.network.pace is not None:
        at_best = replace(site.network, pace=site.network.pace.at_best)
        maybe.append(by_streets(at_best, joins, facilities, size, limit_mm, in_time)[0])
    others = np.concatenate(maybe)
    others = np.unique(others[~_among(sure, others)])
    place, facility = np.divmod(np.concatenate([sure, others]), size)
    opening = reach.opening[facility]
    known = (np.arange(len(place)) < len(sure)) & (opening == Opening.OPEN)
    walk = np.where(known, np.append(mm, np.full(len(others), FAR_MM)), FAR_MM)
    theirs = joins.owners.place[place] == joins.owners.facility[facility]
    return Pairs(place, facility, walk, known).take(~theirs & (opening != Opening.CLOSED))


def least(key: Ints, mm: Ints, limit_mm: int) -> tuple[Ints, Ints]:
    """Each key once, sorted, with its shortest walk."""
    key, mm = np.divmod(np.sort(key * (limit_mm + 1) + mm), limit_mm + 1)
    first = np.append(True, key[1:] != key[:-1])[: len(key)]
    return key[first], mm[first]


def _among(known: Ints, keys: Ints) -> Bools:
    """Which keys stand among those of a sorted array."""
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return known[at] == keys if len(known) else np.zeros(len(keys), dtype=bool)


def by_streets(
    network: WalkNetwork, joins: Joins, facilities: Ints, size: int, limit_mm: int, in_time: bool
) -> tuple[Ints, Ints]:
    """Pairs by streets, as ``place * size + facility``, and their walks: searched from the facilities."""
    origins = prepare(network, joins.facilities, in_time=in_time, outward=False)
    rows = np.isin(origins.place, facilities)
    ends = ends_of(origins.graph, joins.places)
    by_node = np.argsort(ends.node, kind="stable")
    start = np.searchsorted(ends.node[by_node], np.arange(origins.graph.nodes + 1))
    ends = Ends(ends.node[by_node], ends.rest_mm[by_node], ends.place[by_node])
    here = replace(origins, place=origins.place[rows], door=origins.door[rows])
    keys, mms = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for walks in search(here, limit_mm / 1000):
        facility, place, mm = _met(walks, ends, start, limit_mm)
        keys.append(place * size + facility)
        mms.append(mm)
    return np.concatenate(keys), np.concatenate(mms)


def _met(walks: Walks, ends: Ends, start: Ints, limit_mm: int) -> tuple[Ints, Ints, Ints]:
    """Facility, place and walk of the pairs that some walks make; the ends of node ``n`` are those from ``start[n]``
    to the next node's."""
    counts = start[walks.node + 1] - start[walks.node]
    column = np.repeat(np.arange(len(counts)), counts)
    row = np.arange(len(column)) + np.repeat(start[walks.node] - np.cumsum(counts) + counts, counts)
    order = np.argsort(ends.place[row], kind="stable")
    column, row = column[order], row[order]
    place, first = np.unique(ends.place[row], return_index=True)
    if not len(place):
        return place, place, place
    mm = np.minimum.reduceat(walks.mm[:, column] + ends.rest_mm[row], first, axis=1)
    origin, at = np.nonzero(mm <= limit_mm)
    return walks.origin[origin], place[at], mm[origin, at]


def _inside(joins: Joins, facilities: Ints, size: int, limit_mm: int) -> tuple[Ints, Ints]:
    """Pairs that need no street."""
    shared = joins.shared
    rows = (shared.mm <= limit_mm) & np.isin(shared.facility, facilities)
    return shared.place[rows] * size + shared.facility[rows], shared.mm[rows]


def _by_straight_line(site: Site, reach: Reach, facilities: Ints, metres: float) -> Iterator[Ints]:
    """Pairs of which one joins no street, or an island, near enough by the straight line."""
    places, shapes = site.demand.geometry.to_numpy(), site.facilities.geometry.to_numpy()
    lost = np.flatnonzero(reach.off_network | reach.island)
    stray = facilities[reach.stray[facilities]]
    for some, others in ((lost, facilities), (np.arange(len(places)), stray)):
        row, hit = shapely.STRtree(shapes[others]).query(places[some], predicate="dwithin", distance=metres)
        yield some[row] * len(shapes) + others[hit]
