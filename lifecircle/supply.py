"""How much there is within reach, for how many: every measure of a category beside its coverage, as bounds.

What is not known widens them: a capacity that nobody gave is anything from 0; heads that nobody counted are any number;
a place or facility that joins no street, or an island, may be within reach of what is near enough by the straight line;
beyond the edge of the data, and in a layer that is absent or partial and empty, there may be any number of facilities.
A partial layer that holds some is taken as it is, as for coverage. Heads are those of the site: nobody knows how many
others come from around it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely

from lifecircle.coverage import judged_by, without_count
from lifecircle.model import (
    FAR_MM,
    PEOPLE,
    SUPPLY,
    Bools,
    Category,
    Completeness,
    Coverage,
    Floats,
    Ints,
    Opening,
    Reach,
    Site,
)
from lifecircle.pairs import Pairs, pairs
from lifecircle.reach import crow_mm
from lifecircle.weighted import UNKNOWN, Bounds, gini, mean, mean_of_some, quantile


@dataclass(frozen=True)
class Case:
    """One category of a site: its facilities (``f``) and the places of demand (``p``)."""

    by: str
    """As ``Index.judged_by``."""
    pairs: Pairs
    """``facility`` numbers those of the category."""
    rows: Ints
    """Shape (f,): their rows in ``Site.facilities``."""
    size: Floats
    """Shape (f,): what each facility supplies; NaN where nobody knows."""
    open: Bools
    """Shape (f,): facilities that are surely open; the others may be."""
    inside: Bools
    """Shape (f,): facilities that stand inside the boundary, or reach into it."""
    heads: Floats
    """Shape (p,): those the category is judged by; 0 where nobody counted them."""
    uncounted: Bools
    """Shape (p,): places that should have such heads, and nobody counted them."""
    more: Bools
    """Shape (p,): places that facilities may serve which the data do not hold."""
    more_inside: bool
    """There may be such facilities inside the boundary."""

    @property
    def most(self) -> Floats:
        """Shape (f,): the most that each may supply."""
        return np.where(np.isnan(self.size), np.inf, self.size)

    @property
    def matter(self) -> Bools:
        """Shape (p,): places that have heads, or may have some."""
        return (self.heads > 0) | self.uncounted


def cases_of(site: Site, reach: Reach, coverage: Coverage) -> list[Case]:
    """All categories, in the standard's order."""
    missing = without_count(site)
    found = {c: case_of(site, reach, coverage, c, those, missing) for c, those in pairs(site, reach)}
    return [found[c] for c in sorted(found)]


def supply(site: Site, reach: Reach, coverage: Coverage, cases: list[Case]) -> pd.DataFrame:
    """One row a category, in the standard's order, with the columns that ``Assessment.supply`` tells."""
    rows = [_row(site, reach, coverage, c, case) for c, case in enumerate(cases)]
    return pd.DataFrame(rows, columns=list(SUPPLY))


def _row(site: Site, reach: Reach, coverage: Coverage, c: int, case: Case) -> dict[str, object]:
    category = site.standard.categories[c]
    per_head = case if case.by not in ("places", "nobody") else None
    bounds = {
        "amount": amount(case),
        "per_1000": per_1000(per_head) if per_head else UNKNOWN,
        "access": access(per_head) if per_head else UNKNOWN,
        "gini": inequality(per_head) if per_head else UNKNOWN,
        "overlap": overlap(case),
        "opportunities": opportunities(case),
    }
    return {
        "category": category.id,
        "by": case.by,
        "unit": category.capacity.unit if category.capacity else "count",
        "heads": float(case.heads.sum()) if per_head else np.nan,
        "uncounted": int(case.uncounted.sum()),
        "facilities": int(_reached(case, case.pairs.sure).sum()),
        "undersized": _undersized(category, case),
        "owed": _owed(category, case) if per_head else np.nan,
        **{
            f"{name}_{end}": value
            for name, both in bounds.items()
            for end, value in zip(("low", "high"), both, strict=True)
        },
        **distances(site, reach, coverage, c, case),
    }


