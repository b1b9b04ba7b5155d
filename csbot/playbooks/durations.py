"""Times as a file writes them: `3 days`, `2 working days`, `90 minutes`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from csbot.team.model import TeamMember
from csbot.team.rules import next_working, working_time_after, works_on, zone

UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}
PATTERN = r"^(\d{1,4}) (working )?(minute|hour|day|week)s?$"
LONGEST = timedelta(days=3 * 366)


@dataclass(frozen=True)
class Duration:
    """`working` counts only the working time of whoever owns the account.

    A working day is the same time on their next working day, and a working week seven of them.
    """

    count: int
    unit: str
    working: bool

    @classmethod
    def of(cls, text: str) -> Self:
        """Raises ValueError that says how to write it."""
        found = re.fullmatch(PATTERN, text.strip())
        if found is None:
            raise ValueError(f"`{text}` is no time; write it like `3 days` or `2 working days`")
        made = cls(int(found[1]), found[3], bool(found[2]))
        if made.length > LONGEST:
            raise ValueError("is longer than three years")
        return made

    @property
    def length(self) -> timedelta:
        """In calendar time."""
        return self.count * UNITS[self.unit]

    def after(self, start: datetime, member: TeamMember) -> datetime:
        """The moment this long after `start`, in the working time of `member` if it says so."""
        if not self.working:
            return start + self.length
        if self.unit in ("minute", "hour"):
            return working_time_after(member, start, self.length.total_seconds() / 3600)
        at, left = start.astimezone(zone(member)), self.length.days
        while left:
            at += UNITS["day"]
            left -= works_on(member, at.date())
        return next_working(member, at)

    def __str__(self) -> str:
        unit = f"{'working ' if self.working else ''}{self.unit}"
        return f"{self.count} {unit}{'' if self.count == 1 else 's'}"


def _read(value: Any) -> Duration:
    if isinstance(value, Duration):
        return value
    try:
        return Duration.of(str(value))
    except ValueError as wrong:
        raise PydanticCustomError("span", "{reason}", {"reason": str(wrong)}) from None


Span = Annotated[
    Duration,
    BeforeValidator(_read),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["2 working days"]}),
]
