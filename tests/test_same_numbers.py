"""No number differs between the documents of one assessment: what stands in each finished file, held to the JSON."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import docx
import pandas as pd
import pytest

from lifecircle import assess
from lifecircle.outputs import write_all
from lifecircle.sample import sample_site

SUFFIXES = (".json", ".xlsx", ".docx", ".md", ".html", ".geojson", ".pdf")
FUNCTIONS = ("production", "living", "ecology")
AMOUNTS = ("total", "covered", "gap", "unknown")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample written in every form; texts in English."""
    folder = tmp_path_factory.mktemp("same")
    with sample_site() as path:
        result = assess(path)
    told = {suffix: {"lang": "en"} if suffix in (".docx", ".md", ".pdf") else {} for suffix in SUFFIXES}
    write_all(result, {folder / f"a{suffix}": options for suffix, options in told.items()})
    return {suffix: folder / f"a{suffix}" for suffix in SUFFIXES}


@pytest.fixture(scope="module")
def truth(files: dict[str, Path]) -> Any:
    return json.loads(files[".json"].read_text(encoding="utf-8"))


def written(value: float | None, digits: int = 0, *, share: bool = False) -> str:
    """A number as a person writes it; half a unit is rounded up."""
    if value is None:
        return ""
    exact = Decimal(str(value)) * (100 if share else 1)
    return f"{exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):,}{'%' if share else ''}"


def interval(low: float | None, high: float | None, digits: int = 1, *, share: bool = False) -> str:
    if low is None or high is None:
        return ""
    one, two = written(low, digits, share=share), written(high, digits, share=share)
    return two if one == two else f"{one.removesuffix('%')}–{two}"


def coverage(truth: Any) -> dict[str, list[str]]:
    """Of each category, by its English name, its amounts and its share as texts hold them."""
    return {
        each["en"]: [
            *(written(each["at_norm"][name]) for name in AMOUNTS),
            interval(each["at_norm"]["c_low"], each["at_norm"]["c_high"], share=True),
        ]
        for each in truth["categories"]
    }


def tables_of_word(path: Path) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(str(path)).tables]


def tables_of_markdown(path: Path) -> list[list[list[str]]]:
    """Blocks of lines that begin with a bar, without the line of dashes, the marks of markup taken away."""
    blocks = re.findall(r"(?:^\|.*\n)+", path.read_text(encoding="utf-8"), re.MULTILINE)
    lines = [[line for line in block.splitlines() if not line.startswith("| ---")] for block in blocks]
    return [[re.sub(r"\\(.)", r"\1", line)[2:-2].split(" | ") for line in block] for block in lines]


@pytest.mark.parametrize(("suffix", "read"), [(".docx", tables_of_word), (".md", tables_of_markdown)])
def test_texts(files: dict[str, Path], truth: Any, suffix: str, read: Callable[[Path], list[list[list[str]]]]) -> None:
    tables = {tuple(table[0]): table[1:] for table in read(files[suffix])}
    (covered,) = (rows for header, rows in tables.items() if header[-1] == "Share" and header[0] == "Category")
    assert {row[0]: row[-5:] for row in covered} == coverage(truth)
    (index,) = (rows for header, rows in tables.items() if "Known weight" in header)
    found, functions = truth["index"], truth["index"]["functions"]
    assert [row[1] for row in index] == [
        interval(found["value"]["low"], found["value"]["high"]),
        *(interval(functions[name]["low"], functions[name]["high"], share=True) for name in FUNCTIONS),
        interval(found["coordination"]["low"], found["coordination"]["high"], 2),
    ]
    (heads,) = (rows for header, rows in tables.items() if header[0] == "Counted")
    assert {row[0].lower(): row[1] for row in heads} == {
        kind: "unknown" if count is None else written(count) for kind, count in truth["heads"].items()
    }
    (measured,) = (rows for header, rows in tables.items() if header[0] == "Indicator")
    assert len(measured) == len(truth["indicators"])
    for row, each in zip(measured, truth["indicators"], strict=True):
        said = {interval(each["low"], each["high"], digits, share=share) for digits, share in FORMS}
        assert row[2] in said or (row[2] == "unknown" and each["low"] is None), each["id"]


FORMS = ((0, False), (1, False), (2, False), (3, False), (1, True))
"""Digits and whether it is a share: indicators differ in how they are shown, by their unit."""


