"""What is measured: places with a map extract and a boundary, and files made from them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import shapely
from shapely import affinity

from lifecircle.load import load_site
from lifecircle.model import Attachment, Ints, Site, WalkGraph, WalkNetwork
from lifecircle.reach import cut
from lifecircle.sources.boundary import local_crs
from lifecircle.sources.osm import Extract, read_osm, streets

ID_STEP = 10**11
"""Added to every id from one copy of an extract to the next."""
GAP_DEGREES = 0.003
"""Free ground between copies, and between a boundary made here and the end of the streets."""


@dataclass(frozen=True)
class Case:
    """A map extract, and a boundary inside it (a GeoJSON file in WGS 84, with a filter where it holds several)."""

    name: str
    osm: Path
    boundary: Path
    where: str = ""
    given: Path | None = None
    """A site file that there is already."""

    def site_file(self, folder: Path, private_ways: str = "ends") -> Path:
        """The site file given, or one written to a folder."""
        if self.given is not None:
            return self.given
        boundary: dict[str, str] = {"file": str(self.boundary.resolve())}
        if self.where:
            boundary["where"] = self.where
        site = {
            "name": self.name,
            "boundary": boundary,
            "osm": str(self.osm.resolve()),
            "private_ways": private_ways,
        }
        path = folder / f"{self.name}-{private_ways}.yaml"
        path.write_text(json.dumps(site), encoding="utf-8")
        return path

    def site(self, folder: Path) -> Site:
        """The site, with private ways walked through, as the peers know no others."""
        return load_site(self.site_file(folder, "through"))


def prepare_walkable(source: Path, target: Path) -> None:
    """Write an extract's walkable ways and their nodes only, split at nodes that the extract lacks.

    Their tags are the class of highway and that they are open on foot.
    """
    extract = read_osm(source)
    elements = extract.elements
    ways = streets(extract, elements.node_lonlat)
    with osmium.SimpleWriter(str(target), overwrite=True) as writer:
        for id, (lon, lat) in zip(ways.node_id.tolist(), ways.node_xy.tolist(), strict=True):
            writer.add_node(osmium.osm.mutable.Node(id=id, location=(lon, lat)))
        number = int(elements.way_id.max()) + 1
        bounds = zip(ways.way_start[:-1], ways.way_start[1:], strict=True)
        for id, highway, (begin, end) in zip(ways.way_id.tolist(), ways.highway, bounds, strict=True):
            for i, part in enumerate(_parts(ways.way_node[begin:end])):
                own = id if i == 0 else number
                refs = ways.node_id[part].tolist()
                writer.add_way(osmium.osm.mutable.Way(id=own, nodes=refs, tags={"highway": highway, "foot": "yes"}))
                number += i > 0


def _parts(node: Ints) -> Iterator[Ints]:
    """Runs of at least two nodes between holes."""
    for part in np.split(node, np.flatnonzero(node < 0)):
        known = part[part >= 0]
        if len(known) > 1:
            yield known


def copies(source: Path, count: int, folder: Path) -> Case:
    """An extract several times side by side as one, with a boundary part for each copy.

    Ids and longitudes are shifted from copy to copy, so that none meets another.
    """
    lonlat = used_lonlat(read_osm(source))
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    step = east - west + GAP_DEGREES
    case = Case(f"{count}x-{source.name.split('.')[0]}", folder / f"{count}.osm.pbf", folder / f"{count}.geojson")
    with osmium.SimpleWriter(str(case.osm), overwrite=True) as writer:
        for kind in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
            for k in range(count):
                for item in osmium.FileProcessor(str(source), kind):
                    _write_shifted(writer, item, k * ID_STEP, k * step)
    margin = min(GAP_DEGREES, (east - west) / 10, (north - south) / 10)
    box = shapely.box(west + margin, south + margin, east - margin, north - margin)
    parts = [affinity.translate(box, xoff=k * step) for k in range(count)]
    shape = json.loads(shapely.to_geojson(shapely.union_all(parts)))
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    case.boundary.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return case


def _write_shifted(writer: Any, item: Any, id: int, degrees: float) -> None:
    if item.is_node():
        writer.add_node(item.replace(id=item.id + id, location=(item.location.lon + degrees, item.location.lat)))
    elif item.is_way():
        writer.add_way(item.replace(id=item.id + id, nodes=[node.ref + id for node in item.nodes]))
    else:
        members = [(member.type, member.ref + id, member.role) for member in item.members]
        writer.add_relation(item.replace(id=item.id + id, members=members))


def used_lonlat(extract: Extract) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Shape (n, 2): degrees of the nodes of walkable ways."""
    return streets(extract, extract.elements.node_lonlat).node_xy


def crs_of(extract: Extract) -> Any:
    """The metric system that a site over the whole extract would have."""
    return local_crs(shapely.box(*np.ravel([extract.elements.node_lonlat.min(0), extract.elements.node_lonlat.max(0)])))


@dataclass(frozen=True)
class Full:
    """A network with a node at every vertex: what a library without our contraction works on."""

    graph: WalkGraph
    door: Ints
    """Shape (r,): node of each row of the attachment that was cut in."""
    vertex: Ints
    """Shape (k,): node of every vertex of the network."""


def uncontracted(network: WalkNetwork, doors: Attachment) -> Full:
    """Cut a network at every vertex and at doors."""
    counts = np.diff(network.vertex_start)
    edge = np.repeat(np.arange(len(counts)), counts)
    nothing = np.zeros(len(edge), dtype=np.int64)
    every = Attachment(
        place=np.concatenate([nothing, doors.place]),
        edge=np.concatenate([edge, doors.edge]),
        offset_mm=np.concatenate([network.vertex_mm, doors.offset_mm]),
        connector_mm=np.concatenate([nothing, doors.connector_mm]),
        door=np.concatenate([nothing - 1, doors.door]),
    )
    graph, node = cut(network, every)
    return Full(graph, door=node[len(edge) :], vertex=node[: len(edge)])
