"""How csbot answers in the moment: in the response itself, at a form's field, or to one person."""

import json
from typing import Any

from csbot import clock
from csbot.errors import Refused
from csbot.outbox.queue import enqueue, enqueue_private
from csbot.slack.gateway import SlackFailure
from csbot.wiring import Wiring
from handlers import read
from handlers.ask import Answer
from handlers.commands import parse_command
from messages.answers import Help, UnknownCommand, WhichOne
from messages.blocks import Option, option
from messages.form import Form, render_form
from messages.message import Message
from messages.render import render
from messages.said import Said

FOR_THE_ASKER = (Said, Help, WhichOne, UnknownCommand)
TOO_SLOW = "That took too long for Slack to open the form. Please try once more."
UNSURE = (
    "I cannot tell whether this channel is shared with another organisation, so only you see this."
)
SHARED = "This channel is shared with another organisation, so only you see this."


def open_form(wiring: Wiring, body: dict[str, Any], form: Form) -> bool:
    """Open or stack a form; False when Slack would not have it (any more)."""
    view = _remembering(render_form(form), body)
    on_top = (body.get("view") or {}).get("type") == "modal"
    try:
        wiring.slack_now.open_view(str(body.get("trigger_id") or ""), view, push=on_top)
    except SlackFailure:
        return False
    return True


def to_command(wiring: Wiring, body: dict[str, Any], answer: Answer) -> str | dict[str, Any]:
    if answer is None or isinstance(answer, Form):
        return ""
    content = render(answer)
    if not wants_sharing(body) or isinstance(answer, FOR_THE_ASKER):
        return {"response_type": "ephemeral", **content}
    refusal = _why_not_share(wiring, body["channel_id"])
    if refusal:
        content["blocks"].append(render(Said(sentence=refusal))["blocks"][0])
        return {"response_type": "ephemeral", **content}
    return {"response_type": "in_channel", **content}


def wants_sharing(body: dict[str, Any]) -> bool:
    return parse_command(str(body.get("text") or "")).shared


def to_submission(body: dict[str, Any], answer: Answer) -> dict[str, Any]:
    if isinstance(answer, Form):
        view = _remembering(render_form(answer), body)
        return {"response_action": "update", "view": view}
    return {"response_action": "clear"}


def to_suggestion(options: list[Option]) -> dict[str, Any]:
    return {"options": [option(item) for item in options]}


def at_field(body: dict[str, Any], refusal: Refused) -> dict[str, str]:
    blocks = body["view"].get("blocks", [])
    inputs = [str(b["block_id"]) for b in blocks if b.get("type") == "input"]
    known = refusal.field if refusal.field in inputs else None
    return {known or (inputs or ["form"])[0]: refusal.reason[:290]}


def privately(wiring: Wiring, body: dict[str, Any], message: Message) -> None:
    """Show it to the presser alone: in place where they pressed, else through the outbox."""
    container = body.get("container") or {}
    try:
        wiring.slack_now.respond(
            body.get("response_url") or "",
            render(message),
            replace=bool(container.get("is_ephemeral")),
        )
    except SlackFailure:
        _through_outbox(wiring, body, message)


def _through_outbox(wiring: Wiring, body: dict[str, Any], message: Message) -> None:
    now, person, where = clock.now(), read.who(body).slack_id, read.channel(body)
    key = f"answer:{read.request_id(body)}"
    with wiring.sessions.begin() as session:
        if where:
            enqueue_private(session, message, channel=where, person=person, key=key, now=now)
        else:
            enqueue(session, message, to=person, key=key, now=now)


def _why_not_share(wiring: Wiring, channel: str) -> str | None:
    """Customers' data never goes where another organisation reads along."""
    allowed = wiring.settings.config.channels.shared_allowed
    try:
        known = wiring.slack_now.channel(channel)
    except SlackFailure:
        return UNSURE
    if known.is_ext_shared and not {known.id, known.name, f"#{known.name}"} & set(allowed):
        return SHARED
    return None


def _remembering(view: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The same view, with where it was opened, so that its answer is shown there."""
    where = read.channel(body)
    state = json.loads(view["private_metadata"]) | ({read.CHANNEL: where} if where else {})
    return view | {"private_metadata": json.dumps(state)}
