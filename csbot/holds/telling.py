"""What the admins read of a hold: asked once, kept true, and rewritten when it has ended."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from csbot import audit
from csbot.accounts.model import Account
from csbot.alerts import rules
from csbot.alerts.scope import Scope
from csbot.alerts.watching import library
from csbot.holds.model import HeldAlert, Hold
from csbot.outbox.model import OutgoingMessage
from csbot.outbox.notices import told
from csbot.outbox.queue import Rewrite, enqueue, enqueue_updates_many
from csbot.playbooks.model import Playbook, PlaybookVersion
from csbot.team.model import TeamMember
from csbot.team.queries import person
from messages.holds import Cause, HoldNotice

ASK_AGAIN = timedelta(days=1)
NAMED = 3  # accounts of a hold that its notice names
CRITICAL = func.sum(case((HeldAlert.severity == rules.CRITICAL, 1), else_=0))


def keep_up(scope: Scope) -> None:
    """What is not true any more has left; one that is empty is over; who waited is asked anew."""
    for hold, *now in scope.session.execute(_undecided()).all():
        if now != [hold.counts["alerts"], hold.counts["critical"]]:
            _follow(scope, hold)
        if hold.ended_at is None and hold.look_again_at and hold.look_again_at <= scope.now:
            _ask_again(scope, hold)


@cache
def _undecided() -> Select[*tuple[Any, ...]]:
    """With how many they hold now, and how many critical ones."""
    left = select(HeldAlert.hold_id, func.count().label("many"), CRITICAL.label("critical"))
    counted = left.group_by(HeldAlert.hold_id).subquery()
    many, critical = (func.coalesce(one, 0) for one in (counted.c.many, counted.c.critical))
    return (
        select(Hold, many, critical)
        .outerjoin(counted, counted.c.hold_id == Hold.id)
        .where(Hold.ended_at.is_(None))
        .order_by(Hold.id)
        .with_for_update(of=Hold)
        .execution_options(populate_existing=True)
    )


def _follow(scope: Scope, hold: Hold) -> None:
    if not recount(scope, hold):
        hold.ended, hold.ended_at, hold.look_again_at = "gone", scope.now, None
        audit.record(
            scope.session, verb="hold.gone", subject=f"hold:{hold.id}", by=None, now=scope.now
        )
    rewrite(scope, hold)


def _ask_again(scope: Scope, hold: Hold) -> None:
    hold.look_again_at, hold.version = None, hold.version + 1
    rewrite(scope, hold)
    ask(scope, hold)


def recount(scope: Scope, hold: Hold) -> int:
    """How many alerts it holds now, which its notice says."""
    held = HeldAlert.hold_id == hold.id
    row = scope.session.execute(
        select(
            func.count().label("alerts"),
            func.count(HeldAlert.person_id.distinct()).label("people"),
            func.coalesce(CRITICAL, 0).label("critical"),
            select(func.count(Account.id))
            .where(Account.owner_id.is_(None), Account.lifecycle_stage != "churned")
            .scalar_subquery().label("unowned"),
        ).where(held)
    ).one()  # fmt: skip
    if row.alerts:  # what is gone said last how many it was
        hold.counts = hold.counts | row._asdict()
    return int(row.alerts)


def ask(scope: Scope, hold: Hold) -> None:
    """One message to each admin, in the transaction of what is asked about."""
    look = notice(scope.session, hold)
    for to in told(scope.session, scope.settings, now=scope.now):
        key = f"{_prefix(hold)}{hold.version}:{to}"
        enqueue(scope.session, look, to=to, key=key, now=scope.now)


def rewrite(scope: Scope, hold: Hold) -> None:
    """Everybody who was asked sees how it stands."""
    asked = select(OutgoingMessage.key).where(
        OutgoingMessage.key.startswith(_prefix(hold), autoescape=True),
        OutgoingMessage.call == "post",
    )
    look = notice(scope.session, hold)
    there = [Rewrite(key, look) for key in scope.session.scalars(asked)]
    enqueue_updates_many(scope.session, there, now=scope.now)


def _prefix(hold: Hold) -> str:
    return f"hold:{hold.id}:"


def notice(session: Session, hold: Hold) -> HoldNotice:
    said = hold.counts
    by = session.get(TeamMember, hold.ended_by_id) if hold.ended_by_id else None
    return HoldNotice(
        hold_id=hold.id,
        reason=hold.reason,
        playbook=title(session, hold.playbook) if hold.playbook else "",
        alerts=said["alerts"],
        people=said["people"],
        critical=said["critical"],
        unowned=said["unowned"],
        usual=said.get("usual"),
        accounts=tuple(_named(session, hold)),
        cause=_cause(hold),
        waits_until=hold.look_again_at,
        ended=hold.ended,
        ended_at=hold.ended_at,
        by=person(by) if by else None,
    )


def _cause(hold: Hold) -> Cause | None:
    if hold.cause is None:
        return None
    said = hold.counts
    return Cause(
        kind=hold.cause,
        source=said.get("source", ""),
        last=datetime.fromisoformat(said["last"]) if "last" in said else None,
        countries=tuple(said.get("countries", ())),
        day=date.fromisoformat(said["day"]) if "day" in said else None,
        percent=said.get("percent", 0),
    )


def title(session: Session, playbook: str) -> str:
    """What a playbook is called, also before the first time that playbooks are read in."""
    said: Any = PlaybookVersion.definition["title"].as_string()
    query = select(said).join(Playbook, Playbook.version_id == PlaybookVersion.id)
    stored = session.scalar(query.where(Playbook.name == playbook))
    ours = (one.title for one in library() if one.name == playbook)
    return stored or next(ours, playbook)


def _named(session: Session, hold: Hold) -> Sequence[str]:
    """The accounts with the most at stake."""
    return session.scalars(
        select(Account.name)
        .where(Account.id.in_(select(HeldAlert.account_id).where(HeldAlert.hold_id == hold.id)))
        .order_by(func.coalesce(Account.arr, 0).desc(), Account.id)
        .limit(NAMED)
    ).all()
