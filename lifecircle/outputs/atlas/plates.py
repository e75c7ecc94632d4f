"""The maps of the atlas as SVG, each drawn to a round scale for its box on an A3 page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from lifecircle.model import MINUTES, Assessment, Bools, Change, Ints, State, places_of
from lifecircle.outputs import layers
from lifecircle.outputs.atlas.lettering import Box, names
from lifecircle.outputs.layers import View, label, path, rect
from lifecircle.outputs.looks import AREA, INK, PATTERNS, PLACE, QUIET, street_look
from lifecircle.outputs.maps import HOMES, Map
from lifecircle.outputs.pagedata import detail_of, street_chains
from lifecircle.outputs.shapes import FINE, Encoder, Strings, decoded

UNIT_MM = 0.035
"""On paper, of a unit of the maps: vertices need no decimals, and strokes are as wide as in pictures of A4."""
GRAIN = 3.0
"""Units that lines may stray: a tenth of a millimetre, which nobody sees."""
COVER, WHOLE, HALF = (262.0, 297.0), (286.0, 240.0), (190.0, 158.0)
"""Millimetres of the map on the cover, of one that has a page for itself, of one of two side by side."""
SCALES = tuple(n * 10**e for e in range(2, 7) for n in (1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 7.5, 8))
MARGIN = 0.05
"""Of the box's sides, left free on each side."""
AROUND_M = 1_200.0
"""Surroundings that the location map shows on each side at least."""
SHARES = (("#d9824a", 10), ("#d3bd74", 16), ("#8cc0a8", 22), ("#3f93a8", 30), ("#1d4f7c", 40))
"""Streets by the share of a function's categories within reach, from none to all: colour, and width for those who print
in grey."""
LACKS = (("#9fb4bf", 10), ("#f2b98d", 16), ("#e2803f", 22), ("#b3430f", 30), ("#5e1d06", 40))
"""Streets by how many categories are missing, the same way."""
RANK = 105
"""Half the width of a number's disc."""
ASIDE = sorted(
    product(range(-12 * RANK, 13 * RANK, RANK), repeat=2), key=lambda step: (step[0] ** 2 + step[1] ** 2, step)
)
"""Steps from a spot to where its number may stand, the nearest first."""


def scaled(bounds: Sequence[Sequence[float]], size: tuple[float, float]) -> View:
    """The view of a box of millimetres that shows [[south, west], [north, east]] whole, at a round scale."""
    width, height = (side / UNIT_MM for side in size)
    least = layers.fitted(bounds, 0, 0, width, height).metres * 0.9 / (1 - 2 * MARGIN)
    scale = next(each for each in SCALES if each * UNIT_MM / 1000 >= least)
    (south, west), (north, east) = bounds
    return View((west + east) / 2, (south + north) / 2, scale * UNIT_MM / 1000, 0, 0, width, height, GRAIN)


