"""Ways to break a file that keep most of its structure, so that the damage gets past the first check."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import struct
import tempfile
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import yaml

Bundle = dict[str, bytes]
"""The parts of a file by name (a shapefile has several), the first the one that is opened."""
Mutator = Callable[[Bundle, Random], Bundle]

TEXTS = (
    "",
    " ",
    "NaN",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "-1",
    "0",
    "1e308",
    "99999999999999999999",
    "0x10",
    "1,5",
    "１２０",
    "120 人",
    '=HYPERLINK("http://x")',
    "<script>alert(1)</script>",
    "../../x",
    "null",
    "None",
    "true",
    "锟斤拷",
    "\ufffd",
    "\u202eabc",
    "a" * 5000,
    "'\";--",
    "{}",
    "{0}",
    "%s",
    "\t",
    "2024-01-01",
    "50100",
    "050000|060200",
    "180.0001",
    "-90.5",
    "1e-320",
    "\U0001f600",
    "\x00",
    "\x0b",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1e308,
    -1e308,
    10**30,
    0.1,
    "",
    "x",
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    float("nan"),
    float("inf"),
    "EPSG:4326",
    "EPSG:99999",
    "gcj02",
    "../x",
    "a" * 3000,
    [0, 0],
    [[0, 0], [1, 1]],
    "\u0000",
)


# Any bytes


def garbled(data: bytes, random: Random) -> bytes:
    """Bytes flipped, cut off, left out, doubled or filled with zeros."""
    if not data:
        return b"\x00"
    at, length = random.randrange(len(data)), random.choice((1, 2, 4, 16, 200))
    return random.choice(
        (
            lambda: _flipped(data, random),
            lambda: data[:at],
            lambda: data[:at] + data[at + length :],
            lambda: data[:at] + data[at : at + length] + data[at:],
            lambda: data[:at] + bytes(length) + data[at + length :],
            lambda: data[:at] + random.randbytes(length) + data[at + length :],
        )
    )()


def _flipped(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return b"".join((data[:at], bytes([data[at] ^ (1 << random.randrange(8))]), data[at + 1 :]))


def raw(bundle: Bundle, random: Random) -> Bundle:
    """One part of a file garbled, left out or emptied."""
    name = random.choice(list(bundle))
    if len(bundle) > 1 and random.random() < 0.1:
        return {part: data for part, data in bundle.items() if part != name}
    return {**bundle, name: b"" if random.random() < 0.03 else garbled(bundle[name], random)}


def _main(change: Callable[[bytes, Random], bytes]) -> Mutator:
    def mutate(bundle: Bundle, random: Random) -> Bundle:
        if random.random() < 0.15:
            return raw(bundle, random)
        name = next(iter(bundle))
        return {**bundle, name: change(bundle[name], random)}

    return mutate


# Trees


def _nodes(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path]
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        found += _nodes(value, (*path, key))
    return found


def _broken_tree(tree: Any, random: Random) -> Any:
    nodes = [path for path in _nodes(tree) if path]
    if not nodes:
        return random.choice(VALUES)
    # the depth first, so that the many coordinates do not hide the few keys
    depth = random.choice(sorted({len(path) for path in nodes}))
    path = random.choice([path for path in nodes if len(path) == depth])
    parent = tree
    for key in path[:-1]:
        parent = parent[key]
    kind = random.randrange(5)
    if kind == 0:
        del parent[path[-1]]
    elif kind == 1 and isinstance(parent, list):
        parent.insert(random.randrange(len(parent) + 1), parent[path[-1]])
    elif kind == 2 and isinstance(parent, dict):
        parent[random.choice(["x", "id", "coordinates", "type", "\u0000", "a" * 300])] = parent[path[-1]]
    elif kind == 3:
        for _ in range(random.choice((3, 50, 400))):
            parent[path[-1]] = [parent[path[-1]]]
    else:
        parent[path[-1]] = random.choice(VALUES)
    return tree


def _json(data: bytes, random: Random) -> bytes:
    tree = json.loads(data)
    for _ in range(random.choice((1, 1, 1, 3))):
        tree = _broken_tree(tree, random)
    return json.dumps(tree, ensure_ascii=random.random() < 0.5).encode(random.choice(("utf-8",) * 5 + ("utf-16",)))


def _yaml(data: bytes, random: Random) -> bytes:
    if random.random() < 0.2:
        lines = data.decode().splitlines(keepends=True)
        at = random.randrange(len(lines))
        lines.insert(
            at, random.choice((lines[at], "\t" + lines[at], "&a [*a]\n", "? ? :\n", "- x\n", "!!python/none x\n"))
        )
        return "".join(lines).encode()
    quoted = random.choice((None, '"'))  # codes need quotes
    return yaml.safe_dump(_broken_tree(yaml.safe_load(data), random), allow_unicode=True, default_style=quoted).encode()


# Tables


def _csv(data: bytes, random: Random) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=random.choice(",,,,;\t|")).writerows(_broken_rows(_rows(data), random))
    encoded = text.getvalue().encode(random.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030", "utf-16")), "replace")
    return garbled(encoded, random) if random.random() < 0.1 else encoded


def _rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def _broken_rows(rows: list[list[str]], random: Random) -> list[list[str]]:
    for _ in range(random.choice((1, 1, 2, 4))):
        r, c = random.randrange(len(rows)), random.randrange(max(len(rows[0]), 1))
        kind = random.randrange(9)
        if kind <= 3 and c < len(rows[r]):
            rows[r][c] = random.choice(TEXTS)
        elif kind == 4:
            rows.insert(r, random.choice([list(rows[r]), [], ["合计"], ["某园区设施一览表"], [""] * len(rows[0])]))
        elif kind == 5 and len(rows) > 1:
            del rows[r]
        elif kind == 6:
            rows = [row[:c] + row[c + 1 :] for row in rows]
        elif kind == 7:
            other = random.randrange(max(len(rows[0]), 1))
            for row in rows:
                if max(c, other) < len(row):
                    row[c], row[other] = row[other], row[c]
        elif c < len(rows[0]):
            rows[0][c] = random.choice((*TEXTS, rows[0][random.randrange(len(rows[0]))]))
    return rows or [[]]


def _xlsx(data: bytes, random: Random) -> bytes:
    if random.random() < 0.3:
        return _zipped(data, random)
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book.active
    assert sheet is not None
    for _ in range(random.choice((1, 1, 3))):
        r, c = random.randrange(1, sheet.max_row + 1), random.randrange(1, sheet.max_column + 1)
        kind = random.randrange(7)
        if kind <= 2:
            text = random.choice((*TEXTS, 1e308, -1, True, "=1/0", "=A1"))
            sheet.cell(r, c).value = text if not isinstance(text, str) else text.replace("\x00", "").replace("\x0b", "")
        elif kind == 3:
            sheet.insert_rows(r, random.choice((1, 3)))
        elif kind == 4:
            sheet.delete_cols(c)
        elif kind == 5:
            sheet.merge_cells(start_row=r, start_column=c, end_row=r + random.randrange(3), end_column=c + 1)
        else:
            book.create_sheet(random.choice(("说明", "Sheet2", "x"))).append([random.choice(TEXTS[:20])])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _zipped(data: bytes, random: Random) -> bytes:
    """One entry of a zip file garbled, left out or renamed."""
    with zipfile.ZipFile(io.BytesIO(data)) as box:
        entries = {name: box.read(name) for name in box.namelist()}
    name = random.choice(list(entries))
    kind = random.randrange(4)
    if kind == 0:
        del entries[name]
    elif kind == 1:
        entries[random.choice(("../../x", "a" * 200, "设施.shp"))] = entries.pop(name)
    else:
        entries[name] = garbled(entries[name], random)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        for entry, content in entries.items():
            box.writestr(entry, content)
    return out.getvalue()


# XML


def _xml(data: bytes, random: Random) -> bytes:
    if random.random() < 0.1:
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        at = data.find(b"?>") + 2
        return data[:at] + bomb + data[at:].replace(b'v="', b'v="&b;', random.choice((0, 3)))
    root = ET.fromstring(data)
    parents = [node for node in root.iter() if len(node)]
    for _ in range(random.choice((1, 1, 2, 5))):
        parent = random.choice(parents)
        if not len(parent):
            continue
        child = parent[random.randrange(len(parent))]
        kind = random.randrange(6)
        if kind == 0:
            parent.remove(child)
        elif kind == 1:
            parent.insert(0, child)
        elif kind == 2:
            child.tag = random.choice(("node", "way", "relation", "nd", "tag", "x"))
        elif kind == 3 and child.attrib:
            del child.attrib[random.choice(sorted(child.attrib))]
        elif child.attrib:
            key = random.choice(sorted(child.attrib))
            child.attrib[key] = "".join(c for c in random.choice(TEXTS) if c.isprintable())
        else:
            child.text = "".join(c for c in random.choice(TEXTS) if c.isprintable())
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


# OpenStreetMap's PBF: blobs of compressed messages


def _pbf(data: bytes, random: Random) -> bytes:
    from lifecircle.sources.pbf import _message

    blobs, at = [], 0
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        header = _message("BlobHeader").FromString(data[at + 4 : at + 4 + size])
        begin = at + 4 + size
        blobs.append((bytes(header.type), _message("Blob").FromString(data[begin : begin + header.datasize])))
        at = begin + header.datasize
    n = random.randrange(len(blobs))
    kind, blob = blobs[n]
    content = zlib.decompress(blob.zlib_data) if blob.HasField("zlib_data") else bytes(blob.raw)
    for _ in range(random.choice((1, 1, 4, 20))):
        content = garbled(content, random) if random.random() < 0.2 else _flipped(content, random)
    blobs[n] = (kind, _message("Blob")(zlib_data=zlib.compress(content)))
    if random.random() < 0.1:
        blobs.insert(random.randrange(len(blobs)), random.choice(blobs))
    out = b""
    for kind, blob in blobs:
        body = blob.SerializeToString()
        header = _message("BlobHeader")(type=kind, datasize=len(body)).SerializeToString()
        out += struct.pack(">I", len(header)) + header + body
    return out


# Vector files of several parts, databases, rasters


def shapefile(bundle: Bundle, random: Random) -> Bundle:
    """A shapefile whose parts disagree: counts, code pages, coordinate systems, shapes."""
    parts = dict(bundle)
    by_suffix = {Path(name).suffix: name for name in parts}
    kind = random.randrange(7)
    if kind == 0:
        parts[by_suffix[".dbf"]] = _patched(parts[by_suffix[".dbf"]], random, (0, 4, 8, 10, 29, 32 + 11, 32 + 16))
    elif kind == 1:
        shp = parts[by_suffix[".shp"]]
        parts[by_suffix[".shp"]] = _patched(shp, random, (0, 24, 32, 36, 100, 104, 108, 112, 144, 148, 152, 156))
    elif kind == 2:
        cpg = Path(next(iter(parts))).stem + ".cpg"
        parts[cpg] = random.choice((b"GBK", b"UTF-8", b"65001", b"936", b"ISO-8859-1", b"xyz", b"\xff" * 30, b""))
    elif kind == 3 and ".prj" in by_suffix:
        prj = parts[by_suffix[".prj"]].decode()
        parts[by_suffix[".prj"]] = prj.replace(
            *random.choice((("GEOGCS", "PROJCS"), ("0.0174", "0"), ("[", "("), ("WGS", "X")))
        ).encode()
    elif kind == 4 and len(parts) > 1:
        del parts[random.choice(list(parts)[1:])]
    else:
        return raw(parts, random)
    return parts


def _patched(data: bytes, random: Random, offsets: tuple[int, ...]) -> bytes:
    at = random.choice(offsets)
    value = random.choice((b"\x00", b"\xff", b"\x7f", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f", b"\x01\x00\x00\x00"))
    return data[:at] + value + data[at + len(value) :]


def _gpkg(data: bytes, random: Random) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.gpkg"
        path.write_bytes(data)
        base = sqlite3.connect(path)
        table = base.execute("select table_name from gpkg_contents").fetchone()[0]
        column = base.execute("select column_name from gpkg_geometry_columns").fetchone()[0]
        statement = random.choice(
            (
                f'update "{table}" set "{column}" = null where rowid % 3 = 0',
                f'update "{table}" set "{column}" = substr("{column}", 1, {random.randrange(1, 80)}) where rowid = 1',
                f'update "{table}" set "{column}" = x\'{random.randbytes(60).hex()}\' where rowid = 2',
                f"update gpkg_geometry_columns set srs_id = {random.choice((0, -1, 4326, 4549, 99999))}",
                "update gpkg_geometry_columns set geometry_type_name = 'POINT'",
                f'delete from "{table}"',
                f'drop table "{table}"',
                "delete from gpkg_spatial_ref_sys",
                f"update gpkg_contents set table_name = '{random.choice(('x', '设施'))}'",
            )
        )
        try:
            base.execute(statement)
            base.commit()
        except sqlite3.Error:
            pass
        base.close()
        return path.read_bytes() if random.random() < 0.8 else garbled(path.read_bytes(), random)


def _tif(data: bytes, random: Random) -> bytes:
    import numpy as np
    import rasterio
    from rasterio.io import MemoryFile

    with MemoryFile(data) as memory, memory.open() as source:
        profile, cells = source.profile, source.read()
    profile.pop("blockxsize", None)
    profile.pop("blockysize", None)
    profile["tiled"] = False
    kind = random.randrange(7)
    if kind == 0:
        cells = cells.astype("float64")
        profile["dtype"] = "float64"
        cells.ravel()[random.randrange(cells.size)] = random.choice((np.nan, np.inf, -1.0, 1e300, -9999.0))
    elif kind == 1:
        profile["nodata"] = (
            random.choice((None, 0, 1, 255)) if profile["dtype"] == "uint8" else random.choice((None, 0, -9999, np.nan))
        )
    elif kind == 2:
        profile["crs"] = random.choice((None, "EPSG:4326", "EPSG:3857", "EPSG:4549", "EPSG:4978"))
    elif kind == 3:
        t = profile["transform"]
        turned = (
            (t.a, 1e-3, t.c, 1e-3, t.e, t.f),
            (0, 0, t.c, 0, 0, t.f),
            (-t.a, 0, t.c, 0, -t.e, t.f),
            (t.a * 1e6, 0, t.c, 0, t.e, t.f),
        )
        profile["transform"] = rasterio.Affine(*random.choice(turned))
    elif kind == 4:
        cells = np.concatenate([cells, cells])
        profile["count"] = len(cells)
    elif kind == 5:
        profile["dtype"] = random.choice(("int8", "uint16", "int16", "float32", "complex64"))
        cells = cells.astype(profile["dtype"])
        profile["nodata"] = None
    with MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.write(cells)
        out = bytes(memory.read())
    return garbled(out, random) if kind == 6 else out


json_tree, yaml_tree, csv_table, xlsx_book = map(_main, (_json, _yaml, _csv, _xlsx))
zip_box, xml_tree, osm_pbf, gpkg_base, tif_raster = map(_main, (_zipped, _xml, _pbf, _gpkg, _tif))
