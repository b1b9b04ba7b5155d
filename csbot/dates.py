"""Dates and times as people write them; what could be read two ways is refused, not guessed."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from csbot.errors import Refused
from csbot.words import normalise

MORNING = time(9)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_UNITS = {"d": 1, "day": 1, "w": 7, "wk": 7, "week": 7}
_COUNT = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})", re.ASCII)
_DOTTED_TWICE = re.compile(r"(\d{1,2})\. ?(\d{1,2})\.", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2})\.?(?: of)? ?([a-z]{3,9})\.?,?(?: (\d{4}))?", re.ASCII)
_MONTH_DAY = re.compile(r"([a-z]{3,9})\.? ?(\d{1,2}),?(?: (\d{4}))?", re.ASCII)
_WEEKDAY = re.compile(r"(next |this |coming )?([a-z]{3,9})", re.ASCII)
_SPAN = re.compile(
    r"(?:in )?(\d{1,4}|an?|one|two|three|four|five|six) ?"
    r"(d|w|wk|days?|weeks?|months?|years?)(?: from (?:now|today))?",
    re.ASCII,
)
_SOON = re.compile(r"in (\d{1,4}|an?) ?(h|hours?|m|mins?|minutes?)", re.ASCII)
_CLOCK = re.compile(r"(?:at )?(\d{1,2})(?:[:h](\d{2}))? ?(am|pm)?", re.ASCII)
YEARS = range(1970, 2200)
_OFFSET = re.compile(r"\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?(?:z|[+-]\d\d:?\d\d)", re.ASCII)
_YEAR = re.compile(r"\d{4}\b", re.ASCII)
_HOURS = {"noon": time(12), "midday": time(12), "morning": MORNING, "tonight": time(18)}


def take_date(text: str, *, today: date) -> tuple[date, str] | None:
    """The longest date at the start of `text`, and what follows it."""
    for head, rest in _splits(text, from_start=True):
        if (found := _date(_plain(head), today)) is not None:
            return None if _cut(head, rest) else (found, rest)
    return None


def take_moment(text: str, *, now: datetime, zone: ZoneInfo) -> tuple[datetime, str] | None:
    """The longest date or time at the start of `text`, and what follows it."""
    for head, rest in _splits(text, from_start=True):
        if (found := _moment(_plain(head), now.astimezone(zone))) is not None:
            return None if _cut(head, rest) else (found, rest)
    return None


def end_moment(text: str, *, now: datetime, zone: ZoneInfo) -> tuple[str, datetime] | None:
    """The longest date or time at the end of `text`, and what stands before it."""
    for rest, tail in _splits(text, from_start=False):
        if (found := _moment(_plain(tail), now.astimezone(zone))) is not None:
            return rest, found
    return None


def named_day(text: str) -> tuple[str, int | None, int, int] | None:
    """What `text` begins with where that names a day of a month: it, year, month and day."""
    low = _ORDINAL.sub(r"\1", normalise(text).casefold())
    if found := _DAY_MONTH.match(low):
        day, name, year = found.groups()
    elif found := _MONTH_DAY.match(low):
        name, day, year = found.groups()
    else:
        return None
    month = _index(_MONTHS, name)
    if month is None:
        return None
    return found.group(), int(year) if year else None, month + 1, int(day)


def _cut(head: str, rest: str) -> bool:
    """Whether a year follows that the day does not have: 29 February 2027 is not that of 2028."""
    year = _YEAR.match(rest)
    if year and _DOTTED.search(f"{head} {rest}"):
        return True
    whole = named_day(f"{head} {rest}") if year else None
    return whole is not None and whole[1] is not None


def _splits(text: str, *, from_start: bool) -> list[tuple[str, str]]:
    words = normalise(text).split()
    sizes = range(min(6, len(words)), 0, -1)
    at = [n if from_start else len(words) - n for n in sizes]
    return [(" ".join(words[:n]), " ".join(words[n:])) for n in at]


def _plain(text: str) -> str:
    text = " ".join(normalise(text).casefold().split()).strip(" ,;!\"'")
    text = re.sub(r"^(on|by|until|till|due|before) ", "", text)
    return _ORDINAL.sub(r"\1", text)


def _date(text: str, today: date) -> date | None:
    try:
        for read in (_word, _written, _month_name, _weekday, _span):
            if (found := read(text, today)) is not None:
                return found if found.year in YEARS else None
    except (ValueError, OverflowError):
        return None
    return None


def _word(text: str, today: date) -> date | None:
    monday = today - timedelta(days=today.weekday())
    quarter_end = (today.month + 2) // 3 * 3
    simple = {
        "today": lambda: today,
        "tomorrow": lambda: today + timedelta(days=1),
        "day after tomorrow": lambda: today + timedelta(days=2),
        "yesterday": lambda: today - timedelta(days=1),
        "next week": lambda: monday + timedelta(days=7),
        "next month": lambda: _month_end(today.year, today.month) + timedelta(days=1),
        "end of week": lambda: monday + timedelta(days=4 if today.weekday() < 5 else 11),
        "end of month": lambda: _month_end(today.year, today.month),
        "end of quarter": lambda: _month_end(today.year, quarter_end),
        "end of year": lambda: date(today.year, 12, 31),
    }
    short = {"eow": "end of week", "eom": "end of month", "eoq": "end of quarter"}
    text = text.removeprefix("the ").replace("end of the ", "end of ")
    made = simple.get(short.get(text, text.replace("end of this ", "end of ")))
    return made() if made else None


def _written(text: str, today: date) -> date | None:
    if whole := _YEAR_FIRST.fullmatch(text):
        return date(*map(int, whole.group(1, 3, 4)))
    if dotted := _DOTTED.fullmatch(text):
        day, month, year = map(int, dotted.groups())
        return date(year, month, day)
    if slashed := _SLASHED.fullmatch(text):
        return _slashed(*map(int, slashed.groups()))
    if short := _DOTTED_TWICE.fullmatch(text):
        return _coming(today, int(short[2]), int(short[1]))
    return None


def _slashed(first: int, second: int, year: int) -> date:
    if first <= 12 and second <= 12 and first != second:
        raise Refused(f"That date can be read two ways. Write it as `{year}-MM-DD`.")
    return date(year, *((second, first) if first > 12 else (first, second)))


def _month_name(text: str, today: date) -> date | None:
    if match := _DAY_MONTH.fullmatch(text):
        day, name, year = match.groups()
    elif match := _MONTH_DAY.fullmatch(text):
        name, day, year = match.groups()
    else:
        return None
    month = _index(_MONTHS, name)
    if month is None:
        return None
    if year:
        return date(int(year), month + 1, int(day))
    return _coming(today, month + 1, int(day))


def _coming(today: date, month: int, day: int) -> date | None:
    """The next such day, today included; the 29th of February may be years away."""
    for year in range(today.year, today.year + 9):
        if day <= monthrange(year, month)[1] and date(year, month, day) >= today:
            return date(year, month, day)
    return None


def _weekday(text: str, today: date) -> date | None:
    match = _WEEKDAY.fullmatch(text)
    wanted = _index(_DAYS, match.group(2)) if match else None
    if match is None or wanted is None:
        return None
    monday = today - timedelta(days=today.weekday())
    if match.group(1) == "next ":
        return monday + timedelta(days=7 + wanted)
    # On a Friday "friday" is the one to come: who means today says so.
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _span(text: str, today: date) -> date | None:
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    count, unit = _number(match.group(1)), match.group(2).rstrip("s")
    if unit in _UNITS:
        return today + timedelta(days=count * _UNITS[unit])
    months = today.month - 1 + count * (12 if unit == "year" else 1)
    year, month = today.year + months // 12, months % 12 + 1
    return min(date(year, month, 1) + timedelta(days=today.day - 1), _month_end(year, month))


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _number(word: str) -> int:
    return _COUNT.get(word) or int(word)


def _index(names: tuple[str, ...], word: str) -> int | None:
    """Which full name `word` abbreviates (three letters or more)."""
    fits = [i for i, name in enumerate(names) if len(word) > 2 and name.startswith(word)]
    return fits[0] if fits else {"sept": 8}.get(word) if names is _MONTHS else None


def _moment(text: str, local: datetime) -> datetime | None:
    if _OFFSET.fullmatch(text):
        return _aware(text)
    if soon := _SOON.fullmatch(text):
        unit = "hours" if soon.group(2).startswith("h") else "minutes"
        return local.astimezone(UTC) + timedelta(**{unit: _number(soon.group(1))})
    for day_words, clock_words in _day_and_clock(text):
        day, clock = _date(day_words, local.date()), _clock(clock_words)
        if day is not None and clock is not None:
            return _at(day, clock, local)
    if (clock := _clock(text)) is not None:
        return _next_time(clock, local)
    day = _date(text, local.date())
    return None if day is None else _at(day, MORNING, local)


def _aware(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day_and_clock(text: str) -> list[tuple[str, str]]:
    words = re.sub(r"(?<=\d)t(?=\d\d:)", " ", text).split()
    return [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))] + [
        (" ".join(words[n:]), " ".join(words[:n])) for n in range(1, len(words))
    ]


def _clock(text: str) -> time | None:
    """A time of day; a bare number is none, since it may be anything."""
    if (named := _HOURS.get(text.removeprefix("at "))) is not None:
        return named
    match = _CLOCK.fullmatch(text)
    if match is None or not (match.group(2) or match.group(3) or text.startswith("at ")):
        return None
    hour, minute, half = int(match.group(1)), int(match.group(2) or 0), match.group(3)
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _next_time(clock: time, local: datetime) -> datetime:
    today = _at(local.date(), clock, local)
    return today if today > local else _at(local.date() + timedelta(days=1), clock, local)


def _at(day: date, clock: time, local: datetime) -> datetime:
    # In a gap of the clocks this is the same moment after the jump; in a fold the first of two.
    return datetime.combine(day, clock, local.tzinfo).astimezone(UTC)
