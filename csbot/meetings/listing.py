"""Somebody's meetings, or those of one account, as they are listed."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.meetings import queries
from csbot.meetings.queries import COMING_MAX, OPEN_MAX
from csbot.team.model import TeamMember
from messages.meetings import MeetingList


def meeting_list(
    session: Session, *, account: Account | None, of: TeamMember, reader: TeamMember,
    now: datetime, page: int = 1,
) -> MeetingList:  # fmt: skip
    """Of a page that is not there any more, the first."""
    found = queries.listed(session, now=now, account=account, of=of, page=page)
    if page > 1 and not found.lines:
        return meeting_list(session, account=account, of=of, reader=reader, now=now)
    other = account is None and of.id != reader.id
    return MeetingList(
        whose=of.name if other else None,
        person_id=of.id if other else 0,
        about=account.name if account else None,
        account_id=account.id if account else 0,
        meetings=found.lines,
        coming=found.coming,
        over=found.over,
        page=page,
        pages=max(1, -(-found.coming // COMING_MAX), -(-found.over // OPEN_MAX)),
    )
