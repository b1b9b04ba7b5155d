"""What reaches the log of deliveries, even at DEBUG: ids and kinds of error, nobody's data."""

import io
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from csbot import log
from csbot.webhooks import senders
from csbot.webhooks.senders import Sender
from tests.flows.office import Office, basic, survey
from tests.flows.test_webhooks_kept import away

SECRET = "a-secret-of-typeform"
WORDS = "Umbrella is furious"
PERSONAL = ("ann@customer.example", "customer.example", WORDS, "Umbrella", SECRET, "csk_")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """csbot's own logging at its chattiest; call it for what has been written."""
    root, written = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook
    monkeypatch.setattr(sys, "stderr", written)
    root.handlers.clear()
    log.configure("DEBUG", secrets=[SECRET])
    for client in ("httpx", "httpcore"):  # they send; what csbot takes is looked at
        monkeypatch.setattr(logging.getLogger(client), "level", logging.CRITICAL)
    yield written.getvalue
    root.handlers[:], root.level = before
    sys.excepthook, threading.excepthook = hooks


def test_no_word_of_a_delivery_is_logged_whatever_becomes_of_it(
    open_office: Callable[..., Office],
    monkeypatch: pytest.MonkeyPatch,
    lines: Callable[[], str],
) -> None:
    office = open_office(CSBOT_WEBHOOK_SECRETS=f"typeform={SECRET}")
    office.know()
    key, body = office.key("surveys"), survey(comment=WORDS)
    path = "/webhooks/surveys"
    statuses = [
        office.post(path, body, key=key).status_code,
        office.post(path, body, key=key).status_code,
        office.post(path, survey("2", email=f"x@{WORDS.split()[0]}.example"), key=key).status_code,
        office.post(path, survey("3", score=WORDS), key=key).status_code,
        office.post(path, f"{{{WORDS}".encode(), key=key).status_code,
        office.post(path, body, {"Typeform-Signature": f"sha256={WORDS}"}).status_code,
        office.post(path, body, basic(f"csk_surveys_{WORDS}")).status_code,
        office.post(f"{path}/{WORDS.split()[0]}", body, key=key).status_code,
        office.post("/v1/track", {"userId": "ann@customer.example", "event": WORDS}).status_code,
    ]
    assert statuses == [200, 200, 200, 422, 422, 401, 401, 404, 401]

    def fail(_: Any, body: Any, **__: Any) -> None:
        raise ValueError(json.dumps(body))

    broken = Sender("surveys", "surveys", "surveys", None, lambda body: ("e-1", WORDS), fail)
    monkeypatch.setattr(senders, "KNOWN", (broken,))
    assert office.post(path, body, key=key).status_code == 200
    with away(office):
        assert office.post(path, body, key=key).status_code == 503
    assert "set aside" in lines(), "a fault is told, by its id"
    assert "ValueError" in lines()
    for word in (*PERSONAL, key):
        assert word not in lines(), word
