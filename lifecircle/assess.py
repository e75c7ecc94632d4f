"""The whole story on one page: from a site to its assessment."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lifecircle.attach import join
from lifecircle.cells import cells_over
from lifecircle.coverage import cover
from lifecircle.gaps import find_gaps
from lifecircle.index import three_life_index
from lifecircle.indicators import headline, indicators
from lifecircle.load import load_site
from lifecircle.model import Assessment, Reach, Site, StreetPoints
from lifecircle.reach import cut, measure, router, shared, street_points
from lifecircle.site import SiteFile


def assess(site: Site | SiteFile | str | Path) -> Assessment:
    """Who can reach what on foot, who cannot, and how sure we are.

    ``site`` is a loaded Site, or the path of a site file. Raises InputError.
    """
    if not isinstance(site, Site):
        site = load_site(site)
    reach, streets = walk(site)
    coverage = cover(site, reach, streets)
    cells = cells_over(site.boundary, streets)
    gaps = find_gaps(site, reach, coverage, streets, cells)
    index = three_life_index(site, reach, coverage)
    return Assessment(
        site=site,
        streets=streets,
        cells=cells,
        reach=reach,
        coverage=coverage,
        gaps=gaps,
        indicators=indicators(site, reach, coverage, streets),
        index=index,
        headline=headline(site),
        notes=site.notes,
        provenance=site.provenance,
    )


def walk(site: Site) -> tuple[Reach, StreetPoints]:
    """Join places and facilities to the network and search it once a category."""
    doors = site.doors.geometry.to_numpy()
    enclosures = site.enclosures.geometry.to_numpy()
    around = {"doors": doors, "walls": site.walls, "enclosures": enclosures}
    facilities = site.facilities.geometry.to_numpy()
    places = site.demand.geometry.to_numpy()
    supply = join(site.network, facilities, site.connector_mm, areas=True, **around)
    demand = join(site.network, places, site.connector_mm, **around)
    graph, node = cut(site.network, supply.attachment)
    reach = measure(
        site.network,
        graph,
        router(site.network, graph, supply.attachment, node, len(facilities)),
        places,
        demand,
        facilities,
        [np.flatnonzero(site.facilities["category"] == category.id) for category in site.standard.categories],
        site.limit_mm,
        same_place=_same_place(site),
        shared_mm=shared(places, facilities, enclosures),
    )
    return reach, street_points(site.network, graph, site.boundary)


def _same_place(site: Site) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Shape (f,): the place of demand that each facility is itself; -1 for none."""
    row = {id: i for i, id in enumerate(site.demand["id"])}
    return np.array([row.get(id, -1) for id in site.facilities["id"]], dtype=np.int64)
