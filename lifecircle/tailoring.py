"""A standard tailored to a site by the four factors that it declares; what changed and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields, replace
from functools import reduce
from math import prod

from lifecircle.factors import told_factors
from lifecircle.messages import Message, Named, msg
from lifecircle.model import FUNCTIONS, Adjustment, Category, Factors, Profile, Standard, Tailored, TailoringRule
from lifecircle.standard_words import FUNCTION_WORDS, NONE, told_moments, told_norm

Applied = tuple[TailoringRule, Adjustment]
"""An adjustment with the rule that asks for it."""


def tailored(standard: Standard, factors: Factors) -> tuple[Standard, tuple[Tailored, ...]]:
    """The standard as the factors of a site make it, and what changed; itself where nothing does.

    Weights are multiplied, and those of a function then sum to 1. Of two rules that give a norm the later one counts.
    """
    rules = _rules(standard, factors)
    asked = {one.id: list(_asked(rules, one.id)) for one in standard.known}
    counted = {category.id for category in standard.categories}
    enabled = [
        category
        for category in standard.reserve
        if category.id not in counted and any(change.enable for _, change in asked[category.id])
    ]
    unshared = tuple(_adjusted(category, asked[category.id]) for category in (*standard.categories, *enabled))
    told = tuple(_told_walkers(standard, rules))
    if unshared == standard.categories:
        return standard, told
    changed = replace(standard, categories=tuple(_shared(unshared)))
    return replace(changed, hash=_hash(changed)), (*_changes(standard, changed, asked), *told)


def told_changes(standard: Standard, tailoring: Iterable[Tailored]) -> tuple[Message, ...]:
    """What tailoring changed in a standard and why, a line each."""
    names = {category.id: Named(category.zh, category.en) for category in standard.categories}
    return tuple(
        msg(
            "{what}: {before} → {after}; {why}",
            what=msg("{category}, {what}", category=names[one.category], what=one.what) if one.category else one.what,
            before=one.before,
            after=one.after,
            why=one.why,
        )
        for one in tailoring
    )


def told_evidence(factors: Factors, evidence: Iterable[tuple[str, str]]) -> tuple[Message, ...]:
    """The factors that a site declares, each with what it is known from."""
    texts = dict(evidence)
    return tuple(
        msg("{factor}: {evidence}", factor=told, evidence=texts.get(name, "") or msg("no evidence given"))
        for name, told in told_factors(factors)
    )


def walkers_beside(standard: Standard, factors: Factors) -> tuple[Profile, ...]:
    """The walkers that a site is to be told on as well."""
    asked = {id for rule in _rules(standard, factors) for id in rule.beside}
    return tuple(profile for profile in standard.profiles if profile.id in asked)


def unheard(standard: Standard, factors: Factors) -> Factors:
    """What of the factors of a site changes nothing: no rule that holds there names it."""
    named = [rule.when for rule in _rules(standard, factors)]
    return Factors(
        **{
            field.name: tuple(
                value
                for value in getattr(factors, field.name)
                if not any(value in getattr(when, field.name) for when in named)
            )
            for field in fields(factors)
        }
    )


def _rules(standard: Standard, factors: Factors) -> list[TailoringRule]:
    return [rule for rule in standard.tailoring if _holds(rule.when, factors)]


def _holds(when: Factors, factors: Factors) -> bool:
    """Whether a site has, of each factor that is asked for, at least one of the values."""
    asked = [(getattr(when, field.name), getattr(factors, field.name)) for field in fields(when)]
    return all(set(values) & set(given) for values, given in asked if values)


def _asked(rules: list[TailoringRule], category: str) -> Iterator[Applied]:
    return ((rule, change) for rule in rules for change in rule.changes if change.category == category)


def _adjusted(category: Category, asked: list[Applied]) -> Category:
    """A category as rules ask, its weight not shared yet."""
    for rule, change in asked:
        category = replace(category, weight=category.weight * change.weight_times)
        if change.norm is not None:
            category = replace(category, norm=change.norm, source=rule.source, standing=rule.standing, note="")
        category = replace(category, moments=tuple(dict.fromkeys((*category.moments, *change.moments))))
    return category


def _shared(categories: tuple[Category, ...]) -> Iterator[Category]:
    """The categories with weights that sum to 1 in each function."""
    total = {f: sum(category.weight for category in categories if category.function == f) for f in FUNCTIONS}
    return (replace(one, weight=one.weight / total[one.function]) if one.weight else one for one in categories)


def _hash(standard: Standard) -> str:
    """SHA-256 of the contents of a standard."""
    text = json.dumps(asdict(replace(standard, hash="")), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _changes(old: Standard, new: Standard, asked: dict[str, list[Applied]]) -> Iterator[Tailored]:
    """What each category is asked otherwise, and how far the other weights make room."""
    before = {category.id: category for category in _shared(old.categories)}
    for category in new.categories:
        known, applied = before.get(category.id), asked[category.id]
        if not applied:
            continue
        why = _why(rule for rule, _ in applied)
        if known is None:
            yield Tailored(category.id, msg("counts"), msg("no"), _share(category), why)
        elif any(change.weight_times != 1 for _, change in applied):
            factor = prod(change.weight_times for _, change in applied)
            after = msg("{share} (times {factor:.3g})", share=_share(category), factor=factor)
            yield Tailored(category.id, msg("weight"), _share(known), after, why)
        if known is not None and known.norm != category.norm:
            why = _why(rule for rule, change in applied if change.norm is not None)
            yield Tailored(category.id, msg("norm"), told_norm(known.norm), told_norm(category.norm), why)
        asking = [rule for rule, change in applied if change.moments]
        if asking:
            old_ones = told_moments(known.moments) if known is not None and known.moments else NONE
            new_ones = told_moments(category.moments)
            yield Tailored(category.id, msg("asked for as well"), old_ones, new_ones, _why(asking))
    for function in FUNCTIONS:
        rest = [one for one in new.categories if one.function == function and not asked[one.id] and one.weight]
        if rest and rest[0].weight != before[rest[0].id].weight:
            what = msg("all other weights of {function}", function=FUNCTION_WORDS[function])
            times = msg("times {factor:.3g}", factor=rest[0].weight / before[rest[0].id].weight)
            yield Tailored("", what, msg("times {factor:.3g}", factor=1), times, msg("weights of a function sum to 1"))


def _told_walkers(standard: Standard, rules: list[TailoringRule]) -> Iterator[Tailored]:
    for id in dict.fromkeys(id for rule in rules for id in rule.beside):
        profile = standard.profile(id)
        why = _why(rule for rule in rules if id in rule.beside)
        yield Tailored("", msg("walker beside"), NONE, msg("{name}", name=Named(profile.zh, profile.en)), why)


def _why(rules: Iterable[TailoringRule]) -> Message:
    told = [msg("{name}", name=Named(rule.zh, rule.en)) for rule in rules]
    return reduce(lambda first, then: msg("{first}; {then}", first=first, then=then), told)


def _share(category: Category) -> Message:
    return msg("{share:.1%} of {function}", share=category.weight, function=FUNCTION_WORDS[category.function])
