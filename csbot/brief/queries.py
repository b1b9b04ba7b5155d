"""What a brief needs of one account beyond its card: a constant number of queries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from csbot.accounts.model import HealthChange
from csbot.audit import AuditEntry, stands
from csbot.checkins.model import CheckIn
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from csbot.meetings.model import Meeting
from csbot.notes.model import Note
from csbot.playbooks.model import PlaybookRun, PlaybookVersion
from csbot.renewals.model import Renewal
from csbot.revenue import Revenue
from csbot.team.model import TeamMember
from csbot.usage.model import Milestone, ProductGroup

BACK = timedelta(days=90)
PROMOTER, LISTED, CHANGES = 9, 6, 8
Lines = Sequence[Any]
# What changes hands, stage, plan or heart; of amounts tell only those in AMOUNTS.
CHANGED = (
    "account.assigned", "onboarding.started", "onboarding.finished", "stage.advanced",
    "churn.recorded", "churn.withdrawn",
)  # fmt: skip
AMOUNTS = ("billing.mrr_changed", "renewal.changed", "renewal.won", "renewal.lost")
# A playbook whose goal asks for one of these has got something done for us.
OURS = (
    "renewal.", "payment.", "task.", "account.requirements", "account.leaving",
    "account.lifecycle_stage", "account.tags", "account.arr", "account.last_touch",
    "account.surveyed_since_start",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """`health_then` is the score of 90 days ago; `mrr` what is paid a month now, and then."""

    milestones: Lines
    goals: Lines
    praise: Lines
    complaints: Lines
    health_then: int | None
    mrr: Lines
    renewal: Renewal | None
    meetings: Lines
    written: Lines
    changes: Sequence[tuple[AuditEntry, str | None]]


def read(session: Session, account_id: int, *, now: datetime, today: date, amounts: bool) -> Told:
    return Told(
        milestones=_milestones(session, account_id),
        goals=_goals(session, account_id),
        praise=_voices(session, account_id, Feedback.kind == "nps", Feedback.score >= PROMOTER),
        complaints=_voices(session, account_id, Feedback.negative, Feedback.answered_at.is_(None)),
        health_then=_health_then(session, account_id, now - BACK),
        mrr=_revenue(session, account_id, today) if amounts else (None, None),
        renewal=_renewal(session, account_id) if amounts else None,
        meetings=_meetings(session, account_id, now),
        written=_written(session, account_id),
        changes=_changes(session, account_id, now, amounts=amounts),
    )


def _milestones(session: Session, id: int) -> Lines:
    at = func.min(Milestone.reached_at)
    return session.execute(
        select(Milestone.name, at.label("at"))
        .join(ProductGroup, ProductGroup.id == Milestone.group_id)
        .where(ProductGroup.account_id == id)
        .group_by(Milestone.name)
        .order_by(at.desc(), Milestone.name)
        .limit(LISTED)
    ).all()


def _goals(session: Session, id: int) -> Lines:
    """Of playbooks, each once; what we got done on our own side is no value to the customer."""
    run, at = PlaybookRun, func.max(PlaybookRun.goal_at).label("at")
    reached = (
        select(run.version_id, at)
        .where(run.account_id == id, run.goal_at.is_not(None))
        .group_by(run.version_id)
        .subquery()
    )
    title = PlaybookVersion.definition["title"].as_string().label("name")
    found = session.execute(
        select(title, reached.c.at, PlaybookVersion.definition["goal"].label("goal"))
        .join(reached, reached.c.version_id == PlaybookVersion.id)
        .order_by(reached.c.at.desc(), title)
    ).all()
    theirs = dict[str, Any]()
    for row in found:
        if not any(field.startswith(OURS) for field in _asked(row.goal)):
            theirs.setdefault(row.name, row)
    return list(theirs.values())[:LISTED]


def _asked(condition: Any) -> Iterator[str]:
    """The fields of a stored condition."""
    if isinstance(condition, dict):
        for name, part in condition.items():
            yield from [name] if "." in name else _asked(part)
    elif isinstance(condition, list):
        for part in condition:
            yield from _asked(part)


def _voices(session: Session, id: int, *which: Any) -> Lines:
    who = func.coalesce(Contact.name, Feedback.email).label("who")
    return session.execute(
        select(Feedback.kind, Feedback.score, Feedback.comment, Feedback.at, who)
        .outerjoin(Contact, Contact.id == Feedback.contact_id)
        .where(Feedback.account_id == id, *which)
        .order_by(Feedback.at.desc(), Feedback.id.desc())
        .limit(LISTED)
    ).all()


def _health_then(session: Session, id: int, then: datetime) -> int | None:
    change = HealthChange
    return session.scalar(
        select(change.score)
        .where(change.account_id == id, change.at <= then)
        .order_by(change.at.desc(), change.id.desc())
        .limit(1)
    )


def _revenue(session: Session, id: int, today: date) -> Lines:
    """What it pays now, and what it paid 90 days ago."""
    of = Revenue
    rows = [
        session.execute(
            select(of.mrr, of.currency)
            .where(of.account_id == id, of.effective_on <= day)
            .order_by(of.effective_on.desc())
            .limit(1)
        ).one_or_none()
        for day in (today, today - BACK)
    ]
    return rows


def _renewal(session: Session, id: int) -> Renewal | None:
    mine = select(Renewal).where(Renewal.account_id == id, Renewal.status == "open")
    return session.scalar(mine.order_by(Renewal.due_on).limit(1))


def _meetings(session: Session, id: int, now: datetime) -> Lines:
    return session.execute(
        select(Meeting.title, Meeting.starts_at)
        .where(Meeting.account_id == id, Meeting.starts_at >= now, Meeting.outcome.is_(None))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(LISTED)
    ).all()


def _written(session: Session, id: int) -> Lines:
    """Notes and check-ins together: what whoever takes over cannot know."""
    both = union_all(
        *(
            select(one.at, one.by_id, words.label("text"))
            .where(one.account_id == id)
            .order_by(one.at.desc())
            .limit(LISTED)
            .subquery()
            .select()
            for one, words in ((Note, Note.text), (CheckIn, CheckIn.note))
        )
    ).subquery()
    return session.execute(
        select(both.c.at, both.c.text, TeamMember.name.label("by"))
        .outerjoin(TeamMember, TeamMember.id == both.c.by_id)
        .order_by(both.c.at.desc())
        .limit(LISTED)
    ).all()


def _changes(
    session: Session, id: int, now: datetime, *, amounts: bool
) -> list[tuple[AuditEntry, str | None]]:
    verbs = CHANGED + (AMOUNTS if amounts else ())
    rows = session.execute(
        select(AuditEntry, TeamMember.name)
        .outerjoin(TeamMember, TeamMember.id == AuditEntry.by_id)
        .where(
            AuditEntry.account_id == id, AuditEntry.at > now - BACK, AuditEntry.verb.in_(verbs),
            stands(),
        )
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(CHANGES)
    )  # fmt: skip
    return [(entry, name) for entry, name in rows]
