"""What the timeline and the audit say of messages to customers."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.alerts.among import among
from csbot.contacts import Contact
from csbot.touches.model import Touch


class End(NamedTuple):
    """How a message ends that does not go out."""

    touch: Touch
    state: str
    why: str


def about(touch: Touch, to: str | None) -> dict[str, Any]:
    return {
        "channel": touch.channel,
        "to": to or touch.address,
        "subject": touch.words.get("subject"),
        "playbook": touch.playbook,
    }


def names(session: Session, touches: Iterable[Touch]) -> dict[int, str]:
    """What to call those whom messages are for, by contact."""
    ids = {touch.contact_id for touch in touches if touch.contact_id}
    rows = session.execute(
        select(Contact.id, Contact.name, Contact.email).where(among(session, Contact.id, ids))
    )
    return {id: name or email for id, name, email in rows} if ids else {}


def note(
    session: Session, verb: str, touches: Iterable[Touch], *, by: int | None, now: datetime,
    why: str | None = None, reasons: dict[int, str] | None = None,
) -> None:  # fmt: skip
    """One entry for each, in one statement; `reasons` are those of single ones."""
    touches = list(touches)
    called = names(session, touches)
    audit.record_all(
        session,
        [
            audit.entry(
                verb=verb,
                subject=f"touch:{touch.id}",
                account=touch.account_id,
                by=by,
                now=now,
                after=about(touch, called.get(touch.contact_id or 0)),
                why=(reasons or {}).get(touch.id, why),
            )
            for touch in touches
        ],
    )


def edits(
    session: Session, touches: Iterable[Touch], before: Mapping[int, dict[str, Any]], *,
    by: int, now: datetime,
) -> None:  # fmt: skip
    """What somebody made of the words, in full."""
    touches = list(touches)
    called = names(session, touches)
    audit.record_all(
        session,
        [
            audit.entry(
                verb="touch.edited",
                subject=f"touch:{touch.id}",
                account=touch.account_id,
                by=by,
                now=now,
                before=_in_full(before[touch.id]),
                after=about(touch, called.get(touch.contact_id or 0)) | _in_full(touch.words),
            )
            for touch in touches
        ],
    )


def _in_full(words: Mapping[str, Any]) -> dict[str, Any]:
    return {"subject": words["subject"], "body": words["body"]}


def ended(session: Session, ends: Iterable[End], *, now: datetime) -> None:
    """Messages that csbot itself ended, with the reason of each."""
    groups: dict[str, list[End]] = {}
    for end in ends:
        groups.setdefault(end.state, []).append(end)
    for state, several in groups.items():
        reasons = {end.touch.id: end.why for end in several}
        touches = [end.touch for end in several]
        note(session, f"touch.{state}", touches, by=None, now=now, reasons=reasons)
