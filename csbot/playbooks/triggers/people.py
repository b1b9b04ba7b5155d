"""Who logs in, and who has stopped."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, union_all

from csbot.accounts.model import Account
from csbot.alerts.detectors import inactive as detector
from csbot.conditions.kinds import Kind
from csbot.contacts import Contact
from csbot.playbooks.triggers.limits import Away, Quiet, scoped
from csbot.playbooks.triggers.look import CUSTOMER, Look, Rows, Trigger, fact, rows
from csbot.usage.model import Milestone, ProductGroup, ProductUser


def _days(look: Look) -> tuple[timedelta, datetime]:
    """How long without a login is too long, and the last login that is too long ago."""
    days = timedelta(days=scoped(look, days="inactive_days").limits.inactive_days)
    return days, look.word.back(days)


def inactive(look: Look) -> Rows:
    """An account, once, however many of its people are away."""
    days, cutoff = _days(look)
    away = detector.away(look.scope, cutoff).subquery().c
    at = look.later(away.last, days)
    return rows(away.account_id, at=at, inactive=away.gone, known=away.known)


def idle(look: Look) -> Rows:
    """An account of which nobody is left who has not been away for so long."""
    days, cutoff = _days(look)
    away = detector.away(look.scope, cutoff).subquery().c
    at = look.later(away.last, days)
    return rows(away.account_id, at=at, known=away.known).where(away.gone == away.known)


def quiet(look: Look) -> Rows:
    """Each contact by themselves."""
    days, cutoff = _days(look)
    found = rows(
        Contact.account_id,
        at=look.later(Contact.last_login_at, days),
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
        "account.inactive",
        "detector",
        "Nobody of an account has logged in for some days (7), and somebody used to.",
        idle,
        facts={"trigger.known": fact(Kind.NUMBER, "How many ever logged in.", "5")},
        parameters=Away,
    ),
    Trigger(
        "contact.quiet",
        "detector",
        "A person who used to log in has not done so for some days (7); each by themselves.",
        quiet,
        parameters=Quiet,
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
