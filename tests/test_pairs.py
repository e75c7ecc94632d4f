"""All pairs within a norm: each is what a search for that facility alone finds, and the nearest is the reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given
from test_properties import CATEGORIES, bounded, towns
from towns import point, town

from lifecircle.assessment import walk
from lifecircle.load import load_site
from lifecircle.model import FAR_MM, Ints, Reach, Site
from lifecircle.pairs import Pairs, pairs


def nearest(site: Site, found: Pairs) -> Ints:
    """Shape (p,): the shortest walk of each place's pairs."""
    mm = np.full(len(site.demand), FAR_MM)
    np.minimum.at(mm, found.place[found.sure], found.mm[found.sure])
    return mm


def within(site: Site, reach: Reach, c: int) -> Ints:
    """Shape (p,): the reach of a category, as far as its norm."""
    norm = site.standard.categories[c].norm
    mm = reach.held_to(norm).place_mm[c]
    return np.where(mm <= norm.metres(site.profile.metres_per_minute) * 1000, mm, FAR_MM)


def test_the_nearest_of_all_pairs_is_the_reach_of_the_sample(root: Any) -> None:
    site = load_site(root / "data" / "sitang" / "site.yaml")
    reach, _ = walk(site)
    for c, found in pairs(site, reach):
        np.testing.assert_array_equal(nearest(site, found), within(site, reach, c))


@bounded
@given(towns())
def test_a_pair_is_what_a_search_for_its_facility_alone_finds(made: dict[str, Any]) -> None:
    site = town(**made)
    found = dict(pairs(site, walk(site)[0]))
    for row in range(len(site.facilities)):
        alone = replace(site, facilities=site.facilities.iloc[[row]].reset_index(drop=True))
        c = [category.id for category in CATEGORIES].index(alone.facilities["category"][0])
        rows = found[c].take(found[c].facility == row)
        np.testing.assert_array_equal(nearest(site, rows), within(site, walk(alone)[0], c))


def test_a_place_is_no_pair_with_itself() -> None:
    # two plants that are places and facilities: each reaches the other only
    plants = {"a": (point(0, 0), {"jobs": 5}), "b": (point(200, 0), {"jobs": 5})}
    site = town(places=plants, found=[("a", "clinic", point(0, 0)), ("b", "clinic", point(200, 0))])
    ((_, found),) = pairs(site, walk(site)[0])
    assert sorted(zip(found.place.tolist(), found.facility.tolist(), found.mm.tolist(), strict=True)) == [
        (0, 1, 200_000), (1, 0, 200_000),
    ]  # fmt: skip
    assert found.sure.all()
