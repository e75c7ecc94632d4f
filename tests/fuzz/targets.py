"""What is broken: one file of a small site at a time, with the keys of the site file that read it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import rasterio
import shapely
import yaml
from rasterio.transform import from_origin

from tests.fuzz import mutate
from tests.fuzz.mutate import Bundle, Mutator
from tests.made_town import PARK, SOUTH, WEST, convert, town_xml

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Target:
    """A file to break and the site it is broken in."""

    name: str
    files: Bundle
    mutate: Mutator
    site: Mapping[str, Any]
    """The site file; its other files stand in ``beside``."""
    beside: Bundle


def targets(*, real: bool = True) -> list[Target]:
    """Every kind of file that a site can name; those made of real files only where these are."""
    beside = {"boundary.geojson": _boundary(), "town.osm": town_xml().encode(), "small.yaml": _standard()}
    base = {"name": "fuzz", "boundary": "boundary.geojson", "osm": "town.osm", "standard": "small.yaml"}

    def of(name: str, files: Bundle, change: Mutator, **keys: Any) -> Target:
        return Target(name, files, change, {**base, **keys}, beside)

    facility = {"category": "health_station", "id": "id", "name": "name", "capacity": "capacity", "status": "status"}
    dorm = {"kind": "dormitory", "id": "id", "name": "name", "beds": "beds", "coords": "wgs84"}
    rows = _points()
    found = [
        of(
            "boundary.geojson",
            {"outline.geojson": beside["boundary.geojson"]},
            mutate.json_tree,
            boundary="outline.geojson",
        ),
        of("osm xml", {"streets.osm": beside["town.osm"]}, mutate.xml_tree, osm="streets.osm"),
        of("osm gz", {"streets.osm.gz": gzip.compress(beside["town.osm"], mtime=0)}, mutate.raw, osm="streets.osm.gz"),
        of("osm pbf", {"streets.osm.pbf": _pbf(beside["town.osm"])}, mutate.osm_pbf, osm="streets.osm.pbf"),
        of(
            "facilities csv",
            {"f.csv": _csv(rows)},
            mutate.csv_table,
            facilities=[{"file": "f.csv", "coords": "gcj02", **facility}],
        ),
        of(
            "facilities xlsx",
            {"f.xlsx": _xlsx(rows)},
            mutate.xlsx_book,
            facilities=[{"file": "f.xlsx", "coords": "wgs84", **facility}],
        ),
        of(
            "facilities geojson",
            {"f.geojson": _vector(rows, "x.geojson")["x.geojson"]},
            mutate.json_tree,
            facilities=[{"file": "f.geojson", **facility}],
        ),
        of(
            "poi csv",
            {"f.csv": _csv(rows)},
            mutate.csv_table,
            facilities=[{"file": "f.csv", "coords": "gcj02", "typecode_column": "typecode", "name": "name"}],
        ),
        of(
            "poi baidu csv",
            {"f.csv": _csv(_baidu(rows))},
            mutate.csv_table,
            facilities=[{"file": "f.csv", "poi": "baidu"}],
        ),
        of(
            "poi amap xlsx",
            {"f.xlsx": _xlsx(_amap(rows))},
            mutate.xlsx_book,
            facilities=[{"file": "f.xlsx", "poi": "amap"}],
        ),
        of("gates kmz", {"g.kmz": _zip({"doc.kml": _kml(rows)})}, mutate.zip_box, gates="g.kmz"),
        of(
            "buildings shp",
            _vector(rows, "b.shp", areas=True),
            mutate.shapefile,
            buildings={"file": "b.shp", "floors": "capacity"},
        ),
        of("survey xlsx", {"s.xlsx": _survey(beside, base)}, mutate.xlsx_book, survey={"file": "s.xlsx"}),
        of("demand csv", {"d.csv": _csv(rows)}, mutate.csv_table, demand=[{"file": "d.csv", **dorm}]),
        of(
            "demand xlsx",
            {"d.xlsx": _xlsx(rows, title="宿舍一览表")},
            mutate.xlsx_book,
            demand=[{"file": "d.xlsx", **dorm}],
        ),
        of(
            "demand gpkg",
            _vector(rows, "d.gpkg", areas=True),
            mutate.gpkg_base,
            demand=[{"file": "d.gpkg", "kind": "housing", "people": "beds"}],
        ),
        of(
            "demand shp",
            _vector(rows, "d.shp", areas=True),
            mutate.shapefile,
            demand=[{"file": "d.shp", "kind": "dormitory", "name": "name", "beds": "beds"}],
        ),
        of(
            "demand zip",
            {"d.zip": _zip(_vector(rows, "d.shp"))},
            mutate.zip_box,
            demand=[{"file": "d.zip", "kind": "dormitory", "beds": "beds"}],
        ),
        of("population tif", {"p.tif": _tif("float32")}, mutate.tif_raster, demand=[{"raster": "p.tif"}]),
        of("elevation tif", {"e.tif": _tif("uint8")}, mutate.tif_raster, walking={"dem": "e.tif"}),
        of(
            "walls geojson",
            {"w.geojson": _vector(rows, "x.geojson", areas=True)["x.geojson"]},
            mutate.json_tree,
            walls="w.geojson",
        ),
        of("gates kml", {"g.kml": _kml(rows)}, mutate.xml_tree, gates="g.kml"),
        of("walls dxf", {"w.dxf": _dxf()}, mutate.raw, walls={"file": "w.dxf", "coords": "EPSG:4326"}),
        of("streets geojson", {"s.geojson": _streets()}, mutate.json_tree, network="s.geojson"),
        of("streets graphml", {"s.graphml": _graphml()}, mutate.xml_tree, network="s.graphml"),
        of("standard yaml", {"own.yaml": _standard()}, mutate.yaml_tree, standard="own.yaml"),
        Target(
            "site yaml",
            {"site.yaml": _site(base)},
            mutate.yaml_tree,
            {},
            {**beside, "f.csv": _csv(rows), "p.tif": _tif("float32")},
        ),
    ]
    if find_spec("pyarrow"):
        files = {"e.parquet": _vector(rows, "e.parquet", areas=True)["e.parquet"]}
        found.append(of("enclosures parquet", files, mutate.raw, enclosures="e.parquet"))
    return found + (_real(of) if real and SHARED.is_dir() else [])


def _real(of: Callable[..., Target]) -> list[Target]:
    """Files that others made, brought to where the town is."""
    nantong = (SHARED / "nantong_dieshiqiao" / "nantong.osm").read_bytes()
    plan = json.loads((SHARED / "nantong_dieshiqiao" / "buildings_gcj02.json").read_text("utf-8"))
    hexagons = (SHARED / "porto_alegre" / "poa_hexgrid.csv").read_text("utf-8").splitlines()
    outlines = gpd.GeoDataFrame(geometry=[shapely.Polygon(ring) for ring in plan["buildings"]], crs=4326)
    estates = gpd.read_file(SHARED / "las_palmas" / "industrial_estates.geojson")
    cells = gpd.read_file(SHARED / "helsinki" / "population_grid.gpkg").to_crs(4326)
    rows = [dict(zip(hexagons[0].split(","), line.split(","), strict=True)) for line in hexagons[1::30]]
    corners = np.array([[float(row["lon"]), float(row["lat"])] for row in rows])
    for row, (lon, lat) in zip(rows, _brought(corners), strict=True):
        row.update(lon=f"{lon:.6f}", lat=f"{lat:.6f}")
    people = {"file": "d.csv", "kind": "housing", "people": "population", "coords": "wgs84"}
    houses = {"file": "d.geojson", "kind": "workplace", "coords": "gcj02"}
    around = {"around.geojson": _outline(121.0705, 31.9625, 121.081, 31.9655)}
    found = [
        of("real osm xml", {"streets.osm": nantong}, mutate.xml_tree, osm="streets.osm", boundary="around.geojson"),
        of(
            "real osm pbf",
            {"streets.osm.pbf": _pbf(nantong)},
            mutate.osm_pbf,
            osm="streets.osm.pbf",
            boundary="around.geojson",
        ),
        of("real boundary", {"b.geojson": _geojson(estates)}, mutate.json_tree, boundary="b.geojson"),
        of(
            "real population gpkg",
            _parts(_moved(cells), "d.gpkg"),
            mutate.gpkg_base,
            demand=[{"file": "d.gpkg", "kind": "housing", "people": "population"}],
        ),
        of("real hexagons csv", {"d.csv": _csv(rows)}, mutate.csv_table, demand=[people]),
        of("real elevation tif", {"e.tif": _elevation()}, mutate.tif_raster, walking={"dem": "e.tif"}),
        of("real buildings json", {"d.geojson": _geojson(outlines)}, mutate.json_tree, demand=[houses]),
    ]
    return [replace(target, beside={**target.beside, **around}) for target in found]


def _brought(lonlat: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Degrees of elsewhere as degrees in the park, the bounds filled."""
    low, high = lonlat.min(axis=0), lonlat.max(axis=0)
    west, south, east, north = shapely.bounds(PARK)
    return np.asarray((west, south) + (lonlat - low) / (high - low) * (east - west, north - south))


