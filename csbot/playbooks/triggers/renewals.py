"""Contracts that come to their end: the windows before it, and what is odd about one."""

from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Date, Float, String, and_, case, cast, func, type_coerce
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.playbooks.triggers.limits import Days
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact, rows
from csbot.renewals.model import Renewal
from csbot.renewals.rules import APART, LABELS, Category
from csbot.renewals.signalling import NEAR
from csbot.team.model import TeamMember

OWNER = aliased(TeamMember)


class Window(Parameters):
    """`days` before a renewal."""

    days: Days = 90


def _renewals(at: Any, **facts: Any) -> Rows:
    found = rows(
        Renewal.account_id,
        at=at,
        subject=Renewal.id,
        subject_id=Renewal.id,
        due_on=cast(Renewal.due_on, String),
        category=_words(Renewal.category),
        **facts,
    )
    return (
        found.select_from(Renewal)
        .join(Account, Account.id == Renewal.account_id)
        .outerjoin(OWNER, and_(OWNER.id == Account.owner_id, OWNER.active))
    )


def _words(column: Any) -> Any:
    """A category as people read it."""
    return case({key.value: label for key, label in LABELS.items()}, value=column)


def _open(look: Look, days: int, **facts: Any) -> tuple[Rows, Any]:
    """Open renewals of customers, and the day so many days ahead by their owners' calendars."""
    ahead = timedelta(days=days)
    day, last = look.scope.by_zone(
        OWNER.timezone, lambda name: look.scope.today(name) + ahead, Date()
    )
    found = _renewals(look.now, **facts).where(
        CUSTOMER, Renewal.status == "open", Renewal.due_on <= last
    )
    return found, day


def window(look: Look) -> Rows:
    """Until it is won, lost or moved further away."""
    found, day = _open(look, look.parameters.days)
    return found.where(Renewal.due_on <= day)


def past_due(look: Look) -> Rows:
    found, today = _open(look, 0)
    return found.where(Renewal.due_on < today)


def disagreement(look: Look) -> Rows:
    said, told = _rank(Renewal.category), _rank(Renewal.signal)
    found, day = _open(
        look,
        NEAR.days,
        signal=_words(Renewal.signal),
        reason=Renewal.signal_why[0].as_string(),
        worse=told > said,
    )
    return found.where(Renewal.due_on <= day, func.abs(told - said) >= APART)


def closed(look: Look) -> Rows:
    """Won or lost; also of who is no customer any more."""
    found = _renewals(
        Renewal.closed_at,
        outcome=Renewal.status,
        amount=cast(type_coerce(Renewal.final_amount, BigInteger), Float) / 100.0,
        currency=Renewal.currency,
        months=Renewal.final_months,
    )
    return found.where(Renewal.status.in_(("won", "lost")), look.lately(Renewal.closed_at))


def _rank(column: Any) -> Any:
    """0 for the surest; NULL while there is no signal."""
    return case({key.value: rank for rank, key in enumerate(Category)}, value=column)


DUE = {
    "trigger.due_on": fact(Kind.TEXT, "Its day; words show it as one.", "2027-01-10"),
    "trigger.category": fact(Kind.TEXT, "What the owner says of it.", "at risk"),
}
TRIGGERS = (
    Trigger(
        "renewal.window", "detector", "A renewal is so many days away (90), until it is closed.",
        window, facts=DUE, parameters=Window, part="renewal",
    ),
    Trigger(
        "renewal.past_due", "detector", "The day of a renewal has passed, and it is still open.",
        past_due, facts=DUE, part="renewal",
    ),
    Trigger(
        "renewal.disagreement", "detector",
        "What the owner says of a renewal and what the data says are two categories apart.",
        disagreement, part="renewal",
        facts=DUE | {
            "trigger.signal": fact(Kind.TEXT, "What the data says.", "at risk"),
            "trigger.reason": fact(Kind.TEXT, "What speaks loudest there.", "health 38"),
            "trigger.worse": fact(Kind.FLAG, "The data says worse than the owner.", "true"),
        },
    ),
    Trigger(
        "renewal.closed", "event", "A renewal is won or lost.",
        closed, part="renewal",
        facts=DUE | {
            "trigger.outcome": fact(Kind.TEXT, "won or lost.", "won"),
            "trigger.amount": fact(Kind.NUMBER, "What was signed, for the whole term.", "52000"),
            "trigger.currency": fact(Kind.TEXT, "In which currency.", "USD"),
            "trigger.months": fact(Kind.NUMBER, "How long the new contract runs.", "24"),
        },
    ),
)  # fmt: skip
