"""Supply on a real city, against PySAL: two-step floating catchments, and the Gini index of every single person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_real import site as site_file

from lifecircle.assessment import NOWHERE, walk
from lifecircle.coverage import cover, without_count
from lifecircle.load import load_site
from lifecircle.model import FAR_MM
from lifecircle.pairs import pairs
from lifecircle.supply import case_of, inequality, opportunities, two_step

pytestmark = pytest.mark.real


def test_access_of_porto_alegre_is_that_of_pysal(shared_data: Path, tmp_path: Path) -> None:
    """People of the cells, health centres of the cells with their number as capacity, 1,000 m on foot."""
    fca = pytest.importorskip("access.fca")
    gini = pytest.importorskip("inequality.gini")
    folder = shared_data / "porto_alegre"
    cells = pd.read_csv(folder / "poa_hexgrid.csv")
    cells[cells["healthcare"] > 0].to_csv(tmp_path / "health.csv", index=False)
    more = {
        "standard": "gb50180",
        "facilities": [{"file": "health.csv", "category": "health_centre", "id": "id"}],
        "demand": [{"file": str(folder / "poa_hexgrid.csv"), "id": "id", "kind": "housing", "people": "population"}],
    }
    bounds = (-51.235, -30.065, -51.185, -30.025)
    site = load_site(site_file(tmp_path, bounds, folder / "porto_alegre.osm.pbf", **more))
    reach, _ = walk(site)
    c = next(i for i, category in enumerate(site.standard.categories) if category.id == "health_centre")
    found = dict(pairs(site, reach))[c]
    nearest = np.full(len(site.demand), FAR_MM)
    np.minimum.at(nearest, found.place[found.sure], found.mm[found.sure])
    assert (nearest == np.where(reach.place_mm[c] <= 1_000_000, reach.place_mm[c], FAR_MM)).all()

    case = case_of(site, reach, cover(site, reach, NOWHERE), c, found.take(found.sure), without_count(site))
    size = np.random.default_rng(1).integers(1, 9, len(case.size)).astype(float)
    case = replace(case, size=size, more=np.zeros_like(case.more))
    low, high = two_step(case)
    np.testing.assert_array_equal(low, high)

    people = pd.DataFrame({"geoid": site.demand.index, "demand": case.heads})
    offered = pd.DataFrame({"geoid": np.arange(len(size)), "supply": size})
    cost = pd.DataFrame({"origin": case.pairs.place, "dest": case.pairs.facility, "cost": case.pairs.mm})
    theirs = fca.two_stage_fca(people, offered, cost, max_cost=1_000_000).reindex(people["geoid"]).fillna(0)
    lived_in = case.heads > 0
    assert lived_in.sum() > 100 and (low[lived_in] > 0).mean() > 0.5
    np.testing.assert_allclose(low[lived_in], theirs.to_numpy()[lived_in], rtol=1e-12)

    each = np.repeat(low, case.heads.astype(int))
    assert inequality(case) == pytest.approx((gini.Gini(each).g,) * 2, abs=1e-9)
    assert opportunities(case)[0] == pytest.approx(
        np.repeat(np.bincount(case.pairs.place, minlength=len(low)), case.heads.astype(int)).mean()
    )
