"""Overpass on the loopback: answers the queries that osmnx sends from an extract, and nothing else.

It knows statements such as ``way["highway"]["area"!~"yes"](poly:'lat lon ...')``, ``>`` and ``out``.
An area holds a node inside it, a way that meets it, and a relation with such a member.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import osmium
import shapely

STATEMENT = re.compile(r"(node|way|relation)((?:\[[^\]]*\])+)\(poly:'([^']*)'\)")
FILTER = re.compile(r"""\[(["'])(.+?)\1(?:(=|~|!~)(["'])(.*?)\4)?\]""")
LONGEST = 1_000_000
"""Bytes of a request that are read."""
DATE = "2024-05-06T07:08:09Z"

Element = dict[str, Any]
Key = tuple[str, int]


class Extract:
    """An extract in memory, as Overpass's JSON tells it."""

    def __init__(self, path: Path) -> None:
        self.elements: dict[Key, Element] = {}
        for entity in osmium.FileProcessor(str(path)):
            element = _element(entity)
            self.elements[element["type"], element["id"]] = element
        self.shapes = {key: self._shape(element) for key, element in self.elements.items() if key[0] != "relation"}

    def _shape(self, element: Element) -> shapely.Geometry:
        if element["type"] == "node":
            return shapely.Point(element["lon"], element["lat"])
        known = [self.elements["node", ref] for ref in element["nodes"] if ("node", ref) in self.elements]
        xy = np.array([(node["lon"], node["lat"]) for node in known]).reshape(-1, 2)
        return shapely.LineString(xy) if len(xy) > 1 else shapely.MultiPoint(xy)

    def answer(self, query: str) -> list[Element]:
        """The elements of a union of statements, each with everything below it."""
        found: set[Key] = set()
        for kind, filters, polygon in STATEMENT.findall(query):
            passes = _filter(filters)
            area = _polygon(polygon)
            shapely.prepare(area)
            found |= {
                key
                for key, element in self.elements.items()
                if key[0] == kind and passes(element) and self._in(area, key)
            }
        return [self.elements[key] for key in sorted(self._with_members(found))]

    def _in(self, area: shapely.Geometry, key: Key) -> bool:
        if key[0] != "relation":
            return bool(area.intersects(self.shapes[key]))
        return any(area.intersects(self.shapes[member]) for member in self._members(key) if member in self.shapes)

    def _members(self, key: Key) -> list[Key]:
        element = self.elements[key]
        members = [("node", ref) for ref in element.get("nodes", [])]
        members += [(member["type"], member["ref"]) for member in element.get("members", [])]
        return [member for member in members if member in self.elements]

    def _with_members(self, found: set[Key]) -> set[Key]:
        below = {m for key in found for m in self._members(key) if m[0] != "relation"}
        nodes = {m for key in below for m in self._members(key)}
        return found | below | nodes


def _element(entity: Any) -> Element:
    kind = {"n": "node", "w": "way", "r": "relation"}[entity.type_str()]
    element: Element = {"type": kind, "id": entity.id}
    if kind == "node":
        element |= {"lat": entity.location.lat, "lon": entity.location.lon}
    elif kind == "way":
        element["nodes"] = [node.ref for node in entity.nodes]
    else:
        kinds = {"n": "node", "w": "way", "r": "relation"}
        element["members"] = [{"type": kinds[m.type], "ref": m.ref, "role": m.role} for m in entity.members]
    tags = {tag.k: tag.v for tag in entity.tags}
    return element | ({"tags": tags} if tags else {})


def _filter(text: str) -> Callable[[Element], bool]:
    tests = [(key, operator, value) for _, key, operator, _, value in FILTER.findall(text)]
    assert "".join(match.group() for match in FILTER.finditer(text)) == text, f"not understood: {text}"

    def passes(element: Element) -> bool:
        tags = element.get("tags", {})
        for key, operator, value in tests:
            given = tags.get(key)
            hit = given is not None and (
                given == value if operator == "=" else bool(re.search(value, given)) if operator else True
            )
            if hit == (operator == "!~"):
                return False
        return True

    return passes


def _polygon(text: str) -> shapely.Geometry:
    latlon = np.array(text.split(), dtype=float).reshape(-1, 2)
    return shapely.Polygon(latlon[:, ::-1])


@dataclass
class Server:
    """A running server: where it is, what it was asked, and what it says first instead of an answer."""

    url: str
    queries: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    script: list[tuple[int, str]] = field(default_factory=list)
    """Status and body of the next answers to queries; when it is used up, the extract answers."""


@contextmanager
def serving(path: Path) -> Iterator[Server]:
    """Serve an extract on 127.0.0.1 while the block runs."""
    extract = Extract(path)

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_HEAD(self) -> None:
            self._send(200, "")

        def do_POST(self) -> None:
            if self.path != "/api/interpreter":
                self._send(404, "")
                return
            body = self.rfile.read(min(int(self.headers["Content-Length"]), LONGEST)).decode()
            query = parse_qs(body)["data"][0]
            server.queries.append(query)
            server.agents.append(self.headers["User-Agent"])
            if server.script:
                self._send(*server.script.pop(0))
                return
            answer = {"version": 0.6, "osm3s": {"timestamp_osm_base": DATE}, "elements": extract.answer(query)}
            self._send(200, json.dumps(answer))

        def _send(self, status: int, body: str) -> None:
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{http.server_port}/api")
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
