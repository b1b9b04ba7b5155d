"""Acknowledged is a promise: taking an alert says by when something happens on the account."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from csbot import audit
from csbot.alerts import promise_rules
from csbot.alerts.model import Alert, AlertPromise
from csbot.alerts.promise_rules import Fate
from csbot.audit import AuditEntry
from csbot.shares import Share
from csbot.team.model import TeamMember

HAPPENED = (
    "checkin.logged", "meeting.added", "meeting.outcome", "meeting.updated", "task.finished",
    "onboarding.started", "stage.advanced", "onboarding.finished",
    "renewal.changed", "renewal.next_step", "renewal.won", "renewal.lost", "churn.recorded",
)  # fmt: skip
PREFIX = "promise."


def make(session: Session, alert: Alert, *, by: TeamMember, now: datetime) -> AlertPromise:
    """`by` has taken the alert; whatever somebody promised of it before is void."""
    with session.no_autoflush:  # what the alert has become is written once, with all of it
        former = open_of(session, alert.id)
    for promise in former:
        end(session, promise, alert.account_id, Fate.VOID, now)
    due_at = promise_rules.due_at(severity=alert.severity, member=by, now=now)
    made = AlertPromise(alert_id=alert.id, member_id=by.id, made_at=now, due_at=due_at)
    session.add(made)
    return made


def end(session: Session, promise: AlertPromise, account_id: int, how: Fate, now: datetime) -> None:
    promise.ended, promise.ended_at = how, now
    audit.record(
        session, verb=f"{PREFIX}{how}", subject=f"promise:{promise.id}", account=account_id,
        by=None, now=now, after={"alert": promise.alert_id, "member": promise.member_id},
    )  # fmt: skip


def open_of(session: Session, alert_id: int) -> Sequence[AlertPromise]:
    return session.scalars(_open(), {"alert": alert_id}).all()


@cache
def _open() -> Select[AlertPromise]:
    # Built once: it is asked with every press.
    alert = bindparam("alert", type_=Integer())
    query = select(AlertPromise).where(
        AlertPromise.alert_id == alert, AlertPromise.ended_at.is_(None)
    )
    return query.order_by(AlertPromise.id.desc())


def happened() -> ColumnElement[bool]:
    """That somebody did something on the alert's account since it was promised, not taken back."""
    back = aliased(AuditEntry)
    person = and_(AuditEntry.by_id.is_not(None), AuditEntry.verb.in_(HAPPENED))
    met = AuditEntry.after["outcome"].as_string() == "attended"
    return (
        select(AuditEntry.id)
        .where(
            AuditEntry.account_id == Alert.account_id,
            AuditEntry.at >= AlertPromise.made_at,
            or_(person, and_(AuditEntry.verb == "meeting.outcome", met)),
            ~select(back.id).where(back.undoes_id == AuditEntry.id).exists(),
        )
        .correlate(Alert, AlertPromise)
        .exists()
    )


def unkept_since() -> ScalarSelect[datetime | None]:
    """When whoever has the alert of the query around this one was asked after their promise."""
    mine = AlertPromise.member_id == Alert.taken_by_id, AlertPromise.ended_at.is_(None)
    asked = select(func.max(AlertPromise.nudged_at)).where(AlertPromise.alert_id == Alert.id, *mine)
    return asked.correlate(Alert).scalar_subquery()


def promises_kept(session: Session, since: datetime, until: datetime) -> Share:
    """Of the promises that were kept or lapsed in this time, how many were kept."""
    rows = session.execute(
        select(AlertPromise.ended, func.count())
        .where(
            AlertPromise.ended.in_((Fate.KEPT, Fate.LAPSED)),
            AlertPromise.ended_at >= since,
            AlertPromise.ended_at < until,
        )
        .group_by(AlertPromise.ended)
    )
    counted = {ended: count for ended, count in rows}
    return Share(counted.get(Fate.KEPT, 0), sum(counted.values()))
