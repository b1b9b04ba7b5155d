"""How happy an account is, shown as its tag and as its stage in a pipeline: many at once."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import AccountPipeline, AccountTag
from csbot.alerts.among import among
from csbot.db.rows import insert_missing
from csbot.feedback import rules
from csbot.feedback.model import Feedback
from csbot.pipelines import Placed, place


class Level(NamedTuple):
    name: str
    since: datetime


def newest(session: Session, account_ids: Collection[int]) -> dict[int, Level]:
    """What the last feedback of each account makes of it."""
    rank = func.row_number().over(
        partition_by=Feedback.account_id, order_by=(Feedback.at.desc(), Feedback.id.desc())
    )
    ranked = (
        select(Feedback.account_id, Feedback.kind, Feedback.score, Feedback.at, rank.label("rank"))
        .where(among(session, Feedback.account_id, account_ids))
        .subquery()
    )
    rows = session.execute(select(ranked).where(ranked.c.rank == 1))
    return {
        row.account_id: Level(rules.level(kind=row.kind, score=row.score), row.at) for row in rows
    }


def shown(session: Session, account_ids: Collection[int]) -> dict[int, str]:
    """The level that each account stands at; those never asked are left out."""
    query = select(AccountPipeline.account_id, AccountPipeline.stage).where(
        AccountPipeline.pipeline == rules.PIPELINE,
        among(session, AccountPipeline.account_id, account_ids),
    )
    return {row.account_id: row.stage for row in session.execute(query)}


def show(session: Session, levels: Mapping[int, Level]) -> None:
    """Move the accounts in their pipeline and swap their tags; staying keeps since when.

    The playbook feedback-received says the same a minute later: imports and answers do not wait.
    """
    if not levels:
        return
    session.flush()
    to = {id: Placed(level.name, level.since) for id, level in levels.items()}
    place(session, to, pipeline=rules.PIPELINE)
    _tag(session, levels)


def _tag(session: Session, levels: Mapping[int, Level]) -> None:
    for name in {level.name for level in levels.values()}:
        ids = [id for id, level in levels.items() if level.name == name]
        others = [other for other in rules.ALL_LEVELS if other != name]
        session.execute(
            delete(AccountTag).where(
                among(session, AccountTag.account_id, ids), AccountTag.tag.in_(others)
            )
        )
    rows = [
        {"account_id": id, "tag": name, "added_at": since} for id, (name, since) in levels.items()
    ]
    insert_missing(session, AccountTag, rows)
