"""Why a score is what it is: its sums by reason, and the newest entries."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.points import PointsEntry
from messages.points import Entry, PointsLedger, Reason

NEWEST, REASONS = 10, 15


def ledger(session: Session, account: Account) -> PointsLedger:
    total = func.sum(PointsEntry.points)
    mine = PointsEntry.account_id == account.id
    reasons = session.execute(
        select(PointsEntry.reason, func.count(), total)
        .where(mine)
        .group_by(PointsEntry.reason)
        .order_by(func.abs(total).desc(), PointsEntry.reason)
        .limit(REASONS)
    )
    newest = session.execute(
        select(PointsEntry.at, PointsEntry.points, PointsEntry.reason)
        .where(mine)
        .order_by(PointsEntry.at.desc(), PointsEntry.id.desc())
        .limit(NEWEST)
    )
    return PointsLedger(
        account_id=account.id,
        account=account.name,
        score=account.score,
        reasons=tuple(Reason(name, count, points) for name, count, points in reasons),
        newest=tuple(Entry(at, points, reason) for at, points, reason in newest),
    )
