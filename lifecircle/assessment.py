"""The whole story on one page: from a site to its assessment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from lifecircle.attach import joined
from lifecircle.cells import CELL_M, cell_size, cells_over
from lifecircle.checks import checks
from lifecircle.completeness import trust
from lifecircle.coverage import NOWHERE, cover
from lifecircle.errors import Faults, LifecircleError
from lifecircle.factors import told_factors
from lifecircle.gaps import find_gaps
from lifecircle.goals import scenes, scorecard, typology
from lifecircle.groups import groups, places
from lifecircle.index import three_life_index
from lifecircle.indicators import BEDS, Facts, headline, indicators
from lifecircle.load import load_each, load_site
from lifecircle.messages import Progress, msg, silent
from lifecircle.model import (
    MINUTES,
    WALKERS,
    Assessment,
    Bools,
    Category,
    Cells,
    Completeness,
    Coverage,
    Index,
    Ints,
    Joined,
    Joins,
    Moment,
    Norm,
    Note,
    Opening,
    Owners,
    Pace,
    Reach,
    Scenario,
    Site,
    State,
    StreetPoints,
    empty,
)
from lifecircle.moments import AtMoment, asked_about, asked_for
from lifecircle.network import without_private_ways
from lifecircle.opening import asked, at_moment, openings_of, told
from lifecircle.reach import cut, measure, router, shared, street_points
from lifecircle.reliance import reliance
from lifecircle.scenario import changed
from lifecircle.sensitivity import sensitivity, widest
from lifecircle.site import SiteFile
from lifecircle.supply import cases_of, supply
from lifecircle.together import load_together


def assess(
    site: Site | SiteFile | str | Path,
    *,
    scenario: Scenario | str | Path | None = None,
    at: Moment | str | None = None,
    progress: Progress = silent,
) -> Assessment:
    """Who can reach what on foot, who cannot, and how sure we are.

    ``site`` is a loaded Site, or the path of a site file; ``progress`` is told each step. With a ``scenario``, or the
    path of one, what it makes of the site; ``Assessment.before`` is then the site as it is. ``at`` is a moment of the
    week (``"Mo 02:00"``): only what is open then counts; without it that of the site file, if it names one.
    Raises InputError.
    """
    if scenario is None:
        return _assessed(_loaded(site, at, progress), progress)
    return assess_scenarios(site, [scenario], at=at, progress=progress)[-1]


def _loaded(site: Site | SiteFile | str | Path, at: Moment | str | None, progress: Progress) -> Site:
    """A site at the moment asked about."""
    moment = asked(at)
    if not isinstance(site, Site):
        progress(msg("reading"))
        site = load_site(site)
    return at_moment(site, moment or site.at)


def assess_scenarios(
    site: Site | SiteFile | str | Path,
    scenarios: Sequence[Scenario | str | Path],
    *,
    at: Moment | str | None = None,
    progress: Progress = silent,
) -> list[Assessment]:
    """A site as it is, and what each of some scenarios makes of it. Raises InputError with the faults of all."""
    site = _loaded(site, at, progress)
    site = replace(site, joined=joined(site))
    faults = Faults()
    after = []
    for scenario in scenarios:
        with faults.gathered():
            after.append(changed(site, scenario))
    faults.raise_any()
    before = _assessed(site, progress)
    return [before, *(_assessed(each, progress, before) for each in after)]


def assess_standards(
    site: SiteFile | str | Path,
    standards: Sequence[str] = (),
    *,
    at: Moment | str | None = None,
    progress: Progress = silent,
) -> list[Assessment]:
    """A site held to each of some standards (ids or paths; those of its file where none are given), in their order.

    The same as one after the other, but what is read is read once. Raises InputError.
    """
    moment = asked(at)
    progress(msg("reading"))
    return [_assessed(at_moment(each, moment or each.at), progress) for each in load_together(site, standards)]


def _assessed(site: Site, progress: Progress, before: Assessment | None = None) -> Assessment:
    progress(msg("walking {site}", site=site.name))
    ready = site if site.joined else replace(site, joined=joined(site))
    reach, streets = walk(ready)
    progress(msg("judging {site}", site=site.name))
    coverage = cover(site, reach, streets, before.reach if before else None)
    # before the ground of a metropolis fills the memory
    private = () if before else tuple(_private_ways(site, coverage))
    cells = cells_over(site.boundary, streets)
    cases = cases_of(site, reach, coverage)
    within_reach, by_place = supply(site, reach, coverage, cases), places(site, reach, coverage)
    index = three_life_index(site, reach, coverage)
    plain, plain_coverage = _untailored(site, reach, before)
    moments = {at: _at(ready, at, ids, before) for at, ids in asked_about(site.standard).items()}
    facts = Facts(site, reach, coverage, streets, within_reach, by_place, _near_beds(ready), moments)
    goals = scorecard(facts)
    return Assessment(
        site=site,
        streets=streets,
        cells=cells,
        reach=reach,
        coverage=coverage,
        gaps=find_gaps(site, reach, coverage, streets, cells),
        indicators=indicators(facts),
        index=index,
        headline=headline(site),
        trust=trust(site, coverage),
        supply=within_reach,
        reliance=reliance(site, reach, coverage, cases),
        groups=groups(site, coverage),
        places=by_place,
        notes=(*site.notes, *told(site, reach), *_coarse(cells), *private, *_fenced(reach), *_tailored(site, plain)),
        provenance=site.provenance,
        before=before,
        checks=checks(facts),
        goals=goals,
        scenes=scenes(facts, goals),
        typology=typology(site, index),
        sensitivity=sensitivity(site, reach, index, before.reach if before else None),
        widest=widest(site, coverage, index),
        untailored=plain,
        untailored_coverage=plain_coverage,
        walkers=_walkers(site, before),
        moments=asked_for(site.standard, moments),
    )


def _tailored(site: Site, plain: Index | None) -> Iterator[Note]:
    """That the standard is not the one of other sites."""
    if plain is not None:
        text = msg(
            "the standard is tailored to what the site declares ({factors}); untailored, as comparisons take it, the "
            "index is {low:.1f} to {high:.1f}",
            factors=tuple(told for _, told in told_factors(site.factors)),
            low=plain.value.low,
            high=plain.value.high,
        )
        yield Note("info", text)


def _untailored(site: Site, reach: Reach, before: Assessment | None) -> tuple[Index | None, Coverage | None]:
    """The index by the standard as it was before tailoring, and the coverage of places that it comes from."""
    if site.untailored is None:
        return None, None
    number = {category.id: c for c, category in enumerate(site.standard.categories)}
    asked = [number[category.id] for category in site.untailored.categories]
    plain = replace(site, standard=site.untailored)
    coverage = cover(plain, reach.of(asked), NOWHERE, before.reach.of(asked) if before else None)
    return three_life_index(plain, reach.of(asked), coverage), coverage


def _walkers(site: Site, before: Assessment | None) -> pd.DataFrame:
    """How the site is for the further walkers that tailoring asks for; as it is only, not after a scenario."""
    frames = []
    circle = {category.id: f"{category.circle} min" for category in site.standard.categories}
    for profile, network in () if before else site.beside:
        theirs = replace(site, profile=profile, network=network, joined=None)
        reach = _reach(theirs)
        coverage = cover(theirs, reach, NOWHERE)
        index = three_life_index(theirs, reach, coverage)
        who = {"profile": profile.id, "zh": profile.zh, "en": profile.en}
        bounds = {"index_low": index.value.low, "index_high": index.value.high}
        for at in ("norm", *(f"{minutes} min" for minutes in MINUTES)):
            found = coverage.judged(index.judged_by, at).rename_axis("category").reset_index()
            found = found.assign(by=found["category"].map(index.judged_by), at=at, **who, **bounds)
            frames.append(found.loc[(at == "norm") | (found["category"].map(circle) == at), list(WALKERS)])
    return pd.concat(frames, ignore_index=True) if frames else empty(WALKERS)()


def _near_beds(site: Site) -> Coverage | None:
    """How the jobs are covered by the site's own places with beds; None where there are no jobs or no beds.

    ``site.joined`` is settled. Nobody knows of beds beyond the boundary.
    """
    unit = site.demand["kind"].map({kind.id: kind.unit for kind in site.standard.demand})
    beds = (site.demand["beds"] > 0) | ((unit == "beds") & site.demand["beds"].isna())
    if site.joined is None or not beds.any() or not (site.demand["jobs"] > 0).any():
        return None
    kind = Category(BEDS, "床位", "beds", "production", 15, Norm(minutes=15), ("jobs",), 1, (), "proposed")
    homes = site.demand[beds].assign(category=BEDS).reset_index(drop=True)
    known = replace(
        site,
        standard=replace(site.standard, categories=(kind,)),
        facilities=homes,
        completeness={BEDS: Completeness.PARTIAL},
        surveyed=frozenset(),
        data_extent=shapely.intersection(site.data_extent, site.boundary),
        joined=(_of_rows(site.joined[1], beds.to_numpy()), site.joined[1]),
        at=None,
        before=None,
    )
    return cover(known, _reach(known), NOWHERE)


def _at(site: Site, moment: Moment, categories: set[str], before: Assessment | None) -> AtMoment:
    """How some categories are at a moment of the week. ``site.joined`` is settled."""
    assert site.joined is not None
    asked = [c for c, category in enumerate(site.standard.categories) if category.id in categories]
    rows = site.facilities["category"].isin(categories).to_numpy()
    then = replace(
        site,
        standard=replace(site.standard, categories=tuple(site.standard.categories[c] for c in asked)),
        facilities=site.facilities[rows].reset_index(drop=True),
        joined=(_of_rows(site.joined[0], rows), site.joined[1]),
        at=moment,
    )
    reach = _reach(then)
    return AtMoment(then, reach, cover(then, reach, NOWHERE, before.reach.of(asked) if before else None))


def _of_rows(joined: Joined, rows: Bools) -> Joined:
    """Some of the places, numbered anew."""
    attachment = joined.attachment.take(rows[joined.attachment.place])
    attachment = replace(attachment, place=(np.cumsum(rows) - 1)[attachment.place])
    return Joined(attachment, joined.off_network[rows], joined.island[rows], joined.fenced[rows])


def _coarse(cells: Cells) -> Iterator[Note]:
    if cells.size_m > CELL_M:
        text = msg(
            "the site is large: its ground is told in cells of {size:g} m, not {usual:g} m",
            size=cells.size_m,
            usual=CELL_M,
        )
        yield Note("info", text)


def _private_ways(site: Site, coverage: Coverage) -> Iterator[Note]:
    """How much hangs on private ways: the share of places and categories covered, with them and without."""
    metres = site.network.edge_mm[site.network.private].sum() / 1000
    if not metres or not coverage.place_state.size:
        return
    closed = replace(site, network=without_private_ways(site.network), joined=None)
    without = cover(closed, _reach(closed), NOWHERE)
    shares = [float((each.place_state == State.COVERED).mean()) for each in (coverage, without)]
    text = msg(
        "{metres:,.0f} m of private ways inside the boundary may begin or end a walk, not carry one through; "
        "places within the norm, mean over categories: {share:.1%}, without private ways {without:.1%}",
        metres=float(metres),
        share=shares[0],
        without=shares[1],
    )
    yield Note("info", text)


def _fenced(reach: Reach) -> Iterator[Note]:
    """Places that a mapped fence would shut in."""
    places = int(reach.fenced.sum())
    if places:
        text = msg(
            "{places} {places:place stands|places stand} behind walls or fences of OpenStreetMap with no gate "
            "mapped: the walk is straight to "
            "the nearest street, since the gate is more likely unmapped than missing; give `gates` to say where it is",
            places=places,
        )
        yield Note("assumed", text)


def assess_each(
    site: SiteFile | str | Path, field: str, *, at: Moment | str | None = None, progress: Progress = silent
) -> Iterator[tuple[str, Assessment | LifecircleError]]:
    """One assessment per feature of the boundary layer, named by ``field``.

    Yields name and assessment, or the error of a site that could not be assessed; the others go on.
    Raises InputError for faults of the files they share.
    """
    moment = asked(at)
    progress(msg("reading"))
    for each in load_each(site, field):
        name = each.name
        try:
            yield name, assess(each.load(), at=moment, progress=progress)
        except LifecircleError as error:
            yield name, error


def judged(site: Site, as_it_is: Reach | None = None) -> tuple[Reach, Coverage, Index]:
    """Reach, coverage of places and index of a site only; ``as_it_is`` is the reach without its scenario."""
    reach = _reach(site)
    coverage = cover(site, reach, NOWHERE, as_it_is)
    return reach, coverage, three_life_index(site, reach, coverage)


def walk(site: Site) -> tuple[Reach, StreetPoints]:
    """Join places and facilities to the network and search it once a category; points along its streets."""
    reach = _reach(site)
    return reach, street_points(site.network, reach.graph, site.boundary, cell_size(site.boundary))


def _reach(site: Site) -> Reach:
    facilities, places = site.facilities.geometry.to_numpy(), site.demand.geometry.to_numpy()
    supply, demand = joined(site)
    held = facilities.copy()
    # a scenario's are walked to by streets alone
    held[~site.facilities["id"].isin(site.as_it_is.facilities["id"]).to_numpy()] = None
    inside = shared(
        places,
        held,
        enclosures=site.enclosures.geometry.to_numpy()[site.enclosures["own"].to_numpy(dtype=bool)],
        walls=site.walls.geometry.to_numpy(),
        doors=site.doors.geometry.to_numpy()[site.doors["access"].ne("closed")],
    )
    joins = Joins(demand.attachment, supply.attachment, _owners(site), inside)
    opening = openings_of(site)
    stray = (supply.off_network | supply.island) & (opening != Opening.CLOSED)
    hung: dict[str, Any] = {"stray": stray, "opening": opening, "fenced": demand.fenced, "joins": joins}
    graph, node = cut(site.network, supply.attachment)
    searched = partial(router, site.network, doors=supply.attachment, node=node, facilities=len(facilities))
    found = partial(
        measure,
        places=places,
        joined=demand,
        facilities=facilities,
        doors=supply.attachment,
        door_node=node,
        limit_mm=site.limit_mm,
        owners=joins.owners,
        shared_mm=joins.shared,
    )

    def in_time(pace: Pace | None, members: list[Ints]) -> Reach | None:
        if pace is None:
            return None
        timed = replace(graph, pace=pace)
        reach = found(timed, searched(timed), members=members, outward=searched(timed, outward=True))
        return replace(reach, **hung, at_best=in_time(pace.at_best, members))

    def to(those: Bools, hoped: Reach | None = None) -> Reach:
        of = site.facilities["category"].to_numpy()
        members = [np.flatnonzero(those & (of == category.id)) for category in site.standard.categories]
        reach, timed = found(graph, searched(graph), members=members), in_time(site.network.pace, members)
        if hoped and timed:
            timed = replace(timed, hoped=hoped.timed)
        return replace(reach, **hung, timed=timed, hoped=hoped)

    hoped = to(opening != Opening.CLOSED) if (opening == Opening.UNKNOWN).any() else None
    return to(opening == Opening.OPEN, hoped)


def _owners(site: Site) -> Owners:
    """A place is its own, or the area's it was split from; so is the facility that it is."""
    area = site.demand["area_id"].fillna("").astype(str)
    whole = area.where(area != "", site.demand["id"])
    itself = dict(zip(site.demand["id"], whole, strict=True))
    facility = site.facilities["id"].map(lambda id: itself.get(id, id))
    number, _ = pd.factorize(pd.concat([whole, facility], ignore_index=True), sort=True)
    return Owners(place=number[: len(whole)], facility=number[len(whole) :])
