"""Homes of people whose alerts csbot has raised, changed or closed by itself."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.orm import Session, aliased

from csbot.alerts.among import among
from csbot.alerts.model import Alert
from csbot.away import acting
from csbot.home.model import Home
from csbot.outbox.queue import Priority, enqueue_homes
from csbot.team.model import TeamMember

LATELY = timedelta(days=1)  # whoever opens it later sees it drawn anew in any case


def alerts_changed(session: Session, ids: Collection[int], *, now: datetime) -> None:
    """Draw those anew that somebody opened lately: the owner's, who has it, who covers for these,
    and the manager's.
    """
    if not ids:
        return
    owner, cover = aliased(TeamMember), acting.known(session, now)
    people: list[Any] = [Alert.owner_id, Alert.taken_by_id, owner.manager_id]
    if stands := {id: one.id for id in cover.away if (one := cover.stand_in(id))}:
        people += [case(stands, value=held) for held in (Alert.owner_id, Alert.taken_by_id)]
    holds = TeamMember.id.in_(people)
    query = (
        select(TeamMember.slack_id)
        .distinct()
        .select_from(Alert)
        .outerjoin(owner, owner.id == Alert.owner_id)
        .join(TeamMember, holds)
        .join(Home, Home.member_id == TeamMember.id)
        .where(among(session, Alert.id, ids), Home.opened_at > now - LATELY)
    )
    found = {id for id in session.scalars(query) if id}
    enqueue_homes(session, found, now=now, priority=Priority.ROUTINE)
