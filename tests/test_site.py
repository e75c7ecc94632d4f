"""The site file and bad input: refused with one line a fault, repaired and said, or unknown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from towns import SQUARE, WIDE, degrees, write_boundary, write_osm, write_points, write_town

from lifecircle.assessment import assess
from lifecircle.errors import InputError, LifecircleError
from lifecircle.load import load_site
from lifecircle.model import State
from lifecircle.site import SiteFile, read_site_file

STREET = {"highway": "residential"}


def refusal(made: Callable[[], Any]) -> list[str]:
    """The lines of a refusal: one a fault, each with a place, what is wrong and a mend."""
    with pytest.raises(InputError) as caught:
        made()
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.faults)
    assert all(fault.where and fault.what and fault.mend for fault in caught.value.faults)
    return lines


def refused(folder: Path, **more: Any) -> list[str]:
    """Refusal of a town's site file, with nothing left behind."""
    path = write_town(folder, **more)
    before = sorted(folder.rglob("*"))
    lines = refusal(lambda: assess(path))
    assert sorted(folder.rglob("*")) == before
    return lines


# The site file -----------------------------------------------------------------------------------


def test_a_town_is_read(tmp_path: Path) -> None:
    site = read_site_file(write_town(tmp_path))
    assert isinstance(site, SiteFile)
    assert site.boundary.file == tmp_path / "park.geojson" and site.osm is not None
    assert (site.standard, site.profile, site.private_ways, site.connector_m) == (
        "industrial-community", "planning", "ends", 100,
    )  # fmt: skip


def test_no_site_file(tmp_path: Path) -> None:
    [line] = refusal(lambda: assess(tmp_path / "none.yaml"))
    assert "none.yaml: no such file" in line


def test_a_fault_of_yaml_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("name: A\nboundary: {file: x\nosm: y\n", encoding="utf-8")
    [line] = refusal(lambda: assess(tmp_path / "site.yaml"))
    assert re.search(r"site\.yaml:\d+: YAML fault", line)


@pytest.mark.parametrize("text", ["", "just words\n", "- a\n- b\n"])
def test_a_file_without_keys(tmp_path: Path, text: str) -> None:
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    [line] = refusal(lambda: assess(tmp_path / "site.yaml"))
    assert "holds no keys" in line and "`name:`" in line


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_bytes(b"\xff\xfe\x00name")
    [line] = refusal(lambda: assess(tmp_path / "site.yaml"))
    assert "UTF-8" in line


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    lines = refused(
        tmp_path,
        connector_m=-3,
        private_ways="maybe",
        boundry="x",
        year=12,
        osm={"file": "town.osm", "extend": 1},
    )
    assert len(lines) == 5
    text = "\n".join(lines)
    for key, value in (("connector_m", "-3"), ("private_ways", "'maybe'"), ("boundry", "known keys"), ("year", "12")):
        assert re.search(rf"site\.yaml: {key}: .*{re.escape(value)}", text)
    assert re.search(r"site\.yaml: osm\.extend: .*known keys: coords, date, extent, file", text)


