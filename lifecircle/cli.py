"""The command line: parse, call the library, print, exit. No analysis here."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from lifecircle.cli_shared import (
    Folder,
    Language,
    SiteArgument,
    Tiles,
    TilesSystem,
    further_forms,
    page_options,
    progress,
    write_result,
)
from lifecircle.cli_standards import printable, standards
from lifecircle.cli_suggest import suggest_command, suggest_link_command
from lifecircle.messages import LANGUAGES, Message, Named, Progress, msg, preferred_language, translated

if TYPE_CHECKING:
    from lifecircle.errors import LifecircleError
    from lifecircle.model import Assessment, Site


class Lines(TyperGroup):
    """Shows an error of ours as a line for each fault, and a traceback only when asked."""

    def invoke(self, ctx: Any) -> Any:
        from lifecircle.errors import LifecircleError

        try:
            return super().invoke(ctx)
        except LifecircleError as error:
            if ctx.params["debug"]:
                raise
            _complain(error.render(ctx.obj))
            raise typer.Exit(1) from None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """``--lang`` may stand anywhere on the line; the help is told in that language."""
        args = _language_first(args)
        asked = args[0].removeprefix("--lang=") if args and args[0].startswith("--lang=") else ""
        ctx.obj = asked if asked in LANGUAGES else _spoken_here()
        _translate(self, ctx.obj)
        return super().parse_args(ctx, args)


app = typer.Typer(
    name="lifecircle",
    cls=Lines,
    help="Who in an industrial park can reach what on foot, who cannot, and how sure we are.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(standards, name="standards")


KINDS = {"repaired": msg("repaired"), "assumed": msg("assumed"), "doubt": msg("doubt")}
"""Notes that are printed, as they are told."""
Standards = Annotated[
    list[str] | None,
    typer.Option("--standard", metavar="ID", help="Instead of the site file's: a standard's id or file; repeatable."),
]


def _version(asked: bool) -> None:
    if asked:
        from lifecircle import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    lang: Annotated[
        Language | None, typer.Option("--lang", help="Language of messages; by the locale where not given.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command; ``Lines`` reads them."""


@app.command()
def demo(ctx: typer.Context, output: Folder = Path("lifecircle-demo")) -> None:
    """Assess the sample site that ships with lifecircle (made-up data)."""
    from lifecircle import assess
    from lifecircle.sample import sample_site

    with progress(ctx) as say:
        with sample_site() as site:
            result = assess(site, progress=say)
        written = write_result(result, output, say, page_options(ctx))
    print(msg("Open {file} by double click.", file=written[0].resolve()).render(ctx.obj))


@app.command("assess")
def assess_command(
    ctx: typer.Context,
    site: SiteArgument,
    output: Folder,
    each: Annotated[
        str | None, typer.Option(metavar="FIELD", help="One assessment per boundary feature, named by this field.")
    ] = None,
    ground: Annotated[
        bool, typer.Option("--ground", help="Also the walked ground of each category as polygons (large for a city).")
    ] = False,
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A scenario (GeoJSON): what it makes of the site, beside before."),
    ] = None,
    standard: Standards = None,
    documents: Annotated[
        bool, typer.Option("--documents", help="Also what is handed in: atlas (PDF), text (DOCX) and layers (GPKG).")
    ] = False,
    also: Annotated[
        list[str] | None,
        typer.Option(metavar="SUFFIX", help="Also a file of this kind: .md, .dxf, .shp.zip ...; may be repeated."),
    ] = None,
    fonts: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of fonts for the atlas, beside this machine's.", file_okay=False),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="A moment of the week, like “Mo 02:00”: only what is open then counts."),
    ] = None,
    tiles: Tiles = None,
    tiles_system: TilesSystem = None,
) -> None:
    """Assess a site: map, gap report, indicator table, raster and JSON."""
    if each is not None and scenario is not None:
        raise typer.BadParameter(msg("a scenario is of one site: leave out --each").render(ctx.obj))
    if standard and (each is not None or scenario is not None):
        raise typer.BadParameter(msg("--standard is of one site as it is: name it in the site file").render(ctx.obj))
    from lifecircle import assess, assess_each, assess_standards
    from lifecircle.errors import LifecircleError

    written: list[Path] = []
    doubts: list[Message] = []
    failed: list[tuple[str, LifecircleError]] = []
    page = page_options(ctx, tiles, tiles_system)
    further = further_forms(ctx.obj, page["lang"], documents, also or [], fonts)
    with progress(ctx) as say:
        if each is None:
            if scenario is None:
                results = assess_standards(site, standard or (), at=at, progress=say)
            else:
                results = [assess(site, scenario=scenario, at=at, progress=say)]
            for result in results:
                doubts += _doubts(result)
                written += write_result(result, output, say, page, ground, further)
        else:
            for name, result_or_error in assess_each(site, each, at=at, progress=say):
                if isinstance(result_or_error, LifecircleError):
                    failed.append((name, result_or_error))
                else:
                    doubts += _doubts(result_or_error)
                    written += write_result(result_or_error, output, say, page, ground, further)
    for path in written:
        print(path)
    for line in dict.fromkeys(doubt.render(ctx.obj) for doubt in doubts):
        print(printable(line), file=sys.stderr)
    for name, error in failed:
        _complain(msg("{site}: {error}", site=" ".join(name.split()), error=error.render(ctx.obj)).render(ctx.obj))
    if failed:
        raise typer.Exit(1)


