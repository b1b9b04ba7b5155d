"""Who gets in: signatures, outsiders, strangers, odd bodies. Real HTTP."""

import hashlib
import hmac
import json
import logging
from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import func, select

from csbot.audit import AuditEntry
from csbot.workspace.model import User
from tests.builders import account

COMMAND = {"command": "/cs", "text": "help", "user_id": "U_DANA", "channel_id": "C_ALERTS"}


def post(desk, body: str, *, timestamp: str | None = None, signature: str | None = None):
    stamp = timestamp or str(int(desk.now.timestamp()))
    base = f"v0:{stamp}:{body}".encode()
    secret = desk.slack.signing_secret.encode()
    made = "v0=" + hmac.new(secret, base, hashlib.sha256).hexdigest()
    return httpx.post(
        f"{desk.url}/slack/events",
        content=body,
        headers={
            "content-type": b"application/x-www-form-urlencoded",
            "x-slack-request-timestamp": stamp.encode(),
            "x-slack-signature": (signature or made).encode(),
        },
        timeout=30,
    )


def test_a_signed_command_is_answered(desk):
    answer = post(desk, urlencode(COMMAND))
    assert answer.status_code == 200
    assert answer.json()["response_type"] == "ephemeral"


@pytest.mark.parametrize(
    ("timestamp", "signature"),
    [(None, "v0=00"), (None, "v0=ü"), ("1", None), ("soon", None), ("٣", None), (None, "")],
    ids=["forged", "not ascii", "old", "no number", "arabic digits", "empty"],
)
def test_a_forged_or_old_request_gets_401_and_leaves_nothing_in_the_log(
    desk, caplog, timestamp, signature
):
    caplog.set_level(logging.DEBUG)
    body = urlencode(COMMAND | {"text": "very private words"})
    if signature == "":
        answer = httpx.post(f"{desk.url}/slack/events", content=body, timeout=30)
    else:
        answer = post(desk, body, timestamp=timestamp, signature=signature)
    assert answer.status_code == 401
    assert answer.content == b""
    assert "private" not in caplog.text


def test_a_huge_body_is_cut_off(desk):
    assert post(desk, "x" * 3_000_000).status_code == 413


def test_slack_gets_its_challenge_back(desk):
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"})
    stamp = str(int(desk.now.timestamp()))
    secret = desk.slack.signing_secret.encode()
    made = hmac.new(secret, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    answer = httpx.post(
        f"{desk.url}/slack/events",
        content=body,
        headers={
            "content-type": "application/json",
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": f"v0={made}",
        },
        timeout=30,
    )
    assert answer.status_code == 200
    assert "abc" in answer.text


@pytest.mark.parametrize(
    "flag", ["is_restricted", "is_ultra_restricted", "is_stranger", "is_bot", "deleted"]
)
def test_outsiders_are_refused_although_the_team_file_names_them(desk, flag):
    desk.add(account("Acme"))
    user = desk.slack.users["U_DANA"]
    setattr(user, flag, True)
    user.team_id = "T_OTHER" if flag == "is_stranger" else user.team_id
    desk.slack.add_user(user)
    answer = post(desk, urlencode(COMMAND | {"text": "account acme"}))
    assert "Acme" not in answer.text
    assert "members of this workspace" in answer.text


def test_somebody_of_another_organisation_is_refused_on_a_button(desk):
    desk.add(account("Acme"))
    payload = {
        "type": "block_actions",
        "team": {"id": "T"},
        "user": {"id": "U_DANA", "team_id": "T_OTHER"},
        "trigger_id": "1.2.3",
        "channel": {"id": "C_ALERTS"},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C_ALERTS"},
        "actions": [{"type": "button", "action_id": "account.open.v1", "value": "1"}],
    }
    assert post(desk, urlencode({"payload": json.dumps(payload)})).status_code == 200
    desk.deliver()
    shown = [m.text for m in desk.slack.messages.get("C_ALERTS", {}).values()]
    assert not any("Acme" in text for text in shown)


def test_a_colleague_whom_csbot_does_not_know_may_ask_for_access(desk):
    desk.slack.add_user(User("U_NEW", "newbie", "New Person"))
    desk.slack.channels["C_ALERTS"].members.add("U_NEW")
    seen = desk.person("U_NEW", "C_ALERTS").command("/cs my")
    assert "Ask for Access" in seen.words


@pytest.mark.parametrize(
    "body",
    ["payload=%7B", "payload=[]", "payload=null", "payload=%7B%22type%22%3A%22block_actions%22%7D",
     "%ff%fe=1", "command=%2Fcs", ""],
)  # fmt: skip
def test_a_signed_body_that_makes_no_sense_is_no_server_error(desk, body):
    assert post(desk, body).status_code < 500


def submission(form: str, user: str, account_id: int, **values: str) -> str:
    inputs = {name: {"input.v1": {"type": "x", "value": value}} for name, value in values.items()}
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": form,
        "private_metadata": json.dumps({"account_id": account_id, "alert_id": None}),
        "state": {"values": inputs},
        "blocks": [{"type": "input", "block_id": "note"}],
    }
    payload = {
        "type": "view_submission",
        "team": {"id": "T"},
        "user": {"id": user, "team_id": "T"},
        "trigger_id": "1.2.3",
        "view": view,
    }
    return urlencode({"payload": json.dumps(payload)})


def test_a_form_that_slack_delivers_twice_is_one_act_and_no_fault(desk):
    acme = desk.add(account("Acme"))
    desk.run("detect")
    until, why = str(int((desk.now + timedelta(days=1)).timestamp())), "Waiting for legal"
    body = submission("account.snooze.v1", "U_DANA", acme.id, until=until, reason=why)
    first, second = post(desk, body), post(desk, body)
    assert first.json() == second.json() == {"response_action": "clear"}
    with desk.sessions() as session:
        snoozed = select(func.count()).where(AuditEntry.verb == "alert.snoozed")
        assert session.scalar(snoozed) == 1


def test_a_form_that_is_sent_by_somebody_who_was_taken_off_the_team_says_how_to_come_back(desk):
    acme = desk.add(account("Acme"))
    desk.slack.add_user(User("U_NEW", "newbie", "New Person"))
    answer = post(desk, submission("checkin.log.v1", "U_NEW", acme.id, note="Called", how="call"))
    assert answer.json() == {"response_action": "clear"}
    desk.deliver()
    assert "Ask for Access" in desk.person("U_NEW").last(desk.person("U_NEW").dm).labels
