"""What the ground inside a boundary is used for, and the floors of its buildings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.declaring import Uses
from lifecircle.errors import Fault, Faults, InputError
from lifecircle.messages import msg
from lifecircle.model import FLOORS, FUNCTIONS, LAND, Floats, Geometries, Ints, Note, Texts
from lifecircle.site import LandFile
from lifecircle.sources.base import grounds
from lifecircle.sources.boundary import check_here
from lifecircle.sources.buildings import Own
from lifecircle.sources.buildings import from_osm as from_map
from lifecircle.sources.osm import Objects
from lifecircle.sources.plots import buildings_of, buildings_of_map, land_of, no_plots, vacant_land
from lifecircle.sources.tables import check_columns, read_areas, texts

FUNCTION_OF = {
    "industrial": "production", "farmland": "production",
    "residential": "living", "commercial": "living", "campus": "living", "pitch": "living",
    "green": "ecology", "water": "ecology", "sand": "ecology",
    "parking": "", "pier": "", "railway": "",
}  # fmt: skip
"""The function of each kind of ground of the map, '' for ground of none; building land may become anything."""

TOLD_M2 = 1.0
"""Less ground than this is not told of."""


@dataclass(frozen=True)
class Land:
    """What the ground inside a boundary is used for: columns ``LAND``; and what was found and repaired."""

    frame: gpd.GeoDataFrame
    vacant: gpd.GeoDataFrame
    """Land to build on, wherever it is: columns ``PLOTS``."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Floors:
    """Buildings inside a boundary: columns ``FLOORS``; and what was found and repaired."""

    frame: pd.DataFrame
    plots: gpd.GeoDataFrame
    """All of them, wherever they are: columns ``PLOTS``."""
    every: bool = True
    """Whether they are all there are."""
    notes: tuple[Note, ...] = ()


def unknown_land(crs: pyproj.CRS) -> Land:
    """Where nobody knows what the ground is used for."""
    return Land(gpd.GeoDataFrame(columns=list(LAND), geometry="geometry", crs=crs), no_plots(crs))


def unknown_floors(crs: pyproj.CRS) -> Floors:
    """Where nobody knows buildings."""
    return Floors(pd.DataFrame(columns=list(FLOORS)), no_plots(crs), every=False)


def land_use(
    source: LandFile | None,
    objects: Objects | None,
    boundary: shapely.Geometry,
    around: shapely.Geometry,
    crs: pyproj.CRS,
) -> Land:
    """What the ground inside a boundary is used for, by the user's own file or else by the map.

    Raises InputError; ``around`` is where the streets are, which a file must come near.
    """
    if source is not None:
        return from_file(source, boundary, around, crs)
    if objects is None:
        return unknown_land(crs)
    return Land(from_osm(objects, boundary, crs), vacant_land(objects, crs))


