"""Fonts of the machine that have the letters of an atlas; a letter that none has is never printed as a box."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

from lifecircle.errors import OutputError
from lifecircle.messages import msg

CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "HarmonyOS Sans SC",
    "Sarasa Gothic SC",
    "WenQuanYi Micro Hei",
    "SimHei",
    "DengXian",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "SimSun",
)
"""Families with the letters of both languages, the best first."""
LATIN = ("Noto Sans", "Segoe UI", "Arial", "Helvetica", "Liberation Sans", "DejaVu Sans")
"""Families for English alone."""
NOBODYS = "?"
"""Stands for a letter that no font has."""


@dataclass(frozen=True)
class Letters:
    """Fonts for an atlas."""

    fonts: typst.Fonts
    family: str
    """Of most letters."""

    @classmethod
    def found(cls, lang: str, folder: str | Path | None) -> Letters:
        """The best family of a folder and the machine. Raises OutputError where none has the letters."""
        if folder is not None and not Path(folder).is_dir():
            raise OutputError(msg("fonts: {folder} is no folder", folder=str(folder)))
        fonts = typst.Fonts(include_embedded_fonts=False, font_paths=[] if folder is None else [str(folder)])
        known = set(fonts.families())
        family = next((each for each in (*CHINESE, *(LATIN if lang == "en" else ())) if each in known), None)
        if family is None:
            raise OutputError(
                msg(
                    "no font here has the letters: install one of {families}, or name a folder that holds one with "
                    "`--fonts`",
                    families=CHINESE[:4],
                )
            )
        return cls(fonts, family)

    @property
    def families(self) -> list[str]:
        """The family of most letters, then what the machine has for the others."""
        return [self.family]

    def printable(self, told: str) -> str:
        """A text in which letters that no font has stand as ``?``, and none turns the order of its line."""
        used = {letter for letter in set(told) if ord(letter) > 126}
        turned = {letter for letter in used if unicodedata.bidirectional(letter) in TURNS}
        drawn = {letter for letter in used if unicodedata.category(letter) not in ("Cf", "Zs", "Zl", "Zp", "Mn")}
        lacking = drawn - {chr(code) for code in self._codes}
        for file, index in self._others if lacking else ():
            lacking -= {chr(code) for code in codes(file, index)}
        return told.translate(dict.fromkeys(map(ord, lacking), NOBODYS) | dict.fromkeys(map(ord, turned), ""))

    @cached_property
    def _codes(self) -> set[int]:
        return next(codes(file, index) for file, index in self._files(own=True))

    @property
    def _others(self) -> list[tuple[str, int]]:
        return self._files(own=False)

    def _files(self, *, own: bool) -> list[tuple[str, int]]:
        """Files, each with the font's number in it, of the family or of the others."""
        found = [(font.path, font.index) for font in self.fonts.fonts() if (font.family == self.family) is own]
        return sorted({(str(file), index) for file, index in found if file})


TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Classes of the marks that turn the order of letters for the rest of a line."""


def codes(file: str, index: int) -> set[int]:
    """The letters that a font has."""
    with TTFont(file, fontNumber=index, lazy=True) as font:
        return set(font.getBestCmap() or ())
