"""What surveys bring: read from each sender's shape, kept once, alerting at once."""

from contextlib import suppress
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from csbot.accounts.model import AccountPipeline
from csbot.audit import AuditEntry
from csbot.contacts import Contact
from csbot.feedback.model import Feedback
from csbot.inbox.errors import UnknownAccount, Unreadable
from csbot.surveys.answer import on_our_scale
from csbot.surveys.senders import READERS as SURVEYS
from csbot.surveys.senders import own
from csbot.tickets.senders import READERS as TICKETS
from csbot.usage.model import ProductUser
from csbot.webhooks.settings import SenderSettings
from tests.builders import MONDAY
from tests.unit import survey_payloads as sent
from tests.unit.alert_world import World

READERS = SURVEYS | {"intercom": TICKETS["intercom"]}
NOW = int(MONDAY.timestamp())


class Surveys(World):
    """Acme, whose contact is Ann."""

    def __init__(self, session: Any) -> None:
        super().__init__(session)
        self.acme = self.account("Acme", external_id="a-1")
        self.ann = self.contact(self.acme, "Ann Lee", days=1, email=sent.ANN)

    def take(self, name: str, body: dict[str, Any], reader: Any = None) -> None:
        reader = reader or READERS[name]
        assert all(reader.identify(body))
        reader.apply(self.session, body, settings=self.settings, now=self.now)
        self.session.flush()
        self.session.expire_all()

    def rows(self) -> list[Feedback]:
        return list(self.session.scalars(select(Feedback).order_by(Feedback.id)))

    def row(self) -> Feedback:
        (one,) = self.rows()
        return one

    def verbs(self) -> list[str]:
        return list(self.session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))


@pytest.fixture
def world(sessions):
    with sessions() as session:
        yield Surveys(session)


def said(row: Feedback) -> tuple[str, int, str | None]:
    return row.kind, row.score, row.comment


def test_a_detractor_alerts_at_once_and_the_comment_is_written_into_the_same_alert(world):
    world.take("delighted", sent.delighted(score=3))
    row, alert = world.row(), world.alert()
    assert said(row) == ("nps", 3, None)
    assert (row.account_id, row.contact_id, row.recorded_by_id) == (
        world.acme.id,
        world.ann.id,
        None,
    )
    assert (alert.kind, alert.subject, alert.evidence["comment"]) == ("feedback", str(row.id), None)
    world.send_all()
    world.take(
        "delighted", sent.delighted("updated", score=3, comment="a week!", updated_at=NOW + 300)
    )
    assert said(world.row()) == ("nps", 3, "a week!")
    assert world.alert().evidence["comment"] == "a week!"
    assert len(world.outbox("post")) == 1
    assert world.verbs() == ["feedback.recorded", "alert.raised", "feedback.updated"]


def test_a_score_that_turns_good_closes_its_alert(world):
    world.take("delighted", sent.delighted(score=3))
    world.take("delighted", sent.delighted("updated", score=9, updated_at=NOW + 60))
    assert world.alerts() == []
    (closed,) = world.alerts(all=True)
    assert closed.closed_because == "It is 9 of 10 now."
    stage = world.session.scalar(select(AccountPipeline.stage))
    assert (world.row().negative, stage) == (False, "Very Happy")


def test_what_is_older_or_comes_again_changes_nothing(world):
    world.now += timedelta(minutes=2)
    late = sent.delighted("updated", score=8, comment="better", updated_at=NOW + 60)
    for body in (late, sent.delighted(score=3), late, late):
        world.take("delighted", body)
    assert said(world.row()) == ("nps", 8, "better")
    assert world.alerts(all=True) == []
    assert world.verbs() == ["feedback.recorded"]


def test_any_order_of_an_answers_events_ends_alike(sessions):
    events = [
        sent.delighted(score=3),
        sent.delighted("updated", score=3, comment="slow", updated_at=NOW + 60),
        sent.delighted("updated", score=8, comment="slow", updated_at=NOW + 60),
        sent.delighted("updated", score=8, comment="mended", updated_at=NOW + 90),
    ]
    ends = set()
    for order in permutations(events):
        with sessions() as session:
            world = Surveys(session)
            world.now += timedelta(minutes=2)
            for body in (*order, order[0]):
                world.take("delighted", body)
            ends.add((*said(world.row()), world.row().at, len(world.alerts())))
            session.rollback()
    assert ends == {("nps", 8, "mended", MONDAY, 0)}


