"""Senders that only csbot.toml knows, from their settings to what they change."""

import hmac
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from csbot import clock
from csbot.feedback.model import Feedback
from csbot.settings import Settings, SettingsError
from tests.flows.office import Office, environment

SURVEYOR = """
[senders.pollster]
source = "surveys"
header = "X-Poll-Signature"
algorithm = "sha512"
signed = "{timestamp}:{body}"
signature = "sig:{signature}"
timestamp_header = "X-Poll-Time"
tolerance = 60
scale = "1-5"
[senders.pollster.fields]
id = "poll.uid"
kind = "poll.what"
score = "poll.answers.0.stars"
comment = "poll.words"
email = "by.mail"
[senders.pollster.values]
kind = { "Zufriedenheit" = "csat" }
"""
KEYED = """
[senders.paper-cards]
source = "surveys"
fields = { id = "n", kind = "k", score = "s", email = "e" }
"""
TIMED = 'header = "X-Signature"\nsigned = "{timestamp}.{body}"\n'
SECRET = "pollster=hush hush: it is a secret"
BODY = {
    "poll": {"uid": 77, "what": "Zufriedenheit", "answers": [{"stars": "2"}], "words": "slow"},
    "by": {"mail": "Ann@Customer.example"},
}


def signed(body: bytes, secret: str) -> dict[str, str]:
    stamp = str(int(clock.now().timestamp()))
    digest = hmac.new(secret.encode(), stamp.encode() + b":" + body, "sha512").hexdigest()
    return {"X-Poll-Time": stamp, "X-Poll-Signature": f"sig:{digest}"}


def test_a_sender_of_ones_own_with_a_scheme_of_its_own(open_office: Callable[..., Office]) -> None:
    office = open_office(SURVEYOR, CSBOT_WEBHOOK_SECRETS=SECRET)
    office.know()
    body, secret = json.dumps(BODY).encode(), SECRET.partition("=")[2]
    path = "/webhooks/surveys/pollster"
    assert office.post(path, body, signed(body, "guess")).status_code == 401
    assert office.post(path, body, signed(body, secret)).json() == {"status": "stored"}
    assert office.post(path, body, signed(body, secret)).status_code == 200
    with office.sessions() as session:
        [answer] = session.scalars(select(Feedback))
        assert (answer.kind, answer.score, answer.comment) == ("csat", 2, "slow")
        assert (answer.sender, answer.external_id) == ("pollster", "77")
    wrong = json.dumps({**BODY, "poll": {**BODY["poll"], "answers": []}}).encode()
    answer = office.post(path, wrong, signed(wrong, secret))
    assert answer.status_code == 200, "no answer yet is no error"
    wrong = wrong.replace(b'"uid": 77', b'"uid": []')
    answer = office.post(path, wrong, signed(wrong, secret))
    assert (answer.status_code, answer.json()["field"]) == (422, "poll.uid")


def test_a_sender_that_cannot_sign_brings_a_key(open_office: Callable[..., Office]) -> None:
    office = open_office(KEYED)
    office.know()
    path, body = (
        "/webhooks/surveys/paper-cards",
        {"n": 1, "k": "nps", "s": 3, "e": "ann@customer.example"},
    )
    assert office.post(path, body).status_code == 401
    assert office.post(path, body, key=office.key("tickets")).status_code == 401
    assert office.post(path, body, key=office.key("surveys")).json() == {"status": "stored"}


def test_who_else_sends_is_told_to_those_who_bring_data_and_to_no_stranger(
    open_office: Callable[..., Office],
) -> None:
    office, body = open_office(KEYED, CSBOT_WEBHOOK_SECRETS="delighted=secret"), {"n": 1}

    def told(headers: dict[str, str] | None = None, *, key: str = "") -> str:
        answer = office.post("/webhooks/surveys/unknown", body, headers, key=key)
        assert answer.status_code == 404
        return str(answer.json()["mend"])

    signed = hmac.new(b"secret", json.dumps(body).encode(), "sha256").hexdigest()
    header = "X-Delighted-Webhook-Signature"
    assert "paper-cards" in told(key=office.key("surveys"))
    assert "paper-cards" in told({header: f"sha256={signed}"})
    strangers = [
        told(),
        told(key="csk_surveys_made-up"),
        told(key=office.key("tickets")),
        told({header: f"sha256={signed[::-1]}"}),
    ]
    assert set(strangers) == {"there is nothing at this address: /docs shows all there are"}


@pytest.mark.parametrize(
    ("toml", "secrets", "says"),
    [
        (
            KEYED.replace("kind =", "kindd ="),
            "",
            "no field kindd; there are event, id, kind, score",
        ),
        (KEYED + 'scheme = "typeform"', "", "put paper-cards=SECRET into CSBOT_WEBHOOK_SECRETS"),
        (KEYED, "paper-cards=12345678", "so say how it signs"),
        (KEYED + 'scheme = "other"', "", "there is no scheme 'other'; there are stripe"),
        (KEYED + 'signed = "{nothing}"', "", "must hold {body}"),
        (KEYED + 'signature = "sha256="', "", "must hold {signature} once"),
        (KEYED + TIMED + "tolerance = 60", "", "say where the {timestamp} stands"),
        (KEYED + TIMED + 'timestamp_header = "X-Time"', "", "need each other"),
        (KEYED + 'header = "X-Signature"\ntolerance = 60', "", "need each other"),
        (KEYED.replace("paper-cards", "stripe"), "", "this name is taken"),
        (KEYED.replace("paper-cards", "usage"), "", "this name is taken"),
        (KEYED.replace("paper-cards", '"Paper Cards"'), "", "senders.Paper Cards"),
        (KEYED.replace('"surveys"', '"letters"'), "", "senders.paper-cards.source"),
        (KEYED.replace('"s"', '"a..b"'), "", "senders.paper-cards.fields.score"),
        ("", "typefrom=12345678", "there is no sender typefrom; there are"),
        ("", "generic=not base64", "the secret of generic must be base64"),
        ("", "generic", "must be like typeform=SECRET"),
    ],
)
def test_what_cannot_work_is_refused_at_start_with_its_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toml: str, secrets: str, says: str
) -> None:
    environment(monkeypatch, tmp_path, "sqlite://", toml, CSBOT_WEBHOOK_SECRETS=secrets)
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    assert says in str(refused.value)
    assert "12345678" not in str(refused.value)
