"""Standards in words: what their numbers stand on, and in what two of them differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lifecircle.classify import amap_text, osm_text
from lifecircle.factors import told_factors
from lifecircle.messages import Message, Named, msg
from lifecircle.model import (
    FUNCTIONS,
    UNITS,
    Adjustment,
    Capacity,
    Category,
    DemandKind,
    Goal,
    Measure,
    Moment,
    Norm,
    PolicyCheck,
    Profile,
    Scene,
    Source,
    Standard,
    TailoringRule,
)
from lifecircle.standard_file import STANDINGS

Trait = tuple[Message, object]
"""What is said of a block, and its value: text, a message, or a tuple of texts."""
Figure = tuple[Message, object, str, tuple[str, ...]]
"""What a number is of, its value, its standing and the ids of its sources."""
Section = tuple[Message, tuple[Message, ...]]
"""A heading and what is said under it."""

STANDING_WORDS = {
    "verified": msg("verified"),
    "source-document": msg("from a source document of this project"),
    "recalled": msg("recalled, unverified"),
    "proposed": msg("proposed, in no norm"),
}
FUNCTION_WORDS = {"production": msg("production"), "living": msg("living"), "ecology": msg("ecology")}
NONE = msg("none")
CHECKS = msg("policy checks")
GOALS = msg("goals")
SCENES = msg("scenes")
RESERVE = msg("categories that count only where tailoring says so")
TAILORING = msg("rules of tailoring")


def named(block: Category | DemandKind | Goal | PolicyCheck | Profile | Scene | Source | TailoringRule) -> Message:
    """The id of a block with its name; of a rule with its reason."""
    return msg("{id} {name}", id=block.id, name=block.title if isinstance(block, Source) else _named(block))


def told_norm(norm: Norm) -> Message:
    """A norm with its unit."""
    return msg("{m:g} m", m=norm.distance_m) if norm.distance_m is not None else msg("{n:g} min", n=norm.minutes)


def told_moments(moments: Iterable[Moment]) -> Message:
    """Moments of the week in a row."""
    return msg("at {moments}", moments=tuple(moment.name for moment in moments))


def overview(standard: Standard) -> list[Section]:
    """Every category by its function, with whom it serves, its weight and its numbers; then the sources."""
    title = msg("{id} {name}, version {version}", id=standard.id, name=_named(standard), version=standard.version)
    sections: list[Section] = [(title, (msg("what it lacks: {scope}", scope=_scope(standard)),))]
    for function in FUNCTIONS:
        lines = tuple(_line(one, standard) for one in standard.categories if one.function == function)
        if lines:
            sections.append((FUNCTION_WORDS[function], lines))
    if standard.reserve:
        sections.append((RESERVE, tuple(_line(one, standard) for one in standard.reserve)))
    if standard.tailoring:
        sections.append((TAILORING, tuple(_rule_line(rule) for rule in standard.tailoring)))
    if standard.checks:
        sections.append((CHECKS, tuple(_check_line(check, standard) for check in standard.checks)))
    for scene in standard.scenes:
        held = tuple(_goal_line(goal) for goal in standard.goals if goal.id in scene.goals)
        sections.append((msg("{scene} ({view})", scene=named(scene), view=scene.view), held))
    sources = tuple(
        msg("{source} ({standing})", source=named(source), standing=STANDING_WORDS[source.standing])
        for source in standard.sources
    )
    return [*sections, (msg("sources"), sources)]


def findings(standard: Standard, base: Standard | None) -> list[Section]:
    """For the author of a sound standard: what it changes, what it lacks, how far each number is trusted."""
    title = msg(
        "{id}: no fault; {n} {n:category|categories}, hash {hash}",
        id=standard.id,
        n=len(standard.categories),
        hash=standard.hash[:12],
    )
    sections: list[Section] = [(title, (msg("what it lacks: {scope}", scope=_scope(standard)),))]
    blind = tuple(named(one) for one in standard.categories if not one.osm and not one.amap)
    if blind:
        sections.append((msg("found by no rule, so give lists of them"), blind))
    for standing in STANDINGS:
        numbers = tuple(_numbers(standard, standing))
        if numbers:
            sections.append(
                (msg("{standing}: {n} {n:number|numbers}", standing=STANDING_WORDS[standing], n=len(numbers)), numbers)
            )
    if base is not None:
        sections.append((msg("based on {id}, from which it differs in this", id=base.id), ()))
        sections += differences(base, standard)
    return sections


def differences(old: Standard, new: Standard) -> list[Section]:
    """In what two standards differ, what ``old`` says before what ``new`` says; empty where in nothing."""
    lists: tuple[tuple[Message, Any, Any], ...] = (
        (msg("categories"), old.categories, new.categories),
        (CHECKS, old.checks, new.checks),
        (GOALS, old.goals, new.goals),
        (SCENES, old.scenes, new.scenes),
        (RESERVE, old.reserve, new.reserve),
        (TAILORING, old.tailoring, new.tailoring),
        (msg("kinds of demand"), old.demand, new.demand),
        (msg("walkers"), old.profiles, new.profiles),
        (msg("sources"), old.sources, new.sources),
    )
    names = _told_apart(old, new)
    head = tuple(_changes(_traits(old), _traits(new)))
    sections = [(msg("{old} → {new}", old=names[0], new=names[1]), head)] if head else []
    return sections + [section for each in lists for section in _block_differences(*each, names)]


def _told_apart(old: Standard, new: Standard) -> tuple[str, str]:
    """What two standards are called beside each other: by id, else by id and version, else by their hashes."""
    if old.id != new.id:
        return old.id, new.id
    if old.version != new.version:
        return f"{old.id} {old.version}", f"{new.id} {new.version}"
    return f"{old.id} {old.hash[:12]}", f"{new.id} {new.hash[:12]}"


def _block_differences(
    kind: Message, old: Iterable[Any], new: Iterable[Any], names: tuple[str, str]
) -> Iterator[Section]:
    before, after = ({block.id: block for block in blocks} for blocks in (old, new))
    for only, other, name in ((before, after, names[0]), (after, before, names[1])):
        alone = tuple(block for block in only.values() if block.id not in other)
        if alone:
            heading = msg("only {id} has these {kind}", id=name, kind=kind)
            yield heading, tuple(named(block) for block in alone)
    shared = [block for block in before.values() if block.id in after]
    if [block.id for block in shared] != [id for id in after if id in before]:
        yield msg("{what}: in another order", what=kind), ()
    for block in shared:
        changes = tuple(_changes(_traits(block), _traits(after[block.id])))
        if changes:
            yield named(after[block.id]), changes


def _changes(old: list[Trait], new: list[Trait]) -> Iterator[Message]:
    for (what, before), (_, after) in zip(old, new, strict=True):
        if before != after and isinstance(before, tuple) and isinstance(after, tuple):
            gone, come = (tuple(one for one in a if one not in b) for a, b in ((before, after), (after, before)))
            if gone:
                yield msg("{what}: without {items}", what=what, items=gone)
            if come:
                yield msg("{what}: with {items}", what=what, items=come)
            if not gone and not come:
                yield msg("{what}: in another order", what=what)
        elif before != after:
            yield msg("{what}: {old} → {new}", what=what, old=before or NONE, new=after or NONE)


def _traits(block: Any) -> list[Trait]:
    """All that a block says, in the same order for every block of its kind."""
    match block:
        case Category():
            return _category_traits(block)
        case PolicyCheck():
            return [
                *_name(block),
                (msg("measure"), block.measure.indicator),
                (msg("of the categories"), block.measure.categories),
                (msg("within"), told_norm(Norm(block.measure.distance_m)) if block.measure.distance_m else None),
                (msg("moment"), block.measure.at.name if block.measure.at else None),
                *_bounds(block),
                (msg("cities"), block.cities),
                (msg("sources"), block.source),
                (msg("standing"), STANDING_WORDS[block.standing]),
                (msg("note"), block.note),
            ]
        case Goal():
            return [
                *_name(block),
                (msg("measure"), tuple(_measure(one) for one in block.measures)),
                (msg("what a site may declare"), Named(block.declare_zh or block.declare, block.declare)),
                (msg("a row of the site's own"), str(block.own)),
                (msg("sources"), block.source),
                (msg("standing"), STANDING_WORDS[block.standing]),
            ]
        case Scene():
            return [
                *_name(block),
                (msg("view"), block.view),
                (GOALS, block.goals),
                (msg("measure"), tuple(_measure(one) for one in block.measures)),
            ]
        case DemandKind():
            return [*_name(block), (msg("heads"), UNITS[block.unit]), *_rule_traits(block)]
        case Profile():
            return [
                *_name(block),
                (msg("metres a minute"), f"{block.metres_per_minute:g}"),
                (msg("stairs"), block.stairs),
                (msg("source"), block.source),
                (msg("standing"), STANDING_WORDS[block.standing]),
            ]
        case TailoringRule():
            return [
                (msg("reason"), Named(block.zh, block.en)),
                (msg("where"), _told_when(block)),
                (msg("changes"), tuple(_adjustment(change) for change in block.changes)),
                (msg("walkers beside"), block.beside),
                (msg("source"), block.source),
                (msg("standing"), STANDING_WORDS[block.standing]),
            ]
        case Source():
            return [
                (msg("document"), block.title),
                (msg("standing"), STANDING_WORDS[block.standing]),
                (msg("address"), block.url),
            ]
    return [
        (msg("id"), block.id),
        *_name(block),
        (msg("version"), block.version),
        (msg("what it lacks"), block.scope),
        *((FUNCTION_WORDS[f], f"{share:g}") for f, share in zip(FUNCTIONS, block.function_weights, strict=True)),
        (msg("source of the weights"), block.weights_source),
    ]


def _category_traits(category: Category) -> list[Trait]:
    capacity = category.capacity or Capacity("")
    return [
        *_name(category),
        (msg("function"), FUNCTION_WORDS[category.function]),
        (msg("circle"), msg("{n:g} min", n=category.circle)),
        (msg("norm"), told_norm(category.norm)),
        (msg("sources of the norm"), category.source),
        (msg("standing of the norm"), STANDING_WORDS[category.standing]),
        (msg("serves"), tuple(UNITS[kind] for kind in category.serves)),
        (msg("weight"), f"{category.weight:g}"),
        (msg("least size"), _amount(capacity.min, capacity.unit)),
        (msg("owed a head"), _amount(capacity.per_head, capacity.unit)),
        (msg("sources of size and supply"), capacity.source),
        (msg("standing of size and supply"), STANDING_WORDS.get(capacity.standing)),
        (msg("duty"), category.duty),
        (msg("source of the duty"), category.duty_source),
        *_rule_traits(category),
        (msg("priority"), f"{category.priority}"),
        (msg("also satisfies"), category.also_satisfies),
        (msg("open"), msg("at all hours") if category.always_open else msg("by their hours")),
        (msg("asked for as well"), told_moments(category.moments) if category.moments else None),
        (msg("note"), category.note),
    ]


def _measure(measure: Measure) -> str:
    """A measure as it is written."""
    within = f" {measure.distance_m:g} m" if measure.distance_m else ""
    at = f" {measure.at.name.en}" if measure.at else ""
    return f"{measure.indicator}{within}{at} {'+'.join(measure.categories)}".strip()


def _bounds(check: PolicyCheck) -> list[tuple[Message, str | None]]:
    bounds = ((msg("at least"), check.least), (msg("at most"), check.most))
    return [(what, None if bound is None else f"{bound:g}") for what, bound in bounds]


def _name(block: Standard | Category | DemandKind | Goal | PolicyCheck | Profile | Scene) -> list[Trait]:
    return [(msg("name"), _named(block))]


def _rule_traits(block: Category | DemandKind) -> list[Trait]:
    return [
        (msg("rules for OpenStreetMap"), tuple(osm_text(rule) for rule in block.osm)),
        (msg("rules for Amap"), tuple(amap_text(rule) for rule in block.amap)),
    ]


def _named(block: Standard | Category | DemandKind | Goal | PolicyCheck | Profile | Scene | TailoringRule) -> Named:
    return Named(block.zh, block.en)


def _scope(standard: Standard) -> Message | Named:
    return standard.scope or msg("it names nothing")


def _line(category: Category, standard: Standard) -> Message:
    """A category with whom it serves, its weight and all its figures."""
    told = msg(
        "{category}: {serves}; weight {weight:.3g}",
        category=named(category),
        serves=tuple(UNITS[kind] for kind in category.serves),
        weight=category.weight,
    )
    return _with_figures(told, category, standard)


def _check_line(check: PolicyCheck, standard: Standard) -> Message:
    """A policy check with where it holds and its bounds."""
    where = check.cities or (msg("everywhere"),)
    return _with_figures(msg("{check}: {where}", check=named(check), where=where), check, standard)


def _goal_line(goal: Goal) -> Message:
    """A goal with what it is measured by and what may be declared."""
    ways: list[str | Named] = [_measure(measure) for measure in goal.measures]
    ways += [Named(goal.declare_zh or goal.declare, goal.declare)] if goal.declare else []
    return msg("{goal}: {ways}", goal=named(goal), ways=tuple(ways) or (msg("a row of the site's own"),))


def _with_figures(told: Message, block: Category | PolicyCheck, standard: Standard) -> Message:
    for what, value, standing, sources in _figures(block, standard):
        figure = {"what": what, "value": value, "standing": STANDING_WORDS[standing], "sources": sources}
        told = msg("{told}; {what} {value}: {standing} ({sources})", told=told, **figure)
    return told


def _rule_line(rule: TailoringRule) -> Message:
    """When a rule of tailoring holds, what it does and why."""
    done = (*(_adjustment(change) for change in rule.changes), *rule.beside)
    told = {"where": _told_when(rule), "done": done, "why": Named(rule.zh, rule.en), "sources": rule.source}
    return msg(
        "{rule}: {where}: {done} ({why}); {standing} ({sources})",
        rule=rule.id,
        standing=STANDING_WORDS[rule.standing],
        **told,
    )


def _told_when(rule: TailoringRule) -> tuple[Message, ...]:
    return tuple(told for _, told in told_factors(rule.when))


def _adjustment(change: Adjustment) -> Message:
    """What a rule does to a category."""
    done = [msg("counts")] if change.enable else []
    done += [msg("weight times {factor:g}", factor=change.weight_times)] if change.weight_times != 1 else []
    done += [told_norm(change.norm)] if change.norm is not None else []
    done += [told_moments(change.moments)] if change.moments else []
    return msg("{category} {done}", category=change.category, done=tuple(done))


def _numbers(standard: Standard, standing: str) -> Iterator[Message]:
    """Every figure of a standing, with the ids of its sources."""
    blocks: tuple[Category | PolicyCheck | Profile, ...] = (*standard.known, *standard.checks, *standard.profiles)
    for block in blocks:
        for what, value, at, sources in _figures(block, standard):
            if at == standing:
                told = {"of": named(block), "what": what, "value": value, "sources": sources}
                yield msg("{of}: {what} {value} ({sources})", **told)
    if _standing(standard, standard.weights_source) == standing:
        yield msg("all weights ({sources})", sources=standard.weights_source)


def _figures(block: Category | PolicyCheck | Profile, standard: Standard) -> Iterator[Figure]:
    """The numbers of a block, and its duty."""
    if isinstance(block, PolicyCheck):
        yield from ((what, bound, block.standing, block.source) for what, bound in _bounds(block) if bound is not None)
        return
    if isinstance(block, Profile):
        yield msg("metres a minute"), f"{block.metres_per_minute:g}", block.standing, (block.source,)
        return
    yield msg("norm"), told_norm(block.norm), block.standing, block.source
    capacity = block.capacity or Capacity("")
    for what, amount in ((msg("least size"), capacity.min), (msg("owed a head"), capacity.per_head)):
        if amount is not None:
            yield what, _amount(amount, capacity.unit), capacity.standing, capacity.source
    if block.duty:
        yield msg("duty"), block.duty, _standing(standard, block.duty_source), (block.duty_source,)


def _standing(standard: Standard, id: str) -> str:
    """The standing of a source."""
    return next(source.standing for source in standard.sources if source.id == id)


def _amount(amount: float | None, unit: str) -> Message | None:
    return None if amount is None else msg("{amount:g} {unit}", amount=amount, unit=unit)
