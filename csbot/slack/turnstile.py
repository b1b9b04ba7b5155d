"""Slack's Retry-After, remembered for each kind of question that many messages may ask."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from csbot import clock
from csbot.slack.gateway import RateLimited

T = TypeVar("T")


class Turnstile:
    """One 429 stands for all who would ask the same before it is over."""

    def __init__(self) -> None:
        self._closed_until: dict[str, float] = {}

    def ask(self, question: str, call: Callable[[], T]) -> T:
        """`call()`, or RateLimited at once while Slack has told us to wait."""
        left = self._closed_until.get(question, 0.0) - clock.steady()
        if left > 0:
            raise RateLimited(timedelta(seconds=left))
        try:
            return call()
        except RateLimited as failure:
            until = clock.steady() + failure.retry_after.total_seconds()
            self._closed_until[question] = until
            raise
