"""The scorecard of a plan's goals: measured, declared with evidence, or unknown; by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_properties import bounded
from towns import category, point, town, write_town

from lifecircle.assessment import assess
from lifecircle.errors import InputError
from lifecircle.goals import mean_of
from lifecircle.load import load_site
from lifecircle.model import (
    GOALS,
    SCENES,
    UNKNOWN,
    Assessment,
    Built,
    Declaration,
    Goal,
    Interval,
    Measure,
    Scene,
    Site,
)
from lifecircle.outputs.json import document
from lifecircle.standard import load_standard

CARE = Goal("care", "看病", "Care", measures=(Measure("coverage", ("clinic",)),))
SHOPS = Goal("shops", "消费", "Shops", measures=(Measure("coverage", ("shop",)),), declare="opening hours")
EVENTS = Goal("events", "活动", "Events", declare="events in a year")
OWN = Goal("own_1", "自定", "Own", own=True)
SCENE = Scene("life", "生活", "Life", "city", ("care", "shops", "events", "own_1"))
OTHER = Scene("other", "另", "Other", "elsewhere", ("care",), (Measure("coverage", ("shop",)),))
PLACES = {"a": (point(0, 0), {"beds": 80}), "b": (point(400, 0), {"beds": 20})}


def site(*said: Declaration) -> Site:
    """The clinic covers 80 of 100 beds; nobody knows of a shop."""
    made = town(
        places=PLACES,
        found=[("c", "clinic", point(0, 0))],
        categories=(category("clinic", serves=["beds"]), category("shop", serves=["beds"])),
        complete=["clinic"],
    )
    standard = replace(made.standard, goals=(CARE, SHOPS, EVENTS, OWN), scenes=(SCENE, OTHER))
    return replace(made, standard=standard, declarations=said)


def cards(found: Assessment) -> dict[str, dict[str, Any]]:
    assert list(found.goals.columns) == list(GOALS) and list(found.scenes.columns) == list(SCENES)
    return {row["id"]: row for row in found.goals.to_dict("records")}


def test_goals_nobody_declared() -> None:
    found = cards(assess(site()))
    assert {id: (row["how"], row["state"]) for id, row in found.items()} == {
        "care": ("measured", "measured"), "shops": ("both", "unknown"), "events": ("declared", "nothing"),
        "own_1": ("own", "nothing"),
    }  # fmt: skip
    assert found["care"]["low"] == found["care"]["high"] == pytest.approx(0.8)
    assert found["care"]["told_en"] == "80%" and found["care"]["scene_zh"] == "生活"
    assert math.isnan(found["events"]["low"]) and found["events"]["told_zh"] == "未申报"
    assert (found["shops"]["low"], found["shops"]["high"], found["shops"]["told_en"]) == (0, 1, "not known")


def test_goals_declared_with_evidence() -> None:
    found = assess(site(
        Declaration("events", "log", value=24, unit="a year"),
        Declaration("shops", "seen", declared=True),
        Declaration("own_1", "plan", declared=False, zh="双创"),
    ))  # fmt: skip
    rows = cards(found)
    assert [rows[id]["state"] for id in ("events", "shops", "own_1")] == ["declared"] * 3
    assert (rows["events"]["low"], rows["events"]["unit"], rows["events"]["evidence"]) == (24, "a year", "log")
    assert rows["events"]["told_en"] == "declared: 24 a year (log)"
    assert (rows["shops"]["low"], rows["own_1"]["high"], rows["own_1"]["zh"]) == (1, 0, "双创")
    # care 0.8, shops 1, own 0; events have a unit of their own and are known, not scored
    life = found.scenes.set_index("scene").loc["life"]
    assert (life["low"], life["high"], life["known"]) == pytest.approx((0.6, 0.6, 1))
    assert {row["state"] for row in document(found)["goals"]} == {"measured", "declared"}


def test_scenes_hold_what_is_not_known() -> None:
    found = assess(site()).scenes.set_index("scene")
    # care 0.8; shops and events may be anything; the row of the site's own is left out
    assert tuple(found.loc["life", ["low", "high", "known"]]) == pytest.approx((0.8 / 3, 2.8 / 3, 1 / 3))
    assert tuple(found.loc["other", ["low", "high", "known"]]) == pytest.approx((0.4, 0.9, 0.5))
    assert found.loc["other", "view"] == "elsewhere"


intervals = st.one_of(
    st.just(UNKNOWN), st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda pair: Interval(*sorted(pair)))
)


@bounded
@given(st.lists(intervals, min_size=1, max_size=6))
def test_the_mean_of_shares_is_one(found: list[Interval]) -> None:
    mean = mean_of(found)
    assert math.isnan(mean.low) or -1e-9 <= mean.low <= mean.high <= 1 + 1e-9
    again = mean_of(found[::-1])
    assert (again.low, again.high) == pytest.approx((mean.low, mean.high), nan_ok=True)
    hidden = mean_of([UNKNOWN, *found[1:]])
    if not math.isnan(hidden.low):
        assert hidden.low <= mean.low + 1e-9 and hidden.high >= mean.high - 1e-9, "what is hidden only widens"


def test_the_plan_as_far_as_it_could_be_read() -> None:
    """Typed from the source's table 2: 17 goals read, 6 lost; seven scenes, two of them lost together."""
    standard = load_standard("industrial-community")
    scenes = {scene.id: scene.goals for scene in standard.scenes if scene.view == "chengdu"}
    assert [len(goals) for goals in scenes.values()] == [5, 3, 4, 3, 2, 6]
    assert [goal.zh for goal in standard.goals[:17]] == [
        "安居安心居住空间", "全时贴心多元消费", "品质教育在身边", "看病无忧有保障", "迅速反应护平安",
        "促进交往的公共空间", "通勤顺畅的出行空间", "集约有度的建筑形态", "多元融合的文化活力",
        "产业特色的文化符号", "活化利用的文化资源", "精彩纷呈的文化活动", "低碳环保的生产方式",
        "绿意盎然的生态环境", "多方参与的监督共建机制", "高效专业的服务平台", "智慧社交的虚拟家园",
    ]  # fmt: skip
    assert [goal.own for goal in standard.goals] == [False] * 17 + [True] * 6
    assert len([scene for scene in standard.scenes if scene.view == "dongguan"]) == 6


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"events": {"value": 3}}, "goals.events: is declared without evidence: say what that is known from"),
        ({"events": {"value": 3, "evidence": "  "}}, "is declared without evidence"),
        ({"events": {"evidence": "log"}}, "needs one of declared and value"),
        ({"housing": {"value": 1, "evidence": "x"}}, "goals.housing: is measured, not declared"),
        ({"evnets": {"value": 1, "evidence": "x"}}, "no such goal: 'evnets'"),
        ({"own_2": {"declared": True, "evidence": "x"}}, "goals.own_2: has no name"),
        ({"events": {"value": 3, "evidnce": "x"}}, "known keys: declared, en, evidence, unit, value, zh"),
    ],
)
def test_declarations_that_do_not_count(tmp_path: Path, said: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as refused:
        load_site(write_town(tmp_path, goals=said))
    assert any(told in str(fault) for fault in refused.value.faults), [str(f) for f in refused.value.faults]


def test_how_it_was_built_is_declared_with_evidence(tmp_path: Path) -> None:
    found = load_site(write_town(tmp_path, built={"mode": "new", "evidence": " 规划第 3 页 "}))
    assert found.built == Built("new", "规划第 3 页")
    assert found.provenance["parameters"]["built"] == {"mode": "new", "evidence": "规划第 3 页"}
    for said, told in (
        ({"mode": "new"}, "built: is declared without evidence"),
        ({"mode": "renewed", "evidence": "x"}, "built.mode: is none of"),
        ({"mode": "new", "evidnce": "x"}, "known keys: evidence, mode"),
        ("new", "built: "),
    ):
        with pytest.raises(InputError) as refused:
            load_site(write_town(tmp_path, built=said))
        assert any(told in str(fault) for fault in refused.value.faults), [str(f) for f in refused.value.faults]


def test_a_declaration_is_read(tmp_path: Path) -> None:
    said = {"own_1": {"zh": "双创", "declared": True, "evidence": "第 12 页"}}
    found = load_site(write_town(tmp_path, goals=said)).declarations
    assert found == (Declaration("own_1", "第 12 页", declared=True, zh="双创"),)


# What kind of unit it is --------------------------------------------------------------------------


def kinds(made: Site) -> dict[str, str]:
    frame = assess(made).typology
    return dict(zip(frame["id"], frame["state"], strict=True))


def test_kinds_of_unit() -> None:
    jobs = {"w": (point(0, 0), {"jobs": 10, "kind": "plant"})}
    assert kinds(town(places=jobs))["park"] == "fits", "work without homes"
    both = kinds(town(places={**jobs, "d": (point(0, 400), {"beds": 5})}))
    assert (both["park"], both["compound"], both["community"]) == ("does not fit", "unknown", "unknown")
    assert both["upgraded"] == both["town"] == both["new"] == "unknown", "data do not say how it was built"
    said = replace(town(places=jobs), built=Built("upgraded", "规划第 12 页"))
    rows = assess(said).typology.set_index("id")
    assert rows.loc[["upgraded", "town", "new"], "state"].tolist() == ["declared", "does not fit", "does not fit"]
    assert rows.loc["upgraded", "evidence_en"] == "declared: 规划第 12 页"
    assert rows.loc["new", "evidence_zh"] == "申报：园区内部升级"
    three = [category(id, function=id, serves=["beds", "jobs"]) for id in ("production", "living", "ecology")]  # type: ignore[arg-type]
    found = [(id, id, point(0, 0)) for id in ("production", "living", "ecology")]
    whole = town(places={"m": (point(0, 0), {"beds": 5, "jobs": 5})}, found=found, categories=three)
    assert kinds(whole)["community"] == "fits"
