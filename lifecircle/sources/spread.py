"""Areas with people, spread over the buildings inside them, else over cells; no head is lost or made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lifecircle.messages import msg
from lifecircle.model import HEADS, PEOPLE, UNITS, Bools, Floats, Geometries, Ints, Note
from lifecircle.sources.buildings import Buildings, Fit, container

CELL_M = 50.0
"""Side of the cells that an area without buildings is split into."""
MOST_PER_M2 = 2.0
"""Heads on a square metre of known floor. Buildings that would have to hold more are not all there are: 30 floors
with 15 m2 a head, and nobody said how many floors, come to 2 on a square metre of footprint."""


@dataclass(frozen=True)
class Ground:
    """What areas are spread over, in metres."""

    buildings: Buildings
    mapped: shapely.Geometry
    """Where the buildings are known."""
    near: shapely.Geometry
    """Where it matters; what lies beyond stays in one piece."""


class Where(IntEnum):
    """Where a piece of an area came to lie."""

    KNOWN = Fit.KNOWN
    NOT_OTHER = Fit.NOT_OTHER
    OTHER_AROUND = Fit.OTHER_AROUND
    CELL = 3
    UNMAPPED = 4
    """In a cell beyond the edge of the map's data."""
    BEYOND = 5
    """Too far away to matter."""


TOLD = {
    Where.KNOWN: msg("in buildings known to be for them, by their tags or the land use around"),
    Where.NOT_OTHER: msg("in buildings not known to be for something else"),
    Where.OTHER_AROUND: msg("in buildings that stand on land of another use"),
    Where.CELL: msg("in cells of {size:g} m, where no building is mapped that could hold them", size=CELL_M),
    Where.UNMAPPED: msg("in cells of {size:g} m, beyond the edge of the map's data", size=CELL_M),
}


