"""What booking systems tell: one meeting each, moved and cancelled with them, in any order."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.calendars import service
from csbot.calendars.reading import read
from csbot.calendars.senders import READERS, own
from csbot.inbox.errors import UnknownAccount, Unreadable
from csbot.meetings.model import Meeting
from csbot.webhooks.settings import SenderSettings
from tests import ics
from tests.builders import meeting
from tests.unit import booking_payloads as sent
from tests.unit.alert_world import World
from tests.unit.test_surveys import JSON, changed, places

FIRST = datetime(2026, 11, 25, 10, tzinfo=UTC)
SECOND = datetime(2026, 11, 27, 14, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


class Desk(World):
    """Acme, whose people book with Dana."""

    def __init__(self, session: Any, **config: Any) -> None:
        super().__init__(session, **config)
        self.acme = self.account("Acme", external_id="a-1")

    def take(self, name: str, *bodies: dict[str, Any], reader: Any = None) -> None:
        reader = reader or READERS[name]
        for body in bodies:
            assert all(reader.identify(body))
            reader.apply(self.session, body, settings=self.settings, now=self.now)
            self.session.flush()
        self.session.expire_all()

    def feed(self, *events: str) -> None:
        """What Dana's calendar shows."""
        ends = self.now + timedelta(days=60)
        begins = self.now - timedelta(days=1)
        reading = read(ics.calendar(*events), begins=begins, ends=ends, zone=UTC_ZONE)
        service.take(
            self.session, reading, feed_id=1, owner=self.dana.email, ends=ends,
            settings=self.settings, now=self.now,
        )  # fmt: skip
        self.session.expire_all()

    def meetings(self) -> list[Meeting]:
        return list(self.session.scalars(select(Meeting).order_by(Meeting.id)))

    def one(self) -> Meeting:
        (found,) = self.meetings()
        return found

    def why(self) -> list[str | None]:
        told = select(AuditEntry.why).where(AuditEntry.verb == "meeting.outcome")
        return list(self.session.scalars(told.order_by(AuditEntry.id)))


@pytest.fixture
def desk(sessions):
    with sessions() as session:
        yield Desk(session)


@pytest.mark.parametrize("name", ["calendly", "calcom"])
def test_a_booking_is_a_meeting_with_what_matters(desk, name):
    desk.take(name, getattr(sent, name)())
    one = desk.one()
    assert one.account_id == desk.acme.id
    assert one.starts_at == FIRST
    assert one.duration_minutes == (45 if name == "calendly" else 30)
    assert one.title.startswith("Success session")
    assert one.kind == "success session"
    assert one.attendees == ["Ann Lee", "max@acme.example"]
    assert one.organizer_id == desk.dana.id
    assert "Reporting" in one.agenda
    assert one.source == name


def test_a_move_at_calendly_is_one_meeting_in_every_order(sessions):
    for order in permutations([sent.calendly(), *sent.calendly_move()]):
        with sessions() as session:
            desk = Desk(session)
            desk.take("calendly", *order, *order)
            one = desk.one()
            assert (one.starts_at, one.outcome) == (SECOND, None), order


def test_a_move_at_calcom_is_one_meeting_in_every_order(sessions):
    for order in permutations([sent.calcom(), sent.calcom_moved()]):
        with sessions() as session:
            desk = Desk(session)
            desk.take("calcom", *order, *order)
            one = desk.one()
            assert (one.starts_at, one.outcome) == (SECOND, None), order


def test_what_was_moved_and_then_cancelled_is_cancelled_in_every_order(sessions):
    bodies = [sent.calcom(), sent.calcom_moved(), sent.calcom_cancelled()]
    for order in permutations(bodies):
        with sessions() as session:
            desk = Desk(session)
            desk.take("calcom", *order)
            assert desk.one().outcome == "cancelled", [body["triggerEvent"] for body in order]


def test_what_was_cancelled_at_calendly_is_cancelled_in_every_order(sessions):
    at_second = {"event": "EV2", "invitee": "IN2", "start": sent.SECOND}
    bodies = [sent.calendly(), *sent.calendly_move(), sent.calendly_cancelled(**at_second)]
    for order in permutations(bodies):
        with sessions() as session:
            desk = Desk(session)
            desk.take("calendly", *order)
            assert [one.outcome for one in desk.meetings()] == ["cancelled"], order


