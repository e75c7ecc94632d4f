"""The commands that find where to build, and what to link."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lifecircle.cli_shared import Folder, SiteArgument, page_options, progress, write_result
from lifecircle.cli_standards import printable
from lifecircle.messages import msg
from lifecircle.proposals import Aim, On, Plots

if TYPE_CHECKING:
    from lifecircle.model import Site
    from lifecircle.site import TableFile


Coords = Literal["wgs84", "gcj02", "bd09"]
"""What ``--coords`` takes."""
Kind = Literal["path", "gate"]
"""What ``--only`` takes."""


def suggest_command(
    ctx: typer.Context,
    site: SiteArgument,
    category: Annotated[
        list[str], typer.Option(metavar="ID", help="A category to build, as in the standard; repeatable.")
    ],
    output: Folder,
    budget: Annotated[float | None, typer.Option(metavar="N", help="What may be spent; a facility costs 1.")] = None,
    aim: Annotated[Aim, typer.Option(help="What is best.")] = "most-covered",
    candidates: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Sites to choose among; else points along all public streets.")
    ] = None,
    coords: Annotated[
        Coords | None, typer.Option(help="Coordinates of that file, where it does not tell and they are not WGS 84.")
    ] = None,
    on: Annotated[
        On | None, typer.Option(help="Instead of a file: vacant land, buildings or both that the site's data know.")
    ] = None,
    around: Annotated[float, typer.Option(metavar="M", help="With --on: as far beyond the boundary.")] = 0.0,
    min_area: Annotated[float, typer.Option(metavar="M2", help="With --on: at least so large.")] = 0.0,
    cost: Annotated[
        list[str] | None, typer.Option(metavar="ID=AMOUNT", help="What a facility of a category costs; repeatable.")
    ] = None,
    site_cost: Annotated[float, typer.Option(metavar="AMOUNT", help="What a site costs, once.")] = 0.0,
    together: Annotated[bool, typer.Option("--together", help="All the categories at every site: a centre.")] = False,
    area: Annotated[
        list[str] | None, typer.Option(metavar="ID=M2", help="Floor area that a facility takes of its site.")
    ] = None,
    capacity: Annotated[
        list[str] | None, typer.Option(metavar="ID=AMOUNT", help="Size of a new facility: nobody beyond it is served.")
    ] = None,
    per_head: Annotated[
        list[str] | None, typer.Option(metavar="ID=AMOUNT", help="What a head takes of it; else as the standard says.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="YEAR|FILE", help="A plan to hold against it: what opens by a year, or a scenario."),
    ] = None,
) -> None:
    """Where to build what, proven best: a scenario file, and the site after it."""
    from lifecircle import assess, load_site, suggest, write
    from lifecircle.asking import amounts
    from lifecircle.outputs.chapters.proposed import step_told, told

    if on and candidates is not None:
        raise typer.BadParameter(msg("give --on or --candidates, not both").render(ctx.obj))
    if (around or min_area) and not on:
        raise typer.BadParameter(msg("--around and --min-area go with --on").render(ctx.obj))
    sites = Plots(on, around, min_area) if on else _file(candidates, coords)
    page = page_options(ctx)
    given = amounts({"--cost": cost, "--area": area, "--capacity": capacity, "--per-head": per_head})
    with progress(ctx) as say:
        say(msg("reading"))
        place = load_site(site)
        found = suggest(
            place, category, budget=budget, aim=aim, candidates=sites, cost=given["--cost"], site_cost=site_cost,
            together=together, area_m2=given["--area"], capacity=given["--capacity"], per_head=given["--per-head"],
            against=_plan(site, against), progress=say,
        )  # fmt: skip
        written = [write(found, output / f"{place.slug}.scenario.geojson")]
        after = assess(place, scenario=written[0], progress=say)
        written += write_result(after, output, say, page)
    for path in written:
        print(path)
    proposals = found.proposals
    assert proposals is not None
    steps = [step_told(number, step, proposals, place.standard) for number, step in enumerate(proposals.steps, start=1)]
    for line in [*steps, *told(proposals, place.standard)]:
        print(printable(line.render(ctx.obj)))


def suggest_link_command(
    ctx: typer.Context,
    site: SiteArgument,
    output: Folder,
    category: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Count this category only; may be repeated. Else all with a gap."),
    ] = None,
    candidates: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Paths (lines), gates (points) to choose among; else where walks are long."),
    ] = None,
    only: Annotated[Kind | None, typer.Option(help="Paths only, or gates only.")] = None,
) -> None:
    """Which one path, footbridge or gate serves most people: a scenario file, and the site after it."""
    from lifecircle import assess, load_site, suggest_links, write
    from lifecircle.outputs.chapters.linked import told

    page = page_options(ctx)
    with progress(ctx) as say:
        say(msg("reading"))
        place = load_site(site)
        found = suggest_links(place, category or (), candidates=candidates, only=only, progress=say)
        written = [
            write(found.scenario, output / f"{place.slug}.scenario.geojson"),
            write(found, output / f"{place.slug}.links.geojson"),
        ]
        written += write_result(assess(place, scenario=written[0], progress=say), output, say, page)
    for path in written:
        print(path)
    for line in told(found, place.standard):
        print(printable(line.render(ctx.obj)))


def _file(path: Path | None, coords: str | None) -> TableFile | None:
    """The file of sites, in its coordinates."""
    from lifecircle.site import TableFile

    return None if path is None else TableFile(file=path, coords=coords)


def _plan(site: Path, against: str | None) -> Site | Path | None:
    """A plan that somebody has: the site in a later year, or a scenario."""
    if against is None or not against.isdecimal():
        return Path(against) if against else None
    from lifecircle import load_site
    from lifecircle.site import read_site_file

    return load_site(read_site_file(site).model_copy(update={"year": int(against), "name": against}))
