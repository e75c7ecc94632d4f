"""The whole way on real places: what each of them must and must not say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml

from lifecircle.assessment import assess, walk
from lifecircle.candidates import on_plots
from lifecircle.coverage import cover
from lifecircle.load import load_site
from lifecircle.model import PEOPLE, Assessment, Coverage, Reason, Site, State
from lifecircle.pace import with_pace
from lifecircle.proposals import Plots
from lifecircle.site import DemandFile, Walking
from lifecircle.sources.boundary import local_crs
from lifecircle.sources.buildings import no_buildings
from lifecircle.sources.demand import from_file
from lifecircle.sources.spread import Ground

pytestmark = pytest.mark.real


def site(folder: Path, bounds: tuple[float, float, float, float], osm: Path, **more: Any) -> Path:
    """A site file with a rectangle (degrees) as its boundary."""
    boundary = gpd.GeoDataFrame(geometry=[shapely.box(*bounds)], crs=4326)
    boundary.to_file(folder / "boundary.geojson", driver="GeoJSON")
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump({"name": "site", "boundary": "boundary.geojson", "osm": str(osm), **more}))
    return path


def street_m(result: Assessment, column: str) -> float:
    """Street metres over all categories at their norms."""
    table = result.coverage.table
    return float(table.loc[(table["at"] == "norm") & (table["by"] == "street_m"), column].sum())


def test_nantong_is_mapped_too_thinly_to_know_of_any_gap(shared_data: Path, tmp_path: Path) -> None:
    osm = shared_data / "nantong_dieshiqiao" / "nantong.osm"
    result = assess(site(tmp_path, (121.0680, 31.9621, 121.0834, 31.9655), osm))
    assert len(result.gaps.areas) == len(result.gaps.places) == 0
    assert not (result.coverage.place_state == State.GAP).any()
    unknown = result.coverage.place_state == State.UNKNOWN
    assert unknown.mean() > 0.95
    known_reasons = {Reason.EDGE_OF_DATA, Reason.LAYER_PARTIAL_EMPTY, Reason.LAYER_ABSENT, Reason.OFF_NETWORK}
    assert set(np.unique(result.coverage.place_reason[unknown])) <= known_reasons
    assert result.index.value.mid is None


def test_el_sebadal_has_no_head_counts_and_invents_none(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "las_palmas"
    path = tmp_path / "site.yaml"
    boundary = {"file": str(folder / "industrial_estates.geojson"), "where": "osm_id=way/69221918"}
    path.write_text(yaml.safe_dump({"name": "x", "boundary": boundary, "osm": str(folder / "las_palmas.osm.pbf")}))
    result = assess(path)
    assert "no head counts" in str(result.headline)
    assert result.site.demand[list(PEOPLE)].isna().all(axis=None)
    assert set(result.coverage.table["by"]) == {"places", "footprint_m2", "street_m"}
    assert shapely.area(result.site.boundary) == pytest.approx(58.2e4, rel=0.002)  # the data's own README says 58.2 ha
    # brownfields that osmium finds inside; footprints on one floor each by geopandas, none of which has its floors
    vacant = on_plots(result.site, Plots("vacant")).names
    ways = ("265283442", "267092209", "646445372", "646469183", "646469185", "648716395", "648716469")
    assert sorted(name.split()[0] for name in vacant) == [f"way/{id}" for id in ways]
    ratio = result.indicators.set_index("id").loc["floor_area_ratio"]
    assert (ratio["low"], ratio["high"]) == (pytest.approx(0.50788, abs=1e-4), np.inf)


def test_all_of_porto_alegre_arrives(shared_data: Path, tmp_path: Path) -> None:
    """812,935 people and 337,921 jobs in 1,227 cells, as the data's own README counts them."""
    folder = shared_data / "porto_alegre"
    cells = {"file": str(folder / "poa_hexgrid.csv"), "id": "id"}
    demand = [{**cells, "kind": "housing", "people": "population"}, {**cells, "kind": "workplace", "jobs": "jobs"}]
    bounds = (-51.2606, -30.1160, -51.1340, -29.9920)
    found = load_site(site(tmp_path, bounds, folder / "porto_alegre.osm.pbf", demand=demand)).demand
    assert found[["people", "jobs"]].sum().tolist() == [812_935, 337_921]
    assert found.groupby("kind").size().to_dict() == {"housing": 1_227, "workplace": 1_227}


