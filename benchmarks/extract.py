"""Map extract to walking network, beside a pass of pyosmium and beside osmnx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pyproj
import shapely

from benchmarks.cases import Case, crs_of, prepare_walkable
from benchmarks.measure import Row, faster, paired
from lifecircle.model import Ints, WalkNetwork
from lifecircle.network import build_network
from lifecircle.sources.osm import projected, read_osm, streets

WHOLE_EARTH = shapely.box(-1e9, -1e9, 1e9, 1e9)


def run(case: Case, folder: Path, repeats: int) -> list[Row]:
    """Rows of one extract; osmnx, the slowest, is timed at most twice."""
    crs = crs_of(read_osm(case.osm))
    prepared = folder / f"{case.name}-walkable.osm"
    prepare_walkable(case.osm, prepared)
    return [_beside_pyosmium(case, crs, repeats), _beside_osmnx(case, prepared, crs, min(repeats, 2))]


def to_network(path: Path, crs: pyproj.CRS) -> WalkNetwork:
    """What is timed of ours: from the file to contracted edges with lengths."""
    extract = read_osm(path)
    ways = streets(extract, projected(extract, crs))
    return build_network(ways, WHOLE_EARTH, WHOLE_EARTH, "through")


# pyosmium

DROPPED: tuple[str, ...] = (
    "abandoned",
    "bus_guideway",
    "construction",
    "no",
    "planned",
    "platform",
    "proposed",
    "raceway",
    "razed",
)
DROPPED += ("rest_area", "services", "motor")


def walked(tags: Any) -> bool:
    """The rule of walkable ways once more, for one way."""
    highway, foot = tags.get("highway", ""), tags.get("foot", "")
    if not highway or any(word in highway for word in DROPPED) or "no" in foot:
        return False
    if "cycleway" in highway and foot not in ("yes", "designated", "permissive", "official"):
        return False
    if "yes" in tags.get("area", "") and highway not in ("pedestrian", "footway"):
        return False
    return not any("separate" in tags.get(key, "") for key in SIDES)


SIDES = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")


def pyosmium_pass(path: Path) -> tuple[Ints, Ints, Ints, np.ndarray[Any, Any]]:
    """What is timed of pyosmium: one pass that brings walkable ways into arrays, without building a network.

    Returns way ids, way lengths in nodes, node references and their degrees (NaN where the file lacks the node).
    """
    ids: list[int] = []
    counts: list[int] = []
    refs: list[int] = []
    lonlat: list[tuple[float, float]] = []
    nowhere = (float("nan"), float("nan"))
    reader: Any = (
        osmium.FileProcessor(str(path))
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.KeyFilter("highway"))
    )
    for way in reader:
        if walked(way.tags):
            ids.append(way.id)
            counts.append(len(way.nodes))
            for node in way.nodes:
                place = node.location
                refs.append(node.ref)
                lonlat.append((place.lon, place.lat) if place.valid() else nowhere)
    return np.array(ids), np.array(counts), np.array(refs), np.array(lonlat)


def _beside_pyosmium(case: Case, crs: pyproj.CRS, repeats: int) -> Row:
    ours, peer, _, arrays = paired(lambda: to_network(case.osm, crs), lambda: pyosmium_pass(case.osm), repeats)
    return faster(
        "extract to network",
        case.name,
        ours,
        peer,
        at_least=2,
        against="pyosmium FileProcessor pass to arrays (no network built)",
        answers=_same_ways(case.osm, *arrays),
    )


def _same_ways(path: Path, ids: Ints, counts: Ints, refs: Ints, lonlat: np.ndarray[Any, Any]) -> str:
    extract = read_osm(path)
    ways = streets(extract, extract.elements.node_lonlat)
    known = np.isfinite(lonlat[:, 0])
    same = (
        np.array_equal(ways.way_id, ids)
        and np.array_equal(np.diff(ways.way_start), counts)
        and np.array_equal(ways.way_node >= 0, known)
        and np.array_equal(ways.node_id[ways.way_node[known]], refs[known])
        and np.array_equal(ways.node_xy[ways.way_node[known]], lonlat[known])
    )
    if not same:
        raise AssertionError(f"{path.name}: pyosmium finds other ways or nodes")
    return f"same {len(ids):,} ways, {len(refs):,} references, {int((~known).sum()):,} of them missing"


# osmnx


def osmnx_graph(path: Path) -> tuple[Any, Any]:
    """What is timed of osmnx: its simplified graph from an XML file, and the one before that.

    The two steps are those of ``graph_from_xml(simplify=True)``.
    """
    import osmnx

    whole = osmnx.graph_from_xml(path, bidirectional=True, simplify=False, retain_all=True)
    return whole, osmnx.simplify_graph(whole)


def _beside_osmnx(case: Case, prepared: Path, crs: pyproj.CRS, repeats: int) -> Row:
    ours, peer, network, graphs = paired(lambda: to_network(prepared, crs), lambda: osmnx_graph(prepared), repeats)
    answers = _same_segments(prepared, crs, network, graphs[0])
    return faster(
        "extract to network",
        case.name,
        ours,
        peer,
        at_least=15,
        against="osmnx graph_from_xml (the same prepared XML)",
        answers=answers,
    )


def _same_segments(prepared: Path, crs: pyproj.CRS, network: WalkNetwork, graph: Any) -> str:
    """Raise unless the network has exactly osmnx's edges between neighbouring nodes, before simplification.

    Nodes are told by their place, since a network keeps no id of a vertex inside an edge.
    """
    extract = read_osm(prepared)
    ways = streets(extract, projected(extract, crs))
    _, place = np.unique(np.concatenate([ways.node_xy, network.vertex_xy]), axis=0, return_inverse=True)
    of_node, of_vertex = place[: len(ways.node_id)], place[len(ways.node_id) :]
    edge = np.repeat(np.arange(len(network.edge_mm)), np.diff(network.vertex_start))
    ours = _pairs(np.column_stack([of_vertex[:-1], of_vertex[1:]])[edge[:-1] == edge[1:]])
    order = np.argsort(ways.node_id)
    ends = np.array([(u, v) for u, v, _ in graph.edges])
    theirs = _pairs(of_node[order[np.searchsorted(ways.node_id, ends, sorter=order)]])
    if not np.array_equal(ours, theirs):
        raise AssertionError(f"osmnx finds {len(theirs):,} segments, we {len(ours):,}")
    return f"same {len(ours):,} segments (vertex to vertex, before osmnx simplifies)"


def _pairs(ends: Ints) -> Ints:
    """Unique pairs of different ends, whichever way round."""
    return np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
