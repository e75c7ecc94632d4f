"""The goals of a plan as a scorecard, its scenes, and what kind of unit a site is: measured, declared, or unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from lifecircle.indicators import Facts
from lifecircle.measures import measured
from lifecircle.messages import LANGUAGES, Message, Named, msg
from lifecircle.model import (
    GOALS,
    SCENES,
    TYPOLOGY,
    UNKNOWN,
    Declaration,
    Goal,
    Index,
    Interval,
    Scene,
    Site,
)


def scorecard(facts: Facts) -> pd.DataFrame:
    """One row a goal of the standard, columns ``GOALS``, by the scenes of the first view."""
    said = {one.goal: one for one in facts.site.declarations}
    goals = {goal.id: goal for goal in facts.site.standard.goals}
    every = facts.site.standard.scenes
    first = [scene for scene in every if scene.view == every[0].view]
    rows = [_row(facts, scene, goals[id], said.get(id)) for scene in first for id in scene.goals]
    return pd.DataFrame(rows, columns=list(GOALS))


def _row(facts: Facts, scene: Scene, goal: Goal, said: Declaration | None) -> tuple[object, ...]:
    found = mean_of([measured(facts, measure) for measure in goal.measures])
    known = _is_known(found)
    if not known and said is not None:
        found = _declared(said)
    state = "measured" if known else "declared" if said else "unknown" if goal.measures else "nothing"
    name = Named(said.zh or said.en, said.en or said.zh) if goal.own and said else Named(goal.zh, goal.en)
    told = _told(goal, found, state, said)
    return (
        scene.id,
        goal.id,
        name.zh,
        name.en,
        scene.zh,
        scene.en,
        goal.how,
        found.low,
        found.high,
        said.unit if said is not None and state == "declared" and said.value is not None else "share",
        said.evidence if said else "",
        state,
        *(told.render(lang) for lang in LANGUAGES),
    )


def _declared(said: Declaration) -> Interval:
    value = float(bool(said.declared)) if said.value is None else said.value
    return Interval(value, value)


def mean_of(found: Sequence[Interval]) -> Interval:
    """Mean bounds of shares; one of which nobody knows anything may be anything. NaN of none and of none known.

    >>> mean_of([Interval(0.2, 0.4), UNKNOWN])
    Interval(low=0.1, high=0.7, mid=None)
    """
    bounds = np.array([(one.low, one.high) for one in found]).reshape(-1, 2)
    if np.isnan(bounds).all():
        return UNKNOWN
    low, high = np.where(np.isnan(bounds), (0.0, 1.0), bounds).mean(axis=0).tolist()
    return Interval(low, high)


def _is_known(found: Interval) -> bool:
    """Whether anything is known of a share."""
    return not math.isnan(found.low) and (found.low, found.high) != (0.0, 1.0)


def _told(goal: Goal, found: Interval, state: str, said: Declaration | None) -> Message:
    if state == "nothing":
        return msg("nothing is declared") if not goal.own else msg("lost in the source: a row of the site's own")
    if state == "unknown":
        return msg("not known")
    if state == "measured":
        told = (
            msg("{low:.0%}", low=found.low)
            if found.low == found.high
            else msg("{low:.0%} to {high:.0%}", low=found.low, high=found.high)
        )
        return told if said is None else msg("{told}; declared: {said}", told=told, said=_said(said))
    assert said is not None
    return msg("declared: {said}", said=_said(said))


def _said(said: Declaration) -> Message:
    if said.value is not None:
        return msg("{value:g} {unit} ({evidence})", value=said.value, unit=said.unit, evidence=said.evidence)
    answer = msg("yes") if said.declared else msg("no")
    return msg("{answer} ({evidence})", answer=answer, evidence=said.evidence)


def scenes(facts: Facts, goals: pd.DataFrame) -> pd.DataFrame:
    """One row a scene of each view, columns ``SCENES``: the mean of its goals and measures.

    A goal declared in a unit of its own counts as known and is not scored; rows of the site's own that nobody filled
    are left out.
    """
    rows = [
        (scene.view, scene.id, scene.zh, scene.en, *_of_scene(facts, scene, goals.set_index("id")))
        for scene in facts.site.standard.scenes
    ]
    return pd.DataFrame(rows, columns=list(SCENES))


def _of_scene(facts: Facts, scene: Scene, goals: pd.DataFrame) -> tuple[float, float, float]:
    held = goals.loc[[id for id in scene.goals if id in goals.index]]
    held = held[(held["how"] != "own") | (held["state"] == "declared")]
    scored = held[held["unit"] == "share"]
    found = [Interval(low, high) for low, high in zip(scored["low"], scored["high"], strict=True)]
    found += [measured(facts, measure) for measure in scene.measures]
    known = int(held["state"].isin(["measured", "declared"]).sum())
    known += sum(_is_known(measured(facts, measure)) for measure in scene.measures)
    score, parts = mean_of(found), len(held) + len(scene.measures)
    return score.low, score.high, known / parts if parts else 0.0


# What kind of unit it is --------------------------------------------------------------------------

KINDS = {
    "compound": Named("单位大院", "work-unit compound"),
    "park": Named("工业园区", "industrial park"),
    "community": Named("产业社区", "industrial community"),
}
MODES = {
    "upgraded": Named("园区内部升级", "upgraded from within"),
    "town": Named("专业镇转型", "specialised town"),
    "new": Named("新建产业集群", "new-built cluster"),
}
STATES = {True: "fits", False: "does not fit", None: "unknown"}


def typology(site: Site, index: Index) -> pd.DataFrame:
    """Whether the layout fits the kinds of unit of the paper's table 1, and the modes of building.

    Columns ``TYPOLOGY``. Only what data say, and of the mode what the site declares: who manages a place and whether
    its people know each other, they do not.
    """
    rows = [("kind", id, KINDS[id], STATES[fits], told) for id, (fits, told) in _kinds(site, index)]
    rows += [("mode", id, MODES[id], state, told) for id, state, told in _modes(site)]
    return pd.DataFrame(
        [
            (what, id, name.zh, name.en, state, *(evidence.render(lang) for lang in LANGUAGES))
            for what, id, name, state, evidence in rows
        ],
        columns=list(TYPOLOGY),
    )


def _kinds(site: Site, index: Index) -> Iterator[tuple[str, tuple[bool | None, Message]]]:
    homes, work = _either(site, ("beds", "people"), "living"), _either(site, ("jobs",), "production")
    said = msg("homes: {homes}; work: {work}", homes=_word(homes), work=_word(work))
    both = False if homes is False or work is False else None
    yield "compound", (both, msg("{said}; whether one unit manages it, data do not say", said=said))
    yield "park", (work if homes is False else (None if homes is None else False), said)
    functions = {name: index.functions[name] for name in index.functions}
    sure = homes and work and all(score.low > 0 for score in functions.values())
    never = both is False or bool(index.zero)
    reach = msg(
        "production {production:.2f}, living {living:.2f}, ecology {ecology:.2f} at least",
        **{name: score.low for name, score in functions.items()},
    )
    yield "community", (True if sure else False if never else None, msg("{said}; {reach}", said=said, reach=reach))


def _either(site: Site, heads: Iterable[str], function: str) -> bool | None:
    """Whether a site has people of some kinds, or land of a function; None where nobody knows."""
    units = {kind.id for kind in site.standard.demand if kind.unit in heads}
    if float(site.demand[list(heads)].sum().sum()) > 0 or site.demand["kind"].isin(units).any():
        return True
    if (site.land["homes"] if function == "living" else site.land["function"] == function).any():
        return True
    return False if site.demand[["beds", "jobs", "people"]].notna().any(axis=None) else None


def _word(known: bool | None) -> Message:
    return msg("not known") if known is None else msg("yes") if known else msg("none found")


def _modes(site: Site) -> Iterator[tuple[str, str, Message]]:
    """Each mode of building with its state and the evidence: data never tell it, a site may."""
    if site.built is not None:
        for id in MODES:
            chosen = id == site.built.mode
            said = site.built.evidence if chosen else MODES[site.built.mode]
            yield id, "declared" if chosen else "does not fit", msg("declared: {said}", said=said)
        return
    coming = len(site.planned)
    unknown = msg(
        "{n} {n:facility|facilities} planned, being built or closed; when the rest was built, data do not say", n=coming
    )
    for id in MODES:
        yield id, "unknown", unknown
