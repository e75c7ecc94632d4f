"""What is unknown and why, how good the data are, how it was done, and what it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lifecircle.messages import Message, Named, msg
from lifecircle.model import Assessment
from lifecircle.outputs.chapters.telling import CATEGORY, called, listed, norm_of, rounded
from lifecircle.outputs.looks import DATA, STANDINGS
from lifecircle.outputs.plain import about, dates, joined, judged, sources, text
from lifecircle.outputs.reporting import Cell, Chapter, Column, Table, shown

WIDEST = 3
"""Unknowns that are told in sentences."""
SAID_BY = {
    "site file": msg("says the site file"),
    "file header": msg("says the file's header"),
    "newest node": msg("the newest edit of a node"),
}
"""Who says when data are of."""
PARAMETERS = {
    "connector_m": msg("longest connector (m)"),
    "limit_m": msg("search limit (m)"),
    "private_ways": msg("private ways"),
    "profile": msg("walking profile"),
    "metres_per_minute": msg("walking speed (m a minute)"),
    "year": msg("year"),
    "barriers.of_osm": msg("barriers taken from OpenStreetMap"),
    "barriers.mapped_wall": msg("walls and fences mapped"),
    "barriers.mapped_water": msg("waters mapped"),
    "barriers.mapped_railway": msg("railways mapped"),
    "barriers.mapped_enclosures": msg("enclosures mapped"),
    "barriers.own_walls": msg("walls of the site file"),
    "barriers.own_enclosures": msg("enclosures of the site file"),
    "barriers.gates_public": msg("gates open to all"),
    "barriers.gates_staff": msg("gates for staff"),
    "barriers.gates_residents": msg("gates for residents"),
    "barriers.gates_closed": msg("gates shut"),
}
"""What parameters are called; the others by their names."""
NOTES = {"repaired": msg("repaired"), "assumed": msg("assumed"), "doubt": msg("doubt"), "info": msg("for information")}


def unknown(assessment: Assessment) -> Chapter:
    """Which categories are unknown for somebody."""
    table = judged(assessment)
    open_ends = table[table["unknown"] > 0].index
    sentences = (_unknown(assessment, [str(id) for id in open_ends], len(table)),)
    tables = (_widest(assessment), _trust(assessment))
    return Chapter("unknown", msg("What is unknown, and why"), (*sentences, *_narrowing(assessment)), tables)


def _unknown(assessment: Assessment, ids: list[str], every: int) -> Message:
    """Which categories are unknown for somebody."""
    if not ids:
        return msg("Nothing is unknown: every place is known to be covered or in gap.")
    if len(ids) == every:
        return msg("Every category is unknown for some or all of those it is due to.")
    names = listed(assessment.site.standard.category(id) for id in ids)
    return msg("Unknown for some or all of those it is due to: {names}.", names=names)


def _narrowing(assessment: Assessment) -> Iterator[Message]:
    """What one would have to know for the index to be told closer."""
    for row in assessment.widest.head(WIDEST).to_dict("records"):
        yield msg(
            "Knowing {category} would narrow the index by {points} points: {reason}.",
            category=called(assessment.site.standard.category(row["category"])),
            points=shown(rounded(row["points"]), "tenth"),
            reason=Named(row["reason_zh"], row["reason_en"]),
        )


def _widest(assessment: Assessment) -> Table:
    columns = (
        CATEGORY,
        Column(Named("指数收窄（分）", "Index points"), "tenth", 12),
        Column(Named("原因", "Why it is not known"), "both", 50),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            called(assessment.site.standard.category(row["category"])),
            rounded(row["points"]),
            Named(row["reason_zh"], row["reason_en"]),
        )
        for row in assessment.widest.to_dict("records")
    ]
    title = msg("What knowing each category would narrow the index by")
    return Table("widest", title, columns, rows, Named("未知影响", "Unknowns"))


def _trust(assessment: Assessment) -> Table:
    columns = (
        CATEGORY,
        Column(Named("数据", "Data"), "mark", 20),
        Column(Named("说明", "In words"), "both", 60),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            called(assessment.site.standard.category(data.category)),
            DATA[data.completeness],
            Named(**joined(data.sentences)),
        )
        for data in assessment.trust
    ]
    title = msg("How far each category's data can be trusted")
    return Table("trust", title, columns, rows, Named("可信度", "Trust"))


def data(assessment: Assessment) -> Chapter:
    """Repairs, assumptions and doubts."""
    columns = (
        Column(Named("性质", "Kind"), "mark", 14),
        Column(Named("说明", "In words"), "both", 80),
    )
    rows: list[tuple[Cell, ...]] = [(NOTES[note.kind], note.text) for note in assessment.notes]
    table = Table("notes", msg("Repairs, assumptions, doubts"), columns, rows, Named("资料质量", "Data quality"))
    return Chapter("data", msg("Data quality"), tuple(_dates(assessment)), (table,))


def _dates(assessment: Assessment) -> Iterator[Message]:
    """When the data are of, and who says so."""
    found = dates(assessment)
    for row in found:
        if row["by"]:
            yield msg("{file} is of {date} ({by}).", file=row["file"], date=row["date"], by=SAID_BY[row["by"]])
    undated = tuple(row["file"] for row in found if not row["by"])
    if undated:
        yield msg("Nobody says when these are of: {files}.", files=undated)


def methods(assessment: Assessment) -> Chapter:
    """What the words mean, and what the numbers cannot say."""
    return Chapter("methods", msg("Methods and honesty"), tuple(_methods(assessment)), (_norms(assessment),))


def _methods(assessment: Assessment) -> Iterator[Message]:
    yield msg(
        "A place is covered when the walk to the nearest facility is within the category's norm. Else it is unknown "
        "when a facility beyond the edge of the data might serve it, when it joins no street, or when nobody knows "
        "whether the layer is whole and not one such facility was found. Only then is it a gap; of low confidence "
        "unless the layer was declared complete."
    )
    yield msg("Every share and every index runs from what is unknown being missing to what is unknown being there.")
    yield msg(
        "Daily life is judged by beds and people, services to firms by jobs, kindergartens by families. A head count "
        "that nobody gave stays unknown; without any, shares are by places, footprint and street length."
    )
    yield msg(
        "Walks go over streets and paths, from the nearest point on a street, through gates and around walls, water "
        "and railways. Distance norms are held against distances, time norms against times."
    )
    yield msg(
        "The three-life index is the geometric mean of production, living and ecology; it is this tool's own proposal, "
        "for comparing sites held to one standard."
    )
    recalled = [each for each in assessment.site.standard.categories if each.standing == "recalled"]
    if recalled:
        yield msg(
            "{n} of {all} norms were recalled and not checked against their document.",
            n=len(recalled),
            all=len(assessment.site.standard.categories),
        )


def _norms(assessment: Assessment) -> Table:
    columns = (
        CATEGORY,
        Column(Named("标准", "Norm"), "mark", 12),
        Column(Named("权重", "Weight"), "hundredth", 8),
        Column(Named("依据", "Standing"), "mark", 24),
        Column(Named("来源", "Source"), "both", 40),
        Column(Named("配建", "Duty"), "text", 10),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            called(category),
            norm_of(category),
            category.weight,
            STANDINGS.get(category.standing, category.standing),
            Named(**joined([source.title for source in sources(assessment, category)])),
            category.duty,
        )
        for category in assessment.site.standard.categories
    ]
    return Table("norms", msg("Norms and where they come from"), columns, rows, Named("标准", "Norms"))


def _flat(parameters: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Parameters that were given, by name, those inside others behind a point."""
    for name, value in parameters.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{name}.")
        elif isinstance(value, list) and all(isinstance(each, dict) for each in value):
            yield from _flat({f"{name}.{i}": each for i, each in enumerate(value, start=1)}, above)
        elif isinstance(value, list):
            yield f"{above}{name}", ", ".join(text(each) for each in value)
        elif isinstance(value, str | int | float):
            yield f"{above}{name}", text(value)


def provenance(assessment: Assessment) -> Chapter:
    """What the result was made from, so that it can be made again."""
    facts = about(assessment)
    standard = facts["standard"]
    rows: list[tuple[Cell, ...]] = [
        ("lifecircle", facts["version"]),
        (msg("standard"), f"{standard['id']} {standard['version']}, SHA-256 {standard['hash']}"),
        *((PARAMETERS.get(name, name), value) for name, value in _flat(facts["parameters"])),
        *((text(name), f"SHA-256 {digest}") for name, digest in facts["inputs"].items()),
        *((msg("credit"), credit) for credit in facts["attribution"]),
    ]
    columns = (Column(Named("项目", "What"), "mark", 30), Column(Named("内容", "Value"), "text", 80))
    table = Table("provenance", msg("Inputs"), columns, rows, Named("出处", "Provenance"))
    return Chapter("provenance", msg("Provenance"), (), (table,))
