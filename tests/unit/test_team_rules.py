"""Working time: zones, changes of clocks, weekends, custom days and nights."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest

from csbot.errors import Refused
from csbot.team.days_off import read_country
from csbot.team.model import TeamMember
from csbot.team.rules import local_date, next_working, working_time_after, zone
from tests.builders import member


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def in_zone(name: str, **over: Any) -> TeamMember:
    fields: dict[str, Any] = {
        "timezone": name,
        "working_days": [1, 2, 3, 4, 5],
        "work_starts": time(9),
        "work_ends": time(18),
    }
    return member(**fields | over)


def is_working(person: TeamMember, moment: datetime) -> bool:
    return next_working(person, moment) == moment


@pytest.mark.parametrize(
    ("name", "moment", "working"),
    [
        ("UTC", "2026-11-23 09:00", True),
        ("UTC", "2026-11-23 08:59", False),
        ("UTC", "2026-11-23 18:00", False),
        ("UTC", "2026-11-22 12:00", False),
        ("Asia/Kathmandu", "2026-11-23 03:15", True),
        ("Asia/Kathmandu", "2026-11-23 03:14", False),
        ("America/New_York", "2026-03-06 14:00", True),
        ("America/New_York", "2026-03-09 13:00", True),
        ("America/New_York", "2026-03-09 12:59", False),
        ("Australia/Lord_Howe", "2026-04-03 22:00", False),  # Saturday there
        ("Australia/Lord_Howe", "2026-04-05 22:30", True),  # Monday 9:00, now +10:30
        ("Australia/Lord_Howe", "2026-04-05 22:29", False),
        ("Asia/Beirut", "2026-03-30 06:00", True),  # its clocks changed at midnight on Sunday
        ("No/Where", "2026-11-23 09:00", True),
    ],
)
def test_working_time_is_the_persons_own(name: str, moment: str, working: bool) -> None:
    assert is_working(in_zone(name), at(moment)) is working


def test_custom_days_count_instead_of_the_usual_ones() -> None:
    sunday_to_thursday = in_zone("Asia/Kathmandu", working_days=[7, 1, 2, 3, 4])
    assert is_working(sunday_to_thursday, at("2026-11-22 06:00"))
    assert not is_working(sunday_to_thursday, at("2026-11-27 06:00"))


def test_nobody_works_on_no_day_so_an_empty_week_is_the_usual_one() -> None:
    assert next_working(in_zone("UTC", working_days=[]), at("2026-11-21 06:00")) == at(
        "2026-11-23 09:00"
    )


@pytest.mark.parametrize(
    ("moment", "working"),
    [
        ("2026-11-23 22:00", True),
        ("2026-11-24 05:59", True),
        ("2026-11-24 06:00", False),
        ("2026-11-23 05:00", False),  # Sunday's night, and Sunday is free
        ("2026-11-28 05:00", True),  # the end of Friday's night
        ("2026-11-28 23:00", False),
    ],
)
def test_a_night_shift_belongs_to_the_day_it_begins(moment: str, working: bool) -> None:
    night = in_zone("UTC", work_starts=time(22), work_ends=time(6))
    assert is_working(night, at(moment)) is working


def test_equal_start_and_end_is_the_whole_day() -> None:
    around = in_zone("UTC", work_starts=time(9), work_ends=time(9), working_days=list(range(1, 8)))
    assert is_working(around, at("2026-11-22 08:59"))
    assert is_working(around, at("2026-11-22 09:00"))


@pytest.mark.parametrize(
    ("name", "moment", "next_start"),
    [
        ("UTC", "2026-11-23 10:00", "2026-11-23 10:00"),
        ("UTC", "2026-11-20 18:00", "2026-11-23 09:00"),
        ("America/New_York", "2026-03-06 23:00", "2026-03-09 13:00"),
        ("America/New_York", "2026-10-30 22:00", "2026-11-02 14:00"),
        ("Asia/Kathmandu", "2026-11-22 10:00", "2026-11-23 03:15"),
    ],
)
def test_the_next_working_moment(name: str, moment: str, next_start: str) -> None:
    assert next_working(in_zone(name), at(moment)) == at(next_start)


@pytest.mark.parametrize(
    ("name", "start", "hours", "end"),
    [
        ("UTC", "2026-11-23 09:00", 4, "2026-11-23 13:00"),
        ("UTC", "2026-11-23 09:00", 9, "2026-11-23 18:00"),
        ("UTC", "2026-11-23 17:00", 4, "2026-11-24 12:00"),
        ("UTC", "2026-11-27 17:00", 4, "2026-11-30 12:00"),
        ("UTC", "2026-11-28 17:00", 0, "2026-11-30 09:00"),
        ("UTC", "2026-11-23 17:30", 1.5, "2026-11-24 10:00"),
        ("America/New_York", "2026-03-06 22:00", 4, "2026-03-09 16:00"),
    ],
)
def test_hours_pass_only_while_somebody_works(
    name: str, start: str, hours: float, end: str
) -> None:
    assert working_time_after(in_zone(name), at(start), hours) == at(end)


def test_a_night_with_a_change_of_clocks_has_an_hour_less_and_none_is_lost() -> None:
    night = in_zone(
        "America/New_York", work_starts=time(22), work_ends=time(6), working_days=list(range(1, 8))
    )
    opens = at("2026-03-08 03:00")  # Saturday 22:00 there; at 2:00 the clocks jump to 3:00
    assert working_time_after(night, opens, 7) == at("2026-03-08 10:00")
    assert working_time_after(night, opens, 8) == at("2026-03-09 03:00")


@pytest.mark.parametrize(
    "name", ["America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Asia/Kathmandu"]
)
def test_a_later_start_never_ends_earlier_in_a_whole_year(name: str) -> None:
    person = in_zone(name, work_starts=time(0), work_ends=time(4), working_days=list(range(1, 8)))
    moments = [at("2026-01-01 00:00") + timedelta(hours=7 * n) for n in range(1250)]
    ends = [working_time_after(person, moment, 3) for moment in moments]
    assert all(one <= two for one, two in pairwise(ends))
    assert all(next_working(person, m) >= m for m in moments)


def test_the_local_date_and_zone_follow_the_person() -> None:
    assert local_date(in_zone("Asia/Kathmandu"), at("2026-11-22 18:15")) == date(2026, 11, 23)
    assert local_date(in_zone("America/New_York"), at("2026-11-23 04:59")) == date(2026, 11, 22)
    assert zone(in_zone("Nowhere/Land")).key == "UTC"


@pytest.mark.parametrize(
    ("country", "moment", "working"),
    [
        ("DE", "2026-12-25 10:00", False),
        ("DE", "2027-01-06 10:00", True),
        ("DE-BY", "2027-01-06 10:00", False),  # Epiphany, in Bavaria
        ("US", "2026-11-26 10:00", False),
        (None, "2026-12-25 10:00", True),
        ("ZZ", "2026-12-25 10:00", True),  # of a version of the tables that knew more
    ],
)
def test_a_public_holiday_where_they_live_is_no_working_day(
    country: str | None, moment: str, working: bool
) -> None:
    assert is_working(in_zone("UTC", country=country), at(moment)) is working


def test_the_four_hours_of_a_clock_do_not_move_on_a_holiday() -> None:
    berlin = in_zone("Europe/Berlin", country="DE")
    thursday = at("2027-03-25 15:00")  # before Good Friday, 16:00 there
    assert working_time_after(berlin, thursday, 4) == at("2027-03-30 09:00")  # after Easter Monday


@pytest.mark.parametrize(
    ("written", "code"),
    [("de", "DE"), ("DE-by", "DE-BY"), ("Germany", "DE"), ("guinea_bissau", "GW"), ("UK", "GB")],
)
def test_a_country_is_read_by_its_code_or_its_name(written: str, code: str) -> None:
    assert read_country(written) == code


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("germny", "did you mean Germany (`DE`)?"),
        ("XX", "code of two letters"),
        ("DE-XX", "DE has no part *XX*. Write `DE`, or a part of it like `DE-BB`"),
        ("<!channel>" * 40, "I know no country"),
    ],
)
def test_an_unknown_country_is_refused_with_what_may_be_meant(written: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        read_country(written)
    assert why in refused.value.reason
    assert len(refused.value.reason) < 300
