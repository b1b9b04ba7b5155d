"""Slack's rate limits: a window per method, and one message a second per channel."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

PER_MINUTE = {1: 1, 2: 20, 3: 50, 4: 100}
SPECIAL_PER_MINUTE = 600
WINDOW = 60.0


def steady_seconds() -> float:
    """Seconds that neither the demo's clock nor a test's frozen time can move."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


@dataclass
class Bucket:
    """Fills by `rate` a second up to `size`; every call takes one."""

    rate: float
    size: float
    level: float
    at: float

    def take(self, now: float) -> float:
        """0 when there was room, else the seconds until there is."""
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level >= 1 - 1e-9:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.rate


@dataclass
class Limits:
    """`scale` makes its time run faster; `timer` replaces the clock it runs on."""

    enabled: bool = True
    scale: float = 1.0
    timer: Callable[[], float] = steady_seconds
    channel_burst: float = 2.0
    posts_per_minute: int = 600
    commercial: bool = False  # the 2025 limit: 1 history read a minute, 15 messages each
    _windows: dict[str, deque[float]] = field(default_factory=dict)
    _channels: dict[str, Bucket] = field(default_factory=dict)
    _closed_until: dict[str, float] = field(default_factory=dict)

    def now(self) -> float:
        return self.timer() * self.scale

    def still_closed(self, *keys: str) -> int:
        """Seconds left of an earlier Retry-After for any of these keys, 0 when none."""
        left = max((self._closed_until.get(key, 0.0) - self.now() for key in keys), default=0.0)
        return self._whole(left) if left > 0 else 0

    def close(self, key: str, seconds: float) -> int:
        """Refuses everything under `key` for that long; returns the Retry-After to send."""
        whole = self._whole(seconds)
        self._closed_until[key] = self.now() + whole * self.scale
        return whole

    def method_wait(self, method: str, tier: int) -> float:
        if not self.enabled:
            return 0.0
        allowed = self._allowed(method, tier)
        window = self._windows.setdefault(method, deque())
        now = self.now()
        while window and window[0] <= now - WINDOW:
            window.popleft()
        if len(window) >= allowed:
            return window[0] + WINDOW - now
        window.append(now)
        return 0.0

    def post_wait(self, channel: str) -> float:
        """Seconds until this channel (or the whole workspace) takes another message."""
        if not self.enabled:
            return 0.0
        everywhere = self._bucket("*", self.posts_per_minute / 60, self.posts_per_minute / 10)
        here = self._bucket(channel, 1.0, self.channel_burst)
        return here.take(self.now()) or everywhere.take(self.now())

    def reset(self) -> None:
        self._windows.clear()
        self._channels.clear()
        self._closed_until.clear()

    def _allowed(self, method: str, tier: int) -> int:
        if self.commercial and method in ("conversations.history", "conversations.replies"):
            return 1
        return PER_MINUTE.get(tier, SPECIAL_PER_MINUTE)

    def _bucket(self, key: str, rate: float, size: float) -> Bucket:
        if key not in self._channels:
            self._channels[key] = Bucket(rate, size, size, self.now())
        return self._channels[key]

    def _whole(self, seconds: float) -> int:
        return max(1, math.ceil(seconds / self.scale - 1e-9))
