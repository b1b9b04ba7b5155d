"""What people do to their Home: open it, look at it as a colleague does."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import Integer, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from csbot.access import May, require
from csbot.accounts.model import Account
from csbot.audit import AuditEntry
from csbot.db.base import UTCDateTime
from csbot.db.rows import insert_once
from csbot.errors import Refused
from csbot.home.drawing import VIEW_AS
from csbot.home.model import Home
from csbot.outbox.queue import enqueue_homes
from csbot.tasks.queries import due_count
from csbot.tasks.service import Finished
from csbot.team import introductions
from csbot.team.model import TeamMember
from csbot.team.rules import local_date
from messages.ago import ago
from messages.tasks import TaskFinished


def opened(session: Session, member: TeamMember, *, now: datetime) -> None:
    """They have it in front of them: it is drawn anew, and as their own."""
    introductions.meet_at_home(session, member, now=now)
    values = {"first_opened_at": now, "opened_at": now, "shown": {}}
    if not insert_once(session, Home, member_id=member.id, **values):
        held = session.get_one(Home, member.id)
        held.opened_at, held.shown = now, {}
    show(session, [member], now=now)


def look_as(session: Session, *, other: TeamMember, by: TeamMember, now: datetime) -> None:
    """See it as `other` does, with their rights, until one goes back."""
    require(by, May.VIEW_AS)
    if other.id == by.id:
        raise Refused("That is you. Choose somebody else.", field="person")
    _choose(session, by, {VIEW_AS: other.id}, now)


def look_as_oneself(session: Session, *, by: TeamMember, now: datetime) -> None:
    require(by, May.VIEW_AS)
    _choose(session, by, {}, now)


def _choose(session: Session, by: TeamMember, shown: dict[str, int], now: datetime) -> None:
    held = session.get(Home, by.id)
    if held is None:
        raise Refused("Open Home first.")
    held.shown = shown
    show(session, [by], now=now)


def told(
    session: Session, finished: Finished, *, by: TeamMember, now: datetime
) -> TaskFinished | None:
    """Home itself shows what they have just done; only that somebody else was first is said."""
    if not finished.already:
        return None
    task, who = finished.task, finished.done_by
    return TaskFinished(
        task_id=task.id,
        title=task.title,
        account=finished.account.name,
        already=True,
        who="" if who is None else "you" if who.id == by.id else who.name,
        ago=ago(task.done_at or now, now=now),
        left=due_count(session, of=by, today=local_date(by, now)),
    )


def follow(session: Session, *, by: TeamMember, now: datetime) -> None:
    """After an act: show it in the Home of whoever did it and of whose accounts it touched."""
    found = session.scalars(_concerned(), {"by": by.id, "at": now})
    enqueue_homes(session, {id for id in found if id}, now=now)


@cache
def _concerned() -> Select[str | None]:
    # Built once: it is asked after every act.
    by, at = bindparam("by", type_=Integer()), bindparam("at", type_=UTCDateTime())
    touched = (
        select(Account.owner_id)
        .join(AuditEntry, AuditEntry.account_id == Account.id)
        .where(AuditEntry.by_id == by, AuditEntry.at == at)
    )
    chosen = or_(TeamMember.id == by, TeamMember.id.in_(touched))
    seen = select(TeamMember.slack_id).join(Home, Home.member_id == TeamMember.id)
    return seen.where(chosen, TeamMember.slack_id.is_not(None))


def show(session: Session, people: Collection[TeamMember], *, now: datetime) -> None:
    """Draw these people's anew, whether or not they have ever opened it."""
    enqueue_homes(session, {one.slack_id for one in people if one.slack_id}, now=now)
