"""They stay after all: what a churn changed is put back, as its record says it was."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.alerts.service import settle
from csbot.audit import AuditEntry
from csbot.churn import queries
from csbot.churn.model import Churn
from csbot.churn.queries import CHURNED
from csbot.errors import Refused
from csbot.find import account_by_id, by_id
from csbot.onboarding.model import StageSpell
from csbot.onboarding.rules import AFTER_ONBOARDING
from csbot.payments.booking import CHURN as SOURCE
from csbot.playbooks import retracting, runs
from csbot.playbooks.model import PlaybookRun, PlaybookVersion
from csbot.renewals import closing
from csbot.renewals.model import Renewal
from csbot.renewals.sync import STALE_AFTER, sync
from csbot.revenue import Revenue
from csbot.settings import Settings
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.rules import local_date

BECAUSE = "They stay after all."
MISSING = "I know no such churn any more. `/cs churn` shows who left."


@dataclass(frozen=True)
class Stayed:
    """`lifecycle` is where the account is again, if it had left; `already` who took it back."""

    churn: Churn
    account: Account
    lifecycle: str | None = None
    renewal_on: date | None = None
    tasks: int = 0
    already: bool = False
    by: TeamMember | None = None


def withdraw(
    session: Session, *, churn_id: int, by: TeamMember, now: datetime, settings: Settings
) -> Stayed:
    """Take a churn back; playbooks and messages that it stopped stay stopped."""
    require(by, May.CHURN)
    account = account_by_id(session, by_id(session, Churn, churn_id, missing=MISSING).account_id,
                            lock=True)  # fmt: skip
    churn = by_id(session, Churn, churn_id, missing=MISSING, lock=True)
    if churn.withdrawn_at is not None:
        return Stayed(churn, account, already=True, by=_who(session, churn))
    if churn.applied_at is not None:
        _check_stands(session, churn, account)
    before = {"lifecycle_stage": account.lifecycle_stage}
    was = _applied(session, churn)
    tasks = _reopen(session, account, was, now) if was else 0
    churn.withdrawn_at = account.updated_at = now
    session.flush()
    renewal_on = _renewal(session, churn, local_date(by, now), now)
    _record(session, churn, account, before, by, now)
    _end_playbooks(Scope.load(session, settings, now, [account.id], by.id), churn)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    stage = account.lifecycle_stage if was else None
    return Stayed(churn, account, stage, renewal_on, tasks, by=by)


def _check_stands(session: Session, churn: Churn, account: Account) -> None:
    """An old card may be of a time before they came back."""
    standing = queries.of_account(session, account.id)
    if standing is None:
        raise Refused(f"{account.name} left and is a customer again: there is nothing to undo.")
    if standing.id != churn.id:
        raise Refused(
            f"{account.name} came back after this, and has left anew. `/cs churn {account.name}` "
            "shows that, with *They Stay*. Nothing was changed."
        )


def _end_playbooks(scope: Scope, churn: Churn) -> None:
    """Those that began with it, and what they gave to do; what they told stays told."""
    trigger = PlaybookVersion.definition["trigger"]
    begun = scope.session.scalars(
        select(PlaybookRun.id)
        .join(PlaybookVersion, PlaybookVersion.id == PlaybookRun.version_id)
        .where(
            PlaybookRun.account_id == churn.account_id,
            PlaybookRun.subject == str(churn.id),
            or_(
                trigger["event"].as_string() == "churn.recorded",
                trigger["detector"].as_string() == "churn.win_back",
            ),
        )
    ).all()
    runs.end(scope, begun, state="exited", because=BECAUSE)
    retracting.cancel_tasks(scope, begun, BECAUSE)


def _who(session: Session, churn: Churn) -> TeamMember | None:
    return session.scalar(
        select(TeamMember)
        .join(AuditEntry, AuditEntry.by_id == TeamMember.id)
        .where(
            AuditEntry.account_id == churn.account_id,
            AuditEntry.verb == "churn.withdrawn",
            AuditEntry.at == churn.withdrawn_at,
        )
        .limit(1)
    )


def _applied(session: Session, churn: Churn) -> AuditEntry | None:
    """The record of what became of the account on the day."""
    if churn.applied_at is None:
        return None
    return session.scalar(
        select(AuditEntry)
        .where(AuditEntry.account_id == churn.account_id, AuditEntry.verb == "churn.applied")
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def _reopen(session: Session, account: Account, was: AuditEntry, now: datetime) -> int:
    """What nobody has changed since; returns how many tasks are open again."""
    before, after = was.before or {}, was.after or {}
    since = before.get("onboarding_stage_since")
    stage = before["lifecycle_stage"]  # churned, where that was known before its reason
    account.lifecycle_stage = AFTER_ONBOARDING if stage == CHURNED else stage
    account.onboarding_stage = before["onboarding_stage"]
    account.onboarding_stage_since = datetime.fromisoformat(since) if since else None
    if account.arr == 0 and before["arr"] is not None:
        account.arr = Decimal(before["arr"])
    _unbook(session, account, before["revenue"], session.get_one(Churn, after["churn_id"]))
    spells, tasks = after.get("spells") or [], after.get("tasks") or []
    session.execute(
        update(StageSpell).where(among(session, StageSpell.id, spells)).values(ended_at=None)
    )
    session.execute(update(Task).where(among(session, Task.id, tasks)).values(done_at=None))
    return len(tasks)


def _unbook(
    session: Session, account: Account, former: list[dict[str, Any]] | None, churn: Churn
) -> None:
    """A day of which somebody has said something else since keeps that."""
    mine = Revenue.account_id == account.id, Revenue.effective_on >= churn.effective_on
    session.execute(delete(Revenue).where(*mine, Revenue.source == SOURCE))
    told = {day.isoformat() for day in session.scalars(select(Revenue.effective_on).where(*mine))}
    session.add_all(
        Revenue(
            account_id=account.id, effective_on=date.fromisoformat(row["effective_on"]),
            mrr=Decimal(row["mrr"]), currency=row["currency"], source=row["source"],
        )
        for row in former or ()
        if row["effective_on"] not in told
    )  # fmt: skip


def _renewal(session: Session, churn: Churn, today: date, now: datetime) -> date | None:
    """The one that was lost with it, unless its date is long past; not one of an earlier churn."""
    mine = Renewal.account_id == churn.account_id
    lost = session.scalar(
        select(Renewal)
        .where(mine, Renewal.status == "lost", Renewal.closed_at == churn.at)
        .where(Renewal.due_on >= today - STALE_AFTER)
        .with_for_update()
    )
    if lost is None:
        sync(session, [churn.account_id], now)
        return None
    closing.reopen(session, lost, before={}, after={}, now=now)
    return session.scalar(select(Renewal.due_on).where(mine, Renewal.status == "open"))


def _record(
    session: Session,
    churn: Churn,
    account: Account,
    before: dict[str, Any],
    by: TeamMember,
    now: datetime,
) -> None:
    audit.record(
        session,
        verb="churn.withdrawn",
        subject=f"account:{account.id}",
        account=account.id,
        by=by.id,
        now=now,
        before=before | {"withdrawn_at": None},
        after={
            "churn_id": churn.id,
            "lifecycle_stage": account.lifecycle_stage,
            "withdrawn_at": now.isoformat(),
        },
    )
