"""Asking in Slack what a playbook would have done: it takes longer than a click may wait."""

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from csbot.db.engine import reading
from csbot.errors import Refused
from csbot.inbox import asked
from csbot.inbox.asked import TRIES, Taken
from csbot.outbox.queue import enqueue
from csbot.playbooks import versions
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
    return sum(_answer(wiring, id, now) for id in asked.waiting(wiring.sessions, SOURCE))


def _answer(wiring: Wiring, id: int, now: datetime) -> bool:
    with wiring.sessions.begin() as session:
        taken = asked.take(session, id, now=now)
    if taken is None:
        return False
    message = _given_up(taken.kind) if taken.tries > TRIES else _replayed(wiring, taken, now)
    with wiring.sessions.begin() as session:
        if not asked.finish(session, id):
            return False
        if who := asked.asker(session, taken):
            enqueue(session, message, to=str(who.slack_id), key=f"simulated:{id}", now=now)
    return True


def _replayed(wiring: Wiring, taken: Taken, now: datetime) -> Message:
    """Reads past SQLite's one writer, who has others to serve meanwhile."""
    try:
        with reading(wiring.engine) as session:
            definition = versions.named(session, taken.kind).definition
            report = simulate(
                session, definition, settings=wiring.settings,
                since=datetime.fromisoformat(taken.told["since"]), now=now,
            )  # fmt: skip
            return as_message(report)
    except Refused as refusal:
        return SimulationFailed(title=taken.kind, why=refusal.reason)


def _given_up(name: str) -> SimulationFailed:
    log.error("a replay failed each time", extra={"playbook": name})
    return SimulationFailed(
        title=name, why=f"It failed {TRIES} times. An admin finds why in the log."
    )
