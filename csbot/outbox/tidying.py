"""Forgets what only drew something anew, a day after a newer one of the same was asked for."""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from csbot.outbox.marks import CALLS
from csbot.outbox.model import OutgoingMessage
from messages.account_channels import AccountHeader

KEPT = timedelta(days=1)
SLICE = 5_000
o = OutgoingMessage


def tidy(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Homes, and headers with their pins, topics and bookmarks; a slice a transaction."""
    newer = aliased(o)
    drawn = or_(
        o.call.in_(("home", *CALLS)), and_(o.call == "update", o.message == AccountHeader.name)
    )
    old = select(o.id).where(
        drawn, o.state.in_(("sent", "superseded")), o.created_at < now - KEPT,
        select(newer.id).where(newer.target == o.target, newer.id > o.id).exists(),
    ).limit(SLICE)  # fmt: skip
    gone, last = 0, SLICE
    while last == SLICE:
        with sessions.begin() as session:
            last = len(session.scalars(delete(o).where(o.id.in_(old)).returning(o.id)).all())
        gone += last
    return gone
