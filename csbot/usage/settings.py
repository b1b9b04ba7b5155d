"""What the product's events mean: the section `[usage]` of `csbot.toml`."""

from typing import Annotated

from pydantic import Field

from csbot.section import Section

Positive = Annotated[float, Field(gt=0)]
UnusedDays = Annotated[int, Field(ge=1, le=365)]


class Usage(Section):
    """Names of events are compared without regard to case; `*` in `logins` is every event.

    `features` and `milestones` say which event means what. `durations` are the properties that
    say how long it took, with the seconds of their unit. `per_minute` counts the requests of a
    key, `events_per_minute` what they hold: each may be a new account. `unused_after` has the
    days without use after which a feature counts as unused; one that is left out never does.
    """

    logins: list[str] = Field(
        default=["Signed In", "Logged In", "Login", "User Signed In", "Session Started"]
    )
    features: dict[str, str] = Field(default={})
    feature_property: str = "feature"
    features_a_day: Annotated[int, Field(ge=1, le=10_000)] = 200
    durations: dict[str, Positive] = Field(
        default={"duration": 1, "duration_ms": 0.001, "duration_minutes": 60}
    )
    unused_after: dict[str, UnusedDays] = Field(default={})
    first_value: list[str] = Field(default=[])
    milestones: dict[str, str] = Field(default={})
    keep_days: Annotated[int, Field(ge=30, le=3650)] = 90
    per_minute: Annotated[int, Field(ge=1)] = 60_000
    events_per_minute: Annotated[int, Field(ge=1)] = 120_000
