"""Asking in Slack what a playbook would have done: it takes longer than a click may wait."""

import json
import logging
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from csbot.db.engine import reading
from csbot.errors import Refused
from csbot.inbox.model import Received
from csbot.inbox.service import DONE
from csbot.outbox.queue import enqueue
from csbot.playbooks import asked, versions
from csbot.playbooks.asked import ASKED
from csbot.playbooks.naming import take_playbook
from csbot.playbooks.simulate import period
from csbot.playbooks.simulate.report import as_message
from csbot.playbooks.simulate.service import simulate
from csbot.team.model import TeamMember
from csbot.wiring import Wiring
from messages.message import Message
from messages.simulation import SimulationAsked, SimulationFailed

log = logging.getLogger(__name__)
SOURCE = "simulate"
TRIES, LEASE = 3, timedelta(minutes=10)


def ask(session: Session, text: str, *, by: TeamMember, now: datetime) -> SimulationAsked:
    """A playbook's name and perhaps since when. The same again within a minute is one question."""
    force, rest = take_playbook(session, text)
    since = period.since(rest or period.USUAL, now)
    asked.note(
        session, SOURCE, force.name, what=f"{since:%Y-%m-%d}", by=by, now=now,
        since=since.isoformat(),
    )  # fmt: skip
    return SimulationAsked(title=force.definition.title, since=since.date())


def answer_all(wiring: Wiring, *, now: datetime) -> int:
    """Replay what was asked for, and tell who asked; returns how many were told."""
    waiting = select(Received.id).where(Received.source == SOURCE, Received.state == ASKED)
    with wiring.sessions() as session:
        ids = list(session.scalars(waiting.order_by(Received.id)))
    return sum(_answer(wiring, id, now) for id in ids)


def _answer(wiring: Wiring, id: int, now: datetime) -> bool:
    with wiring.sessions.begin() as session:
        row = _take(session, id, now)
        if row is None:
            return False
        row.tries, row.tried_at = row.tries + 1, now
        name, told, tries = row.kind or "", json.loads(row.body or "{}"), row.tries
    message = _given_up(name) if tries > TRIES else _replayed(wiring, name, told["since"], now)
    with wiring.sessions.begin() as session:
        row = session.get(Received, id, with_for_update=True)
        if row is None or row.state != ASKED:
            return False
        row.state, row.body = DONE, None
        if to := asked.reached_at(session, told["by"]):
            enqueue(session, message, to=to, key=f"simulated:{id}", now=now)
    return True


def _take(session: Session, id: int, now: datetime) -> Received | None:
    """Unless somebody is at it, who may have been killed since."""
    free = or_(Received.tried_at.is_(None), Received.tried_at <= now - LEASE)
    query = select(Received).where(Received.id == id, Received.state == ASKED, free)
    return session.scalar(query.with_for_update(skip_locked=True))


def _replayed(wiring: Wiring, name: str, since: str, now: datetime) -> Message:
    """Reads past SQLite's one writer, who has others to serve meanwhile."""
    try:
        with reading(wiring.engine) as session:
            definition = versions.named(session, name).definition
            report = simulate(
                session, definition, settings=wiring.settings,
                since=datetime.fromisoformat(since), now=now,
            )  # fmt: skip
            return as_message(report)
    except Refused as refusal:
        return SimulationFailed(title=name, why=refusal.reason)


def _given_up(name: str) -> SimulationFailed:
    log.error("a replay failed each time", extra={"playbook": name})
    return SimulationFailed(
        title=name, why=f"It failed {TRIES} times. An admin finds why in the log."
    )
