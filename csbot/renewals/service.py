"""What people can do to renewals; `sync` makes and moves them as the accounts' dates say."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.service import settle
from csbot.churn.queries import of_account as churn_of
from csbot.churn.rules import LABELS as TYPES
from csbot.churn.rules import Type
from csbot.errors import Refused
from csbot.find import account_by_id, by_id
from csbot.renewals import owner, rules
from csbot.renewals.closing import Won, win
from csbot.renewals.model import Renewal, RenewalCategoryChange
from csbot.renewals.rules import LABELS, Category, Plan
from csbot.renewals.sync import sync
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.text import Money, day, full_money, plural

__all__ = [
    "Changed", "change", "close_won", "due_for", "of_account", "open_renewal", "plan_of", "sync",
    "to_close",
]  # fmt: skip

GONE = "That renewal is no longer open."
LATELY = timedelta(days=7)
TEXTS = {"next_step": rules.NEXT_STEP_MAX, "incentive": rules.INCENTIVE_MAX}


@dataclass(frozen=True)
class Changed:
    """A renewal after `change`; `before` is its former category if that changed."""

    account: Account
    renewal: Renewal
    before: str | None
    changed: bool


def open_renewal(session: Session, renewal_id: int, *, by: TeamMember) -> tuple[Renewal, Account]:
    """The renewal that somebody wants to change, locked; Refused when it is closed or gone."""
    require(by, May.FORECAST)
    found = by_id(session, Renewal, renewal_id, missing=GONE)
    # First the account, as billing, imports and the way back do.
    account = account_by_id(session, found.account_id, lock=True)
    renewal = by_id(session, Renewal, renewal_id, missing=GONE, lock=True)
    if renewal.status != "open":
        raise Refused(_closed(session, renewal, account, by))
    return renewal, account


def of_account(session: Session, account: Account, *, by: TeamMember, now: datetime) -> Renewal:
    """The account's open renewal; Refused, with the way on, when it has none."""
    require(by, May.FORECAST)
    held = session.scalars(
        select(Renewal).where(Renewal.account_id == account.id).order_by(Renewal.due_on.desc())
    ).all()
    found = next((one for one in held if one.status == "open"), None)
    if found is not None:
        return found
    if held and held[0].status in ("won", "lost"):
        raise Refused(f"{account.name}: {_closed(session, held[0], account, by)}")
    raise Refused(f"{account.name} {_none(session, account, by, now)}")


def to_close(session: Session, account: Account, *, by: TeamMember, now: datetime) -> Renewal:
    """The renewal that a word about its end is about; Refused where it was told already.

    Said twice, "won" would else close the next contract, which is due in a year.
    """
    require(by, May.CLOSE)
    found = of_account(session, account, by=by, now=now)
    last = session.scalar(
        select(Renewal)
        .where(Renewal.account_id == account.id, Renewal.status.in_(("won", "renewed")))
        .where(Renewal.closed_at > now - LATELY)
        .order_by(Renewal.closed_at.desc())
    )
    if last is not None:
        raise Refused(
            f"{_closed(session, last, account, by)} The next one is due on {day(found.due_on)}: "
            f"`/cs renewal {account.name}` shows it, with a button to close it, too."
        )
    return found


def due_for(renewal: Renewal, account: Account, *, months: int) -> Money:
    """What so many months bring at the price of the contract that ends."""
    due = rules.of_term(renewal.amount_due, months=account.contract_months, new=months)
    return Money(due, renewal.currency)


def plan_of(renewal: Renewal) -> Plan:
    return Plan(**{one.name: getattr(renewal, one.name) for one in fields(Plan)})


