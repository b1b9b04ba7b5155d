"""Keeps what support desks tell: one row a ticket, however often and in any order."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.hints import person, place, unknown
from csbot.accounts.matching import SUREST, Placed
from csbot.find import account_by_id
from csbot.inbox.service import due_at_once
from csbot.settings import Settings
from csbot.tickets.model import Ticket
from csbot.tickets.moving import move
from csbot.tickets.rules import DONE, PRESSING, News, State, merged, state, with_place


def take(session: Session, news: News, *, sender: str, settings: Settings, now: datetime) -> None:
    """Raises UnknownAccount for a new ticket whose account nobody knows."""
    ticket, placed = _known(session, sender, news), place(session, news.account)
    if ticket is None:
        if placed is None:
            raise unknown(news.account)
        # Whoever else brings news of this ticket at this moment waits here, and then finds it.
        account_by_id(session, placed.account_id, lock=True)
        ticket = _known(session, sender, news) or _new(session, placed, news, sender, now)
    _change(session, ticket, news, placed, now)
    belongs = ticket.told.get("placed", [ticket.account_id])[-1]
    if belongs != ticket.account_id:
        move(session, ticket, belongs, settings=settings, now=now)
    ticket.contact_id = ticket.contact_id or person(session, ticket.account_id, news.account)


def _known(session: Session, sender: str, news: News) -> Ticket | None:
    return session.scalar(
        select(Ticket)
        .where(Ticket.sender == sender, Ticket.external_id == news.external_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _new(session: Session, placed: Placed, news: News, sender: str, now: datetime) -> Ticket:
    told = with_place(merged({}, news, now=now), news, placed, now=now)
    current = state(told)
    ticket = Ticket(
        account_id=placed.account_id,
        sender=sender,
        external_id=news.external_id,
        told=told,
        **asdict(current),
    )
    session.add(ticket)
    session.flush()
    due_at_once(session, sender, news.external_id)
    _record(session, ticket, "ticket.opened", now)
    if current.status in DONE:
        _record(session, ticket, "ticket.solved", now)
    return ticket


def _change(
    session: Session, ticket: Ticket, news: News, placed: Placed | None, now: datetime
) -> None:
    told = merged(ticket.told, news, now=now)
    if placed is not None:
        # Of an older ticket nobody knows any more by what it was placed: an id alone may move it.
        stood = {"placed": [SUREST, 0, ticket.account_id]}
        told = with_place(stood | told, news, placed, now=now)
    if told == ticket.told:
        return
    before, current = ticket.status, state(told)
    ticket.told = told
    _set(ticket, current)
    if (before in DONE) != (current.status in DONE):
        verb = "ticket.solved" if current.status in DONE else "ticket.reopened"
        _record(session, ticket, verb, now)


def _set(ticket: Ticket, current: State) -> None:
    for name, value in asdict(current).items():
        setattr(ticket, name, value)


def _record(session: Session, ticket: Ticket, verb: str, now: datetime) -> None:
    audit.record(
        session,
        verb=verb,
        subject=f"ticket:{ticket.id}",
        account=ticket.account_id,
        by=None,
        now=now,
        after={"title": ticket.subject or f"#{ticket.external_id}"},
        why=ticket.priority if ticket.priority in PRESSING else None,
    )
