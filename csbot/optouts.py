"""Who does not want to be written to: at once, in every channel's own way, and on the record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, String, cast, literal, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.contacts import Contact, OptedOut
from csbot.db.rows import insert_once

Channel = Literal["email", "sms"]
OUT: dict[Channel, str] = {"email": "contact.opted_out", "sms": "contact.opted_out_of_sms"}
BACK = {"email": "contact.opted_in", "sms": "contact.opted_in_to_sms"}


def says(contact: Any, channel: Any) -> ColumnElement[bool]:
    """Whether this contact, a table of them, wants no more of a channel, which may be a column."""
    return cast(contact.opt_outs, String).like(literal('%"') + channel + literal('"%'))


def opt_out_address(session: Session, email: str, channel: Channel, *, now: datetime) -> None:
    """Wherever they are a contact, and wherever they become one; `email` is in small letters."""
    insert_once(session, OptedOut, email=email, channel=channel, at=now)
    known = session.scalars(select(Contact.id).where(Contact.email == email)).all()
    opt_out(session, known, channel, now=now)


def carry_over(session: Session, *, now: datetime) -> None:
    """Write it down of those who have become a contact since they said so."""
    for channel in OUT:
        late = (
            select(Contact.id)
            .join(OptedOut, OptedOut.email == Contact.email)
            .where(OptedOut.channel == channel, ~says(Contact, literal(channel)))
        )
        opt_out(session, session.scalars(late).all(), channel, now=now)


def opt_out(
    session: Session, contact_ids: Iterable[int], channel: Channel, *, now: datetime
) -> None:
    """A contact who had opted out before stays so, without another word."""
    for contact in _locked(session, contact_ids):
        if channel not in contact.opt_outs:
            contact.opt_outs = [*contact.opt_outs, channel]
            _note(session, contact, OUT[channel], channel, now)


def opt_in(
    session: Session, contact_ids: Iterable[int], channel: Channel, *, now: datetime
) -> bool:
    """Only for who said so themselves; returns whether anybody had opted out."""
    out = [one for one in _locked(session, contact_ids) if channel in one.opt_outs]
    for contact in out:
        contact.opt_outs = [kept for kept in contact.opt_outs if kept != channel]
        _note(session, contact, BACK[channel], channel, now)
    return bool(out)


def _locked(session: Session, contact_ids: Iterable[int]) -> list[Contact]:
    wanted = select(Contact).where(Contact.id.in_(list(contact_ids))).order_by(Contact.id)
    fresh = wanted.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(fresh))


def _note(session: Session, contact: Contact, verb: str, channel: str, now: datetime) -> None:
    audit.record(
        session,
        verb=verb,
        subject=f"contact:{contact.id}",
        account=contact.account_id,
        by=None,
        now=now,
        after={"channel": channel},
    )
