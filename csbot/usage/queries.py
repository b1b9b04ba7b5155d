"""What usage says: last logins, minutes, velocity. From roll-ups alone, cheap at any size."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, Integer, Select, bindparam, case, func, null, select, union_all
from sqlalchemy.orm import Session

from csbot.alerts.among import among
from csbot.contacts import Contact
from csbot.usage.model import GroupUsage, ProductGroup, ProductUser, UserUsage
from csbot.usage.reading import OWN

WINDOW = timedelta(days=28)  # as long before: four whole weeks have the same weekdays
LISTED_DAYS = 90
ALL = ""  # the feature that stands for all together
FIRST, RECENT, TODAY = (bindparam(name, type_=Date()) for name in ("first", "recent", "today"))


@dataclass(frozen=True)
class Velocity:
    """How much in the last 28 days, and in the 28 before."""

    recent: int
    before: int

    @property
    def change(self) -> float | None:
        """(last 28 days - 28 before) / 28 before; None without anything before."""
        return None if self.before == 0 else (self.recent - self.before) / self.before


@dataclass(frozen=True)
class Overview:
    """One account's usage: minutes and events of 28 days, against those before, last login."""

    minutes: Velocity
    events: Velocity
    last_login: datetime | None


@dataclass(frozen=True)
class Feature:
    name: str
    minutes: Velocity
    events: Velocity


ACCOUNT = bindparam("account", type_=Integer())


def last_login(session: Session, account_id: int) -> datetime | None:
    """The latest login of anybody who counts for the account."""
    return session.scalar(_last_login(), {"account": account_id})


@cache
def _last_login() -> Select[datetime | None]:
    of_users = (
        select(func.max(ProductUser.last_login_at).label("at"))
        .join(ProductGroup, ProductGroup.id == ProductUser.group_id)
        .where(ProductGroup.account_id == ACCOUNT)
    )
    of_contacts = select(func.max(Contact.last_login_at)).where(Contact.account_id == ACCOUNT)
    both = of_users.union_all(of_contacts).subquery()
    return select(func.max(both.c.at))


def minutes_on(
    session: Session,
    *,
    since: date,
    until: date,
    account_id: int | None = None,
    contact_id: int | None = None,
    feature: str = ALL,
) -> float:
    """Active minutes of an account or a contact, from `since` until the day before `until`."""
    if contact_id is not None:
        users = select(ProductUser.id).where(ProductUser.contact_id == contact_id)
        nameless = select(ProductUser.id).where(ProductUser.same_as_id.in_(users))
        usage: Any = UserUsage
        mine = UserUsage.user_id.in_(users.union_all(nameless))
    else:
        groups = select(ProductGroup.id).where(ProductGroup.account_id == account_id)
        usage = GroupUsage
        mine = GroupUsage.group_id.in_(groups)
    seconds = select(func.coalesce(func.sum(usage.active_seconds), 0)).where(
        mine, usage.feature == feature, usage.day >= since, usage.day < until
    )
    return float(session.scalar(seconds) or 0) / 60


def velocity(
    session: Session, account_ids: Collection[int], as_of: date, *, of: str = "events"
) -> dict[int, Velocity]:
    """Of `events`, `active_seconds` or `logins`; accounts without any usage are missing.

    The last 28 days end with the day before `as_of`, which is not over yet.
    """
    query = velocities(of).where(among(session, ProductGroup.account_id, account_ids))
    rows = session.execute(query, windows(as_of))
    return {account: Velocity(recent, before) for account, recent, before in rows}


@cache
def velocities(*amounts: str) -> Select[Any]:
    """Account, and for each of `amounts` that of the last 28 days and of the 28 before.

    For detectors too; bind what `windows` says of the day.
    """
    columns = [
        func.coalesce(func.sum(case((within, getattr(GroupUsage, amount)), else_=0)), 0)
        for amount in amounts
        for within in (GroupUsage.day >= RECENT, GroupUsage.day < RECENT)
    ]
    return (
        select(ProductGroup.account_id, *columns)
        .join(GroupUsage, GroupUsage.group_id == ProductGroup.id)
        .where(
            ProductGroup.account_id.is_not(None),
            GroupUsage.feature == ALL,
            GroupUsage.day >= FIRST,
            GroupUsage.day < TODAY,
        )
        .group_by(ProductGroup.account_id)
    )


def windows(as_of: date) -> dict[str, date]:
    return {"first": as_of - 2 * WINDOW, "recent": as_of - WINDOW, "today": as_of}


