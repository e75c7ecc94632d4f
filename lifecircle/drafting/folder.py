"""What lies in a folder: every layer that could be a part of a site, looked at before anything is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.errors import InputError
from lifecircle.messages import Message, msg
from lifecircle.model import Geometries
from lifecircle.sources import osm
from lifecircle.sources.columns import recognise
from lifecircle.sources.tables import TABLES, read_rows
from lifecircle.sources.vectors import layer_names, read_vector

VECTORS = (
    ".geojson", ".json", ".gpkg", ".shp", ".kml", ".kmz", ".dxf", ".zip", ".parquet", ".gdb", ".fgb", ".gml", ".tab",
)  # fmt: skip
RASTERS = (".tif", ".tiff")
BESIDE = (".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".xml", ".yaml", ".yml", ".html", ".db")
"""Files that belong to others or are no data."""
RESULTS = (".html", ".geojson", ".json")
"""Three files of one stem and these suffixes are what ``assess`` wrote."""
Form = Literal["points", "lines", "polygons", "rows"]
FORMS: dict[int, Form] = {0: "points", 4: "points", 1: "lines", 2: "lines", 5: "lines", 3: "polygons", 6: "polygons"}
"""What a layer holds, by shapely's numbers of types."""


@dataclass(frozen=True)
class Layer:
    """One layer of a vector file, one sheet, or a table."""

    path: Path
    layer: str | None
    """Its name, where the file has several."""
    frame: pd.DataFrame
    """Its rows without their shapes."""
    shapes: Geometries
    """Shape (rows,): in the file's own coordinates; None where a row has none."""
    crs: pyproj.CRS | None
    """As the file says; None where it does not."""

    @cached_property
    def roles(self) -> dict[str, str]:
        """The title of each role that is recognised."""
        return recognise(str(title) for title in self.frame.columns)

    @cached_property
    def form(self) -> Form:
        """What most of its shapes are."""
        kinds = [FORMS[kind] for kind in shapely.get_type_id(self.drawn).tolist() if kind in FORMS]
        return max(FORMS.values(), key=kinds.count) if kinds else "rows"

    @property
    def drawn(self) -> Geometries:
        """The shapes that there are."""
        return self.shapes[~shapely.is_missing(self.shapes) & ~shapely.is_empty(self.shapes)]

    @property
    def closed(self) -> bool:
        """Whether all its lines end where they begin."""
        lines = shapely.get_parts(self.drawn)
        return self.form == "lines" and bool(len(lines)) and bool(shapely.is_closed(lines).all())

    @property
    def title(self) -> str:
        """What its file and layer are called."""
        return f"{self.path.stem} {self.layer}" if self.layer else self.path.stem

    def texts(self, role: str) -> pd.Series:
        """The cells of a role's column that hold something, as text."""
        if role not in self.roles:
            return pd.Series(dtype=str)
        cells = self.frame[self.roles[role]]
        told = cells[cells.notna()].astype(str).str.strip()
        return told[told != ""]


@dataclass(frozen=True)
class Folder:
    """Everything that was found, sorted by path."""

    path: Path
    layers: tuple[Layer, ...] = ()
    extracts: tuple[Path, ...] = ()
    rasters: tuple[Path, ...] = ()
    unread: tuple[tuple[Path, Message], ...] = field(default=())
    """Files that are not used, and why."""


def look(folder: Path) -> Folder:
    """Open every file in a folder and in its folders."""
    layers: list[Layer] = []
    extracts, rasters = [], []
    unread: list[tuple[Path, Message]] = []
    for path in _candidates(folder):
        name, suffix = path.name.lower(), path.suffix.lower()
        if name.endswith(osm.FORMATS) and not name.endswith(".xml"):
            extracts.append(path)
        elif suffix in RASTERS:
            rasters.append(path)
        elif suffix in TABLES or suffix in VECTORS:
            try:
                layers += (_sheets if suffix in TABLES else _vectors)(path)
            except InputError as error:
                unread.append((path, error.faults[0].what))
        else:
            unread.append((path, msg("not a kind of file that is read")))
    return Folder(folder, tuple(layers), tuple(extracts), tuple(rasters), tuple(unread))


def _candidates(folder: Path) -> list[Path]:
    """Files of the folder and of the folders in it, apart from hidden ones, side files and earlier results."""
    found = sorted(path for depth in ("*", "*/*") for path in folder.glob(depth) if path.is_file() or _is_layer(path))
    names = set(found)
    return [
        path
        for path in found
        if not any(part.startswith((".", "~$", "__")) for part in path.relative_to(folder).parts)
        and path.suffix.lower() not in BESIDE
        and not _is_layer(path.parent)
        and not {path.with_suffix(suffix) for suffix in RESULTS} <= names
    ]


def _is_layer(path: Path) -> bool:
    """A folder that is one data set."""
    return path.suffix.lower() == ".gdb" and path.is_dir()


def _sheets(path: Path) -> Iterator[Layer]:
    """A table, or every sheet of a workbook that holds one. Raises InputError."""
    found = read_rows(path)
    for name, (frame, _) in found.items():
        if len(frame):
            yield Layer(path, name if len(found) > 1 else None, frame, _placed(frame), None)


def _placed(frame: pd.DataFrame) -> Geometries:
    """Points or shapes by the columns of coordinates; None where there are none."""
    roles = recognise(str(title) for title in frame.columns)
    if "wkt" in roles:
        return np.asarray(shapely.from_wkt(frame[roles["wkt"]].to_numpy(dtype=object), on_invalid="ignore"))
    if "location" in roles:
        parts = frame[roles["location"]].astype(str).str.split(r"[,，;\s]+", n=1, expand=True, regex=True)
        pair = [parts[i] if i in parts else pd.Series("", index=frame.index) for i in (0, 1)]
    elif "longitude" in roles and "latitude" in roles:
        pair = [frame[roles[role]] for role in ("longitude", "latitude")]
    else:
        return np.full(len(frame), None, dtype=object)
    x, y = (pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float) for cells in pair)
    known = np.isfinite(x) & np.isfinite(y)
    out = np.full(len(frame), None, dtype=object)
    out[known] = shapely.points(x[known], y[known])
    return out


def _vectors(path: Path) -> Iterator[Layer]:
    """Every layer with shapes; of a drawing, every CAD layer. Raises InputError."""
    names = layer_names(path)
    for name in names if len(names) > 1 or path.suffix.lower() == ".dxf" else [None]:
        frame = read_vector(path, [name] if name else []).frame
        if len(frame):
            yield _layer(path, name, frame)


def _layer(path: Path, name: str | None, frame: gpd.GeoDataFrame) -> Layer:
    rows = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    return Layer(path, name, rows, np.asarray(shapely.force_2d(frame.geometry.to_numpy())), frame.crs)
