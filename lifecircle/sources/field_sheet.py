"""The field sheet, filled in: which categories were looked for everywhere, what was found, who is where, and gates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lifecircle.errors import Fault, Faults, InputError, reason, row_of
from lifecircle.messages import msg
from lifecircle.model import COUNTS, FACILITIES, GATES, LAYERS, PEOPLE, Floats, Note, Standard, places_of
from lifecircle.site import FacilityFile, SiteFile, SurveyFile
from lifecircle.sources.coordinates import TO_WGS84
from lifecircle.sources.tables import counts
from lifecircle.sources.workbooks import BROKEN

ANSWERED = {
    "": False, "some": False, "部分": False,
    "none": True, "没有": True, "all": True, "全部": True,
}  # fmt: skip
"""Answers for a category, and whether they declare that all of it is known now."""
NAMED = 5
"""Ids told in a note."""
NONE = ("none", "没有")


@dataclass(frozen=True)
class Answers:
    """What a field sheet says."""

    file: str
    complete: tuple[str, ...] = ()
    """Categories that were looked for everywhere."""
    counts: pd.DataFrame | None = None
    """Columns id and ``PEOPLE``: heads at places; NaN where nobody counted."""
    gates: gpd.GeoDataFrame | None = None
    """Columns id, of a place or facility, and geometry, its gate, in WGS 84."""


def with_answers(file: SiteFile, standard: Standard) -> tuple[SiteFile, Answers | None]:
    """The site file with the facilities and the categories declared complete of its field sheet, and the rest of it.

    Raises InputError with every fault of the sheet.
    """
    if file.survey is None:
        return file, None
    path = file.survey.file
    sheets = _sheets(file.survey)
    faults = Faults()
    complete: tuple[str, ...] = ()
    people = gates = None
    with faults.gathered():
        _check_facilities(sheets, standard, f"{path} [{FACILITIES}]")
    with faults.gathered():
        complete = _complete(sheets, standard, f"{path} [{LAYERS}]")
    with faults.gathered():
        people = _counted(sheets, f"{path} [{COUNTS}]")
    with faults.gathered():
        gates = _opened(sheets, file.survey, f"{path} [{GATES}]")
    faults.raise_any()
    found = [_as_source(file.survey)] if len(sheets.get("facilities", ())) else []
    whole = file.model_copy(
        update={"facilities": (*file.facilities, *found), "complete": (*file.complete, *complete)},
    )
    return whole, Answers(path.name, complete, people, gates)


def _as_source(survey: SurveyFile) -> FacilityFile:
    return FacilityFile(
        file=survey.file,
        layer=FACILITIES,
        coords=survey.coords or "wgs84",
        category_column="类别 category",
        name="名称 name",
        x="经度 lon",
        y="纬度 lat",
        capacity="规模 capacity",
        hours="营业时间 hours",
    )


def _sheets(source: SurveyFile) -> dict[str, pd.DataFrame]:
    """Sheets and their columns by the last word of their names; rows that hold anything, as a person counts them."""
    try:
        found = pd.read_excel(source.file, sheet_name=None, dtype=str, keep_default_na=False, engine="openpyxl")
    except OSError as error:
        what = msg("cannot be read ({reason})", reason=reason(error))
        raise InputError(Fault(str(source.file), what, msg("give a file that opens"))) from None
    except BROKEN as error:
        what = msg("not a workbook that can be read ({reason})", reason=str(error))
        raise InputError(Fault(str(source.file), what, msg("save it as XLSX"))) from None
    sheets = {}
    for name, sheet in found.items():
        told = sheet.set_axis([str(title).split(" ")[-1] for title in sheet.columns], axis=1)
        told.index = pd.RangeIndex(2, len(told) + 2)
        told = told.apply(lambda column: column.str.normalize("NFKC").str.strip())
        sheets[str(name).split(" ")[-1]] = told[(told != "").any(axis=1)]
    if not {"layers", "facilities", "counts", "gates"} & set(sheets):
        mend = msg("give the workbook that `lifecircle check --survey` wrote, filled in")
        raise InputError(Fault(str(source.file), msg("is no field sheet"), mend))
    return sheets


def _column(sheet: pd.DataFrame, name: str, where: str) -> pd.Series:
    if name not in sheet.columns:
        raise InputError(Fault(where, msg("no column {column!r}", column=name), msg("keep the columns as written")))
    return sheet[name]


def _complete(sheets: dict[str, pd.DataFrame], standard: Standard, where: str) -> tuple[str, ...]:
    sheet = sheets.get("layers", pd.DataFrame(columns=["id", "answer"]))
    id, answer = _column(sheet, "id", where), _column(sheet, "answer", where).str.lower()
    answer = answer.str.split(" ").str[0]
    category = id.str.removeprefix("layer/")
    known = {category.id for category in standard.known}
    faults = [
        Fault(row_of(where, row), msg("unknown id {id!r}", id=value), msg("keep the ids as written"))
        for row, value in id[(answer != "") & ~category.isin(known)].items()
    ]
    faults += [
        Fault(row_of(where, row), msg("answer is {value!r}", value=value), msg("write none, all or some, or nothing"))
        for row, value in answer[~answer.isin(list(ANSWERED))].items()
    ]
    found = _ids(sheets["facilities"]["category"], standard) if "category" in sheets.get("facilities", ()) else ()
    faults += [
        Fault(
            row_of(where, row),
            msg("answer is none, but sheet {sheet} holds some of {id!r}", sheet=FACILITIES, id=value),
            msg("write all, or delete those rows"),
        )
        for row, value in category[answer.isin(NONE) & category.isin(list(found))].items()
    ]
    if faults:
        raise InputError(faults)
    return tuple(category[answer.map(ANSWERED)])


def _ids(written: pd.Series, standard: Standard) -> pd.Series:
    """Ids of categories written by id or name."""
    names = {name: each.id for each in standard.known for name in (each.zh, each.en, each.id)}
    return written.map(lambda value: names.get(value, value))


def _check_facilities(sheets: dict[str, pd.DataFrame], standard: Standard, where: str) -> None:
    """Raises InputError for rows that say of no place what it is or where."""
    sheet = sheets.get("facilities", pd.DataFrame(columns=["category", "lon", "lat"]))
    category, lon, lat = (_column(sheet, name, where) for name in ("category", "lon", "lat"))
    known = {each.id for each in standard.known}
    ids = _ids(category, standard)
    mend = msg("the categories of {standard}: {ids}", standard=standard.id, ids=tuple(sorted(known)))
    faults = [
        Fault(row_of(where, row), msg("unknown category {id!r}", id=value), mend)
        for row, value in category[~ids.isin(known)].items()
    ]
    if faults or len(sheet):
        faults += _misplaced(lon, lat, where)
    if faults:
        raise InputError(faults)


def _misplaced(lon: pd.Series, lat: pd.Series, where: str) -> list[Fault]:
    """Rows whose longitude and latitude are none."""
    xy = np.column_stack([pd.to_numeric(column, errors="coerce") for column in (lon, lat)]).astype(float)
    wrong = ~((np.abs(xy[:, 0]) <= 180) & (np.abs(xy[:, 1]) <= 90))
    mend = msg("write degrees: longitude as lon, latitude as lat; or clear the row")
    told = zip(lon.index[wrong], lon[wrong], lat[wrong], strict=True)
    return [Fault(row_of(where, row), msg("lon is {x!r}, lat is {y!r}", x=x, y=y), mend) for row, x, y in told]


def _counted(sheets: dict[str, pd.DataFrame], where: str) -> pd.DataFrame:
    sheet = sheets.get("counts", pd.DataFrame(columns=["id", *PEOPLE]))
    id = _column(sheet, "id", where).str.removeprefix("count/")
    faults = Faults()
    heads: dict[str, Floats] = {}
    for kind in PEOPLE:
        with faults.gathered():
            _column(sheet, kind, where)
            heads[kind] = counts(sheet, kind, where)
    faults.raise_any()
    told = pd.DataFrame({"id": id, **heads}, index=sheet.index)
    told = told[told[list(PEOPLE)].notna().any(axis=1)]
    _check_once(told["id"], where)
    return told


def _opened(sheets: dict[str, pd.DataFrame], source: SurveyFile, where: str) -> gpd.GeoDataFrame:
    sheet = sheets.get("gates", pd.DataFrame(columns=["id", "gate_lon", "gate_lat"]))
    id, lon, lat = (_column(sheet, name, where) for name in ("id", "gate_lon", "gate_lat"))
    given = (lon != "") | (lat != "")
    id, lon, lat = id[given].str.removeprefix("gate/"), lon[given], lat[given]
    faults = _misplaced(lon, lat, where) if len(id) else []
    if faults:
        raise InputError(faults)
    _check_once(id, where)
    xy = np.column_stack([lon.astype(float), lat.astype(float)]).reshape(-1, 2)
    points = shapely.points(TO_WGS84[source.coords or "wgs84"](xy))
    return gpd.GeoDataFrame({"id": id.to_numpy()}, geometry=points, crs=4326)


def _check_once(id: pd.Series, where: str) -> None:
    twice = id[id.duplicated()]
    mend = msg("keep one")
    faults = [Fault(row_of(where, row), msg("{id!r} stands twice", id=value), mend) for row, value in twice.items()]
    if faults:
        raise InputError(faults)


def strangers(answers: Answers | None, places: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> Iterator[Note]:
    """Rows of the sheet about places that are not there."""
    if answers is None:
        return
    own = {*places["id"], *places_of(places), *facilities["id"]}
    given = [frame["id"] for frame in (answers.counts, answers.gates) if frame is not None]
    lost = sorted({id for ids in given for id in ids if id not in own})
    if lost:
        yield Note(
            "doubt",
            msg("{file} speaks of places that are not there: {ids}", file=answers.file, ids=tuple(lost[:NAMED])),
        )


def counted(people: gpd.GeoDataFrame, answers: Answers | None) -> gpd.GeoDataFrame:
    """Places of demand with the heads that the sheet says; the parts of an area share its heads by their ground."""
    if answers is None or answers.counts is None or not len(answers.counts):
        return people
    place = places_of(people)
    ground = people["footprint_m2"].fillna(1.0).clip(lower=1.0)
    share = ground / ground.groupby(place).transform("sum")
    told = answers.counts.set_index("id")
    filled = {kind: (place.map(told[kind]) * share).fillna(people[kind]) for kind in PEOPLE}
    return people.assign(**filled)


def opened(places: gpd.GeoDataFrame, answers: Answers | None) -> gpd.GeoDataFrame:
    """Places or facilities, those moved to their gate that the sheet gives one."""
    if answers is None or answers.gates is None or not len(answers.gates):
        return places
    gates = answers.gates.to_crs(places.crs).set_index("id").geometry
    moved = places["id"].map(gates)
    shapes = np.where(moved.notna(), moved, places.geometry.to_numpy())
    return places.set_geometry(gpd.GeoSeries(shapes, places.index, crs=places.crs))
