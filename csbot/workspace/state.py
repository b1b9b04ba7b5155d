"""The workspace itself: its people, channels, messages and views, and what it has seen."""

from collections.abc import Callable, Iterable
from datetime import datetime
from threading import RLock
from typing import TYPE_CHECKING, Any

from csbot import clock
from csbot.workspace import pings
from csbot.workspace.defaults import APP_ID as APP_ID
from csbot.workspace.defaults import APP_TOKEN as APP_TOKEN
from csbot.workspace.defaults import BOT_ID as BOT_ID
from csbot.workspace.defaults import BOT_TOKEN as BOT_TOKEN
from csbot.workspace.defaults import BOT_USER as BOT_USER
from csbot.workspace.defaults import COMMANDS, EVENTS, SHORTCUTS
from csbot.workspace.defaults import SCOPES as SCOPES
from csbot.workspace.defaults import SIGNING_SECRET as SIGNING_SECRET
from csbot.workspace.deliver import ACK_SECONDS
from csbot.workspace.events import EventPump
from csbot.workspace.faults import FaultPlan
from csbot.workspace.guide import GuideStep
from csbot.workspace.journal import Journal
from csbot.workspace.limits import Limits
from csbot.workspace.model import (
    BotFault,
    CallRecord,
    Channel,
    Command,
    Json,
    Message,
    ResponseUrl,
    Shortcut,
    StoredFile,
    Token,
    Trigger,
    User,
    View,
)
from csbot.workspace.socket_mode import SocketHub

if TYPE_CHECKING:
    from csbot.workspace.driver import Person


