"""One site held to several standards: its sources are read once, each standard finds its own facilities in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lifecircle.errors import Fault, Faults, InputError
from lifecircle.load import Loader, distinct
from lifecircle.messages import msg
from lifecircle.model import Site, Standard
from lifecircle.site import SiteFile, read_site_file
from lifecircle.sources.boundary import outline, read_features
from lifecircle.standard import load_standard, profile_of


def load_together(site: str | Path | SiteFile, standards: Sequence[str] = ()) -> list[Site]:
    """A site once a standard, by id or path; those that its file names where none are given here.

    What the site file says of a category (``complete``, a list of it) counts for the standards that have it. Where
    there are several, the id of the standard is part of the slug. Raises InputError, also where the standards differ in
    whom they count or in who walks.
    """
    file = site if isinstance(site, SiteFile) else read_site_file(site)
    names = tuple(dict.fromkeys(standards or file.held_to))
    held = [load_standard(name) for name in names]
    faults = Faults()
    with faults.gathered():
        _check_alike(held, file.profile)
    with faults.gathered():
        found = read_features(file.boundary)
        shape, notes = outline(found.frame, str(file.boundary.file))
    faults.raise_any()
    elsewhere = {category.id for standard in held for category in standard.known}
    own = [_about(file, name, standard, elsewhere) for name, standard in zip(names, held, strict=True)]
    first = Loader(own[0])
    others = [Loader(each, like=first) for each in own[1:]]
    sites = list(first.load_with(others, file.name, shape, (*found.notes, *notes)))
    slugs = distinct([f"{each.slug}.{each.standard.id}" for each in sites] if len(sites) > 1 else [sites[0].slug])
    return [replace(each, boundary_crs=found.crs, slug=slug) for each, slug in zip(sites, slugs, strict=True)]


def _check_alike(standards: Sequence[Standard], profile: str) -> None:
    """Raises InputError where standards do not speak of the same people."""
    faults = [fault for other in standards[1:] for fault in _differences(standards[0], other, profile)]
    if faults:
        raise InputError(faults)


def _differences(one: Standard, other: Standard, profile: str) -> Iterator[Fault]:
    mend = msg("assess them one by one")
    both = {"one": one.id, "other": other.id}
    if profile_of(one, profile) != profile_of(other, profile):
        yield Fault("standards", msg("{one} and {other} differ in the walker {id!r}", id=profile, **both), mend)
    kinds = {kind.id for kind in {*one.demand} ^ {*other.demand}}
    if kinds:
        text = msg("{one} and {other} differ in these kinds of demand: {ids}", ids=tuple(sorted(kinds)), **both)
        yield Fault("standards", text, mend)


def _about(file: SiteFile, name: str, standard: Standard, elsewhere: set[str]) -> SiteFile:
    """The site file for one of several standards: less what it says of categories that only others have."""
    strange = elsewhere - {category.id for category in standard.known}
    update = {
        "standard": name,
        "standards": (),
        "complete": tuple(id for id in file.complete if id not in strange),
        "facilities": tuple(source for source in file.facilities if source.category not in strange),
    }
    return file.model_copy(update=update)
