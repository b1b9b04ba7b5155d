"""The demo's customers: what would reach their mailboxes and phones is shown in a channel."""

import base64
import hmac
import json
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs

from csbot.workspace.model import Message, User
from csbot.workspace.state import Workspace
from messages.text import lightly

CHANNEL = "C_CUSTOMERS"
ACCOUNT, NUMBER = "ACdemo", "+15005550006"
SHOWN_MAX, LARGEST = 2_800, 1_000_000
WAITS = 30.0  # seconds for the next line of whoever talks
POLL = 0.1  # seconds until an end is noticed


class Customers:
    """A mail server and a stand-in for Twilio, both on this machine alone."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._token = workspace, token_hex(16)
        self._mail = _MailServer(self.mailed)
        self._phones = _Phones(self.texted, self._token)

    def environment(self) -> dict[str, str]:
        """Where csbot is to send what it writes to customers."""
        return {
            "SMTP_URL": f"smtp://127.0.0.1:{self._mail.server_address[1]}",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": self._token,
            "TWILIO_FROM": NUMBER,
            "TWILIO_API_URL": f"http://127.0.0.1:{self._phones.server_address[1]}/",
        }

    def __enter__(self) -> Self:
        self._workspace.add_user(User("U_CUSTOMERS", "customers", "Customers' inbox", is_bot=True))
        for server in (self._mail, self._phones):
            Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._mail, self._phones):
            server.shutdown()
            server.server_close()

    def mailed(self, raw: bytes) -> None:
        mail = message_from_bytes(raw, policy=default)
        part = mail.get_body(("plain",))
        head = f"*{mail['Subject']}*\n_E-mail from {mail['From']} to {mail['To']}_"
        self._show(head, str(part.get_content()) if part else "")

    def texted(self, to: str, text: str) -> None:
        self._show(f"_SMS to {to}_", text)

    def _show(self, head: str, text: str) -> None:
        shown = lightly(f"{head}\n{text.strip()}"[:SHOWN_MAX])
        ts = self._workspace.new_ts(CHANNEL)
        block = {"type": "section", "text": {"type": "mrkdwn", "text": shown}, "expand": True}
        self._workspace.post(Message(CHANNEL, ts, "U_CUSTOMERS", shown, [block]))


class _MailServer(ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, take: Callable[[bytes], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.take = take


class _Counter(StreamRequestHandler):
    """As much of SMTP as one mail to one person needs."""

    timeout = WAITS
    server: _MailServer

    def handle(self) -> None:
        self._say("220 demo")
        while line := self.rfile.readline(LARGEST):
            word = line[:4].strip().upper()
            if word == b"DATA":
                self._say("354 go ahead")
                self.server.take(self._content())
            self._say("221 bye" if word == b"QUIT" else "250 fine")
            if word == b"QUIT":
                return

    def _content(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline(LARGEST)) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Phones(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, take: Callable[[str, str], None], token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Message)
        self.take = take
        self.known = f"Basic {base64.b64encode(f'{ACCOUNT}:{token}'.encode()).decode()}"


class _Message(BaseHTTPRequestHandler):
    timeout = WAITS
    server: _Phones

    def do_POST(self) -> None:
        told = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(told, self.server.known.encode()):
            return self._say(401, {"code": 20003, "message": "Authenticate"})
        size = min(int(self.headers.get("Content-Length", "0")), LARGEST)
        form = parse_qs(self.rfile.read(size).decode())
        self.server.take(form.get("To", [""])[0], form.get("Body", [""])[0])
        return self._say(201, {"sid": f"SM{token_hex(16)}", "status": "queued"})

    def _say(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the terminal is for people."""
