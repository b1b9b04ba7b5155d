"""What Twilio tells after an SMS: how it ended, and what its person answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.optouts import opt_in, opt_out
from csbot.settings import Settings
from csbot.sms import rules
from csbot.sms.gateway import phone
from csbot.touches.answers import tell
from csbot.touches.fate import OPEN, moved, withdraw_consent
from csbot.touches.model import Touch

Form = Mapping[str, str]
ON_ITS_WAY, LOST = ("sent", "delivered", "read"), ("undelivered", "failed")
TEXT_MAX = 500


def receive(session: Session, form: Form, token: str, *, settings: Settings, now: datetime) -> None:
    """A status of one of ours, or a message of theirs; told again it changes nothing."""
    if form.get("MessageStatus"):
        _status(session, form, token, settings, now)
    elif form.get("From") and "Body" in form:
        _answer(session, form, settings, now)


def _status(session: Session, form: Form, token: str, settings: Settings, now: datetime) -> None:
    touch = session.scalar(_ours(form, token))
    status, sid = form["MessageStatus"].lower(), form.get("MessageSid", "")
    if touch is None:
        return
    touch.external_id = touch.external_id or sid[:64] or None
    if status in ON_ITS_WAY and touch.state == "uncertain":
        moved(session, touch, "sent", settings=settings, now=now)
    elif status in LOST and touch.state in (*OPEN, "sent"):
        code = form.get("ErrorCode", "")
        told = int(code) if code.isdecimal() and len(code) < 7 else 0
        about = rules.about(told)
        why = rules.answer(told, f"{status} {form.get('ErrorMessage', '')}".strip())
        state = "bounced" if about == "address" else "failed"
        moved(session, touch, state, why=why, settings=settings, now=now)
        if about == "consent":
            withdraw_consent(session, touch, now=now)


def _ours(form: Form, token: str) -> Any:
    """By the token of its own address, which is known before Twilio's id is."""
    by = Touch.token == token if token else Touch.external_id == form.get("MessageSid", "")
    found = select(Touch).where(by, Touch.channel == "sms").order_by(Touch.id.desc()).limit(1)
    return found.with_for_update()


def _answer(session: Session, form: Form, settings: Settings, now: datetime) -> None:
    number = form["From"]
    touch = session.scalar(
        select(Touch)
        .where(Touch.channel == "sms", Touch.address == (phone(number) or number))
        .order_by(Touch.queued_at.desc().nulls_last(), Touch.id.desc())
        .limit(1)
    )
    wish = rules.wish(form["Body"], form.get("OptOutType", ""))
    people = _people(session, number, touch) if wish else []
    if wish == "stop":
        opt_out(session, people, "sms", now=now)
    elif wish == "start" and opt_in(session, people, "sms", now=now):
        return  # a "yes" of anybody else answers what we asked them
    elif touch is not None:
        _said(session, touch, form, settings, now)


def _people(session: Session, number: str, touch: Touch | None) -> list[int]:
    """Whoever has this phone, and whoever we wrote to last on it."""
    known = Contact.phone.is_not(None) & _is(Contact.phone, number)
    wrote = [Contact.id == touch.contact_id] if touch else []
    return list(session.scalars(select(Contact.id).where(or_(known, *wrote))))


def _is(column: Any, number: str) -> ColumnElement[bool]:
    """The same number, however it was written."""
    plain: ColumnElement[str] = column
    for filler in " -().\u00a0":
        plain = func.replace(plain, filler, "")
    return plain.in_([number, f"00{number.removeprefix('+')}"])


def _said(session: Session, touch: Touch, form: Form, settings: Settings, now: datetime) -> None:
    subject = f"sms:{form.get('MessageSid', '')[:64]}"
    known = select(AuditEntry.id).where(
        AuditEntry.account_id == touch.account_id, AuditEntry.subject == subject
    )
    if session.scalar(known.limit(1)) is not None:
        return
    text = form["Body"][:TEXT_MAX].replace("\0", "")
    audit.record(
        session,
        verb="contact.answered",
        subject=subject,
        account=touch.account_id,
        by=None,
        now=now,
        after={"text": text, "touch_id": touch.id},
    )
    tell(session, touch, text, key=subject, settings=settings, now=now)
