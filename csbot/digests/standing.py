"""What has become of the alerts that a digest spelled out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session, aliased

from csbot.access import May, allows
from csbot.alerts.among import bound, dialect_of, is_one_of
from csbot.alerts.model import Alert
from csbot.alerts.promises import unkept_since
from csbot.team.model import TeamMember
from messages.digests import Need
from messages.text import near_day


@dataclass(frozen=True)
class Standing:
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


def told(need: Need, states: Mapping[int, Standing], reader: TeamMember, now: datetime) -> Need:
    """The same line as it is now."""
    state = states.get(need.alert_id)
    if state is None:
        return replace(need, done="Closed.")
    mine = state.state == "taken" and state.taken_by_id == reader.id
    done = None if need.unkept and mine and state.unkept else _done(state, need, reader, now)
    return replace(need, version=state.version, done=done)


def _done(state: Standing, need: Need, reader: TeamMember, now: datetime) -> str | None:
    """Why nothing is left to do for this reader; None while there is."""
    if state.state == "closed":
        return state.closed_because or "Closed."
    if state.state == "taken":
        return "You have it." if state.taken_by_id == reader.id else f"{state.taker} has it."
    if state.state == "snoozed" and state.snoozed_until and state.snoozed_until > now:
        return f"Snoozed until {near_day(state.snoozed_until, now)}."
    theirs = state.owner_id in (reader.id, need.covering_id or reader.id)
    if not theirs and not allows(reader.role, May.SEE_TEAM_DIGEST):
        return f"Handed to {state.owner}." if state.owner else "It has no owner now."
    return None
