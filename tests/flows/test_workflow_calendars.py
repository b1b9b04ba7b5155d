"""Meetings of a calendar that is read over HTTP: moved, missing for a moment, called off, back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from socket import socket

import pytest

from csbot.calendars import feeds
from tests import ics
from tests.builders import MONDAY
from tests.flows.firm import DAY, HOUR, MINUTE, Firm
from tests.web_server import Server, answer, serving

QUARTER = 15 * MINUTE
AT = datetime(2026, 11, 25, 10, tzinfo=UTC)  # Wednesday
FAR = AT + 90 * DAY
OTHER = "Shall we find another time?"
BOOKED = "Booked: Success session, Wednesday 25 November at 10:00 (UTC)"
REMINDERS = [
    "Reminder: Success session, Wednesday 25 November at 10:00 (UTC)",
    "In an hour: Success session",
]


def event(*more: str, at: datetime = AT, **over: str) -> str:
    start, end = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in (at, at + HOUR))
    return ics.event(*more, start=f"DTSTART:{start}", end=f"DTEND:{end}", **over)


@dataclass
class Feed:
    """Dana's calendar; its server answers 304 for what it has sent already."""

    firm: Firm
    body: bytes = b""
    status: str = "200 OK"
    asked: list[bool] = field(default_factory=list)

    def say(self, _: Server, peer: socket, head: bytes) -> None:
        tag = f'"{hash(self.body)}"'
        same = f"If-None-Match: {tag}".encode() in head
        self.asked.append(same)
        if same:
            peer.sendall(answer(status="304 Not Modified"))
        else:
            peer.sendall(answer(self.body, self.status, ETag=tag))

    def shows(self, *events: str, status: str = "200 OK") -> None:
        """A quarter of an hour later, read by the job; then everybody acts on it."""
        self.body, self.status = ics.calendar(*events), status
        self.firm.later(QUARTER, "calendars", "detect", "playbooks", "deliver")

    @property
    def outcomes(self) -> list[str | None]:
        return [one["outcome"] for one in self.starts_and_outcomes]

    @property
    def starts_and_outcomes(self) -> list[dict[str, str | None]]:
        found = self.firm.shown()["meetings"]
        return sorted(found, key=lambda one: str(one["id"]))


@contextmanager
def published(firm: Firm) -> Iterator[Feed]:
    made = Feed(firm)
    with serving(made.say) as server:
        url = f"http://127.0.0.1:{server.port}/basic.ics"
        with firm.sessions.begin() as session:
            feeds.add(session, email="dana@vendor.example", url=url, now=firm.now)
        yield made


@pytest.fixture
def calendar(firm: Firm) -> Iterator[Feed]:
    firm.acme()
    firm.sends("meeting-reminders")
    with published(firm) as made:
        yield made


def costs_nothing(firm: Firm) -> bool:
    return firm.shown()["score"] == 0 and not any(OTHER in one.words for one in firm.questions())


class TestFarAhead:
    def test_what_is_moved_by_months_is_moved_and_not_called_off(
        self, firm: Firm, calendar: Feed
    ) -> None:
        calendar.shows(event())
        for _ in range(3):
            calendar.shows(event(at=FAR))
        [one] = calendar.starts_and_outcomes
        assert (one["starts_at"], one["outcome"]) == (FAR.isoformat().replace("+00:00", "Z"), None)
        assert costs_nothing(firm)
        moved = "Moved: Success session, Tuesday 23 February at 10:00 (UTC)"
        assert firm.subjects() == [BOOKED, moved]

    def test_one_meeting_of_a_series_is_moved_by_months_too(
        self, firm: Firm, calendar: Feed
    ) -> None:
        weekly = event("RRULE:FREQ=WEEKLY;COUNT=2")
        calendar.shows(weekly)
        for _ in range(3):
            calendar.shows(weekly, event(f"RECURRENCE-ID:{AT:%Y%m%dT%H%M%SZ}", at=FAR))
        starts = [str(one["starts_at"])[:10] for one in calendar.starts_and_outcomes]
        assert (starts, calendar.outcomes) == (["2027-02-23", "2026-12-02"], [None, None])
        assert costs_nothing(firm)

    def test_what_nobody_knew_of_is_not_taken_in_so_early(self, calendar: Feed) -> None:
        calendar.shows(event(at=FAR), event("RRULE:FREQ=WEEKLY", uid="weekly", at=FAR))
        assert calendar.outcomes == []

    @pytest.mark.parametrize("back", [AT + 2 * DAY, FAR + DAY])
    def test_from_there_it_may_be_moved_again(self, calendar: Feed, back: datetime) -> None:
        calendar.shows(event())
        calendar.shows(event(at=FAR))
        calendar.shows(event(at=back))
        [one] = calendar.starts_and_outcomes
        assert str(one["starts_at"])[:10] == f"{back:%Y-%m-%d}"
        assert one["outcome"] is None

    def test_and_called_off_there(self, firm: Firm, calendar: Feed) -> None:
        calendar.shows(event())
        calendar.shows(event(at=FAR))
        calendar.shows(event("STATUS:CANCELLED", at=FAR))
        assert calendar.outcomes == ["cancelled"]