def case_of(site: Site, reach: Reach, coverage: Coverage, c: int, found: Pairs, missing: dict[str, Bools]) -> Case:
    """A category, by its number, with its pairs as ``pairs`` gives them; ``missing`` as of ``without_count``."""
    category = site.standard.categories[c]
    by = judged_by(category, site)
    own = (site.facilities["category"] == category.id).to_numpy()
    rows = np.flatnonzero(own & (reach.opening != Opening.CLOSED))
    offered = site.facilities.iloc[rows]
    kinds = [kind for kind in by.split("+") if kind in PEOPLE]
    none = np.zeros(len(site.demand), dtype=bool)
    heads = np.nan_to_num(site.demand[kinds].to_numpy(dtype=float)).sum(axis=1)
    unlisted = _unlisted(site, category)
    beyond = np.zeros(len(none), dtype=bool)
    if category.id not in site.surveyed:
        held = reach.held_to(category.norm)
        norm_m = category.norm.metres(site.profile.metres_per_minute)
        beyond = coverage.edge_of_data_m / held.fastest < norm_m
    return Case(
        by=by,
        pairs=replace(found, facility=np.searchsorted(rows, found.facility)),
        rows=rows,
        size=_size(category, offered),
        open=reach.opening[rows] == Opening.OPEN,
        inside=shapely.intersects(site.boundary, offered.geometry.to_numpy()),
        heads=np.ones(len(none)) if by == "places" else heads,
        uncounted=np.logical_or.reduce([missing[kind] for kind in kinds]) if kinds else none,
        more=beyond | unlisted,
        more_inside=unlisted or not shapely.covers(site.data_extent, site.boundary),
    )


def _size(category: Category, offered: pd.DataFrame) -> Floats:
    """Without a capacity in the standard, and where that is counted, a facility is one."""
    unit = category.capacity.unit if category.capacity else ""
    if not unit:
        return np.ones(len(offered))
    size = offered["capacity"]
    if unit == "m2":
        size = size.fillna(offered["area_m2"])
    elif unit == "count":
        size = size.fillna(1.0)
    return size.to_numpy(dtype=float)


def _unlisted(site: Site, category: Category) -> bool:
    """Whether nobody knows of any facility of a category: the layer is absent, or partial and empty."""
    state = site.completeness[category.id]
    empty = not (site.as_it_is.facilities["category"] == category.id).any()
    return state is Completeness.ABSENT or (state is Completeness.PARTIAL and empty)


def _reached(case: Case, rows: Bools) -> Bools:
    """Shape (f,): facilities of some pairs."""
    return np.bincount(case.pairs.facility[rows], minlength=len(case.size)) > 0


def _undersized(category: Category, case: Case) -> int:
    """Facilities surely in reach and surely smaller than the least size of one."""
    least = category.capacity.min if category.capacity else None
    return 0 if least is None else int((_reached(case, case.pairs.sure) & (case.size < least)).sum())


def _owed(category: Category, case: Case) -> float:
    """What the norm per head asks for the heads; NaN without such a norm, or where not all heads are counted."""
    per_head = category.capacity.per_head if category.capacity else None
    return np.nan if per_head is None or case.uncounted.any() else float(case.heads.sum() * per_head)


def amount(case: Case) -> Bounds:
    """sum S_j of the facilities within the norm of any place of demand.

    Least: those surely in reach, with what is known of their sizes. Most: those that may be in reach; no end where one
    of them has an unknown size, or where the data do not hold all.
    """
    every = np.ones(len(case.pairs.place), dtype=bool)
    least = float(np.nansum(case.size[_reached(case, case.pairs.sure)]))
    return least, np.inf if case.more.any() else float(case.most[_reached(case, every)].sum())


def per_1000(case: Case) -> Bounds:
    """1000 sum S_j / sum P_i of the facilities inside the boundary, whoever reaches them (千人指标, GB 50180).

    Least: known sizes, over any number of heads where some are uncounted: 0. Most: no end where a size is unknown or
    the data do not hold all inside the boundary; else over the counted heads.
    """
    least = float(np.nansum(case.size[case.inside & case.open]))
    most = float(case.most[case.inside].sum())
    return _per_head(1000 * least, np.inf if case.more_inside else 1000 * most, case)


def access(case: Case) -> Bounds:
    """Mean over heads of A_i = sum_j S_j / (sum P_k in reach of j), both sums within the norm (2SFCA, Luo & Wang 2003).

    What each facility supplies is shared out among the heads in its reach, so the mean is all supply that has any head
    in reach over all heads: sum_j S_j [any P_i > 0 in reach of j] / sum P_i. Bounded as that: least, the known sizes of
    facilities that surely have counted heads in reach, over any number of heads where some are uncounted: 0; most, all
    that may have some, over the counted heads. The identity holds for the site's own heads: who comes from elsewhere to
    share is not known.
    """
    place, sure = case.pairs.place, case.pairs.sure
    least = np.nansum(case.size[_reached(case, sure & (case.heads[place] > 0))])
    most = case.most[_reached(case, case.matter[place])].sum()
    return _per_head(float(least), np.inf if case.more[case.matter].any() else float(most), case)


def _per_head(least: float, most: float, case: Case) -> Bounds:
    heads, some = float(case.heads.sum()), bool(case.uncounted.any())
    if not heads > 0:
        return (0.0, np.inf if most > 0 else 0.0) if some else UNKNOWN
    return 0.0 if some else least / heads, most / heads


