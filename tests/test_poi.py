"""Exports of map vendors as sources of facilities: columns, coordinates, types, faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from test_facilities import refusal
from towns import write_town

from lifecircle.classify import classify_amap
from lifecircle.load import load_site
from lifecircle.model import Outcome, Site
from lifecircle.site import FacilityFile
from lifecircle.sources.poi import codes_of, columns_of
from lifecircle.standard import load_standard

STANDARD = load_standard("industrial-community")
TABLE = pd.read_csv(Path(__file__).with_name("poi.csv"), dtype=str, keep_default_na=False)
Vendors = ("amap", "baidu", "tencent")


def classified(vendor: str) -> tuple[pd.DataFrame, pd.Series]:
    rows = TABLE[TABLE.vendor == vendor].reset_index(drop=True)
    types = rows.type.to_numpy(dtype=object)
    codes = np.where(rows.typecode != "", rows.typecode, codes_of(vendor, types))
    found = classify_amap(STANDARD.categories, codes.astype(object), rows["name"].to_numpy(dtype=object))
    return rows, found[found.primary].set_index("row").id.reindex(rows.index).fillna("")


def test_the_table_is_large_enough() -> None:
    assert len(TABLE) >= 150 and set(TABLE.vendor) == set(Vendors)
    assert TABLE.groupby("vendor").size().min() >= 40
    assert TABLE.why.str.startswith("tie").sum() >= 8 and (TABLE.expected == "").sum() >= 20


@pytest.mark.parametrize("vendor", Vendors)
def test_every_row_of_the_table(vendor: str) -> None:
    rows, found = classified(vendor)
    wrong = rows.assign(got=found)[found != rows.expected]
    assert wrong.empty, wrong.to_string()


def test_types_are_read_whatever_their_width_and_their_marks() -> None:
    texts = [
        "餐饮服务；中餐厅；四川菜",
        "餐饮服务;中餐厅",
        " 餐饮服务 ; 中餐厅 ",
        "餐饮服务:中餐厅",
        "中餐厅",
        "nothing",
        "",
        "|",
        ";;",
    ]
    assert codes_of("amap", np.array(texts, dtype=object)).tolist() == ["050100"] * 5 + [""] * 4
    several = np.array(["购物服务;便民商店/便利店;便民商店/便利店|餐饮服务;咖啡厅;星巴克咖啡"], dtype=object)
    assert codes_of("amap", several).tolist() == ["060200|050500"]
    assert codes_of("baidu", np.empty(0, dtype=object)).tolist() == []


COLUMNS = [
    ("amap", "id,name,type,typecode,biz_type,address,location,pname", ("id", "name", "typecode", ("type",))),
    ("amap", "名称,大类,中类,小类,经度,纬度", ("", "名称", "", ("大类", "中类", "小类"))),
    ("amap", "名称,类型编码,x,y", ("", "名称", "类型编码", ())),
    ("baidu", "uid,name,lat,lng,detail_info.type,detail_info.tag", ("uid", "name", "", ("detail_info.tag",))),
    ("baidu", "name,lng,lat,tag,type", ("", "name", "", ("tag",))),
    ("tencent", "id,title,category,type,location.lat,location.lng", ("id", "title", "", ("category",))),
    ("tencent", "id,title,category_code,category,location.lat,location.lng", ("id", "title", "", ("category",))),
]  # fmt: skip


@pytest.mark.parametrize(("vendor", "titles", "expected"), COLUMNS)
def test_columns_are_found_by_their_titles(vendor: str, titles: str, expected: tuple[Any, ...]) -> None:
    found = columns_of(vendor, titles.split(","), {})
    assert (found.id, found.name, found.typecode, found.types) == expected


def test_what_is_asked_goes_before_what_is_found() -> None:
    found = columns_of("amap", ["id", "name", "type", "label", "kind"], {"name": "label", "type": "kind", "id": None})
    assert (found.id, found.name, found.types) == ("id", "label", ("kind",))


def test_coordinates_are_the_maps_own_unless_said() -> None:
    read = {vendor: FacilityFile(file=Path("a.csv"), poi=vendor).coords for vendor in Vendors}
    assert read == {"amap": "gcj02", "baidu": "bd09", "tencent": "gcj02"}
    assert FacilityFile(file=Path("a.csv"), poi="amap", coords="wgs84").coords == "wgs84"


# A whole site ------------------------------------------------------------------------------------

Town = Callable[..., Site]
LON, LAT = 120.65, 31.42


@pytest.fixture
def town(tmp_path: Path) -> Town:
    """A town with one export: rows of text, its first line the titles."""

    def load(*lines: str, **more: Any) -> Site:
        (tmp_path / "pois.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return load_site(write_town(tmp_path, facilities=[{"file": "pois.csv", "coords": "wgs84", **more}]))

    return load


def test_an_export_of_each_map(town: Town) -> None:
    amap = town("id,name,type,typecode,lon,lat", f"B01,甲食堂,餐饮服务;中餐厅,50100,{LON},{LAT}", poi="amap")
    baidu = town(
        "uid,name,location.lat,location.lng,detail_info.tag", f"u1,乙药店,{LAT},{LON},医疗;药店", poi="baidu",
        y="location.lat", x="location.lng",
    )  # fmt: skip
    tencent = town(
        "id,title,category,location.lat,location.lng", f"7,丙便利店,购物:便利店,{LAT},{LON}", poi="tencent",
        y="location.lat", x="location.lng",
    )  # fmt: skip
    found = [site.facilities[["id", "name", "category"]].to_numpy().tolist() for site in (amap, baidu, tencent)]
    assert found == [
        [["pois/B01", "甲食堂", "canteen"]],
        [["pois/u1", "乙药店", "pharmacy"]],
        [["pois/7", "丙便利店", "convenience"]],
    ]  # fmt: skip
    assert amap.trace[["row", "given", "code", "rule"]].to_numpy().tolist() == [
        ["2", "餐饮服务;中餐厅", "50100", "typecode=050000 name=食堂|职工餐厅|员工餐厅|餐厅(员工)"]
    ]
    assert baidu.trace["code"].tolist() == ["090601"]


def test_the_map_shifts_its_own_points(town: Town) -> None:
    lines = ("name,type,lon,lat", f"甲,购物服务;便民商店/便利店,{LON},{LAT}")
    here = shapely.get_coordinates(town(*lines, poi="amap").facilities.geometry)
    there = shapely.get_coordinates(town(*lines, poi="amap", coords="gcj02").facilities.geometry)
    assert 300 < np.hypot(*(here - there)[0]) < 700


def test_titles_that_name_a_system_go_before_the_maps_own(town: Town) -> None:
    shifted = "name,type,wgs84_lng,wgs84_lat,lng,lat"
    site = town(shifted, f"甲,购物服务;便民商店/便利店,{LON},{LAT},120.6542,31.4179", poi="amap", coords=None)
    plain = town("name,type,lon,lat", f"甲,购物服务;便民商店/便利店,{LON},{LAT}", poi="amap", coords="wgs84")
    assert np.array_equal(*(shapely.get_coordinates(each.facilities.geometry) for each in (site, plain)))
    assert any("taken as wgs84" in str(note.text) for note in site.notes)


def test_a_place_in_one_cell(town: Town) -> None:
    cells = [f"{LON},{LAT}", f"{{'lng': {LON}, 'lat': {LAT}}}"]
    lines = [f'店{i},购物服务;便民商店/便利店,"{cell}"' for i, cell in enumerate(cells)]
    found = shapely.get_coordinates(town("name,type,location", *lines, poi="amap").facilities.geometry)
    assert len(found) == 2 and np.array_equal(found[0], found[1])


def test_an_export_without_rows_or_with_types_in_three_columns(town: Town) -> None:
    titles = "名称,大类,中类,小类,经度,纬度"
    assert town(titles, poi="amap").facilities.empty
    site = town(
        titles, f"甲,购物服务,便民商店/便利店,便民商店/便利店,{LON},{LAT}", f"乙,购物服务,,,{LON},{LAT}", poi="amap"
    )
    assert site.trace["given"].tolist() == ["购物服务;便民商店/便利店;便民商店/便利店", "购物服务;;"]
    assert site.trace["category"].tolist() == ["convenience", ""]


def test_an_id_that_stands_for_several_places_is_told_apart(town: Town) -> None:
    lines = [
        f"{id},甲,购物服务;便民商店/便利店,{lon},{LAT}" for id, lon in (("B1", 120.65), ("B1", 120.66), ("", 120.67))
    ]
    assert town("id,name,type,lon,lat", *lines, poi="amap").facilities["id"].tolist() == [
        "pois/#1",
        "pois/B1#1",
        "pois/B1#2",
    ]


def test_rows_of_no_category_are_said(town: Town) -> None:
    lines = [
        f"甲,购物:便利店,{LON},{LAT}",
        f"乙,购物:渔具,{LON},{LAT}",
        f"丙,量子:泡泡,{LON},{LAT}",
        f"丁,房产小区:住宅区:宿舍,{LON},{LAT}",
    ]
    site = town("title,category,lon,lat", *lines, poi="tencent")
    assert site.trace["outcome"].tolist() == [Outcome.COUNTED, Outcome.NO_RULE, Outcome.NO_RULE, Outcome.PEOPLE]
    told = [str(note.text) for note in site.notes]
    assert "pois.csv: 3 of 4 rows of no category of facilities" in told
    assert any("1 row is of 1 type that nothing is known of" in text and "量子:泡泡" in text for text in told)


def test_a_complex_counts_in_several_categories(town: Town) -> None:
    lines = [
        f"邻里中心,生活服务,食堂;便利店,{LON},{LAT}",
        f"乙,购物服务;便民商店/便利店,,{LON},{LAT}",
        f"丙,生活服务,药店，bank,{LON},{LAT}",
    ]
    site = town("name,type,also,lon,lat", *lines, poi="amap", complex="also")
    found = site.facilities[["name", "category", "primary"]].to_numpy().tolist()
    assert sorted(map(tuple, found)) == [
        ("丙", "bank", False), ("丙", "pharmacy", True), ("乙", "convenience", True), ("邻里中心", "canteen", False),
        ("邻里中心", "community_service", True), ("邻里中心", "convenience", False),
    ]  # fmt: skip
    assert site.trace[["category", "also"]].to_numpy().tolist() == [
        ["community_service", "canteen;convenience"], ["convenience", ""], ["pharmacy", "bank"],
    ]  # fmt: skip


def test_faults(town: Town) -> None:
    row = f"甲,购物服务;便民商店/便利店,{LON},{LAT}"
    [line] = refusal(lambda: town("name,type,lon,lat", row, poi="baidu"))
    assert "pois.csv: row 2" in line and "baidu" in line and "便利店" in line and "`poi:`" in line
    [line] = refusal(lambda: town("name,what,lon,lat", row, poi="amap"))
    assert "no column of types" in line and "what" in line and "`type_column:`" in line
    [line] = refusal(lambda: town("name,type,lon,lat", row, poi="amap", type_column="kind"))
    assert "'kind'" in line and "type_column" in line
    [line] = refusal(lambda: town("name,type,lon,lat", row, poi="google"))
    assert "facilities[0].poi" in line and "google" in line
    [line] = refusal(lambda: town("name,type,lon,lat", row, poi="amap", category="bank"))
    assert "exactly one of" in line
    [line] = refusal(lambda: town("name,type,lon,lat", row, category="bank", type_column="type"))
    assert "type_column" in line and "`poi`" in line
    [line] = refusal(
        lambda: town("name,type,also,lon,lat", f"甲,购物服务,食堂;虾,{LON},{LAT}", poi="amap", complex="also")
    )
    assert "row 2" in line and "'虾'" in line and "canteen" in line
