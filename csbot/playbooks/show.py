"""What people in Slack see of playbooks: all of them, and one with what came of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.playbooks.definition import TOUCHES
from csbot.playbooks.model import Playbook, PlaybookRun, PlaybookVersion
from csbot.playbooks.results import results
from csbot.playbooks.runs import GOING
from csbot.playbooks.store import Force, in_force
from csbot.playbooks.words import ends, how_often, starts
from csbot.shares import Share
from csbot.tasks.queries import completion
from csbot.team.queries import active
from messages.playbooks import Came, PlaybookCard, PlaybookLine, PlaybookList, Proportion

WINDOW = timedelta(days=90)
TASKS = "task.due"


def listing(session: Session, page: int = 1) -> PlaybookList:
    """Every playbook in a line, those that are on first; a page beyond the last is the last."""
    counts = dict(
        session.execute(
            select(PlaybookRun.playbook, func.count())
            .where(PlaybookRun.state.in_(GOING))
            .group_by(PlaybookRun.playbook)
        ).all()
    )
    broken = set(session.scalars(select(Playbook.name).where(Playbook.problem.is_not(None))))
    lines = [
        PlaybookLine(
            name=force.name,
            title=force.definition.title,
            on=force.enabled,
            touches=touches(force),
            under_way=counts.get(force.name, 0),
            broken=force.name in broken,
        )
        for force in in_force(session)
    ]
    made = PlaybookList(lines=tuple(sorted(lines, key=lambda line: not line.on)))
    return replace(made, page=max(1, min(page, made.pages)))


def card(session: Session, force: Force, *, may_switch: bool, now: datetime) -> PlaybookCard:
    """One playbook: what it is for, when it starts, and what came of it in 90 days."""
    definition = force.definition
    row = session.get_one(Playbook, force.name)
    version = session.get_one(PlaybookVersion, force.version_id)
    return PlaybookCard(
        playbook=force.name,
        title=definition.title,
        purpose=definition.purpose,
        on=force.enabled,
        touches=touches(force),
        starts=starts(definition.trigger),
        how_often=how_often(definition.enrol),
        ends=ends(definition),
        owner=definition.process_owner,
        review_on=definition.review_on,
        source=version.source,
        since=version.seen_at,
        problem=row.problem,
        measure=definition.success_measure,
        came=_came(session, force, now, by_person=may_switch),
        may_switch=may_switch,
    )


def _came(session: Session, force: Force, now: datetime, *, by_person: bool) -> Came:
    found = results(session, force.name, now - WINDOW, now)
    goal = _told(found.goal) if force.definition.goal else None
    if force.definition.trigger.detector != TASKS:
        return Came(started=found.started, under_way=found.under_way, goal=goal)
    done = completion(session, since=(now - WINDOW).date(), now=now)
    parts, wholes = (sum(getattr(one, name) for one in done.values()) for name in ("part", "whole"))
    return Came(
        started=found.started,
        under_way=found.under_way,
        goal=goal,
        tasks=_told(Share(parts, wholes)),
        people=_people(session, done) if by_person else (),
    )


def _people(session: Session, done: Mapping[int | None, Share]) -> tuple[tuple[str, int, int], ...]:
    """Name, tasks done by their day, tasks due: whoever had most first."""
    names = {member.id: member.name for member in active(session)}
    most = sorted(done.items(), key=lambda one: -one[1].whole)
    return tuple((names[who], one.part, one.whole) for who, one in most if who in names)


def _told(share: Share) -> Proportion:
    return Proportion(share.part, share.whole, *share.bounds)


def touches(force: Force) -> str:
    """What happens to messages to customers: none, draft or send."""
    if not any(step.kind in TOUCHES for step in force.definition.walk()):
        return "none"
    return "send" if force.sends else "draft"
