"""Fetching through osmnx from a server of our own on the loopback."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import osmium
import pytest
import shapely
from made_town import BOUNDS, PARK, write_town
from osmnx import _overpass, settings
from overpass_server import DATE, Server, serving

from lifecircle.errors import InputError, OutputError, SourceUnreachable
from lifecircle.sources import osm
from lifecircle.sources.boundary import local_crs, moved
from lifecircle.sources.overpass import fetch, fetch_site
from lifecircle.sources.places import keys_of
from lifecircle.standard import load_standard

KEYS = ["amenity", "building", "leisure"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_town(tmp_path_factory.mktemp("town") / "town.osm")


@pytest.fixture
def server(town: Path) -> Iterator[Server]:
    with serving(town) as running:
        yield running


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that osmnx would have made, in seconds."""
    pauses: list[float] = []
    monkeypatch.setattr(_overpass.time, "sleep", pauses.append)
    return pauses


def ids(path: Path, kind: str) -> set[int]:
    return {entity.id for entity in osmium.FileProcessor(str(path)) if entity.type_str() == kind}


@pytest.mark.parametrize("suffix", [".osm.pbf", ".osm", ".osm.gz", ".osm.bz2"])
def test_everything_a_site_needs_is_fetched(server: Server, town: Path, tmp_path: Path, suffix: str) -> None:
    path = fetch(BOUNDS, tmp_path / f"new{suffix}", KEYS, overpass_url=server.url)
    got, whole = osm.read_osm(path), osm.read_osm(town)
    for extract in (got, whole):
        assert extract.missing == 0
    assert got.elements.bounds == BOUNDS
    streets, expected = (osm.streets(extract, extract.elements.node_lonlat) for extract in (got, whole))
    assert streets.way_id.tolist() == expected.way_id.tolist()
    assert streets.node_id.tolist() == expected.node_id.tolist()
    assert np.array_equal(streets.node_xy, expected.node_xy)
    assert ids(path, "r") == ids(town, "r")
    assert ids(path, "n") < ids(town, "n")  # shops and bus stops were not asked for


def test_the_date_of_the_data_is_kept(server: Server, tmp_path: Path) -> None:
    path = fetch(BOUNDS, tmp_path / "new.osm.pbf", KEYS, overpass_url=server.url)
    assert osmium.io.Reader(str(path)).header().get("osmosis_replication_timestamp") == DATE


def test_same_answers_give_the_same_bytes(server: Server, tmp_path: Path) -> None:
    first, second = (fetch(BOUNDS, tmp_path / f"{i}.osm.pbf", KEYS, overpass_url=server.url) for i in range(2))
    assert first.read_bytes() == second.read_bytes()


def test_what_osmnx_asks(server: Server, tmp_path: Path) -> None:
    fetch(BOUNDS, tmp_path / "new.osm", KEYS, overpass_url=server.url)
    streets, objects = server.queries
    assert re.fullmatch(r"\[out:json\]\[timeout:\d+\];\(way\[\"highway\"\]\(poly:'[\d. ]+'\);>;\);out;", streets)
    asked = re.findall(r"\((node|way|relation)\['(\w+)'\]\(poly:'[\d. ]+'\);\(\._;>;\);\);", objects)
    assert asked == [(kind, key) for key in KEYS for kind in ("node", "way", "relation")]
    assert set(server.agents) == {"lifecircle (Python package)"}
    latlon = np.array(re.findall(r"poly:'([\d. ]+)'", streets)[0].split(), dtype=float).reshape(-1, 2)
    assert (*latlon.min(axis=0)[::-1], *latlon.max(axis=0)[::-1]) == pytest.approx(BOUNDS, abs=2e-6)


def test_osmnx_is_left_as_it_was(server: Server, tmp_path: Path) -> None:
    before = {name: value for name, value in vars(settings).items() if not name.startswith("_")}
    resolve = socket.getaddrinfo
    fetch(BOUNDS, tmp_path / "new.osm", KEYS, overpass_url=server.url, cache=tmp_path / "cache")
    server.script = [(400, "")]
    with pytest.raises(SourceUnreachable):
        fetch(BOUNDS, tmp_path / "other.osm", KEYS, overpass_url=server.url)
    assert {name: value for name, value in vars(settings).items() if not name.startswith("_")} == before
    assert socket.getaddrinfo is resolve


