"""The network as frozen data: edges, places joined to them, and the pieces they are cut into, in metres and in time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Pace:
    """Walking time along the edges, told as the length of a flat walk that takes as long.

    Known at ``t`` points along the edges, sorted by edge and place, each edge's two ends among them;
    in between it grows with the distance.
    """

    edge: Ints
    """Shape (t,)."""
    at_mm: Ints
    """Shape (t,): distance from the edge's first node."""
    forth_mm: Ints
    """Shape (t,): walk from the edge's first node to the point."""
    back_mm: Ints
    """Shape (t,): walk from the point to the edge's first node."""
    fastest: float
    """Metres that a walk gets on at most while one on the flat gets on one."""
    at_best: Pace | None = None
    """The same where every slope that nobody knows is the one walked fastest; None where all are known."""

    def along(self, edge: Ints, offset_mm: Ints) -> tuple[Ints, Ints]:
        """Walks from the first nodes of edges to points on them, and back."""
        if not len(self.edge):
            return offset_mm, offset_mm
        at = edge * self._stride + offset_mm
        forth, back = (np.rint(np.interp(at, self._known, mm)).astype(np.int64) for mm in (self.forth_mm, self.back_mm))
        return forth, back

    def take(self, edges: Ints) -> Pace:
        """That of some edges, sorted, numbered anew."""
        place = np.full(int(self.edge.max(initial=-1)) + 1, -1, dtype=np.int64)
        place[edges] = np.arange(len(edges))
        rows = place[self.edge] >= 0
        return Pace(place[self.edge[rows]], self.at_mm[rows], self.forth_mm[rows], self.back_mm[rows], self.fastest)

    @cached_property
    def _stride(self) -> int:
        return int(self.at_mm.max(initial=0)) + 1

    @cached_property
    def _known(self) -> Ints:
        return self.edge * self._stride + self.at_mm


@dataclass(frozen=True)
class WalkNetwork:
    """Streets one can walk, as arrays.

    ``n`` nodes, ``m`` edges. An edge is a polyline between two nodes; its vertices stand in
    ``vertex_xy[vertex_start[e]:vertex_start[e + 1]]``, and ``vertex_mm`` is the distance of each
    from the edge's first vertex, so that the last one's is the edge's length.
    """

    node_id: Ints
    """Shape (n,)."""
    node_xy: Floats
    """Shape (n, 2), metres."""
    edge_u: Ints
    """Shape (m,): index of the first node."""
    edge_v: Ints
    """Shape (m,): index of the last node."""
    edge_mm: Ints
    """Shape (m,)."""
    vertex_start: Ints
    """Shape (m + 1,)."""
    vertex_xy: Floats
    """Shape (k, 2), metres."""
    vertex_mm: Ints
    """Shape (k,)."""
    way_id: Ints
    """Shape (m,): id of the way an edge was cut from."""
    highway: npt.NDArray[np.object_]
    """Shape (m,): class of street, for drawing."""
    private: Bools
    """Shape (m,): may begin or end a walk, not carry one through."""
    attachable: Bools
    """Shape (m,): False in tunnels, on bridges and elevated ways."""
    trusted: Bools
    """Shape (m,): False on islands too small to trust."""
    signals: Bools | None = None
    """Shape (k,): vertices where one waits for a signal; None where the source does not know."""
    pace: Pace | None = None
    """Where slopes, stairs or signals count: how long the edges take."""

    @property
    def lines(self) -> Geometries:
        """Shape (m,): the edges as LineStrings."""
        counts = np.diff(self.vertex_start)
        index = np.repeat(np.arange(len(counts)), counts)
        return shapely.linestrings(self.vertex_xy, indices=index)


@dataclass(frozen=True)
class Attachment:
    """Where places join the network; a place has no, one or several rows (gates, entrances).

    All arrays have shape (r,).
    """

    place: Ints
    """Index of the place."""
    edge: Ints
    offset_mm: Ints
    """Distance from the edge's first node along it."""
    connector_mm: Ints
    """Straight walk from the place to the edge, that to a gate before it counted."""
    door: Ints
    """Row of the gate in ``Site.doors`` that leads there; -1 for none."""

    def take(self, rows: Ints | Bools) -> Attachment:
        """Some of the rows."""
        return Attachment(
            self.place[rows], self.edge[rows], self.offset_mm[rows], self.connector_mm[rows], self.door[rows]
        )


