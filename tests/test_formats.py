"""Files in the formats and encodings that planners hold them in; expected values are what was written."""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from planners_files import write_dxf, write_shapefile, write_workbook, write_zip

from lifecircle.errors import InputError
from lifecircle.site import BoundaryFile, DemandFile, TableFile
from lifecircle.sources.boundary import outline, read_features
from lifecircle.sources.tables import Table, read_places, read_table

NAMES = ["一号宿舍", "泗塘路职工公寓"]
POINTS = [shapely.Point(120.65, 31.42), shapely.Point(120.66, 31.43)]
ROWS = {"名称": NAMES, "床位": [100, 200]}
SQUARE = [(561000.0, 3477000.0), (561500.0, 3477000.0), (561500.0, 3477500.0), (561000.0, 3477500.0)]
LINES = [("围墙", SQUARE[:3], False), ("红线", SQUARE, True), ("道路", SQUARE[1:], False)]


def read(path: Path, **more: Any) -> Table:
    return read_table(TableFile(file=path, **more))


def read_wgs84(path: Path) -> Table:
    """A table whose coordinates are declared, so that nothing is said of them."""
    return read(path, coords="wgs84")


def told(table: Table) -> list[str]:
    return [str(note.text) for note in table.notes]


def refusal(made: Callable[[], Any]) -> str:
    """The only line of a refusal."""
    with pytest.raises(InputError) as caught:
        made()
    [fault] = caught.value.faults
    assert fault.where and fault.mend
    return str(fault)


def csv(folder: Path, text: str, encoding: str = "utf-8", name: str = "dorms.csv") -> Path:
    (folder / name).write_bytes(text.encode(encoding))
    return folder / name


# Shapefiles --------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
@pytest.mark.parametrize(("cpg", "ldid"), [(None, 0), (None, 0x57), ("UTF-8", 0), ("ISO-8859-1", 0x4D), ("GBK", 0x57)])
def test_a_shapefile_whatever_it_says_of_itself(tmp_path: Path, encoding: str, cpg: str | None, ldid: int) -> None:
    table = read(write_shapefile(tmp_path / "dorms.shp", ROWS, POINTS, encoding=encoding, cpg=cpg, ldid=ldid))
    assert table.frame["名称"].tolist() == NAMES and table.frame["床位"].tolist() == [100, 200]
    assert table.encoding == {"gb18030": "GB18030", "utf-8": "UTF-8"}[encoding]


def test_a_lying_cpg_is_said(tmp_path: Path) -> None:
    table = read(write_shapefile(tmp_path / "dorms.shp", ROWS, POINTS, cpg="UTF-8"))
    assert told(table) == ["dorms.shp: its .cpg says utf-8, but its texts are GB18030; read so"]


@pytest.mark.parametrize("cpg", ["936", "GB18030"])
def test_an_honest_cpg(tmp_path: Path, cpg: str) -> None:
    assert told(read(write_shapefile(tmp_path / "dorms.shp", ROWS, POINTS, cpg=cpg))) == ["dorms.shp: read as GB18030"]


def test_western_names_stay(tmp_path: Path) -> None:
    rows = {"nome": ["São João", "Peñón Größe"]}
    table = read(write_shapefile(tmp_path / "dorms.shp", rows, POINTS, encoding="ISO-8859-1", cpg="ISO-8859-1"))
    assert table.frame["nome"].tolist() == rows["nome"]


def test_a_character_cut_in_half_by_the_width_of_a_field(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "dorms.shp", {"名称": ["宿舍", "楼"]}, POINTS)
    data = path.with_suffix(".dbf").read_bytes()
    whole = "宿舍".encode("gbk")
    path.with_suffix(".dbf").write_bytes(data.replace(whole, whole[:3] + b" "))
    assert read(path).frame["名称"].str.strip().tolist()[1] == "楼"


@pytest.mark.parametrize(("part", "said"), [(".shx", "dorms.shx is not beside it"), (".prj", "coordinate system")])
def test_a_missing_part(tmp_path: Path, part: str, said: str) -> None:
    path = write_shapefile(tmp_path / "dorms.shp", ROWS, POINTS)
    path.with_suffix(part).unlink()
    assert said in refusal(lambda: read(path))