@app.command("init")
def init_command(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with the data of a site.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The site file; site.yaml in the folder by itself.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a site file that is there already.")] = False,
) -> None:
    """Look at the files of a folder and write a site file that runs, saying what each file is and why."""
    from lifecircle import init
    from lifecircle.drafting import SITE_FILE

    with progress(ctx) as say:
        say(msg("looking at the files"))
        draft = init(folder, output, lang=ctx.obj, force=force)
    for line in draft.told():
        print(printable(line.render(ctx.obj)))
    print(output or folder / SITE_FILE)


@app.command("check")
def check_command(
    ctx: typer.Context,
    site: SiteArgument,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Also write it to a file: .txt or .json; with --survey, the folder."),
    ] = None,
    survey: Annotated[
        bool, typer.Option("--survey", help="Write a field sheet (XLSX and map) of what a visit can settle.")
    ] = False,
) -> None:
    """Tell what the data of a site are, before anything is judged by them."""
    from lifecircle import check, write

    with progress(ctx) as say:
        result = check(site, progress=say)
        written = _write_survey(result.site, output or Path(), ctx.obj, say) if survey else []
    for line in result.render(ctx.obj).splitlines():
        print(printable(line))
    for path in written:
        print(path)
    if output is not None and not survey:
        write(result, output, **({"lang": ctx.obj} if output.suffix.lower() == ".txt" else {}))


app.command("suggest")(suggest_command)
app.command("suggest-link")(suggest_link_command)


@app.command("verify")
def verify_command(
    ctx: typer.Context,
    result: Annotated[Path, typer.Argument(metavar="ASSESSMENT.json", help="What `assess` wrote.")],
    site: SiteArgument,
    scenario: Annotated[Path | None, typer.Option(metavar="FILE", help="The scenario that it tells.")] = None,
    each: Annotated[
        str | None, typer.Option(metavar="FIELD", help="The field that the boundary feature was named by.")
    ] = None,
    standard: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="The standards of that run, all of them; repeatable.")
    ] = None,
) -> None:
    """Assess again and say whether the bytes agree, of the files beside it too, and else what has changed."""
    from lifecircle import verify

    with progress(ctx) as say:
        found = verify(result, site, scenario=scenario, each=each, standards=standard or (), progress=say)
    for line in found.told():
        print(printable(line.render(ctx.obj)))
    if not found.agrees:
        raise typer.Exit(1)


@app.command("map")
def map_command(
    ctx: typer.Context,
    assessment: Annotated[Path, typer.Argument(metavar="ASSESSMENT.json", help="What `assess` wrote.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The page (.html), or the picture of the whole (.png, .svg).")
    ] = None,
    png: Annotated[
        Path | None, typer.Option("--png", metavar="DIR", help="Folder for pictures: the whole, and every category.")
    ] = None,
    tiles: Tiles = None,
    tiles_system: TilesSystem = None,
) -> None:
    """Draw the map of an assessment again, without computing."""
    from lifecircle import read_drawing
    from lifecircle.outputs import write_all

    if output is None and png is None:
        raise typer.BadParameter(msg("give -o FILE.html or --png DIR").render(ctx.obj))
    page = page_options(ctx, tiles, tiles_system)
    drawing = read_drawing(assessment)
    forms: dict[Path, dict[str, Any]] = {}
    if output is not None:
        forms[output] = page if output.suffix.lower() == ".html" else {"lang": page["lang"]}
    if png is not None:
        forms |= {png / f"{assessment.stem}.{id}.png": {"show": id, "lang": page["lang"]} for id in drawing.pictures}
    with progress(ctx) as say:
        written = write_all(drawing, forms, progress=say)
    for path in written:
        print(path)


