"""Files as planners hold them, written byte by byte where a library would write them too well."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import shapely

Line = Sequence[tuple[float, float]]


def write_shapefile(
    path: Path,
    rows: Mapping[str, Sequence[Any]],
    shapes: Sequence[shapely.Geometry],
    crs: Any = 4326,
    *,
    encoding: str = "gb18030",
    cpg: str | None = None,
    ldid: int = 0,
) -> Path:
    """A shapefile whose texts are in an encoding, whatever its .cpg (none where not given) and LDID byte say."""
    frame = gpd.GeoDataFrame({key: list(values) for key, values in rows.items()}, geometry=list(shapes), crs=crs)
    frame.to_file(path, encoding=encoding, engine="pyogrio")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg, encoding="ascii")
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = ldid
    path.with_suffix(".dbf").write_bytes(table)
    return path


def write_dxf(
    path: Path,
    lines: Iterable[tuple[str, Line, bool]],
    texts: Iterable[tuple[str, tuple[float, float], str]] = (),
    *,
    encoding: str = "gbk",
    codepage: str | None = "ANSI_936",
    version: str = "AC1015",
) -> Path:
    """A drawing of polylines (layer, points, closed) and labels (layer, point, text)."""
    head = ["0", "SECTION", "2", "HEADER", "9", "$ACADVER", "1", version]
    head += ["9", "$DWGCODEPAGE", "3", codepage] if codepage else []
    body: list[object] = [*head, "0", "ENDSEC", "0", "SECTION", "2", "ENTITIES"]
    for layer, points, closed in lines:
        body += ["0", "LWPOLYLINE", "8", layer, "90", len(points), "70", int(closed)]
        body += [item for x, y in points for item in ("10", x, "20", y)]
    for layer, (x, y), text in texts:
        body += ["0", "TEXT", "8", layer, "10", x, "20", y, "40", 3, "1", text]
    body += ["0", "ENDSEC", "0", "EOF", ""]
    path.write_bytes("\n".join(map(str, body)).encode(encoding))
    return path


class _Plain(zipfile.ZipInfo):
    """An entry whose name stands in an encoding that the zip does not tell."""

    encoding = "gbk"

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.filename.encode(self.encoding), self.flag_bits & ~0x800


def write_zip(path: Path, files: Iterable[Path], folder: str = "") -> Path:
    """A zip whose names are in GBK and do not say so, as zips made on Windows are."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.writestr(_Plain(folder + file.name), file.read_bytes())
    return path


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], merged: Mapping[str, str] = {}) -> Path:
    """A workbook of sheets (rows of cells) with one merged area a sheet, as ``{"sheet": "A1:E1"}``."""
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        for area in merged.get(name, "").split():
            sheet.merge_cells(area)
    book.save(path)
    return path