def test_a_missing_table_is_said(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "dorms.shp", ROWS, POINTS)
    path.with_suffix(".dbf").unlink()
    assert len(read(path).frame) == 2 and "there is no .dbf" in told(read(path))[0]


def test_a_part_is_no_shapefile(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "dorms.shp", ROWS, POINTS)
    assert "name the .shp" in refusal(lambda: read(path.with_suffix(".dbf")))


# Drawings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "codepage", "version"),
    [
        ("gbk", "ANSI_936", "AC1015"), ("gbk", None, "AC1015"), ("gbk", "ANSI_1252", "AC1015"),
        ("utf-8", "ANSI_936", "AC1021"), ("utf-8", None, "AC1027"),
    ],
)  # fmt: skip
def test_layers_of_a_drawing(tmp_path: Path, encoding: str, codepage: str | None, version: str) -> None:
    path = write_dxf(tmp_path / "plan.dxf", LINES, encoding=encoding, codepage=codepage, version=version)
    line = refusal(lambda: read(path, coords="EPSG:4549"))
    assert "围墙 (1), 红线 (1), 道路 (1)" in line and "`layer:`" in line
    table = read(path, layer="围墙", coords="EPSG:4549")
    assert table.frame.geom_type.tolist() == ["LineString"] and table.layer == "围墙"
    assert table.frame.geometry.iloc[0].length == pytest.approx(0.0099, rel=0.05)  # 1 km in degrees
    assert len(read(path, layer=["围墙", "道路"], coords="EPSG:4549").frame) == 2


def test_a_drawing_needs_its_coordinates(tmp_path: Path) -> None:
    path = write_dxf(tmp_path / "plan.dxf", LINES)
    line = refusal(lambda: read(path, layer="围墙"))
    assert "does not say its coordinate system" in line and "EPSG:4534" in line
    zoned = [("围墙", [(x + 40e6, y) for x, y in SQUARE], False)]
    line = refusal(lambda: read(write_dxf(tmp_path / "plan.dxf", zoned)))
    assert "`coords: EPSG:4528`" in line


def test_a_layer_that_a_drawing_has_not(tmp_path: Path) -> None:
    path = write_dxf(tmp_path / "plan.dxf", LINES)
    line = refusal(lambda: read(path, layer="栏杆", coords="EPSG:4549"))
    assert "no layer '栏杆'" in line and "围墙" in line


def test_a_closed_line_is_an_area_where_one_is_meant(tmp_path: Path) -> None:
    path = write_dxf(tmp_path / "plan.dxf", LINES)
    red = read_table(BoundaryFile(file=path, layer="红线", coords="EPSG:4549")).frame
    assert red.geom_type.tolist() == ["Polygon"]
    assert red.to_crs(4549).area.tolist() == pytest.approx([250_000], rel=1e-6)
    walls = read(path, layer="红线", coords="EPSG:4549").frame
    assert walls.geom_type.tolist() == ["LineString"]


def test_labels_of_a_drawing_are_no_places(tmp_path: Path) -> None:
    path = write_dxf(tmp_path / "plan.dxf", LINES, [("围墙", SQUARE[0], "一号门")])
    table = read(path, layer="围墙", coords="EPSG:4549")
    assert len(table.frame) == 1 and "plan.dxf: 1 label of the drawing left out" in told(table)


def test_a_dwg_is_told_how_to_become_a_drawing(tmp_path: Path) -> None:
    (tmp_path / "plan.dwg").write_bytes(b"AC1027")
    assert "save it as DXF" in refusal(lambda: read(tmp_path / "plan.dwg"))


# Archives and other vector files -----------------------------------------------------------------


