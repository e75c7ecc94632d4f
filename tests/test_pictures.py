"""Pictures for a report: what stands in them, drawn where it is, and that names are text."""

from __future__ import annotations

import re
import struct
import xml.etree.ElementTree as ET
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from handmade import CRS, FORMULA, SCRIPT, assessment

from lifecircle import read_drawing, write
from lifecircle.errors import InputError, OutputError
from lifecircle.model import Scenario
from lifecircle.outputs import layers, png
from lifecircle.outputs.layers import View
from lifecircle.outputs.shapes import Encoder, Strings, decoded, packed, runs, unpacked, unrun

MINUTES = ("#bddf26", "#4fc36b", "#21908c", "#365d8d", "#440154")
SVG = "{http://www.w3.org/2000/svg}"
LINE = Strings(
    np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
    np.array([0, 4, 6]),
    np.array([0, 1]),
)


def drawn(tmp_path: Path, show: str = "clinic", lang: str = "en") -> ET.Element:
    return ET.parse(write(assessment(), tmp_path / "a.svg", show=show, lang=lang)).getroot()


def texts(picture: ET.Element) -> list[str]:
    return [element.text or "" for element in picture.iter(f"{SVG}text")]


# Shapes and layers


def test_decoding_undoes_coding() -> None:
    shapes = np.array([shapely.box(0, 0, 50, 30), shapely.Point(10, -20), shapely.LineString([(0, 0), (100, 100)])])
    strings = decoded(Encoder(CRS).geometries(shapes, 7))
    assert strings.start.tolist() == [0, 5, 6, 8] and strings.feature.tolist() == [0, 1, 2]
    x, y = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(*strings.xy.T)
    assert np.column_stack([x, y])[5:] == pytest.approx(np.array([[10, -20], [0, 0], [100, 100]]), abs=0.02)
    values = np.array([0, -1, 15, -16, 16, 31, 32, -33, 10**9, -(10**9), 2**40])
    assert unpacked(packed(values)).tolist() == values.tolist() and unpacked("").tolist() == []
    assert unrun(runs(np.array([3, 3, 0, 1]))).tolist() == [3, 3, 0, 1]


def test_a_view_has_one_scale_both_ways() -> None:
    """Against the ellipsoid: 500 m east and 500 m north are as long on paper, within a thousandth."""
    view = layers.fitted([[31.40, 120.63], [31.44, 120.67]], 100, 200, 4000, 3000)
    away = [pyproj.Geod(ellps="WGS84").fwd(120.65, 31.42, azimuth, 500)[:2] for azimuth in (90, 0)]
    middle, east, north = view.points(np.array([(120.65, 31.42), *away]))
    assert middle == pytest.approx((2100, 1700))
    assert (east - middle) * view.metres == pytest.approx((500, 0), abs=1)
    assert (middle - north) * view.metres == pytest.approx((0, 500), abs=1)


def test_lines_are_cut_where_their_class_changes() -> None:
    """A vertex's class holds up to the next vertex; the class of a line's last vertex draws nothing."""
    pieces = layers.by_class(LINE, np.array([0, 1, 1, 0, 2, 1]), 3)
    ends = [[piece.xy[a:b, 0].tolist() for a, b in zip(piece.start, piece.start[1:], strict=False)] for piece in pieces]
    assert ends == [[[0, 1]], [[1, 2, 3]], [[0, 1]]]
    nothing = Strings(np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.int64))
    assert [len(piece.xy) for piece in layers.by_class(nothing, np.empty(0, np.int64), 2)] == [0, 0]


def test_only_what_touches_the_view_is_drawn() -> None:
    view = View(0, 0, 111_319.49, 0, 0, 4, 4)
    assert layers.path(view, LINE, fill="none") == '<path d="M2 2l1 0 1 0 1 0M2 1l1 0" fill="none"/>'
    assert layers.path(replace(view, lon=50.0), LINE) == ""
    coarse = replace(view, grain=0.5)  # what runs straight needs no vertex between
    assert layers.path(coarse, LINE, fill="none") == '<path d="M2 2l3 0M2 1l1 0" fill="none"/>'
    assert layers.path(replace(coarse, grain=2.0), LINE, closed=True) == '<path d="M2 2l3 0z"/>'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("短", ["短"]),
        ("从道路步行至最近设施，可信度低。", ["从道路步行", "至最近设", "施，可信度", "低。"]),
        ("one two three", ["one two", "three"]),
        ("a" * 50, ["aaaaaaaa…"]),
        ("一二三四五" * 9, ["一二三四五"] * 3 + ["一二三四…"]),
    ],
)
def test_texts_fit_their_column(text: str, lines: list[str]) -> None:
    assert layers.wrapped(text, 10, 51) == lines


# Sheets


def test_a_category_is_drawn_as_it_was_judged(tmp_path: Path) -> None:
    """Of 500 beds and jobs 110 are covered, 340 in a gap, 50 unknown; the gap area holds 300 beds and 0.5 ha."""
    told = texts(drawn(tmp_path))
    assert told[0] == "Clinic"
    assert [line for line in told if "%" in line] == ["covered 110 (22%)", "gap 340 (68%)", "unknown 50 (10%)"]
    assert "1. 0.5 ha · 300 beds" in told
    assert any(line.startswith("norm: 150 m on foot · recalled, unverified") for line in told)
    assert "none within 300 m" in told and "50 m" in told and "N" in told
    assert "卫生站" in texts(drawn(tmp_path, lang="zh"))


