"""Accounts that nobody looks after."""

from collections.abc import Iterator

from sqlalchemy import and_, select

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Finding, Gone, Reasons, seen
from csbot.alerts.scope import Scope
from csbot.team.model import TeamMember


def find(scope: Scope) -> Iterator[Finding]:
    """Without an owner, or with one who has left."""
    rows = scope.session.execute(
        select(Account.id, Account.arr, Account.health, Account.updated_at)
        .outerjoin(TeamMember, and_(TeamMember.id == Account.owner_id, TeamMember.active))
        .where(
            TeamMember.id.is_(None),
            Account.lifecycle_stage != "churned",
            scope.within(Account.id),
        )
    )
    today = scope.today()
    for id, arr, health, updated_at in rows:
        severity = rules.SOON if rules.is_high(arr, scope.limits) else rules.INFO
        level = rules.RANK[severity]
        yield Finding(
            id, "", severity, updated_at, {}, None, level, seen(level, None, arr, health, today)
        )


def because(scope: Scope, gone: list[Gone]) -> Reasons:
    rows = scope.session.execute(
        select(Account.id, Account.owner_id).where(
            scope.among(Account.id, [one.account_id for one in gone]),
            Account.owner_id.is_not(None),
        )
    )
    return {(id, ""): f"{scope.clock_of(owner_id).name} owns it now." for id, owner_id in rows}


DETECTOR = Detector("unowned", find, because)
