"""The Slack app asks for what csbot uses, and says why."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from csbot.slack.manifest import EVENTS, OPTIONAL, REQUIRED, as_link, build
from csbot.workspace.defaults import SHORTCUTS
from handlers.app import know_every_handler
from handlers.ask import EVENTS as HEARD
from handlers.channels import CHANGED, REMOVED
from messages.ids import Shortcut

ROOT = Path(__file__).parents[2]


def scopes_table() -> str:
    """The table of docs/security.md, as it has to be."""
    lines = ["| scope | what for | without it |", "|---|---|---|"]
    for kind, scopes in (("", REQUIRED), (" (optional)", OPTIONAL)):
        lines += [f"| `{s.name}`{kind} | {s.why} | {s.without} |" for s in scopes]
    return "\n".join(lines)


@pytest.mark.parametrize("page", ["docs/security.md", "README.md"])
def test_the_page_gives_every_scope_with_its_reason(page):
    text = (ROOT / page).read_text("utf-8")
    found = re.search(r"<!-- scopes[^>]*-->\n(.*?)\n<!-- /scopes -->", text, re.S)
    assert found
    assert found.group(1) == scopes_table()


def test_the_manifest_in_the_repository_is_the_one_that_the_command_prints():
    assert json.loads((ROOT / "manifest.json").read_text()) == build()


def test_the_app_hears_exactly_the_events_that_are_handled():
    know_every_handler()
    words = {"message": "message.im"}  # csbot reads what is said to it alone
    assert set(EVENTS) == {*CHANGED, *REMOVED, *(words.get(name, name) for name in HEARD)}


def test_slacks_menus_have_every_shortcut_and_the_local_workspace_the_same():
    made = [tuple(entry.values()) for entry in build()["features"]["shortcuts"]]
    assert {id for _, _, id, _ in made} == set(Shortcut)
    assert all(len(name) <= 24 and len(why) <= 150 for name, _, _, why in made)
    known = [(entry.name, entry.kind, entry.callback_id) for entry in SHORTCUTS]
    assert known == [entry[:3] for entry in made]


def test_http_gets_addresses_and_no_socket():
    made = build("https://csbot.example.com/")
    address = "https://csbot.example.com/slack/events"
    assert made["settings"]["interactivity"]["request_url"] == address
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["features"]["slash_commands"][0]["url"] == address
    assert made["settings"]["socket_mode_enabled"] is False


def test_the_link_carries_the_whole_manifest():
    query = parse_qs(urlsplit(as_link(build())).query)
    assert json.loads(query["manifest_json"][0]) == build()
    assert len(as_link(build())) < 8000
