"""What a planner tries in the page: cards with walks, and scenarios with before and after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyproj
import pytest
import shapely
from playwright.sync_api import BrowserContext, Page
from test_html import HOSTILE, faults, ink
from towns import CRS, category, degrees, moved_to, point, town

from lifecircle import assess
from lifecircle.changes import Change, Scenario
from lifecircle.messages import msg
from lifecircle.model import Assessment
from lifecircle.outputs.html import write
from lifecircle.outputs.pagedata import page_data

pytestmark = pytest.mark.browser

#   north -------------------- (1000, 400)      400 m north of the main street, and joined to it in the east only
#                                  |
#   west -- clinic ----------- east             the main street: 1 km
#
# Beds: west 100, east 60, north 40. The clinic serves within 600 m: west, 100 m away; east is 900 m, north farther.
NODES = {1: (0, 0), 2: (1000, 0), 3: (0, 400), 4: (1000, 400)}
WAYS = {100: "1 2", 101: "2 4", 102: "3 4"}
WEST, EAST, NORTH, CLINIC = point(20, 10), point(980, 10), point(20, 410), point(100, -10)


def assessment() -> Assessment:
    beds = {"west": (WEST, {"beds": 100}), "east": (EAST, {"beds": 60}), "north": (NORTH, {"beds": 40})}
    site = town(
        NODES,
        WAYS,
        places=beds,
        found=[(HOSTILE, "clinic", CLINIC)],
        categories=[category("clinic", 600)],
        complete=["clinic"],
        boundary=shapely.box(-50, -50, 1050, 450),
    )
    return assess(site)


def gated() -> Assessment:
    """The same with 50 beds more in a yard of 200 m by 100 m, 20 m north of the main street, with a gate in its east.

    From there it is 100 m to the gate, about 70 m to the main street, 500 m along it and 10 m to the clinic: too far.
    Two gates of somebody else's stand on one spot, 20 m south of the boundary.
    """
    beds = {"west": (WEST, {"beds": 100}), "east": (EAST, {"beds": 60}), "inner": (point(500, 70), {"beds": 50})}
    site = town(
        NODES,
        WAYS,
        places=beds,
        found=[("clinic", "clinic", CLINIC)],
        categories=[category("clinic", 600)],
        complete=["clinic"],
        enclosures=[shapely.box(400, 20, 600, 120)],
        gates=[point(600, 70), point(500, -70), point(500, -71)],
        access=["residents", "public", "staff"],
        boundary=shapely.box(-50, -50, 1050, 450),
    )
    doors = site.doors.assign(name=[HOSTILE, "", "south"], hours=["06:00-22:00", "", ""])
    return assess(moved_to(site, doors=doors))


@pytest.fixture
def page(context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    yield from opened(context, tmp_path, assessment())


@pytest.fixture
def gated_page(context: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    yield from opened(context, tmp_path, gated())


def opened(context: BrowserContext, tmp_path: Path, result: Assessment) -> Iterator[Page]:
    """The page in English; at the end nothing may have been asked for or complained about."""
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    file = tmp_path / "map.html"
    write(result, file, lang="en")
    page.goto(file.as_uri())
    page.wait_for_selector(".leaflet-pane canvas")
    yield page
    assert [url for url in requests if not url.startswith(("data:", "blob:", file.as_uri()))] == []
    assert complaints == []


def click(page: Page, x: float, y: float) -> None:
    """Click the map at metres of the site's CRS."""
    lon, lat = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(x, y)
    at = page.evaluate(
        "(at) => { const p = map_lifecircle.latLngToContainerPoint(at);"
        " const box = map_lifecircle.getContainer().getBoundingClientRect(); return [box.left + p.x, box.top + p.y]; }",
        [lat, lon],
    )
    page.mouse.click(*at)


def card(page: Page) -> str:
    return page.locator("#card").inner_text()


def walked(page: Page) -> int:
    """Metres to the nearest facility; where one clicks is known to the pixel, of a metre or so."""
    found = re.search(r"(\d+) m · \d+ min", card(page))
    assert found is not None
    return int(found[1])


def plan(page: Page, *tools: str) -> None:
    page.get_by_role("tab", name="What if").click()
    for tool in tools:
        page.get_by_role("button", name=tool, exact=True).click()


def compared(page: Page, name: str) -> list[str]:
    """Before, after and the change of a row of the table."""
    return page.locator(".compare tr", has_text=name).locator("td").all_inner_texts()


