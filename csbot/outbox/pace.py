"""How fast, and how long to wait: pure arithmetic over instants of the steady clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from csbot.settings import Delivery

LONGEST_BACKOFF = timedelta(minutes=15)
LONGEST_HOLD = timedelta(hours=1)
UPDATES_AT_ONCE = 20
MARKS_AT_ONCE, MARKS_PER_MINUTE = 10, 10  # with the burst: 20 in any minute, what Slack grants
UPDATES_PER_MINUTE = 30  # with the burst: 50 in any minute, the least that Slack grants


@dataclass(frozen=True)
class Pace:
    """One turn every `interval` on average, at most `burst` worth of them at once.

    A turn taken late by no more than `forgiven` is followed by one that much earlier, or the
    average would stay below what Slack allows.
    """

    interval: timedelta
    burst: timedelta
    forgiven: timedelta

    def after(self, next_at: datetime, now: datetime) -> datetime:
        """When the lane opens again, once a turn that was free from `next_at` is taken at `now`."""
        if now - next_at <= self.forgiven:
            return next_at + self.interval
        return now - self.burst + self.interval


def of_channel(seconds: float) -> Pace:
    interval = timedelta(seconds=seconds)
    return Pace(interval, burst=timedelta(0), forgiven=interval / 4)


def of_call(call: str, delivery: Delivery) -> Pace:
    """Of all calls of this kind together."""
    match call:
        case "update" | "home":
            return of_updates()
        case "pin" | "topic" | "bookmark":
            return of_marks()
        case "email":
            return of_workspace(delivery.emails_per_minute)
        case "sms":
            return of_workspace(delivery.sms_per_minute)
    return of_workspace(delivery.workspace_per_minute)


def of_workspace(per_minute: int) -> Pace:
    second = timedelta(seconds=1)
    return Pace(60 * second / per_minute, burst=second, forgiven=second)


def of_updates() -> Pace:
    interval = timedelta(minutes=1) / UPDATES_PER_MINUTE
    burst = interval * UPDATES_AT_ONCE
    return Pace(interval, burst=burst, forgiven=burst)


def of_marks() -> Pace:
    interval = timedelta(minutes=1) / MARKS_PER_MINUTE
    burst = interval * MARKS_AT_ONCE
    return Pace(interval, burst=burst, forgiven=burst)


def backoff(attempts: int, lease: timedelta) -> timedelta:
    """What is added to the lease after `attempts` ended unknown: nothing, then twice as much."""
    if attempts < 2:
        return timedelta(0)
    doublings = float(2 ** min(attempts - 2, 20))
    return min(lease * doublings, LONGEST_BACKOFF)


def patience(age: timedelta, shortest: timedelta) -> timedelta:
    """How long what was put off waits, `age` after it was asked for: ever longer, within reason."""
    return max(shortest, min(age / 2, LONGEST_HOLD))


def hold(retry_after: timedelta) -> timedelta:
    """How long a lane rests after a 429: never less than asked, within reason."""
    return min(max(retry_after, timedelta(seconds=1)), LONGEST_HOLD) + timedelta(milliseconds=50)
