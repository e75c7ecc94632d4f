"""The three-life index: how far production, living and ecology are within reach together.

All of it in intervals: what is unknown may turn out covered or not. Source of the coupling
coordination model and its grades: Tian et al. 2021, Acta Geographica Sinica 76(4), table 1; the index
and its treatment of the unknown are this project's own proposal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from lifecircle.coverage import judged_by, without_count
from lifecircle.model import (
    FUNCTIONS,
    PEOPLE,
    Bools,
    Coverage,
    Floats,
    Index,
    Interval,
    Opening,
    Reach,
    Site,
    Standard,
    State,
)

GRADES = (
    (0.1, "极度失调"), (0.2, "严重失调"), (0.3, "中度失调"), (0.4, "轻度失调"), (0.5, "濒临失调"),
    (0.6, "勉强协调"), (0.7, "初级协调"), (0.8, "中级协调"), (0.9, "良好协调"), (1.0, "优质协调"),
)  # fmt: skip
"""Upper bounds of the ten grades, each interval open below and closed above."""
LEAST_KNOWN = 0.5
"""Share of a function's weight that must be known for a midpoint to be said."""


def three_life_index(site: Site, reach: Reach, coverage: Coverage) -> Index:
    """I = 100 U_P^a U_L^b U_E^c, U_f the weighted mean of S_k = min(C_k, Q_k) over a function's categories."""
    judged = {category.id: judged_by(category, site) for category in site.standard.categories}
    shares = coverage_shares(site, coverage)
    supply = {category.id: _supply(site, reach, coverage, c) for c, category in enumerate(site.standard.categories)}
    scores = {id: Interval(min(low, supply[id].low), min(high, supply[id].high)) for id, (low, high) in shares.items()}
    functions = function_scores(site.standard, scores)
    known: dict[str, float] = {}
    unsupplied: dict[str, float] = {}
    for function, score in functions.items():
        due = [k for k in site.standard.categories if k.function == function and k.id in scores]
        weights = np.array([k.weight for k in due])
        known[function] = _mean([1 - (shares[k.id][1] - shares[k.id][0]) for k in due], weights, 0.0)
        unsupplied[function] = _mean([float(supply[k.id].low < supply[k.id].high) for k in due], weights, 0.0)
        if known[function] >= LEAST_KNOWN:
            functions[function] = replace(score, mid=(score.low + score.high) / 2)
    counted = [f for f, share in zip(FUNCTIONS, site.standard.function_weights, strict=True) if share > 0]
    value = index_of(functions, site.standard.function_weights)
    coordination = _interval(functions, counted, coupling_coordination)
    highs = sorted(functions[f].high for f in counted)
    return Index(
        value=value,
        functions=functions,
        categories=scores,
        known_weight=known,
        supply_unknown_weight=unsupplied,
        coordination=coordination,
        grade=(grade(coordination.low), grade(coordination.high)),
        weakest=min(counted, key=lambda f: functions[f].high) if highs[:1] < highs[1:2] else None,
        zero=tuple(f for f in counted if functions[f].high == 0),
        judged_by=judged,
    )


def coverage_shares(site: Site, coverage: Coverage, at: str = "norm") -> dict[str, tuple[float, float]]:
    """C of each category that serves somebody there, as bounds: at its norm, or at a time like ``15 min``."""
    amounts, missing = _amounts(coverage, at), without_count(site)
    found = {}
    for c, category in enumerate(site.standard.categories):
        by = judged_by(category, site)
        if by == "nobody":
            continue
        state = coverage.place_state[c] if at == "norm" else np.full(len(site.demand), State.UNKNOWN)
        found[category.id] = _share(
            [amounts[category.id, unit] for unit in by.split("+")], _uncounted(state, by, missing)
        )
    return found


def function_scores(standard: Standard, scores: Mapping[str, Interval]) -> dict[str, Interval]:
    """U_f: the weighted mean of the scores of a function's categories; 0 to 1 where it has none. No mid."""
    found: dict[str, Interval] = {}
    for function in FUNCTIONS:
        due = [k for k in standard.categories if k.function == function and k.id in scores]
        weights = np.array([k.weight for k in due])
        low = _mean([scores[k.id].low for k in due], weights, 0.0)
        found[function] = Interval(low, _mean([scores[k.id].high for k in due], weights, 1.0))
    return found