@pytest.mark.parametrize(
    ("by", "why"),
    [("host", "Cancelled by us: no time"), ("invitee", "Cancelled by the customer: no time")],
)
def test_who_cancelled_is_told(desk, by, why):
    desk.take("calendly", sent.calendly(), sent.calendly_cancelled(by))
    assert desk.why() == [why]
    assert desk.one().notes == why


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "Cancelled at Cal.com: No longer needed"),
        ({"cancelledBy": sent.ANN}, "Cancelled by the customer: No longer needed"),
        ({"cancelledBy": "dana@vendor.example"}, "Cancelled by us: No longer needed"),
        (
            {"requestReschedule": True, "cancellationReason": None},
            "Cancelled by us, with the wish for another time.",
        ),
    ],
)
def test_who_cancelled_at_calcom_is_told_where_it_is_known(desk, told, why):
    desk.take("calcom", sent.calcom(), sent.calcom_cancelled("uid1", **told))
    assert desk.why() == [why]


def test_what_is_booked_anew_after_a_cancellation_is_on_again(desk):
    desk.take("calcom", sent.calcom(), sent.calcom_cancelled("uid1"))
    again = sent.calcom_moved()
    again["createdAt"] = "2026-11-23T08:00:00Z"
    desk.take("calcom", again)
    assert (desk.one().starts_at, desk.one().outcome) == (SECOND, None)


def test_alerts_come_and_go_at_once(desk):
    soon = "2026-11-23T10:00:00.000000Z"
    desk.take("calendly", sent.calendly(start=soon))
    query = select(Alert).where(Alert.kind == "meeting_soon")
    assert desk.session.scalars(query).one().closed_at is None
    desk.take("calendly", sent.calendly_cancelled(start=soon))
    assert desk.session.scalars(query).one().closed_because == "It was cancelled."


class TestNoShows:
    def test_a_no_show_is_an_outcome_until_it_is_withdrawn(self, desk):
        missed = sent.calendly("invitee_no_show.created", at="2026-11-25T10:20:00Z")
        back = sent.calendly("invitee_no_show.deleted", at="2026-11-25T10:30:00Z")
        desk.take("calendly", sent.calendly(), missed)
        assert desk.one().outcome == "no_show"
        desk.take("calendly", back)
        assert desk.one().outcome is None
        desk.take("calendly", missed)
        assert desk.one().outcome is None

    def test_at_calcom_too(self, desk):
        desk.take("calcom", sent.calcom(), sent.calcom_no_show(True))
        assert desk.one().outcome == "no_show"
        desk.take("calcom", sent.calcom_no_show(False, at="2026-11-25T11:00:00Z"))
        assert desk.one().outcome is None

    def test_what_a_person_said_of_it_stays(self, desk):
        desk.take("calcom", sent.calcom())
        desk.one().outcome = "attended"
        desk.take("calcom", sent.calcom_no_show(True))
        assert desk.one().outcome == "attended"

    def test_of_a_booking_that_was_not_told_yet_it_waits(self, desk):
        with pytest.raises(UnknownAccount):
            desk.take("calcom", sent.calcom_no_show(True))
        desk.take("calcom", sent.calcom(), sent.calcom_no_show(True))
        assert desk.one().outcome == "no_show"

    def test_the_planned_end_proves_no_attendance(self, desk):
        desk.take("calcom", sent.calcom(), sent.calcom_ended())
        assert desk.one().outcome is None


class TestWhatIsNoMeeting:
    @pytest.mark.parametrize(
        "body",
        [
            sent.calcom("BOOKING_REQUESTED"),
            sent.calcom("BOOKING_PAID"),
            sent.calcom(status="PENDING"),
            sent.calcom("MEETING_STARTED"),
            {"triggerEvent": "PING", "payload": None},
        ],
    )
    def test_at_calcom(self, desk, body):
        desk.take("calcom", body)
        assert desk.meetings() == []

    def test_at_calendly(self, desk):
        desk.take("calendly", sent.calendly("routing_form_submission.created"))
        desk.take("calendly", sent.calendly_move()[0])
        assert desk.meetings() == []

    def test_an_old_payload_without_times_is_told_with_its_mend(self, desk):
        with pytest.raises(Unreadable) as why:
            desk.take("calendly", sent.calendly_of_2023())
        assert why.value.field == "payload.scheduled_event.start_time"
        assert "subscription anew" in why.value.mend


class TestWhose:
    def test_a_stranger_waits_for_the_account(self, desk):
        body = sent.calendly(email="x@new.example")
        body["payload"]["scheduled_event"]["event_guests"] = []
        with pytest.raises(UnknownAccount) as why:
            desk.take("calendly", body)
        assert why.value.hint == "…@new.example"
        desk.account("New", domain="new.example")
        desk.take("calendly", body)
        assert len(desk.meetings()) == 1

    def test_an_id_that_a_link_hands_through_counts_most(self, desk):
        body = sent.calendly(email="x@gmail.com", tracking={"utm_content": "a-1"})
        body["payload"]["scheduled_event"]["event_guests"] = []
        desk.take("calendly", body)
        assert desk.one().account_id == desk.acme.id

    def test_our_own_people_are_nobodys_customers(self, desk):
        desk.account("Vendor", domain="vendor.example")
        body = sent.calendly(email="dana@vendor.example")
        body["payload"]["scheduled_event"]["event_guests"] = []
        with pytest.raises(UnknownAccount):
            desk.take("calendly", body)


