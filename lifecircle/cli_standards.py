"""The commands about standards."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from lifecircle.messages import Message, msg

standards = typer.Typer(help="The standards that a site can be held to.", no_args_is_help=True)


@standards.command("list")
def list_standards(ctx: typer.Context) -> None:
    """The standards that ship."""
    from lifecircle import list_standards

    for standard in list_standards():
        extent = msg("partial") if standard.scope else msg("whole")
        name = standard.zh if ctx.obj == "zh" else standard.en
        line = msg(
            "{n} {n:category|categories}, {extent}: {name}", n=len(standard.categories), extent=extent, name=name
        )
        print(f"{standard.id:24} {line.render(ctx.obj)}")


@standards.command("show")
def show_standard(
    ctx: typer.Context,
    standard: Annotated[str, typer.Argument(metavar="ID", help="A shipped standard's id, or a YAML file.")],
) -> None:
    """Every category of a standard with its norm, source and standing."""
    from lifecircle import load_standard
    from lifecircle.standard_words import overview

    _print_sections(overview(load_standard(standard)), ctx.obj)


@standards.command("check")
def check_standard(
    ctx: typer.Context,
    standard: Annotated[str, typer.Argument(metavar="FILE", help="A shipped standard's id, or a YAML file.")],
) -> None:
    """Every fault of a standard with its mend; else what it lacks, changes, and how far each number is trusted."""
    from lifecircle.standard import base_of, load_standard
    from lifecircle.standard_words import findings

    _print_sections(findings(load_standard(standard), base_of(standard)), ctx.obj)


@standards.command("diff")
def diff_standards(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="A", help="A shipped standard's id, or a YAML file.")],
    new: Annotated[str, typer.Argument(metavar="B", help="A shipped standard's id, or a YAML file.")],
) -> None:
    """In what two standards differ, in words: what A says before what B says."""
    from lifecircle import load_standard
    from lifecircle.standard_words import differences

    same: list[tuple[Message, tuple[Message, ...]]] = [(msg("they say the same"), ())]
    _print_sections(differences(load_standard(old), load_standard(new)) or same, ctx.obj)


@standards.command("schema")
def standard_schema() -> None:
    """Print the JSON Schema of a standard."""
    from lifecircle.standard_file import standard_schema

    print(json.dumps(standard_schema(), indent=2, ensure_ascii=False))


def _print_sections(sections: list[tuple[Message, tuple[Message, ...]]], lang: str) -> None:
    for heading, lines in sections:
        print(printable(heading.render(lang)))
        for line in lines:
            print(f"  {printable(line.render(lang))}")


def printable(line: str) -> str:
    """Without characters that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
