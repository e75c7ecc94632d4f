"""Standards: the shipped ones hold what their documents say, and a faulty one is refused with reasons."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from lifecircle.errors import InputError
from lifecircle.model import FUNCTIONS, PEOPLE, Standard
from lifecircle.standard import base_of, list_standards, load_standard
from lifecircle.standard_file import STANDINGS, standard_schema

FOLDER = Path(str(files("lifecircle").joinpath("standards")))
VALIDATOR = Draft202012Validator(standard_schema())
SHIPPED = [path.stem for path in sorted(FOLDER.glob("*.yaml"))]

# Typed by hand from notes on GB 50180-2018: circle, metres, whether read in a public copy.
GB50180 = {
    "kindergarten": (5, 300, True),
    "primary_school": (10, 500, True),
    "middle_school": (15, 1000, False),
    "health_centre": (15, 1000, False),
    "health_station": (5, 300, False),
    "culture_centre": (15, 1000, False),
    "culture_station": (5, 500, False),
    "community_service_centre": (15, 1000, False),
    "community_service_station": (5, 300, False),
    "police": (15, 800, False),
    "mall": (10, 500, False),
    "food_market": (10, 500, False),
    "gym": (15, 1000, False),
    "sports_ground_large": (15, 1000, False),
    "sports_ground_medium": (10, 500, False),
    "sports_ground_small": (5, 300, False),
    "outdoor_fitness": (5, 300, False),
    "elderly_day_care": (5, 300, False),
    "shops": (5, 300, False),
    "bus": (10, 500, False),
    "rail": (15, 800, False),
    "park_5": (5, 300, True),
    "park_10": (10, 500, True),
    "park_15": (15, 1000, True),
}
# Least area in m2, m2 a head, whether both were read in a public copy.
GB50180_PARKS = {"park_5": (4000, 1.0, False), "park_10": (10000, 1.0, True), "park_15": (50000, 2.0, False)}

# Typed by hand: metres, weight in the function, standing.
INDUSTRIAL = {
    "canteen": (300, 0.0808, "proposed"),
    "catering": (500, 0.0541, "verified"),
    "convenience": (300, 0.0811, "recalled"),
    "market": (500, 0.0541, "recalled"),
    "supermarket": (1000, 0.0541, "verified"),
    "pharmacy": (500, 0.0541, "verified"),
    "health_station": (300, 0.0811, "recalled"),
    "health_centre": (1000, 0.0541, "recalled"),
    "hair": (500, 0.027, "verified"),
    "parcel": (300, 0.027, "proposed"),
    "bank": (1000, 0.027, "verified"),
    "culture_station": (500, 0.0541, "recalled"),
    "gym": (1000, 0.027, "recalled"),
    "sports_ground": (500, 0.0541, "recalled"),
    "kindergarten": (300, 0.0541, "verified"),
    "community_service": (300, 0.0811, "recalled"),
    "safety": (1000, 0.027, "proposed"),
    "third_place": (1000, 0.027, "proposed"),
    "bus": (300, 0.0811, "verified"),
    "workplace": (1000, 0.2142, "proposed"),
    "enterprise_service": (1000, 0.2143, "recalled"),
    "rd_platform": (1000, 0.1429, "proposed"),
    "incubator": (1000, 0.1429, "proposed"),
    "training": (1000, 0.0714, "proposed"),
    "hr_finance": (1000, 0.1429, "proposed"),
    "logistics_ev": (1000, 0.0714, "proposed"),
    "park": (500, 0.3334, "verified"),
    "pocket_park": (300, 0.2222, "verified"),
    "square": (300, 0.2222, "recalled"),
    "greenway": (1000, 0.2222, "verified"),
}

# Typed by hand from notes on the documents: metres or "n min", standing of the norm, least m2 of one facility.
EXTRACTS = {
    "shanghai": {
        "elderly_day_care": ("5 min", "verified", None),
        "community_service_centre": (1000, "proposed", 800),
        "bus": (500, "verified", None),
        "childcare": (500, "verified", None),
    },
    "mofcom-convenience": {
        "convenience": ("5 min", "verified", None),
        "catering": ("8 min", "verified", None),
        "pharmacy": ("8 min", "verified", None),
        "laundry": ("8 min", "verified", None),
        "hair": ("8 min", "verified", None),
        "market": ("8 min", "verified", None),
        "supermarket": ("15 min", "verified", None),
        "repair": ("15 min", "verified", None),
        "gym": ("15 min", "verified", None),
    },
    "chengdu-industrial": {
        "supermarket": (800, "verified", None),
        "catering": (800, "verified", None),
        "bank": (800, "verified", None),
        "bus": (800, "verified", None),
        "commerce": (1000, "proposed", 2500),
        "culture_station": (1000, "proposed", 300),
        "health_station": (1000, "proposed", 200),
        "bath": (1000, "proposed", 500),
    },
}


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Path]:
    """A small standard of the user's own: text replaced as asked."""
    text = """\
id: mine
zh: 我的标准
en: Mine
version: "1"
weights_source: us
sources:
  - {id: us, document: Our own, standing: proposed}
  - {id: code, document: A code of practice, standing: verified}
profiles:
  - {id: planning, zh: 规划, en: Planning, metres_per_minute: 60, source: us, standing: proposed}
categories:
  - id: clinic
    zh: 诊所
    en: Clinic
    function: living
    circle: 5
    norm: {distance_m: 300}
    serves: [beds]
    weight: 1
    source: [code]
    standing: verified
    osm:
      - {tag: amenity=clinic}
    amap:
      - {code: "090300"}
  - id: park
    zh: 公园
    en: Park
    function: ecology
    circle: 10
    norm: {minutes: 10}
    serves: [people, beds]
    weight: 1
    source: [us]
    standing: proposed
    capacity: {unit: m2, per_head: 1, source: [us], standing: proposed}
# the end
"""

    def write(*changes: tuple[str, str]) -> Path:
        changed = text
        for old, new in changes:
            assert old in changed, old
            changed = changed.replace(old, new, 1)
        path = tmp_path / "mine.yaml"
        path.write_text(changed, encoding="utf-8")
        return path

    return write


