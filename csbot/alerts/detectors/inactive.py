"""People who used to log in and have stopped."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Finding, Gone, Reasons, seen
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from messages.text import short_day

NAMED = 3  # people named on a card


def find(scope: Scope) -> Iterator[Finding]:
    """Accounts where at least one person is away; days are calendar days since the last login."""
    today, zone, limits = scope.today(), scope.zone(None), scope.limits
    for account_id, gone, known, last, arr, health, owner_id in _rows(scope):
        stake = rules.at_stake(arr, health, limits)
        severity = rules.inactive(gone=gone, known=known, stake=stake) or rules.INFO
        level = rules.RANK[severity]
        evidence = {
            "inactive": gone,
            "known": known,
            "days": (today - last.astimezone(zone).date()).days,
            "threshold": limits.inactive_days,
        }
        look = seen(level, owner_id, gone, known, arr, health, today)
        yield Finding(account_id, "", severity, last, evidence, owner_id, level, look)


def _rows(scope: Scope) -> Iterable[Any]:
    last_login = Contact.last_login_at
    away = (
        select(
            Contact.account_id,
            func.count().label("gone"),
            func.max(last_login).label("last"),
        )
        .where(last_login <= _cutoff(scope), scope.within(Contact.account_id))
        .group_by(Contact.account_id)
        .subquery()
    )
    known = (
        select(func.count())
        .where(Contact.account_id == away.c.account_id, last_login.is_not(None))
        .scalar_subquery()
    )
    return scope.session.execute(
        select(
            away.c.account_id, away.c.gone, known, away.c.last, Account.arr, Account.health,
            Account.owner_id,
        )
        .join(Account, Account.id == away.c.account_id)
        .where(Account.lifecycle_stage != "churned")
    )  # fmt: skip


def _cutoff(scope: Scope) -> Any:
    return scope.now - timedelta(days=scope.limits.inactive_days)


def enrich(scope: Scope, found: list[Finding]) -> list[Finding]:
    """Name those who matter most: the champion, then who decides, then who was there last."""
    order = (_weight(), Contact.last_login_at.desc(), Contact.id)
    nth = func.row_number().over(partition_by=Contact.account_id, order_by=order).label("nth")
    ranked = (
        select(
            Contact.account_id,
            func.coalesce(Contact.name, Contact.email).label("name"),
            Contact.role,
            Contact.last_login_at,
            nth,
        )
        .where(
            Contact.last_login_at <= _cutoff(scope),
            scope.among(Contact.account_id, [finding.account_id for finding in found]),
        )
        .subquery()
    )
    rows = scope.session.execute(
        select(ranked).where(ranked.c.nth <= NAMED).order_by(ranked.c.account_id, ranked.c.nth)
    )
    people: dict[int, list[dict[str, Any]]] = {}
    for account_id, name, role, last, _ in rows:
        one = {"name": name, "role": role, "last": last.isoformat()}
        people.setdefault(account_id, []).append(one)
    return [
        finding._replace(evidence=finding.evidence | {"people": people.get(finding.account_id, [])})
        for finding in found
    ]


def _weight() -> ColumnElement[int]:
    role = func.replace(func.replace(func.lower(Contact.role), "_", " "), "-", " ")
    return case({"champion": 0, "decision maker": 1}, value=role, else_=2)


def because(scope: Scope, gone: list[Gone]) -> Reasons:
    """Who came back."""
    nth = func.row_number().over(
        partition_by=Contact.account_id, order_by=(Contact.last_login_at.desc(), Contact.id)
    )
    latest = (
        select(
            Contact.account_id,
            func.coalesce(Contact.name, Contact.email).label("name"),
            Contact.last_login_at,
            nth.label("nth"),
        )
        .where(
            Contact.last_login_at > _cutoff(scope),
            scope.among(Contact.account_id, [one.account_id for one in gone]),
        )
        .subquery()
    )
    rows = scope.session.execute(select(latest).where(latest.c.nth == 1))
    zone = scope.zone(None)
    return {
        (account_id, ""): f"{name} logged in on {short_day(at.astimezone(zone))}."
        for account_id, name, at, _ in rows
    }


DETECTOR = Detector("inactive", find, because, enrich)
