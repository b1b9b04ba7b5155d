"""Slack's Web API behind the gateway's words; each call is made once, never retried in here."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, cast
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from csbot.slack import answers
from csbot.slack.gateway import (
    Attachment,
    ChannelInfo,
    OutcomeUnknown,
    Posted,
    RefusedBySlack,
    UserInfo,
)
from csbot.slack.http import StrictWebClient, post_bytes, post_json
from csbot.slack.plain import unescaped

SLACKS_OWN = {("https", "hooks.slack.com"), ("https", "files.slack.com")}
ALT_TEXT_MAX = 1_000
EVENT_TYPE = "csbot_message"


def web_client(*, token: str, base_url: str, timeout: float) -> WebClient:
    quiet = logging.getLogger("csbot.slack.sdk")
    quiet.setLevel(logging.CRITICAL)  # what fails is raised, and told by whoever called
    seconds = cast(int, timeout)  # typed as whole seconds, yet urllib gets it as it is
    return StrictWebClient(
        token=token, base_url=base_url, timeout=seconds, retry_handlers=[], logger=quiet
    )


class SlackClient:
    """`timeout` in seconds; the SDK's own retries are off, since they post twice."""

    def __init__(self, *, token: str, base_url: str, timeout: float) -> None:
        self._web = web_client(token=token, base_url=base_url, timeout=timeout)

    def post(
        self,
        channel: str,
        payload: dict[str, Any],
        *,
        key: str,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> Posted:
        extra: dict[str, Any] = {}
        if thread_ts:
            extra = {"thread_ts": thread_ts, "reply_broadcast": broadcast}
        answer = self._call(
            "chat.postMessage",
            channel=channel,
            metadata={"event_type": EVENT_TYPE, "event_payload": {"key": key}},
            unfurl_links=False,
            unfurl_media=False,
            **_content(payload),
            **extra,
        )
        return Posted(answer["channel"], answer["ts"])

    def update(self, channel: str, ts: str, payload: dict[str, Any]) -> None:
        self._call("chat.update", channel=channel, ts=ts, parse="none", **_content(payload))

    def ephemeral(
        self, channel: str, user: str, payload: dict[str, Any], *, thread_ts: str | None = None
    ) -> None:
        where = {"channel": channel, "user": user, "thread_ts": thread_ts}
        self._call("chat.postEphemeral", **where, **_content(payload))

    def find_posted(
        self, channel: str, key: str, *, since: datetime, thread_ts: str | None = None
    ) -> Posted | None:
        """The message that carries `key`, if it is in the channel since then."""
        method = "conversations.replies" if thread_ts else "conversations.history"
        where = {"ts": thread_ts} if thread_ts else {}
        oldest = f"{(since - timedelta(seconds=5)).timestamp():.6f}"
        for page in self._pages(
            method, channel=channel, oldest=oldest, include_all_metadata=True, limit=200, **where
        ):
            for message in page["messages"]:
                if message.get("metadata", {}).get("event_payload", {}).get("key") == key:
                    return Posted(channel, message["ts"])
        return None

    def open_direct(self, user: str) -> str:
        return str(self._call("conversations.open", users=user)["channel"]["id"])

    def upload(self, channel: str, file: Attachment, *, comment: str) -> None:
        """In three steps; one that breaks off before the last is nowhere to be seen."""
        place = self._form(
            "files.getUploadURLExternal",
            filename=file.name,
            length=len(file.content),
            **({"alt_txt": file.alt_text[:ALT_TEXT_MAX]} if file.alt_text else {}),
        )
        if not self._is_slack(place["upload_url"]):
            raise RefusedBySlack("foreign upload_url")
        try:
            post_bytes(place["upload_url"], file.content, timeout=self._web.timeout)
        except (OSError, HTTPException, ValueError) as error:
            raise OutcomeUnknown(type(error).__name__) from None
        self._form(
            "files.completeUploadExternal",
            files=json.dumps([{"id": place["file_id"], "title": file.title}]),
            channel_id=channel,
            initial_comment=comment,
        )

    def open_view(self, trigger_id: str, view: dict[str, Any], *, push: bool = False) -> None:
        method = "views.push" if push else "views.open"
        self._call(method, trigger_id=trigger_id, view=json.dumps(view))

    def update_view(self, view_id: str, view: dict[str, Any]) -> None:
        self._call("views.update", view_id=view_id, view=json.dumps(view))

    def publish_home(self, user: str, view: dict[str, Any]) -> None:
        self._call("views.publish", user_id=user, view=json.dumps(view))

    def pin(self, channel: str, ts: str, *, on: bool) -> bool:
        """Whether it was not so already."""
        try:
            self._call(f"pins.{'add' if on else 'remove'}", channel=channel, timestamp=ts)
        except RefusedBySlack as failure:
            if failure.code in ("already_pinned", "no_pin", "not_pinned"):
                return False
            raise
        return True

    def permalink(self, channel: str, ts: str) -> str:
        answer = self._call("chat.getPermalink", channel=channel, message_ts=ts)
        return str(answer["permalink"])

    def set_topic(self, channel: str, topic: str, *, over: str = "") -> bool:
        if over and over not in (self.channel(channel).topic or ""):
            return False
        self._call("conversations.setTopic", channel=channel, topic=topic)
        return True

    def set_bookmark(self, channel: str, link: str, *, title: str | None) -> bool:
        """Looked for first: a second call would add a second bookmark."""
        known = self._call("bookmarks.list", channel_id=channel)["bookmarks"]
        here = [mark["id"] for mark in known if mark.get("link") == link]
        if title is None:
            for id in here:
                self._call("bookmarks.remove", channel_id=channel, bookmark_id=id)
            return bool(here)
        if not here:
            self._call("bookmarks.add", channel_id=channel, title=title, type="link", link=link)
        return not here

    def respond(
        self,
        url: str,
        payload: dict[str, Any],
        *,
        replace: bool = False,
        thread_ts: str | None = None,
    ) -> None:
        """Answer through an interaction's `response_url`; only where Slack itself lives."""
        if not self._is_slack(url):
            raise RefusedBySlack("foreign response_url")
        body = {**_content(payload), "response_type": "ephemeral", "replace_original": replace}
        if thread_ts and not replace:
            body["thread_ts"] = thread_ts
        try:
            status, answer = post_json(url, body, timeout=self._web.timeout)
        except HTTPError:
            raise RefusedBySlack("response_url is gone") from None
        except (OSError, HTTPException, ValueError) as error:
            raise OutcomeUnknown(type(error).__name__) from None
        if status != 200 or '"ok":false' in answer.replace(" ", ""):
            raise RefusedBySlack("response_url is gone")

    def _is_slack(self, url: str) -> bool:
        try:
            theirs, ours = urlsplit(url), urlsplit(self._web.base_url)
            if ours.hostname == "slack.com":
                return _origin(theirs) in SLACKS_OWN
            return _origin(theirs) == _origin(ours)
        except ValueError:
            return False

    def channel(self, channel: str) -> ChannelInfo:
        found = self._call("conversations.info", channel=channel)["channel"]
        topic = (found.get("topic") or {}).get("value") or ""
        return replace(answers.channel(found), topic=unescaped(topic))

    def channels(self) -> list[ChannelInfo]:
        """All public channels and the private ones that csbot is in."""
        found = self._pages(
            "conversations.list",
            types="public_channel,private_channel",
            exclude_archived=False,
            limit=200,
        )
        return [answers.channel(item) for page in found for item in page["channels"]]

    def user(self, user: str) -> UserInfo:
        return answers.user(self._call("users.info", user=user)["user"], self._team())

    def user_by_email(self, email: str) -> UserInfo | None:
        try:
            found = self._call("users.lookupByEmail", email=email)
        except RefusedBySlack as failure:
            if failure.code == "users_not_found":
                return None
            raise
        return answers.user(found["user"], self._team())

    def who_am_i(self) -> dict[str, Any]:
        """`auth.test`, with the scopes that Slack names in its header under `scopes`."""
        answer = self._call("auth.test")
        scopes = str(answer.pop("_scopes", ""))
        return {**answer, "scopes": [s.strip() for s in scopes.split(",") if s.strip()]}

    def _team(self) -> str | None:
        if not hasattr(self, "_team_id"):
            self._team_id: str | None = self.who_am_i().get("team_id")
        return self._team_id

    def _pages(self, method: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            page = self._call(method, **arguments, **({"cursor": cursor} if cursor else {}))
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return

    def _call(self, method: str, **arguments: Any) -> dict[str, Any]:
        return self._answer(lambda: self._web.api_call(method, json=_present(arguments)))

    def _form(self, method: str, **arguments: Any) -> dict[str, Any]:
        """The methods of files are read as forms only."""
        return self._answer(lambda: self._web.api_call(method, data=arguments))

    def _answer(self, call: Callable[[], Any]) -> dict[str, Any]:
        try:
            answer = call()
        except SlackApiError as error:
            raise answers.failure(error) from None
        except (OSError, HTTPException, SlackClientError, ValueError) as error:
            raise OutcomeUnknown(type(error).__name__) from None
        data = answer.data
        if not isinstance(data, dict):
            raise OutcomeUnknown("unreadable answer")
        return data | {"_scopes": answer.headers.get("x-oauth-scopes", "")}


def _origin(address: SplitResult) -> tuple[str, str]:
    """Scheme and all that stands before the path, so that no user name or port hides in it."""
    return address.scheme, address.netloc


def _present(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}


def _content(payload: dict[str, Any]) -> dict[str, Any]:
    return {"text": payload["text"], "blocks": payload["blocks"]}
