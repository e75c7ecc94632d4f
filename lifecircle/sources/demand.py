"""Places with people: from OSM buildings and land use, the user's tables, and population rasters."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from lifecircle.classify import classify_osm
from lifecircle.errors import Fault, Faults, InputError, row_of
from lifecircle.messages import Named, msg
from lifecircle.model import HEADS, PEOPLE, UNITS, Floats, Geometries, Ints, Note, Standard, Texts
from lifecircle.site import DemandFile, Estimate
from lifecircle.sources.boundary import joined
from lifecircle.sources.buildings import container, floors_of, outlined, storeys
from lifecircle.sources.osm import Objects
from lifecircle.sources.spread import Ground, spread, told
from lifecircle.sources.tables import check_columns, counts, read_places, texts, valid

LARGEST_KM2 = 2_500
"""Of the bounds of one area of demand."""
ROUNDING = 0.5
"""Heads by which shifts may miss their sum, where counts were rounded."""
OTHER = "building"
"""Kind of a building of which nothing says who uses it."""
COLUMNS = ["id", "name", "kind", "source", *HEADS, "footprint_m2", "floors", "area_id", "estimated"]


def from_osm(objects: Objects, standard: Standard, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Every building as a place, with the kind that it or the land use around it says, and areas without
    buildings as cells. No head counts: OSM knows none."""
    area_m2, name = objects.area_m2, objects.values("name")
    found = classify_osm(standard.demand, objects.values, area_m2)
    kind = np.full(len(objects.id), "", dtype=object)
    kind[found["row"].to_numpy()] = found["id"].to_numpy()
    building = outlined(objects)
    polygon = np.isfinite(area_m2)
    areas = np.flatnonzero((kind != "") & polygon & (objects.values("building") == ""))
    areas = areas[np.argsort(area_m2[areas], kind="stable")]
    within = container(objects.geometry[building], objects.geometry[areas])

    def of(rows: Ints, **more: npt.NDArray[np.generic]) -> gpd.GeoDataFrame:
        columns = {"id": objects.id[rows], "name": name[rows], "kind": kind[rows]} | more
        return places_of(crs, geometry=objects.geometry[rows], **columns)

    rows = np.flatnonzero(building)
    own = kind[rows]
    around = np.where(within >= 0, kind[areas[within]] if len(areas) else "", "")
    places = of(
        rows,
        kind=np.where(own != "", own, np.where(around != "", around, OTHER)),
        footprint_m2=area_m2[rows],
        floors=floors_of(objects.values("building:levels")[rows]),
        area_id=np.where((within >= 0) & (own == ""), objects.id[areas[within]] if len(areas) else "", ""),
    )
    points = of(np.flatnonzero((kind != "") & ~polygon & (shapely.get_type_id(objects.geometry) == 0)))
    fields = of(areas[~np.isin(np.arange(len(areas)), within)])
    cells, _ = spread(fields, np.ones(len(fields), dtype=bool), None)
    return joined([places, points, cells], crs)


def places_of(crs: pyproj.CRS, geometry: Geometries, **columns: npt.NDArray[np.generic]) -> gpd.GeoDataFrame:
    """Places with what is known of them; what is not is unknown (NaN) or empty."""
    blank = {name: np.full(len(geometry), np.nan) for name in (*HEADS, "footprint_m2", "floors")}
    empty = np.full(len(geometry), "", dtype=object)
    source = np.full(len(geometry), "OpenStreetMap", dtype=object)
    frame = pd.DataFrame({"source": source, "name": empty, "area_id": empty, "estimated": empty, **blank, **columns})
    return gpd.GeoDataFrame(frame[COLUMNS], geometry=geometry, crs=crs)