def test_a_place_tells_its_walks_and_what_it_lacks(page: Page) -> None:
    """West walks 10 + 80 + 10 m; east 10 + 880 + 10 m, which is more than 600 m."""
    click(page, 20, 10)
    assert "west" in card(page) and "100 beds" in card(page)
    assert "100 m · 2 min" in card(page) and "lacking" not in card(page)
    assert page.locator(".tiles b").all_inner_texts() == ["1", "1", "1"]
    page.get_by_role("button", name=re.compile(r"^5 min")).click()
    assert "Reached in 5 min: clinic" in card(page) and "straight circle of 300 m" in card(page)
    click(page, 980, 10)
    assert "900 m · 15 min" in card(page) and "1 of 1 kind lacking" in card(page)
    assert "judged by each kind's own norm" in card(page)
    assert page.locator(".tiles b").all_inner_texts() == ["0", "0", "1"]
    assert "Reached in 5 min: –" in card(page)
    assert page.locator("#minutes .norm").inner_text().startswith("Norm 600 m ≈ 10 min: ")
    legend = page.locator(".legend").inner_text()
    assert "Reached in 300 m on foot" in legend and "To the nearest clinic" in legend
    page.keyboard.press("Escape")
    assert "on foot" not in page.locator(".legend").inner_text()


def test_what_the_page_computes_itself_is_in_the_data_for_pictures_only(page: Page) -> None:
    """East and north lack a clinic (2), west is covered (1)."""
    held = page.evaluate("JSON.parse(document.getElementById('lifecircle-data').textContent).categories[0]")
    stated = page_data(assessment())["categories"][0]
    assert stated["states"] == "221" and "states" not in held
    assert {row["at"] for row in stated["rows"]} > {row["at"] for row in held["rows"]} == {"norm"}


def test_a_spot_is_inspected_by_keys_too(page: Page) -> None:
    """300 m east of the clinic, 10 m from the street."""
    click(page, 400, 10)
    assert "This spot" in card(page) and abs(walked(page) - 320) <= 2
    page.keyboard.press("Escape")
    assert page.locator("#card .title").count() == 0
    lon, lat = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(400, 10)
    page.evaluate("(at) => map_lifecircle.setView(at, 16, { animate: false })", [lat, lon])
    page.locator("#map_lifecircle").press("Enter")
    assert abs(walked(page) - 320) <= 2


def test_the_circle_stands_beside_the_walk(page: Page) -> None:
    """From north a walk reaches 590 m of the north street; the circle holds some of the main street too."""
    click(page, 20, 410)
    text = card(page)
    assert "straight circle of 600 m" in text
    assert "holds 1.1 km of streets; a walk reaches 0.6 km of them" in text


def test_a_facility_tells_whom_it_and_only_it_serves(page: Page) -> None:
    click(page, 100, -10)
    assert page.locator("#card h2").inner_text() == HOSTILE
    assert page.locator("#card h3").all_inner_texts() == ["Serves (within the norm)", "Only this one serves"]
    assert card(page).count("1 place · 100 beds") == 2
    plan(page, "Add facility")
    click(page, 300, 10)
    page.keyboard.press("Escape")
    click(page, 100, -10)
    assert "0 places" in card(page)


def test_a_facility_is_added_undone_and_done_again(page: Page) -> None:
    """A second clinic at (900, -10): east walks 10 + 80 + 10 m, so 160 of 200 beds are covered, not 100."""
    plan(page, "Add facility")
    click(page, 900, -10)
    assert compared(page, "clinic") == ["50%", "80%", "+60 beds"]
    assert "80%" in page.locator("#live").inner_text()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("section.plan .compare tr", has_text="clinic").is_visible(), "it is printed too"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator(".compare").count() == 1
    page.keyboard.press("Control+z")
    assert page.locator(".compare").count() == 0
    page.keyboard.press("Control+y")
    assert compared(page, "clinic") == ["50%", "80%", "+60 beds"]
    page.get_by_role("button", name="Undo").click()
    assert page.locator(".changes li").count() == 0
    page.get_by_role("button", name="Redo").click()
    page.get_by_role("button", name="Remove").click()
    assert page.locator(".changes li").count() == 0


APART = """async ([pane, drawAnew]) => {
    if (drawAnew) ["viewreset", "moveend"].forEach((name) => map_lifecircle.fire(name));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
    const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
    copy.fillRect(0, 0, canvas.width, canvas.height);
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const count = (window.seen ?? data).reduce((sum, value, i) => sum + (Math.abs(value - data[i]) > 60), 0);
    window.seen = data;
    return count;
}"""


