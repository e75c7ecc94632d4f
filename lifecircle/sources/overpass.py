"""Fetch an extract from Overpass once, through osmnx, so that every later run is offline and repeatable."""

from __future__ import annotations

import contextlib
import itertools
import socket
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import osmium
import requests
import shapely

from lifecircle.errors import Fault, InputError, OutputError, SourceUnreachable
from lifecircle.messages import msg
from lifecircle.site import read_site_file
from lifecircle.sources.boundary import in_degrees, outline, read_features, study_bounds
from lifecircle.sources.osm import check_room
from lifecircle.sources.places import keys_of
from lifecircle.standard import load_standard, profile_of

OVERPASS_URL = "https://overpass-api.de/api"
USER_AGENT = "lifecircle (Python package)"
FORMATS = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2")
CONNECT_S = 5
BUSY = (429, 504)
BUSY_ANSWERS = 10
"""osmnx asks again 55 s after each of these."""
BYTES = 500
"""More than an element takes in a file, as a rule."""
KINDS = ("node", "way", "relation")

Bounds = tuple[float, float, float, float]
Element = dict[str, Any]


def fetch_site(path: str | Path, *, overpass_url: str | None = None, cache: str | Path | None = None) -> Path:
    """Fetch the extract that a site file names under ``osm:``; a file that is already there stays as it is.

    Returns the extract's path. Raises InputError, SourceUnreachable and OutputError.
    """
    site = read_site_file(path, absent=("osm.file",))
    if site.osm is None:
        raise InputError(Fault(str(path), msg("names no file to fetch"), msg("add `osm: NAME.osm.pbf`")))
    if site.osm.file.exists():
        return site.osm.file
    standard = load_standard(site.standard)
    shape, _ = outline(read_features(site.boundary).frame, str(site.boundary.file))
    bounds = study_bounds(shape, profile_of(standard, site.profile))
    return fetch(bounds, site.osm.file, keys_of(standard), overpass_url=overpass_url, cache=cache)


def fetch(
    bounds: Bounds,
    path: Path,
    keys: Sequence[str],
    *,
    overpass_url: str | None = None,
    cache: str | Path | None = None,
) -> Path:
    """Write every street and every object with one of the keys within bounds to an extract.

    ``bounds`` are west, south, east, north in degrees and become the extract's own. ``cache`` is a folder
    for the server's answers; without one they are not kept. The suffix of ``path`` picks the format.
    Raises InputError, SourceUnreachable and OutputError.
    """
    if not path.name.lower().endswith(FORMATS):
        what, mend = msg("not an OpenStreetMap file by its name"), msg("use {suffixes}", suffixes=FORMATS)
        raise InputError(Fault(str(path), what, mend))
    url = overpass_url or OVERPASS_URL
    _check_reachable(url)
    answers = _answers(url, bounds, keys, cache)
    found = _elements(url, answers)
    if not found:
        what, mend = msg("OpenStreetMap holds nothing here"), msg("check the boundary's coordinates")
        raise InputError(Fault(in_degrees(*bounds), what, mend))
    _write(found, path, bounds, _data_date(answers))
    return path


def _check_reachable(url: str) -> None:
    """A short look whether anyone is there: osmnx alone would wait a minute. Any answer will do."""
    try:
        requests.head(f"{url.rstrip('/')}/status", timeout=CONNECT_S, headers={"User-Agent": USER_AGENT})
    except requests.ReadTimeout:
        return
    except requests.ConnectionError:
        told = msg("{url}: cannot be reached; check the connection, or name another server", url=url)
        raise SourceUnreachable(told) from None
    except requests.RequestException as error:
        raise SourceUnreachable(msg("{url}: cannot be reached ({reason})", url=url, reason=_line(error))) from None


