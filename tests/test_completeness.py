"""What is said of the trust in a category, held against the drawing in ``handmade``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lifecircle.completeness import trust
from lifecircle.messages import LANGUAGES
from lifecircle.model import Completeness
from tests.handmade import coverage, site


def sentences(category: str) -> list[str]:
    [data] = [data for data in trust(site(), coverage()) if data.category == category]
    return [str(sentence) for sentence in data.sentences]


def test_origin_gaps_and_unknown_are_told_with_their_heads() -> None:
    assert sentences("clinic") == [
        "not known to be complete: 1 in the study area, 1 inside the boundary, from hand; there may be more",
        "unknown for 1 of 4 places (50 beds, 0 jobs): the data end nearer than the norm, and a facility beyond may "
        "serve them",
        "a gap for 2 of 4 places (300 beds, 40 jobs), with low confidence: nobody declared the data complete",
    ]


def test_without_data_every_place_is_unknown() -> None:
    assert sentences("park") == [
        "no data: no file was given, and the map is not looked through for it",
        "unknown for 4 of 4 places: there are no data of this category",
    ]


@pytest.mark.parametrize(
    ("state", "category", "told"),
    [
        (Completeness.COMPLETE, "clinic", "declared complete: 1 in the study area, 1 inside the boundary, from hand"),
        (Completeness.COMPLETE, "park", "declared complete, and there is none in the study area"),
        (Completeness.PARTIAL, "park", "not known to be complete, and none was found in the study area"),
    ],
)
def test_origin_by_state(state: Completeness, category: str, told: str) -> None:
    declared = replace(site(), completeness={**site().completeness, category: state})
    [data] = [data for data in trust(declared) if data.category == category]
    assert [str(sentence) for sentence in data.sentences] == [told]


def test_sentences_are_told_in_both_languages() -> None:
    for data in trust(site(), coverage()):
        for sentence in data.sentences:
            assert len({sentence.render(lang) for lang in LANGUAGES}) == 2
