"""E-mails that came back later: told by a mail server's report, or by a mail service's webhook."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from csbot import clock
from csbot.contacts import Contact
from csbot.touches.model import Touch
from tests.builders import account, contact
from tests.faults.customers import queued
from tests.flows.office import Office
from tests.typed import typed
from tests.unit.test_email_dsn import OURS, report


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    """Where an e-mail to Ann has gone out."""
    made = open_office()
    with made.sessions.begin() as session:
        acme = account("Acme")
        session.add(acme)
        session.flush()
        ann = contact(acme.id, email="gone@customer.example")
        session.add(ann)
        session.flush()
        touch = queued(
            ann.email, "email", clock.now(), account_id=acme.id, contact_id=ann.id,
            external_id=OURS,
        )  # fmt: skip
        touch.state = "sent"
        session.add(touch)
    return made


def piped(raw: bytes) -> str:
    """What `csbot email bounce` says of a mail."""
    ran = typed("email", "bounce", input=raw)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def fate(office: Office) -> tuple[str, str | None, bool]:
    with office.sessions() as session:
        touch = session.scalars(select(Touch)).one()
        return touch.state, touch.why, touch.bounced_at is not None


def test_any_other_mail_that_is_piped_in_is_left_alone() -> None:
    assert piped(b"Subject: I am on leave\r\n\r\n") == (
        "Not a report that an e-mail came back: left alone."
    )


def test_a_report_that_the_mail_server_pipes_in_marks_the_message(office: Office) -> None:
    assert piped(report()) == "Written down."
    reason = "550 5.1.1 <gone@customer.example>: no such user"
    assert fate(office) == ("bounced", reason, True)


@pytest.mark.parametrize(
    ("data", "end"),
    [
        ({"message_id": OURS, "kind": "hard", "reason": "no such user"}, "bounced"),
        ({"message_id": OURS.strip("<>"), "kind": "HardBounce"}, "bounced"),
        ({"email": "Gone@customer.example"}, "bounced"),
        ({"email": "gone@customer.example", "kind": "blocked"}, "failed"),
        ({"email": "gone@customer.example", "kind": "soft"}, "sent"),
        ({"email": "another@customer.example"}, "sent"),
        ({"message_id": "<another@acme.example>"}, "sent"),
    ],
)
def test_a_mail_service_tells_it_by_a_webhook(office: Office, data, end: str) -> None:
    key = office.key("generic")
    body = {"type": "email.bounced", "timestamp": "2026-11-23T08:59:00Z", "data": data}
    for _ in range(2):
        assert office.post("/webhooks/generic", body, key=key).status_code == 200
    assert fate(office)[0] == end


def test_a_complaint_is_a_wish_to_be_left_alone(office: Office) -> None:
    data = {"email": "gone@customer.example", "kind": "spam_complaint"}
    office.post(
        "/webhooks/generic", {"type": "email.complaint", "data": data}, key=office.key("generic")
    )
    with office.sessions() as session:
        assert session.scalars(select(Contact.opt_outs)).one() == ["email"]
    assert fate(office)[0] == "sent"


def test_what_names_nobody_is_said_to_its_sender(office: Office) -> None:
    body = {"type": "email.bounced", "data": {"kind": "hard"}}
    answer = office.post("/webhooks/generic", body, key=office.key("generic"))
    assert answer.status_code == 422
    assert answer.json()["field"] == "data.email"
