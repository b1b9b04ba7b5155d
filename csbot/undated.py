"""Why something that looks like a date is none: too far, no such day, or two in one."""

import re
from calendar import day_name, month_name, monthrange
from collections.abc import Sequence

from rapidfuzz import fuzz, process

from csbot.dates import YEARS, named_day
from csbot.words import normalise, said

_YEAR_FIRST = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})\. ?(\d{1,2})\.(?: ?(\d{4})(?!\d))?(?!\d)", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)", re.ASCII)
_ENDS = re.compile(
    r"^(.*\S)\s+(?:by|on|until|due)\s+((?:\S+\s+){0,2}\S+)$", re.IGNORECASE | re.DOTALL
)
_FIGURES = re.compile(r"\d{4}[-/]\d+([-/]\d+)?|\d{1,2}([./])\d{1,2}(\2(\d{2,4})?)?", re.ASCII)
_LEFT_OUT = re.compile(
    r"(?:next|this|the|of|\d{1,2}(?:st|nd|rd|th)?|\d{4})[.,]?", re.IGNORECASE | re.ASCII
)
_CALENDAR = [*map(str.lower, (*day_name, *month_name[1:])), "tomorrow", "today", "week", "month"]
_ALIKE = 81
_ORDINAL = re.compile(r"\d(?:st|nd|rd|th)\b", re.IGNORECASE | re.ASCII)
_LEAD = re.compile(r"^(?:on|by|until|till|for|due|before)\s+", re.IGNORECASE)


def why_no_date(text: str) -> str | None:
    """One sentence on the day that `text` begins with; None where it is no such date."""
    found = no_date(text)
    return found[0] if found else None


def no_date(text: str) -> tuple[str, str] | None:
    """The same sentence, and what follows the day."""
    text = _LEAD.sub("", " ".join(normalise(text).split()))
    written, why = _day_and_why(text)
    return (why, " ".join(text.split()[len(written.split()) :])) if why else None


def no_day_within(words: Sequence[str]) -> int | None:
    """Where in them a day of a month is named that no year or not that year has."""
    return next((at for at in range(len(words)) if _unreal(" ".join(words[at:]))), None)


def no_such_day(year: int | None, month: int, day: int) -> str | None:
    """Why there is no such day in the calendar; without a year in that of a leap year."""
    if not 1 <= month <= 12:
        return "a year has 12 months"
    most = monthrange(year or 2000, month)[1]
    if 1 <= day <= most:
        return None
    named = " ".join([month_name[month], *([str(year)] if year else [])])
    return f"{named} has {'at most ' if not year and month == 2 else ''}{most} days"


def _unreal(text: str) -> bool:
    found = named_day(text)
    return found is not None and no_such_day(*found[1:]) is not None


def _day_and_why(text: str) -> tuple[str, str | None]:
    if found := _SLASHED.match(text):
        first, second, year = map(int, found.groups())
        return found.group(), _two_ways(found.group(), first, second, year)
    if found := _YEAR_FIRST.match(text):
        return found.group(), _one_way(found.group(), *map(int, found.groups()))
    if found := _DAY_FIRST.match(text):
        dated = int(found[3]) if found[3] else None
        return found.group(), _one_way(found.group(), dated, int(found[2]), int(found[1]))
    if named := named_day(text):
        written = " ".join(text.split()[: len(named[0].split())])
        return written, _one_way(written, *named[1:])
    return "", None


def split_wrong(text: str) -> tuple[str, str] | None:
    """What stands before the date that `text` was to end with, and that date, which is none.

    For a text that does not end with a date: "by fryday" is meant as one, "by phone" is not.
    """
    found = _ENDS.match(normalise(text).rstrip(" .!"))
    return (found[1], found[2]) if found and _looks_dated(found[2]) else None


def why_undated(step: str) -> str | None:
    """One sentence on the date that a step was to end with, by what it looks like; None without.

    `April` may be somebody's name: a month alone is meant as a date only behind by or until.
    """
    words = normalise(step).rstrip(" .!").split()
    if wrong := split_wrong(step):
        day = wrong[1]
    elif (at := no_day_within(words)) is not None:
        day = " ".join(words[at:])
    elif len(words) > 1 and (no_date(words[-1]) or _slip_of_a_day(words[-1])):
        day = words[-1]
    else:
        return None
    return why_no_date(day) or f"I can't read the date {said(day)}."


def _slip_of_a_day(word: str) -> bool:
    named = [*map(str.lower, day_name), "tomorrow"]
    near = process.extractOne(word.casefold(), named, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return near is not None


def _looks_dated(text: str) -> bool:
    if _unreal(text):
        return True
    words = [word for word in text.casefold().split() if not _LEFT_OUT.fullmatch(word)]
    if not words:
        return _ORDINAL.search(text) is not None
    return len(words) == 1 and _of_calendar(words[0])


def _of_calendar(word: str) -> bool:
    if _FIGURES.fullmatch(word):
        return True
    near = process.extractOne(word.strip(",."), _CALENDAR, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return near is not None


def _two_ways(written: str, first: int, second: int, year: int) -> str | None:
    if first <= 12 and second <= 12 and first != second:
        ways = f"`{year:04}-{second:02}-{first:02}` or `{year:04}-{first:02}-{second:02}`"
        return f"{said(written)} can be read two ways: write {ways}."
    month, day = (second, first) if first > 12 else (first, second)
    return _one_way(written, year, month, day)


def _one_way(written: str, year: int | None, month: int, day: int) -> str | None:
    if why := no_such_day(year, month, day):
        return f"{said(written)} does not exist: {why}."
    if year is None or year in YEARS:
        return None
    return f"{said(written)} is {'long past' if year < YEARS.start else 'too far away'}."
