"""Surveys over real HTTP, signed as their senders sign."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from csbot import clock
from csbot.accounts.model import Account
from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.erasing.person import erase
from csbot.feedback.model import Feedback
from csbot.inbox.pruning import prune
from csbot.inbox.retrying import retry_waiting
from csbot.touches import reach
from schedules.table import named
from tests.builders import MONDAY, contact
from tests.flows.office import Office
from tests.flows.test_webhooks_signed import SIGNS, stamp
from tests.unit import survey_payloads as sent

NOW = int(MONDAY.timestamp())
SECRETS = {name: f"the secret of {name}" for name in ("delighted", "typeform", "surveymonkey")}
STANDARD = "whsec_c3VydmV5cy1zZWNyZXQtc3VydmV5cw=="


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    pairs = [f"{name}={secret}" for name, secret in SECRETS.items()]
    made = open_office("", CSBOT_WEBHOOK_SECRETS=",".join([*pairs, f"surveys={STANDARD}"]))
    made.know("Acme", domain="acme.example")
    return made


def signed(office: Office, name: str, body: dict[str, Any]) -> httpx.Response:
    content = json.dumps(body).encode()
    return office.post(
        "/webhooks/surveys", content, SIGNS[name](SECRETS[name], content, stamp(name))
    )


def feedback(office: Office) -> list[tuple[str, str, int, str | None]]:
    with office.sessions() as session:
        rows = session.scalars(select(Feedback).order_by(Feedback.id))
        return [(row.sender or "", row.kind, row.score, row.comment) for row in rows]


def alerts(office: Office) -> list[tuple[str, Any]]:
    with office.sessions() as session:
        rows = session.scalars(select(Alert).where(Alert.kind == "feedback"))
        return [(row.state, row.evidence["comment"]) for row in rows]


def test_a_detractor_of_delighted_is_an_alert_and_the_comment_joins_it(office: Office) -> None:
    first = sent.delighted(score=2)
    later = sent.delighted("updated", score=2, comment="slow", updated_at=NOW + 300)
    assert signed(office, "delighted", first).json() == {"status": "stored"}
    assert alerts(office) == [("open", None)]
    assert signed(office, "delighted", later).json() == {"status": "stored"}
    assert signed(office, "delighted", first).json() == {"status": "already stored"}
    assert feedback(office) == [("delighted", "nps", 2, "slow")]
    assert alerts(office) == [("open", "slow")]


def test_an_answer_of_typeform_may_wait_for_its_account(office: Office) -> None:
    body = sent.typeform(type="nps", hidden={"account_id": "later"})
    body["form_response"]["answers"] = body["form_response"]["answers"][:2]
    assert signed(office, "typeform", body).json() == {"status": "waiting for its account"}
    assert office.states() == ["waiting"]
    assert "later" in (office.inbox()[0].problem or "")
    assert feedback(office) == []


def test_a_scale_that_is_unknown_is_asked_for_and_the_answer_is_kept(office: Office) -> None:
    answer = signed(office, "typeform", sent.typeform(4))
    assert answer.status_code == 422
    assert answer.json()["field"] == "scale"
    assert "[senders.typeform]" in answer.json()["mend"]
    assert office.states() == ["set_aside"]


def test_a_scale_in_the_settings_is_taken(open_office: Callable[..., Office]) -> None:
    office = open_office(
        '[senders.typeform]\nsource = "surveys"\nscheme = "typeform"\nfields = {}\nscale = "1-5"\n',
        CSBOT_WEBHOOK_SECRETS=f"typeform={SECRETS['typeform']}",
    )
    office.know("Acme", domain="acme.example")
    assert signed(office, "typeform", sent.typeform(4)).status_code == 200
    assert feedback(office) == [("typeform", "csat", 4, "too slow")]


def test_wootric_brings_a_key_and_may_send_forms(office: Office) -> None:
    pairs = {
        "response[id]": "501", "response[email]": sent.ANN, "response[score]": "3",
        "response[text]": "", "response[end_user_properties][company]": "Acme",
        "response[created_at]": "2026-11-23 00:30:00 -0800",
        "response[updated_at]": "2026-11-23 00:30:00 -0800",
        "event_name": "created", "survey_mode": "NPS",
    }  # fmt: skip
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path, key = "/webhooks/surveys/wootric", office.key("surveys")
    for _ in range(2):
        assert office.post(path, urlencode(pairs).encode(), form, key=key).status_code == 200
    updated = sent.wootric("updated", text="Too slow", updated_at="2026-11-23T00:34:00.1-08:00")
    assert office.post(path, updated, key=key).status_code == 200
    assert office.post(path, sent.declined(), key=key).status_code == 200
    assert feedback(office) == [("wootric", "nps", 3, "Too slow")]
    assert office.post(path, updated).status_code == 401


def test_the_webhook_of_surveymonkey_is_kept_with_the_way_on(office: Office) -> None:
    answer = signed(office, "surveymonkey", sent.surveymonkey())
    assert answer.status_code == 422
    assert "fetch the response" in answer.json()["mend"]
    assert office.states() == ["set_aside"]


PLAIN = {"id": "s-1", "kind": "csat", "score": 1, "comment": "no", "account": "acme.example"}


def test_the_plain_form_is_signed_by_standard_webhooks_or_brings_a_key(office: Office) -> None:
    content = json.dumps(PLAIN).encode()
    signature = Webhook(STANDARD).sign("msg_1", clock.now(), content.decode())
    headers = {
        "webhook-id": "msg_1", "webhook-timestamp": stamp("standard"),
        "webhook-signature": signature,
    }  # fmt: skip
    assert office.post("/webhooks/surveys", content, headers).json() == {"status": "stored"}
    better = PLAIN | {"score": 5, "comment": "yes", "at": "2026-11-23T09:30:00Z"}
    assert office.post("/webhooks/surveys", better, key=office.key("surveys")).status_code == 200
    assert feedback(office) == [("surveys", "csat", 5, "yes")]
    assert alerts(office) == [("closed", "no")]


@pytest.mark.parametrize("at", [None, "2026-11-23T08:00:00Z"])
def test_an_answer_that_goes_back_to_what_it_was_counts_and_a_retry_does_not(
    office: Office, at: str | None
) -> None:
    key = office.key("surveys")
    for minute, score in enumerate((1, 1, 5, 1, 1)):
        clock.shift_to(MONDAY + timedelta(minutes=minute))
        answer = office.post("/webhooks/surveys", PLAIN | {"score": score, "at": at}, key=key)
        assert answer.status_code == 200
    assert feedback(office) == [("surveys", "csat", 1, "no")]
    assert sorted(alerts(office)) == [("closed", "no"), ("open", "no")]
    assert office.states() == ["done", "done"], "one of each content, however often it came"


def test_a_version_that_was_there_before_is_a_retry(office: Office) -> None:
    key = office.key("surveys")
    for minute, score in ((1, 1), (2, 5), (1, 1)):
        body = PLAIN | {"score": score, "updated_at": f"2026-11-23T08:0{minute}:00Z"}
        office.post("/webhooks/surveys", body, key=key)
    assert feedback(office) == [("surveys", "csat", 5, "no")]


def test_of_answers_that_wait_the_one_told_last_counts(office: Office) -> None:
    key = office.key("surveys")
    for minute, score in enumerate((1, 5, 1)):
        clock.shift_to(MONDAY + timedelta(minutes=minute))
        body = PLAIN | {"score": score, "account": "later.example"}
        office.post("/webhooks/surveys", body, key=key)
    assert office.states() == ["waiting", "waiting"]
    office.know("Later", domain="later.example")
    now = MONDAY + timedelta(days=2)
    assert retry_waiting(office.sessions, settings=office.wiring.settings, now=now) == 2
    assert feedback(office) == [("surveys", "csat", 1, "no")]


def test_who_unsubscribes_before_they_are_a_contact_is_never_written_to(office: Office) -> None:
    body = sent.unsubscribed("zoe@acme.example")
    for _ in range(2):
        assert signed(office, "delighted", body).status_code == 200
    settings, now = office.wiring.settings, MONDAY + timedelta(days=100)
    prune(office.sessions, settings=settings, now=now)
    assert office.inbox() == []
    with office.sessions.begin() as session:
        acme = session.scalars(select(Account)).one()
        ann = session.scalars(select(Contact)).one()
        session.add(zoe := contact(acme.id, "Zoe", email="zoe@acme.example"))
        session.flush()
        assert reach.refusing(session, [acme.id], "email") == {zoe.id}
        assert reach.refusing(session, [acme.id], "sms") == set()
        assert reach.refused(session, [zoe, ann]) == {("zoe@acme.example", "email")}
        zoe_id = zoe.id
    for _ in range(2):
        named("join").run(office.wiring, now, False)
    with office.sessions() as session:
        outs = session.execute(select(Contact.id, Contact.opt_outs).order_by(Contact.id)).all()
        assert [out for _, out in outs] == [[], ["email"]]
        told = select(AuditEntry.subject).where(AuditEntry.verb == "contact.opted_out")
        assert session.scalars(told).all() == [f"contact:{zoe_id}"]
    with office.sessions.begin() as session:
        assert erase(session, "zoe@acme.example", now=now)["opted_out"] == 1
        assert reach.refusing(session, [acme.id], "email") == set()


def test_what_does_not_fit_is_told_with_field_and_mend(office: Office) -> None:
    answer = office.post("/webhooks/surveys", PLAIN | {"score": 9}, key=office.key("surveys"))
    assert (answer.status_code, answer.json()["field"]) == (422, "score")
    assert "from 1 to 5" in answer.json()["mend"]
    assert feedback(office) == []


def test_events_that_come_at_the_same_moment_are_one_answer(office: Office) -> None:
    events = [
        sent.delighted("updated", score=2, comment="slow", updated_at=NOW + number)
        for number in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: signed(office, "delighted", body), events))
    assert {answer.status_code for answer in answers} == {200}
    assert feedback(office) == [("delighted", "nps", 2, "slow")]
    assert alerts(office) == [("open", "slow")]