def test_a_zipped_shapefile_with_chinese_names(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    path = write_shapefile(tmp_path / "made" / "宿舍.shp", ROWS, POINTS)
    packed = write_zip(tmp_path / "数据.zip", sorted(path.parent.iterdir()), folder="园区数据/")
    assert read(packed).frame["名称"].tolist() == NAMES


def test_a_zip_of_several_layers(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    for name in ("宿舍", "围墙"):
        write_shapefile(tmp_path / "made" / f"{name}.shp", ROWS, POINTS)
    packed = write_zip(tmp_path / "all.zip", sorted((tmp_path / "made").iterdir()))
    line = refusal(lambda: read(packed))
    assert "围墙, 宿舍" in line and "`layer:`" in line
    assert len(read(packed, layer="宿舍").frame) == 2


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04nothing", b"\x00" * 50])
def test_a_zip_that_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    assert "zip" in refusal(lambda: read(tmp_path / "a.zip"))


KML = """<?xml version="1.0" encoding="{declared}"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Folder><name>宿舍</name><Placemark><name>一号宿舍</name><Point><coordinates>120.65,31.42,0</coordinates></Point>
</Placemark></Folder>{more}</Document></kml>"""
GATES = """<Folder><name>大门</name><Placemark><name>东门</name><Point><coordinates>120.66,31.42,0</coordinates></Point>
</Placemark></Folder>"""


@pytest.mark.parametrize(("encoding", "declared"), [("utf-8", "UTF-8"), ("gb18030", "GBK"), ("gb18030", "UTF-8")])
def test_kml(tmp_path: Path, encoding: str, declared: str) -> None:
    (tmp_path / "dorms.kml").write_bytes(KML.format(declared=declared, more="").encode(encoding))
    frame = read(tmp_path / "dorms.kml").frame
    assert frame["Name"].tolist() == ["一号宿舍"]
    assert shapely.get_coordinates(frame.geometry).tolist() == [[120.65, 31.42]]


def test_kmz_with_several_folders(tmp_path: Path) -> None:
    (tmp_path / "doc.kml").write_text(KML.format(declared="UTF-8", more=GATES), encoding="utf-8")
    path = write_zip(tmp_path / "park.kmz", [tmp_path / "doc.kml"])
    assert "宿舍, 大门" in refusal(lambda: read(path))
    assert read(path, layer="大门").frame["Name"].tolist() == ["东门"]
    assert len(read(path, layer=["宿舍", "大门"]).frame) == 2


def test_geojson_in_gbk(tmp_path: Path) -> None:
    text = (
        '{"type":"Feature","properties":{"名称":"一号宿舍楼"},"geometry":{"type":"Point","coordinates":[120.65,31.42]}}'
    )
    table = read(csv(tmp_path, text, "gbk", "dorms.geojson"))
    assert table.frame["名称"].tolist() == ["一号宿舍楼"] and told(table) == ["dorms.geojson: read as GB18030"]


def test_geoparquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dorms.parquet"
    if "pyarrow" not in sys.modules:
        pytest.importorskip("pyarrow")
    gpd.GeoDataFrame(ROWS, geometry=POINTS, crs=4490).to_parquet(path)
    table = read(path)
    assert table.frame["名称"].tolist() == NAMES and "4490" in table.system
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "lifecircle[parquet]" in refusal(lambda: read(path))


def test_a_folder_of_layers(tmp_path: Path) -> None:
    gpd.GeoDataFrame(ROWS, geometry=POINTS, crs=4326).to_file(tmp_path / "park.gdb", driver="OpenFileGDB", layer="宿舍")
    assert read(tmp_path / "park.gdb").frame["名称"].tolist() == NAMES


# CSV ---------------------------------------------------------------------------------------------

TEXT = "名称,经度,纬度,床位\n一号宿舍,120.65,31.42,100\n泗塘路公寓,120.66,31.43,200\n"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("gb18030", "GB18030"), ("gbk", "GB18030")],
)
def test_encodings_of_a_csv(tmp_path: Path, encoding: str, name: str) -> None:
    table = read(csv(tmp_path, TEXT.replace(",", "\t") if encoding == "utf-16" else TEXT, encoding))
    assert table.frame["名称"].tolist() == ["一号宿舍", "泗塘路公寓"] and table.encoding == name


def test_big5_is_told_apart(tmp_path: Path) -> None:
    table = read(csv(tmp_path, "名稱,經度,緯度\n東區員工宿舍樓,120.65,31.42\n西區飯堂,120.66,31.42\n", "big5"))
    assert table.frame["名稱"].tolist() == ["東區員工宿舍樓", "西區飯堂"] and table.encoding == "Big5"


