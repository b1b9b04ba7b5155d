"""What an account does with the features of the product, by the roll-ups of whole UTC days.

A feature is named as the product names it. Of days on which the product told nothing it is not
known what was done: they count neither as used nor as unused.
"""

from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Setting
from sqlalchemy import (
    BigInteger,
    Date,
    String,
    Subquery,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.db.base import UTCDateTime
from csbot.playbooks.triggers.limits import Days, listed
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact, rows
from csbot.usage.counting import OTHER
from csbot.usage.model import GroupUsage, ProductGroup
from csbot.usage.queries import ALL

Whole = Annotated[int, Setting(ge=1, le=100_000)]
SEPARATOR = ", "


class Used(Parameters):
    """At least `minutes` within one day, of the last `days` with today."""

    minutes: Annotated[int, Setting(ge=1, le=1440)] = 7
    days: Days = 7


class Spent(Parameters):
    """Each of `minutes`, in sum, within the last `days` with today."""

    minutes: Annotated[
        tuple[Whole, ...], BeforeValidator(listed), Setting(min_length=1, max_length=20)
    ] = (30, 60, 120)
    days: Days = 28


def _first(look: Look) -> date:
    return look.word.until.date() - timedelta(days=look.parameters.days - 1)


def _named(look: Look, first: date) -> tuple[Any, ...]:
    """Rows of a feature that has a name, from a day on."""
    return (
        GroupUsage.group_id == ProductGroup.id,
        GroupUsage.feature.not_in((ALL, OTHER)),
        GroupUsage.day.between(first, look.now.date()),
    )


def _seconds(look: Look, *by: Any) -> Any:
    """Account, feature, whatever else it is summed `by`, and seconds."""
    seconds = cast(func.sum(GroupUsage.active_seconds), BigInteger)
    return (
        select(ProductGroup.account_id, GroupUsage.feature, *by, seconds.label("seconds"))
        .join(GroupUsage, and_(*_named(look, _first(look))))
        .where(ProductGroup.account_id.is_not(None))
        .group_by(ProductGroup.account_id, GroupUsage.feature, *by)
    )


def used(look: Look) -> Rows:
    """The best day counts."""
    days: Subquery = (
        _seconds(look, GroupUsage.day)
        .having(func.sum(GroupUsage.active_seconds) >= look.parameters.minutes * 60)
        .subquery()
    )
    minutes = func.max(days.c.seconds) // 60
    found = rows(
        days.c.account_id,
        at=look.now,
        subject=days.c.feature,
        feature=days.c.feature,
        minutes=minutes,
    )
    return (
        found.join(Account, Account.id == days.c.account_id)
        .where(CUSTOMER)
        .group_by(days.c.account_id, days.c.feature)
    )


def spent(look: Look) -> Rows:
    least = select(literal(0).label("minutes")).where(false())
    wanted = [select(literal(minutes)) for minutes in sorted(set(look.parameters.minutes))]
    steps = union_all(least, *wanted).subquery()
    total = (
        _seconds(look)
        .having(func.sum(GroupUsage.active_seconds) >= min(look.parameters.minutes) * 60)
        .subquery()
    )
    found = rows(
        total.c.account_id,
        at=look.now,
        subject=total.c.feature + ":" + cast(steps.c.minutes, String),
        feature=total.c.feature,
        minutes=steps.c.minutes,
    )
    return (
        found.join(Account, Account.id == total.c.account_id)
        .join(steps, steps.c.minutes * 60 <= total.c.seconds)
        .where(CUSTOMER)
    )


def unused(look: Look) -> Rows:
    """One row an account, with all that it has not used for as long as each feature is given.

    Only of accounts that have been customers, and known to the product, for as long.
    """
    after = look.settings.config.usage.unused_after
    if not after:
        return rows(Account.id, at=look.now, features=Account.name, count=Account.id).where(false())
    missing = _missing(look, after)
    found = rows(
        missing.c.account_id,
        at=look.now,
        features=_joined(look, missing.c.feature),
        count=func.count(),
    )
    return found.group_by(missing.c.account_id)


def _missing(look: Look, after: dict[str, int]) -> Subquery:
    """Account and feature, in their order."""
    limits = {name: look.word.back(timedelta(days=days)) for name, days in after.items()}
    wanted = union_all(
        *(
            select(
                literal(name).label("feature"),
                literal(since, UTCDateTime()).label("since"),
                literal(since.date(), Date()).label("day"),
            )
            for name, since in sorted(limits.items())
        )
    ).subquery()
    last = (
        select(ProductGroup.account_id, GroupUsage.feature, func.max(GroupUsage.day).label("day"))
        .join(GroupUsage, and_(*_named(look, min(limits.values()).date())))
        .where(GroupUsage.feature.in_(after))
        .group_by(ProductGroup.account_id, GroupUsage.feature)
        .subquery()
    )
    seen = (
        select(ProductGroup.account_id, func.min(ProductGroup.first_seen_at).label("at"))
        .where(ProductGroup.account_id.is_not(None))
        .group_by(ProductGroup.account_id)
        .subquery()
    )
    customer_since = func.coalesce(Account.customer_since, Account.created_at)
    return (
        select(Account.id.label("account_id"), wanted.c.feature)
        .join(seen, seen.c.account_id == Account.id)
        .join(wanted, and_(seen.c.at <= wanted.c.since, customer_since <= wanted.c.since))
        .outerjoin(last, and_(last.c.account_id == Account.id, last.c.feature == wanted.c.feature))
        .where(CUSTOMER, or_(last.c.day.is_(None), last.c.day < wanted.c.day))
        .order_by(Account.id, wanted.c.feature)
        .subquery()
    )


def _joined(look: Look, feature: Any) -> Any:
    if look.dialect == "postgresql":
        return func.string_agg(feature, aggregate_order_by(literal(SEPARATOR), feature))
    return func.group_concat(feature, SEPARATOR)


FEATURE = fact(Kind.TEXT, "The feature.", "Reports")
TRIGGERS = (
    Trigger(
        "feature.used",
        "detector",
        "Somebody of an account spent some minutes (7) with a feature on one of the last days (7).",
        used,
        facts={
            "trigger.feature": FEATURE,
            "trigger.minutes": fact(Kind.NUMBER, "Whole minutes of the best day.", "12"),
        },
        parameters=Used,
    ),
    Trigger(
        "feature.time",
        "detector",
        "An account spent so many minutes in all (30, 60, 120) with a feature in four weeks.",
        spent,
        facts={
            "trigger.feature": FEATURE,
            "trigger.minutes": fact(Kind.NUMBER, "Which of the minutes it reached.", "60"),
        },
        parameters=Spent,
    ),
    Trigger(
        "feature.unused",
        "detector",
        "An account does not use features for as long as `[usage.unused_after]` says of each.",
        unused,
        facts={
            "trigger.features": fact(Kind.TEXT, "Their names.", "Calendars, Reports"),
            "trigger.count": fact(Kind.NUMBER, "How many they are.", "2"),
        },
    ),
)
