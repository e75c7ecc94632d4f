"""All facilities of a site from all their sources: which count, which stand for which, and what became of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.messages import msg
from lifecircle.model import PEOPLE, TRACE, Bools, Note, Outcome, Standard
from lifecircle.site import FacilityFile, PopulationRaster, SiteFile
from lifecircle.sources.boundary import joined, within
from lifecircle.sources.duplicates import same_as
from lifecircle.sources.facilities import COLUMNS, MAP, Rows, counting, supplied
from lifecircle.sources.trace import settled, traced

SAME_SPOT_M = 0.5
"""Two facilities of one source, category, name and status this near are one."""
AS_DRAWN = ["id", "name", "source", "area_m2", "record", "geometry"]
"""What a place that several rows speak of takes from the row that stands for it."""
NAMED = 3
"""Duplicates named in a note."""


@dataclass(frozen=True)
class FileRows:
    """What a file of facilities holds."""

    source: FacilityFile
    rows: Rows


@dataclass(frozen=True)
class Supply:
    """The facilities of a site; frames as in ``Site``."""

    facilities: gpd.GeoDataFrame
    planned: gpd.GeoDataFrame
    trace: pd.DataFrame
    complete: frozenset[str]
    """Categories declared complete."""
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class _Stock:
    """Facilities on their way, each with the row of the trace that it comes from (``record``)."""

    frame: gpd.GeoDataFrame
    trace: pd.DataFrame

    def without(self, gone: Bools, outcome: Outcome, by: str | pd.Series = "") -> _Stock:
        """Without some of the rows, shape (f,); ``by``, a text or one a row, says what that is owed to."""
        own = gone & self.frame["primary"].to_numpy()
        owed = by[own].to_numpy() if isinstance(by, pd.Series) else by
        trace = settled(self.trace, self.frame.loc[own, "record"], outcome, owed)
        return _Stock(self.frame[~gone].reset_index(drop=True), trace)

    def joined(self, more: Rows) -> _Stock:
        """With the rows of one more source behind."""
        frame = more.frame.assign(record=more.frame["record"] + len(self.trace))
        return _Stock(
            joined([self.frame, frame], self.frame.crs), pd.concat([self.trace, more.trace], ignore_index=True)
        )


def supply(
    file: SiteFile,
    standard: Standard,
    boundary: shapely.Geometry,
    study_area: shapely.Geometry,
    files: Sequence[FileRows],
    mapped: Rows | None,
    people: gpd.GeoDataFrame,
) -> Supply:
    """The facilities in the study area; ``mapped`` are those of the map, ``people`` the places of demand."""
    stock = _empty(people.crs)
    for each in files:
        stock = stock.joined(each.rows)
    if mapped is not None:
        stock = _replaced(stock.joined(mapped), files, standard, boundary, listed_kinds(file))
    near = _near(stock, study_area)
    beyond = int(stock.frame["primary"].sum() - near.frame["primary"].sum())
    merged = _merged(_without_closed(near, file.same_place_m), file.same_place_m)
    spots = _spots(merged.joined(_workplaces(people, standard)))
    asked = [category.id for category in standard.categories]
    whole = spots.without(~spots.frame["category"].isin(asked).to_numpy(), Outcome.RESERVE)
    counts = counting(whole.frame, file.year)
    trace = _with_also(whole.without(~counts, Outcome.NOT_OPEN, whole.frame["status"]).trace, whole.frame)
    frame = whole.frame.drop(columns="record")
    return Supply(
        facilities=frame[counts].reset_index(drop=True),
        planned=frame[~counts].reset_index(drop=True),
        trace=trace,
        complete=_complete(file, files, standard),
        notes=(
            *_file_notes(files, standard),
            *(mapped.notes if mapped else ()),
            *_beyond_note(beyond),
            *_duplicate_note(trace),
        ),
    )


def listed_kinds(file: SiteFile) -> dict[str, str]:
    """Kinds of demand of which only the user's own places count inside the boundary, and the files that list them."""
    found: dict[str, list[str]] = {}
    for source in file.demand:
        if isinstance(source, PopulationRaster):
            found.setdefault(source.kind, []).append(source.raster.name)
        elif source.mode == "replace":
            found.setdefault(source.kind, []).append(source.file.name)
    return {kind: ", ".join(names) for kind, names in found.items()}


