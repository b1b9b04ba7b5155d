"""A bot of a few lines for the workspace's own tests: checks signatures, answers as told."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from csbot.workspace.signing import signature


class ScriptedBot:
    """`answers` are (status, body, headers, seconds to wait); without one it says 200, empty."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.requests: list[dict[str, Any]] = []
        self.answers: deque[tuple[int, str, dict[str, str], float]] = deque()
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/slack/events"

    def answer(
        self,
        body: Any = "",
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        wait: float = 0,
    ) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.answers.append((status, text, headers or {}, wait))

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def last(self) -> dict[str, Any]:
        return self.requests[-1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                bot._keep(self.headers, body)
                status, text, headers, wait = bot._next()
                if wait:
                    bot.released.wait(wait)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_args: Any) -> None:
                return

        return Handler

    def _next(self) -> tuple[int, str, dict[str, str], float]:
        return self.answers.popleft() if self.answers else (200, "", {}, 0)

    def _keep(self, headers: Any, body: bytes) -> None:
        stamp = headers["X-Slack-Request-Timestamp"]
        kept: dict[str, Any] = {
            "headers": {name.lower(): value for name, value in headers.items()},
            "signed": headers["X-Slack-Signature"] == signature(self.secret, stamp, body),
        }
        if headers["Content-Type"] == "application/json":
            kept["payload"] = json.loads(body)
        else:
            form = {name: values[0] for name, values in parse_qs(body.decode(), True).items()}
            kept["payload"] = json.loads(form["payload"]) if "payload" in form else form
        self.requests.append(kept)
