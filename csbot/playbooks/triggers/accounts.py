"""What happens to an account itself."""

from typing import Annotated

from pydantic import BeforeValidator
from pydantic import Field as Setting
from sqlalchemy import String, and_, cast, literal, select, union_all
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account, HealthChange
from csbot.alerts.detectors import unowned as detector
from csbot.conditions.kinds import Kind
from csbot.playbooks.triggers.limits import Unowned, listed
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact, rows

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


class Reached(Parameters):
    """Each of `at_least` is reached by itself, as `score:300`."""

    at_least: Annotated[
        tuple[int, ...], BeforeValidator(listed), Setting(min_length=1, max_length=20)
    ] = (300, 600, 900, 1200)


def score(look: Look) -> Rows:
    least = [select(literal(points).label("points")) for points in set(look.parameters.at_least)]
    steps = union_all(*least).subquery()
    found = rows(
        Account.id,
        at=look.now,
        subject="score:" + cast(steps.c.points, String),
        score=Account.score,
        points=steps.c.points,
    )
    return found.join(steps, steps.c.points <= Account.score).where(CUSTOMER)


def unowned(look: Look) -> Rows:
    return rows(Account.id, at=Account.updated_at, of=detector.unowned(look.scope))


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
    Trigger(
        "account.score",
        "detector",
        "An account has so many points, or more.",
        score,
        facts={
            "trigger.score": fact(Kind.NUMBER, "All points of the account.", "640"),
            "trigger.points": fact(Kind.NUMBER, "Which of `at_least` it reached.", "600"),
        },
        parameters=Reached,
    ),
    Trigger(
        "account.unowned",
        "detector",
        "Nobody who still works here owns an account.",
        unowned,
        parameters=Unowned,
    ),
)
