"""OpenStreetMap's PBF decoded to arrays, with every node id kept.

protobuf parses the messages; packed number lists stay bytes in the schema below and are decoded as
whole arrays. GDAL reads as fast but joins vertices by coordinate and bridges missing nodes; pyosmium
keeps ids but makes a Python object of every node. Format: https://wiki.openstreetmap.org/wiki/PBF_Format
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from lifecircle.messages import Message, msg
from lifecircle.model import Floats, Ints
from lifecircle.sources.elements import Elements, Tags

MAX_BLOB_HEADER = 64 * 1024
MAX_BLOB = 32 * 1024 * 1024
READABLE = {"OsmSchema-V0.6", "DenseNodes"}
NANO = 1e9
FIRST_S, LAST_S = 1_072_915_200, 4_102_444_800
"""Seconds since 1970 between which a map can be of: 2004, when OpenStreetMap began, and 2100."""
AT_ONCE = 2**14
"""Numbers decoded at a time: what stays in a processor's cache, however large a block is."""


class Damaged(Exception):
    """The file ends early or holds what no PBF holds."""

    def __init__(self, detail: Message | str) -> None:
        self.detail = detail
        super().__init__(str(detail))


class Unreadable(Exception):
    """A valid PBF of a kind that is not decoded here (other compression, plain nodes, history)."""


def read_elements(path: Path) -> Elements:
    """Decode a PBF file. Raises Damaged or Unreadable."""
    found = _Collector()
    bounds, as_of, newest = None, "", 0
    with path.open("rb") as stream:
        for kind, data in _blobs(stream):
            try:
                if kind == "OSMHeader":
                    header = _message("HeaderBlock").FromString(data)
                    bounds, as_of = _header_bounds(header), _day(header.as_of)
                elif kind == "OSMData":
                    block = _message("PrimitiveBlock").FromString(data)
                    found.add(block)
                    newest = newest if as_of else max(newest, _newest(block))
                else:
                    raise Unreadable(f"a blob of type {kind!r}")
            except (DecodeError, IndexError, ValueError) as error:
                raise Damaged(str(error) or msg("not PBF data")) from error
    return replace(found.elements(bounds), as_of=as_of, newest=_day(newest))


