"""Secrets and addresses: one field an environment variable."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from csbot import clock
from csbot.email.server import is_this_machine, server
from csbot.meant import did_you_mean
from csbot.slack.naming import known_channel, known_people

SLACK_API = "https://slack.com/api/"
WRITE_KEY_MIN = 16
DEMO_KEY = "demo"  # so that README's command can be copied; only this machine reaches the demo
BEGINS = {
    "slack_bot_token": ("xoxb-", "xoxe.xoxb-"),
    "slack_app_token": ("xapp-",),
    "stripe_webhook_secret": ("whsec_",),
}
ADDRESS = re.compile(r"[A-Za-z0-9_.:%-]+")  # whether it is there, whoever listens finds out
OTHERS = ["CSBOT_CLOCK_FILE", "CSBOT_CRASH_AT"]  # of the demo and of tests
OF_TESTS = "CSBOT_TEST_"
OF_KUBERNETES = ("CSBOT_SERVICE_", "CSBOT_PORT")  # where a service is called csbot
TWILIO_API = "https://api.twilio.com/"


class Environment(BaseSettings):
    """One field an environment variable, by its own name."""

    model_config = SettingsConfigDict(
        extra="ignore", str_strip_whitespace=True, env_ignore_empty=True
    )

    slack_bot_token: str = Field("", description="Bot token (xoxb-…) of the Slack app")
    slack_signing_secret: str = Field("", description="Signing secret, for Slack over HTTP")
    slack_app_token: str = Field("", description="App-level token (xapp-…), for Socket Mode")
    slack_api_url: str = Field(SLACK_API, description="Slack's Web API, or a stand-in for it")
    stripe_webhook_secret: str = Field(
        "", description="Signing secret (whsec_…) of the Stripe endpoint; old ones after commas"
    )
    csbot_webhook_secrets: Annotated[dict[str, list[str]], NoDecode] = Field(
        default_factory=dict,
        description="Signing secrets of other senders: `typeform=…,zendesk=…`, a name per secret",
    )
    csbot_write_keys: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Write keys of product usage, beside those of `csbot keys`, after commas; of 16"
        " characters or more",
    )
    smtp_url: str = Field(
        "", description="Mail server for e-mails to customers: `smtp://user:password@host:587`"
    )
    twilio_account_sid: str = Field("", description="Account (AC…) for SMS to customers")
    twilio_auth_token: str = Field("", description="Auth token of that Twilio account")
    twilio_from: str = Field(
        "", description="Number (+1…) that SMS come from, or a messaging service (MG…)"
    )
    twilio_api_url: str = Field(TWILIO_API, description="Twilio's API, or a stand-in for it")
    csbot_public_url: str = Field(
        "", description="Address of `csbot web` on the internet, for links in e-mails and callbacks"
    )
    database_url: str = Field("sqlite:///csbot.db", description="SQLite file or PostgreSQL")
    port: int = Field(
        8080, ge=1, le=65535, description="Port of `csbot run`, `csbot web` and `csbot demo`"
    )
    csbot_host: str = Field(
        "0.0.0.0",  # noqa: S104
        description="Address that `csbot run` and `csbot web` listen on",
    )
    csbot_config: Path | None = Field(None, description="Path of an optional csbot.toml")
    csbot_admins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="Slack user ids who are admins, separated by commas"
    )
    csbot_alerts_channel: str = Field("#cs-alerts", description="Where alerts go by default")
    csbot_renewals_channel: str = Field("", description="Where renewal alerts go, if elsewhere")
    csbot_wins_channel: str = Field("", description="Where wins go: stages completed")
    csbot_templates_dir: Path | None = Field(None, description="Folder of your own templates")
    csbot_playbooks_dir: Path | None = Field(
        None, description="Folder of your own playbooks, which replace csbot's by name"
    )
    csbot_timezone: str = Field("UTC", description="Zone of people who have none of their own")
    csbot_heartbeat_url: str = Field("", description="Pinged while the auditor finds all well")
    csbot_tick_seconds: float = Field(
        5, ge=0.2, le=60, description="How often the worker looks for jobs that are due"
    )
    csbot_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="DEBUG, INFO, WARNING or ERROR"
    )

    @field_validator("csbot_log_level", mode="before")
    @classmethod
    def _loud(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("csbot_templates_dir", "csbot_playbooks_dir")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("is not a folder")
        return value

    @field_validator("csbot_heartbeat_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("must begin with https:// or http://")
        return value

    @field_validator("csbot_webhook_secrets", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found: dict[str, list[str]] = {}
        for pair in filter(None, (part.strip() for part in value.split(","))):
            name, equals, secret = pair.partition("=")
            if not (equals and name.strip() and secret.strip()):
                raise ValueError("must be like typeform=SECRET,zendesk=SECRET")
            found.setdefault(name.strip().lower(), []).append(secret.strip())
        return found

    @field_validator("csbot_admins", "csbot_write_keys", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part.strip() for part in value.split(",") if part.strip()]

    @field_validator("csbot_admins")
    @classmethod
    def _people(cls, value: list[str]) -> list[str]:
        known_people(value)
        return value

    @field_validator("csbot_alerts_channel", "csbot_renewals_channel", "csbot_wins_channel")
    @classmethod
    def _channel(cls, value: str) -> str:
        return known_channel(value) if value else value

    @field_validator("slack_bot_token", "slack_app_token", "stripe_webhook_secret")
    @classmethod
    def _begins(cls, value: str, info: ValidationInfo) -> str:
        begins = BEGINS[str(info.field_name)]
        if not all(part.strip().startswith(begins) for part in value.split(",") if part.strip()):
            raise ValueError(f"must begin with {begins[0]}")
        return value

    @field_validator("csbot_host")
    @classmethod
    def _reachable(cls, value: str) -> str:
        if ADDRESS.fullmatch(value) is None:
            raise ValueError("is no address; write 127.0.0.1, or 0.0.0.0 for all of it")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: str) -> str:
        if value:
            server(value)
        return value

    @field_validator("csbot_public_url")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not value.isascii() or "?" in value or "#" in value:
            raise ValueError("must be like https://csbot.acme.example")
        return value

    @field_validator("slack_api_url", "twilio_api_url", "csbot_public_url")
    @classmethod
    def _safe(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        here = parts.scheme == "http" and is_this_machine(parts.hostname)
        if not parts.hostname or "@" in parts.netloc or not (parts.scheme == "https" or here):
            raise ValueError("must be https, or http on this machine (127.0.0.1)")
        return value.rstrip("/") + "/"

    @field_validator("csbot_timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return known_zone(value)

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value.split(":", 1)[0].split("+")[0] not in {"sqlite", "postgres", "postgresql"}:
            raise ValueError("must start with sqlite:/// or postgresql://")
        try:
            make_url(value)
        except (ArgumentError, ValueError):
            raise ValueError("cannot be read; is the port a number?") from None
        return value

    def weak_keys(self) -> list[str]:
        """What is wrong with the write keys: one that is short can be found by trying."""
        here = is_this_machine(self.csbot_host)
        short = [k for k in self.csbot_write_keys if len(k) < WRITE_KEY_MIN]
        if not short or (here and short == [DEMO_KEY]):
            return []
        which = f"{len(short)} of {len(self.csbot_write_keys)}"
        mend = f"needs {WRITE_KEY_MIN} characters or more: csbot keys create usage makes such"
        return [f"CSBOT_WRITE_KEYS: too short: {which}. Each {mend}"]


def unknown(names: Iterable[str]) -> Iterator[str]:
    """Of these variables those that look like csbot's and are not, with what is meant."""
    known = [*(name.upper() for name in Environment.model_fields), *OTHERS]
    for name in sorted(names):
        if name.startswith((OF_TESTS, *OF_KUBERNETES)):
            continue
        if name.startswith("CSBOT_") and name not in known:
            yield f"{name} is no setting{did_you_mean(name, known)}"


def known_zone(value: str) -> str:
    if value not in clock.zones():
        raise ValueError(f"{value!r} is no time zone; write it like Europe/Berlin")
    return value
