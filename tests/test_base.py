"""What a map shows beneath the analysis, from a small extract written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from lifecircle.sources import base, osm
from lifecircle.sources.base import GROUNDS, Base, no_base, read_base
from lifecircle.sources.boundary import local_crs, moved

WEST, SOUTH, STEP = 120.60, 31.40, 0.001
"""About 95 m east, 111 m north."""
BOX = shapely.box(WEST, SOUTH, WEST + 10 * STEP, SOUTH + 10 * STEP)
CRS = local_crs(BOX)

Ways = list[tuple[list[tuple[float, float]], dict[str, str]]]


def read(folder: Path, ways: Ways, points: Ways = ()) -> Base:  # type: ignore[assignment]
    """The base of a square of ten steps; ways and points in steps from its south-west corner, None for no such node."""
    lines, ids = ['<osm version="0.6">'], {}
    for at in [at for given, _ in ways for at in given if at is not None]:
        ids.setdefault(at, len(ids) + 1)
    tagged = {at[0]: tags for at, tags in points}
    for at in tagged:
        ids.setdefault(at, len(ids) + 1)
    for (x, y), id in ids.items():
        tags = _tags(tagged.get((x, y), {}))
        lines.append(f'<node id="{id}" lat="{SOUTH + y * STEP:.7f}" lon="{WEST + x * STEP:.7f}">{tags}</node>')
    for number, (given, tags) in enumerate(ways, start=1):
        refs = "".join(f'<nd ref="{999_999 if at is None else ids[at]}"/>' for at in given)
        lines.append(f'<way id="{number}">{refs}{_tags(tags)}</way>')
    path = folder / "made.osm"
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    extract = osm.read_osm(path)
    xy = osm.projected(extract, CRS)
    area = moved(CRS, BOX)
    keys = sorted({key for tags in GROUNDS.values() for key in tags} | {"place"})
    return read_base(extract, xy, osm.objects(extract, xy, keys, area), area, area, CRS)


def _tags(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())


def ring(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def rows(labels: gpd.GeoDataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(labels[list(columns)].itertuples(index=False, name=None))


STREET = {"highway": "residential"}


def test_names_are_said_in_their_own_and_in_both_languages(tmp_path: Path) -> None:
    tags = [
        {"name": "Mannerheimintie", "name:zh": "曼纳海姆大街", "name:en": "Mannerheim Road"},
        {"name": "学院路", "name:zh": "学院路", "name:en": "Xueyuan Road"},
        {"name:zh": "无名路"},
        {"name:en": "Nameless Road"},
    ]
    ways: Ways = [([(1, y), (9, y)], STREET | names) for y, names in enumerate(tags, start=1)]
    assert rows(read(tmp_path, ways).labels, "name", "zh", "en") == [
        ("Mannerheimintie", "曼纳海姆大街", "Mannerheim Road"),
        ("学院路", "", "Xueyuan Road"),
        ("无名路", "", ""),
    ]


def test_a_street_is_named_once_along_all_its_pieces(tmp_path: Path) -> None:
    """Two ways that meet are one line; a wider class of one piece is that of the name."""
    ways: Ways = [
        ([(1, 1), (2, 1)], STREET | {"name": "A"}),
        ([(2, 1), (4, 1)], {"highway": "primary", "name": "A"}),
        ([(1, 3), (2, 3)], {"highway": "footway", "name": "B"}),
        ([(1, 4), (2, 4)], {"highway": "service"}),
    ]
    labels = read(tmp_path, ways).labels
    assert rows(labels, "kind", "name") == [("major", "A")]
    line = labels.geometry.iloc[0]
    assert line.geom_type == "LineString"
    assert line.length == pytest.approx(3 * 95, rel=0.01)


def test_a_line_is_never_drawn_across_a_missing_node(tmp_path: Path) -> None:
    """Of 1-2-?-4-5-?-7, the pairs 1-2 and 4-5 are left."""
    given = [(1, 1), (2, 1), None, (4, 1), (5, 1), None, (7, 1)]
    ways: Ways = [(given, {"highway": "motorway", "name": "G2"})]  # type: ignore[list-item]
    found = read(tmp_path, ways)
    motorways = found.background[found.background["kind"] == "motorway"]
    assert motorways.length.to_numpy() == pytest.approx([95, 95], rel=0.01)
    assert found.labels.length.sum() == pytest.approx(190, rel=0.01)


def test_roads_that_somebody_walks_are_the_networks_own(tmp_path: Path) -> None:
    ways: Ways = [([(1, 1), (9, 1)], {"highway": "trunk"}), ([(1, 2), (9, 2)], {"highway": "trunk", "foot": "no"})]
    background = read(tmp_path, ways).background
    assert len(background[background["kind"] == "motorway"]) == 1


def test_lines_are_no_areas(tmp_path: Path) -> None:
    """A stream is a line, a pond an area; a wood that is drawn as a line is neither; a buried railway is not seen."""
    ways: Ways = [
        ([(1, 1), (5, 1), (5, 2)], {"waterway": "stream"}),
        (ring(6, 6, 7, 7), {"natural": "water"}),
        ([(1, 5), (2, 5), (2, 6)], {"natural": "wood"}),
        ([(1, 8), (9, 8)], {"railway": "rail"}),
        ([(1, 9), (9, 9)], {"railway": "subway", "tunnel": "yes"}),
    ]
    background = read(tmp_path, ways).background
    found = {(kind, shape.geom_type) for kind, shape in zip(background["kind"], background.geometry, strict=True)}
    assert found == {("river", "LineString"), ("water", "Polygon"), ("railway", "LineString")}


def test_areas_places_and_stations_are_named_at_a_point(tmp_path: Path) -> None:
    ways: Ways = [
        (ring(1, 1, 4, 4), {"landuse": "industrial", "name": "工业园"}),
        (ring(5, 5, 6, 6), {"leisure": "park", "name": "公园"}),
        (ring(7, 7, 7.1, 7.1), {"leisure": "garden", "name": "花坛"}),
        (ring(8, 1, 9, 2), {"landuse": "grass"}),
        ([(1, 8), (9, 8)], {"waterway": "canal", "name": "运河"}),
    ]
    points: Ways = [
        ([(2, 9)], {"place": "suburb", "name": "新村"}),
        ([(3, 9)], {"railway": "station", "name": "东站"}),
        ([(4, 9)], {"place": "island", "name": "岛"}),
    ]
    labels = read(tmp_path, ways, points).labels
    assert rows(labels, "kind", "name") == [
        ("estate", "工业园"),
        ("park", "公园"),
        ("river", "运河"),
        ("station", "东站"),
        ("suburb", "新村"),
    ]
    of = labels.set_index("name")
    assert of.loc["工业园", "size_m"] == pytest.approx(np.sqrt(3 * 95 * 3 * 111), rel=0.01)
    assert of.geometry["工业园"].within(moved(CRS, shapely.box(*ring_box(1, 1, 4, 4))))
    assert of.geometry["运河"].geom_type == "LineString"


def ring_box(west: float, south: float, east: float, north: float) -> tuple[float, float, float, float]:
    return (WEST + west * STEP, SOUTH + south * STEP, WEST + east * STEP, SOUTH + north * STEP)


def test_the_sea_is_on_the_right_of_the_coast(tmp_path: Path) -> None:
    """The coast runs north through the middle: land on its left, the sea in the east; an island lies in it."""
    coast = {"natural": "coastline"}
    ways: Ways = [([(5, -1), (5, 11)], coast), (ring(7, 3, 8, 4), coast)]
    background = read(tmp_path, ways).background
    (sea,) = background.geometry[background["kind"] == "sea"]
    square = moved(CRS, BOX).area
    assert sea.area == pytest.approx(square * (50 - 1) / 100, rel=0.001)
    east, west, island = (moved(CRS, shapely.Point(WEST + x * STEP, SOUTH + 3.5 * STEP)) for x in (6, 2, 7.5))
    assert [sea.contains(point) for point in (east, west, island)] == [True, False, False]


def test_a_coast_cut_off_near_the_edge_of_the_data_goes_on_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The coast ends two steps, 222 m, from where the data do; farther off it parts nothing."""
    ways: Ways = [([(5, 2), (5, 8)], {"natural": "coastline"})]
    background = read(tmp_path, ways).background
    (sea,) = background.geometry[background["kind"] == "sea"]
    assert sea.area == pytest.approx(moved(CRS, BOX).area / 2, rel=0.001)
    monkeypatch.setattr(base, "CLIPPED_M", 200.0)
    assert "sea" not in set(read(tmp_path, ways).background["kind"])


def test_without_an_extract_nothing_is_drawn() -> None:
    nothing = no_base(CRS)
    assert (len(nothing.background), len(nothing.labels)) == (0, 0)
    assert "zh" in nothing.labels