def _moved(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), _brought), crs=4326)


def _geojson(frame: gpd.GeoDataFrame) -> bytes:
    return str(_moved(frame).to_json()).encode()


def _elevation() -> bytes:
    with rasterio.open(SHARED / "porto_alegre" / "poa_elevation.tif") as source:
        profile, cells = source.profile, source.read()
    step = 0.02 / max(cells.shape)
    profile["transform"] = from_origin(WEST - 0.002, SOUTH + 0.018, step, step)
    with rasterio.MemoryFile() as memory:
        with memory.open(**profile) as raster:
            raster.write(cells)
        return bytes(memory.read())


# The files


def _boundary() -> bytes:
    return _outline(*shapely.bounds(PARK).tolist())


def _outline(west: float, south: float, east: float, north: float) -> bytes:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"name": "园区"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def _points() -> list[dict[str, Any]]:
    random = Random(7)
    codes = ("090300", "050301", "060400", "150700", "120303", "080111")
    return [
        {
            "id": f"p{i}",
            "name": f"第{i}号",
            "lon": round(WEST + 0.003 + random.random() * 0.006, 6),
            "lat": round(SOUTH + 0.003 + random.random() * 0.006, 6),
            "typecode": codes[i % 6],
            "beds": 10 * i,
            "capacity": i,
            "status": ("existing", "规划", "")[i % 3],
        }
        for i in range(12)
    ]