@pytest.mark.parametrize("pane", ["streets", "demand"])
def test_what_a_change_mends_looks_as_if_drawn_anew(page: Page, pane: str) -> None:
    """A clinic at (900, -10) recolours the streets of the east and covers the place there."""
    plan(page, "Add facility")
    page.get_by_label("Several in a row").check()
    click(page, 200, -10)
    assert page.evaluate(APART, [pane, False]) == 0
    click(page, 900, -10)
    assert page.evaluate(APART, [pane, False]) > 50
    assert page.evaluate(APART, [pane, True]) < 20


def test_streets_and_circles_are_told_of_the_site_as_it_is_only(page: Page) -> None:
    """590 m of the main street east of the clinic's door and all 100 m west of it; the circle holds north's 40 beds."""

    def told(by: str) -> list[str]:
        page.get_by_role("tab", name="Overview").click()
        return page.locator("#chosen tr", has=page.get_by_role("rowheader", name=by)).locator("td").all_inner_texts()

    assert told("Street m") == ["690", "1,710", "0", "–"]
    assert told("Beds") == ["100", "100", "0", "140"]
    assert page.locator("#functions span").all_inner_texts() == ["Living"]
    plan(page, "Add facility")
    click(page, 900, -10)
    assert told("Street m") == []
    assert told("Beds") == ["160", "40", "0", "–"]


def test_a_facility_is_placed_by_keys(page: Page) -> None:
    plan(page)
    page.get_by_role("button", name="Add facility").press("Enter")
    lon, lat = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(900, -10)
    page.evaluate("(at) => map_lifecircle.setView(at, 16, { animate: false })", [lat, lon])
    page.locator("#map_lifecircle").press("Enter")
    assert compared(page, "clinic") == ["50%", "80%", "+60 beds"]


def test_a_path_is_drawn_and_a_street_closed(page: Page) -> None:
    """The path from (50, 0) to (50, 400) makes north's walk 10 + 30 + 400 + 50 + 10 m; closing it unmakes it."""
    plan(page, "Draw path")
    click(page, 50, 0)
    click(page, 50, 400)
    page.get_by_role("button", name="Finish path").click()
    assert compared(page, "clinic") == ["50%", "70%", "+40 beds"]
    page.get_by_role("button", name="Close", exact=True).click()
    click(page, 50, 200)
    assert compared(page, "clinic") == []
    assert page.locator(".changes li").count() == 2


def test_a_facility_is_moved_and_closed(page: Page) -> None:
    """At (900, 10) it serves east and no longer west; closed it serves nobody."""
    plan(page, "Move")
    click(page, 100, -10)
    click(page, 900, 10)
    assert compared(page, "clinic") == ["50%", "30%", "−40 beds"]
    page.keyboard.press("Control+z")
    plan(page, "Close")
    click(page, 100, -10)
    assert compared(page, "clinic") == ["50%", "0%", "−100 beds"]


def test_what_cannot_be_is_refused_in_a_sentence(page: Page) -> None:
    plan(page, "Add facility")
    click(page, 500, 200)
    assert page.locator("#plan [role=status]").inner_text() == "No street is near enough to join."
    assert page.locator(".changes").count() == 0


def test_a_gate_is_opened_undone_and_taken_back(gated_page: Page) -> None:
    """By a gate in the south of the yard it is 50 + 20 + 400 + 10 m, or a little more: 150 of 210 beds are covered."""
    page = gated_page
    plan(page, "Open gate")
    click(page, 300, 300)
    assert page.locator("#plan [role=status]").inner_text() == "No wall or fence is near enough for a gate."
    assert page.locator(".changes").count() == 0
    click(page, 500, 20)
    assert compared(page, "clinic") == ["48%", "71%", "+50 beds"]
    assert page.locator(".changes li").inner_text().startswith("New gate")
    page.get_by_role("button", name="Undo").click()
    assert page.locator(".compare").count() == 0
    page.get_by_role("button", name="Redo").click()
    assert compared(page, "clinic") == ["48%", "71%", "+50 beds"]
    plan(page, "Close")
    click(page, 500, 20)
    assert page.locator(".changes").count() == 0


def test_a_gate_is_closed(gated_page: Page) -> None:
    """Behind the only gate 50 beds are shut in, a gap as before; another one opened covers them."""
    page = gated_page
    plan(page, "Close")
    click(page, 600, 70)
    assert page.locator(".changes li").evaluate("node => node.textContent").startswith(f"Gate closed {HOSTILE}")
    page.get_by_role("tab", name="Overview").click()
    row = page.locator("#chosen tr", has=page.get_by_role("rowheader", name="Beds"))
    assert row.locator("td").all_inner_texts() == ["100", "110", "0", "–"]
    plan(page, "Open gate")
    click(page, 500, 20)
    assert compared(page, "clinic") == ["48%", "71%", "+50 beds"]