def test_an_old_answer_that_comes_late_does_not_move_the_account_back(world):
    world.take("delighted", sent.delighted(id="2", score=10))
    world.take("delighted", sent.delighted(id="1", score=2, created_at=NOW - 86400 * 40))
    assert world.session.scalar(select(AccountPipeline.stage)) == "Very Happy"
    assert world.alerts() == []


def test_an_answer_of_nobody_we_know_waits(world):
    stranger = {"id": "1", "email": "max@globex.example"}
    with pytest.raises(UnknownAccount) as caught:
        world.take("delighted", sent.delighted(person=stranger))
    assert "max@" not in caught.value.hint
    assert "globex.example" in caught.value.hint
    assert world.rows() == []


def test_somebody_new_at_a_known_company_is_kept_with_the_address(world):
    world.take("delighted", sent.delighted(person={"id": "1", "email": "Zoe@Acme.example"}))
    row = world.row()
    assert (row.account_id, row.contact_id, row.email) == (world.acme.id, None, "zoe@acme.example")


def test_who_unsubscribes_gets_no_mail_of_ours(world):
    globex = world.account("Globex")
    world.contact(globex, days=1, email=sent.ANN, opt_outs=["sms"])
    for _ in range(2):
        world.take("delighted", sent.unsubscribed())
    outs = world.session.scalars(select(Contact.opt_outs).order_by(Contact.id)).all()
    assert outs == [["email"], ["sms", "email"]]
    assert world.verbs() == ["contact.opted_out"] * 2


@pytest.mark.parametrize(
    ("type", "score", "kept"),
    [("nps", 6, ("nps", 6)), ("csat", 2, ("csat", 2)), ("smiley", 5, ("csat", 5)),
     ("thumbs", 0, ("csat", 1)), ("thumbs", 1, ("csat", 5))],
)  # fmt: skip
def test_each_survey_of_delighted_is_kept_on_a_scale_of_ours(world, type, score, kept):
    world.take("delighted", sent.delighted(survey_type=type, score=score))
    assert (world.row().kind, world.row().score) == kept


@pytest.mark.parametrize("make", [sent.wootric, sent.wootric_form])
def test_wootric_is_read_as_json_and_as_a_form(world, make):
    world.take("wootric", make())
    assert said(world.row()) == ("nps", 3, None)
    world.take("wootric", make("updated", text="Too slow", updated_at="2026-11-23 00:34:00 -0800"))
    assert said(world.row()) == ("nps", 3, "Too slow")
    assert len(world.alerts()) == 1


def test_a_declined_survey_is_no_score_of_zero(world):
    world.take("wootric", sent.declined())
    world.take("wootric", sent.wootric_form(score=""))
    world.take("delighted", sent.delighted(score=None))
    assert world.rows() == []


def test_wootrics_events_are_told_apart_without_ids():
    identify = READERS["wootric"].identify
    told = {
        identify(body)
        for body in (sent.wootric(), sent.wootric(), sent.wootric("updated"), sent.declined())
    }
    assert len(told) == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "response.id"), ({"response": {"id": 1}}, "response.updated_at"),
     ({"decline": {"reason": "busy"}}, "decline.id")],
)  # fmt: skip
def test_wootric_is_told_of_the_field_that_it_may_have_meant(body, field):
    with pytest.raises(Unreadable) as caught:
        READERS["wootric"].identify({"event_name": "created", **body})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("over", "kept"),
    [
        ({"type": "nps"}, ("nps", 6, "too slow")),
        ({"title": "Would you recommend us?"}, ("nps", 6, "too slow")),
        ({"form": "NPS of spring"}, ("nps", 6, "too slow")),
        ({"question": {"steps": 11}}, ("nps", 6, "too slow")),
        ({"question": {"steps": 10, "start_at_one": True}}, ("nps", 6, "too slow")),
        ({"question": {"steps": 7, "start_at_one": True}}, ("csat", 4, "too slow")),
        ({"type": "rating", "question": {"steps": 8}}, ("csat", 4, "too slow")),
    ],
)
def test_typeform_is_read_with_the_scale_that_the_question_tells(world, over, kept):
    world.take("typeform", sent.typeform(6, **over))
    assert said(world.row()) == kept
    assert world.row().contact_id == world.ann.id


def test_a_scale_that_nobody_tells_is_asked_for_and_set_in_the_settings(world):
    body = sent.typeform(4)
    with pytest.raises(Unreadable) as caught:
        world.take("typeform", body)
    assert caught.value.field == "scale"
    assert "[senders.typeform]" in caught.value.mend
    told = SenderSettings(source="surveys", scheme="typeform", fields={}, scale="1-5")
    world.take("typeform", body, own("typeform", told))
    assert said(world.row()) == ("csat", 4, "too slow")


