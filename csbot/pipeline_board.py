"""Pipelines as a board: which accounts stand at which stage, and what they are worth."""

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from csbot.accounts.model import Account, AccountPipeline
from csbot.errors import Refused
from csbot.words import said
from messages.pipelines import PipelineBoard, PipelineList, Stage, Summary
from messages.text import Money

NAMED = 5  # accounts of a stage by name: those with most revenue


def pipelines(session: Session) -> PipelineList:
    """Every pipeline with how many accounts stand in it."""
    rows = session.execute(
        select(AccountPipeline.pipeline, func.count(), func.count(AccountPipeline.stage.distinct()))
        .group_by(AccountPipeline.pipeline)
        .order_by(AccountPipeline.pipeline)
    )
    return PipelineList(
        pipelines=tuple(Summary(name, count, stages) for name, count, stages in rows)
    )


def board(session: Session, text: str, *, amounts: bool) -> PipelineBoard:
    """One pipeline's stages; Refused with the pipelines that there are.

    `amounts`: whether the reader may see revenue.
    """
    name = _named(session, text)
    rank = func.row_number().over(
        partition_by=AccountPipeline.stage,
        order_by=(Account.arr.desc().nulls_last(), Account.name, Account.id),
    )
    count = func.count().over(partition_by=AccountPipeline.stage)
    ranked = (
        select(
            AccountPipeline.stage, Account.name, AccountPipeline.since, rank.label("nth"),
            count.label("size"),
        )
        .join(Account, Account.id == AccountPipeline.account_id)
        .where(AccountPipeline.pipeline == name)
        .subquery()
    )  # fmt: skip
    rows = session.execute(
        select(ranked).where(ranked.c.nth <= NAMED).order_by(ranked.c.stage, ranked.c.nth)
    ).all()
    sums = _sums(session, name) if amounts else {}
    stages: dict[str, Stage] = {}
    for row in rows:
        before = stages.get(row.stage)
        names = (*(before.accounts if before else ()), row.name)
        stages[row.stage] = Stage(row.stage, row.size, names, sums.get(row.stage, ()))
    ordered = sorted(stages.values(), key=lambda stage: (-stage.size, stage.name))
    return PipelineBoard(pipeline=name, stages=tuple(ordered))


def _sums(session: Session, pipeline: str) -> dict[str, tuple[Money, ...]]:
    rows = session.execute(
        select(AccountPipeline.stage, Account.currency, func.sum(Account.arr))
        .join(Account, Account.id == AccountPipeline.account_id)
        .where(AccountPipeline.pipeline == pipeline, Account.arr > 0)
        .group_by(AccountPipeline.stage, Account.currency)
        .order_by(AccountPipeline.stage, func.sum(Account.arr).desc())
    )
    found: dict[str, tuple[Money, ...]] = {}
    for stage, currency, amount in rows:
        found[stage] = (*found.get(stage, ()), Money(amount or Decimal(), currency))
    return found


def _named(session: Session, text: str) -> str:
    names = list(session.scalars(select(AccountPipeline.pipeline).distinct()))
    wanted = text.strip(' "').casefold()
    exact = [name for name in names if name.casefold() == wanted]
    partly = [name for name in names if wanted in name.casefold()]
    found = exact or partly
    if len(found) != 1:
        listed = ", ".join(sorted(found or names)) or "none yet"
        doubt = "Which pipeline" if found else "There is no pipeline"
        raise Refused(f"{doubt} {said(text)}{'?' if found else '.'} There are: {listed}.")
    return found[0]
