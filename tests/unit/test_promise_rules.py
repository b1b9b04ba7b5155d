"""By when an acknowledgement promises something, and what becomes of it."""

from datetime import UTC, datetime, time
from itertools import product

import pytest

from csbot.alerts.promise_rules import Fate, days_held, due_at, fate
from csbot.team.model import TeamMember
from tests import builders

CRITICAL, SOON = "critical", "soon"


def member(**over) -> TeamMember:
    hours = {"working_days": [1, 2, 3, 4, 5], "work_starts": time(9), "work_ends": time(18)}
    return builders.member(**hours | over)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("severity", "now", "due"),
    [
        (CRITICAL, "2026-11-23T09:00", "2026-11-23T18:00"),
        (CRITICAL, "2026-11-23T17:00", "2026-11-23T18:00"),
        (CRITICAL, "2026-11-23T17:01", "2026-11-24T18:00"),
        (CRITICAL, "2026-11-27T20:00", "2026-11-30T18:00"),
        (SOON, "2026-11-23T09:00", "2026-11-24T18:00"),
        (SOON, "2026-11-23T06:00", "2026-11-24T18:00"),
        (SOON, "2026-11-23T20:00", "2026-11-24T18:00"),
        (SOON, "2026-11-27T12:00", "2026-11-30T18:00"),
        (SOON, "2026-11-28T12:00", "2026-11-30T18:00"),
        ("info", "2026-11-28T12:00", "2026-11-30T18:00"),
    ],
)
def test_critical_is_for_today_the_rest_for_the_next_working_day(severity, now, due):
    assert due_at(severity=severity, member=member(), now=utc(now)) == utc(due)


def test_the_days_and_hours_are_those_of_whoever_took_it():
    far = member(timezone="America/New_York", working_days=[1, 3], work_ends=time(16))
    assert due_at(severity=SOON, member=far, now=utc("2026-11-23T15:00")) == utc("2026-11-25T21:00")
    night = member(work_starts=time(22), work_ends=time(6))
    assert due_at(severity=SOON, member=night, now=utc("2026-11-24T02:00")) == utc(
        "2026-11-25T06:00"
    )
    assert due_at(severity=CRITICAL, member=night, now=utc("2026-11-24T02:00")) == utc(
        "2026-11-24T06:00"
    )


def test_a_promise_is_asked_after_once_before_it_lapses_and_never_what_was_kept():
    names = ("closed", "held", "acted", "due", "nudged", "reachable")
    for values in product((False, True), repeat=len(names)):
        case = dict(zip(names, values, strict=True))
        became = fate(**case)
        if became is Fate.NUDGED:
            assert case == case | {"closed": False, "held": True, "acted": False, "nudged": False}
            assert case["due"]
        if became is Fate.LAPSED:
            assert case["due"]
            assert not case["acted"]
            assert case["nudged"] or not case["reachable"]
        if case["acted"] and (case["closed"] or (case["held"] and case["due"])):
            assert became is Fate.KEPT
        if not case["held"] and not case["closed"]:
            assert became is Fate.VOID


def test_time_held_is_told_in_whole_days_of_at_least_one():
    monday = utc("2026-11-23T09:00")
    assert days_held(monday, utc("2026-11-23T18:00")) == 1
    assert days_held(monday, utc("2026-11-25T18:00")) == 2