def from_osm(objects: Objects, boundary: shapely.Geometry, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Land use of the map inside a boundary, columns ``LAND``. It does not tell support from other uses."""
    ground = grounds(objects)
    ground = ground[ground["kind"].isin(list(FUNCTION_OF))]
    return _parted(
        ground.geometry.to_numpy(),
        boundary,
        crs,
        function=ground["kind"].map(FUNCTION_OF).to_numpy(),
        homes=(ground["kind"] == "residential").to_numpy(),
        support=np.full(len(ground), np.nan),
        green=(ground["kind"] == "green").to_numpy(dtype=float),
    )


def from_file(source: LandFile, boundary: shapely.Geometry, around: shapely.Geometry, crs: pyproj.CRS) -> Land:
    """A user's own land use inside a boundary. Raises InputError."""
    where = str(source.file)
    faults = Faults()
    table, notes = read_areas(source, crs, faults)
    faults.raise_any()
    check_columns(table, {"use": source.use}, where)
    shapes = table.geometry.to_numpy()
    check_here(shapes, around, source.file, crs)
    words = texts(table, source.use)
    used = _used(words, source.uses, source.use, where)
    known = used["function"].notna().to_numpy()
    columns = {name: used[name].to_numpy()[known] for name in LAND if name != "geometry"}
    frame = _parted(shapes[known], boundary, crs, **columns)
    inside = _areas(_inside(shapes, boundary))
    told = _of_land(source.file.name, words, used, inside, _m2(frame), float(shapely.area(boundary)))
    vacant = land_of(table, used["vacant"].to_numpy(), source.file.stem, crs)
    return Land(frame, vacant, (*notes, *told))


def _of_land(
    file: str, words: Texts, used: pd.DataFrame, inside: Floats, own_m2: float, site_m2: float
) -> Iterator[Note]:
    """What a reader should know of the rows of a file, by their areas inside the boundary."""
    here = inside > 0
    if not here.all():
        text = msg(
            "{file}: {n:,} of {whole:,} {whole:area|areas} inside the boundary; what lies outside is left out",
            file=file,
            n=int(here.sum()),
            whole=len(here),
        )
        yield Note("info", text)
    twice = float(inside[used["function"].notna()].sum()) - own_m2
    if twice >= TOLD_M2:
        text = msg("{file}: {m2:,.0f} m2 lie in several areas; the smaller one counts there", file=file, m2=twice)
        yield Note("repaired", text)
    yield from _of_none(file, words[here], used[here])
    if own_m2 < site_m2 - TOLD_M2:
        text = msg(
            "{file}: of {share:.1%} of the ground inside the boundary nobody says what it is used for",
            file=file,
            share=1 - own_m2 / site_m2,
        )
        yield Note("doubt", text)


def _of_none(file: str, words: Texts, used: pd.DataFrame) -> Iterator[Note]:
    """The words that `uses:` leaves out."""
    none = sorted(set(words[(used["function"].eq("") & ~used["vacant"]).to_numpy()]))
    if none:
        text = msg("{file}: of none of the three functions by `uses:` are {words}", file=file, words=tuple(none))
        yield Note("info", text)


def floors_of(
    own: Own | None, objects: Objects | None, boundary: shapely.Geometry, around: shapely.Geometry, crs: pyproj.CRS
) -> Floors:
    """The buildings inside a boundary: the user's own, or else the map's, which does not have them all.

    Raises InputError as ``land_use``.
    """
    if own is not None:
        return _own_floors(own, boundary, around, crs)
    if objects is None:
        return unknown_floors(crs)
    mapped = from_map(objects)
    rows, footprint_m2, _ = _built(mapped.floors, mapped.outline, boundary)
    frame = _floors(_no_uses(len(mapped.floors)), mapped.floors, rows, footprint_m2)
    return Floors(frame, buildings_of_map(objects, crs), every=False)


def _own_floors(own: Own, boundary: shapely.Geometry, around: shapely.Geometry, crs: pyproj.CRS) -> Floors:
    source = own.source
    check_here(own.outline, around, source.file, crs)
    used = _no_uses(len(own.words))
    if source.uses is not None and source.use is not None:
        used = _used(own.words, source.uses, source.use, str(source.file))
    rows, footprint_m2, twice = _built(own.floors, own.outline, boundary)
    frame = _floors(used, own.floors, rows, footprint_m2)
    plots = buildings_of(own, used["vacant"].to_numpy(), crs)
    told = (*_of_buildings(own, frame, twice), *_of_none(source.file.name, own.words[rows], used.iloc[rows]))
    return Floors(frame, plots, notes=told)


def _no_uses(count: int) -> pd.DataFrame:
    return pd.DataFrame({"function": None, "support": np.nan, "vacant": False}, index=range(count))


def _floors(used: pd.DataFrame, floors: Floats, rows: Ints, footprint_m2: Floats) -> pd.DataFrame:
    """Some buildings with their footprints, columns ``FLOORS``."""
    frame = used.iloc[rows].assign(floors=floors[rows], footprint_m2=footprint_m2)
    return frame[list(FLOORS)].reset_index(drop=True)


def _built(floors: Floats, shapes: Geometries, boundary: shapely.Geometry) -> tuple[Ints, Floats, float]:
    """The buildings with a point of their own inside a boundary, their footprints, and how many m2 lie on each other.

    There the smaller one counts, as a tower does on its podium, and of equal ones that whose floors are known.
    """
    inside = np.flatnonzero(shapely.intersects(boundary, shapely.point_on_surface(shapes)))
    rows = inside[np.lexsort((inside, np.isnan(floors[inside]), _areas(shapes[inside])))]
    own = _areas(_apart(shapes[rows]))
    kept = np.flatnonzero(own > 0)
    kept = kept[np.argsort(rows[kept])]
    return rows[kept], own[kept], float(_areas(shapes[rows]).sum() - own.sum())


def _of_buildings(own: Own, frame: pd.DataFrame, twice: float) -> Iterator[Note]:
    file, whole = own.source.file.name, len(own.outline)
    if len(frame) < whole:
        text = msg(
            "{file}: {n:,} of {whole:,} {whole:building|buildings} inside the boundary",
            file=file,
            n=len(frame),
            whole=whole,
        )
        yield Note("info", text)
    if twice >= TOLD_M2:
        text = msg("{file}: {m2:,.0f} m2 lie in several buildings; the smaller one counts there", file=file, m2=twice)
        yield Note("repaired", text)
    unknown = int(frame["floors"].isna().sum())
    if own.source.floors is not None and unknown:
        text = msg(
            "{file}: nobody counted the floors of {n:,} of {whole:,} {whole:building|buildings}: "
            "their floor area has no upper bound",
            file=file,
            n=unknown,
            whole=len(frame),
        )
        yield Note("doubt", text)


def _used(given: Texts, uses: Uses, column: str, where: str) -> pd.DataFrame:
    """Function (None unknown, '' none of the three), homes, support and green (NaN unknown), vacant, by a column.

    Raises InputError for uses that stand nowhere in it.
    """
    words = pd.Series([_plain(word) for word in given], dtype=object)
    faults = list(_unmet(words, uses, column, where))
    if faults:
        raise InputError(faults)
    said = any(getattr(uses, name) for name in FUNCTIONS)
    function = words.map(lambda word: "" if word and said else None).astype(object)
    for name in FUNCTIONS:
        function[words.isin([_plain(word) for word in getattr(uses, name)])] = name
    support, homes, green, vacant = (
        words.isin([_plain(word) for word in values]) for values in (uses.support, uses.homes, uses.green, uses.vacant)
    )
    unsaid = words == ""
    return pd.DataFrame(
        {
            "function": function,
            "homes": homes,
            "support": support.astype(float).mask(unsaid | (not uses.support)),
            "green": green.astype(float).mask(unsaid | ((function == "ecology") & (not uses.green))),
            "vacant": vacant,
        }
    )


def _unmet(words: pd.Series, uses: Uses, column: str, where: str) -> Iterator[Fault]:
    there = set(words)
    for key, values in uses:
        for value in values:
            if _plain(value) not in there:
                what = msg("no {column} is {value!r} (`uses: {key}`)", column=column, value=value, key=key)
                yield Fault(where, what, msg("it holds: {values}", values=tuple(sorted(there - {""}))))


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", str(word)).strip().casefold()


def _parted(shapes: Geometries, boundary: shapely.Geometry, crs: pyproj.CRS, **columns: np.ndarray) -> gpd.GeoDataFrame:
    """Areas inside a boundary, no ground in two of them: of areas on each other the smaller one counts."""
    area = np.flatnonzero((shapely.get_dimensions(shapes) == 2) & shapely.intersects(boundary, shapes))
    area = area[np.lexsort((area, _areas(shapes[area])))]
    own = _inside(_apart(shapes[area]), boundary)
    frame = gpd.GeoDataFrame({name: values[area] for name, values in columns.items()}, geometry=own, crs=crs)
    return frame[_areas(own) > 0].reset_index(drop=True)


def _inside(shapes: Geometries, boundary: shapely.Geometry) -> Geometries:
    """The part of each shape inside a boundary."""
    shapely.prepare(boundary)
    cut = ~shapely.covers(boundary, shapes)
    own = shapes.copy()
    own[cut] = shapely.intersection(shapes[cut], boundary)
    return own


def _apart(shapes: Geometries) -> Geometries:
    """The shapes less the ground of those before them."""
    upper, lower = shapely.STRtree(shapes).query(shapes)[::-1]
    upper, lower = upper[upper < lower], lower[upper < lower]
    above = shapely.intersects(shapes[upper], shapes[lower]) & ~shapely.touches(shapes[upper], shapes[lower])
    order = np.argsort(lower[above], kind="stable")
    beneath, first = np.unique(lower[above][order], return_index=True)
    own = shapes.copy()
    for row, covering in zip(beneath, np.split(upper[above][order], first[1:]), strict=False):
        own[row] = shapely.difference(shapes[row], shapely.union_all(shapes[covering]))
    return own


def _areas(shapes: Geometries) -> Floats:
    return np.asarray(shapely.area(shapes))


def _m2(frame: gpd.GeoDataFrame) -> float:
    return float(_areas(frame.geometry.to_numpy()).sum())
