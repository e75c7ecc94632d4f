"""What `lifecircle check` tells of a site's data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from towns import ROUND, SQUARE, write_osm, write_points, write_town

from lifecircle import check, write
from lifecircle.errors import InputError
from lifecircle.model import Check, Completeness, Outcome

PARK = {20: ("21 22", {"highway": "footway"}), 23: ("2 24", {"highway": "service", "access": "private"})}
"""A path that meets no other, and a private way from the square's corner."""
APART = {21: (-300, -300), 22: (-300, -200), 24: (450, 0)}


@pytest.fixture
def doubtful(tmp_path: Path) -> Check:
    """A block with a dormitory at it, one off every street, one on an island, and a pharmacy and a lost one."""
    dorms = [
        {"id": "A", "name": "甲楼", "at": (0, 50), "beds": 100},
        {"id": "B", "name": "乙楼", "at": (200, 200), "beds": ""},
        {"id": "C", "name": "丙楼", "at": (-310, -250), "beds": 30},
        {"id": "D", "name": "丁楼", "at": (900, 0), "beds": 7},
    ]
    write_points(tmp_path / "dorms.csv", dorms)
    write_points(tmp_path / "shops.csv", [{"name": "药房", "at": (10, 0)}, {"name": "远药房", "at": (1000, 1000)}])
    site = write_town(
        tmp_path,
        demand=[{"file": "dorms.csv", "kind": "dormitory", "id": "id", "name": "name", "beds": "beds"}],
        facilities=[{"file": "shops.csv", "category": "pharmacy", "name": "name"}],
        complete=["pharmacy"],
    )
    streets = {id: (refs, {"highway": "residential"}) for id, refs in ROUND.items()}
    write_osm(tmp_path / "town.osm", {**SQUARE, **APART}, streets | PARK)
    return check(site)


def test_counts(doubtful: Check) -> None:
    [dorms] = doubtful.places
    assert (dorms.kind, dorms.places, dorms.counted, dorms.heads) == ("dormitory", 3, 2, 130)
    assert (dorms.off_network, dorms.island) == (1, 1)
    of = {count.category: count for count in doubtful.categories}
    assert (of["pharmacy"].found, of["pharmacy"].inside, of["pharmacy"].off_network) == (2, 1, 1)
    assert of["pharmacy"].completeness is Completeness.COMPLETE and of["pharmacy"].sources == ("shops.csv",)
    rows = {(file.part, file.file): file.rows for file in doubtful.files}
    assert rows == {
        ("boundary", "park.geojson"): 1, ("osm", "town.osm"): None,
        ("demand", "dorms.csv"): 4, ("facilities", "shops.csv"): 2,
    }  # fmt: skip


def test_every_row_of_facilities_is_told(doubtful: Check) -> None:
    assert doubtful.rows == {"shops.csv": {Outcome.COUNTED: 2}}


def test_words(doubtful: Check) -> None:
    told = doubtful.render("en")
    for line in (
        "Dormitory: 3 places, 130 beds in 2 of them; the others are not counted",
        "1 place is farther than 100 m from every street: 乙楼",
        "1 place joins only streets cut off from the rest: 丙楼",
        "50 m of private ways inside the boundary",
        "100 m of streets on islands cut off from the rest",
        "1 place of dorms.csv outside the boundary left out (7 beds)",
        "how many people are at 1 place",
    ):
        assert line in told, line
    assert "3 处，其中 2 处共床位 130；其余没有人数" in doubtful.render("zh")


def test_files(doubtful: Check, tmp_path: Path) -> None:
    write(doubtful, tmp_path / "check.txt", lang="en")
    assert (tmp_path / "check.txt").read_text(encoding="utf-8-sig") == doubtful.render("en")
    told = json.loads(write(doubtful, tmp_path / "check.json").read_text(encoding="utf-8"))
    assert [kind["heads"] for kind in told["places"]] == [130]
    assert {line["zh"] != line["en"] for line in told["sections"][0]["lines"]} == {True}


def test_faults_of_all_files_even_without_a_boundary(tmp_path: Path) -> None:
    site = write_town(tmp_path, gates="gates.geojson", demand=[{"file": "dorms.csv", "kind": "dormitory"}])
    for name in ("park.geojson", "gates.geojson", "town.osm"):
        (tmp_path / name).write_text("nothing", encoding="utf-8")
    (tmp_path / "dorms.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check(site)
    assert {Path(str(fault.where).split(":")[0]).name for fault in caught.value.faults} == {
        "park.geojson", "gates.geojson", "town.osm", "dorms.csv",
    }  # fmt: skip
