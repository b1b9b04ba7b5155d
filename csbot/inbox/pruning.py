"""Forgets deliveries: a month after they were done, later those that nobody could use."""

import logging
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session, sessionmaker

from csbot import audit
from csbot.inbox.model import Received
from csbot.inbox.service import LEFT, WAITING
from csbot.settings import Settings

log = logging.getLogger(__name__)
KEPT = timedelta(days=30)  # no sender repeats an event for longer
TRIED = timedelta(days=2)  # what waits is tried once a day as long as csbot runs
SLICE = 5_000


def prune(sessions: sessionmaker[Session], *, settings: Settings, now: datetime) -> int:
    """A slice a transaction; how many are forgotten.

    What waits must have been tried a short while ago: its account may have come while csbot stood.
    """
    cutoff = now - timedelta(days=settings.config.inbox.keep_days)
    tried = or_(Received.state != WAITING, Received.tried_at > now - TRIED)
    done = _forget(sessions, Received.state.not_in(LEFT), now - KEPT, now)
    return done + _forget(sessions, Received.state.in_(LEFT) & tried, cutoff, now)


def _forget(
    sessions: sessionmaker[Session], which: ColumnElement[bool], before: datetime, now: datetime
) -> int:
    old = select(Received.id).where(which, Received.received_at < before).limit(SLICE)
    some = delete(Received).where(Received.id.in_(old))
    gone, last = 0, SLICE
    while last == SLICE:
        with sessions.begin() as session:
            rows = session.execute(some.returning(Received.source, Received.kind, Received.state))
            found = Counter((source, kind, state) for source, kind, state in rows)
            _record(session, found, now)
        last = found.total()
        gone += last
    return gone


def _record(session: Session, found: Counter[tuple[str, str | None, str]], now: datetime) -> None:
    """Of what nobody ever used; that the rest was done is old news."""
    lost = {key: count for key, count in found.items() if key[2] in LEFT}
    told = [
        audit.entry(
            verb="inbox.expired", subject=f"inbox:{source}", by=None, now=now,
            before={"kind": kind, "state": state}, after={"dropped": count},
        )
        for (source, kind, state), count in lost.items()
    ]  # fmt: skip
    audit.record_all(session, told)
    if lost:
        log.warning("deliveries that could not be used were dropped: %d", sum(lost.values()))
