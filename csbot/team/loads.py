"""What each of these people carries: three questions however many they are."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from messages.home_parts import Load
from messages.text import Money


def loads_of(session: Session, people: Sequence[TeamMember], *, today: date) -> list[Load]:
    """In the order of `people`; `today` is the reader's, by which a task is overdue."""
    ids = [one.id for one in people]
    accounts, arr = _accounts(session, ids)
    alerts, overdue = _alerts(session, ids), _overdue(session, ids, today)
    return [
        Load(
            member_id=one.id, name=one.name, accounts=accounts[one.id],
            arr=tuple(arr[one.id]), alerts=alerts[one.id], overdue=overdue[one.id],
        )
        for one in people
    ]  # fmt: skip


def _accounts(
    session: Session, ids: Collection[int]
) -> tuple[Counter[int | None], defaultdict[int | None, list[Money]]]:
    rows = session.execute(
        select(Account.owner_id, Account.currency, func.count(), func.sum(Account.arr))
        .where(among(session, Account.owner_id, ids))
        .group_by(Account.owner_id, Account.currency)
        .order_by(func.count().desc(), Account.currency)
    )
    count, arr = Counter[int | None](), defaultdict[int | None, list[Money]](list)
    for owner, currency, accounts, amount in rows:
        count[owner] += accounts
        if amount:
            arr[owner].append(Money(Decimal(amount), currency))
    return count, arr


def _alerts(session: Session, ids: Collection[int]) -> Counter[int | None]:
    rows = session.execute(
        select(Alert.owner_id, func.count())
        .where(Alert.closed_at.is_(None), among(session, Alert.owner_id, ids))
        .group_by(Alert.owner_id)
    )
    return Counter({owner: count for owner, count in rows})


def _overdue(session: Session, ids: Collection[int], today: date) -> Counter[int]:
    """By the reader's date; what nobody was given is the account owner's."""
    who = func.coalesce(Task.assignee_id, Account.owner_id)
    rows = session.execute(
        select(who, func.count())
        .select_from(Task)
        .join(Account, Account.id == Task.account_id)
        .where(Task.done_at.is_(None), Task.due_on < today, among(session, who, ids))
        .group_by(who)
    )
    return Counter({owner: count for owner, count in rows})
