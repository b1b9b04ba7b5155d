"""The things a workspace holds, and how Slack spells each of them in JSON."""

from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

Json = dict[str, Any]


@dataclass
class User:
    id: str
    name: str
    real_name: str = ""
    email: str = ""
    title: str = ""
    tz: str = "UTC"
    team_id: str = "T"
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False

    def as_slack(self, *, home_team: str, with_email: bool) -> Json:
        shown = self.real_name or self.name
        profile: Json = {"real_name": shown, "display_name": self.name, "title": self.title}
        if with_email and self.email:
            profile["email"] = self.email
        body: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": shown,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_admin": self.is_admin,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "profile": profile,
        }
        if not self.deleted:
            body["tz"] = self.tz
        if self.team_id != home_team:
            body["is_stranger"] = self.is_stranger
        return body

    def is_outsider(self, home_team: str) -> bool:
        return self.is_stranger or self.team_id != home_team


@dataclass
class Channel:
    id: str
    name: str = ""
    kind: str = "public"  # public, private, im, mpim
    members: set[str] = field(default_factory=set)
    archived: bool = False
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    topic: str = ""
    created: int = 0

    @property
    def is_im(self) -> bool:
        return self.kind == "im"

    @property
    def type_name(self) -> str:
        names = {"public": "public_channel", "private": "private_channel"}
        return names.get(self.kind, self.kind)

    def as_slack(self, *, viewer: str, counted: bool = False) -> Json:
        body: Json = {
            "id": self.id,
            "created": self.created,
            "is_archived": self.archived,
            "is_im": self.is_im,
            "is_mpim": self.kind == "mpim",
            "is_private": self.kind != "public",
            "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": self.is_pending_ext_shared,
        }
        if self.is_im:
            body["user"] = next(iter(self.members - {viewer}), viewer)
            return body
        body |= {"name": self.name, "name_normalized": self.name, "is_channel": True}
        body |= {"is_group": False, "is_general": self.name == "general"}
        body |= {
            "is_member": viewer in self.members,
            "topic": {"value": escape(self.topic, quote=False)},
        }
        if counted:
            body["num_members"] = len(self.members)
        return body


@dataclass
class Message:
    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    bot_id: str | None = None
    subtype: str | None = None
    edited_at: str | None = None
    ephemeral_to: str | None = None
    deleted: bool = False
    reply_count: int = 0
    pings: list[str] = field(default_factory=list)
    versions: list[list[Json]] = field(default_factory=list)
    files: list[Json] = field(default_factory=list)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts

    def as_slack(self, *, with_metadata: bool = False) -> Json:
        body: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        optional: Json = {
            "subtype": self.subtype,
            "bot_id": self.bot_id,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "files": self.files,
            "thread_ts": self.thread_ts,
            "reply_count": self.reply_count,
            "metadata": self.metadata if with_metadata else None,
        }
        body |= {key: value for key, value in optional.items() if value}
        if self.edited_at:
            body["edited"] = {"user": self.user, "ts": self.edited_at}
        if self.ephemeral_to:
            body["is_ephemeral"] = True
        return body


@dataclass
class View:
    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Json = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.body["blocks"]
        return blocks


@dataclass
class Trigger:
    id: str
    user: str
    expires_at: datetime
    used: bool = False


@dataclass
class ResponseUrl:
    token: str
    user: str
    channel: str
    expires_at: datetime
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = 0


@dataclass
class Token:
    value: str
    kind: str  # bot, user, app
    scopes: set[str] = field(default_factory=set)
    state: str = ""  # "" while good, else the error code that answers every call


@dataclass(frozen=True)
class Command:
    command: str
    usage: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Shortcut:
    """An entry of Slack's own menus; `kind` is message or global."""

    callback_id: str
    name: str
    kind: str = "message"


@dataclass
class CallRecord:
    """One Web API request as it arrived and as it was answered."""

    method: str
    args: Json
    at: str
    ok: bool = False
    error: str | None = None
    status: int = 200
    unknown_args: list[str] = field(default_factory=list)
    fault: str | None = None


@dataclass(frozen=True)
class BotFault:
    """Something a well-behaved bot never does."""

    kind: str
    detail: str
    method: str
    at: str


PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}


@dataclass
class StoredFile:
    id: str
    name: str
    length: int
    alt_text: str = ""
    title: str = ""
    content: bytes = b""
    complete: bool = False
    polls_until_ready: int = 0

    @property
    def ready(self) -> bool:
        return self.complete and self.polls_until_ready <= 0

    @property
    def kind(self) -> str:
        """By its name; what is no picture is a text."""
        return PICTURES.get(self.name.rsplit(".", 1)[-1].lower(), "text/plain")

    def as_shared(self) -> Json:
        """As messages name it."""
        names: Json = {"id": self.id, "name": self.name, "title": self.title}
        return {**names, "mimetype": self.kind, "alt_txt": self.alt_text}
