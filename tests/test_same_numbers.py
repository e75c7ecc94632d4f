"""No number differs between the documents of one assessment: what stands in each finished file, held to the JSON.

The workbook is held to the JSON, the texts to the workbook, the atlas to the texts; GeoJSON, GeoPackage and page to the
JSON. A new table of the report fails here until it is said which member of the JSON it tells.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pyogrio
import pytest
import yaml
from test_real import site

from lifecircle import assess
from lifecircle.outputs import write_all
from lifecircle.outputs.report import Column, Table, report
from lifecircle.outputs.reporting import TEXTS
from lifecircle.sample import sample_site

SUFFIXES = (".json", ".xlsx", ".docx", ".md", ".html", ".geojson", ".gpkg", ".pdf")
TEXT_SUFFIXES = (".docx", ".md", ".gpkg", ".pdf")
FUNCTIONS = ("production", "living", "ecology")
AMOUNTS = ("total", "covered", "gap", "unknown")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
Value = float | None
Rows = list[list[str]]


@dataclass(frozen=True)
class Written:
    """One site written in every form; texts in English."""

    files: dict[str, Path]
    tables: dict[str, Table] = field(repr=False)
    """Those of the report, by id, with their columns; numbers are taken from the files only."""

    @cached_property
    def truth(self) -> Any:
        return json.loads(self.files[".json"].read_text(encoding="utf-8"))

    @cached_property
    def geojson(self) -> Any:
        return json.loads(self.files[".geojson"].read_text(encoding="utf-8"))

    @cached_property
    def sheets(self) -> dict[str, list[dict[str, Any]]]:
        """Rows of the workbook by their titles, of each sheet by its English name but the first and the last."""
        book = openpyxl.load_workbook(self.files[".xlsx"], read_only=True)
        return {sheet.title.split(" ", 1)[1]: list(rows_of(sheet)) for sheet in book.worksheets[1:-1]}

    @cached_property
    def markdown(self) -> dict[str, Rows]:
        """The tables of the text by their titles, without the line of dashes and the marks of markup."""
        text = self.files[".md"].read_text(encoding="utf-8")
        found = re.findall(r"^### (.*)\n\n((?:\|.*\n)+)", text, re.MULTILINE)
        lines = {title: [line for line in block.splitlines() if not line.startswith("| ---")] for title, block in found}
        return {
            title: [re.sub(r"\\(.)", r"\1", line)[2:-2].split(" | ") for line in block]
            for title, block in lines.items()
        }

    def told(self) -> Iterator[tuple[Table, Rows]]:
        """The tables of the report with what the text shows of them, the header first."""
        for table in self.tables.values():
            yield table, self.markdown[str(table.title)]


def rows_of(sheet: Any) -> Iterator[dict[str, Any]]:
    rows = sheet.iter_rows(values_only=True)
    header = next(rows)
    return (dict(zip(header, row, strict=False)) for row in rows)


def el_sebadal(data: Path, folder: Path) -> Path:
    places = data / "las_palmas"
    boundary = {"file": str(places / "industrial_estates.geojson"), "where": "osm_id=way/69221918"}
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump({"name": "x", "boundary": boundary, "osm": str(places / "las_palmas.osm.pbf")}))
    return path


def beijing(data: Path, folder: Path) -> Path:
    return site(folder, (116.3475, 40.0004, 116.3562, 40.0062), data / "beijing_768" / "beijing_768.osm")


REAL = [pytest.param(place, marks=pytest.mark.real, id=place.__name__) for place in (el_sebadal, beijing)]


@pytest.fixture(scope="module", params=[None, *REAL])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("same")
    if request.param is None:
        with sample_site() as path:
            result = assess(path)
    else:
        result = assess(request.param(request.getfixturevalue("shared_data"), folder))
    files = {suffix: folder / f"a{suffix}" for suffix in SUFFIXES}
    write_all(result, {path: {"lang": "en"} if suffix in TEXT_SUFFIXES else {} for suffix, path in files.items()})
    tables = {table.id: table for chapter in report(result).chapters for table in chapter.tables}
    return Written(files, tables)


# Numbers as a person writes them


def number(value: float, digits: int = 0, *, share: bool = False) -> str:
    """Half a unit is rounded up."""
    exact = Decimal(str(value)) * (100 if share else 1)
    return f"{exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0:,}{'%' if share else ''}"


def interval(low: Value, high: Value, digits: int = 1, *, share: bool = False) -> str:
    if low is None or high is None:
        return ""
    one, two = number(low, digits, share=share), number(high, digits, share=share)
    return two if one == two else f"{one.removesuffix('%')}–{two}"


def says(text: str, low: Value, high: Value) -> bool:
    """Whether a text is a number, or an interval, to as many digits as it shows; nothing and unknown are nothing."""
    if text in ("", "unknown"):
        return low is None and high is None
    share = text.endswith("%")
    digits = len(re.sub(r"^[^.]*\.?", "", text.removesuffix("%").split("–")[-1]))
    if text.startswith("≥ "):
        return high is None and low is not None and text == f"≥ {number(low, digits, share=share)}"
    if text.startswith("≤ "):
        return low is None and high is not None and text == f"≤ {number(high, digits, share=share)}"
    return text == interval(low, high, digits, share=share)


# The workbook, held to the JSON

FIGURES = {"合计 Total": "total", "覆盖 Covered": "covered", "缺口 Gap": "gap", "未知 Unknown": "unknown"}
HEADS = {"床位 Beds": "beds", "岗位 Jobs": "jobs", "人口 People": "people", "家庭 Families": "families"}
SURE = {
    "缺口中可信度低 Gap, low confidence": "low_confidence",
    "直线半径覆盖 Covered by straight line": "radius",
    "其中估算 Of which estimated": "estimated",
}
LAYERS = {"gap_area": "Gap areas", "gap_place": "Gap places"}
GAPS = HEADS | {"超出标准 (m) Beyond norm (m)": "shortfall_m"}


def bounds(zh: str, en: str, low: str, high: str) -> dict[str, str]:
    """The two columns of a span, and their members."""
    return {f"{zh}下限 {en}, low": low, f"{zh}上限 {en}, high": high}


WALK = bounds("步行距离 (m)", "Walk (m)", "low", "high")
ENDS = ("low", "high", "mid")
SCORES = [
    (zh, en, en.lower())
    for zh, en in (("指数", "Index"), ("生产", "Production"), ("生活", "Living"), ("生态", "Ecology"))
]
TOLD = {
    "groups": FIGURES | {"未计数的地点 Places without a count": "uncounted"},
    "supply": {
        "设施数 Facilities": "facilities",
        "规模不足 Undersized": "undersized",
        "应有量 Owed": "owed",
        "超出搜索范围 Beyond the search": "censored",
        **bounds("供给量", "Supply", "amount_low", "amount_high"),
        **bounds("每千人", "Per 1,000", "per_1000_low", "per_1000_high"),
        **bounds("人均 2SFCA", "2SFCA a head", "access_low", "access_high"),
        **bounds("基尼系数", "Gini", "gini_low", "gini_high"),
        **bounds("重叠度", "Overlap", "overlap_low", "overlap_high"),
        **bounds("可选设施数", "Choice", "opportunities_low", "opportunities_high"),
        **bounds("平均步行 (m)", "Mean walk (m)", "mean_least_m", "mean_m"),
        **bounds("步行中位数 (m)", "Median walk (m)", "median_least_m", "median_m"),
        **bounds("步行 P90 (m)", "P90 walk (m)", "p90_least_m", "p90_m"),
    },
    "reliance": {
        "服务 Within the norm": "within",
        "只靠它 Rely on it alone": "alone",
        "关闭后成缺口 In gap without it": "to_gap",
        "关闭后未知 Unknown without it": "to_unknown",
    },
    "widest": {"指数收窄（分） Index points": "points"},
    "indicators": bounds("数值", "Value", "low", "high"),
    "checks": bounds("要求值", "Asked", "least", "most") | bounds("实际值", "Found", "low", "high"),
    "scenes": bounds("得分", "Score", "low", "high") | {"已知比例 Known": "known"},
    "goals": bounds("数值", "Value", "low", "high"),
    "sensitivity": {k: v for zh, en, id in SCORES for k, v in bounds(zh, en, f"{id}_low", f"{id}_high").items()},
    "measures": FIGURES | SURE | {"步行距离 (m) Walk (m)": "norm_m"},
    "coverage": FIGURES | SURE | bounds("覆盖率", "Share", "c_low", "c_high") | {"设施数 Facilities": "facilities"},
    "norms": {"权重 Weight": "weight"},
    "places": HEADS
    | {"应有类别 Due": "due", "覆盖 Covered": "covered", "缺口 Gap": "gap", "未知 Unknown": "unknown"}
    | bounds("达标率", "Within the norm", "complete_low", "complete_high"),
    "gap_areas": GAPS | {"面积 (ha) Area (ha)": "area_ha", "地点数 Places": "places"},
}
"""Of each table of the report that holds numbers, its columns in the workbook and the members of the JSON."""
ON_THE_FIRST_SHEET = {"heads", "index"}
WORDS = {"trust", "typology", "notes", "provenance"}
"""Tables without a number of their own."""


def members(written: Written, id: str) -> list[dict[str, Any]]:
    """What the JSON, or the GeoJSON for gaps, has for the rows of a table, in their order."""
    truth = written.truth
    if id == "coverage":
        return [each | each["at_norm"] | sure(truth, each) for each in truth["categories"]]
    if id == "norms":
        return truth["categories"]
    if id == "measures":
        return truth["coverage"]
    if id == "supply":
        return [opened(each, truth["parameters"]["limit_m"]) for each in truth["supply"] if each["by"] != "nobody"]
    if id == "reliance":
        return sorted(by_row(truth["reliance"]), key=lambda each: (-each["alone"], -each["within"]))
    if id == "places":
        return keyed(by_row(truth["places"]), written.sheets["Places"])
    if id == "gap_areas":
        return keyed(features(written, "gap_area"), written.sheets["Gaps"])
    return truth[id]


def sure(truth: Any, category: dict[str, Any]) -> dict[str, Value]:
    """The amounts beside coverage, over all that a category is judged by."""
    of = category["judged_by"].split("+")
    rows = [r for r in truth["coverage"] if r["category"] == category["id"] and r["at"] == "norm" and r["by"] in of]
    return {name: round(sum(row[name] for row in rows), 3) if rows else None for name in SURE.values()}


def opened(row: dict[str, Any], limit_m: float) -> dict[str, Any]:
    """Supply as the report tells it: at least nothing is unknown, a walk beyond the search is at least its limit."""
    out = dict(row)
    for name in ("amount", "per_1000", "access", "opportunities", "overlap", "gini"):
        if row[f"{name}_low"] == 0 and row[f"{name}_high"] is None:
            out[f"{name}_low"] = None
    for name in ("mean", "median", "p90"):
        if row[f"{name}_least_m"] is None and row["censored"]:
            out[f"{name}_least_m"] = limit_m
    return out


def by_row(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def keyed(members: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Members in the order of a sheet's rows, by their ids."""
    known = {each["id"]: each for each in members}
    assert len(known) == len(members) == len(rows)
    return [known[row["编号 Id"]] for row in rows]


