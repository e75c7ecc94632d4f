"""The page's engine, in a browser: it answers what Python answers, to the millimetre."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
import yaml
from playwright.sync_api import BrowserContext, Page
from towns import category, point, town

from lifecircle import assess
from lifecircle.assessment import NOWHERE
from lifecircle.assessment import _reach as reached
from lifecircle.attach import joined
from lifecircle.coverage import cover
from lifecircle.index import three_life_index
from lifecircle.model import FAR_MM, Assessment, Capacity, Coverage, Index, Interval, Pace, Reach, Site
from lifecircle.outputs.drawings import plain
from lifecircle.outputs.html import engine
from lifecircle.outputs.pagedata import page_data
from lifecircle.outputs.shapes import packed
from lifecircle.outputs.walkdata import walk_data
from lifecircle.sample import sample_site
from lifecircle.scenario import changed

ANSWER = """(changes) => {
    changes.forEach((_, i) => engine.run(changes.slice(0, i)));  // as a planner makes them, one after the other
    const result = engine.run(changes);
    const lists = (rows) => rows.map((row) => Array.from(row));
    return JSON.stringify({  // one text: Playwright is slow with many numbers
        mm: lists(result.mm), nearest: lists(result.nearest), states: lists(result.states),
        reasons: lists(result.reasons), index: result.index,
        rows: result.mm.map((_, k) => ["norm", 5, 10, 15].map((at) => result.rows(k, at))),
    });
}"""
AMOUNTS = ("total", "covered", "gap", "unknown", "low_confidence")


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    page.set_content("<!doctype html>")
    page.add_script_tag(content=engine())
    yield page
    page.close()


def start(page: Page, assessment: Assessment) -> None:
    """The engine of an assessment, as ``engine`` in the page."""
    data = page_data(assessment)
    page.evaluate("(text) => { window.data = JSON.parse(text); window.engine = createEngine(data); }", plain(data))


def crooked_grid(seed: int, across: int = 9) -> Site:
    """Streets some 100 m apart with bends, gaps, private and elevated ways; places that are facilities too."""
    random = np.random.default_rng(seed)
    xy = {
        across * i + j + 1: (100 * i + int(random.integers(0, 50)), 100 * j + int(random.integers(0, 50)))
        for i in range(across)
        for j in range(across)
    }
    links = [(n, m) for n in xy for m in (n + 1, n + across) if m in xy and (m != n + 1 or n % across)]
    ways = {100 + i: f"{a} {b}" for i, (a, b) in enumerate(links) if random.random() < 0.85}
    categories = (
        category("bank", 250, "production", ["jobs"]),
        category("clinic", 300, "living", ["beds"], weight=2, capacity=Capacity("beds", per_head=0.05)),
        category("shop", 150, "living", ["beds", "jobs"]),
        category("park", 400, "ecology", ["beds"], capacity=Capacity("m2", per_head=1.0)),
        category("nursery", 300, "living", ["families"]),
        category("square", 300, "ecology", ["beds"]),
    )

    def somewhere() -> shapely.Geometry:
        x, y = random.integers(-60, 100 * across, 2).tolist()
        side = int(random.integers(5, 60))
        return point(x, y) if random.random() < 0.6 else shapely.box(x, y, x + side, y + side)

    places = {
        f"p{i:02}": (
            somewhere(),
            {"beds": random.integers(0, 300) / 4, "area_id": "yard" if i % 7 == 0 else ""}
            | ({"jobs": int(random.integers(0, 90))} if i % 3 else {}),
        )
        for i in range(40)
    }
    found: list[tuple[Any, ...]] = [
        (f"f{i:02}", ["bank", "clinic", "shop", "park"][i % 4], somewhere(), *([int(i)] if i % 5 else []))
        for i in range(28)
    ]
    found += [(f"p{i:02}", ["shop", "bank"][i % 2], places[f"p{i:02}"][0]) for i in range(0, 40, 3)]
    return town(
        xy,
        ways,
        places=places,
        found=found,
        categories=categories,
        complete=["bank", "park", "square"],
        absent=["nursery"],
        private=[way for way in ways if random.random() < 0.2],
        above=[way for way in ways if random.random() < 0.1],
        enclosures=[shapely.box(120, 120, 280, 260)],
        gates=[point(200, 120), point(280, 200)],
        fences=[shapely.LineString([(400, 0), (430, 800)])],
        boundary=shapely.box(-60, -60, 100 * across, 100 * across),
        extent=shapely.box(-300, -300, 100 * across + 100, 100 * across + 500),
        limit_m=1_500,
        function_weights=(0.3, 0.5, 0.2),
    )


@dataclass(frozen=True)
class Answer:
    """What Python tells of a site, without cells and gaps."""

    site: Site
    reach: Reach
    coverage: Coverage
    index: Index


def differences(page: Page, expected: Assessment | Answer, changes: list[dict[str, Any]] | None = None) -> list[str]:
    """What the engine tells otherwise than an assessment."""
    answer = json.loads(page.evaluate(ANSWER, changes or []))
    reach, coverage = expected.reach, expected.coverage
    ids = [category.id for category in expected.site.standard.categories]
    row_in_page = np.append(page_rows(page, expected.site, changes or []), -1)
    arrays = {
        "mm": np.where(reach.place_mm >= FAR_MM, -1, reach.place_mm),
        "nearest": row_in_page[reach.place_facility],
        "states": coverage.place_state,
        "reasons": coverage.place_reason,
    }
    found = []
    for name, want in arrays.items():
        rows = np.argwhere(np.array(answer[name], dtype=np.int64).reshape(want.shape) != want)
        found += [f"{name} of {ids[k]} at place {i}: {answer[name][k][i]}, not {want[k, i]}" for k, i in rows[:3]]
    table = coverage.table[coverage.table["by"] != "street_m"].set_index(["category", "at", "by"])[list(AMOUNTS)]
    amounts = dict(zip(table.index, table.to_dict("records"), strict=True))
    told = {
        (id, at, row["by"]): {amount: row[amount] for amount in AMOUNTS}
        for id, of in zip(ids, answer["rows"], strict=True)
        for at, rows_at in zip(["norm", "5 min", "10 min", "15 min"], of, strict=True)
        for row in rows_at
    }
    return [*found, *apart("rows", told, amounts), *apart("index", answer["index"], index_of(expected))]


def page_rows(page: Page, site: Site, changes: list[dict[str, Any]]) -> list[int]:
    """The page's row of each facility: it keeps those of closed ones."""
    found = page.evaluate(
        """(changes) => {
            const { id, category, open } = engine.run(changes).facilities;
            return id.flatMap((id, f) => (open[f] ? [[`${id} ${data.categories[category[f]].id}`, f]] : []));
        }""",
        changes,
    )
    row = dict(found)
    assert len(row) == len(found) == len(site.facilities)
    return [
        row[f"{id} {category}"] for id, category in zip(site.facilities["id"], site.facilities["category"], strict=True)
    ]


