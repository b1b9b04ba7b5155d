"""One person takes over all accounts of another, with what waits for them there."""

from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from hashlib import blake2s
from typing import Any
from uuid import uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.accounts.service import check_owner
from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.alerts.service import touched
from csbot.churn.queries import CHURNED
from csbot.errors import Refused, all_at_once, tried
from csbot.outbox.queue import Outgoing, enqueue_many
from csbot.settings import Settings
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.home_handover import NAMES_MAX, AccountsGivenAway, AccountsTakenOver, Moving
from messages.message import Message
from messages.text import Money


@dataclass(frozen=True)
class Lot:
    """Accounts, the largest first; alert and task ids by account, and whose each alert was."""

    accounts: Sequence[Any]
    alerts: dict[int, dict[str, int | None]]
    tasks: dict[int, list[int]]

    @property
    def moving(self) -> Moving:
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        customers = [one for one in self.accounts if one.lifecycle_stage != CHURNED]
        for one in customers:
            sums[one.currency] += one.arr or 0
        return Moving(
            accounts=len(self.accounts),
            left=len(self.accounts) - len(customers),
            arr=tuple(Money(amount, currency) for currency, amount in sums.items() if amount),
            names=tuple(one.name for one in self.accounts[:NAMES_MAX]),
            alerts=sum(map(len, self.alerts.values())),
            tasks=sum(map(len, self.tasks.values())),
        )

    @property
    def seen(self) -> str:
        """Another lot has another one."""
        ids = repr((
            sorted(one.id for one in self.accounts),
            sorted(id for alerts in self.alerts.values() for id in alerts),
            sorted(id for tasks in self.tasks.values() for id in tasks),
        ))  # fmt: skip
        return blake2s(ids.encode(), digest_size=6).hexdigest()


@all_at_once
def preview(
    session: Session, *, former: TeamMember, to: TeamMember, by: TeamMember
) -> Generator[Refused, None, Lot]:
    """What would move; Refused where nothing can."""
    yield from tried(partial(_check, former, to, by))
    return _of(session, former)


def take_over(
    session: Session,
    *,
    former: TeamMember,
    to: TeamMember,
    seen: str,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    why: str | None = None,
) -> Lot:
    """All that was seen moves, in one act; the new owner and the former one hear of it once."""
    _check(former, to, by)
    held = select(Account.id).where(Account.owner_id == former.id).order_by(Account.id)
    session.execute(held.with_for_update())  # nothing joins or leaves between look and change
    lot = _of(session, former)
    if lot.seen != seen:
        raise Refused("Something has changed since the preview. Look at it once more.")
    _move(session, lot, to=to, now=now)
    audit.record_all(session, _entries(lot, former=former, to=to, by=by, now=now, why=why))
    _tell(session, lot, former=former, to=to, by=by, now=now, why=why)
    ids = [one.id for one in lot.accounts]
    touched(session, account_ids=ids, settings=settings, now=now, by=by)
    return lot


def _check(former: TeamMember, to: TeamMember, by: TeamMember) -> None:
    require(by, May.ASSIGN_ANY)
    check_owner(to)
    if former.id == to.id:
        raise Refused("That is the same person. Choose somebody else.", field="person")


def _of(session: Session, former: TeamMember) -> Lot:
    mine = Account.owner_id == former.id
    accounts = session.execute(
        select(Account.id, Account.name, Account.arr, Account.currency, Account.lifecycle_stage)
        .where(mine)
        .order_by(Account.arr.is_(None), Account.arr.desc(), Account.name, Account.id)
    ).all()
    if not accounts:
        raise Refused(f"{former.name} owns no accounts.", field="former")
    alerts: defaultdict[int, dict[str, int | None]] = defaultdict(dict)
    theirs = Alert.closed_at.is_(None), or_(Alert.owner_id.is_(None), Alert.owner_id == former.id)
    open_alerts = select(Alert.id, Alert.account_id, Alert.owner_id).where(*theirs)
    for id, account_id, owner_id in session.execute(
        open_alerts.join(Account, Account.id == Alert.account_id).where(mine)
    ):
        alerts[account_id][str(id)] = owner_id
    tasks: defaultdict[int, list[int]] = defaultdict(list)
    open_tasks = select(Task.id, Task.account_id).where(
        Task.done_at.is_(None), Task.assignee_id == former.id
    )
    for id, account_id in session.execute(
        open_tasks.join(Account, Account.id == Task.account_id).where(mine).order_by(Task.id)
    ):
        tasks[account_id].append(id)
    return Lot(accounts, dict(alerts), dict(tasks))


def _move(session: Session, lot: Lot, *, to: TeamMember, now: datetime) -> None:
    accounts = [one.id for one in lot.accounts]
    alerts = [int(id) for found in lot.alerts.values() for id in found]
    tasks = [id for found in lot.tasks.values() for id in found]
    moves = (
        (Account, accounts, {"owner_id": to.id, "updated_at": now}),
        (Alert, alerts, {"owner_id": to.id}),
        (Task, tasks, {"assignee_id": to.id}),
    )
    for table, ids, values in moves:
        change = update(table).where(among(session, table.id, ids)).values(**values)
        session.execute(change.execution_options(synchronize_session=False))
    session.expire_all()


def _entries(
    lot: Lot, *, former: TeamMember, to: TeamMember, by: TeamMember, now: datetime, why: str | None
) -> list[dict[str, Any]]:
    """One for each account, as if each had been assigned, so that each says it in its timeline."""
    owner = {"owner": former.email, "name": former.name}
    return [
        audit.entry(
            verb="account.assigned", subject=f"account:{one.id}", account=one.id, by=by.id, now=now,
            before=owner
            | {"alerts": lot.alerts.get(one.id, {}), "tasks": lot.tasks.get(one.id, [])},
            after={"owner": to.email, "name": to.name}, why=why,
        )
        for one in lot.accounts
    ]  # fmt: skip


def _tell(
    session: Session, lot: Lot, *, former: TeamMember, to: TeamMember, by: TeamMember,
    now: datetime, why: str | None,
) -> None:  # fmt: skip
    """Nobody hears of their own act."""
    change, moving = uuid4().hex, lot.moving
    news: list[tuple[TeamMember, Message]] = [
        (to, AccountsTakenOver(by=person(by), former=person(former), moving=moving, why=why)),
        (former, given_away(lot, former=former, to=to, by=by, why=why)),
    ]
    out = [
        Outgoing(message, one.slack_id, f"taken-over:{change}:{one.id}")
        for one, message in news
        if one.id != by.id and one.active and one.slack_id
    ]
    enqueue_many(session, out, now=now)


def given_away(
    lot: Lot, *, former: TeamMember, to: TeamMember, by: TeamMember, why: str | None
) -> AccountsGivenAway:
    return AccountsGivenAway(
        by=person(by), former=person(former), to=person(to), moving=lot.moving, why=why
    )