def features(written: Written, kind: str) -> list[dict[str, Any]]:
    found = [each["properties"] for each in written.geojson["features"]]
    return [each for each in found if each["kind"] == kind]


def test_every_table_of_the_report_is_held(written: Written) -> None:
    assert set(written.tables) - ON_THE_FIRST_SHEET - WORDS <= set(TOLD)


def test_workbook(written: Written) -> None:
    for id, columns in TOLD.items():
        if id != "measures" and id not in written.tables:
            continue
        name = "All measures" if id == "measures" else written.tables[id].short.en  # type: ignore[union-attr]
        rows, known = written.sheets[name], members(written, id)
        for column, member in columns.items():
            assert [row[column] for row in rows] == [each[member] for each in known], (id, column)


def test_gaps(written: Written) -> None:
    """Walks to the nearest, in workbook, GeoJSON and GeoPackage."""
    data, truth = written.geojson["lifecircle"], written.truth
    assert all(data[name] == truth[name] for name in ("index", "heads", "headline"))
    for kind, name in (("gap_area", "Gaps"), ("gap_place", "Gap places")):
        rows, known = written.sheets[name], {each["id"]: each for each in features(written, kind)}
        assert len(rows) == len(known) == truth["gaps"][f"{kind.removeprefix('gap_')}s"]
        layer = pyogrio.read_dataframe(written.files[".gpkg"], layer=LAYERS[kind], read_geometry=False).set_index("id")
        for row in rows:
            told = known[row["编号 Id"]]
            far, limit_m = told["nearest_m"], truth["parameters"]["limit_m"]
            low, high = (limit_m, None) if far is None else (far, None if told["at_least"] else far)
            assert [row[column] for column in WALK] == [low, high]
            assert [row[column] for column in GAPS] == [told[member] for member in GAPS.values()]
        for member in ("nearest_m", "nearest_text", "shortfall_m", *HEADS.values()):
            own = [each if isinstance(each, str) or each == each else None for each in layer[member].loc[list(known)]]
            assert own == [each[member] for each in known.values()], (kind, member)


