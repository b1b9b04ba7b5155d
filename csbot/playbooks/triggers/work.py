"""Tasks, meetings and renewals: what is agreed with a customer, and when."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Setting
from sqlalchemy import Date, String, case, cast, func, or_, select

from csbot.accounts.model import Account
from csbot.alerts.detectors import meetings, renewals, tasks
from csbot.conditions.kinds import Kind
from csbot.conditions.moments import utc_text
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from csbot.meetings.model import Meeting
from csbot.playbooks.triggers.arranged import MOVED, NOTED, ON_AGAIN, back_since, told
from csbot.playbooks.triggers.limits import Renewing, Soon, Within, scoped, whole_minutes
from csbot.playbooks.triggers.look import (
    CUSTOMER,
    Look,
    Parameters,
    Rows,
    Trigger,
    fact,
    rows,
)
from csbot.renewals.model import Renewal
from csbot.tasks.model import Task

LATEST = timedelta(days=60)  # that anybody says what became of a meeting


class Ahead(Parameters):
    """`within` so many minutes; `1 day` is as good."""

    within: Annotated[int, BeforeValidator(whole_minutes), Setting(ge=5, le=60 * 24 * 60)] = 1440


def _task(at: Any, of: Rows | None = None, **facts: Any) -> Rows:
    return rows(
        Task.account_id,
        at=at,
        subject=Task.id,
        subject_id=Task.id,
        contact_id=Task.contact_id,
        title=Task.title,
        due_on=cast(Task.due_on, String),
        priority=Task.priority,
        of=of,
        **facts,
    )


def _tasks(at: Any) -> Rows:
    return _task(at).join(Account, Account.id == Task.account_id).where(CUSTOMER)


def task_added(look: Look) -> Rows:
    return _tasks(Task.created_at).where(look.lately(Task.created_at))


def task_submitted(look: Look) -> Rows:
    return _tasks(Task.created_at).where(Task.source.is_not(None), look.lately(Task.created_at))


def task_done(look: Look) -> Rows:
    return _tasks(Task.done_at).where(look.lately(Task.done_at))


def task_due(look: Look) -> Rows:
    """By the calendar of whoever is to do it."""
    scope = scoped(look, days="task_due_soon_days")
    today, _ = scope.by_zone(tasks.ZONE, scope.today, Date())
    state = case((Task.due_on < today, "overdue"), (Task.due_on == today, "due"), else_="soon")
    return _task(look.now, of=tasks.falling_due(scope), state=state).where(CUSTOMER)


def _meeting(look: Look, at: Any, of: Rows | None = None, **facts: Any) -> Rows:
    facts = {"subject": Meeting.id, "kind": Meeting.kind} | facts
    return rows(
        Meeting.account_id,
        at=at,
        subject_id=Meeting.id,
        contact_id=_guest(look),
        of=of,
        **facts,
    )


def _meetings(look: Look, at: Any, **facts: Any) -> Rows:
    found = _meeting(look, at, **facts).join(Account, Account.id == Meeting.account_id)
    return found.where(CUSTOMER)


def _guest(look: Look) -> Any:
    """The first contact of the account whose address is among the attendees."""
    place = func.strpos if look.dialect == "postgresql" else func.instr
    address = '"' + func.lower(Contact.email) + '"'
    invited = place(func.lower(cast(Meeting.attendees, String)), address) > 0
    return (
        select(func.min(Contact.id))
        .where(Contact.account_id == Meeting.account_id, invited)
        .scalar_subquery()
    )


def meeting_booked(look: Look) -> Rows:
    """Each time that it is arranged for is a cause of its own, also one that it had before."""
    moved = told(look, MOVED).scalar_subquery()
    arranged = told(look, or_(MOVED, ON_AGAIN)).scalar_subquery()
    starts = utc_text(Meeting.starts_at)
    found = _meetings(
        look,
        func.coalesce(arranged, Meeting.created_at),
        subject=cast(Meeting.id, String) + "@" + starts + back_since(),
        starts=starts,
        moved=moved.is_not(None),
    )
    return found.where(
        or_(look.lately(Meeting.created_at), arranged.is_not(None)),
        Meeting.outcome.is_distinct_from("cancelled"),
        Meeting.starts_at > look.now,
    )


def meeting_over(look: Look) -> Rows:
    """What a calendar shows without any of the customer's people was among ourselves."""
    ends = look.later(Meeting.starts_at, Meeting.duration_minutes)
    subject = cast(Meeting.id, String) + "@" + utc_text(Meeting.starts_at)
    with_them = or_(Meeting.source.is_(None), cast(Meeting.attendees, String) != "[]")
    return _meetings(look, ends, subject=subject).where(
        Meeting.outcome.is_(None),
        Meeting.starts_at >= look.since - timedelta(days=1),
        look.lately(ends),
        Meeting.created_at <= ends,  # what is entered of the past is no news
        with_them,
    )


