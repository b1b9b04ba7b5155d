"""The first time a group reached something, kept with its earliest moment."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session

from csbot import audit
from csbot.alerts.among import among
from csbot.db.base import UTCDateTime
from csbot.db.rows import insert
from csbot.usage.model import Milestone, ProductGroup
from csbot.usage.who import Placed

TABLE: Any = Milestone.__table__


def reach(session: Session, new: Iterable[Placed], *, now: datetime) -> None:
    """Told in the account's timeline once, also when an earlier moment is heard of later."""
    first: dict[tuple[int, str], Placed] = {}
    reached = [one for one in new if one.call.milestone]
    for one in sorted(reached, key=lambda one: one.call.at):
        first.setdefault((one.group_id, one.call.milestone or ""), one)
    if not first:
        return
    rows = [
        {"group_id": group, "name": name, "user_id": one.user.id, "reached_at": one.call.at}
        for (group, name), one in sorted(first.items())
    ]
    added = insert(session, Milestone).on_conflict_do_nothing().returning(Milestone.id)
    fresh = list(session.scalars(added, rows))
    _earlier(session, rows)
    tell(session, select(Milestone).where(Milestone.id.in_(fresh)), now=now)


def _earlier(session: Session, rows: list[dict[str, object]]) -> None:
    at = bindparam("at_", type_=UTCDateTime())
    statement = (
        update(TABLE)
        .where(
            TABLE.c.group_id == bindparam("group_"),
            TABLE.c.name == bindparam("name_"),
            TABLE.c.reached_at > at,
        )
        .values(reached_at=at, user_id=bindparam("user_"))
    )
    told = [
        {
            "group_": row["group_id"], "name_": row["name"], "user_": row["user_id"],
            "at_": row["reached_at"],
        }
        for row in rows
    ]  # fmt: skip
    session.connection().execute(statement, told)


def of_groups(session: Session, groups: Iterable[int], *, now: datetime) -> None:
    """Tell what groups had reached before their account was known."""
    tell(session, select(Milestone).where(among(session, Milestone.group_id, groups)), now=now)


def tell(session: Session, query: Select[Milestone], *, now: datetime) -> None:
    joined = query.join(ProductGroup, ProductGroup.id == Milestone.group_id)
    rows = session.execute(
        joined.add_columns(ProductGroup.account_id).where(ProductGroup.account_id.is_not(None))
    )
    for milestone, account_id in rows:
        audit.record(
            session,
            verb="usage.milestone",
            subject=f"milestone:{milestone.id}",
            account=account_id,
            by=None,
            now=now,
            after={"milestone": milestone.name, "reached_at": milestone.reached_at.isoformat()},
        )