def index_of(assessment: Assessment | Answer) -> dict[str, Any]:
    """The index as the engine tells it."""
    index = assessment.index

    def interval(value: Interval) -> list[float | None]:
        return [value.low, value.high, value.mid]

    return {
        "value": interval(index.value),
        "functions": {name: interval(value) for name, value in index.functions.items()},
        "categories": {id: interval(value)[:2] for id, value in index.categories.items()},
        "known": index.known_weight,
        "coordination": interval(index.coordination),
        "grade": list(index.grade),
        "weakest": index.weakest,
        "zero": list(index.zero),
    }


def apart(where: str, got: Any, want: Any) -> list[str]:
    """Where two answers differ by more than a millionth."""
    if isinstance(want, dict) and isinstance(got, dict):
        return [line for key in want | got for line in apart(f"{where} {key}", got.get(key), want.get(key))]
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return [line for i, pair in enumerate(zip(got, want, strict=True)) for line in apart(f"{where} {i}", *pair)]
    number = isinstance(want, float | int) and isinstance(got, float | int)
    same = math.isclose(got, want, rel_tol=1e-6, abs_tol=1e-6) if number else got == want
    return [] if same else [f"{where}: {got}, not {want}"]


@pytest.fixture(scope="module")
def sample() -> Assessment:
    with sample_site() as path:
        return assess(path)


def test_packed_integers_have_no_more_characters_than_bits_ask_for() -> None:
    """Zigzag, five bits a character, those that go on from "g": 0 A, -1 B, 1 C, 16 = 32 = (0, on), 1 -> "gB"."""
    assert packed(np.array([0, -1, 1, 2, -2, 15, -16, 16])) == "ABCEDefgB"
    assert packed(np.array([], dtype=np.int64)) == ""


def test_integers_arrive(page: Page) -> None:
    numbers = np.array([0, 1, -1, 15, 16, -16, -17, 31, 1023, 1024, -(2**31), 2**31 - 1])
    assert page.evaluate("(text) => Array.from(createEngine.unpacked(text))", packed(numbers)) == numbers.tolist()


