"""SMS by Twilio's HTTP API: hands one message over, once, and says how that ended.

The payload is `{to, text, callback_url}`. Twilio knows no key under which a repeated request would
be the same message, so nothing is repeated that may have been accepted.
"""

import base64
import json
import re
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from csbot.outbox.outcome import Dead, Held, Outcome, Sent, Uncertain
from csbot.sms import rules

Payload = dict[str, Any]
PHONE = re.compile(r"\+[1-9]\d{6,14}")
FILLERS = str.maketrans("", "", " -().\u00a0")
ANSWER_MAX = 64 * 1024


@dataclass(frozen=True)
class Gateway:
    """`sender` is a number, or the id of a messaging service (MG…); `timeout` in seconds."""

    api_url: str
    account: str
    token: str
    sender: str
    timeout: float

    def send(self, payload: Payload) -> Outcome:
        to = phone(payload["to"])
        if to is None:
            return Dead("is no phone number with its country code", "address")
        target = urlsplit(self.api_url)
        secure = target.scheme == "https"
        make = HTTPSConnection if secure else HTTPConnection
        connection = make(target.netloc, timeout=self.timeout)
        try:
            return self._handed(connection, target.path, self._form(payload, to))
        finally:
            connection.close()

    def _handed(self, connection: HTTPConnection, prefix: str, form: dict[str, str]) -> Outcome:
        try:
            connection.connect()
        except OSError as failure:
            return Held(f"no connection: {type(failure).__name__}", rules.AWAY)
        path = f"{prefix.rstrip('/')}/2010-04-01/Accounts/{quote(self.account)}/Messages.json"
        try:
            connection.request("POST", path, urlencode(form).encode(), self._headers())
            return _read(connection.getresponse())
        except (OSError, HTTPException) as failure:
            return Uncertain(f"no answer: {type(failure).__name__}")

    def _headers(self) -> dict[str, str]:
        known = base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        return {
            "Authorization": f"Basic {known}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }

    def _form(self, payload: Payload, to: str) -> dict[str, str]:
        service = self.sender.startswith("MG")
        form = {"To": to, "Body": payload["text"].replace("\0", "")}
        form["MessagingServiceSid" if service else "From"] = self.sender
        if payload.get("callback_url"):
            form["StatusCallback"] = payload["callback_url"]
        return form


def phone(text: str) -> str | None:
    """As Twilio has it (E.164), or None; a number without a country code is nobody's for sure."""
    plain = text.strip().translate(FILLERS)
    plain = f"+{plain[2:]}" if plain.startswith("00") else plain
    return plain if PHONE.fullmatch(plain) else None


def _read(response: HTTPResponse) -> Outcome:
    body = response.read(ANSWER_MAX)
    try:
        told = json.loads(body)
    except ValueError:
        told = {}
    facts = told if isinstance(told, dict) else {}
    if 200 <= response.status < 300:
        sid = facts.get("sid")
        return Sent(ts=sid if isinstance(sid, str) else None)
    return rules.judged(response.status, facts, response.getheader("Retry-After") or "")
