"""What passed between the team and the customer: who was heard of last, and when."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import exists, false, func, select
from sqlalchemy.orm import aliased

from csbot.conditions.frame import Frame
from csbot.conditions.kinds import Field, Kind
from csbot.onboarding.model import Requirements
from csbot.touches.silence import ANSWER, SURVEYED, TEXTS, TOUCHES, WORDS, Told, newest

SAID = aliased(Requirements)
ANSWERS = (*WORDS, TEXTS)


def _last(of: tuple[Told, ...]) -> Callable[[Frame], Any]:
    return lambda frame: newest(frame.account, of, frame.now)


def _since_start(of: tuple[Told, ...]) -> Callable[[Frame], Any]:
    def came(frame: Frame) -> Any:
        if frame.started_at is None:
            return None
        return func.coalesce(newest(frame.account, of, frame.now) > frame.started_at, false())

    return came


def _csat(frame: Frame) -> Any:
    return (
        select(ANSWER.score)
        .where(ANSWER.account_id == frame.account.id, ANSWER.kind == "csat", ANSWER.at <= frame.now)
        .order_by(ANSWER.at.desc(), ANSWER.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _requirements(frame: Frame) -> Any:
    return exists().where(
        SAID.account_id == frame.account.id,
        SAID.why_bought.is_not(None),
        SAID.intended_use.is_not(None),
    )


TOUCHED: dict[str, Field] = {
    "account.last_touch": Field(
        Kind.DAYS, "How long ago anybody last checked in, wrote to it or met it.",
        _last(TOUCHES), "14 days", ago=True,
    ),
    "account.last_answer": Field(
        Kind.DAYS, "How long ago it last said anything: see “The silent customer”.",
        _last(ANSWERS), "30 days", ago=True,
    ),
    "account.answered_since_start": Field(
        Kind.FLAG, "It has said something since the playbook started.",
        _since_start(ANSWERS), "true",
    ),
    "account.surveyed_since_start": Field(
        Kind.FLAG, "It has answered a survey since the playbook started.",
        _since_start((SURVEYED,)), "true",
    ),
    "account.requirements": Field(
        Kind.FLAG, "It is written down why they bought, and what for.", _requirements, "true"
    ),
    "account.csat": Field(
        Kind.NUMBER, "Its last answer to a CSAT question, 1 to 5.", _csat, "4"
    ),
}  # fmt: skip
