"""One place that several rows speak of: the same name, the same category, a few steps apart."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from lifecircle.model import Bools, Geometries, Ints, Texts

BRACKETED = r"[(\[{<【〔〈《「『](.*?)[)\]}>】〕〉》」』]"
"""What stands in brackets behind a name: a branch (人民路店), an entrance (北门), a remark."""
MARKS = r"[\W_]+"


def name_parts(names: Texts) -> tuple[Texts, Texts]:
    """Names, shape (n,), without case, width and marks: what stands outside brackets, and what stands inside.

    A name that stands in brackets as a whole is outside them; an empty name has two empty parts.
    """
    text = pd.Series(names, dtype=object).fillna("").astype(str).str.normalize("NFKC").str.casefold()
    base = text.str.replace(BRACKETED, "", regex=True).str.replace(MARKS, "", regex=True)
    whole = text.str.replace(MARKS, "", regex=True)
    inside = text.str.findall(BRACKETED).str.join("").str.replace(MARKS, "", regex=True)
    alone = (base == "").to_numpy()
    return np.where(alone, whole, base).astype(object), np.where(alone, "", inside).astype(object)


def same_as(frame: gpd.GeoDataFrame, mapped: Bools, metres: float) -> Ints:
    """Shape (n,): for each row the row it is the same place as; itself where it is the one to keep.

    Two rows are one place where category, status, opening year and name (``name_parts``) are equal, one of them
    names no branch or both name the same, and they are at most ``metres`` apart. Of rows of files the one that says
    most leads those around it, so that no chain of rows joins places that are far from each other; a leader that
    has a like on the map (``mapped``) is the same as it where each is the other's nearest. Objects of the map are
    never joined to each other. The order of the rows changes nothing but the numbers of the rows.
    """
    if mapped.all():
        return np.arange(len(frame))
    order = _order(frame, mapped)
    ranked = frame.iloc[order]
    one, other = _pairs(ranked, metres)
    on_map = mapped[order]
    files = ~on_map[one] & ~on_map[other]
    leader = _leaders(len(frame), one[files], other[files])
    first, second = _couples(ranked.geometry.to_numpy(), on_map, leader, one, other)
    leader[second] = first
    leader = leader[leader]
    found = np.empty(len(frame), dtype=np.int64)
    found[order] = order[leader]
    return found


def _order(frame: gpd.GeoDataFrame, mapped: Bools) -> Ints:
    """The rows in the order in which they lead: those that name a branch, a capacity, an area come first."""
    shapes = frame.geometry.to_numpy()
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    rank = pd.DataFrame(
        {
            "bare": name_parts(frame["name"].to_numpy())[1] == "",
            "capacity": frame["capacity"].isna().to_numpy(),
            "area": frame["area_m2"].isna().to_numpy(),
            "mapped": ~mapped,
            "source": frame["source"].to_numpy(),
            "x": middle[:, 0],
            "y": middle[:, 1],
            "name": frame["name"].to_numpy(),
            "id": frame["id"].to_numpy(),
        }
    )
    return rank.sort_values(list(rank.columns), kind="stable").index.to_numpy(dtype=np.int64)


def _pairs(ranked: gpd.GeoDataFrame, metres: float) -> tuple[Ints, Ints]:
    """Pairs of rows (the earlier, the later) that may be one place."""
    base, branch = name_parts(ranked["name"].to_numpy())
    alike = pd.DataFrame({"base": base, **{key: ranked[key].to_numpy() for key in ("category", "status", "opens")}})
    group = alike.groupby(list(alike.columns), dropna=False, sort=False).ngroup().to_numpy()
    some = np.flatnonzero((base != "") & (np.bincount(group, minlength=1)[group] > 1))
    shapes = ranked.geometry.to_numpy()[some]
    one, other = some[shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=metres)]
    may = (one < other) & (group[one] == group[other])
    may &= (branch[one] == branch[other]) | (branch[one] == "") | (branch[other] == "")
    return one[may], other[may]


def _leaders(count: int, one: Ints, other: Ints) -> Ints:
    """Shape (count,): the first row paired with each that leads; a row leads where no row before it leads it."""
    open_, leads, follows = 0, 1, 2
    state = np.zeros(count, dtype=np.int8)
    while (state == open_).any():
        led = np.zeros(count, dtype=bool)
        led[other[state[one] == leads]] = True
        state[led & (state == open_)] = follows
        waits = np.zeros(count, dtype=bool)
        waits[other[state[one] == open_]] = True
        state[~waits & (state == open_)] = leads
    leader = np.arange(count)
    under = state[one] == leads
    np.minimum.at(leader, other[under], one[under])
    return leader


def _couples(shapes: Geometries, on_map: Bools, leader: Ints, one: Ints, other: Ints) -> tuple[Ints, Ints]:
    """Objects of the map and rows of files that are each other's nearest like."""
    mixed = (on_map[one] != on_map[other]) & (leader[one] == one) & (leader[other] == other)
    one, other = one[mixed], other[mixed]
    pairs = pd.DataFrame({"map": np.where(on_map[one], one, other), "file": np.where(on_map[one], other, one)})
    pairs["metres"] = shapely.distance(shapes[pairs["map"]], shapes[pairs["file"]])
    pairs = pairs.sort_values(["metres", "map", "file"], kind="stable")
    nearest = pairs.loc[~pairs["map"].duplicated() & ~pairs["file"].duplicated()]
    return nearest["map"].to_numpy(dtype=np.int64), nearest["file"].to_numpy(dtype=np.int64)