def test_states_are_told_apart_without_colour(tmp_path: Path) -> None:
    """One place is covered, two are gaps (stripes), one is unknown (dots); the gap area is hatched."""
    picture = drawn(tmp_path)
    fills = [element.get("fill") for element in picture.findall(f".//{SVG}g[@clip-path]/{SVG}path")]
    assert {"url(#stripes)", "url(#dots)", "url(#hatch)"} <= set(fills)
    known = {element.get("id") for element in picture.iter(f"{SVG}pattern")}
    assert {re.sub(r"url\(#(.*)\)", r"\1", fill) for fill in fills if fill and fill.startswith("url")} <= known


def test_streets_have_the_colour_of_their_minutes(tmp_path: Path) -> None:
    """Within 300 m (5 minutes) the street is of the first class; all 400 m are drawn."""
    picture = drawn(tmp_path)
    scale = 400 / 7830  # the site is 400 m wide and fills 90 % of 8,700 units
    lengths = {}
    for element in picture.findall(f".//{SVG}g[@clip-path]/{SVG}path"):
        if element.get("stroke") in MINUTES:
            steps = re.findall(r"(-?\d+) (-?\d+)", re.sub(r"M\S+ \S+?l", " ", element.get("d") or ""))
            lengths[element.get("stroke", "")] = sum(float(np.hypot(int(x), int(y))) for x, y in steps) * scale
    assert lengths["#bddf26"] == pytest.approx(300, abs=12)
    assert sum(lengths.values()) == pytest.approx(400, abs=1)


def test_the_overview_lists_every_category(tmp_path: Path) -> None:
    told = texts(drawn(tmp_path, "overview"))
    assert {"Clinic", "Park", "22–32%", "450 beds · 50 jobs"} <= set(told)
    assert "Three-life index 10–40 of 100" in told


def test_names_are_text_and_pictures_the_same_from_the_json(tmp_path: Path) -> None:
    result = assessment()
    again = read_drawing(write(result, tmp_path / "a.json"))
    for show in again.pictures:
        first = write(result, tmp_path / "a.svg", show=show).read_bytes()
        assert write(again, tmp_path / "b.svg", show=show).read_bytes() == first
        told = texts(ET.fromstring(first))
        assert SCRIPT in told and any(FORMULA in line for line in told)
        assert b"<script" not in first


def test_pictures_of_a_scenario_show_what_it_makes_of_the_site(tmp_path: Path) -> None:
    """Before, nothing was known of the clinics; the page stays that of the site as it is."""
    after = assessment("After")
    unknown = replace(after.coverage, place_state=np.zeros((2, 4), np.uint8))
    planned = replace(after.site, scenario=Scenario("Plan", ()))
    result = replace(after, site=planned, before=replace(assessment("Before"), coverage=unknown))
    again = read_drawing(write(result, tmp_path / "a.json"))
    assert again.page["site"]["name"] == "Before" and again.page["categories"][0]["states"] == "0000"
    assert again.shown["site"]["name"] == "After" and again.shown["categories"][0]["states"] == "1220"
    pictures = [write(each, tmp_path / "a.svg", show="clinic").read_bytes() for each in (result, again)]
    assert pictures[0] == pictures[1] and b"After" in pictures[0]


def test_a_picture_that_there_is_not_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no picture 'zoo'; it has: overview, clinic, park"):
        write(assessment(), tmp_path / "a.svg", show="zoo")
    assert not (tmp_path / "a.svg").exists()


# PNG


def pixels(path: Path) -> np.ndarray:  # type: ignore[type-arg]
    """Shape (h, w, 4), by the definition of PNG: no reader of pictures is among the dependencies."""
    data, at, packed = path.read_bytes(), 8, b""
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind) == (8, 6)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        packed += data[at + 8 : at + 8 + length] if data[at + 4 : at + 8] == b"IDAT" else b""
        at += length + 12
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 4 * width)
    out = np.zeros((height, width * 4), np.uint8)
    for y, row in enumerate(rows):
        above = out[y - 1].astype(int) if y else np.zeros(4 * width, int)
        out[y] = unfiltered(int(row[0]), row[1:].astype(int), above)
    return out.reshape(height, width, 4)


def unfiltered(kind: int, row: np.ndarray, above: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """A line of PNG without its filter."""
    if kind in (0, 2):
        return (row + (above if kind == 2 else 0)) % 256
    line = row.tolist()
    for i, value in enumerate(line):
        left, up, corner = (line[i - 4] if i > 3 else 0), int(above[i]), (int(above[i - 4]) if i > 3 else 0)
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda each: abs(guess - each))
        line[i] = (value + {1: left, 3: (left + up) // 2, 4: nearest}[kind]) % 256
    return np.array(line)


def test_png_is_as_wide_as_asked_and_shows_the_map(tmp_path: Path) -> None:
    """The covered place's blue and the street's first green are there; the corner is paper."""
    picture = pixels(write(assessment(), tmp_path / "a.png", show="clinic", lang="en", pixels=600))
    assert picture.shape == (424, 600, 4)  # 12,000 to 8,485
    assert picture[0, 0].tolist() == [255, 255, 255, 255]
    colours = {f"#{r:02x}{g:02x}{b:02x}" for r, g, b, _ in picture.reshape(-1, 4).tolist()}
    assert {"#8fb6cf", "#bddf26"} <= colours


def test_letters_that_no_font_has_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert png.has_letters("a") and not png.has_letters("\U000f1234")
    monkeypatch.setattr(png, "has_letters", lambda letter: letter == "a")
    with pytest.raises(OutputError, match="no font here has the letters"):
        write(assessment(), tmp_path / "a.png", lang="zh")
    assert not (tmp_path / "a.png").exists()
