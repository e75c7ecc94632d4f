"""Several sites side by side: from assessments, their JSON files, folders of them, or site files."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lifecircle.assessment import assess
from lifecircle.drawing import AGAIN, read_document
from lifecircle.errors import Fault, InputError, LifecircleError
from lifecircle.load import distinct
from lifecircle.messages import Named, msg
from lifecircle.model import FUNCTIONS, PEOPLE, Assessment, Comparison
from lifecircle.outputs import drawings
from lifecircle.outputs.json import FORMAT, KIND, document
from lifecircle.refusals import refusal, refusals

SITE_FILES = (".yaml", ".yml")


def compare(
    items: Sequence[Assessment | str | Path], *, mixed: bool = False, executor: Executor | None = None
) -> Comparison:
    """Set sites side by side.

    An item is an assessment, the path of one as JSON, a site file (assessed here, on ``executor``, by default
    in processes of this machine), or a folder: the assessments in it or one level below, or the site files
    where it holds no assessment. The order of the items changes nothing.

    Sites rank by the lower bound of their index, then by the upper; those whose intervals overlap are each
    other's ties, since which of them is ahead is not known. In each category the sites that could be ahead of
    all others are ``best`` (``tied best`` where there are several), those that could be behind all ``worst``.

    Raises InputError with the faults of all items together, and where sites are held to different standards
    or asked about at different moments of the week, unless ``mixed``.
    """
    documents, faults = _gathered(items, executor)
    if not documents and not faults:
        faults = [Fault("compare", msg("nothing to compare"), msg("give sites, assessments or folders of them"))]
    if not mixed:
        faults += [*_different_standards(documents), *_different_moments(documents)]
    if faults:
        raise InputError(faults)
    documents = sorted(documents, key=lambda found: (found.site.slug, repr(found)))
    slugs = distinct([found.site.slug for found in documents])
    several = len({found.standard.id for found in documents}) > 1
    sites = pd.DataFrame([_site(slug, found, several) for slug, found in zip(slugs, documents, strict=True)])
    rows = [row for slug, found in zip(slugs, documents, strict=True) for row in _categories(slug, found)]
    categories = pd.DataFrame(rows)
    return Comparison(
        standard=", ".join(sorted({found.standard.id for found in documents})),
        sites=_ranked(sites),
        categories=categories.assign(standing=_standings(categories)),
        attribution=tuple(sorted({credit for found in documents for credit in found.attribution})),
        drawings={slug: found.drawn for slug, found in zip(slugs, documents, strict=True) if found.drawn},
    )


# What is read of an assessment's JSON


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class _Bounds(_Read):
    low: float
    high: float
    mid: float | None = None


class _SitePart(_Read):
    name: str
    slug: str
    synthetic: bool
    area_km2: float


class _StandardPart(_Read):
    id: str
    version: str
    hash: str


class _ProfilePart(_Read):
    id: str


class _IndexPart(_Read):
    value: _Bounds
    functions: dict[str, _Bounds]
    grade: tuple[str, str]
    weakest: str | None


class _Shares(_Read):
    total: float | None
    covered: float | None
    gap: float | None
    unknown: float | None
    c_low: float | None
    c_high: float | None


class _CategoryPart(_Read):
    id: str
    zh: str
    en: str
    function: str
    judged_by: str
    at_norm: _Shares


class _Told(_Read):
    """A sentence in both languages."""

    zh: str
    en: str


class _Drawing(_Read):
    format: int
    packed: str


class _Document(_Read):
    """What a comparison needs of an assessment."""

    format: Literal[2]
    kind: Literal["lifecircle assessment"]
    site: _SitePart
    standard: _StandardPart
    profile: _ProfilePart
    headline: _Told
    at: _Told | None = None
    heads: dict[str, float | None]
    index: _IndexPart
    categories: tuple[_CategoryPart, ...] = Field(min_length=1)
    attribution: tuple[str, ...]
    notes: tuple[_Told, ...]
    drawing: _Drawing | None = Field(None, repr=False)

    @property
    def drawn(self) -> str:
        """The drawing, packed; empty where there is none that can be drawn."""
        return self.drawing.packed if self.drawing is not None and self.drawing.format == drawings.FORMAT else ""


@dataclass(frozen=True)
class _Answer:
    """A document as plain data, or what is wrong with its item."""

    where: str
    data: Any = None
    faults: tuple[Fault, ...] = ()


def _gathered(
    items: Sequence[Assessment | str | Path], executor: Executor | None
) -> tuple[list[_Document], list[Fault]]:
    answers = [_Answer(item.site.name, document(item)) for item in items if isinstance(item, Assessment)]
    paths: dict[Path, None] = {}
    for item in items:
        if not isinstance(item, Assessment):
            found = _expanded(Path(item))
            answers += [found] if isinstance(found, _Answer) else []
            paths |= {} if isinstance(found, _Answer) else dict.fromkeys(path.resolve() for path in found)
    site_files = [path for path in paths if path.suffix.lower() in SITE_FILES]
    answers += [_read(path) for path in paths if path not in site_files]
    answers += _assessed(site_files, executor)
    documents: list[_Document] = []
    faults: list[Fault] = []
    for answer in answers:
        faults += answer.faults
        if not answer.faults:
            try:
                documents.append(_Document.model_validate(_untailored(answer.data)))
            except ValidationError as error:
                faults.append(_not_whole(answer.where, error))
    return documents, faults


def _untailored(data: Any) -> Any:
    """A document with the figures by the standard as it was before tailoring: those that compare."""
    plain = data.get("untailored") if isinstance(data, dict) else None
    return data | plain if isinstance(plain, dict) else data


def _expanded(path: Path) -> list[Path] | _Answer:
    """The files that a path stands for."""
    if path.is_dir():
        found = sorted(file for file in (*path.glob("*.json"), *path.glob("*/*.json")) if _is_assessment(file))
        if not found:
            files = sorted(
                file for suffix in SITE_FILES for depth in ("", "*/") for file in path.glob(f"{depth}*{suffix}")
            )
            found = [file for file in files if _is_site(file)]
        what = msg("holds no assessment and no site file")
        mend = msg("give the folder that `lifecircle assess -o` wrote to")
        return found or _Answer(str(path), faults=(Fault(str(path), what, mend),))
    if not path.exists():
        mend = msg("give a site file, an assessment or a folder")
        return _Answer(str(path), faults=(Fault(str(path), msg("no such file or folder"), mend),))
    if path.suffix.lower() not in (".json", *SITE_FILES):
        mend = msg("give an assessment (.json) or a site file (.yaml)")
        return _Answer(str(path), faults=(Fault(str(path), msg("neither an assessment nor a site file"), mend),))
    return [path]


def _is_assessment(file: Path) -> bool:
    """Whether a JSON file says that it is an assessment (of whatever format, so that an old one is named)."""
    try:
        return f'"kind": "{KIND}"' in file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _is_site(file: Path) -> bool:
    try:
        return re.search(r"^boundary:", file.read_text(encoding="utf-8", errors="replace"), re.MULTILINE) is not None
    except OSError:
        return False


def _read(path: Path) -> _Answer:
    try:
        return _Answer(str(path), read_document(path))
    except InputError as error:
        return _Answer(str(path), faults=error.faults)


def _not_whole(where: str, error: ValidationError) -> Fault:
    first = refusals(error)[0]
    key = ".".join(str(step) for step in first["loc"]) or msg("the file")
    what = msg("no assessment of format {format}: {key}: {what}", format=FORMAT, key=key, what=refusal(first))
    return Fault(where, what, AGAIN)


def _assessed(files: Sequence[Path], executor: Executor | None) -> list[_Answer]:
    if executor is not None:
        return list(executor.map(_assess, files))
    if len(files) < 2:
        return [_assess(file) for file in files]
    with ProcessPoolExecutor(min(len(files), os.cpu_count() or 1)) as pool:
        return list(pool.map(_assess, files))


def _assess(file: Path) -> _Answer:
    """Assess a site file; faults come back as values, so that one bad site does not hide another's."""
    try:
        return _Answer(str(file), document(assess(file)))
    except InputError as error:
        return _Answer(str(file), faults=error.faults)
    except LifecircleError as error:
        return _Answer(str(file), faults=(Fault(str(file), error.message, None),))


