"""What is found for a site as frozen data: coverage, gaps, index."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecircle.walkways import Floats

AMOUNTS = ("total", "covered", "gap", "unknown", "low_confidence", "radius", "estimated")
"""Columns of ``Coverage.table`` that add up over kinds of heads."""
GOALS = (
    "scene", "id", "zh", "en", "scene_zh", "scene_en", "how", "low", "high", "unit", "evidence", "state", "told_zh",
    "told_en",
)  # fmt: skip
"""Columns of ``Assessment.goals``."""
MOMENTS = (
    "category", "zh", "en", "by", "total", "covered", "gap", "unknown", "c_low", "c_high", "open", "closed",
    "hours_unknown", "told_zh", "told_en",
)  # fmt: skip
"""Columns of ``Assessment.moments``."""


@dataclass(frozen=True)
class Coverage:
    """Reach held against the standard."""

    place_state: npt.NDArray[np.uint8]
    """Shape (c, p) of ``State``."""
    place_reason: npt.NDArray[np.uint8]
    """Shape (c, p) of ``Reason``."""
    street_state: npt.NDArray[np.uint8]
    """Shape (c, s) of ``State``."""
    edge_of_data_m: Floats
    """Shape (p,): straight-line distance from each place to the edge of the data."""
    street_edge_of_data_m: Floats
    """Shape (s,): the same for every street point."""
    table: pd.DataFrame
    """One row a category, measure (``by``: of ``HEADS``, places, footprint_m2 or street_m) and limit (``at``):
    columns category, by, at, norm_m, total, covered, gap, unknown, low_confidence (part of gap), radius (covered
    by the straight line), estimated (part of total that the site file's own factors made)."""

    def judged(self, judged_by: dict[str, str], at: str = "norm") -> pd.DataFrame:
        """Of each category by those it is judged by, at one limit (``norm``, ``5 min`` ...).

        Indexed by category id, in the order of ``judged_by`` (``Index.judged_by``), with the columns ``AMOUNTS``, c_low
        and c_high (shares of the total; NaN where it is judged by nobody).
        """
        pairs = [(id, by) for id, kinds in judged_by.items() for by in kinds.split("+")]
        chosen = pd.DataFrame(pairs, columns=["category", "by"])
        rows = chosen.merge(self.table[self.table["at"] == at], on=["category", "by"], how="inner")
        sums = rows.groupby("category")[list(AMOUNTS)].sum(min_count=1).reindex(list(judged_by))
        total = sums["total"].where(sums["total"] > 0)
        return sums.assign(c_low=sums["covered"] / total, c_high=(sums["covered"] + sums["unknown"]) / total)


@dataclass(frozen=True)
class Gaps:
    """Where and for whom a category is missing."""

    areas: gpd.GeoDataFrame
    """Columns id, category, confidence, area_ha, places, beds, jobs, people, families, nearest,
    estimated (kinds of heads that hold estimates, joined by ``+``), nearest_m, at_least, shortfall_m, geometry
    (polygons in the site's CRS)."""
    places: gpd.GeoDataFrame
    """The same columns for single places (geometry as in the demand), and place, name."""


@dataclass(frozen=True)
class Interval:
    """A value known to lie between two bounds; ``mid`` only where enough is known to say one."""

    low: float
    high: float
    mid: float | None = None


UNKNOWN = Interval(float("nan"), float("nan"))
"""A value of which nobody knows anything."""


@dataclass(frozen=True)
class Index:
    """The three-life index: every value an interval (scores 0 to 1, ``value`` 0 to 100)."""

    value: Interval
    functions: dict[str, Interval]
    categories: dict[str, Interval]
    known_weight: dict[str, float]
    """Share of each function's weight whose coverage is known."""
    supply_unknown_weight: dict[str, float]
    """Share of each function's weight whose supply per head is unknown."""
    coordination: Interval
    """D of the coupling coordination model, 0 to 1."""
    grade: tuple[str, str]
    """Grades (zh) of the bounds of D."""
    weakest: str | None
    """The function with the lowest upper bound; None on a tie."""
    zero: tuple[str, ...]
    """Functions whose upper bound is 0, so that the index is."""
    judged_by: dict[str, str]
    """What each category's coverage is counted by: kinds of head counts joined by ``+``, ``places``, or
    ``nobody`` where head counts are known and none is of a kind it serves (its weight is then 0)."""
