"""What support desks tell: read from each shape, in any order the same ticket."""

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from csbot.accounts.as_json import as_json
from csbot.accounts.hints import Hints
from csbot.accounts.show import account_card
from csbot.accounts.timeline import timeline
from csbot.audit import AuditEntry
from csbot.feedback.model import Feedback
from csbot.inbox.errors import UnknownAccount, Unreadable
from csbot.tickets.model import Ticket
from csbot.tickets.queries import of_account
from csbot.tickets.rules import News, merged, priority_of, state, status_of
from csbot.tickets.senders import READERS, own
from csbot.usage.model import ProductUser
from csbot.webhooks.settings import SenderSettings
from messages.accounts import Support
from messages.render import render
from tests.builders import MONDAY
from tests.unit import ticket_payloads as sent
from tests.unit.alert_world import World
from tests.unit.survey_payloads import rated
from tests.unit.test_surveys import JSON, changed, places

NOW = int(MONDAY.timestamp())
OPENED = datetime(2026, 11, 23, 7, tzinfo=UTC)


class Desk(World):
    """Acme, whose contact is Ann."""

    def __init__(self, session: Any, **config: Any) -> None:
        super().__init__(session, **config)
        self.acme = self.account("Acme", external_id="a-1")
        self.ann = self.contact(self.acme, "Ann Lee", days=1, email=sent.ANN)

    def take(self, name: str, *bodies: dict[str, Any], reader: Any = None) -> None:
        reader = reader or READERS[name]
        for body in bodies:
            assert all(reader.identify(body))
            reader.apply(self.session, body, settings=self.settings, now=self.now)
            self.session.flush()
        self.session.expire_all()

    def tickets(self) -> list[Ticket]:
        return list(self.session.scalars(select(Ticket).order_by(Ticket.id)))

    def ticket(self) -> Ticket:
        (one,) = self.tickets()
        return one

    def verbs(self) -> list[str]:
        return list(self.session.scalars(select(AuditEntry.verb).order_by(AuditEntry.id)))

    def put(self, account: Any, number: int, **over: Any) -> Ticket:
        fields: dict[str, Any] = {
            "account_id": account.id, "sender": "tickets", "external_id": str(number),
            "subject": "Export", "status": "open", "opened_at": self.now, "as_of": self.now,
        }  # fmt: skip
        return self.add(Ticket(**fields | over))


@pytest.fixture
def desk(sessions):
    with sessions() as session:
        yield Desk(session)


def test_a_story_at_zendesk_becomes_one_ticket_with_its_times(desk):
    desk.take(
        "zendesk",
        sent.zendesk("created", time="2026-11-23T07:00:00Z", status="NEW"),
        sent.zendesk("comment_added", time="2026-11-23T07:30:00.5Z", comment=("note", True, False)),
        sent.zendesk(
            "comment_added", time="2026-11-23T08:00:00Z", comment=("We look at it", True, True)
        ),
        sent.zendesk("status_changed", status="SOLVED"),
        sent.zendesk("status_changed", status="CLOSED", time="2026-11-23T08:40:00Z"),
    )
    ticket = desk.ticket()
    assert (ticket.account_id, ticket.subject, ticket.priority) == (
        desk.acme.id,
        "Export hangs",
        "high",
    )
    assert (ticket.status, ticket.opened_at) == ("closed", OPENED)
    assert ticket.first_response_at == OPENED + timedelta(hours=1)
    assert ticket.solved_at == datetime(2026, 11, 23, 8, 12, 7, 672717, tzinfo=UTC)
    assert ticket.sentiment is not None
    assert ticket.sentiment < -40
    assert desk.verbs() == ["ticket.opened", "ticket.solved"]


