"""Weighted statistics of values that are known to lie between two bounds, as bounds again.

Arrays have shape (p,), one entry a place: ``low`` and ``high`` bound its value (``high`` may be infinite), ``weight``
is its heads, and ``uncounted`` marks places whose heads nobody counted: they may be any number, none included, and
stand in ``weight`` as 0. Whatever the true values and heads are, the true statistic lies within the bounds. NaN, twice,
where there is nothing to tell it of.
"""

from __future__ import annotations

import numpy as np

from lifecircle.model import Bools, Floats

Bounds = tuple[float, float]
UNKNOWN: Bounds = (float("nan"), float("nan"))
ROUNDING = 1e-12
"""By which sums of weights may differ."""
STEADY = 1e-4
"""Growth below which a series is more exact than a logarithm."""


def mean(low: Floats, high: Floats, weight: Floats, uncounted: Bools) -> Bounds:
    """sum P_i x_i / sum P_i.

    It grows with every x_i, so the ends of these give its own. An uncounted place draws it towards its value, with many
    heads as near as one likes: bounds take in the values of those.
    """
    return _least(_mean(low, weight), low[uncounted]), _most(_mean(high, weight), high[uncounted])


def quantile(low: Floats, high: Floats, weight: Floats, uncounted: Bools, share: float) -> Bounds:
    """The smallest value that a share of the weight does not exceed (0.5: median, 0.9: P90).

    It grows with every x_i. Heads more at one value move it towards that value and never past it.
    """
    least, most = _quantile(low, weight, share), _quantile(high, weight, share)
    return _least(least, low[uncounted]), _most(most, high[uncounted])


def mean_of_some(low: Floats, high: Floats, weight: Floats, uncounted: Bools) -> Bounds:
    """sum P_i n_i / sum P_i [n_i >= 1] of whole numbers n_i: their mean among those with at least one.

    Least where all that may have one have one only: one more place with 1 lowers a mean of 1 or more. Most where those
    that surely have one have all they may, and of those that may have none just those have all that raise it: of these
    the greatest first, as long as the mean rises.
    """
    some = high >= 1
    least = _least(_mean(np.maximum(low, 1)[some], weight[some]), np.maximum(low, 1)[some & uncounted])
    sure, maybe = np.flatnonzero(low >= 1), np.flatnonzero(some & (low < 1) & (weight > 0))
    maybe = maybe[np.argsort(-high[maybe], kind="stable")]
    weights = weight[sure].sum() + np.append(0.0, np.cumsum(weight[maybe]))
    totals = _product(high[sure], weight[sure]).sum() + np.append(0.0, np.cumsum(_product(high[maybe], weight[maybe])))
    means = totals[weights > 0] / weights[weights > 0]
    return least, _most(float(means.max(initial=-np.inf)) if len(means) else np.nan, high[some & uncounted])


def gini(low: Floats, high: Floats, weight: Floats, uncounted: Bools) -> Bounds:
    """sum_i sum_k P_i P_k |A_i - A_k| / (2 P^2 A_mean): 0 where all have the same, towards 1 where few have all.

    Least: a transfer from a place with more to one with less leaves the mean as it is and lowers the index, so at the
    least no transfer is possible any more, and every value is as near to one common level as its bounds let it. Between
    two neighbouring bounds the index is a quotient of linear functions of that level, so the least stands at a bound,
    or beyond all of them: there it is the share of those whose own bound is finite.

    Most: the Lorenz curve lies above l / (l + h), where l is what the poorest share would have at their least and h
    what the others would have at their most; no index is above one less twice the area below that, nor above what it
    were if one place had all.

    With heads that nobody counted it may be anything from 0 (all heads at one place). NaN where nobody has anything.
    """
    counted = weight > 0
    if not (high[counted | uncounted] > 0).any():
        return UNKNOWN
    if uncounted.any():
        return (0.0, 1.0) if counted.sum() + uncounted.sum() > 1 else (0.0, 0.0)
    low, high, weight = low[counted], high[counted], weight[counted]
    if (low == high).all():
        exact = _gini(low, weight)
        return exact, exact
    return _gini_least(low, high, weight), _gini_most(low, high, weight)


def _mean(values: Floats, weight: Floats) -> float:
    total = weight.sum()
    return float(_product(values, weight).sum() / total) if total > 0 else np.nan