def test_sentences(files: dict[str, Path], truth: Any) -> None:
    """What the texts say of the worst gaps are the gaps' own numbers."""
    text = re.sub(r"\\(.)", r"\1", files[".md"].read_text(encoding="utf-8"))
    found = re.findall(r"^- (.+): ([\d,]+) [a-z, ]+ \(([\d.]+%)\) have none within", text, re.MULTILINE)
    known = {each["en"]: each["at_norm"] for each in truth["categories"]}
    assert len(found) >= 5
    for name, gap, share in found:
        amounts = known[name]
        assert (gap, share) == (
            written(amounts["gap"]),
            written(round(amounts["gap"] / amounts["total"], 6), 1, share=True),
        )


@pytest.fixture(scope="module")
def sheets(files: dict[str, Path]) -> dict[str, pd.DataFrame]:
    """The sheets of the workbook by their English names."""
    return {title.split(" ", 1)[1]: each for title, each in pd.read_excel(files[".xlsx"], sheet_name=None).items()}


def known(value: float) -> float | None:
    return None if pd.isna(value) else value


def test_workbook(sheets: dict[str, pd.DataFrame], truth: Any) -> None:
    table = sheets["Coverage"].set_index("Category")
    columns = (
        "合计 Total",
        "覆盖 Covered",
        "缺口 Gap",
        "未知 Unknown",
        "覆盖率下限 Share, low",
        "覆盖率上限 Share, high",
    )
    for each in truth["categories"]:
        row = table.loc[each["en"]]
        assert [known(row[column]) for column in columns] == [
            each["at_norm"][name] for name in (*AMOUNTS, "c_low", "c_high")
        ]
    assert len(sheets["Gaps"]) == truth["gaps"]["areas"]
    assert len(sheets["Gap places"]) == truth["gaps"]["places"]


@pytest.mark.parametrize(
    ("name", "member", "columns"),
    [
        ("Indicators", "indicators", {"数值下限 Value, low": "low", "数值上限 Value, high": "high"}),
        ("Policy checks", "checks", {"实际值下限 Found, low": "low", "实际值上限 Found, high": "high"}),
        ("Sensitivity", "sensitivity", {"指数下限 Index, low": "index_low", "生态上限 Ecology, high": "ecology_high"}),
        ("Scenes", "scenes", {"得分下限 Score, low": "low", "得分上限 Score, high": "high", "已知比例 Known": "known"}),
    ],
)
def test_frames(sheets: dict[str, pd.DataFrame], truth: Any, name: str, member: str, columns: dict[str, str]) -> None:
    rows = sheets[name][list(columns)].to_numpy()
    assert [[known(value) for value in row] for row in rows] == [
        [each[key] for key in columns.values()] for each in truth[member]
    ]


def test_geojson(files: dict[str, Path], sheets: dict[str, pd.DataFrame], truth: Any) -> None:
    data = json.loads(files[".geojson"].read_text(encoding="utf-8"))
    head = data["lifecircle"]
    assert (head["index"], head["heads"], head["headline"]) == (truth["index"], truth["heads"], truth["headline"])
    rows = sheets["Gap places"].set_index("编号 Id")
    places = [each for each in data["features"] if each["properties"]["kind"] == "gap_place"]
    assert len(places) == len(rows) > 100
    walks = rows[["距离 (m) Distance (m)", "步行距离 Walk"]].to_dict("index")
    for each in places:
        metres, said = walks[each["id"].removeprefix("gap_place/")].values()
        assert (known(metres), said) == (each["properties"]["nearest_m"], each["properties"]["nearest_text"])


def test_page(files: dict[str, Path], truth: Any) -> None:
    html = files[".html"].read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="lifecircle-data">(.*?)</script>', html, re.DOTALL)
    assert found
    page = json.loads(found[1])
    assert page["index"]["value"] == pytest.approx(
        [truth["index"]["value"][end] for end in ("low", "high", "mid")], abs=0.05
    )
    for mine, each in zip(page["categories"], truth["categories"], strict=True):
        rows = [row for row in mine["rows"] if row["at"] == "norm" and row["by"] in mine["main"]]
        for name in AMOUNTS:
            total = sum(row[name] for row in rows)
            assert abs(total - (each["at_norm"][name] or 0)) <= 0.05 * len(rows) + 1e-9, (each["id"], name)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext: install the package `poppler-utils`")
def test_atlas(files: dict[str, Path], truth: Any) -> None:
    """Every share and the index stand on a page of the atlas."""
    command = ["pdftotext", "-layout", str(files[".pdf"]), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for name, amounts in coverage(truth).items():
        if amounts[0]:
            assert any(all(amount in line.split() for amount in amounts) for line in lines), (name, amounts)
    value = truth["index"]["value"]
    assert any(interval(value["low"], value["high"]) in line for line in lines)
