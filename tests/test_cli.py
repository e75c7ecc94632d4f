"""The command line as a person meets it: what it prints, where it writes, how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import shapely
import yaml

from lifecircle import cli

SITE = {"name": "A", "boundary": "boundary.geojson", "osm": "town.osm"}


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, list[str]]:
    """Exit code, what was printed, and the lines of complaint."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setattr(sys, "argv", ["lifecircle", *map(str, arguments)])
        cli.main()
    out, err = capsys.readouterr()
    return int(stop.value.code or 0), out, [line for line in err.splitlines() if line.startswith("lifecircle: ")]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A folder with a town's streets and a boundary layer of two squares on it and one far away."""
    folder = tmp_path / "town"
    folder.mkdir()
    nodes = [(1, 120.650, 31.420), (2, 120.654, 31.420), (3, 120.654, 31.424), (4, 120.650, 31.424)]
    lines = ["<osm version='0.6'>", "<bounds minlon='120.60' minlat='31.38' maxlon='120.70' maxlat='31.46'/>"]
    lines += [f"<node id='{i}' lon='{x}' lat='{y}' version='1'/>" for i, x, y in nodes]
    lines += ["<node id='9' lon='120.652' lat='31.4201' version='1'><tag k='amenity' v='pharmacy'/></node>"]
    refs = "".join(f"<nd ref='{i}'/>" for i in (1, 2, 3, 4, 1))
    lines += [f"<way id='1' version='1'>{refs}<tag k='highway' v='residential'/></way>", "</osm>"]
    (folder / "town.osm").write_text("\n".join(lines), encoding="utf-8")
    squares = {
        "North": shapely.box(120.649, 31.4215, 120.655, 31.425),
        "north": shapely.box(120.649, 31.4190, 120.655, 31.4215),
        "Elsewhere": shapely.box(10, 50, 10.01, 50.01),
    }
    features = [
        {"type": "Feature", "properties": {"name": name}, "geometry": json.loads(shapely.to_geojson(shape))}
        for name, shape in squares.items()
    ]
    boundary = {"type": "FeatureCollection", "features": features}
    (folder / "boundary.geojson").write_text(json.dumps(boundary), encoding="utf-8")
    (folder / "site.yaml").write_text(
        yaml.safe_dump(SITE | {"boundary": {"file": "boundary.geojson", "where": "name=North"}}), encoding="utf-8"
    )
    (folder / "each.yaml").write_text(yaml.safe_dump(SITE), encoding="utf-8")
    return folder


