"""The facility table in the manner of an Amap export."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
from shapely import Point

from drawing.shapes import XY
from drawing.sheet import gcj02
from drawing.tables import write_csv
from drawing.town import Town

TYPES = {
    "011100": "汽车服务;充电站;充电站",
    "050000": "餐饮服务;餐饮相关场所;餐饮相关",
    "050100": "餐饮服务;中餐厅;中餐厅",
    "050300": "餐饮服务;快餐厅;快餐厅",
    "050400": "餐饮服务;休闲餐饮场所;休闲餐饮场所",
    "050500": "餐饮服务;咖啡厅;咖啡厅",
    "060100": "购物服务;商场;商场",
    "060200": "购物服务;便民商店/便利店;便民商店/便利店",
    "060400": "购物服务;超级市场;超市",
    "060703": "购物服务;综合市场;农副产品市场",
    "070400": "生活服务;邮局;邮局",
    "070500": "生活服务;物流速递;物流速递",
    "070800": "生活服务;人才市场;人才市场",
    "071100": "生活服务;美容美发店;美容美发店",
    "080101": "体育休闲服务;运动场馆;综合体育馆",
    "080111": "体育休闲服务;运动场馆;健身中心",
    "080601": "体育休闲服务;影剧院;电影院",
    "090101": "医疗保健服务;综合医院;三级甲等医院",
    "090102": "医疗保健服务;综合医院;卫生院",
    "090300": "医疗保健服务;诊所;诊所",
    "090601": "医疗保健服务;医药保健销售店;药房",
    "120201": "商务住宅;楼宇;商务写字楼",
    "120304": "商务住宅;住宅区;社区中心",
    "130105": "政府机构及社会团体;政府机关;乡镇级政府及事业单位",
    "130501": "政府机构及社会团体;公检法机构;公安警察",
    "130506": "政府机构及社会团体;公检法机构;消防机关",
    "140800": "科教文化服务;文化宫;文化宫",
    "141204": "科教文化服务;学校;幼儿园",
    "141300": "科教文化服务;科研机构;科研机构",
    "141400": "科教文化服务;培训机构;培训机构",
    "150700": "交通设施服务;公交车站;公交车站相关",
    "160100": "金融保险服务;银行;银行",
    "160300": "金融保险服务;自动提款机;自动提款机",
    "170300": "公司企业;工厂;工厂",
}
AS_OSM = {
    "050100": {"amenity": "restaurant"},
    "060200": {"shop": "convenience"},
    "060400": {"shop": "supermarket"},
    "060703": {"amenity": "marketplace"},
    "090101": {"amenity": "hospital"},
    "090300": {"amenity": "clinic"},
    "090601": {"amenity": "pharmacy"},
    "130501": {"amenity": "police"},
    "141204": {"amenity": "kindergarten"},
    "160100": {"amenity": "bank"},
}
"""What OpenStreetMap would know: every other place of these few kinds."""


def facility_rows(town: Town) -> list[dict[str, Any]]:
    """The Amap-like table, without ids and coordinates."""
    rows = []
    for code, name, x, y, *later in town.plan["facilities"]:
        status, opens = later or ("existing", "")
        rows.append({"typecode": code, "name": name, "at": (x, y), "status": status, "opens": opens})
    rows += [existing(code, name, (x, y)) for code, name, x, y in town.plan["rim_facilities"]]
    rows += estate_rows(town)
    rows += bus_rows(town)
    rows += [
        existing("170300", p["name"], p["at"]) for p in town.plants if p["industry"] not in ("建筑施工", "研发办公")
    ]
    return rows


def existing(code: str, name: str, at: XY) -> dict[str, Any]:
    return {"typecode": code, "name": name, "at": at, "status": "existing", "opens": ""}


def estate_rows(town: Town) -> list[dict[str, Any]]:
    """Four shops or services of each estate, by turns, along its southern edge."""
    kinds = town.plan["estate_facilities"]
    rows = []
    for turn, (name, shape) in enumerate(town.estates):
        west, south, east, _ = shape.bounds
        for k in range(4):
            code, word = kinds[(4 * turn + 3 * k) % len(kinds)]
            x = west + (0.2 + 0.2 * k) * (east - west)
            rows.append(existing(code, name + word, (x, south + 8)))
    return rows


def bus_rows(town: Town) -> list[dict[str, Any]]:
    """A stop halfway between junctions, named after the next crossing street."""
    rows = []
    named = [s for s in town.streets if s.name]
    for street in (s for s in named if s.bus):
        crossings = sorted((s for s in named if s.axis != street.axis and s.at in street.stops), key=lambda s: s.at)
        for here, after in itertools.pairwise(crossings):
            middle = (here.at + after.at) / 2
            at = next((s for s in (middle, middle - 90, middle + 90) if street.open(s)), None)
            if at is not None and after.at - here.at > 350:
                rows.append(existing("150700", f"{street.name}{here.name}(公交站)", street.point(at, 10)))
    return rows


def address(town: Town, at: XY) -> str:
    """The nearest named street and a number along it."""
    street = min((s for s in town.streets if s.name), key=lambda s: s.line().distance(Point(at)))
    along = at[0] if street.axis == "x" else at[1]
    return f"{street.name}{int(along - street.low) // 4 + 1}号"


def write_facilities(town: Town, path: Path) -> None:
    rows = [row for row in facility_rows(town) if town.osm.inside(row["at"])[0]]
    put_known_places(town, rows)
    amap = np.round(gcj02(town.osm.sheet.degrees([row["at"] for row in rows])), 6)
    table = []
    for number, (row, (lon, lat)) in enumerate(zip(rows, amap, strict=True), start=1):
        where = {"location": f"{lon:.6f},{lat:.6f}", "lon": f"{lon:.6f}", "lat": f"{lat:.6f}"}
        first_columns = {"id": f"ST{number:04}", "name": row["name"], "typecode": row["typecode"]}
        table.append(
            first_columns
            | {"type": TYPES[row["typecode"]], "address": address(town, row["at"])}
            | where
            | {"status": row["status"], "opens": row["opens"]}
        )
    write_csv(path, table)


def put_known_places(town: Town, rows: list[dict[str, Any]]) -> None:
    """Every other existing place of a few kinds, and every other bus stop, as OpenStreetMap would know them."""
    seen: dict[str, int] = {}
    for row in rows:
        code = row["typecode"]
        seen[code] = seen.get(code, 0) + 1
        if row["status"] != "existing" or seen[code] % 2 == 0:
            continue
        if code == "150700":
            name = row["name"].removesuffix("(公交站)")
            town.osm.place(row["at"], highway="bus_stop", public_transport="platform", name=name)
        elif code in AS_OSM:
            town.osm.place(row["at"], name=row["name"], **AS_OSM[code])
