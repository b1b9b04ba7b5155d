"""Keeps a private answer as a direct message, and keeps that message current for two weeks."""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.db.engine import looks
from csbot.errors import Refused
from csbot.kept.shows import show
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import Priority, Rewrite, enqueue, enqueue_updates_many
from csbot.settings import Settings
from csbot.team import whom_to_ask
from csbot.team.model import TeamMember
from csbot.wiring import Wiring
from csbot.words import number
from messages.message import Message
from messages.render import render
from messages.said import Said

CURRENT_FOR = timedelta(days=14)
EVERY = timedelta(minutes=2)
AT_ONCE = 200  # of one run; each is a look of somebody's at one page
PREFIX = "kept:"
_MOMENT = re.compile(r"<!date\^\d+\^[^>]*>|\b\d\d:\d\d\b")


def keep(
    session: Session, question: str, *, person: TeamMember, settings: Settings, now: datetime
) -> Said:
    """Send what a private answer showed as a direct message, which stays; once a minute."""
    shown = show(session, question, person=person, settings=settings, now=now)
    key = f"{PREFIX}{person.id}:{question}:{now:%Y%m%d%H%M}"
    if not person.slack_id or not enqueue(session, shown, to=person.slack_id, key=key, now=now):
        return Said(sentence="You have kept this one already.")
    days = CURRENT_FOR.days
    return Said(
        sentence="Kept: it is on its way to your direct messages with me, "
        f"where it stays current for {days} days."
    )


def refresh(wiring: Wiring, *, now: datetime) -> int:
    """Rewrite those that say something else by now; how many. Nobody who writes waits for it."""
    with looks(wiring.engine)() as session:
        rewrites = _changed(session, settings=wiring.settings, now=now)
    if rewrites:
        with wiring.sessions.begin() as session:
            enqueue_updates_many(session, rewrites, now=now, priority=Priority.ROUTINE)
    return len(rewrites)


def _changed(session: Session, *, settings: Settings, now: datetime) -> list[Rewrite]:
    kept = _kept(session, now)
    said, people = _said(session, kept), _people(session, kept)
    rewrites = []
    for key in kept:
        _, person_id, question = key.rpartition(":")[0].split(":", 2)
        member = people.get(int(person_id))
        anew = _anew(session, question, member, settings, now)
        if _plain(render(anew)) != _plain(said[key]):
            rewrites.append(Rewrite(key, anew))
    return rewrites


def _anew(
    session: Session, question: str, person: TeamMember | None, settings: Settings, now: datetime
) -> Message:
    if person is None:
        return Said(sentence="This is not for you any more.")
    try:
        return show(session, question, person=person, settings=settings, now=now)
    except Refused as refusal:
        return Said(sentence=whom_to_ask.said(session, refusal))


def _kept(session: Session, now: datetime) -> list[str]:
    """The keys of what is to be current; of many, the part whose turn it is."""
    row = OutgoingMessage
    query = select(row.key).where(
        row.key.between(PREFIX, f"{PREFIX}\uffff"),
        row.call == "post",
        row.created_at > now - CURRENT_FOR,
        row.state.in_(("waiting", "sending", "sent")),
    )
    keys = session.scalars(query.order_by(row.id)).all()
    parts = [keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE)]
    return list(parts[int(now.timestamp() // EVERY.total_seconds()) % len(parts)]) if parts else []


def _said(session: Session, kept: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What each of them says, or is about to."""
    row = OutgoingMessage
    query = select(row.key, row.target, row.payload).where(row.key.in_(kept) | row.target.in_(kept))
    return {
        target or key: payload for key, target, payload in session.execute(query.order_by(row.id))
    }


def _people(session: Session, kept: Iterable[str]) -> dict[int, TeamMember]:
    ids = {number(key.split(":", 2)[1]) or 0 for key in kept}
    query = select(TeamMember).where(
        TeamMember.id.in_(ids), TeamMember.active, ~TeamMember.is_outsider
    )
    return {member.id: member for member in session.scalars(query)}


def _plain(payload: dict[str, Any]) -> str:
    """Without moments: another as-of time alone is no news."""
    return _MOMENT.sub("", json.dumps(payload["blocks"], sort_keys=True))
