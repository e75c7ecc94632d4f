"""What titles of columns mean: titles as planners, Amap, Baidu, Tencent and OSM exports write them."""

from __future__ import annotations

import pytest

from lifecircle.sources.columns import WORDS, recognise, system_of

TITLES = {
    "name": ["名称", "宿舍名称", "企业名称", "name", "Name", "POI_name", "title", "项目 名称", "职工宿舍名称"],
    "longitude": ["经度", "lon", "lng", "Longitude", "X", "wgs84经度", "经度(WGS84)", "gcj_lng", "location.lng",
                  "百度经度", "lng_bd09", "X坐标", "横坐标", "经　度", "ＬＮＧ"],
    "latitude": ["纬度", "lat", "Y", "wgs84_lat", "location.lat", "北坐标(m)", "POINT_Y"],
    "location": ["location", "坐标", "经纬度", "高德坐标", "lng_lat"],
    "wkt": ["wkt", "WKT", "geom", "the_geom"],
    "beds": ["床位", "床位数", "床位数（张）", "总床位数", "设计床位", "beds", "bed_count", "职工宿舍床位数"],
    "jobs": ["职工数", "职工人数", "员工数(人)", "岗位", "就业岗位数", "从业人员数量", "employees", "Jobs"],
    "people": ["人口", "人数", "常住人口", "入住人数", "population", "总人数"],
    "families": ["户数", "住户数", "总户数", "households"],
    "floors": ["层数", "建筑层数", "building:levels", "floors"],
    "type": ["类型", "设施类型", "type", "tag", "category", "类别"],
    "type_1": ["大类", "POI大类"],
    "type_3": ["小类"],
    "typecode": ["typecode", "类型编码", "typeCode", "type_code", "高德分类编码"],
    "shifts": ["班次"],
    "shift_night": ["夜班", "夜班人数"],
    "capacity": ["容量", "座位数", "建设规模", "capacity"],
    "status": ["状态", "建设状态", "status"],
    "opens": ["开业年份", "opens", "opening_year"],
    "hours": ["营业时间", "opening_hours", "开放时间"],
    "access": ["通行对象", "access"],
    "address": ["地址", "详细地址", "address", "addr"],
    "id": ["id", "ID", "编号", "宿舍编号", "uid"],
}  # fmt: skip


@pytest.mark.parametrize(("role", "title"), [(role, title) for role, titles in TITLES.items() for title in titles])
def test_a_title_alone(role: str, title: str) -> None:
    assert recognise([title]) == {role: title}


@pytest.mark.parametrize(
    "title",
    [
        "序号",
        "备注",
        "联系电话",
        "adcode",
        "pname",
        "cityname",
        "面积",
        "建筑面积(㎡)",
        "shape_area",
        "photos",
        "",
        "日期",
    ],
)
def test_titles_that_say_nothing_here(title: str) -> None:
    assert recognise([title]) == {}


@pytest.mark.parametrize(
    ("titles", "found"),
    [
        (
            ["id", "name", "type", "typecode", "address", "location", "pname", "cityname", "adname"],
            {"id", "name", "type", "typecode", "address", "location"},
        ),
        (["uid", "location.lat", "location.lng", "detail_info.tag"], {"id", "latitude", "longitude", "type"}),
        (["序号", "宿舍名称", "经度", "纬度", "床位数", "人数"], {"name", "longitude", "latitude", "beds", "people"}),
        (["企业", "职工数", "夜班", "X", "Y"], {"name", "jobs", "shift_night", "longitude", "latitude"}),
    ],
)  # fmt: skip
def test_exports(titles: list[str], found: set[str]) -> None:
    assert set(recognise(titles)) == found


def test_of_several_pairs_the_one_in_wgs84() -> None:
    found = recognise(["lng_gcj02", "lat_gcj02", "lng_wgs84", "lat_wgs84", "bd_lng", "bd_lat"])
    assert found == {"longitude": "lng_wgs84", "latitude": "lat_wgs84"}


def test_the_plainest_title_wins_wherever_it_stands() -> None:
    for titles in (["企业名称", "名称"], ["名称", "企业名称"]):
        assert recognise(titles)["name"] == "名称"


def test_systems_in_titles() -> None:
    assert [system_of(title) for title in ("gcj_lng", "百度经度", "经度(WGS84)", "WGS84_lat", "lng")] == [
        "gcj02", "bd09", "wgs84", "wgs84", None,
    ]  # fmt: skip


def test_each_word_has_one_role() -> None:
    words = [word for words in WORDS.values() for word in words]
    assert len(words) == len(set(words))
