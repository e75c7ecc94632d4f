"""One site held to several standards: each answer is that of a run of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from towns import write_points, write_town

from lifecircle import assess, assess_standards, compare
from lifecircle.errors import InputError
from lifecircle.model import Assessment
from lifecircle.outputs.json import document
from lifecircle.together import load_together

IDS = ("gb50180", "industrial-community")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dormitory and a plant around a block, with places that standards find by their own rules."""
    folder = tmp_path_factory.mktemp("town")
    path = write_town(
        folder,
        demand=[
            {"file": "beds.csv", "kind": "dormitory", "id": "id", "beds": "beds"},
            {"file": "jobs.csv", "kind": "workplace", "id": "id", "jobs": "jobs"},
        ],
        facilities=[
            {"file": "poi.csv", "coords": "wgs84", "id": "id", "name": "name", "typecode_column": "code"},
            {"file": "malls.csv", "id": "id", "category": "mall"},
        ],
        complete=["bus", "hair"],
    )
    write_points(folder / "beds.csv", [{"id": "a", "beds": 900, "at": (0, -5)}])
    write_points(folder / "jobs.csv", [{"id": "w", "jobs": 500, "at": (5, 200)}])
    write_points(folder / "malls.csv", [{"id": "m", "at": (300, 0)}])
    there = [("150700", "站", (20, 0)), ("071100", "理发", (0, 390)), ("060100", "商场", (398, 395))]
    rows = [{"id": f"p{n}", "code": code, "name": name, "at": at} for n, (code, name, at) in enumerate(there)]
    write_points(folder / "poi.csv", rows)
    return path


@pytest.fixture(scope="module")
def together(town: Path) -> list[Assessment]:
    return assess_standards(town, IDS)


def alone(town: Path, standard: str) -> Assessment:
    """A run of its own, whose site file leaves out what only other standards know."""
    data: dict[str, Any] = yaml.safe_load(town.read_text(encoding="utf-8"))
    mall, hair = standard == "gb50180", standard == "industrial-community"
    data |= {"standard": standard, "complete": ["bus", "hair"] if hair else ["bus"]}
    data["facilities"] = data["facilities"] if mall else data["facilities"][:1]
    path = town.parent / f"{standard}.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return assess(path)


@pytest.mark.parametrize("number", range(len(IDS)))
def test_each_answer_is_that_of_a_run_of_its_own(town: Path, together: list[Assessment], number: int) -> None:
    found, known = together[number], alone(town, IDS[number])
    pd.testing.assert_frame_equal(found.coverage.table, known.coverage.table)
    pd.testing.assert_frame_equal(found.site.facilities, known.site.facilities)
    pd.testing.assert_frame_equal(found.site.trace, known.site.trace)
    told, expected = document(found), document(known)
    for data in (told, expected):
        data["site"].pop("slug")
        data.pop("inputs")  # the list of malls is left out of what it does not concern
        data.pop("drawing")  # holds the slug
    assert told == expected


def test_files_are_told_apart_by_the_standard(together: list[Assessment]) -> None:
    assert [each.site.slug for each in together] == [f"town.{id}" for id in IDS]


def test_one_standard_keeps_the_name_of_the_site(tmp_path: Path) -> None:
    write_points(tmp_path / "beds.csv", [{"id": "a", "beds": 900, "at": (0, -5)}])
    path = write_town(tmp_path, demand=[{"file": "beds.csv", "kind": "dormitory", "id": "id", "beds": "beds"}])
    assert [site.slug for site in load_together(path)] == ["town"]


def test_a_site_file_may_name_several(town: Path) -> None:
    text = town.read_text(encoding="utf-8")
    several = town.parent / "several.yaml"
    several.write_text(f"{text}standards: [industrial-community, gb50180]\n", encoding="utf-8")
    assert [site.standard.id for site in load_together(several)] == ["industrial-community", "gb50180"]
    several.write_text(f"{text}standards: [shanghai]\nstandard: gb50180\n", encoding="utf-8")
    with pytest.raises(InputError, match="gives both `standard` and `standards`"):
        load_together(several)


def test_a_category_that_no_standard_has_is_refused(town: Path) -> None:
    strange = town.parent / "strange.yaml"
    data = yaml.safe_load(town.read_text(encoding="utf-8")) | {"complete": ["tram"]}
    strange.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with pytest.raises(InputError, match="tram"):
        load_together(strange, ["gb50180", "shanghai"])


def test_standards_that_do_not_speak_of_the_same_people_are_refused(town: Path, tmp_path: Path) -> None:
    city = tmp_path / "city.yaml"
    city.write_text(
        "{id: city, zh: 城, en: City, version: '1', based_on: gb50180, "
        "profiles: [{id: planning, metres_per_minute: 70, source: [ours], standing: proposed}], "
        "demand: [{id: dormitory, unit: people}]}".replace("[ours]", "ours"),
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        load_together(town, ["gb50180", str(city)])
    assert refused.value.render("en").splitlines() == [
        "standards: gb50180 and city differ in the walker 'planning'; assess them one by one",
        "standards: gb50180 and city differ in these kinds of demand: dormitory; assess them one by one",
    ]


def test_one_site_under_several_standards_side_by_side(together: list[Assessment]) -> None:
    found = compare(together, mixed=True)
    assert set(found.sites["name"]) == {f"Town [{id}]" for id in IDS}
    with pytest.raises(InputError, match="--mixed"):
        compare(together)
