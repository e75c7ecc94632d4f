"""Opening hours: what people write in OpenStreetMap's syntax, and whether a place is open at a moment of the week.

Nothing is guessed: what cannot be read, or hangs on the season, on a telephone call or on how long an evening goes on,
is not known. An ordinary week is meant, without public or school holidays.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Annotated, Any

import numpy as np
import pandas as pd
from opening_hours import OpeningHours, ParserError, State  # type: ignore[attr-defined]
from pydantic import BeforeValidator, WithJsonSchema

from lifecircle.messages import Named, msg
from lifecircle.refusals import Refused
from lifecircle.walkways import Ints, Texts

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAYS_ZH = "一二三四五六日天"
FIRST_MONDAY = datetime(2026, 1, 5)
"""Of the year that is looked at, whatever day it is now."""
WEEKS = 52
EXCEPTIONS = 2
"""Weeks of the year in which it may be otherwise: Christmas is no season."""


class Opening(IntEnum):
    """What is known of a place at a moment."""

    CLOSED = 0
    OPEN = 1
    UNKNOWN = 2


@dataclass(frozen=True)
class Moment:
    """A time of an ordinary week."""

    day: int
    """0 is Monday."""
    minute: int
    """Of the day."""

    @property
    def name(self) -> Named:
        """As it is told: 周一 02:00, Mo 02:00."""
        clock = f"{self.minute // 60:02}:{self.minute % 60:02}"
        return Named(f"周{DAYS_ZH[self.day]} {clock}", f"{DAYS[self.day]} {clock}")


NAMED_DAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])\s*")
MOMENT = re.compile(r"(mo|tu|we|th|fr|sa|su)[a-z]*\s+([01]?\d|2[0-3]):([0-5]\d)")


def moment(text: object) -> Moment:
    """A weekday and a time, like ``Mo 02:00`` or ``周一 02:00``; a moment as it is. Raises Refused."""
    if isinstance(text, Moment):
        return text
    plain = NAMED_DAY.sub(lambda found: f"{_day(found[1])} ", unicodedata.normalize("NFKC", str(text)))
    found = MOMENT.fullmatch(plain.strip().lower())
    if not found:
        raise Refused(msg("is no moment of the week like “Mo 02:00” or “周一 02:00”"))
    return Moment(DAYS.index(found[1].title()), 60 * int(found[2]) + int(found[3]))


def _day(letter: str) -> str:
    return DAYS[DAYS_ZH.index(letter) % 7 if letter != "天" else 6]


WrittenMoment = Annotated[
    Moment,
    BeforeValidator(moment),
    WithJsonSchema({"type": "string", "description": "a weekday and a time, like `Mo 02:00`"}),
]
"""As files write it."""


# Reading -----------------------------------------------------------------------------------------

DAY = rf"(?:{'|'.join(DAYS)}|PH|SH)"
TIME = r"\d{1,2}:\d{2}"
LIST = re.compile(rf"\b({DAY})\s*,\s+(?={DAY}\b)")
"""A list of days parted by blanks; the library would take its first day for a rule of its own."""
LATER = {
    "中午": 3, "下午": 12, "午后": 12, "傍晚": 12, "晚上": 12, "夜间": 12, "晚": 12,
    "凌晨": 0, "清晨": 0, "早晨": 0, "早上": 0, "上午": 0, "早": 0,
}  # fmt: skip
"""Parts of the day, and the hour below which they mean twelve hours more."""
CLOCK = rf"({'|'.join(LATER)})?\s*(\d{{1,2}})(?::(\d{{2}})(?::00)?|[点时](半|\d{{1,2}})?分?)"
DASHES = (r"\s*[-–—―‐‑−~至到]+\s*", "-")
WORDS = (
    (r"全年无休|次日|翌日|第二天", ""),
    (r"(?:营业|开放|服务|开馆)?时间\s*:?", ""),
    (r"(?:全天候?|(?:7\s*[×x*]\s*)?24\s*小时)+(?:开放|营业|服务)?|24\s*h(?:ours?|rs?)?\b", " 00:00-24:00"),
    (r"每天|每日|天天", "Mo-Su "), (r"工作日", "Mo-Fr "), (r"周末|双休日", "Sa-Su "), (r"(?:法定)?节?假日", "PH "),
    (r"不营业|不开放|休息|闭馆|停业|歇业|关闭|关门", " off"), (r"营业|开放|开馆", ""),
    (r"(\d{1,2})\.(\d{2})(?!\d)", r"\1:\2"), (r"[()【】\[\]。]", ";"), (r"[、/|]", ","),
)  # fmt: skip
"""What stands in tables, and the same in OpenStreetMap's syntax; in this order."""
PARTED = (
    (rf"({DAY})\s*:?\s*(?=\d|off)", r"\1 "),
    (rf"({DAY})\s*,\s*(?={DAY})", r"\1,"),
    (rf"({TIME}-{TIME})[\s,]*(?={TIME})", r"\1,"),
    (rf"({TIME}|off)[\s,]*(?={DAY})", r"\1; "),
    (r"\s*;[\s;,]*", "; "),
    (r"\s*-\s*", "-"),
)
"""How rules and times are parted there."""


