"""POST /webhooks/generic, as the client of Standard Webhooks signs it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from csbot import clock
from csbot.accounts.model import Account
from csbot.accounts.timeline import timeline
from csbot.meetings.model import Meeting
from csbot.tickets.model import Ticket
from csbot.usage.model import UsageEvent
from csbot.webhooks.examples import IN_PLAIN_FORM
from tests.flows.office import Office, survey

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH = "/webhooks/generic"
HAPPENED = {"account": "customer.example", "title": "Invoice disputed", "text": "by *the* <buyer>"}


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    made = open_office(CSBOT_WEBHOOK_SECRETS=f"generic={SECRET}")
    made.know()
    return made


def send(office: Office, body: Any, *, id: str = "msg_1", prefix: str = "webhook") -> Any:
    text, now = json.dumps(body), clock.now()
    # The library takes a time without a zone for UTC.
    stamp = datetime.fromtimestamp(int(now.timestamp()), UTC)
    signature = Webhook(SECRET).sign(msg_id=id, timestamp=stamp, data=text)
    headers = {
        f"{prefix}-id": id,
        f"{prefix}-timestamp": str(int(stamp.timestamp())),
        f"{prefix}-signature": signature,
    }
    return office.post(PATH, text.encode(), headers)


def told(type: str = "invoice.disputed", **data: Any) -> dict[str, Any]:
    return {"type": type, "timestamp": "2026-11-23T08:30:00Z", "data": HAPPENED | data}


def events(office: Office) -> list[str]:
    with office.sessions() as session:
        id = session.scalar(select(Account.id).where(Account.name == "Acme"))
        assert id is not None
        return [entry.what for entry in timeline(session, id, 10) if entry.kind == "change"]


@pytest.mark.parametrize("prefix", ["webhook", "svix"])
def test_any_event_stands_in_its_accounts_timeline_once(office: Office, prefix: str) -> None:
    for _ in range(2):
        assert send(office, told(), prefix=prefix).status_code == 200
    assert send(office, told(), id="msg_2", prefix=prefix).json() == {"status": "stored"}
    assert events(office) == ["Invoice disputed: by *the* <buyer>"]
    [row, _] = office.inbox()
    assert (row.source, row.event_id, row.kind) == ("generic", "msg_1", "invoice.disputed")


@pytest.mark.parametrize(
    "data",
    [
        {"account": {"domain": "customer.example"}},
        {"account": {"name": "ACME"}},
        {"account": "acme"},
        {"account": None, "email": "ann@customer.example"},
        {"account": [], "email": "somebody@customer.example"},
    ],
)
def test_an_account_may_be_named_in_several_ways(office: Office, data: dict[str, Any]) -> None:
    assert send(office, told("plan.viewed", title="", text=7, **data)).status_code == 200
    assert events(office) == ["Plan viewed: 7"]


def test_an_event_of_an_unknown_account_waits_and_names_no_person(office: Office) -> None:
    body = told(account=None, email="max@nobody.example")
    assert send(office, body).json() == {"status": "waiting for its account"}
    [row] = office.inbox()
    assert row.problem == "no account yet for …@nobody.example"


def test_an_event_that_names_no_account_is_refused_with_its_field(office: Office) -> None:
    answer = send(office, told(account=None))
    assert (answer.status_code, answer.json()["field"]) == (422, "data.account")


def test_what_csbot_has_a_concept_for_goes_there(office: Office) -> None:
    body = {"type": "survey.response", "timestamp": "2026-11-23T08:30:00Z", "data": survey()}
    assert send(office, body).json() == {"status": "stored"}
    assert office.answers() == 1
    for kind, source in [("ticket.opened", "tickets"), ("meeting.booked", "meetings")]:
        example = IN_PLAIN_FORM[source] | {"account": "customer.example"}
        answer = send(office, {"type": kind, "data": example}, id=kind)
        assert answer.json() == {"status": "stored"}
    used = {"type": "track", "data": {"userId": "u-1", "event": "Signed In", "type": "alias"}}
    assert send(office, used, id="track").json() == {"status": "stored"}
    with office.sessions() as session:
        found = [session.scalar(select(what)) for what in (Ticket.id, Meeting.id, UsageEvent.type)]
    assert None not in found
    assert found[2] == "track"
    body["data"] = survey(score=99)
    answer = send(office, body, id="msg_2")
    assert (answer.status_code, answer.json()["field"]) == (422, "data.score")


def test_a_wrong_time_is_named_as_the_sender_calls_it(office: Office) -> None:
    body = {"type": "survey.response", "timestamp": "soon", "data": survey()}
    assert send(office, body).json()["field"] == "timestamp"
    body = {"type": "survey.response", "data": survey(at="soon")}
    assert send(office, body, id="msg_2").json()["field"] == "data.at"


@pytest.mark.parametrize("type", ["survey.response", "ticket.opened", "meeting.booked", "track"])
@pytest.mark.parametrize("data", [None, 7, [], [1], {}, {"id": {"a": 1}}])
def test_a_concepts_data_may_be_anything_and_is_refused_with_its_field(
    office: Office, type: str, data: Any
) -> None:
    answer = send(office, {"type": type, "data": data})
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert answer.json()["field"].startswith("data")


@pytest.mark.parametrize("body", [{}, {"type": ""}, {"type": {"a": 1}}, {"type": None, "data": 1}])
def test_an_event_without_a_type_is_refused(office: Office, body: Any) -> None:
    answer = send(office, body)
    assert (answer.status_code, answer.json()["field"]) == (422, "type")


def test_a_key_does_where_nothing_can_sign(office: Office) -> None:
    assert office.post(PATH, told(), key=office.key("generic")).json() == {"status": "stored"}
    assert events(office) == ["Invoice disputed: by *the* <buyer>"]
