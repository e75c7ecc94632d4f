"""How far the index hangs on what was chosen, and on what is not known.

Three choices are varied one at a time, without a new search: the weights of the functions; the speed, each category
held to the minutes of its circle (its own, where its norm is a time) instead of its distance; and the walk, held
against the straight-line radius that planners draw.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely

from lifecircle.completeness import WHY
from lifecircle.coverage import NOWHERE, cover
from lifecircle.index import function_scores, index_of, narrowing, three_life_index
from lifecircle.messages import LANGUAGES, Message, Named, msg
from lifecircle.model import (
    FAR_MM,
    FUNCTIONS,
    SENSITIVITY,
    WIDEST,
    Coverage,
    Index,
    Interval,
    Ints,
    Norm,
    Reach,
    Reason,
    Site,
    State,
)

WEIGHTS = {
    "equal": (Named("三生等权", "equal weights"), (1.0, 1.0, 1.0)),
    "production_led": (Named("生产主导 0.4/0.4/0.2", "production-led 0.4/0.4/0.2"), (0.4, 0.4, 0.2)),
}
"""Names and weights of the functions, in their order; those of functions without categories fall away."""
SPEEDS = (50, 60, 75)
"""Metres a minute."""
UNSURE_HEADS = msg("how large its facilities are, or how many people they serve, is not known")

Row = tuple[str, str, Named, Interval, dict[str, Interval]]


def sensitivity(site: Site, reach: Reach, index: Index, as_it_is: Reach | None = None) -> pd.DataFrame:
    """One row a choice, columns ``SENSITIVITY``; ``as_it_is`` as in ``cover``."""
    rows = [*_weights(site, index), *_speeds(site, reach, as_it_is), *_radius(site, reach, index, as_it_is)]
    told = [
        (what, id, name.zh, name.en, *(bound for one in (value, *functions.values()) for bound in (one.low, one.high)))
        for what, id, name, value, functions in rows
    ]
    return pd.DataFrame(told, columns=list(SENSITIVITY))


def _weights(site: Site, index: Index) -> Iterator[Row]:
    yield "weights", "standard", Named("标准所定", "of the standard"), index.value, index.functions
    there = [any(category.function == f for category in site.standard.categories) for f in FUNCTIONS]
    for id, (name, given) in WEIGHTS.items():
        shares = np.where(there, given, 0.0)
        yield "weights", id, name, index_of(index.functions, (shares / shares.sum()).tolist()), index.functions


def _speeds(site: Site, reach: Reach, as_it_is: Reach | None) -> Iterator[Row]:
    timed = tuple(replace(k, norm=Norm(minutes=k.norm.minutes or k.circle)) for k in site.standard.categories)
    for speed in SPEEDS:
        walker = replace(site.profile, metres_per_minute=speed)
        held = replace(site, profile=walker, standard=replace(site.standard, categories=timed))
        found = _index(held, reach, as_it_is)
        name = Named(f"各圈按分钟，{speed} 米/分", f"circles in minutes at {speed} m/min")
        yield "speed", str(speed), name, found.value, found.functions


def _radius(site: Site, reach: Reach, index: Index, as_it_is: Reach | None) -> Iterator[Row]:
    yield "measure", "walk", Named("步行距离", "walking distance"), index.value, index.functions
    found = _index(site, straight(site, reach), as_it_is)
    yield "measure", "radius", Named("直线半径", "straight-line radius"), found.value, found.functions


def _index(site: Site, reach: Reach, as_it_is: Reach | None) -> Index:
    return three_life_index(site, reach, cover(site, reach, NOWHERE, as_it_is, minutes_told=()))


def straight(site: Site, reach: Reach) -> Reach:
    """The reach of people who walk through walls: by the straight line, to whatever stands there."""
    nobody = np.zeros(len(site.demand), dtype=bool)
    return replace(
        reach,
        place_mm=reach.crow_mm,
        facility_mm=_from_places(site),
        off_network=nobody,
        island=nobody,
        stray=np.zeros(len(site.facilities), dtype=bool),
        timed=None,
        at_best=None,
        hoped=reach.hoped and straight(site, reach.hoped),
    )


def _from_places(site: Site) -> Ints:
    """Shape (f,): straight-line millimetres of each facility from the nearest place."""
    mm = np.full(len(site.facilities), FAR_MM)
    tree = shapely.STRtree(site.demand.geometry.to_numpy())
    (row, _), metres = tree.query_nearest(site.facilities.geometry.to_numpy(), all_matches=False, return_distance=True)
    mm[row] = np.rint(metres * 1000).astype(np.int64)
    return mm


# What is not known --------------------------------------------------------------------------------


def widest(site: Site, coverage: Coverage, index: Index) -> pd.DataFrame:
    """The categories whose score is not sure, columns ``WIDEST``, those first that the index would narrow most by.

    That is the mean of two answers: all that is unknown of the category is there, and none of it is.
    """
    rows = []
    for c, category in enumerate(site.standard.categories):
        score = index.categories.get(category.id)
        if score is None or score.low == score.high:
            continue
        why = _why(coverage, c)
        rows.append((category.id, _points(site, index, category.id), *(why.render(lang) for lang in LANGUAGES)))
    found = pd.DataFrame(rows, columns=list(WIDEST))
    return found.sort_values("points", ascending=False, kind="stable", ignore_index=True)


def _points(site: Site, index: Index, category: str) -> float:
    """Index points that a category's unknown is worth."""
    score, standard = index.categories[category], site.standard
    sure = [index.categories | {category: Interval(bound, bound)} for bound in (score.low, score.high)]
    then = [index_of(function_scores(standard, scores), standard.function_weights) for scores in sure]
    return narrowing(index.value, then)


def _why(coverage: Coverage, c: int) -> Message:
    """Why most of the places are unknown; else what makes the score unsure."""
    unknown = coverage.place_reason[c][coverage.place_state[c] == State.UNKNOWN]
    return WHY[Reason(int(np.bincount(unknown).argmax()))] if len(unknown) else UNSURE_HEADS
