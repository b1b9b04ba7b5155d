"""What has become of the alerts that a digest spelled out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from csbot.access import May, allows
from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.team.model import TeamMember
from messages.digests import Need
from messages.text import short_day


@dataclass(frozen=True)
class Standing:
    """An alert's state; `owner` and `taker` are names."""

    version: int
    state: str
    closed_because: str | None
    snoozed_until: datetime | None
    owner_id: int | None
    owner: str | None
    taken_by_id: int | None
    taker: str | None


def of(session: Session, ids: Collection[int]) -> dict[int, Standing]:
    if not ids:
        return {}
    owner, taker = aliased(TeamMember), aliased(TeamMember)
    rows = session.execute(
        select(
            Alert.id, Alert.version, Alert.state, Alert.closed_because, Alert.snoozed_until,
            Alert.owner_id, owner.name, Alert.taken_by_id, taker.name, Alert.closed_at,
        )
        .outerjoin(owner, and_(owner.id == Alert.owner_id))
        .outerjoin(taker, and_(taker.id == Alert.taken_by_id))
        .where(among(session, Alert.id, ids))
    )  # fmt: skip
    found = {}
    for id, version, state, *rest, closed_at in rows:
        found[id] = Standing(version, "closed" if closed_at else state, *rest)
    return found


def told(need: Need, states: Mapping[int, Standing], reader: TeamMember, now: datetime) -> Need:
    """The same line as it is now."""
    state = states.get(need.alert_id)
    if state is None:
        return replace(need, done="Closed.")
    return replace(need, version=state.version, done=_done(state, reader, now))


def _done(state: Standing, reader: TeamMember, now: datetime) -> str | None:
    """Why nothing is left to do for this reader; None while there is."""
    if state.state == "closed":
        return state.closed_because or "Closed."
    if state.state == "taken":
        return "You have it." if state.taken_by_id == reader.id else f"{state.taker} has it."
    if state.state == "snoozed" and state.snoozed_until and state.snoozed_until > now:
        return f"Snoozed until {short_day(state.snoozed_until)}."
    if state.owner_id != reader.id and not allows(reader.role, May.SEE_TEAM_DIGEST):
        return f"Handed to {state.owner}." if state.owner else "It has no owner now."
    return None
