"""Twilio's Messages API on this machine: takes SMS, or answers, waits and breaks off where told."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl

ACCOUNT, TOKEN, NUMBER = "AC" + "0" * 32, "a-token-of-twilio", "+15005550006"
DROP, TAKE_AND_DROP, TAKE_AND_HANG = "drop", "take and drop", "take and hang"


@dataclass
class Network:
    """`says` is what the next requests are answered instead: a status and an error's code."""

    port: int = 0
    says: str | tuple[int, int] = ""
    retry_after: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)
    over: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def take(self, form: dict[str, str]) -> str:
        self.sent.append(form)
        return f"SM{len(self.sent):032d}"


def signature(url: str, form: Mapping[str, str], token: str = TOKEN) -> str:
    """X-Twilio-Signature, as Twilio's documents describe it."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@contextmanager
def twilio_server() -> Iterator[Network]:
    network = Network()

    class Api(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with suppress(OSError):
                _answer(self, network)

        def log_message(self, format: str, *args: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    network.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield network
    finally:
        network.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def _answer(request: BaseHTTPRequestHandler, network: Network) -> None:
    body = request.rfile.read(int(request.headers["Content-Length"])).decode()
    known = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    right = request.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    if not right or request.headers["Authorization"] != f"Basic {known}":
        return _say(request, network, HTTPStatus.UNAUTHORIZED, {"code": 20003})
    if network.says == DROP:
        return None
    if isinstance(network.says, tuple):
        status, code = network.says
        return _say(request, network, status, {"code": code, "message": "no", "status": status})
    sid = network.take(dict(parse_qsl(body, keep_blank_values=True)))
    if network.says == TAKE_AND_HANG:
        network.over.wait(60)
    if not network.says:
        _say(request, network, HTTPStatus.CREATED, {"sid": sid, "status": "queued"})
    return None


def _say(
    request: BaseHTTPRequestHandler, network: Network, status: int, told: dict[str, Any]
) -> None:
    body = json.dumps(told).encode()
    request.send_response(status)
    request.send_header("Content-Length", str(len(body)))
    if network.retry_after:
        request.send_header("Retry-After", network.retry_after)
    request.end_headers()
    request.wfile.write(body)
