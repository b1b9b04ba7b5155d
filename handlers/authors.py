"""Slack in: the names of whoever wrote the message that a shortcut was pressed on, or is in it."""

from typing import Any, NamedTuple

from sqlalchemy import select

from csbot.slack.gateway import RefusedBySlack, SlackFailure
from csbot.slack.model import Channel
from csbot.slack.plain import labelled, mentioned, written
from csbot.team.model import TeamMember
from csbot.wiring import Wiring

UNKNOWN = "Somebody"
ASKED = 4  # a form's trigger dies within three seconds


class Author(NamedTuple):
    """`ours`: a colleague, whether in csbot's team or known to Slack alone."""

    author: str
    ours: bool


def author(wiring: Wiring, body: dict[str, Any]) -> Author:
    """As Slack's payload has it, as the team knows them, else asked for; never a reason to fail."""
    message = body.get("message") or {}
    person = str(message.get("user") or "")
    name, ours = (_of_team(wiring, person) or _asked(wiring, person)) if person else ("", False)
    return Author(_told(message) or name or UNKNOWN, ours)


def mentions(wiring: Wiring, body: dict[str, Any]) -> dict[str, str]:
    """By Slack's ids: as we know them, else asked for, csbot's own among them.

    No private channel: whoever reads the words later may not know of it.
    """
    return _names(wiring, mentioned(written(body.get("message") or {})))


def heard(wiring: Wiring, body: dict[str, Any]) -> dict[str, Any]:
    """A command or what was said to csbot: whoever is mentioned in its words is so by name."""
    if "event" not in body:
        return body | {"text": _with_names(wiring, str(body.get("text") or ""))}
    event = body["event"]
    us: dict[str, Any] = next(iter(body.get("authorizations") or []), {})
    if "text" not in event:
        return body
    text = _with_names(wiring, str(event["text"] or ""), us=str(us.get("user_id") or ""))
    return body | {"event": event | {"text": text}}


def _with_names(wiring: Wiring, text: str, *, us: str = "") -> str:
    names = _names(wiring, mentioned(text) - {us})
    return labelled(text, names)


def _names(wiring: Wiring, ids: set[str]) -> dict[str, str]:
    names = _known(wiring, ids) if ids else {}
    for id in sorted(ids - names.keys())[:ASKED]:
        try:
            names[id] = _name(wiring, id)
        except RefusedBySlack:
            continue
        except SlackFailure:
            break  # the form that waits for it opens within three seconds or not at all
    return names


def _known(wiring: Wiring, ids: set[str]) -> dict[str, str]:
    people = select(TeamMember.slack_id, TeamMember.name).where(TeamMember.slack_id.in_(ids))
    channels = select(Channel.id, Channel.name, Channel.is_private).where(Channel.id.in_(ids))
    with wiring.sessions() as session:
        named = {str(id): name for id, name in session.execute(people)}
        rooms = session.execute(channels)
        return named | {id: "" if is_private else name for id, name, is_private in rooms}


def _name(wiring: Wiring, id: str) -> str:
    if id[0] not in "CG":
        return wiring.slack_now.user(id).name
    found = wiring.slack_now.channel(id)
    return "" if found.is_private else found.name


def _told(message: dict[str, Any]) -> str:
    """Of customers in a shared channel, and of apps."""
    profile = message.get("user_profile") or message.get("bot_profile") or {}
    names = (profile.get("real_name"), profile.get("name"), message.get("username"))
    return next((str(name) for name in names if name), "")


def _of_team(wiring: Wiring, person: str) -> Author | None:
    known = select(TeamMember.name, ~TeamMember.is_outsider).where(TeamMember.slack_id == person)
    with wiring.sessions() as session:
        row = session.execute(known).first()
    return Author(*row) if row else None


def _asked(wiring: Wiring, person: str) -> Author:
    try:
        known = wiring.slack_now.user(person)
    except SlackFailure:
        return Author("", ours=False)
    return Author(known.name, not known.is_outsider)
