"""What managers see of their team: who carries what, what is late, what nobody owns."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from csbot.access import May
from csbot.accounts.model import Account
from csbot.accounts.service import may_own
from csbot.churn.queries import CUSTOMER
from csbot.home.portfolio import due_by
from csbot.home.sight import Sight
from csbot.onboarding import listed
from csbot.onboarding.filters import Filters
from csbot.onboarding.stages import find
from csbot.renewals.model import Renewal
from csbot.renewals.rules import LABELS, Category
from csbot.team.loads import loads_of
from csbot.team.model import TeamMember
from messages.home_parts import DueIn, Late, Load, TeamPart, Unowned
from messages.text import Money

PEOPLE_MAX, LATE_MAX, UNOWNED_MAX = 10, 5, 5


def team(sight: Sight) -> dict[str, Any]:
    """None of it for whoever may not see the team's digest."""
    if not sight.may(May.SEE_TEAM_DIGEST):
        return {"team": None}
    loads = _loads(sight)
    late, late_count = _late(sight)
    unowned, unowned_count = _unowned(sight)
    made = TeamPart(
        people=tuple(loads[:PEOPLE_MAX]),
        people_count=len(loads),
        due=_due(sight) if sight.may(May.SEE_RENEWALS) else None,
        late=late,
        late_count=late_count,
        unowned=unowned,
        unowned_count=unowned_count,
    )
    return {"team": made, "hands_over": sight.may(May.ASSIGN_ANY)}


def people(sight: Sight) -> list[TeamMember]:
    """Their reports; for whoever has none, everybody who may own accounts, or once might."""
    team = list(sight.scope.team.values())
    reports = [one for one in team if one.manager_id == sight.person.id]
    return reports or [one for one in team if may_own(one) or not _here(sight, one)]


def _here(sight: Sight, member: TeamMember) -> bool:
    return sight.scope.person(member.id) is not None


def _loads(sight: Sight) -> list[Load]:
    """Whom the most alerts need first; of those who have left only who still owns accounts."""
    found = loads_of(sight.session, people(sight), today=sight.today, now=sight.now)
    gone = {one.id for one in sight.scope.team.values() if not _here(sight, one)}
    loads = [
        replace(one, left=one.member_id in gone)
        for one in found
        if one.accounts or one.member_id not in gone
    ]
    return sorted(loads, key=lambda one: (-one.alerts.total, -one.overdue, -one.accounts, one.name))


def _due(sight: Sight) -> tuple[DueIn, ...]:
    """Of all accounts, within 90 days or overdue, the surest first."""
    rows = sight.session.execute(
        select(Renewal.category, Renewal.currency, func.count(), func.sum(Renewal.amount_due))
        .where(*due_by(sight.today))
        .group_by(Renewal.category, Renewal.currency)
        .order_by(func.count().desc(), Renewal.currency)
    ).all()
    made = []
    for category in Category:
        mine = [row for row in rows if row[0] == category]
        if mine:
            due = tuple(Money(Decimal(amount), currency) for _, currency, _, amount in mine)
            count = sum(row[2] for row in mine)
            made.append(DueIn(category=LABELS[category], count=count, due=due))
    return tuple(made)


def _late(sight: Sight) -> tuple[tuple[Late, ...], int]:
    """Onboarding stages that take longer than they should, the longest first."""
    chosen = Filters(late=True, everybody=True)
    counted = listed.counted(sight.session, chosen, names=(), now=sight.now)
    rows = listed.page(sight.session, chosen, names=(), size=LATE_MAX, now=sight.now)
    shown = [
        Late(
            account_id=row.account_id, account=row.account, stage=stage.name, owner=row.owner,
            days=_days(listed.due_at(row.since, stage), sight.now),
        )
        for row in rows
        if (stage := find(row.process, row.stage))
    ]  # fmt: skip
    return tuple(shown), sum(one.late for one in counted)


def _days(due_at: datetime, now: datetime) -> int:
    return max(1, (now - due_at).days)


def _unowned(sight: Sight) -> tuple[tuple[Unowned, ...], int]:
    """Customers without anybody, the largest first."""
    query = select(Account, func.count().over()).where(Account.owner_id.is_(None), CUSTOMER)
    largest = query.order_by(func.coalesce(Account.arr, 0).desc(), Account.id).limit(UNOWNED_MAX)
    rows = sight.session.execute(largest).all()
    shown = [
        Unowned(
            account_id=one.id,
            account=one.name,
            arr=None if one.arr is None else Money(one.arr, one.currency),
        )
        for one, _ in rows
    ]
    return tuple(shown), rows[0][1] if rows else 0
