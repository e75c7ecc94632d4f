"""The sample site as a planner would hold it: a folder of files from many hands."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import shapely

SAMPLE = Path(__file__).parent.parent / "data" / "sitang"
ZONE_40 = 4528
"""CGCS2000, 3 degrees wide, the zone's number before the easting."""


def planner_folder(folder: Path) -> Path:
    """The sample's clean files, garbled as offices do it; nothing of them is lost."""
    folder.mkdir(parents=True)
    for part in ("规划", "名单", "地图"):
        (folder / part).mkdir()
    _boundary(folder / "规划" / "用地红线.shp")
    _drawing(folder / "规划" / "围墙和大门.dxf")
    _workbook(folder / "名单" / "宿舍.xlsx", "泗塘片区宿舍床位统计表", "dormitories.csv", {
        "id": "编号", "name": "宿舍名称", "lon": "经度", "lat": "纬度", "beds": "床位数（张）",
    })  # fmt: skip
    _workbook(folder / "名单" / "企业名单.xlsx", "规上企业及在建工地用工情况", "plants.csv", {
        "id": "序号", "name": "企业名称", "lon": "经度", "lat": "纬度", "jobs": "职工人数", "industry": "行业",
    })  # fmt: skip
    _export(folder / "地图" / "高德POI.csv")
    shutil.copy(SAMPLE / "sitang.osm", folder / "地图" / "泗塘.osm")
    shutil.copy(SAMPLE / "population.tif", folder / "常住人口.tif")
    (folder / "说明.docx").write_bytes(b"PK")
    return folder


def _boundary(path: Path) -> None:
    """A shapefile in GBK that does not say so."""
    frame = gpd.read_file(SAMPLE / "boundary.geojson").to_crs(ZONE_40)
    frame.rename(columns={"name": "名称"}).to_file(path, encoding="GBK")
    path.with_suffix(".cpg").unlink()


def _drawing(path: Path) -> None:
    """Walls, yards and gates as layers of a drawing in metres, without a word about their system."""
    layers = {"围墙": "walls.geojson", "围合": "enclosures.geojson", "大门": "gates.geojson"}
    frames = []
    for layer, file in layers.items():
        shapes = gpd.read_file(SAMPLE / file).to_crs(ZONE_40).geometry
        polygons = shapely.get_type_id(shapes.to_numpy()) == 3
        shapes = shapes.where(~polygons, shapes.exterior if polygons.all() else shapes)
        frames.append(gpd.GeoDataFrame({"Layer": layer}, index=shapes.index, geometry=shapes, crs=ZONE_40))
    pd.concat(frames).to_file(path, driver="DXF")


def _workbook(path: Path, title: str, file: str, titles: dict[str, str]) -> None:
    """A sheet with a merged title above the header, and numbers as they were typed."""
    frame = pd.read_csv(SAMPLE / file, dtype=str, keep_default_na=False)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "汇总"
    sheet.append([title])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(titles))
    sheet.append(list(titles.values()))
    for row in frame[list(titles)].itertuples(index=False):
        sheet.append(list(row))
    book.save(path)


def _export(path: Path) -> None:
    """Points exported from Amap, with what the planner knows of their state, in GB18030."""
    frame = pd.read_csv(SAMPLE / "facilities.csv", dtype=str, keep_default_na=False)
    columns = {"id": "id", "name": "name", "location": "location", "type": "type", "typecode": "typecode",
               "address": "address", "status": "状态", "opens": "开业年份"}  # fmt: skip
    frame[list(columns)].rename(columns=columns).to_csv(path, index=False, encoding="gb18030")
