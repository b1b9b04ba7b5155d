"""Unhappy customers whom nobody has answered yet."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, or_, select

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Ending, Endings, Finding, Gone, seen
from csbot.alerts.model import Alert
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from messages.text import near_day

BEST = {"nps": 10, "csat": 5, "happiness": 5}


def find(scope: Scope) -> Iterator[Finding]:
    rows = scope.session.execute(unanswered(scope))
    today = scope.today()
    for id, account_id, scale, score, comment, at, email, name, role, arr, health, owner_id in rows:
        high = rules.is_high(arr, scope.limits)
        severity = rules.feedback(scale=scale, score=score, high=high)
        level = rules.RANK[severity]
        yield Finding(
            account_id,
            str(id),
            severity,
            at,
            {
                "scale": scale,
                "score": score,
                "out_of": BEST.get(scale, 10),
                "who": name or email,
                "role": role,
                "comment": comment,
            },
            owner_id,
            level,
            seen(level, owner_id, score, len(comment or ""), arr, health, today),
        )


def unanswered(scope: Scope) -> Select[*tuple[Any, ...]]:
    return scope.narrow(_unanswered().where(_is_news(scope)), Feedback.account_id)


@cache
def _unanswered() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Feedback.id, Feedback.account_id, Feedback.kind, Feedback.score, Feedback.comment,
            Feedback.at, Feedback.email, Contact.name, Contact.role, Account.arr, Account.health,
            Account.owner_id,
        )
        .join(Account, Account.id == Feedback.account_id)
        .outerjoin(Contact, Contact.id == Feedback.contact_id)
        .where(
            Feedback.negative,
            Feedback.answered_at.is_(None),
            Account.lifecycle_stage != "churned",
        )
    )  # fmt: skip


def _is_news(scope: Scope) -> ColumnElement[bool]:
    """Said lately, or alerted of then: what a file says of years ago is history."""
    told = select(Alert.subject).where(
        Alert.kind == "feedback", Alert.playbook == scope.playbook, Alert.closed_at.is_(None)
    )
    since = scope.now - timedelta(days=scope.limits.feedback_alert_days)
    return or_(Feedback.at >= since, cast(Feedback.id, String).in_(told))


def because(scope: Scope, gone: list[Gone]) -> Endings:
    """Answered, or entered anew with another score."""
    alerts = {int(one.subject): one.id for one in gone}
    rows = scope.session.execute(
        select(
            Feedback.id, Feedback.answered_at, Feedback.answered_by_id, Feedback.negative,
            Feedback.kind, Feedback.score,
        ).where(scope.among(Feedback.id, alerts))
    )  # fmt: skip
    endings = {}
    for id, at, by_id, negative, scale, score in rows:
        if at is not None:
            day = near_day(at.astimezone(scope.zone(None)), scope.today())
            endings[alerts[id]] = Ending("answered", f"{scope.name(by_id)} answered on {day}.")
        elif not negative:
            endings[alerts[id]] = Ending(
                "corrected", f"It is {score} of {BEST.get(scale, 10)} now."
            )
    return endings


DETECTOR = Detector(
    "feedback", "feedback.unanswered", find, because, customers_only=True,
    parameters={"days": "feedback_alert_days", "high_arr": "high_arr"},
)  # fmt: skip
