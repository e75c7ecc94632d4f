"""Which path or gate a search proposes: each of the best with what it brings, and how they were found."""

from __future__ import annotations

import math

from lifecircle.answers import Link, LinkSuggestion
from lifecircle.messages import Message, Named, msg
from lifecircle.model import Category, Standard
from lifecircle.outputs.chapters.scenario import WHAT
from lifecircle.outputs.plain import text

TOLD = 3
"""Categories that are told of a link."""


def told(found: LinkSuggestion, standard: Standard) -> tuple[Message, ...]:
    """A line for each of the best, and one on how they were found."""
    lines = [_line(number, link, found, standard) for number, link in enumerate(found.links, start=1)]
    last = msg(
        "the best {n} of {tried:,} {tried:link|links} tried, made and judged one by one; no other brings more than "
        "{bound:,.0f}",
        n=len(found.links),
        tried=found.proposals.sites,
        bound=found.proposals.bound,
    )
    return (*lines, last)


def _line(number: int, link: Link, found: LinkSuggestion, standard: Standard) -> Message:
    lon, lat = (sum(values) / len(values) for values in zip(*link.change.lonlat, strict=True))
    kind, name = WHAT[link.change.what], text(link.change.name)
    return msg(
        "{number}. {what} (lon {lon:.6f}, lat {lat:.6f}){long}: {gain:,.0f} more within the norm, {sure:,.0f} of "
        "them surely in gap: {categories}{robust}",
        number=number,
        what=msg("{name} ({kind})", name=name, kind=kind) if name else kind,
        lon=lon,
        lat=lat,
        long=_long(link),
        gain=sum(link.gain),
        sure=sum(link.sure_gain),
        categories=_most(link, [standard.category(id) for id in found.proposals.categories]),
        robust=msg("; the best whatever is unknown") if link.robust else "",
    )


def _most(link: Link, categories: list[Category]) -> tuple[Message, ...]:
    """The categories that gain most."""
    gains = sorted(zip(link.gain, categories, strict=True), key=lambda pair: -pair[0])
    told = [msg("{category} {gain:,.0f}", category=Named(one.zh, one.en), gain=gain) for gain, one in gains if gain > 0]
    more = msg("{n} more {n:category|categories}", n=len(told) - TOLD)
    return (*(told[:TOLD] or [msg("nobody")]), *([more] if len(told) > TOLD else []))


def _long(link: Link) -> Message | str:
    """How long it is, and how long the walk is without it, where that is longer."""
    if not link.walk_m > link.metres:
        return ""
    if link.walk_m == math.inf:
        return msg(", {metres:,.0f} m where there is no walk", metres=link.metres)
    return msg(", {metres:,.0f} m instead of a walk of {walk:,.0f} m", metres=link.metres, walk=link.walk_m)
