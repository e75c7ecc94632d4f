"""A result is made again, and every way in which that can fail to give the same is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from towns import write_points, write_town
from typer.testing import CliRunner

from lifecircle import assess, verify, write
from lifecircle.assessment import assess_standards
from lifecircle.cli import app
from lifecircle.errors import InputError
from lifecircle.outputs import write_all

ENDINGS = (".json", ".html", ".geojson", ".xlsx", ".tif", ".facilities.csv", ".ground.geojson")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with two clinics and a dormitory, and all that `assess` writes of it, the page in English."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "site").mkdir()
    write_points(folder / "site/clinics.csv", [{"id": "east", "at": (105, 10)}, {"id": "west", "at": (-105, 10)}])
    write_points(folder / "site/dormitories.csv", [{"id": "home", "at": (-105, 60), "beds": 300}])
    points = {"x": "lon", "y": "lat"}
    site = write_town(
        folder / "site",
        facilities=[{"file": "clinics.csv", "category": "health_station", "complete": True, **points}],
        demand=[{"file": "dormitories.csv", "kind": "dormitory", "beds": "beds", **points}],
    )
    options = {".html": {"lang": "en"}, ".ground.geojson": {"layer": "states"}}
    write_all(assess(site), {folder / f"x{ending}": options.get(ending, {}) for ending in ENDINGS})
    return folder


@pytest.fixture
def result(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "out")) / "x.json"


@pytest.fixture
def alone(made: Path, tmp_path: Path) -> Path:
    """The result without the files beside it."""
    shutil.copytree(made / "site", tmp_path / "out" / "site")
    return Path(shutil.copy(made / "x.json", tmp_path / "out"))


@pytest.fixture
def site(result: Path) -> Path:
    return result.parent / "site/site.yaml"


def test_the_same_bytes(site: Path, result: Path) -> None:
    (result.parent / "x.txt").write_text("a note of somebody's")
    ran = CliRunner().invoke(app, ["--lang", "zh", "verify", str(result), str(site)])
    assert ran.exit_code == 0
    assert ran.stdout.splitlines()[: len(ENDINGS)] == sorted(f"x{ending}：逐字节相同" for ending in ENDINGS)


def test_an_input_that_changed(alone: Path) -> None:
    """One clinic less: the table is told, and what its absence does to the figures."""
    table, site = alone.parent / "site/clinics.csv", alone.parent / "site/site.yaml"
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    found = verify(alone, site)
    assert not found.agrees
    assert "clinics.csv has changed" in map(str, found.told())
    assert any(str(line).startswith("categories[") for line in found.differences)
    assert CliRunner().invoke(app, ["verify", str(alone), str(site)]).exit_code == 1


def test_a_result_that_somebody_touched(site: Path, result: Path) -> None:
    data = json.loads(result.read_text(encoding="utf-8"))
    data["index"]["value"]["low"] += 1
    result.write_text(json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1) + "\n", encoding="utf-8")
    found = verify(result, site)
    assert [name for name, same in found.files.items() if not same] == ["x.json"]
    assert found.changed == ()
    [line] = map(str, found.differences)
    assert line.startswith("index.value.low: was ")


def test_what_another_version_wrote(alone: Path) -> None:
    data = json.loads(alone.read_text(encoding="utf-8"))
    alone.write_text(json.dumps(data | {"version": "0.0.1"}, ensure_ascii=False), encoding="utf-8")
    lines = map(str, verify(alone, alone.parent / "site/site.yaml").told())
    assert any(line.startswith("written by lifecircle 0.0.1; this is ") for line in lines)


@pytest.mark.parametrize("text", ["{}", "[]", '{"kind": "other"}', "no json"])
def test_what_is_no_assessment(site: Path, tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"a\.json"):
        verify(path, site)


def test_a_scenario_must_be_named(site: Path, result: Path) -> None:
    data = json.loads(result.read_text(encoding="utf-8"))
    result.write_text(json.dumps(data | {"scenario": {}}), encoding="utf-8")
    with pytest.raises(InputError, match="--scenario FILE"):
        verify(result, site)


def test_one_of_several_standards(site: Path, tmp_path: Path) -> None:
    standards = ["gb50180", "industrial-community"]
    found = assess_standards(site, standards)[0]
    path = write(found, tmp_path / "both" / f"{found.site.slug}.json")
    assert verify(path, site, standards=standards).agrees
    with pytest.raises(InputError, match="none gives"):
        verify(path, site, standards=["gb50180"])
