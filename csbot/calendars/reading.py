"""Reads an iCalendar file: bytes in, the meetings between two instants out. Pure."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from csbot import clock
from csbot.calendars import words
from csbot.calendars.guests import Guest, guests, organizer
from csbot.calendars.lines import Component, split
from csbot.calendars.mending import REPEATING, Unfit, mended
from csbot.calendars.zones import BROKEN, Zones

MEETINGS_MAX = 5_000
SECONDS = 15.0  # rules that hit no day are searched through to the year 9999, seconds for each
A_DAY = timedelta(days=1)
SHORTEST = 5  # minutes: what has no length was entered as a reminder of a short one
HIDDEN = ("PRIVATE", "CONFIDENTIAL")
UID_MAX = 200
_reading = Lock()  # the library keeps the zones of the file it reads for the whole process


@dataclass(frozen=True)
class Occurrence:
    """One meeting. `key` stays the same when it is moved; `as_of` is when it was last changed."""

    key: str
    title: str
    starts_at: datetime
    minutes: int
    agenda: str | None
    organizer: str | None
    guests: tuple[Guest, ...]
    as_of: datetime | None = None


@dataclass
class Reading:
    """`broken` are the keys, up to a `|`, of what could not be read: nothing is known of those."""

    meetings: list[Occurrence] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


def read(
    raw: bytes, *, begins: datetime, ends: datetime, zone: ZoneInfo, seconds: float = SECONDS
) -> Reading:
    """The meetings that start between the two; raises NoCalendar.

    `zone` is the owner's, for times without one. Whole days, private events, free/busy blocks and
    what was cancelled are no meetings.
    """
    file = split(raw)
    reading = Reading()
    if file.head.first("METHOD").upper() in ("CANCEL", "REPLY", "REFUSE", "DECLINECOUNTER"):
        return reading
    named = file.head.first("X-WR-TIMEZONE")
    own = ZoneInfo(named) if named in clock.zones() else zone
    with _reading:
        zones, deadline = Zones(file.zones, own), clock.steady() + seconds
        for uid, group in _groups(file.events).items():
            if not _concerns(group, begins, ends):
                continue
            try:
                if clock.steady() > deadline or len(reading.meetings) > MEETINGS_MAX:
                    raise Unfit
                reading.meetings += _expanded(uid, group, zones, begins, ends)
            except (*BROKEN, Unfit):  # one event that nobody can read must not lose the others
                reading.broken.add(uid)
    return reading


def _groups(events: Iterable[Component]) -> dict[str, list[Component]]:
    """A series and the changes to single meetings of it have one UID, in any order."""
    found: dict[str, list[Component]] = {}
    for event in events:
        found.setdefault(_uid(event), []).append(event)
    return found


def _uid(event: Component) -> str:
    uid = event.first("UID")
    if uid and len(uid) <= UID_MAX and "|" not in uid:
        return uid
    told = uid or f"{event.start} {event.first('SUMMARY')}"
    return f"sha256:{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()}"


def _concerns(group: list[Component], begins: datetime, ends: datetime) -> bool:
    """Quickly, by the text alone: most of a calendar is long over, or takes whole days."""
    if any(event.first("CLASS").upper() in HIDDEN for event in group):
        return False
    starts = [event.start.values[0] for event in group if event.start and event.start.values]
    if not any("T" in start for start in starts):
        return False
    days = [start[:8] for start in starts]
    if any(event.first(name) for event in group for name in REPEATING):
        return min(days) <= f"{ends + A_DAY:%Y%m%d}"
    near = f"{begins - A_DAY:%Y%m%d}", f"{ends + A_DAY:%Y%m%d}"
    return any(near[0] <= day <= near[1] for day in days)


def _expanded(
    uid: str, group: list[Component], zones: Zones, begins: datetime, ends: datetime
) -> list[Occurrence]:
    repeats = any(e.first(n) for e in group for n in (*REPEATING, "RECURRENCE-ID"))
    lines = [line for event in group for line in mended(event, zones)]
    text = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""])
    found = recurring_ical_events.of(Calendar.from_ical(text)).between(begins, ends)
    meetings = [_meeting(uid, event, repeats=repeats) for event in found]
    return [m for m in meetings if m and begins <= m.starts_at < ends]


def _meeting(uid: str, event: Any, *, repeats: bool) -> Occurrence | None:
    """None when it is no meeting: called off, or as long as a day and longer."""
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    told = str(event.get("SUMMARY", ""))
    if not isinstance(start, datetime) or _cancelled(event, told):
        return None
    starts_at, long = start.astimezone(UTC), end - start
    if long >= A_DAY:
        return None
    original = event["RECURRENCE-ID"].dt
    return Occurrence(
        key=f"{uid}|{_moment(original)}" if repeats else uid,
        title=words.title(told),
        starts_at=starts_at,
        minutes=max(SHORTEST, long // timedelta(minutes=1)),
        agenda=words.agenda(str(event.get("DESCRIPTION", ""))),
        organizer=organizer(event),
        guests=guests(event),
        as_of=_changed_at(event),
    )


def _cancelled(event: Any, told: str) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED" or words.says_cancelled(told)


def _moment(original: date) -> str:
    if isinstance(original, datetime):
        return f"{original.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{original:%Y%m%d}"


def _changed_at(event: Any) -> datetime | None:
    """DTSTAMP does not say it: Google writes the moment of the download there."""
    told = getattr(event.get("LAST-MODIFIED"), "dt", None)
    if not isinstance(told, datetime):
        return None
    return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
