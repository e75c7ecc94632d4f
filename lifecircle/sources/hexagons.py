"""Cells of the H3 grid as polygons."""

from __future__ import annotations

import h3
import numpy as np
import pandas as pd
import shapely

from lifecircle.errors import Fault, InputError, row_of
from lifecircle.messages import msg
from lifecircle.model import Geometries


def hexagons(ids: pd.Series, where: str) -> Geometries:
    """Shape (n,): the cells of H3 ids (15 hexadecimal digits) in WGS 84, longitude before latitude.

    ``ids`` is indexed by row. Raises InputError naming every row whose id is none.
    """
    given = ids.fillna("").astype(str).str.strip().str.lower()
    faults = [
        Fault(row_of(where, row), msg("{value!r} is no id of an H3 cell", value=id), msg("write 15 hexadecimal digits"))
        for row, id in given.items()
        if not h3.is_valid_cell(id)
    ]
    if faults:
        raise InputError(faults)
    rings = [np.array(h3.cell_to_boundary(id))[:, ::-1] for id in given]
    if not rings:
        return np.empty(0, dtype=object)
    of_vertex = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    return np.asarray(shapely.polygons(shapely.linearrings(np.concatenate(rings), indices=of_vertex)))
