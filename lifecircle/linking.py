"""Which one path or gate brings most people within the norms: estimated for all that are tried, proven for the best.

A link takes nobody longer, and shortens a walk only where it is walked over: from a place to one of its ends, or from
a door that it is nearer to than any street, over the link, and on to a facility. So what each brings is known from one
search from all ends to the places and one to the facilities. A place that holds a facility of the category itself is
left out of the least that is estimated, and counted in the most. The best are made and judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import shapely

from lifecircle.answers import Link, LinkSuggestion
from lifecircle.assessment import judged as index_of
from lifecircle.assessment import walk
from lifecircle.attach import joined
from lifecircle.coverage import NOWHERE, States, cover, judged_by, weights
from lifecircle.errors import Fault, InputError
from lifecircle.links import Links, Near, named, passing, proposed, walks, with_doors
from lifecircle.load import load_site
from lifecircle.messages import Progress, msg, silent
from lifecircle.model import FAR_MM, Bools, Change, Floats, Ints, Opening, Reach, Scenario, Site, State
from lifecircle.opening import at_moment
from lifecircle.proposals import Proposals, Step
from lifecircle.scenario import changed
from lifecircle.site import SiteFile, TableFile
from lifecircle.sources.scenarios import DECIMALS

JUDGED = 10
"""The best that are made and judged."""
SLACK_MM = 50
"""Where a path is drawn is rounded; it may be so much shorter than it was estimated with."""
APART_M = 75.0
"""A proposed link is left out where both its ends are this near to those of a better one."""
NAMES = {"path": "步行道 path", "gate": "大门 gate"}
"""What is added, in texts that hold for both languages."""


def suggest_links(
    site: Site | SiteFile | str | Path,
    categories: Sequence[str] = (),
    *,
    candidates: TableFile | str | Path | None = None,
    only: Literal["path", "gate"] | None = None,
    progress: Progress = silent,
) -> LinkSuggestion:
    """The path or gate that brings most heads within the norm, summed over categories; those with a gap by default.

    Heads are those that a category is judged by, else places; the unknown counts as gap. ``candidates`` is a file of
    lines (paths) and points (gates in walls, fences or outlines of enclosures); without it, paths are tried between
    public streets at most 150 m apart whose walk is more than three times the straight line, and gates every few metres
    along the walls of the site. ``only`` takes the paths, or the gates, alone. Raises InputError, also where nothing
    that was tried brings anybody.
    """
    if not isinstance(site, Site):
        progress(msg("reading"))
        site = load_site(site)
    site = at_moment(site, site.at)
    if site.network.pace is not None:
        what = msg("paths and gates cannot change where slopes, stairs or signals count")
        raise InputError(Fault(site.name, what, msg("leave out `walking` in the site file")))
    site = replace(site, joined=joined(site))
    asked = _asked(site, categories)
    links = proposed(site) if candidates is None else named(site, candidates)
    if only is not None:
        links = links.take(np.array([change.what == only for change in links.changes], dtype=bool))
    progress(msg("choosing among {n:,} {n:link|links}", n=len(links.changes)))
    gain, sure, most = estimated(asked, links)
    best = _best(links, gain.sum(axis=1), sure.sum(axis=1), 0.0 if candidates is not None else APART_M)
    ranked = _ranked(asked, links, best, gain, sure)
    if not ranked or not sum(ranked[0].gain) > 0:
        raise InputError(_nothing(site, len(links.changes), candidates))
    progress(msg("weighing step {n} of {all}", n=1, all=1))
    bound = max(sum(ranked[0].gain), float(np.delete(most.sum(axis=1), best).max(initial=0.0)))
    told = tuple(link for link in ranked if candidates is not None or sum(link.gain) > 0)
    return LinkSuggestion(_scenario(site, asked, told[0], len(links.changes), bound), told)


def _nothing(site: Site, tried: int, candidates: TableFile | str | Path | None) -> Fault:
    """Why there is nothing to suggest."""
    if candidates is not None:
        what = msg("none of {n:,} {n:link|links} brings anybody within the norm", n=tried)
        return Fault(str(getattr(candidates, "file", candidates)), what, msg("draw links where walks are long"))
    what = msg("none of {n:,} {n:link|links} that could be tried brings anybody within the norm", n=tried)
    return Fault(site.name, what, msg("name links of your own: --candidates FILE"))


def _scenario(site: Site, asked: Asked, best: Link, tried: int, bound: float) -> Scenario:
    """The best with what there is to tell of it."""
    name = NAMES[best.change.what]
    scenario = Scenario(f"{name} +1", (best.change,))
    reach, _, start = index_of(site)
    index = index_of(changed(site, scenario), reach)[2].value
    lon, lat = np.array(best.change.lonlat).mean(axis=0).round(DECIMALS).tolist()
    gain = sum(best.gain)
    step = Step(
        site=best.change.name or name,
        lonlat=(lon, lat),
        categories=tuple(id for id, gain in zip(asked.ids, best.gain, strict=True) if gain > 0),
        changes=1,
        cost=1.0,
        gain=gain,
        sure_gain=sum(best.sure_gain),
        robust=best.robust,
        value=gain,
        index_low=index.low,
        index_high=index.high,
    )
    proposals = Proposals(
        aim="most-covered",
        categories=tuple(asked.ids),
        by=tuple(asked.by),
        budget=1.0,
        spent=1.0,
        start=0.0,
        value=gain,
        bound=bound,
        sites=tried,
        apart_m=0.0,
        left=float((asked.heads * (asked.state != State.COVERED)).sum()) - gain,
        index_low=start.value.low,
        index_high=start.value.high,
        steps=(step,),
        credits=tuple(site.attribution),
    )
    return replace(scenario, proposals=proposals.signed(site.provenance, scenario.signature))


# What is asked -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A site held to ``c`` categories, as it stands, with ``p`` places of demand."""

    site: Site
    """Its standard holds these categories only."""
    reach: Reach
    by: list[str]
    heads: Floats
    """Shape (c, p): those a category is judged by, else one a place; 0 where nobody counted them."""
    state: States
    """Shape (c, p)."""

    @property
    def ids(self) -> list[str]:
        """Of the categories."""
        return [category.id for category in self.site.standard.categories]

    @cached_property
    def number(self) -> Ints:
        """Shape (f,): the category of each facility; -1 for those not asked for."""
        return pd.Index(self.ids).get_indexer(self.site.facilities["category"]).astype(np.int64)

    def of(self, chosen: list[int]) -> Asked:
        """The same of some of the categories, by their numbers."""
        standard = self.site.standard
        categories = tuple(standard.categories[c] for c in chosen)
        return Asked(
            replace(self.site, standard=replace(standard, categories=categories)),
            self.reach.of(chosen),
            [self.by[c] for c in chosen],
            self.heads[chosen],
            self.state[chosen],
        )

    @property
    def norm_mm(self) -> Ints:
        """Shape (c,)."""
        norms = [each.norm.metres(self.site.profile.metres_per_minute) for each in self.site.standard.categories]
        return np.minimum((np.array(norms) * 1000).astype(np.int64), self.site.limit_mm)

    def gain(self, state: States) -> Floats:
        """Shape (c,): heads that are covered in other states and are not in these."""
        return np.asarray((self.heads * ((state == State.COVERED) & (self.state != State.COVERED))).sum(axis=1))

    def sure_gain(self, state: States) -> Floats:
        """Shape (c,): of these, the heads in gap."""
        return np.asarray((self.heads * ((state == State.COVERED) & (self.state == State.GAP))).sum(axis=1))


