"""Puts the past together: of the tables that a playbook asks, what csbot knew and when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from csbot.accounts.model import Account, AccountPipeline, AccountTag
from csbot.payments.model import Payment
from csbot.playbooks.simulate import derived, usage
from csbot.playbooks.simulate.kept import tables
from csbot.playbooks.simulate.past import Tape, Told
from csbot.playbooks.simulate.rows import tape_of
from csbot.playbooks.simulate.trail import Trail, read
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.usage.model import GroupUsage, ProductUser, UserUsage

ALWAYS_READ = {"team", "slack_channels", "accounts", "contacts"}
CHURNED = "churned"


@dataclass
class History:
    """Everything a replay runs on; `churned` is when csbot learned that accounts had left."""

    parts: list[Told] = field(default_factory=list)
    churned: dict[int, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """`since` to `until` is what is replayed, `now` how far the stored history goes."""

    since: datetime
    until: datetime
    now: datetime


def asked(statements: Iterable[Any]) -> set[str]:
    """The names of all tables that stand anywhere in these."""
    found = {
        part.name
        for statement in statements
        for part in visitors.iterate(statement)
        if isinstance(part, Table)
    }
    return found | ALWAYS_READ


def load(session: Session, settings: Settings, needed: set[str], span: Span) -> History:
    """A few queries for each table, however many accounts there are."""
    emails = select(TeamMember.email, TeamMember.id)
    wanted = [one for one in tables(dict(session.execute(emails).all())) if one.rows.name in needed]
    nouns = {one.noun for one in wanted if one.noun} | {"payment"}
    trail = read(session, nouns, span.since)
    history = History()
    for kept in wanted:
        more = derived.account_steps(session) if kept.table is Account else None
        tape = tape_of(session, kept, trail, span.since, more)
        history.parts.append(tape)
        if kept.table is Account:
            history.churned = dict(_churned(tape))
    history.parts += _special(session, trail, needed)
    history.parts += _usage(session, settings, needed, span)
    return history


def _special(session: Session, trail: Trail, needed: set[str]) -> Iterator[Told]:
    if AccountTag.__tablename__ in needed:
        yield derived.tags(session, trail)
    if AccountPipeline.__tablename__ in needed:
        yield derived.stages(session)
    if Payment.__tablename__ in needed:
        yield derived.invoices(session, trail)


def _usage(session: Session, settings: Settings, needed: set[str], span: Span) -> Iterator[Told]:
    yield usage.heard(session, settings)
    yield usage.of_contacts(session, settings, span.since, span.until, span.now)
    if ProductUser.__tablename__ in needed:
        yield usage.of_users(session, span.since, span.until, span.now)
    for model in (UserUsage, GroupUsage):
        if model.__tablename__ in needed:
            yield usage.Days(session, model.__table__, span.now)  # type: ignore[arg-type]


def _churned(tape: Tape) -> Iterator[tuple[int, datetime]]:
    """The last time counts for an account that came back and left again."""
    for change in tape.changes:
        if change.row.get("lifecycle_stage") == CHURNED and change.kind == "set":
            yield change.row["id"], change.at
