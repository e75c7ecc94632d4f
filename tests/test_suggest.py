"""Suggestions on a town whose distances are known: what they gain is what the assessment then tells."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely
from towns import category, point, write_points, write_town
from towns import town as made
from typer.testing import CliRunner

from lifecircle import assess, load_site, suggest, verify, write
from lifecircle.changes import Scenario
from lifecircle.cli import app
from lifecircle.errors import InputError
from lifecircle.model import Site
from lifecircle.opening import asked
from lifecircle.proposals import Proposals
from lifecircle.scenario import changed
from lifecircle.site import TableFile
from lifecircle.sources.coordinates import wgs84_to_gcj02

POINTS = {"x": "lon", "y": "lat"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A square of streets of 400 m a side: 300 beds in the west, 200 in the east, 50 at the clinic in the south."""
    folder = tmp_path_factory.mktemp("town")
    homes = [("west", (-5, 200), 300), ("east", (405, 200), 200), ("south", (200, -5), 50)]
    write_points(folder / "homes.csv", [{"id": id, "at": at, "beds": beds} for id, at, beds in homes])
    write_points(folder / "clinics.csv", [{"id": "clinic", "at": (220, -5)}])
    plots = [("plot east", (405, 220)), ("plot north", (200, 405)), ("plot west", (-5, 220))]
    write_points(folder / "plots.csv", [{"name": name, "at": at} for name, at in plots])
    standard = {
        "id": "near", "based_on": "industrial-community", "version": "1", "zh": "近", "en": "Near",
        "sources": [{"id": "mine", "document": "Ours", "standing": "proposed"}],
        "categories": [
            {"id": "health_station", "norm": {"distance_m": 60}, "source": ["mine"], "standing": "proposed"},
        ],
    }  # fmt: skip
    (folder / "near.yaml").write_text(json.dumps(standard), encoding="utf-8")
    return write_town(
        folder,
        standard="near.yaml",
        facilities=[{"file": "clinics.csv", "category": "health_station", "complete": True, **POINTS}],
        demand=[{"file": "homes.csv", "kind": "dormitory", "beds": "beds", **POINTS}],
    )


NEAR = "health_station"


@pytest.fixture(scope="module")
def town(site: Path) -> Site:
    return load_site(site)


def found(*asked: Any, **options: Any) -> tuple[Scenario, Proposals]:
    """A suggestion and what it tells of itself."""
    scenario = suggest(*asked, **options)
    assert scenario.proposals is not None
    return scenario, scenario.proposals


@pytest.mark.parametrize(("budget", "gains"), [(1, [300]), (2, [300, 200]), (3, [300, 200])])
def test_most_beds_first(town: Site, budget: int, gains: list[float]) -> None:
    _, told = found(town, NEAR, budget=budget)
    assert [step.gain for step in told.steps] == gains
    assert (told.value, told.left, told.proven) == (sum(gains), 500 - sum(gains), True)
    assert all(step.robust for step in told.steps)


def test_gains_are_those_of_the_assessment(site: Path, town: Site, tmp_path: Path) -> None:
    """The written scenario, read back by `assess`, covers as many beds more, and still knows what was proposed."""
    scenario, told = found(town, NEAR, budget=2, candidates=site.parent / "plots.csv")
    assert [step.site for step in told.steps] == ["plot west", "plot east"]
    again = assess(town, scenario=write(scenario, tmp_path / "plan.geojson"))
    assert again.before is not None
    covered = []
    for each in (again.before, again):
        table = each.coverage.table.set_index(["category", "by", "at"])
        covered.append(table.loc[(NEAR, "beds", "norm"), "covered"])
    assert covered == [50, 50 + told.value]
    assert (told.index_low, told.steps[-1].index_low) == (again.before.index.value.low, again.index.value.low)
    assert again.site.scenario is not None
    assert again.site.scenario.proposals is not None
    assert again.site.scenario.proposals.plain() == told.plain()


def test_at_a_moment_what_is_built_is_open(town: Site) -> None:
    """At two at night, as the site file asks: the beds that the assessment then covers are those promised."""
    night = replace(town, at=asked("Mo 02:00"))
    scenario, told = found(night, NEAR, budget=2)
    after = assess(night, scenario=scenario)
    assert after.before is not None
    covered = [
        each.coverage.table.set_index(["category", "by", "at"]).loc[(NEAR, "beds", "norm"), "covered"]
        for each in (after.before, after)
    ]
    assert covered == [0, 500]
    assert told.value == 500


