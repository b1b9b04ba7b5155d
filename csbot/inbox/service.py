"""Everything Slack or another system tells us is stored once before anything acts on it."""

import json
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from csbot import audit
from csbot.db.rows import insert_once
from csbot.errors import Refused
from csbot.find import ID_MAX as ROW_MAX
from csbot.inbox.errors import UnknownAccount, Unreadable
from csbot.inbox.fields import storable
from csbot.inbox.fingerprint import may_return
from csbot.inbox.model import Received

log = logging.getLogger(__name__)
DONE, WAITING, SET_ASIDE, DROPPED = "done", "waiting", "set_aside", "dropped"
LEFT = (WAITING, SET_ASIDE)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
ID_MAX, KIND_MAX, PROBLEM_MAX = 255, 100, 500
Apply = Callable[[datetime], None]


@dataclass(frozen=True)
class Delivery:
    """One event of one sender, as it came."""

    source: str
    event_id: str
    kind: str
    body: Any


@dataclass(frozen=True)
class Taken:
    """What became of a delivery: done, waiting or set_aside; `why` when it does not fit."""

    state: str
    repeated: bool = False
    why: Unreadable | None = None


def first_time(session: Session, *, source: str, event_id: str, now: datetime) -> bool:
    """Note that this event has come; False when it had come before."""
    return insert_once(
        session, Received, source=source, event_id=event_id, received_at=now, state=DONE, tries=0
    )


def take(session: Session, delivery: Delivery, apply: Apply, *, now: datetime) -> Taken:
    """Store it and act on it, once; what cannot be acted on is kept with its body.

    `apply` runs in a savepoint: it does all of its work or none. It is given the moment
    from which the delivery counts: when it first came, or came mended. What was set aside or waits
    may come again, and is then tried again; dropped and just as wrong, it stays dropped.
    What has no version is applied each time: whether it says anything new is seen there.
    """
    event_id = delivery.event_id[:ID_MAX]
    new = first_time(session, source=delivery.source, event_id=event_id, now=now)
    row = session.scalars(
        select(Received)
        .where(Received.source == delivery.source, Received.event_id == event_id)
        .with_for_update()
    ).one()
    repeated = not new and row.state == DONE
    if may_return(event_id):
        row.received_at = now
    elif repeated:
        return Taken(DONE, repeated=True)
    dropped, row.kind = row.state == DROPPED, delivery.kind[:KIND_MAX]
    at = row.received_at if row.state == WAITING else now
    taken = _try(session, row, partial(apply, at), delivery.body, now)
    if dropped and taken.why:
        _keep(row, DROPPED, None, row.problem)
    return replace(taken, repeated=repeated)


def set_aside(session: Session, delivery: Delivery, problem: str, *, now: datetime) -> None:
    """Keep what does not fit, for a person to look at; again with the same id changes nothing."""
    insert_once(
        session,
        Received,
        source=delivery.source,
        event_id=delivery.event_id[:ID_MAX],
        received_at=now,
        state=SET_ASIDE,
        kind=delivery.kind[:KIND_MAX],
        body=_kept(delivery.body),
        problem=_told(problem),
        tried_at=now,
        tries=1,
    )


def mended(session: Session, source: str, event_ids: Collection[str]) -> None:
    """These were taken by another way: what was set aside of them has nothing left to do."""
    aside = Received.state == SET_ASIDE, Received.source == source
    if session.scalar(select(Received.id).where(*aside).limit(1)) is None:
        return  # mostly so, and then the many ids need not be looked for
    these = update(Received).where(*aside, Received.event_id.in_(event_ids))
    session.execute(these.values(state=DONE, body=None, problem=None))


def due_at_once(session: Session, source: str, external_id: str) -> None:
    """What waits and has this id as a text or a number: whose it is has just become known."""
    spelled = json.dumps(external_id), f": {external_id},", f": {external_id}}}"
    named = or_(*(Received.body.contains(one, autoescape=True) for one in spelled))
    waits = select(Received.id).where(Received.state == WAITING, Received.source == source, named)
    ids = session.scalars(waits.with_for_update(skip_locked=True)).all()
    if ids:
        session.execute(update(Received).where(Received.id.in_(ids)).values(tried_at=LONG_AGO))


def drop(session: Session, ids: Collection[int], *, now: datetime) -> list[Received]:
    """Have done with what cannot be used: its body goes. Refused for unknown and done ones."""
    wanted = [id for id in ids if 0 < id <= ROW_MAX]
    query = select(Received).where(Received.id.in_(wanted)).order_by(Received.id)
    rows = list(session.scalars(query.with_for_update()))
    if missing := sorted(set(ids) - {row.id for row in rows if row.state != DONE}):
        named = ", ".join(map(str, missing))
        raise Refused(
            f"Nothing was dropped: {named} cannot be. `csbot inbox list` shows what is left to do."
        )
    for row in rows:
        if row.state in LEFT:
            _drop(session, row, now)
    return rows


def _drop(session: Session, row: Received, now: datetime) -> None:
    audit.record(
        session,
        verb="inbox.dropped",
        subject=f"inbox:{row.id}",
        by=None,
        now=now,
        before={"source": row.source, "kind": row.kind, "state": row.state},
        after={"state": DROPPED},
    )
    _keep(row, DROPPED, None, row.problem)


def again(session: Session, row: Received, apply: Apply, *, now: datetime) -> Taken:
    """Try once more what was kept."""
    return _try(session, row, partial(apply, row.received_at), row.body, now)


def _try(
    session: Session, row: Received, apply: Callable[[], None], body: Any, now: datetime
) -> Taken:
    row.tries += 1
    row.tried_at = now
    try:
        _apply(session, apply)
    except Unreadable as why:
        _keep(row, SET_ASIDE, body, str(why))
        return Taken(SET_ASIDE, why=why)
    except UnknownAccount as unknown:
        _keep(row, WAITING, body, f"no account yet for {unknown.hint}")
        row.signs = {
            kind: {storable(value): "" for value in values}
            for kind, values in unknown.signs.items()
            if values
        }
        return Taken(WAITING)
    except (OperationalError, InterfaceError):
        raise  # the database is away, or wants this transaction again: nothing was stored
    except Exception:  # a fault of ours must not lose what was sent: the try is counted, it is kept
        log.exception("an event was set aside", extra={"inbox_id": row.id, "source": row.source})
        _keep(row, SET_ASIDE, body, "a fault of csbot's: the log has it under this id")
        return Taken(SET_ASIDE)
    _keep(row, DONE, None, None)
    return Taken(DONE)


def _apply(session: Session, apply: Callable[[], None]) -> None:
    """Twice where another delivery came first at this moment: then what it brought is there."""
    try:
        with session.begin_nested():
            apply()
    except IntegrityError:
        with session.begin_nested():
            apply()


def _keep(row: Received, state: str, body: Any, problem: str | None) -> None:
    row.state, row.problem = state, problem and _told(problem)
    row.body, row.signs = None if body is None else _kept(body), None


def _told(problem: str) -> str:
    """It may quote a name from the body."""
    return storable(problem)[:PROBLEM_MAX]


def _kept(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)
