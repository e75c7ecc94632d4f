"""Time on foot along the streets, where slopes, stairs and signals count: told as flat walks that take as long.

Slope: W. Tobler 1993, Three presentations on geographical analysis and modeling: v = 6 exp(-3.5 |g + 0.05|) km/h
on a slope g, here as a multiple of what it says of the flat, so that the profile's speed stays that of the flat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyproj
from scipy import sparse
from scipy.sparse import csgraph, linalg

from lifecircle.messages import msg
from lifecircle.model import Floats, Ints, Note, Pace, Profile, WalkNetwork
from lifecircle.network import is_stairs, points_on_edges
from lifecircle.site import Walking
from lifecircle.sources.elevation import Heights, read_heights

STEEP, GENTLE = 3.5, 0.05
"""Tobler's two numbers: how fast a slope slows down, and the descent that is walked fastest."""
FASTEST = float(np.exp(STEEP * GENTLE))
"""Speed on that descent as a multiple of that on the flat."""
STEEPEST = 1.0
"""No street is steeper: what heights say beyond is their error (our own proposal)."""
NO_WAY = 1e7
"""As many times as long as on the flat: farther than any walk is followed."""
TOLD = 0.05
"""Slopes above are told as steep."""


def with_pace(
    network: WalkNetwork, walking: Walking, profile: Profile, crs: pyproj.CRS
) -> tuple[WalkNetwork, tuple[Note, ...]]:
    """The network with the pace that a site file asks for, and notes of what counts. Raises InputError.

    A walk over ground of unknown height is not followed; ``Pace.at_best`` takes it for the gentlest descent.
    """
    if not walking.counts:
        return network, ()
    bounds = np.concatenate([network.vertex_xy.min(axis=0), network.vertex_xy.max(axis=0)])
    heights = None if walking.dem is None else read_heights(walking.dem, crs, bounds)
    edge, at_mm = _points(network, heights.cell_m if heights else np.inf)
    slope = _slopes(network, edge, at_mm, heights) if heights else np.zeros(len(edge) - 1)
    flat_m = profile.metres_per_minute / 60
    more = _stairs(network, edge, at_mm) * walking.stairs_s_per_m * flat_m
    more += _waits(network, edge, at_mm) * round(walking.crossing_s * flat_m * 500)
    pace = _pace(edge, at_mm, slope, more, NO_WAY)
    if np.isnan(slope).any():
        pace = replace(pace, at_best=_pace(edge, at_mm, slope, more, 1 / FASTEST))
    notes = (*(heights.notes if heights else ()), *_notes(network, walking, edge, at_mm, slope))
    return replace(network, pace=pace), notes


def slowness(slope: Floats) -> Floats:
    """Time on a slope (rise over run) as a multiple of that on the flat.

    >>> slowness(np.array([0.0, 0.1, -0.05])).round(3).tolist()
    [1.0, 1.419, 0.839]
    """
    return np.asarray(np.exp(STEEP * (np.abs(np.clip(slope, -STEEPEST, STEEPEST) + GENTLE) - GENTLE)))


def _pace(edge: Ints, at_mm: Ints, slope: Floats, more: Floats, unknown: float) -> Pace:
    """Between neighbouring points of an edge the slope counts as ``slowness`` says and ``more`` is added."""
    first = np.searchsorted(edge, np.arange(edge[-1] + 1))

    def summed(slope: Floats) -> Ints:
        step = np.diff(at_mm) * np.nan_to_num(slowness(slope), nan=unknown) + more
        running = np.concatenate([[0], np.cumsum(np.rint(step).astype(np.int64))])
        return running - running[first][edge]

    forth_mm, back_mm = summed(slope), summed(-slope)
    gained = np.minimum(np.diff(forth_mm), np.diff(back_mm)) < np.diff(at_mm)
    faster = gained[edge[1:] == edge[:-1]].any() or np.isnan(slope).any()
    return Pace(edge, at_mm, forth_mm, back_mm, FASTEST if faster else 1.0)


# Points along the edges


def _points(network: WalkNetwork, step_m: float) -> tuple[Ints, Ints]:
    """Edge and place of points at most a step apart, the ends among them, and of those at signals and beside them."""
    counts = np.maximum(np.ceil(network.edge_mm / (step_m * 1000)).astype(np.int64), 1)
    edge = np.repeat(np.arange(len(counts)), counts + 1)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(counts + 1) - counts - 1, counts + 1)
    at_mm = np.rint(within * (network.edge_mm / counts)[edge]).astype(np.int64)
    signal_edge, signal_mm = _signals(network)
    edge = np.concatenate([edge, *[signal_edge] * 3])
    at_mm = np.concatenate([at_mm, signal_mm - 1, signal_mm, signal_mm + 1])
    inside = (at_mm >= 0) & (at_mm <= network.edge_mm[edge])
    key = np.unique(_key(network, edge[inside], at_mm[inside]))
    stride = _key(network, np.array([1]), np.array([0]))
    return key // stride, key % stride


def _key(network: WalkNetwork, edge: Ints, at_mm: Ints) -> Ints:
    """Points as numbers that sort by edge and place."""
    return edge * (int(network.edge_mm.max(initial=0)) + 1) + at_mm


