"""Tile servers that a user names: what may be asked of them, whose tiles they are, and how they lie."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lifecircle.errors import Fault, InputError
from lifecircle.messages import Message, msg

TileSystem = Literal["wgs84", "gcj02"]


@dataclass(frozen=True)
class Server:
    """What is known of the servers of one host."""

    zh: str
    en: str
    subdomains: str = "abc"
    system: TileSystem = "wgs84"


SERVERS = {
    "tianditu.gov.cn": Server(
        "天地图 © 国家地理信息公共服务平台",
        "Tianditu © National Platform for Common GeoSpatial Information Services, China",
        "01234567",
    ),
    "autonavi.com": Server("© 高德地图", "© Amap (AutoNavi)", "1234", "gcj02"),
    "amap.com": Server("© 高德地图", "© Amap (AutoNavi)", "1234", "gcj02"),
    "map.gtimg.com": Server("© 腾讯地图", "© Tencent Maps", "0123", "gcj02"),
    "openstreetmap.org": Server("© OpenStreetMap 贡献者", "© OpenStreetMap contributors"),
}
"""By the end of the host's name."""

HOST = re.compile(r"(https?)://([\w.{}-]+(?::\d+)?)/")
PLACES = (("{z}",), ("{x}",), ("{y}", "{-y}"))


def tile_layers(tiles: str | Sequence[str] | None, system: TileSystem | None = None) -> list[dict[str, Any]]:
    """URL templates as the page takes them, from the ground up: ``url``, ``subdomains`` (of ``{s}``), ``system``
    (of the tiles' coordinates; by the host where not given) and the credit, ``zh`` and ``en``.

    Raises InputError where one is no template of a tile server.
    """
    urls = [tiles] if isinstance(tiles, str) else list(tiles or ())
    faults = [Fault("tiles", *_refusal(url)) for url in urls if not _is_template(url)]
    if faults:
        raise InputError(faults)
    return [_layer(url, system) for url in urls]


def sources(layers: Sequence[dict[str, Any]]) -> list[str]:
    """The hosts that a page's policy must let it ask, ``*`` for a first label with ``{s}`` in it."""
    found = [_host(layer["url"]) for layer in layers]
    return sorted({f"{scheme}://{re.sub(r'^[^.]*{s}[^.]*', '*', host)}" for scheme, host in found})


def _layer(url: str, system: TileSystem | None) -> dict[str, Any]:
    host = _host(url)[1].rpartition(":")[0] or _host(url)[1]
    shown = re.sub(r"^[^.]*{s}[^.]*\.", "", host)
    known = next((SERVERS[end] for end in SERVERS if f".{host}".endswith(f".{end}")), Server(shown, shown))
    return {
        "url": url,
        "subdomains": known.subdomains,
        "system": system or known.system,
        "zh": known.zh,
        "en": known.en,
    }


def _is_template(url: str) -> bool:
    host = HOST.match(url)
    if host is None or not all(any(part in url for part in parts) for parts in PLACES):
        return False
    return "{" not in re.sub(r"^([^.{]*){s}", r"\1", host[2])


def _host(url: str) -> tuple[str, str]:
    found = HOST.match(url)
    assert found is not None
    return found[1], found[2]


def _refusal(url: str) -> tuple[Message, Message]:
    return msg("not a tile server: {url!r}", url=url), msg("give https://host/{z}/{x}/{y}.png")
