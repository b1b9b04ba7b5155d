from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from csbot.db.base import Base


class Task(Base):
    """Something to do for an account; `due_on` is a date in the assignee's zone.

    What a customer asked for by a form has the `source` and `external_id` of its submission and,
    where known, whoever asked in `contact_id`. One that is done by nobody is no longer needed.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_done_at_due_on", "done_at", "due_on"),
        Index("uq_tasks_source_external_id", "source", "external_id", unique=True),
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
    created_at: Mapped[datetime] = mapped_column(index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="SET NULL"))
    source: Mapped[str | None]
    external_id: Mapped[str | None]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))
