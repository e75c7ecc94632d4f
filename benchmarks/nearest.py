"""Distance of every street vertex to the nearest facility of each category, beside scipy and pandana."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from benchmarks.cases import Case, Full, uncontracted
from benchmarks.measure import Row, faster, paired
from lifecircle.attach import join
from lifecircle.model import FAR_MM, Attachment, Ints, Streets, WalkNetwork
from lifecircle.network import build_network
from lifecircle.reach import Router, cut, locate, router
from lifecircle.sources.osm import projected, read_osm, streets

CATEGORIES = 20


@dataclass(frozen=True)
class Task:
    """Streets with the facilities of some categories joined to them, the same for all who search."""

    streets: Streets
    site: Any
    network: WalkNetwork
    doors: Attachment
    facilities: int
    groups: list[Ints]
    limit_mm: int


def prepare(case: Case, folder: Path) -> Task:
    """The site's own facilities: the categories with the most of them."""
    site = case.site(folder)
    extract = read_osm(case.osm)
    ways = streets(extract, projected(extract, site.crs))
    network = build_network(ways, site.study_area, site.boundary, "through")
    doors = join(network, site.facilities.geometry.to_numpy(), site.connector_mm, areas=True).attachment
    common = site.facilities["category"].value_counts(sort=True).index[:CATEGORIES]
    groups = [np.flatnonzero(site.facilities["category"] == category) for category in sorted(common)]
    return Task(ways, site, network, doors, len(site.facilities), groups, site.limit_mm)


def run(case: Case, folder: Path, repeats: int) -> list[Row]:
    """Build and search by us, by scipy on the uncontracted graph, and by pandana on the same."""
    task = prepare(case, folder)
    what = f"nearest facility, {len(task.groups)} categories"
    full = uncontracted(task.network, task.doors)
    build, peer_build, ours, plain = paired(lambda: Ours.build(task), lambda: Plain.build(task, full), repeats)
    search, peer_search, found, reference = paired(ours.search, plain.search, repeats)
    _, lean_search, _, lean = paired(lambda: None, lambda: plain.search(which=False), repeats)
    scipy = f"scipy dijkstra, {full.graph.nodes:,} nodes uncontracted"
    answers = _equal(found, reference, 0)
    _equal(found, lean, 0)
    rows = [
        faster(f"{what}: search", case.name, search, peer_search, at_least=2, against=scipy, answers=answers),
        faster(
            f"{what}: search",
            case.name,
            search,
            lean_search,
            against=f"{scipy}, not asked which facility it is",
            answers=answers,
        ),
        faster(f"{what}: build", case.name, build, peer_build, against="scipy: matrix from ready arrays", answers=""),
    ]
    both, peer_both, found, reference = paired(
        lambda: Ours.build(task).search(), lambda: Pandana.build(task, full).search(), min(repeats, 2)
    )
    rows.append(
        faster(
            f"{what}: build and search",
            case.name,
            both,
            peer_both,
            at_least=25,
            against=f"pandana with its build, {full.graph.nodes:,} nodes",
            answers=_equal(found, reference, 1),
        )
    )
    return rows


def _equal(ours: Ints, theirs: Ints, tolerance_mm: int) -> str:
    """Both of shape (categories, vertices), millimetres."""
    both = (ours < FAR_MM) & (theirs < FAR_MM)
    if ((ours < FAR_MM) != (theirs < FAR_MM)).any() or not both.any():
        raise AssertionError("not the same vertices are within the limit")
    worst = int(np.abs(ours[both] - theirs[both]).max())
    if worst > tolerance_mm:
        raise AssertionError(f"distances differ by up to {worst} mm")
    return f"{both.sum():,} distances, at most {worst} mm apart"


@dataclass(frozen=True)
class Ours:
    """The library's own graph and search, with every vertex's distance restored."""

    task: Task
    router: Router
    ends: tuple[Ints, Ints]
    """Of shape (k,) each: the nodes at both ends of the piece that a vertex is on."""
    rest_mm: tuple[Ints, Ints]
    """How far the vertex is from each."""

    @classmethod
    def build(cls, task: Task) -> Ours:
        """From ways: contraction, cuts at the doors, matrix, and where each vertex is."""
        network = build_network(task.streets, task.site.study_area, task.site.boundary, "through")
        graph, node = cut(network, task.doors)
        edge = np.repeat(np.arange(len(network.edge_mm)), np.diff(network.vertex_start))
        found = router(network, graph, task.doors, node, task.facilities)
        piece, offset = locate(graph, edge, network.vertex_mm)
        ends = graph.piece_u[piece], graph.piece_v[piece]
        return cls(task, found, ends, (offset, graph.piece_mm[piece] - offset))

    def search(self) -> Ints:
        """Shape (categories, vertices): millimetres; ``FAR_MM`` beyond the limit."""
        return np.stack([self._restored(self.router.search(g, self.task.limit_mm)[0]) for g in self.task.groups])

    def _restored(self, node_mm: Ints) -> Ints:
        from_u, from_v = (node_mm[end] + rest for end, rest in zip(self.ends, self.rest_mm, strict=True))
        mm = np.minimum(from_u, from_v)
        return np.where(mm > self.task.limit_mm, FAR_MM, mm)


