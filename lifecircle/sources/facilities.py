"""Facilities from OSM objects and from the user's own files, as one frame."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.classify import classify_amap, classify_osm
from lifecircle.errors import Fault, InputError, row_of
from lifecircle.messages import msg
from lifecircle.model import Note, Standard
from lifecircle.site import FacilityFile
from lifecircle.sources.osm import Objects
from lifecircle.sources.tables import check_columns, counts, read_places, texts

COLUMNS = ["id", "name", "category", "source", "status", "opens", "capacity", "area_m2", "primary"]
STATUSES = {
    "existing": "existing", "building": "building", "planned": "planned", "closed": "closed", "": "existing",
    "现状": "existing", "已建": "existing", "在建": "building", "规划": "planned", "关闭": "closed",
}  # fmt: skip
LIFECYCLE = {
    "construction": "building", "proposed": "planned", "planned": "planned",
    "disused": "closed", "abandoned": "closed", "demolished": "closed", "removed": "closed",
}  # fmt: skip
"""OSM's keys that say, with ``yes``, that something is not open."""
SAME_PLACE_M = 0.5
"""Two facilities of one source, category, name and status this near are one."""


def from_osm(objects: Objects, standard: Standard, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """The objects that a standard's categories match; a row an object and category."""
    found = classify_osm(standard.categories, objects.values, objects.area_m2)
    found = found[~_doubled(found, objects)]
    rows = found["row"].to_numpy()
    name = objects.values("name")
    area = objects.area_m2
    frame = pd.DataFrame(
        {
            "id": objects.id[rows],
            "name": name[rows],
            "category": found["id"].to_numpy(),
            "source": "OpenStreetMap",
            "status": _lifecycle(objects)[rows],
            "opens": np.nan,
            "capacity": np.nan,
            "area_m2": area[rows],
            "primary": found["primary"].to_numpy(),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=objects.geometry[rows], crs=crs)


def _lifecycle(objects: Objects) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Shape (rows,): status by the plain tags; those with a prefix (``construction:amenity``) match no category."""
    status = np.full(len(objects.id), "existing", dtype=object)
    for key, said in (("building", "construction"), *((key, "yes") for key in LIFECYCLE)):
        status[objects.values(key) == said] = LIFECYCLE.get(key, "building")
    return status


def _doubled(found: pd.DataFrame, objects: Objects) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows of land use that holds a building of the same category: the building counts, not the ground."""
    row, category = found["row"].to_numpy(), found["id"].to_numpy()
    area = np.isfinite(objects.area_m2[row])
    building = objects.values("building")[row] != ""
    land = np.flatnonzero(area & ~building & (objects.values("landuse")[row] != ""))
    built = np.flatnonzero(area & building)
    out = np.zeros(len(found), dtype=bool)
    if len(land) and len(built):
        centre = shapely.point_on_surface(objects.geometry[row[built]])
        inner, outer = shapely.STRtree(objects.geometry[row[land]]).query(centre, predicate="within")
        same = category[built[inner]] == category[land[outer]]
        out[land[outer[same]]] = True
    return out


def from_file(
    source: FacilityFile, standard: Standard, crs: pyproj.CRS, label: str
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """A user's own facilities in metres, and what was repaired. Raises InputError with every fault of the file."""
    where = str(source.file)
    table, notes = read_places(source)
    asked = {
        key: getattr(source, key)
        for key in ("id", "name", "capacity", "status", "opens", "category_column", "typecode_column")
    }
    check_columns(table, asked, where)
    found = _classified(source, table, standard, where)
    rows = found["row"].to_numpy()
    geometry = table.geometry.to_crs(crs).to_numpy()
    polygonal = np.isin(shapely.get_type_id(geometry), (3, 6))
    frame = pd.DataFrame(
        {
            "id": _ids(source, table, where, label)[rows],
            "name": texts(table, source.name)[rows],
            "category": found["id"].to_numpy(),
            "source": source.file.name,
            "status": _statuses(source, table, where)[rows],
            "opens": counts(table, source.opens, where, least=1900, most=2200)[rows],
            "capacity": counts(table, source.capacity, where)[rows],
            "area_m2": np.where(polygonal, shapely.area(geometry), np.nan)[rows],
            "primary": found["primary"].to_numpy(),
        }
    )
    return gpd.GeoDataFrame(frame, geometry=geometry[rows], crs=crs), notes


def _ids(
    source: FacilityFile, table: gpd.GeoDataFrame, where: str, label: str
) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Ids of the rows; one id may stand again for the same place only. Raises InputError."""
    given = texts(table, source.id) if source.id else np.array([str(i) for i in table.index], dtype=object)
    places = pd.DataFrame({"id": given, "at": shapely.to_wkb(table.geometry.to_numpy())})
    doubtful = (places.groupby("id")["at"].transform("nunique") > 1).to_numpy()
    if doubtful.any():
        raise InputError(
            [
                Fault(
                    row_of(where, row),
                    msg("{column} {value!r} stands for several places", column=source.id, value=id),
                    msg("give each place its own id"),
                )
                for row, id in zip(table.index[doubtful], given[doubtful], strict=True)
            ]
        )
    return np.array([f"{label}/{value}" for value in given], dtype=object)


def _classified(source: FacilityFile, table: pd.DataFrame, standard: Standard, where: str) -> pd.DataFrame:
    if source.typecode_column is not None:
        return _by_typecode(source, table, standard, where)
    known = {category.id: category for category in standard.categories}
    names = {name: id for id, category in known.items() for name in (category.zh, category.en, id)}
    if source.category is not None:
        written = np.full(len(table), source.category, dtype=object)
    else:
        written = texts(table, source.category_column)
    given = np.array([names.get(str(name), name) for name in written], dtype=object)
    wrong = (
        pd.Series(given, index=table.index)[lambda values: ~values.isin(list(known))].drop_duplicates().sort_values()
    )
    if len(wrong):
        mend = msg("the categories of {standard}: {ids}", standard=standard.id, ids=tuple(known))
        raise InputError(
            [Fault(row_of(where, row), msg("unknown category {id!r}", id=id), mend) for row, id in wrong.items()]
        )
    rows = pd.DataFrame({"row": np.arange(len(table)), "id": given, "primary": True})
    also = [
        pd.DataFrame({"row": np.flatnonzero(given == id), "id": other, "primary": False})
        for id, category in known.items()
        for other in category.also_satisfies
    ]
    return pd.concat([rows, *also], ignore_index=True)


def _by_typecode(source: FacilityFile, table: pd.DataFrame, standard: Standard, where: str) -> pd.DataFrame:
    """Rows classified as Amap classifies them. Raises InputError for a column without a single code."""
    codes = texts(table, source.typecode_column)
    if len(table) and not pd.Series(codes, dtype=str).str.contains(r"\d{5}").any():
        what = msg("{column} holds no typecode ({value!r})", column=source.typecode_column, value=codes[0])
        mend = msg("typecodes have six digits; use `category_column:` for names of categories")
        raise InputError(Fault(row_of(where, table.index[0]), what, mend))
    return classify_amap(standard.categories, codes, texts(table, source.name))


def _statuses(source: FacilityFile, table: pd.DataFrame, where: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    given = texts(table, source.status)
    wrong = [(row, value) for row, value in zip(table.index, given, strict=True) if value not in STATUSES]
    if wrong:
        mend = msg("write existing, building, planned or closed")
        said = {value: msg("{column} is {value!r}", column=source.status, value=value) for _, value in wrong}
        raise InputError([Fault(row_of(where, row), said[value], mend) for row, value in wrong])
    return np.array([STATUSES[value] for value in given], dtype=object)


def supplied(source: FacilityFile, frame: gpd.GeoDataFrame, standard: Standard) -> set[str]:
    """The categories that a file speaks of, whether or not it holds any of them.

    Not those that its facilities only satisfy beside their own: a list of all parks is none of all pocket parks.
    """
    if source.category is not None:
        return {source.category}
    if source.typecode_column is not None:
        return {category.id for category in standard.categories if category.amap}
    return set(frame.loc[frame["primary"], "category"])


def without_duplicates(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Sorted by category and id, each place once."""
    frame = frame.sort_values(["category", "id", "status", "opens"], kind="stable", ignore_index=True)
    grid = np.rint(shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy())) / SAME_PLACE_M)
    same = ["category", "status", "opens"]
    key = frame[[*same, "source", "name"]].assign(x=grid[:, 0], y=grid[:, 1])
    again = key.duplicated() | frame.duplicated([*same, "id"])
    notes: tuple[Note, ...] = ()
    if again.any():
        names = tuple(sorted({str(n) for n in frame.loc[again, "name"] if n})[:3])
        text = msg(
            "{n} duplicate facilities left out ({names})", n=int(again.sum()), names=names or msg("without names")
        )
        notes = (Note("repaired", text),)
    return frame[~again].reset_index(drop=True), notes


def counting(frame: gpd.GeoDataFrame, year: int | None) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Shape (f,): existing facilities, and those that open by ``year`` where one is given."""
    existing = (frame["status"] == "existing").to_numpy()
    if year is None:
        return existing
    coming = frame["status"].isin(["building", "planned"]).to_numpy() & (frame["opens"] <= year).to_numpy()
    return np.asarray(existing | coming)
