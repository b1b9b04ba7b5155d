"""The card of an account and its timeline, as somebody in particular sees them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.accounts.model import Account
from csbot.accounts.queries import Card, Line, card
from csbot.accounts.timeline import timeline
from csbot.churn.queries import CHURNED
from csbot.onboarding.stages import find
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.accounts import (
    ALERTS,
    AccountCard,
    AlertLine,
    ContactLine,
    LastCheckIn,
    MeetingDue,
    Support,
    TaskDue,
    UsageLine,
)
from messages.ago import ago
from messages.alert_card import WORDS
from messages.billing import BillingLine
from messages.text import Money, Person
from messages.timeline import AccountTimeline, Happened, in_slack

EVENTS, PAGES_MAX = 20, 25


def account_card(
    session: Session,
    account_id: int,
    *,
    viewer: TeamMember,
    settings: Settings,
    now: datetime,
    wrote: str | None = None,
) -> AccountCard:
    shown = card(session, account_id, settings=settings, now=now)
    account, facts, today = shown.account, shown.facts, local_date(viewer, now)
    renewal_on = None if account.lifecycle_stage == CHURNED else account.renewal_on
    return AccountCard(
        account_id=account.id,
        account=account.name,
        owner=Person(facts.owner, facts.owner_slack_id) if facts.owner is not None else None,
        arr=Money(account.arr, account.currency) if account.arr is not None else None,
        segment=account.segment,
        plan=account.plan,
        process=account.process,
        lifecycle=account.lifecycle_stage,
        stage=_stage(account),
        **_health(account, facts),
        **_wanted(facts),
        renews_on=renewal_on,
        days_left=(renewal_on - today).days if renewal_on else None,
        leaves_on=facts.leaves_on,
        alerts=tuple(_alert(alert, now) for alert in shown.alerts),
        tasks=tuple(_task(task, today) for task in shown.tasks),
        meeting=_meeting(facts),
        checkin=_checkin(facts),
        support=_support(shown, now),
        billing=_billing(shown, now),
        usage=_usage(shown, now),
        contacts=tuple(ContactLine(name=c.name or c.email, role=c.role) for c in shown.contacts),
        tags=tuple(shown.tags),
        wrote=wrote,
        may_act=allows(viewer.role, May.EDIT_ACCOUNTS),
        as_of=now,
    )


def account_timeline(
    session: Session,
    account: Account,
    *,
    reader: TeamMember,
    now: datetime,
    wrote: str | None = None,
    page: int = 1,
) -> AccountTimeline:
    page = min(max(1, page), PAGES_MAX)
    events = timeline(session, account.id, page * EVENTS + 1)[(page - 1) * EVENTS :]
    return AccountTimeline(
        account_id=account.id,
        account=account.name,
        events=tuple(
            Happened(
                at=e.at,
                what=e.what,
                by=e.by,
                to_come=e.at > now,
                link=in_slack(e.link) if e.link else None,
            )
            for e in events[:EVENTS]
        ),
        older=len(events) > EVENTS and page < PAGES_MAX,
        wrote=wrote,
        logs=allows(reader.role, May.LOG),
        page=page,
    )


def _stage(account: Account) -> str | None:
    """The stage's name; its key where the stages no longer list it."""
    known = find(account.process, account.onboarding_stage)
    return known.name if known else account.onboarding_stage


def _health(account: Account, facts: Line) -> dict[str, Any]:
    return {
        "health": account.health,
        "health_status": account.health_status,
        "health_change": _change(account.health, facts.health_before),
        "health_reason": account.health_reason,
    }


def _wanted(facts: Line) -> dict[str, Any]:
    return {"why_bought": facts.why_bought, "intended_use": facts.intended_use}


def _change(health: int | None, before: int | None) -> int | None:
    return None if health is None or before is None else health - before


def _alert(alert: Line, now: datetime) -> AlertLine:
    return AlertLine(
        severity=WORDS.get(alert.severity, alert.severity),
        what=_what(alert),
        state=alert.state,
        days=max(0, (now - alert.opened_at).days),
    )


def _what(alert: Line) -> str:
    """What a playbook's file has its alert say; else what its kind is called."""
    said: str | None = alert.evidence.get("title") if alert.kind == "playbook" else None
    return said or ALERTS.get(alert.kind, alert.kind.replace("_", " "))


def _task(task: Line, today: date) -> TaskDue:
    return TaskDue(title=task.title, due_on=task.due_on, late=(today - task.due_on).days)


def _meeting(facts: Line) -> MeetingDue | None:
    if facts.starts_at is None:
        return None
    return MeetingDue(title=facts.meeting, starts_at=facts.starts_at)


def _checkin(facts: Line) -> LastCheckIn | None:
    if facts.checked_in_at is None:
        return None
    return LastCheckIn(at=facts.checked_in_at, by=facts.checked_in_by, note=facts.note,
                       next_step=facts.next_step)  # fmt: skip


def _support(shown: Card, now: datetime) -> Support | None:
    load = shown.support
    if load is None:
        return None
    oldest = (now - load.oldest_at).days if load.oldest_at else 0
    return Support(
        open=load.open,
        urgent=load.urgent,
        oldest_days=max(0, oldest),
        mood=load.mood,
        answered_in=load.response_hours,
    )


def _billing(shown: Card, now: datetime) -> BillingLine | None:
    told = shown.billing
    if told is None:
        return None
    return BillingLine(
        mrr=None if told.mrr is None else Money(told.mrr, told.currency or ""),
        failed_ago=max(0, (now - told.failed_at).days) if told.failed_at else None,
        paid_on=told.paid_at.date() if told.paid_at else None,
    )


def _usage(facts: Card, now: datetime) -> UsageLine | None:
    """In minutes where the product tells them, else in events."""
    seen = facts.usage
    if seen is None:
        return None
    timed = seen.minutes.recent or seen.minutes.before
    counted = seen.minutes if timed else seen.events
    change = counted.change
    return UsageLine(
        amount=counted.recent,
        unit="minute" if timed else "event",
        change=None if change is None else round(change * 100),
        last_login=ago(seen.last_login, now=now) if seen.last_login else None,
    )
