"""Suggestions on a town whose distances are known: what they gain is what the assessment then tells."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from towns import write_points, write_town
from typer.testing import CliRunner

from lifecircle import assess, suggest, write
from lifecircle.cli import app
from lifecircle.errors import InputError

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


@pytest.mark.parametrize(("budget", "gains"), [(1, [300]), (2, [300, 200]), (3, [300, 200])])
def test_most_beds_first(site: Path, budget: int, gains: list[float]) -> None:
    found = suggest(site, "health_station", budget=budget)
    assert found.places["gain"].tolist() == gains
    assert (found.value, found.proven) == (sum(gains), True)
    assert found.places["robust"].all()


def test_gains_are_those_of_the_assessment(site: Path, tmp_path: Path) -> None:
    """The written scenario, read back by `assess`, covers as many beds more."""
    found = suggest(site, "health_station", budget=2, candidates=site.parent / "plots.csv")
    assert found.places["name"].tolist() == ["plot west", "plot east"]
    again = assess(site, scenario=write(found, tmp_path / "plan.geojson"))
    assert again.before is not None
    covered = []
    for each in (again.before, again):
        table = each.coverage.table.set_index(["category", "by", "at"])
        covered.append(table.loc[("health_station", "beds", "norm"), "covered"])
    assert covered == [50, 50 + found.value]
    assert again.index.value == found.after.index.value


def test_points_along_the_streets_lose_no_more_than_is_said(site: Path) -> None:
    """550 beds are there, 50 of them served: no bound is beyond what is left, and none below what was found."""
    found = suggest(site, "health_station", budget=1)
    assert found.value <= found.bound <= 500
    assert 0 < found.apart_m <= 20


@pytest.mark.parametrize(
    ("category", "budget", "line"),
    [("clinic", 1, "no category 'clinic' in the standard"), ("health_station", 0, "--budget: is 0")],
)
def test_what_cannot_be_suggested(site: Path, category: str, budget: int, line: str) -> None:
    with pytest.raises(InputError, match=line):
        suggest(site, category, budget=budget)


def test_the_command(site: Path, tmp_path: Path) -> None:
    asked = ["--lang", "en", "suggest", str(site), "--category", "health_station", "--budget", "2", "-o", str(tmp_path)]
    ran = CliRunner().invoke(app, [*asked, "--candidates", str(site.parent / "plots.csv")])
    assert ran.exit_code == 0, ran.output
    *_, first, second, proof = ran.stdout.splitlines()
    assert first.startswith("1. plot west (lon ")
    assert first.endswith(
        ": 300 beds more within the norm, 300 of them surely in gap; among the best whatever is unknown"
    )
    assert second.startswith("2. plot east")
    assert proof == "together 500 beds; no choice of 2 among 3 sites brings more"
    [plan] = tmp_path.glob("*.scenario.geojson")
    features = json.loads(plan.read_text(encoding="utf-8"))["features"]
    assert [each["properties"]["gain"] for each in features] == [300, 200]


def test_the_bound_holds_for_who_lies_just_beyond_the_norm(tmp_path: Path, site: Path) -> None:
    """A clinic 65 m from the beds in the east, 5 m beyond the norm: they are there to be gained, and bounded so."""
    folder = Path(shutil.copytree(site.parent, tmp_path / "town"))
    write_points(folder / "clinics.csv", [{"id": "clinic", "at": (400, 260)}])
    found = suggest(folder / "site.yaml", "health_station", budget=3)
    assert found.value == 550
    assert found.bound >= 550