def meeting_ended(look: Look) -> Rows:
    """What became of it, from its end; what is said before or later, when it is said.

    A word that corrects an earlier one is a cause of its own.
    """
    ends = look.later(Meeting.starts_at, Meeting.duration_minutes)
    noted = told(look, NOTED).scalar_subquery()
    subject = cast(Meeting.id, String) + ":" + Meeting.outcome
    at = case((look.lately(ends), ends), else_=noted)
    return _meetings(look, at, subject=subject, outcome=Meeting.outcome).where(
        Meeting.outcome.is_not(None),
        Meeting.starts_at >= look.since - LATEST,
        or_(look.lately(ends), noted.is_not(None)),
    )


def meeting_upcoming(look: Look) -> Rows:
    ahead = timedelta(minutes=look.parameters.within)
    found = meetings.upcoming(look.scope).where(Meeting.starts_at <= look.now + ahead)
    return _meeting(look, look.later(Meeting.starts_at, -ahead), found).where(CUSTOMER)


def meeting_soon(look: Look) -> Rows:
    scope = scoped(look, minutes="meeting_soon_minutes")
    at = look.later(Meeting.starts_at, -timedelta(minutes=scope.limits.meeting_soon_minutes))
    return _meeting(look, at, meetings.soon(scope)).where(CUSTOMER)


def meeting_tomorrow(look: Look) -> Rows:
    """From the day before, in the organizer's zone, until it starts.

    What was arranged for the same day is not announced for tomorrow.
    """
    scope = look.scope

    def midnight(days: int) -> Any:
        def of(name: str | None) -> datetime:
            return scope.midnight(scope.today(name) + timedelta(days=days), name)

        return scope.by_zone(meetings.ZONE, of, UTCDateTime())

    (today, _), (tomorrow, _), (until, last) = midnight(0), midnight(1), midnight(2)
    found = meetings.upcoming(scope).where(Meeting.starts_at < last, Meeting.starts_at < until)
    return _meeting(look, look.later(Meeting.starts_at, -timedelta(days=1)), found).where(
        CUSTOMER, or_(Meeting.starts_at >= tomorrow, Meeting.created_at < today)
    )


def renewal_due(look: Look) -> Rows:
    """Open ones without a next step, by the owner's calendar."""
    return rows(
        Renewal.account_id,
        at=look.now,
        subject=Renewal.id,
        subject_id=Renewal.id,
        category=Renewal.category,
        of=renewals.unplanned(scoped(look, days="renewal_window_days")),
    )


TASK = {
    "trigger.title": fact(Kind.TEXT, "What is to be done.", "Call legal"),
    "trigger.due_on": fact(Kind.TEXT, "The day it is due; words show it as one.", "2026-12-04"),
    "trigger.priority": fact(Kind.TEXT, "low, normal or high.", "high"),
}
KIND = {"trigger.kind": fact(Kind.TEXT, "What kind of meeting it is.", "meeting")}
TRIGGERS = (
    Trigger(
        "task.added", "event", "Somebody adds a task, or a customer asks for one.",
        task_added, facts=TASK, part="task",
    ),
    Trigger(
        "task.submitted", "event", "A customer submits a task form.",
        task_submitted, facts=TASK, part="task",
    ),
    Trigger(
        "task.done", "event", "Somebody finishes a task.",
        task_done, facts=TASK, part="task",
    ),
    Trigger(
        "task.due", "detector", "A task is due in some days (2), today, or is overdue.",
        task_due, parameters=Soon, part="task",
        facts=TASK | {"trigger.state": fact(Kind.TEXT, "soon, due or overdue.", "overdue")},
    ),
    Trigger(
        "meeting.booked", "event", "A meeting that is to come is arranged, moved, or on again.",
        meeting_booked, part="meeting",
        facts=KIND | {
            "trigger.starts": fact(Kind.TEXT, "When, in UTC.", "2026-12-04T10:00Z"),
            "trigger.moved": fact(Kind.FLAG, "It was arranged for another time before.", "true"),
        },
    ),
    Trigger(
        "meeting.over", "event", "A meeting with a customer has ended, and nobody has noted it.",
        meeting_over, facts=KIND, part="meeting",
    ),
    Trigger(
        "meeting.ended", "event", "It is known what became of a meeting.",
        meeting_ended, part="meeting",
        facts=KIND | {
            "trigger.outcome": fact(Kind.TEXT, "attended, no_show or cancelled.", "attended")
        },
    ),
    Trigger(
        "meeting.upcoming", "detector", "A meeting starts within some time (1 day).",
        meeting_upcoming, facts=KIND, parameters=Ahead, part="meeting",
    ),
    Trigger(
        "meeting.tomorrow", "detector", "A meeting is tomorrow, and has not started.",
        meeting_tomorrow, facts=KIND, part="meeting",
    ),
    Trigger(
        "meeting.soon", "detector", "A meeting starts within some minutes (60).",
        meeting_soon, facts=KIND, parameters=Within, part="meeting",
    ),
    Trigger(
        "renewal.due", "detector", "A renewal is near (90 days) and has no next step.",
        renewal_due, parameters=Renewing,
        facts={
            "trigger.category": fact(
                Kind.TEXT, "commit, probable, best_case or at_risk.", "at_risk"
            )
        },
    ),
)  # fmt: skip