def _answers(url: str, bounds: Bounds, keys: Sequence[str], cache: str | Path | None) -> list[dict[str, Any]]:
    busy = itertools.count(1)

    def look(response: requests.Response, *_: Any, **__: Any) -> None:
        if response.status_code not in BUSY:
            response.raise_for_status()
        elif next(busy) >= BUSY_ANSWERS:
            answer = f"{response.status_code} {response.reason}"
            raise SourceUnreachable(msg("{url}: too busy ({answer}); try again later", url=url, answer=answer))

    with _settings(
        overpass_url=url,
        overpass_rate_limit=url == OVERPASS_URL,
        doh_url_template=None,
        http_user_agent=USER_AGENT,
        http_referer="",
        requests_kwargs={"hooks": {"response": look}},
        use_cache=cache is not None,
        cache_folder=cache or "",
        cache_only_mode=False,
    ):
        try:
            answers = list(_ask(bounds, keys))
        except (requests.RequestException, ValueError) as error:
            raise SourceUnreachable(msg("{url}: refused ({reason})", url=url, reason=_line(error))) from None
    for answer in answers:
        if "remark" in answer:
            raise SourceUnreachable(msg("{url}: the server gave up ({remark})", url=url, remark=answer["remark"]))
    return answers


def _ask(bounds: Bounds, keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The answers as Overpass gives them.

    osmnx's public functions make graphs and frames of them and leave out what those cannot hold (tags,
    remarks, relations of lines), hence these two of its inner ones.
    """
    from osmnx import _overpass

    area = shapely.box(*bounds)
    yield from _overpass._download_overpass_network(area, "walk", '["highway"]')
    yield from _overpass._download_overpass_features(area, dict.fromkeys(keys, True))


@contextlib.contextmanager
def _settings(**changes: Any) -> Iterator[None]:
    """osmnx's settings are global, and it binds a server's name to one address: both are put back."""
    from osmnx import settings

    before = {name: getattr(settings, name) for name in changes}
    resolve = socket.getaddrinfo
    try:
        for name, value in changes.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolve


def _line(error: Exception) -> str:
    """The gist of a library's error in one short line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _elements(url: str, answers: Iterable[dict[str, Any]]) -> list[Element]:
    """Every element once: nodes, ways, relations, each by id."""
    try:
        found = {(KINDS.index(e["type"]), int(e["id"])): e for answer in answers for e in answer["elements"]}
    except (KeyError, TypeError, ValueError):
        raise SourceUnreachable(msg("{url}: answered something else than map elements", url=url)) from None
    return [found[key] for key in sorted(found)]


def _data_date(answers: Iterable[dict[str, Any]]) -> str | None:
    """The oldest date of the data among the answers."""
    return min((date for a in answers if (date := a.get("osm3s", {}).get("timestamp_osm_base"))), default=None)


def _write(elements: Sequence[Element], path: Path, bounds: Bounds, date: str | None) -> None:
    """Write to a temporary name and move into place."""
    header = osmium.io.Header()
    header.set("generator", "lifecircle")
    header.add_box(osmium.osm.Box(*bounds))
    if date is not None:
        header.set("osmosis_replication_timestamp", date)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            part = Path(folder) / path.name
            check_room(part.parent, BYTES * len(elements))
            with osmium.SimpleWriter(part, header=header) as writer:
                for element in elements:
                    _add(writer, element)
            part.replace(path)
    except OutputError:
        raise
    except (OSError, RuntimeError) as error:
        raise OutputError(msg("{path}: cannot be written ({reason})", path=path, reason=_line(error))) from None


def _add(writer: Any, element: Element) -> None:
    id, tags = element["id"], element.get("tags", {})
    if element["type"] == "node":
        writer.add_node(osmium.osm.mutable.Node(id=id, location=(element["lon"], element["lat"]), tags=tags))
    elif element["type"] == "way":
        writer.add_way(osmium.osm.mutable.Way(id=id, nodes=element.get("nodes", []), tags=tags))
    else:
        members = [(m["type"][0], m["ref"], m["role"]) for m in element.get("members", [])]
        writer.add_relation(osmium.osm.mutable.Relation(id=id, members=members, tags=tags))
