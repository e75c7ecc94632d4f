"""Classification, against a table answered by hand from the words of the standard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecircle.classify import classify_amap, classify_osm, has_usable_osm_rule, keyword_only
from lifecircle.model import Category, DemandKind
from lifecircle.standard import load_standard

STANDARD = load_standard("industrial-community")
TABLE = pd.read_csv(Path(__file__).with_name("classification.csv"), dtype=str, keep_default_na=False)
OWNERS: dict[str, tuple[Category, ...] | tuple[DemandKind, ...]] = {
    "category": STANDARD.categories,
    "demand": STANDARD.demand,
}


def tags_of(objects: list[dict[str, str]]) -> Callable[[str], np.ndarray]:
    return lambda key: np.array([tags.get(key, "") for tags in objects], dtype=object)


def tags(text: str, name: str) -> dict[str, str]:
    pairs = (part.partition("=")[::2] for part in text.split("|") if part)
    return {**dict(pairs), **({"name": name} if name else {})}


def classify(data: str, owner: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = TABLE[(TABLE.data == data) & (TABLE.owner == owner)].reset_index(drop=True)
    names = rows["name"].to_numpy(dtype=object)
    if data == "amap":
        return rows, classify_amap(OWNERS[owner], rows.object.to_numpy(dtype=object), names)
    objects = [tags(*pair) for pair in zip(rows.object, names, strict=True)]
    area = pd.to_numeric(rows.area_m2).to_numpy(dtype=np.float64)
    return rows, classify_osm(OWNERS[owner], tags_of(objects), area)


def test_the_table_is_large_enough() -> None:
    assert len(TABLE) >= 200
    assert (TABLE.groupby("data").size() >= 80).all()
    assert TABLE.why.str.startswith("tie").sum() >= 10
    assert set(TABLE[TABLE.owner == "category"].expected) - {""} == {one.id for one in STANDARD.categories}
    assert set(TABLE[TABLE.owner == "demand"].expected) - {""} == {one.id for one in STANDARD.demand}


@pytest.mark.parametrize("owner", ["category", "demand"])
@pytest.mark.parametrize("data", ["osm", "amap"])
def test_every_row_of_the_table(data: str, owner: str) -> None:
    rows, found = classify(data, owner)
    own = found[found.primary].set_index("row").id.reindex(rows.index).fillna("")
    also = found[~found.primary].groupby("row").id.agg(";".join).reindex(rows.index).fillna("")
    wrong = rows.assign(got=own, got_also=also)[(own != rows.expected) | (also != rows.also)]
    assert wrong.empty, wrong.to_string()


def test_the_frame_has_its_columns_and_order() -> None:
    objects = [{"leisure": "park"}, {}, {"amenity": "clinic"}]
    found = classify_osm(STANDARD.categories, tags_of(objects), np.array([9000, np.nan, np.nan]))
    assert found.to_dict("list") == {
        "row": [0, 0, 2],
        "id": ["park", "pocket_park", "health_station"],
        "primary": [True, False, True],
        "rule": ["leisure=park ≥ 5000 m2", "leisure=park ≥ 5000 m2", "amenity=clinic"],
    }
    assert found.dtypes.astype(str).to_dict() == {"row": "int64", "id": "object", "primary": "bool", "rule": "object"}


def test_nothing_gives_an_empty_frame() -> None:
    empty = np.array([], dtype=object)
    for found in (
        classify_osm(STANDARD.categories, lambda key: empty, np.array([], dtype=np.float64)),
        classify_amap(STANDARD.categories, empty, empty),
        classify_osm((), tags_of([{"amenity": "clinic"}]), np.array([np.nan])),
    ):
        assert list(found.columns) == ["row", "id", "primary", "rule"] and found.empty


def test_more_tags_go_before_words_and_words_before_bounds() -> None:
    gb = load_standard("gb50180").category("elderly_day_care")
    plain, word, bounds, double = (
        replace(gb, id=id, osm=(replace(gb.osm[0], **rule),))
        for id, rule in [
            ("plain", {"tag": "leisure=park"}),
            ("word", {"tag": "leisure=park", "name_any": ("Forest",)}),
            ("bounds", {"tag": "leisure=park", "area_min": 1.0, "area_max": 9e9, "closed": True}),
            ("double", {"tag": "leisure=park+access=yes"}),
        ]
    )
    objects = [
        {"leisure": "park"},
        {"leisure": "park", "name": "A"},
        {"leisure": "park", "name": "black FOREST"},
        {"leisure": "park", "name": "Forest", "access": "yes"},
    ]
    area = np.array([np.nan, 50.0, 50.0, 50.0])
    for owners in ((plain, word, bounds, double), (double, bounds, word, plain)):
        assert classify_osm(owners, tags_of(objects), area).id.tolist() == ["plain", "bounds", "word", "double"]
    first = (replace(plain, priority=1), word, bounds, double)
    assert classify_osm(first, tags_of(objects), area).id.tolist() == ["plain"] * 4


@pytest.mark.parametrize("key", ["name", "name:zh", "name:en", "alt_name"])
def test_words_are_looked_for_in_every_name(key: str) -> None:
    found = classify_osm(STANDARD.categories, tags_of([{"highway": "path", key: "X;环湖绿道"}]), np.array([np.nan]))
    assert found.id.tolist() == ["greenway"]


def test_numbers_and_missing_values_are_no_trouble() -> None:
    codes = np.array([90601, 90601.0, 141204, None, np.nan, "050100; 999999", "0501"], dtype=object)
    names = np.array(["", None, np.nan, "", "", "", ""], dtype=object)
    found = classify_amap(STANDARD.categories, codes, names)
    assert dict(zip(found.row, found.id, strict=True)) == {
        0: "pharmacy",
        1: "pharmacy",
        2: "kindergarten",
        5: "catering",
    }


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(len(TABLE[(TABLE.data == "osm") & (TABLE.owner == "category")]))))
def test_the_order_of_objects_changes_nothing(order: list[int]) -> None:
    rows = TABLE[(TABLE.data == "osm") & (TABLE.owner == "category")].iloc[order]
    objects = [tags(*pair) for pair in zip(rows.object, rows["name"], strict=True)]
    area = pd.to_numeric(rows.area_m2).to_numpy(dtype=np.float64)
    found = classify_osm(STANDARD.categories, tags_of(objects), area)
    own = found[found.primary].set_index("row").id.reindex(range(len(rows))).fillna("")
    assert own.tolist() == rows.expected.tolist()


def test_rules_of_words_only_are_told_apart() -> None:
    assert [one.id for one in STANDARD.categories if keyword_only(one)] == []
    greenway = STANDARD.category("greenway")
    named = replace(greenway, osm=greenway.osm[:2])
    assert keyword_only(named) and not keyword_only(greenway)
    assert not keyword_only(replace(greenway, osm=()))


def test_words_in_another_script_make_a_rule_useless() -> None:
    greenway = STANDARD.category("greenway")
    named = replace(greenway, osm=greenway.osm[:2])
    latin = replace(named, osm=(replace(named.osm[0], name_any=("Paseo",)),))
    spanish = np.array(["Calle Mayor"] * 99 + ["", ""] + ["长城"], dtype=object)
    chinese = np.array(["人民路", "Starbucks", "长江路"], dtype=object)
    assert not has_usable_osm_rule(named, spanish), "1 name in 100 is not more than 1 %"
    assert has_usable_osm_rule(named, np.append(spanish, "黄河"))
    assert has_usable_osm_rule(named, chinese)
    assert has_usable_osm_rule(latin, spanish) and has_usable_osm_rule(latin, chinese)
    assert not has_usable_osm_rule(latin, np.array(["人民路"], dtype=object))
    assert not has_usable_osm_rule(named, np.array(["", None], dtype=object))
    assert has_usable_osm_rule(greenway, spanish), "a route needs no word"
    assert not has_usable_osm_rule(replace(greenway, osm=()), chinese)


@pytest.mark.parametrize(
    ("standard", "tag", "code", "name", "expected"),
    [
        ("mofcom-convenience", "shop=laundry", "071500", "福奈特洗衣", "laundry"),
        ("mofcom-convenience", "craft=electronics_repair", "071200", "手机维修", "repair"),
        ("mofcom-convenience", "shop=supermarket", "060400", "大润发", "supermarket;convenience"),
        ("mofcom-convenience", "shop=convenience", "060202", "罗森", "convenience"),
        ("mofcom-convenience", "shop=mall", "060101", "龙湖天街", ""),
        ("chengdu-industrial", "shop=mall", "060101", "龙湖天街", "commerce"),
        ("chengdu-industrial", "shop=supermarket", "060400", "红旗超市", "supermarket"),
        ("chengdu-industrial", "amenity=public_bath", "071400", "大众浴池", "bath"),
        ("chengdu-industrial", "amenity=hospital", "090101", "人民医院", ""),
        ("shanghai", "amenity=childcare", "141204", "彩虹托育中心", "childcare"),
        ("shanghai", "amenity=kindergarten", "141204", "彩虹幼儿园", ""),
        ("shanghai", "amenity=community_centre", "120304", "曹杨社区服务中心", "community_service_centre"),
        ("shanghai", "highway=bus_stop", "150700", "漕河泾", "bus"),
    ],
)
def test_the_extracts_find_their_kinds(standard: str, tag: str, code: str, name: str, expected: str) -> None:
    categories = load_standard(standard).categories
    osm = classify_osm(categories, tags_of([tags(tag, name)]), np.array([np.nan]))
    amap = classify_amap(categories, np.array([code], dtype=object), np.array([name], dtype=object))
    assert ";".join(osm.id) == expected
    assert ";".join(amap.id) == expected