class TestGroups:
    def two(self):
        first = sent.calendly(email=sent.ANN)
        return first, sent.calendly(invitee="IN2", email="max@acme.example")

    def test_colleagues_who_book_one_event_have_one_meeting(self, desk):
        desk.take("calendly", *self.two())
        assert len(desk.meetings()) == 1

    def test_it_is_off_when_the_last_of_them_calls_it_off(self, desk):
        desk.take("calendly", *self.two(), sent.calendly_cancelled())
        assert desk.one().outcome is None
        desk.take("calendly", sent.calendly_cancelled(invitee="IN2"))
        assert desk.one().outcome == "cancelled"

    def test_two_companies_in_one_event_have_a_meeting_each(self, desk):
        blue = desk.account("Blue")
        body = sent.calendly(invitee="IN2", email="bea@blue.example")
        body["payload"]["scheduled_event"]["event_guests"] = []
        desk.take("calendly", sent.calendly(), body)
        assert {one.account_id for one in desk.meetings()} == {desk.acme.id, blue.id}
        desk.take("calendly", sent.calendly_cancelled())
        assert [one.outcome for one in desk.meetings()] == ["cancelled", None]

    def test_two_bookings_at_one_time_are_two(self, desk):
        desk.take("calcom", sent.calcom(), sent.calcom(uid="uid9", iCalUID="other"))
        assert len(desk.meetings()) == 2


class TestWithCalendars:
    """The calendar shows what was booked: one meeting, whoever tells of it first."""

    shown = ics.event(uid="uid1@cal.example.com")
    later = ics.event(
        uid="uid1@cal.example.com", start="DTSTART:20261127T140000Z", end="DTEND:20261127T143000Z"
    )

    @pytest.mark.parametrize("name", ["calendly", "calcom"])
    def test_booked_then_shown(self, desk, name):
        desk.take(name, getattr(sent, name)())
        desk.feed(self.shown)
        assert desk.one().source == name

    @pytest.mark.parametrize("name", ["calendly", "calcom"])
    def test_shown_then_booked(self, desk, name):
        desk.feed(self.shown)
        desk.take(name, getattr(sent, name)())
        assert desk.one().source == "calendar"

    def test_its_own_name_joins_a_meeting_that_has_moved_in_the_calendar(self, desk):
        desk.take("calcom", sent.calcom())
        desk.feed(self.later)
        assert len(desk.meetings()) == 1

    def test_googles_name_at_calendly_does_too(self, desk):
        desk.take("calendly", sent.calendly())
        desk.feed(self.later.replace("uid1@cal.example.com", "googleEV1@google.com"))
        assert len(desk.meetings()) == 1

    def test_a_move_is_followed_on_both_sides_and_an_old_copy_changes_nothing(self, desk):
        old = ics.event("LAST-MODIFIED:20261122T090005Z", uid="uid1@cal.example.com")
        desk.take("calcom", sent.calcom())
        desk.feed(old)
        desk.take("calcom", sent.calcom_moved())
        desk.feed(old)
        assert desk.one().starts_at == SECOND
        desk.feed(self.later)
        assert (desk.one().starts_at, desk.one().outcome) == (SECOND, None)

    def test_a_cancellation_counts_while_the_calendar_still_shows_it(self, desk):
        desk.take("calcom", sent.calcom())
        desk.feed(self.shown)
        desk.take("calcom", sent.calcom_cancelled("uid1"))
        desk.feed(self.shown)
        assert desk.one().outcome == "cancelled"
        desk.feed()
        assert desk.one().outcome == "cancelled"

    def test_one_that_was_cancelled_before_the_calendar_showed_it_stays_cancelled(self, desk):
        desk.take("calcom", sent.calcom(), sent.calcom_cancelled("uid1"))
        desk.feed(self.shown)
        assert desk.one().outcome == "cancelled"

    def test_a_calendar_that_lost_it_does_not_cancel_what_is_booked(self, desk):
        desk.take("calcom", sent.calcom())
        desk.feed(self.shown)
        desk.feed()
        assert desk.one().outcome is None

    def test_what_a_person_added_is_not_added_again(self, desk):
        desk.add(meeting(desk.acme.id, "Mine", starts_at=FIRST))
        desk.take("calendly", sent.calendly())
        assert desk.one().title == "Mine"
        desk.take("calendly", *sent.calendly_move())
        assert (desk.one().title, desk.one().starts_at) == ("Mine", SECOND)