def _product(values: Floats, weight: Floats) -> Floats:
    """Values times weights; nothing where the weight is nothing, of what is infinite too."""
    return np.where(weight > 0, np.where(weight > 0, values, 0.0) * weight, 0.0)


def _quantile(values: Floats, weight: Floats, share: float) -> float:
    order = np.argsort(values, kind="stable")
    order = order[weight[order] > 0]
    if not len(order):
        return np.nan
    sums = np.cumsum(weight[order])
    at = np.searchsorted(sums, share * sums[-1] * (1 - ROUNDING))
    return float(values[order[at]])


def _least(value: float, others: Floats) -> float:
    return float(np.fmin(value, others.min())) if len(others) else value


def _most(value: float, others: Floats) -> float:
    return float(np.fmax(value, others.max())) if len(others) else value


def _apart(values: Floats, weight: Floats) -> Floats:
    """Shape (r + 1,): sum P_i P_k |x_i - x_k| over the pairs among the first 0, 1 ... r of sorted values."""
    heads, have = _sums(weight), _sums(weight * values)
    return _sums(weight * np.abs(values * heads[:-1] - have[:-1]))


def _sums(values: Floats) -> Floats:
    return np.concatenate([[0.0], np.cumsum(values)])


def _gini(values: Floats, weight: Floats) -> float:
    order = np.argsort(values, kind="stable")
    values, weight = values[order], weight[order]
    return float(_apart(values, weight)[-1] / (weight.sum() * (weight * values).sum()))


def _gini_least(low: Floats, high: Floats, weight: Floats) -> float:
    level = np.unique(np.concatenate([low, high[np.isfinite(high)]]))
    order = np.argsort(high, kind="stable")
    order = order[np.isfinite(high[order])]
    below, poor = high[order], weight[order]
    some = np.searchsorted(below, level, side="left")
    poor_heads, poor_have, poor_apart = _sums(poor)[some], _sums(poor * below)[some], _apart(below, poor)[some]
    order = np.argsort(-low, kind="stable")
    above, rich = low[order], weight[order]
    some = np.searchsorted(-above, -level, side="left")
    rich_heads, rich_have, rich_apart = _sums(rich)[some], _sums(rich * above)[some], _apart(above, rich)[some]
    level_heads = np.maximum(weight.sum() - poor_heads - rich_heads, 0.0)
    apart = (
        poor_apart
        + rich_apart
        + level_heads * (level * poor_heads - poor_have + rich_have - level * rich_heads)
        + poor_heads * rich_have
        - rich_heads * poor_have
    )
    have = poor_have + rich_have + level * level_heads
    found = apart[have > 0] / (weight.sum() * have[have > 0])
    beyond = poor.sum() / weight.sum() if np.isinf(high).any() else 1.0
    return float(max(0.0, found.min(initial=beyond)))


def _gini_most(low: Floats, high: Floats, weight: Floats) -> float:
    heads = weight.sum()
    alone = float(1 - weight.min() / heads)
    if np.isinf(high).any() or not low.any():
        return alone
    poor, rich = np.argsort(low, kind="stable"), np.argsort(high, kind="stable")
    poor_heads, rich_heads = _sums(weight[poor]), _sums(weight[rich])
    share = np.unique(np.concatenate([poor_heads, rich_heads]))
    least = np.interp(share, poor_heads, _sums((weight * low)[poor]))
    others = np.interp(share, rich_heads, _sums((weight * high)[rich]))
    area = np.diff(share) * _mean_quotient(least, least + np.maximum(others[-1] - others, 0.0))
    return float(min(alone, 1 - 2 * area.sum() / heads))


def _mean_quotient(part: Floats, whole: Floats) -> Floats:
    """Shape (r - 1,): mean of part over whole between neighbours, both linear there: an integral with a logarithm."""
    growth = np.diff(whole) / whole[:-1]
    steady = np.abs(growth) < STEADY
    some = np.where(steady, 1.0, growth)
    one = np.where(steady, 1 - growth / 2 + growth**2 / 3, np.log1p(some) / some)
    slope = np.where(steady, 0.5 - growth / 3 + growth**2 / 4, (1 - one) / some)
    return (part[:-1] * one + np.diff(part) * slope) / whole[:-1]
