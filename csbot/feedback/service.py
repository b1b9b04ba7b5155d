"""Recording what a customer said, and what it makes of the account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.service import settle
from csbot.contacts import Contact
from csbot.feedback import happiness, rules
from csbot.feedback.model import Feedback
from csbot.find import account_by_id
from csbot.settings import Settings
from csbot.team.model import TeamMember

SAME_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Recorded:
    """`again`: the same was recorded a moment ago, and nothing was done now."""

    feedback: Feedback
    account: Account
    level: str
    again: bool = False


def record_feedback(
    session: Session,
    *,
    account_id: int,
    kind: str,
    score: int,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    comment: str | None = None,
    email: str | None = None,
) -> Recorded:
    """One answer of a customer; a negative one raises its alert in the same transaction."""
    require(by, May.LOG)
    account = account_by_id(session, account_id, lock=True)
    rules.check(kind=kind, score=score, comment=comment, email=email)
    level = rules.level(kind=kind, score=score)
    if known := _same(session, account.id, kind, score, comment, by, now):
        return Recorded(known, account, level, again=True)
    contact = _contact(session, account, email)
    feedback = Feedback(
        account_id=account.id,
        contact_id=contact.id if contact else None,
        email=email,
        kind=kind,
        score=score,
        negative=rules.is_negative(kind=kind, score=score, limits=settings.config.thresholds),
        comment=comment,
        at=now,
        recorded_by_id=by.id,
    )
    _add(session, feedback, account, level, by, now)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return Recorded(feedback, account, level)


def _add(
    session: Session,
    feedback: Feedback,
    account: Account,
    level: str,
    by: TeamMember,
    now: datetime,
) -> None:
    session.add(feedback)
    session.flush()
    before = happiness.shown(session, [account.id]).get(account.id)
    happiness.show(session, {account.id: happiness.Level(level, feedback.at)})
    audit.record(
        session,
        verb="feedback.recorded",
        subject=f"feedback:{feedback.id}",
        account=account.id,
        by=by.id,
        now=now,
        before={"level": before},
        after={"kind": feedback.kind, "score": feedback.score, "level": level},
    )


def _same(
    session: Session,
    account_id: int,
    kind: str,
    score: int,
    comment: str | None,
    by: TeamMember,
    now: datetime,
) -> Feedback | None:
    return session.scalar(
        select(Feedback)
        .where(
            Feedback.account_id == account_id,
            Feedback.kind == kind,
            Feedback.score == score,
            Feedback.comment.is_not_distinct_from(comment),
            Feedback.recorded_by_id == by.id,
            Feedback.at > now - SAME_AGAIN,
        )
        .limit(1)
    )


def _contact(session: Session, account: Account, email: str | None) -> Contact | None:
    if not email:
        return None
    return session.scalar(
        select(Contact).where(
            Contact.account_id == account.id, func.lower(Contact.email) == email.lower()
        )
    )