def test_only_what_the_customer_says_has_a_mood(desk):
    angry = "This is terrible, we are very angry about it"
    desk.take(
        "zendesk",
        sent.zendesk("comment_added", comment=(angry, True, True), time="2026-11-23T08:00:00Z"),
        sent.zendesk("comment_added", comment=(angry, False, False), time="2026-11-23T08:01:00Z"),
    )
    assert (desk.ticket().sentiment, desk.ticket().said_at) == (None, None)
    desk.take(
        "zendesk", sent.zendesk("comment_added", comment=("Thanks, you are great!", False, True))
    )
    assert desk.ticket().sentiment > 40


def test_what_zendesk_tells_of_others_is_no_ticket(desk):
    body = sent.zendesk() | {"type": "zen:event-type:user.active_changed"}
    desk.take("zendesk", body)
    assert desk.tickets() == []


def test_a_trigger_says_who_asks_and_events_find_the_ticket_afterwards(desk):
    event = sent.zendesk(status="SOLVED", organization_id="0")
    with pytest.raises(UnknownAccount):
        desk.take("zendesk", event)
    desk.take("zendesk", sent.trigger(), event)
    ticket = desk.ticket()
    assert (ticket.contact_id, ticket.status, ticket.priority) == (desk.ann.id, "solved", "high")
    assert ticket.url == "https://acme.zendesk.example/agent/tickets/5158"
    assert ticket.sentiment < 0


def test_a_tickets_id_in_another_system_is_no_account(desk):
    desk.account("Globex", external_id="1001")
    with pytest.raises(UnknownAccount):
        desk.take("zendesk", sent.zendesk(organization_id="0", external_id="1001"))
    desk.take("zendesk", sent.zendesk(external_id="1001"))
    assert desk.ticket().account_id == desk.acme.id


@pytest.mark.parametrize(
    ("over", "answered", "said"),
    [
        ({"actor_email": sent.ROBIN}, True, False),
        ({"actor_email": sent.ROBIN, "comment_is_public": "false"}, False, False),
        ({"actor_email": "max@acme.example"}, False, True),
        ({"actor_email": ""}, False, False),
        ({"actor_email": "agent"}, True, False),
    ],
)
def test_who_wrote_a_triggers_comment_is_told_by_the_address(desk, over, answered, said):
    desk.take("zendesk", sent.trigger(**over))
    ticket = desk.ticket()
    assert (ticket.first_response_at is not None, ticket.said_at is not None) == (answered, said)


def test_states_in_the_desks_own_language_can_be_translated(desk):
    desk.take("zendesk", sent.trigger(ticket_status="Gelöst"))
    assert desk.ticket().status == "solved"
    told = SenderSettings(
        source="tickets", scheme="zendesk", fields={}, values={"status": {"Løst": "solved"}}
    )
    body = sent.trigger(ticket_id="6", ticket_status="Løst")
    desk.take("zendesk", body, reader=own("zendesk", told))
    assert desk.tickets()[1].status == "solved"


def test_a_conversation_at_intercom_is_answered_by_people_only(desk):
    bot = sent.part("bot", "<p>We reply soon</p>", NOW - 7000)
    ai = sent.part("admin", "<p>Try this</p>", NOW - 6000, from_ai_agent=True)
    note = sent.part("admin", "internal", NOW - 5000, part_type="note")
    person = sent.part("admin", "<p>Mended</p>", NOW - 3600, part_type="assignment")
    desk.take(
        "intercom",
        sent.ping(),
        sent.intercom("conversation.user.created", NOW - 7200),
        sent.intercom("conversation.operator.replied", NOW - 7000, bot),
        sent.intercom("conversation.admin.replied", NOW - 6000, ai),
        sent.intercom("conversation.admin.noted", NOW - 5000, note),
    )
    assert desk.ticket().first_response_at is None
    assert desk.ticket().subject == "The export does not finish"
    desk.take(
        "intercom",
        sent.intercom("conversation.admin.replied", NOW - 3600, person),
        sent.intercom("conversation.admin.closed", NOW - 1800, state="closed", open=False),
        sent.intercom("conversation.deleted", NOW - 900, state="open"),
    )
    ticket = desk.ticket()
    assert ticket.first_response_at == MONDAY - timedelta(hours=1)
    assert (ticket.status, ticket.solved_at) == ("closed", MONDAY - timedelta(minutes=30))
    assert (ticket.priority, ticket.opened_at) == ("normal", OPENED)
    reply = sent.part("user", "<p>Still broken, I hate this</p>", NOW)
    desk.take("intercom", sent.intercom("conversation.user.replied", NOW, reply))
    assert (desk.ticket().status, desk.ticket().solved_at) == ("open", None)
    assert desk.ticket().sentiment < -20
    assert desk.verbs() == ["ticket.opened", "ticket.solved", "ticket.reopened"]


