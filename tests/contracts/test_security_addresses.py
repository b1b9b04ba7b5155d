"""Where csbot sends things: to Slack's own addresses, and never on to where a redirect points."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from csbot.slack.client import SlackClient
from csbot.slack.gateway import OutcomeUnknown, RefusedBySlack, SlackFailure

PAYLOAD = {"text": "Acme is at risk", "blocks": []}


class Elsewhere:
    """Two listeners: one answers every request with a redirect to the other."""

    def __init__(self) -> None:
        self.status, self.caught = 302, []
        self.trap = self._listen(self._catch)
        self.door = self._listen(self._redirect)

    def url(self, server: ThreadingHTTPServer) -> str:
        return f"http://127.0.0.1:{server.server_port}"

    def stop(self) -> None:
        for server in (self.trap, self.door):
            server.shutdown()
            server.server_close()

    def _listen(self, answer) -> ThreadingHTTPServer:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                answer(self)

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server

    def _catch(self, request: BaseHTTPRequestHandler) -> None:
        self.caught.append(dict(request.headers))
        body = json.dumps({"ok": True, "channel": "C1", "ts": "1.1"}).encode()
        request.send_response(200)
        request.send_header("content-length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _redirect(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(self.status)
        request.send_header("location", f"{self.url(self.trap)}{request.path}")
        request.send_header("content-length", "0")
        request.end_headers()


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    made = Elsewhere()
    yield made
    made.stop()


def client(base_url: str) -> SlackClient:
    return SlackClient(token="xoxb-secret", base_url=f"{base_url}/api/", timeout=2)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_gets_neither_the_token_nor_the_message(elsewhere, status):
    elsewhere.status = status
    door = elsewhere.url(elsewhere.door)
    with pytest.raises(OutcomeUnknown):
        client(door).post("C1", PAYLOAD, key="k")
    with pytest.raises(SlackFailure):
        client(door).respond(f"{door}/response/1", PAYLOAD, replace=False)
    assert elsewhere.caught == []


def test_without_a_redirect_both_arrive(elsewhere):
    trap = elsewhere.url(elsewhere.trap)
    assert client(trap).post("C1", PAYLOAD, key="k").ts == "1.1"
    client(trap).respond(f"{trap}/response/1", PAYLOAD, replace=False)
    assert len(elsewhere.caught) == 2
    assert "Authorization" not in elsewhere.caught[1]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "https://[::1",
        "http://hooks.slack.com/actions/1",
        "https://evil.example/actions/1",
        "https://hooks.slack.com.evil.example/1",
        "https://evil.example/hooks.slack.com/",
        "https://hooks.slack.com@evil.example/1",
        "https://evil.example@hooks.slack.com/1",
        "https://hooks.slack.com:8443/1",
        "https://hooks.slack.com\\@evil.example/1",
        "https://evil.example\\@hooks.slack.com/1",
        "https://evil.example#@hooks.slack.com/1",
        "https://evil.example?@hooks.slack.com/1",
        "//hooks.slack.com/1",
        "file:///etc/passwd",
        "https://slack.com/1",
        "http://169.254.169.254/latest/meta-data",
        "https://HOOKS.slack.com.@evil.example/",
    ],
)
def test_only_an_address_of_slacks_is_answered(url):
    with pytest.raises(RefusedBySlack, match="foreign"):
        client("https://slack.com").respond(url, PAYLOAD, replace=False)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:2/response/1", "https://127.0.0.1:1/", "http://u@127.0.0.1:1/"]
)
def test_a_stand_ins_answers_go_to_the_stand_in_alone(url):
    with pytest.raises(RefusedBySlack, match="foreign"):
        client("http://127.0.0.1:1").respond(url, PAYLOAD, replace=False)
