"""Vector files as frames in their own coordinates, their texts in the encoding they are truly in."""

from __future__ import annotations

import codecs
import re
import tempfile
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from lifecircle.errors import Fault, InputError
from lifecircle.messages import msg
from lifecircle.model import Geometries, Note
from lifecircle.sources.encodings import Guess, decoded, encoding_notes, guess, text_columns

PARQUET = (".parquet", ".geoparquet")
READABLE = (
    ".shp", ".geojson", ".json", ".gpkg", ".gdb", ".kml", ".kmz", ".dxf", ".gml", ".tab", ".mif", ".fgb", *PARQUET,
)  # fmt: skip
"""What is looked for in a folder or a zip."""
TEXTS = (".geojson", ".json", ".kml", ".gml")
"""Formats that are text in UTF-8."""
PARTS = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix")
LARGEST_BYTES = 4_000_000_000
"""Of a zip, unpacked."""
BYTEWISE = "ISO-8859-1"
"""Read so, every byte of a text is one character."""
UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FieldError,
    pyproj.exceptions.CRSError,
    UnicodeDecodeError,
    UnboundLocalError,
    ValueError,
    IndexError,
    OSError,
)
"""What reading broken files raises; UnboundLocalError comes from pyogrio for some broken .prj."""


@dataclass(frozen=True)
class Vector:
    """A layer in its own coordinates; the index is the feature's number from 1."""

    frame: gpd.GeoDataFrame
    encoding: str = ""
    layer: str = ""
    notes: tuple[Note, ...] = ()


def read_vector(path: Path, layers: Sequence[str] = (), where: str = "") -> Vector:
    """One layer of a file, or the named ones joined; for a DXF the layers are those of the drawing.

    ``where`` is what faults name, the path if empty. Raises InputError.
    """
    where = where or str(path)
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return _read_zip(path, layers, where)
    if suffix == ".dxf":
        return _read_dxf(path, layers, where)
    if suffix in PARQUET:
        return _numbered(_opened(path, where, parquet=True))
    if suffix == ".dwg":
        raise InputError(Fault(where, msg("is a DWG drawing"), msg("save it as DXF, with `layer:` and `coords:`")))
    if suffix in PARTS:
        raise InputError(
            Fault(where, msg("is a part of a shapefile"), msg("name the .shp and keep its parts beside it"))
        )
    if suffix == ".shp":
        return _read_shapefile(path, where)
    source, encoding, notes = _as_utf8(path) if suffix in TEXTS else (path, "", ())
    names: list[str | None] = [*layers] or [_only_layer(source, where)]
    frames = [_opened(source, where, layer=name) for name in names]
    joined = frames[0] if len(frames) == 1 else pd.concat([frame.to_crs(frames[0].crs) for frame in frames])
    layer = ", ".join(name for name in names if name) if len(names) > 1 or layers else ""
    return replace(_numbered(joined), encoding=encoding, layer=layer, notes=notes)


def layer_names(path: Path) -> list[str]:
    """The layers one can ask a file for: of a drawing its own, of a zip its files. Raises InputError."""
    suffix = path.suffix.lower()
    if suffix == ".dxf":
        return [str(name) for name in _drawing(path, str(path))[0].frame["Layer"].sort_values().unique()]
    if suffix == ".zip":
        with tempfile.TemporaryDirectory() as folder:
            return sorted(_unpacked(path, Path(folder), str(path)))
    if suffix in (".shp", *PARQUET):
        return [path.stem]
    source, _, _ = _as_utf8(path) if suffix in TEXTS else (path, "", ())
    return _filled_layers(source)


def closed_as_areas(shapes: Geometries) -> Geometries:
    """Shapes with closed lines as polygons: drawings and tracks have no others."""
    ring = np.asarray((shapely.get_type_id(shapes) == 1) & shapely.is_ring(shapes))
    out = shapes.copy()
    out[ring] = shapely.polygons(
        shapely.linearrings(shapely.get_coordinates(shapes[ring]), indices=_owners(shapes[ring]))
    )
    return out


def _owners(shapes: Geometries) -> np.ndarray:
    return shapely.get_coordinates(shapes, return_index=True)[1]


def _numbered(frame: gpd.GeoDataFrame) -> Vector:
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return Vector(frame)


