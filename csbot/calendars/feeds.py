"""The calendars that are read: added by address, looked at every quarter of an hour."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlsplit

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.alerts.among import among
from csbot.alerts.service import touched
from csbot.calendars import service
from csbot.calendars.lines import NoCalendar
from csbot.calendars.model import CalendarFeed
from csbot.calendars.reading import Reading, read
from csbot.errors import Refused
from csbot.fetch import Fetched, FetchError, fetch
from csbot.find import ID_MAX
from csbot.meetings import elsewhere
from csbot.meetings.model import Meeting, MeetingRef
from csbot.settings import Settings
from csbot.sources import heard
from csbot.team.model import TeamMember
from csbot.team.queries import by_email
from csbot.team.rules import zone
from csbot.wiring import Wiring
from messages.text import plural

log = logging.getLogger(__name__)
BACK, AHEAD = timedelta(days=1), timedelta(days=60)
WHOLE_AGAIN = timedelta(hours=1)  # an unchanged file shows other meetings as time goes on
AT_ONCE = 8  # feeds that are fetched side by side: a host that hangs holds up only itself
LONGEST = 2_000


@dataclass(frozen=True)
class Listed:
    """A feed without its secret: of the address only the host."""

    id: int
    owner: str
    host: str
    read_at: datetime | None
    problem: str | None


def add(session: Session, *, email: str, url: str, now: datetime) -> CalendarFeed:
    """Refused for somebody who is not of the team, and for what is no address."""
    owner = by_email(session, email)
    if owner is None:
        raise Refused(f"Nobody in the team has the address {email}. `csbot export team` lists it.")
    url = "https" + url[6:] if url.lower().startswith("webcal://") else url
    if not _is_address(url):
        raise Refused("That is no web address. It begins with https:// and usually ends in .ics.")
    same = select(CalendarFeed).where(CalendarFeed.owner_id == owner.id, CalendarFeed.url == url)
    if known := session.scalar(same):
        return known
    feed = CalendarFeed(owner_id=owner.id, url=url, created_at=now)
    session.add(feed)
    session.flush()
    _record(session, feed, "calendar.added", now)
    return feed


def remove(session: Session, *, feed_id: int, settings: Settings, now: datetime) -> CalendarFeed:
    """What only this feed told of meetings to come is forgotten with it."""
    feed = session.get(CalendarFeed, feed_id) if 0 < feed_id <= ID_MAX else None
    if feed is None:
        raise Refused(f"There is no calendar {feed_id}. `csbot calendar list` shows them all.")
    source = f"{elsewhere.FEED}{feed_id}"
    ids = session.scalars(select(MeetingRef.meeting_id).where(MeetingRef.source == source))
    known = elsewhere.by_ids(session, set(ids)).values()
    alone = {one.meeting.id: one.meeting.account_id for one in known if _is_alone(one, now)}
    session.execute(delete(MeetingRef).where(MeetingRef.source == source))
    session.execute(delete(Meeting).where(among(session, Meeting.id, alone)))
    _record(session, feed, "calendar.removed", now)
    session.delete(feed)
    session.flush()
    if alone:
        touched(session, account_ids=set(alone.values()), settings=settings, now=now)
    return feed


def listed(session: Session) -> list[Listed]:
    rows = session.execute(
        select(CalendarFeed, TeamMember.email)
        .join(TeamMember, TeamMember.id == CalendarFeed.owner_id)
        .order_by(CalendarFeed.id)
    )
    return [
        Listed(feed.id, email, host_of(feed.url), feed.read_at, feed.problem)
        for feed, email in rows
    ]


def read_all(wiring: Wiring, *, now: datetime) -> str:
    """Each in a transaction of its own: a broken one never stops the others."""
    with wiring.sessions() as session:
        feeds = [(feed, owner) for feed, owner in session.execute(readable())]
    total, failed = service.Taken(), 0
    for feed, owner, found in _fetched(wiring, feeds, now):
        taken = store(wiring, feed, owner, found, now=now)
        failed += taken is None
        total.added += taken.added if taken else 0
        total.changed += taken.changed if taken else 0
        total.cancelled += taken.cancelled if taken else 0
    read_now = plural(len(feeds) - failed, "calendar")
    added = plural(total.added, "meeting")
    told = f"{added} added, {total.changed} changed, {total.cancelled} cancelled"
    return f"{read_now} read, {failed} not: {told}"


def read_one(wiring: Wiring, feed_id: int, *, now: datetime) -> service.Taken | None:
    """None when it could not be read; the feed's row says why."""
    with wiring.sessions() as session:
        feed, owner = session.execute(readable().where(CalendarFeed.id == feed_id)).one()
    return store(wiring, feed, owner, _answer(wiring, feed, now), now=now)