def _different_standards(documents: Sequence[_Document]) -> list[Fault]:
    names: dict[_StandardPart, list[str]] = {}
    for found in documents:
        names.setdefault(found.standard, []).append(found.site.name)
    walkers = sorted({found.profile.id for found in documents})
    if len(walkers) > 1:
        mend = msg("assess all on one profile, or compare with mixed (--mixed)")
        return [Fault("profile", msg("walked on different profiles: {ids}", ids=tuple(walkers)), mend)]
    if len({standard.hash for standard in names}) < 2:
        return []
    mend = msg("assess all by one standard, or compare with mixed (--mixed)")
    return [
        Fault(
            msg("{names}", names=tuple(sites)),
            msg("held to the standard {id} {version} ({hash})", id=one.id, version=one.version, hash=one.hash[:12]),
            mend,
        )
        for one, sites in sorted(names.items(), key=lambda pair: (pair[0].id, pair[0].hash))
    ]


def _different_moments(documents: Sequence[_Document]) -> list[Fault]:
    moments = {found.at and (found.at.zh, found.at.en) for found in documents}
    if len(moments) < 2:
        return []
    told = tuple(Named(*moment) if moment else msg("at whatever hour") for moment in sorted(moments, key=str))
    mend = msg("assess all at one moment, or compare with mixed (--mixed)")
    return [Fault("at", msg("asked about at different moments: {moments}", moments=told), mend)]


