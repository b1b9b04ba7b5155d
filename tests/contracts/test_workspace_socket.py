"""Socket Mode with the real client: hello, one of several connections, answers, reconnects."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from websockets.sync.client import connect as dial

from csbot.workspace.state import Workspace

Answer = Callable[[SocketModeRequest], dict[str, Any] | None]


class Client(SocketModeClient):
    """Its loop may begin while it connects, with the state from before that.

    Slack's `close` ends the newest state only, and would wait for that loop for ever.
    """

    def connect(self) -> None:
        self.before = [*getattr(self, "before", []), self.current_session_state]
        super().connect()

    def close(self) -> None:
        for state in self.before:
            state.terminated = True
        super().close()


class Connected:
    """A client that acknowledges with what `answer` gives, or stays silent."""

    def __init__(self, api: WebClient, workspace: Workspace, answer: Answer) -> None:
        self.got: list[SocketModeRequest] = []
        self.silent = False
        self._answer = answer
        self.client = Client(workspace.app_token, web_client=api)
        self.client.socket_mode_request_listeners.append(self._listen)
        self.client.connect()

    def _listen(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        self.got.append(request)
        if not self.silent:
            payload = self._answer(request)
            reply = SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
            client.send_socket_mode_response(reply)


Connect = Callable[..., Connected]


@pytest.fixture
def connect(northwind: Workspace, api: WebClient) -> Iterator[Connect]:
    made: list[Connected] = []

    def one(answer: Answer = lambda _request: None) -> Connected:
        count = len(northwind.sockets.connections)
        made.append(Connected(api, northwind, answer))
        wait_for(lambda: len(northwind.sockets.connections) > count)
        return made[-1]

    yield one
    for connected in made:
        connected.client.close()


def wait_for(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(200):
        if true():
            return
        pause.wait(0.02)
    raise AssertionError("it did not happen")


def test_a_command_goes_down_the_socket_and_the_answer_comes_with_the_ack(
    northwind: Workspace, connect: Connect
) -> None:
    connected = connect(lambda _request: {"text": "3 accounts"})
    seen = northwind.person("U_DANA", "C_ALERTS").command("/cs my")
    assert "3 accounts" in seen.words
    assert connected.got[0].type == "slash_commands"
    assert connected.got[0].payload["text"] == "my"


def test_each_envelope_goes_to_one_connection_only(northwind: Workspace, connect: Connect) -> None:
    first, second = connect(), connect()
    for _ in range(4):
        northwind.person("U_DANA", "C_ALERTS").command("/cs my")
    assert (len(first.got), len(second.got)) == (2, 2)


def test_an_unacknowledged_event_comes_again_and_a_command_does_not(
    northwind: Workspace, connect: Connect
) -> None:
    northwind.ack_seconds = 0.3
    connected = connect()
    connected.silent = True
    dana = northwind.person("U_DANA", "C_ALERTS")
    assert dana.command("/cs my").error == "operation_timeout"
    dana.say("@csbot my")
    wait_for(lambda: len(connected.got) == 3)
    assert [request.retry_attempt for request in connected.got[1:]] == [0, 1]
    assert connected.got[1].payload["event_id"] == connected.got[2].payload["event_id"]
    assert northwind.sockets.unacked


def test_nobody_connected_is_a_failed_dispatch(northwind: Workspace) -> None:
    seen = northwind.person("U_DANA", "C_ALERTS").command("/cs my")
    assert seen.error == "dispatch_failed"


def test_a_refresh_makes_the_client_connect_again(northwind: Workspace, connect: Connect) -> None:
    connected = connect()
    before = northwind.sockets.connections[0]
    northwind.sockets.refresh()
    wait_for(lambda: any(c is not before for c in northwind.sockets.connections))
    wait_for(lambda: before not in northwind.sockets.connections)
    northwind.person("U_DANA", "C_ALERTS").command("/cs my")
    assert len(connected.got) == 1


def test_a_ticket_is_good_once(northwind: Workspace, api: WebClient) -> None:
    url = api.apps_connections_open(app_token=northwind.app_token)["url"]
    with dial(url) as socket:
        assert '"hello"' in str(socket.recv())
    with dial(url) as socket:
        assert "link_disabled" in str(socket.recv())