def test_an_encoding_that_little_speaks_for_is_assumed(tmp_path: Path) -> None:
    table = read_wgs84(csv(tmp_path, "name,lon,lat\n东,120.65,31.42\n", "gbk"))
    assert [(note.kind, str(note.text)) for note in table.notes] == [
        ("assumed", "dorms.csv: read as GB18030, which is likely but not sure")
    ]


GARBLED = [("gb18030", "utf-8"), ("latin-1", "utf-8"), ("latin-1", "gb18030"), ("cp1252", "gb18030")]


@pytest.mark.parametrize(("wrong", "right"), GARBLED)
def test_garbled_names_are_mended_and_said(tmp_path: Path, wrong: str, right: str) -> None:
    names = ["名称", "泗塘产业社区", "东区"]
    shown = [name.encode(right).decode(wrong) for name in names]
    table = read(csv(tmp_path, f"{shown[0]},lon,lat\n{shown[1]},120.65,31.42\n{shown[2]},120.66,31.42\n"))
    assert table.frame["名称"].tolist() == names[1:]
    assert "3 garbled texts mended" in told(table)[0]


@pytest.mark.parametrize(
    "name", ["锟斤拷宿舍", "宿舍\ufffd", "????", "中国宿舍楼".encode().decode("gb18030", "replace")]
)
def test_garbled_names_beyond_mending_are_said(tmp_path: Path, name: str) -> None:
    table = read_wgs84(csv(tmp_path, f"name,lon,lat\n好,120.65,31.42\n{name},120.65,31.42\n"))
    assert [note.kind for note in table.notes] == ["doubt"] and "rows 3" in told(table)[0]


PLAIN = [
    "东區宿舍樓",
    "São João",
    "EDUCAÇÃO",
    "Größe",
    "喆燊科技",
    "Москва",
    "日本語",
    "한국어",
    "Đường Nguyễn",
    "what??",
    "埗頭邨",
]


def test_names_that_are_not_garbled_are_left_alone(tmp_path: Path) -> None:
    table = read_wgs84(csv(tmp_path, "name,lon,lat\n" + "".join(f"{name},120.65,31.42\n" for name in PLAIN)))
    assert table.frame["name"].tolist() == PLAIN and told(table) == []


# Sheets ------------------------------------------------------------------------------------------

HEAD = ["序号", "宿舍名称", "经度", "纬度", "床位数（张）", "备注"]
SHEET = [
    ["泗塘产业社区宿舍统计表"],
    ["填报单位：园区管委会", None, None, None, "2024年"],
    HEAD,
    [1, "一号", 120.65, 31.42, 100, None],
    [2, "二号", "120.66", "31.43", "１，２００", None],
    [3, "三号", 120.66, 31.43, "80 人", "含家属"],
    [4, "四号", 120.66, 31.43, "/", None],
    [None, "合计", None, None, 1380, None],
    ["注：不含在建"],
]


def dorms(path: Path, **more: Any) -> gpd.GeoDataFrame:
    return read_places(DemandFile(file=path, kind="dormitory", **more))[0]


def test_a_sheet_as_an_office_keeps_it(tmp_path: Path) -> None:
    table = read(write_workbook(tmp_path / "a.xlsx", {"宿舍": SHEET}, {"宿舍": "A1:F1 A9:F9"}))
    assert table.frame["宿舍名称"].tolist() == ["一号", "二号", "三号", "四号"]
    assert table.frame["床位数（张）"].tolist() == ["100", "1200", "80", ""]
    assert table.frame.index.tolist() == [4, 5, 6, 7]
    notes = "\n".join(told(table))
    for said in (
        "titles stand in row 3",
        "totals left out (row 8)",
        "remarks and headings left out (row 9)",
        "2 cells",
    ):
        assert said in notes


def test_the_same_sheet_as_csv(tmp_path: Path) -> None:
    text = "\n".join(",".join("" if cell is None else str(cell) for cell in [*row, *[None] * 6][:6]) for row in SHEET)
    table = read(csv(tmp_path, text, "gb18030"))
    assert table.frame["床位数（张）"].tolist() == ["100", "1200", "80", ""]


