"""What policies ask of a site, each held against what is known: met, missed, or nobody knows."""

from __future__ import annotations

import math
import unicodedata

import pandas as pd

from lifecircle.indicators import Facts
from lifecircle.measures import measured, unit_of
from lifecircle.messages import LANGUAGES, SEPARATORS
from lifecircle.model import CHECKS, Interval, PolicyCheck, Standard

SLACK = 1e-9
"""By which sums of floats may miss a bound."""


def checks(facts: Facts) -> pd.DataFrame:
    """One row a check of the standard, columns ``CHECKS``."""
    return pd.DataFrame([_row(facts, check) for check in facts.site.standard.checks], columns=list(CHECKS))


def _row(facts: Facts, check: PolicyCheck) -> tuple[object, ...]:
    found = measured(facts, check.measure)
    least, most = (math.nan if bound is None else bound for bound in (check.least, check.most))
    applies = not check.cities or is_in(facts.site.city, check)
    return (
        check.id,
        check.zh,
        check.en,
        *(SEPARATORS[lang].join(city.render(lang) for city in check.cities) for lang in LANGUAGES),
        check.measure.indicator,
        unit_of(check.measure),
        least,
        most,
        found.low,
        found.high,
        result(found, check.least, check.most) if applies else "not applicable",
        *_documents(check, facts.site.standard),
        check.standing,
    )


def result(found: Interval, least: float | None, most: float | None) -> str:
    """met where the whole interval lies within the bounds, missed where all of it lies outside, else unknown.

    >>> result(Interval(0.5, 0.7), 0.6, None), result(Interval(0.6, 0.7), 0.6, None), result(Interval(0.1, 0.2), 0.6, 1)
    ('unknown', 'met', 'missed')
    """
    low, high = -math.inf if least is None else least - SLACK, math.inf if most is None else most + SLACK
    if low <= found.low and found.high <= high:
        return "met"
    return "missed" if found.high < low or found.low > high else "unknown"


def is_in(city: str, check: PolicyCheck) -> bool:
    """Whether a city is among those of a check, by its Chinese or English name."""
    return _plain(city) in {_plain(name) for known in check.cities for name in (known.zh, known.en)}


def _plain(city: str) -> str:
    """A city's name without case, width and the word for city."""
    return unicodedata.normalize("NFKC", city).strip().casefold().removesuffix("市").removesuffix(" city")


def _documents(check: PolicyCheck, standard: Standard) -> tuple[str, ...]:
    """The titles of its sources, in each language."""
    known = {source.id: source.title for source in standard.sources}
    return tuple(
        mark.join(known[id].render(lang) for id in check.source) for lang, mark in (("zh", "；"), ("en", "; "))
    )
