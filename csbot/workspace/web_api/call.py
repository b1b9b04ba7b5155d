"""One Web API call: its arguments, read the way Slack reads them, and who makes it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from csbot.workspace.model import Channel, Json, Token
from csbot.workspace.refusal import SlackRefusal, with_messages
from csbot.workspace.state import BOT_USER, Workspace

TRUE = (True, 1, "1", "true", "True", "t")
SCOPE_OF_KIND = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}


@dataclass
class Call:
    ws: Workspace
    method: str
    args: Json
    token: Token | None
    warnings: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        value = self.args.get(name)
        return default if value is None else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.args.get(name)
        return default if value in (None, "") else value in TRUE

    def number(self, name: str, default: int, *, most: int, error: str = "invalid_limit") -> int:
        raw = self.args.get(name)
        if raw in (None, "", 0, "0"):
            return default
        try:
            value = int(str(raw))
        except ValueError:
            raise SlackRefusal(error) from None
        if not 1 <= value <= most:
            raise SlackRefusal(error)
        return value

    def structure(self, name: str, error: str) -> Any:
        """A list or object, also when it comes as JSON text in a form field."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        if value == "":
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise SlackRefusal(error) from None

    def need_scope(self, *any_of: str) -> None:
        """Refuses with the scopes that would have done, unless the token has one of them."""
        provided = self.token.scopes if self.token else set()
        if any_of and not provided & set(any_of):
            raise SlackRefusal(
                "missing_scope", needed=",".join(any_of), provided=",".join(sorted(provided))
            )

    def need_scope_for(self, channel: Channel, verb: str) -> None:
        self.need_scope(f"{SCOPE_OF_KIND[channel.kind]}:{verb}")

    def channel(self, name: str = "channel", *, by_name: bool = False) -> Channel:
        """A channel that the bot may know of; anything else is `channel_not_found`."""
        wanted = self.text(name)
        found = self.ws.channels.get(wanted)
        if found is None and by_name and wanted.startswith("#"):
            found = self.ws.channel_named(wanted)
        if found is None or not self.ws.can_see(BOT_USER, found):
            raise SlackRefusal("channel_not_found")
        return found

    def joined_channel(self, name: str = "channel") -> Channel:
        channel = self.channel(name)
        if BOT_USER not in channel.members:
            raise SlackRefusal("not_in_channel")
        return channel


Handler = Callable[[Call], Json]


@dataclass(frozen=True)
class Method:
    name: str
    run: Handler
    tier: int
    scopes: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    holder: str | None

    @property
    def known_args(self) -> set[str]:
        return {*self.required, *self.optional, "token"}

    def check_required(self, args: Json) -> None:
        missing = [name for name in self.required if args.get(name) in (None, "")]
        if missing:
            raise with_messages(
                "invalid_arguments", [f"missing required field: {name}" for name in missing]
            )


METHODS: dict[str, Method] = {}
SPECIAL = 0


def method(
    name: str,
    tier: int,
    *,
    scopes: Iterable[str] = (),
    required: str = "",
    optional: str = "",
    holder: str | None = "bot",
) -> Callable[[Handler], Handler]:
    """Registers a Web API method; argument names are separated by spaces."""

    def register(run: Handler) -> Handler:
        spec = Method(
            name,
            run,
            tier,
            tuple(scopes),
            tuple(required.split()),
            tuple(optional.split()),
            holder,
        )
        METHODS[name] = spec
        return run

    return register
