"""Footprints of buildings, what they are used for and how many floors they have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from lifecircle.errors import Faults
from lifecircle.model import Bools, Floats, Geometries, Ints, Note, Texts
from lifecircle.site import BuildingFile
from lifecircle.sources.osm import Objects, isin
from lifecircle.sources.tables import check_columns, counts, names_in, read_areas, row_ids, texts

NOBODY = ("roof", "carport", "garage", "garages", "shed", "hut", "greenhouse", "construction", "ruins", "no")
"""Values of OSM's ``building`` that nobody lives or works in."""
HOMES = (
    "apartments", "block", "bungalow", "cabin", "detached", "dormitory", "farm", "ger", "house", "houseboat",
    "residential", "semidetached_house", "static_caravan", "terrace", "villa",
)  # fmt: skip
"""Values of OSM's ``building`` that people live in; any other but ``yes`` is work."""
SAYS_NOTHING = ("yes", "public", "entrance", "tower", "ship")
"""Values of OSM's ``building`` that do not say what goes on inside."""
WORK_KEYS = ("amenity", "shop", "office", "tourism", "leisure", "craft", "industrial", "healthcare")
"""A building whose outline carries one of these is used for it."""
HOME_AMENITIES = ("dormitory", "student_accommodation")
HOME_LAND = ("residential",)
HOME_WORDS = r"(?<!非)(?:住宅|居住)|宿舍|公寓|住房|(?<![a-z])(?:home|hous|dorm|apartment|(?<!non-)(?<!non )resid)"
"""Words that tell a home in a user's own column of uses, which a warehouse or 非居住 is not."""
WORK_LAND = ("industrial", "commercial", "retail", "port", "depot", "railway", "education", "institutional", "military")
MOST_FLOORS = 200
STOREYS = r"(?:地上|[砼混砖框钢石土木])?\s*(\d+(?:\.\d+)?)\s*(?:层|f|floors?|storeys?|stories)?"
"""A number of floors as people and survey maps write it: 6, 6层, 6F, 砼6."""


class Use(IntEnum):
    """What a building is used for, and how that is known."""

    UNKNOWN = 0
    HOME = 1
    WORK = 2
    HOME_AROUND = 3
    """By the land use around it."""
    WORK_AROUND = 4


class Fit(IntEnum):
    """How well a building suits a kind of people; the smaller the better."""

    KNOWN = 0
    """Its tags, or the land use around it, say so."""
    NOT_OTHER = 1
    """Nothing says what it is used for."""
    OTHER_AROUND = 2
    """Only the land use around it says otherwise."""
    OTHER = 3


@dataclass(frozen=True)
class Buildings:
    """Buildings that somebody may live or work in; arrays of shape (b,)."""

    outline: Geometries
    """Polygons in metres."""
    use: npt.NDArray[np.uint8]
    """Of ``Use``."""
    floors: Floats
    """NaN where nobody said."""

    @property
    def floor_m2(self) -> Floats:
        """Footprint times floors; one floor where their number is unknown."""
        return np.asarray(shapely.area(self.outline) * np.nan_to_num(self.floors, nan=1.0))

    def fit(self, *, jobs: bool) -> Ints:
        """Of ``Fit``: for people at work, or for people at home."""
        own, around = (Use.WORK, Use.WORK_AROUND) if jobs else (Use.HOME, Use.HOME_AROUND)
        other = Use.HOME_AROUND if jobs else Use.WORK_AROUND
        known = np.isin(self.use, (own, around))
        rules = [known, self.use == Use.UNKNOWN, self.use == other]
        return np.select(rules, [Fit.KNOWN, Fit.NOT_OTHER, Fit.OTHER_AROUND], default=Fit.OTHER).astype(np.int64)


@dataclass(frozen=True)
class Own:
    """A user's own footprints; arrays of shape (b,)."""

    source: BuildingFile
    outline: Geometries
    """Polygons in metres."""
    floors: Floats
    """NaN where nobody said."""
    words: Texts
    """What they are used for; '' where nobody said."""
    id: Texts
    name: Texts
    """'' where they have none."""
    notes: tuple[Note, ...]


def read_own(source: BuildingFile, crs: pyproj.CRS) -> Own:
    """A user's own footprints, and what was repaired. Raises InputError."""
    where = str(source.file)
    faults = Faults()
    table, notes = read_areas(source, crs, faults)
    check_columns(table, {"floors": source.floors, "use": source.use}, where)
    with faults.gathered():
        floors = storeys(table, source.floors, where)
    faults.raise_any()
    return Own(
        source, table.geometry.to_numpy(), floors, texts(table, source.use), row_ids(table, source.file.stem),
        names_in(table), notes,
    )  # fmt: skip


