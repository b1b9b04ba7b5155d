"""What a person did with the link at the end of an e-mail."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from csbot.contacts import Contact
from csbot.optouts import opt_out
from csbot.touches.model import Touch


def unsubscribe(session: Session, token: str, *, now: datetime) -> None:
    """No e-mail of ours goes to whoever got this one, wherever else they are a contact.

    Again, or for a token that is nobody's, it changes nothing.
    """
    theirs = or_(Contact.id == Touch.contact_id, Contact.email == Touch.address)
    found = select(Contact.id).join(Touch, theirs)
    ids = session.scalars(found.where(Touch.token == token, Touch.channel == "email")).all()
    opt_out(session, ids, "email", now=now)