def _asked(site: Site, categories: Sequence[str]) -> Asked:
    known = [each.id for each in site.standard.categories]
    for id in categories:
        if id not in known:
            what = msg("no category {id!r} in the standard", id=id)
            raise InputError(Fault("--category", what, msg("write one of {values}", values=tuple(known))))
    chosen = held(site, [each for each in known if not categories or each in categories])
    if categories:
        return chosen
    gaps = (chosen.heads * (chosen.state == State.GAP)).sum(axis=1) > 0
    if not gaps.any():
        what = msg("no category has a gap")
        raise InputError(Fault(site.name, what, msg("name one: --category ID")))
    return chosen.of(np.flatnonzero(gaps).tolist())


def held(site: Site, ids: Sequence[str]) -> Asked:
    """A site, its places and facilities joined, held to some categories."""
    categories = tuple(each for each in site.standard.categories if each.id in ids)
    by = [judged_by(category, site) for category in categories]
    asked = replace(site, standard=replace(site.standard, categories=categories))
    reach, _ = walk(asked)
    heads = np.stack([weights(site, each) for each in by])
    return Asked(asked, reach, by, heads, cover(asked, reach, NOWHERE).place_state)


# Estimates ---------------------------------------------------------------------------------------


def estimated(asked: Asked, links: Links) -> tuple[Floats, Floats, Floats]:
    """Shape (l, c): heads that each link brings within the norm at least, those of them in gap, and the most."""
    norm_mm, count = asked.norm_mm, len(links.changes)
    gain, sure, most = (np.zeros((count, len(norm_mm))) for _ in range(3))
    lacking = (asked.state != State.COVERED) & (asked.heads > 0)
    links = with_doors(asked.site, links, lacking.any(axis=0), asked.number >= 0)
    if not len(links.link):
        return gain, sure, most
    limit_mm = int(norm_mm.max()) + SLACK_MM
    by_streets, by_doors = (
        _shortest(asked, those, links) for those in (_to_open(asked, links, limit_mm), links.facilities)
    )
    to_facility = np.minimum(by_streets, by_doors)
    joins = asked.reach.joins
    assert joins is not None
    near = passing(asked.site.network, joins.places, links.points, limit_mm).beside(links.places)
    for c, owning in enumerate(_owning(asked)):
        left_mm = norm_mm[c] - _over(links, to_facility[c])
        todo = near.take(lacking[c, near.row])
        in_gap, all_of_them = asked.state[c] == State.GAP, np.ones(len(owning), dtype=bool)
        for out, those, slack_mm in ((gain, ~owning, 0), (sure, ~owning & in_gap, 0), (most, all_of_them, SLACK_MM)):
            link, place = _brought(links, todo.take(those[todo.row]), left_mm + slack_mm, len(owning))
            out[:, c] = np.bincount(link, asked.heads[c, place], count)
    return gain, sure, most


