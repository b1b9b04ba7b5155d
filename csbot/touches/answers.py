"""Brings a customer's answer to whoever wrote to them."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.outbox.queue import enqueue
from csbot.settings import Settings
from csbot.touches.model import Touch
from csbot.touches.trouble import owner
from messages.touch_trouble import TouchAnswered


def tell(
    session: Session, touch: Touch, text: str, *, key: str, settings: Settings, now: datetime
) -> None:
    """A known `key` is a no-op."""
    contact = session.get(Contact, touch.contact_id) if touch.contact_id else None
    told = TouchAnswered(
        account_id=touch.account_id,
        account=session.get_one(Account, touch.account_id).name,
        person=(contact.name or contact.email) if contact else touch.address,
        text=text,
    )
    for to in owner(session, touch, settings, now):
        enqueue(session, told, to=to, key=f"{key}/{to}", now=now)
