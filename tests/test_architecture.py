"""The direction of imports, and the size of modules."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "lifecircle"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

FLOORS = (
    {"messages"},
    {"errors", "proposals"},
    {"refusals", "hours", "model", "answers", "walkways", "changes", "norms", "findings", "yaml_text"},
    {
        "classify",
        "factors",
        "declaring",
        "standard_file",
        "inheritance",
        "standard",
        "standard_words",
        "tailoring",
        "site",
        "sample",
    },
    {"sources"},
    {"network", "pace", "attach", "cuts", "yards", "feet", "splits", "gateways"},
    {"load", "together"},
    {"scenario"},
    {"reach", "cells", "opening"},
    {"coverage", "isochrones", "weighted"},
    {"pairs"},
    {
        "completeness",
        "gaps",
        "index",
        "indicators",
        "sensitivity",
        "supply",
        "reliance",
        "groups",
        "measures",
        "moments",
        "checks",
        "mix",
        "siting",
        "programme",
        "rationing",
        "asking",
        "choosing",
        "planning",
        "candidates",
        "links",
        "goals",
    },
    {"outputs"},
    {"assessment", "checking", "surveying", "comparison", "drafting", "drawing", "linking", "suggesting", "verifying"},
    {""},
    {"cli", "cli_standards", "cli_shared", "cli_suggest"},
    {"__main__"},
)
"""Rooms from the ground up; "" is ``lifecircle/__init__.py``. A room may use its own floor and those below."""

FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
LINES = 400


def room(module: str) -> str:
    """The second word of a module's name: the room it is in."""
    return [*module.split("."), ""][1]


@cache
def imports(module: str) -> frozenset[str]:
    """Every name a module imports, at its top or inside functions, as an absolute dotted name."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            found.update(
                submodule if (submodule := f"{source}.{alias.name}") in MODULES else source for alias in node.names
            )
    return frozenset(found)


def own(module: str) -> set[str]:
    """The modules of this package that a module imports."""
    return {name for name in imports(module) if name.split(".")[0] == "lifecircle"} - {module}


def code_lines(source: str) -> int:
    """Lines that are neither blank nor documentation."""
    documentation = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate(source.splitlines(), start=1)
    return sum(bool(line.strip()) and number not in documentation for number, line in lines)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    assert room(module) in FLOOR, f"{module} has no floor yet: give its room a place in FLOORS"
    for name in own(module):
        assert FLOOR[room(name)] <= FLOOR[room(module)], f"{module} imports {name}, which stands above it"


@pytest.mark.parametrize("module", [name for name in MODULES if room(name) == "outputs"])
def test_outputs_know_the_words_and_the_model_only(module: str) -> None:
    ground = {"attach", "gateways"} if module == "lifecircle.outputs.walkdata" else set()
    assert {room(name) for name in own(module)} - ground <= {
        "model",
        "answers",
        "walkways",
        "changes",
        "proposals",
        "norms",
        "errors",
        "messages",
        "outputs",
    }


def test_no_circles() -> None:
    TopologicalSorter({module: own(module) for module in MODULES}).prepare()


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_short(module: str) -> None:
    lines = code_lines(MODULES[module].read_text(encoding="utf-8"))
    assert lines <= LINES, f"{module} has {lines} lines of code: split it"


def test_every_import_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {_plain(re.split(r"[<>=!~\[; ]", line)[0]) for line in project["dependencies"]}
    owners = importlib.metadata.packages_distributions()
    tops = {name.split(".")[0] for module in MODULES for name in imports(module)}
    foreign = tops - sys.stdlib_module_names - {"lifecircle", "google"}
    undeclared = {top for top in foreign if not declared & {_plain(owner) for owner in owners.get(top, [])}}
    assert not undeclared, f"imported, but not among the dependencies: {sorted(undeclared)}"


def _plain(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()
