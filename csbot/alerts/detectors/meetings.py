"""Meetings that are near: the day before, and within the hour.

What a calendar or a booking system told before it fell silent is announced with the day of its last
word: the meeting may well take place, and may have moved unheard.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, and_, case, cast, func, select
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Ending, Endings, Finding, Gone, seen
from csbot.alerts.model import Alert
from csbot.alerts.scope import Scope
from csbot.calendars.model import CalendarFeed
from csbot.db.base import UTCDateTime
from csbot.meetings.elsewhere import CALENDAR, FEED
from csbot.meetings.model import Meeting, MeetingRef
from csbot.team.model import TeamMember
from messages.text import near_day

Organizer, Owner = aliased(TeamMember), aliased(TeamMember)
ZONE = func.coalesce(Organizer.timezone, Owner.timezone)
DAY = timedelta(days=1)
SOURCE = "meetings"
Stale = Callable[[Any], datetime | None]


def find_tomorrow(scope: Scope) -> Iterator[Finding]:
    """Raised the day before, in the organizer's zone; stays until the meeting starts."""
    ends = _end_of_tomorrow(scope)
    until, last = scope.by_zone(ZONE, ends, UTCDateTime())
    query = upcoming(scope).where(
        Meeting.starts_at < last, Meeting.starts_at < until, ~_said_anew()
    )
    stale = _stale(scope)
    for row in scope.session.execute(query):
        tomorrow = row.starts_at >= ends(row.zone) - DAY
        yield _finding(
            scope, row, rules.INFO, row.starts_at - DAY, "tomorrow" if tomorrow else "today",
            as_of=stale(row), keeps=not tomorrow,
        )  # fmt: skip


@cache
def _said_anew() -> ColumnElement[bool]:
    """By the alert of the hour before, unless somebody has this one."""
    hour, own = aliased(Alert), aliased(Alert)
    return and_(
        _shown_by(hour, "meeting_soon").exists(),
        ~_shown_by(own, "meeting_tomorrow").where(own.state != "open").exists(),
    )


def _shown_by(alert: Any, kind: str) -> "Select[int]":
    return select(alert.id).where(
        alert.kind == kind,
        alert.account_id == Meeting.account_id,
        alert.subject == cast(Meeting.id, String),
        alert.closed_at.is_(None),
    )


def _end_of_tomorrow(scope: Scope) -> Any:
    made: dict[str | None, datetime] = {}

    def ends(name: str | None) -> datetime:
        if name not in made:
            made[name] = scope.midnight(scope.today(name) + 2 * DAY, name)
        return made[name]

    return ends


def find_soon(scope: Scope) -> Iterator[Finding]:
    ahead = timedelta(minutes=scope.limits.meeting_soon_minutes)
    query = soon(scope)
    stale, day = _stale(scope), _words(ahead)
    for row in scope.session.execute(query):
        yield _finding(scope, row, rules.SOON, row.starts_at - ahead, day, as_of=stale(row))


def soon(scope: Scope) -> "Select[*tuple[Any, ...]]":
    ahead = timedelta(minutes=scope.limits.meeting_soon_minutes)
    return upcoming(scope).where(Meeting.starts_at <= scope.now + ahead)


def _words(ahead: timedelta) -> str:
    minutes = ahead // timedelta(minutes=1)
    return "within the hour" if minutes == 60 else f"within {minutes} minutes"


def upcoming(scope: Scope) -> "Select[*tuple[Any, ...]]":
    return scope.narrow(_all().where(Meeting.starts_at > scope.now), Meeting.account_id)


@cache
def _all() -> "Select[*tuple[Any, ...]]":
    """Without an outcome. Put together once, as that takes longer than to find nothing."""
    person: ColumnElement[int | None] = func.coalesce(Organizer.id, Owner.id)
    return (
        select(
            Meeting.id, Meeting.account_id, Meeting.title, Meeting.starts_at, Meeting.attendees,
            Meeting.agenda, Meeting.objectives, ZONE.label("zone"), person.label("person_id"),
            Meeting.source, _read_at().label("read_at"), Account.arr, Account.health,
        )
        .join(Account, Account.id == Meeting.account_id)
        .outerjoin(Organizer, and_(Organizer.id == Meeting.organizer_id, Organizer.active))
        .outerjoin(Owner, and_(Owner.id == Account.owner_id, Owner.active))
        .where(Meeting.outcome.is_(None))
    )  # fmt: skip


