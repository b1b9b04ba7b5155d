"""Trials: how they begin, and what has been done with one that is about to end."""

from datetime import timedelta
from typing import Any

from sqlalchemy import String, case, exists, func, literal, select
from sqlalchemy.orm import aliased

from csbot.accounts.model import Account
from csbot.conditions.kinds import Kind
from csbot.conditions.moments import utc_day
from csbot.contacts import Contact
from csbot.payments.model import SubscriptionState
from csbot.playbooks.triggers.limits import Days
from csbot.playbooks.triggers.look import CUSTOMER, Look, Parameters, Rows, Trigger, fact
from csbot.playbooks.triggers.money import SUBSCRIPTION, subscriptions
from csbot.usage.counting import OTHER
from csbot.usage.model import GroupUsage, ProductGroup
from csbot.usage.queries import ALL

EARLIER = aliased(SubscriptionState)
SEPARATOR = ", "


class Ending(Parameters):
    """`days` before the trial ends."""

    days: Days = 3


def started(look: Look) -> Rows:
    """Told by the first state of a subscription, while it is a trial still."""
    earlier = (
        EARLIER.customer_id == SubscriptionState.customer_id,
        EARLIER.subscription == SubscriptionState.subscription,
    )
    began = select(func.min(EARLIER.at)).where(*earlier).scalar_subquery()
    ends_on = utc_day(SubscriptionState.trial_ends_at)
    return subscriptions(began, ends_on=ends_on).where(
        CUSTOMER, SubscriptionState.status == "trialing", look.lately(began)
    )


def will_end(look: Look) -> Rows:
    """At so many days before; a trial told of later than that begins by counting.

    Each day that it is to end on is a cause of its own.
    """
    ahead = timedelta(days=look.parameters.days)
    ends = SubscriptionState.trial_ends_at
    mine = Contact.account_id == Account.id
    people = select(func.count(Contact.id)).where(mine)
    return subscriptions(
        look.later(ends, -ahead),
        until="@" + utc_day(ends),
        ends_on=utc_day(ends),
        people=people.scalar_subquery(),
        logged_in=people.where(Contact.last_login_at.is_not(None)).scalar_subquery(),
        used=_used_features(),
        unused=_unused_features(look),
        first_value=Account.first_value_at.is_not(None),
    ).where(
        CUSTOMER,
        SubscriptionState.status == "trialing",
        ends.between(look.since + ahead, look.now + ahead),
        ends > look.now,
    )


def _use() -> tuple[Any, ...]:
    return (
        ProductGroup.account_id == Account.id,
        GroupUsage.group_id == ProductGroup.id,
        GroupUsage.feature.not_in((ALL, OTHER)),
    )


def _used_features() -> Any:
    names = (
        select(GroupUsage.feature).where(*_use()).distinct().order_by(GroupUsage.feature)
    ).correlate(Account)
    listed = names.subquery().c.feature
    return select(func.aggregate_strings(listed, SEPARATOR)).scalar_subquery()


def _unused_features(look: Look) -> Any:
    """Of those that `[usage.unused_after]` names, as what a customer should use; NULL of none."""
    listed: Any = literal("")
    for name in sorted(look.settings.config.usage.unused_after):
        used = exists().where(*_use(), GroupUsage.feature == name)
        listed = listed + case((used, ""), else_=SEPARATOR + name)
    return func.nullif(func.substr(listed, 1 + len(SEPARATOR)), "", type_=String())


ENDS = {"trigger.ends_on": fact(Kind.TEXT, "The day on which it ends.", "2026-12-04")}
TRIGGERS = (
    Trigger(
        "trial.started", "event", "A trial begins.",
        started, facts=SUBSCRIPTION | ENDS,
    ),
    Trigger(
        "trial.will_end", "event", "A trial ends in some days (3).",
        will_end, parameters=Ending,
        facts=SUBSCRIPTION | ENDS | {
            "trigger.people": fact(Kind.NUMBER, "How many people of them are known.", "5"),
            "trigger.logged_in": fact(Kind.NUMBER, "How many of those ever logged in.", "2"),
            "trigger.used": fact(Kind.TEXT, "What they have used.", "Boards, Reports"),
            "trigger.unused": fact(
                Kind.TEXT, "What of `[usage.unused_after]` they have not used.", "Calendars"
            ),
            "trigger.first_value": fact(Kind.FLAG, "They have reached first value.", "true"),
        },
    ),
)  # fmt: skip
