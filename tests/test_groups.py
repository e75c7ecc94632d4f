"""Coverage by group, and what each place has and lacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from towns import category, point, town

from lifecircle.assessment import walk
from lifecircle.coverage import cover
from lifecircle.groups import groups, places
from lifecircle.model import DemandKind, Site

KINDS = (DemandKind("dormitory", "宿舍", "Dormitory", "beds"), DemandKind("workplace", "就业地", "Workplace", "jobs"))
CANTEEN, BANK, SCHOOL = (
    category("canteen", serves=["beds", "jobs"]),
    category("bank", 200, serves=["jobs"]),
    category("school", serves=["families"]),
)


def made(shown: dict[str, Any], *found: tuple[Any, ...], complete: tuple[str, ...] = ("canteen", "bank")) -> Site:
    site = town(places=shown, found=found, categories=[CANTEEN, BANK, SCHOOL], complete=complete)
    return replace(site, standard=replace(site.standard, demand=KINDS))


def frames(site: Site) -> tuple[pd.DataFrame, pd.DataFrame]:
    reach, streets = walk(site)
    coverage = cover(site, reach, streets)
    return groups(site, coverage), places(site, reach, coverage).set_index("id")


# a: 80 beds at the canteen; b: a plant 400 m off with 30 jobs by day and 10 by night; c: one that nobody counted
PLACES = {
    "a": (point(0, 0), {"beds": 80}),
    "b": (point(400, 0), {"kind": "workplace", "jobs": 40, "jobs_day": 30, "jobs_night": 10}),
    "c": (point(0, 100), {"kind": "workplace"}),
}
FOUND = (("k", "canteen", point(0, 0)), ("l", "bank", point(400, 100)))


def test_by_shift_and_kind() -> None:
    found = frames(made(PLACES, *FOUND))[0].set_index(["group", "id", "category"])
    assert list(dict.fromkeys(found.index.droplevel("category"))) == [
        ("shift", "day"), ("shift", "night"), ("kind", "dormitory"), ("kind", "workplace"),
    ]  # fmt: skip
    amounts = ["by", "total", "covered", "gap", "unknown", "uncounted"]
    assert found.loc[("shift", "day", "bank"), amounts].tolist() == ["jobs_day", 30, 30, 0, 0, 1]
    assert found.loc[("shift", "night", "canteen"), amounts].tolist() == ["jobs_night", 10, 0, 10, 0, 1]
    assert found.loc[("kind", "dormitory", "canteen"), amounts].tolist() == ["beds", 80, 80, 0, 0, 0]
    assert found.loc[("kind", "workplace", "canteen"), amounts].tolist() == ["jobs", 40, 0, 40, 0, 1]
    # no family lives here: nothing is said of schools
    assert "school" not in found.index.get_level_values("category")


def test_a_kind_that_nobody_counted_is_told_by_places() -> None:
    shown = {"a": point(0, 0), "b": (point(0, 100), {"kind": "building"})}
    found = frames(made(shown, *FOUND))[0].set_index(["id", "category"])
    assert found.loc[("dormitory", "canteen"), ["by", "total", "covered", "uncounted"]].tolist() == ["places", 1, 1, 0]
    assert found.loc[("building", "canteen"), "zh"] == "用途未知的建筑"


def test_what_is_due_to_a_place() -> None:
    found = frames(made(PLACES, *FOUND))[1]
    # a dormitory is due the canteen, a plant the bank too; c is at the canteen and 600 m from the bank
    assert found[["due", "covered", "gap", "unknown"]].to_numpy().tolist() == [[1, 1, 0, 0], [2, 1, 1, 0], [2, 1, 1, 0]]
    assert found["lacking"].tolist() == ["", "canteen", "bank"] and found["uncounted"].tolist() == [0, 0, 1]
    assert found.loc["b", ["complete_low", "complete_high"]].tolist() == [0.5, 0.5]


def test_the_farthest_is_named_first_and_doubts_apart() -> None:
    # at (0, 400): the canteen is 400 m off (1.33 norms), the bank 700 m (3.5 norms); undeclared schools are unknown
    shown = {"a": (point(0, 400), {"kind": "workplace", "jobs": 5, "families": 1})}
    found = frames(made(shown, *FOUND))[1]
    assert found.loc["a", ["lacking", "in_doubt"]].tolist() == ["bank;canteen", "school"]
    assert found.loc["a", ["complete_low", "complete_high"]].tolist() == pytest.approx([0, 1 / 3])


def test_parts_of_an_area_count_by_their_heads() -> None:
    # 30 of 40 beds at the canteen, 10 at 400 m and 100 m from the bank, which counts places here: nobody counted jobs
    shown = {
        f"yard#{i}": (point(x, 0), {"beds": beds, "area_id": "yard"})
        for i, (x, beds) in enumerate([(0, 30), (400, 10)])
    }
    found = frames(made(shown, *FOUND))[1].loc["yard"]
    assert found[["beds", "due", "covered", "gap"]].tolist() == [40, 2, 0.75 + 0.25, 0.25 + 0.75]
    assert found["lacking"] == "bank;canteen"


@pytest.mark.parametrize("shown", [{}, {"a": (point(0, 0), {"kind": "building"}), "b": PLACES["b"]}])
def test_nothing_is_due_where_nobody_is(shown: dict[str, Any]) -> None:
    found = frames(made(shown, *FOUND))[1]
    assert len(found) == len(shown)
    if shown:
        assert found.loc["a", "due"] == 0 and np.isnan(found.loc["a", "complete_low"])
