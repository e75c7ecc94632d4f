"""Fonts of the machine that have the letters of an atlas; a letter that none has is never printed as a box."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typst

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

    def printable(self, told: str) -> str:
        """A text in which letters that no font has stand as ``?``, and none turns the order of its line."""
        used = {letter for letter in set(told) if ord(letter) > 126}
        turned = [letter for letter in used if unicodedata.bidirectional(letter) in TURNS]
        drawn = sorted(letter for letter in used if unicodedata.category(letter) not in UNSEEN)
        for letter in self._lacking(drawn):
            told = told.replace(letter, NOBODYS)
        for letter in turned:
            told = told.replace(letter, "")
        return told

    def _lacking(self, letters: list[str]) -> list[str]:
        """The letters that no font has: those with which a page is refused."""
        if not letters or self._typeset(letters):
            return []
        if len(letters) == 1:
            return letters
        half = len(letters) // 2
        return self._lacking(letters[:half]) + self._lacking(letters[half:])

    def _typeset(self, letters: list[str]) -> bool:
        """Whether every letter is found by the one who typesets, wherever."""
        try:
            self.compile(PROBE, {"font": self.family, "letters": json.dumps(letters)})
        except typst.TypstError:
            return False
        return True

    def compile(self, template: bytes, inputs: dict[str, str]) -> bytes:
        """A PDF for the archive, without a clock. Raises typst.TypstError where a letter is in no font."""
        return typst.compile(template, font_paths=self.fonts, sys_inputs=inputs, pdf_standards=ARCHIVED, timestamp=0)


TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Classes of the marks that turn the order of letters for the rest of a line."""
UNSEEN = ("Cf", "Zs", "Zl", "Zp")
"""Kinds of letters that need no font."""
ARCHIVED: Literal["a-2u"] = "a-2u"
"""PDF/A-2u: every letter is in the file, and none is drawn as the box that stands for no letter."""
PROBE = b"""
#set document(title: "letters")
#set text(font: sys.inputs.font)
#for letter in json(bytes(sys.inputs.letters)) [#text(letter) ]
"""
