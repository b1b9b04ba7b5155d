from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Task(Base):
    """Something to do for an account; `due_on` is a date in the assignee's zone."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_done_at_due_on", "done_at", "due_on"),
        # Without statistics SQLite would look for one account's open tasks among all open ones.
        Index("ix_tasks_account_id_done_at_due_on", "account_id", "done_at", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    title: Mapped[str]
    priority: Mapped[str] = mapped_column(default="normal")
    due_on: Mapped[date]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
