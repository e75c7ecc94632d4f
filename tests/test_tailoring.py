"""Tailoring by the four factors: what a rule does, what it leaves, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest
from towns import ROUND, SQUARE, WIDE, write_osm, write_points, write_town

from lifecircle import assess, compare, factors
from lifecircle.errors import InputError
from lifecircle.factors import FACTORS, VALUES, SiteFactors, read_factors
from lifecircle.load import load_site
from lifecircle.model import FUNCTIONS, Adjustment, Assessment, Factors, Moment, Norm, Standard, TailoringRule
from lifecircle.outputs.json import document
from lifecircle.outputs.report import report
from lifecircle.site import read_site_file
from lifecircle.standard import load_standard
from lifecircle.tailoring import tailored, unheard

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


def test_a_moment_asked_for_changes_no_weight() -> None:
    shifts = Factors(population=("shifts",))
    night = Adjustment("canteen", moments=(Moment(0, 120), Moment(4, 0), Moment(0, 120)))
    found, told = tailored(with_rules(rule(shifts, night)), shifts)
    assert found.category("canteen").moments == (Moment(0, 120), Moment(4, 0))
    assert weights(found, "living") == pytest.approx(weights(BASE, "living"), abs=1e-3) and found.hash != BASE.hash
    assert [(one.category, str(one.what), str(one.before), str(one.after), str(one.why)) for one in told] == [
        ("canteen", "asked for as well", "none", "at Mo 02:00, Fr 00:00", "because")
    ]


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
        (
            "when: {population: shifts}, changes: [{category: canteen, moments: [at night]}]",
            "changes.1.moments.1",
            "is no moment of the week like “Mo 02:00” or “周一 02:00” (is 'at night')",
        ),
        (
            "when: {population: shifts}, changes: [{category: bus, moments: [Mo 02:00]}]",
            "changes.1.moments",
            "'bus' is open at all hours",
        ),
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


@pytest.fixture(scope="module")
def town(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two dormitories and a plant around a block with stairs across it; nobody is registered."""
    folder = tmp_path_factory.mktemp("town")
    path = write_town(
        folder,
        demand=[
            {"file": "beds.csv", "kind": "dormitory", "id": "id", "beds": "beds"},
            {"file": "jobs.csv", "kind": "workplace", "id": "id", "jobs": "jobs"},
        ],
        facilities=[{"file": "there.csv", "id": "id", "category_column": "category", "complete": True}],
        complete=["psych"],
    )
    street = {"highway": "residential"}
    stairs = {14: ("1 3", {"highway": "steps"})}
    write_osm(folder / "town.osm", SQUARE, {id: (refs, street) for id, refs in ROUND.items()} | stairs, bounds=WIDE)
    write_points(
        folder / "beds.csv", [{"id": "a", "beds": 900, "at": (0, -5)}, {"id": "b", "beds": 100, "at": (400, 5)}]
    )
    write_points(folder / "jobs.csv", [{"id": "w", "jobs": 500, "at": (5, 200)}])
    there = {"laundry": (0, 390), "rail": (400, 400), "supermarket": (398, 395), "bus": (20, 0), "park": (0, 300)}
    write_points(folder / "there.csv", [{"id": id, "category": id, "at": at} for id, at in there.items()])
    return path


def declaring(town: Path, factors: SiteFactors, **more: Any) -> Assessment:
    return assess(read_site_file(town).model_copy(update={"factors": factors, **more}))


@pytest.fixture(scope="module")
def plain(town: Path) -> Assessment:
    return assess(town)


@pytest.fixture(scope="module")
def chengdu(root: Path, town: Path) -> Assessment:
    return declaring(town, SiteFactors(file=root / "examples" / "profiles" / "chengdu-b.yaml"))


def test_the_untailored_index_is_that_of_a_site_that_declares_nothing(plain: Assessment, chengdu: Assessment) -> None:
    assert plain.untailored is None and chengdu.untailored == plain.index
    assert chengdu.site.untailored == plain.site.standard
    found, known = chengdu.untailored_coverage, plain.coverage
    assert found is not None
    pd.testing.assert_frame_equal(found.judged(plain.index.judged_by), known.judged(plain.index.judged_by))


def test_the_tailored_index_is_of_the_tailored_weights(chengdu: Assessment) -> None:
    living = [one for one in chengdu.site.standard.categories if one.function == "living"]
    scores = chengdu.index.categories
    due = [(one.weight, scores[one.id].low) for one in living if one.id in scores]
    expected = sum(weight * score for weight, score in due) / sum(weight for weight, _ in due)
    assert {"laundry", "psych", "rail"} <= set(scores)
    assert chengdu.index.functions["living"].low == pytest.approx(expected)


def test_comparisons_take_the_untailored_figures(plain: Assessment, chengdu: Assessment) -> None:
    found = compare([plain, chengdu])
    assert found.sites["index_low"].nunique() == found.sites["standard_hash"].nunique() == 1
    first, second = (rows.drop(columns="slug").reset_index(drop=True) for _, rows in found.categories.groupby("slug"))
    pd.testing.assert_frame_equal(first, second)