def spread(
    frame: gpd.GeoDataFrame, areas: Bools, ground: Ground | None, *, jobs: bool = False, whole_m2: float = 0.0
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Replace areas of a frame of demand by the buildings inside them, else by points in cells of ``CELL_M``.

    The heads of an area are shared by floor area (footprint where the floors are unknown), or by the area of
    cells. The buildings are those fit for people at home, or with ``jobs`` at work (``Fit``): those known to be,
    where they make up half of those that may be; else all that nothing speaks against; else those that only the
    land use around speaks against. Where none could hold the heads (``MOST_PER_M2``), cells do. Of an area that
    crosses the edge of ``ground.mapped`` the part outside, by area, goes to cells. Of nested areas the smallest
    has the buildings. Areas of at most ``whole_m2`` are not split into cells. ``ground`` None: cells only.

    Returns the frame, its pieces behind (``id#1``, ``id#2`` ... by place; ``area_id`` is the area's id), and for
    each piece where it lies: columns ``where`` (of ``Where``) and heads.
    """
    rows = np.flatnonzero(areas)
    if not len(rows):
        return frame, pd.DataFrame(columns=["where", *PEOPLE])
    shapes = frame.geometry.to_numpy()[rows]
    smallest_first = np.argsort(shapely.area(shapes), kind="stable")
    rows, shapes = rows[smallest_first], shapes[smallest_first]
    heads = frame[list(PEOPLE)].iloc[rows].max(axis=1).to_numpy(dtype=float)
    pieces = _pieces(shapes, heads, ground, jobs, whole_m2)
    pieces["row"] = rows[pieces["area"]]
    bounds = shapely.bounds(pieces["geometry"].to_numpy()).T
    pieces = pieces.iloc[np.lexsort((pieces["share"], *bounds, pieces["row"]))]
    own = frame.iloc[pieces["row"]].reset_index(drop=True)
    number = (own.groupby("id").cumcount() + 1).astype(str)
    geometry, real = pieces["geometry"].to_numpy(), (pieces["where"] <= Where.OTHER_AROUND).to_numpy()
    own = own.assign(
        area_id=own["id"],
        id=own["id"] + "#" + number,
        footprint_m2=np.where(real, shapely.area(geometry), np.nan),
        floors=pieces["floors"].to_numpy(),
        **{kind: own[kind] * pieces["share"].to_numpy() for kind in HEADS},
    ).set_geometry(gpd.GeoSeries(np.where(real, geometry, shapely.point_on_surface(geometry)), crs=frame.crs))
    found = own[list(PEOPLE)].assign(where=pieces["where"].to_numpy())
    rest = [frame[~areas]] if (~areas).any() else []
    return gpd.GeoDataFrame(pd.concat([*rest, own], ignore_index=True), crs=frame.crs), found


def _pieces(areas: Geometries, heads: Floats, ground: Ground | None, jobs: bool, whole_m2: float) -> pd.DataFrame:
    """Columns area (its number), share (of the area's heads), where, floors, geometry.

    The areas stand in the order of their size, the smallest first; those of nobody stay whole.
    """
    parts = _parts(areas, ground)
    part_m2 = shapely.area(parts["geometry"].to_numpy())
    parts["share"] = part_m2 / np.bincount(parts["area"], part_m2, len(areas))[parts["area"]]
    part_heads = parts["share"] * heads[parts["area"]]
    housed = _housed(parts, part_heads.to_numpy(), ground, jobs)
    empty = ~parts.index.isin(housed["part"])
    split = empty & (parts["where"] != Where.BEYOND) & (part_m2 > whole_m2) & (part_heads != 0)
    number, cell = cells_of(parts.loc[split, "geometry"].to_numpy())
    cells = pd.DataFrame({"part": parts.index[split][number], "geometry": cell, "weight": shapely.area(cell)})
    whole = pd.DataFrame({"part": parts.index[empty & ~split], "weight": 1.0})
    whole["geometry"] = parts.loc[whole["part"], "geometry"].to_numpy()
    kept = [each for each in (housed, cells, whole) if len(each)]
    pieces = pd.concat(kept, ignore_index=True).reindex(columns=[*housed.columns]) if kept else housed
    part = pieces["part"].to_numpy(dtype=np.int64)
    of_part = parts.iloc[part].reset_index(drop=True)
    within = pieces["weight"] / np.bincount(part, pieces["weight"], len(parts))[part]
    return pieces.assign(
        area=of_part["area"],
        share=of_part["share"] * within,
        where=pieces["where"].fillna(of_part["where"]).astype(np.int64),
    )


def _parts(areas: Geometries, ground: Ground | None) -> pd.DataFrame:
    """The areas cut where the map's data and what matters end: columns area (its number), geometry, where."""
    number = np.arange(len(areas))
    if ground is None:
        return pd.DataFrame({"area": number, "geometry": areas, "where": int(Where.CELL)})
    shapely.prepare(ground.mapped)
    cut = number[~shapely.covers(ground.mapped, areas)]
    cuts = {
        Where.CELL: shapely.intersection(areas[cut], ground.mapped),
        Where.UNMAPPED: shapely.intersection(areas[cut], shapely.difference(ground.near, ground.mapped)),
        Where.BEYOND: shapely.difference(areas[cut], ground.near),
    }
    whole = np.setdiff1d(number, cut)
    frames = [pd.DataFrame({"area": whole, "geometry": areas[whole], "where": int(Where.CELL)})]
    for where, part in cuts.items():
        some = shapely.area(part) > 0
        frames.append(pd.DataFrame({"area": cut[some], "geometry": part[some], "where": int(where)}))
    kept = [each for each in frames if len(each)] or frames[:1]
    return pd.concat(kept).sort_values("area", ignore_index=True, kind="stable")


def _housed(parts: pd.DataFrame, heads: Floats, ground: Ground | None, jobs: bool) -> pd.DataFrame:
    """Buildings that hold the heads of parts: columns part (its row), geometry, weight, floors, where."""
    if ground is None or not len(ground.buildings.outline):
        return pd.DataFrame({"part": np.empty(0, np.int64), "geometry": None, "weight": 0.0, "floors": 0.0, "where": 0})
    buildings = ground.buildings
    here = np.flatnonzero((parts["where"] == Where.CELL) & (heads != 0))
    within = container(buildings.outline, parts["geometry"].to_numpy()[here])
    fit, floor_m2 = buildings.fit(jobs=jobs), buildings.floor_m2
    level = _level(within, fit, floor_m2, np.nan_to_num(heads[here]))
    chosen = np.flatnonzero(fit <= np.append(level, -1)[within])
    return pd.DataFrame(
        {
            "part": here[within[chosen]],
            "geometry": buildings.outline[chosen],
            "weight": floor_m2[chosen],
            "floors": buildings.floors[chosen],
            "where": fit[chosen],
        }
    )


def _level(within: Ints, fit: Ints, floor_m2: Floats, heads: Floats) -> Ints:
    """Shape (parts,): the worst ``Fit`` of the buildings that each part's heads are spread over; -1 for none."""
    m2 = [
        np.bincount(within[rows], floor_m2[rows], len(heads))
        for most in (Fit.KNOWN, Fit.NOT_OTHER, Fit.OTHER_AROUND)
        for rows in [np.flatnonzero((within >= 0) & (fit <= most))]
    ]
    enough = [(each > 0) & (heads <= MOST_PER_M2 * each) for each in m2]
    enough[0] &= m2[0] >= m2[1] / 2
    return np.select(enough, [Fit.KNOWN, Fit.NOT_OTHER, Fit.OTHER_AROUND], default=-1).astype(np.int64)


def cells_of(areas: Geometries) -> tuple[Ints, Geometries]:
    """The parts of areas in cells of ``CELL_M``: the number of the area, and the part, by column and row."""
    bounds = np.floor(shapely.bounds(areas) / CELL_M).astype(np.int64).reshape(-1, 4)
    columns, rows = (bounds[:, 2:] - bounds[:, :2] + 1).T
    of = np.repeat(np.arange(len(areas)), columns * rows)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(columns * rows) - columns * rows, columns * rows)
    x, y = (bounds[of, :2] + np.column_stack([nth // rows[of], nth % rows[of]])).T * CELL_M
    parts = shapely.intersection(shapely.box(x, y, x + CELL_M, y + CELL_M), areas[of])
    some = shapely.area(parts) > 0
    return of[some], parts[some]


def told(found: pd.DataFrame, name: str) -> Iterator[Note]:
    """Where the heads of a file came to lie, a note for each kind of place and of heads."""
    for where, text in TOLD.items():
        for kind in PEOPLE:
            heads = float(found.loc[found["where"] == where, kind].sum())
            if heads > 0:
                told = msg("{file}: {heads:,.0f} {unit} {place}", file=name, heads=heads, unit=UNITS[kind], place=text)
                yield Note("info" if where <= Where.NOT_OTHER else "assumed", told)