def test_a_missing_key_and_no_streets(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("osm: town.osm\n", encoding="utf-8")
    lines = refusal(lambda: assess(tmp_path / "site.yaml"))
    assert ["name" in lines[0], "boundary" in lines[1]] == [True, True] and len(lines) == 2
    write_boundary(tmp_path / "park.geojson", WIDE)
    (tmp_path / "site.yaml").write_text("name: A\nboundary: park.geojson\n", encoding="utf-8")
    [line] = refusal(lambda: assess(tmp_path / "site.yaml"))
    assert "`osm` or `network`" in line


@pytest.mark.parametrize(("day", "told"), [(date(2024, 5, 31), "2024-05-31"), ("2024-05", "2024-05"), (2024, "2024")])
def test_a_source_says_when_it_is_of(tmp_path: Path, day: Any, told: str) -> None:
    """What the site file says goes before what the extract says; what nobody says is unknown."""
    boundary, osm = {"file": "park.geojson"}, {"file": "town.osm", "date": day}
    site = load_site(write_town(tmp_path, boundary=boundary, osm=osm))
    assert site.provenance["dates"] == [
        {"file": "park.geojson", "date": None, "by": None},
        {"file": "town.osm", "date": told, "by": "site file"},
    ]


@pytest.mark.parametrize("day", ["2024-02-30", "2024-5-1", "31.05.2024", "２０２４", "", True, 24])
def test_what_is_no_date(tmp_path: Path, day: Any) -> None:
    [line] = refused(tmp_path, osm={"file": "town.osm", "date": day})
    assert "site.yaml: osm.date: " in line


def test_missing_files_are_named_at_once(tmp_path: Path) -> None:
    lines = refused(tmp_path, walls="walls.geojson", demand=[{"file": "dorms.csv", "kind": "dormitory"}])
    assert len(lines) == 2
    assert "demand[0].file" in lines[0] and "dorms.csv" in lines[0] and "walls.geojson" in lines[1]


@pytest.mark.parametrize(
    ("block", "key", "value"),
    [
        ({"file": "park.geojson", "kind": "dormitory", "bedz": "beds"}, "demand[0].bedz", "known keys: beds"),
        ({"file": "park.geojson"}, "demand[0].kind", "missing"),
        ({"raster": "park.geojson", "count": "dogs"}, "demand[0].count", "'dogs'"),
        ({"kind": "dormitory"}, "demand[0]", "file"),
        (
            {"raster": "park.geojson", "beds": "b"},
            "demand[0].beds",
            "known keys: count, date, kind, nodata, raster, spread",
        ),
    ],
)
def test_a_faulty_demand_is_one_fault(tmp_path: Path, block: dict[str, Any], key: str, value: str) -> None:
    [line] = refused(tmp_path, demand=[block])
    assert f"site.yaml: {key}" in line and value.lower() in line.lower()


def test_a_facility_file_has_one_way_to_its_category(tmp_path: Path) -> None:
    [line] = refused(tmp_path, facilities=[{"file": "park.geojson", "category": "bank", "typecode_column": "t"}])
    assert "facilities[0]" in line and "exactly one of" in line


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"standard": "gb1"}, ["'gb1'", "industrial-community"]),
        ({"profile": "runner"}, ["'runner'", "planning"]),
        ({"complete": ["clinic"]}, ["complete", "'clinic'", "pharmacy"]),
        ({"boundary": {"file": "park.geojson", "where": "name=A"}}, ["park.geojson", "'name'"]),
        ({"boundary": {"file": "park.geojson", "layer": "none"}}, ["park.geojson", "none"]),
        ({"boundary": {"file": "park.geojson", "coords": "EPSG:999999"}}, ["park.geojson", "EPSG:999999"]),
        ({"osm": "park.geojson"}, ["park.geojson", ".osm.pbf"]),
    ],
)
def test_unknown_names_are_refused_with_those_there_are(tmp_path: Path, more: dict[str, Any], words: list[str]) -> None:
    [line] = refused(tmp_path, **more)
    assert all(word in line for word in words)


# The boundary ------------------------------------------------------------------------------------


def at(folder: Path, text: str) -> Path:
    """The town's site file with another boundary."""
    path = write_town(folder)
    (folder / "park.geojson").write_text(text, encoding="utf-8")
    return path


EMPTY = '{"type": "FeatureCollection", "features": []}'
NOTHING = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": null}]}'
POINT = '{"type": "Point", "coordinates": [120.65, 31.42]}'


@pytest.mark.parametrize(
    ("text", "words"),
    [(EMPTY, "empty"), (NOTHING, "empty"), (POINT, "no polygon"), ("{", "cannot be read"), ("", "cannot be read")],
)
def test_no_boundary(tmp_path: Path, text: str, words: str) -> None:
    [line] = refusal(lambda: load_site(at(tmp_path, text)))
    assert "park.geojson" in line and words in line