def _blobs(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    while size := stream.read(4):
        length = int.from_bytes(size, "big")
        if len(size) < 4 or length > MAX_BLOB_HEADER:
            raise Damaged(msg("not a PBF blob header"))
        try:
            header = _message("BlobHeader").FromString(_exactly(stream, length))
            if header.datasize > MAX_BLOB:
                raise Damaged(msg("a blob larger than the format allows"))
            blob = _message("Blob").FromString(_exactly(stream, header.datasize))
        except DecodeError as error:
            raise Damaged(msg("not a PBF blob")) from error
        yield header.type.decode("ascii", "replace"), _content(blob)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise Damaged(msg("the file ends inside a blob"))
    return data


def _content(blob: Any) -> bytes:
    if blob.HasField("raw"):
        return bytes(blob.raw)
    if not blob.HasField("zlib_data"):
        raise Unreadable("a compression other than zlib")
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(blob.zlib_data, MAX_BLOB)
    except zlib.error as error:
        raise Damaged(str(error)) from error
    if not inflate.eof:
        raise Damaged(msg("a blob that inflates beyond its bounds"))
    return data


def _header_bounds(header: Any) -> tuple[float, float, float, float] | None:
    unknown = {feature.decode("utf-8", "replace") for feature in header.required_features} - READABLE
    if unknown:
        raise Unreadable(", ".join(sorted(unknown)))
    if not header.HasField("bbox"):
        return None
    box = header.bbox
    return (box.left / NANO, box.bottom / NANO, box.right / NANO, box.top / NANO)


def _newest(block: Any) -> int:
    """Seconds since 1970 at the newest edit of a node; 0 where nothing is said of any."""
    edits = [_signed(group.dense.info.times).cumsum() for group in block.primitivegroup]
    return max((int(times.max(initial=0)) for times in edits), default=0) * block.date_granularity // 1000


def _day(seconds: int) -> str:
    """The day of a moment in seconds since 1970; empty for one that no map can be of."""
    return str(np.datetime64(seconds, "s").astype("datetime64[D]")) if FIRST_S <= seconds < LAST_S else ""


@dataclass
class _TagEntries:
    rows: int = 0
    row: list[Ints] = field(default_factory=list)
    key: list[npt.NDArray[np.int32]] = field(default_factory=list)
    value: list[npt.NDArray[np.int32]] = field(default_factory=list)

    def add(self, count: int, row: Ints, key: npt.NDArray[np.int32], value: npt.NDArray[np.int32]) -> None:
        self.row.append(row + self.rows)
        self.key.append(key)
        self.value.append(value)
        self.rows += count

    def tags(self, strings: dict[str, int]) -> Tags:
        key = np.concatenate([np.empty(0, np.int32), *self.key])
        value = np.concatenate([np.empty(0, np.int32), *self.value])
        if len(key) != len(value):
            raise Damaged(msg("tags without a value"))
        return Tags(self.rows, _join(self.row), key, value, np.array(list(strings), dtype=object), strings)


@dataclass
class _Collector:
    """Arrays of each block, joined at the end."""

    strings: dict[str, int] = field(default_factory=dict)
    node_id: list[Ints] = field(default_factory=list)
    lat: list[Floats] = field(default_factory=list)
    lon: list[Floats] = field(default_factory=list)
    node_tags: _TagEntries = field(default_factory=_TagEntries)
    way_id: list[Ints] = field(default_factory=list)
    way_count: list[Ints] = field(default_factory=list)
    way_ref: list[Ints] = field(default_factory=list)
    way_tags: _TagEntries = field(default_factory=_TagEntries)
    relation_id: list[Ints] = field(default_factory=list)
    member_count: list[Ints] = field(default_factory=list)
    member_ref: list[Ints] = field(default_factory=list)
    member_type: list[Ints] = field(default_factory=list)
    relation_tags: _TagEntries = field(default_factory=_TagEntries)

    def add(self, block: Any) -> None:
        text = [s.decode("utf-8", "replace") for s in block.stringtable.s]
        known = self.strings
        index = np.array([known.setdefault(s, len(known)) for s in text], dtype=np.int32)
        for group in block.primitivegroup:
            if group.nodes:
                raise Unreadable("nodes outside dense blocks")
            if group.dense.id:
                self._add_nodes(group.dense, block, index)
            if group.ways:
                self._add_ways(group.ways, index)
            if group.relations:
                self._add_relations(group.relations, index)

    def _add_nodes(self, dense: Any, block: Any, index: npt.NDArray[np.int32]) -> None:
        ids = _signed(dense.id).cumsum()
        step = block.granularity
        lat = block.lat_offset + step * _signed(dense.lat).cumsum()
        lon = block.lon_offset + step * _signed(dense.lon).cumsum()
        if not len(ids) == len(lat) == len(lon):
            raise Damaged(msg("nodes without coordinates"))
        self.node_id.append(ids)
        # nanodegrees are multiples of 100 in practice: dividing by 1e7 gives the double that the decimal text has
        self.lat.append(lat / NANO if step % 100 else (lat // 100) / 1e7)
        self.lon.append(lon / NANO if step % 100 else (lon // 100) / 1e7)
        entries = _unsigned(dense.keys_vals)
        filled = np.flatnonzero(entries)
        row = np.cumsum(entries == 0)[filled]
        pairs = index[entries[filled]]
        self.node_tags.add(len(ids), row[::2], pairs[::2], pairs[1::2])

    def _add_ways(self, ways: Any, index: npt.NDArray[np.int32]) -> None:
        packed = [(way.id, way.keys, way.vals, way.refs) for way in ways]
        ids, keys, values, refs = zip(*packed, strict=True)
        counts, flat = _signed_lists(refs)
        self.way_id.append(np.array(ids, dtype=np.int64))
        self.way_count.append(counts)
        self.way_ref.append(flat)
        self._add_tags(self.way_tags, keys, values, index)

    def _add_relations(self, relations: Any, index: npt.NDArray[np.int32]) -> None:
        packed = [(r.id, r.keys, r.vals, r.memids, r.types) for r in relations]
        ids, keys, values, members, types = zip(*packed, strict=True)
        counts, flat = _signed_lists(members)
        self.relation_id.append(np.array(ids, dtype=np.int64))
        self.member_count.append(counts)
        self.member_ref.append(flat)
        self.member_type.append(_unsigned(b"".join(types)))
        self._add_tags(self.relation_tags, keys, values, index)

    def _add_tags(
        self, entries: _TagEntries, keys: tuple[bytes, ...], values: tuple[bytes, ...], index: npt.NDArray[np.int32]
    ) -> None:
        counts, key = _unsigned_lists(keys)
        row = np.repeat(np.arange(len(counts)), counts)
        entries.add(len(counts), row, index[key], index[_unsigned(b"".join(values))])

    def elements(self, bounds: tuple[float, float, float, float] | None) -> Elements:
        strings = self.strings
        lonlat = np.column_stack([_join_floats(self.lon), _join_floats(self.lat)])
        if not len(_join(self.member_type)) == len(_join(self.member_ref)):
            raise Damaged(msg("relation members without a type"))
        return Elements(
            node_id=_join(self.node_id),
            node_lonlat=lonlat,
            node_tags=self.node_tags.tags(strings),
            way_id=_join(self.way_id),
            way_start=_starts(_join(self.way_count)),
            way_ref=_join(self.way_ref),
            way_tags=self.way_tags.tags(strings),
            relation_id=_join(self.relation_id),
            member_start=_starts(_join(self.member_count)),
            member_ref=_join(self.member_ref),
            member_type=_join(self.member_type),
            relation_tags=self.relation_tags.tags(strings),
            bounds=bounds,
        )


def _join(parts: list[Ints]) -> Ints:
    return np.concatenate([np.empty(0, np.int64), *parts])


def _join_floats(parts: list[Floats]) -> Floats:
    return np.concatenate([np.empty(0, np.float64), *parts])


def _starts(counts: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _varints(data: bytes) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Every base-128 number in ``data`` and the byte after each."""
    octets = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(octets < 128) + 1
    if len(octets) and (not len(ends) or ends[-1] != len(octets)):
        raise Damaged(msg("a number without an end"))
    starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
    if (ends - starts).max(initial=0) > 10:
        raise Damaged(msg("a number beyond 64 bits"))
    numbers = np.empty(len(ends), np.uint64)
    for i in range(0, len(ends), AT_ONCE):
        numbers[i : i + AT_ONCE] = _numbers(octets, starts[i : i + AT_ONCE], ends[i : i + AT_ONCE])
    return numbers, ends


def _numbers(octets: npt.NDArray[np.uint8], starts: Ints, ends: Ints) -> npt.NDArray[np.uint64]:
    """The numbers between each start and end, seven bits a byte, lowest first."""
    lengths = ends - starts
    numbers = (octets[starts] & np.uint8(127)).astype(np.uint64)
    for k in range(1, int(lengths.max())):
        longer = np.flatnonzero(lengths > k)
        numbers[longer] |= (octets[starts[longer] + k] & np.uint8(127)).astype(np.uint64) << np.uint64(7 * k)
    return numbers


def _zigzag(numbers: npt.NDArray[np.uint64]) -> Ints:
    return (numbers >> np.uint64(1)).astype(np.int64) ^ -((numbers & np.uint64(1)).astype(np.int64))


def _unsigned(data: bytes) -> Ints:
    return _varints(data)[0].astype(np.int64)


def _signed(data: bytes) -> Ints:
    return _zigzag(_varints(data)[0])


def _counts(lists: tuple[bytes, ...], ends: Ints) -> Ints:
    boundary = np.cumsum([len(item) for item in lists])
    return np.diff(np.searchsorted(ends, boundary, side="right"), prepend=0)


def _unsigned_lists(lists: tuple[bytes, ...]) -> tuple[Ints, Ints]:
    numbers, ends = _varints(b"".join(lists))
    return _counts(lists, ends), numbers.astype(np.int64)


def _signed_lists(lists: tuple[bytes, ...]) -> tuple[Ints, Ints]:
    """Counts and numbers of delta-coded lists that each start from zero."""
    numbers, ends = _varints(b"".join(lists))
    counts = _counts(lists, ends)
    running = np.cumsum(_zigzag(numbers))
    before = np.concatenate([[0], running])[_starts(counts)[:-1]]
    return counts, running - np.repeat(before, counts)


@cache
def _message(name: str) -> Any:
    return message_factory.GetMessageClass(_schema().FindMessageTypeByName(f"osmpbf.{name}"))


@cache
def _schema() -> descriptor_pool.DescriptorPool:
    """Field numbers of the format; packed lists are declared as the bytes they are on the wire."""
    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="osmpbf.proto", package="osmpbf", syntax="proto2")

    def message(name: str, *fields: tuple[int, str, Any]) -> None:
        entry = file.message_type.add(name=name)
        for number, label, what in fields:
            repeated = label.startswith("*")
            item = entry.field.add(
                name=label.removeprefix("*"),
                number=number,
                label=kind.LABEL_REPEATED if repeated else kind.LABEL_OPTIONAL,
                type=kind.TYPE_MESSAGE if isinstance(what, str) else what,
            )
            if isinstance(what, str):
                item.type_name = f".osmpbf.{what}"

    octets, int32, int64, sint64 = kind.TYPE_BYTES, kind.TYPE_INT32, kind.TYPE_INT64, kind.TYPE_SINT64
    message("BlobHeader", (1, "type", octets), (3, "datasize", int32))
    message("Blob", (1, "raw", octets), (3, "zlib_data", octets))
    message("Box", (1, "left", sint64), (2, "right", sint64), (3, "top", sint64), (4, "bottom", sint64))
    message("HeaderBlock", (1, "bbox", "Box"), (4, "*required_features", octets), (32, "as_of", int64))
    message("StringTable", (1, "*s", octets))
    message("Info", (2, "times", octets))
    message(
        "Dense",
        (1, "id", octets),
        (5, "info", "Info"),
        (8, "lat", octets),
        (9, "lon", octets),
        (10, "keys_vals", octets),
    )
    message("Way", (1, "id", int64), (2, "keys", octets), (3, "vals", octets), (8, "refs", octets))
    message(
        "Relation",
        (1, "id", int64),
        (2, "keys", octets),
        (3, "vals", octets),
        (9, "memids", octets),
        (10, "types", octets),
    )
    message("Group", (1, "*nodes", octets), (2, "dense", "Dense"), (3, "*ways", "Way"), (4, "*relations", "Relation"))
    message(
        "PrimitiveBlock",
        (1, "stringtable", "StringTable"),
        (2, "*primitivegroup", "Group"),
        (17, "granularity", int32),
        (18, "date_granularity", int32),
        (19, "lat_offset", int64),
        (20, "lon_offset", int64),
    )
    block = next(m for m in file.message_type if m.name == "PrimitiveBlock")
    for name, usual in (("granularity", "100"), ("date_granularity", "1000")):
        next(f for f in block.field if f.name == name).default_value = usual
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool
