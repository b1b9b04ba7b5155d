"""Which recurring work has been done: one row for a job, its subject and its local period."""

from datetime import datetime

from sqlalchemy import UniqueConstraint, exists, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from csbot.db.base import Base
from csbot.db.rows import insert_once


class JobRun(Base):
    """`done_at` is when it was through, well or not; never of whoever was killed."""

    __tablename__ = "job_runs"
    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    slot: Mapped[str]
    started_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


def claim(session: Session, *, job: str, slot: str, now: datetime) -> bool:
    """Take a job's slot for this transaction; False when another process had it."""
    return insert_once(session, JobRun, job=job, slot=slot, started_at=now)


def done(session: Session, *, job: str, slot: str, now: datetime) -> None:
    this = JobRun.job == job, JobRun.slot == slot
    session.execute(update(JobRun).where(*this).values(done_at=now))


def through(session: Session, *, job: str, since: datetime) -> bool:
    """Whether a run of it has ended since then, in whatever process."""
    ended = exists().where(JobRun.job == job, JobRun.done_at >= since)
    return bool(session.scalar(select(ended)))
