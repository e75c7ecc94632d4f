"""Scenarios: changes to a site as a GeoJSON file, drawn in the page or by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lifecircle import proposals
from lifecircle.errors import Fault, Faults, InputError, reason
from lifecircle.hours import osm_hours
from lifecircle.messages import Message, msg
from lifecircle.model import Change, Scenario

DECIMALS = 7
"""Of degrees: a centimetre; the page and we round to them first, so that both count the same millimetres."""

SHAPES = {
    ("facility", "add"): "Point",
    ("facility", "move"): "Point",
    ("facility", "close"): "",
    ("path", "add"): "LineString",
    ("path", "close"): "Point",
    ("gate", "add"): "Point",
    ("gate", "close"): "Point",
}
"""What may change how, and the geometry that says where; none where an id says it."""
LARGEST = 1e15
"""A number from here on is none that anybody means."""
NEEDED = {("facility", "add"): "category", ("facility", "move"): "id", ("facility", "close"): "id"}
"""The property that a change cannot do without."""
MENDS = {
    "name": msg("write a text"),
    "category": msg("write the id of a category"),
    "id": msg("write the id of a facility"),
}


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario from a GeoJSON FeatureCollection in WGS 84. Raises InputError with all faults."""
    scenario, faults = gathered(path)
    if faults:
        raise InputError(faults)
    return scenario


def gathered(path: str | Path) -> tuple[Scenario, list[Fault]]:
    """The changes of a file that can be read, and what is wrong with the others."""
    path = Path(path)
    nothing = Scenario(path.stem, ())
    try:
        raw = path.read_bytes()
    except OSError as error:
        fault = Fault(str(path), msg("cannot be read ({reason})", reason=reason(error)), msg("check the path"))
        return nothing, [fault]
    try:
        data = json.loads(raw.decode("utf-8-sig"))
        json.dumps(data, ensure_ascii=False).encode()  # escapes can hold halves of characters, which are no text
    except (ValueError, RecursionError) as error:
        what = msg("cannot be read as JSON ({reason})", reason=str(error))
        return nothing, [Fault(str(path), what, msg("export the scenario again"))]
    collection = isinstance(data, dict) and data.get("type") == "FeatureCollection"
    if not collection or not isinstance(data.get("features"), list):
        what = msg("no GeoJSON FeatureCollection")
        return nothing, [Fault(str(path), what, msg("export the scenario again"))]
    faults = list(_of_the_whole(str(path), data))
    changes = []
    for number, feature in enumerate(data["features"], start=1):
        where = msg("{file}: feature {number}", file=path.name, number=number)
        change, found = _change(where, feature)
        faults += found
        changes += [change] if change is not None else []
    about = data.get("lifecircle")
    told = proposals.read(about.get("proposals")) if isinstance(about, dict) else None
    scenario = Scenario(_name(data, path), _numbered(changes), path.name, hashlib.sha256(raw).hexdigest(), told)
    return scenario, faults


def _name(data: dict[str, Any], path: Path) -> str:
    about = data.get("lifecircle")
    given = about.get("name") if isinstance(about, dict) else None
    return " ".join(given.split()) if isinstance(given, str) and given.strip() else path.stem


def _of_the_whole(where: str, data: dict[str, Any]) -> Iterator[Fault]:
    about = data.get("lifecircle")
    about = about if isinstance(about, dict) else {}
    for key, value in {"kind": "scenario", "format": 1}.items():
        if about.get(key, value) != value:
            yield _not(where, f"lifecircle.{key}", about[key], msg("write {value}", value=_shown(value)))
    system = data.get("crs")
    if system is not None and not any(name in _shown(system) for name in ("CRS84", "4326")):
        yield _not(where, "crs", system, msg("write longitude and latitude in WGS 84"))


