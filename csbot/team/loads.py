"""What each of these people carries: as many questions however many they are."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.accounts.held import held
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.waiting import waiting
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from messages.home_parts import Load


def loads_of(
    session: Session, people: Sequence[TeamMember], *, today: date, now: datetime
) -> list[Load]:
    """In the order of `people`; `today` is the reader's, by which a task is overdue."""
    ids = [one.id for one in people]
    mine, alerts = held(session, ids), waiting(session, ids, now=now)
    overdue = _overdue(session, ids, today)
    return [
        Load(
            member_id=one.id, name=one.name, accounts=mine[one.id].count,
            arr=mine[one.id].arr, alerts=alerts[one.id], overdue=overdue[one.id],
        )
        for one in people
    ]  # fmt: skip


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
