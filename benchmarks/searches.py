"""A thousand walks of 15 minutes and the ground they reach, beside networkx and buffers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np
import shapely
from shapely.ops import substring

from benchmarks.cases import Case, Full, uncontracted
from benchmarks.measure import Row, faster, paired
from lifecircle.isochrones import WALKED_M, Isochrones, Origins, isochrones, prepare, search, walk_mm
from lifecircle.model import FAR_MM, Attachment, Bools, Geometries, Ints, WalkNetwork
from lifecircle.reach import locate

ORIGINS = 1000
WALK_M = 900.0
"""15 minutes at 60 m/min."""
CUTOFF_MM = round(WALK_M * 1000)
SEED = 768
Found = tuple[Ints, Ints, Ints]
"""Origin, vertex of the network, and the millimetres between them."""


def origins(network: WalkNetwork, count: int) -> Attachment:
    """Points on streets, drawn evenly by length with a fixed seed."""
    random = np.random.default_rng(SEED)
    edge = np.sort(random.choice(len(network.edge_mm), count, p=network.edge_mm / network.edge_mm.sum()))
    offset = np.rint(random.random(count) * network.edge_mm[edge]).astype(np.int64)
    return Attachment(np.arange(count), edge, offset, np.zeros(count, dtype=np.int64), door=np.full(count, -1))


def run(case: Case, folder: Path, repeats: int, count: int = ORIGINS) -> list[Row]:
    """Searches with every vertex restored, and polygons; the peers, slow here, run at most twice."""
    network = case.site(folder).network
    start = origins(network, count)
    full = uncontracted(network, start)
    field = prepare(network, start)
    edge = np.repeat(np.arange(len(network.edge_mm)), np.diff(network.vertex_start))
    vertices = locate(field.graph, edge, network.vertex_mm)
    graph = _networkx(full)
    ours, peer, found, reference = paired(
        lambda: _restored(field, *vertices), lambda: _by_networkx(graph, full), min(repeats, 2)
    )
    answers = _same(found, reference, full)
    lines = list(_reached(network, field))
    drawn, buffered, areas, exact = paired(
        lambda: isochrones(network, start, [WALK_M]), lambda: [_buffered(group) for group in lines], 1
    )
    return [
        faster(
            f"{count:,} searches of 15 min",
            case.name,
            ours,
            peer,
            at_least=10,
            against=f"networkx with cutoff, {full.graph.nodes:,} nodes",
            answers=answers,
        ),
        faster(
            f"{count:,} polygons of 15 min (ours with the search)",
            case.name,
            drawn,
            buffered,
            at_least=8,
            against="buffer of each reached edge and union_all (streets ready)",
            answers=_overlap(areas, exact),
        ),
    ]


# Searches


def _restored(field: Origins, piece: Ints, offset_mm: Ints) -> Found:
    """Vertices of the network (on their pieces) within the cutoff of every origin."""
    found = []
    for walks in search(field, WALK_M):
        vertex, mm = walk_mm(field.graph, walks, piece, offset_mm)
        row, column = np.nonzero(mm <= CUTOFF_MM)
        found.append((walks.origin[row], vertex[column], mm[row, column]))
    origin, vertex, mm = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return origin, vertex, mm


def _networkx(full: Full) -> nx.Graph:
    graph = nx.Graph()
    pieces = zip(full.graph.piece_u.tolist(), full.graph.piece_v.tolist(), full.graph.piece_mm.tolist(), strict=True)
    for u, v, mm in pieces:
        if not graph.has_edge(u, v) or graph[u][v]["mm"] > mm:
            graph.add_edge(u, v, mm=mm)
    return graph


def _by_networkx(graph: nx.Graph, full: Full) -> list[dict[int, int]]:
    return [
        nx.single_source_dijkstra_path_length(graph, door, cutoff=CUTOFF_MM, weight="mm") for door in full.door.tolist()
    ]


def _same(found: Found, reference: list[dict[int, int]], full: Full) -> str:
    """Raise unless every origin has the same vertices at the same millimetres."""
    is_vertex = np.zeros(full.graph.nodes, dtype=bool)
    is_vertex[full.vertex] = True
    theirs = np.array([(i, node, mm) for i, row in enumerate(reference) for node, mm in row.items() if is_vertex[node]])
    origin, vertex, mm = found
    ours = np.unique(np.column_stack([origin, full.vertex[vertex], mm]), axis=0)
    if not np.array_equal(ours, np.unique(theirs, axis=0)):
        raise AssertionError("other vertices or distances than networkx")
    return f"same {len(ours):,} vertices and millimetres"


# Polygons


def _reached(network: WalkNetwork, field: Origins) -> Iterator[Geometries]:
    """The reached streets of each origin in their order, as lines: one an edge or part of an edge."""
    graph, lines = field.graph, network.lines
    found: dict[int, Geometries] = {}
    for walks in search(field, WALK_M):
        mm = np.full(graph.nodes, FAR_MM)
        for i in range(len(walks.origin)):
            mm[walks.node] = walks.mm[i]
            found[int(walks.origin[i])] = np.array(list(_parts(field, lines, mm)), dtype=object)
            mm[walks.node] = FAR_MM
    yield from (found[origin] for origin in sorted(found))


def _parts(field: Origins, lines: Geometries, mm: Ints) -> Iterator[shapely.LineString]:
    graph = field.graph
    u, v = graph.piece_u, graph.piece_v
    touched = np.flatnonzero(np.minimum(mm[u], mm[v]) < CUTOFF_MM)
    length = graph.piece_mm[touched]
    from_u, from_v = (np.clip(CUTOFF_MM - mm[end[touched]], 0, length) for end in (u, v))
    whole: Bools = from_u + from_v >= length
    edges = graph.piece_edge[touched]
    begin, stop = graph.piece_from_mm[touched], graph.piece_from_mm[touched] + length
    for row in range(len(touched)):
        line = lines[edges[row]]
        spans = [(begin[row], stop[row])]
        if not whole[row]:
            spans = [(begin[row], begin[row] + from_u[row]), (stop[row] - from_v[row], stop[row])]
        yield from (substring(line, a / 1000, b / 1000) for a, b in spans if b > a)


def _buffered(lines: Geometries) -> shapely.Geometry:
    return shapely.union_all(shapely.buffer(lines, WALKED_M))


def _overlap(areas: Isochrones, exact: list[shapely.Geometry]) -> str:
    """Raise where a polygon is less like the exact one than IoU 0.95."""
    ours, theirs = shapely.make_valid(areas.geometry), np.array(exact, dtype=object)
    both = shapely.area(shapely.intersection(ours, theirs))
    iou = both / (shapely.area(ours) + shapely.area(theirs) - both)
    if np.median(iou) < 0.95:
        raise AssertionError(f"median IoU {np.median(iou):.3f}")
    return (
        f"IoU median {np.median(iou):.3f}, least {iou.min():.3f}; {int((iou >= 0.95).sum()):,} of {len(iou):,} at 0.95"
    )
