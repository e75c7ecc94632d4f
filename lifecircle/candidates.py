"""Where something may be built: points along all public streets, or the sites of a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.errors import Fault, InputError, row_of
from lifecircle.messages import msg
from lifecircle.model import Attachment, Change, Floats, Scenario, Site, StreetPoints
from lifecircle.reach import street_points
from lifecircle.scenario import changed
from lifecircle.site import TableFile
from lifecircle.sources.tables import read_places
from lifecircle.walkways import WalkGraph

MOST_SITES = 1_500
"""Street points that are tried where nobody names sites, about."""
STEP_M = 20.0
"""They stand at least so far apart."""


@dataclass(frozen=True)
class Sites:
    """Where something may be built, ``s`` in all."""

    names: tuple[str, ...]
    xy: Floats
    """Shape (s, 2), metres in the site's CRS."""
    rows: Attachment
    """How they join the streets."""
    apart_mm: int
    """No street point of the site that they stand for is farther from the nearest of them; 0 where they were named."""
    area_m2: Floats
    """Shape (s,): of each; NaN where it has none, or nobody knows."""
    cost: Floats
    """Shape (s,): what each costs by itself."""


def along_streets(site: Site, graph: WalkGraph, streets: StreetPoints) -> Sites:
    """Points along the public streets of a site on which places may stand."""
    step_m = max(STEP_M, float(streets.length_m.sum()) / MOST_SITES)
    points = street_points(site.network, graph, site.boundary, step_m)
    edge = graph.piece_edge[points.piece]
    network = site.network
    open_to_all = network.attachable[edge] & network.trusted[edge] & ~network.private[edge]
    rows = np.flatnonzero(open_to_all)
    number = np.arange(len(rows))
    offset = graph.piece_from_mm[points.piece[rows]] + points.offset_mm[rows]
    none = np.zeros(len(rows), dtype=np.int64)
    return Sites(
        names=tuple(str(i + 1) for i in number),
        xy=points.xy[rows],
        rows=Attachment(number, edge[rows], offset, none, none - 1),
        apart_mm=int(np.ceil(points.length_m.max(initial=0) * 500)),
        area_m2=np.full(len(rows), np.nan),
        cost=np.zeros(len(rows)),
    )


def named(site: Site, category: str, candidates: TableFile | str | Path) -> Sites:
    """The sites of a file, each a point on it, joined to the streets as a scenario joins what it adds."""
    source = candidates if isinstance(candidates, TableFile) else TableFile(file=Path(candidates))
    frame, _ = read_places(source)
    if not len(frame):
        raise InputError(Fault(str(source.file), msg("holds no rows"), msg("draw at least one site")))
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    lonlat = shapely.get_coordinates(points)
    names = frame["name"].fillna("").astype(str) if "name" in frame else pd.Series("", index=frame.index)
    where = str(source.file.name)
    changes = tuple(
        Change(
            msg("{file}: row {row}", file=where, row=row), "facility", "add", ((lon, lat),), category, becomes=f"s/{i}"
        )
        for i, (row, (lon, lat)) in enumerate(zip(frame.index, lonlat.tolist(), strict=True))
    )
    tried = changed(site, Scenario(msg("sites").render("en"), changes))
    assert tried.joined is not None
    supply = tried.joined[0].attachment
    added = supply.place >= len(site.facilities)
    rows = supply.take(added)
    to_metres = pyproj.Transformer.from_crs(4326, site.crs, always_xy=True)
    areas = frame.geometry.to_crs(site.crs).area.to_numpy()
    return Sites(
        names=tuple(name or str(row) for name, row in zip(names, frame.index, strict=True)),
        xy=np.column_stack(to_metres.transform(*lonlat.T)),
        rows=replace(rows, place=rows.place - len(site.facilities)),
        apart_mm=0,
        area_m2=np.where(areas > 0, areas, np.nan),
        cost=_costs(frame, where),
    )


def _costs(frame: pd.DataFrame, file: str) -> Floats:
    """What each site costs by itself: its ``cost``; nothing where none is said. Raises InputError."""
    if "cost" not in frame:
        return np.zeros(len(frame))
    said = frame["cost"].fillna("").astype(str).str.strip()
    cost = pd.to_numeric(said.where(said != "", "0"), errors="coerce")
    faults = [
        Fault(row_of(file, row), msg("cost is {value!r}", value=said[row]), msg("write a number from 0 on"))
        for row in cost.index[~(cost >= 0) | np.isinf(cost)]
    ]
    if faults:
        raise InputError(faults)
    return cost.to_numpy(dtype=float)
