"""Intercom: conversations and tickets, as they are when something happens to them.

A bot's reply is no answer, and a note is none either. Ratings are surveys.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from csbot.inbox.fields import Body, found, instant, need_text, text
from csbot.surveys import intercom as surveys
from csbot.surveys.intercom import CUSTOMERS, ITEM
from csbot.tickets.plain import one_line, web_address
from csbot.tickets.rules import News, priority_of, status_of
from csbot.tickets.sentiment import sentiment_of
from csbot.tickets.words import own_words

identify = surveys.identify
KINDS = ("conversation", "ticket")
TOPICS = ("conversation.", "ticket.")
DELETED, REDACTED = ".deleted", ".redacted"
PARTS = ("conversation_parts.conversation_parts", "ticket_parts.ticket_parts")
INTERNAL = ("note", "note_and_reopen")
Said = tuple[datetime, str]


def read(body: Body) -> News | None:
    """None for what is no change of a conversation or a ticket, like `ping`."""
    topic, item = text(body, "topic") or "", found(body, ITEM)
    if topic.startswith(TOPICS) and topic.endswith(DELETED):
        return _deleted(body, item)
    if not topic.startswith(TOPICS) or topic.endswith(REDACTED) or text(item, "type") not in KINDS:
        return None
    said = max([*_opening(item), *_parts(item, ours=False)], default=None)
    answers = [at for at, _ in _parts(item, ours=True)]
    counted = instant(item, "statistics.first_admin_reply_at")
    return News(
        external_id=need_text(body, f"{ITEM}.id", longest=200),
        account=surveys.account(item, surveys.customer(item)),
        at=instant(item, "updated_at") or instant(body, "created_at"),
        status=_status(item),
        priority=priority_of(text(item, "priority")),
        subject=_subject(item),
        url=web_address(text(item, "links.conversation_web")),
        opened_at=instant(item, "created_at"),
        answered_at=min([*answers, *([counted] if counted else [])], default=None),
        said_at=said[0] if said else None,
        sentiment=sentiment_of(own_words(said[1])) if said else None,
    )


def _deleted(body: Body, item: Any) -> News:
    """Whatever it was, nobody is to answer it any more; it may be told by its id alone."""
    id = text(item, "conversation_id", longest=200)
    return News(
        external_id=id or need_text(body, f"{ITEM}.id", longest=200),
        account=surveys.account(item, surveys.customer(item)),
        at=instant(body, "created_at"),
        status="closed",
    )


def _status(item: Any) -> str | None:
    """A ticket has a category, a conversation a state; both may only say whether it is open."""
    named = text(item, "ticket_state.category") or text(item, "ticket_state")
    if named or text(item, "state"):
        return status_of(named or text(item, "state"))
    return "closed" if found(item, "open") is False else None


def _subject(item: Any) -> str | None:
    for place in (
        *("title", "ticket_attributes._default_title_", "source.subject"),
        *("conversation_message.subject", "source.body", "conversation_message.body"),
    ):
        if subject := one_line(text(item, place)):
            return subject
    return None


def _opening(item: Any) -> Iterator[Said]:
    """What the customer began with."""
    at = instant(item, "created_at")
    for place in ("source", "conversation_message"):
        words = text(item, f"{place}.body")
        if at and words and text(item, f"{place}.author.type") in CUSTOMERS:
            yield at, words


def _parts(item: Any, *, ours: bool) -> Iterator[Said]:
    """What people of ours, or the customer's, said; mostly only the newest part is there."""
    for place in PARTS:
        parts = found(item, place)
        for part in parts if isinstance(parts, list) else ():
            at, words = instant(part, "created_at"), text(part, "body")
            if at and words and _is_of(part, ours=ours):
                yield at, words


def _is_of(part: Any, *, ours: bool) -> bool:
    author = text(part, "author.type")
    if not ours:
        return author in CUSTOMERS
    by_machine = any(
        found(part, f"author.{sign}") is True for sign in ("from_ai_agent", "is_ai_answer")
    )
    return author == "admin" and not by_machine and text(part, "part_type") not in INTERNAL
