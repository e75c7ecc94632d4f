"""Streets split where a path joins them, cut where one may no longer pass, and new ones added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lifecircle.feet import length_mm
from lifecircle.model import Attachment, Floats, Ints, WalkNetwork
from lifecircle.network import rearranged, spread_trust


@dataclass(frozen=True)
class Splits:
    """Where edges were split; sorted by edge and place along it, all of shape (s,)."""

    edge: Ints
    offset_mm: Ints
    edges: int
    """How many edges there were; behind split ``j`` is edge ``edges + j``, before it what it was."""
    stride: int
    """More than the length of any edge."""

    def carried(self, rows: Attachment) -> Attachment:
        """The rows on the new edges; one at a split belongs to the edge that ends there."""
        split = self.edge * self.stride + self.offset_mm
        before = np.searchsorted(split, rows.edge * self.stride + rows.offset_mm)
        moved = before > np.searchsorted(split, rows.edge * self.stride)
        last = before[moved] - 1
        edge, offset = rows.edge.copy(), rows.offset_mm.copy()
        edge[moved] = self.edges + last
        offset[moved] -= self.offset_mm[last]
        return replace(rows, edge=edge, offset_mm=offset)


def split(
    network: WalkNetwork, edge: Ints, offset_mm: Ints, xy_mm: Ints, *, apart: bool = False
) -> tuple[WalkNetwork, Splits, Ints]:
    """Split edges at points on them, given as places along them and where these are.

    The first part keeps the edge's number, the others stand behind all edges. At the end of an edge its own node
    is taken. ``apart``: what is split does not hang together any more; at the end of an edge that end is let loose.
    Returns the network, the splits, and of shape (r,) the node of each point.
    """
    if apart:
        network = _loosened(network, edge[offset_mm == 0], edge[offset_mm == network.edge_mm[edge]])
    inner = (offset_mm > 0) & (offset_mm < network.edge_mm[edge])
    stride = int(network.edge_mm.max(initial=0)) + 1
    cut, first, which = np.unique((edge * stride + offset_mm)[inner], return_index=True, return_inverse=True)
    at, along = np.divmod(cut, stride)
    spots = xy_mm[inner][first] / 1000
    nodes, edges, count = len(network.node_id), len(network.edge_mm), len(cut)
    grown = _with_nodes(network, np.concatenate([spots, spots]) if apart else spots)
    here = nodes + np.arange(count)
    node = np.where(offset_mm == 0, network.edge_u[edge], network.edge_v[edge])
    node[inner] = here[which]
    edge_v = np.concatenate([network.edge_v, network.edge_v[at]])
    again = np.append(False, at[1:] == at[:-1])[:count]
    edge_v[np.where(again, edges + np.arange(count) - 1, at)] = here
    piece = np.concatenate([np.arange(edges), at])
    start, xy, mm, old = _parted(network, cut, spots, stride)
    return (
        replace(
            grown,
            edge_u=np.concatenate([network.edge_u, here + count if apart else here]),
            edge_v=edge_v,
            edge_mm=mm[start[1:] - 1],
            vertex_start=start,
            vertex_xy=xy,
            vertex_mm=mm,
            way_id=network.way_id[piece],
            highway=network.highway[piece],
            private=network.private[piece],
            attachable=network.attachable[piece],
            trusted=network.trusted[piece],
            signals=None if network.signals is None else np.append(network.signals, False)[old],
        ),
        Splits(at, along, edges, stride),
        node,
    )


def _parted(network: WalkNetwork, cut: Ints, spots: Floats, stride: int) -> tuple[Ints, Floats, Ints, Ints]:
    """Vertices of the parts: starts, places, distances from the part's first, and which they were (-1 for new ones).

    ``cut`` holds ``edge * stride + offset``, sorted; a vertex at a cut is taken for it.
    """
    edge = np.repeat(np.arange(len(network.edge_mm)), np.diff(network.vertex_start))
    key = edge * stride + network.vertex_mm
    old = np.flatnonzero(~np.isin(key, cut))
    place = np.repeat(np.searchsorted(key[old], cut), 2)
    begins = np.insert(np.diff(edge[old], prepend=-1) > 0, place, np.tile([False, True], len(cut)))
    key = np.insert(key[old], place, np.repeat(cut, 2))
    xy = np.insert(network.vertex_xy[old], place, np.repeat(spots, 2, axis=0), axis=0)
    old = np.insert(old, place, -1)
    first = np.flatnonzero(begins)
    start = np.append(first, len(key))
    mm = key - np.repeat(key[first], np.diff(start))
    start, position = rearranged(start, np.argsort(key[first] % stride > 0, kind="stable"))
    return start, xy[position], mm[position], old[position]


def _with_nodes(network: WalkNetwork, xy: Floats) -> WalkNetwork:
    """The network with nodes, in metres, behind its own."""
    highest = int(network.node_id.max(initial=0))
    return replace(
        network,
        node_id=np.concatenate([network.node_id, highest + 1 + np.arange(len(xy))]),
        node_xy=np.concatenate([network.node_xy, xy]),
    )


def _loosened(network: WalkNetwork, firsts: Ints, lasts: Ints) -> WalkNetwork:
    """The network with the first ends of some edges and the last ends of others on nodes of their own."""
    nodes = len(network.node_id)
    ends = np.concatenate([network.edge_u[firsts], network.edge_v[lasts]])
    edge_u, edge_v = network.edge_u.copy(), network.edge_v.copy()
    edge_u[firsts] = nodes + np.arange(len(firsts))
    edge_v[lasts] = nodes + len(firsts) + np.arange(len(lasts))
    return replace(_with_nodes(network, network.node_xy[ends]), edge_u=edge_u, edge_v=edge_v)


@dataclass(frozen=True)
class Footway:
    """A new edge: its vertices, of shape (v, 2) in millimetres, and the nodes it ends at; -1 for a node of its own."""

    xy_mm: Ints
    u: int
    v: int


def with_footways(network: WalkNetwork, ways: Sequence[Footway], *, attachable: bool, trusted: bool) -> WalkNetwork:
    """The network with new public edges behind its own, and what they join to trusted streets trusted too."""
    ends = np.array([(way.u, way.v) for way in ways], dtype=np.int64).reshape(-1, 2)
    free = ends < 0
    nodes = len(network.node_id)
    ends[free] = nodes + np.arange(free.sum())
    loose = np.array([(way.xy_mm[0], way.xy_mm[-1]) for way in ways]).reshape(-1, 2, 2)[free] / 1000
    grown = _with_nodes(network, loose)
    along = [np.append(0, np.cumsum(length_mm(way.xy_mm[:-1], way.xy_mm[1:]))) for way in ways]
    sizes = [len(way.xy_mm) for way in ways]
    count = len(ways)
    lowest = min(int(network.way_id.min(initial=0)), 0)
    grown = replace(
        grown,
        edge_u=np.concatenate([network.edge_u, ends[:, 0]]),
        edge_v=np.concatenate([network.edge_v, ends[:, 1]]),
        edge_mm=np.append(network.edge_mm, [mm[-1] for mm in along]),
        vertex_start=np.append(network.vertex_start, network.vertex_start[-1] + np.cumsum(sizes)),
        vertex_xy=np.concatenate([network.vertex_xy, *(way.xy_mm / 1000 for way in ways)]),
        vertex_mm=np.concatenate([network.vertex_mm, *along]),
        way_id=np.concatenate([network.way_id, np.full(count, lowest - 1)]),
        highway=np.concatenate([network.highway, np.full(count, "footway", dtype=object)]),
        private=np.concatenate([network.private, np.zeros(count, dtype=bool)]),
        attachable=np.concatenate([network.attachable, np.full(count, attachable)]),
        trusted=np.concatenate([network.trusted, np.full(count, trusted)]),
        signals=None if network.signals is None else np.append(network.signals, np.zeros(sum(sizes), dtype=bool)),
    )
    return spread_trust(grown)