def test_the_base_of_the_sample_is_python_s(page: Page, sample: Assessment) -> None:
    start(page, sample)
    assert differences(page, sample) == []


@pytest.mark.parametrize("seed", range(6))
def test_the_base_of_a_crooked_grid_is_python_s(page: Page, seed: int) -> None:
    expected = assess(crooked_grid(seed))
    start(page, expected)
    assert differences(page, expected) == []
    assert {0, 1, 2} <= set(expected.coverage.place_state.ravel().tolist())


def test_without_distances_alone_there_is_nothing_to_compute(sample: Assessment) -> None:
    network = sample.site.network
    ends = np.column_stack([np.zeros_like(network.edge_mm), network.edge_mm]).ravel()
    pace = Pace(np.repeat(np.arange(len(network.edge_mm)), 2), ends, ends, ends, 1.0)
    timed = replace(sample, site=replace(sample.site, network=replace(network, pace=pace)))
    assert walk_data(timed) is None


@pytest.mark.parametrize(
    "centre", [(31.42012, 120.65042), (28.14985, -15.41137), (-30.05, -51.19), (0.0, 179.9), (69.6, 18.95)]
)
def test_the_projection_is_proj_s(page: Page, centre: tuple[float, float]) -> None:
    crs = pyproj.CRS(f"+proj=tmerc +lat_0={centre[0]} +lon_0={centre[1]} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m")
    random = np.random.default_rng(1)
    xy = random.uniform(-60_000, 60_000, (400, 2))
    lon, lat = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(*xy.T)
    there, back = page.evaluate(
        """([centre, latlng, xy]) => {
            const { forward, inverse } = createEngine.projection(centre);
            return [latlng.map((at) => forward(...at)), xy.map((at) => inverse(...at))];
        }""",
        [centre, np.column_stack([lat, lon]).tolist(), xy.tolist()],
    )
    apart = np.abs(np.array(back) - np.column_stack([lat, lon]))
    assert np.abs(np.array(there) - xy).max() < 1e-7
    assert np.minimum(apart, np.abs(apart - [0, 360])).max() < 1e-12


# Edits


def random_changes(
    random: np.random.Generator, site: Site, gates: dict[str, list[list[float]]]
) -> list[dict[str, Any]]:
    """One to six changes of all kinds, as the page holds them."""
    back = degrees_from(site.crs)
    streets = site.network.vertex_xy[shapely.intersects_xy(site.boundary, *site.network.vertex_xy.T)]
    ids = list(dict.fromkeys(site.facilities["id"]))

    def near_streets(spread: float) -> tuple[float, float]:
        x, y = streets[random.integers(len(streets))] + random.normal(0, spread, 2)
        return float(x), float(y)

    def degrees(x: float, y: float) -> list[float]:
        lon, lat = back.transform(x, y)
        return [round(lat, 7), round(lon, 7)]

    def path() -> list[list[float]]:
        x, y = near_streets(random.choice([0.0, 30.0]))
        steps = random.normal(0, 60, (random.integers(1, 4), 2)).cumsum(axis=0)
        ends = [near_streets(0.0)] if random.random() < 0.5 else []
        return [degrees(*at) for at in [(x, y), *((x + dx, y + dy) for dx, dy in steps.tolist()), *ends]]

    found: list[dict[str, Any]] = []
    named: set[str] = set()
    for kind in random.choice(7, random.integers(1, 7)).tolist():
        left = [id for id in ids if id not in named]
        at = degrees(*near_streets(20.0))
        category = site.standard.categories[random.integers(len(site.standard.categories))].id
        if kind == 0:
            more = {"capacity": int(random.integers(0, 99))} if random.random() < 0.5 else {}
            found.append({"what": "facility", "change": "add", "category": category, "at": at, **more})
        elif kind in (1, 2) and left:
            named.add(id := left[random.integers(len(left))])
            found.append(
                {"what": "facility", "change": "move", "id": id, "at": at}
                if kind == 1
                else {"what": "facility", "change": "close", "id": id}
            )
        elif kind == 3:
            found.append({"what": "path", "change": "add", "line": path()})
        elif kind == 4:
            found.append({"what": "path", "change": "close", "at": degrees(*near_streets(5.0))})
        elif kind == 5 and gates["candidates"]:
            found.append(
                {"what": "gate", "change": "add", "at": gates["candidates"][random.integers(len(gates["candidates"]))]}
            )
        elif kind == 6 and gates["standing"]:
            found.append(
                {"what": "gate", "change": "close", "at": gates["standing"][random.integers(len(gates["standing"]))]}
            )
    return found