def faults(path: Path) -> list[str]:
    with pytest.raises(InputError) as refused:
        load_standard(path)
    return [str(fault) for fault in refused.value.faults]


# The shipped standards ---------------------------------------------------------------------------


def test_every_file_is_listed_under_its_name() -> None:
    assert [standard.id for standard in list_standards()] == SHIPPED
    assert {"gb50180", "industrial-community"} <= set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_number_has_a_source_and_a_standing(name: str) -> None:
    standard = load_standard(name)
    standing = {source.id: source.standing for source in standard.sources}

    def weakest(ids: tuple[str, ...]) -> str:
        return min((standing[id] for id in ids), key=STANDINGS.index)

    assert standard.weights_source in standing
    for category in standard.known:
        assert category.standing == weakest(category.source), category.id
        capacity = category.capacity
        if capacity and (capacity.min or capacity.per_head):
            assert capacity.standing == weakest(capacity.source), category.id
        if category.duty:
            assert category.duty_source in standing
    for profile in standard.profiles:
        assert profile.standing == standing[profile.source]
    for rule in standard.tailoring:
        assert rule.standing == weakest(rule.source), rule.id
    used = {id for one in standard.known for id in (*one.source, one.duty_source)}
    used |= {id for one in standard.known if one.capacity for id in one.capacity.source}
    used |= {id for rule in standard.tailoring for id in rule.source}
    for check in standard.checks:
        assert check.standing == weakest(check.source), check.id
    used |= {one.source for one in standard.profiles} | {standard.weights_source}
    used |= {id for check in standard.checks for id in check.source}
    assert set(standing) <= used, "a source that nothing uses"


@pytest.mark.parametrize("name", SHIPPED)
def test_weights_of_a_function_sum_to_one(name: str) -> None:
    standard = load_standard(name)
    for function, share in zip(FUNCTIONS, standard.function_weights, strict=True):
        weights = [one.weight for one in standard.categories if one.function == function]
        assert sum(weights) == pytest.approx(1 if share else 0, abs=1e-3)
    assert sum(standard.function_weights) == pytest.approx(1)


@pytest.mark.parametrize("name", SHIPPED)
def test_names_rules_and_profiles_are_whole(name: str) -> None:
    standard = load_standard(name)
    assert {one.id: one.metres_per_minute for one in standard.profiles} == {
        "planning": 60,
        "worker": 75,
        "elderly": 50,
        "wheelchair": 40,
    }
    assert {one.id: one.unit for one in standard.demand} == {
        "dormitory": "beds",
        "talent_flat": "beds",
        "housing": "people",
        "workplace": "jobs",
    }
    for block in (*standard.categories, *standard.demand, *standard.profiles):
        assert re.search(r"[\u4e00-\u9fff]", block.zh) and block.en.isprintable() and block.en
    for category in standard.categories:
        assert set(category.serves) <= set(PEOPLE)
        assert all(re.fullmatch(r"\d{6}", rule.code) for rule in category.amap if rule.code)
    assert re.fullmatch(r"[0-9a-f]{64}", standard.hash)


