"""Questions in Slack whether drafts go out: asked, joined by later drafts, and how they end."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.alerts.scope import Scope
from csbot.outbox.queue import Outgoing, Rewrite, enqueue_many, enqueue_updates_many
from csbot.playbooks.going import Batch
from csbot.settings import Settings
from csbot.touches import cards, record
from csbot.touches.keys import approval_key
from csbot.touches.model import Approval, Touch

JOINS_FOR = timedelta(days=1)  # later drafts are another question
OPEN, EXPIRED, WITHDRAWN = "open", "expired", "withdrawn"
TOGETHER = 500  # drafts in one question, about
MOST = 200  # questions at a time
UNDECIDED = "nobody decided in time"


def ask(batch: Batch, rows: Sequence[dict[str, Any]]) -> dict[int | None, int]:
    """The question that each owner's drafts belong to: one that waits since today, or a new one."""
    owners = {row["owner_id"] for row in rows}
    found = _waiting(batch, owners)
    # As long as any of its drafts may go out; those whose time is up before do not.
    expires = {row["owner_id"]: row["expires_at"] for row in sorted(rows, key=_expires)}
    for owner, approval in found.items():
        approval.version += 1
        approval.expires_at = max(approval.expires_at, expires[owner])
    new = [
        {
            "playbook": batch.definition.name,
            "step": batch.step,
            "owner_id": owner,
            "to": place(batch.scope, owner),
            "created_at": batch.now,
            "expires_at": expires[owner],
        }
        for owner in sorted(owners - set(found), key=lambda id: id or 0)
    ]
    asked = {owner: approval.id for owner, approval in found.items()}
    if new:
        columns = Approval.owner_id, Approval.id
        made = batch.session.execute(insert(Approval).returning(*columns), new)
        asked |= {owner: id for owner, id in made}
    return asked


def _expires(row: dict[str, Any]) -> datetime:
    moment: datetime = row["expires_at"]
    return moment


def _waiting(batch: Batch, owners: Collection[int | None]) -> dict[int | None, Approval]:
    """Each owner's newest question about this step, as long as it is one of today and has room."""
    theirs = among(batch.session, Approval.owner_id, [id for id in owners if id is not None])
    newest = (
        select(func.max(Approval.id))
        .where(
            or_(theirs, Approval.owner_id.is_(None)) if None in owners else theirs,
            Approval.state == OPEN,
            Approval.playbook == batch.definition.name,
            Approval.step == batch.step,
            Approval.created_at > batch.now - JOINS_FOR,
            Approval.expires_at > batch.now,
        )
        .group_by(Approval.owner_id)
    )
    rows = batch.session.scalars(
        select(Approval)
        .where(Approval.id.in_(newest), Approval.state == OPEN)
        .order_by(Approval.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    full = _full(batch.session, [row.id for row in rows])
    return {row.owner_id: row for row in rows if row.id not in full}


def _full(session: Session, ids: Collection[int]) -> set[int]:
    """Counted for all at once: for each by itself a database that expects few goes through all."""
    if not ids:
        return set()
    query = (
        select(Touch.approval_id)
        .where(among(session, Touch.approval_id, ids), Touch.state == "draft")
        .group_by(Touch.approval_id)
        .having(func.count() >= TOGETHER)
    )
    return {id for id in session.scalars(query) if id is not None}


def place(scope: Scope, owner_id: int | None) -> str:
    """To whoever looks after the customers or stands in, else their manager, else the channel."""
    owner = scope.person(owner_id)
    manager = scope.told(owner.manager_id) if owner else None
    for person in (scope.told(owner_id), manager):
        if person and person.slack_id:
            return person.slack_id
    return scope.settings.alerts_channel


def show(session: Session, ids: Collection[int], *, settings: Settings, now: datetime) -> None:
    """Post or rewrite these questions as they are now, in a constant number of statements."""
    if not ids:
        return
    shown = cards.load(session, ids, settings=settings, now=now)
    posts = [
        Outgoing(card.message, card.to, approval_key(id)) for id, card in shown.items()
        if card.version == 1 and card.is_open
    ]  # fmt: skip
    enqueue_many(session, posts, now=now)
    rewrites = [
        Rewrite(approval_key(id), card.message)
        for id, card in shown.items()
        if card.version > 1 or not card.is_open
    ]
    enqueue_updates_many(session, rewrites, now=now)


def expire_due(session: Session, *, settings: Settings, now: datetime) -> int:
    """What nobody decided in time is not sent, and its question says so; returns how many."""
    due = session.scalars(
        select(Approval)
        .where(Approval.state == OPEN, Approval.expires_at <= now)
        .order_by(Approval.id)
        .limit(MOST)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for approval in due:
        approval.state, approval.decided_at = EXPIRED, now
    ids = [approval.id for approval in due]
    lost = drafts_of(session, ids)
    for touch in lost:
        touch.state, touch.why = "expired", UNDECIDED
    record.note(session, "touch.expired", lost, by=None, now=now, why=UNDECIDED)
    show(session, ids, settings=settings, now=now)
    return len(due)


def drafts_of(session: Session, ids: Collection[int]) -> list[Touch]:
    """The drafts that wait for these questions, nobody else's for now."""
    query = (
        select(Touch)
        .where(among(session, Touch.approval_id, ids), Touch.state == "draft")
        .order_by(Touch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query)) if ids else []


def lock_of_runs(session: Session, run_ids: Collection[int]) -> list[Approval]:
    """The open questions that have drafts of these runs; before the drafts, as everywhere."""
    theirs = select(Touch.approval_id).where(
        among(session, Touch.run_id, run_ids), Touch.state == "draft"
    )
    query = (
        select(Approval)
        .where(Approval.id.in_(theirs), Approval.state == OPEN)
        .order_by(Approval.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def after_loss(
    session: Session, asked: Sequence[Approval], *, settings: Settings, now: datetime
) -> None:
    """Questions some of whose drafts were taken back: asked anew about the rest, or over."""
    ids = [approval.id for approval in asked]
    session.flush()
    left = {touch.approval_id for touch in drafts_of(session, ids)}
    for approval in asked:
        approval.version += 1
        if approval.id not in left:
            approval.state, approval.decided_at = WITHDRAWN, now
    show(session, ids, settings=settings, now=now)
