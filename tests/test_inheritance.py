"""Standards based on others: what they take, what they change, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from lifecircle.errors import InputError
from lifecircle.standard import base_of, load_standard

FOLDER = Path(str(files("lifecircle").joinpath("standards")))
CITY: dict[str, Any] = {
    "id": "city",
    "zh": "某市",
    "en": "City",
    "version": "1",
    "based_on": "gb50180",
    "sources": [{"id": "decree", "document": "Decree 12", "standing": "verified"}],
}
NEW = {"source": ["decree"], "standing": "verified"}
BUS = {"id": "bus", "norm": {"distance_m": 300}, **NEW}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """A standard file from its data; JSON is YAML too, with every text in quotes."""

    def written(data: dict[str, Any], name: str = "city.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return path

    return written


def faults(path: Path) -> list[str]:
    with pytest.raises(InputError) as refused:
        load_standard(path)
    return [str(fault) for fault in refused.value.faults]


def data_of(id: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((FOLDER / f"{id}.yaml").read_text(encoding="utf-8"))
    return data


def test_three_numbers_change_and_the_rest_stays(write: Callable[..., Path]) -> None:
    changes = [
        BUS,
        {"id": "police", "norm": {"minutes": 10}, **NEW},
        {"id": "park_10", "capacity": {"unit": "m2", "min": 8000, "source": ["decree"], "standing": "verified"}},
    ]
    city, base = load_standard(write(CITY | {"categories": changes})), load_standard("gb50180")
    assert [one.id for one in city.categories] == [one.id for one in base.categories]
    changed = {one.id for one, old in zip(city.categories, base.categories, strict=True) if one != old}
    assert changed == {"bus", "police", "park_10"}
    bus, old = city.category("bus"), base.category("bus")
    assert (bus.norm.distance_m, bus.source, bus.standing) == (300, ("decree",), "verified")
    assert (bus.osm, bus.amap, bus.weight, bus.duty, bus.duty_source) == (
        (old.osm, old.amap, old.weight, old.duty, old.duty_source)
    )
    assert (city.category("police").norm.minutes, city.category("police").norm.distance_m) == (10, None)
    park = city.category("park_10").capacity
    assert park is not None and (park.min, park.per_head) == (8000, None)
    assert city.category("park_10").norm == base.category("park_10").norm
    assert (city.demand, city.profiles, city.partial) == (base.demand, base.profiles, base.partial)
    assert (city.id, city.zh, city.version) == ("city", "某市", "1")


def test_the_hash_is_of_the_whole(write: Callable[..., Path]) -> None:
    derived = load_standard(write(CITY | {"categories": [BUS]}))
    flat = data_of("gb50180") | {key: CITY[key] for key in ("id", "zh", "en", "version")}
    flat["sources"] = [*flat["sources"], *CITY["sources"]]
    bus = next(block for block in flat["categories"] if block["id"] == "bus")
    bus |= BUS
    assert load_standard(write(flat, "flat.yaml")) == derived
    assert derived.hash != load_standard("gb50180").hash
    assert derived.hash != load_standard(write(CITY | {"categories": [BUS | {"circle": 5}]})).hash


def test_a_base_that_changes_changes_what_is_based_on_it(write: Callable[..., Path]) -> None:
    first = data_of("gb50180") | {"id": "first", "zh": "甲", "en": "First"}
    write(first, "first.yaml")
    city = write(CITY | {"based_on": "first.yaml"})
    before = load_standard(city).hash
    first["profiles"][0]["metres_per_minute"] = 61
    write(first, "first.yaml")
    assert load_standard(city).hash != before


def test_a_path_is_relative_to_the_file_and_bases_have_bases(write: Callable[..., Path]) -> None:
    write(CITY | {"categories": [BUS]})
    district = write(
        {
            "id": "district",
            "zh": "某区",
            "en": "District",
            "version": "1",
            "based_on": "../city.yaml",
            "drop": ["mall"],
        },
        "sub/district.yaml",
    )
    found, base = load_standard(district), base_of(district)
    assert base is not None and base.id == "city"
    assert found.category("bus").norm.distance_m == 300 and found.category("bus").source == ("decree",)
    assert {one.id for one in base.categories} - {one.id for one in found.categories} == {"mall"}
    assert base_of("gb50180") is None


@pytest.mark.parametrize("id", [path.stem for path in sorted(FOLDER.glob("*.yaml"))])
def test_who_changes_nothing_is_the_same_by_another_name(write: Callable[..., Path], id: str) -> None:
    city, base = load_standard(write({**CITY, "based_on": id, "sources": []})), load_standard(id)
    names = {key: CITY[key] for key in ("id", "zh", "en", "version")}
    assert city == replace(base, **names, hash=city.hash)
    assert city.hash != base.hash


def test_others_are_dropped_new_ones_added_and_unused_sources_fall_away(write: Callable[..., Path]) -> None:
    barber = {
        "id": "barber", "zh": "理发", "en": "Barber", "function": "living", "circle": 10, "norm": {"minutes": 10},
        "serves": ["beds"], "weight": 0.1, "osm": [{"tag": "shop=barber"}], **NEW,
    }  # fmt: skip
    data = CITY | {
        "drop": ["others"],
        "categories": [barber, {"id": "rail"}, BUS],
        "weights_source": "decree",
        "function_weights": None,
    }
    city = load_standard(write(data))
    assert [one.id for one in city.categories] == ["bus", "rail", "barber"], "the base's order, then the new ones"
    assert city.category("rail") == load_standard("gb50180").category("rail")
    assert city.function_weights == (0, 1, 0)
    assert {one.id for one in city.sources} == {"decree", "appendix-b", "appendix-c", "ours"}


def test_what_belongs_to_a_number_does_not_outlive_it(write: Callable[..., Path]) -> None:
    told = faults(
        write(
            CITY
            | {
                "categories": [
                    {"id": "bus", "norm": {"distance_m": 400}},
                    {"id": "rail", "duty": "应配建"},
                    {"id": "mall", "weight": 0.2},
                    {"id": "gym", "zh": "健身"},
                ],
                "profiles": [{"id": "planning", "metres_per_minute": 70}],
                "demand": [{"id": "housing", "en": "Homes"}],
            }
        )
    )
    expected = (
        "categories.bus.source: is missing", "categories.bus.standing: is missing",
        "categories.rail.duty: 应配建 has no source; add duty_source", "weights_source: is missing",
        "categories.gym.en: is missing", "profiles.planning.source: is missing",
        "profiles.planning.standing: is missing", "demand.housing.zh: is missing",
    )  # fmt: skip
    assert len(told) == len(expected), told
    for part in expected:
        assert any(part in line for line in told), part
    kept = load_standard(write(CITY | {"partial": "Half of it.", "categories": [BUS]}))
    assert kept.partial_zh == "" and load_standard("gb50180").partial_zh
    base, moved = (
        load_standard("gb50180"),
        load_standard(write(CITY | {"categories": [BUS | {"id": "culture_station"}]})),
    )
    assert base.category("culture_station").note and not moved.category("culture_station").note


def test_values_are_taken_away_by_saying_so(write: Callable[..., Path]) -> None:
    changes = [{"id": "park_10", "capacity": None}, {"id": "bus", "duty": ""}, {"id": "mall", "amap": []}]
    city = load_standard(write(CITY | {"categories": changes}))
    assert city.category("park_10").capacity is None
    assert (city.category("bus").duty, city.category("bus").duty_source) == ("", "")
    assert city.category("mall").amap == () and city.category("mall").osm


@pytest.mark.parametrize(
    ("changes", "key", "value", "mend"),
    [
        ({"based_on": "gb5018"}, "based_on", "no such standard: 'gb5018'", "use chengdu-industrial, gb50180"),
        ({"based_on": "city.yaml"}, "based_on", "leads back to", "on another standard"),
        ({"based_on": "../{folder}/city.yaml"}, "based_on", "leads back to", "on another standard"),
        ({"based_on": "x" * 5000}, "based_on", "no such standard", "or the path of a YAML file"),
        ({"based_on": 50180}, "based_on", "is not text", "a shipped standard's id or a path"),
        ({"drop": ["bath"]}, "drop", "'bath'", "gb50180 has: kindergarten,"),
        ({"drop": "the rest"}, "drop", "'the rest'", "a list of categories of `based_on`"),
        ({"drop": ["bus"], "categories": [BUS]}, "drop", "'bus' is both dropped and changed", "keep one"),
        ({"drop": ["park_5"]}, "categories.park_15.also_satisfies", "'park_5'", "another category"),
        ({"categories": [{"norm": {"minutes": 5}}]}, "categories.1", "has no id", "`id:`"),
        ({"categories": ["bus"]}, "categories.1", "has no id", "`id:`"),
        ({"categories": None}, "categories", "is not a list", "a list of blocks"),
        ({"categories": [BUS, BUS]}, "categories.bus.id", "'bus' stands twice", "its own"),
        ({"categories": [{"id": "bus", "wieght": 1}]}, "categories.bus.wieght", "1", "known keys: also_satisfies"),
        ({"categories": [BUS | {"source": ["decre"]}]}, "categories.bus.source", "'decre'", "or use circles,"),
        ({"categories": [BUS | {"source": ["ours"]}]}, "categories.bus.standing", "'verified'", "write proposed"),
        ({"version": None}, "version", "is not text", "a short name"),
    ],
)
def test_a_fault_names_key_value_and_mend(
    write: Callable[..., Path], changes: dict[str, Any], key: str, value: str, mend: str
) -> None:
    path = write(CITY | changes)
    path.write_text(path.read_text(encoding="utf-8").replace("{folder}", path.parent.name), encoding="utf-8")
    told = [line for line in faults(path) if key in line]
    assert told and all(str(path) in line for line in told)
    assert any(value in line and mend in line for line in told), told


@pytest.mark.parametrize("key", ["id", "zh", "en", "version"])
def test_a_name_is_never_taken_from_another(write: Callable[..., Path], key: str) -> None:
    told = faults(write({other: value for other, value in CITY.items() if other != key}))
    assert len(told) == 1 and f"{key}: is missing" in told[0]


def test_faults_of_the_base_name_the_base(write: Callable[..., Path]) -> None:
    base = write(CITY | {"id": "first", "categories": [{"id": "bus", "circle": 7}]}, "first.yaml")
    told = faults(write(CITY | {"based_on": "first.yaml"}))
    assert len(told) == 1 and str(base) in told[0] and "categories.bus.circle" in told[0]


def test_faults_of_the_text_are_told_beside_those_of_the_base(write: Callable[..., Path]) -> None:
    told = faults(write(CITY | {"based_on": "nowhere", "categories": [BUS, BUS]}))
    assert len(told) == 2 and "'bus' stands twice" in told[0] and "'nowhere'" in told[1]


def test_all_faults_of_the_changes_are_told_together(write: Callable[..., Path]) -> None:
    changes = [{"weight": 1}, {"id": "bus", "circle": 7, "amap": [{"code": "090601"}]}]
    path = write(CITY | {"drop": ["bath"], "categories": changes, "colour": "red"})
    path.write_text(path.read_text(encoding="utf-8").replace('"090601"', "090601"), encoding="utf-8")
    told = "\n".join(faults(path))
    for part in ("'bath'", "has no id", "circle", "colour", 'quote it: "090601"'):
        assert part in told


def test_only_a_derived_file_drops(write: Callable[..., Path]) -> None:
    told = faults(write(data_of("gb50180") | {"id": "whole", "drop": ["bus"]}))
    assert len(told) == 1 and "drop" in told[0] and "add `based_on:`" in told[0]


# Lower circles are not counted again in higher ones ----------------------------------------------


def test_a_lower_circle_does_not_serve_in_a_higher_one(write: Callable[..., Path]) -> None:
    up = faults(write(CITY | {"categories": [{"id": "health_station", "also_satisfies": ["health_centre"]}]}))
    assert len(up) == 1
    assert "categories.health_station.also_satisfies: 'health_centre' is of a higher circle" in up[0]
    down = load_standard(write(CITY | {"categories": [{"id": "health_centre", "also_satisfies": ["health_station"]}]}))
    assert down.category("health_centre").also_satisfies == ("health_station",)
    same = load_standard(write(CITY | {"categories": [{"id": "mall", "also_satisfies": ["food_market"]}]}))
    assert same.category("mall").also_satisfies == ("food_market",)


def test_a_kind_repeated_in_a_higher_circle_is_refused(write: Callable[..., Path]) -> None:
    """The objects of the rule all count in the first, so the second would look empty whatever there is."""
    again = {
        "id": "pharmacy_15", "zh": "药店", "en": "Pharmacy", "function": "living", "circle": 15,
        "norm": {"distance_m": 1000}, "serves": ["beds"], "weight": 0.1, **NEW,
        "osm": [{"tag": "amenity=pharmacy"}], "amap": [{"code": "090601"}],
    }  # fmt: skip
    told = faults(write(CITY | {"categories": [again], "weights_source": "decree"}))
    assert len(told) == 2
    assert "categories.pharmacy_15.osm.1: stands in 'shops' too" in told[0] and "also_satisfies" in told[0]
    assert "categories.pharmacy_15.amap.1: stands in 'shops' too" in told[1]
    apart = again | {"osm": [{"tag": "amenity=pharmacy", "name_any": ["大药房"]}], "amap": []}
    assert load_standard(write(CITY | {"categories": [apart], "weights_source": "decree"})).category("pharmacy_15")


def test_a_change_of_what_the_base_does_not_have_is_one_fault(tmp_path: Path) -> None:
    """A beginner writes ``clinic`` for ``health_station``: one line with the ids, not one for every missing key."""
    path = tmp_path / "city.yaml"
    path.write_text(
        "{id: city, zh: 城, en: City, version: '1', based_on: industrial-community, "
        "categories: [{id: clinic, norm: {distance_m: 400}}]}",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        load_standard(path)
    (told,) = refused.value.render("en").splitlines()
    assert "categories.clinic.id: industrial-community has no 'clinic' to change; use one of " in told
    assert "health_station" in told and told.endswith("a new one gives all its keys")