def test_a_boundary_without_crs(tmp_path: Path) -> None:
    import geopandas as gpd

    path = write_town(tmp_path, boundary="park.gpkg")
    gpd.GeoDataFrame(geometry=[WIDE]).to_file(tmp_path / "park.gpkg")
    [line] = refusal(lambda: load_site(path))
    assert "park.gpkg" in line and "coordinate system" in line and "`coords:`" in line


def test_latitude_and_longitude_swapped(tmp_path: Path) -> None:
    # 31.42 E 120.65 N is no place on earth
    swapped = shapely.transform(degrees(shapely.box(-500, -500, 500, 500)), lambda xy: xy[:, ::-1])
    site = load_site(at(tmp_path, shapely.to_geojson(swapped)))
    assert shapely.area(site.boundary) == pytest.approx(1e6, rel=1e-3)
    assert "park.geojson: latitude stands before longitude; read the other way round" in [
        str(n.text) for n in site.notes
    ]


def test_swapped_where_both_ways_are_places(tmp_path: Path) -> None:
    # streets at 28 N 15 W, the boundary drawn at 28 E 15 S
    path = at(tmp_path, shapely.to_geojson(shapely.box(28.10, -15.43, 28.11, -15.42)))
    nodes = "".join(f'<node id="{i}" lat="{28.1 + i / 1000}" lon="{-15.43 + i / 1000}"/>' for i in range(1, 9))
    way = '<way id="1"><nd ref="1"/><nd ref="8"/><tag k="highway" v="residential"/></way>'
    (tmp_path / "town.osm").write_text(f'<osm version="0.6">{nodes}{way}</osm>', encoding="utf-8")
    [line] = refusal(lambda: load_site(path))
    assert "park.geojson" in line and "swapped" in line


def test_a_boundary_in_another_country(tmp_path: Path) -> None:
    [line] = refusal(lambda: load_site(at(tmp_path, shapely.to_geojson(shapely.box(-15.44, 28.12, -15.43, 28.13)))))
    assert "park.geojson" in line and "km from the streets" in line and "lon -15.440 to -15.430" in line


def test_a_boundary_that_crosses_itself_is_repaired_and_said(tmp_path: Path) -> None:
    bow = degrees(shapely.Polygon([(-400, -400), (400, 400), (400, -400), (-400, 400)]))
    site = load_site(at(tmp_path, shapely.to_geojson(bow)))
    # two triangles of 800 x 400 / 2
    assert site.boundary.is_valid and site.boundary.area == pytest.approx(2 * 160_000, rel=1e-3)
    [note] = [note for note in site.notes if note.kind == "repaired"]
    assert "boundary crossed or touched itself" in str(note.text)


def test_several_features_are_joined(tmp_path: Path) -> None:
    two = shapely.GeometryCollection([degrees(shapely.box(x, 0, x + 100, 100)) for x in (0, 100)])
    assert load_site(at(tmp_path, shapely.to_geojson(two))).boundary.area == pytest.approx(20_000, rel=1e-3)


# Streets -----------------------------------------------------------------------------------------