@dataclass(frozen=True)
class Joined:
    """Places joined to a network."""

    attachment: Attachment
    off_network: Bools
    """Shape (p,): nothing walkable within the longest connector."""
    island: Bools
    """Shape (p,): only an island too small to trust within it."""
    fenced: Bools
    """Shape (p,): joined across a fence, since nothing else could be reached."""


@dataclass(frozen=True)
class Owners:
    """Whose each place and facility is: a place never serves itself, nor one part of it another.

    ``place`` of shape (p,) and ``facility`` of shape (f,) hold one number an owner.
    """

    place: Ints
    facility: Ints


@dataclass(frozen=True)
class Shared:
    """Walks that need no street: pairs of a place and a facility in one enclosure, or one inside the other."""

    place: Ints
    facility: Ints
    mm: Ints


@dataclass(frozen=True)
class Joins:
    """How the places of demand (``p``) and the facilities (``f``) of a site hang on its network."""

    places: Attachment
    facilities: Attachment
    owners: Owners
    shared: Shared


@dataclass(frozen=True)
class WalkGraph:
    """The network cut at every door of a facility, so that a facility stands on a node.

    ``q`` pieces between ``n`` nodes: those of the network first, then the cuts, then the private sides of
    nodes where private and public pieces meet, so that a node is touched by pieces of one kind only.
    """

    piece_u: Ints
    """Shape (q,): index of the first node."""
    piece_v: Ints
    piece_mm: Ints
    piece_edge: Ints
    """Shape (q,): edge of the network the piece was cut from; pieces of an edge stand in its order."""
    piece_from_mm: Ints
    """Shape (q,): distance of the piece's first node along its edge."""
    nodes: int
    portal_public: Ints
    """Shape (k,): the public side of each node where private and public pieces meet."""
    portal_private: Ints
    """Shape (k,): its private side."""
    pace: Pace | None = None
    """Where walks are measured in time, as the length of a flat walk that takes as long."""

    def to_ends(self, piece: Ints, offset_mm: Ints) -> tuple[Ints, Ints]:
        """Walks from points on pieces to their first and to their last node."""
        if self.pace is None:
            return offset_mm, self.piece_mm[piece] - offset_mm
        forth, back = self.pace.along(self.piece_edge[piece], self.piece_from_mm[piece] + offset_mm)
        return back - self._first[1][piece], self._last[0][piece] - forth

    def from_ends(self, piece: Ints, offset_mm: Ints) -> tuple[Ints, Ints]:
        """Walks to points on pieces from their first and from their last node."""
        if self.pace is None:
            return offset_mm, self.piece_mm[piece] - offset_mm
        forth, back = self.pace.along(self.piece_edge[piece], self.piece_from_mm[piece] + offset_mm)
        return forth - self._first[0][piece], self._last[1][piece] - back

    @cached_property
    def forth_mm(self) -> Ints:
        """Shape (q,): walk from the first node of each piece to its last."""
        return self.piece_mm if self.pace is None else self._last[0] - self._first[0]

    @cached_property
    def back_mm(self) -> Ints:
        """Shape (q,): walk from the last node of each piece to its first."""
        return self.piece_mm if self.pace is None else self._last[1] - self._first[1]

    @cached_property
    def _first(self) -> tuple[Ints, Ints]:
        assert self.pace is not None
        return self.pace.along(self.piece_edge, self.piece_from_mm)

    @cached_property
    def _last(self) -> tuple[Ints, Ints]:
        assert self.pace is not None
        return self.pace.along(self.piece_edge, self.piece_from_mm + self.piece_mm)


@dataclass(frozen=True)
class StreetPoints:
    """Points a few metres apart along the walkable edges inside the boundary.

    They carry the street length around them, and are what surfaces and gap areas are drawn from.
    """

    xy: Floats
    """Shape (s, 2)."""
    piece: Ints
    """Shape (s,): piece of the walk graph the point is on."""
    offset_mm: Ints
    """Shape (s,): distance from the piece's first node."""
    length_m: Floats
    """Shape (s,): street length a point stands for; the sum is the walkable length inside the boundary."""
