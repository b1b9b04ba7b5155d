"""What becomes of a playbook that few call useful: somebody switches it off, or keeps it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.alerts.weekly import question_key
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import Rewrite, enqueue_updates_many
from csbot.playbooks.switching import keep, switch
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.alert_reports import PlaybookDoubted, Week


def switch_off(session: Session, *, name: str, by: TeamMember, now: datetime) -> None:
    title = switch(session, name=name, enabled=False, by=by, now=now).title
    _decided(session, name, title, "off", by, now)


def keep_on(session: Session, *, name: str, by: TeamMember, now: datetime) -> None:
    title = keep(session, name=name, by=by, now=now).title
    _decided(session, name, title, "kept", by, now)


def _decided(
    session: Session, name: str, title: str, how: str, by: TeamMember, now: datetime
) -> None:
    """Everybody who was asked sees what somebody has decided."""
    asked = select(OutgoingMessage.key).where(
        OutgoingMessage.key.startswith(f"{question_key(name)}:", autoescape=True),
        OutgoingMessage.call == "post",
    )
    told = PlaybookDoubted(
        playbook=title, file=name, week=Week(title, 0, 0), decided=how, by=person(by)
    )
    keys = list(session.scalars(asked))
    enqueue_updates_many(session, [Rewrite(key, told) for key in keys], now=now)
