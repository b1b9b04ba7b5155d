"""Support tickets over real HTTP, signed as the desks sign."""

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text, update

from csbot.accounts.model import Account
from csbot.accounts.timeline import timeline
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from csbot.inbox.retrying import retry_waiting
from csbot.tickets.model import Ticket
from csbot.tickets.queries import of_account
from tests.builders import MONDAY, account, contact
from tests.flows.office import Office
from tests.flows.test_webhooks_signed import SIGNS, stamp
from tests.unit import ticket_payloads as sent
from tests.unit.survey_payloads import rated

NOW = int(MONDAY.timestamp())
SECRETS = {name: f"the secret of {name}" for name in ("zendesk", "intercom")}


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    secrets = ",".join(f"{name}={secret}" for name, secret in SECRETS.items())
    made = open_office("", CSBOT_WEBHOOK_SECRETS=secrets)
    made.know("Acme", domain="acme.example")
    return made


def signed(
    office: Office, name: str, body: dict[str, Any], path: str = "/webhooks/tickets"
) -> httpx.Response:
    content = json.dumps(body).encode()
    return office.post(path, content, SIGNS[name](SECRETS[name], content, stamp(name)))


def tickets(office: Office) -> list[tuple[str, str, str, str | None]]:
    with office.sessions() as session:
        rows = session.scalars(select(Ticket).order_by(Ticket.id))
        return [(row.sender, row.external_id, row.status, row.priority) for row in rows]


def test_events_of_zendesk_come_in_any_order_and_twice(office: Office) -> None:
    solved = sent.zendesk(status="SOLVED", time="2026-11-23T08:30:00.672717030Z")
    opened = sent.zendesk("created", status="NEW", time="2026-11-23T07:00:00Z")
    assert signed(office, "zendesk", solved).json() == {"status": "waiting for its account"}
    assert signed(office, "zendesk", sent.trigger()).json() == {"status": "stored"}
    assert tickets(office) == [("zendesk", "5158", "open", "high")]
    for body in (solved, opened, opened):
        assert signed(office, "zendesk", body).status_code == 200
    assert tickets(office) == [("zendesk", "5158", "solved", "high")]


def test_an_event_that_came_before_its_trigger_is_taken_up_in_the_next_minute(
    office: Office,
) -> None:
    old = MONDAY - timedelta(days=2)
    with office.sessions.begin() as session:
        session.execute(update(Account).values(updated_at=old))
        session.execute(update(Contact).values(created_at=old))
    solved = sent.zendesk(organization_id="0", status="SOLVED", time="2026-11-23T08:30:00Z")
    other = sent.zendesk(id="51580", organization_id="0") | {"subject": "zen:ticket:51580"}
    for body in (solved, other):
        assert signed(office, "zendesk", body).json() == {"status": "waiting for its account"}
    assert signed(office, "zendesk", sent.trigger()).json() == {"status": "stored"}
    now = MONDAY + timedelta(minutes=1)
    assert retry_waiting(office.sessions, settings=office.wiring.settings, now=now) == 1
    assert tickets(office) == [("zendesk", "5158", "solved", "high")]
    assert sorted((row.state, row.tries) for row in office.inbox()) == [
        ("done", 1), ("done", 2), ("waiting", 1),
    ]  # fmt: skip


def test_intercom_is_one_sender_at_both_addresses(office: Office) -> None:
    body = rated(1, "Took too long")
    assert signed(office, "intercom", sent.ping()).status_code == 200
    opened = sent.intercom("conversation.user.created", NOW)
    assert signed(office, "intercom", opened).json() == {"status": "stored"}
    assert signed(office, "intercom", body).json() == {"status": "stored"}
    again = signed(office, "intercom", body, "/webhooks/surveys")
    assert again.json() == {"status": "already stored"}
    assert tickets(office) == [("intercom", "2154", "open", "normal")]
    with office.sessions() as session:
        told = session.scalars(select(Feedback)).one()
    assert (told.kind, told.score, told.comment) == ("csat", 1, "Took too long")