class Workspace:
    """Everything is in memory; `lock` is held while anything changes."""

    def __init__(
        self,
        *,
        team_id: str = "T",
        team_name: str = "Northwind",
        domain: str = "northwind",
        bot_name: str = "csbot",
        bot_token: str = BOT_TOKEN,
        app_token: str = APP_TOKEN,
        signing_secret: str = SIGNING_SECRET,
        scopes: Iterable[str] = SCOPES,
        rate_limits: bool = True,
        limits: Limits | None = None,
        charts_allowed: bool = True,
    ) -> None:
        self.team_id, self.team_name, self.domain = team_id, team_name, domain
        self.bot_token, self.app_token = bot_token, app_token
        self.signing_secret = signing_secret
        self.limits = limits or Limits(enabled=rate_limits)
        self.charts_allowed = charts_allowed
        self.home_enabled = True
        self.strict_args = False  # refuse unknown arguments instead of only counting them
        self.lock = RLock()
        self.journal = Journal()
        self.faults = FaultPlan()
        self.request_url: str | None = None  # None: over Socket Mode
        self.ack_seconds = ACK_SECONDS
        self.events = EventPump(self)
        self.sockets = SocketHub(self)
        self.base_url = "http://127.0.0.1"
        self._stage()
        bot = Token(bot_token, "bot", set(scopes))
        self.tokens = {bot_token: bot, app_token: Token(app_token, "app", {"connections:write"})}
        self.users: dict[str, User] = {}
        self.add_user(User(BOT_USER, bot_name, bot_name, is_bot=True))
        self.channels: dict[str, Channel] = {}
        self._next_id = 0
        self._forget()

    def _stage(self) -> None:
        """What a demo or a test sets from outside."""
        self.commands: list[Command] = list(COMMANDS)
        self.shortcuts: list[Shortcut] = list(SHORTCUTS)
        self.subscribed: set[str] = set(EVENTS)
        self.guide: list[GuideStep] = []
        self.on_clock: list[Callable[[datetime], None]] = []
        self.on_kill: Callable[[], Json | None] | None = None
        self.home_tab = True

    def _forget(self) -> None:
        """Empties all that was said and done; people, rooms and tokens stay."""
        self.messages: dict[str, dict[str, Message]] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, View] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.tickets: set[str] = set()
        self.files: dict[str, StoredFile] = {}
        self.scheduled: dict[str, Json] = {}
        self.pins: list[tuple[str, str]] = []
        self.bookmarks: list[Json] = []
        self.read_marks: dict[tuple[str, str], str] = {}
        self.calls: list[CallRecord] = []
        self.deliveries: list[Json] = []
        self.bot_faults: list[BotFault] = []

    def reset(self) -> None:
        with self.lock:
            self._forget()
            self.events.forget()
            self.faults.clear()
            self.limits.reset()
            self.journal.note("state")

    # --- people and rooms -------------------------------------------------------------------

    def add_user(self, user: User) -> User:
        with self.lock:
            if user.team_id == "T":
                user.team_id = self.team_id
            self.users[user.id] = user
        return user

    def add_channel(
        self,
        channel_id: str,
        name: str,
        *,
        members: Iterable[str] = (),
        kind: str = "public",
        with_bot: bool = True,
        **fields: Any,
    ) -> Channel:
        """Members are user ids; the bot is one of them unless told otherwise."""
        inside = set(members) | ({BOT_USER} if with_bot else set())
        fields.setdefault("created", int(self.now().timestamp()))
        channel = Channel(channel_id, name, kind, inside, **fields)
        with self.lock:
            self.channels[channel_id] = channel
            self.journal.note("state")
        return channel

    def open_im(self, user_id: str, other: str = BOT_USER) -> Channel:
        for channel in self.channels.values():
            if channel.is_im and channel.members == {user_id, other}:
                return channel
        return self.add_channel(
            self.new_id("D"), kind="im", name="", members=(user_id, other), with_bot=False
        )

    def channel_named(self, name: str) -> Channel | None:
        bare = name.lstrip("#")
        return next((c for c in self.channels.values() if c.name and c.name == bare), None)

    def can_see(self, user_id: str, channel: Channel) -> bool:
        if user_id in channel.members:
            return True
        user = self.users.get(user_id)
        guest = user is None or user.is_restricted or user.is_ultra_restricted
        outsider = user is None or user.is_outsider(self.team_id)
        return channel.kind == "public" and not guest and not outsider

    def person(self, user_id: str, channel: str | None = None) -> "Person":
        """Somebody to act as; `channel` is where they type their commands."""
        from csbot.workspace.driver import Person  # it drives this module

        return Person(self, user_id, channel)

    @property
    def bot(self) -> User:
        return self.users[BOT_USER]

    # --- time, ids --------------------------------------------------------------------------

    def now(self) -> datetime:
        return clock.now()

    def new_id(self, prefix: str) -> str:
        with self.lock:
            self._next_id += 1
            return f"{prefix}{_base36(self._next_id + 46656 * 36**4):0>9}"

    def new_ts(self, channel: str) -> str:
        """The present instant, moved on by microseconds until it is free in the channel."""
        taken = self.messages.setdefault(channel, {})
        micros = round(self.now().timestamp() * 1_000_000)
        while (ts := f"{micros // 1_000_000}.{micros % 1_000_000:06d}") in taken:
            micros += 1
        return ts

    # --- messages ---------------------------------------------------------------------------

    def post(self, message: Message) -> Message:
        """Stores a message as it stands; all refusing happens before."""
        with self.lock:
            self.label(message.blocks)
            message.pings = pings.of_message(message.text, message.blocks)
            message.versions.append(message.blocks)
            self.messages.setdefault(message.channel, {})[message.ts] = message
            parent = self._parent_of(message)
            if parent and not message.ephemeral_to:
                parent.reply_count += 1
                parent.thread_ts = parent.ts
            kind = "ephemeral" if message.ephemeral_to else "message"
            self.journal.note(kind, to=message.ephemeral_to, channel=message.channel, ts=message.ts)
        return message

    def touched(self, message: Message, *, linkify: bool = False) -> None:
        """To be called after a change of text or blocks."""
        self.label(message.blocks)
        found = pings.of_message(message.text, message.blocks, linkify=linkify)
        message.pings = list(dict.fromkeys(message.pings + found))
        message.versions.append(message.blocks)
        self.journal.note("update", to=message.ephemeral_to, channel=message.channel, ts=message.ts)

    def remove(self, message: Message) -> None:
        message.deleted = True
        parent = self._parent_of(message)
        if parent:
            parent.reply_count -= 1
        self.journal.note("delete", to=message.ephemeral_to, channel=message.channel, ts=message.ts)

    def find(self, channel: str, ts: str) -> Message | None:
        message = self.messages.get(channel, {}).get(ts)
        return None if message is None or message.deleted else message

    def in_channel(self, channel: str) -> list[Message]:
        """Everything still standing, oldest first, ephemerals included."""
        found = [m for m in self.messages.get(channel, {}).values() if not m.deleted]
        return sorted(found, key=lambda m: m.ts)

    def label(self, blocks: list[Json]) -> None:
        """Gives every block without a block_id one, new after each update, as Slack does."""
        for block in blocks:
            if not block.get("block_id"):
                block["block_id"] = _base36(int(self.new_id("")[-6:], 36))

    def _parent_of(self, message: Message) -> Message | None:
        if not message.is_reply or message.thread_ts is None:
            return None
        return self.messages.get(message.channel, {}).get(message.thread_ts)

    def check_guide(self) -> None:
        with self.lock:
            for n, step in enumerate(self.guide, 1):
                if step.check():
                    self.journal.note("guide", n=n)

    # --- what went wrong --------------------------------------------------------------------

    def blame(self, kind: str, detail: str, method: str = "") -> None:
        """Counts a fault of the bot."""
        self.bot_faults.append(BotFault(kind, detail, method, self.now().isoformat()))

    def faults_of(self, kind: str) -> list[BotFault]:
        return [fault for fault in self.bot_faults if fault.kind == kind]

    @property
    def all_pings(self) -> list[tuple[Message, str]]:
        return [
            (message, ping)
            for room in self.messages.values()
            for message in room.values()
            if message.bot_id
            for ping in message.pings
        ]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest] + digits
    return digits or "0"
