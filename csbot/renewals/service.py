"""What people can do to renewals; `sync` makes and moves them as the accounts' dates say."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.service import settle
from csbot.errors import Refused
from csbot.find import by_id
from csbot.renewals import rules
from csbot.renewals.model import Renewal, RenewalCategoryChange
from csbot.renewals.rules import LABELS, Category
from csbot.renewals.sync import sync
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date

__all__ = ["Changed", "change", "open_renewal", "sync"]

GONE = "That renewal is no longer open."


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
    renewal = by_id(session, Renewal, renewal_id, missing=GONE, lock=True)
    if renewal.status != "open":
        raise Refused(GONE)
    return renewal, session.get_one(Account, renewal.account_id)


def change(
    session: Session,
    *,
    renewal_id: int,
    category: str,
    seen: str | None = None,
    reason: str | None,
    next_step: str | None,
    next_step_on: date | None,
    settings: Settings,
    by: TeamMember,
    now: datetime,
) -> Changed:
    """Set category and next step; `seen` is the category that the person had before them."""
    renewal, account = open_renewal(session, renewal_id, by=by)
    wanted = rules.read_category(category)
    next_step = (next_step or "").strip()[: rules.NEXT_STEP_MAX] or None
    reason = (reason or "").strip()[: rules.REASON_MAX] or None
    after = (wanted, next_step, next_step_on)
    if after == (renewal.category, renewal.next_step, renewal.next_step_on):
        return Changed(account, renewal, None, changed=False)
    rules.check_change(
        before=renewal.category,
        category=wanted,
        seen=seen,
        reason=reason,
        next_step=next_step,
        next_step_on=None if next_step_on == renewal.next_step_on else next_step_on,
        today=local_date(by, now),
    )
    before = _apply(session, renewal, after, reason, by=by, now=now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return Changed(account, renewal, before, changed=True)


def _apply(
    session: Session,
    renewal: Renewal,
    after: tuple[Category, str | None, date | None],
    reason: str | None,
    *,
    by: TeamMember,
    now: datetime,
) -> str | None:
    before = _facts(renewal)
    former = renewal.category
    renewal.category, renewal.next_step, renewal.next_step_on = after
    audit.record(
        session,
        verb="renewal.changed",
        subject=f"renewal:{renewal.id}",
        by=by.id,
        now=now,
        account=renewal.account_id,
        before=before,
        after=_facts(renewal),
        why=reason,
    )
    if former == renewal.category:
        session.flush()
        return None
    session.add(
        RenewalCategoryChange(
            renewal_id=renewal.id, at=now, by_id=by.id, before=former,
            after=renewal.category, reason=reason or "",
        )
    )  # fmt: skip
    session.flush()
    return LABELS[Category(former)]


def _facts(renewal: Renewal) -> dict[str, Any]:
    day = renewal.next_step_on
    return {
        "category": str(renewal.category),
        "next_step": renewal.next_step,
        "next_step_on": day.isoformat() if day else None,
    }