def known_buildings(own: Own | None, objects: Objects | None) -> Buildings:
    """The user's own buildings, with those of an extract where they have none.

    Of a building that both know, the outline is the user's own, and so are its use and floors where the file says
    them.
    """
    mapped = no_buildings() if objects is None else from_osm(objects)
    if own is None:
        return mapped
    given = from_file(own)
    twin = container(given.outline, mapped.outline)
    use = np.where((given.use == Use.UNKNOWN) & (twin >= 0), np.append(mapped.use, Use.UNKNOWN)[twin], given.use)
    if objects is not None:
        use = _used_as_around(given.outline, use, objects)
    floors = np.where(np.isnan(given.floors), np.append(mapped.floors, np.nan)[twin], given.floors)
    alone = container(mapped.outline, given.outline) < 0
    alone[twin[twin >= 0]] = False
    return Buildings(
        np.concatenate([given.outline, mapped.outline[alone]]),
        np.concatenate([use, mapped.use[alone]]).astype(np.uint8),
        np.concatenate([floors, mapped.floors[alone]]),
    )


def from_file(own: Own) -> Buildings:
    """A user's own buildings, those half a globe away, which have no metres, left out."""
    said = pd.Series(own.words, dtype=object).str.casefold()
    home = said.str.contains(HOME_WORDS).to_numpy(dtype=bool)
    use = np.select([(said == "").to_numpy(), home], [Use.UNKNOWN, Use.HOME], default=Use.WORK).astype(np.uint8)
    here = np.isfinite(shapely.bounds(own.outline)).all(axis=1)
    return Buildings(own.outline[here], use[here], own.floors[here])


def storeys(table: pd.DataFrame, column: str | None, where: str) -> Floats:
    """Shape (n,): a column of numbers of floors; NaN where it is empty or none.

    Raises InputError naming every row whose cell is neither empty nor such a number.
    """
    if column is None:
        return np.full(len(table), np.nan)
    words = pd.Series(texts(table, column), table.index, dtype=object)
    found = words.str.normalize("NFKC").str.casefold().str.extract(f"^{STOREYS}$", expand=False)
    floors = counts(pd.DataFrame({column: found.fillna(words)}), column, where, most=MOST_FLOORS)
    return np.where(floors > 0, floors, np.nan)


def no_buildings() -> Buildings:
    """Where nobody mapped any."""
    return Buildings(np.empty(0, dtype=object), np.empty(0, dtype=np.uint8), np.empty(0))


def outlined(objects: Objects) -> Bools:
    """Shape (rows,): objects that are buildings with an outline."""
    used = ~isin(objects.values("building"), ("", *NOBODY))
    return np.asarray(used & np.isfinite(objects.area_m2))


def from_osm(objects: Objects) -> Buildings:
    """The buildings of an extract: used as their tags say, else as the smallest land use around them does."""
    rows = outlined(objects)
    outline = objects.geometry[rows]
    use = _used_as_around(outline, _own_use(objects)[rows], objects)
    return Buildings(outline, use, floors_of(objects.values("building:levels")[rows]))


def _used_as_around(outline: Geometries, use: npt.NDArray[np.uint8], objects: Objects) -> npt.NDArray[np.uint8]:
    """Shape (b,): uses; those unknown as the smallest land use around says."""
    land, land_use = _land(objects)
    around = container(outline, land)
    return np.where((use == Use.UNKNOWN) & (around >= 0), np.append(land_use, Use.UNKNOWN)[around], use)


def _own_use(objects: Objects) -> npt.NDArray[np.uint8]:
    """Shape (rows,): what the tags of each object itself say."""
    building = objects.values("building")
    home = isin(building, HOMES) | isin(objects.values("amenity"), HOME_AMENITIES)
    tagged = np.zeros(len(building), dtype=bool)
    for key in WORK_KEYS:
        tagged |= ~isin(objects.values(key), ("", "no"))
    work = ~isin(building, SAYS_NOTHING) | tagged
    return np.select([home, work], [np.uint8(Use.HOME), np.uint8(Use.WORK)], default=np.uint8(Use.UNKNOWN))


def _land(objects: Objects) -> tuple[Geometries, npt.NDArray[np.uint8]]:
    """Areas of land use that say how people use it, the smallest first, and their use."""
    landuse, area_m2 = objects.values("landuse"), objects.area_m2
    home, work = isin(landuse, HOME_LAND), isin(landuse, WORK_LAND)
    rows = np.flatnonzero((home | work) & np.isfinite(area_m2))
    rows = rows[np.argsort(area_m2[rows], kind="stable")]
    return objects.geometry[rows], np.where(home[rows], Use.HOME_AROUND, Use.WORK_AROUND).astype(np.uint8)


def container(shapes: Geometries, areas: Geometries) -> Ints:
    """Shape (s,): the first area that holds a point of each shape; -1 for none."""
    out = np.full(len(shapes), len(areas), dtype=np.int64)
    if len(areas) and len(shapes):
        row, area = shapely.STRtree(areas).query(shapely.point_on_surface(shapes), predicate="within")
        np.minimum.at(out, row, area)
    return np.where(out == len(areas), -1, out)


def floors_of(levels: Texts) -> Floats:
    """Shape (b,): numbers of floors; NaN for what is none."""
    floors = pd.to_numeric(pd.Series(levels, dtype=object), errors="coerce").to_numpy(dtype=float)
    return np.where((floors > 0) & (floors <= MOST_FLOORS), floors, np.nan)