@cache
def degrees_from(crs: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, 4326, always_xy=True)


def answered(before: Assessment, changes: list[dict[str, Any]], folder: Path, page: Page) -> Answer:
    """What Python makes of the changes, read from the file that the page writes."""
    path = folder / "scenario.geojson"
    path.write_text(
        json.dumps(page.evaluate("(changes) => engine.toGeoJSON(changes, 'try')", changes)), encoding="utf-8"
    )
    site = changed(before.site, path)
    reach = reached(site)
    coverage = cover(site, reach, NOWHERE, before.reach)
    return Answer(site, reach, coverage, three_life_index(site, reach, coverage))


def compared(page: Page, before: Assessment, folder: Path, edits: int, seed: int) -> list[str]:
    """Differences after random scenarios of so many changes in all, that the page takes."""
    random = np.random.default_rng(seed)
    start(page, before)
    before = replace(before, site=replace(before.site, joined=joined(before.site)))
    gates = page.evaluate("engine.gates")
    done, refused = 0, 0
    while done < edits:
        changes = random_changes(random, before.site, gates)
        why = page.evaluate("(changes) => engine.run(changes).refused", changes)
        refused += len(why)
        changes = [change for i, change in enumerate(changes) if i not in {each["i"] for each in why}]
        found = differences(page, answered(before, changes, folder, page), changes)
        if found:
            return [*found, f"after {changes}"]
        done += len(changes)
    assert refused < done
    return []


@pytest.mark.parametrize("seed", range(4))
def test_random_edits_of_a_crooked_grid(page: Page, tmp_path: Path, seed: int) -> None:
    """235 edits each: 940 of the 1,000."""
    assert compared(page, assess(crooked_grid(seed)), tmp_path, 235, seed) == []


def test_what_ran_before_changes_no_answer(page: Page) -> None:
    """One more, one less, others in the middle: as of an engine that never ran."""
    start(page, assess(crooked_grid(2)))
    site, random = crooked_grid(2), np.random.default_rng(3)
    nowhere: dict[str, list[list[float]]] = {"candidates": [], "standing": []}
    changes = [change for _ in range(4) for change in random_changes(random, site, nowhere)]
    unlike = page.evaluate(
        """(changes) => {
            const told = ({ mm, nearest, index, refused }) =>
              JSON.stringify([mm.map((row) => [...row]), nearest.map((row) => [...row]), index, refused]);
            const scenarios = changes.flatMap((_, i) => [changes.slice(0, i + 1), changes.slice(0, i),
              changes.filter((_, j) => j !== i)]);
            return scenarios.filter((each) => told(engine.run(each)) !== told(createEngine(data).run(each))).length;
        }""",
        changes,
    )
    assert len(changes) > 5 and unlike == 0


def test_random_edits_of_the_sample(page: Page, tmp_path: Path, sample: Assessment) -> None:
    """60 edits: the rest of the 1,000."""
    assert compared(page, sample, tmp_path, 60, 1) == []


@pytest.mark.real
@pytest.mark.parametrize(("name", "edits"), [("beijing", 40), ("port", 20)])
def test_random_edits_of_a_real_place(page: Page, tmp_path: Path, shared_data: Path, name: str, edits: int) -> None:
    """The 768 park in Beijing and the port of Las Palmas."""
    bounds = gpd.GeoDataFrame(geometry=[shapely.box(116.34755, 40.00037, 116.35622, 40.00617)], crs=4326)
    bounds.to_file(tmp_path / "boundary.geojson", driver="GeoJSON")
    port = {"file": str(shared_data / "las_palmas" / "industrial_estates.geojson"), "where": "osm_id=way/44854146"}
    keys = {
        "beijing": {"boundary": "boundary.geojson", "osm": str(shared_data / "beijing_768" / "beijing_768.osm")},
        "port": {"boundary": port, "osm": str(shared_data / "las_palmas" / "las_palmas.osm.pbf")},
    }
    (tmp_path / "site.yaml").write_text(yaml.safe_dump({"name": name, **keys[name]}), encoding="utf-8")
    expected = assess(tmp_path / "site.yaml")
    start(page, expected)
    assert differences(page, expected) == []
    assert compared(page, expected, tmp_path, edits, 7) == []