def test_questions_and_hidden_fields_of_typeform_can_be_named(world):
    body = sent.typeform(4, hidden={"customer": "a-1"})
    body["form_response"]["answers"].append(
        {"type": "number", "number": 9, "field": {"id": "q9", "type": "number", "ref": "second"}}
    )
    fields = {"score": "second", "account": "customer", "comment": "why"}
    told = SenderSettings(source="surveys", scheme="typeform", fields=fields, scale="0-10")
    world.take("typeform", body, own("typeform", told))
    assert said(world.row()) == ("nps", 9, "too slow")


@pytest.mark.parametrize("body", [sent.typeform(None), sent.typeform(3, type="number")])
def test_a_form_without_a_score_is_no_survey(world, body):
    world.take("typeform", body)
    assert world.rows() == []


def test_a_rating_of_intercom_is_csat_and_its_remark_may_come_later(world):
    world.take("intercom", sent.rated(2))
    world.take("intercom", sent.rated(2, "Took too long", at=NOW + 60))
    assert said(world.row()) == ("csat", 2, "Took too long")
    assert world.row().at == MONDAY
    assert len(world.alerts()) == 1


def test_whom_only_the_products_id_names_is_found_by_what_the_product_said(world):
    body = sent.rated(5)
    body["data"]["item"]["contacts"]["contacts"][0].pop("email")
    with pytest.raises(UnknownAccount):
        world.take("intercom", body)
    world.add(ProductUser(key="u-9", contact_id=world.ann.id, traits={}, first_seen_at=MONDAY))
    world.take("intercom", body)
    assert world.row().account_id == world.acme.id


def test_a_webhook_of_surveymonkey_says_how_its_answer_gets_here(world):
    with pytest.raises(Unreadable, match="fetch the response"):
        world.take("surveymonkey", sent.surveymonkey())
    world.take("surveymonkey", sent.surveymonkey("collector_created"))
    assert world.rows() == []


PLAIN = {
    "id": "s-1", "kind": "nps", "score": 4, "comment": "meh", "email": sent.ANN,
    "account": "a-1", "at": "2026-11-23T08:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize("account", ["a-1", "acme.example", "Acme"])
def test_the_plain_form_names_its_account_by_id_domain_or_name(world, account):
    world.take("surveys", PLAIN | {"account": account, "email": None})
    assert said(world.row()) == ("nps", 4, "meh")
    assert world.row().at == MONDAY - timedelta(hours=1)


@pytest.mark.parametrize(("first", "then"), [((3, "zzz"), (9, "aaa")), ((9, "aaa"), (3, None))])
def test_the_same_id_again_changes_the_answer_whatever_it_says(world, first, then):
    for score, comment in (first, then):
        world.take("surveys", PLAIN | {"score": score, "comment": comment})
        world.now += timedelta(minutes=1)
    assert said(world.row()) == ("nps", *then)
    assert world.row().negative is (then[0] == 3)


@pytest.mark.parametrize("name", ["at", "updated_at"])
def test_a_time_to_come_does_not_outlast_what_is_said_afterwards(world, name):
    world.take("surveys", PLAIN | {"score": 9, name: "2099-01-01T00:00:00Z"})
    world.now += timedelta(minutes=5)
    world.take("surveys", PLAIN | {"score": 3, "updated_at": "2026-11-23T09:04:00Z"})
    assert (world.row().score, world.row().as_of) == (3, MONDAY + timedelta(minutes=4))


def test_an_older_version_that_comes_late_leaves_the_date_alone(world):
    world.take("surveys", PLAIN | {"updated_at": "2026-11-23T08:30:00Z"})
    older = {"at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z"}
    world.take("surveys", PLAIN | older | {"score": 9})
    assert (world.row().score, world.row().at) == (4, MONDAY - timedelta(hours=1))


def test_the_date_comes_with_what_was_said_on_it(world):
    world.take("surveys", PLAIN | {"score": 9, "at": "2026-11-20T08:00:00Z"})
    world.take("surveys", PLAIN)
    assert (world.row().score, world.row().at) == (4, MONDAY - timedelta(hours=1))


def test_of_one_moment_a_vendors_first_event_takes_no_comment_away(world):
    world.take("delighted", sent.delighted("updated", score=3, comment="slow"))
    world.take("delighted", sent.delighted(score=3))
    assert said(world.row()) == ("nps", 3, "slow")


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"id": None}, "id"),
        ({"kind": "mood"}, "kind"),
        ({"kind": None}, "kind"),
        ({"score": 11}, "score"),
        ({"score": "many"}, "score"),
        ({"score": float("inf")}, "score"),
        ({"scale": "5"}, "scale"),
        ({"scale": "3-3"}, "scale"),
        ({"at": "yesterday"}, "at"),
        ({"at": "20.11.2025"}, "at"),
        ({"updated_at": "2099-13-01"}, "updated_at"),
    ],
)
def test_what_does_not_fit_is_named_with_its_field(world, over, field):
    with pytest.raises(Unreadable) as caught:
        world.take("surveys", PLAIN | over)
    assert caught.value.field == field
    assert world.rows() == []


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("delighted", sent.delighted(survey_type="pmf"), "event_data.survey_type"),
        ("delighted", sent.unsubscribed("nobody"), "event_data.email"),
        ("wootric", sent.wootric() | {"survey_mode": "STARS"}, "survey_mode"),
        ("wootric", sent.wootric(score=11), "response.score"),
    ],
)
def test_what_a_vendor_has_sent_differently_is_named_by_its_place(world, name, body, field):
    with pytest.raises(Unreadable) as caught:
        world.take(name, body)
    assert caught.value.field == field