def _empty(crs: pyproj.CRS) -> _Stock:
    types = {"opens": float, "capacity": float, "area_m2": float, "primary": bool, "record": np.int64}
    frame = pd.DataFrame({column: [] for column in (*COLUMNS, "record")}).astype(object).astype(types)
    return _Stock(gpd.GeoDataFrame(frame, geometry=[], crs=crs), pd.DataFrame(columns=list(TRACE)))


def _replaced(
    stock: _Stock, files: Sequence[FileRows], standard: Standard, boundary: shapely.Geometry, listed: dict[str, str]
) -> _Stock:
    """Without what the map knows of categories that a file replaces, and of demand that is listed."""
    frame = stock.frame
    on_map = (frame["source"] == MAP).to_numpy()
    owner = pd.Series("", index=frame.index, dtype=object)
    for each in files:
        if each.source.mode == "replace":
            covered = supplied(each.source, each.rows, standard)
            owner[on_map & frame["category"].isin(covered) & (owner == "")] = each.source.file.name
    demanded = frame["category"].isin(listed).to_numpy() & within(frame, boundary) & on_map
    owner = owner.where(~demanded | (owner != ""), frame["category"].map(listed))
    gone = (owner != "").to_numpy()
    whole = frame["record"].isin(frame.loc[gone & frame["primary"], "record"]).to_numpy()
    return stock.without(gone | whole, Outcome.REPLACED, owner)


def _near(stock: _Stock, study_area: shapely.Geometry) -> _Stock:
    shapely.prepare(study_area)
    near = np.asarray(shapely.intersects(study_area, stock.frame.geometry.to_numpy()), dtype=bool)
    return stock.without(~near, Outcome.BEYOND)


def _without_closed(stock: _Stock, metres: float) -> _Stock:
    """Without what the map still shows though a file says that it is closed."""
    frame = stock.frame
    on_map = frame["source"] == MAP
    shut = frame["primary"] & (frame["status"] == np.where(on_map, "existing", "closed"))
    doubted = frame[shut].assign(status="", opens=np.nan).reset_index(drop=True)
    mapped = (doubted["source"] == MAP).to_numpy()
    lead = same_as(doubted, mapped, metres)
    told = ~mapped & mapped[lead]
    by = pd.Series(doubted["id"].to_numpy()[told], index=doubted["record"].to_numpy()[lead[told]])
    owed = frame["record"].map(by[~by.index.duplicated()])
    return stock.without(owed.notna().to_numpy(), Outcome.CLOSED, owed)


def _merged(stock: _Stock, metres: float) -> _Stock:
    """Each place once where several rows speak of it; it counts in the categories of them all."""
    own = stock.frame[stock.frame["primary"]].reset_index(drop=True)
    lead = own.iloc[same_as(own, (own["source"] == MAP).to_numpy(), metres)].set_axis(own["record"])
    moved = lead[lead["record"] != lead.index]
    drawn = lead.loc[stock.frame["record"]]
    known = {column: drawn[column].to_numpy() for column in AS_DRAWN} | {"hours": _hours(stock.frame, drawn)}
    frame = stock.frame.assign(follows=stock.frame["record"].isin(moved.index), **known).set_geometry("geometry")
    greatest = frame.groupby(["record", "category"])["capacity"].transform("max")
    frame = frame.assign(capacity=frame["capacity"].fillna(greatest)).sort_values("follows", kind="stable")
    frame = frame.drop_duplicates(["record", "category"]).drop(columns="follows").reset_index(drop=True)
    return _Stock(frame, settled(stock.trace, moved.index, Outcome.DUPLICATE, moved["id"].to_numpy()))


def _hours(frame: gpd.GeoDataFrame, lead: gpd.GeoDataFrame) -> pd.Series:
    """The opening hours of each place, by the row that stands for it: those of a file before those of the map."""
    said = frame["hours"].where(frame["hours"] != "").astype(object)
    place = lead["record"].set_axis(frame.index)
    own, any_row = (each.groupby(place).transform("first") for each in (said.where(frame["source"] != MAP), said))
    return own.fillna(any_row).fillna("")


