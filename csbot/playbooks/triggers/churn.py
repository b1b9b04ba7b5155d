"""Customers who leave: that it is recorded, and the day to ask them back."""

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Float, String, case, cast, exists, func, select, type_coerce
from sqlalchemy.orm import aliased

from csbot.access import Role
from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.churn.model import Churn
from csbot.churn.rules import INVOLUNTARY, LABELS
from csbot.conditions.kinds import Kind
from csbot.playbooks.triggers.look import Look, Rows, Trigger, fact, rows
from csbot.team.model import TeamMember

OWNER, WHO, LATER = aliased(TeamMember), aliased(TeamMember), aliased(Churn)
STANDS = Churn.withdrawn_at.is_(None)
LATE = timedelta(days=30)  # after that nobody waits for the question any more


def _churn(at: Any, by: Any = Churn.by_id) -> Rows:
    found = rows(
        Churn.account_id,
        at=at,
        subject=Churn.id,
        subject_id=Churn.id,
        type=Churn.type,
        reason=case({type.value: label for type, label in LABELS.items()}, value=Churn.type),
        evidence=Churn.evidence,
        effective_on=cast(Churn.effective_on, String),
        win_back_on=cast(Churn.win_back_on, String),
        voluntary=Churn.type.not_in(INVOLUNTARY),
        avoidable=Churn.avoidable,
        amount=cast(type_coerce(Churn.arr, BigInteger), Float) / 100.0,
        currency=Churn.currency,
        by=WHO.name,
        by_owner=WHO.id.is_not(None) & WHO.id.is_not_distinct_from(Account.owner_id),
        by_manager=WHO.id.is_not(None) & _answers(),
    )
    return (
        found.select_from(Churn)
        .join(Account, Account.id == Churn.account_id)
        .outerjoin(OWNER, OWNER.id == Account.owner_id)
        .outerjoin(WHO, WHO.id == by)
    )


def _answers() -> Any:
    """Whoever did it is who would be told as the owner's manager."""
    nobody = OWNER.manager_id.is_(None) & (WHO.role == Role.ADMIN)
    return WHO.id.is_not_distinct_from(OWNER.manager_id) | nobody


def recorded(look: Look) -> Rows:
    return _churn(Churn.at).where(look.lately(Churn.at), STANDS)


def withdrawn(look: Look) -> Rows:
    by = (
        select(func.max(AuditEntry.by_id))
        .where(
            AuditEntry.account_id == Churn.account_id,
            AuditEntry.verb == "churn.withdrawn",
            AuditEntry.at == Churn.withdrawn_at,
        )
        .correlate(Churn)
        .scalar_subquery()
    )
    return _churn(Churn.withdrawn_at, by).where(look.lately(Churn.withdrawn_at))


def win_back(look: Look) -> Rows:
    """While they are away, from the day on, by csbot's own calendar; of whoever left twice the
    last word counts."""
    today = look.scope.today()
    again = exists().where(
        LATER.account_id == Churn.account_id, LATER.id > Churn.id, LATER.withdrawn_at.is_(None)
    )
    return _churn(look.now).where(
        STANDS,
        Churn.win_back_on.between(today - LATE, today),
        Account.lifecycle_stage == "churned",
        ~again,
    )


CHURN = {
    "trigger.type": fact(
        Kind.TEXT,
        "onboarding, product_gap, value_gap, service, price_budget, competitor, merger, "
        "champion_left, closed, payment or other.",
        "competitor",
    ),
    "trigger.reason": fact(Kind.TEXT, "The same in words.", "Competitor"),
    "trigger.evidence": fact(
        Kind.TEXT, "What shows it; for the team alone, no letter has it.", "Signed with Rival."
    ),
    "trigger.effective_on": fact(Kind.TEXT, "The day from which they are gone.", "2027-01-31"),
    "trigger.win_back_on": fact(Kind.TEXT, "When to ask them back.", "2027-07-01"),
    "trigger.voluntary": fact(Kind.FLAG, "Somebody there has decided it.", "true"),
    "trigger.avoidable": fact(Kind.FLAG, "It could have been avoided.", "true"),
    "trigger.amount": fact(Kind.NUMBER, "The year's revenue that goes.", "120000"),
    "trigger.currency": fact(Kind.TEXT, "In which currency.", "USD"),
    "trigger.by": fact(Kind.TEXT, "Who has recorded it, or taken it back.", "Dana Reyes"),
    "trigger.by_owner": fact(Kind.FLAG, "That is who owns the account.", "true"),
    "trigger.by_manager": fact(Kind.FLAG, "That is the owner's manager, else an admin.", "false"),
}
TRIGGERS = (
    Trigger(
        "churn.recorded", "event", "Somebody records that a customer leaves.",
        recorded, facts=CHURN,
    ),
    Trigger(
        "churn.withdrawn", "event", "They stay after all: somebody takes the record back.",
        withdrawn, facts=CHURN,
    ),
    Trigger(
        "churn.win_back", "detector", "The day has come to ask a former customer back.",
        win_back, facts=CHURN,
    ),
)  # fmt: skip
