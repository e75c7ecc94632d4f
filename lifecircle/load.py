"""From a site file to a Site: everything read, checked, in metres and on the network's doorstep."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

import numpy as np
import pyproj
import shapely

from lifecircle.cuts import cut_streets
from lifecircle.declaring import declarations
from lifecircle.errors import Fault, Faults, InputError
from lifecircle.factors import read_factors, told_factors
from lifecircle.messages import Message, Named, msg
from lifecircle.model import Floats, Note, Profile, Site, Streets, WalkNetwork
from lifecircle.network import build_network
from lifecircle.pace import with_pace
from lifecircle.site import SiteFile, dated_files, input_files, read_site_file
from lifecircle.sources import osm, shift
from lifecircle.sources.barriers import Barriers
from lifecircle.sources.base import Base, grounds, no_base, read_base
from lifecircle.sources.boundary import in_degrees, joined, local_crs, moved, outline, reach_m, read_features
from lifecircle.sources.coordinates import in_china
from lifecircle.sources.doubts import doubts
from lifecircle.sources.field_sheet import with_answers
from lifecircle.sources.places import Places, gather, keys_of
from lifecircle.sources.streets import read_streets
from lifecircle.sources.tables import Table, check_columns
from lifecircle.standard import load_standard, profile_of
from lifecircle.tailoring import tailored, unheard, walkers_beside

LARGEST_KM = 200.0
"""Farther from its centre a site's projection is no longer true to a thousandth."""
NEAR_DEGREES = 5.0
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(10))}
"""Names that are no files on Windows."""
Origin = Literal["site file", "file header", "hull of roads"]
"""What says where the data end."""
OSM_CREDIT = "© OpenStreetMap contributors, ODbL 1.0"


def load_site(site: str | Path | SiteFile) -> Site:
    """Read a site file and everything it names. Raises InputError."""
    if not isinstance(site, SiteFile):
        site = read_site_file(site)
    faults = Faults()
    with faults.gathered():
        found = read_features(site.boundary)
        shape, notes = outline(found.frame, str(site.boundary.file))
    with faults.gathered():
        loader = Loader(site)
    faults.raise_any()
    return replace(loader.load(site.name, shape, (*found.notes, *notes)), boundary_crs=found.crs)


@dataclass(frozen=True)
class Feature:
    """One feature of a boundary layer, not read yet."""

    name: str
    load: Callable[[], Site]


def load_each(site: str | Path | SiteFile, field: str) -> Iterator[Feature]:
    """A site for every feature of the boundary layer, named by a field; equal names are told apart by a number.

    Raises InputError for faults of the files that the sites share; ``Feature.load`` raises its own.
    """
    if not isinstance(site, SiteFile):
        site = read_site_file(site)
    found = read_features(site.boundary)
    frame, where = found.frame, str(site.boundary.file)
    if not len(frame):
        raise InputError(Fault(where, msg("the boundary is empty"), msg("draw at least one polygon")))
    check_columns(frame, {"--each": field}, where)
    given = [str(value).strip() or site.name for value in frame[field].fillna("")]
    loader = Loader(site)
    for i, (name, slug) in enumerate(zip(given, distinct([slugged(name) for name in given]), strict=True)):
        place = msg("{file}: feature {number}", file=where, number=i + 1)
        yield Feature(name, partial(_load_feature, loader, replace(found, frame=frame.iloc[[i]]), name, slug, place))


def _load_feature(loader: Loader, feature: Table, name: str, slug: str, where: Message) -> Site:
    shape, notes = outline(feature.frame, where)
    return replace(loader.load(name, shape, (*feature.notes, *notes)), slug=slug, boundary_crs=feature.crs)


def distinct(slugs: Sequence[str]) -> list[str]:
    """The slugs with a number behind those that stand more than once."""
    taken = set(slugs)
    seen: Counter[str] = Counter()
    out = []
    for slug in slugs:
        seen[slug] += 1
        told = slug
        while seen[slug] > 1 and told in taken:
            told = f"{slug}-{seen[slug]}"
            seen[slug] += told in taken
        taken.add(told)
        out.append(told)
    return out


@dataclass(frozen=True)
class _Here:
    """Where a site is, in metres of a projection of its own."""

    crs: pyproj.CRS
    boundary: shapely.Geometry
    study_area: shapely.Geometry


