"""From alerts and their accounts to the messages that show them, any number in one query."""

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam, case, false, func, select

from csbot.accounts.model import Account, HealthChange
from csbot.alerts import records, rules
from csbot.alerts.finding import person_of
from csbot.alerts.model import Alert, AlertPromise
from csbot.alerts.promise_rules import Fate, days_held
from csbot.alerts.rules import Change, Part, Reach
from csbot.alerts.scope import Scope
from csbot.checkins.model import CheckIn
from csbot.churn.queries import CHURNED, leaves_on
from csbot.db.base import UTCDateTime
from csbot.team.model import TeamMember
from csbot.turns import alert_on_customer
from messages.alert_card import AlertCard
from messages.alert_replies import AlertClosed
from messages.alert_runs import AlertPlaybook
from messages.alerts import (
    AlertFeedback,
    AlertInactive,
    AlertMeetingSoon,
    AlertMeetingTomorrow,
    AlertPaymentFailed,
    AlertRenewal,
    AlertTask,
    AlertUnowned,
    Quiet,
)
from messages.text import Money, Person

WEEK = timedelta(days=7)
Shown = AlertCard | AlertClosed
Found = Row[*tuple[Any, ...]]


def load(scope: Scope, ids: Collection[int]) -> dict[int, Shown]:
    """What each alert is to look like now; they stay locked, so that no older look overtakes it."""
    if not ids:
        return {}
    given: dict[str, Any] = {"week_ago": scope.now - WEEK, "now": scope.now}
    if len(ids) == 1:
        query, given["alert"] = _query_one(), next(iter(ids))
    else:
        query = _query().where(scope.among(Alert.id, ids))
    scope.session.flush()
    rows = scope.session.connection().execute(query, given).all()
    managers = _managers(scope) if any(row.kind == "unowned" for row in rows) else ()
    known = _known(scope, {row.playbook for row in rows if row.closed_at is None})
    return {row.id: _shown(scope, row, managers, known) for row in rows}


def _known(scope: Scope, playbooks: set[str]) -> dict[str, dict[str, Any]]:
    """What each playbook is called, and how often its alerts were real."""
    if not playbooks:
        return {}
    found = records.about(scope.session, playbooks, scope.now)
    return {name: {"playbook": one.title, "like": one.like} for name, one in found.items()}


@cache
def _query() -> Select[*tuple[Any, ...]]:
    # Built once, and on the tables: that takes longer than to run it for one alert.
    alert, account = Alert.__table__.c, Account.__table__.c
    change = HealthChange.__table__.c
    promise = AlertPromise.__table__.alias("promise").c
    promised = AlertPromise.__table__.c
    newest = select(func.max(promised.id)).where(promised.alert_id == alert.id).scalar_subquery()
    moment = bindparam("week_ago", type_=UTCDateTime())
    week_ago = (
        select(change.score)
        .where(change.account_id == alert.account_id, change.at <= moment)
        .order_by(change.at.desc())
        .limit(1)
        .scalar_subquery()
    )
    waiting = alert_on_customer(alert, Account, bindparam("now", type_=UTCDateTime()))
    query = select(
        alert.id, alert.version, alert.kind, alert.playbook, alert.severity, alert.state,
        alert.owner_id, alert.fingerprint, alert.since, alert.evidence, alert.opened_at,
        alert.closed_at, alert.closed_because, alert.taken_by_id, alert.taken_at,
        alert.snoozed_by_id, alert.snoozed_until, alert.snooze_reason, alert.undo_until,
        alert.posted_at, promise.member_id.label("promised_by_id"),
        promise.made_at.label("promised_at"), promise.due_at.label("by_when"),
        promise.reason.label("waits_for"), promise.ended.label("promise_ended"),
        promise.ended_at.label("promise_ended_at"), promise.nudged_at.label("asked_after"),
        leaves_on(account).label("leaves_on"),
        account.name, account.arr, account.currency, account.renewal_on, account.health,
        account.segment, account.lifecycle_stage, week_ago.label("health_then"),
        case((alert.closed_at.is_not(None), _checkins(alert)), else_=0).label("checkins"),
        case((alert.closed_at.is_(None), waiting), else_=false()).label("on_customer"),
    )  # fmt: skip
    query = (
        query.select_from(Alert.__table__)
        .join(Account.__table__, account.id == alert.account_id)
        .outerjoin(promise.id.table, promise.id == newest)
        .order_by(alert.id)
    )
    return query.with_for_update(of=Alert.__table__)