def test_industrial_community_holds_the_thirty_categories() -> None:
    standard = load_standard("industrial-community")
    assert {one.id: (one.norm.distance_m, one.weight, one.standing) for one in standard.categories} == INDUSTRIAL
    for category in standard.categories:
        expected = {"production": ("jobs",), "living": ("beds", "people"), "ecology": ("beds", "people")}
        special = {"workplace": ("beds",), "kindergarten": ("families",)}
        assert category.serves == special.get(category.id, expected[category.function])
        assert category.circle == {300: 5, 500: 10, 1000: 15}[int(category.norm.distance_m or 0)]
    per_head = {one.id: one.capacity.per_head for one in standard.categories if one.capacity}
    assert {id: value for id, value in per_head.items() if value} == pytest.approx(
        {"convenience": 1 / 3000, "sports_ground": 0.3, "park": 1.0}, rel=1e-5
    )
    assert standard.category("park").also_satisfies == ("pocket_park",)


def test_gb50180_holds_only_the_known_numbers() -> None:
    standard = load_standard("gb50180")
    found = {one.id: (one.circle, one.norm.distance_m, one.standing == "verified") for one in standard.categories}
    assert found == GB50180
    assert {one.standing for one in standard.categories} == {"verified", "recalled"}
    parks = {
        one.id: (one.capacity.min, one.capacity.per_head, one.capacity.standing == "verified")
        for one in standard.categories
        if one.capacity
    }
    assert parks == GB50180_PARKS
    assert {one.duty for one in standard.categories} == {"", "应配建", "宜配建"}
    assert "recalled" in standard.partial and "extract" in standard.partial


def test_checks_hold_only_the_known_numbers() -> None:
    """Typed from the table of facts; each with its cities."""
    found = {
        check.id: (check.least, check.most, tuple(city.en for city in check.cities), check.standing)
        for check in load_standard("industrial-community").checks
    }
    assert found == {
        "production_floor": (0.6, None, ("Hangzhou",), "source-document"),
        "support_floor_m0": (None, 0.3, ("Dongguan", "Shenzhen", "Guangzhou"), "verified"),
        "support_land": (None, 0.07, (), "verified"),
        "support_land_rental": (None, 0.15, ("Fuzhou",), "verified"),
        "support_floor_rental": (None, 0.3, ("Fuzhou",), "verified"),
        "park_land": (0.9, None, (), "verified"),
        "green_15": (2.0, None, (), "verified"),
        "green_10": (1.0, None, (), "verified"),
        "road_density": (8, None, (), "verified"),
        "jobs_ratio": (0.8, 1.25, (), "verified"),
        "services_2025": (0.85, None, ("Shanghai",), "verified"),
        "services_2035": (0.99, None, ("Shanghai",), "verified"),
    }
    for id in ("gb50180", "shanghai"):
        own = {check.id: (check.least, check.most) for check in load_standard(id).checks}
        assert own and own.items() <= {key: value[:2] for key, value in found.items()}.items()
    assert load_standard("mofcom-convenience").checks == load_standard("chengdu-industrial").checks == ()


@pytest.mark.parametrize("name", EXTRACTS)
def test_an_extract_holds_only_the_known_numbers_and_says_so(name: str) -> None:
    standard = load_standard(name)
    found = {
        one.id: (
            one.norm.distance_m or f"{one.norm.minutes:g} min",
            one.standing,
            one.capacity.min if one.capacity else None,
        )
        for one in standard.categories
    }
    assert found == EXTRACTS[name]
    assert not any(one.capacity.per_head for one in standard.categories if one.capacity)
    assert not any(one.duty for one in standard.categories), "the documents, as far as known, name no duties"
    assert "extract" in standard.en and "节选" in standard.zh
    assert "leaves out" in standard.partial and "未收录" in standard.partial_zh
    assert {one.document_zh != "" for one in standard.sources} == {True}


@pytest.mark.parametrize("name", EXTRACTS)
def test_rules_are_those_of_the_standard_it_is_based_on(name: str) -> None:
    standard, base = load_standard(name), base_of(name)
    assert base is not None and (standard.demand, standard.profiles) == (base.demand, base.profiles)
    known = {one.id: set(one.osm) | set(one.amap) for one in base.categories}
    for category in standard.categories:
        rules = set(category.osm) | set(category.amap)
        assert rules and rules <= known.get(category.id, rules)


def test_a_standard_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        load_standard("gb50180").id = "other"  # type: ignore[misc]


# A user's own ------------------------------------------------------------------------------------


