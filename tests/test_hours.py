"""Opening hours: how they are read, what they say of a moment, and what that makes of coverage, index and supply."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import BrowserContext
from test_cli import run
from test_facilities import USED, clinics, refusal
from test_properties import bounded
from towns import WIDE, category, point, town, write_points, write_town

from lifecircle.assessment import assess, walk
from lifecircle.comparison import compare
from lifecircle.coverage import NOWHERE, cover
from lifecircle.drafting import init
from lifecircle.errors import InputError
from lifecircle.hours import Moment, moment, openings, osm_hours
from lifecircle.index import three_life_index
from lifecircle.load import load_site
from lifecircle.model import Assessment, Capacity, Change, Opening, Reason, Scenario, Site, State
from lifecircle.outputs import write
from lifecircle.refusals import Refused
from lifecircle.site import read_site_file
from lifecircle.sources.supply import MAP
from lifecircle.verifying import verify

OPEN, CLOSED, UNKNOWN = Opening.OPEN, Opening.CLOSED, Opening.UNKNOWN
HERE = (120.65, 31.42)
NIGHT, MORNING = "Mo 02:00", "Tu 10:00"

# Reading -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Mo-Fr 08:30-17:30; PH off", "Mo-Fr 08:30-17:30; PH off"),
        ("Mo-Fr 07:00-19:00; Sa, Su 09:00-16:00", "Mo-Fr 07:00-19:00; Sa,Su 09:00-16:00"),
        ("Mo - Fr 09:00 – 17:00", "Mo-Fr 09:00-17:00"),
        ("Mo-Fr 08:00-13:00 15:00-18:00", "Mo-Fr 08:00-13:00,15:00-18:00"),
        ("９：００～２１：００", "09:00-21:00"),
        ("周一至周五 8:30—17:30，周六 9:00-12:00", "Mo-Fr 08:30-17:30; Sa 09:00-12:00"),
        ("星期一到星期五：8:00-12:00 14:00-18:00", "Mo-Fr 08:00-12:00,14:00-18:00"),
        ("周一至五8:30-12:00，14:00-17:30；周末休息", "Mo-Fr 08:30-12:00,14:00-17:30; Sa-Su off"),
        ("周一、三、五 9:00-11:00", "Mo,We,Fr 09:00-11:00"),
        ("每天9:00-次日2:00", "Mo-Su 09:00-02:00"),
        ("早9点半至晚8点", "09:30-20:00"),
        ("上午8:30-11:30，下午2:00-5:30", "08:30-11:30,14:00-17:30"),
        ("晚上8点-凌晨2点", "20:00-02:00"),
        ("10:00-22:00（周一闭馆）", "10:00-22:00; Mo off"),
        ("全天", "24/7"),
        ("２４小时营业", "24/7"),
        ("工作日24小时", "Mo-Fr 00:00-24:00"),
    ],
)
def test_what_people_write_is_read(text: str, read: str) -> None:
    assert osm_hours(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "看情况",
        "夏季8:00-18:00 冬季8:30-17:30",
        "急诊24小时，门诊8:00-17:00",
        "晚上7点-12点",
        "晚12点-2点",
        "9am-5pm",
        "8-20",
        "8:00起",
        # on Sundays instead of the daily hours, or besides them?
        "每天9:00-21:00，周日10:00-18:00",
        "25:00-26:00",
        "",
    ],
)
def test_what_could_mean_something_else_is_not_read(text: str) -> None:
    assert osm_hours(text) == ""


@pytest.mark.parametrize("text", ["Mo 02:00", "周一 2:00", "星期一02：00", "monday 02:00", " mo 2:00 "])
def test_a_moment_is_written_in_several_ways(text: str) -> None:
    assert moment(text) == Moment(0, 120)
    assert (moment("周日 23:59").name.en, moment("星期天 23:59").name.zh) == ("Su 23:59", "周日 23:59")


@pytest.mark.parametrize("text", ["", "Mo", "02:00", "Mo 24:00", "Mo 2", "Xx 02:00", "Mo-Fr 02:00", "周八 02:00"])
def test_no_moment(text: str) -> None:
    with pytest.raises(Refused):
        moment(text)


# Asking ------------------------------------------------------------------------------------------


def asked(hours: Sequence[str], at: str) -> list[int]:
    return openings(np.array(hours, dtype=object), moment(at), HERE).tolist()


@pytest.mark.parametrize(
    ("hours", "at", "found"),
    [
        ("24/7", NIGHT, OPEN),
        ("", NIGHT, UNKNOWN),
        ("no syntax", NIGHT, UNKNOWN),
        ("Mo-Su 09:00-21:00", MORNING, OPEN),
        ("Mo-Su 09:00-21:00", NIGHT, CLOSED),
        ("Mo-Su 09:00-21:00", "Tu 21:00", CLOSED),
        # over midnight: the night of Sunday ends on Monday, whatever Monday's own hours are
        ("18:00-02:00", "Mo 01:59", OPEN),
        ("18:00-02:00", NIGHT, CLOSED),
        ("Su 18:00-26:00", "Mo 01:00", OPEN),
        ("Mo-Th 17:00-03:00; Fr-Su 15:00-03:00", NIGHT, OPEN),
        ("Mo-Fr 09:00-17:00; Sa 18:00-02:00", "Su 01:00", OPEN),
        ("Mo-Fr 09:00-17:00; Sa 18:00-02:00", NIGHT, CLOSED),
        ("Fr 22:00-04:00; Sa off", "Sa 02:00", UNKNOWN),
        ("Mo-Fr 18:00-02:00; PH off", "Tu 01:00", OPEN),
        # holidays are no part of an ordinary week, a few days no season, a summer is one
        ("Mo-Fr 09:00-17:00; PH off; Dec 25 off", MORNING, OPEN),
        ("Apr-Oct 09:00-17:00", MORNING, UNKNOWN),
        ("Apr-Oct 09:00-17:00", NIGHT, CLOSED),
        # what hangs on something else
        ('Mo-Fr 09:00-17:00 "by appointment"', MORNING, UNKNOWN),
        ('Mo-Fr 09:00-17:00 "by appointment"', NIGHT, CLOSED),
        ('Mo-Fr 08:00-16:00 || "on appointment"', NIGHT, UNKNOWN),
        ("We-Su 19:30+", "Th 01:00", UNKNOWN),
        ("Mo-Fr 10:00-18:00; 11:00-15:00", MORNING, UNKNOWN),
        ("sunrise-sunset", "Tu 12:00", OPEN),
        ("sunrise-sunset", NIGHT, CLOSED),
        ("sunrise-sunset", "Tu 18:00", UNKNOWN),
    ],
)
def test_what_hours_say_of_a_moment(hours: str, at: str, found: Opening) -> None:
    assert asked([hours], at) == [found]


@given(st.integers(0, 47), st.integers(1, 48), st.sets(st.integers(0, 6), min_size=1), st.integers(0, 335))
@bounded
def test_spans_are_as_they_are_on_a_clock(start: int, long: int, days: set[int], at: int) -> None:
    """Half hours of a week: held against plain counting."""
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    end = (start + long) % 48
    clock = [f"{half // 2:02}:{30 * (half % 2):02}" for half in (start, end)]
    text = f"{','.join(names[day] for day in sorted(days))} {clock[0]}-{clock[1]}"
    within = any((at - 48 * day - start) % 336 < long for day in days)
    assert asked([text], f"{names[at // 48]} {at % 48 // 2:02}:{30 * (at % 2):02}") == [OPEN if within else CLOSED]


# Coverage ----------------------------------------------------------------------------------------


def opened(site: Site, *hours: str) -> Site:
    """A town with the opening hours of its facilities, in their order."""
    return replace(site, facilities=site.facilities.assign(hours=list(hours)))


def street(norm_m: float = 300, complete: Sequence[str] = (), always_open: bool = False, **more: object) -> Site:
    """A place on a street with clinics at 100, 200 and 400 m."""
    kind = category("clinic", norm_m, capacity=Capacity("m2", per_head=1.0), always_open=always_open)
    spots = [("a", 100), ("b", 200), ("c", 400)]
    found = [(id, "clinic", point(x, 0), 30.0) for id, x in spots]
    return town(
        places={"dorm": (point(0, 0), {"beds": 100})}, found=found, categories=[kind], complete=complete,
        boundary=shapely.box(-50, -50, 450, 450), **more,
    )  # fmt: skip


def judged(result: Assessment) -> tuple[State, Reason, float]:
    """State, reason and walk in metres of the only place."""
    coverage = result.coverage
    walk = float(result.reach.place_mm[0, 0]) / 1000
    return State(coverage.place_state[0, 0]), Reason(coverage.place_reason[0, 0]), walk


def test_open_ones_count_closed_ones_do_not_and_the_others_are_in_doubt() -> None:
    site = street()
    day, night, always = "09:00-17:00", "22:00-06:00", "24/7"
    assert judged(assess(opened(site, day, night, always))) == (State.COVERED, Reason.WITHIN_NORM, 100)
    assert judged(assess(opened(site, day, night, always), at=NIGHT)) == (State.COVERED, Reason.WITHIN_NORM, 200)
    assert judged(assess(opened(site, day, day, always), at=NIGHT)) == (State.GAP, Reason.LAYER_PARTIAL, 400)
    assert judged(assess(opened(site, day, "", always), at=NIGHT)) == (State.UNKNOWN, Reason.HOURS_UNKNOWN, 400)
    assert judged(assess(opened(site, "", night, always), at=NIGHT)) == (State.COVERED, Reason.WITHIN_NORM, 200)
    # known to be there, though shut: no gap of an empty layer, but of a partial one
    closed = assess(opened(site, day, day, day), at=NIGHT)
    assert closed.coverage.place_reason[0, 0] == Reason.LAYER_PARTIAL
    assert closed.gaps.places["nearest"].tolist() == [""]


def test_what_is_always_open_asks_for_no_hours() -> None:
    park = street(always_open=True)
    assert judged(assess(opened(park, "09:00-17:00", "", ""), at=NIGHT)) == (State.COVERED, Reason.WITHIN_NORM, 100)


def test_a_distance_past_unknown_hours_is_a_bound() -> None:
    """At 150 m nobody is covered; the nearest is at 400 m, or at 200 m if b is open."""
    found = assess(opened(street(150), "off", "", "24/7"), at=NIGHT).gaps.places
    assert (found["nearest_m"].tolist(), found["at_least"].tolist()) == ([200], [True])


def test_supply_counts_what_is_open() -> None:
    """30 m2 each for 100 beds; a and b within 300 m."""
    site = street(complete=["clinic"])
    score = {
        hours: assess(opened(site, *hours), at=NIGHT).index.categories["clinic"]
        for hours in (("24/7", "24/7", "24/7"), ("24/7", "off", "24/7"), ("24/7", "", "24/7"))
    }
    bounds = [(round(one.low, 9), round(one.high, 9)) for one in score.values()]
    assert bounds == [(0.6, 0.6), (0.3, 0.3), (0.3, 1.0)]
    told = assess(opened(site, "24/7", "", "off"), at=NIGHT).supply.iloc[0]
    assert [told["amount_low"], told["amount_high"]] == [30, 60]
    assert [told["opportunities_low"], told["opportunities_high"]] == [1, 2]
    assert [told["per_1000_low"], told["per_1000_high"]] == [300, 600]


def test_the_moment_is_told() -> None:
    result = assess(opened(street(), "24/7", "", "off"), at="周一 02:00")
    assert result.site.slug == "town-mo-0200"
    assert result.headline.render("en") == "at Mo 02:00: 100 beds in 1 place"
    assert result.headline.render("zh").startswith("周一 02:00：")
    (note,) = [note for note in result.notes if "are not always open" in str(note.text)]
    assert note.kind == "doubt"
    assert "of 3 facilities that are not always open, 1 is open, 1 is closed, and the hours of 1" in str(note.text)
    assert result.provenance["parameters"]["at"] == "Mo 02:00"
    assert assess(result.site).site.slug == "town-mo-0200", "told once"
    assert [str(fault.where) for fault in _refused(lambda: assess(street(), at="now"))] == ["at"]


def _refused(made: object) -> tuple[object, ...]:
    with pytest.raises(InputError) as caught:
        made()  # type: ignore[operator]
    return caught.value.faults


HOURS = st.lists(st.sampled_from(["24/7", "off", ""]), min_size=5, max_size=5)
SPOTS = [(80, 0), (250, 0), (400, 150), (0, 320), (200, 400)]


@given(HOURS, st.lists(st.sampled_from(["24/7", "off"]), min_size=5, max_size=5), st.booleans(), st.booleans())
@bounded
def test_knowing_hours_never_widens_and_hiding_them_never_raises(
    hours: list[str], truth: list[str], complete: bool, near_the_edge: bool
) -> None:
    kinds = [
        category("canteen", 250, "production", ["beds"]),
        category("clinic", 200, "living", ["beds"], capacity=Capacity("m2", per_head=0.5)),
        category("police", 300, "ecology", ["beds"]),
    ]
    found = [(f"f{i}", kinds[i % 3].id, point(*xy), 40.0) for i, xy in enumerate(SPOTS)]
    places = {f"p{i}": (point(*xy), {"beds": 50.0}) for i, xy in enumerate([(0, 0), (400, 0), (390, 400)])}
    site = town(
        places=places, found=found, categories=kinds, complete=["clinic", "police"] if complete else [],
        extent=shapely.box(-100, -100, 480, 480) if near_the_edge else WIDE, boundary=shapely.box(-50, -50, 450, 450),
    )  # fmt: skip
    site = replace(site, surveyed=frozenset(["police"]) if complete else frozenset())
    known = [given or true for given, true in zip(hours, truth, strict=True)]
    at = moment(NIGHT)
    hidden, told, ever = (
        _bounds(each)
        for each in (replace(opened(site, *hours), at=at), replace(opened(site, *known), at=at), opened(site, *known))
    )
    for of in hidden:
        assert hidden[of][0] <= told[of][0] + 1e-9, f"hiding hours raised {of}"
        assert told[of][1] <= hidden[of][1] + 1e-9, f"knowing hours widened {of}"
        assert told[of][0] <= ever[of][0] + 1e-9, f"more of {of} than at whatever hour"


def _bounds(site: Site) -> dict[object, tuple[float, float]]:
    """Bounds of every share and of the index."""
    reach, _ = walk(site)
    coverage = cover(site, reach, NOWHERE)
    index = three_life_index(site, reach, coverage).value
    rows = coverage.table.itertuples()
    shares = {(row.category, row.by, row.at): (row.covered, row.covered + row.unknown) for row in rows}
    return {**shares, "index": (index.low, index.high)}


# Files -------------------------------------------------------------------------------------------


def test_hours_of_a_table(tmp_path: Path) -> None:
    given_ = ["周一至周五 8:30—17:30", "看情况", "-", "全天"]
    clinics(tmp_path, *((name, 40.0 * i, 0) for i, name in enumerate("ABCD")), 营业时间=given_)
    site = load_site(write_town(tmp_path, facilities=[{**USED, "hours": "营业时间"}], at="周一 02:00"))
    assert site.facilities["hours"].tolist() == ["Mo-Fr 08:30-17:30", "", "", "24/7"]
    assert site.at == Moment(0, 120)
    told = [str(note.text) for note in site.notes if note.kind == "doubt" and "cannot be read" in str(note.text)]
    assert told == ["clinics.csv: 1 opening time cannot be read and count as unknown, like '看情况' (3)"]
    [line] = refusal(lambda: load_site(write_town(tmp_path, facilities=[{**USED, "hours": "hours"}])))
    assert "no column 'hours' (`hours:`)" in line
    [line] = refusal(lambda: load_site(write_town(tmp_path, at="noon")))
    assert "at: is no moment of the week" in line and "(is 'noon')" in line


def test_hours_of_the_map_and_of_a_file_that_knows_better(tmp_path: Path) -> None:
    osm = write_town(tmp_path).parent / "town.osm"
    tags = {"amenity": "pharmacy", "name": "康宁", "opening_hours": "Mo-Su 09:00–21:00"}
    line = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
    text = osm.read_text(encoding="utf-8")
    at = text.index('<node id="2"')
    osm.write_text(text[:at] + text[at:].replace("></node>", f">{line}</node>", 1), encoding="utf-8")
    found = load_site(tmp_path / "site.yaml").facilities
    assert found[["source", "hours"]].to_numpy().tolist() == [[MAP, "Mo-Su 09:00-21:00"]]
    clinics(tmp_path, ("康宁", 405, 0), hours=["24小时"])
    path = tmp_path / "more.yaml"
    site = (tmp_path / "site.yaml").read_text(encoding="utf-8")
    path.write_text(f"{site}\nfacilities: [{json.dumps({**USED, 'hours': 'hours'})}]\n", encoding="utf-8")
    found = load_site(path).facilities
    assert found[["source", "hours"]].to_numpy().tolist() == [[MAP, "24/7"]]


def test_init_finds_the_column(tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    folder.mkdir()
    write_town(folder).unlink()
    write_points(folder / "药店.csv", [{"名称": "康宁药店", "at": (100, 0), "营业时间（工作日）": "8:00-20:00"}])
    init(folder)
    assert [source.hours for source in read_site_file(folder / "site.yaml").facilities] == ["营业时间（工作日）"]


def test_a_scenario_may_say_when_its_facility_is_open() -> None:
    site = opened(street(), "off", "off", "off")

    def with_one(hours: str) -> State:
        add = Change("by hand", "facility", "add", ((120.65, 31.42),), "clinic", hours=hours, becomes="scenario/1")  # type: ignore[arg-type]
        return State(assess(site, scenario=Scenario("s", (add,)), at=NIGHT).coverage.place_state[0, 0])

    assert [with_one(hours) for hours in ("24/7", "", "09:00-17:00")] == [State.COVERED, State.UNKNOWN, State.GAP]


# Outputs -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site file of a town with a pharmacy by day and one whose hours nobody knows, and its JSON at night."""
    folder = tmp_path_factory.mktemp("night")
    clinics(folder, ("Day", 100, 0), ("Ever", 300, 0), hours=["9:00-21:00", ""], places=[12, ""])
    write_points(folder / "dorms.csv", [{"name": "东舍", "beds": 100, "at": (0, 0)}])
    dorms = {"file": "dorms.csv", "kind": "dormitory", "beds": "beds", "name": "name"}
    shops = {**USED, "hours": "hours", "capacity": "places"}
    write_town(folder, facilities=[shops], demand=[dorms])
    return folder


