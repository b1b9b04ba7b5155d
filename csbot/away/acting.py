"""For whom somebody acts on an account: its owner, while they are away and this is their cover."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.away.cover import Cover

COVER = "cover"  # in a session's info: who is away, and as of when


def covering(
    session: Session, entries: Iterable[dict[str, Any]], at: datetime
) -> dict[tuple[int, int], int]:
    """Who is covered for, by who acts and the account; empty while nobody is away.

    One query in a transaction that people write in, and another one only while somebody is away.
    """
    cover = known(session, at)
    if not cover.away:
        return {}
    acts = {(one["by_id"], one["account_id"]) for one in entries}
    query = select(Account.id, Account.owner_id).where(
        among(session, Account.id, {account_id for _, account_id in acts}),
        Account.owner_id.in_(cover.away),
    )
    owners = {id: owner for id, owner in session.execute(query) if owner is not None}
    return {
        (by, account): owners[account]
        for by, account in acts
        if account in owners and owners[account] != by and _stands(cover, owners[account], by)
    }


def _stands(cover: Cover, owner_id: int, by: int) -> bool:
    told = cover.stand_in(owner_id)
    return told is not None and told.id == by


def known(session: Session, at: datetime) -> Cover:
    """As of this moment; a session asks once."""
    held = session.info.get(COVER)
    if held is None or held[0] != at:
        held = session.info[COVER] = (at, Cover.load(session, at))
    cover: Cover = held[1]
    return cover


def forget(session: Session) -> None:
    """An absence has changed: what this session knows of them is old."""
    session.info.pop(COVER, None)