def test_a_users_file_works_the_same(own: Callable[..., Path]) -> None:
    standard = load_standard(own())
    assert isinstance(standard, Standard)
    assert standard.category("park").norm.metres(50) == 500
    assert standard.category("clinic").amap[0].code == "090300"
    assert standard.function_weights == (0, 0.5, 0.5), "functions with categories count alike"


def test_the_hash_is_of_the_contents(own: Callable[..., Path]) -> None:
    first = load_standard(own()).hash
    same = [
        ("    weight: 1\n    source: [code]", "    source: [code]   # a comment\n    weight: 1.0"),
        ("id: mine\nzh: 我的标准", 'partial: ""\nzh: 我的标准\nid: "mine"'),
        ("    osm:\n", "    priority: 0\n    osm:\n"),
    ]
    assert load_standard(own(*same)).hash == first
    assert load_standard(own(("distance_m: 300", "distance_m: 301"))).hash != first
    assert load_standard(own(('"090300"', '"090301"'))).hash != first


def test_an_unknown_name_lists_the_shipped_ones() -> None:
    with pytest.raises(InputError, match=r"'nowhere'.*gb50180, industrial-community"):
        load_standard("nowhere")


@pytest.mark.parametrize(
    ("old", "new", "key", "value", "mend"),
    [
        ('"090300"', "090300", "categories.clinic.amap.1.code", "090300", 'quote it: "090300"'),
        ('"090300"', "090601", "categories.clinic.amap.1.code", "090601", 'quote it: "090601"'),
        ('"090300"', "070400", "categories.clinic.amap.1.code", "070400", 'quote it: "070400"'),
        ('"090300"', '"90300"', "categories.clinic.amap.1.code", "'90300'", "six digits"),
        ("    osm:", "    wieght: 1\n    osm:", "categories.clinic.wieght", "1", "known keys: also_satisfies, always"),
        ("weight: 1", "weight: -1", "categories.clinic.weight", "-1", "0 or more"),
        ("weight: 1", "weight: yes", "categories.clinic.weight", "True", "a number"),
        ("weight: 1", "weight: .nan", "categories.clinic.weight", "nan", "a number"),
        ("300}", "300, minutes: 5}", "categories.clinic.norm", "distance_m 300 and minutes 5", "exactly one"),
        ("{distance_m: 300}", "{}", "categories.clinic.norm", "neither", "exactly one"),
        ("{distance_m: 300}", "{distance_m: 0}", "categories.clinic.norm.distance_m", "0", "above 0"),
        ("source: [code]", "source: [cod]", "categories.clinic.source", "'cod'", "use us, code"),
        ("source: [code]", "source: [us]", "categories.clinic.standing", "'verified'", "write proposed"),
        ("    standing: verified\n    osm", "    osm", "categories.clinic.standing", "missing", "add the key: one of"),
        ("standing: verified\n    osm", "standing: sure\n    osm", "clinic.standing", "'sure'", "one of proposed"),
        (
            "[us], standing: proposed}\n#",
            "[us], standing: sure}\n#",
            "park.capacity.standing",
            "'sure'",
            "one of proposed",
        ),
        ("per_head: 1,", 'per_head: "1",', "categories.park.capacity.per_head", "'1'", "a number above 0"),
        ("serves: [beds]", "serves: [dogs]", "categories.clinic.serves.1", "'dogs'", "beds, jobs, people, families"),
        ("serves: [beds]", "serves: []", "categories.clinic.serves", "is empty", "beds, jobs, people, families"),
        ("circle: 5", "circle: 7", "categories.clinic.circle", "7", "5, 10, 15"),
        ("id: clinic", "id: Clinic 1", "categories.Clinic 1.id", "'Clinic 1'", "small letters"),
        ("id: park", "id: clinic", "categories.clinic.id", "'clinic' stands twice", "give each its own"),
        ("weights_source: us", "weights_source: them", "weights_source", "'them'", "use us, code"),
        ("tag: amenity=clinic", "tag: clinic", "categories.clinic.osm.1.tag", "'clinic'", "key=value"),
        ("tag: amenity=clinic", "tag: amenity=*", "categories.clinic.osm.1.tag", "'amenity=*'", "no wildcards"),
        ("=clinic}", '=clinic, name_any: [" "]}', "categories.clinic.osm.1.name_any.1", "' '", "word"),
        ("=clinic}", "=clinic, area_min: 9, area_max: 5}", "clinic.osm.1", "area_min 9 is not below", "below area_max"),
        ('{code: "090300"}', "{}", "categories.clinic.amap.1", "every place", "give a code, words"),
        ("    osm:", "    also_satisfies: [parc]\n    osm:", "clinic.also_satisfies", "'parc'", "another category"),
        ("    osm:", "    duty: 应配建\n    osm:", "categories.clinic.duty", "应配建", "add duty_source"),
        (
            "per_head: 1, source: [us], standing: proposed}",
            "per_head: 1}",
            "categories.park.capacity",
            "number without",
            "name the source",
        ),
        ("    weight: 1\n", "    weight: 1\n    weight: 2\n", "categories.clinic.weight", "stands 2 times", "keep one"),
        ("    weight: 1\n", "    weight: 0\n", "function_weights", "living counts", "give a category a weight"),
        (
            "sources:",
            "function_weights: {production: 0, living: 1, ecology: 1}\nsources:",
            "function_weights",
            "sums to 2",
            "sum to 1",
        ),
        ("id: mine", "id: mine: yours", "mine.yaml:1", "YAML fault", "colons"),
    ],
)
def test_a_fault_names_key_value_and_mend(
    own: Callable[..., Path], old: str, new: str, key: str, value: str, mend: str
) -> None:
    path = own((old, new))
    told = faults(path)
    assert len(told) == 1, told
    assert str(path) in told[0]
    for part in (key, value, mend):
        assert part in told[0]


