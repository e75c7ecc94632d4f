"""An assessment made by hand: one street of 400 m with five nodes, a clinic at its west end, four places.

    node   0 --- 1 --- 2 --- 3 --- 4        x = 0, 100, 200, 300, 400; y = 0
           clinic

The walker does 60 m a minute, the clinic's norm is 150 m, the search ends at 300 m. Of the park category nothing
is known. Every number below is worked out from this drawing.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.indicators import COLUMNS
from lifecircle.messages import msg
from lifecircle.model import (
    FAR_MM,
    PEOPLE,
    Assessment,
    Category,
    Cells,
    Completeness,
    Coverage,
    Gaps,
    Index,
    Interval,
    Norm,
    Note,
    Profile,
    Reach,
    Reason,
    Site,
    Source,
    Standard,
    State,
    StreetPoints,
    Trust,
    WalkGraph,
    WalkNetwork,
)

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("x")'
PATH = "../../x"
CRS = pyproj.CRS("+proj=tmerc +lat_0=31.42 +lon_0=120.65 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs")
NAN = float("nan")


def frame(geometry: list[shapely.Geometry], **columns: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS)


def network() -> WalkNetwork:
    x = np.arange(5) * 100.0
    xy = np.column_stack([x, np.zeros(5)])
    return WalkNetwork(
        node_id=np.arange(5),
        node_xy=xy,
        edge_u=np.arange(4),
        edge_v=np.arange(1, 5),
        edge_mm=np.full(4, 100_000),
        vertex_start=np.arange(0, 9, 2),
        vertex_xy=np.repeat(xy, 2, axis=0)[1:-1],
        vertex_mm=np.tile([0, 100_000], 4),
        way_id=np.arange(4),
        highway=np.array(["residential"] * 4, dtype=object),
        private=np.zeros(4, bool),
        attachable=np.ones(4, bool),
        trusted=np.ones(4, bool),
    )


def standard(hash: str = "cafe") -> Standard:
    return Standard(
        id="hand",
        zh="手工标准",
        en="Hand-made standard",
        version="1",
        partial="Two categories only.",
        categories=(
            Category(
                "clinic",
                "卫生站",
                "Clinic",
                "living",
                5,
                Norm(distance_m=150),
                ("beds", "jobs"),
                1.0,
                ("doc",),
                "recalled",
            ),
            Category("park", "公园", "Park", "ecology", 5, Norm(minutes=5), ("families",), 1.0, ("ours",), "proposed"),
        ),
        demand=(),
        profiles=(Profile("planning", "规划", "Planning", 60, "proposed"),),
        sources=(Source("doc", "A document", "recalled", "https://example.org"), Source("ours", "Ours", "proposed")),
        hash=hash,
    )


DEMAND = {
    "id": ["a", "b", "c", "d"],
    "name": ["西舍", SCRIPT, FORMULA, PATH],
    "beds": [100.0, 300.0, NAN, 50.0],
    "jobs": [10.0, NAN, 40.0, NAN],
    "people": [NAN] * 4,
    "families": [NAN] * 4,
    "estimated": ["", "beds", "", ""],
    "area_id": [""] * 4,
}
PLACES = [shapely.Point(100, 5), shapely.box(250, 20, 270, 40), shapely.Point(390, 8), shapely.Point(200, -5)]


def site(name: str = SCRIPT, hash: str = "cafe") -> Site:
    blank: dict[str, list[Any]] = {name: [] for name in ("id", "name", "category", "source", "status", "opens")}
    facility = {
        "id": ["f"],
        "name": [FORMULA],
        "category": ["clinic"],
        "source": ["hand"],
        "status": ["existing"],
        "opens": [NAN],
        "capacity": [NAN],
        "hours": [""],
        "area_m2": [NAN],
        "also": [()],
        "primary": [True],
    }
    return Site(
        name=name,
        slug="hand",
        crs=CRS,
        boundary=shapely.box(0, -10, 400, 10),
        study_area=shapely.box(-300, -310, 700, 310),
        data_extent=shapely.box(-300, -310, 700, 310),
        extent_origin="site file",
        profile=standard().profiles[0],
        standard=standard(hash),
        demand=frame(PLACES, **DEMAND, kind=["dormitory"] * 4, footprint_m2=[NAN] * 4),
        facilities=frame([shapely.Point(0, 0)], **facility),
        planned=frame([], **blank, capacity=[], hours=[], area_m2=[], also=[], primary=[]),
        completeness={"clinic": Completeness.PARTIAL, "park": Completeness.ABSENT},
        doors=frame([], id=[], kind=[], own=[], access=[], hours=[], name=[]),
        walls=frame([], id=[], kind=[], own=[]),
        enclosures=frame([], id=[], own=[]),
        network=network(),
        buildings=np.empty(0, object),
        background=frame([], kind=[]),
        connector_mm=100_000,
        limit_mm=300_000,
        private_ways="ends",
        synthetic=True,
        attribution=(FORMULA, "© 手工"),
    )


def reach() -> Reach:
    """The clinic stands on node 0; node 4 is 400 m away, beyond the limit."""
    return Reach(
        graph=WalkGraph(
            piece_u=np.arange(4),
            piece_v=np.arange(1, 5),
            piece_mm=np.full(4, 100_000),
            piece_edge=np.arange(4),
            piece_from_mm=np.zeros(4, np.int64),
            nodes=5,
            portal_public=np.empty(0, np.int64),
            portal_private=np.empty(0, np.int64),
        ),
        node_mm=np.array([[0, 100_000, 200_000, 300_000, -1], [-1] * 5], dtype=np.int32),
        place_mm=np.array([[105_000, 270_000, FAR_MM, 205_000], [FAR_MM] * 4]),
        place_facility=np.array([[0, 0, -1, 0], [-1] * 4]),
        crow_mm=np.array([[100_125, 250_799, 390_082, 200_062], [FAR_MM] * 4]),
        off_network=np.zeros(4, bool),
        island=np.zeros(4, bool),
        stray=np.zeros(1, bool),
    )


def street_points() -> StreetPoints:
    """In the middle of every 10 m."""
    x = np.arange(5, 400, 10)
    xy = np.column_stack([x, np.zeros(40)]).astype(float)
    return StreetPoints(xy, x // 100, x % 100 * 1000, np.full(40, 10.0))


def cells() -> Cells:
    """Two rows of 40 cells along the street, each 5 m from its point; the last of the upper row is no ground."""
    street = np.tile(np.arange(40, dtype=np.int32), (2, 1))
    connector = np.full((2, 40), 5, dtype=np.float32)
    street[0, 39], connector[0, 39] = -1, np.nan
    return Cells(0.0, 10.0, 10.0, street, connector)


def coverage() -> Coverage:
    """a covered, b and c gaps, d unknown (nearer to the edge of the data than the norm); of the park all unknown."""
    rows = [
        ("clinic", "beds", "norm", 150, 450, 100, 300, 50, 300, 100),
        ("clinic", "jobs", "norm", 150, 50, 10, 40, 0, 40, 10),
        ("clinic", "places", "norm", 150, 4, 1, 2, 1, 2, 1),
        ("clinic", "street_m", "norm", 150, 400, 150, 250, 0, 250, NAN),
        ("clinic", "beds", "5 min", 300, 450, 450, 0, 0, 0, 450),
        ("clinic", "jobs", "5 min", 300, 50, 10, 40, 0, 40, 10),
        ("park", "beds", "norm", 300, 450, 0, 0, 450, 0, 0),
    ]
    columns = ["category", "by", "at", "norm_m", "total", "covered", "gap", "unknown", "low_confidence", "radius"]
    streets = np.full((2, 40), State.UNKNOWN, np.uint8)
    streets[0, :15], streets[0, 15:] = State.COVERED, State.GAP
    return Coverage(
        place_state=np.array([[1, 2, 2, 0], [0] * 4], np.uint8),
        place_reason=np.array([[0, 6, 6, 1], [Reason.LAYER_ABSENT] * 4], np.uint8),
        street_state=streets,
        edge_of_data_m=np.array([300.0, 270.0, 302.0, 120.0]),
        street_edge_of_data_m=np.full(40, 300.0),
        table=pd.DataFrame(rows, columns=columns).assign(estimated=0.0),
    )


def gaps() -> Gaps:
    """An area of two rows of cells from x = 150 to 400 with b in it; b and c as places, c beyond the limit."""

    def columns(ids: list[str], rows: list[int], metres: list[float], at_least: list[bool]) -> dict[str, list[Any]]:
        return {
            "id": ids,
            "category": ["clinic"] * len(ids),
            "confidence": ["low"] * len(ids),
            "place_ids": [[DEMAND["id"][row]] for row in rows],
            **{kind: [DEMAND[kind][row] for row in rows] for kind in (*PEOPLE, "estimated")},
            "places": [1] * len(ids),
            "nearest": [FORMULA if m < 300 else "" for m in metres],
            "nearest_m": metres,
            "at_least": at_least,
            "shortfall_m": [m - 150 for m in metres],
        }

    area = columns(["clinic-b"], [1], [270.04], [True])
    places = columns(["clinic-b", "clinic-c"], [1, 2], [270.04, np.inf], [True, False])
    return Gaps(
        areas=frame([shapely.box(150, -10, 400, 10)], **area, area_ha=[0.5]),
        places=frame(PLACES[1:3], **places, place=["b", "c"], name=[SCRIPT, FORMULA]),
    )


def index(low: float = 10.0, high: float = 40.0) -> Index:
    return Index(
        value=Interval(low, high),
        functions={"production": Interval(0, 1), "living": Interval(0.22, 0.32, 0.27), "ecology": Interval(0, 1)},
        categories={"clinic": Interval(0.22, 0.32)},
        known_weight={"production": 0.0, "living": 0.9, "ecology": 0.0},
        supply_unknown_weight={"production": 0.0, "living": 0.0, "ecology": 0.0},
        coordination=Interval(0.3, 0.6),
        grade=("轻度失调", "勉强协调"),
        weakest="living",
        zero=(),
        judged_by={"clinic": "beds+jobs", "park": "nobody"},
    )


def indicators() -> pd.DataFrame:
    rows = [
        ("area", "用地面积", "site area", "km2", 0.008, 0.008, 0.008, "", ""),
        ("completeness", "达标率", "categories within norm", "share", NAN, 0.25, 0.75, FORMULA, FORMULA),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def assessment(name: str = SCRIPT, *, low: float = 10.0, high: float = 40.0, hash: str = "cafe") -> Assessment:
    return Assessment(
        site=site(name, hash),
        streets=street_points(),
        cells=cells(),
        reach=reach(),
        coverage=coverage(),
        gaps=gaps(),
        indicators=indicators(),
        index=index(low, high),
        headline=msg("450 beds, 50 jobs in 4 places"),
        trust=(
            Trust(
                "clinic", Completeness.PARTIAL, (msg("{n} of {all} places", n=1, all=2), msg("{text}", text=FORMULA))
            ),
        ),
        notes=(Note("doubt", msg("{text}", text=FORMULA)),),
        provenance={
            "inputs": {PATH: "00ff"},
            "dates": [
                {"file": PATH, "date": "2024-05", "by": "site file"},
                {"file": "b.csv", "date": None, "by": None},
            ],
            "parameters": {"year": None},
        },
    )
