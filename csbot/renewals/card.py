"""A renewal's card, its forms, and what is said once it has changed."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.accounts.model import Account
from csbot.renewals import rules
from csbot.renewals.closing import Won
from csbot.renewals.model import Renewal, RenewalCategoryChange
from csbot.renewals.reading import written_amount, written_offer
from csbot.renewals.rules import LABELS, Category
from csbot.renewals.service import Changed, plan_of
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.churn import ChurnForm
from messages.renewal_card import CategoryStep, RenewalCard, Signal, Window
from messages.renewal_change import RenewalForm, RenewalSaved, RenewalWon, WonForm
from messages.text import Money, Person

STEPS_MAX = 3


def card(
    session: Session,
    renewal: Renewal,
    account: Account,
    *,
    person: TeamMember,
    wrote: str | None,
    now: datetime,
) -> RenewalCard:
    today = local_date(person, now)
    owner = session.get(TeamMember, account.owner_id) if account.owner_id else None
    step_on = renewal.next_step_on
    return RenewalCard(
        renewal_id=renewal.id,
        account=account.name,
        owner=Person(owner.name, owner.slack_id) if owner else None,
        due=Money(renewal.amount_due, renewal.currency),
        due_on=renewal.due_on,
        days_left=(renewal.due_on - today).days,
        category=LABELS[Category(renewal.category)],
        forecast=_expected(renewal),
        steps=_steps(session, renewal),
        signal=_signal(renewal),
        next_step=renewal.next_step,
        next_step_on=step_on,
        step_late=step_on is not None and step_on < today,
        incentive=renewal.incentive,
        months=renewal.offered_months,
        windows=_windows(renewal, account, today),
        may_close=allows(person.role, May.CLOSE),
        may_churn=allows(person.role, May.CHURN),
        wrote=wrote,
        as_of=now,
    )


def change_form(
    renewal: Renewal,
    account: Account,
    *,
    told: dict[str, Any] | None = None,
    reason: str | None = None,
    why: str = "",
) -> RenewalForm:
    """With what is decided so far, and `told` in place of it; `why` says what did not fit."""
    plan = plan_of(renewal)
    shown = vars(plan) | (told or {})
    return RenewalForm(
        renewal_id=renewal.id,
        account=account.name,
        due=Money(renewal.amount_due, renewal.currency),
        due_on=renewal.due_on,
        seen=str(plan.category),
        mark=plan.mark(),
        category=str(shown["category"]),
        reason=reason or "",
        forecast=written_amount(shown["forecast_amount"]),
        next_step=shown["next_step"],
        next_step_on=shown["next_step_on"],
        offer=written_offer(shown["incentive"], shown["offered_months"]),
        why=why,
    )


def won_form(renewal: Renewal, account: Account, *, months: int | None = None) -> WonForm:
    months = months or renewal.offered_months or account.contract_months
    # What is due and expected is of the contract that ends, what is asked for of the new one.
    amount = renewal.forecast_amount or renewal.amount_due
    amount = rules.of_term(amount, months=account.contract_months, new=months)
    return WonForm(
        renewal_id=renewal.id,
        account=account.name,
        due=Money(renewal.amount_due, renewal.currency),
        due_on=renewal.due_on,
        amount=written_amount(amount or None),
        months=months,
    )


def lost_form(
    renewal: Renewal, account: Account, *, person: TeamMember, evidence: str | None, now: datetime
) -> ChurnForm:
    """A renewal that is lost is a customer who leaves on its day: one form asks for both."""
    return ChurnForm(
        account_id=account.id,
        account=account.name,
        today=local_date(person, now),
        effective_on=renewal.due_on,
        evidence=evidence or "",
    )


def saved(result: Changed, *, wrote: str | None = None) -> RenewalSaved:
    renewal = result.renewal
    return RenewalSaved(
        account=result.account.name,
        category=LABELS[Category(renewal.category)],
        before=result.before,
        next_step=renewal.next_step,
        next_step_on=renewal.next_step_on,
        changed=result.changed,
        due=Money(renewal.amount_due, renewal.currency),
        forecast=_expected(renewal),
        incentive=renewal.incentive,
        months=renewal.offered_months,
        wrote=wrote,
    )


def won(result: Won, *, wrote: str | None = None) -> RenewalWon:
    renewal = result.renewal
    amount, months = renewal.final_amount or Decimal(0), renewal.final_months or 1
    before, currency = result.arr_before, renewal.currency
    return RenewalWon(
        account=result.account.name,
        amount=Money(amount, currency),
        months=months,
        begins=renewal.due_on,
        until=result.until,
        a_year=Money(rules.a_year(amount=amount, months=months), currency),
        before=None if before is None else Money(before, currency),
        billed=result.billed,
        wrote=wrote,
    )


def _expected(renewal: Renewal) -> Money | None:
    amount = renewal.forecast_amount
    return None if amount is None else Money(amount, renewal.currency)


def _signal(renewal: Renewal) -> Signal | None:
    if renewal.signal is None or renewal.signal_at is None:
        return None
    return Signal(
        category=LABELS[Category(renewal.signal)],
        why=tuple(renewal.signal_why or ()),
        since=renewal.signal_at,
        apart=rules.apart(category=renewal.category, signal=renewal.signal),
    )


def _steps(session: Session, renewal: Renewal) -> tuple[CategoryStep, ...]:
    step = RenewalCategoryChange
    found = session.execute(
        select(step, TeamMember.name)
        .outerjoin(TeamMember, TeamMember.id == step.by_id)
        .where(step.renewal_id == renewal.id)
        .order_by(step.at.desc(), step.id.desc())
        .limit(STEPS_MAX)
    )
    return tuple(
        CategoryStep(
            on=one.at.date(),
            before=LABELS[Category(one.before)] if one.before else None,
            after=LABELS[Category(one.after)],
            reason=one.reason,
            by=name,
        )
        for one, name in found
    )


def _windows(renewal: Renewal, account: Account, today: date) -> tuple[Window, ...]:
    days = rules.windows(process=account.process, segment=account.segment)
    starts = [(one, renewal.due_on - timedelta(days=one)) for one in days]
    return tuple(Window(days=one, on=on, passed=on <= today) for one, on in starts)
