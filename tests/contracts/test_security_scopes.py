"""A scope is asked for if, and only if, a call or an event of csbot's needs it."""

import ast
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from csbot.slack.client import SlackClient
from csbot.slack.gateway import Attachment, RefusedBySlack
from csbot.slack.manifest import EVENTS, OPTIONAL, REQUIRED, build
from csbot.workspace.server import RunningWorkspace
from csbot.workspace.state import Workspace
from tests.builders import MONDAY

ROOT = Path(__file__).parents[2]
ASKED = {scope.name for scope in (*REQUIRED, *OPTIONAL)}
SAID = {"text": "Hello.", "blocks": [{"type": "divider"}]}
ROOMS = ("C_OPEN", "C_CLOSED", "D")
# What Slack wants for an event, as its documentation has it; others of csbot's need none.
OF_EVENTS = {
    "app_mention": "app_mentions:read", "message.im": "im:history",
    **dict.fromkeys([e for e in EVENTS if e.startswith(("channel_", "member_"))], "channels:read"),
    **dict.fromkeys([e for e in EVENTS if e.startswith("group_")], "groups:read"),
}  # fmt: skip
WITHOUT_SCOPE = {"open_view", "update_view", "publish_home", "respond", "who_am_i"}


class Noted(set[str]):
    """The scopes of a token, which notes what a call could not do without."""

    def __init__(self, granted: set[str]) -> None:
        super().__init__(granted)
        self.needed: set[str] = set()

    def __and__(self, any_of: Any) -> set[str]:
        found = set(self) & set(any_of)
        if len(found) == 1:
            self.needed |= found
        return found


@pytest.fixture
def slack():
    state = Workspace(rate_limits=False)
    state.add_user(_user("U_DANA"))
    state.add_channel("C_OPEN", "open", members=["U_DANA"])
    state.add_channel("C_CLOSED", "closed", members=["U_DANA"], kind="private")
    state.tokens[state.bot_token].scopes = Noted(ASKED)
    with RunningWorkspace(state) as running:
        client = SlackClient(token=state.bot_token, base_url=running.api_url, timeout=10)
        yield client, state


def _user(id: str) -> Any:
    from csbot.workspace.model import User

    return User(id, "dana", "Dana", email="dana@vendor.example")


def _topic(slack: SlackClient, room: str) -> None:
    if room != "D":
        slack.set_topic(room, "Acme, 90 days")


def _marked(slack: SlackClient, room: str) -> None:
    if room != "D":
        for title in ("CRM", None):
            slack.set_bookmark(room, "https://crm.example/1", title=title)


def _posted(slack: SlackClient, room: str) -> None:
    posted = slack.post(room, SAID, key="k")
    slack.update(room, posted.ts, SAID)
    slack.permalink(room, posted.ts)
    slack.find_posted(room, "other", since=MONDAY - timedelta(days=1))
    slack.find_posted(room, "other", since=MONDAY - timedelta(days=1), thread_ts=posted.ts)
    if room != "D":
        for on in (True, False):
            slack.pin(room, posted.ts, on=on)


CALLS: dict[str, Callable[[SlackClient, str], Any]] = {
    "post update permalink find_posted pin": _posted,
    "ephemeral": lambda slack, room: slack.ephemeral(room, "U_DANA", SAID),
    "open_direct": lambda slack, _: slack.open_direct("U_DANA"),
    "upload": lambda slack, room: slack.upload(
        room, Attachment("a.csv", "A", b"a,b"), comment="A list"
    ),
    "set_topic": _topic,
    "set_bookmark": _marked,
    "channel": lambda slack, room: slack.channel(room) if room != "D" else None,
    "channels": lambda slack, _: slack.channels(),
    "user": lambda slack, _: slack.user("U_DANA"),
    "user_by_email": lambda slack, _: slack.user_by_email("dana@vendor.example"),
}


def _everything(slack: SlackClient) -> list[str]:
    """Every call in every kind of conversation; what Slack refused for want of a scope."""
    direct, missing = slack.open_direct("U_DANA"), []
    for name, call in CALLS.items():
        for room in ROOMS:
            try:
                call(_In(slack, direct), room)  # type: ignore[arg-type]
            except RefusedBySlack as refusal:
                missing.append(f"{name} in {room}: {refusal.code}")
    return missing


class _In:
    """The client, with "D" for the direct conversation."""

    def __init__(self, slack: SlackClient, direct: str) -> None:
        self._slack, self._direct = slack, direct

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._slack, name)
        return lambda first=None, *rest, **named: method(
            *[self._direct if first == "D" else first][: first is not None], *rest, **named
        )


def test_every_call_of_the_client_is_tried_here():
    public = {name for name in vars(SlackClient) if not name.startswith("_")}
    assert {name for names in CALLS for name in names.split()} | WITHOUT_SCOPE == public


def test_each_scope_is_needed_and_nothing_needs_another(slack):
    client, state = slack
    assert _everything(client) == []
    noted = state.tokens[state.bot_token].scopes
    by_features = {"commands"} if build()["features"]["slash_commands"] else set()
    needed = noted.needed | set(OF_EVENTS.values()) | by_features
    assert needed - {"commands"} == ASKED - {"commands"}
    assert needed == ASKED


def test_no_file_is_ever_made_public_and_no_channel_joined_or_read_in_the_background():
    found = set()
    for path in [*ROOT.glob("csbot/**/*.py"), *ROOT.glob("handlers/*.py")]:
        if "workspace" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    for method in ("files.sharedPublicURL", "conversations.join", "search.messages"):
        assert method not in found
    readers = [text for text in found if text.startswith("conversations.") and "." in text]
    assert set(readers) <= {
        "conversations.history", "conversations.replies", "conversations.open",
        "conversations.info", "conversations.list", "conversations.setTopic",
    }  # fmt: skip
