"""What dates and times in plain words mean, and which are refused."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from csbot.dates import end_moment, take_date, take_moment
from csbot.errors import Refused

MONDAY = date(2026, 11, 23)
NEW_YORK = ZoneInfo("America/New_York")


def day(text: str, today: date = MONDAY) -> date | None:
    """The date that the whole of `text` is."""
    taken = take_date(text, today=today)
    return taken[0] if taken and not taken[1] else None


def moment(text: str) -> datetime | None:
    """The moment that the whole of `text` is to somebody in New York."""
    taken = take_moment(text, now=NOW, zone=NEW_YORK)
    return taken[0] if taken and not taken[1] else None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-04", date(2026, 12, 4)),
        ("2026-1-4", date(2026, 1, 4)),
        ("today", MONDAY),
        ("Tomorrow", date(2026, 11, 24)),
        ("the day after tomorrow", date(2026, 11, 25)),
        ("friday", date(2026, 11, 27)),
        ("‘friday’", date(2026, 11, 27)),
        ("due friday", date(2026, 11, 27)),
        ("by Fri", date(2026, 11, 27)),
        ("monday", date(2026, 11, 30)),
        ("this sunday", date(2026, 11, 29)),
        ("next friday", date(2026, 12, 4)),
        ("next mon", date(2026, 11, 30)),
        ("next week", date(2026, 11, 30)),
        ("next month", date(2026, 12, 1)),
        ("in 2 weeks", date(2026, 12, 7)),
        ("in\u00a02\u00a0weeks", date(2026, 12, 7)),
        ("in a week", date(2026, 11, 30)),
        ("3 days", date(2026, 11, 26)),
        ("2w", date(2026, 12, 7)),
        ("in 3 months", date(2027, 2, 23)),
        ("in 1 year", date(2027, 11, 23)),
        ("4 dec", date(2026, 12, 4)),
        ("4th of December", date(2026, 12, 4)),
        ("dec 4", date(2026, 12, 4)),
        ("Dec 4th, 2027", date(2027, 12, 4)),
        ("4 Sept", date(2027, 9, 4)),
        ("29 feb", date(2028, 2, 29)),
        ("end of week", date(2026, 11, 27)),
        ("end of the month", date(2026, 11, 30)),
        ("end of this quarter", date(2026, 12, 31)),
        ("eom", date(2026, 11, 30)),
        ("4.12.2026", date(2026, 12, 4)),
        ("03.12.", date(2026, 12, 3)),
        ("by 1. 12.", date(2026, 12, 1)),
        ("1.2.", date(2027, 2, 1)),
        ("1.2. 2028", date(2028, 2, 1)),
        ("2026/12/01", date(2026, 12, 1)),
        ("24/12/2026", date(2026, 12, 24)),
        ("12/24/2026", date(2026, 12, 24)),
    ],
)
def test_a_date_in_plain_words_is_the_day_a_person_means(text: str, meant: date) -> None:
    assert day(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "fryday", "", "2026-02-30", "2026-13-01", "31 feb", "in 9999 years", "in 99999 days",
        "12", "next", "may", "3.12", "31.2.", "3.13.", "29.2. 2027", "2026/13/01", "2026/12-01",
        "1.12.3", "0000-01-01", "9999-12-31", "\u0664 dec", "fr", "x" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_date_is_none(text: str) -> None:
    assert day(text) is None


def test_what_can_be_read_two_ways_is_refused_with_one_that_cannot() -> None:
    with pytest.raises(Refused, match="Write it as `2026-MM-DD`"):
        day("12/04/2026")


def test_the_end_of_the_week_on_a_saturday_is_the_next_friday() -> None:
    assert day("end of week", date(2026, 11, 28)) == date(2026, 12, 4)


def test_the_31st_in_a_month_is_the_last_day_of_a_shorter_one() -> None:
    assert day("in 1 month", date(2027, 1, 31)) == date(2027, 2, 28)


NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 10:00 in New York


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-01 10:00", "2026-12-01 15:00"),
        ("2026-12-01T10:00", "2026-12-01 15:00"),
        ("2026/12/01 10:00", "2026-12-01 15:00"),
        ("1.12. 10:00", "2026-12-01 15:00"),
        ("2026-12-01 10:00+01:00", "2026-12-01 09:00"),
        ("2026-12-01T10:00:00Z", "2026-12-01 10:00"),
        ("tomorrow 10:00", "2026-11-24 15:00"),
        ("tomorrow at 10:00", "2026-11-24 15:00"),
        ("friday 3pm", "2026-11-27 20:00"),
        ("friday 3:30 pm", "2026-11-27 20:30"),
        ("3pm friday", "2026-11-27 20:00"),
        ("noon", "2026-11-23 17:00"),
        ("9:00", "2026-11-24 14:00"),
        ("10:00", "2026-11-24 15:00"),
        ("friday", "2026-11-27 14:00"),
        ("in 2 hours", "2026-11-23 17:00"),
        ("in 30 min", "2026-11-23 15:30"),
        ("dec 4 12am", "2026-12-04 05:00"),
        # 2:30 on 14 March 2027 does not exist in New York; 1:30 on 7 November exists twice.
        ("2027-03-14 02:30", "2027-03-14 07:30"),
        ("2027-11-07 01:30", "2027-11-07 05:30"),
    ],
)
def test_a_moment_in_plain_words_is_read_in_the_speakers_zone(text: str, meant: str) -> None:
    in_utc = datetime.fromisoformat(meant).replace(tzinfo=UTC)
    assert moment(text) == in_utc


@pytest.mark.parametrize("text", ["25:00", "friday 13pm", "10", "", "soon", "friday 3", "1:75"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert moment(text) is None


def test_a_date_is_taken_from_the_start_as_long_as_it_goes() -> None:
    assert take_date("next friday waiting for legal", today=MONDAY) == (
        date(2026, 12, 4),
        "waiting for legal",
    )
    assert take_date("waiting for legal", today=MONDAY) is None


def test_a_moment_is_taken_from_either_end() -> None:
    friday = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
    assert take_moment("friday 3pm legal", now=NOW, zone=NEW_YORK) == (friday, "legal")
    assert end_moment("QBR friday 3pm", now=NOW, zone=NEW_YORK) == ("QBR", friday)
    assert end_moment("QBR", now=NOW, zone=NEW_YORK) is None
