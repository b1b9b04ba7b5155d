from collections.abc import Collection

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


def left(session: Session) -> list[int]:
    """The ids of what is left to do, in the order it came."""
    return list(
        session.scalars(select(Received.id).where(Received.state.in_(LEFT)).order_by(Received.id))
    )
