"""Draws somebody's App Home as it is at a moment, which is when it is sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from csbot.access import May, allows
from csbot.alerts import choices
from csbot.db.engine import looks
from csbot.home import portfolio, rows
from csbot.home.lately import lately
from csbot.home.model import Home as HomeRow
from csbot.home.notices import notices
from csbot.home.sight import Sight
from csbot.home.team import team
from csbot.overrides import in_force
from csbot.settings import Settings
from csbot.team import introductions
from csbot.team.model import TeamMember
from csbot.team.queries import by_slack_id
from csbot.team.showing import shown
from messages.home import Home, HomeOfOutsider, HomeOfStranger, render_home
from messages.introductions import Introduction
from messages.render import render_parts, templates
from messages.team import SettingsShown
from messages.text import Mrkdwn

VIEW_AS = "as"  # in what somebody chose to see: as whom


def draw(engine: Engine, settings: Settings, slack_id: str, now: datetime) -> dict[str, Any]:
    """What `views.publish` takes; of customers nothing to whom csbot does not know or let in."""
    with looks(engine)() as session:
        settings = in_force(session, settings)
        member = by_slack_id(session, slack_id)
        if member is None:
            return render_home(HomeOfStranger())
        if not _here(member):
            return render_home(HomeOfOutsider())
        return render_home(home(session, member, settings=settings, now=now))


def home(session: Session, member: TeamMember, *, settings: Settings, now: datetime) -> Home:
    """What they see: their own, or a colleague's whom an admin looks on as."""
    other = _looked_on_as(session, member)
    sight = Sight(session, settings, other or member, now)
    return Home(
        person=sight.person.name,
        acts=other is None and sight.may(May.ACT_ON_ALERTS),
        looks_as=sight.may(May.VIEW_AS),
        follows=sight.may(May.FOLLOW),
        seen_by=member.name if other else None,
        of=other.id if other else None,
        introduction=_introduction(sight) if other is None else None,
        notices=notices(sight),
        settings=_settings(sight),
        as_of=now,
        **team(sight),
        **rows.alerts(sight),
        **rows.meetings(sight),
        **rows.tasks(sight),
        **portfolio.accounts(sight),
        **portfolio.renewals(sight),
        **lately(sight),
    )


def _looked_on_as(session: Session, member: TeamMember) -> TeamMember | None:
    """Nobody once they may not do so any more, or whoever it was has left."""
    chosen = session.get(HomeRow, member.id)
    other = session.get(TeamMember, chosen.shown.get(VIEW_AS, 0)) if chosen else None
    able = other is not None and _here(other) and allows(member.role, May.VIEW_AS)
    return other if able else None


def _here(member: TeamMember) -> bool:
    return member.active and not member.is_outsider


def _introduction(sight: Sight) -> Introduction | None:
    held = sight.session.get(HomeRow, sight.person.id)
    first = held.first_opened_at if held else None
    return introductions.at_home(sight.person, sight.settings, first_opened_at=first)


def _settings(sight: Sight) -> Mrkdwn:
    """The sentence of `/cs settings`."""
    chosen = choices.of(sight.session, sight.person)
    said = shown(sight.person, sight.settings, chosen=chosen)
    parts = render_parts(templates().get_template(f"{SettingsShown.name}.j2"), said)
    return Mrkdwn(parts.summary)