def _opened(
    source: Path | bytes, where: str, *, layer: str | None = None, parquet: bool = False, **options: str
) -> gpd.GeoDataFrame:
    """A layer as geopandas reads it. Raises InputError."""
    mend = msg("give a GeoJSON, GPKG, shapefile, CSV or XLSX that opens elsewhere")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if parquet:
                frame = _parquet(source)
            else:
                file = BytesIO(source) if isinstance(source, bytes) else source
                frame = gpd.read_file(file, layer=layer, **options)
    except ImportError:
        raise InputError(
            Fault(where, msg("needs pyarrow to be read"), msg("pip install 'lifecircle[parquet]'"))
        ) from None
    except UNREADABLE as error:
        what = msg("cannot be read ({reason})", reason=re.sub(r"/vsimem/\w+", "it", str(error).split(";")[0]))
        raise InputError(Fault(where, what, mend)) from None
    except shapely.errors.ShapelyError as error:
        what = msg("has a shape that cannot be read ({reason})", reason=str(error))
        raise InputError(Fault(where, what, msg("repair the geometry"))) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(Fault(where, msg("holds no geometry"), msg("give a layer with points, lines or polygons")))
    twice = frame.columns[frame.columns.duplicated()].unique()
    if len(twice):
        mend = msg("give each its own name")
        raise InputError([Fault(where, msg("two columns are named {title!r}", title=title), mend) for title in twice])
    return frame


def _parquet(source: Path | bytes) -> gpd.GeoDataFrame:
    """A layer with its texts decoded. Raises ImportError without pyarrow, ValueError for what it cannot read."""
    try:
        frame = gpd.read_parquet(source)
        return frame.astype(dict.fromkeys(frame.select_dtypes("string").columns, object))
    except ImportError:
        raise
    except Exception as error:  # pyarrow need not be there, so its errors cannot be named
        raise ValueError(str(error)) from None


