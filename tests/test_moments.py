"""Moments of the week that a standard asks about, beside what it asks at whatever hour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from test_hours import NIGHT, opened, street
from test_properties import bounded
from towns import category, point, town

from lifecircle.assessment import assess, walk
from lifecircle.cli import _at_moments
from lifecircle.coverage import NOWHERE, cover
from lifecircle.errors import InputError
from lifecircle.hours import moment
from lifecircle.messages import msg
from lifecircle.model import MOMENTS, Change, Goal, Measure, Scenario, Scene, Site
from lifecircle.outputs.json import document
from lifecircle.outputs.report import report
from lifecircle.standard import load_standard

AT = moment(NIGHT)
OFTEN = st.lists(st.sampled_from(["24/7", "Mo-Su 08:00-20:00", ""]), min_size=4, max_size=4)
GOAL = Goal(
    "late", "全时", "At all hours", measures=(Measure("coverage", ("clinic",)), Measure("coverage", ("clinic",), at=AT))
)


def asking(site: Site) -> Site:
    """The site by a standard that asks of every category what is open on Mondays at two as well."""
    categories = tuple(replace(one, moments=(AT,)) for one in site.standard.categories)
    return replace(site, standard=replace(site.standard, categories=categories))


def row(site: Site, **more: Any) -> dict[str, Any]:
    found = assess(site, **more).moments
    assert list(found.columns) == list(MOMENTS)
    (one,) = found.to_dict("records")
    return one


@pytest.mark.parametrize(
    ("hours", "heads", "of_hours"),
    [
        # 100 beds; clinics at 100, 200 and 400 m, held to 300 m
        (("09:00-17:00", "22:00-06:00", "24/7"), (100, 0, 0), (2, 1, 0)),
        (("09:00-17:00", "09:00-17:00", "24/7"), (0, 100, 0), (1, 2, 0)),
        (("09:00-17:00", "", "24/7"), (0, 0, 100), (1, 1, 1)),
        (("", "", ""), (0, 0, 100), (0, 0, 3)),
    ],
)
def test_a_row_beside_by_hand(hours: tuple[str, ...], heads: tuple[int, ...], of_hours: tuple[int, ...]) -> None:
    site = opened(street(complete=["clinic"]), *hours)
    found = row(asking(site))
    assert (found["covered"], found["gap"], found["unknown"]) == heads and found["total"] == 100
    assert (found["open"], found["closed"], found["hours_unknown"]) == of_hours
    assert (found["en"], found["zh"], found["by"]) == ("Mo 02:00", "周一 02:00", "beds")


def test_what_is_asked_at_whatever_hour_stays() -> None:
    site = opened(street(), "09:00-17:00", "", "24/7")
    plain, beside = assess(site), assess(asking(site))
    assert beside.index == plain.index, "no part of the index"
    assert beside.coverage.table.equals(plain.coverage.table) and plain.moments.empty


def test_why_is_told() -> None:
    result = assess(asking(opened(street(), "09:00-17:00", "", "24/7")))
    assert result.moments["told_en"].tolist() == [
        "of 3 in the study area 1 is open then, 1 is closed, and the hours of 1 are not known; "
        "unknown for 1 of 1 place (100 beds): nobody knows the opening hours of those near enough"
    ]
    [line] = _at_moments(result)
    assert str(line).startswith("clinic, Mo 02:00: 0% to 100% covered; of 3 in the study area 1 is open then")
    nothing = replace(street(), facilities=street().facilities.iloc[:0])
    assert row(asking(nothing))["told_zh"] == "1 处地点中的 1 处（床位 100）未知：未找到任何一处，且无人声明数据完整"


@given(OFTEN, st.booleans())
@settings(bounded, max_examples=5)
def test_a_moment_is_what_asking_for_it_alone_says_and_never_more(hours: list[str], complete: bool) -> None:
    spots = [(80, 0), (250, 0), (400, 150), (0, 320)]
    made = town(
        places={f"p{i}": (point(*xy), {"beds": 50.0}) for i, xy in enumerate([(0, 0), (400, 0), (390, 400)])},
        found=[(f"f{i}", "canteen" if i % 2 else "clinic", point(*xy)) for i, xy in enumerate(spots)],
        categories=[category("canteen", 250), category("clinic", 200)], complete=["clinic"] if complete else [],
        boundary=shapely.box(-50, -50, 450, 450),
    )  # fmt: skip
    site = opened(made, *hours)
    beside = assess(asking(site))
    amounts = ["total", "covered", "gap", "unknown"]
    found = beside.moments.set_index("category")
    alone = cover(night := replace(site, at=AT), walk(night)[0], NOWHERE)
    then, usual = (each.judged(beside.index.judged_by) for each in (alone, beside.coverage))
    assert found[amounts].to_numpy().tolist() == then[amounts].to_numpy().tolist()
    assert (found["covered"] <= usual["covered"]).all()
    shut = site.facilities[site.facilities["hours"] != "24/7"].groupby("category").size()
    for id in ("canteen", "clinic"):
        if shut.get(id) == 2:
            assert found.loc[id, "covered"] == 0, "unknown hours never cover"


def test_a_scenario_is_told_at_the_moment_too() -> None:
    site = asking(opened(street(complete=["clinic"]), "09:00-17:00", "09:00-17:00", "09:00-17:00"))
    add = Change(msg("by hand"), "facility", "add", ((120.65, 31.42),), "clinic", hours="24/7")
    found = assess(site, scenario=Scenario("n", (add,)))
    assert found.before is not None and found.before.moments["covered"].tolist() == [0]
    assert found.moments["covered"].tolist() == [100]


def test_a_goal_measured_at_a_moment() -> None:
    """Covered by day; by night covered, in gap or nobody knows: the mean of the two shares."""
    scene = Scene("life", "生活", "Life", "city", ("late",))
    for hours, bounds in (("24/7", (1, 1)), ("09:00-17:00", (0.5, 0.5)), ("", (0.5, 1))):
        site = opened(street(complete=["clinic"]), hours, "off", "off")
        site = replace(site, standard=replace(site.standard, goals=(GOAL,), scenes=(scene,)))
        found = assess(site)
        assert tuple(found.goals.loc[0, ["low", "high"]]) == bounds and found.goals.loc[0, "state"] == "measured"
        assert found.moments.empty, "measured, but not asked of the category"


def test_documents_and_json_hold_the_row() -> None:
    found = assess(asking(opened(street(), "09:00-17:00", "", "24/7")))
    chapter = next(one for one in report(found).chapters if one.id == "reached")
    table = next(table for table in chapter.tables if table.id == "moments")
    assert table.body("en")[0][:8] == ["clinic", "Mo 02:00", "beds", "100", "0", "0", "100", "0.0–100.0%"]
    assert document(found)["moments"][0]["unknown"] == 100
    assert "moments" not in {table.id for one in report(assess(street())).chapters for table in one.tables}


def test_a_standard_may_ask_of_every_site(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    head = "{id: city, zh: 城, en: City, version: '1', based_on: industrial-community, "
    path.write_text(head + "categories: [{id: canteen, moments: [周一 2:00]}]}", encoding="utf-8")
    assert load_standard(path).category("canteen").moments == (AT,)
    measure = "{indicator: floor_mix, at: Mo 02:00}"
    for block, told in (
        ("categories: [{id: canteen, moments: [noon]}]}", "categories.canteen.moments.1: is no moment of the week"),
        ("categories: [{id: park, moments: [Mo 02:00]}]}", "categories.park.moments: 'park' is open at all hours"),
        (f"goals: [{{id: compact, measures: [{measure}]}}]}}", "floor_mix is not measured at a moment"),
    ):
        path.write_text(head + block, encoding="utf-8")
        with pytest.raises(InputError) as refused:
            load_standard(path)
        assert told in refused.value.render("en")
