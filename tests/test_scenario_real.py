"""Random scenarios on a real place, against streets changed by hand: plain lists, whole numbers and networkx."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import shapely
from test_real import site as site_file

from lifecircle.assessment import walk
from lifecircle.attach import joined
from lifecircle.gateways import Ground
from lifecircle.load import load_site
from lifecircle.messages import msg
from lifecircle.model import FAR_MM, Change, Joins, Scenario, Site
from lifecircle.scenario import changed

pytestmark = pytest.mark.real

BOUNDS = (116.34754, 40.00037, 116.35622, 40.00618)
"""Of the park Beijing 768, in degrees."""

Spot = tuple[int, int]
Row = tuple[int, int, int]


@dataclass
class Edge:
    u: Any
    v: Any
    private: bool
    attachable: bool
    trusted: bool
    xy: list[Spot]
    mm: list[int]


def near(value: float) -> int:
    return math.floor(value + 0.5)


def apart(p: Spot, q: Spot) -> int:
    return near(math.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2))


@dataclass
class Streets:
    """Edges, and the rows by which places and facilities join them."""

    site: Site
    edges: list[Edge]
    places: dict[int, list[Row]]
    facilities: dict[str, list[Row]]
    ground: Ground
    shapes: dict[str, shapely.Geometry]
    nodes: int = 0

    def feet(self, p: Spot, edges: list[int], limit: int) -> list[tuple[tuple[int, ...], Row, Spot]]:
        """Every foot of a point, the best first, with its row."""
        found = []
        for e in edges:
            edge = self.edges[e]
            for i, (a, b) in enumerate(pairwise(edge.xy)):
                if min(a[0], b[0]) - limit > p[0] or max(a[0], b[0]) + limit < p[0]:
                    continue
                dx, dy = b[0] - a[0], b[1] - a[1]
                whole = dx * dx + dy * dy
                share = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / whole if whole else 0.0
                share = min(1.0, max(0.0, share))
                foot = (near(a[0] + share * dx), near(a[1] + share * dy))
                mm = apart(p, foot)
                if mm > limit:
                    continue
                length = edge.mm[i + 1] - edge.mm[i]
                along = min(apart(foot, min(a, b)), length)
                offset = edge.mm[i] + (along if a <= b else length - along)
                found.append(((mm, edge.private, *foot, e, i), (e, offset, mm), foot))
        return sorted(found)

    def barred(self, p: Spot, foot: Spot, inside: bool) -> bool:
        around = (self.ground.inside if inside else self.ground.outside)[0]
        return bool(around.bar(np.array([[p, foot]]) / 1000, False)[0])

    def new_node(self) -> int:
        self.nodes -= 1
        return self.nodes

    def split(self, e: int, offset: int, foot: Spot, cut: bool) -> Any:
        """Split one edge at one place; the node there."""
        edge = self.edges[e]
        if offset == 0:
            edge.u = self.new_node() if cut else edge.u
            return edge.u
        if offset == edge.mm[-1]:
            edge.v = self.new_node() if cut else edge.v
            return edge.v
        node = self.new_node()
        other = self.new_node() if cut else node
        before = [i for i, mm in enumerate(edge.mm) if mm < offset]
        after = [i for i, mm in enumerate(edge.mm) if mm > offset]
        second = Edge(
            other, edge.v, edge.private, edge.attachable, edge.trusted,
            [foot, *(edge.xy[i] for i in after)], [0, *(edge.mm[i] - offset for i in after)],
        )  # fmt: skip
        edge.v, edge.xy, edge.mm = node, [*(edge.xy[i] for i in before), foot], [*(edge.mm[i] for i in before), offset]
        self.edges.append(second)
        last = len(self.edges) - 1
        for rows in (*self.places.values(), *self.facilities.values()):
            rows[:] = [(last, o - offset, c) if (at, o > offset) == (e, True) else (at, o, c) for at, o, c in rows]
        return node

    def add_path(self, line: list[Spot]) -> None:
        line = [p for i, p in enumerate(line) if i == 0 or p != line[i - 1]]
        held = len(self.edges)
        joints: dict[int, tuple[Any, Spot]] = {}
        trusted = False
        old = [e for e in range(held) if self.edges[e].attachable]
        chosen = {i: found[0] for i, p in enumerate(line) if (found := self.feet(p, old, 2000))}
        done: dict[tuple[int, int], Any] = {}
        # from the far end of each edge backwards, so that places along it stay what they were
        for i in sorted(chosen, key=lambda i: (chosen[i][1][0], -chosen[i][1][1])):
            _, (e, offset, _), foot = chosen[i]
            trusted |= self.edges[e].trusted
            if (e, offset) not in done:
                done[e, offset] = self.split(e, offset, foot, False)
            joints[i] = (done[e, offset], foot)
        stops = sorted({0, len(line) - 1, *joints})
        first = len(self.edges)
        for a, b in pairwise(stops):
            u, start = joints.get(a, (self.new_node(), line[a]))
            v, stop = joints.get(b, (self.new_node(), line[b]))
            xy = [start, *line[a : b + 1], stop]
            mm = [0]
            for p, q in pairwise(xy):
                mm.append(mm[-1] + apart(p, q))
            self.edges.append(Edge(u, v, False, True, trusted, xy, mm))
        new = list(range(first, len(self.edges)))
        self.spread()
        self.join_path(new)

    def spread(self) -> None:
        graph = nx.MultiGraph((edge.u, edge.v, {"e": e}) for e, edge in enumerate(self.edges) if not edge.private)
        for part in nx.connected_components(graph):
            inside = [d["e"] for _, _, d in graph.edges(part, data=True)]
            if any(self.edges[e].trusted for e in inside):
                for e in inside:
                    self.edges[e].trusted = True

    def join_path(self, new: list[int]) -> None:
        limit = self.site.connector_mm
        for inside, frame, every in (
            (True, dict(enumerate(self.site.demand.geometry)), self.places),
            (False, self.shapes, self.facilities),
        ):
            for key, shape in frame.items():
                middle = shapely.point_on_surface(shape)
                p = (int(np.rint(middle.x * 1000)), int(np.rint(middle.y * 1000)))
                rows = every.setdefault(key, [])  # type: ignore[attr-defined]
                found = self.feet(p, new, limit)
                shorter = found and found[0][1][2] < min((c for _, _, c in rows), default=limit + 1)
                if shorter and not self.barred(p, found[0][2], inside):
                    rows.append(found[0][1])

    def close_path(self, p: Spot) -> bool:
        found = self.feet(p, list(range(len(self.edges))), 25_000)
        if found:
            _, (e, offset, _), foot = found[0]
            self.split(e, offset, foot, True)
        return bool(found)

    def add_facility(self, id: str, p: Spot) -> None:
        able = [e for e, edge in enumerate(self.edges) if edge.trusted and edge.attachable]
        found = self.feet(p, able, self.site.connector_mm)
        for around in self.ground.outside:
            for _, row, foot in found:
                if not around.bar(np.array([[p, foot]]) / 1000, False)[0]:
                    self.facilities[id], self.shapes[id] = [row], shapely.Point(p[0] / 1000, p[1] / 1000)
                    return
        self.facilities[id], self.shapes[id] = [], shapely.Point(p[0] / 1000, p[1] / 1000)

    def graph(self) -> nx.MultiDiGraph:
        graph = nx.MultiDiGraph()
        doors: dict[int, set[int]] = {}
        for rows in (*self.places.values(), *self.facilities.values()):
            for e, offset, _ in rows:
                doors.setdefault(e, set()).add(offset)
        for e, edge in enumerate(self.edges):
            inner = [(o, ("door", e, o)) for o in sorted(doors.get(e, ())) if 0 < o < edge.mm[-1]]
            for (at, one), (to, other) in pairwise([(0, edge.u), *inner, (edge.mm[-1], edge.v)]):
                for floor in (0, 2) if edge.private else (1,):
                    graph.add_edge((one, floor), (other, floor), mm=to - at)
                    graph.add_edge((other, floor), (one, floor), mm=to - at)
        for name in {name for name, _ in graph}:
            graph.add_edge((name, 0), (name, 1), mm=0)
            graph.add_edge((name, 1), (name, 2), mm=0)
        for kind, every, floor in (("place", self.places, 0), ("facility", self.facilities, 2)):
            for key, rows in every.items():  # type: ignore[attr-defined]
                for e, offset, mm in rows:
                    edge = self.edges[e]
                    node = edge.u if offset == 0 else edge.v if offset == edge.mm[-1] else ("door", e, offset)
                    door = (node, floor if edge.private else 1)
                    one, other = ((kind, key), door) if floor == 0 else (door, (kind, key))
                    graph.add_edge(one, other, mm=mm)
        return graph


def streets_of(site: Site) -> Streets:
    network = site.network
    edges = []
    for e in range(len(network.edge_mm)):
        part = slice(network.vertex_start[e], network.vertex_start[e + 1])
        xy = [tuple(p) for p in np.rint(network.vertex_xy[part] * 1000).astype(int).tolist()]
        edges.append(
            Edge(
                int(network.edge_u[e]),
                int(network.edge_v[e]),
                bool(network.private[e]),
                bool(network.attachable[e]),
                bool(network.trusted[e]),
                xy,
                network.vertex_mm[part].tolist(),
            )
        )
    supply, demand = (one.attachment for one in joined(site))
    rows: list[list[list[Row]]] = [[[] for _ in range(n)] for n in (len(site.facilities), len(site.demand))]
    for one, out in ((supply, rows[0]), (demand, rows[1])):
        for place, *row in np.column_stack([one.place, one.edge, one.offset_mm, one.connector_mm]).tolist():
            out[place].append(tuple(row))  # type: ignore[arg-type]
    ids = site.facilities["id"].tolist()
    facilities = dict(zip(ids, rows[0], strict=True))
    shapes = dict(zip(ids, site.facilities.geometry, strict=True))
    return Streets(site, edges, dict(enumerate(rows[1])), facilities, Ground(site), shapes)


def scenario_of(site: Site, seed: int) -> tuple[Scenario, list[tuple[str, Any, Any]]]:
    """Some changes around the site's streets, as a scenario and as what to do by hand."""
    dice = random.Random(seed)
    ground = Ground(site)
    inside = np.flatnonzero(shapely.contains_xy(shapely.buffer(site.boundary, 200), *site.network.vertex_xy.T))
    ids = sorted(set(site.facilities["id"]))
    plan, by_hand = [], []
    added = 0
    for _ in range(dice.randint(1, 4)):
        kind = dice.choice(["add", "add", "move", "close", "path", "path", "shut", "shut"])
        spots = []
        for _ in range(dice.randint(2, 4)):
            x, y = site.network.vertex_xy[dice.choice(inside.tolist())]
            wide = 1.0 if kind in ("path", "shut") else 40.0
            spots.append((x + dice.uniform(-wide, wide), y + dice.uniform(-wide, wide)))
        lonlat = tuple(map(tuple, ground.degrees(np.array(spots)).tolist()))
        mm = [tuple(p) for p in np.rint(ground.spots(np.array(lonlat)) * 1000).astype(int).tolist()]
        here = msg("here")
        if kind in ("add", "move"):
            added += 1
            id = ids.pop(dice.randrange(len(ids))) if kind == "move" else ""
            category = "" if id else dice.choice(site.standard.categories).id
            becomes = f"scenario/{added}"
            plan.append(Change(here, "facility", kind, lonlat[:1], category, id, becomes=becomes))  # type: ignore[arg-type]
            by_hand += [("close", id, None)] if id else []
            by_hand.append(("add", becomes, mm[0]))
        elif kind == "close":
            id = ids.pop(dice.randrange(len(ids)))
            plan.append(Change(here, "facility", "close", (), id=id))
            by_hand.append(("close", id, None))
        elif kind == "path":
            plan.append(Change(here, "path", "add", lonlat))
            by_hand.append(("path", mm, None))
        else:
            plan.append(Change(here, "path", "close", lonlat[:1]))
            by_hand.append(("shut", mm[0], None))
    return Scenario("try", tuple(plan)), by_hand


