"""Where something may be built: what counts as vacant, where it joins the streets, and what is told of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from towns import ROUND, SQUARE, WIDE, degrees, town, write_osm, write_town

from lifecircle.candidates import on_plots
from lifecircle.errors import InputError
from lifecircle.gateways import Ground
from lifecircle.load import load_site
from lifecircle.model import Site
from lifecircle.proposals import On, Plots
from lifecircle.scenario import joined_spots

Tags = dict[str, str]


def write_map(folder: Path, *areas: tuple[float, float, float, float, Tags]) -> None:
    """The town's map with areas of 20 x 10 m or whatever they are, with tags."""
    nodes, ways = dict(SQUARE), {id: (refs, {"highway": "residential"}) for id, refs in ROUND.items()}
    for i, (west, south, east, north, tags) in enumerate(areas):
        at = 100 + 10 * i
        nodes |= {at: (west, south), at + 1: (east, south), at + 2: (east, north), at + 3: (west, north)}
        ways[50 + i] = (f"{at} {at + 1} {at + 2} {at + 3} {at}", tags)
    write_osm(folder / "town.osm", nodes, ways, bounds=WIDE)


def test_what_the_map_calls_vacant(tmp_path: Path) -> None:
    path = write_town(tmp_path)
    tags: list[Tags] = [
        {"landuse": "brownfield", "name": "旧厂"}, {"landuse": "industrial", "disused": "yes"},
        {"landuse": "construction"}, {"building": "yes"}, {"building": "industrial", "abandoned": "yes"},
        {"building": "retail", "shop": "vacant"}, {"building": "roof"},
    ]  # fmt: skip
    write_map(tmp_path, *((20 * i, 50, 20 * i + 10, 60, each) for i, each in enumerate(tags)))
    plots = load_site(path).plots
    assert plots.drop(columns="geometry").sort_values("id").to_numpy().tolist() == [
        ["vacant-land", "way/50", "旧厂"], ["vacant-land", "way/51", ""], ["building", "way/53", ""],
        ["vacant-building", "way/54", ""], ["vacant-building", "way/55", ""],
    ]  # fmt: skip
    assert plots.area.tolist() == pytest.approx([100] * 5, rel=1e-3)


def test_what_a_site_file_calls_vacant(tmp_path: Path) -> None:
    shapes = [degrees(shapely.box(x, 0, x + 10, 10)) for x in (0, 20, 40)]
    frame = gpd.GeoDataFrame({"use": ["空地", "工业", None], "名称": ["A-3", "", None]}, geometry=shapes, crs=4326)
    frame.to_file(tmp_path / "land.geojson")
    frame.assign(use=["闲置", "厂房", None]).to_file(tmp_path / "houses.geojson")
    land = {"file": "land.geojson", "use": "use", "uses": {"production": ["工业"], "vacant": ["空地"]}}
    houses = {"file": "houses.geojson", "use": "use", "uses": {"vacant": ["闲置"]}}
    site = load_site(write_town(tmp_path, landuse=land, buildings=houses))
    assert site.plots.drop(columns="geometry").to_numpy().tolist() == [
        ["vacant-land", "land/1", "A-3"], ["vacant-building", "houses/1", "A-3"],
        ["building", "houses/2", ""], ["building", "houses/3", ""],
    ]  # fmt: skip
    assert site.floors["function"].isna().all(), "what is vacant says nothing of functions"
    assert not [note for note in site.notes if "空地" in str(note.text)]


def test_many_spots_join_as_each_alone() -> None:
    # a yard with one gate in the west, whose wall stands 5 m from the street in the south
    yard = shapely.box(100, 5, 300, 100)
    made = town(places={"a": shapely.Point(0, 0)}, enclosures=[yard], gates=[shapely.Point(100, 50)], connector_m=150)
    ground = Ground(made)
    spots = np.array([[50_000, 3_000], [200_000, 50_000], [200_000, 6_000], [900_000, 900_000]])
    together = joined_spots(ground, made.network, spots)
    alone = [joined_spots(ground, made.network, spot[None]) for spot in spots]
    assert [len(rows.place) for rows in alone][3] == 0
    for name in ("edge", "offset_mm", "connector_mm", "door"):
        assert getattr(together, name).tolist() == np.concatenate([getattr(rows, name) for rows in alone]).tolist()


@pytest.fixture(scope="module")
def plotted(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A large plot north of the street in the south, a small one with a house beside it, one beyond the boundary."""
    folder = tmp_path_factory.mktemp("plots")
    path = write_town(folder)
    write_map(
        folder,
        (100, 10, 200, 110, {"landuse": "brownfield", "name": "旧厂"}),
        (210, 10, 220, 20, {"landuse": "greenfield"}),
        (230, 10, 240, 20, {"building": "yes"}),
        (250, 10, 260, 20, {"building": "yes", "disused": "yes"}),
        (520, 10, 530, 20, {"landuse": "brownfield"}),
    )
    return load_site(path)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (Plots("vacant-land"), ["旧厂 (10,000 m2)", "way/51 (100 m2)"]),
        (Plots("vacant-land", least_m2=101), ["旧厂 (10,000 m2)"]),
        (Plots("vacant-land", around_m=50, least_m2=50), ["旧厂 (10,000 m2)", "way/51 (100 m2)", "way/54 (100 m2)"]),
        (Plots("vacant-buildings"), ["way/53 (100 m2)"]),
        (Plots("buildings"), ["way/52 (100 m2)", "way/53 (100 m2)"]),
        (Plots("vacant"), ["way/53 (100 m2)", "旧厂 (10,000 m2)", "way/51 (100 m2)"]),
    ],
)
def test_what_may_be_chosen(plotted: Site, asked: Plots, names: list[str]) -> None:
    assert sorted(on_plots(plotted, asked).names) == sorted(names)


def test_a_plot_joins_where_it_is_nearest_to_a_street(plotted: Site) -> None:
    """The large plot begins 10 m north of the street; what is built stands 2 m inside: its middle is 60 m away."""
    sites = on_plots(plotted, Plots("vacant-land", least_m2=101))
    assert sites.xy[0, 1] == pytest.approx(12, abs=0.05) and 101 < sites.xy[0, 0] < 199
    assert sites.rows.connector_mm.tolist() == [pytest.approx(12_000, abs=50)]
    assert sites.area_m2 == pytest.approx([10_000], rel=1e-3)


@pytest.mark.parametrize(
    ("on", "least_m2", "line"),
    [("vacant-land", 1e6, "--on: none of the 2 there has 1,000,000 m2"),
     ("vacant", 1e6, "--on: none of the 3 there has 1,000,000 m2")],
)  # fmt: skip
def test_nothing_to_choose(plotted: Site, on: On, least_m2: float, line: str) -> None:
    with pytest.raises(InputError, match=line):
        on_plots(plotted, Plots(on, least_m2=least_m2))
    nothing = replace(plotted, plots=plotted.plots[:0])
    with pytest.raises(InputError, match="no such land or building is known inside the boundary and 0 m around it"):
        on_plots(nothing, Plots(on))
