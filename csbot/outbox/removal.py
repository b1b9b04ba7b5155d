"""When Slack removes csbot: nothing is sent there until its token works again; data stays."""

import logging
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import Role
from csbot.db.rows import insert_missing, insert_once
from csbot.outbox.claim import EPOCH, GONE
from csbot.outbox.model import LANES, Lane, OutgoingMessage
from csbot.outbox.postman import missing
from csbot.settings import Settings
from csbot.slack.gateway import SlackFailure
from csbot.team.model import TeamMember
from csbot.wiring import Wiring
from messages.removal import SUBJECT, TEXT

log = logging.getLogger(__name__)
NO_ADDRESS = "%@slack.invalid"  # of people whom csbot knows from Slack alone


def remove(session: Session, what: str, *, settings: Settings, now: datetime) -> None:
    """`what` is Slack's word for it. A second word of the same removal changes nothing.

    Nobody's Slack identity is believed any more before Slack has been asked again.
    """
    if not insert_once(session, Lane, lane=GONE, next_at=EPOCH):
        return
    log.error("Slack says csbot was removed; run: csbot doctor")
    session.execute(update(TeamMember).values(slack_checked_at=None))
    audit.record(session, verb="app.removed", subject="slack", by=None, now=now,
                 after={"event": what})  # fmt: skip
    if not missing(settings)["email"]:
        insert_missing(session, OutgoingMessage, _mails(session, now))


def removed(session: Session) -> bool:
    return session.scalar(select(Lane.lane).where(Lane.lane == GONE)) is not None


def look_again(wiring: Wiring, *, now: datetime) -> bool:
    """Go on once the token works; whether csbot is back."""
    with wiring.sessions() as session:
        if not removed(session):
            return False
    try:
        wiring.slack.who_am_i()
    except SlackFailure:
        return False
    with wiring.sessions.begin() as session:
        session.execute(delete(Lane).where(Lane.lane == GONE))
        audit.record(session, verb="app.back", subject="slack", by=None, now=now)
    return True


def _mails(session: Session, now: datetime) -> list[dict[str, object]]:
    admins = session.scalars(
        select(TeamMember.email)
        .where(TeamMember.role == Role.ADMIN, TeamMember.active)
        .where(TeamMember.email.not_like(NO_ADDRESS))
        .order_by(TeamMember.id)
    )
    return [
        {
            "key": f"removed:{now.isoformat()}:{to}", "call": "email", "message": "removed",
            "lane": LANES["email"], "priority": 0, "created_at": now, "not_before": now,
            "payload": {"to": to, "subject": SUBJECT, "text": TEXT},
        }
        for to in admins
    ]  # fmt: skip
