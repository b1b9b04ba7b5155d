"""What becomes of an account on the day that it leaves, and the way back. In batches."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Select, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from csbot import audit
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.churn.model import Churn
from csbot.churn.queries import CHURNED
from csbot.onboarding.model import StageSpell
from csbot.payments.booking import CHURN as SOURCE
from csbot.payments.booking import fields_of
from csbot.playbooks import runs, store
from csbot.playbooks.model import PlaybookRun
from csbot.revenue import Revenue
from csbot.settings import Settings
from csbot.tasks.cancelling import cancel
from csbot.tasks.model import Task
from csbot.touches.model import Touch
from csbot.touches.recipients import about_churn
from messages.churn import Closed

SLICE = 500
BECAUSE = "The customer has left."
UNSENT = ("draft", "approved", "queued")
NOTHING, CENT = Decimal(0), Decimal("0.01")


def apply_due(sessions: sessionmaker[Session], *, settings: Settings, now: datetime) -> int:
    """Let everybody go whose day has come by csbot's own calendar; returns how many."""
    total = 0
    while True:
        with sessions.begin() as session:
            scope = Scope.load(session, settings, now)
            made = apply(scope, _due(scope))
        total += len(made)
        if len(made) < SLICE:
            return total


def _due(scope: Scope) -> list[Churn]:
    """Under the locks of their accounts, first of all: as everybody else takes them."""
    session = scope.session
    waiting = (
        select(Churn)
        .where(
            Churn.effective_on <= scope.today(),
            Churn.applied_at.is_(None),
            Churn.withdrawn_at.is_(None),
        )
        .order_by(Churn.account_id)
        .limit(SLICE)
    )
    ids = [churn.account_id for churn in session.scalars(waiting)]
    theirs = select(Account.id).where(among(session, Account.id, ids)).order_by(Account.id)
    session.execute(theirs.with_for_update()).all()
    fresh = waiting.where(among(session, Churn.account_id, ids))
    return list(session.scalars(fresh.execution_options(populate_existing=True)))


def apply(scope: Scope, churns: Sequence[Churn]) -> dict[int, Closed]:
    """The accounts, which are locked, are churned now; what was open on them is closed.

    What was added after the churn was recorded stays: it was meant for afterwards.
    """
    if not churns:
        return {}
    session, ids = scope.session, [churn.account_id for churn in churns]
    accounts = _accounts(session, ids)
    tasks, spells = _cancel_tasks(scope, churns), _end_spells(scope, ids)
    stopped, unsent = _stop_playbooks(scope, ids)
    revenue = _book(session, accounts, churns)
    closed = {}
    for churn in churns:
        account = accounts[churn.account_id]
        booked = account.id in revenue
        before = _facts(account) | {"revenue": revenue.get(account.id)}
        _leave(account, churn, scope.now, booked=booked)
        done = {"tasks": tasks[account.id], "spells": spells[account.id], "churn_id": churn.id}
        _record(session, account, before, _facts(account) | done, scope.now)
        closed[account.id] = Closed(
            tasks=len(tasks[account.id]),
            playbooks=stopped[account.id],
            touches=unsent[account.id],
            onboarding=before["onboarding_stage"] is not None,
        )
    session.flush()
    return closed


def _accounts(session: Session, ids: Collection[int]) -> dict[int, Account]:
    fresh = select(Account).where(among(session, Account.id, ids))
    found = session.scalars(fresh.execution_options(populate_existing=True))
    return {account.id: account for account in found}


def _leave(account: Account, churn: Churn, now: datetime, *, booked: bool) -> None:
    """What billing says of an account's revenue is left to billing."""
    churn.applied_at = account.updated_at = now
    account.lifecycle_stage = CHURNED
    account.onboarding_stage = account.onboarding_stage_since = None
    if booked and account.arr is not None:
        account.arr = NOTHING


def _facts(account: Account) -> dict[str, Any]:
    since = account.onboarding_stage_since
    return {
        "lifecycle_stage": account.lifecycle_stage,
        "onboarding_stage": account.onboarding_stage,
        "onboarding_stage_since": since.isoformat() if since else None,
        "arr": None if account.arr is None else str(account.arr),
    }


def _record(
    session: Session,
    account: Account,
    before: dict[str, Any],
    after: dict[str, Any],
    now: datetime,
) -> None:
    audit.record(
        session,
        verb="churn.applied",
        subject=f"account:{account.id}",
        account=account.id,
        by=None,
        now=now,
        before=before,
        after=after,
    )


