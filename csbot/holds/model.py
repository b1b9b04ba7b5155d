from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Hold(Base):
    """Many alerts at once that nobody has been told of, until an admin decides.

    `reason` is start (the first look after something new) or flood (one playbook found far more
    than usual; then `kind` and `playbook` name it). `counts` is what the notice says of it.
    `look_again_at` is when somebody who waits is asked anew. `ended` is released, dropped,
    known (start from today) or gone (nothing of it is true any more).
    """

    __tablename__ = "holds"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str]
    kind: Mapped[str | None]
    playbook: Mapped[str | None]
    cause: Mapped[str | None]
    counts: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    look_again_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended: Mapped[str | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(default=1)


class HeldAlert(Base):
    """One alert of a hold, which has not been raised: as the table of alerts would name it."""

    __tablename__ = "held_alerts"
    __table_args__ = (Index("ix_held_alerts_hold_id", "hold_id"),)

    kind: Mapped[str] = mapped_column(primary_key=True)
    playbook: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(primary_key=True)
    hold_id: Mapped[int] = mapped_column(ForeignKey("holds.id", ondelete="CASCADE"))
    severity: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
