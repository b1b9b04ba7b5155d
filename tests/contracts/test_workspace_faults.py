"""Failures on order: what the client sees, and whether the message stands in the channel."""

import json
import urllib.request
from http.client import HTTPException
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from csbot.workspace.faults import Fault
from csbot.workspace.state import Workspace


def post(api: WebClient, channel: str = "C_ALERTS") -> Exception | None:
    try:
        api.chat_postMessage(channel=channel, text="x")
    except (SlackApiError, OSError, HTTPException) as error:
        return error
    return None


def standing(workspace: Workspace) -> int:
    return len(workspace.in_channel("C_ALERTS"))


@pytest.mark.parametrize(
    ("mode", "recorded"),
    [
        ("drop_after", 1),
        ("drop_before", 0),
        ("http_500", 0),
        ("http_500_after", 1),
        ("internal_error_after", 1),
        ("garbage_after", 1),
        ("hang", 1),
        ("hang_before", 0),
        ("ratelimited", 0),
        ("error", 0),
    ],
)
def test_a_fault_is_suffered_once_and_is_honest_about_what_was_recorded(
    northwind: Workspace, api: WebClient, mode: str, recorded: int
) -> None:
    api.timeout = 1
    northwind.faults.order(Fault("chat.postMessage", mode, retry_after=1))
    assert post(api) is not None
    assert standing(northwind) == recorded
    assert northwind.faults.waiting == 0


def test_a_dropped_connection_sends_no_byte(northwind: Workspace, api: WebClient) -> None:
    northwind.faults.order(Fault("chat.postMessage", "drop_after"))
    assert isinstance(post(api), ConnectionError)
    assert post(api) is None


def test_the_sdk_with_its_default_retries_posts_twice(northwind: Workspace, api: WebClient) -> None:
    northwind.faults.order(Fault("chat.postMessage", "drop_after"))
    careless = WebClient(northwind.bot_token, base_url=api.base_url)
    careless.chat_postMessage(channel="C_ALERTS", text="x")
    assert standing(northwind) == 2


def test_a_fault_can_be_for_one_channel_and_several_times(
    northwind: Workspace, api: WebClient
) -> None:
    order = Fault("*", "error", times=2, channel="C_ALERTS", error="fatal_error")
    northwind.faults.order(order)
    assert post(api, "U_DANA") is None
    errors = [post(api), post(api), post(api)]
    assert [isinstance(error, SlackApiError) for error in errors] == [True, True, False]


def test_a_storm_is_not_over_before_retry_after(northwind: Workspace, api: WebClient) -> None:
    northwind.faults.order(Fault("chat.postMessage", "ratelimited", retry_after=30))
    first, second = post(api), post(api)
    assert isinstance(first, SlackApiError)
    assert first.response.headers["Retry-After"] == "30"
    assert isinstance(second, SlackApiError)
    assert second.response.status_code == 429
    assert northwind.faults_of("early_retry")


def control(api: WebClient, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    url = api.base_url.replace("/api/", f"/control/{path}")
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
    return found


def test_all_of_it_can_be_ordered_and_read_over_http(northwind: Workspace, api: WebClient) -> None:
    control(api, "fault", {"method": "chat.postMessage", "mode": "internal_error_after"})
    post(api)
    control(api, "channel", {"id": "C_ALERTS", "archived": True})
    post(api)
    control(api, "user", {"id": "U_NEW", "name": "new"})
    control(api, "token", {"revoke": True})
    post(api)
    calls = [(call["ok"], call["error"]) for call in control(api, "calls")["calls"]]
    assert calls == [(True, None), (False, "is_archived"), (False, "token_revoked")]
    assert [m["text"] for m in control(api, "messages?channel=C_ALERTS")["messages"]] == ["x"]
    assert control(api, "faults")["counts"] == {}
    assert "U_NEW" in northwind.users
    control(api, "reset", {})
    assert control(api, "calls")["calls"] == []
