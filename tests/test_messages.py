"""Everything told to people is told in both languages."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from babel.messages.pofile import read_po
from typer.main import get_command
from typer.testing import CliRunner

from hatch_build import compile_catalogues
from lifecircle.cli import app
from lifecircle.errors import Fault, InputError, OutputError, SourceUnreachable
from lifecircle.messages import LOCALE, Message, Named, msg, preferred_language
from lifecircle.standard_file import standard_schema

PACKAGE = LOCALE.parent
FAULT = Fault(msg("{file}: row {row}", file="a.csv", row=3), msg("is empty"), msg("write a number"))


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    compile_catalogues(LOCALE)


def extracted() -> set[str]:
    """The texts of all calls of ``msg``."""
    return {text for _, node, name in calls() if name == "msg" for text in [ast.literal_eval(node.args[0])]}


def described(part: Any) -> Iterator[str]:
    """What a JSON schema says of its keys: also told as how to mend them."""
    if isinstance(part, dict):
        yield from (text for key, text in part.items() if key == "description" and isinstance(text, str))
        yield from (text for value in part.values() for text in described(value))
    elif isinstance(part, list):
        yield from (text for value in part for text in described(value))


def helped(command: Any) -> Iterator[str]:
    """The help of a command, its options and its commands."""
    yield from (told.help for told in (command, *command.params) if getattr(told, "help", None))
    yield from (text for part in getattr(command, "commands", {}).values() for text in helped(part))


def used() -> set[str]:
    return extracted() | set(described(standard_schema())) | set(helped(get_command(app)))


def catalogue() -> dict[str, str]:
    with (LOCALE / "zh" / "LC_MESSAGES" / "lifecircle.po").open("rb") as file:
        return {entry.id: entry.string for entry in read_po(file) if entry.id}


def fields(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)", text))


def calls() -> Iterator[tuple[Path, ast.Call, str]]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield path, node, node.func.id


def test_every_text_has_a_translation_with_the_same_fields() -> None:
    known = catalogue()
    missing = (extracted() | set(helped(get_command(app)))) - set(known)
    assert sorted(missing) == [], "add these to lifecircle.po"
    assert [text for text, zh in known.items() if fields(text) != fields(zh)] == []
    assert [text for text, zh in known.items() if not zh.strip()] == []


def test_every_translation_is_of_a_text() -> None:
    assert sorted(set(catalogue()) - used()) == []


def test_texts_are_literals() -> None:
    """A text put together on the way has no translation."""
    loose = [
        f"{path.name}:{node.lineno}"
        for path, node, name in calls()
        if name == "msg" and not (isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str))
    ]
    assert loose == []


def test_no_text_for_people_is_put_together_by_hand() -> None:
    told = ("Fault", "Note", "OutputError", "SourceUnreachable", "Refused", "row_of", "msg")
    by_hand = [
        f"{path.name}:{node.lineno}"
        for path, node, name in calls()
        if name in told and any(_joined(part) for part in (*node.args, *(word.value for word in node.keywords)))
    ]
    assert by_hand == []


def _joined(node: ast.expr) -> bool:
    """An f-string with words in it (``{path}:{line}`` has none)."""
    parts = node.values if isinstance(node, ast.JoinedStr) else []
    return any(isinstance(part, ast.Constant) and any(letter.isalpha() for letter in part.value) for part in parts)


def test_values_are_told_in_the_language_too() -> None:
    told = msg("known keys: {keys}", keys=("a", msg("the file"), Named("宿舍", "dormitory")))
    assert told.render("zh") == "可用的键：a、文件、宿舍"
    assert str(told) == "known keys: a, the file, dormitory"


@pytest.mark.parametrize(("n", "said"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (np.int64(1), "1 row")])
def test_words_agree_with_their_number(n: int, said: str) -> None:
    told = msg("not degrees in {n} {n:row|rows}", n=n)
    assert str(told) == f"not degrees in {said}" and told.render("zh") == f"有 {n} 行不是经纬度"


def test_braces_in_a_text_without_values_stand() -> None:
    assert msg("give https://host/{z}/{x}/{y}.png").render("zh") == "请写成 https://主机/{z}/{x}/{y}.png"
    assert msg("{what} (is {value!r})", what=msg("is empty"), value="{0.__class__}").render("en") == (
        "is empty (is '{0.__class__}')"
    )


def test_a_fault_is_one_line_in_either_language() -> None:
    assert str(FAULT) == "a.csv: row 3: is empty; write a number"
    assert FAULT.render("zh") == "a.csv：第 3 行：为空；请填数字"
    assert Fault("a\nb", msg("is empty"), None).render("zh") == "a b：为空"


@pytest.mark.parametrize(
    "error",
    [
        InputError([FAULT, FAULT]),
        OutputError(msg("{path}: not written (is a folder); name a file", path="a")),
        SourceUnreachable(msg("{url}: the server gave up ({remark})", url="u", remark="r")),
    ],
)
def test_errors_come_whole_out_of_another_process(error: InputError | OutputError | SourceUnreachable) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error) and str(back) == str(error)
    assert [back.render(lang) for lang in ("zh", "en")] == [error.render(lang) for lang in ("zh", "en")]


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_CN.GBK", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LC_ALL": "Chinese (Simplified)_China.936"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_language_follows_the_locale(environment: dict[str, str], lang: str) -> None:
    assert preferred_language(environment) == lang


@pytest.mark.parametrize(
    ("line", "locale", "said"),
    [
        (["--lang", "zh", "assess", "none.yaml", "-o", "out"], "C", "没有这个文件"),
        (["assess", "none.yaml", "-o", "out", "--lang", "zh"], "C", "没有这个文件"),
        (["assess", "none.yaml", "--lang=en", "-o", "out"], "zh_CN.UTF-8", "no such file"),
        (["assess", "none.yaml", "-o", "out"], "zh_CN.UTF-8", "没有这个文件"),
        (["assess", "none.yaml", "-o", "out"], "C", "no such file"),
    ],
)
def test_the_language_of_a_run(line: list[str], locale: str, said: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, line, env={"LC_ALL": locale})
    assert result.exit_code == 1 and said in result.stderr


def test_help_is_told_in_the_language() -> None:
    zh, en = (CliRunner().invoke(app, ["assess", "--help", "--lang", lang]).stdout for lang in ("zh", "en"))
    assert "评估园区" in zh and "Assess a site" in en and "Assess a site" not in zh


def test_a_message_is_frozen() -> None:
    assert hash(msg("is empty")) == hash(Message("is empty"))


def test_a_text_of_a_page_is_shown_in_part() -> None:
    told = str(msg("is {value!r}", value="a" * 5_000))
    assert told.startswith("is 'aaa") and len(told) < 600
