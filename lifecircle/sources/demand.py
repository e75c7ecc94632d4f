"""Places with people: from OSM buildings and land use, the user's tables, and population rasters."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import rasterio
import shapely

from lifecircle.classify import classify_osm
from lifecircle.errors import Fault, InputError
from lifecircle.model import PEOPLE, Geometries, Ints, Note, Standard
from lifecircle.site import DemandFile, Estimate, PopulationRaster
from lifecircle.sources.osm import Objects
from lifecircle.sources.tables import MOST_HEADS, check_columns, counts, read_places, texts

CELL_M = 50.0
"""Side of the cells that an area without buildings is split into."""
LARGEST_KM2 = 2_500
"""Of the bounds of one area of demand."""
NOBODY = ("roof", "carport", "garage", "garages", "shed", "hut", "greenhouse", "construction", "ruins", "no")
"""Values of OSM's ``building`` that nobody lives or works in."""
OTHER = "building"
"""Kind of a building of which nothing says who uses it."""
COLUMNS = ["id", "name", "kind", "source", *PEOPLE, "footprint_m2", "area_id"]


def building_outlines(objects: Objects) -> npt.NDArray[np.bool_]:
    """Shape (rows,): objects that are buildings with an outline."""
    value = objects.values("building")
    used = ~np.asarray(pd.Series(value, dtype=object).isin(["", *NOBODY]))
    return np.asarray(used & np.isfinite(objects.area_m2))