def test_titles_over_two_rows(tmp_path: Path) -> None:
    rows = [["名称", "坐标", None, "床位"], [None, "经度", "纬度", None], ["一号", 120.65, 31.42, 5]]
    table = read(write_workbook(tmp_path / "a.xlsx", {"S": rows}, {"S": "A1:A2 B1:C1 D1:D2"}))
    assert table.frame["床位"].tolist() == ["5"] and table.frame.geometry.x.tolist() == [120.65]


def test_merged_cells_in_the_body(tmp_path: Path) -> None:
    rows = [
        ["园区", "名称", "经度", "纬度", "床位"],
        ["东区", "甲", 120.65, 31.42, 300],
        [None, "乙", None, None, None],
    ]
    table = read(write_workbook(tmp_path / "a.xlsx", {"S": rows}, {"S": "A2:A3 C2:C3 D2:D3 E2:E3"}))
    assert table.frame["园区"].tolist() == ["东区", "东区"] and table.frame["床位"].tolist() == ["300", ""]
    assert table.frame.geometry.x.tolist() == [120.65, 120.65]
    assert any("床位 in row 2 is one cell merged down to row 3" in text for text in told(table))


def test_a_count_with_its_unit_in_a_merged_cell_counts_once(tmp_path: Path) -> None:
    rows = [["编号", "名称", "经度", "纬度", "床位"], *([7, name, 120.65, 31.42, "120人"] for name in "甲乙丙")]
    table = read(write_workbook(tmp_path / "a.xlsx", {"S": rows}, {"S": "A2:A4 E2:E4"}))
    assert table.frame["床位"].tolist() == ["120", "", ""] and table.frame["编号"].tolist() == ["7", "7", "7"]


def test_names_that_begin_like_remarks_are_places(tmp_path: Path) -> None:
    text = "名称,经度,纬度,床位\n注塑厂宿舍,120.65,31.42,100\n来源路公寓,120.65,31.42,20\n注：不含在建,,,\n"
    assert read(csv(tmp_path, text)).frame["名称"].tolist() == ["注塑厂宿舍", "来源路公寓"]


def test_what_parts_the_lines_parts_the_cells(tmp_path: Path) -> None:
    text = "名称\twkt\n甲\tPOLYGON ((120.6 31.4, 120.7 31.4, 120.7 31.5, 120.6 31.4))\n"
    assert read(csv(tmp_path, text)).frame["名称"].tolist() == ["甲"]


def test_a_hemisphere_before_the_degrees_counts(tmp_path: Path) -> None:
    table = read(csv(tmp_path, "名称,经度,纬度\nA,W51°13'48\",S30°2'24\"\n"))
    point = table.frame.geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((-51.23, -30.04))


def test_one_usable_sheet_is_taken_and_said(tmp_path: Path) -> None:
    sheets = {"说明": [["本表说明"], ["第一条"]], "宿舍": SHEET}
    table = read(write_workbook(tmp_path / "a.xlsx", sheets))
    assert table.layer == "宿舍" and "a.xlsx: the sheet 宿舍 is read, not 说明" in told(table)


def test_several_usable_sheets_are_listed(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"东区": SHEET, "西区": SHEET})
    assert "东区, 西区" in refusal(lambda: read(path))
    assert len(read(path, layer="西区").frame) == 4
    assert "no sheet '南区'" in refusal(lambda: read(path, layer="南区"))


def test_a_formula_without_a_result(tmp_path: Path) -> None:
    rows = [["名称", "经度", "纬度", "床位"], ["甲", 120.65, 31.42, "=2*50"]]
    line = refusal(lambda: read(write_workbook(tmp_path / "a.xlsx", {"S": rows})))
    assert "sheet S, cell D2" in line and "formula" in line


def test_layers_of_one_name_in_a_zip_are_told_apart(tmp_path: Path) -> None:
    for folder, beds in (("north", 100), ("south", 300)):
        (tmp_path / folder).mkdir()
        write_shapefile(tmp_path / folder / "dorms.shp", {"beds": [beds]}, POINTS[:1])
    path = tmp_path / "dorms.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(tmp_path.glob("*/dorms.*")):
            archive.write(file, file.relative_to(tmp_path).as_posix())
    assert "holds several files (north/dorms.shp, south/dorms.shp)" in refusal(lambda: read(path))
    assert read(path, layer="south/dorms.shp").frame["beds"].tolist() == [300]