def test_layers(written: Written) -> None:
    """Boundary and places of the GeoPackage."""
    truth, path = written.truth, written.files[".gpkg"]
    boundary = pyogrio.read_dataframe(path, layer="Boundary", read_geometry=False).iloc[0]
    value = truth["index"]["value"]
    assert [boundary["index_low"], boundary["index_high"]] == pytest.approx([value["low"], value["high"]], abs=1e-6)
    places = pyogrio.read_dataframe(path, layer="Places", read_geometry=False)
    assert {kind: known(places[kind].sum(min_count=1)) for kind in truth["heads"]} == pytest.approx(truth["heads"])
    for row in truth["coverage"]:
        if row["at"] == "norm" and row["by"] == "places":
            states = places[f"{row['category']}_state"].value_counts()
            assert [states.get(state, 0) for state in AMOUNTS[1:]] == [row[state] for state in AMOUNTS[1:]]


def known(value: float) -> Value:
    return value if value == value else None


# The texts, held to the workbook; the atlas, held to the texts


def test_texts(written: Written) -> None:
    """Every number of every table, to as many digits as it shows, in the order of the workbook's rows."""
    for table, (header, *body) in written.told():
        if table.short is None:
            continue
        rows = written.sheets[table.short.en][: len(body)]
        for column in numbers(table):
            if column.title.en not in header:
                assert all(row[each] is None for row in written.sheets[table.short.en] for each in titles(column))
                continue
            at = header.index(column.title.en)
            for cells, row in zip(body, rows, strict=True):
                ends = [row[each] for each in titles(column)]
                assert says(cells[at], ends[0], ends[-1]), (table.id, column.title.en, cells, ends)


