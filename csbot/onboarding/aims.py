"""What counts as first value, and by when: the section `[first_value]` of `csbot.toml`."""

from typing import Annotated

from pydantic import Field

from csbot.conditions.text import fold
from csbot.section import Section

Within = Annotated[int, Field(ge=1, le=730)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class Aim(Section):
    """The `milestone` of usage that counts, and the `days` within which it should come."""

    milestone: Name = "first_value"
    days: Within = 30


class FirstValue(Aim):
    """Of all accounts but those whose segment has an aim of its own."""

    segments: dict[str, Aim] = Field(default={})

    def of(self, segment: str | None) -> Aim:
        return self.folded().get(fold(segment or ""), self)

    def folded(self) -> dict[str, Aim]:
        """By the segment's name as conditions compare it."""
        return {fold(name): aim for name, aim in self.segments.items()}