def test_a_conversation_that_intercom_deletes_waits_for_nobody_any_more(office: Office) -> None:
    """It is told by its id alone, and a word of before that comes late does not open it."""
    opened = sent.intercom("conversation.user.created", NOW - 120)
    assert signed(office, "intercom", opened).json() == {"status": "stored"}
    gone = sent.intercom("conversation.deleted", NOW)
    gone["data"]["item"] = {"type": "conversation", "id": "2154"}
    assert signed(office, "intercom", gone).json() == {"status": "stored"}
    assert tickets(office) == [("intercom", "2154", "closed", "normal")]
    assert signed(office, "intercom", gone).json() == {"status": "already stored"}
    late = sent.intercom("conversation.user.replied", NOW - 60)
    assert signed(office, "intercom", late).json() == {"status": "stored"}
    assert tickets(office) == [("intercom", "2154", "closed", "normal")]


@pytest.mark.parametrize("source", ["surveys", "tickets"])
def test_a_key_of_one_source_brings_nothing_of_intercoms_which_has_two(
    office: Office, source: str
) -> None:
    for body in (sent.intercom("conversation.user.created", NOW), rated(1, "Took too long")):
        answer = office.post(f"/webhooks/{source}/intercom", body, key=office.key(source))
        assert answer.status_code == 401
        assert "let it sign" in answer.text
    assert tickets(office) == []
    assert office.answers() == 0
    assert office.inbox() == []


def test_two_first_events_of_one_ticket_at_the_same_moment_are_one_ticket(office: Office) -> None:
    """Of different accounts: neither waits for the other's."""
    office.know("Globex", domain="globex.example")
    event = sent.intercom("conversation.user.created", NOW)
    with ThreadPoolExecutor(1) as pool:
        with office.sessions.begin() as session:
            globex = session.scalars(select(Account.id).where(Account.name == "Globex")).one()
            session.add(
                Ticket(
                    account_id=globex, sender="intercom", external_id="2154", subject="Export",
                    status="open", opened_at=MONDAY, as_of=MONDAY - timedelta(days=1),
                )
            )  # fmt: skip
            session.flush()
            answer = pool.submit(signed, office, "intercom", event)
            _until_it_waits(office, answer)
        assert answer.result().json() == {"status": "stored"}
    assert tickets(office) == [("intercom", "2154", "open", "normal")]
    assert [row.state for row in office.inbox()] == ["done"]


def _until_it_waits(office: Office, answer: Future[httpx.Response]) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    for _ in range(100):
        with office.sessions() as session:
            if session.get_bind().dialect.name == "sqlite" or session.scalar(waits):
                return
        wait([answer], timeout=0.1)
    raise AssertionError("nobody waits")


def test_an_id_in_the_product_that_is_an_address_finds_the_account_and_is_told_to_nobody(
    office: Office,
) -> None:
    def opened(id: str, address: str) -> dict[str, Any]:
        source = {
            "body": "It does not finish",
            "author": {"type": "admin", "email": "us@we.example"},
        }
        people = {"contacts": [{"type": "contact", "id": "69", "external_id": address}]}
        told = sent.intercom(
            "conversation.user.created", NOW, id=id, source=source, contacts=people
        )
        return told | {"id": f"notif_{id}"}

    assert signed(office, "intercom", opened("1", "Max@Acme.example")).json() == {
        "status": "stored"
    }
    waits = signed(office, "intercom", opened("2", "max@nobody.example"))
    assert waits.json() == {"status": "waiting for its account"}
    assert tickets(office) == [("intercom", "1", "open", "normal")]
    assert [row.problem for row in office.inbox() if row.problem] == [
        "no account yet for …@nobody.example"
    ]