def _checkins(alert: Any) -> Any:
    """How many there were since it opened."""
    checkin = CheckIn.__table__.c
    since = checkin.account_id == alert.account_id, checkin.at >= alert.opened_at
    return select(func.count()).where(*since).scalar_subquery()


@cache
def _query_one() -> Select[*tuple[Any, ...]]:
    return _query().where(Alert.__table__.c.id == bindparam("alert", type_=Integer()))


def _shown(
    scope: Scope, row: Found, managers: tuple[Person, ...], known: dict[str, dict[str, Any]]
) -> Shown:
    if row.closed_at is not None:
        return AlertClosed(
            kind=row.kind,
            account=row.name,
            title=row.evidence.get("title"),
            ended=row.evidence.get("ended", ""),
            because=row.closed_because or "",
            days=(row.closed_at - row.opened_at).days,
            taken_by=_person(scope, row.taken_by_id),
            checkins=row.checkins,
        )
    make, facts = KINDS[row.kind]
    said = _base(scope, row, managers) | known[row.playbook] | facts(row.evidence)
    made: AlertCard = make(**said)
    return made


def _base(scope: Scope, row: Found, managers: tuple[Person, ...]) -> dict[str, Any]:
    owner = scope.person(row.owner_id)
    renewal = _renews_on(row)
    today = scope.today(owner.timezone if owner else None)
    then = row.health_then
    return {
        "alert_id": row.id,
        "version": row.version,
        "account": row.name,
        "severity": row.severity,
        "state": row.state,
        "owner": named(owner),
        "cover": _cover(scope, owner),
        "asked": _asked(scope, row, managers),
        "since": row.since,
        "on_customer": bool(row.on_customer),
        "arr": None if row.arr is None else Money(row.arr, row.currency),
        "renews_on": renewal,
        "renews_in": None if renewal is None else (renewal - today).days,
        "health": row.health,
        "health_change": None if None in (then, row.health) else row.health - then,
        "segment": row.segment,
        "stage": row.lifecycle_stage,
        "taken_by": _person(scope, row.taken_by_id),
        "taken_at": row.taken_at,
        **_promised(row),
        **_let_go(scope, row),
        "snoozed_by": _person(scope, row.snoozed_by_id),
        "snoozed_until": row.snoozed_until,
        "snooze_reason": row.snooze_reason,
        "undoable": row.undo_until is not None and row.undo_until > scope.now,
    }


def _renews_on(row: Found) -> date | None:
    """Who leaves, or has left, renews nothing."""
    leaves = row.leaves_on is not None or row.lifecycle_stage == CHURNED
    renewal: date | None = None if leaves else row.renewal_on
    return renewal


def _promised(row: Found) -> dict[str, Any]:
    """By when, what it waits for, and that they were asked after it; nothing once it has ended."""
    if row.promise_ended is not None:
        return {}
    return {"by_when": row.by_when, "waits_for": row.waits_for, "asked_after": row.asked_after}


def _let_go(scope: Scope, row: Found) -> dict[str, Any]:
    """Who had it and let it lie, until somebody takes it anew."""
    if row.promise_ended != Fate.LAPSED:
        return {}
    days = days_held(row.promised_at, row.promise_ended_at)
    return {"let_go_by": _person(scope, row.promised_by_id), "let_go_after": days}


