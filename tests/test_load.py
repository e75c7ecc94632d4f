"""From a site file to a Site: where the data end, whom its maps credit, what it stands on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shapely
from towns import ROUND, SQUARE, WIDE, write_boundary, write_osm, write_town

from lifecircle.errors import InputError
from lifecircle.load import load_site
from lifecircle.model import Site

CREDIT = "© OpenStreetMap contributors, ODbL 1.0"
SMALL = shapely.box(-600, -600, 600, 600)
CROSS = shapely.multilinestrings([[(-3000, 0), (3000, 0)], [(0, -3000), (0, 3000)]])


def town(folder: Path, header: shapely.Geometry | None, lines: shapely.Geometry | None = None, **more: Any) -> Site:
    """The square block in an extract that ends at ``header``, walked on ``lines`` where there are any."""
    if lines is not None:
        more["network"] = write_boundary(folder / "lines.geojson", lines).name
    path = write_town(folder, **more)
    write_osm(folder / "town.osm", SQUARE, {id: (r, {"highway": "footway"}) for id, r in ROUND.items()}, bounds=header)
    return load_site(path)


def test_own_streets_do_not_move_the_edge_of_the_places(tmp_path: Path) -> None:
    # the lines go 3,000 m out, the places end with the extract, 600 m from its middle
    site = town(tmp_path, SMALL, CROSS)
    assert site.extent_origin == "file header"
    assert shapely.bounds(site.data_extent) == pytest.approx((-600, -600, 600, 600), abs=1)


def test_own_streets_may_end_first(tmp_path: Path) -> None:
    site = town(tmp_path, WIDE, CROSS)
    assert shapely.area(site.data_extent) == pytest.approx(6000 * 6000 / 2, rel=1e-3)  # the rhombus of their ends


def test_without_a_header_the_extract_ends_with_its_roads(tmp_path: Path) -> None:
    site = town(tmp_path, None, CROSS)
    assert site.extent_origin == "hull of roads"
    assert shapely.bounds(site.data_extent) == pytest.approx((0, 0, 400, 400), abs=1)


def test_streets_from_elsewhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lies elsewhere than the OSM file"):
        town(tmp_path, SMALL, shapely.transform(CROSS, lambda xy: xy + 20_000))