def test_freshdesk_and_the_plain_form_bring_a_key(office: Office) -> None:
    key = office.key("tickets")
    assert office.post("/webhooks/tickets/freshdesk", sent.freshdesk(), key=key).status_code == 200
    plain = {"id": "7", "status": "resolved", "priority": "P1", "email": sent.ANN}
    assert office.post("/webhooks/tickets", plain, key=key).status_code == 200
    assert tickets(office) == [
        ("freshdesk", "11", "open", "normal"), ("tickets", "7", "solved", "urgent"),
    ]  # fmt: skip
    assert office.post("/webhooks/tickets", plain, key=office.key("surveys")).status_code == 401


def test_a_trigger_whose_words_broke_its_json_is_kept_and_told(office: Office) -> None:
    content = b'{"ticket_id": "5158", "latest_comment": "He said "no" twice\nand hung up"}'
    headers = SIGNS["zendesk"](SECRETS["zendesk"], content, stamp("zendesk"))
    answer = office.post("/webhooks/tickets", content, headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "body")
    assert office.states() == ["set_aside"]


def test_a_ticket_without_an_id_is_told_with_field_and_mend(office: Office) -> None:
    answer = office.post("/webhooks/tickets", {"status": "open"}, key=office.key("tickets"))
    assert (answer.status_code, answer.json()["field"]) == (422, "id")
    assert tickets(office) == []


BOB = "bob@acme.example"  # nobody's address, until Globex has him
BY_DOMAIN = sent.trigger(requester_email=BOB, organization="", actor_email=BOB)
AT = "2026-11-23T08:30:00Z"
SURER = {
    "an id": [sent.zendesk(time=AT, organization_id="g-7")],
    "a contact": [BY_DOMAIN | {"latest_comment": "Hello?", "updated_at_with_timestamp": AT}],
    "an id, then the domain again": [
        sent.zendesk(time=AT, organization_id="g-7"),
        BY_DOMAIN | {"updated_at_with_timestamp": "2026-11-23T08:40:00Z"},
    ],
}


def support(office: Office) -> dict[str, tuple[int, list[str]]]:
    """By account, how many requests are open and what the timeline tells."""
    settings = office.wiring.settings
    with office.sessions() as session:
        return {
            one.name: (
                load.open
                if (load := of_account(session, one.id, settings=settings, now=MONDAY))
                else 0,
                [event.what for event in timeline(session, one.id, 10)],
            )
            for one in session.scalars(select(Account).order_by(Account.id))
        }


@pytest.mark.parametrize("surer", SURER)
def test_a_ticket_goes_where_a_surer_sign_says_it_belongs(office: Office, surer: str) -> None:
    with office.sessions.begin() as session:
        globex = account("Globex", external_id="g-7", domain="globex.example")
        session.add(globex)
        session.flush()
        globex_id = globex.id
    assert signed(office, "zendesk", BY_DOMAIN).json() == {"status": "stored"}
    opened = "Ticket opened: Export hangs (high)"
    assert support(office) == {"Acme": (1, [opened]), "Globex": (0, [])}
    office.add(contact(globex_id, "Bob Ray", email=BOB))
    for body in SURER[surer]:
        assert signed(office, "zendesk", body).json() == {"status": "stored"}
    moved = "A ticket turned out to be another account's"
    assert support(office) == {"Acme": (0, [moved]), "Globex": (1, [opened])}
    with office.sessions() as session:
        (ticket,) = session.scalars(select(Ticket))
        who = session.get(Contact, ticket.contact_id) if ticket.contact_id else None
    assert (who.email if who else None) == (None if surer == "an id" else BOB)


def test_a_weaker_sign_moves_no_ticket(office: Office) -> None:
    office.add(account("Globex", external_id="g-7", domain="globex.example"))
    by_id = sent.zendesk(organization_id="g-7")
    later = BY_DOMAIN | {"updated_at_with_timestamp": AT}
    for body in (by_id, later):
        assert signed(office, "zendesk", body).json() == {"status": "stored"}
    assert support(office) == {
        "Acme": (0, []), "Globex": (1, ["Ticket opened: Export hangs (high)"]),
    }  # fmt: skip
