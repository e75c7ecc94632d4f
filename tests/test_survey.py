"""The field sheet: what it asks, and what it says when it comes back filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
import yaml
from playwright.sync_api import BrowserContext

from lifecircle.assessment import assess
from lifecircle.errors import InputError
from lifecircle.model import COUNTS, FACILITIES, GATES, LAYERS, Assessment, Completeness, Reason, State
from lifecircle.outputs import write
from lifecircle.site import SiteFile, read_site_file
from lifecircle.sources.field_sheet import Answers, counted, opened, with_answers
from lifecircle.standard import load_standard
from lifecircle.surveying import survey
from tests.handmade import CRS, SCRIPT, assessment

HEADS = {
    LAYERS: ["编号 id", "类别", "答复 answer"],
    FACILITIES: ["类别 category", "名称 name", "经度 lon", "纬度 lat", "规模 capacity", "营业时间 hours"],
    COUNTS: ["编号 id", "床位 beds", "岗位 jobs", "人口 people", "家庭 families"],
    GATES: ["编号 id", "经度 lon", "纬度 lat", "出入口经度 gate_lon", "出入口纬度 gate_lat"],
}


def sheet(folder: Path, **rows: list[list[Any]]) -> SiteFile:
    """A site file with a field sheet of these rows."""
    book = openpyxl.Workbook()
    for name, titles in HEADS.items():
        page = book.create_sheet(name)
        for row in [titles, *rows.get(name.split(" ")[1], [])]:
            page.append(row)
    book.save(folder / "filled.xlsx")
    for name in ("b.geojson", "m.osm"):
        (folder / name).touch()
    given = {"name": "x", "boundary": "b.geojson", "osm": "m.osm", "survey": "filled.xlsx", "complete": ["bank"]}
    (folder / "site.yaml").write_text(yaml.safe_dump(given))
    return read_site_file(folder / "site.yaml")


def read(folder: Path, **rows: list[list[Any]]) -> tuple[SiteFile, Answers]:
    file, answers = with_answers(sheet(folder, **rows), load_standard("industrial-community"))
    assert answers is not None
    return file, answers


def refused(folder: Path, **rows: list[list[Any]]) -> list[str]:
    with pytest.raises(InputError) as error:
        read(folder, **rows)
    return [str(fault).removeprefix(f"{folder}/") for fault in error.value.faults]


def test_an_empty_sheet_says_nothing(tmp_path: Path) -> None:
    file, answers = read(tmp_path)
    assert file.complete == ("bank",) and file.facilities == () and answers.complete == ()
    assert answers.counts is not None and len(answers.counts) == 0


def test_a_sheet_filled_in_half(tmp_path: Path) -> None:
    file, answers = read(
        tmp_path,
        layers=[
            ["layer/canteen", "食堂", "none 没有"],
            ["layer/park", "公园", "全部"],
            ["layer/gym", "健身房", "some 部分"],
            ["layer/bus", "公交站", None],
        ],
        facilities=[["公园", "中央公园", "１２０．６５", 31.42, None, None]],
        counts=[["count/way/1", None, 12, None, None], ["count/way/2", None, None, None, None]],
        gates=[["gate/n/5", 120, 31, 120.5, "31.5"], ["gate/n/6", 120, 31, None, None]],
    )
    assert file.complete == ("bank", "canteen", "park") and answers.complete == ("canteen", "park")
    [source] = file.facilities
    assert (source.file.name, source.layer, source.category_column) == ("filled.xlsx", (FACILITIES,), "类别 category")
    assert answers.counts is not None and answers.gates is not None
    assert answers.counts[["id", "jobs"]].values.tolist() == [["way/1", 12.0]]
    assert answers.gates["id"].tolist() == ["n/5"] and answers.gates.geometry.iloc[0].equals(shapely.Point(120.5, 31.5))


def test_faults_name_sheet_row_value_and_mend(tmp_path: Path) -> None:
    told = refused(
        tmp_path,
        layers=[
            ["layer/canteen", "食堂", "maybe"],
            ["layer/nothing", "", "none"],
            ["layer/gym", "", "none"],
        ],
        facilities=[
            ["gym", "健身房", 120.6, 31.4],
            ["茶馆", "x", 120.6, 31.4],
            ["gym", "y", "", ""],
            ["gym", "z", 31, 120],
        ],
        counts=[["count/a", "many", None, None, None], ["count/b", -1, None, None, None]],
        gates=[["gate/a", 0, 0, 120.5, None]],
    )
    assert [line.partition(";")[0] for line in told] == [
        "filled.xlsx [设施 facilities]: row 3: unknown category '茶馆'",
        "filled.xlsx [设施 facilities]: row 4: lon is '', lat is ''",
        "filled.xlsx [设施 facilities]: row 5: lon is '31', lat is '120'",
        "filled.xlsx [类别 layers]: row 3: unknown id 'layer/nothing'",
        "filled.xlsx [类别 layers]: row 2: answer is 'maybe'",
        "filled.xlsx [类别 layers]: row 4: answer is none, but sheet 设施 facilities holds some of 'gym'",
        "filled.xlsx [人数 counts]: row 2: beds is 'many'",
        "filled.xlsx [人数 counts]: row 3: beds is '-1'",
        "filled.xlsx [出入口 gates]: row 2: lon is '120.5', lat is ''",
    ]
    assert all("; " in line for line in told)


def test_another_workbook_is_no_field_sheet(tmp_path: Path) -> None:
    file = sheet(tmp_path)
    pd.DataFrame({"a": [1]}).to_excel(tmp_path / "filled.xlsx")
    with pytest.raises(InputError, match="is no field sheet; give the workbook that"):
        with_answers(file, load_standard("industrial-community"))
    (tmp_path / "filled.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match="not a workbook"):
        with_answers(file, load_standard("industrial-community"))


def test_heads_of_an_area_are_shared_by_ground_and_gates_move_places() -> None:
    people = gpd.GeoDataFrame(
        {
            "id": ["yard#1", "yard#2", "hall"], "area_id": ["yard", "yard", "estate"], "footprint_m2": [300.0, 100, 50],
            "beds": [np.nan] * 3, "jobs": [np.nan, np.nan, 7], "people": [np.nan] * 3, "families": [np.nan] * 3,
        },
        geometry=shapely.points([(0, 0), (1, 0), (2, 0)]), crs=CRS,
    )  # fmt: skip
    none = [np.nan] * 1
    told = pd.DataFrame({"id": ["yard"], "beds": [80.0], "jobs": none, "people": none, "families": none})
    at = gpd.GeoSeries(shapely.points([(30, 40)]), crs=CRS).to_crs(4326)
    answers = Answers("s.xlsx", (), told, gpd.GeoDataFrame({"id": ["hall"]}, geometry=at, crs=4326))
    found = opened(counted(people, answers), answers)
    assert found["beds"].tolist()[:2] == [60, 20] and np.isnan(found["beds"].iloc[2]) and found["jobs"].iloc[2] == 7
    assert shapely.distance(found.geometry.iloc[2], shapely.Point(30, 40)) < 1e-3
    assert found.geometry.iloc[0].equals(shapely.Point(0, 0))


def unknown(result: Assessment) -> float:
    return float((result.coverage.place_state == State.UNKNOWN).mean())


def test_questions_of_the_drawing() -> None:
    """Two places have a doubtful gap for the clinic, one lies near the edge; nobody knows of any park."""
    asked = survey(assessment()).questions.set_index("id")
    assert asked.loc["layer/clinic", "places"] == 3
    assert asked.loc["layer/park", "places"] == 4
    assert (asked["points"] >= 0).all() and asked["points"].is_monotonic_decreasing
    assert not {"layer/clinic", "layer/park"} - set(asked.index)


def test_a_sheet_and_its_map_hold_names_as_text(tmp_path: Path) -> None:
    found = survey(assessment())
    page = write(found, tmp_path / "a.html", lang="en").read_text(encoding="utf-8")
    assert SCRIPT not in page and "&lt;script&gt;" in page
    one, two = (write(found, tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert one == two
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    ids = [cell.value for cell in book[LAYERS]["A"][1:]]
    assert set(ids) == {id for id in found.questions["id"] if id.startswith("layer/")}


@pytest.mark.browser
def test_the_field_map_opens_without_a_network(context: BrowserContext, tmp_path: Path) -> None:
    found = survey(assessment())
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(write(found, tmp_path / "a.html", lang="en").as_uri())
    assert page.locator("#list li").count() == len(found.questions)
    page.select_option("#kind", "layer")
    assert page.locator("#list li strong").all_inner_texts() == ["1. Clinic", "2. Park"]
    page.locator("#list button").first.click()
    assert page.locator("li.chosen").count() == 1 and not errors


@pytest.mark.real
def test_a_park_that_is_hardly_mapped_is_known_after_a_visit(shared_data: Path, tmp_path: Path) -> None:
    """Nantong: a sheet filled in as a field worker would."""
    osm = shared_data / "nantong_dieshiqiao" / "nantong.osm"
    outline = shapely.box(121.0680, 31.9622, 121.0834, 31.9654)
    gpd.GeoDataFrame(geometry=[outline], crs=4326).to_file(tmp_path / "b.geojson", driver="GeoJSON")
    given: dict[str, Any] = {"name": "叠石桥", "boundary": "b.geojson", "osm": str(osm)}
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(given))
    before = assess(path)
    write(survey(before), tmp_path / "sheet.xlsx")
    path.write_text(yaml.safe_dump({**given, "survey": "filled.xlsx"}))
    _fill(tmp_path / "sheet.xlsx", tmp_path / "filled.xlsx")
    after = assess(path)
    assert unknown(before) > 0.99 and unknown(after) < 0.5
    widths = [result.index.value.high - result.index.value.low for result in (before, after)]
    assert widths[1] < 0.6 * widths[0]
    assert set(after.site.completeness.values()) == {Completeness.COMPLETE}
    assert after.site.demand["jobs"].sum() == pytest.approx(12 * len(before.site.demand))
    gaps = after.coverage.place_reason[after.coverage.place_state == State.GAP]
    assert {Reason(reason) for reason in gaps} == {Reason.LAYER_COMPLETE, Reason.LAYER_EMPTY_COMPLETE}


def _fill(blank: Path, filled: Path) -> None:
    """There is none of every second category, one of the others; 12 jobs at each place."""
    book = openpyxl.load_workbook(blank)
    layers, found, people = book[LAYERS], book[FACILITIES], book[COUNTS]
    answer = [cell.value for cell in layers[1]].index("答复 answer")
    name = [cell.value for cell in layers[1]].index("类别")
    for i, row in enumerate(layers.iter_rows(min_row=2)):
        row[answer].value = "none 没有" if i % 2 else "全部"
        if not i % 2:
            found.append([row[name].value, f"第{i}处", 121.0757, 31.9638])
    jobs = [cell.value for cell in people[1]].index("岗位 jobs")
    for row in people.iter_rows(min_row=2):
        row[jobs].value = 12
    book.save(filled)
