"""Takes up again what was kept: when a person asks, and by itself when accounts have appeared."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true, union
from sqlalchemy.orm import Session, sessionmaker

from csbot.accounts.matching import FOUND_BY
from csbot.accounts.model import Account
from csbot.contacts import Contact
from csbot.inbox.errors import Unreadable
from csbot.inbox.fields import Body
from csbot.inbox.model import Received
from csbot.inbox.service import DONE, WAITING, Taken, again
from csbot.settings import Settings
from csbot.usage import service as usage
from csbot.usage.batch import SOURCE as USAGE
from csbot.webhooks.senders import named

MEANT, OTHERS = 2_000, 200  # at once
IN_THE_DARK = timedelta(minutes=10)  # a change is seen only when its transaction has ended
CHANGES = (Account.updated_at, Contact.created_at)
ANYWAY = timedelta(days=1)  # what else may help, like a user of the product who became known


def retry(session: Session, row: Received, *, settings: Settings, now: datetime) -> Taken:
    """What its sender's delivery would have done when it came, had its account been there.

    It must not overtake what came after it and did not wait.
    """
    return again(session, row, partial(_apply, session, row, settings, now), now=now)


def retry_waiting(sessions: sessionmaker[Session], *, settings: Settings, now: datetime) -> int:
    """Try what waits for accounts or contacts newer than its last try; how many found theirs."""
    with sessions() as session:
        ids = _due(session, now)
    return sum(_one(sessions, id, settings, now) for id in ids)


def _due(session: Session, now: datetime) -> list[int]:
    """Those whose account seems to be there now come first: none of them waits behind others.

    Then the oldest try, so that none of those waits for ever either.
    """
    if session.scalar(select(Received.id).where(Received.state == WAITING).limit(1)) is None:
        return []  # mostly so, and then the many accounts need not be looked at
    found = union(*(_meant(kind, now) for kind in FOUND_BY))
    newest = filter(None, (session.scalar(select(func.max(when))) for when in CHANGES))
    since = max([*(when + IN_THE_DARK for when in newest), now - ANYWAY])
    meant = _first(session, MEANT, Received.id.in_(found))
    return list(dict.fromkeys([*meant, *_first(session, OTHERS, Received.tried_at < since)]))


def _first(session: Session, most: int, which: ColumnElement[bool]) -> Sequence[int]:
    waiting = select(Received.id).where(Received.state == WAITING, which)
    return session.scalars(waiting.order_by(Received.tried_at, Received.id).limit(most)).all()


def _meant(kind: str, now: datetime) -> Select[Any]:
    """What waits for such an account as has appeared or changed since its last try."""
    column, _, since = FOUND_BY[kind]
    sign = func.json_each(Received.signs[kind]).table_valued("key", name=f"sign_{kind}")
    return (
        select(Received.id)
        .join(sign, true())
        .join(column.class_, column == sign.c.key)
        .where(
            Received.state == WAITING,
            or_(since >= Received.tried_at, since >= now - IN_THE_DARK),
        )
    )


def _one(sessions: sessionmaker[Session], id: int, settings: Settings, now: datetime) -> bool:
    with sessions.begin() as session:
        row = session.scalar(
            select(Received)
            .where(Received.id == id, Received.state == WAITING)
            .with_for_update(skip_locked=True)
        )
        return row is not None and retry(session, row, settings=settings, now=now).state == DONE


def _apply(
    session: Session, row: Received, settings: Settings, now: datetime, at: datetime
) -> None:
    if row.source == USAGE:
        usage.apply(session, _body(row), settings=settings, now=now)
        return
    sender = named(settings, row.source)
    if sender is None:
        raise Unreadable("source", f"there is no sender {row.source} any more")
    body = _body(row)
    sender.identify(body)
    sender.apply(session, body, settings=settings, now=now, at=at)


def _body(row: Received) -> Body:
    try:
        body = json.loads(row.body or "")
    except ValueError:
        raise Unreadable("body", "must be JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise Unreadable("body", "must be a JSON object")
    return body
