"""Takes over what a feed shows: new meetings, moved ones, and those that are gone from it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from csbot.alerts.service import touched
from csbot.calendars import words
from csbot.calendars.reading import Occurrence, Reading
from csbot.calendars.sides import Sides
from csbot.meetings import elsewhere
from csbot.meetings.elsewhere import CALENDAR, FEED, ICAL, Known
from csbot.meetings.model import Meeting, MeetingRef
from csbot.settings import Settings
from csbot.undoing import elsewhere as undoing


@dataclass
class Taken:
    """How many meetings of customers the feed has, and what was done with them.

    `missed` is how many it lacks that may be back in the next reading.
    """

    seen: int = 0
    added: int = 0
    changed: int = 0
    cancelled: int = 0
    missed: int = 0
    accounts: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class _Shown:
    """What one feed shows of customers' meetings, by their keys."""

    source: str
    occurrences: dict[str, Occurrence]
    accounts: dict[str, int | None]
    sides: Sides

    def account_ids(self) -> set[int]:
        return {account for account in self.accounts.values() if account is not None}


def told(session: Session, feed_id: int, *, since: datetime) -> set[str]:
    """The keys of what this feed has told of, from `since` on."""
    keys = select(MeetingRef.external_id).join(Meeting, Meeting.id == MeetingRef.meeting_id)
    mine = keys.where(MeetingRef.source == f"{FEED}{feed_id}", Meeting.starts_at >= since)
    return set(session.scalars(mine))


def take(
    session: Session,
    reading: Reading,
    *,
    feed_id: int,
    owner: str,
    ends: datetime,
    settings: Settings,
    now: datetime,
) -> Taken:
    """`owner` is the address of whose calendar it is; `ends` is how far it was read."""
    shown = _shown(session, reading, feed_id, owner)
    elsewhere.lock(session, shown.account_ids())
    known = elsewhere.by_names(session, (FEED, ICAL), shown.occurrences)
    taken = Taken()
    _adopt(session, shown, known)
    back = _back_on(session, shown, known, settings, now)
    for key, occurrence in shown.occurrences.items():
        if key in known:
            _keep(session, shown, known[key], occurrence, taken, back, now)
    _add(session, shown, known, taken, now)
    _drop(session, shown, reading, ends, taken, now)
    session.flush()
    if taken.accounts:
        touched(session, account_ids=taken.accounts, settings=settings, now=now)
    return taken


def _shown(session: Session, reading: Reading, feed_id: int, owner: str) -> _Shown:
    """Without what the owner has declined, and what is nobody's that we know."""
    meetings = {
        meeting.key: meeting
        for meeting in reading.meetings
        if not any(guest.declined and guest.email == owner for guest in meeting.guests)
    }
    sides = Sides.load(session, (guest for m in meetings.values() for guest in m.guests))
    accounts = {key: sides.account(meeting.guests) for key, meeting in meetings.items()}
    return _Shown(f"{FEED}{feed_id}", meetings, accounts, sides)


def _adopt(session: Session, shown: _Shown, known: dict[str, Known]) -> None:
    """Meetings that people or booking systems added are not added again: `known` has them now."""
    new = {k: o for k, o in shown.occurrences.items() if k not in known and shown.accounts[k]}
    starts = [occurrence.starts_at for occurrence in new.values()]
    taken = {one.meeting.id for one in known.values()}
    free = [
        one
        for one in elsewhere.at_those_times(session, shown.account_ids(), starts)
        if one.meeting.id not in taken and _is_free(one, shown)
    ]
    for key, occurrence in new.items():
        found = elsewhere.nearest(free, shown.accounts[key] or 0, occurrence.starts_at)
        if found:
            free.remove(found)
            known[key] = found


def _is_free(one: Known, shown: _Shown) -> bool:
    """No calendar has it, but for this one under a name that it has no more."""
    return all(
        ref.source == shown.source and ref.external_id not in shown.occurrences
        for ref in one.live(FEED)
    )


def _back_on(
    session: Session, shown: _Shown, known: dict[str, Known], settings: Settings, now: datetime
) -> set[int]:
    gone = [one.meeting for key, one in known.items() if key in shown.occurrences and _is_gone(one)]
    return undoing.on_again(
        session, gone, why="It is in the calendar again.", settings=settings, now=now
    )


def _keep(
    session: Session,
    shown: _Shown,
    one: Known,
    seen: Occurrence,
    taken: Taken,
    back: set[int],
    now: datetime,
) -> None:
    meeting = one.meeting
    others = [ref for ref in one.live(FEED) if ref.source != shown.source]
    ref = next((r for r in one.refs if (r.source, r.external_id) == (shown.source, seen.key)), None)
    first = not others or (ref is not None and ref.live and ref.id < others[0].id)
    if ref is None:
        session.add(_ref(meeting, shown, seen.key))
    else:
        ref.live, ref.missed_at = True, None
    taken.seen += 1
    before, news = meeting.account_id, _is_news(seen, meeting, first)
    changed = news and elsewhere.change(session, meeting, _told(shown, meeting, seen), now)
    if news and seen.as_of is not None:
        meeting.as_of = seen.as_of
    if changed or meeting.id in back:
        taken.changed += 1
        taken.accounts |= {before, meeting.account_id}