def test_a_cache_saves_asking_again(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cache = tmp_path / "answers"
    first = fetch(BOUNDS, tmp_path / "first.osm", KEYS, overpass_url=server.url, cache=cache).read_bytes()
    asked = len(server.queries)
    assert fetch(BOUNDS, tmp_path / "second.osm", KEYS, overpass_url=server.url, cache=cache).read_bytes() == first
    assert len(server.queries) == asked
    fetch(BOUNDS, tmp_path / "third.osm", KEYS, overpass_url=server.url)
    assert len(server.queries) == 2 * asked
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers", "first.osm", "second.osm", "third.osm"]


# Trouble -----------------------------------------------------------------------------------------


def refused(folder: Path, url: str) -> str:
    """The one line of the error of a fetch that leaves nothing behind."""
    with pytest.raises(SourceUnreachable) as caught:
        fetch(BOUNDS, folder / "new.osm", KEYS, overpass_url=url)
    assert not list(folder.iterdir())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nobody_there_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/api"
    begin = time.monotonic()
    assert refused(tmp_path, url).startswith(f"{url}: cannot be reached")
    assert time.monotonic() - begin < 6


def test_an_address_that_is_none(tmp_path: Path) -> None:
    assert "cannot be reached" in refused(tmp_path, "nowhere")


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (400, "<html>static error</html>", "400"),
        (200, "<html>please log in</html>", "please log in"),
        (200, json.dumps({"elements": [], "remark": "runtime error: Query timed out"}), "Query timed out"),
        (200, json.dumps({"elements": [{"type": "boat", "id": 1}]}), "something else"),
        (200, json.dumps({"answer": 42}), "something else"),
        (200, "[]", "did not return a dict"),
    ],
)
def test_an_answer_that_is_none(server: Server, tmp_path: Path, status: int, body: str, says: str) -> None:
    server.script = [(status, body)]
    assert says in refused(tmp_path, server.url)


def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path, no_pause: list[float]) -> None:
    server.script = [(429, ""), (504, "")]
    assert fetch(BOUNDS, tmp_path / "new.osm", KEYS, overpass_url=server.url).exists()
    assert [pause for pause in no_pause if pause] == [55, 55]


def test_a_server_that_stays_busy_is_left_alone(server: Server, tmp_path: Path, no_pause: list[float]) -> None:
    server.script = [(429, "")] * 50
    assert "too busy" in refused(tmp_path, server.url)
    assert len(server.queries) == 10


def test_an_empty_place_is_said(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds nothing here"):
        fetch((10, 10, 10.01, 10.01), tmp_path / "new.osm", KEYS, overpass_url=server.url)


def test_an_unknown_suffix_is_refused_before_asking(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="by its name"):
        fetch(BOUNDS, tmp_path / "new.shp", KEYS, overpass_url=server.url)
    assert not server.queries


def test_a_folder_that_cannot_be_written(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        fetch(BOUNDS, tmp_path / "file" / "new.osm", KEYS, overpass_url=server.url)


# From a site file --------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "park.geojson").write_text(shapely.to_geojson(PARK), encoding="utf-8")
    path = tmp_path / "site.yaml"
    path.write_text("name: Park\nboundary: park.geojson\nosm: data/park.osm.pbf\n", encoding="utf-8")
    return path


def test_a_site_file_is_fetched_once(server: Server, site: Path) -> None:
    path = fetch_site(site, overpass_url=server.url)
    assert path == site.parent / "data" / "park.osm.pbf"
    asked, stamp = len(server.queries), path.stat().st_mtime_ns
    assert fetch_site(site, overpass_url=server.url) == path
    assert (len(server.queries), path.stat().st_mtime_ns) == (asked, stamp)


def test_the_whole_study_area_is_fetched(server: Server, site: Path) -> None:
    extract = osm.read_osm(fetch_site(site, overpass_url=server.url))
    assert extract.elements.bounds is not None
    crs = local_crs(PARK)
    # the planning profile walks 60 m a minute: 30 minutes are 1800 m, so the least of 2000 m holds
    area = shapely.buffer(moved(crs, PARK), 2000)
    fetched = shapely.segmentize(shapely.box(*extract.elements.bounds), 0.001)
    assert shapely.buffer(moved(crs, fetched), 0.02).contains(area)
    assert all(f"['{key}']" in server.queries[1] for key in keys_of(load_standard("industrial-community")))


def test_a_site_file_without_osm(site: Path) -> None:
    site.with_name("net.graphml").touch()
    site.write_text("name: Park\nboundary: park.geojson\nnetwork: net.graphml\n", encoding="utf-8")
    with pytest.raises(InputError, match="names no file to fetch"):
        fetch_site(site)


def test_other_files_must_be_there(site: Path) -> None:
    site.with_name("park.geojson").unlink()
    with pytest.raises(InputError, match=r"park\.geojson"):
        fetch_site(site)
