from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.inbox.model import Received
from csbot.inbox.service import LEFT


def newest(session: Session, states: Collection[str], limit: int) -> list[Received]:
    found = select(Received).where(Received.state.in_(states)).order_by(Received.id.desc())
    return list(session.scalars(found.limit(limit)))


def counted(session: Session, states: Collection[str]) -> int:
    found = select(func.count()).select_from(Received).where(Received.state.in_(states))
    return session.scalar(found) or 0


@dataclass(frozen=True)
class Kept:
    """How many deliveries are left to do, and when the first of them came."""

    count: int
    since: datetime


def kept(session: Session) -> dict[str, Kept]:
    """By state."""
    counts = select(Received.state, func.count(), func.min(Received.received_at))
    found = session.execute(counts.where(Received.state.in_(LEFT)).group_by(Received.state))
    return {state: Kept(count, since) for state, count, since in found}


def left(session: Session) -> list[int]:
    """The ids of what is left to do, in the order it came."""
    return list(
        session.scalars(select(Received.id).where(Received.state.in_(LEFT)).order_by(Received.id))
    )
