"""Who logs in, and who has stopped."""

from datetime import timedelta

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.contacts import Contact
from csbot.playbooks.triggers.limits import Quiet, limit
from csbot.playbooks.triggers.look import CUSTOMER, Look, Rows, Trigger, fact, rows
from csbot.usage.model import Milestone, ProductGroup, ProductUser

SOMEBODY = aliased(Contact)


def _days(look: Look) -> int:
    return limit(look, "days", "inactive_days")


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


def first_login(look: Look) -> Rows:
    """Once an account and month, by the calendar of UTC, from when somebody looks for it.

    Only the last login of each person is known exactly, which is why a month that is over has
    none that could still be told.
    """
    month = look.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    people = select(Contact.account_id, Contact.last_login_at.label("at"))
    nameless = (
        select(ProductGroup.account_id, ProductUser.last_login_at)
        .join(ProductGroup, ProductGroup.id == ProductUser.group_id)
        .where(ProductUser.contact_id.is_(None), ProductGroup.account_id.is_not(None))
    )
    first = max(month, look.since)
    both = union_all(
        people.where(Contact.last_login_at.between(first, look.now)),
        nameless.where(ProductUser.last_login_at.between(first, look.now)),
    ).subquery()
    found = rows(both.c.account_id, at=func.min(both.c.at), subject=f"{month:%Y-%m}")
    return (
        found.join(Account, Account.id == both.c.account_id)
        .where(CUSTOMER)
        .group_by(both.c.account_id)
    )


def milestone(look: Look) -> Rows:
    found = rows(
        ProductGroup.account_id,
        at=Milestone.reached_at,
        subject=Milestone.id,
        subject_id=Milestone.id,
        contact_id=ProductUser.contact_id,
        milestone=Milestone.name,
    )
    return (
        found.join(ProductGroup, ProductGroup.id == Milestone.group_id)
        .join(Account, Account.id == ProductGroup.account_id)
        .outerjoin(ProductUser, ProductUser.id == Milestone.user_id)
        .where(CUSTOMER, look.lately(Milestone.reached_at))
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
    Trigger(
        "login.first_of_month",
        "event",
        "Somebody of an account logs in for the first time in a month.",
        first_login,
    ),
    Trigger(
        "milestone.reached",
        "event",
        "An account reaches something for the first time that `[usage.milestones]` names.",
        milestone,
        facts={"trigger.milestone": fact(Kind.TEXT, "What it reached.", "first_value")},
    ),
)
