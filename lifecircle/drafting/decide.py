"""From what lies in a folder to the parts of a site file, and what could not be decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio.warp
import shapely

from lifecircle.drafting.coords import ELSEWHERE, Situated, is_near, situate
from lifecircle.drafting.evidence import weigher
from lifecircle.drafting.folder import VECTORS, Folder, Layer
from lifecircle.drafting.roles import Choice, Part, meanings_of, said, use_of_land, vendor_of
from lifecircle.errors import Fault, InputError
from lifecircle.messages import Message, msg
from lifecircle.model import Floats, Standard
from lifecircle.sources.osm import Extract, read_osm
from lifecircle.sources.rasters import opened

ORDER = ("boundary", "osm", "network", "demand", "buildings", "facilities", "walls", "gates", "enclosures", "walking")
MANY = ("demand", "facilities")
"""Parts that a site can have several of."""
GUESSES = {
    "points": ("gates", "demand", "facilities"),
    "lines": ("walls", "network"),
    "polygons": ("boundary", "enclosures", "demand"),
    "rows": (),
}
"""What a layer could be of which nothing tells what it is."""
FORMS = {
    "points": msg("points"),
    "lines": msg("lines"),
    "polygons": msg("polygons"),
    "rows": msg("rows without a place"),
}
GROUND = ("dem", "dtm", "dsm", "srtm", "高程", "elev", "slope", "坡")
MOST_NAMES = 10
Meanings = tuple[Part, ...]
"""What a layer could be, the likeliest first."""
MISSING_OSM = Path("streets.osm.pbf")


@dataclass(frozen=True)
class Undecided:
    """A file that is not used, why, and what it could be."""

    file: Path
    why: Message
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Draft:
    """The parts of a site file, in its order."""

    name: str
    parts: tuple[Part, ...]
    undecided: tuple[Undecided, ...]

    def told(self) -> Iterator[Message]:
        """A line for every file: what it is taken for, or why it is not used."""
        for part in self.parts:
            yield msg("{part}: {file} ({why})", part=part.key, file=part.file.name, why=part.why[-1])
        for each in self.undecided:
            yield msg("not used: {file}: {why}", file=each.file.name, why=each.why)


def decide(folder: Folder, standard: Standard) -> Draft:
    """What the files of a folder are for a site. Raises InputError where none is its outline."""
    extract, undecided = _extract(folder)
    bounds = _outline_bounds(folder.layers) if extract is None else _bounds(extract)
    looked = [_layer(layer, bounds, standard) for layer in folder.layers]
    looked += [_raster(raster, bounds) for raster in folder.rasters]
    meant = [found for found in looked if not isinstance(found, Undecided)]
    chosen, passed = _chosen([_streets(folder, extract), *_likeliest(meant)])
    undecided += [found for found in looked if isinstance(found, Undecided)]
    undecided += [*passed, *(Undecided(path, why) for path, why in folder.unread)]
    _check_boundary(folder, chosen)
    if extract is not None:
        chosen = _weighed(chosen, extract)
    return Draft(_name(folder, chosen), tuple(chosen), tuple(undecided))


def _extract(folder: Folder) -> tuple[Extract | None, list[Undecided]]:
    """The largest extract that can be read, and those that are not taken."""
    undecided, read = [], None
    for path in sorted(folder.extracts, key=lambda path: (-path.stat().st_size, path)):
        if read is not None:
            undecided.append(Undecided(path, msg("another extract is larger"), (Part("osm", {"file": path}, ()),)))
            continue
        try:
            read = read_osm(path)
        except InputError as error:
            undecided.append(Undecided(path, error.faults[0].what))
    return read, undecided


def _streets(folder: Folder, extract: Extract | None) -> Part:
    if extract is not None:
        return Part("osm", {"file": extract.path}, (msg("streets, buildings and places"),))
    why = msg("no extract is in the folder: `lifecircle fetch` with this site file gets it once, with a network")
    return Part("osm", {"file": folder.path / MISSING_OSM}, (why,))


def _bounds(extract: Extract) -> Floats:
    lonlat = extract.elements.node_lonlat
    return np.array(extract.bounds or (*lonlat.min(axis=0), *lonlat.max(axis=0)), dtype=float)


def _outline_bounds(layers: Sequence[Layer]) -> Floats | None:
    """Where the site is in degrees by its outline, where the streets do not say it."""
    ranked = sorted(layers, key=lambda layer: (said(layer) != "boundary", layer.form != "polygons"))
    found = (situate(layer, None).shapes for layer in ranked)
    return next((shapely.total_bounds(shapes) for shapes in found if len(shapes)), None)


def _layer(layer: Layer, bounds: Floats | None, standard: Standard) -> Meanings | Undecided:
    if layer.form == "rows":
        return Undecided(layer.path, _of(layer, msg("no coordinates were recognised")))
    situated = situate(layer, bounds, vendor_of(layer))
    if not len(situated.shapes):
        return Undecided(layer.path, _of(layer, situated.why))
    use = use_of_land(layer)
    if use is not None:
        return _land_use(layer, situated, use)
    meanings = tuple(_filled(part, layer, situated) for part in meanings_of(layer, situated, standard))
    if meanings:
        return meanings
    why = msg("{form}: {count}; nothing tells what they are", form=FORMS[layer.form], count=len(layer.drawn))
    guesses = (_filled(Part(key, _blank(key), ()), layer, situated) for key in GUESSES[layer.form])
    return Undecided(layer.path, _of(layer, why), tuple(guesses))


def _land_use(layer: Layer, situated: Situated, use: str) -> Undecided:
    """What its words mean only the planner knows."""
    words = tuple(sorted(set(layer.frame[use].dropna().astype(str)))[:MOST_NAMES])
    why = msg("land use: write in `uses:` what the words of {column} mean: {words}", column=use, words=words)
    blank = {"use": use, "uses": {"production": [], "living": [], "ecology": [], "green": [], "vacant": []}}
    return Undecided(layer.path, _of(layer, why), (_filled(Part("landuse", blank, ()), layer, situated),))


def _of(layer: Layer, why: Message) -> Message:
    """A sentence about a layer, by its name where the file has several."""
    return msg("layer {layer}: {why}", layer=layer.layer, why=why) if layer.layer else why


def _blank(key: str) -> dict[str, str]:
    """What a part of that key needs beside its file."""
    return {"demand": {"kind": "dormitory"}, "facilities": {"category": "canteen"}}.get(key, {})


def _filled(part: Part, layer: Layer, situated: Situated) -> Part:
    """A part with its file, layer and coordinates."""
    where = {"file": layer.path, "layer": layer.layer, "coords": situated.coords}
    counted = msg("{form}: {count}", form=FORMS[layer.form], count=len(layer.drawn))
    values = {key: value for key, value in where.items() if value is not None} | dict(part.values)
    beside = {"coords": situated.why} if situated.coords is not None else {}
    choices: tuple[Choice, ...] = ()
    if part.key == "boundary" and len(layer.drawn) > 1:
        choices = tuple(_single(layer))
    if part.key == "facilities":
        choices = (
            Choice({"complete": True}, msg("only if the list holds every facility of its categories; you decide")),
        )
    return replace(part, values=values, why=(counted, *part.why), beside=beside, choices=choices, situated=situated)


def _single(layer: Layer) -> Iterator[Choice]:
    """One feature of several, by its name."""
    for name in sorted(set(layer.texts("name")))[:MOST_NAMES]:
        yield Choice({"where": f"{layer.roles['name']}={name}"}, msg("only this one; without it all are joined"))


def _raster(path: Path, bounds: Floats | None) -> Meanings | Undecided:
    try:
        with opened(path) as raster:
            here = rasterio.warp.transform_bounds(raster.crs, 4326, *raster.bounds)
    except InputError as error:
        return Undecided(path, error.faults[0].what)
    if not is_near(np.array([shapely.box(*here)], dtype=object), bounds):
        return Undecided(path, ELSEWHERE)
    part = Part("demand", {"raster": path, "kind": "housing", "count": "people"}, (msg("a raster of people"),))
    heights = Part("walking", {"dem": path}, ())
    if any(word in path.stem.lower() for word in GROUND):
        return Undecided(path, msg("a raster of heights; with it slopes count in walking times"), (heights,))
    if any(word in path.stem.lower() for word in ("pop", "人口", "people", "居民")):
        return (part,)
    return Undecided(path, msg("a raster of which nothing tells what it holds"), (part, heights))


def _likeliest(meant: Sequence[Meanings]) -> list[Part]:
    """The first meaning of each layer; where none is the outline, the largest that could be one is."""
    first = [meanings[0] for meanings in meant]
    if any(part.key == "boundary" for part in first):
        return first
    outlines = [(part.size, i, part) for i, meanings in enumerate(meant) for part in meanings if part.key == "boundary"]
    if outlines:
        _, i, outline = max(outlines, key=lambda found: found[:2])
        first[i] = outline
    return first


def _chosen(parts: Sequence[Part]) -> tuple[list[Part], list[Undecided]]:
    """The parts in the order of a site file, the plainest of those that a site has one of; and the others."""
    ranked = sorted(parts, key=lambda part: (ORDER.index(part.key), -part.weight, -part.size, str(part.values)))
    chosen: list[Part] = []
    passed: list[Undecided] = []
    for part in ranked:
        taken = {each.key for each in chosen}
        if part.key in taken and part.key not in MANY:
            passed.append(Undecided(part.file, msg("another file is taken as `{key}:`", key=part.key), (part,)))
        elif part.key == "network" and "osm" in taken:
            passed.append(Undecided(part.file, msg("streets come from the extract"), (part,)))
        elif part.key == "demand" and _is_again(part, chosen):
            passed.append(Undecided(part.file, msg("people of this kind are counted already"), (part,)))
        else:
            chosen.append(part)
    return chosen, passed


def _is_again(part: Part, chosen: Sequence[Part]) -> bool:
    """Places without counts, or a raster, of a kind of which others are counted."""
    counted = {each.values["kind"] for each in chosen if each.key == "demand" and each.counted}
    return ("raster" in part.values or not part.counted) and part.values["kind"] in counted


def _weighed(parts: Sequence[Part], extract: Extract) -> list[Part]:
    """The parts with coordinates as they fit the map, where that tells another system than was assumed."""
    [outline] = (part for part in parts if part.key == "boundary")
    assert outline.situated is not None
    weigh = weigher(extract, shapely.union_all(shapely.convex_hull(outline.situated.shapes)))
    out = []
    for part in parts:
        found = None if part.situated is None else weigh(part.situated)
        if found is not None and found is not part.situated:
            values, beside = {**part.values, "coords": found.coords}, {"coords": found.why}
            part = replace(part, values=values, beside=beside, situated=found)
        out.append(part)
    return out


def _check_boundary(folder: Folder, chosen: Sequence[Part]) -> None:
    if any(part.key == "boundary" for part in chosen):
        return
    read = len(folder.layers) + len(folder.extracts) + len(folder.rasters)
    if not read:
        what = msg("holds no file that can be used ({count} {count:other file|other files})", count=len(folder.unread))
        mend = msg("put the outline of the site in it, as GeoJSON, a shapefile, KML or DXF")
        raise InputError(Fault(str(folder.path), what, mend))
    mend = msg("draw it as a polygon and name the file or layer 边界, 红线 or boundary")
    broken = [(path, why) for path, why in folder.unread if path.suffix.lower() in VECTORS]
    reasons = [Fault(str(path), why, msg("if it is the outline, mend it")) for path, why in broken]
    raise InputError([Fault(str(folder.path), msg("no file is the outline of the site"), mend), *reasons])


def _name(folder: Folder, chosen: Sequence[Part]) -> str:
    """The name on the outline, else the folder's."""
    [boundary] = (part for part in chosen if part.key == "boundary")
    names = {
        text
        for layer in folder.layers
        if layer.path == boundary.file and layer.layer == boundary.values.get("layer")
        for text in layer.texts("name")
    }
    return names.pop()[:200] if len(names) == 1 else folder.path.resolve().name
