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
from messages.digest_lists import AlertsInFull, DigestList, task_line
from messages.digests import OPEN, TASKS
from messages.home_parts import HomeAlert
from messages.text import plural
from messages.waiting import Waiting

MOST = 300  # a form has room for them
PAGE = 10


def listing(
    session: Session,
    what: str,
    *,
    person: TeamMember,
    by: TeamMember,
    settings: Settings,
    now: datetime,
    page: int = 1,
) -> DigestList | AlertsInFull:
    """The person's open alerts, or their tasks that are due; whatever an old button says."""
    if what == TASKS:
        return _tasks(session, person, now)
    return _alerts(session, person, by, settings, now, page)


def _alerts(
    session: Session,
    person: TeamMember,
    by: TeamMember,
    settings: Settings,
    now: datetime,
    page: int,
) -> AlertsInFull:
    """A page beyond the last is the last."""
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
    pages = max(1, -(-len(mine) // PAGE))
    page = min(max(1, page), pages)
    shown = mine[(page - 1) * PAGE : page * PAGE]
    looks = cards.load(Scope.load(session, settings, now), [item.id for item in shown])
    alerts = [
        HomeAlert(
            card=card,
            age=rules.age(item, today=today, member=person, last=reader.last, now=now),
            turn=turn(card, person),
        )
        for item in shown
        if isinstance(card := looks.get(item.id), AlertCard)
    ]
    whose = 0 if by.id == person.id else person.id
    return AlertsInFull(
        heading=Waiting(len(mine) - taken, taken).words("you"), alerts=tuple(alerts),
        acts=by.id == person.id, page=page, pages=pages,
        here=f"{OPEN}:{whose}:{page}", turn=f"{OPEN}:{whose}:{page % pages + 1}",
    )  # fmt: skip


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
