"""How much is built on a site and how much is green, and how production, living and ecology share land and floors.

What is not known stays open: ground of no known use, floors of a building whose number nobody gave, and buildings of
no known use may be anything, so that every share lies between two bounds.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import shapely
from scipy.optimize import bisect

from lifecircle.model import FUNCTIONS, UNKNOWN, Floats, Interval, Site


def land_mix(site: Site) -> Interval:
    """Mix entropy of the land shares of the three functions; NaN where no land use is known."""
    if not len(site.land):
        return UNKNOWN
    return entropy(shares([_land(site, site.land["function"] == f) for f in FUNCTIONS], _open_land(site)))


def support_land(site: Site) -> Interval:
    """Share of support (offices and living services) in the land; NaN where nobody said what support is."""
    support = site.land["support"]
    if not support.notna().any():
        return UNKNOWN
    parts = [_land(site, support == 1), _land(site, support == 0)]
    return shares(parts, _open_land(site) + _land(site, support.isna()).low)[0]


def floor_mix(site: Site) -> Interval:
    """Mix entropy of the floor shares of the three functions; NaN where no uses of floors are known."""
    if not site.floors["function"].notna().any():
        return UNKNOWN
    parts = [floor_area(site.floors[site.floors["function"] == f]) for f in FUNCTIONS]
    return entropy(shares(parts, floor_area(site.floors[site.floors["function"].isna()]).high))


def production_floor(site: Site) -> Interval:
    """Share of production in the floor area; NaN where no uses of floors are known."""
    return _floor_share(site.floors, site.floors["function"].eq("production").where(site.floors["function"].notna()))


def support_floor(site: Site) -> Interval:
    """Share of support (offices and living services) in the floor area; NaN where nobody said what support is."""
    return _floor_share(site.floors, site.floors["support"])


def _floor_share(floors: pd.DataFrame, is_part: pd.Series) -> Interval:
    """Share of a part in the floor area; of rows where it is missing nobody knows whether they are of it."""
    if not is_part.notna().any():
        return UNKNOWN
    part, rest = (floor_area(floors[is_part == value]) for value in (1, 0))
    return shares([part, rest], floor_area(floors[is_part.isna()]).high)[0]


def floor_area(buildings: pd.DataFrame) -> Interval:
    """Floor area of buildings in m2: where the number of floors is unknown, one at least and nobody knows how many."""
    low = float((buildings["footprint_m2"] * buildings["floors"].fillna(1)).sum())
    return Interval(low, math.inf if buildings["floors"].isna().any() else low)


def floor_area_ratio(site: Site) -> Interval:
    """Floor area over the area inside the boundary (容积率); NaN where no buildings are known."""
    if not len(site.floors):
        return UNKNOWN
    built, m2 = floor_area(site.floors), float(shapely.area(site.boundary))
    return Interval(built.low / m2, built.high / m2 if site.all_floors else math.inf)


def green_area(site: Site) -> Interval:
    """Green ground inside the boundary in m2, which ground of no known use may be too; NaN where no use is known."""
    if not len(site.land):
        return UNKNOWN
    green = site.land["green"]
    known = _land(site, green == 1).low
    return Interval(known, known + _land(site, green.isna()).low + _open_land(site))


def shares(parts: Sequence[Interval], free: float) -> list[Interval]:
    """The share of each part in their sum; ``free`` may be of any of them, wholly or in pieces, or of none.

    NaN where there is nothing.

    >>> shares([Interval(3, 3), Interval(1, 1)], 4)
    [Interval(low=0.375, high=0.875, mid=None), Interval(low=0.125, high=0.625, mid=None)]
    """
    found = []
    for i, part in enumerate(parts):
        others = [other for k, other in enumerate(parts) if k != i]
        least, most = sum(other.low for other in others), sum(other.high for other in others) + free
        found.append(Interval(_share(part.low, most), 1 - _share(least, part.high + free)))
    return found if sum(part.high for part in parts) + free > 0 else [UNKNOWN] * len(parts)


def _share(part: float, rest: float) -> float:
    """part / (part + rest), with a rest that may be infinite; 0 of nothing."""
    return part / (part + rest) if part else 0.0


def entropy(shares: Sequence[Interval]) -> Interval:
    """-sum p ln p / ln N (Chen & Liu 2001) of N shares that sum to 1 and lie within bounds each: 0 for one alone, 1
    for equal ones.

    The even-most shares within the bounds have the most; the least stands at a corner of them.
    """
    low, high = np.array([share.low for share in shares]), np.array([share.high for share in shares])
    if np.isnan(low).any():
        return UNKNOWN
    whole = np.clip(1.0, low.sum(), high.sum())  # 1, but for rounding
    level = bisect(lambda level: np.clip(level, low, high).sum() - whole, 0.0, 1.0, xtol=1e-15)
    corners = [_evenness(corner) for corner in _corners(low, high)]
    most = _evenness(np.clip(level, low, high))
    return Interval(min([*corners, most]), most)


def _corners(low: Floats, high: Floats) -> list[Floats]:
    """Shares that sum to 1 of which all but one stand at a bound."""
    found = []
    for free in range(len(low)):
        bounds = [pair for i, pair in enumerate(zip(low, high, strict=True)) if i != free]
        for others in itertools.product(*bounds):
            rest = 1 - sum(others)
            if low[free] - 1e-12 <= rest <= high[free] + 1e-12:
                found.append(np.array([max(rest, 0.0), *others]))
    return found


def _evenness(p: Floats) -> float:
    some = p[p > 0]
    return max(0.0, float(-(some * np.log(some)).sum() / np.log(len(p))))


def _land(site: Site, rows: pd.Series) -> Interval:
    m2 = float(shapely.area(site.land.geometry.to_numpy()[rows.to_numpy(dtype=bool)]).sum())
    return Interval(m2, m2)


def _open_land(site: Site) -> float:
    """Ground inside the boundary of which nobody knows what it is used for, in m2."""
    known = float(shapely.area(site.land.geometry.to_numpy()).sum())
    return max(0.0, float(shapely.area(site.boundary)) - known)
