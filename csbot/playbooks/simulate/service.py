"""Replays a playbook and sums it up; nothing is sent, nothing is stored."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot import misfit
from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.contacts import Contact
from csbot.errors import Refused
from csbot.playbooks import shape, versions
from csbot.playbooks.definition import Definition
from csbot.playbooks.simulate import caveats
from csbot.playbooks.simulate.afterwards import judge
from csbot.playbooks.simulate.history import Span
from csbot.playbooks.simulate.replay import LONGEST, Progress, Replayed, replay
from csbot.playbooks.simulate.report import Report, Worst, monday, worst
from csbot.playbooks.triggers import TRIGGERS, Trigger
from csbot.settings import Settings
from csbot.team.model import TeamMember

WEEK = timedelta(days=7)
SHOWN = 10  # people and channels


def simulate(
    session: Session,
    definition: Definition,
    *,
    settings: Settings,
    since: datetime,
    now: datetime,
    until: datetime | None = None,
    progress: Progress = lambda done, of: None,
) -> Report:
    """What it would have done from `since` until `until`, and what happened after; only reads."""
    until = min(until or now, now)
    if not since < until or until - since > timedelta(days=LONGEST):
        raise Refused(f"Look back between one and {LONGEST} days.")
    span = Span(since, until, now)
    made = replay(session, definition, settings=settings, span=span, progress=progress)
    return _report(session, definition, made)


def with_parameters(definition: Definition, said: Mapping[str, Any]) -> Definition:
    """The same playbook with other parameters of its trigger; Refused where they do not fit."""
    trigger = definition.trigger
    known = TRIGGERS.get(trigger.event or trigger.detector or "")
    parameters = {**trigger.parameters, **said}
    if said and known is None:
        raise Refused("This playbook's trigger has no parameters.")
    try:
        if known is not None:
            known.parameters(**parameters)
    except ValidationError as wrong:
        raise Refused(_unfit(wrong.errors(include_url=False)[0], known)) from None
    changed = trigger.model_copy(update={"parameters": parameters})
    return definition.model_copy(update={"trigger": changed})


def _unfit(error: ErrorDetails, trigger: Trigger | None) -> str:
    name, *_ = error["loc"]
    if error["type"] == "extra_forbidden" and trigger is not None:
        told = misfit.unknown(str(name), list(trigger.parameters.model_fields), "parameter")
    else:
        told = shape.said(error, (name,))
    return told[:1].upper() + told[1:] + ("" if told.endswith("?") else ".")


def would_hide(
    session: Session,
    playbook: str,
    parameter: str,
    value: Any,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    settings: Settings,
) -> tuple[int, int]:
    """How often a playbook would have started, and how many of those another value hides.

    The rest is what `csbot playbook simulate` shows with that value.
    """
    definition = versions.named(session, playbook).definition
    span = Span(since, until, now)
    fired, left = (
        len(replay(session, one, settings=settings, span=span).starts)
        for one in (definition, with_parameters(definition, {parameter: value}))
    )
    return fired, max(0, fired - left)


def _report(session: Session, definition: Definition, made: Replayed) -> Report:
    judged = judge(session, made)
    people = dict(session.execute(select(TeamMember.id, TeamMember.name)).all())
    accounts = {start.account_id for start in made.starts} | set(judged.missed)
    ordered = sorted(made.starts, key=lambda start: (start.at, start.run_id))
    return Report(
        playbook=definition.name,
        title=definition.title,
        parameters=dict(definition.trigger.parameters),
        since=made.span.since,
        until=made.span.until,
        starts=tuple(ordered),
        names=_names(session, Account.id, Account.name, accounts),
        weeks=tuple(_weeks(made)),
        people=worst((people[s.person], s.at) for s in made.said if s.person in people)[:SHOWN],
        channels=worst((s.channel, s.at) for s in made.said if s.channel)[:SHOWN],
        touches=len(made.touches),
        touched=len({id for _, id in made.touches}),
        contact=_busiest(session, made),
        judged=judged,
        failed=sum(n for (_, outcome), n in made.steps.items() if outcome == "failed"),
        caveats=tuple(caveats.of(definition)),
    )


def _names(session: Session, id: Any, name: Any, wanted: Iterable[int]) -> dict[int, str]:
    wanted = list(wanted)
    if not wanted:
        return {}
    return dict(session.execute(select(id, name).where(among(session, id, wanted))).all())


def _busiest(session: Session, made: Replayed) -> Worst | None:
    found = worst((str(id), at) for at, id in made.touches if id)
    if not found:
        return None
    name = _names(session, Contact.id, Contact.name, [int(found[0].name)])
    return Worst(name.get(int(found[0].name)) or "a contact", found[0].count, found[0].week)


def _weeks(made: Replayed) -> list[tuple[Any, int]]:
    counted = Counter(monday(start.at) for start in made.starts)
    week, last = monday(made.span.since.date()), monday(made.span.until)
    weeks = []
    while week <= last:
        weeks.append((week, counted[week]))
        week += WEEK
    return weeks
