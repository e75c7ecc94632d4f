"""Which encoding bytes are in, by trying; and garbled Chinese: texts that were read in the wrong one.

Chinese is written in common characters, nearly all of the first levels of GB 2312 and Big5; bytes read in the wrong
encoding give rare ones, or none. That is the evidence here.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import pandas as pd

from lifecircle.messages import Message, msg
from lifecircle.model import Note

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
CHINESE = ("gb18030", "big5hkscs")
NAMES = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030", "big5hkscs": "Big5",
    "cp1252": "Windows-1252",
}  # fmt: skip
SAMPLE = 100_000
"""Bytes that are enough to tell."""
COMMON = 0.7
"""Least share of common characters in a Chinese text; in the wrong encoding about half are."""
SHOWN = 8
"""Rows or titles told in a note."""
SURE = 4
"""So many characters tell two encodings apart."""


@dataclass(frozen=True)
class Guess:
    """An encoding by Python's name, and whether anything else was likely."""

    codec: str
    sure: bool

    @property
    def name(self) -> str:
        """The encoding as a person knows it."""
        return NAMES.get(self.codec, self.codec)


def guess(pieces: Sequence[bytes], declared: str | None = None) -> Guess | None:
    """The encoding that some texts share; None where they are no text.

    ``declared`` is what a file says of itself: it counts only for what is neither UTF-8 nor Chinese. The last
    character of a piece may be cut in half, as in fields of a fixed width.
    """
    whole = b"\n".join(pieces)[:SAMPLE]
    for bom, codec in BOMS.items():
        if whole.startswith(bom):
            return Guess(codec, True) if _fits(pieces, codec) else None
    if _fits(pieces, "utf-8"):
        return Guess("utf-8", True)
    fitting = {codec: _sample(pieces, codec) for codec in CHINESE if _fits(pieces, codec)}
    share = {codec: common_share(text) for codec, text in fitting.items()}
    best = max(share, key=lambda codec: share[codec], default="")
    if best and share[best] >= COMMON:
        other = max((share[codec] for codec in share if codec != best), default=0.0)
        return Guess(best, share[best] - other > 0.2 and len(_letters(fitting[best])) >= SURE)
    western = declared if declared and declared not in CHINESE and _fits(pieces, declared) else "cp1252"
    return Guess(western, western == declared) if _is_western(whole) and _fits(pieces, western) else None


def decoded(piece: bytes, codec: str) -> str:
    """The text of bytes, without a last character cut in half. Raises UnicodeDecodeError."""
    return codecs.getincrementaldecoder(codec)().decode(piece)


def _sample(pieces: Sequence[bytes], codec: str) -> str:
    return "\n".join(decoded(piece, codec) for piece in pieces)[:SAMPLE]


def _fits(pieces: Sequence[bytes], codec: str) -> bool:
    try:
        return not any("\0" in decoded(piece, codec) for piece in pieces)
    except (UnicodeDecodeError, LookupError):
        return False


def _is_western(data: bytes) -> bool:
    """Whether most bytes beyond ASCII stand alone or in pairs among letters, as accents do."""
    accents = re.findall(rb"(?<![\x80-\xff])[\x80-\xff]{1,2}(?![\x80-\xff])", data)
    return sum(map(len, accents)) * 2 > sum(byte > 0x7F for byte in data)


def common_share(text: str) -> float:
    """The share of common Chinese characters among the letters beyond ASCII; 0 where there are none."""
    letters = Counter(_letters(text))
    common = sum(times for letter, times in letters.items() if _is_common(letter))
    return common / letters.total() if letters else 0.0


def _letters(text: str) -> list[str]:
    """Letters beyond ASCII, and what is no character at all; no punctuation and no full-width forms."""
    return [
        char
        for char in text
        if char > "\x7f" and not "\uff00" < char < "\uffef" and unicodedata.category(char)[0] in "LC"
    ]


@cache
def _is_common(char: str) -> bool:
    simplified, traditional = char.encode("gb2312", "ignore"), char.encode("big5", "ignore")
    return b"\xb0" <= simplified[:1] <= b"\xd7" or b"\xa4" <= traditional[:1] <= b"\xc6"


