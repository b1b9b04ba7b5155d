"""Errors that people met and jobs that broke off: when, where, and the code that they were told."""

import logging
from collections import deque
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ForeignKey, Index, delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from csbot.db.away import is_away
from csbot.db.base import Base
from csbot.slack.gateway import SlackFailure
from csbot.team.model import TeamMember

log = logging.getLogger(__name__)
DATABASE = "database"  # the problem was its, not csbot's
RECENT = timedelta(hours=24)
KEPT_FOR = timedelta(days=14)
WAITING_MOST = 50


class Fault(Base):
    """`asked` is like command checkin, form task.create.v1 or job detect: nothing that was typed.

    `problem` is the error's type, Slack's code for it, or DATABASE.
    """

    __tablename__ = "faults"
    __table_args__ = (Index("ix_faults_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    code: Mapped[str]
    asked: Mapped[str]
    problem: Mapped[str]
    member_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"))


class Faults:
    """Keeps what goes wrong in this process; in transactions of its own, as its were undone.

    What happens while the database is away waits until it is back.
    """

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._waiting: deque[tuple[dict[str, Any], str | None]] = deque(maxlen=WAITING_MOST)

    def note(
        self, error: Exception, *, asked: str, now: datetime, slack_id: str | None = None
    ) -> str:
        """The code by which it is found, in the log as well; `slack_id` is of whoever met it."""
        code, away = uuid4().hex[:4].upper(), is_away(error)
        log.error("%s failed", asked, extra={"code": code}, exc_info=error)
        problem = error.code if isinstance(error, SlackFailure) else type(error).__name__
        problem = DATABASE if away else problem
        fault = {"at": now, "code": code, "asked": asked, "problem": problem}
        self._waiting.append((fault, slack_id))
        if not away:
            self.keep()
        return code

    def keep(self) -> None:
        """Write down what waits; twice what was written when the database's answer was lost."""
        while self._waiting:
            fault, slack_id = noted = self._waiting.popleft()
            met = select(TeamMember.id).where(TeamMember.slack_id == slack_id)
            try:
                with self._sessions.begin() as session:
                    member_id = session.scalar(met) if slack_id else None
                    session.add(Fault(**fault, member_id=member_id))
            except SQLAlchemyError:
                self._waiting.appendleft(noted)
                return


def newest(session: Session, *, now: datetime, most: int) -> list[Fault]:
    """Of the last day, the newest first."""
    query = select(Fault).where(Fault.at > now - RECENT).order_by(Fault.id.desc())
    return list(session.scalars(query.limit(most)))


def counted(session: Session, *, now: datetime) -> int:
    """How many there were in the last day."""
    recent = select(func.count()).select_from(Fault).where(Fault.at > now - RECENT)
    return session.scalar(recent) or 0


def last_met(session: Session, member: TeamMember, *, now: datetime) -> str | None:
    """The code of the last one that somebody met in the last day."""
    mine = Fault.member_id == member.id, Fault.at > now - RECENT
    return session.scalar(select(Fault.code).where(*mine).order_by(Fault.id.desc()).limit(1))


def forget(session: Session, *, now: datetime) -> None:
    session.execute(delete(Fault).where(Fault.at < now - KEPT_FOR))