def test_an_update_that_changes_nothing_to_be_seen_leaves_no_trace(world):
    world.take("delighted", sent.delighted(score=3))
    world.take("delighted", sent.delighted("updated", score=3, updated_at=NOW + 60))
    assert world.verbs() == ["feedback.recorded", "alert.raised"]


def test_a_sender_of_any_shape_is_a_table_of_places(world):
    told = SenderSettings(
        source="surveys",
        fields={
            "id": "response.id", "score": "response.answers.0.value", "comment": "response.note",
            "account": "custom.account", "at": "response.modified", "event": "event",
        },
        values={"score": {"bad": "1", "good": "2"}},
        scale="1-2",
    )  # fmt: skip
    reader = own("ours", told)
    body = {
        "event": 77,
        "response": {"id": 5, "answers": [{"value": "bad"}], "note": "no", "modified": NOW * 1000},
        "custom": {"account": "acme.example"},
    }
    assert reader.identify(body) == ("77", "survey")
    world.take("ours", body, reader)
    assert said(world.row()) == ("csat", 1, "no")
    assert (world.row().sender, world.row().external_id) == ("ours", "5")


def test_the_same_id_of_two_senders_is_two_answers(world):
    world.take("surveys", PLAIN)
    world.take("delighted", sent.delighted(id="s-1"))
    assert len(world.rows()) == 2


@pytest.mark.parametrize(
    ("scale", "kind", "scores"),
    [
        ("0-10", "nps", {0: 0, 6: 6, 7: 7, 10: 10}),
        ("1-10", "nps", {1: 0, 6: 6, 7: 7, 9: 9, 10: 10}),
        ("1-5", "nps", {1: 0, 3: 5, 4: 8, 5: 10}),
        ("0-10", "csat", {0: 1, 5: 3, 10: 5}),
        ("1-7", "csat", {1: 1, 4: 3, 7: 5}),
        ("1-3", "csat", {1: 1, 2: 3, 3: 5}),
        ("6-1", "csat", {6: 1, 1: 5}),
        ("0 to 100", "happiness", {0: 1, 100: 5}),
    ],
)
def test_other_scales_are_stretched_straight_onto_ours(scale, kind, scores):
    kept = {s: on_our_scale(s, kind=kind, scale=scale, field="score") for s in scores}
    assert kept == scores


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["\0", "\ud800", 10**400, -1, 1e308, "9" * 5000]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
SHAPES = {
    "surveys": PLAIN,
    "delighted": sent.delighted(),
    "intercom": sent.rated(),
    "surveymonkey": sent.surveymonkey(),
    "typeform": sent.typeform(),
    "wootric": sent.wootric(),
}


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    return [path, *(found for key, value in inner for found in places(value, (*path, key)))]


def changed(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = changed(node[path[0]], path[1:], value)
    return copy


@pytest.mark.parametrize("name", SHAPES)
@given(data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_stands_anywhere_in_a_body_it_is_taken_waits_or_is_named(sessions, name, data):
    shape = SHAPES[name]
    where = data.draw(st.sampled_from(places(shape)[1:]))
    body = changed(shape, where, data.draw(JSON))
    with sessions() as session:
        world = Surveys(session)
        with suppress(Unreadable, UnknownAccount):
            world.take(name, body)
        session.rollback()