def _spots(stock: _Stock) -> _Stock:
    """Sorted by category and id, each spot once."""
    frame = stock.frame.sort_values(["category", "id", "status", "opens"], kind="stable", ignore_index=True)
    grid = np.rint(shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy())) / SAME_SPOT_M)
    same = ["category", "status", "opens"]
    key = frame[[*same, "source", "name"]].assign(x=grid[:, 0], y=grid[:, 1])
    again = key.duplicated() | frame.duplicated([*same, "id"])
    first = frame["id"].where(~again).groupby([key[column] for column in key], dropna=False).transform("first")
    return _Stock(frame, stock.trace).without(again.to_numpy(), Outcome.DUPLICATE, first.fillna(frame["id"]))


def _workplaces(people: gpd.GeoDataFrame, standard: Standard) -> Rows:
    """The user's own places whose kind is a category too: a plant with jobs, or of unknown size, is a workplace."""
    categories = [category.id for category in standard.known]
    own = people[people["kind"].isin(categories) & (people["source"] != MAP) & (people[list(PEOPLE)].max(axis=1) != 0)]
    frame = pd.DataFrame(
        {
            "id": own["id"],
            "name": own["name"],
            "category": own["kind"],
            "source": own["source"],
            "status": "existing",
            "opens": np.nan,
            "capacity": np.nan,
            "hours": "",
            "area_m2": own["footprint_m2"],
            "primary": True,
            "record": np.arange(len(own)),
        }
    )
    kind = own["kind"].to_numpy()
    trace = traced(source=own["source"].to_numpy(), row="", id=own["id"].to_numpy(), name=own["name"].to_numpy())
    trace = trace.assign(given=kind, category=kind, rule="demand")
    return Rows(gpd.GeoDataFrame(frame, geometry=own.geometry, crs=people.crs), trace)


def _with_also(trace: pd.DataFrame, frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """The trace with the categories that each row counts in beside its own."""
    more = frame[~frame["primary"]].sort_values("category").groupby("record")["category"].agg(";".join)
    return trace.assign(also=more.astype(object).reindex(trace.index).fillna(""))


def _complete(file: SiteFile, files: Sequence[FileRows], standard: Standard) -> frozenset[str]:
    declared = [supplied(each.source, each.rows, standard) for each in files if each.source.complete]
    return frozenset(file.complete).union(*declared)


# Notes -------------------------------------------------------------------------------------------


def _file_notes(files: Sequence[FileRows], standard: Standard) -> Iterator[Note]:
    for each in files:
        name, frame, trace = each.source.file.name, each.rows.frame, each.rows.trace
        categories = frame["category"].nunique()
        text = msg(
            "{file}: {n} {n:facility|facilities} in {categories} {categories:category|categories}",
            file=name,
            n=int(frame["primary"].sum()),
            categories=categories,
        )
        yield Note("info", text)
        none = int(trace["outcome"].isin([Outcome.NO_RULE, Outcome.PEOPLE]).sum())
        if none:
            text = msg(
                "{file}: {n} of {whole} {whole:row|rows} of no category of facilities",
                file=name,
                n=none,
                whole=len(trace),
            )
            yield Note("info", text)
        yield from each.rows.notes
        if each.source.complete and not supplied(each.source, each.rows, standard):
            yield Note("doubt", msg("{file} is declared complete but names no category", file=name))


def _beyond_note(rows: int) -> Iterator[Note]:
    if rows:
        yield Note("info", msg("{n} {n:facility|facilities} beyond the study area left out", n=rows))


def _duplicate_note(trace: pd.DataFrame) -> Iterator[Note]:
    again = trace[trace["outcome"] == Outcome.DUPLICATE]
    if len(again):
        names = tuple(sorted({str(name) for name in again["name"] if name})[:NAMED]) or msg("without names")
        yield Note(
            "repaired", msg("{n} duplicate {n:facility|facilities} left out ({names})", n=len(again), names=names)
        )