def test_a_first_answer_that_was_missed_stands_in_intercoms_statistics(desk):
    told = {"first_admin_reply_at": "2026-11-23T07:20:00.000Z"}
    desk.take("intercom", sent.intercom("conversation.admin.closed", NOW, statistics=told))
    assert desk.ticket().first_response_at == OPENED + timedelta(minutes=20)


def test_tickets_of_intercom_have_a_category_and_a_title(desk):
    desk.take(
        "intercom",
        sent.intercom_ticket("ticket.created", NOW - 60, "submitted"),
        sent.intercom_ticket("ticket.state.updated", NOW, "resolved"),
    )
    ticket = desk.ticket()
    assert (ticket.subject, ticket.status, ticket.contact_id) == (
        "Export & import",
        "solved",
        desk.ann.id,
    )


def test_whom_only_the_products_id_names_is_found_by_what_the_product_said(desk):
    body = sent.intercom("conversation.user.created", NOW, source={"author": {"type": "lead"}})
    with pytest.raises(UnknownAccount):
        desk.take("intercom", body)
    desk.add(ProductUser(key="u-9", contact_id=desk.ann.id, traits={}, first_seen_at=MONDAY))
    desk.take("intercom", body)
    assert (desk.ticket().account_id, desk.ticket().contact_id) == (desk.acme.id, desk.ann.id)


def test_a_rating_that_comes_with_the_conversations_is_feedback_too(desk):
    desk.take("intercom", rated(1, "Took too long"))
    feedback = desk.session.scalars(select(Feedback)).one()
    assert (feedback.kind, feedback.score, feedback.negative) == ("csat", 1, True)
    assert [alert.kind for alert in desk.alerts()] == ["feedback"]


def test_freshdesk_is_read_by_the_usual_keys(desk):
    desk.take("freshdesk", sent.freshdesk())
    ticket = desk.ticket()
    assert (ticket.subject, ticket.status, ticket.priority) == ("Export ☃", "open", "normal")
    assert ticket.sentiment < -20
    for status, kept in (
        ("Waiting on Customer", "pending"),
        ("Closed", "closed"),
        ("Open", "open"),
    ):
        desk.now += timedelta(minutes=1)
        desk.take("freshdesk", sent.freshdesk(status))
        assert desk.ticket().status == kept
    assert desk.ticket().opened_at == MONDAY


def test_without_a_time_two_alike_bodies_are_two_events():
    identify = READERS["freshdesk"].identify
    assert identify(sent.freshdesk()) != identify(sent.freshdesk())
    timed = sent.freshdesk(ticket_updated_at="2026-11-23T08:00:00Z")
    assert identify(timed) == identify(timed)


PLAIN = {
    "id": "77", "status": "open", "priority": "urgent", "subject": "Down", "account": "a-1",
    "email": sent.ANN, "at": "2026-11-23T08:00:00Z", "opened_at": "2026-11-23T07:00:00Z",
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "kept"),
    [(-0.4, -40), (-70, -70), ("negative", -50), (5000, None), ("meh", None), (None, None)],
)
def test_a_mood_that_the_sender_gives_is_taken(desk, told, kept):
    desk.take("tickets", PLAIN | {"sentiment": told})
    assert desk.ticket().sentiment == kept