def _signals(network: WalkNetwork) -> tuple[Ints, Ints]:
    """Edge and place of the vertices where one waits."""
    vertex = np.flatnonzero(network.signals) if network.signals is not None else np.empty(0, dtype=np.int64)
    return np.searchsorted(network.vertex_start, vertex, side="right") - 1, network.vertex_mm[vertex]


def _waits(network: WalkNetwork, edge: Ints, at_mm: Ints) -> Ints:
    """Shape (t - 1,): signals at the ends of each stretch between points; one passes a signal on two stretches."""
    signal = np.isin(_key(network, edge, at_mm), _key(network, *_signals(network))).astype(np.int64)
    return np.where(edge[1:] == edge[:-1], signal[1:] + signal[:-1], 0)


def _stairs(network: WalkNetwork, edge: Ints, at_mm: Ints) -> Floats:
    """Shape (t - 1,): millimetres of stairs on each stretch between points."""
    stairs = is_stairs(network.highway)[edge[1:]] & (edge[1:] == edge[:-1])
    return np.where(stairs, np.diff(at_mm), 0.0)


# Slopes


def _slopes(network: WalkNetwork, edge: Ints, at_mm: Ints, heights: Heights) -> Floats:
    """Shape (t - 1,): slope of each stretch between points, uphill positive; NaN where a height is unknown."""
    within = edge[1:] == edge[:-1]
    rise_mm = np.diff(_heights(network, edge, at_mm, heights)) * 1000
    return np.where(within, rise_mm / np.where(within, np.diff(at_mm), 1), 0.0)


def _heights(network: WalkNetwork, edge: Ints, at_mm: Ints, heights: Heights) -> Floats:
    """Shape (t,): those of the ground; bridges and tunnels run straight from end to end."""
    found = heights.at(points_on_edges(network, edge, at_mm))
    aloft = np.flatnonzero(~network.attachable[edge])
    of_node = _node_heights(network, heights.at(network.node_xy))
    begin, end = of_node[network.edge_u[edge[aloft]]], of_node[network.edge_v[edge[aloft]]]
    found[aloft] = begin + (end - begin) * at_mm[aloft] / np.maximum(network.edge_mm[edge[aloft]], 1)
    return found


def _node_heights(network: WalkNetwork, ground: Floats) -> Floats:
    """Shape (n,): those of the ground, but where only bridges and tunnels meet such that none has a bend in its slope:
    each such node lies at the mean of its neighbours, weighted by nearness.
    """
    u, v = network.edge_u, network.edge_v
    held = np.zeros(len(ground), dtype=bool)
    held[u[network.attachable]] = held[v[network.attachable]] = True
    known = held & np.isfinite(ground)
    spans = np.flatnonzero(~network.attachable & (known[u] | ~held[u]) & (known[v] | ~held[v]))
    size = (len(ground), len(ground))
    ends = (np.concatenate([u[spans], v[spans]]), np.concatenate([v[spans], u[spans]]))
    near = sparse.csr_array((np.tile(1 / np.maximum(network.edge_mm[spans], 1), 2), ends), shape=size)
    _, part = csgraph.connected_components(near, directed=False)
    free = np.flatnonzero(~held & np.isin(part, part[known]))
    out = ground.copy()
    if len(free):
        rows = near[free]
        pull = sparse.csc_array(sparse.diags_array(rows.sum(axis=1)) - rows[:, free])
        out[free] = np.asarray(linalg.spsolve(pull, rows[:, known] @ ground[known]))
    return out


# Notes


def _notes(network: WalkNetwork, walking: Walking, edge: Ints, at_mm: Ints, slope: Floats) -> Iterator[Note]:
    """What counts, and how much of it there is."""
    if walking.dem is not None:
        yield from _slope_notes(walking.dem.name, np.where(edge[1:] == edge[:-1], np.diff(at_mm), 0) / 1000, slope)
    if walking.stairs_s_per_m:
        text = msg(
            "walking times count {seconds:g} s more for each of {metres:,.0f} m of stairs",
            seconds=walking.stairs_s_per_m,
            metres=float(_stairs(network, edge, at_mm).sum() / 1000),
        )
        yield Note("info", text)
    if walking.crossing_s and network.signals is None:
        yield Note("doubt", msg("the streets do not say where signals are: `crossing_s` counts nowhere"))
    elif walking.crossing_s:
        text = msg(
            "walking times count {seconds:g} s at each of {signals:,} {signals:signal|signals}",
            seconds=walking.crossing_s,
            signals=len(np.unique(network.vertex_xy[network.signals], axis=0)),
        )
        yield Note("info", text)


def _slope_notes(file: str, metres: Floats, slope: Floats) -> Iterator[Note]:
    unknown = np.isnan(slope)
    known_m = metres[~unknown].sum()
    steep = metres[np.abs(slope) > TOLD].sum() / known_m if known_m else 0.0
    text = msg(
        "walking times count slopes from {file}: {steep:.0%} of {km:,.1f} km of streets are steeper than {told:.0%}",
        file=file,
        steep=float(steep),
        km=float(known_m / 1000),
        told=TOLD,
    )
    yield Note("info", text)
    if unknown.any():
        text = msg(
            "{metres:,.0f} m of streets lie where {file} knows no height: what is reached in time only over them "
            "is unknown",
            metres=float(metres[unknown].sum()),
            file=file,
        )
        yield Note("doubt", text)