def test_every_command_is_in_the_readme(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    commands = [command.name or command.callback.__name__ for command in cli.app.registered_commands]  # type: ignore[union-attr]
    commands += [f"standards {command.name}" for command in cli.standards.registered_commands]
    assert {"demo", "assess", "compare", "fetch", "schema"} <= set(commands)
    missing = [command for command in commands if f"lifecircle {command}" not in readme]
    assert not missing


def test_assess_writes_every_kind_of_file(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, complaints = run("assess", town / "site.yaml", "--ground", "-o", tmp_path / "out", capsys=capsys)
    assert (code, complaints) == (0, [])
    names = {
        f"a{suffix}" for suffix in (".html", ".geojson", ".ground.geojson", ".xlsx", ".tif", ".json", ".facilities.csv")
    }
    assert {path.name for path in (tmp_path / "out").iterdir()} == names
    assert {Path(line).name for line in out.splitlines()} == names


def test_the_map_is_drawn_again_from_the_json(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tiles = ("--tiles", "https://t{s}.tianditu.gov.cn/{z}/{x}/{y}?tk=KEY", "--lang", "en")
    run("assess", town / "site.yaml", "-o", tmp_path / "out", *tiles, capsys=capsys)
    page, again = tmp_path / "out" / "a.html", tmp_path / "again.html"
    code, out, complaints = run("map", page.with_suffix(".json"), "-o", again, *tiles, capsys=capsys)
    assert (code, out, complaints) == (0, f"{again}\n", [])
    assert again.read_bytes() == page.read_bytes()
    assert '<html lang="en">' in page.read_text(encoding="utf-8")


def test_pictures_of_a_map(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("assess", town / "site.yaml", "-o", tmp_path, capsys=capsys)
    assert run("map", tmp_path / "a.json", capsys=capsys)[0] == 2
    code, out, complaints = run("map", tmp_path / "a.json", "-o", tmp_path / "a.svg", "--lang", "en", capsys=capsys)
    assert (code, out, complaints) == (0, f"{tmp_path / 'a.svg'}\n", [])
    assert "<title>Overview · A</title>" in (tmp_path / "a.svg").read_text(encoding="utf-8")


def test_a_wrong_tile_server_is_told_before_anything_is_computed(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = ("-o", tmp_path / "out", "--tiles", "https://tiles.example/map.png")
    code, _, complaints = run("assess", town / "none.yaml", *wrong, capsys=capsys)
    assert code == 1 and len(complaints) == 1 and "not a tile server" in complaints[0]


def test_what_a_reader_should_not_miss_is_told(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["lifecircle", "assess", str(town / "site.yaml"), "-o", str(tmp_path / "out")])
    with pytest.raises(SystemExit):
        cli.main()
    said = capsys.readouterr().err
    assert "A: no head counts" in said
    assert "repaired: " not in said  # nothing was wrong with it


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version", capsys=capsys)[:2] == (0, "0.1.0\n")


def test_each_names_sites_apart_and_goes_on_after_a_bad_one(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, complaints = run("assess", town / "each.yaml", "--each", "name", "-o", tmp_path / "out", capsys=capsys)
    assert code == 1
    assert {path.name.split(".")[0] for path in (tmp_path / "out").iterdir()} == {"north", "north-2"}
    assert len(complaints) == 1
    assert "Elsewhere" in complaints[0] and "km from the streets" in complaints[0]


def test_each_by_an_unknown_field(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, complaints = run("assess", town / "each.yaml", "--each", "nom", "-o", tmp_path / "out", capsys=capsys)
    assert code == 1 and len(complaints) == 1
    assert "'nom'" in complaints[0] and "it has: name" in complaints[0]
    assert not (tmp_path / "out").exists()


def test_faults_are_lines_and_a_traceback_only_on_request(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = town / "bad.yaml"
    bad.write_text(yaml.safe_dump({"name": "A", "boundry": "x", "osm": "town.osm"}), encoding="utf-8")
    code, _, complaints = run("assess", bad, "-o", tmp_path / "out", capsys=capsys)
    assert code == 1
    assert [line for line in complaints if "boundry" in line and "known keys: " in line]
    assert [line for line in complaints if "boundary: " in line and "add the key" in line]
    assert not [line for line in complaints if "Traceback" in line]
    with pytest.raises(ValueError, match="boundry"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["lifecircle", "--debug", "assess", str(bad), "-o", str(tmp_path / "out")])
        cli.main()


@pytest.mark.parametrize("arguments", [["assess"], ["nonsense"], ["assess", "x.yaml"], ["compare", "a", "b"]])
def test_wrong_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments, capsys=capsys)[0] == 2


def test_an_unknown_suffix_names_those_that_are_known(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("assess", town / "site.yaml", "-o", tmp_path / "out", capsys=capsys)
    code, _, complaints = run("compare", tmp_path / "out", "-o", tmp_path / "x.docx", capsys=capsys)
    assert code == 1 and len(complaints) == 1
    assert ".docx" in complaints[0] and ".xlsx" in complaints[0]


def test_standards_are_shown_with_their_standing(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run("standards", "list", capsys=capsys)
    assert code == 0 and "industrial-community" in out and "gb50180" in out
    code, out, _ = run("standards", "show", "gb50180", capsys=capsys)
    assert code == 0 and "recalled" in out and "应配建" in out


def test_a_standard_is_checked_and_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    city = {"id": "city", "zh": "某市", "en": "City", "version": "1", "based_on": "shanghai"}
    path = tmp_path / "city.yaml"
    path.write_text(json.dumps(city | {"drop": ["childcare"]}), encoding="utf-8")
    code, out, _ = run("--lang", "en", "standards", "check", path, capsys=capsys)
    assert code == 0 and out.startswith("city: no fault; 3 categories") and "based on shanghai" in out
    code, out, _ = run("--lang", "zh", "standards", "diff", "shanghai", path, capsys=capsys)
    assert code == 0 and "只有 shanghai 有的类别\n  childcare 托育" in out
    assert run("--lang", "en", "standards", "diff", path, path, capsys=capsys)[1] == "they say the same\n"
    path.write_text(json.dumps(city | {"drop": ["bath"], "colour": "red"}), encoding="utf-8")
    code, out, complaints = run("standards", "check", path, capsys=capsys)
    assert (code, out, len(complaints)) == (1, "", 2)


def test_the_schema_of_a_standard_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run("standards", "schema", capsys=capsys)
    assert {"StandardFile", "DerivedStandardFile"} <= set(json.loads(out)["$defs"])


def test_schema_names_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run("schema", capsys=capsys)
    assert {"boundary", "osm", "facilities", "demand", "complete"} <= set(json.loads(out)["properties"])


def test_help_loads_no_geography() -> None:
    """Help answers at once because nothing heavy is imported for it."""
    code = "import sys; sys.argv = ['lifecircle', '--help']\nfrom lifecircle.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\n"
    code += "heavy = {'geopandas', 'pandas', 'numpy', 'osmnx', 'folium', 'pydantic'} & set(sys.modules)\n"
    code += "sys.exit(f'loaded {heavy}' if heavy else 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "assess" in done.stdout


def test_package_run_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "lifecircle", "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "compare" in done.stdout
