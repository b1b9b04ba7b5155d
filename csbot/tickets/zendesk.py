"""Zendesk: its ticket events, and the bodies of triggers, which an administrator writes.

Each ticket event tells the whole ticket as it is after the act, in capitals; several events of
one act share a moment. Who asked stands in triggers only; the documentation has one to copy.
"""

from collections.abc import Mapping
from typing import Any

from csbot.accounts.hints import Hints
from csbot.inbox.fields import Body, found, instant, need_text, text
from csbot.tickets import plain
from csbot.tickets.rules import News, priority_of, status_of
from csbot.tickets.sentiment import sentiment_of
from csbot.tickets.words import own_words

EVENT = "zen:event-type:"
ROBOT = "-1"  # what Zendesk does by itself
TRIGGER = {
    "id": "ticket_id",
    "status": "ticket_status",
    "priority": "ticket_priority",
    "subject": "ticket_title",
    "url": "ticket_url",
    "email": "requester_email",
    "company": "organization",
    "account": "organization_external_id",
    "at": "updated_at_with_timestamp",
    "opened_at": "created_at_with_timestamp",
    "comment": "latest_comment",
    "author": "actor_email",
    "public": "comment_is_public",
}


def identify(body: Body, *, fields: Mapping[str, str] | None = None) -> tuple[str, str]:
    if _is_event(body):
        return need_text(body, "id", longest=200), need_text(body, "type")
    return plain.identify(body, fields=TRIGGER | dict(fields or {}))


def read(
    body: Body,
    *,
    fields: Mapping[str, str] | None = None,
    values: Mapping[str, Mapping[str, str]] | None = None,
) -> News | None:
    if not _is_event(body):
        return plain.filled_in(body, fields=TRIGGER | dict(fields or {}), values=values)
    return _event(body) if str(text(body, "type")).startswith(f"{EVENT}ticket.") else None


def _is_event(body: Body) -> bool:
    return str(text(body, "type")).startswith(EVENT)


def _event(body: Body) -> News:
    ticket, at = found(body, "detail"), instant(body, "time")
    opened_at = instant(ticket, "created_at")
    by_staff = _spoken_by_staff(body)
    said = _said(body) if by_staff is False else None
    return News(
        external_id=need_text(body, "detail.id", longest=200),
        account=Hints(
            # Not its external_id, which is the ticket's own in another system.
            ids=(_id(ticket, "organization_id"),),
            users=(_id(ticket, "requester_external_id"),),
        ),
        at=at,
        status=status_of(text(ticket, "status")),
        priority=priority_of(text(ticket, "priority")),
        subject=plain.one_line(text(ticket, "subject")),
        opened_at=opened_at,
        answered_at=at if by_staff else None,
        said_at=at if said else None,
        sentiment=sentiment_of(own_words(said)) if said else None,
    )


def _id(ticket: Any, name: str) -> str | None:
    """Nobody is spelled 0."""
    told = text(ticket, name, longest=200)
    return None if told == "0" else told


def _said(body: Body) -> str | None:
    created = str(text(body, "type")).endswith("ticket.created")
    return text(body, "detail.description" if created else "event.comment.body")


def _spoken_by_staff(body: Body) -> bool | None:
    """None where nobody has said anything that the customer may read."""
    if str(text(body, "type")).endswith("ticket.created"):
        asked = text(body, "detail.requester_id")
        return False if asked and asked == text(body, "detail.submitter_id") else None
    comment = found(body, "event.comment")
    if found(comment, "is_public") is not True or text(comment, "author.id") == ROBOT:
        return None
    staff = found(comment, "author.is_staff")
    return staff if isinstance(staff, bool) else None
