"""The layers of an assessment as a GeoPackage, in the CRS that the boundary came in."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import geopandas as gpd
import pyogrio

from lifecircle.model import Assessment
from lifecircle.outputs.gis import Language, Layer, layers

NEVER = "2000-01-01T00:00:00.000Z"
"""Date of every layer, so that the same result gives the same bytes."""
AREAS = ("boundary", "gap_areas", "isochrones")
"""Layers of polygons, some of several parts."""
ALIASES = """
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name)
);
"""
"""Table of the GeoPackage extension ``gpkg_schema``, https://www.geopackage.org/spec131/#extension_schema."""
EXTENSION = ("gpkg_schema", "http://www.geopackage.org/spec131/#extension_schema", "read-write")


def write(assessment: Assessment, path: Path, *, lang: Language = "zh") -> None:
    """Write every layer of ``gis.layers``, layers and columns called in a language. Raises OSError.

    Columns keep plain names; their titles are aliases (``gpkg_data_columns``).
    """
    written = []
    with _dated():
        for layer in layers(assessment):
            _write(layer, path, assessment, lang)
            written.append(layer)
    _alias(written, path, lang)


def _write(layer: Layer, path: Path, assessment: Assessment, lang: Language) -> None:
    frame = layer.frame
    if isinstance(frame, gpd.GeoDataFrame):
        frame = frame.to_crs(assessment.site.boundary_crs)
    pyogrio.write_dataframe(
        frame,
        path,
        layer=layer.name(lang),
        driver="GPKG",
        append=path.exists(),
        promote_to_multi=layer.id in AREAS,
        layer_options={"IDENTIFIER": layer.name(lang), "DESCRIPTION": layer.name("en" if lang == "zh" else "zh")},
    )


def _alias(written: Sequence[Layer], path: Path, lang: Language) -> None:
    rows = []
    for layer in written:
        for field in layer.fields:
            title, other = (field.zh, field.en) if lang == "zh" else (field.en, field.zh)
            rows.append((layer.name(lang), field.id, title, title, other))
    with closing(sqlite3.connect(path)) as base, base:
        base.executescript(ALIASES)
        base.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, name, title, description) VALUES (?, ?, ?, ?, ?)",
            rows,
        )
        base.execute(
            "CREATE TABLE IF NOT EXISTS gpkg_extensions (table_name TEXT, column_name TEXT, "
            "extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL, "
            "CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))"
        )
        base.execute("INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, ?, ?, ?)", EXTENSION)


@contextmanager
def _dated() -> Iterator[None]:
    """GDAL dates layers by a day that never was."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": NEVER})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
