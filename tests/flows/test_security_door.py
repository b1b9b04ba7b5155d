"""The door, tried by somebody who holds no key, and by somebody whose key made odd bodies."""

import hashlib
import hmac
import json
import logging
import socket
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import func, select

from csbot.audit import AuditEntry
from csbot.team.queries import by_slack_id
from handlers import http
from tests.builders import account

COMMAND = {"command": "/cs", "text": "help", "user_id": "U_DANA", "channel_id": "C_ALERTS"}
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PLACE = {"type": "message", "message_ts": "1.1", "channel_id": "C_ALERTS"}
SUGGESTION = {"type": "block_suggestion", "user": {"id": "U_DANA"}, "value": ""}
EVENT = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "channel_archive"}}


def signed(desk, body: str, stamp: str) -> dict[str, str]:
    base = f"v0:{stamp}:{body}".encode()
    made = hmac.new(desk.slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={made}"}


def send(desk, body: str, *, stamp: str | None = None, kind: str = FORM) -> httpx.Response:
    headers = signed(desk, body, stamp or str(int(desk.now.timestamp())))
    address = f"{desk.url}/slack/events"
    return httpx.post(address, content=body, headers=headers | {"content-type": kind}, timeout=30)


def interact(desk, payload) -> httpx.Response:
    return send(desk, urlencode({"payload": json.dumps(payload)}))


def press(action: str = "account.open.v1", value: object = "1", **more: object):
    return {
        "type": "block_actions", "team": {"id": "T"}, "user": {"id": "U_DANA"},
        "trigger_id": "1.2.3", "channel": {"id": "C_ALERTS"}, "container": PLACE,
        "actions": [{"type": "button", "action_id": action, "value": value}],
    } | more  # fmt: skip


def form(**more: object):
    state = {"values": {}}
    view = {"type": "modal", "callback_id": "task.create.v1", "private_metadata": "{}"}
    return {
        "type": "view_submission", "team": {"id": "T"}, "user": {"id": "U_DANA"},
        "trigger_id": "1.2.4", "view": view | {"blocks": [], "state": state} | more,
    }  # fmt: skip


def typed(element: object):
    return form(state={"values": {"title": {"input.v1": element}}})


@pytest.mark.parametrize("away", [-301, 301, 86_400])
def test_an_old_or_future_request_is_refused_however_well_signed(desk, away):
    stamp = str(int((desk.now + timedelta(seconds=away)).timestamp()))
    assert send(desk, urlencode(COMMAND), stamp=stamp).status_code == 401


@pytest.mark.parametrize("stamp", ["9" * 13, "9" * 400, "9" * 5000, "-5", "1e9", "0x10", "1_0"])
def test_a_timestamp_of_any_length_or_shape_is_a_forgery_and_no_error(desk, stamp, caplog):
    caplog.set_level(logging.WARNING)
    assert send(desk, urlencode(COMMAND), stamp=stamp).status_code == 401
    assert [r for r in caplog.records if r.exc_info] == []


def test_a_body_in_pieces_is_cut_off_as_early_as_one_at_once(desk, monkeypatch):
    monkeypatch.setattr(http, "BODY_MAX", 10_000)
    pieces = (b"x" * 1_000 for _ in range(100))
    assert httpx.post(f"{desk.url}/slack/events", content=pieces, timeout=30).status_code == 413


def test_who_never_finishes_a_body_is_not_waited_for(desk, monkeypatch):
    monkeypatch.setattr(http, "BODY_SECONDS", 0.05)
    address = httpx.URL(desk.url)
    with socket.create_connection((address.host, address.port), timeout=30) as line:
        line.sendall(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        assert b" 408 " in line.recv(100)


def settings_form(trigger: str, digest_at: str):
    chosen = {
        "alerts_by": {"selected_option": {"value": "dm"}},
        "digest_at": {"selected_time": digest_at},
        "work_starts": {"selected_time": "09:00"},
        "work_ends": {"selected_time": "17:00"},
        "days": {"selected_options": [{"value": "1"}]},
        "timezone": {"value": "UTC"},
    }
    values = {name: {"input.v1": element} for name, element in chosen.items()}
    sent = form(callback_id="settings.edit.v1", state={"values": values})
    return sent | {"trigger_id": trigger}


def test_a_request_that_is_played_again_does_not_bring_back_what_was_changed_since(desk):
    for trigger, hour in (("1.1", "07:00"), ("1.2", "10:00"), ("1.1", "07:00")):
        assert interact(desk, settings_form(trigger, hour)).status_code == 200
    with desk.sessions() as session:
        dana = by_slack_id(session, "U_DANA")
        changes = select(func.count()).where(AuditEntry.by_id == dana.id)
        assert f"{dana.digest_at:%H:%M}" == "10:00"
        assert session.scalar(changes) == 2


ODD = {
    "no json": "{", "no object": "[]", "nothing": "null", "deep": '{"a":' * 100_000,
    "no user": press(user=None), "a user's name": press(user="U_DANA"),
    "a user without id": press(user={"id": ""}), "a list for an id": press(user={"id": ["U_DANA"]}),
    "no action": press(actions=[]), "actions in words": press(actions="x"),
    "an action by number": press(actions=[{"type": "button", "action_id": 5}]),
    "an action without id": press(actions=[{"type": "button"}]), 
    "a value by number": press(value=1),
    "a value of parts": press(value={"a": 1}), "a channel's name": press(channel="C_ALERTS"),
    "a place in words": press(container="x"), "a team in words": press(team="T"),
    "an address by number": press(response_url=5), "a list for a trigger": press(trigger_id=["x"]),
    "no form": form() | {"view": None}, "a form in words": form() | {"view": "x"},
    "a form by number": form(callback_id=7), "memory by number": form(private_metadata=5),
    "a state in words": form(state="x"), "a list of values": form(state={"values": []}),
    "a value in words": form(state={"values": {"title": "x"}}), "no element": typed(None),
    "a list for an element": typed([]), "a list for text": typed({"value": ["x"]}),
    "a number for text": typed({"value": 7}), 
    "choices in words": typed({"selected_options": ["x"]}),
    "a choice in words": typed({"selected_option": "x"}), "blocks in words": form(blocks=["x"]),
    "a search by number": SUGGESTION | {"action_id": 5}, "of no known kind": {"type": "x"},
    "of an old kind": {"type": "workflow_step_edit", "user": {"id": "U_DANA"}},
}  # fmt: skip
HARMLESS = {
    "an unknown action": press("nope.v9"), "a strange place": press(response_url="https://[::1"),
    "a foreign address": press(response_url="https://evil.example/"),
    "a form nobody knows": form(callback_id="nope"), "no memory": form(private_metadata=None),
    "memory of another form": form(private_metadata='{"x":{"y":[1]}}'),
    "memory that is no object": form(private_metadata="[]"),
    "memory with a long number": form(private_metadata='{"account_id":' + "9" * 5000 + "}"),
    "deep memory": form(private_metadata="[" * 50_000),
    "a channel of parts": form(private_metadata='{"_channel":{"a":1}}'),
    "no state": form(state=None), "no choice": typed({"selected_options": None}),
    "pressed in an odd form": press(
        channel=None, container={"type": "view"}, view={"type": "modal", "private_metadata": "["}
    ),
    "a search nobody answers": SUGGESTION | {"action_id": "nope"},
    "a stranger's search": SUGGESTION | {"user": {"id": "U_X"}, "action_id": "account.select.v1"},
    "a stranger's form": form() | {"user": {"id": "U_X"}},
}  # fmt: skip
EVENTS = {
    "no event": (EVENT | {"event": None}, 400), "an event in words": (EVENT | {"event": "x"}, 400),
    "no id": (EVENT | {"event_id": None}, 400), "no channel": (EVENT, 200),
    "a list of channels": (EVENT | {"event": {"type": "channel_archive", "channel": ["C"]}}, 400),
}  # fmt: skip


def test_signed_bodies_of_any_shape_are_refused_or_answered_and_never_an_error(desk, caplog):
    desk.add(account("Acme"))
    caplog.set_level(logging.ERROR)
    for name, payload in ODD.items():
        text = payload if isinstance(payload, str) else json.dumps(payload)
        assert send(desk, urlencode({"payload": text})).status_code == 400, name
    for name, payload in HARMLESS.items():
        answer = interact(desk, payload)
        assert answer.status_code == 200, name
        assert "Tell an admin" not in answer.text, name
    for name, (event, status) in EVENTS.items():
        assert send(desk, json.dumps(event), kind=JSON).status_code == status, name
    assert "too long" in send(desk, urlencode(COMMAND | {"text": "checkin"})).text  # no trigger
    for body in ("command=%2Fcs&user_id=U_DANA", "command=%2Fcs&channel_id=C1", "a=b", "%ff=1"):
        assert send(desk, body).status_code == 400
    assert [record.message for record in caplog.records] == []
    with desk.sessions() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == 0


def test_bolt_silences_itself_and_not_all_of_csbot(desk):
    desk.person("U_DANA", "C_ALERTS").command("/cs my")
    assert not logging.getLogger("csbot.bolt").isEnabledFor(logging.ERROR)
    assert logging.getLogger("csbot.inbox.service").isEnabledFor(logging.ERROR)


def test_an_error_that_nobody_foresaw_is_logged_by_us_without_the_body(desk, caplog, monkeypatch):
    from csbot.slack import directory

    def break_down(*_: object) -> None:
        raise ValueError("very private words")

    monkeypatch.setattr(directory, "forget", break_down)
    event = EVENT | {"event": {"type": "channel_archive", "channel": "C_ALERTS"}}
    assert send(desk, json.dumps(event), kind=JSON).status_code == 500
    assert [(r.name, r.message) for r in caplog.records if r.levelno >= logging.ERROR] == [
        ("handlers.app", "handler failed")
    ]


def test_no_word_of_any_request_reaches_the_log_at_its_chattiest(desk, caplog):
    words = "very private words"
    acme = desk.add(account("Acme"))
    caplog.set_level(logging.DEBUG)
    send(desk, urlencode(COMMAND | {"text": f"checkin acme {words}"}))
    interact(desk, press("form.open.v1", f"checkin\t{acme.id}\t{words}"))
    interact(desk, typed({"value": words}))
    interact(desk, {"type": "shortcut", "user": {"id": "U_DANA"}, "callback_id": words})
    interact(desk, press(words))
    said = {"type": "message", "text": words}
    asked = said | {"channel_type": "im", "channel": "D1", "user": "U_DANA", "ts": "1.1"}
    unasked = {"type": "reaction_added", "item": words}
    for number, (event, status) in enumerate(((said, 200), (asked, 200), (unasked, 404))):
        body = EVENT | {"event_id": f"Ev{number}", "event": event}
        assert send(desk, json.dumps(body), kind=JSON).status_code == status
    desk.deliver()
    assert caplog.records
    assert "private" not in caplog.text
    assert desk.slack.bot_token not in caplog.text
