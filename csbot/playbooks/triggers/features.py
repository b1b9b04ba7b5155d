"""What an account does with the features of the product, by the roll-ups of whole UTC days.

A feature is named as the product names it. Of days on which the product told nothing it is not
known what was done: they count neither as used nor as unused.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic import Field as Setting
from sqlalchemy import (
    BigInteger,
    Date,
    String,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
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
    wanted = sorted(set(look.parameters.minutes))
    steps = union_all(*(select(literal(each).label("minutes")) for each in wanted)).subquery()
    total = _seconds(look).having(func.sum(GroupUsage.active_seconds) >= wanted[0] * 60).subquery()
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
    since = {name: look.word.back(timedelta(days=after[name])) for name in sorted(after)}
    used = _last_used(since)
    begun = func.coalesce(Account.customer_since, Account.created_at)
    missing = {
        name: and_(
            used.c.seen_at <= at,
            begun <= at,
            func.coalesce(used.c[f"last_{nth}"], literal(date.min, Date())) < at.date(),
        )
        for nth, (name, at) in enumerate(since.items())
    }
    found = rows(
        Account.id,
        at=look.now,
        features=func.substr(_sum("", missing, lambda name: SEPARATOR + name), 1 + len(SEPARATOR)),
        count=_sum(0, missing, lambda name: 1),
    )
    return found.join(used, used.c.account_id == Account.id).where(
        CUSTOMER, or_(false(), *missing.values())
    )


def _last_used(since: Mapping[str, datetime]) -> Subquery:
    """By account the last day of each feature, and since when the product knows the account."""
    first = min((at.date() for at in since.values()), default=date.max)
    counted = (
        GroupUsage.group_id == ProductGroup.id,
        GroupUsage.feature.in_(since),
        GroupUsage.day >= first,
    )
    return (
        select(
            ProductGroup.account_id,
            func.min(ProductGroup.first_seen_at).label("seen_at"),
            *(
                func.max(case((GroupUsage.feature == name, GroupUsage.day))).label(f"last_{nth}")
                for nth, name in enumerate(since)
            ),
        )
        .outerjoin(GroupUsage, and_(*counted))
        .where(ProductGroup.account_id.is_not(None))
        .group_by(ProductGroup.account_id)
        .subquery()
    )


def _sum(start: Any, missing: Mapping[str, Any], worth: Callable[[str], Any]) -> Any:
    """What the missing ones are worth together: numbers add up, texts are joined."""
    total: Any = literal(start)
    for name, is_missing in missing.items():
        total = total + case((is_missing, literal(worth(name))), else_=literal(start))
    return total


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
