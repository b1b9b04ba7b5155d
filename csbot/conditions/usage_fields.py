"""What an account does with the product. While the product tells nothing, none of it is known."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, exists, func, select, true, union_all
from sqlalchemy.orm import aliased

from csbot.conditions.frame import Frame
from csbot.conditions.kinds import Field, Kind
from csbot.conditions.text import folded
from csbot.contacts import Contact
from csbot.usage.model import GroupUsage, ProductGroup, ProductUser
from csbot.usage.queries import ALL, WINDOW

SOURCE = "usage"
USED, GROUP, USER, PERSON = (
    aliased(GroupUsage), aliased(ProductGroup), aliased(ProductUser), aliased(Contact),
)  # fmt: skip


def heard(sql: Callable[[Frame], Any]) -> Callable[[Frame], Any]:
    """None, which is unknown, while the product is silent."""
    return lambda frame: None if SOURCE in frame.silent else sql(frame)


def _last_login(frame: Frame) -> Any:
    """Of contacts, and of users that no contact is known for."""
    of_contacts = select(func.max(PERSON.last_login_at).label("at")).where(
        PERSON.account_id == frame.account.id
    )
    of_users = (
        select(func.max(USER.last_login_at))
        .join(GROUP, GROUP.id == USER.group_id)
        .where(GROUP.account_id == frame.account.id)
    )
    both = union_all(*(part.correlate(frame.account) for part in (of_contacts, of_users)))
    at = both.subquery().c.at
    return select(func.max(at)).scalar_subquery()


def _counted(frame: Frame, windows: int, worth: ColumnElement[Any]) -> Any:
    """What the rows of so many windows of 28 whole days are worth; NULL without a group."""
    until = frame.today
    counted = and_(
        USED.group_id == GROUP.id,
        USED.feature == ALL,
        USED.day >= until - windows * WINDOW,
        USED.day < until,
    )
    return (
        select(case((func.count(GROUP.id) > 0, worth)))
        .select_from(GROUP)
        .outerjoin(USED, counted)
        .where(GROUP.account_id == frame.account.id)
        .scalar_subquery()
    )


def _seconds(*fits: ColumnElement[bool]) -> ColumnElement[float]:
    """0 for an account that is known to the product and does nothing."""
    seconds = case((and_(true(), *fits), USED.active_seconds))
    return cast(func.coalesce(func.sum(seconds), 0), Float)


def _minutes(frame: Frame) -> Any:
    return _counted(frame, 1, _seconds() / 60.0)


def _change(frame: Frame) -> Any:
    middle = frame.today - WINDOW
    recent, before = _seconds(USED.day >= middle), _seconds(USED.day < middle)
    return _counted(frame, 2, (recent - before) * 100.0 / func.nullif(before, 0.0))


def _features(frame: Frame) -> Callable[[tuple[str, ...]], ColumnElement[bool]]:
    used = (
        GROUP.account_id == frame.account.id,
        USED.group_id == GROUP.id,
        USED.feature != ALL,
        USED.day >= frame.today - WINDOW,
        USED.day <= frame.today,
    )
    return lambda wanted: exists().where(*used, folded(USED.feature).in_(wanted))


def _connected(frame: Frame) -> ColumnElement[bool]:
    return exists().where(GROUP.account_id == frame.account.id)


def _came_back(frame: Frame) -> Any:
    return None if frame.started_at is None else _last_login(frame) > frame.started_at


USAGE: dict[str, Field] = {
    "account.last_login": Field(
        Kind.DAYS, "How long ago anybody of it last logged in.", heard(_last_login),
        "7 days", ago=True,
    ),
    "account.login_since_start": Field(
        Kind.FLAG, "Somebody of it has logged in since the playbook started.",
        heard(_came_back), "true",
    ),
    "account.usage_minutes": Field(
        Kind.NUMBER, "Its active minutes of the last 28 whole days.", heard(_minutes), "60"
    ),
    "account.usage_change": Field(
        Kind.NUMBER, "Per cent that those are more, or less (below 0), than the 28 days before.",
        heard(_change), "-30",
    ),
    "account.features": Field(
        Kind.SET, "The features that it used in the last 28 days.", heard(_features), "Reports",
        known=_connected,
    ),
}  # fmt: skip
