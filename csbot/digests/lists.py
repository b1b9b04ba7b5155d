"""The lists behind a digest's Show buttons, read when they are pressed."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from csbot.alerts import cards
from csbot.alerts.scope import Scope
from csbot.away.cover import Cover
from csbot.digests import queries, rules
from csbot.digests.readers import readers
from csbot.digests.writing import items, turn
from csbot.settings import Settings
from csbot.tasks.queries import open_tasks
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.alert_card import AlertCard
from messages.digest_lists import DigestList, task_line
from messages.digests import TASKS, alert_line
from messages.text import plural
from messages.waiting import Waiting

MOST = 300  # a form has room for them


def listing(
    session: Session, what: str, *, person: TeamMember, settings: Settings, now: datetime
) -> DigestList:
    """The person's open alerts, or their tasks that are due; whatever an old button says."""
    if what == TASKS:
        return _tasks(session, person, now)
    return _alerts(session, person, settings, now)


def _alerts(session: Session, person: TeamMember, settings: Settings, now: datetime) -> DigestList:
    today = local_date(person, now)
    [reader] = readers(session, {person: today})
    covers = Cover.load(session, now).covering.get(person.id, ())
    reader = replace(reader, covers=covers)
    people = {one.id for one in (person, *reader.reports, *covers)}
    held = queries.open_alerts(session, people, now=now)
    by_person: dict[int, list[queries.Open]] = {}
    for one in held:
        by_person.setdefault(one.person_id, []).append(one)
    mine = sorted(items(reader, by_person), key=rules.weight)
    taken = sum(item.taken for item in mine)
    shown = mine[:MOST]
    looks = cards.load(Scope.load(session, settings, now), [item.id for item in shown])
    lines = [
        alert_line(
            card,
            rules.age(item, today=today, member=person, last=reader.last, now=now),
            turn(card, person),
        )
        for item in shown
        if isinstance(card := looks.get(item.id), AlertCard)
    ]
    return DigestList(
        heading=Waiting(len(mine) - taken, taken).words("you"),
        lines=tuple(lines),
        more=len(mine) - len(shown),
    )


def _tasks(session: Session, person: TeamMember, now: datetime) -> DigestList:
    today = local_date(person, now)
    found = open_tasks(session, today=today, of=person, account=None)
    due = [line for line in found if line.due_on <= today]
    verb = "is" if len(due) == 1 else "are"
    return DigestList(
        heading=f"{plural(len(due), 'task')} {verb} due",
        lines=tuple(task_line(line) for line in due[:MOST]),
        more=max(0, len(due) - MOST),
    )
