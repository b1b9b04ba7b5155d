"""Bookings over real HTTP, signed as Calendly and Cal.com sign; calendars by the command."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from csbot.meetings.model import Meeting
from tests.flows.office import Office
from tests.flows.test_webhooks_signed import SIGNS, stamp
from tests.unit import booking_payloads as sent

SECRETS = {name: f"the secret of {name}" for name in ("calendly", "calcom")}


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    secrets = ",".join(f"{name}={secret}" for name, secret in SECRETS.items())
    made = open_office("", CSBOT_WEBHOOK_SECRETS=secrets)
    made.know("Acme", domain="acme.example")
    return made


def signed(office: Office, name: str, body: dict[str, Any]) -> httpx.Response:
    content = json.dumps(body).encode()
    headers = SIGNS[name](SECRETS[name], content, stamp(name))
    return office.post("/webhooks/meetings", content, headers)


def meetings(office: Office) -> list[tuple[str | None, int, str | None]]:
    with office.sessions() as session:
        rows = session.scalars(select(Meeting).order_by(Meeting.id))
        return [(row.source, row.starts_at.day, row.outcome) for row in rows]


def test_a_move_at_calendly_is_one_meeting(office: Office) -> None:
    gone, come = sent.calendly_move()
    for body in (sent.calendly(), come, gone, come):
        assert signed(office, "calendly", body).status_code == 200
    assert meetings(office) == [("calendly", 27, None)]
    assert office.states() == ["done"] * 3


def test_a_booking_at_calcom_is_moved_and_cancelled(office: Office) -> None:
    for body in (sent.calcom(), sent.calcom_moved(), sent.calcom_ended()):
        assert signed(office, "calcom", body).json() == {"status": "stored"}
    assert meetings(office) == [("calcom", 27, None)]
    assert signed(office, "calcom", sent.calcom_cancelled()).json() == {"status": "stored"}
    assert signed(office, "calcom", sent.calcom_cancelled()).json() == {"status": "already stored"}
    assert meetings(office) == [("calcom", 27, "cancelled")]


def test_a_strangers_booking_waits_for_the_account(office: Office) -> None:
    body = sent.calcom(attendees=[{"email": "x@new.example"}], responses={})
    assert signed(office, "calcom", body).json() == {"status": "waiting for its account"}
    assert meetings(office) == []


def test_an_old_calendly_subscription_is_told_how_to_mend_it(office: Office) -> None:
    answer = signed(office, "calendly", sent.calendly_of_2023())
    assert answer.status_code == 422
    assert answer.json()["field"] == "payload.scheduled_event.start_time"
    assert "subscription anew" in answer.json()["mend"]


def test_the_plain_form_brings_a_key(office: Office) -> None:
    body = {"id": "7", "starts_at": "2026-11-25T10:00:00Z", "account": "Acme"}
    assert office.post("/webhooks/meetings", body, key=office.key("meetings")).status_code == 200
    assert office.post("/webhooks/meetings", body, key=office.key("usage")).status_code == 401
    assert meetings(office) == [("meetings", 25, None)]


def test_what_is_moved_and_moved_back_without_a_time_stands_where_it_was_put_last(
    office: Office,
) -> None:
    key = office.key("meetings")
    for day in (25, 27, 25):
        body = {"id": "7", "starts_at": f"2026-11-{day}T10:00:00Z", "account": "Acme"}
        assert office.post("/webhooks/meetings", body, key=key).json() == {"status": "stored"}
    assert meetings(office) == [("meetings", 25, None)]
