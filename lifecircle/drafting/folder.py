"""What lies in a folder: every layer that could be a part of a site, looked at before anything is decided."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyproj
import shapely

from lifecircle.errors import InputError
from lifecircle.messages import Message, msg
from lifecircle.model import Geometries
from lifecircle.site import TableFile
from lifecircle.sources import osm
from lifecircle.sources.columns import recognise
from lifecircle.sources.tables import TABLES, layers_in, read_raw
from lifecircle.sources.vectors import READABLE

VECTORS = (*READABLE, ".zip")
RASTERS = (".tif", ".tiff")
BESIDE = (
    ".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".mid", ".map", ".gfs", ".xsd", ".xml", ".yaml",
    ".yml", ".html", ".db",
)  # fmt: skip
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
            for found in _layers(path):
                if isinstance(found, Layer):
                    layers.append(found)
                else:
                    unread.append((path, found))
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


def _layers(path: Path) -> Iterator[Layer | Message]:
    """Every layer or sheet of a file that holds places, or why it cannot be read."""
    try:
        names = layers_in(path)
    except InputError as error:
        yield error.faults[0].what
        return
    for name in names if len(names) > 1 else [None]:
        try:
            frame = read_raw(TableFile(file=path, layer=(name,) if name else ())).frame
        except InputError as error:
            what = error.faults[0].what
            yield msg("layer {layer}: {why}", layer=name, why=what) if name else what
            continue
        if len(frame):
            rows = pd.DataFrame(frame.drop(columns=frame.geometry.name))
            yield Layer(path, name, rows, np.asarray(shapely.force_2d(frame.geometry.to_numpy())), frame.crs)
