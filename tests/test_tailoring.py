"""Tailoring by the four factors: what a rule does, what it leaves, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from lifecircle import factors
from lifecircle.errors import InputError
from lifecircle.factors import FACTORS, VALUES, SiteFactors, read_factors
from lifecircle.model import FUNCTIONS, Adjustment, Factors, Norm, Standard, TailoringRule
from lifecircle.standard import load_standard
from lifecircle.tailoring import tailored

BASE = load_standard("industrial-community")
WORDS = {
    "industry": factors.Industry,
    "environment": factors.Environment,
    "population": factors.Population,
    "governance": factors.Governance,
}


def rule(when: Factors, *changes: Adjustment, **more: Any) -> TailoringRule:
    return TailoringRule("r", "因为", "because", when, ("ours",), "proposed", changes, **more)


def with_rules(*rules: TailoringRule) -> Standard:
    return replace(BASE, tailoring=rules)


def weights(standard: Standard, function: str) -> dict[str, float]:
    return {one.id: one.weight for one in standard.categories if one.function == function}


@pytest.mark.parametrize("factor", FACTORS)
def test_every_value_of_a_factor_has_its_words(factor: str) -> None:
    assert set(VALUES[factor]) == set(get_args(WORDS[factor]))


def test_a_weight_is_multiplied_and_its_function_shared_anew() -> None:
    shifts = Factors(population=("shifts",))
    ecology = with_rules(rule(shifts, Adjustment("park", weight_times=2)))
    found, told = tailored(ecology, shifts)
    # 0.3334 doubled beside three of 0.2222: 0.6668 / 1.3334 and 0.2222 / 1.3334
    expected = {"park": 0.500075, "pocket_park": 0.166642, "square": 0.166642, "greenway": 0.166642}
    assert weights(found, "ecology") == pytest.approx(expected, abs=1e-6)
    assert [(one.category, str(one.before), str(one.after), str(one.why)) for one in told] == [
        ("park", "33.3% of ecology", "50.0% of ecology (times 2)", "because"),
        ("", "times 1", "times 0.75", "weights of a function sum to 1"),
    ]
    assert weights(found, "living") == pytest.approx(weights(BASE, "living"), abs=1e-3)


def test_a_category_of_the_reserve_counts_behind_the_others() -> None:
    remote = Factors(environment=("remote",))
    found, told = tailored(with_rules(rule(remote, Adjustment("recycling", enable=True))), remote)
    assert [one.id for one in found.categories] == [*(one.id for one in BASE.categories), "recycling"]
    assert found.category("recycling").weight == pytest.approx(0.1111 / 1.1111)
    assert (told[0].category, str(told[0].what), str(told[0].before)) == ("recycling", "counts", "no")
    assert [one.id for one in found.known] == [one.id for one in BASE.known], "what a place is does not change"


def test_a_norm_brings_the_source_of_its_rule() -> None:
    elderly = Factors(population=("elderly",))
    found, told = tailored(with_rules(rule(elderly, Adjustment("park", norm=Norm(distance_m=300)))), elderly)
    park = found.category("park")
    assert (park.norm.distance_m, park.source, park.standing) == (300, ("ours",), "proposed")
    assert [(str(one.what), str(one.before), str(one.after)) for one in told] == [("norm", "500 m", "300 m")]


def test_a_rule_asks_for_one_value_of_each_factor_it_names() -> None:
    both = with_rules(
        rule(Factors(population=("shifts", "floating"), industry=("research",)), Adjustment("bus", weight_times=2))
    )
    for declared, holds in (
        (Factors(), False),
        (Factors(population=("shifts",)), False),
        (Factors(industry=("research",)), False),
        (Factors(population=("floating",), industry=("services", "research")), True),
    ):
        assert (tailored(both, declared)[0] != both) is holds


def test_nothing_declared_leaves_the_standard_and_its_hash() -> None:
    assert tailored(BASE, Factors()) == (BASE, ())


def test_a_tailored_standard_has_a_hash_of_its_own_the_same_each_time() -> None:
    families = Factors(population=("families",))
    first, again = tailored(BASE, families)[0], tailored(BASE, families)[0]
    other = tailored(BASE, Factors(population=("elderly",)))[0]
    assert first.hash == again.hash and len({first.hash, other.hash, BASE.hash}) == 3


def test_a_walker_beside_changes_no_category() -> None:
    disabled = Factors(population=("disabled",))
    found, told = tailored(with_rules(rule(disabled, beside=("wheelchair",))), disabled)
    assert found.hash == BASE.hash and [(one.category, str(one.after)) for one in told] == [("", "Wheelchair")]


def test_the_shipped_rules_can_make_the_whole_catalogue_count() -> None:
    every = Factors(**{name: tuple(VALUES[name]) for name in FACTORS})
    found, _ = tailored(BASE, every)
    assert len(found.categories) == 40
    for function in FUNCTIONS:
        assert sum(weights(found, function).values()) == pytest.approx(1)


def test_a_city_drops_categories_and_what_tailoring_says_of_them(tmp_path: Path) -> None:
    city = tmp_path / "city.yaml"
    city.write_text(
        "{id: city, zh: 城, en: City, version: '1', based_on: industrial-community, drop: [rail, laundry]}",
        encoding="utf-8",
    )
    found = load_standard(city)
    assert {"rail", "laundry"}.isdisjoint(one.id for one in found.known)
    ids = {rule.id for rule in found.tailoring}
    assert "rail" not in ids and "floating" in ids
    assert {"rail", "laundry"}.isdisjoint(one.category for rule in found.tailoring for one in rule.changes)


def test_a_city_makes_a_category_of_the_reserve_count(tmp_path: Path) -> None:
    city = tmp_path / "city.yaml"
    city.write_text(
        "{id: city, zh: 城, en: City, version: '1', based_on: industrial-community, "
        "categories: [{id: rail, enabled: true}]}",
        encoding="utf-8",
    )
    found = load_standard(city)
    assert "rail" in {one.id for one in found.categories} and "rail" not in {one.id for one in found.reserve}


@pytest.mark.parametrize(
    ("block", "key", "what"),
    [
        ("when: {population: shifts}, changes: [{category: tram, enable: true}]", "changes.1.category", "tram"),
        ("when: {population: shifts}, beside: [runner]", "beside", "runner"),
        ("when: {population: [night]}, beside: [elderly]", "when.population.1", "night"),
        ("when: {}, beside: [elderly]", "", "names no factor"),
        ("when: {population: shifts}", "", "changes nothing"),
        ("when: {population: shifts}, changes: [{category: bus}]", "changes.1", "changes nothing"),
    ],
)
def test_a_faulty_rule_is_refused_by_its_key(tmp_path: Path, block: str, key: str, what: str) -> None:
    city = tmp_path / "city.yaml"
    city.write_text(
        "{id: city, zh: 城, en: City, version: '1', based_on: industrial-community, "
        "tailoring: [{id: own, zh: 因为, en: because, source: [ours], standing: proposed, " + block + "}]}",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as refused:
        load_standard(city)
    told = refused.value.render("en")
    assert f"tailoring.own{'.' + key if key else ''}: " in told and what in told


def test_factors_in_a_file_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "factors.yaml"
    file.write_text("industry: agriculture\npopulation: [families, landowners]\n", encoding="utf-8")
    assert read_factors(SiteFactors(file=file)).declared == Factors(
        industry=("agriculture",), population=("families", "landowners")
    )
    file.write_text("industry: farms\nevidence: {people: many}\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_factors(SiteFactors(file=file))
    told = refused.value.render("en")
    assert "industry.0: is none of" in told and "evidence.people: is not a known key" in told