def _read_at() -> ScalarSelect[datetime | None]:
    """When a calendar that has the meeting was read last; an unchanged one is read, too."""
    at = case((CalendarFeed.problem.is_(None), CalendarFeed.tried_at), else_=CalendarFeed.read_at)
    return (
        select(func.max(at))
        .join(MeetingRef, MeetingRef.source == FEED + cast(CalendarFeed.id, String))
        .where(MeetingRef.meeting_id == Meeting.id, MeetingRef.live)
        .scalar_subquery()
    )


def _stale(scope: Scope) -> Stale:
    """The last word on a meeting where that is too old; a person's own entry never is."""
    limit = scope.settings.config.silent_after.of(SOURCE)
    bookings = scope.heard.silent.get(SOURCE)

    def last_word(row: Any) -> datetime | None:
        if row.source != CALENDAR:
            return bookings if row.source else None
        return row.read_at if limit and row.read_at and scope.now - row.read_at > limit else None

    return last_word


def _finding(
    scope: Scope,
    row: Any,
    severity: str,
    since: datetime,
    day: str,
    *,
    as_of: datetime | None,
    keeps: bool = False,
) -> Finding:
    if as_of is not None:
        heard = near_day(as_of.astimezone(scope.zone(row.zone)), scope.today(row.zone))
        day = f"{day}, as last heard on {heard}"
    words = (row.title[:60], (row.agenda or "")[:60], len(row.attendees or []))
    return Finding(
        row.account_id,
        str(row.id),
        severity,
        since,
        {
            "title": row.title,
            "starts_at": row.starts_at.isoformat(),
            "day": day,
            "attendees": list(row.attendees or []),
            "agenda": row.agenda,
            "objectives": row.objectives,
        },
        row.person_id,
        rules.RANK[severity],
        seen(
            rules.RANK[severity], row.person_id, row.starts_at, day, words,
            row.arr, row.health, scope.today(),
        ),
        keeps,
    )  # fmt: skip


OUTCOMES = {
    "cancelled": Ending("cancelled", "It was cancelled."),
    "attended": Ending("attended", "It took place."),
    "no_show": Ending("no_show", "Nobody came."),
}


def because(scope: Scope, gone: list[Gone]) -> Endings:
    """Over, called off, or further away than it was."""
    alerts = {int(one.subject): one for one in gone}
    rows = scope.session.execute(
        select(Meeting.id, Meeting.starts_at, Meeting.outcome).where(
            scope.among(Meeting.id, alerts)
        )
    )
    return {
        alerts[id].id: OUTCOMES.get(outcome or "") or _not_now(scope, alerts[id], starts_at)
        for id, starts_at, outcome in rows
    }


def _not_now(scope: Scope, alert: Gone, starts_at: datetime) -> Ending:
    local = starts_at.astimezone(scope.zone(None))
    at = f"{near_day(local, scope.today())}, {local:%H:%M %Z}"
    if starts_at <= scope.now:
        return Ending("started", "It has started.")
    if starts_at != datetime.fromisoformat(alert.evidence["starts_at"]):
        return Ending("moved", f"It moved to {at}.")
    if starts_at <= scope.now + timedelta(minutes=scope.limits.meeting_soon_minutes):
        return Ending("near", "A newer message has it.")
    return Ending("early", f"It is on {at}, too far ahead to be announced.")


TOMORROW = Detector(
    "meeting_tomorrow", "meeting.tomorrow", find_tomorrow, because, customers_only=False
)
SOON = Detector(
    "meeting_soon", "meeting.soon", find_soon, because, customers_only=False,
    parameters={"minutes": "meeting_soon_minutes"},
)  # fmt: skip
