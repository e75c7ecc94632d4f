"""Sentences for a person: written in English where they arise, told in the language asked for."""

from __future__ import annotations

import ctypes
import gettext
import locale
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Integral
from pathlib import Path

LANGUAGES = ("zh", "en")
SEPARATORS = {"zh": "、", "en": ", "}
LOCALE = Path(__file__).parent / "locale"


LONGEST = 500
"""Letters of a text from data that a sentence shows."""


@dataclass(frozen=True)
class Message:
    """A sentence with its values apart, so that it can be told in any language."""

    text: str
    """English, with a field in braces for each value; also what the catalogues know it by. A word that agrees with a
    number stands as ``{n:place|places}``."""
    values: tuple[tuple[str, object], ...] = ()
    """Numbers, texts from data, other messages, names, or tuples of these, which are told as lists."""

    def render(self, lang: str) -> str:
        """The sentence in a language of ``LANGUAGES``; in English where the catalogue lacks it.

        Without values the text stands as it is, braces too.
        """
        sentence = translated(self.text, lang)
        return (
            sentence.format_map({name: _told(value, lang) for name, value in self.values}) if self.values else sentence
        )

    def __str__(self) -> str:
        return self.render("en")


def msg(text: str, /, **values: object) -> Message:
    """A message; its text is a literal, so that catalogues can be drawn up from the source."""
    return Message(text, tuple(values.items()))


@dataclass(frozen=True)
class Named:
    """A name that stands in the data in both languages, as a value of messages."""

    zh: str
    en: str

    def render(self, lang: str) -> str:
        """The name in a language of ``LANGUAGES``."""
        return self.zh if lang == "zh" else self.en


Progress = Callable[[Message], None]
"""Told each step of a long work."""


def silent(step: Message) -> None:
    """Progress that nobody asked for."""


def tell(what: Message | str, lang: str) -> str:
    """A message in a language; text from data as it is."""
    return what.render(lang) if isinstance(what, Message) else what


def translated(text: str, lang: str) -> str:
    """A text of the program in a language; as it is where the catalogue lacks it."""
    return _catalogue(lang).gettext(text) if text else ""


class _Count(int):
    """A number that the words around it agree with: ``{n} {n:place|places}``."""

    def __format__(self, form: str) -> str:
        one, parted, many = form.partition("|")
        if not parted:
            return super().__format__(form)
        return one if self == 1 else many


def _told(value: object, lang: str) -> object:
    if not isinstance(value, bool) and isinstance(value, Integral):
        return _Count(value)
    if isinstance(value, tuple):
        return SEPARATORS[lang].join(str(_told(item, lang)) for item in value)
    if isinstance(value, str) and len(value) > LONGEST:
        return f"{value[:LONGEST]}…"
    return value.render(lang) if isinstance(value, Message | Named) else value


def preferred_language(environment: Mapping[str, str]) -> str:
    """zh where the locale of the environment, or of the system where that says nothing, is Chinese; else en."""
    asked = next((environment[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(key)), "")
    spoken = asked or _system_language()
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


def _system_language() -> str:
    if sys.platform == "win32":
        return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")
    return locale.getlocale()[0] or ""


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    if lang == "en":
        return gettext.NullTranslations()
    return gettext.translation("lifecircle", LOCALE, [lang])
