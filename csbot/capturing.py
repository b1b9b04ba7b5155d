"""Messages of Slack kept with an account because somebody asked: as a check-in, a task, or a link.

Only then is anything of a message stored, and never more than that one message.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.captures import Capture
from csbot.checkins import rules as checkin_rules
from csbot.checkins import service as checkins
from csbot.find import account_by_id
from csbot.settings import Settings
from csbot.tasks import rules as task_rules
from csbot.tasks import service as tasks
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.captures import Quote

CHECKIN, TASK, LINK = "checkin", "task", "link"


@dataclass(frozen=True)
class Kept:
    """`again`: this message had been kept so for this account, and nothing was done now."""

    capture: Capture
    account: Account
    task: Task | None = None
    assignee: TeamMember | None = None
    again: bool = False


def as_checkin(
    session: Session,
    quote: Quote,
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
) -> Kept:
    require(by, May.LOG)
    checkin_rules.check(
        note=note, channel=channel, sentiment=sentiment, next_step=next_step,
        next_step_on=next_step_on, today=local_date(by, now),
    )  # fmt: skip

    def log() -> int:
        logged = checkins.log_checkin(
            session, account_id=account_id, note=note, channel=channel, sentiment=sentiment,
            next_step=next_step, next_step_on=next_step_on, by=by, now=now, settings=settings,
            theirs=not quote.ours,
        )  # fmt: skip
        return logged.checkin.id

    return _once(session, CHECKIN, quote, account_id, log, by, now)


def as_task(
    session: Session,
    quote: Quote,
    *,
    account_id: int,
    title: str,
    due_on: date,
    priority: str,
    assignee: TeamMember,
    by: TeamMember,
    now: datetime,
    settings: Settings,
) -> Kept:
    require(by, May.TASKS)
    today = local_date(by, now)
    task_rules.check(title=title, due_on=due_on, priority=priority, today=today, assignee=assignee)

    def add() -> int:
        added = tasks.add_task(
            session, account_id=account_id, title=title, due_on=due_on, priority=priority,
            assignee=assignee, by=by, now=now, settings=settings,
        )  # fmt: skip
        return added.task.id

    kept = _once(session, TASK, quote, account_id, add, by, now)
    task = session.get(Task, kept.capture.subject_id) if kept.capture.subject_id else None
    return Kept(kept.capture, kept.account, task, assignee, kept.again)


def link(session: Session, quote: Quote, *, account_id: int, by: TeamMember, now: datetime) -> Kept:
    """Only what was said, by whom and where."""
    require(by, May.LOG)
    return _once(session, LINK, quote, account_id, lambda: None, by, now)


def _once(
    session: Session,
    kind: str,
    quote: Quote,
    account_id: int,
    act: Callable[[], int | None],
    by: TeamMember,
    now: datetime,
) -> Kept:
    """Two who keep the same message wait for each other at the account; the second is told."""
    account = account_by_id(session, account_id, lock=True)
    same = select(Capture).where(
        Capture.kind == kind, Capture.channel_id == quote.channel, Capture.ts == quote.ts,
        Capture.account_id == account.id,
    )  # fmt: skip
    if known := session.scalar(same):
        return Kept(known, account, again=True)
    capture = Capture(
        kind=kind, account_id=account.id, subject_id=act(), text=quote.text, said_by=quote.author,
        said_by_slack_id=quote.author_id, said_at=said_at(quote.ts), permalink=quote.link,
        channel_id=quote.channel, ts=quote.ts, by_id=by.id, at=now,
    )  # fmt: skip
    session.add(capture)
    session.flush()
    audit.record(
        session, verb="message.kept", subject=f"capture:{capture.id}", account=account.id,
        by=by.id, now=now, after={
            "kind": kind, "channel": quote.channel, "ts": quote.ts,
            "author": quote.author, "author_id": quote.author_id,  # to erase them once undone
        },
    )  # fmt: skip
    return Kept(capture, account)


def said_at(ts: str) -> datetime:
    """When a message was written; its number is the moment, in seconds and microseconds."""
    return datetime.fromtimestamp(float(ts), UTC)
