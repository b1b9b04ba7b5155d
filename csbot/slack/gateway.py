"""The door to Slack: what csbot needs of it, in csbot's words, and the ways in which it fails."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol


class SlackFailure(Exception):
    """A call to Slack that did not succeed; `code` is Slack's word for it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RateLimited(SlackFailure):
    """Not accepted, for sure: try again after `retry_after`."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class RefusedBySlack(SlackFailure):
    """Not accepted, for sure, and the same call will never be."""


class OutcomeUnknown(SlackFailure):
    """It may have been accepted: a timeout, a dropped connection, a 5xx, `internal_error`."""


@dataclass(frozen=True)
class Posted:
    channel: str
    ts: str


@dataclass(frozen=True)
class ChannelInfo:
    """`is_general` is the one that everybody is in; `topic` is None where it was not asked for."""

    id: str
    name: str
    is_private: bool
    is_archived: bool
    is_ext_shared: bool
    is_member: bool
    is_general: bool = False
    topic: str | None = None


@dataclass(frozen=True)
class UserInfo:
    """`is_outsider`: a guest, a bot, deleted, or of another organisation.

    `is_guest`: a person who is here and not one of ours.
    """

    id: str
    name: str
    email: str | None
    timezone: str | None
    is_outsider: bool
    is_guest: bool = False


@dataclass(frozen=True)
class Attachment:
    """A file to upload; `alt_text` says what a picture shows, for whoever cannot see it."""

    name: str
    title: str
    content: bytes
    alt_text: str | None = None


class Gateway(Protocol):
    """Every method raises SlackFailure or one of its kinds.

    Pins, topics and bookmarks may be set again: they return whether that changed anything. A
    bookmark without a title is taken away, and a topic with `over` is set only where these words
    stand in the one there is.
    """

    def post(
        self,
        channel: str,
        payload: dict[str, Any],
        *,
        key: str,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Posted: ...
    def update(self, channel: str, ts: str, payload: dict[str, Any]) -> None: ...
    def ephemeral(
        self, channel: str, user: str, payload: dict[str, Any], *, thread_ts: str | None = None
    ) -> None: ...
    def find_posted(
        self, channel: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> Posted | None: ...
    def open_direct(self, user: str) -> str: ...
    def upload(self, channel: str, file: Attachment, *, comment: str) -> None: ...
    def open_view(self, trigger_id: str, view: dict[str, Any], *, push: bool = False) -> None: ...
    def update_view(self, view_id: str, view: dict[str, Any]) -> None: ...
    def publish_home(self, user: str, view: dict[str, Any]) -> None: ...
    def pin(self, channel: str, ts: str, *, on: bool) -> bool: ...
    def permalink(self, channel: str, ts: str) -> str: ...
    def set_topic(self, channel: str, topic: str, *, over: str = "") -> bool: ...
    def set_bookmark(self, channel: str, link: str, *, title: str | None) -> bool: ...
    def respond(
        self,
        url: str,
        payload: dict[str, Any],
        *,
        replace: bool = False,
        thread_ts: str | None = None,
    ) -> None: ...
    def channel(self, channel: str) -> ChannelInfo: ...
    def channels(self) -> list[ChannelInfo]: ...
    def user(self, user: str) -> UserInfo: ...
    def user_by_email(self, email: str) -> UserInfo | None: ...
    def who_am_i(self) -> dict[str, Any]: ...
