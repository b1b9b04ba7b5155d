"""Tells owners of messages to customers that did not arrive: one message for a step and a day."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.away.cover import Cover
from csbot.contacts import Contact
from csbot.outbox.notices import told as to_tell
from csbot.outbox.queue import enqueue, enqueue_update
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.touches.model import Touch
from messages.touch_trouble import TouchTrouble, Troubled

log = logging.getLogger(__name__)
STATES = ("failed", "bounced", "uncertain")
A_DAY = timedelta(days=1)
LISTED_MAX = 50


def tell(session: Session, touch: Touch, *, settings: Settings, now: datetime) -> None:
    """A later one of the same step and kind joins the message that stands there already."""
    log.warning("touch %s", touch.state, extra={"touch_id": touch.id})
    session.flush()
    recipients = owner(session, touch, settings, now)  # locked: the next one sees what we add
    told = _message(session, touch, now)
    step = f"{touch.playbook}/{touch.step}/{touch.channel}"
    about = f"{touch.state}/{step}/{touch.owner_id}/{now:%Y-%m-%d}"
    for to in recipients:
        key = f"touch-trouble/{about}/{to}"
        if not enqueue(session, told, to=to, key=key, now=now):
            enqueue_update(session, told, target=key, now=now)


def _message(session: Session, touch: Touch, now: datetime) -> TouchTrouble:
    alike = (
        select(Touch, Account.name, Contact.name, Contact.email)
        .join(Account, Account.id == Touch.account_id)
        .outerjoin(Contact, Contact.id == Touch.contact_id)
        .where(
            Touch.state == touch.state,
            Touch.channel == touch.channel,
            Touch.playbook == touch.playbook,
            Touch.step.is_not_distinct_from(touch.step),
            Touch.owner_id.is_not_distinct_from(touch.owner_id),
            or_(
                Touch.queued_at > now - A_DAY, Touch.bounced_at > now - A_DAY, Touch.id == touch.id
            ),
        )
        .order_by(Touch.id.desc())
        .limit(LISTED_MAX)
    )
    found = [
        Troubled(
            account_id=row.account_id,
            account=account,
            person=name or email or row.address,
            address=row.address,
            why=row.why,
        )
        for row, account, name, email in session.execute(alike)
    ]
    return TouchTrouble(
        state=touch.state,
        channel=touch.channel,
        playbook=touch.playbook,
        subject=touch.words.get("subject"),
        people=tuple(found),
    )


def owner(session: Session, touch: Touch, settings: Settings, now: datetime) -> list[str]:
    """Whoever wrote it, or stands in for them; the admins where nobody can be told."""
    wrote = None
    if touch.owner_id:
        wrote = session.get(TeamMember, touch.owner_id, with_for_update={"key_share": True})
    told = Cover.load(session, now).stand_in(wrote.id) if wrote else None
    if told and told.slack_id:
        return [told.slack_id]
    return to_tell(session, settings, now=now)