def test_all_faults_are_told_together(own: Callable[..., Path]) -> None:
    told = faults(
        own(
            ('"090300"', "090601"),
            ("    osm:", "    colour: red\n    osm:"),
            ("{minutes: 10}", "{minutes: 10, distance_m: 500}"),
            ("source: [code]", "source: [nobody]"),
            ("serves: [people, beds]", "serves: [people, cats]"),
        )
    )
    text = "\n".join(told)
    assert len(told) == 5, text
    for word in ('quote it: "090601"', "colour", "minutes 10", "'nobody'", "'cats'"):
        assert word in text


@pytest.mark.parametrize("text", ["", "just words", "- a list", "[" * 5000, "&a [*a]", "id: 2024-13-45", "\x00"])
def test_what_is_no_standard_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    assert all(str(path) in fault for fault in faults(path))


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gbk.yaml"
    path.write_bytes("zh: 标准".encode("gbk"))
    assert "UTF-8" in faults(path)[0]


# The schema --------------------------------------------------------------------------------------


def test_the_schema_names_every_key_of_the_data() -> None:
    blocks = standard_schema()["$defs"]
    keys = {one.name for one in fields(Standard)} - {"hash", "reserve"} | {"based_on", "drop"}
    category = {one.name for one in fields(load_standard("gb50180").categories[0])} | {"enabled"}
    for file, block in (("StandardFile", "CategoryBlock"), ("DerivedStandardFile", "CategoryBlockChange")):
        assert set(blocks[file]["properties"]) == keys and blocks[file]["additionalProperties"] is False
        assert set(blocks[block]["properties"]) == category and blocks[block]["additionalProperties"] is False


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_files_meet_the_schema(name: str) -> None:
    data = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert list(VALIDATOR.iter_errors(data)) == []


CITY = {"id": "city", "zh": "某市", "en": "City", "version": "1"}


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (CITY | {"based_on": "gb50180"}, None),
        (CITY | {"based_on": "gb50180", "drop": ["others"], "categories": [{"id": "bus", "duty": ""}]}, None),
        (CITY | {"based_on": "gb50180", "function_weights": None}, None),
        (CITY | {"based_on": "gb50180", "drop": "the rest"}, ["drop"]),
        (CITY | {"based_on": "gb50180", "categories": [{"weight": 1}]}, ["categories", 0]),
        (CITY | {"based_on": "gb50180", "categories": [{"id": "bus", "wieght": 1}]}, ["categories", 0]),
        (CITY | {"based_on": "gb50180", "categories": [{"id": "bus", "circle": 7}]}, ["categories", 0, "circle"]),
        ({"id": "city", "based_on": "gb50180"}, []),
        (CITY, []),
        (CITY | {"based_on": ""}, []),
    ],
)
def test_the_schema_parts_whole_from_derived_files(data: dict[str, Any], where: list[str | int] | None) -> None:
    told = [list(error.absolute_path) for error in VALIDATOR.iter_errors(data)]
    assert where in told if where is not None else told == []


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_codes_stand_in_quotes(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert not re.search(r"code: *\d", text)
    assert yaml.safe_load(text)["id"] == name


def test_a_changed_copy_must_not_pass_as_the_shipped_one(tmp_path: Path) -> None:
    text = (files("lifecircle") / "standards" / "gb50180.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_standard(path) == load_standard("gb50180")
    path.write_text(text.replace("distance_m: 300", "distance_m: 400", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"'gb50180' is a shipped standard's, and this one differs; give it an id"):
        load_standard(path)
