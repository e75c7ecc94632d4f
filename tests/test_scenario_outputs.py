"""Before and after in every output, and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from test_scenario import at, drawn, feature, five, written
from towns import write_points, write_town
from typer.testing import CliRunner

from lifecircle.assessment import assess, assess_scenarios
from lifecircle.cli import app
from lifecircle.comparison import compare
from lifecircle.model import Assessment, Scenario
from lifecircle.outputs import write
from lifecircle.outputs.pagedata import page_data

NAME = "=1+1 </script>"
"""A name that must stay text."""


@pytest.fixture(scope="module")
def result() -> Assessment:
    plan = (
        drawn("facility", "add", (600, 40), category="clinic", name=NAME, becomes="scenario/1"),
        drawn("facility", "close", id="clinic"),
        drawn("path", "add", (100, 0), (100, 200)),
    )
    return assess(five(), scenario=Scenario("方案一", plan))


def test_json(result: Assessment, tmp_path: Path) -> None:
    found = json.loads(write(result, tmp_path / "a.json").read_text(encoding="utf-8"))
    assert found["site"]["name"] == "Town · 方案一"
    assert [change["change"] for change in found["scenario"]["changes"]] == ["add", "close", "add"]
    assert found["scenario"]["changes"][0]["name"] == NAME
    now = {category["id"]: category["at_norm"] for category in found["categories"]}
    # nobody had a clinic within 300 m; the new one is 230 m from the 50 beds in the east
    assert (found["before"]["categories"]["clinic"]["covered"], now["clinic"]["covered"]) == (0, 50)
    assert found["before"]["index"]["value"]["low"] <= found["index"]["value"]["low"]


def test_geojson(result: Assessment, tmp_path: Path) -> None:
    found = json.loads(write(result, tmp_path / "a.geojson").read_text(encoding="utf-8"))
    changes = [each for each in found["features"] if each["properties"]["kind"] == "scenario"]
    assert [each["geometry"]["type"] for each in changes] == ["Point", "Point", "LineString"]
    assert changes[0]["properties"]["becomes"] == "scenario/1"
    (place,) = [each["properties"] for each in found["features"] if each["properties"]["kind"] == "gap_place"]
    # the dormitory's clinic was 630 m away
    assert (place["place"], place["category"], place["before_state"], place["before_m"]) == (
        "dorm",
        "clinic",
        "gap",
        630,
    )
    assert found["lifecircle"]["before"]["categories"]["clinic"]["gap"] == 150


def test_xlsx(result: Assessment, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write(result, tmp_path / "a.xlsx"))
    rows = list(book["方案 Scenario"].iter_rows(values_only=True))
    assert rows[1][:4] == (1, "设施 facility", "新增 add", "clinic")
    assert NAME in rows[1]
    assert any("方案一" in str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row)
    header, clinic = list(book["覆盖 Coverage"].iter_rows(values_only=True))[:2]
    told = dict(zip(header, clinic, strict=True))
    assert (told["覆盖 Covered"], told["方案前覆盖 Covered before"], told["方案前缺口 Gap before"]) == (50, 0, 150)


def test_without_a_scenario_nothing_is_said_of_before(tmp_path: Path) -> None:
    plain = assess(five())
    found = json.loads(write(plain, tmp_path / "a.json").read_text(encoding="utf-8"))
    assert not {"before", "scenario"} & set(found)
    assert "方案 Scenario" not in openpyxl.load_workbook(write(plain, tmp_path / "a.xlsx")).sheetnames


def test_the_page_is_that_of_the_site_and_what_to_change_on_it(result: Assessment) -> None:
    assert result.before is not None
    data = page_data(result)
    assert len(data["facilities"]["name"]) == 1
    scenario = data["scenario"]
    assert scenario["name"] == "方案一"
    first, second, third = scenario["changes"]
    assert (first["what"], first["change"], first["category"]) == ("facility", "add", "clinic")
    assert [row[1:] for row in first["rows"]] == [[200_000, 40_000]]
    assert first["at"] == pytest.approx([31.42, 120.65], abs=0.01)
    assert second == {"what": "facility", "change": "close", "id": "clinic"}
    assert len(third["line"]) == 2


def test_a_site_stands_beside_its_scenarios() -> None:
    one = Scenario("one", (drawn("facility", "add", (600, 40), category="clinic", becomes="scenario/1"),))
    table = compare(assess_scenarios(five(), [one, Scenario("two", ())])).sites
    assert sorted(table["name"]) == ["Town", "Town · one", "Town · two"]
    assert table["slug"].is_unique


def site_file(folder: Path) -> Path:
    write_points(folder / "dorms.csv", [{"id": "d", "name": "D", "at": (200, 10)}])
    demand = {"file": "dorms.csv", "kind": "dormitory"}
    return write_town(folder, demand=[demand])


def test_command_line(tmp_path: Path) -> None:
    site = site_file(tmp_path)
    plan = written(tmp_path / "plan.geojson", feature(at(210, 10), what="facility", change="add", category="canteen"))
    ran = CliRunner().invoke(app, ["assess", str(site), "--scenario", str(plan), "-o", str(tmp_path / "out")])
    assert ran.exit_code == 0, ran.output
    found = json.loads((tmp_path / "out" / "town-plan.json").read_text(encoding="utf-8"))
    assert found["before"]["categories"]["canteen"]["covered"] == 0
    assert {c["id"]: c["at_norm"]["covered"] for c in found["categories"]}["canteen"] == 1
    table = tmp_path / "table.csv"
    ran = CliRunner().invoke(app, ["compare", str(site), "--scenario", str(plan), "-o", str(table)])
    assert ran.exit_code == 0, ran.output
    assert "Town · plan" in table.read_text(encoding="utf-8-sig")


def test_faults_of_a_scenario_write_nothing(tmp_path: Path) -> None:
    site = site_file(tmp_path)
    plan = written(tmp_path / "plan.geojson", feature(at(0, 0), what="facility", change="add", category="zoo"))
    ran = CliRunner().invoke(
        app, ["--lang", "zh", "assess", str(site), "--scenario", str(plan), "-o", str(tmp_path / "o")]
    )
    assert ran.exit_code == 1
    assert "标准里没有类别" in ran.output
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["assess", "{site}", "--each", "name", "--scenario", "p", "-o", "x"],
        ["compare", "a", "b", "--scenario", "p", "-o", "x"],
    ],
)
def test_a_scenario_is_of_one_site(tmp_path: Path, arguments: list[str]) -> None:
    ran = CliRunner().invoke(app, [part.format(site=tmp_path) for part in arguments])
    assert ran.exit_code == 2
