"""Meetings that another system tells of: found again by what it calls them, never doubled."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account
from csbot.alerts.among import among, batches
from csbot.meetings.model import Meeting, MeetingRef
from csbot.meetings.queries import NOT_CANCELLED

SAME_START = timedelta(minutes=5)
FEED = "feed:"  # before the number of a feed
CALENDAR = "calendar"  # the source of meetings that a feed told of first
ICAL = "ical"  # a booking system told the name that calendars know the meeting by


@dataclass
class Known:
    """A meeting and all that it is called elsewhere."""

    meeting: Meeting
    refs: list[MeetingRef] = field(default_factory=list)

    def live(self, kind: str = "") -> list[MeetingRef]:
        """Where it stands still; `kind` is a source, or FEED for all of them."""
        return [ref for ref in self.refs if ref.live and ref.source.startswith(kind)]


def lock(session: Session, account_ids: Collection[int]) -> None:
    """One writer at a time for the meetings of an account: two would each add the same one."""
    ids = select(Account.id).where(among(session, Account.id, account_ids)).order_by(Account.id)
    session.execute(ids.with_for_update())


def by_names(session: Session, sources: Collection[str], names: Iterable[str]) -> dict[str, Known]:
    """By each name; a source that ends in a colon means all that begin so."""
    kinds = [
        MeetingRef.source.startswith(s, autoescape=True)
        if s.endswith(":")
        else MeetingRef.source == s
        for s in sources
    ]
    found: dict[str, int] = {}
    for part in batches(sorted(set(names))):
        query = select(MeetingRef.external_id, MeetingRef.meeting_id)
        rows = session.execute(query.where(MeetingRef.external_id.in_(part), or_(*kinds)))
        found |= {name: id for name, id in rows}
    known = by_ids(session, set(found.values()))
    return {name: known[id] for name, id in found.items()}


def by_ids(session: Session, ids: Collection[int]) -> dict[int, Known]:
    if not ids:
        return {}
    meetings = select(Meeting).where(among(session, Meeting.id, ids))
    fresh = meetings.execution_options(populate_existing=True)
    known = {meeting.id: Known(meeting) for meeting in session.scalars(fresh)}
    refs = select(MeetingRef).where(among(session, MeetingRef.meeting_id, ids))
    for ref in session.scalars(refs.order_by(MeetingRef.id)):
        known[ref.meeting_id].refs.append(ref)
    return known


def at_those_times(
    session: Session, account_ids: Collection[int], times: Collection[datetime]
) -> list[Known]:
    """All of these accounts about those times that have not been called off."""
    if not account_ids or not times:
        return []
    ids = session.scalars(
        select(Meeting.id).where(
            among(session, Meeting.account_id, account_ids),
            Meeting.starts_at >= min(times) - SAME_START,
            Meeting.starts_at <= max(times) + SAME_START,
            NOT_CANCELLED,
        )
    )
    return list(by_ids(session, set(ids)).values())


def nearest(known: Iterable[Known], account_id: int, starts_at: datetime) -> Known | None:
    """The one of that account which starts then, give or take five minutes."""
    near = [
        one
        for one in known
        if one.meeting.account_id == account_id
        and abs(one.meeting.starts_at - starts_at) <= SAME_START
    ]
    return min(near, key=lambda one: abs(one.meeting.starts_at - starts_at), default=None)


def change(session: Session, meeting: Meeting, told: dict[str, Any], now: datetime) -> bool:
    """Take over what differs, with its audit entry; False when nothing does."""
    new = {name: value for name, value in told.items() if getattr(meeting, name) != value}
    if not new:
        return False
    before = facts(meeting)
    for name, value in new.items():
        setattr(meeting, name, value)
    record(session, meeting, "meeting.updated", now, before=before)
    return True


def decide(
    session: Session, meeting: Meeting, outcome: str | None, why: str, now: datetime
) -> None:
    """How it went, or None that it is on again; a later word of a person corrects this one."""
    before = {"outcome": meeting.outcome}
    meeting.outcome = outcome
    audit.record(
        session, verb="meeting.outcome", subject=f"meeting:{meeting.id}",
        account=meeting.account_id, by=None, now=now, before=before,
        after={"outcome": outcome}, why=why,
    )  # fmt: skip


def record(
    session: Session,
    meeting: Meeting,
    verb: str,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session, verb=verb, subject=f"meeting:{meeting.id}", account=meeting.account_id, by=None,
        now=now, before=before, after=facts(meeting),
    )  # fmt: skip


def facts(meeting: Meeting) -> dict[str, Any]:
    return {
        "title": meeting.title,
        "kind": meeting.kind,
        "starts_at": meeting.starts_at.isoformat(),
        "minutes": meeting.duration_minutes,
    }
