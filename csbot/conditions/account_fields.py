"""What is known of an account itself, by columns and by rows that belong to it."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from csbot.accounts.model import AccountPipeline, AccountTag, HealthChange
from csbot.accounts.rules import Health, Process
from csbot.checkins.model import CheckIn
from csbot.churn.model import Churn
from csbot.conditions.frame import Frame
from csbot.conditions.kinds import Field, Kind
from csbot.conditions.text import folded
from csbot.feedback.model import Feedback
from csbot.onboarding import first_value
from csbot.payments.model import BillingCustomer, Payment
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.tickets.model import Ticket
from csbot.tickets.rules import DONE

# Aliases: a frame may have a task or a ticket of its own, which these are not.
TAG, STAGE, PAST = aliased(AccountTag), aliased(AccountPipeline), aliased(HealthChange)
TASK, TICKET, ANSWER = aliased(Task), aliased(Ticket), aliased(Feedback)
OWNER, VISIT, INVOICE, PAYER, LOSS = (
    aliased(TeamMember), aliased(CheckIn), aliased(Payment), aliased(BillingCustomer),
    aliased(Churn),
)  # fmt: skip
A_WEEK = timedelta(days=7)


def _column(name: str) -> Callable[[Frame], Any]:
    return lambda frame: getattr(frame.account, name)


def _text(name: str, what: str, example: str, values: Iterable[str] = ()) -> Field:
    return Field(Kind.TEXT, what, _column(name), example, values=tuple(values))


def _tags(frame: Frame) -> Callable[[tuple[str, ...]], ColumnElement[bool]]:
    mine = TAG.account_id == frame.account.id
    return lambda wanted: exists().where(mine, folded(TAG.tag).in_(wanted))


def _stages(frame: Frame) -> Callable[[tuple[str, ...]], ColumnElement[bool]]:
    mine, stage = STAGE.account_id == frame.account.id, STAGE.pipeline + ": " + STAGE.stage
    return lambda wanted: exists().where(mine, folded(stage).in_(wanted))


def _owned(frame: Frame) -> ColumnElement[bool]:
    return exists().where(OWNER.id == frame.account.owner_id, OWNER.active)


def _leaving(frame: Frame) -> ColumnElement[bool]:
    """Recorded, and neither taken back nor won back."""
    gone = or_(LOSS.applied_at.is_(None), frame.account.lifecycle_stage == "churned")
    mine = LOSS.account_id == frame.account.id, LOSS.withdrawn_at.is_(None)
    return exists().where(*mine, gone)


def _health_change(frame: Frame) -> ColumnElement[int]:
    before = (
        select(PAST.score)
        .where(PAST.account_id == frame.account.id, PAST.at <= frame.now - A_WEEK)
        .order_by(PAST.at.desc(), PAST.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    change: ColumnElement[int] = frame.account.health - before
    return change


def _unpaid(frame: Frame) -> ColumnElement[bool]:
    owed = and_(INVOICE.customer_id == PAYER.id, INVOICE.status == "failed", INVOICE.amount > 0)
    return exists().where(PAYER.account_id == frame.account.id, owed)


def _open_tickets(frame: Frame) -> Any:
    mine = TICKET.account_id == frame.account.id, TICKET.status.not_in(DONE)
    return select(func.count(TICKET.id)).where(*mine).scalar_subquery()


def _overdue_tasks(frame: Frame) -> Any:
    late = TASK.done_at.is_(None), TASK.due_on < frame.today
    mine = TASK.account_id == frame.account.id
    return select(func.count(TASK.id)).where(mine, *late).scalar_subquery()


def _last_checkin(frame: Frame) -> Any:
    mine = VISIT.account_id == frame.account.id
    return select(func.max(VISIT.at)).where(mine, VISIT.at <= frame.now).scalar_subquery()


def _nps(frame: Frame) -> Any:
    return (
        select(ANSWER.score)
        .where(ANSWER.account_id == frame.account.id, ANSWER.kind == "nps", ANSWER.at <= frame.now)
        .order_by(ANSWER.at.desc(), ANSWER.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _late(frame: Frame) -> ColumnElement[bool]:
    return first_value.late(frame.first_value, now=frame.now, account=frame.account)


def _since(frame: Frame) -> ColumnElement[Any]:
    return func.coalesce(frame.account.customer_since, frame.account.created_at)


NUMBER, DAYS, FLAG, SET = Kind.NUMBER, Kind.DAYS, Kind.FLAG, Kind.SET
ACCOUNT: dict[str, Field] = {
    "account.segment": _text("segment", "Its segment.", "enterprise"),
    "account.plan": _text("plan", "The plan it has.", "Pro"),
    "account.industry": _text("industry", "Its industry.", "Logistics"),
    "account.arr": Field(
        NUMBER, "What it pays a year, in its own currency.", _column("arr"), "50000"
    ),
    "account.currency": _text("currency", "The currency that it pays in.", "EUR"),
    "account.lifecycle_stage": _text("lifecycle_stage", "Where it is in its life.", "adoption"),
    "account.process": _text(
        "process", "How it is onboarded: transactional or enterprise.", "enterprise", Process
    ),
    "account.onboarding_stage": _text("onboarding_stage", "Its stage of onboarding.", "kickoff"),
    "account.onboarding_for": Field(
        DAYS, "How long it has been in that stage.", _column("onboarding_stage_since"),
        "14 days", ago=True,
    ),
    "account.health": Field(NUMBER, "Its health from 0 to 100.", _column("health"), "50"),
    "account.health_status": _text(
        "health_status", "Thriving, Healthy, Steady or Struggling.", "Struggling", Health
    ),
    "account.health_change": Field(
        NUMBER, "Points of health that it won, or lost (below 0), in seven days.",
        _health_change, "-10",
    ),
    "account.renewal_in": Field(
        DAYS, "How long until it renews.", _column("renewal_on"), "90 days"
    ),
    "account.contract_months": Field(
        NUMBER, "How many months its contract runs.", _column("contract_months"), "12"
    ),
    "account.customer_for": Field(
        DAYS, "How long it has been a customer.", _since, "30 days", ago=True
    ),
    "account.score": Field(NUMBER, "Its points.", _column("score"), "300"),
    "account.owned": Field(FLAG, "Somebody who still works here owns it.", _owned, "true"),
    "account.leaving": Field(
        FLAG, "It is recorded that it leaves, or why it has left.", _leaving, "true"
    ),
    "account.tags": Field(SET, "Its tags.", _tags, "Active SaaS"),
    "account.stages": Field(
        SET, "Its stages, each with its pipeline before it.", _stages,
        "Subscription & Billing: Active",
    ),
    "account.unpaid": Field(
        FLAG, "An invoice could not be collected and is still owed.", _unpaid, "true"
    ),
    "account.open_tickets": Field(
        NUMBER, "Its support requests that are neither solved nor closed.", _open_tickets, "3"
    ),
    "account.overdue_tasks": Field(NUMBER, "Its tasks past their day.", _overdue_tasks, "1"),
    "account.last_checkin": Field(
        DAYS, "How long ago anybody last checked in.", _last_checkin, "30 days", ago=True
    ),
    "account.first_value": Field(
        FLAG, "It has reached first value.",
        lambda frame: frame.account.first_value_at.is_not(None), "true",
    ),
    "account.days_to_first_value": Field(
        NUMBER, "How many whole days that took.",
        lambda frame: first_value.days_taken(frame.account), "21",
    ),
    "account.first_value_late": Field(
        FLAG, "That has not come within its time (`[first_value]`), or came after it.",
        _late, "true",
    ),
    "account.nps": Field(NUMBER, "Its last answer to an NPS question, 0 to 10.", _nps, "6"),
}  # fmt: skip