def test_clipped_ways_are_split_and_said(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    write_osm(tmp_path / "town.osm", SQUARE, {10: ("1 2 99 3 4", STREET)}, bounds=WIDE)
    site = load_site(path)
    assert sorted(site.network.edge_mm.tolist()) == pytest.approx([400_000, 400_000], abs=20)
    assert any("1 reference to nodes outside the extract" in str(note.text) for note in site.notes)


@pytest.mark.parametrize("tags", [{"highway": "motorway"}, {}])
def test_no_walkable_street(tmp_path: Path, tags: dict[str, str]) -> None:
    path = write_town(tmp_path)
    write_osm(tmp_path / "town.osm", SQUARE, {10: ("1 2 3 4 1", tags)}, bounds=WIDE)
    [line] = refusal(lambda: load_site(path))
    assert "town.osm" in line and "no walkable street" in line


def test_no_walkable_way_near_is_unknown(tmp_path: Path) -> None:
    # in the middle of the block: 200 m from every street
    rows = [{"id": "far", "at": (200, 200), "beds": 9}, {"id": "near", "at": (200, 5), "beds": 1}]
    write_points(tmp_path / "dorms.csv", rows)
    demand = {"file": "dorms.csv", "kind": "dormitory", "id": "id", "beds": "beds"}
    result = assess(write_town(tmp_path, demand=[demand], complete=["pharmacy"]))
    row = [c.id for c in result.site.standard.categories].index("pharmacy")
    assert result.coverage.place_state[row].tolist() == [State.UNKNOWN, State.GAP]
    assert str(result.headline) == "10 beds in 2 places"


# The whole ---------------------------------------------------------------------------------------


def test_nobody_counted_is_said(tmp_path: Path) -> None:
    write_points(tmp_path / "dorms.csv", [{"id": "a", "at": (200, 5)}])
    result = assess(write_town(tmp_path, demand=[{"file": "dorms.csv", "kind": "dormitory", "id": "id"}]))
    assert str(result.headline) == "no head counts; 1 place"
    assert not set(result.coverage.table["by"]) & {"beds", "jobs", "people", "families"}


def test_a_site_without_any_place_is_still_assessed(tmp_path: Path) -> None:
    result = assess(write_town(tmp_path))
    assert len(result.site.demand) == 0 and result.index.value.low == 0
    assert result.coverage.table["total"].sum() > 0  # the streets


def test_names_are_text(tmp_path: Path) -> None:
    hostile = ["<script>alert(1)</script>", "=HYPERLINK(1)", "../../x"]
    write_points(tmp_path / "dorms.csv", [{"id": n, "name": n, "at": (100 + 9 * i, 0)} for i, n in enumerate(hostile)])
    demand = {"file": "dorms.csv", "kind": "dormitory", "id": "id", "name": "name"}
    site = load_site(write_town(tmp_path, name="../../etc/passwd", demand=[demand]))
    assert sorted(site.demand["name"]) == sorted(hostile)
    assert site.slug == "etc-passwd"


def test_shuffled_files_give_the_same_result(tmp_path: Path) -> None:
    rows = [{"id": f"d{i}", "at": (30 * i, 7 * i), "beds": 10 + i} for i in range(9)]
    shops = [{"id": f"s{i}", "name": f"S{i}", "at": (90 * i, 0)} for i in range(5)]
    found = []
    for turn in (1, -1):
        write_points(tmp_path / "dorms.csv", rows[::turn])
        write_points(tmp_path / "shops.csv", shops[::turn])
        path = write_town(
            tmp_path,
            demand=[{"file": "dorms.csv", "kind": "dormitory", "id": "id", "beds": "beds"}],
            facilities=[{"file": "shops.csv", "category": "pharmacy", "id": "id", "name": "name", "complete": True}],
        )
        write_osm(
            tmp_path / "town.osm",
            dict(list(SQUARE.items())[::turn]),
            dict([(10, ("1 2", STREET)), (11, ("2 3", STREET)), (12, ("3 4", STREET)), (13, ("4 1", STREET))][::turn]),
            bounds=WIDE,
        )
        found.append(assess(path))
    one, other = found
    pd.testing.assert_frame_equal(one.coverage.table, other.coverage.table)
    pd.testing.assert_frame_equal(one.gaps.places, other.gaps.places)
    pd.testing.assert_frame_equal(one.gaps.areas, other.gaps.areas)
    np.testing.assert_array_equal(one.reach.place_mm, other.reach.place_mm)
    assert one.index == other.index and one.notes == other.notes
    assert one.provenance["parameters"] == other.provenance["parameters"]


def test_our_errors_are_one_family() -> None:
    assert issubclass(InputError, LifecircleError) and issubclass(InputError, ValueError)