def index_of(functions: Mapping[str, Interval], weights: Sequence[float]) -> Interval:
    """I = 100 U_P^a U_L^b U_E^c, the weights a, b, c in the order of ``FUNCTIONS``; one of weight 0 does not count."""
    power = {f: share for f, share in zip(FUNCTIONS, weights, strict=True) if share > 0}
    return _interval(functions, list(power), lambda u: 100 * float(np.prod(np.power(u, list(power.values())))))


def narrowing(now: Interval, answers: Sequence[Interval]) -> float:
    """By how much an interval narrows, as the mean of the answers that a question may get."""
    return max(0.0, now.high - now.low - float(np.mean([then.high - then.low for then in answers])))


def coupling_coordination(u: list[float]) -> float:
    """D = sqrt(C T) with T the mean of the n scores and C = n (U1 ... Un)^(1/n) / (U1 + ... + Un).

    >>> round(coupling_coordination([0.25, 0.25, 0.25]), 6)
    0.5
    """
    total = sum(u)
    if total == 0:
        return 0.0
    coupling = len(u) * float(np.prod(u)) ** (1 / len(u)) / total
    return float(np.sqrt(coupling * total / len(u)))


def grade(coordination: float) -> str:
    """The grade (zh) of a coupling coordination degree between 0 and 1.

    >>> grade(0.5), grade(0.51)
    ('濒临失调', '勉强协调')
    """
    return next(name for bound, name in GRADES if coordination <= bound + 1e-12)


def _interval(
    functions: Mapping[str, Interval], counted: Sequence[str], score: Callable[[list[float]], float]
) -> Interval:
    low = score([functions[f].low for f in counted])
    high = score([functions[f].high for f in counted])
    mids = [functions[f].mid for f in counted]
    return Interval(low, high, None if None in mids else (low + high) / 2)


def _mean(values: list[float], weights: np.ndarray[tuple[int], np.dtype[np.float64]], empty: float) -> float:
    return float(np.average(values, weights=weights)) if len(values) and weights.sum() > 0 else empty


def _amounts(coverage: Coverage, at: str) -> dict[tuple[str, str], Floats]:
    """Total, covered and unknown at a limit, by category and what it is counted by."""
    table = coverage.table[coverage.table["at"] == at]
    values = table[["total", "covered", "unknown"]].to_numpy(dtype=float)
    return dict(zip(zip(table["category"], table["by"], strict=True), values, strict=True))


def _uncounted(state: npt.NDArray[Any], by: str, missing: dict[str, Bools]) -> set[int]:
    """Of states of shape (p,), those of the places whose heads would count, had anybody counted them."""
    return {int(found) for kind in by.split("+") if kind in PEOPLE for found in np.unique(state[missing[kind]])}


def _share(amounts: list[Floats], uncounted: set[int]) -> tuple[float, float]:
    """C: covered over total, and covered and unknown over total.

    Places without a count may hold any number of heads: one that is not covered opens the lower end, one
    that may be covered the upper.
    """
    total, covered, unknown = np.sum(amounts, axis=0).tolist()
    if total == 0:
        return 0.0, 1.0
    low = covered / total
    high = min(1.0, low + unknown / total)
    return (
        0.0 if uncounted - {State.COVERED} else low,
        1.0 if uncounted - {State.GAP} else high,
    )


def _supply(site: Site, reach: Reach, coverage: Coverage, c: int) -> Interval:
    """Q: what the facilities within the norm of any place supply, over what all heads served are owed.

    All of both, not only the nearest facilities and the covered heads: else a further facility could lower it.
    """
    category = site.standard.categories[c]
    if category.capacity is None or category.capacity.per_head is None:
        return Interval(1.0, 1.0)
    heads = float(site.demand[list(category.serves)].sum().sum())
    if not heads > 0:
        return Interval(0.0, 1.0)
    within = reach.held_to(category.norm).facility_mm <= category.norm.metres(site.profile.metres_per_minute) * 1000
    within &= (site.facilities["category"] == category.id).to_numpy()
    offered = site.facilities[within & (reach.opening == Opening.OPEN)]
    size = offered["capacity"]
    if category.capacity.unit == "m2":
        size = size.fillna(offered["area_m2"])
    elif category.capacity.unit == "count":
        size = size.fillna(1.0)
    low = min(1.0, float(size.sum()) / (heads * category.capacity.per_head))
    in_doubt = (within & (reach.opening == Opening.UNKNOWN)).any()
    open_end = in_doubt or size.isna().any() or (coverage.place_state[c] == State.UNKNOWN).any()
    return Interval(low, 1.0 if open_end else low)