def _to_open(asked: Asked, links: Links, limit_mm: int) -> Near:
    """Walks from the ends of links to open facilities."""
    joins = asked.reach.joins
    assert joins is not None
    wanted = (asked.number >= 0) & (asked.reach.opening == Opening.OPEN)
    return passing(asked.site.network, joins.facilities.take(wanted[joins.facilities.place]), links.points, limit_mm)


def _shortest(asked: Asked, near: Near, links: Links) -> Ints:
    """Shape (c, s): the shortest of some walks from each point to an open facility of each category."""
    out = np.full((len(asked.ids), links.count), FAR_MM)
    near = near.take((asked.number >= 0)[near.row] & (asked.reach.opening == Opening.OPEN)[near.row])
    np.minimum.at(out, (asked.number[near.row], near.point), near.mm)
    return out


def _over(links: Links, mm: Ints) -> Ints:
    """Shape (e,): walks from each end of links, over the link or not; ``mm`` are those from points, by streets."""
    ends = pd.DataFrame({"link": links.link, "end": np.arange(len(links.link))})
    one, other = ends.merge(ends[mm[links.point] < FAR_MM], on="link")[["end_x", "end_y"]].to_numpy().T
    across = np.abs(links.at_mm[one] - links.at_mm[other]) + mm[links.point[other]]
    out = np.full(len(ends), FAR_MM)
    np.minimum.at(out, one, across)
    return out


def _owning(asked: Asked) -> list[Bools]:
    """For each category, of shape (p,): places that hold a facility of it themselves."""
    joins, number = asked.reach.joins, asked.number
    assert joins is not None
    return [np.isin(joins.owners.place, joins.owners.facility[number == c]) for c in range(len(asked.ids))]


