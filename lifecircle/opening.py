"""What is open at the moment that is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyproj
import shapely

from lifecircle.errors import Fault, InputError
from lifecircle.hours import moment, openings
from lifecircle.messages import msg
from lifecircle.model import Ints, Moment, Note, Opening, Reach, Site
from lifecircle.refusals import Refused


def asked(at: Moment | str | None) -> Moment | None:
    """A moment as a caller gave it. Raises InputError."""
    try:
        return None if at is None else moment(at)
    except Refused as error:
        mend = msg("write a weekday and a time: “Mo 02:00” or “周一 02:00”")
        raise InputError(Fault("at", msg("{what} (is {value!r})", what=error.message, value=at), mend)) from None


def at_moment(site: Site, at: Moment | None) -> Site:
    """The site at a moment, which its results are named after too."""
    if at is None:
        return site
    parameters = {**site.provenance.get("parameters", {}), "at": at.name.en}
    told = at.name.en.lower().replace(" ", "-").replace(":", "")
    slug = site.slug if site.slug.endswith(f"-{told}") else f"{site.slug}-{told}"
    return replace(site, at=at, slug=slug, provenance={**site.provenance, "parameters": parameters})


def openings_of(site: Site) -> Ints:
    """Shape (f,) of ``Opening``: all open where no moment is asked about; what is always open asks for no hours."""
    facilities = site.facilities
    if site.at is None:
        return np.full(len(facilities), Opening.OPEN, dtype=np.int64)
    found = openings(facilities["hours"].to_numpy(dtype=object), site.at, _lonlat(site))
    return np.where(facilities["category"].isin(_always_open(site)), Opening.OPEN, found)


def told(site: Site, reach: Reach) -> Iterator[Note]:
    """How many of the facilities that have hours are open, and of how many nobody knows it."""
    if site.at is None:
        return
    found = reach.opening[~site.facilities["category"].isin(_always_open(site)).to_numpy()]
    unknown = int((found == Opening.UNKNOWN).sum())
    text = msg(
        "at {moment}, of {n} {n:facility|facilities} that are not always open, {open} {open:is|are} open, {closed} "
        "{closed:is|are} closed, and the hours of {unknown} are not known: whom only these would cover is unknown",
        moment=site.at.name,
        n=len(found),
        open=int((found == Opening.OPEN).sum()),
        closed=int((found == Opening.CLOSED).sum()),
        unknown=unknown,
    )
    yield Note("doubt" if unknown else "info", text)


def _always_open(site: Site) -> list[str]:
    return [category.id for category in site.standard.categories if category.always_open]


def _lonlat(site: Site) -> tuple[float, float]:
    """The middle of the site in degrees."""
    x, y = shapely.get_coordinates(shapely.centroid(site.boundary))[0]
    lon, lat = pyproj.Transformer.from_crs(site.crs, 4326, always_xy=True).transform(x, y)
    return float(lon), float(lat)
