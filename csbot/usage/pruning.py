"""Forgets raw events past their days; what was counted of them stays."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from csbot.settings import Settings
from csbot.usage.model import UsageEvent

SLICE = 5_000  # events a transaction: a tenth of a second, in which SQLite has no other writer
SLICES = 400


def prune(sessions: sessionmaker[Session], *, settings: Settings, now: datetime) -> int:
    """How many went; two million at a time, the next run does the rest."""
    cutoff = now - timedelta(days=settings.config.usage.keep_days)
    old = (
        select(UsageEvent.id)
        .where(UsageEvent.received_at < cutoff)
        .order_by(UsageEvent.received_at)
        .limit(SLICE)
    )
    some = delete(UsageEvent).where(UsageEvent.id.in_(old)).returning(UsageEvent.id)
    gone = 0
    for _ in range(SLICES):
        with sessions.begin() as session:
            went = len(session.execute(some).all())
        gone += went
        if went < SLICE:
            break
    return gone
