"""Tasks, meetings and renewals: what is agreed with a customer, and when."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Setting
from sqlalchemy import Date, String, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.contacts import Contact
from csbot.db.base import UTCDateTime
from csbot.meetings.model import Meeting
from csbot.playbooks.triggers.limits import Renewing, Soon, Within, limit, whole_minutes
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact, rows
from csbot.renewals.model import Renewal
from csbot.tasks.model import Task
from csbot.team.model import TeamMember

Assignee, Owner, Organizer = aliased(TeamMember), aliased(TeamMember), aliased(TeamMember)
LONGEST = timedelta(days=1)  # a meeting


class Ahead(Parameters):
    """`within` so many minutes; `1 day` is as good."""

    within: Annotated[int, BeforeValidator(whole_minutes), Setting(ge=5, le=60 * 24 * 60)] = 1440


def _task(at: Any, **facts: Any) -> Rows:
    found = rows(
        Task.account_id,
        at=at,
        subject=Task.id,
        subject_id=Task.id,
        contact_id=Task.contact_id,
        priority=Task.priority,
        **facts,
    )
    return found.join(Account, Account.id == Task.account_id).where(CUSTOMER)


def task_added(look: Look) -> Rows:
    return _task(Task.created_at).where(look.lately(Task.created_at))


def task_submitted(look: Look) -> Rows:
    return _task(Task.created_at).where(Task.source.is_not(None), look.lately(Task.created_at))


def task_done(look: Look) -> Rows:
    return _task(Task.done_at).where(look.lately(Task.done_at))


def task_due(look: Look) -> Rows:
    """By the calendar of whoever is to do it."""
    scope, soon = look.scope, timedelta(days=limit(look, "days", "task_due_soon_days"))
    zone = func.coalesce(Assignee.timezone, Owner.timezone)
    today, _ = scope.by_zone(zone, scope.today, Date())
    horizon, last = scope.by_zone(zone, lambda name: scope.today(name) + soon, Date())
    state = case((Task.due_on < today, "overdue"), (Task.due_on == today, "due"), else_="soon")
    return (
        _task(look.now, state=state)
        .outerjoin(Assignee, and_(Assignee.id == Task.assignee_id, Assignee.active))
        .outerjoin(Owner, and_(Owner.id == Account.owner_id, Owner.active))
        .where(Task.done_at.is_(None), Task.due_on <= last, Task.due_on <= horizon)
    )


def _meeting(look: Look, at: Any, **facts: Any) -> Rows:
    found = rows(
        Meeting.account_id,
        at=at,
        subject=Meeting.id,
        subject_id=Meeting.id,
        contact_id=_guest(look),
        kind=Meeting.kind,
        **facts,
    )
    return found.join(Account, Account.id == Meeting.account_id).where(CUSTOMER)


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
    return _meeting(look, Meeting.created_at).where(
        look.lately(Meeting.created_at),
        Meeting.outcome.is_distinct_from("cancelled"),
        Meeting.starts_at > look.now,
    )


def meeting_ended(look: Look) -> Rows:
    """Once it is over and somebody has said what became of it."""
    ends = look.later(Meeting.starts_at, Meeting.duration_minutes)
    return _meeting(look, ends, outcome=Meeting.outcome).where(
        Meeting.outcome.is_not(None),
        Meeting.starts_at.between(look.since - LONGEST, look.now),
        look.lately(ends),
    )


def _upcoming(look: Look, ahead: timedelta) -> Rows:
    return _meeting(look, look.later(Meeting.starts_at, -ahead)).where(
        Meeting.outcome.is_(None),
        Meeting.starts_at > look.now,
        Meeting.starts_at <= look.now + ahead,
    )


def meeting_upcoming(look: Look) -> Rows:
    return _upcoming(look, timedelta(minutes=look.parameters.within))


def meeting_soon(look: Look) -> Rows:
    return _upcoming(look, timedelta(minutes=limit(look, "minutes", "meeting_soon_minutes")))


def meeting_tomorrow(look: Look) -> Rows:
    """From the day before, in the organizer's zone, until it starts.

    What was arranged for the same day is not announced for tomorrow.
    """
    scope = look.scope
    zone = func.coalesce(Organizer.timezone, Owner.timezone)

    def midnight(days: int) -> Any:
        return scope.by_zone(
            zone,
            lambda name: scope.midnight(scope.today(name) + timedelta(days=days), name),
            UTCDateTime(),
        )

    (today, _), (tomorrow, _), (until, last) = midnight(0), midnight(1), midnight(2)
    return (
        _meeting(look, look.later(Meeting.starts_at, -timedelta(days=1)))
        .outerjoin(Organizer, and_(Organizer.id == Meeting.organizer_id, Organizer.active))
        .outerjoin(Owner, and_(Owner.id == Account.owner_id, Owner.active))
        .where(
            Meeting.outcome.is_(None),
            Meeting.starts_at > look.now,
            Meeting.starts_at < last,
            Meeting.starts_at < until,
            or_(Meeting.starts_at >= tomorrow, Meeting.created_at < today),
        )
    )


def renewal_due(look: Look) -> Rows:
    """Open ones without a next step, by the owner's calendar."""
    scope, window = look.scope, timedelta(days=limit(look, "days", "renewal_window_days"))
    horizon, last = scope.by_zone(Owner.timezone, lambda name: scope.today(name) + window, Date())
    found = rows(
        Renewal.account_id,
        at=look.now,
        subject=Renewal.id,
        subject_id=Renewal.id,
        category=Renewal.category,
    )
    return (
        found.join(Account, Account.id == Renewal.account_id)
        .outerjoin(Owner, and_(Owner.id == Account.owner_id, Owner.active))
        .where(
            CUSTOMER,
            Renewal.status == "open",
            Renewal.due_on <= last,
            Renewal.due_on <= horizon,
            func.trim(func.coalesce(Renewal.next_step, "")) == "",
        )
    )


PRIORITY = {"trigger.priority": fact(Kind.TEXT, "low, normal or high.", "high")}
KIND = {"trigger.kind": fact(Kind.TEXT, "What kind of meeting it is.", "meeting")}
TRIGGERS = (
    Trigger(
        "task.added", "event", "Somebody adds a task, or a customer asks for one.",
        task_added, facts=PRIORITY, part="task",
    ),
    Trigger(
        "task.submitted", "event", "A customer submits a task form.",
        task_submitted, facts=PRIORITY, part="task",
    ),
    Trigger(
        "task.done", "event", "Somebody finishes a task.",
        task_done, facts=PRIORITY, part="task",
    ),
    Trigger(
        "task.due", "detector", "A task is due in some days (2), today, or is overdue.",
        task_due, parameters=Soon, part="task",
        facts=PRIORITY | {"trigger.state": fact(Kind.TEXT, "soon, due or overdue.", "overdue")},
    ),
    Trigger(
        "meeting.booked", "event", "A meeting that is to come is arranged.",
        meeting_booked, facts=KIND, part="meeting",
    ),
    Trigger(
        "meeting.ended", "event", "A meeting is over, and what became of it is known.",
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
