"""What people do when a customer leaves: record it, and take it back when they stay after all."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.scope import Scope
from csbot.alerts.service import settle
from csbot.churn import queries, rules
from csbot.churn.applying import apply
from csbot.churn.model import Churn
from csbot.find import account_by_id
from csbot.renewals import closing
from csbot.renewals.model import Renewal
from csbot.revenue import Revenue
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.churn import Closed


@dataclass(frozen=True)
class Recorded:
    """`closed` is what ended with it; `again`: it stood already, and nothing was done now."""

    churn: Churn
    account: Account
    closed: Closed | None = None
    again: bool = False


def record(
    session: Session,
    *,
    account_id: int,
    type: str,
    evidence: str,
    notice_on: date,
    effective_on: date,
    avoidable: str,
    win_back_on: date | None,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> Recorded:
    """Keep why a customer leaves and when; close what is open, on their last day or at once.

    `avoidable` is yes, no or unknown. The renewal is lost at once: nobody negotiates it any more.
    """
    require(by, May.CHURN)
    account = account_by_id(session, account_id, lock=True)
    if known := queries.of_account(session, account.id):
        return Recorded(known, account, again=True)
    why, today = rules.read_type(type), local_date(by, now)
    evidence = evidence.strip()
    rules.check(
        type=why, evidence=evidence, notice_on=notice_on, effective_on=effective_on,
        win_back_on=win_back_on, today=today,
    )  # fmt: skip
    arr, currency = _lost(session, account)
    churn = Churn(
        account_id=account.id, type=why.value, evidence=evidence, notice_on=notice_on,
        effective_on=effective_on, avoidable=rules.read_avoidable(avoidable),
        win_back_on=win_back_on, arr=arr, currency=currency, by_id=by.id, at=now,
    )  # fmt: skip
    session.add(churn)
    session.flush()
    closed = _close(session, churn, account, by=by, now=now, settings=settings, today=today)
    _record(session, churn, account, by, now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return Recorded(churn, account, closed)


def _lost(session: Session, account: Account) -> tuple[Decimal | None, str]:
    """A year's revenue; where billing has set it to nothing already, what it was before that."""
    if account.arr:
        return account.arr, account.currency
    last = session.execute(
        select(Revenue.mrr, Revenue.currency)
        .where(Revenue.account_id == account.id, Revenue.mrr > 0)
        .order_by(Revenue.effective_on.desc())
        .limit(1)
    ).first()
    if last is None:
        return account.arr, account.currency
    return _told_by_billing(session, account, last.mrr) or last.mrr * 12, last.currency


def _told_by_billing(session: Session, account: Account, mrr: Decimal) -> Decimal | None:
    """To the cent what its record of changes says stood beside this month's revenue."""
    entry = audit.AuditEntry
    before = session.scalar(
        select(entry.before)
        .where(entry.account_id == account.id, entry.verb == "billing.mrr_changed")
        .order_by(entry.id.desc())
        .limit(1)
    )
    if not before or not before.get("arr") or Decimal(before["mrr"]) != mrr:
        return None
    return Decimal(before["arr"])


def _close(
    session: Session,
    churn: Churn,
    account: Account,
    *,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    today: date,
) -> Closed:
    lost = None
    why = f"{rules.LABELS[rules.Type(churn.type)]}: {churn.evidence}"
    for renewal in _not_closed(session, account):
        closing.lose(session, renewal, by=by, now=now, why=why)
        lost = renewal.due_on
    if churn.effective_on > today:
        return Closed(renewal_on=lost)
    scope = Scope.load(session, settings, now, [account.id], by.id)
    return replace(apply(scope, [churn])[account.id], renewal_on=lost)


def _not_closed(session: Session, account: Account) -> list[Renewal]:
    """The open one, or the one that ended as the account was marked as churned, with no reason."""
    wanted = Renewal.status == "open"
    if account.lifecycle_stage == queries.CHURNED:
        marked = and_(Renewal.status == "withdrawn", Renewal.due_on == account.renewal_on)
        wanted = or_(wanted, marked)
    query = select(Renewal).where(Renewal.account_id == account.id, wanted)
    return list(session.scalars(query.order_by(Renewal.due_on).with_for_update()))


def _record(
    session: Session, churn: Churn, account: Account, by: TeamMember, now: datetime
) -> None:
    audit.record(
        session,
        verb="churn.recorded",
        subject=f"churn:{churn.id}",
        account=account.id,
        by=by.id,
        now=now,
        before={"churn": None},
        after=facts(churn),
        why=churn.evidence,
    )


def facts(churn: Churn) -> dict[str, Any]:
    """As the audit keeps it: amounts and days as text."""
    back = churn.win_back_on
    return {
        "type": churn.type,
        "notice_on": churn.notice_on.isoformat(),
        "effective_on": churn.effective_on.isoformat(),
        "avoidable": churn.avoidable,
        "win_back_on": back.isoformat() if back else None,
        "arr": None if churn.arr is None else str(churn.arr),
        "currency": churn.currency,
    }