PLAIN = {
    "id": 7, "title": "Acme QBR", "starts_at": "2026-11-25T10:00:00Z", "duration_minutes": "60",
    "attendees": ["Ann@acme.example", {"email": "max@acme.example", "name": "Max Orr"}, 5],
    "account": "acme.example", "status": "scheduled",
}  # fmt: skip


class TestPlainForm:
    body: ClassVar = PLAIN

    def test_its_fields_are_a_meeting(self, desk):
        desk.take("meetings", self.body)
        one = desk.one()
        assert (one.title, one.kind, one.duration_minutes) == ("Acme QBR", "QBR", 60)
        assert one.attendees == ["ann@acme.example", "Max Orr"]

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            *(("cancelled", "cancelled"), ("Canceled", "cancelled"), ("attended", "attended")),
            *(("no-show", "no_show"), ("", None), ("moved", None)),
        ],
    )
    def test_its_status_is_an_outcome(self, desk, status, outcome):
        desk.take("meetings", self.body, self.body | {"status": status})
        assert desk.one().outcome == outcome

    @pytest.mark.parametrize("account", ["a-1", "ACME", "acme.example"])
    def test_the_account_is_an_id_a_domain_or_a_name(self, desk, account):
        desk.take("meetings", self.body | {"account": account, "attendees": None})
        assert desk.one().account_id == desk.acme.id

    @pytest.mark.parametrize(
        ("field", "value"),
        [("id", None), ("starts_at", "soon"), ("status", "maybe"), ("duration_minutes", -1)],
    )
    def test_what_does_not_fit_is_named(self, desk, field, value):
        with pytest.raises(Unreadable) as why:
            desk.take("meetings", self.body | {field: value})
        assert why.value.field == field

    def test_an_older_word_changes_nothing(self, desk):
        new = self.body | {"updated_at": "2026-11-22T12:00:00Z", "status": "cancelled"}
        desk.take("meetings", new, self.body | {"updated_at": "2026-11-22T11:00:00Z"})
        assert desk.one().outcome == "cancelled"

    def test_any_other_shape_is_read_by_a_table_of_the_teams_own(self, desk):
        told = SenderSettings(
            source="meetings",
            fields={"id": "m.nr", "starts_at": "m.wann", "attendees": "m.wer", "status": "m.st"},
            values={"status": {"abgesagt": "cancelled"}},
        )
        when = {"nr": 1, "wann": "2026-11-25T10:00:00Z", "wer": "Ann@acme.example; b@acme.example"}
        reader = own("kalender", told)
        desk.take("kalender", {"m": when}, {"m": when | {"st": "abgesagt"}}, reader=reader)
        assert (desk.one().outcome, len(desk.one().attendees)) == ("cancelled", 2)

    @pytest.mark.parametrize("name", ["calendly", "calcom"])
    def test_a_second_account_at_a_known_system_is_a_sender_of_its_own(self, desk, name):
        reader = own(f"{name}-eu", SenderSettings(source="meetings", fields={}, scheme=name))
        desk.take("", getattr(sent, name)(), reader=reader)
        assert desk.one().source == f"{name}-eu"


HOSTILE = "<!channel> <https://evil.example|click> \u202e\0 <script>alert(1)</script>" + "x" * 9000


@pytest.mark.parametrize("name", ["calendly", "calcom"])
def test_hostile_words_are_words(desk, name):
    body = getattr(sent, name)()
    place = body["payload"]
    place["title"] = place["additionalNotes"] = HOSTILE
    if name == "calendly":
        place["scheduled_event"]["name"] = place["questions_and_answers"][0]["answer"] = HOSTILE
    desk.take(name, body)
    one = desk.one()
    assert len(one.title) <= 150
    assert len(one.agenda) <= 3000
    assert "alert(1)" not in one.agenda
    assert "\0" not in one.title + one.agenda


SHAPES = {
    "calendly": [sent.calendly(), sent.calendly_cancelled(), *sent.calendly_move()],
    "calcom": [sent.calcom(), sent.calcom_moved(), sent.calcom_no_show(True), sent.calcom_ended()],
    "meetings": [PLAIN],
}


@pytest.mark.parametrize("name", SHAPES)
@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_stands_in_a_field_is_read_or_refused(desk, name, data):
    body = data.draw(st.sampled_from(SHAPES[name]))
    wrong = changed(body, data.draw(st.sampled_from(places(body)[1:])), data.draw(JSON))
    with suppress(Unreadable, UnknownAccount), desk.session.begin_nested():
        desk.take(name, wrong)
