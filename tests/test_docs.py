"""The documents say what the code does."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from lifecircle import site
from lifecircle.factors import VALUES
from lifecircle.model import PEOPLE, Factors, Norm
from lifecircle.standard import load_standard
from lifecircle.standard_file import STANDINGS, standard_schema
from lifecircle.tailoring import tailored

MODELS = [
    model
    for model in vars(site).values()
    if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == site.__name__
]


def test_every_key_of_a_site_file_is_explained(root: Path) -> None:
    text = (root / "docs" / "site-file.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_0-9]+)", text)) | set(re.findall(r"[{ ]([a-z_]+): ", text))
    missing = {key for model in MODELS for key in model.model_fields} - told
    assert len(MODELS) >= 8 and not missing


def test_profiles_and_kinds_are_those_of_the_standard(root: Path) -> None:
    text = (root / "docs" / "site-file.md").read_text(encoding="utf-8")
    standard = load_standard("industrial-community")
    for profile in standard.profiles:
        assert re.search(rf"`{profile.id}` {profile.metres_per_minute:g}\b", text)
    assert [kind.id for kind in standard.demand if f"`{kind.id}`" not in text] == []
    assert set(PEOPLE) == {"beds", "jobs", "people", "families"}


def test_both_readmes_have_the_same_commands(root: Path) -> None:
    blocks = [
        [re.sub(r" *#.*", "", block) for block in re.findall(r"```(?:sh|yaml)\n(.*?)```", page, re.DOTALL)]
        for page in ((root / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    ]
    assert len(blocks[0]) >= 5 and blocks[0] == blocks[1]


def test_both_readmes_name_every_command(root: Path) -> None:
    rows = [
        set(re.findall(r"^\| (`lifecircle .*?) \|", (root / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("README.md", "README.zh.md")
    ]
    assert len(rows[0]) >= 8 and rows[0] == rows[1]


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "README.zh.md",
        "CONTRIBUTING.md",
        "docs/site-file.md",
        "docs/standard-file.md",
        "data/sitang/README.md",
    ],
)
def test_links_lead_somewhere(root: Path, page: str) -> None:
    path = root / page
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_every_room_is_in_the_table_of_rooms(root: Path) -> None:
    text = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {path.name for path in (root / "lifecircle").glob("*.py") if not path.name.startswith("__")}
    assert sorted(room for room in rooms - {"sample.py"} if room not in text) == []


STANDARD_PAGES = ("standard-file.md", "standard-file.zh.md")


@pytest.mark.parametrize("page", STANDARD_PAGES)
def test_every_key_of_a_standard_is_explained(root: Path, page: str) -> None:
    text = (root / "docs" / page).read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_0-9]+)", text))
    blocks = standard_schema()["$defs"].values()
    assert {key for block in blocks for key in block["properties"]} - told == set()
    assert set(STANDINGS) <= set(re.findall(r"`([a-z-]+)`", text))


@pytest.mark.parametrize("page", STANDARD_PAGES)
def test_the_city_of_the_docs_works(root: Path, tmp_path: Path, page: str) -> None:
    text = (root / "docs" / page).read_text(encoding="utf-8")
    path = tmp_path / "city.yaml"
    path.write_text(re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[0], encoding="utf-8")
    city, base = load_standard(path), load_standard("industrial-community")
    held = {one.id: (one.norm.distance_m, one.norm.minutes) for one in city.categories}
    assert (held["health_station"], held["hair"], held["bus"]) == ((400, None), (None, 10), (400, None))
    assert [one.id for one in city.categories] == [one.id for one in base.categories if one.id != "greenway"]


@pytest.mark.parametrize("page", STANDARD_PAGES)
def test_the_first_try_of_the_docs_works_as_it_stands(root: Path, tmp_path: Path, page: str) -> None:
    text = (root / "docs" / page).read_text(encoding="utf-8")
    path = tmp_path / "city.yaml"
    written = next(re.finditer(r"^   ```yaml\n(.*?)^   ```", text, re.DOTALL | re.MULTILINE)).group(1)
    path.write_text(textwrap.dedent(written), encoding="utf-8")
    city, base = load_standard(path), load_standard("industrial-community")
    changed = {one.id: one.norm for one, old in zip(city.categories, base.categories, strict=True) if one != old}
    assert changed == {"health_station": Norm(distance_m=400), "hair": Norm(minutes=10)}


@pytest.mark.parametrize("page", STANDARD_PAGES)
def test_the_rule_of_the_docs_works(root: Path, tmp_path: Path, page: str) -> None:
    text = (root / "docs" / page).read_text(encoding="utf-8")
    rule = next(
        block for block in re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if "when:" in block
    )
    path = tmp_path / "city.yaml"
    head = "{id: c, zh: 城, en: City, version: '1', based_on: industrial-community}"
    path.write_text(yaml.safe_dump(yaml.safe_load(head) | yaml.safe_load(rule), allow_unicode=True), encoding="utf-8")
    found, _ = tailored(load_standard(path), Factors(population=("floating",)))
    assert found.category("bus").norm == Norm(distance_m=200) and "laundry" in {one.id for one in found.categories}


@pytest.mark.parametrize("page", STANDARD_PAGES)
def test_every_value_of_a_factor_is_told(root: Path, page: str) -> None:
    text = (root / "docs" / page).read_text(encoding="utf-8")
    assert [value for values in VALUES.values() for value in values if f"`{value}`" not in text] == []
