"""What a person asked of csbot, parsed; and the tables of who answers it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from csbot.errors import Refused
from csbot.find import ID_MAX
from csbot.routes import Asked
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.words import number
from messages.blocks import Option
from messages.form import Form
from messages.ids import Action, View
from messages.message import Message

Answer = Message | Form | None
STALE = "This button is from an older version of the message. Run the command again."


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Who asks, when, in which transaction; `channel` is Slack's id of where, if it was in one.

    `asked` is what Slack said of channels that the answer turns on.
    """

    session: Session
    settings: Settings
    person: TeamMember
    now: datetime
    channel: str | None = None
    asked: Asked = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Command(Ask):
    """`text` is what follows the subcommand, with plain quotes and blanks, mentions as <@U…>."""

    text: str
    shared: bool


@dataclass(frozen=True, kw_only=True)
class Press(Ask):
    """`value` is the button's or the chosen option's; `values` what else the message holds."""

    value: str
    values: dict[str, Any] = field(default_factory=dict)

    def numbers(self, count: int) -> list[int]:
        """The value as `count` whole numbers joined by colons; Refused when it does not fit."""
        found = [found for part in self.value.split(":") if (found := number(part)) is not None]
        if len(found) != count or self.value.count(":") != count - 1:
            raise Refused(STALE)
        return found


@dataclass(frozen=True, kw_only=True)
class Submission(Ask):
    """`values` by block id, empty strings as missing; `remembered` is the form's own state."""

    values: dict[str, Any] = field(default_factory=dict)
    remembered: dict[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A required text; Refused at its field when it is blank."""
        value = str(self.values.get(name) or "").strip()
        if not value:
            raise Refused("Please fill this in.", field=name)
        return value

    def number(self, name: str) -> int:
        """A whole number that the form itself remembered, such as an id."""
        value = self.remembered.get(name)
        if type(value) is not int or not 0 < value <= ID_MAX:
            raise Refused("This form is from an older version. Open it again.")
        return value


@dataclass(frozen=True, kw_only=True)
class Suggest(Ask):
    """`remembered` is the state of the form that the menu is in, if it is in one."""

    typed: str
    remembered: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Shortcut(Ask):
    """`message` is the one it was pressed on, as Slack has it; None for a global shortcut.

    `room` is its channel's name, `author` the name of whoever wrote it, `link` leads to it.
    `names` are of all who are mentioned in it, by their Slack ids.
    """

    message: dict[str, Any] | None = None
    room: str = ""
    author: str = ""
    link: str | None = None
    names: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Happened(Ask):
    """Something that a person did in Slack and that csbot is told of: Slack's own event.

    `me` is csbot's own Slack id; `outside`: another organisation reads along in that channel;
    `thread` is the message in whose thread an answer belongs.
    """

    event: dict[str, Any] = field(default_factory=dict)
    me: str = ""
    outside: bool = False
    thread: str | None = None


F = TypeVar("F", bound=Callable[..., Any])
COMMANDS: dict[str, Callable[[Command], Answer]] = {}
PRESSES: dict[str, Callable[[Press], Answer]] = {}
SUBMITS: dict[str, Callable[[Submission], Answer]] = {}
SUGGESTS: dict[str, Callable[[Suggest], list[Option]]] = {}
SHORTCUTS: dict[str, Callable[[Shortcut], Answer]] = {}
EVENTS: dict[str, Callable[[Happened], None]] = {}


def on_command(name: str) -> Callable[[F], F]:
    return lambda handler: COMMANDS.setdefault(name, handler)  # type: ignore[return-value]


def on_press(action: Action) -> Callable[[F], F]:
    return lambda handler: PRESSES.setdefault(action, handler)  # type: ignore[return-value]


def on_submit(view: View) -> Callable[[F], F]:
    return lambda handler: SUBMITS.setdefault(view, handler)  # type: ignore[return-value]


def on_suggest(action: Action) -> Callable[[F], F]:
    return lambda handler: SUGGESTS.setdefault(action, handler)  # type: ignore[return-value]


def on_shortcut(name: str) -> Callable[[F], F]:
    return lambda handler: SHORTCUTS.setdefault(name, handler)  # type: ignore[return-value]


def on_event(name: str) -> Callable[[F], F]:
    return lambda handler: EVENTS.setdefault(name, handler)  # type: ignore[return-value]


def remembered(view: dict[str, Any]) -> dict[str, Any]:
    """The form's own state; anything but a JSON object is an old or forged form."""
    try:
        state = json.loads(view.get("private_metadata") or "{}")
    except (ValueError, RecursionError):
        state = None
    if not isinstance(state, dict):
        raise Refused("This form is from an older version. Open it again.")
    return state
