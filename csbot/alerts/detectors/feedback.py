"""Unhappy customers whom nobody has answered yet."""

from collections.abc import Iterator

from sqlalchemy import select

from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.finding import Detector, Finding, Gone, Reasons, seen
from csbot.alerts.scope import Scope
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from messages.text import short_day

BEST = {"nps": 10, "csat": 5, "happiness": 5}


def find(scope: Scope) -> Iterator[Finding]:
    rows = scope.session.execute(
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
            scope.within(Feedback.account_id),
        )
    )  # fmt: skip
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


def because(scope: Scope, gone: list[Gone]) -> Reasons:
    rows = scope.session.execute(
        select(
            Feedback.id, Feedback.account_id, Feedback.answered_at, Feedback.answered_by_id
        ).where(
            scope.among(Feedback.id, [int(one.subject) for one in gone]),
            Feedback.answered_at.is_not(None),
        )
    )
    reasons = {}
    for id, account_id, at, by_id in rows:
        who = scope.team[by_id].name if by_id in scope.team else "Somebody"
        day = f" on {short_day(at.astimezone(scope.zone(None)))}" if at else ""
        reasons[account_id, str(id)] = f"{who} answered{day}."
    return reasons


DETECTOR = Detector("feedback", find, because)