def from_file(
    source: DemandFile, crs: pyproj.CRS, ground: Ground, label: str, *, jobs: bool = False
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """A user's own places in metres, and what was repaired or assumed.

    Areas are spread over the buildings inside them, else over cells (``spread``; with ``jobs`` over those that
    people work in); one that is itself a building stays whole. Raises InputError with every fault of the file.
    """
    where = str(source.file)
    table, notes = read_places(source)
    shifts = {} if source.shifts is None else source.shifts.model_dump()
    faults = Faults()
    with faults.gathered():
        asked = {key: getattr(source, key) for key in ("id", "name", "floors", *PEOPLE)}
        check_columns(table, asked | {f"shifts.{shift}": column for shift, column in shifts.items()}, where)
    faults.raise_any()
    with faults.gathered():
        given = _ids(source, table, where)
    heads = {}
    for kind in PEOPLE:
        with faults.gathered():
            heads[kind] = counts(table, getattr(source, kind), where)
    with faults.gathered():
        floors = storeys(table, source.floors, where)
    with faults.gathered():
        heads |= _by_shift(source, table, heads.get("jobs"), where)
    geometry = valid(table.geometry.to_crs(crs).to_numpy())  # hair-thin in degrees may be none in metres
    polygonal = np.isin(shapely.get_type_id(geometry), (3, 6))
    somewhere = np.isfinite(shapely.bounds(geometry)[:, :2]).all(axis=1)  # a quarter of the globe away are no metres
    areas = polygonal & somewhere & ~_is_building(geometry, ground.buildings.outline)
    with faults.gathered():
        _check_sizes(geometry[areas], table.index[areas], where)
    faults.raise_any()
    frame = places_of(
        crs,
        id=np.array([f"{label}/{value}" for value in given], dtype=object),
        name=texts(table, source.name),
        kind=np.full(len(table), source.kind, dtype=object),
        source=np.full(len(table), source.file.name, dtype=object),
        footprint_m2=shapely.area(np.where(polygonal & somewhere, geometry, np.array(None))),
        floors=floors,
        geometry=geometry,
        **heads,
    )
    over = source.spread == "buildings"
    pieces, found = spread(frame, areas, ground if over else None, jobs=jobs)
    known = over and len(ground.buildings.outline)
    return pieces, (*notes, *(told(found, source.file.name) if known else ()))


def _ids(source: DemandFile, table: gpd.GeoDataFrame, where: str) -> Texts:
    """Shape (n,): the ids of the rows, else their numbers. Raises InputError for those that stand twice."""
    given = texts(table, source.id) if source.id else np.array([str(i) for i in table.index], dtype=object)
    repeated = np.flatnonzero(pd.Series(given).duplicated(keep=False))
    mend = msg("give each place its own id")
    faults = [
        Fault(
            row_of(where, table.index[row]),
            msg("{column} {value!r} stands twice", column=source.id, value=given[row]),
            mend,
        )
        for row in repeated
    ]
    if faults:
        raise InputError(faults)
    return given


def _by_shift(source: DemandFile, table: gpd.GeoDataFrame, jobs: Floats | None, where: str) -> dict[str, Floats]:
    """Columns of jobs by shift, and of the jobs where only the shifts give them.

    Raises InputError naming every row whose shifts do not sum to its jobs.
    """
    if source.shift is not None and jobs is not None:
        return {f"jobs_{shift}": jobs if shift == source.shift else jobs * 0 for shift in ("day", "evening", "night")}
    if source.shifts is None or jobs is None:
        return {}
    columns = source.shifts.model_dump()
    found = {f"jobs_{shift}": counts(table, column, where) for shift, column in columns.items() if column is not None}
    if not found:
        return {}
    each = np.stack(list(found.values()))
    total, whole = np.nansum(each, axis=0), np.isfinite(each).all(axis=0)
    wrong = (total > jobs + ROUNDING) | (whole & (total < jobs - ROUNDING))
    mend = msg("make the shifts sum to the jobs, or leave unknown cells empty")
    faults = [
        Fault(
            row_of(where, table.index[row]),
            msg(
                "the shifts hold {total:g} jobs, {column} is {jobs:g}",
                total=float(total[row]),
                column=source.jobs,
                jobs=float(jobs[row]),
            ),
            mend,
        )
        for row in np.flatnonzero(wrong)
    ]
    if faults:
        raise InputError(faults)
    return {**found, "jobs": np.where(np.isnan(jobs) & whole, total, jobs)}


def _check_sizes(areas: Geometries, rows: pd.Index, where: str) -> None:
    west, south, east, north = shapely.bounds(areas).T
    big = (east - west) * (north - south) > LARGEST_KM2 * 1e6
    what, mend = msg("is larger than a city"), msg("draw the ground where the people are")
    if big.any():
        raise InputError([Fault(row_of(where, row), what, mend) for row in rows[big]])


def _is_building(shapes: Geometries, buildings: Geometries) -> npt.NDArray[np.bool_]:
    """Shapes that are one building: most of their area is covered by it."""
    out = np.zeros(len(shapes), dtype=bool)
    if len(buildings):
        row, hit = shapely.STRtree(buildings).query(shapes, predicate="intersects")
        part = shapely.area(shapely.intersection(shapes[row], buildings[hit])) / np.maximum(
            shapely.area(shapes[row]), 1e-9
        )
        out[row[part > 0.5]] = True
    return out


def estimated(
    frame: gpd.GeoDataFrame, factors: tuple[Estimate, ...], standard: Standard
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Fill unknown counts from footprints by the user's own factors, mark the places, and say so."""
    notes = []
    names = {kind.id: Named(kind.zh, kind.en) for kind in standard.demand}
    for factor in factors:
        rows = (frame["kind"] == factor.kind) & frame[factor.count].isna() & frame["footprint_m2"].notna()
        heads = frame["footprint_m2"] * factor.per_m2
        marked = (frame["estimated"] + "+" + factor.count).str.removeprefix("+")
        frame = frame.assign(
            **{factor.count: frame[factor.count].where(~rows, heads)},
            estimated=frame["estimated"].where(~rows, marked),
        )
        text = msg(
            "{kind}: {unit} of {n} {n:place|places} estimated as {per_m2:g} per m2 of footprint: {heads:.0f}",
            unit=UNITS[factor.count],
            n=int(rows.sum()),
            kind=names[factor.kind],
            per_m2=factor.per_m2,
            heads=float(heads[rows].sum()),
        )
        notes.append(Note("assumed", text))
    return frame, tuple(notes)
