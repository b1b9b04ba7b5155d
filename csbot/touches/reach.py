"""Who must not be written to: a person is the same at every account that has their address."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.orm import Session, aliased

from csbot.alerts.among import among
from csbot.contacts import Contact, OptedOut
from csbot.optouts import says
from csbot.touches.model import Touch


def came_back(contact_id: Any, address: Any) -> ColumnElement[bool]:
    """Whether this person could not be reached at this very address; another one is tried anew.

    Both may be columns. A person's wish not to be written to is another matter: `refuses`.
    """
    earlier, (known, same) = aliased(Touch), _selves()
    return (
        select(earlier.id)
        .join(same, same.id == earlier.contact_id)
        .join(known, known.email == same.email)
        .where(known.id == contact_id, earlier.address == address, earlier.bounced_at.is_not(None))
        .exists()
    )


def refuses(contact_id: Any, channel: Any) -> ColumnElement[bool]:
    """Whether this person wants no more of a channel, whoever they were when they said so."""
    known, same = _selves()
    found = select(same.id).join(known, known.email == same.email)
    them = aliased(Contact)
    before = select(OptedOut.email).join(them, them.email == OptedOut.email)
    return or_(
        found.where(known.id == contact_id, says(same, channel)).exists(),
        before.where(them.id == contact_id, OptedOut.channel == channel).exists(),
    )


def refused(session: Session, people: Iterable[Contact]) -> set[tuple[str, str]]:
    """The addresses of these, each with a channel that they want no more of."""
    them = list(people)
    emails = {one.email for one in them}
    asked = select(OptedOut.email, OptedOut.channel).where(OptedOut.email.in_(emails))
    told = {(email, channel) for email, channel in session.execute(asked)}
    return told | {(one.email, channel) for one in them for channel in one.opt_outs}


def _selves() -> tuple[type[Contact], type[Contact]]:
    """A contact, and whoever has their address; addresses are kept in small letters."""
    return aliased(Contact), aliased(Contact)


def refusing(session: Session, accounts: Iterable[int], channel: str) -> set[int]:
    """The contacts of these accounts who want no more of this channel."""
    theirs = among(session, Contact.account_id, accounts)
    found = select(Contact.id).where(theirs, refuses(Contact.id, literal(channel)))
    return set(session.scalars(found))


def bounced(session: Session, accounts: Iterable[int]) -> set[tuple[int, str]]:
    """Contacts of these accounts, and their addresses that a message came back from."""
    same = aliased(Contact)
    rows = session.execute(
        select(Contact.id, Touch.address)
        .join(same, same.email == Contact.email)
        .join(Touch, Touch.contact_id == same.id)
        .where(among(session, Contact.account_id, accounts), Touch.bounced_at.is_not(None))
    )
    return {(id, where) for id, where in rows}
