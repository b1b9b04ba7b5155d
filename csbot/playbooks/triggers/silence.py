"""Customers who do not answer, whatever is tried."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field as Setting
from sqlalchemy import func, literal, or_, select, union_all

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.conditions.moments import utc_day
from csbot.playbooks.triggers.limits import Days
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact, rows
from csbot.touches import silence

BACK = 3  # times the days: what was tried before that is forgotten


class Silent(Parameters):
    """At least so many `touches`, the first of them `days` ago or more, and no answer since."""

    touches: Annotated[int, Setting(ge=1, le=50)] = 3
    days: Days = 30


def silent(look: Look) -> Rows:
    """What was tried on one day counts once: a message to five people is one try."""
    days = timedelta(days=look.parameters.days)
    tries = _unanswered(look, look.now - BACK * days).subquery().c
    found = (
        select(
            tries.account_id,
            func.count(utc_day(tries.at).distinct()).label("tries"),
            func.min(tries.at).label("first"),
            func.max(tries.answered_at).label("answered_at"),
        )
        .group_by(tries.account_id)
        .having(func.min(tries.at) <= look.now - days)
        .subquery()
        .c
    )
    made = rows(
        found.account_id,
        at=look.later(found.first, days),
        tries=found.tries,
        since=utc_day(found.first),
        last_answer=utc_day(found.answered_at),
    )
    return made.join(Account, Account.id == found.account_id).where(
        CUSTOMER,
        found.tries >= look.parameters.touches,
        ~silence.texted(found.account_id, found.first, look.now),
    )


def _unanswered(look: Look, since: Any) -> Any:
    """Calls without a word of theirs since, and messages without a word or a login.

    While the product tells nothing of logins, messages count for nothing.
    """
    said = silence.last(silence.WORDS, since, look.now)
    used = silence.last(silence.LOGINS, since, look.now)
    calls = silence.rows(silence.CALLS, since, look.now, mail=literal(0))
    mails = silence.rows(silence.MAILS, since, min(look.now, look.word.until), mail=literal(1))
    tries = union_all(calls, mails).subquery()
    return (
        select(tries.c.account_id, tries.c.at, said.c.at.label("answered_at"))
        .outerjoin(said, said.c.account_id == tries.c.account_id)
        .outerjoin(used, used.c.account_id == tries.c.account_id)
        .where(
            or_(said.c.at.is_(None), tries.c.at > said.c.at),
            or_(tries.c.mail == 0, used.c.at.is_(None), tries.c.at > used.c.at),
        )
    )


TRIGGERS = (
    Trigger(
        "customer.silent",
        "detector",
        "A customer has not answered, though they were tried often enough (3) in some days (30).",
        silent,
        facts={
            "trigger.tries": fact(Kind.NUMBER, "On how many days they were tried.", "3"),
            "trigger.since": fact(Kind.TEXT, "The day of the first of them.", "2026-10-24"),
            "trigger.last_answer": fact(
                Kind.TEXT, "The day of their last answer, where it is not long ago.", "2026-10-20"
            ),
        },
        parameters=Silent,
    ),
)