def from_osm(objects: Objects, standard: Standard, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Every building as a place, with the kind that it or the land use around it says, and areas without
    buildings as cells. No head counts: OSM knows none."""
    area_m2, name = objects.area_m2, objects.values("name")
    found = classify_osm(standard.demand, objects.values, area_m2)
    kind = np.full(len(objects.id), "", dtype=object)
    kind[found["row"].to_numpy()] = found["id"].to_numpy()
    building = building_outlines(objects)
    polygon = np.isfinite(area_m2)
    areas = np.flatnonzero((kind != "") & polygon & (objects.values("building") == ""))
    areas = areas[np.argsort(area_m2[areas], kind="stable")]
    within = _container(objects.geometry[building], objects.geometry[areas])

    def of(rows: Ints, **more: npt.NDArray[np.generic]) -> gpd.GeoDataFrame:
        columns = {"id": objects.id[rows], "name": name[rows], "kind": kind[rows]} | more
        return _frame(crs, geometry=objects.geometry[rows], **columns)

    rows = np.flatnonzero(building)
    own = kind[rows]
    around = np.where(within >= 0, kind[areas[within]] if len(areas) else "", "")
    places = of(
        rows,
        kind=np.where(own != "", own, np.where(around != "", around, OTHER)),
        footprint_m2=area_m2[rows],
        area_id=np.where((within >= 0) & (own == ""), objects.id[areas[within]] if len(areas) else "", ""),
    )
    points = of(np.flatnonzero((kind != "") & ~polygon & (shapely.get_type_id(objects.geometry) == 0)))
    fields = of(areas[~np.isin(np.arange(len(areas)), within)])
    return _concat([places, points, _split(fields, np.ones(len(fields), dtype=bool), _none(), crs)], crs)


def _container(shapes: Geometries, areas: Geometries) -> Ints:
    """Shape (s,): the first (smallest) area that holds a point of each shape; -1 for none."""
    out = np.full(len(shapes), len(areas), dtype=np.int64)
    if len(areas) and len(shapes):
        row, area = shapely.STRtree(areas).query(shapely.point_on_surface(shapes), predicate="within")
        np.minimum.at(out, row, area)
    return np.where(out == len(areas), -1, out)


def _none() -> Geometries:
    return np.empty(0, dtype=object)


def _frame(crs: pyproj.CRS, geometry: Geometries, **columns: npt.NDArray[np.generic]) -> gpd.GeoDataFrame:
    """Places with what is known of them; what is not is unknown (NaN) or empty."""
    blank = {kind: np.full(len(geometry), np.nan) for kind in (*PEOPLE, "footprint_m2")}
    empty = np.full(len(geometry), "", dtype=object)
    source = np.full(len(geometry), "OpenStreetMap", dtype=object)
    frame = pd.DataFrame({"source": source, "name": empty, "area_id": empty, **blank, **columns})
    return gpd.GeoDataFrame(frame[COLUMNS], geometry=geometry, crs=crs)


def _concat(frames: list[gpd.GeoDataFrame], crs: pyproj.CRS) -> gpd.GeoDataFrame:
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), crs=crs)


def from_file(
    source: DemandFile, crs: pyproj.CRS, buildings: Geometries, label: str
) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """A user's own places in metres, and what was repaired; areas are split into the buildings or cells that
    share their counts.

    Raises InputError with every fault of the file.
    """
    where = str(source.file)
    table, notes = read_places(source)
    check_columns(table, {key: getattr(source, key) for key in ("id", "name", *PEOPLE)}, where)
    given = texts(table, source.id) if source.id else np.array([str(i) for i in table.index], dtype=object)
    repeated = pd.Series(given).duplicated(keep=False).to_numpy()
    if repeated.any():
        raise InputError(
            [
                Fault(
                    f"{where}: row {table.index[r]}",
                    f"{source.id} {given[r]!r} stands twice",
                    "give each place its own id",
                )
                for r in np.flatnonzero(repeated)
            ]
        )
    geometry = table.geometry.to_crs(crs).to_numpy()
    polygonal = np.isin(shapely.get_type_id(geometry), (3, 6))
    frame = _frame(
        crs,
        id=np.array([f"{label}/{value}" for value in given], dtype=object),
        name=texts(table, source.name),
        kind=np.full(len(table), source.kind, dtype=object),
        source=np.full(len(table), source.file.name, dtype=object),
        footprint_m2=np.where(polygonal, shapely.area(geometry), np.nan),
        geometry=geometry,
        **{kind: counts(table, getattr(source, kind), where) for kind in PEOPLE},
    )
    areas = polygonal & ~_is_building(geometry, buildings)
    _check_sizes(geometry[areas], table.index[areas], where)
    return _split(frame, areas, buildings, crs), notes


def _check_sizes(areas: Geometries, rows: pd.Index, where: str) -> None:
    west, south, east, north = shapely.bounds(areas).T
    big = (east - west) * (north - south) > LARGEST_KM2 * 1e6
    mend = "draw the ground where the people are"
    if big.any():
        raise InputError([Fault(f"{where}: row {row}", "is larger than a city", mend) for row in rows[big]])


def _is_building(shapes: Geometries, buildings: Geometries) -> npt.NDArray[np.bool_]:
    """Shapes that are one building: most of their area is covered by it."""
    out = np.zeros(len(shapes), dtype=bool)
    if len(buildings):
        row, hit = shapely.STRtree(buildings).query(shapes, predicate="intersects")
        part = shapely.area(shapely.intersection(shapes[row], buildings[hit])) / np.maximum(
            shapely.area(shapes[row]), 1e-9
        )
        out[row[part > 0.5]] = True
    return out


def _split(
    frame: gpd.GeoDataFrame, areas: npt.NDArray[np.bool_], buildings: Geometries, crs: pyproj.CRS
) -> gpd.GeoDataFrame:
    """Replace areas by the buildings inside them, else by cells; counts are shared by area."""
    shapes = frame.geometry.to_numpy()
    rows = np.flatnonzero(areas)
    rows = rows[np.argsort(shapely.area(shapes[rows]), kind="stable")]
    if not len(rows):
        return frame
    within = _container(buildings, shapes[rows])
    with_building = np.unique(within[within >= 0])
    parts = [(rows[within[within >= 0]], buildings[within >= 0], True)]
    for row in np.delete(rows, with_building):
        cells = cells_of(shapes[row])
        parts.append((np.full(len(cells), row), cells, False))
    of = np.concatenate([part[0] for part in parts]).astype(np.int64)
    geometry = np.concatenate([part[1] for part in parts])
    real = np.concatenate([np.full(len(part[1]), part[2]) for part in parts])
    order = np.lexsort((*shapely.bounds(geometry).T, of))
    of, geometry, real = of[order], geometry[order], real[order]
    share = shapely.area(geometry) / np.bincount(of, shapely.area(geometry), len(frame))[of]
    pieces = frame.iloc[of].reset_index(drop=True)
    pieces["area_id"] = pieces["id"]
    number = pieces.groupby("area_id").cumcount() + 1
    pieces["id"] = pieces["id"] + "#" + number.astype(str)
    for kind in PEOPLE:
        pieces[kind] = pieces[kind] * share
    pieces["footprint_m2"] = np.where(real, shapely.area(geometry), np.nan)
    geometry = np.where(real, geometry, shapely.point_on_surface(geometry))
    pieces = pieces.set_geometry(gpd.GeoSeries(geometry, crs=crs))
    return _concat([frame[~areas], pieces], crs)


def cells_of(area: shapely.Geometry) -> Geometries:
    """The parts of an area in cells of ``CELL_M``, sorted by column and row."""
    west, south, east, north = np.floor(np.array(shapely.bounds(area)) / CELL_M)
    x, y = np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1), indexing="ij")
    x, y = x.ravel() * CELL_M, y.ravel() * CELL_M
    parts = shapely.intersection(shapely.box(x, y, x + CELL_M, y + CELL_M), area)
    return parts[shapely.area(parts) > 0]


def from_raster(source: PopulationRaster, crs: pyproj.CRS, boundary: shapely.Geometry, label: str) -> gpd.GeoDataFrame:
    """Cells of a population raster whose centre counts as a place, weighted by the part inside the boundary."""
    from exactextract import exact_extract

    where = str(source.raster)
    try:
        with rasterio.open(source.raster) as raster:
            if raster.crs is None:
                raise InputError(Fault(where, "does not say its coordinate system", "set its CRS"))
            zone = gpd.GeoDataFrame(geometry=[boundary], crs=crs).to_crs(raster.crs)
            if not zone.intersects(shapely.box(*raster.bounds)).any():
                raise InputError(Fault(where, "does not meet the boundary", "use data of one place"))
            ops = ["values", "coverage", "center_x", "center_y"]
            found = exact_extract(raster, zone, ops)[0]["properties"]
            centre = shapely.points(np.asarray(found["center_x"]), np.asarray(found["center_y"]))
            centres = gpd.GeoSeries(centre, crs=raster.crs).to_crs(crs)
    except rasterio.errors.RasterioError as error:
        raise InputError(Fault(where, f"cannot be read ({error})", "give a GeoTIFF")) from None
    values = np.asarray(found["values"], dtype=float)
    if (values > MOST_HEADS).any():
        raise InputError(Fault(where, f"has a cell of {values.max():g} {source.count}", "set its nodata value"))
    heads = values * np.asarray(found["coverage"], dtype=float)
    some = np.flatnonzero(np.nan_to_num(heads) > 0)
    return _frame(
        crs,
        id=np.array([f"{label}/{i + 1}" for i in range(len(some))], dtype=object),
        kind=np.full(len(some), source.kind, dtype=object),
        source=np.full(len(some), source.raster.name, dtype=object),
        geometry=centres.to_numpy()[some],
        **{source.count: heads[some]},
    )


def estimated(frame: gpd.GeoDataFrame, factors: tuple[Estimate, ...]) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Fill unknown counts from footprints by the user's own factors, and say so."""
    notes = []
    for factor in factors:
        rows = (frame["kind"] == factor.kind) & frame[factor.count].isna() & frame["footprint_m2"].notna()
        heads = frame.loc[rows, "footprint_m2"] * factor.per_m2
        frame = frame.assign(**{factor.count: frame[factor.count].where(~rows, frame["footprint_m2"] * factor.per_m2)})
        notes.append(
            Note(
                "assumed",
                f"{factor.count} of {int(rows.sum())} {factor.kind} places estimated as "
                f"{factor.per_m2:g} per m2 of footprint: {heads.sum():.0f}",
            )
        )
    return frame, tuple(notes)