@dataclass(frozen=True)
class _Ground:
    """What is known of the ground there before the user's own places, in metres."""

    streets: Streets
    """Those to walk on, nothing cut."""
    mapped: Streets | None
    """Those of the extract."""
    objects: osm.Objects | None
    xy: Floats
    """Shape (n, 2): the nodes of the extract."""
    extent: shapely.Geometry
    origin: Origin


class Loader:
    """Sites that share their sources: the map extract is read once for all of them."""

    def __init__(self, site: SiteFile, like: Loader | None = None) -> None:
        """``like`` is one that differs in its standard alone."""
        self.untailored = load_standard(site.held_to[0])
        self.factors = read_factors(site.factors)
        self.standard, self.tailoring = tailored(self.untailored, self.factors.declared)
        self.file, self.answers = with_answers(site, self.standard)
        self.profile = profile_of(self.standard, site.profile)
        self.declarations = declarations(site.goals, self.standard)
        self.extract: osm.Extract | None = like.extract if like else _extract(site)
        self.stated = list(dict.fromkeys(dated_files(site)))

    def load(self, name: str, outline_wgs84: shapely.Geometry, notes: Iterable[Note] = ()) -> Site:
        """One site with a boundary in WGS 84 degrees. Raises InputError."""
        return next(self.load_with((), name, outline_wgs84, notes))

    def load_with(
        self, others: Sequence[Loader], name: str, outline_wgs84: shapely.Geometry, notes: Iterable[Note] = ()
    ) -> Iterator[Site]:
        """The site held to this standard and to those of loaders like this one: the map is read once for all."""
        here = self._here(outline_wgs84)
        ground = self._ground(here)
        self._check_overlap(outline_wgs84, here, ground)
        drawn = self._base(here, ground)
        yield self._held(name, here, ground, drawn, notes)
        for loader in others:
            yield loader._held(name, here, replace(ground, objects=loader._objects(here, ground.xy)), drawn, notes)

    def _held(self, name: str, here: _Here, ground: _Ground, drawn: Base, notes: Iterable[Note]) -> Site:
        """The site held to the standard."""
        places, streets, network, told = self._read(here, ground)
        notes = (*notes, *self._doubts(here, ground), *self._shifts(here, ground, places), *told, *self._untold())
        site = self._site(name, here, ground, drawn, places, network, notes)
        walkers = walkers_beside(self.untailored, site.factors)
        beside = ((who, self._walked_by(who, here, streets)[0]) for who in walkers if who != self.profile)
        return replace(site, beside=tuple(beside))

    def _here(self, outline_wgs84: shapely.Geometry) -> _Here:
        where = str(self.file.boundary.file)
        _check_degrees(outline_wgs84, where)
        crs = local_crs(outline_wgs84)
        boundary = moved(crs, outline_wgs84)
        _check_size(boundary, where)
        return _Here(crs, boundary, shapely.buffer(boundary, reach_m(self.profile)))

    def _ground(self, here: _Here) -> _Ground:
        """Raises InputError where nothing can be walked on."""
        mapped, objects, xy = None, None, np.empty((0, 2))
        if self.extract is not None:
            xy = osm.projected(self.extract, here.crs)
            objects = self._objects(here, xy)
            mapped = osm.streets(self.extract, xy)
        streets = mapped if self.file.network is None else read_streets(self.file.network, here.crs)
        assert streets is not None
        if not (streets.way_node >= 0).any():
            raise InputError(self._nowhere)
        return _Ground(streets, mapped, objects, xy, *self._extent(here.crs, streets, mapped))

    def _objects(self, here: _Here, xy: Floats) -> osm.Objects | None:
        """What the map holds of the kinds that the standard knows."""
        return None if self.extract is None else osm.objects(self.extract, xy, keys_of(self.standard), here.study_area)

    def _read(self, here: _Here, ground: _Ground) -> tuple[Places, Streets, WalkNetwork, tuple[Note, ...]]:
        """The places, the streets cut, the same paced, and what is to be said of them. Raises InputError with the
        faults of all files."""
        streets, faults = ground.streets, Faults()
        with faults.gathered():
            places = gather(
                self.file,
                self.standard,
                here.crs,
                here.boundary,
                here.study_area,
                ground.extent,
                ground.objects,
                self.answers,
            )
            streets = self._cut(streets, places.barriers)
        with faults.gathered():
            network, of_pace = self._walked_by(self.profile, here, streets)
        faults.raise_any()
        return places, streets, network, (*streets.notes, *places.notes, *self._notes(network), *of_pace)

    def _walked_by(self, who: Profile, here: _Here, streets: Streets) -> tuple[WalkNetwork, tuple[Note, ...]]:
        """The streets that somebody walks on, with the pace there. Raises InputError."""
        network = build_network(streets, here.study_area, here.boundary, self.file.private_ways, who.stairs)
        if not len(network.edge_mm):
            raise InputError(self._nowhere)
        return with_pace(network, self.file.walking, who, here.crs)

    def _untold(self) -> Iterable[Note]:
        """Factors that the standard makes nothing of."""
        told = tuple(told for _, told in told_factors(unheard(self.untailored, self.factors.declared)))
        if told:
            text = msg(
                "{standard} has no rule for {factors}, which the site declares: that changes nothing",
                standard=self.standard.id,
                factors=told,
            )
            yield Note("doubt", text)

    def _site(
        self,
        name: str,
        here: _Here,
        ground: _Ground,
        drawn: Base,
        places: Places,
        network: WalkNetwork,
        notes: tuple[Note, ...],
    ) -> Site:
        return Site(
            name=name,
            slug=slugged(name),
            crs=here.crs,
            boundary=here.boundary,
            study_area=here.study_area,
            data_extent=ground.extent,
            extent_origin=ground.origin,
            profile=self.profile,
            standard=self.standard,
            demand=places.demand,
            facilities=places.facilities,
            planned=places.planned,
            completeness=places.completeness,
            doors=places.barriers.doors,
            walls=places.barriers.walls,
            enclosures=places.barriers.enclosures,
            network=network,
            buildings=places.buildings,
            background=drawn.background,
            labels=drawn.labels,
            connector_mm=round(self.file.connector_m * 1000),
            limit_mm=round(reach_m(self.profile) * 1000),
            private_ways=self.file.private_ways,
            synthetic=self.file.synthetic,
            attribution=self._attribution(),
            city=self.file.city,
            declarations=self.declarations,
            built=self.file.built.declared if self.file.built else None,
            people_are=self.file.people_are,
            notes=notes,
            factors=self.factors.declared,
            evidence=self.factors.evidence.given,
            tailoring=self.tailoring,
            untailored=None if self.standard is self.untailored else self.untailored,
            at=self.file.at,
            surveyed=frozenset(self.answers.complete if self.answers else ()),
            provenance=self._provenance(places.barriers.counts),
            trace=places.trace,
            land=places.land.frame,
            floors=places.floors.frame,
            all_floors=places.floors.every,
            plots=joined([places.land.vacant, places.floors.plots], here.crs),
        )

    def _base(self, here: _Here, ground: _Ground) -> Base:
        if self.extract is None or ground.objects is None:
            return no_base(here.crs)
        return read_base(self.extract, ground.xy, ground.objects, here.study_area, ground.extent, here.crs)

    def _cut(self, streets: Streets, barriers: Barriers) -> Streets:
        """The streets less what gates and the user's walls close; nodes of streets from elsewhere are not the map's."""
        gates = barriers.doors[barriers.doors["kind"] == "gate"].reset_index(drop=True)
        known = barriers.barred if self.file.network is None else barriers.barred[:0]
        return cut_streets(streets, gates, barriers.closing, known)

    def _extent(self, crs: pyproj.CRS, streets: Streets, mapped: Streets | None) -> tuple[shapely.Geometry, Origin]:
        """Where the data end: with streets of the user's own, where they or the extract (``mapped``) end first."""
        given = self.file.osm.extent if self.file.osm else None
        if given is not None:
            return _rectangle(crs, given), "site file"
        bounds = self.extract.bounds if self.extract else None
        known = _rectangle(crs, bounds) if bounds else _hull(streets if mapped is None else mapped)
        if mapped is not None and mapped is not streets:
            known = shapely.intersection(known, _hull(streets))
        return known, "file header" if bounds else "hull of roads"

    def _check_overlap(self, wgs84: shapely.Geometry, here: _Here, ground: _Ground) -> None:
        if shapely.intersects(here.boundary, ground.extent):
            return
        if shapely.is_empty(ground.extent):
            what = msg("does not overlap the OSM file")
            raise InputError(Fault(str(self._street_file), what, msg("use data of the same place")))
        where = str(self.file.boundary.file)
        swapped = shapely.transform(wgs84, lambda xy: xy[:, ::-1])
        data = shapely.bounds(moved(4326, ground.extent, here.crs))
        if shapely.intersects(swapped, shapely.box(*data)):
            what = msg("latitude and longitude are swapped")
            raise InputError(Fault(where, what, msg("write longitude before latitude")))
        km = _km_between(shapely.bounds(wgs84), data)
        what = msg(
            "the boundary ({here}) lies {km:,.0f} km from the streets ({there})",
            here=in_degrees(*shapely.bounds(wgs84)),
            km=km,
            there=in_degrees(*data),
        )
        raise InputError(Fault(where, what, msg("use data of the same place")))

    @property
    def _nowhere(self) -> Fault:
        what = msg("no walkable street in the study area")
        return Fault(str(self._street_file), what, msg("check the extract"))

    @property
    def _street_file(self) -> Path:
        source = self.file.network or self.file.osm
        assert source is not None
        return source.file

    def _attribution(self) -> tuple[str, ...]:
        """The credits; a graph of osmnx is OpenStreetMap's too."""
        mapped = self.extract is not None or self._street_file.suffix.lower() == ".graphml"
        return (*((OSM_CREDIT,) if mapped and not self.file.synthetic else ()), *self.file.attribution)

    def _doubts(self, here: _Here, ground: _Ground) -> Iterable[Note]:
        asked, spare = reach_m(self.profile), 0.0
        if shapely.covers(ground.extent, here.boundary):
            spare = shapely.distance(here.boundary, shapely.boundary(ground.extent))
        if spare < asked:
            text = msg(
                "the data end {spare:,.0f} m from the boundary; a facility beyond may serve the site: "
                "let the extract reach {asked:,.0f} m beyond the boundary",
                spare=spare,
                asked=asked,
            )
            yield Note("doubt", text)

    def _shifts(self, here: _Here, ground: _Ground, places: Places) -> Iterable[Note]:
        """Sources whose coordinates are not in the system that they are said to be in; only China has others."""
        if not in_china(shapely.get_coordinates(moved(4326, shapely.centroid(here.boundary), here.crs))).all():
            return ()
        known = ground.objects
        edges = np.empty(0, dtype=object)
        if known is not None:
            edges = np.concatenate([grounds(known).geometry.to_numpy(), known.geometry[known.values("barrier") != ""]])
        segments = shift.segments(ground.streets if ground.mapped is None else ground.mapped)
        there = shift.ground(places.buildings, segments, edges, ground.extent, here.study_area)
        return doubts(self.file, there, here.crs, here.boundary)

    def _notes(self, network: WalkNetwork) -> Iterable[Note]:
        if self.extract is not None and self.extract.repeated:
            text = msg(
                "{n} {n:element of the extract repeats|elements of the extract repeat} an id; the first counts",
                n=self.extract.repeated,
            )
            yield Note("repaired", text)
        if self.extract is not None and self.extract.missing:
            text = msg(
                "{n:,} {n:reference|references} to nodes outside the extract; ways were split there, not bridged",
                n=self.extract.missing,
            )
            yield Note("repaired", text)
        if self.profile.stairs == "closed":
            walker = Named(self.profile.zh, self.profile.en)
            yield Note("info", msg("{walker}: stairs and ways not for wheelchairs are closed", walker=walker))
        islands = network.edge_mm[~network.trusted].sum() / 1000
        if islands:
            text = msg("{metres:,.0f} m of streets on islands cut off from the rest are not trusted", metres=islands)
            yield Note("doubt", text)

    @cached_property
    def _names(self) -> dict[Path, str]:
        """Every input by its name, with its folder where two share one."""
        paths = sorted(input_files(self.file))
        times = Counter(path.name for path in paths)
        return {path: path.name if times[path.name] == 1 else f"{path.parent.name}/{path.name}" for path in paths}

    @cached_property
    def _inputs(self) -> dict[str, str]:
        """SHA-256 of every input that is a file."""
        return {name: _sha256(path) for path, name in self._names.items() if path.is_file()}

    def _dates(self) -> Iterator[dict[str, str | None]]:
        """When each source is of, and who says so; None where nobody does."""
        for path, day in self.stated:
            said = {"site file": day}
            if self.extract is not None and path == self.extract.path:
                said |= {"file header": self.extract.elements.as_of, "newest node": self.extract.elements.newest}
            by = next((by for by, date in said.items() if date), None)
            yield {"file": self._names[path], "date": said[by] if by else None, "by": by}

    def _provenance(self, barriers: dict[str, int]) -> dict[str, object]:
        return {
            "inputs": self._inputs,
            "dates": list(self._dates()),
            "standard": {"id": self.standard.id, "version": self.standard.version, "hash": self.standard.hash},
            "parameters": {
                "profile": self.profile.id,
                "metres_per_minute": self.profile.metres_per_minute,
                "private_ways": self.file.private_ways,
                "connector_m": self.file.connector_m,
                "barriers": {"of_osm": list(self.file.barriers), **barriers},
                "year": self.file.year,
                "estimate": [factor.model_dump() for factor in self.file.estimate],
                **self._walking(),
                **self._declared(),
            },
        }

    def _declared(self) -> dict[str, object]:
        """The factors of the site and how it was built, with the evidence, where it declares any."""
        given = {
            "factors": self.factors.model_dump(exclude={"file"}, exclude_defaults=True, mode="json"),
            "built": self.file.built.model_dump() if self.file.built else None,
        }
        return {name: value for name, value in given.items() if value}

    def _walking(self) -> dict[str, object]:
        """What walking times count, where anything does."""
        walking = self.file.walking
        if not walking.counts:
            return {}
        dem = walking.dem.name if walking.dem else None
        return {"walking": {**walking.model_dump(exclude={"dem"}), "dem": dem}}