def test_the_hexagons_of_porto_alegre_keep_their_people(shared_data: Path) -> None:
    """Cells of the H3 grid, by their ids alone."""
    path = shared_data / "porto_alegre" / "poa_hexgrid.csv"
    source = DemandFile(file=path, kind="housing", h3="id", id="id", people="population")
    everywhere = shapely.box(-2e5, -2e5, 2e5, 2e5)
    crs = local_crs(shapely.Point(-51.19, -30.05))
    found, _ = from_file(source, crs, Ground(no_buildings(), everywhere, everywhere), "poa")
    given = pd.read_csv(path).set_index("poa/" + pd.read_csv(path)["id"])["population"]
    sums = found.groupby("area_id")["people"].sum()
    np.testing.assert_allclose(sums.sort_index(), given.sort_index(), rtol=1e-9)
    assert found["people"].sum() == pytest.approx(812_935, rel=1e-12)


def test_the_grid_of_helsinki_goes_to_buildings_and_back(shared_data: Path, tmp_path: Path) -> None:
    """71,724 people in 92 cells, of which the extract's rectangle holds 4,337.05 by area, all with buildings."""
    folder = shared_data / "helsinki"
    grid = {"file": str(folder / "population_grid.gpkg"), "kind": "housing", "people": "population", "id": "id"}
    bounds = (24.9050, 60.1536, 24.9599, 60.1771)
    found = load_site(site(tmp_path, bounds, folder / "helsinki.osm.pbf", demand=[grid])).demand
    given = gpd.read_file(grid["file"]).set_index("id")["population"]
    sums = found[found["kind"] == "housing"].groupby("area_id")["people"].sum()
    sums.index = sums.index.str.removeprefix("population_grid/").astype(int)
    np.testing.assert_allclose(sums.sort_index(), given.sort_index(), rtol=1e-9)
    assert found["people"].sum() == pytest.approx(71_724, rel=1e-12)
    assert found.loc[found["footprint_m2"].notna(), "people"].sum() == pytest.approx(4_337.05, rel=1e-3)


def test_private_ways_of_porto_alegre_closed_ends_through(shared_data: Path, tmp_path: Path) -> None:
    osm = shared_data / "porto_alegre" / "porto_alegre.osm.pbf"
    bounds = (-51.2606, -30.0830, -51.1800, -30.0100)
    closed, ends, through = (
        assess(site(tmp_path, bounds, osm, private_ways=mode)) for mode in ("closed", "ends", "through")
    )
    assert street_m(closed, "total") < street_m(ends, "total") == pytest.approx(street_m(through, "total"), rel=1e-6)
    assert street_m(closed, "covered") < street_m(ends, "covered") < street_m(through, "covered")
    assert [note for note in ends.notes if "private ways" in str(note.text) and "without" in str(note.text)]


def minutes(result: Coverage) -> pd.Series:
    """People who reach a school, by minutes."""
    rows = result.table.query("category == 'primary_school' and by == 'people' and at != 'norm'")
    return rows.set_index("at")["covered"]


def test_slopes_of_porto_alegre_on_and_off(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "porto_alegre"
    cells = pd.read_csv(folder / "poa_hexgrid.csv")
    cells[cells["schools"] > 0].to_csv(tmp_path / "schools.csv", index=False)
    dem = {"dem": folder / "poa_elevation.tif"}
    more = {
        "standard": "gb50180",
        "facilities": [{"file": "schools.csv", "category": "primary_school", "id": "id"}],
        "demand": [{"file": str(folder / "poa_hexgrid.csv"), "id": "id", "kind": "housing", "people": "population"}],
    }

    bounds = (-51.225, -30.065, -51.185, -30.035)
    osm = folder / "porto_alegre.osm.pbf"
    plain, wheels = (load_site(site(tmp_path, bounds, osm, profile=who, **more)) for who in ("planning", "wheelchair"))

    def covered(loaded: Site, **walking: Any) -> Coverage:
        network, notes = with_pace(loaded.network, Walking(**walking), loaded.profile, loaded.crs)
        assert any("taken as heights" in str(note.text) for note in notes) == bool(walking)
        loaded = replace(loaded, network=network)
        return cover(loaded, *walk(loaded))

    flat, slope, every = (
        covered(plain),
        covered(plain, **dem),
        covered(plain, **dem, stairs_s_per_m=2.0, crossing_s=30.0),
    )
    in_metres = [found.table[found.table["at"] == "norm"] for found in (flat, slope, every)]
    assert in_metres[0].equals(in_metres[1]) and in_metres[0].equals(in_metres[2])
    assert minutes(every)["10 min"] < minutes(slope)["10 min"] < minutes(flat)["10 min"]
    assert minutes(covered(wheels))["10 min"] < minutes(flat)["10 min"]
