"""Facilities from OSM objects and from the user's own files, as one frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.classify import classify_osm
from lifecircle.errors import Fault, Faults, InputError, row_of
from lifecircle.hours import osm_hours
from lifecircle.messages import msg
from lifecircle.model import Note, Outcome, Standard, Texts
from lifecircle.site import FacilityFile
from lifecircle.sources.duplicates import name_parts
from lifecircle.sources.kinds import Kinds, kinds_of, told_by_types
from lifecircle.sources.osm import Objects
from lifecircle.sources.sheets import EMPTY
from lifecircle.sources.tables import check_columns, counts, read_places, texts
from lifecircle.sources.trace import settled, traced

MAP = "OpenStreetMap"
"""Name of the map as a source."""
COLUMNS = ["id", "name", "category", "source", "status", "opens", "capacity", "hours", "area_m2", "primary"]
ASKED = (
    "id",
    "name",
    "capacity",
    "status",
    "opens",
    "hours",
    "category_column",
    "typecode_column",
    "type_column",
    "complex",
)
"""Keys of the site file that name a column."""
STATUSES = {
    "existing": "existing", "building": "building", "planned": "planned", "closed": "closed", "": "existing",
    "现状": "existing", "已建": "existing", "在建": "building", "规划": "planned", "关闭": "closed",
}  # fmt: skip
IN_BRACKETS = {
    "暂停营业": "closed", "暂停开放": "closed", "停业": "closed", "已停业": "closed", "已关闭": "closed",
    "已搬迁": "closed", "装修中": "closed", "建设中": "building", "在建": "building", "筹建中": "building",
    "未开业": "building", "即将开业": "building", "规划中": "planned",
}  # fmt: skip
"""What maps write in brackets behind a name to say that a place is not open."""
NAMED = 3
"""Places named in a note."""
LIFECYCLE = {
    "construction": "building", "proposed": "planned", "planned": "planned",
    "disused": "closed", "abandoned": "closed", "demolished": "closed", "removed": "closed",
}  # fmt: skip
"""OSM's keys that say, with ``yes``, that something is not open."""
NOT_SAID = {"", "无", "暂无", *EMPTY}
"""What stands for opening hours that nobody knows."""


@dataclass(frozen=True)
class Rows:
    """What a source of facilities holds."""

    frame: gpd.GeoDataFrame
    """``COLUMNS``, record (the row of ``trace`` it comes from) and geometry; one row a place and category."""
    trace: pd.DataFrame
    """``TRACE``: one row a row of the source, whether or not it is a facility, numbered from 0."""
    notes: tuple[Note, ...] = ()


def from_osm(objects: Objects, standard: Standard, crs: pyproj.CRS) -> Rows:
    """The objects that a standard's categories match; a row an object and category."""
    found = classify_osm(standard.known, objects.values, objects.area_m2)
    rows = found["row"].to_numpy()
    own = found["primary"].to_numpy()
    doubled = _doubled(found, objects)
    name = objects.values("name")
    given = np.full(len(objects.id), "", dtype=object)
    given[rows] = objects.values("opening_hours")[rows]
    hours, notes = hours_of(given, MAP, objects.id)
    trace = traced(
        source=MAP,
        row=np.full(own.sum(), ""),
        id=objects.id[rows[own]],
        name=name[rows[own]],
        rule=found.loc[own, "rule"].to_numpy(),
        category=found.loc[own, "id"].to_numpy(),
    )
    ground = np.flatnonzero(doubled[own])
    frame = pd.DataFrame(
        {
            "id": objects.id[rows],
            "name": name[rows],
            "category": found["id"].to_numpy(),
            "source": MAP,
            "status": _lifecycle(objects)[rows],
            "opens": np.nan,
            "capacity": np.nan,
            "hours": hours[rows],
            "area_m2": objects.area_m2[rows],
            "primary": own,
            "record": np.cumsum(own) - 1,
        }
    )
    whole = gpd.GeoDataFrame(frame, geometry=objects.geometry[rows], crs=crs)
    gone = doubled | whole["record"].isin(ground).to_numpy()
    return Rows(whole[~gone], settled(trace, ground, Outcome.GROUND), notes)


def _lifecycle(objects: Objects) -> Texts:
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


def from_file(source: FacilityFile, standard: Standard, crs: pyproj.CRS, label: str) -> Rows:
    """A user's own facilities in metres, and what was repaired. Raises InputError with every fault of the file."""
    where = str(source.file)
    table, notes = read_places(source)
    check_columns(table, {key: getattr(source, key) for key in ASKED}, where)
    bracketed = source.poi is not None and source.status is None
    faults = Faults()
    with faults.gathered():
        kinds = kinds_of(source, table, standard, where)
        id = _ids(source, table, where, label, kinds.id_column)
    with faults.gathered():
        stated = None if bracketed else _statuses(source, table, where)
    with faults.gathered():
        opens = counts(table, source.opens, where, least=1900, most=2200)
    with faults.gathered():
        capacity = counts(table, source.capacity, where)
    faults.raise_any()
    hours, unread = hours_of(texts(table, source.hours), source.file.name, table.index.astype(str).to_numpy())
    status = _bracketed(kinds.name) if stated is None else stated
    found = kinds.found
    rows = found["row"].to_numpy()
    geometry = table.geometry.to_crs(crs).to_numpy()
    polygonal = np.isin(shapely.get_type_id(geometry), (3, 6))
    frame = pd.DataFrame(
        {
            "id": id[rows],
            "name": kinds.name[rows],
            "category": found["id"].to_numpy(),
            "source": source.file.name,
            "status": status[rows],
            "opens": opens[rows],
            "capacity": capacity[rows],
            "hours": hours[rows],
            "area_m2": np.where(polygonal, shapely.area(geometry), np.nan)[rows],
            "primary": found["primary"].to_numpy(),
            "record": rows,
        }
    )
    whole = gpd.GeoDataFrame(frame, geometry=geometry[rows], crs=crs)
    shut = tuple(_shut_note(source, whole)) if bracketed else ()
    return Rows(whole, _trace(source, table, id, kinds), (*notes, *kinds.notes, *shut, *unread))


