"""The moment of a look as a statement keeps it: built once, and run at any other moment."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self


class Moment(datetime):
    """`shift` after the moment of the look. What is added to it or taken away moves it on.

    A date made of it, and whatever else it goes into, is a plain value of its own moment.
    """

    shift = timedelta()

    @classmethod
    def of(cls, at: datetime, shift: timedelta = shift) -> Self:
        made = cls.combine(at.date(), at.time(), at.tzinfo)
        made.shift = shift
        return made

    @property
    def plain(self) -> datetime:
        return datetime.combine(self.date(), self.time(), self.tzinfo)

    def __add__(self, by: timedelta) -> Self:
        return self.of(self.plain + by, self.shift + by)

    def __sub__(self, other: Any) -> Any:
        return self + -other if isinstance(other, timedelta) else self.plain - other

    def replace(self, *parts: Any, **named: Any) -> Any:
        return self.plain.replace(*parts, **named)

    def astimezone(self, tz: tzinfo | None = UTC) -> Any:
        return self.plain.astimezone(tz)
