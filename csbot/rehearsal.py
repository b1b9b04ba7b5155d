"""A test alert: to one person or where the real ones arrive, and changing nothing."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.queue import Priority, enqueue
from csbot.outbox.sender import drain
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.queries import person
from csbot.wiring import Wiring
from messages.rehearsal import TestAlert


def rehearse(
    session: Session, *, by: TeamMember, settings: Settings, now: datetime, in_channel: bool = False
) -> bool:
    """Send one to whoever asks, or where the real ones arrive, mentioning them.

    At most once a minute; False when it is there.
    """
    require(by, May.REHEARSE)
    to = settings.alerts_channel if in_channel else by.slack_id or settings.alerts_channel
    key = f"test-alert:{by.id}:{'channel' if in_channel else 'me'}:{now:%Y%m%d%H%M}"
    alert = TestAlert(by=person(by))
    return enqueue(session, alert, to=to, key=key, now=now, priority=Priority.URGENT)


def send(wiring: Wiring, *, now: datetime) -> str | None:
    """Post one now that mentions nobody; what kept it from arriving, or None."""
    channel, key = wiring.settings.alerts_channel, f"test-alert:{uuid4().hex}"
    with wiring.sessions.begin() as session:
        enqueue(session, TestAlert(by=None), to=channel, key=key, now=now, priority=Priority.URGENT)
    drain(wiring, now=now)
    columns = (OutgoingMessage.state, OutgoingMessage.last_error)
    with wiring.sessions() as session:
        state, error = session.execute(select(*columns).where(OutgoingMessage.key == key)).one()
    return None if state == "sent" else error or state