def _trace(source: FacilityFile, table: pd.DataFrame, id: Texts, kinds: Kinds) -> pd.DataFrame:
    """A line a row of the file, with the category it got and why."""
    own = kinds.found[kinds.found["primary"]].set_index("row").reindex(range(len(table)))
    trace = traced(
        source=source.file.name,
        row=table.index.astype(str).to_numpy(dtype=object),
        id=id,
        name=kinds.name,
        given=kinds.given,
        code=kinds.code,
        rule=own["rule"].fillna("").to_numpy(),
        category=own["id"].fillna("").to_numpy(),
    )
    none = np.flatnonzero(own["id"].isna())
    return settled(settled(trace, np.intersect1d(kinds.people, none), Outcome.PEOPLE), none, Outcome.NO_RULE)


def _bracketed(names: Texts) -> Texts:
    """Statuses by what stands in brackets behind the names."""
    return pd.Series(name_parts(names)[1], dtype=object).map(IN_BRACKETS).fillna("existing").to_numpy(dtype=object)


def _shut_note(source: FacilityFile, frame: gpd.GeoDataFrame) -> Iterator[Note]:
    shut = frame[frame["primary"] & (frame["status"] != "existing")]
    if len(shut):
        names = tuple(sorted(set(shut["name"]))[:NAMED])
        text = msg(
            "{file}: {n} {n:place is|places are} not open, as the brackets behind the names say ({names})",
            file=source.file.name,
            n=len(shut),
            names=names,
        )
        yield Note("info", text)


def _ids(source: FacilityFile, table: gpd.GeoDataFrame, where: str, label: str, column: str) -> Texts:
    """Ids of the rows; one id may stand again for the same place only. Raises InputError.

    In an export of a map an id that stands for several places gets a number: such rows are one place or not by
    their names and distance.
    """
    given = texts(table, column) if column else np.array([str(i) for i in table.index], dtype=object)
    places = pd.DataFrame({"id": given, "at": shapely.to_wkb(table.geometry.to_numpy())})
    doubtful = (places.groupby("id")["at"].transform("nunique") > 1).to_numpy()
    if source.poi is not None:
        number = places.groupby("id")["at"].rank("dense").astype(int).astype(str)
        given = np.where(doubtful | (given == ""), given + "#" + number, given)
    elif doubtful.any():
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


def hours_of(given: Texts, source: str, row: Texts) -> tuple[Texts, tuple[Note, ...]]:
    """Opening hours in OpenStreetMap's syntax, shape (n,), empty where they are not known; and a doubt about those
    that cannot be read. ``row`` says where each stands."""
    number, unique = pd.factorize(np.asarray(given, dtype=object))
    said = [text not in NOT_SAID for text in unique]
    read = np.array([osm_hours(text) for text in unique], dtype=object)[number]
    lost = np.flatnonzero(np.array(said, dtype=bool)[number] & (read == "")) if len(read) else number
    if not len(lost):
        return read, ()
    text = msg(
        "{source}: {n} opening {n:time|times} cannot be read and count as unknown, like {text!r} ({row})",
        source=source,
        n=len(lost),
        text=given[lost[0]],
        row=row[lost[0]],
    )
    return read, (Note("doubt", text),)


def _statuses(source: FacilityFile, table: pd.DataFrame, where: str) -> Texts:
    given = texts(table, source.status)
    wrong = [(row, value) for row, value in zip(table.index, given, strict=True) if value not in STATUSES]
    if wrong:
        mend = msg("write existing, building, planned or closed")
        said = {value: msg("{column} is {value!r}", column=source.status, value=value) for _, value in wrong}
        raise InputError([Fault(row_of(where, row), said[value], mend) for row, value in wrong])
    return np.array([STATUSES[value] for value in given], dtype=object)


def supplied(source: FacilityFile, rows: Rows, standard: Standard) -> set[str]:
    """The categories that a file speaks of, whether or not it holds any of them.

    Not those that its facilities only satisfy beside their own: a list of all parks is none of all pocket parks.
    """
    if source.category is not None:
        return {source.category}
    if source.poi is not None or source.typecode_column is not None:
        return told_by_types(source, standard, rows.trace["code"].to_numpy(dtype=object))
    return set(rows.frame.loc[rows.frame["primary"], "category"])


def counting(frame: gpd.GeoDataFrame, year: int | None) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Shape (f,): existing facilities, and those that open by ``year`` where one is given."""
    existing = (frame["status"] == "existing").to_numpy()
    if year is None:
        return existing
    coming = frame["status"].isin(["building", "planned"]).to_numpy() & (frame["opens"] <= year).to_numpy()
    return np.asarray(existing | coming)