# Tables


def _site(slug: str, found: _Document, several: bool) -> dict[str, Any]:
    """``several``: the sites are not all held to one standard."""
    index = found.index
    bounds = {
        f"{name}_{end}": getattr(index.functions[name], end) if name in index.functions else None
        for name in FUNCTIONS
        for end in ("low", "high")
    }
    return {
        "slug": slug,
        "name": f"{found.site.name} [{found.standard.id}]" if several else found.site.name,
        "headline_zh": found.headline.zh,
        "headline_en": found.headline.en,
        "synthetic": found.site.synthetic,
        **{kind: found.heads.get(kind) for kind in PEOPLE},
        "area_km2": found.site.area_km2,
        "index_low": index.value.low,
        "index_high": index.value.high,
        "index_mid": index.value.mid,
        **bounds,
        "weakest": index.weakest or "",
        "grade": " – ".join(dict.fromkeys(index.grade)),
        "standard": found.standard.id,
        "standard_hash": found.standard.hash,
        "profile": found.profile.id,
        "notes_zh": tuple(note.zh for note in found.notes),
        "notes_en": tuple(note.en for note in found.notes),
    }


def _categories(slug: str, found: _Document) -> list[dict[str, Any]]:
    return [
        {
            "slug": slug,
            "category": category.id,
            "zh": category.zh,
            "en": category.en,
            "function": category.function,
            "by": category.judged_by,
            **category.at_norm.model_dump(),
        }
        for category in found.categories
    ]


def _ranked(sites: pd.DataFrame) -> pd.DataFrame:
    """Sites by rank, with equals at the same rank, and the ties of each."""
    order = sites.sort_values(
        ["index_low", "index_high", "slug"], ascending=[False, False, True], ignore_index=True
    ).astype(dict.fromkeys((*PEOPLE, "index_mid"), float))
    bounds = pd.MultiIndex.from_frame(order[["index_low", "index_high"]])
    first = pd.Series(range(1, len(order) + 1)).groupby(bounds.factorize()[0]).transform("min")
    low, high = order["index_low"].to_numpy(), order["index_high"].to_numpy()
    overlap = (low[:, None] <= high) & (low <= high[:, None])
    slugs = order["slug"].to_numpy(dtype=object)
    ties = [tuple(slugs[row & (slugs != slug)]) for row, slug in zip(overlap, slugs, strict=True)]
    return order.assign(rank=first, ties=pd.Series(ties, dtype=object))


def _standings(categories: pd.DataFrame) -> pd.Series:
    """Who could be ahead of all others in a category, and who behind; empty for who could be both.

    Empty too where one site is judged by heads and another by places: those shares do not compare.
    """
    category = categories["category"]
    low, high = categories["c_low"].astype(float), categories["c_high"].astype(float)
    ahead = high >= low.groupby(category).transform("max")
    behind = low <= high.groupby(category).transform("min")
    out = pd.Series("", index=categories.index, dtype=object)
    for could, never, word in ((ahead, behind, "best"), (behind, ahead, "worst")):
        alone = could.groupby(category).transform("sum") == 1
        out[could & ~never & alone] = word
        out[could & ~never & ~alone] = f"tied {word}"
    mixed = (categories["by"] == "places").groupby(category).transform("nunique") > 1
    return out.where(~mixed, "")
