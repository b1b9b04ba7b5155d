"""Slack in, from people whom csbot does not know: colleagues may ask for access, others may not."""

from typing import Any

from csbot import clock
from csbot.errors import Refused
from csbot.outbox.queue import enqueue_homes
from csbot.slack.gateway import SlackFailure
from csbot.team import admission, service
from csbot.wiring import Wiring
from handlers import read
from messages.ids import Action
from messages.message import Message
from messages.said import Said
from messages.team import AccessAsked, AskForAccess

UNREACHABLE = "csbot does not know you, and cannot ask Slack who you are right now. Try again soon."


def answer(wiring: Wiring, body: dict[str, Any]) -> Message:
    who = read.who(body)
    try:
        info = wiring.slack_now.user(who.slack_id)
    except SlackFailure:
        return Said(sentence=UNREACHABLE)
    if info.is_outsider:
        return Said(sentence=admission.OUTSIDER)
    if not _asks_for_access(body):
        with wiring.sessions() as session:
            return AskForAccess(admin=service.only_admin(session, wiring.settings))
    with wiring.sessions.begin() as session:
        asked = service.request_access(
            session,
            slack_id=who.slack_id,
            name=info.name,
            settings=wiring.settings,
            now=clock.now(),
        )
    return AccessAsked(admins=asked.admins, again=asked.again)


def happened(wiring: Wiring, body: dict[str, Any], why: Exception) -> Message | None:
    """What somebody did who may not come in; who looks at Home sees there that it is not theirs."""
    if body["event"]["type"] == "app_home_opened":
        if read.who(body).same_team:
            with wiring.sessions.begin() as session:
                enqueue_homes(session, [read.who(body).slack_id], now=clock.now())
        return None
    return Said(sentence=why.reason) if isinstance(why, Refused) else answer(wiring, body)


def _asks_for_access(body: dict[str, Any]) -> bool:
    actions = body.get("actions") or [{}]
    return bool(actions[0].get("action_id") == Action.ACCESS_ASK)
