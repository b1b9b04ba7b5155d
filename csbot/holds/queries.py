"""What is held, for lists of what waits for an admin and for whoever looks into it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.find import by_id
from csbot.holds.model import HeldAlert, Hold
from csbot.holds.telling import title
from csbot.team.model import TeamMember
from messages.holds import HeldLine, HeldList

SHOWN = 60


class OpenHold(NamedTuple):
    """One that nobody has decided on; `title` is the flooding playbook's, or empty."""

    id: int
    reason: str
    title: str
    alerts: int
    opened_at: datetime
    asked_again_at: datetime | None


def open_holds(session: Session) -> list[OpenHold]:
    """The oldest first."""
    holds = session.scalars(select(Hold).where(Hold.ended_at.is_(None)).order_by(Hold.id))
    return [
        OpenHold(
            hold.id,
            hold.reason,
            title(session, hold.playbook) if hold.playbook else "",
            hold.counts["alerts"],
            hold.opened_at,
            hold.look_again_at,
        )
        for hold in holds
    ]


def listing(session: Session, hold_id: int, *, by: TeamMember) -> HeldList:
    """What a hold holds now, the worst first; also of one that has ended and is still quiet."""
    require(by, May.HOLDS)
    missing = "I know nothing of these alerts any more."
    hold = by_id(session, Hold, hold_id, missing=missing)
    rank = case(rules.RANK, value=HeldAlert.severity, else_=0)
    rows = session.execute(
        select(
            HeldAlert.kind, HeldAlert.severity, Account.name, TeamMember.name.label("owner"),
            func.count().over().label("many"),
        )
        .join(Account, Account.id == HeldAlert.account_id)
        .outerjoin(TeamMember, TeamMember.id == HeldAlert.person_id)
        .where(HeldAlert.hold_id == hold.id)
        .order_by(rank.desc(), func.coalesce(Account.arr, 0).desc(), Account.id, HeldAlert.subject)
        .limit(SHOWN)
    ).all()  # fmt: skip
    many = rows[0].many if rows else 0
    lines = tuple(
        HeldLine(severity=row.severity, kind=row.kind, account=row.name, owner=row.owner)
        for row in rows
    )
    return HeldList(alerts=many, lines=lines)