def test_a_sender_of_any_shape_is_a_table_of_places(desk):
    told = SenderSettings(
        source="tickets",
        fields={"id": "case.no", "status": "case.state", "account": "client", "at": "ts"},
        values={"status": {"7": "closed"}},
    )
    body = {"case": {"no": 4, "state": 7}, "client": "acme.example", "ts": NOW, "else": [{}]}
    desk.take("cases", body, reader=own("cases", told))
    ticket = desk.ticket()
    assert (ticket.sender, ticket.external_id, ticket.status) == ("cases", "4", "closed")


def test_a_second_app_of_intercom_is_a_sender_of_its_own(desk):
    told = SenderSettings(source="tickets", scheme="intercom", fields={})
    desk.take("second", sent.intercom("conversation.user.created", NOW), reader=own("second", told))
    assert desk.ticket().sender == "second"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x", "https://" + "x" * 600, 7])
def test_a_link_leads_to_a_page_or_is_none(desk, url):
    desk.take("tickets", PLAIN | {"url": url})
    assert desk.ticket().url is None


def test_a_ticket_without_an_id_is_named_with_its_field(desk):
    with pytest.raises(Unreadable) as caught:
        desk.take("tickets", PLAIN | {"id": ""})
    assert caught.value.field == "id"


def test_a_time_to_come_does_not_outlast_what_is_said_afterwards(desk):
    desk.take("tickets", PLAIN | {"at": "2099-01-01T00:00:00Z"})
    assert desk.ticket().as_of == MONDAY
    desk.now += timedelta(minutes=5)
    mended = {"status": "solved", "priority": "low", "at": "2026-11-23T09:04:00Z"}
    desk.take("tickets", PLAIN | mended)
    ticket = desk.ticket()
    assert (ticket.status, ticket.priority) == ("solved", "low")
    assert ticket.solved_at == ticket.as_of == MONDAY + timedelta(minutes=4)


@pytest.mark.parametrize("field", ["at", "opened_at", "answered_at"])
@pytest.mark.parametrize("told", ["yesterday", "20.11.2025", {"day": 1}])
def test_what_is_no_time_is_named_with_its_field(desk, field, told):
    with pytest.raises(Unreadable, match="must be a time, like") as caught:
        desk.take("tickets", PLAIN | {field: told})
    assert caught.value.field == field
    desk.take("tickets", PLAIN | {field: ""})
    assert desk.ticket().as_of <= MONDAY


@pytest.mark.parametrize("told", ["opne", 7, True, {"name": "open"}])
@pytest.mark.parametrize("field", ["status", "priority"])
def test_a_word_that_means_nothing_is_named_with_its_field(desk, field, told):
    with pytest.raises(Unreadable, match=r"must be .* or (closed|urgent); csbot.toml") as caught:
        desk.take("tickets", PLAIN | {field: told})
    assert caught.value.field == field
    desk.take("tickets", PLAIN | {field: ""})
    assert desk.ticket().status in ("open", "solved")


def test_a_time_that_a_desk_spells_for_people_counts_as_untold(desk):
    desk.take("freshdesk", sent.freshdesk(ticket_updated_at="Mon, 23 Nov, 2026 at 8:00 AM"))
    assert desk.ticket().as_of == MONDAY


def test_words_of_many_desks_mean_the_same():
    assert [status_of(w) for w in ("NEW", "on-hold", "Waiting on  Customer", "odd", None)] == [
        "open", "pending", "pending", None, None,
    ]  # fmt: skip
    assert [priority_of(w) for w in ("Medium", "P1", "not_priority", "2")] == [
        "normal", "urgent", "normal", None,
    ]  # fmt: skip


def moment(minute: int) -> datetime:
    return MONDAY + timedelta(minutes=minute)


