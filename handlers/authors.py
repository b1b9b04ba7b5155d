"""Slack in: the name of whoever wrote the message that a shortcut was pressed on."""

from typing import Any

from sqlalchemy import select

from csbot.slack.gateway import SlackFailure
from csbot.team.model import TeamMember
from csbot.wiring import Wiring

UNKNOWN = "Somebody"


def name(wiring: Wiring, body: dict[str, Any]) -> str:
    """As Slack's payload has it, as the team knows them, else asked for; never a reason to fail."""
    message = body.get("message") or {}
    person = str(message.get("user") or "")
    told = _told(message)
    return told or (person and (_of_team(wiring, person) or _asked(wiring, person))) or UNKNOWN


def _told(message: dict[str, Any]) -> str:
    """Of customers in a shared channel, and of apps."""
    profile = message.get("user_profile") or message.get("bot_profile") or {}
    names = (profile.get("real_name"), profile.get("name"), message.get("username"))
    return next((str(name) for name in names if name), "")


def _of_team(wiring: Wiring, person: str) -> str:
    with wiring.sessions() as session:
        known = select(TeamMember.name).where(TeamMember.slack_id == person)
        return session.scalar(known) or ""


def _asked(wiring: Wiring, person: str) -> str:
    try:
        return wiring.slack_now.user(person).name
    except SlackFailure:
        return ""