@dataclass(frozen=True)
class Plates:
    """The maps of one site in one language."""

    assessment: Assessment
    page: Mapping[str, Any]
    """What the page shows of it."""
    lang: str
    font: str
    """Family of the letters."""
    size: tuple[float, float] = WHOLE
    """Millimetres."""

    @cached_property
    def _site(self) -> Map:
        return Map(self.page, self.lang, scaled(self.page["bounds"], self.size))

    @cached_property
    def _ground(self) -> str:
        return self._site.ground()

    def _plate(self, parts: Sequence[str], taken: Sequence[Box] = (), on: Sequence[str] = ()) -> str:
        """A map of the site: its ground, what stands on it, names, and what stands on these."""
        plan = self._site
        return self._drawn(plan, [self._ground, *parts], taken, on)

    def _drawn(self, plan: Map, parts: Sequence[str], taken: Sequence[Box], on: Sequence[str]) -> str:
        view = plan.view
        corners = (
            (view.x, view.height - 450, view.x + 0.25 * view.width, view.height),
            (view.width - 550, view.y, view.width, 500.0),
        )
        written = names(plan, [*corners, *taken])
        number = f"1:{view.metres / UNIT_MM * 1000:,.0f} (A3)"
        return framed(view, self.font, PATTERNS, *parts, written, *on, plan.scale(number), plan.north())

    # The plates

    def cover(self) -> str:
        """The ground alone."""
        plan = self._site
        return framed(plan.view, self.font, self._ground)

    def location(self) -> str:
        """The site in its surroundings, with the edges of the study area and of the data."""
        site = self.assessment.site
        encoder = Encoder(site.crs)
        view = scaled(encoder.bounds(shapely.buffer(site.boundary, AROUND_M)), self.size)
        plan = Map(self.page, self.lang, view)

        def edge(shape: shapely.Geometry, **look: Any) -> str:
            line = decoded(encoder.geometries(np.array([shape], dtype=object), FINE))
            return path(view, line, closed=True, fill="none", **look)

        outlines = [
            edge(site.study_area, **STUDY),
            edge(site.data_extent, **EXTENT),
            edge(site.boundary, **OUTLINE),
        ]
        return self._drawn(plan, [plan.ground(veiled=False), *outlines], (), ())

    def overview(self) -> str:
        """Places with people, and facilities by function."""
        plan = self._site
        return self._plate([plan.places(self._everywhere, HOMES), *plan.functions()])

    def function(self, name: str) -> str:
        """From which streets how many of a function's categories are within reach, and its facilities, numbered."""
        plan = self._site
        rows = [row for row, category in enumerate(self.page["categories"]) if category["function"] == name]
        drawn = plan.classed(self._share_class(rows), class_looks(plan, SHARES))
        marks = [self._numbered(plan, row, number) for number, row in enumerate(rows, 1)]
        return self._plate([*drawn, plan.places(self._everywhere, HOMES), *marks])

    def category(self, row: int, ranked: Sequence[int]) -> str:
        """Who can walk to one category: streets by minutes, places by state, the ranked gap areas, facilities."""
        plan, areas = self._site, decoded(self.page["categories"][row]["gaps"]["shape"])
        spots = [spot(plan, areas, area) for area in ranked]
        return self._plate(self._category(row), *numbers(spots))

    def _category(self, row: int) -> list[str]:
        plan, category = self._site, self.page["categories"][row]
        states = np.array(list(category["states"]), dtype=object)
        return [
            path(plan.view, decoded(category["gaps"]["shape"]), closed=True, **AREA),
            *plan.streets(row),
            *(plan.places(states == digit, look) for digit, look in PLACE.items()),
            *plan.facilities(category["id"]),
        ]

    def pair(self, row: int, changes: Sequence[Change] = ()) -> str:
        """One category, and the changes of a scenario with their numbers."""
        plan = self._site
        lines = [plan.view.points(np.array(change.lonlat)) for change in changes if change.lonlat]
        rounded = [np.rint(line).astype(int).tolist() for line in lines]
        drawn = [
            f'<path d="M{" L".join(f"{x} {y}" for x, y in line)}"{layers.attributes(ADDED)}/>'
            for line in rounded
            if len(line) > 1
        ]
        spots = [(line[len(line) // 2][0], line[len(line) // 2][1]) for line in rounded]
        which = [number for number, change in enumerate(changes, 1) if change.lonlat]
        return self._plate([*self._category(row), *drawn], *numbers(spots, which))

    def gaps(self, places: Sequence[str]) -> str:
        """How many categories are missing along the streets, and where the ranked places are, by their ids."""
        plan, site = self._site, self.assessment.site
        first = ~places_of(site.demand).duplicated()
        shapes = pd.Series(site.demand.geometry.to_numpy()[first], index=places_of(site.demand)[first])
        points = shapely.point_on_surface(shapes.loc[list(places)].to_numpy())
        xy = plan.view.points(decoded(Encoder(site.crs).geometries(points, FINE)).xy)
        spots = [(x, y) for x, y in np.rint(xy).astype(int).tolist()]
        drawn = [
            *plan.classed(self._lack_class(), class_looks(plan, LACKS)),
            plan.places(self._everywhere, HOMES),
        ]
        return self._plate(drawn, *numbers(spots))

    # Streets by class

    @cached_property
    def _everywhere(self) -> Bools:
        return np.ones(len(self.page["demand"]["name"]), dtype=bool)

    @cached_property
    def _street_states(self) -> npt.NDArray[np.uint8]:
        """Shape (c, v): state at the vertices of the coloured streets."""
        _, _, point = street_chains(self.assessment, detail_of(self.assessment).street_step)
        return self.assessment.coverage.street_state[:, point]

    def _share_class(self, rows: Sequence[int]) -> Ints:
        """None, up to a quarter, half, three quarters, more; unknown where nothing is known to be there or not."""
        states = self._street_states[list(rows)]
        share = (states == State.COVERED).mean(axis=0)
        group = np.searchsorted([0.0, 0.25, 0.5, 0.75], share, side="left")
        return np.where(np.all(states == State.UNKNOWN, axis=0), len(SHARES), group)

    def _lack_class(self) -> Ints:
        states = self._street_states
        group = np.searchsorted(lack_ends(len(states)), (states == State.GAP).sum(axis=0), side="left")
        return np.where(np.all(states == State.UNKNOWN, axis=0), len(LACKS), group)

    def _numbered(self, plan: Map, row: int, number: int) -> str:
        """Facilities of a category as discs with its number; as small discs where they are many."""
        category = self.page["categories"][row]
        own = np.array([id == category["id"] for id in self.page["facilities"]["category"]], dtype=bool)
        points = layers.of_features(decoded(self.page["facilities"]["point"]), own).xy
        look = {"fill": INK, "stroke": "#ffffff", "stroke_width": 8}
        if own.sum() > CROWD:
            return layers.marks(plan.view, points, "disc", [26] * len(points), **look)
        xy = plan.view.points(points) if len(points) else points
        inside = [
            (x, y) for x, y in np.rint(xy).astype(int).tolist() if 0 < x < plan.view.width and 0 < y < plan.view.height
        ]
        return "".join(badge(x, y, number) for x, y in inside)


CROWD = 40
"""Facilities of a category, above which they have no numbers."""
OUTLINE = {"stroke": INK, "stroke_width": 34, "stroke_linejoin": "round"}
ADDED = {"fill": "none", "stroke": "#8f3410", "stroke_width": 40, "stroke_linejoin": "round"}
STUDY = {"stroke": QUIET, "stroke_width": 14, "stroke_dasharray": "60 60"}
EXTENT = {"stroke": "#b3430f", "stroke_width": 16, "stroke_dasharray": "160 60 30 60"}
"""The site's outline, the study area's, the edge of the data."""


def class_looks(plan: Map, classes: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """Streets of each class, and those of which nothing is known."""
    thin = min(1.0, plan.weight / 2.4)
    looks: list[dict[str, Any]] = [
        {"fill": "none", "stroke": colour, "stroke_width": round(width * thin), "stroke_linejoin": "round"}
        for colour, width in classes
    ]
    return [*looks, street_look(len(MINUTES) + 2, plan.weight)]


def lack_ends(categories: int) -> list[int]:
    """Most categories missing in each class but the last: none, then quarters of all."""
    return [0, *(max(1, round(categories * quarter / 4)) for quarter in (1, 2, 3))]


def framed(view: View, font: str, *parts: str) -> str:
    """A whole SVG of a view; what reaches beyond is cut by the page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {view.width:.0f} {view.height:.0f}" '
        f'width="{view.width:.0f}" height="{view.height:.0f}" font-family="{font}">{"".join(parts)}</svg>'
    )


def swatch(*parts: str) -> str:
    """A sample for a legend, drawn around (0, 0): 260 by 140 units."""
    box = 'viewBox="-130 -70 260 140" width="260" height="140"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{PATTERNS}{"".join(parts)}</svg>'


def badge_swatch(number: int) -> str:
    """A number as a list shows it."""
    box = 'viewBox="-70 -70 140 140" width="140" height="140"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{badge(0, 0, number)}</svg>'


def line_swatch(**look: Any) -> str:
    """A sample of a line."""
    return swatch(f'<path d="M-120 0h240"{layers.attributes({"fill": "none", **look})}/>')


def box_swatch(**look: Any) -> str:
    """A sample of ground."""
    return swatch(rect(-100, -55, 200, 110, **look))


def badge(x: float, y: float, number: int) -> str:
    """A small number in a disc."""
    disc = f'<circle cx="{x}" cy="{y}" r="62" fill="{INK}" stroke="#ffffff" stroke-width="9"/>'
    return disc + label(x, y + 29, str(number), 80, text_anchor="middle", font_weight=600, fill="#ffffff")


def spot(plan: Map, areas: Strings, area: int) -> tuple[int, int]:
    """A point on the largest part of an area."""
    rings = [areas.xy[areas.start[row] : areas.start[row + 1]] for row in np.flatnonzero(areas.feature == area)]
    shape = max((shapely.Polygon(ring) for ring in rings), key=shapely.area)
    x, y = plan.view.points(shapely.get_coordinates(shapely.point_on_surface(shape)))[0]
    return round(x), round(y)


def free(spots: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where numbers of the spots stand: each on its own, or as near as it covers none before."""
    placed: list[tuple[int, int]] = []
    for x, y in spots:
        tried = ((x + u, y + v) for u, v in ASIDE)
        placed.append(next(each for each in tried if all(apart(each, other) for other in placed)))
    return placed


def apart(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two numbers do not cover each other."""
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) >= 2 * RANK


def around(x: int, y: int) -> Box:
    """The box of a number."""
    return (x - RANK, y - RANK, x + RANK, y + RANK)


def numbers(spots: Sequence[tuple[int, int]], which: Sequence[int] = ()) -> tuple[list[Box], list[str]]:
    """Numbers of spots, from 1 where not told otherwise: the boxes they take, and discs, each tied to its spot."""
    discs = free(spots)
    drawn = []
    for (u, v), (x, y) in zip(spots, discs, strict=True):
        if (u, v) != (x, y):
            tie = f'<path d="M{u} {v}L{x} {y}" stroke="#8f3410" stroke-width="14"/>'
            drawn.append(f'{tie}<circle cx="{u}" cy="{v}" r="28" fill="#8f3410"/>')
    for rank, (x, y) in zip(which or range(1, len(spots) + 1), discs, strict=True):
        disc = f'<circle cx="{x}" cy="{y}" r="{RANK}" fill="#ffffff" stroke="#8f3410" stroke-width="14"/>'
        drawn.append(disc + label(x, y + 42, str(rank), 118, text_anchor="middle", font_weight=600, fill=INK))
    return [around(*each) for each in discs], drawn