def _extract(site: SiteFile) -> osm.Extract | None:
    return None if site.osm is None else osm.read_osm(site.osm.file, site.osm.coords or "wgs84")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rectangle(crs: pyproj.CRS, bounds: tuple[float, float, float, float]) -> shapely.Geometry:
    """Bounds in degrees as a polygon in metres, its sides as curved as they are there.

    Of those of a country or the globe only what is near the centre of ``crs``: farther off it has no metres.
    """
    near = shapely.buffer(moved(4326, shapely.Point(0, 0), crs), NEAR_DEGREES, cap_style="square")
    here = shapely.intersection(shapely.box(*bounds), near)
    return moved(crs, shapely.segmentize(shapely.box(*bounds) if shapely.is_empty(here) else here, 0.01))


def _hull(streets: Streets) -> shapely.Geometry:
    used = streets.node_xy[np.unique(streets.way_node[streets.way_node >= 0])]
    return shapely.convex_hull(shapely.multipoints(used[np.isfinite(used).all(axis=1)]))


def _km_between(one: Floats, other: Floats) -> float:
    """Between the middles of two bounds in degrees, over the globe."""
    ends = [(bounds[0] + bounds[2], bounds[1] + bounds[3]) for bounds in (one, other)]
    (x, y), (u, v) = np.array(ends) / 2
    return float(pyproj.Geod(ellps="WGS84").inv(x, y, u, v)[2]) / 1000


