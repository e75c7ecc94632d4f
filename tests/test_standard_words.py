"""What standards say and how they differ, in words."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from lifecircle.messages import LANGUAGES, Named
from lifecircle.model import Adjustment, AmapRule, Capacity, Factors, Measure, Moment, Norm, OsmRule, Standard
from lifecircle.standard import list_standards, load_standard
from lifecircle.standard_words import differences, findings, overview

BASE = load_standard("gb50180")


def text(sections: list[Any], lang: str = "en") -> str:
    lines = [line.render(lang) for heading, lines in sections for line in (heading, *lines)]
    return "\n".join(lines)


def changed(id: str, **change: Any) -> Standard:
    return replace(BASE, categories=tuple(replace(one, **change) if one.id == id else one for one in BASE.categories))


def test_what_differs_is_told_in_words() -> None:
    bus = {"norm": Norm(minutes=5), "source": ("ours",), "standing": "proposed", "duty": "", "duty_source": ""}
    new = changed("bus", **bus, weight=0.1, capacity=Capacity("m2", min=20, source=("ours",), standing="proposed"))
    kept = tuple(one for one in new.categories if one.id != "mall")
    told = differences(BASE, replace(new, id="city", categories=kept))
    assert text(told).splitlines() == [
        "gb50180 → city",
        "id: gb50180 → city",
        "only gb50180 has these categories",
        "mall Mall",
        "bus Bus stop",
        "norm: 500 m → 5 min",
        "sources of the norm: without appendix-c",
        "sources of the norm: with ours",
        "standing of the norm: recalled, unverified → proposed, in no norm",
        "weight: 0.05 → 0.1",
        "least size: none → 20 m2",
        "sources of size and supply: with ours",
        "standing of size and supply: none → proposed, in no norm",
        "duty: 应配建 → none",
        "source of the duty: appendix-b → none",
    ]
    assert text(told, "zh").splitlines()[2:6] == [
        "只有 gb50180 有的类别",
        "mall 商场",
        "bus 公交站",
        "标准值：500 米 → 5 分钟",
    ]


def test_standards_that_are_alike_differ_in_nothing() -> None:
    for standard in list_standards():
        assert differences(standard, standard) == []


OTHER: dict[str, Any] = {
    "id": "else", "zh": "别的", "en": "Else", "function": "ecology", "circle": 5, "norm": Norm(distance_m=501),
    "serves": ("beds",), "weight": 0.051, "source": ("ours",), "standing": "source-document", "priority": 1,
    "note": "Else.", "osm": (OsmRule("a=b", area_min=5),), "amap": (AmapRule("150701"),), "also_satisfies": ("mall",),
    "always_open": False,
    "moments": (Moment(0, 120),),
    "duty": "宜配建", "capacity": Capacity("m2", per_head=1, source=("ours",), standing="proposed"),
    "duty_source": "ours",
    "unit": "jobs", "metres_per_minute": 61, "stairs": "closed", "document": "Else", "document_zh": "别的",
    "url": "http://else", "version": "9", "partial": "Else.", "partial_zh": "别的。", "function_weights": (1, 0, 0),
    "weights_source": "circles", "when": Factors(industry=("services",)), "beside": ("worker",),
    "changes": (Adjustment("bus", enable=True, weight_times=3, norm=Norm(minutes=5)),),
    "measure": Measure("home_land", ("park_5",), 300),
    "measures": (Measure("floor_mix"),), "declare": "Else.", "declare_zh": "别的。", "own": True, "view": "else",
    "goals": ("green",), "least": 3, "most": 5,
    "cities": (Named("别处", "Elsewhere"),),
}  # fmt: skip
"""Another value for every key of every block."""


@pytest.mark.parametrize(
    "part", ["categories", "checks", "goals", "scenes", "demand", "profiles", "sources", "reserve", "tailoring"]
)
def test_no_change_of_a_block_goes_untold(part: str) -> None:
    base = load_standard("industrial-community") if part in ("goals", "reserve", "scenes", "tailoring") else BASE
    blocks = getattr(base, part)
    number = next((n for n, one in enumerate(blocks) if one.id == "bus"), 0)
    values = OTHER | ({"source": "circles"} if part == "profiles" else {})
    values |= {"always_open": not getattr(blocks[number], "always_open", True)}
    for field in fields(blocks[number]):
        other = replace(blocks[number], **{field.name: values[field.name]})
        new = replace(base, **{part: (*blocks[:number], other, *blocks[number + 1 :])})
        assert text(differences(base, new)) != "", field.name
        assert text(differences(new, base), "zh") != "", field.name


def test_no_change_of_a_standard_goes_untold() -> None:
    lists = {"categories", "checks", "goals", "scenes", "demand", "profiles", "sources", "reserve", "tailoring", "hash"}
    for field in fields(BASE):
        if field.name not in lists:
            assert differences(BASE, replace(BASE, **{field.name: OTHER[field.name]})), field.name


def test_versions_of_one_standard_are_told_apart() -> None:
    kept = replace(BASE, categories=BASE.categories[1:])
    assert (
        text(differences(BASE, replace(kept, version="9"))).splitlines()[2] == "only gb50180 0.1 has these categories"
    )
    assert text(differences(BASE, replace(kept, hash="1" * 64))).splitlines() == [
        f"only gb50180 {BASE.hash[:12]} has these categories",
        "kindergarten Kindergarten",
    ]


def test_the_order_of_categories_is_told() -> None:
    """It decides between rules that ask the same."""
    told = differences(BASE, replace(BASE, categories=BASE.categories[::-1]))
    assert text(told, "zh") == "类别：顺序不同"


def test_the_order_of_rules_is_told() -> None:
    old = BASE.category("bus")
    told = differences(BASE, changed("bus", osm=old.osm[::-1]))
    assert text(told).splitlines() == ["bus Bus stop", "rules for OpenStreetMap: in another order"]


def test_findings_name_every_number_once_under_its_standing() -> None:
    told = {heading.render("en"): [line.render("en") for line in lines] for heading, lines in findings(BASE, None)}
    verified = next(lines for heading, lines in told.items() if heading.startswith("verified"))
    # Read off the file by hand: two schools, three parks, a park's size and supply, three checks.
    assert sorted(line.partition(" ")[0] for line in verified) == [
        "green_10", "green_15", "kindergarten", "park_10", "park_10", "park_10", "park_15", "park_5",
        "primary_school", "road_density",
    ]  # fmt: skip
    assert "park_10 Park of the 10 minute circle: owed a head 1 m2 (circle-10min)" in verified
    numbers = [line for heading, lines in told.items() if "numbers" in heading for line in lines]
    capacities = sum(
        (one.capacity.min is not None) + (one.capacity.per_head is not None) for one in BASE.categories if one.capacity
    )
    duties = sum(bool(one.duty) for one in BASE.categories)
    assert (
        len(numbers)
        == len(set(numbers))
        == sum((len(BASE.categories), capacities, duties, len(BASE.checks), len(BASE.profiles), 1))
    )
    assert [line.split()[0] for line in told["found by no rule, so give lists of them"]] == [
        "sports_ground_large", "sports_ground_medium",
    ]  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_shipped_standard_is_told_whole(lang: str) -> None:
    for standard in list_standards():
        told = text(overview(standard), lang) + text(findings(standard, BASE), lang)
        assert all(one.id in told for one in (*standard.categories, *standard.checks, *standard.sources))
        assert standard.scope is None or standard.scope.render(lang) in told


def test_a_duty_carries_its_own_standing() -> None:
    line = next(line for line in text(overview(BASE)).splitlines() if line.startswith("kindergarten"))
    assert line == (
        "kindergarten Kindergarten: families; weight 0.05; norm 300 m: verified (schools); "
        "duty 应配建: recalled, unverified (appendix-b)"
    )