def _is_gone(one: Known) -> bool:
    """Cancelled, and no calendar had it any more; what a booking system said stays."""
    only_calendars = all(ref.source.startswith(FEED) for ref in one.refs)
    return one.meeting.outcome == "cancelled" and only_calendars and not one.live()


def _is_news(seen: Occurrence, meeting: Meeting, first: bool) -> bool:
    """Of several calendars the first tells; another one when it knows of a later change.

    Copies differ in what they show of guests and notes: without this they would take turns.
    """
    if seen.as_of is None or meeting.as_of is None:
        return first and (meeting.as_of is None or meeting.source == CALENDAR)
    return seen.as_of > meeting.as_of or (first and seen.as_of == meeting.as_of)


def _told(shown: _Shown, meeting: Meeting, seen: Occurrence) -> dict[str, Any]:
    """All of it for the calendar's own; what people wrote themselves stays as they wrote it."""
    times = {"starts_at": seen.starts_at, "duration_minutes": seen.minutes}
    if meeting.source != CALENDAR:
        guests = shown.sides.names(seen.guests)
        return times | ({} if meeting.attendees else {"attendees": guests})
    account = shown.accounts[seen.key]
    return times | _facts(shown, seen) | ({"account_id": account} if account else {})


def _facts(shown: _Shown, seen: Occurrence) -> dict[str, Any]:
    return {
        "title": seen.title,
        "kind": words.kind_of(seen.title),
        "agenda": seen.agenda,
        "attendees": shown.sides.names(seen.guests),
        "organizer_id": shown.sides.organizer(seen.organizer, seen.guests),
    }


def _add(
    session: Session, shown: _Shown, known: dict[str, Known], taken: Taken, now: datetime
) -> None:
    new = {
        key: Meeting(
            account_id=account,
            starts_at=seen.starts_at,
            duration_minutes=seen.minutes,
            source=CALENDAR,
            as_of=seen.as_of,
            created_at=now,
            **_facts(shown, seen),
        )
        for key, seen in shown.occurrences.items()
        if key not in known and (account := shown.accounts[key])
    }
    session.add_all(new.values())
    session.flush()
    for key, meeting in new.items():
        session.add(_ref(meeting, shown, key))
        elsewhere.record(session, meeting, "meeting.added", now)
    taken.seen += len(new)
    taken.added += len(new)
    taken.accounts |= {meeting.account_id for meeting in new.values()}


def _ref(meeting: Meeting, shown: _Shown, key: str) -> MeetingRef:
    return MeetingRef(meeting_id=meeting.id, source=shown.source, external_id=key, live=True)


def _drop(
    session: Session, shown: _Shown, reading: Reading, ends: datetime, taken: Taken, now: datetime
) -> None:
    """What this feed had and has no more; cancelled when it is to come and stands nowhere else."""
    gone = set[int]()
    for ref in _lacked(session, shown, reading, ends, now):
        if _is_sure(reading, ref):
            ref.live = False
            gone.add(ref.meeting_id)
        else:
            ref.missed_at = now
            taken.missed += 1
    session.flush()
    for one in elsewhere.by_ids(session, gone).values():
        if not one.live() and one.meeting.outcome is None:
            elsewhere.decide(
                session, one.meeting, "cancelled", "It is gone from the calendar.", now
            )
            taken.cancelled += 1
            taken.accounts.add(one.meeting.account_id)


def _lacked(
    session: Session, shown: _Shown, reading: Reading, ends: datetime, now: datetime
) -> list[MeetingRef]:
    rows = session.scalars(
        select(MeetingRef)
        .join(Meeting, Meeting.id == MeetingRef.meeting_id)
        .where(
            MeetingRef.source == shown.source,
            MeetingRef.live,
            Meeting.starts_at > now,
            or_(Meeting.starts_at < ends, ~MeetingRef.external_id.contains("|")),
        )
    )
    return [
        ref
        for ref in rows
        if ref.external_id not in shown.occurrences and _uid(ref) not in reading.broken
    ]


def _is_sure(reading: Reading, ref: MeetingRef) -> bool:
    """Files are published in part at times: what is only missing is gone with the second one."""
    marked = _uid(ref) in reading.whole or ref.external_id in reading.off
    return marked or ref.missed_at is not None


def _uid(ref: MeetingRef) -> str:
    return ref.external_id.partition("|")[0]
