"""What the ground inside a boundary is used for, and the floors of its buildings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.declaring import Uses
from lifecircle.errors import Fault, Faults, InputError, row_of
from lifecircle.messages import msg
from lifecircle.model import FLOORS, LAND, Floats, Geometries, Note
from lifecircle.site import BuildingFile, LandFile
from lifecircle.sources.base import grounds
from lifecircle.sources.buildings import MOST_FLOORS
from lifecircle.sources.osm import Objects
from lifecircle.sources.tables import check_columns, counts, read_places, shape_is, texts, valid

FUNCTION_OF = {
    "industrial": "production", "farmland": "production",
    "residential": "living", "commercial": "living", "campus": "living", "pitch": "living",
    "green": "ecology", "water": "ecology", "sand": "ecology",
    "parking": "", "pier": "", "railway": "",
}  # fmt: skip
"""The function of each kind of ground of the map, '' for ground of none; building land may become anything."""


def no_land(crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Where nobody knows what the ground is used for."""
    return gpd.GeoDataFrame(columns=list(LAND), geometry="geometry", crs=crs)


def no_floors() -> pd.DataFrame:
    """Where nobody gave buildings with their uses."""
    return pd.DataFrame(columns=list(FLOORS))


def land_use(
    source: LandFile | None, objects: Objects | None, boundary: shapely.Geometry, crs: pyproj.CRS
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """What the ground inside a boundary is used for, by the user's own file or else by the map, and what was repaired.

    Columns ``LAND``. Raises InputError.
    """
    if source is not None:
        return from_file(source, boundary, crs)
    return (no_land(crs) if objects is None else from_osm(objects, boundary, crs)), ()


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
    )


def from_file(
    source: LandFile, boundary: shapely.Geometry, crs: pyproj.CRS
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """A user's own land use inside a boundary, and what was repaired. Raises InputError."""
    where = str(source.file)
    table, notes = read_places(source)
    check_columns(table, {"use": source.use}, where)
    shapes = valid(table.geometry.to_crs(crs).to_numpy())
    _check_polygons(shapes, table, where)
    used = _used(texts(table, source.use), source.uses, source.use, where)
    known = used["function"].notna().to_numpy()
    columns = {str(name): used[name].to_numpy()[known] for name in used}
    return _parted(shapes[known], boundary, crs, **columns), notes


def floors_from(source: BuildingFile | None, boundary: shapely.Geometry, crs: pyproj.CRS) -> pd.DataFrame:
    """A user's own buildings inside a boundary, columns ``FLOORS``; none where it does not say what they are used for.

    Raises InputError.
    """
    if source is None or source.uses is None or source.use is None:
        return no_floors()
    where = str(source.file)
    table, _ = read_places(source)
    check_columns(table, {"use": source.use, "floors": source.floors}, where)
    faults = Faults()
    with faults.gathered():
        used = _used(texts(table, source.use), source.uses, source.use, where)
    with faults.gathered():
        floors = counts(table, source.floors, where, most=MOST_FLOORS)
    faults.raise_any()
    shapes = valid(table.geometry.to_crs(crs).to_numpy())
    inside = shapely.intersects(boundary, shapely.point_on_surface(shapes))
    rows = used.assign(floors=np.where(floors > 0, floors, np.nan), footprint_m2=shapely.area(shapes))
    return rows.loc[inside, list(FLOORS)].reset_index(drop=True)


def _used(said: np.ndarray, uses: Uses, column: str, where: str) -> pd.DataFrame:
    """Function (None unknown, '' none of the three), homes and support (NaN unknown) by what a column says.

    Raises InputError for uses that stand nowhere in it.
    """
    words = pd.Series([_plain(word) for word in said], dtype=object)
    faults = list(_unmet(words, uses, column, where))
    if faults:
        raise InputError(faults)
    function = words.map(lambda word: "" if word else None).astype(object)
    for name in ("production", "living", "ecology"):
        function[words.isin([_plain(word) for word in getattr(uses, name)])] = name
    support = words.isin([_plain(word) for word in uses.support]).astype(float)
    unsaid = (words == "") | (not uses.support)
    homes = words.isin([_plain(word) for word in uses.homes])
    return pd.DataFrame({"function": function, "homes": homes, "support": support.mask(unsaid)})


def _unmet(words: pd.Series, uses: Uses, column: str, where: str) -> Iterator[Fault]:
    there = set(words)
    for key, values in uses:
        for value in values:
            if _plain(value) not in there:
                what = msg("no {column} is {value!r} (`uses: {key}`)", column=column, value=value, key=key)
                yield Fault(where, what, msg("it holds: {values}", values=tuple(sorted(there - {""}))))


def _plain(word: str) -> str:
    return unicodedata.normalize("NFKC", str(word)).strip().casefold()


def _check_polygons(shapes: Geometries, table: pd.DataFrame, where: str) -> None:
    """Raises InputError for every row that is no area."""
    foreign = table.index[shapely.get_dimensions(shapes) != 2]
    mend = msg("give {shapes}", shapes=msg("polygons"))
    faults = [Fault(row_of(where, row), shape_is(table.geometry[row].geom_type), mend) for row in foreign]
    if faults:
        raise InputError(faults)


def _parted(shapes: Geometries, boundary: shapely.Geometry, crs: pyproj.CRS, **columns: np.ndarray) -> gpd.GeoDataFrame:
    """Areas inside a boundary, no ground in two of them: of areas on each other the smaller one counts."""
    area = np.flatnonzero((shapely.get_dimensions(shapes) == 2) & shapely.intersects(boundary, shapes))
    area = area[np.lexsort((area, shapely.area(shapes[area])))]
    clipped = shapely.intersection(shapes[area], boundary)
    upper, lower = shapely.STRtree(clipped).query(clipped, predicate="intersects")[::-1]
    above = upper < lower
    order = np.argsort(lower[above], kind="stable")
    beneath, first = np.unique(lower[above][order], return_index=True)
    for row, covering in zip(beneath, np.split(upper[above][order], first[1:]), strict=False):
        clipped[row] = shapely.difference(shapes[area[row]], shapely.union_all(shapes[area[covering]]))
    own = shapely.intersection(clipped, boundary)
    frame = gpd.GeoDataFrame({name: values[area] for name, values in columns.items()}, geometry=own, crs=crs)
    return frame[_areas(own) > 0].reset_index(drop=True)


def _areas(shapes: Geometries) -> Floats:
    return np.asarray(shapely.area(shapes))
