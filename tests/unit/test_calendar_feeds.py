"""Meetings come from the calendars of the team: each once, followed when they move or go."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select

from csbot.alerts.model import Alert
from csbot.audit import AuditEntry
from csbot.calendars import feeds
from csbot.calendars.model import CalendarFeed
from csbot.calendars.settings import Calendars
from csbot.errors import Refused
from csbot.fetch import Fetched, FetchError
from csbot.meetings.model import Meeting, MeetingRef
from csbot.sources import Source
from csbot.wiring import Wiring
from tests import ics
from tests.builders import MONDAY, account, contact, meeting, member
from tests.unit.alert_world import settings
from tests.web_server import answer, saying, serving

SECRET = "https://calendar.example/private-0a1b2c/basic.ics"
HERE = Calendars(allowed_networks=[ip_network("127.0.0.0/8")])
QUARTER = timedelta(minutes=15)


class Office:
    """Dana and Lee of vendor.example, with a calendar each; Acme and Blue are customers."""

    def __init__(self, engine, sessions) -> None:
        self.wiring = Wiring(settings(calendars=HERE), engine, sessions, None, None)
        self.sessions = sessions
        self.now = MONDAY
        self.dana, self.lee = member("Dana Reyes"), member("Lee Wong")
        self.add(self.dana, self.lee)
        self.acme, self.blue = (account(name, owner_id=self.dana.id) for name in ("Acme", "Blue"))
        self.add(self.acme, self.blue)
        self.feed, self.other = self.reads(self.dana), self.reads(self.lee)

    def add(self, *rows):
        with self.sessions.begin() as session:
            session.add_all(rows)
        return rows[0]

    def reads(self, owner, url=SECRET):
        with self.sessions.begin() as session:
            return feeds.add(session, email=owner.email, url=url, now=self.now)

    def shows(self, *events, feed=None, body=None, after=QUARTER):
        """One look at a feed, a quarter of an hour later."""
        self.now += after
        feed = feed or self.feed
        owner = self.dana if feed is self.feed else self.lee
        found = Fetched(ics.calendar(*events) if body is None else body, '"1"')
        return feeds.store(self.wiring, feed, owner, found, now=self.now)

    def all(self, what):
        with self.sessions() as session:
            return list(session.scalars(select(what).order_by(what.id)))

    def meetings(self):
        return self.all(Meeting)

    def one(self) -> Meeting:
        (found,) = self.meetings()
        return found

    def audits(self):
        return [one.verb for one in self.all(AuditEntry) if one.subject.startswith("meeting:")]

    def all_sources(self):
        with self.sessions() as session:
            return list(session.scalars(select(Source.name)))

    def keeps_only(self, feed):
        with self.sessions.begin() as session:
            for row in session.scalars(select(CalendarFeed)):
                if row.id != feed.id:
                    session.delete(row)

    def open_alerts(self):
        return [one.kind for one in self.all(Alert) if one.closed_at is None]


@pytest.fixture
def office(engine, sessions):
    return Office(engine, sessions)


def guests(*emails, organizer="dana@vendor.example"):
    return (f"ORGANIZER:mailto:{organizer}", *(f"ATTENDEE:mailto:{email}" for email in emails))


def test_a_meeting_with_a_customer_is_added_with_what_matters(office):
    notes = "DESCRIPTION:<b>Renewal</b><br>and usage<br>Join: https://meet.google.com/abc"
    taken = office.shows(ics.event(notes, title="Acme QBR"))
    assert (taken.seen, taken.added) == (1, 1)
    one = office.one()
    assert one.account_id == office.acme.id
    assert one.starts_at == datetime(2026, 11, 25, 10, tzinfo=UTC)
    assert (one.title, one.kind, one.duration_minutes) == ("Acme QBR", "QBR", 30)
    assert one.agenda == "Renewal\nand usage"
    assert one.attendees == ["Ann Lee"]
    assert one.organizer_id == office.dana.id
    assert office.audits() == ["meeting.added"]


def test_looking_again_changes_nothing(office):
    for _ in range(3):
        office.shows(ics.event(), ics.event("RRULE:FREQ=WEEKLY;COUNT=3", uid="w"))
    assert len(office.meetings()) == 4
    assert office.audits() == ["meeting.added"] * 4


def test_private_life_is_not_stored(office):
    taken = office.shows(
        ics.event(uid="alone", guests=()),
        ics.event(uid="team", guests=guests("lee@vendor.example", "temp@vendor.example")),
        ics.event(uid="friend", guests=guests("friend@gmail.com")),
        ics.event(uid="unknown", guests=guests("somebody@elsewhere.example")),
    )
    assert taken.seen == 0
    assert office.meetings() == []
    assert office.all(MeetingRef) == []


def test_a_contact_with_a_free_address_tells_the_account(office):
    office.add(contact(office.blue.id, "Max Orr", email="max@gmail.com"))
    office.shows(ics.event(guests=guests("max@gmail.com")))
    assert office.one().account_id == office.blue.id


def test_the_account_that_most_guests_belong_to_has_the_meeting(office):
    office.shows(ics.event(guests=guests("a@acme.example", "b@blue.example", "c@acme.example")))
    assert office.one().account_id == office.acme.id


def test_when_two_accounts_are_even_nothing_is_guessed(office):
    office.shows(ics.event(guests=guests("a@acme.example", "b@blue.example")))
    assert office.meetings() == []


def test_a_free_address_is_no_domain_of_anybodys(office):
    office.add(account("Solo", domain="gmail.com", owner_id=office.dana.id))
    office.shows(ics.event(guests=guests("friend@gmail.com")))
    assert office.meetings() == []


def test_colleagues_without_csbot_are_no_guests_of_the_customers(office):
    office.shows(ics.event(guests=guests("temp@vendor.example", "ann@acme.example")))
    assert office.one().attendees == ["ann@acme.example"]


def test_a_meeting_that_the_customer_called_is_up_to_who_of_us_takes_part(office):
    told = guests("lee@vendor.example", organizer="ann@acme.example")
    office.shows(ics.event(guests=told))
    assert office.one().organizer_id == office.lee.id


def test_what_the_owner_has_declined_is_not_theirs(office):
    no = "ATTENDEE;PARTSTAT=DECLINED:mailto:dana@vendor.example"
    office.shows(ics.event(guests=(*guests("ann@acme.example", organizer="ann@acme.example"), no)))
    assert office.meetings() == []


def test_a_moved_meeting_is_the_same_meeting(office):
    office.shows(ics.event())
    first = office.one()
    moved = ics.event(start="DTSTART:20261126T140000Z", end="DTEND:20261126T150000Z")
    office.shows(moved)
    one = office.one()
    assert one.id == first.id
    assert (one.starts_at.day, one.duration_minutes) == (26, 60)
    assert office.audits() == ["meeting.added", "meeting.updated"]


def test_one_moved_meeting_of_a_series_is_the_same_too(office):
    weekly = ics.event("RRULE:FREQ=WEEKLY;COUNT=3")
    office.shows(weekly)
    moved = ics.event(
        "RECURRENCE-ID:20261202T100000Z",
        start="DTSTART:20261203T150000Z", end="DTEND:20261203T153000Z",
    )  # fmt: skip
    office.shows(moved, weekly)
    found = office.meetings()
    assert len(found) == 3
    assert [one.starts_at.day for one in found] == [25, 3, 9]
    assert office.audits().count("meeting.updated") == 1


def test_its_alert_comes_at_once_and_goes_with_it(office):
    soon = ics.event(start="DTSTART:20261123T100000Z", end="DTEND:20261123T103000Z")
    office.shows(soon)
    assert "meeting_soon" in office.open_alerts()
    office.shows(ics.event(start="DTSTART:20261130T100000Z", end="DTEND:20261130T103000Z"))
    assert office.open_alerts() == []
    office.shows(soon)
    assert "meeting_soon" in office.open_alerts()
    for _ in range(2):
        office.shows(after=timedelta(minutes=1))
    assert office.open_alerts() == []
    assert office.all(Alert)[-1].closed_because == "It was cancelled."


@pytest.mark.parametrize(
    "gone",
    [
        [ics.event("STATUS:CANCELLED")],
        [ics.event(title="Canceled: Success session")],
        [ics.event("CLASS:PRIVATE")],
    ],
)
def test_what_is_gone_or_called_off_is_cancelled(office, gone):
    office.shows(ics.event())
    assert office.shows(*gone).cancelled == 1
    assert office.one().outcome == "cancelled"
    assert office.audits() == ["meeting.added", "meeting.outcome"]
    assert office.shows(*gone).cancelled == 0


def test_what_comes_back_is_on_again(office):
    office.shows(ics.event())
    for _ in range(2):
        office.shows()
    assert office.one().outcome == "cancelled"
    office.shows(ics.event())
    assert office.one().outcome is None


def test_what_a_person_cancelled_stays_cancelled(office):
    office.shows(ics.event())
    with office.sessions.begin() as session:
        session.get_one(Meeting, office.one().id).outcome = "cancelled"
    office.shows(ics.event())
    office.shows(ics.event(start="DTSTART:20261126T140000Z", end="DTEND:20261126T150000Z"))
    assert office.one().outcome == "cancelled"


def test_a_meeting_that_took_place_is_not_cancelled_when_the_calendar_forgets_it(office):
    office.shows(ics.event())
    office.shows(after=timedelta(days=2, hours=2))
    assert office.one().outcome is None


def test_a_broken_event_cancels_nothing_and_is_told(office):
    office.shows(ics.event("RRULE:FREQ=WEEKLY;COUNT=2"), ics.event(uid="b", title="Other"))
    office.shows(ics.event("RRULE:FREQ=SECONDLY"), ics.event(uid="b", title="Other"))
    assert [one.outcome for one in office.meetings()] == [None, None, None]
    assert "1 event in it cannot be read" in office.all(CalendarFeed)[0].problem


@pytest.mark.parametrize("body", [b"<html>Please sign in</html>", ics.calendar()[:-20], b""])
def test_a_page_that_is_no_calendar_cancels_nothing(office, body):
    office.shows(ics.event())
    assert office.shows(body=body) is None
    assert office.one().outcome is None
    row = office.all(CalendarFeed)[0]
    assert row.problem
    assert row.read_at < row.tried_at == office.now
    office.shows(ics.event())
    assert office.all(CalendarFeed)[0].problem is None


class TestTwoCalendars:
    def test_a_meeting_in_both_is_one(self, office):
        office.shows(ics.event())
        office.shows(ics.event(), feed=office.other)
        assert len(office.meetings()) == 1
        assert [ref.live for ref in office.all(MeetingRef)] == [True, True]

    def test_it_stands_until_it_is_gone_from_both(self, office):
        office.shows(ics.event())
        office.shows(ics.event(), feed=office.other)
        for _ in range(2):
            office.shows()
        assert office.one().outcome is None
        for _ in range(2):
            office.shows(feed=office.other)
        assert office.one().outcome == "cancelled"

    def test_copies_that_differ_do_not_take_turns(self, office):
        short = ics.event(guests=guests("ann@acme.example", organizer="dana@vendor.example"))
        for _ in range(3):
            office.shows(ics.event("DESCRIPTION:All of it"))
            office.shows(short, feed=office.other)
        assert office.one().agenda == "All of it"
        assert office.audits() == ["meeting.added"]

    def test_the_later_change_counts_whichever_calendar_knows_it_first(self, office):
        old = ics.event("LAST-MODIFIED:20261120T080000Z")
        new = ics.event(
            "LAST-MODIFIED:20261121T080000Z",
            start="DTSTART:20261126T140000Z", end="DTEND:20261126T150000Z",
        )  # fmt: skip
        office.shows(old)
        office.shows(new, feed=office.other)
        office.shows(old)
        assert office.one().starts_at.day == 26

    def test_two_meetings_at_one_time_in_one_calendar_are_two(self, office):
        office.shows(ics.event(uid="a", title="First"), ics.event(uid="b", title="Second"))
        assert len(office.meetings()) == 2

    def test_two_meetings_at_one_time_in_two_calendars_are_two(self, office):
        office.shows(ics.event(uid="a", title="First"))
        office.shows(ics.event(uid="b", title="Second"), feed=office.other)
        assert len(office.meetings()) == 2


class TestMeetingsThatPeopleAdded:
    @pytest.mark.parametrize("off", [timedelta(0), timedelta(minutes=5), timedelta(minutes=-5)])
    def test_the_calendars_meeting_is_theirs_and_keeps_their_words(self, office, off):
        starts_at = datetime(2026, 11, 25, 10, tzinfo=UTC) + off
        own = meeting(office.acme.id, "My title", starts_at=starts_at, agenda="Mine", kind="QBR")
        office.add(own)
        office.shows(ics.event("DESCRIPTION:Other"))
        one = office.one()
        assert (one.title, one.agenda, one.kind) == ("My title", "Mine", "QBR")
        assert one.starts_at == datetime(2026, 11, 25, 10, tzinfo=UTC)
        moved = ics.event(start="DTSTART:20261127T100000Z", end="DTEND:20261127T103000Z")
        office.shows(moved)
        assert office.one().starts_at.day == 27

    def test_another_time_or_account_is_another_meeting(self, office):
        at = datetime(2026, 11, 25, 10, tzinfo=UTC)
        office.add(meeting(office.acme.id, starts_at=at + timedelta(minutes=6)))
        office.add(meeting(office.blue.id, starts_at=at))
        office.shows(ics.event())
        assert len(office.meetings()) == 3

    def test_a_meeting_that_becomes_a_series_is_not_doubled(self, office):
        office.shows(ics.event())
        office.shows(ics.event("RRULE:FREQ=WEEKLY;COUNT=2"))
        found = office.meetings()
        assert [one.outcome for one in found] == [None, None]


class TestAddingAndRemoving:
    def test_somebody_unknown_and_no_address_are_refused(self, office):
        with office.sessions.begin() as session:
            with pytest.raises(Refused, match="Nobody in the team"):
                feeds.add(session, email="x@y.example", url=SECRET, now=MONDAY)
            for url in (
                "",
                "calendar.ics",
                "file:///etc/passwd",
                "https://",
                "https://[",
                "x" * 3000,
            ):
                with pytest.raises(Refused, match="no web address"):
                    feeds.add(session, email=office.dana.email, url=url, now=MONDAY)
            with pytest.raises(Refused, match="no calendar 99"):
                feeds.remove(session, feed_id=99, settings=office.wiring.settings, now=MONDAY)

    def test_adding_twice_is_once_and_webcal_is_https(self, office):
        again = office.reads(office.dana, url=SECRET.replace("https", "webcal"))
        assert again.id == office.feed.id

    def test_the_secret_is_nowhere_but_in_its_row(self, office, caplog):
        office.shows(body=b"nothing")
        with office.sessions() as session:
            assert "0a1b2c" not in str(feeds.listed(session))
        assert "0a1b2c" not in str([entry.after for entry in office.all(AuditEntry)])
        assert "0a1b2c" not in caplog.text

    def test_what_only_a_removed_calendar_told_of_is_forgotten(self, office):
        own = office.add(meeting(office.blue.id))
        both, alone = (
            ics.event(uid="both"),
            ics.event(uid="alone", start="DTSTART:20261123T100000Z", end="DTEND:20261123T103000Z"),
        )
        office.shows(both, alone)
        office.shows(both, feed=office.other)
        with office.sessions.begin() as session:
            feeds.remove(
                session, feed_id=office.feed.id, settings=office.wiring.settings, now=office.now
            )
        assert {one.id for one in office.meetings()} == {own.id, office.meetings()[-1].id}
        assert len(office.meetings()) == 2
        assert [one for one in office.open_alerts() if one == "meeting_soon"] == []
        for _ in range(2):
            office.shows(feed=office.other)
        assert office.meetings()[-1].outcome == "cancelled"

    def test_what_took_place_stays_when_its_calendar_is_removed(self, office):
        office.shows(ics.event())
        later = office.now + timedelta(days=4)
        with office.sessions.begin() as session:
            feeds.remove(
                session, feed_id=office.feed.id, settings=office.wiring.settings, now=later
            )
        assert len(office.meetings()) == 1


class TestReadingThemAll:
    def test_each_is_read_over_http_and_a_broken_one_stops_no_other(self, office):
        with serving(saying(answer(ics.calendar(ics.event()), ETag='"1"'))) as server:
            self.move(office.other, office, f"http://127.0.0.1:{server.port}/a.ics")
            self.move(office.feed, office, "http://127.0.0.1:9/")
            said = feeds.read_all(office.wiring, now=office.now)
        assert said == "1 calendar read, 1 not: 1 meeting added, 0 changed, 0 cancelled"
        first, second = office.all(CalendarFeed)
        assert "cannot be reached" in first.problem
        assert second.problem is None
        assert office.all_sources() == ["meetings"]

    def test_what_has_not_changed_is_not_sent_again_within_the_hour(self, office):
        feed = office.other
        office.keeps_only(feed)
        first = answer(ics.calendar(ics.event()), ETag='"7"')
        with serving(saying(first, answer(status="304 Not Modified"), first)) as server:
            self.move(feed, office, f"http://127.0.0.1:{server.port}/a.ics")
            for minutes in (0, 15, 75):
                feeds.read_all(office.wiring, now=office.now + timedelta(minutes=minutes))
        asked = [b"If-None-Match" in head for head in server.requests]
        assert asked == [False, True, False]
        assert office.one().outcome is None

    def test_calendars_of_who_has_left_are_not_read(self, office):
        with office.sessions.begin() as session:
            session.merge(office.dana).active = False
            session.merge(office.lee).active = False
        said = feeds.read_all(office.wiring, now=office.now)
        assert said.startswith("0 calendars read, 0 not")

    def test_a_private_address_is_a_problem_with_a_mend(self, office):
        wiring = Wiring(settings(), office.wiring.engine, office.sessions, None, None)
        self.move(office.feed, office, "https://10.0.0.7/a.ics")
        feeds.read_one(wiring, office.feed.id, now=office.now)
        assert "allowed_networks" in office.all(CalendarFeed)[0].problem

    def move(self, feed, office, url):
        with office.sessions.begin() as session:
            session.get_one(CalendarFeed, feed.id).url = url


def test_a_failed_fetch_is_kept_on_the_row(office):
    office.now += QUARTER
    error = FetchError("it answers 404")
    assert feeds.store(office.wiring, office.feed, office.dana, error, now=office.now) is None
    assert office.all(CalendarFeed)[0].problem == "it answers 404"


def test_a_fault_of_ours_is_kept_on_the_row_too_and_cancels_nothing(office, caplog):
    office.shows(ics.event())
    error = RuntimeError("a surprise about /private-0a1b2c/")
    assert feeds.store(office.wiring, office.feed, office.dana, error, now=office.now) is None
    assert "csbot's" in office.all(CalendarFeed)[0].problem
    assert office.one().outcome is None


@pytest.mark.parametrize("count", [2, 60])
def test_a_feed_takes_the_same_number_of_statements_however_long_it_is(office, count):
    def seen(n):
        return [
            ics.event(uid=f"u{n}", start=f"DTSTART:202612{n % 28 + 1:02}T{n % 20:02}0000Z", end="")
            for n in range(n)
        ]

    office.shows(*seen(count))
    assert len(office.meetings()) == count
    statements = []
    sql_event.listen(
        office.wiring.engine, "before_cursor_execute", lambda *a: statements.append(a[2])
    )
    office.shows(*seen(count))
    assert len(statements) < 20
