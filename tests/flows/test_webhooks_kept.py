"""What came is stored once, and kept when it cannot be used: nothing acknowledged is lost."""

import gzip
import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from csbot import clock
from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.feedback.model import Feedback
from csbot.inbox.model import Received
from csbot.inbox.retrying import retry_waiting
from csbot.keys import service as keys
from csbot.meetings.model import Meeting
from csbot.tickets.model import Ticket
from csbot.webhooks import senders
from csbot.webhooks.senders import Sender
from tests.builders import MONDAY, account, contact
from tests.flows.office import Office, basic, survey

SURVEYS = "/webhooks/surveys"
ERROR = {"error", "field", "mend"}


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    made = open_office()
    made.know()
    return made


@pytest.fixture
def key(office: Office) -> str:
    return office.key("surveys")


def test_a_delivery_is_stored_once_however_often_it_comes(office: Office, key: str) -> None:
    said = [office.post(SURVEYS, survey(), key=key).json()["status"] for _ in range(3)]
    assert said == ["stored", "already stored", "already stored"]
    assert (office.answers(), office.states()) == (1, ["done"])
    assert office.inbox()[0].body is None, "what is done needs no copy"


def test_four_at_once_have_one_effect(office: Office, key: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        several = list(threads.map(lambda _: office.post(SURVEYS, survey(), key=key), range(4)))
    assert sorted(answer.json()["status"] for answer in several) == ["already stored"] * 3 + [
        "stored"
    ]
    assert (office.answers(), office.states()) == (1, ["done"])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1]", b"7", b'"text"', b"null", b'{"id": NaN}', b"\xff\xfe", b"<xml/>",
     b'{"a":' * 70 + b"1" + b"}" * 70, b"[" * 100_000, b'{"id": 1' + b"0" * 5_000 + b"}"],
)  # fmt: skip
def test_what_a_known_sender_garbles_is_refused_and_kept(
    office: Office, key: str, body: bytes
) -> None:
    answers = [office.post(SURVEYS, body, key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json().keys() == ERROR
    [row] = office.inbox()
    assert (row.state, row.kind, row.source) == ("set_aside", "unreadable", "surveys")
    assert row.problem
    assert office.answers() == 0


def test_a_field_that_does_not_fit_is_named_and_may_be_mended(office: Office, key: str) -> None:
    answer = office.post(SURVEYS, survey(score="eleven", event="e-1"), key=key)
    assert (answer.status_code, answer.json()["field"]) == (422, "score")
    assert office.states() == ["set_aside"]
    assert office.post(SURVEYS, survey(event="e-1"), key=key).json() == {"status": "stored"}
    assert (office.answers(), office.states()) == (1, ["done"])


def test_what_no_database_can_hold_does_no_harm(office: Office, key: str) -> None:
    hostile = survey(
        comment="\ud800 \x00 \u202e" + "x" * 20_000,
        event="\x00\ud800",
        id="\x00",
        more={"\x00": "\ud800"},
    )
    assert office.post(SURVEYS, hostile, key=key).status_code == 422
    assert office.post(SURVEYS, {**hostile, "id": "7\x00"}, key=key).status_code == 200
    form = urlencode({"a\x00": "1", "a\x00[b]": "2"}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    assert office.post(SURVEYS, form, kind, key=key).status_code == 422
    assert office.states() == ["done", "set_aside"], "the same event, then the form"


def test_what_waits_is_taken_up_when_its_account_appears(office: Office, key: str) -> None:
    later = survey(email="max@later.example")
    assert office.post(SURVEYS, later, key=key).json() == {"status": "waiting for its account"}
    assert office.post(SURVEYS, later, key=key).json() == {"status": "waiting for its account"}
    assert office.states() == ["waiting"]
    tried = dict(settings=office.wiring.settings, now=clock.now())
    assert retry_waiting(office.sessions, **tried) == 0
    assert office.inbox()[0].tries == 2, "nothing has changed since"
    office.know("Later", "later.example")
    with office.sessions.begin() as session:
        session.execute(update(Account).values(updated_at=clock.now()))
    assert retry_waiting(office.sessions, **tried) == 1
    assert (office.answers(), office.states()) == (1, ["done"])


def strangers(office: Office, count: int) -> None:
    """Deliveries that have waited for long, for accounts that never come."""
    with office.sessions.begin() as session:
        session.add_all(
            Received(
                source="surveys",
                event_id=f"stranger-{n}",
                received_at=MONDAY - timedelta(days=1),
                state="waiting",
                kind="nps",
                body=json.dumps(survey(f"stranger-{n}", email=f"max@stranger{n}.example")),
                signs={"email": {f"max@stranger{n}.example": ""}},
                tried_at=MONDAY - timedelta(hours=1),
                tries=1,
            )
            for n in range(count)
        )


NAMED = {
    "email": (survey(email="Max@Later.example"), {"domain": "other.example"}, "max@later.example"),
    "domain": (survey(email="eve@later.example"), {"domain": "later.example"}, None),
    "external_id": (survey(email=None, account="L-7"), {"external_id": "L-7"}, None),
    "name_key": (survey(email=None, company="LATER"), {}, None),
}


@pytest.mark.parametrize("sign", NAMED)
def test_what_is_told_of_a_new_account_waits_behind_nobody_else_s(
    office: Office, key: str, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    monkeypatch.setattr("csbot.inbox.retrying.OTHERS", 3)
    strangers(office, 10)
    told, of_account, email = NAMED[sign]
    waited = office.post(SURVEYS, told, key=key)
    assert waited.json() == {"status": "waiting for its account"}
    assert sign in (office.inbox()[-1].signs or {})
    clock.shift_to(MONDAY + timedelta(hours=5))
    with office.sessions.begin() as session:
        row = account("Later", **of_account | {"updated_at": clock.now()})
        session.add(row)
        session.flush()
        if email:
            session.add(contact(row.id, "Max", email=email, created_at=clock.now()))
    assert retry_waiting(office.sessions, settings=office.wiring.settings, now=clock.now()) == 1
    *others, done = office.inbox()
    assert (office.answers(), done.state, done.signs) == (1, "done", None)
    assert sorted(row.tries for row in others) == [1] * 7 + [2] * 3, "the oldest have their turn"


def test_a_sign_that_no_database_can_hold_waits_too(office: Office, key: str) -> None:
    strange = survey(email=None, account='L\x00\ud800"7')
    for _ in range(2):
        answer = office.post(SURVEYS, strange, key=key)
        assert answer.json() == {"status": "waiting for its account"}
    clock.shift_to(MONDAY + timedelta(days=2))
    assert retry_waiting(office.sessions, settings=office.wiring.settings, now=clock.now()) == 0
    assert office.states() == ["waiting"]


TOLD_TWICE: dict[str, tuple[dict[str, Any], dict[str, Any], Any, Any]] = {
    "surveys": (survey(score=3), survey(score=9), Feedback.score, 9),
    "tickets": (
        {"id": "7", "status": "open"}, {"id": "7", "status": "solved"}, Ticket.status, "solved",
    ),
    "meetings": (
        {"id": "m", "starts_at": "2026-11-25T10:00:00Z"},
        {"id": "m", "starts_at": "2026-11-26T10:00:00Z"},
        Meeting.starts_at,
        datetime(2026, 11, 26, 10, tzinfo=UTC),
    ),
}  # fmt: skip


@pytest.mark.parametrize("source", TOLD_TWICE)
def test_what_waited_does_not_win_over_what_came_later_and_did_not(
    office: Office, source: str
) -> None:
    first, second, column, stands = TOLD_TWICE[source]
    key, path = office.key(source), f"/webhooks/{source}"
    who = {"email": "max@later.example", "attendees": ["max@later.example"]}
    waited = office.post(path, first | who, key=key)
    assert waited.json() == {"status": "waiting for its account"}
    clock.shift_to(MONDAY + timedelta(hours=5))
    office.know("Later", "later.example")
    assert office.post(path, second | who, key=key).json() == {"status": "stored"}
    clock.shift_to(MONDAY + timedelta(days=2))
    assert retry_waiting(office.sessions, settings=office.wiring.settings, now=clock.now()) == 1
    with office.sessions() as session:
        assert session.scalar(select(column)) == stands


def test_the_timeline_has_what_waited_where_it_happened(office: Office, key: str) -> None:
    office.post(SURVEYS, survey(email="max@later.example", score=2), key=key)
    came = office.inbox()[0].received_at
    clock.shift_to(MONDAY + timedelta(days=2))
    office.know("Later", "later.example")
    assert retry_waiting(office.sessions, settings=office.wiring.settings, now=clock.now()) == 1
    with office.sessions() as session:
        verb, raised = AuditEntry.verb == "feedback.recorded", select(Alert.opened_at)
        assert session.scalar(select(AuditEntry.at).where(verb)) == came
        opened = session.scalar(raised) or came
        assert opened > came + timedelta(days=1), "its alert is news of now"


@contextmanager
def away(office: Office) -> Iterator[None]:
    """The database, as if its server were gone."""

    def fail(_: Any, __: Any, statement: str, *___: Any) -> None:
        raise OperationalError(statement, None, Exception("server closed the connection"))

    event.listen(office.wiring.engine, "before_cursor_execute", fail)
    yield
    event.remove(office.wiring.engine, "before_cursor_execute", fail)


def test_without_the_database_the_sender_is_told_to_come_again(office: Office, key: str) -> None:
    with away(office):
        answer = office.post(SURVEYS, survey(), key=key)
        assert office.http.get("/metrics").status_code == 503
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json().keys() == ERROR
    assert (office.answers(), office.states()) == (0, [])
    assert office.post(SURVEYS, survey(), key=key).json() == {"status": "stored"}


def test_a_fault_of_ours_keeps_the_delivery(
    office: Office, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(session: Any, body: Any, **_: Any) -> None:
        session.add(AuditEntry(at=clock.now(), verb="half.done", subject="x:1"))
        session.flush()
        raise ZeroDivisionError

    broken = Sender("surveys", "surveys", "surveys", None, lambda body: ("e-1", "survey"), fail)
    with monkeypatch.context() as patch:
        patch.setattr(senders, "KNOWN", (broken,))
        assert office.post(SURVEYS, survey(), key=key).json() == {"status": "set aside"}
    with office.sessions() as session:
        verbs = session.scalars(select(AuditEntry.verb)).all()
    assert "half.done" not in verbs, "all of its work or none"
    [row] = office.inbox()
    assert (row.state, json.loads(row.body or "")) == ("set_aside", survey())


def test_a_body_may_be_packed_and_may_be_a_form(office: Office, key: str) -> None:
    packed = gzip.compress(json.dumps(survey()).encode())
    assert office.post(SURVEYS, packed, {"Content-Encoding": "gzip"}, key=key).status_code == 200
    form = urlencode(survey("answer-2")).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert office.post(SURVEYS, form, kind, key=key).json() == {"status": "stored"}
    for number, loose in enumerate(("text/plain", "application/x-www-form-urlencoded"), 3):
        told, kind = survey(f"answer-{number}"), {"Content-Type": loose}  # the latter is curl's
        assert office.post(SURVEYS, told, kind, key=key).json() == {"status": "stored"}
    assert office.answers() == 4


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b" " * 50_000_000, mtime=0), "gzip", 413),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", 400),
        (gzip.compress(b"{}", mtime=0) + gzip.compress(b"{}", mtime=0), "gzip", 400),
        (b"{}", "gzip", 400),
        (b"{}", "br", 415),
        (b" " * (1024 * 1024 + 1), "identity", 413),
    ],
)
def test_what_is_too_large_or_badly_packed_is_refused(
    office: Office, key: str, body: bytes, encoding: str, status: int
) -> None:
    answer = office.post(SURVEYS, body, {"Content-Encoding": encoding}, key=key)
    assert (answer.status_code, answer.json().keys()) == (status, ERROR)
    assert (status == 413) == (answer.json()["mend"] == "send at most 1 MB at a time")
    assert office.states() == []


def test_a_body_that_does_not_end_is_not_waited_for(
    office: Office, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.receive.READ_SECONDS", 0.3)
    host, port = office.url.removeprefix("http://").split(":")
    head = f"POST {SURVEYS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(f"{head}Authorization: {basic(key)['Authorization']}\r\n\r\n{{".encode())
        assert line.recv(4_096).startswith(b"HTTP/1.1 408 ")
    with socket.create_connection((host, int(port)), timeout=30) as line:
        line.sendall(f"{head}\r\n{{".encode())  # and goes away
    assert office.post(SURVEYS, survey(), key=key).status_code == 200


def test_who_sends_too_fast_waits_and_nobody_else_does(
    open_office: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.webhooks.PER_MINUTE", 20)  # two at once
    office = open_office()
    office.know()
    one, other = office.key("surveys"), office.key("surveys")
    answers = [office.post(SURVEYS, survey(f"a-{n}"), key=one) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 4
    assert answers[2].json().keys() == ERROR
    assert office.answers() == 2
    assert office.post(SURVEYS, survey("a-2"), key=other).status_code == 200


def test_a_key_opens_its_own_source_until_it_is_revoked(office: Office, key: str) -> None:
    wrong = ["", "csk_surveys_guess", key[:-1], key + "x", office.key("tickets"), "x" * 5_000]
    for text in wrong:
        answer = office.post(SURVEYS, survey(), key=text)
        assert (answer.status_code, answer.json().keys()) == (401, ERROR)
        assert answer.headers["www-authenticate"].startswith("Basic")
    for header in ["", "Basic", "Basic é", "Basic ====", "Basic /w==", f"Digest {key}", key]:
        assert office.post(SURVEYS, survey(), {"Authorization": header}).status_code == 401
    assert office.post("/webhooks/generic", {"type": "x"}, key=key).status_code == 401
    assert office.post("/webhooks/stripe", {"id": "x"}, key=key).status_code in (401, 404)
    assert office.states() == []
    assert office.post(SURVEYS, survey(), {"Authorization": f"Bearer {key}"}).status_code == 200
    with office.sessions.begin() as session:
        opened = keys.opened_by(session, key, source="surveys")
        assert opened is not None
        keys.revoke(session, key_id=opened.id, now=clock.now())
    assert office.post(SURVEYS, survey("answer-2"), key=key).status_code == 401


def test_the_metrics_tell_what_became_of_deliveries(office: Office, key: str) -> None:
    def counted(outcome: str, source: str = "surveys") -> float:
        name = f'csbot_deliveries_total{{outcome="{outcome}",source="{source}"}} '
        lines = office.http.get("/metrics").text.splitlines()
        return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))

    outcomes = ["done", "repeated", "waiting", "set_aside", "unauthorized"]
    before = {outcome: counted(outcome) for outcome in outcomes}
    lost = counted("not found", "unknown")
    for body in (survey(), survey(), survey("2", email="x@nobody.example"), [1]):
        office.post(SURVEYS, body, key=key)
    office.post(SURVEYS, survey())
    office.post("/webhooks/nowhere", survey())
    assert {o: counted(o) - before[o] for o in outcomes} == dict.fromkeys(outcomes, 1)
    assert counted("not found", "unknown") - lost == 1


def test_without_a_signing_secret_there_is_no_door_for_slack(office: Office) -> None:
    assert office.wiring.settings.env.slack_signing_secret == ""
    assert office.post("/slack/events", {}).status_code == 404