def test_who_is_shut_in_lacks_everything_and_leads_no_list(gated_page: Page) -> None:
    """Behind the closed gate nothing is reached; east, 900 m away from the clinic, lacks it."""
    page = gated_page
    plan(page, "Close")
    click(page, 600, 70)
    page.get_by_role("tab", name="Places").click()
    nowhere = page.locator("#card h2", has_text="Walk to nothing within 2,000 m")
    lists = page.locator("#card ul")
    assert [found.split("\n")[0] for found in lists.all_inner_texts()] == ["east", "inner"]
    told = nowhere.evaluate("node => node.nextElementSibling.textContent")
    assert told == "inner 1 of 1 kind lacking by the norm · 50 beds"


def test_gates_on_one_spot_are_all_told_and_one_outside_says_so(gated_page: Page) -> None:
    page = gated_page
    page.evaluate("map_lifecircle.setZoom(16.5, { animate: false })")
    click(page, 500, -70)
    first = page.locator("#card h2").inner_text()
    assert "20 m outside the boundary" in card(page) or "21 m outside the boundary" in card(page)
    page.locator("#card .beside button").click()
    assert {first, page.locator("#card h2").inner_text()} == {"Gate 2", "south"}
    click(page, 600, 70)
    assert "outside" not in card(page) and page.locator("#card .beside").count() == 0


def test_a_tool_is_put_down_after_its_work_unless_several_are_wanted(page: Page) -> None:
    plan(page, "Add facility")
    click(page, 900, -10)
    click(page, 300, 10)
    assert "This spot" in card(page)
    plan(page, "Add facility")
    page.get_by_label("Several in a row").check()
    for x in (300, 400):
        click(page, x, 10)
    assert page.locator(".changes li").count() == 3
    page.keyboard.press("Escape")
    click(page, 500, 10)
    assert "This spot" in card(page)


def test_a_path_nobody_can_get_onto_leaves_the_streets_beside_it_known(context: BrowserContext, tmp_path: Path) -> None:
    """A path joined to nothing runs 12 m north of the main street, where the clinic is 5 to 10 minutes away."""
    site = town(
        NODES | {5: (300, 12), 6: (700, 12)},
        WAYS | {103: "5 6"},
        places={"east": (EAST, {"beds": 60})},
        found=[("clinic", "clinic", CLINIC)],
        categories=[category("clinic", 100)],
        complete=["clinic"],
        boundary=shapely.box(-50, -50, 1050, 450),
    )
    for page in opened(context, tmp_path, assess(site)):
        before = ink(page, "streets")["#4fc36b"]
        plan(page, "Add facility")
        click(page, 100, 10)
        assert 0.9 * before < ink(page, "streets")["#4fc36b"] < 1.1 * before


def test_a_gate_tells_who_may_pass_and_what_hangs_on_it(gated_page: Page) -> None:
    """From the gate it is about 70 m to the main street, 500 m along it and 10 m to the clinic."""
    page = gated_page
    page.evaluate("map_lifecircle.setZoom(16.5, { animate: false })")
    click(page, 600, 70)
    assert page.locator("#card h2").inner_text() == HOSTILE
    assert "Gate 1 · residents only · 06:00-22:00 · from your data" in card(page)
    assert "Farther to their nearest facilities · 1 place · 50 beds" in card(page)
    assert abs(walked(page) - 580) <= 2
    page.get_by_role("button", name="Close it and compare").click()
    assert page.locator(".changes li").count() == 1
    page.get_by_role("tab", name="Places").click()
    page.get_by_role("button", name="Back").click()
    page.get_by_label("Find").fill("gate 1")
    page.locator(".finder li button").click()
    assert "Closed in this scenario." in card(page)
    assert faults(page) == []


def test_one_more_is_put_where_it_helps_most(context: BrowserContext, tmp_path: Path) -> None:
    """East and north are 10 + 20 + 400 + 980 + 10 m apart: within 750 m of both is the middle of that way alone."""
    site = assessment().site
    wider = replace(site.standard, categories=(category("clinic", 750),))
    for page in opened(context, tmp_path, assess(replace(site, standard=wider))):
        plan(page, "Best spot")
        assert compared(page, "clinic") == ["50%", "100%", "+100 beds"]


