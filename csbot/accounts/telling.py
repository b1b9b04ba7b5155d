"""Who is told that an account has another owner."""

from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.away.cover import Cover
from csbot.outbox.queue import enqueue
from csbot.renewals.model import Renewal
from csbot.team.model import TeamMember
from csbot.team.queries import person
from csbot.team.rules import local_date
from messages.handover import AccountAssigned, AccountHandedOver
from messages.text import Money


def tell(
    session: Session,
    account: Account,
    *,
    to: TeamMember,
    former: TeamMember | None,
    by: TeamMember,
    now: datetime,
    why: str | None,
    note: str | None = None,
) -> None:
    """The new owner and the former one once each, but nobody of their own act, and nobody away."""
    change, away = uuid4().hex, Cover.load(session, now).away
    if to.id != by.id and to.slack_id and to.id not in away:
        today = local_date(to, now)
        news = _assigned(session, account, by=by, former=former, today=today, why=why, note=note)
        enqueue(session, news, to=to.slack_id, key=f"assigned:{change}:{to.id}", now=now)
    there = former and former.active and former.id not in away
    if former and there and former.id != by.id and former.slack_id:
        left = AccountHandedOver(
            account_id=account.id, account=account.name, by=person(by), to=person(to), why=why
        )
        enqueue(session, left, to=former.slack_id, key=f"assigned:{change}:{former.id}", now=now)


def _assigned(
    session: Session,
    account: Account,
    *,
    by: TeamMember,
    former: TeamMember | None,
    today: date,
    why: str | None,
    note: str | None,
) -> AccountAssigned:
    alerts = select(func.count()).where(Alert.account_id == account.id, Alert.closed_at.is_(None))
    step = (
        select(Renewal.next_step)
        .where(Renewal.account_id == account.id, Renewal.status == "open")
        .order_by(Renewal.due_on)
        .limit(1)
    )
    return AccountAssigned(
        account_id=account.id,
        account=account.name,
        by=person(by),
        former=person(former) if former else None,
        arr=Money(account.arr, account.currency) if account.arr is not None else None,
        renews_on=account.renewal_on,
        days_left=(account.renewal_on - today).days if account.renewal_on else None,
        health=account.health,
        alerts=session.scalar(alerts) or 0,
        next_step=session.scalar(step),
        why=why,
        note=note,
    )
