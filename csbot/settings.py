"""What can be set, from where, and what is wrong with it.

The environment holds secrets and addresses; `csbot.toml` (named by CSBOT_CONFIG) holds what a team
tunes: channels, thresholds, working hours. Wrong settings are all reported at once.
"""

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

from pydantic import Field, field_validator

from csbot.calendars.settings import Calendars
from csbot.email.server import server
from csbot.email.settings import Email
from csbot.environment import Environment
from csbot.holds.settings import Holds
from csbot.inbox.settings import Inbox
from csbot.meant import did_you_mean
from csbot.misfit import fitting
from csbot.onboarding.aims import FirstValue
from csbot.onboarding.settings import Onboarding
from csbot.section import Section
from csbot.slack.naming import known_channel, known_channels
from csbot.sources import SilentAfter
from csbot.tickets.settings import Tickets
from csbot.touches.settings import Company, Touches
from csbot.usage.settings import Usage
from csbot.webhooks.settings import Name as SenderName
from csbot.webhooks.settings import SenderSettings

Days = Annotated[int, Field(ge=0, le=730)]
Percent = Annotated[int, Field(ge=0, le=100)]


class SettingsError(Exception):
    """Every wrong setting, one readable line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Channels(Section):
    """Routing: an account's own channel wins, then its segment's, then `alerts`."""

    alerts: str | None = None
    renewals: str | None = None
    wins: str | None = None
    segments: dict[str, str] = Field(default={})
    shared_allowed: list[str] = Field(default=[])

    @field_validator("alerts", "renewals", "wins")
    @classmethod
    def _channel(cls, value: str | None) -> str | None:
        return known_channel(value) if value else value

    @field_validator("segments")
    @classmethod
    def _channels(cls, value: dict[str, str]) -> dict[str, str]:
        known_channels(value.values())
        return value


class Thresholds(Section):
    """When something becomes an alert; days unless the name says otherwise."""

    inactive_days: Days = 7
    task_due_soon_days: Days = 2
    renewal_window_days: Days = 90
    meeting_soon_minutes: Annotated[int, Field(ge=5, le=240)] = 60
    high_arr: Annotated[int, Field(ge=0)] = 50_000
    low_health: Annotated[int, Field(ge=0, le=100)] = 50
    nps_detractor_max: Annotated[int, Field(ge=0, le=10)] = 6
    csat_negative_max: Annotated[int, Field(ge=1, le=5)] = 2
    happiness_negative_max: Annotated[int, Field(ge=1, le=5)] = 2
    feedback_alert_days: Annotated[int, Field(ge=1, le=730)] = 30
    group_above: Annotated[int, Field(ge=1, le=100)] = 5
    dm_after_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    escalate_after_working_hours: Annotated[int, Field(ge=1, le=80)] = 4
    undo_minutes: Annotated[int, Field(ge=0, le=1440)] = 10
    enterprise_arr: Annotated[int, Field(ge=0)] = 50_000
    enterprise_segments: list[str] = Field(default=["enterprise"])


class Forecast(Section):
    """How likely a renewal of each category is to come, in per cent: weighs the forecast."""

    commit: Percent = 100
    probable: Percent = 75
    best_case: Percent = 45
    at_risk: Percent = 15


class WorkingHours(Section):
    """Of people who have not set their own; `days` are ISO weekdays, 1 is Monday."""

    starts: time = time(9)
    ends: time = time(18)
    days: list[Annotated[int, Field(ge=1, le=7)]] = Field(default=[1, 2, 3, 4, 5])
    digest_at: time = time(8, 30)


class AlertsBy(Section):
    """How alerts reach those of a role who have not chosen; critical ones reach everybody."""

    admin: Literal["mention", "dm", "digest"] = "mention"
    manager: Literal["mention", "dm", "digest"] = "mention"
    csm: Literal["mention", "dm", "digest"] = "mention"
    viewer: Literal["mention", "dm", "digest"] = "mention"


class Display(Section):
    """`charts`: Slack's own charts and tables; without them the same numbers are read as text."""

    charts: bool = True


class Delivery(Section):
    """Timeouts in seconds; the lease must outlast every request that may still be under way."""

    request_timeout: Annotated[float, Field(gt=0, le=60)] = 10
    lease: Annotated[float, Field(gt=0, le=600)] = 60
    per_channel_interval: Annotated[float, Field(ge=0)] = 1.0
    workspace_per_minute: Annotated[int, Field(ge=1)] = 300
    emails_per_minute: Annotated[int, Field(ge=1)] = 30
    sms_per_minute: Annotated[int, Field(ge=1)] = 60


class Locked(Section):
    """What nobody changes in Slack: settings like thresholds.inactive_days, or whole sections."""

    keys: list[str] = Field(default=[])