def _brought(links: Links, near: Near, left_mm: Ints, places: int) -> tuple[Ints, Ints]:
    """Links and the places that each brings within a norm, each pair once; of that, ``left_mm`` is left at each end."""
    stride = int(max(near.mm.max(initial=0), left_mm.max(initial=0))) + 1
    key = near.point * stride + near.mm
    order = np.argsort(key)
    first = np.searchsorted(key, links.point * stride, sorter=order)
    stop = np.searchsorted(key, links.point * stride + np.maximum(left_mm, -1), side="right", sorter=order)
    counts = np.maximum(stop - first, 0)
    row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
    pairs = np.unique(np.repeat(links.link, counts) * places + near.row[order[row]])
    return np.divmod(pairs, places)


def _best(links: Links, gain: Floats, sure: Floats, apart_m: float) -> Ints:
    """The links that gain most, the shorter first of those that gain as much; of some that lie together the first. The
    one that surely gains most is among them."""
    order = np.lexsort((shapely.length(links.shapes), -gain))
    spans = np.stack([_spans(links), _spans(links)[:, ::-1]], axis=1)
    kept: list[int] = []
    for i in order.tolist():
        apart = np.hypot(*np.moveaxis(spans[kept] - spans[i, 0], -1, 0)).max(axis=-1).min(axis=-1)
        if (apart >= apart_m).all():
            kept.append(i)
        if len(kept) == JUDGED:
            break
    surest = order[np.argmax(sure[order])] if len(order) else -1
    return np.array([*kept, *([surest] if surest not in kept and len(order) else [])], dtype=np.int64)


def _spans(links: Links) -> Floats:
    """Shape (l, 2, 2): first and last point of each link."""
    line = shapely.get_type_id(links.shapes) == 1
    ends = [np.where(line, shapely.get_point(links.shapes, at), links.shapes) for at in (0, -1)]
    return np.stack([shapely.get_coordinates(end) for end in ends], axis=1)


# The best ----------------------------------------------------------------------------------------


def judged(asked: Asked, change: Change) -> States:
    """Shape (c, p): what the places are after a change."""
    after = changed(asked.site, Scenario("", (change,)))
    return cover(after, walk(after)[0], NOWHERE, asked.reach).place_state


def _ranked(asked: Asked, links: Links, chosen: Ints, gain: Floats, sure: Floats) -> list[Link]:
    """Some of the links as they are judged, the best first."""
    some = links.take(np.isin(np.arange(len(links.changes)), chosen))
    states = [judged(asked, change) for change in some.changes]
    kept = np.sort(chosen)
    others = float(np.delete(sure.sum(axis=1), kept).max(initial=0.0))
    surest = max([others, *(float(asked.sure_gain(state).sum()) for state in states)])
    metres, walk_m = _lengths(asked.site, some)
    found = [
        Link(
            change=change,
            metres=float(metres[i]),
            walk_m=float(walk_m[i]),
            gain=tuple(asked.gain(state).tolist()),
            sure_gain=tuple(asked.sure_gain(state).tolist()),
            estimated=float(gain[kept[i]].sum()),
            robust=float(asked.sure_gain(state).sum()) >= surest,
        )
        for i, (change, state) in enumerate(zip(some.changes, states, strict=True))
    ]
    return sorted(found, key=lambda link: (-sum(link.gain), link.metres))


def _lengths(site: Site, links: Links) -> tuple[Floats, Floats]:
    """Shape (l,), twice: metres of each link from its first street to its last, and of the walk there without it; NaN
    where it meets one street only, infinite beyond the limit of the search."""
    found = walks(site.network, links.points, links.points, site.limit_mm)
    metres, walked = np.full(len(links.changes), np.nan), np.full(len(links.changes), np.nan)
    for i in range(len(metres)):
        ends = np.flatnonzero(links.link == i)
        if len(ends) < 2:
            continue
        one, other = ends[np.argmin(links.at_mm[ends])], ends[-1 - np.argmax(links.at_mm[ends][::-1])]
        here = (found.row == links.point[one]) & (found.point == links.point[other])
        beside = links.points.connector_mm[links.point[[one, other]]].sum()
        metres[i] = (links.at_mm[other] - links.at_mm[one] + beside) / 1000
        walked[i] = found.mm[here].min(initial=FAR_MM) / 1000 - beside / 1000 if here.any() else np.inf
    return metres, walked
