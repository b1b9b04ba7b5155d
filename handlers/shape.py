"""Slack's payloads as far as csbot reads them: what has another shape was not made by Slack."""

import json
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Text = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class Named(Part):
    id: Text


class User(Named):
    team_id: str | None = None
    name: str | None = None
    username: str | None = None


class Container(Part):
    channel_id: str | None = None
    is_ephemeral: bool | None = None


class Option(Part):
    value: str


class Element(Part):
    """What somebody typed or chose; only what csbot's forms and messages use."""

    value: str | None = None
    selected_option: Option | None = None
    selected_options: list[Option] | None = None
    selected_date: str | None = None
    selected_time: str | None = None
    selected_user: str | None = None
    selected_date_time: int | None = None
    selected_conversation: str | None = None


class Pressed(Element):
    action_id: Text
    block_id: str | None = None


class Block(Part):
    type: str
    block_id: str


class State(Part):
    values: dict[str, dict[str, Element]] = {}


class View(Part):
    type: str | None = None
    callback_id: str | None = None
    private_metadata: str | None = None
    blocks: list[Block] = []
    state: State | None = None


class Interaction(Part):
    user: User
    team: Named | None = None
    channel: Named | None = None
    container: Container | None = None
    trigger_id: str | None = None
    response_url: str | None = None
    view: View | None = None
    action_id: str | None = None
    value: str | None = None


class Press(Interaction):
    state: State | None = None
    actions: Annotated[list[Pressed], Field(min_length=1)]


class Submission(Interaction):
    view: View


class Command(Part):
    command: Text
    user_id: Text
    channel_id: Text


class Happened(Part):
    type: Text
    channel: str | Named | None = None


class Event(Part):
    event: Happened
    event_id: Text


class Challenge(Part):
    challenge: Text


INTERACTIONS: dict[str, type[Interaction]] = {
    "block_actions": Press,
    "block_suggestion": Interaction,
    "message_action": Interaction,
    "shortcut": Interaction,
    "view_closed": Interaction,
    "view_submission": Submission,
}


def read(body: bytes, content_type: str) -> dict[str, Any] | None:
    """What a signed body says; None unless it has one of the shapes that Slack sends."""
    try:
        text = body.decode()
        if "json" in content_type:
            return _fitting(json.loads(text), Event, Challenge)
        form = dict(parse_qsl(text, keep_blank_values=True))
        if "payload" in form:
            payload = json.loads(form["payload"])
            kind = INTERACTIONS.get(_type(payload))
            return _fitting(payload, kind) if kind else None
    except (ValueError, RecursionError):
        return None
    return _fitting(form, Command)


def _type(payload: Any) -> str:
    return str(payload.get("type")) if isinstance(payload, dict) else ""


def _fitting(value: Any, *kinds: type[Part]) -> dict[str, Any] | None:
    for kind in kinds:
        with suppress(ValidationError):
            kind.model_validate(value)
            found: dict[str, Any] = value
            return found
    return None
