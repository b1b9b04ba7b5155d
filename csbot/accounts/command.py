"""Accounts for the command line: one as JSON, all as CSV that `csbot import` reads again."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import terminal
from csbot.accounts.as_json import as_json, plain
from csbot.accounts.lookup import find_account
from csbot.accounts.model import Account, AccountTag
from csbot.accounts.rules import name_key
from csbot.away.model import Absence
from csbot.contacts import Contact
from csbot.db.base import Base
from csbot.errors import Refused
from csbot.feedback.model import Feedback
from csbot.imports.text import FORMULA
from csbot.meetings.model import Meeting
from csbot.onboarding.value_report import facts
from csbot.revenue import Revenue
from csbot.settings import Settings
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.rules import zone
from csbot.words import said

CHUNK = 1_000
Cells = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """How rows refer to accounts and people; both are read once."""

    accounts: dict[int, str]
    emails: dict[int, str]
    tags: dict[int, list[str]]
    absences: dict[int, Absence]


def show_account(
    session: Session, name: str, *, settings: Settings, now: datetime
) -> dict[str, Any]:
    """All that is kept of the account that `name` means; Refused when none or several fit."""
    account = find_account(session, name, person=None)
    value = facts(account, settings=settings.config.first_value, now=now)
    return as_json(session, account) | {"first_value": value}


def export(session: Session, kind: str) -> Iterator[list[str]]:
    """The header and then a row each; Refused for a kind that is not exported."""
    if kind not in KINDS:
        raise Refused(f"I can export {', '.join(KINDS)} and renewals; not {said(kind)}.")
    table, headers, read = KINDS[kind]
    return _rows(session, table, headers, read)


def _rows(
    session: Session, table: type[Base], headers: tuple[str, ...], read: Callable[..., Cells]
) -> Iterator[list[str]]:
    yield list(headers)
    names = _names(session)
    query = select(table).order_by(*table.__mapper__.primary_key)
    if table is Task:
        query = query.where(Task.done_at.is_(None))
    for row in session.scalars(query.execution_options(yield_per=CHUNK)):
        cells = read(row, names)
        yield [cell(cells[header]) for header in headers]


def _names(session: Session) -> Names:
    tags: dict[int, list[str]] = {}
    for account_id, tag in session.execute(
        select(AccountTag.account_id, AccountTag.tag).order_by(AccountTag.tag)
    ):
        tags.setdefault(account_id, []).append(tag)
    emails = {row[0]: row[1] for row in session.execute(select(TeamMember.id, TeamMember.email))}
    return Names(_references(session), emails, tags, _absences(session))


def _absences(session: Session) -> dict[int, Absence]:
    """The first of each person that is not over."""
    query = select(Absence).where(Absence.ended_at.is_(None)).order_by(Absence.starts_at.desc())
    return {absence.member_id: absence for absence in session.scalars(query)}


def _references(session: Session) -> dict[int, str]:
    """By id of the CRM, else by what only this account has of domain and name."""
    columns = (Account.id, Account.external_id, Account.domain, Account.name)
    rows = session.execute(select(*columns)).all()
    domains = Counter(domain for _, _, domain, _ in rows)
    keys = Counter(name_key(name) for _, _, _, name in rows)
    refer: dict[int, str] = {}
    for id, external, domain, name in rows:
        own_domain = domain if domain and domains[domain] == 1 else name
        refer[id] = external or (own_domain if keys[name_key(name)] > 1 else name)
    return refer


def cell(value: Any) -> str:
    """Text that spreadsheets and terminals show and never obey; the import takes the mark off."""
    if isinstance(value, list):
        value = ", ".join(value)
    text = "" if value is None else terminal.shown(str(plain(value)))
    return f"'{text}" if text.startswith(FORMULA) else text


def _account(row: Account, names: Names) -> Cells:
    return {
        "name": row.name,
        "id": row.external_id,
        "domain": row.domain,
        "owner_email": names.emails.get(row.owner_id or 0),
        "segment": row.segment,
        "plan": row.plan,
        "arr": row.arr,
        "currency": row.currency,
        "lifecycle_stage": row.lifecycle_stage,
        "renewal_date": row.renewal_on,
        "contract_months": row.contract_months,
        "created_at": row.customer_since,
        "industry": row.industry,
        "channel": row.channel,
        "tags": names.tags.get(row.id),
    }


def _contact(row: Contact, names: Names) -> Cells:
    same = ("email", "name", "role", "title", "phone", "last_login_at", "created_at")
    return {"account": names.accounts[row.account_id], **_same(row, same)}


def _member(row: TeamMember, names: Names) -> Cells:
    same = ("email", "name", "role", "slack_id", "timezone", "country")
    away, there = names.absences.get(row.id), zone(row)
    return {
        **_same(row, same),
        "manager_email": names.emails.get(row.manager_id or 0),
        "away_from": away.starts_at.astimezone(there).date() if away else None,
        "away_until": away.ends_at.astimezone(there).date() if away else None,
        "cover_email": names.emails.get(away.cover_id or 0) if away else None,
    }


def _task(row: Task, names: Names) -> Cells:
    return {
        "account": names.accounts[row.account_id],
        **_same(row, ("title", "priority")),
        "due": row.due_on,
        "assignee_email": names.emails.get(row.assignee_id or 0),
    }


def _revenue(row: Revenue, names: Names) -> Cells:
    return {
        "account": names.accounts[row.account_id],
        **_same(row, ("effective_on", "mrr", "currency")),
    }


def _meeting(row: Meeting, names: Names) -> Cells:
    same = ("title", "kind", "starts_at", "duration_minutes", "attendees", "agenda")
    return {
        "account": names.accounts[row.account_id],
        **_same(row, same),
        "organizer_email": names.emails.get(row.organizer_id or 0),
    }


def _feedback(row: Feedback, names: Names) -> Cells:
    same = ("email", "kind", "score", "comment", "at")
    return {"account": names.accounts[row.account_id], **_same(row, same)}


def _same(row: Base, names: tuple[str, ...]) -> Cells:
    return {name: getattr(row, name) for name in names}


KINDS: dict[str, tuple[type[Base], tuple[str, ...], Callable[..., Cells]]] = {
    "accounts": (
        Account,
        (
            "name", "id", "domain", "owner_email", "segment", "plan", "arr", "currency",
            "lifecycle_stage", "renewal_date", "contract_months", "created_at", "industry",
            "channel", "tags",
        ),
        _account,
    ),
    "contacts": (
        Contact,
        ("account", "email", "name", "role", "title", "phone", "last_login_at", "created_at"),
        _contact,
    ),
    "team": (
        TeamMember,
        (
            "email", "name", "role", "slack_id", "timezone", "manager_email", "country",
            "away_from", "away_until", "cover_email",
        ),
        _member,
    ),
    "tasks": (Task, ("account", "title", "due", "priority", "assignee_email"), _task),
    "meetings": (
        Meeting,
        (
            "account", "title", "kind", "starts_at", "duration_minutes", "organizer_email",
            "attendees", "agenda",
        ),
        _meeting,
    ),
    "feedback": (Feedback, ("account", "email", "kind", "score", "comment", "at"), _feedback),
    "revenue": (Revenue, ("account", "effective_on", "mrr", "currency"), _revenue),
}  # fmt: skip