def test_a_scenario_goes_out_as_a_file_and_comes_back(page: Page, tmp_path: Path) -> None:
    plan(page, "Add facility")
    click(page, 900, -10)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export GeoJSON").click()
    file = tmp_path / "scenario.geojson"
    download.value.save_as(file)
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["lifecircle"]["kind"] == "scenario"
    assert told["features"][0]["properties"] == {"what": "facility", "change": "add", "category": "clinic"}
    page.get_by_role("button", name="Clear all").click()
    assert page.locator(".compare").count() == 0
    page.locator("#plan input[type=file]").set_input_files(file)
    page.wait_for_selector(".compare")
    assert compared(page, "clinic") == ["50%", "80%", "+60 beds"]
    (tmp_path / "no.geojson").write_text("[]")
    page.locator("#plan input[type=file]").set_input_files(tmp_path / "no.geojson")
    page.wait_for_selector(".refused")
    assert page.locator(".refused").inner_text() == "This file is no scenario GeoJSON."


def test_a_link_opens_with_its_scenario(page: Page) -> None:
    plan(page, "Add facility")
    click(page, 900, -10)
    page.get_by_role("button", name="Share link").click()
    url = page.url
    assert "#" in url
    page.goto("about:blank")
    page.goto(url)
    page.wait_for_selector(".compare")
    assert compared(page, "clinic") == ["50%", "80%", "+60 beds"]
    assert "1 change of" in page.locator("#changed").inner_text()


def test_a_scenario_of_pythons_opens_on_what_it_changes(context: BrowserContext, tmp_path: Path) -> None:
    """The clinic is the wider gap; the scenario adds a shop in a corner of a large site."""
    site = town(
        NODES,
        WAYS,
        places={"west": (WEST, {"beds": 100}), "east": (EAST, {"beds": 60})},
        found=[("clinic", "clinic", CLINIC), ("shop", "shop", WEST)],
        categories=[category("clinic", 60), category("shop", 300)],
        complete=["clinic", "shop"],
        boundary=shapely.box(-2000, -2000, 2000, 2000),
    )
    spot = degrees(point(900, -10))
    at = ((round(spot.x, 7), round(spot.y, 7)),)
    shop = Change(msg("here"), "facility", "add", at, category="shop", becomes="scenario/1")
    for page in opened(context, tmp_path, assess(site, scenario=Scenario("plan", (shop,)))):
        assert page.locator("#minutes select option:checked").inner_text() == "shop"
        wide, seen = page.evaluate(
            "[map_lifecircle.getBoundsZoom(JSON.parse(byId('lifecircle-data').textContent).bounds),"
            " map_lifecircle.getZoom()]"
        )
        assert seen > wide
        apart = page.evaluate("(at) => map_lifecircle.distance(map_lifecircle.getCenter(), at)", [spot.y, spot.x])
        assert apart < 300
        # the shop's own area of gap is smaller by the new shop's ground; of further changes nothing is drawn
        areas = (
            "gapsOf({ data: JSON.parse(byId('lifecircle-data').textContent), store: { state: { changes: [] } } }, 1)"
        )
        assert "not drawn" not in page.locator(".legend").inner_text()
        plan(page, "Add facility")
        click(page, 700, 0)
        assert "not drawn of changes made here" in page.locator(".legend").inner_text()
        page.get_by_role("button", name="Undo").click()
        assert "not drawn" not in page.locator(".legend").inner_text()
        before, after = page.evaluate(f"[{areas}, JSON.parse(byId('lifecircle-data').textContent).scenario.gaps[1]]")
        assert sum(after["area_ha"]) < sum(before["area_ha"])


def test_names_in_a_scenario_are_text(page: Page, tmp_path: Path) -> None:
    lon, lat = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True).transform(900, -10)
    long = HOSTILE + "长" * 5000
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"what": "facility", "change": "add", "category": "clinic", "name": long},
    }
    file = tmp_path / "scenario.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    plan(page)
    page.locator("#plan input[type=file]").set_input_files(file)
    page.wait_for_selector(".changes")
    assert long in page.locator(".changes").evaluate("node => node.textContent")
    assert page.locator(".changes script").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    click(page, 900, -10)
    assert page.locator("#card h2").evaluate("node => node.textContent") == long


def test_an_accessibility_checker_finds_no_fault_in_a_scenario(page: Page) -> None:
    plan(page, "Add facility")
    click(page, 900, -10)
    assert faults(page) == []
    page.get_by_role("button", name="中文").click()
    assert compared(page, "clinic")[2] == "+60 床位"
    click(page, 980, 10)
    assert faults(page) == []