def _check_size(boundary: shapely.Geometry, where: str) -> None:
    west, south, east, north = shapely.bounds(boundary) / 1000
    if not (east - west <= LARGEST_KM and north - south <= LARGEST_KM):
        what = msg("the boundary is larger than {km:g} km across", km=LARGEST_KM)
        raise InputError(Fault(where, what, msg("draw a park or a city, or one feature a site with --each")))
    if shapely.area(boundary) < 1:
        what = msg("the boundary encloses less than 1 m2")
        raise InputError(Fault(where, what, msg("draw the outline of the site")))


def _check_degrees(outline_wgs84: shapely.Geometry, where: str) -> None:
    west, south, east, north = shapely.bounds(outline_wgs84)
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        what = msg("coordinates are not degrees ({bounds})", bounds=in_degrees(west, south, east, north))
        raise InputError(Fault(where, what, msg("swap latitude and longitude, or say the system in `coords:`")))


def slugged(name: str) -> str:
    """A name as a safe file name: letters, digits (of any script) and hyphens, at most 60 of them."""
    plain = unicodedata.normalize("NFKC", name)
    slug = re.sub(r"[^\w]+", "-", plain).strip("-_").lower()[:60]
    slug = slug.encode()[:200].decode(errors="ignore").rstrip("-_") or "site"
    return f"{slug}-site" if slug in DEVICES else slug
