"""In which zone a customer lives, as far as we know."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from csbot.contacts import Contact
from csbot.settings import Settings
from csbot.team.model import TeamMember


def zone_of(contact: Contact, owner: TeamMember | None, settings: Settings) -> ZoneInfo:
    """Their own, else that of whoever looks after them, else csbot's."""
    theirs = _zone(contact.timezone or "")
    return theirs or _zone(owner.timezone if owner else "") or ZoneInfo(settings.env.csbot_timezone)


@cache
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