def test_an_old_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert "save it as XLSX" in refusal(lambda: read(tmp_path / "a.xls"))


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,200", "1200"),
        ("１２０", "120"),
        ("120人", "120"),
        ("120 张", "120"),
        ("1.2万", "12000"),
        ("３０．５", "30.5"),
        ("—", ""),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, cell: str, number: str) -> None:
    table = read_wgs84(csv(tmp_path, f'名称,经度,纬度,床位\n甲,120.65,31.42,"{cell}"\n乙,120.65,31.42,7\n'))
    assert table.frame["床位"].tolist() == [number, "7"] and len(table.notes) == 1


@pytest.mark.parametrize("cell", ["约120", "120-150", "50%", "1_000", "0x10", "N/A", "无", "1,20"])
def test_what_is_no_number_is_left_as_it_is(tmp_path: Path, cell: str) -> None:
    table = read_wgs84(csv(tmp_path, f'名称,经度,纬度,床位\n甲,120.65,31.42,"{cell}"\n乙,120.65,31.42,7\n'))
    assert table.frame["床位"].tolist() == [cell, "7"] and not table.notes


def test_names_and_codes_stay_as_they_are_written(tmp_path: Path) -> None:
    text = "编号,名称,经度,纬度,typecode\n００１,１２０,120.65,31.42,050100\n0２,３人,120.65,31.42,050100|060200\n"
    frame = read(csv(tmp_path, text)).frame
    assert frame["编号"].tolist() == ["００１", "0２"] and frame["名称"].tolist() == ["１２０", "３人"]
    assert frame["typecode"].tolist() == ["050100", "050100|060200"]


@pytest.mark.parametrize(
    "columns",
    [
        {"经度": "120°39′00″", "纬度": "31°25′12″"}, {"lng": "120.65°", "lat": "31.42°"}, {"坐标": "120.65,31.42"},
        {"location": "120.65，31.42"}, {"wkt": "POINT (120.65 31.42)"}, {"纬度": "31.42", "经度": "120.65"},
        {"geom": "01010000009A99999999295E40EC51B81E856B3F40"}, {"X": "31.42", "Y": "120.65"},
    ],
)  # fmt: skip
def test_ways_to_write_a_place(tmp_path: Path, columns: dict[str, str]) -> None:
    quoted = ",".join(f'"{cell}"' for cell in columns.values())
    frame = read(csv(tmp_path, f"名称,{','.join(columns)}\n甲,{quoted}\n")).frame
    assert shapely.get_coordinates(frame.geometry)[0] == pytest.approx([120.65, 31.42], abs=1e-9)


def test_titles_that_name_their_system_are_believed_and_said(tmp_path: Path) -> None:
    # the first published vector
    table = read(csv(tmp_path, "名称,高德经度,高德纬度\n甲,121.531541859215,31.17530398364597\n"))
    found = shapely.get_coordinates(table.frame.geometry)[0]
    assert found == pytest.approx([121.5272106, 31.1774276], abs=1e-9) and table.system == "gcj02"
    assert "as its title 高德经度 says" in told(table)[0]


def test_an_outline_of_many_points_in_a_cell(tmp_path: Path) -> None:
    ring = shapely.Point(120.65, 31.42).buffer(0.01, quad_segs=2000)
    text = shapely.to_wkt(ring, rounding_precision=12)
    assert len(text) > 200_000
    table = read_wgs84(csv(tmp_path, f'name,wkt\nA,"{text}"\n'))
    assert shapely.get_num_coordinates(table.frame.geometry.iloc[0]) == 8001


def test_a_line_break_in_a_title_and_blank_columns(tmp_path: Path) -> None:
    rows = [["名称", "经度\n(度)", "纬度\n(度)", None, "床位"], ["甲", 120.65, 31.42, None, 5]]
    assert read(write_workbook(tmp_path / "a.xlsx", {"S": rows})).frame["床位"].tolist() == ["5"]


def test_every_bad_cell_of_a_table_is_named(tmp_path: Path) -> None:
    path = csv(tmp_path, '名称,坐标\n甲,"120.65,31.42"\n乙,东门外\n丙,\n')
    with pytest.raises(InputError) as caught:
        read(path)
    assert [re.findall(r"row \d", str(fault)) for fault in caught.value.faults] == [["row 3"], ["row 4"]]