def change(
    session: Session,
    *,
    renewal_id: int,
    told: Mapping[str, Any],
    reason: str | None = None,
    seen: str | None = None,
    mark: str | None = None,
    settings: Settings,
    by: TeamMember,
    now: datetime,
) -> Changed:
    """Change what `told` names of a renewal's plan; all else of it stays.

    `seen` is the category and `mark` the whole plan that the person had before them.
    """
    renewal, account = open_renewal(session, renewal_id, by=by)
    before = plan_of(renewal)
    wanted = replace(before, **_tidy(told))
    reason = (reason or "").strip()[: rules.REASON_MAX] or None
    if wanted == before:
        return Changed(account, renewal, None, changed=False)
    rules.check_change(
        before, wanted, seen=seen, mark=mark, reason=reason, today=local_date(by, now),
        due=Money(renewal.amount_due, renewal.currency),
    )  # fmt: skip
    for one in fields(Plan):
        setattr(renewal, one.name, getattr(wanted, one.name))
    _record(session, renewal, before, wanted, reason, by=by, now=now)
    owner.tell(session, renewal, account, before=before, reason=reason, by=by, now=now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    moved = before.category != wanted.category
    former = LABELS[Category(before.category)] if moved else None
    return Changed(account, renewal, former, changed=True)


def close_won(
    session: Session,
    *,
    renewal_id: int,
    final_amount: Decimal,
    final_months: int,
    settings: Settings,
    by: TeamMember,
    now: datetime,
) -> Won:
    """A contract that is signed; a second word of the same is refused with what the first said."""
    require(by, May.CLOSE)
    rules.check_months(final_months, field="final_months")
    renewal, account = open_renewal(session, renewal_id, by=by)
    due = due_for(renewal, account, months=final_months)
    rules.check_amount(final_amount, due=due, field="final_amount")
    return win(
        session, renewal, final_amount=final_amount, final_months=final_months, by=by, now=now,
        settings=settings,
    )  # fmt: skip


def _none(session: Session, account: Account, by: TeamMember, now: datetime) -> str:
    """Why there is nothing to renew, and the way on."""
    churn = churn_of(session, account.id)
    if churn is not None:
        gone = "left" if churn.applied_at else "leaves"
        return (
            f"{gone} on {day(churn.effective_on)}, so there is nothing to renew. "
            f"`/cs churn {account.name}` says why."
        )
    comes = "comes with an import of accounts, or from billing."
    if account.renewal_on is None:
        return f"has no renewal date, so there is nothing to renew yet. The date {comes}"
    if account.renewal_on < local_date(by, now):
        return f"should have renewed on {day(account.renewal_on)}, long ago. A new date {comes}"
    return f"renews on {day(account.renewal_on)}. Its renewal {comes}"


def _closed(session: Session, renewal: Renewal, account: Account, by: TeamMember) -> str:
    if renewal.status == "won" and renewal.final_amount is not None:
        amount = full_money(Money(renewal.final_amount, renewal.currency))
        return (
            f"{GONE} It was won with {amount} for {plural(renewal.final_months or 0, 'month')}. "
            f"Is that wrong? `/cs renewal {account.name} reopen because …` opens it again."
        )
    if renewal.status == "lost":
        return f"{GONE} {_lost(session, renewal, account, by)}"
    told = {"won": "It is won.", "renewed": "The account's date went on."}
    return f"{GONE} {told.get(renewal.status, '')}".strip()


def _lost(session: Session, renewal: Renewal, account: Account, by: TeamMember) -> str:
    on = f" on {day(local_date(by, renewal.closed_at))}" if renewal.closed_at else ""
    churn = churn_of(session, account.id)
    if churn is None:
        return f"The one of {day(renewal.due_on)} was lost{on}."
    gone = "left" if churn.applied_at else "leaves"
    return (
        f"The one of {day(renewal.due_on)} was lost{on}: {TYPES[Type(churn.type)].lower()}. "
        f"{account.name} {gone} on {day(churn.effective_on)}; `/cs churn {account.name}` says why."
    )


def _tidy(told: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(told)
    for name, most in TEXTS.items():
        if name in made:
            made[name] = (made[name] or "").strip()[:most] or None
    if "category" in made:
        made["category"] = rules.read_category(made["category"])
    return made


def _record(
    session: Session,
    renewal: Renewal,
    before: Plan,
    after: Plan,
    reason: str | None,
    *,
    by: TeamMember,
    now: datetime,
) -> None:
    audit.record(
        session,
        verb="renewal.changed",
        subject=f"renewal:{renewal.id}",
        by=by.id,
        now=now,
        account=renewal.account_id,
        before=_facts(before),
        after=_facts(after),
        why=reason,
    )
    if before.category != after.category:
        session.add(
            RenewalCategoryChange(
                renewal_id=renewal.id, at=now, by_id=by.id, before=before.category,
                after=after.category, reason=reason or "",
            )
        )  # fmt: skip
    session.flush()


def _facts(plan: Plan) -> dict[str, Any]:
    day, amount = plan.next_step_on, plan.forecast_amount
    return asdict(plan) | {
        "category": str(plan.category),
        "next_step_on": day.isoformat() if day else None,
        "forecast_amount": None if amount is None else f"{amount:.2f}",
    }
