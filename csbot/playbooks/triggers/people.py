"""Who logs in, and who has stopped."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field as Setting
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.contacts import Contact
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact, rows

SOMEBODY = aliased(Contact)
Days = Annotated[int, Setting(ge=1, le=730)]


class Quiet(Parameters):
    """`days` without a login; thresholds of csbot.toml stand for what is left out."""

    days: Days | None = None
    high_arr: Annotated[int, Setting(ge=0)] | None = None
    low_health: Annotated[int, Setting(ge=0, le=100)] | None = None


def _days(look: Look) -> int:
    return int(look.parameters.days or look.settings.config.thresholds.inactive_days)


def inactive(look: Look) -> Rows:
    """An account, once, however many of its people are away."""
    _, cutoff = look.known(_days(look))
    away = (
        select(
            Contact.account_id.label("account_id"),
            func.count().label("gone"),
            func.max(Contact.last_login_at).label("last"),
        )
        .where(Contact.last_login_at <= cutoff)
        .group_by(Contact.account_id)
        .subquery()
    )
    known = (
        select(func.count(SOMEBODY.id))
        .where(SOMEBODY.account_id == away.c.account_id, SOMEBODY.last_login_at.is_not(None))
        .scalar_subquery()
    )
    at = look.later(away.c.last, timedelta(days=_days(look)))
    found = rows(away.c.account_id, at=at, inactive=away.c.gone, known=known)
    return found.join(Account, Account.id == away.c.account_id).where(CUSTOMER)


def quiet(look: Look) -> Rows:
    """Each contact by themselves."""
    _, cutoff = look.known(_days(look))
    found = rows(
        Contact.account_id,
        at=look.later(Contact.last_login_at, timedelta(days=_days(look))),
        subject=Contact.id,
        subject_id=Contact.id,
        contact_id=Contact.id,
    )
    return found.join(Account, Account.id == Contact.account_id).where(
        CUSTOMER, Contact.last_login_at <= cutoff
    )


TRIGGERS = (
    Trigger(
        "contact.inactive",
        "detector",
        "People of an account who used to log in have not done so for some days (7).",
        inactive,
        facts={
            "trigger.inactive": fact(Kind.NUMBER, "How many are away.", "2"),
            "trigger.known": fact(Kind.NUMBER, "How many ever logged in.", "5"),
        },
        parameters=Quiet,
    ),
    Trigger(
        "contact.quiet",
        "detector",
        "A person who used to log in has not done so for some days (7); each by themselves.",
        quiet,
        parameters=Quiet,
        part="contact",
    ),
)
