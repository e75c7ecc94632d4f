"""Who would lose what if a facility closed: the places that one facility alone serves, and what they would be then."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lifecircle.coverage import judge
from lifecircle.model import FAR_MM, RELIANCE, Bools, Category, Coverage, Reach, Site, State, empty
from lifecircle.supply import Case


def reliance(site: Site, reach: Reach, coverage: Coverage, cases: list[Case]) -> pd.DataFrame:
    """One row a facility of each category that is not closed, with the columns that ``Assessment.reliance`` tells.

    ``cases`` are those of ``supply``. What a place would be if its one facility closed is judged as coverage judges it.
    """
    rows = [_of_category(site, reach, coverage, c, case) for c, case in enumerate(cases) if len(case.rows)]
    return pd.concat(rows, ignore_index=True) if rows else empty(RELIANCE)()


def _of_category(site: Site, reach: Reach, coverage: Coverage, c: int, case: Case) -> pd.DataFrame:
    category, facilities = site.standard.categories[c], site.facilities.iloc[case.rows]
    sure = case.pairs.take(case.pairs.sure)
    serving = np.bincount(sure.place, minlength=len(case.heads))
    alone = sure.take(serving[sure.place] == 1)
    gap = _in_gap(site, reach, coverage, category, case)[alone.place]
    those = {"within": sure, "alone": alone, "to_gap": alone.take(gap), "to_unknown": alone.take(~gap)}
    named = {"category": category.id, **{name: facilities[name].to_numpy() for name in ("id", "name")}}
    summed = {name: np.bincount(of.facility, case.heads[of.place], len(case.rows)) for name, of in those.items()}
    return pd.DataFrame(named | summed, columns=list(RELIANCE))


def _in_gap(site: Site, reach: Reach, coverage: Coverage, category: Category, case: Case) -> Bools:
    """Shape (p,): places that would be in gap if none of the facilities that surely serve them were there."""
    held = reach.held_to(category.norm)
    nowhere = np.full(len(case.heads), FAR_MM)
    perhaps = np.bincount(case.pairs.place[~case.pairs.sure], minlength=len(nowhere)) > 0
    state, _ = judge(
        walk_mm=nowhere,
        norm_m=category.norm.metres(site.profile.metres_per_minute),
        edge_of_data_m=coverage.edge_of_data_m / held.fastest,
        off_network=reach.off_network,
        island=reach.island,
        completeness=site.completeness[category.id],
        any_facility=bool((site.as_it_is.facilities["category"] == category.id).any()),
        hoped_mm=np.where(perhaps, 0, nowhere),
    )
    return state == State.GAP
