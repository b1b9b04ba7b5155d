"""Requests as Slack sends them: signed, each with ids of its own, as bytes for the wire."""

import json
from typing import Any
from urllib.parse import urlencode

from csbot.workspace import signing
from csbot.workspace.deliver import FORM, JSON_TYPE
from messages.ids import Action

SECRET = "bench-signing-secret"
PERSON = "U000001"
TEAM = {"id": "T", "domain": "northwind"}


def command(text: str, number: int) -> tuple[str, bytes]:
    fields = {
        "token": "unused",
        "team_id": "T",
        "team_domain": "northwind",
        "channel_id": "C0000001",
        "channel_name": "customer",
        "user_id": PERSON,
        "user_name": "mate1",
        "command": "/cs",
        "text": text,
        "api_app_id": "A",
        "is_enterprise_install": "false",
        "response_url": f"http://127.0.0.1:9/response/{number}",
        "trigger_id": f"command.{number}",
    }
    return FORM, urlencode(fields).encode()


def press(alert_id: int, version: int, message: dict[str, Any], number: int) -> tuple[str, bytes]:
    """Acknowledge on an alert's own message."""
    channel = {"id": "C0000001", "name": "customer"}
    stamp = "1763892000.000100"
    payload: dict[str, Any] = {
        "type": "block_actions",
        "user": {"id": PERSON, "username": "mate1", "name": "mate1", "team_id": "T"},
        "api_app_id": "A",
        "token": "unused",
        "container": {
            "type": "message",
            "message_ts": stamp,
            "channel_id": channel["id"],
            "is_ephemeral": False,
        },
        "trigger_id": f"press.{number}",
        "team": TEAM,
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": channel,
        "message": {"type": "message", "ts": stamp, "bot_id": "B", "user": "UB"} | message,
        "state": {"values": {}},
        "response_url": f"http://127.0.0.1:9/response/{number}",
        "actions": [
            {
                "type": "button",
                "action_id": str(Action.ALERT_TAKE),
                "block_id": "controls",
                "text": {"type": "plain_text", "text": "Acknowledge", "emoji": True},
                "value": f"{alert_id}:{version}",
                "action_ts": stamp,
            }
        ],
    }
    return FORM, urlencode({"payload": json.dumps(payload)}).encode()


def event(number: int) -> tuple[str, bytes]:
    """A channel got another name."""
    envelope = {
        "token": "unused",
        "team_id": "T",
        "api_app_id": "A",
        "type": "event_callback",
        "event_id": f"Ev{number:09d}",
        "event_time": 1763892000,
        "authorizations": [{"team_id": "T", "user_id": "UB", "is_bot": True}],
        "event": {
            "type": "channel_rename",
            "channel": {"id": f"C{number % 1000:07d}", "name": f"room-{number}", "created": 1},
            "event_ts": "1763892000.000100",
        },
    }
    return JSON_TYPE, json.dumps(envelope).encode()


def on_the_wire(kind: str, body: bytes, stamp: int) -> bytes:
    headers = signing.headers(SECRET, stamp, body, kind)
    headers |= {"Host": "127.0.0.1", "Content-Length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /slack/events HTTP/1.1\r\n{lines}\r\n".encode() + body