def test_figures_go_where_the_scenario_was_changed(town: Site, tmp_path: Path) -> None:
    """Somebody moves a place by hand: what the search told is no longer so, and is not shown."""
    scenario, _ = found(town, NEAR, budget=1)
    plan = write(scenario, tmp_path / "plan.geojson")
    held = json.loads(plan.read_text(encoding="utf-8"))
    held["features"][0]["geometry"]["coordinates"][0] += 0.001
    plan.write_text(json.dumps(held), encoding="utf-8")
    moved = assess(town, scenario=plan)
    assert moved.site.scenario is not None
    assert moved.site.scenario.proposals is None
    assert any("about other data or other changes" in note.text.render("en") for note in moved.notes)


def test_points_along_the_streets_lose_no_more_than_is_said(town: Site) -> None:
    """550 beds are there, 50 of them served: no bound is beyond what is left, and none below what was found."""
    _, told = found(town, NEAR, budget=1)
    assert told.value <= told.bound <= 500
    assert 0 < told.apart_m <= 20


def test_names_as_people_write_them(site: Path, town: Site, tmp_path: Path) -> None:
    """The category by its Chinese name, the plots in a table of Amap coordinates whose names stand under 地块名称."""
    plots = pd.read_csv(site.parent / "plots.csv").set_index("name")
    [(x, y)] = wgs84_to_gcj02(plots.loc[["plot west"], ["lon", "lat"]].to_numpy())
    (tmp_path / "plots.csv").write_text(f"地块名称,经度,纬度\n西地块,{x},{y}\n", encoding="utf-8")
    table = TableFile(file=tmp_path / "plots.csv", coords="gcj02")
    _, told = found(town, "卫生服务站", budget=2, cost={"卫生服务站": 2}, candidates=table)
    assert [(step.site, step.categories, step.gain) for step in told.steps] == [("西地块", (NEAR,), 300)]


def test_everyone_with_fewest(town: Site) -> None:
    _, told = found(town, NEAR, aim="all-covered")
    assert (told.value, told.bound, told.left) == (2, 2, 0)


def test_the_shortest_walks(site: Path, town: Site) -> None:
    """By hand: from the beds (300 west, 200 east, 50 south, all 5 m off the street) to the plots next to them 30 m by
    the streets, or 5 m within the yard where joined alike; the clinic is 20 m from those in the south."""
    plots = site.parent / "plots.csv"
    _, one = found(town, NEAR, aim="shortest-mean", budget=1, candidates=plots)
    _, two = found(town, NEAR, aim="shortest-longest", budget=2, candidates=plots)
    assert [step.site for step in one.steps] == ["plot west"]
    assert sorted(step.site for step in two.steps) == ["plot east", "plot west"]
    assert one.start > one.value > two.value
    before = assess(town)
    mm = before.reach.place_mm[[each.id for each in before.site.standard.categories].index(NEAR)]
    beds = before.site.demand["beds"].to_numpy()
    assert one.start == pytest.approx(float((mm * beds).sum() / beds.sum() / 1000))


def test_a_centre_is_at_one_site(site: Path, town: Site) -> None:
    """Clinic and canteen together at one plot: both needs of the 300 beds in the west, of the others only canteens
    lack; with a price for a site, apart they would cost more."""
    plots = site.parent / "plots.csv"
    _, told = found(town, [NEAR, "canteen"], together=True, site_cost=1, budget=3, candidates=plots)
    [step] = told.steps
    assert (step.categories, step.changes, step.cost) == ((NEAR, "canteen"), 2, 3)
    _, apart = found(town, [NEAR, "canteen"], site_cost=1, budget=3, candidates=plots)
    assert apart.value >= told.value


def test_a_clinic_serves_no_more_than_it_has(site: Path, town: Site) -> None:
    """Two m2 a bed: a clinic of 400 m2 serves 200 of the 300 beds in the west; the one that is there, whose size nobody
    knows, serves nobody for sure, and its 50 beds have no other."""
    size = {"capacity": {NEAR: 400}, "per_head": {NEAR: 2}, "candidates": site.parent / "plots.csv"}
    _, one = found(town, NEAR, budget=1, **size)
    assert (one.value, one.seats) == (200, True)
    _, two = found(town, NEAR, budget=2, **size)
    assert (two.value, two.left) == (400, 150)


def test_a_plan_that_somebody_has(site: Path, town: Site, tmp_path: Path) -> None:
    """A clinic planned in the east: 200 beds against the 300 of the best place."""
    theirs, _ = found(town, NEAR, budget=1, candidates=_only(site, tmp_path, "plot east"))
    _, told = found(town, NEAR, budget=1, against=theirs)
    assert told.rival is not None
    assert (told.rival.gain, told.value) == (200, 300)