def test_rows_keep_their_numbers_below_a_heading(tmp_path: Path) -> None:
    path = csv(tmp_path, "统计表,,\n名称,经度,纬度\n甲,120.65,31.42\n,,\n乙,x,31.42\n")
    assert "row 5: 经度 is 'x'" in refusal(lambda: read(path))


def test_places_do_not_depend_on_the_door_they_came_in_by(tmp_path: Path) -> None:
    """The same three dormitories as CSV, workbook, shapefile, KML-like GeoJSON and in a grid with the zone."""
    points = np.array([[120.65, 31.42], [120.66, 31.43], [120.655, 31.425]])
    places = gpd.GeoDataFrame({"名称": ["甲楼", "乙楼", "丙楼"]}, geometry=shapely.points(points), crs=4326)
    rows = [["名称", "经度", "纬度"], *zip(places["名称"], *points.T.tolist(), strict=True)]
    text = "\n".join(",".join(map(str, row)) for row in rows)
    grid = places.to_crs(4528)
    doors = [
        csv(tmp_path, text, "gb18030"),
        write_workbook(tmp_path / "a.xlsx", {"S": rows}),
        write_shapefile(tmp_path / "a.shp", {"名称": places["名称"].tolist()}, grid.geometry.tolist(), 4528),
    ]
    places.to_file(tmp_path / "a.geojson")
    for door in [*doors, tmp_path / "a.geojson"]:
        frame = read(door).frame
        assert frame["名称"].tolist() == ["甲楼", "乙楼", "丙楼"]
        assert shapely.get_coordinates(frame.geometry) == pytest.approx(points, abs=2e-7)


def test_a_boundary_drawn_in_several_lines_is_joined_and_said(tmp_path: Path) -> None:
    pieces = [("红线", [SQUARE[0], SQUARE[1], SQUARE[2]], False), ("红线", [SQUARE[2], SQUARE[3], SQUARE[0]], False)]
    path = write_dxf(tmp_path / "plan.dxf", pieces)
    frame = read_features(BoundaryFile(file=path, coords="EPSG:4549")).frame
    shape, notes = outline(frame, "plan.dxf")
    assert gpd.GeoSeries([shape], crs=4326).to_crs(4549).area.tolist() == pytest.approx([250_000], rel=1e-6)
    assert "joined to an area" in str(notes[0].text)


def test_coordinates_that_nobody_declared_are_doubted_in_china(tmp_path: Path) -> None:
    path = csv(tmp_path, "名称,经度,纬度\n甲,120.65,31.42\n")
    assert "taken as WGS 84" in told(read(path))[0] and told(read(path, coords="wgs84")) == []
    assert told(read(csv(tmp_path, "name,lon,lat\nA,-15.43,28.13\n"))) == []


# Found by giving readers broken files -------------------------------------------------------------


def test_texts_that_each_end_in_half_a_character(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "dorms.shp", {"名称": ["一号宿舍楼", "职工公寓楼"]}, POINTS)
    data = path.with_suffix(".dbf").read_bytes()
    for name in ("一号宿舍楼", "职工公寓楼"):
        whole = name.encode("gbk")
        data = data.replace(whole, whole[:-1] + b" ")
    path.with_suffix(".dbf").write_bytes(data)
    assert read(path).frame["名称"].tolist() == ["一号宿舍", "职工公寓"]


@pytest.mark.parametrize("text", ["{", "nothing", '<?xml version="1.0"?><kml>', '{"type":"FeatureCollection"'])
@pytest.mark.parametrize("name", ["a.geojson", "a.kml"])
def test_broken_texts_are_told_in_the_same_words_each_time(tmp_path: Path, name: str, text: str) -> None:
    path = csv(tmp_path, text, name=name)
    assert refusal(lambda: read(path)) == refusal(lambda: read(path))


def test_two_fields_of_one_name(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "dorms.shp", {"aa": [1, 2], "ab": [3, 4]}, POINTS)
    data = path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".dbf").write_bytes(data.replace(b"ab\x00", b"aa\x00", 1))
    assert "two columns are named 'aa'" in refusal(lambda: read(path)) or len(read(path).frame) == 2
