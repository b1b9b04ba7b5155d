"""Steps that give people something to do: tasks and meetings."""

from datetime import datetime, time

from sqlalchemy import insert

from csbot.meetings.model import Meeting
from csbot.playbooks.going import Batch, Going
from csbot.playbooks.steps.words import written
from csbot.tasks.model import Task
from csbot.team.model import TeamMember
from csbot.team.rules import local_date, zone

AT = time(10)  # of the organiser's day: late enough for a day's start, early enough for lunch


def task(batch: Batch) -> None:
    """Due on the day, by the assignee's calendar, that the time ends on."""
    spec = batch.spec
    rows = []
    for run, (title,) in written(batch, spec.title):
        who = _assignee(batch, run)
        due_on = local_date(who, spec.due.after(batch.now, who))
        rows.append(
            {
                "account_id": run.account.id,
                "title": title,
                "priority": spec.priority,
                "due_on": due_on,
                "assignee_id": who.id,
                "created_at": batch.now,
            }
        )
        batch.note(run, f"task for {who.name}: {title}, due {due_on.isoformat()}")
    if rows:
        batch.session.execute(insert(Task), rows)


def _assignee(batch: Batch, run: Going) -> TeamMember:
    manager = batch.manager_of(run) if batch.instruction.step.owner == "manager" else None
    return manager or batch.clock_of(run)


def meeting(batch: Batch) -> None:
    spec = batch.spec
    rows = []
    words = written(batch, spec.title, spec.agenda, spec.objectives)
    for run, (title, agenda, objectives) in words:
        who = batch.clock_of(run)
        day = local_date(who, spec.due.after(batch.now, who))
        starts_at = datetime.combine(day, AT, zone(who))
        rows.append(
            {
                "account_id": run.account.id,
                "kind": spec.kind,
                "title": title,
                "starts_at": starts_at,
                "duration_minutes": spec.duration_minutes,
                "organizer_id": who.id,
                "attendees": [run.contact.email] if run.contact else [],
                "agenda": agenda or None,
                "objectives": objectives or None,
                "created_at": batch.now,
            }
        )
        batch.note(run, f"meeting with {who.name} on {day.isoformat()}")
    if rows:
        batch.session.execute(insert(Meeting), rows)
