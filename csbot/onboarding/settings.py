"""What a team says of onboarding in `csbot.toml`."""

from typing import Annotated

from pydantic import Field

from csbot.section import Section

Address = Annotated[
    str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254, examples=["dana@acme.example"])
]


class People(Section):
    """Who does what for every account that names nobody else: e-mail addresses of the team."""

    account_executive: Address | None = None
    onboarding_manager: Address | None = None
    csm: Address | None = None
    support: Address | None = None


class Onboarding(Section):
    people: People = People()
