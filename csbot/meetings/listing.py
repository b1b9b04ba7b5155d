"""Somebody's meetings, or those of one account, as they are listed."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.meetings import queries
from csbot.team.model import TeamMember
from messages.meetings import MeetingList


def meeting_list(
    session: Session, *, account: Account | None, of: TeamMember, now: datetime
) -> MeetingList:
    found = queries.listed(session, now=now, account=account, of=of)
    return MeetingList(
        about=account.name if account else None,
        account_id=account.id if account else 0,
        meetings=found.lines,
        coming=found.coming,
        over=found.over,
    )
