"""Who may come in: people of the team table; never guests, bots or other organisations' people."""

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Select, String, bindparam, select
from sqlalchemy.orm import Session, sessionmaker

from csbot import audit
from csbot.access import Role
from csbot.errors import Refused
from csbot.home import rights
from csbot.settings import Settings
from csbot.slack.gateway import Gateway, SlackFailure
from csbot.team.model import TeamMember
from csbot.team.service import learn, newcomer

CHECK_EVERY = timedelta(hours=1)
UNSURE = "csbot does not know you, and cannot ask Slack about you right now. Try again in a minute."
OUTSIDER = "csbot is for members of this workspace's customer success team only."


class Stranger(Exception):
    """A colleague whom csbot does not know yet: they may ask for access."""


class Unchecked(Exception):
    """It is time to ask Slack again who this is."""


def check(sessions: sessionmaker[Session], *, slack_id: str, slack: Gateway, now: datetime) -> None:
    """Ask Slack who somebody is and note it; while it says nothing what is known of them holds.

    Whoever the team does not know is refused then. Its own transaction, since it may wait for
    Slack.
    """
    with sessions.begin() as session:
        member = _by_slack_id(session, slack_id)
    try:
        info = slack.user(slack_id)
    except SlackFailure:
        if member is None:
            raise Refused(UNSURE) from None
        return
    if member is None:
        if info.is_outsider:
            raise Refused(OUTSIDER)
        return
    with sessions.begin() as session:
        member = session.get_one(TeamMember, member.id)
        if member.is_outsider != info.is_outsider:
            rights.changed(session, [member.id], now=now)
        learn(session, member, info)
        member.is_outsider, member.slack_checked_at = info.is_outsider, now


def admit(
    session: Session,
    *,
    slack_id: str,
    name: str,
    same_team: bool,
    settings: Settings,
    now: datetime,
    checked: bool = True,
) -> TeamMember:
    """The team member behind a Slack id; raises Refused for outsiders, Stranger for unknowns.

    Unless they were `checked` just now it raises Unchecked when that is due.
    """
    if not same_team:
        raise Refused(OUTSIDER)
    member = _by_slack_id(session, slack_id)
    named = slack_id in settings.env.csbot_admins
    if not checked and (_is_due(member, now) if member else named):
        raise Unchecked
    if named:
        member = _as_admin(session, member, slack_id, name, settings, now)
    if member is None:
        raise Stranger
    if member.is_outsider or not member.active:
        raise Refused(OUTSIDER)
    return member


def _is_due(member: TeamMember, now: datetime) -> bool:
    return (member.slack_checked_at or now - CHECK_EVERY) <= now - CHECK_EVERY


def _by_slack_id(session: Session, slack_id: str) -> TeamMember | None:
    return session.scalar(_known(), {"slack_id": slack_id})


@cache
def _known() -> Select[TeamMember]:
    return select(TeamMember).where(TeamMember.slack_id == bindparam("slack_id", type_=String()))


def _as_admin(
    session: Session,
    member: TeamMember | None,
    slack_id: str,
    name: str,
    settings: Settings,
    now: datetime,
) -> TeamMember:
    """Whoever the settings name is an admin, whatever the team table says."""
    if member is not None and member.role == Role.ADMIN:
        return member
    before = {"role": member.role} if member else None
    member = member or newcomer(session, slack_id, name, settings, now)
    member.role = Role.ADMIN
    session.flush()
    audit.record(
        session, verb="team.changed" if before else "team.added", subject=f"team:{member.id}",
        by=None, now=now, before=before, after={"role": Role.ADMIN, "name": member.name},
        why="named in CSBOT_ADMINS",
    )  # fmt: skip
    return member
