"""Tables that only a workbook has room for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pandas as pd

from lifecircle.messages import Message, Named, msg
from lifecircle.model import MINUTES, Assessment
from lifecircle.outputs.chapters.reached import gap_columns, gap_row
from lifecircle.outputs.chapters.telling import (
    CATEGORY,
    FIGURES,
    FUNCTION,
    JUDGED_BY,
    WALK,
    called,
    counted,
    figures,
    judged_by,
    limit_of,
)
from lifecircle.outputs.looks import FUNCTIONS
from lifecircle.outputs.plain import judged, number, text
from lifecircle.outputs.reporting import Cell, Column, Table
from lifecircle.outputs.tracing import TITLES, lines

MOST_ROWS = 50_000
"""Rows of gap places a workbook holds, shared out among the categories; the GeoJSON holds them all."""
LIMIT = Column(Named("口径", "Limit"), "mark", 12)


def minutes(assessment: Assessment) -> Table:
    """Coverage of every category within some minutes."""
    found = {at: judged(assessment, f"{at} min") for at in MINUTES}
    speed = assessment.site.profile.metres_per_minute
    rows: list[tuple[Cell, ...]] = [
        (
            FUNCTIONS[category.function],
            called(category),
            limit_of(category, f"{at} min"),
            number(at * speed, 1),
            counted(judged_by(assessment, category.id)),
            *figures(table.loc[category.id]),
        )
        for category in assessment.site.standard.categories
        for at, table in found.items()
    ]
    columns = (FUNCTION, CATEGORY, LIMIT, WALK, JUDGED_BY, *FIGURES)
    return Table("minutes", msg("Coverage by minutes"), columns, rows, Named("步行分钟", "Minutes"))


def measures(assessment: Assessment) -> Table:
    """Coverage by everything that can be counted, at every limit."""
    known = {category.id: category for category in assessment.site.standard.categories}
    rows: list[tuple[Cell, ...]] = [
        (
            called(known[row["category"]]),
            limit_of(known[row["category"]], row["at"]),
            number(row["norm_m"], 1),
            counted(row["by"]),
            *figures(row),
        )
        for row in assessment.coverage.table.to_dict("records")
    ]
    columns = (CATEGORY, LIMIT, WALK, Column(Named("计量", "Counted by"), "mark", 26), *FIGURES)
    return Table("measures", msg("Coverage by all measures"), columns, rows, Named("全部口径", "All measures"))


def gap_places(assessment: Assessment) -> Table:
    """Places in gap, a category at a time."""
    own = (Column(Named("地点", "Place"), "text", 24), Column(Named("名称", "Name"), "text", 32))
    places, note = _shown(assessment.gaps.places)
    rows = [
        gap_row(assessment, row, (text(row["place"]), text(row["name"])))
        for row in places.drop(columns="geometry").to_dict("records")
    ]
    name = Named("缺口地点", "Gap places")
    return Table("gap_places", msg("Places in gap"), gap_columns(assessment, own), rows, name, note=note)


def _shown(places: pd.DataFrame) -> tuple[pd.DataFrame, Message | None]:
    """The gap places a workbook can hold, and a remark where they are not all."""
    if len(places) <= MOST_ROWS:
        return places, None
    most = max(1, MOST_ROWS // places["category"].nunique())
    note = msg("At most {most:,} rows a category; the GeoJSON holds all {all:,}.", most=most, all=len(places))
    return places.groupby("category").head(most), note


def facility_rows(assessment: Assessment) -> Table:
    """What became of every row of every source of facilities."""
    widths = (18, 7, 28, 30, 12, 14, 20, 18, 30, 10, 26, 30, 36)
    columns = tuple(Column(Named(title, title), width=width) for title, width in zip(TITLES, widths, strict=True))
    count = len(assessment.site.trace)
    cut = msg("The first {most:,} rows; the CSV holds all {all:,}.", most=MOST_ROWS, all=count)
    rows: Sequence[tuple[Cell, ...]] = [tuple(line) for line in islice(lines(assessment.site), MOST_ROWS)]
    name = Named("设施来源", "Facility rows")
    note = cut if count > MOST_ROWS else None
    return Table("facility_rows", msg("What became of every row"), columns, rows, name, note=note)


TABLES = (minutes, measures, gap_places, facility_rows)
"""In the order of their tabs, after those of the report."""
