"""The ledger behind a score: why, when and how many points."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, bindparam, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from csbot.accounts.model import Account
from csbot.db.base import Base
from csbot.db.rows import insert

ACCOUNTS: Any = Account.__table__


class PointsEntry(Base):
    """Points that an account won or lost; an account's score is the sum of its entries.

    `key` is unique: what earned points once (a payment, a month's login) never earns them again.
    """

    __tablename__ = "points"
    __table_args__ = (Index("ix_points_account_id_at", "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("playbook_runs.id", ondelete="SET NULL"))
    points: Mapped[int]
    reason: Mapped[str]
    at: Mapped[datetime]


@dataclass(frozen=True)
class Won:
    """Points to be entered; negative ones are lost."""

    account_id: int
    points: int
    reason: str
    key: str
    contact_id: int | None = None
    run_id: int | None = None


def enter(session: Session, items: Sequence[Won], *, now: datetime) -> set[str]:
    """Enter points and bring the scores up to date; returns the keys that were new.

    A score grows by what is entered, never by a new sum: two transactions at once both count.
    """
    if not items:
        return set()
    rows = [asdict(item) | {"at": now} for item in items]
    made = insert(session, PointsEntry).on_conflict_do_nothing()
    columns = PointsEntry.account_id, PointsEntry.points, PointsEntry.key
    session.flush()
    entered = session.execute(made.returning(*columns), rows).all()
    sums: Counter[int] = Counter()
    for account_id, points, _ in entered:
        sums[account_id] += points
    if changed := {id: points for id, points in sums.items() if points}:
        session.connection().execute(
            update(ACCOUNTS)
            .where(ACCOUNTS.c.id == bindparam("account"))
            .values(score=ACCOUNTS.c.score + bindparam("won")),
            [{"account": id, "won": changed[id]} for id in sorted(changed)],
        )
    return {key for *_, key in entered}


def recount(session: Session) -> int:
    """Set every score to the sum of its entries; returns how many were wrong."""
    # Whoever enters points holds the account until both are there, or waits here to add to both.
    session.execute(
        select(func.count()).select_from(
            select(ACCOUNTS.c.id).order_by(ACCOUNTS.c.id).with_for_update().subquery()
        )
    )
    total = (
        select(func.coalesce(func.sum(PointsEntry.points), 0))
        .where(PointsEntry.account_id == ACCOUNTS.c.id)
        .scalar_subquery()
    )
    mended = session.connection().execute(
        update(ACCOUNTS).where(ACCOUNTS.c.score != total).values(score=total)
    )
    return mended.rowcount
