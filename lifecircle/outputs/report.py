"""From one assessment the report that workbook, atlas and text documents all tell.

A chapter is a function of the assessment in ``outputs/chapters/`` and a name in ``CHAPTERS``.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

from lifecircle.model import Assessment
from lifecircle.outputs.chapters.measured import indicators, sensitivity
from lifecircle.outputs.chapters.policy import checks
from lifecircle.outputs.chapters.proposed import proposed
from lifecircle.outputs.chapters.reached import gaps, reached
from lifecircle.outputs.chapters.scenario import scenario
from lifecircle.outputs.chapters.scorecard import scorecard
from lifecircle.outputs.chapters.summary import index, whom
from lifecircle.outputs.chapters.supplied import groups, places, supply
from lifecircle.outputs.chapters.tailored import tailoring
from lifecircle.outputs.chapters.trust import data, methods, provenance, unknown
from lifecircle.outputs.plain import standard_name, text
from lifecircle.outputs.reporting import Cell as Cell
from lifecircle.outputs.reporting import Chapter as Chapter
from lifecircle.outputs.reporting import Column as Column
from lifecircle.outputs.reporting import Report as Report
from lifecircle.outputs.reporting import Span as Span
from lifecircle.outputs.reporting import Table as Table
from lifecircle.outputs.reporting import both as both
from lifecircle.outputs.reporting import said as said
from lifecircle.outputs.reporting import shown as shown

CHAPTERS = (
    whom, proposed, scenario, tailoring, index, reached, gaps, places, groups, supply, unknown, indicators, checks,
    scorecard, sensitivity, data, methods, provenance,
)  # fmt: skip
"""In the order in which they are read."""


def report(assessment: Assessment) -> Report:
    """What was found, as chapters of sentences and tables; what has nothing to say is left out."""
    site = assessment.site
    told = [_filled(chapter(assessment)) for chapter in CHAPTERS]
    return Report(
        name=text(site.name),
        headline=assessment.headline,
        standard=standard_name(assessment),
        synthetic=site.synthetic,
        credits=tuple(text(credit) for credit in site.attribution),
        version=version("lifecircle"),
        chapters=tuple(chapter for chapter in told if chapter.sentences or chapter.tables),
    )


def _filled(chapter: Chapter) -> Chapter:
    """A chapter without its empty tables."""
    return replace(chapter, tables=tuple(table for table in chapter.tables if table.rows))
