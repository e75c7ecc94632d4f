"""Each benchmark runs on a made-up town and finds the same answers as its peer; no time is looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import shapely

from benchmarks import __main__ as command
from benchmarks import extract, maps, nearest, searches, siting, whole
from benchmarks.cases import Case, copies, prepare_walkable
from benchmarks.measure import Row, paired, table
from lifecircle.sources.osm import read_osm

SIDE = 6
STEP = 0.001
WEST, SOUTH = 120.60, 31.40


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Six streets by six, shops at some corners, three buildings; one way leaves the extract."""
    nodes, ways = [], []
    for i in range(SIDE):
        for j in range(SIDE):
            shop = '<tag k="shop" v="convenience"/>' if (i * SIDE + j) % 7 == 3 else ""
            nodes.append(
                f'<node id="{1 + i * SIDE + j}" lat="{SOUTH + i * STEP}" lon="{WEST + j * STEP}">{shop}</node>'
            )
    lines = [[1 + i * SIDE + j for j in range(SIDE)] for i in range(SIDE)]
    lines += [list(column) for column in zip(*lines, strict=True)]
    lines.append([SIDE * SIDE, 999, 1, 2])
    for number, line in enumerate(lines, start=1):
        ways.append(_way(number, line, "highway", "residential"))
    for number in range(3):
        corner = 100 + 4 * number
        for k, (dx, dy) in enumerate([(0.2, 0.2), (0.4, 0.2), (0.4, 0.4), (0.2, 0.4)]):
            lon, lat = WEST + (number + dx) * STEP, SOUTH + (number + dy) * STEP
            nodes.append(f'<node id="{corner + k}" lat="{lat}" lon="{lon}"/>')
        ways.append(_way(200 + number, [*range(corner, corner + 4), corner], "building", "industrial"))
    extract_file = tmp_path / "town.osm"
    extract_file.write_text(f'<osm version="0.6">{"".join(nodes)}{"".join(ways)}</osm>', encoding="utf-8")
    east, north = WEST + (SIDE - 1) * STEP, SOUTH + (SIDE - 1) * STEP
    ring = [[WEST, SOUTH], [east, SOUTH], [east, north], [WEST, north], [WEST, SOUTH]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    boundary = tmp_path / "town.geojson"
    boundary.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return Case("town", extract_file, boundary)


def _way(number: int, nodes: list[int], key: str, value: str) -> str:
    refs = "".join(f'<nd ref="{node}"/>' for node in nodes)
    return f'<way id="{number}">{refs}<tag k="{key}" v="{value}"/></way>'


def test_extract_finds_the_ways_of_pyosmium_and_the_segments_of_osmnx(case: Case, tmp_path: Path) -> None:
    rows = extract.run(case, tmp_path, 1)
    # 12 streets and the way with a hole: 12 x 6 + 4 references. Segments: 12 x 5; the way's own is one of them.
    assert rows[0].answers == "same 13 ways, 76 references, 1 of them missing"
    assert rows[1].answers.startswith("same 60 segments")


def test_nearest_finds_the_distances_of_scipy_and_pandana(case: Case, tmp_path: Path) -> None:
    pytest.importorskip("pandana")
    rows = nearest.run(case, tmp_path, 1)
    assert [row.what.split(": ")[1] for row in rows] == ["search", "search", "build", "build and search"]
    assert all("at most" in row.answers for row in rows if row.answers)


def test_searches_find_what_networkx_finds(case: Case, tmp_path: Path) -> None:
    rows = searches.run(case, tmp_path, 1, count=5)
    assert rows[0].answers.startswith("same ")
    assert rows[1].answers.startswith("IoU median 0.9")


def test_best_sites_serve_as_many_as_those_of_spopt(case: Case, tmp_path: Path) -> None:
    pytest.importorskip("spopt")
    rows = siting.run(case, tmp_path, 1, places=30, sites=25)
    assert all(row.answers.startswith("same ") for row in rows)


@pytest.mark.browser
def test_maps_draw_as_many_shapes_as_folium(case: Case, tmp_path: Path) -> None:
    rows = maps.run(case, tmp_path, 1, sizes=(40,))
    assert [row.answers for row in rows] == ["same 40 polygons"] * 2
    assert [row.unit for row in maps.run_pages(case, tmp_path, 1)] == ["s", "MB"]


def test_made_footprints_do_not_meet() -> None:
    shapes = maps.footprints(100)
    tree = shapely.STRtree(shapes)
    assert len(tree.query(shapes, predicate="intersects")[0]) == 100
    assert shapely.is_valid(shapes).all()


def test_processes_run_to_their_end(case: Case, tmp_path: Path) -> None:
    rows = whole.run(case, tmp_path, 1)
    assert [row.case for row in rows] == ["town", "town"]
    assert "html" in rows[0].answers


def test_copies_have_so_many_times_the_streets(case: Case, tmp_path: Path) -> None:
    rows = whole.run_copies(case, tmp_path, count=2)
    assert float(rows[0].answers.split()[0]) == pytest.approx(2, abs=0.01)
    assert rows[1].unit == "MB"


def test_copies_do_not_meet(case: Case, tmp_path: Path) -> None:
    one, three = read_osm(case.osm).elements, read_osm(copies(case.osm, 3, tmp_path).osm).elements
    assert (len(three.node_id), len(three.way_id)) == (3 * len(one.node_id), 3 * len(one.way_id))
    assert len(set(three.node_id.tolist())) == len(three.node_id)


def test_prepared_ways_are_split_at_missing_nodes(case: Case, tmp_path: Path) -> None:
    prepare_walkable(case.osm, tmp_path / "ways.osm")
    prepared = read_osm(tmp_path / "ways.osm")
    assert prepared.missing == 0
    assert len(prepared.elements.way_id) == 13  # of the way with a hole only "1 2" is left; buildings are not walked


def test_timings_come_in_pairs() -> None:
    order: list[str] = []
    ours, peer, a, b = paired(lambda: order.append("a"), lambda: order.append("b"), 2)
    assert order == ["a", "b", "a", "b"]
    assert (a, b) == (None, None)
    assert min(ours, peer) >= 0


def test_the_table_says_whether_an_aim_is_met() -> None:
    met = Row("x", "y", 1, 3, 3, ("at least", 2), "peer", "same")
    missed = Row("x", "y", 5, 1, 5, ("at most", 4), "peer", "same")
    beside = Row("x", "y", 5, 1, 5, None, "peer", "same")
    assert [row.met for row in (met, missed, beside)] == ["met", "missed", ""]
    assert table([met]).splitlines()[-1] == "| x | y | 1 s | 3 s | 3 | at least 2 | met | peer | same |"


def test_without_data_the_command_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--data", str(tmp_path / "none")]) == 1
    assert "--data" in capsys.readouterr().err
