"""What commands share: their arguments, a page's options, progress, writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lifecircle.messages import Progress, msg, silent

if TYPE_CHECKING:
    from lifecircle.model import Assessment


class Language(StrEnum):
    """What ``--lang`` takes."""

    ZH = "zh"
    EN = "en"


class System(StrEnum):
    """What ``--tiles-system`` takes."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"


SUFFIXES = (".html", ".geojson", ".xlsx", ".tif", ".json")
Folder = Annotated[Path, typer.Option("-o", "--output", help="Folder for the results.", file_okay=False)]
Tiles = Annotated[
    list[str] | None,
    typer.Option("--tiles", metavar="URL", help="Tile server below the map: https://host/{z}/{x}/{y}.png; repeatable."),
]
TilesSystem = Annotated[
    System | None, typer.Option("--tiles-system", help="Coordinates of the tiles, where their host does not tell.")
]
SiteArgument = Annotated[Path, typer.Argument(metavar="SITE.yaml", help="The site file.")]


def page_options(ctx: typer.Context, tiles: list[str] | None = None, system: System | None = None) -> dict[str, Any]:
    """Options of the map's page; it opens in Chinese unless another language was asked for. Raises InputError."""
    from lifecircle.outputs.tiles import tile_layers

    tile_layers(tiles)  # told before anything is computed
    return {"lang": ctx.find_root().params["lang"] or Language.ZH, "tiles": tiles, "system": system}


def further_forms(
    spoken: str, lang: str, documents: bool, also: list[str], fonts: Path | None
) -> dict[str, dict[str, Any]]:
    """Suffixes of what is written beside the usual, with options; told before anything is computed where there is no
    such kind, or no font for it."""
    from lifecircle.model import Assessment
    from lifecircle.outputs import DOCUMENTS, ONE_LANGUAGE, WRITERS

    asked = [f".{suffix.lower().lstrip('.')}" for suffix in also]
    for suffix in asked:
        if not suffix.endswith(tuple(WRITERS[Assessment])):
            known = tuple(WRITERS[Assessment])
            told = msg("--also {suffix}: use {suffixes}", suffix=suffix, suffixes=known).render(spoken)
            raise typer.BadParameter(told)
    asked += DOCUMENTS if documents else ()
    options: dict[str, dict[str, Any]] = {each: {"lang": lang} if each.endswith(ONE_LANGUAGE) else {} for each in asked}
    if ".pdf" in options:
        from lifecircle.outputs.atlas.fonts import Letters

        Letters.found(lang, fonts)
        options[".pdf"]["fonts"] = fonts
    return options


def write_result(
    result: Assessment,
    folder: Path,
    say: Progress,
    page: dict[str, Any],
    ground: bool = False,
    further: dict[str, dict[str, Any]] | None = None,
) -> list[Path]:
    """Every kind of output of one assessment, or none of them where one fails."""
    from lifecircle.outputs import write_all

    forms: dict[Path, dict[str, Any]] = {folder / f"{result.site.slug}{suffix}": {} for suffix in SUFFIXES}
    forms[folder / f"{result.site.slug}.html"] = page
    forms[folder / f"{result.site.slug}.facilities.csv"] = {}
    if ground:
        forms[folder / f"{result.site.slug}.ground.geojson"] = {"layer": "states"}
    for suffix, options in (further or {}).items():
        forms.setdefault(folder / f"{result.site.slug}{suffix}", options)
    return write_all(result, forms, progress=say)


@contextmanager
def progress(ctx: typer.Context) -> Iterator[Progress]:
    """A line on the terminal that says what is being done; silent where the output is not a terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield silent
        return
    with console.status(msg("starting").render(ctx.obj), spinner="line") as status:
        yield lambda step: status.update(step.render(ctx.obj))
