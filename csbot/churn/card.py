"""One churn as people see it: when recorded, on a later look, and when it is taken back."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.churn import queries
from csbot.churn.rules import LABELS, Type
from csbot.churn.service import Recorded
from csbot.churn.staying import Stayed
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.ago import ago
from messages.churn import ChurnCard, ChurnWithdrawn, MeetingLeft
from messages.text import Money


def card(
    session: Session,
    recorded: Recorded,
    *,
    viewer: TeamMember,
    now: datetime,
    wrote: str | None = None,
) -> ChurnCard:
    churn = recorded.churn
    by = session.get(TeamMember, churn.by_id) if churn.by_id else None
    meetings = queries.meetings_ahead(session, churn.account_id, now)
    return ChurnCard(
        churn_id=churn.id,
        account=recorded.account.name,
        type=LABELS[Type(churn.type)],
        evidence=churn.evidence,
        notice_on=churn.notice_on,
        effective_on=churn.effective_on,
        left=churn.applied_at is not None,
        avoidable=churn.avoidable,
        win_back_on=churn.win_back_on,
        arr=None if churn.arr is None else Money(churn.arr, churn.currency),
        by=person(by),
        ago=ago(churn.at, now=now),
        again=recorded.again,
        closed=recorded.closed,
        meetings=tuple(MeetingLeft(title=one.title, starts_at=one.starts_at) for one in meetings),
        wrote=wrote,
        may_act=allows(viewer.role, May.CHURN),
    )


def withdrawn(stayed: Stayed, *, viewer: TeamMember, now: datetime) -> ChurnWithdrawn:
    by = stayed.by
    return ChurnWithdrawn(
        account_id=stayed.account.id,
        account=stayed.account.name,
        lifecycle=stayed.lifecycle,
        renewal_on=stayed.renewal_on,
        tasks=stayed.tasks,
        by="somebody" if by is None else "you" if by.id == viewer.id else by.name,
        ago=ago(stayed.churn.withdrawn_at or now, now=now),
        already=stayed.already,
    )
