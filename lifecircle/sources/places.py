"""Everything in and around a park that is not a street: demand, facilities, doors, walls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.classify import has_usable_osm_rule
from lifecircle.errors import Fault, Faults, InputError
from lifecircle.messages import Named, msg
from lifecircle.model import PEOPLE, UNITS, Category, Completeness, DemandKind, Geometries, Note, Standard, told_heads
from lifecircle.site import DemandFile, FacilityFile, PopulationRaster, SiteFile
from lifecircle.sources import demand, facilities
from lifecircle.sources.barriers import Barriers, read_barriers
from lifecircle.sources.base import GROUNDS
from lifecircle.sources.boundary import check_here, joined, within
from lifecircle.sources.buildings import Buildings, Own, known_buildings, read_own
from lifecircle.sources.field_sheet import Answers, counted, opened, strangers
from lifecircle.sources.land import Floors, Land, floors_of, land_use, unknown_floors, unknown_land
from lifecircle.sources.osm import Objects
from lifecircle.sources.population import from_raster
from lifecircle.sources.spread import Ground
from lifecircle.sources.supply import FileRows, listed_kinds, supply

USE_UNKNOWN = msg("buildings of unknown use")


@dataclass(frozen=True)
class Places:
    """Everything gathered for one site, in metres; frames as in ``Site``."""

    demand: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    planned: gpd.GeoDataFrame
    trace: pd.DataFrame
    completeness: dict[str, Completeness]
    barriers: Barriers
    buildings: Geometries
    land: Land
    floors: Floors
    notes: tuple[Note, ...]


def keys_of(standard: Standard) -> list[str]:
    """The OSM keys that a site needs."""
    owners: list[Category | DemandKind] = [*standard.known, *standard.demand]
    rules = [rule for owner in owners for rule in owner.osm]
    keys = {part.split("=")[0] for rule in rules for part in rule.tag.split("+")}
    keys |= {key for tags in GROUNDS.values() for key in tags}
    return sorted(keys | {"building", "barrier", "entrance", "place"})


def gather(
    file: SiteFile,
    standard: Standard,
    crs: pyproj.CRS,
    boundary: shapely.Geometry,
    study_area: shapely.Geometry,
    extent: shapely.Geometry,
    objects: Objects | None,
    answers: Answers | None = None,
) -> Places:
    """Read every source of a site file; ``extent`` is that of the streets' data. Raises InputError."""
    around = shapely.union(study_area, extent)
    faults = Faults()
    own: Own | None = None
    with faults.gathered():
        own = None if file.buildings is None else read_own(file.buildings, crs)
    buildings = known_buildings(own, objects)
    land, floors = unknown_land(crs), unknown_floors(crs)
    with faults.gathered():
        land = land_use(file.landuse, objects, boundary, around, crs)
    with faults.gathered():
        floors = floors_of(own, objects, boundary, around, crs)
    ground = _ground(buildings, study_area, extent)
    with faults.gathered():
        people, demand_notes = _demand(file, standard, crs, boundary, around, objects, ground, answers)
    with faults.gathered():
        files = _facility_files(file, standard, crs, around)
    with faults.gathered():
        barriers = read_barriers(file, crs, objects)
    faults.raise_any()
    mapped = None if objects is None else facilities.from_osm(objects, standard, crs)
    found = supply(file, standard, boundary, study_area, files, mapped, people)
    supplied = {*found.facilities["category"], *found.planned["category"]}
    names = objects.values("name") if objects is not None else _none()
    completeness = {
        category.id: Completeness.COMPLETE
        if category.id in found.complete
        else Completeness.PARTIAL
        if category.id in supplied or (objects is not None and has_usable_osm_rule(category, names))
        else Completeness.ABSENT
        for category in standard.categories
    }
    return Places(
        demand=people,
        facilities=opened(found.facilities, answers),
        planned=found.planned,
        trace=found.trace,
        completeness=completeness,
        barriers=barriers,
        buildings=ground.buildings.outline,
        land=land,
        floors=floors,
        notes=(
            *(own.notes if own else ()),
            *land.notes,
            *floors.notes,
            *demand_notes,
            *found.notes,
            *barriers.notes,
            *strangers(answers, people, found.facilities),
        ),
    )