def two_step(case: Case) -> tuple[Floats, Floats]:
    """Shape (p,), twice: least and most A_i of 2SFCA; places without heads have none (0).

    Least: known sizes of what is surely in reach, shared with all who may be in its reach. Most: all sizes of what may
    be in reach, shared with those who surely are, and with the place itself; no end where a size is unknown or the
    data do not hold all. Uncounted heads are left out: they are for the caller to mind.
    """
    found = case.pairs.take(case.heads[case.pairs.place] > 0)
    own, count = case.heads[found.place], len(case.size)
    surely = np.bincount(found.facility, np.where(found.sure, own, 0.0), count)
    perhaps = np.bincount(found.facility, own, count)
    share = np.nan_to_num(case.size)[found.facility] / perhaps[found.facility]
    least = np.bincount(found.place, np.where(found.sure, share, 0.0), len(case.heads)).astype(float)
    among = surely[found.facility] + np.where(found.sure, 0.0, own)
    most = np.bincount(found.place, case.most[found.facility] / among, len(case.heads))
    return least, np.where(case.more & (case.heads > 0), np.inf, most)


def inequality(case: Case) -> Bounds:
    """Gini index of A_i of 2SFCA over heads (Tao et al. 2023): ``weighted.gini`` of the bounds of each A_i."""
    uncounted = case.uncounted & (case.more | (np.bincount(case.pairs.place, minlength=len(case.heads)) > 0))
    least, most = two_step(case)
    return gini(least, np.where(uncounted, np.inf, most), case.heads, case.uncounted)


def _counts(case: Case) -> tuple[Floats, Floats]:
    """Shape (p,), twice: how many facilities each place surely has in reach, and may have."""
    places = len(case.heads)
    least = np.bincount(case.pairs.place[case.pairs.sure], minlength=places).astype(float)
    most = np.bincount(case.pairs.place, minlength=places).astype(float)
    return least, np.where(case.more, np.inf, most)


def overlap(case: Case) -> Bounds:
    """sum P_i n_i / sum P_i [n_i >= 1], n_i the facilities within the norm: how many those have who have one."""
    return mean_of_some(*_counts(case), case.heads, case.uncounted)


def opportunities(case: Case) -> Bounds:
    """sum P_i n_i / sum P_i, n_i the facilities within the norm (cumulative opportunities, mean over heads)."""
    return mean(*_counts(case), case.heads, case.uncounted)


def distances(site: Site, reach: Reach, coverage: Coverage, c: int, case: Case) -> dict[str, float]:
    """Mean, median and P90 of the walk to the nearest facility, in metres (in time: of flat walks that take as long).

    The most is the walk that was found, infinite beyond the limit of the search. The least: where none was found, that
    limit; a facility beyond the edge of the data is no nearer than the edge, or than the norm where somebody looked for
    those; what joins no street is no nearer than the straight line. NaN where nobody knows of any facility.
    """
    walk, least = _walks(site, reach, coverage, c)
    values = (least, walk, case.heads, case.uncounted)
    found = {"mean": mean(*values), "median": quantile(*values, 0.5), "p90": quantile(*values, 0.9)}
    heads = case.heads.sum()
    beyond = float(case.heads[np.isinf(walk)].sum() / heads) if heads > 0 else np.nan
    if _unlisted(site, site.standard.categories[c]):
        found, beyond = dict.fromkeys(found, UNKNOWN), np.nan
    most = {f"{name}_m": high for name, (_, high) in found.items()}
    return most | {f"{name}_least_m": low for name, (low, _) in found.items()} | {"censored": beyond}


def _walks(site: Site, reach: Reach, coverage: Coverage, c: int) -> tuple[Floats, Floats]:
    """Shape (p,), twice: the walk to the nearest facility that was found, and the least it may be in truth."""
    category, lost = site.standard.categories[c], reach.off_network | reach.island
    held = reach.held_to(category.norm)
    walk = _metres(held.place_mm[c])
    edge = coverage.edge_of_data_m / held.fastest
    if category.id in site.surveyed:
        edge = np.maximum(edge, category.norm.metres(site.profile.metres_per_minute))
    least = np.minimum(np.minimum(walk, site.limit_mm / 1000), edge)
    if held.at_best is not None:
        least = np.minimum(least, _metres(held.at_best.place_mm[c]))
    if held.hoped is not None:
        least = np.minimum(least, _metres((held.hoped.at_best or held.hoped).place_mm[c]))
    straight = _metres((reach.hoped or reach).crow_mm[c]) / held.fastest
    least = np.where(lost, np.minimum(least, straight), least)
    stray = reach.stray & (site.facilities["category"] == category.id).to_numpy()
    near = crow_mm(site.demand.geometry.to_numpy(), site.facilities.geometry.to_numpy()[stray])
    return walk, np.minimum(least, _metres(near) / held.fastest)


def _metres(mm: Ints) -> Floats:
    return np.where(mm >= FAR_MM, np.inf, mm / 1000)
