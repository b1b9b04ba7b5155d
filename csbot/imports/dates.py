"""Dates and instants from cells, without guessing which number is the day.

A column is settled as a whole: one row that can only be read one way (31/12) decides for
the rows that could be read both ways (4/12); if none does, those rows are refused.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import Enum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from csbot.imports.errors import BadCell, shorten
from csbot.imports.words import ascii_digits, short_line
from csbot.undated import no_such_day

FIRST_YEAR, LAST_YEAR = 1970, 2199
PIVOT = 70  # two-digit years below are 20.., the others 19..
EXAMPLE = "write it like 2026-12-31"
INSTANT_EXAMPLE = "write it like 2026-12-31 14:30"


class Order(Enum):
    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner jaenner",
            "february feb februar",
            "march mar märz maerz mrz",
            "april apr",
            "may mai",
            "june jun juni",
            "july jul juli",
            "august aug",
            "september sep sept",
            "october oct oktober okt",
            "november nov",
            "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}
WORD = r"([^\W\d_]{3,9})\.?"
ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})")
COMPACT = re.compile(r"((?:19|20|21)\d\d)(\d\d)(\d\d)")
DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4}|\d\d)")
SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d\d)")
DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?(?: of)?[ -]*" + WORD + r"[ ,-]*(\d{4}|\d\d)")
NAME_DAY = re.compile(WORD + r"[ -]*(\d{1,2})(?:st|nd|rd|th)?[ ,-]+(\d{4})")
YEAR_NAME = re.compile(r"(\d{4})[ -]" + WORD + r"[ -](\d{1,2})")
WEEKDAY = re.compile(r"^[^\W\d_]{2,10}\.?, *(?=\d|[^\W\d_])")
SERIAL = re.compile(r"[2-9]\d{4}(?:[.,]\d+)?")
CLOCK = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))?(?: ?Uhr)?(?: ?(?P<zone>[A-Za-z+\-−].*))?"
)
SPLIT = re.compile(r"(?:[T ]|, )+(?=\d{1,2}:\d\d)")
OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d\d)?")


def settle_order(cells: Iterable[str]) -> Order | None:
    """The order that rows of the column prove; None when no row or rows of both kinds do."""
    proofs = {proof for cell in cells if (proof := _proof(_day_part(cell))) is not None}
    return proofs.pop() if len(proofs) == 1 else None


def _proof(text: str) -> Order | None:
    match = SLASHED.fullmatch(text)
    if match is None:
        return None
    first, second = int(match[1]), int(match[3])
    if first > 12 >= second:
        return Order.DAY_FIRST
    return Order.MONTH_FIRST if second > 12 >= first else None


def read_date(cell: str, order: Order | None) -> date:
    """The calendar date as it is written; a time of day beside it is left aside."""
    return _date(_day_part(cell), order, cell)


def read_instant(cell: str, order: Order | None, zone: ZoneInfo, *, with_time: bool) -> datetime:
    """UTC; a cell without zone is in the file's. `with_time` refuses a date standing alone."""
    parts = SPLIT.split(_tidy(cell), maxsplit=1)
    day = _date(_without_weekday(parts[0]), order, cell)
    if len(parts) == 1 and with_time:
        raise BadCell(f"“{shorten(cell)}” has no time of day; {INSTANT_EXAMPLE}.")
    clock, own_zone = _clock(parts[1], cell) if len(parts) == 2 else (time(0), None)
    return _in_zone(datetime.combine(day, clock), own_zone or zone, cell)


def _tidy(cell: str) -> str:
    return ascii_digits(short_line(cell)).replace("\u2212", "-")


def _day_part(cell: str) -> str:
    return _without_weekday(SPLIT.split(_tidy(cell), maxsplit=1)[0])


def _without_weekday(text: str) -> str:
    rest = WEEKDAY.sub("", text)
    return rest if any(char.isdigit() for char in rest) and _starts_new(text, rest) else text


def _starts_new(text: str, rest: str) -> bool:
    """“Fri, 4 Dec 2026” loses its weekday; “Dec, 2026” is no weekday and stays as it is."""
    dropped = text[: len(text) - len(rest)].strip(" ,.").casefold()
    return dropped not in MONTHS


