"""Answers to what somebody said in Slack: where they go, and who gets to read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from csbot.account_channels.queries import is_neutral
from csbot.outbox.places import place
from csbot.outbox.queue import Outgoing, Priority, enqueue_many
from csbot.slack.model import Channel
from messages.message import Message
from messages.render import render
from messages.said import Said
from messages.sharing import FOR_THE_ASKER

SHARED = "This channel is shared with another organisation, so only you see this."

THERE = "The channel you asked in is shared with another organisation, so only you see this."


@dataclass(frozen=True)
class Asked:
    """Where something was said: `ts` numbers it, `thread` is the message whose thread it is in.

    `outside`: Slack says that another organisation reads along; `allowed` are the channels where
    that is meant.
    """

    by: str
    channel: str
    ts: str
    thread: str | None
    outside: bool
    allowed: tuple[str, ...]


def tell(session: Session, answer: Message, *, asked: Asked, shared: bool, now: datetime) -> None:
    """To the asker alone, unless everybody is meant to read it, may, and it is worth it; once."""
    meant = shared and not isinstance(answer, FOR_THE_ASKER)
    alone = asked.channel.startswith("D")
    withheld = meant and not alone and _read_outside(session, asked)
    public = alone or (meant and not withheld)
    item = Outgoing(
        answer, to=asked.channel, key=f"said:{asked.channel}:{asked.ts}",
        thread=place(asked.channel, asked.thread) if asked.thread else None,
        priority=Priority.URGENT, also=Said(sentence=SHARED) if withheld else None,
        only=None if public else asked.by, asked_by=asked.by, leads_on=shared and not meant,
    )  # fmt: skip
    enqueue_many(session, [item], now=now)


def explained(payload: dict[str, Any]) -> dict[str, Any]:
    """The answer as it comes to the asker after all, with the reason why it comes to them alone."""
    return payload | {"blocks": [*payload["blocks"], *render(Said(sentence=THERE))["blocks"]]}


def _read_outside(session: Session, asked: Asked) -> bool:
    known = session.get(Channel, asked.channel)
    names = {asked.channel} | ({known.name, f"#{known.name}"} if known else set())
    shared = asked.outside or (known is not None and known.is_ext_shared)
    return (shared or is_neutral(session, asked.channel)) and not names & set(asked.allowed)
