"""What became of a touch: one place that says so in its row, in the timeline and to its owner."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot import audit
from csbot.contacts import Contact
from csbot.optouts import opt_out
from csbot.settings import Settings
from csbot.touches import trouble
from csbot.touches.model import Touch

OPEN = ("queued", "uncertain")  # its end is not known yet
WHY_MAX = 200


def moved(
    session: Session,
    touch: Touch,
    state: str,
    *,
    settings: Settings,
    now: datetime,
    why: str | None = None,
    due: datetime | None = None,
) -> None:
    """From now on it is `state`; its owner is told of what did not arrive (at `due`)."""
    touch.state, touch.why = state, why[:WHY_MAX] if why else None
    if state == "sent":
        touch.sent_at = now
    if state == "bounced":
        touch.bounced_at = now
    contact = session.get(Contact, touch.contact_id) if touch.contact_id else None
    audit.record(
        session,
        verb=f"touch.{state}",
        subject=f"touch:{touch.id}",
        account=touch.account_id,
        by=None,
        now=now,
        after={
            "channel": touch.channel,
            "to": (contact.name or contact.email) if contact else touch.address,
            "subject": touch.words.get("subject"),
            "playbook": touch.playbook,
        },
        why=touch.why,
    )
    if state in trouble.STATES:
        trouble.tell(session, touch, settings=settings, now=due or now)


def withdraw_consent(session: Session, touch: Touch, *, now: datetime) -> None:
    """Its person wants no more of this channel."""
    if touch.contact_id:
        opt_out(session, [touch.contact_id], "sms" if touch.channel == "sms" else "email", now=now)
