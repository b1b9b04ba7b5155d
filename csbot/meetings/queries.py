"""Which meetings there are: with an account, of a person, at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.find import account_by_id, by_id
from csbot.meetings.model import Meeting
from csbot.team.model import TeamMember
from messages.meetings import MeetingLine

COMING_MAX, OPEN_MAX = 10, 5
LONGEST_STORED = timedelta(days=1)
NOT_CANCELLED = or_(Meeting.outcome.is_(None), Meeting.outcome != "cancelled")


def one(session: Session, meeting_id: int, *, lock: bool = False) -> tuple[Meeting, Account]:
    missing = f"There is no meeting {meeting_id}. `/cs meeting acme` lists an account's."
    meeting = by_id(session, Meeting, meeting_id, missing=missing, lock=lock)
    return meeting, account_by_id(session, meeting.account_id)


def meeting_at(session: Session, *, account_id: int, starts_at: datetime) -> Meeting | None:
    return session.scalar(
        select(Meeting)
        .where(Meeting.account_id == account_id, Meeting.starts_at == starts_at, NOT_CANCELLED)
        .limit(1)
    )


def at_the_same_time(
    session: Session, *, organizer: TeamMember, starts_at: datetime, minutes: int
) -> str | None:
    """The title of what overlaps in somebody's own calendar, with its account."""
    ends_at = starts_at + timedelta(minutes=minutes)
    near = session.execute(
        select(Meeting, Account.name)
        .join(Account, Account.id == Meeting.account_id)
        .where(
            Meeting.organizer_id == organizer.id,
            Meeting.starts_at < ends_at,
            Meeting.starts_at > starts_at - LONGEST_STORED,
            NOT_CANCELLED,
        )
        .order_by(Meeting.starts_at)
    ).all()
    for meeting, account in near:
        if meeting.starts_at + timedelta(minutes=meeting.duration_minutes) > starts_at:
            return f"{meeting.title} with {account}"
    return None


@dataclass(frozen=True)
class Listed:
    """`coming` and `over` count all that there are, of which `lines` are the nearest."""

    lines: list[MeetingLine]
    coming: int
    over: int


def listed(
    session: Session, *, now: datetime, account: Account | None, of: TeamMember, page: int = 1
) -> Listed:
    """What is over without an outcome, then what is to come, a page at a time.

    `of` counts when no account does.
    """
    mine = or_(Meeting.organizer_id == of.id, Account.owner_id == of.id)
    scope = Meeting.account_id == account.id if account else mine
    query = select(Meeting, Account.name).join(Account, Account.id == Meeting.account_id)
    query = query.where(scope, Meeting.outcome.is_(None))
    to_come = func.count(case((Meeting.starts_at > now, 1)))
    count, all_open = session.execute(query.with_only_columns(to_come, func.count())).one()
    coming = query.where(Meeting.starts_at > now).order_by(Meeting.starts_at, Meeting.id)
    over = query.where(Meeting.starts_at <= now).order_by(Meeting.starts_at.desc(), Meeting.id)
    rows = [
        *session.execute(over.limit(OPEN_MAX).offset((page - 1) * OPEN_MAX)),
        *session.execute(coming.limit(COMING_MAX).offset((page - 1) * COMING_MAX)),
    ]
    lines = [_line(meeting, name, now) for meeting, name in rows]
    return Listed(lines, coming=count, over=all_open - count)


def _line(meeting: Meeting, account: str, now: datetime) -> MeetingLine:
    return MeetingLine(
        id=meeting.id,
        title=meeting.title,
        kind=meeting.kind,
        account=account,
        starts_at=meeting.starts_at,
        minutes=meeting.duration_minutes,
        over=meeting.starts_at <= now,
    )