class Config(Section):
    """`csbot.toml`."""

    channels: Channels = Channels()
    thresholds: Thresholds = Thresholds()
    forecast: Forecast = Forecast()
    onboarding: Onboarding = Onboarding()
    working_hours: WorkingHours = WorkingHours()
    alerts_by: AlertsBy = AlertsBy()
    display: Display = Display()
    silent_after: SilentAfter = SilentAfter()
    holds: Holds = Holds()
    calendars: Calendars = Calendars()
    usage: Usage = Usage()
    first_value: FirstValue = FirstValue()
    tickets: Tickets = Tickets()
    inbox: Inbox = Inbox()
    senders: dict[SenderName, SenderSettings] = Field(default={})
    email: Email = Email()
    company: Company = Company()
    touches: Touches = Touches()
    delivery: Delivery = Delivery()
    locked: Locked = Locked()

    @field_validator("delivery")
    @classmethod
    def _lease_outlasts_requests(cls, value: Delivery) -> Delivery:
        if value.lease < 2 * value.request_timeout + 5:
            raise ValueError("lease must be at least twice request_timeout plus 5 seconds")
        return value

    @field_validator("locked")
    @classmethod
    def _locks_what_there_is(cls, value: Locked) -> Locked:
        there = cls._settings()
        if strange := [key for key in value.keys if key not in there]:
            told = (f"there is no setting {key!r}{did_you_mean(key, there)}" for key in strange)
            raise ValueError("; ".join(told))
        return value

    @classmethod
    def _settings(cls) -> list[str]:
        """Sections, and what is in them: thresholds, thresholds.inactive_days."""
        parts = {name: type(field.default) for name, field in cls.model_fields.items()}
        inner = [f"{s}.{n}" for s, kind in parts.items() for n in getattr(kind, "model_fields", ())]
        return [*parts, *inner]

    def locks(self, key: str) -> bool:
        return key in self.locked.keys or key.partition(".")[0] in self.locked.keys


@dataclass(frozen=True)
class Settings:
    """`file` is what csbot.toml says, where something set in Slack stands over it in `config`."""

    env: Environment
    config: Config
    file: Config | None = None

    @classmethod
    def load(cls, *needed: str, either: tuple[str, ...] = ()) -> Self:
        """Read everything; raises SettingsError that lists all that is wrong.

        These environment variables must be set, and one of `either`.
        """
        problems: list[str] = []
        env, wrong = fitting(problems, Environment, {}, name=str.upper)
        said, file = _toml(problems), Path(os.environ.get("CSBOT_CONFIG") or "csbot.toml").name
        config, misread = fitting(problems, Config, said or {}, name=lambda key: f"{file}: {key}")
        made = cls(env=env, config=config)
        problems += env.weak_keys()
        if said is not None and not {"csbot_webhook_secrets", "senders"} & (wrong | misread):
            problems += made._senders()
        problems += made._missing(needed, either, wrong)
        if problems:
            raise SettingsError(problems)
        return made

    def _senders(self) -> list[str]:
        from csbot.webhooks.senders import problems  # what reads for them reads settings too

        return problems(self)

    @cached_property
    def alerts_channel(self) -> str:
        return self.config.channels.alerts or self.env.csbot_alerts_channel

    @cached_property
    def renewals_channel(self) -> str:
        chosen = self.config.channels.renewals or self.env.csbot_renewals_channel
        return chosen or self.alerts_channel

    @cached_property
    def wins_channel(self) -> str:
        chosen = self.config.channels.wins or self.env.csbot_wins_channel
        return chosen or self.alerts_channel

    @property
    def common_channels(self) -> set[str]:
        """Where what is about many accounts goes, as the settings name them."""
        by_segment = self.config.channels.segments.values()
        return {self.alerts_channel, self.renewals_channel, self.wins_channel, *by_segment}

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be seen in a log."""
        env = self.env
        others = (secret for several in env.csbot_webhook_secrets.values() for secret in several)
        mail = server(env.smtp_url).password if env.smtp_url else ""
        return (
            *(env.slack_bot_token, env.slack_signing_secret, env.slack_app_token),
            *(env.twilio_auth_token, mail, quote(mail, safe="")),
            *env.csbot_write_keys,
            *(part.strip() for part in env.stripe_webhook_secret.split(",")),
            *others,
        )

    def _missing(
        self, needed: tuple[str, ...], either: tuple[str, ...], wrong: set[str]
    ) -> Iterator[str]:
        """What is set, but wrong, is told already."""
        there = {name for name in (*needed, *either) if name.lower() in wrong or self._has(name)}
        yield from (f"{name} is not set" for name in needed if name not in there)
        if either and not there.intersection(either):
            yield f"neither {' nor '.join(either)} is set"

    def _has(self, name: str) -> bool:
        return bool(getattr(self.env, name.lower()))


def _toml(problems: list[str]) -> dict[str, Any] | None:
    """What the file says; None where it cannot be read."""
    path = os.environ.get("CSBOT_CONFIG")
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError:
        problems.append(f"CSBOT_CONFIG: there is no file {path}")
    except OSError as error:
        problems.append(f"CSBOT_CONFIG: cannot read {path}: {error.strerror}")
    except UnicodeDecodeError:
        problems.append(f"CSBOT_CONFIG: cannot read {path}: it is not written in UTF-8")
    except tomllib.TOMLDecodeError as error:
        problems.append(f"CSBOT_CONFIG: cannot read {path}: {error}")
    return None
