"""What is answered beyond an assessment: where to build, and whether a result can be had again."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lifecircle.messages import Message, msg
from lifecircle.model import UNITS, Assessment, Site


@dataclass(frozen=True)
class Suggestion:
    """Where to build facilities of a category, and what that changes."""

    category: str
    by: str
    """What is counted, as in ``Index.judged_by``."""
    places: pd.DataFrame
    """One row a place, that with the greatest gain first: name, x, y (metres in the site's CRS), gain (heads that it
    brings within the norm after those before it, the unknown counted as gaps), sure_gain (of these, heads in gap),
    robust (among the best too where the unknown counts as covered)."""
    value: float
    """Heads that all of them bring."""
    bound: float
    """No choice of as many places brings more."""
    proven: bool
    """Whether none of the sites tried does."""
    sites: int
    """How many were tried."""
    apart_m: float
    """How far a street point may be from the nearest of them; 0 where the sites were named."""
    after: Assessment
    """The site with them, and ``before`` without."""

    @property
    def site(self) -> Site:
        """The site with them."""
        return self.after.site

    def told(self) -> tuple[Message, ...]:
        """Each place and what it brings, then how good they are, in words."""
        assert self.site.scenario is not None
        unit = tuple(UNITS.get(kind, msg("places")) for kind in self.by.split("+"))
        lines = [
            msg(
                "{number}. {name} (lon {lon:.6f}, lat {lat:.6f}): {gain:,.0f} {unit} more within the norm, "
                "{sure:,.0f} of them surely in gap{robust}",
                number=number,
                name=place.name,
                lon=change.lonlat[0][0],
                lat=change.lonlat[0][1],
                gain=place.gain,
                unit=unit,
                sure=place.sure_gain,
                robust=msg("; among the best whatever is unknown") if place.robust else "",
            )
            for number, (change, place) in enumerate(
                zip(self.site.scenario.changes, self.places.itertuples(), strict=True), start=1
            )
        ]
        return (*lines, self._proof(unit))

    def _proof(self, unit: tuple[Message, ...]) -> Message:
        known = {"gain": self.value, "bound": self.bound, "unit": unit, "sites": self.sites, "n": len(self.places)}
        if not self.apart_m:
            whole = msg(
                "together {gain:,.0f} {unit}; no choice of {n} among {sites:,} {sites:site|sites} brings more", **known
            )
            part = msg("together {gain:,.0f} {unit}; no choice brings more than {bound:,.0f}", **known)
            return whole if self.proven else part
        return msg(
            "together {gain:,.0f} {unit}, chosen among {sites:,} points along the streets; "
            "no {n} {n:place|places} on any public street bring more than {bound:,.0f}",
            **known,
        )

    def __repr__(self) -> str:
        return f"<Suggestion of {len(self.places)} {self.category} for {self.after.site.name!r}>"


@dataclass(frozen=True)
class Verification:
    """What came of writing a result again."""

    files: dict[str, bool]
    """Whether each file was written again byte by byte."""
    changed: tuple[Message, ...]
    """What of inputs, standard and tool is no longer what it was."""
    differences: tuple[Message, ...]
    """The first figures of the result that differ."""

    @property
    def agrees(self) -> bool:
        """Whether all files do."""
        return all(self.files.values())

    def told(self) -> tuple[Message, ...]:
        """All of it in words."""
        files = (
            msg("{file}: the same bytes", file=file) if same else msg("{file}: differs", file=file)
            for file, same in self.files.items()
        )
        return (*files, *self.changed, *self.differences)