def store(
    wiring: Wiring,
    feed: CalendarFeed,
    owner: TeamMember,
    found: Fetched | Exception,
    *,
    now: datetime,
) -> service.Taken | None:
    """Parsed before the transaction begins, so that nobody waits for a long file."""
    ends = now + AHEAD
    try:
        if isinstance(found, Exception):
            raise found
        reading = None if found.body is None else _parsed(wiring, feed, found.body, owner, now)
        with wiring.sessions.begin() as session:
            row = session.get(CalendarFeed, feed.id, with_for_update=True)
            if row is None:  # removed in the meantime
                return None
            row.tried_at = now
            heard(session, "meetings", wiring.settings.config.silent_after, now)
            if reading is None:
                return service.Taken()
            taken = service.take(
                session, reading, feed_id=feed.id, owner=owner.email.lower(), ends=ends,
                settings=wiring.settings, now=now,
            )  # fmt: skip
            row.read_at, row.problem = now, _left_out(reading)
            row.etag = None if taken.missed else found.tag  # the next one decides on those
            return taken
    except (FetchError, NoCalendar) as problem:
        _note(wiring, feed.id, str(problem), now)
    except Exception:  # one feed must not stop the others; the next quarter of an hour tries again
        log.exception("a calendar could not be read", extra={"feed_id": feed.id})
        _note(wiring, feed.id, "a fault of csbot's: the log has it", now)
    return None


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= LONGEST


def readable() -> Select[CalendarFeed, TeamMember]:
    """Feeds with their owners; not of those who have left."""
    return (
        select(CalendarFeed, TeamMember)
        .join(TeamMember, TeamMember.id == CalendarFeed.owner_id)
        .where(TeamMember.active)
        .order_by(CalendarFeed.id)
    )


def _fetched(
    wiring: Wiring, feeds: list[tuple[CalendarFeed, TeamMember]], now: datetime
) -> Iterator[tuple[CalendarFeed, TeamMember, Fetched | Exception]]:
    """Some at a time, as they come in; threads that end with the process, unlike a pool's."""
    todo: SimpleQueue[tuple[CalendarFeed, TeamMember]] = SimpleQueue()
    done: SimpleQueue[tuple[CalendarFeed, TeamMember, Fetched | Exception]] = SimpleQueue()
    for pair in feeds:
        todo.put(pair)

    def work() -> None:
        with suppress(Empty):
            while True:
                feed, owner = todo.get_nowait()
                done.put((feed, owner, _answer(wiring, feed, now)))

    for _ in range(min(AT_ONCE, len(feeds))):
        Thread(target=work, daemon=True, name="calendars").start()
    for _ in feeds:
        yield done.get()


def _answer(wiring: Wiring, feed: CalendarFeed, now: datetime) -> Fetched | Exception:
    allowed = wiring.settings.config.calendars.allowed_networks
    young = feed.read_at is not None and now - feed.read_at < WHOLE_AGAIN
    try:
        return fetch(feed.url, allowed=allowed, tag=feed.etag if young else None)
    except Exception as error:  # whoever waits for the answer raises it, and keeps it on the row
        return error


def _parsed(
    wiring: Wiring, feed: CalendarFeed, body: bytes, owner: TeamMember, now: datetime
) -> Reading:
    begins = now - BACK
    with wiring.sessions() as session:
        known = service.told(session, feed.id, since=begins)
    return read(body, begins=begins, ends=now + AHEAD, zone=zone(owner), known=known)


def _left_out(reading: Reading) -> str | None:
    if not reading.broken:
        return None
    events = plural(len(reading.broken), "event")
    return f"{events} in it cannot be read: look there for a rule that never ends"


def _note(wiring: Wiring, feed_id: int, problem: str, now: datetime) -> None:
    with wiring.sessions.begin() as session:
        feed = session.get(CalendarFeed, feed_id, with_for_update=True)
        if feed is not None:
            feed.tried_at, feed.problem = now, problem


def _is_alone(one: elsewhere.Known, now: datetime) -> bool:
    """It is to come, and nobody but this one feed ever told of it."""
    told = {ref.source for ref in one.refs}
    ours = one.meeting.source == elsewhere.CALENDAR
    return ours and one.meeting.starts_at > now and len(told) == 1


def _record(session: Session, feed: CalendarFeed, verb: str, now: datetime) -> None:
    told = {"owner_id": feed.owner_id, "host": host_of(feed.url)}
    audit.record(
        session, verb=verb, subject=f"calendar:{feed.id}", by=None, now=now, after=told
    )  # fmt: skip