maybe_minute = st.none() | st.integers(0, 12).map(moment)
EVENTS = st.builds(
    News,
    external_id=st.just("1"),
    account=st.just(Hints()),
    at=st.integers(0, 12).map(moment),
    status=st.none() | st.sampled_from(["open", "pending", "solved", "closed"]),
    priority=st.none() | st.sampled_from(["low", "urgent"]),
    subject=st.none() | st.sampled_from(["a", "b"]),
    opened_at=maybe_minute,
    answered_at=maybe_minute,
    said_at=maybe_minute,
    sentiment=st.none() | st.integers(-100, 100),
)


@given(data=st.data(), events=st.lists(EVENTS, min_size=1, max_size=7))
@settings(max_examples=300, deadline=None)
def test_shuffled_and_repeated_stories_end_in_the_same_state(data, events):
    def end(story: list[News]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for event in story:
            told = merged(told, event, now=moment(12))
        return told

    again = data.draw(st.lists(st.sampled_from(events), max_size=4))
    shuffled = data.draw(st.permutations([*events, *again]))
    assert end(shuffled) == end(events)
    ended = state(end(events))
    solved = [e.at for e in events if e.status in ("solved", "closed")]
    assert (ended.solved_at is not None) == (ended.status in ("solved", "closed"))
    assert ended.solved_at is None or ended.solved_at in solved


ZENDESK = (
    sent.trigger(created_at_with_timestamp="2026-11-23T07:00:00Z"),
    sent.zendesk("created", time="2026-11-23T07:00:00Z", status="NEW"),
    sent.zendesk("comment_added", time="2026-11-23T07:40:00Z", comment=("On it", True, True)),
    sent.zendesk("status_changed", time="2026-11-23T08:20:00.1Z", status="SOLVED"),
    sent.zendesk("comment_added", time="2026-11-23T08:30:00Z", comment=("Bad again!", False, True)),
    sent.zendesk(
        "priority_changed", time="2026-11-23T08:45:00Z", priority="URGENT", status="SOLVED"
    ),
)
INTERCOM = (
    sent.intercom("conversation.user.created", NOW - 7200),
    sent.intercom(
        "conversation.admin.replied", NOW - 3600, sent.part("admin", "Mended", NOW - 3600)
    ),
    sent.intercom("conversation.admin.closed", NOW - 1800, state="closed", open=False),
    sent.intercom(
        "conversation.user.replied", NOW - 900, sent.part("user", "It is still bad", NOW - 900)
    ),
    sent.intercom("conversation.priority.updated", NOW - 600, priority="priority"),
    sent.intercom("conversation.admin.closed", NOW - 300, state="closed", open=False),
)


@pytest.mark.parametrize(("name", "story"), [("zendesk", ZENDESK), ("intercom", INTERCOM)])
def test_a_desks_story_in_any_order_is_the_same_ticket(sessions, name, story):
    ends = set()
    for order in list(permutations(story))[::61]:
        with sessions() as session:
            desk = Desk(session)
            desk.take(name, *order, order[2])
            ticket = desk.ticket()
            ends.add(tuple(getattr(ticket, column) for column in asdict(state(ticket.told))))
            session.rollback()
    assert len(ends) == 1


def test_a_reopened_ticket_was_solved_when_it_was_solved_the_last_time():
    told: dict[str, Any] = {}
    for minute, status in ((6, "solved"), (1, "solved"), (9, "closed"), (4, "open"), (0, "open")):
        news = News("1", Hints(), moment(minute), status=status)
        told = merged(told, news, now=moment(12))
    assert state(told).solved_at == moment(6)


def test_the_card_says_how_support_stands_only_where_there_is_some(desk):
    def shown() -> Support | None:
        return account_card(
            desk.session, desk.acme.id, viewer=desk.dana, settings=desk.settings, now=desk.now
        ).support

    assert shown() is None
    old = desk.now - timedelta(days=200)
    desk.put(desk.acme, 1, status="solved", opened_at=old, as_of=old, sentiment=-90, said_at=old)
    assert shown() is None
    desk.put(desk.acme, 2, opened_at=desk.now - timedelta(days=3), priority="urgent",
             sentiment=-60, said_at=desk.now)  # fmt: skip
    desk.put(desk.acme, 3, status="pending", sentiment=10, said_at=desk.now)
    assert shown() == Support(open=2, urgent=1, oldest_days=3, mood="low")


def test_the_card_says_how_long_the_first_answer_takes_in_working_hours(desk):
    hour = timedelta(hours=1)
    friday = datetime(2026, 11, 20, 16, tzinfo=UTC)
    desk.put(desk.acme, 1, opened_at=friday, first_response_at=MONDAY + hour)
    desk.put(desk.acme, 2, opened_at=MONDAY - hour, first_response_at=MONDAY)
    desk.put(desk.acme, 3, opened_at=MONDAY, first_response_at=MONDAY + 2 * hour)
    shown = account_card(
        desk.session, desk.acme.id, viewer=desk.dana, settings=desk.settings, now=desk.now
    )
    assert shown.support is not None
    assert (shown.support.open, shown.support.answered_in) == (3, 2.0)
    assert "first answers take 2 h" in str(render(shown)["blocks"])


def test_hours_until_the_first_answer_may_be_plain_ones(sessions):
    with sessions() as session:
        desk = Desk(session, tickets={"response_hours": "plain"})
        desk.put(desk.acme, 1, opened_at=MONDAY - timedelta(hours=10), first_response_at=MONDAY)
        found = of_account(session, desk.acme.id, settings=desk.settings, now=MONDAY)
        assert found is not None
        assert found.response_hours == 10


def test_a_mood_whose_moment_nobody_told_is_of_the_event(desk):
    told = {"id": "1", "account": "Acme", "at": desk.now.isoformat()}
    desk.take("tickets", told | {"description": "Nothing works, it is awful."})
    found = of_account(desk.session, desk.acme.id, settings=desk.settings, now=desk.now)
    assert found is not None
    assert found.mood == "low"


def test_the_timeline_tells_when_tickets_came_and_went(desk):
    for status in ("open", "solved", "open"):
        desk.now += timedelta(minutes=1)
        desk.take("tickets", PLAIN | {"status": status, "at": desk.now.isoformat()})
    told = [(event.what, event.by) for event in timeline(desk.session, desk.acme.id, 10)]
    assert told == [
        ("Ticket opened again: Down (urgent)", None),
        ("Ticket solved: Down (urgent)", None),
        ("Ticket opened: Down (urgent)", None),
    ]


def test_an_accounts_json_lists_its_tickets(desk):
    desk.take("tickets", PLAIN)
    (ticket,) = as_json(desk.session, desk.acme)["tickets"]
    assert {name: ticket[name] for name in ("external_id", "status", "opened_at", "solved_at")} == {
        "external_id": "77", "status": "open", "opened_at": "2026-11-23T07:00:00Z",
        "solved_at": None,
    }  # fmt: skip


SHAPES = {
    "tickets": PLAIN | {"comment": "angry", "author": "customer", "sentiment": 0.1},
    "freshdesk": sent.freshdesk(),
    "intercom": sent.intercom("conversation.admin.replied", NOW, sent.part("admin", "hi", NOW)),
    "zendesk": sent.zendesk("comment_added", comment=("It is terrible", False, True)),
}


@pytest.mark.parametrize("name", SHAPES)
@given(data=st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_stands_anywhere_in_a_body_it_is_taken_waits_or_is_named(sessions, name, data):
    shape = SHAPES[name]
    where = data.draw(st.sampled_from(places(shape)[1:]))
    body = changed(shape, where, data.draw(JSON))
    with sessions() as session:
        desk = Desk(session)
        with suppress(Unreadable, UnknownAccount):
            desk.take(name, body)
        session.rollback()
