"""What people answer when they are asked how a meeting went; each in one transaction."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.checkins.model import CheckIn
from csbot.checkins.service import log_checkin
from csbot.errors import Refused
from csbot.meetings import queries, service
from csbot.meetings.debriefing import answered
from csbot.meetings.model import Meeting
from csbot.meetings.rules import ended_at
from csbot.outbox.crash import crash
from csbot.settings import Settings
from csbot.tasks.service import add_task
from csbot.team.model import TeamMember
from csbot.team.rules import local_date, next_working, zone
from messages.debriefs import DebriefForm, MeetingMovedForm

WEEK = timedelta(days=7)
BECAME = {
    "attended": "it took place", "no_show": "nobody came", "cancelled": "it was cancelled",
}  # fmt: skip


def form(session: Session, *, meeting_id: int, by: TeamMember, now: datetime) -> DebriefForm:
    """With what was left to do last time; how it went and what was said is theirs to say."""
    meeting, account = _unsaid(session, meeting_id, by, now)
    return DebriefForm(
        meeting_id=meeting.id,
        what=meeting.title,
        account=account.name,
        planned=meeting.agenda or "",
        next_step=_left_to_do(session, account.id, local_date(by, now)),
        next_step_on=local_date(by, next_working(by, now + WEEK)),
    )


def moved_form(
    session: Session, *, meeting_id: int, by: TeamMember, now: datetime
) -> MeetingMovedForm:
    """Offers the same time of the day, a week later or as many as it takes."""
    meeting, account = _unsaid(session, meeting_id, by, now)
    weeks = (now - meeting.starts_at) // WEEK + 1
    usual = meeting.starts_at.astimezone(zone(by)) + weeks * WEEK
    return MeetingMovedForm(
        meeting_id=meeting.id, what=meeting.title, account=account.name,
        starts_at=usual.astimezone(UTC),
    )  # fmt: skip


def happened(
    session: Session,
    *,
    meeting_id: int,
    sentiment: str,
    note: str,
    next_step: str | None,
    next_step_on: date,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> None:
    """The outcome with the points that it is worth, the check-in and the task of it."""
    meeting, account = _unsaid(session, meeting_id, by, now, lock=True)
    service.set_outcome(
        session, meeting_id=meeting.id, outcome="attended", notes=note, by=by, now=now,
        settings=settings,
    )  # fmt: skip
    crash("debrief.after_outcome")
    log_checkin(
        session, account_id=account.id, note=note, channel="meeting", sentiment=sentiment,
        next_step=next_step, next_step_on=next_step_on if next_step else None,
        by=by, now=now, settings=settings,
    )  # fmt: skip
    crash("debrief.after_checkin")
    if next_step:
        add_task(
            session, account_id=account.id, title=next_step, due_on=next_step_on, by=by, now=now,
            settings=settings,
        )  # fmt: skip
    crash("debrief.after_task")
    answered(session, [meeting.id], now=now)
    crash("debrief.before_commit")


def no_show(
    session: Session, *, meeting_id: int, by: TeamMember, now: datetime, settings: Settings
) -> None:
    meeting, _ = _unsaid(session, meeting_id, by, now, lock=True)
    service.set_outcome(
        session, meeting_id=meeting.id, outcome="no_show", by=by, now=now, settings=settings
    )
    answered(session, [meeting.id], now=now)


def moved(
    session: Session,
    *,
    meeting_id: int,
    starts_at: datetime,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> None:
    """It takes place at another time, and is asked after then."""
    meeting, _ = _unsaid(session, meeting_id, by, now, lock=True)
    service.move_meeting(
        session, meeting_id=meeting.id, starts_at=starts_at, by=by, now=now, settings=settings
    )
    answered(session, [meeting.id], now=now)


def _unsaid(
    session: Session, meeting_id: int, by: TeamMember, now: datetime, *, lock: bool = False
) -> tuple[Meeting, Account]:
    """Refused, with what is known, when it has been said already."""
    require(by, May.LOG)
    meeting, account = queries.one(session, meeting_id, lock=lock)
    if meeting.outcome:
        raise Refused(
            f"{meeting.title} with {account.name} is noted already: {BECAME[meeting.outcome]}. "
            f"`/cs meeting done {meeting.id}` corrects it."
        )
    if ended_at(meeting) > now:
        raise Refused(f"{meeting.title} with {account.name} was moved and is still to come.")
    return meeting, account


def _left_to_do(session: Session, account_id: int, today: date) -> str:
    """The next step of the last check-in, unless its day has passed."""
    last = session.scalar(
        select(CheckIn)
        .where(CheckIn.account_id == account_id)
        .order_by(CheckIn.at.desc(), CheckIn.id.desc())
        .limit(1)
    )
    due = last is not None and last.next_step_on is not None and last.next_step_on >= today
    return (last.next_step or "") if last and due else ""
