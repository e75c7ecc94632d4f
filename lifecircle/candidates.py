"""Where something may be built: along all public streets, on the sites of a file, on the site's own plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from lifecircle.errors import Fault, InputError, row_of
from lifecircle.feet import whole_mm
from lifecircle.gateways import Ground
from lifecircle.messages import Message, msg
from lifecircle.model import Attachment, Floats, Geometries, PlotKind, Site, StreetPoints
from lifecircle.proposals import On, Plots
from lifecircle.reach import street_points
from lifecircle.scenario import FAR_M, joined_spots
from lifecircle.site import TableFile
from lifecircle.sources.boundary import within
from lifecircle.sources.columns import recognise
from lifecircle.sources.tables import read_places
from lifecircle.walkways import WalkGraph

MOST_SITES = 1_500
"""Street points that are tried where nobody names sites, about."""
FEW_SITES = 150
"""Where the mean of all walks is to be shortest: then every walk is a row of the programme."""
STEP_M = 20.0
"""They stand at least so far apart, and are named after a street that is drawn so near."""
STREETS = ("major", "medium", "minor")
"""Labels of streets."""
ROUNDING_MM = 20
"""A walk to a point told in degrees of seven decimals is at most so much longer."""
FRONT_M = 2.0
"""What is built on a plot stands so far inside, where the plot is wide enough."""


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


KINDS: dict[On, tuple[PlotKind, ...]] = {
    "vacant": ("vacant-land", "vacant-building"),
    "vacant-land": ("vacant-land",),
    "vacant-buildings": ("vacant-building",),
    "buildings": ("building", "vacant-building"),
}
"""What of ``Site.plots`` may be chosen."""


def sites_of(
    site: Site,
    graph: WalkGraph,
    streets: StreetPoints,
    candidates: Plots | TableFile | str | Path | None,
    most: int = MOST_SITES,
) -> Sites:
    """The sites that may be chosen: some of the site's own, those of a file, else points along its public streets,
    about ``most``."""
    if candidates is None:
        return along_streets(site, graph, streets, most)
    return on_plots(site, candidates) if isinstance(candidates, Plots) else named(site, candidates)


def along_streets(site: Site, graph: WalkGraph, streets: StreetPoints, most: int = MOST_SITES) -> Sites:
    """Points along the public streets of a site on which places may stand."""
    step_m = max(STEP_M, float(streets.length_m.sum()) / most)
    points = street_points(site.network, graph, site.boundary, step_m)
    edge = graph.piece_edge[points.piece]
    network = site.network
    open_to_all = network.attachable[edge] & network.trusted[edge] & ~network.private[edge]
    rows = np.flatnonzero(open_to_all)
    number = np.arange(len(rows))
    offset = graph.piece_from_mm[points.piece[rows]] + points.offset_mm[rows]
    none = np.zeros(len(rows), dtype=np.int64)
    return Sites(
        names=_beside_streets(site, points.xy[rows]),
        xy=points.xy[rows],
        rows=Attachment(number, edge[rows], offset, none + ROUNDING_MM, none - 1),
        apart_mm=int(np.ceil(points.length_m.max(initial=0) * 500)) + ROUNDING_MM,
        area_m2=np.full(len(rows), np.nan),
        cost=np.zeros(len(rows)),
    )


def _beside_streets(site: Site, xy: Floats) -> tuple[str, ...]:
    """A number for each point, and the street that is drawn there."""
    streets = site.labels[site.labels["kind"].isin(STREETS)]
    name = np.full(len(xy), "", dtype=object)
    tree = shapely.STRtree(streets.geometry.to_numpy())
    point, nearest = tree.query_nearest(shapely.points(xy), max_distance=STEP_M, all_matches=False)
    name[point] = streets["name"].to_numpy()[nearest]
    return tuple(f"{street} · {i}" if street else str(i) for i, street in enumerate(name, start=1))


def named(site: Site, candidates: TableFile | str | Path) -> Sites:
    """The sites of a file: points, or areas, each where it is nearest to a street. Raises InputError."""
    source = candidates if isinstance(candidates, TableFile) else TableFile(file=Path(candidates))
    frame, _ = read_places(source)
    file = str(source.file.name)
    if not len(frame):
        raise InputError(Fault(str(source.file), msg("holds no rows"), msg("draw at least one site")))
    lonlat = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    xy = Ground(site).spots(lonlat)
    _check_near(site, xy, lonlat, [row_of(file, row) for row in frame.index])
    shapes = frame.geometry.to_crs(site.crs).to_numpy()
    areas = shapely.area(shapes) > 0
    xy[areas] = _fronts(site, shapes[areas])
    title = recognise(str(column) for column in frame.columns).get("name")
    names = frame[title].fillna("").astype(str) if title in frame else pd.Series("", index=frame.index)
    told = [name or str(row) for row, name in names.items()]
    return _at(site, told, xy, shapely.area(shapes), _costs(frame, file))


def on_plots(site: Site, plots: Plots) -> Sites:
    """The site's own vacant land and buildings, each where it is nearest to a street. Raises InputError."""
    found = site.plots[site.plots["kind"].isin(list(KINDS[plots.on]))]
    found = found[within(found, shapely.buffer(site.boundary, plots.around_m))]
    large = found[found.area >= plots.least_m2]
    if not len(large):
        what = msg(
            "no such land or building is known inside the boundary and {metres:g} m around it", metres=plots.around_m
        )
        if len(found):
            what = msg("none of the {n:,} there has {m2:,.0f} m2", n=len(found), m2=plots.least_m2)
        mend = msg("ask farther (--around) or for less (--min-area), or draw sites and give --candidates")
        raise InputError(Fault("--on", what, mend))
    area_m2 = large.area.to_numpy()
    called = large["name"].where(large["name"] != "", large["id"])
    told = [f"{name} ({m2:,.0f} m2)" for name, m2 in zip(called, area_m2, strict=True)]
    return _at(site, told, _fronts(site, large.geometry.to_numpy()), area_m2, np.zeros(len(large)))


def _fronts(site: Site, shapes: Geometries) -> Floats:
    """Shape (s, 2): the point of each area that is nearest to a street, a little inside where the area is wide."""
    network = site.network
    streets = network.lines[network.trusted & network.attachable]
    inner = shapely.buffer(shapes, -FRONT_M)
    inner = np.where(shapely.is_empty(inner), shapes, inner)
    links = shapely.shortest_line(inner, streets[shapely.STRtree(streets).nearest(inner)])
    return np.asarray(shapely.get_coordinates(shapely.get_point(links, 0)))


def _check_near(site: Site, xy: Floats, lonlat: Floats, where: Sequence[Message]) -> None:
    """Raises InputError for every point that is not in the study area."""
    inside = shapely.intersects_xy(site.study_area, *np.nan_to_num(xy, posinf=FAR_M).T)
    mend = msg("stay around the site, and write longitude before latitude")
    faults = []
    for row in np.flatnonzero(~inside).tolist():
        lon, lat = lonlat[row].tolist()
        what = msg("lon {lon:.7f}, lat {lat:.7f} is not in the study area", lon=lon, lat=lat)
        faults.append(Fault(where[row], what, mend))
    if faults:
        raise InputError(faults)


def _at(site: Site, names: Sequence[str], xy: Floats, area_m2: Floats, cost: Floats) -> Sites:
    """Points joined to the streets as a scenario joins what it adds."""
    return Sites(
        names=tuple(names),
        xy=xy,
        rows=joined_spots(Ground(site), site.network, whole_mm(xy)),
        apart_mm=0,
        area_m2=np.where(area_m2 > 0, area_m2, np.nan),
        cost=cost,
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
