"""What was set aside does not stay a worry: a person drops it, or it comes again mended."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from subprocess import CompletedProcess
from typing import Any

import pytest
from sqlalchemy import select

from csbot import clock
from csbot.audit import AuditEntry
from csbot.doctor import examine
from csbot.errors import Refused
from csbot.inbox.model import Received
from csbot.inbox.pruning import KEPT, prune
from csbot.inbox.service import drop
from tests.flows.desk import Desk
from tests.flows.office import Office, survey
from tests.typed import typed

SURVEYS = "/webhooks/surveys"
WRONG = {"type": "track", "event": "Signed In", "messageId": "m-1"}


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    made = open_office(CSBOT_WEBHOOK_SECRETS="surveys=whsec_c2VjcmV0")
    made.know()
    return made


def csbot(*words: str) -> CompletedProcess[str]:
    return typed("inbox", *words)


def ids(*words: str) -> set[int]:
    return {row["id"] for row in json.loads(csbot("list", *words, "--json").stdout)}


def test_what_will_never_fit_is_dropped_and_says_so(office: Office) -> None:
    key = office.key("surveys")
    for number, score in enumerate(["eleven", "twelve", 9]):
        office.post(SURVEYS, survey(f"a-{number}", score=score), key=key)
    first, second, done = (row.id for row in office.inbox())
    refused = csbot("drop", str(first), str(done), "99", "9" * 20)
    assert refused.returncode == 2
    named = ", ".join(map(str, sorted([done, 99, int("9" * 20)])))
    assert f"{named} cannot be" in refused.stderr
    assert "csbot inbox list" in refused.stderr
    assert ids() == {first, second}, "all of them or none"
    said = csbot("drop", str(first), str(second))
    assert (said.returncode, said.stdout.partition(":")[0]) == (0, "2 deliveries dropped")
    assert csbot("drop", str(first)).returncode == 0, "again changes nothing"
    assert ids() == set()
    assert ids("--state", "dropped") == {first, second}
    assert [row.body for row in office.inbox()] == [None] * 3
    assert csbot("retry", "--all").returncode == 0
    again = csbot("retry", str(first))
    assert (again.returncode, "was dropped" in again.stderr) == (2, True)
    with office.sessions() as session:
        trail = session.scalars(
            select(AuditEntry.subject).where(AuditEntry.verb == "inbox.dropped")
        )
        assert sorted(trail) == [f"inbox:{first}", f"inbox:{second}"]
    assert prune(office.sessions, settings=office.wiring.settings, now=clock.now() + 2 * KEPT) == 3


def test_what_nobody_could_use_is_dropped_in_the_end_and_the_doctor_says_when(desk: Desk) -> None:
    def kept(name: str, days: int, state: str, tried: int = 0) -> None:
        came, at = desk.now - timedelta(days=days), desk.now - timedelta(days=tried)
        row = Received(
            source="x", event_id=name, received_at=came, state=state, kind="k", body="{}",
            tried_at=at,
        )  # fmt: skip
        desk.add(row)

    kept("aside", 91, "set_aside", tried=91)
    kept("aside lately", 89, "set_aside", tried=89)
    kept("waits", 91, "waiting")
    kept("its account may have come", 91, "waiting", tried=10)
    worries = [one for one in examine(desk.wiring).findings if "inbox" in one.what]
    assert [(one.level, "csbot inbox list" in one.mend) for one in worries] == [("warn", True)] * 2
    found = {one.what for one in worries}
    first = desk.now - timedelta(days=1)
    assert all(f"2 deliveries; the first is dropped on {first:%Y-%m-%d}" in one for one in found)
    settings = desk.wiring.settings
    assert [prune(desk.sessions, settings=settings, now=desk.now) for _ in range(2)] == [2, 0]
    with desk.sessions() as session:
        left = set(session.scalars(select(Received.event_id)))
        told = select(AuditEntry.before).where(AuditEntry.verb == "inbox.expired")
        states = {before["state"] for before in session.scalars(told) if before}
    assert left == {"aside lately", "its account may have come"}
    assert states == {"set_aside", "waiting"}


def test_what_waits_is_no_worry_until_shortly_before_it_is_dropped(desk: Desk) -> None:
    def level(days: int) -> str:
        came = desk.now - timedelta(days=days)
        desk.add(Received(source="x", event_id=f"{days}", received_at=came, state="waiting"))
        [found] = [one for one in examine(desk.wiring).findings if "inbox" in one.what]
        return found.level

    assert [level(days) for days in (75, 77)] == ["ok", "warn"]


def test_the_doctor_worries_about_nothing_that_was_dropped(desk: Desk) -> None:
    row = desk.add(
        Received(source="x", event_id="1", received_at=desk.now, state="set_aside", body="{")
    )
    [finding] = [found for found in examine(desk.wiring).findings if "set aside" in found.what]
    assert "csbot inbox drop" in finding.mend
    with desk.sessions.begin() as session:
        drop(session, [row.id], now=desk.now)
    assert not [found for found in examine(desk.wiring).findings if "inbox" in found.what]
    with desk.sessions() as session, pytest.raises(Refused):
        drop(session, [-1], now=desk.now)


def test_what_was_dropped_and_comes_again_is_taken_only_when_it_fits(office: Office) -> None:
    key = office.key("surveys")

    def sent(**over: Any) -> tuple[int, list[str]]:
        answer = office.post(SURVEYS, survey(event="e-1", **over), key=key)
        return answer.status_code, states(office)

    assert sent(score="eleven") == (422, ["set_aside"])
    assert csbot("drop", str(office.inbox()[0].id)).returncode == 0
    assert sent(score="eleven") == (422, ["dropped"])
    assert office.inbox()[0].body is None
    assert sent() == (200, ["done"])
    assert office.answers() == 1


def signed(body: bytes) -> dict[str, str]:
    """By Standard Webhooks, always as the same message."""
    stamp = str(int(clock.now().timestamp()))
    code = hmac.new(b"secret", f"msg_1.{stamp}.".encode() + body, "sha256").digest()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(code).decode()}",
    }


def states(office: Office) -> list[str]:
    return [row.state for row in office.inbox()]


def test_an_event_of_usage_that_comes_again_mended_leaves_nothing_to_do(office: Office) -> None:
    key = office.key("usage")
    other = {**WRONG, "messageId": "m-2"}
    assert office.post("/v1/batch", {"batch": [WRONG, other]}, key=key).status_code == 200
    mended = {"batch": [{**WRONG, "userId": "ann"}, other]}
    assert office.post("/v1/batch", mended, key=office.key("usage")).status_code == 200
    assert states(office) == ["set_aside"] * 3, "another key's events are others"
    assert office.post("/v1/batch", mended, key=key).status_code == 200
    first, second, _ = office.inbox()
    assert (first.state, first.body, first.problem) == ("done", None, None)
    assert (second.state, second.event_id.rpartition(":")[2]) == ("set_aside", "m-2")


def test_a_signed_id_links_even_what_could_not_be_read_at_all(office: Office) -> None:
    for body, status in ((b"{", 422), (json.dumps(survey()).encode(), 200)):
        assert office.post(SURVEYS, body, signed(body)).status_code == status
    assert (states(office), office.answers()) == (["done"], 1)