@app.command()
def compare(
    ctx: typer.Context,
    items: Annotated[list[Path], typer.Argument(metavar="A B ...", help="Site files, assessments (.json) or folders.")],
    output: Annotated[list[Path], typer.Option("-o", "--output", help="File: .html, .xlsx or .csv; may be repeated.")],
    mixed: Annotated[bool, typer.Option("--mixed", help="Compare although standards or moments differ.")] = False,
    scenario: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A scenario of the one site file given; may be repeated.")
    ] = None,
    standard: Standards = None,
) -> None:
    """Set several sites side by side, or a site and its scenarios."""
    if scenario and len(items) != 1:
        raise typer.BadParameter(msg("scenarios are of one site: give one site file").render(ctx.obj))
    if standard and (scenario or len(items) != 1):
        raise typer.BadParameter(msg("--standard is of one site: give one site file").render(ctx.obj))
    from lifecircle import assess_scenarios, assess_standards, compare
    from lifecircle.outputs import write_all

    with progress(ctx) as say:
        say(msg("comparing"))
        found: Sequence[Assessment | Path] = items
        if scenario:
            found = assess_scenarios(items[0], scenario)
        elif standard:
            found = assess_standards(items[0], standard)
        result = compare(found, mixed=mixed or bool(standard))
        written = write_all(result, {path: {} for path in output}, progress=say)
    for path in written:
        print(path)


@app.command()
def fetch(
    ctx: typer.Context,
    site: SiteArgument,
    overpass_url: Annotated[str | None, typer.Option(help="Another Overpass server.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder for the answers of the server.", file_okay=False)] = None,
) -> None:
    """Fetch the OpenStreetMap extract that a site file names, once; later runs need no network."""
    from lifecircle.sources.overpass import fetch_site

    with progress(ctx) as say:
        say(msg("asking Overpass"))
        path = fetch_site(site, overpass_url=overpass_url, cache=cache)
    print(path)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a site file."""
    from lifecircle.site import SiteFile

    print(json.dumps(SiteFile.model_json_schema(), indent=2, ensure_ascii=False))


def _write_survey(site: Site, folder: Path, lang: str, say: Progress) -> list[Path]:
    """The field sheet of a site and its map."""
    from lifecircle import assess, survey
    from lifecircle.outputs import write_all

    questions = survey(assess(site, progress=say))
    forms: dict[str, dict[str, Any]] = {".xlsx": {}, ".html": {"lang": lang}}
    return write_all(
        questions, {folder / f"{site.slug}.survey{suffix}": forms[suffix] for suffix in forms}, progress=say
    )


def _doubts(result: Assessment) -> list[Message]:
    """The headline, and what a reader of the result should not miss."""
    from lifecircle.tailoring import told_changes

    told = [note for note in result.notes if note.kind != "info"]
    first = msg("{site}: {headline}", site=result.site.name, headline=result.headline)
    changes = told_changes(result.site.standard, result.tailoring)
    tailored = (msg("tailored: {change}", change=change) for change in changes)
    notes = (msg("{kind}: {text}", kind=KINDS[note.kind], text=note.text) for note in told)
    return [first, *tailored, *_at_moments(result), *notes]


def _at_moments(result: Assessment) -> Iterator[Message]:
    """What was found at the moments that the standard asks about as well."""
    for row in result.moments.dropna(subset="c_low").to_dict("records"):
        category, low, high = result.site.standard.category(row["category"]), row["c_low"], row["c_high"]
        share = msg("{low:.0%}", low=low) if low == high else msg("{low:.0%} to {high:.0%}", low=low, high=high)
        yield msg(
            "{category}, {moment}: {share} covered; {told}",
            category=Named(category.zh, category.en),
            moment=Named(row["zh"], row["en"]),
            share=share,
            told=Named(row["told_zh"], row["told_en"]),
        )


def _complain(text: str) -> None:
    for line in text.splitlines():
        print(f"lifecircle: {printable(line)}", file=sys.stderr)


def _language_first(args: list[str]) -> list[str]:
    """The arguments with ``--lang=...`` before the command, wherever and however it stood."""
    whole = args[: args.index("--")] if "--" in args else args
    for i, argument in enumerate(whole):
        if argument.startswith("--lang="):
            return [argument, *args[:i], *args[i + 1 :]]
        if argument == "--lang" and i + 1 < len(whole):
            return [f"--lang={args[i + 1]}", *args[:i], *args[i + 2 :]]
    return args


def _spoken_here() -> str:
    """The language of the locale; English on a console that has no Chinese letters."""
    lang = preferred_language(os.environ)
    try:
        "中文".encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return "en"
    return lang


def _translate(command: Any, lang: str) -> None:
    """Put the help of a command, its options and its commands in a language."""
    for told in (command, *command.params):
        told.help = translated(getattr(told, "help", None) or "", lang)
    command.short_help = command.help  # what typer shortens by itself it parts at blanks, and Chinese has none
    for part in getattr(command, "commands", {}).values():
        _translate(part, lang)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 an error of ours in a line, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Chinese letters shows question marks
    app()
