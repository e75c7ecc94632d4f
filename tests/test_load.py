"""From a site file to a Site: where the data end, whom its maps credit, what it stands on."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import shapely
import yaml
from towns import ROUND, SQUARE, WIDE, write_boundary, write_osm, write_points, write_town

from lifecircle.errors import InputError
from lifecircle.load import load_site
from lifecircle.model import Site
from lifecircle.network import to_osmnx

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
    with pytest.raises(InputError, match="does not overlap the OSM file"):
        town(tmp_path, SMALL, shapely.transform(CROSS, lambda xy: xy + 20_000))


def test_where_nothing_can_be_walked_on_the_faults_of_other_files_are_told_too(tmp_path: Path) -> None:
    write_points(tmp_path / "dorms.csv", [{"at": (0, 0), "beds": "many"}])
    path = write_town(tmp_path, demand=[{"file": "dorms.csv", "kind": "dormitory", "beds": "beds"}])
    write_osm(tmp_path / "town.osm", {1: (8000, 0), 2: (8400, 0)}, {10: ("1 2", {"highway": "footway"})}, bounds=WIDE)
    with pytest.raises(InputError) as caught:
        load_site(path)
    first, second = str(caught.value).splitlines()
    assert "dorms.csv: row 2: beds is 'many'" in first and "town.osm: no walkable street" in second


@pytest.mark.parametrize(
    ("more", "credits"), [({}, (CREDIT,)), ({"synthetic": True}, ()), ({"attribution": ["B"]}, (CREDIT, "B"))]
)
def test_an_extract_is_credited(tmp_path: Path, more: dict[str, Any], credits: tuple[str, ...]) -> None:
    assert town(tmp_path, WIDE, **more).attribution == credits


def test_a_graph_of_osmnx_is_credited(tmp_path: Path) -> None:
    import osmnx

    whole = town(tmp_path, WIDE)
    osmnx.save_graphml(to_osmnx(whole.network, whole.crs), tmp_path / "town.graphml")
    write_points(tmp_path / "dorms.csv", [{"at": (200, 5)}])
    demand = [{"file": "dorms.csv", "kind": "dormitory"}]
    site = {"name": "Town", "boundary": "park.geojson", "network": "town.graphml", "demand": demand}
    (tmp_path / "graph.yaml").write_text(yaml.safe_dump(site), encoding="utf-8")
    assert load_site(tmp_path / "graph.yaml").attribution == (CREDIT,)


def test_inputs_of_one_name_are_told_apart(tmp_path: Path) -> None:
    files = [tmp_path / folder / "clinics.csv" for folder in ("north", "south")]
    for i, file in enumerate(files):
        file.parent.mkdir()
        write_points(file, [{"name": f"Clinic {i}", "at": (100 * i, 5)}])
    rows = [{"file": str(file.relative_to(tmp_path)), "category": "health_station"} for file in files]
    inputs = town(tmp_path, WIDE, facilities=rows).provenance["inputs"]
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    assert [inputs[f"{folder}/clinics.csv"] for folder in ("north", "south")] == digests
    assert sorted(inputs) == ["north/clinics.csv", "park.geojson", "site.yaml", "south/clinics.csv", "town.osm"]
