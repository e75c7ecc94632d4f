"""What the titles of columns mean, in Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

WORDS: dict[str, tuple[str, ...]] = {
    "wkt": ("wkt", "geomwkt", "wktgeom", "geometry", "geom", "thegeom", "几何", "空间数据"),
    "location": ("location", "坐标", "经纬度", "lonlat", "lnglat", "coordinates", "coordinate", "coord", "点位"),
    "longitude": (
        "经度", "longitude", "lon", "lng", "long", "东经", "x坐标", "横坐标", "东坐标", "easting", "east",
        "pointx", "coordx", "xcoord", "x", "e",
    ),
    "latitude": (
        "纬度", "latitude", "lat", "北纬", "y坐标", "纵坐标", "北坐标", "northing", "north",
        "pointy", "coordy", "ycoord", "y", "n",
    ),
    "typecode": ("typecode", "类型编码", "类型代码", "分类编码", "分类代码", "类别编码", "类别代码"),
    "type_1": ("大类", "一级分类", "一级类型", "一级类别", "type1", "bigtype"),
    "type_2": ("中类", "二级分类", "二级类型", "二级类别", "type2", "midtype"),
    "type_3": ("小类", "三级分类", "三级类型", "三级类别", "type3", "smalltype"),
    "type": ("type", "类型", "类别", "分类", "category", "tag", "kind", "typename", "种类", "业态", "用途"),
    "shift_day": ("白班", "早班", "日班", "白班人数", "早班人数", "日班人数", "dayshift"),
    "shift_evening": ("中班", "小夜班", "中班人数", "小夜班人数", "eveningshift"),
    "shift_night": ("夜班", "晚班", "大夜班", "夜班人数", "晚班人数", "大夜班人数", "nightshift"),
    "shifts": ("班次", "轮班", "班制", "shift", "shifts"),
    "beds": ("床位", "床数", "铺位", "beds", "bed"),
    "jobs": (
        "职工", "职工人数", "员工", "员工人数", "岗位", "就业人数", "就业人口", "从业人员", "从业人数", "从业人口",
        "用工人数", "工人人数", "工人", "jobs", "job", "employees", "employment", "workers", "staff",
    ),
    "families": ("户数", "家庭", "住户", "户", "families", "households", "family", "household"),
    "people": ("人口", "人数", "居民", "population", "people", "pop", "residents", "persons", "人员"),
    "floors": ("层数", "楼层", "floors", "levels", "storeys", "stories", "floor", "level"),
    "capacity": ("容量", "规模", "座位", "餐位", "席位", "学位", "车位", "capacity", "seats", "size"),
    "status": ("状态", "建设情况", "建设现状", "现状", "status"),
    "hours": ("营业时间", "开放时间", "开放时段", "营业时段", "通行时间", "openinghours", "opentime", "hours"),
    "opens": (
        "开业年份", "建成年份", "投用年份", "开放年份", "竣工年份", "年份", "opens", "openingyear", "openyear", "year",
    ),
    "access": ("通行", "通行对象", "通行人员", "通行权限", "准入", "开放对象", "access"),
    "gate": ("大门", "门", "出入口", "入口", "gate", "entrance"),
    "barrier": ("围墙", "墙", "围栏", "栏杆", "barrier", "wall", "fence"),
    "address": ("地址", "address", "addr", "门牌", "位置", "所在地"),
    "id": ("id", "编号", "fid", "objectid", "uid", "poiid", "gid", "uuid", "代号"),
    "name": (
        "名称", "name", "title", "名字", "标题", "全称", "简称", "宿舍", "楼栋", "企业", "公司", "单位", "设施", "小区",
    ),
}  # fmt: skip
"""Titles by role, the plainest first; a title may say more before it (宿舍名称, dorm_name)."""

SYSTEMS = {
    "wgs84": ("wgs84", "wgs"),
    "": (),
    "gcj02": ("gcj02", "gcj", "高德", "火星", "腾讯", "amap"),
    "bd09": ("bd09", "bd09ll", "bd", "百度", "baidu"),
}
"""Words in the titles of coordinates that name their system; of several pairs the first named here is taken."""

SIMPLIFIED = str.maketrans(
    "稱經緯編號類別層數員職戶開業時間牆門狀態規樓設標題總", "称经纬编号类别层数员职户开业时间墙门状态规楼设标题总"
)
"""Traditional characters of titles."""
PLACES = ("location", "longitude", "latitude")
NUMBER_OF = re.compile(r"(总数|数量|数目|总计|合计|总量|数)$")
COUNTS = ("num", "number", "count", "total", "sum", "cnt")


def recognise(titles: Iterable[str]) -> dict[str, str]:
    """The title that stands for each role of ``WORDS``: ``{"name": "宿舍名称", "beds": "床位数（张）"}``.

    Each title has one role at most and each role one title: the plainest, then the first. ``longitude`` and
    ``latitude`` are the title of the easting and northing too; ``location`` holds both in one cell; ``type_1`` to
    ``type_3`` are the levels of a type, coarse to fine. Roles that no title has are left out.
    """
    matches = sorted(
        (*rank, order, position, role, title)
        for position, title in enumerate(dict.fromkeys(titles))
        for order, role in enumerate(WORDS)
        if (rank := _rank(title, role)) is not None
    )
    found: dict[str, str] = {}
    for *_, role, title in matches:
        if role not in found and title not in found.values():
            found[role] = title
    return found


def system_of(title: str) -> str | None:
    """The system (wgs84, gcj02, bd09) that a title of coordinates names: ``gcj_lng``, ``百度经度``."""
    plain = unicodedata.normalize("NFKC", str(title)).lower()
    return next((system for system, words in SYSTEMS.items() for word in words if word in plain), None)


def _rank(title: str, role: str) -> tuple[int, int, int] | None:
    """How plainly a title says a role, the least the plainest; None where it does not."""
    tokens = _tokens(title)
    system = ""
    if role in PLACES:
        system = system_of(title) or ""
        tokens = list(_without_system(tokens))
    endings = {"".join(tokens[i:]): int(i > 0) for i in reversed(range(len(tokens)))}
    whole = "".join(tokens)
    shorter = NUMBER_OF.sub("", whole)
    for place, word in enumerate(WORDS[role]):
        if word in endings:
            return list(SYSTEMS).index(system), endings[word], place
        if shorter == word:
            return list(SYSTEMS).index(system), 0, place
        if len(word) > 1 and not word.isascii() and (whole.endswith(word) or shorter.endswith(word)):
            return list(SYSTEMS).index(system), 1, place
    return None


def _tokens(title: str) -> list[str]:
    """A title in small letters and its words, without units in brackets and without what says that it counts."""
    plain = unicodedata.normalize("NFKC", str(title)).translate(SIMPLIFIED)
    plain = re.sub(r"[(\[{【].*?[)\]}】]", " ", plain)
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain).lower()
    words = [word for word in re.split(r"[\W_]+", plain) if word]
    return [word for word in words if word not in COUNTS] or words


def _without_system(tokens: list[str]) -> Iterator[str]:
    names = sorted((word for words in SYSTEMS.values() for word in words), key=len, reverse=True)
    for token in tokens:
        rest = token
        for name in names:
            rest = rest.removeprefix(name).removesuffix(name)
        if rest:
            yield rest
