"""The card of an account and its timeline, as somebody in particular sees them."""

from datetime import datetime

from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.accounts.model import Account
from csbot.accounts.queries import Card, card
from csbot.accounts.timeline import timeline
from csbot.alerts.model import Alert
from csbot.onboarding.stages import find
from csbot.team.model import TeamMember
from csbot.team.queries import person
from csbot.team.rules import local_date
from messages.accounts import (
    ALERTS,
    AccountCard,
    AlertLine,
    ContactLine,
    LastCheckIn,
    MeetingDue,
    TaskDue,
)
from messages.alert_card import WORDS
from messages.text import Money
from messages.timeline import AccountTimeline, Happened

EVENTS = 20


def account_card(
    session: Session,
    account_id: int,
    *,
    viewer: TeamMember,
    now: datetime,
    wrote: str | None = None,
) -> AccountCard:
    facts = card(session, account_id, now)
    account, today = facts.account, local_date(viewer, now)
    return AccountCard(
        account_id=account.id,
        account=account.name,
        owner=person(facts.owner) if facts.owner else None,
        arr=Money(account.arr, account.currency) if account.arr is not None else None,
        segment=account.segment,
        plan=account.plan,
        process=account.process,
        lifecycle=account.lifecycle_stage,
        stage=_stage(account),
        health=account.health,
        health_status=account.health_status,
        health_change=_change(facts),
        health_reason=account.health_reason,
        renews_on=account.renewal_on,
        days_left=(account.renewal_on - today).days if account.renewal_on else None,
        alerts=tuple(_alert(alert, now) for alert in facts.alerts),
        tasks=tuple(
            TaskDue(title=t.title, due_on=t.due_on, late=max(0, (today - t.due_on).days))
            for t in facts.tasks
        ),
        meeting=_meeting(facts),
        checkin=_checkin(facts),
        contacts=tuple(ContactLine(name=c.name or c.email, role=c.role) for c in facts.contacts),
        tags=tuple(facts.tags),
        wrote=wrote,
        may_act=allows(viewer.role, May.EDIT_ACCOUNTS),
        as_of=now,
    )


def account_timeline(
    session: Session, account: Account, *, now: datetime, wrote: str | None = None
) -> AccountTimeline:
    events = timeline(session, account.id, EVENTS + 1)
    return AccountTimeline(
        account_id=account.id,
        account=account.name,
        events=tuple(
            Happened(at=e.at, what=e.what, by=e.by, to_come=e.at > now) for e in events[:EVENTS]
        ),
        older=len(events) > EVENTS,
        wrote=wrote,
    )


def _stage(account: Account) -> str | None:
    """The stage's name; its key where the stages no longer list it."""
    known = find(account.process, account.onboarding_stage)
    return known.name if known else account.onboarding_stage


def _change(facts: Card) -> int | None:
    if facts.account.health is None or facts.health_before is None:
        return None
    return facts.account.health - facts.health_before


def _alert(alert: Alert, now: datetime) -> AlertLine:
    return AlertLine(
        severity=WORDS.get(alert.severity, alert.severity),
        what=ALERTS.get(alert.kind, alert.kind.replace("_", " ")),
        state=alert.state,
        days=max(0, (now - alert.since).days),
    )


def _meeting(facts: Card) -> MeetingDue | None:
    meeting = facts.next_meeting
    return MeetingDue(title=meeting.title, starts_at=meeting.starts_at) if meeting else None


def _checkin(facts: Card) -> LastCheckIn | None:
    last, by = facts.last_checkin, facts.checked_in_by
    if last is None:
        return None
    return LastCheckIn(at=last.at, by=by.name if by else None, note=last.note,
                       next_step=last.next_step)  # fmt: skip
