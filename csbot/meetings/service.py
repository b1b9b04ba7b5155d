"""What can be done to a meeting. Each function is one transaction's worth of work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.service import settle
from csbot.audit import AuditEntry, stands
from csbot.errors import Refused
from csbot.find import account_by_id
from csbot.meetings import debriefing, queries, rules
from csbot.meetings.model import Meeting
from csbot.playbooks import at_once
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import zone
from csbot.undoing import runs
from csbot.undoing.way import Change


@dataclass(frozen=True)
class Added:
    """`also` is what the organiser has at that time with another account."""

    meeting: Meeting
    account: Account
    also: str | None


@dataclass(frozen=True)
class Noted:
    """`already`: the meeting had this outcome before, and nothing was done now."""

    meeting: Meeting
    account: Account
    already: bool


def add_meeting(
    session: Session,
    *,
    account_id: int,
    starts_at: datetime,
    by: TeamMember,
    now: datetime,
    title: str = "",
    kind: str = "meeting",
    duration_minutes: int = 30,
    agenda: str | None = None,
) -> Added:
    """A meeting with a customer, organised by whoever adds it."""
    require(by, May.LOG)
    rules.check(
        title=title, kind=kind, starts_at=starts_at, minutes=duration_minutes, agenda=agenda,
        now=now,
    )  # fmt: skip
    account = account_by_id(session, account_id, lock=True)
    _refuse_doubles(session, account, starts_at, by)
    also = queries.at_the_same_time(
        session, organizer=by, starts_at=starts_at, minutes=duration_minutes
    )
    meeting = Meeting(
        account_id=account.id,
        kind=kind,
        title=rules.own_title(title, kind=kind),
        starts_at=starts_at,
        duration_minutes=duration_minutes,
        organizer_id=by.id,
        agenda=agenda,
        created_at=now,
    )
    session.add(meeting)
    session.flush()
    _record(session, meeting, "meeting.added", by, now, after=_facts(meeting))
    return Added(meeting, account, also)


def set_outcome(
    session: Session,
    *,
    meeting_id: int,
    outcome: str,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    notes: str | None = None,
) -> Noted:
    """How it went: attended, no_show or cancelled; a later word corrects an earlier one."""
    require(by, May.LOG)
    meeting, account = queries.one(session, meeting_id, lock=True)
    rules.check_outcome(outcome, starts_at=meeting.starts_at, now=now)
    if meeting.outcome == outcome and (notes is None or meeting.notes == notes):
        return Noted(meeting, account, already=True)
    if meeting.outcome not in (None, outcome):
        _no_cause(session, meeting, by=by, now=now, settings=settings)
    before = {"outcome": meeting.outcome, "notes": meeting.notes}
    meeting.outcome, meeting.notes = outcome, notes or meeting.notes
    session.flush()
    after = {"outcome": meeting.outcome, "notes": meeting.notes}
    _record(session, meeting, "meeting.outcome", by, now, before=before, after=after)
    debriefing.corrected(session, meeting.id, now=now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    at_once.count(session, "meeting.ended", account_id=account.id, settings=settings, now=now)
    return Noted(meeting, account, already=False)


def _no_cause(
    session: Session, meeting: Meeting, *, by: TeamMember, now: datetime, settings: Settings
) -> None:
    """What the outcome of before began ends, and the points that it was worth go back."""
    former = session.scalar(
        select(AuditEntry)
        .where(AuditEntry.account_id == meeting.account_id, AuditEntry.verb == "meeting.outcome")
        .where(AuditEntry.subject == f"meeting:{meeting.id}", stands())
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(1)
    )
    if former is not None:
        runs.stop(Change(session, former, now, settings), by=by)


def move_meeting(
    session: Session,
    *,
    meeting_id: int,
    starts_at: datetime,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> Meeting:
    """To another time; a calendar that has not heard of it does not move it back."""
    require(by, May.LOG)
    meeting, account = queries.one(session, meeting_id, lock=True)
    rules.check_start(starts_at, now=now)
    _refuse_doubles(session, account, starts_at, by)
    before, meeting.starts_at = _facts(meeting), starts_at
    if meeting.source is not None:
        meeting.as_of = now
    session.flush()
    _record(session, meeting, "meeting.updated", by, now, before=before, after=_facts(meeting))
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return meeting


def _refuse_doubles(
    session: Session, account: Account, starts_at: datetime, by: TeamMember
) -> None:
    other = queries.meeting_at(session, account_id=account.id, starts_at=starts_at)
    if other is None:
        return
    local = starts_at.astimezone(zone(by))
    raise Refused(
        f"{account.name} has a meeting at that time ({local:%d %b %H:%M}): {other.title}, "
        f"number {other.id}. Choose another time, or cancel that one first.",
        field="starts_at",
    )


def _facts(meeting: Meeting) -> dict[str, Any]:
    return {
        "title": meeting.title,
        "kind": meeting.kind,
        "starts_at": meeting.starts_at.isoformat(),
        "minutes": meeting.duration_minutes,
    }


def _record(
    session: Session,
    meeting: Meeting,
    verb: str,
    by: TeamMember,
    now: datetime,
    *,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        verb=verb,
        subject=f"meeting:{meeting.id}",
        account=meeting.account_id,
        by=by.id,
        now=now,
        before=before,
        after=after,
    )
