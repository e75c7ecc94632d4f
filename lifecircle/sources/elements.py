"""What an OpenStreetMap file holds, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lifecircle.model import Bools, Floats, Ints


@dataclass(frozen=True)
class Tags:
    """Tags of ``rows`` objects, one entry a tag; keys and values are indices of ``text``."""

    rows: int
    row: Ints
    key: npt.NDArray[np.int32]
    value: npt.NDArray[np.int32]
    text: npt.NDArray[np.object_]
    index: dict[str, int]
    """Position of each string in ``text``."""

    def values(self, key: str) -> npt.NDArray[np.object_]:
        """Shape (rows,): the value of a key for each object, '' where it has none."""
        out = np.full(self.rows, "", dtype=object)
        entries = self._entries(key)
        out[self.row[entries]] = self.text[self.value[entries]]
        return out

    def having(self, *keys: str) -> Bools:
        """Shape (rows,): which objects carry any of the keys."""
        out = np.zeros(self.rows, dtype=bool)
        for key in keys:
            out[self.row[self._entries(key)]] = True
        return out

    def take(self, rows: Ints) -> Tags:
        """The tags of some objects, in the order of ``rows`` (each named once)."""
        place = np.full(self.rows, -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        keep = place[self.row] >= 0
        return Tags(len(rows), place[self.row[keep]], self.key[keep], self.value[keep], self.text, self.index)

    def _entries(self, key: str) -> Ints:
        return np.flatnonzero(self.key == self.index.get(key, -1))


@dataclass(frozen=True)
class Elements:
    """Everything in a file. Ways and relations list references in CSR form."""

    node_id: Ints
    node_lonlat: Floats
    """Shape (n, 2), degrees."""
    node_tags: Tags
    way_id: Ints
    way_start: Ints
    way_ref: Ints
    way_tags: Tags
    relation_id: Ints
    member_start: Ints
    member_ref: Ints
    member_type: Ints
    """0 node, 1 way, 2 relation."""
    relation_tags: Tags
    bounds: tuple[float, float, float, float] | None
    """West, south, east, north of the header, in degrees."""
    as_of: str = ""
    """The day that the header says the data are of, as 2024-05-31; empty where it says none."""
    newest: str = ""
    """Else the day of the newest edit of a node; empty where these say none."""


def each_once(elements: Elements) -> tuple[Elements, int]:
    """The first of the elements of one id and kind, in the order of the file, and how many stood again."""
    node, way, relation = (_first(ids) for ids in (elements.node_id, elements.way_id, elements.relation_id))
    again = sum(map(len, (elements.node_id, elements.way_id, elements.relation_id)))
    again -= len(node) + len(way) + len(relation)
    if not again:
        return elements, 0
    way_start, way_ref = take_lists(elements.way_start, elements.way_ref, way)
    member_start, member_ref = take_lists(elements.member_start, elements.member_ref, relation)
    _, member_type = take_lists(elements.member_start, elements.member_type, relation)
    kept = replace(
        elements,
        node_id=elements.node_id[node],
        node_lonlat=elements.node_lonlat[node],
        node_tags=elements.node_tags.take(node),
        way_id=elements.way_id[way],
        way_start=way_start,
        way_ref=way_ref,
        way_tags=elements.way_tags.take(way),
        relation_id=elements.relation_id[relation],
        member_start=member_start,
        member_ref=member_ref,
        member_type=member_type,
        relation_tags=elements.relation_tags.take(relation),
    )
    return kept, again


def _first(ids: Ints) -> Ints:
    """Rows of the first of each id, in order."""
    if (ids[1:] > ids[:-1]).all():
        return np.arange(len(ids))
    return np.sort(np.unique(ids, return_index=True)[1])


def take_lists(start: Ints, flat: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """The CSR lists of some rows."""
    counts = start[rows + 1] - start[rows]
    taken = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    within = np.arange(taken[-1]) - np.repeat(taken[:-1], counts)
    return taken, flat[np.repeat(start[rows], counts) + within]