def numbers(table: Table) -> list[Column]:
    return [column for column in table.columns if column.brief and column.form not in TEXTS]


def titles(column: Column) -> list[str]:
    """Of the workbook's columns, of what is one in a text."""
    zh, en = column.title.zh, column.title.en
    return list(bounds(zh, en, "", "")) if column.span else [f"{zh} {en}"]


def test_index_and_heads(written: Written) -> None:
    """The tables that have no sheet of their own, held to the JSON, and the gaps in sentences."""
    truth, found = written.truth, written.truth["index"]
    (_, *heads) = written.markdown["People on the site"]
    assert {row[0].lower(): row[1] for row in heads} == {
        kind: "unknown" if count is None else number(count) for kind, count in truth["heads"].items()
    }
    (header, *index) = written.markdown["The index and its functions"]
    functions = [found["functions"][name] for name in FUNCTIONS]
    rows = [
        (found["value"], None),
        *((each, each["known_weight"]) for each in functions),
        (found["coordination"], None),
    ]
    for cells, (value, weight) in zip(index, rows, strict=True):
        assert says(cells[1], value["low"], value["high"])
        assert cells[2] == "too little known" if value["mid"] is None else says(cells[2], value["mid"], value["mid"])
        assert says(cells[header.index("Known weight")], weight, weight)
    text = re.sub(r"\\(.)", r"\1", written.files[".md"].read_text(encoding="utf-8"))
    gaps = re.findall(r"^- (.+): ([\d,]+) [a-z, ]+ \(([\d.]+%)\) have none within", text, re.MULTILINE)
    amounts = {each["en"]: each["at_norm"] for each in truth["categories"]}
    assert len(gaps) >= 5
    for name, gap, share in gaps:
        row = amounts[name]
        assert (gap, share) == (number(row["gap"]), number(round(row["gap"] / row["total"], 6), 1, share=True))