def _ground(known: Buildings, study_area: shapely.Geometry, extent: shapely.Geometry) -> Ground:
    """The buildings, and where they are known: in the study area, as far as the data or the buildings go."""
    corners = shapely.get_coordinates([extent, *known.outline])
    mapped = shapely.intersection(study_area, shapely.convex_hull(shapely.multipoints(corners)))
    return Ground(known, mapped, study_area)


def _none() -> Geometries:
    return np.empty(0, dtype=object)


def _demand(
    file: SiteFile,
    standard: Standard,
    crs: pyproj.CRS,
    boundary: shapely.Geometry,
    around: shapely.Geometry,
    objects: Objects | None,
    ground: Ground,
    answers: Answers | None,
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    _check_kinds(file, standard)
    _check_once(file)
    labels = _labels(file)
    at_work = {kind.id for kind in standard.demand if kind.unit == "jobs"}
    frames: list[gpd.GeoDataFrame] = []
    notes: list[Note] = []
    faults = Faults()
    for source in file.demand:
        with faults.gathered():
            label, jobs = labels[_key(source)], source.kind in at_work
            if isinstance(source, PopulationRaster):
                own, told = from_raster(source, crs, boundary, ground, label, jobs=jobs)
                frames.append(own)
                notes += told
                continue
            own, told = demand.from_file(source, crs, ground, label, jobs=jobs)
            check_here(own.geometry.to_numpy(), around, source.file, crs)
            inside = within(own, boundary)
            frames.append(own[inside])
            notes += [*told, *_left_out(own[~inside], source.file)]
            notes += [] if len(own) else [Note("doubt", msg("{file} holds no places", file=source.file.name))]
    faults.raise_any()
    if objects is not None:
        known = demand.from_osm(objects, standard, crs)
        replaced = set(listed_kinds(file))
        if file.demand:
            replaced.add(demand.OTHER)
        known = known[within(known, boundary)]
        gone = known["kind"].isin(list(replaced))
        frames.append(known[~gone])
        notes += _replaced(known[gone], standard)
    if not frames:
        what = msg("no place with people is known on the site")
        raise InputError(Fault("demand", what, msg("add `osm:` or `demand:`")))
    people, guesses = demand.estimated(counted(joined(frames, crs), answers), file.estimate, standard)
    people = opened(people.sort_values("id", kind="stable", ignore_index=True), answers)
    return people, (*notes, *guesses, *_uncounted(people, standard))


def _replaced(gone: gpd.GeoDataFrame, standard: Standard) -> Iterator[Note]:
    """OSM's places that are left out for the user's own."""
    names = {kind.id: Named(kind.zh, kind.en) for kind in standard.demand}
    for kind, n in gone["kind"].value_counts().sort_index().items():
        text = msg(
            "{n} {n:place|places} of OpenStreetMap ({kind}) left out: your own files tell who is there",
            n=n,
            kind=names.get(kind, USE_UNKNOWN),
        )
        yield Note("info", text)


def _check_kinds(file: SiteFile, standard: Standard) -> None:
    known = [kind.id for kind in standard.demand]
    named = [(str(s.raster if isinstance(s, PopulationRaster) else s.file), s.kind) for s in file.demand]
    named += [(f"estimate[{i}].kind", factor.kind) for i, factor in enumerate(file.estimate)]
    mend = msg("the kinds of {standard}: {ids}", standard=standard.id, ids=tuple(known))
    faults = [Fault(where, msg("unknown kind {kind!r}", kind=kind), mend) for where, kind in named if kind not in known]
    if faults:
        raise InputError(faults)


def _uncounted(people: gpd.GeoDataFrame, standard: Standard) -> Iterator[Note]:
    """Places whose heads nobody counted among others that were: no share by heads holds them."""
    for kind in standard.demand:
        counted = people.loc[people["kind"] == kind.id, kind.unit].notna()
        if counted.any() and not counted.all():
            text = msg(
                "{kind}: {n} of {whole} {whole:place has|places have} no count of {unit}: the shares by {unit} "
                "leave them out",
                n=int((~counted).sum()),
                whole=len(counted),
                kind=Named(kind.zh, kind.en),
                unit=UNITS[kind.unit],
            )
            yield Note("doubt", text)


def _address(source: FacilityFile | DemandFile | PopulationRaster) -> tuple[Path, str]:
    """File and layer."""
    return (source.raster, "") if isinstance(source, PopulationRaster) else (source.file, ", ".join(source.layer))


def _check_once(file: SiteFile) -> None:
    """Raises InputError for heads that stand twice: one file may give people to one kind and jobs to another."""
    given = [(*_address(source), kind) for source in file.demand for kind in sorted(_counted(source))]
    times = Counter((path.resolve(), layer, kind) for path, layer, kind in given)
    mend = msg("count them once: a file stands twice only to give people to one kind and jobs to another")
    faults = [
        Fault(str(path), msg("its {kind} stand twice under `demand:`", kind=kind), mend)
        for (path, _, kind), n in times.items()
        if n > 1
    ]
    if faults:
        raise InputError(faults)


def _counted(source: DemandFile | PopulationRaster) -> set[str]:
    """What a source counts: kinds of heads and their columns; the kind of its places where it counts nothing."""
    if isinstance(source, PopulationRaster):
        return {source.count}
    columns = {kind: getattr(source, kind) for kind in PEOPLE if getattr(source, kind) is not None}
    return {*columns, *columns.values()} or {source.kind}


def _key(source: FacilityFile | DemandFile | PopulationRaster) -> tuple[Path, str, str]:
    """What tells a source from the others: file, layer, and the kind of demand."""
    return (*_address(source), "" if isinstance(source, FacilityFile) else source.kind)


def _labels(file: SiteFile) -> dict[tuple[Path, str, str], str]:
    """What the ids of each file's places begin with: its name, with folder, layer and kind where two share one."""
    sources = [*file.facilities, *file.demand]
    address = {_key(source): _address(source) for source in sources}
    stems = Counter(path.stem for path, _ in set(address.values()))
    shared = Counter(_address(source) for source in file.demand)
    labels = {}
    for key, (path, layer) in address.items():
        full = "/".join(filter(None, (path.parent.name, path.name, layer)))
        label = path.stem if stems[path.stem] == 1 else full
        labels[key] = f"{label}/{key[2]}" if key[2] and shared[path, layer] > 1 else label
    return labels


def _left_out(outside: gpd.GeoDataFrame, file: Path) -> Iterator[Note]:
    """What the places beyond the boundary held."""
    if len(outside):
        text = msg(
            "{n} {n:place|places} of {file} outside the boundary left out ({heads})",
            n=len(outside),
            file=file.name,
            heads=told_heads(outside) or msg("no head counts"),
        )
        yield Note("repaired", text)


def _facility_files(
    file: SiteFile, standard: Standard, crs: pyproj.CRS, around: shapely.Geometry
) -> tuple[FileRows, ...]:
    """The user's own facilities, file by file. Raises InputError with the faults of all files."""
    _check_categories(file, standard)
    labels = _labels(file)
    faults = Faults()
    read = []
    for source in file.facilities:
        with faults.gathered():
            rows = facilities.from_file(source, standard, crs, labels[_key(source)])
            check_here(rows.frame.geometry.to_numpy(), around, source.file, crs)
            read.append(FileRows(source, rows))
    faults.raise_any()
    return tuple(read)


def _check_categories(file: SiteFile, standard: Standard) -> None:
    known = {category.id for category in standard.known}
    named = [("complete", id) for id in file.complete]
    named += [(str(source.file), source.category) for source in file.facilities if source.category is not None]
    mend = msg(
        "a column is named by `category_column:`; the categories of {standard}: {ids}",
        standard=standard.id,
        ids=tuple(sorted(known)),
    )
    faults = [Fault(where, msg("unknown category {id!r}", id=id), mend) for where, id in named if id not in known]
    if faults:
        raise InputError(faults)
