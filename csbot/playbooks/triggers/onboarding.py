"""Onboarding: what begins it, that it begins and ends, and stages that take too long."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Setting
from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.conditions.moments import utc_day, utc_text
from csbot.onboarding.evidence import met
from csbot.onboarding.model import StageSpell
from csbot.onboarding.stages import Stage, tracks
from csbot.payments.booking import SOURCE as BILLING
from csbot.payments.model import BillingCustomer, Payment, SubscriptionState
from csbot.payments.rules import COUNTED
from csbot.payments.stripe_subscription import RANKS
from csbot.playbooks.triggers.limits import counted
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact, rows
from csbot.revenue import Revenue

PAYER, THEIRS = aliased(BillingCustomer), aliased(BillingCustomer)
INVOICE, TERM, BORN = (
    aliased(Payment), aliased(SubscriptionState), aliased(SubscriptionState),
)  # fmt: skip
BEGINS = RANKS["customer.subscription.created"]


class Late(Parameters):
    """So many `days` later than it should take."""

    days: Annotated[int, BeforeValidator(counted), Setting(ge=0, le=365)] = 0


def first_paid(look: Look) -> Rows:
    """An invoice, or a subscription that costs something: the first thing that brings money.

    It is not of whom an import says that they paid before, nor of whose subscription billing told
    no beginning: what is first heard of it runs already.
    """
    came = union_all(*_money(look)).subquery().c
    found = (
        (select(came.account_id, func.min(came.at).label("at")).group_by(came.account_id))
        .subquery()
        .c
    )
    theirs = THEIRS.account_id == found.account_id
    status = INVOICE.status + ""  # by account: of all paid invoices, which an index has, are many
    paid = exists().where(
        theirs, INVOICE.customer_id == THEIRS.id, status == "paid", INVOICE.amount > 0,
        INVOICE.at < found.at,
    )  # fmt: skip
    ran = exists().where(theirs, TERM.customer_id == THEIRS.id, *_runs(TERM), TERM.at < found.at)
    earlier = exists().where(
        BORN.customer_id == TERM.customer_id,
        BORN.subscription == TERM.subscription,
        or_(BORN.at < TERM.at, and_(BORN.at == TERM.at, BORN.rank < TERM.rank)),
    )
    older = exists().where(
        theirs, TERM.customer_id == THEIRS.id, *_runs(TERM), TERM.rank != BEGINS, ~earlier
    )
    told = exists().where(
        Revenue.account_id == found.account_id,
        Revenue.source != BILLING,
        Revenue.mrr > 0,
        cast(Revenue.effective_on, String) < utc_day(found.at),
    )
    made = rows(found.account_id, at=found.at, subject="first")
    return made.join(Account, Account.id == found.account_id).where(
        CUSTOMER, ~paid, ~ran, ~older, ~told
    )


def _money(look: Look) -> tuple[Any, Any]:
    """What came lately."""
    invoices = select(PAYER.account_id, Payment.at.label("at")).where(
        Payment.customer_id == PAYER.id,
        Payment.status == "paid",
        Payment.amount > 0,
        look.lately(Payment.at),
    )
    terms = select(PAYER.account_id, SubscriptionState.at).where(
        SubscriptionState.customer_id == PAYER.id,
        *_runs(SubscriptionState),
        look.lately(SubscriptionState.at),
    )
    return invoices, terms


def _runs(term: Any) -> tuple[Any, ...]:
    return term.status.in_(sorted(COUNTED)), term.mrr > 0


def began(look: Look) -> Rows:
    return _onboarding(Account.onboarding_began_at).where(look.lately(Account.onboarding_began_at))


def finished(look: Look) -> Rows:
    return _onboarding(Account.onboarding_ended_at).where(look.lately(Account.onboarding_ended_at))


def _onboarding(at: Any) -> Rows:
    """Each time is a cause of its own."""
    found = rows(Account.id, at=at, subject=utc_text(at), process=Account.process)
    return found.where(CUSTOMER)


def overdue(look: Look) -> Rows:
    """The stage that an account is in, by the days that it had when they came to it."""
    due = look.later(StageSpell.begun_at, StageSpell.days * 24 * 60)
    late = timedelta(days=look.parameters.days)
    found = rows(
        StageSpell.account_id,
        at=due,
        subject=StageSpell.id,
        subject_id=StageSpell.id,
        stage=_of_stages(lambda stage: literal(stage.name), StageSpell.stage),
        goal=_of_stages(lambda stage: literal(stage.goal), literal("")),
        days=StageSpell.days,
        since=utc_day(StageSpell.begun_at),
        due_on=utc_day(due),
        open=_of_stages(lambda stage: _first_open(stage, look.now), null()),
    )
    return found.join(Account, Account.id == StageSpell.account_id).where(
        CUSTOMER, StageSpell.ended_at.is_(None), due <= look.now - late
    )


def _of_stages(worth: Callable[[Stage], ColumnElement[Any]], otherwise: Any) -> Any:
    """What is told of each stage of each track."""
    told = [
        (and_(StageSpell.process == process, StageSpell.stage == stage.key), worth(stage))
        for process, stages in tracks().items()
        for stage in stages
    ]
    return case(*told, else_=otherwise)


def _first_open(stage: Stage, now: datetime) -> ColumnElement[Any]:
    opened = [(~met(one, stage, now), literal(one.text)) for one in stage.criteria]
    return case(*opened) if opened else null()


PROCESS = {"trigger.process": fact(Kind.TEXT, "transactional or enterprise.", "enterprise")}
TRIGGERS = (
    Trigger(
        "payment.first", "event",
        "A customer pays for the first time: an invoice, or a subscription that costs something.",
        first_paid,
    ),
    Trigger(
        "onboarding.started", "event", "The onboarding of an account begins.",
        began, facts=PROCESS,
    ),
    Trigger(
        "onboarding.finished", "event", "An account has been through its onboarding.",
        finished, facts=PROCESS,
    ),
    Trigger(
        "onboarding.stage_overdue", "detector",
        "A stage of onboarding takes some days (0) longer than it should.",
        overdue, parameters=Late,
        facts={
            "trigger.stage": fact(Kind.TEXT, "What the stage is called.", "Wrap-up meeting"),
            "trigger.goal": fact(
                Kind.TEXT, "What it is for.", "They feel ready to work on their own."
            ),
            "trigger.days": fact(Kind.NUMBER, "How many days it should take.", "10"),
            "trigger.since": fact(Kind.TEXT, "The day on which it began.", "2026-11-10"),
            "trigger.due_on": fact(Kind.TEXT, "The day it should have ended on.", "2026-11-20"),
            "trigger.open": fact(Kind.TEXT, "The first thing in it that is open.", "Meeting held"),
        },
    ),
)  # fmt: skip
