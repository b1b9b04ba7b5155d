"""Which recurring work has been done: one row for a job, its subject and its local period."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from csbot.db.base import Base
from csbot.db.rows import insert_once


class JobRun(Base):
    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    slot: Mapped[str]
    started_at: Mapped[datetime]


def claim(session: Session, *, job: str, slot: str, now: datetime) -> bool:
    """Take a job's slot for this transaction; False when another process had it."""
    return insert_once(session, JobRun, job=job, slot=slot, started_at=now)
