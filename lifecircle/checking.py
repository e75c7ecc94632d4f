"""What the data of a site are, before anything is judged by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import shapely

from lifecircle.attach import joined
from lifecircle.completeness import trust
from lifecircle.coverage import distance_to_edge
from lifecircle.errors import Faults
from lifecircle.load import load_site
from lifecircle.messages import Message, Named, Progress, msg, silent
from lifecircle.model import (
    PEOPLE,
    UNITS,
    Bools,
    CategoryCount,
    Check,
    Completeness,
    FileRows,
    Joined,
    KindCount,
    Outcome,
    Section,
    Site,
    Texts,
)
from lifecircle.site import BoundaryFile, NetworkFile, SiteFile, TableFile, read_site_file
from lifecircle.sources.tables import read_table
from lifecircle.tailoring import told_changes, told_evidence

NAMED = 5
"""Places told by name; of more only the number."""
KINDS = {
    "repaired": msg("Repaired"),
    "doubt": msg("Doubtful"),
    "assumed": msg("Assumed"),
    "info": msg("Also"),
}
"""Titles of notes by their kind, the gravest first."""
ORIGINS = {
    "site file": msg("the site file"),
    "file header": msg("the header of the extract"),
    "hull of roads": msg("the outermost streets"),
}


def check(site: SiteFile | str | Path, *, progress: Progress = silent) -> Check:
    """Read everything that a site file names and tell what it is, without walking or judging.

    Raises InputError with the faults of all its files.
    """
    progress(msg("reading"))
    file = site if isinstance(site, SiteFile) else read_site_file(site)
    faults = Faults()
    files = tuple(_files(file, faults))
    with faults.gathered():
        loaded = load_site(file)
    faults.raise_any()
    progress(msg("joining places to streets"))
    supply, demand = joined(loaded)
    places = tuple(_places(loaded, demand))
    categories = tuple(_categories(loaded, supply))
    rows = _outcomes(loaded)
    sections = (
        Section(msg("{site}: what the data are", site=loaded.name), tuple(_head(loaded))),
        Section(msg("Files"), tuple(_file_lines(files))),
        Section(msg("What the site declares"), told_evidence(loaded.factors, loaded.evidence)),
        Section(msg("What that changes in the standard"), told_changes(loaded.standard, loaded.tailoring)),
        Section(msg("Who is there"), tuple(_people_lines(loaded, places, demand))),
        Section(msg("Facilities in the study area"), tuple(_category_lines(loaded, categories))),
        Section(msg("What became of the rows of facilities"), tuple(_row_lines(rows))),
        Section(msg("Streets"), tuple(_street_lines(loaded))),
        Section(msg("What will be unknown, and why"), tuple(_unknown_lines(loaded, supply, demand))),
        *_notes(loaded),
    )
    return Check(loaded, files, places, categories, rows, sections)


def _files(file: SiteFile, faults: Faults) -> Iterator[FileRows]:
    """Every file with its rows, one by one, so that the faults of one do not hide those of the next."""
    for part, source in _named(file):
        if isinstance(source, Path):
            yield FileRows(part, source.name, "", None, "")
            continue
        name, layer = source.file.name, ", ".join(source.layer)
        with faults.gathered():
            table = read_table(source)
            yield FileRows(part, name, layer or table.layer, len(table.frame), table.system, table.encoding)


def _named(file: SiteFile) -> Iterator[tuple[str, Path | TableFile | BoundaryFile | NetworkFile]]:
    """Every file of a site by its key; as a path where it has no rows."""
    yield "boundary", file.boundary
    if file.osm is not None:
        yield "osm", file.osm.file
    if file.network is not None:
        yield "network", file.network.file if file.network.file.suffix == ".graphml" else file.network
    for source in file.demand:
        yield "demand", source if isinstance(source, TableFile) else source.raster
    yield from (("facilities", source) for source in file.facilities)
    for key in ("landuse", "buildings", "walls", "gates", "enclosures"):
        given = getattr(file, key)
        if given is not None:
            yield key, given
    if file.survey is not None:
        yield "survey", file.survey.file


def _places(site: Site, demand: Joined) -> Iterator[KindCount]:
    units = {kind.id: kind.unit for kind in site.standard.demand}
    frame = site.demand.assign(off_network=demand.off_network, island=demand.island)
    for kind, group in frame.groupby("kind", sort=True):
        unit = units.get(str(kind), "")
        heads = group[unit] if unit else pd.Series(dtype=float)
        yield KindCount(
            kind=str(kind),
            unit=unit,
            places=len(group),
            counted=int(heads.notna().sum()),
            heads=float(heads.sum()),
            off_network=int(group["off_network"].sum()),
            island=int(group["island"].sum()),
        )


def _categories(site: Site, supply: Joined) -> Iterator[CategoryCount]:
    inside = shapely.intersects(site.boundary, site.facilities.geometry.to_numpy())
    frame = site.facilities.assign(inside=inside, off_network=supply.off_network | supply.island)
    for category in site.standard.categories:
        found = frame[frame["category"] == category.id]
        yield CategoryCount(
            category=category.id,
            completeness=site.completeness[category.id],
            found=len(found),
            inside=int(found["inside"].sum()),
            planned=int((site.planned["category"] == category.id).sum()),
            off_network=int(found["off_network"].sum()),
            sources=tuple(sorted(set(found["source"]))),
        )


def _outcomes(site: Site) -> dict[str, dict[Outcome, int]]:
    return {
        str(source): {outcome: n for outcome in Outcome if (n := int((found == outcome).sum()))}
        for source, found in site.trace.groupby("source")["outcome"]
    }


def _head(site: Site) -> Iterator[Message]:
    yield msg(
        "{km2:.2f} km2; standard {standard}, profile {profile} ({speed:g} m/min)",
        km2=shapely.area(site.boundary) / 1e6,
        standard=site.standard.id,
        profile=site.profile.id,
        speed=site.profile.metres_per_minute,
    )
    west, south, east, north = shapely.bounds(site.study_area) / 1000
    yield msg("study area {width:.1f} km by {height:.1f} km", width=east - west, height=north - south)


def _file_lines(files: tuple[FileRows, ...]) -> Iterator[Message]:
    for row in files:
        name = f"{row.file} [{row.layer}]" if row.layer else row.file
        if row.rows is None:
            yield msg("{part}: {file}", part=row.part, file=name)
            continue
        told = tuple(part for part in (row.coords, row.encoding) if part)
        yield msg("{part}: {file}: {rows} {rows:row|rows}; {told}", part=row.part, file=name, rows=row.rows, told=told)


def _row_lines(rows: dict[str, dict[Outcome, int]]) -> Iterator[Message]:
    for source, counts in rows.items():
        told = tuple(_outcome(outcome, counts[outcome]) for outcome in Outcome if outcome in counts)
        yield msg("{file}: {told}", file=source, told=told)


def _outcome(outcome: Outcome, n: int) -> Message:
    return {
        Outcome.COUNTED: msg("{n} {n:counts|count}", n=n),
        Outcome.NO_RULE: msg("{n} of no category", n=n),
        Outcome.PEOPLE: msg("{n} {n:is a place|are places} with people", n=n),
        Outcome.DUPLICATE: msg("{n} {n:stands|stand} twice", n=n),
        Outcome.CLOSED: msg("{n} closed", n=n),
        Outcome.NOT_OPEN: msg("{n} not open yet or any more", n=n),
        Outcome.BEYOND: msg("{n} beyond the study area", n=n),
        Outcome.REPLACED: msg("{n} replaced by your own", n=n),
        Outcome.GROUND: msg("{n} {n:is|are} the ground of a building that counts", n=n),
        Outcome.RESERVE: msg("{n} of a category that counts only where the site's factors say so", n=n),
    }[outcome]


def _people_lines(site: Site, places: tuple[KindCount, ...], demand: Joined) -> Iterator[Message]:
    titles = {kind.id: Named(kind.zh, kind.en) for kind in site.standard.demand}
    for row in places:
        title = titles.get(row.kind, row.kind)
        if not row.counted:
            yield msg("{kind}: {places} {places:place|places}, no head counts", kind=title, places=row.places)
        elif row.counted < row.places:
            yield msg(
                "{kind}: {places} {places:place|places}, {heads:,.0f} {unit} in {counted} of them; the others are "
                "not counted",
                kind=title, places=row.places, heads=row.heads, unit=UNITS[row.unit], counted=row.counted,
            )  # fmt: skip
        else:
            yield msg(
                "{kind}: {places} {places:place|places}, {heads:,.0f} {unit}",
                kind=title, places=row.places, heads=row.heads, unit=UNITS[row.unit],
            )  # fmt: skip
    yield from _strays(site, demand)


def _strays(site: Site, demand: Joined) -> Iterator[Message]:
    """Places of demand that no walk leaves from."""
    names = site.demand["name"].where(site.demand["name"] != "", site.demand["id"]).to_numpy()
    limit = site.connector_mm / 1000
    if demand.off_network.any():
        yield msg(
            "{count} {count:place is|places are} farther than {limit:g} m from every street: {names}",
            count=int(demand.off_network.sum()), limit=limit, names=_listed(names[demand.off_network]),
        )  # fmt: skip
    if demand.island.any():
        yield msg(
            "{count} {count:place joins|places join} only streets cut off from the rest: {names}",
            count=int(demand.island.sum()), names=_listed(names[demand.island]),
        )  # fmt: skip


def _listed(names: Texts) -> Message | tuple[str, ...]:
    """The first few names, each once."""
    found = sorted(set(map(str, names)))
    told = tuple(found[:NAMED])
    return told if len(found) <= NAMED else msg("{names} and {more} more", names=told, more=len(found) - NAMED)


def _category_lines(site: Site, categories: tuple[CategoryCount, ...]) -> Iterator[Message]:
    for category, row, data in zip(site.standard.categories, categories, trust(site), strict=True):
        yield msg(
            "{category}: {trust}{rest}",
            category=Named(category.zh, category.en), trust=data.sentences[0],
            rest=_rest(row.planned, row.off_network),
        )  # fmt: skip


def _rest(planned: int, off_network: int) -> Message | str:
    if planned and off_network:
        return msg(
            "; {planned} {planned:does|do} not count yet; {off} {off:joins|join} no street",
            planned=planned,
            off=off_network,
        )
    if planned:
        return msg("; {planned} {planned:does|do} not count yet", planned=planned)
    return msg("; {off} {off:joins|join} no street", off=off_network) if off_network else ""


def _street_lines(site: Site) -> Iterator[Message]:
    network = site.network
    metres = network.edge_mm / 1000
    yield msg("{km:,.1f} km to walk on in the study area", km=metres.sum() / 1000)
    if network.private.any():
        yield msg("{metres:,.0f} m of private ways inside the boundary", metres=metres[network.private].sum())
    kinds = dict(site.doors["kind"].value_counts())
    yield msg(
        "{walls} {walls:wall|walls}, {enclosures} {enclosures:enclosure|enclosures}, {gates} {gates:gate|gates}, "
        "{entrances} {entrances:entrance|entrances}",
        walls=len(site.walls), enclosures=len(site.enclosures),
        gates=int(kinds.get("gate", 0)), entrances=int(kinds.get("entrance", 0)),
    )  # fmt: skip
    yield msg("the data end by: {origin}", origin=ORIGINS[site.extent_origin])


def _unknown_lines(site: Site, supply: Joined, demand: Joined) -> Iterator[Message]:
    """What no walk can answer, whatever it finds; the rest depends on it."""
    found = set(site.facilities["category"])
    titles = {category.id: Named(category.zh, category.en) for category in site.standard.categories}
    by_state = {
        state: tuple(title for id, title in titles.items() if site.completeness[id] is state and id not in found)
        for state in Completeness
    }
    if by_state[Completeness.ABSENT]:
        yield msg("no data at all: {names}", names=by_state[Completeness.ABSENT])
    if by_state[Completeness.PARTIAL]:
        names = by_state[Completeness.PARTIAL]
        yield msg("none found, and nobody declared the data complete: {names}", names=names)
    lost = demand.off_network | demand.island
    if lost.any():
        yield msg("every category for {count} {count:place|places} without a street", count=int(lost.sum()))
    near = _near_the_edge(site)
    if near.any():
        yield msg(
            "{count} {count:place is|places are} so near to the edge of the data that a facility beyond it might "
            "serve {count:it|them}",
            count=int(near.sum()),
        )
    stray = supply.off_network | supply.island
    if stray.any():
        yield msg(
            "whom {count} {count:facility without a street serves|facilities without a street serve}",
            count=int(stray.sum()),
        )
    uncounted = site.demand[list(PEOPLE)].isna().all(axis=1)
    if uncounted.any():
        yield msg("how many people are at {count} {count:place|places}", count=int(uncounted.sum()))


def _near_the_edge(site: Site) -> Bools:
    """Places whose distance to the edge of the data is less than the farthest norm."""
    speed = site.profile.metres_per_minute
    farthest = max((category.norm.metres(speed) for category in site.standard.categories), default=0.0)
    return distance_to_edge(site.data_extent, site.demand.geometry.to_numpy()) < farthest


def _notes(site: Site) -> Iterator[Section]:
    for kind, title in KINDS.items():
        yield Section(title, tuple(note.text for note in site.notes if note.kind == kind))