def test_word(written: Written) -> None:
    """The same tables as the other text."""
    with zipfile.ZipFile(written.files[".docx"]) as file:
        body = ElementTree.fromstring(file.read("word/document.xml"))
    tables = [
        [["".join(cell.itertext()) for cell in row.iter(f"{WORD}tc")] for row in table.iter(f"{WORD}tr")]
        for table in body.iter(f"{WORD}tbl")
    ]
    assert [[[" ".join(cell.split()) for cell in row] for row in table] for table in tables] == [
        rows for _, rows in written.told()
    ]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext: install the package `poppler-utils`")
def test_atlas(written: Written) -> None:
    """The numbers of every row of every table stand side by side on a page."""
    command = ["pdftotext", "-layout", str(written.files[".pdf"]), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = text.splitlines()
    for table, (header, *body) in written.told():
        at = [header.index(column.title.en) for column in numbers(table) if column.title.en in header]
        for row in body:
            cells = [row[i] for i in at if row[i]]
            near = [line for line in lines if all(cell.split()[-1] in line for cell in cells)]
            assert any(in_order(cells).search(line) for line in near), (table.id, row)
    value = written.truth["index"]["value"]
    assert any(says(word, value["low"], value["high"]) for line in lines for word in line.split())


def in_order(cells: list[str]) -> re.Pattern[str]:
    """A line that holds cells in their order, with others between; blanks in them may be lost."""
    loose = [re.escape(cell).replace(r"\ ", r"\s*") for cell in cells]
    return re.compile(".*?".join(rf"(?<![\d.,]){cell}(?![\d,])" for cell in loose))


# The page


def test_page(written: Written) -> None:
    truth, html = written.truth, written.files[".html"].read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="lifecircle-data">(.*?)</script>', html, re.DOTALL)
    assert found
    page = json.loads(found[1])
    assert page["index"]["value"] == pytest.approx([truth["index"]["value"][end] for end in ENDS], abs=0.05)
    for mine, each in zip(page["categories"], truth["categories"], strict=True):
        rows = [row for row in mine["rows"] if row["at"] == "norm" and row["by"] in mine["main"]]
        for name in AMOUNTS:
            total = sum(row[name] for row in rows)
            assert abs(total - (each["at_norm"][name] or 0)) <= 0.05 * len(rows) + 1e-9, (each["id"], name)
    beside = page["beside"]
    applying = [each for each in truth["checks"] if each["result"] != "not applicable"]
    for mine, each in zip(beside["checks"], applying, strict=True):
        for name in ("low", "high", "least", "most"):
            assert mine[name] == (None if each[name] is None else pytest.approx(each[name], abs=0.0005))
    points = [each["points"] for each in truth["widest"][: len(beside["widest"])]]
    assert [each["points"] for each in beside["widest"]] == pytest.approx(points, abs=0.05)