def _only(site: Path, folder: Path, name: str) -> Path:
    """A file with one of the plots."""
    head, *rows = (site.parent / "plots.csv").read_text(encoding="utf-8").splitlines()
    path = folder / "one.csv"
    path.write_text("\n".join([head, *(row for row in rows if name in row)]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"category": "clinic"}, "--category: no category 'clinic' in the standard"),
        ({"category": [NEAR, NEAR]}, "--category: 'health_station' is given twice"),
        ({"budget": 0}, "--budget: is 0; write a number above 0"),
        ({"budget": None}, "--budget: is not given"),
        ({"budget": 1, "cost": {NEAR: 5}}, "--budget: is 1, and the cheapest costs 5"),
        ({"budget": 1, "aim": "all-covered"}, "--budget: is 1, and to serve everyone costs 2"),
        ({"cost": {"canteen": 5}}, "--cost: 'canteen' is not among the categories to build"),
        ({"capacity": {NEAR: 100}}, "--capacity: the standard does not say what a head takes of 'health_station'"),
        ({"per_head": {NEAR: 1}}, "--per-head: says what a head takes"),
        (
            {"capacity": {NEAR: 9}, "per_head": {NEAR: 1}, "against": "plan.geojson"},
            "--against: does not go with --cap",
        ),
        ({"category": "kindergarten"}, "--category: nobody was counted whom Kindergarten serves"),
        ({"capacity": {NEAR: 9}, "per_head": {NEAR: 1}, "aim": "shortest-mean"}, "--capacity: goes with the aims"),
    ],
)
def test_what_cannot_be_asked(town: Site, asked: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError, match=re.escape(line)):
        suggest(town, **{"category": NEAR, "budget": 2} | asked)


def test_nobody_lacks_it_and_no_site_is_near(site: Path, town: Site, tmp_path: Path) -> None:
    everywhere, _ = found(town, NEAR, aim="all-covered")
    after = changed(town, everywhere)
    with pytest.raises(InputError, match="is within the norm; choose a category with a gap"):
        suggest(after, NEAR, budget=1)
    with pytest.raises(InputError, match="none of the 1 sites is near anybody who lacks"):
        suggest(town, NEAR, budget=1, candidates=_only(site, tmp_path, "plot north"))


def test_the_command(site: Path, tmp_path: Path) -> None:
    asked = ["--lang", "en", "suggest", str(site), "--category", NEAR, "--budget", "2", "-o", str(tmp_path)]
    ran = CliRunner().invoke(app, [*asked, "--candidates", str(site.parent / "plots.csv")])
    assert ran.exit_code == 0, ran.output
    *_, first, second, asked_for, brought, proof = ran.stdout.splitlines()
    assert first.startswith("1. plot west (lon ")
    assert "300 beds more within the norm, 300 of them surely in gap" in first
    assert first.endswith("; among the best whatever is unknown")
    assert second.startswith("2. plot east")
    assert asked_for.endswith("budget 2, of which 2 is spent.")
    assert brought == "The 2 steps bring 500 beds within the norm; 0 still lack, or may lack it."
    assert proof == "No choice among the 3 sites does better: proven."
    [plan] = tmp_path.glob("*.scenario.geojson")
    features = json.loads(plan.read_text(encoding="utf-8"))["features"]
    assert [each["properties"]["gain"] for each in features] == [300, 200]
    [result] = list(tmp_path.glob("*.json"))
    assert verify(result, site, scenario=plan).agrees


def test_the_bound_holds_for_who_lies_just_beyond_the_norm(tmp_path: Path, site: Path) -> None:
    """A clinic 65 m from the beds in the east, 5 m beyond the norm: they are there to be gained, and bounded so."""
    folder = Path(shutil.copytree(site.parent, tmp_path / "town"))
    write_points(folder / "clinics.csv", [{"id": "clinic", "at": (400, 260)}])
    _, told = found(folder / "site.yaml", NEAR, budget=3)
    assert told.value == 550
    assert told.bound >= 550


def test_what_is_promised_holds_where_a_walk_is_the_norm_to_the_millimetre() -> None:
    """590 m and 10 m from the beds stands a point that may be chosen; degrees of seven decimals move it."""
    beds = {"east": (point(980, 10), {"beds": 60})}
    street = {1: (0, 0), 2: (1000, 0)}, {100: "1 2"}
    boundary = shapely.box(-50, -50, 1050, 50)
    site = made(*street, places=beds, categories=[category("near", 600)], complete=["near"], boundary=boundary)
    scenario = suggest(site, "near", budget=1)
    assert scenario.proposals is not None and scenario.proposals.value == 60
    table = assess(site, scenario=scenario).coverage.table
    assert table[(table["by"] == "beds") & (table["at"] == "norm")]["covered"].tolist() == [60]