def _date(text: str, order: Order | None, cell: str) -> date:
    for reader in (_iso, _dotted, _named):
        found = reader(text)
        if found is not None:
            return _checked(*found, cell)
    match = SLASHED.fullmatch(text)
    if match is not None:
        return _checked(*_slashed(match, order, cell), cell)
    if SERIAL.fullmatch(text):
        raise BadCell(_serial(text))
    raise BadCell(f"“{shorten(cell)}” is not a date; {EXAMPLE}.")


def _iso(text: str) -> tuple[int, int, int] | None:
    match = ISO.fullmatch(text)
    if match is not None:
        return int(match[1]), int(match[3]), int(match[4])
    match = COMPACT.fullmatch(text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _dotted(text: str) -> tuple[int, int, int] | None:
    match = DOTTED.fullmatch(text)
    return (_year(match[3]), int(match[2]), int(match[1])) if match else None


def _named(text: str) -> tuple[int, int, int] | None:
    for pattern, (year, month, day) in (
        (DAY_NAME, (3, 2, 1)),
        (NAME_DAY, (3, 1, 2)),
        (YEAR_NAME, (1, 2, 3)),
    ):
        match = pattern.fullmatch(text)
        if match is not None and match[month].casefold() in MONTHS:
            return _year(match[year]), MONTHS[match[month].casefold()], int(match[day])
    return None


def _slashed(match: re.Match[str], order: Order | None, cell: str) -> tuple[int, int, int]:
    first, second, year = int(match[1]), int(match[3]), _year(match[4])
    if order is None and first == second:
        order = Order.DAY_FIRST
    order = order or _proof(match[0])
    if order is None and min(first, second) > 12:
        order = Order.DAY_FIRST  # wrong either way; the calendar says so
    if order is None:
        raise BadCell(
            f"“{shorten(cell)}” can be read two ways and no row of the column settles it; "
            "run again with --dates day-first or --dates month-first."
        )
    day, month = (first, second) if order is Order.DAY_FIRST else (second, first)
    if month > 12 >= day:
        raise BadCell(
            f"“{shorten(cell)}” does not fit the column, which is {order.value}; {EXAMPLE}."
        )
    return year, month, day


def _year(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if int(digits) < PIVOT else 1900)


def _checked(year: int, month: int, day: int, cell: str) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadCell(f"the year {year} in “{shorten(cell)}” looks mistyped; {EXAMPLE}.")
    if why := no_such_day(year, month, day):
        raise BadCell(f"“{shorten(cell)}” does not exist: {why}; {EXAMPLE}.")
    return date(year, month, day)


def _serial(text: str) -> str:
    day = date(1899, 12, 30) + timedelta(days=int(float(text.replace(",", "."))))
    return (
        f"{text} looks like a spreadsheet's day number ({day.isoformat()}); format the column "
        "as a date (YYYY-MM-DD) and save it again."
    )


def _clock(text: str, cell: str) -> tuple[time, tzinfo | None]:
    match = CLOCK.fullmatch(text.strip())
    if match is None:
        raise BadCell(f"the time in “{shorten(cell)}” cannot be read; {INSTANT_EXAMPLE}.")
    hour, minute = int(match["hour"]), int(match["minute"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise BadCell(f"the time in “{shorten(cell)}” is not on the clock.")
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    try:
        clock = time(hour, minute, int(match["second"] or 0))
    except ValueError as error:
        raise BadCell(f"the time in “{shorten(cell)}” is not on the clock.") from error
    return clock, _zone(match["zone"], cell) if match["zone"] else None


def _zone(text: str, cell: str) -> tzinfo:
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    match = OFFSET.fullmatch(text.strip().upper())
    if match is not None:
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        offset = timedelta(minutes=-minutes if match[1] == "-" else minutes)
        return _fixed(offset, cell)
    try:
        return ZoneInfo(text.strip("[]() "))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadCell(
            f"the time zone in “{shorten(cell)}” is not known; write +01:00 or Z after the time."
        ) from error


def _fixed(offset: timedelta, cell: str) -> tzinfo:
    if abs(offset) > timedelta(hours=14):
        raise BadCell(f"the time zone in “{shorten(cell)}” is more than 14 hours from UTC.")
    return timezone(offset)


def _in_zone(local: datetime, zone: tzinfo, cell: str) -> datetime:
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local:
        raise BadCell(
            f"“{shorten(cell)}” does not exist in {zone}: the clocks went forward over it."
        )
    return moment