def changed_by_hand(site: Site, by_hand: list[tuple[str, Any, Any]]) -> Streets:
    streets = streets_of(site)
    for kind, what, where in by_hand:
        if kind == "add":
            streets.add_facility(what, where)
        elif kind == "close":
            del streets.facilities[what], streets.shapes[what]
        elif kind == "path":
            streets.add_path(what)
        else:
            assert streets.close_path(what)
    return streets


def check(site: Site, seed: int) -> int:
    """Compare walks of some places after a scenario; the number compared."""
    scenario, by_hand = scenario_of(site, seed)
    after = changed(site, scenario)
    reach, _ = walk(after)
    graph = changed_by_hand(site, by_hand).graph()
    joins = reach.joins
    assert isinstance(joins, Joins)
    pairs = np.column_stack([joins.shared.place, joins.shared.facility, joins.shared.mm]).tolist()
    shared = {(place, facility): mm for place, facility, mm in pairs}
    some = random.Random(seed).sample(range(len(site.demand)), min(20, len(site.demand)))
    compared = 0
    for place in some:
        start = ("place", place)
        far = nx.single_source_dijkstra_path_length(graph, start, site.limit_mm, "mm") if start in graph else {}
        best = {category.id: FAR_MM for category in site.standard.categories}
        for f, (id, category) in enumerate(zip(after.facilities["id"], after.facilities["category"], strict=True)):
            if joins.owners.place[place] != joins.owners.facility[f] and category in best:
                mm = min(far.get(("facility", id), FAR_MM), shared.get((place, f), FAR_MM))
                best[category] = min(best[category], mm if mm <= site.limit_mm else FAR_MM)
        told = dict(zip(best, reach.place_mm[:, place].tolist(), strict=True))
        assert told == best, (seed, place, {k: (told[k], best[k]) for k in best if told[k] != best[k]}, by_hand)
        compared += len(best)
    return compared


def test_walks_after_random_scenarios_are_those_of_streets_changed_by_hand(shared_data: Path, tmp_path: Path) -> None:
    osm = shared_data / "beijing_768" / "beijing_768.osm"
    site = load_site(site_file(tmp_path, BOUNDS, osm))
    assert sum(check(site, seed) for seed in range(12)) > 5_000
