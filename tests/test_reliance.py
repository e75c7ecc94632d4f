"""Who relies on a facility: what closing it changes, one facility after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import bounded
from test_scenario import drawn, five
from test_scenario_properties import sites
from towns import WIDE, category, point

from lifecircle.assessment import assess, walk
from lifecircle.coverage import cover, judged_by
from lifecircle.hours import moment
from lifecircle.model import Assessment, Scenario, Site, State
from lifecircle.opening import at_moment
from lifecircle.reliance import reliance
from lifecircle.scenario import changed
from lifecircle.supply import cases_of


def relied(result: Assessment) -> dict[str, tuple[float, ...]]:
    """Within, alone, to gap and to unknown of each facility."""
    rows = result.reliance.to_dict("records")
    return {row["id"]: tuple(row[name] for name in ("within", "alone", "to_gap", "to_unknown")) for row in rows}


def test_by_hand() -> None:
    """Clinics at either end of a street of 400 m with 100, 20 and 50 beds at 100, 200 and 780 m; the norm is 350 m."""
    places = {
        "a": (point(100, 0), {"beds": 100}),
        "b": (point(200, 0), {"beds": 20}),
        "c": (point(780, 0), {"beds": 5}),
    }
    found = [("near", "clinic", point(0, 0)), ("far", "clinic", point(500, 0)), ("away", "clinic", point(0, 390))]
    given = {"places": places, "found": found, "categories": [category("clinic", 350)]}
    assert relied(assess(five(**given))) == {
        "away": (0, 0, 0, 0), "far": (25, 5, 5, 0), "near": (120, 100, 100, 0),
    }  # fmt: skip
    # the edge of the data is 300 m from the last place: nobody knows what is beyond
    edge = five(**given, extent=WIDE.intersection(point(0, 0).buffer(1080)))
    assert relied(assess(edge))["far"] == (25, 5, 0, 5)


HOURS = ("", "24/7", "off")


@settings(bounded, max_examples=8)
@given(sites(), st.lists(st.sampled_from(HOURS), min_size=8, max_size=8), st.booleans())
def test_closing_a_facility_is_what_its_row_says(site: Site, hours: list[str], asked: bool) -> None:
    facilities = site.facilities.assign(hours=hours[: len(site.facilities)])
    site = at_moment(replace(site, facilities=facilities), moment("Mo 10:00") if asked else None)
    reach, streets = walk(site)
    coverage = cover(site, reach, streets)
    found = reliance(site, reach, coverage, cases_of(site, reach, coverage))
    ids = [each.id for each in site.standard.categories]
    for row in found.to_dict("records"):
        after = changed(site, Scenario("try", (drawn("facility", "close", id=row["id"]),)))
        c = ids.index(row["category"])
        state = cover(after, *walk(after), reach).place_state[c]
        by = judged_by(site.standard.categories[c], site)
        heads = np.ones(len(site.demand)) if by == "places" else site.demand[by.split("+")].fillna(0).sum(axis=1)
        lost = (coverage.place_state[c] == State.COVERED) & (state != State.COVERED)
        assert row["alone"] == (heads[lost].sum() if by != "nobody" else 0)
        assert row["to_gap"] == (heads[lost & (state == State.GAP)].sum() if by != "nobody" else 0)
        assert row["to_unknown"] == row["alone"] - row["to_gap"]
