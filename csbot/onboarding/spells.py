"""The time that accounts spend in their stages: one unfinished spell for each in onboarding."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from csbot.accounts.model import Account
from csbot.alerts.among import among
from csbot.onboarding.model import StageSpell
from csbot.onboarding.stages import Stage

SPELLS: Any = StageSpell.__table__


def spell(
    account: Account, stage: Stage, *, begun_at: datetime, by: int | None, why: str | None = None
) -> dict[str, Any]:
    """One of many that `add` writes; how long the stage should take is copied."""
    return row(
        account.id, account.process, stage, account.owner_id, begun_at=begun_at, by=by, why=why
    )


def row(
    account_id: int,
    process: str,
    stage: Stage,
    owner_id: int | None,
    *,
    begun_at: datetime,
    by: int | None,
    why: str | None = None,
) -> dict[str, Any]:
    """As `spell`, where the account is no object."""
    return {
        "account_id": account_id,
        "process": process,
        "stage": stage.key,
        "days": stage.days,
        "begun_at": begun_at,
        "ended_at": None,
        "owner_id": owner_id,
        "by_id": by,
        "why": why,
    }


def add(session: Session, rows: Collection[dict[str, Any]]) -> None:
    if rows:
        session.flush()
        session.connection().execute(insert(SPELLS), list(rows))


def end(session: Session, account_ids: Collection[int], *, now: datetime) -> None:
    """Whatever stage these accounts are in, they are no longer."""
    session.flush()
    unfinished = among(session, SPELLS.c.account_id, account_ids), SPELLS.c.ended_at.is_(None)
    session.connection().execute(update(SPELLS).where(*unfinished).values(ended_at=now))


def turn(
    session: Session,
    account: Account,
    stage: Stage | None,
    *,
    by: int | None,
    now: datetime,
    why: str | None = None,
) -> None:
    """The account leaves the stage it was in for another one, or for none."""
    end(session, [account.id], now=now)
    if stage is not None:
        add(session, [spell(account, stage, begun_at=now, by=by, why=why)])
