"""Accounts that nobody looks after."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, select

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Ending, Endings, Finding, Gone, seen
from csbot.alerts.scope import Scope
from csbot.team.model import TeamMember


def find(scope: Scope) -> Iterator[Finding]:
    rows = scope.session.execute(unowned(scope))
    today = scope.today()
    for id, arr, health, updated_at in rows:
        severity = rules.SOON if rules.is_high(arr, scope.limits) else rules.INFO
        level = rules.RANK[severity]
        yield Finding(
            id, "", severity, updated_at, {}, None, level, seen(level, None, arr, health, today)
        )


def unowned(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Without an owner, or with one who has left."""
    return scope.narrow(_unowned(), Account.id)


@cache
def _unowned() -> Select[*tuple[Any, ...]]:
    return (
        select(Account.id, Account.arr, Account.health, Account.updated_at)
        .outerjoin(TeamMember, and_(TeamMember.id == Account.owner_id, TeamMember.active))
        .where(TeamMember.id.is_(None), Account.lifecycle_stage != "churned")
    )


def because(scope: Scope, gone: list[Gone]) -> Endings:
    """Who owns it now."""
    alerts = {one.account_id: one.id for one in gone}
    rows = scope.session.execute(
        select(Account.id, TeamMember.name)
        .join(TeamMember, and_(TeamMember.id == Account.owner_id, TeamMember.active))
        .where(scope.among(Account.id, alerts))
    )
    return {alerts[id]: Ending("owned", f"{name} owns it now.") for id, name in rows}


DETECTOR = Detector(
    "unowned", "account.unowned", find, because, customers_only=True,
    parameters={"high_arr": "high_arr"},
)  # fmt: skip
