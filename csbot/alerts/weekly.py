"""What the week's alerts came to, for whoever answers for the playbooks that raised them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot import jobs
from csbot.alerts import acting, answerable, records, watching
from csbot.alerts.model import Alert, AlertVerdict
from csbot.alerts.promises import promises_kept
from csbot.alerts.scope import Scope
from csbot.audit import AuditEntry
from csbot.digests.rules import begins_week, due
from csbot.outbox.queue import Outgoing, Priority, enqueue_many
from csbot.playbooks.definition import Definition
from csbot.settings import Settings
from csbot.shares import Share
from csbot.team.model import TeamMember
from csbot.team.rules import zone
from messages.alert_reports import PlaybookDoubted, PlaybookWeek, Week

JOB = "playbook-week"
WEEK = timedelta(days=7)
JUDGED_IN = timedelta(days=90)
ENOUGH = 20  # judged ones, before a playbook is doubted
KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True)
class Judgement:
    """What people said of a playbook's alerts in 90 days."""

    real: int = 0
    judged: int = 0
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Report:
    """One person's week: the playbooks they answer for, each with its figures.

    `promised` is of everybody's promises that ended in it, how many were kept.
    """

    member: TeamMember
    day: date
    weeks: dict[str, Week]
    promised: Share

    @property
    def slot(self) -> str:
        return f"{self.member.id}:{self.day.isoformat()}"

    def message(self) -> PlaybookWeek:
        weeks = sorted(self.weeks.values(), key=lambda one: (-one.fired, one.title))
        last = self.day - timedelta(days=1)
        return PlaybookWeek(
            playbooks=tuple(weeks),
            fired=sum(one.fired for one in weeks),
            acted=sum(one.acted for one in weeks),
            kept=self.promised.part,
            promised=self.promised.whole,
            until=f"{last.day} {last:%b}",
        )


def send_due(session: Session, *, settings: Settings, now: datetime) -> int:
    """Each person's report, at the hour of the digest that begins their week, once a week.

    Returns how many went. A playbook that few call useful is asked about besides.
    """
    scope = Scope.load(session, settings, now)
    readers = _unsent(session, _readers(scope, now))
    if not readers:
        return 0
    reports = [
        one
        for one in _reports(scope, readers)
        if jobs.claim(session, job=JOB, slot=one.slot, now=now)
    ]
    doubted = _kept(session, now)
    out = [Outgoing(one.message(), one.member.slack_id or "", f"{JOB}:{one.slot}",
                    priority=Priority.ROUTINE) for one in reports]  # fmt: skip
    for one in reports:
        for name, week in one.weeks.items():
            if is_doubted(week) and name not in doubted:
                question = PlaybookDoubted(playbook=week.title, file=name, week=week)
                own = f"{question_key(name)}:{one.slot}"
                out.append(Outgoing(question, one.member.slack_id or "", own))
    enqueue_many(session, out, now=now)
    return len(reports)


def is_doubted(week: Week) -> bool:
    return week.judged >= ENOUGH and week.real * 2 < week.judged


def question_key(playbook: str) -> str:
    return f"playbook-doubted:{playbook}"


Readers = dict[TeamMember, tuple[date, list[Definition]]]


def _readers(scope: Scope, now: datetime) -> Readers:
    """Whose hour has come on their first day of the week, with the playbooks they answer for."""
    there = (one for one in scope.team.values() if one.id not in scope.cover.away)
    people = [one for one in there if one.slack_id and scope.person(one.id)]
    days = {one: day for one in people if (day := due(one, now)) and begins_week(one, day)}
    if not days:
        return {}
    found: Readers = {}
    for definition in watching.enabled(scope.session):
        for member in answerable.owners(scope, definition.process_owner):
            if member in days:
                found.setdefault(member, (days[member], []))[1].append(definition)
    return found


def _unsent(session: Session, readers: Readers) -> Readers:
    slots = {f"{member.id}:{day.isoformat()}": member for member, (day, _) in readers.items()}
    query = select(jobs.JobRun.slot).where(jobs.JobRun.job == JOB, jobs.JobRun.slot.in_(slots))
    sent = set(session.scalars(query)) if slots else set()
    return {member: readers[member] for slot, member in slots.items() if slot not in sent}


def _reports(scope: Scope, readers: Readers) -> list[Report]:
    """Counted once for all whose week is the same."""
    known: dict[datetime, dict[str, Week]] = {}
    promised: dict[datetime, Share] = {}
    made = []
    for member, (day, said) in readers.items():
        until = datetime.combine(day, time(), zone(member)).astimezone(UTC)
        if until not in known:
            known[until] = weeks(scope.session, until)
            promised[until] = promises_kept(scope.session, until - WEEK, until)
        told = {
            one.name: replace(known[until].get(one.name, NOTHING), title=one.title)
            for one in said
            if one.name in known[until] or watching.watching(one)
        }
        if told:
            made.append(Report(member, day, told, promised[until]))
    return made


def weeks(session: Session, until: datetime) -> dict[str, Week]:
    """The week before a moment, by playbook; what people said is of the 90 days before it."""
    fired = acting.told(session, Alert.opened_at >= until - WEEK, Alert.opened_at < until)
    count, acted = (
        Counter(one.playbook for one in some)
        for some in (fired, [one for one in fired if one.acted_on])
    )
    judged = _judgements(session, until - JUDGED_IN, until)
    found = {}
    for name in {*count, *judged}:
        said = judged.get(name, Judgement())
        low, high = Share(said.real, said.judged).bounds
        found[name] = Week(
            name, count[name], acted[name], said.judged, said.real, round(100 * low),
            round(100 * high), said.reasons,
        )  # fmt: skip
    return found


def _judgements(session: Session, since: datetime, until: datetime) -> dict[str, Judgement]:
    """By playbook, of the alerts that people said something of in this time."""
    judged = records.verdicts(AlertVerdict.at >= since, AlertVerdict.at < until)
    shares = session.execute(
        select(Alert.playbook, func.sum(judged.c.real), func.count())
        .join(judged, judged.c.alert_id == Alert.id)
        .group_by(Alert.playbook)
    )
    said = session.execute(
        select(Alert.playbook, AlertVerdict.verdict, func.count())
        .join(Alert, Alert.id == AlertVerdict.alert_id)
        .where(AlertVerdict.at >= since, AlertVerdict.at < until)
        .where(AlertVerdict.verdict != records.USEFUL)
        .group_by(Alert.playbook, AlertVerdict.verdict)
    )
    reasons: dict[str, list[tuple[str, int]]] = {}
    for name, verdict, count in said:
        reasons.setdefault(name, []).append((verdict, count))
    return {
        name: Judgement(int(real), count, _top(reasons.get(name, ())))
        for name, real, count in shares
    }


def _top(counted: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counted, key=lambda one: (-one[1], one[0]))[:3])


def _kept(session: Session, now: datetime) -> set[str]:
    """Playbooks that somebody has lately decided to keep."""
    query = select(AuditEntry.subject).where(
        AuditEntry.verb == "playbook.kept", AuditEntry.at > now - KEPT_FOR
    )
    return {subject.removeprefix("playbook:") for subject in session.scalars(query)}


NOTHING = Week("", 0, 0)
