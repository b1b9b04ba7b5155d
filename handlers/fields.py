"""What the inputs of forms hold: each as its own type, refused at the field that does not fit."""

import re
from datetime import UTC, date, datetime

from csbot.errors import Refused
from csbot.find import ID_MAX
from csbot.team import queries as team
from csbot.team.model import TeamMember
from csbot.words import number
from handlers.ask import Submission

CHANNEL = re.compile("[CG][A-Z0-9_]{1,40}")
OLD = "This form is from an older version. Open it again."


def account_id(ask: Submission) -> int:
    """The account the form was opened for, else the one chosen in it."""
    if ask.remembered.get("account_id") is not None:
        return ask.number("account_id")
    return found(ask, "account", "Choose an account.")


def found(ask: Submission, name: str, wanted: str) -> int:
    """What a menu that searches has found; its last line, that there is more, is none of it."""
    chosen = number(str(ask.values.get(name) or "").strip())
    if chosen is None or chosen > ID_MAX:
        return ask.refuse(wanted, name, 0)
    return chosen or ask.refuse("That is none of them. Type more of the name.", name, 0)


def remembered_id(ask: Submission, name: str) -> int | None:
    if ask.remembered.get(name) is None:
        return None
    if not 0 < ask.number(name) <= ID_MAX:
        raise Refused(OLD)
    return ask.number(name)


def whole(ask: Submission, name: str, wanted: str, *, most: int) -> int:
    value = number(str(ask.values.get(name) or "").strip())
    if value is None or value > most:
        return ask.refuse(wanted, name, 1)
    return value


def optional(ask: Submission, name: str) -> str | None:
    return str(ask.values.get(name) or "").strip() or None


def day(ask: Submission, name: str) -> date | None:
    value = optional(ask, name)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return ask.refuse("Choose a day.", name, None)


def needed_day(ask: Submission, name: str) -> date:
    return day(ask, name) or ask.refuse("Choose a day.", name, ask.now.date())


def moment(ask: Submission, name: str) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(ask.values.get(name))), UTC)
    except (ValueError, OverflowError, OSError):
        return ask.refuse("Choose a day and a time.", name, ask.now)


def ticked(ask: Submission, name: str) -> list[str]:
    value = ask.values.get(name) or []
    if not isinstance(value, list):
        raise Refused(OLD)
    return [str(item) for item in value]


def channel(ask: Submission, name: str) -> str:
    """Slack's id of a channel chosen in a menu."""
    value = str(ask.values.get(name) or "")
    if not CHANNEL.fullmatch(value):
        raise Refused("Choose a channel.", field=name)
    return value


def member(ask: Submission, name: str) -> TeamMember:
    """A person chosen from the workspace, who must be of csbot's team."""
    try:
        return team.named(ask.session, f"<@{ask.text(name)}>")
    except Refused as refusal:
        return ask.refuse(refusal.reason, name, ask.person)


def maybe_member(ask: Submission, name: str) -> TeamMember | None:
    return member(ask, name) if optional(ask, name) else None
