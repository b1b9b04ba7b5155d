"""What a person asked of csbot, parsed; and the tables of who answers it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from csbot.errors import Refused, refuse
from csbot.find import ID_MAX
from csbot.routes import Asked
from csbot.settings import Settings
from csbot.team.model import TeamMember
from csbot.words import number
from messages.blocks import Option
from messages.form import Form
from messages.ids import Action, View
from messages.message import Message

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
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
    """`values` by block id, empty strings as missing; `remembered` is the form's own state.

    `wrong` is what does not fit so far. Something that does stands in for it, so that the rules
    say what else is wrong; nothing of such a form is kept: see `on_submit`.
    """

    values: dict[str, Any] = field(default_factory=dict)
    remembered: dict[str, Any] = field(default_factory=dict)
    wrong: list[Refused] = field(default_factory=list)

    def text(self, name: str) -> str:
        """A required text; refused at its field when it is blank."""
        value = str(self.values.get(name) or "").strip()
        return value or self.refuse("Please fill this in.", name, "")

    def read(self, rule: Callable[[], T], instead: T) -> T:
        """What the rule makes of it; where that refuses it, the form is refused for it as well."""
        try:
            return rule()
        except Refused as refusal:
            self.wrong.append(refusal)
            return instead

    def refuse(self, reason: str, name: str, instead: T) -> T:
        """Refuses the whole form at this field, once all of it was read."""
        self.wrong.append(Refused(reason, field=name))
        return instead

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

    `room` is its channel's name, `author` the name of whoever wrote it, `ours` whether they are a
    colleague; `link` leads to it. `names` are of all who are mentioned in it, by their Slack ids.
    """

    message: dict[str, Any] | None = None
    room: str = ""
    author: str = ""
    ours: bool = False
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


COMMANDS: dict[str, Callable[[Command], Answer]] = {}
PRESSES: dict[str, Callable[[Press], Answer]] = {}
Answers = Callable[[Submission], Answer]
SUBMITS: dict[str, Answers] = {}
SUGGESTS: dict[str, Callable[[Suggest], list[Option]]] = {}
SHORTCUTS: dict[str, Callable[[Shortcut], Answer]] = {}
EVENTS: dict[str, Callable[[Happened], None]] = {}


def on_command(name: str) -> Callable[[F], F]:
    return lambda handler: COMMANDS.setdefault(name, handler)  # type: ignore[return-value]


def on_press(action: Action) -> Callable[[F], F]:
    return lambda handler: PRESSES.setdefault(action, handler)  # type: ignore[return-value]


def on_submit(view: View) -> Callable[[Answers], Answers]:
    return lambda handler: SUBMITS.setdefault(view, _whole(handler))


def _whole(handler: Answers) -> Answers:
    """Refused for all that is wrong with a form, as it was read and by the rules."""

    @wraps(handler)
    def answer(ask: Submission) -> Answer:
        found: Answer = None
        try:
            found = handler(ask)
        except Refused as refusal:
            refuse([*ask.wrong, refusal])
        refuse(ask.wrong)
        return found

    return answer


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