def test_the_json_holds_what_changed_and_both_figures(plain: Assessment, chengdu: Assessment) -> None:
    found, known = document(chengdu), document(plain)
    assert (known["tailoring"], known["untailored"], known["walkers"]) == ([], None, [])
    assert found["standard"]["tailored"] and found["standard"]["hash"] != known["standard"]["hash"]
    assert found["untailored"]["index"] == known["index"]
    assert str(report(chengdu).standard).endswith(", tailored to the site")
    assert "tailored" not in str(report(plain).standard)
    assert found["untailored"]["standard"]["hash"] == known["standard"]["hash"]
    assert found["parameters"]["factors"]["population"] == ["floating", "shifts", "disabled"]
    rail = next(one for one in found["tailoring"] if one["category"] == "rail")
    assert (rail["what"]["zh"], rail["before"]["zh"], rail["why"]["zh"]) == ("计入", "否", "有轨道交通，站点计入")


def test_a_wheelchair_beside_is_the_site_on_that_profile(town: Path, chengdu: Assessment) -> None:
    factors = SiteFactors(population=("floating", "shifts", "disabled"), environment=("rail",), governance=("none",))
    alone = declaring(town, factors, profile="wheelchair")
    rows = chengdu.walkers[chengdu.walkers["at"] == "norm"].set_index("category")
    expected = alone.coverage.judged(alone.index.judged_by)
    pd.testing.assert_series_equal(rows["covered"].astype(float), expected["covered"], check_names=False)
    assert list(rows["index_low"].unique()) == pytest.approx([alone.index.value.low])
    assert alone.walkers.empty, "who walks there anyway is not told twice"


def test_stairs_are_no_way_for_the_walker_beside(chengdu: Assessment) -> None:
    """From 900 beds the station is 5 + 566 m away over the stairs, 5 + 800 m around; its norm is 800 m."""
    on_foot = chengdu.coverage.judged(chengdu.index.judged_by).loc["rail", "covered"]
    wheels = chengdu.walkers[(chengdu.walkers["category"] == "rail") & (chengdu.walkers["at"] == "norm")]
    assert (on_foot, wheels["covered"].tolist()) == (1000, [100])
    in_time = chengdu.walkers[(chengdu.walkers["category"] == "rail") & (chengdu.walkers["at"] == "15 min")]
    assert in_time["covered"].tolist() == [100], "600 m in 15 minutes at 40 m a minute"


def test_what_a_place_is_does_not_hang_on_the_factors(plain: Assessment, chengdu: Assessment) -> None:
    columns = ["source", "row", "id", "category", "rule"]
    pd.testing.assert_frame_equal(plain.site.trace[columns], chengdu.site.trace[columns])
    outcome = plain.site.trace.set_index("id")["outcome"]
    assert outcome["there/rail"] == "reserve" and outcome["there/bus"] == "counted"


def test_nobody_registered_gives_numbers_all_the_same(chengdu: Assessment) -> None:
    """Demand is beds and jobs: no share is of people that are not there."""
    shares = chengdu.coverage.judged(chengdu.index.judged_by)
    assert chengdu.index.judged_by["kindergarten"] == "nobody" and chengdu.index.judged_by["bus"] == "beds"
    assert shares.drop(index="kindergarten")[["total", "c_low", "c_high"]].notna().all(axis=None)
    assert "NaN" not in json.dumps(document(chengdu)) and "Infinity" not in json.dumps(document(chengdu))


def test_factors_that_no_rule_speaks_of_are_a_doubt(town: Path) -> None:
    site = load_site(read_site_file(town).model_copy(update={"factors": SiteFactors(industry=("services",))}))
    assert site.untailored is None
    [told] = [note.text.render("en") for note in site.notes if "has no rule for" in note.text.render("en")]
    assert told.endswith("has no rule for industry: business services, which the site declares: that changes nothing")
    some = Factors(industry=("construction", "services"), environment=("mixed",), population=("shifts",))
    assert unheard(BASE, some) == Factors(industry=("services",), environment=("mixed",))
    both = with_rules(rule(Factors(population=("shifts",), industry=("research",)), Adjustment("bus", weight_times=2)))
    assert unheard(both, Factors(population=("shifts",))) == Factors(population=("shifts",)), "its rule does not hold"


@pytest.mark.parametrize("name", ["chengdu-a", "chengdu-b", "sitang", "wangcheng"])
def test_every_profile_of_the_examples_changes_something_and_gives_its_evidence(root: Path, name: str) -> None:
    found = read_factors(SiteFactors(file=root / "examples" / "profiles" / f"{name}.yaml"))
    standard, told = tailored(BASE, found.declared)
    assert standard.hash != BASE.hash and told
    assert len(found.evidence.given) == sum(bool(getattr(found.declared, factor)) for factor in FACTORS)
