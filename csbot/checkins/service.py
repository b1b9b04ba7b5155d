"""Logging a check-in, and all that it settles at the same time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.alerts.service import settle, turned
from csbot.checkins import rules
from csbot.checkins.model import CheckIn
from csbot.feedback.model import Feedback
from csbot.find import account_by_id
from csbot.renewals.model import Renewal
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date

SAME_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Logged:
    """`answered` counts negative feedback that is settled now; `again`: it was logged before.

    `plan` is the next step of a renewal that had one.
    """

    checkin: CheckIn
    account: Account
    answered: int = 0
    on_renewal: bool = False
    plan: str | None = None
    again: bool = False


def log_checkin(
    session: Session,
    *,
    account_id: int,
    note: str,
    channel: str,
    by: TeamMember,
    now: datetime,
    settings: Settings,
    sentiment: str | None = None,
    next_step: str | None = None,
    next_step_on: date | None = None,
    alert_id: int | None = None,
    theirs: bool = False,
) -> Logged:
    """One touch with the customer; an alert that it came from is taken by whoever logs it.

    `theirs`: what the customer wrote, which answers nothing that they had said.
    """
    require(by, May.LOG)
    rules.check(
        note=note, channel=channel, sentiment=sentiment,
        next_step=next_step, next_step_on=next_step_on, today=local_date(by, now),
    )  # fmt: skip
    account = account_by_id(session, account_id, lock=True)
    checkin = CheckIn(
        account_id=account.id, by_id=by.id, at=now, channel=channel, theirs=theirs, note=note,
        sentiment=sentiment, next_step=next_step, next_step_on=next_step_on,
    )  # fmt: skip
    if known := _same(session, checkin):
        return Logged(known, account, again=True)
    _add(session, checkin, by, now)
    answered = 0 if theirs else _answer_feedback(session, account, by, now)
    noted, plan = _note_on_renewal(session, checkin, by, now)
    logged = Logged(checkin, account, answered=answered, on_renewal=noted, plan=plan)
    settle(session, account_id=account.id, alert_id=alert_id, by=by, settings=settings, now=now)
    turned(session, account_id=account.id, settings=settings, now=now, by=by)
    return logged


def _same(session: Session, new: CheckIn) -> CheckIn | None:
    """The same words by the same person a moment ago: a form sent twice, not a second call."""
    return session.scalar(
        select(CheckIn)
        .where(
            CheckIn.account_id == new.account_id,
            CheckIn.by_id == new.by_id,
            CheckIn.note == new.note,
            CheckIn.next_step.is_not_distinct_from(new.next_step),
            CheckIn.next_step_on.is_not_distinct_from(new.next_step_on),
            CheckIn.at > new.at - SAME_AGAIN,
        )
        .order_by(CheckIn.id.desc())
        .limit(1)
    )


def _add(session: Session, checkin: CheckIn, by: TeamMember, now: datetime) -> None:
    session.add(checkin)
    session.flush()
    audit.record(
        session,
        verb="checkin.logged",
        subject=f"checkin:{checkin.id}",
        account=checkin.account_id,
        by=by.id,
        now=now,
        after={"channel": checkin.channel, "note": checkin.note, "next_step": checkin.next_step},
    )


def _answer_feedback(session: Session, account: Account, by: TeamMember, now: datetime) -> int:
    """Whoever was unhappy has now been answered."""
    waiting = [Feedback.account_id == account.id, Feedback.negative, Feedback.answered_at.is_(None)]
    ids = session.scalars(select(Feedback.id).where(*waiting).order_by(Feedback.id)).all()
    if ids:
        session.execute(
            update(Feedback)
            .where(Feedback.id.in_(ids))
            .values(answered_at=now, answered_by_id=by.id)
        )
    for id in ids:
        audit.record(
            session,
            verb="feedback.answered",
            subject=f"feedback:{id}",
            account=account.id,
            by=by.id,
            now=now,
        )
    return len(ids)


def _note_on_renewal(
    session: Session, checkin: CheckIn, by: TeamMember, now: datetime
) -> tuple[bool, str | None]:
    """A renewal that nobody has planned for takes over the next step; another keeps its own."""
    if not checkin.next_step:
        return False, None
    renewal = session.scalar(
        select(Renewal)
        .where(
            Renewal.account_id == checkin.account_id,
            Renewal.status == "open",
        )
        .order_by(Renewal.next_step.is_not(None), Renewal.due_on)
        .limit(1)
    )
    if renewal is None or renewal.next_step:
        return False, renewal.next_step if renewal else None
    renewal.next_step, renewal.next_step_on = checkin.next_step, checkin.next_step_on
    audit.record(
        session,
        verb="renewal.next_step",
        subject=f"renewal:{renewal.id}",
        account=checkin.account_id,
        by=by.id,
        now=now,
        after={"next_step": checkin.next_step},
    )
    return True, None
