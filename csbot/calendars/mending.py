"""Puts the lines of one event right, so that the libraries read them as they were meant."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, tzinfo

from csbot.calendars.lines import TIMES, Component, Line, Times, times
from csbot.calendars.zones import Zones

REPEATING = ("RRULE", "RDATE")
KEPT = (
    "UID", "SUMMARY", "DESCRIPTION", "STATUS", "ORGANIZER", "ATTENDEE", "SEQUENCE",
    "LAST-MODIFIED", "DURATION",
)  # fmt: skip
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
MANY_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
TIMES_MAX = 1_000  # a weekly meeting of twenty years; each added day is a meeting of its own
_STEP = re.compile(r"0*[1-9]\d{0,3}")  # with 0 the library would search for ever
_LONG = re.compile(
    r"-?P(?=.*\d)(?:\d{1,4}W)?(?:\d{1,4}D)?(?:T(?:\d{1,5}H)?(?:\d{1,6}M)?(?:\d{1,7}S)?)?"
)


class Unfit(Exception):
    """An event that would take too much work, or has no meaning."""


def _check_rules(event: Component) -> None:
    """Raises Unfit for rules by the minute, which nobody meets by, and for those without end."""
    if sum(line.value.count(",") + 1 for line in event.lines if line.name in TIMES) > TIMES_MAX:
        raise Unfit
    for rule in event.values("RRULE"):
        parts = _parts(rule)
        often = any("," in parts.get(name, "") for name in MANY_A_DAY)
        stands = _STEP.fullmatch(parts.get("INTERVAL", "1")) is None
        if parts.get("FREQ") not in FREQUENCIES or often or stands:
            raise Unfit


def mended(event: Component, zones: Zones) -> Iterator[str]:
    """Its lines, ready for the library; those that nobody asks for are left out."""
    start = event.start
    if start is None or not start.values:
        raise Unfit
    _check_rules(event)
    yield "BEGIN:VEVENT"
    if not event.first("UID"):
        yield "UID:none"
    for line in event.lines:
        if line.name in TIMES:
            yield from _times(line, zones)
        elif line.name == "RRULE":
            yield _rule(line.value, start, zones)
        elif _is_kept(line):
            yield line.text
    yield "END:VEVENT"


def _is_kept(line: Line) -> bool:
    if line.name == "DURATION":
        return _LONG.fullmatch(line.value) is not None
    return line.name in KEPT


def _times(line: Line, zones: Zones) -> Iterator[str]:
    """One line a value, each with the zone that is meant: a Z says UTC, whatever else is said."""
    if told := times(line):
        yield from (_time(told, value, zones) for value in told.values)


def _time(told: Times, value: str, zones: Zones) -> str:
    first = value.partition("/")[0]
    params = re.sub(r";VALUE=DATE(-TIME)?(?=;|$)", "", told.params, flags=re.IGNORECASE)
    if "T" not in first:
        return f"{told.name}{params};VALUE=DATE:{value}"
    if first.endswith("Z"):
        return f"{told.name}{params}:{value}"
    return f"{told.name}{params};TZID={zones.of(told.zone)[0]}:{value}"


def _rule(rule: str, start: Times, zones: Zones) -> str:
    """With an UNTIL of the type that the start asks for."""
    parts = _parts(rule)
    zone = UTC if start.values[0].endswith("Z") else zones.of(start.zone)[1]
    until = _until(parts.get("UNTIL", ""), zone)
    if until is not None:
        timed = "T" in start.values[0]
        parts["UNTIL"] = f"{until:%Y%m%dT%H%M%SZ}" if timed else f"{until.astimezone(zone):%Y%m%d}"
    first = {"FREQ": parts.pop("FREQ")}
    return "RRULE:" + ";".join(f"{name}={value}" for name, value in (first | parts).items())


def _parts(rule: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in rule.upper().replace(" ", "").split(";"))
    return {name: value for name, equals, value in pairs if equals}


def _until(told: str, zone: tzinfo) -> datetime | None:
    """A date means the whole of that day, where the meeting is."""
    found = _UNTIL.match(told)
    if found is None:
        return None
    day = date(int(found[1]), int(found[2]), int(found[3]))
    if found[4] is None:
        return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
    at = time(int(found[4]), int(found[5]), min(int(found[6]), 59))
    return datetime.combine(day, at, UTC if found[7] else zone).astimezone(UTC)