def osm_hours(text: str) -> str:
    """Opening hours in OpenStreetMap's syntax; empty where they cannot be read, or could mean different things.

    >>> osm_hours("周一至周五 8:30—17:30，周六上午9点-12点"), osm_hours("全天"), osm_hours("看情况")
    ('Mo-Fr 8:30-17:30; Sa 9:00-12:00', '24/7', '')
    """
    given = LIST.sub(r"\1,", text.strip())
    if _read(given):
        return given
    said = _translated(given)
    rules = [rule for rule in said.split("; ") if not rule.endswith("off")]
    if not _read(said) or _week("; ".join(rules)) != _week(", ".join(rules)):
        return ""
    return "24/7" if said in ("00:00-24:00", "Mo-Su 00:00-24:00") else said


def _translated(text: str) -> str:
    said = re.sub(*DASHES, unicodedata.normalize("NFKC", text))
    said = re.sub(rf"每?(?:周|星期|礼拜)([{DAYS_ZH}](?:[-,、和]?[{DAYS_ZH}])*)", _weekdays, said)
    for pattern, instead in WORDS:
        said = re.sub(pattern, instead, said)
    said = re.sub(rf"{CLOCK}-{CLOCK}", _span, said)
    for pattern, instead in PARTED:
        said = re.sub(pattern, instead, said)
    return said.strip(" ;,")


def _weekdays(found: re.Match[str]) -> str:
    """周一至五 as Mo-Fr, 周一三五 as Mo,We,Fr."""
    spans = [",".join(_day(letter) for letter in span if letter in DAYS_ZH) for span in found[1].split("-")]
    return f"{'-'.join(spans)} "


def _span(found: re.Match[str]) -> str:
    """From a time to a time of 24 hours, or as it stands where that is not clear.

    The afternoon of the first is that of a second that is later.
    """
    part, hour, *_, until, end, _, _ = found.groups()
    if until is None and LATER.get(part):
        if not int(hour) < int(end) < 12:
            return found[0]
        until = part
    if any(part and hour == "12" and part not in ("中午", "下午") for part, hour in ((part, hour), (until, end))):
        return found[0]
    return f"{_clock(part, *found.groups()[1:4])}-{_clock(until, *found.groups()[5:])}"


def _clock(part: str | None, hour: str, minute: str | None, rest: str | None) -> str:
    later = 12 * (int(hour) < LATER.get(part or "", 0))
    return f"{int(hour) + later:02}:{30 if rest == '半' else int(minute or rest or 0):02}"


def _week(text: str) -> list[Opening]:
    """What it says of every half hour of a week."""
    hours = _read(text)
    times = (FIRST_MONDAY + timedelta(minutes=30 * n) for n in range(7 * 48))
    return [hours.at(time) for time in times] if hours else []


# Asking ------------------------------------------------------------------------------------------

SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
NEVER = "23:59-24:00"
"""Stands for hours that do not matter: nobody is asked about yesterday's last minute."""
OPEN_END = re.compile(r"\d\+")
SHUT = re.compile(r"(?<!PH )(?<!SH )\b(off|closed)\b")
BY_THE_SUN = re.compile("sunrise|sunset|dawn|dusk")
LOOSE = re.compile(rf";\s*(?={TIME})")
"""Before a rule of times alone: in place of those before it, or beside them?"""


def openings(hours: Texts, at: Moment, lonlat: tuple[float, float]) -> Ints:
    """Shape (n,) of ``Opening``: what hours in OpenStreetMap's syntax say of a moment, at a place in degrees."""
    number, unique = pd.factorize(hours)
    found = [_opening(text, at, lonlat) for text in unique]
    return np.array(found, dtype=np.int64)[number] if found else np.zeros(0, dtype=np.int64)


def _opening(text: str, at: Moment, lonlat: tuple[float, float]) -> Opening:
    """What holds in nearly all weeks of a year, however the text is read."""
    readings = [_read(each, lonlat) for each in dict.fromkeys((text, LOOSE.sub(",", text)))]
    if OPEN_END.search(text) or not all(readings):
        return Opening.UNKNOWN
    first = FIRST_MONDAY + timedelta(days=at.day, minutes=at.minute)
    times = [first + timedelta(weeks=week) for week in range(WEEKS)]
    found = [{hours.at(time) for hours in readings if hours} for time in times]
    state, weeks = Counter(states.pop() if len(states) == 1 else Opening.UNKNOWN for states in found).most_common(1)[0]
    sure = weeks >= WEEKS - EXCEPTIONS and not (state == Opening.CLOSED and "||" in text)
    return state if sure else Opening.UNKNOWN


@dataclass(frozen=True)
class _Hours:
    """Opening hours as the library reads them, cut at midnight.

    It lets a rule of the next day end the hours of the night before, which those who write ``Mo-Th 17:00-03:00;
    Fr-Su 15:00-03:00`` do not mean.
    """

    today: OpeningHours
    """Until midnight at most."""
    past: OpeningHours
    """Past midnight, told as times of the day that they began on."""
    none: OpeningHours
    """The same rules without any times: open on days that are so as a whole."""
    off: bool
    """Whether a rule says that it is closed."""

    def at(self, time: datetime) -> Opening:
        """What they say of a time."""
        before = time - timedelta(days=1)
        now = _said(self.today, time)
        if now != Opening.CLOSED or _said(self.none, before) != Opening.CLOSED:
            return now
        night = _said(self.past, before)
        return Opening.UNKNOWN if self.off and night == Opening.OPEN else night


def _said(hours: OpeningHours, time: datetime) -> Opening:
    """Open is only what needs no comment: by appointment is not open to all."""
    state, comment = hours.state(time)
    if state == State.OPEN and not comment:
        return Opening.OPEN
    return Opening.CLOSED if state == State.CLOSED else Opening.UNKNOWN


def _read(text: str, lonlat: tuple[float, float] | None = None) -> _Hours | None:
    """None for what is not OpenStreetMap's syntax."""
    where: dict[str, Any] = {}
    if lonlat is not None and BY_THE_SUN.search(text):
        where = {"coords": lonlat[::-1], "auto_country": False}
    forms = (SPAN.sub(form, text) for form in (_until_midnight, _past_midnight, NEVER))
    try:
        today, past, none = (OpeningHours(form, **where) for form in forms)
        return _Hours(today, past, none, off=bool(SHUT.search(text)))
    except ParserError:
        return None


def _minutes(found: re.Match[str]) -> tuple[int, int]:
    hour, minute, end, past = map(int, found.groups())
    return 60 * hour + minute, 60 * end + past


def _until_midnight(found: re.Match[str]) -> str:
    start, end = _minutes(found)
    return found[0] if start < end <= 24 * 60 else f"{found[1]}:{found[2]}-24:00"


def _past_midnight(found: re.Match[str]) -> str:
    start, end = _minutes(found)
    rest = end - 24 * 60 if end > 24 * 60 else end if end <= start else 0
    return f"00:00-{rest // 60:02}:{rest % 60:02}" if rest else NEVER
