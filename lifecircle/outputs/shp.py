"""The layers of an assessment as shapefiles in one zip, for those whose tools read nothing else."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from lifecircle.model import Assessment
from lifecircle.outputs.gis import Language, Layer, layers
from lifecircle.outputs.plain import guarded

NEVER = (2000, 1, 1, 0, 0, 0)
"""Date of every file, so that the same result gives the same bytes."""
LONGEST = 254
"""Bytes of a text."""
SHAPES = {"zh": ("点", "线", "面"), "en": ("points", "lines", "areas")}
"""A shapefile holds shapes of one dimension."""
FIELDS = ("layer", "field", "column", "zh", "en")


def write(assessment: Assessment, path: Path, *, lang: Language = "zh") -> None:
    """Write every layer that holds something, with short field names, UTF-8 and its ``.cpg``. Raises OSError.

    ``fields.csv`` says what each field means; layers are called in a language.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, ZipFile(path, "w", ZIP_DEFLATED) as held:
        written = [layer for layer in layers(assessment) if len(layer.frame)]
        for layer in written:
            _write(layer, Path(folder), assessment, lang)
        _fields(written, Path(folder) / "fields.csv", lang)
        for file in sorted(Path(folder).iterdir()):
            held.writestr(ZipInfo(file.name, NEVER), file.read_bytes(), ZIP_DEFLATED)


def _write(layer: Layer, folder: Path, assessment: Assessment, lang: Language) -> None:
    if not isinstance(layer.frame, gpd.GeoDataFrame):
        layer.frame.map(guarded).to_csv(
            folder / f"{layer.name(lang)}.csv", index=False, encoding="utf-8-sig", lineterminator="\n"
        )
        return
    frame = layer.frame.to_crs(assessment.site.boundary_crs)
    fitting = {field.id: _fitting(frame[field.id]) for field in layer.fields}
    frame = frame.assign(**fitting).rename(columns={field.id: field.short for field in layer.fields})
    parts = dict(list(frame.groupby(shapely.get_dimensions(frame.geometry))))
    for dimension, part in parts.items():
        kind = f"_{SHAPES[lang][dimension]}" if len(parts) > 1 else ""
        pyogrio.write_dataframe(
            part,
            folder / f"{layer.name(lang)}{kind}.shp",
            driver="ESRI Shapefile",
            encoding="UTF-8",
            layer_options={"DBF_DATE_LAST_UPDATE": "2000-01-01"},
        )


def _fitting(column: pd.Series) -> pd.Series:
    """A column as a shapefile holds it: numbers with gaps, or texts that say where they are cut."""
    if not column.map(lambda value: isinstance(value, str)).any():
        return pd.to_numeric(column)
    return column.map(_cut)


def _cut(words: str) -> str:
    whole = words.encode()
    return words if len(whole) <= LONGEST else whole[: LONGEST - 3].decode(errors="ignore") + "…"


def _fields(written: Iterable[Layer], path: Path, lang: Language) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(FIELDS)
        for layer in written:
            for field in layer.fields:
                told = (layer.name(lang), field.short, field.id, field.zh, field.en)
                rows.writerow(guarded(each) for each in told)
