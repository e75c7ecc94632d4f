"""Isochrones: a street worked out by hand, distances against networkx, polygons against buffered streets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely
import shapely.ops
from handmade import network

from lifecircle.attach import join
from lifecircle.isochrones import isochrones, prepare, search, walk_mm
from lifecircle.load import load_site
from lifecircle.model import FAR_MM, Attachment, Site
from lifecircle.outputs.geojson import rounded
from lifecircle.reach import locate


def rows(*places: tuple[int, int, int, int]) -> Attachment:
    """Rows of place, edge, offset and connector in millimetres."""
    return Attachment(*np.array(places, dtype=np.int64).reshape(-1, 4).T, door=np.full(len(places), -1))


def iou(one: shapely.Geometry, other: shapely.Geometry) -> float:
    return shapely.area(shapely.intersection(one, other)) / shapely.area(shapely.union(one, other))


# By hand


def test_a_street_is_reached_as_far_as_the_walk_goes() -> None:
    """20 m to the middle of the second of four streets of 100 m, then 80 m either way of 100: x = 70 to 230."""
    found = isochrones(network(), rows((0, 1, 50_000, 20_000)), [100])
    assert (found.origin.tolist(), found.metres.tolist()) == ([0], [100])
    assert found.street_m[0] == pytest.approx(160, abs=4)
    exact = shapely.buffer(shapely.LineString([(70, 0), (230, 0)]), 25)
    assert iou(found.geometry[0], exact) > 0.95
    assert shapely.area(shapely.difference(found.geometry[0], exact.buffer(4))) == 0


def test_rows_are_sorted_and_farther_holds_nearer() -> None:
    found = isochrones(network(), rows((2, 3, 0, 0), (5, 0, 0, 0)), [300, 100])
    assert list(zip(found.origin.tolist(), found.metres.tolist(), strict=True)) == [
        (2, 100),
        (2, 300),
        (5, 100),
        (5, 300),
    ]
    assert found.street_m.tolist() == pytest.approx([200, 400, 100, 300], abs=4)
    assert shapely.covers(shapely.buffer(found.geometry[1], 1), found.geometry[0])


def test_a_place_with_two_gates_leaves_by_both() -> None:
    """Gates at both ends of the street, 30 m away each: 70 m of street from either end."""
    found = isochrones(network(), rows((0, 0, 0, 30_000), (0, 3, 100_000, 30_000)), [100])
    assert found.street_m[0] == pytest.approx(140, abs=4)
    assert len(shapely.get_parts(found.geometry[0])) == 2


def test_private_ways_end_a_walk_and_do_not_carry_one_through() -> None:
    """The second street is private: from the west end it is walked to its end at x = 200, not beyond."""
    private = replace(network(), private=np.array([False, True, False, False]))
    found = isochrones(private, rows((0, 0, 0, 0)), [1000])
    assert found.street_m[0] == pytest.approx(200, abs=4)
    assert shapely.bounds(found.geometry[0])[2] == pytest.approx(225, abs=4)


def test_too_short_a_limit_reaches_nothing() -> None:
    found = isochrones(network(), rows((0, 0, 0, 50_000)), [40])
    assert found.street_m.tolist() == [0] and shapely.is_empty(found.geometry[0])


def test_no_place_no_polygon() -> None:
    assert len(isochrones(network(), rows(), [500]).geometry) == 0


def test_the_ground_of_a_block_has_a_hole() -> None:
    """Four streets of 200 m around a block: beside them 25 m, in the middle nothing."""
    corners = np.array([[0, 0], [200, 0], [200, 200], [0, 200]], dtype=float)
    block = replace(
        network(),
        node_id=np.arange(4),
        node_xy=corners,
        edge_v=np.array([1, 2, 3, 0]),
        edge_mm=np.full(4, 200_000),
        vertex_xy=np.stack([corners, np.roll(corners, -1, axis=0)], axis=1).reshape(-1, 2),
        vertex_mm=np.tile([0, 200_000], 4),
    )
    found = isochrones(block, rows((0, 0, 0, 0)), [500])
    exact = shapely.buffer(shapely.LinearRing(corners), 25)
    assert iou(found.geometry[0], exact) > 0.95
    assert not shapely.intersects(found.geometry[0], shapely.Point(100, 100))


# On real streets


@pytest.fixture(scope="module")
def sebadal(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Attachment]:
    """A site, without private ways, and 40 of its places."""
    folder, path = shared_data / "las_palmas", tmp_path_factory.mktemp("sebadal") / "site.yaml"
    boundary = f"{{file: {folder / 'industrial_estates.geojson'}, where: osm_id=way/69221918}}"
    path.write_text(f"name: El Sebadal\nboundary: {boundary}\nosm: {folder / 'las_palmas.osm.pbf'}\n", encoding="utf-8")
    site = load_site(path)
    site = replace(site, network=replace(site.network, private=np.zeros_like(site.network.private)))
    places = site.demand.geometry.to_numpy()[:: len(site.demand) // 40][:40]
    return site, join(site.network, places, 100_000).attachment


@pytest.mark.real
def test_distances_equal_networkx_to_the_millimetre(sebadal: tuple[Site, Attachment]) -> None:
    """Every vertex within 900 m of 20 places, those between junctions restored, on the graph of all vertices."""
    site, attachment = sebadal
    net = site.network
    full = nx.Graph()
    of_edge = np.repeat(np.arange(len(net.edge_mm)), np.diff(net.vertex_start))
    ends = {int(k): int(n) for k, n in zip(net.vertex_start[:-1], net.edge_u, strict=True)}
    ends |= {int(k) - 1: int(n) for k, n in zip(net.vertex_start[1:], net.edge_v, strict=True)}
    name = [ends.get(k, f"vertex {k}") for k in range(len(of_edge))]
    for k in np.flatnonzero(of_edge[:-1] == of_edge[1:]):
        step = int(net.vertex_mm[k + 1] - net.vertex_mm[k])
        if full.get_edge_data(name[k], name[k + 1], {"weight": step + 1})["weight"] > step:
            full.add_edge(name[k], name[k + 1], weight=step)
    origins = prepare(net, attachment)
    piece, along = locate(origins.graph, of_edge, net.vertex_mm)
    checked = 0
    for walks in search(origins, 900):
        vertex, mm = walk_mm(origins.graph, walks, piece, along)
        for i in range(0, len(walks.origin), 2):
            graph = full.copy()
            for row in np.flatnonzero(attachment.place == walks.origin[i]):
                edge, offset = attachment.edge[row], int(attachment.offset_mm[row])
                start, stop = net.vertex_start[edge : edge + 2]
                k = start + min(np.searchsorted(net.vertex_mm[start:stop], offset, side="right"), stop - start - 1)
                for near in (k - 1, k):
                    out = int(attachment.connector_mm[row]) + abs(offset - int(net.vertex_mm[near]))
                    known = graph.get_edge_data("origin", name[near], {"weight": out})["weight"]
                    graph.add_edge("origin", name[near], weight=min(known, out))
            expected = nx.single_source_dijkstra_path_length(graph, "origin", cutoff=900_000)
            reached = np.flatnonzero(mm[i] <= 900_000)
            own = {name[vertex[t]]: int(mm[i, t]) for t in reached} | {"origin": 0}
            assert own == expected
            checked += len(own)
    assert checked > 8_000


@pytest.mark.real
@pytest.mark.parametrize("metres", [300, 900])
def test_polygons_are_valid_also_when_rounded(sebadal: tuple[Site, Attachment], metres: float) -> None:
    site, attachment = sebadal
    found = isochrones(site.network, attachment, [metres])
    assert len(found.geometry) == 40
    assert shapely.is_valid(found.geometry).all()
    assert shapely.is_valid(rounded(found.geometry, site.crs)).all()


@pytest.mark.real
@pytest.mark.parametrize("metres", [300, 900])
def test_polygons_are_the_ground_beside_reached_streets(sebadal: tuple[Site, Attachment], metres: float) -> None:
    """Against the union of every reached part of a street, buffered by 25 m."""
    site, attachment = sebadal
    found = isochrones(site.network, attachment, [metres])
    streets = site.network.lines
    origins = prepare(site.network, attachment)
    graph, shares = origins.graph, []
    for walks in search(origins, metres):
        far = np.full((len(walks.origin), graph.nodes), np.inf)
        far[:, walks.node] = np.where(walks.mm < FAR_MM, walks.mm, np.inf)
        for origin, mm in list(zip(walks.origin.tolist(), far, strict=True))[::4]:
            parts = []
            for piece in np.flatnonzero(np.minimum(mm[graph.piece_u], mm[graph.piece_v]) < metres * 1000):
                line, start = streets[graph.piece_edge[piece]], graph.piece_from_mm[piece] / 1000
                length = graph.piece_mm[piece] / 1000
                one, other = (
                    min(max(metres - mm[end] / 1000, 0), length) for end in (graph.piece_u[piece], graph.piece_v[piece])
                )
                if one > 0:
                    parts.append(shapely.ops.substring(line, start, start + one))
                if other > 0:
                    parts.append(shapely.ops.substring(line, start + length - other, start + length))
            exact = shapely.union_all(shapely.buffer(parts, 25))
            shares.append(iou(found.geometry[found.origin == origin][0], exact))
    assert len(shares) >= 10
    assert np.mean(shares) > 0.95 and min(shares) > 0.9