def _cancel_tasks(scope: Scope, churns: Iterable[Churn]) -> Mapping[int, list[int]]:
    session, found = scope.session, defaultdict[int, list[int]](list)
    known = exists().where(
        among(session, Churn.id, [churn.id for churn in churns]),
        Churn.account_id == Task.account_id,
        Task.created_at < Churn.at,
    )
    for row in cancel(session, known, because=BECAUSE, now=scope.now):
        found[row.account_id].append(row.id)
    return found


def _end_spells(scope: Scope, ids: Collection[int]) -> Mapping[int, list[int]]:
    found = defaultdict[int, list[int]](list)
    gone = scope.session.execute(
        update(StageSpell)
        .where(among(scope.session, StageSpell.account_id, ids), StageSpell.ended_at.is_(None))
        .values(ended_at=scope.now)
        .returning(StageSpell.id, StageSpell.account_id)
    )
    for id, account_id in gone.all():
        found[account_id].append(id)
    return found


def _stop_playbooks(scope: Scope, ids: Collection[int]) -> tuple[Counter[int], Counter[int]]:
    """Those that are not about leaving; how many by account, and messages that stay unsent."""
    session = scope.session
    unsent = select(Touch.run_id).where(Touch.state.in_(UNSENT))
    going = PlaybookRun.state.in_(runs.GOING)
    found = session.execute(
        select(PlaybookRun.id, PlaybookRun.account_id, PlaybookRun.version_id, going).where(
            among(session, PlaybookRun.account_id, ids), or_(going, PlaybookRun.id.in_(unsent))
        )
    ).all()
    said = store.definitions(session, sorted({row.version_id for row in found}))
    about = {id for id, definition in said.items() if about_churn(definition)}
    over = [row for row in found if row.version_id not in about]
    ended = [row.id for row in over]
    waiting = Counter({id: count for id, count in session.execute(_unsent(session, ended))})
    runs.end(scope, ended, state="stopped", because=BECAUSE)
    return Counter(row.account_id for row in over if row[3]), waiting


def _unsent(session: Session, run_ids: Collection[int]) -> Select[int, int]:
    theirs = among(session, Touch.run_id, run_ids), Touch.state.in_(UNSENT)
    return select(Touch.account_id, func.count()).where(*theirs).group_by(Touch.account_id)


def _book(
    session: Session, accounts: Mapping[int, Account], churns: Iterable[Churn]
) -> dict[int, list[dict[str, Any]]]:
    """Nothing comes in from that day on; returns what stood there, of whom was booked."""
    told = fields_of(session, accounts)
    held = _held(session, accounts)
    booked: dict[int, list[dict[str, Any]]] = {}
    new: list[dict[str, Any]] = []
    for churn in churns:
        if churn.account_id in told:
            continue
        known = held.get(churn.account_id, [])
        there = [row for row in known if row.effective_on >= churn.effective_on]
        booked[churn.account_id] = [_said(row) for row in there]
        for row in there:
            row.mrr, row.source = NOTHING, SOURCE
        if churn.effective_on not in {row.effective_on for row in there}:
            new.append(_row(churn, churn.effective_on, NOTHING))
        new += _before(accounts[churn.account_id], churn, known)
    if new:
        session.execute(insert(Revenue), new)
    return booked


def _held(session: Session, ids: Collection[int]) -> dict[int, list[Revenue]]:
    found: dict[int, list[Revenue]] = {}
    for row in session.scalars(select(Revenue).where(among(session, Revenue.account_id, ids))):
        found.setdefault(row.account_id, []).append(row)
    return found


def _before(account: Account, churn: Churn, known: Iterable[Revenue]) -> list[dict[str, Any]]:
    """What the ledger never heard of cannot be lost in it: then it brought the ARR until now."""
    since = (account.customer_since or account.created_at).date()
    if not churn.arr or since >= churn.effective_on:
        return []
    if any(row.effective_on < churn.effective_on for row in known):
        return []
    return [_row(churn, since, (churn.arr / 12).quantize(CENT, ROUND_HALF_UP))]


def _row(churn: Churn, day: date, mrr: Decimal) -> dict[str, Any]:
    return {
        "account_id": churn.account_id,
        "effective_on": day,
        "mrr": mrr,
        "currency": churn.currency,
        "source": SOURCE,
    }


def _said(row: Revenue) -> dict[str, Any]:
    return {
        "effective_on": row.effective_on.isoformat(),
        "mrr": str(row.mrr),
        "currency": row.currency,
        "source": row.source,
    }
