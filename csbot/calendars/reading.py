"""Reads an iCalendar file: bytes in, the meetings between two instants out. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Set
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
EVER = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
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
    """`broken` are the keys, up to a `|`, of what could not be read: nothing is known of those.

    `whole` are those of which the file has all: a meeting that it does not show is off. So are the
    meetings in `off`, one by one.
    """

    meetings: list[Occurrence] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    off: set[str] = field(default_factory=set)


def read(
    raw: bytes,
    *,
    begins: datetime,
    ends: datetime,
    zone: ZoneInfo,
    known: Set[str] = frozenset(),
    seconds: float = SECONDS,
) -> Reading:
    """The meetings that start between the two, and those with a `known` key; raises NoCalendar.

    `zone` is the owner's, for times without one. Whole days, private events, free/busy blocks and
    what was cancelled are no meetings.
    """
    file = split(raw)
    reading = Reading()
    if file.head.first("METHOD").upper() in ("CANCEL", "REPLY", "REFUSE", "DECLINECOUNTER"):
        return reading
    named = file.head.first("X-WR-TIMEZONE")
    own = ZoneInfo(named) if named in clock.zones() else zone
    followed = {key.partition("|")[0] for key in known}
    with _reading:
        zones, deadline = Zones(file.zones, own), clock.steady() + seconds
        for uid, group in _groups(file.events).items():
            if not all(event.first("RECURRENCE-ID") for event in group):
                reading.whole.add(uid)
            if not _may_be_met(group) or not (uid in followed or _is_near(group, begins, ends)):
                continue
            try:
                if clock.steady() > deadline or len(reading.meetings) > MEETINGS_MAX:
                    raise Unfit
                told = _Told(uid, group, zones)
                near, off = told.between(begins, ends)
                far, off_there = told.outside(begins, ends) if uid in followed else NOTHING
                reading.meetings += ({key: far[key] for key in far.keys() & known} | near).values()
                reading.off |= off | off_there
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


def _may_be_met(group: list[Component]) -> bool:
    """Quickly, by the text alone, as `_is_near`: much of a calendar takes whole days."""
    if any(event.first("CLASS").upper() in HIDDEN for event in group):
        return False
    return any("T" in start for start in _starts(group))


def _is_near(group: list[Component], begins: datetime, ends: datetime) -> bool:
    """Most of a calendar is long over."""
    days = [start[:8] for start in _starts(group)]
    if any(_repeats(event) for event in group):
        return min(days) <= f"{ends + A_DAY:%Y%m%d}"
    near = f"{begins - A_DAY:%Y%m%d}", f"{ends + A_DAY:%Y%m%d}"
    return any(near[0] <= day <= near[1] for day in days)


def _starts(group: Iterable[Component]) -> Iterator[str]:
    return (event.start.values[0] for event in group if event.start and event.start.values)


def _repeats(event: Component) -> bool:
    return any(event.first(name) for name in REPEATING)


_Found = tuple[dict[str, Occurrence], Set[str]]  # meetings by their keys, and keys that are off
NOTHING: _Found = {}, frozenset()


@dataclass(frozen=True)
class _Told:
    """What a file has of one UID."""

    uid: str
    group: list[Component]
    zones: Zones

    def between(self, begins: datetime, ends: datetime) -> _Found:
        meetings, off = self._read(self.group, begins, ends)
        return {k: m for k, m in meetings.items() if begins <= m.starts_at < ends}, off

    def outside(self, begins: datetime, ends: datetime) -> _Found:
        """Of what does not repeat, single meetings of a series included: whenever it is."""
        within = f"{begins + 2 * A_DAY:%Y%m%d}", f"{ends - 2 * A_DAY:%Y%m%d}"
        single = [
            event
            for event in self.group
            if not _repeats(event)
            and any(not within[0] <= start[:8] <= within[1] for start in _starts([event]))
        ]
        meetings, off = self._read(single, *EVER) if single else NOTHING
        return {k: m for k, m in meetings.items() if not begins <= m.starts_at < ends}, off

    def _read(self, group: list[Component], begins: datetime, ends: datetime) -> _Found:
        lines = [line for event in group for line in mended(event, self.zones)]
        text = "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""])
        meetings, off = dict[str, Occurrence](), set[str]()
        for event in recurring_ical_events.of(Calendar.from_ical(text)).between(begins, ends):
            key = self._key(event)
            if _is_off(event):
                off.add(key)
            elif one := _meeting(key, event):
                meetings[key] = one
        return meetings, off

    def _key(self, event: Any) -> str:
        """The same when it is moved."""
        repeats = any(_repeats(one) or one.first("RECURRENCE-ID") for one in self.group)
        return f"{self.uid}|{_moment(event['RECURRENCE-ID'].dt)}" if repeats else self.uid


def _meeting(key: str, event: Any) -> Occurrence | None:
    """None for what is as long as a day and longer."""
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    if not isinstance(start, datetime) or end - start >= A_DAY:
        return None
    starts_at, long = start.astimezone(UTC), end - start
    return Occurrence(
        key=key,
        title=words.title(str(event.get("SUMMARY", ""))),
        starts_at=starts_at,
        minutes=max(SHORTEST, long // timedelta(minutes=1)),
        agenda=words.agenda(str(event.get("DESCRIPTION", ""))),
        organizer=organizer(event),
        guests=guests(event),
        as_of=_changed_at(event),
    )


def _is_off(event: Any) -> bool:
    told = str(event.get("SUMMARY", ""))
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