def _change(where: Message, feature: Any) -> tuple[Change | None, list[Fault]]:
    """A change, or what is wrong with it."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    what, change = properties.get("what"), properties.get("change")
    kinds = tuple(dict.fromkeys(kind for kind, _ in SHAPES))
    if what not in kinds:
        return None, [_not(where, "what", what, _one_of(kinds))]
    ways = tuple(way for kind, way in SHAPES if kind == what)
    if change not in ways:
        return None, [_not(where, "change", change, _one_of(ways))]
    faults = Faults()
    lonlat: tuple[tuple[float, float], ...] = ()
    with faults.gathered():
        lonlat = _lonlat(where, feature.get("geometry"), SHAPES[what, change])
    texts = dict.fromkeys(("category", "id", "name"), "")
    for key in ("name", *[key for kind, key in NEEDED.items() if kind == (what, change)]):
        with faults.gathered():
            texts[key] = _text(where, properties, key)
    with faults.gathered():
        size = _capacity(where, properties.get("capacity"))
    hours = ""
    with faults.gathered():
        hours = _hours(where, properties.get("hours"))
    if faults.found:
        return None, faults.found
    return Change(where, what, change, lonlat, texts["category"], texts["id"], texts["name"], size, hours), []


def _one_of(values: tuple[str, ...]) -> Message:
    return msg("write one of {values}", values=values)


def _not(where: Message | str, key: str, value: Any, mend: Message) -> Fault:
    """What stands at a key cannot be used."""
    if value is None:
        return Fault(where, msg("no “{key}”", key=key), mend)
    return Fault(where, msg("“{key}” is {value}", key=key, value=_shown(value)), mend)


def _shown(value: Any) -> str:
    """A value as it stands in the file."""
    return json.dumps(value, ensure_ascii=False)


def _text(where: Message, properties: dict[str, Any], key: str) -> str:
    value = properties.get(key)
    if value is None and key == "name":
        return ""
    given = str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST else value
    if not isinstance(given, str) or not given.strip():
        raise InputError(_not(where, key, value, MENDS[key]))
    return " ".join(given.split())


def _capacity(where: Message, value: Any) -> float:
    if value is None:
        return float("nan")
    if not _finite(value) or value < 0:
        raise InputError(_not(where, "capacity", value, msg("write a number from 0 on, or leave it out")))
    return float(value)


def _hours(where: Message, value: Any) -> str:
    hours = osm_hours(value) if isinstance(value, str) else ""
    if value is not None and not hours:
        raise InputError(_not(where, "hours", value, msg("write them like “Mo-Su 09:00-21:00”, or leave them out")))
    return hours


def _lonlat(where: Message, geometry: Any, shape: str) -> tuple[tuple[float, float], ...]:
    """The vertices of a geometry in degrees; none where none is needed."""
    if not shape:
        return ()
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != shape:
        raise InputError(_not(where, "geometry", kind, msg("draw a {shape}", shape=shape)))
    given = geometry.get("coordinates")
    vertices = [given] if shape == "Point" else given
    if not isinstance(vertices, list) or not all(_is_vertex(vertex) for vertex in vertices):
        mend = msg("write longitude before latitude, as numbers of degrees")
        raise InputError(_not(where, "coordinates", given, mend))
    lonlat = tuple((round(lon, DECIMALS), round(lat, DECIMALS)) for lon, lat, *_ in vertices)
    if shape == "LineString" and len(set(lonlat)) < 2:
        what = msg("a path of fewer than two points")
        raise InputError(Fault(where, what, msg("draw it from one street to another")))
    return lonlat


def _is_vertex(vertex: Any) -> bool:
    if not isinstance(vertex, list) or len(vertex) < 2 or not all(map(_finite, vertex)):
        return False
    return abs(vertex[0]) <= 180 and abs(vertex[1]) <= 90


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST


def _numbered(changes: list[Change]) -> tuple[Change, ...]:
    """The changes, each facility added or moved with the id that it gets."""
    number = 0
    out = []
    for change in changes:
        added = change.what == "facility" and change.change != "close"
        number += added
        out.append(replace(change, becomes=f"scenario/{number}") if added else change)
    return tuple(out)
