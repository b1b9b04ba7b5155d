"""What a team says of onboarding in `csbot.toml`: its people, and when first value is due."""

from typing import Annotated

from pydantic import Field

from csbot.conditions.text import fold
from csbot.section import Section

Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]


class People(Section):
    """Who does what for every account that names nobody else: e-mail addresses of the team."""

    account_executive: Address | None = None
    onboarding_manager: Address | None = None
    csm: Address | None = None
    support: Address | None = None


class Onboarding(Section):
    people: People = People()


class Aim(Section):
    """The milestone of usage that counts as first value, and within how many days it should."""

    milestone: Annotated[str, Field(min_length=1, max_length=100)] = "first_value"
    days: Annotated[int, Field(ge=1, le=730)] = 30


class FirstValue(Aim):
    """Of all accounts but those of the segments named here."""

    segments: dict[str, Aim] = Field(default={})

    def folded(self) -> dict[str, Aim]:
        """By the segments as they are compared."""
        return {fold(name): aim for name, aim in self.segments.items()}

    def of(self, segment: str | None) -> Aim:
        return self.folded().get(fold(segment or ""), self)
