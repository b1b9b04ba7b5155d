"""What happens to an account itself."""

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account, HealthChange
from csbot.conditions.kinds import Kind
from csbot.playbooks.triggers.look import CUSTOMER, Look, Rows, Trigger, fact, rows

EARLIER = aliased(HealthChange)


def added(look: Look) -> Rows:
    found = rows(Account.id, at=Account.created_at, subject=Account.id, subject_id=Account.id)
    return found.where(CUSTOMER, look.lately(Account.created_at))


def health_set(look: Look) -> Rows:
    """Each entry of the history that changes the status, or that a person made."""
    before = (
        select(EARLIER.status)
        .where(
            EARLIER.account_id == HealthChange.account_id,
            (EARLIER.at < HealthChange.at)
            | and_(EARLIER.at == HealthChange.at, EARLIER.id < HealthChange.id),
        )
        .order_by(EARLIER.at.desc(), EARLIER.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    by_hand = HealthChange.by_id.is_not(None)
    found = rows(
        HealthChange.account_id,
        at=HealthChange.at,
        subject=HealthChange.id,
        subject_id=HealthChange.id,
        status=HealthChange.status,
        before=before,
        by_hand=by_hand,
    )
    return found.join(Account, Account.id == HealthChange.account_id).where(
        CUSTOMER,
        HealthChange.status.is_not(None),
        look.lately(HealthChange.at),
        by_hand | before.is_distinct_from(HealthChange.status),
    )


TRIGGERS = (
    Trigger("account.added", "event", "An account is new here.", added),
    Trigger(
        "health.set",
        "event",
        "The health status of an account changes, or somebody sets it.",
        health_set,
        facts={
            "trigger.status": fact(Kind.TEXT, "The status that it has now.", "Struggling"),
            "trigger.before": fact(Kind.TEXT, "The status that it had.", "Healthy"),
            "trigger.by_hand": fact(Kind.FLAG, "A person set it.", "true"),
        },
    ),
)