def _filled_layers(source: Path | bytes) -> list[str]:
    """The layers of a file that hold shapes, '' for the only one in memory, which has no name of its own; none where
    it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            there = pyogrio.list_layers(source)
            layers = [str(name) for name, kind in there if kind is not None]
            if isinstance(source, bytes) and len(there) == 1:
                return [""]
            if len(layers) > 1:
                return [name for name in layers if pyogrio.read_info(source, layer=name)["features"]] or layers[:1]
    except UNREADABLE:
        return []
    return layers


def _only_layer(source: Path | bytes, where: str) -> str | None:
    """The layer of a file that holds one with shapes; None where none has. Raises InputError where several have."""
    layers = _filled_layers(source)
    if len(layers) > 1:
        what = msg("holds several layers ({layers})", layers=tuple(layers))
        raise InputError(Fault(where, what, msg("name one as `layer:`")))
    return (layers or [""])[0] or None


# Encodings ---------------------------------------------------------------------------------------


def _as_utf8(path: Path) -> tuple[Path | bytes, str, tuple[Note, ...]]:
    """A text file, as bytes in UTF-8 where it is in another encoding."""
    try:
        data = path.read_bytes()
    except OSError:
        return path, "", ()
    found = guess([data])
    if found is None or found.codec in ("utf-8", "utf-8-sig"):
        return path, "", ()
    text = re.sub(r"""(<\?xml[^>]*encoding=["'])[^"']*""", r"\1UTF-8", decoded(data, found.codec), count=1)
    return text.encode(), found.name, encoding_notes(found, path.name)


def _recoded(frame: gpd.GeoDataFrame, declared: str | None, where: str) -> tuple[gpd.GeoDataFrame, Guess | None]:
    """A frame read bytewise, in the encoding its texts are in; None where they are all ASCII. Raises InputError."""
    columns = text_columns(frame)
    texts = {text for column in columns for text in frame[column].dropna().unique()} | set(map(str, frame.columns))
    beyond = sorted(text.encode("latin-1") for text in texts if not text.isascii())
    if not beyond:
        return frame, None
    found = guess(beyond, declared)
    if found is None:
        mend = msg("export it again in UTF-8")
        raise InputError(Fault(where, msg("the encoding of its texts is not known"), mend))
    true = {data.decode("latin-1"): decoded(data, found.codec) for data in beyond}
    return frame.assign(**{str(column): frame[column].replace(true) for column in columns}).rename(columns=true), found


# Shapefiles --------------------------------------------------------------------------------------


def _read_shapefile(path: Path, where: str) -> Vector:
    parts = {file.suffix.lower(): file for file in path.parent.glob("*") if file.stem.lower() == path.stem.lower()}
    if ".shx" not in parts:
        mend = msg("copy all files of that name: .shp, .shx, .dbf, .prj, .cpg")
        raise InputError(Fault(where, msg("its index {name}.shx is not beside it", name=path.stem), mend))
    if ".dbf" not in parts:
        told = msg("{file}: there is no .dbf beside it, so its names and numbers are not known", file=path.name)
        return replace(_numbered(_opened(path, where)), notes=(Note("doubt", told),))
    declared = _declared(parts[".cpg"]) if ".cpg" in parts else None
    frame, found = _recoded(_opened(path, where, encoding=BYTEWISE), declared, where)
    if found is None:
        return _numbered(frame)
    notes = encoding_notes(found, path.name)
    if declared is not None and FAMILY.get(declared, declared) != found.codec:
        told = msg(
            "{file}: its .cpg says {declared}, but its texts are {encoding}; read so",
            file=path.name, declared=declared, encoding=found.name,
        )  # fmt: skip
        notes = (Note("repaired", told),)
    return replace(_numbered(frame), encoding=found.name, notes=notes)


FAMILY = {
    "gbk": "gb18030", "gb2312": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs", "iso8859-1": "cp1252",
    "ascii": "utf-8",
}  # fmt: skip
"""Encodings that are read by a wider one."""


def _declared(cpg: Path) -> str | None:
    """Python's name of the encoding that a .cpg names, by name or by the number of a code page."""
    said = cpg.read_bytes()[:40].decode("ascii", "ignore").strip().lower()
    number = re.sub(r"\D", "", said)
    for name in (said, {"65001": "utf-8", "54936": "gb18030", "88591": "latin-1"}.get(number, f"cp{number}")):
        try:
            return codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
    return None


# Drawings ----------------------------------------------------------------------------------------


def _drawing(path: Path, where: str) -> tuple[Vector, Guess | None]:
    """Everything in the model space of a drawing, and the encoding of its names. Raises InputError."""
    frame, found = _recoded(_opened(path, where, layer="entities", ENCODING=BYTEWISE), None, where)
    vector = replace(_numbered(frame), encoding=found.name if found else "")
    frame = vector.frame.assign(Layer=vector.frame["Layer"].fillna("0").map(_unescaped))
    return replace(vector, frame=frame[(frame["PaperSpace"] != 1).to_numpy()]), found


def _read_dxf(path: Path, layers: Sequence[str], where: str) -> Vector:
    vector, found = _drawing(path, where)
    frame = vector.frame
    there = frame["Layer"].value_counts().sort_index()
    known = tuple(f"{name} ({count})" for name, count in there.items())
    if not layers and len(there) > 1:
        what = msg("holds several layers ({layers})", layers=known)
        raise InputError(Fault(where, what, msg("name one as `layer:`, or several as a list")))
    missing = [name for name in layers if name not in there.index]
    if missing:
        raise InputError(
            [
                Fault(
                    where, msg("the drawing has no layer {name!r}", name=name), msg("it has: {columns}", columns=known)
                )
                for name in missing
            ]
        )
    chosen = frame[frame["Layer"].isin(list(layers) or list(there.index))]
    label = (chosen["Text"].notna() & (chosen.geom_type == "Point")).to_numpy()
    notes = encoding_notes(found, path.name) if found else ()
    if label.any() and not label.all():
        told = msg(
            "{file}: {count} {count:label|labels} of the drawing left out", file=path.name, count=int(label.sum())
        )
        chosen, notes = chosen[~label], (*notes, Note("info", told))
    return replace(vector, frame=chosen, layer=", ".join(layers), notes=notes)


def _unescaped(text: str) -> str:
    """A name of a drawing with its ``\\U+4E2D`` as characters."""
    return re.sub(r"\\U\+([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), text)


# Archives ----------------------------------------------------------------------------------------


def _read_zip(path: Path, layers: Sequence[str], where: str) -> Vector:
    """The one layer of a zip, or that whose file is named as ``layer:``."""
    with tempfile.TemporaryDirectory() as folder:
        found = _unpacked(path, Path(folder), where)
        asked = [name for name in layers if name in found]
        if len(found) > 1 and len(asked) != 1:
            what = msg("holds several files ({names})", names=tuple(found))
            raise InputError(Fault(where, what, msg("name one as `layer:`")))
        name = asked[0] if asked else next(iter(found))
        rest = [layer for layer in layers if layer != name]
        return read_vector(found[name], rest, f"{where}/{found[name].name}")


def _unpacked(path: Path, folder: Path, where: str) -> dict[str, Path]:
    """The vector files of a zip, unpacked to a folder, by their names without suffix; by their paths in the zip where
    several share one. Raises InputError."""
    _unpack(path, folder, where)
    there = sorted(file for file in folder.rglob("*") if file.suffix.lower() in READABLE)
    files = [file for file in there if "__MACOSX" not in file.parts]
    if not files:
        raise InputError(Fault(where, msg("holds no vector file"), msg("pack a shapefile with all its parts")))
    times = Counter(file.stem for file in files)
    return {file.stem if times[file.stem] == 1 else file.relative_to(folder).as_posix(): file for file in files}


def _unpack(path: Path, folder: Path, where: str) -> None:
    """Raises InputError."""
    mend = msg("pack it again, without a password")
    try:
        with zipfile.ZipFile(path) as archive:
            names = [
                item.filename.encode("cp437", "ignore") for item in archive.infolist() if not item.flag_bits & 0x800
            ]
            size = sum(item.file_size for item in archive.infolist())
        if size > LARGEST_BYTES:
            raise InputError(Fault(where, msg("unpacks to {size} MB", size=size // 1_000_000), mend))
        found = guess(names)
        with zipfile.ZipFile(path, metadata_encoding=found.codec if found else None) as archive:
            archive.extractall(folder)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError, EOFError, zlib.error) as error:
        raise InputError(
            Fault(where, msg("is not a zip that can be read ({reason})", reason=str(error)), mend)
        ) from None