@pytest.fixture(scope="module")
def result(folder: Path) -> Assessment:
    return assess(folder / "site.yaml", at=NIGHT)


def test_every_file_says_the_moment(folder: Path, result: Assessment, tmp_path: Path) -> None:
    files = [write(result, tmp_path / f"town-mo-0200.{end}") for end in ("json", "geojson", "facilities.csv")]
    held, gaps, table = (path.read_text(encoding="utf-8-sig") for path in files)
    assert json.loads(held)["at"] == {"zh": "周一 02:00", "en": "Mo 02:00"}
    assert json.loads(gaps)["lifecircle"]["at"]["en"] == "Mo 02:00"
    assert "规模 Capacity,开放时间 Hours" in table and ",12,9:00-21:00," in table
    sheet = openpyxl.load_workbook(write(result, tmp_path / "a.xlsx")).worksheets[0]
    assert any("Mo 02:00" in str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    assert "Mo 02:00" in write(result, tmp_path / "a.md", lang="en").read_text(encoding="utf-8")
    assert verify(files[0], folder / "site.yaml").files["town-mo-0200.json"], "made again at the same moment"


def test_moments_are_not_mixed(folder: Path, result: Assessment) -> None:
    ever = assess(folder / "site.yaml")
    with pytest.raises(InputError, match="different moments: Mo 02:00, at whatever hour"):
        compare([ever, result])
    assert len(compare([ever, result], mixed=True).sites) == 2


def test_no_moment_on_the_command_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, complaints = run("assess", folder / "site.yaml", "--at", "tonight", "-o", tmp_path / "out", capsys=capsys)
    assert code == 1 and complaints[0].startswith("lifecircle: at: is no moment of the week")
    assert not (tmp_path / "out").exists()


def test_the_page_tells_hours_and_moment(result: Assessment, tmp_path: Path, context: BrowserContext) -> None:
    page = context.new_page()
    faults: list[object] = []
    page.on("pageerror", lambda fault: faults.append(fault))
    path = write(result, tmp_path / "a.html", lang="en")
    page.goto(path.as_uri())
    assert page.title().startswith("Town · Mo 02:00")
    assert page.locator("#name").inner_text() == "Town · Mo 02:00"
    cards = []
    for name in ("Day", "Ever"):
        page.get_by_role("tab", name="Places").click()
        page.locator("#places input").fill(name)
        page.locator("#places").get_by_text(name, exact=True).click()
        cards.append(page.locator("#card").inner_text())
        page.locator("#card .back").click()
    assert "Hours 9:00-21:00 · closed at Mo 02:00" in cards[0] and "Capacity 12" in cards[0]
    assert "Hours unknown" in cards[1]
    page.locator("[data-lang=zh]").click()
    assert page.title().startswith("Town · 周一 02:00")
    assert faults == []
