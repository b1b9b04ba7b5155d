"""Lets the engine carry out one playbook in the past, from moment to moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts import routing
from csbot.alerts.scope import Scope
from csbot.conditions.grammar import ALWAYS, Condition, parse
from csbot.conditions.sql import Frame, facts_of, where
from csbot.contacts import Contact
from csbot.outbox.model import OutgoingMessage
from csbot.playbooks import store
from csbot.playbooks.definition import Definition
from csbot.playbooks.engine import Pass
from csbot.playbooks.model import Playbook, PlaybookRun, PlaybookStep, PlaybookVersion
from csbot.playbooks.program import facts_of as facts_seen
from csbot.playbooks.reach import SUBJECTS, subject_of
from csbot.playbooks.simulate.history import History, Span, asked, load
from csbot.playbooks.simulate.past import Past
from csbot.playbooks.triggers import TRIGGERS, Look
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.touches.model import Touch

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONGEST = 366  # days
VERSION = 1
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Start:
    """One run: `at` is the moment of the replay, `at_first` that its cause was there before.

    `over_at` is when its cause went away, `goal_at` when its goal was reached.
    """

    run_id: int
    account_id: int
    contact_id: int | None
    subject: str
    at: datetime
    at_first: bool
    goal_at: datetime | None
    over_at: datetime | None

    @property
    def day(self) -> Any:
        """The day that the moment ends."""
        return (self.at - timedelta(microseconds=1)).date()


@dataclass(frozen=True)
class Said:
    """A message to the team: to a channel, to a person, or to both by a mention."""

    at: datetime
    channel: str | None
    person: int | None


@dataclass
class Replayed:
    span: Span
    history: History
    starts: list[Start] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    touches: list[tuple[datetime, int | None]] = field(default_factory=list)
    steps: dict[tuple[str, str], int] = field(default_factory=dict)


def replay(
    session: Session,
    definition: Definition,
    *,
    settings: Settings,
    span: Span,
    progress: Progress = lambda done, of: None,
) -> Replayed:
    """`session` is only read from."""
    needed = asked(_statements(definition, settings, span))
    history = load(session, settings, needed, span)
    past = Past(history.parts)
    try:
        made = _Replay(past, definition, settings, Replayed(span, history))
        made.through(list(moments(span, definition)), progress)
        return made.result
    finally:
        past.forget()


def moments(span: Span, definition: Definition) -> Iterator[datetime]:
    """The ends of days, in UTC, and `until`; of meetings, which are a matter of hours, of hours."""
    step = HOUR if subject_of(definition) == "meeting" and definition.trigger.detector else DAY
    at = datetime.combine(span.since.date(), time(), span.since.tzinfo)
    while at <= span.since:
        at += step
    while at < span.until:
        yield at
        at += step
    yield span.until


def _statements(definition: Definition, settings: Settings, span: Span) -> Iterator[Any]:
    """All that the playbook asks the database, to know which tables it takes."""
    name = definition.trigger.event or definition.trigger.detector
    if name:
        trigger = TRIGGERS[name]
        parameters = trigger.parameters(**definition.trigger.parameters)
        yield trigger.select(Look(span.until, span.since, parameters, settings, "sqlite"))
    fields = facts_seen(definition.trigger)
    part = subject_of(definition)
    subject: dict[str, Any] = {part: SUBJECTS[part]} if part else {}
    facts = facts_of(PlaybookRun.facts, fields)
    frame = Frame(
        now=span.until,
        contact=Contact,
        facts=facts,
        started_at=PlaybookRun.started_at,
        **subject,
    )
    for condition in conditions(definition):
        yield where(condition, frame)


def conditions(definition: Definition) -> Iterator[Condition]:
    trigger = definition.trigger
    said = [trigger.entering, trigger.leaving, definition.filter, definition.entry, definition.exit]
    said += [definition.goal.condition] if definition.goal else []
    for step in definition.walk():
        said += [step.wait.until] if step.wait else []
        said += [branch.if_ for branch in step.branch or []]
    fields = facts_seen(trigger)
    yield from (parse(one, fields) if one else ALWAYS for one in said if one is not None)


@dataclass
class _Replay:
    past: Past
    definition: Definition
    settings: Settings
    result: Replayed
    _last_step: int = 0

    def through(self, moments: list[datetime], progress: Progress) -> None:
        self._put_in_force(moments[0])
        for nth, moment in enumerate(moments, 1):
            self.past.at(moment)
            with self.past.sessions() as session:
                forces = store.in_force(session)
            Pass(self.past.sessions, self.settings, moment).carry_out(forces)
            self._note_alerts(moment)
            progress(nth, len(moments))
        self._collect(moments[0])

    def _put_in_force(self, first: datetime) -> None:
        said = self.definition.model_dump(mode="json", by_alias=True)
        version = {
            "id": VERSION,
            "name": self.definition.name,
            "digest": f"simulated:{self.definition.model_dump_json(by_alias=True)}",
            "source": "own",
            "definition": said,
            "seen_at": first,
        }
        since = self.result.span.since
        playbook = {"name": self.definition.name, "version_id": VERSION, "enabled": True}
        with self.past.sessions.begin() as session:
            session.execute(insert(PlaybookVersion), [version])
            session.execute(insert(Playbook), [playbook | {"on_since": since}])

    def _note_alerts(self, moment: datetime) -> None:
        """A step that alerts is a message in a channel, with a mention of who answers for it."""
        with self.past.sessions() as session:
            rows = session.execute(
                select(PlaybookStep.id, PlaybookStep.kind, Account.id, Account.owner_id)
                .join(PlaybookRun, PlaybookRun.id == PlaybookStep.run_id)
                .join(Account, Account.id == PlaybookRun.account_id)
                .where(PlaybookStep.id > self._last_step)
            ).all()
            alerts = [row for row in rows if row.kind == "alert"]
            if alerts:
                scope = Scope.load(session, self.settings, moment)
                places = routing.channels(scope, {("playbook", row[2]) for row in alerts})
                self.result.said += [
                    Said(moment, places["playbook", row[2]], row.owner_id) for row in alerts
                ]
        self._last_step = max([self._last_step, *(row.id for row in rows)])

    def _collect(self, first: datetime) -> None:
        lasts = self.definition.trigger.detector is not None
        with self.past.sessions() as session:
            self.result.starts = [
                Start(
                    run.id, run.account_id, run.contact_id, run.subject, run.started_at,
                    lasts and run.started_at == first, run.goal_at, run.over_at,
                )
                for run in session.scalars(select(PlaybookRun).order_by(PlaybookRun.id))
            ]  # fmt: skip
            posts = select(OutgoingMessage).where(OutgoingMessage.call == "post")
            people = dict(session.execute(select(TeamMember.slack_id, TeamMember.id)).all())
            self.result.said += [
                Said(row.created_at, None if row.lane in people else row.lane, people.get(row.lane))
                for row in session.scalars(posts)
            ]
            touches = select(Touch.created_at, Touch.contact_id)
            self.result.touches = list(session.execute(touches))
            for kind, outcome in session.execute(select(PlaybookStep.kind, PlaybookStep.outcome)):
                key = kind, outcome
                self.result.steps[key] = self.result.steps.get(key, 0) + 1