@dataclass(frozen=True)
class Plain:
    """scipy as one would use it: a node a vertex, one more a facility."""

    task: Task
    full: Full
    matrix: sparse.csr_array

    @classmethod
    def build(cls, task: Task, full: Full) -> Plain:
        """The matrix from ready arrays of the uncontracted graph."""
        graph, doors, size = full.graph, task.doors, full.graph.nodes + task.facilities
        arcs = pd.DataFrame(
            {
                "tail": np.concatenate([graph.piece_u, graph.piece_v, graph.nodes + doors.place]),
                "head": np.concatenate([graph.piece_v, graph.piece_u, full.door]),
                "mm": np.concatenate([graph.piece_mm, graph.piece_mm, doors.connector_mm]).astype(float),
            }
        )
        arcs = arcs.sort_values(["tail", "head", "mm"]).drop_duplicates(["tail", "head"])
        start = np.searchsorted(arcs["tail"], np.arange(size + 1))
        return cls(task, full, sparse.csr_array((arcs["mm"], arcs["head"], start), shape=(size, size)))

    def search(self, which: bool = True) -> Ints:
        """Shape (categories, vertices): millimetres; ``which``: ask for the facility too, as we do."""
        return np.stack([self._searched(group, which) for group in self.task.groups])

    def _searched(self, group: Ints, which: bool) -> Ints:
        indices = self.full.graph.nodes + group
        limit = float(self.task.limit_mm)
        found = csgraph.dijkstra(self.matrix, indices=indices, min_only=True, limit=limit, return_predecessors=which)
        far = (found[0] if which else found)[self.full.vertex]
        return np.where(np.isfinite(far), far, FAR_MM).astype(np.int64)


@dataclass(frozen=True)
class Pandana:
    """pandana on the uncontracted graph, with one node a facility so that the answers are the same."""

    task: Task
    full: Full
    network: Any
    names: list[str]

    @classmethod
    def build(cls, task: Task, full: Full) -> Pandana:
        """Contraction hierarchy and the facilities' nodes.

        pandana keeps whole millimetres and cuts off the rest: a quarter more keeps each length as it is.
        """
        import pandana

        graph, doors = full.graph, task.doors
        nodes = graph.nodes + task.facilities
        apart = 10.0 * np.arange(nodes)  # only our own node numbers are used; no node stands on another
        tail = np.concatenate([graph.piece_u, graph.piece_v, full.door])
        head = np.concatenate([graph.piece_v, graph.piece_u, graph.nodes + doors.place])
        mm = np.concatenate([graph.piece_mm, graph.piece_mm, doors.connector_mm])
        metres = pd.DataFrame({"m": (mm + 0.25) / 1000})
        x, y, tails, heads = pd.Series(apart), pd.Series(np.zeros(nodes)), pd.Series(tail), pd.Series(head)
        with contextlib.redirect_stdout(io.StringIO()):
            network = pandana.Network(x, y, tails, heads, metres, twoway=False)
        names = [str(i) for i in range(len(task.groups))]
        for name, group in zip(names, task.groups, strict=True):
            at = graph.nodes + group
            network.set_pois(name, task.limit_mm / 1000, 1, x.iloc[at], y.iloc[at])
        return cls(task, full, network, names)

    def search(self) -> Ints:
        """Shape (categories, vertices): millimetres."""
        return np.stack([self._searched(name) for name in self.names])

    def _searched(self, name: str) -> Ints:
        beyond = self.task.limit_mm / 1000 + 1
        found = self.network.nearest_pois(self.task.limit_mm / 1000, name, num_pois=1, max_distance=beyond)
        mm = np.rint(found[1].to_numpy()[self.full.vertex] * 1000).astype(np.int64)
        return np.where(mm > self.task.limit_mm, FAR_MM, mm)
