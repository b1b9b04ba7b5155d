"""Who does not want to be written to: at once, in every channel's own way, and on the record."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.contacts import Contact

Channel = Literal["email", "sms"]
OUT = {"email": "contact.opted_out", "sms": "contact.opted_out_of_sms"}
BACK = {"email": "contact.opted_in", "sms": "contact.opted_in_to_sms"}


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
