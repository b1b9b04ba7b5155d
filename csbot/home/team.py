"""What managers see of their team: who carries what, what is late, what nobody owns."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from csbot.access import May
from csbot.accounts.model import Account
from csbot.accounts.service import may_own
from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.churn.queries import CHURNED
from csbot.home.portfolio import due_by
from csbot.home.sight import Sight
from csbot.onboarding import listed
from csbot.onboarding.filters import Filters
from csbot.onboarding.stages import find
from csbot.renewals.model import Renewal
from csbot.renewals.rules import LABELS, Category
from csbot.tasks.model import Task
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
    """Their reports; for whoever has none, everybody who may own accounts."""
    here = [one for one in sight.scope.team.values() if sight.scope.person(one.id)]
    reports = [one for one in here if one.manager_id == sight.person.id]
    return reports or [one for one in here if may_own(one)]


def _loads(sight: Sight) -> list[Load]:
    """The most open alerts first."""
    found = people(sight)
    ids = [one.id for one in found]
    accounts, arr = _accounts(sight, ids)
    alerts, overdue = _alerts(sight, ids), _overdue(sight, ids)
    loads = [
        Load(
            member_id=one.id, name=one.name, accounts=accounts[one.id],
            arr=tuple(arr[one.id]), alerts=alerts[one.id], overdue=overdue[one.id],
        )
        for one in found
    ]  # fmt: skip
    return sorted(loads, key=lambda one: (-one.alerts, -one.overdue, -one.accounts, one.name))


def _accounts(
    sight: Sight, ids: Collection[int]
) -> tuple[Counter[int | None], defaultdict[int | None, list[Money]]]:
    rows = sight.session.execute(
        select(Account.owner_id, Account.currency, func.count(), func.sum(Account.arr))
        .where(among(sight.session, Account.owner_id, ids))
        .group_by(Account.owner_id, Account.currency)
        .order_by(func.count().desc(), Account.currency)
    )
    count, arr = Counter[int | None](), defaultdict[int | None, list[Money]](list)
    for owner, currency, accounts, amount in rows:
        count[owner] += accounts
        if amount:
            arr[owner].append(Money(Decimal(amount), currency))
    return count, arr


def _alerts(sight: Sight, ids: Collection[int]) -> Counter[int | None]:
    rows = sight.session.execute(
        select(Alert.owner_id, func.count())
        .where(Alert.closed_at.is_(None), among(sight.session, Alert.owner_id, ids))
        .group_by(Alert.owner_id)
    )
    return Counter({owner: count for owner, count in rows})


def _overdue(sight: Sight, ids: Collection[int]) -> Counter[int]:
    """By the manager's date; what nobody was given is the account owner's."""
    who = func.coalesce(Task.assignee_id, Account.owner_id)
    rows = sight.session.execute(
        select(who, func.count())
        .select_from(Task)
        .join(Account, Account.id == Task.account_id)
        .where(Task.done_at.is_(None), Task.due_on < sight.today, among(sight.session, who, ids))
        .group_by(who)
    )
    return Counter({owner: count for owner, count in rows})


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
    query = select(Account, func.count().over()).where(
        Account.owner_id.is_(None), Account.lifecycle_stage != CHURNED
    )
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
