"""Whoever sends data without a key or a right signature takes little of the time of others."""

from sqlalchemy import event

from csbot import clock
from csbot.keys import service as keys
from tests.flows.office import basic, survey

MISFIT, MANY = {"userId": "ann"}, {"batch": [{}] * 3_000}


def statements(office, act) -> list[str]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(office.wiring.engine, "before_cursor_execute", note)
    act()
    event.remove(office.wiring.engine, "before_cursor_execute", note)
    return asked


def test_what_somebody_without_a_key_brings_is_not_read(open_office):
    office = open_office()
    mine, others = office.key("usage"), office.key("surveys")
    for headers in ({}, basic("csk_usage_nobodys"), basic(others), basic(f"{mine}x")):
        assert office.post("/v1/track", MISFIT, headers).status_code == 401
        assert office.post("/v1/batch", MANY, headers).status_code == 401
    assert office.post("/v1/track", MISFIT, key=mine).status_code == 400
    assert office.post("/v1/batch", MANY, key=mine).status_code == 413


def test_a_key_that_was_good_before_is_looked_up_all_the_same(open_office):
    office, call = open_office(), {"userId": "ann", "event": "E"}
    mine = office.key("usage")
    assert office.post("/v1/track", call, key=mine).status_code == 200
    with office.sessions.begin() as session:
        keys.revoke(session, key_id=keys.all_keys(session)[0].id, now=clock.now())
    assert office.post("/v1/track", call, key=mine).status_code == 401


def test_a_write_key_inside_an_event_is_not_kept_with_it(open_office):
    office = open_office()
    mine = office.key("usage")
    event = {"type": "unknown", "writeKey": mine}
    assert office.post("/v1/batch", {"batch": [event], "writeKey": mine}).status_code == 200
    [kept] = [row.body for row in office.inbox()]
    assert "unknown" in kept
    assert mine not in kept


def test_a_wrong_signature_or_none_does_not_reach_the_database(open_office):
    office = open_office(
        CSBOT_WEBHOOK_SECRETS="typeform=a-secret-of-ours", STRIPE_WEBHOOK_SECRET="whsec_of_stripe"
    )
    forged = {"Typeform-Signature": "sha256=AAAA"}

    def act() -> None:
        for path, headers in (
            ("/webhooks/surveys", forged),
            ("/webhooks/surveys", {}),
            ("/webhooks/stripe", {"Stripe-Signature": "t=1,v1=00"}),
            ("/webhooks/stripe", basic("csk_surveys_x")),
            ("/webhooks/generic", {"Authorization": "Basic ???"}),
        ):
            assert office.post(path, survey(), headers).status_code == 401

    assert statements(office, act) == []
