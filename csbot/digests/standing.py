"""What has become of the alerts that a digest spelled out."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from csbot.access import May, allows
from csbot.alerts.among import bound, dialect_of, is_one_of
from csbot.alerts.model import Alert
from csbot.alerts.promises import unkept_since
from csbot.team.model import TeamMember
from messages.digests import Need
from messages.text import Mrkdwn, near_day


class Standing(NamedTuple):
    """An alert's state; `owner` and `taker` are names, `unkept` that nothing followed so far."""

    version: int
    state: str
    closed_because: str | None
    snoozed_until: datetime | None
    owner_id: int | None
    owner: str | None
    taken_by_id: int | None
    taker: str | None
    unkept: bool


def of(session: Session, ids: Collection[int]) -> dict[int, Standing]:
    if not ids:
        return {}
    dialect = dialect_of(session)
    rows = session.execute(_query(dialect), {"ids": bound(dialect, ids)})
    found = {}
    for id, version, state, *rest, closed_at in rows:
        found[id] = Standing(version, "closed" if closed_at else state, *rest)
    return found


@cache
def _query(dialect: str) -> Select[*tuple[Any, ...]]:
    # Built once: that takes far longer than to run it, and it is run every minute.
    owner, taker = aliased(TeamMember), aliased(TeamMember)
    query: Select[*tuple[Any, ...]] = (
        select(
            Alert.id, Alert.version, Alert.state, Alert.closed_because, Alert.snoozed_until,
            Alert.owner_id, owner.name, Alert.taken_by_id, taker.name,
            unkept_since().is_not(None), Alert.closed_at,
        )
        .outerjoin(owner, and_(owner.id == Alert.owner_id))
        .outerjoin(taker, and_(taker.id == Alert.taken_by_id))
        .where(is_one_of(dialect, Alert.id, bindparam("ids")))
    )  # fmt: skip
    return query


Line = Mapping[str, Any]  # of a digest, as it was stored


def done(
    line: Line, states: Mapping[int, Standing], reader_id: int, role: str, now: datetime
) -> str | None:
    """Why nothing is left to do for a reader of this role; None while there is."""
    state = states.get(line["alert_id"])
    if state is None or state.state == "closed":
        return (state and state.closed_because) or "Closed."
    if state.state == "taken":
        mine = state.taken_by_id == reader_id
        if mine and state.unkept and line.get("unkept"):
            return None
        return "You have it." if mine else f"{state.taker} has it."
    if state.state == "snoozed" and state.snoozed_until and state.snoozed_until > now:
        return f"Snoozed until {near_day(state.snoozed_until, now)}."
    theirs = state.owner_id in (reader_id, line.get("covering_id") or reader_id)
    if not theirs and not allows(role, May.SEE_TEAM_DIGEST):
        return f"Handed to {state.owner}." if state.owner else "It has no owner now."
    return None


def fresh(line: Line, states: Mapping[int, Standing], done: str | None) -> Need:
    """The line as it is to read now."""
    state = states.get(line["alert_id"])
    safe = {name: Mrkdwn(line[name]) for name in ("sentence", "stake", "step")}
    now = {"done": done, "version": state.version if state else line["version"]}
    return Need(**{**line, **safe, **now})
