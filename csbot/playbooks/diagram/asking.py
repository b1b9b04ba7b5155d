"""Asking in Slack for the picture of a playbook: the worker draws it and sends it, once.

It is noted as sent before it is on its way: after an unknown end a person asks again, instead of
finding it twice. Files carry no mark of ours by which one could be looked for.
"""

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.errors import Refused
from csbot.inbox.model import Received
from csbot.inbox.service import DONE
from csbot.outbox.queue import enqueue
from csbot.playbooks import asked, versions
from csbot.playbooks.asked import ASKED
from csbot.playbooks.definition import Definition
from csbot.playbooks.diagram.drawing import picture
from csbot.playbooks.diagram.page import alternative, steps_in_lines
from csbot.playbooks.naming import take_playbook
from csbot.slack.gateway import Picture, SlackFailure
from csbot.team.model import TeamMember
from csbot.wiring import Wiring
from messages.diagrams import DiagramAsked, DiagramFailed
from messages.text import escape

SOURCE = "diagram"


def ask(session: Session, text: str, *, by: TeamMember, now: datetime) -> DiagramAsked:
    """A playbook's name; its steps are told in words at once."""
    definition = take_playbook(session, text).force.definition
    asked.note(session, SOURCE, definition.name, by=by, now=now)
    return DiagramAsked(title=definition.title, steps=tuple(steps_in_lines(definition)))


def draw_all(wiring: Wiring, *, now: datetime) -> int:
    """Send the pictures that were asked for; returns how many went."""
    waiting = select(Received.id).where(Received.source == SOURCE, Received.state == ASKED)
    with wiring.sessions() as session:
        ids = list(session.scalars(waiting.order_by(Received.id)))
    return sum(_send(wiring, id, now) for id in ids)


def _send(wiring: Wiring, id: int, now: datetime) -> bool:
    with wiring.sessions.begin() as session:
        row = session.get(Received, id, with_for_update=True)
        if row is None or row.state != ASKED:
            return False
        to = asked.reached_at(session, json.loads(row.body or "{}").get("by"))
        row.state, row.body = DONE, None
        try:
            definition = versions.named(session, row.kind or "").definition
        except Refused:
            return False
    return _upload(wiring, definition, to, id, now) if to else False


def _upload(wiring: Wiring, definition: Definition, to: str, id: int, now: datetime) -> bool:
    title, alt_text = definition.title, alternative(definition)
    made = Picture(f"{definition.name}.png", title, alt_text, picture(definition))
    try:
        channel = wiring.slack.open_direct(to)
        wiring.slack.upload(channel, made, comment=f"Who does what in “{escape(title)}”")
    except SlackFailure as failure:
        with wiring.sessions.begin() as session:
            told = DiagramFailed(title=title, missing_scope=failure.code == "missing_scope")
            enqueue(session, told, to=to, key=f"diagram:{id}", now=now)
        return False
    return True
