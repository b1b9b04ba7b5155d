"""Carries one request to the bot, by signed HTTP or over a socket, and judges the answer."""

import http.client
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from csbot.workspace import signing
from csbot.workspace.model import Json

if TYPE_CHECKING:
    from csbot.workspace.state import Workspace

ACK_SECONDS = 3.0
FORM = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"


@dataclass
class Outcome:
    """`failure` is one of Slack's retry reasons, or None when the bot answered 2xx in time."""

    status: int = 0
    body: bytes = b""
    failure: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.failure is None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace").strip()

    @property
    def answer(self) -> Json | None:
        """The JSON object in the body, None when there is none."""
        try:
            found = json.loads(self.body or b"null")
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


def command(ws: "Workspace", fields: Json) -> Outcome:
    if ws.request_url is None:
        return _logged(ws, "slash_commands", fields, ws.sockets.send("slash_commands", fields))
    body = urlencode(fields).encode()
    return _logged(ws, "slash_commands", fields, _post(ws, body, FORM))


def interaction(ws: "Workspace", payload: Json) -> Outcome:
    if ws.request_url is None:
        return _logged(ws, "interactive", payload, ws.sockets.send("interactive", payload))
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return _logged(ws, "interactive", payload, _post(ws, body, FORM))


def event(ws: "Workspace", envelope: Json, attempt: int, reason: str) -> Outcome:
    if ws.request_url is None:
        sent = ws.sockets.send("events_api", envelope, attempt, reason)
        return _logged(ws, "events_api", envelope, sent, attempt)
    extra = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason} if attempt else {}
    body = json.dumps(envelope).encode()
    return _logged(ws, "events_api", envelope, _post(ws, body, JSON_TYPE, extra), attempt)


def _post(
    ws: "Workspace", body: bytes, content_type: str, extra: dict[str, str] | None = None
) -> Outcome:
    stamp = int(ws.now().timestamp())
    headers = signing.headers(ws.signing_secret, stamp, body, content_type) | (extra or {})
    url = urlsplit(ws.request_url or "")
    connection = http.client.HTTPConnection(
        url.hostname or "", url.port or 80, timeout=ws.ack_seconds
    )
    try:
        connection.request("POST", url.path or "/", body, headers)
        return _judged(connection.getresponse())
    except TimeoutError:
        return Outcome(failure="http_timeout")
    except (OSError, http.client.HTTPException):
        return Outcome(failure="connection_failed")
    finally:
        connection.close()


def _judged(answer: http.client.HTTPResponse) -> Outcome:
    headers = {name.lower(): value for name, value in answer.getheaders()}
    failure = None if 200 <= answer.status < 300 else "http_error"
    return Outcome(answer.status, answer.read(), failure, headers)


def _logged(
    ws: "Workspace", kind: str, payload: Json, outcome: Outcome, attempt: int = 0
) -> Outcome:
    inner = payload.get("event")
    ws.deliveries.append(
        {
            "at": ws.now().isoformat(),
            "kind": kind,
            "type": inner.get("type") if isinstance(inner, dict) else payload.get("type"),
            "event_id": payload.get("event_id"),
            "attempt": attempt,
            "user": payload.get("user_id") or _id_in(payload.get("user")) or _id_in(inner),
            "text": payload.get("text"),
            "status": outcome.status,
            "failure": outcome.failure,
            "body": outcome.text[:500],
        }
    )
    return outcome


def _id_in(part: object) -> object:
    """The person in an interaction's `user` or an event."""
    return part.get("id") or part.get("user") if isinstance(part, dict) else None
