"""Offices with Chinese Windows: consoles of code page 936, folders and files with Chinese names and blanks."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import geopandas as gpd
import made_town
import networkx as nx
import numpy as np
import osmnx as ox
import pandas as pd
import pytest
import rasterio
import shapely
import yaml
from rasterio.transform import from_origin

from lifecircle import cli, cli_shared
from lifecircle.load import load_site
from lifecircle.messages import LOCALE

WEST, SOUTH = made_town.WEST, made_town.SOUTH
INSIDE = shapely.Point(WEST + 0.006, SOUTH + 0.006)


def layer(path: Path, *shapes: shapely.Geometry, name: str | None = None) -> str:
    gpd.GeoDataFrame({"名称": ["甲"] * len(shapes)}, geometry=list(shapes), crs=4326).to_file(
        path, **({"layer": name} if name else {})
    )
    return path.name


def graph(path: Path) -> str:
    streets = nx.MultiDiGraph(crs="epsg:4326")
    for i, (dx, dy) in enumerate([(0.001, 0.001), (0.011, 0.001), (0.011, 0.011), (0.001, 0.011)]):
        streets.add_node(i, x=WEST + dx, y=SOUTH + dy)
    for i in range(4):
        streets.add_edge(i, (i + 1) % 4, osmid=i + 1, highway="residential", length=1000.0)
    ox.save_graphml(streets, path)
    return path.name


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with one file of each kind of source, and a site file that names them all."""
    folder = tmp_path / "规划 资料（一期）" / "园 区 é"
    folder.mkdir(parents=True)
    made_town.write_town(folder / "地 图.osm.pbf")
    table = pd.DataFrame({"名称": ["一 舍"], "经度": [INSIDE.x], "纬度": [INSIDE.y], "床位": [120]})
    with pd.ExcelWriter(folder / "宿 舍.xlsx") as book:
        table.to_excel(book, sheet_name="名 单", index=False)
    table.assign(类别="便利店").to_csv(folder / "设 施.csv", index=False, encoding="gb18030")
    cells = from_origin(WEST + 0.004, SOUTH + 0.008, 0.002, 0.002)
    with rasterio.open(
        folder / "人 口.tif",
        "w",
        driver="GTiff",
        height=2,
        width=2,
        count=1,
        dtype="float32",
        crs=4326,
        transform=cells,
    ) as raster:
        raster.write(np.full((1, 2, 2), 10, dtype="float32"))
    wall = shapely.LineString([(WEST + 0.005, SOUTH + 0.005), (WEST + 0.005, SOUTH + 0.0055)])
    site = {
        "name": "甲 园区 é",
        "boundary": layer(folder / "边 界.gpkg", made_town.PARK, name="红 线"),
        "osm": "地 图.osm.pbf",
        "demand": [
            {
                "file": "宿 舍.xlsx",
                "layer": "名 单",
                "coords": "wgs84",
                "kind": "dormitory",
                "beds": "床位",
                "name": "名称",
            },
            {"raster": "人 口.tif"},
        ],
        "facilities": [{"file": "设 施.csv", "coords": "wgs84", "category_column": "类别", "name": "名称"}],
        "walls": layer(folder / "围 墙.geojson", wall),
        "gates": layer(folder / "大 门.shp", INSIDE),
        "enclosures": layer(folder / "院 子.gpkg", shapely.buffer(INSIDE, 0.0005), name="院 子"),
    }
    (folder / "园 区.yaml").write_text(yaml.safe_dump(site, allow_unicode=True), encoding="utf-8")
    return folder / "园 区.yaml"


@pytest.mark.parametrize("network", [None, "路 网.gpkg", "路 网.graphml"])
def test_every_source_is_read_from_such_paths(office: Path, network: str | None) -> None:
    if network is not None:
        file = office.parent / network
        if network.endswith(".gpkg"):
            layer(file, shapely.LineString([(WEST, SOUTH + 0.006), (WEST + 0.02, SOUTH + 0.006)]), name="路 网")
        else:
            graph(file)
        office.write_text(office.read_text(encoding="utf-8") + f"network: {network}\n", encoding="utf-8")
    site = load_site(office)
    assert site.name == "甲 园区 é" and site.slug == "甲-园区-é"
    assert (site.demand["beds"].sum(), site.demand["people"].sum()) == pytest.approx((120, 40), rel=1e-6)
    assert site.facilities.loc[site.facilities["source"] == "设 施.csv", "name"].tolist() == ["一 舍"]
    assert (len(site.walls), len(site.enclosures)) == (1, 1) and "gate" in set(site.doors["kind"])


@pytest.mark.parametrize("console", ["cp936", "ascii"])
def test_every_result_is_written_to_such_paths_from_such_consoles(office: Path, console: str) -> None:
    out = office.parent / "结 果"
    code, said, _ = run(office, "-o", out, console=console)
    suffixes = {*cli_shared.SUFFIXES, ".facilities.csv"}
    assert code == 0 and len(said.splitlines()) == len(suffixes)
    assert {path.name for path in out.iterdir()} == {f"甲-园区-é{suffix}" for suffix in suffixes}


def test_a_fault_can_be_read_on_such_a_console(office: Path) -> None:
    office.write_text(office.read_text(encoding="utf-8").replace("宿 舍", "没有 此表"), encoding="utf-8")
    code, _, complaint = run(office, "-o", "结 果", console="cp936")
    assert code == 1 and "没有 此表.xlsx" in complaint and "没有这个文件" in complaint


def test_a_console_without_chinese_letters_is_spoken_to_in_english(office: Path) -> None:
    office.write_text("name: x\n", encoding="utf-8")
    assert "is missing" in run(office, "-o", "out", console="cp437")[2]


def run(site: Path, *arguments: object, console: str) -> tuple[int, str, str]:
    """Exit code and what the console showed of both streams, on a Chinese system."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding=console) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setenv("LC_ALL", "zh_CN.GBK")
        patch.setattr(sys, "argv", ["lifecircle", "assess", str(site), *map(str, arguments)])
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        cli.main()
    for stream in streams:
        stream.flush()
    out, err = (stream.buffer.getvalue().decode(console) for stream in streams)  # type: ignore[attr-defined]
    return int(stop.value.code or 0), out, err


def test_every_translation_can_be_shown_on_code_page_936() -> None:
    text = (LOCALE / "zh" / "LC_MESSAGES" / "lifecircle.po").read_text(encoding="utf-8")
    assert {letter for letter in text if not _in_gbk(letter)} == set()


def _in_gbk(letter: str) -> bool:
    try:
        return bool(letter.encode("gbk"))
    except UnicodeEncodeError:
        return False