def _csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _xlsx(rows: list[dict[str, Any]], title: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    if title:
        sheet.append([title])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(rows[0]))
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append(list(row.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _frame(rows: list[dict[str, Any]], areas: bool) -> gpd.GeoDataFrame:
    points = shapely.points([[row["lon"], row["lat"]] for row in rows])
    shapes = shapely.buffer(points, 0.0002, cap_style="square") if areas else points
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4326).drop(columns=["lon", "lat"])


def _vector(rows: list[dict[str, Any]], name: str, areas: bool = False) -> Bundle:
    return _parts(_frame(rows, areas), name)


def _parts(frame: gpd.GeoDataFrame, name: str) -> Bundle:
    """A vector file with all its parts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if path.suffix == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, engine="pyogrio", **({"encoding": "GBK"} if path.suffix == ".shp" else {}))
        parts = sorted(Path(folder).iterdir(), key=lambda part: (part.name != name, part.name))
        return {part.name: part.read_bytes() for part in parts}


def _kml(rows: list[dict[str, Any]]) -> bytes:
    places = "".join(
        f"<Placemark><name>{row['name']}</name><Point><coordinates>{row['lon']},{row['lat']}</coordinates></Point></Placemark>"
        for row in rows
    )
    body = f"<Document><Folder><name>大门</name>{places}</Folder></Document>"
    return f'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">{body}</kml>'.encode()


def _amap(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "type": "医疗保健服务;诊所;诊所",
            "typecode": row["typecode"],
            "location": f"{row['lon']},{row['lat']}",
        }
        for row in rows
    ]


def _baidu(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"uid": row["id"], "name": row["name"], "tag": "美食;中餐厅", "lng": row["lon"], "lat": row["lat"]}
        for row in rows
    ]


def _survey(beside: Bundle, base: Mapping[str, Any]) -> bytes:
    """The field sheet of the town, as it is written."""
    from lifecircle.assessment import assess
    from lifecircle.outputs import write
    from lifecircle.surveying import survey

    with tempfile.TemporaryDirectory() as folder:
        for name, data in beside.items():
            (Path(folder) / name).write_bytes(data)
        site = Path(folder) / "site.yaml"
        site.write_text(yaml.safe_dump(dict(base)), encoding="utf-8")
        path = Path(folder) / "s.xlsx"
        write(survey(assess(site)), path)
        return path.read_bytes()


def _zip(parts: Bundle) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name, data in parts.items():
            box.writestr(name, data)
    return out.getvalue()


def _tif(dtype: str) -> bytes:
    cells = (np.arange(400, dtype=dtype).reshape(20, 20) % 97).astype(dtype)
    profile = {"driver": "GTiff", "height": 20, "width": 20, "count": 1, "dtype": dtype, "crs": "EPSG:4326"}
    with rasterio.MemoryFile() as memory:
        with memory.open(**profile, transform=from_origin(WEST, SOUTH + 0.012, 0.0006, 0.0006)) as raster:
            raster.write(cells, 1)
        return bytes(memory.read())


def _dxf() -> bytes:
    walls = [[(WEST + 0.004, SOUTH + 0.004), (WEST + 0.006, SOUTH + 0.004), (WEST + 0.006, SOUTH + 0.006)]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "w.dxf"
        gpd.GeoDataFrame({"Layer": ["围墙"]}, geometry=[shapely.LineString(walls[0])]).to_file(path, driver="DXF")
        return path.read_bytes()


def _streets() -> bytes:
    steps = np.arange(9) * 0.002
    lines = [shapely.LineString([(WEST + x, SOUTH + y) for x in steps]) for y in steps]
    lines += [shapely.LineString([(WEST + x, SOUTH + y) for y in steps]) for x in steps]
    frame = gpd.GeoDataFrame({"highway": ["residential"] * len(lines)}, geometry=lines, crs=4326)
    return str(frame.to_json()).encode()


def _graphml() -> bytes:
    import networkx as nx
    import osmnx

    graph: Any = nx.MultiDiGraph(crs="EPSG:4326", simplified=True)
    for x in range(6):
        for y in range(6):
            graph.add_node(6 * x + y, x=WEST + 0.002 * x, y=SOUTH + 0.002 * y)
    for x in range(6):
        for y in range(6):
            for other in ([6 * x + y + 1] if y < 5 else []) + ([6 * x + y + 6] if x < 5 else []):
                graph.add_edge(6 * x + y, other, osmid=100 * x + y, length=200.0, highway="residential", oneway=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.graphml"
        osmnx.save_graphml(graph, path)
        return path.read_bytes()


def _pbf(xml: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "x.osm"
        source.write_bytes(xml)
        return convert(source, Path(folder) / "x.osm.pbf").read_bytes()


class _Dumper(yaml.SafeDumper):
    """Writes strings in quotes, as codes need them."""


_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def _standard() -> bytes:
    """A shipped standard cut down to three categories, which is read sooner."""
    root = Path(__file__).resolve().parents[2]
    shipped = yaml.safe_load((root / "lifecircle" / "standards" / "industrial-community.yaml").read_text("utf-8"))
    kept = [each for each in shipped["categories"] if each["id"] in ("health_station", "canteen", "workplace", "bus")]
    alone = {key: value for key, value in shipped.items() if key not in ("tailoring", "checks", "goals", "scenes")}
    return yaml.dump({**alone, "id": "small", "categories": kept}, Dumper=_Dumper, allow_unicode=True).encode()


def _site(base: Mapping[str, Any]) -> bytes:
    full = {
        **base,
        "facilities": [
            {"file": "f.csv", "coords": "gcj02", "category": "health_station", "name": "name", "capacity": "capacity"}
        ],
        "demand": [{"file": "f.csv", "kind": "dormitory", "beds": "beds", "coords": "wgs84"}, {"raster": "p.tif"}],
        "complete": ["health_station"],
        "estimate": [{"kind": "dormitory", "count": "beds", "per_m2": 0.1}],
        "connector_m": 100,
        "private_ways": "ends",
        "year": 2030,
        "profile": "planning",
    }
    return yaml.safe_dump(full, allow_unicode=True, sort_keys=False).encode()
