"""Rasters that lie nowhere are refused in a line, whatever reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio import Affine

from lifecircle.errors import InputError
from lifecircle.sources.rasters import opened

HERE = Affine(0.001, 0, 120.6, 0, -0.001, 31.4)


def written(path: Path, transform: Affine, crs: str | None = "EPSG:4326") -> Path:
    profile: dict[str, Any] = {"driver": "GTiff", "height": 4, "width": 4, "count": 1, "dtype": "uint8"}
    with rasterio.open(path, "w", **profile, crs=crs, transform=transform) as raster:
        raster.write(np.ones((1, 4, 4), dtype=np.uint8))
    return path


@pytest.mark.parametrize(
    ("transform", "crs", "told"),
    [
        (HERE, None, "does not say its coordinate system"),
        (HERE, "EPSG:4978", "no place on the Earth"),
        (Affine(0.001, 0, 120.6, 0.001, 0, 31.4), "EPSG:4326", "no size"),
        (Affine(1000, 0, 120.6, 0, -0.001, 31.4), "EPSG:4326", "off the globe"),
    ],
)
def test_a_raster_that_lies_nowhere(tmp_path: Path, transform: Affine, crs: str | None, told: str) -> None:
    path = written(tmp_path / "r.tif", transform, crs)
    with pytest.raises(InputError, match=told) as caught, opened(path):
        pass
    assert str(caught.value).startswith(str(path))


def test_what_is_no_raster(tmp_path: Path) -> None:
    (tmp_path / "r.tif").write_text("no raster")
    with pytest.raises(InputError, match="cannot be read"), opened(tmp_path / "r.tif"):
        pass


def test_a_raster_that_lies_somewhere(tmp_path: Path) -> None:
    with opened(written(tmp_path / "r.tif", HERE)) as raster:
        assert raster.bounds == pytest.approx((120.6, 31.396, 120.604, 31.4))
