"""How fast messages go out, and how long a failed one rests."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csbot.outbox import pace

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def turns(rule: pace.Pace, late: list[float]) -> list[datetime]:
    """When turns are taken by somebody who comes so many seconds after the lane opens."""
    opens, taken = START - timedelta(hours=1), []
    now = START
    for seconds in late:
        now = max(now, opens) + timedelta(seconds=seconds)
        opens = rule.after(opens, now)
        taken.append(now)
    return taken


def test_a_channel_gets_one_message_a_second() -> None:
    taken = turns(pace.of_channel(1.0), [0, 0, 0])
    assert [t - START for t in taken] == [0 * SECOND, SECOND, 2 * SECOND]


def test_a_turn_taken_a_little_late_does_not_lower_the_average() -> None:
    taken = turns(pace.of_channel(1.0), [0, 0.2, 0.2, 0.2])
    assert taken[-1] - taken[0] == 3.2 * SECOND


@settings(max_examples=60)
@given(st.lists(st.floats(0, 5), min_size=2, max_size=30))
def test_a_channel_never_gets_two_messages_within_three_quarters_of_a_second(
    late: list[float],
) -> None:
    taken = turns(pace.of_channel(1.0), late)
    gaps = [after - before for before, after in pairwise(taken)]
    assert min(gaps) >= 0.75 * SECOND - timedelta(microseconds=5)


@settings(max_examples=60)
@given(st.lists(st.floats(0, 8), min_size=60, max_size=120))
def test_no_minute_sees_more_updates_than_slack_grants(late: list[float]) -> None:
    taken = turns(pace.of_updates(), late)
    assert all(sum(t <= other < t + 60 * SECOND for other in taken) <= 51 for t in taken)


def test_the_workspace_ceiling_lets_a_second_worth_through_at_once() -> None:
    taken = turns(pace.of_workspace(300), [0] * 10)
    assert taken[5] == START
    assert taken[-1] > START


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 0), (1, 0), (2, 60), (3, 120), (4, 240), (9, 900), (4000, 900)]
)
def test_the_rest_after_an_unknown_end_doubles_up_to_a_quarter_of_an_hour(
    attempts: int, seconds: int
) -> None:
    assert pace.backoff(attempts, timedelta(seconds=60)) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("asked", "least"), [(-5, 1), (0, 1), (1, 1), (30, 30)])
def test_a_hold_is_never_shorter_than_slack_asked(asked: int, least: int) -> None:
    assert pace.hold(timedelta(seconds=asked)) >= least * SECOND


def test_a_hold_ends_within_about_an_hour_whatever_slack_asked() -> None:
    assert pace.hold(timedelta(days=3)) < timedelta(minutes=61)