class TestMissing:
    def test_a_file_that_lacks_it_once_changes_nothing(self, firm: Firm, calendar: Feed) -> None:
        calendar.shows(event())
        for _ in range(2):
            calendar.shows()
            assert calendar.outcomes == [None]
            calendar.shows(event())
        assert costs_nothing(firm)
        for moment in (AT - DAY, AT - HOUR):
            firm.until(moment)
        assert firm.subjects() == [BOOKED, *REMINDERS]

    def test_one_that_lacks_it_twice_calls_it_off(self, firm: Firm, calendar: Feed) -> None:
        calendar.shows(event())
        calendar.shows()
        calendar.shows(status="503 Service Unavailable")
        assert calendar.outcomes == [None], "what could not be read says nothing"
        calendar.shows()
        assert calendar.outcomes == ["cancelled"]
        assert firm.shown()["score"] == -30

    def test_the_second_look_at_a_file_without_it_is_a_whole_one(self, calendar: Feed) -> None:
        calendar.shows(event())
        calendar.shows(event())
        calendar.shows()
        calendar.shows()
        assert calendar.asked == [False, True, False, False]
        assert calendar.outcomes == ["cancelled"]

    @pytest.mark.parametrize(
        "off",
        [
            event("RRULE:FREQ=WEEKLY;COUNT=2", f"EXDATE:{AT:%Y%m%dT%H%M%SZ}"),
            event("RRULE:FREQ=WEEKLY;COUNT=2")
            + event(f"RECURRENCE-ID:{AT:%Y%m%dT%H%M%SZ}", "STATUS:CANCELLED"),
        ],
    )
    def test_one_meeting_that_a_series_leaves_out_is_off_at_once(
        self, calendar: Feed, off: str
    ) -> None:
        calendar.shows(event("RRULE:FREQ=WEEKLY;COUNT=2"))
        calendar.shows(off)
        assert calendar.outcomes == ["cancelled", None]

    def test_so_is_the_one_that_somebody_was_invited_to_alone(self, calendar: Feed) -> None:
        single = f"RECURRENCE-ID:{AT:%Y%m%dT%H%M%SZ}"
        calendar.shows(event(single))
        calendar.shows(event(single, "STATUS:CANCELLED"))
        assert calendar.outcomes == ["cancelled"]


class TestBack:
    def test_it_is_as_if_it_had_not_been_called_off(self, firm: Firm, calendar: Feed) -> None:
        calendar.shows(event())
        for _ in range(2):
            calendar.shows(event("STATUS:CANCELLED"))
            assert (calendar.outcomes, firm.shown()["score"]) == (["cancelled"], -30)
            [question] = firm.questions()
            assert OTHER in question.words
            calendar.shows(event())
            assert calendar.outcomes == [None]
            assert costs_nothing(firm)
            pressed = firm.person("U_DANA").press(question, label="Send to 1")
            assert pressed.ephemeral is not None, "nobody is asked for another time any more"
        back = "Taken back: Meeting noted as cancelled (It is in the calendar again.)"
        assert firm.did().count(back) == 2
        for moment in (AT - DAY, AT - HOUR):
            firm.until(moment)
        assert firm.subjects() == [BOOKED, BOOKED, BOOKED, *REMINDERS]
        assert [one for one in firm.said() if "Success session" in one and "hour" in one]

    def test_so_is_one_that_a_file_lacked_for_hours(self, firm: Firm, calendar: Feed) -> None:
        calendar.shows(event())
        for _ in range(3):
            calendar.shows()
        assert firm.shown()["score"] == -30
        firm.approve(OTHER)
        later = AT + HOUR
        calendar.shows(event(at=later))
        assert costs_nothing(firm)
        for moment in (later - DAY, later - HOUR):
            firm.until(moment)
        assert firm.subjects()[2:] == [
            "Moved: Success session, Wednesday 25 November at 11:00 (UTC)",
            "Reminder: Success session, Wednesday 25 November at 11:00 (UTC)",
            "In an hour: Success session",
        ]

    def test_what_a_person_called_off_stays_off(self, firm: Firm, calendar: Feed) -> None:
        calendar.shows(event())
        [number] = [one["id"] for one in firm.shown()["meetings"]]
        firm.person("U_DANA", "C_ALERTS").command(f"/cs meeting done {number} cancelled")
        for _ in range(3):
            calendar.shows()
        calendar.shows(event())
        assert calendar.outcomes == ["cancelled"]
        assert firm.shown()["score"] == -30


def test_the_window_is_what_these_tests_think() -> None:
    assert MONDAY + feeds.AHEAD < FAR
