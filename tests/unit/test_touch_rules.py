"""When a customer may be written to: quiet hours, weekends, changes of clocks, the weekly cap."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.touches.rules import WEEK, awake, capped, next_send
from csbot.touches.settings import Touches

USUAL = Touches()
NIGHTLY = Touches(quiet_from=time(3), quiet_to=time(2, 30), weekends=True)
EARLY = Touches(quiet_from=time(22), quiet_to=time(2, 30), weekends=True)
BY_DAY = Touches(quiet_from=time(12), quiet_to=time(14))
NEVER = Touches(quiet_from=time(0), quiet_to=time(0), weekends=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "zone", "limits", "then"),
    [
        # A Tuesday: at once by day, in the morning at night.
        ("2026-11-24T10:00+00:00", "UTC", USUAL, "2026-11-24T10:00+00:00"),
        ("2026-11-24T19:59:59+00:00", "UTC", USUAL, "2026-11-24T19:59:59+00:00"),
        ("2026-11-24T20:00+00:00", "UTC", USUAL, "2026-11-25T08:00+00:00"),
        ("2026-11-25T07:59+00:00", "UTC", USUAL, "2026-11-25T08:00+00:00"),
        # In the customer's zone, not in ours.
        ("2026-11-24T10:00+00:00", "Asia/Tokyo", USUAL, "2026-11-24T10:00+00:00"),
        ("2026-11-24T11:00+00:00", "Asia/Tokyo", USUAL, "2026-11-24T23:00+00:00"),
        ("2026-11-24T10:00+00:00", "America/Los_Angeles", USUAL, "2026-11-24T16:00+00:00"),
        # Weekends: from Friday night, and where it is Saturday already.
        ("2026-11-27T20:30+00:00", "UTC", USUAL, "2026-11-30T08:00+00:00"),
        ("2026-11-27T16:00+00:00", "Pacific/Auckland", USUAL, "2026-11-29T19:00+00:00"),
        ("2026-11-28T10:00+00:00", "UTC", NEVER, "2026-11-28T10:00+00:00"),
        # Europe's clocks go forward on 29 March 2026, back on 25 October: 08:00 is theirs.
        ("2026-03-27T21:00+00:00", "Europe/Berlin", USUAL, "2026-03-30T06:00+00:00"),
        ("2026-10-23T21:00+00:00", "Europe/Berlin", USUAL, "2026-10-26T07:00+00:00"),
        # An end of quiet hours that the change skips is the same moment after it.
        ("2026-03-28T23:00+00:00", "Europe/Berlin", EARLY, "2026-03-29T01:30+00:00"),
        # One that comes twice: the first turn before it, the second within it.
        ("2026-10-25T00:00+00:00", "Europe/Berlin", NIGHTLY, "2026-10-25T00:30+00:00"),
        ("2026-10-25T01:15+00:00", "Europe/Berlin", NIGHTLY, "2026-10-25T01:30+00:00"),
        # A zone whose Monday begins at 01:00: midnight was skipped.
        ("2026-03-06T12:00+00:00", "America/Havana", USUAL, "2026-03-06T13:00+00:00"),
        ("2026-11-24T13:00+00:00", "UTC", BY_DAY, "2026-11-24T14:00+00:00"),
        ("2026-11-24T23:00+00:00", "UTC", BY_DAY, "2026-11-24T23:00+00:00"),
    ],
)
def test_nobody_is_written_to_at_night_or_on_a_day_off_where_they_live(now, zone, limits, then):
    assert awake(at(now), ZoneInfo(zone), limits) == at(then)


ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe",
         "Pacific/Apia", "Africa/Casablanca", "America/Havana"]  # fmt: skip
START = datetime(2025, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 3 * 365 * 24 * 4).map(lambda n: START + n * timedelta(minutes=15))
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(MOMENTS, st.sampled_from(ZONES), CLOCKS, CLOCKS, st.booleans())
def test_the_moment_is_never_before_now_and_asking_again_changes_nothing(now, name, a, b, weekends):
    limits, zone = Touches(quiet_from=a, quiet_to=b, weekends=weekends), ZoneInfo(name)
    found = awake(now, zone, limits)
    assert now <= found <= now + timedelta(days=4)
    assert awake(found, zone, limits) == found
    assert weekends or found.astimezone(zone).isoweekday() <= 5


NOW = at("2026-11-24T10:00+00:00")


def ago(**span) -> datetime:
    return NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("recent", "then"),
    [
        ([], NOW),
        ([ago(days=1), ago(days=2)], NOW),
        ([ago(days=1), ago(days=2), ago(days=3)], ago(days=3) + WEEK),
        ([ago(days=1), ago(days=2), ago(days=7)], NOW),
        ([ago(days=1), ago(days=2), ago(days=6, hours=23)], NOW + timedelta(hours=1)),
        ([NOW, NOW, NOW, NOW], NOW + WEEK),
        ([ago(days=6), ago(days=1), ago(days=2), ago(days=3)], ago(days=3) + WEEK),
    ],
)
def test_at_most_three_in_any_seven_days(recent, then):
    assert capped(NOW, recent, 3) == then


def test_what_finds_no_moment_before_it_expires_is_not_sent():
    def asked(expires_at: datetime, recent=()):
        return next_send(
            NOW, zone=ZoneInfo("UTC"), limits=USUAL, recent=recent, expires_at=expires_at
        )

    assert asked(NOW + timedelta(seconds=1)) == NOW
    assert asked(NOW) is None
    full = [ago(days=5), ago(days=4), ago(days=3)]
    assert asked(NOW + timedelta(days=2), full) is None
    assert asked(NOW + timedelta(days=3), full) == ago(days=5) + WEEK


def test_a_service_waits_for_no_weekly_limit_but_for_that_of_all_messages_together():
    limits = USUAL.model_copy(update={"per_week": 3, "per_week_in_all": 5})

    def asked(recent: int, *, service: bool) -> datetime | None:
        return next_send(
            NOW, zone=ZoneInfo("UTC"), limits=limits, recent=[ago(days=1)] * recent,
            expires_at=NOW + timedelta(days=30), service=service,
        )  # fmt: skip

    room = ago(days=1) + WEEK
    assert [asked(3, service=service) for service in (True, False)] == [NOW, room]
    assert asked(4, service=True) == NOW
    assert asked(5, service=True) == room
    assert asked(6, service=True) == room
