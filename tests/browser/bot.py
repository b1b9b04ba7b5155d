"""A bot of a few lines behind the workspace: it keeps what it is sent and answers as told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs

Json = dict[str, Any]


class SmallBot:
    def __init__(self) -> None:
        self.received: list[Json] = []
        self.answers: dict[str, Json] = {}
        self.may_answer = Event()
        self.may_answer.set()
        self.url = ""

    def of_type(self, kind: str) -> list[Json]:
        return [payload for payload in self.received if payload.get("type") == kind]

    def take(self, body: bytes, content_type: str) -> bytes:
        payload = _payload(body, content_type)
        self.received.append(payload)
        self.may_answer.wait(30)
        answer = self.answers.get(payload.get("type", "command"))
        return json.dumps(answer).encode() if answer else b""


def _payload(body: bytes, content_type: str) -> Json:
    if "json" in content_type:
        return dict(json.loads(body))
    form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return dict(json.loads(form["payload"])) if "payload" in form else form


@contextmanager
def serving() -> Iterator[SmallBot]:
    bot = SmallBot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer = bot.take(body, self.headers["content-type"])
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Tests speak through their assertions only."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    bot.url = f"http://127.0.0.1:{server.server_address[1]}/slack/events"
    try:
        yield bot
    finally:
        bot.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join(30)
