"""Facilities from files and from OSM: which count, which replace which, which are one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from towns import ROUND, SQUARE, WIDE, write_boundary, write_osm, write_points, write_town

from lifecircle.errors import InputError
from lifecircle.load import load_site
from lifecircle.model import Completeness, Site

TownFile = Callable[..., Site]


@pytest.fixture
def loaded(tmp_path: Path) -> TownFile:
    """A site of the square block with what the site file adds, read."""
    return lambda **more: load_site(write_town(tmp_path, **more))


def refusal(made: Callable[[], Any]) -> list[str]:
    """The lines of a refusal, one a fault."""
    with pytest.raises(InputError) as caught:
        made()
    lines = str(caught.value).splitlines()
    assert len(lines) == len(caught.value.faults)
    return lines


def clinics(folder: Path, *rows: tuple[str, float, float], name: str = "clinics.csv", **columns: list[Any]) -> Path:
    """A table of facilities: (name, x, y)."""
    extra = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)] or [{}] * len(
        rows
    )
    return write_points(
        folder / name,
        [
            {"id": f"c{i}", "name": row[0], "at": row[1:], **more}
            for i, (row, more) in enumerate(zip(rows, extra, strict=True))
        ],
    )


USED = {"file": "clinics.csv", "category": "pharmacy", "id": "id", "name": "name"}


def test_a_file_of_one_category(tmp_path: Path, loaded: TownFile) -> None:
    clinics(tmp_path, ("North", 0, 400), ("South", 0, 0), capacity=[30, ""])
    site = loaded(facilities=[{**USED, "capacity": "capacity"}])
    found = site.facilities
    assert found[["id", "name", "category", "status"]].to_numpy().tolist() == [
        ["clinics/c0", "North", "pharmacy", "existing"], ["clinics/c1", "South", "pharmacy", "existing"],
    ]  # fmt: skip
    assert found["capacity"].tolist()[0] == 30 and found["capacity"].isna().tolist() == [False, True]
    assert shapely.get_coordinates(found.geometry) == pytest.approx(np.array([[0, 400], [0, 0]]), abs=0.01)


def test_only_existing_ones_count_until_their_year(tmp_path: Path, loaded: TownFile) -> None:
    names = [("A", 0, 0), ("B", 10, 0), ("C", 20, 0), ("D", 30, 0), ("E", 40, 0)]
    clinics(
        tmp_path,
        *[(name, x, y) for name, x, y in names],
        status=["", "在建", "planned", "planned", "closed"],
        opens=["", 2026, 2028, "", ""],
    )
    used = {**USED, "status": "status", "opens": "opens"}
    at = {year: sorted(loaded(facilities=[used], **more).facilities["name"]) for year, more in (
        (0, {}), (2025, {"year": 2025}), (2026, {"year": 2026}), (2030, {"year": 2030}),
    )}  # fmt: skip
    assert at == {0: ["A"], 2025: ["A"], 2026: ["A", "B"], 2030: ["A", "B", "C"]}
    assert sorted(loaded(facilities=[used]).planned["name"]) == ["B", "C", "D", "E"]


def test_the_same_place_twice_is_one_and_said(tmp_path: Path, loaded: TownFile) -> None:
    clinics(tmp_path, ("A", 0, 0), ("A", 0, 0), ("A", 90, 0))
    site = loaded(facilities=[USED])
    assert len(site.facilities) == 2
    assert [str(note.text) for note in site.notes if note.kind == "repaired"] == ["1 duplicate facility left out (A)"]


def test_a_planned_extension_at_the_same_place_does_not_hide_what_exists(tmp_path: Path, loaded: TownFile) -> None:
    clinics(tmp_path, ("A", 0, 0), ("A", 0, 0), status=["planned", "existing"])
    site = loaded(facilities=[{**USED, "status": "status"}])
    assert (len(site.facilities), len(site.planned)) == (1, 1)


def test_one_id_for_two_places_is_refused(tmp_path: Path, loaded: TownFile) -> None:
    write_points(
        tmp_path / "clinics.csv", [{"id": 7, "name": n, "at": (x, 0)} for n, x in (("A", 0), ("B", 99), ("C", 5))]
    )
    lines = refusal(lambda: loaded(facilities=[USED]))
    assert len(lines) == 3 and all("'7'" in line and "its own id" in line for line in lines)
    assert ["row 2" in lines[0], "row 3" in lines[1], "row 4" in lines[2]] == [True] * 3


def test_files_of_one_name_do_not_swallow_each_other(tmp_path: Path, loaded: TownFile) -> None:
    (tmp_path / "more").mkdir()
    clinics(tmp_path, ("A", 0, 0))
    clinics(tmp_path, ("B", 300, 0), name="more/clinics.csv")
    site = loaded(facilities=[USED, {**USED, "file": "more/clinics.csv"}])
    assert sorted(site.facilities["name"]) == ["A", "B"] and site.facilities["id"].is_unique


def test_an_unknown_category_names_all_of_them_and_the_mend(tmp_path: Path, loaded: TownFile) -> None:
    clinics(tmp_path, ("A", 0, 0), ("B", 9, 0), ("C", 0, 9), kind=["pharmacy", "farmacy", "doctor"])
    used = {key: USED[key] for key in ("file", "id", "name")} | {"category_column": "kind"}
    lines = refusal(lambda: loaded(facilities=[used]))
    assert len(lines) == 2
    assert "clinics.csv" in lines[0] and "'doctor'" in lines[0] and "pharmacy" in lines[0] and "'farmacy'" in lines[1]


def test_an_unknown_status_names_its_row(tmp_path: Path, loaded: TownFile) -> None:
    clinics(tmp_path, ("A", 0, 0), ("B", 9, 0), status=["existing", "soon"])
    [line] = refusal(lambda: loaded(facilities=[{**USED, "status": "status"}]))
    assert "row 3" in line and "'soon'" in line and "planned" in line


@pytest.mark.parametrize("value", ["-5", "many"])
def test_a_capacity_that_is_none_is_refused(tmp_path: Path, loaded: TownFile, value: str) -> None:
    clinics(tmp_path, ("A", 0, 0), capacity=[value])
    [line] = refusal(lambda: loaded(facilities=[{**USED, "capacity": "capacity"}]))
    assert "clinics.csv: row 2" in line and repr(value) in line and "at least 0" in line


def test_all_faults_of_a_file_are_told_together(tmp_path: Path, loaded: TownFile) -> None:
    columns = {"status": ["open", "existing"], "opens": ["soon", ""], "capacity": [-1, ""], "more": ["", "gallows"]}
    clinics(tmp_path, ("A", 0, 0), ("B", 9, 9), **columns)
    used = {**USED, "status": "status", "opens": "opens", "capacity": "capacity", "complex": "more"}
    lines = refusal(lambda: loaded(facilities=[used]))
    told = [line.split("; ")[0].split(": ", 1)[1] for line in lines]
    assert told == [
        "row 3: unknown category 'gallows'", "row 2: status is 'open'", "row 2: opens is 'soon'",
        "row 2: capacity is '-1'",
    ]  # fmt: skip


def test_missing_columns_are_named_together(tmp_path: Path, loaded: TownFile) -> None:
    clinics(tmp_path, ("A", 0, 0))
    lines = refusal(lambda: loaded(facilities=[{**USED, "name": "nom", "capacity": "cap"}]))
    assert len(lines) == 2 and "'nom'" in lines[0] and "'cap'" in lines[1] and "lon" in lines[0]


# Completeness ------------------------------------------------------------------------------------


def test_a_file_is_partial_until_a_person_declares_it(tmp_path: Path, loaded: TownFile) -> None:
    clinics(tmp_path, ("A", 0, 0))
    assert loaded(facilities=[USED]).completeness["pharmacy"] == Completeness.PARTIAL
    assert loaded(facilities=[{**USED, "complete": True}]).completeness["pharmacy"] == Completeness.COMPLETE
    assert loaded(complete=["pharmacy"]).completeness["pharmacy"] == Completeness.COMPLETE


def test_a_declared_file_without_rows_is_an_empty_complete_layer(tmp_path: Path, loaded: TownFile) -> None:
    (tmp_path / "clinics.csv").write_text("id,name,lon,lat\n", encoding="utf-8")
    site = loaded(facilities=[{**USED, "complete": True}])
    assert site.completeness["pharmacy"] == Completeness.COMPLETE and site.facilities.empty


def test_a_complete_list_of_parks_is_no_complete_list_of_pocket_parks(tmp_path: Path, loaded: TownFile) -> None:
    # in the shipped standard a park also satisfies pocket_park
    clinics(tmp_path, ("A", 0, 0))
    site = loaded(facilities=[{**USED, "category": "park", "complete": True}])
    assert sorted(site.facilities["category"]) == ["park", "pocket_park"]
    assert site.completeness["park"] == Completeness.COMPLETE
    assert site.completeness["pocket_park"] == Completeness.PARTIAL


def test_a_complete_list_by_type_says_nothing_of_classes_that_it_lacks(tmp_path: Path, loaded: TownFile) -> None:
    """A pharmacy (09) and a laundry (07): no shop (06) was exported, and no class is one of land services."""
    (tmp_path / "list.csv").write_text("lon,lat,code\n120.65,31.42,090601\n120.65,31.42,071500\n", encoding="utf-8")
    listed = {"file": "list.csv", "typecode_column": "code", "complete": True}
    more = {"industry": "agriculture", "population": ["floating", "families"]}
    found = loaded(facilities=[listed], factors=more).completeness
    assert {found[id] for id in ("pharmacy", "health_station", "hair", "laundry", "psych")} == {Completeness.COMPLETE}
    assert Completeness.COMPLETE not in {found[id] for id in ("convenience", "park", "school", "land_service")}


def test_an_unknown_category_declared_complete_is_refused(loaded: TownFile) -> None:
    lines = refusal(lambda: loaded(complete=["clinics", "pharmacy", "docs"]))
    assert len(lines) == 2 and "'clinics'" in lines[0] and "pharmacy" in lines[0]


# Beside OSM --------------------------------------------------------------------------------------


def mapped(folder: Path, **more: Any) -> Site:
    """A town whose map knows a pharmacy, a park with a pocket park inside the name of it, and a bank."""
    nodes = {**SQUARE, 20: (200, 0), 21: (0, 200), 31: (100, 100), 32: (200, 100), 33: (200, 200), 34: (100, 200)}
    tags = {20: {"amenity": "pharmacy", "name": "Mapped"}, 21: {"amenity": "bank"}}
    ways = {id: (refs, {"highway": "residential"}) for id, refs in ROUND.items()}
    ways[40] = ("31 32 33 34 31", {"leisure": "park", "name": "Green"})
    path = write_town(folder, **more)
    write_boundary(folder / "park.geojson", shapely.box(-500, -500, 500, 500))
    write_osm(folder / "town.osm", nodes, ways, tags=tags, bounds=WIDE)
    return load_site(path)


def test_osm_alone(tmp_path: Path) -> None:
    site = mapped(tmp_path)
    assert dict(zip(site.facilities["category"], site.facilities["id"], strict=True)) == {
        "bank": "node/21", "park": "way/40", "pharmacy": "node/20", "pocket_park": "way/40",
    }  # fmt: skip
    assert site.completeness["pharmacy"] == Completeness.PARTIAL


LIFE = [
    ({}, "existing"),
    ({"building": "construction"}, "building"),
    ({"construction": "yes"}, "building"),
    ({"proposed": "yes"}, "planned"),
    ({"disused": "yes"}, "closed"),
    ({"abandoned": "yes", "building": "construction"}, "closed"),
    ({"disused": "no"}, "existing"),
]


def test_what_osm_calls_unfinished_or_disused_does_not_count(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    nodes = {**SQUARE, **{100 + i: (40 * i, 5) for i in range(len(LIFE))}, 99: (390, 5)}
    tags = {100 + i: {"amenity": "pharmacy", **more} for i, (more, _) in enumerate(LIFE)}
    tags[99] = {"construction:amenity": "pharmacy", "proposed:amenity": "pharmacy"}
    ways = {id: (refs, {"highway": "residential"}) for id, refs in ROUND.items()}
    write_osm(tmp_path / "town.osm", nodes, ways, tags=tags, bounds=WIDE)
    site = load_site(path)
    found = {
        **dict(zip(site.facilities["id"], site.facilities["status"], strict=True)),
        **dict(zip(site.planned["id"], site.planned["status"], strict=True)),
    }
    assert found == {f"node/{100 + i}": status for i, (_, status) in enumerate(LIFE)}
    assert sorted(site.facilities["id"]) == ["node/100", "node/106"]


@pytest.mark.parametrize(("mode", "names"), [("add", ["Mapped", "Own"]), ("replace", ["Own"])])
def test_a_file_adds_to_osm_or_replaces_it(tmp_path: Path, mode: str, names: list[str]) -> None:
    clinics(tmp_path, ("Own", 0, 0))
    found = mapped(tmp_path, facilities=[{**USED, "mode": mode}]).facilities
    assert sorted(found.loc[found["category"] == "pharmacy", "name"]) == names
    assert "bank" in set(found["category"])


def test_a_replaced_park_is_no_pocket_park_either(tmp_path: Path) -> None:
    clinics(tmp_path, ("Own", 0, 0))
    found = mapped(tmp_path, facilities=[{**USED, "category": "park", "mode": "replace"}]).facilities
    assert set(found.loc[found["category"].isin(["park", "pocket_park"]), "name"]) == {"Own"}


def test_a_land_use_area_counts_only_where_it_holds_no_building_of_its_kind(tmp_path: Path) -> None:
    corners = {
        31: (0, 0),
        32: (90, 0),
        33: (90, 90),
        34: (0, 90),
        41: (10, 10),
        42: (30, 10),
        43: (30, 30),
        44: (10, 30),
    }
    other = {51: (200, 0), 52: (290, 0), 53: (290, 90), 54: (200, 90)}
    path = write_town(tmp_path)
    ways = {id: (refs, {"highway": "residential"}) for id, refs in ROUND.items()}
    ways[60] = ("31 32 33 34 31", {"landuse": "industrial"})
    ways[61] = ("41 42 43 44 41", {"building": "industrial"})
    ways[62] = ("51 52 53 54 51", {"landuse": "industrial"})
    write_osm(tmp_path / "town.osm", {**SQUARE, **corners, **other}, ways, bounds=WIDE)
    found = load_site(path).facilities
    assert found.loc[found["category"] == "workplace", "id"].tolist() == ["way/61", "way/62"]


# Where they lie ----------------------------------------------------------------------------------


def test_facilities_beyond_the_study_area_are_left_out_and_said(tmp_path: Path, loaded: TownFile) -> None:
    # boundary to x = 500, study area 2000 m around it
    clinics(tmp_path, ("A", 0, 0), ("B", 2499, 0), ("C", 2501, 0))
    site = loaded(facilities=[USED])
    assert sorted(site.facilities["name"]) == ["A", "B"]
    assert any("1 facility beyond the study area left out" in str(note.text) for note in site.notes)


def test_a_file_of_another_country_is_refused(tmp_path: Path, loaded: TownFile) -> None:
    (tmp_path / "clinics.csv").write_text("id,name,lon,lat\n1,A,-15.43,28.13\n2,B,-15.44,28.12\n", encoding="utf-8")
    [line] = refusal(lambda: loaded(facilities=[USED]))
    assert "clinics.csv" in line and "lon -15.44" in line and "lat 28.12" in line


def test_longitude_and_latitude_swapped_are_repaired_and_said(tmp_path: Path, loaded: TownFile) -> None:
    # 31.42, 120.65 read as longitude and latitude: no such latitude
    (tmp_path / "clinics.csv").write_text("id,name,lon,lat\n1,A,31.42,120.65\n", encoding="utf-8")
    site = loaded(facilities=[USED])
    assert shapely.get_coordinates(site.facilities.geometry) == pytest.approx(np.array([[0, 0]]), abs=0.01)
    assert any("latitude stands before longitude" in str(note.text) for note in site.notes)


def test_longitude_and_latitude_swapped_in_some_rows_are_told(tmp_path: Path, loaded: TownFile) -> None:
    (tmp_path / "clinics.csv").write_text("id,name,lon,lat\n1,A,120.65,31.42\n2,B,31.42,120.65\n", encoding="utf-8")
    [line] = refusal(lambda: loaded(facilities=[USED]))
    assert "clinics.csv: row 3" in line and "swap" in line


def test_the_order_of_rows_changes_nothing(tmp_path: Path, loaded: TownFile) -> None:
    clinics(tmp_path, ("A", 0, 0), ("B", 50, 0), ("C", 0, 90), ("A", 0, 0))
    one = loaded(facilities=[USED]).facilities
    lines = (tmp_path / "clinics.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "clinics.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n", encoding="utf-8")
    other = loaded(facilities=[USED]).facilities
    assert one.to_wkt().equals(other.to_wkt())


def test_categories_are_known_by_their_names_too(tmp_path: Path, loaded: TownFile) -> None:
    (tmp_path / "list.csv").write_text("lon,lat,类别\n120.65,31.42,便利店\n120.65,31.42,pharmacy\n", encoding="utf-8")
    site = loaded(facilities=[{"file": "list.csv", "category_column": "类别"}])
    assert set(site.facilities["category"]) >= {"convenience", "pharmacy"}


def test_a_column_given_as_a_category_or_as_typecodes(tmp_path: Path, loaded: TownFile) -> None:
    (tmp_path / "list.csv").write_text("lon,lat,kind\n120.65,31.42,pharmacy\n", encoding="utf-8")
    [line] = refusal(lambda: loaded(facilities=[{"file": "list.csv", "category": "kind"}]))
    assert "unknown category 'kind'" in line and "a column is named by `category_column:`" in line
    [line] = refusal(lambda: loaded(facilities=[{"file": "list.csv", "typecode_column": "kind"}]))
    assert "list.csv: row 2" in line and "'pharmacy'" in line and "six digits" in line