def encoding_notes(found: Guess, file: str) -> tuple[Note, ...]:
    """What is said of an encoding that is not UTF-8."""
    if found.codec.startswith("utf-8"):
        return ()
    if found.sure:
        return (Note("info", msg("{file}: read as {encoding}", file=file, encoding=found.name)),)
    told = msg("{file}: read as {encoding}, which is likely but not sure", file=file, encoding=found.name)
    return (Note("assumed", told),)


# Garbled texts -----------------------------------------------------------------------------------

WRONG = (
    ("gb18030", "utf-8", msg("UTF-8 read as GBK")),
    ("cp1252", "utf-8", msg("UTF-8 read as Latin-1")),
    ("latin-1", "utf-8", msg("UTF-8 read as Latin-1")),
    ("cp1252", "gb18030", msg("GBK read as Latin-1")),
    ("latin-1", "gb18030", msg("GBK read as Latin-1")),
)
"""As what a text was read, what it was, and that in words."""
LOST = re.compile("\ufffd|锟斤|斤拷|烫烫烫|屯屯屯|\\?{3}")
"""What is left of texts that were read in the wrong encoding and saved."""


def mended(text: str) -> tuple[str, Message] | None:
    """A garbled text as it was, and how it went wrong; None where it is not, or not surely, garbled."""
    if LOST.search(text) or common_share(text) >= COMMON:
        return None
    for read_as, was, how in WRONG:
        try:
            before = text.encode(read_as).decode(was)
        except UnicodeError:
            continue
        if before != text and _is_chinese(before):
            return before, how
    return None


def is_lost(text: str) -> bool:
    """Whether a text is garbled beyond mending."""
    if LOST.search(text):
        return True
    letters = _letters(text)
    if len(letters) < 2 or common_share(text) >= COMMON:
        return False
    halves = text.encode("gb18030", "ignore").decode("utf-8", "ignore")
    return len(_letters(halves)) * 2 > len(letters) and _is_chinese(halves)


def _is_chinese(text: str) -> bool:
    """Whether all letters beyond ASCII are common characters, two or more of them side by side."""
    runs = re.findall(r"[\u4e00-\u9fff]+", text)
    return bool(runs) and max(map(len, runs)) >= 2 and common_share(text) > 0.9


def ungarbled(frame: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Note]]:
    """A table with the garbled texts of its titles and cells mended where that is sure; and what was found."""
    names = text_columns(frame)
    suspects = {text for column in names for text in frame[column].unique() if _is_suspect(text)}
    titles = {str(title) for title in frame.columns if _is_suspect(title)}
    mends = {text: mend for text in sorted(suspects | titles) if (mend := mended(text)) is not None}
    before = {text: mend[0] for text, mend in mends.items()}
    lost = {text for text in (suspects | titles) - set(mends) if is_lost(text)}
    out = frame.copy()
    for column in names if before else ():
        out[column] = frame[column].replace(before)
    return out.rename(columns=before), [
        *_mended_note(mends, file),
        *_lost_notes(frame[names], titles & lost, lost, file),
    ]


def text_columns(frame: pd.DataFrame) -> list[Hashable]:
    """The columns of a table that hold texts, or texts and nothing."""
    return [column for column in frame.columns if pd.api.types.infer_dtype(frame[column], skipna=True) == "string"]


def _is_suspect(value: object) -> bool:
    return isinstance(value, str) and (not value.isascii() or "???" in value)


def _mended_note(mends: dict[str, tuple[str, Message]], file: str) -> Iterator[Note]:
    for text, (before, how) in list(mends.items())[:1]:
        told = msg(
            "{file}: {count} garbled {count:text|texts} mended ({how}), such as {text} to {before}",
            file=file, count=len(mends), how=how, text=text, before=before,
        )  # fmt: skip
        yield Note("repaired", told)


def _lost_notes(cells: pd.DataFrame, titles: set[str], lost: set[str], file: str) -> Iterator[Note]:
    if titles:
        told = msg(
            "{file}: garbled titles ({titles}): export it again in UTF-8", file=file, titles=shortened(sorted(titles))
        )
        yield Note("doubt", told)
    rows = cells.index[cells.isin(lost).any(axis=1)].tolist()
    if rows:
        told = msg("{file}: garbled names (rows {rows}): export it again in UTF-8", file=file, rows=shortened(rows))
        yield Note("doubt", told)


def shortened(rows: Sequence[object]) -> tuple[str, ...]:
    """The first few of some rows, for a sentence."""
    return (*map(str, rows[:SHOWN]), *(["…"] if len(rows) > SHOWN else []))