def overview(session: Session, account_id: int, as_of: date) -> Overview | None:
    """None where nothing of the account was counted in these 56 days."""
    given = {"account": account_id, **windows(as_of)}
    row = session.execute(_overview(), given).first()
    if row is None:
        return None
    minutes = Velocity(round(row[1] / 60), round(row[2] / 60))
    return Overview(minutes, Velocity(row[3], row[4]), last_login(session, account_id))


@cache
def _overview() -> Select[Any]:
    return velocities("active_seconds", "events").where(ProductGroup.account_id == ACCOUNT)


def top_features(
    session: Session, account_id: int, as_of: date, *, limit: int = 5
) -> list[Feature]:
    """The most used of these 56 days first, so that what was given up is there, too."""
    of = GroupUsage
    sums = [
        func.coalesce(func.sum(case((within, amount), else_=0)), 0)
        for amount in (of.active_seconds, of.events)
        for within in (of.day >= RECENT, of.day < RECENT)
    ]
    rows = session.execute(
        select(of.feature, *sums)
        .join(ProductGroup, ProductGroup.id == of.group_id)
        .where(ProductGroup.account_id == account_id, of.feature != ALL)
        .where(of.day >= FIRST, of.day < TODAY)
        .group_by(of.feature)
        .order_by(func.sum(of.active_seconds).desc(), func.sum(of.events).desc(), of.feature)
        .limit(limit),
        windows(as_of),
    )
    return [
        Feature(name, Velocity(round(new / 60), round(old / 60)), Velocity(*events))
        for name, new, old, *events in rows
    ]


def active_users(session: Session, account_id: int, as_of: date) -> Velocity:
    """How many people of the account did anything, in 28 days and in the 28 before.

    Who was only found out later to be the same person counts once.
    """
    of, who = UserUsage, func.coalesce(ProductUser.same_as_id, ProductUser.id)
    groups = select(ProductGroup.id).where(ProductGroup.account_id == account_id)
    contacts = select(Contact.id).where(Contact.account_id == account_id)
    people = union_all(  # each by its own index, then each one's days
        select(ProductUser.id).where(ProductUser.group_id.in_(groups)),
        select(ProductUser.id).where(ProductUser.contact_id.in_(contacts)),
    )
    counts = [
        func.count(case((within, who)).distinct()) for within in (of.day >= RECENT, of.day < RECENT)
    ]
    query = (
        select(*counts)
        .join(ProductUser, ProductUser.id == of.user_id)
        .where(of.user_id.in_(people), of.feature == ALL, of.day >= FIRST, of.day < TODAY)
    )
    row = session.execute(query, windows(as_of)).one()
    return Velocity(row[0], row[1])


def listed(session: Session, account_id: int) -> list[dict[str, Any]]:
    """For the account's JSON: a row a day and feature of the last 90 days that had any."""
    groups = select(ProductGroup.id).where(ProductGroup.account_id == account_id)
    mine = GroupUsage.group_id.in_(groups)
    last = session.scalar(select(func.max(GroupUsage.day)).where(mine))
    if last is None:
        return []
    sums = [
        func.sum(column)
        for column in (GroupUsage.events, GroupUsage.active_seconds, GroupUsage.logins)
    ]
    columns: tuple[Any, ...] = (GroupUsage.day, GroupUsage.feature, *sums)
    rows = session.execute(
        select(*columns)
        .where(mine, GroupUsage.day > last - timedelta(days=LISTED_DAYS))
        .group_by(GroupUsage.day, GroupUsage.feature)
        .order_by(GroupUsage.day, GroupUsage.feature)
    )
    return [
        {
            "day": day.isoformat(),
            "feature": feature or None,
            "events": events,
            "active_minutes": round(float(seconds) / 60, 1),  # PostgreSQL sums to a Decimal
            "logins": logins,
        }
        for day, feature, events, seconds, logins in rows
    ]


@dataclass(frozen=True)
class Homeless:
    """Usage without an account: of a company by its id in the product, or of `people` of none."""

    group: str | None
    people: int
    events: int
    since: datetime


def homeless(session: Session, limit: int) -> list[Homeless]:
    """Those with most events first; people who belong to no company are one of them."""
    group = case((ProductGroup.key.startswith(OWN), null()), else_=ProductGroup.key)
    events = func.coalesce(func.sum(GroupUsage.events), 0)
    people = func.count(ProductGroup.id.distinct())
    all_of_them = (GroupUsage.group_id == ProductGroup.id) & (GroupUsage.feature == ALL)
    rows = session.execute(
        select(group.label("company"), people, events, func.min(ProductGroup.first_seen_at))
        .outerjoin(GroupUsage, all_of_them)
        .where(ProductGroup.account_id.is_(None), ProductGroup.same_as_id.is_(None))
        .group_by("company")
        .order_by(events.desc(), "company")
        .limit(limit)
    )
    return [Homeless(*row) for row in rows]
