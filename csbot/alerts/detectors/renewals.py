"""Renewals that come near without a plan."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Date, and_, func, select

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Finding, Gone, Reasons, seen
from csbot.alerts.scope import Scope
from csbot.renewals.model import Renewal
from csbot.team.model import TeamMember
from messages.text import clip, short_day


def find(scope: Scope) -> Iterator[Finding]:
    window = timedelta(days=scope.limits.renewal_window_days)
    today_in = scope.dates()
    rows = _rows(scope, window)
    for id, account_id, due_on, amount, currency, category, zone, arr, health, owner_id in rows:
        days = (due_on - today_in[zone]).days
        stake = rules.at_stake(arr, health, scope.limits)
        severity = rules.renewal(days=days, stake=stake)
        level = rules.RANK[severity]
        evidence = {
            "due_on": due_on.isoformat(),
            "days": days,
            "amount": [str(amount), currency],
            "category": category,
        }
        yield Finding(
            account_id,
            str(id),
            severity,
            scope.midnight(due_on - window, zone),
            evidence,
            owner_id,
            level,
            seen(level, owner_id, due_on, amount, category, arr, health, today_in[zone]),
        )


def _rows(scope: Scope, window: timedelta) -> Iterable[Any]:
    horizon, last = scope.by_zone(
        TeamMember.timezone, lambda name: scope.today(name) + window, Date()
    )
    return scope.session.execute(
        select(
            Renewal.id, Renewal.account_id, Renewal.due_on, Renewal.amount_due, Renewal.currency,
            Renewal.category, TeamMember.timezone, Account.arr, Account.health, Account.owner_id,
        )
        .join(Account, Account.id == Renewal.account_id)
        .outerjoin(TeamMember, and_(TeamMember.id == Account.owner_id, TeamMember.active))
        .where(
            Renewal.status == "open",
            Renewal.due_on <= last,
            Renewal.due_on <= horizon,
            func.trim(func.coalesce(Renewal.next_step, "")) == "",
            Account.lifecycle_stage != "churned",
            scope.within(Renewal.account_id),
        )
    )  # fmt: skip


def because(scope: Scope, gone: list[Gone]) -> Reasons:
    rows = scope.session.execute(
        select(
            Renewal.id, Renewal.account_id, Renewal.due_on, Renewal.status, Renewal.next_step
        ).where(scope.among(Renewal.id, [int(one.subject) for one in gone]))
    )
    reasons = {}
    for id, account_id, due_on, status, next_step in rows:
        reason = f"It is due on {short_day(due_on)} now."
        if status != "open":
            reason = f"It is {status.replace('_', ' ')}."
        elif next_step:
            reason = f"Next step: {clip(' '.join(next_step.split()), 150)}."
        reasons[account_id, str(id)] = reason
    return reasons


DETECTOR = Detector("renewal", find, because)
