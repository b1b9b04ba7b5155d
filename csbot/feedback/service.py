"""Recording what a customer said, and what it makes of the account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.service import settle, turned
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
    rules.check(kind=kind, score=score, comment=comment, email=email)
    account = account_by_id(session, account_id, lock=True)
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
    add(session, feedback, by=by.id, now=now)
    # What this answer itself raises comes last: it pings nobody who wrote it down.
    turned(session, account_id=account.id, settings=settings, now=now, by=by)
    settle(session, account_id=account.id, by=by, settings=settings, now=now)
    return Recorded(feedback, account, level)


def add(session: Session, feedback: Feedback, *, by: int | None, now: datetime) -> None:
    """Store it, and show its account as happy as that makes it; `by` is nobody for a survey."""
    session.add(feedback)
    follow(session, feedback, verb="feedback.recorded", by=by, now=now)


def follow(
    session: Session, feedback: Feedback, *, verb: str, by: int | None, now: datetime
) -> None:
    """Its account is as happy as the newest word says, which need not be this one."""
    session.flush()
    account_id = feedback.account_id
    before = happiness.shown(session, [account_id]).get(account_id)
    newest = happiness.newest(session, [account_id])
    happiness.show(session, newest)
    audit.record(
        session,
        verb=verb,
        subject=f"feedback:{feedback.id}",
        account=account_id,
        by=by,
        now=now,
        before={"level": before},
        after={
            "kind": feedback.kind,
            "score": feedback.score,
            "level": newest[account_id].name,
        },
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
