"""The stages that accounts are in, one a pipeline, and how they came there."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert as insert_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from csbot.accounts.model import AccountPipeline, PipelineMove
from csbot.alerts.among import among
from csbot.db.rows import insert

HISTORY: Any = PipelineMove.__table__


@dataclass(frozen=True)
class Placed:
    """The stage that an account is to be in, since when, and which playbook run says so."""

    stage: str
    since: datetime
    run_id: int | None = None


def move(
    session: Session,
    account_ids: Collection[int],
    *,
    pipeline: str,
    stage: str,
    now: datetime,
    by: int | None = None,
) -> set[int]:
    """Put accounts into one stage; returns those that were not there."""
    return place(session, dict.fromkeys(account_ids, Placed(stage, now)), pipeline=pipeline, by=by)


def place(
    session: Session, to: Mapping[int, Placed], *, pipeline: str, by: int | None = None
) -> set[int]:
    """Put accounts into stages and note it in their history; returns those that were not there.

    Staying keeps since when.
    """
    before = _stages(session, to, pipeline)
    moved = sorted(id for id, placed in to.items() if before.get(id) != placed.stage)
    if not moved:
        return set()
    statement = insert(session, AccountPipeline)
    new = {"stage": statement.excluded.stage, "since": statement.excluded.since}
    session.execute(
        statement.on_conflict_do_update(index_elements=["account_id", "pipeline"], set_=new),
        [
            {"account_id": id, "pipeline": pipeline, "stage": to[id].stage, "since": to[id].since}
            for id in moved
        ],
    )
    rows = [_history(id, pipeline, to[id], before.get(id), by) for id in moved]
    session.connection().execute(insert_rows(HISTORY), rows)
    return set(moved)


def _history(
    id: int, pipeline: str, to: Placed, before: str | None, by: int | None
) -> dict[str, Any]:
    return {
        "account_id": id,
        "pipeline": pipeline,
        "stage": to.stage,
        "came_from": before,
        "at": to.since,
        "by_id": by,
        "run_id": to.run_id,
    }


def _stages(session: Session, account_ids: Iterable[int], pipeline: str) -> dict[int, str]:
    rows = session.execute(
        select(AccountPipeline.account_id, AccountPipeline.stage)
        .where(
            AccountPipeline.pipeline == pipeline,
            among(session, AccountPipeline.account_id, account_ids),
        )
        .with_for_update()
    )
    return {row.account_id: row.stage for row in rows}