def _cover(scope: Scope, owner: TeamMember | None) -> Person | None:
    """Who stands in for the owner, while they are away."""
    told = scope.told(owner.id) if owner else None
    return named(told) if owner and told and told.id != owner.id else None


def _asked(scope: Scope, row: Found, managers: tuple[Person, ...]) -> tuple[Person, ...]:
    """Who is pinged; whoever got it by a hand-over was told in the thread and is only named."""
    if row.state != "open":
        return ()
    if row.kind == "unowned":
        return managers
    told = scope.told(row.owner_id)
    if told is None or not told.slack_id or told.id == scope.actor:
        return ()
    if row.posted_at is not None and row.owner_id != person_of(row.fingerprint):
        return ()
    way = rules.reach(
        change=Change.RAISED,
        part=Part.OWNER,
        alerts_by=scope.alerts_by(told, row.playbook, row.kind),
        severity=row.severity,
    )
    return (Person(told.name, told.slack_id),) if way is Reach.MENTION else ()


def _managers(scope: Scope) -> tuple[Person, ...]:
    """Who gives an account an owner: the managers, or the admins where there are none."""
    people = [m for m in scope.team.values() if m.slack_id and scope.person(m.id)]
    chosen = [m for m in people if m.role == "manager"] or [m for m in people if m.role == "admin"]
    there = dict.fromkeys(told for m in chosen if (told := scope.told(m.id)) and told.slack_id)
    return tuple(Person(m.name, m.slack_id) for m in list(there)[:3])


def named(member: TeamMember | None) -> Person | None:
    return Person(member.name, member.slack_id) if member else None


def _person(scope: Scope, id: int | None) -> Person | None:
    return named(scope.team.get(id)) if id else None


def _inactive(evidence: dict[str, Any]) -> dict[str, Any]:
    told = evidence.get("people", [])
    seen = [datetime.fromisoformat(one["last"]) for one in told]
    newest = max(seen, default=None)
    people = tuple(
        Quiet(one["name"], one["role"], last, evidence["days"] + (newest - last).days)
        for one, last in zip(told, seen, strict=True)
        if newest
    )
    return evidence | {"people": people}


def _task(evidence: dict[str, Any]) -> dict[str, Any]:
    return evidence | {"due_on": date.fromisoformat(evidence["due_on"])}


def _meeting(evidence: dict[str, Any]) -> dict[str, Any]:
    starts_at = datetime.fromisoformat(evidence["starts_at"])
    return evidence | {"starts_at": starts_at, "attendees": tuple(evidence["attendees"])}


def _renewal(evidence: dict[str, Any]) -> dict[str, Any]:
    amount, currency = evidence["amount"]
    return _task(evidence) | {"amount": Money(Decimal(amount), currency)}


def _payment(evidence: dict[str, Any]) -> dict[str, Any]:
    amount, currency = evidence["amount"]
    following = evidence["next_attempt_at"]
    return {
        "amount": Money(Decimal(amount), currency),
        "invoices": len(evidence["payments"]),
        "attempts": evidence["attempts"],
        "days": evidence["days"],
        "next_attempt_at": datetime.fromisoformat(following) if following else None,
    }


def _as_is(evidence: dict[str, Any]) -> dict[str, Any]:
    return evidence


KINDS: dict[str, tuple[type[AlertCard], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "inactive": (AlertInactive, _inactive),
    "feedback": (AlertFeedback, _as_is),
    "task": (AlertTask, _task),
    "meeting_tomorrow": (AlertMeetingTomorrow, _meeting),
    "meeting_soon": (AlertMeetingSoon, _meeting),
    "renewal": (AlertRenewal, _renewal),
    "payment_failed": (AlertPaymentFailed, _payment),
    "unowned": (AlertUnowned, _as_is),
    "playbook": (AlertPlaybook, _as_is),
}
